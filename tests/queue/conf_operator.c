/* Cancel and retry. */
#include "tests/queue/suite.h"

static void cancel_what_waits(void **state)
{
	struct bed *b = *state;
	struct rq_submission delayed = plain(), grouped = plain();
	const char *ready = put(b, plain()), *blocked = put_after(b, ready, NULL), *held, *parked, *later;
	struct rq_each each;

	delayed.run_at = clock_now() + 1000;
	grouped.group = "g";
	grouped.priority = 1;
	later = put(b, delayed);
	held = put(b, grouped);
	parked = put(b, grouped);
	runner_up(b, "a", "self-hosted");
	takes(b, "a", held);
	takes(b, "a", ready);
	is(b, parked, "pending", RQ_WHY_GROUP_CONCURRENCY);
	each = cancel(b, parked, false);
	assert_int_equal(each.code, RQ_OK);
	assert_string_equal(each.text, "cancelled");
	cancel(b, later, false);
	cancel(b, blocked, false);
	is(b, parked, "cancelled", RQ_WHY_CANCEL_REQUESTED);
	is(b, later, "cancelled", RQ_WHY_CANCEL_REQUESTED);
	is(b, blocked, "cancelled", RQ_WHY_CANCEL_REQUESTED);
	clock_move(1000);
	take_none(b, "a");
	assert_true(activity_has(b, "cancel", parked, "ok"));
}

static void cancel_queued_dooms_dependents(void **state)
{
	struct bed *b = *state;
	const char *one = put(b, plain()), *two = put_after(b, one, NULL);

	cancel(b, one, false);
	is(b, two, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	runner_up(b, "a", "self-hosted");
	take_none(b, "a");
}

static void cancel_what_runs(void **state)
{
	struct bed *b = *state;
	const char *id = put(b, plain());
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	g = takes(b, "a", id);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_OK);
	assert_int_equal(cancel(b, id, false).code, RQ_OK);
	is(b, id, "in_progress", RQ_WHY_CANCEL_REQUESTED);
	assert_true(detail(b, id)->job.cancel_requested);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_CANCEL);
	cancel(b, id, true);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_KILL);
	cancel(b, id, false);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_KILL);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_CANCELLED, -1), RQ_VERDICT_DONE);
	is(b, id, "cancelled", RQ_WHY_CANCEL_REQUESTED);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_LOST);
}

/* Whatever the runner makes of it, a cancelled job does not come again; a success that won stays one. */
static void cancel_wins_but_over_success(void **state)
{
	struct bed *b = *state;
	static const struct {
		enum rq_result_kind kind;
		int exit_code;
		const char *end;
	} cases[] = {
		{ RQ_RESULT_FINISHED, 0, "success" }, { RQ_RESULT_FINISHED, 143, "cancelled" },
		{ RQ_RESULT_TIMED_OUT, -1, "cancelled" }, { RQ_RESULT_RELEASED, -1, "cancelled" },
		{ RQ_RESULT_LOST, -1, "cancelled" }, { RQ_RESULT_START_FAILED, -1, "cancelled" },
	};
	struct rq_submission s = plain();

	s.retries = 3;
	runner_up(b, "a", "self-hosted");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *id = put(b, s);
		struct rq_grant g = takes(b, "a", id);

		cancel(b, id, false);
		assert_int_equal(end(b, "a", &g, cases[i].kind, cases[i].exit_code), RQ_VERDICT_DONE);
		assert_string_equal(rq_job_state_text(&detail(b, id)->job), cases[i].end);
	}
}

static void bulk_cancel_answers_each(void **state)
{
	struct bed *b = *state;
	const char *one = put(b, plain());
	struct rq_call *c = ask(b, RQ_VERB_CANCEL);

	rq_call_add_id(c, one);
	rq_call_add_id(c, "77");
	rq_call_add_id(c, "other:1");
	rq_call_add_id(c, one);
	RUN(b, c);
	assert_int_equal(c->u.cancel.each[0].code, RQ_OK);
	assert_int_equal(c->u.cancel.each[1].code, RQ_ENOTFOUND);
	assert_int_equal(c->u.cancel.each[2].code, RQ_ENOTFOUND);
	assert_int_equal(c->u.cancel.each[3].code, RQ_ECONFLICT);
	assert_string_equal(c->u.cancel.each[3].text, "already completed (cancelled)");
	assert_true(activity_has(b, "cancel", "77", "not-found"));
}

