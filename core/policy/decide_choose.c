/* decide_choose.c - the outcome: the tier, the best of it, or what the job waits for. */
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/policy/eval.h"

static const struct rq_pos nowhere = { 0, 0 };

static bool is(const struct rq_reason *r, const char *code)
{
	return strcmp(r->code, code) == 0;
}

static bool has_class(const struct rq_candidate *c, char cls)
{
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		if (c->reasons[i].cls == cls)
			return true;
	return false;
}

/* One more reason for a candidate that has been judged. */
static void append(struct rq_eval *e, struct rq_candidate *c, const char *code, char cls, const char *want, const char *got,
		   struct rq_pos at)
{
	struct rq_reason *v = rq_arena_alloc(e->a, (c->n_reasons + 1) * sizeof *v);

	memcpy(v, c->reasons, c->n_reasons * sizeof *v);
	v[c->n_reasons++] = (struct rq_reason){ code, cls, "", "", want, got, rq_eval_src(e, at) };
	c->reasons = v;
	if (cls != 'I')
		c->pass = false;
}

static void wait_until(struct rq_eval *e, int64_t at)
{
	if (at > e->now && (!e->d->wait_until || at < e->d->wait_until))
		e->d->wait_until = at;
}

/* --- tiers -------------------------------------------------------------------------------- */

static enum rq_tier lowest_tier(const struct rq_eval *e)
{
	enum rq_tier t = RQ_TIER_NONE;
	size_t i;

	for (i = 0; i < e->n_picks; i++)
		if (e->d->candidates[i].pass && e->picks[i].tier < t)
			t = e->picks[i].tier;
	return t;
}

/* Until the preferred ones have had their time. The operator who names a runner does not wait for others. */
static void hold_fallback(struct rq_eval *e)
{
	const struct rq_num *own = e->route ? &e->route->fallback_after_ms : NULL;
	int64_t after = own && own->set ? own->v : e->p->fallback_after_ms;
	int64_t from = e->f->created_at ? e->f->created_at : e->now;
	char when[RQ_TIME_LEN];
	const char *text;
	size_t i;

	if (!e->route || !e->route->prefer.n || *e->f->target || after <= 0 || e->now - from >= after)
		return;
	text = rq_join(e->a, "until ", rq_time_rfc3339(from + after, false, when), "");
	for (i = 0; i < e->n_picks; i++)
		if (e->d->candidates[i].pass && e->picks[i].tier == RQ_TIER_FALLBACK)
			append(e, &e->d->candidates[i], "FALLBACK_HOLD", 'T', "", text, own->set ? own->at : nowhere);
	wait_until(e, from + after);
}

/* --- what it takes ------------------------------------------------------------------------ */

enum { NO_LIMIT = 1000000000 };

static void hold(struct rq_decision *d, const char *key, int64_t limit)
{
	d->holds[d->n_holds++] = (struct rq_hold){ .key = key, .limit = limit, .amount = 1 };
}

static void spend(struct rq_decision *d, const struct rq_purse *b, int64_t amount, int64_t rate)
{
	if (b->set && rate)
		d->holds[d->n_holds++] = (struct rq_hold){ b->key, b->limit, amount, rate, true };
}

/* The jobs of a route on a runner are counted even where nothing limits them yet: for `spread`, and for the day on which
 * the policy begins to. */
static void take_holds(struct rq_eval *e, const struct rq_pick *p)
{
	int64_t seconds, usd, minutes, usd_rate, minute_rate;
	struct rq_decision *d = e->d;

	d->holds = rq_arena_alloc(e->a, 5 * sizeof *d->holds);
	hold(d, rq_eval_key(e, "runner:", p->name, "", ""), rq_pick_places(p));
	hold(d, rq_route_key(e, p), e->max_concurrent.set ? e->max_concurrent.v : NO_LIMIT);
	if (!e->route)
		return;
	if (e->route->concurrency.group)
		hold(d, rq_eval_key(e, "group:", e->route->concurrency.group, "", ""), rq_group_limit(e));
	rq_pick_cost(e, p->d, &seconds, &usd, &minutes, &usd_rate, &minute_rate);
	spend(d, &e->usd, usd, usd_rate);
	spend(d, &e->minutes, minutes, minute_rate);
}

