/* Decimal numbers as whole ones. */
#include "tests/unit/unit.h"

#include "core/base/decimal.h"

static void reads(const char *s, int places, int64_t wanted)
{
	int64_t v = -1;

	assert_int_equal(rq_decimal(s, places, &v, NULL), RQ_DECIMAL_OK);
	assert_int_equal(v, wanted);
}

static void refuses(const char *s, int places, enum rq_decimal_error why)
{
	int64_t v;

	if (rq_decimal(s, places, &v, NULL) != why)
		fail_msg("'%s'", s);
}

static void test_numbers(void **state)
{
	(void)state;
	reads("0", 0, 0);
	reads("7", 9, INT64_C(7000000000));
	reads("0.50", 9, 500000000);
	reads("-1.25", 3, -1250);
	reads("1.500000000000", 1, 15);
	reads("12.0", 0, 12);
	reads("000012", 0, 12);
	reads("9223372036854775807", 0, INT64_MAX);
	reads("9223372036.854775807", 9, INT64_MAX);
}

static void test_refusals(void **state)
{
	static const char *const junk[] = { "", "-", "+1", ".5", "5.", "1e3", "0x10", "1_000", " 1", "1 ", "1.2.3", "--1", "one" };

	(void)state;
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		refuses(junk[i], 6, RQ_DECIMAL_JUNK);
	refuses("0.1234567", 6, RQ_DECIMAL_FINE);
	refuses("1.5", 0, RQ_DECIMAL_FINE);
	refuses("9223372036854775808", 0, RQ_DECIMAL_LARGE);
	refuses("9223372036.854775808", 9, RQ_DECIMAL_LARGE);
	refuses("99999999999999999999999999999999", 3, RQ_DECIMAL_LARGE);
}

static void test_end(void **state)
{
	const char *end;
	int64_t v;

	(void)state;
	assert_int_equal(rq_decimal("5.00/month", 9, &v, &end), RQ_DECIMAL_OK);
	assert_int_equal(v, INT64_C(5000000000));
	assert_string_equal(end, "/month");
	assert_int_equal(rq_decimal("2.x", 9, &v, &end), RQ_DECIMAL_JUNK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
