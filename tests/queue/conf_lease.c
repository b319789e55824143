/* Runners' processes, their leases, and who takes over. */
#include "tests/queue/suite.h"

static struct rq_call *orphans(struct bed *b, const char *instance)
{
	struct rq_call *c = ask(b, RQ_VERB_ORPHANS);

	c->u.orphans.instance = instance;
	RUN(b, c);
	return c;
}

static int adopt(struct bed *b, struct rq_queue *q, const struct rq_lease *l, const char *to)
{
	struct rq_call *c = ask(b, RQ_VERB_ADOPT);

	c->u.adopt.id = l->id;
	c->u.adopt.token = l->token;
	c->u.adopt.from = l->owner;
	c->u.adopt.to = to;
	c->u.adopt.lease_ms = 30000;
	return run_on(b, q, c);
}

static void runner_is_shown(void **state)
{
	struct bed *b = *state;
	const struct rq_runner *r;
	struct rq_call *c;

	put(b, plain());
	runner_up(b, "mac", "self-hosted,audio");
	take_one(b, "mac");
	r = runner(b, "mac");
	assert_string_equal(r->queue, "local");
	assert_true(r->online);
	assert_false(r->hung);
	assert_int_equal(r->slots, 2);
	assert_int_equal(r->running, 1);
	assert_int_equal(r->labels.n, 2);
	assert_string_equal(r->os, "linux");
	assert_int_equal(r->cpu_cores, 4);
	assert_int_equal(r->memory_bytes, -1);
	assert_int_equal(r->seen_at, clock_now());
	assert_true(activity_has(b, "agent-start", "mac", "ok"));
	clock_move(31000);
	assert_true(runner(b, "mac")->hung);
	runner_dies(b, 0);
	assert_false(runner(b, "mac")->online);
	assert_false(runner(b, "mac")->hung);
	c = ask(b, RQ_VERB_UNREGISTER);
	c->u.registration.instance = "mac-1";
	RUN(b, c);
	assert_true(activity_has(b, "agent-stop", "mac", "ok"));
	assert_false(runner(b, "mac")->online);
}

static void registering_again_refreshes(void **state)
{
	struct bed *b = *state;
	size_t before;

	runner_up(b, "mac", "self-hosted");
	before = snapshot(b)->n_activity;
	assert_int_equal(runner_again(b, "mac", "self-hosted,gpu", "mac-1"), RQ_OK);
	assert_int_equal(snapshot(b)->n_activity, before);
	assert_int_equal(runner(b, "mac")->labels.n, 2);
	assert_int_equal(snapshot(b)->n_runners, 1);
	assert_int_equal(runner_again(b, "two words", "x", "i"), RQ_EUSAGE);
}

static void beats_keep_the_lease(void **state)
{
	struct bed *b = *state;
	struct rq_grant g;

	put(b, plain());
	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	g = take_one(b, "a");
	for (int i = 0; i < 5; i++) {
		clock_move(20000);
		assert_int_equal(orphans(b, "b-1")->u.orphans.n, 0);
		assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_OK);
	}
	assert_int_equal(runner(b, "a")->seen_at, clock_now());
	clock_move(30001);
	assert_int_equal(orphans(b, "b-1")->u.orphans.n, 1);
	/* Late, but nobody has taken it. */
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_OK);
	assert_int_equal(orphans(b, "b-1")->u.orphans.n, 0);
	assert_int_equal(beat(b, "b-1", &g), RQ_BEAT_LOST);
	g.token = "other";
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_LOST);
}

static void idle_beat(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_BEAT);

	c->u.beat.instance = "a-1";
	assert_int_equal(run(b, c), RQ_ENOTFOUND);
	runner_up(b, "a", "self-hosted");
	clock_move(59000);
	c = ask(b, RQ_VERB_BEAT);
	c->u.beat.instance = "a-1";
	RUN(b, c);
	assert_int_equal(runner(b, "a")->seen_at, clock_now() - 59000);
	clock_move(1000);
	c = ask(b, RQ_VERB_BEAT);
	c->u.beat.instance = "a-1";
	RUN(b, c);
	assert_int_equal(runner(b, "a")->seen_at, clock_now());
}

static void the_dead_leave_orphans(void **state)
{
	struct bed *b = *state;
	const struct rq_lease *l;
	struct rq_grant g;
	struct rq_call *c;

	put(b, plain());
	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	g = take_one(b, "a");
	assert_int_equal(orphans(b, "b-1")->u.orphans.n, 0);
	runner_dies(b, 0);
	assert_int_equal(orphans(b, "a-1")->u.orphans.n, 0);
	c = orphans(b, "b-1");
	assert_int_equal(c->u.orphans.n, 1);
	l = &c->u.orphans.leases[0];
	assert_string_equal(l->id, "1");
	assert_string_equal(l->token, g.token);
	assert_string_equal(l->owner, "a-1");
	assert_string_equal(l->runner_name, "a");
	assert_string_equal(l->cell, "cell");
	assert_int_equal(l->attempt, 1);
	assert_false(l->lapsed);
	assert_false(l->owner_alive);
	assert_false(l->cancel);
	cancel(b, "1", false);
	assert_true(orphans(b, "b-1")->u.orphans.leases[0].cancel);
}

