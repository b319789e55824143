/* The table widget: rows, cursor, marks, sorting, columns. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "tui/list.h"

/* A source of a few named things. */
struct things {
	const char *const *names;
	size_t n;
};

static size_t count(void *ud)
{
	return ((struct things *)ud)->n;
}

static const char *id(void *ud, size_t item)
{
	return ((struct things *)ud)->names[item];
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	(void)role;
	rq_str_add(out, column == 1 ? id(ud, item) : "x");
}

static bool match(void *ud, struct rq_filter *f, size_t item)
{
	struct rq_activity a = {
		.actor = "", .action = "", .object = id(ud, item), .detail = "", .result = ""
	};

	return rq_filter_activity(f, &a);
}

static int compare(void *ud, size_t a, size_t b, size_t column)
{
	return column == 1 ? strcmp(id(ud, a), id(ud, b)) : 0;
}

static const struct rq_column columns[] = {
	{ "STATE", 5, 5, 0, false },
	{ "NAME", 6, 0, 0, false },
	{ "LABELS", 8, 12, 2, false },
	{ "AGE", 4, 4, 1, false },
};

static const struct rq_list_ops ops = {
	.columns = columns,
	.n_columns = 4,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
	.compare = compare,
};

static int set_filter(struct rq_list *l, const char *text, struct rq_error *e)
{
	struct rq_filter *f;
	int rc = rq_filter_new(text, &f, e);

	if (!rc)
		rq_list_filter(l, text, f);
	return rc;
}

static const char *const abc[] = { "charlie", "alpha", "bravo" };

static void begin(struct rq_list *l, struct things *t, const char *const *names, size_t n)
{
	t->names = names;
	t->n = n;
	rq_list_init(l, &ops, t);
	rq_list_update(l);
}

static void change(struct rq_list *l, struct things *t, const char *const *names, size_t n)
{
	t->names = names;
	t->n = n;
	rq_list_update(l);
}

static void chosen_is(struct rq_list *l, const char *want)
{
	struct rq_str s = { 0 };

	rq_list_chosen(l, &s);
	assert_string_equal(rq_str_get(&s), want);
	rq_str_release(&s);
}

static void test_empty(void **state)
{
	struct things t;
	struct rq_list l;

	(void)state;
	begin(&l, &t, NULL, 0);
	assert_null(rq_list_id(&l, NULL));
	rq_list_move(&l, 5);
	rq_list_move(&l, -5);
	rq_list_mark(&l);
	rq_list_mark_all(&l);
	assert_int_equal(rq_list_n_chosen(&l), 0);
	chosen_is(&l, "");
	rq_list_release(&l);
}

static void test_cursor_stays_on_its_item(void **state)
{
	static const char *const more[] = { "delta", "charlie", "alpha", "bravo" };
	static const char *const without[] = { "delta", "charlie", "bravo" };
	struct things t;
	struct rq_list l;

	(void)state;
	begin(&l, &t, abc, 3);
	assert_string_equal(rq_list_id(&l, NULL), "charlie");
	rq_list_move(&l, 1);
	change(&l, &t, more, 4);
	assert_string_equal(rq_list_id(&l, NULL), "alpha");
	assert_int_equal(l.cursor, 2);
	/* Gone: the row stays. */
	change(&l, &t, without, 3);
	assert_string_equal(rq_list_id(&l, NULL), "bravo");
	change(&l, &t, without, 1);
	assert_string_equal(rq_list_id(&l, NULL), "delta");
	change(&l, &t, without, 0);
	assert_null(rq_list_id(&l, NULL));
	change(&l, &t, abc, 3);
	assert_non_null(rq_list_id(&l, NULL));
	rq_list_release(&l);
}

