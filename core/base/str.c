/* str.c - growable strings with a maximum, and small parsers. */
#include "core/base/str.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/err.h"
#include "core/base/mem.h"

enum { STR_DEFAULT_MAX = 16 << 20 };

void rq_str_init(struct rq_str *b, size_t max)
{
	memset(b, 0, sizeof *b);
	b->max = max;
}

void rq_str_release(struct rq_str *b)
{
	rq_free(b->s);
	b->s = NULL;
	b->len = b->cap = 0;
	b->full = false;
}

void rq_str_clear(struct rq_str *b)
{
	b->len = 0;
	b->full = false;
	if (b->s)
		b->s[0] = '\0';
}

/* Room for as much of N more bytes as the maximum allows; returns that much. */
static size_t make_room(struct rq_str *b, size_t n)
{
	size_t max = b->max ? b->max : STR_DEFAULT_MAX, cap;

	if (n > max - b->len) {
		n = max - b->len;
		b->full = true;
	}
	if (b->len + n + 1 > b->cap) {
		cap = b->cap + b->cap / 2 + 32;
		if (cap < b->len + n + 1)
			cap = b->len + n + 1;
		b->s = rq_realloc(b->s, cap);
		b->cap = cap;
	}
	return n;
}

void rq_str_addn(struct rq_str *b, const char *s, size_t n)
{
	n = make_room(b, n);
	if (n)
		memcpy(b->s + b->len, s, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void rq_str_add(struct rq_str *b, const char *s)
{
	rq_str_addn(b, s, strlen(s));
}

void rq_str_addc(struct rq_str *b, char c)
{
	rq_str_addn(b, &c, 1);
}

void rq_str_vaddf(struct rq_str *b, const char *fmt, va_list ap)
{
	va_list again;
	char small[256];
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, fmt, ap);
	if (n > 0 && (size_t)n < sizeof small) {
		rq_str_addn(b, small, (size_t)n);
	} else if (n > 0) {
		char *big = rq_alloc((size_t)n + 1);

		vsnprintf(big, (size_t)n + 1, fmt, again);
		rq_str_addn(b, big, (size_t)n);
		rq_free(big);
	}
	va_end(again);
}

void rq_str_addf(struct rq_str *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rq_str_vaddf(b, fmt, ap);
	va_end(ap);
}

char *rq_vfmt(const char *fmt, va_list ap)
{
	struct rq_str b;

	rq_str_init(&b, 0);
	rq_str_vaddf(&b, fmt, ap);
	return rq_str_detach(&b);
}

char *rq_fmt(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = rq_vfmt(fmt, ap);
	va_end(ap);
	return s;
}

char *rq_str_detach(struct rq_str *b)
{
	char *s = b->s ? b->s : rq_strdup("");

	b->s = NULL;
	b->len = b->cap = 0;
	b->full = false;
	return s;
}

const char *rq_str_get(const struct rq_str *b)
{
	return b->s ? b->s : "";
}

/* --- comparing and copying --------------------------------------------------------------- */

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool rq_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool rq_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

int rq_icmp(const char *a, const char *b)
{
	for (; *a && lower((unsigned char)*a) == lower((unsigned char)*b); a++)
		b++;
	return lower((unsigned char)*a) - lower((unsigned char)*b);
}

bool rq_ieq(const char *a, const char *b)
{
	return a == b || (a && b && rq_icmp(a, b) == 0);
}

bool rq_icontains(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;

		while (part[i] && lower((unsigned char)text[i]) == lower((unsigned char)part[i]))
			i++;
		if (!part[i])
			return true;
	}
	return !*part;
}

size_t rq_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (size) {
		size_t k = n < size ? n : size - 1;

		memcpy(dst, src, k);
		dst[k] = '\0';
	}
	return n;
}

/* --- numbers ----------------------------------------------------------------------------- */

bool rq_parse_i64(const char *s, int64_t *out)
{
	char *end;
	long long v;

	if (!s || !(*s == '-' || (*s >= '0' && *s <= '9')))
		return false;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end || end == s || (*s == '-' && s[1] == '\0'))
		return false;
	*out = v;
	return true;
}

