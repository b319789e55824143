/* Several queues in one context. The others are a double of the kind github: it keeps a list, answers when it is told to,
 * and notes what it was asked. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/queues.h"
#include "core/queue/queue.h"
#include "core/relayq.h"
#include "core/sys/loop.h"
#include "core/sys/paths.h"

/* --- the double --------------------------------------------------------------------------- */

struct fake {
	struct rq_queue q;
	char name[32];
	size_t asked[RQ_VERB_N];
	bool silent, broken, no_runners;
	struct rq_call *waiting;        /* of a silent one: the last list that it was asked for */
	struct rq_decision decision;    /* of the last submission; id "" none */
	char ids[256];
};

static struct fake *fakes[4];
static size_t n_fakes;

static struct fake *fake(const char *name)
{
	for (size_t i = 0; i < n_fakes; i++)
		if (rq_eq(fakes[i]->name, name))
			return fakes[i];
	return NULL;
}

static int fake_open(const struct rq_queue_options *o, struct rq_queue **out, struct rq_error *e)
{
	struct fake *f = rq_alloc(sizeof *f);

	assert_non_null(o->config);
	assert_string_equal(o->config->name, o->name);
	if (rq_eq(o->name, "shut")) {
		rq_free(f);
		return rq_fail(e, RQ_EPERM, "There is no token for example.org.");
	}
	rq_copy(f->name, sizeof f->name, o->name);
	f->decision.id = "";
	fakes[n_fakes++] = f;
	*out = &f->q;
	return RQ_OK;
}

static void fake_stop(struct rq_queue *q)
{
	struct fake *f = (struct fake *)q;

	if (f->waiting)
		rq_queue_answer(q, f->waiting, RQ_ECANCELLED);
	f->waiting = NULL;
}

static void fake_close(struct rq_queue *q)
{
	for (size_t i = 0; i < n_fakes; i++)
		if (&fakes[i]->q == q) {
			fakes[i] = fakes[--n_fakes];
			break;
		}
	rq_free(q);
}

/* One run that runs on "mac", one that has ended. */
static struct rq_snapshot *list(struct fake *f)
{
	struct rq_snapshot *s = rq_snapshot_new();
	struct rq_arena *a = &s->arena;

	s->taken_at = 5000;
	s->n_queues = 1;
	s->queues = rq_arena_alloc(a, sizeof *s->queues);
	s->queues[0] = (struct rq_queue_state){ .name = rq_arena_str(a, f->name), .kind = "github", .running = 1, .error = "",
						.fetched_at = 5000, .points = 4981, .points_limit = 5000 };
	s->n_jobs = 2;
	s->jobs = rq_arena_alloc(a, 2 * sizeof *s->jobs);
	for (int i = 0; i < 2; i++)
		s->jobs[i] = (struct rq_job){
			.id = rq_arena_fmt(a, "%s:%d", f->name, 9127 - i), .queue = s->queues[0].name, .name = "episode", .type = "x",
			.command = "", .reason = "", .target = "", .runner_name = "mac", .group = "", .decision_id = "",
			.status = i ? RQ_STATUS_COMPLETED : RQ_STATUS_IN_PROGRESS, .created_at = 1000 + i, .completed_at = i ? 4000 : 0,
		};
	s->n_runners = !f->no_runners;
	s->runners = rq_arena_alloc(a, sizeof *s->runners);
	s->runners[0] = (struct rq_runner){ .name = "mac", .queue = s->queues[0].name, .online = true, .slots = 1, .host = "",
					    .os = "", .arch = "", .version = "", .drain_reason = "", .drain_by = "" };
	assert_int_equal(rq_labels_parse(a, "self-hosted,macmini", &s->runners[0].labels, NULL), RQ_OK);
	return s;
}

