/* Re-routing jobs, draining runners. */
#include "tests/queue/suite.h"

static void reroute_what_waits(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain(), grouped = plain();
	const char *old, *young, *blocked, *held, *parked;
	struct rq_call *c;

	s.labels = labels(b, "gpu,audio");
	old = put(b, s);
	young = put(b, plain());
	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted,audio");
	c = reroute(b, old, "b", NULL, false);
	assert_int_equal(c->code, RQ_OK);
	assert_false(c->u.reroute.restarting);
	assert_string_equal(detail(b, old)->job.target, "b");
	assert_int_equal(detail(b, old)->job.labels.n, 1); /* what b lacks it need not have */
	takes(b, "b", old); /* it kept its age */
	c = reroute(b, young, NULL, "audio", false);
	assert_int_equal(c->code, RQ_OK);
	take_none(b, "a");
	takes(b, "b", young);
	blocked = put_after(b, young, NULL);
	assert_int_equal(reroute(b, blocked, NULL, "gpu", false)->code, RQ_OK);
	is(b, blocked, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	grouped.group = "g";
	held = put(b, grouped);
	parked = put(b, grouped);
	takes(b, "a", held);
	take_none(b, "a");
	assert_int_equal(reroute(b, parked, "b", NULL, false)->code, RQ_OK);
	is(b, parked, "pending", RQ_WHY_GROUP_CONCURRENCY);
	assert_string_equal(detail(b, parked)->job.target, "b");
	assert_true(activity_has(b, "reroute", parked, "ok"));
}

static void reroute_parked_may_let_others_go(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	const char *one, *two, *three;
	struct rq_grant g;

	s.group = "g";
	one = put(b, s);
	two = put(b, s);
	three = put(b, s);
	runner_up(b, "a", "self-hosted");
	g = takes(b, "a", one);
	take_none(b, "a");
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	is(b, two, "queued", "");
	is(b, three, "pending", RQ_WHY_GROUP_CONCURRENCY);
	assert_int_equal(reroute(b, two, NULL, "gpu", false)->code, RQ_OK);
	takes(b, "a", three);
}

static void reroute_what_runs(void **state)
{
	struct bed *b = *state;
	const char *id = put(b, plain());
	struct rq_call *c;
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	g = takes(b, "a", id);
	c = reroute(b, id, "b", NULL, false);
	assert_int_equal(c->code, RQ_ECONFLICT);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_OK);
	c = reroute(b, id, "b", NULL, true);
	assert_int_equal(c->code, RQ_OK);
	assert_true(c->u.reroute.restarting);
	is(b, id, "in_progress", RQ_WHY_REROUTING);
	assert_string_equal(detail(b, id)->job.target, "");
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_CANCEL);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_CANCELLED, -1), RQ_VERDICT_AGAIN);
	is(b, id, "queued", "");
	take_none(b, "a");
	g = takes(b, "b", id);
	assert_int_equal(g.attempt, 2);
	assert_int_equal(end(b, "b", &g, RQ_RESULT_FINISHED, 0), RQ_VERDICT_DONE);
}

/* However the old attempt ends, the job starts again elsewhere, unless it succeeded or was cancelled. */
static void reroute_and_other_ends(void **state)
{
	struct bed *b = *state;
	static const enum rq_result_kind kinds[] = { RQ_RESULT_FINISHED, RQ_RESULT_TIMED_OUT, RQ_RESULT_RELEASED,
						     RQ_RESULT_LOST, RQ_RESULT_START_FAILED };
	struct rq_grant g;
	const char *id;

	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		id = put(b, plain());
		g = takes(b, "a", id);
		reroute(b, id, "b", NULL, true);
		assert_int_equal(end(b, "a", &g, kinds[i], 143), RQ_VERDICT_AGAIN);
		assert_int_equal(detail(b, id)->job.failures, 0);
		takes(b, "b", id);
	}
	id = put(b, plain());
	g = takes(b, "a", id);
	reroute(b, id, "b", NULL, true);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 0), RQ_VERDICT_DONE);
	is(b, id, "success", "");
	id = put(b, plain());
	g = takes(b, "a", id);
	reroute(b, id, "b", NULL, true);
	cancel(b, id, false);
	assert_int_equal(reroute(b, id, "b", NULL, true)->code, RQ_ECONFLICT);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_CANCELLED, -1), RQ_VERDICT_DONE);
	is(b, id, "cancelled", RQ_WHY_CANCEL_REQUESTED);
}

static void reroute_refusals(void **state)
{
	struct bed *b = *state;
	const char *id = put(b, plain());

	assert_int_equal(reroute(b, id, "nobody", NULL, false)->code, RQ_ENOTFOUND);
	assert_true(activity_has(b, "reroute", id, "not-found"));
	assert_int_equal(reroute(b, "55", NULL, "x", false)->code, RQ_ENOTFOUND);
	cancel(b, id, false);
	assert_int_equal(reroute(b, id, NULL, "x", false)->code, RQ_ECONFLICT);
	assert_true(activity_has(b, "reroute", id, "conflict"));
}

static void reroute_stores_its_decision(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = decision("reroute");
	struct rq_call *c = ask(b, RQ_VERB_REROUTE);

	d.note = "because";
	d.wanted = "@a";
	d.target = "a";
	put(b, plain());
	runner_up(b, "a", "self-hosted");
	c->u.reroute.id = "1";
	c->u.reroute.target = "a";
	c->u.reroute.decision = &d;
	RUN(b, c);
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = "1";
	RUN(b, c);
	assert_string_equal(c->u.decision.decision->note, "because");
	assert_string_equal(c->u.decision.decision->target, "a");
	assert_string_equal(detail(b, "1")->job.decision_id, c->u.decision.decision->id);
}

