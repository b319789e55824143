/* decide_judge.c - one candidate against every predicate, without stopping at the first that fails. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/policy/eval.h"

static const struct rq_pos nowhere = { 0, 0 };
static const char *const tiers[] = { "prefer", "fallback", "any", "asked", "" };

/* --- what a runner has -------------------------------------------------------------------- */

static bool listed(const struct rq_names *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (rq_ieq(l->v[i].s, name))
			return true;
	return false;
}

bool rq_pick_has_label(const struct rq_pick *p, const char *label)
{
	if (p->d && listed(&p->d->lacks, label))
		return false;
	return (p->r && rq_labels_has(&p->r->labels, label)) || (p->d && listed(&p->d->labels, label));
}

bool rq_pick_has(const struct rq_pick *p, const char *capability)
{
	if (p->d && listed(&p->d->lacks, capability))
		return false;
	return (p->d && listed(&p->d->has, capability)) || (p->r && rq_labels_has(&p->r->tools, capability)) ||
	       rq_pick_has_label(p, capability);
}

int rq_pick_places(const struct rq_pick *p)
{
	bool declared = p->d && p->d->max_jobs.set;

	if (!p->r)
		return declared ? (int)p->d->max_jobs.v : -1;
	return declared && p->d->max_jobs.v < p->r->slots ? (int)p->d->max_jobs.v : p->r->slots;
}

int rq_pick_taken(const struct rq_pick *p)
{
	return p->r ? p->r->running + p->r->placed : 0;
}

void rq_pick_cost(const struct rq_eval *e, const struct rq_declared *d, int64_t *seconds, int64_t *usd, int64_t *minutes,
		  int64_t *usd_rate, int64_t *minute_rate)
{
	int64_t speed = d && d->speed_percent.set && d->speed_percent.v > 0 ? d->speed_percent.v : 100;
	int64_t price = d && d->usd_per_hour.set ? d->usd_per_hour.v : 0;
	int64_t billed = d && d->github_minutes_milli.set ? d->github_minutes_milli.v : 0;

	*seconds = e->seconds_at_100 < 0 ? -1 : rq_mul_div(e->seconds_at_100, 100, rq_mul_div(speed, 1000, 1));
	*usd_rate = rq_mul_div(price, 1, 3600);
	*minute_rate = rq_mul_div(billed, 1000000, 60);
	*usd = *seconds < 0 ? 0 : rq_mul_div(price, *seconds, 3600);
	*minutes = *seconds < 0 ? 0 : rq_mul_div(rq_mul_div(billed, 1000000, 1), *seconds, 60);
}

/* Somebody has seen it, so that what is not known of it is a failing. */
static bool seen(const struct rq_pick *p)
{
	return p->r != NULL;
}

/* --- permanent ---------------------------------------------------------------------------- */

static void place(struct rq_eval *e, const struct rq_pick *p)
{
	if (p->tier == RQ_TIER_NONE && e->route)
		rq_eval_add(e, "NOT_IN_ROUTE", 'P', "", "", "", "", e->route->at);
	if (*e->f->target && !rq_ieq(e->f->target, p->name))
		rq_eval_add(e, "NOT_THE_TARGET", 'P', "", "", rq_join(e->a, e->f->target, "", ""), "", nowhere);
}

static const char *hint(struct rq_eval *e, const char *missing)
{
	if (!e->near_asked)
		e->near = rq_near_labels(e->a, e->f->labels, e->fleet);
	e->near_asked = true;
	return rq_near_text(e->a, e->f->labels, e->near, missing);
}

/* Without a route a declaration adds no labels: the same job might be claimed by its labels alone. */
static bool job_label(const struct rq_eval *e, const struct rq_pick *p, const char *label)
{
	return rq_pick_has_label(p, label) && (e->route || !p->r || rq_labels_has(&p->r->labels, label));
}

