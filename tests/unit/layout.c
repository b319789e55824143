/* Where a list and its details stand. */
#include "tests/unit/unit.h"

#include "tui/layout.h"

static struct rq_rect whole(int rows, int cols)
{
	return (struct rq_rect){ 2, 0, rows, cols };
}

static struct rq_split split(enum rq_place place, int size, enum rq_zoom zoom, int rows, int cols)
{
	struct rq_layout l = { place, size, zoom };
	struct rq_split s;

	rq_layout_split(&l, whole(rows, cols), &s);
	return s;
}

static enum rq_place place_at(enum rq_place wanted, int rows, int cols)
{
	return split(wanted, 40, RQ_ZOOM_NONE, rows, cols).place;
}

static void test_auto(void **state)
{
	(void)state;
	assert_int_equal(place_at(RQ_PLACE_AUTO, 13, 60), RQ_PLACE_OFF);
	assert_int_equal(place_at(RQ_PLACE_AUTO, 21, 80), RQ_PLACE_OFF);
	assert_int_equal(place_at(RQ_PLACE_AUTO, 28, 139), RQ_PLACE_OFF);
	assert_int_equal(place_at(RQ_PLACE_AUTO, 29, 139), RQ_PLACE_BELOW);
	assert_int_equal(place_at(RQ_PLACE_AUTO, 21, 140), RQ_PLACE_RIGHT);
	assert_int_equal(place_at(RQ_PLACE_AUTO, 47, 200), RQ_PLACE_RIGHT);
}

/* What is asked for is done where it fits, and else the next place that does. */
static void test_wanted(void **state)
{
	(void)state;
	assert_int_equal(place_at(RQ_PLACE_RIGHT, 13, 100), RQ_PLACE_RIGHT);
	assert_int_equal(place_at(RQ_PLACE_RIGHT, 13, 99), RQ_PLACE_BELOW);
	assert_int_equal(place_at(RQ_PLACE_RIGHT, 9, 99), RQ_PLACE_OFF);
	assert_int_equal(place_at(RQ_PLACE_BELOW, 13, 60), RQ_PLACE_BELOW);
	assert_int_equal(place_at(RQ_PLACE_BELOW, 9, 200), RQ_PLACE_OFF);
	assert_int_equal(place_at(RQ_PLACE_OFF, 47, 200), RQ_PLACE_OFF);
}

/* At any size and share nothing lies on anything else, nothing outside, and no room is lost. */
static void test_no_overlap(void **state)
{
	int rows, cols, size, place;

	(void)state;
	for (rows = 13; rows < 60; rows += 3)
		for (cols = 60; cols < 240; cols += 7)
			for (size = RQ_DETAIL_SIZE_MIN; size <= RQ_DETAIL_SIZE_MAX; size += 10)
				for (place = RQ_PLACE_RIGHT; place < RQ_PLACE_OFF; place++) {
					struct rq_split s = split((enum rq_place)place, size, RQ_ZOOM_NONE, rows, cols);

					assert_int_equal(s.list.row, 2);
					assert_int_equal(s.pane.row + s.pane.rows, 2 + rows);
					assert_true(s.pane.col + s.pane.cols < cols);
					if (s.place == RQ_PLACE_RIGHT) {
						assert_int_equal(s.list.cols, s.rule.col);
						assert_true(s.list.cols >= 60 && s.pane.cols > 30 && s.pane.col > s.rule.col);
						assert_int_equal(s.list.rows, rows);
					} else {
						assert_int_equal(s.list.row + s.list.rows, s.rule.row);
						assert_int_equal(s.rule.row + 1, s.pane.row);
						assert_true(s.list.rows >= 5 && s.pane.rows >= 4);
						assert_int_equal(s.list.cols, cols);
					}
				}
}

static void test_size(void **state)
{
	(void)state;
	assert_int_equal(split(RQ_PLACE_RIGHT, 40, RQ_ZOOM_NONE, 47, 200).list.cols, 120);
	assert_int_equal(split(RQ_PLACE_RIGHT, 60, RQ_ZOOM_NONE, 47, 200).list.cols, 80);
	assert_int_equal(split(RQ_PLACE_BELOW, 40, RQ_ZOOM_NONE, 20, 80).list.rows, 12);
	assert_int_equal(split(RQ_PLACE_BELOW, 80, RQ_ZOOM_NONE, 20, 80).list.rows, 5);
}

static void test_zoom(void **state)
{
	struct rq_split s = split(RQ_PLACE_RIGHT, 40, RQ_ZOOM_DETAIL, 47, 200);

	(void)state;
	assert_int_equal(s.list.rows, 0);
	assert_int_equal(s.pane.rows, 47);
	assert_true(s.pane.cols >= 196);
	s = split(RQ_PLACE_OFF, 40, RQ_ZOOM_DETAIL, 13, 60); /* also where they are not shown otherwise */
	assert_int_equal(s.pane.rows, 13);
	s = split(RQ_PLACE_BELOW, 40, RQ_ZOOM_LIST, 47, 200);
	assert_int_equal(s.list.rows, 47);
	assert_int_equal(s.pane.rows, 0);
}

static void next_is(enum rq_place from, int rows, int cols, enum rq_place to)
{
	struct rq_layout l = { from, 40, RQ_ZOOM_NONE };

	assert_int_equal(rq_layout_next(&l, rows, cols), to);
}

static void test_next(void **state)
{
	(void)state;
	next_is(RQ_PLACE_AUTO, 47, 200, RQ_PLACE_BELOW);        /* it was on the right */
	next_is(RQ_PLACE_BELOW, 47, 200, RQ_PLACE_OFF);
	next_is(RQ_PLACE_OFF, 47, 200, RQ_PLACE_RIGHT);
	next_is(RQ_PLACE_OFF, 13, 60, RQ_PLACE_BELOW);          /* there is no room on the right */
	next_is(RQ_PLACE_AUTO, 13, 60, RQ_PLACE_BELOW);
	next_is(RQ_PLACE_RIGHT, 13, 60, RQ_PLACE_OFF);          /* it was below, for that */
	next_is(RQ_PLACE_OFF, 5, 60, RQ_PLACE_OFF);
}

static void test_names(void **state)
{
	enum rq_place p;
	int i;

	(void)state;
	for (i = 0; i < RQ_PLACE_N; i++) {
		assert_true(rq_place_parse(rq_place_name((enum rq_place)i), &p));
		assert_int_equal(p, i);
	}
	assert_true(rq_place_parse("Right", &p));
	assert_int_equal(p, RQ_PLACE_RIGHT);
	assert_false(rq_place_parse("left", &p));
	assert_false(rq_place_parse("", &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_no_overlap),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_zoom),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
