/* Names of keys, and keymaps. */
#include "tests/unit/unit.h"

#include "core/base/embed.h"
#include "core/base/str.h"
#include "tui/key.h"
#include "tui/keymap.h"

static void round_trip(const char *name, uint32_t want)
{
	char buf[RQ_KEY_NAME_LEN];
	uint32_t key = 0;

	assert_true(rq_key_parse(name, &key, NULL));
	assert_int_equal(key, want);
	assert_string_equal(rq_key_name(key, buf), name);
}

static void test_key_names(void **state)
{
	uint32_t key;
	const char *instead;

	(void)state;
	round_trip("q", 'q');
	round_trip("Q", 'Q');
	round_trip("#", '#');
	round_trip("|", '|');
	round_trip("[", '[');
	round_trip("\xc3\xa4", 0xe4);
	round_trip("space", ' ');
	round_trip("enter", RQ_KEY_ENTER);
	round_trip("ctrl-r", 'r' & 0x1f);
	round_trip("ctrl-\\", '\\' & 0x1f);
	round_trip("alt-x", RQ_KEY_ALT | 'x');
	round_trip("shift-tab", RQ_KEY_SHIFT_TAB);
	round_trip("f12", RQ_KEY_F12);
	assert_true(rq_key_parse("PgDn", &key, NULL));
	assert_int_equal(key, RQ_KEY_PAGE_DOWN);
	assert_false(rq_key_parse("", &key, NULL));
	assert_false(rq_key_parse("qq", &key, NULL));
	assert_false(rq_key_parse("ctrl-", &key, NULL));
	assert_false(rq_key_parse("\xff", &key, NULL));
	assert_false(rq_key_parse("ctrl-i", &key, &instead));
	assert_string_equal(instead, "tab");
	assert_false(rq_key_parse("ctrl-M", &key, &instead));
	assert_string_equal(instead, "enter");
}

static int parse(struct rq_keymap *m, const char *text, struct rq_error *e)
{
	return rq_keymap_parse(m, "keymap", text, strlen(text), NULL, e);
}

static void test_lookup_goes_to_parents(void **state)
{
	struct rq_keymap m = { 0 };

	(void)state;
	assert_int_equal(parse(&m, "all q quit\nlist j move down\njobs  t  [tail]  logs -f {job}\n"
			       "jobs j cancel {jobs}\nrunners q none\n", NULL), RQ_OK);
	assert_string_equal(rq_keymap_find(&m, RQ_VIEW_JOBS, 't')->command, "logs -f {job}");
	assert_string_equal(rq_keymap_find(&m, RQ_VIEW_JOBS, 't')->label, "tail");
	assert_string_equal(rq_keymap_find(&m, RQ_VIEW_JOBS, 'j')->command, "cancel {jobs}");
	assert_string_equal(rq_keymap_find(&m, RQ_VIEW_RUNNERS, 'j')->command, "move down");
	assert_null(rq_keymap_find(&m, RQ_VIEW_RUNNERS, 't'));
	assert_string_equal(rq_keymap_find(&m, RQ_VIEW_LOG, 'q')->command, "quit");
	assert_null(rq_keymap_find(&m, RQ_VIEW_RUNNERS, 'q'));
	assert_string_equal(rq_keymap_key_for(&m, RQ_VIEW_JOBS, "quit")->command, "quit");
	assert_null(rq_keymap_key_for(&m, RQ_VIEW_RUNNERS, "quit"));
	rq_keymap_release(&m);
}

static void test_later_bindings_win(void **state)
{
	struct rq_keymap m = { 0 };

	(void)state;
	assert_int_equal(parse(&m, "jobs x submit\n", NULL), RQ_OK);
	assert_int_equal(parse(&m, "jobs x none\n", NULL), RQ_OK);
	assert_int_equal(m.n, 1);
	assert_null(rq_keymap_find(&m, RQ_VIEW_JOBS, 'x'));
	rq_keymap_release(&m);
}

static void fails(const char *text, const char *want)
{
	struct rq_keymap m = { 0 };
	struct rq_error e = { 0 };

	assert_int_equal(parse(&m, text, &e), RQ_EUSAGE);
	if (!strstr(e.msg, want))
		fail_msg("\"%s\" says: %s", text, e.msg);
	rq_keymap_release(&m);
}

