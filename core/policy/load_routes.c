/* load_routes.c - routes: where jobs of a type may go, and what they need there. */
#include "core/policy/load.h"

#include <string.h>
#include "core/base/str.h"
#include "core/model/id.h"

/* --- constraints -------------------------------------------------------------------------- */

#define C(field) offsetof(struct rq_constraints, field)
enum { MINUTE_MS = 60 * 1000, YEAR_MINUTES = 366 * 24 * 60 };

/* needs_X: true is needs: [X]. */
static LOAD_READER(needs_one)
{
	struct rq_names *n = (struct rq_names *)(void *)((char *)into + k->at);
	const char *what = key->text + strlen("needs_");
	bool wanted;

	if (!load_bool(l, y, &wanted) || !wanted)
		return;
	if (!rq_name_ok(what)) {
		load_say(l, key, "P036", "'%.80s' cannot be a capability", what);
		return;
	}
	if (!n->set)
		n->at = load_pos(key);
	n->set = true;
	load_names_add(l, n, what, key, true);
}

static bool version_ok(const char *s)
{
	bool digits = false;

	for (; *s; s++) {
		if (*s >= '0' && *s <= '9')
			digits = true;
		else if (*s != '.' || !digits || s[1] < '0' || s[1] > '9')
			return false;
	}
	return digits;
}

/* ">=2.329.0"; a version alone is that one. */
static LOAD_READER(runner_version)
{
	struct rq_constraints *c = into;
	const char *s = load_string(l, y, "a version, as \">=2.329.0\"");
	unsigned op = RQ_VERSION_EQ;

	(void)k;
	if (!s)
		return;
	for (unsigned i = RQ_VERSION_GE; rq_version_words[i]; i++) {
		if (rq_starts(s, rq_version_words[i])) {
			op = i;
			s += strlen(rq_version_words[i]);
			break;
		}
	}
	while (*s == ' ')
		s++;
	if (!version_ok(s)) {
		load_say(l, y, "P029", "%s: '%.40s' is no version; one looks like >=2.329.0, with >= > == <= or <", load_path(l),
			 y->text);
		return;
	}
	c->runner_version.op = op;
	c->runner_version.version = load_copy(l, s);
	c->runner_version.at = load_pos(key);
}

static const struct load_key constraint_keys[] = {
	{ "max_size_mb", load_num, C(max_size), .places = 6, .max = 1000000000,
	  .help = "largest size_mb; a MB is 1,000,000 bytes" },
	{ "max_duration_minutes", load_num, C(max_duration_ms), .places = 3, .unit = MINUTE_MS / 1000, .max = YEAR_MINUTES,
	  .help = "longest duration_s" },
	{ "min_memory_gb", load_num, C(min_memory), .places = 9, .max = 100000, .help = "memory of the runner" },
	{ "min_cpu_cores", load_num, C(min_cpu), .max = 100000, .help = "cores of the runner" },
	{ "min_storage_gb", load_num, C(min_storage), .places = 9, .max = 1000000,
	  .help = "free disk of the runner, else the declared size" },
	{ "max_temp_c", load_num, C(max_temp_milli), .places = 3, .min = 1, .max = 200, .help = "temperature of the runner" },
	{ "max_load", load_num, C(max_load_milli), .places = 3, .max = 1000, .help = "load average over the number of cores" },
	{ "max_concurrent", load_num, C(max_concurrent), .min = 1, .max = 10000,
	  .help = "jobs of this route on one runner at a time" },
	{ "runner_version", runner_version, .help = "version of the runner's program: \">=2.329.0\"" },
	{ "needs", load_names, C(needs), .help = "capabilities that must be there" },
	{ "needs_*", needs_one, C(needs), .help = "needs_ffmpeg: true is needs: [ffmpeg]" },
	{ "forbid", load_names, C(forbid), .help = "labels and capabilities that must not be there" },
	{ "labels", load_names, C(labels), .help = "labels that must be there" },
	{ "arch", load_names, C(arch), .help = "one of these architectures" },
	{ "os", load_names, C(os), .help = "one of these systems" },
	{ 0 },
};

/* --- workflows and scores ----------------------------------------------------------------- */

static LOAD_READER(workflows)
{
	struct rq_route *r = into;

	(void)k;
	if (!load_is_map(l, y))
		return;
	r->workflows_at = load_pos(key);
	r->workflows = rq_arena_alloc(&l->p->arena, y->n * sizeof *r->workflows);
	for (size_t i = 0; i < y->n; i++) {
		struct rq_workflow_of *w = &r->workflows[r->n_workflows];
		const struct rq_yaml *target = y->keys[i];

		if (strcmp(target->text, "*") != 0 && !load_name_ok(l, target))
			continue;
		load_push(l, target->text);
		if (load_string(l, y->items[i], "the path of a file")) {
			w->target = (struct rq_name){ load_copy(l, target->text), load_pos(target) };
			w->file = (struct rq_name){ load_copy(l, y->items[i]->text), load_pos(y->items[i]) };
			r->n_workflows++;
		}
		load_pop(l);
	}
}

