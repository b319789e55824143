/* json.c - JSON values as a tree: making, asking, printing. Reading is in json_parse.c. */
#include "core/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/err.h"
#include "core/base/json_node.h"
#include "core/base/mem.h"
#include "core/base/text.h"

struct rq_json *rq_json_node(enum rq_json_kind kind)
{
	struct rq_json *j = rq_alloc(sizeof *j);

	j->kind = kind;
	return j;
}

void rq_json_free(struct rq_json *j)
{
	while (j) {
		struct rq_json *next = j->next;

		rq_json_free(j->child);
		rq_free(j->text);
		rq_free(j->key);
		rq_free(j);
		j = next;
	}
}

/* A copy in UTF-8. */
static char *utf8(const char *s)
{
	size_t n = strlen(s), i;
	struct rq_str out;
	uint32_t cp;
	char enc[4];

	for (i = 0; i < n && (unsigned char)s[i] < 0x80; i++)
		;
	if (i == n)
		return rq_strndup(s, n);
	rq_str_init(&out, 3 * n + 1);
	for (i = 0; i < n;) {
		i += rq_utf8_decode(s + i, n - i, &cp);
		rq_str_addn(&out, enc, rq_utf8_encode(cp, enc));
	}
	return rq_str_detach(&out);
}

/* --- making ------------------------------------------------------------------------------- */

struct rq_json *rq_json_object(void)
{
	return rq_json_node(RQ_JSON_OBJECT);
}

struct rq_json *rq_json_array(void)
{
	return rq_json_node(RQ_JSON_ARRAY);
}

static struct rq_json *string(const char *s)
{
	struct rq_json *j = rq_json_node(s ? RQ_JSON_STRING : RQ_JSON_NULL);

	if (s)
		j->text = utf8(s);
	return j;
}

void rq_json_append(struct rq_json *to, struct rq_json *value)
{
	if (to->last)
		to->last->next = value;
	else
		to->child = value;
	to->last = value;
}

static void drop(struct rq_json *o, const char *key)
{
	struct rq_json *before = NULL, *j = o->child;

	while (j && strcmp(j->key, key) != 0) {
		before = j;
		j = j->next;
	}
	if (!j)
		return;
	if (before)
		before->next = j->next;
	else
		o->child = j->next;
	if (o->last == j)
		o->last = before;
	j->next = NULL;
	rq_json_free(j);
}

void rq_json_set(struct rq_json *o, const char *key, struct rq_json *value)
{
	RQ_ASSERT(o->kind == RQ_JSON_OBJECT && !value->key && !value->next);
	value->key = utf8(key);
	drop(o, value->key);
	rq_json_append(o, value);
}

void rq_json_set_str(struct rq_json *o, const char *key, const char *value)
{
	rq_json_set(o, key, string(value));
}

void rq_json_set_int(struct rq_json *o, const char *key, int64_t value)
{
	struct rq_json *j = rq_json_node(RQ_JSON_WHOLE);

	j->u.whole = value;
	rq_json_set(o, key, j);
}

void rq_json_set_bool(struct rq_json *o, const char *key, bool value)
{
	rq_json_set(o, key, rq_json_node(value ? RQ_JSON_TRUE : RQ_JSON_FALSE));
}

void rq_json_set_null(struct rq_json *o, const char *key)
{
	rq_json_set(o, key, rq_json_node(RQ_JSON_NULL));
}

void rq_json_add(struct rq_json *a, struct rq_json *value)
{
	RQ_ASSERT(a->kind == RQ_JSON_ARRAY && !value->key && !value->next);
	rq_json_append(a, value);
}

void rq_json_add_str(struct rq_json *a, const char *value)
{
	rq_json_add(a, string(value));
}

/* --- asking ------------------------------------------------------------------------------- */

static bool is(const struct rq_json *j, enum rq_json_kind kind)
{
	return j && j->kind == kind;
}

const struct rq_json *rq_json_get(const struct rq_json *j, const char *key)
{
	if (!is(j, RQ_JSON_OBJECT))
		return NULL;
	for (j = j->child; j && strcmp(j->key, key) != 0; j = j->next)
		;
	return j;
}

const char *rq_json_get_str(const struct rq_json *j, const char *key)
{
	return rq_json_str(rq_json_get(j, key));
}

int64_t rq_json_get_int(const struct rq_json *j, const char *key, int64_t def)
{
	const struct rq_json *v = rq_json_get(j, key);

	if (is(v, RQ_JSON_WHOLE))
		return v->u.whole;
	if (!is(v, RQ_JSON_REAL) || !(fabs(v->u.real) <= 9.2e18))
		return def;
	return (int64_t)v->u.real;
}

