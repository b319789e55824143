/* Clocks, and times as text. */
#include "tests/unit/unit.h"

#include <time.h>
#include "core/base/clock.h"

static int64_t fixed_now(void)
{
	return 1234567;
}

static int64_t fixed_boot(void)
{
	return 42;
}

static void test_replaced(void **state)
{
	(void)state;
	rq_clock_replace(fixed_now, fixed_boot);
	assert_int_equal(rq_now(), 1234567);
	assert_int_equal(rq_boot_ms(), 42);
	rq_clock_replace(NULL, fixed_boot);
	assert_true(rq_now() > INT64_C(1600000000000));
	assert_int_equal(rq_boot_ms(), 42);
	rq_clock_replace(NULL, NULL);
	assert_true(rq_boot_ms() != 42);
}

static void test_running(void **state)
{
	int64_t m = rq_mono_ns(), b = rq_boot_ms(), w = rq_now();
	const struct timespec pause = { 0, 20000000 };

	(void)state;
	nanosleep(&pause, NULL);
	assert_true(rq_mono_ns() - m >= 20000000);
	assert_true(rq_boot_ms() - b >= 19);
	assert_true(rq_now() > w);
	assert_true(rq_now() - (int64_t)time(NULL) * 1000 < 2000);
}

static void test_boot_id_is_one(void **state)
{
	const char *id = rq_boot_id();

	(void)state;
	assert_in_range(strlen(id), 5, 36);
	assert_null(strchr(id, '\n'));
	assert_string_equal(rq_boot_id(), id);
}

static void text(int64_t ms, bool fraction, const char *want)
{
	char buf[RQ_TIME_LEN];

	memset(buf, 'x', sizeof buf);
	assert_ptr_equal(rq_time_rfc3339(ms, fraction, buf), buf);
	assert_string_equal(buf, want);
}

static void test_format(void **state)
{
	(void)state;
	text(0, true, "");
	text(-5, true, "");
	text(1, true, "1970-01-01T00:00:00.001Z");
	text(1000, true, "1970-01-01T00:00:01Z");
	text(1763748141007, true, "2025-11-21T18:02:21.007Z");
	text(1763748141007, false, "2025-11-21T18:02:21Z");
	text(951782400000, false, "2000-02-29T00:00:00Z");
	text(4107542399999, true, "2100-02-28T23:59:59.999Z");
	text(4107542400000, true, "2100-03-01T00:00:00Z");
	text(INT64_C(253402300799999), true, "9999-12-31T23:59:59.999Z");
}

/* No time is too far to be written somehow, in the room there is. */
static void test_format_of_the_far_future(void **state)
{
	char buf[RQ_TIME_LEN + 1];
	int64_t ms;

	(void)state;
	for (ms = INT64_C(253402300800000); ms > 0 && ms < INT64_MAX / 3; ms *= 3) {
		buf[RQ_TIME_LEN] = '#';
		rq_time_rfc3339(ms, true, buf);
		assert_int_equal(buf[RQ_TIME_LEN], '#');
		assert_true(strlen(buf) < RQ_TIME_LEN);
	}
	rq_time_rfc3339(INT64_MAX, true, buf);
	assert_true(strlen(buf) < RQ_TIME_LEN);
}

static void reads(const char *s, int64_t want)
{
	int64_t ms = -77;

	if (!rq_time_parse(s, &ms))
		fail_msg("'%s' is no time", s);
	if (ms != want)
		fail_msg("'%s' gives %lld, not %lld", s, (long long)ms, (long long)want);
}

