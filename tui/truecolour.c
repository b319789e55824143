/* Colours beyond the 256. */
#include "tui/truecolour.h"

#include <string.h>
#include "core/base/text.h"

enum { FIRST = 16 }; /* the 16 before are the operator's own */

void rq_true_colours_init(struct rq_true_colours *t)
{
	int i;

	for (i = 0; i < 256; i++)
		t->rgb[i] = -1;
}

bool rq_true_colours_any(const struct rq_true_colours *t)
{
	int i;

	for (i = FIRST; i < 256; i++)
		if (t->rgb[i] >= 0)
			return true;
	return false;
}

int32_t rq_palette_rgb(int16_t colour)
{
	static const int32_t first[FIRST] = {
		0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
		0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
	};
	static const int32_t level[] = { 0, 95, 135, 175, 215, 255 };
	int32_t c = colour, grey;

	if (c < FIRST)
		return first[c];
	if (c >= 232) {
		grey = 8 + 10 * (c - 232);
		return grey << 16 | grey << 8 | grey;
	}
	c -= FIRST;
	return level[c / 36] << 16 | level[c / 6 % 6] << 8 | level[c % 6];
}

static int64_t distance(int32_t a, int32_t b)
{
	int64_t sum = 0;
	int shift;

	for (shift = 0; shift <= 16; shift += 8) {
		int64_t d = (a >> shift & 255) - (b >> shift & 255);

		sum += d * d;
	}
	return sum;
}

int16_t rq_true_colours_take(struct rq_true_colours *t, int32_t rgb)
{
	int16_t near = rq_nearest_colour(rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255), best = near, i;
	int64_t least = INT64_MAX;

	for (i = FIRST; i < 256; i++) {
		int64_t d = distance(rgb, rq_palette_rgb(i));

		if (t->rgb[i] == rgb)
			return i;
		if (t->rgb[i] < 0 && d < least) {
			least = d;
			best = i;
		}
	}
	if (t->rgb[near] < 0)
		best = near;
	t->rgb[best] = rgb;
	return best;
}

/* One number of a sequence at S; *value is -1 where there is none. Returns its digits. */
static size_t number(const char *s, size_t n, int *value)
{
	size_t i = 0;

	for (*value = -1; i < n && i < 4 && s[i] >= '0' && s[i] <= '9'; i++)
		*value = (*value < 0 ? 0 : *value) * 10 + (s[i] - '0');
	return i;
}

/* "38;5;N" at S that means something else: its bytes, 0 it is none. */
static size_t take_one(const struct rq_true_colours *t, const char *s, size_t n, struct rq_str *out)
{
	int colour;
	size_t digits;
	int32_t rgb;

	if (n < 6 || (s[0] != '3' && s[0] != '4') || memcmp(s + 1, "8;5;", 4))
		return 0;
	digits = number(s + 5, n - 5, &colour);
	if (colour < FIRST || colour > 255 || t->rgb[colour] < 0)
		return 0;
	rgb = t->rgb[colour];
	rq_str_addf(out, "%c8;2;%d;%d;%d", s[0], (int)(rgb >> 16 & 255), (int)(rgb >> 8 & 255), (int)(rgb & 255));
	return 5 + digits;
}

/* The N bytes between "ESC [" and "m". */
static void send_parameters(const struct rq_true_colours *t, const char *s, size_t n, struct rq_str *out)
{
	size_t i = 0;

	while (i < n) {
		size_t took = i == 0 || s[i - 1] == ';' ? take_one(t, s + i, n - i, out) : 0;

		if (!took)
			rq_str_addc(out, s[i]);
		i += took ? took : 1;
	}
}

void rq_true_colours_send(const struct rq_true_colours *t, const char *s, size_t n, struct rq_str *out)
{
	while (n) {
		const char *esc = memchr(s, 033, n);
		size_t before = esc ? (size_t)(esc - s) : n, len = 0;

		rq_str_addn(out, s, before);
		s += before;
		n -= before;
		if (n < 2 || s[1] != '[') {
			rq_str_addn(out, s, n ? 1 : 0);
			s += n ? 1 : 0;
			n -= n ? 1 : 0;
			continue;
		}
		while (2 + len < n && ((s[2 + len] >= '0' && s[2 + len] <= '9') || s[2 + len] == ';'))
			len++;
		rq_str_addn(out, s, 2);
		if (2 + len < n && s[2 + len] == 'm')
			send_parameters(t, s + 2, len, out);
		else
			rq_str_addn(out, s + 2, len);
		s += 2 + len;
		n -= 2 + len;
	}
}

int16_t rq_colour_of(int16_t c, int colours, bool *bright)
{
	int r, g, b;

	*bright = false;
	if (c < 0 || c < colours)
		return c;
	if (c < 16) {
		*bright = true;
		return (int16_t)(c - 8);
	}
	if (c >= 232) {
		*bright = c >= 250;
		return c < 238 ? 0 : c < 244 ? -1 : 7;
	}
	r = (c - 16) / 36;
	g = (c - 16) / 6 % 6;
	b = (c - 16) % 6;
	*bright = r > 4 || g > 4 || b > 4;
	return (int16_t)((r > 2) | (g > 2) << 1 | (b > 2) << 2);
}
