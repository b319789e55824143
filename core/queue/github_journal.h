/* github_journal.h - STATE/github.db: what must outlive a process that works on a GitHub queue. For github*.c alone.
 *
 *     outbox    submissions that have not become runs yet (github_outbox.h)
 *     dispatch  what our runs were dispatched with, which the server does not give back
 *     note      anything else that has to be finished by somebody: one row a thing, KIND "drain" or "move"
 *
 * It is made by the first write. Writes are durable; in a console they happen on a thread, one after the other. A row that
 * somebody works on is held: by a token and until a time of the wall clock. What is held longer than HOLD_MS was held by
 * a clock that went wrong. */
#ifndef RQ_QUEUE_GITHUB_JOURNAL_H
#define RQ_QUEUE_GITHUB_JOURNAL_H

#include "core/queue/github.h"
#include "core/sys/db.h"

enum { GH_HOLD_MS = 60 * 1000 };

/* FN runs once in a write transaction, which is committed when it answers RQ_OK; it owns nothing and may touch nothing but
 * DB and ARG (in the operation's arena: that lives until FN has ended). THEN runs on the loop, unless the operation ended
 * before: what was begun is written nevertheless. One write of an operation at a time. */
typedef int gh_write_fn(struct rq_db *db, void *arg, struct rq_error *e);
typedef void gh_written_fn(struct gh_op *op, int code, const struct rq_error *e);
void gh_op_write(struct gh_op *op, gh_write_fn *fn, void *arg, gh_written_fn *then);
/* In gh_op_end: OP hears nothing more, and its arena lives as long as the write. */
void gh_op_unwrite(struct gh_op *op);

/* For reading, on the loop; NULL: nothing was ever written. */
struct rq_db *gh_journal(struct rq_github *g);
/* Whether somebody has written since the last question. */
bool gh_journal_changed(struct rq_github *g);
/* Finishes what was begun. */
void gh_journal_close(struct rq_github *g);

/* Whether a row is free for HOLDER at NOW: in SQL, with the parameters ?1 (HOLDER) and ?2 (NOW). */
#define GH_FREE "(holder='' OR holder=?1 OR held_until<?2 OR held_until>?2+60000)"

struct gh_note {
	const char *kind, *key;         /* "drain", "acme/media/7" */
	const char *state, *body;       /* the kind's own; body: JSON or "" */
	const char *holder;             /* "" nobody */
	int64_t held_until, at, updated_at;
};
/* Inside of a write. Makes the row, or changes state, body and updated_at of one that is free for n->holder; n->at 0: stays. It
 * is held afterwards by n->holder for GH_HOLD_MS (not with ""). RQ_ECONFLICT: somebody else holds it. */
int gh_note_put(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e);
/* Hold it, if it still is in STATE (NULL: any). RQ_ECONFLICT when not, or held by others. */
int gh_note_hold(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e);
/* n->holder holds it no more. */
int gh_note_release(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e);
int gh_note_drop(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e);
/* Reading: all of a kind, by key; *out in A. */
size_t gh_notes(struct rq_db *db, struct rq_arena *a, const char *queue, const char *kind, struct gh_note **out);
bool gh_note_get(struct rq_db *db, struct rq_arena *a, const char *queue, const char *kind, const char *key, struct gh_note *out);

#endif
