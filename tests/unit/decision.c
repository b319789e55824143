/* Decision records: as JSON and back, and for people. */
#include "tests/unit/unit.h"

#include "core/model/decision.h"
#include "core/model/job.h"

static struct rq_decision sample(void)
{
	static struct rq_reason offline[] = {
		{ .code = "RUNNER_OFFLINE", .cls = 'T', .fact = "", .op = "", .want = "", .got = "last seen 4m ago", .src = "" },
		{ .code = "LABEL_MISSING", .cls = 'P', .fact = "", .op = "", .want = "gpu", .got = "", .src = "p.yaml:14:7" },
	};
	static struct rq_candidate candidates[] = {
		{ .name = "macmini", .tier = "prefer", .pass = true, .total = 50000 },
		{ .name = "rpi4", .tier = "fallback", .n_reasons = 2, .reasons = offline, .total = -5 },
	};
	static const char *wake[] = { "runner:rpi4.online", "time:2026" };

	struct rq_decision d;

	rq_decision_init(&d);
	d = (struct rq_decision){
		.engine = d.engine, .policy_path = d.engine, .policy_oid = d.engine, .commit_oid = d.engine, .policy_version = d.engine,
		.facts_sha256 = d.engine, .masked = d.engine, .erased = d.engine, .fleet_sha256 = d.engine, .route = d.engine,
		.tier = d.engine, .workflow = d.engine, .group = d.engine, .estimate = d.estimate, .prev_hash = d.engine,
		.hash = d.engine,
		.id = "01ARYZ6S41ZZZZZZZZZZZZZZZZ", .job_id = "local:17", .prev_id = "01ARYZ6S410000000000000000",
		.trigger = "submit", .by = "sky", .note = "a \"note\"\nwith \xc3\xa4", .at = 1763748141007, .policy = "built-in",
		.type = "command", .wanted = "audio,gpu@macmini", .outcome = RQ_OUTCOME_PLACED, .target = "macmini",
		.reason = "PREFERRED", .n_candidates = 2, .candidates = candidates, .n_wake_on = 2, .wake_on = wake,
		.nearest = "rpi4: RUNNER_OFFLINE",
	};
	return d;
}

static void assert_same(const struct rq_decision *a, const struct rq_decision *b)
{
	size_t i, k;

	assert_string_equal(a->id, b->id);
	assert_string_equal(a->job_id, b->job_id);
	assert_string_equal(a->prev_id, b->prev_id);
	assert_string_equal(a->trigger, b->trigger);
	assert_string_equal(a->by, b->by);
	assert_string_equal(a->note, b->note);
	assert_true(a->at == b->at);
	assert_string_equal(a->policy, b->policy);
	assert_string_equal(a->type, b->type);
	assert_string_equal(a->wanted, b->wanted);
	assert_int_equal(a->outcome, b->outcome);
	assert_string_equal(a->target, b->target);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->nearest, b->nearest);
	assert_string_equal(a->engine, b->engine);
	assert_string_equal(a->policy_path, b->policy_path);
	assert_string_equal(a->policy_oid, b->policy_oid);
	assert_string_equal(a->commit_oid, b->commit_oid);
	assert_int_equal(a->dirty, b->dirty);
	assert_int_equal(a->schema, b->schema);
	assert_string_equal(a->policy_version, b->policy_version);
	assert_int_equal(a->governed, b->governed);
	assert_string_equal(a->facts_sha256, b->facts_sha256);
	assert_string_equal(a->masked, b->masked);
	assert_string_equal(a->erased, b->erased);
	assert_string_equal(a->fleet_sha256, b->fleet_sha256);
	assert_string_equal(a->route, b->route);
	assert_string_equal(a->tier, b->tier);
	assert_string_equal(a->workflow, b->workflow);
	assert_string_equal(a->group, b->group);
	assert_true(a->timeout_ms == b->timeout_ms && a->wait_until == b->wait_until && a->seq == b->seq);
	assert_memory_equal(&a->retry, &b->retry, sizeof a->retry);
	assert_int_equal(a->replace_pending, b->replace_pending);
	assert_true(a->estimate.seconds == b->estimate.seconds && a->estimate.usd_nano == b->estimate.usd_nano &&
		    a->estimate.github_minutes == b->estimate.github_minutes);
	assert_string_equal(a->estimate.basis, b->estimate.basis);
	assert_string_equal(a->prev_hash, b->prev_hash);
	assert_string_equal(a->hash, b->hash);
	assert_int_equal(!a->facts, !b->facts);
	assert_int_equal(a->n_steps, b->n_steps);
	for (i = 0; i < a->n_steps; i++) {
		assert_string_equal(a->steps[i].rule, b->steps[i].rule);
		assert_string_equal(a->steps[i].src, b->steps[i].src);
		assert_string_equal(a->steps[i].text, b->steps[i].text);
		assert_int_equal(a->steps[i].result, b->steps[i].result);
		assert_int_equal(a->steps[i].fired, b->steps[i].fired);
	}
	assert_int_equal(a->n_holds, b->n_holds);
	for (i = 0; i < a->n_holds; i++) {
		assert_string_equal(a->holds[i].key, b->holds[i].key);
		assert_true(a->holds[i].limit == b->holds[i].limit && a->holds[i].amount == b->holds[i].amount);
		assert_true(a->holds[i].per_second == b->holds[i].per_second && a->holds[i].spent == b->holds[i].spent);
	}
	assert_int_equal(a->n_wake_on, b->n_wake_on);
	for (i = 0; i < a->n_wake_on; i++)
		assert_string_equal(a->wake_on[i], b->wake_on[i]);
	assert_int_equal(a->n_candidates, b->n_candidates);
	for (i = 0; i < a->n_candidates; i++) {
		const struct rq_candidate *c = &a->candidates[i], *d = &b->candidates[i];

		assert_string_equal(c->name, d->name);
		assert_string_equal(c->tier, d->tier);
		assert_int_equal(c->pass, d->pass);
		assert_true(c->total == d->total);
		assert_int_equal(c->n_reasons, d->n_reasons);
		for (k = 0; k < c->n_reasons; k++) {
			assert_string_equal(c->reasons[k].code, d->reasons[k].code);
			assert_int_equal(c->reasons[k].cls, d->reasons[k].cls);
			assert_string_equal(c->reasons[k].want, d->reasons[k].want);
			assert_string_equal(c->reasons[k].got, d->reasons[k].got);
			assert_string_equal(c->reasons[k].src, d->reasons[k].src);
		}
	}
}

