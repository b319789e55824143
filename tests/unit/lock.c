/* Locks that live as long as their holder. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/sys/lock.h"

static char path[256];

static int begin(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s/unit-lock.%ld", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid());
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void test_one_holder(void **state)
{
	struct rq_error e = { 0 };
	struct stat st;
	int fd, other = -5;

	(void)state;
	assert_false(rq_lock_held(path));
	assert_int_equal(rq_lock_take(path, 0, &fd, &e), RQ_OK);
	assert_true(rq_lock_held(path));
	assert_int_equal(rq_lock_take(path, 0, &other, &e), RQ_EBUSY);
	assert_int_equal(other, -5);
	assert_non_null(strstr(e.msg, path));
	close(fd);
	assert_false(rq_lock_held(path));
	/* The file stays, ours alone. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(rq_lock_take(path, 0, &fd, &e), RQ_OK);
	close(fd);
}

static void test_waiting_ends(void **state)
{
	int64_t before = rq_mono_ns(), took;
	int fd, other;

	(void)state;
	assert_int_equal(rq_lock_take(path, 0, &fd, NULL), RQ_OK);
	assert_int_equal(rq_lock_take(path, 40, &other, NULL), RQ_EBUSY);
	took = rq_mono_ns() - before;
	assert_true(took >= 35000000 && took < 2000000000);
	close(fd);
}

/* A child that holds PATH until it is killed. */
static pid_t holder(void)
{
	char c;
	int p[2], fd;
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (rq_lock_take(path, 0, &fd, NULL) == RQ_OK && write(p[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static void test_death_frees_it(void **state)
{
	pid_t pid = holder();
	int fd;

	(void)state;
	assert_true(rq_lock_held(path));
	assert_int_equal(rq_lock_take(path, 0, &fd, NULL), RQ_EBUSY);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(rq_lock_held(path));
	assert_int_equal(rq_lock_take(path, 0, &fd, NULL), RQ_OK);
	close(fd);
}

static void test_a_stopped_holder_still_holds(void **state)
{
	pid_t pid = holder();

	(void)state;
	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	assert_true(rq_lock_held(path));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* What the holder executes must not go on holding it. */
static void test_programs_do_not_inherit_it(void **state)
{
	int fd, status, p[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(rq_lock_take(path, 0, &fd, NULL), RQ_OK);
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], 1);
		execl("/bin/sh", "sh", "-c", "echo; exec sleep 30", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(read(p[0], &c, 1), 1);
	close(fd);
	assert_false(rq_lock_held(path));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(p[0]);
	close(p[1]);
}

/* Processes that look all the time whether it is held neither are taken for holders nor keep the next one out. */
static void test_probers_disturb_nobody(void **state)
{
	pid_t probers[3];
	int i, fd;

	(void)state;
	assert_int_equal(rq_lock_take(path, 0, &fd, NULL), RQ_OK);
	close(fd);
	for (i = 0; i < 3; i++) {
		probers[i] = fork();
		if (probers[i] == 0)
			for (;;)
				if (rq_lock_held(path) && getppid() == 1)
					_exit(0);
	}
	for (i = 0; i < 200; i++) {
		/* Nobody holds it: whoever looks now must see that. */
		assert_false(rq_lock_held(path));
		assert_int_equal(rq_lock_take(path, 1000, &fd, NULL), RQ_OK);
		assert_true(rq_lock_held(path));
		close(fd);
	}
	for (i = 0; i < 3; i++) {
		kill(probers[i], SIGKILL);
		waitpid(probers[i], NULL, 0);
	}
}

static void test_what_cannot_be_a_lock(void **state)
{
	struct rq_error e = { 0 };
	char link_path[300];
	int fd;

	(void)state;
	assert_int_equal(rq_lock_take("/nonexistent/lock", 100, &fd, &e), RQ_ENOTFOUND);
	assert_non_null(strstr(e.msg, "/nonexistent/lock"));
	assert_false(rq_lock_held("/nonexistent/lock"));
	snprintf(link_path, sizeof link_path, "%s.link", path);
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_not_equal(rq_lock_take(link_path, 0, &fd, &e), RQ_OK);
	assert_int_not_equal(access(path, F_OK), 0);
	unlink(link_path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_one_holder),
		CASE(test_waiting_ends),
		CASE(test_death_frees_it),
		CASE(test_a_stopped_holder_still_holds),
		CASE(test_programs_do_not_inherit_it),
		CASE(test_probers_disturb_nobody),
		CASE(test_what_cannot_be_a_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
