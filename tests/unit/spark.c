/* Rows of bars. */
#include "tests/unit/unit.h"

#include "tui/spark.h"

static void shows(const struct rq_spark *s, int64_t now, size_t width, int64_t top, const char *want)
{
	struct rq_str out;

	rq_str_init(&out, 0);
	rq_spark_text(s, now, width, top, true, &out);
	assert_string_equal(rq_str_get(&out), want);
	rq_str_release(&out);
}

static void test_bars(void **state)
{
	enum { P = RQ_SPARK_MS };
	struct rq_spark s = { 0 };
	struct rq_str out;

	(void)state;
	shows(&s, 5, 10, 0, "");
	rq_spark_add(&s, 100 * P, 0);
	shows(&s, 100 * P, 10, 0, "_");
	rq_spark_add(&s, 101 * P, 1);
	rq_spark_add(&s, 101 * P + 1, 100);
	rq_spark_add(&s, 101 * P + 2, 2); /* the largest of a period counts */
	shows(&s, 101 * P, 10, 0, "_#");
	/* It goes on as it was last. */
	rq_spark_add(&s, 104 * P, 50);
	shows(&s, 104 * P, 10, 0, "_#..=");
	shows(&s, 106 * P, 10, 0, "_#..===");
	shows(&s, 104 * P, 2, 0, ".#");
	shows(&s, 104 * P, 3, 1000, "...");
	assert_int_equal(rq_spark_n(&s), 5);
	/* After a long silence, and when the clock goes back. */
	rq_spark_add(&s, 900 * P, 7);
	assert_int_equal(rq_spark_n(&s), RQ_SPARK_MAX);
	shows(&s, 900 * P, 3, 50, "###"); /* until then it was 50 */
	shows(&s, 901 * P, 3, 50, "##.");
	rq_spark_add(&s, 3 * P, 1);
	assert_int_equal(rq_spark_n(&s), 1);
	rq_str_init(&out, 0);
	rq_spark_text(&s, 3 * P, 4, 0, false, &out);
	assert_string_equal(rq_str_get(&out), "\xe2\x96\x88");
	rq_str_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
