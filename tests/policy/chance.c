/* chance.c - policies, fleets and jobs by chance. */
#include "tests/policy/chance.h"

const char *const chance_runners[NAMES + LABELS] = { "ash", "birch", "cedar", "elm", "fir", "audio", "gpu", "heavy", "x" };
const char *const chance_labels[LABELS] = { "audio", "gpu", "heavy", "x" };
const char *const chance_tools[TOOLS] = { "ffmpeg", "git", "sox" };
const char *const chance_types[ROUTES + 2] = { "t0", "t1", "t2", "command", "unknown" };

static const char *const arches[] = { "arm64", "x64" };
static const char *const systems[] = { "linux", "macos" };
static const char *const privacies[] = { "local_only", "lan", "zdr", "no_train", "any" };

/* One in ODDS has a value below N, the others -1. */
static int maybe(struct chance *c, unsigned odds, unsigned n)
{
	return chance_below(c, odds) ? -1 : (int)chance_below(c, n);
}

static int mask(struct chance *c, unsigned odds, unsigned bits)
{
	return chance_below(c, odds) ? 0 : 1 << chance_below(c, bits);
}

static void a_rule(struct chance *c, struct some_rule *r)
{
	r->deny = chance_below(c, 6) == 0;
	r->skip = chance_below(c, 2) == 0;
	r->condition = (int)chance_below(c, 10);
	r->arg = (int)chance_below(c, 100);
	r->route = maybe(c, 4, ROUTES);
	r->privacy = maybe(c, 4, 5);
	r->usd_milli = maybe(c, 6, 2000);
	r->concurrent = maybe(c, 5, 3);
	r->needs = mask(c, 8, LABELS + TOOLS);
	r->forbid = mask(c, 8, LABELS + TOOLS);
	r->labels = mask(c, 10, LABELS);
}

static void a_window(struct chance *c, struct some_window *w)
{
	w->days = (int)chance_below(c, 127) + 1;
	w->from = (int)chance_below(c, 24 * 60);
	w->to = (int)chance_below(c, 24 * 60 + 1);
	if (w->to == w->from)
		w->to = 24 * 60;
}

static void entries(struct chance *c, int *n, int *v)
{
	int i, k, most = (int)chance_below(c, ENTRIES + 1);

	for (i = 0, *n = 0; i < most; i++) {
		v[*n] = (int)chance_below(c, NAMES + LABELS);
		for (k = 0; v[k] != v[*n]; k++)
			;
		*n += k == *n;
	}
}

static void a_route(struct chance *c, struct some_route *r)
{
	int i;

	entries(c, &r->n_prefer, r->prefer);
	entries(c, &r->n_fallback, r->fallback);
	if (!r->n_prefer && !r->n_fallback)
		r->n_prefer = 1;
	r->size = maybe(c, 3, 3000);
	r->duration = maybe(c, 6, 240);
	r->memory = maybe(c, 8, 8);
	r->cpu = maybe(c, 9, 8);
	r->storage = maybe(c, 10, 300);
	r->temp = maybe(c, 6, 90);
	r->load = maybe(c, 6, 100);
	r->concurrent = maybe(c, 3, 4);
	r->needs = mask(c, 9, LABELS + TOOLS);
	r->forbid = mask(c, 12, LABELS + TOOLS);
	r->labels = mask(c, 14, LABELS);
	r->arch = maybe(c, 16, 2);
	r->os = maybe(c, 16, 2);
	r->version = maybe(c, 16, 3);
	r->group = maybe(c, 4, GROUPS);
	r->group_limit = maybe(c, 2, 3);
	r->on_full = (int)chance_below(c, 3);
	r->usd_milli = maybe(c, 4, 3000);
	r->minutes = maybe(c, 6, 100);
	r->cap_milli = maybe(c, 6, 2000);
	r->on_exceed = (int)chance_below(c, 3);
	r->day = (int)chance_below(c, 2);
	r->privacy = maybe(c, 6, 5);
	r->fallback_after = maybe(c, 4, 400);
	r->n_windows = chance_below(c, 7) ? 0 : 1 + (int)chance_below(c, WINDOWS);
	r->scores = chance_below(c, 3) ? (int)chance_below(c, 128) : 0;
	r->workflows = maybe(c, 16, 2);
	for (i = 0; i < WINDOWS; i++)
		a_window(c, &r->windows[i]);
}

