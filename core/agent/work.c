/* work.c - one job under watch: its shim is started, told things, and its end is read from the cell. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/agent/daemon.h"
#include "core/agent/shim_point.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

/* How long after the last SIGKILL that it should have sent itself a shim may still be there. */
enum { OVERDUE_MS = 5000 };

struct rq_work *rq_work_new(struct rq_daemon *d, const char *id, const char *token, int attempt, struct rq_cell *cell)
{
	struct rq_work *w = rq_alloc(sizeof *w);

	w->d = d;
	w->id = rq_strdup(id);
	w->token = rq_strdup(token);
	w->state = RQ_WORK_RUNS;
	w->attempt = attempt;
	w->cell = cell;
	w->result.id = w->id;
	w->result.token = w->token;
	w->result.exit_code = -1;
	RQ_GROW(d->works, d->n_works, &d->cap_works);
	d->works[d->n_works++] = w;
	return w;
}

void rq_work_free(struct rq_work *w)
{
	struct rq_daemon *d = w->d;

	for (size_t i = 0; i < d->n_works; i++) {
		if (d->works[i] == w) {
			d->works[i] = d->works[--d->n_works];
			break;
		}
	}
	rq_child_free(w->child);
	rq_cells_give(d, w->cell);
	rq_free(w->id);
	rq_free(w->token);
	rq_free(w);
}

struct rq_work *rq_work_find(struct rq_daemon *d, const char *token)
{
	for (size_t i = 0; i < d->n_works; i++)
		if (rq_eq(d->works[i]->token, token))
			return d->works[i];
	return NULL;
}

/* --- what the shim is told ------------------------------------------------------------------ */

int rq_work_order(struct rq_work *w, enum rq_cell_word word)
{
	struct rq_daemon *d = w->d;
	struct rq_cell_order o;

	memset(&o, 0, sizeof o);
	rq_copy(o.token, sizeof o.token, w->token);
	rq_copy(o.instance, sizeof o.instance, d->instance);
	rq_copy(o.boot_id, sizeof o.boot_id, rq_boot_id());
	rq_copy(o.job, sizeof o.job, w->id);
	rq_copy(o.agent_lock, sizeof o.agent_lock, d->lock_path);
	o.lease_boot_ms = w->lease_boot_ms;
	o.lease_ms = d->lease_ms;
	o.attempt = (uint32_t)w->attempt;
	o.word = (uint32_t)word;
	return rq_cell_write(w->cell->fd, RQ_CELL_ORDER, &o, sizeof o, false);
}

/* The pid in the record is the shim's as long as somebody holds the cell's lock: only a shim does. */
static bool signal_shim(struct rq_work *w, int sig)
{
	struct rq_cell_run run;

	if (!rq_cell_read(w->cell->fd, RQ_CELL_RUN, &run, sizeof run) || !rq_eq(run.token, w->token) ||
	    !rq_eq(run.boot_id, rq_boot_id()) || run.shim_pid <= 1 || !rq_cell_held(w->cell->path))
		return false;
	return kill((pid_t)run.shim_pid, sig) == 0;
}

void rq_work_tell(struct rq_work *w, enum rq_cell_word word)
{
	int64_t at = rq_boot_ms() + OVERDUE_MS + (word == RQ_WORD_KILL ? 0 : w->d->grace_ms);

	if (rq_work_order(w, word) < 0)
		RQ_DLOG(w->d, RQ_LOG_ERROR, "job %s: its cell %s cannot be written: %s", w->id, w->cell->path,
			strerror(errno));
	/* A shim that has not recorded itself yet reads its order before it starts anything. */
	signal_shim(w, SIGUSR1);
	if (!w->overdue_at || at < w->overdue_at)
		w->overdue_at = at;
}

/* --- the end -------------------------------------------------------------------------------- */

void rq_work_result(struct rq_work *w, enum rq_result_kind kind, const char *why)
{
	w->state = RQ_WORK_ENDED;
	w->result.kind = kind;
	if (!w->result.ended_at)
		w->result.ended_at = rq_now();
	rq_copy(w->why, sizeof w->why, why ? why : "");
	w->result.why = w->why[0] ? w->why : NULL;
	RQ_POINT("agent", "before-report");
	rq_exchange_report(w->d);
}

