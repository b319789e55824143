/* The context: two in one process, what one does the other sees, and each request is answered once. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/queue/queue.h"
#include "core/relayq.h"
#include "core/sys/lock.h"
#include "core/sys/loop.h"
#include "core/sys/paths.h"

static struct rq_loop *loop;
static struct relayq *a, *b;
static char dir[200];
static int lock_fd = -1;

/* --- answers ----------------------------------------------------------------------------- */

struct answer {
	int times;
	struct rq_call *call;   /* kept: freed with the answer */
};

static void on_answer(struct rq_call *call, void *ud)
{
	struct answer *r = ud;

	r->times++;
	assert_int_equal(r->times, 1);
	rq_call_keep(call);
	r->call = call;
}

static void turn_until(bool (*true_now)(void *), void *ud)
{
	int64_t give_up = rq_mono_ns() + INT64_C(10000000000);

	while (!true_now(ud) && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_true(true_now(ud));
}

static bool answered(void *ud)
{
	return ((struct answer *)ud)->times > 0;
}

/* Start, wait, and give the answered call, which the caller frees. */
static struct rq_call *ask(struct relayq *rq, struct rq_call *call, int code)
{
	struct answer r = { 0 };

	call->done = on_answer;
	call->ud = &r;
	assert_true(rq_start(rq, call) > 0);
	assert_int_equal(r.times, 0);
	turn_until(answered, &r);
	if (r.call->code != code)
		fail_msg("%s: %d, %s", rq_verb_name(r.call->verb), r.call->code, r.call->err.msg);
	return r.call;
}

static struct rq_call *submission(const char *labels, const char *target, const char *script)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SUBMIT, NULL, NULL);
	struct rq_submission *s = rq_call_add_submission(c);
	struct rq_step *step = rq_arena_alloc(&c->arena, sizeof *step);

	step->name = "run";
	step->script = rq_call_str(c, script);
	s->steps = step;
	s->n_steps = 1;
	s->cwd = "/";
	s->target = rq_call_str(c, target);
	assert_int_equal(rq_labels_parse(&c->arena, labels, &s->labels, NULL), RQ_OK);
	return c;
}

static char *submit(struct relayq *rq, const char *labels, const char *target)
{
	struct rq_call *c = ask(rq, submission(labels, target, "true"), RQ_OK);
	char *id = rq_strdup(c->u.submit.each[0].id);

	rq_call_free(c);
	return id;
}

/* --- set-up ------------------------------------------------------------------------------ */

static struct relayq *opened(bool console)
{
	struct rq_open_options o = { .loop = loop, .console = console, .no_autostart = true };
	struct rq_error e = { 0 };
	struct relayq *rq = NULL;

	if (rq_open(&o, &rq, &e))
		fail_msg("%s", e.msg);
	return rq;
}

