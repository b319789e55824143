/* latency - from a key to the screen, while much happens.
 *
 * usage: bench/latency [--quick] [--jobs N] [--rate R] [--keys K] [--rows R] [--cols C]
 *
 * 10,000 open jobs are in the list of the console, and a second process changes the state of a job
 * 100 times a second: it submits one, it cancels one. Meanwhile keys are pressed as a person does
 * who scrolls: the time counts from the write of the key to the terminal until the screen shows
 * another job under the cursor. Also what the console takes of a core meanwhile, and, once it is
 * calm, how long it takes from the start of `relayq submit` until its job is on the screen. Exit
 * status 1 when a limit is missed. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/meter.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/relayq.h"
#include "core/sys/loop.h"

extern char **environ;

enum { LIMIT_MS = 16, LIMIT_CPU = 10, LIMIT_CALM_MS = 100, CALM = 15, FIRST_ROW = 3, KEY_MIN_MS = 15, KEY_MORE_MS = 35, LOST_MS = 5000 };

struct options {
	int jobs, rate, keys, rows, cols;
};

/* --- the second process ------------------------------------------------------------------- */

struct writer {
	struct rq_loop *loop;
	struct relayq *rq;
	long made, done;
	int report; /* the number done is written to it at the end */
};

static struct writer *writing; /* for the signal that ends it */

static void answered(struct rq_call *call, void *ud)
{
	struct writer *w = ud;

	if (call->code)
		fprintf(stderr, "latency: %s\n", call->err.msg);
	else
		w->done++;
}

static void submit_one(struct writer *w)
{
	static char name[] = "true", *const command[] = { name, NULL };
	static const char *const labels[] = { "nowhere" };
	struct rq_call *c = rq_call_new(RQ_VERB_SUBMIT, answered, w);
	struct rq_submission *s = rq_arena_alloc(&c->arena, sizeof *s);
	struct rq_step *step = rq_arena_alloc(&c->arena, sizeof *step);

	step->argv = command;
	s->steps = step;
	s->n_steps = 1;
	s->cwd = "/";
	s->labels.v = (const char **)(uintptr_t)labels;
	s->labels.n = 1;
	s->name = rq_arena_fmt(&c->arena, "new-%ld", w->made);
	c->u.submit.v = s;
	c->u.submit.n = 1;
	rq_start(w->rq, c);
}

static void cancel_one(struct writer *w)
{
	struct rq_call *c = rq_call_new(RQ_VERB_CANCEL, answered, w);
	const char **id = rq_arena_alloc(&c->arena, sizeof *id);

	*id = rq_arena_fmt(&c->arena, "local:%ld", w->made / 2 + 1);
	c->u.cancel.ids = id;
	c->u.cancel.n = 1;
	rq_start(w->rq, c);
}

static void change_one(void *ud)
{
	struct writer *w = ud;

	if (w->made++ % 2)
		cancel_one(w);
	else
		submit_one(w);
}

static void on_end(int sig)
{
	(void)sig;
	if (write(writing->report, &writing->done, sizeof writing->done) < 0)
		_exit(1);
	_exit(0);
}

static void write_changes(struct box *b, int rate, int report)
{
	struct rq_open_options o = { .no_autostart = true };
	struct writer w = { .report = report };
	struct rq_error e;
	struct rq_timer *t;

	environ = b->env;
	if (rq_loop_new(&w.loop, &e))
		_exit(2);
	o.loop = w.loop;
	if (rq_open(&o, &w.rq, &e)) {
		fprintf(stderr, "latency: %s\n", e.msg);
		_exit(2);
	}
	writing = &w;
	signal(SIGTERM, on_end);
	t = rq_timer_new(w.loop, change_one, &w);
	rq_timer_start(t, 1, 1000 / rate);
	for (;;)
		rq_loop_run(w.loop);
}

/* Its process, and in *report where it tells what it did. */
static pid_t start_writer(struct box *b, int rate, int *report)
{
	int pipes[2];
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (pid == 0) {
		close(pipes[0]);
		write_changes(b, rate, pipes[1]);
	}
	close(pipes[1]);
	*report = pipes[0];
	return pid;
}

static long end_writer(pid_t pid, int report)
{
	long done = 0;

	kill(pid, SIGTERM);
	if (read(report, &done, sizeof done) != (ssize_t)sizeof done)
		done = 0;
	close(report);
	waitpid(pid, NULL, 0);
	return done;
}

/* --- the keys ----------------------------------------------------------------------------- */

/* The id in the row under the cursor, which is the one that is reversed. */
static void under_cursor(const struct meter *m, char id[32])
{
	struct rq_str text;
	struct vt_attr a;
	const char *at;

	*id = '\0';
	for (int row = FIRST_ROW; row < m->vt.rows - 1; row++) {
		vt_attr(&m->vt, row, 1, &a);
		if (!a.reverse)
			continue;
		rq_str_init(&text, 4096);
		vt_row(&m->vt, row, &text);
		at = strstr(rq_str_get(&text), "local:");
		if (at)
			snprintf(id, 32, "%.*s", (int)strcspn(at, " "), at);
		rq_str_release(&text);
		return;
	}
}

/* Milliseconds, -1: the screen never showed it. */
static double press(struct meter *m, char direction)
{
	char before[32], now[32];
	double began;

	under_cursor(m, before);
	began = meter_now_ms();
	meter_arrow(m, direction);
	do {
		if (meter_pump(m, 100)) {
			under_cursor(m, now);
			if (*now && strcmp(now, before) != 0)
				return meter_now_ms() - began;
		}
	} while (meter_now_ms() - began < LOST_MS);
	return -1;
}

