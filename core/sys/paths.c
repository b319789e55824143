/* paths.c - XDG directories, and small safe file operations. */
#include "core/sys/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <uv.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/user.h"

/* Room for a socket's name behind the directory; sun_path has 104 bytes on macOS, 108 on Linux. */
enum { RUNTIME_MAX = 104 - 48 };

char *rq_path_join(const char *dir, const char *name)
{
	return rq_fmt("%s/%s", dir, name);
}

/* NULL where there is none; caller frees. */
static char *home_dir(void)
{
	const char *h = getenv("HOME");
	char *home;

	if (h && *h == '/')
		return rq_strdup(h);
	home = rq_user_home();
	if (home && *home == '/')
		return home;
	rq_free(home);
	return NULL;
}

static char *xdg(const char *variable, const char *home, const char *fallback)
{
	const char *v = getenv(variable);

	if (v && *v == '/')
		return rq_fmt("%s/relayq", v);
	return rq_fmt("%s/%s/relayq", home, fallback);
}

/* FNV-1a: tells state directories apart in a socket directory's name, nothing more. */
static unsigned long hash_of(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

static char *runtime_dir(const char *state)
{
	const char *v = getenv("XDG_RUNTIME_DIR");
	char *p;

	/* The state directory's hash keeps the sockets of two state directories apart. */
	if (v && *v == '/')
		p = rq_fmt("%s/relayq/%08lx", v, hash_of(state));
	else
		p = rq_fmt("%s/run", state);
	if (strlen(p) > RUNTIME_MAX) {
		rq_free(p);
		p = rq_fmt("/tmp/relayq-%ld-%08lx", (long)getuid(), hash_of(state));
	}
	return p;
}

int rq_paths_init(struct rq_paths *p, struct rq_error *e)
{
	char *home = home_dir();

	memset(p, 0, sizeof *p);
	if (!home)
		return rq_fail(e, RQ_EUSAGE, "There is no home directory: set HOME to an absolute path.");
	p->config = xdg("XDG_CONFIG_HOME", home, ".config");
	p->state = xdg("XDG_STATE_HOME", home, ".local/state");
	p->cache = xdg("XDG_CACHE_HOME", home, ".cache");
	p->data = xdg("XDG_DATA_HOME", home, ".local/share");
	p->runtime = runtime_dir(p->state);
	p->logs = rq_path_join(p->state, "logs");
	rq_free(home);
	return RQ_OK;
}

void rq_paths_release(struct rq_paths *p)
{
	rq_free(p->config);
	rq_free(p->state);
	rq_free(p->cache);
	rq_free(p->data);
	rq_free(p->runtime);
	rq_free(p->logs);
	memset(p, 0, sizeof *p);
}

char *rq_log_file(const struct rq_paths *p, const char *queue, const char *id, int attempt)
{
	return rq_fmt("%s/%s.%s.%d.log", p->logs, queue, id, attempt);
}

int rq_mkdirs(const char *path, struct rq_error *e)
{
	char *copy, *s;
	int r = RQ_OK;

	/* Mostly it is there, or its parent is: try from the end. */
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return RQ_OK;
	copy = rq_strdup(path);
	for (s = copy + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		/* A read-only parent that exists answers EROFS or EACCES rather than EEXIST. */
		if (mkdir(copy, 0700) < 0 && errno != EEXIST && access(copy, F_OK) < 0)
			r = rq_fail_errno(e, errno, "The directory %s cannot be made", copy);
		*s = '/';
		if (r)
			break;
	}
	if (!r && mkdir(copy, 0700) < 0 && errno != EEXIST)
		r = rq_fail_errno(e, errno, "The directory %s cannot be made", copy);
	rq_free(copy);
	return r;
}

enum { LINK_OK = 1 };

static int private_dir(const char *path, int flags, struct rq_error *e)
{
	int (*look)(const char *, struct stat *) = flags & LINK_OK ? stat : lstat, r = RQ_OK;
	struct stat st;

	/* Mostly it is there. */
	if (look(path, &st) < 0 && !(r = rq_mkdirs(path, e)) && look(path, &st) < 0)
		return rq_fail_errno(e, errno, "The directory %s cannot be read", path);
	if (r)
		return r;
	if (!S_ISDIR(st.st_mode))
		return rq_fail(e, RQ_EPERM, "%s is in the way: it must be a directory.", path);
	if (st.st_uid != geteuid())
		return rq_fail(e, RQ_EPERM, "The directory %s belongs to another user: remove it, or set the XDG_ variables.",
			       path);
	if (st.st_mode & 022)
		return rq_fail(e, RQ_EPERM, "Others can write to %s: run `chmod 700 %s`.", path, path);
	return RQ_OK;
}

int rq_paths_make(const struct rq_paths *p, struct rq_error *e)
{
	int r;

	/* Who moves the state to a larger disk may link to it; but in /tmp a link is anybody's trap. */
	if ((r = private_dir(p->state, LINK_OK, e)) || (r = private_dir(p->logs, LINK_OK, e)))
		return r;
	return private_dir(p->runtime, 0, e);
}

static int read_all(int fd, size_t max, struct rq_str *b)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		rq_str_addn(b, buf, (size_t)n);
		if (b->len > max)
			return 1;
	}
	return 0;
}

