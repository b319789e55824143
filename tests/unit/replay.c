/* Recorded decisions under another policy: one by one, and as a history that goes another way. */
#include "tests/unit/unit.h"
#include "core/policy/cases.h"
#include "core/policy/decide.h"
#include "core/policy/replay.h"

#define NOW INT64_C(1767614400000)
#define MINUTE 60000
enum { MAX = 64 };

/* A journal that a policy has made. */
struct history {
	struct rq_arena a;
	struct rq_policy *p;
	struct rq_journal_entry v[MAX];
	const struct rq_journal_entry *at[MAX];
	size_t n;
};

static struct rq_policy *load(const char *text)
{
	struct rq_problems problems = { 0 };
	struct rq_policy *p = NULL;
	struct rq_error e;

	if (rq_policy_load("policy.yaml", text, strlen(text), &p, &problems, &e))
		fail_msg("%s", e.msg);
	rq_problems_release(&problems);
	return p;
}

static void begin(struct history *h, const char *policy)
{
	memset(h, 0, sizeof *h);
	h->p = policy ? load(policy) : NULL;
}

static void end(struct history *h)
{
	rq_arena_release(&h->a);
	rq_policy_free(h->p);
}

/* One more record: JOB ("" was rejected) of FACTS at MINUTES, seen with RUNNERS and COUNTERS ("key=n key=n"). */
static struct rq_journal_entry *record(struct history *h, const char *job, int minutes, const char *facts,
				       const char *const *runners, const char *counters)
{
	struct rq_journal_entry *e = &h->v[h->n];
	struct rq_facts *f = rq_arena_alloc(&h->a, sizeof *f);
	struct rq_fleet *fleet = rq_arena_alloc(&h->a, sizeof *fleet);
	struct rq_runner *r = rq_arena_alloc(&h->a, MAX * sizeof *r);
	struct rq_counter *c = rq_arena_alloc(&h->a, MAX * sizeof *c);
	int64_t at = NOW + (int64_t)minutes * MINUTE;

	assert_true(h->n < MAX);
	assert_int_equal(rq_facts_read(&h->a, "facts", facts, strlen(facts), at, f, NULL), RQ_OK);
	for (; runners[fleet->n_runners]; fleet->n_runners++)
		assert_int_equal(rq_runner_short(&h->a, NULL, at, runners[fleet->n_runners], &r[fleet->n_runners], NULL), RQ_OK);
	for (char *s = rq_arena_str(&h->a, counters); s && *s; s += strcspn(s, " "), s += *s == ' ') {
		char *equals = strchr(s, '=');

		*equals = 0;
		c[fleet->n_counters++] = (struct rq_counter){ s, strtol(equals + 1, &s, 10) };
	}
	fleet->runners = r;
	fleet->counters = c;
	fleet->taken_at = at;
	rq_fleet_seal(&h->a, fleet);
	rq_decide(&h->a, h->p, f, fleet, at, &e->decision);
	e->decision.id = rq_arena_fmt(&h->a, "D%02zu", h->n);
	e->decision.job_id = e->decision.outcome == RQ_OUTCOME_REJECTED ? "" : rq_arena_str(&h->a, job);
	e->decision.seq = (int64_t)h->n + 1;
	h->at[h->n++] = e;
	return e;
}

static void ran(struct rq_journal_entry *e, int from, int to)
{
	e->ran = true;
	e->started_at = NOW + (int64_t)from * MINUTE;
	e->ended_at = NOW + (int64_t)to * MINUTE;
}

static const struct rq_policy *policy_of(void *ud, const struct rq_decision *d)
{
	(void)d;
	return ((struct history *)ud)->p;
}

static void pointwise(struct history *h, const struct rq_policy *p, struct rq_replay_report *report)
{
	rq_replay_report_init(report, "pointwise");
	for (size_t i = 0; i < h->n; i++) {
		struct rq_arena a = { 0 };
		struct rq_replay_result r = { .decision_id = h->v[i].decision.id, .job_id = h->v[i].decision.job_id,
					      .type = h->v[i].decision.type, .at = h->v[i].decision.at };

		rq_replay_side(&a, h->p, &h->v[i].decision, &r.was);
		r.missing = rq_replay_again(&a, p, &h->v[i], &r.now);
		rq_replay_judge(&r);
		rq_replay_add(report, &r);
		rq_arena_release(&a);
	}
	rq_replay_end(report);
}

