/* eval.h - one evaluation under way: what the parts of decide share. The order of the parts: rules (decide_rules.c), what is
 * the same for all candidates (decide_gates.c), who is a candidate (decide_pick.c), each against everything
 * (decide_judge.c), points (decide_score.c), and the outcome (decide_choose.c). */
#ifndef RQ_POLICY_EVAL_H
#define RQ_POLICY_EVAL_H

#include "core/policy/decide.h"
#include "core/policy/when.h"

/* A limit in force and where it was set. */
struct rq_limit {
	bool set;
	int64_t v;
	struct rq_pos at;
};

enum rq_tier { RQ_TIER_PREFER, RQ_TIER_FALLBACK, RQ_TIER_ANY, RQ_TIER_ASKED, RQ_TIER_NONE };

/* One to be judged. */
struct rq_pick {
	const struct rq_runner *r;          /* NULL: declared, never seen; or nothing at all */
	const struct rq_declared *d;        /* NULL: not declared */
	const char *name;
	enum rq_tier tier;
	int pos;
	struct rq_pos at;                   /* of the entry that names it */
	bool unknown;                       /* the entry names nothing */
};

/* A budget of one kind. */
struct rq_purse {
	bool set;
	int64_t limit, used;                /* nano-dollars, or nano-minutes */
	int64_t ends;                       /* when its period does */
	const char *key, *code;
	struct rq_pos at;
	int blocked_after;                  /* on_exceed queue, reject: tiers beyond this one are not used; -1: all are */
};

struct rq_eval {
	struct rq_arena *a;
	const struct rq_policy *p;
	const struct rq_facts *f;
	const struct rq_fleet *fleet;
	int64_t now;
	struct rq_decision *d;
	struct rq_values values;
	const struct rq_route *route;       /* NULL: labels and rules alone */
	const struct rq_rule *denied;       /* the first that fired */
	bool deny_limit;                    /* because of a regular expression's limit */
	size_t n_sets;
	const struct rq_rule **sets;        /* those whose `set` applies */
	struct rq_limit privacy, per_job_usd, max_concurrent, timeout_ms;
	int64_t seconds_at_100;             /* duration_s in thousandths of a second; -1 unknown */
	struct rq_purse usd, minutes;
	bool group_full;
	const char **near;                  /* rq_near_labels of the job's labels, once asked for */
	bool near_asked;
	size_t n_common, cap_common;
	struct rq_reason *common;           /* what every candidate gets; rq_alloc'ed */
	size_t n_scratch, cap_scratch;
	struct rq_reason *scratch;          /* those of the candidate being judged; rq_alloc'ed */
	const char **scorers;               /* names of the route's scorers, once asked for */
	size_t n_picks;
	struct rq_pick *picks;              /* as d->candidates */
};

/* "policy/policy.yaml:14:7" */
const char *rq_eval_src(struct rq_eval *e, struct rq_pos at);
/* One more reason for the candidate being judged, or for all (RQ_COMMON). Texts are in the arena or for ever. */
void rq_eval_add(struct rq_eval *e, const char *code, char cls, const char *fact, const char *op, const char *want,
		 const char *got, struct rq_pos at);
void rq_eval_common(struct rq_eval *e, const char *code, char cls, const char *fact, const char *op, const char *want,
		    const char *got, struct rq_pos at);
/* "A" "B" "C" joined, into the arena; lower case with rq_eval_key. */
const char *rq_join(struct rq_arena *a, const char *s, const char *t, const char *u);
const char *rq_eval_key(struct rq_eval *e, const char *s, const char *t, const char *u, const char *v);

void rq_eval_rules(struct rq_eval *e);
/* When the clock alone changes what a rule comes to, within eight days; 0: it does not. */
int64_t rq_eval_rules_change(const struct rq_eval *e);
void rq_eval_gates(struct rq_eval *e);
/* Fill picks, in the order of the record: tier, place, name; others last and bounded. */
void rq_eval_pick(struct rq_eval *e);
void rq_eval_judge(struct rq_eval *e, const struct rq_pick *pick, struct rq_candidate *c);
void rq_eval_score(struct rq_eval *e, const struct rq_pick *pick, struct rq_candidate *c);
void rq_eval_choose(struct rq_eval *e);

/* What a runner has. A declared "no" beats everything. */
bool rq_pick_has_label(const struct rq_pick *p, const char *label);
bool rq_pick_has(const struct rq_pick *p, const char *capability);
int rq_pick_places(const struct rq_pick *p);        /* how many jobs at a time; -1 unknown */
int rq_pick_taken(const struct rq_pick *p);
int64_t rq_group_limit(const struct rq_eval *e);     /* of the route's group */
/* The counter of the route's jobs there. */
const char *rq_route_key(struct rq_eval *e, const struct rq_pick *p);
const char *rq_workflow_of(const struct rq_route *r, const char *runner);    /* NULL: none */
/* What the job costs there, rounded up; *seconds -1 unknown. Rates: a second's, in nano-dollars and nano-minutes. */
void rq_pick_cost(const struct rq_eval *e, const struct rq_declared *d, int64_t *seconds, int64_t *usd, int64_t *minutes,
		  int64_t *usd_rate, int64_t *minute_rate);
/* A * B / C without overflow: too much gives INT64_MAX. None negative, C > 0. */
int64_t rq_mul_div(int64_t a, int64_t b, int64_t c);

/* The built-in policy, and its parts for jobs that only rules and labels decide about. */
void rq_decide_builtin(struct rq_arena *a, const struct rq_facts *f, const struct rq_fleet *fleet, int64_t now,
		       struct rq_decision *d);
const char *rq_wanted_text(struct rq_arena *a, const struct rq_facts *f);
const char *rq_seen_text(struct rq_arena *a, const struct rq_runner *r, int64_t now);
const char *rq_drain_text(struct rq_arena *a, const struct rq_runner *r);
/* For each label of WANT that no runner has the nearest that one has, or NULL; NULL where there is nothing to tell. */
const char **rq_near_labels(struct rq_arena *a, const struct rq_labels *want, const struct rq_fleet *fleet);
/* "nearest: audio", for those of MISSING (separated by commas); "" none is near. */
const char *rq_near_text(struct rq_arena *a, const struct rq_labels *want, const char **near, const char *missing);

#endif
