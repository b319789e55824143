/* cron.c - when a schedule is due. */
#include "core/base/cron.h"

#include <string.h>
#include "core/base/str.h"

#define MINUTE_MS INT64_C(60000)
enum { YEAR_MAX = 2060, WORD_BYTES = 12 };

/* --- reading ------------------------------------------------------------------------------- */

static const char month_names[] = "jan feb mar apr may jun jul aug sep oct nov dec";
static const char weekday_names[] = "sun mon tue wed thu fri sat";

static const struct field {
	const char *name;
	int min, max;
	const char *names;              /* three letters each, the first is NAMES_FROM */
	int names_from;
} fields[] = {
	{ "minute", 0, 59, NULL, 0 },
	{ "hour", 0, 23, NULL, 0 },
	{ "day of the month", 1, 31, NULL, 0 },
	{ "month", 1, 12, month_names, 1 },
	{ "weekday", 0, 7, weekday_names, 0 },
};
enum { FIELDS_N = sizeof fields / sizeof *fields };

struct reader {
	const char *text, *s;
	const struct field *f;
	struct rq_error *e;
};

static int wrong(struct reader *r, const char *what)
{
	return rq_fail(r->e, RQ_EUSAGE, "the %s of the cron line '%.100s' %s", r->f->name, r->text, what);
}

static bool ends(const char *s)
{
	return *s == '\0' || *s == ' ' || *s == '\t' || *s == ',';
}

static int out_of_range(struct reader *r)
{
	return rq_fail(r->e, RQ_EUSAGE, "the %s of the cron line '%.100s' goes from %d to %d", r->f->name, r->text,
		       r->f->min, r->f->max);
}

/* A number or a name; *NAMED tells which. */
static int read_value(struct reader *r, int *out, bool *named)
{
	char word[4] = "";
	const char *at;
	int v = 0, n = 0;

	*named = false;
	for (; r->s[n] >= '0' && r->s[n] <= '9' && n < 4; n++)
		v = v * 10 + (r->s[n] - '0');
	if (n > 0) {
		*out = v;
		if (v < r->f->min || v > r->f->max)
			return out_of_range(r);
		r->s += n;
		return RQ_OK;
	}
	for (n = 0; n < 3 && r->s[n]; n++)
		word[n] = (char)(r->s[n] | 0x20);
	at = r->f->names && n == 3 ? strstr(r->f->names, word) : NULL;
	if (!at || strchr(word, ' ') || (at - r->f->names) % 4)
		return wrong(r, r->f->names ? "needs a number or a name of three letters" : "needs a number");
	*named = true;
	*out = r->f->names_from + (int)(at - r->f->names) / 4;
	r->s += 3;
	return RQ_OK;
}

static int read_step(struct reader *r, int *step)
{
	int n = 0;

	*step = 0;
	for (r->s++; *r->s >= '0' && *r->s <= '9' && n < 4; n++)
		*step = *step * 10 + (*r->s++ - '0');
	if (!n || !*step || *step > r->f->max)
		return wrong(r, "has a step that makes no sense");
	return RQ_OK;
}

/* One item of a list: "*", "N", "N-M", each but N with "/STEP". */
static int read_item(struct reader *r, uint64_t *bits)
{
	int from = r->f->min, to = r->f->max, step = 1, code = RQ_OK;
	bool range = true, named = false;

	if (*r->s == '*') {
		r->s++;
	} else if ((code = read_value(r, &from, &named)) == RQ_OK) {
		range = *r->s == '-';
		to = from;
		if (range) {
			r->s++;
			code = read_value(r, &to, &named);
		}
		/* sat-sun: Sunday is also the end of a week */
		if (range && named && r->f->max == 7 && to == 0)
			to = 7;
	}
	if (code)
		return code;
	if (from > to)
		return wrong(r, "has a range that ends before it begins");
	if (*r->s == '/') {
		if (!range)
			return wrong(r, "has a step without a range: write 5-59/10 or */10");
		if ((code = read_step(r, &step)))
			return code;
	}
	if (!ends(r->s))
		return wrong(r, "cannot be read");
	for (int i = from; i <= to; i += step)
		*bits |= UINT64_C(1) << i;
	return RQ_OK;
}

static int read_field(struct reader *r, uint64_t *bits, bool *any)
{
	int code;

	*bits = 0;
	*any = *r->s == '*';
	do
		code = read_item(r, bits);
	while (!code && *r->s == ',' && *r->s++);
	return code;
}

