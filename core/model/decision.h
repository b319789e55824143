/* decision.h - one evaluation of the policy: who was considered, and why each passed or failed. */
#ifndef RQ_MODEL_DECISION_H
#define RQ_MODEL_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/facts.h"

enum rq_outcome { RQ_OUTCOME_PLACED, RQ_OUTCOME_WAIT, RQ_OUTCOME_REJECTED, RQ_OUTCOME_ERROR };
const char *rq_outcome_name(enum rq_outcome o);  /* "PLACED" ... */

struct rq_reason {
	const char *code;           /* RUNNER_OFFLINE, LABEL_MISSING, ... stable: core/policy/codes.def */
	char cls;                   /* P permanent, T temporary, E error, I information */
	const char *fact, *op;      /* what was compared; "" where it has no sense */
	const char *want, *got;     /* "" where it has no sense */
	const char *src;            /* "policy.yaml:14:7"; "" built in */
};

struct rq_score {
	const char *scorer;         /* "least_loaded", "affinity heavy" */
	int64_t raw, weight;        /* 0 .. 1000; the total is the sum of raw * weight */
};

struct rq_candidate {
	const char *name;
	const char *tier;           /* prefer, fallback; "any" for the built-in policy; asked: by the operator; "": none */
	int pos;                    /* its place in the route */
	bool pass;
	size_t n_reasons, n_scores;
	struct rq_reason *reasons;
	struct rq_score *scores;
	int64_t total;              /* score; higher is better */
};

struct rq_rule_step {
	const char *rule, *src;     /* name; where it stands */
	char result;                /* T true, F false, U unknown */
	bool fired;
	const char *text;           /* what made it so: "url host is example.com" */
};

/* What a placement takes, and the queue checks and counts in the same transaction: so two submitters cannot both take
 * the last place. Places are given back when the job leaves its runner; what is spent stays until its period ends. */
struct rq_hold {
	const char *key;            /* as rq_counter has it */
	int64_t limit;              /* refused when it would be exceeded */
	int64_t amount;             /* 1 for a place; an estimate for money and minutes */
	int64_t per_second;         /* spent: the amount becomes this times the seconds that the job took; 0 keeps it */
	bool spent;
};
/* Add to F what HOLDS take, and a job placed on TARGET ("" none), or, SIGN -1, take them off; never below 0. F gets lists of
 * its own, in A, and is not sealed any more. */
void rq_fleet_take(struct rq_arena *a, struct rq_fleet *f, const char *target, const struct rq_hold *holds, size_t n, int sign);

struct rq_estimate {
	int64_t seconds;            /* -1 unknown */
	int64_t github_minutes, usd_nano;
	const char *basis;          /* "duration_s / speed"; "" none */
};

struct rq_retry {
	int max;
	unsigned on;                /* RQ_RETRY_... */
	int64_t backoff_ms, cap_ms; /* before the first; never longer than */
	int factor_milli;           /* 2000: doubling */
};
enum { RQ_RETRY_FAILURE = 1, RQ_RETRY_TEMPORARY = 2 /* exit status 75, or the runner was lost */, RQ_RETRY_TIMEOUT = 4 };

struct rq_decision {
	const char *id;             /* ULID */
	const char *job_id;         /* "" until the queue has given one; for ever when it was rejected */
	const char *prev_id;        /* the decision before it about the same job; "" none */
	const char *trigger;        /* submit, reroute, retry, wake, time, failover, schedule */
	const char *by;             /* who asked: user name, or "dispatcher:RUNNER" */
	const char *note;           /* the operator's reason; the event: "runner:macmini.online"; "" none */
	int64_t at;
	const char *engine;         /* the version of relayq that decided; "" unknown */
	const char *policy;         /* "built-in", or path and short id: "policy/policy.yaml 3f2a91c" */
	const char *policy_path, *policy_oid, *commit_oid;   /* git's ids of blob and commit; "" none */
	bool dirty;                 /* the file differed from that commit */
	int schema;                 /* 0 built in */
	const char *policy_version;
	const char *policy_text;    /* given to the queue, which keeps each text once; NULL in answers */
	bool governed;              /* a route decided: the job goes where this says and nowhere else; else by its labels */
	const char *type;
	const char *wanted;         /* labels asked for, and "@runner" for a target: "audio,self-hosted" */
	const struct rq_facts *facts;    /* normalised; NULL in lists */
	const char *facts_sha256;   /* hex; "" unknown */
	const char *masked, *erased;     /* JSON arrays of pointers; "" none */
	const struct rq_fleet *fleet;    /* sealed; NULL in lists and where it is not kept any more */
	const char *fleet_sha256;
	size_t n_steps;
	struct rq_rule_step *steps; /* in the order of evaluation */
	enum rq_outcome outcome;
	const char *target;         /* the chosen runner; "" none */
	const char *route, *tier, *workflow, *group;         /* "" none */
	int64_t timeout_ms;         /* of the route; 0 none */
	struct rq_retry retry;      /* max 0: the submission's own */
	bool replace_pending;       /* WAIT: older held jobs of the same group end in favour of this one (reason REPLACED) */
	const char *reason;         /* the one code for a list: PREFERRED, RUNNER_OFFLINE, LABEL_MISSING, ... */
	size_t n_candidates;
	struct rq_candidate *candidates;
	size_t n_holds;
	struct rq_hold *holds;      /* PLACED and governed */
	int64_t wait_until;         /* WAIT: decide again then at the latest; 0 none */
	size_t n_wake_on;
	const char **wake_on;       /* "runner:macmini.online", "group:audio-processing" */
	struct rq_estimate estimate;
	const char *nearest;        /* WAIT, REJECTED: "macmini: RUNNER_OFFLINE" nearest to passing; "" none */
	int64_t seq;                /* of the chain; 0 before it is stored */
	const char *prev_hash, *hash;    /* hex; "" before it is stored */
};

/* The record as JSON (one object), and back; the fleet is named by its sum, not repeated. Strings of *d go into A. */
struct rq_json *rq_decision_to_json(const struct rq_decision *d);
int rq_decision_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d, struct rq_error *e);
struct rq_job;
/* The runner that took J after D, its latest decision, and that D does not name: what waits for a label goes to the first
 * that has it, and what an agent leaves behind to the next one. "" there is none. J may be NULL. */
const char *rq_decision_taken_by(const struct rq_decision *d, const struct rq_job *j);
/* All texts "" and numbers 0: a decision to fill in. */
void rq_decision_init(struct rq_decision *d);
/* The table for people, several lines: what `relayq explain` prints and the detail pane shows. */
void rq_decision_render(const struct rq_decision *d, struct rq_str *out);

#endif
