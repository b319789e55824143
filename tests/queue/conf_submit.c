/* What a queue makes of submissions. */
#include "tests/queue/suite.h"

static void stored_as_given(void **state)
{
	struct bed *b = *state;
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)"echo \xff 'x'", (char *)"", NULL };
	const struct rq_step steps[] = { { .name = "first", .argv = argv }, { .script = "line 1\nline 2" } };
	const char *env[] = { "A=1", "B=\xfe=\n" }, *params[] = { "file=x.mp3" };
	struct rq_submission s = { .name = "a name", .type = "transcribe", .n_steps = 2, .steps = steps, .cwd = "/tmp/x y",
				   .n_env = 2, .env = env, .n_params = 1, .params = params, .group = "g", .priority = 7,
				   .timeout_ms = 5000, .retries = 2, .backoff_ms = 3000, .nice = 5, .memory_max = 1 << 20,
				   .log_max = 1 << 16 };
	struct rq_job_detail *d;
	struct rq_grant g;

	s.labels = labels(b, "Audio,HEAVY");
	runner_up(b, "mac", "self-hosted,audio,heavy");
	d = detail(b, put(b, s));
	assert_string_equal(d->job.id, "local:1");
	assert_string_equal(d->job.run_id, "local:1");
	assert_string_equal(d->job.name, "a name");
	assert_string_equal(d->job.type, "transcribe");
	assert_int_equal(d->job.steps, 2);
	assert_int_equal(d->job.priority, 7);
	assert_int_equal(d->job.run_attempt, 1);
	assert_int_equal(d->job.exit_code, -1);
	assert_int_equal(d->job.created_at, clock_now());
	assert_int_equal(d->n_env, 2);
	assert_string_equal(d->env_names[1], "B");
	assert_int_equal(d->job.labels.n, 2);
	assert_string_equal(d->job.labels.v[0], "audio");
	g = take_one(b, "mac");
	assert_int_equal(g.attempt, 1);
	assert_int_equal(g.lease_boot_ms, rq_boot_ms() + 30000);
	assert_string_equal(g.job.steps[0].name, "first");
	assert_string_equal(g.job.steps[0].argv[2], argv[2]);
	assert_string_equal(g.job.steps[0].argv[3], "");
	assert_null(g.job.steps[0].argv[4]);
	assert_null(g.job.steps[1].name);
	assert_string_equal(g.job.steps[1].script, "line 1\nline 2");
	assert_string_equal(g.job.env[1], "B=\xfe=\n");
	assert_string_equal(g.job.params[0], "file=x.mp3");
	assert_string_equal(g.job.cwd, "/tmp/x y");
	assert_string_equal(g.job.group, "g");
	assert_int_equal(g.job.timeout_ms, 5000);
	assert_int_equal(g.job.nice, 5);
	assert_int_equal(g.job.memory_max, 1 << 20);
	assert_int_equal(g.job.log_max, 1 << 16);
}

static void defaults(void **state)
{
	struct bed *b = *state;
	struct rq_job_detail *d = detail(b, put(b, plain()));

	assert_string_equal(d->job.name, "true");
	assert_string_equal(d->job.command, "true");
	assert_string_equal(d->job.type, "command");
	assert_int_equal(d->job.labels.n, 1);
	assert_string_equal(d->job.labels.v[0], "self-hosted");
	assert_string_equal(d->job.target, "");
	assert_int_equal(d->job.timeout_ms, 6 * 3600 * 1000);
	assert_int_equal(d->log_max, 64 << 20);
	assert_true(activity_has(b, "submit", "local:1", "ok"));
}

static void long_command_is_cut_for_show(void **state)
{
	struct bed *b = *state;
	char word[2000];
	char *const argv[] = { word, NULL };
	const struct rq_step step = { .argv = argv };
	struct rq_submission s = plain();
	struct rq_job_detail *d;

	for (size_t i = 0; i + 1 < sizeof word; i += 2)
		memcpy(word + i, "\xc3\xa4", 2);
	word[sizeof word - 2] = '\0';
	s.steps = &step;
	runner_up(b, "a", "self-hosted");
	d = detail(b, put(b, s));
	assert_true(strlen(d->job.command) < 256);
	assert_string_equal(d->job.command + strlen(d->job.command) - 5, "\xc3\xa4...");
	assert_string_equal(take_one(b, "a").job.steps[0].argv[0], word);
}