static void simulated(struct history *h, const struct rq_policy *p, struct rq_replay_report *report)
{
	rq_replay_report_init(report, "simulated");
	rq_replay_simulate(p, h->at, h->n, policy_of, h, report);
	rq_replay_end(report);
}

static const struct rq_replay_result *result(const struct rq_replay_report *r, const char *id)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].decision_id, id))
			return &r->v[i];
	fail_msg("no result %s", id);
	return NULL;
}

static enum rq_replay_verdict verdict(const struct rq_replay_report *r, const char *id)
{
	return result(r, id)->verdict;
}

#define BASE \
	"schema: 2\nroutes:\n" \
	"  t: {prefer: [mac], fallback: [pi], constraints: {max_size_mb: 100}}\n" \
	"  u: {prefer: [pi]}\n"

static void some_history(struct history *h, const char *policy)
{
	begin(h, policy);
	record(h, "1", 0, "{type: t, size_mb: 10}", (const char *[]){ "mac", "pi", NULL }, "");
	record(h, "2", 1, "{type: t, size_mb: 10}", (const char *[]){ "mac offline", "pi", NULL }, "");
	record(h, "3", 2, "{type: t, size_mb: 10}", (const char *[]){ "mac offline", "pi offline", NULL }, "");
	record(h, "4", 3, "{type: t, size_mb: 200}", (const char *[]){ "mac", "pi", NULL }, "");
	record(h, "5", 4, "{type: u}", (const char *[]){ "mac", "pi", NULL }, "");
	record(h, "6", 5, "{type: v}", (const char *[]){ "mac", "pi", NULL }, "");
}

static void test_the_same_policy_is_the_same(void **state)
{
	struct rq_replay_report r;
	struct history h;
	struct rq_str out;

	(void)state;
	for (int builtin = 0; builtin < 2; builtin++) {
		some_history(&h, builtin ? NULL : BASE);
		pointwise(&h, h.p, &r);
		assert_int_equal(r.n, 6);
		assert_int_equal(r.count[RQ_REPLAY_SAME], 6);
		assert_true(rq_replay_same(&r));
		rq_str_init(&out, 0);
		rq_replay_render(&r, true, &out);
		assert_non_null(strstr(rq_str_get(&out), "pointwise: 6 decisions, 100 % SAME\n"));
		rq_str_release(&out);
		rq_replay_report_release(&r);
		end(&h);
	}
}

static void test_each_verdict(void **state)
{
	struct rq_policy *p = load("schema: 2\nroutes:\n"
				   "  t: {prefer: [pi], constraints: {max_size_mb: 1000}}\n"
				   "  u: {prefer: [nobody]}\n"
				   "  v: {prefer: [pi]}\n");
	struct rq_replay_report r;
	struct history h;
	struct rq_json *j;

	(void)state;
	some_history(&h, BASE);
	pointwise(&h, p, &r);
	assert_int_equal(verdict(&r, "D00"), RQ_REPLAY_MOVED);
	assert_string_equal(result(&r, "D00")->was.target, "mac");
	assert_string_equal(result(&r, "D00")->now.target, "pi");
	assert_int_equal(verdict(&r, "D01"), RQ_REPLAY_SAME);
	assert_int_equal(verdict(&r, "D02"), RQ_REPLAY_SAME);
	assert_int_equal(verdict(&r, "D03"), RQ_REPLAY_NEWLY_PLACED);
	assert_true(result(&r, "D03")->allowed);
	assert_int_equal(verdict(&r, "D04"), RQ_REPLAY_NEWLY_REJECTED);
	assert_int_equal(verdict(&r, "D05"), RQ_REPLAY_NEWLY_PLACED);
	assert_false(rq_replay_same(&r));
	/* What was denied and would be allowed comes first. */
	assert_true(r.v[0].allowed && r.v[1].allowed && !r.v[2].allowed);
	assert_int_equal(r.n_types, 3);
	assert_string_equal(r.types[0].type, "t");
	assert_int_equal(r.types[0].count[RQ_REPLAY_SAME], 2);
	j = rq_replay_json(&r, true);
	assert_string_equal(rq_json_get_str(j, "mode"), "pointwise");
	assert_int_equal(rq_json_len(rq_json_get(j, "results")), 4);
	assert_int_equal(rq_json_get_int(rq_json_get(j, "verdicts"), "MOVED", -1), 1);
	rq_json_free(j);
	rq_replay_report_release(&r);
	rq_policy_free(p);

	p = load("schema: 2\nroutes:\n  t: {prefer: [mac], constraints: {max_size_mb: 100}}\n  u: {prefer: [pi]}\n");
	pointwise(&h, p, &r);
	assert_int_equal(verdict(&r, "D01"), RQ_REPLAY_NEWLY_WAITING);
	assert_int_equal(r.count[RQ_REPLAY_SAME], 5);
	rq_replay_report_release(&r);
	rq_policy_free(p);
	end(&h);
}

