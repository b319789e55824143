/* github_livelog.c - pages of a runner's log, put together into one file. */
#include "core/queue/github_livelog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

enum { BUFFER = 32768 };
static const char mark[3] = { '\xef', '\xbb', '\xbf' };

struct rq_livelog {
	char *path;
	int fd;
	int64_t max, written;
	bool full;
	int page;                       /* the last one that was begun; 0 none */
	int64_t taken, skip;            /* bytes of it that were taken, and those known before that come again */
	bool old;                       /* an earlier page comes again */
	int missed;
	bool line_start;
	size_t marked;                  /* bytes of a byte order mark that may be one */
	struct rq_error err;
	size_t n;
	char buf[BUFFER];
};

/* --- writing ----------------------------------------------------------------------------- */

static void fail(struct rq_livelog *l)
{
	rq_fail_errno(&l->err, errno, "The live log %s cannot be written", l->path);
	l->n = 0;
}

static void flush(struct rq_livelog *l)
{
	size_t done = 0;

	while (done < l->n && !l->err.code) {
		ssize_t k = write(l->fd, l->buf + done, l->n - done);

		if (k >= 0)
			done += (size_t)k;
		else if (errno != EINTR)
			fail(l);
	}
	l->n = 0;
}

static void put_raw(struct rq_livelog *l, const char *s, size_t n)
{
	l->written += (int64_t)n;
	while (n && !l->err.code) {
		size_t k = n < BUFFER - l->n ? n : BUFFER - l->n;

		memcpy(l->buf + l->n, s, k);
		l->n += k;
		s += k;
		n -= k;
		if (l->n == BUFFER)
			flush(l);
	}
}

/* A line of our own among the job's. */
static void note(struct rq_livelog *l, const char *text)
{
	char now[RQ_TIME_LEN];
	struct rq_str s;

	rq_time_rfc3339(rq_now(), false, now);
	rq_str_init(&s, 1024);
	if (!l->line_start)
		rq_str_addc(&s, '\n');
	rq_str_addf(&s, "%.19s.0000000Z ##[warning]relayq: %s\n", now, text);
	put_raw(l, rq_str_get(&s), s.len);
	rq_str_release(&s);
	l->line_start = true;
}

static void put(struct rq_livelog *l, const char *s, size_t n)
{
	int64_t room = l->max - l->written;

	if (l->full)
		return;
	if ((int64_t)n <= room) {
		put_raw(l, s, n);
		return;
	}
	if (room > 0)
		put_raw(l, s, (size_t)room);
	l->full = true;
	l->line_start = false;
	note(l, "This live log has reached its limit (jobs.log_max). GitHub has the whole log when the job is over.");
}

/* --- pages ------------------------------------------------------------------------------- */

static void end_page(struct rq_livelog *l)
{
	if (l->marked)
		put(l, mark, l->marked);
	if (l->marked || !l->line_start)
		put(l, "\n", 1); /* its writer ended in the middle of a line */
	l->marked = 0;
	l->line_start = true;
}

static void tell_missed(struct rq_livelog *l, int first, int last)
{
	struct rq_str s;

	l->missed += last - first + 1;
	rq_str_init(&s, 256);
	if (first == last)
		rq_str_addf(&s, "Page %d of this log was", first);
	else
		rq_str_addf(&s, "Pages %d to %d of this log were", first, last);
	rq_str_add(&s, " uploaded before it could be read here. GitHub has the whole log when the job is over.");
	note(l, rq_str_get(&s));
	rq_str_release(&s);
}

void rq_livelog_page(struct rq_livelog *l, int n)
{
	l->skip = 0;
	l->old = n < l->page;
	if (l->old)
		return;
	if (n == l->page) {
		l->skip = l->taken;
		return;
	}
	end_page(l);
	if (n > l->page + 1)
		tell_missed(l, l->page + 1, n - 1);
	flush(l);
	l->page = n;
	l->taken = 0;
}

/* Lines, without the mark that may stand before each. */
static void take(struct rq_livelog *l, const char *s, size_t n)
{
	while (n) {
		const char *end;
		size_t k;

		if (l->line_start && *s == mark[l->marked]) {
			l->marked = (l->marked + 1) % sizeof mark;
			s++;
			n--;
			continue;
		}
		if (l->marked)
			put(l, mark, l->marked);
		l->marked = 0;
		end = memchr(s, '\n', n);
		k = end ? (size_t)(end - s) + 1 : n;
		put(l, s, k);
		l->line_start = end != NULL;
		s += k;
		n -= k;
	}
}

void rq_livelog_data(struct rq_livelog *l, const char *s, size_t n)
{
	size_t known = l->skip < (int64_t)n ? (size_t)l->skip : n;

	if (l->old)
		return;
	l->skip -= (int64_t)known;
	l->taken += (int64_t)(n - known);
	take(l, s + known, n - known);
	flush(l);
}

/* --- life -------------------------------------------------------------------------------- */

static void begin(struct rq_livelog *l)
{
	l->written = l->taken = l->skip = 0;
	l->page = l->missed = 0;
	l->n = l->marked = 0;
	l->full = l->old = false;
	l->line_start = true;
}

void rq_livelog_restart(struct rq_livelog *l)
{
	begin(l);
	if (ftruncate(l->fd, 0) < 0)
		fail(l);
}

static int open_own(const char *path, int *fd, struct rq_error *e)
{
	struct stat st;

	*fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	if (*fd < 0)
		return rq_fail_errno(e, errno, "The live log %s cannot be made", path);
	if (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return rq_fail(e, RQ_EPERM, "%s is not a file of ours: take it away.", path);
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0)
		return rq_fail(e, RQ_EBUSY, "Another relayq writes the live log %s.", path);
	if (ftruncate(*fd, 0) < 0)
		return rq_fail_errno(e, errno, "The live log %s cannot be emptied", path);
	return RQ_OK;
}

int rq_livelog_open(const char *path, int64_t max_bytes, struct rq_livelog **out, struct rq_error *e)
{
	struct rq_livelog *l;
	int fd, r = open_own(path, &fd, e);

	if (r) {
		if (fd >= 0)
			close(fd);
		return r;
	}
	l = rq_alloc(sizeof *l);
	l->path = rq_strdup(path);
	l->fd = fd;
	l->max = max_bytes > 0 ? max_bytes : INT64_C(64) << 20;
	begin(l);
	*out = l;
	return RQ_OK;
}

void rq_livelog_free(struct rq_livelog *l)
{
	if (!l)
		return;
	flush(l);
	close(l->fd);
	rq_free(l->path);
	rq_free(l);
}

int rq_livelog_check(const struct rq_livelog *l, struct rq_error *e)
{
	return l->err.code ? rq_fail(e, l->err.code, "%s", l->err.msg) : RQ_OK;
}

bool rq_livelog_full(const struct rq_livelog *l)
{
	return l->full;
}

int rq_livelog_missed(const struct rq_livelog *l)
{
	return l->missed;
}

int64_t rq_livelog_bytes(const struct rq_livelog *l)
{
	return l->written;
}