/* A decimal number with an optional fraction, in units of 1/1000; NULL when there is none. */
static const char *parse_milli(const char *s, int64_t *milli)
{
	int64_t whole = 0, frac = 0, scale = 100;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (whole > INT64_MAX / 100000)
			return NULL;
		whole = whole * 10 + (*p - '0');
	}
	if (p == s)
		return NULL;
	if (*p == '.') {
		if (p[1] < '0' || p[1] > '9')
			return NULL;
		for (p++; *p >= '0' && *p <= '9'; p++, scale /= 10)
			frac += (*p - '0') * scale;
	}
	if (whole > (INT64_MAX - frac) / 1000)
		return NULL;
	*milli = whole * 1000 + frac;
	return p;
}

/* MILLI thousandths of UNIT. */
static bool scaled(int64_t milli, int64_t unit, int64_t *out)
{
	int64_t rest = milli % 1000 * unit / 1000;

	if (milli / 1000 > (INT64_MAX - rest) / unit)
		return false;
	*out = milli / 1000 * unit + rest;
	return true;
}

static const char *unit_ms(const char *p, int64_t *ms)
{
	if (rq_starts(p, "ms")) {
		*ms = 1;
		return p + 2;
	}
	switch (*p) {
	case 's': *ms = 1000; return p + 1;
	case 'm': *ms = 60 * 1000; return p + 1;
	case 'h': *ms = 60 * 60 * 1000; return p + 1;
	case 'd': *ms = 24 * 60 * 60 * 1000; return p + 1;
	default: return NULL;
	}
}

bool rq_parse_duration(const char *s, int64_t *ms)
{
	int64_t total = 0, milli, unit, part;
	const char *end;

	if (!s || !(end = parse_milli(s, &milli)))
		return false;
	/* Only a number that stands alone may go without a unit: "1h30" is half an hour to some, 30 s to others. */
	if (!*end) {
		*ms = milli;
		return true;
	}
	while (*s) {
		if (!(s = parse_milli(s, &milli)) || !(s = unit_ms(s, &unit)))
			return false;
		if (!scaled(milli, unit, &part) || part > INT64_MAX - total)
			return false;
		total += part;
	}
	*ms = total;
	return true;
}

bool rq_parse_size(const char *s, int64_t *bytes)
{
	int64_t milli, unit = 1;

	if (!s || !(s = parse_milli(s, &milli)))
		return false;
	switch (*s) {
	case 'k': case 'K': unit = 1024; s++; break;
	case 'm': case 'M': unit = 1 << 20; s++; break;
	case 'g': case 'G': unit = 1 << 30; s++; break;
	case 't': case 'T': unit = (int64_t)1 << 40; s++; break;
	default: break;
	}
	if (*s == 'i' && unit > 1)
		s++;
	if (*s == 'b' || *s == 'B')
		s++;
	return !*s && scaled(milli, unit, bytes);
}

bool rq_choice_has(const char *choices, const char *value)
{
	size_t n = strlen(value), len;

	for (const char *c = choices;; c += len + 1) {
		len = strcspn(c, "|");
		if (len == n && !strncmp(c, value, n))
			return true;
		if (!c[len])
			return false;
	}
}

int rq_distance(const char *a, const char *b, int max)
{
	enum { LONGEST = 64 };
	size_t na = strlen(a), nb = strlen(b), i, j;
	int row[LONGEST + 1];

	if (na > LONGEST || nb > LONGEST)
		return max + 1;
	for (j = 0; j <= nb; j++)
		row[j] = (int)j;
	for (i = 1; i <= na; i++) {
		int diagonal = row[0], best = row[0] = (int)i;

		for (j = 1; j <= nb; j++) {
			int same = lower((unsigned char)a[i - 1]) == lower((unsigned char)b[j - 1]);
			int v = diagonal + !same;

			if (row[j] + 1 < v)
				v = row[j] + 1;
			if (row[j - 1] + 1 < v)
				v = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = v;
			if (v < best)
				best = v;
		}
		if (best > max)
			return max + 1;
	}
	return row[nb] > max ? max + 1 : row[nb];
}

