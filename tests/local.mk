EXTRA_DIST += tests/sandbox tests/run-all tests/tap.sh

# Tests that make check has no time for, or that need quickstart's own build: ./quickstart check only.
long_tests = tests/docs/quickstart.sh
EXTRA_DIST += $(long_tests)

include tests/unit/local.mk
include tests/queue/local.mk
include tests/screen/local.mk
include tests/crash/local.mk
include tests/docs/local.mk
include tests/cli/local.mk
include tests/fuzz/local.mk

# For tests/run-all.
VALGRIND = valgrind -q --error-exitcode=9 --leak-check=full \
	--show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible
check-programs: $(check_PROGRAMS) $(check_LIBRARIES) $(check_SCRIPTS)
print-tests:
	@echo $(TESTS)
print-unit-tests:
	@echo $(unit_tests)
print-fuzz-targets:
	@echo $(fuzz_targets)
print-long-tests:
	@echo $(long_tests)
