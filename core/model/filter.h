/* filter.h - the expression behind `/` and --filter, compiled once, tested on each row.
 *
 * Terms separated by blanks, all must hold. A term: TEXT (substring of any shown text,
 * case-insensitive),
 * re:PATTERN (PCRE2, smart case), status:V[,V] (status or conclusion), label:V, type:V,
 * runner:V, queue:V, id:V,
 * name:V, group:V, reason:V; -TERM or !TERM negates; "..." keeps blanks together. */
#ifndef RQ_MODEL_FILTER_H
#define RQ_MODEL_FILTER_H

#include <stdbool.h>
#include "core/base/err.h"
#include "core/model/snapshot.h"

struct rq_filter;
/* "" matches everything. */
int rq_filter_new(const char *expr, struct rq_filter **out, struct rq_error *e);
void rq_filter_free(struct rq_filter *f);
bool rq_filter_job(struct rq_filter *f, const struct rq_job *j);
bool rq_filter_runner(struct rq_filter *f, const struct rq_runner *r);
bool rq_filter_decision(struct rq_filter *f, const struct rq_decision *d);
bool rq_filter_activity(struct rq_filter *f, const struct rq_activity *a);

#endif