static int begin(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-context.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	setenv("HOME", dir, 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_CACHE_HOME");
	setenv("XDG_RUNTIME_DIR", dir, 1);
	if (rq_loop_new(&loop, NULL))
		return -1;
	a = opened(false);
	b = opened(true);
	return 0;
}

static int end(void **state)
{
	char *argv[] = { (char *)"rm", (char *)"-rf", dir, NULL };
	struct rq_child_spec spec = { .argv = argv };
	struct rq_child *rm;

	(void)state;
	rq_close(a);
	rq_close(b);
	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
	if (rq_child_spawn(loop, &spec, NULL, NULL, &rm, NULL))
		return -1;
	rq_loop_run(loop);
	rq_child_free(rm);
	rq_loop_free(loop);
	return 0;
}

/* A runner that this process plays. */
static void register_runner(struct relayq *rq, const char *name, const char *labels)
{
	struct rq_call *c = rq_call_new(RQ_VERB_REGISTER, NULL, NULL);
	struct rq_runner *r = rq_arena_alloc(&c->arena, sizeof *r);
	char *lock = rq_path_join(dir, "runner.lock");

	if (lock_fd < 0)
		assert_int_equal(rq_lock_take(lock, 0, &lock_fd, NULL), RQ_OK);
	*r = (struct rq_runner){ .name = rq_call_str(c, name), .queue = "local", .slots = 1, .os = "linux", .arch = "x64",
				 .host = "here", .version = "0", .started_at = rq_now(), .seen_at = rq_now(), .cpu_cores = 1,
				 .memory_bytes = -1, .disk_free_bytes = -1, .temp_milli_c = -1, .load_milli = -1 };
	assert_int_equal(rq_labels_parse(&c->arena, labels, &r->labels, NULL), RQ_OK);
	c->u.registration.runner = r;
	c->u.registration.instance = rq_call_str(c, name);
	c->u.registration.lock_path = rq_call_str(c, lock);
	c->u.registration.pid = getpid();
	rq_call_free(ask(rq, c, RQ_OK));
	rq_free(lock);
}

/* --- subscriptions ----------------------------------------------------------------------- */

struct viewer {
	struct relayq *rq;
	int changes;
	const char *id;
};

static void on_change(void *ud)
{
	((struct viewer *)ud)->changes++;
}

static bool sees(void *ud)
{
	struct viewer *v = ud;

	return rq_snapshot_job(rq_now_snapshot(v->rq), v->id) != NULL;
}

static void test_one_submits_the_other_sees(void **state)
{
	const struct rq_want want = { .jobs = true, .runners = true, .finished_max = 10 };
	struct viewer v = { .rq = b };
	struct rq_snapshot *kept;
	uint64_t before;
	char *id, *second;

	(void)state;
	assert_int_equal(rq_now_snapshot(a)->n_jobs, 0);
	rq_subscribe(b, &want, on_change, &v);
	assert_int_equal(v.changes, 0);
	id = submit(a, "", NULL);
	v.id = id;
	turn_until(sees, &v);
	assert_true(v.changes > 0);
	/* The one that did not subscribe loads nothing. */
	assert_int_equal(rq_now_snapshot(a)->n_jobs, 0);
	before = rq_now_snapshot(b)->generation;
	kept = rq_snapshot_ref((struct rq_snapshot *)(uintptr_t)rq_now_snapshot(b));
	second = submit(a, "", NULL);
	v.id = second;
	turn_until(sees, &v);
	assert_true(rq_now_snapshot(b)->generation > before);
	/* What was kept is as it was. */
	assert_non_null(rq_snapshot_job(kept, id));
	assert_null(rq_snapshot_job(kept, second));
	rq_snapshot_unref(kept);
	/* No subscription, no calls. */
	rq_subscribe(b, NULL, NULL, NULL);
	v.changes = 0;
	rq_free(submit(a, "", NULL));
	rq_loop_turn(loop, 150);
	rq_loop_turn(loop, 150);
	assert_int_equal(v.changes, 0);
	rq_free(id);
	rq_free(second);
}

/* Nothing changes: nobody is called, and the loop is left in peace. */
static void test_nothing_happens_when_nothing_happens(void **state)
{
	const struct rq_want want = { .jobs = true };
	struct viewer v = { .rq = b };
	int i;

	(void)state;
	rq_subscribe(b, &want, on_change, &v);
	for (i = 0; i < 10; i++)
		rq_loop_turn(loop, 50);
	assert_in_range(v.changes, 1, 2);
	v.changes = 0;
	for (i = 0; i < 6; i++)
		rq_loop_turn(loop, 50);
	assert_int_equal(v.changes, 0);
}

static void test_a_burst_is_merged(void **state)
{
	const struct rq_want want = { .jobs = true };
	struct viewer v = { .rq = b };
	char *id = NULL;
	int i;

	(void)state;
	rq_subscribe(b, &want, on_change, &v);
	for (i = 0; i < 60; i++) {
		rq_free(id);
		id = submit(a, "", NULL);
	}
	v.id = id;
	turn_until(sees, &v);
	assert_int_equal(rq_now_snapshot(b)->n_jobs, 60);
	assert_true(v.changes < 60);
	rq_free(id);
}

/* --- deciding ---------------------------------------------------------------------------- */

static void refresh(struct relayq *rq)
{
	const struct rq_want want = { .runners = true, .jobs = true, .decisions = true, .decisions_max = 50, .activity = true,
				      .activity_max = 50, .finished_max = 50 };
	uint64_t before = rq_now_snapshot(rq)->generation;
	struct viewer v = { .rq = rq };
	int64_t give_up = rq_mono_ns() + INT64_C(5000000000);

	rq_subscribe(rq, &want, on_change, &v);
	while (rq_now_snapshot(rq)->generation == before && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_true(rq_now_snapshot(rq)->generation > before);
	rq_subscribe(rq, NULL, NULL, NULL);
}

static void test_preview(void **state)
{
	struct rq_call *c = submission("gpu", NULL, "true");
	struct rq_arena arena = { 0 };
	struct rq_decision d;

	(void)state;
	assert_int_equal(rq_preview(a, &arena, c->u.submit.v, &d, NULL), RQ_OK);
	assert_int_equal(d.outcome, RQ_OUTCOME_WAIT);
	assert_string_equal(d.reason, "NO_CANDIDATES");
	register_runner(b, "mac", "self-hosted,gpu,linux");
	refresh(a);
	assert_int_equal(rq_preview(a, &arena, c->u.submit.v, &d, NULL), RQ_OK);
	assert_int_equal(d.outcome, RQ_OUTCOME_PLACED);
	assert_string_equal(d.target, "mac");
	assert_string_equal(d.wanted, "gpu");
	/* Nothing of it was stored. */
	refresh(a);
	assert_int_equal(rq_now_snapshot(a)->n_jobs, 0);
	assert_int_equal(rq_now_snapshot(a)->n_decisions, 0);
	rq_call_free(c);
	rq_arena_release(&arena);
}

static void test_each_submission_is_decided(void **state)
{
	const struct rq_decision *d;
	struct rq_call *c;
	char *id;

	(void)state;
	register_runner(a, "mac", "self-hosted,linux");
	id = submit(a, "", NULL);
	c = rq_call_new(RQ_VERB_DECISION, NULL, NULL);
	c->u.decision.id = rq_call_str(c, id);
	c = ask(b, c, RQ_OK);
	d = c->u.decision.decision;
	assert_string_equal(d->job_id, id);
	assert_string_equal(d->trigger, "submit");
	assert_string_equal(d->by, rq_user(a));
	assert_string_equal(d->wanted, "self-hosted");
	assert_string_equal(d->target, "mac");
	assert_int_equal(d->n_candidates, 1);
	assert_int_equal(strlen(d->id), 26);
	rq_call_free(c);
	rq_free(id);
}

/* A re-route is decided anew, and its decision names the one before. */
static void test_a_reroute_is_decided(void **state)
{
	char *id, *first;
	struct rq_call *c;

	(void)state;
	register_runner(a, "mac", "self-hosted,linux");
	id = submit(a, "gpu", NULL);
	c = rq_call_new(RQ_VERB_DECISION, NULL, NULL);
	c->u.decision.id = rq_call_str(c, id);
	c = ask(a, c, RQ_OK);
	assert_int_equal(c->u.decision.decision->outcome, RQ_OUTCOME_WAIT);
	first = rq_strdup(c->u.decision.decision->id);
	rq_call_free(c);
	c = rq_call_new(RQ_VERB_REROUTE, NULL, NULL);
	c->u.reroute.id = rq_call_str(c, id);
	c->u.reroute.target = "mac";
	c->u.reroute.reason = "because";
	rq_call_free(ask(b, c, RQ_OK));
	c = rq_call_new(RQ_VERB_DECISION, NULL, NULL);
	c->u.decision.id = rq_call_str(c, id);
	c = ask(a, c, RQ_OK);
	assert_string_equal(c->u.decision.decision->trigger, "reroute");
	assert_string_equal(c->u.decision.decision->prev_id, first);
	assert_string_equal(c->u.decision.decision->note, "because");
	assert_string_equal(c->u.decision.decision->target, "mac");
	rq_call_free(c);
	rq_free(id);
	rq_free(first);
}

static void test_warnings(void **state)
{
	struct rq_call *c;

	(void)state;
	/* The first agent is about to start: nothing to compare with. */
	c = ask(a, submission("macmni", NULL, "true"), RQ_OK);
	assert_string_equal(c->u.submit.warnings, "");
	rq_call_free(c);
	register_runner(a, "mac", "self-hosted,macmini");
	c = ask(a, submission("macmni", NULL, "true"), RQ_OK);
	assert_string_equal(c->u.submit.warnings, "no known runner has the label 'macmni'; did you mean 'macmini'?\n"
						   "runners that nearly fit: mac (lacks macmni)\n");
	assert_true(rq_starts(c->u.submit.each[0].id, "local:"));
	rq_call_free(c);
	c = ask(a, submission("MacMini", "rpi4", "true"), RQ_OK);
	assert_string_equal(c->u.submit.warnings, "there is no runner 'rpi4' yet: the job waits for it\n");
	rq_call_free(c);
	c = ask(a, submission("", NULL, "true"), RQ_OK);
	assert_string_equal(c->u.submit.warnings, "");
	rq_call_free(c);
	c = rq_call_new(RQ_VERB_DRAIN, NULL, NULL);
	c->u.drain.runner = "mac";
	c->u.drain.reason = "new disk";
	rq_call_free(ask(a, c, RQ_OK));
	c = ask(a, submission("", "mac", "true"), RQ_OK);
	assert_true(rq_starts(c->u.submit.warnings, "runner mac is drain"));
	assert_non_null(strstr(c->u.submit.warnings, "ed: the job waits until it is undrained\n"));
	rq_call_free(c);
	close(lock_fd);
	lock_fd = -1;
	c = rq_call_new(RQ_VERB_UNDRAIN, NULL, NULL);
	c->u.drain.runner = "mac";
	rq_call_free(ask(b, c, RQ_OK));
	c = ask(a, submission("", "mac", "true"), RQ_OK);
	assert_string_equal(c->u.submit.warnings, "runner mac is offline: the job waits for it\n");
	rq_call_free(c);
}

/* --- under a policy ---------------------------------------------------------------------- */

static void write_policy(const char *text)
{
	char *path = rq_path_join(rq_path(a, "config"), "policy.yaml");

	assert_int_equal(rq_mkdirs(rq_path(a, "config"), NULL), RQ_OK);
	assert_int_equal(rq_file_write(path, text, strlen(text), 0600, NULL), RQ_OK);
	rq_free(path);
}

/* One job of this route at a time, whatever the runner could do. */
static void one_at_a_time(void)
{
	write_policy("routes:\n  transcribe:\n    prefer: [mac]\n    constraints: {max_concurrent: 1, max_size_mb: 10}\n"
		     "    timeout_minutes: 5\n");
}

static struct rq_call *transcription(const char *size)
{
	struct rq_call *c = submission("", NULL, "true");
	struct rq_submission *s = c->u.submit.v;

	s->type = "transcribe";
	s->n_params = 1;
	s->params = rq_arena_alloc(&c->arena, sizeof *s->params);
	s->params[0] = rq_call_str(c, size);
	return c;
}

static const struct rq_decision *decision_of(const struct rq_call *c, size_t i)
{
	return c->u.submit.v[i].decision;
}

static void test_placed_held_refused(void **state)
{
	struct rq_call *c;

	(void)state;
	one_at_a_time();
	register_runner(a, "mac", "self-hosted,linux");
	c = ask(a, transcription("size_mb=5"), RQ_OK);
	assert_int_equal(decision_of(c, 0)->outcome, RQ_OUTCOME_PLACED);
	assert_true(decision_of(c, 0)->governed);
	assert_string_equal(decision_of(c, 0)->policy_path, "policy.yaml");
	assert_int_equal(strlen(decision_of(c, 0)->policy_oid), 40);
	/* The route's time limit, since nothing else was said. */
	assert_int_equal(c->u.submit.v[0].timeout_ms, 300000);
	rq_call_free(c);
	c = transcription("size_mb=5");
	c->u.submit.v[0].timeout_ms = 1000;
	c = ask(b, c, RQ_OK);
	assert_int_equal(decision_of(c, 0)->outcome, RQ_OUTCOME_WAIT);
	assert_int_equal(c->u.submit.v[0].timeout_ms, 1000);
	rq_call_free(c);
	c = ask(a, transcription("size_mb=50"), RQ_EREFUSED);
	assert_true(rq_starts(c->err.msg, "The policy refuses this transcribe job: SIZE_EXCEEDED, "));
	assert_non_null(strstr(c->err.msg, decision_of(c, 0)->id));
	rq_call_free(c);
	/* A bare command needs no route. */
	c = ask(a, submission("", NULL, "true"), RQ_OK);
	assert_false(decision_of(c, 0)->governed);
	assert_int_equal(c->u.submit.v[0].timeout_ms, 6 * 3600 * 1000);
	rq_call_free(c);
}

/* What one request places counts for the rest of it. */
static void test_a_batch_counts_itself(void **state)
{
	enum { MANY = 5 };
	struct rq_call *c = transcription("size_mb=5");
	size_t i;

	(void)state;
	one_at_a_time();
	register_runner(a, "mac", "self-hosted,linux");
	for (i = 1; i < MANY; i++) {
		struct rq_submission *s = rq_call_add_submission(c);

		*s = c->u.submit.v[0];
	}
	c = ask(a, c, RQ_OK);
	assert_int_equal(decision_of(c, 0)->outcome, RQ_OUTCOME_PLACED);
	for (i = 1; i < MANY; i++) {
		assert_int_equal(decision_of(c, i)->outcome, RQ_OUTCOME_WAIT);
		assert_string_not_equal(decision_of(c, i)->fleet->sha256, decision_of(c, 0)->fleet->sha256);
		assert_ptr_equal(decision_of(c, i)->fleet->json, decision_of(c, 1)->fleet->json);
	}
	rq_call_free(c);
}

/* Both see the same free place; one gets it, and the other is decided again. */
static void test_two_want_the_last_place(void **state)
{
	enum { EACH = 6 };
	struct answer r[2 * EACH] = { { 0 } };
	struct rq_call *c[2 * EACH];
	int placed = 0, i;

	(void)state;
	one_at_a_time();
	register_runner(a, "mac", "self-hosted,linux");
	for (i = 0; i < 2 * EACH; i++) {
		c[i] = transcription("size_mb=5");
		c[i]->done = on_answer;
		c[i]->ud = &r[i];
		rq_start(i % 2 ? a : b, c[i]);
	}
	for (i = 0; i < 2 * EACH; i++) {
		turn_until(answered, &r[i]);
		if (r[i].call->code)
			fail_msg("%s", r[i].call->err.msg);
		placed += decision_of(r[i].call, 0)->outcome == RQ_OUTCOME_PLACED;
		rq_call_free(r[i].call);
	}
	assert_int_equal(placed, 1);
}

static bool has_looked(void *ud)
{
	return *(int *)ud > 0;
}

static void count(void *ud)
{
	(*(int *)ud)++;
}

static void look(struct relayq *rq)
{
	int n = 0;

	rq_look_policy(rq, count, &n);
	turn_until(has_looked, &n);
}

static void test_the_policy_is_told(void **state)
{
	struct rq_call *c = transcription("size_mb=5");
	struct rq_arena arena = { 0 };
	struct rq_error e = { 0 };
	struct rq_decision d;

	(void)state;
	look(a);
	assert_string_equal(rq_policy_info(a)->oid, "");
	assert_null(rq_policy_in_force(a));
	one_at_a_time();
	look(a);
	assert_string_equal(rq_policy_info(a)->path, "policy.yaml");
	assert_int_equal(rq_policy_info(a)->schema, 1);
	assert_string_equal(rq_policy_info(a)->error, "");
	register_runner(b, "mac", "self-hosted,linux");
	refresh(a);
	assert_int_equal(rq_preview(a, &arena, c->u.submit.v, &d, &e), RQ_OK);
	assert_int_equal(d.outcome, RQ_OUTCOME_PLACED);
	assert_true(d.governed);
	write_policy("routes: [\n");
	look(a);
	/* What was previewed is still whole, though its policy and its fleet are not in force any more. */
	refresh(a);
	assert_string_equal(d.candidates[0].name, "mac");
	assert_string_equal(d.policy_path, "policy.yaml");
	assert_non_null(strstr(rq_policy_info(a)->error, "stays in force"));
	assert_true(rq_starts(rq_policy_info(a)->problems, "policy.yaml:"));
	assert_int_equal(rq_preview(a, &arena, c->u.submit.v, &d, &e), RQ_OK);
	assert_int_equal(rq_use_policy(a, "/nosuch/policy.yaml", &e), RQ_OK);
	look(a);
	assert_int_equal(rq_preview(a, &arena, c->u.submit.v, &d, &e), RQ_EUSAGE);
	rq_call_free(ask(a, c, RQ_EUSAGE));
	assert_int_equal(rq_use_policy(a, "", &e), RQ_EUSAGE);
	rq_arena_release(&arena);
}

static bool tells_of_it(void *ud)
{
	struct viewer *v = ud;

	return v->changes > 0 && *rq_policy_info(v->rq)->error;
}

/* Without anybody asking: the header says it. */
static void test_the_console_sees_a_bad_file(void **state)
{
	const struct rq_want want = { .runners = true };
	struct viewer v = { .rq = b };

	(void)state;
	one_at_a_time();
	look(b);
	rq_subscribe(b, &want, on_change, &v);
	rq_loop_turn(loop, 100);
	rq_loop_turn(loop, 100);
	v.changes = 0;
	write_policy("routes: [\n");
	turn_until(tells_of_it, &v);
	rq_subscribe(b, NULL, NULL, NULL);
}

static void test_reroutes_under_a_policy(void **state)
{
	struct rq_call *c;
	char *id;

	(void)state;
	register_runner(a, "mac", "self-hosted,linux");
	id = submit(a, "gpu", NULL);
	/* Nobody decides where to. */
	c = rq_call_new(RQ_VERB_REROUTE, NULL, NULL);
	c->u.reroute.id = rq_call_str(c, id);
	rq_call_free(ask(a, c, RQ_EUSAGE));
	rq_free(id);
	write_policy("routes:\n  transcribe:\n    prefer: [pi]\n    constraints: {max_size_mb: 10}\nrunner_capabilities:\n"
		     "  pi: {cpu_cores: 4}\n");
	c = ask(a, transcription("size_mb=5"), RQ_OK);
	assert_int_equal(decision_of(c, 0)->outcome, RQ_OUTCOME_WAIT);
	id = rq_strdup(c->u.submit.each[0].id);
	rq_call_free(c);
	one_at_a_time();
	c = rq_call_new(RQ_VERB_REROUTE, NULL, NULL);
	c->u.reroute.id = rq_call_str(c, id);
	c = ask(a, c, RQ_OK);
	assert_int_equal(c->u.reroute.decision->outcome, RQ_OUTCOME_PLACED);
	assert_string_equal(c->u.reroute.decision->target, "mac");
	rq_call_free(c);
	/* What has ended is told so, and is no lost place. */
	c = rq_call_new(RQ_VERB_CANCEL, NULL, NULL);
	rq_call_add_id(c, id);
	rq_call_free(ask(a, c, RQ_OK));
	c = rq_call_new(RQ_VERB_REROUTE, NULL, NULL);
	c->u.reroute.id = rq_call_str(c, id);
	c = ask(a, c, RQ_ECONFLICT);
	assert_non_null(strstr(c->err.msg, "already completed"));
	rq_call_free(c);
	rq_free(id);
}

/* --- refusals, taking back, closing ------------------------------------------------------ */

static void test_refusals_come_later_too(void **state)
{
	struct rq_call *c = rq_call_new(RQ_VERB_JOB, NULL, NULL);

	(void)state;
	c->u.job.id = "nowhere:17";
	c = ask(a, c, RQ_ENOTFOUND);
	assert_non_null(strstr(c->err.msg, "nowhere"));
	rq_call_free(c);
	c = rq_call_new(RQ_VERB_JOB, NULL, NULL);
	c->u.job.id = "local:4711";
	rq_call_free(ask(a, c, RQ_ENOTFOUND));
	c = rq_call_new(RQ_VERB_JOB, NULL, NULL);
	c->u.job.id = "not an id";
	rq_call_free(ask(a, c, RQ_EUSAGE));
	c = rq_call_new(RQ_VERB_SNAPSHOT, NULL, NULL);
	c->queue = "media";
	rq_call_free(ask(a, c, RQ_ENOTFOUND));
	c = rq_call_new(RQ_VERB_RETRY, NULL, NULL);
	rq_call_add_id(c, "local:4711");
	c = ask(a, c, RQ_OK);
	assert_int_equal(c->u.retry.each[0].code, RQ_ENOTFOUND);
	rq_call_free(c);
}

static size_t jobs_of(struct relayq *rq)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SNAPSHOT, NULL, NULL);
	size_t n;

	c->u.snapshot.want.jobs = true;
	c = ask(rq, c, RQ_OK);
	n = c->u.snapshot.snapshot->n_jobs;
	rq_snapshot_unref(c->u.snapshot.snapshot);
	rq_call_free(c);
	return n;
}