int rq_choice_nearest(const char *choices, const char *value, int limit, char word[RQ_CHOICE_LEN])
{
	word[0] = '\0';
	while (*choices) {
		size_t n = strcspn(choices, "|");
		char one[RQ_CHOICE_LEN] = "";
		int d;

		if (n < sizeof one)
			memcpy(one, choices, n);
		d = *one ? rq_distance(value, one, limit) : limit;
		if (d < limit) {
			limit = d;
			memcpy(word, one, sizeof one);
		}
		choices += n + (choices[n] == '|');
	}
	return limit;
}

/* --- command lines ----------------------------------------------------------------------- */

enum { WORDS_MAX = 1 << 16 }; /* all jobs of a long list may be marked */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* A backslash at the end of a line joins it with the next. */
static bool joined(const char *s)
{
	return s[0] == '\\' && s[1] == '\n';
}

/* One word at *P, appended to W; NULL or what is wrong. */
static const char *one_word(const char **p, struct rq_str *w)
{
	const char *s = *p;

	for (; *s && !blank(*s); s++) {
		if (*s == '\\') {
			if (!*++s)
				return "a backslash at the end";
			if (*s != '\n')
				rq_str_addc(w, *s);
		} else if (*s == '\'') {
			const char *end = strchr(s + 1, '\'');

			if (!end)
				return "a ' without its partner";
			rq_str_addn(w, s + 1, (size_t)(end - s - 1));
			s = end;
		} else if (*s == '"') {
			for (s++; *s && *s != '"'; s++) {
				if (*s == '\\' && s[1] && strchr("\"\\$`\n", s[1]) && *++s == '\n')
					continue;
				rq_str_addc(w, *s);
			}
			if (!*s)
				return "a \" without its partner";
		} else {
			rq_str_addc(w, *s);
		}
	}
	*p = s;
	return NULL;
}

int rq_words_split(const char *text, char ***words, size_t *n, struct rq_error *e)
{
	size_t cap = 0, count = 0;
	char **v = NULL;
	struct rq_str w;

	rq_str_init(&w, 1 << 20);
	for (;;) {
		const char *wrong;

		for (; blank(*text) || joined(text); text += blank(*text) ? 1 : 2)
			;
		if (!*text)
			break;
		rq_str_clear(&w);
		rq_str_addn(&w, "", 0);
		wrong = one_word(&text, &w);
		if (!wrong && w.full)
			wrong = "a word is longer than 1 MiB";
		if (!wrong && count == WORDS_MAX)
			wrong = "too many words";
		if (wrong) {
			RQ_GROW(v, count, &cap);
			v[count] = NULL;
			rq_words_free(v);
			rq_str_release(&w);
			return rq_fail(e, RQ_EUSAGE, "The command line cannot be read: %s.", wrong);
		}
		RQ_GROW(v, count, &cap);
		v[count++] = rq_strndup(rq_str_get(&w), w.len);
	}
	RQ_GROW(v, count, &cap);
	v[count] = NULL;
	rq_str_release(&w);
	*words = v;
	if (n)
		*n = count;
	return RQ_OK;
}

void rq_words_free(char **words)
{
	char **p;

	for (p = words; p && *p; p++)
		rq_free(*p);
	rq_free(words);
}

void rq_words_quote(struct rq_str *b, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%^";

	if (*word && strspn(word, plain) == strlen(word)) {
		rq_str_add(b, word);
		return;
	}
	rq_str_addc(b, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			rq_str_add(b, "'\\''");
		else
			rq_str_addc(b, *word);
	}
	rq_str_addc(b, '\'');
}

void rq_words_put(struct rq_str *b, const char *word)
{
	if (!word || !*word)
		return;
	rq_str_addc(b, ' ');
	rq_words_quote(b, word);
}
