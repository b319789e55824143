/* What short programs print. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/capture.h"

static struct rq_loop *loop;

struct got {
	int times, code;
	int64_t status;
	char text[1000], msg[512];
	size_t n;
	struct rq_capture *capture;
};

static void on_answer(void *ud, const struct rq_capture_answer *a)
{
	struct got *g = ud;

	g->times++;
	g->code = a->code;
	g->status = a->status;
	g->n = a->n;
	assert_int_equal(a->text[a->n], '\0');
	rq_copy(g->text, sizeof g->text, a->text);
	rq_copy(g->msg, sizeof g->msg, a->err.msg);
	rq_capture_free(g->capture);
	g->capture = NULL;
}

static struct got run(const struct rq_capture_spec *spec)
{
	int64_t give_up = rq_mono_ns() + INT64_C(15000000000);
	struct got g = { 0 };

	g.capture = rq_capture_new(loop, spec, on_answer, &g);
	assert_int_equal(g.times, 0);
	while (!g.times && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_int_equal(g.times, 1);
	return g;
}

static struct got sh(const char *script, const char *input, const char *const *env)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct rq_capture_spec spec = { .argv = argv, .env = env, .input = input, .max = 500, .deadline_ms = 10000 };

	return run(&spec);
}

static void test_output(void **state)
{
	struct got g = sh("echo one; echo two >&2; printf three", NULL, NULL);

	(void)state;
	assert_int_equal(g.code, RQ_OK);
	assert_int_equal(g.status, 0);
	assert_string_equal(g.text, "one\nthree");
	g = sh("exit 3", NULL, NULL);
	assert_int_equal(g.code, RQ_OK);
	assert_int_equal(g.status, 3);
	assert_string_equal(g.text, "");
	g = sh("kill -9 $$", NULL, NULL);
	assert_int_equal(g.status, -1);
	g = sh("cat; echo end", "in\nput\n", NULL);
	assert_string_equal(g.text, "in\nput\nend\n");
	/* Nothing to read is the end of it at once; and one that does not read is no harm. */
	assert_string_equal(sh("cat; echo end", NULL, NULL).text, "end\n");
	assert_int_equal(sh("exec <&-; exit 0", "unread", NULL).code, RQ_OK);
	/* Output that is closed early is not yet the end. */
	assert_int_equal(sh("echo x; exec >&-; sleep 0.1; exit 7", NULL, NULL).status, 7);
}

static void test_surroundings(void **state)
{
	static const char *const env[] = { "RQ_TEST_ONE=changed", "RQ_TEST_TWO", "RQ_TEST_NEW=n w", NULL };

	(void)state;
	setenv("RQ_TEST_ONE", "before", 1);
	setenv("RQ_TEST_TWO", "before", 1);
	setenv("RQ_TEST_TWO_AND_MORE", "stays", 1);
	assert_string_equal(sh("echo \"$RQ_TEST_ONE,${RQ_TEST_TWO-none},$RQ_TEST_TWO_AND_MORE,$RQ_TEST_NEW,$(pwd)\"", NULL, env).text,
			    "changed,none,stays,n w,/\n");
	assert_string_equal(sh("echo $RQ_TEST_ONE", NULL, NULL).text, "before\n");
	/* No terminal to ask on. */
	assert_string_equal(sh("(: </dev/tty) 2>/dev/null || echo none", NULL, NULL).text, "none\n");
}

static void test_limit(void **state)
{
	struct got g = sh("head -c 500 /dev/zero | tr '\\0' x", NULL, NULL);

	(void)state;
	assert_int_equal(g.code, RQ_OK);
	assert_int_equal(g.n, 500);
	g = sh("head -c 501 /dev/zero | tr '\\0' x", NULL, NULL);
	assert_int_equal(g.code, RQ_ELIMIT);
	assert_non_null(strstr(g.msg, "500 bytes"));
	assert_null(strstr(g.msg, "xxx"));
	assert_int_equal(sh("exec cat /dev/zero", NULL, NULL).code, RQ_ELIMIT);
}

/* Who leaves a daemon behind that holds its output has ended all the same. */
static void test_what_stays_behind(void **state)
{
	int64_t at = rq_mono_ns();
	struct got g = sh("sleep 20 & echo $!", NULL, NULL);
	int64_t pid;

	(void)state;
	assert_int_equal(g.code, RQ_OK);
	assert_true(rq_mono_ns() - at < INT64_C(10000000000));
	g.text[strcspn(g.text, "\n")] = '\0';
	assert_true(rq_parse_i64(g.text, &pid));
	kill((pid_t)pid, SIGKILL);
}

static bool runs(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* The one that is late is killed, and what it started. */
static void test_deadline(void **state)
{
	char dir[200], script[600];
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct rq_capture_spec spec = { .argv = argv, .max = 100, .deadline_ms = 300 };
	long a = 0, b = 0;
	struct got g;
	int i;
	FILE *f;

	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-capture.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(dir));
	snprintf(script, sizeof script, "sleep 60 & echo $$ $! >%s/pids; wait", dir);
	g = run(&spec);
	assert_int_equal(g.code, RQ_EBUSY);
	assert_string_equal(g.msg, "sh did not answer in time and was ended.");
	snprintf(script, sizeof script, "%s/pids", dir);
	f = fopen(script, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &a, &b), 2);
	fclose(f);
	/* Where nobody reaps what has lost its parent, it stays a zombie; so only ours is looked for. */
	for (i = 0; i < 200 && runs((pid_t)a); i++)
		rq_loop_turn(loop, 20);
	assert_false(runs((pid_t)a));
	unlink(script);
	rmdir(dir);
}

static void test_none(void **state)
{
	const char *const argv[] = { "/nosuch/program", NULL };
	const struct rq_capture_spec spec = { .argv = argv, .max = 100, .deadline_ms = 1000 };
	struct got g = { 0 }, never = { 0 };
	const char *const slow[] = { "sleep", "60", NULL };
	const struct rq_capture_spec slowly = { .argv = slow, .max = 100, .deadline_ms = 20 };
	int i;

	(void)state;
	/* Valgrind has no vfork: a child's failure to start does not come back through its memory. */
	if (!getenv("RELAYQ_TEST_VALGRIND")) {
		g = run(&spec);
		assert_int_equal(g.code, RQ_ENOTFOUND);
		assert_non_null(strstr(g.msg, "/nosuch/program"));
	}
	/* What was taken back does not answer. */
	rq_capture_free(rq_capture_new(loop, &spec, on_answer, &never));
	rq_capture_free(rq_capture_new(loop, &slowly, on_answer, &never));
	for (i = 0; i < 5; i++)
		rq_loop_turn(loop, 20);
	assert_int_equal(never.times, 0);
	rq_capture_free(NULL);
}

static int begin(void **state)
{
	(void)state;
	return rq_loop_new(&loop, NULL);
}

static int end(void **state)
{
	(void)state;
	rq_loop_free(loop);
	return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest all[] = {
		CASE(test_output), CASE(test_surroundings), CASE(test_limit), CASE(test_what_stays_behind), CASE(test_deadline),
		CASE(test_none),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
