/* Governed jobs: placed, held, decided about again. */
#include "tests/queue/ruled.h"

#include "core/base/zone.h"

/* --- placed ------------------------------------------------------------------------------- */

static void placed_goes_to_its_target_alone(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("A");
	struct rq_submission s = by(&d);
	const char *id;

	/* The policy declares labels that the agent does not know of. */
	s.labels = labels(b, "heavy,self-hosted");
	runner_up(b, "b", "self-hosted,heavy");
	runner_up(b, "a", "self-hosted");
	id = put(b, s);
	is(b, id, "queued", "");
	assert_string_equal(detail(b, id)->job.target, "a");
	assert_int_equal(detail(b, id)->job.labels.n, 2);
	assert_int_equal(runner(b, "a")->placed, 1);
	assert_int_equal(runner(b, "b")->placed, 0);
	take_none(b, "b");
	takes(b, "a", id);
	assert_int_equal(runner(b, "a")->placed, 0);
}

static void places_are_counted(void **state)
{
	struct bed *b = *state;
	struct rq_hold h = place_in("Route:transcribe@A", 1);
	struct rq_decision d = holding("a", &h);
	const char *id;
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	id = put(b, by(&d));
	assert_int_equal(counted(b, "route:transcribe@a"), 1);
	assert_int_equal(put_fails(b, by(&d)), RQ_ECONFLICT);
	assert_int_equal(snapshot(b)->n_jobs, 1);
	assert_int_equal(snapshot(b)->n_decisions, 1);
	g = takes(b, "a", id);
	assert_int_equal(counted(b, "route:transcribe@a"), 1);
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	assert_int_equal(counted(b, "route:transcribe@a"), 0);
	assert_string_equal(detail(b, id)->job.target, "");
	id = put(b, by(&d));
	cancel(b, id, false);
	assert_int_equal(counted(b, "route:transcribe@a"), 0);
}

/* Two submitters that saw the same last place: in one call as well it is all or nothing. */
static void the_last_place_is_given_once(void **state)
{
	struct bed *b = *state;
	struct rq_hold h = place_in("group:g", 2);
	struct rq_decision d = holding("a", &h);
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);

	for (int i = 0; i < 3; i++)
		*rq_call_add_submission(c) = by(&d);
	assert_int_equal(run(b, c), RQ_ECONFLICT);
	assert_int_equal(snapshot(b)->n_jobs, 0);
	assert_int_equal(counted(b, "group:g"), 0);
	c = ask(b, RQ_VERB_SUBMIT);
	for (int i = 0; i < 2; i++)
		*rq_call_add_submission(c) = by(&d);
	RUN(b, c);
	assert_int_equal(counted(b, "group:g"), 2);
	c = ask(b, RQ_VERB_SUBMIT);
	*rq_call_add_submission(c) = by(&d);
	assert_int_equal(run_on(b, bed_other(b), c), RQ_ECONFLICT);
}

/* A runner's places are also those of jobs that came by their labels. */
static void jobs_without_policy_take_places_too(void **state)
{
	struct bed *b = *state;
	struct rq_hold h = place_in("runner:A", 2);
	struct rq_decision d = holding("a", &h);

	runner_up(b, "a", "self-hosted");
	put(b, plain());
	take_one(b, "a");
	assert_int_equal(counted(b, "runner:a"), 1);
	put(b, by(&d));
	assert_int_equal(counted(b, "runner:a"), 2);
	assert_int_equal(put_fails(b, by(&d)), RQ_ECONFLICT);
	take_one(b, "a");
	assert_int_equal(counted(b, "runner:a"), 2);
}

/* This month's key. */
static const char *spent_in(struct bed *b)
{
	struct rq_local_time t = rq_zone_local(NULL, clock_now());

	return rq_arena_fmt(&b->arena, "usd:transcribe:%04d-%02d", t.year, t.month);
}

