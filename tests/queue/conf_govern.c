/* What operators and results do to governed jobs; schedules; the policy's own retries. */
#include "tests/queue/ruled.h"

static struct rq_decision refused(const char *trigger)
{
	struct rq_decision d = ruled(trigger);

	d.outcome = RQ_OUTCOME_REJECTED;
	d.reason = "SIZE_EXCEEDED";
	return d;
}

/* --- the policy's retries ----------------------------------------------------------------- */

static struct rq_decision retrying(int max, unsigned on)
{
	struct rq_decision d = placed("a");

	d.retry = (struct rq_retry){ .max = max, .on = on, .backoff_ms = 1000, .cap_ms = 3000, .factor_milli = 2000 };
	return d;
}

/* The pause before the next attempt, which is decided about anew. */
static int64_t pause_of(struct bed *b, const char *id, enum rq_result_kind kind, int exit_code)
{
	struct rq_decision d = placed("a");
	struct rq_grant g = takes(b, "a", id);
	int64_t wait;

	assert_int_equal(end(b, "a", &g, kind, exit_code), RQ_VERDICT_AGAIN);
	is(b, id, "waiting", RQ_WHY_RETRY_BACKOFF);
	wait = detail(b, id)->job.run_at - clock_now();
	clock_move(wait);
	is_due(b, id);
	d.retry = retrying(4, 7).retry;
	assert_int_equal(decide(b, id, d), RQ_OK);
	return wait;
}

static void policy_retries(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = retrying(4, RQ_RETRY_FAILURE | RQ_RETRY_TEMPORARY | RQ_RETRY_TIMEOUT);
	static const int64_t most[] = { 1000, 2000, 3000, 3000 };
	static const enum rq_result_kind kinds[] = { RQ_RESULT_FINISHED, RQ_RESULT_TIMED_OUT, RQ_RESULT_LOST,
						     RQ_RESULT_FINISHED };
	struct rq_grant g;
	const char *id;

	runner_up(b, "a", "self-hosted");
	id = put(b, by(&d));
	for (int i = 0; i < 4; i++) {
		int64_t wait = pause_of(b, id, kinds[i], i ? 75 : 1);

		assert_in_range(wait, most[i] / 2, most[i]);
	}
	g = takes(b, "a", id);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 1), RQ_VERDICT_DONE);
	is(b, id, "failure", "");
	assert_int_equal(detail(b, id)->job.failures, 5);
}

/* What the policy does not name is not retried, whatever the submission wanted. */
static void policy_retries_only_what_it_names(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = retrying(3, RQ_RETRY_TEMPORARY);
	struct rq_submission s = by(&d);
	struct rq_grant g;
	const char *id;

	s.retries = 5;
	runner_up(b, "a", "self-hosted");
	id = put(b, s);
	g = takes(b, "a", id);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 1), RQ_VERDICT_DONE);
	id = put(b, s);
	g = takes(b, "a", id);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_TIMED_OUT, -1), RQ_VERDICT_DONE);
	is(b, id, "timed_out", RQ_WHY_TIMEOUT);
	id = put(b, s);
	pause_of(b, id, RQ_RESULT_FINISHED, 75);
	/* Without a rule of the policy the submission's own holds. */
	d.retry.max = 0;
	id = put(b, s);
	cancel(b, "3", false);
	g = takes(b, "a", id);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 1), RQ_VERDICT_AGAIN);
	is(b, id, "waiting", RQ_WHY_RETRY_BACKOFF);
}

/* --- operators ---------------------------------------------------------------------------- */

