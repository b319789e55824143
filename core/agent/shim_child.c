#include "core/agent/shim_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "core/agent/shim_cell.h"
#include "core/agent/shim_clock.h"
#include "core/agent/shim_point.h"
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/sched.h>
#endif

struct rq_shim_start *rq_shim_start_new(void)
{
	void *p = mmap(NULL, sizeof(struct rq_shim_start), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

bool rq_shim_may_start(int cell, const char *token)
{
	struct rq_cell_order order;

	if (!rq_cell_read(cell, RQ_CELL_ORDER, &order, sizeof order) || strcmp(order.token, token))
		return false;
#ifdef RQ_WITHOUT_SPAWN_GUARD
	return true;
#else
	return order.word == RQ_WORD_NONE && rq_shim_boot_ms() < order.lease_boot_ms;
#endif
}

/* As execvp, but with the job's PATH, and without memory. */
static void exec_in_path(char **argv, char **env, const char *path)
{
	char file[4096];
	int err = ENOENT;

	if (strchr(argv[0], '/')) {
		execve(argv[0], argv, env);
		return;
	}
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(path, ":");
		int len = snprintf(file, sizeof file, "%.*s%s%s", (int)n, n ? path : "", n ? "/" : "./", argv[0]);

		if (len > 0 && (size_t)len < sizeof file) {
			execve(file, argv, env);
			if (errno == EACCES)
				err = EACCES;
			else if (errno != ENOENT && errno != ENOTDIR) {
				err = errno;
				break;
			}
		}
		if (!path[n])
			break;
		path += n + 1;
	}
	errno = err;
}

static void set_limits(const struct rq_shim_spec *s, int in_cgroup)
{
	if (s->nice)
		setpriority(PRIO_PROCESS, 0, (int)s->nice);
#ifdef RLIMIT_AS
	if (s->memory_max && !in_cgroup) {
		struct rlimit r = { (rlim_t)s->memory_max, (rlim_t)s->memory_max };

		setrlimit(RLIMIT_AS, &r);
	}
#endif
}

/* What is ignored stays ignored over an exec, so each signal gets its default. */
static void reset_signals(void)
{
	struct sigaction dfl;
	sigset_t none;

	memset(&dfl, 0, sizeof dfl);
	dfl.sa_handler = SIG_DFL;
	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void fail(const struct rq_shim_launch *l, int failure)
{
	l->start->err = errno;
	l->start->failure = failure;
	_exit(127);
}

static void child(const struct rq_shim_launch *l, pid_t parent)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(127);
#else
	(void)parent;
#endif
	setsid();
	dup2(l->out, 1);
	dup2(l->out, 2);
	set_limits(l->spec, l->cgroup >= 0);
	if (chdir(l->spec->cwd) < 0)
		fail(l, RQ_SHIM_CHDIR);
	RQ_POINT("shim", "child-exec");
	if (!rq_shim_may_start(l->cell, l->spec->token))
		fail(l, RQ_SHIM_LATE);
	reset_signals();
	l->start->begun = true;
	exec_in_path(l->argv, l->spec->env, rq_shim_env_get(l->spec, "PATH"));
	fail(l, RQ_SHIM_EXEC);
}

static pid_t fork_into(int cgroup)
{
#if defined(__linux__) && defined(SYS_clone3) && defined(CLONE_INTO_CGROUP)
	if (cgroup >= 0) {
		/* Born inside: moving a process there afterwards takes the kernel milliseconds. */
		struct clone_args args;
		long pid;

		memset(&args, 0, sizeof args);
		args.flags = CLONE_INTO_CGROUP;
		args.exit_signal = SIGCHLD;
		args.cgroup = (uint64_t)cgroup;
		pid = syscall(SYS_clone3, &args, sizeof args);
		if (pid >= 0 || (errno != ENOSYS && errno != EINVAL))
			return (pid_t)pid;
	}
#else
	(void)cgroup;
#endif
	return fork();
}

pid_t rq_shim_launch(const struct rq_shim_launch *l)
{
	pid_t parent = getpid(), pid;

	l->start->failure = 0;
	l->start->begun = false;
	pid = fork_into(l->cgroup);
	if (pid == 0)
		child(l, parent);
	return pid;
}
