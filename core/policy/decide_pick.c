/* decide_pick.c - who is a candidate: the entries of the route, expanded over the fleet and what the policy declares. */
#include <stdlib.h>
#include <string.h>
#include "core/base/str.h"
#include "core/policy/eval.h"

enum { OTHERS_MAX = 64 };       /* runners outside the route that the record tells of: the first by name */

struct picking {
	struct rq_eval *e;
	size_t n, cap;
	struct rq_pick *v;              /* rq_alloc'ed */
	size_t n_others, last;          /* of others the one with the last name */
	struct rq_pick others[OTHERS_MAX];
	bool *matched;                  /* by entry */
	bool *seen;                     /* by declaration */
	bool target_there;
};

static size_t n_entries(const struct rq_eval *e)
{
	return e->route ? e->route->prefer.n + e->route->fallback.n : 0;
}

static const struct rq_name *entry(const struct rq_eval *e, size_t i)
{
	size_t n = e->route->prefer.n;

	return i < n ? &e->route->prefer.v[i] : &e->route->fallback.v[i - n];
}

static bool names(const struct rq_name *entry, const struct rq_pick *p)
{
	return rq_ieq(entry->s, p->name) || rq_pick_has_label(p, entry->s);
}

/* The place of P by the first entry that names it. All are asked, to know which name nobody. */
static void place(struct picking *k, struct rq_pick *p)
{
	struct rq_eval *e = k->e;
	size_t i, n = n_entries(e);

	p->tier = e->route || !rq_ieq(e->f->type, "command") ? RQ_TIER_NONE : RQ_TIER_ANY;
	for (i = 0; i < n; i++) {
		if (!names(entry(e, i), p))
			continue;
		k->matched[i] = true;
		if (p->tier != RQ_TIER_NONE)
			continue;
		p->tier = i < e->route->prefer.n ? RQ_TIER_PREFER : RQ_TIER_FALLBACK;
		p->pos = (int)i;
		p->at = entry(e, i)->at;
	}
	if (!*e->f->target || !rq_ieq(e->f->target, p->name))
		return;
	k->target_there = true;
	if (p->tier == RQ_TIER_NONE && e->route)
		p->tier = RQ_TIER_ASKED;
}

static void find_last(struct picking *k)
{
	size_t i;

	for (i = 1, k->last = 0; i < k->n_others; i++)
		if (strcmp(k->others[i].name, k->others[k->last].name) > 0)
			k->last = i;
}

static void keep_other(struct picking *k, const struct rq_pick *p)
{
	if (k->n_others < OTHERS_MAX) {
		k->others[k->n_others++] = *p;
		if (k->n_others == OTHERS_MAX)
			find_last(k);
	} else if (strcmp(p->name, k->others[k->last].name) < 0) {
		k->others[k->last] = *p;
		find_last(k);
	}
}

static void add(struct picking *k, const struct rq_pick *p)
{
	if (p->tier == RQ_TIER_NONE) {
		keep_other(k, p);
		return;
	}
	RQ_GROW(k->v, k->n, &k->cap);
	k->v[k->n++] = *p;
}

static void fleet(struct picking *k)
{
	const struct rq_fleet *f = k->e->fleet;
	size_t i;

	for (i = 0; i < f->n_runners; i++) {
		struct rq_pick p = { .r = &f->runners[i], .name = f->runners[i].name };

		p.d = rq_policy_declared(k->e->p, p.name);
		if (p.d)
			k->seen[p.d - k->e->p->declared] = true;
		place(k, &p);
		add(k, &p);
	}
}

static void never_seen(struct picking *k)
{
	const struct rq_policy *p = k->e->p;
	size_t i;

	for (i = 0; i < p->n_declared; i++) {
		struct rq_pick pick = { .d = &p->declared[i], .name = p->declared[i].name };

		if (k->seen[i])
			continue;
		place(k, &pick);
		add(k, &pick);
	}
}

static void unknown_names(struct picking *k)
{
	struct rq_eval *e = k->e;
	size_t i, n = n_entries(e);

	for (i = 0; i < n; i++) {
		struct rq_pick p = { .name = entry(e, i)->s, .pos = (int)i, .at = entry(e, i)->at, .unknown = true };

		p.tier = i < e->route->prefer.n ? RQ_TIER_PREFER : RQ_TIER_FALLBACK;
		if (!k->matched[i])
			add(k, &p);
	}
	if (*e->f->target && !k->target_there) {
		struct rq_pick p = { .name = e->f->target, .tier = RQ_TIER_ASKED, .unknown = true };

		add(k, &p);
	}
}

/* --- in order ----------------------------------------------------------------------------- */

/* What compares without looking at the names themselves, which lie all over: 8 bytes behind what all of them begin with. */
struct rank {
	uint64_t place, name;
	const struct rq_pick *p;
};

static size_t common_length(const struct rq_pick *v, size_t n)
{
	size_t common = n ? strlen(v->name) : 0, i, k;

	for (i = 1; i < n; i++) {
		for (k = 0; k < common && v[i].name[k] == v->name[k]; k++)
			;
		common = k;
	}
	return common;
}

static uint64_t eight(const char *s)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++) {
		v = v << 8 | (unsigned char)*s;
		s += *s != '\0';
	}
	return v;
}

static int in_order(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	return strcmp(a->p->name, b->p->name);
}

static void take(struct rq_eval *e, const struct rq_pick *v, size_t n)
{
	struct rank *r = rq_alloc(n * sizeof *r);
	size_t common = common_length(v, n), i;
	bool sorted = true;

	for (i = 0; i < n; i++) {
		r[i] = (struct rank){ (uint64_t)v[i].tier << 32 | (unsigned)v[i].pos, eight(v[i].name + common), &v[i] };
		sorted = sorted && (!i || in_order(&r[i - 1], &r[i]) <= 0);
	}
	if (!sorted)
		qsort(r, n, sizeof *r, in_order);
	e->picks = rq_arena_alloc(e->a, n * sizeof *e->picks);
	for (i = 0; i < n; i++)
		e->picks[i] = *r[i].p;
	e->n_picks = n;
	rq_free(r);
}

void rq_eval_pick(struct rq_eval *e)
{
	struct picking k = { .e = e };
	size_t i;

	k.matched = rq_arena_alloc(e->a, n_entries(e) * sizeof *k.matched);
	k.seen = rq_arena_alloc(e->a, e->p->n_declared * sizeof *k.seen);
	fleet(&k);
	never_seen(&k);
	unknown_names(&k);
	for (i = 0; i < k.n_others; i++) {
		RQ_GROW(k.v, k.n, &k.cap);
		k.v[k.n++] = k.others[i];
	}
	take(e, k.v, k.n);
	rq_free(k.v);
}
