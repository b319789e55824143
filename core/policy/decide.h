/* decide.h - the policy's evaluation: pure, total, the same bytes for the same inputs. */
#ifndef RQ_POLICY_DECIDE_H
#define RQ_POLICY_DECIDE_H

#include "core/base/mem.h"
#include "core/model/decision.h"
#include "core/model/facts.h"
#include "core/policy/policy.h"

/* Decide about FACTS (normalised by rq_facts_normalise) over FLEET at NOW, by POLICY; NULL is the built-in policy:
 * labels, target, drain, liveness, free slots. All reasons of all candidates, no short circuit; the same inputs give
 * the same record, byte for byte. PLACED, WAIT with what would wake it, REJECTED when nothing but another policy or
 * fleet could help, ERROR (fails closed). With the built-in policy a job whose labels nobody has waits, as on GitHub;
 * a job of type `command` in a policy without such a route is decided by rules and labels alone (governed is false).
 * Fills *d into A; id, job_id, prev_id, trigger, by, note and the commit are the caller's. FACTS, FLEET and POLICY
 * are borrowed by *d. */
void rq_decide(struct rq_arena *a, const struct rq_policy *policy, const struct rq_facts *facts, const struct rq_fleet *fleet,
	       int64_t now, struct rq_decision *d);

/* Every code that a decision can give: core/policy/codes.def. Ends with a NULL code. */
struct rq_code_kind {
	const char *code;
	char cls;                       /* P T E I */
	const char *text;               /* one line for people */
};
extern const struct rq_code_kind rq_code_kinds[];
const struct rq_code_kind *rq_code_kind(const char *code);

/* The label nearest to WANT among those of RUNNERS, for "did you mean"; NULL if none is near. */
const char *rq_nearest_label(const char *want, const struct rq_runner *runners, size_t n);

#endif