static void each_done(struct fake *f, struct rq_call *c, size_t n, const char **ids, struct rq_each **each)
{
	struct rq_str all;

	rq_str_init(&all, sizeof f->ids - 1);
	*each = rq_arena_alloc(&c->arena, (n + 1) * sizeof **each);
	for (size_t i = 0; i < n; i++) {
		(*each)[i] = (struct rq_each){ .id = ids[i], .text = "cancelled" };
		rq_str_addf(&all, "%s%s", i ? " " : "", ids[i]);
	}
	rq_copy(f->ids, sizeof f->ids, rq_str_get(&all));
	rq_str_release(&all);
	c->calls = "POST /repos/acme/media/actions/runs/9127/cancel 202";
}

static void submitted(struct fake *f, struct rq_call *c)
{
	struct rq_each *e = rq_arena_alloc(&c->arena, sizeof *e);
	const struct rq_decision *d = c->u.submit.v[0].decision;

	*e = (struct rq_each){ .id = rq_arena_fmt(&c->arena, "%s:9200", f->name), .text = "" };
	c->u.submit.each = e;
	c->calls = "POST /repos/acme/media/actions/workflows/x.yml/dispatches 200";
	f->decision.id = d ? "some" : "";
	f->decision.outcome = d ? d->outcome : RQ_OUTCOME_ERROR;
	f->decision.target = d && rq_eq(d->target, "mac") ? "mac" : "";
}

static void fake_start(struct rq_queue *q, struct rq_call *c)
{
	struct fake *f = (struct fake *)q;

	f->asked[c->verb]++;
	if (c->verb == RQ_VERB_SNAPSHOT && f->silent) {
		assert_null(f->waiting);
		f->waiting = c;
		return;
	}
	if (f->broken) {
		rq_fail(&c->err, RQ_EUNREACHABLE, "example.org does not answer.");
		rq_queue_answer(q, c, RQ_EUNREACHABLE);
		return;
	}
	switch (c->verb) {
	case RQ_VERB_SNAPSHOT: c->u.snapshot.snapshot = list(f); break;
	case RQ_VERB_CANCEL: each_done(f, c, c->u.cancel.n, c->u.cancel.ids, &c->u.cancel.each); break;
	case RQ_VERB_DELETE: each_done(f, c, c->u.remove.n, c->u.remove.ids, &c->u.remove.each); break;
	case RQ_VERB_SUBMIT: submitted(f, c); break;
	case RQ_VERB_DRAIN: c->u.drain.text = "draining"; break;
	default: break;
	}
	rq_queue_answer(q, c, RQ_OK);
}

static const struct rq_queue_ops fake_ops = {
	.kind = "github", .caps = RQ_CAP_CANCEL | RQ_CAP_RUNS | RQ_CAP_WORKFLOWS | RQ_CAP_DRAIN,
	.open = fake_open, .stop = fake_stop, .close = fake_close, .start = fake_start,
};

/* --- set-up ------------------------------------------------------------------------------- */

static struct rq_loop *loop;
static struct relayq *rq;
static char dir[200];

