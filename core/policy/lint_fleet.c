/* lint_fleet.c - which runners a name stands for, and which of them can never do. */
#include "core/policy/lint.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/str.h"

/* --- the fleet ---------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct lint_runner *x = a, *y = b;

	return rq_icmp(x->name, y->name);
}

/* What is declared comes before what is known of the same name. */
static int in_order(const void *a, const void *b)
{
	const struct lint_runner *x = a, *y = b;
	int c = by_name(a, b);

	return c ? c : !x->declared - !y->declared;
}

static int by_label(const void *a, const void *b)
{
	const struct lint_label *x = a, *y = b;
	int c = rq_icmp(x->label, y->label);

	return c ? c : x->runner < y->runner ? -1 : x->runner > y->runner;
}

static void merge(struct lint *l, const struct rq_runner *runners, size_t n)
{
	const struct rq_policy *p = l->p;
	size_t k = 0;

	l->runners = rq_arena_alloc(&l->arena, (p->n_declared + n) * sizeof *l->runners);
	for (size_t i = 0; i < p->n_declared; i++)
		l->runners[l->n_runners++] = (struct lint_runner){ .name = p->declared[i].name, .declared = &p->declared[i] };
	for (size_t i = 0; i < n; i++)
		l->runners[l->n_runners++] = (struct lint_runner){ .name = runners[i].name, .known = &runners[i] };
	if (l->n_runners)
		qsort(l->runners, l->n_runners, sizeof *l->runners, in_order);
	for (size_t i = 0; i < l->n_runners; i++) {
		if (k && rq_ieq(l->runners[k - 1].name, l->runners[i].name)) {
			if (l->runners[i].declared)
				l->runners[k - 1].declared = l->runners[i].declared;
			if (l->runners[i].known)
				l->runners[k - 1].known = l->runners[i].known;
		} else {
			l->runners[k++] = l->runners[i];
		}
	}
	l->n_runners = k;
}

static size_t labels_of(const struct lint_runner *r)
{
	return (r->declared ? r->declared->labels.n : 0) + (r->known ? r->known->labels.n : 0);
}

void lint_fleet_init(struct lint *l, const struct rq_runner *runners, size_t n)
{
	size_t total = 0;

	merge(l, runners, n);
	for (size_t i = 0; i < l->n_runners; i++)
		total += labels_of(&l->runners[i]);
	l->labels = rq_arena_alloc(&l->arena, total * sizeof *l->labels);
	for (size_t i = 0; i < l->n_runners; i++) {
		const struct lint_runner *r = &l->runners[i];

		for (size_t k = 0; r->declared && k < r->declared->labels.n; k++)
			l->labels[l->n_labels++] = (struct lint_label){ r->declared->labels.v[k].s, i };
		for (size_t k = 0; r->known && k < r->known->labels.n; k++)
			l->labels[l->n_labels++] = (struct lint_label){ r->known->labels.v[k], i };
	}
	if (l->n_labels)
		qsort(l->labels, l->n_labels, sizeof *l->labels, by_label);
	l->found = rq_arena_alloc(&l->arena, (l->n_runners + 1) * sizeof *l->found);
}

void lint_fleet_release(struct lint *l)
{
	rq_arena_release(&l->arena);
}

