/* job.h - a job as the faces see it: GitHub's words for its states. */
#ifndef RQ_MODEL_JOB_H
#define RQ_MODEL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/model/labels.h"

/* name in the API, symbol, ASCII symbol */
#define RQ_STATUS_LIST(X) \
	X(QUEUED, "queued") X(WAITING, "waiting") X(PENDING, "pending") X(REQUESTED, "requested") \
	X(IN_PROGRESS, "in_progress") X(COMPLETED, "completed")
#define RQ_CONCLUSION_LIST(X) \
	X(NONE, "") X(SUCCESS, "success") X(FAILURE, "failure") X(CANCELLED, "cancelled") X(SKIPPED, "skipped") \
	X(TIMED_OUT, "timed_out") X(ACTION_REQUIRED, "action_required") X(NEUTRAL, "neutral") X(STALE, "stale") \
	X(STARTUP_FAILURE, "startup_failure")

enum rq_status {
#define X(id, name) RQ_STATUS_##id,
	RQ_STATUS_LIST(X)
#undef X
	RQ_STATUS_N
};
enum rq_conclusion {
#define X(id, name) RQ_CONCLUSION_##id,
	RQ_CONCLUSION_LIST(X)
#undef X
	RQ_CONCLUSION_N
};
const char *rq_status_name(enum rq_status s);
const char *rq_conclusion_name(enum rq_conclusion c);
bool rq_status_parse(const char *name, enum rq_status *out);
bool rq_conclusion_parse(const char *name, enum rq_conclusion *out);

/* What ended a job or keeps it waiting; stable codes, shown as they are. The policy's codes may stand here as well. */
#define RQ_WHY_DEPENDENCY_PENDING "DEPENDENCY_PENDING"
#define RQ_WHY_DEPENDENCY_FAILED "DEPENDENCY_FAILED"
#define RQ_WHY_DELAYED "DELAYED"
#define RQ_WHY_RETRY_BACKOFF "RETRY_BACKOFF"
#define RQ_WHY_GROUP_CONCURRENCY "GROUP_CONCURRENCY"
#define RQ_WHY_RUNNER_LOST "RUNNER_LOST"       /* lost too often: buried */
#define RQ_WHY_TIMEOUT "TIMEOUT"
#define RQ_WHY_CANCEL_REQUESTED "CANCEL_REQUESTED"
#define RQ_WHY_REROUTING "REROUTING"           /* running; ends here and starts elsewhere */
#define RQ_WHY_DECISION_PENDING "DECISION_PENDING" /* nothing but a decision is missing */
#define RQ_WHY_REPLACED "REPLACED"             /* a later job of its concurrency group took its place */
#define RQ_WHY_APPROVAL "APPROVAL_PENDING"     /* somebody must allow it to run */
#define RQ_WHY_OFFLINE "OFFLINE"               /* kept until its server can be reached */
#define RQ_WHY_RATE_LIMITED "RATE_LIMITED"     /* kept until its server takes requests again */
#define RQ_WHY_UNSURE "DISPATCH_UNSURE"        /* it was sent, and its run is not known yet */
#define RQ_WHY_NOT_DISPATCHED "NOT_DISPATCHED" /* its server refused it */
#define RQ_WHY_START_FAILED "START_FAILED"     /* no such command, directory, ... : the log says it */

/* A row of a list: a run; where a queue's runs have one job each, that job. Everything in it lies in the arena of the
 * snapshot or call it came with. Times in ms, 0 = not yet. */