static const char *expand(const char *text)
{
	static const char *const names[][2] = {
		{ "@hourly", "0 * * * *" }, { "@daily", "0 0 * * *" }, { "@midnight", "0 0 * * *" },
		{ "@weekly", "0 0 * * 0" }, { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
		{ "@annually", "0 0 1 1 *" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (rq_ieq(text, names[i][0]))
			return names[i][1];
	return text;
}

static void skip_blanks(struct reader *r)
{
	while (*r->s == ' ' || *r->s == '\t')
		r->s++;
}

static int read_fields(struct reader *r, uint64_t bits[FIELDS_N], bool any[FIELDS_N])
{
	int code = RQ_OK;

	for (size_t i = 0; i < FIELDS_N && !code; i++) {
		r->f = &fields[i];
		skip_blanks(r);
		code = *r->s ? read_field(r, &bits[i], &any[i])
			     : wrong(r, "is missing: there are five fields, minute hour day month weekday");
	}
	if (!code)
		skip_blanks(r);
	if (!code && *r->s)
		return rq_fail(r->e, RQ_EUSAGE, "the cron line '%.100s' has more than five fields", r->text);
	return code;
}

int rq_cron_parse(const char *text, struct rq_cron *out, int *at, struct rq_error *e)
{
	struct reader r = { text, expand(text), NULL, e };
	uint64_t bits[FIELDS_N];
	bool any[FIELDS_N], named = r.s != text;
	int code;

	if (at)
		*at = 0;
	memset(out, 0, sizeof *out);
	if (*text == '@' && !named)
		return rq_fail(e, RQ_EUSAGE, "there is no '%.20s': @hourly @daily @weekly @monthly @yearly", text);
	code = read_fields(&r, bits, any);
	if (at && !named)
		*at = (int)(r.s - text);
	if (code)
		return code;
	out->minutes = bits[0];
	out->hours = (uint32_t)bits[1];
	out->days = (uint32_t)bits[2];
	out->months = (uint16_t)bits[3];
	out->weekdays = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7f);
	out->any_day = any[2];
	out->any_weekday = any[4];
	return RQ_OK;
}

/* --- the next time ------------------------------------------------------------------------- */

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static void next_day(struct rq_local_time *t)
{
	t->weekday = (t->weekday + 1) % 7;
	if (++t->day <= month_days(t->year, t->month))
		return;
	t->day = 1;
	if (++t->month <= 12)
		return;
	t->month = 1;
	t->year++;
}

static bool day_fits(const struct rq_cron *c, const struct rq_local_time *t)
{
	bool day = c->days >> t->day & 1, weekday = c->weekdays >> (t->weekday + 1) % 7 & 1;

	if (!(c->months >> t->month & 1))
		return false;
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

/* The times of a day in order: what comes later by the clock is never due earlier. */
static int64_t first_of_day(const struct rq_cron *c, const struct rq_zone *z, const struct rq_local_time *t, int64_t after)
{
	for (int hour = 0; hour < 24; hour++) {
		if (!(c->hours >> hour & 1) || rq_zone_moment(z, t->year, t->month, t->day, hour * 60 + 59, 0) <= after)
			continue;
		for (int minute = 0; minute < 60; minute++) {
			int64_t at;

			if (!(c->minutes >> minute & 1))
				continue;
			at = rq_zone_moment(z, t->year, t->month, t->day, hour * 60 + minute, 0);
			if (at > after)
				return at;
		}
	}
	return 0;
}

static int64_t by_clock(const struct rq_cron *c, const struct rq_zone *z, int64_t after)
{
	struct rq_local_time t = rq_zone_local(z, after);

	for (; t.year < YEAR_MAX; next_day(&t)) {
		int64_t at = day_fits(c, &t) ? first_of_day(c, z, &t, after) : 0;

		if (at)
			return at;
	}
	return 0;
}

/* Every hour: a walk along the minutes, which finds one within an hour or two of a day that fits. */
static int64_t by_time(const struct rq_cron *c, const struct rq_zone *z, int64_t after)
{
	int64_t at = after - after % MINUTE_MS + MINUTE_MS;

	for (;;) {
		struct rq_local_time t = rq_zone_local(z, at);

		if (t.year >= YEAR_MAX)
			return 0;
		if (!day_fits(c, &t)) {
			int64_t midnight = rq_zone_moment(z, t.year, t.month, t.day, 24 * 60, 0);

			at = midnight > at ? midnight : at + MINUTE_MS;
			continue;
		}
		if (c->minutes >> t.minute % 60 & 1)
			return at;
		at += MINUTE_MS;
	}
}

int64_t rq_cron_next(const struct rq_cron *c, const struct rq_zone *z, int64_t after)
{
	const uint32_t every_hour = (UINT32_C(1) << 24) - 1;

	if (after < 0)
		after = 0;
	return c->hours == every_hour ? by_time(c, z, after) : by_clock(c, z, after);
}
