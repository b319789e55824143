#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "tests/screen/box.h"

/* --- the environment --- */

static int env_slot(const struct box *b, const char *name)
{
	size_t n = strlen(name);
	int i = 0;

	while (b->env[i] && (strncmp(b->env[i], name, n) || b->env[i][n] != '='))
		i++;
	return i;
}

const char *box_getenv(const struct box *b, const char *name)
{
	int i = env_slot(b, name);

	return b->env[i] ? b->env[i] + strlen(name) + 1 : NULL;
}

void box_setenv(struct box *b, const char *name, const char *value)
{
	struct rq_str line;
	int i = env_slot(b, name);
	bool fresh = !b->env[i];

	if (!value) {
		rq_free(b->env[i]);
		for (; b->env[i]; i++)
			b->env[i] = b->env[i + 1];
		return;
	}
	if (fresh && i >= BOX_ENV)
		return;
	rq_str_init(&line, 0);
	rq_str_addf(&line, "%s=%s", name, value);
	rq_free(b->env[i]);
	b->env[i] = rq_str_detach(&line);
	if (fresh)
		b->env[i + 1] = NULL;
}

static void own_dir(struct box *b, const char *var, const char *name)
{
	char path[sizeof b->dir + 16];

	snprintf(path, sizeof path, "%s/%s", b->dir, name);
	mkdir(path, 0700);
	box_setenv(b, var, path);
}

/* A sanitizer's report must not be lost with the output of a process nobody reads. */
static void sanitizer_logs(struct box *b, const char *var)
{
	const char *old = getenv(var);
	struct rq_str v;

	rq_str_init(&v, 0);
	if (old && *old)
		rq_str_addf(&v, "%s:", old);
	rq_str_addf(&v, "log_path=%s/san", b->dir);
	box_setenv(b, var, rq_str_get(&v));
	rq_str_release(&v);
}

static void search_path(struct box *b)
{
	const char *relayq = getenv("RELAYQ"), *path = getenv("PATH"), *slash;
	struct rq_str v;

	rq_str_init(&v, 0);
	slash = relayq ? strrchr(relayq, '/') : NULL;
	if (slash && relayq[0] == '/')
		rq_str_addf(&v, "%.*s:", (int)(slash - relayq), relayq);
	rq_str_add(&v, path ? path : "/usr/local/bin:/usr/bin:/bin");
	box_setenv(b, "PATH", rq_str_get(&v));
	rq_str_release(&v);
}

int box_open(struct box *b)
{
	static const char *const kept[] = { "RELAYQ",     "RELAYQ_SHIM",  "VT_WRAP",
					    "top_srcdir", "top_builddir", "LD_LIBRARY_PATH",
					    "TERMINFO" };
	const char *tmp = getenv("TMPDIR");

	memset(b, 0, sizeof *b);
	snprintf(b->dir, sizeof b->dir, "%s/rqs.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(b->dir))
		return -1;
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (getenv(kept[i]))
			box_setenv(b, kept[i], getenv(kept[i]));
	search_path(b);
	box_setenv(b, "RELAYQ_TEST_DIR", b->dir);
	own_dir(b, "HOME", "home");
	own_dir(b, "XDG_CONFIG_HOME", "config");
	own_dir(b, "XDG_STATE_HOME", "state");
	own_dir(b, "XDG_CACHE_HOME", "cache");
	own_dir(b, "XDG_RUNTIME_DIR", "run");
	own_dir(b, "TMPDIR", "tmp");
	box_setenv(b, "LC_ALL", "C.UTF-8");
	box_setenv(b, "TERM", "xterm-256color");
	box_setenv(b, "TZ", "UTC");
	box_setenv(b, "USER", "operator");
	box_setenv(b, "LOGNAME", "operator");
	sanitizer_logs(b, "ASAN_OPTIONS");
	sanitizer_logs(b, "UBSAN_OPTIONS");
	return 0;
}

/* --- commands --- */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A file and not a pipe: a daemon that keeps its output open must not hold up the test. */
static pid_t spawn(struct box *b, const char *command, const char *output)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, 0);
	fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
	setpgid(0, 0);
	if (!chdir(box_getenv(b, "HOME")))
		execve("/bin/sh", argv, b->env);
	_exit(126);
}

