/* load_values.c - readers of single values. */
#include "core/policy/load.h"

#include <string.h>
#include "core/base/decimal.h"
#include "core/base/str.h"
#include "core/model/id.h"

_Static_assert(sizeof(enum rq_on_full) == sizeof(unsigned), "enumerations are read as unsigned");

enum { NAMES_MAX = 64 };

static void *field(const struct load_key *k, void *into)
{
	return (char *)into + k->at;
}

char *load_copy(struct load *l, const char *s)
{
	return rq_arena_str(&l->p->arena, s);
}

/* --- text --------------------------------------------------------------------------------- */

const char *load_string(struct load *l, const struct rq_yaml *y, const char *what)
{
	if (y->kind == RQ_YAML_SCALAR && *y->text)
		return y->text;
	load_wants(l, y, what);
	return NULL;
}

bool load_name_ok(struct load *l, const struct rq_yaml *y)
{
	if (!load_string(l, y, "a name"))
		return false;
	if (rq_name_ok(y->text))
		return true;
	load_say(l, y, "P036", "'%.80s' cannot be a name: letters, digits, '.', '_' and '-' make one, at most %d of them",
		 y->text, RQ_NAME_MAX - 1);
	return false;
}

LOAD_READER(load_text)
{
	(void)key;
	if (load_string(l, y, "text"))
		*(const char **)field(k, into) = load_copy(l, y->text);
}

LOAD_READER(load_name)
{
	(void)key;
	if (load_name_ok(l, y))
		*(const char **)field(k, into) = load_copy(l, y->text);
}

static bool has_name(const struct rq_names *n, const char *name)
{
	for (size_t i = 0; i < n->n; i++)
		if (rq_ieq(n->v[i].s, name))
			return true;
	return false;
}

/* The list is in the arena and grows there by doubling, at powers of two. */
bool load_names_add(struct load *l, struct rq_names *n, const char *name, const struct rq_yaml *y, bool twice_is_fine)
{
	if (n->n == NAMES_MAX) {
		load_say(l, y, "P038", "%s has more than %d names", load_path(l), NAMES_MAX);
		return false;
	}
	if (has_name(n, name)) {
		if (!twice_is_fine)
			load_say(l, y, "P037", "'%.80s' stands in %s already", name, load_path(l));
		return true;
	}
	if ((n->n & (n->n - 1)) == 0) {
		struct rq_name *v = rq_arena_alloc(&l->p->arena, (n->n ? 2 * n->n : 1) * sizeof *v);

		if (n->n)
			memcpy(v, n->v, n->n * sizeof *v);
		n->v = v;
	}
	n->v[n->n++] = (struct rq_name){ load_copy(l, name), load_pos(y) };
	return true;
}

LOAD_READER(load_names)
{
	struct rq_names *n = field(k, into);

	/* needs_X may have come first. */
	if (!n->set)
		n->at = load_pos(key);
	n->set = true;
	if (!load_is_list(l, y))
		return;
	for (size_t i = 0; i < y->n; i++)
		if (load_name_ok(l, y->items[i]) && !load_names_add(l, n, y->items[i]->text, y->items[i], false))
			return;
}

bool load_choice(struct load *l, const struct rq_yaml *y, const char *const *choices, unsigned *out)
{
	struct rq_str all;

	if (!load_string(l, y, "a word"))
		return false;
	for (unsigned i = 0; choices[i]; i++) {
		if (!strcmp(choices[i], y->text)) {
			*out = i;
			return true;
		}
	}
	rq_str_init(&all, 1000);
	for (size_t i = 0; choices[i]; i++)
		rq_str_addf(&all, "%s%s", i ? ", " : "", choices[i]);
	load_say(l, y, "P016", "'%.80s' is no value of %s%s; it takes %s", y->text, load_path(l),
		 load_hint(l, load_nearest(y->text, choices)), rq_str_get(&all));
	rq_str_release(&all);
	return false;
}

LOAD_READER(load_enum)
{
	unsigned v;

	(void)key;
	if (load_choice(l, y, k->choices, &v))
		*(unsigned *)field(k, into) = v;
}

LOAD_READER(load_enum_num)
{
	unsigned v;

	if (load_choice(l, y, k->choices, &v))
		*(struct rq_num *)field(k, into) = (struct rq_num){ true, v, load_pos(key), load_pos(y) };
}

