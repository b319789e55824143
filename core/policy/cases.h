/* cases.h - examples that a policy must hold: `relayq policy test`. Pure: no clock, no fleet but the case's own. */
#ifndef RQ_POLICY_CASES_H
#define RQ_POLICY_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/model/decision.h"
#include "core/model/facts.h"
#include "core/policy/policy.h"

struct rq_case {
	const char *name, *file;
	int line, col;
	bool todo;                      /* skipped */
	int64_t now;
	struct rq_facts facts;          /* normalised */
	struct rq_fleet fleet;          /* sealed */
	const struct rq_yaml *expect;   /* what is asked of the decision; its keys were checked */
};

struct rq_cases {
	struct rq_arena arena;
	size_t n, cap, n_docs, docs_cap;
	struct rq_case *v;
	struct rq_yaml_doc **docs;      /* the trees that `expect` points into */
};

/* Add the cases of TEXT, a file called NAME; POLICY tells how many jobs a runner takes. RQ_EUSAGE with place. Zero-initialise
 * *c before the first. */
int rq_cases_load(struct rq_cases *c, const struct rq_policy *policy, const char *name, const char *text, size_t n,
		  struct rq_error *e);
void rq_cases_release(struct rq_cases *c);

/* Facts as a case has them, or as a record's JSON has them. Normalised; into A. NOW: for `age`. */
int rq_facts_read(struct rq_arena *a, const char *name, const char *text, size_t n, int64_t now, struct rq_facts *out,
		  struct rq_error *e);

/* One runner in the short notation: "rpi4", "rpi4 offline", "macmini running=1 slots=2 labels=heavy+audio". Into A. */
int rq_runner_short(struct rq_arena *a, const struct rq_policy *policy, int64_t now, const char *text, struct rq_runner *r,
		    struct rq_error *e);

/* Decide the case. "" when all that is expected holds, else what does not, a line each; into A. */
const char *rq_case_run(struct rq_arena *a, const struct rq_policy *policy, const struct rq_case *c, struct rq_decision *d);

/* What cases have reached. */
struct rq_coverage {
	size_t n_rules, n_routes;       /* as many as the policy has */
	bool *rules, *routes;           /* fired; decided by */
};
void rq_coverage_init(struct rq_arena *a, const struct rq_policy *policy, struct rq_coverage *c);
void rq_coverage_add(const struct rq_policy *policy, const struct rq_decision *d, struct rq_coverage *c);

#endif
