/* shim_child.h - starting one step of a job. */
#ifndef RQ_AGENT_SHIM_CHILD_H
#define RQ_AGENT_SHIM_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "core/agent/shim_spec.h"

enum rq_shim_failure { RQ_SHIM_CHDIR = 1, RQ_SHIM_EXEC, RQ_SHIM_LATE };

/* What the child of a failed start leaves for its parent: on a page that both see, so that a start that works does not
 * wait for anything. */
struct rq_shim_start {
	int failure;            /* enum rq_shim_failure, 0 none */
	int err;
	bool begun;             /* it got as far as its command */
};

struct rq_shim_launch {
	const struct rq_shim_spec *spec;
	char **argv;
	int out;                /* becomes its standard output and error; input is our own */
	int cell;               /* whose order is looked at last before the command begins */
	int cgroup;             /* directory to start in, -1 none */
	struct rq_shim_start *start;
};

/* Shared memory for a rq_shim_start. */
struct rq_shim_start *rq_shim_start_new(void);
/* Start it in a session and process group of its own, to be killed when we end. -1: no process could be made (errno). */
pid_t rq_shim_launch(const struct rq_shim_launch *l);
/* Whether the cell's order still lets the job TOKEN begin: the token is the same, the lease has not lapsed, and nobody
 * has asked to end it. */
bool rq_shim_may_start(int cell, const char *token);

#endif
