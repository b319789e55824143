/* policy_find.c - where the policy's file is. Nothing but stat: each submission comes by. */
#include "core/agent/policy_find.h"

#include <string.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/git.h"

enum { SETTLED_S = 2, GITDIR_MAX = 8192 };

/* --- stamps ------------------------------------------------------------------------------ */

struct rq_file_stamp rq_file_stamp(const char *path)
{
	struct rq_file_stamp s = { 0 };
	struct stat st;

	if (stat(path, &st) < 0)
		return s;
	s.there = true;
	s.regular = S_ISREG(st.st_mode);
	s.dev = (int64_t)st.st_dev;
	s.ino = (int64_t)st.st_ino;
	s.size = st.st_size;
	s.mtime_s = st.st_mtime;
	s.ctime_s = st.st_ctime;
#ifdef __APPLE__
	s.mtime_ns = st.st_mtimespec.tv_nsec;
	s.ctime_ns = st.st_ctimespec.tv_nsec;
#else
	s.mtime_ns = st.st_mtim.tv_nsec;
	s.ctime_ns = st.st_ctim.tv_nsec;
#endif
	return s;
}

bool rq_file_stamp_same(const struct rq_file_stamp *a, const struct rq_file_stamp *b)
{
	return a->there == b->there && a->regular == b->regular && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns && a->ctime_s == b->ctime_s && a->ctime_ns == b->ctime_ns;
}

bool rq_file_stamp_settled(const struct rq_file_stamp *s)
{
	int64_t now = rq_now() / 1000;

	/* A pipe can be read once. */
	if (!s->there || !s->regular)
		return true;
	return s->mtime_s + SETTLED_S < now && s->ctime_s + SETTLED_S < now;
}

/* --- repositories ------------------------------------------------------------------------ */

bool rq_policy_is_repo(const char *spec)
{
	return spec && rq_starts(spec, "repo:");
}

/* The @ before the revision: the last one that is no part of it, as in "HEAD@{1}". NULL none. */
static const char *revision_at(const char *s)
{
	const char *found = NULL;

	for (; *s; s++)
		if (*s == '@' && s[1] && s[1] != '{')
			found = s;
	return found;
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash > path ? rq_strndup(path, (size_t)(slash - path)) : rq_strdup("/");
}

void rq_policy_repo_init(struct rq_policy_repo *r, const char *spec, const char *cwd)
{
	const char *path = spec + strlen("repo:"), *at = revision_at(path);
	char *named = at ? rq_strndup(path, (size_t)(at - path)) : rq_strdup(path);
	char *from = *named == '/' ? parent_of(named) : rq_strdup(cwd), *top = rq_git_top(from);

	r->rev = rq_strdup(at ? at + 1 : "HEAD");
	/* Without a work tree relayq-git finds the repository, or says that there is none. */
	r->dir = top ? top : rq_strdup(from);
	if (*named == '/' && top && rq_starts(named, top))
		r->path = rq_strdup(named + strlen(top) + (rq_eq(top, "/") ? 0 : 1));
	else
		r->path = rq_strdup(named);
	rq_free(named);
	rq_free(from);
}

void rq_policy_repo_release(struct rq_policy_repo *r)
{
	rq_free(r->dir);
	rq_free(r->path);
	rq_free(r->rev);
	memset(r, 0, sizeof *r);
}

/* --- searching --------------------------------------------------------------------------- */

/* DIR/NAME if it is a file; takes nothing over. */
static char *is_there(const char *dir, const char *name, struct rq_file_stamp *stamp)
{
	char *path = rq_path_join(dir, name);

	*stamp = rq_file_stamp(path);
	if (stamp->there && stamp->regular)
		return path;
	rq_free(path);
	return NULL;
}

char *rq_policy_find(const char *spec, const char *cwd, const struct rq_paths *paths, struct rq_file_stamp *stamp)
{
	char *path = NULL, *top;

	if (spec && *spec) {
		path = *spec == '/' ? rq_strdup(spec) : rq_path_join(cwd ? cwd : paths->config, spec);
		*stamp = rq_file_stamp(path);
		return path;
	}
	top = cwd ? rq_git_top(cwd) : NULL;
	if (top) {
		path = is_there(top, "policy/policy.yaml", stamp);
		if (!path)
			path = is_there(top, "policy.yaml", stamp);
		rq_free(top);
	}
	return path ? path : is_there(paths->config, "policy.yaml", stamp);
}

/* --- what git has ------------------------------------------------------------------------ */

/* Where TOP's own HEAD and index are: in .git, or where the file .git says. Caller frees. */
static char *git_dir(const char *top)
{
	char *git = rq_path_join(top, ".git"), *text = NULL, *dir;
	struct stat st;
	size_t n;

	if (stat(git, &st) < 0 || !S_ISREG(st.st_mode) || rq_file_read(git, GITDIR_MAX, &text, &n, NULL) ||
	    !rq_starts(text, "gitdir: ")) {
		rq_free(text);
		return git;
	}
	dir = text + strlen("gitdir: ");
	dir[strcspn(dir, "\r\n")] = '\0';
	dir = *dir == '/' ? rq_strdup(dir) : rq_path_join(top, dir);
	rq_free(text);
	rq_free(git);
	return dir;
}

struct rq_git_stamp rq_git_stamp(const char *top)
{
	static const char *const names[] = { "HEAD", "logs/HEAD", "index" };
	char *dir = git_dir(top), *path;
	struct rq_git_stamp s;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		path = rq_path_join(dir, names[i]);
		s.of[i] = rq_file_stamp(path);
		rq_free(path);
	}
	rq_free(dir);
	return s;
}

bool rq_git_stamp_same(const struct rq_git_stamp *a, const struct rq_git_stamp *b)
{
	size_t i;

	for (i = 0; i < sizeof a->of / sizeof *a->of; i++)
		if (!rq_file_stamp_same(&a->of[i], &b->of[i]))
			return false;
	return true;
}
