/* Errors: codes, sentences, and the end of a program whose invariant broke. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include "core/base/err.h"

static void test_fill_and_return(void **state)
{
	struct rq_error e = { 0 };

	(void)state;
	assert_int_equal(rq_fail(&e, RQ_ENOTFOUND, "There is no job %d.", 7), RQ_ENOTFOUND);
	assert_int_equal(e.code, RQ_ENOTFOUND);
	assert_string_equal(e.msg, "There is no job 7.");
}

static void test_nobody_wants_to_know(void **state)
{
	(void)state;
	assert_int_equal(rq_fail(NULL, RQ_EUSAGE, "x"), RQ_EUSAGE);
	assert_int_equal(rq_fail_errno(NULL, ENOSPC, "x"), RQ_EFULL);
	assert_int_equal(rq_fail_in(NULL, "x"), RQ_EFAILED);
}

static void test_long_sentences_are_cut_and_terminated(void **state)
{
	struct rq_error e;
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memset(&e, 'z', sizeof e);
	rq_fail(&e, RQ_EFAILED, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
	rq_fail_errno(&e, EIO, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
	rq_fail_in(&e, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
}

static void test_context_goes_before(void **state)
{
	struct rq_error e;

	(void)state;
	rq_fail(&e, RQ_ELIMIT, "Too much.");
	assert_int_equal(rq_fail_in(&e, "line %d", 3), RQ_ELIMIT);
	assert_string_equal(e.msg, "line 3: Too much.");
	assert_int_equal(e.code, RQ_ELIMIT);
}

static void test_codes_of_errno(void **state)
{
	struct rq_error e;

	(void)state;
	assert_int_equal(rq_fail_errno(&e, ENOENT, "%s cannot be read", "/x"), RQ_ENOTFOUND);
	assert_string_equal(e.msg, "/x cannot be read: No such file or directory");
	assert_int_equal(rq_fail_errno(&e, EACCES, "a"), RQ_EPERM);
	assert_int_equal(rq_fail_errno(&e, EPERM, "a"), RQ_EPERM);
	assert_int_equal(rq_fail_errno(&e, ENOSPC, "a"), RQ_EFULL);
#ifdef EDQUOT
	assert_int_equal(rq_fail_errno(&e, EDQUOT, "a"), RQ_EFULL);
#endif
	assert_int_equal(rq_fail_errno(&e, EIO, "a"), RQ_EFAILED);
}

static void test_every_code_has_its_own_name(void **state)
{
	int i, k;

	(void)state;
	for (i = RQ_OK; i <= RQ_ECANCELLED; i++) {
		assert_non_null(rq_code_name(i));
		assert_true(*rq_code_name(i) != '\0');
		for (k = RQ_OK; k < i; k++)
			assert_string_not_equal(rq_code_name(i), rq_code_name(k));
	}
	assert_string_equal(rq_code_name(-1), "unknown");
	assert_string_equal(rq_code_name(RQ_ECANCELLED + 1), "unknown");
	assert_string_equal(rq_code_name(1000), "unknown");
}

static void break_invariant(void *ud)
{
	RQ_ASSERT(ud == NULL);
	RQ_BUG("reached with %d", 5);
}

static void test_a_broken_invariant_ends_the_process(void **state)
{
	char said[256];

	(void)state;
	assert_int_equal(ends_by_signal(break_invariant, NULL, said, sizeof said), SIGABRT);
	assert_non_null(strstr(said, "err.c:"));
	assert_non_null(strstr(said, "reached with 5\n"));
	assert_int_equal(ends_by_signal(break_invariant, said, said, sizeof said), SIGABRT);
	assert_non_null(strstr(said, "assertion failed: ud == NULL"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill_and_return),
		cmocka_unit_test(test_nobody_wants_to_know),
		cmocka_unit_test(test_long_sentences_are_cut_and_terminated),
		cmocka_unit_test(test_context_goes_before),
		cmocka_unit_test(test_codes_of_errno),
		cmocka_unit_test(test_every_code_has_its_own_name),
		cmocka_unit_test(test_a_broken_invariant_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
