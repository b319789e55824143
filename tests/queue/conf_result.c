/* What results do to jobs. */
#include "tests/queue/suite.h"

static struct rq_grant start_with(struct bed *b, struct rq_submission s)
{
	put(b, s);
	if (b->n_locks == 0)
		runner_up(b, "a", "self-hosted");
	return take_one(b, "a");
}

static void success(void **state)
{
	struct bed *b = *state;
	struct rq_grant g = start_with(b, plain());
	struct rq_job_detail *d;

	is(b, "1", "in_progress", "");
	assert_int_equal(detail(b, "1")->job.started_at, clock_now());
	assert_string_equal(detail(b, "1")->attempts[0].result, "running");
	clock_move(2500);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 0), RQ_VERDICT_DONE);
	is(b, "1", "success", "");
	d = detail(b, "1");
	assert_int_equal(d->job.exit_code, 0);
	assert_int_equal(d->job.completed_at, clock_now());
	assert_int_equal(rq_job_elapsed(&d->job, clock_now()), 2500);
	assert_int_equal(d->n_attempts, 1);
	assert_string_equal(d->attempts[0].result, "success");
	assert_string_equal(d->attempts[0].runner_name, "a");
	assert_string_equal(d->job.runner_name, "a");
}

static void failure_by_code_and_by_signal(void **state)
{
	struct bed *b = *state;
	struct rq_grant g = start_with(b, plain());
	struct rq_call *c;
	struct rq_result r;

	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 3), RQ_VERDICT_DONE);
	is(b, "1", "failure", "");
	assert_int_equal(detail(b, "1")->job.exit_code, 3);
	g = start_with(b, plain());
	c = ask(b, RQ_VERB_EXCHANGE);
	r = (struct rq_result){ g.id, g.token, RQ_RESULT_FINISHED, -1, 9, clock_now() + 5, clock_now() + 10, "why" };
	c->u.exchange.runner = "a";
	c->u.exchange.instance = "a-1";
	c->u.exchange.results = &r;
	c->u.exchange.n_results = 1;
	RUN(b, c);
	is(b, "2", "failure", "");
	assert_int_equal(detail(b, "2")->job.signal, 9);
	assert_int_equal(detail(b, "2")->job.started_at, clock_now() + 5);
	assert_int_equal(detail(b, "2")->job.completed_at, clock_now() + 10);
	assert_string_equal(detail(b, "2")->attempts[0].why, "why");
}

static void retries_back_off(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	struct rq_grant g;

	s.retries = 3;
	s.backoff_ms = 10000;
	g = start_with(b, s);
	for (int failure = 1; failure <= 3; failure++) {
		int64_t longest = (int64_t)10000 << (failure - 1), at;

		assert_int_equal(g.attempt, failure);
		assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 7), RQ_VERDICT_AGAIN);
		is(b, "1", "waiting", RQ_WHY_RETRY_BACKOFF);
		assert_int_equal(detail(b, "1")->job.failures, failure);
		assert_int_equal(detail(b, "1")->job.run_attempt, failure + 1);
		at = detail(b, "1")->job.run_at - clock_now();
		assert_in_range(at, longest / 2, longest);
		clock_move(at - 1);
		take_none(b, "a");
		clock_move(1);
		g = take_one(b, "a");
	}
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 7), RQ_VERDICT_DONE);
	is(b, "1", "failure", "");
	assert_int_equal(detail(b, "1")->n_attempts, 4);
}

static void backoff_has_a_limit(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	struct rq_grant g;

	s.retries = 100;
	s.backoff_ms = 2;
	g = start_with(b, s);
	for (int i = 0; i < 60; i++) {
		assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 1), RQ_VERDICT_AGAIN);
		assert_in_range(detail(b, "1")->job.run_at - clock_now(), 0, 3600000);
		clock_move(3600000);
		g = take_one(b, "a");
	}
}

static void timeout_is_a_conclusion(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	struct rq_grant g;

	s.retries = 5;
	g = start_with(b, s);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_TIMED_OUT, -1), RQ_VERDICT_DONE);
	is(b, "1", "timed_out", RQ_WHY_TIMEOUT);
}

static void start_failed_is_not_retried(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	struct rq_grant g;

	s.retries = 5;
	g = start_with(b, s);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_START_FAILED, -1), RQ_VERDICT_DONE);
	is(b, "1", "failure", RQ_WHY_START_FAILED);
	assert_string_equal(detail(b, "1")->attempts[0].result, "start_failed");
}

static void released_spends_nothing(void **state)
{
	struct bed *b = *state;
	struct rq_grant g = start_with(b, plain());

	assert_int_equal(end(b, "a", &g, RQ_RESULT_RELEASED, -1), RQ_VERDICT_AGAIN);
	is(b, "1", "queued", "");
	assert_int_equal(detail(b, "1")->job.failures + detail(b, "1")->job.losses, 0);
	assert_int_equal(detail(b, "1")->job.started_at, 0);
	g = take_one(b, "a");
	assert_int_equal(g.attempt, 2);
}

