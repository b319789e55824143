/* A log as its reader wants it, in pieces of every size; and a job's output on a terminal. */
#include "tests/unit/unit.h"

#include "cli/out.h"
#include "core/command/plainlog.h"

#define STAMP "2026-11-21T18:02:21.1234567Z "

/* TEXT in pieces of SIZE bytes. */
static char *through(struct rq_plainlog t, const char *text, size_t size, char **errors)
{
	struct rq_str out, err;

	rq_str_init(&out, 0);
	rq_str_init(&err, 0);
	for (size_t at = 0, n = strlen(text); at < n; at += size)
		rq_plainlog_feed(&t, text + at, n - at < size ? n - at : size, &out);
	rq_plainlog_end(&t, &out, errors ? &err : NULL);
	if (errors)
		*errors = rq_str_detach(&err);
	else
		rq_str_release(&err);
	return rq_str_detach(&out);
}

static void gives(struct rq_plainlog t, const char *text, const char *wanted,
		  const char *wanted_errors)
{
	for (size_t size = 1; size < 80; size++) {
		char *errors = NULL, *got = through(t, text, size, wanted_errors ? &errors : NULL);

		assert_string_equal(got, wanted);
		if (wanted_errors)
			assert_string_equal(errors, wanted_errors);
		rq_free(got);
		rq_free(errors);
	}
}

static void test_stamps(void **state)
{
	struct rq_plainlog plain = { 0 }, stamps = { .stamps = true };

	(void)state;
	gives(plain, STAMP "one\n" STAMP "\n" STAMP "two", "one\n\ntwo", NULL);
	gives(stamps, STAMP "one\n" STAMP "two", STAMP "one\n" STAMP "two", NULL);
	/* What only looks like a stamp is the job's. */
	gives(plain, "2026-11-21 was a Saturday\n\n2026", "2026-11-21 was a Saturday\n\n2026",
	      NULL);
	gives(plain, STAMP STAMP "x\n", STAMP "x\n", NULL);
	/* Marks of the parts that a log was joined from; what only begins like one is the job's. */
	gives(plain, "\xef\xbb\xbf" STAMP "one\n\xef\xbb\xbf" STAMP "two\n\xef\xbb\xbf\n", "one\ntwo\n\n", NULL);
	gives(stamps, "\xef\xbb\xbf" STAMP "one\n", "\xef\xbb\xbf" STAMP "one\n", NULL);
	gives(plain, "\xef\xbc\x81\n\xef\xbb\n" STAMP "a\xef\xbb\xbf\n\xef", "\xef\xbc\x81\n\xef\xbb\na\xef\xbb\xbf\n\xef", NULL);
}

static const char whole[] = STAMP "##[group]Run sh -c x\n" STAMP "\033[36;1msh -c x\033[0m\n" STAMP
				  "##[endgroup]\n" STAMP "hello\n" STAMP "##[error]mine\n" STAMP
				  "more\n" STAMP "##[group]Run again\n" STAMP
				  "##[error]Process completed with exit code 3.\n";

static void test_own_output(void **state)
{
	struct rq_plainlog own = { .own = true, .preambles = 1 };

	(void)state;
	gives(own, whole, "hello\n##[error]mine\nmore\n##[group]Run again\n",
	      "Process completed with exit code 3.\n");
	gives(own, STAMP "no group\n" STAMP "##[err", "no group\n##[err", "");
	gives(own,
	      STAMP "##[group]Run x\n" STAMP "##[endgroup] not quite\n" STAMP "##[endgroup]\n" STAMP
		    "y",
	      "y", "");
	gives((struct rq_plainlog){ .own = true, .preambles = 2 },
	      STAMP "##[group]Run a\n" STAMP "##[endgroup]\n" STAMP "1\n" STAMP
		    "##[group]Run b\n" STAMP "##[endgroup]\n" STAMP "2\n",
	      "1\n2\n", "");
}

/* A line without its end is passed on as soon as it is clear what it is. */
static void test_at_once(void **state)
{
	struct rq_plainlog own = { .own = true };
	struct rq_str out;

	(void)state;
	rq_str_init(&out, 0);
	rq_plainlog_feed(&own, STAMP "12%", strlen(STAMP "12%"), &out);
	assert_string_equal(rq_str_get(&out), "12%");
	rq_plainlog_feed(&own, "\r13%", 4, &out);
	assert_string_equal(rq_str_get(&out), "12%\r13%");
	rq_plainlog_end(&own, &out, NULL);
	rq_str_release(&out);
}

static void filtered(const char *text, const char *wanted)
{
	for (size_t size = 1; size < 40; size++) {
		struct rq_text_stream f = { .colours = true };
		struct rq_str out;

		rq_str_init(&out, 0);
		for (size_t at = 0, n = strlen(text); at < n; at += size)
			rq_text_stream(&f, text + at, n - at < size ? n - at : size, &out);
		rq_text_stream_end(&f, &out);
		if (strcmp(rq_str_get(&out), wanted))
			fail_msg("in pieces of %zu: got %s; wanted %s", size, rq_str_get(&out),
				 wanted);
		rq_str_release(&out);
	}
}

static void test_colours(void **state)
{
	(void)state;
	filtered("plain\n", "plain\n");
	filtered("\033[1;31mred\033[0m\n", "\033[1;31mred\033[0m\n");
	filtered("\033[31mred", "\033[31mred\033[0m");
	filtered("\033[38:5:1mx\033[m", "\033[31mx\033[0m");
	filtered("\033[48;2;255;0;0;94mx", "\033[94;48;5;196mx\033[0m");
	/* A look ends with its line and begins again with the next. */
	filtered("\033[32mone\ntwo\n", "\033[32mone\033[0m\n\033[32mtwo\033[0m\n");
	/* Hidden by its colour, or concealed: not here. */
	filtered("\033[30;40mx\033[0;8my", "\033[30mx\033[0my");
}

