/* peer.h - a server on this machine for the tests of what asks over the network. One process for each connection. */
#ifndef RQ_TESTS_PEER_H
#define RQ_TESTS_PEER_H

#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

struct peer {
	int port;
	pid_t pid;
	int life;               /* a pipe that the tests hold open: the peer ends with them, however they end */
};

/* Answer REQUEST, the NTH on this connection. It may close FD and _exit. */
typedef void peer_fn(int fd, const char *request, int nth);

static inline void peer_say(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t k = send(fd, data, n, MSG_NOSIGNAL);

		if (k <= 0)
			return;
		data += k;
		n -= (size_t)k;
	}
}

static inline void peer_says(int fd, const char *text)
{
	peer_say(fd, text, strlen(text));
}

/* HEADERS: lines that end in CRLF. */
static inline void peer_answers(int fd, const char *status, const char *headers, const char *body, size_t n)
{
	char head[4096];

	snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers, n);
	peer_says(fd, head);
	peer_say(fd, body, n);
}

static inline void peer_reset(int fd)
{
	struct linger hard = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd);
	_exit(0);
}

/* One request with its body; its length, 0 at the end. */
static inline size_t peer_hear(int fd, char *buf, size_t size)
{
	size_t n = 0, body;
	char *end, *length;

	do {
		ssize_t k = recv(fd, buf + n, size - 1 - n, 0);

		if (k <= 0)
			return 0;
		n += (size_t)k;
		buf[n] = '\0';
		end = strstr(buf, "\r\n\r\n");
		length = strstr(buf, "Content-Length: ");
		body = length && length < end ? (size_t)atol(length + 16) : 0;
	} while (!end || n < (size_t)(end - buf) + 4 + body);
	return n;
}

static inline void peer_accept(int fd, int life, peer_fn *fn)
{
	static char buf[65536];
	struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = life, .events = POLLIN } };

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int c;

		poll(p, 2, -1);
		if (p[1].revents)
			kill(0, SIGKILL);
		c = p[0].revents ? accept(fd, NULL, NULL) : -1;
		if (c >= 0 && fork() == 0) {
			for (int nth = 1; peer_hear(c, buf, sizeof buf); nth++)
				fn(c, buf, nth);
			_exit(0);
		}
		if (c >= 0)
			close(c);
	}
}

/* Memory that the peer and the tests both see. */
static inline void *peer_shared(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static inline int peer_start(struct peer *p, peer_fn *fn)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0), life[2];

	if (fd < 0 || pipe(life) || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 64) || getsockname(fd, (struct sockaddr *)&a, &n))
		return -1;
	p->port = ntohs(a.sin_port);
	fflush(NULL);
	p->pid = fork();
	if (p->pid == 0) {
		setpgid(0, 0);
		close(life[1]);
		peer_accept(fd, life[0], fn);
	}
	setpgid(p->pid, p->pid);
	p->life = life[1];
	close(life[0]);
	close(fd);
	return p->pid > 0 ? 0 : -1;
}

static inline void peer_stop(struct peer *p)
{
	close(p->life);
	kill(-p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
}

#endif