int rq_file_read(const char *path, size_t max, char **out, size_t *n, struct rq_error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r, err;
	struct rq_str b;

	if (fd < 0)
		return rq_fail_errno(e, errno, "%s cannot be opened", path);
	rq_str_init(&b, max + 1);
	r = read_all(fd, max, &b);
	err = errno;
	close(fd);
	if (r) {
		rq_str_release(&b);
		if (r > 0)
			return rq_fail(e, RQ_ELIMIT, "%s is larger than the limit of %zu bytes.", path, max);
		return rq_fail_errno(e, err, "%s cannot be read", path);
	}
	if (n)
		*n = b.len;
	*out = rq_str_detach(&b);
	return RQ_OK;
}

static int write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t k = write(fd, data, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		data += k;
		n -= (size_t)k;
	}
	return fsync(fd);
}

int rq_file_write(const char *path, const char *data, size_t n, unsigned mode, struct rq_error *e)
{
	/* A link to settings that are kept elsewhere stays a link. */
	char *real = realpath(path, NULL), *tmp = rq_fmt("%s.XXXXXX", real ? real : path);
	int fd = mkstemp(tmp), r = RQ_OK;

	if (fd < 0) {
		r = rq_fail_errno(e, errno, "A file beside %s cannot be made", path);
	} else if (fchmod(fd, (mode_t)mode) < 0 || write_all(fd, data, n) < 0 || rename(tmp, real ? real : path) < 0) {
		r = rq_fail_errno(e, errno, "%s cannot be written", path);
		unlink(tmp);
	}
	if (fd >= 0)
		close(fd);
	rq_free(tmp);
	rq_free(real);
	return r;
}

int rq_file_private(const char *path, struct rq_error *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return rq_fail_errno(e, errno, "%s cannot be read", path);
	if (st.st_uid != geteuid())
		return rq_fail(e, RQ_EPERM, "%s holds secrets and belongs to another user: it is not read.", path);
	if (st.st_mode & 077)
		return rq_fail(e, RQ_EPERM, "%s holds secrets and others can read it: run `chmod 600 %s`.", path, path);
	return RQ_OK;
}

char *rq_exe_path(void)
{
	char buf[4096];
	size_t n = sizeof buf;

	return uv_exepath(buf, &n) == 0 ? rq_strndup(buf, n) : NULL;
}

char *rq_exe_dir(void)
{
	char *p = rq_exe_path(), *slash = p ? strrchr(p, '/') : NULL;

	if (slash)
		*slash = '\0';
	return p;
}

int64_t rq_disk_free(const char *path)
{
	struct statvfs v;

	if (statvfs(path, &v) < 0)
		return -1;
	return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

static bool is_executable(const char *path)
{
	return path && access(path, X_OK) == 0;
}

int rq_helper_find(const char *name, const char *variable, char **path, struct rq_error *e)
{
	const char *told = getenv(variable);
	char *dir = rq_exe_dir(), *beside = dir ? rq_path_join(dir, name) : NULL;
	int code = RQ_OK;

	*path = NULL;
	if (told && *told)
		*path = rq_strdup(told);
	else if (is_executable(beside))
		*path = rq_strdup(beside);
	else
		*path = rq_path_join(RQ_PKGLIBEXECDIR, name);
	if (!is_executable(*path)) {
		code = rq_fail(e, RQ_ENOTFOUND, "%s cannot be run: install relayq again, or set %s.", *path, variable);
		rq_free(*path);
		*path = NULL;
	}
	rq_free(beside);
	rq_free(dir);
	return code;
}