static void a_declaration(struct chance *c, struct some_declared *d)
{
	d->there = chance_below(c, 4) > 0;
	d->cpu = maybe(c, 2, 16);
	d->memory = maybe(c, 2, 16);
	d->storage = maybe(c, 2, 500);
	d->jobs = maybe(c, 2, 4);
	d->speed = maybe(c, 2, 400);
	d->watts = maybe(c, 2, 100);
	d->usd_milli = maybe(c, 2, 3000);
	d->minutes = maybe(c, 3, 3);
	d->privacy = maybe(c, 3, 5);
	d->labels = (int)(chance_next(c) & chance_next(c)) & 15;
	d->has = (int)(chance_next(c) & chance_next(c)) & 7;
	d->lacks = chance_below(c, 4) ? 0 : 1 << chance_below(c, LABELS + TOOLS);
	d->has &= ~(d->lacks >> LABELS);
	d->arch = maybe(c, 2, 2);
	d->os = maybe(c, 2, 2);
}

void some_policy(struct chance *c, struct some_policy *p)
{
	int i;

	memset(p, 0, sizeof *p);
	p->zone = chance_below(c, 16) == 0;
	p->fallback_after = chance_below(c, 3) ? 0 : (int)chance_below(c, 400);
	p->unknown_fact = (int)chance_below(c, 3);
	p->on_no_match = maybe(c, 3, ROUTES);
	p->stale = chance_below(c, 2) ? 90 : 30;
	p->n_rules = (int)chance_below(c, RULES);
	for (i = 0; i < RULES; i++)
		a_rule(c, &p->rules[i]);
	for (i = 0; i < ROUTES; i++)
		a_route(c, &p->routes[i]);
	for (i = 0; i < GROUPS; i++)
		p->groups[i] = 1 + (int)chance_below(c, 3);
	for (i = 0; i < NAMES; i++)
		a_declaration(c, &p->declared[i]);
}

/* --- stricter ----------------------------------------------------------------------------- */

static void lower(struct chance *c, int *v, int most, int least)
{
	if (*v < 0)
		*v = most;
	*v -= (int)chance_below(c, (unsigned)(*v - least + 1) + 1);
	if (*v < least)
		*v = least;
}

static void raise_it(struct chance *c, int *v, int by)
{
	*v = (*v < 0 ? 0 : *v) + (int)chance_below(c, (unsigned)by);
}

static void tighten_route(struct chance *c, struct some_route *r)
{
	switch (chance_below(c, 19)) {
	case 0: lower(c, &r->size, 1500, 0); break;
	case 1: lower(c, &r->duration, 240, 0); break;
	case 2: raise_it(c, &r->memory, 8); break;
	case 3: raise_it(c, &r->cpu, 8); break;
	case 4: raise_it(c, &r->storage, 200); break;
	case 5: lower(c, &r->temp, 90, 0); break;
	case 6: lower(c, &r->load, 100, 0); break;
	case 7: lower(c, &r->concurrent, 3, 0); break;
	case 8: r->needs |= 1 << chance_below(c, LABELS + TOOLS); break;
	case 9: r->forbid |= 1 << chance_below(c, LABELS + TOOLS); break;
	case 10: r->labels |= 1 << chance_below(c, LABELS); break;
	case 11: r->arch = r->arch < 0 ? (int)chance_below(c, 2) : r->arch; break;
	case 12: r->os = r->os < 0 ? (int)chance_below(c, 2) : r->os; break;
	case 13: lower(c, &r->usd_milli, 3000, 0); break;
	case 14: lower(c, &r->minutes, 100, 0); break;
	case 15: lower(c, &r->cap_milli, 2000, 0); break;
	case 16: lower(c, &r->privacy, 4, 0); break;
	case 17: r->fallback_after = r->fallback_after < 0 ? 400 : r->fallback_after + 100; break;
	default: r->n_windows = r->n_windows == 0 ? 1 : r->n_windows; break;
	}
}