/* Ten screens down, then up again. */
static int press_keys(struct meter *m, const struct options *o, double *ms)
{
	int way = 10 * o->rows, lost = 0;

	srand(1);
	for (int i = 0; i < o->keys; i++) {
		meter_pump_for(m, KEY_MIN_MS + rand() % KEY_MORE_MS);
		ms[i] = press(m, i / way % 2 ? 'A' : 'B');
		if (ms[i] < 0) {
			lost++;
			ms[i] = LOST_MS;
		}
	}
	return lost;
}

/* The jobs of other processes, one at a time. Milliseconds, the median; LOST_MS when one never came. */
static double submit_calmly(struct meter *m, struct box *b)
{
	double ms[CALM];

	pty_write(&m->pty, "g", 1);
	for (int i = 0; i < CALM; i++) {
		char command[128], name[32];
		double began;

		meter_pump_for(m, 1000);
		snprintf(name, sizeof name, "calm-%d.mp3", i);
		snprintf(command, sizeof command, "\"$RELAYQ\" submit --name %s --runs-on nowhere -- true", name);
		began = meter_now_ms();
		if (!meter_shell(b, name, command))
			return LOST_MS;
		while (vt_find(&m->vt, name) < 0 && meter_now_ms() - began < LOST_MS)
			meter_pump(m, 20);
		ms[i] = meter_now_ms() - began;
	}
	return meter_percentile(ms, CALM, 50);
}

/* --- the report --------------------------------------------------------------------------- */

static bool limit(const char *what, double value, double max, const char *unit)
{
	printf("%-34s %8.2f %-4s < %-4.0f %s\n", what, value, unit, max, value < max ? "ok" : "EXCEEDED");
	return value < max;
}

static bool report(const struct options *o, double *ms, int lost, double cpu, double wall, double calm, long changes,
		   long bytes)
{
	bool kept;

	printf("%d open jobs, %dx%d, %d keys; %ld changes in %.1f s: %.0f a second\n\n", o->jobs, o->cols, o->rows, o->keys,
	       changes, wall / 1e3, (double)changes / wall * 1e3);
	printf("%-34s %8.2f ms\n", "key to screen, median", meter_percentile(ms, o->keys, 50));
	printf("%-34s %8.2f ms\n", "key to screen, p90", meter_percentile(ms, o->keys, 90));
	kept = limit("key to screen, p99", meter_percentile(ms, o->keys, 99), LIMIT_MS, "ms");
	printf("%-34s %8.2f ms\n", "key to screen, longest", meter_percentile(ms, o->keys, 100));
	kept = limit("CPU of the console, of a core", cpu / wall * 100, LIMIT_CPU, "%") && kept;
	printf("%-34s %8.0f B/s\n", "bytes to the terminal", (double)bytes / wall * 1e3);
	kept = limit("a submission to the screen, calm", calm, LIMIT_CALM_MS, "ms") && kept;
	if (lost)
		printf("%d keys were never seen on the screen\n", lost);
	return kept && !lost;
}

static bool run(struct box *b, const struct options *o, const char *program)
{
	struct meter_program p = { .program = program };
	double *ms = rq_realloc_array(NULL, (size_t)o->keys, sizeof *ms), cpu, wall;
	struct meter m;
	int pipe_end = -1, lost;
	long changes, bytes;
	pid_t pid;
	bool kept = false;

	if (!meter_jobs(b, o->jobs, o->jobs) || !meter_start(&m, &p, b, o->rows, o->cols))
		return false;
	if (!meter_complete(&m, "episode-")) {
		meter_show(&m, "relayq", "episode-");
	} else {
		pid = start_writer(b, o->rate, &pipe_end);
		meter_pump_for(&m, 1000);
		cpu = meter_cpu_ms(m.pty.pid);
		wall = meter_now_ms();
		bytes = m.vt.wire.bytes;
		lost = press_keys(&m, o, ms);
		cpu = meter_cpu_ms(m.pty.pid) - cpu;
		wall = meter_now_ms() - wall;
		bytes = m.vt.wire.bytes - bytes;
		changes = end_writer(pid, pipe_end);
		kept = report(o, ms, lost, cpu, wall, submit_calmly(&m, b), changes, bytes);
	}
	meter_end(&m);
	rq_free(ms);
	return kept;
}

static void parse_options(struct options *o, int argc, char **argv)
{
	static const char *const names[] = { "--jobs", "--rate", "--keys", "--rows", "--cols" };
	int *const to[] = { &o->jobs, &o->rate, &o->keys, &o->rows, &o->cols };

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		if (!strcmp(argv[i], "--quick")) {
			o->keys = 400;
			continue;
		}
		while (k < 5 && strcmp(argv[i], names[k]) != 0)
			k++;
		if (k == 5 || i + 1 == argc || (*to[k] = atoi(argv[++i])) < 1) {
			fprintf(stderr, "usage: latency [--quick] [--jobs N] [--rate R] [--keys K] [--rows R] [--cols C]\n");
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options o = { .jobs = 10000, .rate = 100, .keys = 2000, .rows = 24, .cols = 80 };
	char path[PATH_MAX];
	const char *program = meter_relayq(path);
	struct box box;
	bool kept;

	parse_options(&o, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	/* A disk that syncs slowly would hold up the changes, not the console. */
	if (!getenv("TMPDIR") && !access("/dev/shm", W_OK))
		setenv("TMPDIR", "/dev/shm", 1);
	if (!program || box_open(&box))
		return 2;
	kept = run(&box, &o, program);
	return !meter_close(&box) || !kept;
}
