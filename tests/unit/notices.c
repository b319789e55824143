/* What has ended and is to be told. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/loop.h"
#include "tui/clipboard.h"
#include "tui/hook.h"
#include "tui/notify.h"
#include "tui/reader.h"

enum { JOBS = 1200 };

struct fake {
	struct rq_snapshot s;
	struct rq_job jobs[JOBS];
	char ids[JOBS][16];
	struct rq_notices n;
};

static void begin(struct fake *f)
{
	memset(f, 0, sizeof *f);
	f->s.jobs = f->jobs;
	f->s.taken_at = 1000;
	f->n.since = 1000;
}

static struct rq_job *add_job(struct fake *f)
{
	struct rq_job *j = &f->jobs[f->s.n_jobs];

	snprintf(f->ids[f->s.n_jobs], sizeof f->ids[0], "local:%zu", f->s.n_jobs + 1);
	j->id = f->ids[f->s.n_jobs++];
	j->name = "build";
	j->status = RQ_STATUS_IN_PROGRESS;
	j->run_attempt = 1;
	return j;
}

static void end(struct rq_job *j, enum rq_conclusion c, int64_t at)
{
	j->status = RQ_STATUS_COMPLETED;
	j->conclusion = c;
	j->completed_at = at;
}

static void look(struct fake *f)
{
	rq_notices_look(&f->n, &f->s, true);
}

static void text_is(struct fake *f, const char *want)
{
	struct rq_str s;

	rq_str_init(&s, 0);
	rq_notices_text(&f->n, &s);
	assert_string_equal(rq_str_get(&s), want);
	rq_str_release(&s);
}

static void test_old_ends_are_no_news(void **state)
{
	struct fake *f = rq_alloc(sizeof *f);

	(void)state;
	begin(f);
	end(add_job(f), RQ_CONCLUSION_FAILURE, 900);
	end(add_job(f), RQ_CONCLUSION_FAILURE, 1000);   /* the first look shows it as ended */
	look(f);
	assert_int_equal(f->n.n, 0);
	end(add_job(f), RQ_CONCLUSION_FAILURE, 950);    /* older ones that are loaded later */
	look(f);
	assert_int_equal(f->n.n, 0);
	rq_notices_release(&f->n);
	rq_free(f);
}

static void test_a_failure_is_told_once(void **state)
{
	struct fake *f = rq_alloc(sizeof *f);
	struct rq_job *j;

	(void)state;
	begin(f);
	look(f);
	j = add_job(f);
	look(f);
	assert_int_equal(f->n.n, 0);
	end(j, RQ_CONCLUSION_FAILURE, 1001);
	j->exit_code = 3;
	look(f);
	look(f);
	text_is(f, "local:1 build: failure, exit 3");
	rq_notices_clear(&f->n);
	look(f);
	assert_int_equal(f->n.n, 0);
	j->run_attempt = 2;                             /* another attempt, another end */
	look(f);
	assert_int_equal(f->n.n, 1);
	rq_notices_release(&f->n);
	rq_free(f);
}

/* One that nobody watches, and that was told nobody, stays untold when failures begin to matter. */
static void test_failures_that_do_not_matter(void **state)
{
	struct fake *f = rq_alloc(sizeof *f);

	(void)state;
	begin(f);
	look(f);
	end(add_job(f), RQ_CONCLUSION_FAILURE, 1001);
	rq_notices_look(&f->n, &f->s, false);
	assert_int_equal(f->n.n, 0);
	look(f);
	assert_int_equal(f->n.n, 0);
	rq_notices_release(&f->n);
	rq_free(f);
}

static void test_watched(void **state)
{
	struct fake *f = rq_alloc(sizeof *f);
	struct rq_job *a, *b;

	(void)state;
	begin(f);
	a = add_job(f);
	b = add_job(f);
	look(f);
	assert_true(rq_notices_watch(&f->n, a->id));
	assert_true(rq_notices_watch(&f->n, b->id));
	assert_false(rq_notices_watch(&f->n, b->id));
	assert_true(rq_notices_watched(&f->n, a->id));
	assert_false(rq_notices_watched(&f->n, b->id));
	end(a, RQ_CONCLUSION_SUCCESS, 1001);
	end(b, RQ_CONCLUSION_SUCCESS, 1001);
	rq_notices_look(&f->n, &f->s, false);
	assert_int_equal(f->n.n, 1);
	assert_true(f->n.v[0].watched);
	text_is(f, "local:1 build: success");
	assert_false(rq_notices_watched(&f->n, a->id)); /* it has come to its end */
	rq_notices_release(&f->n);
	rq_free(f);
}

