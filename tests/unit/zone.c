/* Time zones: offsets, local times, and both ways in which a local time can be odd. */
#include "tests/unit/unit.h"

#include <time.h>
#include "core/base/clock.h"
#include "core/base/zone.h"

static int64_t utc(const char *text)
{
	int64_t ms;

	assert_true(rq_time_parse(text, &ms));
	return ms;
}

static struct rq_zone *zone(const char *name)
{
	struct rq_zone *z;
	struct rq_error e;

	assert_int_equal(rq_zone_new(name, &z, &e), RQ_OK);
	return z;
}

static bool has_database(void)
{
	return access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0;
}

static void test_berlin(void **state)
{
	struct rq_zone *z;
	struct rq_local_time l;

	(void)state;
	if (!has_database())
		skip();
	z = zone("Europe/Berlin");
	assert_int_equal(rq_zone_offset(z, utc("2026-01-15T12:00:00Z")), 3600);
	assert_int_equal(rq_zone_offset(z, utc("2026-07-15T12:00:00Z")), 7200);
	/* To the second. */
	assert_int_equal(rq_zone_offset(z, utc("2026-03-29T01:00:00Z") - 1), 3600);
	assert_int_equal(rq_zone_offset(z, utc("2026-03-29T01:00:00Z")), 7200);
	assert_int_equal(rq_zone_offset(z, utc("2026-10-25T01:00:00Z") - 1), 7200);
	assert_int_equal(rq_zone_offset(z, utc("2026-10-25T01:00:00Z")), 3600);
	assert_true(rq_zone_next_change(z, utc("2026-06-01T00:00:00Z")) == utc("2026-10-25T01:00:00Z"));
	l = rq_zone_local(z, utc("2026-11-21T23:30:59Z"));
	assert_int_equal(l.year, 2026);
	assert_int_equal(l.month, 11);
	assert_int_equal(l.day, 22);
	assert_int_equal(l.weekday, 6);
	assert_int_equal(l.minute, 30);
	assert_true(rq_zone_moment(z, 2026, 7, 1, 600, 0) == utc("2026-07-01T08:00:00Z"));
	assert_true(rq_zone_moment(z, 2026, 7, 1, 1440, 0) == utc("2026-07-01T22:00:00Z"));
	/* 02:30 does not exist on 29 March: the clocks go forward at 01:00 UTC. */
	assert_true(rq_zone_moment(z, 2026, 3, 29, 150, 0) == utc("2026-03-29T01:00:00Z"));
	assert_true(rq_zone_moment(z, 2026, 3, 29, 150, 1) == utc("2026-03-29T01:00:00Z"));
	assert_true(rq_zone_moment(z, 2026, 3, 29, 119, 0) == utc("2026-03-29T00:59:00Z"));
	assert_true(rq_zone_moment(z, 2026, 3, 29, 180, 0) == utc("2026-03-29T01:00:00Z"));
	/* and twice on 25 October. */
	assert_true(rq_zone_moment(z, 2026, 10, 25, 150, 0) == utc("2026-10-25T00:30:00Z"));
	assert_true(rq_zone_moment(z, 2026, 10, 25, 150, 1) == utc("2026-10-25T01:30:00Z"));
	assert_true(rq_zone_moment(z, 2026, 10, 25, 180, 0) == utc("2026-10-25T02:00:00Z"));
	rq_zone_free(z);
}

/* Each local time of a thousand moments is the local time of the moment that it gives. */
static void test_there_and_back(void **state)
{
	static const char *const names[] = { "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
					     "Africa/Casablanca", "America/St_Johns" };
	struct chance c = { 5 };
	size_t i, k;

	(void)state;
	for (i = 0; i < (has_database() ? 7 : 1); i++) {
		struct rq_zone *z = zone(names[i]);

		for (k = 0; k < 1000; k++) {
			int64_t at = utc("2001-01-01T00:00:00Z") + (int64_t)chance_below(&c, 18000000) * 60000;
			struct rq_local_time l = rq_zone_local(z, at);
			int64_t first = rq_zone_moment(z, l.year, l.month, l.day, l.minute, 0);
			int64_t last = rq_zone_moment(z, l.year, l.month, l.day, l.minute, 1);

			assert_true(first == at || last == at);
			assert_true(first <= last);
		}
		rq_zone_free(z);
	}
}

/* The C library itself is the judge. */
static void test_it_is_what_the_library_says(void **state)
{
	struct rq_zone *z;
	int64_t at;

	(void)state;
	if (!has_database())
		skip();
	z = zone("America/New_York");
	setenv("TZ", "America/New_York", 1);
	tzset();
	for (at = 946684800; at < 2145916800; at += 86400 / 2 + 77) {
		time_t t = (time_t)at;
		struct tm tm;

		assert_non_null(localtime_r(&t, &tm));
		assert_int_equal(rq_zone_offset(z, at * 1000), tm.tm_gmtoff);
	}
	unsetenv("TZ");
	tzset();
	rq_zone_free(z);
}

static void test_tz_is_given_back(void **state)
{
	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	rq_zone_free(zone("UTC"));
	if (has_database())
		rq_zone_free(zone("Europe/Berlin"));
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
	unsetenv("TZ");
	if (has_database())
		rq_zone_free(zone("Europe/Berlin"));
	assert_null(getenv("TZ"));
}

static void test_unknown_names(void **state)
{
	static const char *const bad[] = { "", "/etc/passwd", "../../etc/passwd", "Europe/Berlim", "Europe", "Europe/", "a b", "Europe//Berlin" };
	struct rq_zone *z;
	struct rq_error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(rq_zone_new(bad[i], &z, &e), RQ_ENOTFOUND);
		assert_null(z);
		assert_true(e.msg[0] != '\0');
	}
	assert_int_equal(rq_zone_offset(NULL, 5), 0);
	assert_true(rq_zone_moment(NULL, 1970, 1, 2, 1, 0) == 86460000);
	assert_int_equal(rq_zone_local(NULL, 0).weekday, 3);
	rq_zone_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_berlin),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_it_is_what_the_library_says),
		cmocka_unit_test(test_tz_is_given_back),
		cmocka_unit_test(test_unknown_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