static void write_file(const char *name, const char *text)
{
	char *below = rq_path_join(dir, "relayq"), *path = rq_path_join(below, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	rq_free(path);
	rq_free(below);
}

static void open_with(const char *queues, bool console)
{
	struct rq_open_options o = { .loop = loop, .console = console, .no_autostart = true, .double_ops = &fake_ops };
	struct rq_error e = { 0 };

	write_file("config.yaml", queues);
	if (rq_open(&o, &rq, &e))
		fail_msg("%s", e.msg);
}

static int begin(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "%s/rq-several.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir) || chdir(dir) || mkdir("relayq", 0700))
		return -1;
	setenv("HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CACHE_HOME");
	setenv("XDG_RUNTIME_DIR", dir, 1);
	rq = NULL;
	n_fakes = 0;
	return rq_loop_new(&loop, NULL) ? -1 : 0;
}

static int end(void **state)
{
	char *argv[] = { (char *)"rm", (char *)"-rf", dir, NULL };
	struct rq_child_spec spec = { .argv = argv };
	struct rq_child *rm;

	(void)state;
	rq_close(rq);
	if (rq_child_spawn(loop, &spec, NULL, NULL, &rm, NULL))
		return -1;
	rq_loop_run(loop);
	rq_child_free(rm);
	rq_loop_free(loop);
	return 0;
}

static void on_answer(struct rq_call *call, void *ud)
{
	rq_call_keep(call);
	*(struct rq_call **)ud = call;
}

static struct rq_call *ask(struct rq_call *call, int code)
{
	int64_t give_up = rq_mono_ns() + INT64_C(10000000000);
	struct rq_call *answered = NULL;

	call->done = on_answer;
	call->ud = &answered;
	assert_true(rq_start(rq, call) > 0);
	assert_null(answered);
	while (!answered && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_non_null(answered);
	if (answered->code != code)
		fail_msg("%s: %d, %s", rq_verb_name(answered->verb), answered->code, answered->err.msg);
	return answered;
}

static struct rq_call *lists(const char *queue, int code)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SNAPSHOT, NULL, NULL);

	c->u.snapshot.want = (struct rq_want){ .jobs = true, .runners = true, .decisions = true, .activity = true,
					       .finished_max = 10, .decisions_max = 10, .activity_max = 10 };
	c->queue = rq_call_str(c, queue);
	return ask(c, code);
}

static void end_list(struct rq_call *c)
{
	rq_snapshot_unref(c->u.snapshot.snapshot);
	rq_call_free(c);
}

static struct rq_call *submission(void)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SUBMIT, NULL, NULL);
	struct rq_submission *s = rq_call_add_submission(c);
	struct rq_step *step = rq_arena_alloc(&c->arena, sizeof *step);

	step->name = "run";
	step->script = "true";
	s->steps = step;
	s->n_steps = 1;
	s->cwd = "/";
	return c;
}

static void submit_local(void)
{
	rq_call_free(ask(submission(), RQ_OK));
}

static const char two[] = "queues: {media: {org: acme}, site: {org: acme}}\n";
static const char one[] = "queues: {media: {org: acme}}\n";

/* --- lists -------------------------------------------------------------------------------- */

static void test_others_are_opened_when_they_are_asked_for(void **state)
{
	struct rq_call *c;

	(void)state;
	open_with(two, false);
	submit_local();
	rq_call_free(ask(rq_call_new(RQ_VERB_VERIFY, NULL, NULL), RQ_OK));
	assert_int_equal(n_fakes, 0);
	c = lists("local", RQ_OK);
	assert_int_equal(c->u.snapshot.snapshot->n_queues, 1);
	end_list(c);
	assert_int_equal(n_fakes, 0);
	end_list(lists("media", RQ_OK));
	assert_int_equal(n_fakes, 1);
	assert_non_null(fake("media"));
	assert_true(rq_can(rq, "site", RQ_CAP_WORKFLOWS, NULL));
	assert_int_equal(n_fakes, 1);
}

static void test_a_list_of_all(void **state)
{
	struct rq_snapshot *s;
	struct rq_call *c;

	(void)state;
	open_with(two, false);
	submit_local();
	c = lists(NULL, RQ_OK);
	s = c->u.snapshot.snapshot;
	assert_int_equal(s->n_queues, 3);
	assert_string_equal(s->queues[0].name, "local");
	assert_string_equal(s->queues[2].name, "site");
	assert_int_equal(s->queues[1].points, 4981);
	assert_int_equal(s->queues[0].points, -1);
	assert_int_equal(s->n_jobs, 5);
	assert_string_equal(s->jobs[0].id, "media:9127");
	assert_string_equal(s->jobs[1].id, "site:9127");
	assert_string_equal(s->jobs[2].id, "local:1");
	assert_string_equal(s->jobs[4].id, "site:9126");
	end_list(c);
	rq_call_free(lists("nowhere", RQ_ENOTFOUND));
}

