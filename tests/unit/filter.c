/* The filter's language, against one job, runner, decision and line of activity. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include "core/model/columns.h"
#include "core/model/config.h"
#include "core/model/filter.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
static const int64_t now = INT64_C(1800000000000);

static const char *job_labels[] = { "gpu", "self-hosted" };
static const struct rq_job job = {
	.id = "local:17",
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
	.run_attempt = 2,
	.priority = -3,
	.exit_code = 1,
	.created_at = INT64_C(1800000000000) - 3 * HOUR,
	.started_at = INT64_C(1800000000000) - 2 * HOUR,
	.completed_at = INT64_C(1800000000000) - 90 * MINUTE,
	.branch = "release/2",
	.event = "push",
	.actor = "anna",
};
static const struct rq_job waiting = {
	.id = "local:18",
	.queue = "local",
	.name = "next",
	.type = "command",
	.command = "true",
	.status = RQ_STATUS_QUEUED,
	.reason = "",
	.target = "",
	.runner_name = "",
	.group = "",
	.run_attempt = 1,
	.exit_code = -1,
	.created_at = INT64_C(1800000000000) - 10 * MINUTE,
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
	.os = "linux",
	.arch = "arm64",
	.host = "pi",
	.version = "0.1.0",
	.cpu_cores = 4,
	.memory_bytes = INT64_C(8) << 30,
	.disk_free_bytes = -1,
	.job = "local:17/2",
	.job_name = "episode-41.mp3",
	.load_milli = 850,
	.temp_milli_c = 61500,
	.started_at = INT64_C(1800000000000) - HOUR,
};
static const struct rq_decision decision = {
	.id = "01ABC",
	.job_id = "local:17",
	.trigger = "submit",
	.by = "u",
	.note = "any mac will do",
	.policy = "policy/policy.yaml 3f2a91c",
	.at = INT64_C(1800000000000) - MINUTE,
	.type = "command",
	.wanted = "audio,self-hosted,@macmini",
	.outcome = RQ_OUTCOME_WAIT,
	.target = "",
	.reason = "RUNNER_OFFLINE",
};
static const struct rq_activity activity = {
	.at = INT64_C(1800000000000) - MINUTE,
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
	rq_filter_at(f, now);
	is = kind == 'j'   ? rq_filter_job(f, &job)
	     : kind == 'w' ? rq_filter_job(f, &waiting)
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
					   "anna",
					   "conclusion:failure",
					   "conclusion:success,failure",
					   "branch:release/*",
					   "event:push actor:anna",
					   "age>2h",
					   "age>=3h",
					   "age<=3h",
					   "age:>2h",
					   "age<4h age>2h59m",
					   "time>29m",
					   "time<31m",
					   "wait>59m",
					   "wait<61m",
					   "started>1h59m",
					   "ended<2h",
					   "attempt=2",
					   "attempt:2",
					   "attempt>1",
					   "priority<0",
					   "priority>=-3",
					   "exit=1",
					   "is:failed",
					   "is:finished",
					   "is:retried",
					   "is:active,failed",
					   "-is:active",
					   "-is:stuck",
					   "is:completed",
					   "-seen>1s",
					   "-temp>1",
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
					  "conclusion:completed",
					  "conclusion:success",
					  "branch:main",
					  "branch:release",
					  "actor:ann",
					  "age<3h",
					  "age>3h",
					  "-age>2h",
					  "time>30m",
					  "time<30m",
					  "ended<1h",
					  "attempt>2",
					  "priority>-3",
					  "exit>1",
					  "slots>0",
					  "load>0",
					  "is:active",
					  "is:stuck",
					  "a>b",
					  NULL };

	(void)state;
	check(yes, no, 'j');
}

static void test_others(void **state)
{
	static const char *const runner_yes[] = { "rpi",       "status:busy", "status:draining",
						  "label:gpu", "runner:rpi4", "disk",
						  "arm64",     "load>0.8",    "load<0.9",
						  "load>=0.85", "temp>61", "temp<=61.5", "slots=2",
						  "running>0", "is:busy",     "is:draining", "age>59m",
						  "seen<1s",   "state:busy", "busy=1", "labels:gpu", "system:arm64",
						  "system:linux/*", "host:pi", "version:0.1*", "up>59m", "cores=4",
						  "memory>4G", "memory<=8G", "note:disk", "job:17/2", "job:41.mp3",
						  "episode", "-disk<1T", NULL };
	static const char *const runner_no[] = { "status:offline", "status:idle", "type:x",
						 "windows", "load>1", "temp>61.5", "is:offline",
						 "attempt>0", "seen>1s", "is:active", "system:x86", "cores>4",
						 "memory>8G", "host:p", "job:18", "disk>0", NULL };
	static const char *const decision_yes[] = {
		"status:wait", "label:audio", "label:@macmini", "id:17", "reason:runner_offline",
		"submit", "outcome:wait", "job:17", "id:01abc", "why:submit", "by:u", "note:mac", "policy:3f2a91c",
		"wanted:audio", "age<2m", "policy.yaml", NULL
	};
	static const char *const decision_no[] = { "status:placed", "label:gpu", "label:aud", "outcome:rejected", "job:18",
						   "why:retry", "policy:built-in", "note:pi", NULL };
	static const char *const activity_yes[] = { "anna", "type:drain", "status:ok", "disk", "action:drain",
						    "action:submit,drain", "who:anna", "what:rpi4", "detail:new",
						    "result:ok", "-result:conflict", "at<2m", "age>59s", NULL };
	static const char *const activity_no[] = { "bert", "type:submit", "action:undrain", "who:ann", "detail:old",
						   "result:failed", "at>2m", NULL };

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
	refused("staus:", "did you mean status:?");
	refused("status:", "lacks a value");
	refused("status:queued,,failure", "lacks a value");
	refused("re:", "lacks a pattern");
	refused("re:a(", "missing closing parenthesis");
	refused("age>10q", "\"10q\" is no duration; write age>90s");
	refused("age:10m", "age is compared: write age>10m");
	refused("age=10m", "age is compared");
	refused("age>", "lacks a value");
	refused("attempt>x", "\"x\" is no number");
	refused("load>0.8.1", "is no number");
	refused("load=1", "load is compared: write load>0.8");
	refused("agee>10m", "did you mean age>?");
	refused("prioity>5", "did you mean priority>?");
	refused("brnch:main", "did you mean branch:?");
	refused("status=queued", "write status:VALUE");
	refused("result:faild", "did you mean result:failed?");
	refused("actin:drain", "did you mean action:?");
	refused("memory=4G", "memory is compared: write memory>4G");
	refused("memory>4X", "\"4X\" is no number");
	refused("is:stuk", "did you mean is:stuck?");
	refused("conclusion:sucess", "did you mean conclusion:success?");
	refused("\"open", "without its end");
	refused("a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g", "at most 32");
}

static void test_waiting(void **state)
{
	static const char *const yes[] = { "wait>9m",	 "wait>=10m", "is:active",    "age<11m", "-time>0s",
					   "-started>0s", "-exit=0",  "-conclusion:*", "-actor:*", "is:queued",
					   NULL };
	static const char *const no[] = { "wait>10m", "time>=0s", "ended<1h", "is:finished", "is:failed", NULL };

	(void)state;
	check(yes, no, 'w');
}

/* The answer of a filter by age is good until the first row crosses a limit, and not a millisecond longer. */
static void test_time(void **state)
{
	static const struct {
		const char *expr;
		int64_t next;   /* after now */
	} cases[] = {
		{ "age>11m", MINUTE }, { "age<12m", 2 * MINUTE }, { "wait>=10m", 1 },     { "wait<=10m", 1 },
		{ "age<5m", 0 },	       { "time>1m", 0 },	  { "is:stuck", 350 * MINUTE }, { "next", 0 },
		{ "age>1h age>11m", 50 * MINUTE }, { "-age>20m age>11m", MINUTE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_filter *f;
		bool before;
		int64_t next;

		assert_int_equal(rq_filter_new(cases[i].expr, &f, NULL), RQ_OK);
		rq_filter_at(f, now);
		before = rq_filter_job(f, &waiting);
		next = rq_filter_next(f);
		if (next != (cases[i].next ? now + cases[i].next : 0))
			fail_msg("%s: after %lld ms", cases[i].expr, (long long)(next ? next - now : 0));
		/* Nothing changes before it. */
		if (next) {
			rq_filter_at(f, next - 1);
			assert_int_equal(rq_filter_job(f, &waiting), before);
		}
		rq_filter_free(f);
	}
}

static void wrong_part(const char *expr, const char *part)
{
	struct rq_filter *f;
	size_t from = 99, to = 99;

	assert_int_not_equal(rq_filter_new_at(expr, &f, &from, &to, NULL), RQ_OK);
	if (to - from != strlen(part) || strncmp(expr + from, part, to - from) != 0)
		fail_msg("%s: %zu to %zu", expr, from, to);
}

static void test_where_it_is_wrong(void **state)
{
	(void)state;
	wrong_part("status:quued", "status:quued");
	wrong_part("a  -staus:queued  b", "-staus:queued");
	wrong_part("label:x age>10q", "age>10q");
	wrong_part("a re:( b", "re:(");
	wrong_part("a \"b c", "\"b c");
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

/* Whatever stands above a column can be filtered by. */
static void test_columns(void **state)
{
	static const char *const lists[] = { "ui.columns.jobs", "ui.columns.runners", "ui.columns.decisions",
					     "ui.columns.activity" };

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const char *c = rq_config_find(lists[i])->choices;

		for (size_t n; *c; c += n + (c[n] == '|')) {
			char name[RQ_COLUMN_NAME_LEN];

			n = strcspn(c, "|");
			snprintf(name, sizeof name, "%.*s", (int)n, c);
			if (!rq_filter_field(name))
				fail_msg("%s: %s", lists[i], name);
		}
	}
	assert_string_equal(rq_filter_field("Labels"), "label");
	assert_string_equal(rq_filter_field("type"), "type");
	assert_null(rq_filter_field("typ"));
}

/* What came of an action is one of the codes' names. */
static void test_results(void **state)
{
	char expr[64];

	(void)state;
	for (int code = RQ_OK; strcmp(rq_code_name(code), "unknown") != 0; code++) {
		snprintf(expr, sizeof expr, "result:%s", rq_code_name(code));
		if (on(expr, 'a') < 0)
			fail_msg("%s is refused", expr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_where_it_is_wrong),
		cmocka_unit_test(test_stars),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
