# What watching costs in requests: watch.c sees what the console sees.
check_PROGRAMS += tests/github/watch
tests_github_watch_SOURCES = tests/github/watch.c
TESTS += tests/github/requests.py
EXTRA_DIST += tests/github/requests.py tests/github/watching.py
