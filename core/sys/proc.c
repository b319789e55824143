/* proc.c - what the system tells about processes: /proc on Linux, libproc on macOS. */
#include "core/sys/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#ifdef __APPLE__
#include <libproc.h>
#include <sys/sysctl.h>
#endif

/* Clock ticks are coarse, and between looking at the clock and forking a busy machine may do other things. */
enum { EARLIER_MS = 50, LATER_MS = 2000 };

#ifdef __linux__
/* All of a /proc file, at most MAX bytes; the caller frees. NULL: gone, or not ours to read. */
static char *read_proc(int64_t pid, const char *name, size_t max, size_t *n)
{
	char path[64], *buf;
	ssize_t got;
	int fd;

	snprintf(path, sizeof path, "/proc/%lld/%s", (long long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	buf = rq_alloc(max + 1);
	*n = 0;
	while (*n < max && (got = read(fd, buf + *n, max - *n)) > 0)
		*n += (size_t)got;
	buf[*n] = '\0';
	close(fd);
	return buf;
}

/* Field 22 of /proc/PID/stat, in ms; -1 for what is gone or a zombie. The name in field 2 may hold anything. */
static int64_t started_boot_ms(int64_t pid)
{
	size_t n;
	char *text = read_proc(pid, "stat", 4096, &n), *p = text ? strrchr(text, ')') : NULL;
	int64_t ticks = -1;

	if (p && p[1] == ' ' && p[2] != 'Z' && p[2] != 'X') {
		p += 2;
		for (int field = 3; p && field < 22; field++) {
			p = strchr(p, ' ');
			p = p ? p + 1 : NULL;
		}
		if (p)
			ticks = strtoll(p, NULL, 10);
	}
	rq_free(text);
	return ticks < 0 ? -1 : ticks * 1000 / sysconf(_SC_CLK_TCK);
}

static bool has_pair(const char *env, size_t n, const char *pair)
{
	size_t len = strlen(pair);

	for (const char *p = env; p < env + n; p += strlen(p) + 1)
		if (!strncmp(p, pair, len) && p[len] == '\0')
			return true;
	return false;
}

size_t rq_proc_signal_env(const char *pair, int sig)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;
	size_t found = 0, n;

	while (dir && (d = readdir(dir))) {
		int64_t pid = strtoll(d->d_name, NULL, 10);
		char *env;

		if (pid <= 1 || pid == getpid())
			continue;
		env = read_proc(pid, "environ", 1 << 20, &n);
		if (env && has_pair(env, n, pair)) {
			found++;
			if (sig)
				kill((pid_t)pid, sig);
		}
		rq_free(env);
	}
	if (dir)
		closedir(dir);
	return found;
}

size_t rq_proc_children(int64_t *v, size_t max)
{
	char name[64], *text, *p, *end;
	size_t n, found = 0;

	/* The agent forks from its main thread alone. */
	snprintf(name, sizeof name, "task/%ld/children", (long)getpid());
	text = read_proc(getpid(), name, 1 << 16, &n);
	for (p = text; p; p = end) {
		int64_t pid = strtoll(p, &end, 10);

		if (end == p)
			break;
		if (found < max)
			v[found] = pid;
		found++;
	}
	rq_free(text);
	return found;
}
#elif defined(__APPLE__)
static int64_t started_boot_ms(int64_t pid)
{
	struct proc_bsdinfo info;
	int64_t wall;

	if (proc_pidinfo((int)pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) != (int)sizeof info ||
	    info.pbi_status == SZOMB)
		return -1;
	wall = (int64_t)info.pbi_start_tvsec * 1000 + (int64_t)info.pbi_start_tvusec / 1000;
	return rq_boot_ms() - (rq_now() - wall);
}

size_t rq_proc_signal_env(const char *pair, int sig)
{
	(void)pair;
	(void)sig;
	return 0;
}

size_t rq_proc_children(int64_t *v, size_t max)
{
	int pids[1024], n = proc_listchildpids(getpid(), pids, sizeof pids);

	for (int i = 0; i < n && (size_t)i < max; i++)
		v[i] = pids[i];
	return n > 0 ? (size_t)n : 0;
}
#else
static int64_t started_boot_ms(int64_t pid)
{
	(void)pid;
	return -1;
}

size_t rq_proc_signal_env(const char *pair, int sig)
{
	(void)pair;
	(void)sig;
	return 0;
}

size_t rq_proc_children(int64_t *v, size_t max)
{
	(void)v;
	(void)max;
	return 0;
}
#endif

bool rq_proc_is(int64_t pid, int64_t boot_ms)
{
	int64_t started = pid > 1 ? started_boot_ms(pid) : -1;

	return started >= 0 && started >= boot_ms - EARLIER_MS && started <= boot_ms + LATER_MS;
}