static void all_or_none(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);

	*rq_call_add_submission(c) = plain();
	*rq_call_add_submission(c) = plain();
	rq_call_add_submission(c)->cwd = "relative";
	assert_int_equal(run(b, c), RQ_EUSAGE);
	assert_int_equal(snapshot(b)->n_jobs, 0);

	c = ask(b, RQ_VERB_SUBMIT);
	*rq_call_add_submission(c) = plain();
	*rq_call_add_submission(c) = plain();
	{
		static const char *after[] = { "local:99" };

		c->u.submit.v[1].after = after;
		c->u.submit.v[1].n_after = 1;
	}
	assert_int_equal(run(b, c), RQ_ENOTFOUND);
	assert_int_equal(snapshot(b)->n_jobs, 0);
	assert_string_equal(put(b, plain()), "local:1");
}

static void token_makes_repeat_harmless(void **state)
{
	struct bed *b = *state;
	struct rq_submission s = plain();
	struct rq_call *c;
	const char *id;

	s.token = "once";
	id = put(b, s);
	c = ask(b, RQ_VERB_SUBMIT);
	*rq_call_add_submission(c) = s;
	*rq_call_add_submission(c) = plain();
	RUN(b, c);
	assert_string_equal(c->u.submit.each[0].id, id);
	assert_string_equal(c->u.submit.each[0].text, "repeat");
	assert_string_equal(c->u.submit.each[1].text, "");
	assert_int_equal(snapshot(b)->n_jobs, 2);
	cancel(b, id, false);
	assert_string_equal(put(b, s), id);
	assert_int_equal(snapshot(b)->n_jobs, 2);
}

static void limits(void **state)
{
	struct bed *b = *state;
	static char big[600 * 1024];
	static char *const empty_argv[] = { NULL };
	char *const huge_argv[] = { (char *)"echo", big, NULL };
	const struct rq_step empty = { .argv = empty_argv }, huge = { .argv = huge_argv };
	const char *bad_env[] = { "=x" }, *no_env[] = { "x" }, *bad_label[] = { "@mac" }, *null_label[] = { NULL };
	const char *many[40];
	static const char *after[2000];
	struct rq_submission s;

	memset(big, 'x', sizeof big - 1);
	for (size_t i = 0; i < 40; i++)
		many[i] = "l";
	for (size_t i = 0; i < 2000; i++)
		after[i] = "1";
#define BAD(code, ...) do { s = plain(); __VA_ARGS__; assert_int_equal(put_fails(b, s), code); } while (0)
	BAD(RQ_EUSAGE, s.n_steps = 0);
	BAD(RQ_EUSAGE, s.steps = &empty);
	BAD(RQ_ELIMIT, s.steps = &huge);
	BAD(RQ_ELIMIT, s.n_steps = 101);
	BAD(RQ_ELIMIT, s.name = big);
	BAD(RQ_EUSAGE, s.type = "two words");
	BAD(RQ_EUSAGE, s.cwd = "here");
	BAD(RQ_ELIMIT, big[0] = '/'; s.cwd = big);
	BAD(RQ_EUSAGE, s.env = bad_env; s.n_env = 1);
	BAD(RQ_EUSAGE, s.env = no_env; s.n_env = 1);
	BAD(RQ_EUSAGE, s.params = no_env; s.n_params = 1);
	BAD(RQ_ELIMIT, s.env = no_env; s.n_env = 3000);
	BAD(RQ_EUSAGE, s.labels.v = bad_label; s.labels.n = 1);
	BAD(RQ_EUSAGE, s.labels.v = null_label; s.labels.n = 1);
	BAD(RQ_ELIMIT, s.labels.v = many; s.labels.n = 40);
	BAD(RQ_EUSAGE, s.target = "@mac");
	BAD(RQ_EUSAGE, s.group = "a b");
	BAD(RQ_EUSAGE, s.group_limit = 2);
	BAD(RQ_EUSAGE, s.group = "g"; s.group_limit = -1);
	BAD(RQ_EUSAGE, s.priority = 1001);
	BAD(RQ_EUSAGE, s.priority = -1001);
	BAD(RQ_EUSAGE, s.retries = 101);
	BAD(RQ_EUSAGE, s.timeout_ms = -1);
	BAD(RQ_EUSAGE, s.backoff_ms = 3600001);
	BAD(RQ_EUSAGE, s.nice = 20);
	BAD(RQ_EUSAGE, s.memory_max = -1);
	BAD(RQ_EUSAGE, s.log_max = -1);
	BAD(RQ_EUSAGE, s.run_at = INT64_MAX);
	BAD(RQ_EUSAGE, s.token = "");
	BAD(RQ_ELIMIT, s.after = after; s.n_after = 2000);
#undef BAD
	assert_int_equal(snapshot(b)->n_jobs, 0);
}

