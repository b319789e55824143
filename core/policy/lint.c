/* lint.c - what a policy says and cannot mean. */
#include "core/policy/lint.h"

#include <string.h>
#include "core/base/str.h"

enum { HOUR_MS = 3600 * 1000 };

#define warn(l, at, len, code, ...) rq_problem_add((l)->out, (at).line, (at).col, (int)(len), code, __VA_ARGS__)

/* --- candidates: L001, L004, L005, L007, L008, L009 --------------------------------------- */

/* What is found out about the candidates of one route. */
struct seen {
	size_t n, fit, unlimited;       /* candidates; those that may pass; those that may pass and have no declared limit */
	int64_t most;                   /* jobs that the best of them takes */
	const struct lint_runner *first, *second;       /* with a limit */
	const char *why;                /* of the first that can never pass */
	const char *who;
	bool priced, billed, strange;   /* has a price; costs GitHub's minutes; a name that nobody has */
};

static void unknown_name(struct lint *l, const struct rq_name *name, const char *where)
{
	const char *nearest = l->out->warnings < RQ_PROBLEMS_MAX ? lint_nearest(l, name->s) : NULL;

	if (nearest)
		warn(l, name->at, strlen(name->s), "L005",
		     "no runner and no label is called '%.64s', in %s (did you mean '%.64s'?)", name->s, where, nearest);
	else
		warn(l, name->at, strlen(name->s), "L005", "no runner and no label is called '%.64s', in %s", name->s, where);
}

static void see_limit(struct seen *s, const struct lint_runner *r)
{
	if (!r->declared || !r->declared->max_jobs.set) {
		s->unlimited++;
		return;
	}
	if (!s->first)
		s->first = r;
	else if (!s->second)
		s->second = r;
	if (r->declared->max_jobs.v > s->most)
		s->most = r->declared->max_jobs.v;
}

static void see(struct lint *l, const struct rq_route *route, struct lint_runner *r, struct seen *s, const char **why)
{
	const struct rq_declared *d = r->declared;

	l->work++;
	r->used = true;
	s->n++;
	*why = lint_never(l, route, r);
	if (*why) {
		if (!s->why) {
			s->why = *why;
			s->who = r->name;
		}
		return;
	}
	s->fit++;
	see_limit(s, r);
	s->priced = s->priced || (d && d->usd_per_hour.set && d->usd_per_hour.v > 0);
	s->billed = s->billed || (d && d->github_minutes_milli.set && d->github_minutes_milli.v > 0);
}

/* An entry of fallback that adds nobody who could pass. */
static void unreachable(struct lint *l, const struct rq_name *name, const char *who, const char *why)
{
	if (why)
		warn(l, name->at, strlen(name->s), "L001", "the fallback '%.64s' can never be reached: %.64s %s", name->s, who,
		     why);
	else
		warn(l, name->at, strlen(name->s), "L001", "the fallback '%.64s' can never be reached: it is a candidate already",
		     name->s);
}

static void see_names(struct lint *l, size_t i, const struct rq_names *names, bool fallback, struct seen *s)
{
	const struct rq_route *route = &l->p->routes[i];

	for (size_t k = 0; k < names->n && l->work < LINT_WORK_MAX; k++) {
		size_t n = lint_expand(l, names->v[k].s), fit = s->fit, fresh = 0;
		const char *why = NULL, *first_why = NULL, *who = NULL;

		if (!n) {
			s->strange = true;
			if (l->n_runners)
				unknown_name(l, &names->v[k], fallback ? "fallback" : "prefer");
		}
		for (size_t j = 0; j < n; j++) {
			if (l->found[j]->mark == i + 1)
				continue;
			l->found[j]->mark = i + 1;
			fresh++;
			see(l, route, l->found[j], s, &why);
			if (why && !first_why) {
				first_why = why;
				who = l->found[j]->name;
			}
		}
		l->work += n;
		if (n && fallback && s->fit == fit && (!fresh || s->fit))
			unreachable(l, &names->v[k], who, fresh ? first_why : NULL);
	}
}