static void abort_one(struct relayq *rq, int turns)
{
	struct rq_call *c = submission("", NULL, "true");
	struct answer r = { 0 };
	size_t before = jobs_of(a);
	uint64_t id;

	c->done = on_answer;
	c->ud = &r;
	id = rq_start(rq, c);
	while (turns-- > 0)
		rq_loop_turn(loop, 0);
	rq_abort(rq, id);
	turn_until(answered, &r);
	/* Taken back, or done: what it says is so. */
	if (r.call->code == RQ_OK)
		assert_int_equal(jobs_of(a), before + 1);
	else
		assert_int_equal(r.call->code, RQ_ECANCELLED);
	if (r.call->code == RQ_ECANCELLED)
		assert_int_equal(jobs_of(a), before);
	rq_call_free(r.call);
	/* Nobody is left to take back. */
	rq_abort(rq, id);
	rq_abort(rq, 0);
	rq_loop_turn(loop, 5);
	assert_int_equal(r.times, 1);
}

static void test_taking_back(void **state)
{
	int turns;

	(void)state;
	for (turns = 0; turns < 5; turns++) {
		abort_one(a, turns);
		abort_one(b, turns);
	}
}

static void test_at_once_is_before_it_was_stored(void **state)
{
	struct answer r = { 0 };
	struct rq_call *c = submission("", NULL, "true");

	(void)state;
	c->done = on_answer;
	c->ud = &r;
	rq_abort(b, rq_start(b, c));
	turn_until(answered, &r);
	assert_int_equal(r.call->code, RQ_ECANCELLED);
	assert_true(r.call->err.msg[0] != '\0');
	rq_call_free(r.call);
	assert_int_equal(jobs_of(a), 0);
}