/* Ids stay findable in whatever order they come and go. */
static void test_many_watched(void **state)
{
	struct chance c = { 7 };
	struct rq_notices n = { 0 };
	bool on[200] = { false };
	char id[24];
	int i, k;

	(void)state;
	for (i = 0; i < 5000; i++) {
		k = (int)chance_below(&c, 200);
		snprintf(id, sizeof id, "local:%d", k);
		on[k] = !on[k];
		assert_int_equal(rq_notices_watch(&n, id), on[k]);
	}
	for (k = 0; k < 200; k++) {
		snprintf(id, sizeof id, "local:%d", k);
		assert_int_equal(rq_notices_watched(&n, id), on[k]);
	}
	rq_notices_release(&n);
}

static void test_bursts(void **state)
{
	struct fake *f = rq_alloc(sizeof *f);
	int i;

	(void)state;
	begin(f);
	look(f);
	for (i = 0; i < 3; i++)
		end(add_job(f), RQ_CONCLUSION_FAILURE, 1001);
	look(f);
	text_is(f, "3 jobs failed");
	rq_notices_watch(&f->n, add_job(f)->id);
	end(&f->jobs[3], RQ_CONCLUSION_SUCCESS, 1002);
	look(f);
	text_is(f, "4 jobs ended, 3 of them failed");
	rq_notices_clear(&f->n);
	for (i = 0; i < 2; i++) {
		rq_notices_watch(&f->n, add_job(f)->id);
		end(&f->jobs[4 + i], RQ_CONCLUSION_SUCCESS, 1003);
	}
	look(f);
	text_is(f, "2 jobs ended");
	rq_notices_clear(&f->n);
	for (i = 0; i < RQ_NOTIFY_EVENTS + 10; i++)
		end(add_job(f), RQ_CONCLUSION_FAILURE, 1004);
	look(f);
	assert_int_equal(f->n.n, RQ_NOTIFY_EVENTS);
	text_is(f, "1010 jobs failed");
	rq_notices_release(&f->n);
	rq_free(f);
}

static void sequence_is(const char *how, int between, const char *text, const char *want)
{
	struct rq_str s;

	rq_str_init(&s, 0);
	rq_notify_sequence(how, between, text, &s);
	assert_string_equal(rq_str_get(&s), want);
	rq_str_release(&s);
}

/* A console that sees failures for months does not keep the names of all, and tells each once. */
static void test_names_are_forgotten_in_time(void **state)
{
	struct fake *f = rq_alloc(sizeof *f);
	size_t told = 0;
	int i, k;

	(void)state;
	begin(f);
	add_job(f);
	look(f);
	for (i = 0; i < 10100; i++) {
		end(&f->jobs[0], RQ_CONCLUSION_FAILURE, 2000 + i);
		f->jobs[0].run_attempt = i + 1;
		f->s.taken_at = 2000 + i;
		for (k = 0; k < 2; k++) {
			look(f);
			told += f->n.n;
			rq_notices_clear(&f->n);
		}
	}
	assert_int_equal(told, 10100);
	assert_true(f->n.told.n < 200);
	rq_notices_release(&f->n);
	rq_free(f);
}

static void test_sequences(void **state)
{
	(void)state;
	sequence_is("osc9", RQ_CLIPBOARD_PLAIN, "local:1 build: success", "\033]9;local:1 build: success\007");
	sequence_is("osc777", RQ_CLIPBOARD_PLAIN, "a;b", "\033]777;notify;relayq;a,b\007");
	sequence_is("osc9", RQ_CLIPBOARD_TMUX, "x", "\033Ptmux;\033\033]9;x\007\033\\");
}

/* Whatever a job is called: nothing of it ends the sequence or begins another. */
static void test_hostile_names(void **state)
{
	static const char *const names[] = { "a\007b", "a\033]0;evil\007b", "a\033\\b", "a\x9c" "b", "a\xc2\x9c" "b", "a\nb\r", "\x7f" };
	char is_long[900];
	struct rq_str s;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		rq_str_init(&s, 0);
		rq_notify_sequence("osc9", RQ_CLIPBOARD_PLAIN, names[i], &s);
		for (k = 1; k + 1 < s.len; k++) {
			assert_true((unsigned char)s.s[k] >= 0x20 && s.s[k] != 0x7f);
			assert_false((unsigned char)s.s[k] == 0xc2 && (unsigned char)s.s[k + 1] < 0xa0);
		}
		rq_str_release(&s);
	}
	for (i = 0; i + 2 < sizeof is_long; i += 2)
		memcpy(is_long + i, "\xc3\xa4", 2);
	is_long[i] = '\0';
	rq_str_init(&s, 0);
	rq_notify_sequence("osc9", RQ_CLIPBOARD_PLAIN, is_long, &s);
	assert_int_equal(s.len, 4 + RQ_NOTIFY_TEXT_MAX + 1);
	rq_str_release(&s);
}