static void cancel_what_is_held_or_placed(void **state)
{
	struct bed *b = *state;
	const char *event = "group:g";
	struct rq_hold h = place_in("group:g", 1);
	struct rq_decision d = holding("a", &h), w = waits("GROUP_CONCURRENCY", &event);
	const char *one = put(b, by(&d)), *two = put(b, by(&w)), *child = put_after(b, two, NULL);

	assert_int_equal(cancel(b, two, false).code, RQ_OK);
	is(b, two, "cancelled", RQ_WHY_CANCEL_REQUESTED);
	is(b, child, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	assert_int_equal(cancel(b, one, false).code, RQ_OK);
	assert_int_equal(counted(b, "group:g"), 0);
	assert_int_equal(look(b, event, true)->u.open.n, 0);
}

static int reroute_by(struct bed *b, const char *id, const char *target, bool restart, struct rq_decision d)
{
	struct rq_call *c = ask(b, RQ_VERB_REROUTE);

	d.trigger = "reroute";
	c->u.reroute.id = id;
	c->u.reroute.target = target;
	if (!target)
		c->u.reroute.labels = labels(b, "self-hosted");
	c->u.reroute.restart = restart;
	c->u.reroute.decision = &d;
	return run(b, c);
}

static void reroute_decides_anew(void **state)
{
	struct bed *b = *state;
	struct rq_hold here = place_in("runner:a", 1), there = place_in("runner:b", 1);
	struct rq_decision d = holding("a", &here), free = decision("reroute");
	const char *id = put(b, by(&d)), *event = "runner:b.online";

	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	assert_int_equal(reroute_by(b, id, "b", false, waits("RUNNER_OFFLINE", &event)), RQ_OK);
	is(b, id, "waiting", "RUNNER_OFFLINE");
	assert_string_equal(open_job(look(b, NULL, true), id)->facts.target, "b");
	assert_int_equal(counted(b, "runner:a"), 0);
	assert_int_equal(reroute_by(b, id, "b", false, holding("b", &there)), RQ_OK);
	assert_int_equal(counted(b, "runner:b"), 1);
	there.limit = 0;
	assert_int_equal(reroute_by(b, id, "b", false, holding("b", &there)), RQ_ECONFLICT);
	assert_int_equal(counted(b, "runner:b"), 1);
	assert_int_equal(reroute_by(b, id, "a", false, refused("reroute")), RQ_EREFUSED);
	assert_string_equal(detail(b, id)->job.target, "b");
	assert_string_equal(snapshot(b)->decisions[0].reason, "SIZE_EXCEEDED");
	assert_string_equal(snapshot(b)->decisions[0].job_id, id);
	assert_true(activity_has(b, "reroute", id, "refused"));
	/* A policy that says nothing about it any more. */
	assert_int_equal(reroute_by(b, id, NULL, false, free), RQ_OK);
	assert_int_equal(counted(b, "runner:b"), 0);
	is(b, id, "queued", "");
	assert_int_equal(reroute(b, id, "b", NULL, false)->code, RQ_OK);
	takes(b, "b", id);
}

static void reroute_of_what_runs_decides_when_it_has_ended(void **state)
{
	struct bed *b = *state;
	struct rq_hold here = place_in("runner:a", 1);
	struct rq_decision d = holding("a", &here), free = decision("reroute");
	const char *id = put(b, by(&d));
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	g = takes(b, "a", id);
	assert_int_equal(reroute_by(b, id, "b", false, placed("b")), RQ_ECONFLICT);
	assert_int_equal(reroute_by(b, id, "b", true, placed("b")), RQ_OK);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_CANCEL);
	assert_int_equal(counted(b, "runner:a"), 1);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_CANCELLED, -1), RQ_VERDICT_AGAIN);
	assert_int_equal(counted(b, "runner:a"), 0);
	is_due(b, id);
	assert_string_equal(open_job(look(b, NULL, true), id)->facts.target, "b");
	assert_int_equal(decide(b, id, placed("b")), RQ_OK);
	g = takes(b, "b", id);
	assert_int_equal(reroute_by(b, id, "a", true, free), RQ_OK);
	assert_int_equal(end(b, "b", &g, RQ_RESULT_CANCELLED, -1), RQ_VERDICT_AGAIN);
	takes(b, "a", id);
}

static struct rq_each retry_by(struct bed *b, const char *id, struct rq_decision d, int code)
{
	struct rq_call *c = ask(b, RQ_VERB_RETRY);
	const struct rq_decision *decisions[] = { &d };

	d.trigger = "retry";
	rq_call_add_id(c, id);
	c->u.retry.decisions = decisions;
	assert_int_equal(run(b, c), code);
	return c->u.retry.each[0];
}

static void retry_decides_anew(void **state)
{
	struct bed *b = *state;
	struct rq_hold here = place_in("runner:a", 1), none = place_in("runner:a", 0);
	struct rq_decision d = holding("a", &here);
	const char *id = put(b, by(&d));
	struct rq_each each;

	runner_up(b, "a", "self-hosted");
	cancel(b, id, false);
	retry_by(b, id, holding("a", &none), RQ_ECONFLICT);
	assert_int_equal(snapshot(b)->n_jobs, 1);
	each = retry_by(b, id, refused("retry"), RQ_OK);
	assert_int_equal(each.code, RQ_EREFUSED);
	assert_int_equal(snapshot(b)->n_jobs, 1);
	each = retry_by(b, id, holding("a", &here), RQ_OK);
	assert_int_equal(each.code, RQ_OK);
	assert_int_equal(counted(b, "runner:a"), 1);
	assert_string_equal(open_job(look(b, NULL, true), each.new_id)->facts.source, "cli");
	takes(b, "a", each.new_id);
}

