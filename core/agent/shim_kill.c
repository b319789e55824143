#include "core/agent/shim_kill.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

bool rq_shim_subreaper(void)
{
#if defined(__linux__) && defined(PR_SET_CHILD_SUBREAPER)
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
#else
	return false;
#endif
}

bool rq_shim_kill_cgroup(const char *cgroup)
{
	char path[1200];
	bool done;
	int fd;

	snprintf(path, sizeof path, "%s/cgroup.kill", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, "1", 1) == 1;
	close(fd);
	return done;
}
static void send(pid_t pid, int sig)
{
	kill(pid, sig);
	/* A stopped process sees SIGTERM only after it goes on. */
	if (sig != SIGKILL)
		kill(pid, SIGCONT);
}

#ifdef __linux__
/* The numbers of PATH, one after the other; a pid that ended in between is no harm: it is gone. */
static void each_pid(const char *path, void (*fn)(pid_t pid, int sig, int depth), int sig, int depth)
{
	char buf[4096];
	size_t have = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while ((n = read(fd, buf + have, sizeof buf - 1 - have)) > 0) {
		char *p = buf, *end;

		have += (size_t)n;
		buf[have] = '\0';
		for (;;) {
			long pid = strtol(p, &end, 10);

			/* A number at the very end may go on in the next read. */
			if (end == p || !*end)
				break;
			fn((pid_t)pid, sig, depth);
			p = end;
		}
		have -= (size_t)(p - buf);
		for (size_t i = 0; i < have; i++)
			buf[i] = p[i];
	}
	close(fd);
}

static void kill_tree(pid_t pid, int sig, int depth);

/* Each thread has children of its own. */
static void kill_children(pid_t pid, int sig, int depth)
{
	char path[96];
	DIR *tasks;
	struct dirent *d;

	snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
	tasks = opendir(path);
	if (!tasks)
		return;
	while ((d = readdir(tasks))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%ld/task/%.20s/children", (long)pid, d->d_name);
		each_pid(path, kill_tree, sig, depth);
	}
	closedir(tasks);
}

/* Children first: what they fork in the meantime still comes to us, and the next round finds it. */
static void kill_tree(pid_t pid, int sig, int depth)
{
	if (pid <= 1)
		return;
	if (depth < 64)
		kill_children(pid, sig, depth + 1);
	if (pid != getpid())
		send(pid, sig);
}

static void kill_one(pid_t pid, int sig, int depth)
{
	(void)depth;
	if (pid > 1)
		send(pid, sig);
}

#endif

void rq_shim_kill(pid_t pgid, const char *cgroup, int sig)
{
#ifdef __linux__
	char path[1200];

	if (cgroup && *cgroup && !(sig == SIGKILL && rq_shim_kill_cgroup(cgroup))) {
		snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
		each_pid(path, kill_one, sig, 0);
	}
	kill_tree(getpid(), sig, 0);
#else
	(void)cgroup;
#endif
	if (pgid > 1)
		send(-pgid, sig);
}
