/* Who gets which job, and when. */
#include "tests/queue/suite.h"

static const char *put_with(struct bed *b, const char *label_text, int priority)
{
	struct rq_submission s = plain();

	if (label_text)
		s.labels = labels(b, label_text);
	s.priority = priority;
	return put(b, s);
}

static void priority_then_age(void **state)
{
	struct bed *b = *state;
	const char *low = put_with(b, NULL, -1), *first = put_with(b, "gpu", 0), *second = put_with(b, NULL, 0);
	const char *high = put_with(b, "gpu", 5), *third = put_with(b, "gpu", 0);

	runner_up(b, "a", "self-hosted,gpu");
	takes(b, "a", high);
	takes(b, "a", first);
	takes(b, "a", second);
	takes(b, "a", third);
	takes(b, "a", low);
	take_none(b, "a");
}

static void one_exchange_takes_many_in_order(void **state)
{
	struct bed *b = *state;
	struct rq_call *c;

	for (int i = 0; i < 5; i++)
		put_with(b, i % 2 ? "x" : "y", i == 3 ? 9 : 0);
	runner_up(b, "a", "x,y");
	c = take(b, "a", 4);
	assert_int_equal(c->u.exchange.n_grants, 4);
	assert_string_equal(c->u.exchange.grants[0].id, "4");
	assert_string_equal(c->u.exchange.grants[1].id, "1");
	assert_string_equal(c->u.exchange.grants[2].id, "2");
	assert_string_equal(c->u.exchange.grants[3].id, "3");
	is(b, "5", "queued", "");
}

static void labels_match_without_case(void **state)
{
	struct bed *b = *state;
	const char *upper[] = { "GPU", "Audio" };
	struct rq_submission s = plain();
	const char *id;

	s.labels.v = upper;
	s.labels.n = 2;
	id = put(b, s);
	runner_up(b, "a", "gpu");
	runner_up(b, "b", "Gpu,AUDIO,more");
	take_none(b, "a");
	takes(b, "b", id);
}

static void target_and_spelling(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	const char *id;

	s.target = "RPI4";
	id = put(b, s);
	is(b, id, "queued", "NO_CANDIDATES");
	runner_up(b, "mac", "self-hosted");
	runner_up(b, "rpi4", "self-hosted");
	take_none(b, "mac");
	assert_string_equal(detail(b, id)->job.target, "rpi4");
	assert_int_equal(detail(b, id)->job.labels.n, 1);
	takes(b, "rpi4", id);
	assert_string_equal(detail(b, id)->job.runner_name, "rpi4");
}

static void why_nobody_takes_it(void **state)
{
	struct bed *b = *state;
	const char *id = put_with(b, "gpu", 0);

	is(b, id, "queued", "LABEL_MISSING");
	runner_up(b, "a", "gpu");
	is(b, id, "queued", "");
	assert_int_equal(drain(b, RQ_VERB_DRAIN, "a", "x"), RQ_OK);
	is(b, id, "queued", "RUNNER_PAUSED");
	runner_dies(b, 0);
	is(b, id, "queued", "RUNNER_OFFLINE");
}

static void repeated_claim_is_the_same(void **state)
{
	struct bed *b = *state;
	struct rq_call *c, *again;
	struct rq_claim claims[2];

	put(b, plain());
	put(b, plain());
	runner_up(b, "a", "self-hosted");
	c = take(b, "a", 1);
	again = ask(b, RQ_VERB_EXCHANGE);
	claims[0] = c->u.exchange.claims[0];
	claims[1].token = "another";
	claims[1].cell = NULL;
	again->u.exchange.runner = "a";
	again->u.exchange.instance = "a-1";
	again->u.exchange.claims = claims;
	again->u.exchange.n_claims = 2;
	RUN(b, again);
	assert_int_equal(again->u.exchange.n_grants, 2);
	assert_string_equal(again->u.exchange.grants[0].id, c->u.exchange.grants[0].id);
	assert_int_equal(again->u.exchange.grants[0].attempt, 1);
	assert_int_equal(again->u.exchange.grants[0].lease_boot_ms, c->u.exchange.grants[0].lease_boot_ms);
	assert_string_equal(again->u.exchange.grants[1].id, "2");
	assert_int_equal(detail(b, "1")->n_attempts, 1);
}

