/* policy_find.h - where the policy's file is, and whether it has changed; for policy_file.c alone. */
#ifndef RQ_AGENT_POLICY_FIND_H
#define RQ_AGENT_POLICY_FIND_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/hash.h"
#include "core/sys/paths.h"

/* A file's state without its contents; two that differ belong to different contents. */
struct rq_file_stamp {
	bool there, regular;
	int64_t dev, ino, size, mtime_s, mtime_ns, ctime_s, ctime_ns;
};
/* Follows links. */
struct rq_file_stamp rq_file_stamp(const char *path);
bool rq_file_stamp_same(const struct rq_file_stamp *a, const struct rq_file_stamp *b);
/* Whether a change that came right after the file was read would show: not while its time is that of now. */
bool rq_file_stamp_settled(const struct rq_file_stamp *s);

/* "repo:PATH@REV", taken apart. */
struct rq_policy_repo {
	char *dir;      /* in the repository */
	char *path;     /* below the top of its work tree */
	char *rev;      /* HEAD where none is named */
};
bool rq_policy_is_repo(const char *spec);
/* A relative PATH is in the repository that CWD lies in. */
void rq_policy_repo_init(struct rq_policy_repo *r, const char *spec, const char *cwd);
void rq_policy_repo_release(struct rq_policy_repo *r);

/* The absolute path of the policy's file: SPEC's, also where there is no such file, else the first found of
 * policy/policy.yaml and policy.yaml in the work tree that CWD (NULL: none) lies in and policy.yaml in the configuration's
 * directory. NULL none; caller frees. */
char *rq_policy_find(const char *spec, const char *cwd, const struct rq_paths *paths, struct rq_file_stamp *stamp);

/* What moves when HEAD of a work tree does: its HEAD, its log, its index. */
struct rq_git_stamp {
	struct rq_file_stamp of[3];
};
struct rq_git_stamp rq_git_stamp(const char *top);
bool rq_git_stamp_same(const struct rq_git_stamp *a, const struct rq_git_stamp *b);

/* policy_cache.c: what git said of PATH in this state of it and of its repository. */
bool rq_policy_cache_get(const struct rq_paths *paths, const char *path, const struct rq_file_stamp *file,
			 const struct rq_git_stamp *git, char commit[RQ_SHA256_LEN], bool *dirty);
void rq_policy_cache_put(const struct rq_paths *paths, const char *path, const struct rq_file_stamp *file,
			 const struct rq_git_stamp *git, const char *commit, bool dirty);

#endif
