/* What came of an action on several things. */
#include "tests/unit/unit.h"

#include "tui/summary.h"

static void says(const char *const *good, const char *const *bad, const char *want)
{
	struct rq_summary s = { 0 };
	struct rq_str out;

	for (; *good; good++)
		rq_summary_add(&s, *good, false);
	assert_false(rq_summary_bad(&s));
	for (; *bad; bad++)
		rq_summary_add(&s, *bad, true);
	rq_str_init(&out, 0);
	rq_summary_text(&s, "run again", &out);
	assert_string_equal(rq_str_get(&out), want);
	rq_str_release(&out);
	rq_summary_release(&s);
}

static void test_text(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const cancelled[] = { "local:1: cancelled", "local:2: cancelled", "local:3: cancelled", NULL };
	static const char *const one[] = { "local:9: cancelled", NULL };
	static const char *const ids[] = { "local:5", "local:6", NULL };
	static const char *const finished[] = { "local:4: already completed (success)",
						"local:7: already completed (failure)", NULL };
	static const char *const wait[] = { "local:8: not completed yet; cancel it first, or wait for its end",
					    "local:9: not completed yet; cancel it first, or wait for its end", NULL };
	static const char *const mixed[] = { "a:1: one.", "a:2: two.", "a:3: three.", "a:4: four.", NULL };

	(void)state;
	says(cancelled, none, "3 cancelled");
	says(cancelled, finished, "3 cancelled, 2 already completed");
	says(one, finished, "2 already completed; local:9: cancelled");
	says(ids, wait, "2 run again, 2 not completed yet");
	says(ids + 1, none, "local:6 run again");
	says(none, mixed, "a:1: one.; a:2: two.; 2 more (:messages)");
	says(none, none, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
