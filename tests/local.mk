EXTRA_DIST += tests/sandbox tests/run-all tests/tap.sh tests/tap.py tests/no-python.sh tests/valgrind.supp

# Tests that make check has no time for, or that need quickstart's own build: ./quickstart check only.
long_tests = tests/docs/quickstart.sh
EXTRA_DIST += $(long_tests)

include tests/unit/local.mk
include tests/queue/local.mk
include tests/screen/local.mk
include tests/tour/local.mk
include tests/crash/local.mk
include tests/docs/local.mk
include tests/cli/local.mk
include tests/fuzz/local.mk
include tests/github/local.mk
include tests/github/operations.mk
include tests/policy/local.mk
include tests/github/live.mk
include tests/github/requests.mk

# What runs a second time under valgrind.
memory_tests =
if HAVE_CMOCKA
memory_tests += $(unit_tests) tests/queue/conformance tests/queue/local tests/queue/db
endif

# For tests/run-all.
VALGRIND = valgrind -q --error-exitcode=9 --suppressions=$(top_srcdir)/tests/valgrind.supp --leak-check=full \
	--show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible
check-programs: $(check_PROGRAMS) $(check_LIBRARIES) $(check_SCRIPTS)
print-tests:
	@echo $(TESTS)
print-memory-tests:
	@echo $(memory_tests)
print-fuzz-targets:
	@echo $(fuzz_targets)
print-long-tests:
	@echo $(long_tests)
