/* json_only.c - JSON of which little is wanted: the rest is not even parsed.
 *
 * A page of a server's runs has megabytes, of which a twentieth is looked at; a tree of all of it takes four times as
 * long to make. What surprises the skimmer goes to the parser whole, which then says what is wrong. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/mem.h"

enum { DEPTH = 64, BUCKETS = 128 };

struct skimmer {
	const char *s, *end;            /* what is left */
	char *out;                      /* where the next byte goes: never more than was read */
	const char *const *keys;
	unsigned char bucket[BUCKETS];  /* index + 1 of the first key with that hash; 0 none */
};

/* --- keys --------------------------------------------------------------------------------- */

static unsigned hash(const char *s, size_t n)
{
	return ((unsigned)n * 7 + (unsigned char)s[0] * 3 + (unsigned char)s[n - 1] * 5 + (unsigned char)s[n / 2]) % BUCKETS;
}

static void index_keys(struct skimmer *k)
{
	for (unsigned i = 0; k->keys[i]; i++) {
		unsigned char *b = &k->bucket[hash(k->keys[i], strlen(k->keys[i]))];

		if (!*b)
			*b = (unsigned char)(i + 1);
	}
}

/* Keys of one hash need not stand together: all from the first on are looked at. */
static bool wanted(const struct skimmer *k, const char *s, size_t n)
{
	unsigned i = n ? k->bucket[hash(s, n)] : 0;

	if (!i)
		return false;
	for (i--; k->keys[i]; i++)
		if (strlen(k->keys[i]) == n && !memcmp(k->keys[i], s, n))
			return true;
	return false;
}

/* --- skipping ----------------------------------------------------------------------------- */

/* The parser takes every control character for a blank between values; only those of JSON may stand at the end. */
static void skip_blanks(struct skimmer *k)
{
	while (k->s < k->end && (unsigned char)*k->s <= ' ')
		k->s++;
}

static bool at_the_end(const struct skimmer *k)
{
	const char *s = k->s;

	while (s < k->end && memchr(" \t\r\n", *s, 4))
		s++;
	return s == k->end;
}

static bool next_is(struct skimmer *k, char c)
{
	skip_blanks(k);
	return k->s < k->end && *k->s == c;
}

/* From the opening quote to behind the closing one. */
static bool skip_string(struct skimmer *k)
{
	const char *from = k->s + 1, *q, *b;

	for (q = from; (q = memchr(q, '"', (size_t)(k->end - q))); q++) {
		for (b = q; b > from && b[-1] == '\\';)
			b--;
		if ((q - b) % 2 == 0) {
			k->s = q + 1;
			return true;
		}
	}
	return false;
}

/* A number or a word. */
static bool skip_word(struct skimmer *k)
{
	const char *from = k->s;

	while (k->s < k->end && (unsigned char)*k->s > ' ' && !memchr(",:]}[{\"", *k->s, 7))
		k->s++;
	return k->s > from;
}

static bool skip_value(struct skimmer *k)
{
	int depth = 0;

	skip_blanks(k);
	if (k->s < k->end && *k->s != '{' && *k->s != '[')
		return *k->s == '"' ? skip_string(k) : skip_word(k);
	while (k->s < k->end) {
		if (*k->s == '"') {
			if (!skip_string(k))
				return false;
			continue;
		}
		if (*k->s == '{' || *k->s == '[')
			depth++;
		if ((*k->s == '}' || *k->s == ']') && --depth == 0) {
			k->s++;
			return true;
		}
		k->s++;
	}
	return false;
}

/* --- copying ------------------------------------------------------------------------------ */

static void put(struct skimmer *k, const char *from)
{
	memcpy(k->out, from, (size_t)(k->s - from));
	k->out += k->s - from;
}

static bool copy_value(struct skimmer *k, int depth);

static bool copy_member(struct skimmer *k, int depth, bool *first)
{
	const char *from;

	if (!next_is(k, '"'))
		return false;
	from = k->s;
	if (!skip_string(k))
		return false;
	if (!wanted(k, from + 1, (size_t)(k->s - from) - 2)) {
		if (!next_is(k, ':'))
			return false;
		k->s++;
		return skip_value(k);
	}
	if (!*first)
		*k->out++ = ',';
	*first = false;
	put(k, from);
	if (!next_is(k, ':'))
		return false;
	*k->out++ = *k->s++;
	return copy_value(k, depth + 1);
}

static bool copy_object(struct skimmer *k, int depth)
{
	bool first = true;

	*k->out++ = *k->s++;
	if (!next_is(k, '}')) {
		for (;; k->s++) {
			if (!copy_member(k, depth, &first))
				return false;
			if (!next_is(k, ','))
				break;
		}
	}
	if (!next_is(k, '}'))
		return false;
	*k->out++ = *k->s++;
	return true;
}

static bool copy_list(struct skimmer *k, int depth)
{
	*k->out++ = *k->s++;
	if (!next_is(k, ']')) {
		for (;; *k->out++ = *k->s++) {
			if (!copy_value(k, depth + 1))
				return false;
			if (!next_is(k, ','))
				break;
		}
	}
	if (!next_is(k, ']'))
		return false;
	*k->out++ = *k->s++;
	return true;
}

static bool copy_value(struct skimmer *k, int depth)
{
	const char *from;

	skip_blanks(k);
	from = k->s;
	if (k->s == k->end || depth > DEPTH)
		return false;
	if (*k->s == '{')
		return copy_object(k, depth);
	if (*k->s == '[')
		return copy_list(k, depth);
	if (!(*k->s == '"' ? skip_string(k) : skip_word(k)))
		return false;
	put(k, from);
	return true;
}

int rq_json_parse_only(const char *text, size_t n, const char *const *keys, struct rq_json **out, struct rq_error *e)
{
	char *less = rq_alloc(n + 1);
	struct skimmer k = { .s = text, .end = text + n, .out = less, .keys = keys };
	bool done;

	index_keys(&k);
	done = copy_value(&k, 1) && at_the_end(&k) && !rq_json_parse(less, (size_t)(k.out - less), out, NULL);
	rq_free(less);
	return done ? RQ_OK : rq_json_parse(text, n, out, e);
}
