/* shim.h - one job under its shim: what the parts of the shim share. */
#ifndef RQ_AGENT_SHIM_H
#define RQ_AGENT_SHIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "core/agent/shim_cell.h"
#include "core/agent/shim_child.h"
#include "core/agent/shim_log.h"
#include "core/agent/shim_spec.h"

struct rq_shim {
	struct rq_shim_spec spec;
	int cell;
	struct rq_cell_order order;     /* as last read */
	struct rq_cell_run run;
	struct rq_cell_end end;
	struct rq_shim_log log;
	int out_r, out_w;               /* the pipe of the job's output; we keep its writing end for later steps */
	const char *cgroup;             /* "" none */
	int cgroup_fd;
	bool subreaper;
	struct rq_shim_start *start;
	pid_t child;                    /* of the running step; 0 once it was reaped */
	pid_t group;                    /* its process group, while that number cannot have become another's */
	int status;                     /* as waitpid gave it */
	uint32_t word;                  /* the last that was obeyed */
	/* boot clock, ms; 0: not now */
	int64_t timeout_at, kill_at, look_at;
	int64_t lapsed_since;           /* awake clock: how long a living agent has not renewed the lease */
};

/* shim_watch.c: the waiting. */

/* Signals are blocked but while waiting. */
void rq_shim_signals(void);
/* Copy the job's output, obey the order, keep the times, until the step's process has ended. */
void rq_shim_watch(struct rq_shim *s);
/* Read the order again and obey it. */
void rq_shim_look(struct rq_shim *s);
/* End what the job has left running, and wait until nothing of it is there. */
void rq_shim_sweep(struct rq_shim *s);

/* shim_files.c: the job's own directory, its cgroup, and who must know of its end. */
bool rq_shim_files_make(struct rq_shim *s);
/* Write step I's script; the path is kept. NULL with errno. */
char *rq_shim_files_script(struct rq_shim *s, size_t i);
/* Take over what the step wrote to $GITHUB_ENV. false: the file makes no sense, and the log says so. */
bool rq_shim_files_env(struct rq_shim *s);
void rq_shim_files_remove(struct rq_shim *s);
void rq_shim_cgroup_make(struct rq_shim *s);
void rq_shim_cgroup_remove(struct rq_shim *s);
/* Wake the agents: the one that watches over the job is not our parent. */
void rq_shim_tell(struct rq_shim *s);

#endif
