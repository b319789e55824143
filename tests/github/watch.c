/* watch - keeps the view of all configured queues up to date as the console does, and tells what it sees.
 *
 * usage: watch [MAX]                  until the end of standard input; MAX finished jobs are wanted (500)
 *
 * A line for each change: "run NOW ID STATUS STEP STEPS RUNNER", "queue NOW ERROR" where a queue's sentence changes, "gone NOW ID".
 * At the end "cost CPU_MS MAX_TURN_MS TURNS RSS_KB", the last but one of the process's own. The CPU of a turn is that of the
 * loop's thread from the end of one turn to the end of the next. A line on standard input is answered with such a cost line,
 * and begins the greatest turn anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/relayq.h"
#include "core/sys/loop.h"

struct seen {
	char *id;
	int64_t step;
	int status;
	char *runner;
	bool here;
};

struct watch {
	struct rq_loop *loop;
	struct relayq *rq;
	struct rq_watch *input;
	size_t n, cap;
	struct seen *seen;      /* in the order of ids */
	char *error;
	double last, most;
	int64_t turns;
	bool any;
};

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void on_turn(void *ud)
{
	struct watch *w = ud;
	double now = cpu_ms();

	if (now - w->last > w->most)
		w->most = now - w->last;
	w->last = now;
	w->turns++;
}

static int by_id(const void *x, const void *y)
{
	return strcmp(((const struct seen *)x)->id, ((const struct seen *)y)->id);
}

/* What is new of JOB, next to what was known of it. */
static void look_at(struct watch *w, struct seen *all, size_t n, const struct rq_job *j)
{
	struct seen key = { .id = (char *)(uintptr_t)j->id }, *s = n ? bsearch(&key, all, n, sizeof *all, by_id) : NULL;

	if (s)
		s->here = true;
	if (s && s->step == j->step && s->status == (int)j->status && rq_eq(s->runner, j->runner_name))
		return;
	printf("run %lld %s %s %lld %lld %s\n", (long long)rq_now(), j->id, rq_status_name(j->status), (long long)j->step,
	       (long long)j->steps, *j->runner_name ? j->runner_name : "-");
	if (!s) {
		RQ_GROW(w->seen, w->n, &w->cap);
		s = &w->seen[w->n++];
		memset(s, 0, sizeof *s);
		s->id = rq_strdup(j->id);
		s->here = true;
	}
	s->step = j->step;
	s->status = (int)j->status;
	rq_free(s->runner);
	s->runner = rq_strdup(j->runner_name);
}

static void tell_gone(struct watch *w)
{
	size_t i, k = 0;

	for (i = 0; i < w->n; i++) {
		if (w->seen[i].here) {
			w->seen[k] = w->seen[i];
			w->seen[k++].here = false;
			continue;
		}
		printf("gone %lld %s\n", (long long)rq_now(), w->seen[i].id);
		rq_free(w->seen[i].id);
		rq_free(w->seen[i].runner);
	}
	w->n = k;
}

static void tell_error(struct watch *w, const struct rq_snapshot *s)
{
	const char *text = "";

	for (size_t i = 0; i < s->n_queues; i++)
		if (*s->queues[i].error)
			text = s->queues[i].error;
	if (rq_eq(text, w->error ? w->error : ""))
		return;
	printf("queue %lld %s\n", (long long)rq_now(), text);
	rq_free(w->error);
	w->error = rq_strdup(text);
}

static void on_changed(void *ud)
{
	struct watch *w = ud;
	const struct rq_snapshot *s = rq_now_snapshot(w->rq);
	double begun = cpu_ms();
	size_t i, n = w->n;

	/* The array may move while it grows. */
	for (i = 0; i < s->n_jobs; i++)
		look_at(w, w->seen, n, &s->jobs[i]);
	tell_gone(w);
	if (w->n)
		qsort(w->seen, w->n, sizeof *w->seen, by_id);
	tell_error(w, s);
	if (!w->any && s->n_jobs) {
		struct timespec t;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		printf("first %.1f %zu\n", (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6, s->n_jobs);
		w->any = true;
	}
	fflush(stdout);
	/* What this program itself does is no cost of the library's. */
	w->last += cpu_ms() - begun;
}

static long resident_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	while (f && fgets(line, sizeof line, f))
		if (rq_starts(line, "VmRSS:"))
			kb = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

static void tell_cost(struct watch *w)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	printf("cost %.1f %.1f %lld %ld\n", (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6, w->most, (long long)w->turns,
	       resident_kb());
	fflush(stdout);
	w->most = 0;
}

static void on_input(void *ud, int events, int status)
{
	struct watch *w = ud;
	char text[64];

	(void)events;
	(void)status;
	if (read(0, text, sizeof text) > 0)
		tell_cost(w);
	else
		rq_loop_stop(w->loop);
}

int main(int argc, char **argv)
{
	struct rq_want want = { .jobs = true, .runners = true, .finished_max = 500 };
	struct watch w = { 0 };
	struct rq_error e;

	if (argc > 1)
		want.finished_max = (size_t)strtoul(argv[1], NULL, 10);
	if (rq_loop_new(&w.loop, &e) || rq_open(&(struct rq_open_options){ .loop = w.loop, .console = true,
						.no_autostart = true }, &w.rq, &e) ||
	    rq_watch_new(w.loop, 0, RQ_READABLE, on_input, &w, &w.input, &e)) {
		fprintf(stderr, "watch: %s\n", e.msg);
		return 1;
	}
	w.last = cpu_ms();
	rq_loop_at_turn_end(w.loop, on_turn, &w);
	rq_subscribe(w.rq, &want, on_changed, &w);
	rq_loop_run(w.loop);
	tell_cost(&w);
	rq_loop_at_turn_end(w.loop, NULL, NULL);
	rq_watch_free(w.input);
	rq_close(w.rq);
	rq_loop_free(w.loop);
	while (w.n--) {
		rq_free(w.seen[w.n].id);
		rq_free(w.seen[w.n].runner);
	}
	rq_free(w.seen);
	rq_free(w.error);
	return 0;
}
