/* ruled.c - decisions as a policy makes them, and the dispatcher's side. */
#include "tests/queue/ruled.h"

/* --- decisions as a policy makes them ----------------------------------------------------- */

struct rq_decision ruled(const char *trigger)
{
	struct rq_decision d = decision(trigger);

	d.governed = true;
	d.policy = "policy.yaml 1234567";
	d.policy_oid = TEXT_OID;
	d.policy_text = TEXT;
	d.route = "transcribe";
	d.schema = 2;
	return d;
}

struct rq_decision placed(const char *target)
{
	struct rq_decision d = ruled("submit");

	d.outcome = RQ_OUTCOME_PLACED;
	d.target = target;
	d.reason = "PREFERRED";
	return d;
}

struct rq_decision waits(const char *reason, const char **event)
{
	struct rq_decision d = ruled("submit");

	d.outcome = RQ_OUTCOME_WAIT;
	d.reason = reason;
	d.wake_on = event;
	d.n_wake_on = event ? 1 : 0;
	if (!event)
		d.wait_until = clock_now() + 60000;
	return d;
}

struct rq_decision holding(const char *target, struct rq_hold *h)
{
	struct rq_decision d = placed(target);

	d.holds = h;
	d.n_holds = 1;
	return d;
}

struct rq_hold place_in(const char *key, int64_t limit)
{
	return (struct rq_hold){ .key = key, .limit = limit, .amount = 1 };
}

struct rq_submission by(const struct rq_decision *d)
{
	struct rq_submission s = plain();

	s.decision = d;
	return s;
}

int64_t counted(struct bed *b, const char *key)
{
	const struct rq_snapshot *s = snapshot(b);

	for (size_t i = 0; i < s->n_counters; i++)
		if (rq_eq(s->counters[i].key, key))
			return s->counters[i].n;
	return 0;
}

/* --- the dispatcher's side ---------------------------------------------------------------- */

int64_t duty(struct bed *b)
{
	struct rq_call *c = ask(b, RQ_VERB_DUTY);

	c->u.duty.holder = "d1";
	c->u.duty.name = "agent:a";
	c->u.duty.lease_ms = 10000;
	RUN(b, c);
	assert_true(c->u.duty.held);
	return c->u.duty.fence;
}

struct rq_call *look(struct bed *b, const char *event, bool all)
{
	struct rq_call *c = ask(b, RQ_VERB_OPEN);
	const char **events = rq_arena_alloc(&c->arena, sizeof *events);

	events[0] = event;
	c->u.open.events = events;
	c->u.open.n_events = event ? 1 : 0;
	c->u.open.all = all;
	c->u.open.max = 100;
	RUN(b, c);
	return c;
}

const struct rq_open_job *open_job(struct rq_call *c, const char *id)
{
	for (size_t i = 0; i < c->u.open.n; i++)
		if (rq_eq(c->u.open.v[i].id, id))
			return &c->u.open.v[i];
	return NULL;
}

int decide_with(struct bed *b, const char *id, struct rq_decision d, const char *prev, int64_t fence)
{
	struct rq_call *c = ask(b, RQ_VERB_DECIDE);

	d.trigger = "wake";
	d.prev_id = prev;
	c->u.decide.id = id;
	c->u.decide.fence = fence;
	c->u.decide.decision = &d;
	return run(b, c);
}

int decide(struct bed *b, const char *id, struct rq_decision d)
{
	return decide_with(b, id, d, detail(b, id)->job.decision_id, duty(b));
}

void is_due(struct bed *b, const char *id)
{
	struct rq_call *c = look(b, NULL, false);

	is(b, id, "waiting", RQ_WHY_DECISION_PENDING);
	assert_non_null(open_job(c, id));
	assert_true(open_job(c, id)->due);
	assert_int_equal(open_job(c, id)->wait_until, 0);
}
