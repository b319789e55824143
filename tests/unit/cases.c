/* Examples of a policy: how they are read, the short notation of runners, and what is told when one does not hold. */
#include "tests/unit/unit.h"
#include "core/policy/cases.h"

#define NOW INT64_C(1767614400000)

static const char policy_text[] = "schema: 2\n"
				  "rules:\n"
				  "  - {name: huge, when: {size_mb: {gt: 4000}}, deny: too large, on_unknown: skip}\n"
				  "routes:\n"
				  "  transcribe:\n"
				  "    prefer: [mac]\n"
				  "    fallback: [pi]\n"
				  "    constraints: {max_size_mb: 1000, max_concurrent: 1}\n"
				  "  unused: {prefer: [mac]}\n"
				  "runner_capabilities: {mac: {max_concurrent_jobs: 2}}\n";

static struct rq_policy *policy(void)
{
	struct rq_problems problems = { 0 };
	struct rq_policy *p = NULL;
	struct rq_error e;

	if (rq_policy_load("policy.yaml", policy_text, strlen(policy_text), &p, &problems, &e))
		fail_msg("%s", e.msg);
	rq_problems_release(&problems);
	return p;
}

/* What is told of the one case of TEXT. "" it holds. */
static void tells(const char *text, const char *wanted)
{
	struct rq_policy *p = policy();
	struct rq_cases c = { 0 };
	struct rq_arena a = { 0 };
	struct rq_decision d;
	struct rq_error e;

	if (rq_cases_load(&c, p, "t.yaml", text, strlen(text), &e))
		fail_msg("%s", e.msg);
	assert_int_equal(c.n, 1);
	assert_string_equal(rq_case_run(&a, p, &c.v[0], &d), wanted);
	rq_arena_release(&a);
	rq_cases_release(&c);
	rq_policy_free(p);
}

static void refused(const char *text, const char *wanted)
{
	struct rq_policy *p = policy();
	struct rq_cases c = { 0 };
	struct rq_error e = { 0 };

	assert_int_equal(rq_cases_load(&c, p, "t.yaml", text, strlen(text), &e), RQ_EUSAGE);
	if (!strstr(e.msg, wanted))
		fail_msg("wanted %s, got %s", wanted, e.msg);
	rq_cases_release(&c);
	rq_policy_free(p);
}

#define CASE "- name: x\n  facts: {type: transcribe, size_mb: 5}\n"

static void test_what_holds(void **state)
{
	(void)state;
	tells(CASE "  fleet: [mac, pi]\n  expect: {outcome: PLACED, target: mac, tier: prefer, route: transcribe}\n", "");
	tells(CASE "  fleet: [mac offline, pi]\n  expect: {outcome: PLACED, target: pi, tier: fallback, "
		   "reasons: {mac: [RUNNER_OFFLINE]}}\n", "");
	tells(CASE "  fleet: [mac running=1 slots=2, pi offline]\n  counters: {ROUTE:transcribe@Mac: 1}\n"
		   "  expect: {outcome: WAIT, reasons: [ROUTE_CONCURRENCY, RUNNER_OFFLINE], "
		   "wake_on: ['runner:pi.online', 'route:transcribe@mac']}\n", "");
	tells("- name: x\n  facts: {type: transcribe, size_mb: 5000}\n  fleet: [mac]\n"
	      "  expect: {outcome: REJECTED, reasons: [DENIED_BY_RULE], rules: [huge]}\n", "");
	tells("now: 2026-01-05T12:00:00Z\nfleet: [mac]\ncases:\n  - name: x\n    facts: {type: transcribe, size_mb: 1}\n"
	      "    expect: {target: mac}\n", "");
	tells(CASE "  expect: {outcome: WAIT}\n  fleet: [mac drained, pi draining]\n", "");
}

static void test_what_does_not(void **state)
{
	(void)state;
	tells(CASE "  fleet: [mac, pi]\n  expect: {outcome: WAIT, target: pi}\n",
	      "outcome is PLACED, expected WAIT\ntarget is mac, expected pi\n");
	tells(CASE "  fleet: [mac]\n  expect: {reasons: {mac: [RUNNER_HOT]}, rules: [huge], wake_on: [group:g]}\n",
	      "mac: reason RUNNER_HOT is missing; there is PREFERRED\nwake_on lacks group:g\nrules lacks huge\n");
	tells(CASE "  fleet: [mac]\n  expect: {target: none, timeout_minutes: 5}\n",
	      "target is mac, expected none\ntimeout_minutes is none, expected 5\n");
}

static void test_mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	refused("- nam: x\n", "t.yaml:1:3: a case has no 'nam'");
	refused("- facts: {}\n  expect: {}\n", "t.yaml:1:3: a case needs a 'name'");
	refused("- name: x\n", "needs 'facts' and 'expect'");
	refused(CASE "  expect: {outcome: Placed}\n", "t.yaml:3:21: an outcome is");
	refused(CASE "  expect: {targt: mac}\n", "'expect' has no 'targt'");
	refused(CASE "  expect: {}\n  fleet: [mac onlin]\n", "t.yaml:4:11: 'onlin' says nothing about a runner");
	refused(CASE "  expect: {}\n  fleet: [mac runing=1]\n", "a runner has no 'runing'");
	refused(CASE "  expect: {}\n  fleet: [mac running=x]\n", "'x' is no number");
	refused(CASE "  expect: {}\n  fleet: mac\n", "'fleet' is a list");
	refused(CASE "  expect: {}\n  counters: {a: b}\n", "a counter is a whole number");
	refused(CASE "  expect: {}\n  now: noon\n", "'now' is a time");
	refused("- name: x\n  facts: {type: t, age: old}\n  expect: {}\n", "'age' is a duration");
	refused("cases: 3\n", "is a list of them");
	refused("case: []\n", "a file of cases has no 'case'");
	refused("- name: [\n", "t.yaml:");
}

