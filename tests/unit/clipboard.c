/* OSC 52, and what tmux and screen need around it. */
#include "tests/unit/unit.h"

#include "tui/clipboard.h"

static void gives(enum rq_clipboard kind, const char *text, const char *want)
{
	struct rq_str out;

	rq_str_init(&out, 0);
	rq_clipboard_sequence(kind, text, strlen(text), &out);
	assert_string_equal(rq_str_get(&out), want);
	rq_str_release(&out);
}

static void test_sequences(void **state)
{
	(void)state;
	gives(RQ_CLIPBOARD_PLAIN, "", "\033]52;c;\007");
	gives(RQ_CLIPBOARD_PLAIN, "a", "\033]52;c;YQ==\007");
	gives(RQ_CLIPBOARD_PLAIN, "ab", "\033]52;c;YWI=\007");
	gives(RQ_CLIPBOARD_PLAIN, "abc\n", "\033]52;c;YWJjCg==\007");
	gives(RQ_CLIPBOARD_TMUX, "abc", "\033Ptmux;\033\033]52;c;YWJj\007\033\\");
	gives(RQ_CLIPBOARD_SCREEN, "abc", "\033P\033]52;c;YWJj\007\033\\");
}

/* For GNU screen: pieces that fit into its buffer, and together the plain sequence. */
static void test_pieces(void **state)
{
	struct rq_str text, plain, pieces, joined;
	const char *s;

	(void)state;
	rq_str_init(&text, 0);
	rq_str_init(&plain, 0);
	rq_str_init(&pieces, 0);
	rq_str_init(&joined, 0);
	while (text.len < RQ_CLIPBOARD_MAX)
		rq_str_addc(&text, (char)('a' + text.len % 26));
	rq_clipboard_sequence(RQ_CLIPBOARD_PLAIN, text.s, text.len, &plain);
	rq_clipboard_sequence(RQ_CLIPBOARD_SCREEN, text.s, text.len, &pieces);
	for (s = pieces.s; *s;) {
		const char *end = strstr(s, "\033\\");

		assert_true(end && !strncmp(s, "\033P", 2) && end - s <= 512);
		rq_str_addn(&joined, s + 2, (size_t)(end - s) - 2);
		s = end + 2;
	}
	assert_string_equal(joined.s, plain.s);
	/* With all that is around it no more than terminals take. */
	assert_true(plain.len <= 100000 && plain.len > 99990);
	rq_str_release(&text);
	rq_str_release(&plain);
	rq_str_release(&pieces);
	rq_str_release(&joined);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(rq_clipboard_kind("xterm-256color", NULL, NULL, NULL), RQ_CLIPBOARD_PLAIN);
	assert_int_equal(rq_clipboard_kind("tmux-256color", "/tmp/tmux-0/default,1,0", NULL, NULL), RQ_CLIPBOARD_TMUX);
	assert_int_equal(rq_clipboard_kind("screen", "", "12.pts-0.host", NULL), RQ_CLIPBOARD_SCREEN);
	assert_int_equal(rq_clipboard_kind("linux", NULL, NULL, NULL), RQ_CLIPBOARD_NONE);
	assert_int_equal(rq_clipboard_kind("vt100", NULL, NULL, NULL), RQ_CLIPBOARD_NONE);
	assert_int_equal(rq_clipboard_kind("xterm-256color", NULL, NULL, "Apple_Terminal"), RQ_CLIPBOARD_NONE);
	assert_int_equal(rq_clipboard_kind(NULL, NULL, NULL, NULL), RQ_CLIPBOARD_PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
