/* The one filter between what others wrote and the operator's terminal.
 *
 * What is left out, and what is shown as a symbol, follows one thought: text may not act on the
 * terminal, may not cover other text, and may not hide. So a complete escape sequence disappears,
 * but one that never ends is shown, with everything after it; what a carriage return would cover
 * stands behind what covers it; and characters that move or hide others get a visible name. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text_seq.h"

#define MARKS_MAX  4 /* combining marks on a character; more only serve to draw over other rows */
#define RUNS_MAX 256

enum { ESC = 0x1b, DEL = 0x7f };

const struct rq_style rq_style_plain = { .fg = -1, .bg = -1 };

bool rq_style_same(const struct rq_style *a, const struct rq_style *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->bold == b->bold && a->dim == b->dim &&
	       a->italic == b->italic && a->underline == b->underline && a->reverse == b->reverse;
}

static struct rq_style visible(struct rq_style s)
{
	if (s.fg == s.bg && s.fg >= 0)
		s.bg = -1;
	return s;
}

static void begin_run(struct rq_sink *k)
{
	struct rq_style want = visible(*k->style);
	const struct rq_style *have = &rq_style_plain;

	if (k->runs->n > k->n_runs)
		have = &k->runs->v[k->runs->n - 1].style;
	if (rq_style_same(&want, have) || k->runs->n >= RUNS_MAX)
		return;
	RQ_GROW(k->runs->v, k->runs->n, &k->runs->cap);
	k->runs->v[k->runs->n++] = (struct rq_run){ k->out->len, want };
}

static void put(struct rq_sink *k, const char *s, size_t n, int cols)
{
	if (cols > 0 && k->runs)
		begin_run(k);
	if (cols > 0 && k->breaks) {
		k->breaks = false;
		rq_sink_show(k, rq_style_plain);
		rq_str_addc(k->out, '\n');
	}
	if (cols > 0 && k->shown)
		rq_sink_show(k, k->style ? visible(*k->style) : rq_style_plain);
	if (cols > 0 && k->covered) {
		k->covered = false;
		rq_str_add(k->out, k->ascii ? "^M" : "\xe2\x90\x8d");
	}
	rq_str_addn(k->out, s, n);
	k->col += cols;
}

static void put_name(struct rq_sink *k, uint32_t cp)
{
	static const char hex[] = "0123456789ABCDEF";
	char name[16] = "<U+";
	int shift = cp > 0xfffff ? 20 : cp > 0xffff ? 16 : 12, n = 3;

	for (; shift >= 0; shift -= 4)
		name[n++] = hex[cp >> shift & 15];
	name[n++] = '>';
	put(k, name, (size_t)n, n);
	k->marks = 0;
	k->base = 0;
}

static void put_control(struct rq_sink *k, uint32_t cp)
{
	char text[4];
	size_t n;

	if (cp == '\t' && k->shown) {
		put(k, "\t", 1, 1);
	} else if (cp == '\t') {
		put(k, "        ", (size_t)(8 - k->col % 8), 8 - k->col % 8);
	} else if (k->ascii) {
		text[0] = '^';
		text[1] = (char)(cp ^ 0x40);
		put(k, text, 2, 2);
	} else {
		n = rq_utf8_encode(cp == DEL ? 0x2421 : cp == '\n' ? 0x2424 : 0x2400 + cp, text);
		put(k, text, n, 1);
	}
	k->marks = 0;
	k->base = 0;
}

/* Code points that take no room, or look like nothing, or turn the direction of others. */
static bool hides(uint32_t cp)
{
	if (cp < 0xad)
		return cp >= 0x80 && cp < 0xa0;
	switch (cp) {
	case 0xad: case 0x34f: case 0x61c: case 0x70f: case 0x115f: case 0x1160: case 0x17b4: case 0x17b5:
	case 0x2028: case 0x2029: case 0x2800: case 0x3164: case 0xfeff: case 0xffa0:
		return true;
	}
	return (cp >= 0x180b && cp <= 0x180f) || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
	       (cp >= 0xfff0 && cp <= 0xfffb) || (cp >= 0xfdd0 && cp <= 0xfdef) ||
	       (cp >= 0xe0000 && cp <= 0xe0fff) || (cp >= 0x1bca0 && cp <= 0x1bca3) ||
	       (cp >= 0x13430 && cp <= 0x1343f) || (cp >= 0xfe00 && cp <= 0xfe0f) ||
	       (cp >= 0x1d173 && cp <= 0x1d17a) || (cp & 0xfffe) == 0xfffe;
}

/* One selector behind a sign asks for it as a picture or as a letter. Terminals differ in the width that it then
 * has, so it is left out; anywhere else it only makes two texts differ that look alike. */
static bool picture(struct rq_sink *k, uint32_t cp)
{
	bool sign = (k->base >= 0x2000 && k->base < 0x3300) || k->base >= 0x1f000 || k->base == 0xa9 || k->base == 0xae;

	if ((cp != 0xfe0e && cp != 0xfe0f) || !sign || k->marks != 0)
		return false;
	k->base = 0;
	return true;
}