/* The first label that is not before NAME. */
static size_t first_label(const struct lint *l, const char *name)
{
	size_t low = 0, high = l->n_labels;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rq_icmp(l->labels[middle].label, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t lint_expand(struct lint *l, const char *name)
{
	struct lint_runner key = { .name = name };
	struct lint_runner *r = NULL;
	size_t n = 0;

	if (l->n_runners)
		r = bsearch(&key, l->runners, l->n_runners, sizeof *l->runners, by_name);
	if (r) {
		l->found[n++] = r;
		return n;
	}
	for (size_t i = first_label(l, name); i < l->n_labels && rq_ieq(l->labels[i].label, name); i++) {
		r = &l->runners[l->labels[i].runner];
		if (!n || l->found[n - 1] != r)
			l->found[n++] = r;
	}
	return n;
}

static void nearer(const char *name, const char *other, int *least, const char **best)
{
	int d = rq_distance(name, other, *least - 1);

	if (d < *least) {
		*least = d;
		*best = other;
	}
}

const char *lint_nearest(const struct lint *l, const char *name)
{
	int least = strlen(name) < 3 ? 2 : strlen(name) < 8 ? 3 : 4;
	const char *best = NULL;

	for (size_t i = 0; i < l->n_runners; i++)
		nearer(name, l->runners[i].name, &least, &best);
	for (size_t i = 0; i < l->n_labels; i++)
		nearer(name, l->labels[i].label, &least, &best);
	return best;
}

/* --- what can never be -------------------------------------------------------------------- */

static bool has(const struct rq_names *n, const char *s)
{
	for (size_t i = 0; i < n->n; i++)
		if (rq_ieq(n->v[i].s, s))
			return true;
	return false;
}

static bool has_label(const struct lint_runner *r, const char *s)
{
	return (r->declared && has(&r->declared->labels, s)) || (r->known && rq_labels_has(&r->known->labels, s));
}

static const char *never_needs(struct lint *l, const struct rq_names *needs, const struct lint_runner *r)
{
	for (size_t i = 0; i < needs->n; i++) {
		const char *s = needs->v[i].s;

		if (r->declared && has(&r->declared->lacks, s))
			return rq_arena_fmt(&l->arena, "is declared without %.64s", s);
		/* What was never seen may be found when its agent looks. */
		if (r->known && !(r->declared && has(&r->declared->has, s)) && !has_label(r, s) &&
		    !rq_labels_has(&r->known->tools, s))
			return rq_arena_fmt(&l->arena, "has no %.64s", s);
	}
	return NULL;
}

static const char *never_labels(struct lint *l, const struct rq_constraints *c, const struct lint_runner *r)
{
	for (size_t i = 0; i < c->forbid.n; i++)
		if (has_label(r, c->forbid.v[i].s) || (r->declared && has(&r->declared->has, c->forbid.v[i].s)))
			return rq_arena_fmt(&l->arena, "has %.64s, which is forbidden", c->forbid.v[i].s);
	for (size_t i = 0; i < c->labels.n; i++)
		if (r->known && !has_label(r, c->labels.v[i].s))
			return rq_arena_fmt(&l->arena, "has not the label %.64s", c->labels.v[i].s);
	return NULL;
}

static int64_t amount(const struct rq_num *declared, int64_t probed)
{
	return declared && declared->set ? declared->v : probed;
}

static const char *never_size(struct lint *l, const struct rq_constraints *c, const struct lint_runner *r)
{
	const struct rq_declared *d = r->declared;
	int64_t memory = amount(d ? &d->memory : NULL, r->known ? r->known->memory_bytes : -1);
	int64_t cpu = amount(d ? &d->cpu_cores : NULL, r->known ? r->known->cpu_cores : -1);
	enum { MB = 1000000 };

	if (c->min_memory.set && memory >= 0 && memory < c->min_memory.v)
		return rq_arena_fmt(&l->arena, "has %lld MB of memory, of %lld", (long long)memory / MB,
				    (long long)c->min_memory.v / MB);
	if (c->min_cpu.set && cpu >= 0 && cpu < c->min_cpu.v)
		return rq_arena_fmt(&l->arena, "has %lld cores, of %lld", (long long)cpu, (long long)c->min_cpu.v);
	if (c->min_storage.set && d && d->storage.set && d->storage.v < c->min_storage.v)
		return rq_arena_fmt(&l->arena, "has %lld MB of disk, of %lld", (long long)d->storage.v / MB,
				    (long long)c->min_storage.v / MB);
	if (d && d->max_jobs.set && d->max_jobs.v == 0)
		return "takes no jobs (max_concurrent_jobs is 0)";
	return NULL;
}

static const char *never_kind(struct lint *l, const struct rq_route *route, const struct lint_runner *r)
{
	const struct rq_declared *d = r->declared;

	if (d && d->arch && route->c.arch.set && !has(&route->c.arch, d->arch))
		return rq_arena_fmt(&l->arena, "has the architecture %.64s", d->arch);
	if (d && d->os && route->c.os.set && !has(&route->c.os, d->os))
		return rq_arena_fmt(&l->arena, "has the system %.64s", d->os);
	if (d && d->privacy.set && route->privacy.set && d->privacy.v > route->privacy.v)
		return rq_arena_fmt(&l->arena, "is declared %s, which %s forbids", rq_privacy_name((enum rq_privacy)d->privacy.v),
				    rq_privacy_name((enum rq_privacy)route->privacy.v));
	return NULL;
}

const char *lint_never(struct lint *l, const struct rq_route *route, const struct lint_runner *r)
{
	const char *why = never_needs(l, &route->c.needs, r);

	if (!why)
		why = never_labels(l, &route->c, r);
	if (!why)
		why = never_size(l, &route->c, r);
	return why ? why : never_kind(l, route, r);
}