enum { OPEN = 12 };

static void start_some(struct relayq *rq, struct answer *r)
{
	static const enum rq_verb verbs[] = { RQ_VERB_SUBMIT, RQ_VERB_SNAPSHOT, RQ_VERB_JOB, RQ_VERB_RETRY, RQ_VERB_REROUTE,
					      RQ_VERB_CANCEL };
	int i;

	for (i = 0; i < OPEN; i++) {
		enum rq_verb v = verbs[i % 6];
		struct rq_call *c = v == RQ_VERB_SUBMIT ? submission("", NULL, "true") : rq_call_new(v, NULL, NULL);

		if (v == RQ_VERB_JOB)
			c->u.job.id = i < 6 ? "local:1" : "nowhere:1";
		else if (v == RQ_VERB_REROUTE)
			c->u.reroute.id = "local:1";
		else if (v == RQ_VERB_SNAPSHOT)
			c->u.snapshot.want.jobs = true;
		else if (v != RQ_VERB_SUBMIT)
			rq_call_add_id(c, "local:1");
		c->done = on_answer;
		c->ud = &r[i];
		rq_start(rq, c);
	}
}

/* Closed in any turn: each request is answered once, and never after. */
static void close_with_open_requests(bool console, int turns)
{
	const struct rq_want want = { .jobs = true };
	struct relayq *rq = opened(console);
	struct viewer v = { .rq = rq };
	struct answer r[OPEN];
	int i;

	memset(r, 0, sizeof r);
	rq_subscribe(rq, &want, on_change, &v);
	start_some(rq, r);
	for (i = 0; i < turns; i++)
		rq_loop_turn(loop, i == 3 ? 10 : 0);
	rq_close(rq);
	for (i = 0; i < OPEN; i++) {
		assert_int_equal(r[i].times, 1);
		/* What had not come as far as the queue was not done; the rest is told as it ended. */
		if (!turns && r[i].call->verb == RQ_VERB_SUBMIT)
			assert_int_equal(r[i].call->code, RQ_ECANCELLED);
		if (r[i].call->verb == RQ_VERB_SNAPSHOT && r[i].call->code == RQ_OK)
			rq_snapshot_unref(r[i].call->u.snapshot.snapshot);
		rq_call_free(r[i].call);
	}
	v.changes = 0;
	for (i = 0; i < 4; i++)
		rq_loop_turn(loop, 5);
	assert_int_equal(v.changes, 0);
}

