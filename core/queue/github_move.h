/* github_move.h - re-routes under way. For github*.c alone.
 *
 * A run of ours that waits is cancelled and dispatched again (github_move.c; note "move", key RUN). For a run of somebody else
 * the labels that its job asks for are lent to an idle runner (github_lend.c; note "lend", key SCOPE/ID of the runner). */
#ifndef RQ_QUEUE_GITHUB_MOVE_H
#define RQ_QUEUE_GITHUB_MOVE_H

#include "core/queue/github_fleet.h"
#include "core/queue/github_journal.h"

/* Whether somebody holds N now. */
bool gh_note_held(const struct gh_note *n);

/* Lend what J asks for to the runner that C names. Answers C. */
void gh_lend(struct rq_github *g, struct rq_call *c, size_t repo, int64_t run, const struct rq_gh_job *j);
/* Go on with what a process left. */
void gh_lend_resume(struct rq_github *g, const struct gh_note *n);
void gh_move_resume(struct rq_github *g, const struct gh_note *n);
/* All that was left and that nobody works on. */
void gh_move_watch(struct rq_github *g);
/* Keys that this process works on, or shall leave alone for a while (github_drain_watch.c). */
bool gh_key_free(struct rq_github *g, const char *key);

#endif
