/* Examples of a policy: they load or say why; each that loads is decided, twice with the same words. */
#include "tests/fuzz/fuzz.h"
#include "core/policy/cases.h"
#include "core/policy/policy.h"

static const char policy_text[] = "schema: 2\n"
				  "rules:\n"
				  "  - {name: huge, when: {size_mb: {gt: 4000}}, deny: too large, on_unknown: skip}\n"
				  "  - {name: host, when: {host: {suffix: .example.org}}, route: b}\n"
				  "routes:\n"
				  "  a: {prefer: [mac], fallback: [pi], constraints: {max_size_mb: 1000, max_temp_c: 80}}\n"
				  "  b: {prefer: [x, y], score: [{least_loaded: 60}, {affinity: z, weight: 40}]}\n"
				  "runner_capabilities: {mac: {max_concurrent_jobs: 2}}\n";

static void decide(const struct rq_policy *p, const struct rq_case *c, struct rq_coverage *v)
{
	struct rq_arena a = { 0 };
	struct rq_decision d, e;
	const char *one = rq_case_run(&a, p, c, &d), *two = rq_case_run(&a, p, c, &e);

	PROMISE(!strcmp(one, two) && d.outcome == e.outcome);
	rq_coverage_add(p, &d, v);
	rq_arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_cases cases = { .n = 0 };
	struct rq_arena a = { 0 };
	struct rq_error e = { 0 };
	struct rq_coverage v;
	struct rq_policy *p;
	struct rq_facts f;

	PROMISE(rq_policy_load("fuzz", policy_text, sizeof policy_text - 1, &p, &problems, &e) == RQ_OK);
	rq_coverage_init(&a, p, &v);
	if (rq_cases_load(&cases, p, "fuzz", (const char *)data, size, &e) != RQ_OK)
		PROMISE(e.msg[0]);
	for (size_t i = 0; i < cases.n && i < 100; i++)
		if (!cases.v[i].todo)
			decide(p, &cases.v[i], &v);
	if (rq_facts_read(&a, "fuzz", (const char *)data, size, 1767614400000, &f, &e) != RQ_OK)
		PROMISE(e.msg[0]);
	rq_cases_release(&cases);
	rq_arena_release(&a);
	rq_problems_release(&problems);
	rq_policy_free(p);
	return 0;
}
