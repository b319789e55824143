/* github_outbox.h - submissions on their way to the server, as rows of github.db: none is lost, none is dispatched twice.
 *
 * A row is written before anything is sent, and goes when its run is known; what the run was dispatched with then stands in
 * the table `dispatch`. Its states:
 *
 *     new      nothing was sent, or what was sent was certainly not acted upon: it is sent when the server can be reached
 *     sending  somebody sends it now, or died over it
 *     unsure   it was sent, and no answer came that tells its run
 *     failed   the server refused it for good
 *
 *     new -> sending                        before the request, by whoever holds the row: one update compares state and holder
 *     sending -> gone, with its dispatch    a run's id was answered
 *     sending -> new                        not sent at all, or refused for a limit: the answer says that nothing was done
 *     sending -> failed                     any other refusal; who waits for it at a terminal is told, and keeps no row
 *     sending -> unsure                     no whole answer, a 5xx, or 204 (done, without an id); a holder that went away
 *     unsure -> gone, with its dispatch     the run was found
 *     unsure -> new                         it certainly is not there
 *
 * An unsure row is looked for among the workflow's runs (github_look.c). A run that carries the row's id in its title is the
 * one. Else it is the only run that fits: dispatched on that workflow and branch by the owner of the token within the window
 * in which the request was on its way, and not known as another dispatch of ours. Where several fit nothing is guessed.
 * "Certainly not there" means: two looks that were answered, both later than a minute after the request ended (by the
 * server's clock), found nothing that fits; GitHub makes the run before it answers, and gives a request ten seconds. After
 * a 204 the server has acted: such a row is never sent again, however long its run cannot be told. */
#ifndef RQ_QUEUE_GITHUB_OUTBOX_H
#define RQ_QUEUE_GITHUB_OUTBOX_H

#include "core/queue/github_journal.h"

enum gh_out_state { GH_OUT_NEW, GH_OUT_SENDING, GH_OUT_UNSURE, GH_OUT_FAILED };

/* Texts are never NULL but for token; times are those of the wall clock, sent_at and ended_at of the server's. */
struct gh_out {
	const char *id;                 /* ULID; the run carries it as an input where its workflow has one for it */
	const char *token;              /* of the submission; NULL none */
	enum gh_out_state state;
	const char *repo, *workflow, *ref;      /* ref: as asked, "" the default branch */
	const char *name, *type, *actor, *decision;
	const char *params;             /* JSON: ["KEY=VALUE", ...] as asked */
	const char *labels, *target;    /* which runner */
	bool carried;                   /* the workflow was chosen for it: it need not be told */
	const char *used_ref, *inputs;  /* as sent: inputs is a JSON object */
	bool traced;                    /* the run's title will have the id */
	bool acted;                     /* the server has said so */
	int64_t sent_at, ended_at;      /* between these it was on its way */
	int64_t looks, looked_at, next_at;
	int64_t tries;                  /* how often the row was written: its version */
	const char *reason, *why;       /* a code, and a sentence */
	const char *holder;
	int64_t held_until, at;
};

/* What our run was dispatched with. */
struct gh_dispatched {
	int64_t run, at;
	const char *id, *repo, *workflow, *ref, *name, *type, *params, *inputs, *decision, *actor;
};

/* Writes, for gh_op_write: their argument. */
struct gh_out_write {
	const char *queue, *api;
	struct gh_out row;
	enum gh_out_state from;         /* gh_out_change: as it was read */
	int64_t version;
	const char *holder;             /* who writes; the row's own holder is the one afterwards */
	int64_t run;                    /* gh_out_done */
};
gh_write_fn gh_out_add;                 /* RQ_ECONFLICT: the token was used before */
gh_write_fn gh_out_change;              /* RQ_ECONFLICT: it is not as it was read, or held by another */
gh_write_fn gh_out_done;                /* the run is known: whoever holds the row */
gh_write_fn gh_out_drop;                /* free for HOLDER and not `sending`; RQ_ECONFLICT */

/* Reading; texts in A. */
size_t gh_outs(struct rq_github *g, struct rq_arena *a, struct gh_out **out);
bool gh_out_get(struct rq_github *g, struct rq_arena *a, const char *id, struct gh_out *out);
/* By its run; by its id ("" and 0: not by that). */
bool gh_dispatched(struct rq_github *g, struct rq_arena *a, int64_t run, const char *id, struct gh_dispatched *out);
/* The job that a submission with TOKEN became, "media:91"; NULL none. */
const char *gh_token_job(struct rq_github *g, struct rq_arena *a, const char *token);

/* ["KEY=VALUE", ...] or {"KEY": "VALUE", ...} as texts KEY=VALUE, in A. */
const char **gh_params(struct rq_arena *a, const char *json, size_t *n);
/* Whether NAME looks like an id of these rows. */
bool gh_out_id(const char *name);
/* The server's clock now. */
int64_t gh_server_now(const struct rq_github *g);

/* github_flush.c: submissions that are kept for later. From now on they are sent when they can be. */
void gh_flush_start(struct rq_github *g);
void gh_flush_stop(struct rq_github *g);
/* Something was kept, or the server can be reached again: look at once. */
void gh_flush_soon(struct rq_github *g);
/* As rows of a list: waiting, with the reason; *out and texts in A. github_kept.c */
size_t gh_kept_jobs(struct rq_github *g, struct rq_arena *a, struct rq_job **out);
/* JOB about one of these: true when it was answered. */
bool gh_kept_detail(struct rq_github *g, struct rq_call *c);
/* CANCEL of one of these: false when ID is none; else DONE runs later, with *each filled. */
bool gh_kept_cancel(struct gh_op *op, const char *id, struct rq_each *each, void (*done)(struct gh_op *op));
/* What is kept of a dispatch of ours: type, params, decision. Nothing for others' runs. */
void gh_dispatch_detail(struct rq_github *g, int64_t run, struct rq_arena *a, struct rq_job_detail *out);

#endif
