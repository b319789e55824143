/* Child processes on the loop. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/loop.h"

static struct rq_loop *loop;

struct end {
	int calls, sig;
	int64_t code;
	bool free_it;
	struct rq_child *child;
};

static int begin(void **state)
{
	(void)state;
	return rq_loop_new(&loop, NULL);
}

static int finish(void **state)
{
	(void)state;
	rq_loop_free(loop);
	loop = NULL;
	return 0;
}

static void on_end(void *ud, int64_t code, int sig)
{
	struct end *e = ud;

	e->calls++;
	e->code = code;
	e->sig = sig;
	if (e->free_it)
		rq_child_free(e->child);
	rq_loop_stop(loop);
}

static struct rq_child_spec sh(const char *script)
{
	static const char *argv[4];

	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = script;
	argv[3] = NULL;
	return (struct rq_child_spec){ .argv = (char *const *)(uintptr_t)argv };
}

static void runs(struct rq_child_spec *spec, struct end *e)
{
	struct rq_error err = { 0 };

	if (rq_child_spawn(loop, spec, on_end, e, &e->child, &err))
		fail_msg("%s", err.msg);
	assert_true(rq_child_pid(e->child) > 0);
	assert_int_equal(e->calls, 0);
	rq_loop_run(loop);
	assert_int_equal(e->calls, 1);
}

static void test_exit_status(void **state)
{
	static const int codes[] = { 0, 1, 3, 127, 255 };
	char script[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct rq_child_spec spec = sh(script);
		struct end e = { 0 };

		snprintf(script, sizeof script, "exit %d", codes[i]);
		runs(&spec, &e);
		assert_int_equal(e.code, codes[i]);
		assert_int_equal(e.sig, 0);
		rq_child_free(e.child);
	}
}

static void test_signal(void **state)
{
	struct rq_child_spec spec = sh("kill -9 $$");
	struct end e = { 0 };

	(void)state;
	runs(&spec, &e);
	assert_int_equal(e.sig, SIGKILL);
	rq_child_free(e.child);
	rq_child_free(NULL);
}

static void test_freed_inside_the_callback(void **state)
{
	struct rq_child_spec spec = sh("exit 4");
	struct end e = { .free_it = true };

	(void)state;
	runs(&spec, &e);
	assert_int_equal(e.code, 4);
	rq_loop_turn(loop, 0);
}

static bool gone(pid_t pid)
{
	return kill(pid, 0) < 0;
}

/* Forgotten while it runs: nobody is told, but no zombie stays. */
static void test_freed_while_it_runs(void **state)
{
	struct rq_child_spec spec = sh("exec sleep 0.05");
	int64_t give_up = rq_mono_ns() + INT64_C(5000000000);
	struct end e = { 0 };
	pid_t pid;

	(void)state;
	assert_int_equal(rq_child_spawn(loop, &spec, on_end, &e, &e.child, NULL), RQ_OK);
	pid = rq_child_pid(e.child);
	rq_child_free(e.child);
	while (!gone(pid) && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 10);
	assert_true(gone(pid));
	assert_int_equal(e.calls, 0);
}

