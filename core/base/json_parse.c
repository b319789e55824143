/* json_parse.c - JSON text into a tree (RFC 8259), by recursive descent of limited depth.
 *
 * More is taken than the RFC allows in one point: control characters may stand in strings as they are. */
#include <stdlib.h>
#include <string.h>
#include "core/base/json_node.h"
#include "core/base/mem.h"
#include "core/base/text.h"

enum { JSON_MAX = 16 << 20, JSON_DEPTH = 64, NUMBER_MAX = 1024 };

struct parser {
	const char *s, *p, *end;        /* the text, where we are */
	int depth;
	bool too_deep;
};

static struct rq_json *value(struct parser *x);

static void skip_blanks(struct parser *x)
{
	while (x->p < x->end && (*x->p == ' ' || *x->p == '\t' || *x->p == '\n' || *x->p == '\r'))
		x->p++;
}

/* The next byte that is no blank; 0 at the end. */
static char peek(struct parser *x)
{
	skip_blanks(x);
	return x->p < x->end ? *x->p : '\0';
}

static bool take(struct parser *x, char c)
{
	if (x->p == x->end || *x->p != c)
		return false;
	x->p++;
	return true;
}

/* --- numbers ------------------------------------------------------------------------------ */

static bool take_digits(struct parser *x)
{
	const char *from = x->p;

	while (x->p < x->end && *x->p >= '0' && *x->p <= '9')
		x->p++;
	return x->p > from;
}

/* [-] (0 | 1-9 digits) [. digits] [e [+-] digits] */
static bool take_number(struct parser *x, bool *whole)
{
	*whole = true;
	take(x, '-');
	if (!take(x, '0') && !take_digits(x))
		return false;
	if (take(x, '.')) {
		*whole = false;
		if (!take_digits(x))
			return false;
	}
	if (take(x, 'e') || take(x, 'E')) {
		*whole = false;
		if (!take(x, '+'))
			take(x, '-');
		if (!take_digits(x))
			return false;
	}
	return true;
}

static struct rq_json *number(struct parser *x)
{
	const char *from = x->p;
	char buf[NUMBER_MAX + 1];
	struct rq_json *j;
	bool whole;
	size_t n;

	if (!take_number(x, &whole) || (n = (size_t)(x->p - from)) > NUMBER_MAX)
		return NULL;
	memcpy(buf, from, n);
	buf[n] = '\0';
	j = rq_json_node(RQ_JSON_WHOLE);
	if (!whole || !rq_parse_i64(buf, &j->u.whole)) {
		j->kind = RQ_JSON_REAL;
		j->u.real = strtod(buf, NULL) + 0.0; /* no negative zero */
	}
	return j;
}

