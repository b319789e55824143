/* call.h - one request to a queue and its answer, as values.
 *
 * Made with rq_call_new, filled in (strings go into the call's arena), started once with rq_start (relayq.h) or by a
 * queue directly; DONE runs exactly once, on the loop, never inside the starting call, and the call is freed after it
 * returns, unless it takes the call over with rq_call_keep. Answers live in the arena too. */
#ifndef RQ_MODEL_CALL_H
#define RQ_MODEL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/model/decision.h"
#include "core/model/job.h"
#include "core/model/open.h"
#include "core/model/runner.h"
#include "core/model/snapshot.h"

enum rq_verb {
	/* what faces ask */
	RQ_VERB_SUBMIT, RQ_VERB_SNAPSHOT, RQ_VERB_JOB, RQ_VERB_CANCEL, RQ_VERB_RETRY, RQ_VERB_REROUTE,
	RQ_VERB_DRAIN, RQ_VERB_UNDRAIN, RQ_VERB_DECISION,
	/* the policy's, of queues with RQ_CAP_POLICY */
	RQ_VERB_JOURNAL, RQ_VERB_VERIFY, RQ_VERB_POLICY,
	/* what a dispatcher asks, likewise */
	RQ_VERB_DUTY, RQ_VERB_OPEN, RQ_VERB_DECIDE,
	/* what runners ask, of queues with RQ_CAP_AGENTS */
	RQ_VERB_REGISTER, RQ_VERB_UNREGISTER, RQ_VERB_EXCHANGE, RQ_VERB_BEAT, RQ_VERB_ORPHANS, RQ_VERB_ADOPT,
	RQ_VERB_DRAINED,
	RQ_VERB_N
};
const char *rq_verb_name(enum rq_verb v);

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
	const char *source;         /* cli cron webhook api; NULL: cli */
	const char *schedule;       /* made by this schedule of the configuration; NULL none */
	int64_t schedule_due;       /* the minute that it was due, wall clock: made once for a minute, and never for an
	                             * earlier one (each->text "repeat", id "") */
	const struct rq_decision *decision;  /* stored, and followed when it is governed (queue.h); NULL none */
};

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

/* Per object of a bulk request. */
struct rq_each {
	const char *id;             /* as asked */
	int code;                   /* RQ_OK, RQ_ENOTFOUND, RQ_ECONFLICT, ... */
	const char *text;           /* what happened, one sentence: "cancelled", "asked its runner to end it" */
	const char *new_id;         /* RETRY: the new job */
};

