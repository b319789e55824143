/* Growing strings, small parsers, and command lines. */
#include "tests/unit/unit.h"

#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/str.h"

static void test_empty(void **state)
{
	struct rq_str b = { 0 };
	char *s;

	(void)state;
	assert_string_equal(rq_str_get(&b), "");
	s = rq_str_detach(&b);
	assert_string_equal(s, "");
	rq_free(s);
	rq_str_clear(&b);
	rq_str_addf(&b, "%s", "");
	assert_string_equal(rq_str_get(&b), "");
	rq_str_release(&b);
}

static void test_maximum(void **state)
{
	struct rq_str b;

	(void)state;
	rq_str_init(&b, 5);
	rq_str_add(&b, "abc");
	assert_false(b.full);
	rq_str_add(&b, "de");
	assert_false(b.full);
	rq_str_addc(&b, 'f');
	assert_true(b.full);
	assert_string_equal(b.s, "abcde");
	/* Full stays set, and nothing more goes in. */
	rq_str_add(&b, "");
	assert_true(b.full);
	rq_str_clear(&b);
	assert_false(b.full);
	rq_str_addf(&b, "%s", "123456789");
	assert_true(b.full);
	assert_string_equal(b.s, "12345");
	rq_str_clear(&b);
	rq_str_addf(&b, "%500d", 7);
	assert_true(b.full);
	assert_string_equal(b.s, "     ");
	rq_str_release(&b);
	assert_int_equal(b.cap, 0);
}

static void test_printed_to_a_new_string(void **state)
{
	char *s = rq_fmt("%s-%d", "a", 7), *none = rq_fmt("%s", ""), *big = rq_fmt("%500d|", 7);

	(void)state;
	assert_string_equal(s, "a-7");
	assert_string_equal(none, "");
	assert_int_equal(strlen(big), 501);
	assert_string_equal(big + 498, " 7|");
	rq_free(s);
	rq_free(none);
	rq_free(big);
}

static void test_the_maximum_that_is_none(void **state)
{
	struct rq_str b = { 0 };
	char *chunk = rq_alloc(1 << 20);
	int i;

	(void)state;
	memset(chunk, 'x', 1 << 20);
	for (i = 0; i < 16; i++)
		rq_str_addn(&b, chunk, 1 << 20);
	assert_false(b.full);
	rq_str_addc(&b, 'y');
	assert_true(b.full);
	assert_int_equal(b.len, 16 << 20);
	assert_int_equal(b.s[b.len], 0);
	rq_free(chunk);
	rq_str_release(&b);
}

static void test_growth_keeps_all_bytes(void **state)
{
	struct rq_str b = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		rq_str_addc(&b, (char)i);
	assert_int_equal(b.len, 100000);
	for (i = 0; i < 100000; i++)
		assert_int_equal(b.s[i], (char)i);
	rq_str_release(&b);
}

static void test_formats_around_the_small_buffer(void **state)
{
	struct rq_str b = { 0 };
	int i;

	(void)state;
	for (i = 250; i < 262; i++) {
		rq_str_clear(&b);
		rq_str_addf(&b, "%*d", i, 9);
		assert_int_equal(b.len, i);
		assert_int_equal(b.s[i - 1], '9');
	}
	rq_str_release(&b);
}

static void test_comparing(void **state)
{
	char tiny[4];

	(void)state;
	assert_true(rq_eq(NULL, NULL));
	assert_false(rq_eq(NULL, ""));
	assert_false(rq_eq("", NULL));
	assert_true(rq_ieq("MacMini", "macmINI"));
	assert_false(rq_ieq("macmini", "macmini2"));
	assert_false(rq_ieq("a", NULL));
	/* No locale: these bytes are only themselves, whatever char's sign is. */
	assert_false(rq_ieq("\xc4", "\xe4"));
	assert_true(rq_icontains("Check Out", "k o"));
	assert_true(rq_icontains("aab", "AB"));
	assert_true(rq_icontains("", ""));
	assert_false(rq_icontains("a", "ab"));
	assert_false(rq_icontains("a@", "`"));
	assert_true(rq_icmp("a", "B") < 0);
	assert_true(rq_icmp("a", "\xff") < 0);
	assert_true(rq_icmp("", "a") < 0);
	assert_true(rq_icmp("[", "a") < 0);
	assert_true(rq_starts("abc", ""));
	assert_true(rq_starts("abc", "abc"));
	assert_false(rq_starts("ab", "abc"));
	assert_int_equal(rq_copy(tiny, sizeof tiny, "abcdef"), 6);
	assert_string_equal(tiny, "abc");
	assert_int_equal(rq_copy(tiny, sizeof tiny, "abc"), 3);
	assert_string_equal(tiny, "abc");
	assert_int_equal(rq_copy(tiny, sizeof tiny, ""), 0);
	assert_string_equal(tiny, "");
	assert_int_equal(rq_copy(tiny, 0, "xyz"), 3);
	assert_string_equal(tiny, "");
}

