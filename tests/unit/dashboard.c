/* The numbers of the dashboard. */
#include "tests/unit/unit.h"

#include "core/base/str.h"
#include "tui/dashboard.h"

enum { JOBS = 300 };
#define HOUR INT64_C(3600000)
#define NOW (1000 * HOUR)

struct fake {
	struct rq_snapshot s;
	struct rq_job jobs[JOBS];
	struct rq_runner runners[8];
	struct rq_queue_state queues[2];
};

static void begin(struct fake *f)
{
	memset(f, 0, sizeof *f);
	f->s.jobs = f->jobs;
	f->s.runners = f->runners;
	f->s.queues = f->queues;
}

static struct rq_job *job(struct fake *f, enum rq_status status, const char *reason)
{
	struct rq_job *j = &f->jobs[f->s.n_jobs++];

	j->id = "local:1";
	j->status = status;
	j->reason = reason;
	j->created_at = NOW - HOUR;
	return j;
}

static struct rq_job *ended(struct fake *f, enum rq_conclusion c, int64_t took)
{
	struct rq_job *j = job(f, RQ_STATUS_COMPLETED, "");

	j->conclusion = c;
	j->started_at = NOW - took;
	j->completed_at = NOW;
	return j;
}

static struct rq_dashboard of(struct fake *f)
{
	struct rq_dashboard d;

	rq_dashboard_of(&f->s, NOW, &d);
	return d;
}

static void test_empty(void **state)
{
	struct fake f;
	struct rq_dashboard d;

	(void)state;
	begin(&f);
	d = of(&f);
	assert_int_equal(d.queued + d.waiting + d.running, 0);
	assert_int_equal(d.sample, 0);
	assert_int_equal(d.percent, 0);
	assert_false(d.alarming);
	assert_int_equal(d.median_ms, -1);
	assert_int_equal(d.p90_ms, -1);
	assert_int_equal(d.next_stuck, 0);
}

static void test_counts_of_all_queues(void **state)
{
	struct fake f;
	struct rq_dashboard d;

	(void)state;
	begin(&f);
	f.s.n_queues = 2;
	f.queues[0] = (struct rq_queue_state){ .queued = 7, .waiting = 1, .running = 2 };
	f.queues[1] = (struct rq_queue_state){ .queued = 10, .waiting = 20, .running = 30 };
	d = of(&f);
	assert_int_equal(d.queued, 17);
	assert_int_equal(d.waiting, 21);
	assert_int_equal(d.running, 32);
}

static void test_reasons(void **state)
{
	static const char *const codes[] = { "A", "B", "C", "D", "E", "F", "G" };
	struct fake f;
	struct rq_dashboard d;
	size_t i, k;

	(void)state;
	begin(&f);
	for (i = 0; i < 7; i++)
		for (k = 0; k <= i; k++)
			job(&f, i % 2 ? RQ_STATUS_QUEUED : RQ_STATUS_WAITING, codes[i]);
	job(&f, RQ_STATUS_IN_PROGRESS, "A");    /* it runs: it waits for nothing */
	job(&f, RQ_STATUS_COMPLETED, "A");
	job(&f, RQ_STATUS_QUEUED, "");
	d = of(&f);
	assert_int_equal(d.n_reasons, RQ_DASH_REASONS);
	assert_string_equal(d.reasons[0].code, "G");
	assert_int_equal(d.reasons[0].n, 7);
	assert_string_equal(d.reasons[4].code, "C");
	assert_int_equal(d.reasons[4].n, 3);
	assert_int_equal(d.other_reasons, 1 + 2);
}

/* However many codes there are: none is lost. */
static void test_many_reasons(void **state)
{
	static char codes[JOBS][8];
	struct fake f;
	struct rq_dashboard d;
	size_t i;

	(void)state;
	begin(&f);
	for (i = 0; i < JOBS; i++) {
		snprintf(codes[i], sizeof codes[i], "R%zu", i);
		job(&f, RQ_STATUS_QUEUED, codes[i]);
	}
	d = of(&f);
	assert_int_equal(d.n_reasons + d.other_reasons, JOBS);
}

static void test_runners(void **state)
{
	struct fake f;
	struct rq_dashboard d;

	(void)state;
	begin(&f);
	f.s.n_runners = 6;
	f.runners[0] = (struct rq_runner){ .online = true, .slots = 4, .running = 2 };
	f.runners[1] = (struct rq_runner){ .online = true, .slots = 1 };
	f.runners[2] = (struct rq_runner){ .online = true, .hung = true, .slots = 1, .running = 1 };
	f.runners[3] = (struct rq_runner){ .online = false, .slots = 8 };
	f.runners[4] = (struct rq_runner){ .online = true, .drain = RQ_DRAIN_DRAINING, .slots = 2, .running = 1 };
	f.runners[5] = (struct rq_runner){ .online = false, .drain = RQ_DRAIN_DRAINED };
	d = of(&f);
	assert_int_equal(d.online, 2);
	assert_int_equal(d.busy, 1);
	assert_int_equal(d.hung, 1);
	assert_int_equal(d.offline, 1);
	assert_int_equal(d.drained, 2);
	assert_int_equal(d.slots, 8);
	assert_int_equal(d.slots_busy, 4);
}

