/* console - what the console costs, measured in one run beside htop and tig.
 *
 * usage: bench/console [--quick] [--jobs N] [--rows R] [--cols C]
 *
 * Puts 10,000 jobs into a database of its own (and as many commits into a repository for tig), then
 * runs each program on a pseudo-terminal and measures
 *   - CPU time (user and system, with children) until the first screen is complete and all silent,
 *   - resident memory then,
 *   - CPU time and bytes written to the terminal in a minute in which nothing happens,
 *   - bytes of one cursor movement.
 * Prints a table, the ratios, and whether the console keeps its limits; exit status 1 if it does
 * not. --quick looks at ten idle seconds and scales them up. A program that is not installed is
 * left out by name. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench/meter.h"

#define MOVES 20

struct options {
	int jobs, rows, cols;
	int idle_s, starts;
};

/* What is measured: one column of the table. */
struct result {
	double start_ms, rss_mib, idle_cpu_ms, idle_bytes, move_bytes, first_bytes;
};

struct subject {
	const char *name;
	struct meter_program run;
	const char *complete; /* is on the screen when the first screen is complete */
	bool (*prepare)(struct box *b, int jobs); /* gives it something to show; may be NULL */
	bool present;
	struct result r;
};

/* As in a real database most jobs have ended. */
static bool make_jobs(struct box *b, int jobs)
{
	return meter_jobs(b, jobs, 100);
}

/* --- the measurements --- */

static bool measure_start(struct subject *s, struct box *b, const struct options *o)
{
	double cpu[32];

	for (int i = 0; i < o->starts; i++) {
		struct meter w;
		bool done;

		if (!meter_start(&w, &s->run, b, o->rows, o->cols))
			return false;
		done = meter_complete(&w, s->complete);
		cpu[i] = meter_total_cpu_ms(w.pty.pid);
		s->r.rss_mib = (double)meter_proc(w.pty.pid, "status", "VmRSS") / 1024;
		s->r.first_bytes = (double)w.vt.wire.bytes;
		if (!done)
			meter_show(&w, s->name, s->complete);
		meter_end(&w);
		if (!done)
			return false;
	}
	s->r.start_ms = meter_percentile(cpu, o->starts, 50);
	return true;
}

static void measure_moves(struct subject *s, struct meter *w)
{
	double bytes[MOVES];

	for (int i = 0; i < MOVES; i++) {
		long b = w->vt.wire.bytes;

		meter_arrow(w, 'B');
		meter_settle(w);
		bytes[i] = (double)(w->vt.wire.bytes - b);
	}
	s->r.move_bytes = meter_percentile(bytes, MOVES, 50);
}

static void measure_idle(struct subject *s, struct meter *w, const struct options *o)
{
	double cpu = meter_total_cpu_ms(w->pty.pid), scale = 60.0 / o->idle_s;
	long bytes = w->vt.wire.bytes;

	meter_pump_for(w, o->idle_s * 1e3);
	s->r.idle_cpu_ms = (meter_total_cpu_ms(w->pty.pid) - cpu) * scale;
	s->r.idle_bytes = (double)(w->vt.wire.bytes - bytes) * scale;
}

static bool measure(struct subject *s, struct box *b, const struct options *o)
{
	struct meter w;

	if (!measure_start(s, b, o) || !meter_start(&w, &s->run, b, o->rows, o->cols))
		return false;
	meter_complete(&w, s->complete);
	measure_idle(s, &w, o);
	measure_moves(s, &w);
	meter_end(&w);
	return true;
}

/* --- the table --- */

struct row {
	const char *name;
	size_t at;
	int decimals;
	double limit; /* of the console; 0: none */
};

#define ROW(name, field, digits, limit) \
	{ name, offsetof(struct result, field), digits, limit }

