/* window.c - the times at which a route is open. */
#include "core/policy/window.h"

#include "core/base/str.h"
#include "core/policy/words.h"

enum { DAYS_AHEAD = 15 };

static bool on(const struct rq_window *w, int weekday)
{
	return (w->days >> ((weekday + 7) % 7)) & 1u;
}

static bool inside(const struct rq_window *w, const struct rq_local_time *l)
{
	if (w->from <= w->to)
		return on(w, l->weekday) && l->minute >= w->from && l->minute < w->to;
	/* Over midnight: the evening of its day, or the morning after. */
	return (on(w, l->weekday) && l->minute >= w->from) || (on(w, l->weekday - 1) && l->minute < w->to);
}

bool rq_window_open(const struct rq_window *v, size_t n, const struct rq_zone *z, int64_t at)
{
	struct rq_local_time l = rq_zone_local(z, at);
	size_t i;

	for (i = 0; i < n; i++)
		if (inside(&v[i], &l))
			return true;
	return false;
}

struct search {
	const struct rq_window *v;
	size_t n;
	const struct rq_zone *z;
	int64_t after, found;
};

static void consider(struct search *s, int64_t at)
{
	if (at > s->after && (!s->found || at < s->found) && rq_window_open(s->v, s->n, s->z, at))
		s->found = at;
}

int64_t rq_window_next(const struct rq_window *v, size_t n, const struct rq_zone *z, int64_t at)
{
	struct search s = { v, n, z, at, 0 };
	int64_t day = at - 86400000, end = at + DAYS_AHEAD * INT64_C(86400000), change;
	size_t i;

	/* One opens at its first minute, or at midnight inside it, or where the clock is changed. */
	for (; day <= end && (!s.found || day <= s.found); day += 43200000) {
		struct rq_local_time l = rq_zone_local(z, day);

		for (i = 0; i < n; i++) {
			consider(&s, rq_zone_moment(z, l.year, l.month, l.day, v[i].from, 0));
			consider(&s, rq_zone_moment(z, l.year, l.month, l.day, v[i].from, 1));
		}
		consider(&s, rq_zone_moment(z, l.year, l.month, l.day, 0, 0));
	}
	for (change = rq_zone_next_change(z, at); change <= end; change = rq_zone_next_change(z, change))
		consider(&s, change);
	return s.found;
}

static void add_days(unsigned days, struct rq_str *b)
{
	int i, k;
	bool any = false;

	if ((days & 127) == 127)
		return;
	for (i = 0; i < 7; i = k + 1) {
		k = i;
		if (!((days >> i) & 1))
			continue;
		while (k < 6 && ((days >> (k + 1)) & 1))
			k++;
		rq_str_addf(b, "%s%s%s%s", any ? "," : "", rq_weekdays[i], k > i ? "-" : "", k > i ? rq_weekdays[k] : "");
		any = true;
	}
	rq_str_addc(b, ' ');
}

const char *rq_window_text(struct rq_arena *a, const struct rq_window *v, size_t n)
{
	struct rq_str b;
	const char *s;
	size_t i;

	rq_str_init(&b, 400);
	for (i = 0; i < n; i++) {
		if (i)
			rq_str_add(&b, ", ");
		add_days(v[i].days, &b);
		rq_str_addf(&b, "%02d:%02d-%02d:%02d", v[i].from / 60, v[i].from % 60, v[i].to / 60, v[i].to % 60);
	}
	s = rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return s;
}
