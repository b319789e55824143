/* Lines of a log, its rows, its groups. */
#include "tests/unit/logs.h"

#include "core/base/mem.h"
#include "tui/logline.h"

#define TIME "2026-11-21T18:02:21.1234567Z"
enum { SEGMENT = RQ_LOGTEXT_SEGMENT };

static void test_line(void **state)
{
	struct rq_logline l;

	(void)state;
	rq_logline_parse(&l, TIME " ##[error]broken", 28 + 16);
	assert_int_equal(l.kind, RQ_LOG_ERROR_LINE);
	assert_memory_equal(l.text, "broken", 6);
	assert_int_equal(l.n, 6);
	assert_non_null(l.time);
	rq_logline_parse(&l, "no time", 7);
	assert_null(l.time);
	assert_int_equal(l.n, 7);
	rq_logline_parse(&l, TIME, 28);
	assert_int_equal(l.n, 0);
	/* Nearly a time is text. */
	rq_logline_parse(&l, "2026-11-21T18:02:21.123456xZ a", 30);
	assert_null(l.time);
	rq_logline_parse(&l, TIME "x", 29);
	assert_null(l.time);
	rq_logline_parse(&l, "##[group]", 9);
	assert_int_equal(l.kind, RQ_LOG_GROUP);
}

static void test_visible_part_of_a_long_line(void **state)
{
	struct rq_str s = { 0 };
	struct rq_logline l;
	const char *text;
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++)
		rq_str_addf(&s, "progress %d%%\r", i % 100);
	rq_logline_parse(&l, s.s, s.len);
	rq_logline_visible(&l, 80, &text, &n);
	assert_true(n > 16000 && n < 20000);
	assert_memory_equal(text + n - 13, "\rprogress 99%", 13);
	assert_int_equal(text[0], '\r');
	rq_str_clear(&s);
	for (i = 0; i < 100000; i++)
		rq_str_addc(&s, 'x');
	rq_logline_parse(&l, s.s, s.len);
	rq_logline_visible(&l, 80, &text, &n);
	assert_true(n < 20000 && text == s.s);
	s.s[3] = '\r';
	rq_logline_visible(&l, 80, &text, &n);
	assert_true(n < 20000 && text == s.s + 4);
	/* Far enough to the right, all of it. */
	rq_logline_visible(&l, 100000, &text, &n);
	assert_true(n == s.len && text == s.s);
	rq_str_release(&s);
}

/* Forwards gives the whole text, and backwards the same rows; numbers agree. */
static void walk(struct rq_str *s)
{
	struct rq_logtext t;
	int64_t rows[4096], off = 0, next;
	size_t n, count = 0, i;

	log_open(&t, s);
	while (rq_logtext_index(&t, 100000))
		;
	while (off >= 0 && s->len) {
		const char *row = rq_logtext_row(&t, off, &n, &next);

		assert_true(count < 4096);
		assert_true(n <= 2 * SEGMENT);
		rows[count++] = off;
		assert_memory_equal(row, s->s + off, n);
		assert_true(next < 0 || next == off + (int64_t)n || s->s[next - 1] == '\n');
		off = next;
	}
	for (i = count; i-- > 0;) {
		assert_int_equal(rq_logtext_before(&t,
						   i + 1 < count ? rows[i + 1] : (int64_t)s->len),
				 rows[i]);
		if (rows[i] <= t.indexed)
			assert_int_equal(rq_logtext_number(&t, rows[i]), i + 1);
	}
	assert_int_equal(rq_logtext_before(&t, 0), -1);
	rq_logtext_release(&t);
}

static void fill(struct rq_str *s, size_t n, char c)
{
	while (n--)
		rq_str_addc(s, c);
}

static void test_rows_both_ways(void **state)
{
	static const size_t lengths[] = { 0, 1, 79, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT - 1, 2 * SEGMENT,
					  2 * SEGMENT + 1, 5 * SEGMENT + 7 };
	struct rq_str s = { 0 };
	size_t i, k;

	(void)state;
	rq_str_init(&s, 64 << 20);
	walk(&s);
	rq_str_add(&s, "\n\n\na\nbb\nno end");
	walk(&s);
	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		for (k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
			rq_str_clear(&s);
			fill(&s, lengths[i], 'a');
			rq_str_addc(&s, '\n');
			fill(&s, lengths[k], 'b');
			walk(&s);
			rq_str_add(&s, "\nlast\n");
			walk(&s);
		}
	}
	rq_str_release(&s);
}

static void test_a_log_that_grows(void **state)
{
	struct rq_logtext t;
	struct rq_str s = { 0 };
	int64_t next;
	size_t n;

	(void)state;
	log_open(&t, &s);
	rq_str_add(&s, "one\ntw");
	assert_false(rq_logtext_resize(&t, (int64_t)s.len));
	assert_false(rq_logtext_index(&t, 1000));
	assert_int_equal(t.rows, 1);
	rq_logtext_row(&t, 4, &n, &next);
	assert_int_equal(n, 2);
	assert_int_equal(next, -1);
	rq_str_add(&s, "o\nthree\n");
	rq_logtext_resize(&t, (int64_t)s.len);
	assert_memory_equal(rq_logtext_row(&t, 4, &n, &next), "two", 3);
	assert_int_equal(next, 8);
	rq_logtext_index(&t, 1000);
	assert_int_equal(t.rows, 3);
	/* Another, shorter log in its place. */
	rq_str_clear(&s);
	rq_str_add(&s, "new\n");
	assert_true(rq_logtext_resize(&t, (int64_t)s.len));
	rq_logtext_index(&t, 1000);
	assert_int_equal(t.rows, 1);
	assert_memory_equal(rq_logtext_row(&t, 0, &n, &next), "new", 3);
	/* Where the one before had a row. */
	rq_logtext_row(&t, 10 * SEGMENT, &n, &next);
	assert_int_equal(n, 0);
	assert_int_equal(next, -1);
	assert_int_equal(rq_logtext_before(&t, 10 * SEGMENT + 1), 0);
	rq_logtext_release(&t);
	rq_str_release(&s);
}

static void test_groups(void **state)
{
	const char *text = "##[group]A\ninside\n##[endgroup]\nbetween\n##[group]B\nopen\n";
	struct rq_str s = { 0 };
	struct rq_logtext t;

	(void)state;
	rq_str_add(&s, text);
	log_open(&t, &s);
	rq_logtext_index(&t, 1000);
	assert_int_equal(t.n_groups, 2);
	assert_ptr_equal(rq_logtext_group(&t, 0), &t.groups[0]);
	assert_ptr_equal(rq_logtext_group(&t, 11), &t.groups[0]);
	assert_null(rq_logtext_group(&t, strstr(text, "between") - text));
	assert_null(
		rq_logtext_group(&t, strstr(text, "open") - text)); /* not finished: not folded */
	rq_logtext_release(&t);
	rq_str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_visible_part_of_a_long_line),
		cmocka_unit_test(test_rows_both_ways),
		cmocka_unit_test(test_a_log_that_grows),
		cmocka_unit_test(test_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
