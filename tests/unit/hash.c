/* Sums of known texts, and git's id of a blob. */
#include "tests/unit/unit.h"

#include "core/base/hash.h"

/* From the algorithms' own examples (FIPS 180), and `git hash-object`. */
static void test_known_sums(void **state)
{
	char hex[RQ_SHA256_LEN];

	(void)state;
	assert_string_equal(rq_sha256_text("abc", 3, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(rq_sha256_text("", 0, hex), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(rq_git_blob_id("hello\n", 6, hex), "ce013625030ba8dba906f756967f9e9ca394464a");
}

static void test_parts_are_one_text(void **state)
{
	const char *parts[] = { "a", NULL, "bc" };
	const size_t sizes[] = { 1, 7, 2 };
	char one[RQ_SHA256_LEN], three[RQ_SHA256_LEN];

	(void)state;
	assert_string_equal(rq_sha256(parts, sizes, 3, three), rq_sha256_text("abc", 3, one));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_known_sums), cmocka_unit_test(test_parts_are_one_text) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
