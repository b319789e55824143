/* run.h - one run of a script: its box, its terminal, and waiting for things. */
#ifndef TEST_SCREEN_RUN_H
#define TEST_SCREEN_RUN_H

#include <stdbool.h>
#include "core/base/str.h"
#include "tests/screen/box.h"
#include "tests/screen/pty.h"
#include "tests/screen/script.h"
#include "tests/screen/vt.h"

/* A program on its terminal. */
struct seat {
	bool active; /* it was started: pty and vt are valid */
	struct pty pty;
	struct vt vt;
};

struct run {
	struct script *script;
	struct script_step *step;
	const char *variant;
	int rows, cols;
	int deadline; /* ms a step may take */
	int quiet;    /* ms without output after which the program counts as idle */
	long quiet_since; /* when there was output last, or something was done to the program */
	bool generate;
	bool ascii;   /* no byte above 0x7e may reach the terminal */

	struct box box;
	bool active; /* a program was started: pty and vt are valid */
	struct pty pty;
	struct vt vt;
	struct seat other; /* the terminal that the steps are not about */
	struct rq_str output; /* of the last command */

	long bytes_at_key, writes_at_key;
	struct vt_cells *screen_mark;
	struct rq_str modes_mark;

	struct rq_str why;  /* why the step failed */
	struct rq_str skip; /* why the test was skipped */
};

/* Before the first variant: none of the keys that earlier runs pressed counts. */
void run_forget_keys(const struct script *s);
void run_init(struct run *r, struct script *s, int variant);
/* Adds what is wrong at the end (left-over processes...) to r->why. */
void run_release(struct run *r, struct rq_str *wrong);

/* Always false, so that a step may `return run_fail(...)`. */
bool run_fail(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

typedef bool run_cond(struct run *r, const void *arg);
/* Take output in until COND holds; false when it does not within the deadline. */
bool run_until(struct run *r, run_cond *cond, const void *arg);
/* Take output in for at most MS; returns whether there was any. */
bool run_pump(struct run *r, int ms);
/* Something was done that the program may answer: it counts as idle after another while. */
void run_stir(struct run *r);
/* Until all keys are read and nothing was written for a while; two in a row are one. */
void run_settle(struct run *r);
/* Number of write calls of the program's first thread so far, or -1 where the system does not tell. */
long run_writes(const struct run *r);
/* box_idle_fn: the terminal goes on while a command runs. */
void run_idle(void *user, int ms);

/* Start COMMAND (for /bin/sh) on a fresh terminal. */
bool run_start(struct run *r, const char *command);
/* From here on the steps are about the other terminal. */
void run_other(struct run *r);
/* Send key text: "jj<Enter>", "\e[A", "<C-z>". */
bool run_keys(struct run *r, const char *text);
/* Executes r->step. Returns false with r->why set when it failed. */
bool run_step(struct run *r);

/* The steps that look at the screen (looks.c) and at the terminal (state.c); see the table in
 * steps.c. */
bool look_wait(struct run *r, const char *arg);
bool look_wait_gone(struct run *r, const char *arg);
bool look_expect(struct run *r, const char *arg);
bool look_expect_not(struct run *r, const char *arg);
bool look_screen(struct run *r, const char *arg);
bool look_attr(struct run *r, const char *arg);
bool look_cursor(struct run *r, const char *arg);
bool look_mark(struct run *r, const char *arg);
bool look_same(struct run *r, const char *arg);
bool state_mark(struct run *r, const char *arg);
bool state_assert(struct run *r, const char *arg);
bool state_clean(struct run *r, const char *arg);
bool state_copy(struct run *r, const char *arg);
bool state_allow(struct run *r, const char *arg);
bool state_event(struct run *r, const char *arg);
bool state_title(struct run *r, const char *arg);
bool storm(struct run *r, const char *arg);

#endif
