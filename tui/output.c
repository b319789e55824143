/* What goes to the terminal. */
#include "tui/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/truecolour.h"

struct rq_output {
	int fd, real;   /* that of curses; the same terminal, whatever FD leads to */
	int line;       /* the terminal again, opened so that writing does not block */
	int file;       /* where frames are caught; -1: they go straight to the terminal */
	const struct rq_true_colours *colours; /* NULL: as curses has them */
	struct rq_str left;
	size_t sent;    /* of it */
};

/* A file without a name, best where it is kept in memory. */
static int open_file(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	char path[1024];
	FILE *f;
	int fd = -1;

	if (dir && *dir == '/' && (size_t)snprintf(path, sizeof path, "%s/relayq-frame-XXXXXX", dir) < sizeof path)
		fd = mkstemp(path);
	if (fd >= 0) {
		unlink(path);
	} else {
		f = tmpfile();
		if (f) {
			fd = dup(fileno(f));
			fclose(f);
		}
	}
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* O_NONBLOCK on a descriptor that we were given would be in force for the shell, too. */
static int open_line(int fd)
{
	const char *name = ttyname(fd);
	int line = name ? open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;

	return line >= 0 ? line : open("/dev/tty", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct rq_output *rq_output_new(int fd)
{
	struct rq_output *o = rq_alloc(sizeof *o);

	o->fd = fd;
	o->real = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	o->line = open_line(fd);
	o->file = o->real >= 0 && o->line >= 0 ? open_file() : -1;
	rq_str_init(&o->left, 0);
	return o;
}

static void shut(int fd)
{
	if (fd >= 0)
		close(fd);
}

void rq_output_free(struct rq_output *o)
{
	if (!o)
		return;
	shut(o->real);
	shut(o->line);
	shut(o->file);
	rq_str_release(&o->left);
	rq_free(o);
}

static void lead(struct rq_output *o, int to)
{
	while (dup2(to, o->fd) < 0 && (errno == EINTR || errno == EBUSY))
		;
	fcntl(o->fd, F_SETFD, FD_CLOEXEC);
}

void rq_output_catch(struct rq_output *o)
{
	if (o->file >= 0)
		lead(o, o->file);
}

void rq_output_colours(struct rq_output *o, const struct rq_true_colours *t)
{
	o->colours = t;
}

static void read_file(struct rq_output *o, size_t size, struct rq_str *to)
{
	char part[8192];
	ssize_t n;

	lseek(o->file, 0, SEEK_SET);
	while (size && (n = read(o->file, part, size < sizeof part ? size : sizeof part)) > 0) {
		rq_str_addn(to, part, (size_t)n);
		size -= (size_t)n;
	}
}

/* Where reading fails the screen lacks what was caught; ctrl-l draws it again. */
static void collect(struct rq_output *o, size_t size)
{
	struct rq_str frame;

	if (!o->colours) {
		read_file(o, size, &o->left);
		return;
	}
	rq_str_init(&frame, 0);
	read_file(o, size, &frame);
	rq_true_colours_send(o->colours, rq_str_get(&frame), frame.len, &o->left);
	rq_str_release(&frame);
}

size_t rq_output_release(struct rq_output *o, bool drop)
{
	off_t size;

	if (o->file < 0)
		return 1; /* unknown: it went straight there */
	lead(o, o->real);
	size = lseek(o->file, 0, SEEK_CUR);
	if (size <= 0)
		return 0;
	if (!drop)
		collect(o, (size_t)size);
	lseek(o->file, 0, SEEK_SET);
	if (ftruncate(o->file, 0))
		return 0;
	return (size_t)size;
}

void rq_output_add(struct rq_output *o, const char *s, size_t n)
{
	rq_str_addn(&o->left, s, n);
}

static void forget(struct rq_output *o)
{
	rq_str_clear(&o->left);
	o->sent = 0;
}

bool rq_output_flush(struct rq_output *o)
{
	int to = o->line >= 0 ? o->line : o->fd;

	while (o->sent < o->left.len) {
		ssize_t n = write(to, o->left.s + o->sent, o->left.len - o->sent);

		if (n > 0)
			o->sent += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			return false;
		else if (n < 0 && errno != EINTR)
			break; /* nobody is there any more */
	}
	forget(o);
	return true;
}

void rq_output_drain(struct rq_output *o, int ms)
{
	struct pollfd p = { .fd = o->line, .events = POLLOUT };

	while (!rq_output_flush(o) && ms > 0) {
		poll(&p, 1, 20);
		ms -= 20;
	}
	forget(o);
}

int rq_output_fd(const struct rq_output *o)
{
	return o->line;
}
