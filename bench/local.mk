# What `make benchmarks` builds; each prints what it measured, and its limits.
bench_programs =
if HAVE_VTERM
bench_programs += bench/console bench/latency bench/terminal
bench_libraries = bench/writes.so
endif
bench_programs += bench/policy
bench_policy_SOURCES = bench/policy.c
bench_policy_LDADD = librelayq.a $(CORE_LIBS)
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)
benchmarks: $(bench_programs) $(bench_libraries) tests/github/watch

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
EXTRA_DIST += bench/README.md bench/api bench/api-scale bench/local-queue bench/logview bench/probe.c

# Counts the calls of write(2) of the programs that bench/terminal measures.
bench/writes.so: bench/writes.c
	$(AM_V_CC)$(CC) $(CFLAGS) -shared -fPIC -o $@ $(srcdir)/bench/writes.c
CLEANFILES += bench/writes.so
EXTRA_DIST += bench/writes.c
