/* Decision records: as JSON and back, and for people. */
#include "tests/unit/unit.h"

#include "core/model/decision.h"

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

	return (struct rq_decision){
		.id = "01ARYZ6S41ZZZZZZZZZZZZZZZZ", .job_id = "local:17", .prev_id = "01ARYZ6S410000000000000000",
		.trigger = "submit", .by = "sky", .note = "a \"note\"\nwith \xc3\xa4", .at = 1763748141007, .policy = "built-in",
		.type = "command", .wanted = "audio,gpu@macmini", .outcome = RQ_OUTCOME_PLACED, .target = "macmini",
		.reason = "PREFERRED", .n_candidates = 2, .candidates = candidates, .n_wake_on = 2, .wake_on = wake,
		.nearest = "rpi4: RUNNER_OFFLINE",
	};
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damaged_records),
		cmocka_unit_test(test_rendering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