/* --- truth -------------------------------------------------------------------------------- */

static int old_bool(const char *s)
{
	static const char *const words[] = { "yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE",
					     "no", "No", "NO", "off", "Off", "OFF", "False", "FALSE" };

	for (int i = 0; i < 16; i++)
		if (!strcmp(words[i], s))
			return i < 8;
	return -1;
}

bool load_bool(struct load *l, const struct rq_yaml *y, bool *out)
{
	int old;

	if (rq_yaml_bool(y, out))
		return true;
	old = y->kind == RQ_YAML_SCALAR && !y->quoted ? old_bool(y->text) : -1;
	if (old >= 0 && l->p->schema == 1) {
		*out = old;
		return true;
	}
	if (old >= 0)
		load_say(l, y, "P019", "%s: write %s instead of %s", load_path(l), old ? "true" : "false", y->text);
	else
		load_wants(l, y, "true or false");
	return false;
}

/* --- numbers ------------------------------------------------------------------------------ */

bool load_decimal(struct load *l, const struct rq_yaml *y, int places, int64_t *out)
{
	enum rq_decimal_error rc = RQ_DECIMAL_JUNK;

	if (y->kind == RQ_YAML_SCALAR && !y->quoted)
		rc = rq_decimal(y->text, places, out, NULL);
	switch (rc) {
	case RQ_DECIMAL_OK:
		return true;
	case RQ_DECIMAL_FINE:
		if (places)
			load_say(l, y, "P034", "%s takes at most %d digits behind the point", load_path(l), places);
		else
			load_say(l, y, "P034", "%s takes a whole number", load_path(l));
		return false;
	case RQ_DECIMAL_LARGE:
		load_say(l, y, "P015", "%s: the number is too large", load_path(l));
		return false;
	default:
		load_wants(l, y, "a number");
		return false;
	}
}

static int64_t power_of_ten(int n)
{
	int64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

/* MIN and MAX as written, in whole units. */
static bool in_range(struct load *l, const struct load_key *k, const struct rq_yaml *y, int64_t v)
{
	int64_t one = power_of_ten(k->places);

	if (v >= k->min * one && v <= k->max * one)
		return true;
	load_say(l, y, "P015", "%s is %.40s; it must be from %lld to %lld", load_path(l), y->text, (long long)k->min,
		 (long long)k->max);
	return false;
}

static bool ranged(struct load *l, const struct load_key *k, const struct rq_yaml *y, int64_t *out)
{
	int64_t v;

	if (!load_decimal(l, y, k->places, &v) || !in_range(l, k, y, v))
		return false;
	*out = v * (k->unit ? k->unit : 1);
	return true;
}

bool load_whole(struct load *l, const struct rq_yaml *y, int64_t min, int64_t max, int64_t *out)
{
	struct load_key k = { .min = min, .max = max };

	return ranged(l, &k, y, out);
}

LOAD_READER(load_num)
{
	int64_t v;

	if (ranged(l, k, y, &v))
		*(struct rq_num *)field(k, into) = (struct rq_num){ true, v, load_pos(key), load_pos(y) };
}

LOAD_READER(load_int)
{
	(void)key;
	ranged(l, k, y, field(k, into));
}

static bool duration(struct load *l, const struct load_key *k, const struct rq_yaml *y, int64_t *ms)
{
	if (!load_string(l, y, "a duration, as 90s, 5m or 1h30m"))
		return false;
	if (!rq_parse_duration(y->text, ms)) {
		load_say(l, y, "P033", "%s: '%.40s' is no duration; 90s, 5m and 1h30m are", load_path(l), y->text);
		return false;
	}
	if (*ms >= k->min && *ms <= k->max)
		return true;
	load_say(l, y, "P015", "%s is %.40s; it must be from %lld to %lld seconds", load_path(l), y->text,
		 (long long)k->min / 1000, (long long)k->max / 1000);
	return false;
}

LOAD_READER(load_duration)
{
	int64_t ms;

	(void)key;
	if (duration(l, k, y, &ms))
		*(int64_t *)field(k, into) = ms;
}

LOAD_READER(load_duration_num)
{
	int64_t ms;

	if (duration(l, k, y, &ms))
		*(struct rq_num *)field(k, into) = (struct rq_num){ true, ms, load_pos(key), load_pos(y) };
}
