/* A policy: it loads or says why; what loads can be put in the standard form, which says
 * the same, and stays as it is when that is done again; and it decides, twice the same. */
#include "tests/fuzz/fuzz.h"
#include "core/base/str.h"
#include "core/policy/decide.h"
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

/* Over runners with the names that the policy declares, so that its numbers meet something. */
static void decide(const struct rq_policy *p, const char *type, char **record)
{
	static const char *words[] = { "audio", "heavy", "self-hosted" };
	static const char *params[] = { "duration_s=600", "size_mb=99.5", "url=https://example.com/a.mp3" };
	const struct rq_labels labels = { 3, words }, none = { 0, NULL };
	const struct rq_facts facts = { .type = type, .labels = &none, .target = "", .n_params = 3, .params = params,
					.submitter = "sky", .source = "cli", .attempt = 1 };
	struct rq_runner r[4];
	struct rq_fleet fleet = { .runners = r };
	struct rq_arena a = { 0 };
	struct rq_decision d;
	struct rq_json *j;
	struct rq_str b;

	for (size_t i = 0; i < 4; i++)
		r[i] = (struct rq_runner){ .name = i < p->n_declared ? p->declared[i].name : words[i % 3], .queue = "", .labels = labels,
					   .tools = labels, .online = i != 1, .slots = 2, .running = (int)i, .os = "linux",
					   .arch = "arm64", .version = "1.2", .memory_bytes = INT64_MAX, .disk_free_bytes = INT64_MAX,
					   .cpu_cores = 4, .temp_milli_c = 50000, .load_milli = 500 };
	fleet.n_runners = p->n_declared < 4 && p->n_declared ? p->n_declared : 4;
	rq_decide(&a, p, &facts, &fleet, INT64_C(1795298000000), &d);
	PROMISE(d.outcome != RQ_OUTCOME_PLACED || *d.target);
	PROMISE(d.outcome != RQ_OUTCOME_WAIT || d.n_wake_on);
	j = rq_decision_to_json(&d);
	rq_str_init(&b, 0);
	rq_json_print(j, &b, false);
	*record = rq_str_detach(&b);
	rq_json_free(j);
	rq_arena_release(&a);
}

static void check_decides(const struct rq_policy *p, const char *type)
{
	char *one, *two;

	decide(p, type, &one);
	decide(p, type, &two);
	PROMISE(!strcmp(one, two));
	rq_free(one);
	rq_free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size ? (const char *)data : "";
	struct rq_policy *p = load(text, size);
	struct rq_str once, twice;

	for (size_t i = 0; p && i < p->n_routes && i < 3; i++)
		check_decides(p, p->routes[i].name);
	if (p)
		check_decides(p, "command");
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
