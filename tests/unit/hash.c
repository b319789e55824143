/* Sums of known texts, and git's id of a blob. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include "core/base/hash.h"
#include "core/base/mem.h"

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

/* From its start, wherever it stands; longer than what is read at once. */
static void test_a_file(void **state)
{
	char one[RQ_SHA256_LEN], whole[RQ_SHA256_LEN], *text = rq_alloc(100001);
	FILE *f = tmpfile();

	(void)state;
	memset(text, 'x', 100000);
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, 100000, f), 100000);
	assert_int_equal(fflush(f), 0);
	assert_true(rq_sha256_file(fileno(f), whole));
	assert_string_equal(whole, rq_sha256_text(text, 100000, one));
	fclose(f);
	assert_false(rq_sha256_file(-1, whole));
	rq_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_known_sums), cmocka_unit_test(test_parts_are_one_text),
					    cmocka_unit_test(test_a_file) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
