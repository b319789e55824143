/* Memory that never fails, growing arrays, and arenas. */
#include "tests/unit/unit.h"

#include <signal.h>
#include "core/base/mem.h"

static void test_nothing_is_something(void **state)
{
	void *p = rq_alloc(0);

	(void)state;
	assert_non_null(p);
	p = rq_realloc(p, 0);
	assert_non_null(p);
	rq_free(p);
	rq_free(NULL);
	assert_null(rq_strdup(NULL));
}

static void test_alloc_is_zeroed(void **state)
{
	unsigned char *p;
	size_t i;

	(void)state;
	p = rq_alloc(4096);
	for (i = 0; i < 4096; i++)
		assert_int_equal(p[i], 0);
	rq_free(p);
}

static void test_strndup_stops_at_the_end_or_before(void **state)
{
	char *p = rq_strndup("abcdef", 3);

	(void)state;
	assert_string_equal(p, "abc");
	rq_free(p);
	p = rq_strndup("ab", 10);
	assert_string_equal(p, "ab");
	rq_free(p);
	p = rq_strndup("ab", 0);
	assert_string_equal(p, "");
	rq_free(p);
}

static void ask_for_everything(void *ud)
{
	(void)ud;
	rq_realloc_array(NULL, SIZE_MAX / 2, 3);
}

static void ask_an_arena_for_everything(void *ud)
{
	struct rq_arena a = { 0 };

	(void)ud;
	rq_arena_alloc(&a, SIZE_MAX - 8);
}

static void test_overflow_ends_the_process(void **state)
{
	char said[256];

	(void)state;
	assert_int_equal(ends_by_signal(ask_for_everything, NULL, said, sizeof said), SIGABRT);
	assert_non_null(strstr(said, "out of memory"));
	assert_int_equal(ends_by_signal(ask_an_arena_for_everything, NULL, said, sizeof said), SIGABRT);
	assert_non_null(strstr(said, "out of memory"));
}

static void test_grow(void **state)
{
	size_t cap = 0, n, grown = 0;
	int *v = NULL;

	(void)state;
	for (n = 0; n < 10000; n++) {
		size_t before = cap;

		RQ_GROW(v, n, &cap);
		grown += cap != before;
		assert_true(cap > n);
		v[n] = (int)n;
	}
	for (n = 0; n < 10000; n++)
		assert_int_equal(v[n], n);
	/* Geometric, or appending would be quadratic. */
	assert_true(grown < 40);
	rq_free(v);
}

static void test_arena_is_aligned_zeroed_and_apart(void **state)
{
	struct chance c = { 1 };
	struct rq_arena a = { 0 };
	unsigned char *p[500];
	size_t n[500], i, k;

	(void)state;
	for (i = 0; i < 500; i++) {
		n[i] = chance_below(&c, 20) ? chance_below(&c, 200) : chance_below(&c, 20000);
		p[i] = rq_arena_alloc(&a, n[i]);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		for (k = 0; k < n[i]; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)(i & 255), n[i]);
	}
	for (i = 0; i < 500; i++)
		for (k = 0; k < n[i]; k++)
			assert_int_equal(p[i][k], i & 255);
	rq_arena_release(&a);
	assert_null(a.head);
	assert_int_equal(a.used, 0);
}

static void test_arena_counts_what_it_gave(void **state)
{
	struct rq_arena a = { 0 };

	(void)state;
	rq_arena_alloc(&a, 1);
	assert_int_equal(a.used, 16);
	rq_arena_alloc(&a, 16);
	assert_int_equal(a.used, 32);
	rq_arena_alloc(&a, 100000);
	assert_int_equal(a.used, 32 + 100000);
	rq_arena_release(&a);
}

/* A large thing must not throw away the room that the block before it still has. */
static void test_arena_goes_on_in_its_block_after_a_big_one(void **state)
{
	struct rq_arena a = { 0 };
	char *first, *after;

	(void)state;
	first = rq_arena_alloc(&a, 32);
	rq_arena_alloc(&a, 1 << 20);
	after = rq_arena_alloc(&a, 32);
	assert_ptr_equal(after, first + 32);
	rq_arena_release(&a);
}

static void test_arena_text(void **state)
{
	struct rq_arena a = { 0 };
	char *p;

	(void)state;
	assert_null(rq_arena_str(&a, NULL));
	assert_string_equal(rq_arena_str(&a, ""), "");
	assert_string_equal(rq_arena_str(&a, "hello"), "hello");
	p = rq_arena_strn(&a, "a\0b", 3);
	assert_memory_equal(p, "a\0b", 4);
	assert_string_equal(rq_arena_fmt(&a, "%s-%d", "x", 12), "x-12");
	assert_int_equal(strlen(rq_arena_fmt(&a, "%9000d", 1)), 9000);
	assert_string_equal(rq_arena_fmt(&a, "%s", ""), "");
	rq_arena_release(&a);
}

static void test_adopt(void **state)
{
	struct rq_arena a = { 0 }, b = { 0 }, none = { 0 };
	char *mine, *theirs, *big;
	size_t used;

	(void)state;
	theirs = rq_arena_str(&b, "theirs");
	big = rq_arena_alloc(&b, 50000);
	memset(big, 'x', 50000);
	/* Into an empty one. */
	rq_arena_adopt(&none, &b);
	assert_null(b.head);
	assert_int_equal(b.used, 0);
	assert_string_equal(theirs, "theirs");
	/* Into one with room left: the room is used on. */
	mine = rq_arena_str(&a, "mine");
	used = a.used + none.used;
	rq_arena_adopt(&a, &none);
	assert_int_equal(a.used, used);
	assert_ptr_equal(rq_arena_str(&a, "next"), mine + 16);
	assert_string_equal(theirs, "theirs");
	assert_int_equal(big[49999], 'x');
	/* Nothing changes nothing, and the empty one is good for more. */
	rq_arena_adopt(&a, &none);
	assert_string_equal(rq_arena_str(&none, "again"), "again");
	rq_arena_adopt(&a, &none);
	rq_arena_release(&a);
	rq_arena_release(&none);
	rq_arena_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_something),
		cmocka_unit_test(test_alloc_is_zeroed),
		cmocka_unit_test(test_strndup_stops_at_the_end_or_before),
		cmocka_unit_test(test_overflow_ends_the_process),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_arena_is_aligned_zeroed_and_apart),
		cmocka_unit_test(test_arena_counts_what_it_gave),
		cmocka_unit_test(test_arena_goes_on_in_its_block_after_a_big_one),
		cmocka_unit_test(test_arena_text),
		cmocka_unit_test(test_adopt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