/* --- strings ------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex4(struct parser *x, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		int d = x->p < x->end ? hex_digit(*x->p) : -1;

		if (d < 0)
			return false;
		*out = *out << 4 | (uint32_t)d;
		x->p++;
	}
	return true;
}

/* Behind "\u". A character beyond 16 bits comes as two halves; none may be alone, and NUL would cut the string. */
static bool unicode(struct parser *x, struct rq_str *out)
{
	uint32_t cp, low;
	char enc[4];

	if (!hex4(x, &cp) || !cp || (cp >= 0xdc00 && cp < 0xe000))
		return false;
	if (cp >= 0xd800 && cp < 0xdc00) {
		if (!take(x, '\\') || !take(x, 'u') || !hex4(x, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
	}
	rq_str_addn(out, enc, rq_utf8_encode(cp, enc));
	return true;
}

static bool escape(struct parser *x, struct rq_str *out)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *at = x->p < x->end && *x->p ? strchr(letters, *x->p) : NULL;

	if (at) {
		x->p++;
		rq_str_addc(out, meant[at - letters]);
		return true;
	}
	return take(x, 'u') && unicode(x, out);
}

static bool chars(struct parser *x, struct rq_str *out)
{
	while (x->p < x->end && *x->p && *x->p != '"') {
		const char *from = x->p;
		uint32_t cp;
		char enc[4];

		while (x->p < x->end && *x->p > 0 && (unsigned char)*x->p < 0x80 && *x->p != '"' && *x->p != '\\')
			x->p++;
		rq_str_addn(out, from, (size_t)(x->p - from));
		if (x->p < x->end && (unsigned char)*x->p >= 0x80) {
			x->p += rq_utf8_decode(x->p, (size_t)(x->end - x->p), &cp);
			rq_str_addn(out, enc, rq_utf8_encode(cp, enc));
		} else if (take(x, '\\') && !escape(x, out)) {
			return false;
		}
	}
	return take(x, '"');
}

/* NULL where there is none. */
static char *string(struct parser *x)
{
	struct rq_str out;

	if (!take(x, '"'))
		return NULL;
	rq_str_init(&out, 0);
	if (chars(x, &out))
		return rq_str_detach(&out);
	rq_str_release(&out);
	return NULL;
}

static struct rq_json *string_value(struct parser *x)
{
	char *text = string(x);
	struct rq_json *j;

	if (!text)
		return NULL;
	j = rq_json_node(RQ_JSON_STRING);
	j->text = text;
	return j;
}

/* --- the rest ----------------------------------------------------------------------------- */

static struct rq_json *word(struct parser *x)
{
	static const struct { const char *text; enum rq_json_kind kind; } words[] = {
		{ "null", RQ_JSON_NULL }, { "false", RQ_JSON_FALSE }, { "true", RQ_JSON_TRUE },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i].text);

		if ((size_t)(x->end - x->p) >= n && memcmp(x->p, words[i].text, n) == 0) {
			x->p += n;
			return rq_json_node(words[i].kind);
		}
	}
	return NULL;
}

static struct rq_json *member(struct parser *x)
{
	struct rq_json *v = NULL;
	char *key = NULL;

	if (peek(x) == '"')
		key = string(x);
	if (key && peek(x) == ':') {
		x->p++;
		v = value(x);
	}
	if (v)
		v->key = key;
	else
		rq_free(key);
	return v;
}

/* Behind the opening bracket. */
static bool children(struct parser *x, struct rq_json *of, char close)
{
	if (peek(x) == close) {
		x->p++;
		return true;
	}
	do {
		struct rq_json *v = of->kind == RQ_JSON_OBJECT ? member(x) : value(x);

		if (!v)
			return false;
		rq_json_append(of, v);
		skip_blanks(x);
	} while (take(x, ','));
	return take(x, close);
}

static struct rq_json *nested(struct parser *x, enum rq_json_kind kind, char close)
{
	struct rq_json *j;

	if (x->depth == JSON_DEPTH) {
		x->too_deep = true;
		return NULL;
	}
	x->p++;
	x->depth++;
	j = rq_json_node(kind);
	if (!children(x, j, close)) {
		rq_json_free(j);
		return NULL;
	}
	x->depth--;
	return j;
}

static struct rq_json *value(struct parser *x)
{
	char c = peek(x);

	if (c == '{')
		return nested(x, RQ_JSON_OBJECT, '}');
	if (c == '[')
		return nested(x, RQ_JSON_ARRAY, ']');
	if (c == '"')
		return string_value(x);
	return c == '-' || (c >= '0' && c <= '9') ? number(x) : word(x);
}

int rq_json_parse(const char *text, size_t n, struct rq_json **out, struct rq_error *e)
{
	struct parser x = { .s = text, .p = text, .end = text + n };
	struct rq_json *j;

	if (n > JSON_MAX)
		return rq_fail(e, RQ_ELIMIT, "The JSON text is larger than 16 MiB.");
	j = value(&x);
	if (x.too_deep)
		return rq_fail(e, RQ_ELIMIT, "The JSON text is nested deeper than %d levels.", JSON_DEPTH);
	if (!j)
		return rq_fail(e, RQ_EUSAGE, "This is not JSON: it stops making sense at byte %zu.",
			       (size_t)(x.p - x.s) + 1);
	skip_blanks(&x);
	if (x.p < x.end) {
		rq_json_free(j);
		return rq_fail(e, RQ_EUSAGE, "There is more behind the JSON value, at byte %zu.", (size_t)(x.p - x.s) + 1);
	}
	*out = j;
	return RQ_OK;
}