/* ---- for those who listen ---- */

enum { MANY = 20000 };

static void changes_are(const struct rq_snapshot *before, const struct rq_snapshot *now, const char *want)
{
	struct rq_str s;

	rq_str_init(&s, 0);
	rq_reader_changes(before, now, &s);
	assert_string_equal(rq_str_get(&s), want);
	rq_str_release(&s);
}

static void test_changes_are_heard(void **state)
{
	static struct fake before, now;
	int i;

	(void)state;
	begin(&before);
	begin(&now);
	for (i = 0; i < 6; i++) {
		add_job(&before);
		add_job(&now);
	}
	changes_are(&before.s, &now.s, "");
	end(&now.jobs[4], RQ_CONCLUSION_FAILURE, 2000);
	end(&now.jobs[1], RQ_CONCLUSION_SUCCESS, 2000);
	add_job(&now)->status = RQ_STATUS_QUEUED;
	changes_are(&before.s, &now.s, "local:2 build: success; local:5 build: failure; local:7 build: queued");
	end(&now.jobs[0], RQ_CONCLUSION_SUCCESS, 2000);
	changes_are(&before.s, &now.s, "4 jobs changed: 2 success, 1 failure, 1 queued");
	before.s.n_jobs = 0;
	changes_are(&before.s, &now.s, "7 jobs changed: 2 success, 3 in_progress, 1 failure, 1 queued");
}

/* A list of any length is compared within a part of a second, in whatever order it comes. */
static void test_changes_of_many(void **state)
{
	struct rq_snapshot *before = rq_snapshot_new(), *now = rq_snapshot_new();
	char (*ids)[16] = rq_realloc_array(NULL, MANY, sizeof *ids);
	int64_t began = rq_cpu_ns();
	size_t i;

	(void)state;
	before->n_jobs = now->n_jobs = MANY;
	before->jobs = rq_arena_alloc(&before->arena, MANY * sizeof *before->jobs);
	now->jobs = rq_arena_alloc(&now->arena, MANY * sizeof *now->jobs);
	for (i = 0; i < MANY; i++) {
		snprintf(ids[i], sizeof ids[i], "local:%zu", i);
		before->jobs[i].id = now->jobs[MANY - 1 - i].id = ids[i];
		before->jobs[i].reason = now->jobs[i].reason = "";
	}
	changes_are(before, now, "");
	assert_true(rq_cpu_ns() - began < 1000000000);
	rq_snapshot_unref(before);
	rq_snapshot_unref(now);
	rq_free(ids);
}

/* ---- the operator's command ---- */

static void complaint(void *ud, const char *text)
{
	rq_str_add(ud, text);
}

/* Nothing of an earlier call is left where the next one goes. */
static void test_a_blank_command_after_others(void **state)
{
	const char *const env[] = { "RELAYQ_JOB=local:1" };
	struct rq_loop *loop;
	struct rq_hook *h;
	struct rq_str said;
	int i;

	(void)state;
	rq_str_init(&said, 0);
	assert_int_equal(rq_loop_new(&loop, NULL), RQ_OK);
	h = rq_hook_new(loop, complaint, &said);
	for (i = 0; i < 3; i++)
		rq_hook_run(h, "false", env, 1);
	rq_loop_run(loop);
	rq_hook_run(h, "true", env, 1);
	rq_hook_run(h, "  ", env, 1);
	rq_loop_run(loop);
	assert_string_equal(rq_str_get(&said), "notify.command ended with status 1; this is told once.");
	rq_hook_free(h);
	rq_loop_free(loop);
	rq_str_release(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_ends_are_no_news),
		cmocka_unit_test(test_a_failure_is_told_once),
		cmocka_unit_test(test_failures_that_do_not_matter),
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_many_watched),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_names_are_forgotten_in_time),
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_changes_are_heard),
		cmocka_unit_test(test_changes_of_many),
		cmocka_unit_test(test_a_blank_command_after_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
