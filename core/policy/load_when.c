/* load_when.c - the conditions of a rule: a map is AND; all, any, not; FACT: VALUE, FACT: {OPERATOR: OPERAND}. */
#include "core/policy/load.h"

#include <string.h>
#include "core/base/decimal.h"
#include "core/base/str.h"

enum { WHEN_DEPTH = 16, ARGS_MAX = 256, REGEXES_MAX = 256 };

#define X(id, name) name,
static const char *const fact_names[] = { RQ_FACT_LIST(X) NULL };
static const char *const op_names[] = { RQ_OP_LIST(X) NULL };
static const char *const scorer_names[] = { RQ_SCORER_LIST(X) NULL };
#undef X

const char *rq_fact_name(enum rq_fact f)
{
	return fact_names[f];
}

const char *rq_op_name(enum rq_op o)
{
	return op_names[o];
}

const char *rq_scorer_name(enum rq_scorer s)
{
	return scorer_names[s];
}

const char *rq_privacy_name(enum rq_privacy p)
{
	return rq_privacy_words[p];
}

/* --- what fits what ----------------------------------------------------------------------- */

enum kind { TEXT, NUMBER, LABELS, DAY, SOURCE, ANYTHING };

#define OP(id) (1u << RQ_OP_##id)
enum {
	OPS_EQUAL = OP(EQ) | OP(NE) | OP(IN) | OP(NOT_IN) | OP(EXISTS) | OP(MISSING),
	OPS_ORDER = OP(LT) | OP(LE) | OP(GT) | OP(GE) | OP(BETWEEN),
	OPS_TEXT = OP(REGEX) | OP(GLOB) | OP(PREFIX) | OP(SUFFIX),
	OPS_SET = OP(HAS) | OP(HAS_ANY) | OP(HAS_ALL) | OP(EXISTS) | OP(MISSING)
};

static const struct {
	enum kind kind;
	int64_t min, max;       /* of numbers */
} facts[RQ_FACT_N] = {
	[RQ_FACT_TYPE] = { TEXT, 0, 0 }, [RQ_FACT_URL] = { TEXT, 0, 0 }, [RQ_FACT_HOST] = { TEXT, 0, 0 },
	[RQ_FACT_PATH_EXT] = { TEXT, 0, 0 }, [RQ_FACT_SUBMITTER] = { TEXT, 0, 0 }, [RQ_FACT_SHA256] = { TEXT, 0, 0 },
	[RQ_FACT_SOURCE] = { SOURCE, 0, 0 }, [RQ_FACT_WEEKDAY] = { DAY, 0, 0 }, [RQ_FACT_LABELS] = { LABELS, 0, 0 },
	[RQ_FACT_SIZE_MB] = { NUMBER, 0, 1000000000 }, [RQ_FACT_DURATION_S] = { NUMBER, 0, 1000000000 },
	[RQ_FACT_PRIORITY] = { NUMBER, -1000000, 1000000 }, [RQ_FACT_HOUR] = { NUMBER, 0, 24 },
	[RQ_FACT_ATTEMPT] = { NUMBER, 0, 1000000 }, [RQ_FACT_PARAM] = { ANYTHING, 0, 0 },
};

static unsigned ops_of(enum kind kind)
{
	switch (kind) {
	case TEXT: return OPS_EQUAL | OPS_TEXT;
	case NUMBER: return OPS_EQUAL | OPS_ORDER;
	case DAY: return OPS_EQUAL | OPS_ORDER;
	case SOURCE: return OPS_EQUAL;
	case LABELS: return OPS_SET;
	default: return OPS_EQUAL | OPS_ORDER | OPS_TEXT;
	}
}

/* --- operands ----------------------------------------------------------------------------- */

static const char *const sources[] = { "cli", "cron", "webhook", "api", NULL };

static bool one_of(struct load *l, const struct rq_yaml *y, const char *const *words, struct rq_operand *a)
{
	for (int i = 0; words[i]; i++) {
		if (rq_ieq(words[i], y->text)) {
			a->text = words[i];
			a->micro = (int64_t)i * 1000000;
			return true;
		}
	}
	load_say(l, y, "P024", "%s: '%.40s' is none of %s ... %s%s", load_path(l), y->text, words[0],
		 words == rq_weekdays ? "sun" : "api", load_hint(l, load_nearest(y->text, words)));
	return false;
}