/* As long as nobody has moved it, it is on what is newest. */
static void test_cursor_begins_on_top(void **state)
{
	static const char *const more[] = { "delta", "charlie", "alpha", "bravo" };
	struct things t;
	struct rq_list l;

	(void)state;
	begin(&l, &t, abc, 3);
	assert_string_equal(rq_list_id(&l, NULL), "charlie");
	change(&l, &t, more, 4);
	assert_string_equal(rq_list_id(&l, NULL), "delta");
	rq_list_move(&l, 1);
	rq_list_move(&l, -1);
	change(&l, &t, abc, 3);
	change(&l, &t, more, 4); /* what took its place is followed now */
	assert_string_equal(rq_list_id(&l, NULL), "charlie");
	assert_int_equal(l.cursor, 1);
	rq_list_release(&l);
}

static void test_moves_stop_at_the_ends(void **state)
{
	struct things t;
	struct rq_list l;

	(void)state;
	begin(&l, &t, abc, 3);
	rq_list_move(&l, 100);
	assert_int_equal(l.cursor, 2);
	rq_list_move(&l, -100);
	assert_int_equal(l.cursor, 0);
	assert_true(rq_list_select(&l, "bravo"));
	assert_false(rq_list_select(&l, "zulu"));
	assert_string_equal(rq_list_id(&l, NULL), "bravo");
	rq_list_release(&l);
}

static void test_sorting_is_stable_and_keeps_the_cursor(void **state)
{
	struct things t;
	struct rq_list l;
	size_t item;

	(void)state;
	begin(&l, &t, abc, 3);
	rq_list_move(&l, 0);
	rq_list_sort(&l, rq_list_find_column(&l, "name"), false);
	assert_string_equal(rq_list_id(&l, &item), "charlie");
	assert_int_equal(item, 0);
	assert_int_equal(l.cursor, 2);
	rq_list_sort(&l, 1, true);
	assert_int_equal(l.cursor, 0);
	/* Equal cells: as the source has them, also downwards. */
	rq_list_sort(&l, 0, true);
	assert_int_equal(l.rows[0], 0);
	assert_int_equal(l.rows[2], 2);
	rq_list_sort(&l, 99, false);
	assert_int_equal(l.sort, -1);
	assert_int_equal(rq_list_find_column(&l, "none"), -1);
	rq_list_release(&l);
}

static void test_marks(void **state)
{
	static const char *const without[] = { "charlie", "bravo" };
	struct things t;
	struct rq_list l;

	(void)state;
	begin(&l, &t, abc, 3);
	chosen_is(&l, " charlie");
	rq_list_mark(&l);
	rq_list_move(&l, 1);
	rq_list_mark(&l);
	assert_int_equal(rq_list_n_chosen(&l), 2);
	chosen_is(&l, " charlie alpha");
	rq_list_mark(&l);
	chosen_is(&l, " charlie");
	rq_list_mark(&l);
	/* What is gone is marked no more, also should it come back. */
	change(&l, &t, without, 2);
	chosen_is(&l, " charlie");
	change(&l, &t, abc, 3);
	assert_false(rq_list_marked(&l, "alpha"));
	rq_list_mark_all(&l);
	assert_int_equal(rq_list_n_chosen(&l), 3);
	rq_list_mark_all(&l);
	assert_int_equal(l.n_marks, 0);
	rq_list_release(&l);
}

static void test_filter(void **state)
{
	struct things t;
	struct rq_list l;
	struct rq_error e;

	(void)state;
	begin(&l, &t, abc, 3);
	rq_list_mark(&l); /* charlie */
	assert_int_equal(set_filter(&l, "a", NULL), RQ_OK);
	assert_int_equal(set_filter(&l, "bra", NULL), RQ_OK);
	assert_int_equal(l.n, 1);
	assert_string_equal(rq_list_id(&l, NULL), "bravo");
	/* An action reaches what is seen, and not the marked one that the filter hides. */
	chosen_is(&l, " bravo");
	assert_int_not_equal(set_filter(&l, "re:(", &e), RQ_OK);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.filter_text, "bra");
	assert_int_equal(set_filter(&l, "", NULL), RQ_OK);
	assert_int_equal(l.n, 3);
	chosen_is(&l, " charlie");
	rq_list_release(&l);
}

