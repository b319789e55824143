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
#include "core/model/grant.h"
#include "core/model/job.h"
#include "core/model/open.h"
#include "core/model/runner.h"
#include "core/model/snapshot.h"
#include "core/model/submission.h"

enum rq_verb {
	/* what faces ask */
	RQ_VERB_SUBMIT, RQ_VERB_SNAPSHOT, RQ_VERB_JOB, RQ_VERB_CANCEL, RQ_VERB_RETRY, RQ_VERB_REROUTE,
	RQ_VERB_DRAIN, RQ_VERB_UNDRAIN, RQ_VERB_DECISION,
	/* of queues with the cap of that name */
	RQ_VERB_WORKFLOWS, RQ_VERB_WORKFLOW, RQ_VERB_WORKFLOW_STATE, RQ_VERB_DELETE, RQ_VERB_APPROVE, RQ_VERB_ARTIFACTS,
	RQ_VERB_DOWNLOAD, RQ_VERB_RUNNER_NEW, RQ_VERB_RUNNER_REMOVE, RQ_VERB_RUNNER_LABELS,
	/* what another queue leaves in the journal and in Activity of the local one */
	RQ_VERB_RECORD,
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
/* Whether it changes something in the queue or at its server, beyond what relayq remembers for itself. */
bool rq_verb_changes(enum rq_verb v);

/* What is run again. */
enum rq_rerun { RQ_RERUN_ALL, RQ_RERUN_FAILED };

/* Per object of a bulk request. */
struct rq_each {
	const char *id;             /* as asked */
	int code;                   /* RQ_OK, RQ_ENOTFOUND, RQ_ECONFLICT, ... */
	const char *text;           /* what happened, one sentence: "cancelled", "asked its runner to end it" */
	const char *new_id;         /* RETRY: the new job */
};

struct rq_workflow_row {
	const char *repo, *file, *name, *state;  /* state: "active" "disabled_manually" ... */
	int64_t id;
};
struct rq_artifact {
	const char *name, *digest;  /* "sha256:..." or "" */
	int64_t id, bytes, created_at, expires_at;
	bool expired;
};
struct rq_pending {                 /* a deployment that waits for approval */
	const char *environment, *reviewers, *url; /* reviewers: "monalisa, team ops" */
	int64_t id, wait_minutes;
	bool may_approve;
};

struct rq_call {
	enum rq_verb verb;
	struct rq_arena arena;
	uint64_t id;                /* set when started */
	int64_t deadline_ms;        /* from the start; 0: the queue's default. After it, RQ_EUNREACHABLE */
	const char *queue;          /* which queue; NULL: told by the ids, else the default one. When it is answered, also
				     * where it went by itself, if that was not the local one */
	const char *actor;          /* who; NULL: the user's name */
	void (*done)(struct rq_call *call, void *ud);
	void *ud;
	bool kept, telling;         /* telling: inside DONE; freed then, it lasts until DONE returns */
	int code;                   /* the answer: RQ_OK or a code, with ERR filled */
	struct rq_error err;
	const char *calls;          /* what was asked of a server for it, for Activity: "PUT /repos/... 200, ..."; NULL none */
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
			const char **ids; /* also QUEUE:RUN/JOB: that job and what depends on it */
			enum rq_rerun what; bool debug; /* of queues with RQ_CAP_RUNS: with debug logging */
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
		struct { /* the workflows that can be dispatched */
			/* out */ size_t n; struct rq_workflow_row *v; } workflows;
		struct { /* WORKFLOW: its inputs at REF. WORKFLOW_STATE: enable or disable */
			const char *repo, *file, *ref; bool enable; /* repo "" or NULL: the only one */
			/* out */ const struct rq_workflow *workflow; /* core/model/workflow.h */ const char *ref_used;
			const char *text; } workflow;
		struct { size_t n; const char **ids; /* out */ struct rq_each *each; } remove; /* DELETE: finished runs */
		struct { /* without STATE: what waits for approval */
			const char *id, *state, *comment; /* "approved" "rejected" */
			size_t n_environments; const char **environments; /* names; none: all that the operator may approve */
			/* out */ size_t n; struct rq_pending *v; const char *text; } approve;
		struct { const char *id; /* out */ size_t n; struct rq_artifact *v; } artifacts;
		struct { /* an artifact's archive, or with ARTIFACT NULL the job's log, into PATH (made; "" the log's place) */
			const char *id, *artifact, *path;
			void (*progress)(void *ud, int64_t got, int64_t total); void *progress_ud;
			/* out */ int64_t bytes; const char *path_used; } download;
		struct { /* the secret is never stored nor logged */
			const char *repo, *name, *labels; /* repo "" or NULL: the only one, or the organisation */
			/* out */ const char *token, *url, *os_commands; int64_t expires_at; } runner_new;
		struct { /* RUNNER_REMOVE; RUNNER_LABELS: its custom labels become these */
			const char *runner, *repo; /* repo "" or NULL: wherever it is */
			struct rq_labels labels; /* out */ const char *text; } runner;
		struct { /* JOB: full id. DECISION NULL: only Activity; ACTION NULL: only the journal */
			const char *job; const struct rq_decision *decision;
			const char *action, *object, *detail, *result; } record;
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