static void tighten_rule(struct chance *c, struct some_rule *r)
{
	switch (chance_below(c, 5)) {
	case 0: lower(c, &r->privacy, 4, 0); break;
	case 1: lower(c, &r->usd_milli, 2000, 0); break;
	case 2: lower(c, &r->concurrent, 3, 0); break;
	case 3: r->needs |= 1 << chance_below(c, LABELS + TOOLS); break;
	default: r->labels |= 1 << chance_below(c, LABELS); break;
	}
}

/* Behind the others, so that a route of theirs still wins; and without one of its own. */
static void one_more_rule(struct chance *c, struct some_policy *p)
{
	struct some_rule *r = &p->rules[p->n_rules++];

	a_rule(c, r);
	r->route = -1;
	r->deny = r->deny && chance_below(c, 4) == 0;
	if (chance_below(c, 2)) {
		r->condition = 9;
		r->arg = 0;
	}
}

/* Not what it lacks: `forbid` likes that. */
static void tighten_runner(struct chance *c, struct some_declared *d)
{
	switch (chance_below(c, 3)) {
	case 0: lower(c, &d->jobs, 3, 0); break;
	case 1: d->privacy = d->privacy < 0 ? 1 : d->privacy < 4 ? d->privacy + 1 : 4; break;
	default: raise_it(c, &d->usd_milli, 500); break;
	}
}

void tighten_policy(struct chance *c, struct some_policy *p, int route)
{
	unsigned what = chance_below(c, 10);
	struct some_declared *d = &p->declared[chance_below(c, NAMES)];

	if (what < 6)
		tighten_route(c, &p->routes[route]);
	else if (what == 6 && p->n_rules && !p->rules[0].deny)
		tighten_rule(c, &p->rules[0]);
	else if (what == 7 && d->there)
		tighten_runner(c, d);
	else if (what == 8)
		lower(c, &p->groups[chance_below(c, GROUPS)], 3, 1);
	else if (p->n_rules < RULES)
		one_more_rule(c, p);
}

/* --- as text ------------------------------------------------------------------------------ */

static void key(struct rq_str *b, const char *name, int v, const char *unit)
{
	if (v >= 0)
		rq_str_addf(b, ", %s: %d%s", name, v, unit);
}

/* Labels from bit 0, tools behind them. */
static void set(struct rq_str *b, const char *name, int bits)
{
	const char *sep = "";
	int i;

	if (!bits)
		return;
	rq_str_addf(b, ", %s: [", name);
	for (i = 0; i < LABELS + TOOLS; i++) {
		if (!(bits & (1 << i)))
			continue;
		rq_str_addf(b, "%s%s", sep, i < LABELS ? chance_labels[i] : chance_tools[i - LABELS]);
		sep = ", ";
	}
	rq_str_addc(b, ']');
}

static void money(struct rq_str *b, const char *name, int milli, const char *unit)
{
	if (milli >= 0)
		rq_str_addf(b, ", %s: %d.%03d%s", name, milli / 1000, milli % 1000, unit);
}

static void when_yaml(const struct some_rule *r, struct rq_str *b)
{
	rq_str_add(b, ", when: ");
	switch (r->condition) {
	case 0: rq_str_addf(b, "{type: t%d}", r->arg % 3); break;
	case 1: rq_str_addf(b, "{size_mb: {gt: %d}}", r->arg * 12); break;
	case 2: rq_str_addf(b, "{label: {has: %s}}", chance_labels[r->arg % LABELS]); break;
	case 3: rq_str_addf(b, "{url: {regex: '^https?://([a-z]+\\.)*example\\.(com|org)/', flags: i}}"); break;
	case 4: rq_str_addf(b, "{not: {host: {suffix: .com}}}"); break;
	case 5: rq_str_addf(b, "{any: [{duration_s: {lt: %d}}, {hour: {between: [8, %d]}}]}", r->arg * 60, 8 + r->arg % 12); break;
	case 6: rq_str_addf(b, "{all: [{submitter: sky}, {source: {in: [cli, cron]}}]}"); break;
	case 7: rq_str_addf(b, "{param.word: {regex: '^(a+)+$'}}"); break;
	case 8: rq_str_addf(b, "{weekday: {in: [sat, sun]}, attempt: {le: %d}}", r->arg % 4 + 1); break;
	default: rq_str_addf(b, "{priority: {ge: %d}}", r->arg % 20 - 10); break;
	}
}

