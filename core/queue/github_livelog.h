/* github_livelog.h - the file that the lines of a running GitHub job are gathered in, in the format of GitHub's own
 * logs, whichever way they come: from the runner's files on this host (github_diag.h) or by ssh (github_ssh.h).
 *
 * A runner writes a log as pages PAGE 1, 2, ...; each begins with a byte order mark and ends with a whole line. Here
 * they are put one behind the other without the marks. What was missed is said in the file, never left out silently.
 * A file has one writer: a lock is held on it as long as the object lives. */
#ifndef RQ_QUEUE_GITHUB_LIVELOG_H
#define RQ_QUEUE_GITHUB_LIVELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/sys/loop.h"

enum rq_live_phase {
	RQ_LIVE_WAITING,                /* the runner has begun no log of this job yet */
	RQ_LIVE_FOLLOWING,
	RQ_LIVE_ENDED,                  /* the runner has taken its files away: the job is over, GitHub has the whole log */
	RQ_LIVE_FAILED                  /* the state's text says why; a follower by ssh tries again by itself */
};

/* What a follower is opened with. Borrowed until open returns, but UD. */
struct rq_live_options {
	const char *runner;             /* its name, for texts */
	const char *host;               /* github_ssh.h: [user@]host; else NULL */
	const char *root;               /* the runner's directory: the one that holds .runner */
	const char *path;               /* of the file to write: this process's own, emptied here, made 0600 */
	int64_t job_started_at;         /* as the API tells it; 0 unknown: the latest job of the runner */
	int64_t max_bytes;              /* of the file (jobs.log_max); 0: 64 MiB */
	/* told, on the loop and never inside open, after the file grew or the phase changed; the follower may be closed there */
	void (*changed)(void *ud);
	void *ud;
};

/* --- the file ---------------------------------------------------------------------------- */

struct rq_livelog;
/* RQ_EBUSY: another process writes this file. */
int rq_livelog_open(const char *path, int64_t max_bytes, struct rq_livelog **out, struct rq_error *e);
/* The file stays. */
void rq_livelog_free(struct rq_livelog *l);
/* Empty it: what was written was another job's. */
void rq_livelog_restart(struct rq_livelog *l);
/* What follows is page N (from 1) from its first byte on. What is known of it by an earlier call is skipped, so that
 * a source that had broken off may begin a page again; pages that were never seen are told in the file. */
void rq_livelog_page(struct rq_livelog *l, int n);
/* Bytes of the page, cut anywhere. */
void rq_livelog_data(struct rq_livelog *l, const char *s, size_t n);
/* RQ_OK, or what went wrong with writing: nothing is written from then on. */
int rq_livelog_check(const struct rq_livelog *l, struct rq_error *e);
bool rq_livelog_full(const struct rq_livelog *l);       /* max_bytes was reached; a last line says so */
int rq_livelog_missed(const struct rq_livelog *l);      /* pages that could not be read */
int64_t rq_livelog_bytes(const struct rq_livelog *l);

/* --- what a runner's files say by their names and lines ------------------------------------ */

enum { RQ_GUID_LEN = 36 };

struct rq_page_name {                   /* TIMELINE_RECORD_N.log */
	char record[RQ_GUID_LEN + 1];   /* in lower case */
	int n;
};
bool rq_page_name_parse(const char *name, struct rq_page_name *out);
/* When the worker that writes Worker_YYYYMMDD-HHMMSS-utc.log was started, ms; false: it is another file. */
bool rq_worker_name_parse(const char *name, int64_t *at);
/* The id of the job in a piece of a worker's log, in lower case; LINE_START: S begins a line. */
bool rq_worker_job_id(const char *s, size_t n, bool line_start, char id[RQ_GUID_LEN + 1]);
/* Whether the worker started at AT may be that of a job which started at JOB (0 unknown), and is so more likely than
 * the one at BEST (0 none). */
bool rq_worker_fits(int64_t at, int64_t job, int64_t best);

#endif
