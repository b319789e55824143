/* grant.h - what runners and a queue tell each other: claims, results, leases. */
#ifndef RQ_MODEL_GRANT_H
#define RQ_MODEL_GRANT_H

#include <stdbool.h>
#include <stdint.h>
#include "core/model/submission.h"

/* A job as a runner gets it. */
struct rq_grant {
	const char *id;             /* within the queue: "17" */
	const char *token;          /* the fence of this claim */
	int attempt;
	int64_t lease_boot_ms;      /* end of the lease, on the boot clock */
	struct rq_submission job;
};

enum rq_result_kind {
	RQ_RESULT_FINISHED,         /* the command ran to an end: exit_code, signal */
	RQ_RESULT_TIMED_OUT,
	RQ_RESULT_CANCELLED,        /* ended because cancel or re-route was asked */
	RQ_RESULT_START_FAILED,     /* the command could not be started: no retry */
	RQ_RESULT_RELEASED,         /* handed back: not started, or ended because the runner stops; spends nothing */
	RQ_RESULT_LOST              /* the process is gone and nobody knows its result: counts in `losses` */
};
struct rq_result {
	const char *id, *token;
	enum rq_result_kind kind;
	int exit_code, signal;      /* -1, 0 unknown */
	int64_t started_at, ended_at;
	const char *why;            /* one line or NULL */
};
enum rq_verdict {
	RQ_VERDICT_DONE,            /* accepted; the job is completed */
	RQ_VERDICT_AGAIN,           /* accepted; the job waits for its next attempt */
	RQ_VERDICT_REPEAT,          /* this token's result was accepted before */
	RQ_VERDICT_STALE            /* not this token's job any more: the result was refused */
};
enum rq_beat { RQ_BEAT_OK, RQ_BEAT_CANCEL, RQ_BEAT_KILL, RQ_BEAT_LOST };

struct rq_lease {
	const char *id, *token, *owner;   /* owner: the runner process's instance */
	const char *runner_name;
	const char *cell;           /* the holder's note of where its process can be found (agent/cell.h) */
	int attempt;
	int64_t lease_boot_ms;
	bool lapsed;                /* past its end, or of another boot */
	bool owner_alive;
	bool cancel;
	int64_t timeout_ms;
};

#endif
