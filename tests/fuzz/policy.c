/* A policy: it loads or says why; what loads can be put in the standard form, which says
 * the same, and stays as it is when that is done again. */
#include "tests/fuzz/fuzz.h"
#include "core/base/str.h"
#include "core/policy/diff.h"
#include "core/policy/policy.h"

static struct rq_policy *load(const char *text, size_t n)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	struct rq_policy *p;
	struct rq_str shown;

	rq_str_init(&shown, 1 << 20);
	if (rq_policy_load("fuzz", text, n, &p, &problems, &e) != RQ_OK)
		PROMISE(!p && e.msg[0] && problems.errors);
	else
		PROMISE(p && !problems.errors);
	PROMISE(problems.n <= RQ_PROBLEMS_MAX && problems.n <= problems.errors + problems.warnings);
	if (p)
		rq_policy_lint(p, NULL, 0, NULL, NULL, &problems);
	rq_problems_sort(&problems);
	rq_problems_render(&problems, "fuzz", text, n, &shown);
	rq_json_free(rq_problems_json(&problems, "fuzz"));
	rq_str_release(&shown);
	rq_problems_release(&problems);
	return p;
}

static bool format(const char *text, size_t n, struct rq_str *out)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	int rc = rq_policy_fmt("fuzz", text, n, out, &problems, &e);

	PROMISE(rc == RQ_OK || e.msg[0]);
	rq_problems_release(&problems);
	return rc == RQ_OK;
}

static void check_same(const struct rq_policy *was, const char *text, size_t n)
{
	struct rq_policy *now = load(text, n);
	struct rq_arena a = { 0 };
	struct rq_diff d = { 0 };
	struct rq_str shown;

	PROMISE(!was == !now);
	if (was) {
		rq_policy_diff(&a, was, now, &d);
		rq_str_init(&shown, 0);
		rq_diff_render(&d, "was", "now", &shown);
		if (d.n)
			fprintf(stderr, "%s", rq_str_get(&shown));
		PROMISE(d.n == 0);
		rq_str_release(&shown);
		rq_diff_release(&d);
	}
	rq_arena_release(&a);
	rq_policy_free(now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size ? (const char *)data : "";
	struct rq_policy *p = load(text, size);
	struct rq_str once, twice;

	rq_str_init(&once, 4 << 20);
	rq_str_init(&twice, 4 << 20);
	if (format(text, size, &once)) {
		check_same(p, rq_str_get(&once), once.len);
		PROMISE(format(rq_str_get(&once), once.len, &twice));
		if (strcmp(rq_str_get(&once), rq_str_get(&twice)) != 0)
			fprintf(stderr, "--- once\n%s--- twice\n%s", rq_str_get(&once), rq_str_get(&twice));
		PROMISE(!strcmp(rq_str_get(&once), rq_str_get(&twice)));
	}
	rq_str_release(&once);
	rq_str_release(&twice);
	rq_policy_free(p);
	return 0;
}
