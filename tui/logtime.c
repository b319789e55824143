/* Times of lines. */
#include "tui/logtime.h"

#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"

enum { STAMP_SECONDS = 19, DAY_MS = 86400000 };

bool rq_logtime_of(const char *stamp, int64_t *ms)
{
	char text[STAMP_SECONDS + 2];

	memcpy(text, stamp, STAMP_SECONDS);
	text[STAMP_SECONDS] = 'Z';
	text[STAMP_SECONDS + 1] = '\0';
	if (!rq_time_parse(text, ms))
		return false;
	*ms += (stamp[20] - '0') * 100 + (stamp[21] - '0') * 10 + (stamp[22] - '0');
	return true;
}

const char *rq_logtime_clock(const char *stamp, char buf[RQ_LOGTIME_COLS])
{
	memcpy(buf, stamp + 11, RQ_LOGTIME_COLS - 1);
	buf[RQ_LOGTIME_COLS - 1] = '\0';
	return buf;
}

const char *rq_logtime_since(int64_t ms, char buf[RQ_LOGTIME_COLS])
{
	char sign = ms < 0 ? '-' : '+', text[64];
	int64_t s, h;

	if (ms < 0)
		ms = -ms;
	s = ms / 1000;
	h = s / 3600;
	if (h < 10)
		snprintf(text, sizeof text, "%c%d:%02d:%02d.%03d", sign, (int)h, (int)(s / 60 % 60), (int)(s % 60),
			 (int)(ms % 1000));
	else if (h < 100)
		snprintf(text, sizeof text, "%c%d:%02d:%02d.%02d", sign, (int)h, (int)(s / 60 % 60), (int)(s % 60),
			 (int)(ms % 1000 / 10));
	else
		snprintf(text, sizeof text, "%c%d:%02d:%02d", sign, (int)(h < 9999 ? h : 9999), (int)(s / 60 % 60),
			 (int)(s % 60));
	rq_copy(buf, RQ_LOGTIME_COLS, text);
	return buf;
}

/* ---- typed ---- */

/* N digits at *s; -1: there are none. */
static int digits(const char **s, int most)
{
	int n = 0, value = 0;

	while (n < most && **s >= '0' && **s <= '9') {
		value = value * 10 + (*(*s)++ - '0');
		n++;
	}
	return n ? value : -1;
}

/* "18:02", "18:02:21", "18:02:21.5": ms of the day. */
static bool of_day(const char *s, int64_t *ms)
{
	int h = digits(&s, 2), m, sec = 0, fraction = 0, scale = 100;

	if (h < 0 || h > 23 || *s++ != ':')
		return false;
	m = digits(&s, 2);
	if (m < 0 || m > 59)
		return false;
	if (*s == ':') {
		s++;
		sec = digits(&s, 2);
		if (sec < 0 || sec > 60)
			return false;
	}
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
			fraction += (*s - '0') * scale;
	}
	*ms = ((int64_t)(h * 60 + m) * 60 + sec) * 1000 + fraction;
	return !*s;
}

static int64_t day_of(int64_t ms)
{
	return (ms - ((ms % DAY_MS) + DAY_MS) % DAY_MS);
}

/* "2026-11-21 18:02" */
static bool of_date(const char *s, int64_t *ms)
{
	int y = digits(&s, 4), mo, d;
	int64_t rest;

	if (y < 1970 || *s++ != '-')
		return false;
	mo = digits(&s, 2);
	if (mo < 1 || mo > 12 || *s++ != '-')
		return false;
	d = digits(&s, 2);
	if (d < 1 || d > 31 || (*s != ' ' && *s != 'T') || !of_day(s + 1, &rest))
		return false;
	*ms = rq_days_of(y, mo, d) * DAY_MS + rest;
	return true;
}

bool rq_logtime_parse(const char *text, int64_t here, int64_t first, int64_t last, int64_t *ms)
{
	int64_t by;

	if (*text == '+' || *text == '-') {
		if (!rq_parse_duration(text + 1, &by))
			return false;
		*ms = *text == '+' ? here + by : here - by;
		return true;
	}
	if (of_day(text, &by)) {
		*ms = day_of(first) + by;
		/* Of a log that goes on past midnight: the first such time that it reaches. To the second: what was typed
		 * lacks what follows it. */
		while (*ms + 1000 <= first && *ms + DAY_MS <= last)
			*ms += DAY_MS;
		return true;
	}
	return of_date(text, ms) || rq_time_parse(text, ms);
}