static void test_a_change_of_privacy_is_told(void **state)
{
	struct rq_policy *p = load(BASE "rules:\n  - {name: close, when: {type: t, size_mb: {lt: 50}}, set: {privacy: local_only}}\n");
	struct rq_replay_report r;
	struct history h;

	(void)state;
	some_history(&h, BASE);
	pointwise(&h, p, &r);
	assert_string_equal(result(&r, "D00")->was.privacy, "any");
	assert_string_equal(result(&r, "D00")->now.privacy, "local_only");
	assert_int_equal(verdict(&r, "D00"), RQ_REPLAY_SAME);
	assert_true(result(&r, "D00")->privacy_changed);
	assert_false(result(&r, "D04")->privacy_changed);
	assert_false(rq_replay_same(&r));
	rq_replay_report_release(&r);
	rq_policy_free(p);
	end(&h);
}

static void test_what_was_not_recorded(void **state)
{
	static const char with_token[] = BASE "rules:\n  - {name: t, when: {param.token: abc}, deny: no, on_unknown: skip}\n";
	struct rq_policy *p = load(with_token);
	struct rq_journal_entry *e;
	struct rq_replay_report r;
	struct history h;

	(void)state;
	begin(&h, BASE);
	e = record(&h, "1", 0, "{type: t, size_mb: 10}", (const char *[]){ "mac", NULL }, "");
	e->decision.erased = "[\"/params/token\"]";
	record(&h, "2", 1, "{type: t, size_mb: 10}", (const char *[]){ "mac", NULL }, "")->decision.fleet = NULL;
	record(&h, "3", 2, "{type: t, size_mb: 10}", (const char *[]){ "mac", NULL }, "")->decision.facts = NULL;
	record(&h, "4", 3, "{type: t, size_mb: 10}", (const char *[]){ "mac", NULL }, "");
	pointwise(&h, p, &r);
	assert_int_equal(verdict(&r, "D00"), RQ_REPLAY_UNDECIDABLE);
	assert_string_equal(result(&r, "D00")->missing, "param.token");
	assert_string_equal(result(&r, "D01")->missing, "fleet");
	assert_string_equal(result(&r, "D02")->missing, "facts");
	assert_int_equal(verdict(&r, "D03"), RQ_REPLAY_SAME);
	assert_false(rq_replay_same(&r));
	rq_replay_report_release(&r);
	end(&h);

	/* The policy that made the record saw the same as the replay. */
	begin(&h, with_token);
	e = record(&h, "1", 0, "{type: t, size_mb: 10}", (const char *[]){ "mac", NULL }, "");
	e->decision.erased = "[\"/params/token\"]";
	pointwise(&h, p, &r);
	assert_int_equal(verdict(&r, "D00"), RQ_REPLAY_SAME);
	rq_replay_report_release(&r);
	end(&h);
	rq_policy_free(p);
}