/* What was written stays: a CR begins a line, as it does for GitHub. */
static void test_returns(void **state)
{
	(void)state;
	filtered("10%\r20%\n\ttab", "10%\n20%\n\ttab");
	filtered("secret\rharmless\n", "secret\nharmless\n");
	filtered("windows\r\n\r\nend\r", "windows\n\nend");
	filtered("10%\r\033[K\n\r\033[Knext\r\r\n", "10%\nnext\n");
	filtered("abc\b\b\bxyz", "abc\xe2\x90\x88\xe2\x90\x88\xe2\x90\x88xyz");
}

static void test_harmless(void **state)
{
	(void)state;
	filtered("a\033[2Jb", "ab");
	filtered("a\033[10;10Hb\033[?1049hc", "abc");
	filtered("\033]0;title\007x", "x");
	filtered("\033]52;c;aGk=\033\\x", "x");
	filtered("\033P1$qm\033\\x\033_y\033\\z", "xz");
	filtered("\033cx", "x");
	filtered("\033(0x", "x");
	filtered("\x9b" "2Ja\xc2\x9b" "2Jb\x9d" "0;title\x9c" "c", "abc");
	/* What never ends is shown, and its line ends all the same. */
	filtered("\033[31", "\xe2\x90\x9b[31");
	filtered("\033]0;open\nnext", "\xe2\x90\x9b]0;open\nnext");
	/* No SGR: a private marker, or an absurd length. */
	filtered("\033[>4;2mx", "x");
	filtered("\033[1111111111111111111111111111111111111111111mx", "x");
}

static void test_characters(void **state)
{
	(void)state;
	filtered("\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac");
	filtered("a\xff"
		 "b",
		 "a\xef\xbf\xbd"
		 "b");
	filtered("a\xe2\x82\n", "a\xef\xbf\xbd\n");
}

/* Nothing below 0x20 but line ends and tabs gets through, and no escape but a colour's. */
static void test_chance(void **state)
{
	struct chance c = { 4711 };

	(void)state;
	for (int round = 0; round < 3000; round++) {
		static const char alphabet[] = "\033[]0;mHJ\007\\\n\r\t\x9b\xc2\x9b?x1\b\v\016P_^";
		struct rq_text_stream f = { .colours = true };
		struct rq_str out;
		char text[64];

		rq_str_init(&out, 0);
		for (size_t i = 0; i < sizeof text; i++)
			text[i] = alphabet[chance_below(&c, sizeof alphabet - 1)];
		rq_text_stream(&f, text, sizeof text, &out);
		rq_text_stream_end(&f, &out);
		for (const char *s = rq_str_get(&out); *s; s++) {
			if (*s == 033) {
				assert_int_equal(s[1], '[');
				s += 2 + strspn(s + 2, "0123456789;:");
				assert_int_equal(*s, 'm');
			} else if ((unsigned char)*s < 0x20) {
				assert_non_null(strchr("\n\t", *s));
			} else {
				assert_int_not_equal((unsigned char)*s, 0x7f);
				assert_false((unsigned char)s[0] == 0xc2 &&
					     (unsigned char)s[1] < 0xa0);
			}
		}
		rq_str_release(&out);
	}
}

static void table_is(const char *const *cells, size_t rows, int cols, const char *wanted)
{
	struct rq_text_table t = { 0 };
	struct rq_str out;

	rq_str_init(&out, 0);
	rq_text_table_begin(&t, cells, 2);
	for (size_t i = 1; i < rows; i++)
		rq_text_table_row(&t, cells + 2 * i);
	rq_text_table_print(&t, cols, false, &out);
	assert_string_equal(rq_str_get(&out), wanted);
	rq_str_release(&out);
	rq_text_table_release(&t);
}

static void test_table(void **state)
{
	static const char *const plain[] = { "ID", "NAME", "1", "one", "22", "two" };
	static const char *const wide[] = { "ID", "NAME",
					    "1",  "\xe4\xb8\xad\xe6\x96\x87",
					    "2",  "0123456789abcdef" };
	static const char *const ids[] = { "ID", "NAME", "media:19283746501", "a name of its own" };
	static const char *const hostile[] = { "ID", "NAME", "1", "a\033[2J\nb" };

	(void)state;
	table_is(plain, 3, 80, "ID  NAME\n1   one\n22  two\n");
	table_is(wide, 3, 14,
		 "ID  NAME\n1   \xe4\xb8\xad\xe6\x96\x87\n2   012345678\xe2\x80\xa6\n");
	table_is(ids, 2, 25, "ID                 NAME\nmedia:19283746501  a nam\xe2\x80\xa6\n");
	table_is(ids, 2, 20, "ID            NAME\nmedia:19283\xe2\x80\xa6  a nam\xe2\x80\xa6\n");
	table_is(hostile, 2, 80,
		 "ID  NAME\n1   a\xe2\x90\xa4"
		 "b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamps),	 cmocka_unit_test(test_own_output),
		cmocka_unit_test(test_at_once),	 cmocka_unit_test(test_colours),
		cmocka_unit_test(test_harmless), cmocka_unit_test(test_characters),
		cmocka_unit_test(test_chance),	 cmocka_unit_test(test_returns),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
