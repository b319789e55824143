/* load_rules.c - rules: what fires them, and what they do. */
#include "core/policy/load.h"

#include <string.h>
#include "core/base/str.h"

#define R(field) offsetof(struct rq_rule, field)
enum { MINUTE_MS = 60 * 1000, YEAR_MINUTES = 366 * 24 * 60, RULES_MAX = 1000 };

static LOAD_READER(when)
{
	struct rq_rule *r = into;

	(void)k;
	(void)key;
	r->when = load_when(l, y);
}

static LOAD_READER(rule_route)
{
	struct rq_rule *r = into;

	(void)k;
	(void)key;
	if (!load_name_ok(l, y))
		return;
	r->route = load_copy(l, y->text);
	load_refer(l, LOAD_REF_ROUTE, r->route, y);
}

static const char *const on_unknown[] = { "fire", "skip", NULL };

static LOAD_READER(unknown)
{
	struct rq_rule *r = into;
	unsigned which;

	(void)key;
	if (load_choice(l, y, k->choices, &which))
		r->skip_unknown = which == 1;
}

static const struct load_key set_keys[] = {
	{ "privacy", load_enum_num, R(privacy), .choices = rq_privacy_words, .help = "at most this far" },
	{ "per_job_usd", load_num, R(per_job_usd), .places = 9, .max = 1000000, .help = "at most so many dollars" },
	{ "max_concurrent", load_num, R(max_concurrent), .min = 1, .max = 10000,
	  .help = "at most so many jobs of the route on one runner" },
	{ "timeout_minutes", load_num, R(timeout_ms), .places = 3, .unit = MINUTE_MS / 1000, .min = 1, .max = YEAR_MINUTES,
	  .help = "no longer than this" },
	{ "needs", load_names, R(needs), .help = "these capabilities as well" },
	{ "forbid", load_names, R(forbid), .help = "none of these labels and capabilities" },
	{ "labels", load_names, R(labels), .help = "these labels as well" },
	{ 0 },
};

const struct load_key load_rule_keys[] = {
	{ "name", load_text, R(name), .help = "for people; \"rule 3\"" },
	{ "when", when, .help = "conditions; without it the rule always fires" },
	{ "deny", load_text, R(deny), .help = "refuse the job, for this reason" },
	{ "on_unknown", unknown, .choices = on_unknown,
	  .help = "skip: a deny rule whose condition cannot be told does not fire; fire" },
	{ "route", rule_route, .help = "decide by this route; the first rule that says so wins" },
	{ "set", load_submap, .shape = LOAD_MAP, .map = set_keys, .help = "tighten what the route allows" },
	{ 0 },
};

/* A rule denies, or it routes and sets; and does at least one of them. */
static void check_actions(struct load *l, const struct rq_yaml *y)
{
	bool deny = rq_yaml_get(y, "deny"), acts = rq_yaml_get(y, "route") || rq_yaml_get(y, "set");

	if (y->kind != RQ_YAML_MAP)
		return;
	if (!deny && !acts)
		load_say(l, y, "P026", "%s does nothing: it has no deny, no route and no set", load_path(l));
	else if (deny && acts)
		load_say(l, y, "P026", "%s denies; it cannot also route or set", load_path(l));
}

LOAD_READER(load_rules)
{
	struct rq_policy *p = into;

	if (!load_is_list(l, y))
		return;
	if (y->n > RULES_MAX) {
		load_say(l, key, "P038", "there are more than %d rules", RULES_MAX);
		return;
	}
	p->rules = rq_arena_alloc(&p->arena, y->n * sizeof *p->rules);
	for (size_t i = 0; i < y->n; i++) {
		struct rq_rule *r = &p->rules[p->n_rules++];

		r->at = load_pos(y->items[i]);
		r->name = rq_arena_fmt(&p->arena, "rule %zu", i + 1);
		load_pop(l);
		load_push(l, r->name);
		load_map(l, k->map, y->items[i], r);
		check_actions(l, y->items[i]);
	}
}

static void free_when(struct rq_when *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		free_when(&w->v[i]);
	rq_regex_free(w->regex);
}

void load_free_regexes(struct rq_policy *p)
{
	for (size_t i = 0; i < p->n_rules; i++)
		free_when(p->rules[i].when);
}
