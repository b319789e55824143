/* replay.h - what another policy would have decided: recorded decisions, decided again. Pure: the facts, the fleet and
 * the moment are those of the record, never those of now. */
#ifndef RQ_POLICY_REPLAY_H
#define RQ_POLICY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/call.h"
#include "core/policy/policy.h"

enum rq_replay_verdict {
	RQ_REPLAY_SAME,                 /* the same outcome, and the same runner */
	RQ_REPLAY_MOVED,                /* placed on another runner */
	RQ_REPLAY_NEWLY_PLACED, RQ_REPLAY_NEWLY_WAITING, RQ_REPLAY_NEWLY_REJECTED,
	RQ_REPLAY_UNDECIDABLE,          /* the policy asks for what was not recorded */
	RQ_REPLAY_N
};
const char *rq_replay_verdict_name(enum rq_replay_verdict v);   /* "NEWLY_WAITING" */

/* One side of a comparison. Texts are never NULL. */
struct rq_replay_side {
	enum rq_outcome outcome;
	const char *target, *tier, *route, *reason;
	const char *privacy;            /* the strictest class that the route and the rules that fired ask for; "" unknown */
	int64_t usd_nano, github_minutes;       /* of the estimate; 0 where it was not placed */
	int64_t waited_ms;              /* simulated: from the submission to the start; -1 never, or unknown */
};

struct rq_replay_result {
	const char *decision_id, *job_id, *type;
	int64_t at;
	struct rq_replay_side was, now;
	enum rq_replay_verdict verdict;
	const char *missing;            /* UNDECIDABLE: "fleet", "param.token"; else "" */
	bool allowed;                   /* it was rejected, and would not be */
	bool privacy_changed;
};

/* D as a side; POLICY is the one that decided it (NULL: not known, or built in). Strings go into A. */
void rq_replay_side(struct rq_arena *a, const struct rq_policy *policy, const struct rq_decision *d, struct rq_replay_side *s);
/* Decide again by POLICY (NULL: the built-in one). NULL, or what the record lacks for it; into A. */
const char *rq_replay_again(struct rq_arena *a, const struct rq_policy *policy, const struct rq_journal_entry *e,
			    struct rq_replay_side *s);
/* Fill verdict, allowed and privacy_changed from missing, was and now. */
void rq_replay_judge(struct rq_replay_result *r);
/* Whether it is among the flips: the verdict or the class of privacy changed. */
bool rq_replay_changed(const struct rq_replay_result *r);

struct rq_replay_report {
	struct rq_arena arena;
	const char *mode;               /* "pointwise", "simulated" */
	size_t n, cap;
	struct rq_replay_result *v;     /* as added; rq_replay_end sorts: rejections undone, changes of privacy, other
					 * changes, the rest; each by time */
	size_t count[RQ_REPLAY_N];
	size_t n_types;
	struct rq_replay_type { const char *type; size_t count[RQ_REPLAY_N]; } *types;  /* by name */
	int64_t usd_nano_delta, github_minutes_delta;   /* now - was, the last decision of each job */
	int64_t wait_delta_ms;          /* simulated: now - was, over n_waits jobs that start on both sides */
	size_t n_waits;
};

void rq_replay_report_init(struct rq_replay_report *r, const char *mode);
void rq_replay_report_release(struct rq_replay_report *r);
/* R's texts are copied. */
void rq_replay_add(struct rq_replay_report *report, const struct rq_replay_result *r);
void rq_replay_end(struct rq_replay_report *report);
/* The matrix, the deltas, and the list: of all results, or of the changed ones. */
void rq_replay_render(const struct rq_replay_report *r, bool only_changed, struct rq_str *out);
struct rq_json *rq_replay_json(const struct rq_replay_report *r, bool only_changed);
/* 100 % SAME. */
bool rq_replay_same(const struct rq_replay_report *r);

/* The history as POLICY would have made it (simulate.c): jobs arrive when they did and occupy their runner for as long
 * as they did; what a different placement frees or takes is seen by those that follow. Each job is followed to its first
 * placement. The fleet's own changes are those that the records saw. V: the oldest first; POLICY_OF gives the policy of a
 * recorded decision, for its privacy (NULL: unknown). Results go to REPORT. */
void rq_replay_simulate(const struct rq_policy *policy, const struct rq_journal_entry *const *v, size_t n,
			const struct rq_policy *(*policy_of)(void *ud, const struct rq_decision *d), void *ud,
			struct rq_replay_report *report);

#endif
