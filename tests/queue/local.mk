# The conformance suite over every queue, what is special to the embedded one, and the database under it.
queue_suite = tests/queue/suite.c tests/queue/suite.h tests/queue/local_facts.c tests/queue/local_facts.h
tests_queue_conformance_SOURCES = $(queue_suite) tests/queue/conformance.c tests/queue/conf_submit.c \
	tests/queue/conf_claim.c tests/queue/conf_result.c tests/queue/conf_after.c tests/queue/conf_operator.c \
	tests/queue/conf_route.c tests/queue/conf_lease.c tests/queue/conf_calls.c tests/queue/conf_policy.c \
	tests/queue/conf_govern.c tests/queue/conf_journal.c tests/queue/conf_duty.c tests/queue/ruled.c tests/queue/ruled.h
tests_queue_local_SOURCES = $(queue_suite) tests/queue/local.c tests/queue/ruled.c tests/queue/ruled.h
tests_queue_journal_SOURCES = $(queue_suite) tests/queue/journal.c tests/queue/ruled.c tests/queue/ruled.h
tests_queue_db_SOURCES = $(queue_suite) tests/queue/db.c

if HAVE_CMOCKA
check_PROGRAMS += tests/queue/conformance tests/queue/local tests/queue/journal tests/queue/db
TESTS += tests/queue/conformance tests/queue/local tests/queue/journal tests/queue/db
endif

# The protocol between queue, agents and shims, searched exhaustively.
TESTS += tests/queue/model.py
EXTRA_DIST += tests/queue/model.py