static const struct row table[] = {
	ROW("CPU to first complete screen, ms", start_ms, 1, 60),
	ROW("resident memory, MiB", rss_mib, 1, 20),
	ROW("CPU of an idle minute, ms", idle_cpu_ms, 1, 100),
	ROW("bytes of an idle minute", idle_bytes, 0, 2000),
	ROW("bytes of a cursor movement", move_bytes, 0, 300),
	ROW("bytes of the first screen", first_bytes, 0, 0),
};

static double value(const struct subject *s, const struct row *row)
{
	double v;

	memcpy(&v, (const char *)&s->r + row->at, sizeof v);
	return v;
}

static bool print_row(const struct row *row, struct subject *s, int n)
{
	bool kept = !row->limit || !s[0].present || value(&s[0], row) < row->limit;

	printf("%-34s", row->name);
	for (int i = 0; i < n; i++) {
		if (s[i].present)
			printf("%10.*f", row->decimals, value(&s[i], row));
		else
			printf("%10s", "-");
	}
	for (int i = 1; i < n; i++) {
		if (s[0].present && s[i].present && value(&s[i], row) > 0)
			printf("%9.2fx", value(&s[0], row) / value(&s[i], row));
		else
			printf("%10s", "-");
	}
	if (row->limit)
		printf("  < %-6.0f %s", row->limit, kept ? "ok" : "EXCEEDED");
	printf("\n");
	return kept;
}

static bool print_table(struct subject *s, int n, const struct options *o)
{
	bool kept = true;

	printf("%d jobs, %dx%d, xterm-256color, %d starts, %d idle seconds%s\n\n", o->jobs, o->rows,
	       o->cols, o->starts, o->idle_s, o->idle_s == 60 ? "" : " scaled to a minute");
	printf("%-34s", "");
	for (int i = 0; i < n; i++)
		printf("%10s", s[i].name);
	for (int i = 1; i < n; i++)
		printf("%*s%s", (int)(9 - strlen(s[i].name)), "/", s[i].name);
	printf("  limit\n");
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		kept &= print_row(&table[i], s, n);
	return kept;
}

/* --- the program --- */

static void parse_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (!strcmp(argv[i], "--quick")) {
			o->idle_s = 10;
			o->starts = 3;
		} else if (!strcmp(argv[i], "--jobs") && more) {
			o->jobs = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--rows") && more) {
			o->rows = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--cols") && more) {
			o->cols = atoi(argv[++i]);
		} else {
			fprintf(stderr,
				"usage: console [--quick] [--jobs N] [--rows R] [--cols C]\n");
			exit(2);
		}
	}
}

/* The first subject must be measured, the others may be missing. */
static bool run_all(struct subject *s, int n, struct box *b, const struct options *o)
{
	char path[4096];

	for (int i = 0; i < n; i++) {
		if (!meter_find(s[i].run.program, path, sizeof path)) {
			printf("%s is not installed: left out\n", s[i].name);
			continue;
		}
		s[i].present = (!s[i].prepare || s[i].prepare(b, o->jobs)) && measure(&s[i], b, o);
	}
	return s[0].present;
}

int main(int argc, char **argv)
{
	struct options o = { .jobs = 10000, .rows = 24, .cols = 80, .idle_s = 60, .starts = 7 };
	char path[PATH_MAX];
	struct subject subjects[] = {
		{ .name = "relayq",
		  .run.program = meter_relayq(path),
		  .complete = "? help",
		  .prepare = make_jobs },
		{ .name = "htop", .run.program = "htop", .complete = "F10Quit" },
		{ .name = "tig",
		  .run.program = "tig",
		  .complete = "[main]",
		  .run.dir = "repo",
		  .prepare = meter_commits },
	};
	struct box box;
	bool done;

	parse_options(&o, argc, argv);
#ifndef __linux__
	fprintf(stderr, "console: only Linux tells what another process uses; run it there\n");
	return 2;
#endif
	signal(SIGPIPE, SIG_IGN);
	if (!subjects[0].run.program || box_open(&box))
		return 2;
	done = run_all(subjects, 3, &box, &o);
	done = print_table(subjects, 3, &o) && done;
	return !meter_close(&box) || !done;
}