static void job_labels(struct rq_eval *e, const struct rq_pick *p)
{
	const struct rq_labels *want = e->f->labels;
	const char *missing = NULL;
	size_t i;

	for (i = 0; i < want->n; i++) {
		if (job_label(e, p, want->v[i]) || (!seen(p) && !(p->d && listed(&p->d->lacks, want->v[i]))))
			continue;
		missing = missing ? rq_join(e->a, missing, ",", want->v[i]) : rq_join(e->a, want->v[i], "", "");
	}
	if (missing)
		rq_eval_add(e, "LABEL_MISSING", 'P', "labels", "has_all", missing, hint(e, missing), nowhere);
}

/* One reason for each, with its own place in the policy. */
static void needs_labels(struct rq_eval *e, const struct rq_pick *p, const struct rq_names *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (!rq_pick_has_label(p, l->v[i].s) && (seen(p) || (p->d && listed(&p->d->lacks, l->v[i].s))))
			rq_eval_add(e, "LABEL_MISSING", 'P', "labels", "has", rq_join(e->a, l->v[i].s, "", ""), "", l->v[i].at);
}

static void needs(struct rq_eval *e, const struct rq_pick *p, const struct rq_names *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		bool no = p->d && listed(&p->d->lacks, l->v[i].s);

		if (no || (seen(p) && !rq_pick_has(p, l->v[i].s)))
			rq_eval_add(e, "CAPABILITY_MISSING", 'P', "needs", "has", rq_join(e->a, l->v[i].s, "", ""),
				    no ? "declared: no" : "", l->v[i].at);
	}
}

static void forbids(struct rq_eval *e, const struct rq_pick *p, const struct rq_names *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (rq_pick_has(p, l->v[i].s))
			rq_eval_add(e, "LABEL_FORBIDDEN", 'P', "forbid", "has", "", rq_join(e->a, l->v[i].s, "", ""), l->v[i].at);
}

static const char *list_text(struct rq_eval *e, const struct rq_names *l)
{
	const char *s = "";
	size_t i;

	for (i = 0; i < l->n; i++)
		s = rq_join(e->a, s, i ? "," : "", l->v[i].s);
	return s;
}

static void one_of(struct rq_eval *e, const struct rq_pick *p, const char *code, const char *fact, const struct rq_names *l,
		   const char *declared, const char *probed)
{
	const char *has = declared ? declared : probed ? probed : "";

	if (!l->n || listed(l, has) || (!*has && !seen(p)))
		return;
	rq_eval_add(e, code, 'P', fact, "in", list_text(e, l), *has ? rq_join(e->a, has, "", "") : "unknown", l->at);
}

/* -1, 0, 1: as numbers between dots, letters ignored. */
static int compare_versions(const char *a, const char *b)
{
	while (*a || *b) {
		int64_t x = 0, y = 0;

		for (; *a >= '0' && *a <= '9'; a++)
			x = x < INT32_MAX ? x * 10 + (*a - '0') : x;
		for (; *b >= '0' && *b <= '9'; b++)
			y = y < INT32_MAX ? y * 10 + (*b - '0') : y;
		if (x != y)
			return x < y ? -1 : 1;
		while (*a && (*a < '0' || *a > '9'))
			a++;
		while (*b && (*b < '0' || *b > '9'))
			b++;
	}
	return 0;
}

static void version(struct rq_eval *e, const struct rq_pick *p)
{
	static const char *const ops[] = { "", ">=", ">", "=", "<=", "<" };
	const char *has = p->r && p->r->version ? p->r->version : "", *want;
	int op = (int)e->route->c.runner_version.op, c;
	bool fits;

	if (op == RQ_VERSION_ANY || !seen(p))
		return;
	want = e->route->c.runner_version.version;
	c = compare_versions(has, want);
	fits = op == RQ_VERSION_GE ? c >= 0 : op == RQ_VERSION_GT ? c > 0 : op == RQ_VERSION_EQ ? c == 0 :
	       op == RQ_VERSION_LE ? c <= 0 : c < 0;
	if (!*has || !fits)
		rq_eval_add(e, "RUNNER_TOO_OLD", 'P', "version", "", rq_join(e->a, ops[op], want, ""),
			    *has ? rq_join(e->a, has, "", "") : "unknown", e->route->c.runner_version.at);
}