static void test_closing_answers_what_is_open_once(void **state)
{
	int turns;

	(void)state;
	one_at_a_time();
	rq_free(submit(a, "", NULL));
	for (turns = 0; turns < 6; turns++) {
		close_with_open_requests(false, turns);
		close_with_open_requests(true, turns);
	}
	/* The others live on. */
	rq_free(submit(a, "", NULL));
	rq_free(submit(b, "", NULL));
	rq_close(NULL);
}

/* Nobody is interested in the answer: the context frees the request. */
static void test_answers_that_nobody_keeps(void **state)
{
	struct relayq *rq = opened(true);
	struct rq_call *c = submission("", NULL, "true");

	(void)state;
	rq_start(rq, c);
	rq_start(rq, rq_call_new(RQ_VERB_SNAPSHOT, NULL, NULL));
	rq_close(rq);
}

/* --- places, settings, abilities --------------------------------------------------------- */

static void write_config(const char *text)
{
	assert_int_equal(rq_mkdirs(rq_path(a, "config"), NULL), RQ_OK);
	assert_int_equal(rq_file_write(rq_path(a, "config.yaml"), text, strlen(text), 0600, NULL), RQ_OK);
}

static void test_settings(void **state)
{
	struct rq_error e = { 0 };

	(void)state;
	assert_true(rq_config_bool(rq_get_config(a), "agent.autostart"));
	write_config("agent:\n  autostart: false\n");
	assert_true(rq_config_bool(rq_get_config(a), "agent.autostart"));
	assert_int_equal(rq_reload_config(a, &e), RQ_OK);
	assert_false(rq_config_bool(rq_get_config(a), "agent.autostart"));
	/* Each context has its own. */
	assert_true(rq_config_bool(rq_get_config(b), "agent.autostart"));
	write_config("agent: [\n");
	assert_int_not_equal(rq_reload_config(a, &e), RQ_OK);
	assert_non_null(strstr(e.msg, "config.yaml"));
	assert_false(rq_config_bool(rq_get_config(a), "agent.autostart"));
}

