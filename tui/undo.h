/* undo.h - what can be undone, latest first, and what is held back for a moment so that it can be. */
#ifndef RQ_TUI_UNDO_H
#define RQ_TUI_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/clock.h"

struct rq_ui;
struct rq_command;
struct rq_timer;
struct rq_held;

enum { RQ_UNDOS_MAX = 50, RQ_HOLD_TEXT_LEN = 48 };

struct rq_undo {
	char *what;                     /* "the drain of mac"; NULL: nothing can be undone */
	char *command;                  /* what undoes it; NULL: it is held back, and only needs to be dropped */
	char *job;                      /* must not have started; NULL none */
	unsigned held;
};

/* A member of the console's context. */
struct rq_undos {
	struct rq_undo v[RQ_UNDOS_MAX];
	size_t n;
	struct rq_held *held;           /* hold.c */
	unsigned last_held;
	struct rq_timer *timer;
};

/* undo.c */
/* Before the command of WORDS about OBJECT runs: what would undo it, into *out, which was zeroed. */
void rq_undo_of(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n, const char *object,
		struct rq_undo *out);
/* It was done: *u can be undone, and is zeroed. */
void rq_undo_add(struct rq_ui *ui, struct rq_undo *u);
/* What was held has happened. */
void rq_undo_forget(struct rq_ui *ui, unsigned held);
/* Undo the latest. */
void rq_undo_last(struct rq_ui *ui);
void rq_undo_release(struct rq_undo *u);
void rq_undos_release(struct rq_undos *u);

/* hold.c: a cancel, or a re-route that cannot be taken back, of jobs that have not started waits for ui.undo_grace. */
/* true: the command of WORDS is held, and will run by itself. */
bool rq_hold(struct rq_ui *ui, const struct rq_command *c, char *const *words, size_t n);
/* There is a new snapshot: jobs that have started or ended meanwhile wait no more. */
void rq_held_look(struct rq_ui *ui);
/* All at once: the console is being closed. Returns "the cancel of local:17, the cancel of 3 jobs", which the caller frees;
 * NULL: nothing was held. */
char *rq_held_carry_out(struct rq_ui *ui);
/* Take it back. false: it is no longer held. */
bool rq_held_drop(struct rq_ui *ui, unsigned held);
/* "cancel in 4s", drawn again each second; NULL: nothing of job ID is held. */
const char *rq_held_text(struct rq_ui *ui, const char *id, char buf[RQ_HOLD_TEXT_LEN]);
/* The name of the command that is held for job ID; NULL none. */
const char *rq_held_command(const struct rq_ui *ui, const char *id);

#endif
