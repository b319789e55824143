/* Editing a line. */
#include "tui/line.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/key.h"

void rq_line_init(struct rq_line *l, const char *text)
{
	memset(l, 0, sizeof *l);
	rq_line_set(l, text);
}

void rq_line_release(struct rq_line *l)
{
	rq_free(l->s);
	rq_free(l->killed);
	memset(l, 0, sizeof *l);
}

static void reserve(struct rq_line *l, size_t n)
{
	if (n + 1 <= l->cap)
		return;
	l->cap = n + 1 + n / 2;
	l->s = rq_realloc(l->s, l->cap);
}

static void insert_bytes(struct rq_line *l, const char *s, size_t n)
{
	if (l->n + n > RQ_LINE_BYTES)
		return;
	reserve(l, l->n + n);
	memmove(l->s + l->at + n, l->s + l->at, l->n - l->at);
	memcpy(l->s + l->at, s, n);
	l->n += n;
	l->at += n;
	l->s[l->n] = '\0';
}

void rq_line_set(struct rq_line *l, const char *text)
{
	reserve(l, 0);
	l->n = l->at = 0;
	l->s[0] = '\0';
	rq_line_insert(l, text, strlen(text));
}

void rq_line_insert(struct rq_line *l, const char *text, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint32_t cp;
		size_t len = rq_utf8_decode(text + i, n - i, &cp);

		if (cp == '\n' || cp == '\t' || cp == '\r')
			insert_bytes(l, " ", 1);
		else if (cp == 0xfffd)
			insert_bytes(l, "\xef\xbf\xbd", 3);
		else if (cp >= ' ' && cp != 0x7f && (cp < 0x80 || cp > 0x9f))
			insert_bytes(l, text + i, len);
		i += len;
	}
}

static bool joins(const char *s, size_t n)
{
	uint32_t cp;

	if (!n || (unsigned char)*s < 0x80)
		return false;
	rq_utf8_decode(s, n, &cp);
	return rq_cp_width(cp) == 0;
}

/* The start of the next or previous character, with the marks that sit on it. */
static size_t right_of(const struct rq_line *l, size_t at)
{
	uint32_t cp;

	if (at < l->n)
		at += rq_utf8_decode(l->s + at, l->n - at, &cp);
	while (at < l->n && joins(l->s + at, l->n - at))
		at += rq_utf8_decode(l->s + at, l->n - at, &cp);
	return at;
}

static size_t left_of(const struct rq_line *l, size_t at)
{
	while (at > 0) {
		do
			at--;
		while (at > 0 && ((unsigned char)l->s[at] & 0xc0) == 0x80);
		if (!joins(l->s + at, l->n - at))
			break;
	}
	return at;
}

static bool word_byte(char c)
{
	return c != ' ' && c != ',' && c != '=' && c != '/';
}

static size_t word_left(const struct rq_line *l, size_t at)
{
	while (at > 0 && !word_byte(l->s[at - 1]))
		at--;
	while (at > 0 && word_byte(l->s[at - 1]))
		at--;
	return at;
}

static size_t word_right(const struct rq_line *l, size_t at)
{
	while (at < l->n && !word_byte(l->s[at]))
		at++;
	while (at < l->n && word_byte(l->s[at]))
		at++;
	return at;
}

static bool cut(struct rq_line *l, size_t from, size_t to, bool keep)
{
	if (from >= to)
		return false;
	if (keep) {
		rq_free(l->killed);
		l->killed = rq_strndup(l->s + from, to - from);
	}
	memmove(l->s + from, l->s + to, l->n - to + 1);
	l->n -= to - from;
	l->at = from;
	return true;
}

static bool yank(struct rq_line *l)
{
	if (l->killed)
		insert_bytes(l, l->killed, strlen(l->killed));
	return l->killed != NULL;
}

enum {
	CTRL_A = 1,
	CTRL_B = 2,
	CTRL_D = 4,
	CTRL_E = 5,
	CTRL_F = 6,
	CTRL_K = 11,
	CTRL_U = 21,
	CTRL_W = 23,
	CTRL_Y = 25
};

static bool edit(struct rq_line *l, uint32_t key, bool *changed)
{
	switch (key) {
	case RQ_KEY_BACKSPACE: *changed = cut(l, left_of(l, l->at), l->at, false); return true;
	case RQ_KEY_DELETE:
	case CTRL_D: *changed = cut(l, l->at, right_of(l, l->at), false); return true;
	case CTRL_K: *changed = cut(l, l->at, l->n, true); return true;
	case CTRL_U: *changed = cut(l, 0, l->at, true); return true;
	case CTRL_W: *changed = cut(l, word_left(l, l->at), l->at, true); return true;
	case RQ_KEY_ALT | 'd': *changed = cut(l, l->at, word_right(l, l->at), true); return true;
	case CTRL_Y: *changed = yank(l); return true;
	default: return false;
	}
}

static bool go(struct rq_line *l, uint32_t key)
{
	switch (key) {
	case RQ_KEY_LEFT: case CTRL_B: l->at = left_of(l, l->at); return true;
	case RQ_KEY_RIGHT: case CTRL_F: l->at = right_of(l, l->at); return true;
	case RQ_KEY_HOME: case CTRL_A: l->at = 0; return true;
	case RQ_KEY_END: case CTRL_E: l->at = l->n; return true;
	case RQ_KEY_CTRL_LEFT: case RQ_KEY_ALT | 'b': l->at = word_left(l, l->at); return true;
	case RQ_KEY_CTRL_RIGHT: case RQ_KEY_ALT | 'f': l->at = word_right(l, l->at); return true;
	default: return false;
	}
}

bool rq_line_key(struct rq_line *l, uint32_t key, bool *changed)
{
	char bytes[4];

	*changed = false;
	if (go(l, key) || edit(l, key, changed))
		return true;
	if (key < ' ' || key >= RQ_KEY_FIRST_NAMED)
		return false;
	rq_line_insert(l, bytes, rq_utf8_encode(key, bytes));
	*changed = true;
	return true;
}