static void rule_yaml(const struct some_rule *r, int i, struct rq_str *b)
{
	struct rq_str sets = { 0 };

	rq_str_addf(b, "  - {name: rule%d", i);
	when_yaml(r, b);
	if (r->deny) {
		rq_str_addf(b, ", deny: \"no\"%s}\n", r->skip ? ", on_unknown: skip" : "");
		return;
	}
	if (r->route >= 0)
		rq_str_addf(b, ", route: t%d", r->route);
	if (r->privacy >= 0)
		rq_str_addf(&sets, ", privacy: %s", privacies[r->privacy]);
	money(&sets, "per_job_usd", r->usd_milli, "");
	key(&sets, "max_concurrent", r->concurrent < 0 ? -1 : r->concurrent + 1, "");
	set(&sets, "needs", r->needs);
	set(&sets, "forbid", r->forbid);
	set(&sets, "labels", r->labels);
	if (!sets.len && r->route < 0)
		rq_str_add(&sets, ", timeout_minutes: 30");
	if (sets.len)
		rq_str_addf(b, ", set: {%s}", sets.s + 2);
	rq_str_add(b, "}\n");
	rq_str_release(&sets);
}

static void list_yaml(const char *name, int n, const int *v, struct rq_str *b)
{
	int i;

	rq_str_addf(b, "    %s: [", name);
	for (i = 0; i < n; i++)
		rq_str_addf(b, "%s%s", i ? ", " : "", chance_runners[v[i]]);
	rq_str_add(b, "]\n");
}

static void constraints_yaml(const struct some_route *r, struct rq_str *b)
{
	struct rq_str c = { 0 };

	key(&c, "max_size_mb", r->size < 0 ? -1 : r->size + 1, "");
	key(&c, "max_duration_minutes", r->duration < 0 ? -1 : r->duration + 1, "");
	key(&c, "min_memory_gb", r->memory, "");
	key(&c, "min_cpu_cores", r->cpu < 0 ? -1 : r->cpu + 1, "");
	key(&c, "min_storage_gb", r->storage, "");
	key(&c, "max_temp_c", r->temp < 0 ? -1 : r->temp + 1, "");
	if (r->load >= 0)
		rq_str_addf(&c, ", max_load: %d.%02d", (r->load + 1) / 100, (r->load + 1) % 100);
	key(&c, "max_concurrent", r->concurrent < 0 ? -1 : r->concurrent + 1, "");
	set(&c, "needs", r->needs);
	set(&c, "forbid", r->forbid);
	set(&c, "labels", r->labels);
	if (r->arch >= 0)
		rq_str_addf(&c, ", arch: [%s]", arches[r->arch]);
	if (r->os >= 0)
		rq_str_addf(&c, ", os: [%s]", systems[r->os]);
	if (r->version >= 0)
		rq_str_addf(&c, ", runner_version: \">=1.%d\"", r->version);
	if (c.len)
		rq_str_addf(b, "    constraints: {%s}\n", c.s + 2);
	rq_str_release(&c);
}

static void budget_yaml(const struct some_route *r, struct rq_str *b)
{
	static const char *const exceed[] = { "queue", "fallback", "reject" };
	const char *period = r->day ? "/day" : "/month";

	if (r->usd_milli < 0 && r->minutes < 0 && r->cap_milli < 0)
		return;
	rq_str_addf(b, "    budget: {on_exceed: %s", exceed[r->on_exceed]);
	money(b, "usd", r->usd_milli, period);
	key(b, "github_minutes", r->minutes, period);
	money(b, "per_job_usd", r->cap_milli, "");
	rq_str_add(b, "}\n");
}