/* --- the best ----------------------------------------------------------------------------- */

/* Less than 0: candidate I comes before K. *by: what decided. */
static int compare(const struct rq_eval *e, size_t i, size_t k, const char **by)
{
	const struct rq_candidate *a = &e->d->candidates[i], *b = &e->d->candidates[k];
	int x = rq_pick_taken(&e->picks[i]), y = rq_pick_taken(&e->picks[k]);

	*by = "TIE_BREAK_SCORE";
	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	*by = "TIE_BREAK_POSITION";
	if (a->pos != b->pos)
		return a->pos < b->pos ? -1 : 1;
	*by = "TIE_BREAK_LOAD";
	if (x != y)
		return x < y ? -1 : 1;
	*by = "TIE_BREAK_NAME";
	return strcmp(a->name, b->name);
}

static const char *rank_text(struct rq_eval *e, size_t i, const char *by)
{
	const struct rq_candidate *c = &e->d->candidates[i];

	if (strcmp(by, "TIE_BREAK_SCORE") == 0)
		return rq_arena_fmt(e->a, "%s %lld", c->name, (long long)c->total);
	if (strcmp(by, "TIE_BREAK_POSITION") == 0)
		return rq_arena_fmt(e->a, "%s at %d", c->name, c->pos);
	if (strcmp(by, "TIE_BREAK_LOAD") == 0)
		return rq_arena_fmt(e->a, "%s with %d", c->name, rq_pick_taken(&e->picks[i]));
	return c->name;
}

/* The best of the tier; and what put it before the second. */
static size_t best_of(struct rq_eval *e, enum rq_tier tier)
{
	size_t best = e->n_picks, second = e->n_picks, i;
	const char *by;

	for (i = 0; i < e->n_picks; i++) {
		if (!e->d->candidates[i].pass)
			continue;
		rq_eval_score(e, &e->picks[i], &e->d->candidates[i]);
		if (e->picks[i].tier != tier)
			continue;
		if (best == e->n_picks || compare(e, i, best, &by) < 0) {
			second = best;
			best = i;
		} else if (second == e->n_picks || compare(e, i, second, &by) < 0) {
			second = i;
		}
	}
	if (second == e->n_picks)
		return best;
	compare(e, best, second, &by);
	append(e, &e->d->candidates[best], by, 'I', "",
	       rq_join(e->a, rank_text(e, best, by), " before ", rank_text(e, second, by)), nowhere);
	return best;
}

static void place(struct rq_eval *e, enum rq_tier tier)
{
	static const char *const why[] = { "PREFERRED", "FALLBACK_USED", "PREFERRED", "TARGET_ASKED" };
	size_t i = best_of(e, tier);
	struct rq_candidate *c = &e->d->candidates[i];
	const char *workflow = e->route ? rq_workflow_of(e->route, c->name) : NULL;
	struct rq_decision *d = e->d;
	int64_t minutes, rate, minute_rate;

	append(e, c, why[tier], 'I', "", "", e->picks[i].at);
	d->outcome = RQ_OUTCOME_PLACED;
	d->target = c->name;
	d->tier = c->tier;
	d->reason = why[tier];
	d->wait_until = 0;
	d->workflow = workflow ? rq_arena_str(e->a, workflow) : "";
	d->timeout_ms = e->timeout_ms.set ? e->timeout_ms.v : 0;
	if (e->route)
		d->retry = e->route->retry;
	rq_pick_cost(e, e->picks[i].d, &d->estimate.seconds, &d->estimate.usd_nano, &minutes, &rate, &minute_rate);
	d->estimate.github_minutes = minutes / 1000000000 + (minutes % 1000000000 > 0);
	if (d->estimate.seconds >= 0)
		d->estimate.basis = e->picks[i].d && e->picks[i].d->speed_percent.set ? "duration_s / speed" : "duration_s";
	take_holds(e, &e->picks[i]);
}

/* --- none --------------------------------------------------------------------------------- */

