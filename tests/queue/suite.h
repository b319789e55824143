/* suite.h - what the tests of queues share: a queue in a directory of its own, and short words for what one asks of it.
 *
 * A test gets a struct bed and never cares which implementation is behind it. Calls live until the bed is taken down. */
#ifndef RQ_TESTS_SUITE_H
#define RQ_TESTS_SUITE_H

#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/base/str.h"
#include "core/queue/queue.h"
#include "core/sys/db.h"
#include "core/sys/lock.h"

struct kind {
	const char *name;               /* "local", "local, on a thread" */
	const char *queue;              /* the kind that rq_queue_open knows */
	bool worker;
	/* What must always hold, looked up behind the queue's back; fails the test. */
	void (*check)(const char *dir);
	/* The machine was started anew: leases of the boot before are void. */
	void (*reboot)(const char *dir);
};

struct bed {
	const struct kind *kind;
	char dir[200];
	struct rq_paths paths;
	struct rq_loop *loop;
	struct rq_queue *q;             /* the queue that the helpers use */
	struct rq_queue *other;         /* a second context on the same data; NULL until bed_other */
	struct rq_arena arena;
	struct rq_call *calls[4096];
	size_t n_calls;
	int locks[32];
	size_t n_locks;
	int64_t keep_jobs, keep_log_bytes, keep_decisions, keep_decisions_ms;   /* for bed_reopen */
};

/* cmocka's setup and teardown; the initial state is a const struct kind. */
int bed_up(void **state);
int bed_down(void **state);
void bed_reopen(struct bed *b);
struct rq_queue *bed_other(struct bed *b);
struct rq_queue *bed_open(struct bed *b);
void remove_tree(const char *dir);

/* The clocks of the test: they stand still until moved. */
void clock_stop(void);
void clock_move(int64_t ms);
int64_t clock_now(void);

struct rq_call *ask(struct bed *b, enum rq_verb v);             /* a call that the bed keeps */
int run(struct bed *b, struct rq_call *c);                      /* start and wait; the call's code */
int run_on(struct bed *b, struct rq_queue *q, struct rq_call *c);
#define RUN(b, c) assert_int_equal(run((b), (c)), RQ_OK)

/* A submission of `true` as one writes it: job(.priority = 3, .target = "rpi4"). */
struct rq_submission plain(void);
struct rq_labels labels(struct bed *b, const char *text);
struct rq_decision decision(const char *trigger);              /* of the built-in policy, PLACED */
const char *put(struct bed *b, struct rq_submission s);         /* its id, "local:17" */
int put_fails(struct bed *b, struct rq_submission s);           /* the code */
const char *put_after(struct bed *b, const char *a, const char *a2);

/* A runner whose process lives (its lock is held by the test). INSTANCE is NAME with "-1" behind. */
void runner_up(struct bed *b, const char *name, const char *label_text);
int runner_again(struct bed *b, const char *name, const char *label_text, const char *instance);
void runner_dies(struct bed *b, size_t nth);                    /* in the order in which they came up */

/* EXCHANGE with N claims; grants in the answer. */
struct rq_call *take(struct bed *b, const char *runner, size_t n);
struct rq_grant take_one(struct bed *b, const char *runner);    /* there must be one */
void take_none(struct bed *b, const char *runner);
/* The job that the runner gets next must be ID. */
struct rq_grant takes(struct bed *b, const char *runner, const char *id);
enum rq_verdict end(struct bed *b, const char *runner, const struct rq_grant *g, enum rq_result_kind kind, int exit_code);
enum rq_beat beat(struct bed *b, const char *instance, const struct rq_grant *g);

struct rq_job_detail *detail(struct bed *b, const char *id);
struct rq_snapshot *snapshot(struct bed *b);                    /* of everything */
const struct rq_runner *runner(struct bed *b, const char *name);
/* STATE as a list shows it ("queued", "success"), REASON "" none. */
void is(struct bed *b, const char *id, const char *state, const char *reason);
struct rq_each cancel(struct bed *b, const char *id, bool force);
struct rq_each retry(struct bed *b, const char *id);
struct rq_call *reroute(struct bed *b, const char *id, const char *target, const char *label_text, bool restart);
int drain(struct bed *b, enum rq_verb v, const char *name, const char *reason);
bool activity_has(struct bed *b, const char *action, const char *object, const char *result);

/* The parts of the conformance suite. */
struct part {
	const struct CMUnitTest *tests;
	size_t n;
};
extern const struct part part_submit, part_claim, part_result, part_after, part_operator, part_route, part_lease, part_calls,
	part_policy, part_govern, part_journal, part_duty;
#define TEST(f) { #f, f, bed_up, bed_down, NULL }
#define PART(name, ...) \
	static const struct CMUnitTest name##_tests[] = { __VA_ARGS__ }; \
	const struct part part_##name = { name##_tests, sizeof name##_tests / sizeof *name##_tests }

#endif
