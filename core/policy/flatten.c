/* flatten.c - a policy as a list of what it says. */
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/policy/diff.h"
#include "core/policy/words.h"

struct flat {
	struct rq_arena *a;
	struct rq_sayings *out;
	const char *group;
};

static void say(struct flat *f, const char *key, const char *value, struct rq_pos at)
{
	RQ_GROW(f->out->v, f->out->n, &f->out->cap);
	f->out->v[f->out->n++] = (struct rq_saying){ f->group, key, value, at };
}

static const struct rq_pos nowhere;

static void say_text(struct flat *f, const char *key, const char *value, struct rq_pos at)
{
	if (value && *value)
		say(f, key, rq_arena_str(f->a, value), at);
}

/* V of UNIT, with as many digits behind the point as it needs. */
static const char *decimal(struct rq_arena *a, int64_t v, int64_t unit, const char *suffix)
{
	const char *sign = v < 0 ? "-" : "";
	uint64_t n = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, u = (uint64_t)unit;
	char part[24];
	int len = 0;

	for (uint64_t rest = n % u, one = u / 10; rest && one; rest %= one, one /= 10)
		part[len++] = (char)('0' + rest / one);
	part[len] = 0;
	return rq_arena_fmt(a, "%s%llu%s%s%s", sign, (unsigned long long)(n / u), len ? "." : "", part, suffix);
}

static void say_num(struct flat *f, const char *key, const struct rq_num *n, int64_t unit, const char *suffix)
{
	if (n->set)
		say(f, key, decimal(f->a, n->v, unit, suffix), n->at);
}

static const char *duration(struct rq_arena *a, int64_t ms)
{
	if (ms % 60000 == 0 && ms)
		return decimal(a, ms, 60000, "m");
	return decimal(a, ms, 1000, "s");
}

static void say_ms(struct flat *f, const char *key, const struct rq_num *n)
{
	if (n->set)
		say(f, key, duration(f->a, n->v), n->at);
}

static void say_privacy(struct flat *f, const char *key, const struct rq_num *n)
{
	if (n->set)
		say(f, key, rq_privacy_name((enum rq_privacy)n->v), n->at);
}

static const char *finish(struct rq_arena *a, struct rq_str *b)
{
	const char *s = rq_arena_str(a, rq_str_get(b));

	rq_str_release(b);
	return s;
}

static void say_names(struct flat *f, const char *key, const struct rq_names *n)
{
	struct rq_str b;

	if (!n->set && !n->n)
		return;
	rq_str_init(&b, 0);
	rq_str_addc(&b, '[');
	for (size_t i = 0; i < n->n; i++)
		rq_str_addf(&b, "%s%s", i ? ", " : "", n->v[i].s);
	rq_str_addc(&b, ']');
	say(f, key, finish(f->a, &b), n->set ? n->at : n->v[0].at);
}

/* ---- rules ---- */

static void when_text(const struct rq_when *w, struct rq_str *b)
{
	static const char *const words[] = { "all", "any", "not" };

	if (w->kind != RQ_WHEN_TEST) {
		rq_str_addf(b, "%s(", words[w->kind]);
		for (size_t i = 0; i < w->n; i++) {
			rq_str_add(b, i ? ", " : "");
			when_text(&w->v[i], b);
		}
		rq_str_addc(b, ')');
		return;
	}
	rq_str_add(b, rq_fact_name(w->fact));
	if (w->fact == RQ_FACT_PARAM)
		rq_str_addf(b, ".%s", w->param);
	rq_str_addf(b, " %s", rq_op_name(w->op));
	for (size_t i = 0; i < w->n_args; i++)
		rq_str_addf(b, "%s%s", i ? ", " : " ", w->args[i].text);
}

static void say_rule(struct flat *f, const struct rq_rule *r)
{
	struct rq_str b;

	f->group = rq_arena_fmt(f->a, "rules.%s", r->name);
	say(f, "", "", r->at);
	if (r->when) {
		rq_str_init(&b, 0);
		when_text(r->when, &b);
		say(f, "when", finish(f->a, &b), r->when->at);
	}
	if (r->deny)
		say(f, "deny", rq_arena_fmt(f->a, "\"%s\"", r->deny), r->at);
	if (r->skip_unknown)
		say(f, "on_unknown", "skip", r->at);
	say_text(f, "route", r->route, r->at);
	say_privacy(f, "set.privacy", &r->privacy);
	say_num(f, "set.per_job_usd", &r->per_job_usd, 1000000000, "");
	say_num(f, "set.max_concurrent", &r->max_concurrent, 1, "");
	say_ms(f, "set.timeout_minutes", &r->timeout_ms);
	say_names(f, "set.needs", &r->needs);
	say_names(f, "set.forbid", &r->forbid);
	say_names(f, "set.labels", &r->labels);
}

