/* Themes. */
#include "tests/unit/unit.h"

#include "core/base/embed.h"
#include "core/base/str.h"
#include "tui/theme.h"

static int parse(struct rq_theme *t, const char *text, struct rq_error *e)
{
	return rq_theme_parse(t, "theme", text, strlen(text), NULL, e);
}

static void test_children_follow_their_parents(void **state)
{
	struct rq_theme t;

	(void)state;
	rq_theme_init(&t);
	assert_int_equal(t.style[RQ_ROLE_LOG_TIME].fg, -1);
	assert_int_equal(parse(&t, "error red default bold\nstatus.success 34 default\n", NULL),
			 RQ_OK);
	assert_int_equal(t.style[RQ_ROLE_FAILURE].fg, 1);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].fg, 1);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].bold, 1);
	assert_int_equal(t.style[RQ_ROLE_PASS].fg, 34);
	/* A later file over it: what it leaves out stays. */
	assert_int_equal(parse(&t, "status.failure bright-magenta black underline\n", NULL), RQ_OK);
	assert_int_equal(t.style[RQ_ROLE_ERROR].fg, 1);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].fg, 13);
	assert_int_equal(t.style[RQ_ROLE_TIMED_OUT].bg, 0);
}

static void test_colours_and_attributes(void **state)
{
	struct rq_theme t;

	(void)state;
	rq_theme_init(&t);
	assert_int_equal(parse(&t, "title #ff0000 255 bold dim italic underline reverse\nkey - -\n",
			       NULL),
			 RQ_OK);
	assert_int_equal(t.style[RQ_ROLE_TITLE].fg, 196);
	assert_int_equal(t.style[RQ_ROLE_TITLE].bg, 255);
	assert_int_equal(t.style[RQ_ROLE_TITLE].dim + t.style[RQ_ROLE_TITLE].italic +
			 t.style[RQ_ROLE_TITLE].reverse, 3);
	assert_int_equal(t.style[RQ_ROLE_KEY].fg, -1);
}

static void fails(const char *text, const char *want)
{
	struct rq_theme t;
	struct rq_error e = { 0 };

	rq_theme_init(&t);
	assert_int_equal(parse(&t, text, &e), RQ_EUSAGE);
	if (!strstr(e.msg, want))
		fail_msg("\"%s\" says: %s", text, e.msg);
}

static void test_errors_name_the_line(void **state)
{
	(void)state;
	fails("\n# c\nstatus.sucess red default\n",
	      "theme:3: there is no role \"status.sucess\"; did you mean "
	      "\"status.success\"?");
	fails("error", "needs a foreground and a background");
	fails("error red", "needs a foreground and a background");
	fails("error rot default", "\"rot\" is no colour");
	fails("error 256 default", "\"256\" is no colour");
	fails("error #12345g default", "is no colour");
	fails("error red default loud", "\"loud\" is no attribute");
}

static void test_good_lines_count_beside_bad_ones(void **state)
{
	struct rq_theme t;

	(void)state;
	rq_theme_init(&t);
	assert_int_equal(parse(&t, "error rot default\nkey 5 default", NULL), RQ_EUSAGE);
	assert_int_equal(t.style[RQ_ROLE_KEY].fg, 5);
	assert_int_equal(t.style[RQ_ROLE_ERROR].fg, -1);
}

static void test_shipped(void **state)
{
	static const char *const names[] = { "default", "mono", "high-contrast", "light",
					     "solarized" };
	const struct rq_embedded *f;
	struct rq_error e = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct rq_theme t;
		char path[64];

		snprintf(path, sizeof path, "themes/%s.theme", names[i]);
		for (f = rq_embedded_files; f->name && !rq_eq(f->name, path); f++)
			;
		assert_non_null(f->name);
		rq_theme_init(&t);
		if (rq_theme_parse(&t, f->name, (const char *)f->bytes, f->length, NULL, &e))
			fail_msg("%s", e.msg);
		for (k = 0; rq_eq(names[i], "mono") && k < RQ_ROLE_N; k++) {
			assert_int_equal(t.style[k].fg, -1);
			assert_int_equal(t.style[k].bg, -1);
		}
	}
}

/* The list of roles at the top of the shipped theme is the users' manual: every role, with its
 * parent. */
static void test_the_documented_roles(void **state)
{
	const struct rq_embedded *f;
	size_t i;

	(void)state;
	for (f = rq_embedded_files; f->name && !rq_eq(f->name, "themes/default.theme"); f++)
		;
	assert_non_null(f->name);
	for (i = 0; i < RQ_ROLE_N; i++) {
		const char *end = strstr((const char *)f->bytes, "\n\n"), *at;

		at = strstr((const char *)f->bytes, rq_role_name((enum rq_role)i));
		if (!at || at > end)
			fail_msg("the comment in themes/default.theme leaves %s out",
				 rq_role_name((enum rq_role)i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_follow_their_parents),
		cmocka_unit_test(test_colours_and_attributes),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_good_lines_count_beside_bad_ones),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_the_documented_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