static void scores_yaml(const struct some_route *r, struct rq_str *b)
{
	static const char *const scorers[] = { "{least_loaded: 60}", "{affinity: heavy, weight: 40}", "{cheapest: 1}", "{fastest: 7}",
					       "{most_free_memory: 1}", "{data_local: 50}", "{spread: 30}" };
	const char *sep = "";
	int i;

	if (!r->scores)
		return;
	rq_str_add(b, "    score: [");
	for (i = 0; i < 7; i++) {
		if (!(r->scores & (1 << i)))
			continue;
		rq_str_addf(b, "%s%s", sep, scorers[i]);
		sep = ", ";
	}
	rq_str_add(b, "]\n");
}

static void windows_yaml(const struct some_route *r, struct rq_str *b)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	int i, k;

	for (i = 0; i < r->n_windows; i++) {
		const struct some_window *w = &r->windows[i];
		const char *sep = "";

		rq_str_add(b, i ? ", {days: [" : "    windows: [{days: [");
		for (k = 0; k < 7; k++) {
			if (!(w->days & (1 << k)))
				continue;
			rq_str_addf(b, "%s%s", sep, days[k]);
			sep = ", ";
		}
		rq_str_addf(b, "], from: \"%02d:%02d\", to: \"%02d:%02d\"}", w->from / 60, w->from % 60, w->to / 60, w->to % 60);
	}
	if (r->n_windows)
		rq_str_add(b, "]\n");
}

static void route_yaml(const struct some_route *r, int i, struct rq_str *b)
{
	static const char *const full[] = { "queue", "reject", "replace_oldest_pending" };

	rq_str_addf(b, "  t%d:\n", i);
	list_yaml("prefer", r->n_prefer, r->prefer, b);
	list_yaml("fallback", r->n_fallback, r->fallback, b);
	constraints_yaml(r, b);
	if (r->group >= 0) {
		rq_str_addf(b, "    concurrency: {group: g%d, on_full: %s", r->group, full[r->on_full]);
		key(b, "limit", r->group_limit < 0 ? -1 : r->group_limit + 1, "");
		rq_str_add(b, "}\n");
	}
	budget_yaml(r, b);
	if (r->privacy >= 0)
		rq_str_addf(b, "    privacy: %s\n", privacies[r->privacy]);
	if (r->fallback_after >= 0)
		rq_str_addf(b, "    fallback_after: %ds\n", r->fallback_after);
	scores_yaml(r, b);
	windows_yaml(r, b);
	if (r->workflows >= 0)
		rq_str_addf(b, "    workflows: {ash: a.yml%s}\n", r->workflows ? ", \"*\": b.yml" : "");
}

static void declared_yaml(const struct some_declared *d, int i, struct rq_str *b)
{
	int k;

	rq_str_addf(b, "  %s: {watts: %d", chance_runners[i], d->watts < 0 ? 5 : d->watts);
	key(b, "cpu_cores", d->cpu < 0 ? -1 : d->cpu + 1, "");
	key(b, "memory_gb", d->memory, "");
	key(b, "storage_gb", d->storage, "");
	key(b, "max_concurrent_jobs", d->jobs, "");
	key(b, "speed", d->speed < 0 ? -1 : d->speed + 1, "");
	money(b, "usd_per_hour", d->usd_milli, "");
	key(b, "github_minutes", d->minutes, "");
	if (d->privacy >= 0)
		rq_str_addf(b, ", privacy: %s", privacies[d->privacy]);
	set(b, "labels", d->labels);
	for (k = 0; k < LABELS + TOOLS; k++) {
		const char *name = k < LABELS ? chance_labels[k] : chance_tools[k - LABELS];
		bool has = k >= LABELS && (d->has & (1 << (k - LABELS))) && !(d->lacks & (1 << k));

		if (has || (d->lacks & (1 << k)))
			rq_str_addf(b, ", supports_%s: %s", name, has ? "true" : "false");
	}
	if (d->arch >= 0)
		rq_str_addf(b, ", arch: %s", arches[d->arch]);
	if (d->os >= 0)
		rq_str_addf(b, ", os: %s", systems[d->os]);
	rq_str_add(b, "}\n");
}

