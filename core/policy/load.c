/* load.c - a policy from its text: walking maps by tables of keys, and complaining. */
#include "core/policy/load.h"

#include <stdarg.h>
#include <string.h>
#include "core/base/str.h"

/* --- complaining -------------------------------------------------------------------------- */

struct rq_pos load_pos(const struct rq_yaml *y)
{
	return (struct rq_pos){ y->line, y->col };
}

/* How many characters of its first line Y takes. */
static int length(const struct rq_yaml *y)
{
	return y->kind != RQ_YAML_SEQ && y->kind != RQ_YAML_MAP && y->end_line == y->line ? y->end_col - y->col : 0;
}

void load_say(struct load *l, const struct rq_yaml *y, const char *code, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = rq_vfmt(fmt, ap);
	va_end(ap);
	rq_problem_add(l->out, y->line, y->col, length(y), code, "%s", text);
	rq_free(text);
}

static const char *found(const struct rq_yaml *y)
{
	if (y->kind == RQ_YAML_NULL)
		return "nothing";
	if (y->kind != RQ_YAML_SCALAR)
		return y->kind == RQ_YAML_SEQ ? "a list" : "a map";
	if (y->quoted)
		return "text in quotes";
	return *y->text >= '0' && *y->text <= '9' ? "a number" : "a word";
}

void load_wants(struct load *l, const struct rq_yaml *y, const char *what)
{
	if (y->kind == RQ_YAML_BAD)
		return;
	if (y->kind == RQ_YAML_SCALAR)
		load_say(l, y, "P014", "%s wants %s, this is %s: '%.40s'", load_path(l), what, found(y), y->text);
	else
		load_say(l, y, "P014", "%s wants %s, this is %s", load_path(l), what, found(y));
}

const char *load_path(struct load *l)
{
	struct rq_str s;
	char *path;

	if (!l->n_path)
		return "the policy";
	rq_str_init(&s, 400);
	for (size_t i = 0; i < l->n_path; i++)
		rq_str_addf(&s, "%s%.64s", i ? "." : "", l->path[i]);
	path = rq_arena_str(&l->scratch, rq_str_get(&s));
	rq_str_release(&s);
	return path;
}

void load_push(struct load *l, const char *name)
{
	RQ_ASSERT(l->n_path < sizeof l->path / sizeof *l->path);
	l->path[l->n_path++] = name;
}

void load_pop(struct load *l)
{
	l->n_path--;
}

void load_refer(struct load *l, int kind, const char *name, const struct rq_yaml *y)
{
	RQ_GROW(l->refs, l->n_refs, &l->cap_refs);
	l->refs[l->n_refs++] = (struct load_ref){ .kind = kind, .name = name, .where = load_path(l), .y = y };
}

/* --- walking ------------------------------------------------------------------------------ */

static int near(const char *s)
{
	size_t n = strlen(s);

	return n < 3 ? 1 : n < 8 ? 2 : 3;
}

const char *load_nearest(const char *s, const char *const *choices)
{
	int best = near(s), d;
	const char *nearest = NULL;

	for (; *choices; choices++) {
		d = rq_distance(s, *choices, best);
		if (d <= best && (!nearest || d < best)) {
			nearest = *choices;
			best = d;
		}
	}
	return nearest;
}

const char *load_hint(struct load *l, const char *nearest)
{
	return nearest ? rq_arena_fmt(&l->scratch, " (did you mean '%s'?)", nearest) : "";
}

/* "max_size" for "max_size_mb" lacks its unit: one that begins so counts as near. */
static const char *nearest_key(const struct load_key *keys, const char *s)
{
	const char *names[64], *nearest;
	size_t n = 0;

	for (; keys->name && n < 63; keys++)
		if (!strchr(keys->name, '*'))
			names[n++] = keys->name;
	names[n] = NULL;
	nearest = load_nearest(s, names);
	for (size_t i = 0; !nearest && i < n && strlen(s) >= 4; i++)
		if (rq_starts(names[i], s))
			nearest = names[i];
	return nearest;
}

static const struct load_key *find_key(const struct load_key *k, const char *name)
{
	for (; k->name; k++) {
		size_t n = strlen(k->name);

		if (!strcmp(k->name, name))
			return k;
		if (k->name[n - 1] == '*' && !strncmp(k->name, name, n - 1) && name[n - 1])
			return k;
	}
	return NULL;
}

static void unknown_key(struct load *l, const struct load_key *keys, const struct rq_yaml *key)
{
	const char *hint = load_hint(l, nearest_key(keys, key->text));
	bool lax = l->p->schema == 1;

	load_say(l, key, lax ? "P013" : "P012", "unknown key '%.80s' in %s%s%s", key->text, load_path(l), lax ? ", ignored" : "",
		 hint);
}

static bool has_key(const struct rq_yaml *map, const char *name)
{
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->keys[i]->text, name))
			return true;
	return false;
}

