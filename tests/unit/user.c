/* Entries of the password database. */
#include "tests/unit/unit.h"

#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/user.h"

static const char text[] = "root:x:0:0:root:/root:/bin/bash\n"
			   "short:x:12\n"
			   "\n"
			   "# nobody\n"
			   "+::::::\n"
			   "one:x:1:1::/home/one:/bin/sh\n"
			   "other:x:1:1::/home/other:/bin/sh\n"
			   "eleven:x:11:1:,,,::";

static void gives(long uid, int i, const char *want)
{
	char *got = rq_passwd_field(text, uid, i);

	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
	rq_free(got);
}

static void test_fields(void **state)
{
	(void)state;
	gives(0, 0, "root");
	gives(0, 5, "/root");
	gives(1, 0, "one");
	gives(1, 5, "/home/one");
	gives(11, 0, "eleven");
	gives(12, 0, "short");
	/* A line that ends early, and a field that is empty. */
	gives(12, 5, NULL);
	gives(11, 5, NULL);
	gives(2, 0, NULL);
	gives(111, 0, NULL);
}

static void test_who_we_are(void **state)
{
	char *name = rq_user_name(), *home = rq_user_home(), *none = rq_passwd_field("", 0, 0);

	(void)state;
	assert_non_null(name);
	assert_true(*name);
	if (geteuid() == 0)
		assert_string_equal(name, "root");
	if (home)
		assert_int_equal(*home, '/');
	assert_null(none);
	rq_free(name);
	rq_free(home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_who_we_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
