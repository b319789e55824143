/* Jobs that wait for others. */
#include "tests/queue/suite.h"

static struct rq_grant run_job(struct bed *b, const char *id, int exit_code)
{
	struct rq_grant g = takes(b, "a", id);

	end(b, "a", &g, RQ_RESULT_FINISHED, exit_code);
	return g;
}

static void released_on_success(void **state)
{
	struct bed *b = *state;
	const char *one = put(b, plain()), *two = put_after(b, one, NULL);

	runner_up(b, "a", "self-hosted");
	is(b, two, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	assert_string_equal(detail(b, two)->after[0], one);
	assert_string_equal(detail(b, one)->dependents[0], two);
	run_job(b, one, 0);
	is(b, two, "queued", "");
	run_job(b, two, 0);
	/* All that it waits for has succeeded already. */
	is(b, put_after(b, one, two), "queued", "");
}

static void diamond(void **state)
{
	struct bed *b = *state;
	const char *top = put(b, plain()), *left = put_after(b, top, NULL), *right = put_after(b, top, NULL);
	const char *bottom = put_after(b, left, right);

	runner_up(b, "a", "self-hosted");
	run_job(b, top, 0);
	run_job(b, left, 0);
	is(b, bottom, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	run_job(b, right, 0);
	run_job(b, bottom, 0);
	is(b, bottom, "success", "");
}

static void failure_dooms_the_subtree(void **state)
{
	struct bed *b = *state;
	const char *top = put(b, plain()), *left = put_after(b, top, NULL), *right = put_after(b, top, NULL);
	const char *bottom = put_after(b, left, right), *far = put_after(b, bottom, NULL), *apart = put(b, plain());

	runner_up(b, "a", "self-hosted");
	run_job(b, top, 0);
	run_job(b, left, 9);
	is(b, right, "queued", "");
	is(b, bottom, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	is(b, far, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	is(b, apart, "queued", "");
	assert_int_equal(detail(b, far)->job.completed_at, clock_now());
	/* The other branch's success changes nothing any more. */
	run_job(b, right, 0);
	is(b, bottom, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	/* Who comes later to wait for what failed is told at once. */
	is(b, put_after(b, left, NULL), "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	is(b, put_after(b, far, apart), "cancelled", RQ_WHY_DEPENDENCY_FAILED);
}

static void every_bad_end_dooms(void **state)
{
	struct bed *b = *state;
	static const enum rq_result_kind kinds[] = { RQ_RESULT_TIMED_OUT, RQ_RESULT_CANCELLED, RQ_RESULT_START_FAILED };

	runner_up(b, "a", "self-hosted");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const char *one = put(b, plain()), *two = put_after(b, one, NULL);
		struct rq_grant g = takes(b, "a", one);

		end(b, "a", &g, kinds[i], -1);
		is(b, two, "cancelled", RQ_WHY_DEPENDENCY_FAILED);
	}
}

static void retried_parent_keeps_them_waiting(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	const char *one, *two;
	struct rq_grant g;

	s.retries = 1;
	s.backoff_ms = 2;
	one = put(b, s);
	two = put_after(b, one, NULL);
	runner_up(b, "a", "self-hosted");
	run_job(b, one, 1);
	is(b, two, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	clock_move(10);
	g = takes(b, "a", one);
	end(b, "a", &g, RQ_RESULT_LOST, -1);
	is(b, two, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	run_job(b, one, 0);
	is(b, two, "queued", "");
}

static void delay_counts_behind_them(void **state)
{
	struct bed *b = *state;
	const char *after[] = { put(b, plain()) }, *two;
	struct rq_submission s = plain();

	s.after = after;
	s.n_after = 1;
	s.run_at = clock_now() + 1000;
	two = put(b, s);
	runner_up(b, "a", "self-hosted");
	is(b, two, "waiting", RQ_WHY_DEPENDENCY_PENDING);
	run_job(b, after[0], 0);
	is(b, two, "waiting", RQ_WHY_DELAYED);
	clock_move(1000);
	run_job(b, two, 0);
}

static struct rq_call *chain(struct bed *b, size_t n)
{
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);

	for (size_t i = 0; i < n; i++) {
		struct rq_submission *s = rq_call_add_submission(c);
		const char **after = rq_arena_alloc(&c->arena, sizeof *after);

		*s = plain();
		if (i) {
			after[0] = rq_arena_fmt(&c->arena, "^%zu", i - 1);
			s->after = after;
			s->n_after = 1;
		}
	}
	RUN(b, c);
	return c;
}

static void long_chain(void **state)
{
	struct bed *b = *state;
	enum { N = 1000 };
	struct rq_snapshot *s;
	struct rq_call *c;

	runner_up(b, "a", "self-hosted");
	chain(b, N);
	for (int i = 1; i <= 20; i++) {
		char id[20];

		snprintf(id, sizeof id, "local:%d", i);
		run_job(b, id, 0);
	}
	s = snapshot(b);
	assert_int_equal(s->queues[0].queued, 1);
	assert_int_equal(s->queues[0].waiting, N - 21);
	run_job(b, "local:21", 1);
	c = ask(b, RQ_VERB_SNAPSHOT);
	c->u.snapshot.want.jobs = true;
	c->u.snapshot.want.finished_max = 2 * N;
	RUN(b, c);
	s = c->u.snapshot.snapshot;
	assert_int_equal(s->queues[0].finished, N);
	for (size_t i = 0; i < s->n_jobs; i++)
		if (s->jobs[i].conclusion == RQ_CONCLUSION_CANCELLED)
			assert_string_equal(s->jobs[i].reason, RQ_WHY_DEPENDENCY_FAILED);
}

static void cycles_are_refused(void **state)
{
	struct bed *b = *state;
	static const char *const bad[][2] = { { "^0", "itself" }, { "^1", "cycle" }, { "^2", "names no job" },
					      { "^-1", "names no job" }, { "^", "names no job" } };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct rq_call *c = ask(b, RQ_VERB_SUBMIT);
		const char *after[] = { bad[i][0] };
		struct rq_submission *s = rq_call_add_submission(c);

		*s = plain();
		s->after = after;
		s->n_after = 1;
		*rq_call_add_submission(c) = plain();
		assert_int_equal(run(b, c), RQ_EUSAGE);
		assert_non_null(strstr(c->err.msg, bad[i][1]));
	}
	assert_int_equal(snapshot(b)->n_jobs, 0);
}

static void unknown_parent(void **state)
{
	struct bed *b = *state;
	static const char *wrong[] = { "7", "other:1", "x" };
	struct rq_submission s = plain();

	put(b, plain());
	for (size_t i = 0; i < 3; i++) {
		s.after = &wrong[i];
		s.n_after = 1;
		assert_int_equal(put_fails(b, s), RQ_ENOTFOUND);
	}
}

static void same_parent_twice(void **state)
{
	struct bed *b = *state;
	const char *one = put(b, plain()), *two = put_after(b, one, one);

	assert_int_equal(detail(b, two)->n_after, 1);
	runner_up(b, "a", "self-hosted");
	run_job(b, one, 0);
	is(b, two, "queued", "");
}

PART(after, TEST(released_on_success), TEST(diamond), TEST(failure_dooms_the_subtree), TEST(every_bad_end_dooms),
     TEST(retried_parent_keeps_them_waiting), TEST(delay_counts_behind_them), TEST(long_chain), TEST(cycles_are_refused),
     TEST(unknown_parent), TEST(same_parent_twice));
