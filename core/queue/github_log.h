/* github_log.h - logs of the queue kind `github`: their files, where live lines come from, what is known without any; for
 * github_log*.c alone. */
#ifndef RQ_QUEUE_GITHUB_LOG_H
#define RQ_QUEUE_GITHUB_LOG_H

#include "core/queue/github.h"
#include "core/queue/github_livelog.h"

/* The job at hand. Texts are borrowed. */
struct gh_log_job {
	int64_t run, job;
	int64_t started_at, completed_at;
	const char *name, *runner, *url;        /* url: its page on the web */
};

/* github_logfile.c: files below CACHE/logs, which may be deleted at any time. */
/* Of the whole log, whether it is there or not; the caller's. */
char *gh_log_whole(const struct rq_github *g, const struct gh_log_job *j);
/* A file of this process alone, which it deletes: KIND is "live", "steps" or "part". The directory is made. */
char *gh_log_draft(const struct rq_github *g, const struct gh_log_job *j, const char *kind);
/* Whether PATH is there; it counts as looked at then. */
bool gh_log_touch(const char *path);
/* Delete what ended processes have left, and the logs not looked at for longest beyond MAX bytes. */
void gh_log_sweep(const struct rq_github *g, int64_t max);

/* github_logsteps.c: a file that tells of a job's steps as they go, in the format of logs. */
struct gh_steps;
struct gh_steps *gh_steps_new(const char *path);
void gh_steps_free(struct gh_steps *s);
/* Write what has changed since the last time, and WHY there are no lines of the job's, if that is new ("" nothing). true:
 * something was written. */
bool gh_steps_tell(struct gh_steps *s, const struct rq_run_job *j, const char *why);

/* github_loglive.c: the best source of live lines. */
struct gh_live;
/* Gathers the lines of J in a new file PATH. CHANGED runs on the loop, never inside of this. Never NULL: without a source its
 * state says why. */
struct gh_live *gh_live_new(struct rq_github *g, const struct gh_log_job *j, const char *path, void (*changed)(void *ud),
			    void *ud);
void gh_live_free(struct gh_live *l);
bool gh_live_possible(const struct gh_live *l); /* there is a source */
enum rq_live_phase gh_live_phase(const struct gh_live *l);
const char *gh_live_state(const struct gh_live *l);     /* one line */

#endif
