/* The next time of a schedule, compared with a walk along the minutes by the C library's own clock. */
#include "tests/unit/unit.h"

#include <time.h>
#include "core/base/clock.h"
#include "core/base/cron.h"
#include "core/base/str.h"

enum { DAYS = 731, MINUTES = DAYS * 1440 };
#define FIRST INT64_C(1704067200000)    /* 2024-01-01T00:00Z */
#define MINUTE INT64_C(60000)

static const char *const zones[] = { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe" };
enum { ZONES_N = 3 };

/* What a clock on the wall shows at each minute, in minutes since the epoch. */
struct wall {
	bool known;
	int32_t shows[MINUTES];
};
static struct wall walls[ZONES_N];

static void fill(struct wall *w, const char *zone)
{
	struct rq_zone *z;

	if (rq_zone_new(zone, &z, NULL))
		return;
	rq_zone_free(z);
	setenv("TZ", zone, 1);
	tzset();
	for (int i = 0; i < MINUTES; i++) {
		time_t at = (time_t)(FIRST / 1000 + i * 60);
		struct tm tm;

		localtime_r(&at, &tm);
		w->shows[i] = (int32_t)((int64_t)(at + tm.tm_gmtoff) / 60);
	}
	unsetenv("TZ");
	tzset();
	w->known = true;
}

static int fill_walls(void **state)
{
	(void)state;
	/* Under valgrind one zone is slow enough. */
	for (int i = 0; i < (getenv("RELAYQ_TEST_VALGRIND") ? 1 : ZONES_N); i++)
		fill(&walls[i], zones[i]);
	return 0;
}

/* Whether a clock that shows SHOWS is at a time of C's; the calendar by the C library, in UTC. */
static bool fits(const struct rq_cron *c, int32_t shows)
{
	static int32_t day = -1;
	static struct tm tm;
	bool mday, wday;

	if (shows / 1440 != day) {
		time_t at = (time_t)(day = shows / 1440) * 86400;

		gmtime_r(&at, &tm);
	}
	if (!(c->minutes >> shows % 60 & 1) || !(c->hours >> shows / 60 % 24 & 1) || !(c->months >> (tm.tm_mon + 1) & 1))
		return false;
	mday = c->days >> tm.tm_mday & 1;
	wday = c->weekdays >> tm.tm_wday & 1;
	return c->any_day || c->any_weekday ? mday && wday : mday || wday;
}

/* The rule, said the other way round: minute by minute, by what the clock has shown so far. */
static bool is_due(const struct rq_cron *c, const struct wall *w, int i, int32_t *shown)
{
	bool every_hour = c->hours == (1u << 24) - 1, due = false;

	if (every_hour)
		return fits(c, w->shows[i]);
	for (int32_t t = *shown + 1; t <= w->shows[i] && !due; t++)
		due = fits(c, t);
	if (w->shows[i] > *shown)
		*shown = w->shows[i];
	return due;
}

static void compare(const char *text, int zone)
{
	const struct wall *w = &walls[zone];
	struct rq_cron c;
	struct rq_zone *z = NULL;
	struct rq_error e = { 0 };
	int32_t shown = w->shows[0] - 1;
	int64_t next;

	if (!w->known)
		return;
	if (rq_cron_parse(text, &c, NULL, &e))
		fail_msg("%s: %s", text, e.msg);
	assert_int_equal(rq_zone_new(zones[zone], &z, &e), RQ_OK);
	next = rq_cron_next(&c, z, FIRST - 1);
	for (int i = 0; i < MINUTES; i++) {
		int64_t at = FIRST + i * MINUTE;
		char a[RQ_TIME_LEN], b[RQ_TIME_LEN];

		if (is_due(&c, w, i, &shown) != (at == next))
			fail_msg("'%s' in %s: a walk and the next time differ at %s, next %s", text, zones[zone],
				 rq_time_rfc3339(at, false, a), rq_time_rfc3339(next, false, b));
		if (at == next)
			next = rq_cron_next(&c, z, at);
	}
	rq_zone_free(z);
}

static void a_walk_along_the_minutes_agrees(void **state)
{
	static const char *const lines[] = {
		"* * * * *", "*/7 * * * *", "30 2 * * *", "0,15,30,45 1-3 * * *", "15 2 * mar,oct sun", "0 0 29 2 *", "59 23 31 * *",
		"0 4 1,15 * 5", "30 */2 */2 * mon-fri", "@weekly", "45 1 * * sat-sun", "*/30 2 28-31 3-11 *",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		for (int z = 0; z < ZONES_N; z++)
			compare(lines[i], z);
}

static void chance_field(struct chance *ch, struct rq_str *s, int min, int max)
{
	int a = min + (int)chance_below(ch, (unsigned)(max - min + 1)), b = a + (int)chance_below(ch, (unsigned)(max - a + 1));

	switch (chance_below(ch, 4)) {
	case 0: rq_str_add(s, "*"); break;
	case 1: rq_str_addf(s, "%d", a); break;
	case 2: rq_str_addf(s, "%d-%d", a, b); break;
	default: rq_str_addf(s, "%d-%d/%d", a, b, 1 + (int)chance_below(ch, (unsigned)max)); break;
	}
	rq_str_addc(s, ' ');
}

static void so_it_does_for_any_line(void **state)
{
	struct chance ch = { 20261121 };

	(void)state;
	for (int i = 0; i < 12; i++) {
		struct rq_str s;

		rq_str_init(&s, 0);
		chance_field(&ch, &s, 0, 59);
		chance_field(&ch, &s, 0, 23);
		chance_field(&ch, &s, 1, 31);
		chance_field(&ch, &s, 1, 12);
		chance_field(&ch, &s, 0, 7);
		compare(rq_str_get(&s), i % ZONES_N);
		rq_str_release(&s);
	}
}

static void next_is(const char *text, const char *zone, const char *after, const char *want)
{
	struct rq_cron c;
	struct rq_zone *z = NULL;
	int64_t at;
	char got[RQ_TIME_LEN];

	assert_int_equal(rq_cron_parse(text, &c, NULL, NULL), RQ_OK);
	if (zone && rq_zone_new(zone, &z, NULL))
		return;
	assert_true(rq_time_parse(after, &at));
	at = rq_cron_next(&c, z, at);
	assert_string_equal(rq_time_rfc3339(at, false, got), want);
	rq_zone_free(z);
}

static void clocks_that_change(void **state)
{
	(void)state;
	/* 02:30 does not exist: when the clocks go forward. */
	next_is("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z");
	next_is("0,30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z");
	/* 02:30 exists twice: the first time. */
	next_is("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
	next_is("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
	/* Every hour goes on by the time that passes. */
	next_is("30 * * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
	next_is("30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z");
}

static void dates(void **state)
{
	(void)state;
	next_is("0 0 29 2 *", NULL, "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z");
	next_is("0 0 31 2 *", NULL, "2026-11-21T00:00:00Z", "");
	next_is("@yearly", NULL, "2026-11-21T00:00:00Z", "2027-01-01T00:00:00Z");
	/* Either day will do. */
	next_is("0 0 1 * fri", NULL, "2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z");
	next_is("0 0 1 * fri", NULL, "2026-11-27T00:00:00Z", "2026-12-01T00:00:00Z");
	next_is("* * * * *", NULL, "2026-11-21T00:00:59Z", "2026-11-21T00:01:00Z");
}

static void wrong(const char *text, const char *sentence, int where)
{
	struct rq_cron c;
	struct rq_error e = { 0 };
	int at = -1;

	assert_int_equal(rq_cron_parse(text, &c, &at, &e), RQ_EUSAGE);
	if (!strstr(e.msg, sentence))
		fail_msg("'%s' says: %s", text, e.msg);
	if (at != where)
		fail_msg("'%s' is wrong at %d, not %d", text, at, where);
}

static void what_cannot_be_read(void **state)
{
	(void)state;
	wrong("", "the minute of the cron line '' is missing", 0);
	wrong("* * * *", "the weekday of the cron line '* * * *' is missing", 7);
	wrong("* * * * * *", "more than five fields", 10);
	wrong("60 * * * *", "goes from 0 to 59", 0);
	wrong("* 24 * * *", "the hour", 2);
	wrong("* * 0 * *", "goes from 1 to 31", 4);
	wrong("* * * foo *", "a name of three letters", 6);
	wrong("* * * * mondays", "cannot be read", 11);
	wrong("5/10 * * * *", "a step without a range", 1);
	wrong("*/0 * * * *", "step", 3);
	wrong("9-5 * * * *", "ends before it begins", 3);
	wrong("1,,2 * * * *", "needs a number", 2);
	wrong(",1 * * * *", "needs a number", 0);
	wrong("1, * * * *", "needs a number", 2);
	wrong("-5 * * * *", "needs a number", 0);
	wrong("@reboot", "there is no '@reboot'", 0);
	wrong("99999999999 * * * *", "goes from 0 to 59", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_along_the_minutes_agrees),
		cmocka_unit_test(so_it_does_for_any_line),
		cmocka_unit_test(clocks_that_change),
		cmocka_unit_test(dates),
		cmocka_unit_test(what_cannot_be_read),
	};

	return cmocka_run_group_tests_name("cron", tests, fill_walls, NULL);
}