static void test_one_that_fails_is_shown_with_the_reason(void **state)
{
	struct rq_snapshot *s;
	struct rq_call *c;

	(void)state;
	open_with("queues: {media: {org: acme}, shut: {org: x}, wrong: {orgs: x}}\n", false);
	end_list(lists("media", RQ_OK));
	fake("media")->broken = true;
	c = lists(NULL, RQ_OK);
	s = c->u.snapshot.snapshot;
	assert_int_equal(s->n_queues, 4);
	assert_string_equal(s->queues[0].error, "");
	assert_string_equal(s->queues[1].error, "example.org does not answer.");
	assert_string_equal(s->queues[2].error, "There is no token for example.org.");
	assert_non_null(strstr(s->queues[3].error, "config.yaml:1:"));
	end_list(c);
	rq_call_free(lists("shut", RQ_EPERM));
	rq_call_free(lists("wrong", RQ_EUSAGE));
	submit_local();
}

/* --- ids ---------------------------------------------------------------------------------- */

static struct rq_call *cancel(const char *const *ids, size_t n)
{
	struct rq_call *c = rq_call_new(RQ_VERB_CANCEL, NULL, NULL);

	for (size_t i = 0; i < n; i++)
		rq_call_add_id(c, ids[i]);
	return c;
}

static void test_ids_of_several_queues(void **state)
{
	static const char *const ids[] = { "site:5", "local:1", "media:9127/3", "site:6", "nowhere:1" };
	struct rq_snapshot *s;
	struct rq_call *c;

	(void)state;
	open_with(two, false);
	submit_local();
	c = ask(cancel(ids, 5), RQ_OK);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(c->u.cancel.each[i].id, ids[i]);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(c->u.cancel.each[i].code, RQ_OK);
	assert_int_equal(c->u.cancel.each[4].code, RQ_ENOTFOUND);
	assert_string_equal(fake("site")->ids, "site:5 site:6");
	assert_string_equal(fake("media")->ids, "media:9127/3");
	assert_int_equal(fake("site")->asked[RQ_VERB_CANCEL], 1);
	rq_call_free(c);
	/* Each is written down, with what was asked of the server for it. */
	c = lists("local", RQ_OK);
	s = c->u.snapshot.snapshot;
	assert_int_equal(s->n_activity, 5);
	for (size_t i = 0; i < 5; i++) {
		bool local = rq_starts(s->activity[i].object, "local:");

		if (rq_eq(s->activity[i].action, "submit"))
			continue;
		assert_string_equal(s->activity[i].action, "cancel");
		assert_int_equal(strstr(s->activity[i].detail, "POST /repos/acme/media") != NULL, !local);
	}
	end_list(c);
}

static void test_the_queue_may_be_left_out(void **state)
{
	static const char *const known[] = { "1" }, *const other[] = { "9127" };
	struct rq_call *c;

	(void)state;
	open_with(one, false);
	submit_local();
	rq_call_free(ask(cancel(known, 1), RQ_OK));
	assert_int_equal(n_fakes, 0);
	rq_call_free(ask(cancel(other, 1), RQ_OK));
	assert_string_equal(fake("media")->ids, "9127");
	rq_close(rq);
	open_with(two, false);
	c = ask(cancel(other, 1), RQ_EUSAGE);
	assert_non_null(strstr(c->err.msg, "media:9127"));
	rq_call_free(c);
}

static void test_ids_of_queues_that_refuse(void **state)
{
	static const char *const ids[] = { "local:1", "media:5", "shut:6" };
	struct rq_call *c;

	(void)state;
	open_with("queues: {media: {org: acme}, shut: {org: x}}\n", false);
	submit_local();
	end_list(lists("media", RQ_OK));
	fake("media")->broken = true;
	c = ask(cancel(ids, 3), RQ_OK);
	assert_int_equal(c->u.cancel.each[0].code, RQ_OK);
	assert_int_equal(c->u.cancel.each[1].code, RQ_EUNREACHABLE);
	assert_string_equal(c->u.cancel.each[1].text, "example.org does not answer.");
	assert_int_equal(c->u.cancel.each[2].code, RQ_EPERM);
	rq_call_free(c);
}

