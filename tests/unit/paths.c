/* Where things live, and small safe file operations. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/paths.h"

static char dir[200];

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void plain_environment(void)
{
	set("HOME", dir);
	set("XDG_CONFIG_HOME", NULL);
	set("XDG_STATE_HOME", NULL);
	set("XDG_CACHE_HOME", NULL);
	set("XDG_DATA_HOME", NULL);
	set("XDG_RUNTIME_DIR", NULL);
}

static char home_before[200], run_before[200];

static int begin(void **state)
{
	(void)state;
	snprintf(home_before, sizeof home_before, "%s", getenv("HOME") ? getenv("HOME") : "");
	snprintf(run_before, sizeof run_before, "%s", getenv("XDG_RUNTIME_DIR") ? getenv("XDG_RUNTIME_DIR") : "");
	snprintf(dir, sizeof dir, "%s/rqp.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	plain_environment();
	return 0;
}

static void remove_all(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *f;
	char *p;

	while (d && (f = readdir(d))) {
		if (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0)
			continue;
		p = rq_path_join(path, f->d_name);
		if (unlink(p) < 0)
			remove_all(p);
		rq_free(p);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static int end(void **state)
{
	(void)state;
	remove_all(dir);
	set("HOME", home_before);
	set("XDG_RUNTIME_DIR", *run_before ? run_before : NULL);
	return 0;
}

static char *in_dir(const char *rest)
{
	static char path[600];

	snprintf(path, sizeof path, "%s%s", dir, rest);
	return path;
}

static bool directory(const char *path, unsigned mode)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == mode;
}

/* --- where things live ------------------------------------------------------------------- */

static void test_from_home(void **state)
{
	struct rq_paths p;

	(void)state;
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_string_equal(p.config, in_dir("/.config/relayq"));
	assert_string_equal(p.state, in_dir("/.local/state/relayq"));
	assert_string_equal(p.cache, in_dir("/.cache/relayq"));
	assert_string_equal(p.data, in_dir("/.local/share/relayq"));
	assert_string_equal(p.logs, in_dir("/.local/state/relayq/logs"));
	/* init makes nothing. */
	assert_int_not_equal(access(p.state, F_OK), 0);
	rq_paths_release(&p);
	assert_null(p.state);
	rq_paths_release(&p);
}

static void test_xdg_values(void **state)
{
	struct rq_paths p;

	(void)state;
	set("XDG_CONFIG_HOME", "/c");
	set("XDG_STATE_HOME", "relative/state");
	set("XDG_CACHE_HOME", "");
	set("XDG_DATA_HOME", "/d");
	set("XDG_RUNTIME_DIR", "./run");
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_string_equal(p.config, "/c/relayq");
	assert_string_equal(p.state, in_dir("/.local/state/relayq"));
	assert_string_equal(p.cache, in_dir("/.cache/relayq"));
	assert_string_equal(p.data, "/d/relayq");
	assert_true(p.runtime[0] == '/');
	assert_null(strstr(p.runtime, "./run"));
	rq_paths_release(&p);
}

static void test_without_home_the_password_database_is_asked(void **state)
{
	struct passwd *pw = getpwuid(getuid());
	struct rq_paths p;

	(void)state;
	if (!pw || pw->pw_dir[0] != '/')
		skip();
	set("HOME", NULL);
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_true(rq_starts(p.state, pw->pw_dir));
	rq_paths_release(&p);
	set("HOME", "not/absolute");
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_true(rq_starts(p.state, pw->pw_dir));
	rq_paths_release(&p);
}

static void test_the_runtime_directory(void **state)
{
	struct rq_paths p, q;
	char deep[160];

	(void)state;
	/* One for each state directory, even where XDG gives one for all. */
	set("XDG_RUNTIME_DIR", "/run/u");
	set("XDG_STATE_HOME", "/s1");
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	set("XDG_STATE_HOME", "/s2");
	assert_int_equal(rq_paths_init(&q, NULL), RQ_OK);
	assert_true(rq_starts(p.runtime, "/run/u/relayq"));
	assert_string_not_equal(p.runtime, q.runtime);
	rq_paths_release(&p);
	rq_paths_release(&q);
	/* A short state directory holds it; a long one is too long for a socket's name, and /tmp serves. */
	set("XDG_RUNTIME_DIR", NULL);
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_string_equal(p.runtime, "/s2/relayq/run");
	rq_paths_release(&p);
	memset(deep, 'x', sizeof deep - 1);
	deep[0] = '/';
	deep[sizeof deep - 1] = '\0';
	set("XDG_STATE_HOME", deep);
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_true(rq_starts(p.runtime, "/tmp/relayq-"));
	assert_true(strlen(p.runtime) < 60);
	set("XDG_STATE_HOME", deep + 2);
	rq_paths_release(&p);
	set("XDG_RUNTIME_DIR", deep);
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_true(rq_starts(p.runtime, "/tmp/relayq-"));
	rq_paths_release(&p);
}

