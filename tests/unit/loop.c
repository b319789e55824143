/* The event loop: deferred calls, timers, descriptors, signals, work on threads, and who may free what when. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/loop.h"

static struct rq_loop *loop;
static struct rq_str said;

static int begin(void **state)
{
	struct rq_error e;

	(void)state;
	rq_str_init(&said, 0);
	return rq_loop_new(&loop, &e);
}

static int end(void **state)
{
	(void)state;
	rq_loop_free(loop);
	loop = NULL;
	rq_str_release(&said);
	return 0;
}

static void say(void *ud)
{
	rq_str_add(&said, ud);
}

static void stop(void *ud)
{
	(void)ud;
	rq_loop_stop(loop);
}

static char A[] = "a", B[] = "b", C[] = "c", T[] = "t";

/* Turns until SAID is WANT; fails after two seconds. */
static void until(const char *want)
{
	int64_t give_up = rq_mono_ns() + INT64_C(2000000000);

	while (strcmp(rq_str_get(&said), want) != 0 && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_string_equal(rq_str_get(&said), want);
}

static void test_nothing_to_do_ends(void **state)
{
	(void)state;
	rq_loop_run(loop);
	rq_loop_turn(loop, 0);
	rq_loop_free(NULL);
}

/* --- deferred calls ---------------------------------------------------------------------- */

static void test_deferred_in_order_and_not_at_once(void **state)
{
	(void)state;
	rq_loop_defer(loop, say, A);
	rq_loop_defer(loop, say, B);
	rq_loop_defer(loop, say, C);
	assert_string_equal(rq_str_get(&said), "");
	rq_loop_run(loop);
	assert_string_equal(said.s, "abc");
	rq_loop_run(loop);
	assert_string_equal(said.s, "abc");
}

static void defer_b(void *ud)
{
	say(ud);
	rq_loop_defer(loop, say, B);
	rq_str_add(&said, "(");
}

static void test_deferred_by_a_deferred_one(void **state)
{
	(void)state;
	rq_loop_defer(loop, defer_b, A);
	rq_loop_defer(loop, say, C);
	rq_loop_run(loop);
	assert_string_equal(said.s, "a(cb");
}

static void undefer_c(void *ud)
{
	say(ud);
	rq_loop_undefer(loop, say, C);
}

static void test_undefer(void **state)
{
	(void)state;
	rq_loop_defer(loop, say, A);
	rq_loop_defer(loop, say, B);
	rq_loop_defer(loop, say, A);
	rq_loop_undefer(loop, say, A);
	rq_loop_undefer(loop, stop, A);
	rq_loop_undefer(loop, say, T);
	rq_loop_defer(loop, say, C);
	rq_loop_run(loop);
	assert_string_equal(said.s, "bc");
	/* From inside, and of the last one, behind which new ones go. */
	rq_str_clear(&said);
	rq_loop_defer(loop, undefer_c, A);
	rq_loop_defer(loop, say, C);
	rq_loop_run(loop);
	rq_loop_defer(loop, say, B);
	rq_loop_run(loop);
	assert_string_equal(said.s, "ab");
}

static void test_undeferring_all_leaves_an_empty_loop(void **state)
{
	int64_t before = rq_mono_ns();

	(void)state;
	rq_loop_defer(loop, say, A);
	rq_loop_undefer(loop, say, A);
	/* Must neither spin nor hang. */
	rq_loop_turn(loop, 30);
	assert_true(rq_mono_ns() - before >= 25000000);
	rq_loop_run(loop);
	assert_string_equal(rq_str_get(&said), "");
}

static void test_freeing_drops_what_is_deferred(void **state)
{
	(void)state;
	rq_loop_defer(loop, say, A);
	rq_loop_free(loop);
	loop = NULL;
	assert_string_equal(rq_str_get(&said), "");
}

/* --- the end of a turn ------------------------------------------------------------------- */

static void test_the_turn_end_comes_once_and_last(void **state)
{
	(void)state;
	rq_loop_at_turn_end(loop, say, T);
	rq_loop_defer(loop, defer_b, A);
	rq_loop_defer(loop, say, C);
	rq_loop_turn(loop, 0);
	assert_string_equal(said.s, "a(cbt");
	rq_loop_turn(loop, 1);
	assert_string_equal(said.s, "a(cbtt");
	rq_loop_at_turn_end(loop, NULL, NULL);
	rq_loop_turn(loop, 1);
	assert_string_equal(said.s, "a(cbtt");
}

static void defer_once(void *ud)
{
	if (!strchr(rq_str_get(&said), 'b'))
		rq_loop_defer(loop, say, B);
	say(ud);
}

/* What the turn's end defers is not left until something else happens. */
static void test_deferring_at_the_turn_end(void **state)
{
	int64_t before = rq_mono_ns();

	(void)state;
	rq_loop_at_turn_end(loop, defer_once, T);
	rq_loop_turn(loop, 10000);
	rq_loop_turn(loop, 10);
	assert_true(rq_starts(said.s, "tbt"));
	assert_true(rq_mono_ns() - before < INT64_C(5000000000));
	rq_loop_at_turn_end(loop, NULL, NULL);
}

static void test_a_turn_has_a_limit(void **state)
{
	struct rq_timer *t = rq_timer_new(loop, say, A);
	int64_t before = rq_mono_ns(), took;

	(void)state;
	rq_timer_start(t, 60000, 0);
	rq_loop_turn(loop, 40);
	took = rq_mono_ns() - before;
	assert_true(took >= 35000000 && took < 2000000000);
	before = rq_mono_ns();
	rq_loop_turn(loop, 0);
	assert_true(rq_mono_ns() - before < 30000000);
	assert_string_equal(rq_str_get(&said), "");
	rq_timer_free(t);
}

static void again_and_again(void *ud)
{
	rq_loop_defer(loop, again_and_again, ud);
}

/* A chain of deferred calls without end leaves room for the rest. */
static void test_a_chain_does_not_starve_a_timer(void **state)
{
	struct rq_timer *t = rq_timer_new(loop, say, A);

	(void)state;
	rq_timer_start(t, 1, 0);
	rq_loop_defer(loop, again_and_again, NULL);
	until("a");
	rq_loop_undefer(loop, again_and_again, NULL);
	rq_timer_free(t);
}

/* --- timers ------------------------------------------------------------------------------ */

static void test_timers(void **state)
{
	struct rq_timer *a = rq_timer_new(loop, say, A), *b = rq_timer_new(loop, say, B), *c = rq_timer_new(loop, say, C);
	int64_t before = rq_mono_ns();

	(void)state;
	rq_timer_start(a, 30, 0);
	rq_timer_start(b, 10, 0);
	rq_timer_start(c, -5, 0);
	assert_string_equal(rq_str_get(&said), "");
	assert_true(rq_timer_active(a));
	rq_loop_run(loop);
	assert_string_equal(said.s, "cba");
	assert_true(rq_mono_ns() - before >= 28000000);
	assert_false(rq_timer_active(a));
	/* Started anew, it counts anew; stopped, it is silent. */
	rq_str_clear(&said);
	rq_timer_start(a, 5, 0);
	rq_timer_start(a, 20, 0);
	rq_timer_start(b, 10, 0);
	rq_timer_start(c, 5, 0);
	rq_timer_stop(c);
	rq_loop_run(loop);
	assert_string_equal(said.s, "ba");
	rq_timer_free(a);
	rq_timer_free(b);
	rq_timer_free(c);
	rq_timer_free(NULL);
}

/* A long turn before it does not shorten a timer's time. */
static void test_a_timer_counts_from_its_start(void **state)
{
	struct rq_timer *t = rq_timer_new(loop, say, A);
	const struct timespec pause = { 0, 60000000 };
	int64_t started;

	(void)state;
	nanosleep(&pause, NULL);
	started = rq_mono_ns();
	rq_timer_start(t, 40, 0);
	rq_loop_run(loop);
	assert_true(rq_mono_ns() - started >= 38000000);
	rq_timer_free(t);
}

enum { VAIN = 200 };

struct restless {
	struct rq_timer *timer;
	int ms, times;
};

/* Comes again at once, after a while gives up. */
static void come_again(void *ud)
{
	struct restless *r = ud;
	const struct timespec pause = { 0, r->ms * 1000000 };

	nanosleep(&pause, NULL);
	if (++r->times < VAIN)
		rq_timer_start(r->timer, r->ms, 0);
}

static void heard(void *ud, int events, int status)
{
	(void)events;
	(void)status;
	(void)ud;
	say(A);
	rq_loop_stop(loop);
}

/* Timers that start themselves, of no time or of less than they take, leave room for descriptors. */
static void test_timers_do_not_starve_a_descriptor(void **state)
{
	struct restless r[3] = { { NULL, 0, 0 }, { NULL, 1, 0 }, { NULL, 1, 0 } };
	struct rq_watch *w;
	int ends[2], i;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(rq_watch_new(loop, ends[0], RQ_READABLE, heard, NULL, &w, NULL), RQ_OK);
	for (i = 0; i < 3; i++) {
		r[i].timer = rq_timer_new(loop, come_again, &r[i]);
		rq_timer_start(r[i].timer, 0, 0);
	}
	assert_int_equal(write(ends[1], "x", 1), 1);
	rq_loop_run(loop);
	assert_string_equal(rq_str_get(&said), "a");
	for (i = 0; i < 3; i++) {
		assert_true(r[i].times < 5);
		rq_timer_free(r[i].timer);
	}
	rq_watch_free(w);
	close(ends[0]);
	close(ends[1]);
}

static void stop_after_three(void *ud)
{
	say(A);
	if (said.len == 3)
		rq_timer_stop(*(struct rq_timer **)ud);
}

static void test_repeating(void **state)
{
	struct rq_timer *t;

	(void)state;
	t = rq_timer_new(loop, stop_after_three, &t);
	rq_timer_start(t, 1, 2);
	rq_loop_run(loop);
	assert_string_equal(said.s, "aaa");
	rq_timer_free(t);
}

static void test_stop_leaves_the_rest(void **state)
{
	struct rq_timer *t = rq_timer_new(loop, stop, NULL), *u = rq_timer_new(loop, say, A);

	(void)state;
	rq_timer_start(t, 1, 0);
	rq_timer_start(u, 30, 0);
	rq_loop_run(loop);
	assert_string_equal(rq_str_get(&said), "");
	rq_loop_run(loop);
	assert_string_equal(said.s, "a");
	rq_timer_free(t);
	rq_timer_free(u);
}

/* --- freeing inside the own callback ----------------------------------------------------- */

static void *own;

static void free_timer(void *ud)
{
	say(ud);
	rq_timer_free(own);
}

static void free_watch(void *ud, int events, int status)
{
	(void)events;
	(void)status;
	say(ud);
	rq_watch_free(own);
}

static void free_sig(void *ud)
{
	say(ud);
	rq_sig_free(own);
}

static void free_fswatch(void *ud)
{
	say(ud);
	rq_fswatch_free(own);
}

static void test_a_timer_frees_itself(void **state)
{
	struct rq_timer *t = rq_timer_new(loop, free_timer, A);

	(void)state;
	own = t;
	rq_timer_start(t, 1, 1);
	rq_loop_run(loop);
	assert_string_equal(said.s, "a");
}

static void test_a_watch_frees_itself(void **state)
{
	struct rq_watch *w;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(rq_watch_new(loop, p[0], RQ_READABLE, free_watch, A, &w, NULL), RQ_OK);
	own = w;
	assert_int_equal(write(p[1], "x", 1), 1);
	rq_loop_run(loop);
	assert_string_equal(said.s, "a");
	close(p[0]);
	close(p[1]);
}

static void test_a_signal_listener_frees_itself(void **state)
{
	struct rq_sig *s = rq_sig_new(loop, SIGUSR2, free_sig, A);

	(void)state;
	own = s;
	kill(getpid(), SIGUSR2);
	until("a");
}

static void temp_dir(char *out, size_t size)
{
	snprintf(out, size, "%s/rq-loop.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(out));
}

static void test_a_file_watch_frees_itself(void **state)
{
	char dir[200], file[240];
	struct rq_fswatch *w;
	int fd;

	(void)state;
	temp_dir(dir, sizeof dir);
	assert_int_equal(rq_fswatch_new(loop, dir, free_fswatch, A, &w, NULL), RQ_OK);
	own = w;
	snprintf(file, sizeof file, "%s/new", dir);
	fd = open(file, O_CREAT | O_WRONLY, 0600);
	close(fd);
	until("a");
	unlink(file);
	rmdir(dir);
}

/* --- descriptors ------------------------------------------------------------------------- */

struct ear {
	int fd, events, calls;
	char got[64];
};

static void on_ready(void *ud, int events, int status)
{
	struct ear *e = ud;
	ssize_t n;

	assert_int_equal(status, 0);
	e->events |= events;
	e->calls++;
	n = events & RQ_READABLE ? read(e->fd, e->got, sizeof e->got - 1) : 0;
	e->got[n > 0 ? n : 0] = '\0';
	if (e->calls == 1)
		rq_loop_stop(loop);
}

static void test_a_pipe(void **state)
{
	struct ear e = { 0 };
	struct rq_watch *w;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	e.fd = p[0];
	assert_int_equal(rq_watch_new(loop, p[0], RQ_READABLE, on_ready, &e, &w, NULL), RQ_OK);
	rq_loop_turn(loop, 5);
	assert_int_equal(e.calls, 0);
	assert_int_equal(write(p[1], "hello", 5), 5);
	rq_loop_run(loop);
	assert_string_equal(e.got, "hello");
	assert_int_equal(e.events, RQ_READABLE);
	rq_watch_free(w);
	rq_watch_free(NULL);
	/* The descriptor stayed ours. */
	assert_int_equal(write(p[1], "x", 1), 1);
	close(p[0]);
	close(p[1]);
}

static void test_a_socket_whose_other_end_went(void **state)
{
	struct ear e = { 0 };
	struct rq_watch *w;
	int s[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	e.fd = s[0];
	assert_int_equal(rq_watch_new(loop, s[0], RQ_WRITABLE | RQ_HANGUP, on_ready, &e, &w, NULL), RQ_OK);
	rq_loop_run(loop);
	assert_int_equal(e.events, RQ_WRITABLE);
	close(s[1]);
	rq_loop_turn(loop, 100);
	assert_true(e.events & RQ_HANGUP);
	rq_watch_free(w);
	close(s[0]);
}

static void test_what_cannot_be_watched(void **state)
{
	struct rq_error e = { 0 };
	struct rq_watch *w = NULL;
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	assert_int_equal(rq_watch_new(loop, fileno(f), RQ_READABLE, on_ready, NULL, &w, &e), RQ_EFAILED);
	assert_non_null(strstr(e.msg, "cannot be watched"));
	assert_int_equal(rq_watch_new(loop, 999, RQ_READABLE, on_ready, NULL, &w, NULL), RQ_EFAILED);
	assert_null(w);
	fclose(f);
}

/* --- signals, files, threads ------------------------------------------------------------- */

static void test_two_listeners_for_one_signal(void **state)
{
	struct rq_sig *a = rq_sig_new(loop, SIGUSR1, say, A), *b = rq_sig_new(loop, SIGUSR1, say, A);

	(void)state;
	/* Listening is no reason to stay. */
	rq_loop_run(loop);
	kill(getpid(), SIGUSR1);
	until("aa");
	rq_sig_free(a);
	kill(getpid(), SIGUSR1);
	until("aaa");
	rq_sig_free(b);
	rq_sig_free(NULL);
}

static void test_a_file_that_changes(void **state)
{
	char dir[200], file[240];
	struct rq_error e = { 0 };
	struct rq_fswatch *w;
	int fd;

	(void)state;
	temp_dir(dir, sizeof dir);
	snprintf(file, sizeof file, "%s/log", dir);
	assert_int_equal(rq_fswatch_new(loop, file, say, A, &w, &e), RQ_ENOTFOUND);
	assert_non_null(strstr(e.msg, file));
	fd = open(file, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(rq_fswatch_new(loop, file, say, A, &w, &e), RQ_OK);
	rq_loop_turn(loop, 5);
	assert_string_equal(rq_str_get(&said), "");
	assert_int_equal(write(fd, "x", 1), 1);
	until("a");
	rq_fswatch_free(w);
	rq_fswatch_free(NULL);
	close(fd);
	unlink(file);
	rmdir(dir);
}

struct sum {
	int64_t upto, total;
	bool done;
};

static void add_up(void *ud)
{
	struct sum *s = ud;
	int64_t i;

	for (i = 1; i <= s->upto; i++)
		s->total += i;
}

static void added_up(void *ud)
{
	struct sum *s = ud;

	s->done = true;
	say(A);
}

static void test_work(void **state)
{
	struct sum s = { .upto = 1000 }, t = { .upto = 10 };

	(void)state;
	rq_loop_work(loop, add_up, added_up, &s);
	rq_loop_work(loop, add_up, added_up, &t);
	assert_false(s.done);
	rq_loop_run(loop);
	assert_true(s.done && t.done);
	assert_int_equal(s.total, 500500);
	assert_int_equal(t.total, 55);
	assert_string_equal(said.s, "aa");
}

static void free_too_early(void *ud)
{
	rq_timer_start(rq_timer_new(loop, say, ud), 1000, 0);
	rq_loop_free(loop);
}

static void test_freeing_too_early_is_found(void **state)
{
	char text[200];

	(void)state;
	assert_int_equal(ends_by_signal(free_too_early, A, text, sizeof text), SIGABRT);
	assert_non_null(strstr(text, "the loop was freed while something on it was alive"));
}

static void test_two_loops(void **state)
{
	struct rq_loop *other, *first = loop;
	struct rq_timer *t;

	(void)state;
	assert_int_equal(rq_loop_new(&other, NULL), RQ_OK);
	rq_loop_defer(first, say, A);
	t = rq_timer_new(other, say, B);
	rq_timer_start(t, 1, 0);
	rq_loop_run(other);
	assert_string_equal(said.s, "b");
	rq_loop_run(first);
	assert_string_equal(said.s, "ba");
	rq_timer_free(t);
	rq_loop_free(other);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_nothing_to_do_ends),
		CASE(test_deferred_in_order_and_not_at_once),
		CASE(test_deferred_by_a_deferred_one),
		CASE(test_undefer),
		CASE(test_undeferring_all_leaves_an_empty_loop),
		CASE(test_freeing_drops_what_is_deferred),
		CASE(test_the_turn_end_comes_once_and_last),
		CASE(test_deferring_at_the_turn_end),
		CASE(test_a_turn_has_a_limit),
		CASE(test_a_chain_does_not_starve_a_timer),
		CASE(test_timers),
		CASE(test_a_timer_counts_from_its_start),
		CASE(test_timers_do_not_starve_a_descriptor),
		CASE(test_repeating),
		CASE(test_stop_leaves_the_rest),
		CASE(test_a_timer_frees_itself),
		CASE(test_a_watch_frees_itself),
		CASE(test_a_signal_listener_frees_itself),
		CASE(test_a_file_watch_frees_itself),
		CASE(test_a_pipe),
		CASE(test_a_socket_whose_other_end_went),
		CASE(test_what_cannot_be_watched),
		CASE(test_two_listeners_for_one_signal),
		CASE(test_a_file_that_changes),
		CASE(test_work),
		CASE(test_freeing_too_early_is_found),
		CASE(test_two_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