static void put_cp(struct rq_sink *k, uint32_t cp, const char *s, size_t n)
{
	int width;

	if (cp < 0x20 || cp == DEL) {
		put_control(k, cp);
	} else if (picture(k, cp)) {
		/* left out */
	} else if (hides(cp)) {
		put_name(k, cp);
	} else if (k->ascii && cp > 0x7e) {
		put(k, "?", 1, 1);
		k->base = cp;
		k->marks = 0;
	} else if ((width = rq_cp_width(cp)) > 0) {
		put(k, s, n, width);
		k->base = cp;
		k->marks = 0;
	} else if (k->marks < 0) {
		put_name(k, cp);
	} else if (k->marks++ < MARKS_MAX) {
		put(k, s, n, 0);
	}
}

/* Handles what begins with ESC or a C1 control at S. Returns the bytes it took. */
static size_t filter_control(struct rq_sink *k, const char *s, size_t n)
{
	size_t intro, len;
	int kind;

	len = rq_seq_length(s, n, &intro, &kind);
	if (len && len != RQ_SEQ_OPEN) {
		if (k->style && kind == '[' && s[len - 1] == 'm')
			rq_seq_sgr(k->style, s + intro, len - intro - 1);
		return len;
	}
	if (s[0] == ESC) {
		put_control(k, ESC);
		return 1;
	}
	if (intro == 2)
		put_name(k, (unsigned char)s[1]);
	else
		put_cp(k, 0xfffd, "\xef\xbf\xbd", 3);
	return intro;
}

static size_t printable(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= 0x20 && s[i] <= 0x7e)
		i++;
	return i;
}

void rq_sink_filter(struct rq_sink *k, const char *s, size_t n)
{
	size_t i = 0, plain;

	while (i < n) {
		uint32_t cp;
		size_t len;

		plain = printable(s + i, n - i);
		if (plain) {
			put(k, s + i, plain, (int)plain);
			k->marks = 0;
			k->base = 0;
			i += plain;
			continue;
		}
		if (s[i] == ESC || rq_seq_is_c1(s + i, n - i)) {
			i += filter_control(k, s + i, n - i);
			continue;
		}
		len = rq_utf8_decode(s + i, n - i, &cp);
		if (cp == 0xfffd)
			put_cp(k, cp, "\xef\xbf\xbd", 3);
		else
			put_cp(k, cp, s + i, len);
		i += len;
	}
}

void rq_text_clean(struct rq_str *out, const char *s, size_t n, bool ascii)
{
	struct rq_sink k = { .out = out, .marks = -1, .ascii = ascii };

	rq_sink_filter(&k, s, n);
}

/* ---- a line that was written over ---- */

/* The next letter of S from *i on, 0 at its end: no digits, signs or pieces of bars. */
static uint32_t next_letter(const char *s, size_t n, size_t *i)
{
	while (*i < n) {
		uint32_t cp;

		*i += rq_utf8_decode(s + *i, n - *i, &cp);
		if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= 0xa0 && (cp < 0x2000 || cp > 0x2bff)))
			return cp;
	}
	return 0;
}

/* Whether two texts differ in numbers and bars alone, as the steps of a progress do. */
static bool alike(const char *a, size_t na, const char *b, size_t nb)
{
	size_t i = 0, j = 0;
	uint32_t x, y;

	do {
		x = next_letter(a, na, &i);
		y = next_letter(b, nb, &j);
	} while (x && x == y);
	return x == y;
}

static size_t to_cr(const char *s, size_t n)
{
	const char *cr = memchr(s, '\r', n);

	return cr ? (size_t)(cr - s) : n;
}

/* What the terminal would show stands first; what it would have covered follows, each piece behind
 * a sign. Of the steps of a progress only the first: "100%^M0%^M...". */
static void filter_covered(struct rq_sink *k, const char *s, size_t n)
{
	struct rq_style before = *k->style, after;
	size_t last = n, i, len, from = 0, had = 0;
	bool elided = false;

	while (s[last - 1] != '\r')
		last--;
	rq_seq_skim(k->style, s, last);
	rq_sink_filter(k, s + last, n - last);
	after = *k->style;
	*k->style = before;
	for (i = 0; i < last; i += len + 1) {
		len = to_cr(s + i, last - i);
		k->covered = true;
		k->marks = -1;
		k->col = 0;
		if (had && len && alike(s + from, had, s + i, len)) {
			rq_seq_skim(k->style, s + i, len);
			if (!elided)
				put(k, k->ascii ? "..." : "\xe2\x80\xa6", 3, k->ascii ? 3 : 1);
			elided = true;
		} else {
			rq_sink_filter(k, s + i, len);
			elided = false;
		}
		if (len) {
			from = i;
			had = len;
		}
	}
	*k->style = after;
}

void rq_text_styled(struct rq_str *out, struct rq_runs *runs, struct rq_style *style, const char *s,
		    size_t n, bool ascii)
{
	struct rq_sink k = { .out = out, .runs = runs, .style = style, .n_runs = runs->n, .marks = -1, .ascii = ascii };

	while (n > 0 && s[n - 1] == '\r')
		n--;
	if (n && memchr(s, '\r', n))
		filter_covered(&k, s, n);
	else
		rq_sink_filter(&k, s, n);
}
