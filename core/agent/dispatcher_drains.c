/* dispatcher_drains.c - a drain whose deadline has passed: what the runner still runs is ended there, and starts again
 * where the policy, or its labels, allow. */
#include <string.h>
#include "core/agent/dispatcher_parts.h"
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/policy/decide.h"

struct rq_drain_work {
	struct rq_snapshot *snapshot;
	size_t at;
	struct rq_call *job;            /* JOB's answer about the one at hand */
};

static void next_job(struct rq_dispatcher *d);

void rq_drains_forget(struct rq_dispatcher *d)
{
	if (!d->drain)
		return;
	rq_snapshot_unref(d->drain->snapshot);
	rq_call_free(d->drain->job);
	rq_free(d->drain);
	d->drain = NULL;
}

/* --- which ---------------------------------------------------------------------------------- */

static bool is_over(const struct rq_runner *r, int64_t now)
{
	return r->drain == RQ_DRAIN_DRAINING && r->drain_deadline && r->drain_deadline <= now;
}

static bool anything_over(struct rq_dispatcher *d)
{
	int64_t now = rq_now();
	bool any = false;

	for (size_t i = 0; i < d->fleet.n_runners; i++) {
		const struct rq_runner *r = &d->fleet.runners[i];

		if (r->drain != RQ_DRAIN_DRAINING || !r->drain_deadline)
			continue;
		if (r->drain_deadline > now)
			rq_dispatcher_wake_at(d, r->drain_deadline);
		else
			any |= r->running > 0;
	}
	return any;
}

/* One that was moved already, or is being cancelled, is about to end. */
static bool concerns(const struct rq_dispatcher *d, const struct rq_job *j)
{
	if (j->status != RQ_STATUS_IN_PROGRESS || j->cancel_requested || rq_eq(j->reason, RQ_WHY_REROUTING))
		return false;
	for (size_t i = 0; i < d->fleet.n_runners; i++)
		if (rq_ieq(d->fleet.runners[i].name, j->runner_name))
			return is_over(&d->fleet.runners[i], rq_now());
	return false;
}

/* --- one job -------------------------------------------------------------------------------- */

static void on_moved(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;

	if (!rq_dispatcher_answered(d, c))
		return;
	rq_log_write(d->log, c->code ? RQ_LOG_WARN : RQ_LOG_INFO, "job %s: %s", c->u.reroute.id,
		     c->code ? c->err.msg : "the drain's deadline has passed; it ends there and starts again elsewhere");
	if (c->code)
		rq_dispatcher_wake_at(d, rq_now() + 1000);
	rq_call_free(d->drain->job);
	d->drain->job = NULL;
	d->drain->at++;
	next_job(d);
}

/* A placed job is shown with its runner for a target; what was asked for is in its decision. */
static struct rq_facts facts_of(const struct rq_job_detail *job, const struct rq_decision *old)
{
	struct rq_facts f = {
		.type = job->job.type, .labels = &job->job.labels, .target = job->job.target, .n_params = job->n_params,
		.params = (const char *const *)job->params, .submitter = "", .source = "", .priority = job->job.priority,
		.created_at = job->job.created_at,
	};

	if (old && old->facts)
		f = *old->facts;
	f.attempt = job->job.run_attempt + 1;
	f.run_at = 0;
	f.blocked = f.retrying = false;
	return f;
}

static struct rq_decision *decide(struct rq_dispatcher *d, struct rq_call *c, const struct rq_job_detail *job,
				  const struct rq_policy *policy, const struct rq_facts *raw)
{
	struct rq_arena *a = &c->arena;
	struct rq_decision *new = rq_arena_alloc(a, sizeof *new);
	struct rq_facts *facts = rq_arena_alloc(a, sizeof *facts);
	const struct rq_decision *old = d->before->u.decision.decision;
	struct rq_fleet *fleet = rq_arena_alloc(a, sizeof *fleet);
	char *id = rq_arena_alloc(a, RQ_ULID_LEN);

	rq_facts_normalise(a, raw, facts, NULL, NULL);
	*fleet = d->fleet;
	if (old)
		rq_fleet_take(a, fleet, "", old->holds, old->n_holds, -1);
	rq_fleet_seal(a, fleet);
	rq_decide(a, policy, facts, fleet, rq_now(), new);
	rq_ulid(id);
	new->id = id;
	new->job_id = rq_call_str(c, job->job.id);
	new->prev_id = rq_call_str(c, job->job.decision_id);
	new->trigger = "drain";
	new->by = d->by;
	new->note = rq_arena_fmt(a, "runner:%s is past its drain's deadline", job->job.runner_name);
	return new;
}