static bool contradiction(struct lint *l, const struct rq_route *r)
{
	for (size_t i = 0; i < r->c.needs.n; i++) {
		for (size_t k = 0; k < r->c.forbid.n; k++) {
			if (!rq_ieq(r->c.needs.v[i].s, r->c.forbid.v[k].s))
				continue;
			warn(l, r->c.forbid.v[k].at, strlen(r->c.forbid.v[k].s), "L004",
			     "no runner can pass: routes.%.64s needs '%.64s' and forbids it", r->name, r->c.forbid.v[k].s);
			return true;
		}
	}
	return false;
}

static void check_satisfiable(struct lint *l, const struct rq_route *r, const struct seen *s)
{
	if (contradiction(l, r))
		return;
	if (!r->prefer.n && !r->fallback.n)
		warn(l, r->at, strlen(r->name), "L004", "routes.%.64s names no candidate", r->name);
	else if (s->n && !s->fit && !s->strange)
		warn(l, r->at, strlen(r->name), "L004", "no runner can pass routes.%.64s: %.64s %s%s", r->name, s->who, s->why,
		     s->n > 1 ? ", and so on" : "");
}

static void check_limits(struct lint *l, const struct rq_route *r, const struct seen *s)
{
	const struct rq_num *n = &r->c.max_concurrent;

	if (!n->set || !s->fit || s->unlimited || s->strange || n->v <= s->most)
		return;
	warn(l, n->value_at, 0, "L007", "max_concurrent %lld can never be reached: %.64s%s%.64s%s allow%s %lld job%s",
	     (long long)n->v, s->first->name, s->second ? s->fit > 2 ? ", " : " and " : "", s->second ? s->second->name : "",
	     s->fit > 2 ? " and others" : "", s->second ? "" : "s", (long long)s->most, s->most == 1 ? "" : "s");
}

static void check_budget(struct lint *l, const struct rq_route *r, const struct seen *s)
{
	const struct rq_num *usd = r->budget.usd.set ? &r->budget.usd : &r->budget.per_job_usd;

	if (!r->budget.set || s->strange || !s->n)
		return;
	if (usd->set && !s->priced && !r->provider.set)
		warn(l, usd->at, 0, "L008", "a budget in dollars, but no candidate of routes.%.64s has usd_per_hour", r->name);
	if (r->budget.minutes.set && !s->billed)
		warn(l, r->budget.minutes.at, 0, "L008",
		     "a budget of minutes, but no candidate of routes.%.64s has github_minutes", r->name);
}

static void check_timeout(struct lint *l, const struct rq_route *r, const struct seen *s)
{
	int64_t hours = s->billed ? 6 : 5 * 24;

	if (r->timeout_ms.set && r->timeout_ms.v > hours * HOUR_MS)
		warn(l, r->timeout_ms.value_at, 0, "L009", "a timeout of %lld minutes: GitHub ends a job on %s after %s",
		     (long long)r->timeout_ms.v / 60000, s->billed ? "its own runners" : "a self-hosted runner",
		     s->billed ? "6 hours" : "5 days");
}

/* --- the rest of a route: L006, L010, L012, L013 ------------------------------------------ */

enum { DAY = 24 * 60, WEEK = 7 * DAY };

/* Put window NUMBER (from 1) into the minutes of the week; returns one that has a minute of it already, 0 none. */
static unsigned fill_week(unsigned *week, const struct rq_window *w, unsigned number)
{
	int n = w->from < w->to ? w->to - w->from : w->to + DAY - w->from;
	unsigned other = 0;

	for (int day = 0; day < 7; day++) {
		if (!(w->days & (1u << day)))
			continue;
		for (int m = 0; m < n; m++) {
			unsigned *minute = &week[(day * DAY + w->from + m) % WEEK];

			if (*minute && *minute != number && !other)
				other = *minute;
			*minute = number;
		}
	}
	return other;
}

