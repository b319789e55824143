/* local.h - the embedded queue: what its files share. Others see only its row of ops.
 *
 *   local.c           opening, inline or on a thread, wake-ups, the table of verbs
 *   local_schema.c    the tables, and how to change them
 *   local_verb.c      what the verbs have in common
 *   local_sets.c      label sets and groups, interned
 *   local_spec.c      what a runner needs of a job, packed and unpacked
 *   local_submit.c    SUBMIT
 *   local_decision.c  decisions: storing, the chain, reading
 *   local_follow.c    what a decision does to its job; DECIDE
 *   local_hold.c      what placed and running jobs take, counted
 *   local_open.c      OPEN               local_journal.c  JOURNAL, VERIFY, POLICY
 *   local_claim.c     EXCHANGE: results, then grants
 *   local_result.c    what a result does to its job and to those that wait for it
 *   local_list.c      SNAPSHOT           local_detail.c   JOB, DECISION
 *   local_runner.c    runners as they are known
 *   local_operator.c  CANCEL, RETRY      local_route.c    REROUTE, DRAIN, UNDRAIN
 *   local_lease.c     REGISTER, UNREGISTER, BEAT, ORPHANS, ADOPT
 *   local_duty.c      DUTY               local_record.c   RECORD
 *   local_keep.c      what is dropped when
 *
 * A verb runs from begin to commit without a pause, on the loop's thread or on one of its workers, never on two at
 * once. It returns the call's code with call->err filled. Statements that fail are noticed by the commit. */
#ifndef RQ_QUEUE_LOCAL_H
#define RQ_QUEUE_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/hash.h"
#include "core/base/rand.h"
#include "core/base/str.h"
#include "core/model/id.h"
#include "core/queue/queue.h"
#include "core/sys/db.h"

extern const struct rq_queue_ops rq_local_ops;
extern const struct rq_migration rq_local_migrations[];
extern const size_t rq_local_migrations_n;

/* The log is brought back into the file when it is longer: some two hundred jobs. */
#define RQ_LOCAL_LOG ((int64_t)4 << 20)

/* One label set, as it was interned. */
struct rq_set {
	int64_t id;
	size_t at;                      /* its place in sets[] */
	struct rq_arena arena;
	struct rq_labels labels;        /* without the target */
	const char *target;             /* lower case, without '@'; "" none */
	bool placed;                    /* by a policy: the target takes it, whatever its labels */
};

/* One end of the chain of decisions. */
struct rq_link {
	int64_t seq;                    /* 0: before the first */
	char hash[RQ_SHA256_LEN];       /* "" likewise */
};

struct rq_local {
	struct rq_queue q;              /* first, as the contract asks */
	struct rq_db *db;               /* the running verb's */
	struct rq_db *side;             /* the loop's own, for log_path while a worker has DB; NULL until needed */
	struct rq_paths paths;          /* runtime, logs, state only */
	char *name;                     /* of the queue; the worker reads it */
	char *user;                     /* who acts when the call does not say; NULL until needed */
	int64_t keep_jobs, keep_log_bytes, keep_decisions, keep_decisions_ms;
	struct rq_set **sets;           /* by id, ascending: what this process has seen of label_set */
	size_t n_sets, cap_sets;
	bool touched;                   /* the verb changed something that others want to hear of */
	bool worker;
	bool agent;                     /* a runner registered by this connection */
	int duty_fd;                    /* local_duty.c: the lock, while this connection has the duty; -1 */
	struct rq_local_work *work;     /* NULL: no worker is at work */
	struct rq_local_wait *waiting;  /* calls that have not begun, in order */
	struct rq_wake *wake;           /* NULL: not listening */
	struct rq_timer *look;
	int64_t data_version;
	uint32_t living;                /* which runners' processes lived at the last look; 0 before */
	bool telling;
	struct rq_link chain;           /* its last link, as the running verb has made it */
	bool chain_read, chain_moved;
	size_t sets_max;                /* look for unused label sets when there are more; 0 not set yet */
};

