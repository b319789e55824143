/* UTF-8, widths, and the filter for untrusted text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/mem.h"
#include "core/base/text.h"

static void same(const char *in, size_t n, bool ascii, const char *want)
{
	struct rq_str out = { 0 };

	rq_str_init(&out, 0);
	rq_text_clean(&out, in, n, ascii);
	assert_string_equal(rq_str_get(&out), want);
	rq_str_release(&out);
}

#define CLEAN(in, want) same(in, sizeof(in) - 1, false, want)
#define ASCII(in, want) same(in, sizeof(in) - 1, true, want)

static void decodes(const char *s, uint32_t want, size_t len)
{
	uint32_t cp;

	assert_int_equal(rq_utf8_decode(s, strlen(s), &cp), len);
	assert_int_equal(cp, want);
}

static void test_decode(void **state)
{
	(void)state;
	decodes("a", 'a', 1);
	decodes("\xc3\xa4x", 0xe4, 2);
	decodes("\xe2\x82\xac", 0x20ac, 3);
	decodes("\xf0\x9f\x98\x80", 0x1f600, 4);
	/* Overlong forms, surrogates, past the end: each byte that cannot continue is looked at
	 * anew. */
	decodes("\xc0\xaf", 0xfffd, 1);
	decodes("\xe0\x80\xaf", 0xfffd, 1);
	decodes("\xed\xa0\x80", 0xfffd, 1);
	decodes("\xf4\x90\x80\x80", 0xfffd, 1);
	decodes("\xff", 0xfffd, 1);
	decodes("\x80", 0xfffd, 1);
	/* A cut sequence takes its valid beginning and leaves the rest alone. */
	decodes("\xe2\x82" "A", 0xfffd, 2);
	decodes("\xf0\x9f\x98", 0xfffd, 3);
}

static void test_decode_embedded_nul(void **state)
{
	uint32_t cp;

	(void)state;
	assert_int_equal(rq_utf8_decode("\0x", 2, &cp), 1);
	assert_int_equal(cp, 0);
	assert_int_equal(rq_utf8_decode("\xc3\xa4", 1, &cp), 1);
	assert_int_equal(cp, 0xfffd);
}

static void test_encode_gives_back_what_was_decoded(void **state)
{
	uint32_t cp, back;
	char buf[4];

	(void)state;
	for (cp = 0; cp <= 0x10ffff; cp += cp < 0x3000 ? 1 : 61) {
		size_t n = rq_utf8_encode(cp, buf);

		assert_int_equal(rq_utf8_decode(buf, n, &back), n);
		assert_int_equal(back, cp >= 0xd800 && cp <= 0xdfff ? 0xfffd : cp);
	}
	assert_int_equal(rq_utf8_encode(0x110000, buf), 3);
	assert_memory_equal(buf, "\xef\xbf\xbd", 3);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(rq_cp_width('a'), 1);
	assert_int_equal(rq_cp_width(0x301), 0);
	assert_int_equal(rq_cp_width(0x4e2d), 2);
	assert_int_equal(rq_cp_width(0x1f600), 2);
	assert_int_equal(rq_cp_width(0x25cf), 1);
	assert_int_equal(rq_cp_width(0x10ffff), 1);
	assert_int_equal(rq_text_width("a\xe4\xb8\xad" "e\xcc\x81"), 4);
	assert_int_equal(rq_text_width(""), 0);
}

static void test_fit_never_cuts_a_character(void **state)
{
	const char *s = "a\xe4\xb8\xad" "be\xcc\x81z";
	int used;

	(void)state;
	assert_int_equal(rq_text_fit(s, 0, &used), 0);
	assert_int_equal(used, 0);
	assert_int_equal(rq_text_fit(s, 2, &used), 1);  /* half of a wide one does not fit */
	assert_int_equal(used, 1);
	assert_int_equal(rq_text_fit(s, 3, &used), 4);
	assert_int_equal(rq_text_fit(s, 5, &used), 8);  /* with its accent */
	assert_int_equal(used, 5);
	assert_int_equal(rq_text_fit(s, 99, NULL), strlen(s));
	assert_int_equal(rq_text_fit("\xff\xff", 1, NULL), 1);
}