static void money_is_set_right_and_stays(void **state)
{
	struct bed *b = *state;
	const char *month = spent_in(b);
	struct rq_hold h = { .key = month, .limit = 1000, .amount = 600, .per_second = 10, .spent = true };
	struct rq_hold next = h;
	struct rq_decision d = holding("a", &h);
	struct rq_grant g;
	const char *id;

	runner_up(b, "a", "self-hosted");
	id = put(b, by(&d));
	assert_int_equal(put_fails(b, by(&d)), RQ_ECONFLICT);
	g = takes(b, "a", id);
	clock_move(20000);
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	assert_int_equal(counted(b, month), 200);
	id = put(b, by(&d));
	assert_int_equal(counted(b, month), 800);
	cancel(b, id, false); /* it never ran */
	assert_int_equal(counted(b, month), 200);
	clock_move((int64_t)31 * 24 * 3600 * 1000);
	next.key = spent_in(b);
	d.holds = &next;
	put(b, by(&d));
	assert_int_equal(counted(b, month), 0);
	assert_int_equal(counted(b, next.key), 600);
}

/* --- held --------------------------------------------------------------------------------- */

static void held_until_it_is_decided(void **state)
{
	struct bed *b = *state;
	const char *event = "runner:a.online";
	struct rq_decision d = waits("RUNNER_OFFLINE", &event);
	struct rq_submission s = by(&d);
	static const char *params[] = { "size_mb=5" };
	const struct rq_open_job *j;
	struct rq_call *c;
	const char *id;

	s.labels = labels(b, "audio");
	s.target = "x";
	s.params = params;
	s.n_params = 1;
	s.source = "api";
	s.priority = 3;
	id = put(b, s);
	runner_up(b, "a", "self-hosted,audio");
	is(b, id, "waiting", "RUNNER_OFFLINE");
	take_none(b, "a");
	assert_int_equal(snapshot(b)->queues[0].waiting, 1);
	c = look(b, NULL, true);
	j = open_job(c, id);
	assert_non_null(j);
	assert_string_equal(j->decision_id, detail(b, id)->job.decision_id);
	assert_string_equal(j->policy_oid, TEXT_OID);
	assert_string_equal(j->target, "");
	assert_string_equal(j->reason, "RUNNER_OFFLINE");
	assert_false(j->due);
	assert_int_equal(j->n_wake_on, 1);
	assert_string_equal(j->wake_on[0], event);
	assert_string_equal(j->facts.type, "command");
	assert_string_equal(j->facts.labels->v[0], "audio");
	assert_string_equal(j->facts.target, "x");
	assert_string_equal(j->facts.params[0], "size_mb=5");
	assert_string_equal(j->facts.submitter, "tester");
	assert_string_equal(j->facts.source, "api");
	assert_int_equal(j->facts.priority, 3);
	assert_int_equal(j->facts.attempt, 1);
	assert_int_equal(j->facts.created_at, clock_now());
	assert_int_equal(c->u.open.fleet.n_runners, 1);
	assert_int_equal(strlen(c->u.open.fleet.sha256), 64);
	assert_int_equal(look(b, NULL, false)->u.open.n, 0);
	assert_int_equal(look(b, "runner:b.online", false)->u.open.n, 0);
	assert_int_equal(look(b, "runner:A.online", false)->u.open.n, 1);
	assert_int_equal(decide(b, id, placed("a")), RQ_OK);
	is(b, id, "queued", "");
	takes(b, "a", id);
	assert_int_equal(look(b, NULL, true)->u.open.n, 0);
}

static void time_wakes_too(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = waits("FALLBACK_HOLD", NULL);
	const char *id = put(b, by(&d));
	struct rq_call *c = look(b, NULL, false);

	assert_int_equal(c->u.open.n, 0);
	assert_int_equal(c->u.open.next_at, clock_now() + 60000);
	clock_move(60000);
	c = look(b, NULL, false);
	assert_non_null(open_job(c, id));
	assert_false(open_job(c, id)->due);
	assert_int_equal(c->u.open.next_at, 0);
}