static void one_adopter_wins(void **state)
{
	struct bed *b = *state;
	struct rq_queue *other = bed_other(b);
	struct rq_lease l;
	struct rq_grant g;

	put(b, plain());
	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	runner_up(b, "c", "self-hosted");
	g = take_one(b, "a");
	runner_dies(b, 0);
	l = orphans(b, "b-1")->u.orphans.leases[0];
	assert_int_equal(adopt(b, b->q, &l, "b-1"), RQ_OK);
	assert_int_equal(adopt(b, other, &l, "c-1"), RQ_ECONFLICT);
	assert_int_equal(beat(b, "b-1", &g), RQ_BEAT_OK);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_LOST);
	assert_string_equal(detail(b, "1")->job.runner_name, "b");
	assert_int_equal(detail(b, "1")->n_attempts, 1);
	assert_int_equal(end(b, "b", &g, RQ_RESULT_FINISHED, 0), RQ_VERDICT_DONE);
	assert_int_equal(detail(b, "1")->job.run_attempt, 1);
	assert_int_equal(adopt(b, b->q, &l, "c-1"), RQ_ECONFLICT);
}

static void the_living_keep_theirs(void **state)
{
	struct bed *b = *state;
	struct rq_lease l = { .id = "1", .owner = "a-1" };
	struct rq_grant g;

	put(b, plain());
	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	g = take_one(b, "a");
	l.token = g.token;
	assert_int_equal(adopt(b, b->q, &l, "b-1"), RQ_ECONFLICT);
	clock_move(30001); /* alive, but hung */
	assert_true(orphans(b, "b-1")->u.orphans.leases[0].owner_alive);
	assert_int_equal(adopt(b, b->q, &l, "nobody-1"), RQ_ENOTFOUND);
	assert_int_equal(adopt(b, b->q, &l, "b-1"), RQ_OK);
	assert_int_equal(beat(b, "a-1", &g), RQ_BEAT_LOST);
	l.id = "88";
	assert_int_equal(adopt(b, b->q, &l, "b-1"), RQ_ECONFLICT);
}

/* The successor of the same name holds the same lock: that does not bring its predecessor back to life. */
static void successor_of_the_same_name(void **state)
{
	struct bed *b = *state;
	struct rq_call *c;
	struct rq_lease l;
	struct rq_error e;
	char *lock;
	int fd;

	put(b, plain());
	runner_up(b, "a", "self-hosted");
	take_one(b, "a");
	runner_dies(b, 0);
	lock = rq_arena_fmt(&b->arena, "%s/a-1.lock", b->dir);
	assert_int_equal(rq_lock_take(lock, 100, &fd, &e), RQ_OK);
	c = ask(b, RQ_VERB_REGISTER);
	{
		struct rq_runner r = { .name = "a", .slots = 2, .labels = labels(b, "self-hosted") };

		c->u.registration.runner = &r;
		c->u.registration.instance = "a-2";
		c->u.registration.lock_path = lock;
		RUN(b, c);
	}
	c = orphans(b, "a-2");
	assert_int_equal(c->u.orphans.n, 1);
	l = c->u.orphans.leases[0];
	assert_false(l.owner_alive);
	assert_int_equal(adopt(b, b->q, &l, "a-2"), RQ_OK);
	assert_int_equal(runner(b, "a")->running, 1);
	close(fd);
}

static void another_boot(void **state)
{
	struct bed *b = *state;
	struct rq_call *c;

	put(b, plain());
	runner_up(b, "a", "self-hosted");
	take_one(b, "a");
	runner_dies(b, 0);
	b->kind->reboot(b->paths.state);
	runner_up(b, "b", "self-hosted");
	c = orphans(b, "b-1");
	assert_int_equal(c->u.orphans.n, 1);
	assert_true(c->u.orphans.leases[0].lapsed);
	assert_false(c->u.orphans.leases[0].owner_alive);
}

static void forgotten_after_a_month(void **state)
{
	struct bed *b = *state;

	runner_up(b, "old", "self-hosted");
	runner_up(b, "busy", "gpu");
	{
		struct rq_submission s = plain();

		s.labels = labels(b, "gpu");
		put(b, s);
	}
	take_one(b, "busy");
	clock_move((int64_t)31 * 24 * 3600 * 1000);
	runner_up(b, "new", "self-hosted");
	assert_int_equal(snapshot(b)->n_runners, 2);
	runner(b, "busy");
	runner(b, "new");
}

PART(lease, TEST(runner_is_shown), TEST(registering_again_refreshes), TEST(beats_keep_the_lease), TEST(idle_beat),
     TEST(the_dead_leave_orphans), TEST(one_adopter_wins), TEST(the_living_keep_theirs), TEST(successor_of_the_same_name),
     TEST(another_boot), TEST(forgotten_after_a_month));
