EXTRA_DIST += tests/sandbox tests/tap.sh

include tests/unit/local.mk
include tests/queue/local.mk
include tests/screen/local.mk
include tests/crash/local.mk
include tests/docs/local.mk
include tests/cli/local.mk
include tests/fuzz/local.mk

# For, which runs them a second time, under valgrind.
print-unit-tests:
	@echo $(unit_tests)