void policy_yaml(const struct some_policy *p, struct rq_str *b)
{
	static const char *const unknown[] = { "error", "assume_zero", "wait" };
	int i, n = 0;

	rq_str_addf(b, "schema: 2\ndefaults: {timezone: %s, fallback_after: %ds, unknown_fact: %s, runner_stale_after: %ds",
		    p->zone ? "Europe/Berlin" : "UTC", p->fallback_after, unknown[p->unknown_fact], p->stale);
	if (p->on_no_match >= 0)
		rq_str_addf(b, ", on_no_match: route:t%d", p->on_no_match);
	rq_str_add(b, "}\n");
	if (p->n_rules)
		rq_str_add(b, "rules:\n");
	for (i = 0; i < p->n_rules; i++)
		rule_yaml(&p->rules[i], i, b);
	rq_str_add(b, "routes:\n");
	for (i = 0; i < ROUTES; i++)
		route_yaml(&p->routes[i], i, b);
	rq_str_addf(b, "groups: {g0: {limit: %d}, g1: {limit: %d}}\n", p->groups[0], p->groups[1]);
	for (i = 0; i < NAMES; i++) {
		if (!p->declared[i].there)
			continue;
		if (!n++)
			rq_str_add(b, "runner_capabilities:\n");
		declared_yaml(&p->declared[i], i, b);
	}
}

/* --- fleets and jobs ---------------------------------------------------------------------- */

static void some_labels(struct chance *c, struct rq_arena *a, unsigned odds, const char *const *names, unsigned n,
			struct rq_labels *out)
{
	unsigned i;

	out->n = 0;
	out->v = rq_arena_alloc(a, n * sizeof *out->v);
	for (i = 0; i < n; i++)
		if (chance_below(c, 100) < odds)
			out->v[out->n++] = names[i];
}

void some_runner(struct chance *c, struct rq_arena *a, int64_t now, const char *name, struct rq_runner *r)
{
	*r = (struct rq_runner){ .name = name, .queue = "local", .drain_by = "sky", .drain_reason = "disk", .version = "" };
	some_labels(c, a, 50, chance_labels, LABELS, &r->labels);
	some_labels(c, a, 70, chance_tools, TOOLS, &r->tools);
	r->online = chance_below(c, 5) > 0;
	r->hung = chance_below(c, 20) == 0;
	r->slots = 1 + (int)chance_below(c, 4);
	r->running = (int)chance_below(c, 3);
	r->placed = (int)chance_below(c, 4) / 3;
	r->drain = chance_below(c, 10) ? RQ_DRAIN_ACTIVE : RQ_DRAIN_DRAINING;
	r->os = systems[chance_below(c, 2)];
	r->arch = arches[chance_below(c, 2)];
	r->host = rq_arena_fmt(a, "%s.example.com", name);
	if (chance_below(c, 10))
		r->version = rq_arena_fmt(a, "1.%u.3", chance_below(c, 4));
	r->seen_at = now - (int64_t)chance_below(c, 50) * 1000;
	r->cpu_cores = maybe(c, 1 + chance_below(c, 2), 16);
	r->memory_bytes = chance_below(c, 5) ? (int64_t)chance_below(c, 16) * 1000000000 : -1;
	r->disk_free_bytes = chance_below(c, 4) ? (int64_t)chance_below(c, 500) * 1000000000 : -1;
	r->temp_milli_c = chance_below(c, 2) ? (int)chance_below(c, 90) * 1000 : -1;
	r->load_milli = chance_below(c, 2) ? (int)chance_below(c, 1200) : -1;
}

static void count(struct rq_arena *a, struct rq_counter *v, size_t *n, const char *key_text, int64_t value)
{
	v[(*n)++] = (struct rq_counter){ rq_arena_str(a, key_text), value };
}

static int by_key(const void *x, const void *y)
{
	return strcmp(((const struct rq_counter *)x)->key, ((const struct rq_counter *)y)->key);
}