static enum rq_result_kind kind_of(uint32_t kind)
{
	switch (kind) {
	case RQ_END_FINISHED: return RQ_RESULT_FINISHED;
	case RQ_END_TIMED_OUT: return RQ_RESULT_TIMED_OUT;
	case RQ_END_CANCELLED: return RQ_RESULT_CANCELLED;
	case RQ_END_START_FAILED: return RQ_RESULT_START_FAILED;
	case RQ_END_STOPPED:
	case RQ_END_REFUSED: return RQ_RESULT_RELEASED;
	default: return RQ_RESULT_LOST;
	}
}

bool rq_work_read_end(struct rq_work *w)
{
	struct rq_cell_end end;

	if (!w->cell || !rq_cell_read(w->cell->fd, RQ_CELL_END, &end, sizeof end) || !rq_eq(end.token, w->token))
		return false;
	w->result.exit_code = end.exit_code;
	w->result.signal = end.signal;
	w->result.started_at = end.started_at;
	w->result.ended_at = end.ended_at;
	w->log_lost = end.log_silent ? end.log_lost : 0;
	if (end.log_lost)
		RQ_DLOG(w->d, RQ_LOG_WARN, "job %s: %lld bytes of its log could not be written", w->id,
			(long long)end.log_lost);
	if (end.kind == RQ_END_REFUSED)
		rq_daemon_pause(w->d, end.why[0] ? end.why : "a shim started too late");
	else
		w->d->pause_ms = 0;
	end.why[sizeof end.why - 1] = '\0';
	rq_work_result(w, kind_of(end.kind), end.kind == RQ_END_FENCED ? "its lease was not renewed" : end.why);
	return true;
}

void rq_work_mend_log(struct rq_work *w)
{
	struct rq_queue *q = w->d->queue;
	char *path, stamp[RQ_TIME_LEN];
	int fd;

	if (!w->log_lost || !q->ops->log_path || q->ops->log_path(q, w->id, w->attempt, &path, NULL))
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		rq_time_rfc3339(rq_now() / 1000 * 1000, false, stamp);
		stamp[strcspn(stamp, "Z")] = '\0';
		dprintf(fd, "\n%s.0000000Z ##[warning]%lld bytes of output were lost: the log could not be written.\n", stamp,
			(long long)w->log_lost);
		close(fd);
	}
	rq_free(path);
}

/* The shim is gone and left no result. */
static void lost(struct rq_work *w)
{
	struct rq_daemon *d = w->d;

	if (!rq_cell_read(w->cell->fd, RQ_CELL_RUN, &w->run, sizeof w->run) || !rq_eq(w->run.token, w->token)) {
		memset(&w->run, 0, sizeof w->run);
		rq_daemon_pause(d, "a shim ended before it started its job");
		rq_work_result(w, RQ_RESULT_RELEASED, "its shim ended before it started the job");
		return;
	}
	RQ_DLOG(d, RQ_LOG_WARN, "job %s: its shim was lost; ending what is left", w->id);
	w->state = RQ_WORK_SWEPT;
	w->result.started_at = w->run.started_at;
	if (!rq_timer_active(d->sweep))
		rq_timer_start(d->sweep, 0, 20);
}

void rq_work_ended(struct rq_work *w)
{
	RQ_POINT("agent", "shim-gone");
	if (!rq_work_read_end(w))
		lost(w);
}

static void on_notes(void *ud, int events, int status)
{
	struct rq_daemon *d = ud;
	char notes[64][RQ_CELL_NOTE];
	ssize_t n = read(d->notes[0], notes, sizeof notes);

	(void)events;
	(void)status;
	/* Each is written at once, so that no note is ever cut. */
	for (ssize_t i = 0; i < n / RQ_CELL_NOTE; i++) {
		struct rq_work *w;

		notes[i][RQ_CELL_NOTE - 1] = '\0';
		w = rq_work_find(d, notes[i]);
		if (w)
			w->ending = true;
	}
	if (n > 0 && d->more)
		rq_exchange_soon(d);
}