struct rq_job {
	const char *id;             /* "local:17" */
	const char *run_id;         /* "local:12": the first job of the chain of retries; its own id mostly */
	int run_attempt;            /* 1 for the first; each claim and each retry counts on */
	const char *queue;
	const char *name;           /* untrusted text, as everything the submitter wrote */
	const char *type;           /* "command" for a bare command */
	const char *command;        /* one line for people */
	enum rq_status status;
	enum rq_conclusion conclusion;
	const char *reason;         /* RQ_WHY_... or a policy code; "" none */
	struct rq_labels labels;
	const char *target;         /* the runner asked for by name; "" any */
	const char *runner_name;    /* where it runs or ran; "" nowhere yet */
	const char *group;          /* concurrency group; "" none */
	int priority;
	int64_t created_at, started_at, completed_at;
	int64_t run_at;             /* not before; 0 = at once */
	int64_t timeout_ms;
	int retries, failures, losses;
	int exit_code;              /* -1 unknown or none */
	int signal;                 /* 0 none */
	bool cancel_requested;
	const char *decision_id;    /* the latest decision about it; "" none */
	int64_t step, steps;        /* of a running job: step 3 of 5; steps >= 1 */
	const char *url;            /* its page on the web; NULL or "" none */
	const char *branch, *event; /* of a run of a workflow: what it runs on, what started it; NULL or "" none */
	const char *actor;          /* who submitted or started it; NULL or "" unknown */
	const char *state_raw;      /* the queue's own word for a state that is not in the lists above; NULL or "" none */
};

bool rq_job_active(const struct rq_job *j);   /* not completed */
/* What a list shows in the STATUS column: the conclusion of a completed job, else the status. */
const char *rq_job_state_text(const struct rq_job *j);
/* Run time in ms at NOW: from start to end or to NOW; 0 before the start. */
int64_t rq_job_elapsed(const struct rq_job *j, int64_t now);
/* Since when an active job counts as being where it is: running since its start, else waiting since it was there and
 * might begin. Where that is RQ_STUCK_MS ago it is stuck. 0: it is over. */
int64_t rq_job_since(const struct rq_job *j);
enum { RQ_STUCK_MS = 6 * 60 * 60 * 1000 };

struct rq_step {
	const char *name;
	char *const *argv;          /* NULL-terminated; NULL when script is set */
	const char *script;         /* run by `sh -e`; NULL when argv is set */
};

struct rq_attempt {
	int number;
	const char *runner_name;
	const char *result;         /* success failure cancelled timed_out lost released running start_failed */
	int64_t started_at, completed_at;
	int exit_code, signal;
	const char *why;            /* what its runner said about the end, one line; "" nothing */
};

/* A step of a job of a run, as the queue tells it. */
struct rq_run_step {
	int64_t number;             /* of the queue, with gaps: no index */
	const char *name;
	enum rq_status status;
	enum rq_conclusion conclusion;
	const char *state_raw;      /* as in struct rq_job */
	int64_t started_at, completed_at;
};

/* A job of a run that has jobs of its own. */
struct rq_run_job {
	const char *id;             /* "media:9127/28411" */
	const char *name;
	enum rq_status status;
	enum rq_conclusion conclusion;
	const char *state_raw;      /* as in struct rq_job */
	const char *reason;         /* why it waits, RQ_WHY_...; NULL or "" none */
	struct rq_labels labels;
	const char *runner_name;    /* "" none yet */
	int64_t created_at, started_at, completed_at;
	const char *html_url;       /* "" none */
	size_t n_steps;
	struct rq_run_step *steps;  /* by number */
};
const char *rq_run_job_state_text(const struct rq_run_job *j);
const char *rq_run_step_state_text(const struct rq_run_step *s);
int64_t rq_span(int64_t started_at, int64_t completed_at, int64_t now); /* ms; 0 before the start, never less */

/* The whole of one job. Values of environment variables are not part of it. */
struct rq_job_detail {
	const char *reroute_note;       /* how a re-route would go and what it risks, if that must be told; NULL */
	struct rq_job job;
	const char *cwd;
	const char *submitter;      /* user name; "" unknown */
	const char *source;         /* cli cron webhook api; "" unknown */
	struct rq_labels asked;     /* labels and runner that were asked for, wherever a policy has placed it since */
	const char *asked_target;
	size_t n_steps, n_env, n_params, n_after, n_attempts, n_dependents;
	struct rq_step *steps;
	const char **env_names;
	const char **params;        /* "KEY=VALUE" */
	const char **after;         /* ids it waits or waited for */
	const char **dependents;    /* ids that wait for it */
	struct rq_attempt *attempts;
	size_t n_jobs;
	struct rq_run_job *jobs;    /* of a run that has jobs of its own; none on a queue where a run is one job */
	int64_t log_max, memory_max;
	int nice;
	const char *note;           /* a sentence about how it stands with it; NULL or "" nothing */
};

#endif
