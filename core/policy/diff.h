/* diff.h - what two policies say differently: routes, rules, limits, not lines. */
#ifndef RQ_POLICY_DIFF_H
#define RQ_POLICY_DIFF_H

#include <stddef.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/policy/policy.h"

/* One thing that a policy says. A whole route, rule, group or runner has the key "". */
struct rq_saying {
	const char *group, *key;        /* "routes.transcribe", "constraints.max_size_mb" */
	const char *value;
	struct rq_pos at;               /* line 0: the text has no place for it */
};
struct rq_sayings {
	size_t n, cap;
	struct rq_saying *v;            /* by group and key; freed with rq_free */
};
/* All that P says (NULL: nothing), as texts in A (flatten.c). What is not set is not there. */
void rq_policy_flatten(struct rq_arena *a, const struct rq_policy *p, struct rq_sayings *out);

struct rq_change {
	char kind;                      /* + added, - removed, ~ changed */
	const char *what;               /* "routes.transcribe.constraints.max_size_mb" */
	const char *was, *now;          /* of a whole route or rule: all of it in short; "" on the other side */
	struct rq_pos was_at, now_at;
};
struct rq_diff {
	size_t n, cap;
	struct rq_change *v;            /* by WHAT */
};
/* Strings go into A. NULL is the policy that says nothing: the built-in one. */
void rq_policy_diff(struct rq_arena *a, const struct rq_policy *was, const struct rq_policy *now, struct rq_diff *out);
void rq_diff_release(struct rq_diff *d);
/* A line each, with the places; the names are the files', as messages show them; "": without. */
void rq_diff_render(const struct rq_diff *d, const char *was_name, const char *now_name, struct rq_str *out);
struct rq_json *rq_diff_json(const struct rq_diff *d);

#endif