static void only_the_registered(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_EXCHANGE);
	struct rq_claim claim = { "t", NULL };

	put(b, plain());
	c->u.exchange.runner = "ghost";
	c->u.exchange.instance = "ghost-1";
	c->u.exchange.claims = &claim;
	c->u.exchange.n_claims = 1;
	assert_int_equal(run(b, c), RQ_ENOTFOUND);
	runner_up(b, "a", "self-hosted");
	assert_int_equal(runner_again(b, "a", "self-hosted", "a-2"), RQ_ECONFLICT);
	runner_dies(b, 0);
	assert_int_equal(runner_again(b, "a", "self-hosted", "a-2"), RQ_OK);
	c = ask(b, RQ_VERB_EXCHANGE);
	c->u.exchange.runner = "a";
	c->u.exchange.instance = "a-1";
	c->u.exchange.claims = &claim;
	c->u.exchange.n_claims = 1;
	assert_int_equal(run(b, c), RQ_ECONFLICT);
	is(b, "1", "queued", "RUNNER_OFFLINE");
}

static void delayed_until_due(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	const char *id;
	struct rq_call *c;

	s.run_at = clock_now() + 60000;
	id = put(b, s);
	s.run_at = clock_now() + 90000;
	put(b, s);
	s.run_at = clock_now() - 5;
	put(b, s);
	is(b, id, "waiting", RQ_WHY_DELAYED);
	assert_int_equal(detail(b, id)->job.run_at, clock_now() + 60000);
	runner_up(b, "a", "self-hosted");
	c = take(b, "a", 5);
	assert_int_equal(c->u.exchange.n_grants, 1);
	assert_int_equal(c->u.exchange.next_at, clock_now() + 60000);
	clock_move(59999);
	take_none(b, "a");
	clock_move(1);
	c = take(b, "a", 5);
	assert_int_equal(c->u.exchange.n_grants, 1);
	assert_string_equal(c->u.exchange.grants[0].id, "1");
	assert_int_equal(c->u.exchange.next_at, clock_now() + 30000);
	clock_move(30000);
	takes(b, "a", "local:2");
	assert_int_equal(take(b, "a", 1)->u.exchange.next_at, 0);
}

static const char *put_in(struct bed *b, const char *group, int limit, const char *label_text)
{
	struct rq_submission s = plain();

	s.group = group;
	s.group_limit = limit;
	if (label_text)
		s.labels = labels(b, label_text);
	return put(b, s);
}

static void group_limits(void **state)
{
	struct bed *b = *state;
	const char *one = put_in(b, "g", 0, NULL), *two = put_in(b, "G", 0, NULL), *three = put_in(b, "g", 0, NULL);
	const char *free = put(b, plain());
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	g = takes(b, "a", one);
	takes(b, "a", free);
	is(b, two, "pending", RQ_WHY_GROUP_CONCURRENCY);
	is(b, three, "pending", RQ_WHY_GROUP_CONCURRENCY);
	take_none(b, "a");
	assert_int_equal(end(b, "a", &g, RQ_RESULT_RELEASED, -1), RQ_VERDICT_AGAIN);
	g = takes(b, "a", one);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 1), RQ_VERDICT_DONE);
	g = takes(b, "a", two);
	take_none(b, "a");
	put_in(b, "g", 3, NULL);
	assert_int_equal(take(b, "a", 5)->u.exchange.n_grants, 2);
}

/* What nobody can take must not keep others parked, nor what is cancelled after it was let go. */
static void group_is_not_stuck(void **state)
{
	struct bed *b = *state;
	const char *one = put_in(b, "g", 0, NULL), *gpu = put_in(b, "g", 0, "gpu"), *two = put_in(b, "g", 0, NULL);
	const char *three = put_in(b, "g", 0, NULL);
	struct rq_grant g;

	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "gpu");
	g = takes(b, "a", one);
	take_none(b, "a");
	take_none(b, "b");
	is(b, gpu, "pending", RQ_WHY_GROUP_CONCURRENCY);
	runner_dies(b, 1);
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	is(b, gpu, "queued", "RUNNER_OFFLINE");
	is(b, two, "queued", "");
	is(b, three, "pending", RQ_WHY_GROUP_CONCURRENCY);
	cancel(b, two, false);
	takes(b, "a", three);
}

