/* log.c - the program's own log. */
#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/redact.h"

/* What is looked through for secrets is longer than what is written: one that is cut is not known any more. */
enum { LINE_MAX_BYTES = 1024, LOOKED_THROUGH = 8192 };

struct rq_log {
	char *path;
	int fd;
	int64_t size, max;
	enum rq_level level;
	const struct rq_redact *redact;
};

static int open_file(const char *path, int64_t *size)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	*size = fd >= 0 && fstat(fd, &st) == 0 ? (int64_t)st.st_size : 0;
	return fd;
}

int rq_log_open(const char *path, int64_t max, enum rq_level level, struct rq_log **out, struct rq_error *e)
{
	int64_t size;
	int fd = open_file(path, &size);

	if (fd < 0)
		return rq_fail_errno(e, errno, "The log %s cannot be opened", path);
	*out = rq_alloc(sizeof **out);
	(*out)->path = rq_strdup(path);
	(*out)->fd = fd;
	(*out)->size = size;
	(*out)->max = max;
	(*out)->level = level;
	return RQ_OK;
}

void rq_log_close(struct rq_log *l)
{
	if (!l)
		return;
	close(l->fd);
	rq_free(l->path);
	rq_free(l);
}

static void rotate(struct rq_log *l)
{
	char old[4096];
	int fd;

	if (snprintf(old, sizeof old, "%s.1", l->path) >= (int)sizeof old || rename(l->path, old) < 0)
		return;
	fd = open_file(l->path, &l->size);
	if (fd < 0)
		return;
	close(l->fd);
	l->fd = fd;
}

/* A message can quote what a stranger wrote: it stays one line, and acts on no terminal that shows the log. */
static void make_harmless(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

void rq_log_redact(struct rq_log *l, const struct rq_redact *r)
{
	if (l)
		l->redact = r;
}

void rq_log_write(struct rq_log *l, enum rq_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char line[LOOKED_THROUGH], when[RQ_TIME_LEN];
	va_list ap;
	int n, k;

	if (!l || level > l->level)
		return;
	n = snprintf(line, sizeof line, "%s %s [%ld] ", rq_time_rfc3339(rq_now(), true, when), names[level],
		     (long)getpid());
	va_start(ap, fmt);
	k = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (k < 0)
		return;
	make_harmless(line + n);
	rq_redact_line(l->redact, line + n);
	n = (int)strlen(line);
	if (n > LINE_MAX_BYTES - 2)
		n = LINE_MAX_BYTES - 2;
	line[n++] = '\n';
	if (l->size + n > l->max)
		rotate(l);
	if (write(l->fd, line, (size_t)n) > 0)
		l->size += n;
}