static void add_file(const char *path, struct rq_str *out)
{
	char buf[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	if (!f)
		return;
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		rq_str_addn(out, buf, n);
	fclose(f);
}

static void idle_poll(void *user, int ms)
{
	(void)user;
	poll(NULL, 0, ms);
}

int box_run(struct box *b, const char *command, int deadline, struct rq_str *out, box_idle_fn *idle,
	    void *user)
{
	char path[sizeof b->dir + 16];
	long end = now_ms() + deadline;
	int status, wait = 1;
	pid_t pid, done;

	snprintf(path, sizeof path, "%s/output", b->dir);
	pid = spawn(b, command, path);
	if (pid < 0)
		return -1;
	while ((done = waitpid(pid, &status, WNOHANG)) == 0 && now_ms() < end) {
		(idle ? idle : idle_poll)(user, wait);
		wait = wait < 16 ? wait * 2 : 16;
	}
	if (!done) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	add_file(path, out);
	unlink(path);
	if (!done)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- what is left over --- */

#ifdef __linux__
static void read_proc(long pid, const char *file, struct rq_str *out)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/%s", pid, file);
	add_file(path, out);
	for (size_t i = 0; i < out->len; i++)
		if (!out->s[i])
			out->s[i] = ' ';
}

/* Processes whose environment names the box: they can only have been started in it. With NAMES, add
 * one line each; with SIG, send it. Returns how many there are. */
static int leftovers(const struct box *b, struct rq_str *names, int sig)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	struct rq_str text;
	int n = 0;

	rq_str_init(&text, 0);
	while (proc && (d = readdir(proc))) {
		long pid = strtol(d->d_name, NULL, 10);

		rq_str_clear(&text);
		if (pid <= 0 || pid == (long)getpid())
			continue;
		read_proc(pid, "environ", &text);
		if (!text.len || !strstr(rq_str_get(&text), b->dir))
			continue;
		n++;
		rq_str_clear(&text);
		read_proc(pid, "cmdline", &text);
		if (names)
			rq_str_addf(names, "process %ld is left over: %s\n", pid,
				    rq_str_get(&text));
		if (sig)
			kill((pid_t)pid, sig);
	}
	if (proc)
		closedir(proc);
	rq_str_release(&text);
	return n;
}
#else
/* Nothing portable tells another process's environment. */
static int leftovers(const struct box *b, struct rq_str *names, int sig)
{
	(void)b;
	(void)names;
	(void)sig;
	return 0;
}
#endif

static void add_sanitizer_reports(const struct box *b, struct rq_str *wrong)
{
	char path[sizeof b->dir + 256];
	DIR *dir = opendir(b->dir);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		if (strncmp(d->d_name, "san.", 4) && strncmp(d->d_name, "valgrind.", 9))
			continue;
		snprintf(path, sizeof path, "%s/%.200s", b->dir, d->d_name);
		add_file(path, wrong);
	}
	if (dir)
		closedir(dir);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	remove(path);
	return 0;
}

/* Every agent, whatever its name; one that a test has stopped is not there any more. */
static const char stop_agents[] =
	"$VT_WRAP \"$RELAYQ\" agent status | cut -f 1 | "
	"while read -r name; do $VT_WRAP \"$RELAYQ\" agent stop --now --name \"$name\"; done";

void box_close(struct box *b, int deadline, struct rq_str *wrong, box_idle_fn *idle, void *user)
{
	long end;
	struct rq_str out;

	rq_str_init(&out, 0);
	if (b->used && box_run(b, stop_agents, deadline, &out, idle, user) < 0)
		rq_str_add(wrong, "relayq agent stop --now does not end\n");
	rq_str_release(&out);
	end = now_ms() + deadline;
	while (leftovers(b, NULL, 0) && now_ms() < end)
		(idle ? idle : idle_poll)(user, 20);
	if (leftovers(b, wrong, SIGKILL))
		while (leftovers(b, NULL, SIGKILL))
			(idle ? idle : idle_poll)(user, 10);
	add_sanitizer_reports(b, wrong);
	if (!getenv("VT_KEEP"))
		nftw(b->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (int i = 0; b->env[i]; i++)
		rq_free(b->env[i]);
	memset(b, 0, sizeof *b);
}
