/* What headers say: the next page, how long to wait, what is left. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/model/link.h"

#define GITHUB "https://api.github.com"
#define GHES "https://git.example.com/api/v3"

static struct rq_arena arena;

static int teardown(void **state)
{
	(void)state;
	rq_arena_release(&arena);
	memset(&arena, 0, sizeof arena);
	return 0;
}

static void test_below(void **state)
{
	static const struct {
		const char *url, *base;
		bool below;
	} rows[] = {
		{ GITHUB "/repos/a/b/actions/runs?page=2", GITHUB, true },
		{ GITHUB "/repositories/1/actions/runs?page=2", GITHUB "/", true },
		{ "HTTPS://API.GitHub.com:443/x", GITHUB, true },
		{ GITHUB, GITHUB, true },
		{ GITHUB "?page=2", GITHUB, true },
		{ GHES "/repos/a", GHES, true },
		{ GHES "?x", GHES "/", true },
		{ "http://127.0.0.1:8080/x", "http://127.0.0.1:8080", true },
		{ "http://[::1]:8080/x", "http://[::1]:8080", true },
		{ "https://api.github.com.evil.org/x", GITHUB, false },
		{ "https://evil.org/api.github.com", GITHUB, false },
		{ "https://api.github.com@evil.org/x", GITHUB, false },
		{ "https://token@api.github.com/x", GITHUB, false },
		{ "http://api.github.com/x", GITHUB, false },
		{ "https://api.github.com:8443/x", GITHUB, false },
		{ "https://api.github.com:443x/x", GITHUB, false },
		{ "https://api.github.com:/x", GITHUB, false },
		{ "https://api.github.com:0/x", GITHUB, false },
		{ "https://api.github.com/x#y", GITHUB, false },
		{ "https://api.github.com/x y", GITHUB, false },
		{ "https://api.github.com/x\r\ny", GITHUB, false },
		{ "https://api.github.com/\xc3\xa9", GITHUB, false },
		{ "https://api.github.com\\x", GITHUB, false },
		{ "https:///x", GITHUB, false },
		{ "https://[::1/x", GITHUB, false },
		{ "//api.github.com/x", GITHUB, false },
		{ "ftp://api.github.com/x", GITHUB, false },
		{ "javascript:1", GITHUB, false },
		{ "", GITHUB, false },
		{ "https://git.example.com/api/v3x/y", GHES, false },
		{ "https://git.example.com/login", GHES, false },
		{ "https://git.example.com/api/v3/../../login", GHES, false },
		{ "https://git.example.com/api/v3/%2e%2E/login", GHES, false },
		{ "https://git.example.com/api/v3/./x", GHES, false },
		{ "https://git.example.com/api/v3/..", GHES, false },
		{ "https://git.example.com/api/v3/..x/...", GHES, true },
		{ "https://git.example.com/api/v3/x?q=/../", GHES, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rq_url_below(rows[i].url, rows[i].base) != rows[i].below)
			fail_msg("%s below %s: not %d", rows[i].url, rows[i].base, rows[i].below);
}

static void gives(const char *header, const char *base, const char *want)
{
	struct rq_error e;
	const char *next;

	if (rq_link_next(&arena, header, base, &next, &e))
		fail_msg("%s: %s", header, e.msg);
	if (!next != !want || (want && strcmp(next, want) != 0))
		fail_msg("%s: %s", header, next ? next : "none");
}

static void test_next(void **state)
{
	(void)state;
	gives(NULL, GITHUB, NULL);
	gives("", GITHUB, NULL);
	gives("<" GITHUB "/x?page=2>; rel=\"next\", <" GITHUB "/x?page=9>; rel=\"last\"", GITHUB, GITHUB "/x?page=2");
	gives("<" GITHUB "/x?page=1>; rel=\"prev\", <" GITHUB "/x?page=1>; rel=\"first\"", GITHUB, NULL);
	gives("<" GITHUB "/p>;REL=prev,<" GITHUB "/n>;\tRel = NEXT", GITHUB, GITHUB "/n");
	gives("<" GITHUB "/n>; rel=\"last next\"", GITHUB, GITHUB "/n");
	gives("<" GITHUB "/n>; rel=last; rel=next", GITHUB, NULL);
	gives("<" GITHUB "/n>; title=\"a, <b>; rel=next\"", GITHUB, NULL);
	gives("<" GITHUB "/n>; title=\"a \\\" , b\"; rel=next", GITHUB, GITHUB "/n");
	gives("<" GITHUB "/n,m;o>; rel=next", GITHUB, GITHUB "/n,m;o");
	gives("<" GITHUB "/n>; rel=\"nextish\"", GITHUB, NULL);
	gives("<" GITHUB "/n>; rel=\"next", GITHUB, GITHUB "/n");
	gives("<" GITHUB "/n>; rel", GITHUB, NULL);
	gives("<" GITHUB "/n", GITHUB, NULL);
	gives("</api/v3/x?page=2>; rel=next", GHES, GHES "/x?page=2");
	gives(";;;,,,<>", GITHUB, NULL);
}

static void refuses(const char *header, const char *base)
{
	struct rq_error e;
	const char *next;

	assert_int_equal(rq_link_next(&arena, header, base, &next, &e), RQ_EREFUSED);
	assert_null(next);
}

static void test_foreign_next(void **state)
{
	char *large = malloc(RQ_LINK_MAX + 2);
	const char *next;

	(void)state;
	refuses("<https://evil.org/x>; rel=next", GITHUB);
	refuses("<//evil.org/x>; rel=next", GITHUB);
	refuses("</login>; rel=next", GHES);
	refuses("<x>; rel=next", GITHUB);
	refuses("<>; rel=next", GITHUB);
	memset(large, 'x', RQ_LINK_MAX + 1);
	large[RQ_LINK_MAX + 1] = '\0';
	assert_int_equal(rq_link_next(&arena, large, GITHUB, &next, NULL), RQ_ELIMIT);
	free(large);
}

static void test_dates(void **state)
{
	static const char *const same[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"
	};
	static const char *const none[] = {
		"", "Sun", "Sun, ", "06 Nov 1994", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 199 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMTx", "1994-11-06T08:49:37Z",
	};
	char buf[RQ_TIME_LEN];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		assert_true(rq_http_date(same[i], &ms));
		assert_string_equal(rq_time_rfc3339(ms, false, buf), "1994-11-06T08:49:37Z");
	}
	assert_true(rq_http_date("Sunday, 22-Nov-26 00:00:00 GMT", &ms));
	assert_string_equal(rq_time_rfc3339(ms, false, buf), "2026-11-22T00:00:00Z");
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (rq_http_date(none[i], &ms))
			fail_msg("%s is a date", none[i]);
	assert_false(rq_http_date(NULL, &ms));
}

static void test_retry_after(void **state)
{
	int64_t at;

	(void)state;
	assert_true(rq_http_date("Sun, 06 Nov 1994 08:49:37 GMT", &at));
	assert_int_equal(rq_retry_after("60", 0), 60000);
	assert_int_equal(rq_retry_after("0", 0), 0);
	assert_int_equal(rq_retry_after("-1", 0), -1);
	assert_int_equal(rq_retry_after("9223372036854775807", 0), 86400000);
	assert_int_equal(rq_retry_after("99999999999999999999", 0), -1);
	assert_int_equal(rq_retry_after("soon", 0), -1);
	assert_int_equal(rq_retry_after(NULL, 0), -1);
	assert_int_equal(rq_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", at - 5000), 5000);
	assert_int_equal(rq_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", at + 5000), 0);
	assert_int_equal(rq_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 0), 86400000);
}

static void test_rate(void **state)
{
	struct rq_rate r;

	(void)state;
	rq_rate_init(&r);
	assert_true(rq_rate_header(&r, "X-RateLimit-Limit", "5000"));
	assert_true(rq_rate_header(&r, "x-ratelimit-remaining", "4981"));
	assert_true(rq_rate_header(&r, "x-ratelimit-reset", "1700000000"));
	assert_true(rq_rate_header(&r, "x-ratelimit-resource", "core"));
	assert_false(rq_rate_header(&r, "x-ratelimit-used", "-3"));
	assert_false(rq_rate_header(&r, "x-ratelimit-used", "many"));
	assert_false(rq_rate_header(&r, "x-ratelimit-reset", "9223372036854775807"));
	assert_false(rq_rate_header(&r, "x-ratelimit-resource", ""));
	assert_false(rq_rate_header(&r, "x-ratelimit-resource", "a b"));
	assert_false(rq_rate_header(&r, "x-ratelimit-resource", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"));
	assert_false(rq_rate_header(&r, "x-ratelimit-", "1"));
	assert_false(rq_rate_header(&r, "etag", "1"));
	assert_int_equal(r.limit, 5000);
	assert_int_equal(r.remaining, 4981);
	assert_int_equal(r.used, -1);
	assert_int_equal(r.reset_at, INT64_C(1700000000000));
	assert_string_equal(r.resource, "core");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_below),
		cmocka_unit_test_teardown(test_next, teardown),
		cmocka_unit_test_teardown(test_foreign_next, teardown),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