static void test_the_loop_may_go_before_it(void **state)
{
	struct rq_child_spec spec = sh("exec sleep 30");
	struct end e = { 0 };
	pid_t pid;

	(void)state;
	assert_int_equal(rq_child_spawn(loop, &spec, on_end, &e, &e.child, NULL), RQ_OK);
	pid = rq_child_pid(e.child);
	rq_child_free(e.child);
	rq_loop_free(loop);
	assert_int_equal(rq_loop_new(&loop, NULL), RQ_OK);
	assert_false(gone(pid));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void fails(struct rq_child_spec *spec, int code, const char *part)
{
	struct rq_child *c = NULL;
	struct rq_error err = { 0 };

	assert_int_equal(rq_child_spawn(loop, spec, on_end, NULL, &c, &err), code);
	if (!strstr(err.msg, part))
		fail_msg("'%s' says nothing of %s", err.msg, part);
	assert_null(c);
	rq_loop_turn(loop, 0);
}

static void test_what_cannot_start(void **state)
{
	const char *missing[] = { "/nonexistent/program", NULL }, *unknown[] = { "rq-no-such-program", NULL };
	const char *denied[] = { "/etc", NULL };
	struct rq_child_spec spec = { .argv = (char *const *)(uintptr_t)missing };

	(void)state;
	/* Valgrind has no vfork: a child's failure to start does not come back through its memory. */
	if (getenv("RELAYQ_TEST_VALGRIND"))
		skip();
	fails(&spec, RQ_ENOTFOUND, "/nonexistent/program");
	spec.argv = (char *const *)(uintptr_t)unknown;
	fails(&spec, RQ_ENOTFOUND, "rq-no-such-program");
	spec.argv = (char *const *)(uintptr_t)denied;
	fails(&spec, RQ_EPERM, "/etc");
	/* It is not the program that is missing then. */
	spec = sh("true");
	spec.cwd = "/nonexistent/dir";
	fails(&spec, RQ_ENOTFOUND, "/nonexistent/dir");
}

static void read_back(int fd, char *buf, size_t size)
{
	size_t n = 0;
	ssize_t k;

	while (n + 1 < size && (k = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)k;
	buf[n] = '\0';
}

static void test_descriptors_directory_and_environment(void **state)
{
	static const char *envp[] = { "ONE=1", "PATH=/usr/bin:/bin", NULL };
	struct rq_child_spec spec = sh("pwd; echo $ONE$HOME; cat; echo err >&2; echo four >&3; "
				       "ls /proc/self/fd 2>/dev/null | grep -c . >&3");
	struct end e = { 0 };
	int out[2], three[2], leak;
	char buf[256];

	(void)state;
	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(three), 0);
	assert_int_equal(fcntl(out[0], F_SETFD, FD_CLOEXEC), 0);
	assert_int_equal(fcntl(three[0], F_SETFD, FD_CLOEXEC), 0);
	leak = open("/dev/null", O_RDONLY | O_CLOEXEC);
	spec.envp = (char *const *)(uintptr_t)envp;
	spec.cwd = "/";
	spec.n_fds = 4;
	spec.fds[0] = -1;
	spec.fds[1] = out[1];
	spec.fds[2] = out[1];
	spec.fds[3] = three[1];
	runs(&spec, &e);
	assert_int_equal(e.code, 0);
	rq_child_free(e.child);
	close(out[1]);
	close(three[1]);
	close(leak);
	read_back(out[0], buf, sizeof buf);
	assert_string_equal(buf, "/\n1\nerr\n");
	read_back(three[0], buf, sizeof buf);
	assert_true(rq_starts(buf, "four\n"));
	close(out[0]);
	close(three[0]);
}

static void test_detached_is_a_session_leader_and_keeps_nobody(void **state)
{
	struct rq_child_spec spec = sh("exec sleep 30");
	struct end e = { 0 };
	pid_t pid;

	(void)state;
	spec.detach = true;
	assert_int_equal(rq_child_spawn(loop, &spec, NULL, NULL, &e.child, NULL), RQ_OK);
	pid = rq_child_pid(e.child);
	assert_int_equal(getsid(pid), pid);
	assert_int_equal(getpgid(pid), pid);
	rq_loop_run(loop);
	assert_false(gone(pid));
	kill(pid, SIGKILL);
	rq_child_free(e.child);
	while (!gone(pid))
		rq_loop_turn(loop, 10);
}

/* A child starts with no signal blocked or ignored, whatever we do. */
static void test_signals_are_the_childs_own(void **state)
{
	struct rq_child_spec spec = sh("kill -TERM $$; exit 0");
	struct end e = { 0 };
	void (*before)(int);
	sigset_t set, old;

	(void)state;
	before = signal(SIGTERM, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	runs(&spec, &e);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGTERM, before);
	assert_int_equal(e.sig, SIGTERM);
	rq_child_free(e.child);
}

static void count_end(void *ud, int64_t code, int sig)
{
	int *n = ud;

	assert_int_equal(code, 7);
	assert_int_equal(sig, 0);
	(*n)++;
}

static void test_many_at_once(void **state)
{
	enum { MANY = 30 };
	struct rq_child_spec spec = sh("exit 7");
	struct rq_child *c[MANY];
	int n = 0, i;

	(void)state;
	for (i = 0; i < MANY; i++)
		assert_int_equal(rq_child_spawn(loop, &spec, count_end, &n, &c[i], NULL), RQ_OK);
	rq_loop_run(loop);
	assert_int_equal(n, MANY);
	for (i = 0; i < MANY; i++)
		rq_child_free(c[i]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_exit_status),
		CASE(test_signal),
		CASE(test_freed_inside_the_callback),
		CASE(test_freed_while_it_runs),
		CASE(test_the_loop_may_go_before_it),
		CASE(test_what_cannot_start),
		CASE(test_descriptors_directory_and_environment),
		CASE(test_detached_is_a_session_leader_and_keeps_nobody),
		CASE(test_signals_are_the_childs_own),
		CASE(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