#define X(id, name) name,
static const char *const scorers[] = { RQ_SCORER_LIST(X) NULL };
#undef X
enum { WEIGHT_MAX = 1000000, SCORES_MAX = 16 };

/* {SCORER: WEIGHT}, or {affinity: LABEL, weight: WEIGHT} */
static bool one_score(struct load *l, const struct rq_yaml *y, struct rq_score_rule *s)
{
	bool scorer = false, weight = false, affinity = false;

	if (!load_is_map(l, y))
		return false;
	for (size_t i = 0; i < y->n; i++) {
		const struct rq_yaml *key = y->keys[i], *v = y->items[i];
		unsigned which;

		load_push(l, key->text);
		if (!strcmp(key->text, "weight")) {
			weight = load_whole(l, v, 1, WEIGHT_MAX, &s->weight);
		} else if (scorer) {
			load_say(l, key, "P026", "%s: one item has one scorer; write another item for this", load_path(l));
		} else if (load_choice(l, key, scorers, &which)) {
			scorer = true;
			s->scorer = which;
			affinity = which == RQ_SCORER_AFFINITY;
			s->at = load_pos(key);
			if (affinity && load_name_ok(l, v))
				s->label = load_copy(l, v->text);
			else if (!affinity)
				weight = load_whole(l, v, 1, WEIGHT_MAX, &s->weight);
		}
		load_pop(l);
	}
	if (affinity && !rq_yaml_get(y, "weight"))
		load_say(l, y, "P017", "%s has no 'weight'", load_path(l));
	else if (!scorer && (!y->n || (y->n == 1 && weight)))
		load_say(l, y, "P017", "%s has no scorer", load_path(l));
	return scorer && weight && (!affinity || s->label);
}

static LOAD_READER(scores)
{
	struct rq_route *r = into;

	(void)k;
	if (!load_is_list(l, y))
		return;
	if (y->n > SCORES_MAX)
		load_say(l, key, "P038", "%s has more than %d items", load_path(l), SCORES_MAX);
	r->scores_at = load_pos(key);
	r->scores = rq_arena_alloc(&l->p->arena, y->n * sizeof *r->scores);
	for (size_t i = 0; i < y->n; i++)
		if (one_score(l, y->items[i], &r->scores[r->n_scores]))
			r->n_scores++;
}

/* --- concurrency, retry, provider --------------------------------------------------------- */

#define R(field) offsetof(struct rq_route, field)

static const struct load_key concurrency_keys[] = {
	{ "group", load_name, R(concurrency.group), .required = true, .help = "name of a concurrency group" },
	{ "limit", load_num, R(concurrency.limit), .min = 1, .max = 100000, .help = "jobs of the group at a time" },
	{ "on_full", load_enum, R(concurrency.on_full), .choices = rq_on_full_words,
	  .help = "queue, reject, or replace_oldest_pending: what happens when the group is full" },
	{ 0 },
};

static LOAD_READER(concurrency)
{
	struct rq_route *r = into;

	r->concurrency.at = load_pos(key);
	load_map(l, k->map, y, r);
	if (r->concurrency.group)
		load_refer(l, LOAD_REF_GROUP, r->concurrency.limit.set ? NULL : r->concurrency.group, rq_yaml_get(y, "group"));
}

static const char *const retry_words[] = { "FAILURE", "TEMPORARY", "TIMEOUT", NULL };

static LOAD_READER(retry_on)
{
	struct rq_route *r = into;
	unsigned which;

	(void)k;
	(void)key;
	if (!load_is_list(l, y))
		return;
	r->retry.on = 0;
	for (size_t i = 0; i < y->n; i++)
		if (load_choice(l, y->items[i], retry_words, &which))
			r->retry.on |= 1u << which;
}

_Static_assert(RQ_RETRY_FAILURE == 1 && RQ_RETRY_TEMPORARY == 2 && RQ_RETRY_TIMEOUT == 4, "in the order of retry_words");

static LOAD_READER(retry_max)
{
	struct rq_route *r = into;
	int64_t v;

	(void)key;
	if (load_whole(l, y, k->min, k->max, &v))
		r->retry.max = (int)v;
}

static LOAD_READER(retry_factor)
{
	struct rq_route *r = into;
	int64_t v;

	(void)key;
	if (!load_decimal(l, y, 3, &v))
		return;
	if (v >= 1000 && v <= 100 * 1000)
		r->retry.factor_milli = (int)v;
	else
		load_say(l, y, "P015", "%s is %.40s; it must be from 1 to 100", load_path(l), y->text);
}

