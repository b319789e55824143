cli_tests = \
	tests/cli/basics.sh \
	tests/cli/submit.sh \
	tests/cli/types.sh \
	tests/cli/policycmd.sh \
	tests/cli/replay.sh \
	tests/cli/lists.sh \
	tests/cli/logs.sh \
	tests/cli/view.sh \
	tests/cli/agents.sh \
	tests/cli/failover.sh \
	tests/cli/schedules.sh \
	tests/cli/lazy.sh \
	tests/cli/policy.sh \
	tests/cli/completion.bash
TESTS += $(cli_tests)
EXTRA_DIST += $(cli_tests) tests/cli/lib.sh tests/cli/terminal.py
