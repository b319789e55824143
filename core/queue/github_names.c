/* github_names.c - what a runner's files say by their names, and which job a worker's log is of. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/queue/github_livelog.h"

/* PATTERN: 'd' a digit, 'x' a hexadecimal digit, anything else is itself. */
static bool is_like(const char *s, size_t n, const char *pattern)
{
	size_t i;

	for (i = 0; pattern[i]; i++) {
		const char *digits = pattern[i] == 'd' ? "0123456789" : "0123456789abcdefABCDEF";

		if (i == n)
			return false;
		if (pattern[i] == 'd' || pattern[i] == 'x' ? !s[i] || !strchr(digits, s[i]) : s[i] != pattern[i])
			return false;
	}
	return true;
}

#define GUID "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

static void copy_guid(char out[RQ_GUID_LEN + 1], const char *s)
{
	size_t i;

	for (i = 0; i < RQ_GUID_LEN; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
	out[RQ_GUID_LEN] = '\0';
}

bool rq_page_name_parse(const char *name, struct rq_page_name *out)
{
	static const char pattern[] = GUID "_" GUID "_d";
	size_t n = strlen(name), number = sizeof pattern - 2, digits;

	if (!is_like(name, n, pattern))
		return false;
	digits = strspn(name + number, "0123456789");
	if (digits > 7 || name[number] == '0' || !rq_eq(name + number + digits, ".log"))
		return false;
	copy_guid(out->record, name + RQ_GUID_LEN + 1);
	for (out->n = 0; digits; digits--)
		out->n = out->n * 10 + name[number++] - '0';
	return true;
}

static int number(const char *s, size_t digits)
{
	int v = 0;

	while (digits--)
		v = v * 10 + *s++ - '0';
	return v;
}

bool rq_worker_name_parse(const char *name, int64_t *at)
{
	static const char pattern[] = "Worker_dddddddd-dddddd-utc.log";
	const char *d = name + 7, *t = name + 16;
	size_t n = strlen(name);

	if (n != sizeof pattern - 1 || !is_like(name, n, pattern))
		return false;
	if (number(d + 4, 2) < 1 || number(d + 4, 2) > 12)
		return false;
	*at = rq_days_of(number(d, 4), number(d + 4, 2), number(d + 6, 2)) * INT64_C(86400000) +
	      (number(t, 2) * INT64_C(3600) + number(t + 2, 2) * INT64_C(60) + number(t + 4, 2)) * 1000;
	return true;
}

/* "[2026-01-01 00:00:00Z INFO JobRunner] Job ID GUID": the worker says it of itself. What comes from the job stands
 * inside of a line there, never at the start of one. */
bool rq_worker_job_id(const char *s, size_t n, bool line_start, char id[RQ_GUID_LEN + 1])
{
	static const char pattern[] = "[dddd-dd-dd dd:dd:ddZ INFO JobRunner] Job ID " GUID;
	const char *end = s + n, *p = s;

	while (p < end) {
		const char *next = memchr(p, '\n', (size_t)(end - p));

		if ((line_start || p != s) && is_like(p, (size_t)(end - p), pattern)) {
			copy_guid(id, p + sizeof pattern - 1 - RQ_GUID_LEN);
			return true;
		}
		if (!next)
			return false;
		p = next + 1;
	}
	return false;
}

static int64_t apart(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* A worker is started within seconds of what the API calls the start of its job, but the clocks of GitHub and of the
 * runner's host need not agree. */
bool rq_worker_fits(int64_t at, int64_t job, int64_t best)
{
	enum { BEFORE_MS = 120000, AFTER_MS = 300000 };

	if (!job)
		return at > best;
	if (at < job - BEFORE_MS || at > job + AFTER_MS)
		return false;
	return !best || apart(at, job) < apart(best, job);
}
