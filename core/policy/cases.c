/* cases.c - reading the examples. */
#include "core/policy/cases.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"

struct reader {
	struct rq_cases *c;
	struct rq_arena *a;
	const struct rq_policy *policy;
	const char *name;
	const struct rq_yaml *fleet;    /* for cases without one */
	int64_t now;
	struct rq_error *e;
};

/* 5 January 2026 is a Monday: a case that does not say when must not depend on the day of the test. */
static const int64_t some_monday_noon = 1767614400000;

static int wrong(struct reader *r, const struct rq_yaml *y, const char *fmt, ...) RQ_PRINTF(3, 4);
static int wrong(struct reader *r, const struct rq_yaml *y, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = rq_vfmt(fmt, ap);
	va_end(ap);
	rq_fail(r->e, RQ_EUSAGE, "%s:%d:%d: %s", r->name, y->line, y->col, text);
	rq_free(text);
	return RQ_EUSAGE;
}

/* KEYS: "name|todo|now". */
static int check_keys(struct reader *r, const struct rq_yaml *map, const char *what, const char *keys)
{
	if (map->kind != RQ_YAML_MAP)
		return wrong(r, map, "%s is a map of %s", what, keys);
	for (size_t i = 0; i < map->n; i++) {
		const char *key = rq_yaml_str(map->keys[i]), *at = keys;
		size_t n = strlen(key);

		while (at && (strncmp(at, key, n) != 0 || (at[n] && at[n] != '|'))) {
			at = strchr(at, '|');
			at = at ? at + 1 : NULL;
		}
		if (!at || !n)
			return wrong(r, map->keys[i], "%s has no '%.60s'; it has %s", what, key, keys);
	}
	return RQ_OK;
}

static int read_time(struct reader *r, const struct rq_yaml *y, int64_t *at)
{
	const char *s = y ? rq_yaml_str(y) : NULL;

	if (!y)
		return RQ_OK;
	return s && rq_time_parse(s, at) ? RQ_OK : wrong(r, y, "'now' is a time such as 2026-01-05T12:00:00Z");
}

/* "a", or ["a", "b"], as "a,b". */
static const char *joined(struct rq_arena *a, const struct rq_yaml *y)
{
	struct rq_str b;
	const char *s;

	if (y->kind != RQ_YAML_SEQ)
		return rq_yaml_str(y);
	rq_str_init(&b, 0);
	for (size_t i = 0; i < y->n; i++)
		rq_str_addf(&b, "%s%s", i ? "," : "", rq_yaml_str(y->items[i]) ? rq_yaml_str(y->items[i]) : "");
	s = rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return s;
}

/* ---- facts ---- */

struct raw {
	struct rq_facts f;
	struct rq_labels labels;
	const char **params;
	int64_t now;
};

static int read_number(struct reader *r, const struct rq_yaml *y, int *out)
{
	int64_t n;

	if (!rq_yaml_int(y, &n) || n < -1000000 || n > 1000000)
		return wrong(r, y, "this is a whole number");
	*out = (int)n;
	return RQ_OK;
}

static int read_fact(struct reader *r, struct raw *raw, const char *key, const struct rq_yaml *y)
{
	struct rq_arena *a = r->a;
	const char *s = joined(a, y);
	struct rq_error e;
	int64_t ms;

	if (!s)
		return wrong(r, y, "fact '%.60s' is a text, a number or a list", key);
	if (!strcmp(key, "type"))
		raw->f.type = rq_arena_str(a, s);
	else if (!strcmp(key, "target"))
		raw->f.target = rq_arena_str(a, s);
	else if (!strcmp(key, "submitter"))
		raw->f.submitter = rq_arena_str(a, s);
	else if (!strcmp(key, "source"))
		raw->f.source = rq_arena_str(a, s);
	else if (!strcmp(key, "labels"))
		return rq_labels_parse(a, s, &raw->labels, &e) ? wrong(r, y, "%s", e.msg) : RQ_OK;
	else if (!strcmp(key, "priority"))
		return read_number(r, y, &raw->f.priority);
	else if (!strcmp(key, "attempt"))
		return read_number(r, y, &raw->f.attempt);
	else if (!strcmp(key, "blocked"))
		return rq_yaml_bool(y, &raw->f.blocked) ? RQ_OK : wrong(r, y, "'blocked' is true or false");
	else if (!strcmp(key, "age")) {
		if (!rq_parse_duration(s, &ms))
			return wrong(r, y, "'age' is a duration such as 5m");
		raw->f.created_at = raw->now - ms;
	} else
		raw->params[raw->f.n_params++] = rq_arena_fmt(a, "%s=%s", key, s);
	return RQ_OK;
}

