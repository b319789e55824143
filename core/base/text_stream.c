/* A job's output on its way to a terminal that is not the console's. */
#include "core/base/text_seq.h"

#include <string.h>

static void add_colour(struct rq_str *out, int base, int colour)
{
	if (colour >= 16)
		rq_str_addf(out, ";%d;5;%d", base + 8, colour);
	else if (colour >= 0)
		rq_str_addf(out, ";%d", (colour < 8 ? base : base + 52) + colour);
}

/* From one look to another: our own words, whatever those of the text were. */
void rq_sink_show(struct rq_sink *k, struct rq_style want)
{
	const bool on[] = { want.bold, want.dim, want.italic, want.underline, want.reverse };
	static const char digit[] = "12347";
	struct rq_str numbers = { 0 };
	size_t i;

	if (rq_style_same(&want, k->shown))
		return;
	if (!rq_style_same(k->shown, &rq_style_plain))
		rq_str_add(&numbers, ";0");
	for (i = 0; i < sizeof on / sizeof on[0]; i++)
		if (on[i])
			rq_str_addf(&numbers, ";%c", digit[i]);
	add_colour(&numbers, 30, want.fg);
	add_colour(&numbers, 40, want.bg);
	rq_str_addf(k->out, "\033[%sm", rq_str_get(&numbers) + 1);
	rq_str_release(&numbers);
	*k->shown = want;
}

enum { ESC = 0x1b, HELD_MAX = 4096 }; /* a longer sequence has no end that anybody would send on purpose */

/* How much of S can be judged without knowing what comes. */
static size_t settled(const char *s, size_t n)
{
	size_t i = 0, len, intro;
	int kind;

	while (i < n) {
		unsigned char c = (unsigned char)s[i];

		if (c == ESC || rq_seq_is_c1(s + i, n - i)) {
			len = rq_seq_length(s + i, n - i, &intro, &kind);
			if (len == RQ_SEQ_OPEN)
				return n - i > HELD_MAX ? n : i;
			i += len ? len : intro;
		} else if (c >= 0xc2 && c < 0xf5) {
			uint32_t cp;

			len = rq_utf8_decode(s + i, n - i, &cp);
			if (i + len == n && cp == 0xfffd && len < (c < 0xe0 ? 2u : c < 0xf0 ? 3u : 4u))
				return i;
			i += len;
		} else {
			i++;
		}
	}
	return n;
}

static void stream_text(struct rq_text_stream *t, const char *s, size_t n, struct rq_str *out)
{
	struct rq_sink k = { .out = out, .shown = &t->shown, .style = t->colours ? &t->style : NULL, .ascii = t->ascii };

	k.breaks = t->returned && t->filled;
	k.marks = t->filled && !k.breaks ? t->marks : -1;
	rq_sink_filter(&k, s, n);
	t->marks = k.marks;
	t->filled = t->filled || k.col > 0;
	t->returned = t->returned && k.col == 0;
}

/* The terminal's own look at the end of each line: what somebody else writes there next is not coloured. */
static void end_line(struct rq_text_stream *t, struct rq_str *out)
{
	struct rq_sink k = { .out = out, .shown = &t->shown };

	rq_sink_show(&k, rq_style_plain);
	rq_str_addc(out, '\n');
	t->filled = t->returned = false;
}

static void stream_lines(struct rq_text_stream *t, const char *s, size_t n, struct rq_str *out)
{
	size_t i, len;

	for (i = 0; i < n; i += len + 1) {
		for (len = 0; i + len < n && s[i + len] != '\n' && s[i + len] != '\r'; len++)
			;
		if (len)
			stream_text(t, s + i, len, out);
		if (i + len == n)
			break;
		if (s[i + len] == '\n')
			end_line(t, out);
		else
			t->returned = true;
	}
}

void rq_text_stream(struct rq_text_stream *t, const char *s, size_t n, struct rq_str *out)
{
	const char *held;
	size_t done, left;

	if (!t->begun) {
		t->begun = true;
		t->style = t->shown = rq_style_plain;
		rq_str_init(&t->held, 0);
	}
	rq_str_addn(&t->held, s, n);
	held = rq_str_get(&t->held);
	done = settled(held, t->held.len);
	stream_lines(t, held, done, out);
	left = t->held.len - done;
	if (done && left)
		memmove(t->held.s, held + done, left);
	if (done) {
		t->held.len = left;
		t->held.s[left] = '\0';
	}
}

void rq_text_stream_end(struct rq_text_stream *t, struct rq_str *out)
{
	struct rq_sink k = { .out = out, .shown = &t->shown };

	if (!t->begun)
		return;
	stream_lines(t, rq_str_get(&t->held), t->held.len, out);
	rq_sink_show(&k, rq_style_plain);
	rq_str_release(&t->held);
	t->begun = t->filled = t->returned = false;
}

/* ---- writing from right to left ---- */

static bool has_lead(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0xd6)
			return true;
	return false;
}

void rq_text_ltr(struct rq_str *out, const char *s, size_t n)
{
	bool open = false;
	size_t i = 0, len;

	if (!has_lead(s, n)) {
		rq_str_addn(out, s, n);
		return;
	}
	for (; i < n; i += len) {
		uint32_t cp;

		len = rq_utf8_decode(s + i, n - i, &cp);
		if (open && (cp < 0x20 || rq_cp_width(cp) > 0)) {
			rq_str_add(out, RQ_LRM);
			open = false;
		}
		rq_str_addn(out, s + i, len);
		open = open || rq_cp_rtl(cp);
	}
	if (open)
		rq_str_add(out, RQ_LRM);
}
