/* Times before a log's lines: read, shown, typed. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "tui/logtime.h"

static int64_t at(const char *text)
{
	int64_t ms = -1;

	assert_true(rq_time_parse(text, &ms));
	return ms;
}

static void test_stamps(void **state)
{
	char buf[RQ_LOGTIME_COLS];
	int64_t ms;

	(void)state;
	assert_true(rq_logtime_of("2026-11-21T18:02:21.1239999Z", &ms));
	assert_int_equal(ms, at("2026-11-21T18:02:21Z") + 123);
	assert_false(rq_logtime_of("2026-13-21T18:02:21.1234567Z", &ms));
	assert_string_equal(rq_logtime_clock("2026-11-21T18:02:21.1239999Z", buf), "18:02:21.123");
}

static void since(int64_t ms, const char *want)
{
	char buf[RQ_LOGTIME_COLS];

	assert_string_equal(rq_logtime_since(ms, buf), want);
	assert_true(strlen(want) <= 12);
}

static void test_since_the_beginning(void **state)
{
	(void)state;
	since(0, "+0:00:00.000");
	since(180123, "+0:03:00.123");
	since(-1500, "-0:00:01.500");
	since(36000000, "+10:00:00.00");
	since(36000019, "+10:00:00.01");
	since((int64_t)100 * 3600 * 1000, "+100:00:00");
	since(INT64_C(9000000000000000), "+9999:00:00");
}

static void typed(const char *text, const char *want)
{
	int64_t ms = -1;

	assert_true(rq_logtime_parse(text, at("2026-11-21T18:00:00Z"), at("2026-11-21T17:30:10Z") + 500,
				     at("2026-11-22T02:00:00Z"), &ms));
	assert_int_equal(ms, at(want));
}

static void not_typed(const char *text)
{
	int64_t ms;

	assert_false(rq_logtime_parse(text, 0, 0, 0, &ms));
}

static void test_typed(void **state)
{
	(void)state;
	typed("+5m", "2026-11-21T18:05:00Z");
	typed("-90s", "2026-11-21T17:58:30Z");
	typed("18:02", "2026-11-21T18:02:00Z");
	typed("18:02:21", "2026-11-21T18:02:21Z");
	/* Past midnight, as the log reaches that time only then. */
	typed("01:15", "2026-11-22T01:15:00Z");
	/* The second that the log begins in is not past. */
	typed("17:30:10", "2026-11-21T17:30:10Z");
	/* Neither day has it: before the first line. */
	typed("12:00", "2026-11-21T12:00:00Z");
	typed("2026-11-22 18:02", "2026-11-22T18:02:00Z");
	typed("2026-11-22T18:02:21Z", "2026-11-22T18:02:21Z");
	not_typed("");
	not_typed("+");
	not_typed("+5 apples");
	not_typed("24:00");
	not_typed("18:60");
	not_typed("18:02:");
	not_typed("18:02x");
	not_typed("2026-13-01 10:00");
	not_typed("yesterday");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_since_the_beginning),
		cmocka_unit_test(test_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
