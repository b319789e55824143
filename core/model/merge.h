/* merge.h - one view of several queues. */
#ifndef RQ_MODEL_MERGE_H
#define RQ_MODEL_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/model/snapshot.h"

/* What one queue gave. */
struct rq_part {
	const char *name, *kind;
	unsigned caps;
	struct rq_snapshot *s;      /* borrowed; NULL: nothing yet */
	bool live;                  /* a change would have been heard of: it is as new as NOW */
	const char *error;          /* why there is nothing newer; "" all is well */
};

/* All of them, in the order that struct rq_snapshot promises, cut to WANT. It holds the parts, and points to their texts
 * and, where one queue alone has a list, to that list; refs 1. */
struct rq_snapshot *rq_snapshot_merge(const struct rq_part *v, size_t n, const struct rq_want *want, int64_t now);

#endif
