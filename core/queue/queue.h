/* queue.h - the contract of a queue: where runs wait and runners take jobs.
 *
 * To add a queue: implement `struct rq_queue_ops` in one file, add its row to the table in queue.c, and make the
 * conformance suite (tests/queue) run over it. What an implementation cannot do it leaves out of its caps: callers
 * are refused by rq_queue_start before it is reached.
 *
 * Rules for every implementation
 *  - start() returns at once. It answers later, on the loop, by rq_queue_answer(), exactly once for each call, with
 *    call->code and call->err set, also after abort() and close(): RQ_ECANCELLED for what had not begun.
 *  - A bulk call is RQ_OK when it was carried out; each object has its own code in `each`.
 *  - Inputs of a call may be read until it is answered; they lie in the call's arena, and answers go there as well.
 *  - A job is in exactly one state. Each transition is one atomic step that compares state and token: RQ_ECONFLICT
 *    when another was first. Completed is final. What a call answered RQ_OK is durable, except BEAT, DECIDE and a
 *    lazy EXCHANGE: what they wrote may be lost with the power, but only together with all that came after it.
 *  - Delivery is at least once; a second live copy is prevented by the runner's side (agent/), not assumed here.
 *  - A claim's token is made by the claimer. A claim repeated with the same token gives the same grant; a result
 *    repeated gives RQ_VERDICT_REPEAT. So a lost answer is mended by asking again.
 *  - Claims go to the highest priority, then the oldest, of the jobs whose labels the runner has, and that are due,
 *    whose dependencies succeeded, and whose group has room. A draining or drained runner gets none.
 *  - A decision that is governed is followed. PLACED: the job goes to the target alone, and its holds are checked
 *    against their limits and taken in the same step: RQ_ECONFLICT for the whole call when one has no place (decide
 *    again). WAIT: the job is held (status waiting, the decision's reason) until RQ_VERB_DECIDE; so is each governed job
 *    that becomes ready by itself, when what it depends on succeeds, its delay or pause is over, or its runner gives it
 *    back (also for a re-route): then OPEN tells it as due. REJECTED: SUBMIT stores the decisions, makes no job and
 *    answers RQ_EREFUSED; DECIDE ends the job (failure, the decision's reason); RETRY and REROUTE are refused. Holds of
 *    places end when the job leaves its runner or is moved; what is spent stays until its period is over.
 *  - Decisions form a chain: each record's hash covers its text and the hash before it. Dropping old records keeps the rest
 *    verifiable. What a decision was made by, the policy's text and the fleet, is kept once, as long as a record, or an
 *    open job, names it.
 *  - Each change sends a wake-up to whoever listens (local: sys/wake.h), after it is durable.
 *  - Nothing is unbounded: lists have the caller's limits, and every text the limits of rq_submission_check.
 */
#ifndef RQ_QUEUE_QUEUE_H
#define RQ_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/model/call.h"
#include "core/model/cap.h"
#include "core/model/joblog.h"
#include "core/sys/loop.h"
#include "core/sys/paths.h"

struct rq_log;
struct rq_queue;
struct rq_queue_config;
struct rq_redact;

/* What a queue is opened with. Borrowed until open returns. */
struct rq_queue_options {
	const char *name;               /* the configured name, the QUEUE of QUEUE:ID */
	const struct rq_paths *paths;
	struct rq_loop *loop;
	bool read_only;                 /* nothing is carried on by itself: no drain, no re-route, nothing of the outbox */
	bool worker;                    /* do what syncs to disk on a thread (the console) */
	int64_t keep_jobs;              /* finished jobs to keep (jobs.keep); 0: 200,000 */
	int64_t keep_log_bytes;         /* logs of finished jobs to keep (logs.keep_bytes); 0: 10 GiB */
	int64_t log_cache_bytes;        /* room for logs of other machines that were fetched (logs.cache_bytes); 0: 1 GiB */
	int64_t log_max;                /* of a live log's copy (jobs.log_max); 0: 64 MiB */
	int64_t keep_decisions;         /* records to keep (decisions.keep); 0: 100,000 */
	int64_t keep_decisions_ms;      /* and for how long (decisions.keep_age); 0: 400 days */
	struct rq_log *log;             /* of the process; NULL none */
	struct rq_redact *redact;       /* where a queue adds the secrets that it learns; NULL with no log */
	const struct rq_queue_config *config;   /* model/queues.h: what config.yaml says of it; outlives the queue; NULL local */
};