static void check_windows(struct lint *l, const struct rq_route *r)
{
	unsigned *week, other;

	if (!r->n_windows)
		return;
	week = rq_alloc(WEEK * sizeof *week);
	for (size_t i = 0; i < r->n_windows; i++) {
		const struct rq_window *w = &r->windows[i];

		l->work += 1000;
		if (w->from == w->to) {
			warn(l, w->at, 0, "L006", "this window is empty: it ends where it begins");
			continue;
		}
		other = l->work < LINT_WORK_MAX ? fill_week(week, w, (unsigned)i + 1) : 0;
		if (other)
			warn(l, w->at, 0, "L006", "this window overlaps the one at %d:%d", r->windows[other - 1].at.line,
			     r->windows[other - 1].at.col);
	}
	rq_free(week);
}

static bool may_be_workflow(const char *path)
{
	size_t n = strlen(path);

	if (*path == '/' || strstr(path, ".."))
		return false;
	return (n > 4 && !strcmp(path + n - 4, ".yml")) || (n > 5 && !strcmp(path + n - 5, ".yaml"));
}

static void check_workflows(struct lint *l, const struct rq_route *r, bool (*has_file)(void *ud, const char *path), void *ud)
{
	for (size_t i = 0; i < r->n_workflows; i++) {
		const struct rq_workflow_of *w = &r->workflows[i];

		if (!may_be_workflow(w->file.s))
			warn(l, w->file.at, strlen(w->file.s), "L010",
			     "'%.120s' cannot be a workflow: a .yml file below the top of the repository", w->file.s);
		else if (has_file && !has_file(ud, w->file.s))
			warn(l, w->file.at, strlen(w->file.s), "L010", "there is no file '%.120s'", w->file.s);
		if (strcmp(w->target.s, "*") != 0 && l->n_runners && !lint_expand(l, w->target.s))
			unknown_name(l, &w->target, "workflows");
	}
}

static void check_privacy(struct lint *l, const struct rq_route *r)
{
	if (!r->privacy.set || r->privacy.v > RQ_PRIVACY_LAN)
		return;
	for (size_t i = 0; i < r->provider.chain.n; i++)
		if (!rq_ieq(r->provider.chain.v[i].s, "local"))
			warn(l, r->provider.chain.v[i].at, strlen(r->provider.chain.v[i].s), "L012",
			     "the provider '%.64s' is outside, and privacy is %s", r->provider.chain.v[i].s,
			     rq_privacy_name((enum rq_privacy)r->privacy.v));
}

static void check_scores(struct lint *l, const struct rq_route *r)
{
	for (size_t i = 0; i < r->n_scores; i++) {
		struct rq_name label = { r->scores[i].label, r->scores[i].at };

		if (label.s && l->n_runners && !lint_expand(l, label.s))
			unknown_name(l, &label, "affinity");
	}
}

static void check_route(struct lint *l, size_t i, bool (*has_file)(void *ud, const char *path), void *ud)
{
	const struct rq_route *r = &l->p->routes[i];
	struct seen s = { .n = 0 };

	see_names(l, i, &r->prefer, false, &s);
	see_names(l, i, &r->fallback, true, &s);
	check_satisfiable(l, r, &s);
	check_limits(l, r, &s);
	check_budget(l, r, &s);
	check_timeout(l, r, &s);
	check_windows(l, r);
	check_workflows(l, r, has_file, ud);
	check_scores(l, r);
	check_privacy(l, r);
	if (r->concurrency.group && !rq_policy_group(l->p, r->concurrency.group))
		warn(l, r->concurrency.at, strlen("concurrency"), "L013", "the group '%.64s' is not defined in groups",
		     r->concurrency.group);
}

/* --- rules: L002, L011 -------------------------------------------------------------------- */

static bool always(const struct rq_when *w)
{
	return !w || (w->kind == RQ_WHEN_ALL && !w->n);
}

static bool same_when(const struct rq_when *a, const struct rq_when *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_when(&a->v[i], &b->v[i]))
			return false;
	if (a->kind != RQ_WHEN_TEST)
		return true;
	if (a->fact != b->fact || a->op != b->op || a->n_args != b->n_args || !rq_eq(a->param, b->param) || a->regex || b->regex)
		return false;
	for (size_t i = 0; i < a->n_args; i++)
		if (strcmp(a->args[i].text, b->args[i].text) != 0)
			return false;
	return true;
}

