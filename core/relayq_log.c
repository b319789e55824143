/* relayq_log.c - a job's log as it grows. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/context.h"

struct rq_joblog {
	struct rq_joblog *next;
	struct relayq *rq;
	struct rq_queue *queue;         /* NULL: a file that somebody named */
	char *id, *path;
	int attempt;                    /* 0 until the job has one */
	int fd;                         /* -1 while there is no file */
	struct rq_fswatch *watch;       /* of the file, or of its directory while there is none */
	bool watching_dir, ended, told_end;
	bool asking, ask_again;         /* a question about the job's state is under way */
	struct rq_call *call;
	struct rq_queue_log *far;       /* of a queue that brings it here; then none of the above but ID and FD */
	unsigned turn;                  /* of FAR, that FD is of */
	char *job;                      /* whose text FD is, and */
	int before;                     /* the descriptor of the text before it; -1 none, or another job's */
	void (*changed)(void *ud);
	void *ud;
};

static void on_file_event(void *ud);

/* Open the file if it is there by now, and watch it rather than the directory. */
static void open_file(struct rq_joblog *l)
{
	if (l->fd < 0)
		l->fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (l->fd < 0 || (l->watch && !l->watching_dir))
		return;
	rq_fswatch_free(l->watch);
	l->watch = NULL;
	l->watching_dir = false;
	/* Without a watch (limits of the system) the queue's changes still bring the end. */
	rq_fswatch_new(l->rq->loop, l->path, on_file_event, l, &l->watch, NULL);
}

static void tell(struct rq_joblog *l)
{
	if (l->changed)
		l->changed(l->ud);
}

static void on_file_event(void *ud)
{
	struct rq_joblog *l = ud;
	bool had = l->fd >= 0;

	if (l->queue)
		open_file(l);
	if (had || l->fd >= 0)
		tell(l);
}