static void drain_lets_it_finish(void **state)
{
	struct bed *b = *state;
	const char *one = put(b, plain()), *two = put(b, plain());
	const struct rq_runner *r;
	struct rq_grant g;
	struct rq_call *c;

	runner_up(b, "a", "self-hosted");
	g = takes(b, "a", one);
	c = ask(b, RQ_VERB_DRAIN);
	c->u.drain.runner = "A";
	c->u.drain.reason = "new disk";
	c->u.drain.deadline = clock_now() + 5000;
	RUN(b, c);
	r = runner(b, "a");
	assert_int_equal(r->drain, RQ_DRAIN_DRAINING);
	assert_string_equal(r->drain_reason, "new disk");
	assert_string_equal(r->drain_by, "tester");
	assert_int_equal(r->drain_since, clock_now());
	assert_int_equal(r->drain_deadline, clock_now() + 5000);
	assert_int_equal(take(b, "a", 2)->u.exchange.n_grants, 0);
	assert_int_equal(take(b, "a", 2)->u.exchange.drain, RQ_DRAIN_DRAINING);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_OK);
	/* It survives the agent and the queue. */
	bed_reopen(b);
	runner_dies(b, 0);
	assert_int_equal(runner_again(b, "a", "self-hosted", "a-1"), RQ_OK);
	assert_string_equal(runner(b, "a")->drain_reason, "new disk");
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	assert_int_equal(runner(b, "a")->drain, RQ_DRAIN_DRAINED);
	assert_int_equal(drain(b, RQ_VERB_DRAINED, "a", NULL), RQ_OK);
	take_none(b, "a");
	assert_int_equal(drain(b, RQ_VERB_UNDRAIN, "a", NULL), RQ_OK);
	assert_int_equal(runner(b, "a")->drain, RQ_DRAIN_ACTIVE);
	assert_string_equal(runner(b, "a")->drain_reason, "");
	takes(b, "a", two);
	assert_true(activity_has(b, "drain", "A", "ok"));
	assert_true(activity_has(b, "undrain", "a", "ok"));
}

static void drain_at_once(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_REGISTER);
	struct rq_runner r = { .name = "a", .slots = 1 };

	runner_up(b, "a", "self-hosted");
	assert_int_equal(drain(b, RQ_VERB_DRAIN, "a", "x"), RQ_OK);
	assert_int_equal(runner(b, "a")->drain, RQ_DRAIN_DRAINED);
	assert_int_equal(drain(b, RQ_VERB_DRAIN, "nobody", "x"), RQ_ENOTFOUND);
	assert_int_equal(drain(b, RQ_VERB_UNDRAIN, "nobody", "x"), RQ_ENOTFOUND);
	assert_int_equal(drain(b, RQ_VERB_DRAINED, "nobody", "x"), RQ_ENOTFOUND);
	c->u.registration.runner = &r;
	c->u.registration.instance = "a-1";
	c->u.registration.lock_path = "/nowhere";
	RUN(b, c);
	assert_int_equal(c->u.registration.drain, RQ_DRAIN_DRAINED);
	assert_string_equal(c->u.registration.drain_reason, "x");
}

static void reasons_have_a_limit(void **state)
{
	struct bed *b = *state;
	static char reason[1200];
	struct rq_call *c = ask(b, RQ_VERB_REROUTE);
	struct rq_snapshot *s;

	memset(reason, 'x', 1001);
	runner_up(b, "a", "self-hosted");
	assert_int_equal(drain(b, RQ_VERB_DRAIN, "a", reason), RQ_ELIMIT);
	assert_int_equal(runner(b, "a")->drain, RQ_DRAIN_ACTIVE);
	put(b, plain());
	c->u.reroute.id = "1";
	c->u.reroute.target = "a";
	c->u.reroute.reason = reason;
	assert_int_equal(run(b, c), RQ_ELIMIT);
	reason[1000] = '\0';
	assert_int_equal(drain(b, RQ_VERB_DRAIN, "a", reason), RQ_OK);
	assert_string_equal(runner(b, "a")->drain_reason, reason);
	assert_int_equal(cancel(b, reason, false).code, RQ_ENOTFOUND);
	s = snapshot(b);
	for (size_t i = 0; i < s->n_activity; i++)
		assert_true(strlen(s->activity[i].detail) <= 500 && strlen(s->activity[i].object) <= 500);
}

/* The last job of a draining runner may be ended by another that adopted it. */
static void drained_by_adoption(void **state)
{
	struct bed *b = *state;
	struct rq_grant g;
	struct rq_call *c;

	put(b, plain());
	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	g = take_one(b, "a");
	drain(b, RQ_VERB_DRAIN, "a", "x");
	assert_int_equal(runner(b, "a")->drain, RQ_DRAIN_DRAINING);
	runner_dies(b, 0);
	c = ask(b, RQ_VERB_ADOPT);
	c->u.adopt.id = g.id;
	c->u.adopt.token = g.token;
	c->u.adopt.from = "a-1";
	c->u.adopt.to = "b-1";
	RUN(b, c);
	assert_int_equal(runner(b, "a")->drain, RQ_DRAIN_DRAINED);
}

PART(route, TEST(reroute_what_waits), TEST(reroute_parked_may_let_others_go), TEST(reroute_what_runs),
     TEST(reroute_and_other_ends), TEST(reroute_refusals), TEST(reroute_stores_its_decision), TEST(drain_lets_it_finish),
     TEST(drain_at_once), TEST(drained_by_adoption),
     TEST(reasons_have_a_limit));
