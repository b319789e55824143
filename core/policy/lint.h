/* lint.h - what the parts of lint share: the fleet as policy and snapshot know it together. */
#ifndef RQ_POLICY_LINT_H
#define RQ_POLICY_LINT_H

#include "core/policy/policy.h"

/* A runner that is declared, or known, or both. */
struct lint_runner {
	const char *name;
	const struct rq_declared *declared;     /* NULL: not in runner_capabilities */
	const struct rq_runner *known;          /* NULL: never seen */
	bool used;                              /* by a route */
	size_t mark;                            /* the last route that had it for a candidate, counted from 1 */
};

struct lint_label {
	const char *label;
	size_t runner;
};

struct lint {
	const struct rq_policy *p;
	struct rq_problems *out;
	struct rq_arena arena;
	size_t n_runners, n_labels;
	struct lint_runner *runners;    /* by name */
	struct lint_label *labels;      /* by label, then runner */
	size_t work;                    /* candidates looked at; a file that needs very many was made to */
	struct lint_runner **found;     /* the runners of one name */
};
enum { LINT_WORK_MAX = 2000000 };

void lint_fleet_init(struct lint *l, const struct rq_runner *runners, size_t n);
void lint_fleet_release(struct lint *l);
/* The runners that NAME stands for, into l->found: the one of this name, else those with this label. */
size_t lint_expand(struct lint *l, const char *name);
/* The runner's name or label nearest to NAME; NULL none is near. */
const char *lint_nearest(const struct lint *l, const char *name);
/* Why R can never run a job of ROUTE ("has 1 GB of memory, of 2"), in l->arena; NULL: it may. */
const char *lint_never(struct lint *l, const struct rq_route *route, const struct lint_runner *r);

#endif