static bool only_routes(const struct rq_rule *r)
{
	return r->route && !r->privacy.set && !r->per_job_usd.set && !r->max_concurrent.set && !r->timeout_ms.set &&
	       !r->needs.set && !r->forbid.set && !r->labels.set;
}

/* BEFORE is evaluated before RULE, and leaves it nothing to do. */
static bool shadows(const struct rq_rule *before, const struct rq_rule *rule)
{
	if (!before->deny && !(before->route && only_routes(rule)))
		return false;
	return always(before->when) || same_when(before->when, rule->when);
}

static void check_shadow(struct lint *l, size_t i)
{
	const struct rq_rule *rule = &l->p->rules[i];

	for (size_t k = 0; k < l->p->n_rules; k++) {
		const struct rq_rule *other = &l->p->rules[k];
		/* Deny rules come first. */
		bool before = other->deny && !rule->deny ? true : !other->deny == !rule->deny && k < i;

		if (before && shadows(other, rule)) {
			warn(l, rule->at, 0, "L002", "the rule '%.64s' is never needed: '%.64s' at %d:%d %s", rule->name,
			     other->name, other->at.line, other->at.col,
			     other->deny ? "denies its jobs" : "has routed its jobs before");
			return;
		}
	}
}

static bool anchored(const char *s)
{
	size_t n = strlen(s);
	bool begins, ends;

	while (*s == '(' && (s[1] != '?' || s[2] == ':'))
		s += s[1] == '?' ? 3 : 1;
	begins = *s == '^' || rq_starts(s, "\\A");
	n = strlen(s);
	while (n && s[n - 1] == ')')
		n--;
	ends = (n && s[n - 1] == '$' && (n < 2 || s[n - 2] != '\\')) || (n > 1 && s[n - 2] == '\\' && s[n - 1] == 'z');
	return begins && ends;
}

static void check_when(struct lint *l, const struct rq_when *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		check_when(l, &w->v[i]);
	if (w->kind == RQ_WHEN_TEST && w->op == RQ_OP_REGEX && w->fact == RQ_FACT_HOST && w->n_args && !anchored(w->args->text))
		warn(l, w->at, strlen("host"), "L011",
		     "without ^ and $ this also matches hosts that only contain it, as good.example.evil.com");
}

/* --- the whole ---------------------------------------------------------------------------- */

/* A group can never hold more than all runners take together. */
static void check_groups(struct lint *l)
{
	int64_t total = 0;

	for (size_t i = 0; i < l->n_runners; i++) {
		const struct rq_declared *d = l->runners[i].declared;

		if (!d || !d->max_jobs.set)
			return;
		total += d->max_jobs.v;
	}
	for (size_t i = 0; i < l->p->n_groups && l->n_runners; i++)
		if (l->p->groups[i].limit > total)
			warn(l, l->p->groups[i].at, strlen(l->p->groups[i].name), "L007",
			     "limit %lld can never be reached: all runners together allow %lld jobs",
			     (long long)l->p->groups[i].limit, (long long)total);
}

static void check_unused(struct lint *l)
{
	if (l->work >= LINT_WORK_MAX)
		return;
	for (size_t i = 0; i < l->p->n_declared; i++) {
		const struct rq_declared *d = &l->p->declared[i];

		if (lint_expand(l, d->name) && !l->found[0]->used)
			warn(l, d->at, strlen(d->name), "L003", "runner '%.64s' is not used by any route", d->name);
	}
}

void rq_policy_lint(const struct rq_policy *p, const struct rq_runner *runners, size_t n,
		    bool (*has_file)(void *ud, const char *path), void *ud, struct rq_problems *out)
{
	struct lint l = { .p = p, .out = out };

	lint_fleet_init(&l, runners, n);
	for (size_t i = 0; i < p->n_rules; i++) {
		check_shadow(&l, i);
		check_when(&l, p->rules[i].when);
	}
	for (size_t i = 0; i < p->n_routes; i++)
		check_route(&l, i, has_file, ud);
	check_groups(&l);
	check_unused(&l);
	lint_fleet_release(&l);
}
