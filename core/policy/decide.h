/* decide.h - the policy's evaluation: pure, total, the same bytes for the same inputs. */
#ifndef RQ_POLICY_DECIDE_H
#define RQ_POLICY_DECIDE_H

#include "core/base/mem.h"
#include "core/model/decision.h"
#include "core/model/runner.h"

struct rq_facts {
	const char *type;
	const struct rq_labels *labels;
	const char *target;             /* "" any */
};

/* The built-in policy: labels, target, drain, liveness, free slots; all reasons of all runners, no short circuit.
 * PLACED when a runner passes (least loaded, then by name), WAIT when one could later, WAIT with LABEL_MISSING when
 * none has the labels at all (GitHub's rule: such a job waits; relayq says so). Fills *d into A; ids and job_id are
 * the caller's. */
void rq_decide(struct rq_arena *a, const struct rq_facts *facts, const struct rq_runner *runners, size_t n, int64_t now,
	       struct rq_decision *d);

/* The label nearest to WANT among those of RUNNERS, for "did you mean"; NULL if none is near. */
const char *rq_nearest_label(const char *want, const struct rq_runner *runners, size_t n);

#endif