int rq_work_listen(struct rq_daemon *d, struct rq_error *e)
{
	if (pipe(d->notes) < 0)
		return rq_fail_errno(e, errno, "The agent cannot make a pipe");
	for (int i = 0; i < 2; i++) {
		fcntl(d->notes[i], F_SETFD, FD_CLOEXEC);
		/* Also for the shims, which share it: none must wait for an agent that hangs. */
		fcntl(d->notes[i], F_SETFL, O_NONBLOCK);
	}
	return rq_watch_new(d->loop, d->notes[0], RQ_READABLE, on_notes, d, &d->notes_watch, e);
}

void rq_work_unlisten(struct rq_daemon *d)
{
	rq_watch_free(d->notes_watch);
	for (int i = 0; i < 2; i++)
		if (d->notes[i] >= 0)
			close(d->notes[i]);
}

static void on_exit_status(void *ud, int64_t code, int sig)
{
	struct rq_work *w = ud;

	if (code || sig)
		RQ_DLOG(w->d, RQ_LOG_WARN, "job %s: the shim ended with status %lld, signal %d", w->id,
			(long long)code, sig);
	rq_child_free(w->child);
	w->child = NULL;
	if (w->state == RQ_WORK_RUNS && rq_cell_held(w->cell->path))
		RQ_DLOG(w->d, RQ_LOG_INFO, "job %s has another shim, and goes on", w->id);
	else if (w->state == RQ_WORK_RUNS)
		rq_work_ended(w);
	else if (w->state == RQ_WORK_DROPPED)
		rq_work_free(w);
}

void rq_work_check_overdue(struct rq_daemon *d)
{
	int64_t now = rq_boot_ms();

	for (size_t i = 0; i < d->n_works; i++) {
		struct rq_work *w = d->works[i];

		if (w->state != RQ_WORK_RUNS || !w->overdue_at || now < w->overdue_at)
			continue;
		RQ_DLOG(d, RQ_LOG_WARN, "job %s: its shim does not act any more and is killed", w->id);
		if (!signal_shim(w, SIGKILL) && w->child)
			kill(rq_child_pid(w->child), SIGKILL);
		w->overdue_at = now + OVERDUE_MS;
	}
}

/* --- the start ------------------------------------------------------------------------------ */

/* The job is well, we are not: hand it back, and rest. */
static void not_started(struct rq_work *w, const char *why)
{
	rq_daemon_pause(w->d, why);
	rq_work_result(w, RQ_RESULT_RELEASED, why);
}

static int spawn(struct rq_work *w, int spec, struct rq_error *e)
{
	struct rq_daemon *d = w->d;
	char *argv[] = { (char *)(uintptr_t)d->shim, w->cell->path, NULL };
	struct rq_child_spec s = { .argv = argv, .cwd = "/", .n_fds = 3, .detach = true };

	if (rq_keeper_shim(d, w->cell->path, spec, on_exit_status, w, &w->child))
		return RQ_OK;
	s.fds[0] = spec;
	s.fds[1] = d->notes[1];
	s.fds[2] = -1;
	return rq_child_spawn(d->loop, &s, on_exit_status, w, &w->child, e);
}

void rq_work_start(struct rq_work *w, const struct rq_grant *g)
{
	struct rq_error e = { 0 };
	int spec, code;

	w->lease_boot_ms = g->lease_boot_ms;
	w->timeout_ms = g->job.timeout_ms > 0 ? g->job.timeout_ms : rq_config_int(w->d->config, "jobs.timeout");
	w->overdue_at = rq_boot_ms() + w->timeout_ms + w->d->grace_ms + OVERDUE_MS;
	RQ_POINT("agent", "after-claim");
	if (w->d->stop) {
		rq_work_result(w, RQ_RESULT_RELEASED, "the runner stops");
		return;
	}
	if (rq_work_order(w, RQ_WORD_NONE) < 0) {
		not_started(w, "its cell could not be written");
		return;
	}
	RQ_POINT("agent", "after-order");
	rq_secrets_refresh(w->d);
	spec = rq_spec_write(w->d, w, g, &e);
	code = spec < 0 ? e.code : spawn(w, spec, &e);
	if (spec >= 0)
		close(spec);
	RQ_POINT("agent", "after-spawn");
	if (code)
		not_started(w, e.msg);
}
