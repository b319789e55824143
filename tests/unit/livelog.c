/* The file that a running job's lines are gathered in, and what a runner's files say by their names. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/queue/github_diag.h"
#include "core/queue/github_livelog.h"
#include "core/queue/github_ssh.h"

#define MARK "\xef\xbb\xbf"
#define TIMELINE "11111111-2222-3333-4444-555555555555"
#define RECORD "0A1B2C3D-0000-4000-8000-00000000CAFE"
#define RECORD_LOW "0a1b2c3d-0000-4000-8000-00000000cafe"

static char dir[200], path[260], text[1 << 20];
static size_t text_n;
static struct rq_livelog *live;

static int begin(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "%s/rql.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/out", dir);
	return 0;
}

static int remove_one(const char *p, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(p);
}

static int finish(void **state)
{
	(void)state;
	rq_livelog_free(live);
	live = NULL;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void open_log(int64_t max)
{
	struct rq_error e = { 0 };

	if (rq_livelog_open(path, max, &live, &e))
		fail_msg("%s", e.msg);
}

static const char *written(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);

	close(fd);
	assert_true(n >= 0);
	text_n = (size_t)n;
	text[n] = '\0';
	return text;
}

static void data(const char *s)
{
	rq_livelog_data(live, s, strlen(s));
}

/* --- names --------------------------------------------------------------------------------- */

static void test_page_names(void **state)
{
	static const struct { const char *name; int n; } rows[] = {
		{ TIMELINE "_" RECORD "_1.log", 1 }, { TIMELINE "_" RECORD_LOW "_9999999.log", 9999999 },
		{ TIMELINE "_" RECORD "_0.log", 0 }, { TIMELINE "_" RECORD "_01.log", 0 },
		{ TIMELINE "_" RECORD "_10000000.log", 0 }, { TIMELINE "_" RECORD "_.log", 0 },
		{ TIMELINE "_" RECORD "_1.log~", 0 }, { TIMELINE "_" RECORD "_1", 0 }, { TIMELINE "_" RECORD "_-1.log", 0 },
		{ TIMELINE "_" RECORD ".1", 0 }, { RECORD "_1.log", 0 }, { "", 0 }, { ".", 0 }, { TIMELINE, 0 },
		{ "../" TIMELINE "_" RECORD "_1.log", 0 }, { TIMELINE "_0g1b2c3d-0000-4000-8000-00000000cafe_1.log", 0 },
	};
	struct rq_page_name p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool fine = rq_page_name_parse(rows[i].name, &p);

		if (fine != (rows[i].n > 0))
			fail_msg("%s", rows[i].name);
		if (fine) {
			assert_int_equal(p.n, rows[i].n);
			assert_string_equal(p.record, RECORD_LOW);
		}
	}
}

static void test_worker_names(void **state)
{
	static const char *const bad[] = {
		"Worker_20261122-003228.log", "Runner_20261122-003228-utc.log", "Worker_20261122-003228-utc.log.1",
		"Worker_2026112-0003228-utc.log", "Worker_20261322-003228-utc.log", "Worker_20260022-003228-utc.log", "",
	};
	int64_t at = 0;
	size_t i;

	(void)state;
	assert_true(rq_worker_name_parse("Worker_20261122-003228-utc.log", &at));
	assert_true(at == INT64_C(1795307548000));
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (rq_worker_name_parse(bad[i], &at))
			fail_msg("%s", bad[i]);
}

static void test_job_ids(void **state)
{
#define LINE "[2026-11-22 00:32:28Z INFO JobRunner] Job ID " RECORD
	static const struct { const char *s; bool line_start, found; } rows[] = {
		{ LINE "\n", true, true }, { LINE, true, true }, { LINE "\n", false, false },
		{ "cut\n" LINE "\r\n", false, true }, { "[2026-11-22 00:32:28Z INFO Worker] x\n" LINE "\n", true, true },
		{ "  \"" LINE "\"\n", true, false }, { "x" LINE "\n", true, false },
		{ "[2026-11-22 00:32:28Z INFO JobRunner] Job ID 0A1B2C3D-0000", true, false },
		{ "[2026-11-22 00:32:28Z INFO JobDispatcher] Job ID " RECORD "\n", true, false }, { "", true, false },
	};
	char id[RQ_GUID_LEN + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool found = rq_worker_job_id(rows[i].s, strlen(rows[i].s), rows[i].line_start, id);

		if (found != rows[i].found)
			fail_msg("%s", rows[i].s);
		if (found)
			assert_string_equal(id, RECORD_LOW);
	}
}

static void test_which_worker_fits(void **state)
{
	const int64_t job = INT64_C(1795307548000);

	(void)state;
	assert_true(rq_worker_fits(job + 2000, job, 0));
	assert_true(rq_worker_fits(job + 2000, job, job - 30000));
	assert_false(rq_worker_fits(job - 30000, job, job + 2000));
	assert_false(rq_worker_fits(job - 121000, job, 0));
	assert_false(rq_worker_fits(job + 301000, job, 0));
	/* Unknown: the latest. */
	assert_true(rq_worker_fits(job, 0, job - 1000));
	assert_false(rq_worker_fits(job - 1000, 0, job));
}