static void test_failure_rate(void **state)
{
	struct fake f;
	struct rq_dashboard d;
	int i;

	(void)state;
	begin(&f);
	ended(&f, RQ_CONCLUSION_FAILURE, 0);
	ended(&f, RQ_CONCLUSION_SUCCESS, 0);
	d = of(&f);
	assert_int_equal(d.percent, 50);
	assert_false(d.alarming);               /* two tell nothing yet */
	for (i = 0; i < 8; i++)
		ended(&f, i ? RQ_CONCLUSION_SUCCESS : RQ_CONCLUSION_TIMED_OUT, 0);
	d = of(&f);
	assert_int_equal(d.percent, 20);
	assert_false(d.alarming);               /* it has to be more */
	ended(&f, RQ_CONCLUSION_CANCELLED, 0);
	ended(&f, RQ_CONCLUSION_SKIPPED, 0);
	ended(&f, RQ_CONCLUSION_STARTUP_FAILURE, 0);
	d = of(&f);
	assert_int_equal(d.sample, 11);
	assert_int_equal(d.failed, 3);
	assert_int_equal(d.percent, 27);
	assert_true(d.alarming);
}

/* The last hundred count, and of the failures the last five are named. */
static void test_sample(void **state)
{
	struct fake f;
	struct rq_dashboard d;
	int i;

	(void)state;
	begin(&f);
	job(&f, RQ_STATUS_IN_PROGRESS, "");
	for (i = 0; i < 90; i++)
		ended(&f, RQ_CONCLUSION_SUCCESS, (i + 1) * 1000);
	for (i = 0; i < 100; i++)
		ended(&f, RQ_CONCLUSION_FAILURE, 3600 * 1000)->id = i ? "local:9" : "local:8";
	d = of(&f);
	assert_int_equal(d.sample, 100);
	assert_int_equal(d.failed, 10);
	assert_int_equal(d.n_failures, 5);
	assert_string_equal(d.failures[0]->id, "local:8");
	assert_int_equal(d.median_ms, 50 * 1000);
	assert_int_equal(d.p90_ms, 90 * 1000);
}

static void test_percentiles_of_few(void **state)
{
	struct fake f;
	struct rq_dashboard d;

	(void)state;
	begin(&f);
	ended(&f, RQ_CONCLUSION_SUCCESS, 7000);
	d = of(&f);
	assert_int_equal(d.median_ms, 7000);
	assert_int_equal(d.p90_ms, 7000);
	ended(&f, RQ_CONCLUSION_SUCCESS, 1000);
	ended(&f, RQ_CONCLUSION_FAILURE, 3000);
	ended(&f, RQ_CONCLUSION_STARTUP_FAILURE, 0)->started_at = 0;    /* it never ran */
	d = of(&f);
	assert_int_equal(d.median_ms, 3000);
	assert_int_equal(d.p90_ms, 7000);
}

static void test_stuck(void **state)
{
	struct fake f;
	struct rq_dashboard d;
	struct rq_job *j;

	(void)state;
	begin(&f);
	job(&f, RQ_STATUS_QUEUED, "")->created_at = NOW - 6 * HOUR;             /* not yet: in a moment */
	job(&f, RQ_STATUS_QUEUED, "")->created_at = NOW - 6 * HOUR - 1;
	job(&f, RQ_STATUS_QUEUED, "")->created_at = NOW - 9 * HOUR;
	job(&f, RQ_STATUS_WAITING, "")->created_at = NOW - 90 * HOUR;           /* for what it was told to wait for */
	j = job(&f, RQ_STATUS_QUEUED, "");
	j->created_at = NOW - 90 * HOUR;
	j->run_at = NOW + HOUR;                                                 /* put off */
	j = job(&f, RQ_STATUS_IN_PROGRESS, "");
	j->created_at = NOW - 90 * HOUR;
	j->started_at = NOW - 2 * HOUR;                                         /* it was queued for long, and runs */
	j = job(&f, RQ_STATUS_IN_PROGRESS, "");
	j->started_at = NOW - 7 * HOUR;
	d = of(&f);
	assert_int_equal(d.queued_long.n, 2);
	assert_true(d.queued_long.since == NOW - 9 * HOUR);
	assert_int_equal(d.running_long.n, 1);
	assert_true(d.running_long.since == NOW - 7 * HOUR);
	assert_true(d.next_stuck == NOW + 1);
}

static void bytes_are(int64_t n, const char *want)
{
	char buf[32];

	assert_string_equal(rq_bytes_text(n, buf, sizeof buf), want);
}

static void grouped_is(int64_t n, const char *want)
{
	char buf[32];

	assert_string_equal(rq_grouped(n, buf, sizeof buf), want);
}

static void test_texts(void **state)
{
	(void)state;
	bytes_are(0, "0 KiB");
	bytes_are(1 << 20, "1 MiB");
	bytes_are((INT64_C(1) << 30) - 1, "1023 MiB");
	bytes_are(INT64_C(1) << 30, "1.0 GiB");
	bytes_are((INT64_C(251) << 30) + (INT64_C(921) << 20), "251.8 GiB");
	grouped_is(0, "0");
	grouped_is(999, "999");
	grouped_is(1000, "1,000");
	grouped_is(1234567, "1,234,567");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_counts_of_all_queues),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_many_reasons),
		cmocka_unit_test(test_runners),
		cmocka_unit_test(test_failure_rate),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_percentiles_of_few),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
