# The engine: what the prototype comes to.
if HAVE_CMOCKA
engine_tests = tests/policy/golden tests/policy/rules tests/policy/engine tests/policy/properties
tests_policy_properties_SOURCES = tests/policy/properties.c tests/policy/chance.c tests/policy/chance.h
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)
# `properties 100000` takes a minute or two: ./quickstart check.
long_tests += tests/policy/always.sh
endif
EXTRA_DIST += tests/policy/always.sh
# Policies made for loading, and the bad ones with what is expected of them.
EXTRA_DIST += tests/policy/prototype.yaml tests/policy/full.yaml tests/policy/bad tests/policy/lint