/* --- runners ------------------------------------------------------------------------------ */

static struct rq_call *drain(const char *runner, const char *queue)
{
	struct rq_call *c = rq_call_new(RQ_VERB_DRAIN, NULL, NULL);

	c->u.drain.runner = rq_call_str(c, runner);
	c->u.drain.reason = "disk";
	c->queue = rq_call_str(c, queue);
	return c;
}

static void test_runners_of_other_queues(void **state)
{
	struct rq_snapshot *s;
	struct rq_call *c;

	(void)state;
	open_with(one, false);
	/* Here nobody knows it; there is one other queue that may. */
	rq_call_free(ask(drain("mac", NULL), RQ_OK));
	rq_call_free(ask(drain("mac", "media"), RQ_OK));
	assert_int_equal(fake("media")->asked[RQ_VERB_DRAIN], 2);
	c = lists("local", RQ_OK);
	s = c->u.snapshot.snapshot;
	assert_string_equal(s->activity[0].action, "drain");
	assert_string_equal(s->activity[0].object, "mac");
	assert_string_equal(s->activity[0].detail, "draining");
	end_list(c);
	rq_call_free(ask(drain("mac", "local"), RQ_ENOTFOUND));
	assert_int_equal(fake("media")->asked[RQ_VERB_DRAIN], 2);
}

/* Of several queues that may have it, it goes to the one that does. */
static void test_runners_are_looked_for(void **state)
{
	struct rq_call *c;

	(void)state;
	open_with("queues: {media: {org: acme}, site: {org: acme}, empty: {org: acme}}\n", false);
	end_list(lists(NULL, RQ_OK));
	fake("media")->no_runners = fake("empty")->no_runners = true;
	rq_call_free(ask(drain("mac", NULL), RQ_OK));
	assert_int_equal(fake("site")->asked[RQ_VERB_DRAIN], 1);
	assert_int_equal(fake("media")->asked[RQ_VERB_DRAIN], 0);
	rq_call_free(ask(drain("pi", NULL), RQ_ENOTFOUND));
	fake("media")->no_runners = false;
	c = ask(drain("mac", NULL), RQ_EUSAGE);
	assert_non_null(strstr(c->err.msg, "--queue"));
	rq_call_free(c);
	fake("media")->no_runners = true;
	fake("empty")->broken = true;
	c = ask(drain("pi", NULL), RQ_EUNREACHABLE);
	assert_non_null(strstr(c->err.msg, "queue empty cannot tell: example.org"));
	rq_call_free(c);
}

/* --- submissions -------------------------------------------------------------------------- */

static struct rq_decision *decision_about(struct rq_call **c, const char *id)
{
	*c = rq_call_new(RQ_VERB_DECISION, NULL, NULL);
	(*c)->u.decision.id = id;
	*c = ask(*c, RQ_OK);
	return (*c)->u.decision.decision;
}

static void test_decisions_of_other_queues(void **state)
{
	struct rq_call *c = submission();
	const struct rq_decision *d;

	(void)state;
	open_with(one, false);
	c->queue = "media";
	c->u.submit.v[0].target = "mac";
	c = ask(c, RQ_OK);
	assert_string_equal(c->u.submit.each[0].id, "media:9200");
	rq_call_free(c);
	/* Decided about the runners that are there. */
	assert_string_equal(fake("media")->decision.id, "some");
	assert_string_equal(fake("media")->decision.target, "mac");
	d = decision_about(&c, "media:9200");
	assert_int_equal(d->outcome, RQ_OUTCOME_PLACED);
	assert_string_equal(d->job_id, "media:9200");
	rq_call_free(c);
	c = rq_call_new(RQ_VERB_VERIFY, NULL, NULL);
	c = ask(c, RQ_OK);
	assert_int_equal(c->u.verify.bad_seq, 0);
	assert_int_equal(c->u.verify.checked, 1);
	rq_call_free(c);
}

