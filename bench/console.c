/* console - what the console costs, measured in one run beside htop and tig.
 *
 * usage: bench/console [--quick] [--jobs N] [--rows R] [--cols C]
 *
 * Puts 10,000 jobs into a database of its own (and as many commits into a repository for tig), then
 * runs each program on a pseudo-terminal and measures
 *   - CPU time (user and system, with children) until the first screen is complete and all silent,
 *   - resident memory then,
 *   - CPU time and bytes written to the terminal in a minute in which nothing happens,
 *   - bytes and write calls of one cursor movement.
 * Prints a table, the ratios, and whether the console keeps its limits; exit status 1 if it does
 * not. --quick looks at ten idle seconds and scales them up. A program that is not installed is
 * left out by name. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tests/screen/box.h"
#include "tests/screen/pty.h"
#include "tests/screen/vt.h"

#define MOVES 20
#define QUIET_MS 60

struct options {
	int jobs, rows, cols;
	int idle_s, starts;
};

/* What is measured: one column of the table. */
struct result {
	double start_ms, rss_mib, idle_cpu_ms, idle_bytes, move_bytes, move_writes, first_bytes;
};

struct subject {
	const char *name;
	const char *program; /* a path, or found on PATH */
	const char *args[4];
	const char *complete; /* is on the screen when the first screen is complete */
	const char *dir;      /* where it runs, below the box; NULL: the home */
	bool (*prepare)(struct box *b, int jobs); /* gives it something to show; may be NULL */
	bool present;
	struct result r;
};

/* --- a program under observation --- */

struct watch {
	struct pty pty;
	struct vt vt;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* User and system time of the process itself, to the nanosecond. */
static double cpu_of(pid_t pid)
{
#ifdef __linux__
	struct timespec t;
	clockid_t clock;

	if (!clock_getcpuclockid(pid, &clock) && !clock_gettime(clock, &t))
		return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
#endif
	(void)pid;
	return 0;
}

/* That of its children that ended, to the clock tick. */
static double cpu_of_children(pid_t pid)
{
	char path[64], line[1024], *at;
	unsigned long user = 0, sys = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	at = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	if (at)
		sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lu %lu", &user,
		       &sys);
	fclose(f);
	return (double)(user + sys) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

static double total_cpu(pid_t pid)
{
	return cpu_of(pid) + cpu_of_children(pid);
}

static long proc_number(pid_t pid, const char *file, const char *key)
{
	char path[64], line[256];
	size_t n = strlen(key);
	long value = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, key, n) && line[n] == ':')
			value = strtol(line + n + 1, NULL, 10);
	if (f)
		fclose(f);
	return value;
}

static bool pump(struct watch *w, int ms)
{
	char buf[65536];
	size_t n = pty_pump(&w->pty, buf, sizeof buf, ms);

	if (n)
		vt_feed(&w->vt, buf, n);
	return n > 0;
}

static void pump_for(struct watch *w, double ms)
{
	double end = now_ms() + ms;

	while (now_ms() < end && !w->pty.exited)
		pump(w, (int)(end - now_ms()) + 1);
}

/* Until nothing was written for a while and every key was read; at most two seconds. */
static void settle(struct watch *w)
{
	double end = now_ms() + 2000;

	while (now_ms() < end && (pump(w, QUIET_MS) || pty_unread(&w->pty)))
		;
}

static bool complete(struct watch *w, const char *text)
{
	double end = now_ms() + 10000;

	while (vt_find(&w->vt, text) < 0) {
		if (now_ms() > end || w->pty.exited)
			return false;
		pump(w, 50);
	}
	settle(w);
	return true;
}

static void answer(const char *s, size_t n, void *user)
{
	struct watch *w = user;

	pty_write(&w->pty, s, n);
}