static void test_errors_name_the_line(void **state)
{
	(void)state;
	fails("# fine\n\nnowhere x quit\n", "keymap:3: there is no view \"nowhere\"");
	fails("jobs ctrl-i quit", "terminals send ctrl-i as tab");
	fails("jobs ctl-x quit", "no key \"ctl-x\"");
	fails("jobs", "a key and a command");
	fails("jobs x", "a command must follow the key \"x\"");
	fails("jobs x [label]", "a command must follow the label");
	fails("jobs x cancle {job}", "did you mean \"cancel\"");
}

static void test_good_lines_count_beside_bad_ones(void **state)
{
	struct rq_keymap m = { 0 };
	struct rq_error e;

	(void)state;
	assert_int_equal(parse(&m, "jobs a submit\njobs b nonsense\nnowhere c quit\njobs d quit\n",
			       &e),
			 RQ_EUSAGE);
	assert_non_null(strstr(e.msg, "keymap:2:"));
	assert_non_null(rq_keymap_find(&m, RQ_VIEW_JOBS, 'a'));
	assert_null(rq_keymap_find(&m, RQ_VIEW_JOBS, 'b'));
	assert_non_null(rq_keymap_find(&m, RQ_VIEW_JOBS, 'd'));
	rq_keymap_release(&m);
}

static void test_what_the_console_does_itself(void **state)
{
	enum rq_do d;
	const char *rest;

	(void)state;
	assert_true(rq_do_find("move down", &d, &rest));
	assert_int_equal(d, RQ_DO_DOWN);
	assert_true(rq_do_find("sort next", &d, &rest));
	assert_int_equal(d, RQ_DO_SORT_NEXT);
	assert_true(rq_do_find("sort  NAME", &d, &rest));
	assert_int_equal(d, RQ_DO_SORT);
	assert_string_equal(rest, "NAME");
	assert_true(rq_do_find("filter", &d, &rest));
	assert_string_equal(rest, "");
	assert_false(rq_do_find("move sideways", &d, &rest));
	assert_false(rq_do_find("quitter", &d, &rest));
	assert_false(rq_do_find("jobs", &d, &rest));
}

/* The shipped keymap, as it is compiled in: no complaint, and a key for each thing the four views
 * must offer. */
static void test_shipped(void **state)
{
	static const char *const commands[] = {
		"submit",	 "show {job}",	 "logs -f {job}",  "reroute {job}",
		"cancel {jobs}", "retry {jobs}", "drain {runner}", "undrain {runner}",
		"explain {job}", "filter",	 "prompt",	   "keys",
		"mark",		 "undo",	 "view jobs",	   "quit"
	};
	const struct rq_embedded *f;
	struct rq_keymap m = { 0 };
	struct rq_error e = { 0 };
	size_t i, n = 0;

	(void)state;
	for (f = rq_embedded_files; f->name; f++) {
		if (!rq_starts(f->name, "keymaps/"))
			continue;
		if (rq_keymap_parse(&m, f->name, (const char *)f->bytes, f->length, NULL, &e))
			fail_msg("%s", e.msg);
		n++;
	}
	assert_true(n >= 1);
	for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (!rq_keymap_key_for(&m, RQ_VIEW_JOBS, commands[i]))
			fail_msg("no key in the jobs view runs %s", commands[i]);
	}
	rq_keymap_release(&m);
}

static void test_all_mistakes(void **state)
{
	struct rq_keymap m = { 0 };
	struct rq_str text = { 0 }, all = { 0 };
	struct rq_error e;
	int i;

	(void)state;
	for (i = 0; i < 30; i++)
		rq_str_addf(&text, "jobs x%d submit\n", i);
	assert_int_equal(rq_keymap_parse(&m, "keymap", text.s, text.len, &all, &e), RQ_EUSAGE);
	assert_true(rq_starts(e.msg, "keymap:1: there is no key \"x0\""));
	assert_non_null(strstr(all.s, "\nkeymap:20: "));
	assert_null(strstr(all.s, "keymap:21: "));
	assert_non_null(strstr(all.s, "\nand 10 more lines"));
	rq_keymap_release(&m);
	rq_str_release(&text);
	rq_str_release(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_mistakes),
		cmocka_unit_test(test_key_names),
		cmocka_unit_test(test_lookup_goes_to_parents),
		cmocka_unit_test(test_later_bindings_win),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_good_lines_count_beside_bad_ones),
		cmocka_unit_test(test_what_the_console_does_itself),
		cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
