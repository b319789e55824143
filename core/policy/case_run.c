/* case_run.c - deciding an example and comparing. */
#include <string.h>
#include "core/base/str.h"
#include "core/policy/cases.h"
#include "core/policy/decide.h"

static void expect_text(struct rq_str *out, const struct rq_yaml *expect, const char *key, const char *got)
{
	const struct rq_yaml *y = rq_yaml_get(expect, key);
	const char *want = y ? rq_yaml_str(y) : NULL;

	if (y && !rq_ieq(want ? want : "", got))
		rq_str_addf(out, "%s is %s, expected %s\n", key, *got ? got : "none", want && *want ? want : "none");
}

/* Whether one of D's candidates, or RUNNER alone, has the code. */
static bool has_reason(const struct rq_decision *d, const char *runner, const char *code)
{
	if (!runner && !strcmp(d->reason, code))
		return true;
	for (size_t i = 0; i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		for (size_t k = 0; (!runner || rq_ieq(c->name, runner)) && k < c->n_reasons; k++)
			if (!strcmp(c->reasons[k].code, code))
				return true;
	}
	return false;
}

static void all_reasons(const struct rq_decision *d, const char *runner, struct rq_str *out)
{
	const char *between = "";

	for (size_t i = 0; i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		for (size_t k = 0; (!runner || rq_ieq(c->name, runner)) && k < c->n_reasons; k++) {
			rq_str_addf(out, "%s%s", between, c->reasons[k].code);
			between = ", ";
		}
	}
	if (!*between)
		rq_str_add(out, "no reason");
}

static void expect_codes(struct rq_str *out, const struct rq_decision *d, const char *runner, const struct rq_yaml *list)
{
	size_t n = list->kind == RQ_YAML_SEQ ? list->n : 1;

	for (size_t i = 0; i < n; i++) {
		const char *code = rq_yaml_str(list->kind == RQ_YAML_SEQ ? list->items[i] : list);

		if (!code || has_reason(d, runner, code))
			continue;
		rq_str_addf(out, "%s%sreason %s is missing; there is ", runner ? runner : "", runner ? ": " : "", code);
		all_reasons(d, runner, out);
		rq_str_addc(out, '\n');
	}
}

static void expect_reasons(struct rq_str *out, const struct rq_yaml *expect, const struct rq_decision *d)
{
	const struct rq_yaml *y = rq_yaml_get(expect, "reasons");

	if (y && y->kind == RQ_YAML_MAP)
		for (size_t i = 0; i < y->n; i++)
			expect_codes(out, d, rq_yaml_str(y->keys[i]), y->items[i]);
	else if (y)
		expect_codes(out, d, NULL, y);
}

static bool wakes(const struct rq_decision *d, const char *event)
{
	for (size_t i = 0; i < d->n_wake_on; i++)
		if (rq_ieq(d->wake_on[i], event))
			return true;
	return false;
}

static bool fired(const struct rq_decision *d, const char *rule)
{
	for (size_t i = 0; i < d->n_steps; i++)
		if (d->steps[i].fired && !strcmp(d->steps[i].rule, rule))
			return true;
	return false;
}

static void expect_each(struct rq_str *out, const struct rq_yaml *expect, const char *key, const struct rq_decision *d,
			bool (*holds)(const struct rq_decision *, const char *))
{
	const struct rq_yaml *y = rq_yaml_get(expect, key);
	size_t n = !y ? 0 : y->kind == RQ_YAML_SEQ ? y->n : 1;

	for (size_t i = 0; i < n; i++) {
		const char *s = rq_yaml_str(y->kind == RQ_YAML_SEQ ? y->items[i] : y);

		if (s && !holds(d, s))
			rq_str_addf(out, "%s lacks %s\n", key, s);
	}
}

const char *rq_case_run(struct rq_arena *a, const struct rq_policy *policy, const struct rq_case *c, struct rq_decision *d)
{
	struct rq_str out;
	const char *text;

	rq_str_init(&out, 0);
	rq_decide(a, policy, &c->facts, &c->fleet, c->now, d);
	expect_text(&out, c->expect, "outcome", rq_outcome_name(d->outcome));
	expect_text(&out, c->expect, "target", d->target);
	expect_text(&out, c->expect, "tier", d->tier);
	expect_text(&out, c->expect, "route", d->route);
	expect_text(&out, c->expect, "workflow", d->workflow);
	expect_text(&out, c->expect, "reason", d->reason);
	expect_text(&out, c->expect, "timeout_minutes",
		    d->timeout_ms ? rq_arena_fmt(a, "%lld", (long long)(d->timeout_ms / 60000)) : "");
	expect_reasons(&out, c->expect, d);
	expect_each(&out, c->expect, "wake_on", d, wakes);
	expect_each(&out, c->expect, "rules", d, fired);
	text = rq_arena_str(a, rq_str_get(&out));
	rq_str_release(&out);
	return text;
}

void rq_coverage_init(struct rq_arena *a, const struct rq_policy *policy, struct rq_coverage *c)
{
	*c = (struct rq_coverage){ .n_rules = policy->n_rules, .n_routes = policy->n_routes };
	c->rules = rq_arena_alloc(a, (c->n_rules + 1) * sizeof *c->rules);
	c->routes = rq_arena_alloc(a, (c->n_routes + 1) * sizeof *c->routes);
}

void rq_coverage_add(const struct rq_policy *policy, const struct rq_decision *d, struct rq_coverage *c)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		c->rules[i] = c->rules[i] || fired(d, policy->rules[i].name);
	for (size_t i = 0; i < policy->n_routes; i++)
		c->routes[i] = c->routes[i] || rq_ieq(policy->routes[i].name, d->route);
}
