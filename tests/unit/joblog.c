/* A place in a log, found again in another text of the same log. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/joblog.h"

static size_t read_str(void *ud, int64_t off, char *buf, size_t n)
{
	const struct rq_str *s = ud;
	size_t left = (size_t)off < s->len ? s->len - (size_t)off : 0;

	n = n < left ? n : left;
	memcpy(buf, rq_str_get(s) + off, n);
	return n;
}

static struct rq_log_text text_of(struct rq_str *s)
{
	return (struct rq_log_text){ read_str, s, (int64_t)s->len };
}

static int64_t place(struct rq_str *old, struct rq_str *now, int64_t off)
{
	struct rq_log_text a = text_of(old), b = text_of(now);

	return rq_log_place(&a, &b, off);
}

/* Line I of a log; each seventh is followed by lines without a time. */
static void add_line(struct rq_str *s, int i)
{
	rq_str_addf(s, "2026-11-22T01:%02d:%02d.%07dZ line %d\n", i / 60 % 60, i % 60, i / 3600, i);
	if (i % 7 == 0)
		rq_str_add(s, "  File \"a.py\"\n\n");
}

static void add_lines(struct rq_str *s, int from, int to, const char *mark_each_100)
{
	for (int i = from; i < to; i++) {
		if (i % 100 == 0)
			rq_str_add(s, mark_each_100);
		add_line(s, i);
	}
}

static int64_t find_line(const struct rq_str *s, int i)
{
	char text[64];
	const char *at;

	snprintf(text, sizeof text, "2026-11-22T01:%02d:%02d.%07dZ line %d\n", i / 60 % 60, i % 60, i / 3600, i);
	at = strstr(rq_str_get(s), text);
	assert_non_null(at);
	return at - rq_str_get(s);
}

/* Whole logs have byte order marks that live ones have not. */
static void finds_each_line(void **state)
{
	struct rq_str live, whole;

	(void)state;
	rq_str_init(&live, 0);
	rq_str_init(&whole, 0);
	add_lines(&live, 0, 3500, "");
	add_lines(&whole, 0, 3600, "\xef\xbb\xbf");
	for (int i = 0; i < 3500; i += 13)
		assert_int_equal(place(&live, &whole, find_line(&live, i)), find_line(&whole, i));
	/* Behind the last line, where a reader has stopped; also within a line that had not been written to its end. */
	assert_int_equal(place(&live, &whole, (int64_t)live.len), find_line(&whole, 3500) - 3);
	live.len -= 5;
	assert_int_equal(place(&live, &whole, (int64_t)live.len), find_line(&whole, 3499) + 28 + 6);
	rq_str_release(&live);
	rq_str_release(&whole);
}

static void finds_what_follows_a_hole(void **state)
{
	struct rq_str live, whole;

	(void)state;
	rq_str_init(&live, 0);
	rq_str_init(&whole, 0);
	add_lines(&live, 1000, 3000, "");
	add_lines(&whole, 0, 2000, "");
	add_lines(&whole, 2500, 3600, "");
	assert_int_equal(place(&live, &whole, find_line(&live, 1003)), find_line(&whole, 1003));
	assert_int_equal(place(&live, &whole, find_line(&live, 2200)), find_line(&whole, 2500));
	assert_int_equal(place(&live, &whole, find_line(&live, 2999)), find_line(&whole, 2999));
	/* And the other way round. */
	assert_int_equal(place(&whole, &live, find_line(&whole, 12)), 0);
	assert_int_equal(place(&whole, &live, find_line(&whole, 3400)), (int64_t)live.len);
	rq_str_release(&live);
	rq_str_release(&whole);
}

/* A continuation is as far behind its line. */
static void finds_lines_without_a_time(void **state)
{
	struct rq_str live, whole;

	(void)state;
	rq_str_init(&live, 0);
	rq_str_init(&whole, 0);
	add_lines(&live, 500, 1000, "");
	add_lines(&whole, 0, 3600, "");
	assert_int_equal(place(&live, &whole, find_line(&live, 701) - 1), find_line(&whole, 701) - 1);
	rq_str_release(&live);
	rq_str_release(&whole);
}

static void finds_behind_a_very_long_line(void **state)
{
	struct rq_str live, whole;

	(void)state;
	rq_str_init(&live, 0);
	rq_str_init(&whole, 0);
	add_lines(&live, 0, 10, "");
	rq_str_add(&live, "2026-11-22T01:00:09.5000000Z ");
	for (int i = 0; i < 40000; i++)
		rq_str_add(&live, "long ");
	rq_str_addc(&live, '\n');
	rq_str_add(&whole, "\xef\xbb\xbf");
	rq_str_addn(&whole, rq_str_get(&live), live.len);
	add_lines(&whole, 10, 3000, "");
	assert_int_equal(place(&live, &whole, (int64_t)live.len), (int64_t)live.len + 3);
	rq_str_release(&live);
	rq_str_release(&whole);
}

static void nothing_is_the_beginning(void **state)
{
	struct rq_str empty, whole, plain;

	(void)state;
	rq_str_init(&empty, 0);
	rq_str_init(&whole, 0);
	rq_str_init(&plain, 0);
	add_lines(&whole, 0, 100, "");
	rq_str_add(&plain, "no times\nat all\n");
	assert_int_equal(place(&empty, &whole, 0), 0);
	assert_int_equal(place(&plain, &whole, 9), 0);
	assert_int_equal(place(&whole, &empty, 60), 0);
	assert_int_equal(place(&whole, &plain, 60), (int64_t)plain.len);
	rq_str_release(&empty);
	rq_str_release(&whole);
	rq_str_release(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_line),
		cmocka_unit_test(finds_what_follows_a_hole),
		cmocka_unit_test(finds_lines_without_a_time),
		cmocka_unit_test(finds_behind_a_very_long_line),
		cmocka_unit_test(nothing_is_the_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