static void test_made_private(void **state)
{
	struct rq_paths p;
	struct rq_error e = { 0 };

	(void)state;
	set("XDG_RUNTIME_DIR", in_dir("/run"));
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	if (rq_paths_make(&p, &e))
		fail_msg("%s", e.msg);
	assert_true(directory(p.state, 0700));
	assert_true(directory(p.logs, 0700));
	assert_true(directory(p.runtime, 0700));
	assert_int_not_equal(access(p.config, F_OK), 0);
	assert_int_equal(rq_paths_make(&p, &e), RQ_OK);
	rq_paths_release(&p);
}

static void refused(const struct rq_paths *p, const char *about)
{
	struct rq_error e = { 0 };

	assert_int_equal(rq_paths_make(p, &e), RQ_EPERM);
	if (!strstr(e.msg, about))
		fail_msg("'%s' does not name %s", e.msg, about);
	assert_int_equal(rq_paths_make(p, NULL), RQ_EPERM);
}

static void test_refused_directories(void **state)
{
	struct rq_paths p;
	struct rq_error e;
	FILE *f;

	(void)state;
	set("XDG_RUNTIME_DIR", in_dir("/run"));
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_int_equal(rq_paths_make(&p, &e), RQ_OK);
	/* Others can write. */
	chmod(p.logs, 0770);
	refused(&p, p.logs);
	chmod(p.logs, 0702);
	refused(&p, p.logs);
	chmod(p.logs, 0755);
	assert_int_equal(rq_paths_make(&p, &e), RQ_OK);
	/* A file in the way. */
	rmdir(p.logs);
	f = fopen(p.logs, "w");
	fclose(f);
	refused(&p, p.logs);
	unlink(p.logs);
	/* Somebody else's. */
	if (geteuid() == 0) {
		assert_int_equal(rq_paths_make(&p, &e), RQ_OK);
		assert_int_equal(chown(p.runtime, 12345, 12345), 0);
		refused(&p, p.runtime);
	}
	rq_paths_release(&p);
}

/* In /tmp anybody may lay out a link; the socket directory is never reached through one. */
static void test_the_runtime_directory_is_no_link(void **state)
{
	struct rq_paths p;
	char *elsewhere;

	(void)state;
	set("XDG_RUNTIME_DIR", in_dir("/run"));
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	assert_int_equal(rq_paths_make(&p, NULL), RQ_OK);
	elsewhere = rq_strdup(in_dir("/elsewhere"));
	mkdir(elsewhere, 0700);
	rmdir(p.runtime);
	assert_int_equal(symlink(elsewhere, p.runtime), 0);
	refused(&p, p.runtime);
	rq_free(elsewhere);
	rq_paths_release(&p);
}

/* A state directory moved to a larger disk and linked to is its owner's business. */
static void test_the_state_directory_may_be_a_link(void **state)
{
	struct rq_paths p;
	struct rq_error e = { 0 };
	char *disk;

	(void)state;
	set("XDG_RUNTIME_DIR", in_dir("/run"));
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	disk = rq_strdup(in_dir("/disk"));
	mkdir(disk, 0700);
	assert_int_equal(rq_mkdirs(in_dir("/.local/state"), NULL), RQ_OK);
	assert_int_equal(symlink(disk, p.state), 0);
	if (rq_paths_make(&p, &e))
		fail_msg("%s", e.msg);
	assert_true(directory(in_dir("/disk/logs"), 0700));
	/* But not to a place where others write. */
	chmod(disk, 0777);
	refused(&p, p.state);
	rq_free(disk);
	rq_paths_release(&p);
}

