/* Untrusted text never reaches the screen as anything but characters. */
#include "tests/fuzz/fuzz.h"
#include "core/base/text.h"

/* No control character of ASCII or of the upper half, no half a character, nothing without a width. */
static void check_harmless(const struct rq_str *out, bool ascii)
{
	const char *s = rq_str_get(out);
	size_t at = 0;

	while (at < out->len) {
		uint32_t cp;
		size_t n = rq_utf8_decode(s + at, out->len - at, &cp);

		PROMISE(n >= 1 && n <= out->len - at);
		PROMISE(cp >= 0x20 && !(cp >= 0x7f && cp < 0xa0));
		PROMISE(!(cp >= 0x202a && cp <= 0x202e) && !(cp >= 0x2066 && cp <= 0x2069));
		PROMISE(!ascii || cp < 0x7f);
		at += n;
	}
}

static void check_fit(const char *s)
{
	int cols, used, width = rq_text_width(s);

	PROMISE(width >= 0);
	for (cols = 0; cols <= width && cols < 100; cols += 7) {
		size_t n = rq_text_fit(s, cols, &used);

		PROMISE(n <= strlen(s) && used <= cols && used >= 0);
	}
	PROMISE(rq_text_fit(s, width, NULL) == strlen(s));
}

static void check(const uint8_t *data, size_t size, bool ascii)
{
	struct rq_str out;
	struct rq_runs runs = { 0 };
	struct rq_style style = { .fg = -1, .bg = -1 };
	size_t i;

	rq_str_init(&out, 0);
	rq_text_clean(&out, (const char *)data, size, ascii);
	check_harmless(&out, ascii);
	check_fit(rq_str_get(&out));
	rq_str_clear(&out);
	rq_text_styled(&out, &runs, &style, (const char *)data, size, ascii);
	check_harmless(&out, ascii);
	PROMISE(runs.n <= 256);
	for (i = 0; i < runs.n; i++) {
		PROMISE(runs.v[i].off <= out.len);
		PROMISE(!i || runs.v[i].off >= runs.v[i - 1].off);
		PROMISE(runs.v[i].style.fg >= -1 && runs.v[i].style.fg <= 255);
		PROMISE(runs.v[i].style.bg >= -1 && runs.v[i].style.bg <= 255);
	}
	rq_free(runs.v);
	rq_str_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, false);
	check(data, size, true);
	return 0;
}