static void replaced_by_a_later_one(void **state)
{
	struct bed *b = *state;
	const char *event = "group:g", *other = "group:h", *one, *two, *apart;
	struct rq_decision d = waits("GROUP_CONCURRENCY", &event), h = waits("GROUP_CONCURRENCY", &other);

	d.group = "g";
	h.group = "h";
	one = put(b, by(&d));
	apart = put(b, by(&h));
	d.replace_pending = true;
	two = put(b, by(&d));
	is(b, one, "cancelled", RQ_WHY_REPLACED);
	is(b, two, "waiting", "GROUP_CONCURRENCY");
	is(b, apart, "waiting", "GROUP_CONCURRENCY");
	/* Decided about again, the older one does not end the newer. */
	d.replace_pending = false;
	one = put(b, by(&d));
	put(b, by(&d));
	d.replace_pending = true;
	assert_int_equal(decide(b, one, d), RQ_OK);
	is(b, two, "cancelled", RQ_WHY_REPLACED);
	is(b, "local:5", "waiting", "GROUP_CONCURRENCY");
}

/* --- schedules ---------------------------------------------------------------------------- */

static struct rq_call *fire(struct bed *b, const char *name, int64_t due, const struct rq_decision *d)
{
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);
	struct rq_submission s = plain();

	s.schedule = name;
	s.schedule_due = due;
	s.source = "cron";
	s.decision = d;
	*rq_call_add_submission(c) = s;
	run(b, c);
	return c;
}

static void a_minute_makes_one_job(void **state)
{
	struct bed *b = *state;
	int64_t due = clock_now() / 60000 * 60000;
	struct rq_hold none = place_in("runner:a", 0);
	struct rq_decision full = holding("a", &none), no = refused("schedule");
	struct rq_call *c = fire(b, "nightly", due, NULL);

	assert_int_equal(c->code, RQ_OK);
	assert_string_equal(c->u.submit.each[0].id, "local:1");
	for (int64_t at = due; at > due - 120000; at -= 60000) {
		c = fire(b, "nightly", at, NULL);
		assert_int_equal(c->code, RQ_OK);
		assert_string_equal(c->u.submit.each[0].text, "repeat");
		assert_string_equal(c->u.submit.each[0].id, "");
	}
	/* Where there was no place, the minute is not over. */
	assert_int_equal(fire(b, "hourly", due, &full)->code, RQ_ECONFLICT);
	assert_int_equal(fire(b, "hourly", due, NULL)->code, RQ_OK);
	/* What the policy refuses it refuses once. */
	assert_int_equal(fire(b, "weekly", due, &no)->code, RQ_EREFUSED);
	fire(b, "weekly", due, &no);
	assert_int_equal(snapshot(b)->n_decisions, 1);
	assert_int_equal(fire(b, "nightly", due + 60000, NULL)->code, RQ_OK);
	assert_int_equal(snapshot(b)->n_jobs, 3);
	c = look(b, NULL, true);
	assert_int_equal(c->u.open.n_schedules, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(c->u.open.schedules[i].last_due,
				 rq_eq(c->u.open.schedules[i].name, "nightly") ? due + 60000 : due);
}

/* The route's limit is the default, and the most. */
static void the_route_limits_the_time(void **state)
{
	static const struct {
		int64_t own, route, is;
	} tries[] = { { 0, 60000, 60000 }, { 5000, 60000, 5000 }, { 90000, 60000, 60000 }, { 90000, 0, 90000 } };
	struct bed *b = *state;

	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		struct rq_decision d = placed("a");
		struct rq_submission s = by(&d);

		d.timeout_ms = tries[i].route;
		s.timeout_ms = tries[i].own;
		assert_int_equal(detail(b, put(b, s))->job.timeout_ms, tries[i].is);
	}
}

PART(govern, TEST(policy_retries), TEST(the_route_limits_the_time), TEST(policy_retries_only_what_it_names), TEST(cancel_what_is_held_or_placed),
     TEST(reroute_decides_anew), TEST(reroute_of_what_runs_decides_when_it_has_ended), TEST(retry_decides_anew),
     TEST(replaced_by_a_later_one), TEST(a_minute_makes_one_job));