static void test_mkdirs(void **state)
{
	struct rq_error e = { 0 };
	FILE *f;

	(void)state;
	assert_int_equal(rq_mkdirs(in_dir("/a/b/c"), &e), RQ_OK);
	assert_true(directory(in_dir("/a"), 0700));
	assert_true(directory(in_dir("/a/b/c"), 0700));
	assert_int_equal(rq_mkdirs(in_dir("/a/b/c"), &e), RQ_OK);
	assert_int_equal(rq_mkdirs(in_dir("/a/b/d/"), &e), RQ_OK);
	assert_true(directory(in_dir("/a/b/d"), 0700));
	f = fopen(in_dir("/file"), "w");
	fclose(f);
	assert_int_not_equal(rq_mkdirs(in_dir("/file/x/y"), &e), RQ_OK);
	assert_non_null(strstr(e.msg, "/file/"));
}

static void test_log_files(void **state)
{
	struct rq_paths p;
	char *log;

	(void)state;
	assert_int_equal(rq_paths_init(&p, NULL), RQ_OK);
	log = rq_log_file(&p, "local", "17", 3);
	assert_string_equal(log, in_dir("/.local/state/relayq/logs/local.17.3.log"));
	rq_free(log);
	rq_paths_release(&p);
}

/* --- files ------------------------------------------------------------------------------- */

