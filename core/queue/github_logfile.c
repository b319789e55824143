/* github_logfile.c - the files of fetched and followed logs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/queue/github_log.h"

enum { LEFT_MS = 3600000 };

static char *directory(const struct rq_github *g)
{
	return rq_path_join(g->cache_dir, "logs");
}

/* A queue's name may be given to another server one day. */
static void add_name(const struct rq_github *g, const struct gh_log_job *j, struct rq_str *s)
{
	char sum[RQ_SHA256_LEN];

	rq_str_addf(s, "%s-%.8s.%lld.%lld", g->name, rq_sha256_text(g->config->api, strlen(g->config->api), sum),
		    (long long)j->run, (long long)j->job);
}

static char *in_directory(const struct rq_github *g, struct rq_str *name)
{
	char *dir = directory(g), *path = rq_path_join(dir, rq_str_get(name));

	rq_free(dir);
	rq_str_release(name);
	return path;
}

/* A job of GitHub's that is run again is another one, with an id of its own; elsewhere it keeps its id. */
char *gh_log_whole(const struct rq_github *g, const struct gh_log_job *j)
{
	struct rq_str name;

	rq_str_init(&name, 0);
	add_name(g, j, &name);
	if (g->forge != RQ_FORGE_GITHUB)
		rq_str_addf(&name, ".%lld", (long long)(j->completed_at / 1000));
	rq_str_add(&name, ".log");
	return in_directory(g, &name);
}

char *gh_log_draft(const struct rq_github *g, const struct gh_log_job *j, const char *kind)
{
	char *dir = directory(g), token[RQ_TOKEN_LEN];
	struct rq_str name;

	rq_mkdirs(dir, NULL); /* whoever opens the file says why he cannot */
	rq_free(dir);
	rq_token(token);
	rq_str_init(&name, 0);
	add_name(g, j, &name);
	rq_str_addf(&name, ".%ld-%.8s.%s", (long)getpid(), token, kind);
	return in_directory(g, &name);
}

bool gh_log_touch(const char *path)
{
	return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- sweeping ----------------------------------------------------------------------------- */

struct entry {
	char *name;
	int64_t bytes, at;
};

static int by_age(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	return a->at < b->at ? -1 : a->at > b->at;
}

/* "NAME.PID-TOKEN.KIND" of a process that has ended, on this machine as far as can be told. */
static bool is_left(const char *name, int64_t age_ms)
{
	const char *kind = strrchr(name, '.'), *p = kind;
	long pid;

	if (!kind || rq_eq(kind, ".log") || age_ms < LEFT_MS)
		return false;
	while (p > name && p[-1] != '.')
		p--;
	pid = strtol(p, NULL, 10);
	return pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static void look_at(int dir, const char *name, int64_t now, struct entry **v, size_t *n, size_t *cap)
{
	size_t len = strlen(name);
	struct stat st;
	int64_t at;

	if (*name == '.' || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return;
	at = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	if (is_left(name, now - at)) {
		unlinkat(dir, name, 0);
	} else if (len > 4 && rq_eq(name + len - 4, ".log")) {
		RQ_GROW(*v, *n, cap);
		(*v)[(*n)++] = (struct entry){ rq_strdup(name), st.st_size, at };
	}
}

void gh_log_sweep(const struct rq_github *g, int64_t max)
{
	char *path = directory(g);
	DIR *d = opendir(path);
	struct entry *v = NULL;
	struct dirent *one;
	size_t n = 0, cap = 0, i;
	int64_t total = 0, now = (int64_t)time(NULL) * 1000;

	rq_free(path);
	if (!d)
		return;
	while ((one = readdir(d)))
		look_at(dirfd(d), one->d_name, now, &v, &n, &cap);
	if (n)
		qsort(v, n, sizeof *v, by_age);
	for (i = 0; i < n; i++)
		total += v[i].bytes;
	for (i = 0; i < n; i++) {
		if (total > max && unlinkat(dirfd(d), v[i].name, 0) == 0)
			total -= v[i].bytes;
		rq_free(v[i].name);
	}
	rq_free(v);
	closedir(d);
}
