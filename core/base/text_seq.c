/* Escape sequences: where one ends, and what a colour's says. */
#include "core/base/text_seq.h"

#define PARAMS_MAX 32

enum { ESC = 0x1b, BEL = 7, CAN = 0x18, SUB = 0x1a, ST = 0x9c };

/* The control string at S (OSC, DCS, ...), behind its introducer: bytes through its terminator, 0
 * if it has none, RQ_SEQ_OPEN if it may come yet. Another introducer ends the search, so that a text full
 * of them costs its length once. */
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
			return i + 1 == n ? RQ_SEQ_OPEN : s[i + 1] == '\\' ? i + 2 : 0;
		if (cp == CAN || cp == SUB || cp == '\n' || (cp >= 0x80 && cp < 0xa0))
			return 0;
		i += len;
	}
	return RQ_SEQ_OPEN;
}

static size_t span(const char *s, size_t n, char first, char last)
{
	size_t i = 0;

	while (i < n && s[i] >= first && s[i] <= last)
		i++;
	return i;
}

/* The escape sequence at S: its bytes, 0 where there is none, RQ_SEQ_OPEN where S ends inside of it. INTRO
 * are the bytes of its introducer and KIND the character behind ESC that means the same. */
static size_t sequence_length(const char *s, size_t n, size_t intro, int kind)
{
	size_t i = intro, len;

	switch (kind) {
	case '[':
		i += span(s + i, n - i, 0x30, 0x3f);
		i += span(s + i, n - i, 0x20, 0x2f);
		return i == n ? RQ_SEQ_OPEN : s[i] >= 0x40 && s[i] <= 0x7e ? i + 1 : 0;
	case ']': case 'P': case 'X': case '^': case '_':
		len = string_length(s + i, n - i, kind == ']');
		return len && len != RQ_SEQ_OPEN ? i + len : len;
	}
	if (s[0] != ESC)
		return 0;
	i = 1 + span(s + 1, n - 1, 0x20, 0x2f);
	return i >= n ? RQ_SEQ_OPEN : s[i] >= 0x30 && s[i] <= 0x7e ? i + 1 : 0;
}

/* The same for what begins with ESC or a C1 control; *intro are the bytes of its introducer. */
size_t rq_seq_length(const char *s, size_t n, size_t *intro, int *kind)
{
	unsigned char c = (unsigned char)s[0];

	if (c == ESC) {
		*intro = n > 1 ? 2 : 1;
		*kind = n > 1 ? s[1] : 0;
		return n > 1 ? sequence_length(s, n, 2, *kind) : RQ_SEQ_OPEN;
	}
	*intro = c == 0xc2 ? 2 : 1;
	*kind = (unsigned char)s[*intro - 1] - 0x40;
	return sequence_length(s, n, *intro, *kind);
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
void rq_seq_sgr(struct rq_style *s, const char *text, size_t n)
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

bool rq_seq_is_c1(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];

	return (c >= 0x80 && c < 0xa0) || (c == 0xc2 && n > 1 && (unsigned char)s[1] < 0xa0 &&
					   (unsigned char)s[1] >= 0x80);
}

/* The colours that S sets, and nothing else of it. */
void rq_seq_skim(struct rq_style *style, const char *s, size_t n)
{
	size_t i = 0, intro, len;
	int kind;

	while (i < n) {
		if (s[i] != ESC && !rq_seq_is_c1(s + i, n - i)) {
			i++;
			continue;
		}
		len = rq_seq_length(s + i, n - i, &intro, &kind);
		if (!len || len == RQ_SEQ_OPEN)
			len = intro;
		else if (kind == '[' && s[i + len - 1] == 'm')
			rq_seq_sgr(style, s + i + intro, len - intro - 1);
		i += len;
	}
}
