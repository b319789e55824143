/* clock.c - the three clocks, and times as text. */
#include "core/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif
#include "core/base/str.h"

enum { SPEED_MAX = 100 };

/* The one exception to "no program-wide state": a test's clock is the process's clock. */
static struct {
	int64_t (*now)(void);
	int64_t (*boot_ms)(void);
	bool env_read, env_set;
	int64_t env_now, env_speed;     /* speed 0: it stands still */
	const char *file;               /* holds the time, for several processes; NULL: there is none */
	int64_t mono_speed;             /* 0: not read yet */
	char boot_id[40];
} replaced;

static int64_t read_clock(clockid_t id, int64_t per_second)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * per_second + t.tv_nsec / (1000000000 / per_second);
}

/* The time that stands in the file; while it is not to be had, what it was last. */
static int64_t read_file(void)
{
	char text[64];
	ssize_t n;
	int fd = open(replaced.file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return replaced.env_now;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	rq_parse_i64(text, &replaced.env_now);
	return replaced.env_now;
}

/* "2026-11-21T18:00:00Z", or in ms; with "*20" behind it, time goes on from there, so many times as fast. "@FILE": what
 * stands in that file, in ms. */
static void read_environment(void)
{
	const char *s = getenv("RELAYQ_TEST_NOW"), *star = s ? strchr(s, '*') : NULL;
	char text[64];

	replaced.env_read = true;
	if (!s)
		return;
	if (*s == '@') {
		replaced.file = s + 1;
		return;
	}
	rq_copy(text, sizeof text, s);
	text[strcspn(text, "*")] = '\0';
	replaced.env_set = (rq_parse_i64(text, &replaced.env_now) || rq_time_parse(text, &replaced.env_now)) &&
			   (!star || rq_parse_i64(star + 1, &replaced.env_speed));
}

int64_t rq_now(void)
{
	int64_t now;

	if (replaced.now)
		return replaced.now();
	if (!replaced.env_read)
		read_environment();
	if (replaced.file)
		return read_file();
	if (replaced.env_set && !replaced.env_speed)
		return replaced.env_now;
	now = read_clock(CLOCK_REALTIME, 1000);
	return replaced.env_set ? replaced.env_now + (now - replaced.env_now) * replaced.env_speed : now;
}

int64_t rq_clock_speed(void)
{
	const char *s;

	if (!replaced.mono_speed) {
		s = getenv("RELAYQ_TEST_SPEED");
		if (!s || !rq_parse_i64(s, &replaced.mono_speed) || replaced.mono_speed < 1 || replaced.mono_speed > SPEED_MAX)
			replaced.mono_speed = 1;
	}
	return replaced.mono_speed;
}

int64_t rq_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC, 1000000000) * rq_clock_speed();
}

int64_t rq_cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID, 1000000000);
}

int64_t rq_boot_ms(void)
{
	if (replaced.boot_ms)
		return replaced.boot_ms();
#ifdef CLOCK_BOOTTIME
	return read_clock(CLOCK_BOOTTIME, 1000);
#else
	return read_clock(CLOCK_MONOTONIC, 1000);
#endif
}

/* Linux names each boot; elsewhere the moment of the boot serves. */
static void find_boot_id(char *out, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd >= 0) {
		n = read(fd, out, size - 1);
		close(fd);
		if (n > 0) {
			out[n] = '\0';
			out[strcspn(out, "\n")] = '\0';
			return;
		}
	}
#if defined(__APPLE__)
	struct timeval tv;
	size_t len = sizeof tv;

	if (sysctlbyname("kern.boottime", &tv, &len, NULL, 0) == 0) {
		snprintf(out, size, "boot-%lld", (long long)tv.tv_sec);
		return;
	}
#endif
	/* Rounded, so that a small step of the wall clock does not make another boot of it. */
	snprintf(out, size, "boot-%lld",
		 (long long)((read_clock(CLOCK_REALTIME, 1000) - rq_boot_ms()) / 600000));
}

const char *rq_boot_id(void)
{
	if (!replaced.boot_id[0])
		find_boot_id(replaced.boot_id, sizeof replaced.boot_id);
	return replaced.boot_id;
}

void rq_clock_replace(int64_t (*now)(void), int64_t (*boot_ms)(void))
{
	replaced.now = now;
	replaced.boot_ms = boot_ms;
}

/* --- text -------------------------------------------------------------------------------- */