static int total(const int *widths)
{
	int c, sum = 1, seen = 0;

	for (c = 0; c < 4; c++) {
		if (widths[c])
			sum += widths[c] + (seen++ ? 2 : 0);
	}
	return sum;
}

static void test_columns_give_way(void **state)
{
	struct things t;
	struct rq_list l;
	int widths[RQ_LIST_COLUMNS], cols, dropped = 0;

	(void)state;
	begin(&l, &t, abc, 3);
	for (cols = 80; cols >= 16; cols--) {
		int gone;

		rq_list_layout(&l, cols, widths);
		assert_true(total(widths) <= cols);
		gone = !widths[2] + !widths[3];
		assert_true(gone >= dropped); /* none comes back as it narrows */
		assert_true(!widths[2] || widths[3]); /* LABELS goes before AGE */
		dropped = gone;
		/* The elastic column takes what is left. */
		assert_int_equal(total(widths), cols);
	}
	assert_int_equal(dropped, 2);
	rq_list_release(&l);
}

static void test_ranges(void **state)
{
	static const char *const many[] = { "a", "b", "c", "d", "e" };
	struct things t;
	struct rq_filter *f;
	struct rq_list l;

	(void)state;
	begin(&l, &t, many, 5);
	rq_list_move(&l, 3);
	rq_list_mark_range(&l); /* nothing was marked: the cursor's own */
	chosen_is(&l, " d");
	rq_list_move(&l, -2);
	rq_list_mark_range(&l);
	chosen_is(&l, " b c d");
	rq_list_move_to(&l, 4);
	rq_list_mark_range(&l); /* what is marked stays so */
	chosen_is(&l, " b c d e");
	rq_list_mark_invert(&l);
	chosen_is(&l, " a");
	assert_int_equal(l.n_marks, 1);
	assert_int_equal(rq_filter_new("re:[ce]", &f, NULL), RQ_OK);
	assert_int_equal(rq_list_mark_matching(&l, f), 2);
	chosen_is(&l, " a c e");
	/* Only what is shown is turned, and what is hidden stays marked. */
	assert_int_equal(set_filter(&l, "re:[abc]", NULL), RQ_OK);
	assert_int_equal(rq_list_n_marked(&l), 2);
	assert_int_equal(l.n_marks, 3);
	rq_list_mark_invert(&l);
	chosen_is(&l, " b");
	assert_int_equal(set_filter(&l, "", NULL), RQ_OK);
	chosen_is(&l, " b e");
	rq_filter_free(f);
	rq_list_release(&l);
}

static void test_columns_of_ones_own(void **state)
{
	static const struct rq_shown own[] = { { 3, 0 }, { 1, 0 }, { 0, 7 } };
	static const struct rq_shown fixed[] = { { 1, 30 }, { 2, 20 }, { 0, 5 } };
	struct things t;
	struct rq_list l;
	int widths[RQ_LIST_COLUMNS], cols;
	size_t at;

	(void)state;
	begin(&l, &t, abc, 3);
	rq_list_show(&l, own, 3);
	rq_list_layout(&l, 60, widths);
	assert_int_equal(widths[0], 7);
	assert_int_equal(widths[2], 0);
	assert_int_equal(widths[3], 4);
	assert_int_equal(widths[1], 60 - 1 - 4 - 2 - 2 - 7);
	assert_true(rq_list_shows(&l, 1, &at));
	assert_int_equal(at, 1);
	assert_false(rq_list_shows(&l, 2, NULL));
	/* Widths that were given are kept while there is room, and the last column goes first. */
	rq_list_show(&l, fixed, 3);
	for (cols = 80; cols > 8; cols--) {
		rq_list_layout(&l, cols, widths);
		assert_true(total(widths) <= cols);
		assert_true(widths[1] == 30 || (cols < 31 && widths[1] == cols - 1));
	}
	rq_list_show(&l, NULL, 0);
	rq_list_layout(&l, 60, widths);
	assert_true(widths[2] > 0);
	rq_list_release(&l);
}