static void test_settings_that_cannot_be_read_keep_it_shut(void **state)
{
	struct rq_open_options o = { .loop = loop, .no_autostart = true };
	struct rq_error e = { 0 };
	struct relayq *rq = NULL;

	(void)state;
	write_config("agent: [\n");
	assert_int_not_equal(rq_open(&o, &rq, &e), RQ_OK);
	assert_non_null(strstr(e.msg, "config.yaml"));
	assert_null(rq);
}

static void test_places_and_abilities(void **state)
{
	struct rq_call *c;
	const char *why = NULL;

	(void)state;
	assert_true(rq_starts(rq_path(a, "state"), dir));
	assert_true(rq_starts(rq_path(a, "state.db"), rq_path(a, "state")));
	assert_true(rq_starts(rq_path(a, "keymap"), rq_path(a, "config")));
	assert_null(rq_path(a, "nothing"));
	assert_true(*rq_user(a) != '\0');
	assert_true(rq_can(a, NULL, RQ_CAP_DRAIN, &why));
	assert_true(rq_can(a, "local", RQ_CAP_DRAIN | RQ_CAP_REROUTE, &why));
	assert_null(why);
	/* It may be the repository that we stand in: known when that was looked for. */
	assert_true(rq_can(a, "nowhere", RQ_CAP_DRAIN, &why));
	c = rq_call_new(RQ_VERB_SNAPSHOT, NULL, NULL);
	c->queue = "nowhere";
	rq_call_free(ask(a, c, RQ_ENOTFOUND));
	assert_false(rq_can(a, "nowhere", RQ_CAP_DRAIN, &why));
	assert_non_null(why);
}

