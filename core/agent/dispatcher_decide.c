/* dispatcher_decide.c - one job, decided again; and what that takes of the fleet, for those that come after it. */
#include <string.h>
#include "core/agent/dispatcher_parts.h"
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/policy/decide.h"

void rq_decide_apply(struct rq_dispatcher *d, const struct rq_call *c)
{
	const struct rq_open_job *j = &d->page->u.open.v[d->at];
	const struct rq_decision *new = c->u.decide.decision, *old = d->before ? d->before->u.decision.decision : NULL;
	struct rq_arena *a = &d->page->arena;

	if (*j->target && old)
		rq_fleet_take(a, &d->fleet, j->target, old->holds, old->n_holds, -1);
	if (new->outcome == RQ_OUTCOME_PLACED)
		rq_fleet_take(a, &d->fleet, new->target, new->holds, new->n_holds, 1);
}

/* --- the decision --------------------------------------------------------------------------- */

static bool same_list(const struct rq_open_job *j, const struct rq_decision *d)
{
	if (j->n_wake_on != d->n_wake_on)
		return false;
	for (size_t i = 0; i < j->n_wake_on; i++)
		if (!rq_eq(j->wake_on[i], d->wake_on[i]))
			return false;
	return true;
}

/* It says what the job's decision says. One that is due needs a decision in any case, and one whose time is over would
 * come again and again. */
static bool says_nothing(const struct rq_open_job *j, const struct rq_decision *d, int64_t now)
{
	if (j->due)
		return false;
	if (*j->target)
		return d->outcome == RQ_OUTCOME_PLACED && rq_ieq(d->target, j->target);
	if (d->outcome != RQ_OUTCOME_WAIT || !rq_eq(d->reason, j->reason) || !same_list(j, d))
		return false;
	return !j->wait_until || j->wait_until > now || d->wait_until == j->wait_until;
}

/* The places that a placed job holds must not be in its own way. */
static const struct rq_fleet *fleet_for(struct rq_dispatcher *d, struct rq_arena *a, const struct rq_open_job *j)
{
	const struct rq_decision *old = d->before ? d->before->u.decision.decision : NULL;
	struct rq_fleet *f;

	if (!*j->target || !old) {
		if (!d->fleet.json)
			rq_fleet_seal(&d->page->arena, &d->fleet);
		return &d->fleet;
	}
	f = rq_arena_alloc(a, sizeof *f);
	*f = d->fleet;
	rq_fleet_take(a, f, j->target, old->holds, old->n_holds, -1);
	rq_fleet_seal(a, f);
	return f;
}

bool rq_decide_again(struct rq_dispatcher *d, const struct rq_open_job *j, const struct rq_again *why,
		     void (*on_answer)(struct rq_call *, void *))
{
	struct rq_call *c = rq_call_new(RQ_VERB_DECIDE, on_answer, d);
	struct rq_arena *a = &c->arena;
	struct rq_decision *new = rq_arena_alloc(a, sizeof *new);
	struct rq_facts *facts = rq_arena_alloc(a, sizeof *facts);
	char *id = rq_arena_alloc(a, RQ_ULID_LEN);
	int64_t now = rq_now();

	rq_facts_normalise(a, &j->facts, facts, NULL, NULL);
	rq_decide(a, why->policy, facts, fleet_for(d, a, j), now, new);
	if (says_nothing(j, new, now)) {
		rq_call_free(c);
		return false;
	}
	rq_ulid(id);
	new->id = id;
	new->job_id = rq_call_str(c, j->id);
	new->prev_id = rq_call_str(c, j->decision_id);
	new->trigger = why->trigger;
	new->by = d->by;
	new->note = rq_call_str(c, why->note);
	c->u.decide.id = new->job_id;
	c->u.decide.fence = d->fence;
	c->u.decide.decision = new;
	rq_log_write(d->log, RQ_LOG_INFO, "job %s is decided again (%s %s): %s %s %s", j->id, why->trigger, why->note,
		     rq_outcome_name(new->outcome), new->target, new->reason);
	return rq_dispatcher_ask(d, c);
}