/* How much would have to change: the operator's wish, what is permanent, then a machine that is not there, then what
 * passes by itself; what is only held back lacks nothing. */
static int weight(const struct rq_reason *r)
{
	switch (r->cls) {
	case 'P': return is(r, "NOT_THE_TARGET") || is(r, "NOT_IN_ROUTE") ? 20000 : 10000;
	case 'E': return 5000;
	case 'T': break;
	default: return 0;
	}
	if (is(r, "RUNNER_OFFLINE") || is(r, "RUNNER_STALE"))
		return 100;
	return is(r, "RUNNER_PAUSED") ? 50 : !is(r, "FALLBACK_HOLD");
}

static int distance(const struct rq_candidate *c)
{
	int d = 0;
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		d += weight(&c->reasons[i]);
	return d;
}

static bool is_candidate(const struct rq_eval *e, size_t i)
{
	return e->picks[i].tier != RQ_TIER_NONE || !e->route;
}

static const struct rq_candidate *nearest(const struct rq_eval *e)
{
	const struct rq_candidate *best = NULL;
	int least = 0, d;
	size_t i;

	for (i = 0; i < e->n_picks; i++) {
		if (!is_candidate(e, i))
			continue;
		d = distance(&e->d->candidates[i]);
		if (!best || d < least) {
			best = &e->d->candidates[i];
			least = d;
		}
	}
	return best;
}

static enum rq_outcome outcome(const struct rq_eval *e)
{
	bool any = false, temporary = false;
	size_t i;

	for (i = 0; i < e->n_picks; i++) {
		const struct rq_candidate *c = &e->d->candidates[i];

		if (!is_candidate(e, i) || has_class(c, 'P'))
			continue;
		any = true;
		temporary = temporary || !has_class(c, 'E');
	}
	/* A job that needs no more than labels waits for the first runner, as without a policy. */
	temporary = temporary || (!e->n_picks && !e->route && !e->denied && rq_ieq(e->f->type, "command"));
	return temporary ? RQ_OUTCOME_WAIT : any ? RQ_OUTCOME_ERROR : RQ_OUTCOME_REJECTED;
}

static bool is_budget(const struct rq_reason *r)
{
	return is(r, "BUDGET_USD_EXHAUSTED") || is(r, "BUDGET_MINUTES_EXHAUSTED");
}

static bool is_group(const struct rq_reason *r)
{
	return is(r, "GROUP_CONCURRENCY");
}

/* The first reason of a candidate that nothing else keeps. */
static const char *only(const struct rq_eval *e, bool (*which)(const struct rq_reason *))
{
	size_t i, k;

	for (i = 0; i < e->n_picks; i++) {
		const struct rq_candidate *c = &e->d->candidates[i];
		const char *code = NULL;

		for (k = 0; is_candidate(e, i) && k < c->n_reasons; k++) {
			if (c->reasons[k].cls == 'I')
				continue;
			if (!which(&c->reasons[k]))
				break;
			code = c->reasons[k].code;
		}
		if (k == c->n_reasons && code)
			return code;
	}
	return NULL;
}

/* on_exceed: reject and on_full: reject are about the job that would otherwise begin now. */
static const char *refusal(const struct rq_eval *e)
{
	const char *code = NULL;

	if (!e->route)
		return NULL;
	if (e->route->budget.set && e->route->budget.on_exceed == RQ_ON_EXCEED_REJECT)
		code = only(e, is_budget);
	if (!code && e->group_full && e->route->concurrency.on_full == RQ_ON_FULL_REJECT)
		code = only(e, is_group);
	return code;
}

static const char *first_of(const struct rq_candidate *c, char cls)
{
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		if (c->reasons[i].cls == cls)
			return c->reasons[i].code;
	return NULL;
}

/* --- what would wake it ------------------------------------------------------------------- */

struct events {
	struct rq_eval *e;
	const char **v;         /* rq_alloc'ed */
	size_t n, cap;
};

static void event(struct events *x, const char *text)
{
	RQ_GROW(x->v, x->n, &x->cap);
	x->v[x->n++] = text;
}

