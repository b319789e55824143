/* Several queues in one view. */
#include "tests/unit/unit.h"

#include "core/base/str.h"
#include "core/model/merge.h"

static const struct rq_want all = { .finished_max = 100, .decisions_max = 100, .activity_max = 100 };

static struct rq_snapshot *queue(const char *name, int64_t fetched_at)
{
	struct rq_snapshot *s = rq_snapshot_new();

	s->queues = rq_arena_alloc(&s->arena, sizeof *s->queues);
	s->queues[0] = (struct rq_queue_state){ .name = name, .kind = "local", .error = "", .fetched_at = fetched_at, .points = 7 };
	s->n_queues = 1;
	return s;
}

static void add_job(struct rq_snapshot *s, const char *id, enum rq_status status, int64_t at)
{
	struct rq_job *v = rq_arena_alloc(&s->arena, (s->n_jobs + 1) * sizeof *v);

	if (s->n_jobs)
		memcpy(v, s->jobs, s->n_jobs * sizeof *v);
	v[s->n_jobs].id = id;
	v[s->n_jobs].status = status;
	v[s->n_jobs].created_at = at;
	v[s->n_jobs].completed_at = status == RQ_STATUS_COMPLETED ? at : 0;
	s->jobs = v;
	s->n_jobs++;
}

static void add_runner(struct rq_snapshot *s, const char *name)
{
	struct rq_runner *v = rq_arena_alloc(&s->arena, (s->n_runners + 1) * sizeof *v);

	if (s->n_runners)
		memcpy(v, s->runners, s->n_runners * sizeof *v);
	v[s->n_runners++].name = name;
	s->runners = v;
}

static struct rq_part part(struct rq_snapshot *s, const char *name)
{
	return (struct rq_part){ .name = name, .kind = "github", .s = s, .error = "" };
}

static void ids_are(const struct rq_snapshot *s, const char *wanted)
{
	struct rq_str got;

	rq_str_init(&got, 0);
	for (size_t i = 0; i < s->n_jobs; i++)
		rq_str_addf(&got, "%s%s", i ? " " : "", s->jobs[i].id);
	assert_string_equal(rq_str_get(&got), wanted);
	rq_str_release(&got);
}

static void test_order(void **state)
{
	struct rq_snapshot *a = queue("local", 10), *b = queue("media", 20), *s;
	struct rq_part parts[2];

	(void)state;
	add_job(a, "a1", RQ_STATUS_IN_PROGRESS, 50);
	add_job(a, "a2", RQ_STATUS_IN_PROGRESS, 30);
	add_job(a, "a3", RQ_STATUS_WAITING, 70);
	add_job(a, "a4", RQ_STATUS_COMPLETED, 90);
	add_job(a, "a5", RQ_STATUS_COMPLETED, 60);
	add_job(b, "b1", RQ_STATUS_IN_PROGRESS, 40);
	add_job(b, "b2", RQ_STATUS_QUEUED, 10);
	add_job(b, "b3", RQ_STATUS_REQUESTED, 99);
	add_job(b, "b4", RQ_STATUS_COMPLETED, 90);
	add_job(b, "b5", RQ_STATUS_COMPLETED, 80);
	add_runner(a, "mac");
	add_runner(b, "Linux");
	add_runner(b, "mac");
	parts[0] = part(a, "local");
	parts[1] = part(b, "media");
	s = rq_snapshot_merge(parts, 2, &all, 1000);
	ids_are(s, "a1 b1 a2 b2 b3 a3 a4 b4 b5 a5");
	assert_false(s->more_finished);
	assert_int_equal(s->n_runners, 3);
	assert_string_equal(s->runners[0].name, "Linux");
	assert_int_equal(s->n_queues, 2);
	assert_string_equal(s->queues[1].name, "media");
	assert_int_equal(s->queues[0].fetched_at, 10);
	assert_int_equal(s->queues[1].points, 7);
	/* The parts live as long as what shows them. */
	rq_snapshot_unref(a);
	rq_snapshot_unref(b);
	assert_string_equal(s->jobs[0].id, "a1");
	rq_snapshot_unref(s);
}

static void test_what_is_finished_is_cut(void **state)
{
	static const struct rq_want few = { .finished_max = 2 };
	struct rq_snapshot *a = queue("local", 10), *b = queue("media", 20), *s;
	struct rq_part parts[2];

	(void)state;
	add_job(a, "a1", RQ_STATUS_QUEUED, 5);
	add_job(a, "a2", RQ_STATUS_COMPLETED, 90);
	add_job(a, "a3", RQ_STATUS_COMPLETED, 30);
	add_job(b, "b1", RQ_STATUS_COMPLETED, 40);
	parts[0] = part(a, "local");
	parts[1] = part(b, "media");
	s = rq_snapshot_merge(parts, 2, &few, 1000);
	ids_are(s, "a1 a2 b1");
	assert_true(s->more_finished);
	rq_snapshot_unref(s);
	b->more_finished = true;
	s = rq_snapshot_merge(parts, 2, &all, 1000);
	assert_true(s->more_finished);
	rq_snapshot_unref(s);
	rq_snapshot_unref(a);
	rq_snapshot_unref(b);
}

/* A list that one queue alone has costs nothing, however long it is. */
static void test_nothing_is_copied_in_vain(void **state)
{
	struct rq_snapshot *a = queue("local", 10), *b = queue("media", 20), *s;
	struct rq_part parts[2];

	(void)state;
	add_job(b, "b1", RQ_STATUS_QUEUED, 5);
	add_runner(a, "mac");
	parts[0] = part(a, "local");
	parts[1] = part(b, "media");
	s = rq_snapshot_merge(parts, 2, &all, 1000);
	assert_ptr_equal(s->jobs, b->jobs);
	assert_ptr_equal(s->runners, a->runners);
	rq_snapshot_unref(s);
	rq_snapshot_unref(a);
	rq_snapshot_unref(b);
}

static void test_queues_that_fail(void **state)
{
	struct rq_snapshot *a = queue("local", 10), *b = queue("media", 20), *s;
	struct rq_part parts[3];

	(void)state;
	add_job(b, "b1", RQ_STATUS_QUEUED, 5);
	parts[0] = part(a, "local");
	parts[0].live = true;
	parts[1] = part(b, "media");
	parts[1].error = "api.github.com does not answer.";
	parts[2] = part(NULL, "forge");
	parts[2].error = "There is no token.";
	s = rq_snapshot_merge(parts, 3, &all, 1000);
	assert_int_equal(s->n_queues, 3);
	/* What was heard of all changes is of now; what was not is as old as it is, and still shown. */
	assert_int_equal(s->queues[0].fetched_at, 1000);
	assert_int_equal(s->queues[1].fetched_at, 20);
	assert_string_equal(s->queues[1].error, "api.github.com does not answer.");
	ids_are(s, "b1");
	assert_string_equal(s->queues[2].name, "forge");
	assert_string_equal(s->queues[2].kind, "github");
	assert_string_equal(s->queues[2].error, "There is no token.");
	assert_int_equal(s->queues[2].fetched_at, 0);
	assert_int_equal(s->queues[2].points, -1);
	rq_snapshot_unref(s);
	rq_snapshot_unref(a);
	rq_snapshot_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_what_is_finished_is_cut),
		cmocka_unit_test(test_nothing_is_copied_in_vain),
		cmocka_unit_test(test_queues_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
