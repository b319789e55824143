/* github_diag.h - the lines of a job that a self-hosted runner on this host runs now, from the runner's own files.
 * The API has a job's log only when the job is over. */
#ifndef RQ_QUEUE_GITHUB_DIAG_H
#define RQ_QUEUE_GITHUB_DIAG_H

#include <stdint.h>
#include "core/base/err.h"
#include "core/queue/github_livelog.h"
#include "core/sys/loop.h"

struct rq_diag;
/* Begin to follow the job that runs now below o->root. RQ_EPERM: the directory, or one above the pages, may be written
 * by anybody; RQ_ENOTFOUND: it is no runner's; RQ_EBUSY as rq_livelog_open. */
int rq_diag_open(struct rq_loop *loop, const struct rq_live_options *o, struct rq_diag **out, struct rq_error *e);
/* The written file stays. NULL is fine. */
void rq_diag_close(struct rq_diag *d);
enum rq_live_phase rq_diag_phase(const struct rq_diag *d);
/* Which source is in use, or why none: "live from macmini's own files". Until the next turn of the loop. */
const char *rq_diag_state(const struct rq_diag *d);
int rq_diag_missed(const struct rq_diag *d);            /* pages that were gone before they could be opened */

/* What tells one runner of several on this host. */
struct rq_diag_who {
	int64_t id;                     /* of the runner at the API; 0 any */
	const char *name;               /* NULL any */
	const char *url;                /* "https://github.com/acme/media": the runner serves it, or its owner; NULL any */
};
/* The directory of that runner: among ROOTS (from the configuration), else in the usual places (actions-runner* below
 * the homes and /opt), else of the runners that run now (Linux). RQ_ENOTFOUND; *root is the caller's. */
int rq_diag_find(const struct rq_diag_who *who, const char *const *roots, size_t n_roots, char **root, struct rq_error *e);

#endif
