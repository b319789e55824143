# The GitHub that tests talk to: sim.py and its parts; sim.sh for tests in shell.
EXTRA_DIST += tests/github/client.py tests/github/sim.py tests/github/sim.sh tests/github/sim_app.py tests/github/sim_control.py \
	tests/github/sim_default.py tests/github/sim_faults.py tests/github/sim_gitea.py tests/github/sim_github.py \
	tests/github/sim_repos.py tests/github/sim_runners.py tests/github/sim_shapes.py \
	tests/github/sim_things.py tests/github/sim_wire.py tests/github/sim_world.py

github_tests = \
	tests/github/act.sh \
	tests/github/queues.sh \
	tests/github/selftest.py \
	tests/github/faults.py \
	tests/github/forges.py \
	tests/github/api.py \
	tests/github/tls.py \
	tests/github/logs.sh \
	tests/github/submit.sh \
	tests/github/outbox.py
TESTS += $(github_tests)
EXTRA_DIST += $(github_tests)

# One client of an API, told what to do on its standard input.
check_PROGRAMS += tests/github/ask
tests_github_ask_SOURCES = tests/github/ask.c

drain_tests = tests/github/drain.sh tests/github/drain_crash.py tests/github/move.sh
TESTS += $(drain_tests)
EXTRA_DIST += $(drain_tests)
