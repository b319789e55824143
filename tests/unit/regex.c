/* Regular expressions: matches, and that no pattern or subject can hang us. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/base/regex.h"

static struct rq_regex *compile(const char *pattern, unsigned flags)
{
	struct rq_regex *r;
	struct rq_error e = { 0 };

	if (rq_regex_new(pattern, flags, &r, &e))
		fail_msg("%s", e.msg);
	return r;
}

static int find(struct rq_regex *r, const char *s, size_t start, size_t *from, size_t *to)
{
	return rq_regex_find(r, s, strlen(s), start, from, to);
}

static void test_find(void **state)
{
	struct rq_regex *r = compile("b+", 0);
	size_t from, to;

	(void)state;
	assert_int_equal(find(r, "abba b", 0, &from, &to), RQ_REGEX_MATCH);
	assert_int_equal(from, 1);
	assert_int_equal(to, 3);
	assert_int_equal(find(r, "abba b", to, &from, &to), RQ_REGEX_MATCH);
	assert_int_equal(from, 5);
	assert_int_equal(find(r, "abba b", 6, NULL, NULL), RQ_REGEX_NOMATCH);
	assert_int_equal(find(r, "abba b", 7, NULL, NULL), RQ_REGEX_NOMATCH);
	assert_int_equal(find(r, "xyz", 0, NULL, NULL), RQ_REGEX_NOMATCH);
	rq_regex_free(r);
	rq_regex_free(NULL);
}

static void test_offset(void **state)
{
	struct rq_error e = { 0 };
	struct rq_regex *r;
	size_t at;

	(void)state;
	assert_int_equal(rq_regex_new_at("^https?://(", 0, &r, &at, &e), RQ_EUSAGE);
	assert_null(r);
	assert_int_equal(at, 11);
	assert_string_equal(e.msg, "missing closing parenthesis");
	assert_int_equal(rq_regex_new_at("a", 0, &r, &at, &e), RQ_OK);
	rq_regex_free(r);
}

static bool matches(const char *pattern, unsigned flags, const char *s)
{
	struct rq_regex *r = compile(pattern, flags);
	int got = find(r, s, 0, NULL, NULL);

	rq_regex_free(r);
	return got == RQ_REGEX_MATCH;
}

static void test_case(void **state)
{
	(void)state;
	assert_false(matches("error", 0, "ERROR"));
	assert_true(matches("error", RQ_REGEX_ICASE, "ERROR"));
	assert_true(matches("error", RQ_REGEX_SMARTCASE, "ERROR"));
	assert_false(matches("Error", RQ_REGEX_SMARTCASE, "ERROR"));
	assert_true(matches("Error", RQ_REGEX_SMARTCASE, "Error"));
	/* The capital of an escape is none of the pattern's. */
	assert_true(matches("err\\S+", RQ_REGEX_SMARTCASE, "ERROR"));
	assert_true(matches("\xc3\xa4", RQ_REGEX_ICASE, "\xc3\x84"));
}

static void test_refusals(void **state)
{
	struct rq_regex *r;
	struct rq_error e = { 0 };
	char *pattern = malloc(5001);

	(void)state;
	assert_int_equal(rq_regex_new("a(b", 0, &r, &e), RQ_EUSAGE);
	assert_null(r);
	assert_non_null(strstr(e.msg, "offset 3"));
	assert_int_equal(rq_regex_new("\\C", 0, &r, &e), RQ_EUSAGE);
	assert_int_equal(rq_regex_new("\xff", 0, &r, &e), RQ_EUSAGE);
	memset(pattern, 'a', 5000);
	pattern[5000] = 0;
	assert_int_equal(rq_regex_new(pattern, 0, &r, &e), RQ_ELIMIT);
	free(pattern);
}

static void test_backtracking_ends(void **state)
{
	struct rq_regex *r = compile("^(a+)+$", 0);
	char subject[64];
	int64_t began = rq_mono_ns();

	(void)state;
	memset(subject, 'a', 60);
	subject[60] = 'b';
	subject[61] = 0;
	assert_int_equal(find(r, subject, 0, NULL, NULL), RQ_REGEX_LIMIT);
	assert_true(rq_mono_ns() - began < 1000000000);
	rq_regex_free(r);
}

static void test_invalid_utf8(void **state)
{
	struct rq_regex *r = compile("needle", 0);

	(void)state;
	assert_int_equal(find(r, "\xff\xfe needle", 0, NULL, NULL), RQ_REGEX_MATCH);
	assert_int_equal(find(r, "\xff\xfe", 0, NULL, NULL), RQ_REGEX_NOMATCH);
	rq_regex_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_offset),	     cmocka_unit_test(test_case),
		cmocka_unit_test(test_refusals),     cmocka_unit_test(test_backtracking_ends),
		cmocka_unit_test(test_invalid_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