/* By eras of 400 years that begin in March. */
void rq_date_of(int64_t days, int64_t *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

/* N digits of V, and AFTER behind them. */
static char *put_digits(char *to, int64_t v, int n, char after)
{
	int i;

	for (i = n; i-- > 0; v /= 10)
		to[i] = (char)('0' + v % 10);
	to[n] = after;
	return to + n + 1;
}

/* Not strftime, which looks up the local time zone first, nor snprintf: a list prints this in each row. */
const char *rq_time_rfc3339(int64_t ms, bool fraction, char buf[RQ_TIME_LEN])
{
	int rest = (int)(ms % 1000), s = (int)(ms / 1000 % 86400), month, day;
	bool more = fraction && rest;
	int64_t year, beyond;
	int digits = 4;
	char *to = buf;

	buf[0] = '\0';
	if (ms <= 0)
		return buf;
	rq_date_of(ms / 86400000, &year, &month, &day);
	for (beyond = year / 10000; beyond; beyond /= 10)
		digits++;
	to = put_digits(to, year, digits, '-');
	to = put_digits(to, month, 2, '-');
	to = put_digits(to, day, 2, 'T');
	to = put_digits(to, s / 3600, 2, ':');
	to = put_digits(to, s / 60 % 60, 2, ':');
	to = put_digits(to, s % 60, 2, more ? '.' : 'Z');
	if (more)
		to = put_digits(to, rest, 3, 'Z');
	*to = '\0';
	return buf;
}

int64_t rq_days_of(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool digits(const char **p, int n, int *out)
{
	int v = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	return true;
}

static bool zone(const char **p, int *minutes)
{
	int sign, h, m;

	*minutes = 0;
	if (**p == 'Z' || **p == 'z') {
		(*p)++;
		return true;
	}
	if (**p != '+' && **p != '-')
		return false;
	sign = *(*p)++ == '-' ? -1 : 1;
	if (!digits(p, 2, &h) || *(*p)++ != ':' || !digits(p, 2, &m))
		return false;
	*minutes = sign * (h * 60 + m);
	return h < 24 && m < 60;
}

static bool day_exists(int y, int m, int d)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] && (leap || m != 2 || d < 29);
}

/* ".0079999": at least one digit; those beyond milliseconds are dropped. */
static bool fraction_ms(const char **p, int *ms)
{
	const char *first = ++*p;
	int scale = 100;

	for (*ms = 0; **p >= '0' && **p <= '9'; (*p)++, scale /= 10)
		*ms += (**p - '0') * scale;
	return *p > first;
}

bool rq_time_parse(const char *s, int64_t *ms)
{
	int y, mo, d, h, mi, sec, offset, frac = 0;
	const char *p = s;

	if (!s || !digits(&p, 4, &y) || *p++ != '-' || !digits(&p, 2, &mo) || *p++ != '-' || !digits(&p, 2, &d))
		return false;
	if ((*p != 'T' && *p != 't' && *p != ' ') || !day_exists(y, mo, d))
		return false;
	p++;
	if (!digits(&p, 2, &h) || *p++ != ':' || !digits(&p, 2, &mi) || *p++ != ':' || !digits(&p, 2, &sec))
		return false;
	if (h > 23 || mi > 59 || sec > 60)
		return false;
	if (*p == '.' && !fraction_ms(&p, &frac))
		return false;
	if (!zone(&p, &offset) || *p)
		return false;
	*ms = ((rq_days_of(y, mo, d) * 24 + h) * 60 + mi - offset) * 60000 + (int64_t)sec * 1000 + frac;
	return true;
}

const char *rq_duration_text(int64_t ms, char buf[RQ_TIME_LEN])
{
	int64_t s = ms < 0 ? 0 : ms / 1000;

	if (ms < 10000)
		snprintf(buf, RQ_TIME_LEN, "%d.%ds", (int)s, ms < 0 ? 0 : (int)(ms % 1000 / 100));
	else if (s < 60)
		snprintf(buf, RQ_TIME_LEN, "%ds", (int)s);
	else if (s < 3600 && s % 60)
		snprintf(buf, RQ_TIME_LEN, "%dm%02ds", (int)(s / 60), (int)(s % 60));
	else if (s < 3600)
		snprintf(buf, RQ_TIME_LEN, "%dm", (int)(s / 60));
	else if (s < 86400)
		snprintf(buf, RQ_TIME_LEN, "%dh%02dm", (int)(s / 3600), (int)(s / 60 % 60));
	else
		snprintf(buf, RQ_TIME_LEN, "%lldd%02dh", (long long)(s / 86400), (int)(s / 3600 % 24));
	return buf;
}