static int read_facts(struct reader *r, int64_t now, const struct rq_yaml *y, struct rq_facts *out)
{
	struct raw *raw = rq_arena_alloc(r->a, sizeof *raw);
	int rc = RQ_OK;

	if (y->kind != RQ_YAML_MAP)
		return wrong(r, y, "facts are a map: type, labels, size_mb ...");
	raw->now = now;
	raw->f = (struct rq_facts){ .type = "command", .target = "", .submitter = "", .source = "cli", .attempt = 1,
				    .created_at = now };
	raw->params = rq_arena_alloc(r->a, (y->n + 1) * sizeof *raw->params);
	for (size_t i = 0; i < y->n && !rc; i++)
		rc = read_fact(r, raw, rq_yaml_str(y->keys[i]), y->items[i]);
	raw->f.params = raw->params;
	raw->f.labels = &raw->labels;
	if (!rc)
		rq_facts_normalise(r->a, &raw->f, out, NULL, NULL);
	return rc;
}

static bool from_record(struct rq_arena *a, const char *text, size_t n, struct rq_facts *out)
{
	struct rq_json *j;
	bool ok;

	if (rq_json_parse(text, n, &j, NULL))
		return false;
	ok = rq_json_get(j, "params") && rq_facts_from_json(a, j, out, NULL) == RQ_OK;
	rq_json_free(j);
	return ok;
}

int rq_facts_read(struct rq_arena *a, const char *name, const char *text, size_t n, int64_t now, struct rq_facts *out,
		  struct rq_error *e)
{
	struct reader r = { .a = a, .name = name, .e = e };
	struct rq_yaml_doc *doc;
	int rc;

	if (from_record(a, text, n, out))
		return RQ_OK;
	rc = rq_yaml_parse(name, text, n, &doc, e);
	if (rc)
		return rc;
	rc = read_facts(&r, now, rq_yaml_root(doc), out);
	rq_yaml_free(doc);
	return rc;
}

/* ---- the fleet ---- */

static int by_key(const void *pa, const void *pb)
{
	const struct rq_counter *a = pa, *b = pb;

	return strcmp(a->key, b->key);
}

/* The runners' own counters, then those of the case. */
static int read_counters(struct reader *r, struct rq_case *c, const struct rq_yaml *y)
{
	struct rq_arena *a = &r->c->arena;
	size_t n = y && y->kind == RQ_YAML_MAP ? y->n : 0;
	struct rq_counter *v = rq_arena_alloc(a, (n + c->fleet.n_runners + 1) * sizeof *v);

	if (y && y->kind != RQ_YAML_MAP)
		return wrong(r, y, "'counters' is a map such as {route:transcribe@macmini: 1}");
	for (size_t i = 0; i < c->fleet.n_runners; i++) {
		const struct rq_runner *u = &c->fleet.runners[i];

		if (u->running + u->placed)
			v[c->fleet.n_counters++] = (struct rq_counter){ rq_arena_fmt(a, "runner:%s", u->name),
									u->running + u->placed };
	}
	for (size_t i = 0; i < n; i++) {
		v[c->fleet.n_counters].key = rq_arena_str(a, rq_yaml_str(y->keys[i]));
		if (!rq_yaml_int(y->items[i], &v[c->fleet.n_counters++].n))
			return wrong(r, y->items[i], "a counter is a whole number");
	}
	for (size_t i = 0; i < c->fleet.n_counters; i++)
		for (char *p = (char *)v[i].key; *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + 'a' - 'A');
	qsort(v, c->fleet.n_counters, sizeof *v, by_key);
	c->fleet.counters = v;
	return RQ_OK;
}

static int read_fleet(struct reader *r, struct rq_case *c, const struct rq_yaml *y, const struct rq_yaml *counters)
{
	struct rq_arena *a = &r->c->arena;
	size_t n = y ? y->n : 0;
	struct rq_runner *v = rq_arena_alloc(a, (n + 1) * sizeof *v);
	struct rq_error e;
	int rc;

	if (y && y->kind != RQ_YAML_SEQ)
		return wrong(r, y, "'fleet' is a list of runners such as [macmini, rpi4 offline]");
	for (size_t i = 0; i < n; i++) {
		const char *s = rq_yaml_str(y->items[i]);

		if (!s || rq_runner_short(a, r->policy, c->now, s, &v[i], &e))
			return wrong(r, y->items[i], "%s", s ? e.msg : "a runner is one line of words");
	}
	c->fleet = (struct rq_fleet){ .n_runners = n, .runners = v, .taken_at = c->now };
	rc = read_counters(r, c, counters);
	if (!rc)
		rq_fleet_seal(a, &c->fleet);
	return rc;
}

