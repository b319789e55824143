# The engine: what the prototype comes to.
if HAVE_CMOCKA
engine_tests = tests/policy/golden
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)
endif
# Policies made for loading, and the bad ones with what is expected of them.
EXTRA_DIST += tests/policy/prototype.yaml tests/policy/full.yaml tests/policy/bad tests/policy/lint