/* Bytes as GB with what makes sense behind the point, or cores. */
static const char *amount(struct rq_eval *e, int64_t v, bool bytes)
{
	if (v < 0)
		return "unknown";
	if (!bytes)
		return rq_arena_fmt(e->a, "%lld", (long long)v);
	if (v % 1000000000 == 0)
		return rq_arena_fmt(e->a, "%lld GB", (long long)(v / 1000000000));
	return rq_arena_fmt(e->a, "%lld.%02lld GB", (long long)(v / 1000000000), (long long)(v % 1000000000 / 10000000));
}

static void at_least(struct rq_eval *e, const struct rq_pick *p, const char *code, const char *fact, const struct rq_num *min,
		     const struct rq_num *declared, int64_t probed, bool bytes)
{
	int64_t has = declared && declared->set ? declared->v : probed;

	if (!min->set || has >= min->v || (has < 0 && !seen(p)))
		return;
	rq_eval_add(e, code, 'P', fact, "ge", amount(e, min->v, bytes), amount(e, has, bytes), min->at);
}

static void machine(struct rq_eval *e, const struct rq_pick *p)
{
	const struct rq_constraints *c = &e->route->c;
	const struct rq_declared *d = p->d;
	const struct rq_runner *r = p->r;

	one_of(e, p, "OS_MISMATCH", "os", &c->os, d ? d->os : NULL, r ? r->os : NULL);
	one_of(e, p, "ARCH_MISMATCH", "arch", &c->arch, d ? d->arch : NULL, r ? r->arch : NULL);
	version(e, p);
	at_least(e, p, "CPU_INSUFFICIENT", "cpu_cores", &c->min_cpu, d ? &d->cpu_cores : NULL, r ? r->cpu_cores : -1, false);
	at_least(e, p, "MEMORY_INSUFFICIENT", "memory_gb", &c->min_memory, d ? &d->memory : NULL, r ? r->memory_bytes : -1, true);
	/* What is free is a question of the moment; without a declaration it is all that is known. */
	if (!r || r->disk_free_bytes < 0 || (d && d->storage.set))
		at_least(e, p, "STORAGE_INSUFFICIENT", "storage_gb", &c->min_storage, d ? &d->storage : NULL, -1, true);
}

static void privacy(struct rq_eval *e, const struct rq_pick *p)
{
	enum rq_privacy has = p->d && p->d->privacy.set ? (enum rq_privacy)p->d->privacy.v : RQ_PRIVACY_LOCAL_ONLY;

	if (e->privacy.set && (int64_t)has > e->privacy.v)
		rq_eval_add(e, "PRIVACY_VIOLATION", 'P', "privacy", "le", rq_privacy_name((enum rq_privacy)e->privacy.v),
			    rq_privacy_name(has), e->privacy.at);
}

static const char *usd_text(struct rq_eval *e, int64_t nano)
{
	return rq_arena_fmt(e->a, "%lld.%04lld USD", (long long)(nano / 1000000000), (long long)(nano % 1000000000 / 100000));
}

/* With a price and no duration nobody knows what it will cost: as unknown_fact says. */
static void cap(struct rq_eval *e, const struct rq_pick *p)
{
	int64_t seconds, usd, minutes, rate, minute_rate;

	if (!e->per_job_usd.set)
		return;
	rq_pick_cost(e, p->d, &seconds, &usd, &minutes, &rate, &minute_rate);
	if (!rate)
		return;
	if (usd > e->per_job_usd.v)
		rq_eval_add(e, "COST_OVER_CAP", 'P', "usd", "le", usd_text(e, e->per_job_usd.v), usd_text(e, usd),
			    e->per_job_usd.at);
	else if (seconds < 0 && e->p->unknown_fact != RQ_UNKNOWN_ASSUME_ZERO)
		rq_eval_add(e, "FACT_MISSING", e->p->unknown_fact == RQ_UNKNOWN_WAIT ? 'T' : 'E', "duration_s", "",
			    "duration_s", "", e->per_job_usd.at);
}

const char *rq_workflow_of(const struct rq_route *r, const char *runner)
{
	const char *any = NULL;
	size_t i;

	for (i = 0; i < r->n_workflows; i++) {
		if (rq_ieq(r->workflows[i].target.s, runner))
			return r->workflows[i].file.s;
		if (strcmp(r->workflows[i].target.s, "*") == 0)
			any = r->workflows[i].file.s;
	}
	return any;
}

