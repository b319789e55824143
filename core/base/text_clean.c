/* The one filter between what others wrote and the operator's terminal.
 *
 * What is left out, and what is shown as a symbol, follows one thought: text may not act on the
 * terminal, may not cover other text, and may not hide. So a complete escape sequence disappears,
 * but one that never ends is shown, with everything after it; and characters that move or hide
 * others get a visible name. */
#include "core/base/mem.h"
#include "core/base/text.h"

#define MARKS_MAX  4 /* combining marks on a character; more only serve to draw over other rows */
#define RUNS_MAX 256
#define PARAMS_MAX 32

enum { ESC = 0x1b, BEL = 7, CAN = 0x18, SUB = 0x1a, DEL = 0x7f, ST = 0x9c };

struct sink {
	struct rq_str *out;
	struct rq_runs *runs;           /* NULL: colours are dropped */
	const struct rq_style *style;   /* what the next character has */
	size_t n_runs;                  /* in runs before this text */
	size_t start;                   /* where this text begins in out */
	int col;
	int marks;                      /* on the character before; -1: there is none to sit on */
	bool ascii;
};

static bool same_style(const struct rq_style *a, const struct rq_style *b)
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

static void begin_run(struct sink *k)
{
	static const struct rq_style plain = { .fg = -1, .bg = -1 };
	struct rq_style want = visible(*k->style);
	const struct rq_style *have = &plain;

	if (k->runs->n > k->n_runs)
		have = &k->runs->v[k->runs->n - 1].style;
	if (same_style(&want, have) || k->runs->n >= RUNS_MAX)
		return;
	RQ_GROW(k->runs->v, k->runs->n, &k->runs->cap);
	k->runs->v[k->runs->n++] = (struct rq_run){ k->out->len, want };
}

static void put(struct sink *k, const char *s, size_t n, int cols)
{
	if (k->runs && cols > 0)
		begin_run(k);
	rq_str_addn(k->out, s, n);
	k->col += cols;
}

static void put_name(struct sink *k, uint32_t cp)
{
	static const char hex[] = "0123456789ABCDEF";
	char name[16] = "<U+";
	int shift = cp > 0xfffff ? 20 : cp > 0xffff ? 16 : 12, n = 3;

	for (; shift >= 0; shift -= 4)
		name[n++] = hex[cp >> shift & 15];
	name[n++] = '>';
	put(k, name, (size_t)n, n);
	k->marks = 0;
}

