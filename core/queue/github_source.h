/* github_source.h - a workflow's file as it is at a branch, tag or commit: from the server, or from the clone that we stand in
 * where the server cannot be asked. */
#ifndef RQ_QUEUE_GITHUB_SOURCE_H
#define RQ_QUEUE_GITHUB_SOURCE_H

#include "core/model/workflow.h"
#include "core/queue/github.h"
#include "core/sys/git.h"

/* An operation that reads one begins with this. Texts lie in its arena. */
struct gh_reading {
	struct gh_op op;
	size_t repo;
	const char *file, *ref;         /* "transcribe.yml"; "" the default branch */
	/* out */
	int code;                       /* RQ_OK also with problems in the file. RQ_EUNREACHABLE, RQ_EBUSY: nobody could be asked,
					   and there is no clone */
	struct rq_error err;
	bool busy;                      /* offline for a limit of the server's */
	int64_t retry_at;               /* then: when to try again */
	bool offline;                   /* the server did not answer: the file is of the clone, or an earlier one. ERR: why */
	const char *used_ref;           /* "" not known */
	const char *text;
	struct rq_workflow workflow;
	struct rq_wf_problems problems;

	void (*read)(struct gh_reading *r);     /* the code is there */
	int place;                      /* which directory is tried; of the file's own */
	struct rq_git *git;
	const char *remote;             /* of the clone, "origin" */
};
/* READ runs later, on the loop. */
void gh_read(struct gh_reading *r, void (*read)(struct gh_reading *r));
void gh_reading_release(struct gh_reading *r);

/* "transcribe.yml", ".github/workflows/transcribe.yml" or "acme/media:transcribe.yml" ("" the queue's own) taken apart.
 * RQ_EUSAGE, RQ_ENOTFOUND with a sentence. */
int gh_workflow_named(struct rq_github *g, struct rq_arena *a, const char *text, size_t *repo, const char **file,
		      struct rq_error *e);
struct rq_wf_limits gh_wf_limits(const struct rq_github *g);

#endif