/* ---- a case ---- */

#define EXPECT_KEYS "outcome|target|tier|route|workflow|reason|reasons|wake_on|rules|timeout_minutes"

static int check_expect(struct reader *r, const struct rq_yaml *y)
{
	const struct rq_yaml *o = rq_yaml_get(y, "outcome");
	const char *s = o ? rq_yaml_str(o) : NULL;
	int rc = check_keys(r, y, "'expect'", EXPECT_KEYS);

	if (rc || !o)
		return rc;
	for (int i = RQ_OUTCOME_PLACED; i <= RQ_OUTCOME_ERROR; i++)
		if (rq_eq(s, rq_outcome_name((enum rq_outcome)i)))
			return RQ_OK;
	return wrong(r, o, "an outcome is PLACED, WAIT, REJECTED or ERROR");
}

static int add(struct reader *r, const struct rq_case *c)
{
	RQ_GROW(r->c->v, r->c->n, &r->c->cap);
	r->c->v[r->c->n++] = *c;
	return RQ_OK;
}

static int read_case(struct reader *r, const struct rq_yaml *y)
{
	const struct rq_yaml *name = rq_yaml_get(y, "name"), *facts = rq_yaml_get(y, "facts");
	const struct rq_yaml *fleet = rq_yaml_get(y, "fleet"), *todo = rq_yaml_get(y, "todo");
	struct rq_case c = { .file = r->name, .line = y->line, .col = y->col, .now = r->now };
	int rc = check_keys(r, y, "a case", "name|todo|now|facts|fleet|counters|expect");

	if (rc)
		return rc;
	if (!name || !rq_yaml_str(name))
		return wrong(r, y, "a case needs a 'name'");
	c.name = rq_yaml_str(name);
	if (todo && !rq_yaml_bool(todo, &c.todo))
		return wrong(r, todo, "'todo' is true or false");
	c.expect = rq_yaml_get(y, "expect");
	if (c.todo)
		return add(r, &c);
	if (!c.expect || !facts)
		return wrong(r, y, "case '%.80s' needs 'facts' and 'expect'", c.name);
	rc = read_time(r, rq_yaml_get(y, "now"), &c.now);
	rc = rc ? rc : check_expect(r, c.expect);
	rc = rc ? rc : read_facts(r, c.now, facts, &c.facts);
	rc = rc ? rc : read_fleet(r, &c, fleet ? fleet : r->fleet, rq_yaml_get(y, "counters"));
	return rc ? rc : add(r, &c);
}

int rq_cases_load(struct rq_cases *c, const struct rq_policy *policy, const char *name, const char *text, size_t n,
		  struct rq_error *e)
{
	struct reader r = { .c = c, .a = &c->arena, .policy = policy, .now = some_monday_noon, .e = e };
	const struct rq_yaml *root, *list;
	struct rq_yaml_doc *doc;
	int rc = rq_yaml_parse(name, text, n, &doc, e);

	if (rc)
		return rc;
	RQ_GROW(c->docs, c->n_docs, &c->docs_cap);
	c->docs[c->n_docs++] = doc;
	r.name = rq_arena_str(&c->arena, name);
	list = root = rq_yaml_root(doc);
	if (root->kind == RQ_YAML_MAP) {
		list = rq_yaml_get(root, "cases");
		rc = check_keys(&r, root, "a file of cases", "now|fleet|cases");
		rc = rc ? rc : read_time(&r, rq_yaml_get(root, "now"), &r.now);
		r.fleet = rq_yaml_get(root, "fleet");
	}
	if (!rc && (!list || list->kind != RQ_YAML_SEQ))
		return wrong(&r, list ? list : root, "a file of cases is a list of them, or has one called 'cases'");
	for (size_t i = 0; !rc && i < list->n; i++)
		rc = read_case(&r, list->items[i]);
	return rc;
}

void rq_cases_release(struct rq_cases *c)
{
	for (size_t i = 0; i < c->n_docs; i++)
		rq_yaml_free(c->docs[i]);
	rq_free(c->docs);
	rq_free(c->v);
	rq_arena_release(&c->arena);
	*c = (struct rq_cases){ 0 };
}
