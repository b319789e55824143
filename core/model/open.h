/* open.h - what a dispatcher and the journal's readers are given: answers of OPEN and JOURNAL (call.h). */
#ifndef RQ_MODEL_OPEN_H
#define RQ_MODEL_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/model/decision.h"
#include "core/model/facts.h"

/* What a dispatcher has to look at: a job that waits for a decision, or that was placed and has not started. */
struct rq_open_job {
	const char *id;
	const char *decision_id;    /* its latest: the next one is linked to it and refused when it is another meanwhile */
	const char *policy_oid;     /* of that decision: the policy that the job lives under */
	const char *target;         /* placed there; "" waits for a decision */
	const char *reason;         /* of that decision */
	bool due;                   /* released, delay or pause over, given back by its runner: only a decision is missing */
	int64_t wait_until;         /* 0 none */
	size_t n_wake_on;
	const char **wake_on;
	struct rq_facts facts;      /* as of now */
};

/* One record of the journal with what is needed to decide again. */
struct rq_journal_entry {
	struct rq_decision decision;     /* whole; its fleet is NULL when it is not kept any more */
	bool ran;                   /* its job has started since; */
	int64_t started_at, ended_at;    /* of that job; 0 not yet */
};

/* When a schedule of the configuration fired last: the minute that it was due, wall clock. */
struct rq_schedule_state {
	const char *name;
	int64_t last_due;
};

#endif
