/* The standard form of a policy: order, indentation, quotes, and where comments go. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/policy/policy.h"

static void becomes(const char *text, const char *wanted)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	struct rq_str once, twice;

	rq_str_init(&once, 0);
	rq_str_init(&twice, 0);
	if (rq_policy_fmt("p", text, strlen(text), &once, &problems, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(rq_str_get(&once), wanted);
	assert_int_equal(rq_policy_fmt("p", rq_str_get(&once), once.len, &twice, &problems, &e), RQ_OK);
	assert_string_equal(rq_str_get(&twice), wanted);
	rq_str_release(&once);
	rq_str_release(&twice);
	rq_problems_release(&problems);
}

static void test_order(void **state)
{
	(void)state;
	becomes("routes: {b: {fallback: [x], prefer: [y], other: 1}, a: {prefer: [z]}}\nschema: 2\nstrange: 1\n",
		"schema: 2\n"
		"routes: {b: {prefer: [y], fallback: [x], other: 1}, a: {prefer: [z]}}\n"
		"strange: 1\n");
	becomes("rules:\n- deny: no\n  when: {b: 1, a: 2}\n  name: x\nschema: 2\n",
		"schema: 2\n\nrules:\n  - name: x\n    when: {b: 1, a: 2}\n    deny: no\n");
	becomes("a:\n    - - 1\n      - 2\n    -\n      k: v\n", "a:\n  - - 1\n    - 2\n  - k: v\n");
}

static void test_quotes(void **state)
{
	(void)state;
	becomes("a: 'x'\nb: \"22:00\"\nc: 'true'\nd: '^a$'\ne: \"it's\"\nf: '1.0'\ng: 'route:a'\nh: ''\ni: \"a b\"\nj: 'a: b'\n",
		"a: x\nb: \"22:00\"\nc: 'true'\nd: '^a$'\ne: \"it's\"\nf: '1.0'\ng: route:a\nh: ''\ni: a b\nj: 'a: b'\n");
	becomes("a: |\n  two\n  lines\nb: >-\n  one\n  line\nc: \"\\t\\u2028\\x07\"\nd: over\n  lines\n",
		"a: \"two\\nlines\\n\"\nb: one line\nc: \"\\t\\u2028\\x07\"\nd: over lines\n");
	becomes("a:\nb: ~\nc: [~, null, ]\nd: {e: , f}\n", "a:\nb: ~\nc: [~, null]\nd: {e: null, f: null}\n");
}

static void test_width(void **state)
{
	(void)state;
	becomes("a: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccccccccccccc]\n",
		"a: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccccccccccccc]\n");
	becomes("a: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccccccccccc]  # x\n",
		"a:  # x\n  - aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  - bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  - cccccccccccccccccccccccccccccccc\n");
}

static void test_comments(void **state)
{
	(void)state;
	becomes("# head\n\n# of routes\nroutes: {}\n# of schema\nschema: 2   # two\n# foot\n",
		"# head\n\n# of schema\nschema: 2  # two\n# of routes\nroutes: {}\n# foot\n");
	becomes("a: [x,   # one\n    y]    # two\n", "a:  # two\n  - x  # one\n  - y\n");
	becomes("a: [x, y]   # two\n", "a: [x, y]  # two\n");
	becomes("a:\n    b: 1\n    # c: 2\nd: 1\n", "a:\n  b: 1\n  # c: 2\nd: 1\n");
	becomes("a:\n  - # first\n    b: 1\n  # second\n  - c\n", "a:\n  # first\n  - b: 1\n  # second\n  - c\n");
	becomes("a:\n  # of the value\n  b\nc: |  # block\n  #no\n", "a: b  # of the value\nc: \"#no\\n\"  # block\n");
	becomes("# alone\n", "# alone\n");
	becomes("a: 'x#y' # z\nb: x#y\n", "a: 'x#y'  # z\nb: x#y\n");
	becomes("\xef\xbb\xbf# marked\nb: 2\na: [x]\n", "# marked\nb: 2\na: [x]\n");
	becomes("\xc3\xa4: 1 # \xc3\xa4\r\nb: 2 # c\r\n", "\xc3\xa4: 1  # \xc3\xa4\nb: 2  # c\n");
}

static void test_blank_lines(void **state)
{
	(void)state;
	becomes("\n\na: 1\n\n\n\nb: 2\n  \n# c\n\nd: 3\n\n", "a: 1\n\nb: 2\n\n# c\n\nd: 3\n");
	becomes("a: 1\nb:\n\n  c: 1\n  d: 2\n", "a: 1\n\nb:\n  c: 1\n  d: 2\n");
}

static void test_refusals(void **state)
{
	static const char text[] = "a: 1\na: 2\nb: &x 1\n";
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	struct rq_str out;

	(void)state;
	rq_str_init(&out, 0);
	assert_int_equal(rq_policy_fmt("p", text, strlen(text), &out, &problems, &e), RQ_EUSAGE);
	assert_int_equal(problems.errors, 2);
	assert_string_equal(e.msg, "p:3:4: anchors (&NAME) are not used here [P004]");
	assert_int_equal(out.len, 0);
	rq_str_release(&out);
	rq_problems_release(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_quotes), cmocka_unit_test(test_width),
		cmocka_unit_test(test_comments), cmocka_unit_test(test_blank_lines), cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
