/* terminal - what the console sends to its terminal, in one run beside htop, tig and lnav.
 *
 * usage: bench/terminal [--quick] [--terms]
 *
 * Each program runs on a pseudo-terminal of 80x24 and of 200x50 and shows something large of its
 * own. Counted are the bytes that it writes, and its calls of write(2), for the first screen, an
 * idle minute, a movement of the cursor, a page, and a change in what is shown. relayq may need no
 * more than the best of the others for any of them. Then a line of 9600 bit/s: how long a key takes
 * to be seen, and how far the screen is behind when a key is held down. --quick looks at ten idle
 * seconds; --terms also tells what other terminals get, without a limit. Exit status 1 when a limit
 * is missed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench/meter.h"

enum { RELAYQ, SLOW, HTOP, TIG, LNAV, N_SUBJECTS };
enum { FIRST, FIRST_WRITES, IDLE, MOVE, MOVE_WRITES, PAGE, PAGE_WRITES, CHANGE, CHANGE_WRITES, N_ROWS };
enum { JOBS = 10000, OPEN_JOBS = 200, LINES = 100000, MOVES = 15, PAGES = 7, CHANGES = 7, LINE_BYTES = 960, LINE_MOVES = 15 };

static const char *const row_names[] = {
	[FIRST] = "first screen, bytes", [FIRST_WRITES] = "first screen, writes", [IDLE] = "idle minute, bytes",
	[MOVE] = "cursor movement, bytes", [MOVE_WRITES] = "cursor movement, writes", [PAGE] = "page, bytes",
	[PAGE_WRITES] = "page, writes", [CHANGE] = "a change, bytes", [CHANGE_WRITES] = "a change, writes",
};

struct size {
	int rows, cols;
};

static const struct size sizes[] = { { 24, 80 }, { 50, 200 } };

enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

struct subject {
	const char *name;
	struct meter_program run;
	const char *complete; /* is on the screen when the first screen is complete */
	const char *change;   /* a shell command that changes one thing that is shown; NULL: it follows nothing */
	const char *home;     /* a key that goes to the beginning of what is shown; NULL: it is there */
	bool present;
	double cost[N_SIZES][N_ROWS]; /* < 0: there is none */
};

static struct subject subjects[N_SUBJECTS] = {
	/* The second job in the list, below the cursor, ends. */
	[RELAYQ] = { .name = "relayq", .complete = "? help", .change = "\"$RELAYQ\" cancel \"$(sed -n '2{p;q}' open)\"; sed -i 2d open" },
	[SLOW] = { .name = "slow link", .run.args = { "--slow-link" }, .complete = "? help",
		   .change = "\"$RELAYQ\" cancel \"$(sed -n '2{p;q}' open)\"; sed -i 2d open" },
	[HTOP] = { .name = "htop", .run = { "htop", { "-d", "100" }, NULL }, .complete = "F10Quit" },
	[TIG] = { .name = "tig", .run = { "tig", { NULL }, "repo" }, .complete = "[main]" },
	/* One more line in the log, which is followed. */
	[LNAV] = { .name = "lnav", .run = { "lnav", { "-N", "big.log" }, NULL }, .complete = "of the episode",
		   .change = "tail -n 1 big.log >>big.log", .home = "g" },
};

struct options {
	int idle_s;
	bool terms;
};

/* --- what there is to show ---------------------------------------------------------------- */

/* All jobs were submitted three hours ago: what is new steps from second to second, and would be no
 * idle minute. */
static bool prepare(struct box *b)
{
	char then[32];
	bool done;

	snprintf(then, sizeof then, "%lld", ((long long)time(NULL) - 3 * 3600 - 1200) * 1000);
	box_setenv(b, "RELAYQ_TEST_NOW", then);
	done = meter_jobs(b, JOBS, OPEN_JOBS) && meter_shell(b, "the open jobs", "sed '200q' ids | tac >open");
	box_setenv(b, "RELAYQ_TEST_NOW", NULL);
	return done && meter_commits(b, JOBS) && meter_log(b, LINES);
}