static void test_doctor_says_something_of_each(void **state)
{
	struct rq_arena arena = { 0 };
	struct rq_finding *f;
	size_t n, i;

	(void)state;
	f = rq_doctor(a, &arena, &n);
	assert_true(n > 3);
	for (i = 0; i < n; i++) {
		assert_true(*f[i].what != '\0');
		assert_true(*f[i].text != '\0');
		if (f[i].level == RQ_FINDING_BAD)
			fail_msg("%s: %s", f[i].what, f[i].text);
	}
	/* A wrong right is found, with its cure. */
	assert_int_equal(chmod(rq_path(a, "logs"), 0777), 0);
	f = rq_doctor(a, &arena, &n);
	for (i = 0; i < n && f[i].level != RQ_FINDING_BAD; i++)
		;
	assert_true(i < n);
	assert_true(*f[i].fix != '\0');
	rq_arena_release(&arena);
}

/* --- a real job's log -------------------------------------------------------------------- */

struct reader {
	struct rq_joblog *log;
	struct rq_str text;
	int changes;
};

static void on_log(void *ud)
{
	struct reader *r = ud;
	char buf[256];
	size_t got;

	r->changes++;
	for (;;) {
		assert_int_equal(rq_joblog_read(r->log, (int64_t)r->text.len, buf, sizeof buf, &got, NULL), RQ_OK);
		if (!got)
			break;
		rq_str_addn(&r->text, buf, got);
	}
}

static bool log_ended(void *ud)
{
	return rq_joblog_ended(((struct reader *)ud)->log);
}

/* This program again, as an agent: a database does not survive a fork. */
static int be_agent(void)
{
	struct rq_open_options o = { .no_autostart = true };
	struct rq_agent_options ao = { .name = "unit", .slots = 1 };
	struct relayq *rq;
	int r;

	if (rq_loop_new(&o.loop, NULL) || rq_open(&o, &rq, NULL))
		return 1;
	r = rq_agent_run(rq, &ao, NULL);
	rq_close(rq);
	rq_loop_free(o.loop);
	return r;
}

struct agent {
	struct rq_child *child;
	bool ended;
	int64_t code;
	int sig;
};

static void on_agent_end(void *ud, int64_t code, int sig)
{
	struct agent *g = ud;

	g->ended = true;
	g->code = code;
	g->sig = sig;
}

static void start_agent(struct agent *g)
{
	char *exe = rq_exe_path(), *argv[] = { exe, (char *)"agent", NULL };
	struct rq_child_spec spec = { .argv = argv, .n_fds = 3, .fds = { -1, 2, 2 } };

	memset(g, 0, sizeof *g);
	assert_int_equal(rq_child_spawn(loop, &spec, on_agent_end, g, &g->child, NULL), RQ_OK);
	rq_free(exe);
}

static bool agent_ended(void *ud)
{
	return ((struct agent *)ud)->ended;
}

static void stop_agent(struct agent *g)
{
	kill(rq_child_pid(g->child), SIGTERM);
	turn_until(agent_ended, g);
	assert_int_equal(g->code, 0);
	assert_int_equal(g->sig, 0);
	rq_child_free(g->child);
}

static void test_following_a_log(void **state)
{
	struct reader r = { 0 };
	struct agent agent;
	struct rq_call *c;
	int64_t size;

	(void)state;
	c = ask(a, submission("", NULL, "echo one; sleep 0.2; echo two"), RQ_OK);
	/* Opened before anything runs. */
	assert_int_equal(rq_joblog_open(b, c->u.submit.each[0].id, 0, on_log, &r, &r.log, NULL), RQ_OK);
	assert_int_equal(rq_joblog_size(r.log), 0);
	assert_false(rq_joblog_ended(r.log));
	start_agent(&agent);
	turn_until(log_ended, &r);
	on_log(&r);
	stop_agent(&agent);
	assert_true(r.changes > 2);
	assert_int_equal(rq_joblog_attempt(r.log), 1);
	assert_non_null(strstr(rq_str_get(&r.text), "one\n"));
	assert_non_null(strstr(strstr(r.text.s, "one\n"), "two\n"));
	/* Ended means complete. */
	size = rq_joblog_size(r.log);
	assert_true(size == (int64_t)r.text.len);
	rq_loop_turn(loop, 100);
	assert_true(rq_joblog_size(r.log) == size);
	rq_joblog_close(r.log);
	rq_joblog_close(NULL);
	rq_str_release(&r.text);
	rq_call_free(c);
}

static bool has_completed(void *ud)
{
	const struct viewer *v = ud;
	struct rq_call *c = rq_call_new(RQ_VERB_JOB, NULL, NULL);
	bool completed;

	c->u.job.id = rq_call_str(c, v->id);
	c = ask(v->rq, c, RQ_OK);
	completed = !rq_job_active(&c->u.job.detail->job);
	rq_call_free(c);
	return completed;
}