static void buried_after_three_losses(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	struct rq_grant g;

	s.retries = 9;
	g = start_with(b, s);
	for (int loss = 1; loss <= 3; loss++) {
		assert_int_equal(end(b, "a", &g, RQ_RESULT_LOST, -1), RQ_VERDICT_AGAIN);
		assert_int_equal(detail(b, "1")->job.losses, loss);
		g = take_one(b, "a");
	}
	assert_int_equal(end(b, "a", &g, RQ_RESULT_LOST, -1), RQ_VERDICT_DONE);
	is(b, "1", "failure", RQ_WHY_RUNNER_LOST);
	assert_true(activity_has(b, "bury", "local:1", "ok"));
}

static void repeated_and_stale(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	struct rq_grant first, second, wrong;

	s.retries = 1;
	s.backoff_ms = 2;
	first = start_with(b, s);
	assert_int_equal(end(b, "a", &first, RQ_RESULT_FINISHED, 1), RQ_VERDICT_AGAIN);
	assert_int_equal(end(b, "a", &first, RQ_RESULT_FINISHED, 1), RQ_VERDICT_REPEAT);
	assert_int_equal(end(b, "a", &first, RQ_RESULT_FINISHED, 0), RQ_VERDICT_STALE);
	clock_move(5);
	second = take_one(b, "a");
	assert_int_equal(end(b, "a", &first, RQ_RESULT_FINISHED, 0), RQ_VERDICT_STALE);
	is(b, "1", "in_progress", "");
	wrong = second;
	wrong.token = "guessed";
	assert_int_equal(end(b, "a", &wrong, RQ_RESULT_FINISHED, 0), RQ_VERDICT_STALE);
	wrong.id = "999";
	assert_int_equal(end(b, "a", &wrong, RQ_RESULT_FINISHED, 0), RQ_VERDICT_STALE);
	assert_int_equal(end(b, "a", &second, RQ_RESULT_FINISHED, 0), RQ_VERDICT_DONE);
	assert_int_equal(end(b, "a", &second, RQ_RESULT_FINISHED, 0), RQ_VERDICT_REPEAT);
	assert_int_equal(end(b, "a", &second, RQ_RESULT_LOST, 0), RQ_VERDICT_STALE);
	assert_int_equal(end(b, "a", &first, RQ_RESULT_FINISHED, 1), RQ_VERDICT_REPEAT);
	is(b, "1", "success", "");
}

/* Completed is final, whoever says what afterwards. */
static void completed_stays(void **state)
{
	struct bed *b = *state;
	static const enum rq_result_kind kinds[] = { RQ_RESULT_FINISHED, RQ_RESULT_TIMED_OUT, RQ_RESULT_CANCELLED,
						     RQ_RESULT_START_FAILED, RQ_RESULT_RELEASED, RQ_RESULT_LOST };
	struct rq_grant g = start_with(b, plain());

	end(b, "a", &g, RQ_RESULT_FINISHED, 3);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		assert_true(end(b, "a", &g, kinds[i], 0) >= RQ_VERDICT_REPEAT);
	assert_int_equal(cancel(b, "1", true).code, RQ_ECONFLICT);
	assert_int_equal(reroute(b, "1", "a", NULL, true)->code, RQ_ECONFLICT);
	is(b, "1", "failure", "");
}

static void result_and_claim_in_one(void **state)
{
	struct bed *b = *state;
	struct rq_grant g = start_with(b, plain());
	struct rq_result r = { g.id, g.token, RQ_RESULT_FINISHED, 0, 0, 0, 0, NULL };
	struct rq_claim claim = { "next-token", "cell" };
	struct rq_call *c = ask(b, RQ_VERB_EXCHANGE);

	put_after(b, "1", NULL);
	is(b, "2", "waiting", RQ_WHY_DEPENDENCY_PENDING);
	c->u.exchange.runner = "a";
	c->u.exchange.instance = "a-1";
	c->u.exchange.results = &r;
	c->u.exchange.n_results = 1;
	c->u.exchange.claims = &claim;
	c->u.exchange.n_claims = 1;
	RUN(b, c);
	assert_int_equal(c->u.exchange.verdicts[0], RQ_VERDICT_DONE);
	assert_int_equal(c->u.exchange.n_grants, 1);
	assert_string_equal(c->u.exchange.grants[0].id, "2");
}

static void attempts_are_bounded(void **state)
{
	struct bed *b = *state;
	struct rq_grant g = start_with(b, plain());

	for (int i = 0; i < 130; i++) {
		end(b, "a", &g, RQ_RESULT_RELEASED, -1);
		g = take_one(b, "a");
	}
	assert_int_equal(g.attempt, 131);
	assert_in_range(detail(b, "1")->n_attempts, 50, 110);
}

PART(result, TEST(success), TEST(failure_by_code_and_by_signal), TEST(retries_back_off), TEST(backoff_has_a_limit),
     TEST(timeout_is_a_conclusion), TEST(start_failed_is_not_retried), TEST(released_spends_nothing),
     TEST(buried_after_three_losses), TEST(repeated_and_stale), TEST(completed_stays), TEST(result_and_claim_in_one),
     TEST(attempts_are_bounded));
