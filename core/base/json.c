/* json.c - JSON values; the only file that knows cJSON. A struct rq_json is a cJSON node. */
#include "core/base/json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"

enum { JSON_MAX = 16 << 20, JSON_DEPTH = 64 };
#define RAW_FROM INT64_C(1000000000000000)

static cJSON *node(struct rq_json *j)
{
	return (cJSON *)(void *)j;
}

static const cJSON *cnode(const struct rq_json *j)
{
	return (const cJSON *)(const void *)j;
}

static struct rq_json *made(cJSON *c)
{
	if (!c)
		RQ_BUG("out of memory in JSON");
	return (struct rq_json *)(void *)c;
}

/* cJSON allows 1000 levels and recurses; count before it does. */
static bool too_deep(const char *s, size_t n)
{
	int depth = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '[' || s[i] == '{') && ++depth > JSON_DEPTH)
			return true;
		else if (!quoted && (s[i] == ']' || s[i] == '}'))
			depth--;
	}
	return false;
}

/* How many bytes at S are ASCII; eight at a time, for an answer may have megabytes. */
static size_t ascii_run(const char *s, size_t n)
{
	size_t i = 0;
	uint64_t word;

	for (; n - i >= sizeof word; i += sizeof word) {
		memcpy(&word, s + i, sizeof word);
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < n && (unsigned char)s[i] < 0x80)
		i++;
	return i;
}

static bool is_utf8(const char *s, size_t n)
{
	char enc[4];
	uint32_t cp;
	size_t i, k;

	for (i = ascii_run(s, n); i < n; i += ascii_run(s + i, n - i)) {
		k = rq_utf8_decode(s + i, n - i, &cp);
		if (rq_utf8_encode(cp, enc) != k || memcmp(enc, s + i, k) != 0)
			return false;
		i += k;
	}
	return true;
}

/* cJSON takes and prints strings as they are: make them UTF-8 first. */
static void to_utf8(const char *s, size_t n, struct rq_str *out)
{
	uint32_t cp;
	char enc[4];
	size_t i;

	rq_str_init(out, 3 * n + 1);
	for (i = 0; i < n;) {
		i += rq_utf8_decode(s + i, n - i, &cp);
		rq_str_addn(out, enc, rq_utf8_encode(cp, enc));
	}
}

static int parse(const char *text, size_t n, struct rq_json **out, struct rq_error *e)
{
	const char *end = NULL;
	cJSON *c = cJSON_ParseWithLengthOpts(text, n, &end, false);

	if (!c)
		return rq_fail(e, RQ_EUSAGE, "This is not JSON: it stops making sense at byte %zu.",
			       end ? (size_t)(end - text) + 1 : 1);
	for (; end < text + n; end++) {
		if (!memchr(" \t\r\n", *end, 4)) {
			cJSON_Delete(c);
			return rq_fail(e, RQ_EUSAGE, "There is more behind the JSON value, at byte %zu.",
				       (size_t)(end - text) + 1);
		}
	}
	*out = made(c);
	return RQ_OK;
}

int rq_json_parse(const char *text, size_t n, struct rq_json **out, struct rq_error *e)
{
	struct rq_str clean;
	int r;

	if (n > JSON_MAX)
		return rq_fail(e, RQ_ELIMIT, "The JSON text is larger than 16 MiB.");
	if (too_deep(text, n))
		return rq_fail(e, RQ_ELIMIT, "The JSON text is nested deeper than %d levels.", JSON_DEPTH);
	if (is_utf8(text, n))
		return parse(text, n, out, e);
	to_utf8(text, n, &clean);
	r = parse(rq_str_get(&clean), clean.len, out, e);
	rq_str_release(&clean);
	return r;
}

void rq_json_free(struct rq_json *j)
{
	cJSON_Delete(node(j));
}

struct rq_json *rq_json_object(void)
{
	return made(cJSON_CreateObject());
}

struct rq_json *rq_json_array(void)
{
	return made(cJSON_CreateArray());
}

/* As doubles, integers from 10^15 on would be printed with an exponent, and those from 2^53 on lose digits: they are
 * kept as raw text. */
static cJSON *number(int64_t v)
{
	char buf[32];

	if (v > -RAW_FROM && v < RAW_FROM)
		return cJSON_CreateNumber((double)v);
	snprintf(buf, sizeof buf, "%" PRId64, v);
	return cJSON_CreateRaw(buf);
}

static cJSON *string(const char *s)
{
	struct rq_str b;
	cJSON *c;

	if (!s)
		return cJSON_CreateNull();
	if (is_utf8(s, strlen(s)))
		return cJSON_CreateString(s);
	to_utf8(s, strlen(s), &b);
	c = cJSON_CreateString(rq_str_get(&b));
	rq_str_release(&b);
	return c;
}

static void set(struct rq_json *o, const char *key, cJSON *value)
{
	struct rq_str b = { 0 };

	if (!value)
		RQ_BUG("out of memory in JSON");
	if (!is_utf8(key, strlen(key))) {
		to_utf8(key, strlen(key), &b);
		key = rq_str_get(&b);
	}
	cJSON_DeleteItemFromObjectCaseSensitive(node(o), key);
	cJSON_AddItemToObject(node(o), key, value);
	rq_str_release(&b);
}

void rq_json_set_str(struct rq_json *o, const char *key, const char *value)
{
	set(o, key, string(value));
}

void rq_json_set_text(struct rq_json *o, const char *key, const char *value)
{
	rq_json_set_str(o, key, value && *value ? value : NULL);
}

void rq_json_set_int(struct rq_json *o, const char *key, int64_t value)
{
	set(o, key, number(value));
}

