/* snapshot.h - everything a face shows at one moment: immutable, counted, with a generation. */
#ifndef RQ_MODEL_SNAPSHOT_H
#define RQ_MODEL_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>
#include "core/base/mem.h"
#include "core/model/decision.h"
#include "core/model/job.h"
#include "core/model/runner.h"

/* One line of Activity: what an operator or relayq itself did. */
struct rq_activity {
	int64_t seq, at;
	const char *actor;          /* user name, or "agent:NAME" */
	const char *action;         /* submit cancel retry reroute drain undrain agent-start ... */
	const char *object;         /* job id, runner name */
	const char *detail;         /* one line */
	const char *result;         /* "ok" or the error's code name */
};

struct rq_queue_state {
	const char *name, *kind;
	unsigned caps;              /* RQ_CAP_... of queue.h */
	int64_t queued, running, waiting, finished;  /* totals, also of what the lists leave out */
	int64_t fetched_at;         /* wall clock: how old what you see is */
	const char *error;          /* "" or one sentence: not reachable, ... */
	int64_t points, points_limit, points_reset_at;  /* what the server's limit leaves, of how much, until when; -1 none */
};

/* What to load; lists the reader does not want are left empty. */
struct rq_want {
	bool jobs, runners, decisions, activity;
	bool counters;              /* what is in use, for deciding */
	size_t finished_max;        /* the newest finished jobs; active ones come all (10,000 at most) */
	size_t decisions_max, activity_max;
	const char *queue;          /* of a subscription: this one alone; NULL: all that the context shows */
};

struct rq_snapshot_index;

struct rq_snapshot {
	unsigned refs;
	struct rq_snapshot_index *index; /* of the jobs' ids, made when one is looked for first; NULL: none is kept */
	uint64_t generation;
	int64_t taken_at;
	struct rq_arena arena;
	size_t n_queues, n_jobs, n_runners, n_decisions, n_activity, n_counters;
	struct rq_queue_state *queues;
	struct rq_job *jobs;        /* active first: in_progress, queued, pending, waiting, each newest first; then
	                             * finished, latest end first */
	struct rq_runner *runners;  /* by name */
	struct rq_decision *decisions;   /* newest first; without candidates */
	struct rq_activity *activity;    /* newest first */
	struct rq_counter *counters;     /* by key */
	bool more_finished;         /* finished_max cut the list */
	size_t n_parts;             /* others whose texts this one shows */
	struct rq_snapshot **parts;
};

struct rq_snapshot *rq_snapshot_new(void);             /* refs 1 */
struct rq_snapshot *rq_snapshot_ref(struct rq_snapshot *s);
/* PART lives as long as S: what S lists may point into it. Takes a reference of its own. */
void rq_snapshot_hold(struct rq_snapshot *s, struct rq_snapshot *part);
void rq_snapshot_unref(struct rq_snapshot *s);         /* NULL is fine; on one thread at a time */
/* The first of that id, by an index: as often as one likes. */
const struct rq_job *rq_snapshot_job(const struct rq_snapshot *s, const char *id);
/* The same, or one whose id is ID behind its queue's name: "17" finds "local:17". */
const struct rq_job *rq_snapshot_find_job(const struct rq_snapshot *s, const char *id);
/* The queue that a job with that id is of; NULL: none that is known. */
const struct rq_queue_state *rq_snapshot_queue_of(const struct rq_snapshot *s, const char *id);
const struct rq_runner *rq_snapshot_runner(const struct rq_snapshot *s, const char *name);

#endif
