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

enum { HOURS_AHEAD = 8 * 24 };

static bool reads_clock(const struct rq_when *w)
{
	size_t i;

	if (!w)
		return false;
	if (w->kind == RQ_WHEN_TEST)
		return w->fact == RQ_FACT_HOUR || w->fact == RQ_FACT_WEEKDAY;
	for (i = 0; i < w->n; i++)
		if (reads_clock(&w->v[i]))
			return true;
	return false;
}

static int64_t next_hour(const struct rq_zone *z, int64_t at)
{
	struct rq_local_time l = rq_zone_local(z, at);

	return at - at % 60000 + (60 - l.minute % 60) * INT64_C(60000);
}

static bool differs(const struct rq_eval *e, const struct rq_rule *r, int64_t at)
{
	struct rq_arena a = { 0 };
	struct rq_values then;
	bool so;

	rq_values_init(&a, e->f, e->p->zone, at, &then);
	so = rq_when_eval(&e->values, r->when).result != rq_when_eval(&then, r->when).result;
	rq_arena_release(&a);
	return so;
}

int64_t rq_eval_rules_change(const struct rq_eval *e)
{
	int64_t found = 0, at;
	size_t i;
	int k;

	for (i = 0; i < e->p->n_rules; i++) {
		if (!reads_clock(e->p->rules[i].when))
			continue;
		for (at = e->now, k = 0; k < HOURS_AHEAD && (!found || at < found); k++) {
			at = next_hour(e->p->zone, at);
			if (!differs(e, &e->p->rules[i], at))
				continue;
			if (!found || at < found)
				found = at;
			break;
		}
	}
	return found;
}