static void test_escape_sequences_disappear(void **state)
{
	(void)state;
	CLEAN("a\033[31mb\033[0mc", "abc");
	CLEAN("a\033[2J\033[1;1Hb", "ab");
	CLEAN("a\033]0;title\007b", "ab");
	CLEAN("a\033]52;c;aGk=\033\\b", "ab");
	CLEAN("a\033P1$rx\033\\b\033_x\033\\c\033^x\033\\d\033Xx\033\\e", "abcde");
	CLEAN("a\033(0b\033=c\033cd\033#8e", "abcde");
	/* The 8-bit introducers, as UTF-8 and raw. */
	CLEAN("a\xc2\x9b" "31mb\xc2\x9d" "0;t\xc2\x9c" "c", "abc");
	CLEAN("a\x9b" "31mb\x9d" "0;t\x9c" "c", "abc");
	/* A character that has 9C among its bytes does not end a string. */
	CLEAN("\033]0;\xe2\x9c\x9c\007x", "x");
}

static void test_what_never_ends_is_shown(void **state)
{
	(void)state;
	CLEAN("a\033", "a\xe2\x90\x9b");
	CLEAN("a\033[31", "a\xe2\x90\x9b[31");
	CLEAN("a\033]0;title b", "a\xe2\x90\x9b]0;title b");
	CLEAN("a\033[3\0021m", "a\xe2\x90\x9b[3\xe2\x90\x82" "1m");
	CLEAN("\033]x\033]y\007z", "\xe2\x90\x9b]xz");
	CLEAN("a\x9b" "31", "a\xef\xbf\xbd" "31");
	CLEAN("a\xc2\x85z", "a<U+0085>z");
	ASCII("a\033[31", "a^[[31");
}

static void test_controls_become_symbols(void **state)
{
	(void)state;
	CLEAN("a\bb\rc\nd\177\0e", "a\xe2\x90\x88"
				   "b\xe2\x90\x8d"
				   "c\xe2\x90\xa4"
				   "d\xe2\x90\xa1\xe2\x90\x80"
				   "e");
	ASCII("a\bb\rc\177\0", "a^Hb^Mc^?^@");
}

static void test_tabs(void **state)
{
	(void)state;
	CLEAN("\tx", "        x");
	CLEAN("abc\tx", "abc     x");
	CLEAN("\xe4\xb8\xad\tx", "\xe4\xb8\xad      x");
	CLEAN("12345678\tx", "12345678        x");
}

static void test_what_hides_gets_a_name(void **state)
{
	(void)state;
	CLEAN("a\xe2\x80\xae" "b", "a<U+202E>b");
	CLEAN("a\xe2\x80\x8b" "b\xc2\xad" "c", "a<U+200B>b<U+00AD>c");
	CLEAN("\xef\xbb\xbfx", "<U+FEFF>x");
	CLEAN("\xf3\xa0\x81\x81", "<U+E0041>");
	CLEAN("\xe2\x80\xa8\xef\xbf\xbe\xf4\x8f\xbf\xbf", "<U+2028><U+FFFE><U+10FFFF>");
	CLEAN("\xe2\x9a\xa0\xef\xb8\x8f!", "\xe2\x9a\xa0!");
	CLEAN("mac\xef\xb8\x8f \xe2\x9a\xa0\xef\xb8\x8f\xef\xb8\x8f", "mac<U+FE0F> \xe2\x9a\xa0<U+FE0F>");
	ASCII("a\xe2\x80\xae" "b", "a<U+202E>b");
}