static void set_path(struct rq_joblog *l, int attempt)
{
	char *path;

	if (l->attempt == attempt && l->path)
		return;
	if (l->queue->ops->log_path(l->queue, l->id, attempt, &path, NULL))
		return;
	rq_free(l->path);
	l->path = path;
	l->attempt = attempt;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static int attempt_of(const struct rq_job_detail *d)
{
	return d->n_attempts ? d->attempts[d->n_attempts - 1].number : 0;
}

/* An attempt is over when it has an end, or another one has followed it. */
static bool attempt_over(const struct rq_job_detail *d, int attempt)
{
	size_t i;

	if (!rq_job_active(&d->job))
		return true;
	for (i = 0; i < d->n_attempts; i++)
		if (d->attempts[i].number == attempt)
			return d->attempts[i].completed_at != 0 || i + 1 < d->n_attempts;
	return false;
}

static void ask(struct rq_joblog *l);

static void on_answer(struct rq_call *call, void *ud)
{
	struct rq_joblog *l = ud;

	if (!l) /* closed meanwhile */
		return;
	l->call = NULL;
	l->asking = false;
	if (l->rq->closing)
		return;
	if (call->code == RQ_OK) {
		const struct rq_job_detail *d = call->u.job.detail;

		if (!l->attempt && attempt_of(d))
			set_path(l, attempt_of(d));
		open_file(l);
		if (attempt_over(d, l->attempt))
			l->ended = true;
	} else if (call->code == RQ_ENOTFOUND) {
		l->ended = true;
	}
	if (l->ask_again && !l->ended)
		ask(l);
	if (l->ended && !l->told_end) {
		l->told_end = true;
		tell(l);
	}
}

static void ask(struct rq_joblog *l)
{
	if (l->asking) {
		l->ask_again = true;
		return;
	}
	l->ask_again = false;
	l->asking = true;
	l->call = rq_call_new(RQ_VERB_JOB, on_answer, l);
	l->call->u.job.id = rq_call_str(l->call, l->id);
	rq_queue_start(l->queue, l->call);
}

void rq_logs_changed(struct relayq *rq, const struct rq_queue *q)
{
	struct rq_joblog *l;

	for (l = rq->logs; l; l = l->next)
		if (!l->ended && !l->far && l->queue == q)
			ask(l);
}

static int open_near(struct rq_joblog *l, struct rq_member *m, int attempt, struct rq_error *e)
{
	int r = l->queue->ops->log_path(l->queue, l->id, attempt, &l->path, e);

	if (r)
		return r;
	l->attempt = attempt;
	rq_watch_listen(m);
	open_file(l);
	if (l->fd < 0) {
		l->watching_dir = true;
		rq_fswatch_new(l->rq->loop, l->rq->paths.logs, on_file_event, l, &l->watch, NULL);
	}
	ask(l);
	return RQ_OK;
}

/* --- logs that a queue brings here ------------------------------------------------------- */

/* What is read now is kept, so that its places can be found again in what comes instead. */
static void take_turn(struct rq_joblog *l)
{
	if (l->before >= 0)
		close(l->before);
	l->before = rq_eq(l->job, l->far->job) ? l->fd : -1;
	if (l->before < 0 && l->fd >= 0)
		close(l->fd);
	l->fd = *l->far->path ? open(l->far->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	l->turn = l->far->turn;
	rq_free(l->job);
	l->job = rq_strdup(l->far->job);
}

static void on_far(void *ud)
{
	struct rq_joblog *l = ud;

	if (l->turn != l->far->turn)
		take_turn(l);
	l->ended = l->far->ended;
	tell(l);
}

static int open_far(struct rq_joblog *l, int attempt, struct rq_error *e)
{
	int r = l->queue->ops->log_open(l->queue, l->id, attempt, on_far, l, &l->far, e);

	if (r)
		return r;
	l->job = rq_strdup(l->far->job);
	if (l->far->turn)
		take_turn(l);
	l->ended = l->far->ended;
	return RQ_OK;
}

static ssize_t read_at(int fd, int64_t off, char *buf, size_t n)
{
	ssize_t k;

	do
		k = pread(fd, buf, n, (off_t)off);
	while (k < 0 && errno == EINTR);
	return k;
}

static size_t read_fd(void *ud, int64_t off, char *buf, size_t n)
{
	ssize_t k = read_at(*(int *)ud, off, buf, n);

	return k < 0 ? 0 : (size_t)k;
}

static struct rq_log_text text_of(int *fd)
{
	struct stat st;

	return (struct rq_log_text){ read_fd, fd, fstat(*fd, &st) == 0 ? (int64_t)st.st_size : 0 };
}

int64_t rq_joblog_place(struct rq_joblog *l, int64_t off)
{
	struct rq_log_text old, now;

	if (l->before < 0 || l->fd < 0)
		return 0;
	old = text_of(&l->before);
	now = text_of(&l->fd);
	return rq_log_place(&old, &now, off);
}

unsigned rq_joblog_turn(const struct rq_joblog *l)
{
	return l->turn;
}

enum rq_logged rq_joblog_what(const struct rq_joblog *l)
{
	return l->far ? l->far->what : l->fd < 0 ? RQ_LOGGED_NOTHING : l->ended ? RQ_LOGGED_WHOLE : RQ_LOGGED_LIVE;
}

const char *rq_joblog_source(const struct rq_joblog *l)
{
	return l->far ? l->far->source : "";
}

const char *rq_joblog_job(const struct rq_joblog *l)
{
	return l->far ? l->far->job : l->id;
}

const char *rq_joblog_job_name(const struct rq_joblog *l)
{
	return l->far && !rq_eq(l->far->job, l->id) ? l->far->job_name : "";
}

bool rq_joblog_settled(const struct rq_joblog *l)
{
	return !l->far || l->far->settled;
}

int rq_joblog_error(const struct rq_joblog *l, struct rq_error *e)
{
	if (!l->far || !l->far->err.code)
		return RQ_OK;
	return rq_fail(e, l->far->err.code, "%s", l->far->err.msg);
}

/* --- either ------------------------------------------------------------------------------- */

static struct rq_member *member_of(struct relayq *rq, const char *id, struct rq_error *e)
{
	struct rq_member *m = rq_member_of_id(rq, id, e);

	return m && rq_member_open(m, e) == RQ_OK ? m : NULL;
}

bool rq_joblog_near(struct relayq *rq, const char *id)
{
	struct rq_member *m = member_of(rq, id, NULL);

	return m && m->q->ops->log_path;
}

static struct rq_joblog *new_log(struct relayq *rq, const char *id, void (*changed)(void *ud), void *ud)
{
	struct rq_joblog *l = rq_alloc(sizeof *l);

	l->rq = rq;
	l->id = rq_strdup(id);
	l->fd = l->before = -1;
	l->changed = changed;
	l->ud = ud;
	l->next = rq->logs;
	rq->logs = l;
	return l;
}

int rq_joblog_open(struct relayq *rq, const char *id, int attempt, void (*changed)(void *ud), void *ud,
		   struct rq_joblog **out, struct rq_error *e)
{
	struct rq_error problem;
	struct rq_member *m = member_of(rq, id, &problem);
	struct rq_joblog *l;
	int r;

	if (!m)
		return rq_fail(e, problem.code, "%s", problem.msg);
	if (!m->q->ops->log_path && !m->q->ops->log_open)
		return rq_fail(e, RQ_EUNSUPPORTED, "The queue %s cannot show logs.", m->name);
	l = new_log(rq, id, changed, ud);
	l->queue = m->q;
	r = m->q->ops->log_open ? open_far(l, attempt, e) : open_near(l, m, attempt, e);
	if (r)
		rq_joblog_close(l);
	else
		*out = l;
	return r;
}

static int open_named(const char *path, int *fd, struct rq_error *e)
{
	struct stat st;

	/* Opening must not wait for the other end of a pipe, nor make a terminal ours. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return rq_fail_errno(e, errno, "The file %s cannot be read", path);
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return RQ_OK;
	close(*fd);
	return rq_fail(e, RQ_EUSAGE, "%s is %s: name a file.", path,
		       S_ISDIR(st.st_mode) ? "a directory" : "no regular file, which alone can be read from any place");
}

int rq_joblog_open_file(struct relayq *rq, const char *path, void (*changed)(void *ud), void *ud,
			struct rq_joblog **out, struct rq_error *e)
{
	struct rq_joblog *l;
	int fd, r = open_named(path, &fd, e);

	if (r)
		return r;
	l = new_log(rq, path, changed, ud);
	l->path = rq_strdup(path);
	l->fd = fd;
	/* Without a watch (limits of the system) it is shown as it is now. */
	if (changed)
		rq_fswatch_new(rq->loop, path, on_file_event, l, &l->watch, NULL);
	*out = l;
	return RQ_OK;
}

void rq_joblog_close(struct rq_joblog *l)
{
	struct rq_joblog **p;

	if (!l)
		return;
	for (p = &l->rq->logs; *p && *p != l; p = &(*p)->next)
		;
	if (*p)
		*p = l->next;
	if (l->call)
		l->call->ud = NULL;
	if (l->far)
		l->queue->ops->log_close(l->far);
	rq_fswatch_free(l->watch);
	if (l->fd >= 0)
		close(l->fd);
	if (l->before >= 0)
		close(l->before);
	rq_free(l->job);
	rq_free(l->id);
	rq_free(l->path);
	rq_free(l);
}

int64_t rq_joblog_size(struct rq_joblog *l)
{
	struct stat st;

	if (l->fd < 0 && l->queue && !l->far)
		open_file(l);
	return l->fd >= 0 && fstat(l->fd, &st) == 0 ? (int64_t)st.st_size : 0;
}

int rq_joblog_read(struct rq_joblog *l, int64_t off, char *buf, size_t n, size_t *got, struct rq_error *e)
{
	ssize_t k;

	*got = 0;
	if (l->fd < 0)
		return RQ_OK;
	k = read_at(l->fd, off, buf, n);
	if (k < 0)
		return rq_fail_errno(e, errno, "The log %s cannot be read", rq_joblog_path(l));
	*got = (size_t)k;
	return RQ_OK;
}

bool rq_joblog_ended(struct rq_joblog *l)
{
	return l->ended;
}

const char *rq_joblog_path(const struct rq_joblog *l)
{
	return l->far ? l->far->path : l->path;
}

int rq_joblog_attempt(const struct rq_joblog *l)
{
	return l->far ? l->far->attempt : l->attempt;
}
