docs_tests = \
	tests/docs/layers.sh \
	tests/docs/source.sh \
	tests/docs/scripts.sh \
	tests/docs/man.sh \
	tests/docs/agree.sh \
	tests/docs/policy.sh \
	tests/docs/tour.sh

# The sanitizers add data of their own; quickstart check runs this one in its plain build.
long_tests += tests/docs/state.sh
if !DEVEL
docs_tests += tests/docs/state.sh
endif

TESTS += $(docs_tests)
EXTRA_DIST += $(docs_tests) tests/docs/state.sh tests/docs/layers.awk tests/docs/source.awk