static void change_drain(enum rq_verb verb)
{
	struct rq_call *c = rq_call_new(verb, NULL, NULL);

	c->u.drain.runner = "unit";
	c->u.drain.reason = "test";
	rq_call_free(ask(a, c, RQ_OK));
}

/* An agent acts on what others do when they do it; its own look every few seconds is for lost wake-ups. */
static void test_an_agent_acts_at_once(void **state)
{
	struct viewer v = { .rq = a };
	struct agent agent;
	int64_t before, slow = 0;
	int i;

	(void)state;
	start_agent(&agent);
	v.id = submit(a, "", NULL);
	turn_until(has_completed, &v);
	for (i = 0; i < 3; i++) {
		change_drain(RQ_VERB_DRAIN);
		rq_free((char *)(uintptr_t)v.id);
		v.id = submit(a, "", NULL);
		rq_loop_turn(loop, 100);
		assert_false(has_completed(&v));
		before = rq_mono_ns();
		change_drain(RQ_VERB_UNDRAIN);
		turn_until(has_completed, &v);
		slow += rq_mono_ns() - before > INT64_C(1500000000);
	}
	/* Once may be the machine's fault, or a wake-up that got lost. */
	assert_true(slow < 2);
	stop_agent(&agent);
	rq_free((char *)(uintptr_t)v.id);
}

/* The process that copies itself for each job, 0 when there is none (or no /proc). */
static pid_t keeper_of(pid_t agent)
{
	DIR *proc = opendir("/proc");
	struct dirent *f;
	pid_t found = 0;

	while (proc && !found && (f = readdir(proc))) {
		char path[300], line[300] = "";
		int parent = 0;
		FILE *s;

		snprintf(path, sizeof path, "/proc/%.20s/stat", f->d_name);
		s = fopen(path, "r");
		if (!s || fscanf(s, "%*d %*s %*c %d", &parent) != 1 || parent != (int)agent)
			parent = 0;
		if (s)
			fclose(s);
		snprintf(path, sizeof path, "/proc/%.20s/cmdline", f->d_name);
		s = parent ? fopen(path, "r") : NULL;
		if (s && fread(line, 1, sizeof line - 1, s) > 0 && !strcmp(line + strlen(line) + 1, "--keep"))
			found = (pid_t)strtol(f->d_name, NULL, 10);
		if (s)
			fclose(s);
	}
	if (proc)
		closedir(proc);
	return found;
}

static void test_shims_are_made_whatever_happens_to_their_maker(void **state)
{
	struct viewer v = { .rq = a };
	struct agent agent;
	pid_t keeper;
	int i;

	(void)state;
	start_agent(&agent);
	for (i = 0; i < 6; i++) {
		v.id = submit(a, "", NULL);
		turn_until(has_completed, &v);
		rq_free((char *)(uintptr_t)v.id);
		keeper = keeper_of(rq_child_pid(agent.child));
#ifdef __linux__
		/* It may have died of a kill just before; but not each time. */
		assert_true(keeper || i);
#endif
		/* Dead, or deaf: then the next job waits a little, and is started in another way. */
		if (keeper)
			kill(keeper, i == 3 ? SIGSTOP : SIGKILL);
	}
	stop_agent(&agent);
}

static void test_logs_of_nothing(void **state)
{
	struct reader r = { 0 };
	struct rq_error e = { 0 };

	(void)state;
	assert_int_equal(rq_joblog_open(a, "nowhere:1", 0, on_log, &r, &r.log, &e), RQ_ENOTFOUND);
	assert_int_equal(rq_joblog_open(a, "no id", 0, on_log, &r, &r.log, &e), RQ_EUSAGE);
	/* A job that does not exist has a log that has ended. */
	if (rq_joblog_open(a, "local:4711", 0, on_log, &r, &r.log, &e) == RQ_OK) {
		turn_until(log_ended, &r);
		assert_int_equal(rq_joblog_size(r.log), 0);
		rq_joblog_close(r.log);
	} else {
		assert_int_equal(e.code, RQ_ENOTFOUND);
	}
	rq_str_release(&r.text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(test_one_submits_the_other_sees),
		CASE(test_nothing_happens_when_nothing_happens),
		CASE(test_a_burst_is_merged),
		CASE(test_preview),
		CASE(test_each_submission_is_decided),
		CASE(test_a_reroute_is_decided),
		CASE(test_warnings),
		CASE(test_refusals_come_later_too),
		CASE(test_taking_back),
		CASE(test_at_once_is_before_it_was_stored),
		CASE(test_placed_held_refused),
		CASE(test_a_batch_counts_itself),
		CASE(test_two_want_the_last_place),
		CASE(test_the_policy_is_told),
		CASE(test_the_console_sees_a_bad_file),
		CASE(test_reroutes_under_a_policy),
		CASE(test_closing_answers_what_is_open_once),
		CASE(test_answers_that_nobody_keeps),
		CASE(test_settings),
		CASE(test_settings_that_cannot_be_read_keep_it_shut),
		CASE(test_places_and_abilities),
		CASE(test_doctor_says_something_of_each),
		CASE(test_following_a_log),
		CASE(test_an_agent_acts_at_once),
		CASE(test_shims_are_made_whatever_happens_to_their_maker),
		CASE(test_logs_of_nothing),
	};

	if (argc > 1 && strcmp(argv[1], "agent") == 0)
		return be_agent();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
