/* Wake-ups between processes. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/wake.h"

struct ear {
	struct rq_wake *w;
	struct rq_str heard;
	int calls;
	bool free_it;
};

static struct rq_loop *loop;
static char dir[200];

static int begin(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-wake.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	return mkdtemp(dir) ? rq_loop_new(&loop, NULL) : -1;
}

static int end(void **state)
{
	(void)state;
	rq_loop_free(loop);
	/* Nothing is left behind, or the directory would stay. */
	return rmdir(dir);
}

static void on_wake(void *ud, const char *text, size_t n)
{
	struct ear *e = ud;

	assert_int_equal(text[n], 0);
	e->calls++;
	rq_str_addf(&e->heard, "[%s]", text);
	if (e->free_it)
		rq_wake_free(e->w);
}

static void listen_as(struct ear *e, const char *name)
{
	struct rq_error err = { 0 };

	if (rq_wake_listen(loop, dir, name, on_wake, e, &e->w, &err))
		fail_msg("%s", err.msg);
}

static void deaf(struct ear *e)
{
	rq_wake_free(e->w);
	rq_str_release(&e->heard);
}

static size_t sockets(void)
{
	DIR *d = opendir(dir);
	struct dirent *f;
	size_t n = 0;

	assert_non_null(d);
	while ((f = readdir(d)))
		n += f->d_name[0] != '.';
	closedir(d);
	return n;
}

static void hears(struct ear *e, const char *want)
{
	int64_t give_up = rq_mono_ns() + INT64_C(2000000000);

	while (strcmp(rq_str_get(&e->heard), want) != 0 && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_string_equal(rq_str_get(&e->heard), want);
}

static void test_two_listeners(void **state)
{
	struct ear a = { 0 }, b = { 0 };

	(void)state;
	listen_as(&a, "agent-mac");
	listen_as(&b, "agent-mac");
	assert_int_equal(sockets(), 2);
	rq_wake_send(dir, "", "job", NULL);
	/* Never inside the call. */
	assert_int_equal(a.calls + b.calls, 0);
	hears(&a, "[job]");
	hears(&b, "[job]");
	deaf(&a);
	deaf(&b);
	assert_int_equal(sockets(), 0);
}

static void test_the_prefix_and_the_exception(void **state)
{
	struct ear a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	listen_as(&a, "agent-a");
	listen_as(&b, "agent-b");
	listen_as(&c, "view");
	rq_wake_send(dir, "agent-", "one", NULL);
	rq_wake_send(dir, "agent-b", "two", NULL);
	rq_wake_send(dir, "", "three", a.w);
	rq_wake_send(dir, "nobody", "four", NULL);
	rq_wake_send("/nonexistent", "", "five", NULL);
	hears(&a, "[one]");
	hears(&b, "[one][two][three]");
	hears(&c, "[three]");
	deaf(&a);
	deaf(&b);
	deaf(&c);
}

/* Another process that died without tidying up. */
static void test_a_dead_listeners_socket_goes(void **state)
{
	struct ear a = { 0 };
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct rq_loop *own;
		struct rq_wake *w;

		_exit(rq_loop_new(&own, NULL) || rq_wake_listen(own, dir, "agent-dead", on_wake, NULL, &w, NULL));
	}
	waitpid(pid, NULL, 0);
	assert_int_equal(sockets(), 1);
	listen_as(&a, "agent-a");
	rq_wake_send(dir, "agent-a", "x", NULL);
	assert_int_equal(sockets(), 2);
	rq_wake_send(dir, "", "y", NULL);
	assert_int_equal(sockets(), 1);
	hears(&a, "[x][y]");
	deaf(&a);
}