static void move(struct rq_dispatcher *d, const struct rq_policy *policy)
{
	const struct rq_job_detail *job = d->drain->job->u.job.detail;
	struct rq_facts facts = facts_of(job, d->before->u.decision.decision);
	struct rq_call *c = rq_call_new(RQ_VERB_REROUTE, on_moved, d);
	struct rq_decision *new = decide(d, c, job, policy, &facts);

	c->actor = d->by;
	c->u.reroute.id = new->job_id;
	c->u.reroute.restart = true;
	c->u.reroute.reason = new->note;
	c->u.reroute.decision = new;
	if (*facts.target)
		c->u.reroute.target = rq_call_str(c, facts.target);
	c->u.reroute.labels = *facts.labels;
	rq_dispatcher_ask(d, c);
}

/* --- what it needs to know ------------------------------------------------------------------ */

static void with_policy(struct rq_dispatcher *d);

static void on_policy(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;
	const struct rq_decision *old;

	if (!rq_dispatcher_answered(d, c))
		return;
	old = d->before->u.decision.decision;
	rq_policies_put(&d->policies, c->u.policy.oid, *old->policy_path ? old->policy_path : "policy.yaml",
			c->code ? NULL : c->u.policy.found_text, d->log);
	with_policy(d);
}

/* A job that was not decided by a policy goes by its labels. */
static void with_policy(struct rq_dispatcher *d)
{
	const struct rq_decision *old = d->before->u.decision.decision;
	const struct rq_policy *policy;
	struct rq_call *c;
	bool known;

	policy = rq_policies_find(&d->policies, old && old->governed ? old->policy_oid : "", &known);
	if (known) {
		move(d, policy);
		return;
	}
	c = rq_call_new(RQ_VERB_POLICY, on_policy, d);
	c->u.policy.oid = rq_call_str(c, old->policy_oid);
	rq_dispatcher_ask(d, c);
}

static void on_before(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;

	if (!rq_dispatcher_answered(d, c))
		return;
	rq_call_free(d->before);
	d->before = rq_dispatcher_take(c);
	if (c->code)
		d->before->u.decision.decision = NULL;
	with_policy(d);
}

static void on_job(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;
	struct rq_call *ask;

	if (!rq_dispatcher_answered(d, c))
		return;
	if (c->code) {
		d->drain->at++;
		next_job(d);
		return;
	}
	d->drain->job = rq_dispatcher_take(c);
	ask = rq_call_new(RQ_VERB_DECISION, on_before, d);
	ask->u.decision.id = rq_call_str(ask, d->drain->job->u.job.detail->job.decision_id);
	rq_dispatcher_ask(d, ask);
}

static void next_job(struct rq_dispatcher *d)
{
	struct rq_drain_work *w = d->drain;
	struct rq_call *c;

	while (w->at < w->snapshot->n_jobs && !concerns(d, &w->snapshot->jobs[w->at]))
		w->at++;
	if (w->at >= w->snapshot->n_jobs) {
		rq_schedules_step(d);
		return;
	}
	c = rq_call_new(RQ_VERB_JOB, on_job, d);
	c->u.job.id = rq_call_str(c, w->snapshot->jobs[w->at].id);
	rq_dispatcher_ask(d, c);
}

static void on_jobs(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;

	if (!rq_dispatcher_answered(d, c)) {
		if (c->code == RQ_OK)
			rq_snapshot_unref(c->u.snapshot.snapshot);
		return;
	}
	if (c->code) {
		rq_log_write(d->log, RQ_LOG_ERROR, "%s", c->err.msg);
		rq_schedules_step(d);
		return;
	}
	d->drain = rq_alloc(sizeof *d->drain);
	d->drain->snapshot = c->u.snapshot.snapshot;
	next_job(d);
}

void rq_drains_step(struct rq_dispatcher *d)
{
	struct rq_call *c;

	if (!anything_over(d)) {
		rq_schedules_step(d);
		return;
	}
	c = rq_call_new(RQ_VERB_SNAPSHOT, on_jobs, d);
	c->u.snapshot.want.jobs = true;
	rq_dispatcher_ask(d, c);
}
