docs_tests = \
	tests/docs/layers.sh \
	tests/docs/source.sh \
	tests/docs/scripts.sh \
	tests/docs/man.sh \
	tests/docs/state.sh
TESTS += $(docs_tests)
EXTRA_DIST += $(docs_tests) tests/docs/layers.awk tests/docs/source.awk
