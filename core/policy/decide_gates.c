/* decide_gates.c - what is the same for every candidate: denial, the job's size, dependencies, delay, windows, the group,
 * and what is left in the budgets. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/policy/eval.h"
#include "core/policy/window.h"

static const struct rq_pos nowhere = { 0, 0 };

static const char *time_text(struct rq_eval *e, const char *before, int64_t at)
{
	char text[RQ_TIME_LEN];

	return rq_join(e->a, before, rq_time_rfc3339(at, false, text), "");
}

/* Decide again then at the latest: at the first of the moments that could change something. */
static void wait_until(struct rq_eval *e, int64_t at)
{
	if (at > e->now && (!e->d->wait_until || at < e->d->wait_until))
		e->d->wait_until = at;
}

/* --- what the job is ---------------------------------------------------------------------- */

static void denial(struct rq_eval *e)
{
	if (!e->denied)
		return;
	rq_eval_common(e, "DENIED_BY_RULE", 'P', "", "", "", rq_join(e->a, e->denied->name, ": ", e->denied->deny),
		       e->denied->at);
	if (e->deny_limit)
		rq_eval_common(e, "REGEX_LIMIT", 'E', "", "regex", "", "", e->denied->at);
}

static const char *nearest_route(const struct rq_eval *e)
{
	int limit = (int)strlen(e->f->type) / 3 + 1;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < e->p->n_routes; i++) {
		int d = rq_distance(e->f->type, e->p->routes[i].name, limit);

		if (d <= limit && d < (int)strlen(e->f->type) && (!found || d < limit)) {
			found = e->p->routes[i].name;
			limit = d;
		}
	}
	return found;
}

static void unknown_type(struct rq_eval *e)
{
	const char *near = nearest_route(e);

	rq_eval_common(e, "UNKNOWN_JOB_TYPE", 'P', "type", "", "",
		       near ? rq_join(e->a, e->d->type, ", nearest: ", near) : e->d->type, nowhere);
}

/* A number that a constraint needs. false: there is none to compare with. */
static bool number(struct rq_eval *e, enum rq_fact fact, struct rq_pos at, int64_t *micro)
{
	const struct rq_value *v = &e->values.v[fact];
	const char *name = rq_fact_name(fact);

	*micro = v->micro;
	if (v->known && v->number && v->micro >= 0)
		return true;
	if (v->known)
		rq_eval_common(e, "FACT_TYPE", 'E', name, "", "a number", rq_arena_str(e->a, v->text), at);
	else if (e->p->unknown_fact == RQ_UNKNOWN_ASSUME_ZERO)
		rq_eval_common(e, "FACT_ASSUMED", 'I', name, "", "", rq_join(e->a, name, " counts as 0", ""), at);
	else
		rq_eval_common(e, "FACT_MISSING", e->p->unknown_fact == RQ_UNKNOWN_WAIT ? 'T' : 'E', name, "",
			       rq_join(e->a, name, "", ""), "", at);
	return false;
}

/* "512", "0.5" */
static const char *micro_text(struct rq_eval *e, int64_t micro, const char *unit)
{
	char digits[8] = "";
	int64_t rest = micro % 1000000;
	int i;

	if (!rest)
		return rq_arena_fmt(e->a, "%lld%s", (long long)(micro / 1000000), unit);
	for (i = 5; i >= 0; i--, rest /= 10)
		digits[i] = (char)('0' + rest % 10);
	for (i = 5; digits[i] == '0'; i--)
		digits[i] = '\0';
	return rq_arena_fmt(e->a, "%lld.%s%s", (long long)(micro / 1000000), digits, unit);
}

/* A MB is a million bytes, so millionths of a MB are bytes. */
static void size(struct rq_eval *e)
{
	const struct rq_num *max = &e->route->c.max_size;
	int64_t bytes;

	if (max->set && number(e, RQ_FACT_SIZE_MB, max->at, &bytes) && bytes > max->v)
		rq_eval_common(e, "SIZE_EXCEEDED", 'P', "size_mb", "le", micro_text(e, max->v, " MB"),
			       micro_text(e, bytes, " MB"), max->at);
}

static void duration(struct rq_eval *e)
{
	const struct rq_num *max = &e->route->c.max_duration_ms;
	const struct rq_value *v = &e->values.v[RQ_FACT_DURATION_S];
	int64_t micro;

	if (v->known && v->number && v->micro >= 0)
		e->seconds_at_100 = v->micro / 1000 + (v->micro % 1000 > 0);
	if (max->set && number(e, RQ_FACT_DURATION_S, max->at, &micro) && micro / 1000 + (micro % 1000 > 0) > max->v)
		rq_eval_common(e, "DURATION_EXCEEDED", 'P', "duration_s", "le", micro_text(e, max->v * 1000, " s"),
			       micro_text(e, micro, " s"), max->at);
}

/* --- what it waits for -------------------------------------------------------------------- */

static void dependencies(struct rq_eval *e)
{
	if (e->f->blocked)
		rq_eval_common(e, "DEPENDENCY_PENDING", 'T', "", "", "", "jobs that it waits for", nowhere);
	if (e->f->run_at <= e->now)
		return;
	rq_eval_common(e, e->f->retrying ? "RETRY_BACKOFF" : "DELAYED", 'T', "", "", "",
		       time_text(e, "until ", e->f->run_at), nowhere);
	wait_until(e, e->f->run_at);
}

