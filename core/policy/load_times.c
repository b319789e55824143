/* load_times.c - windows, budgets with their periods, and the time zone. */
#include "core/policy/load.h"

#include <string.h>
#include "core/base/decimal.h"
#include "core/base/str.h"

/* --- windows ------------------------------------------------------------------------------ */

/* 0 Monday; -1: S is no day. */
static int day_of(const char *s, size_t n)
{
	for (int i = 0; i < 7; i++) {
		char word[4] = "";

		if (n != 3)
			break;
		memcpy(word, s, 3);
		if (rq_ieq(word, rq_weekdays[i]))
			return i;
	}
	return -1;
}

/* "wed", or "fri-mon" */
static bool days_of(const char *s, unsigned *bits)
{
	const char *dash = strchr(s, '-');
	int from = day_of(s, dash ? (size_t)(dash - s) : strlen(s)), to = dash ? day_of(dash + 1, strlen(dash + 1)) : from;

	if (from < 0 || to < 0)
		return false;
	for (;; from = (from + 1) % 7) {
		*bits |= 1u << from;
		if (from == to)
			return true;
	}
}

static void one_days(struct load *l, const struct rq_yaml *y, unsigned *bits)
{
	char three[4] = "";

	if (!load_string(l, y, "days, as mon-fri or [mon, wed]") || days_of(y->text, bits))
		return;
	rq_copy(three, sizeof three, y->text);
	load_say(l, y, "P031", "%s: '%.40s' is no day nor days; mon, mon-fri and [mon, wed] are%s", load_path(l), y->text,
		 load_hint(l, day_of(three, 3) >= 0 && !strchr(y->text, '-') ? rq_weekdays[day_of(three, 3)] : NULL));
}

#define W(field) offsetof(struct rq_window, field)

static LOAD_READER(window_days)
{
	struct rq_window *w = into;

	(void)k;
	(void)key;
	w->days = 0;
	if (y->kind != RQ_YAML_SEQ) {
		one_days(l, y, &w->days);
		return;
	}
	if (!y->n)
		load_say(l, y, "P031", "%s has no day", load_path(l));
	for (size_t i = 0; i < y->n; i++)
		one_days(l, y->items[i], &w->days);
}

static bool two_digits(const char *s, int max, int *out)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*out = (s[0] - '0') * 10 + (s[1] - '0');
	return *out <= max;
}

/* "06:00" to "23:59", and where K says so "24:00". */
static LOAD_READER(time_of_day)
{
	int hour, minute, last = (int)k->max;

	(void)key;
	if (!load_string(l, y, "a time, as \"22:00\""))
		return;
	if (strlen(y->text) == 5 && y->text[2] == ':' && two_digits(y->text, 24, &hour) &&
	    two_digits(y->text + 3, 59, &minute) && hour * 60 + minute <= last)
		*(int *)(void *)((char *)into + k->at) = hour * 60 + minute;
	else
		load_say(l, y, "P030", "%s: '%.40s' is no time from \"00:00\" to \"%02d:%02d\"", load_path(l), y->text,
			 last / 60, last % 60);
}

const struct load_key load_window_keys[] = {
	{ "days", window_days, .help = "mon-fri, wed, or a list of those; every day" },
	{ "from", time_of_day, W(from), .max = 24 * 60 - 1, .required = true, .help = "its first minute" },
	{ "to", time_of_day, W(to), .max = 24 * 60, .required = true,
	  .help = "the minute after its last; before `from`: of the next day" },
	{ 0 },
};

LOAD_READER(load_windows)
{
	struct rq_route *r = into;

	if (!load_is_list(l, y))
		return;
	r->windows_at = load_pos(key);
	r->windows = rq_arena_alloc(&l->p->arena, y->n * sizeof *r->windows);
	for (size_t i = 0; i < y->n; i++) {
		struct rq_window *w = &r->windows[r->n_windows++];

		w->days = 0x7f;
		w->to = 24 * 60;
		w->at = load_pos(y->items[i]);
		load_map(l, k->map, y->items[i], w);
	}
}

/* --- budgets ------------------------------------------------------------------------------ */

#define B(field) offsetof(struct rq_budget, field)

/* "2000/month", "5.00/day" */
static bool amount(struct load *l, const struct load_key *k, const struct rq_yaml *y, int64_t *v, enum rq_period *period)
{
	enum rq_decimal_error rc;
	const char *end;

	if (!load_string(l, y, "an amount and its period, as 2000/month"))
		return false;
	rc = rq_decimal(y->text, k->places, v, &end);
	if (rc == RQ_DECIMAL_JUNK || *y->text == '-' || (*end && *end != '/'))
		load_say(l, y, "P032", "%s: '%.40s' is no amount with a period; 2000/month is", load_path(l), y->text);
	else if (rc == RQ_DECIMAL_FINE)
		load_say(l, y, "P034", "%s takes at most %d digits behind the point", load_path(l), k->places);
	else if (rc == RQ_DECIMAL_LARGE)
		load_say(l, y, "P015", "%s: the number is too large", load_path(l));
	else if (strcmp(end, "/month") != 0 && strcmp(end, "/day") != 0)
		load_say(l, y, "P032", "%s: an amount has a period: write %.*s/month, or /day", load_path(l),
			 (int)(end - y->text), y->text);
	else
		*period = end[1] == 'm' ? RQ_PERIOD_MONTH : RQ_PERIOD_DAY;
	return *period != RQ_PERIOD_NONE;
}

static LOAD_READER(budget_minutes)
{
	struct rq_budget *b = into;
	enum rq_period period = RQ_PERIOD_NONE;
	int64_t v = 0;

	if (!amount(l, k, y, &v, &period))
		return;
	b->minutes = (struct rq_num){ true, v, load_pos(key), load_pos(y) };
	b->minutes_period = period;
}

static LOAD_READER(budget_usd)
{
	struct rq_budget *b = into;
	enum rq_period period = RQ_PERIOD_NONE;
	int64_t v = 0;

	if (!amount(l, k, y, &v, &period))
		return;
	b->usd = (struct rq_num){ true, v, load_pos(key), load_pos(y) };
	b->usd_period = period;
}

const struct load_key load_budget_keys[] = {
	{ "github_minutes", budget_minutes, .help = "N/month or N/day: minutes of GitHub's own runners" },
	{ "usd", budget_usd, .places = 9, .help = "N/month or N/day: dollars" },
	{ "per_job_usd", load_num, B(per_job_usd), .places = 9, .max = 1000000, .help = "dollars for one job" },
	{ "on_exceed", load_enum, B(on_exceed), .choices = rq_on_exceed_words,
	  .help = "queue, fallback or reject: what happens when it is spent" },
	{ 0 },
};

LOAD_READER(load_budget)
{
	struct rq_route *r = into;

	r->budget.set = true;
	r->budget.at = load_pos(key);
	load_map(l, k->map, y, &r->budget);
}

/* --- the zone ----------------------------------------------------------------------------- */

LOAD_READER(load_timezone)
{
	struct rq_policy *p = into;

	(void)k;
	(void)key;
	if (!load_string(l, y, "the name of a time zone, as Europe/Berlin"))
		return;
	if (rq_zone_new(y->text, &p->zone, NULL) == RQ_OK)
		p->timezone = load_copy(l, y->text);
	else
		load_say(l, y, "P035", "there is no time zone '%.64s'; names look like Europe/Berlin, and UTC", y->text);
}