static const struct {
	const char *code, *what;
} runner_events[] = {
	{ "RUNNER_OFFLINE", ".online" }, { "RUNNER_STALE", ".online" }, { "RUNNER_PAUSED", ".undrained" },
	{ "RUNNER_FULL", ".free" }, { "RUNNER_HOT", ".cool" }, { "RUNNER_LOADED", ".idle" }, { "DISK_LOW", ".disk" },
};

static void wake_by(struct events *x, const struct rq_pick *p, const struct rq_reason *r)
{
	struct rq_eval *e = x->e;
	size_t i;

	for (i = 0; i < sizeof runner_events / sizeof *runner_events; i++) {
		if (is(r, runner_events[i].code)) {
			event(x, rq_join(e->a, "runner:", p->name, runner_events[i].what));
			return;
		}
	}
	if (is(r, "ROUTE_CONCURRENCY"))
		event(x, rq_route_key(e, p));
	else if (is(r, "GROUP_CONCURRENCY"))
		event(x, rq_eval_key(e, "group:", e->route->concurrency.group, "", ""));
	else if (is_budget(r))
		event(x, rq_eval_key(e, "budget:", e->route->name, "", ""));
	else if (is(r, "DEPENDENCY_PENDING") || is(r, "DELAYED") || is(r, "RETRY_BACKOFF"))
		event(x, "job:ready");
	if (is_budget(r)) {
		wait_until(e, e->usd.set ? e->usd.ends : 0);
		wait_until(e, e->minutes.set ? e->minutes.ends : 0);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The temporary reasons of those that nothing permanent excludes; and a runner that comes may be another candidate. */
static void collect_wake_on(struct rq_eval *e)
{
	struct events x = { .e = e };
	struct rq_decision *d = e->d;
	size_t i, k;

	for (i = 0; i < e->n_picks; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		if (!is_candidate(e, i) || has_class(c, 'P'))
			continue;
		for (k = 0; k < c->n_reasons; k++)
			if (c->reasons[k].cls == 'T')
				wake_by(&x, &e->picks[i], &c->reasons[k]);
	}
	event(&x, "runner:*.registered");
	qsort(x.v, x.n, sizeof *x.v, by_text);
	d->wake_on = rq_arena_alloc(e->a, x.n * sizeof *d->wake_on);
	for (i = 0; i < x.n; i++)
		if (!i || strcmp(x.v[i], x.v[i - 1]) != 0)
			d->wake_on[d->n_wake_on++] = x.v[i];
	rq_free(x.v);
}

static void refuse_or_wait(struct rq_eval *e)
{
	struct rq_decision *d = e->d;
	const struct rq_candidate *c = nearest(e);
	const char *code = NULL, *refused;

	d->outcome = outcome(e);
	if (d->outcome == RQ_OUTCOME_WAIT && (refused = refusal(e))) {
		d->outcome = RQ_OUTCOME_REJECTED;
		code = refused;
	}
	if (e->denied)
		code = "DENIED_BY_RULE";
	else if (!e->route && !rq_ieq(e->f->type, "command"))
		code = "UNKNOWN_JOB_TYPE";
	if (!code && c)
		code = first_of(c, d->outcome == RQ_OUTCOME_WAIT ? 'T' : d->outcome == RQ_OUTCOME_ERROR ? 'E' : 'P');
	d->reason = code ? code : "NO_CANDIDATES";
	if (c && code)
		d->nearest = rq_join(e->a, c->name, ": ", code);
	if (d->outcome != RQ_OUTCOME_WAIT) {
		d->wait_until = 0;
		return;
	}
	wait_until(e, rq_eval_rules_change(e));
	d->replace_pending = e->group_full && e->route->concurrency.on_full == RQ_ON_FULL_REPLACE;
	collect_wake_on(e);
}

void rq_eval_choose(struct rq_eval *e)
{
	enum rq_tier tier = lowest_tier(e);

	if (tier == RQ_TIER_FALLBACK) {
		hold_fallback(e);
		tier = lowest_tier(e);
	}
	if (tier != RQ_TIER_NONE && !e->denied)
		place(e, tier);
	else
		refuse_or_wait(e);
}
