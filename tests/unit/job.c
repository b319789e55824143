/* Jobs and runners in words, snapshots, and requests as values. */
#include "tests/unit/unit.h"

#include <signal.h>
#include "core/model/call.h"
#include "core/model/job.h"
#include "core/model/runner.h"
#include "core/model/snapshot.h"

static void test_states_have_githubs_names(void **state)
{
	enum rq_status s, s2;
	enum rq_conclusion c, c2;

	(void)state;
	for (s = 0; s < RQ_STATUS_N; s++) {
		assert_true(rq_status_parse(rq_status_name(s), &s2));
		assert_int_equal(s, s2);
	}
	for (c = 0; c < RQ_CONCLUSION_N; c++) {
		assert_true(rq_conclusion_parse(rq_conclusion_name(c), &c2));
		assert_int_equal(c, c2);
	}
	assert_string_equal(rq_status_name(RQ_STATUS_IN_PROGRESS), "in_progress");
	assert_string_equal(rq_conclusion_name(RQ_CONCLUSION_TIMED_OUT), "timed_out");
	assert_string_equal(rq_conclusion_name(RQ_CONCLUSION_NONE), "");
	assert_false(rq_status_parse("Queued", &s));
	assert_false(rq_status_parse("", &s));
	assert_false(rq_conclusion_parse("succeeded", &c));
	assert_string_equal(rq_status_name((enum rq_status)99), "unknown");
	assert_string_equal(rq_conclusion_name((enum rq_conclusion)-1), "unknown");
	assert_string_equal(rq_drain_name(RQ_DRAIN_DRAINED), "drained");
	assert_string_equal(rq_drain_name((enum rq_drain)7), "unknown");
}

static void test_state_text(void **state)
{
	struct rq_job j = { .status = RQ_STATUS_QUEUED };

	(void)state;
	assert_true(rq_job_active(&j));
	assert_string_equal(rq_job_state_text(&j), "queued");
	j.status = RQ_STATUS_COMPLETED;
	assert_false(rq_job_active(&j));
	assert_string_equal(rq_job_state_text(&j), "completed");
	j.conclusion = RQ_CONCLUSION_FAILURE;
	assert_string_equal(rq_job_state_text(&j), "failure");
}

/* What a newer server calls a state is shown as it says it. */
static void test_unknown_states_keep_their_word(void **state)
{
	struct rq_job j = { .status = RQ_STATUS_PENDING, .state_raw = "hibernating" };
	struct rq_run_job r = { .status = RQ_STATUS_COMPLETED, .conclusion = RQ_CONCLUSION_SUCCESS, .state_raw = "" };
	struct rq_run_step s = { .status = RQ_STATUS_COMPLETED, .state_raw = "half_done" };

	(void)state;
	assert_string_equal(rq_job_state_text(&j), "hibernating");
	assert_string_equal(rq_run_job_state_text(&r), "success");
	assert_string_equal(rq_run_step_state_text(&s), "half_done");
}

static void test_elapsed(void **state)
{
	struct rq_job j = { .created_at = 500 };

	(void)state;
	assert_int_equal(rq_job_elapsed(&j, 9000), 0);
	j.started_at = 1000;
	assert_int_equal(rq_job_elapsed(&j, 9000), 8000);
	/* A clock that went back is no negative time. */
	assert_int_equal(rq_job_elapsed(&j, 900), 0);
	j.completed_at = 3000;
	assert_int_equal(rq_job_elapsed(&j, 9000), 2000);
	j.completed_at = 500;
	assert_int_equal(rq_job_elapsed(&j, 9000), 0);
}

static void drop_twice(void *ud)
{
	struct rq_snapshot *s = rq_snapshot_new();

	(void)ud;
	s->refs = 0;
	rq_snapshot_unref(s);
}

