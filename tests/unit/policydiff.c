/* Two policies side by side: what is added, removed and changed, with the places; not how it is written. */
#include "tests/unit/unit.h"
#include "core/policy/diff.h"

static struct rq_policy *load(const char *text)
{
	struct rq_problems problems = { 0 };
	struct rq_policy *p = NULL;
	struct rq_error e;

	if (rq_policy_load("policy.yaml", text, strlen(text), &p, &problems, &e))
		fail_msg("%s", e.msg);
	rq_problems_release(&problems);
	return p;
}

/* What the diff of two texts says, without the places. */
static char *said(const char *was, const char *now)
{
	struct rq_policy *a = load(was), *b = load(now);
	struct rq_arena arena = { 0 };
	struct rq_diff d;
	struct rq_str out;

	rq_str_init(&out, 0);
	rq_policy_diff(&arena, a, b, &d);
	for (size_t i = 0; i < d.n; i++)
		rq_str_addf(&out, "%c%s|%s|%s\n", d.v[i].kind, d.v[i].what, d.v[i].was, d.v[i].now);
	rq_diff_release(&d);
	rq_arena_release(&arena);
	rq_policy_free(a);
	rq_policy_free(b);
	return rq_str_detach(&out);
}

static void differ(const char *was, const char *now, const char *wanted)
{
	char *got = said(was, now);

	assert_string_equal(got, wanted);
	rq_free(got);
}

#define ROUTE "schema: 2\nroutes:\n  a:\n    prefer: [m]\n"

static void test_writing_does_not_matter(void **state)
{
	(void)state;
	differ(ROUTE "    constraints: {needs: [ffmpeg], max_size_mb: 10}\n",
	       "schema: 2 # c\nroutes: {a: {constraints: {max_size_mb: 10.0, needs: ['ffmpeg']}, prefer: ['m']}}\n", "");
}

static void test_added_removed_changed(void **state)
{
	(void)state;
	differ(ROUTE, ROUTE "  b: {prefer: [x, y], privacy: lan}\n", "+routes.b||prefer: [x, y], privacy: lan\n");
	differ(ROUTE "  b: {prefer: [x]}\n", ROUTE, "-routes.b|prefer: [x]|\n");
	differ(ROUTE "    timeout_minutes: 1.5\n", ROUTE "    timeout_minutes: 30\n", "~routes.a.timeout_minutes|90s|30m\n");
	differ(ROUTE "    constraints: {max_size_mb: 0.25}\n", ROUTE "    fallback: [n]\n",
	       "-routes.a.constraints.max_size_mb|0.25|\n+routes.a.fallback||[n]\n");
	differ(ROUTE, ROUTE "defaults: {fallback_after: 2m}\n", "~defaults.fallback_after|0s|2m\n");
}

