/* user.c - entries of the password database. /etc/passwd is read first: asking for the name service takes as long as a
 * third of a submission. */
#include "core/sys/user.h"

#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/paths.h"

enum { NAME = 0, UID = 2, HOME = 5, FILE_MAX = 1 << 20 };

/* The N bytes of field I of a line; NULL where it has fewer. */
static const char *field(const char *line, int i, size_t *n)
{
	for (; i > 0; i--) {
		line += strcspn(line, ":\n");
		if (*line != ':')
			return NULL;
		line++;
	}
	*n = strcspn(line, ":\n");
	return line;
}

char *rq_passwd_field(const char *text, long uid, int i)
{
	const char *line, *next, *at;
	char *found = NULL;
	struct rq_str want;
	size_t n;

	rq_str_init(&want, 32);
	rq_str_addf(&want, "%ld", uid);
	for (line = text; *line && !found; line = *next ? next + 1 : next) {
		next = line + strcspn(line, "\n");
		at = field(line, UID, &n);
		if (!at || n != want.len || memcmp(at, rq_str_get(&want), n) != 0)
			continue;
		at = field(line, i, &n);
		if (at && n)
			found = rq_strndup(at, n);
	}
	rq_str_release(&want);
	return found;
}

#ifdef RQ_NO_DLOPEN
/* Without the dynamic linker the C library cannot load its name services: a program that has it asks them. */
static char *read_all(int fd)
{
	struct rq_str b;
	char buf[4096];
	ssize_t n;

	rq_str_init(&b, FILE_MAX);
	while ((n = read(fd, buf, sizeof buf)) > 0)
		rq_str_addn(&b, buf, (size_t)n);
	return rq_str_detach(&b);
}

static char *ask(long uid, int i)
{
	char program[] = "/usr/bin/getent", database[] = "passwd", key[24];
	char *argv[] = { program, database, key, NULL }, *envp[] = { NULL }, *text = NULL, *found = NULL;
	posix_spawn_file_actions_t actions;
	int ends[2], status;
	pid_t pid;

	if (pipe(ends) < 0)
		return NULL;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	snprintf(key, sizeof key, "%ld", uid);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	if (posix_spawn(&pid, program, &actions, NULL, argv, envp))
		pid = -1;
	close(ends[1]);
	if (pid > 0) {
		text = read_all(ends[0]);
		waitpid(pid, &status, 0);
		found = rq_passwd_field(text, uid, i);
	}
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	rq_free(text);
	return found;
}
#else
static char *ask(long uid, int i)
{
	struct passwd *pw = getpwuid((uid_t)uid);
	const char *s = !pw ? NULL : i == NAME ? pw->pw_name : pw->pw_dir;

	return s && *s ? rq_strdup(s) : NULL;
}
#endif

static char *look_up(long uid, int i)
{
	char *text, *found = NULL;

	if (rq_file_read("/etc/passwd", FILE_MAX, &text, NULL, NULL) == RQ_OK) {
		found = rq_passwd_field(text, uid, i);
		rq_free(text);
	}
	return found ? found : ask(uid, i);
}

char *rq_user_name(void)
{
	long uid = (long)geteuid();
	char *name = look_up(uid, NAME);
	struct rq_str b;

	if (name)
		return name;
	rq_str_init(&b, 32);
	rq_str_addf(&b, "uid%ld", uid);
	return rq_str_detach(&b);
}

char *rq_user_home(void)
{
	return look_up((long)getuid(), HOME);
}
