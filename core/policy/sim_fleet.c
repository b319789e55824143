/* sim_fleet.c - a fleet to reckon with: who takes what of it. */
#include "core/policy/sim_fleet.h"

#include <stdlib.h>
#include <string.h>

int64_t sim_duration(const struct rq_journal_entry *e)
{
	return e->started_at && e->ended_at > e->started_at ? e->ended_at - e->started_at : -1;
}

static struct rq_counter *counter(struct rq_arena *a, struct rq_fleet *f, const char *key, size_t *cap)
{
	struct rq_counter *v = (struct rq_counter *)f->counters;
	char *low;

	for (size_t i = 0; i < f->n_counters; i++)
		if (rq_ieq(v[i].key, key))
			return &v[i];
	if (f->n_counters == *cap) {
		*cap = *cap * 2 + 16;
		v = rq_arena_alloc(a, *cap * sizeof *v);
		if (f->n_counters)
			memcpy(v, f->counters, f->n_counters * sizeof *v);
		f->counters = v;
	}
	low = rq_arena_str(a, key);
	for (char *c = low; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	v[f->n_counters] = (struct rq_counter){ low, 0 };
	return &v[f->n_counters++];
}

struct rq_runner *sim_runner(struct rq_fleet *f, const char *name)
{
	struct rq_runner *v = (struct rq_runner *)f->runners;

	for (size_t i = 0; i < f->n_runners; i++)
		if (rq_ieq(v[i].name, name))
			return &v[i];
	return NULL;
}

static int64_t spent(const struct rq_hold *h, int64_t seconds)
{
	return h->per_second && seconds >= 0 ? h->per_second * seconds : h->amount;
}

void sim_count_holds(struct rq_arena *a, struct rq_fleet *f, size_t *cap, const struct rq_hold *h, size_t n, bool over,
			int64_t seconds, int sign)
{
	for (size_t i = 0; i < n; i++) {
		struct rq_counter *c;

		if (over && !h[i].spent)
			continue;
		c = counter(a, f, h[i].key, cap);
		c->n += sign * (over ? spent(&h[i], seconds) : h[i].amount);
		if (c->n < 0)
			c->n = 0;
	}
}

void sim_take_out(struct rq_arena *a, struct rq_fleet *f, size_t *cap, const struct rq_journal_entry *e)
{
	bool over = e->ended_at && e->ended_at <= f->taken_at;
	int64_t ms = sim_duration(e);
	struct rq_runner *r;

	sim_count_holds(a, f, cap, e->decision.holds, e->decision.n_holds, over, ms < 0 ? -1 : ms / 1000, -1);
	r = over ? NULL : sim_runner(f, e->decision.target);
	if (!r)
		return;
	if (e->started_at && e->started_at <= f->taken_at) {
		if (r->running)
			r->running--;
	} else if (r->placed) {
		r->placed--;
	}
}

void sim_fleet_copy(struct rq_arena *a, const struct rq_fleet *from, struct rq_fleet *to, size_t *cap)
{
	struct rq_runner *r = rq_arena_alloc(a, (from->n_runners + 1) * sizeof *r);
	struct rq_counter *c;

	*cap = from->n_counters + 8;
	c = rq_arena_alloc(a, *cap * sizeof *c);
	if (from->n_runners)
		memcpy(r, from->runners, from->n_runners * sizeof *r);
	if (from->n_counters)
		memcpy(c, from->counters, from->n_counters * sizeof *c);
	*to = (struct rq_fleet){ .n_runners = from->n_runners, .n_counters = from->n_counters, .runners = r, .counters = c,
				 .taken_at = from->taken_at };
}

void sim_age(struct rq_fleet *f, int64_t ms)
{
	struct rq_runner *r = (struct rq_runner *)f->runners;

	for (size_t i = 0; i < f->n_runners; i++)
		if (r[i].online && r[i].seen_at)
			r[i].seen_at += ms;
}

static int by_counter(const void *pa, const void *pb)
{
	const struct rq_counter *a = pa, *b = pb;

	return strcmp(a->key, b->key);
}

void sim_sort(struct rq_fleet *f)
{
	struct rq_counter *v = (struct rq_counter *)f->counters;
	size_t n = 0;

	for (size_t i = 0; i < f->n_counters; i++)
		if (v[i].n)
			v[n++] = v[i];
	f->n_counters = n;
	qsort((void *)f->counters, f->n_counters, sizeof *f->counters, by_counter);
}

static bool same_runner(const struct rq_runner *a, const struct rq_runner *b)
{
	return !strcmp(a->name, b->name) && a->online == b->online && a->hung == b->hung && a->drain == b->drain &&
	       a->slots == b->slots && a->running == b->running && a->placed == b->placed && a->labels.n == b->labels.n &&
	       a->tools.n == b->tools.n;
}

bool sim_fleet_same(const struct rq_fleet *a, const struct rq_fleet *b)
{
	if (a->n_runners != b->n_runners || a->n_counters != b->n_counters)
		return false;
	for (size_t i = 0; i < a->n_runners; i++)
		if (!same_runner(&a->runners[i], &b->runners[i]))
			return false;
	for (size_t i = 0; i < a->n_counters; i++)
		if (a->counters[i].n != b->counters[i].n || strcmp(a->counters[i].key, b->counters[i].key) != 0)
			return false;
	return true;
}
