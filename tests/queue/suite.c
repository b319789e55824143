/* suite.c - the bed that tests of queues lie in. */
#include "tests/queue/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

/* --- clocks ------------------------------------------------------------------------------- */

static int64_t wall = 1795000000000, boot = 500000;

static int64_t wall_now(void)
{
	return wall;
}

static int64_t boot_now(void)
{
	return boot;
}

void clock_stop(void)
{
	rq_clock_replace(wall_now, boot_now);
}

void clock_move(int64_t ms)
{
	wall += ms;
	boot += ms;
}

int64_t clock_now(void)
{
	return wall;
}

/* --- the bed ------------------------------------------------------------------------------ */

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void remove_tree(const char *dir)
{
	nftw(dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *below(struct bed *b, const char *name)
{
	return rq_arena_fmt(&b->arena, "%s/%s", b->dir, name);
}

struct rq_queue *bed_open(struct bed *b)
{
	struct rq_queue_options o = { .name = "local", .paths = &b->paths, .loop = b->loop, .worker = b->kind->worker,
				      .keep_jobs = b->keep_jobs, .keep_log_bytes = b->keep_log_bytes,
				      .keep_decisions = b->keep_decisions, .keep_decisions_ms = b->keep_decisions_ms };
	struct rq_queue *q;
	struct rq_error e = { 0 };

	if (rq_queue_open(b->kind->queue, &o, &q, &e))
		fail_msg("%s", e.msg);
	return q;
}

int bed_up(void **state)
{
	struct bed *b = rq_alloc(sizeof *b);
	const char *tmp = getenv("TMPDIR");
	struct rq_error e;

	b->kind = *state;
	snprintf(b->dir, sizeof b->dir, "%s/rqq.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(b->dir))
		return -1;
	b->paths.state = below(b, "state");
	b->paths.runtime = below(b, "run");
	b->paths.logs = below(b, "state/logs");
	b->paths.config = b->paths.cache = b->paths.data = b->paths.state;
	clock_stop();
	if (rq_loop_new(&b->loop, &e))
		return -1;
	b->q = bed_open(b);
	*state = b;
	return 0;
}

int bed_down(void **state)
{
	struct bed *b = *state;

	rq_queue_close(b->q);
	rq_queue_close(b->other);
	if (b->kind->check)
		b->kind->check(b->dir);
	while (b->n_calls) {
		struct rq_call *c = b->calls[--b->n_calls];

		if (c->verb == RQ_VERB_SNAPSHOT)
			rq_snapshot_unref(c->u.snapshot.snapshot);
		rq_call_free(c);
	}
	while (b->n_locks)
		if (b->locks[--b->n_locks] >= 0)
			close(b->locks[b->n_locks]);
	rq_loop_free(b->loop);
	remove_tree(b->dir);
	rq_arena_release(&b->arena);
	rq_clock_replace(NULL, NULL);
	*state = (void *)(uintptr_t)b->kind;
	rq_free(b);
	return 0;
}

void bed_reopen(struct bed *b)
{
	rq_queue_close(b->q);
	b->q = bed_open(b);
}

struct rq_queue *bed_other(struct bed *b)
{
	if (!b->other)
		b->other = bed_open(b);
	return b->other;
}

/* --- calls -------------------------------------------------------------------------------- */

static void on_done(struct rq_call *c, void *ud)
{
	(void)ud;
	rq_call_keep(c);
	c->ud = NULL;
}

struct rq_call *ask(struct bed *b, enum rq_verb v)
{
	struct rq_call *c = rq_call_new(v, on_done, b);

	assert_true(b->n_calls < sizeof b->calls / sizeof *b->calls);
	b->calls[b->n_calls++] = c;
	c->actor = "tester";
	return c;
}

int run_on(struct bed *b, struct rq_queue *q, struct rq_call *c)
{
	rq_queue_start(q, c);
	assert_non_null(c->ud); /* never answered inside of the call that starts it */
	for (int turns = 0; c->ud; turns++) {
		assert_true(turns < 10000);
		rq_loop_turn(b->loop, 1000);
	}
	return c->code;
}

int run(struct bed *b, struct rq_call *c)
{
	return run_on(b, b->q, c);
}

/* --- jobs --------------------------------------------------------------------------------- */

struct rq_submission plain(void)
{
	static char *const argv[] = { (char *)"true", NULL };
	static const struct rq_step step = { .argv = argv };
	struct rq_submission s = { .n_steps = 1, .steps = &step, .cwd = "/" };

	return s;
}

struct rq_decision decision(const char *trigger)
{
	struct rq_decision d;

	rq_decision_init(&d);
	d.trigger = trigger;
	d.policy = "built-in";
	d.type = "command";
	d.at = clock_now();
	return d;
}

struct rq_labels labels(struct bed *b, const char *text)
{
	struct rq_labels l;

	assert_int_equal(rq_labels_parse(&b->arena, text, &l, NULL), RQ_OK);
	return l;
}

const char *put(struct bed *b, struct rq_submission s)
{
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);

	*rq_call_add_submission(c) = s;
	if (run(b, c))
		fail_msg("%s", c->err.msg);
	assert_int_equal(c->u.submit.each[0].code, RQ_OK);
	return c->u.submit.each[0].id;
}

int put_fails(struct bed *b, struct rq_submission s)
{
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);

	*rq_call_add_submission(c) = s;
	run(b, c);
	assert_int_not_equal(c->code, RQ_OK);
	assert_int_equal(c->err.code, c->code);
	assert_true(strlen(c->err.msg) > 10);
	return c->code;
}

const char *put_after(struct bed *b, const char *a, const char *a2)
{
	struct rq_submission s = plain();
	const char *after[2] = { a, a2 };

	s.after = after;
	s.n_after = a2 ? 2 : 1;
	return put(b, s);
}

/* --- runners ------------------------------------------------------------------------------ */

int runner_again(struct bed *b, const char *name, const char *label_text, const char *instance)
{
	struct rq_call *c = ask(b, RQ_VERB_REGISTER);
	struct rq_runner r = { .name = name, .slots = 2, .os = "linux", .arch = "arm64", .host = "host", .version = "1",
			       .cpu_cores = 4, .memory_bytes = -1, .disk_free_bytes = -1, .temp_milli_c = -1,
			       .load_milli = -1 };

	r.labels = labels(b, label_text);
	c->u.registration.runner = &r;
	c->u.registration.instance = instance;
	c->u.registration.lock_path = below(b, rq_arena_fmt(&b->arena, "%s.lock", instance));
	c->u.registration.pid = 4711;
	return run(b, c);
}

void runner_up(struct bed *b, const char *name, const char *label_text)
{
	char *instance = rq_arena_fmt(&b->arena, "%s-1", name);
	struct rq_error e;

	assert_int_equal(rq_lock_take(below(b, rq_arena_fmt(&b->arena, "%s.lock", instance)), 1000,
				      &b->locks[b->n_locks++], &e), RQ_OK);
	assert_int_equal(runner_again(b, name, label_text, instance), RQ_OK);
}

void runner_dies(struct bed *b, size_t nth)
{
	close(b->locks[nth]);
	b->locks[nth] = -1;
}

struct rq_call *take(struct bed *b, const char *name, size_t n)
{
	struct rq_call *c = ask(b, RQ_VERB_EXCHANGE);
	struct rq_claim *claims = rq_arena_alloc(&c->arena, (n + 1) * sizeof *claims);

	for (size_t i = 0; i < n; i++) {
		char *token = rq_arena_alloc(&c->arena, RQ_TOKEN_LEN);

		rq_token(token);
		claims[i].token = token;
		claims[i].cell = "cell";
	}
	c->u.exchange.runner = name;
	c->u.exchange.instance = rq_arena_fmt(&c->arena, "%s-1", name);
	c->u.exchange.lease_ms = 30000;
	c->u.exchange.claims = claims;
	c->u.exchange.n_claims = n;
	if (run(b, c))
		fail_msg("%s", c->err.msg);
	return c;
}

struct rq_grant take_one(struct bed *b, const char *name)
{
	struct rq_call *c = take(b, name, 1);

	assert_int_equal(c->u.exchange.n_grants, 1);
	return c->u.exchange.grants[0];
}

void take_none(struct bed *b, const char *name)
{
	assert_int_equal(take(b, name, 1)->u.exchange.n_grants, 0);
}

struct rq_grant takes(struct bed *b, const char *name, const char *id)
{
	struct rq_grant g = take_one(b, name);

	assert_string_equal(g.id, strchr(id, ':') + 1);
	return g;
}

enum rq_verdict end(struct bed *b, const char *name, const struct rq_grant *g, enum rq_result_kind kind, int exit_code)
{
	struct rq_call *c = ask(b, RQ_VERB_EXCHANGE);
	struct rq_result r = { .id = g->id, .token = g->token, .kind = kind, .exit_code = exit_code };

	c->u.exchange.runner = name;
	c->u.exchange.instance = rq_arena_fmt(&c->arena, "%s-1", name);
	c->u.exchange.lease_ms = 30000;
	c->u.exchange.results = &r;
	c->u.exchange.n_results = 1;
	RUN(b, c);
	return c->u.exchange.verdicts[0];
}

enum rq_beat beat(struct bed *b, const char *instance, const struct rq_grant *g)
{
	struct rq_call *c = ask(b, RQ_VERB_BEAT);
	struct rq_lease l = { .id = g->id, .token = g->token };

	c->u.beat.instance = instance;
	c->u.beat.lease_ms = 30000;
	c->u.beat.leases = &l;
	c->u.beat.n = 1;
	RUN(b, c);
	assert_int_equal(c->u.beat.lease_boot_ms, rq_boot_ms() + 30000);
	return c->u.beat.beats[0];
}

/* --- looking ------------------------------------------------------------------------------ */

struct rq_job_detail *detail(struct bed *b, const char *id)
{
	struct rq_call *c = ask(b, RQ_VERB_JOB);

	c->u.job.id = id;
	if (run(b, c))
		fail_msg("%s", c->err.msg);
	return c->u.job.detail;
}

struct rq_snapshot *snapshot(struct bed *b)
{
	struct rq_call *c = ask(b, RQ_VERB_SNAPSHOT);

	c->u.snapshot.want = (struct rq_want){
		.jobs = true, .runners = true, .decisions = true, .activity = true, .counters = true,
		.finished_max = 1000, .decisions_max = 1000, .activity_max = 1000,
	};
	RUN(b, c);
	return c->u.snapshot.snapshot;
}

const struct rq_runner *runner(struct bed *b, const char *name)
{
	const struct rq_runner *r = rq_snapshot_runner(snapshot(b), name);

	assert_non_null(r);
	return r;
}

void is(struct bed *b, const char *id, const char *state, const char *reason)
{
	const struct rq_job *j = &detail(b, id)->job;

	if (!rq_eq(rq_job_state_text(j), state) || !rq_eq(j->reason, reason))
		fail_msg("%s is %s (%s), not %s (%s)", id, rq_job_state_text(j), j->reason, state, reason);
}

/* --- operators ---------------------------------------------------------------------------- */

struct rq_each cancel(struct bed *b, const char *id, bool force)
{
	struct rq_call *c = ask(b, RQ_VERB_CANCEL);

	rq_call_add_id(c, id);
	c->u.cancel.force = force;
	RUN(b, c);
	assert_string_equal(c->u.cancel.each[0].id, id);
	assert_true(strlen(c->u.cancel.each[0].text) > 3);
	return c->u.cancel.each[0];
}

struct rq_each retry(struct bed *b, const char *id)
{
	struct rq_call *c = ask(b, RQ_VERB_RETRY);

	rq_call_add_id(c, id);
	RUN(b, c);
	return c->u.retry.each[0];
}

struct rq_call *reroute(struct bed *b, const char *id, const char *target, const char *label_text, bool restart)
{
	struct rq_call *c = ask(b, RQ_VERB_REROUTE);

	c->u.reroute.id = id;
	c->u.reroute.target = target;
	if (label_text)
		c->u.reroute.labels = labels(b, label_text);
	c->u.reroute.restart = restart;
	c->u.reroute.reason = "because";
	run(b, c);
	return c;
}

int drain(struct bed *b, enum rq_verb v, const char *name, const char *reason)
{
	struct rq_call *c = ask(b, v);

	c->u.drain.runner = name;
	c->u.drain.reason = reason;
	return run(b, c);
}

bool activity_has(struct bed *b, const char *action, const char *object, const char *result)
{
	const struct rq_snapshot *s = snapshot(b);

	for (size_t i = 0; i < s->n_activity; i++) {
		const struct rq_activity *a = &s->activity[i];

		if (rq_eq(a->action, action) && rq_eq(a->object, object) && rq_eq(a->result, result))
			return true;
	}
	return false;
}