/* Between the fleet that a submitter saw and its commit an event may pass. */
static void what_others_held_meanwhile_is_shown(void **state)
{
	struct bed *b = *state;
	const char *event = "runner:a.free";
	struct rq_decision d = waits("RUNNER_FULL", &event);
	struct rq_call *c;
	const char *id;
	int64_t seen;

	put(b, by(&d));
	c = look(b, NULL, true);
	assert_int_equal(c->u.open.n, 1);
	seen = c->u.open.seq;
	id = put(b, by(&d));
	assert_int_equal(look(b, NULL, false)->u.open.n, 0);
	c = ask(b, RQ_VERB_OPEN);
	c->u.open.max = 10;
	c->u.open.since = seen + 1;
	RUN(b, c);
	assert_int_equal(c->u.open.n, 1);
	assert_int_equal(c->u.open.seq, seen + 1);
	assert_non_null(open_job(c, id));
	assert_int_equal(decide(b, id, waits("RUNNER_OFFLINE", &event)), RQ_OK);
	is(b, id, "waiting", "RUNNER_OFFLINE");
}

static void pages_of_open_jobs(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("a");
	const char *last = NULL;
	size_t n = 0;
	bool more = true;

	for (int i = 0; i < 5; i++) {
		struct rq_submission s = by(&d);

		s.priority = i == 3 ? 1 : 0;
		put(b, s);
	}
	while (more) {
		struct rq_call *c = ask(b, RQ_VERB_OPEN);

		c->u.open.max = 2;
		c->u.open.after = last;
		RUN(b, c);
		if (!last)
			assert_string_equal(c->u.open.v[0].id, "local:4");
		n += c->u.open.n;
		more = c->u.open.more;
		last = c->u.open.v[c->u.open.n - 1].id;
	}
	assert_int_equal(n, 5);
	assert_string_equal(last, "local:5");
}

/* --- deciding again ----------------------------------------------------------------------- */

static void only_the_latest_decision_counts(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = waits("RUNNER_OFFLINE", NULL);
	const char *id = put(b, by(&d)), *first = detail(b, id)->job.decision_id;
	int64_t fence = duty(b);
	struct rq_grant g;

	assert_int_equal(decide_with(b, id, placed("a"), first, fence + 1), RQ_ECONFLICT);
	assert_int_equal(decide_with(b, id, placed("a"), first, 0), RQ_ECONFLICT);
	assert_int_equal(decide_with(b, id, placed("a"), "", fence), RQ_ECONFLICT);
	assert_int_equal(decide_with(b, id, placed("a"), first, fence), RQ_OK);
	assert_int_equal(decide_with(b, id, placed("b"), first, fence), RQ_ECONFLICT);
	runner_up(b, "a", "self-hosted");
	g = takes(b, "a", id);
	assert_int_equal(decide(b, id, placed("b")), RQ_ECONFLICT);
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	assert_int_equal(decide(b, id, placed("b")), RQ_ECONFLICT);
	id = put(b, plain());
	assert_int_equal(decide(b, id, placed("b")), RQ_ECONFLICT);
	assert_int_equal(decide_with(b, "77", placed("b"), "", fence), RQ_ENOTFOUND);
}

/* Failover: its own place does not stand in its way, and the one before is free. */
static void a_placed_job_is_moved(void **state)
{
	struct bed *b = *state;
	struct rq_hold here = place_in("runner:a", 1), there = place_in("runner:b", 1);
	struct rq_decision d = holding("a", &here);
	const char *id = put(b, by(&d)), *event = "group:g";

	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	assert_string_equal(look(b, NULL, true)->u.open.v[0].target, "a");
	assert_int_equal(decide(b, id, holding("a", &here)), RQ_OK);
	assert_int_equal(decide(b, id, holding("b", &there)), RQ_OK);
	assert_int_equal(counted(b, "runner:a"), 0);
	assert_int_equal(counted(b, "runner:b"), 1);
	take_none(b, "a");
	assert_int_equal(decide(b, id, waits("GROUP_CONCURRENCY", &event)), RQ_OK);
	assert_int_equal(counted(b, "runner:b"), 0);
	is(b, id, "waiting", "GROUP_CONCURRENCY");
	take_none(b, "b");
	there.limit = 0;
	assert_int_equal(decide(b, id, holding("b", &there)), RQ_ECONFLICT);
	is(b, id, "waiting", "GROUP_CONCURRENCY");
	assert_int_equal(look(b, event, false)->u.open.n, 1);
}