/* ---- what is lit ---- */

static uint32_t states[4];
static int64_t births[4];

static uint32_t state_of(void *ud, size_t item)
{
	(void)ud;
	return states[item];
}

static int64_t born(void *ud, size_t item)
{
	(void)ud;
	return births[item];
}

static void lit_is(struct rq_list *l, int64_t at, const char *want)
{
	size_t row;

	rq_list_light(l, at);
	for (row = 0; row < l->n; row++) {
		char have = rq_list_lit(l, row);

		if ((have ? have : '.') != want[row])
			fail_msg("row %zu at %lld: '%c', not '%c'", row, (long long)at, have ? have : '.', want[row]);
	}
}

static void test_lights(void **state)
{
	static const char *const before[] = { "b", "c" };
	static const char *const after[] = { "a", "b", "c", "old" };
	struct rq_list_ops lit = ops;
	struct things t = { before, 2 };
	struct rq_list l;

	(void)state;
	lit.state = state_of;
	lit.born = born;
	memset(states, 0, sizeof states);
	memset(births, 0, sizeof births);
	rq_list_init(&l, &lit, &t);
	l.now = 1000;
	rq_list_update(&l);
	lit_is(&l, 0, "..");
	assert_int_equal(rq_list_light_left(&l), 0);
	/* One that is made now is new; an older one that is loaded now is not. */
	births[0] = 1500;
	births[3] = 900;
	change(&l, &t, after, 4);
	lit_is(&l, 100, "+...");
	assert_int_equal(rq_list_light_left(&l), 2000);
	states[2] = 7;
	lit_is(&l, 1100, "+.~.");
	assert_int_equal(rq_list_light_left(&l), 1000);
	lit_is(&l, 2100, "..~.");
	lit_is(&l, 3099, "..~.");
	lit_is(&l, 3100, "....");
	assert_int_equal(rq_list_light_left(&l), 0);
	/* What was out of sight is not compared. */
	assert_int_equal(set_filter(&l, "re:[ab]", NULL), RQ_OK);
	lit_is(&l, 4000, "..");
	states[2] = 8;
	assert_int_equal(set_filter(&l, "", NULL), RQ_OK);
	lit_is(&l, 4100, "....");
	rq_list_release(&l);
}

/* A source that changes a hundred times is read once, when somebody looks. */
static void test_lazy(void **state)
{
	struct things t;
	struct rq_list l;

	(void)state;
	begin(&l, &t, abc, 1);
	t.n = 3;
	rq_list_changed(&l);
	assert_int_equal(l.n, 1);
	assert_string_equal(rq_list_id(&l, NULL), "charlie");
	assert_int_equal(l.n, 3);
	rq_list_release(&l);
}

/* 10,000 rows, in the worst orders: sorting must not be quadratic. */
static void test_many(void **state)
{
	enum { N = 10000 };
	static char text[N][8];
	static const char *names[N];
	struct things t;
	struct rq_list l;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(text[i], sizeof text[i], "%06zu", N - i);
		names[i] = text[i];
	}
	begin(&l, &t, names, N);
	rq_list_sort(&l, 1, false);
	rq_list_sort(&l, 1, true);
	rq_list_mark_all(&l);
	rq_list_update(&l);
	assert_int_equal(rq_list_n_chosen(&l), N);
	assert_string_equal(rq_list_id(&l, NULL), "010000");
	rq_list_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_cursor_stays_on_its_item),
		cmocka_unit_test(test_cursor_begins_on_top),
		cmocka_unit_test(test_moves_stop_at_the_ends),
		cmocka_unit_test(test_sorting_is_stable_and_keeps_the_cursor),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_columns_give_way),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_columns_of_ones_own),
		cmocka_unit_test(test_lights),
		cmocka_unit_test(test_lazy),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
