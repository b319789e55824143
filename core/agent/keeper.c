/* keeper.c - shims made by a shim that waits (shim_keep.h); where that fails, by executing one. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/agent/daemon.h"
#include "core/agent/shim_keep.h"

enum { ANSWER_MS = 500, FAILURES_MAX = 3 };

static void drop(struct rq_daemon *d)
{
	if (d->keeper_fd >= 0)
		close(d->keeper_fd);
	d->keeper_fd = -1;
	rq_child_free(d->keeper);
	d->keeper = NULL;
}

static void failed(struct rq_daemon *d, const char *what)
{
	RQ_DLOG(d, RQ_LOG_WARN, "the shim that makes shims: %s", what);
	d->keeper_failures++;
	if (d->keeper)
		kill(rq_child_pid(d->keeper), SIGKILL);
	drop(d);
}

static void on_end(void *ud, int64_t code, int sig)
{
	struct rq_daemon *d = ud;

	(void)code;
	(void)sig;
	drop(d);
}

void rq_keeper_release(struct rq_daemon *d)
{
	drop(d);
}

#ifdef __linux__
static bool start(struct rq_daemon *d)
{
	char room[RQ_KEEP_PATH], word[] = "--keep", *argv[] = { (char *)(uintptr_t)d->shim, word, room, NULL };
	struct rq_child_spec spec = { .argv = argv, .cwd = "/", .n_fds = 3, .fds = { -1, -1, -1 }, .detach = true };
	int s[2];

	if (d->keeper_fd >= 0)
		return true;
	if (d->keeper_failures >= FAILURES_MAX || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		return false;
	memset(room, '.', sizeof room - 1);
	room[sizeof room - 1] = '\0';
	spec.fds[0] = s[1];
	spec.fds[1] = d->notes[1]; /* as each shim has it */
	if (rq_child_spawn(d->loop, &spec, on_end, d, &d->keeper, NULL)) {
		close(s[0]);
		close(s[1]);
		return false;
	}
	close(s[1]);
	d->keeper_fd = s[0];
	return true;
}

static bool request(int to, const char *cell, int spec)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec io = { (void *)(uintptr_t)cell, strlen(cell) + 1 };
	struct cmsghdr *c;
	struct msghdr m;

	memset(&m, 0, sizeof m);
	memset(&control, 0, sizeof control);
	m.msg_iov = &io;
	m.msg_iovlen = 1;
	m.msg_control = control.room;
	m.msg_controllen = sizeof control.room;
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof spec);
	memcpy(CMSG_DATA(c), &spec, sizeof spec);
	return sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

/* The process id, or negative. It comes within a tenth of a millisecond, or something is wrong. */
static int32_t answer(int from)
{
	struct pollfd p = { from, POLLIN, 0 };
	int32_t pid;
	int r;

	do
		r = poll(&p, 1, ANSWER_MS);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return -ETIMEDOUT;
	return recv(from, &pid, sizeof pid, MSG_DONTWAIT) == (ssize_t)sizeof pid ? pid : -EPIPE;
}

/* A keeper that died after it had made the shim takes the answer with it. Then two shims are on their way to one cell, and
 * only the first to lock it begins the job. Should that be the one that we do not know, we watch it like an adopted one. */
bool rq_keeper_shim(struct rq_daemon *d, const char *cell, int spec, rq_exit_fn *fn, void *ud, struct rq_child **out)
{
	int32_t pid;

	if (strlen(cell) >= RQ_KEEP_PATH - 1 || !start(d))
		return false;
	if (!request(d->keeper_fd, cell, spec)) {
		failed(d, strerror(errno));
		return false;
	}
	pid = answer(d->keeper_fd);
	if (pid <= 0) {
		failed(d, strerror(-pid));
		return false;
	}
	*out = rq_child_adopt(d->loop, (int)pid, fn, ud);
	return true;
}
#else
bool rq_keeper_shim(struct rq_daemon *d, const char *cell, int spec, rq_exit_fn *fn, void *ud, struct rq_child **out)
{
	(void)failed;
	(void)on_end;
	return false;
}
#endif