static void workflow(struct rq_eval *e, const struct rq_pick *p)
{
	if (e->route->n_workflows && !rq_workflow_of(e->route, p->name))
		rq_eval_add(e, "NO_WORKFLOW_FOR_TARGET", 'P', "workflows", "has", rq_join(e->a, p->name, "", ""), "",
			    e->route->workflows_at);
}

/* --- temporary ---------------------------------------------------------------------------- */

static const char *seen_text(struct rq_eval *e, const struct rq_runner *r)
{
	const char *text = rq_seen_text(e->a, r, e->now);
	char limit[RQ_TIME_LEN];

	if (!r->seen_at || e->p->runner_stale_ms <= 0)
		return text;
	return rq_join(e->a, text, rq_arena_fmt(e->a, " (limit %s)", rq_duration_text(e->p->runner_stale_ms, limit)), "");
}

static void alive(struct rq_eval *e, const struct rq_pick *p)
{
	const struct rq_runner *r = p->r;

	if (!r)
		rq_eval_add(e, "RUNNER_OFFLINE", 'T', "", "", "", "never seen", nowhere);
	else if (!r->online)
		rq_eval_add(e, "RUNNER_OFFLINE", 'T', "", "", "", seen_text(e, r), nowhere);
	else if (r->hung)
		rq_eval_add(e, "RUNNER_STALE", 'T', "", "", "", "it stopped renewing its leases", nowhere);
	if (r && r->drain != RQ_DRAIN_ACTIVE)
		rq_eval_add(e, "RUNNER_PAUSED", 'T', "", "", "", rq_drain_text(e->a, r), nowhere);
}

static const char *milli(struct rq_eval *e, int64_t v, const char *unit)
{
	return rq_arena_fmt(e->a, "%lld.%02lld%s", (long long)(v / 1000), (long long)(v % 1000 / 10), unit);
}

/* What was measured says nothing of a runner that is not there; what could not be measured holds nothing against one. */
static void condition(struct rq_eval *e, const struct rq_pick *p)
{
	const struct rq_constraints *c = &e->route->c;
	const struct rq_runner *r = p->r;

	if (!r || !r->online)
		return;
	if (c->max_temp_milli.set && r->temp_milli_c != -1 && r->temp_milli_c > c->max_temp_milli.v)
		rq_eval_add(e, "RUNNER_HOT", 'T', "temp_c", "le", milli(e, c->max_temp_milli.v, " C"),
			    milli(e, r->temp_milli_c, " C"), c->max_temp_milli.at);
	if (c->max_load_milli.set && r->load_milli != -1 && r->load_milli > c->max_load_milli.v)
		rq_eval_add(e, "RUNNER_LOADED", 'T', "load", "le", milli(e, c->max_load_milli.v, ""),
			    milli(e, r->load_milli, ""), c->max_load_milli.at);
	if (c->min_storage.set && r->disk_free_bytes >= 0 && r->disk_free_bytes < c->min_storage.v)
		rq_eval_add(e, "DISK_LOW", 'T', "storage_gb", "ge", amount(e, c->min_storage.v, true),
			    amount(e, r->disk_free_bytes, true), c->min_storage.at);
}

static void room(struct rq_eval *e, const struct rq_pick *p)
{
	int places = rq_pick_places(p), taken = rq_pick_taken(p);
	bool declared = p->d && p->d->max_jobs.set && p->d->max_jobs.v == places;

	if (!p->r || !p->r->online || taken < places)
		return;
	rq_eval_add(e, "RUNNER_FULL", 'T', "jobs", "lt", "",
		    rq_arena_fmt(e->a, "%d running, %d placed, %d place%s", p->r->running, p->r->placed, places,
				 places == 1 ? "" : "s"),
		    declared ? p->d->max_jobs.at : nowhere);
}

const char *rq_route_key(struct rq_eval *e, const struct rq_pick *p)
{
	return rq_eval_key(e, "route:", e->route ? e->route->name : e->f->type, "@", p->name);
}