static bool find_program(const char *name, char *path, size_t size)
{
	char dirs[4096], *save = NULL;

	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return !access(path, X_OK);
	}
	rq_copy(dirs, sizeof dirs, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	for (char *dir = strtok_r(dirs, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		snprintf(path, size, "%s/%s", dir, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

static bool watch_start(struct watch *w, struct subject *s, struct box *b, const struct options *o)
{
	char path[4096], dir[512];
	char *argv[6] = { path };

	if (!find_program(s->program, path, sizeof path))
		return false;
	for (int i = 0; i < 4 && s->args[i]; i++)
		argv[i + 1] = (char *)s->args[i];
	snprintf(dir, sizeof dir, "%s/%s", b->dir, s->dir ? s->dir : "home");
	vt_init(&w->vt, o->rows, o->cols);
	w->vt.answer = answer;
	w->vt.user = w;
	return !pty_spawn(&w->pty, o->rows, o->cols, argv, b->env, dir);
}

static void watch_end(struct watch *w)
{
	pty_close(&w->pty);
	vt_release(&w->vt);
}

/* --- the measurements --- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, ascending);
	return v[n / 2];
}

static bool measure_start(struct subject *s, struct box *b, const struct options *o)
{
	double cpu[32];

	for (int i = 0; i < o->starts; i++) {
		struct watch w;
		bool done;

		if (!watch_start(&w, s, b, o))
			return false;
		done = complete(&w, s->complete);
		cpu[i] = total_cpu(w.pty.pid);
		s->r.rss_mib = (double)proc_number(w.pty.pid, "status", "VmRSS") / 1024;
		s->r.first_bytes = (double)w.vt.wire.bytes;
		if (!done) {
			struct rq_str dump;

			rq_str_init(&dump, 0);
			vt_dump(&w.vt, "  ", &dump);
			fprintf(stderr, "%s: \"%s\" does not appear on its screen\n%s", s->name,
				s->complete, rq_str_get(&dump));
			rq_str_release(&dump);
		}
		watch_end(&w);
		if (!done)
			return false;
	}
	s->r.start_ms = median(cpu, o->starts);
	return true;
}

static void measure_moves(struct subject *s, struct watch *w)
{
	double bytes[MOVES], writes[MOVES];
	const char *key = wire_mode(&w->vt.wire, 1) ? "\033OB" : "\033[B";

	for (int i = 0; i < MOVES; i++) {
		long b = w->vt.wire.bytes, n = proc_number(w->pty.pid, "io", "syscw");

		pty_write(&w->pty, key, 3);
		settle(w);
		bytes[i] = (double)(w->vt.wire.bytes - b);
		writes[i] = (double)(proc_number(w->pty.pid, "io", "syscw") - n);
	}
	s->r.move_bytes = median(bytes, MOVES);
	s->r.move_writes = median(writes, MOVES);
}

static void measure_idle(struct subject *s, struct watch *w, const struct options *o)
{
	double cpu = total_cpu(w->pty.pid), scale = 60.0 / o->idle_s;
	long bytes = w->vt.wire.bytes;

	pump_for(w, o->idle_s * 1e3);
	s->r.idle_cpu_ms = (total_cpu(w->pty.pid) - cpu) * scale;
	s->r.idle_bytes = (double)(w->vt.wire.bytes - bytes) * scale;
}

static bool measure(struct subject *s, struct box *b, const struct options *o)
{
	struct watch w;

	if (!measure_start(s, b, o) || !watch_start(&w, s, b, o))
		return false;
	complete(&w, s->complete);
	measure_idle(s, &w, o);
	measure_moves(s, &w);
	watch_end(&w);
	return true;
}

/* --- what there is to show --- */

static bool shell(struct box *b, const char *what, const char *command)
{
	struct rq_str out;
	int status;

	rq_str_init(&out, 0);
	status = box_run(b, command, 300000, &out, NULL, NULL);
	if (status)
		fprintf(stderr, "%s: status %d\n%s\n", what, status, rq_str_get(&out));
	rq_str_release(&out);
	return status == 0;
}

/* A file in the box's home; closed by the caller. */
static FILE *create(const struct box *b, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/home/%s", b->dir, name);
	f = fopen(path, "w");
	if (!f)
		fprintf(stderr, "console: %s: %s\n", path, strerror(errno));
	return f;
}

/* Jobs for a label that no runner has, so that they stay; all but a hundred are then cancelled, as
 * most jobs of a real database have ended. */
static bool make_jobs(struct box *b, int jobs)
{
	FILE *f = create(b, "batch");

	if (!f)
		return false;
	for (int i = 1; i <= jobs; i++)
		fprintf(f,
			"{\"name\": \"episode-%d.mp3\", \"command\": [\"true\"], "
			"\"runs_on\": [\"nowhere\"]}\n",
			i);
	fclose(f);
	b->used = true;
	return shell(b, "submitting the jobs",
		     "set -e\n"
		     "\"$RELAYQ\" config set agent.autostart false\n"
		     "\"$RELAYQ\" submit --batch batch >ids\n"
		     "sed '1,100d' ids | xargs -n 500 \"$RELAYQ\" cancel >cancelled\n");
}

static bool make_commits(struct box *b, int commits)
{
	FILE *f = create(b, "commits");

	if (!f)
		return false;
	for (int i = 1; i <= commits; i++)
		fprintf(f,
			"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\n"
			"data 14\nepisode %06d\n",
			1700000000 + i, i);
	fclose(f);
	return shell(b, "making commits for tig",
		     "set -e\n"
		     "git init -q ../repo\n"
		     "cd ../repo\n"
		     "git fast-import --quiet <../home/commits\n"
		     "git symbolic-ref HEAD refs/heads/main\n");
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
	ROW("writes of a cursor movement", move_writes, 0, 0),
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
		if (!find_program(s[i].program, path, sizeof path)) {
			printf("%s is not installed: left out\n", s[i].name);
			continue;
		}
		s[i].present = (!s[i].prepare || s[i].prepare(b, o->jobs)) && measure(&s[i], b, o);
	}
	return s[0].present;
}

/* The path of the program under test, also for the shell commands of the box. */
static const char *find_relayq(char path[PATH_MAX])
{
	const char *given = getenv("RELAYQ");

	if (!realpath(given ? given : "./relayq", path)) {
		fprintf(stderr, "console: %s: %s (build it, or set RELAYQ to its path)\n",
			given ? given : "./relayq", strerror(errno));
		return NULL;
	}
	setenv("RELAYQ", path, 1);
	return path;
}

int main(int argc, char **argv)
{
	struct options o = { .jobs = 10000, .rows = 24, .cols = 80, .idle_s = 60, .starts = 7 };
	char path[PATH_MAX];
	struct subject subjects[] = {
		{ .name = "relayq",
		  .program = find_relayq(path),
		  .complete = "? help",
		  .prepare = make_jobs },
		{ .name = "htop", .program = "htop", .complete = "F10Quit" },
		{ .name = "tig",
		  .program = "tig",
		  .complete = "[main]",
		  .dir = "repo",
		  .prepare = make_commits },
	};
	struct rq_str wrong;
	struct box box;
	bool done;

	parse_options(&o, argc, argv);
#ifndef __linux__
	fprintf(stderr, "console: only Linux tells what another process uses; run it there\n");
	return 2;
#endif
	signal(SIGPIPE, SIG_IGN);
	if (!subjects[0].program || box_open(&box))
		return 2;
	rq_str_init(&wrong, 0);
	done = run_all(subjects, 3, &box, &o);
	done = print_table(subjects, 3, &o) && done;
	box_close(&box, 10000, &wrong, NULL, NULL);
	fputs(rq_str_get(&wrong), stderr);
	done = done && !wrong.len;
	rq_str_release(&wrong);
	return !done;
}