/* ---- routes ---- */

static void say_constraints(struct flat *f, const struct rq_constraints *c)
{
	say_num(f, "constraints.max_size_mb", &c->max_size, 1000000, "");
	say_ms(f, "constraints.max_duration_minutes", &c->max_duration_ms);
	say_num(f, "constraints.min_memory_gb", &c->min_memory, 1000000000, "");
	say_num(f, "constraints.min_cpu_cores", &c->min_cpu, 1, "");
	say_num(f, "constraints.min_storage_gb", &c->min_storage, 1000000000, "");
	say_num(f, "constraints.max_temp_c", &c->max_temp_milli, 1000, "");
	say_num(f, "constraints.max_load", &c->max_load_milli, 1000, "");
	say_num(f, "constraints.max_concurrent", &c->max_concurrent, 1, "");
	say_names(f, "constraints.needs", &c->needs);
	say_names(f, "constraints.forbid", &c->forbid);
	say_names(f, "constraints.labels", &c->labels);
	say_names(f, "constraints.arch", &c->arch);
	say_names(f, "constraints.os", &c->os);
	if (c->runner_version.op != RQ_VERSION_ANY)
		say(f, "constraints.runner_version",
		    rq_arena_fmt(f->a, "%s%s", rq_version_words[c->runner_version.op], c->runner_version.version),
		    c->runner_version.at);
}

static void day_names(unsigned days, struct rq_str *b)
{
	const char *between = "";

	for (unsigned i = 0; i < 7; i++)
		if (days >> i & 1) {
			rq_str_addf(b, "%s%s", between, rq_weekdays[i]);
			between = " ";
		}
}

static void say_windows(struct flat *f, const struct rq_route *r)
{
	struct rq_str b;

	if (!r->n_windows)
		return;
	rq_str_init(&b, 0);
	for (size_t i = 0; i < r->n_windows; i++) {
		const struct rq_window *w = &r->windows[i];

		rq_str_add(&b, i ? ", " : "");
		day_names(w->days, &b);
		rq_str_addf(&b, " %02d:%02d-%02d:%02d", w->from / 60, w->from % 60, w->to / 60, w->to % 60);
	}
	say(f, "windows", finish(f->a, &b), r->windows_at);
}

static void say_scores(struct flat *f, const struct rq_route *r)
{
	struct rq_str b;

	if (!r->n_scores)
		return;
	rq_str_init(&b, 0);
	for (size_t i = 0; i < r->n_scores; i++) {
		const struct rq_score_rule *s = &r->scores[i];

		rq_str_addf(&b, "%s%s%s%s*%lld", i ? " + " : "", rq_scorer_name(s->scorer), s->label && *s->label ? " " : "",
			    s->label ? s->label : "", (long long)s->weight);
	}
	say(f, "score", finish(f->a, &b), r->scores_at);
}

static void say_workflows(struct flat *f, const struct rq_route *r)
{
	for (size_t i = 0; i < r->n_workflows; i++)
		say(f, rq_arena_fmt(f->a, "workflows.%s", r->workflows[i].target.s),
		    rq_arena_str(f->a, r->workflows[i].file.s), r->workflows[i].target.at);
}

static void say_concurrency(struct flat *f, const struct rq_route *r)
{
	if (!r->concurrency.group)
		return;
	say_text(f, "concurrency.group", r->concurrency.group, r->concurrency.at);
	say_num(f, "concurrency.limit", &r->concurrency.limit, 1, "");
	say(f, "concurrency.on_full", rq_on_full_words[r->concurrency.on_full], r->concurrency.at);
}

static void say_budget(struct flat *f, const struct rq_budget *b)
{
	static const char *const periods[] = { "", "/day", "/month" };

	if (!b->set)
		return;
	say_num(f, "budget.github_minutes", &b->minutes, 1, periods[b->minutes_period]);
	say_num(f, "budget.usd", &b->usd, 1000000000, periods[b->usd_period]);
	say_num(f, "budget.per_job_usd", &b->per_job_usd, 1000000000, "");
	say(f, "budget.on_exceed", rq_on_exceed_words[b->on_exceed], b->at);
}

static void say_retry(struct flat *f, const struct rq_route *r)
{
	const struct rq_retry *t = &r->retry;
	struct rq_str b;

	if (!r->retry_at.line)
		return;
	rq_str_init(&b, 0);
	rq_str_addf(&b, "max %d on", t->max);
	rq_str_add(&b, t->on & RQ_RETRY_FAILURE ? " FAILURE" : "");
	rq_str_add(&b, t->on & RQ_RETRY_TEMPORARY ? " TEMPORARY" : "");
	rq_str_add(&b, t->on & RQ_RETRY_TIMEOUT ? " TIMEOUT" : "");
	rq_str_addf(&b, ", backoff %s", duration(f->a, t->backoff_ms));
	rq_str_addf(&b, " factor %s", decimal(f->a, t->factor_milli, 1000, ""));
	rq_str_addf(&b, " cap %s", duration(f->a, t->cap_ms));
	say(f, "retry", finish(f->a, &b), r->retry_at);
}