/* To JSON text, and back from that text. */
static void comes_back(const struct rq_decision *d)
{
	struct rq_json *j = rq_decision_to_json(d), *again;
	struct rq_str text = { 0 }, text2 = { 0 };
	struct rq_arena a = { 0 };
	struct rq_decision back;
	struct rq_error e;

	rq_json_print(j, &text, false);
	rq_json_free(j);
	assert_int_equal(rq_json_parse(text.s, text.len, &j, &e), RQ_OK);
	assert_int_equal(rq_decision_from_json(&a, j, &back, &e), RQ_OK);
	/* Nothing of it may lie in the JSON that is gone. */
	rq_json_free(j);
	assert_same(d, &back);
	again = rq_decision_to_json(&back);
	rq_json_print(again, &text2, false);
	assert_string_equal(text.s, text2.s);
	rq_json_free(again);
	rq_str_release(&text);
	rq_str_release(&text2);
	rq_arena_release(&a);
}

static void test_round_trip(void **state)
{
	struct rq_decision d = sample();
	enum rq_outcome o;

	(void)state;
	for (o = RQ_OUTCOME_PLACED; o <= RQ_OUTCOME_ERROR; o++) {
		d.outcome = o;
		comes_back(&d);
	}
	d.n_candidates = d.n_wake_on = 0;
	d.job_id = d.prev_id = d.note = d.target = d.nearest = "";
	d.at = 0;
	comes_back(&d);
}

/* With all that a policy adds. */
static struct rq_decision governed(void)
{
	static struct rq_labels none;
	static const char *const params[] = { "size_mb=512", "url=https://example.com/a.mp3" };
	static struct rq_facts facts = { .type = "transcribe", .labels = &none, .target = "", .n_params = 2, .params = params,
					 .submitter = "sky", .source = "cli", .attempt = 1, .created_at = 1763748141000 };
	static struct rq_reason info = { .code = "TIE_BREAK_SCORE", .cls = 'I', .fact = "total", .op = "gt", .want = "20000",
					 .got = "30000", .src = "" };
	static struct rq_reason missing[] = {
		{ .code = "NOT_IN_ROUTE", .cls = 'P', .fact = "", .op = "", .want = "", .got = "", .src = "policy.yaml:3:3" },
		{ .code = "CAPABILITY_MISSING", .cls = 'P', .fact = "needs", .op = "has", .want = "ffmpeg", .got = "", .src = "p:4:5" },
		{ .code = "MEMORY_INSUFFICIENT", .cls = 'P', .fact = "memory", .op = "ge", .want = "2 GB", .got = "1 GB", .src = "" },
	};
	static struct rq_score scores[] = { { "least_loaded", 500, 60 }, { "affinity heavy", 0, 40 } };
	static struct rq_candidate candidates[] = {
		{ .name = "rpi4", .tier = "fallback", .pos = 1, .pass = true, .n_reasons = 1, .reasons = &info, .n_scores = 2,
		  .scores = scores, .total = 30000 },
		{ .name = "rpi3", .tier = "", .n_reasons = 3, .reasons = missing },
	};
	static struct rq_rule_step steps[] = {
		{ .rule = "youtube-goes-mac", .src = "policy.yaml:9:5", .result = 'F', .text = "host is example.com" },
		{ .rule = "unsure", .src = "policy.yaml:12:5", .result = 'U', .text = "duration_s is missing" },
		{ .rule = "sure", .src = "", .result = 'T', .fired = true, .text = "" },
	};
	static struct rq_hold holds[] = { { "runner:rpi4", 2, 1, 0, false }, { "usd:transcribe:2026-11", 5000000000, 7, 3, true } };
	struct rq_decision d = sample();

