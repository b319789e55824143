/* shim_keep.c - a shim that waits, and makes the others.
 *
 * To execute a program costs more than all that a shim does with a small job. So an agent keeps one shim that has been
 * executed: for each job it makes a copy of itself, whose parent is the agent as if that had started it (CLONE_PARENT).
 * It knows of no job, and ends with its agent. Where the system cannot do that, agents execute each shim. */
#include "core/agent/shim_keep.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/syscall.h>
#endif

/* 0 in the copy, its process id here, or an errno, negative. */
static int32_t copy(void)
{
#if defined(SYS_clone3) && defined(CLONE_PARENT)
	/* As struct clone_args begins: flags, and no stack of its own. It ends with our own signal, SIGCHLD. */
	uint64_t args[8] = { CLONE_PARENT };
	long pid = syscall(SYS_clone3, args, sizeof args);

	return pid < 0 ? -errno : (int32_t)pid;
#else
	return -ENOSYS;
#endif
}

/* The cell's path into PATH, and the spec's descriptor; -1 when the agent is gone. */
static int receive(char path[RQ_KEEP_PATH])
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec io = { path, RQ_KEEP_PATH - 1 };
	struct msghdr m;
	struct cmsghdr *c;
	ssize_t n;
	int fd = -1;

	memset(&m, 0, sizeof m);
	m.msg_iov = &io;
	m.msg_iovlen = 1;
	m.msg_control = control.room;
	m.msg_controllen = sizeof control.room;
	do
		n = recvmsg(0, &m, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -1;
	path[n] = '\0';
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

/* What `ps` shows of the copy is what it would show of a shim that was executed. */
static void show(char *room, size_t size, const char *path)
{
	size_t n = strlen(path);

	memset(room, 0, size);
	memcpy(room, path, n < size ? n : size);
}

int rq_shim_keep(char **argv, int (*run)(const char *cell))
{
	static char path[RQ_KEEP_PATH];
	size_t size = (size_t)(argv[2] - argv[1]) + strlen(argv[2]);
	int32_t pid;
	int spec;

	memset(argv[2], 0, strlen(argv[2]));
	while ((spec = receive(path)) >= 0) {
		pid = copy();
		if (pid == 0) {
			if (dup2(spec, 0) < 0)
				return 1;
			close(spec);
			setsid();
			show(argv[1], size, path);
			return run(path);
		}
		close(spec);
		if (send(0, &pid, sizeof pid, 0) < 0)
			return 1;
	}
	return 0;
}