static void say_provider(struct flat *f, const struct rq_provider_want *p)
{
	if (!p->set)
		return;
	say_text(f, "provider.task", p->task, p->at);
	say_names(f, "provider.chain", &p->chain);
	say_text(f, "provider.optimize", p->optimize, p->at);
	say_num(f, "provider.max_usd_per_hour", &p->max_usd_per_hour, 1000000000, "");
}

static void say_route(struct flat *f, const struct rq_route *r)
{
	f->group = rq_arena_fmt(f->a, "routes.%s", r->name);
	say(f, "", "", r->at);
	say_names(f, "prefer", &r->prefer);
	say_names(f, "fallback", &r->fallback);
	say_constraints(f, &r->c);
	say_workflows(f, r);
	say_scores(f, r);
	say_concurrency(f, r);
	say_budget(f, &r->budget);
	say_privacy(f, "privacy", &r->privacy);
	say_windows(f, r);
	say_ms(f, "timeout_minutes", &r->timeout_ms);
	say_ms(f, "fallback_after", &r->fallback_after_ms);
	say_retry(f, r);
	say_provider(f, &r->provider);
}

/* ---- the rest ---- */

static void say_declared(struct flat *f, const struct rq_declared *d)
{
	f->group = rq_arena_fmt(f->a, "runner_capabilities.%s", d->name);
	say(f, "", "", d->at);
	say_num(f, "cpu_cores", &d->cpu_cores, 1, "");
	say_num(f, "memory_gb", &d->memory, 1000000000, "");
	say_num(f, "storage_gb", &d->storage, 1000000000, "");
	say_num(f, "max_concurrent_jobs", &d->max_jobs, 1, "");
	say_num(f, "speed", &d->speed_percent, 1, "");
	say_num(f, "watts", &d->watts, 1, "");
	say_num(f, "usd_per_hour", &d->usd_per_hour, 1000000000, "");
	say_num(f, "github_minutes", &d->github_minutes_milli, 1000, "");
	say_privacy(f, "privacy", &d->privacy);
	say_names(f, "labels", &d->labels);
	say_names(f, "supports", &d->has);
	say_names(f, "supports not", &d->lacks);
	say_text(f, "arch", d->arch, d->at);
	say_text(f, "os", d->os, d->at);
}

static void say_defaults(struct flat *f, const struct rq_policy *p)
{
	f->group = "";
	say(f, "schema", rq_arena_fmt(f->a, "%d", p->schema), nowhere);
	say_text(f, "policy_version", p->version, nowhere);
	f->group = "defaults";
	say_text(f, "timezone", p->timezone, nowhere);
	say(f, "on_no_match", p->on_no_match ? rq_arena_fmt(f->a, "route:%s", p->on_no_match) : "reject", nowhere);
	say(f, "fallback_after", duration(f->a, p->fallback_after_ms), nowhere);
	say(f, "runner_stale_after", duration(f->a, p->runner_stale_ms), nowhere);
	say(f, "unknown_fact", rq_unknown_fact_words[p->unknown_fact], nowhere);
}

static int by_name(const void *pa, const void *pb)
{
	const struct rq_saying *a = pa, *b = pb;
	int d = strcmp(a->group, b->group);

	return d ? d : strcmp(a->key, b->key);
}

void rq_policy_flatten(struct rq_arena *a, const struct rq_policy *p, struct rq_sayings *out)
{
	struct flat f = { .a = a, .out = out };

	*out = (struct rq_sayings){ 0 };
	if (!p)
		return;
	say_defaults(&f, p);
	for (size_t i = 0; i < p->n_rules; i++)
		say_rule(&f, &p->rules[i]);
	for (size_t i = 0; i < p->n_routes; i++)
		say_route(&f, &p->routes[i]);
	for (size_t i = 0; i < p->n_groups; i++) {
		f.group = rq_arena_fmt(a, "groups.%s", p->groups[i].name);
		say(&f, "", "", p->groups[i].at);
		say(&f, "limit", rq_arena_fmt(a, "%lld", (long long)p->groups[i].limit), p->groups[i].at);
	}
	for (size_t i = 0; i < p->n_declared; i++)
		say_declared(&f, &p->declared[i]);
	qsort(out->v, out->n, sizeof *out->v, by_name);
}
