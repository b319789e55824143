/* wake.c - datagrams between processes of one user, in a directory that only that user can enter. */
#include "core/sys/wake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/base/str.h"

#define SUFFIX ".sock"

struct rq_wake {
	int fd;
	struct rq_watch *watch;
	struct sockaddr_un addr;
	rq_wake_fn *fn;
	void *ud;
	bool *freed;            /* of the delivery that is under way */
};

/* A datagram socket that neither blocks nor leaks into children. */
static int datagram_socket(void)
{
	int fd;

#ifdef SOCK_CLOEXEC
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd >= 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
	}
#endif
	return fd;
}

/* Many datagrams at once mostly say the same: each text is told once a turn. */
static void on_readable(void *ud, int events, int status)
{
	enum { DISTINCT = 8 };
	struct rq_wake *w = ud;
	char texts[DISTINCT][256];
	size_t lens[DISTINCT], n = 0, i;
	bool freed = false;
	int budget = 64;

	(void)events;
	(void)status;
	while (budget-- > 0 && n < DISTINCT) {
		ssize_t k = recv(w->fd, texts[n], sizeof texts[n] - 1, MSG_DONTWAIT);

		if (k < 0)
			break;
		lens[n] = (size_t)k;
		texts[n][k] = '\0';
		for (i = 0; i < n && (lens[i] != lens[n] || memcmp(texts[i], texts[n], lens[n]) != 0); i++)
			;
		if (i == n)
			n++;
	}
	w->freed = &freed;
	for (i = 0; i < n && !freed; i++)
		w->fn(w->ud, texts[i], lens[i]);
	if (!freed)
		w->freed = NULL;
}

int rq_wake_listen(struct rq_loop *l, const char *dir, const char *name, rq_wake_fn *fn, void *ud,
		   struct rq_wake **out, struct rq_error *e)
{
	struct rq_wake *w = rq_alloc(sizeof *w);
	int n;

	w->fn = fn;
	w->ud = ud;
	w->addr.sun_family = AF_UNIX;
	n = snprintf(w->addr.sun_path, sizeof w->addr.sun_path, "%s/%s.%ld-%x" SUFFIX, dir, name, (long)getpid(),
		     (unsigned)rq_random_below(1 << 20));
	if (n < 0 || (size_t)n >= sizeof w->addr.sun_path) {
		rq_free(w);
		return rq_fail(e, RQ_ELIMIT, "The path of a socket in %s is too long.", dir);
	}
	w->fd = datagram_socket();
	if (w->fd < 0 || bind(w->fd, (struct sockaddr *)&w->addr, sizeof w->addr) < 0) {
		int err = errno;

		if (w->fd >= 0)
			close(w->fd);
		rq_fail_errno(e, err, "The socket %s cannot be made", w->addr.sun_path);
		rq_free(w);
		return e ? e->code : RQ_EFAILED;
	}
	if (rq_watch_new(l, w->fd, RQ_READABLE, on_readable, w, &w->watch, e)) {
		unlink(w->addr.sun_path);
		close(w->fd);
		rq_free(w);
		return e ? e->code : RQ_EFAILED;
	}
	*out = w;
	return RQ_OK;
}

void rq_wake_free(struct rq_wake *w)
{
	if (!w)
		return;
	if (w->freed)
		*w->freed = true;
	unlink(w->addr.sun_path);
	rq_watch_free(w->watch);
	close(w->fd);
	rq_free(w);
}

static bool is_socket_name(const char *name, const char *prefix)
{
	size_t n = strlen(name), k = strlen(SUFFIX);

	return n > k && strcmp(name + n - k, SUFFIX) == 0 && rq_starts(name, prefix);
}

void rq_wake_send(const char *dir, const char *prefix, const char *text, const struct rq_wake *except)
{
	struct sockaddr_un to;
	struct dirent *d;
	DIR *dp = opendir(dir);
	int fd = -1;

	if (!dp)
		return;
	memset(&to, 0, sizeof to);
	to.sun_family = AF_UNIX;
	while ((d = readdir(dp))) {
		int n;

		if (!is_socket_name(d->d_name, prefix))
			continue;
		n = snprintf(to.sun_path, sizeof to.sun_path, "%s/%s", dir, d->d_name);
		if (n < 0 || (size_t)n >= sizeof to.sun_path || (except && rq_eq(to.sun_path, except->addr.sun_path)))
			continue;
		/* Mostly an agent is alone, and has just ended a job. */
		if (fd < 0 && (fd = datagram_socket()) < 0)
			break;
		if (sendto(fd, text, strlen(text), MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to) < 0 &&
		    errno == ECONNREFUSED)
			unlink(to.sun_path);
	}
	if (fd >= 0)
		close(fd);
	closedir(dp);
}
