/* git.h - reading git repositories through a process of its own, relayq-git (git.c, libgit2): so no command pays for
 * libgit2 that does not use it, and a hostile repository meets a process that holds nothing.
 *
 * Each call answers once, on the loop, never inside the call; freeing it before that takes it back. Answers are
 * bounded: a blob has 1 MiB at most, a list 1,000 entries, and an answer ten seconds.
 *
 * A revision REV is what git takes for one: a branch, a tag, a commit, HEAD~2; "" or NULL is HEAD. What is none of this
 * repository's is looked for among the branches of its best remote (see rq_git_remotes), as they were when they were last
 * fetched. Who wants a server's branch before one of the same name here says REMOTE/BRANCH. */
#ifndef RQ_SYS_GIT_H
#define RQ_SYS_GIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/sys/loop.h"

struct rq_git;

struct rq_git_answer {                  /* borrowed, inside of the callback */
	int code;                       /* RQ_ENOTFOUND: no repository, revision, path; RQ_EUNSUPPORTED: built without;
					   RQ_EPERM: a repository of another user's, which git's safe.directory does not name */
	struct rq_error err;
	const char *oid, *commit;       /* of the blob; of the revision: hex, "" none */
	bool dirty;                     /* STATUS: the file in the work tree differs from HEAD's */
	const char *text;               /* BLOB */
	size_t text_n;
	size_t n;                       /* of that which was asked for. LOG: newest first */
	const struct rq_git_commit { const char *commit, *oid, *subject, *author; int64_t at; } *commits;
	const char *const *names;       /* LIST: as git sorts them; a directory's ends in a slash */
	const char *branch;             /* REMOTES: what HEAD is on, "" none */
	const struct rq_git_remote {
		const char *name;
		const char *url, *push_url;     /* after insteadOf, without user and password where it has "://"; "" none */
		const char *resolved;           /* what gh keeps of its choice: "base", "OWNER/REPO", "" */
	} *remotes;                     /* the best first: gh's choice, what the branch follows, origin, the others */
};
typedef void rq_git_fn(void *ud, const struct rq_git_answer *a);

/* The top of the work tree that DIR lies in, by looking for .git upwards; needs no process. Caller frees; NULL none. */
char *rq_git_top(const char *dir);
/* The blob of PATH (below the top of the work tree that DIR lies in) at REV, also by BLOB id alone (PATH NULL). */
struct rq_git *rq_git_blob(struct rq_loop *l, const char *dir, const char *path, const char *rev, rq_git_fn *fn, void *ud);
/* The commit that HEAD is at, the blob's id of PATH there, and whether the file differs. */
struct rq_git *rq_git_status(struct rq_loop *l, const char *dir, const char *path, rq_git_fn *fn, void *ud);
/* The commits that changed PATH, up to MAX. */
struct rq_git *rq_git_log(struct rq_loop *l, const char *dir, const char *path, const char *rev, size_t max,
			  rq_git_fn *fn, void *ud);
/* The files and directories in the directory PATH ("": the top) at REV. */
struct rq_git *rq_git_list(struct rq_loop *l, const char *dir, const char *path, const char *rev, rq_git_fn *fn, void *ud);
/* The remotes, up to 100, of the repository that DIR lies in: a work tree, one of several, or a bare one. */
struct rq_git *rq_git_remotes(struct rq_loop *l, const char *dir, rq_git_fn *fn, void *ud);
void rq_git_free(struct rq_git *g);

#endif
