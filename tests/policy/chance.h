/* chance.h - policies, fleets and jobs by chance, small enough that everything meets everything. */
#ifndef RQ_TESTS_POLICY_CHANCE_H
#define RQ_TESTS_POLICY_CHANCE_H

#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/facts.h"

enum { ROUTES = 3, RULES = 4, NAMES = 5, LABELS = 4, TOOLS = 3, GROUPS = 2, WINDOWS = 2, ENTRIES = 3 };
enum { RUNNERS_MOST = 8 };

extern const char *const chance_runners[NAMES + LABELS];    /* names; a label may be one as well */
extern const char *const chance_labels[LABELS];
extern const char *const chance_tools[TOOLS];
extern const char *const chance_types[ROUTES + 2];          /* t0 t1 t2 command unknown */

/* -1: the key is not there. Masks are of labels, tools, or both (labels first). */
struct some_rule {
	int deny, skip, condition, arg, route;
	int privacy, usd_milli, concurrent, needs, forbid, labels;
};

struct some_window {
	int days, from, to;
};

struct some_route {
	int n_prefer, n_fallback;
	int prefer[ENTRIES], fallback[ENTRIES];     /* below NAMES a name, else a label */
	int size, duration, memory, cpu, storage, temp, load, concurrent, needs, forbid, labels, arch, os, version;
	int group, group_limit, on_full;
	int usd_milli, minutes, cap_milli, on_exceed, day;
	int privacy, fallback_after, n_windows, scores, workflows;
	struct some_window windows[WINDOWS];
};

struct some_declared {
	bool there;
	int cpu, memory, storage, jobs, speed, watts, usd_milli, minutes, privacy, labels, has, lacks, arch, os;
};

struct some_policy {
	int zone, fallback_after, unknown_fact, on_no_match, stale, n_rules;
	struct some_rule rules[RULES];
	struct some_route routes[ROUTES];
	int groups[GROUPS];
	struct some_declared declared[NAMES];
};

void some_policy(struct chance *c, struct some_policy *p);
/* Make one thing stricter, or add one more that is asked: mostly of ROUTE. */
void tighten_policy(struct chance *c, struct some_policy *p, int route);
void policy_yaml(const struct some_policy *p, struct rq_str *out);

/* Into A. Names are unique. */
void some_fleet(struct chance *c, struct rq_arena *a, int64_t now, struct rq_runner *runners, struct rq_fleet *f);
void some_runner(struct chance *c, struct rq_arena *a, int64_t now, const char *name, struct rq_runner *r);
void some_facts(struct chance *c, struct rq_arena *a, int64_t now, struct rq_facts *f);

#endif
