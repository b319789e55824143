/* Lint with runners that are known, and with files that are there or not. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/policy/policy.h"

static bool only_ok(void *ud, const char *path)
{
	++*(int *)ud;
	return strcmp(path, ".github/workflows/ok.yml") == 0;
}

static void lint(const char *text, const struct rq_runner *runners, size_t n, const char *wanted)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_policy *p;
	struct rq_error e;
	struct rq_str found;
	int asked = 0;

	rq_str_init(&found, 0);
	if (rq_policy_load("p", text, strlen(text), &p, &problems, &e))
		fail_msg("%s", e.msg);
	rq_policy_lint(p, runners, n, only_ok, &asked, &problems);
	rq_problems_sort(&problems);
	for (size_t i = 0; i < problems.n; i++)
		rq_str_addf(&found, "%d:%d %s %s\n", problems.v[i].line, problems.v[i].col, problems.v[i].code, problems.v[i].text);
	assert_string_equal(rq_str_get(&found), wanted);
	rq_str_release(&found);
	rq_policy_free(p);
	rq_problems_release(&problems);
}

static struct rq_runner runner(struct rq_arena *a, const char *name, const char *labels, const char *tools)
{
	struct rq_runner r = { .name = name, .cpu_cores = 4, .memory_bytes = INT64_C(4000000000), .disk_free_bytes = -1 };

	assert_int_equal(rq_labels_parse(a, labels, &r.labels, NULL), RQ_OK);
	assert_int_equal(rq_labels_parse(a, tools, &r.tools, NULL), RQ_OK);
	return r;
}

static void test_known_runners(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_runner fleet[2] = { runner(&a, "Pi", "rpi4,audio", "ffmpeg,git"), runner(&a, "mac", "macmini", "git") };

	(void)state;
	lint("schema: 2\nroutes:\n  a: {prefer: [pi], constraints: {needs_ffmpeg: true}}\n", fleet, 2, "");
	lint("schema: 2\nroutes:\n  a: {prefer: [rpi4, rpi5], fallback: [nowhere]}\n", fleet, 2,
	     "3:22 L005 no runner and no label is called 'rpi5', in prefer (did you mean 'rpi4'?)\n"
	     "3:40 L005 no runner and no label is called 'nowhere', in fallback\n");
	lint("schema: 2\nroutes:\n  a: {prefer: [macmini], constraints: {needs: [ffmpeg]}}\n", fleet, 2,
	     "3:3 L004 no runner can pass routes.a: mac has no ffmpeg\n");
	lint("schema: 2\nroutes:\n  a: {prefer: [mac, audio], constraints: {min_memory_gb: 4.5}}\n", fleet, 2,
	     "3:3 L004 no runner can pass routes.a: mac has 4000 MB of memory, of 4500, and so on\n");
	/* What is declared counts more than what was found. */
	lint("schema: 2\nroutes:\n  a: {prefer: [MAC], constraints: {needs: [ffmpeg]}}\n"
	     "runner_capabilities: {mac: {supports_ffmpeg: true}}\n", fleet, 2, "");
	lint("schema: 2\nroutes:\n  a: {prefer: [PI], constraints: {needs: [ffmpeg]}}\n"
	     "runner_capabilities: {pi: {supports_ffmpeg: false}}\n", fleet, 2,
	     "3:3 L004 no runner can pass routes.a: pi is declared without ffmpeg\n");
	rq_arena_release(&a);
}

static void test_files(void **state)
{
	(void)state;
	lint("schema: 2\nroutes:\n  a: {prefer: [m], workflows: {m: .github/workflows/no.yml, \"*\": .github/workflows/ok.yml}}\n",
	     NULL, 0, "3:35 L010 there is no file '.github/workflows/no.yml'\n");
}

/* Nothing is known about any runner: nothing can be said about names. */
static void test_empty_fleet(void **state)
{
	(void)state;
	lint("schema: 2\nroutes:\n  a: {prefer: [m], constraints: {max_concurrent: 9}}\ngroups: {g: {limit: 9}}\n", NULL, 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_runners),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_empty_fleet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
