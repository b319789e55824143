/* capture.c - start it, read it, wait for its end. */
#include "core/sys/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"

enum { INPUT_MAX = 512 };

extern char **environ;

struct rq_capture {
	struct rq_loop *loop;
	rq_capture_fn *fn;
	void *ud;
	char *name;                     /* for messages */
	struct rq_child *child;
	bool ended;                     /* reaped: its number may be another's now */
	int fd;
	struct rq_watch *watch;
	struct rq_timer *timer;
	char *text;
	size_t n, max;
	bool full;
	struct rq_capture_answer answer;
	bool *freed;                    /* of the callback that is under way */
};

/* --- the end ----------------------------------------------------------------------------- */

static void stop_reading(struct rq_capture *c)
{
	rq_watch_free(c->watch);
	c->watch = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void end_child(struct rq_capture *c)
{
	stop_reading(c);
	/* It leads a group of its own. */
	if (c->child && !c->ended)
		kill(-(pid_t)rq_child_pid(c->child), SIGKILL);
	rq_child_free(c->child);
	c->child = NULL;
	rq_timer_free(c->timer);
	c->timer = NULL;
}

void rq_capture_free(struct rq_capture *c)
{
	if (!c)
		return;
	if (c->freed)
		*c->freed = true;
	end_child(c);
	rq_wipe(c->text, c->max + 1);
	rq_free(c->text);
	rq_free(c->name);
	rq_free(c);
}

static void answer(struct rq_capture *c, int code)
{
	bool freed = false;

	end_child(c);
	c->answer.code = code;
	c->answer.text = code ? "" : c->text;
	c->answer.n = code ? 0 : c->n;
	c->freed = &freed;
	c->fn(c->ud, &c->answer);
	if (!freed)
		c->freed = NULL;
}

/* --- what happens ------------------------------------------------------------------------ */

/* All that is there now. One byte more than the maximum is asked for: that it comes is what is wrong. */
static void read_on(struct rq_capture *c)
{
	ssize_t n = 0;

	while (c->fd >= 0 && c->n <= c->max) {
		n = read(c->fd, c->text + c->n, c->max + 1 - c->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		c->n += (size_t)n;
	}
	if (c->n > c->max)
		c->full = true;
	else if (c->fd >= 0 && (n == 0 || errno != EAGAIN))
		stop_reading(c);
}

static void on_full(struct rq_capture *c)
{
	answer(c, rq_fail(&c->answer.err, RQ_ELIMIT, "%s printed more than the %zu bytes that are read of it.", c->name, c->max));
}

static void on_readable(void *ud, int events, int status)
{
	struct rq_capture *c = ud;

	(void)events;
	(void)status;
	read_on(c);
	if (c->full)
		on_full(c);
}

/* Its end counts, not the pipe's: a daemon that it left behind may hold that. */
static void on_end(void *ud, int64_t exit_code, int sig)
{
	struct rq_capture *c = ud;

	c->ended = true;
	c->answer.status = sig ? -1 : exit_code;
	read_on(c);
	if (c->full) {
		on_full(c);
		return;
	}
	c->text[c->n] = '\0';
	answer(c, RQ_OK);
}

static void on_deadline(void *ud)
{
	struct rq_capture *c = ud;

	answer(c, rq_fail(&c->answer.err, RQ_EBUSY, "%s did not answer in time and was ended.", c->name));
}

/* What could not be started is told like every answer. */
static void on_failed(void *ud)
{
	struct rq_capture *c = ud;

	answer(c, c->answer.err.code);
}

/* --- the start --------------------------------------------------------------------------- */

/* Whether one of CHANGES is about the variable in ENTRY. */
static bool is_changed(const char *entry, const char *const *changes)
{
	size_t n;

	for (; changes && *changes; changes++) {
		n = strcspn(*changes, "=");
		if (!strncmp(entry, *changes, n) && entry[n] == '=')
			return true;
	}
	return false;
}

/* The caller frees the array, not what is in it. */
static char **make_env(const char *const *changes)
{
	size_t n = 0, i;
	char **env;

	for (i = 0; environ[i]; i++)
		n++;
	for (i = 0; changes && changes[i]; i++)
		n++;
	env = rq_alloc((n + 1) * sizeof *env);
	for (n = 0, i = 0; environ[i]; i++)
		if (!is_changed(environ[i], changes))
			env[n++] = environ[i];
	for (i = 0; changes && changes[i]; i++)
		if (strchr(changes[i], '='))
			env[n++] = (char *)(uintptr_t)changes[i];
	return env;
}

static int make_pipe(int fds[2], struct rq_error *e)
{
	int i;

	if (pipe(fds) < 0)
		return rq_fail_errno(e, errno, "A pipe cannot be made");
	for (i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	return RQ_OK;
}

/* Small enough for a pipe to hold, so that nobody waits: *FD is what the program reads. */
static int make_input(const char *text, int *fd, struct rq_error *e)
{
	size_t n = strlen(text);
	int fds[2], r;

	RQ_ASSERT(n <= INPUT_MAX);
	if ((r = make_pipe(fds, e)))
		return r;
	if (write(fds[1], text, n) != (ssize_t)n)
		r = rq_fail_errno(e, errno, "A pipe cannot be written to");
	close(fds[1]);
	if (r)
		close(fds[0]);
	else
		*fd = fds[0];
	return r;
}

static int spawn(struct rq_capture *c, const struct rq_capture_spec *spec, struct rq_error *e)
{
	struct rq_child_spec child = { .cwd = "/", .fds = { -1, -1, -1 }, .n_fds = 3, .detach = true };
	int out[2], r;

	if (spec->input && (r = make_input(spec->input, &child.fds[0], e)))
		return r;
	r = make_pipe(out, e);
	if (!r) {
		child.argv = (char *const *)(uintptr_t)spec->argv;
		child.envp = make_env(spec->env);
		child.fds[1] = out[1];
		r = rq_child_spawn(c->loop, &child, on_end, c, &c->child, e);
		rq_free((char **)(uintptr_t)child.envp);
		close(out[1]);
		c->fd = out[0];
		fcntl(c->fd, F_SETFL, O_NONBLOCK);
	}
	if (child.fds[0] >= 0)
		close(child.fds[0]);
	return r ? r : rq_watch_new(c->loop, c->fd, RQ_READABLE, on_readable, c, &c->watch, e);
}

struct rq_capture *rq_capture_new(struct rq_loop *l, const struct rq_capture_spec *spec, rq_capture_fn *fn, void *ud)
{
	struct rq_capture *c = rq_alloc(sizeof *c);
	int r;

	c->loop = l;
	c->fn = fn;
	c->ud = ud;
	c->fd = -1;
	c->max = spec->max;
	c->text = rq_alloc(spec->max + 2);
	c->name = rq_strdup(spec->argv[0]);
	r = spawn(c, spec, &c->answer.err);
	c->answer.err.code = r;
	c->timer = rq_timer_new(l, r ? on_failed : on_deadline, c);
	rq_timer_start(c->timer, r ? 0 : spec->deadline_ms, 0);
	return c;
}
