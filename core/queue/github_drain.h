/* github_drain.h - drains of runners: how they are written down, told to the server, and carried on. For github*.c alone.
 *
 * A drain is a note of github.db (kind "drain", key SCOPE/ID): model/ghdrain.h says what it holds and what comes next. The row
 * is written before the server is told anything, so whoever finds it can finish or undo what a process that died had begun. */
#ifndef RQ_QUEUE_GITHUB_DRAIN_H
#define RQ_QUEUE_GITHUB_DRAIN_H

#include "core/base/rand.h"
#include "core/model/ghdrain.h"
#include "core/queue/github_fleet.h"
#include "core/queue/github_journal.h"

struct gh_drain {
	struct gh_fleet f;
	struct rq_ghdrain row;
	size_t repo;
	const char *key;
	char holder[RQ_TOKEN_LEN];
	bool kept;                      /* there was a row before: it stays when the server refuses */
	enum rq_ghdrain_state was;      /* to which an undo that is refused goes back */
	struct rq_ghlabels now;         /* custom labels as seen last */
	int told;                       /* what the server answered, and its sentence */
	struct rq_error err;
	int looks;                      /* that failed */
	gh_op_fn *looked;
	const char *text;               /* for the answer */
	const char *page;               /* the list that shows it: asked once more at the end; NULL */
};

/* github_drain_step.c: from here each ends the operation. The row is held by d->holder afterwards. */
void gh_drain_cordon(struct gh_drain *d);       /* writes d->row as CORDONING, tells the server, verifies */
void gh_drain_undo(struct gh_drain *d);         /* writes d->row as RESUMING, tells the server, verifies */
void gh_drain_keep(struct gh_drain *d, enum rq_ghdrain_state s);        /* only writes it down */
void gh_drain_forget(struct gh_drain *d);       /* only drops it */
void gh_drain_end(struct gh_drain *d, int code);        /* d->err, d->text */
void gh_drain_release(struct gh_op *op);
/* "acme/media/21" */
const char *gh_drain_key(struct rq_arena *a, const struct rq_github *g, size_t repo, int64_t id);
void gh_drain_seen(struct rq_arena *a, const struct rq_github *g, size_t repo, const struct rq_gh_runner *r,
		   struct rq_ghdrain_seen *out);

/* github_drain_watch.c: what is known of the rows between looks. */
struct gh_drains;
void gh_drains_free(struct gh_drains *v);
/* The rows have changed; nobody works on KEY any more, and nobody shall for RETRY_MS. */
void gh_drains_dirty(struct rq_github *g, const char *key, int64_t retry_ms);
void gh_drains_working(struct rq_github *g, const char *key);

/* Drain state, reason, deadline as the journal and the marker of R, which stands in W, tell it; into A. */
void gh_drain_show(struct rq_github *g, const struct gh_watch *w, const struct rq_gh_runner *r, struct rq_arena *a,
		   struct rq_runner *out);
/* Carry on what is under way, by what the lists say now; whether anything is. */
void gh_drain_watch(struct rq_github *g);
bool gh_drains_open(struct rq_github *g);

#endif
