/* decide_rules.c - the rules: all that deny, then the others from the top; and the route that follows. */
#include <string.h>
#include "core/base/str.h"
#include "core/policy/eval.h"

static struct rq_rule_step *add_step(struct rq_eval *e, const struct rq_rule *r, const struct rq_when_result *w, bool fired)
{
	struct rq_rule_step *s = &e->d->steps[e->d->n_steps++];

	s->rule = rq_arena_str(e->a, r->name);
	s->src = rq_eval_src(e, r->at);
	s->result = w->result;
	s->fired = fired;
	s->text = rq_when_text(e->a, &e->values, w);
	return s;
}

/* Fails closed: what cannot be excluded is denied, unless the rule says otherwise; and a regular expression that
 * reached its limit always counts against the job. */
static void deny(struct rq_eval *e, const struct rq_rule *r)
{
	struct rq_when_result w = rq_when_eval(&e->values, r->when);
	bool fired = w.result == 'T' || (w.result == 'U' && (!r->skip_unknown || w.limit));

	add_step(e, r, &w, fired);
	if (!fired || e->denied)
		return;
	e->denied = r;
	e->deny_limit = w.limit;
}

static void tighten(struct rq_limit *l, const struct rq_num *n)
{
	if (n->set && (!l->set || n->v < l->v))
		*l = (struct rq_limit){ true, n->v, n->at };
}

static bool sets_something(const struct rq_rule *r)
{
	return r->privacy.set || r->per_job_usd.set || r->max_concurrent.set || r->timeout_ms.set || r->needs.n || r->forbid.n ||
	       r->labels.n;
}

/* A `set` only tightens, so that one that could not be evaluated in time applies; a `route` does not. */
static void apply(struct rq_eval *e, const struct rq_rule *r, const char **route)
{
	struct rq_when_result w = rq_when_eval(&e->values, r->when);
	bool fired = w.result == 'T', closed = w.result == 'U' && w.limit && sets_something(r);

	add_step(e, r, &w, fired || closed);
	if (fired && r->route && !*route)
		*route = r->route;
	if ((!fired && !closed) || !sets_something(r))
		return;
	e->sets[e->n_sets++] = r;
	tighten(&e->privacy, &r->privacy);
	tighten(&e->per_job_usd, &r->per_job_usd);
	tighten(&e->max_concurrent, &r->max_concurrent);
	tighten(&e->timeout_ms, &r->timeout_ms);
}

static void take_route(struct rq_eval *e, const char *by_rule)
{
	const char *name = by_rule ? by_rule : e->f->type;

	e->route = rq_policy_route(e->p, name);
	if (!e->route && e->p->on_no_match && !rq_ieq(e->f->type, "command")) {
		e->route = rq_policy_route(e->p, e->p->on_no_match);
		if (e->route)
			rq_eval_common(e, "COMPAT_DEFAULT", 'I', "type", "", "", e->d->type, (struct rq_pos){ 0, 0 });
	}
	if (!e->route)
		return;
	tighten(&e->privacy, &e->route->privacy);
	tighten(&e->per_job_usd, &e->route->budget.per_job_usd);
	tighten(&e->max_concurrent, &e->route->c.max_concurrent);
	tighten(&e->timeout_ms, &e->route->timeout_ms);
}

void rq_eval_rules(struct rq_eval *e)
{
	const char *route = NULL;
	size_t i;

	e->d->steps = rq_arena_alloc(e->a, e->p->n_rules * sizeof *e->d->steps);
	e->sets = rq_arena_alloc(e->a, e->p->n_rules * sizeof *e->sets);
	for (i = 0; i < e->p->n_rules; i++)
		if (e->p->rules[i].deny)
			deny(e, &e->p->rules[i]);
	for (i = 0; i < e->p->n_rules; i++)
		if (!e->p->rules[i].deny)
			apply(e, &e->p->rules[i], &route);
	take_route(e, route);
}

/* --- rules that read the clock ------------------------------------------------------------- */

/* What rules ask of the clock: at these full hours of the day their results may change. */
struct clock_use {
	uint32_t hours;
	bool weekdays;
};

static void add_hour(struct clock_use *u, int64_t hour)
{
	if (hour >= 0 && hour < 24)
		u->hours |= UINT32_C(1) << hour;
}

static bool reads_clock(const struct rq_when *w, struct clock_use *u)
{
	bool any = false;
	size_t i;

	if (!w)
		return false;
	for (i = 0; w->kind != RQ_WHEN_TEST && i < w->n; i++)
		any = reads_clock(&w->v[i], u) || any;
	if (w->kind != RQ_WHEN_TEST || (w->fact != RQ_FACT_HOUR && w->fact != RQ_FACT_WEEKDAY))
		return any;
	add_hour(u, 0);
	u->weekdays = u->weekdays || w->fact == RQ_FACT_WEEKDAY;
	for (i = 0; w->fact == RQ_FACT_HOUR && i < w->n_args; i++) {
		add_hour(u, w->args[i].micro / 1000000);
		add_hour(u, w->args[i].micro / 1000000 + 1);
	}
	return true;
}

static bool differs(const struct rq_values *now, const struct rq_values *then, const struct rq_rule *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rq_when_eval(now, v[i]->when).result != rq_when_eval(then, v[i]->when).result)
			return true;
	return false;
}

int64_t rq_eval_rules_change(const struct rq_eval *e)
{
	const struct rq_rule **v = rq_arena_alloc(e->a, e->p->n_rules * sizeof *v);
	struct rq_values then = e->values;
	struct clock_use u = { 0, false };
	struct rq_local_time l = rq_zone_local(e->p->zone, e->now);
	int64_t at = e->now - e->now % 60000;
	int hour = l.minute / 60, k, ahead;
	size_t i, n = 0;

	for (i = 0; i < e->p->n_rules; i++)
		if (reads_clock(e->p->rules[i].when, &u))
			v[n++] = &e->p->rules[i];
	/* What asks for no day of the week comes again each day. */
	ahead = !n ? 0 : u.weekdays ? 8 * 24 : 26;
	for (k = 0; k < ahead; k++) {
		at += (60 - l.minute % 60) * INT64_C(60000);
		l = rq_zone_local(e->p->zone, at);
		/* Where the clock is changed an hour may be left out. */
		if (!(u.hours >> (l.minute / 60) & 1) && l.minute / 60 == (hour + 1) % 24) {
			hour = l.minute / 60;
			continue;
		}
		hour = l.minute / 60;
		rq_values_clock(&then, &l);
		if (differs(&e->values, &then, v, n))
			return at;
	}
	return 0;
}