/* A log that a queue brings to this machine. Texts are borrowed until the next turn of the loop. */
struct rq_queue_log {
	struct rq_queue *queue;
	const char *path;               /* of the file here; "" none yet */
	unsigned turn;                  /* counts on when PATH holds another text than before */
	enum rq_logged what;            /* it holds */
	const char *job;                /* whose log it is: "media:91/7", of a run the one that matters; "" not known yet */
	const char *job_name;           /* "" likewise */
	int attempt;                    /* of the run; 0 not known yet */
	const char *source;             /* one line: where it comes from, or why there is nothing; "" nothing to say */
	bool settled;                   /* what can be had now is there */
	bool ended;                     /* nothing more comes */
	struct rq_error err;            /* code != 0: it cannot be had; tried again unless ENDED */
};

struct rq_queue_ops {
	const char *kind;               /* "local" */
	unsigned caps;
	/* MUST. Makes what is missing. */
	int (*open)(const struct rq_queue_options *o, struct rq_queue **out, struct rq_error *e);
	/* MUST. Answers what has not begun with RQ_ECANCELLED, what has as it ended; no call is left behind. */
	void (*stop)(struct rq_queue *q);
	/* MUST. Frees; stop was called before. */
	void (*close)(struct rq_queue *q);
	/* MUST. Every verb that the caps imply. */
	void (*start)(struct rq_queue *q, struct rq_call *call);
	/* MAY be NULL. Take a started call back. A write that may have happened is answered as it ended. */
	void (*abort)(struct rq_queue *q, struct rq_call *call);
	/* MAY be NULL without RQ_CAP_FOLLOW_LOG. Where the log of an attempt is on this machine (0: the latest);
	 * caller frees. The file may not be there yet: then *path is still given. */
	int (*log_path)(struct rq_queue *q, const char *id, int attempt, char **path, struct rq_error *e);
	/* MAY be NULL; a queue has this or log_path. For logs that are elsewhere: bring the log of a job here and keep it as
	 * new as can be until log_close. CHANGED runs on the loop, never inside of open, after anything of *out changed. All
	 * are closed before stop(). */
	int (*log_open)(struct rq_queue *q, const char *id, int attempt, void (*changed)(void *ud), void *ud,
			struct rq_queue_log **out, struct rq_error *e);
	void (*log_close)(struct rq_queue_log *l);
	/* MAY be NULL. From now on send what was kept while the server could not be reached. listen does so as well. */
	void (*flush)(struct rq_queue *q);
	/* MAY be NULL. Begin to hear of changes that other processes make, and tell q->changed. */
	int (*listen)(struct rq_queue *q, struct rq_error *e);
};

/* Every implementation's struct begins with this. */
struct rq_queue {
	const struct rq_queue_ops *ops;
	struct rq_loop *loop;
	char *name;
	/* told after each change that this process made or heard of; NULL none. Set by rq_queue_listen */
	void (*changed)(void *ud);
	void *changed_ud;
	bool others;                    /* inside CHANGED: another process may have changed something */
	uint64_t last_call;
	struct rq_answer *answers;      /* on their way; queue.c's own */
};

/* What KIND can do, without opening one; NULL: there is no such kind. */
const struct rq_queue_ops *rq_queue_kind(const char *kind);
int rq_queue_open(const char *kind, const struct rq_queue_options *o, struct rq_queue **out, struct rq_error *e);
/* The same with OPS, which need not be in the table of kinds. */
int rq_queue_open_ops(const struct rq_queue_ops *ops, const struct rq_queue_options *o, struct rq_queue **out,
		      struct rq_error *e);
/* Answers everything that is open before it returns (DONE runs inside it). */
void rq_queue_close(struct rq_queue *q);
/* For a process that stays: CHANGED runs on the loop after changes of ours and of others, merged. NULL ends that.
 * On an error changes of others are still noticed, only later. */
int rq_queue_listen(struct rq_queue *q, void (*changed)(void *ud), void *ud, struct rq_error *e);
/* Checks verb and caps, then starts; a refusal is answered later like any other. Returns the call's id (> 0). */
uint64_t rq_queue_start(struct rq_queue *q, struct rq_call *call);
void rq_queue_abort(struct rq_queue *q, struct rq_call *call);
/* For implementations: deliver the answer on the next turn. */
void rq_queue_answer(struct rq_queue *q, struct rq_call *call, int code);
/* "RQ_CAP_DRAIN" -> "this queue cannot drain a runner": the words faces use for what is greyed out. */
const char *rq_cap_missing_text(enum rq_cap cap);

/* Limits that hold on every queue: lengths, counts, ranges, names. RQ_EUSAGE or RQ_ELIMIT with a sentence. */
int rq_submission_check(const struct rq_submission *s, struct rq_error *e);

#endif
