/* lost.c - a shim is gone without a result: what it left running is ended before the job may start again. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/agent/daemon.h"
#include "core/agent/shim_kill.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/proc.h"

/* A job that we adopted may have a child of ours as its shim: one that we did not hear of when it was made. */
static bool has_shim(const struct rq_work *w, int64_t pid)
{
	struct rq_cell_run run;

	return w->cell && w->state == RQ_WORK_RUNS && rq_cell_read(w->cell->fd, RQ_CELL_RUN, &run, sizeof run) &&
	       rq_eq(run.token, w->token) && run.shim_pid == pid;
}

static bool is_shim(const struct rq_daemon *d, int64_t pid)
{
	if (d->keeper && rq_child_pid(d->keeper) == pid)
		return true;
	for (size_t i = 0; i < d->n_works; i++)
		if (d->works[i]->child ? rq_child_pid(d->works[i]->child) == pid : has_shim(d->works[i], pid))
			return true;
	return false;
}

/* We are a subreaper: children of ours that are no shims are what dead shims have left. */
size_t rq_lost_orphans(struct rq_daemon *d)
{
	int64_t pids[256];
	size_t n = d->subreaper ? rq_proc_children(pids, 256) : 0, left = 0;

	for (size_t i = 0; i < n && i < 256; i++) {
		if (is_shim(d, pids[i]))
			continue;
		kill((pid_t)pids[i], SIGKILL);
		left += waitpid((pid_t)pids[i], NULL, WNOHANG) == 0;
	}
	return left;
}

/* Whether the group's directory is gone, which it can be only when nobody is in it. */
static bool cgroup_is_empty(const char *cgroup)
{
	struct stat st;

	if (!*cgroup)
		return true;
	rq_shim_kill_cgroup(cgroup);
	rmdir(cgroup);
	return stat(cgroup, &st) < 0;
}

static bool sweep_now(struct rq_work *w)
{
	char pair[64 + RQ_CELL_TOKEN];
	size_t left;
	bool leader;

	/* Nothing outlives its boot. */
	if (!rq_eq(w->run.boot_id, rq_boot_id()))
		return true;
	w->run.cgroup[sizeof w->run.cgroup - 1] = '\0';
	leader = rq_proc_is(w->run.child_pid, w->run.child_boot_ms);
	if (leader)
		kill((pid_t)-w->run.child_pid, SIGKILL);
	left = rq_lost_orphans(w->d);
	snprintf(pair, sizeof pair, "RELAYQ_TOKEN=%s", w->token);
	left += rq_proc_signal_env(pair, SIGKILL);
	return !left && !leader && cgroup_is_empty(w->run.cgroup);
}

/* Of a shim that was lost before it recorded its child it is not known that anything began, let alone when. */
static bool outlasted_limit(const struct rq_work *w)
{
	return w->overdue_at && w->timeout_ms > 0 && w->run.child_boot_ms > 0 &&
	       rq_boot_ms() > w->run.child_boot_ms + w->timeout_ms;
}

bool rq_lost_sweep(struct rq_work *w)
{
	if (!sweep_now(w))
		return false;
	/* The agent, not the shim, ended it when it was overdue: then it is known why. */
	if (w->d->stop == RQ_STOP_NOW)
		rq_work_result(w, RQ_RESULT_RELEASED, "the runner stops");
	else if (w->told >= RQ_BEAT_CANCEL)
		rq_work_result(w, RQ_RESULT_CANCELLED, "ended by force: its shim did not act");
	else if (outlasted_limit(w))
		rq_work_result(w, RQ_RESULT_TIMED_OUT, "ended by force: its shim did not act");
	else
		rq_work_result(w, RQ_RESULT_LOST, "its processes were lost");
	return true;
}
