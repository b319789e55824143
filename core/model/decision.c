/* decision.c - what a decision's record is made of. As JSON: decision_json.c; for people: decision_render.c. */
#include "core/model/decision.h"

static const char *const outcomes[] = { "PLACED", "WAIT", "REJECTED", "ERROR" };

const char *rq_outcome_name(enum rq_outcome o)
{
	return (unsigned)o < 4 ? outcomes[o] : "ERROR";
}

void rq_decision_init(struct rq_decision *d)
{
	*d = (struct rq_decision){
		.id = "", .job_id = "", .prev_id = "", .trigger = "", .by = "", .note = "", .engine = "", .policy = "",
		.policy_path = "", .policy_oid = "", .commit_oid = "", .policy_version = "", .type = "", .wanted = "",
		.facts_sha256 = "", .masked = "", .erased = "", .fleet_sha256 = "", .target = "", .route = "", .tier = "",
		.workflow = "", .group = "", .reason = "", .estimate = { .seconds = -1, .basis = "" }, .nearest = "",
		.prev_hash = "", .hash = "",
	};
}