bool load_is_map(struct load *l, const struct rq_yaml *y)
{
	if (y->kind == RQ_YAML_MAP)
		return true;
	if (y->kind != RQ_YAML_NULL || l->p->schema != 1)
		load_wants(l, y, "a map");
	return false;
}

bool load_is_list(struct load *l, const struct rq_yaml *y)
{
	if (y->kind == RQ_YAML_SEQ)
		return true;
	if (y->kind != RQ_YAML_NULL || l->p->schema != 1)
		load_wants(l, y, "a list ([...])");
	return false;
}

void load_map(struct load *l, const struct load_key *keys, const struct rq_yaml *y, void *into)
{
	if (!load_is_map(l, y))
		return;
	for (size_t i = 0; i < y->n; i++) {
		const struct load_key *k = find_key(keys, y->keys[i]->text);

		if (y->keys[i]->kind == RQ_YAML_BAD)
			continue;
		if (!k) {
			unknown_key(l, keys, y->keys[i]);
			continue;
		}
		load_push(l, y->keys[i]->text);
		k->read(l, k, y->keys[i], y->items[i], into);
		load_pop(l);
	}
	for (; keys->name; keys++)
		if (keys->required && l->p->schema > 1 && !has_key(y, keys->name))
			load_say(l, y, "P017", "%s has no '%s': %s", load_path(l), keys->name, keys->help);
}

bool load_named(struct load *l, const struct load_key *keys, const struct rq_yaml *y, size_t i, const char **name,
		struct rq_pos *at, void *into)
{
	const struct rq_yaml *key = y->keys[i];

	if (key->kind == RQ_YAML_BAD || !load_name_ok(l, key))
		return false;
	load_push(l, key->text);
	*name = load_copy(l, key->text);
	*at = load_pos(key);
	load_map(l, keys, y->items[i], into);
	load_pop(l);
	return true;
}

LOAD_READER(load_submap)
{
	(void)key;
	load_map(l, k->map, y, (char *)into + k->at);
}

/* --- the whole ---------------------------------------------------------------------------- */

#define AT(field) offsetof(struct rq_policy, field)
enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* "reject", or "route:NAME" */
static LOAD_READER(no_match)
{
	(void)k;
	(void)key;
	(void)into;
	if (!load_string(l, y, "reject or route:NAME") || !strcmp(y->text, "reject"))
		return;
	if (!rq_starts(y->text, "route:")) {
		load_say(l, y, "P016", "'%.80s' is no value of %s; it takes reject or route:NAME", y->text, load_path(l));
		return;
	}
	l->p->on_no_match = load_copy(l, y->text + strlen("route:"));
	load_refer(l, LOAD_REF_ROUTE, l->p->on_no_match, y);
}

static LOAD_READER(nothing)
{
	(void)l;
	(void)k;
	(void)key;
	(void)y;
	(void)into;
}

static const struct load_key default_keys[] = {
	{ "timezone", load_timezone, AT(timezone), .help = "IANA name of the zone of windows, hour and weekday; UTC" },
	{ "on_no_match", no_match, .help = "what a type without a route gets: reject, or route:NAME" },
	{ "fallback_after", load_duration, AT(fallback_after_ms), .max = (int64_t)366 * DAY_MS,
	  .help = "how long to wait for a preferred runner before a fallback may have the job; 0s" },
	{ "unknown_fact", load_enum, AT(unknown_fact), .choices = rq_unknown_fact_words,
	  .help = "what a constraint does whose fact is missing: error, assume_zero (of schema 1), wait" },
	{ "runner_stale_after", load_duration, AT(runner_stale_ms), .min = 1000, .max = DAY_MS,
	  .help = "how long a placed job waits for a runner that is away; 90s" },
	{ 0 },
};

static const struct load_key global_keys[] = {
	{ "default_timeouts", load_timeouts, .help = "TYPE: minutes; where the route has no timeout_minutes" },
	{ 0 },
};

const struct load_key load_top_keys[] = {
	{ "schema", nothing, .help = "2; without it the file is of schema 1" },
	{ "policy_version", load_text, AT(version), .help = "the author's own; shown in decisions" },
	{ "last_updated", load_text, AT(last_updated), .help = "the author's own" },
	{ "defaults", load_submap, .shape = LOAD_MAP, .map = default_keys, .help = "what holds for all routes" },
	{ "rules", load_rules, .shape = LOAD_ITEMS, .map = load_rule_keys,
	  .help = "list of rules; deny rules first, then in their order" },
	{ "routes", load_routes, .shape = LOAD_NAMED, .map = load_route_keys, .help = "TYPE: its route" },
	{ "groups", load_groups, .shape = LOAD_NAMED, .map = load_group_keys, .help = "NAME: a concurrency group" },
	{ "global_constraints", load_submap, .shape = LOAD_MAP, .map = global_keys, .help = "default timeouts" },
	{ "runner_capabilities", load_capabilities, .shape = LOAD_NAMED, .map = load_declared_keys,
	  .help = "RUNNER: what it is and can do" },
	{ 0 },
};