bool rq_json_get_bool(const struct rq_json *j, const char *key, bool def)
{
	const struct rq_json *v = rq_json_get(j, key);

	return is(v, RQ_JSON_TRUE) || (def && !is(v, RQ_JSON_FALSE));
}

bool rq_json_is_object(const struct rq_json *j)
{
	return is(j, RQ_JSON_OBJECT);
}

bool rq_json_is_array(const struct rq_json *j)
{
	return is(j, RQ_JSON_ARRAY);
}

const char *rq_json_str(const struct rq_json *j)
{
	return is(j, RQ_JSON_STRING) ? j->text : NULL;
}

size_t rq_json_len(const struct rq_json *j)
{
	size_t n = 0;

	for (j = rq_json_first(j); j; j = j->next)
		n++;
	return n;
}

const struct rq_json *rq_json_at(const struct rq_json *j, size_t i)
{
	for (j = rq_json_first(j); j && i; i--)
		j = j->next;
	return j;
}

const char *rq_json_key_at(const struct rq_json *j, size_t i)
{
	const struct rq_json *v = rq_json_at(j, i);

	return v ? v->key : NULL;
}

const struct rq_json *rq_json_first(const struct rq_json *j)
{
	return j ? j->child : NULL;
}

const struct rq_json *rq_json_next(const struct rq_json *j)
{
	return j ? j->next : NULL;
}

/* --- printing: indented, a list of plain values stays on its line --------------------------- */

static void print_string(const char *s, struct rq_str *out)
{
	static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

	rq_str_addc(out, '"');
	while (*s) {
		size_t plain = 0;
		const char *at;

		while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\')
			plain++;
		rq_str_addn(out, s, plain);
		s += plain;
		if (!*s)
			break;
		at = strchr(special, *s);
		if (at) {
			rq_str_addc(out, '\\');
			rq_str_addc(out, letters[at - special]);
		} else {
			rq_str_addf(out, "\\u%04x", (unsigned)(unsigned char)*s);
		}
		s++;
	}
	rq_str_addc(out, '"');
}

/* As short as it can be and still read as the same; what is no number in JSON is null. */
static void print_real(double v, struct rq_str *out)
{
	char buf[40];

	if (!isfinite(v)) {
		rq_str_add(out, "null");
		return;
	}
	snprintf(buf, sizeof buf, "%.15g", v);
	if (strtod(buf, NULL) < v || strtod(buf, NULL) > v)
		snprintf(buf, sizeof buf, "%.17g", v);
	rq_str_add(out, buf);
}

static void print_scalar(const struct rq_json *j, struct rq_str *out)
{
	switch (j->kind) {
	case RQ_JSON_TRUE:
		rq_str_add(out, "true");
		break;
	case RQ_JSON_FALSE:
		rq_str_add(out, "false");
		break;
	case RQ_JSON_WHOLE:
		rq_str_addf(out, "%" PRId64, j->u.whole);
		break;
	case RQ_JSON_REAL:
		print_real(j->u.real, out);
		break;
	case RQ_JSON_STRING:
		print_string(j->text, out);
		break;
	default:
		rq_str_add(out, "null");
	}
}

static bool has_children(const struct rq_json *j)
{
	return j->kind == RQ_JSON_OBJECT || j->kind == RQ_JSON_ARRAY;
}

static bool flat(const struct rq_json *j)
{
	for (j = j->child; j; j = j->next)
		if (has_children(j))
			return false;
	return true;
}

static void indent(struct rq_str *out, int depth)
{
	rq_str_addc(out, '\n');
	while (depth-- > 0)
		rq_str_add(out, "  ");
}

static void print(const struct rq_json *j, bool pretty, int depth, struct rq_str *out)
{
	bool object = j->kind == RQ_JSON_OBJECT, lines = pretty && (object || !flat(j));
	const struct rq_json *k;

	if (!has_children(j)) {
		print_scalar(j, out);
		return;
	}
	rq_str_addc(out, object ? '{' : '[');
	for (k = j->child; k; k = k->next) {
		if (lines)
			indent(out, depth + 1);
		if (object) {
			print_string(k->key, out);
			rq_str_add(out, pretty ? ": " : ":");
		}
		print(k, pretty, depth + 1, out);
		if (k->next)
			rq_str_add(out, pretty && !lines ? ", " : ",");
	}
	if (j->child && lines)
		indent(out, depth);
	rq_str_addc(out, object ? '}' : ']');
}

void rq_json_print(const struct rq_json *j, struct rq_str *out, bool pretty)
{
	print(j, pretty, 0, out);
}
