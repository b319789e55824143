# Live lines of a job: the runner's own files, on this host and by ssh.
check_PROGRAMS += tests/github/follow
tests_github_follow_SOURCES = tests/github/follow.c
TESTS += tests/github/live.py
EXTRA_DIST += tests/github/live.py tests/github/fake_runner.py tests/github/fake_ssh
