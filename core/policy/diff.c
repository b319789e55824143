/* diff.c - two lists of what policies say, side by side. */
#include "core/policy/diff.h"

#include <string.h>
#include "core/base/text.h"

static void change(struct rq_diff *d, char kind, const char *what, const struct rq_saying *was, const struct rq_saying *now)
{
	static const struct rq_pos nowhere;

	RQ_GROW(d->v, d->n, &d->cap);
	d->v[d->n++] = (struct rq_change){ .kind = kind,
					   .what = what,
					   .was = was ? was->value : "",
					   .now = now ? now->value : "",
					   .was_at = was ? was->at : nowhere,
					   .now_at = now ? now->at : nowhere };
}

static const char *name_of(struct rq_arena *a, const struct rq_saying *s)
{
	return rq_arena_fmt(a, "%s%s%s", s->group, *s->group && *s->key ? "." : "", s->key);
}

/* A whole route or rule in one line, and how many sayings that were. */
static size_t whole(struct rq_arena *a, const struct rq_saying *v, size_t n, struct rq_saying *out)
{
	struct rq_str b;
	size_t i;

	rq_str_init(&b, 0);
	for (i = 1; i < n && !strcmp(v[i].group, v->group); i++)
		rq_str_addf(&b, "%s%s: %s", i > 1 ? ", " : "", v[i].key, v[i].value);
	*out = *v;
	out->value = rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return i;
}

/* What stands on one side alone. Returns how many sayings were told by it. */
static size_t alone(struct rq_arena *a, struct rq_diff *d, char kind, const struct rq_saying *v, size_t n)
{
	struct rq_saying all = *v;
	size_t used = *v->key ? 1 : whole(a, v, n, &all);

	change(d, kind, name_of(a, v), kind == '-' ? &all : NULL, kind == '+' ? &all : NULL);
	return used;
}

static int compare(const struct rq_saying *a, const struct rq_saying *b)
{
	int c = strcmp(a->group, b->group);

	return c ? c : strcmp(a->key, b->key);
}

static const struct rq_rule *rule(const struct rq_policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (!strcmp(p->rules[i].name, name))
			return &p->rules[i];
	return NULL;
}

/* The names of P's rules that Q has too, in P's order. */
static const char *common_order(struct rq_arena *a, const struct rq_policy *p, const struct rq_policy *q)
{
	const char *between = "";
	struct rq_str b;
	const char *s;

	rq_str_init(&b, 0);
	for (size_t i = 0; i < p->n_rules; i++)
		if (rule(q, p->rules[i].name)) {
			rq_str_addf(&b, "%s%s", between, p->rules[i].name);
			between = ", ";
		}
	s = rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return s;
}

/* The first rule that fires with a route wins, so their order says something too. */
static void compare_order(struct rq_arena *a, struct rq_diff *d, const struct rq_policy *was, const struct rq_policy *now)
{
	struct rq_saying x = { 0 }, y = { 0 };

	x.value = common_order(a, was, now);
	y.value = common_order(a, now, was);
	if (strcmp(x.value, y.value) != 0)
		change(d, '~', "rules (order)", &x, &y);
}

void rq_policy_diff(struct rq_arena *a, const struct rq_policy *was, const struct rq_policy *now, struct rq_diff *out)
{
	struct rq_sayings x, y;
	size_t i = 0, k = 0;

	*out = (struct rq_diff){ 0 };
	rq_policy_flatten(a, was, &x);
	rq_policy_flatten(a, now, &y);
	while (i < x.n || k < y.n) {
		int c = i == x.n ? 1 : k == y.n ? -1 : compare(&x.v[i], &y.v[k]);

		if (c < 0) {
			i += alone(a, out, '-', &x.v[i], x.n - i);
		} else if (c > 0) {
			k += alone(a, out, '+', &y.v[k], y.n - k);
		} else {
			if (strcmp(x.v[i].value, y.v[k].value) != 0)
				change(out, '~', name_of(a, &x.v[i]), &x.v[i], &y.v[k]);
			i++;
			k++;
		}
	}
	if (was && now)
		compare_order(a, out, was, now);
	rq_free(x.v);
	rq_free(y.v);
}

void rq_diff_release(struct rq_diff *d)
{
	rq_free(d->v);
	*d = (struct rq_diff){ 0 };
}

static void place(const char *name, struct rq_pos at, struct rq_str *out)
{
	if (!at.line)
		return;
	rq_text_clean(out, name, strlen(name), false);
	rq_str_addf(out, "%s%d:%d", *name ? ":" : "", at.line, at.col);
}

static void clean(const char *s, struct rq_str *out)
{
	rq_text_clean(out, s, strlen(s), false);
}

static void places(const struct rq_change *c, const char *was_name, const char *now_name, struct rq_str *out)
{
	if (!c->was_at.line && !c->now_at.line)
		return;
	rq_str_add(out, "  (");
	place(was_name, c->was_at, out);
	if (c->was_at.line && c->now_at.line)
		rq_str_add(out, " -> ");
	place(now_name, c->now_at, out);
	rq_str_addc(out, ')');
}

void rq_diff_render(const struct rq_diff *d, const char *was_name, const char *now_name, struct rq_str *out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct rq_change *c = &d->v[i];

		rq_str_addf(out, "%c ", c->kind);
		clean(c->what, out);
		rq_str_add(out, ": ");
		clean(c->kind == '+' ? c->now : c->was, out);
		if (c->kind == '~') {
			rq_str_add(out, " -> ");
			clean(c->now, out);
		}
		places(c, was_name, now_name, out);
		rq_str_addc(out, '\n');
	}
}

static void set_place(struct rq_json *j, const char *key, struct rq_pos at)
{
	struct rq_json *p;

	if (!at.line)
		return;
	p = rq_json_object();
	rq_json_set_int(p, "line", at.line);
	rq_json_set_int(p, "column", at.col);
	rq_json_set(j, key, p);
}

struct rq_json *rq_diff_json(const struct rq_diff *d)
{
	struct rq_json *all = rq_json_array();

	for (size_t i = 0; i < d->n; i++) {
		const struct rq_change *c = &d->v[i];
		struct rq_json *j = rq_json_object();

		rq_json_set_str(j, "change", c->kind == '+' ? "added" : c->kind == '-' ? "removed" : "changed");
		rq_json_set_str(j, "what", c->what);
		rq_json_set_str(j, "old", c->kind == '+' ? NULL : c->was);
		rq_json_set_str(j, "new", c->kind == '-' ? NULL : c->now);
		set_place(j, "old_at", c->was_at);
		set_place(j, "new_at", c->now_at);
		rq_json_add(all, j);
	}
	return all;
}
