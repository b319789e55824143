/* decision.c - what a decision's record is made of. As JSON: decision_json.c; for people: decision_render.c. */
#include "core/model/decision.h"

#include "core/model/job.h"

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

const char *rq_decision_taken_by(const struct rq_decision *d, const struct rq_job *j)
{
	bool later = j && rq_eq(j->decision_id, d->id) && j->started_at && j->started_at >= d->at;

	return later && !rq_ieq(j->runner_name, d->target ? d->target : "") ? j->runner_name : "";
}