/* --- local_verb.c */
int rq_local_begin(struct rq_local *l, struct rq_call *c, bool durable);
int rq_local_commit(struct rq_local *l, struct rq_call *c);
/* Roll back; gives c->err.code. */
int rq_local_refuse(struct rq_local *l, struct rq_call *c);
/* "17" or "local:17" -> 17; RQ_ENOTFOUND for what cannot be an id of this queue. */
int rq_local_id(struct rq_local *l, const char *text, int64_t *id, struct rq_error *e);
const char *rq_local_full_id(struct rq_local *l, struct rq_arena *a, int64_t id);
/* The row of Activity for what C does. OBJECT and DETAIL may be NULL. */
void rq_local_audit(struct rq_local *l, const char *actor, const char *action, const char *object, const char *detail,
		    const char *result);
const char *rq_local_actor(struct rq_local *l, const struct rq_call *c);
/* The N elements of V, which RQ_GROW made, into A, with room for one more; V is freed. */
void *rq_local_settle(struct rq_arena *a, void *v, size_t n, size_t size);

/* --- local_sets.c */
/* The id of the set of LABELS and TARGET ("" or NULL none), made if need be. Inside a write transaction. */
int64_t rq_local_set(struct rq_local *l, const struct rq_labels *labels, const char *target);
/* The one that RUNNER alone takes; LABELS are for people. */
int64_t rq_local_set_placed(struct rq_local *l, const struct rq_labels *labels, const char *runner);
/* NULL only if the database has lost it. Borrowed until the next rq_local_sets_load. */
const struct rq_set *rq_local_set_get(struct rq_local *l, int64_t id);
void rq_local_sets_load(struct rq_local *l);
/* What was seen may not be so: after a rollback, and at the end. */
void rq_local_sets_forget(struct rq_local *l);
bool rq_local_set_fits(const struct rq_set *set, const struct rq_labels *have, const char *runner);
/* A group's id, made if need be; LIMIT 0 leaves it. */
int64_t rq_local_group(struct rq_local *l, const char *name, int limit);
/* How many more jobs of GRP may run now; < 0 when the limit was lowered. */
int64_t rq_local_group_room(struct rq_local *l, int64_t grp);
/* Let parked jobs of GRP go where it has room again. */
void rq_local_group_fill(struct rq_local *l, int64_t grp);

/* --- local_spec.c */
void rq_local_spec_put(struct rq_local *l, int64_t id, const struct rq_submission *s);
/* The job of ID as it was submitted, into A; false with RQ_ECORRUPT or RQ_ENOTFOUND in E. */
bool rq_local_spec_get(struct rq_local *l, int64_t id, struct rq_arena *a, struct rq_submission *s, struct rq_error *e);
void rq_local_spec_copy(struct rq_local *l, int64_t from, int64_t to);
/* One line for people, and a name. */
void rq_local_command_line(const struct rq_submission *s, struct rq_str *out);

/* --- local_submit.c */
int rq_local_submit(struct rq_local *l, struct rq_call *c);

/* --- local_result.c */
struct rq_row {                         /* of table job: what transitions look at */
	int64_t id, set_id, next_set, grp, attempt, retries, failures, losses, backoff;
	int cancel;
	char state[12];
	char conclusion[20];
	char runner[RQ_NAME_MAX];
	char token[RQ_TOKEN_LEN];
	bool governed;
	int64_t asked, started;
	char retry[80];                 /* of the policy: local_follow.c; "" none */
};
bool rq_local_row(struct rq_local *l, int64_t id, struct rq_row *r);
enum rq_verdict rq_local_result(struct rq_local *l, const struct rq_result *res, int64_t now);
/* A job that is not leased ends here, and what waits for it is released or ends as well. */
void rq_local_end(struct rq_local *l, const struct rq_row *r, const char *conclusion, const char *reason, int64_t now);
/* Runners that were draining and run nothing any more are drained. */
void rq_local_settle_drains(struct rq_local *l);