static void test_money(void **state)
{
	static const char cheap[] = "schema: 2\nroutes: {t: {prefer: [pi]}}\nrunner_capabilities: {pi: {usd_per_hour: 0}}\n";
	static const char dear[] = "schema: 2\nroutes: {t: {prefer: [pi]}}\nrunner_capabilities: {pi: {usd_per_hour: 3.60}}\n";
	struct rq_policy *p = load(dear);
	struct rq_replay_report r;
	struct history h;

	(void)state;
	begin(&h, cheap);
	record(&h, "1", 0, "{type: t, duration_s: 100}", (const char *[]){ "pi", NULL }, "");
	/* The same job once more: it is paid once. */
	record(&h, "1", 1, "{type: t, duration_s: 100}", (const char *[]){ "pi", NULL }, "");
	pointwise(&h, p, &r);
	assert_int_equal(r.usd_nano_delta, 100000000);
	rq_replay_report_release(&r);
	rq_policy_free(p);
	end(&h);
}

/* Three jobs that came minute by minute and took ten each: one after the other on the Mac. */
static void queue_of_three(struct history *h, const char *policy)
{
	struct rq_journal_entry *e;

	begin(h, policy);
	ran(record(h, "1", 0, "{type: t}", (const char *[]){ "mac", "pi", NULL }, ""), 0, 10);
	record(h, "2", 1, "{type: t}", (const char *[]){ "mac running=1", "pi", NULL }, "route:t@mac=1 runner:mac=1");
	record(h, "3", 2, "{type: t}", (const char *[]){ "mac running=1", "pi", NULL }, "route:t@mac=1 runner:mac=1");
	e = record(h, "2", 10, "{type: t, age: 9m}", (const char *[]){ "mac", "pi", NULL }, "");
	ran(e, 10, 20);
	ran(&h->v[1], 10, 20);
	e = record(h, "3", 20, "{type: t, age: 18m}", (const char *[]){ "mac", "pi", NULL }, "");
	ran(e, 20, 30);
	ran(&h->v[2], 20, 30);
}

#define ONE_RUNNER "schema: 2\nroutes: {t: {prefer: [mac], constraints: {max_concurrent: 1}}}\n"
#define TWO_RUNNERS "schema: 2\nroutes: {t: {prefer: [mac], fallback: [pi], constraints: {max_concurrent: 1}}}\n"

static void test_the_history_again(void **state)
{
	struct rq_replay_report r;
	struct history h;

	(void)state;
	queue_of_three(&h, ONE_RUNNER);
	simulated(&h, h.p, &r);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.count[RQ_REPLAY_SAME], 3);
	assert_int_equal(r.n_waits, 3);
	assert_int_equal(r.wait_delta_ms, 0);
	rq_replay_report_release(&r);
	end(&h);
}

static void test_what_one_takes_the_next_sees(void **state)
{
	struct rq_policy *p = load(TWO_RUNNERS);
	struct rq_replay_report r;
	struct history h;
	struct rq_str out;

	(void)state;
	queue_of_three(&h, ONE_RUNNER);
	simulated(&h, p, &r);
	assert_int_equal(r.n, 3);
	/* The second goes to the Pi at once; the third waits for the Mac, until the first has ended. */
	assert_int_equal(verdict(&r, "D00"), RQ_REPLAY_SAME);
	assert_int_equal(verdict(&r, "D03"), RQ_REPLAY_MOVED);
	assert_string_equal(result(&r, "D03")->now.target, "pi");
	assert_int_equal(result(&r, "D03")->was.waited_ms, 9 * MINUTE);
	assert_int_equal(result(&r, "D03")->now.waited_ms, 0);
	assert_int_equal(verdict(&r, "D04"), RQ_REPLAY_SAME);
	assert_int_equal(result(&r, "D04")->was.waited_ms, 18 * MINUTE);
	assert_int_equal(result(&r, "D04")->now.waited_ms, 8 * MINUTE);
	assert_int_equal(r.wait_delta_ms, -19 * MINUTE);
	rq_str_init(&out, 0);
	rq_replay_render(&r, false, &out);
	assert_non_null(strstr(rq_str_get(&out), "simulated: 3 decisions, 66 % SAME\n"));
	assert_non_null(strstr(rq_str_get(&out), "waits  -19m in all, over 3 jobs\n"));
	rq_str_release(&out);
	rq_replay_report_release(&r);
	/* One by one nobody sees what another would have taken: the third is told to go to the Pi as well. */
	pointwise(&h, p, &r);
	assert_int_equal(verdict(&r, "D01"), RQ_REPLAY_NEWLY_PLACED);
	assert_int_equal(verdict(&r, "D02"), RQ_REPLAY_NEWLY_PLACED);
	rq_replay_report_release(&r);
	rq_policy_free(p);
	end(&h);
}