static void test_i64(void **state)
{
	static const char *const junk[] = { "", " 1", "1 ", "+1", "-", "--1", "- 1", "0x10", "1.0", "1e3", "a", "1a",
					    "9223372036854775808", "-9223372036854775809",
					    "99999999999999999999999999", "\t1", "1\n" };
	int64_t v = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof junk / sizeof *junk; i++) {
		assert_false(rq_parse_i64(junk[i], &v));
		assert_int_equal(v, 77);
	}
	assert_false(rq_parse_i64(NULL, &v));
	assert_true(rq_parse_i64("9223372036854775807", &v));
	assert_true(v == INT64_MAX);
	assert_true(rq_parse_i64("-9223372036854775808", &v));
	assert_true(v == INT64_MIN);
	assert_true(rq_parse_i64("-0", &v) && v == 0);
	assert_true(rq_parse_i64("007", &v) && v == 7);
}

static void duration(const char *s, int64_t want)
{
	int64_t ms = -1;

	if (!rq_parse_duration(s, &ms))
		fail_msg("'%s' is no duration", s);
	if (ms != want)
		fail_msg("'%s' gives %lld", s, (long long)ms);
}

static void test_duration(void **state)
{
	static const char *const junk[] = { "", " ", "s", "ms", "-1", "-1s", "+1", "1x", "1 s", "s1", "1h 30m", ".5", "1..5s",
					    "1.s", "1,5s", "5min", "1hs", "1S", "1h30", "5m5", "9223372036854775807",
					    "9223372036854775807ms", "106751991168d", "99999999999999999999d",
					    "0x5", "1e3", "inf", "nan", "1s\n", "1M" };
	int64_t ms = 77;
	size_t i;

	(void)state;
	duration("0", 0);
	duration("90", 90000);
	duration("90s", 90000);
	duration("5m", 300000);
	duration("1h30m", 5400000);
	duration("1h30m10s250ms", 5410250);
	duration("2d", 172800000);
	duration("250ms", 250);
	duration("0.5", 500);
	duration("1.5h", 5400000);
	duration("1.0019s", 1001);
	duration("0.9ms", 0);
	duration("10675199116d", INT64_C(10675199116) * 86400000);
	for (i = 0; i < sizeof junk / sizeof *junk; i++) {
		if (rq_parse_duration(junk[i], &ms))
			fail_msg("'%s' passed for a duration", junk[i]);
		assert_int_equal(ms, 77);
	}
	assert_false(rq_parse_duration(NULL, &ms));
}

static void size(const char *s, int64_t want)
{
	int64_t n = -1;

	if (!rq_parse_size(s, &n))
		fail_msg("'%s' is no size", s);
	if (n != want)
		fail_msg("'%s' gives %lld", s, (long long)n);
}

static void test_size(void **state)
{
	static const char *const junk[] = { "", "M", "-1", "-1M", "1 M", "1MM", "1X", "1iB", "5i", "i", "1bb", "1Kib3", " 1", "1.M", ".5G",
					    "9999999999999T", "99999999999999999999", "1e3", "0x10", "12Q" };
	int64_t n = 77;
	size_t i;

	(void)state;
	size("0", 0);
	size("1024", 1024);
	size("64M", 64 << 20);
	size("2g", INT64_C(2) << 30);
	size("1.5G", INT64_C(3) << 29);
	size("1T", INT64_C(1) << 40);
	size("4KiB", 4096);
	size("4kb", 4096);
	size("7B", 7);
	size("0.5k", 512);
	size("0.9", 0);
	for (i = 0; i < sizeof junk / sizeof *junk; i++) {
		if (rq_parse_size(junk[i], &n))
			fail_msg("'%s' passed for a size", junk[i]);
		assert_int_equal(n, 77);
	}
	assert_false(rq_parse_size(NULL, &n));
}

