/* pending.h - a request on its way to a queue; for core/relayq_verbs.c, _several.c, _where.c and _record.c alone. */
#ifndef RQ_PENDING_H
#define RQ_PENDING_H

#include "core/context.h"

/* A part of a request that goes to several queues. */
struct child {
	struct pending *p;              /* NULL: the request was taken back */
	struct rq_member *m;
	struct rq_call *call;           /* NULL: answered */
	uint64_t id;                    /* of rq_start; 0: it went to the queue directly */
	struct rq_snapshot *snapshot;   /* its answer */
	struct rq_error err;            /* code 0: it went well */
	size_t *places;                 /* which of the request's ids it has */
};

struct pending {
	struct pending *next;
	struct relayq *rq;
	struct rq_member *member;       /* whose queue it goes to */
	struct rq_queue *queue;
	unsigned caps;                  /* of it: while it closes it is gone before its last answers */
	struct rq_call *call;           /* the caller's */
	uint64_t id;                    /* what rq_start gave; the queue numbers its calls by itself */
	void (*done)(struct rq_call *, void *);
	void *ud;
	struct rq_call *asking;         /* our own question that is under way, NULL none */
	bool looking, looked;           /* at the policy's file */
	const struct rq_policy *policy; /* held; NULL the built-in one */
	struct rq_snapshot *runners;
	struct rq_job_detail **jobs;    /* what is known of the call's ids, NULL unknown; in the call's arena */
	size_t n_jobs, next_job;
	int tries;
	bool decided;                   /* by us */
	bool started;                   /* the caller's call is with the queue */
	bool finding;                   /* whether there is one more queue */
	struct where *where;            /* relayq_where.c: queues are being asked for its runner */

	size_t n_children, answered;    /* relayq_several.c; in the call's arena */
	struct child *children;
	bool recording;                 /* relayq_record.c */
	size_t recorded;
};

/* Begin CALL's way to M: decisions first where it needs some. */
void rq_pending_start(struct pending *p, struct rq_member *m);
/* Answer the caller's call, which is not with a queue, on the next turn; at once while the context closes. */
void rq_pending_answer(struct pending *p, int code);
void rq_pending_refuse(struct pending *p, int code, const struct rq_error *e);
/* The caller hears the answer that stands in its call, and P ends. */
void rq_pending_end(struct pending *p);

/* relayq_several.c */
void rq_several_all(struct pending *p);
void rq_several_each(struct pending *p);
void rq_several_abort(struct pending *p);

/* relayq_where.c: to the queue that has the runner. */
void rq_where(struct pending *p);
void rq_where_forget(struct pending *p);

/* relayq_record.c: what a queue without a journal answered is written down in the local one. False: nothing to write; else
 * the caller hears the answer when that is done. */
bool rq_record(struct pending *p);

#endif
