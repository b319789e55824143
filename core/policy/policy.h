/* policy.h - a policy as values: what policy.yaml says, each thing with its place in the text. Read only once loaded.
 *
 * Numbers are whole: sizes in bytes (a MB is 1,000,000, a GB 1,000,000,000), money in nano-dollars, times in ms, shares
 * in thousandths, and what rules compare in millionths ("micro"). Names and labels are compared without case. */
#ifndef RQ_POLICY_POLICY_H
#define RQ_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/zone.h"
#include "core/model/decision.h"
#include "core/model/labels.h"
#include "core/policy/problem.h"

struct rq_pos {
	int line, col;              /* 1-based; 0: it is not in the text */
};

struct rq_num {
	bool set;
	int64_t v;
	struct rq_pos at;           /* of the key */
	struct rq_pos value_at;
};

struct rq_name {
	const char *s;
	struct rq_pos at;
};

struct rq_names {
	bool set;                   /* the key is there, also with an empty list */
	size_t n;
	struct rq_name *v;
	struct rq_pos at;
};

enum rq_privacy { RQ_PRIVACY_LOCAL_ONLY, RQ_PRIVACY_LAN, RQ_PRIVACY_ZDR, RQ_PRIVACY_NO_TRAIN, RQ_PRIVACY_ANY };
const char *rq_privacy_name(enum rq_privacy p);      /* "local_only" ... */

/* --- rules: the conditions of `when` ------------------------------------------------------ */

#define RQ_FACT_LIST(X) \
	X(TYPE, "type") X(URL, "url") X(HOST, "host") X(PATH_EXT, "path_ext") X(SIZE_MB, "size_mb") \
	X(DURATION_S, "duration_s") X(PRIORITY, "priority") X(LABELS, "labels") X(SUBMITTER, "submitter") \
	X(SOURCE, "source") X(HOUR, "hour") X(WEEKDAY, "weekday") X(SHA256, "sha256") X(ATTEMPT, "attempt") X(PARAM, "param")
enum rq_fact {
#define X(id, name) RQ_FACT_##id,
	RQ_FACT_LIST(X)
#undef X
	RQ_FACT_N
};
const char *rq_fact_name(enum rq_fact f);

#define RQ_OP_LIST(X) \
	X(EQ, "eq") X(NE, "ne") X(IN, "in") X(NOT_IN, "not_in") X(LT, "lt") X(LE, "le") X(GT, "gt") X(GE, "ge") \
	X(BETWEEN, "between") X(REGEX, "regex") X(GLOB, "glob") X(PREFIX, "prefix") X(SUFFIX, "suffix") X(HAS, "has") \
	X(HAS_ANY, "has_any") X(HAS_ALL, "has_all") X(EXISTS, "exists") X(MISSING, "missing")
enum rq_op {
#define X(id, name) RQ_OP_##id,
	RQ_OP_LIST(X)
#undef X
	RQ_OP_N
};
const char *rq_op_name(enum rq_op o);

struct rq_operand {
	const char *text;           /* as written; a weekday is "mon" ... "sun" and the number 0 ... 6 */
	bool number;                /* always for facts that are numbers; for a parameter when it looks like one */
	int64_t micro;
};

struct rq_when {
	enum { RQ_WHEN_ALL, RQ_WHEN_ANY, RQ_WHEN_NOT, RQ_WHEN_TEST } kind;
	struct rq_pos at;
	size_t n;                   /* of ALL, ANY (0: all is TRUE, any FALSE), NOT (1) */
	struct rq_when *v;
	enum rq_fact fact;          /* TEST */
	const char *param;          /* of fact `param.KEY` */
	enum rq_op op;
	size_t n_args;              /* EXISTS and MISSING: 0; with `false` for an argument they are exchanged when read */
	struct rq_operand *args;
	struct rq_regex *regex;
};

struct rq_rule {
	const char *name;           /* "rule 3" where it has none */
	struct rq_pos at;
	struct rq_when *when;       /* NULL: always */
	const char *deny;           /* NULL: no deny rule */
	bool skip_unknown;          /* on_unknown: skip */
	const char *route;          /* NULL none */
	/* set: it only tightens */
	struct rq_num privacy;      /* an enum rq_privacy */
	struct rq_num per_job_usd, max_concurrent, timeout_ms;
	struct rq_names needs, forbid, labels;
};

/* --- routes ------------------------------------------------------------------------------- */

struct rq_constraints {
	struct rq_num max_size, max_duration_ms, min_memory, min_cpu, min_storage, max_temp_milli, max_load_milli;
	struct rq_num max_concurrent;
	struct rq_names needs, forbid, labels, arch, os;     /* needs: also needs_X: true, `at` of each is its own key */
	struct {
		enum { RQ_VERSION_ANY, RQ_VERSION_GE, RQ_VERSION_GT, RQ_VERSION_EQ, RQ_VERSION_LE, RQ_VERSION_LT } op;
		const char *version;
		struct rq_pos at;
	} runner_version;
};

#define RQ_SCORER_LIST(X) \
	X(LEAST_LOADED, "least_loaded") X(AFFINITY, "affinity") X(CHEAPEST, "cheapest") X(FASTEST, "fastest") \
	X(MOST_FREE_MEMORY, "most_free_memory") X(DATA_LOCAL, "data_local") X(SPREAD, "spread")