static void test_distance(void **state)
{
	char longest[80], word[RQ_CHOICE_LEN];

	(void)state;
	assert_int_equal(rq_distance("", "", 3), 0);
	assert_int_equal(rq_distance("", "abc", 3), 3);
	assert_int_equal(rq_distance("abc", "", 2), 3);
	assert_int_equal(rq_distance("macmini", "macmni", 3), 1);
	assert_int_equal(rq_distance("kitten", "sitting", 5), 3);
	assert_int_equal(rq_distance("RPI4", "rpi4", 3), 0);
	assert_int_equal(rq_distance("abcdef", "uvwxyz", 2), 3);
	assert_int_equal(rq_distance("a", "b", 0), 1);
	assert_int_equal(rq_choice_nearest("queued|waiting||pending", "WAITING", 3, word), 0);
	assert_string_equal(word, "waiting");
	assert_int_equal(rq_choice_nearest("queued|waiting||pending", "pendng", 3, word), 1);
	assert_string_equal(word, "pending");
	assert_int_equal(rq_choice_nearest("queued|waiting||pending", "que", 3, word), 3);
	assert_string_equal(word, "");
	assert_int_equal(rq_choice_nearest("abcdefghijklmnopqrstuvwxyzabcdef|b", "a", 2, word), 1);
	assert_string_equal(word, "b");
	memset(longest, 'a', sizeof longest);
	longest[64] = '\0';
	assert_int_equal(rq_distance(longest, longest, 3), 0);
	longest[64] = 'a';
	longest[65] = '\0';
	assert_int_equal(rq_distance(longest, longest, 3), 4);
}

/* Against the definition, without rows and cut-offs. */
static int plain_distance(const char *a, const char *b)
{
	int d, k;

	if (!*a || !*b)
		return (int)(strlen(a) + strlen(b));
	d = plain_distance(a + 1, b + 1) + (*a != *b);
	k = plain_distance(a + 1, b) + 1;
	d = k < d ? k : d;
	k = plain_distance(a, b + 1) + 1;
	return k < d ? k : d;
}

static void test_distance_by_its_definition(void **state)
{
	struct chance c = { 4 };
	char a[7], b[7];
	int i, k;

	(void)state;
	for (i = 0; i < 1500; i++) {
		unsigned na = chance_below(&c, 7), nb = chance_below(&c, 7), want;

		for (k = 0; k < (int)na; k++)
			a[k] = (char)('a' + chance_below(&c, 3));
		for (k = 0; k < (int)nb; k++)
			b[k] = (char)('a' + chance_below(&c, 3));
		a[na] = b[nb] = '\0';
		want = (unsigned)plain_distance(a, b);
		for (k = 0; k <= 7; k++)
			assert_int_equal(rq_distance(a, b, k), want > (unsigned)k ? k + 1 : (int)want);
	}
}

/* The words, each in brackets; or the error. */
static void words(const char *text, const char *want)
{
	struct rq_error e = { 0 };
	struct rq_str got = { 0 };
	char **w = NULL;
	size_t n = 99, i;

	if (rq_words_split(text, &w, &n, &e)) {
		assert_int_equal(e.code, RQ_EUSAGE);
		rq_str_add(&got, "error");
	} else {
		for (i = 0; i < n; i++)
			rq_str_addf(&got, "[%s]", w[i]);
		assert_null(w[n]);
		rq_words_free(w);
	}
	assert_string_equal(rq_str_get(&got), want);
	rq_str_release(&got);
}