	d.engine = "0.1.0";
	d.policy = d.policy_path = "policy/policy.yaml";
	d.policy_oid = "3f2a91c000000000000000000000000000000000";
	d.commit_oid = "0123456789012345678901234567890123456789";
	d.dirty = d.governed = d.replace_pending = true;
	d.schema = 2;
	d.policy_version = "1.0";
	d.type = d.route = "transcribe";
	d.facts = &facts;
	d.facts_sha256 = d.fleet_sha256 = d.hash = d.prev_hash = "00ff";
	d.masked = "[\"/params/url\"]";
	d.erased = "[]";
	d.n_steps = 3;
	d.steps = steps;
	d.n_holds = 2;
	d.holds = holds;
	d.candidates = candidates;
	d.target = "rpi4";
	d.tier = "fallback";
	d.workflow = "a.yml";
	d.group = "audio-processing";
	d.timeout_ms = 240 * 60000;
	d.retry = (struct rq_retry){ 3, RQ_RETRY_TEMPORARY | RQ_RETRY_TIMEOUT, 30000, 600000, 2000 };
	d.wait_until = 1763748200123;
	d.estimate = (struct rq_estimate){ 754, 13, 1234567890, "duration_s / speed" };
	d.nearest = "rpi3: CAPABILITY_MISSING";
	d.seq = 9;
	return d;
}

static void test_all_of_it_comes_back(void **state)
{
	struct rq_decision d = governed();

	(void)state;
	comes_back(&d);
}

static void test_rendering_of_a_route(void **state)
{
	struct rq_decision d = governed();
	struct rq_str out = { 0 };

	(void)state;
	d.n_wake_on = 0;
	d.note = "";
	d.nearest = "";
	d.wait_until = 0;
	d.reason = "FALLBACK_USED";
	rq_decision_render(&d, &out);
	assert_string_equal(out.s,
		"local:17  PLACED -> rpi4 (fallback)  FALLBACK_USED\n"
		"  decision 01ARYZ6S41ZZZZZZZZZZZZZZZZ  2025-11-21T18:02:21Z  submit by sky\n"
		"  policy policy/policy.yaml (changed since its commit)  type transcribe 512 MB  wants audio,gpu@macmini\n"
		"  rule  youtube-goes-mac  no       host is example.com    policy.yaml:9:5\n"
		"  rule  unsure            unknown  duration_s is missing  policy.yaml:12:5\n"
		"  rule  sure              yes\n"
		"  rpi4  fallback  PASS  score 30000 = least_loaded 500*60 + affinity heavy 0*40\n"
		"                        TIE_BREAK_SCORE      want 20000, got 30000\n"
		"  rpi3  not a candidate for this route; would also fail CAPABILITY_MISSING ffmpeg, MEMORY_INSUFFICIENT 1 GB < 2 GB\n"
		"  workflow: a.yml\n"
		"  estimate: 12m34s (duration_s / speed), 1.2345 USD, 13 GitHub minutes\n");
	rq_str_release(&out);
}

static void from_text(const char *text, int code, struct rq_arena *a, struct rq_decision *d)
{
	struct rq_json *j;
	struct rq_error e = { 0 };

	assert_int_equal(rq_json_parse(text, strlen(text), &j, &e), RQ_OK);
	assert_int_equal(rq_decision_from_json(a, j, d, &e), code);
	rq_json_free(j);
}