void rq_json_set_bool(struct rq_json *o, const char *key, bool value)
{
	set(o, key, cJSON_CreateBool(value));
}

void rq_json_set_null(struct rq_json *o, const char *key)
{
	set(o, key, cJSON_CreateNull());
}

void rq_json_set(struct rq_json *o, const char *key, struct rq_json *value)
{
	set(o, key, node(value));
}

void rq_json_add(struct rq_json *a, struct rq_json *value)
{
	cJSON_AddItemToArray(node(a), node(value));
}

void rq_json_add_str(struct rq_json *a, const char *value)
{
	cJSON_AddItemToArray(node(a), string(value));
}

const struct rq_json *rq_json_get(const struct rq_json *j, const char *key)
{
	return (const struct rq_json *)(const void *)cJSON_GetObjectItemCaseSensitive(cnode(j), key);
}

const char *rq_json_get_str(const struct rq_json *j, const char *key)
{
	return rq_json_str(rq_json_get(j, key));
}

int64_t rq_json_get_int(const struct rq_json *j, const char *key, int64_t def)
{
	return rq_json_int(rq_json_get(j, key), def);
}

int64_t rq_json_int(const struct rq_json *j, int64_t def)
{
	const cJSON *c = cnode(j);
	int64_t raw;

	if (cJSON_IsRaw(c) && rq_parse_i64(c->valuestring, &raw))
		return raw;
	if (!cJSON_IsNumber(c) || isnan(c->valuedouble) || fabs(c->valuedouble) > 9.2e18)
		return def;
	return (int64_t)c->valuedouble;
}

bool rq_json_get_bool(const struct rq_json *j, const char *key, bool def)
{
	const cJSON *c = cnode(rq_json_get(j, key));

	return cJSON_IsBool(c) ? cJSON_IsTrue(c) : def;
}

bool rq_json_is_object(const struct rq_json *j)
{
	return cJSON_IsObject(cnode(j));
}

bool rq_json_is_array(const struct rq_json *j)
{
	return cJSON_IsArray(cnode(j));
}

bool rq_json_is_null(const struct rq_json *j)
{
	return cJSON_IsNull(cnode(j));
}

const char *rq_json_str(const struct rq_json *j)
{
	return cJSON_IsString(cnode(j)) ? cnode(j)->valuestring : NULL;
}

size_t rq_json_len(const struct rq_json *j)
{
	return (size_t)cJSON_GetArraySize(cnode(j));
}

const struct rq_json *rq_json_at(const struct rq_json *j, size_t i)
{
	return (const struct rq_json *)(const void *)cJSON_GetArrayItem(cnode(j), (int)i);
}

const char *rq_json_key_at(const struct rq_json *j, size_t i)
{
	const cJSON *c = cJSON_GetArrayItem(cnode(j), (int)i);

	return c ? c->string : NULL;
}

const char *rq_json_key(const struct rq_json *j)
{
	return j ? cnode(j)->string : NULL;
}

const struct rq_json *rq_json_first(const struct rq_json *j)
{
	return j ? (const struct rq_json *)(const void *)cnode(j)->child : NULL;
}

const struct rq_json *rq_json_next(const struct rq_json *j)
{
	return j ? (const struct rq_json *)(const void *)cnode(j)->next : NULL;
}

/* --- printing: cJSON indents by tabs, we by two blanks, and long lists of words stay on a line ------------- */

static void indent(struct rq_str *out, int depth)
{
	rq_str_addc(out, '\n');
	while (depth-- > 0)
		rq_str_add(out, "  ");
}

static bool flat(const cJSON *c)
{
	for (c = c->child; c; c = c->next)
		if (cJSON_IsObject(c) || cJSON_IsArray(c))
			return false;
	return true;
}

static void print_scalar(const cJSON *c, struct rq_str *out)
{
	char *s = cJSON_PrintUnformatted(c);

	if (!s)
		RQ_BUG("out of memory in JSON");
	rq_str_add(out, s);
	cJSON_free(s);
}

static void print_key(const char *key, struct rq_str *out)
{
	cJSON *c = cJSON_CreateStringReference(key);

	print_scalar(c, out);
	cJSON_Delete(c);
	rq_str_add(out, ": ");
}

static void print_pretty(const cJSON *c, int depth, struct rq_str *out)
{
	bool object = cJSON_IsObject(c), one_line = cJSON_IsArray(c) && flat(c);
	const cJSON *k;

	if (!object && !cJSON_IsArray(c)) {
		print_scalar(c, out);
		return;
	}
	rq_str_addc(out, object ? '{' : '[');
	for (k = c->child; k; k = k->next) {
		if (!one_line)
			indent(out, depth + 1);
		if (object)
			print_key(k->string, out);
		print_pretty(k, depth + 1, out);
		if (k->next)
			rq_str_add(out, one_line ? ", " : ",");
	}
	if (c->child && !one_line)
		indent(out, depth);
	rq_str_addc(out, object ? '}' : ']');
}

void rq_json_print_str(const char *s, struct rq_str *out)
{
	struct rq_str utf8 = { 0 };

	if (!is_utf8(s, strlen(s))) {
		to_utf8(s, strlen(s), &utf8);
		s = rq_str_get(&utf8);
	}
	rq_str_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			rq_str_addc(out, '\\');
		if ((unsigned char)*s < 0x20)
			rq_str_addf(out, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			rq_str_addc(out, *s);
	}
	rq_str_addc(out, '"');
	rq_str_release(&utf8);
}

void rq_json_print(const struct rq_json *j, struct rq_str *out, bool pretty)
{
	if (pretty)
		print_pretty(cnode(j), 0, out);
	else
		print_scalar(cnode(j), out);
}