static bool number(struct load *l, const struct rq_yaml *y, enum rq_fact fact, struct rq_operand *a)
{
	int64_t min = facts[fact].min, max = facts[fact].max;
	enum rq_decimal_error rc = y->quoted ? RQ_DECIMAL_JUNK : rq_decimal(y->text, 6, &a->micro, NULL);

	a->number = true;
	if (rc == RQ_DECIMAL_JUNK)
		load_say(l, y, "P024", "%s wants a number, this is %s: '%.40s'", load_path(l),
			 y->quoted ? "text in quotes" : "a word", y->text);
	else if (rc == RQ_DECIMAL_FINE)
		load_say(l, y, "P034", "%s takes at most 6 digits behind the point", load_path(l));
	else if (rc == RQ_DECIMAL_LARGE || (max && (a->micro < min * 1000000 || a->micro > max * 1000000)))
		load_say(l, y, "P015", "%s is %.40s; it must be from %lld to %lld", load_path(l), y->text, (long long)min,
			 (long long)max);
	else
		return true;
	return false;
}

/* A parameter is text; where the operator or the way it is written says so, a number. */
static bool parameter(struct load *l, const struct rq_yaml *y, enum rq_op op, struct rq_operand *a)
{
	if ((1u << op) & OPS_ORDER)
		return number(l, y, RQ_FACT_PARAM, a);
	a->number = !y->quoted && rq_decimal(y->text, 6, &a->micro, NULL) == RQ_DECIMAL_OK;
	return true;
}

static bool operand(struct load *l, const struct rq_yaml *y, struct rq_when *w, struct rq_operand *a)
{
	if (y->kind == RQ_YAML_BAD)
		return false;
	if (y->kind != RQ_YAML_SCALAR) {
		load_say(l, y, "P024", "%s wants a single value", load_path(l));
		return false;
	}
	a->text = load_copy(l, y->text);
	switch (facts[w->fact].kind) {
	case NUMBER: return number(l, y, w->fact, a);
	case DAY: a->number = true; return one_of(l, y, rq_weekdays, a);
	case SOURCE: return one_of(l, y, sources, a);
	case ANYTHING: return parameter(l, y, w->op, a);
	default: return true;
	}
}

static void operands(struct load *l, const struct rq_yaml *y, struct rq_when *w)
{
	size_t n = y->kind == RQ_YAML_SEQ ? y->n : 1;

	if (y->kind != RQ_YAML_SEQ && y->kind != RQ_YAML_BAD)
		load_say(l, y, "P024", "%s wants a list ([...])", load_path(l));
	if (n > ARGS_MAX)
		load_say(l, y, "P038", "%s has more than %d items", load_path(l), ARGS_MAX);
	if (y->kind != RQ_YAML_SEQ || n > ARGS_MAX)
		return;
	w->args = rq_arena_alloc(&l->p->arena, n * sizeof *w->args);
	for (size_t i = 0; i < n; i++)
		if (operand(l, y->items[i], w, &w->args[w->n_args]))
			w->n_args++;
}

static void between(struct load *l, const struct rq_yaml *y, struct rq_when *w)
{
	if (y->kind == RQ_YAML_SEQ && y->n != 2) {
		load_say(l, y, "P024", "%s wants two values: [FROM, TO]", load_path(l));
		return;
	}
	operands(l, y, w);
	if (w->n_args == 2 && w->args[0].micro > w->args[1].micro)
		load_say(l, y, "P024", "%s: %.40s is more than %.40s", load_path(l), w->args[0].text, w->args[1].text);
}

static void truth(struct load *l, const struct rq_yaml *y, struct rq_when *w)
{
	bool yes = true;

	if (load_bool(l, y, &yes) && !yes)
		w->op = w->op == RQ_OP_EXISTS ? RQ_OP_MISSING : RQ_OP_EXISTS;
}

/* --- regular expressions ------------------------------------------------------------------ */

/* The column of byte AT of the text of Y, where it is the same text as in the file. */
static int column(const struct rq_yaml *y, size_t at)
{
	int col = y->col + (y->quoted ? 1 : 0);

	for (size_t i = 0; i < at && y->text[i]; i++) {
		col += ((unsigned char)y->text[i] & 0xc0) != 0x80;
		col += y->text[i] == '\'' && y->quoted;
	}
	return col;
}