/* --- one program -------------------------------------------------------------------------- */

/* What is counted: from begin() to the call of cost(). */
struct count {
	long bytes, writes;
};

static struct count begin(const struct meter *m)
{
	return (struct count){ m->vt.wire.bytes, meter_writes() };
}

static void note(double *bytes, double *writes, int i, const struct meter *m, struct count from)
{
	bytes[i] = (double)(m->vt.wire.bytes - from.bytes);
	writes[i] = (double)(meter_writes() - from.writes);
}

static void keep(double *cost, int row, double *bytes, double *writes, int n)
{
	cost[row] = meter_percentile(bytes, n, 50);
	cost[row + 1] = meter_percentile(writes, n, 50);
}

static void measure_keys(struct meter *m, double *cost, int row, int n, const char *key)
{
	double bytes[MOVES], writes[MOVES];

	for (int i = 0; i < n; i++) {
		struct count from = begin(m);

		if (key)
			pty_write(&m->pty, key, strlen(key));
		else
			meter_arrow(m, 'B');
		meter_settle(m);
		note(bytes, writes, i, m, from);
	}
	/* A list that was too short: the last pages moved nothing. */
	if (bytes[n - 1] > 0)
		keep(cost, row, bytes, writes, n);
}

static void measure_changes(struct subject *s, struct meter *m, struct box *b, double *cost)
{
	double bytes[CHANGES], writes[CHANGES];

	for (int i = 0; s->change && i < CHANGES; i++) {
		struct count from = begin(m);

		if (!meter_shell(b, s->name, s->change))
			return;
		meter_pump_for(m, 1500); /* some look once a second */
		meter_settle(m);
		note(bytes, writes, i, m, from);
	}
	if (s->change)
		keep(cost, CHANGE, bytes, writes, CHANGES);
}

static bool start(struct meter *m, struct subject *s, struct box *b, struct size size)
{
	if (!meter_start(m, &s->run, b, size.rows, size.cols))
		return false;
	if (meter_complete(m, s->complete))
		return true;
	meter_show(m, s->name, s->complete);
	meter_end(m);
	return false;
}

static bool measure(struct subject *s, struct box *b, struct size size, double *cost)
{
	double bytes[3], writes[3];
	struct meter m;

	for (int i = 0; i < N_ROWS; i++)
		cost[i] = -1;
	for (int i = 0; i < 3; i++) {
		struct count from = { 0, meter_writes() };

		if (!start(&m, s, b, size))
			return false;
		note(bytes, writes, i, &m, from);
		if (i < 2)
			meter_end(&m);
	}
	keep(cost, FIRST, bytes, writes, 3);
	measure_changes(s, &m, b, cost);
	if (s->home)
		measure_keys(&m, cost, MOVE, 1, s->home);
	measure_keys(&m, cost, MOVE, MOVES, NULL);
	measure_keys(&m, cost, PAGE, PAGES, "\033[6~");
	meter_end(&m);
	return true;
}

/* --- an idle minute, of all at once ------------------------------------------------------- */

static void pump_all(struct meter *m, const bool *on, int n, double ms)
{
	double end = meter_now_ms() + ms;

	while (meter_now_ms() < end)
		for (int i = 0; i < n; i++)
			if (on[i])
				meter_pump(&m[i], 5);
}