static void route_room(struct rq_eval *e, const struct rq_pick *p)
{
	int64_t n;

	if (!e->max_concurrent.set)
		return;
	n = rq_fleet_count(e->fleet, rq_route_key(e, p));
	if (n >= e->max_concurrent.v)
		rq_eval_add(e, "ROUTE_CONCURRENCY", 'T', "jobs", "lt", "",
			    rq_arena_fmt(e->a, "%lld running, limit %lld", (long long)n, (long long)e->max_concurrent.v),
			    e->max_concurrent.at);
}

static void budget(struct rq_eval *e, const struct rq_pick *p, const struct rq_purse *b, int64_t cost, int64_t rate)
{
	if (!b->set)
		return;
	if (rate && (b->used >= b->limit || cost > b->limit - b->used))
		rq_eval_add(e, b->code, 'T', "budget", "le", rq_eval_key(e, b->key, "", "", ""), "", b->at);
	else if (b->blocked_after >= 0 && (int)p->tier > b->blocked_after && p->tier <= RQ_TIER_FALLBACK)
		rq_eval_add(e, b->code, 'T', "budget", "le", rq_eval_key(e, b->key, "", "", ""),
			    "preferred runners are over it", b->at);
}

static void budgets(struct rq_eval *e, const struct rq_pick *p)
{
	int64_t seconds, usd, minutes, usd_rate, minute_rate;

	if (!e->usd.set && !e->minutes.set)
		return;
	rq_pick_cost(e, p->d, &seconds, &usd, &minutes, &usd_rate, &minute_rate);
	budget(e, p, &e->usd, usd, usd_rate);
	budget(e, p, &e->minutes, minutes, minute_rate);
}

/* --- all of it ---------------------------------------------------------------------------- */

static void finish(struct rq_eval *e, struct rq_candidate *c)
{
	size_t i;

	c->n_reasons = e->n_common + e->n_scratch;
	c->reasons = rq_arena_alloc(e->a, c->n_reasons * sizeof *c->reasons);
	if (e->n_common)
		memcpy(c->reasons, e->common, e->n_common * sizeof *c->reasons);
	if (e->n_scratch)
		memcpy(c->reasons + e->n_common, e->scratch, e->n_scratch * sizeof *c->reasons);
	c->pass = true;
	for (i = 0; i < c->n_reasons; i++)
		if (c->reasons[i].cls != 'I')
			c->pass = false;
}

/* With no runner at all it is too early to tell. */
static void unknown(struct rq_eval *e, const struct rq_pick *p)
{
	const char *near = rq_nearest_label(p->name, e->fleet->runners, e->fleet->n_runners);

	if (!e->fleet->n_runners) {
		rq_eval_add(e, "RUNNER_OFFLINE", 'T', "", "", "", "no runner is known yet", p->at);
		return;
	}
	rq_eval_add(e, "TARGET_UNKNOWN", 'P', "runner", "", rq_join(e->a, p->name, "", ""),
		    near ? rq_join(e->a, "nearest: ", near, "") : "", p->at);
}

void rq_eval_judge(struct rq_eval *e, const struct rq_pick *p, struct rq_candidate *c)
{
	size_t i;

	e->n_scratch = 0;
	c->name = rq_join(e->a, p->name, "", "");
	c->tier = tiers[p->tier];
	c->pos = p->pos;
	place(e, p);
	if (p->unknown) {
		unknown(e, p);
		finish(e, c);
		return;
	}
	job_labels(e, p);
	if (e->route) {
		needs_labels(e, p, &e->route->c.labels);
		needs(e, p, &e->route->c.needs);
		forbids(e, p, &e->route->c.forbid);
	}
	for (i = 0; i < e->n_sets; i++) {
		needs_labels(e, p, &e->sets[i]->labels);
		needs(e, p, &e->sets[i]->needs);
		forbids(e, p, &e->sets[i]->forbid);
	}
	if (e->route)
		machine(e, p);
	privacy(e, p);
	cap(e, p);
	if (e->route)
		workflow(e, p);
	alive(e, p);
	if (e->route)
		condition(e, p);
	room(e, p);
	route_room(e, p);
	budgets(e, p);
	finish(e, c);
}
