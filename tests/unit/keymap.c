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

static void test_two_keys(void **state)
{
	struct rq_keymap m = { 0 };
	char name[RQ_KEY_NAME_LEN];
	const struct rq_binding *b;

	(void)state;
	assert_int_equal(parse(&m, "list g move home\nall ctrl-x,ctrl-c quit all\njobs , submit\nall y copy\n", NULL), RQ_OK);
	assert_int_equal(parse(&m, "list g,g move home\nall g,t view next\njobs y,y copy\njobs y,x none\n", NULL), RQ_OK);
	/* The first of two waits; the same key alone, of the file before, gives way. */
	assert_null(rq_keymap_find(&m, RQ_VIEW_JOBS, 'g'));
	b = rq_keymap_find_second(&m, RQ_VIEW_JOBS, 'g', 'g');
	assert_string_equal(b->command, "move home");
	assert_string_equal(rq_binding_keys(b, name), "gg");
	assert_string_equal(rq_binding_name(b, name), "g,g");
	assert_string_equal(rq_keymap_find_second(&m, RQ_VIEW_JOBS, 'g', 't')->command, "view next");
	assert_null(rq_keymap_find_second(&m, RQ_VIEW_JOBS, 'g', 'x'));
	assert_non_null(rq_keymap_find_second(&m, RQ_VIEW_JOBS, 'g', 0));
	b = rq_keymap_find_second(&m, RQ_VIEW_LOG, 'x' & 0x1f, 'c' & 0x1f);
	assert_string_equal(rq_binding_keys(b, name), "ctrl-x ctrl-c");
	assert_string_equal(rq_keymap_find(&m, RQ_VIEW_JOBS, ',')->command, "submit");
	assert_ptr_equal(rq_keymap_key_for(&m, RQ_VIEW_RUNNERS, "quit all"), b);
	/* One key further in takes both away that begin with it further out, and the other way round. */
	assert_null(rq_keymap_find(&m, RQ_VIEW_JOBS, 'y'));
	assert_non_null(rq_keymap_find(&m, RQ_VIEW_RUNNERS, 'y'));
	assert_null(rq_keymap_find_second(&m, RQ_VIEW_JOBS, 'y', 'x'));
	assert_int_equal(parse(&m, "jobs g open\n", NULL), RQ_OK);
	assert_null(rq_keymap_find_second(&m, RQ_VIEW_JOBS, 'g', 'g'));
	assert_string_equal(rq_keymap_find(&m, RQ_VIEW_JOBS, 'g')->command, "open");
	rq_keymap_release(&m);
}

static void test_lines_of_input(void **state)
{
	struct rq_keymap m = { 0 };

	(void)state;
	assert_int_equal(parse(&m, "input ctrl-g key esc\ninput ctrl-u none\nall q quit\n", NULL), RQ_OK);
	assert_int_equal(rq_keymap_input(&m, 'g' & 0x1f), RQ_KEY_ESC);
	assert_int_equal(rq_keymap_input(&m, 'u' & 0x1f), 0);
	assert_int_equal(rq_keymap_input(&m, 'q'), 'q');
	rq_keymap_release(&m);
	fails("input x submit", "can only stand for another");
	fails("input x key ctrl-i", "terminals send ctrl-i as tab");
	fails("jobs x key y", "only in lines of input");
}

static void test_conflicts(void **state)
{
	(void)state;
	fails("jobs x submit\n\njobs x quit\n", "keymap:3: line 1 binds jobs x already; this one counts");
	fails("jobs g,g submit\njobs g quit\n", "keymap:2: jobs g cannot be bound beside g,g of line 1");
	fails("jobs g quit\njobs g,g submit\n", "keymap:2: jobs g,g cannot be bound beside g of line 1");
	fails("jobs x show {jbo}", "nothing fills in {jbo}; did you mean {job}?");
	fails("jobs ctrl-j quit", "terminals send ctrl-j as enter; bind enter");
	fails("jobs ctrl-h quit", "terminals send ctrl-h as backspace");
	fails("jobs ctrl-@ quit", "bind space");
	fails("jobs ctrl-/ quit", "bind ctrl-_");
	fails("jobs alt-[ quit", "it cannot be bound");
	fails("jobs g,qq quit", "no key \"qq\"");
	fails("jobs g,ctrl-m quit", "terminals send ctrl-m as enter");
}