static void bad_regex(struct load *l, const struct rq_yaml *y, size_t at, const char *why)
{
	if (y->line == y->end_line && (y->style == 0 || y->style == '\''))
		rq_problem_add(l->out, y->line, column(y, at), 1, "P020", "bad regex at offset %zu: %s", at, why);
	else
		load_say(l, y, "P020", "bad regex at offset %zu of the pattern: %s", at, why);
}

static void regex(struct load *l, const struct rq_yaml *y, const struct rq_yaml *flags, struct rq_when *w)
{
	struct rq_error e = { 0 };
	unsigned bits = 0;
	size_t at;

	if (flags && flags->kind == RQ_YAML_SCALAR && !strcmp(flags->text, "i"))
		bits = RQ_REGEX_ICASE;
	else if (flags && flags->kind != RQ_YAML_BAD)
		load_say(l, flags, "P016", "flags of a regex can be i alone: upper and lower case are the same");
	if (y->kind != RQ_YAML_SCALAR) {
		load_wants(l, y, "a regular expression");
		return;
	}
	w->n_args = 1;
	w->args = rq_arena_alloc(&l->p->arena, sizeof *w->args);
	w->args->text = load_copy(l, y->text);
	if (++l->n_regexes > REGEXES_MAX) {
		if (l->n_regexes == REGEXES_MAX + 1)
			load_say(l, y, "P038", "there are more than %d regular expressions", REGEXES_MAX);
	} else if (rq_regex_new_at(y->text, bits, &w->regex, &at, &e)) {
		bad_regex(l, y, at, e.msg);
	}
}

/* --- tests -------------------------------------------------------------------------------- */

static void take_operand(struct load *l, const struct rq_yaml *y, const struct rq_yaml *flags, struct rq_when *w)
{
	switch (w->op) {
	case RQ_OP_REGEX:
		regex(l, y, flags, w);
		break;
	case RQ_OP_IN:
	case RQ_OP_NOT_IN:
	case RQ_OP_HAS_ANY:
	case RQ_OP_HAS_ALL:
		operands(l, y, w);
		break;
	case RQ_OP_BETWEEN:
		between(l, y, w);
		break;
	case RQ_OP_EXISTS:
	case RQ_OP_MISSING:
		truth(l, y, w);
		break;
	default:
		w->args = rq_arena_alloc(&l->p->arena, sizeof *w->args);
		w->n_args = operand(l, y, w, w->args);
	}
}

/* "url" for FACT: "param.language" has the parameter's name behind it. */
static bool fact_of(struct load *l, const struct rq_yaml *key, struct rq_when *w)
{
	const char *s = key->text;

	if (key->kind == RQ_YAML_BAD)
		return false;
	w->fact = RQ_FACT_N;
	for (int i = 0; i < RQ_FACT_N; i++)
		if (i != RQ_FACT_PARAM && !strcmp(fact_names[i], s))
			w->fact = i;
	if (!strcmp(s, "label"))
		w->fact = RQ_FACT_LABELS;
	if (rq_starts(s, "param.") && s[6]) {
		w->fact = RQ_FACT_PARAM;
		w->param = load_copy(l, s + 6);
	}
	if (w->fact != RQ_FACT_N)
		return true;
	load_say(l, key, "P021", "unknown fact '%.80s' in %s%s", s, load_path(l), load_hint(l, load_nearest(s, fact_names)));
	return false;
}

static bool op_of(struct load *l, const struct rq_yaml *key, struct rq_when *w)
{
	unsigned allowed = ops_of(facts[w->fact].kind);

	if (key->kind == RQ_YAML_BAD)
		return false;
	for (int i = 0; i < RQ_OP_N; i++) {
		if (strcmp(op_names[i], key->text) != 0)
			continue;
		w->op = i;
		if ((allowed & (1u << i)) != 0)
			return true;
		load_say(l, key, "P023", "%s does not fit %s", op_names[i], fact_names[w->fact]);
		return false;
	}
	load_say(l, key, "P022", "unknown operator '%.80s' in %s%s", key->text, load_path(l),
		 load_hint(l, load_nearest(key->text, op_names)));
	return false;
}