static void test_words(void **state)
{
	(void)state;
	words("", "");
	words(" \t\n ", "");
	words("a b  c", "[a][b][c]");
	words("''", "[]");
	words("\"\" ''", "[][]");
	words("a'b c'd", "[ab cd]");
	words("'a'\"b\"c", "[abc]");
	words("\\ a", "[ a]");
	words("a\\'b", "[a'b]");
	words("'a\\b'", "[a\\b]");
	words("\"a\\\"b\\\\c\\$d\\`e\\n\"", "[a\"b\\c$d`e\\n]");
	words("$HOME `x` *", "[$HOME][`x`][*]");
	words("a#b #c", "[a#b][#c]");
	words("one\ntwo", "[one][two]");
	/* A backslash joins lines. */
	words("ab\\\ncd", "[abcd]");
	words("a \\\n b", "[a][b]");
	words("\"ab\\\ncd\"", "[abcd]");
	words("'ab\\\ncd'", "[ab\\\ncd]");
	words("\xc3\xa4 \xff", "[\xc3\xa4][\xff]");
	words("'", "error");
	words("a'b", "error");
	words("\"a", "error");
	words("\"a\\\"", "error");
	words("\"a\\", "error");
	words("a\\", "error");
}

static void test_words_have_limits(void **state)
{
	struct rq_str b;
	struct rq_error e;
	char **w;
	size_t n;
	int i;

	(void)state;
	rq_str_init(&b, 8 << 20);
	for (i = 0; i < 65536; i++)
		rq_str_add(&b, "a ");
	assert_int_equal(rq_words_split(b.s, &w, &n, &e), RQ_OK);
	assert_int_equal(n, 65536);
	rq_words_free(w);
	rq_str_add(&b, "a");
	assert_int_equal(rq_words_split(b.s, &w, &n, &e), RQ_EUSAGE);
	assert_non_null(strstr(e.msg, "too many words"));
	/* A word that is too long is refused, never cut. */
	rq_str_clear(&b);
	for (i = 0; i < (1 << 20) + 1; i++)
		rq_str_addc(&b, 'x');
	assert_int_equal(rq_words_split(b.s, &w, &n, &e), RQ_EUSAGE);
	b.s[1 << 20] = '\0';
	assert_int_equal(rq_words_split(b.s, &w, NULL, &e), RQ_OK);
	assert_int_equal(strlen(w[0]), 1 << 20);
	rq_words_free(w);
	rq_words_free(NULL);
	rq_str_release(&b);
}

static void test_plain_words_stay_plain(void **state)
{
	struct rq_str b = { 0 };

	(void)state;
	rq_words_quote(&b, "ffmpeg");
	rq_str_addc(&b, ' ');
	rq_words_quote(&b, "-i=/tmp/a.b,c:d@e%f+g_h^1");
	rq_str_addc(&b, ' ');
	rq_words_quote(&b, "");
	rq_str_addc(&b, ' ');
	rq_words_quote(&b, "it's");
	rq_str_addc(&b, ' ');
	rq_words_quote(&b, "~root");
	assert_string_equal(b.s, "ffmpeg -i=/tmp/a.b,c:d@e%f+g_h^1 '' 'it'\\''s' '~root'");
	rq_str_release(&b);
}

static void test_quoted_words_come_back(void **state)
{
	static const char alphabet[] = "ab '\"\\$`\n\t*~#&;|<>(){}[]!=-\xc3\xff\x01";
	struct chance c = { 5 };
	struct rq_str line = { 0 };
	struct rq_error e = { 0 };
	char in[8][24], **w;
	size_t n, i, k;
	int round;

	(void)state;
	for (round = 0; round < 5000; round++) {
		size_t count = chance_below(&c, 8);

		rq_str_clear(&line);
		for (i = 0; i < count; i++) {
			size_t len = chance_below(&c, 23);

			for (k = 0; k < len; k++)
				in[i][k] = alphabet[chance_below(&c, sizeof alphabet - 1)];
			in[i][len] = '\0';
			if (i)
				rq_str_addc(&line, ' ');
			rq_words_quote(&line, in[i]);
		}
		assert_int_equal(rq_words_split(rq_str_get(&line), &w, &n, &e), RQ_OK);
		assert_int_equal(n, count);
		for (i = 0; i < n; i++)
			assert_string_equal(w[i], in[i]);
		rq_words_free(w);
	}
	rq_str_release(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_printed_to_a_new_string),
		cmocka_unit_test(test_the_maximum_that_is_none),
		cmocka_unit_test(test_growth_keeps_all_bytes),
		cmocka_unit_test(test_formats_around_the_small_buffer),
		cmocka_unit_test(test_comparing),
		cmocka_unit_test(test_i64),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_distance_by_its_definition),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_have_limits),
		cmocka_unit_test(test_plain_words_stay_plain),
		cmocka_unit_test(test_quoted_words_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