/* Braces that are a shell's or awk's are text. */
static void test_braces(void **state)
{
	struct rq_keymap m = { 0 };

	(void)state;
	assert_int_equal(parse(&m, "jobs x submit -- awk {print} ${HOME}\njobs y show {job}\n", NULL), RQ_OK);
	rq_keymap_release(&m);
}

static void test_unreachable(void **state)
{
	static const char text[] = "all x quit\nlist j open\nlist z quit\n"
		"jobs z submit\nrunners z submit\ndecisions z submit\nactivity z submit\nhelp z submit\n"
		"picker z submit\nrun z submit\ndashboard z submit\nqueues z submit\n";
	struct rq_keymap m = { 0 };
	struct rq_str out = { 0 };

	(void)state;
	parse(&m, text, NULL); /* of the views named here some may not be there */
	assert_int_equal(rq_keymap_unreachable(&m, "keymap", &out), 1);
	assert_string_equal(out.s, "keymap:3: list z never runs: each of its views binds z itself.\n");
	assert_int_equal(rq_keymap_unreachable(&m, "other", &out), 0);
	rq_str_release(&out);
	rq_keymap_release(&m);
}

/* NAME over the default one, as it is compiled in: no complaint. */
static void load_shipped(struct rq_keymap *m, const char *name)
{
	const struct rq_embedded *f;
	struct rq_error e = { 0 };
	struct rq_str out = { 0 };

	for (f = rq_embedded_files; f->name && !rq_eq(f->name, name); f++)
		;
	assert_non_null(f->name);
	if (rq_keymap_parse(m, f->name, (const char *)f->bytes, f->length, NULL, &e))
		fail_msg("%s", e.msg);
	if (rq_keymap_unreachable(m, f->name, &out))
		fail_msg("%s", out.s);
	rq_str_release(&out);
}

/* A key for each thing the four views must offer. */
static void test_shipped(void **state)
{
	static const char *const commands[] = {
		"submit",	 "show {job}",	 "logs -f {job}",  "reroute {job}",
		"cancel {jobs}", "retry {jobs}", "drain {runner}", "undrain {runner}",
		"explain {job}", "filter",	 "prompt",	   "keys",
		"mark",		 "undo",	 "view jobs",	   "quit"
	};
	struct rq_keymap m = { 0 };
	size_t i;

	(void)state;
	load_shipped(&m, "keymaps/default.keys");
	for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (!rq_keymap_key_for(&m, RQ_VIEW_JOBS, commands[i]))
			fail_msg("no key in the jobs view runs %s", commands[i]);
	}
	rq_keymap_release(&m);
}

/* Whatever the default keymap can do in a view, the others can do there as well. */
static void test_every_keymap_does_everything(void **state)
{
	const struct rq_embedded *f;
	struct rq_keymap base = { 0 };
	size_t i, n = 0;
	int v;

	(void)state;
	load_shipped(&base, "keymaps/default.keys");
	for (f = rq_embedded_files; f->name; f++) {
		struct rq_keymap m = { 0 };

		if (!rq_starts(f->name, "keymaps/") || rq_eq(f->name, "keymaps/default.keys"))
			continue;
		n++;
		load_shipped(&m, "keymaps/default.keys");
		load_shipped(&m, f->name);
		for (v = 0; v < RQ_VIEW_N; v++) {
			enum rq_view_id view = (enum rq_view_id)v;

			for (i = 0; i < base.n; i++) {
				const struct rq_binding *b = &base.v[i];

				if (rq_keymap_counts(&base, view, b) && !rq_keymap_key_for(&m, view, b->command))
					fail_msg("%s: no key in %s for: %s", f->name, rq_view_name(view), b->command);
			}
		}
		/* And each of its own lines is of use where it stands. */
		for (i = 0; i < m.n; i++) {
			if (rq_starts(m.v[i].where, f->name) && m.v[i].view != RQ_VIEW_INPUT &&
			    !rq_eq(m.v[i].command, "none"))
				assert_true(rq_keymap_counts(&m, m.v[i].view, &m.v[i]));
		}
		rq_keymap_release(&m);
	}
	rq_keymap_release(&base);
	assert_int_equal(n, 2);
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
		cmocka_unit_test(test_two_keys),
		cmocka_unit_test(test_lines_of_input),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_braces),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_every_keymap_does_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