static void some_counters(struct chance *c, struct rq_arena *a, struct rq_fleet *f)
{
	struct rq_counter *v = rq_arena_alloc(a, 64 * sizeof *v);
	size_t n = 0;
	int i, k;

	for (i = 0; i < ROUTES; i++) {
		for (k = 0; k < NAMES; k++)
			if (chance_below(c, 4) == 0)
				count(a, v, &n, rq_arena_fmt(a, "route:t%d@%s", i, chance_runners[k]), (int64_t)chance_below(c, 4));
		if (chance_below(c, 2))
			count(a, v, &n, rq_arena_fmt(a, "usd:t%d:2026-11", i), (int64_t)chance_below(c, 3000) * 1000000);
		if (chance_below(c, 3) == 0)
			count(a, v, &n, rq_arena_fmt(a, "minutes:t%d:2026-11", i), (int64_t)chance_below(c, 100) * 1000000000);
	}
	for (i = 0; i < GROUPS; i++)
		if (chance_below(c, 2))
			count(a, v, &n, rq_arena_fmt(a, "group:g%d", i), (int64_t)chance_below(c, 3));
	qsort(v, n, sizeof *v, by_key);
	f->counters = v;
	f->n_counters = n;
}

void some_fleet(struct chance *c, struct rq_arena *a, int64_t now, struct rq_runner *runners, struct rq_fleet *f)
{
	size_t i;

	*f = (struct rq_fleet){ .runners = runners, .taken_at = now };
	for (i = 0; i < NAMES + LABELS; i++)
		if (f->n_runners < RUNNERS_MOST && chance_below(c, i < NAMES ? 4 : 20) < (i < NAMES ? 3 : 1))
			some_runner(c, a, now, chance_runners[i], &runners[f->n_runners++]);
	some_counters(c, a, f);
}

static const char *some_url(struct chance *c)
{
	static const char *const urls[] = { "https://www.example.com/a.mp3", "http://elm/b.wav", "https://example.org/x/y.flac?k=v",
					    "not a url", "https://me:pw@ash.example.com/" };

	return urls[chance_below(c, 5)];
}

void some_facts(struct chance *c, struct rq_arena *a, int64_t now, struct rq_facts *f)
{
	const char **params = rq_arena_alloc(a, 8 * sizeof *params);
	struct rq_labels *labels = rq_arena_alloc(a, sizeof *labels);
	struct rq_facts raw = { .labels = labels, .params = params, .target = "", .submitter = "", .source = "" };

	some_labels(c, a, 8, chance_labels, LABELS, labels);
	raw.type = chance_types[chance_below(c, 10) ? chance_below(c, ROUTES) : ROUTES + chance_below(c, 2)];
	if (chance_below(c, 10) == 0)
		raw.target = chance_runners[chance_below(c, NAMES + LABELS)];
	if (chance_below(c, 8))
		params[raw.n_params++] = rq_arena_fmt(a, "size_mb=%u.%u", chance_below(c, 1500), chance_below(c, 10));
	if (chance_below(c, 3))
		params[raw.n_params++] = rq_arena_fmt(a, "duration_s=%u", chance_below(c, 15000));
	if (chance_below(c, 3))
		params[raw.n_params++] = rq_arena_fmt(a, "url=%s", some_url(c));
	if (chance_below(c, 20) == 0)
		params[raw.n_params++] = "word=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
	raw.submitter = chance_below(c, 3) ? "sky" : "";
	raw.source = chance_below(c, 3) ? "cli" : "";
	raw.priority = (int)chance_below(c, 20) - 10;
	raw.attempt = 1 + (int)chance_below(c, 3);
	raw.created_at = chance_below(c, 4) ? now - (int64_t)chance_below(c, 500) * 1000 : 0;
	raw.run_at = chance_below(c, 20) ? 0 : now + (int64_t)chance_below(c, 100000) - 50000;
	raw.retrying = chance_below(c, 2);
	raw.blocked = chance_below(c, 25) == 0;
	rq_facts_normalise(a, &raw, f, NULL, NULL);
}