static const char refusing[] =
	"schema: 2\nroutes:\n  heavy:\n    prefer: [mac]\n    constraints: {needs: [gpu]}\n"
	"runner_capabilities:\n  mac: {supports_gpu: false}\n";

static void test_what_the_policy_rejects_is_not_dispatched(void **state)
{
	struct rq_call *c = submission();
	struct rq_snapshot *s;

	(void)state;
	write_file("policy.yaml", refusing);
	open_with(one, false);
	c->queue = "media";
	c->u.submit.v[0].type = "heavy";
	c = ask(c, RQ_EREFUSED);
	assert_non_null(strstr(c->err.msg, "The policy refuses this heavy job"));
	rq_call_free(c);
	assert_int_equal(fake("media")->asked[RQ_VERB_SUBMIT], 0);
	c = lists("local", RQ_OK);
	s = c->u.snapshot.snapshot;
	assert_int_equal(s->n_decisions, 1);
	assert_int_equal(s->decisions[0].outcome, RQ_OUTCOME_REJECTED);
	assert_string_equal(s->activity[0].action, "submit");
	assert_string_equal(s->activity[0].result, rq_code_name(RQ_EREFUSED));
	end_list(c);
}

/* The queue keeps it for later: nobody can be asked now. */
static void test_without_a_server_nothing_is_decided(void **state)
{
	struct rq_call *c = submission();

	(void)state;
	open_with(one, false);
	end_list(lists("media", RQ_OK));
	fake("media")->broken = true;
	c->queue = "media";
	rq_call_free(ask(c, RQ_EUNREACHABLE));
	assert_int_equal(fake("media")->asked[RQ_VERB_SUBMIT], 1);
	assert_string_equal(fake("media")->decision.id, "");
}

static void test_workflows_go_where_there_are_some(void **state)
{
	struct rq_call *c;

	(void)state;
	open_with(one, false);
	rq_call_free(ask(rq_call_new(RQ_VERB_WORKFLOWS, NULL, NULL), RQ_OK));
	c = submission();
	c->u.submit.v[0].workflow = "x.yml";
	rq_call_free(ask(c, RQ_OK));
	assert_int_equal(fake("media")->asked[RQ_VERB_SUBMIT], 1);
	rq_close(rq);
	open_with(two, false);
	c = ask(rq_call_new(RQ_VERB_WORKFLOWS, NULL, NULL), RQ_EUSAGE);
	assert_non_null(strstr(c->err.msg, "--queue"));
	rq_call_free(c);
}

/* --- the console -------------------------------------------------------------------------- */

static int changes;

static void on_change(void *ud)
{
	(void)ud;
	changes++;
}

static bool local_is_shown(void)
{
	return rq_now_snapshot(rq)->n_queues == 3 && rq_now_snapshot(rq)->queues[0].fetched_at > 0 &&
	       rq_snapshot_job(rq_now_snapshot(rq), "local:1");
}

static bool media_is_shown(void)
{
	return rq_snapshot_job(rq_now_snapshot(rq), "media:9127");
}

static void turn_until(bool (*fn)(void))
{
	int64_t give_up = rq_mono_ns() + INT64_C(10000000000);

	while (!fn() && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 50);
	assert_true(fn());
}

static bool media_has_error(void)
{
	return *rq_now_snapshot(rq)->queues[1].error;
}

static bool media_was_asked(void)
{
	return fake("media")->waiting != NULL;
}