enum rq_scorer {
#define X(id, name) RQ_SCORER_##id,
	RQ_SCORER_LIST(X)
#undef X
	RQ_SCORER_N
};
const char *rq_scorer_name(enum rq_scorer s);

struct rq_score_rule {
	enum rq_scorer scorer;
	const char *label;          /* of affinity */
	int64_t weight;
	struct rq_pos at;
};

struct rq_window {
	unsigned days;              /* bit 0: Monday */
	int from, to;               /* minutes of the day, to <= 1440; from > to: over midnight, and `days` is when it begins */
	struct rq_pos at;
};

enum rq_on_full { RQ_ON_FULL_QUEUE, RQ_ON_FULL_REJECT, RQ_ON_FULL_REPLACE };
enum rq_on_exceed { RQ_ON_EXCEED_QUEUE, RQ_ON_EXCEED_FALLBACK, RQ_ON_EXCEED_REJECT };
enum rq_period { RQ_PERIOD_NONE, RQ_PERIOD_DAY, RQ_PERIOD_MONTH };

struct rq_budget {
	bool set;
	struct rq_pos at;
	struct rq_num minutes, usd, per_job_usd;
	enum rq_period minutes_period, usd_period;
	enum rq_on_exceed on_exceed;
};

struct rq_workflow_of {
	struct rq_name target;      /* "*": any other */
	struct rq_name file;
};

struct rq_provider_want {
	bool set;
	struct rq_pos at;
	const char *task;
	struct rq_names chain;
	const char *optimize;
	struct rq_num max_usd_per_hour;
};

struct rq_route {
	const char *name;
	struct rq_pos at;
	struct rq_names prefer, fallback;
	struct rq_constraints c;
	size_t n_workflows, n_scores, n_windows;
	struct rq_workflow_of *workflows;
	struct rq_score_rule *scores;
	struct rq_window *windows;
	struct rq_pos windows_at, scores_at, workflows_at;
	struct {
		const char *group;  /* NULL none */
		struct rq_num limit;
		enum rq_on_full on_full;
		struct rq_pos at;
	} concurrency;
	struct rq_budget budget;
	struct rq_num privacy;      /* an enum rq_privacy */
	struct rq_num timeout_ms;   /* timeout_minutes, else global_constraints.default_timeouts */
	struct rq_num fallback_after_ms;        /* here instead of in defaults */
	struct rq_retry retry;
	struct rq_pos retry_at;     /* line 0: none */
	struct rq_provider_want provider;
};

/* --- the fleet as the policy declares it -------------------------------------------------- */

struct rq_declared {
	const char *name;
	struct rq_pos at;
	struct rq_num cpu_cores, memory, storage, max_jobs, speed_percent, watts, usd_per_hour, github_minutes_milli, privacy;
	struct rq_names labels;
	struct rq_names has, lacks; /* supports_X: true, false: a declared "no" beats labels and what was probed */
	const char *arch, *os;      /* NULL: as probed */
};

struct rq_group {
	const char *name;
	int64_t limit;
	struct rq_pos at;
};

enum rq_unknown_fact { RQ_UNKNOWN_ERROR, RQ_UNKNOWN_ASSUME_ZERO, RQ_UNKNOWN_WAIT };

struct rq_policy {
	struct rq_arena arena;
	const char *name;           /* as messages and `src` show it: "policy/policy.yaml" */
	char oid[RQ_OID_LEN];       /* git's id of the text */
	const char *text;
	int schema;                 /* 1 or 2 */
	const char *version, *last_updated;     /* "" none */
	const char *timezone;       /* IANA */
	struct rq_zone *zone;       /* NULL: UTC */
	const char *on_no_match;    /* a route; NULL: reject */
	int64_t fallback_after_ms, runner_stale_ms;
	enum rq_unknown_fact unknown_fact;
	size_t n_rules, n_routes, n_groups, n_declared;
	struct rq_rule *rules;
	struct rq_route *routes;    /* in the order of the file; find by rq_policy_route */
	struct rq_group *groups;
	struct rq_declared *declared;
	struct rq_policy_index *index;          /* load.c's own */
};

/* Load and check TEXT, on the main thread (rq_zone_new); all that is wrong, and warnings, go to *p (initialised by the
 * caller). RQ_EUSAGE with the first error in E when the policy cannot be used. NAME is for places. */
int rq_policy_load(const char *name, const char *text, size_t n, struct rq_policy **out, struct rq_problems *p,
		   struct rq_error *e);
void rq_policy_free(struct rq_policy *p);
/* By name without case, in constant time; NULL none. */
const struct rq_route *rq_policy_route(const struct rq_policy *p, const char *name);
const struct rq_declared *rq_policy_declared(const struct rq_policy *p, const char *runner);
const struct rq_group *rq_policy_group(const struct rq_policy *p, const char *name);

/* Warnings about what is allowed but cannot be meant: the L codes. RUNNERS are those that are known beside the
 * declared ones, and may be none; HAS_FILE says whether a workflow file exists (NULL: not looked at). */
void rq_policy_lint(const struct rq_policy *p, const struct rq_runner *runners, size_t n,
		    bool (*has_file)(void *ud, const char *path), void *ud, struct rq_problems *out);
/* The same policy in the standard form: order of keys, two blanks, quotes only where needed; comments stay with what
 * follows them. The policy that it loads to is the same. */
int rq_policy_fmt(const char *name, const char *text, size_t n, struct rq_str *out, struct rq_problems *p, struct rq_error *e);

#endif
