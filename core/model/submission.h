/* submission.h - a job to be, as it is handed to a queue. */
#ifndef RQ_MODEL_SUBMISSION_H
#define RQ_MODEL_SUBMISSION_H

#include <stddef.h>
#include <stdint.h>
#include "core/model/decision.h"
#include "core/model/job.h"

/* One job to submit. Everything but steps may be left zero. */
struct rq_submission {
	const char *name;           /* NULL: made from the command */
	const char *type;           /* NULL: "command" */
	size_t n_steps;
	const struct rq_step *steps;
	const char *cwd;            /* absolute */
	size_t n_env, n_params, n_after;
	const char **env;           /* "NAME=VALUE" */
	const char **params;        /* "KEY=VALUE", from -f */
	const char **after;         /* ids of jobs that must succeed first; "^N": the Nth submission (from 0) of this call */
	struct rq_labels labels;    /* empty: "self-hosted" */
	const char *target;         /* a runner's name; NULL any */
	const char *group;          /* concurrency group; NULL none */
	int group_limit;            /* sets the group's limit; 0 leaves it (1 for a new group) */
	int priority;               /* -1000 .. 1000, larger first */
	int64_t timeout_ms;         /* 0: 6 h */
	int64_t run_at;             /* wall clock; 0 at once */
	int retries;
	int64_t backoff_ms;         /* before the first retry, doubling; 0: 1 s */
	int nice;                   /* 0 .. 19 */
	int64_t memory_max;         /* bytes; 0 no limit */
	int64_t log_max;            /* bytes; 0: 64 MiB */
	const char *token;          /* a repeated submission with the same token gives the same job; NULL none */
	const char *workflow, *ref; /* of queues with RQ_CAP_WORKFLOWS: file name; branch or tag. NULL: as configured, default */
	const char *queue;          /* where a preview is asked for; what is submitted goes where the call says. NULL: default */
	const char *source;         /* cli cron webhook api; NULL: cli */
	const char *schedule;       /* made by this schedule of the configuration; NULL none */
	int64_t schedule_due;       /* the minute that it was due, wall clock: made once for a minute, and never for an
	                             * earlier one (each->text "repeat", id "") */
	const struct rq_decision *decision;  /* stored, and followed when it is governed (queue.h); NULL none */
};

#endif