/* --- the file ------------------------------------------------------------------------------- */

static void test_marks_go_wherever_pages_are_cut(void **state)
{
	static const char page[] = MARK "one\n" MARK "two " MARK "\n\n" MARK MARK "three\n\xef\xbb" "four\n\xef" "five\n";
	static const char want[] = "one\ntwo " MARK "\n\nthree\n\xef\xbb" "four\n\xef" "five\n";
	size_t n = sizeof page - 1, i, j;

	(void)state;
	open_log(0);
	for (i = 0; i <= n; i++)
		for (j = i; j <= n; j++) {
			rq_livelog_restart(live);
			rq_livelog_page(live, 1);
			rq_livelog_data(live, page, i);
			rq_livelog_data(live, page + i, j - i);
			rq_livelog_data(live, page + j, n - j);
			assert_string_equal(written(), want);
			assert_true(rq_livelog_bytes(live) == (int64_t)sizeof want - 1);
		}
}

static void test_a_page_cut_short_ends_its_line(void **state)
{
	(void)state;
	open_log(0);
	rq_livelog_page(live, 1);
	data(MARK "half");
	rq_livelog_page(live, 2);
	data(MARK "whole\n");
	assert_string_equal(written(), "half\nwhole\n");
}

/* A source that breaks off at any byte and begins the page again, or an earlier one, as a new connection does. */
static void test_what_comes_again_is_skipped(void **state)
{
	static const char one[] = MARK "a1\na2\n", two[] = MARK "b1\nb2 \n";
	struct chance c = { 7 };
	int round;

	(void)state;
	open_log(0);
	for (round = 0; round < 2000; round++) {
		size_t cut = chance_below(&c, sizeof two);

		rq_livelog_restart(live);
		rq_livelog_page(live, 1);
		rq_livelog_data(live, one, chance_below(&c, sizeof one));
		rq_livelog_page(live, 1);
		data(one);
		rq_livelog_page(live, 2);
		rq_livelog_data(live, two, cut);
		if (chance_below(&c, 2)) {
			rq_livelog_page(live, 1);
			data(one);
		}
		rq_livelog_page(live, 2);
		rq_livelog_data(live, two, cut / 2);
		rq_livelog_data(live, two + cut / 2, sizeof two - 1 - cut / 2);
		assert_string_equal(written(), "a1\na2\nb1\nb2 \n");
	}
	assert_int_equal(rq_livelog_missed(live), 0);
}

static void test_missed_pages_are_told(void **state)
{
	char *second;

	(void)state;
	open_log(0);
	rq_livelog_page(live, 2);
	data("two\n");
	rq_livelog_page(live, 6);
	data("six\n");
	assert_int_equal(rq_livelog_missed(live), 4);
	assert_non_null(strstr(written(), "Z ##[warning]relayq: Page 1 of this log was uploaded before"));
	assert_int_equal(text[4], '-');
	second = strchr(text, '\n');
	assert_true(rq_starts(second, "\ntwo\n"));
	assert_non_null(strstr(second, "Pages 3 to 5 of this log were uploaded"));
	assert_true(rq_eq(text + text_n - 5, "\nsix\n"));
}

static void test_limit(void **state)
{
	(void)state;
	open_log(10);
	rq_livelog_page(live, 1);
	data("12345\n789\n");
	assert_false(rq_livelog_full(live));
	assert_string_equal(written(), "12345\n789\n");
	data("x");
	assert_true(rq_livelog_full(live));
	data("y\nz\n");
	rq_livelog_page(live, 2);
	data("more\n");
	assert_true(rq_starts(written(), "12345\n789\n\n20") && strstr(text, "reached its limit"));
	assert_null(strstr(text, "more"));
	rq_livelog_restart(live);
	rq_livelog_page(live, 1);
	data("again\n");
	assert_string_equal(written(), "again\n");
}

