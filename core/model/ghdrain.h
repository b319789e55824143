/* ghdrain.h - the drain of a self-hosted runner on GitHub, which knows no drain. Pure.
 *
 * A runner is taken out of use by taking its custom labels away and leaving a marker and the old labels on the server:
 * {macmini, audio} becomes {drain, was.macmini, was.audio}, so that any operator can undo it from the markers alone. A runner
 * of an organisation may be moved into a group without repositories instead; Gitea has a switch.
 *
 *     CORDONING   the row is written; the server may or may not have been told
 *     DRAINING    told; something runs there
 *     QUIESCING   idle, but not for long enough: GitHub hands a job over up to a minute after it has chosen the runner, and its
 *                 `busy` lags behind. Any sign of work begins the window anew
 *     DRAINED     idle for a whole window
 *     RESUMING    to be undone; the server may or may not have been told
 *
 * QUIESCING is what a watching process knows; the others stand in the journal. Beside the state, sides say what an operator
 * must look at; none of them is ever acted upon. */
#ifndef RQ_MODEL_GHDRAIN_H
#define RQ_MODEL_GHDRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/str.h"

enum rq_ghdrain_state {
	RQ_GHDRAIN_ACTIVE, RQ_GHDRAIN_CORDONING, RQ_GHDRAIN_DRAINING, RQ_GHDRAIN_QUIESCING, RQ_GHDRAIN_DRAINED,
	RQ_GHDRAIN_RESUMING, RQ_GHDRAIN_STATE_N
};
enum rq_ghdrain_how { RQ_GHDRAIN_LABELS, RQ_GHDRAIN_GROUP, RQ_GHDRAIN_DISABLED, RQ_GHDRAIN_HOW_N };
enum {
	RQ_GHDRAIN_OVERDUE = 1,         /* the deadline has passed */
	RQ_GHDRAIN_BREACHED = 2,        /* a job began after the drain, and not because it was on its way already */
	RQ_GHDRAIN_LOST = 4,            /* offline while something runs there */
	RQ_GHDRAIN_CONFLICT = 8,        /* somebody else has changed what the drain had set */
	RQ_GHDRAIN_ORPHAN = 16,         /* the marker is there, and no row: another machine's */
	RQ_GHDRAIN_FAILED = 32          /* the server refused */
};
/* What is to be done next, by whoever may. */
enum rq_ghdrain_do {
	RQ_GHDRAIN_NOTHING,
	RQ_GHDRAIN_CORDON,              /* tell the server (again: it has not been told) */
	RQ_GHDRAIN_SETTLE,              /* the server was told: write down DRAINING */
	RQ_GHDRAIN_CONFIRM,             /* write down DRAINED */
	RQ_GHDRAIN_REOPEN,              /* something runs there: write down DRAINING */
	RQ_GHDRAIN_BREACH,              /* write down the job that began */
	RQ_GHDRAIN_UNDO,                /* tell the server */
	RQ_GHDRAIN_FORGET               /* nothing is left to do: the row can go */
};

enum {
	RQ_GHDRAIN_LABELS_MAX = 100,    /* that one PUT takes */
	RQ_GHDRAIN_LABEL_UNITS = 256,   /* of UTF-16, in one label */
	RQ_GHDRAIN_GRACE_MS = 60000,    /* a job that was chosen before the drain begins within this */
	RQ_GHDRAIN_WINDOW_MIN_MS = 60000, RQ_GHDRAIN_WINDOW_MS = 300000
};
#define RQ_GHDRAIN_MARKER "drain"
#define RQ_GHDRAIN_WAS "was."

struct rq_ghlabels {
	size_t n;
	const char **v;                 /* as written on the server */
};

/* The journal's row. Texts are never NULL. */
struct rq_ghdrain {
	enum rq_ghdrain_state state;
	enum rq_ghdrain_how how;
	const char *scope;              /* "acme/media"; an organisation: "acme" */
	const char *runner;
	int64_t id;
	struct rq_ghlabels labels;      /* the custom ones before */
	int64_t group, parked;          /* the groups before and since; 0 */
	const char *reason, *by;
	int64_t since, deadline;        /* wall clock; deadline 0: none */
	int64_t cordoned_at;            /* the server's clock; 0 not yet */
	const char *breach;             /* the job that began after; "" none */
	const char *error;              /* the server's refusal; "" none */
};

/* The runner as it was seen last. */
struct rq_ghdrain_seen {
	bool known;                     /* its list was answered; else the rest means nothing */
	bool there, online, busy, disabled;
	bool parked;                    /* it is in the group for drained ones */
	int64_t group;
	struct rq_ghlabels custom;
	const char *job;                /* the one in progress there, by the jobs that are known; NULL none */
	int64_t job_started_at;         /* the server's clock */
	bool scanned;                   /* the jobs of all that could use it are known */
	int64_t idle_since;             /* wall clock: each look since then found it idle; 0: not idle, or not looked yet */
};

struct rq_ghdrain_view {
	enum rq_ghdrain_state state;
	unsigned sides;
	enum rq_ghdrain_do todo;
	const char *text;               /* for people: the sides, and how far it is; "" */
};

const char *rq_ghdrain_state_name(enum rq_ghdrain_state s);     /* "CORDONING" */
const char *rq_ghdrain_how_name(enum rq_ghdrain_how h);         /* "labels" "group" "disabled" */

/* The drain D (NULL: no row) at NOW with a window of WINDOW_MS. Texts in A. */
void rq_ghdrain_look(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, int64_t now,
		     int64_t window_ms, struct rq_ghdrain_view *out);

/* {a, b} -> {drain, was.a, was.b}. RQ_ELIMIT: they do not fit. RQ_ECONFLICT: a marker is among them. */
int rq_ghdrain_mark(struct rq_arena *a, const struct rq_ghlabels *custom, struct rq_ghlabels *out, struct rq_error *e);
/* The other way round, from markers alone; what somebody added meanwhile stays. */
void rq_ghdrain_unmark(struct rq_arena *a, const struct rq_ghlabels *custom, struct rq_ghlabels *out);
bool rq_ghdrain_marked(const struct rq_ghlabels *custom);
/* Nothing but markers: a drain, and nobody's label of that name. */
bool rq_ghdrain_only_marks(const struct rq_ghlabels *custom);
bool rq_ghlabels_has(const struct rq_ghlabels *l, const char *name);
bool rq_ghlabels_same(const struct rq_ghlabels *a, const struct rq_ghlabels *b);
/* "not there any more: was.a; new: b, c" */
void rq_ghlabels_difference(const struct rq_ghlabels *wanted, const struct rq_ghlabels *have, struct rq_str *out);

/* The row's body; its state stands beside it. */
void rq_ghdrain_print(const struct rq_ghdrain *d, struct rq_str *out);
int rq_ghdrain_parse(struct rq_arena *a, const char *state, const char *body, struct rq_ghdrain *out, struct rq_error *e);

#endif