/* 1 without the key; 0 when it was refused. */
static int schema_of(struct load *l, const struct rq_yaml *root)
{
	const struct rq_yaml *y = rq_yaml_get(root, "schema");
	int64_t v;

	if (!y)
		return 1;
	if (rq_yaml_int(y, &v) && (v == 1 || v == 2))
		return (int)v;
	if (y->kind != RQ_YAML_BAD)
		load_say(l, y, "P018", "schema %.20s is unknown; this version reads 1 (also without the key) and 2",
			 y->kind == RQ_YAML_SCALAR ? y->text : "of another type than a number");
	return 0;
}

static void load_root(struct load *l, const struct rq_yaml *root)
{
	struct rq_policy *p = l->p;

	if (root->kind != RQ_YAML_MAP) {
		p->schema = 2;
		if (root->kind == RQ_YAML_NULL)
			load_say(l, root, "P017", "the policy is empty; it has at least 'routes'");
		else
			load_wants(l, root, "a map");
		return;
	}
	p->schema = schema_of(l, root);
	if (!p->schema)
		return;
	p->unknown_fact = p->schema == 1 ? RQ_UNKNOWN_ASSUME_ZERO : RQ_UNKNOWN_ERROR;
	load_map(l, load_top_keys, root, p);
	load_index(l);
	load_check(l);
}

static const char *const fault_codes[] = {
	[RQ_YAML_SYNTAX] = "P001", [RQ_YAML_ENCODING] = "P002", [RQ_YAML_DUPLICATE] = "P003", [RQ_YAML_ANCHOR] = "P004",
	[RQ_YAML_TAG] = "P005", [RQ_YAML_KEY] = "P011", [RQ_YAML_DOCUMENTS] = "P010", [RQ_YAML_DEPTH] = "P006",
	[RQ_YAML_NODES] = "P007", [RQ_YAML_SCALAR_SIZE] = "P008", [RQ_YAML_ZERO_BYTE] = "P002", [RQ_YAML_FILE_SIZE] = "P009",
};

void load_fault(void *ud, const struct rq_yaml_fault *f)
{
	struct rq_problems *out = ud;
	const char *code = fault_codes[f->kind];

	if (f->kind == RQ_YAML_DUPLICATE)
		rq_problem_add(out, f->line, f->col, f->len, code, "duplicate key '%.80s' (first defined at %d:%d)", f->key,
			       f->first_line, f->first_col);
	else if (f->context)
		rq_problem_add(out, f->line, f->col, f->len, code, "%s, %s that began at %d:%d", f->text, f->context,
			       f->first_line, f->first_col);
	else
		rq_problem_add(out, f->line, f->col, f->len, code, "%s", f->text);
}

static struct rq_policy *new_policy(const char *name, const char *text, size_t n)
{
	struct rq_policy *p = rq_alloc(sizeof *p);

	p->name = rq_arena_str(&p->arena, name);
	p->text = rq_arena_strn(&p->arena, text, n);
	rq_git_blob_id(text, n, p->oid);
	p->version = p->last_updated = "";
	p->timezone = "UTC";
	p->runner_stale_ms = 90 * 1000;
	return p;
}

int load_refuse(const struct rq_problems *out, const char *name, struct rq_error *e)
{
	const struct rq_problem *v = out->v, *end = v + out->n;

	while (v < end && v->warning)
		v++;
	if (v == end)
		return rq_fail(e, RQ_EUSAGE, "%s cannot be used.", name);
	if (!v->line)
		return rq_fail(e, RQ_EUSAGE, "%s: %s [%s]", name, v->text, v->code);
	return rq_fail(e, RQ_EUSAGE, "%s:%d:%d: %s [%s]", name, v->line, v->col, v->text, v->code);
}

int rq_policy_load(const char *name, const char *text, size_t n, struct rq_policy **out, struct rq_problems *p,
		   struct rq_error *e)
{
	struct load l = { .out = p };
	struct rq_yaml_doc *doc;
	size_t before = p->errors;

	*out = NULL;
	rq_yaml_read(text, n, load_fault, p, &doc);
	if (doc) {
		l.p = new_policy(name, text, n);
		load_root(&l, rq_yaml_root(doc));
	}
	rq_yaml_free(doc);
	rq_free(l.refs);
	rq_arena_release(&l.scratch);
	if (p->errors > before) {
		rq_policy_free(l.p);
		return load_refuse(p, name, e);
	}
	*out = l.p;
	return RQ_OK;
}

void rq_policy_free(struct rq_policy *p)
{
	if (!p)
		return;
	load_free_regexes(p);
	rq_zone_free(p->zone);
	rq_arena_release(&p->arena);
	rq_free(p);
}
