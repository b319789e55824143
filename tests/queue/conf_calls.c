/* How calls are answered: later, once, in order, also when taken back or when the queue is closed. */
#include "tests/queue/suite.h"

struct seen {
	int n, code;
	int order[8];
};

struct note {
	struct seen *seen;
	int which;
};

static void on_done(struct rq_call *c, void *ud)
{
	struct note *note = ud;

	note->seen->order[note->seen->n++] = note->which;
	note->seen->code = c->code;
}

static struct rq_call *noted(enum rq_verb v, struct note *note, struct seen *seen, int which)
{
	struct rq_call *c = rq_call_new(v, on_done, note);

	note->seen = seen;
	note->which = which;
	return c;
}

static void in_order(void **state)
{
	struct bed *b = *state;
	struct seen seen = { 0 };
	struct note notes[6];

	for (int i = 0; i < 6; i++) {
		struct rq_call *c = noted(i % 2 ? RQ_VERB_JOB : RQ_VERB_SUBMIT, &notes[i], &seen, i);

		if (i % 2)
			c->u.job.id = rq_call_str(c, i == 1 ? "1" : i == 3 ? "2" : "3");
		else
			*rq_call_add_submission(c) = plain();
		assert_true(rq_queue_start(b->q, c) > 0);
	}
	assert_int_equal(seen.n, 0);
	for (int i = 0; i < 1000 && seen.n < 6; i++)
		rq_loop_turn(b->loop, 100);
	assert_int_equal(seen.n, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(seen.order[i], i);
	assert_int_equal(seen.code, RQ_OK); /* the third job was there when it was asked for */
}

static void closed_with_calls_open(void **state)
{
	struct bed *b = *state;
	struct seen seen = { 0 };
	struct note notes[4];
	struct rq_snapshot *s;

	for (int i = 0; i < 4; i++) {
		struct rq_call *c = noted(RQ_VERB_SUBMIT, &notes[i], &seen, i);

		*rq_call_add_submission(c) = plain();
		rq_queue_start(b->q, c);
	}
	rq_queue_close(b->q);
	assert_int_equal(seen.n, 4);
	assert_int_equal(seen.code, b->kind->worker ? RQ_ECANCELLED : RQ_OK);
	b->q = bed_open(b);
	s = snapshot(b);
	assert_in_range(s->n_jobs, 1, 4);
	assert_int_equal(s->n_jobs, b->kind->worker ? 1 : 4);
}

static void taken_back(void **state)
{
	struct bed *b = *state;
	struct seen first = { 0 }, second = { 0 };
	struct note notes[2];
	struct rq_call *one = noted(RQ_VERB_SUBMIT, &notes[0], &first, 0), *two = noted(RQ_VERB_SUBMIT, &notes[1], &second, 0);

	*rq_call_add_submission(one) = plain();
	*rq_call_add_submission(two) = plain();
	rq_queue_start(b->q, one);
	rq_queue_start(b->q, two);
	rq_queue_abort(b->q, two);
	rq_queue_abort(b->q, one);
	assert_int_equal(first.n + second.n, 0);
	for (int i = 0; i < 1000 && first.n + second.n < 2; i++)
		rq_loop_turn(b->loop, 100);
	assert_int_equal(first.n, 1);
	assert_int_equal(second.n, 1);
	assert_int_equal(first.code, RQ_OK);
	assert_int_equal(second.code, b->kind->worker ? RQ_ECANCELLED : RQ_OK);
	assert_int_equal(snapshot(b)->n_jobs, b->kind->worker ? 1 : 2);
}

static void close_inside(struct rq_call *c, void *ud)
{
	struct bed *b = ud;

	(void)c;
	rq_queue_close(b->q);
	b->q = NULL;
}

static void closed_inside_an_answer(void **state)
{
	struct bed *b = *state;
	struct seen seen = { 0 };
	struct note note;
	struct rq_call *c = rq_call_new(RQ_VERB_SUBMIT, close_inside, b), *behind = noted(RQ_VERB_JOB, &note, &seen, 0);

	*rq_call_add_submission(c) = plain();
	rq_queue_start(b->q, c);
	behind->u.job.id = rq_call_str(behind, "1");
	rq_queue_start(b->q, behind);
	for (int i = 0; i < 1000 && b->q; i++)
		rq_loop_turn(b->loop, 100);
	assert_null(b->q);
	assert_int_equal(seen.n, 1);
	b->q = bed_open(b);
	is(b, "1", "queued", "LABEL_MISSING");
}

static void nonsense(void **state)
{
	struct bed *b = *state;

	assert_int_equal(run(b, ask(b, RQ_VERB_N)), RQ_EUSAGE);
	assert_int_equal(run(b, ask(b, RQ_VERB_JOB)), RQ_ENOTFOUND);
	assert_int_equal(run(b, ask(b, RQ_VERB_DECISION)), RQ_ENOTFOUND);
	assert_int_equal(run(b, ask(b, RQ_VERB_REROUTE)), RQ_ENOTFOUND);
}

static void on_changed(void *ud)
{
	++*(int *)ud;
}

static void wait_for(struct bed *b, const int *n, int want)
{
	for (int i = 0; i < 100 && *n < want; i++)
		rq_loop_turn(b->loop, 100);
	assert_true(*n >= want);
}

static void changes_are_told(void **state)
{
	struct bed *b = *state;
	struct rq_queue *mine = b->q, *other = bed_other(b);
	int heard = 0, own = 0;

	assert_int_equal(rq_queue_listen(mine, on_changed, &own, NULL), RQ_OK);
	assert_int_equal(rq_queue_listen(other, on_changed, &heard, NULL), RQ_OK);
	put(b, plain());
	wait_for(b, &own, 1);
	wait_for(b, &heard, 1);
	b->q = other;
	heard = own = 0;
	put(b, plain());
	wait_for(b, &own, 1);
	wait_for(b, &heard, 1);
	b->q = mine;
	heard = own = 0;
	snapshot(b);
	detail(b, "1");
	cancel(b, "1", false);
	wait_for(b, &heard, 1);
	assert_int_equal(heard, 1); /* reading is no change */
	assert_int_equal(rq_queue_listen(other, NULL, NULL, NULL), RQ_OK);
	put(b, plain());
	for (int i = 0; i < 5; i++)
		rq_loop_turn(b->loop, 10);
	assert_int_equal(heard, 1);
}

static void log_paths(void **state)
{
	struct bed *b = *state;
	struct rq_error e;
	struct rq_grant g;
	char *path;

	if (!b->q->ops->log_path)
		skip();
	put(b, plain());
	assert_int_equal(b->q->ops->log_path(b->q, "local:1", 0, &path, &e), RQ_OK);
	assert_non_null(strstr(path, "1.1.log"));
	rq_free(path);
	runner_up(b, "a", "self-hosted");
	g = take_one(b, "a");
	end(b, "a", &g, RQ_RESULT_RELEASED, -1);
	take_one(b, "a");
	assert_int_equal(b->q->ops->log_path(b->q, "1", 0, &path, &e), RQ_OK);
	assert_non_null(strstr(path, "1.2.log"));
	rq_free(path);
	assert_int_equal(b->q->ops->log_path(b->q, "1", 1, &path, &e), RQ_OK);
	assert_non_null(strstr(path, "1.1.log"));
	rq_free(path);
	assert_int_equal(b->q->ops->log_path(b->q, "9", 0, &path, &e), RQ_ENOTFOUND);
	assert_int_equal(b->q->ops->log_path(b->q, "other:1", 1, &path, &e), RQ_ENOTFOUND);
}

PART(calls, TEST(in_order), TEST(closed_with_calls_open), TEST(taken_back), TEST(closed_inside_an_answer), TEST(nonsense),
     TEST(changes_are_told), TEST(log_paths));
