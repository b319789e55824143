/* The dispatcher's duty: one process has it, and a fence outlives that. */
#include "tests/queue/suite.h"

static struct rq_call *ask_duty(struct bed *b, struct rq_queue *q, const char *holder, bool release)
{
	struct rq_call *c = ask(b, RQ_VERB_DUTY);

	c->u.duty.holder = holder;
	c->u.duty.name = rq_call_str(c, rq_eq(holder, "A") ? "agent:mac" : "console:anna b");
	c->u.duty.lease_ms = 10000;
	c->u.duty.release = release;
	assert_int_equal(run_on(b, q, c), RQ_OK);
	return c;
}

static int64_t takes_duty(struct bed *b, struct rq_queue *q, const char *holder)
{
	struct rq_call *c = ask_duty(b, q, holder, false);

	assert_true(c->u.duty.held);
	assert_true(c->u.duty.fence > 0);
	assert_string_equal(c->u.duty.other, "");
	return c->u.duty.fence;
}

static void does_not_get_it(struct bed *b, struct rq_queue *q, const char *holder, const char *other)
{
	struct rq_call *c = ask_duty(b, q, holder, false);

	assert_false(c->u.duty.held);
	assert_string_equal(c->u.duty.other, other);
}

static void one_has_it(void **state)
{
	struct bed *b = *state;
	struct rq_queue *q = bed_other(b);
	int64_t fence = takes_duty(b, b->q, "A");

	does_not_get_it(b, q, "B", "agent:mac");
	clock_move(9000);
	assert_int_equal(takes_duty(b, b->q, "A"), fence);
	clock_move(9000);
	does_not_get_it(b, q, "B", "agent:mac");
	/* Given back, another has it at once; who has not got it cannot give it back. */
	ask_duty(b, q, "B", true);
	does_not_get_it(b, q, "B", "agent:mac");
	ask_duty(b, b->q, "A", true);
	assert_int_equal(takes_duty(b, q, "B"), fence + 1);
	does_not_get_it(b, b->q, "A", "console:anna b");
}

/* It hangs, holding its lock: when its lease is over it is passed over, and hears of it when it comes to itself. */
static void who_hangs_is_passed_over(void **state)
{
	struct bed *b = *state;
	struct rq_queue *q = bed_other(b);
	int64_t fence = takes_duty(b, b->q, "A");

	clock_move(10001);
	assert_int_equal(takes_duty(b, q, "B"), fence + 1);
	does_not_get_it(b, b->q, "A", "console:anna b");
	clock_move(5000);
	assert_int_equal(takes_duty(b, q, "B"), fence + 1);
	clock_move(8000);
	does_not_get_it(b, b->q, "A", "console:anna b");
}

/* A process that ends lets go, however long its lease is. */
static void who_dies_lets_go(void **state)
{
	struct bed *b = *state;
	struct rq_queue *q = bed_open(b);
	int64_t fence = takes_duty(b, q, "B");

	does_not_get_it(b, b->q, "A", "console:anna b");
	rq_queue_close(q);
	assert_int_equal(takes_duty(b, b->q, "A"), fence + 1);
}

/* Nobody holds the lock that the note speaks of, and its lease ends at a time that this boot has not come to. */
static void a_lease_of_the_boot_before_is_over(void **state)
{
	struct bed *b = *state;
	struct rq_queue *q = bed_other(b);
	int64_t fence = takes_duty(b, b->q, "A");

	clock_move(10001);
	assert_int_equal(takes_duty(b, q, "B"), fence + 1);
	clock_move(-(int64_t)24 * 3600 * 1000);
	assert_int_equal(takes_duty(b, b->q, "A"), fence + 2);
}

PART(duty, TEST(one_has_it), TEST(who_hangs_is_passed_over), TEST(who_dies_lets_go),
     TEST(a_lease_of_the_boot_before_is_over));