static void test_skipped(void **state)
{
	static const char text[] = "- {name: later, todo: true}\n- {name: l2, todo: true, facts: {type: x}}\n";
	struct rq_policy *p = policy();
	struct rq_cases c = { 0 };

	(void)state;
	assert_int_equal(rq_cases_load(&c, p, "t.yaml", text, strlen(text), NULL), RQ_OK);
	assert_int_equal(c.n, 2);
	assert_true(c.v[0].todo && c.v[1].todo);
	rq_cases_release(&c);
	rq_policy_free(p);
}

static void test_runner_in_short(void **state)
{
	struct rq_policy *p = policy();
	struct rq_arena a = { 0 };
	struct rq_runner r;

	(void)state;
	assert_int_equal(rq_runner_short(&a, p, NOW, "mac", &r, NULL), RQ_OK);
	assert_string_equal(r.name, "mac");
	assert_int_equal(r.slots, 2);
	assert_true(r.online);
	assert_true(rq_labels_has(&r.labels, "mac") && rq_labels_has(&r.labels, "self-hosted"));
	assert_int_equal(r.memory_bytes, -1);
	assert_int_equal(rq_runner_short(&a, p, NOW,
					 "pi  offline hung running=1 placed=2 slots=3 labels=a+B tools=ffmpeg os=linux arch=arm64 "
					 "version=1.2 cpu_cores=4 memory_gb=1.5 disk_gb=0.25 temp=80.5 load=0.9 seen=5m",
					 &r, NULL),
			 RQ_OK);
	assert_false(r.online);
	assert_true(r.hung);
	assert_int_equal(r.running, 1);
	assert_int_equal(r.placed, 2);
	assert_int_equal(r.slots, 3);
	assert_true(rq_labels_has(&r.labels, "b") && rq_labels_has(&r.labels, "pi"));
	assert_true(rq_labels_has(&r.tools, "ffmpeg"));
	assert_string_equal(r.os, "linux");
	assert_string_equal(r.arch, "arm64");
	assert_string_equal(r.version, "1.2");
	assert_int_equal(r.cpu_cores, 4);
	assert_int_equal(r.memory_bytes, 1500000000);
	assert_int_equal(r.disk_free_bytes, 250000000);
	assert_int_equal(r.temp_milli_c, 80500);
	assert_int_equal(r.load_milli, 900);
	assert_int_equal(r.seen_at, NOW - 300000);
	assert_int_equal(rq_runner_short(&a, NULL, NOW, "", &r, NULL), RQ_EUSAGE);
	assert_int_equal(rq_runner_short(&a, NULL, NOW, "x temp=8.x", &r, NULL), RQ_EUSAGE);
	rq_arena_release(&a);
	rq_policy_free(p);
}

static void test_facts_alone(void **state)
{
	static const char yaml[] = "{type: Transcribe, size_mb: 5, labels: [b, a], age: 1m}";
	struct rq_arena a = { 0 };
	struct rq_facts f, g;
	struct rq_json *j;
	struct rq_str text;

	(void)state;
	assert_int_equal(rq_facts_read(&a, "f", yaml, strlen(yaml), NOW, &f, NULL), RQ_OK);
	assert_string_equal(f.type, "transcribe");
	assert_int_equal(f.n_params, 1);
	assert_string_equal(f.params[0], "size_mb=5");
	assert_int_equal(f.labels->n, 2);
	assert_int_equal(f.created_at, NOW - 60000);
	/* As a record has them. */
	j = rq_facts_to_json(&f);
	rq_str_init(&text, 0);
	rq_json_print(j, &text, false);
	assert_int_equal(rq_facts_read(&a, "f", rq_str_get(&text), text.len, NOW, &g, NULL), RQ_OK);
	assert_string_equal(g.params[0], "size_mb=5");
	assert_int_equal(g.created_at, f.created_at);
	rq_json_free(j);
	rq_str_release(&text);
	assert_int_equal(rq_facts_read(&a, "f", "[]", 2, NOW, &f, NULL), RQ_EUSAGE);
	rq_arena_release(&a);
}

static void test_coverage(void **state)
{
	static const char text[] = CASE "  fleet: [mac]\n  expect: {}\n";
	struct rq_policy *p = policy();
	struct rq_cases c = { 0 };
	struct rq_arena a = { 0 };
	struct rq_coverage v;
	struct rq_decision d;

	(void)state;
	rq_coverage_init(&a, p, &v);
	assert_int_equal(rq_cases_load(&c, p, "t.yaml", text, strlen(text), NULL), RQ_OK);
	rq_case_run(&a, p, &c.v[0], &d);
	rq_coverage_add(p, &d, &v);
	assert_int_equal(v.n_routes, 2);
	assert_true(v.routes[0]);
	assert_false(v.routes[1]);
	assert_false(v.rules[0]);
	rq_cases_release(&c);
	rq_arena_release(&a);
	rq_policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_holds),
		cmocka_unit_test(test_what_does_not),
		cmocka_unit_test(test_mistakes_are_told_with_their_place),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_runner_in_short),
		cmocka_unit_test(test_facts_alone),
		cmocka_unit_test(test_coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