static void windows(struct rq_eval *e)
{
	const struct rq_route *r = e->route;
	const char *opens = "";
	int64_t next;

	if (!r->n_windows || rq_window_open(r->windows, r->n_windows, e->p->zone, e->now))
		return;
	next = rq_window_next(r->windows, r->n_windows, e->p->zone, e->now);
	if (next)
		opens = time_text(e, "opens ", next);
	rq_eval_common(e, "OUTSIDE_WINDOW", 'T', "now", "in", rq_window_text(e->a, r->windows, r->n_windows), opens,
		       r->windows_at);
	wait_until(e, next);
}

int64_t rq_group_limit(const struct rq_eval *e)
{
	const struct rq_group *g = rq_policy_group(e->p, e->route->concurrency.group);
	const struct rq_num *own = &e->route->concurrency.limit;

	if (own->set && g)
		return own->v < g->limit ? own->v : g->limit;
	return own->set ? own->v : g ? g->limit : 1;
}

static void group(struct rq_eval *e)
{
	const char *name = e->route->concurrency.group, *key;
	int64_t limit, n;

	if (!name)
		return;
	key = rq_eval_key(e, "group:", name, "", "");
	limit = rq_group_limit(e);
	n = rq_fleet_count(e->fleet, key);
	e->d->group = rq_arena_str(e->a, name);
	e->group_full = n >= limit;
	if (e->group_full)
		rq_eval_common(e, "GROUP_CONCURRENCY", 'T', key, "lt", "",
			       rq_arena_fmt(e->a, "%s: %lld running, limit %lld", name, (long long)n, (long long)limit),
			       e->route->concurrency.at);
}

/* --- budgets ------------------------------------------------------------------------------ */

/* "2026-11" or "2026-11-21", and when it is over. */
static const char *period(struct rq_eval *e, enum rq_period p, int64_t *ends)
{
	struct rq_local_time l = rq_zone_local(NULL, e->now);
	bool day = p == RQ_PERIOD_DAY, last = l.month == 12;

	*ends = day ? rq_zone_moment(NULL, l.year, l.month, l.day, 1440, 0)
		    : rq_zone_moment(NULL, l.year + last, last ? 1 : l.month + 1, 1, 0, 0);
	if (day)
		return rq_arena_fmt(e->a, "%04d-%02d-%02d", l.year, l.month, l.day);
	return rq_arena_fmt(e->a, "%04d-%02d", l.year, l.month);
}

static bool in_list(const struct rq_names *list, const struct rq_declared *d)
{
	size_t i, k;

	for (i = 0; i < list->n; i++) {
		if (rq_ieq(list->v[i].s, d->name))
			return true;
		for (k = 0; k < d->labels.n; k++)
			if (rq_ieq(list->v[i].s, d->labels.v[k].s))
				return true;
	}
	return false;
}

static bool over(const struct rq_eval *e, const struct rq_purse *b, const struct rq_declared *d, bool minutes)
{
	int64_t s, usd, min, usd_rate, min_rate, cost;

	rq_pick_cost(e, d, &s, &usd, &min, &usd_rate, &min_rate);
	cost = minutes ? min : usd;
	if (!(minutes ? min_rate : usd_rate))
		return false;
	return b->used >= b->limit || cost > b->limit - b->used;
}

/* Where a runner that the policy itself names is over the budget, on_exceed may keep later tiers from being used. This
 * looks at declarations alone: who is online must not matter. */
static int blocked_after(const struct rq_eval *e, const struct rq_purse *b, bool minutes)
{
	int found = -1;
	size_t i;

	if (e->route->budget.on_exceed == RQ_ON_EXCEED_FALLBACK)
		return -1;
	for (i = 0; i < e->p->n_declared; i++) {
		const struct rq_declared *d = &e->p->declared[i];

		if (!over(e, b, d, minutes))
			continue;
		if (in_list(&e->route->prefer, d))
			return RQ_TIER_PREFER;
		if (in_list(&e->route->fallback, d))
			found = RQ_TIER_FALLBACK;
	}
	return found;
}

static void purse(struct rq_eval *e, struct rq_purse *b, const struct rq_num *limit, enum rq_period p, bool minutes)
{
	const char *name;

	if (!limit->set)
		return;
	name = period(e, p, &b->ends);
	b->set = true;
	b->limit = minutes ? rq_mul_div(limit->v, 1000000000, 1) : limit->v;
	b->key = rq_eval_key(e, minutes ? "minutes:" : "usd:", e->route->name, ":", name);
	b->code = minutes ? "BUDGET_MINUTES_EXHAUSTED" : "BUDGET_USD_EXHAUSTED";
	b->at = limit->at;
	b->used = rq_fleet_count(e->fleet, b->key);
	if (b->used < 0)
		b->used = 0;
	b->blocked_after = blocked_after(e, b, minutes);
}

void rq_eval_gates(struct rq_eval *e)
{
	denial(e);
	if (!e->route && !rq_ieq(e->f->type, "command"))
		unknown_type(e);
	if (e->route) {
		size(e);
		duration(e);
	}
	dependencies(e);
	if (!e->route)
		return;
	windows(e);
	group(e);
	purse(e, &e->usd, &e->route->budget.usd, e->route->budget.usd_period, false);
	purse(e, &e->minutes, &e->route->budget.minutes, e->route->budget.minutes_period, true);
}
