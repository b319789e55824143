# An agent and a shim that can be told to die, freeze or pause at their named points, and the same with one protection
# removed each: what the crash tests must find.
check_LIBRARIES += tests/crash/libagent.a tests/crash/libshim.a
tests_crash_libagent_a_SOURCES = $(agent_sources) $(shim_shared)
tests_crash_libagent_a_CPPFLAGS = $(AM_CPPFLAGS) -DRQ_CHAOS
tests_crash_libshim_a_SOURCES = $(shim_parts) $(shim_shared)
tests_crash_libshim_a_CPPFLAGS = $(relayq_shim_CPPFLAGS) -DRQ_CHAOS
tests_crash_libshim_a_CFLAGS = $(relayq_shim_CFLAGS)

crash_ldadd = tests/crash/libagent.a librelayq.a $(CORE_LIBS)
check_PROGRAMS += tests/crash/worker tests/crash/worker-nofence tests/crash/worker-noselffence
tests_crash_worker_SOURCES = tests/crash/worker.c
tests_crash_worker_LDADD = $(crash_ldadd)
tests_crash_worker_nofence_SOURCES = tests/crash/worker.c core/queue/local_result.c
tests_crash_worker_nofence_CPPFLAGS = $(AM_CPPFLAGS) -DRQ_WITHOUT_FENCE
tests_crash_worker_nofence_LDADD = $(crash_ldadd)
tests_crash_worker_noselffence_SOURCES = tests/crash/worker.c core/agent/adopt.c
tests_crash_worker_noselffence_CPPFLAGS = $(AM_CPPFLAGS) -DRQ_CHAOS -DRQ_WITHOUT_SELF_FENCE
tests_crash_worker_noselffence_LDADD = $(crash_ldadd)

check_PROGRAMS += tests/crash/shim tests/crash/shim-noselffence tests/crash/shim-noguard
tests_crash_shim_SOURCES = $(shim_main)
tests_crash_shim_CPPFLAGS = $(tests_crash_libshim_a_CPPFLAGS)
tests_crash_shim_CFLAGS = $(relayq_shim_CFLAGS)
tests_crash_shim_LDADD = tests/crash/libshim.a
tests_crash_shim_noselffence_SOURCES = $(shim_main) core/agent/shim_watch.c
tests_crash_shim_noselffence_CPPFLAGS = $(tests_crash_libshim_a_CPPFLAGS) -DRQ_WITHOUT_SELF_FENCE
tests_crash_shim_noselffence_CFLAGS = $(relayq_shim_CFLAGS)
tests_crash_shim_noselffence_LDADD = tests/crash/libshim.a
tests_crash_shim_noguard_SOURCES = $(shim_main) core/agent/shim_child.c
tests_crash_shim_noguard_CPPFLAGS = $(tests_crash_libshim_a_CPPFLAGS) -DRQ_WITHOUT_SPAWN_GUARD
tests_crash_shim_noguard_CFLAGS = $(relayq_shim_CFLAGS)
tests_crash_shim_noguard_LDADD = tests/crash/libshim.a

TESTS += tests/crash/agent.py tests/crash/points.py tests/crash/chaos.py tests/crash/duty.py
EXTRA_DIST += tests/crash/agent.py tests/crash/points.py tests/crash/chaos.py tests/crash/duty.py tests/crash/crash.py
