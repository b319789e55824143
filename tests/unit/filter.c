/* The filter's language, against one job, runner, decision and line of activity. */
#include "tests/unit/unit.h"

#include "core/model/filter.h"

static const char *job_labels[] = { "gpu", "self-hosted" };
static const struct rq_job job = {
	.id = "local:17",
	.run_id = "local:17",
	.queue = "local",
	.name = "episode-41.mp3",
	.type = "transcribe",
	.command = "whisper episode-41.mp3",
	.status = RQ_STATUS_COMPLETED,
	.conclusion = RQ_CONCLUSION_FAILURE,
	.reason = "TIMEOUT",
	.labels = { 2, job_labels },
	.target = "",
	.runner_name = "macmini",
	.group = "audio",
	.decision_id = "",
};
static const struct rq_runner runner = {
	.name = "rpi4",
	.queue = "local",
	.labels = { 2, job_labels },
	.online = true,
	.running = 1,
	.slots = 2,
	.drain = RQ_DRAIN_DRAINING,
	.drain_reason = "new disk",
	.drain_by = "u",
	.os = "linux",
	.arch = "arm64",
	.host = "pi",
};
static const struct rq_decision decision = {
	.id = "01ABC",
	.job_id = "local:17",
	.prev_id = "",
	.trigger = "submit",
	.by = "u",
	.note = "",
	.policy = "built-in",
	.type = "command",
	.wanted = "audio,self-hosted,@macmini",
	.outcome = RQ_OUTCOME_WAIT,
	.target = "",
	.reason = "RUNNER_OFFLINE",
	.nearest = "",
};
static const struct rq_activity activity = {
	.actor = "anna",
	.action = "drain",
	.object = "rpi4",
	.detail = "new disk",
	.result = "ok",
};

/* 1, 0, or -1 for an expression that is refused. */
static int on(const char *expr, int kind)
{
	struct rq_filter *f;
	bool is;

	if (rq_filter_new(expr, &f, NULL))
		return -1;
	is = kind == 'j'   ? rq_filter_job(f, &job)
	     : kind == 'r' ? rq_filter_runner(f, &runner)
	     : kind == 'd' ? rq_filter_decision(f, &decision)
			   : rq_filter_activity(f, &activity);
	rq_filter_free(f);
	return is;
}

static void check(const char *const *yes, const char *const *no, int kind)
{
	for (; *yes; yes++)
		if (on(*yes, kind) != 1)
			fail_msg("\"%s\" should match", *yes);
	for (; *no; no++)
		if (on(*no, kind) != 0)
			fail_msg("\"%s\" should not match", *no);
}

static void test_job(void **state)
{
	static const char *const yes[] = { "",
					   "  ",
					   "episode",
					   "EPISODE",
					   "gpu",
					   "macmini",
					   "status:completed",
					   "status:failure",
					   "status:queued,failure",
					   "label:GPU",
					   "type:transcribe",
					   "type:tran*",
					   "runner:macmini",
					   "queue:local",
					   "id:17",
					   "id:local:17",
					   "name:41",
					   "name:ep*mp3",
					   "group:audio",
					   "reason:timeout",
					   "-status:queued",
					   "!label:arm",
					   "re:ep.*41",
					   "re:EPISODE-42|sode-4[01]",
					   "\"whisper episode\"",
					   "label:gpu status:failure -name:test",
					   "local:17",
					   NULL };
	static const char *const no[] = { "nothing",
					  "status:queued",
					  "-status:failure",
					  "label:gp",
					  "id:1",
					  "id:7",
					  "type:tran",
					  "episode nothing",
					  "\"episode whisper\"",
					  "re:EPISODE",
					  "!gpu",
					  "name:ep*mp4",
					  NULL };

	(void)state;
	check(yes, no, 'j');
}

static void test_others(void **state)
{
	static const char *const runner_yes[] = { "rpi",       "status:busy", "status:draining",
						  "label:gpu", "runner:rpi4", "disk",
						  "arm64",     NULL };
	static const char *const runner_no[] = { "status:offline", "status:idle", "type:x",
						 "windows", NULL };
	static const char *const decision_yes[] = {
		"status:wait", "label:audio", "label:@macmini", "id:17", "reason:runner_offline",
		"submit",      NULL
	};
	static const char *const decision_no[] = { "status:placed", "label:gpu", "label:aud",
						   NULL };
	static const char *const activity_yes[] = { "anna", "type:drain", "status:ok", "disk",
						    NULL };
	static const char *const activity_no[] = { "bert", "type:submit", NULL };

	(void)state;
	check(runner_yes, runner_no, 'r');
	check(decision_yes, decision_no, 'd');
	check(activity_yes, activity_no, 'a');
}

static void refused(const char *expr, const char *message)
{
	struct rq_filter *f = (void *)1;
	struct rq_error e = { 0 };

	assert_int_equal(rq_filter_new(expr, &f, &e) == RQ_OK, 0);
	assert_null(f);
	if (!strstr(e.msg, message))
		fail_msg("got: %s; wanted: %s", e.msg, message);
}

static void test_refusals(void **state)
{
	(void)state;
	refused("status:quued", "did you mean status:queued?");
	refused("staus:queued", "did you mean status:?");
	refused("status:", "lacks a value");
	refused("status:queued,,failure", "lacks a value");
	refused("re:", "lacks a pattern");
	refused("re:a(", "missing closing parenthesis");
	refused("\"open", "without its end");
	refused("a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g", "at most 32");
}

/* A term of stars against a long text: linear, not exponential. */
static void test_stars(void **state)
{
	char name[2001];
	struct rq_job j = job;
	struct rq_filter *f;

	(void)state;
	memset(name, 'a', 2000);
	name[2000] = 0;
	j.name = name;
	assert_int_equal(rq_filter_new("name:*a*a*a*a*a*a*a*a*a*a*b", &f, NULL), RQ_OK);
	assert_false(rq_filter_job(f, &j));
	rq_filter_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_stars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
