/* agent.h - relayq's own daemon: takes jobs from a queue and runs them. relayq.c wraps these functions for the faces. */
#ifndef RQ_AGENT_AGENT_H
#define RQ_AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/model/config.h"
#include "core/queue/queue.h"
#include "core/sys/loop.h"
#include "core/sys/paths.h"

struct rq_agentd_options {
	const struct rq_paths *paths;
	const struct rq_config *config;
	struct rq_loop *loop;           /* it is run until the agent stops */
	struct rq_queue *queue;
	const char *name;               /* NULL: agent.name, else the host's name made a valid name */
	const char *labels;             /* extra labels; NULL: agent.labels */
	int slots;                      /* 0: agent.slots */
	bool no_wait;                   /* rq_agentd_start: do not wait until it lives */
};

/* Run until a signal or `stop` ends it. RQ_EBUSY when an agent of that name runs already. */
int rq_agentd_run(const struct rq_agentd_options *o, struct rq_error *e);
/* Start `relayq agent run` with these options detached, in a session of its own, and wait (at most 5 s) until the queue
 * knows it. Only paths, config, name, labels, slots are used. */
int rq_agentd_start(const struct rq_agentd_options *o, struct rq_error *e);
/* "drain" or "now", to a living agent; RQ_ENOTFOUND when none of that name lives. */
int rq_agentd_signal(const struct rq_paths *paths, const char *name, const char *how, struct rq_error *e);
/* Whether an agent NAME lives; *pid (may be NULL) is its process, 0 unknown. */
bool rq_agentd_alive(const struct rq_paths *paths, const char *name, int64_t *pid);
/* The name that is used when none is given. Caller frees. */
char *rq_agentd_default_name(const struct rq_config *config);
/* relayq-shim: RELAYQ_SHIM, beside the executable, or where it was installed. Caller frees. */
int rq_agentd_find_shim(char **path, struct rq_error *e);

#endif