static void test_only_a_file_of_ours_and_one_writer(void **state)
{
	struct rq_livelog *second = NULL;
	struct rq_error e = { 0 };
	struct stat st;

	(void)state;
	open_log(0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(rq_livelog_open(path, 0, &second, &e), RQ_EBUSY);
	rq_livelog_free(live);
	live = NULL;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_not_equal(rq_livelog_open(path, 0, &second, &e), RQ_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_not_equal(rq_livelog_open(path, 0, &second, &e), RQ_OK);
	assert_null(second);
}

/* A full disk, told once and without an end of the process. */
static void test_a_failed_write_is_told(void **state)
{
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, limit;
	struct rq_error e = { 0 };

	(void)state;
	open_log(0);
	rq_livelog_page(live, 1);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	memset(text, 'x', 100000);
	rq_livelog_data(live, text, 100000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, before);
	assert_int_equal(rq_livelog_check(live, &e), RQ_EFAILED);
	assert_non_null(strstr(e.msg, path));
	data("nothing more\n");
	assert_null(strstr(written(), "nothing"));
}

/* --- finding a runner ---------------------------------------------------------------------- */

static char *root_with(const char *name, const char *file, const char *json)
{
	char *root = rq_alloc(400), *p = rq_alloc(500);
	FILE *f;

	snprintf(root, 400, "%s/%s", dir, name);
	mkdir(root, 0700);
	snprintf(p, 500, "%s/%s", root, file);
	f = fopen(p, "w");
	assert_non_null(f);
	fputs(json, f);
	fclose(f);
	rq_free(p);
	return root;
}

static const char *found(int64_t id, const char *name, const char *url, const char *const *roots, size_t n)
{
	struct rq_diag_who who = { id, name, url };
	static char last[400];
	char *root;
	struct rq_error e;

	if (rq_diag_find(&who, roots, n, &root, &e))
		return e.code == RQ_ENOTFOUND ? NULL : "another error";
	rq_copy(last, sizeof last, strrchr(root, '/') + 1);
	rq_free(root);
	return last;
}

static void test_finding_a_runner(void **state)
{
	const char *home = getenv("HOME");
	char *roots[4], before[400];
	const char *const *r = (const char *const *)roots;

	(void)state;
	roots[0] = root_with("a", ".runner", MARK "{\"AgentId\": 23, \"AgentName\": \"MacMini\", "
			     "\"GitHubUrl\": \"https://github.com/acme/media\"}");
	roots[1] = root_with("b", ".runner", "{\"AgentId\": 23, \"AgentName\": \"macmini\", "
			     "\"GitHubUrl\": \"https://github.com/Acme/\"}");
	roots[2] = root_with("c", ".runner", "{\"AgentId\": 7, \"AgentName\": \"old\", \"GitHubUrl\": \"https://x.org/o\"}");
	rq_free(root_with("c", ".runner_migrated", "{\"AgentId\": 8, \"AgentName\": \"new\", "
			  "\"GitHubUrl\": \"https://x.org/o\"}"));
	roots[3] = root_with("d", ".runner", "no JSON");
	assert_string_equal(found(23, "macmini", "https://github.com/acme/media", r, 4), "a");
	assert_string_equal(found(23, "macmini", "https://github.com/acme/site", r, 4), "b");
	assert_string_equal(found(0, "new", NULL, r, 4), "c");
	assert_string_equal(found(8, NULL, "https://x.org/o/r", r, 4), "c");
	assert_null(found(7, NULL, NULL, r, 4));
	assert_null(found(0, "old", NULL, r, 4));
	assert_null(found(23, "macmini", "https://github.com/acmeother/media", r, 4));
	assert_null(found(24, "macmini", NULL, r, 4));
	/* Below the home: a runner, and one of several. */
	rq_copy(before, sizeof before, home ? home : "");
	setenv("HOME", dir, 1);
	rq_free(root_with("actions-runner-2", ".runner", "{\"AgentId\": 1001, \"AgentName\": \"two\"}"));
	rq_free(root_with("actions-runners", "x", ""));
	rq_free(root_with("actions-runners/three", ".runner", "{\"AgentId\": 1002, \"AgentName\": \"three\"}"));
	assert_string_equal(found(1001, "two", NULL, NULL, 0), "actions-runner-2");
	assert_string_equal(found(1002, "three", NULL, NULL, 0), "three");
	setenv("HOME", before, 1);
	rq_free(roots[0]);
	rq_free(roots[1]);
	rq_free(roots[2]);
	rq_free(roots[3]);
}

static void test_what_ssh_may_be_asked(void **state)
{
	static const char *const hosts[] = { "macmini", "pi@rpi4.local", "u_1-x@10.0.0.7", "::1", "host:22" };
	static const char *const bad[] = { "", "-x", "-oProxyCommand=x", "a b", "a;b", "$x", "a\n", "h/x", "'", "\xc3\xa9" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof hosts / sizeof *hosts; i++)
		assert_true(rq_ssh_host_ok(hosts[i]));
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (rq_ssh_host_ok(bad[i]))
			fail_msg("%s", bad[i]);
	assert_true(rq_ssh_root_ok("/opt/it's a runner"));
	assert_true(rq_ssh_root_ok("~/actions-runner"));
	assert_false(rq_ssh_root_ok("actions-runner"));
	assert_false(rq_ssh_root_ok("/a\nb"));
	assert_false(rq_ssh_root_ok(""));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_page_names),
		CASE(test_worker_names),
		CASE(test_job_ids),
		CASE(test_which_worker_fits),
		CASE(test_marks_go_wherever_pages_are_cut),
		CASE(test_a_page_cut_short_ends_its_line),
		CASE(test_what_comes_again_is_skipped),
		CASE(test_missed_pages_are_told),
		CASE(test_limit),
		CASE(test_only_a_file_of_ours_and_one_writer),
		CASE(test_a_failed_write_is_told),
		CASE(test_finding_a_runner),
		CASE(test_what_ssh_may_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