static const struct load_key retry_keys[] = {
	{ "max", retry_max, .max = 100, .required = true, .help = "attempts after the first" },
	{ "on", retry_on, .help = "list of FAILURE, TEMPORARY (exit status 75, or the runner lost), TIMEOUT; all" },
	{ "backoff", load_duration, R(retry.backoff_ms), .max = (int64_t)24 * 60 * MINUTE_MS,
	  .help = "pause before the first further attempt; 1s" },
	{ "factor", retry_factor, .help = "each further pause is longer by this factor; 2" },
	{ "cap", load_duration, R(retry.cap_ms), .max = (int64_t)24 * 60 * MINUTE_MS, .help = "the longest pause; 1h" },
	{ 0 },
};

static LOAD_READER(retry)
{
	struct rq_route *r = into;

	r->retry_at = load_pos(key);
	r->retry = (struct rq_retry){ .on = RQ_RETRY_FAILURE | RQ_RETRY_TEMPORARY | RQ_RETRY_TIMEOUT, .backoff_ms = 1000,
				      .cap_ms = 60 * MINUTE_MS, .factor_milli = 2000 };
	load_map(l, k->map, y, r);
	if (r->retry.backoff_ms > r->retry.cap_ms)
		load_say(l, key, "P015", "%s: backoff is longer than cap", load_path(l));
}

static const char *const optimize[] = { "cost", "speed", "quality", "balanced", NULL };

static LOAD_READER(choice_text)
{
	unsigned which;

	(void)key;
	if (load_choice(l, y, k->choices, &which))
		*(const char **)(void *)((char *)into + k->at) = k->choices[which];
}

static const struct load_key provider_keys[] = {
	{ "task", load_name, R(provider.task), .required = true, .help = "what the provider does: asr, chat, ..." },
	{ "chain", load_names, R(provider.chain), .help = "providers in the order to try them" },
	{ "optimize", choice_text, R(provider.optimize), .choices = optimize, .help = "cost, speed, quality or balanced" },
	{ "max_usd_per_hour", load_num, R(provider.max_usd_per_hour), .places = 9, .max = 1000000,
	  .help = "highest price of an hour" },
	{ 0 },
};

static LOAD_READER(provider)
{
	struct rq_route *r = into;

	r->provider.set = true;
	r->provider.at = load_pos(key);
	load_map(l, k->map, y, r);
}

/* --- a route ------------------------------------------------------------------------------ */

const struct load_key load_route_keys[] = {
	{ "prefer", load_names, R(prefer), .required = true, .help = "runners or labels, the best first" },
	{ "fallback", load_names, R(fallback), .help = "runners or labels for when no preferred one can" },
	{ "fallback_after", load_duration_num, R(fallback_after_ms), .max = (int64_t)YEAR_MINUTES * MINUTE_MS,
	  .help = "in place of the one in defaults" },
	{ "constraints", load_submap, R(c), .shape = LOAD_MAP, .map = constraint_keys,
	  .help = "what a runner must offer, and a job keep to" },
	{ "workflows", workflows, .help = "RUNNER or \"*\": path of the workflow's file" },
	{ "score", scores, .help = "list of {SCORER: WEIGHT} and {affinity: LABEL, weight: WEIGHT}" },
	{ "concurrency", concurrency, .shape = LOAD_MAP, .map = concurrency_keys, .help = "the concurrency group of its jobs" },
	{ "budget", load_budget, .shape = LOAD_MAP, .map = load_budget_keys, .help = "what its jobs may spend" },
	{ "privacy", load_enum_num, R(privacy), .choices = rq_privacy_words,
	  .help = "how far data may go: local_only, lan, zdr, no_train or any" },
	{ "windows", load_windows, .shape = LOAD_ITEMS, .map = load_window_keys,
	  .help = "list of {days: DAYS, from: TIME, to: TIME}: when its jobs may start" },
	{ "timeout_minutes", load_num, R(timeout_ms), .places = 3, .unit = MINUTE_MS / 1000, .min = 0, .max = YEAR_MINUTES,
	  .help = "time limit of a job" },
	{ "retry", retry, .shape = LOAD_MAP, .map = retry_keys, .help = "further attempts" },
	{ "provider", provider, .shape = LOAD_MAP, .map = provider_keys, .help = "which AI or speech service" },
	{ 0 },
};

LOAD_READER(load_routes)
{
	struct rq_policy *p = into;

	(void)key;
	if (!load_is_map(l, y))
		return;
	p->routes = rq_arena_alloc(&p->arena, y->n * sizeof *p->routes);
	for (size_t i = 0; i < y->n; i++) {
		struct rq_route *r = &p->routes[p->n_routes];

		p->n_routes += load_named(l, k->map, y, i, &r->name, &r->at, r);
	}
}
