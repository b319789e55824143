/* shim_kill.h - reaching every process of a job, also those that left its process group. */
#ifndef RQ_AGENT_SHIM_KILL_H
#define RQ_AGENT_SHIM_KILL_H

#include <stdbool.h>
#include <sys/types.h>

/* Send SIG to the process group PGID (0: none), to all of CGROUP ("" or NULL: none), and to all descendants of this
 * process, which must be a subreaper for that to be everything. */
void rq_shim_kill(pid_t pgid, const char *cgroup, int sig);
/* SIGKILL to all of CGROUP. false: there is no such group, or the kernel is older than 5.14. */
bool rq_shim_kill_cgroup(const char *cgroup);
/* Make orphaned descendants our children. false: this system cannot. */
bool rq_shim_subreaper(void);

#endif