static void test_a_slow_queue_holds_nobody(void **state)
{
	const struct rq_want want = { .jobs = true, .runners = true, .finished_max = 10 };
	struct fake *media;
	struct rq_call *c;

	(void)state;
	open_with(two, true);
	submit_local();
	rq_call_free(ask(drain("mac", "media"), RQ_OK));
	media = fake("media");
	media->silent = true;
	rq_subscribe(rq, &want, on_change, NULL);
	turn_until(local_is_shown);
	turn_until(media_was_asked);
	assert_false(media_is_shown());
	assert_false(rq_is_live(rq));
	/* It answers at last. */
	c = media->waiting;
	media->waiting = NULL;
	media->silent = false;
	c->u.snapshot.snapshot = list(media);
	rq_queue_answer(&media->q, c, RQ_OK);
	turn_until(media_is_shown);
	assert_true(local_is_shown());
	/* It fails: what it showed stays, and is told of. */
	media->broken = true;
	media->q.changed(media->q.changed_ud);
	turn_until(media_has_error);
	assert_string_equal(rq_now_snapshot(rq)->queues[1].error, "example.org does not answer.");
	assert_int_equal(rq_now_snapshot(rq)->queues[1].fetched_at, 5000);
	assert_true(media_is_shown());
	/* It comes again. */
	media->broken = false;
	media->q.changed(media->q.changed_ud);
	while (media_has_error())
		rq_loop_turn(loop, 50);
	rq_subscribe(rq, NULL, NULL, NULL);
}

/* What is open when the context closes is answered once. */
static void test_closing(void **state)
{
	const struct rq_want want = { .jobs = true, .runners = true };
	static const char *const ids[] = { "site:5", "media:1" };
	struct rq_call *answers[5] = { NULL };

	(void)state;
	for (int turns = 0; turns < 5; turns++) {
		open_with(two, turns & 1);
		rq_subscribe(rq, &want, on_change, NULL);
		for (int i = 0; i < 4; i++) {
			struct rq_call *c = i == 0 ? cancel(ids, 2) : i == 1 ? submission() : rq_call_new(RQ_VERB_SNAPSHOT, NULL, NULL);

			c->queue = i == 1 ? "media" : NULL;
			if (c->verb == RQ_VERB_SNAPSHOT)
				c->u.snapshot.want.jobs = true;
			c->done = on_answer;
			c->ud = &answers[i];
			rq_start(rq, c);
		}
		answers[4] = drain("mac", NULL);
		answers[4]->done = on_answer;
		answers[4]->ud = &answers[4];
		rq_start(rq, answers[4]);
		answers[4] = NULL;
		for (int i = 0; i < turns; i++)
			rq_loop_turn(loop, 0);
		rq_close(rq);
		rq = NULL;
		for (int i = 0; i < 5; i++) {
			assert_non_null(answers[i]);
			if (answers[i]->verb == RQ_VERB_SNAPSHOT && answers[i]->code == RQ_OK)
				rq_snapshot_unref(answers[i]->u.snapshot.snapshot);
			rq_call_free(answers[i]);
			answers[i] = NULL;
		}
	}
}

static void test_taking_back(void **state)
{
	struct rq_call *answer = NULL, *c = rq_call_new(RQ_VERB_SNAPSHOT, on_answer, &answer);
	uint64_t id;

	(void)state;
	open_with(one, false);
	end_list(lists("media", RQ_OK));
	fake("media")->silent = true;
	c->u.snapshot.want.jobs = true;
	id = rq_start(rq, c);
	while (!fake("media")->waiting)
		rq_loop_turn(loop, 50);
	rq_abort(rq, id);
	while (!answer)
		rq_loop_turn(loop, 50);
	assert_int_equal(answer->code, RQ_ECANCELLED);
	rq_call_free(answer);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_others_are_opened_when_they_are_asked_for), TEST(test_a_list_of_all),
		TEST(test_one_that_fails_is_shown_with_the_reason), TEST(test_ids_of_several_queues),
		TEST(test_the_queue_may_be_left_out), TEST(test_ids_of_queues_that_refuse), TEST(test_runners_of_other_queues), TEST(test_runners_are_looked_for),
		TEST(test_decisions_of_other_queues), TEST(test_what_the_policy_rejects_is_not_dispatched),
		TEST(test_without_a_server_nothing_is_decided), TEST(test_workflows_go_where_there_are_some),
		TEST(test_a_slow_queue_holds_nobody), TEST(test_closing), TEST(test_taking_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
