/* UTF-8: decoding, encoding, and how much of a text fits into some columns. */
#include "core/base/text.h"

#include <string.h>

#define REPLACEMENT 0xfffd

size_t rq_utf8_decode(const char *s, size_t n, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lo = 0x80, hi = 0xbf;
	uint32_t value = p[0];
	size_t i, more;

	*cp = value;
	if (value < 0x80)
		return 1;
	*cp = REPLACEMENT;
	if (value < 0xc2 || value > 0xf4)
		return 1;
	if (value < 0xe0) {
		more = 1;
		value &= 0x1f;
	} else if (value < 0xf0) {
		more = 2;
		lo = value == 0xe0 ? 0xa0 : 0x80; /* longer than needed */
		hi = value == 0xed ? 0x9f : 0xbf; /* surrogates */
		value &= 0xf;
	} else {
		more = 3;
		lo = value == 0xf0 ? 0x90 : 0x80;
		hi = value == 0xf4 ? 0x8f : 0xbf; /* past U+10FFFF */
		value &= 7;
	}
	for (i = 1; i <= more; i++) {
		if (i >= n || p[i] < lo || p[i] > hi)
			return i;
		value = value << 6 | (p[i] & 0x3f);
		lo = 0x80;
		hi = 0xbf;
	}
	*cp = value;
	return more + 1;
}

bool rq_utf8_valid(const char *s, size_t n)
{
	static const uint64_t high = UINT64_C(0x8080808080808080);
	const char *end = s + n;

	while (s < end) {
		uint64_t v[4];
		uint32_t cp;
		size_t taken;

		/* Mostly there is nothing but ASCII, which needs no look at each byte. */
		if (end - s >= (int)sizeof v) {
			memcpy(v, s, sizeof v);
			if (!((v[0] | v[1] | v[2] | v[3]) & high)) {
				s += sizeof v;
				continue;
			}
		}
		taken = rq_utf8_decode(s, (size_t)(end - s), &cp);
		if (cp == REPLACEMENT && (taken != 3 || memcmp(s, "\xef\xbf\xbd", 3)))
			return false;
		s += taken;
	}
	return true;
}

size_t rq_utf8_mark(const char *s, size_t n)
{
	return n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3) ? 3 : 0;
}

size_t rq_utf8_encode(uint32_t cp, char out[4])
{
	unsigned char *p = (unsigned char *)out;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = REPLACEMENT;
	if (cp < 0x80) {
		p[0] = (unsigned char)cp;
		return 1;
	}
	if (cp < 0x800) {
		p[0] = (unsigned char)(0xc0 | cp >> 6);
		p[1] = (unsigned char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		p[0] = (unsigned char)(0xe0 | cp >> 12);
		p[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
		p[2] = (unsigned char)(0x80 | (cp & 0x3f));
		return 3;
	}
	p[0] = (unsigned char)(0xf0 | cp >> 18);
	p[1] = (unsigned char)(0x80 | (cp >> 12 & 0x3f));
	p[2] = (unsigned char)(0x80 | (cp >> 6 & 0x3f));
	p[3] = (unsigned char)(0x80 | (cp & 0x3f));
	return 4;
}

int rq_text_width(const char *s)
{
	int cols;

	rq_text_fit(s, INT32_MAX, &cols);
	return cols;
}

size_t rq_text_fit(const char *s, int cols, int *used)
{
	size_t off = 0;
	int have = 0;

	while (s[off]) {
		size_t len = 1;
		int width = 1;

		if ((unsigned char)s[off] >= 0x80) {
			size_t left = 1;
			uint32_t cp;

			while (left < 4 && s[off + left])
				left++;
			len = rq_utf8_decode(s + off, left, &cp);
			width = rq_cp_width(cp);
		}
		if (width > cols - have)
			break;
		have += width;
		off += len;
	}
	if (used)
		*used = have;
	return off;
}

size_t rq_text_break(const char *s, int cols)
{
	size_t n = rq_text_fit(s, cols, NULL), at = n;

	while (s[n] && at > n / 2 && s[at - 1] != ' ')
		at--;
	return at > n / 2 ? at : n;
}