static void measure_idle(struct box *b, const struct options *o)
{
	static struct meter m[N_SUBJECTS * N_SIZES];
	bool on[N_SUBJECTS * N_SIZES] = { false };
	long from[N_SUBJECTS * N_SIZES];

	for (int i = 0; i < N_SUBJECTS * N_SIZES; i++)
		on[i] = subjects[i / N_SIZES].present && start(&m[i], &subjects[i / N_SIZES], b, sizes[i % N_SIZES]);
	pump_all(m, on, N_SUBJECTS * N_SIZES, 3000); /* until the last one has come to rest */
	for (int i = 0; i < N_SUBJECTS * N_SIZES; i++)
		from[i] = on[i] ? m[i].vt.wire.bytes : 0;
	pump_all(m, on, N_SUBJECTS * N_SIZES, o->idle_s * 1e3);
	for (int i = 0; i < N_SUBJECTS * N_SIZES; i++) {
		double *cost = subjects[i / N_SIZES].cost[i % N_SIZES];

		if (!on[i])
			continue;
		cost[IDLE] = (double)(m[i].vt.wire.bytes - from[i]) * 60 / o->idle_s;
		meter_end(&m[i]);
	}
}

/* --- a slow line -------------------------------------------------------------------------- */

/* Milliseconds until nothing came any more; for a line that carries what is written one after the
 * other. */
static double silence_after(struct meter *m, double since)
{
	double last = meter_now_ms(), began = last;
	bool any = false;

	while (meter_now_ms() - last < 250 && meter_now_ms() - began < 60000) {
		if (meter_pump(m, 20)) {
			last = meter_now_ms();
			any = true;
		}
	}
	return any ? last - since : 0;
}

struct line_cost {
	double move, held; /* ms */
};

static bool measure_line(struct subject *s, struct box *b, struct line_cost *cost)
{
	double ms[LINE_MOVES], since;
	struct meter m;

	if (!start(&m, s, b, sizes[0]))
		return false;
	m.per_second = LINE_BYTES;
	for (int i = 0; i < LINE_MOVES; i++) {
		since = meter_now_ms();
		meter_arrow(&m, 'B');
		ms[i] = silence_after(&m, since);
	}
	cost->move = meter_percentile(ms, LINE_MOVES, 50);
	/* As a keyboard repeats: 30 a second, three seconds long, up and down. */
	for (int i = 0; i < 90; i++) {
		since = meter_now_ms();
		meter_arrow(&m, i / 10 % 2 ? 'A' : 'B');
		while (meter_now_ms() - since < 33)
			meter_pump(&m, 5);
	}
	cost->held = silence_after(&m, meter_now_ms());
	meter_end(&m);
	return true;
}

static bool limit(const char *what, double value, double max)
{
	printf("%-52s %6.0f ms  < %-4.0f %s\n", what, value, max, value < max ? "ok" : "EXCEEDED");
	return value < max;
}

static bool report_line(struct box *b)
{
	struct line_cost normal, slow, tig;
	bool kept;

	if (!measure_line(&subjects[RELAYQ], b, &normal) || !measure_line(&subjects[SLOW], b, &slow))
		return false;
	printf("A line of 9600 bit/s, 80x24:\n");
	kept = limit("cursor movement", normal.move, 300);
	kept = limit("cursor movement, slow link", slow.move, 300) && kept;
	printf("%-52s %6.0f ms\n", "behind after a key was held for three seconds", normal.held);
	kept = limit("behind after a key was held, slow link", slow.held, 300) && kept;
	if (subjects[TIG].present && measure_line(&subjects[TIG], b, &tig))
		printf("%-52s %6.0f ms, then %.0f ms behind\n", "cursor movement of tig", tig.move, tig.held);
	printf("\n");
	return kept;
}

/* --- the tables --------------------------------------------------------------------------- */

/* The least that another program needs, < 0 when there is none to compare with. */
static double best(int size, int row)
{
	double least = -1;

	for (int i = HTOP; i < N_SUBJECTS; i++) {
		double v = subjects[i].cost[size][row];

		if (subjects[i].present && v >= 0 && (least < 0 || v < least))
			least = v;
	}
	return least;
}

