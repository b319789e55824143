/* git.h - reading git repositories through a process of its own, relayq-git (git.c, libgit2): so no command pays for
 * libgit2 that does not use it, and a hostile repository meets a process that holds nothing.
 *
 * Each call answers once, on the loop, never inside the call; freeing it before that takes it back. Answers are
 * bounded: a blob has 1 MiB at most, a list 1,000 entries, and an answer ten seconds. */
#ifndef RQ_SYS_GIT_H
#define RQ_SYS_GIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/sys/loop.h"

struct rq_git;

struct rq_git_answer {                  /* borrowed, inside of the callback */
	int code;                       /* RQ_ENOTFOUND: no repository, revision, path; RQ_EUNSUPPORTED: built without */
	struct rq_error err;
	const char *oid, *commit;       /* of the blob; of the revision: hex, "" none */
	bool dirty;                     /* STATUS: the file in the work tree differs from HEAD's */
	const char *text;               /* BLOB */
	size_t text_n;
	size_t n;                       /* LOG: newest first */
	const struct rq_git_commit { const char *commit, *oid, *subject, *author; int64_t at; } *commits;
};
typedef void rq_git_fn(void *ud, const struct rq_git_answer *a);

/* The top of the work tree that DIR lies in, by looking for .git upwards; needs no process. Caller frees; NULL none. */
char *rq_git_top(const char *dir);
/* The blob of PATH (below the top of the work tree that DIR lies in) at REV ("" or NULL: HEAD), also by BLOB id alone
 * (PATH NULL). */
struct rq_git *rq_git_blob(struct rq_loop *l, const char *dir, const char *path, const char *rev, rq_git_fn *fn, void *ud);
/* The commit that HEAD is at, the blob's id of PATH there, and whether the file differs. */
struct rq_git *rq_git_status(struct rq_loop *l, const char *dir, const char *path, rq_git_fn *fn, void *ud);
/* The commits that changed PATH, up to MAX. */
struct rq_git *rq_git_log(struct rq_loop *l, const char *dir, const char *path, const char *rev, size_t max,
			  rq_git_fn *fn, void *ud);
void rq_git_free(struct rq_git *g);

#endif