static void rejected_later_it_ends(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = waits("RUNNER_OFFLINE", NULL), no = ruled("wake");
	const char *id = put(b, by(&d)), *child = put_after(b, id, NULL);

	no.outcome = RQ_OUTCOME_REJECTED;
	no.reason = "SIZE_EXCEEDED";
	assert_int_equal(decide(b, id, no), RQ_OK);
	is(b, id, "failure", "SIZE_EXCEEDED");
	is(b, child, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
}

static void rejected_is_no_job(void **state)
{
	struct bed *b = *state;
	struct rq_decision no = ruled("submit"), d = placed("a");
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);
	struct rq_snapshot *s;

	no.outcome = RQ_OUTCOME_REJECTED;
	no.reason = "SIZE_EXCEEDED";
	*rq_call_add_submission(c) = by(&d);
	*rq_call_add_submission(c) = by(&no);
	assert_int_equal(run(b, c), RQ_EREFUSED);
	assert_non_null(strstr(c->err.msg, "SIZE_EXCEEDED"));
	s = snapshot(b);
	assert_int_equal(s->n_jobs, 0);
	assert_int_equal(s->n_decisions, 1);
	assert_string_equal(s->decisions[0].job_id, "");
	assert_int_equal(s->decisions[0].outcome, RQ_OUTCOME_REJECTED);
	assert_string_equal(s->decisions[0].route, "transcribe");
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = s->decisions[0].id;
	RUN(b, c);
	assert_string_equal(c->u.decision.decision->reason, "SIZE_EXCEEDED");
}

/* --- released by itself ------------------------------------------------------------------- */

static void released_jobs_are_held_and_due(void **state)
{
	struct bed *b = *state;
	const char *event = "job:ready", *first = put(b, plain()), *later, *after, *mended;
	struct rq_decision d = waits(RQ_WHY_DEPENDENCY_PENDING, &event), late = waits(RQ_WHY_DELAYED, &event);
	struct rq_submission s = by(&d);
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	s.after = &first;
	s.n_after = 1;
	after = put(b, s);
	is(b, after, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	s = by(&late);
	s.run_at = clock_now() + 5000;
	later = put(b, s);
	is(b, later, "waiting", RQ_WHY_DELAYED);
	assert_int_equal(look(b, NULL, true)->u.open.n, 0);
	assert_int_equal(look(b, NULL, true)->u.open.next_at, clock_now() + 5000);
	g = takes(b, "a", first);
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	is_due(b, after);
	/* What it waited for was over when it was stored. */
	s = by(&d);
	s.after = &first;
	s.n_after = 1;
	mended = put(b, s);
	is(b, mended, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	assert_true(open_job(look(b, NULL, false), mended)->due);
	/* Also where no agent lives to release it. */
	runner_dies(b, 0);
	clock_move(5000);
	is_due(b, later);
}

static void given_back_jobs_are_held_and_due(void **state)
{
	struct bed *b = *state;
	struct rq_hold h = place_in("runner:a", 1);
	struct rq_decision d = holding("a", &h);
	const char *id = put(b, by(&d));
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	g = takes(b, "a", id);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_RELEASED, -1), RQ_VERDICT_AGAIN);
	assert_int_equal(counted(b, "runner:a"), 0);
	take_none(b, "a");
	is_due(b, id);
	assert_int_equal(decide(b, id, holding("a", &h)), RQ_OK);
	g = takes(b, "a", id);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_LOST, -1), RQ_VERDICT_AGAIN);
	is_due(b, id);
}

PART(policy, TEST(placed_goes_to_its_target_alone), TEST(places_are_counted), TEST(the_last_place_is_given_once),
     TEST(jobs_without_policy_take_places_too), TEST(money_is_set_right_and_stays), TEST(held_until_it_is_decided),
     TEST(time_wakes_too), TEST(what_others_held_meanwhile_is_shown), TEST(pages_of_open_jobs),
     TEST(only_the_latest_decision_counts), TEST(a_placed_job_is_moved), TEST(rejected_later_it_ends),
     TEST(rejected_is_no_job), TEST(released_jobs_are_held_and_due), TEST(given_back_jobs_are_held_and_due));
