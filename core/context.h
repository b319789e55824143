/* context.h - the inside of struct relayq; for core/relayq*.c alone. */
#ifndef RQ_CONTEXT_H
#define RQ_CONTEXT_H

#include "core/queue/queue.h"
#include "core/relayq.h"
#include "core/sys/loop.h"
#include "core/sys/paths.h"

enum { RQ_QUEUES_MAX = 8, RQ_FILES_N = 5 };

struct pending;

struct relayq {
	struct rq_loop *loop;
	struct rq_paths paths;
	char *files[RQ_FILES_N];        /* of rq_path: config.yaml keymap theme state.db env */
	struct rq_config *config;
	char *user;
	bool console, no_autostart;
	bool closing;                   /* the queues are going: nothing is started any more */

	struct rq_dispatcher *dispatcher;       /* of a console; NULL else */
	struct rq_queue *queues[RQ_QUEUES_MAX];
	size_t n_queues;

	/* relayq_watch.c */
	struct rq_snapshot *snapshot;   /* never NULL */
	uint64_t generation;
	struct rq_want want;
	void (*changed)(void *ud);
	void *changed_ud;
	struct rq_timer *reload;
	bool loading, stale;
	bool listening, failed;         /* to wake-ups; the last load */
	int64_t load_started_ns, load_took_ns;

	struct pending *pending;        /* relayq_verbs.c: calls that have not been answered */
	uint64_t last_id;
	struct rq_joblog *logs;         /* relayq_log.c: open ones */
};

/* The queue that ID ("media:17", or "17" for the default one) or NAME (NULL: the default one) means. */
struct rq_queue *rq_queue_of_id(struct relayq *rq, const char *id, struct rq_error *e);
struct rq_queue *rq_queue_named(struct relayq *rq, const char *name, struct rq_error *e);

/* relayq_watch.c */
void rq_watch_open(struct relayq *rq);
void rq_watch_close(struct relayq *rq);
void rq_watch_listen(struct relayq *rq);   /* hear of what other processes change */
void rq_watch_queue_changed(void *ud);

/* relayq_log.c */
void rq_logs_changed(struct relayq *rq);

/* relayq_agent.c: start an agent when none of RUNNERS is alive and the settings allow it. */
void rq_autostart(struct relayq *rq, const struct rq_snapshot *runners);

#endif
