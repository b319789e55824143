/* git_parts.h - what the files of relayq-git share. */
#ifndef RQ_SYS_GIT_PARTS_H
#define RQ_SYS_GIT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <git2.h>

/* One record of the answer. */
void rq_tell(const char *name, const void *data, size_t n);
/* The end of it; returns the exit status. */
int rq_tell_end(void);

/* The whole answer to `remotes`. */
int rq_tell_remotes(git_repository *repo);
/* The full name that the branch REV of the best remote has in this repository. False: no remote, or no such branch. */
bool rq_remote_branch(git_repository *repo, const char *rev, char *name, size_t size);

#endif
