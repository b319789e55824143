/* The program's own log: levels, one line each, rotation. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/redact.h"
#include "core/base/str.h"

static char path[256], rotated[260];

static int64_t now(void)
{
	return 1763748141007;
}

static int begin(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s/unit-log.%ld", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (long)getpid());
	snprintf(rotated, sizeof rotated, "%s.1", path);
	rq_clock_replace(now, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	unlink(rotated);
	rq_clock_replace(NULL, NULL);
	return 0;
}

static char *contents(const char *file)
{
	FILE *f = fopen(file, "r");
	struct rq_str b = { 0 };
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		rq_str_addc(&b, (char)c);
	fclose(f);
	return rq_str_detach(&b);
}

static struct rq_log *opened(int64_t max, enum rq_level level)
{
	struct rq_error e;
	struct rq_log *l;

	assert_int_equal(rq_log_open(path, max, level, &l, &e), RQ_OK);
	return l;
}

static void test_a_line(void **state)
{
	struct rq_log *l = opened(10000, RQ_LOG_INFO);
	char want[200], *got;
	struct stat st;

	(void)state;
	rq_log_write(l, RQ_LOG_WARN, "lease of %s ends", "17");
	rq_log_write(l, RQ_LOG_DEBUG, "not written");
	rq_log_write(NULL, RQ_LOG_ERROR, "nowhere");
	rq_log_close(l);
	rq_log_close(NULL);
	got = contents(path);
	snprintf(want, sizeof want, "2025-11-21T18:02:21.007Z warn [%ld] lease of 17 ends\n", (long)getpid());
	assert_string_equal(got, want);
	rq_free(got);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_it_is_continued(void **state)
{
	struct rq_log *l;
	char *got;

	(void)state;
	l = opened(10000, RQ_LOG_INFO);
	rq_log_write(l, RQ_LOG_INFO, "one");
	rq_log_close(l);
	l = opened(10000, RQ_LOG_INFO);
	rq_log_write(l, RQ_LOG_INFO, "two");
	rq_log_close(l);
	got = contents(path);
	assert_non_null(strstr(got, "one\n"));
	assert_non_null(strstr(got, "two\n"));
	rq_free(got);
}

/* What a job is called must not look like another line, nor act on a terminal that shows the log. */
static void test_one_line_whatever_it_says(void **state)
{
	struct rq_log *l = opened(10000, RQ_LOG_INFO);
	char *got, *nl;

	(void)state;
	rq_log_write(l, RQ_LOG_INFO, "job '%s'", "a\n2025 error [1] fire\r\033[2J\177");
	rq_log_close(l);
	got = contents(path);
	nl = strchr(got, '\n');
	assert_non_null(nl);
	assert_int_equal(nl[1], 0);
	assert_null(strpbrk(got, "\r\033\177"));
	assert_non_null(strstr(got, "error [1] fire"));
	rq_free(got);
}

static void test_long_lines_are_cut(void **state)
{
	struct rq_log *l = opened(10000, RQ_LOG_INFO);
	char *got;

	(void)state;
	rq_log_write(l, RQ_LOG_INFO, "%5000d", 1);
	rq_log_write(l, RQ_LOG_INFO, "after");
	rq_log_close(l);
	got = contents(path);
	assert_true(strlen(got) < 1200);
	assert_int_equal(strcspn(got, "\n") + 1, strstr(got, "2025-11-21T18:02:21.007Z info") == got ?
			 (size_t)(strchr(got, '\n') - got) + 1 : 0);
	assert_non_null(strstr(strchr(got, '\n'), "after\n"));
	rq_free(got);
}

/* Also one that lies where the line is cut. */
static void test_no_secret_is_written(void **state)
{
	struct rq_redact *r = rq_redact_new();
	struct rq_log *l = opened(1000000, RQ_LOG_INFO);
	char *got;
	int i;

	(void)state;
	rq_redact_add(r, "correct horse battery");
	rq_log_write(l, RQ_LOG_INFO, "before: %s", "ghp_FAKEfakeFAKEfakeFAKEfakeFAKEfakeFAKE");
	rq_log_redact(l, r);
	rq_log_redact(NULL, r);
	rq_log_write(l, RQ_LOG_INFO, "a correct horse battery staple");
	for (i = 900; i < 1100; i++)
		rq_log_write(l, RQ_LOG_INFO, "%*d%s", i, 1, "correct horse battery");
	rq_log_close(l);
	rq_redact_free(r);
	got = contents(path);
	assert_non_null(strstr(got, "] before: ***\n"));
	assert_non_null(strstr(got, "] a *** staple\n"));
	assert_null(strstr(got, "corr"));
	assert_null(strstr(got, "FAKE"));
	rq_free(got);
}

static void test_rotation(void **state)
{
	struct rq_log *l = opened(1000, RQ_LOG_INFO);
	struct stat st;
	char *old, *new;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		rq_log_write(l, RQ_LOG_INFO, "line %d", i);
		assert_int_equal(stat(path, &st), 0);
		assert_true(st.st_size <= 1000);
	}
	rq_log_close(l);
	new = contents(path);
	old = contents(rotated);
	assert_true(strlen(old) <= 1000 && strlen(old) > 900);
	assert_non_null(strstr(new, "line 99\n"));
	/* The two together are the end without a gap. */
	for (i = 99; i > 85; i--) {
		char want[20];

		snprintf(want, sizeof want, "line %d\n", i);
		assert_true(strstr(new, want) || strstr(old, want));
	}
	rq_free(old);
	rq_free(new);
}

static void test_no_link_is_followed(void **state)
{
	struct rq_error e = { 0 };
	struct rq_log *l = NULL;

	(void)state;
	assert_int_equal(symlink(rotated, path), 0);
	assert_int_not_equal(rq_log_open(path, 1000, RQ_LOG_INFO, &l, &e), RQ_OK);
	assert_non_null(strstr(e.msg, path));
	assert_int_not_equal(access(rotated, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_line, begin, end),
		cmocka_unit_test_setup_teardown(test_it_is_continued, begin, end),
		cmocka_unit_test_setup_teardown(test_one_line_whatever_it_says, begin, end),
		cmocka_unit_test_setup_teardown(test_long_lines_are_cut, begin, end),
		cmocka_unit_test_setup_teardown(test_no_secret_is_written, begin, end),
		cmocka_unit_test_setup_teardown(test_rotation, begin, end),
		cmocka_unit_test_setup_teardown(test_no_link_is_followed, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
