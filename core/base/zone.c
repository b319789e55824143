/* zone.c - time zones as tables of the changes of their offset. */
#include "core/base/zone.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

struct change {
	int64_t at;     /* s */
	int offset;     /* from then on */
};

struct rq_zone {
	size_t n, cap;
	struct change *v;       /* the first: since ever */
};

#define DAY INT64_C(86400)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* --- reading ------------------------------------------------------------------------------ */

/* What TZ says now. */
static int offset_now(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return 0;
	return (int)(rq_days_of(tm.tm_year + INT64_C(1900), tm.tm_mon + 1, tm.tm_mday) * DAY + tm.tm_hour * 3600 +
		     tm.tm_min * 60 + tm.tm_sec - at);
}

static void add_change(struct rq_zone *z, int64_t at, int offset)
{
	RQ_GROW(z->v, z->n, &z->cap);
	z->v[z->n++] = (struct change){ at, offset };
}

/* Since 2000 no two changes of a zone lie less than four weeks apart (those are for Ramadan), and all fall on a minute. */
#define STEP (20 * DAY)
enum { MINUTE = 60 };

static void read_changes(struct rq_zone *z)
{
	int64_t at = rq_days_of(2000, 1, 1) * DAY, end = rq_days_of(2060, 1, 1) * DAY;
	int before = offset_now(at);

	if (sizeof(time_t) < 8)
		end = INT32_MAX / MINUTE * MINUTE;
	add_change(z, INT64_MIN, before);
	for (; at < end; at += STEP) {
		int64_t lo = at, hi = at + STEP < end ? at + STEP : end;
		int after = offset_now(hi);

		if (after == before)
			continue;
		while (hi - lo > MINUTE) {
			int64_t mid = lo + (hi - lo) / (2 * MINUTE) * MINUTE;

			if (offset_now(mid) == before)
				lo = mid;
			else
				hi = mid;
		}
		add_change(z, hi, after);
		before = after;
	}
}

static bool may_be_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

	return n && !name[n] && n < 64 && name[0] != '/' && name[n - 1] != '/' && !strstr(name, "//");
}

/* "Europe" is a directory there, and no zone. */
static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, R_OK) == 0;
}

/* The C library takes any name, and reads an unknown one as UTC: so look for the file itself. */
static bool exists(const char *name)
{
	static const char *const dirs[] = { "/usr/share/zoneinfo", "/var/db/timezone/zoneinfo", "/usr/lib/zoneinfo" };
	const char *own = getenv("TZDIR");
	char path[PATH_MAX];
	size_t i;

	if (own && *own) {
		snprintf(path, sizeof path, "%s/%s", own, name);
		return is_file(path);
	}
	for (i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		snprintf(path, sizeof path, "%s/%s", dirs[i], name);
		if (is_file(path))
			return true;
	}
	return false;
}

int rq_zone_new(const char *name, struct rq_zone **out, struct rq_error *e)
{
	struct rq_zone *z;
	char *before;

	*out = NULL;
	if (!may_be_name(name))
		return rq_fail(e, RQ_ENOTFOUND, "'%.64s' is no name of a time zone; one looks like Europe/Berlin.", name);
	z = rq_alloc(sizeof *z);
	if (strcmp(name, "UTC") == 0) {
		add_change(z, INT64_MIN, 0);
		*out = z;
		return RQ_OK;
	}
	if (!exists(name)) {
		rq_zone_free(z);
		return rq_fail(e, RQ_ENOTFOUND, "This system knows no time zone '%s'; correct the name, or install tzdata.",
			       name);
	}
	before = rq_strdup(getenv("TZ"));
	setenv("TZ", name, 1);
	tzset();
	read_changes(z);
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	rq_free(before);
	*out = z;
	return RQ_OK;
}

void rq_zone_free(struct rq_zone *z)
{
	if (!z)
		return;
	rq_free(z->v);
	rq_free(z);
}

/* --- answering ---------------------------------------------------------------------------- */

/* The last change that is not after AT (s). */
static size_t change_at(const struct rq_zone *z, int64_t at)
{
	size_t lo = 0, hi = z->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->v[mid].at <= at)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

int64_t rq_zone_offset(const struct rq_zone *z, int64_t at)
{
	return z ? z->v[change_at(z, floor_div(at, 1000))].offset : 0;
}

int64_t rq_zone_next_change(const struct rq_zone *z, int64_t at)
{
	size_t i = z ? change_at(z, floor_div(at, 1000)) + 1 : 0;

	return z && i < z->n ? z->v[i].at * 1000 : INT64_MAX;
}

struct rq_local_time rq_zone_local(const struct rq_zone *z, int64_t at)
{
	int64_t s = floor_div(at, 1000) + rq_zone_offset(z, at), days = floor_div(s, DAY), year;
	struct rq_local_time l;

	l.minute = (int)((s - days * DAY) / 60);
	l.weekday = (int)((days % 7 + 7 + 3) % 7);      /* 1970-01-01 was a Thursday */
	rq_date_of(days, &year, &l.month, &l.day);
	l.year = (int)year;
	return l;
}

int64_t rq_zone_moment(const struct rq_zone *z, int year, int month, int day, int minute, int later)
{
	int64_t local = rq_days_of(year, month, day) * DAY + minute * INT64_C(60), found = 0;
	size_t i, last;
	bool any = false;

	if (!z)
		return local * 1000;
	i = change_at(z, local - 2 * DAY);
	last = change_at(z, local + 2 * DAY);
	/* Under each offset of these days: does that moment have it? */
	for (; i <= last; i++) {
		int64_t at = local - z->v[i].offset;

		if (at >= z->v[i].at && (i + 1 == z->n || at < z->v[i + 1].at) && (!any || later)) {
			found = at;
			any = true;
		}
		/* The clocks go forward over it. */
		if (!any && i + 1 < z->n && at >= z->v[i + 1].at && local < z->v[i + 1].at + z->v[i + 1].offset)
			return z->v[i + 1].at * 1000;
	}
	return found * 1000;
}