static void test_snapshots_are_counted(void **state)
{
	struct rq_snapshot *s = rq_snapshot_new(), *r;
	char said[200];

	(void)state;
	s->jobs = rq_arena_alloc(&s->arena, 2 * sizeof *s->jobs);
	s->n_jobs = 2;
	s->jobs[0].id = "local:1";
	s->jobs[1].id = "local:2";
	s->runners = rq_arena_alloc(&s->arena, sizeof *s->runners);
	s->n_runners = 1;
	s->runners[0].name = "mac";
	r = rq_snapshot_ref(s);
	assert_ptr_equal(r, s);
	rq_snapshot_unref(s);
	assert_ptr_equal(rq_snapshot_job(r, "local:2"), &r->jobs[1]);
	assert_null(rq_snapshot_job(r, "local:3"));
	assert_null(rq_snapshot_job(r, NULL));
	assert_ptr_equal(rq_snapshot_find_job(r, "local:2"), &r->jobs[1]);
	assert_ptr_equal(rq_snapshot_find_job(r, "2"), &r->jobs[1]);
	assert_null(rq_snapshot_find_job(r, "3"));
	assert_null(rq_snapshot_find_job(r, NULL));
	assert_ptr_equal(rq_snapshot_runner(r, "mac"), &r->runners[0]);
	assert_null(rq_snapshot_runner(r, ""));
	rq_snapshot_unref(r);
	rq_snapshot_unref(NULL);
	assert_int_equal(ends_by_signal(drop_twice, NULL, said, sizeof said), SIGABRT);
}

/* Found by its id however many there are, also in a copy whose list is another. */
static void test_jobs_are_found(void **state)
{
	enum { N = 3000 };
	struct rq_snapshot *s = rq_snapshot_new(), copy;
	size_t i;

	(void)state;
	s->jobs = rq_arena_alloc(&s->arena, N * sizeof *s->jobs);
	s->n_jobs = N;
	for (i = 0; i < N; i++)
		s->jobs[i].id = rq_arena_fmt(&s->arena, "local:%zu", i / 2); /* each twice: the first counts */
	for (i = 0; i < N; i += 2)
		assert_ptr_equal(rq_snapshot_job(s, s->jobs[i + 1].id), &s->jobs[i]);
	assert_null(rq_snapshot_job(s, "local:1500"));
	copy = *s;
	copy.n_jobs = 2;
	assert_ptr_equal(rq_snapshot_job(&copy, "local:0"), &s->jobs[0]);
	assert_null(rq_snapshot_job(&copy, "local:1"));
	rq_snapshot_unref(s);
}

static void test_every_verb_has_its_own_name(void **state)
{
	int i, k;

	(void)state;
	for (i = 0; i < RQ_VERB_N; i++) {
		assert_non_null(rq_verb_name(i));
		for (k = 0; k < i; k++)
			assert_string_not_equal(rq_verb_name(i), rq_verb_name(k));
	}
	assert_string_equal(rq_verb_name(RQ_VERB_N), "unknown");
}

static void test_submissions_grow_and_keep(void **state)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SUBMIT, NULL, NULL);
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		struct rq_submission *s = rq_call_add_submission(c);

		assert_null(s->name);
		assert_int_equal(s->n_steps, 0);
		s->priority = i;
		s->name = rq_call_str(c, "n");
	}
	assert_int_equal(c->u.submit.n, 1000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(c->u.submit.v[i].priority, i);
	assert_null(rq_call_str(c, NULL));
	rq_call_free(c);
	rq_call_free(NULL);
}

static void test_ids_grow_and_are_copied(void **state)
{
	static const enum rq_verb verbs[] = { RQ_VERB_CANCEL, RQ_VERB_RETRY };
	char id[32];
	size_t v;
	int i;

	(void)state;
	for (v = 0; v < 2; v++) {
		struct rq_call *c = rq_call_new(verbs[v], NULL, NULL);
		const char **ids;

		for (i = 0; i < 300; i++) {
			snprintf(id, sizeof id, "local:%d", i);
			rq_call_add_id(c, id);
		}
		assert_int_equal(v ? c->u.retry.n : c->u.cancel.n, 300);
		ids = v ? c->u.retry.ids : c->u.cancel.ids;
		for (i = 0; i < 300; i++) {
			snprintf(id, sizeof id, "local:%d", i);
			assert_string_equal(ids[i], id);
		}
		rq_call_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_have_githubs_names),
		cmocka_unit_test(test_state_text), cmocka_unit_test(test_unknown_states_keep_their_word),
		cmocka_unit_test(test_elapsed),
		cmocka_unit_test(test_snapshots_are_counted),
		cmocka_unit_test(test_jobs_are_found),
		cmocka_unit_test(test_every_verb_has_its_own_name),
		cmocka_unit_test(test_submissions_grow_and_keep),
		cmocka_unit_test(test_ids_grow_and_are_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