static void print_values(int size, int row)
{
	printf("%-26s", row_names[row]);
	for (int i = 0; i < N_SUBJECTS; i++) {
		if (subjects[i].present && subjects[i].cost[size][row] >= 0)
			printf("%11.0f", subjects[i].cost[size][row]);
		else
			printf("%11s", "-");
	}
}

static bool print_row(int size, int row)
{
	double least = best(size, row), ours = subjects[RELAYQ].cost[size][row];
	bool kept = least < 0 || (ours >= 0 && ours <= least);

	print_values(size, row);
	if (least >= 0)
		printf("  <= %-6.0f %s", least, kept ? "ok" : "EXCEEDED");
	printf("\n");
	return kept;
}

static void print_head(struct size size, const char *term)
{
	printf("%dx%d, %s%*s", size.cols, size.rows, term, (int)(26 - strlen(term) - (size.cols > 99 ? 8 : 7)), "");
	for (int i = 0; i < N_SUBJECTS; i++)
		printf("%11s", subjects[i].name);
	printf("\n");
}

static bool slow_limits(void)
{
	double move = subjects[SLOW].cost[0][MOVE], idle = subjects[SLOW].cost[0][IDLE];
	bool kept = move < 80 && idle <= 0;

	printf("slow link, 80x24: cursor movement %.0f bytes (< 80), idle minute %.0f (0): %s\n\n", move, idle,
	       kept ? "ok" : "EXCEEDED");
	return kept;
}

static bool print_tables(const char *term, bool limited)
{
	bool kept = true;

	for (int size = 0; size < N_SIZES; size++) {
		print_head(sizes[size], term);
		for (int row = 0; row < N_ROWS; row++) {
			if (limited)
				kept = print_row(size, row) && kept;
			else if (row != IDLE) {
				print_values(size, row);
				printf("\n");
			}
		}
		printf("\n");
	}
	return kept;
}

static bool measure_all(struct box *b)
{
	for (int i = 0; i < N_SUBJECTS; i++) {
		struct subject *s = &subjects[i];
		char path[PATH_MAX];

		s->present = meter_find(s->run.program, path, sizeof path);
		if (!s->present)
			printf("%s is not installed: left out\n", s->name);
		for (int size = 0; s->present && size < N_SIZES; size++)
			s->present = measure(s, b, sizes[size], s->cost[size]);
	}
	return subjects[RELAYQ].present && subjects[SLOW].present;
}

static bool run(struct box *b, const struct options *o)
{
	static const char *const terms[] = { "tmux-256color", "vt100" };
	bool kept;

	if (!prepare(b) || !measure_all(b))
		return false;
	measure_idle(b, o);
	printf("Each number is the median of several; %d idle seconds%s.\n\n", o->idle_s,
	       o->idle_s == 60 ? "" : " scaled to a minute");
	kept = print_tables("xterm-256color", true);
	kept = slow_limits() && kept;
	kept = report_line(b) && kept;
	for (size_t i = 0; o->terms && i < sizeof terms / sizeof terms[0]; i++) {
		box_setenv(b, "TERM", terms[i]);
		if (measure_all(b))
			print_tables(terms[i], false);
	}
	return kept;
}

static void parse_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick")) {
			o->idle_s = 10;
		} else if (!strcmp(argv[i], "--terms")) {
			o->terms = true;
		} else {
			fprintf(stderr, "usage: terminal [--quick] [--terms]\n");
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options o = { .idle_s = 60 };
	char path[PATH_MAX];
	const char *program = meter_relayq(path);
	struct box box;
	bool kept;

	parse_options(&o, argc, argv);
	subjects[RELAYQ].run.program = subjects[SLOW].run.program = program;
#ifndef __linux__
	fprintf(stderr, "terminal: only Linux tells how often another process writes; run it there\n");
	return 2;
#endif
	signal(SIGPIPE, SIG_IGN);
	if (!program || box_open(&box))
		return 2;
	kept = meter_count_writes(&box, argv[0]) && run(&box, &o);
	return !meter_close(&box) || !kept;
}
