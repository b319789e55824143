#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "core/agent/shim.h"
#include "core/agent/shim_env.h"

enum { ENV_MAX = 1 << 20 };

static const char *const names[] = { "env", "output", "summary" };

static char *join(const char *dir, const char *name, const char *more)
{
	size_t n = strlen(dir) + strlen(name) + strlen(more) + 2;
	char *path = rq_shim_alloc(n);

	snprintf(path, n, "%s/%s%s", dir, name, more);
	return path;
}

/* The directory stays for the cell's next job, and so do its empty files: making them each time would cost more than
 * all else that the shim does. */
bool rq_shim_files_make(struct rq_shim *s)
{
	for (size_t i = 0; i < 3; i++) {
		const char *path = join(s->spec.files, names[i], "");
		struct stat st;
		int fd;

		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
			continue;
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return false;
		close(fd);
	}
	return true;
}

static char *script_path(struct rq_shim *s, size_t i)
{
	char number[32];

	snprintf(number, sizeof number, "%zu", i + 1);
	return join(s->spec.files, "script-", number);
}

char *rq_shim_files_script(struct rq_shim *s, size_t i)
{
	char *path = script_path(s, i);
	const char *p = s->spec.steps[i].script;
	size_t n = s->spec.steps[i].script_len;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return NULL;
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done <= 0) {
			close(fd);
			return NULL;
		}
		p += done;
		n -= (size_t)done;
	}
	close(fd);
	return path;
}

bool rq_shim_files_env(struct rq_shim *s)
{
	const char *path = join(s->spec.files, names[0], ""), *bad;
	struct stat st;
	char *text;
	ssize_t n;
	int fd;

	if (stat(path, &st) < 0 || st.st_size == 0 || !S_ISREG(st.st_mode))
		return true;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return true;
	text = rq_shim_alloc(ENV_MAX + 1);
	n = read(fd, text, ENV_MAX);
	if (ftruncate(fd, 0) < 0)
		n = -1;
	close(fd);
	if (n < 0 || st.st_size > ENV_MAX) {
		rq_shim_log_say(&s->log, "##[error]", "GITHUB_ENV cannot be read, or is larger than 1 MiB.", "");
		return false;
	}
	bad = rq_shim_env_apply(&s->spec, text, (size_t)n);
	if (bad)
		rq_shim_log_say(&s->log, "##[error]This line of GITHUB_ENV is neither NAME=VALUE nor NAME<<WORD: ",
				bad, "");
	return !bad;
}

void rq_shim_files_remove(struct rq_shim *s)
{
	struct stat st;

	for (size_t i = 0; i < s->spec.n_steps; i++)
		if (s->spec.steps[i].script)
			unlink(script_path(s, i));
	for (size_t i = 1; i < 3 && s->spec.keep; i++) {
		const char *path = join(s->spec.files, names[i], "");

		if (stat(path, &st) == 0 && st.st_size > 0) {
			size_t n = strlen(s->spec.keep) + 16;
			char *kept = rq_shim_alloc(n);

			snprintf(kept, n, "%s.%s", s->spec.keep, names[i]);
			rename(path, kept);
		}
	}
}

void rq_shim_cgroup_make(struct rq_shim *s)
{
	char path[1200], number[32];
	int fd;

	s->cgroup = "";
	s->cgroup_fd = -1;
	if (!s->spec.cgroup || mkdir(s->spec.cgroup, 0700) < 0)
		return;
	s->cgroup_fd = open(s->spec.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->cgroup_fd < 0) {
		rmdir(s->spec.cgroup);
		return;
	}
	s->cgroup = s->spec.cgroup;
	snprintf(s->run.cgroup, sizeof s->run.cgroup, "%s", s->cgroup);
	if (!s->spec.memory_max)
		return;
	snprintf(path, sizeof path, "%s/memory.max", s->cgroup);
	snprintf(number, sizeof number, "%lld", (long long)s->spec.memory_max);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* The group keeps the limit, so each process need not. */
	if (write(fd, number, strlen(number)) > 0)
		s->spec.memory_max = 0;
	close(fd);
}

void rq_shim_cgroup_remove(struct rq_shim *s)
{
	if (s->cgroup_fd < 0)
		return;
	close(s->cgroup_fd);
	rmdir(s->cgroup);
}

void rq_shim_tell(struct rq_shim *s)
{
	static const char text[] = "shim";
	struct sockaddr_un to;
	struct dirent *d;
	DIR *dir;
	int fd;

	if (!s->spec.runtime || !s->spec.instance || !strcmp(s->spec.instance, s->order.instance))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	dir = opendir(s->spec.runtime);
	while (fd >= 0 && dir && (d = readdir(dir))) {
		int n;

		if (strncmp(d->d_name, "agent", 5))
			continue;
		memset(&to, 0, sizeof to);
		to.sun_family = AF_UNIX;
		n = snprintf(to.sun_path, sizeof to.sun_path, "%s/%s", s->spec.runtime, d->d_name);
		if (n > 0 && (size_t)n < sizeof to.sun_path)
			sendto(fd, text, sizeof text - 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to);
	}
	if (dir)
		closedir(dir);
	if (fd >= 0)
		close(fd);
}
