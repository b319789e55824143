/* dispatcher_events.c - what has happened to the fleet since it was seen last. */
#include <string.h>
#include "core/agent/dispatcher_parts.h"
#include "core/base/str.h"

/* An idle runner writes down that it lives about this often: so long after that it may still have lived. */
#define SEEN_EVERY_MS INT64_C(60000)

/* --- events -------------------------------------------------------------------------------- */

void rq_events_add(struct rq_events *e, const char *event)
{
	for (size_t i = 0; i < e->n; i++)
		if (rq_ieq(e->v[i], event))
			return;
	RQ_GROW(e->v, e->n, &e->cap);
	e->v[e->n++] = rq_arena_str(&e->arena, event);
}

void rq_events_clear(struct rq_events *e)
{
	rq_arena_release(&e->arena);
	rq_free(e->v);
	memset(e, 0, sizeof *e);
}

const char *rq_events_match(const struct rq_events *e, const char *const *wake_on, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < e->n; k++)
			if (rq_ieq(wake_on[i], e->v[k]))
				return wake_on[i];
	return NULL;
}

/* --- the fleet ------------------------------------------------------------------------------ */

struct runner {
	const char *name, *nature;      /* nature: labels, tools, system: what it can do */
	bool there;
	enum rq_drain drain;
	int room, temp, load;
	int64_t disk, away_since;
};

struct rq_seen {
	struct rq_arena arena;
	bool known;
	size_t n_runners, n_counters;
	struct runner *runners;
	struct rq_counter *counters;
};

struct rq_seen *rq_seen_new(void)
{
	return rq_alloc(sizeof(struct rq_seen));
}

void rq_seen_free(struct rq_seen *s)
{
	if (!s)
		return;
	rq_arena_release(&s->arena);
	rq_free(s);
}

static const struct runner *find(const struct rq_seen *s, const char *name)
{
	for (size_t i = 0; i < s->n_runners; i++)
		if (rq_ieq(s->runners[i].name, name))
			return &s->runners[i];
	return NULL;
}

int64_t rq_seen_away_since(const struct rq_seen *s, const char *runner)
{
	const struct runner *r = find(s, runner);

	return r ? r->away_since : 1;
}

static const char *nature_of(struct rq_arena *a, const struct rq_runner *r)
{
	struct rq_str s;
	const char *out;

	rq_str_init(&s, 0);
	rq_labels_text(&r->labels, &s);
	rq_str_addc(&s, ';');
	rq_labels_text(&r->tools, &s);
	rq_str_addf(&s, ";%s;%s;%s;%lld;%lld", r->os ? r->os : "", r->arch ? r->arch : "", r->version ? r->version : "",
		    (long long)r->cpu_cores, (long long)r->memory_bytes);
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	return out;
}

/* The first time we cannot know since when; it may have lived a while after it was seen last. */
static int64_t away_since(const struct rq_seen *s, const struct runner *before, const struct rq_runner *r, int64_t now)
{
	if (before && before->away_since)
		return before->away_since;
	if (s->known || r->seen_at + SEEN_EVERY_MS > now)
		return now;
	return r->seen_at + SEEN_EVERY_MS;
}

static struct runner look_at(struct rq_arena *a, const struct rq_seen *s, const struct rq_runner *r, int64_t now)
{
	const struct runner *before = find(s, r->name);
	struct runner out = {
		.name = rq_arena_str(a, r->name), .nature = nature_of(a, r), .there = r->online && !r->hung, .drain = r->drain,
		.room = r->slots - r->running - r->placed, .temp = r->temp_milli_c, .load = r->load_milli,
		.disk = r->disk_free_bytes,
	};

	if (!out.there)
		out.away_since = away_since(s, before, r, now);
	return out;
}

static void tell(struct rq_events *out, const struct runner *r, const char *what)
{
	char *s = rq_fmt("runner:%s.%s", r->name, what);

	rq_events_add(out, s);
	rq_free(s);
}

static void compare_runner(const struct runner *old, const struct runner *r, struct rq_events *out)
{
	if (!old || !rq_eq(old->nature, r->nature))
		rq_events_add(out, "runner:*.registered");
	if (r->there && (!old || !old->there))
		tell(out, r, "online");
	if (!old)
		return;
	if (r->drain == RQ_DRAIN_ACTIVE && old->drain != RQ_DRAIN_ACTIVE)
		tell(out, r, "undrained");
	if (r->room > old->room)
		tell(out, r, "free");
	if (r->temp < old->temp)
		tell(out, r, "cool");
	if (r->load < old->load)
		tell(out, r, "idle");
	if (r->disk > old->disk)
		tell(out, r, "disk");
}

/* A counter that fell. KEY is group:G, route:R@RUNNER, runner:NAME, usd:ROUTE:2026-11, minutes:ROUTE:2026-11. */
static void tell_counter(const char *key, struct rq_events *out)
{
	const char *colon = strchr(key, ':'), *last = strrchr(key, ':');
	struct rq_str s;

	if (!colon)
		return;
	rq_str_init(&s, 1024);
	if (rq_starts(key, "runner:"))
		rq_str_addf(&s, "%s.free", key);
	else if (!rq_starts(key, "usd:") && !rq_starts(key, "minutes:"))
		rq_str_add(&s, key);
	else
		rq_str_addf(&s, "budget:%.*s", last > colon ? (int)(last - colon - 1) : (int)strlen(colon + 1), colon + 1);
	rq_events_add(out, rq_str_get(&s));
	rq_str_release(&s);
}

static void compare_counters(const struct rq_seen *s, const struct rq_fleet *f, struct rq_events *out)
{
	for (size_t i = 0; i < s->n_counters; i++)
		if (rq_fleet_count(f, s->counters[i].key) < s->counters[i].n)
			tell_counter(s->counters[i].key, out);
}

void rq_seen_update(struct rq_seen *s, const struct rq_fleet *f, int64_t now, struct rq_events *out)
{
	struct rq_arena a = { 0 };
	struct runner *v = rq_arena_alloc(&a, (f->n_runners + 1) * sizeof *v);
	struct rq_counter *c = rq_arena_alloc(&a, (f->n_counters + 1) * sizeof *c);

	for (size_t i = 0; i < f->n_runners; i++) {
		v[i] = look_at(&a, s, &f->runners[i], now);
		if (s->known && out)
			compare_runner(find(s, v[i].name), &v[i], out);
	}
	for (size_t i = 0; i < f->n_counters; i++)
		c[i] = (struct rq_counter){ rq_arena_str(&a, f->counters[i].key), f->counters[i].n };
	if (s->known && out)
		compare_counters(s, f, out);
	rq_arena_release(&s->arena);
	*s = (struct rq_seen){ a, true, f->n_runners, f->n_counters, v, c };
}