static void test_damaged_records(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_str out = { 0 };
	struct rq_decision d;

	(void)state;
	from_text("[]", RQ_ECORRUPT, &a, &d);
	from_text("{}", RQ_ECORRUPT, &a, &d);
	from_text("{\"outcome\":7}", RQ_ECORRUPT, &a, &d);
	from_text("\"PLACED\"", RQ_ECORRUPT, &a, &d);
	/* Whatever is wrong inside leaves an empty place, never a NULL that a face would stumble over. */
	from_text("{\"outcome\":\"HOPE\",\"ts\":5,\"candidates\":[3,null,{\"reasons\":{\"a\":1}},{\"name\":7,\"reasons\":[[],{}]}],"
		  "\"wake_on\":[1,null,\"x\"],\"target\":[]}", RQ_OK, &a, &d);
	assert_int_equal(d.outcome, RQ_OUTCOME_ERROR);
	assert_int_equal(d.n_candidates, 4);
	assert_int_equal(d.candidates[2].n_reasons, 0);
	assert_int_equal(d.candidates[3].n_reasons, 2);
	assert_string_equal(d.candidates[3].reasons[0].code, "");
	assert_int_equal(d.n_wake_on, 3);
	assert_string_equal(d.wake_on[0], "");
	assert_string_equal(d.wake_on[2], "x");
	rq_decision_render(&d, &out);
	assert_true(out.len > 0);
	comes_back(&d);
	from_text("{\"outcome\":\"WAIT\",\"candidates\":\"none\",\"wake_on\":{}}", RQ_OK, &a, &d);
	assert_int_equal(d.n_candidates, 0);
	assert_int_equal(d.n_wake_on, 0);
	rq_str_release(&out);
	rq_arena_release(&a);
}

static void test_rendering(void **state)
{
	struct rq_decision d = sample();
	struct rq_str out = { 0 };

	(void)state;
	d.note = "because";
	rq_decision_render(&d, &out);
	assert_string_equal(out.s,
		"local:17  PLACED -> macmini  PREFERRED\n"
		"  decision 01ARYZ6S41ZZZZZZZZZZZZZZZZ  2025-11-21T18:02:21Z  submit by sky\n"
		"  policy built-in  type command  wants audio,gpu@macmini\n"
		"  note: because\n"
		"  macmini  prefer    PASS  has every label and room\n"
		"  rpi4     fallback  FAIL  RUNNER_OFFLINE       last seen 4m ago\n"
		"                           LABEL_MISSING        want gpu  p.yaml:14:7\n"
		"  would be decided again on runner:rpi4.online, time:2026\n"
		"  nearest: rpi4: RUNNER_OFFLINE\n");
	rq_str_clear(&out);
	d.n_candidates = d.n_wake_on = 0;
	d.job_id = d.target = d.reason = d.nearest = d.note = d.by = d.wanted = "";
	d.outcome = RQ_OUTCOME_WAIT;
	rq_decision_render(&d, &out);
	assert_string_equal(out.s,
		"(not submitted)  WAIT\n"
		"  decision 01ARYZ6S41ZZZZZZZZZZZZZZZZ  2025-11-21T18:02:21Z  submit\n"
		"  policy built-in  type command  wants any runner\n"
		"  no runner is known\n");
	rq_str_release(&out);
}

/* What came of the job since, where the decision does not say it. */
static void test_who_took_it(void **state)
{
	struct rq_decision d = sample();
	struct rq_job j = { .decision_id = d.id, .runner_name = "rpi4", .started_at = d.at + 1 };

	(void)state;
	assert_string_equal(rq_decision_taken_by(&d, &j), "rpi4");
	j.started_at = d.at;
	assert_string_equal(rq_decision_taken_by(&d, &j), "rpi4");
	/* It runs still where it ran when it was decided to move it. */
	j.started_at = d.at - 1;
	assert_string_equal(rq_decision_taken_by(&d, &j), "");
	/* It waits again. */
	j.started_at = 0;
	assert_string_equal(rq_decision_taken_by(&d, &j), "");
	j.started_at = d.at + 1;
	j.runner_name = "MacMini";
	assert_string_equal(rq_decision_taken_by(&d, &j), "");
	d.outcome = RQ_OUTCOME_WAIT;
	d.target = "";
	assert_string_equal(rq_decision_taken_by(&d, &j), "MacMini");
	j.runner_name = "";
	assert_string_equal(rq_decision_taken_by(&d, &j), "");
	/* A later one says where it is. */
	j.runner_name = "rpi4";
	j.decision_id = "01ARYZ6S420000000000000000";
	assert_string_equal(rq_decision_taken_by(&d, &j), "");
	assert_string_equal(rq_decision_taken_by(&d, NULL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damaged_records),
		cmocka_unit_test(test_all_of_it_comes_back),
		cmocka_unit_test(test_rendering),
		cmocka_unit_test(test_who_took_it),
		cmocka_unit_test(test_rendering_of_a_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
