# What `make benchmarks` builds; each prints what it measured, and its limits.
bench_programs =
if HAVE_VTERM
bench_programs += bench/console bench/latency bench/terminal
endif
bench_programs += bench/policy
bench_policy_SOURCES = bench/policy.c
bench_policy_LDADD = librelayq.a $(CORE_LIBS)
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)
benchmarks: $(bench_programs) tests/github/watch

meter_sources = bench/meter.c bench/meter.h \
	tests/screen/box.c tests/screen/box.h \
	tests/screen/pty.c tests/screen/pty.h \
	tests/screen/vt.c tests/screen/vt.h \
	tests/screen/wire.c tests/screen/wire.h
bench_console_SOURCES = bench/console.c $(meter_sources)
bench_console_LDADD = librelayq.a $(VTERM_LIBS) $(CORE_LIBS)
bench_latency_SOURCES = bench/latency.c $(meter_sources)
bench_latency_LDADD = librelayq.a $(VTERM_LIBS) $(CORE_LIBS)
bench_terminal_SOURCES = bench/terminal.c $(meter_sources)
bench_terminal_LDADD = librelayq.a $(VTERM_LIBS) $(CORE_LIBS)
EXTRA_DIST += bench/README.md bench/api bench/api-scale bench/local-queue bench/probe.c
