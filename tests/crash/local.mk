# An agent that can be told to die or freeze at its named points, its shim, and the same with each protection removed.
crash_lib_CPPFLAGS = $(AM_CPPFLAGS) -DRQ_CHAOS
check_PROGRAMS += tests/crash/worker
tests_crash_worker_SOURCES = tests/crash/worker.c
tests_crash_worker_LDADD = librelayq.a $(CORE_LIBS)