/* {OPERATOR: OPERAND, ...}: several are AND. FLAGS belongs to regex. */
static void tests(struct load *l, const struct rq_yaml *y, const struct rq_when *fact, struct rq_when *all)
{
	const struct rq_yaml *flags = rq_yaml_get(y, "flags");

	all->kind = RQ_WHEN_ALL;
	all->at = fact->at;
	all->v = rq_arena_alloc(&l->p->arena, y->n * sizeof *all->v);
	if (!y->n)
		load_say(l, y, "P017", "%s has no operator", load_path(l));
	for (size_t i = 0; i < y->n; i++) {
		struct rq_when *w = &all->v[all->n];

		if (!strcmp(y->keys[i]->text, "flags")) {
			if (!rq_yaml_get(y, "regex"))
				load_say(l, y->keys[i], "P023", "flags belong to regex, which is not here");
			continue;
		}
		*w = *fact;
		if (!op_of(l, y->keys[i], w))
			continue;
		load_push(l, y->keys[i]->text);
		take_operand(l, y->items[i], flags, w);
		load_pop(l);
		all->n++;
	}
	if (all->n == 1)
		*all = *all->v;
}

static void leaf(struct load *l, const struct rq_yaml *key, const struct rq_yaml *y, struct rq_when *out)
{
	struct rq_when w = { .kind = RQ_WHEN_TEST, .at = load_pos(key), .op = RQ_OP_EQ };

	out->kind = RQ_WHEN_ALL;
	if (!fact_of(l, key, &w))
		return;
	load_push(l, key->text);
	if (y->kind == RQ_YAML_MAP) {
		tests(l, y, &w, out);
	} else {
		if (w.fact == RQ_FACT_LABELS)
			w.op = RQ_OP_HAS;
		take_operand(l, y, NULL, &w);
		*out = w;
	}
	load_pop(l);
}

/* --- the tree ----------------------------------------------------------------------------- */

static void conditions(struct load *l, const struct rq_yaml *y, int depth, struct rq_when *out);

static void branch(struct load *l, const struct rq_yaml *key, const struct rq_yaml *y, int depth, struct rq_when *out)
{
	size_t n = y->kind == RQ_YAML_SEQ ? y->n : 0;

	out->at = load_pos(key);
	load_push(l, key->text);
	if (out->kind == RQ_WHEN_NOT) {
		out->n = 1;
		out->v = rq_arena_alloc(&l->p->arena, sizeof *out->v);
		conditions(l, y, depth + 1, out->v);
	} else if (load_is_list(l, y)) {
		out->v = rq_arena_alloc(&l->p->arena, n * sizeof *out->v);
		for (size_t i = 0; i < n; i++)
			conditions(l, y->items[i], depth + 1, &out->v[out->n++]);
	}
	load_pop(l);
}

static void condition(struct load *l, const struct rq_yaml *key, const struct rq_yaml *y, int depth, struct rq_when *out)
{
	if (!strcmp(key->text, "all"))
		out->kind = RQ_WHEN_ALL;
	else if (!strcmp(key->text, "any"))
		out->kind = RQ_WHEN_ANY;
	else if (!strcmp(key->text, "not"))
		out->kind = RQ_WHEN_NOT;
	else {
		leaf(l, key, y, out);
		return;
	}
	branch(l, key, y, depth, out);
}

static void conditions(struct load *l, const struct rq_yaml *y, int depth, struct rq_when *out)
{
	out->kind = RQ_WHEN_ALL;
	out->at = load_pos(y);
	if (y->kind == RQ_YAML_BAD)
		return;
	if (y->kind != RQ_YAML_MAP) {
		load_wants(l, y, "a map of conditions");
		return;
	}
	if (depth > WHEN_DEPTH) {
		load_say(l, y, "P025", "conditions are nested deeper than %d levels", WHEN_DEPTH);
		return;
	}
	out->n = y->n;
	out->v = rq_arena_alloc(&l->p->arena, y->n * sizeof *out->v);
	for (size_t i = 0; i < y->n; i++)
		condition(l, y->keys[i], y->items[i], depth, &out->v[i]);
	if (out->n == 1)
		*out = *out->v;
}

struct rq_when *load_when(struct load *l, const struct rq_yaml *y)
{
	struct rq_when *w = rq_arena_alloc(&l->p->arena, sizeof *w);

	conditions(l, y, 1, w);
	return w;
}