struct rq_call {
	enum rq_verb verb;
	struct rq_arena arena;
	uint64_t id;                /* set when started */
	int64_t deadline_ms;        /* from the start; 0: the queue's default. After it, RQ_EUNREACHABLE */
	const char *queue;          /* which queue; NULL: told by the ids, else the default one */
	const char *actor;          /* who; NULL: the user's name */
	void (*done)(struct rq_call *call, void *ud);
	void *ud;
	bool kept, telling;         /* telling: inside DONE; freed then, it lasts until DONE returns */
	int code;                   /* the answer: RQ_OK or a code, with ERR filled */
	struct rq_error err;
	union {
		struct { /* all or none */
			size_t n; struct rq_submission *v;
			/* out */ struct rq_each *each; /* id: the job's full id; code RQ_OK, text "" or "repeat" */
			const char *warnings; /* from rq_start: one line each, "" none (unknown labels, no runner) */
		} submit;
		struct {
			struct rq_want want;
			/* out */ struct rq_snapshot *snapshot; /* one reference, the taker's */
		} snapshot;
		struct { const char *id; /* out */ struct rq_job_detail *detail; } job;
		struct { size_t n; const char **ids; bool force; /* out */ struct rq_each *each; } cancel;
		struct {
			size_t n;
			const char **ids;
			const struct rq_decision **decisions; /* n or NULL */
			/* out */ struct rq_each *each;
		} retry;
		struct {
			const char *id;
			const char *target;      /* NULL: any */
			struct rq_labels labels; /* with target NULL */
			bool restart;   /* a running job may be ended and started again elsewhere */
			const char *reason; const struct rq_decision *decision;
			/* out */ bool restarting; const char *text;
		} reroute;
		struct {
			const char *runner, *reason;
			int64_t deadline;
			/* out */ const char *text;
		} drain; /* and UNDRAIN, DRAINED */
		struct {
			const char *id; /* a decision's, or a job's: its latest */
			/* out */ struct rq_decision *decision;
		} decision;
		struct {
			const struct rq_runner *runner; const char *instance; const char *lock_path; int64_t pid;
			/* out */ enum rq_drain drain; const char *drain_reason;
		} registration; /* and UNREGISTER: instance only */
		struct {
			const char *runner, *instance; int64_t lease_ms;
			bool lazy;      /* need not be on the disk yet: a later write that is not lazy takes it there */
			size_t n_results; const struct rq_result *results;
			size_t n_claims; const struct rq_claim { const char *token, *cell; } *claims;
			/* out */ enum rq_verdict *verdicts; size_t n_grants; struct rq_grant *grants;
			int64_t next_at;        /* wall clock: when the next delayed job comes due; 0 none */
			enum rq_drain drain;
		} exchange;
		struct {
			const char *instance; int64_t lease_ms; size_t n; const struct rq_lease *leases; /* id, token */
			bool durable;   /* also takes earlier lazy exchanges to the disk */
			/* out */ enum rq_beat *beats; int64_t lease_boot_ms; enum rq_drain drain;
		} beat;
		struct { const char *instance; /* out */ size_t n; struct rq_lease *leases; } orphans;
		struct {
			int64_t since, until; /* wall clock; 0 open */
			const char *job; /* only of this one; NULL all */
			int64_t after_seq; size_t max; /* go on behind this one; at most 1000 in one answer */
			/* out, oldest first */ size_t n; struct rq_journal_entry *v; bool more; } journal;
		struct {
			/* out */ int64_t checked, first_seq, last_seq;
			int64_t bad_seq; /* the first record that does not fit the chain; 0 none */
			const char *what; /* bad: "its text was changed"; "" */ } verify;
		struct { /* with TEXT: keep it as the last good one of PATH; else: fetch */
			const char *oid, *path, *text; /* path: absolute; fetch: by oid, or the last good one of a path */
			/* out */ const char *found_oid, *found_text; /* RQ_ENOTFOUND where it is not kept */
		} policy;
		struct { /* take, keep or give back the dispatcher's duty */
			const char *holder, *name; /* an instance's token; for people: "agent:mac" */
			int64_t lease_ms; bool release;
			/* out */ bool held; const char *other; /* by HOLDER now; by whom else, "" */
			int64_t fence; /* grows with each change of holder: DECIDE carries it */
		} duty;
		struct {
			size_t n_events; const char *const *events; /* jobs that wait for one of these, */
			bool all; /* or all of them; those that are due or past wait_until, and placed ones, always come */
			int64_t since; /* also those that decisions from this number of the chain on hold; 0 none: what they wait
					* for may have happened before they were stored */
			const char *after; /* only what comes behind this job in the order below; NULL all of it */
			size_t max;
			/* out: by priority, then age */ size_t n; struct rq_open_job *v; bool more;
			int64_t next_at; /* the next wait_until of those that are left; 0 none */
			int64_t seq; /* the chain's last number: for the next `since` */
			struct rq_fleet fleet; /* sealed */
			size_t n_schedules; struct rq_schedule_state *schedules;
		} open;
		struct { /* a job's next decision; RQ_ECONFLICT: it has another one meanwhile, or is no longer open, or a
			  * hold found no place, or the fence is old */
			const char *id; int64_t fence; const struct rq_decision *decision; /* linked by prev_id */
		} decide;
		struct { const char *id, *token, *from, *to; int64_t lease_ms; /* out */ int64_t lease_boot_ms; } adopt;
	} u;
};

struct rq_call *rq_call_new(enum rq_verb verb, void (*done)(struct rq_call *, void *), void *ud);
/* Inside DONE: the call is the caller's now, and rq_call_free frees it. */
void rq_call_keep(struct rq_call *c);
void rq_call_free(struct rq_call *c);
/* A copy of S in the call's arena. NULL gives NULL. */
const char *rq_call_str(struct rq_call *c, const char *s);
/* ids for CANCEL and RETRY (the union's n and ids). */
void rq_call_add_id(struct rq_call *c, const char *id);
/* Room for one more submission of a SUBMIT; zeroed. Pointers to earlier ones may move. */
struct rq_submission *rq_call_add_submission(struct rq_call *c);

#endif