static void test_parse(void **state)
{
	(void)state;
	reads("1970-01-01T00:00:00Z", 0);
	reads("1969-12-31T23:59:59Z", -1000);
	reads("2025-11-21T18:02:21Z", 1763748141000);
	reads("2025-11-21t18:02:21z", 1763748141000);
	reads("2025-11-21 18:02:21Z", 1763748141000);
	reads("2025-11-21T18:02:21.7Z", 1763748141700);
	reads("2025-11-21T18:02:21.007Z", 1763748141007);
	/* GitHub's logs have seven digits. */
	reads("2025-11-21T18:02:21.0079999Z", 1763748141007);
	reads("2025-11-21T18:02:21.00000000000000000000001Z", 1763748141000);
	reads("2025-11-21T19:02:21+01:00", 1763748141000);
	reads("2025-11-21T12:32:21-05:30", 1763748141000);
	reads("2025-11-21T18:02:21-00:00", 1763748141000);
	reads("2000-02-29T00:00:00Z", 951782400000);
	reads("2024-02-29T12:00:00Z", 1709208000000);
	reads("1900-03-01T00:00:00Z", -INT64_C(2203891200000));
	reads("2016-12-31T23:59:60Z", 1483228800000);
	reads("9999-12-31T23:59:59.999Z", INT64_C(253402300799999));
	reads("0000-01-01T00:00:00Z", -INT64_C(62167219200000));
}

static void test_no_times(void **state)
{
	static const char *const junk[] = {
		"", "2025", "2025-11-21", "2025-11-21T18:02Z", "2025-11-21T18:02:21", "2025-11-21T18:02:21+0100",
		"2025-11-21T18:02:21+01", "2025-11-21T18:02:21+24:00", "2025-11-21T18:02:21+01:60",
		"2025-11-21T18:02:21ZZ", "2025-11-21T18:02:21Z ", " 2025-11-21T18:02:21Z", "2025-11-21_18:02:21Z",
		"2025-00-21T18:02:21Z", "2025-13-21T18:02:21Z", "2025-11-00T18:02:21Z", "2025-11-31T18:02:21Z",
		"2025-11-32T18:02:21Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
		"2024-02-30T00:00:00Z", "2025-11-21T24:00:00Z", "2025-11-21T18:60:00Z", "2025-11-21T18:02:61Z",
		"2025-11-21T18:02:21.Z", "2025-11-21T18:02:21,5Z", "12025-11-21T18:02:21Z", "-025-11-21T18:02:21Z",
		"2025-11-21T18:02:2", "2025-11-21T18:02:21.5", "2025/11/21T18:02:21Z", "now",
	};
	int64_t ms = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof junk / sizeof *junk; i++) {
		if (rq_time_parse(junk[i], &ms))
			fail_msg("'%s' passed for a time", junk[i]);
		assert_int_equal(ms, 77);
	}
	assert_false(rq_time_parse(NULL, &ms));
}

static void test_what_is_written_is_read(void **state)
{
	struct chance c = { 6 };
	char buf[RQ_TIME_LEN];
	int i;

	(void)state;
	for (i = 0; i < 50000; i++) {
		int64_t ms = 1 + (int64_t)(chance_next(&c) % UINT64_C(253402300799999)), back;

		assert_true(rq_time_parse(rq_time_rfc3339(ms, true, buf), &back));
		assert_true(back == ms);
		if (ms < 1000)
			continue;
		assert_true(rq_time_parse(rq_time_rfc3339(ms, false, buf), &back));
		assert_true(back == ms - ms % 1000);
	}
}

static void lasts(int64_t ms, const char *want)
{
	char buf[RQ_TIME_LEN];

	assert_string_equal(rq_duration_text(ms, buf), want);
}

static void test_duration_text(void **state)
{
	char buf[RQ_TIME_LEN];

	(void)state;
	lasts(INT64_MIN, "0.0s");
	lasts(-1, "0.0s");
	lasts(0, "0.0s");
	lasts(99, "0.0s");
	lasts(100, "0.1s");
	lasts(9999, "9.9s");
	lasts(10000, "10s");
	lasts(59999, "59s");
	lasts(60000, "1m");
	lasts(61000, "1m01s");
	lasts(130000, "2m10s");
	lasts(240000, "4m");
	lasts(3599999, "59m59s");
	lasts(3600000, "1h00m");
	lasts(11100000, "3h05m");
	lasts(86399999, "23h59m");
	lasts(86400000, "1d00h");
	lasts(187200000, "2d04h");
	assert_true(strlen(rq_duration_text(INT64_MAX, buf)) < RQ_TIME_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_boot_id_is_one),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_of_the_far_future),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_no_times),
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_duration_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