/* Every one that a reader cannot see, or that moves others. */
static void test_all_that_hide(void **state)
{
	static const struct { uint32_t first, last; } hidden[] = {
		{ 0x80, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x70f, 0x70f }, { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0x2800, 0x2800 }, { 0x3164, 0x3164 }, { 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, { 0x13430, 0x13438 }, { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0x1fffe, 0x1ffff }, { 0xe0001, 0xe007f }, { 0xe0100, 0xe01ef },
		{ 0x10fffe, 0x10ffff },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
		uint32_t cp;

		for (cp = hidden[i].first; cp <= hidden[i].last; cp++) {
			char in[8] = "a", want[24];
			size_t n = 1 + rq_utf8_encode(cp, in + 1);

			if (cp == 0x9b)
				continue; /* begins a sequence: elsewhere */
			in[n] = 'b';
			snprintf(want, sizeof want, "a<U+%04X>b", (unsigned)cp);
			same(in, n + 1, false, want);
			same(in, n + 1, true, want);
		}
	}
}

/* Written from right to left: a mark behind each letter keeps the order in which it was written. */
static void test_right_to_left(void **state)
{
	struct rq_str out = { 0 };

	(void)state;
	rq_text_ltr(&out, "a \xd7\x90\xd6\xb0\xd7\x91 1\n", 11);
	assert_string_equal(out.s, "a \xd7\x90\xd6\xb0" RQ_LRM "\xd7\x91" RQ_LRM " 1\n");
	rq_str_clear(&out);
	rq_text_ltr(&out, "\xef\xba\x8d", 3);
	assert_string_equal(out.s, "\xef\xba\x8d" RQ_LRM);
	rq_str_clear(&out);
	rq_text_ltr(&out, "na\xc3\xafve \xe4\xb8\xad", 10);
	assert_string_equal(out.s, "na\xc3\xafve \xe4\xb8\xad");
	rq_str_release(&out);
	/* Its own marks are not taken from anybody else. */
	CLEAN(RQ_LRM, "<U+200E>");
	assert_true(rq_cp_rtl(0x5d0) && rq_cp_rtl(0x627) && rq_cp_rtl(0x663) && rq_cp_rtl(0x1e900));
	assert_false(rq_cp_rtl('a') || rq_cp_rtl(0x939) || rq_cp_rtl(0x4e2d) || rq_cp_rtl(0xfeff));
}

static void test_combining_marks(void **state)
{
	(void)state;
	CLEAN("e\xcc\x81", "e\xcc\x81");
	CLEAN("\xcc\x81" "e", "<U+0301>e");
	CLEAN("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x",
	      "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81x");
}

static void test_invalid_and_ascii(void **state)
{
	(void)state;
	CLEAN("a\xff\xc3z", "a\xef\xbf\xbd\xef\xbf\xbdz");
	ASCII("na\xc3\xafve \xe4\xb8\xad \xff", "na?ve ? ?");
}

static void test_ascii_is_ascii(void **state)
{
	struct rq_str in = { 0 }, out = { 0 };
	char buf[4];
	uint32_t cp;
	size_t i;

	(void)state;
	for (cp = 0; cp < 0x3000; cp++)
		rq_str_addn(&in, buf, rq_utf8_encode(cp, buf));
	for (cp = 0; cp < 256; cp++)
		rq_str_addc(&in, (char)cp);
	rq_text_clean(&out, in.s, in.len, true);
	for (i = 0; i < out.len; i++)
		assert_in_range((unsigned char)out.s[i], 0x20, 0x7e);
	rq_str_release(&in);
	rq_str_release(&out);
}

struct styled {
	struct rq_str out;
	struct rq_runs runs;
	struct rq_style style;
};

static void styled(struct styled *t, const char *s)
{
	memset(t, 0, sizeof *t);
	t->style.fg = t->style.bg = -1;
	rq_text_styled(&t->out, &t->runs, &t->style, s, strlen(s), false);
}

static void release(struct styled *t)
{
	rq_str_release(&t->out);
	rq_free(t->runs.v);
}

static void test_colours(void **state)
{
	struct styled t;

	(void)state;
	styled(&t, "a\033[1;31mbc\033[0;4md\033[m");
	assert_string_equal(t.out.s, "abcd");
	assert_int_equal(t.runs.n, 2);
	assert_int_equal(t.runs.v[0].off, 1);
	assert_int_equal(t.runs.v[0].style.fg, 1);
	assert_int_equal(t.runs.v[0].style.bold, 1);
	assert_int_equal(t.runs.v[1].off, 3);
	assert_int_equal(t.runs.v[1].style.fg, -1);
	assert_int_equal(t.runs.v[1].style.underline, 1);
	assert_int_equal(t.style.underline, 0);
	release(&t);
}

static void colour_is(const char *s, int fg, int bg)
{
	struct styled t;

	styled(&t, s);
	assert_int_equal(t.style.fg, fg);
	assert_int_equal(t.style.bg, bg);
	release(&t);
}

static void test_extended_colours(void **state)
{
	(void)state;
	colour_is("\033[38;5;200m", 200, -1);
	colour_is("\033[48;5;17;31m", 1, 17);
	colour_is("\033[38:5:200;41m", 200, 1);
	colour_is("\033[38;2;255;0;0m", 196, -1);
	colour_is("\033[38:2::0:0:255;42m", 21, 2);
	colour_is("\033[38:2:0:0:255m", 21, -1);
	colour_is("\033[48;2;128;128;128m", -1, 244);
	colour_is("\033[97;100m", 15, 8);
	colour_is("\033[38;5m", -1, -1);
	colour_is("\033[38m\033[48;2;1m", -1, -1);
	colour_is("\033[99999999999999999999m", -1, -1);
	/* Not SGR, though it ends with m. */
	colour_is("\033[>4;31m\033[?31m\033[31 m", -1, -1);
}

static void test_text_cannot_hide_by_colour(void **state)
{
	struct styled t;

	(void)state;
	styled(&t, "\033[8;31;41mpassword");
	assert_int_equal(t.runs.n, 1);
	assert_int_equal(t.runs.v[0].style.fg, 1);
	assert_int_equal(t.runs.v[0].style.bg, -1);
	release(&t);
}

static void shows(const char *in, const char *want)
{
	struct styled t;

	styled(&t, in);
	assert_string_equal(rq_str_get(&t.out), want);
	release(&t);
}

#define CR "\xe2\x90\x8d"
#define DOTS "\xe2\x80\xa6"

/* Nothing that was printed is covered: what a CR would cover stands behind it. */
static void test_carriage_return(void **state)
{
	struct styled t;

	(void)state;
	shows("secret\rharmless", "harmless" CR "secret");
	shows("one\rtwo\rthree", "three" CR "one" CR "two");
	shows("windows\r", "windows");
	shows("\r\rstart\r\r", "start");
	shows("10%\r\033[K", CR "10%");
	/* Of a progress, the last step and the first. */
	shows("10%\r20%\r30%\r", "30%" CR "10%" CR DOTS);
	shows("get [#  ]  9\rget [## ] 55\rget [###]100\rdone", "done" CR "get [#  ]  9" CR DOTS);
	shows("5 failed\r0 failed", "0 failed" CR "5 failed");
	shows("a 1\rb 2\ra 3", "a 3" CR "a 1" CR "b 2");
	shows("\xd0\xb4\xd0\xb0\r\xd0\xbd\xd0\xb5\rx", "x" CR "\xd0\xb4\xd0\xb0" CR "\xd0\xbd\xd0\xb5");
	/* Each part in its own colours, and the next line in those of the end. */
	styled(&t, "a\033[31mred\rlate\033[32m");
	assert_string_equal(t.out.s, "late" CR "ared");
	assert_int_equal(t.runs.n, 3);
	assert_int_equal(t.runs.v[0].off, 0);
	assert_int_equal(t.runs.v[0].style.fg, 1);
	assert_int_equal(t.runs.v[1].style.fg, -1);
	assert_int_equal(t.runs.v[2].style.fg, 1);
	assert_int_equal(t.style.fg, 2);
	release(&t);
}

/* What made trouble elsewhere, each in the form in which it did. */
static void test_known_holes(void **state)
{
	(void)state;
	/* CVE-2026-45803 (gh): a workflow's log reached the terminal as it was; its colours must stay, though. */
	shows("\033]0;forged\007\033[2J\033[H\033[32mok\033[0m", "ok");
	shows("\033]52;c;cm0gLXJm\033\\done", "done");
	/* CVE-2021-25743 (kubectl): sequences and CR in what a server says. */
	CLEAN("\033[2K\033[1Aevent\r\nforged", "event" CR "\xe2\x90\xa4" "forged");
	/* CVE-2024-52005 (git): messages of the other end; colours alone are harmless. */
	CLEAN("remote: \033[1;1H\033[31mx\033[0m\033[K\033M", "remote: x");
	/* CVE-2022-46663 (less): OSC 8 that is cut, or ends otherwise than was looked for. */
	CLEAN("\033]8;;http://a\033\\link\033]8;;\007", "link");
	CLEAN("\033]8;;http://a\033[2Jx", "\xe2\x90\x9b]8;;http://ax");
	CLEAN("\033]8;;\033]0;t\007x", "\xe2\x90\x9b]8;;x");
	CLEAN("\033]8;;http://a", "\xe2\x90\x9b]8;;http://a");
	/* CVE-2021-26937 (screen): combining characters without end, also wide ones. */
	CLEAN("x\xf0\x9d\x85\xa5\xcd\x8f\xcc\x80\xcc\x80\xcc\x80\xcc\x80\xcc\x80\xcc\x80",
	      "x\xf0\x9d\x85\xa5<U+034F>\xcc\x80\xcc\x80\xcc\x80\xcc\x80");
	/* CVE-2021-42574: the order of what is seen. */
	CLEAN("if admin\xe2\x80\xae \xe2\x81\xa6// check\xe2\x81\xa9 \xe2\x81\xa6",
	      "if admin<U+202E> <U+2066>// check<U+2069> <U+2066>");
	/* Names of files, as croc took them from the other end. */
	CLEAN("a\033[2J\033]0;t\033\\\b\b.txt\177", "a\xe2\x90\x88\xe2\x90\x88.txt\xe2\x90\xa1");
	ASCII("a\033[2J\b.txt\177", "a^H.txt^?");
}

static void test_colours_span_lines_and_have_a_limit(void **state)
{
	struct styled t;
	struct rq_str in = { 0 };
	int i;

	(void)state;
	styled(&t, "\033[32mone");
	rq_str_clear(&t.out);
	t.runs.n = 0;
	rq_text_styled(&t.out, &t.runs, &t.style, "two", 3, false);
	assert_int_equal(t.runs.v[0].style.fg, 2);
	release(&t);
	for (i = 0; i < 1000; i++)
		rq_str_addf(&in, "\033[%dmx", 31 + i % 2);
	styled(&t, in.s);
	assert_int_equal(t.runs.n, 256);
	assert_int_equal(t.out.len, 1000);
	release(&t);
	rq_str_release(&in);
}

/* Introducers that never end must not make the filter look at the rest again and again. */
static void test_time_is_linear(void **state)
{
	static const char *const bombs[] = {
		"\033]", "\xc2\x9d", "\x9d", "\033[", "\033P", "\033"
	};
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
		struct rq_str in = { 0 }, out = { 0 };

		rq_str_init(&in, 4 << 20);
		rq_str_init(&out, 64 << 20);
		for (n = 0; n < 1000000; n++)
			rq_str_add(&in, bombs[i]);
		rq_text_clean(&out, in.s, in.len, false);
		assert_true(out.len >= 1000000);
		rq_str_release(&in);
		rq_str_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_decode_embedded_nul),
		cmocka_unit_test(test_encode_gives_back_what_was_decoded),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_fit_never_cuts_a_character),
		cmocka_unit_test(test_escape_sequences_disappear),
		cmocka_unit_test(test_what_never_ends_is_shown),
		cmocka_unit_test(test_controls_become_symbols),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_what_hides_gets_a_name),
		cmocka_unit_test(test_all_that_hide),
		cmocka_unit_test(test_right_to_left),
		cmocka_unit_test(test_known_holes),
		cmocka_unit_test(test_combining_marks),
		cmocka_unit_test(test_invalid_and_ascii),
		cmocka_unit_test(test_ascii_is_ascii),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_extended_colours),
		cmocka_unit_test(test_text_cannot_hide_by_colour),
		cmocka_unit_test(test_carriage_return),
		cmocka_unit_test(test_colours_span_lines_and_have_a_limit),
		cmocka_unit_test(test_time_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