static void put_control(struct sink *k, uint32_t cp)
{
	char text[4];
	size_t n;

	if (cp == '\t') {
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
}

/* Code points that take no room, or look like nothing, or turn the direction of others. */
static bool hides(uint32_t cp)
{
	if (cp < 0xad)
		return cp >= 0x80 && cp < 0xa0;
	switch (cp) {
	case 0xad: case 0x34f: case 0x61c: case 0x115f: case 0x1160: case 0x17b4: case 0x17b5:
	case 0x2028: case 0x2029: case 0x2800: case 0x3164: case 0xfeff: case 0xffa0:
		return true;
	}
	return (cp >= 0x180b && cp <= 0x180f) || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
	       (cp >= 0xfff0 && cp <= 0xfffb) || (cp >= 0xfdd0 && cp <= 0xfdef) ||
	       (cp >= 0xe0000 && cp <= 0xe0fff) || (cp >= 0x1bca0 && cp <= 0x1bca3) ||
	       (cp >= 0x1d173 && cp <= 0x1d17a) || (cp & 0xfffe) == 0xfffe;
}

static void put_cp(struct sink *k, uint32_t cp, const char *s, size_t n)
{
	int width;

	if (cp < 0x20 || cp == DEL) {
		put_control(k, cp);
	} else if (cp >= 0xfe00 && cp <= 0xfe0f) {
		/* A variation selector asks for a picture or for a letter; terminals differ in its
		 * width. */
	} else if (hides(cp)) {
		put_name(k, cp);
	} else if (k->ascii && cp > 0x7e) {
		put(k, "?", 1, 1);
	} else if ((width = rq_cp_width(cp)) > 0) {
		put(k, s, n, width);
		k->marks = 0;
	} else if (k->marks < 0) {
		put_name(k, cp);
	} else if (k->marks++ < MARKS_MAX) {
		put(k, s, n, 0);
	}
}

/* The control string at S (OSC, DCS, ...), behind its introducer: bytes through its terminator, 0
 * if it has none. Another introducer ends the search, so that a text full of them costs its length
 * once. */
static size_t string_length(const char *s, size_t n, bool bell_ends)
{
	size_t i = 0;

	while (i < n) {
		bool raw = (unsigned char)s[i] >= 0x80 && (unsigned char)s[i] < 0xa0;
		uint32_t cp;
		size_t len = rq_utf8_decode(s + i, n - i, &cp);

		if (raw)
			cp = (unsigned char)s[i];
		if (cp == ST || (cp == BEL && bell_ends))
			return i + len;
		if (cp == ESC)
			return i + 1 < n && s[i + 1] == '\\' ? i + 2 : 0;
		if (cp == CAN || cp == SUB || cp == '\n' || (cp >= 0x80 && cp < 0xa0))
			return 0;
		i += len;
	}
	return 0;
}

static size_t span(const char *s, size_t n, char first, char last)
{
	size_t i = 0;

	while (i < n && s[i] >= first && s[i] <= last)
		i++;
	return i;
}

/* The escape sequence at S: its bytes, or 0 where there is no complete one. INTRO are the bytes of
 * its introducer and KIND the character behind ESC that means the same. */
static size_t sequence_length(const char *s, size_t n, size_t intro, int kind)
{
	size_t i = intro, len;

	switch (kind) {
	case '[':
		i += span(s + i, n - i, 0x30, 0x3f);
		i += span(s + i, n - i, 0x20, 0x2f);
		return i < n && s[i] >= 0x40 && s[i] <= 0x7e ? i + 1 : 0;
	case ']': case 'P': case 'X': case '^': case '_':
		len = string_length(s + i, n - i, kind == ']');
		return len ? i + len : 0;
	}
	if (s[0] != ESC)
		return 0;
	i = 1 + span(s + 1, n - 1, 0x20, 0x2f);
	return i < n && s[i] >= 0x30 && s[i] <= 0x7e ? i + 1 : 0;
}

struct param {
	int value;      /* -1: empty */
	bool sub;       /* it stood behind a colon */
};

/* "1;38:5:200" -> its numbers; false where it is not an SGR's list. */
static bool parse_params(const char *s, size_t n, struct param *v, size_t *count)
{
	size_t i;

	*count = 1;
	v[0] = (struct param){ -1, false };
	for (i = 0; i < n; i++) {
		if (s[i] == ';' || s[i] == ':') {
			if (*count == PARAMS_MAX)
				return true;
			v[(*count)++] = (struct param){ -1, s[i] == ':' };
		} else if (s[i] >= '0' && s[i] <= '9') {
			int *value = &v[*count - 1].value;

			*value = (*value < 0 ? 0 : *value) * 10 + (s[i] - '0');
			if (*value > 9999)
				*value = 9999;
		} else {
			return false;
		}
	}
	return true;
}

static int cube_step(int c)
{
	return c < 48 ? 0 : c < 115 ? 1 : (c - 35) / 40;
}

/* Of the colour cube, or of the grey ramp. */
int16_t rq_nearest_colour(int r, int g, int b)
{
	static const int level[] = { 0, 95, 135, 175, 215, 255 };
	int cr = cube_step(r), cg = cube_step(g), cb = cube_step(b);
	int mean = (r + g + b) / 3, grey = mean < 3 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
	int v = 8 + 10 * grey;
	int dc = (level[cr] - r) * (level[cr] - r) + (level[cg] - g) * (level[cg] - g) +
		 (level[cb] - b) * (level[cb] - b);
	int dg = (v - r) * (v - r) + (v - g) * (v - g) + (v - b) * (v - b);

	return (int16_t)(dg < dc ? 232 + grey : 16 + 36 * cr + 6 * cg + cb);
}

static int clamp_byte(int v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* 38 or 48 at V[0] and what follows. Returns how many parameters it took. */
static size_t extended_colour(const struct param *v, size_t n, int16_t *colour)
{
	size_t last = 1, first = 2;

	if (n < 2)
		return 1;
	if (v[1].sub) { /* 38:5:N, 38:2:R:G:B, 38:2:SPACE:R:G:B: all of it hangs together */
		while (last + 1 < n && v[last + 1].sub)
			last++;
		first = v[1].value == 2 && last >= 5 ? 3 : 2;
	} else {
		last = v[1].value == 5 ? 2 : v[1].value == 2 ? 4 : 1;
	}
	if (last >= n)
		return n;
	if (v[1].value == 5 && last >= 2)
		*colour = (int16_t)clamp_byte(v[2].value);
	else if (v[1].value == 2 && last >= first + 2)
		*colour = rq_nearest_colour(clamp_byte(v[first].value),
					    clamp_byte(v[first + 1].value),
					    clamp_byte(v[first + 2].value));
	return last + 1;
}

static void reset_style(struct rq_style *s)
{
	*s = (struct rq_style){ .fg = -1, .bg = -1 };
}

static void apply_attribute(struct rq_style *s, int v)
{
	switch (v) {
	case -1: case 0: reset_style(s); break;
	case 1: s->bold = 1; break;
	case 2: s->dim = 1; break;
	case 3: s->italic = 1; break;
	case 4: case 21: s->underline = 1; break;
	case 7: s->reverse = 1; break;
	case 22: s->bold = s->dim = 0; break;
	case 23: s->italic = 0; break;
	case 24: s->underline = 0; break;
	case 27: s->reverse = 0; break;
	case 39: s->fg = -1; break;
	case 49: s->bg = -1; break;
	default:
		if (v >= 30 && v <= 37)
			s->fg = (int16_t)(v - 30);
		else if (v >= 40 && v <= 47)
			s->bg = (int16_t)(v - 40);
		else if (v >= 90 && v <= 97)
			s->fg = (int16_t)(v - 90 + 8);
		else if (v >= 100 && v <= 107)
			s->bg = (int16_t)(v - 100 + 8);
	}
}

/* Concealment, blinking and fonts are ignored: text may not hide. */
static void apply_sgr(struct rq_style *s, const char *text, size_t n)
{
	struct param v[PARAMS_MAX];
	size_t count, i = 0;

	if (!parse_params(text, n, v, &count))
		return;
	while (i < count) {
		if (v[i].value == 38 || v[i].value == 48) {
			i += extended_colour(v + i, count - i, v[i].value == 38 ? &s->fg : &s->bg);
			continue;
		}
		if (v[i].value == 4 && i + 1 < count && v[i + 1].sub)
			s->underline = v[i + 1].value != 0;
		else
			apply_attribute(s, v[i].value);
		for (i++; i < count && v[i].sub; i++)
			;
	}
}

/* Handles what begins with ESC or a C1 control at S. Returns the bytes it took. */
static size_t filter_control(struct sink *k, struct rq_style *style, const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];
	size_t intro, len = 0;
	int kind = 0;

	if (c == ESC) {
		intro = n > 1 ? 2 : 1;
		kind = n > 1 ? s[1] : 0;
	} else {
		intro = c == 0xc2 ? 2 : 1;
		kind = (unsigned char)s[intro - 1] - 0x40;
	}
	if (kind)
		len = sequence_length(s, n, intro, kind);
	if (len) {
		if (style && kind == '[' && s[len - 1] == 'm')
			apply_sgr(style, s + intro, len - intro - 1);
		return len;
	}
	if (c == ESC) {
		put_control(k, ESC);
		return 1;
	}
	if (intro == 2)
		put_name(k, (unsigned char)s[1]);
	else
		put_cp(k, 0xfffd, "\xef\xbf\xbd", 3);
	return intro;
}

static bool is_c1(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];

	return (c >= 0x80 && c < 0xa0) || (c == 0xc2 && n > 1 && (unsigned char)s[1] < 0xa0 &&
					   (unsigned char)s[1] >= 0x80);
}

