#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "tests/screen/run.h"

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool run_fail(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rq_str_vaddf(&r->why, fmt, ap);
	va_end(ap);
	return false;
}

/* "size=24x80 TERM=vt100": what a variant sets before the first step. */
static void apply_settings(struct run *r, const char *settings)
{
	char buf[512], *save = NULL, *eq;

	rq_copy(buf, sizeof buf, settings);
	for (char *s = strtok_r(buf, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
		if (sscanf(s, "size=%dx%d", &r->rows, &r->cols) == 2)
			continue;
		eq = strchr(s, '=');
		if (!eq)
			continue;
		*eq = 0;
		box_setenv(&r->box, s, eq + 1);
	}
}

/* The keys that were of use are kept beside the test's log: coverage.sh asks whether all were. */
static bool keys_path(const struct script *s, char *path, size_t size)
{
	const char *here = strstr(s->path, "tests/screen/"), *dir = getenv("top_builddir");

	if (!here || !dir || strchr(here + strlen("tests/screen/"), '/'))
		return false;
	snprintf(path, size, "%s/%.*s.keys", dir, (int)strcspn(here, "."), here);
	return true;
}

void run_forget_keys(const struct script *s)
{
	char path[4096];

	if (keys_path(s, path, sizeof path))
		unlink(path);
}

static void trace_keys(struct run *r, const struct script *s)
{
	char path[4096];

	if (keys_path(s, path, sizeof path))
		box_setenv(&r->box, "RELAYQ_TEST_KEYS", path);
}

void run_init(struct run *r, struct script *s, int variant)
{
	const char *timeout = getenv("VT_TIMEOUT");

	memset(r, 0, sizeof *r);
	r->script = s;
	r->variant = s->variants[variant].name;
	r->rows = 24;
	r->cols = 80;
	r->deadline = 1000 * (timeout ? atoi(timeout) : 30);
	r->quiet = r->deadline / 750;
	r->generate = getenv("GENERATE") != NULL;
	rq_str_init(&r->output, 0);
	rq_str_init(&r->modes_mark, 0);
	rq_str_init(&r->why, 0);
	rq_str_init(&r->skip, 0);
	if (box_open(&r->box)) {
		run_fail(r, "cannot make %s: %s", r->box.dir, strerror(errno));
		return;
	}
	trace_keys(r, s);
	apply_settings(r, s->variants[variant].settings);
}

static void end_program(struct run *r)
{
	if (!r->active)
		return;
	pty_close(&r->pty);
	vt_release(&r->vt);
	vt_cells_free(r->screen_mark);
	r->screen_mark = NULL;
	rq_str_clear(&r->modes_mark);
	r->active = false;
}

static void answer(const char *s, size_t n, void *user)
{
	struct run *r = user;

	if (r->pty.master >= 0)
		pty_write(&r->pty, s, n);
}

static void swap_terminals(struct run *r)
{
	struct seat mine = { r->active, r->pty, r->vt };

	r->active = r->other.active;
	r->pty = r->other.pty;
	r->vt = r->other.vt;
	r->other = mine;
	vt_moved(&r->vt);
	vt_moved(&r->other.vt);
	r->vt.answer = answer;
	r->other.vt.answer = NULL;
}

void run_other(struct run *r)
{
	run_settle(r);
	vt_cells_free(r->screen_mark);
	r->screen_mark = NULL;
	rq_str_clear(&r->modes_mark);
	swap_terminals(r);
	if (r->active) {
		r->rows = r->vt.rows;
		r->cols = r->vt.cols;
	}
	r->bytes_at_key = r->vt.wire.bytes;
	r->writes_at_key = -1;
	run_stir(r);
}

void run_release(struct run *r, struct rq_str *wrong)
{
	end_program(r);
	swap_terminals(r);
	end_program(r);
	box_close(&r->box, r->deadline, wrong, NULL, NULL);
	rq_str_release(&r->output);
	rq_str_release(&r->modes_mark);
	rq_str_release(&r->why);
	rq_str_release(&r->skip);
}

/* --- output --- */

void run_stir(struct run *r)
{
	r->quiet_since = now_ms();
}

bool run_pump(struct run *r, int ms)
{
	int stops = r->pty.stops;
	bool exited = r->pty.exited, any = false;
	char buf[65536];
	size_t n;

	if (r->other.active && (n = pty_pump(&r->other.pty, buf, sizeof buf, 0)) > 0)
		vt_feed(&r->other.vt, buf, n);
	if (!r->active)
		return false;
	while ((n = pty_pump(&r->pty, buf, sizeof buf, ms)) > 0) {
		vt_feed(&r->vt, buf, n);
		any = true;
		ms = 0;
	}
	/* What it wrote last may be on its way when its end is known. */
	if (any || r->pty.exited != exited || r->pty.stops != stops)
		run_stir(r);
	return any;
}

void run_idle(void *user, int ms)
{
	struct run *r = user;
	struct timespec t = { 0, (long)ms * 1000000 };

	if (r->active && !r->pty.exited)
		run_pump(r, ms);
	else
		nanosleep(&t, NULL);
}

/* A stopped program reads nothing: that is idle too. */
void run_settle(struct run *r)
{
	long end = now_ms() + r->deadline;
	int ms = 0;

	do {
		run_pump(r, ms);
		if (pty_unread(&r->pty) && !r->pty.stopped && !r->pty.exited)
			run_stir(r);
		ms = 5;
	} while (now_ms() - r->quiet_since < r->quiet && now_ms() < end);
}

bool run_until(struct run *r, run_cond *cond, const void *arg)
{
	long end = now_ms() + r->deadline;

	for (;;) {
		bool over = r->active && r->pty.exited;

		if (cond(r, arg))
			return true;
		if (now_ms() >= end)
			return false;
		/* What a program wrote before it ended is all here after one more look. */
		if (!run_pump(r, over ? r->quiet : 20) && over)
			return cond(r, arg);
	}
}

long run_writes(const struct run *r)
{
	char path[64], line[128];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/task/%ld/io", (long)r->pty.pid, (long)r->pty.pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "syscw: %ld", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

/* --- a program --- */

bool run_start(struct run *r, const char *command)
{
	/* With the shell's own prompt on the screen one sees whether it comes back. */
	static const char prompt[] = "operator$ relayq\r\n";
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)command, NULL };

	end_program(r);
	vt_init(&r->vt, r->rows, r->cols);
	r->vt.wire.ascii_only = r->ascii;
	vt_feed(&r->vt, prompt, sizeof prompt - 1);
	r->vt.answer = answer;
	r->vt.user = r;
	r->active = true;
	r->bytes_at_key = r->vt.wire.bytes;
	r->writes_at_key = -1;
	run_stir(r);
	if (pty_spawn(&r->pty, r->rows, r->cols, argv, r->box.env, box_getenv(&r->box, "HOME")))
		return run_fail(r, "cannot start a program on a pty: %s", strerror(errno));
	return true;
}
