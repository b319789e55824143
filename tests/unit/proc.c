/* Who a process is, and finding processes by their environment. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <time.h>
#include "core/base/clock.h"
#include "core/sys/proc.h"

/* A child that sleeps, with PAIR alone in its environment. */
static pid_t sleeper(const char *pair)
{
	char *argv[] = { (char *)(uintptr_t)"sleep", (char *)(uintptr_t)"30", NULL };
	char *envp[] = { (char *)(uintptr_t)pair, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execve("/bin/sleep", argv, envp);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static bool until_found(const char *pair, size_t n)
{
	struct timespec pause = { 0, 10000000 };

	for (int i = 0; i < 500; i++) {
		if (rq_proc_signal_env(pair, 0) == n)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void test_found_by_environment(void **state)
{
	char pair[64], shorter[64];
	pid_t pid;

	(void)state;
	if (access("/proc/self/environ", R_OK) < 0)
		skip();
	snprintf(pair, sizeof pair, "RQ_TEST_TOKEN=%ld-whole", (long)getpid());
	snprintf(shorter, sizeof shorter, "RQ_TEST_TOKEN=%ld-who", (long)getpid());
	pid = sleeper(pair);
	assert_true(until_found(pair, 1));
	assert_int_equal(rq_proc_signal_env(shorter, SIGKILL), 0);
	assert_int_equal(rq_proc_signal_env("RQ_TEST_TOKEN", SIGKILL), 0);
	assert_int_equal(rq_proc_signal_env(pair, SIGKILL), 1);
	/* Dead but not reaped is gone. */
	assert_true(until_found(pair, 0));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_a_pid_alone_is_not_believed(void **state)
{
	int64_t before = rq_boot_ms();
	pid_t pid;

	(void)state;
	if (access("/proc/self/stat", R_OK) < 0)
		skip();
	pid = sleeper("A=1");
	assert_true(rq_proc_is(pid, before));
	assert_false(rq_proc_is(pid, before - 5000));
	assert_false(rq_proc_is(pid, before + 1000));
	assert_false(rq_proc_is(0, before));
	assert_false(rq_proc_is(1, before));
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	assert_false(rq_proc_is(pid, before));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(rq_proc_is(pid, before));
}

static void test_children(void **state)
{
	int64_t pids[4] = { 0 };
	pid_t pid;

	(void)state;
	if (access("/proc/self/task", R_OK) < 0)
		skip();
	assert_int_equal(rq_proc_children(pids, 4), 0);
	pid = sleeper("A=1");
	assert_int_equal(rq_proc_children(pids, 4), 1);
	assert_int_equal(pids[0], pid);
	assert_int_equal(rq_proc_children(pids, 0), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_by_environment),
		cmocka_unit_test(test_a_pid_alone_is_not_believed),
		cmocka_unit_test(test_children),
	};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