static void restart_line(struct sink *k)
{
	k->out->len = k->start;
	if (k->out->s)
		k->out->s[k->start] = '\0';
	k->out->full = false;
	k->runs->n = k->n_runs;
	k->col = 0;
	k->marks = -1;
}

static void filter(struct sink *k, struct rq_style *style, const char *s, size_t n)
{
	size_t i = 0, plain;

	while (i < n) {
		uint32_t cp;
		size_t len;

		plain = span(s + i, n - i, 0x20, 0x7e);
		if (plain) {
			put(k, s + i, plain, (int)plain);
			k->marks = 0;
			i += plain;
			continue;
		}
		if (s[i] == ESC || is_c1(s + i, n - i)) {
			i += filter_control(k, style, s + i, n - i);
			continue;
		}
		if (s[i] == '\r' && k->runs) {
			restart_line(k);
			i++;
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
	struct sink k = { .out = out, .start = out->len, .marks = -1, .ascii = ascii };

	filter(&k, NULL, s, n);
}

void rq_text_styled(struct rq_str *out, struct rq_runs *runs, struct rq_style *style, const char *s,
		    size_t n, bool ascii)
{
	struct sink k = { .out = out, .runs = runs, .style = style, .n_runs = runs->n,
			  .start = out->len, .marks = -1, .ascii = ascii };

	while (n > 0 && s[n - 1] == '\r')
		n--;
	filter(&k, style, s, n);
}