static void test_what_would_wait_for_ever(void **state)
{
	struct rq_policy *p = load("schema: 2\nroutes: {t: {prefer: [other, mac], constraints: {labels: [mac], max_concurrent: 1}, "
				   "windows: [{from: \"03:00\", to: \"04:00\"}]}}\n");
	struct rq_replay_report r;
	struct history h;

	(void)state;
	queue_of_three(&h, ONE_RUNNER);
	simulated(&h, p, &r);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.count[RQ_REPLAY_NEWLY_WAITING], 3);
	rq_replay_report_release(&r);
	rq_policy_free(p);
	end(&h);
}

static void test_a_runner_busy_with_others(void **state)
{
	struct rq_replay_report r;
	struct history h;

	(void)state;
	/* The Mac is busy with a job that the records do not know: it stays so until it is seen free. */
	begin(&h, ONE_RUNNER);
	record(&h, "1", 0, "{type: t}", (const char *[]){ "mac running=1", NULL }, "route:t@mac=1 runner:mac=1");
	ran(record(&h, "1", 5, "{type: t, age: 5m}", (const char *[]){ "mac", NULL }, ""), 5, 6);
	simulated(&h, h.p, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.v[0].verdict, RQ_REPLAY_SAME);
	assert_int_equal(r.v[0].now.waited_ms, 5 * MINUTE);
	rq_replay_report_release(&r);
	end(&h);
}

/* Many come at once: they follow each other, the most urgent first, and nobody is forgotten. */
static void test_a_long_queue(void **state)
{
	static const char *const idle[] = { "mac", "pi offline", NULL };
	static const char *const busy[] = { "mac running=1", "pi offline", NULL };
	struct rq_replay_report r;
	struct history h;

	(void)state;
	begin(&h, ONE_RUNNER);
	ran(record(&h, "0", 0, "{type: t}", idle, ""), 0, 10);
	for (int i = 1; i < 50; i++) {
		char *id = rq_arena_fmt(&h.a, "%d", i);

		record(&h, id, 1, i == 49 ? "{type: t, priority: 5}" : "{type: t}", busy, "route:t@mac=1 runner:mac=1");
	}
	simulated(&h, h.p, &r);
	assert_int_equal(r.n, 50);
	assert_int_equal(r.count[RQ_REPLAY_SAME], 1);
	assert_int_equal(r.count[RQ_REPLAY_NEWLY_PLACED], 49);
	assert_int_equal(result(&r, "D49")->now.waited_ms, 9 * MINUTE);
	for (int i = 1; i < 49; i++)
		assert_int_equal(result(&r, h.v[i].decision.id)->now.waited_ms, (int64_t)(10 * i + 9) * MINUTE);
	rq_replay_report_release(&r);
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_policy_is_the_same),
		cmocka_unit_test(test_each_verdict),
		cmocka_unit_test(test_a_change_of_privacy_is_told),
		cmocka_unit_test(test_what_was_not_recorded),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_the_history_again),
		cmocka_unit_test(test_what_one_takes_the_next_sees),
		cmocka_unit_test(test_what_would_wait_for_ever),
		cmocka_unit_test(test_a_runner_busy_with_others),
		cmocka_unit_test(test_a_long_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