static void decision_is_stored(void **state)
{
	struct bed *b = *state;
	struct rq_reason why = { .code = "LABEL_MISSING", .cls = 'P', .fact = "", .op = "", .want = "gpu", .got = "",
				 .src = "" };
	struct rq_candidate cand = { .name = "mac", .tier = "any", .n_reasons = 1, .reasons = &why };
	struct rq_decision d = decision("submit");
	struct rq_submission s = plain();
	struct rq_snapshot *snap;
	struct rq_call *c;
	const char *id;

	d.id = "01JDZ0000000000000000000AA";
	d.wanted = "gpu";
	d.outcome = RQ_OUTCOME_WAIT;
	d.reason = "LABEL_MISSING";
	d.n_candidates = 1;
	d.candidates = &cand;
	d.nearest = "mac: LABEL_MISSING";
	s.decision = &d;
	id = put(b, s);
	assert_string_equal(detail(b, id)->job.decision_id, d.id);
	snap = snapshot(b);
	assert_int_equal(snap->n_decisions, 1);
	assert_string_equal(snap->decisions[0].job_id, id);
	assert_int_equal(snap->decisions[0].outcome, RQ_OUTCOME_WAIT);
	assert_string_equal(snap->decisions[0].reason, "LABEL_MISSING");
	for (int by_job = 0; by_job < 2; by_job++) {
		c = ask(b, RQ_VERB_DECISION);
		c->u.decision.id = by_job ? id : d.id;
		RUN(b, c);
		assert_string_equal(c->u.decision.decision->job_id, id);
		assert_string_equal(c->u.decision.decision->candidates[0].reasons[0].want, "gpu");
		assert_string_equal(c->u.decision.decision->nearest, d.nearest);
	}
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = "01JDZ0000000000000000000ZZ";
	assert_int_equal(run(b, c), RQ_ENOTFOUND);
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = put(b, plain());
	assert_int_equal(run(b, c), RQ_ENOTFOUND);
}

static void ids(void **state)
{
	struct bed *b = *state;
	static const char *const wrong[] = { "2", "other:1", "local:2", "x", "", "local:", "-1", "0", "1x", "local:local:1" };

	put(b, plain());
	assert_string_equal(detail(b, "1")->job.id, "local:1");
	assert_string_equal(detail(b, "local:1")->job.id, "local:1");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct rq_call *c = ask(b, RQ_VERB_JOB);

		c->u.job.id = wrong[i];
		assert_int_equal(run(b, c), RQ_ENOTFOUND);
	}
}

static void empty_submit(void **state)
{
	struct bed *b = *state;

	RUN(b, ask(b, RQ_VERB_SUBMIT));
	assert_int_equal(snapshot(b)->n_activity, 0);
}

PART(submit, TEST(stored_as_given), TEST(defaults), TEST(long_command_is_cut_for_show), TEST(all_or_none),
     TEST(token_makes_repeat_harmless), TEST(limits), TEST(decision_is_stored), TEST(ids), TEST(empty_submit));