static void test_write_and_read(void **state)
{
	struct rq_error e = { 0 };
	struct stat st;
	char *got;
	size_t n;

	(void)state;
	assert_int_equal(rq_file_write(in_dir("/f"), "a\0b", 3, 0640, &e), RQ_OK);
	assert_int_equal(stat(in_dir("/f"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(rq_file_read(in_dir("/f"), 100, &got, &n, &e), RQ_OK);
	assert_int_equal(n, 3);
	assert_memory_equal(got, "a\0b", 4);
	rq_free(got);
	assert_int_equal(rq_file_write(in_dir("/f"), "", 0, 0600, &e), RQ_OK);
	assert_int_equal(rq_file_read(in_dir("/f"), 100, &got, NULL, &e), RQ_OK);
	assert_string_equal(got, "");
	rq_free(got);
	assert_int_equal(stat(in_dir("/f"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_reading_has_a_limit(void **state)
{
	struct rq_error e = { 0 };
	char *got = NULL, *big = rq_alloc(100001);
	size_t n;

	(void)state;
	memset(big, 'x', 100000);
	assert_int_equal(rq_file_write(in_dir("/f"), big, 100000, 0600, &e), RQ_OK);
	assert_int_equal(rq_file_read(in_dir("/f"), 100000, &got, &n, &e), RQ_OK);
	assert_int_equal(n, 100000);
	assert_string_equal(got, big);
	rq_free(got);
	got = NULL;
	assert_int_equal(rq_file_read(in_dir("/f"), 99999, &got, &n, &e), RQ_ELIMIT);
	assert_non_null(strstr(e.msg, "99999"));
	assert_int_equal(rq_file_read(in_dir("/f"), 0, &got, &n, &e), RQ_ELIMIT);
	/* What never ends is given up too. */
	assert_int_equal(rq_file_read("/dev/zero", 5000, &got, &n, &e), RQ_ELIMIT);
	assert_int_equal(rq_file_read(in_dir("/missing"), 10, &got, &n, &e), RQ_ENOTFOUND);
	assert_non_null(strstr(e.msg, "/missing"));
	assert_int_not_equal(rq_file_read(dir, 10, &got, &n, &e), RQ_OK);
	assert_null(got);
	rq_free(big);
}

static size_t entries(void)
{
	DIR *d = opendir(dir);
	struct dirent *f;
	size_t n = 0;

	while ((f = readdir(d)))
		n += f->d_name[0] != '.';
	closedir(d);
	return n;
}

static void test_a_failed_write_leaves_nothing(void **state)
{
	struct rq_error e = { 0 };

	(void)state;
	assert_int_equal(mkdir(in_dir("/target"), 0700), 0);
	assert_int_equal(mkdir(in_dir("/target/full"), 0700), 0);
	assert_int_not_equal(rq_file_write(in_dir("/target"), "x", 1, 0600, &e), RQ_OK);
	assert_non_null(strstr(e.msg, "/target"));
	assert_int_equal(entries(), 1);
	assert_int_equal(rq_file_write(in_dir("/no/such"), "x", 1, 0600, &e), RQ_ENOTFOUND);
}

/* A reader sees the old or the new, never a piece; a writer killed midway harms nothing. */
static void test_replacing_is_atomic(void **state)
{
	enum { SIZE = 300000 };
	char *one = rq_alloc(SIZE + 1), *two = rq_alloc(SIZE + 1), *got;
	pid_t pid;
	size_t n;
	int i;

	(void)state;
	memset(one, '1', SIZE);
	memset(two, '2', SIZE);
	assert_int_equal(rq_file_write(in_dir("/f"), one, SIZE, 0600, NULL), RQ_OK);
	pid = fork();
	if (pid == 0)
		for (;;) {
			rq_file_write(in_dir("/f"), two, SIZE, 0600, NULL);
			rq_file_write(in_dir("/f"), one, SIZE, 0600, NULL);
		}
	for (i = 0; i < 100; i++) {
		assert_int_equal(rq_file_read(in_dir("/f"), SIZE, &got, &n, NULL), RQ_OK);
		assert_int_equal(n, SIZE);
		assert_true(memcmp(got, one, SIZE) == 0 || memcmp(got, two, SIZE) == 0);
		rq_free(got);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(rq_file_read(in_dir("/f"), SIZE, &got, &n, NULL), RQ_OK);
	assert_int_equal(n, SIZE);
	rq_free(got);
	rq_free(one);
	rq_free(two);
}

/* Settings kept in another place and linked to stay there. */
static void test_a_link_stays_a_link(void **state)
{
	struct stat st;
	char *real = rq_strdup(in_dir("/real")), *got;

	(void)state;
	assert_int_equal(rq_file_write(real, "old", 3, 0600, NULL), RQ_OK);
	assert_int_equal(symlink("real", in_dir("/link")), 0);
	assert_int_equal(rq_file_write(in_dir("/link"), "new", 3, 0600, NULL), RQ_OK);
	assert_int_equal(lstat(in_dir("/link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(rq_file_read(real, 100, &got, NULL, NULL), RQ_OK);
	assert_string_equal(got, "new");
	rq_free(got);
	rq_free(real);
}

static void test_private_files(void **state)
{
	struct rq_error e = { 0 };

	(void)state;
	assert_int_equal(rq_file_private(in_dir("/f"), &e), RQ_ENOTFOUND);
	assert_int_equal(rq_file_write(in_dir("/f"), "KEY=x", 5, 0600, &e), RQ_OK);
	assert_int_equal(rq_file_private(in_dir("/f"), &e), RQ_OK);
	chmod(in_dir("/f"), 0640);
	assert_int_equal(rq_file_private(in_dir("/f"), &e), RQ_EPERM);
	assert_non_null(strstr(e.msg, "chmod 600"));
	chmod(in_dir("/f"), 0602);
	assert_int_equal(rq_file_private(in_dir("/f"), &e), RQ_EPERM);
	chmod(in_dir("/f"), 0400);
	assert_int_equal(rq_file_private(in_dir("/f"), &e), RQ_OK);
	if (geteuid() == 0) {
		assert_int_equal(chown(in_dir("/f"), 12345, 12345), 0);
		assert_int_equal(rq_file_private(in_dir("/f"), &e), RQ_EPERM);
	}
}

static void test_where_the_program_is(void **state)
{
	char *exe = rq_exe_path(), *exe_dir = rq_exe_dir();

	(void)state;
	assert_non_null(exe);
	assert_true(exe[0] == '/');
	assert_int_equal(access(exe, X_OK), 0);
	assert_true(rq_starts(exe, exe_dir));
	assert_int_equal(exe[strlen(exe_dir)], '/');
	assert_null(strchr(exe + strlen(exe_dir) + 1, '/'));
	rq_free(exe);
	rq_free(exe_dir);
	assert_true(rq_disk_free(dir) > 0);
	assert_int_equal(rq_disk_free("/nonexistent"), -1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_from_home),
		CASE(test_xdg_values),
		CASE(test_without_home_the_password_database_is_asked),
		CASE(test_the_runtime_directory),
		CASE(test_made_private),
		CASE(test_refused_directories),
		CASE(test_the_runtime_directory_is_no_link),
		CASE(test_the_state_directory_may_be_a_link),
		CASE(test_mkdirs),
		CASE(test_log_files),
		CASE(test_write_and_read),
		CASE(test_reading_has_a_limit),
		CASE(test_a_failed_write_leaves_nothing),
		CASE(test_replacing_is_atomic),
		CASE(test_a_link_stays_a_link),
		CASE(test_private_files),
		CASE(test_where_the_program_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