static void full_group_of_many(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);
	struct rq_submission s = plain();

	s.group = "g";
	for (int i = 0; i < 2500; i++)
		*rq_call_add_submission(c) = s;
	*rq_call_add_submission(c) = plain();
	RUN(b, c);
	runner_up(b, "a", "self-hosted");
	c = take(b, "a", 2);
	assert_int_equal(c->u.exchange.n_grants, 1);
	assert_int_equal(c->u.exchange.next_at, clock_now()); /* there is more to look at: come again at once */
	for (int i = 0; i < 5 && c->u.exchange.n_grants < 2; i++) {
		c = take(b, "a", 1);
		if (c->u.exchange.n_grants)
			break;
	}
	assert_string_equal(c->u.exchange.grants[0].id, "2501");
}

static void two_contexts(void **state)
{
	struct bed *b = *state;
	struct rq_queue *mine = b->q, *other = bed_other(b);
	struct rq_call *c[20];
	bool seen[21] = { false };

	for (int i = 0; i < 20; i++)
		put(b, plain());
	runner_up(b, "a", "self-hosted");
	b->q = other;
	runner_up(b, "b", "self-hosted");
	b->q = mine;
	for (int i = 0; i < 20; i++) {
		b->q = i % 2 ? other : mine;
		c[i] = take(b, i % 2 ? "b" : "a", 1);
		assert_int_equal(c[i]->u.exchange.n_grants, 1);
		assert_false(seen[atoi(c[i]->u.exchange.grants[0].id)]);
		seen[atoi(c[i]->u.exchange.grants[0].id)] = true;
	}
	take_none(b, "b");
	b->q = mine;
	take_none(b, "a");
	assert_int_equal(snapshot(b)->queues[0].running, 20);
}

static void snapshot_order_and_totals(void **state)
{
	struct bed *b = *state;
	static const char *const want[] = { "local:3", "local:2", "local:9", "local:8", "local:6", "local:7", "local:5", "local:1",
					    "local:4" };
	struct rq_submission later = plain();
	struct rq_grant first, fourth;
	struct rq_snapshot *s;
	struct rq_call *c;

	put(b, plain());
	put(b, plain());
	put(b, plain());
	put(b, plain());
	runner_up(b, "a", "self-hosted");
	first = takes(b, "a", "local:1");
	takes(b, "a", "local:2");
	takes(b, "a", "local:3");
	fourth = takes(b, "a", "local:4");
	put_after(b, "2", NULL);
	put_in(b, "g", 0, NULL);
	end(b, "a", &fourth, RQ_RESULT_FINISHED, 0);
	clock_move(1000);
	end(b, "a", &first, RQ_RESULT_FINISHED, 0);
	later.run_at = clock_now() + 1000;
	put(b, later);
	put(b, plain());
	put(b, plain());
	s = snapshot(b);
	assert_int_equal(s->n_jobs, 9);
	for (size_t i = 0; i < 9; i++)
		assert_string_equal(s->jobs[i].id, want[i]);
	assert_int_equal(s->queues[0].queued, 3);
	assert_int_equal(s->queues[0].running, 2);
	assert_int_equal(s->queues[0].waiting, 2);
	assert_int_equal(s->queues[0].finished, 2);
	assert_false(s->more_finished);
	c = ask(b, RQ_VERB_SNAPSHOT);
	c->u.snapshot.want.jobs = true;
	c->u.snapshot.want.finished_max = 1;
	RUN(b, c);
	assert_int_equal(c->u.snapshot.snapshot->n_jobs, 8);
	assert_true(c->u.snapshot.snapshot->more_finished);
	assert_int_equal(c->u.snapshot.snapshot->n_runners + c->u.snapshot.snapshot->n_activity, 0);
}

PART(claim, TEST(priority_then_age), TEST(one_exchange_takes_many_in_order), TEST(labels_match_without_case),
     TEST(target_and_spelling), TEST(why_nobody_takes_it), TEST(repeated_claim_is_the_same), TEST(only_the_registered),
     TEST(delayed_until_due), TEST(group_limits), TEST(group_is_not_stuck), TEST(full_group_of_many),
     TEST(two_contexts), TEST(snapshot_order_and_totals));