/* --- local_list.c */
/* A job as faces see it. SQL is RQ_LOCAL_JOB with a condition behind it. */
#define RQ_LOCAL_JOB_BY(index) \
	"SELECT j.id,state,conclusion,reason,set_id,next_set,priority,g.name,run_at,created,started,ended,base,attempt," \
	"retries,failures,losses,cancel,runner,coalesce(exit_code,-1),signal,first,steps,j.name,type,command,timeout," \
	"decision,submitter FROM job j " index " LEFT JOIN grp g ON g.id=j.grp "
#define RQ_LOCAL_JOB RQ_LOCAL_JOB_BY("")
struct rq_view;                         /* what is shared by the rows of one answer */
struct rq_view *rq_local_view(struct rq_local *l, struct rq_arena *a);
void rq_local_view_row(struct rq_view *v, struct rq_stmt *s, struct rq_job *j);

/* --- local_detail.c */
/* NULL none; in A. */
const char *rq_local_last_decision(struct rq_local *l, struct rq_arena *a, int64_t job);

/* --- local_runner.c */
/* All runners by name, into A. */
struct rq_runner *rq_local_runners(struct rq_local *l, struct rq_arena *a, size_t *n);
/* Fill in `placed`. */
void rq_local_placed(struct rq_local *l, struct rq_runner *v, size_t n);
enum rq_drain rq_local_drain_of(const char *name);
/* Whether the process INSTANCE lives: it is its runner's latest, and its lock is held. */
bool rq_local_alive(struct rq_local *l, const char *instance);

/* --- verbs, by file */
int rq_local_exchange(struct rq_local *l, struct rq_call *c);
/* Delayed jobs that are due are released, some at a time. Inside a write transaction. */
void rq_local_promote(struct rq_local *l, int64_t now);
int rq_local_decide(struct rq_local *l, struct rq_call *c);
int rq_local_open(struct rq_local *l, struct rq_call *c);
int rq_local_journal(struct rq_local *l, struct rq_call *c);
int rq_local_verify(struct rq_local *l, struct rq_call *c);
int rq_local_policy(struct rq_local *l, struct rq_call *c);
int rq_local_record(struct rq_local *l, struct rq_call *c);
int rq_local_snapshot(struct rq_local *l, struct rq_call *c);
int rq_local_job(struct rq_local *l, struct rq_call *c);
int rq_local_decision(struct rq_local *l, struct rq_call *c);
int rq_local_cancel(struct rq_local *l, struct rq_call *c);
int rq_local_retry(struct rq_local *l, struct rq_call *c);
int rq_local_reroute(struct rq_local *l, struct rq_call *c);
int rq_local_drain(struct rq_local *l, struct rq_call *c);
int rq_local_undrain(struct rq_local *l, struct rq_call *c);
int rq_local_drained(struct rq_local *l, struct rq_call *c);
int rq_local_register(struct rq_local *l, struct rq_call *c);
int rq_local_unregister(struct rq_local *l, struct rq_call *c);
int rq_local_beat(struct rq_local *l, struct rq_call *c);
int rq_local_orphans(struct rq_local *l, struct rq_call *c);
int rq_local_adopt(struct rq_local *l, struct rq_call *c);

/* --- local_duty.c */
int rq_local_duty(struct rq_local *l, struct rq_call *c);
/* Whether N is the fence of who has the duty now; inside of a transaction. */
bool rq_local_fence_ok(struct rq_local *l, int64_t n);
void rq_local_duty_release(struct rq_local *l);

/* --- local_keep.c */
/* Drop a little of what is too much, in a transaction of its own. Cheap when nothing is. */
void rq_local_keep(struct rq_local *l);
/* Runners nobody has seen for a month. Inside a write transaction. */
void rq_local_keep_runners(struct rq_local *l, int64_t now);
/* A job keeps its latest attempts. Inside a write transaction. */
void rq_local_keep_attempts(struct rq_local *l, int64_t job, int attempt);

#include "core/queue/local_policy.h"

#endif
