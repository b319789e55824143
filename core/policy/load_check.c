/* load_check.c - once all is read: finding by name, names that are the same, and what refers to what. */
#include "core/policy/load.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/str.h"

/* --- indices ------------------------------------------------------------------------------ */

/* Everything that has a name, its name first: sorted without case. */
struct entry {
	const char *name;
	size_t i;
};

struct index {
	size_t n;
	struct entry *v;
};

struct rq_policy_index {
	struct index routes, declared, groups;
};

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = rq_icmp(x->name, y->name);

	return c ? c : x->i < y->i ? -1 : x->i > y->i;
}

/* SIZE: of an element of V, which begins with a pointer to its name. */
static void make_index(struct rq_arena *a, struct index *x, const void *v, size_t n, size_t size)
{
	x->n = n;
	x->v = rq_arena_alloc(a, n * sizeof *x->v);
	for (size_t i = 0; i < n; i++) {
		x->v[i].i = i;
		memcpy(&x->v[i].name, (const char *)v + i * size, sizeof x->v[i].name);
	}
	if (n)
		qsort(x->v, n, sizeof *x->v, by_name);
}

_Static_assert(offsetof(struct rq_route, name) == 0 && offsetof(struct rq_declared, name) == 0 &&
	       offsetof(struct rq_group, name) == 0, "the index reads names there");

void load_index(struct load *l)
{
	struct rq_policy *p = l->p;
	struct rq_policy_index *x = rq_arena_alloc(&p->arena, sizeof *x);

	p->index = x;
	make_index(&p->arena, &x->routes, p->routes, p->n_routes, sizeof *p->routes);
	make_index(&p->arena, &x->declared, p->declared, p->n_declared, sizeof *p->declared);
	make_index(&p->arena, &x->groups, p->groups, p->n_groups, sizeof *p->groups);
}

static const struct entry *find(const struct index *x, const char *name)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = rq_icmp(name, x->v[middle].name);

		if (c == 0)
			return &x->v[middle];
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct rq_route *rq_policy_route(const struct rq_policy *p, const char *name)
{
	const struct entry *e = find(&p->index->routes, name);

	return e ? &p->routes[e->i] : NULL;
}

const struct rq_declared *rq_policy_declared(const struct rq_policy *p, const char *runner)
{
	const struct entry *e = find(&p->index->declared, runner);

	return e ? &p->declared[e->i] : NULL;
}

const struct rq_group *rq_policy_group(const struct rq_policy *p, const char *name)
{
	const struct entry *e = find(&p->index->groups, name);

	return e ? &p->groups[e->i] : NULL;
}

/* --- the same name again ------------------------------------------------------------------ */

static struct rq_pos place(const void *v, size_t size, size_t at, size_t i)
{
	struct rq_pos p;

	memcpy(&p, (const char *)v + i * size + at, sizeof p);
	return p;
}

/* Keys that are the same byte for byte were told already. */
static void check_twice(struct load *l, const struct index *x, const void *v, size_t size, size_t at, const char *what)
{
	for (size_t i = 1; i < x->n; i++) {
		struct rq_pos first = place(v, size, at, x->v[i - 1].i), again = place(v, size, at, x->v[i].i);

		if (rq_icmp(x->v[i - 1].name, x->v[i].name) == 0 && strcmp(x->v[i - 1].name, x->v[i].name) != 0)
			rq_problem_add(l->out, again.line, again.col, (int)strlen(x->v[i].name), "P037",
				       "%s '%s' is also written '%s' (at %d:%d); names are compared without case", what,
				       x->v[i].name, x->v[i - 1].name, first.line, first.col);
	}
}

/* --- references --------------------------------------------------------------------------- */

static const char *nearest_route(const struct rq_policy *p, const char *name)
{
	const char *one[2] = { NULL, NULL }, *best = NULL;
	int d, least = 99;

	for (size_t i = 0; i < p->n_routes; i++) {
		one[0] = p->routes[i].name;
		d = rq_distance(name, one[0], least);
		if (d < least && load_nearest(name, one)) {
			best = one[0];
			least = d;
		}
	}
	return best;
}

static void check_route(struct load *l, const struct load_ref *r)
{
	if (!rq_policy_route(l->p, r->name))
		load_say(l, r->y, "P027", "%s: there is no route '%.64s'%s", r->where, r->name,
			 l->out->errors < RQ_PROBLEMS_MAX ? load_hint(l, nearest_route(l->p, r->name)) : "");
}

static void take_timeout(struct load *l, const struct load_ref *r)
{
	const struct rq_route *route = rq_policy_route(l->p, r->name);
	struct rq_route *mine = route ? &l->p->routes[route - l->p->routes] : NULL;

	if (mine && !mine->timeout_ms.set)
		mine->timeout_ms = r->ms;
	else if (!mine && l->p->schema > 1)
		check_route(l, r);
}

void load_check(struct load *l)
{
	const struct rq_policy *p = l->p;

	check_twice(l, &p->index->routes, p->routes, sizeof *p->routes, offsetof(struct rq_route, at), "the route");
	check_twice(l, &p->index->declared, p->declared, sizeof *p->declared, offsetof(struct rq_declared, at), "the runner");
	check_twice(l, &p->index->groups, p->groups, sizeof *p->groups, offsetof(struct rq_group, at), "the group");
	for (size_t i = 0; i < l->n_refs; i++) {
		const struct load_ref *r = &l->refs[i];

		if (r->kind == LOAD_REF_ROUTE)
			check_route(l, r);
		else if (r->kind == LOAD_REF_TIMEOUT)
			take_timeout(l, r);
		else if (r->name && !rq_policy_group(p, r->name))
			load_say(l, r->y, "P028", "the group '%.64s' has a limit neither here nor in groups", r->name);
	}
}