static void test_every_part_is_compared(void **state)
{
	static const char *const parts[][2] = {
		{ "constraints.max_temp_c", "    constraints: {max_temp_c: 80.5}\n" },
		{ "constraints.max_load", "    constraints: {max_load: 0.9}\n" },
		{ "constraints.min_memory_gb", "    constraints: {min_memory_gb: 2}\n" },
		{ "constraints.min_cpu_cores", "    constraints: {min_cpu_cores: 2}\n" },
		{ "constraints.min_storage_gb", "    constraints: {min_storage_gb: 2}\n" },
		{ "constraints.max_duration_minutes", "    constraints: {max_duration_minutes: 2}\n" },
		{ "constraints.max_concurrent", "    constraints: {max_concurrent: 2}\n" },
		{ "constraints.needs", "    constraints: {needs_ffmpeg: true}\n" },
		{ "constraints.forbid", "    constraints: {forbid: [x]}\n" },
		{ "constraints.labels", "    constraints: {labels: [x]}\n" },
		{ "constraints.arch", "    constraints: {arch: [x64]}\n" },
		{ "constraints.os", "    constraints: {os: [linux]}\n" },
		{ "constraints.runner_version", "    constraints: {runner_version: \">=1.2\"}\n" },
		{ "workflows.*", "    workflows: {\"*\": a.yml}\n" },
		{ "score", "    score: [{least_loaded: 3}]\n" },
		{ "budget.usd", "    budget: {usd: 5.00/month}\n" },
		{ "budget.github_minutes", "    budget: {github_minutes: 5/day}\n" },
		{ "budget.per_job_usd", "    budget: {per_job_usd: 0.5}\n" },
		{ "privacy", "    privacy: lan\n" },
		{ "windows", "    windows: [{days: mon-fri, from: \"22:00\", to: \"06:00\"}]\n" },
		{ "fallback_after", "    fallback_after: 1m\n" },
		{ "retry", "    retry: {max: 3}\n" },
		{ "provider.task", "    provider: {task: asr}\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct rq_str now;
		char *got, *wanted;

		rq_str_init(&now, 0);
		rq_str_addf(&now, "%s%s", ROUTE, parts[i][1]);
		got = said(ROUTE, rq_str_get(&now));
		rq_str_clear(&now);
		rq_str_addf(&now, "+routes.a.%s|", parts[i][0]);
		wanted = rq_str_detach(&now);
		if (!strstr(got, wanted))
			fail_msg("%s is not told: %s", parts[i][0], got);
		rq_free(got);
		rq_free(wanted);
	}
}

#define RULES ROUTE "rules:\n"
#define ONE "  - {name: one, when: {size_mb: {gt: 4}}, deny: big}\n"
#define TWO "  - {name: two, when: {not: {type: {in: [a, b]}}}, set: {privacy: lan, per_job_usd: 0.5}}\n"

static void test_rules(void **state)
{
	(void)state;
	differ(RULES ONE, RULES ONE TWO, "+rules.two||set.per_job_usd: 0.5, set.privacy: lan, when: not(type in a, b)\n");
	differ(RULES ONE, RULES "  - {name: one, when: {size_mb: {gt: 5}}, deny: big}\n",
	       "~rules.one.when|size_mb gt 4|size_mb gt 5\n");
	differ(RULES ONE TWO, RULES TWO ONE, "~rules (order)|one, two|two, one\n");
}

static void test_runners_and_groups(void **state)
{
	(void)state;
	differ(ROUTE "groups: {g: {limit: 1}}\nrunner_capabilities: {m: {memory_gb: 1.5, supports_x: true}}\n",
	       ROUTE "groups: {g: {limit: 2}}\nrunner_capabilities: {m: {memory_gb: 1.5, supports_x: false}}\n",
	       "~groups.g.limit|1|2\n-runner_capabilities.m.supports|[x]|\n+runner_capabilities.m.supports not||[x]\n");
}

static void test_places(void **state)
{
	struct rq_policy *a = load(ROUTE "    timeout_minutes: 1\n"), *b = load(ROUTE "    privacy: lan\n    timeout_minutes: 2\n");
	struct rq_arena arena = { 0 };
	struct rq_diff d;
	struct rq_str out;

	(void)state;
	rq_policy_diff(&arena, a, b, &d);
	assert_int_equal(d.n, 2);
	rq_str_init(&out, 0);
	rq_diff_render(&d, "A:p", "B:p", &out);
	assert_string_equal(rq_str_get(&out), "+ routes.a.privacy: lan  (B:p:5:5)\n"
					      "~ routes.a.timeout_minutes: 1m -> 2m  (A:p:5:5 -> B:p:6:5)\n");
	rq_str_release(&out);
	rq_diff_release(&d);
	rq_policy_diff(&arena, a, a, &d);
	assert_int_equal(d.n, 0);
	rq_policy_diff(&arena, NULL, a, &d);
	assert_true(d.n > 0);
	rq_diff_release(&d);
	rq_arena_release(&arena);
	rq_policy_free(a);
	rq_policy_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writing_does_not_matter),
		cmocka_unit_test(test_added_removed_changed),
		cmocka_unit_test(test_every_part_is_compared),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_runners_and_groups),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