static void test_other_files_stay(void **state)
{
	char name[300];
	FILE *f;

	(void)state;
	snprintf(name, sizeof name, "%s/lock", dir);
	f = fopen(name, "w");
	fclose(f);
	rq_wake_send(dir, "", "x", NULL);
	assert_int_equal(unlink(name), 0);
	snprintf(name, sizeof name, "%s/plain.sock", dir);
	f = fopen(name, "w");
	fclose(f);
	rq_wake_send(dir, "", "x", NULL);
	unlink(name);
}

/* A sender is never held up, and what says the same is told once a turn. */
static void test_a_flood(void **state)
{
	struct ear a = { 0 };
	int64_t before;
	int i;

	(void)state;
	listen_as(&a, "a");
	before = rq_mono_ns();
	for (i = 0; i < 2000; i++)
		rq_wake_send(dir, "", "same", NULL);
	assert_true(rq_mono_ns() - before < INT64_C(2000000000));
	rq_loop_turn(loop, 100);
	assert_string_equal(rq_str_get(&a.heard), "[same]");
	while (i-- > 0)
		rq_loop_turn(loop, 0);
	assert_true(a.calls < 20);
	/* And it still hears. */
	rq_str_clear(&a.heard);
	rq_wake_send(dir, "", "new", NULL);
	hears(&a, "[new]");
	deaf(&a);
}

static void test_many_different_ones_all_arrive(void **state)
{
	struct ear a = { 0 };
	char text[16];
	int i;

	(void)state;
	listen_as(&a, "a");
	for (i = 0; i < 30; i++) {
		snprintf(text, sizeof text, "t%d", i % 10);
		rq_wake_send(dir, "", text, NULL);
		if (i % 10 == 9)
			rq_loop_turn(loop, 100);
	}
	for (i = 0; i < 20; i++)
		rq_loop_turn(loop, 1);
	for (i = 0; i < 10; i++) {
		snprintf(text, sizeof text, "[t%d]", i);
		assert_non_null(strstr(a.heard.s, text));
	}
	deaf(&a);
}

static void test_freed_inside_its_callback(void **state)
{
	struct ear a = { .free_it = true };

	(void)state;
	listen_as(&a, "a");
	rq_wake_send(dir, "", "one", NULL);
	rq_wake_send(dir, "", "two", NULL);
	hears(&a, "[one]");
	rq_loop_turn(loop, 1);
	assert_int_equal(a.calls, 1);
	assert_int_equal(sockets(), 0);
	rq_str_release(&a.heard);
	rq_wake_free(NULL);
}

static void test_long_texts_are_cut(void **state)
{
	struct ear a = { 0 };
	char text[400];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	listen_as(&a, "a");
	rq_wake_send(dir, "", text, NULL);
	rq_wake_send(dir, "", "", NULL);
	rq_loop_turn(loop, 100);
	assert_int_equal(a.calls, 2);
	assert_int_equal(strcspn(a.heard.s, "]"), 256);
	assert_non_null(strstr(a.heard.s, "[]"));
	deaf(&a);
}

static void test_where_nobody_can_listen(void **state)
{
	struct rq_error e = { 0 };
	struct rq_wake *w = NULL;
	char far[200];

	(void)state;
	assert_int_equal(rq_wake_listen(loop, "/nonexistent", "a", on_wake, NULL, &w, &e), RQ_ENOTFOUND);
	assert_non_null(strstr(e.msg, "/nonexistent/a"));
	memset(far, 'x', sizeof far - 1);
	far[0] = '/';
	far[sizeof far - 1] = '\0';
	assert_int_equal(rq_wake_listen(loop, far, "a", on_wake, NULL, &w, &e), RQ_ELIMIT);
	assert_null(w);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_two_listeners),
		CASE(test_the_prefix_and_the_exception),
		CASE(test_a_dead_listeners_socket_goes),
		CASE(test_other_files_stay),
		CASE(test_a_flood),
		CASE(test_many_different_ones_all_arrive),
		CASE(test_freed_inside_its_callback),
		CASE(test_long_texts_are_cut),
		CASE(test_where_nobody_can_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
