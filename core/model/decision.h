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

enum rq_outcome { RQ_OUTCOME_PLACED, RQ_OUTCOME_WAIT, RQ_OUTCOME_REJECTED, RQ_OUTCOME_ERROR };
const char *rq_outcome_name(enum rq_outcome o);  /* "PLACED" ... */

struct rq_reason {
	const char *code;           /* RUNNER_OFFLINE, LABEL_MISSING, ... stable */
	char cls;                   /* P permanent, T temporary, E error, I information */
	const char *want, *got;     /* "" where it has no sense */
	const char *src;            /* "policy.yaml:14:7"; "" built in */
};

struct rq_candidate {
	const char *name;
	const char *tier;           /* "any" for the built-in policy; prefer, fallback */
	bool pass;
	size_t n_reasons;
	struct rq_reason *reasons;
	int64_t total;              /* score; higher is better */
};

struct rq_decision {
	const char *id;             /* ULID */
	const char *job_id;         /* "" until the queue has given one */
	const char *prev_id;        /* the decision before it about the same job; "" none */
	const char *trigger;        /* submit, reroute, retry, ... */
	const char *by;             /* who asked: user name, or the runner or dispatcher's name */
	const char *note;           /* the operator's reason; "" none */
	int64_t at;
	const char *policy;         /* "built-in" or the policy's path and id */
	const char *type;
	const char *wanted;         /* labels asked for, and "@runner" for a target: "audio,self-hosted" */
	enum rq_outcome outcome;
	const char *target;         /* the chosen runner; "" none */
	const char *reason;         /* the one code for a list: PREFERRED, RUNNER_OFFLINE, LABEL_MISSING, ... */
	size_t n_candidates;
	struct rq_candidate *candidates;
	size_t n_wake_on;
	const char **wake_on;       /* "runner:macmini.online" */
	const char *nearest;        /* WAIT, REJECTED: "macmini: RUNNER_OFFLINE" nearest to passing; "" none */
};

/* The record as JSON (facts of decision records: one object), and back. Strings of *d go into A. */
struct rq_json *rq_decision_to_json(const struct rq_decision *d);
int rq_decision_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d, struct rq_error *e);
/* The table for people, several lines: what `relayq explain` prints and the detail pane shows. */
void rq_decision_render(const struct rq_decision *d, struct rq_str *out);

#endif
