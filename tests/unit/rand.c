/* Randomness: its source, its evenness, tokens and ULIDs. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/base/rand.h"

static unsigned char fill_byte;
static size_t fills;

static void fill(void *buf, size_t n)
{
	memset(buf, fill_byte, n);
	fills++;
}

static int64_t the_time;

static int64_t now(void)
{
	return the_time;
}

static int restore(void **state)
{
	(void)state;
	rq_random_replace(NULL);
	rq_clock_replace(NULL, NULL);
	return 0;
}

static void test_replaced_and_restored(void **state)
{
	char token[RQ_TOKEN_LEN], again[RQ_TOKEN_LEN];

	(void)state;
	fill_byte = 0xa7;
	rq_random_replace(fill);
	rq_token(token);
	assert_string_equal(token, "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7");
	rq_random_replace(NULL);
	rq_token(token);
	rq_token(again);
	assert_string_not_equal(token, again);
	assert_int_equal(strspn(token, "0123456789abcdef"), 32);
}

static void test_every_byte_is_filled(void **state)
{
	static const size_t sizes[] = { 1, 16, 255, 256, 257, 1000, 5000 };
	unsigned char buf[5001];
	size_t i, k;
	int round;

	(void)state;
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char seen[5001] = { 0 };

		for (round = 0; round < 8; round++) {
			memset(buf, 0, sizeof buf);
			rq_random(buf, sizes[i]);
			assert_int_equal(buf[sizes[i]], 0);
			for (k = 0; k < sizes[i]; k++)
				seen[k] |= buf[k];
		}
		/* Eight zero bytes in the same place: 2^-64. */
		for (k = 0; k < sizes[i]; k++)
			assert_int_not_equal(seen[k], 0);
	}
	rq_random(buf, 0);
}

static void test_below_stays_below(void **state)
{
	static const uint64_t limits[] = { 1, 2, 3, 10, 1 << 20, UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX };
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < sizeof limits / sizeof *limits; i++)
		for (k = 0; k < 200; k++)
			assert_true(rq_random_below(limits[i]) < limits[i]);
	assert_int_equal(rq_random_below(1), 0);
}

/* What lies above the last whole multiple is drawn again, not folded onto the small results. */
static void fill_high_then_five(void *buf, size_t n)
{
	uint64_t v = fills++ ? 5 : UINT64_MAX;

	assert_int_equal(n, sizeof v);
	memcpy(buf, &v, n);
}

static void test_below_draws_again(void **state)
{
	(void)state;
	fills = 0;
	rq_random_replace(fill_high_then_five);
	assert_int_equal(rq_random_below(7), 5);
	assert_int_equal(fills, 2);
}

static void test_below_is_even(void **state)
{
	enum { SIDES = 6, ROLLS = 60000 };
	int count[SIDES] = { 0 }, i;

	(void)state;
	for (i = 0; i < ROLLS; i++)
		count[rq_random_below(SIDES)]++;
	/* 10,000 each; 8 standard deviations (91) off would be a miracle. */
	for (i = 0; i < SIDES; i++)
		assert_in_range(count[i], 10000 - 730, 10000 + 730);
}

static void test_ulid(void **state)
{
	char id[RQ_ULID_LEN];

	(void)state;
	rq_clock_replace(now, NULL);
	rq_random_replace(fill);
	fill_byte = 0xff;
	/* The example of the ULID text. */
	the_time = 1469918176385;
	rq_ulid(id);
	assert_string_equal(id, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
	fill_byte = 0;
	the_time = (INT64_C(1) << 48) - 1;
	rq_ulid(id);
	assert_string_equal(id, "7ZZZZZZZZZ0000000000000000");
}

static void test_ulids_sort_by_time(void **state)
{
	char id[RQ_ULID_LEN], last[RQ_ULID_LEN] = "";
	struct chance c = { 8 };
	int i;

	(void)state;
	rq_clock_replace(now, NULL);
	the_time = 1;
	for (i = 0; i < 2000; i++) {
		the_time += 1 + (int64_t)(chance_next(&c) % (UINT64_C(1) << (i % 37)));
		rq_ulid(id);
		assert_int_equal(strlen(id), 26);
		assert_int_equal(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
		assert_true(strcmp(last, id) < 0);
		memcpy(last, id, sizeof id);
	}
}

static void test_ulids_differ_at_one_time(void **state)
{
	enum { N = 2000 };
	static char ids[N][RQ_ULID_LEN];
	int i, k;

	(void)state;
	rq_clock_replace(now, NULL);
	the_time = 1763748141007;
	for (i = 0; i < N; i++) {
		rq_ulid(ids[i]);
		for (k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_replaced_and_restored, restore),
		cmocka_unit_test(test_every_byte_is_filled),
		cmocka_unit_test(test_below_stays_below),
		cmocka_unit_test_teardown(test_below_draws_again, restore),
		cmocka_unit_test(test_below_is_even),
		cmocka_unit_test_teardown(test_ulid, restore),
		cmocka_unit_test_teardown(test_ulids_sort_by_time, restore),
		cmocka_unit_test_teardown(test_ulids_differ_at_one_time, restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