static void retry_is_a_new_job_of_the_run(void **state)
{
	struct bed *b = *state;
	const char *env[] = { "SECRET=x" };
	struct rq_submission s = plain();
	struct rq_job_detail *d;
	struct rq_each each;
	struct rq_grant g;
	const char *id;

	s.name = "named";
	s.env = env;
	s.n_env = 1;
	s.target = "a";
	s.priority = 4;
	id = put(b, s);
	runner_up(b, "a", "self-hosted");
	assert_int_equal(retry(b, id).code, RQ_ECONFLICT);
	g = takes(b, "a", id);
	assert_int_equal(retry(b, id).code, RQ_ECONFLICT);
	end(b, "a", &g, RQ_RESULT_FINISHED, 1);
	each = retry(b, id);
	assert_int_equal(each.code, RQ_OK);
	assert_string_equal(each.new_id, "local:2");
	is(b, id, "failure", "");
	d = detail(b, each.new_id);
	assert_string_equal(d->job.run_id, id);
	assert_int_equal(d->job.run_attempt, 2);
	assert_string_equal(d->job.name, "named");
	assert_string_equal(d->job.target, "a");
	assert_int_equal(d->job.priority, 4);
	assert_int_equal(retry(b, id).code, RQ_ECONFLICT); /* one at a time */
	g = takes(b, "a", "local:2");
	assert_int_equal(g.attempt, 2);
	assert_string_equal(g.job.env[0], "SECRET=x");
	end(b, "a", &g, RQ_RESULT_FINISHED, 1);
	assert_int_equal(detail(b, "2")->n_attempts, 1);
	assert_int_equal(detail(b, "2")->job.run_attempt, 2);
	each = retry(b, "2");
	assert_string_equal(detail(b, each.new_id)->job.run_id, id);
	assert_int_equal(detail(b, each.new_id)->job.run_attempt, 3);
	assert_int_equal(retry(b, "99").code, RQ_ENOTFOUND);
}

static void retry_of_what_never_ran(void **state)
{
	struct bed *b = *state;
	const char *one = put(b, plain()), *two = put_after(b, one, NULL);
	struct rq_each each;

	cancel(b, one, false);
	is(b, two, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	each = retry(b, two);
	assert_int_equal(each.code, RQ_OK);
	is(b, each.new_id, "queued", "LABEL_MISSING");
	assert_int_equal(detail(b, each.new_id)->job.run_attempt, 2);
	assert_int_equal(detail(b, each.new_id)->n_after, 0);
}

static void retry_stores_its_decision(void **state)
{
	struct bed *b = *state;
	struct rq_decision first = decision("submit"), again = first;
	const struct rq_decision *decisions[] = { &again };
	struct rq_submission s = plain();
	const char *id, *old;
	struct rq_call *c;

	s.decision = &first;
	id = put(b, s);
	old = detail(b, id)->job.decision_id;
	assert_int_equal(strlen(old), 26);
	cancel(b, id, false);
	again.trigger = "retry";
	c = ask(b, RQ_VERB_RETRY);
	rq_call_add_id(c, id);
	c->u.retry.decisions = decisions;
	RUN(b, c);
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = "local:2";
	RUN(b, c);
	assert_string_equal(c->u.decision.decision->trigger, "retry");
	assert_string_equal(c->u.decision.decision->prev_id, old);
}

PART(operator, TEST(cancel_what_waits), TEST(cancel_queued_dooms_dependents), TEST(cancel_what_runs),
     TEST(cancel_wins_but_over_success), TEST(bulk_cancel_answers_each), TEST(retry_is_a_new_job_of_the_run),
     TEST(retry_of_what_never_ran), TEST(retry_stores_its_decision));
