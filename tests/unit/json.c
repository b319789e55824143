/* JSON: limits, numbers, text that is no UTF-8, printing. */
#include "tests/unit/unit.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/text.h"

static struct rq_json *parsed(const char *text)
{
	struct rq_error e = { 0 };
	struct rq_json *j = NULL;

	if (rq_json_parse(text, strlen(text), &j, &e))
		fail_msg("%s: %s", text, e.msg);
	return j;
}

static void prints(struct rq_json *j, bool pretty, const char *want)
{
	struct rq_str b = { 0 };

	rq_json_print(j, &b, pretty);
	assert_string_equal(rq_str_get(&b), want);
	rq_str_release(&b);
	rq_json_free(j);
}

static void same(const char *text)
{
	prints(parsed(text), false, text);
}

static void test_round_trip(void **state)
{
	(void)state;
	same("null");
	same("true");
	same("[]");
	same("{}");
	same("\"\"");
	same("-17");
	same("0.5");
	same("{\"a\":[1,{\"b\":null},\"c\"],\"d\":{}}");
	same("{\"\":1}");
	same("\"a\\\"b\\\\c\\n\\t\\u0001\"");
	same("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
	prints(parsed(" [ 1 ,\t2\r\n] \n"), false, "[1,2]");
	prints(parsed("\"\\u00e4\\ud83d\\ude00\""), false, "\"\xc3\xa4\xf0\x9f\x98\x80\"");
}

static void refused(const char *text, size_t n, int code)
{
	struct rq_error e = { 0 };
	struct rq_json *j = NULL;

	assert_int_equal(rq_json_parse(text, n, &j, &e), code);
	assert_null(j);
	assert_true(e.msg[0] != '\0');
}

static void test_refused(void **state)
{
	static const char *const junk[] = { "", " ", "{", "}", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "nul", "'a'", "\"a",
					    "\"\\x\"", "1 2", "{} {}", "[1]]", "\"\\ud83d\"", "tru", "-" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof junk / sizeof *junk; i++)
		refused(junk[i], strlen(junk[i]), RQ_EUSAGE);
	/* The length counts, not a NUL behind it or in it. */
	refused("[1]", 2, RQ_EUSAGE);
	refused("1\0", 2, RQ_EUSAGE);
}

static void test_depth(void **state)
{
	char text[400];
	int depth;

	(void)state;
	for (depth = 63; depth <= 65; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		if (depth <= 64) {
			text[2 * depth] = '\0';
			same(text);
		} else {
			refused(text, (size_t)depth * 2, RQ_ELIMIT);
		}
	}
	/* Brackets in strings are no depth. */
	memset(text, '[', sizeof text);
	text[0] = text[300] = '"';
	text[1] = '\\';
	text[2] = '"';
	text[301] = '\0';
	rq_json_free(parsed(text));
	/* However deep, it is refused, not recursed into. */
	{
		char *deep = rq_alloc(1 << 20);

		memset(deep, '[', 1 << 20);
		refused(deep, 1 << 20, RQ_ELIMIT);
		rq_free(deep);
	}
}

static void test_size(void **state)
{
	char *big = rq_alloc((16 << 20) + 2);
	struct rq_error e;
	struct rq_json *j = NULL;

	(void)state;
	memset(big, ' ', (16 << 20) + 1);
	big[0] = '1';
	assert_int_equal(rq_json_parse(big, 16 << 20, &j, &e), RQ_OK);
	assert_int_equal(rq_json_get_int(j, "x", 3), 3);
	rq_json_free(j);
	refused(big, (16 << 20) + 1, RQ_ELIMIT);
	rq_free(big);
}

static void test_getters_take_what_they_get(void **state)
{
	struct rq_json *j = parsed("{\"s\":\"x\",\"n\":5,\"t\":true,\"z\":null,\"a\":[1,2,3],\"o\":{\"k\":\"v\"},\"S\":\"upper\"}");

	(void)state;
	assert_string_equal(rq_json_get_str(j, "s"), "x");
	assert_string_equal(rq_json_get_str(j, "S"), "upper");
	assert_null(rq_json_get_str(j, "n"));
	assert_null(rq_json_get_str(j, "missing"));
	assert_int_equal(rq_json_get_int(j, "n", -1), 5);
	assert_int_equal(rq_json_get_int(j, "s", -1), -1);
	assert_int_equal(rq_json_get_int(j, "t", -1), -1);
	assert_true(rq_json_get_bool(j, "t", false));
	assert_true(rq_json_get_bool(j, "n", true));
	assert_false(rq_json_get_bool(j, "z", false));
	assert_true(rq_json_is_array(rq_json_get(j, "a")));
	assert_true(rq_json_is_object(j));
	assert_int_equal(rq_json_len(rq_json_get(j, "a")), 3);
	assert_null(rq_json_at(rq_json_get(j, "a"), 3));
	assert_string_equal(rq_json_key_at(j, 1), "n");
	assert_null(rq_json_key_at(j, 7));
	assert_string_equal(rq_json_get_str(rq_json_get(j, "o"), "k"), "v");
	assert_null(rq_json_next(rq_json_next(rq_json_next(rq_json_first(rq_json_get(j, "a"))))));
	rq_json_free(j);
	/* Nothing has nothing. */
	assert_null(rq_json_get(NULL, "a"));
	assert_null(rq_json_get_str(NULL, "a"));
	assert_null(rq_json_str(NULL));
	assert_int_equal(rq_json_get_int(NULL, "a", 9), 9);
	assert_true(rq_json_get_bool(NULL, "a", true));
	assert_int_equal(rq_json_len(NULL), 0);
	assert_null(rq_json_at(NULL, 0));
	assert_null(rq_json_first(NULL));
	assert_null(rq_json_next(NULL));
	assert_false(rq_json_is_object(NULL));
	rq_json_free(NULL);
}

static void number(int64_t v)
{
	struct rq_json *o = rq_json_object(), *back;
	struct rq_str b = { 0 };
	char want[64];

	rq_json_set_int(o, "n", v);
	assert_true(rq_json_get_int(o, "n", 1) == v);
	rq_json_print(o, &b, false);
	snprintf(want, sizeof want, "{\"n\":%lld}", (long long)v);
	assert_string_equal(rq_str_get(&b), want);
	back = parsed(b.s);
	/* Read back, a double has 53 bits; within them nothing is lost. */
	if (v > -(INT64_C(1) << 53) && v < (INT64_C(1) << 53))
		assert_true(rq_json_get_int(back, "n", 1) == v);
	rq_json_free(back);
	rq_str_release(&b);
	rq_json_free(o);
}

static void test_whole_numbers_are_whole(void **state)
{
	struct chance c = { 11 };
	int64_t v;
	int i;

	(void)state;
	for (i = 0; i < 63; i++) {
		number(INT64_C(1) << i);
		number((INT64_C(1) << i) - 1);
		number(-(INT64_C(1) << i));
	}
	for (v = 1; v < INT64_MAX / 10; v *= 10)
		number(v);
	number(0);
	number(INT64_MAX);
	number(INT64_MIN);
	for (i = 0; i < 3000; i++)
		number((int64_t)chance_next(&c) >> chance_below(&c, 63));
}

static void test_numbers_that_are_no_int64(void **state)
{
	struct rq_json *j = parsed("{\"a\":1e300,\"b\":-1e300,\"c\":1e19,\"d\":2.9,\"e\":-2.9,\"f\":9223372036854775807}");

	(void)state;
	assert_int_equal(rq_json_get_int(j, "a", 7), 7);
	assert_int_equal(rq_json_get_int(j, "b", 7), 7);
	assert_int_equal(rq_json_get_int(j, "c", 7), 7);
	assert_int_equal(rq_json_get_int(j, "d", 7), 2);
	assert_int_equal(rq_json_get_int(j, "e", 7), -2);
	/* Rounded up as a double to 2^63, which is none any more. */
	assert_int_equal(rq_json_get_int(j, "f", 7), 7);
	rq_json_free(j);
}

static bool utf8(const char *s, size_t n)
{
	uint32_t cp;
	size_t i, k;

	for (i = 0; i < n; i += k) {
		k = rq_utf8_decode(s + i, n - i, &cp);
		if (cp == 0xfffd && memcmp(s + i, "\xef\xbf\xbd", k < 3 ? 2 : 3) != 0)
			return false;
	}
	return true;
}

static void test_what_is_no_utf8(void **state)
{
	struct rq_json *o = rq_json_object(), *a = rq_json_array();

	(void)state;
	rq_json_set_str(o, "k", "a\xff" "b\xc3");
	prints(o, false, "{\"k\":\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"}");
	rq_json_add_str(a, "\xed\xa0\x80");
	prints(a, false, "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]");
	/* A key as well, and what somebody else's JSON brought in. */
	o = rq_json_object();
	rq_json_set_int(o, "\x80", 1);
	prints(o, false, "{\"\xef\xbf\xbd\":1}");
	prints(parsed("{\"\xc0\":[\"\xf5\"]}"), false, "{\"\xef\xbf\xbd\":[\"\xef\xbf\xbd\"]}");
	prints(parsed("{\"\xc0\":[\"\xf5\"]}"), true, "{\n  \"\xef\xbf\xbd\": [\"\xef\xbf\xbd\"]\n}");
}

static void test_any_bytes_print_as_utf8_and_come_back(void **state)
{
	struct chance c = { 12 };
	struct rq_str one = { 0 }, two = { 0 };
	char text[40];
	int round;
	size_t i;

	(void)state;
	for (round = 0; round < 3000; round++) {
		struct rq_json *o = rq_json_object(), *back;
		size_t n = chance_below(&c, 39);

		for (i = 0; i < n; i++)
			text[i] = (char)(1 + chance_below(&c, 255));
		text[n] = '\0';
		rq_json_set_str(o, "k", text);
		rq_str_clear(&one);
		rq_json_print(o, &one, false);
		assert_true(utf8(one.s, one.len));
		back = parsed(one.s);
		assert_string_equal(rq_json_get_str(back, "k"), rq_json_get_str(o, "k"));
		rq_str_clear(&two);
		rq_json_print(back, &two, false);
		assert_string_equal(two.s, one.s);
		rq_json_free(o);
		rq_json_free(back);
	}
	rq_str_release(&one);
	rq_str_release(&two);
}

static void test_setters_replace(void **state)
{
	struct rq_json *o = rq_json_object();

	(void)state;
	rq_json_set_int(o, "a", 1);
	rq_json_set_bool(o, "b", true);
	rq_json_set_str(o, "a", NULL);
	rq_json_set(o, "A", rq_json_array());
	rq_json_set_null(o, "b");
	prints(o, false, "{\"a\":null,\"A\":[],\"b\":null}");
}

static void test_pretty(void **state)
{
	(void)state;
	prints(parsed("{}"), true, "{}");
	prints(parsed("[]"), true, "[]");
	prints(parsed("[1,\"a\"]"), true, "[1, \"a\"]");
	prints(parsed("{\"a\":{\"b\":1},\"c\":[\"x\",\"y\"],\"d\":[{\"e\":2},{}]}"), true,
	       "{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": [\"x\", \"y\"],\n  \"d\": [\n    {\n      \"e\": 2\n    },\n    {}\n  ]\n}");
}

static void test_a_full_string_is_cut_not_broken(void **state)
{
	struct rq_json *a = rq_json_array();
	struct rq_str b;
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		rq_json_add_str(a, "word");
	rq_str_init(&b, 20);
	rq_json_print(a, &b, true);
	assert_true(b.full);
	assert_int_equal(b.len, 20);
	rq_str_release(&b);
	rq_json_free(a);
}

static void only(const char *text, const char *want)
{
	static const char *const keys[] = { "id", "list", "name", NULL };
	struct rq_json *j = NULL;
	struct rq_str b;
	struct rq_error e;

	if (rq_json_parse_only(text, strlen(text), keys, &j, &e))
		fail_msg("%s: %s", text, e.msg);
	rq_str_init(&b, 0);
	rq_json_print(j, &b, false);
	assert_string_equal(rq_str_get(&b), want);
	rq_str_release(&b);
	rq_json_free(j);
}

static void not_even_partly(const char *text)
{
	static const char *const keys[] = { "id", NULL };
	struct rq_json *j = NULL;
	struct rq_error e;

	assert_int_equal(rq_json_parse_only(text, strlen(text), keys, &j, &e), RQ_EUSAGE);
}

static void test_only_what_is_wanted(void **state)
{
	(void)state;
	only(" {\"id\" : 1 , \"x\":{\"id\":[{]}\"}\"}, \"name\":\"a\\\"b\\\\\"}\n", "{\"id\":1,\"name\":\"a\\\"b\\\\\"}");
	only("{\"x\":1}", "{}");
	only("{\"x\":\"\\\\\",\"id\":[]}", "{\"id\":[]}");
	only("[{\"id\":1,\"z\":0},[],{},\"id\",2,null,{\"list\":[{\"a\":1,\"name\":{}}]}]",
	     "[{\"id\":1},[],{},\"id\",2,null,{\"list\":[{\"name\":{}}]}]");
	only("7", "7");
	only("{\"i\":1,\"idd\":2,\"Id\":3,\"\":4}", "{}");
	not_even_partly("");
	not_even_partly("{\"id\":1");
	not_even_partly("{\"id\":1}}");
	not_even_partly("{\"id\":tru}");
	not_even_partly("{\"x\":[1}");
	not_even_partly("{\"x\":\"");
	not_even_partly("[1,]");
	not_even_partly("{\"id\" 1}");
	not_even_partly("{x:1}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_getters_take_what_they_get),
		cmocka_unit_test(test_whole_numbers_are_whole),
		cmocka_unit_test(test_numbers_that_are_no_int64),
		cmocka_unit_test(test_what_is_no_utf8),
		cmocka_unit_test(test_any_bytes_print_as_utf8_and_come_back),
		cmocka_unit_test(test_setters_replace),
		cmocka_unit_test(test_pretty),
		cmocka_unit_test(test_a_full_string_is_cut_not_broken),
		cmocka_unit_test(test_only_what_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
