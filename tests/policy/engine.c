/* Decisions one by one: rules, tiers, every gate, scores, budgets, groups, what is held, and how it reads. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/policy/decide.h"

#define NOW_TEXT "2026-11-21T12:00:00Z"

struct scene {
	struct rq_arena a;
	struct rq_policy *p;
	struct rq_runner r[4];
	struct rq_counter counters[8];
	struct rq_fleet fleet;
	const char *params[4];
	struct rq_labels labels;
	struct rq_facts facts;
	int64_t now;
	struct rq_decision d;
};

static struct rq_policy *load(const char *text)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	struct rq_policy *p;

	if (rq_policy_load("p.yaml", text, strlen(text), &p, &problems, &e) != RQ_OK)
		fail_msg("%s\n%s", e.msg, text);
	rq_problems_release(&problems);
	return p;
}

static void add_runner(struct scene *s, const char *name, const char *labels)
{
	struct rq_runner *r = &s->r[s->fleet.n_runners++];

	*r = (struct rq_runner){ .name = name, .queue = "local", .online = true, .slots = 2, .drain_reason = "", .drain_by = "",
				 .os = "linux", .arch = "arm64", .host = "", .version = "0.1.0", .seen_at = s->now, .cpu_cores = 4,
				 .memory_bytes = INT64_C(8000000000), .disk_free_bytes = INT64_C(100000000000), .temp_milli_c = -1,
				 .load_milli = -1 };
	assert_int_equal(rq_labels_parse(&s->a, labels, &r->labels, NULL), RQ_OK);
}

/* Two runners, mac and pi, and a job of type t. */
static void begin(struct scene *s, const char *policy)
{
	memset(s, 0, sizeof *s);
	assert_true(rq_time_parse(NOW_TEXT, &s->now));
	s->p = policy ? load(policy) : NULL;
	s->fleet.runners = s->r;
	s->fleet.counters = s->counters;
	s->facts = (struct rq_facts){ .type = "t", .labels = &s->labels, .target = "", .params = s->params, .submitter = "", .source = "",
				      .attempt = 1, .created_at = s->now };
	add_runner(s, "mac", "heavy");
	add_runner(s, "pi", "small");
}

static void param(struct scene *s, const char *text)
{
	s->params[s->facts.n_params++] = text;
}

/* In the order of their keys. */
static void counter(struct scene *s, const char *key, int64_t n)
{
	s->counters[s->fleet.n_counters++] = (struct rq_counter){ key, n };
}

static void decide(struct scene *s)
{
	rq_decide(&s->a, s->p, &s->facts, &s->fleet, s->now, &s->d);
}

static void end(struct scene *s)
{
	rq_policy_free(s->p);
	rq_arena_release(&s->a);
}

static const struct rq_candidate *candidate(const struct scene *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->d.n_candidates; i++)
		if (strcmp(s->d.candidates[i].name, name) == 0)
			return &s->d.candidates[i];
	fail_msg("%s is not in the record", name);
	return NULL;
}

static const struct rq_reason *reason(const struct scene *s, const char *name, const char *code)
{
	const struct rq_candidate *c = candidate(s, name);
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		if (strcmp(c->reasons[i].code, code) == 0)
			return &c->reasons[i];
	return NULL;
}

static void placed(struct scene *s, const char *target, const char *why)
{
	decide(s);
	if (s->d.outcome != RQ_OUTCOME_PLACED)
		fail_msg("it came to %s %s", rq_outcome_name(s->d.outcome), s->d.reason);
	assert_string_equal(s->d.target, target);
	assert_string_equal(s->d.reason, why);
	assert_true(s->d.governed);
	assert_int_equal(s->d.n_wake_on, 0);
	assert_int_equal(s->d.wait_until, 0);
}

static void comes_to(struct scene *s, enum rq_outcome outcome, const char *why)
{
	decide(s);
	if (s->d.outcome != outcome)
		fail_msg("%s instead of %s: %s", rq_outcome_name(s->d.outcome), why, s->d.reason);
	assert_string_equal(s->d.reason, why);
	assert_string_equal(s->d.target, "");
	assert_int_equal(s->d.n_holds, 0);
}

static bool wakes_on(const struct scene *s, const char *event)
{
	size_t i;

	for (i = 0; i < s->d.n_wake_on; i++)
		if (strcmp(s->d.wake_on[i], event) == 0)
			return true;
	return false;
}

static int64_t utc(const char *text)
{
	int64_t ms;

	assert_true(rq_time_parse(text, &ms));
	return ms;
}

/* --- rules -------------------------------------------------------------------------------- */

#define ROUTE "routes: {t: {prefer: [mac], fallback: [pi]}, u: {prefer: [pi]}}\n"

static void test_deny(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nrules: [{name: big, when: {size_mb: {gt: 100}}, deny: \"too big\"}]\n" ROUTE);
	param(&s, "size_mb=50");
	placed(&s, "mac", "PREFERRED");
	s.params[0] = "size_mb=101";
	comes_to(&s, RQ_OUTCOME_REJECTED, "DENIED_BY_RULE");
	assert_string_equal(reason(&s, "mac", "DENIED_BY_RULE")->got, "big: too big");
	assert_string_equal(reason(&s, "pi", "DENIED_BY_RULE")->src, "p.yaml:2:9");
	/* What cannot be excluded is denied. */
	s.facts.n_params = 0;
	comes_to(&s, RQ_OUTCOME_REJECTED, "DENIED_BY_RULE");
	assert_int_equal(s.d.steps[0].result, 'U');
	assert_true(s.d.steps[0].fired);
	end(&s);
	begin(&s, "schema: 2\nrules: [{name: big, when: {size_mb: {gt: 100}}, deny: \"too big\", on_unknown: skip}]\n" ROUTE);
	placed(&s, "mac", "PREFERRED");
	assert_false(s.d.steps[0].fired);
	end(&s);
}

static void test_a_regex_limit_fails_closed(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nrules: [{name: slow, when: {param.w: {regex: '^(a+)+$'}}, deny: \"x\", on_unknown: skip}]\n" ROUTE);
	param(&s, "w=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	comes_to(&s, RQ_OUTCOME_REJECTED, "DENIED_BY_RULE");
	assert_int_equal(reason(&s, "mac", "REGEX_LIMIT")->cls, 'E');
	end(&s);
	/* For a route it is no match; for what only tightens it is one. */
	begin(&s, "schema: 2\nrules: [{name: slow, when: {param.w: {regex: '^(a+)+$'}}, route: u, set: {needs: [gpu]}}]\n" ROUTE);
	param(&s, "w=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	comes_to(&s, RQ_OUTCOME_REJECTED, "CAPABILITY_MISSING");
	assert_string_equal(s.d.route, "t");
	end(&s);
}

static void test_routes_and_sets(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nrules:\n- {name: a, when: {type: t}, set: {max_concurrent: 3, timeout_minutes: 5}}\n"
		  "- {name: b, when: {type: t}, route: u}\n- {name: c, route: t, set: {max_concurrent: 2, timeout_minutes: 9}}\n" ROUTE);
	placed(&s, "pi", "PREFERRED");
	assert_string_equal(s.d.route, "u");
	assert_int_equal(s.d.n_steps, 3);
	assert_string_equal(s.d.steps[2].text, "always");
	assert_true(s.d.timeout_ms == 5 * 60000);
	assert_string_equal(s.d.holds[1].key, "route:u@pi");
	assert_true(s.d.holds[1].limit == 2);
	counter(&s, "route:u@pi", 2);
	comes_to(&s, RQ_OUTCOME_WAIT, "ROUTE_CONCURRENCY");
	assert_string_equal(reason(&s, "pi", "ROUTE_CONCURRENCY")->src, "p.yaml:5:29");
	assert_true(wakes_on(&s, "route:u@pi"));
	end(&s);
}

static void test_commands(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nrules: [{when: {submitter: eve}, deny: \"no\", on_unknown: skip}, "
		  "{when: {label: heavy}, set: {privacy: local_only, forbid: [small]}}]\n"
		  "defaults: {on_no_match: route:u}\n" ROUTE);
	s.facts.type = "command";
	decide(&s);
	assert_int_equal(s.d.outcome, RQ_OUTCOME_PLACED);
	assert_false(s.d.governed);
	assert_int_equal(s.d.n_holds, 0);
	assert_int_equal(s.d.n_steps, 2);
	/* What a rule sets must be kept to: so it is placed. */
	assert_int_equal(rq_labels_parse(&s.a, "heavy", &s.labels, NULL), RQ_OK);
	placed(&s, "mac", "PREFERRED");
	assert_string_equal(s.d.candidates[0].tier, "any");
	s.facts.submitter = "eve";
	comes_to(&s, RQ_OUTCOME_REJECTED, "DENIED_BY_RULE");
	end(&s);
	begin(&s, "schema: 2\ndefaults: {on_no_match: route:u}\n" ROUTE);
	s.facts.type = "other";
	placed(&s, "pi", "PREFERRED");
	assert_non_null(reason(&s, "pi", "COMPAT_DEFAULT"));
	end(&s);
}

/* --- candidates --------------------------------------------------------------------------- */

static void test_entries(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nroutes: {t: {prefer: [small, mac, nobody], fallback: [pi, ghost]}}\nrunner_capabilities: {ghost: {memory_gb: 1}}\n");
	placed(&s, "pi", "PREFERRED");
	assert_int_equal(candidate(&s, "mac")->pos, 1);
	assert_int_equal(candidate(&s, "pi")->pos, 0);
	assert_string_equal(candidate(&s, "pi")->tier, "prefer");
	assert_string_equal(reason(&s, "nobody", "TARGET_UNKNOWN")->src, "p.yaml:2:35");
	assert_string_equal(reason(&s, "ghost", "RUNNER_OFFLINE")->got, "never seen");
	assert_int_equal(candidate(&s, "ghost")->pos, 4);
	/* Nobody at all: too early to refuse. */
	s.fleet.n_runners = 0;
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_OFFLINE");
	assert_true(wakes_on(&s, "runner:*.registered"));
	end(&s);
	begin(&s, "schema: 2\nroutes: {t: {prefer: [nobody, smal]}}\n");
	comes_to(&s, RQ_OUTCOME_REJECTED, "TARGET_UNKNOWN");
	assert_string_equal(reason(&s, "smal", "TARGET_UNKNOWN")->got, "nearest: small");
	assert_string_equal(candidate(&s, "mac")->tier, "");
	assert_non_null(reason(&s, "mac", "NOT_IN_ROUTE"));
	end(&s);
}

static void test_the_operators_target(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\ndefaults: {fallback_after: 1h}\nroutes: {t: {prefer: [mac], fallback: [pi], constraints: {min_memory_gb: 4}}}\n");
	add_runner(&s, "zoo", "x");
	/* Who names a fallback runner does not wait for the others. */
	s.facts.target = "PI";
	placed(&s, "pi", "FALLBACK_USED");
	assert_string_equal(reason(&s, "mac", "NOT_THE_TARGET")->want, "PI");
	s.facts.target = "zoo";
	placed(&s, "zoo", "TARGET_ASKED");
	assert_string_equal(s.d.tier, "asked");
	/* Constraints hold there, too. */
	s.r[2].memory_bytes = 1000000000;
	comes_to(&s, RQ_OUTCOME_REJECTED, "MEMORY_INSUFFICIENT");
	s.facts.target = "none";
	comes_to(&s, RQ_OUTCOME_REJECTED, "TARGET_UNKNOWN");
	end(&s);
}

static void test_job_labels(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nroutes: {t: {prefer: [mac, pi]}}\nrunner_capabilities: {mac: {supports_heavy: false}, pi: {labels: [extra]}}\n");
	assert_int_equal(rq_labels_parse(&s.a, "heavy", &s.labels, NULL), RQ_OK);
	/* A declared no beats the label; it is somebody's label, so that no other is meant. */
	comes_to(&s, RQ_OUTCOME_REJECTED, "LABEL_MISSING");
	assert_string_equal(reason(&s, "mac", "LABEL_MISSING")->want, "heavy");
	assert_string_equal(reason(&s, "mac", "LABEL_MISSING")->got, "");
	assert_int_equal(rq_labels_parse(&s.a, "extra", &s.labels, NULL), RQ_OK);
	placed(&s, "pi", "PREFERRED");
	assert_int_equal(rq_labels_parse(&s.a, "heavi", &s.labels, NULL), RQ_OK);
	comes_to(&s, RQ_OUTCOME_REJECTED, "LABEL_MISSING");
	assert_string_equal(reason(&s, "pi", "LABEL_MISSING")->got, "nearest: heavy");
	end(&s);
	/* Without a policy the same help. */
	begin(&s, NULL);
	s.facts.type = "command";
	assert_int_equal(rq_labels_parse(&s.a, "heavi,smal", &s.labels, NULL), RQ_OK);
	comes_to(&s, RQ_OUTCOME_WAIT, "LABEL_MISSING");
	assert_string_equal(reason(&s, "pi", "LABEL_MISSING")->got, "nearest: heavy for heavi, small for smal");
	end(&s);
}

/* --- constraints -------------------------------------------------------------------------- */

static void lacks(const char *constraint, const char *code, const char *want, const char *got)
{
	struct scene s;
	struct rq_arena a = { 0 };
	const struct rq_reason *r;

	begin(&s, rq_arena_fmt(&a, "schema: 2\nroutes: {t: {prefer: [mac], constraints: {%s}}}\n"
			       "runner_capabilities: {mac: {cpu_cores: 2, supports_sox: true, supports_git: false, storage_gb: 64, os: macos}}\n",
			       constraint));
	s.r[0].temp_milli_c = 81500;
	s.r[0].load_milli = 905;
	param(&s, "size_mb=100.25");
	param(&s, "duration_s=600");
	decide(&s);
	r = reason(&s, "mac", code);
	if (!r)
		fail_msg("%s did not give %s", constraint, code);
	assert_string_equal(r->want, want);
	assert_string_equal(r->got, got);
	assert_int_equal(s.d.outcome, r->cls == 'P' ? RQ_OUTCOME_REJECTED : RQ_OUTCOME_WAIT);
	end(&s);
	rq_arena_release(&a);
}

static void fits(const char *constraint)
{
	struct scene s;
	struct rq_arena a = { 0 };

	begin(&s, rq_arena_fmt(&a, "schema: 2\nroutes: {t: {prefer: [mac], constraints: {%s}}}\n"
			       "runner_capabilities: {mac: {cpu_cores: 2, supports_sox: true, supports_git: false, storage_gb: 64, os: macos}}\n",
			       constraint));
	param(&s, "size_mb=100.25");
	param(&s, "duration_s=600");
	placed(&s, "mac", "PREFERRED");
	end(&s);
	rq_arena_release(&a);
}

static void test_constraints(void **state)
{
	(void)state;
	lacks("max_size_mb: 100", "SIZE_EXCEEDED", "100 MB", "100.25 MB");
	lacks("max_duration_minutes: 9", "DURATION_EXCEEDED", "540 s", "600 s");
	lacks("min_memory_gb: 8.5", "MEMORY_INSUFFICIENT", "8.50 GB", "8 GB");
	lacks("min_cpu_cores: 3", "CPU_INSUFFICIENT", "3", "2");
	lacks("min_storage_gb: 65", "STORAGE_INSUFFICIENT", "65 GB", "64 GB");
	lacks("needs: [git]", "CAPABILITY_MISSING", "git", "declared: no");
	lacks("needs: [cuda]", "CAPABILITY_MISSING", "cuda", "");
	lacks("labels: [gpu]", "LABEL_MISSING", "gpu", "");
	lacks("forbid: [sox]", "LABEL_FORBIDDEN", "", "sox");
	lacks("forbid: [heavy]", "LABEL_FORBIDDEN", "", "heavy");
	lacks("os: [linux, freebsd]", "OS_MISMATCH", "linux,freebsd", "macos");
	lacks("arch: [x64]", "ARCH_MISMATCH", "x64", "arm64");
	lacks("runner_version: \">=0.1.1\"", "RUNNER_TOO_OLD", ">=0.1.1", "0.1.0");
	lacks("runner_version: \"<0.1\"", "RUNNER_TOO_OLD", "<0.1", "0.1.0");
	lacks("max_temp_c: 80", "RUNNER_HOT", "80.00 C", "81.50 C");
	lacks("max_load: 0.9", "RUNNER_LOADED", "0.90", "0.90");
	fits("max_size_mb: 100.25, max_duration_minutes: 10, min_memory_gb: 8, min_cpu_cores: 2, min_storage_gb: 64");
	fits("needs: [sox, heavy], labels: [heavy], forbid: [git], os: [MacOS], arch: [x64, arm64], runner_version: \">=0.1\"");
	fits("max_temp_c: 80, max_load: 0.9");
}

static void test_the_state_of_runners(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\ndefaults: {runner_stale_after: 90s}\nroutes: {t: {prefer: [mac], constraints: {min_storage_gb: 50}}}\n"
		  "runner_capabilities: {mac: {max_concurrent_jobs: 1}}\n");
	s.r[0].placed = 1;
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_FULL");
	assert_string_equal(reason(&s, "mac", "RUNNER_FULL")->got, "0 running, 1 placed, 1 place");
	assert_true(wakes_on(&s, "runner:mac.free"));
	s.r[0].placed = 0;
	s.r[0].drain = RQ_DRAIN_DRAINING;
	s.r[0].drain_by = "sky";
	s.r[0].drain_reason = "disk";
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_PAUSED");
	assert_true(wakes_on(&s, "runner:mac.undrained"));
	s.r[0].drain = RQ_DRAIN_ACTIVE;
	/* That it lives is known by its lock; an idle one writes nothing. */
	s.r[0].seen_at = s.now - 900000;
	placed(&s, "mac", "PREFERRED");
	s.r[0].hung = true;
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_STALE");
	s.r[0].online = false;
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_OFFLINE");
	assert_true(wakes_on(&s, "runner:mac.online"));
	s.r[0].online = true;
	s.r[0].hung = false;
	s.r[0].disk_free_bytes = 49999999999;
	comes_to(&s, RQ_OUTCOME_WAIT, "DISK_LOW");
	assert_true(wakes_on(&s, "runner:mac.disk"));
	end(&s);
}

static void test_facts_that_are_missing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nroutes: {t: {prefer: [mac], constraints: {max_size_mb: 5}}}\n");
	comes_to(&s, RQ_OUTCOME_ERROR, "FACT_MISSING");
	param(&s, "size_mb=-1");
	comes_to(&s, RQ_OUTCOME_ERROR, "FACT_TYPE");
	end(&s);
	begin(&s, "schema: 2\ndefaults: {unknown_fact: wait}\nroutes: {t: {prefer: [mac], constraints: {max_size_mb: 5}}}\n");
	comes_to(&s, RQ_OUTCOME_WAIT, "FACT_MISSING");
	end(&s);
	begin(&s, "schema: 2\ndefaults: {unknown_fact: assume_zero}\nroutes: {t: {prefer: [mac], constraints: {max_size_mb: 5}}}\n");
	placed(&s, "mac", "PREFERRED");
	assert_non_null(reason(&s, "mac", "FACT_ASSUMED"));
	end(&s);
}

static void test_privacy(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nrules: [{when: {label: heavy}, set: {privacy: any}}, {when: {label: small}, set: {privacy: lan}}]\n"
		  "routes: {t: {prefer: [cloud], fallback: [mac], privacy: zdr}}\nrunner_capabilities: {cloud: {privacy: zdr}}\n");
	add_runner(&s, "cloud", "heavy,small");
	placed(&s, "cloud", "PREFERRED");
	/* A rule cannot loosen it, */
	assert_int_equal(rq_labels_parse(&s.a, "heavy", &s.labels, NULL), RQ_OK);
	placed(&s, "cloud", "PREFERRED");
	/* but tighten: and fallback is no way out. */
	assert_int_equal(rq_labels_parse(&s.a, "small", &s.labels, NULL), RQ_OK);
	comes_to(&s, RQ_OUTCOME_REJECTED, "PRIVACY_VIOLATION");
	assert_string_equal(reason(&s, "cloud", "PRIVACY_VIOLATION")->want, "lan");
	assert_string_equal(reason(&s, "cloud", "PRIVACY_VIOLATION")->got, "zdr");
	assert_null(reason(&s, "mac", "PRIVACY_VIOLATION"));
	end(&s);
}

static void test_workflows(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nroutes: {t: {prefer: [mac, pi], workflows: {pi: pi.yml}}, u: {prefer: [mac], workflows: {\"*\": any.yml, pi: p.yml}}}\n");
	placed(&s, "pi", "PREFERRED");
	assert_string_equal(s.d.workflow, "pi.yml");
	assert_non_null(reason(&s, "mac", "NO_WORKFLOW_FOR_TARGET"));
	s.facts.type = "U";
	placed(&s, "mac", "PREFERRED");
	assert_string_equal(s.d.workflow, "any.yml");
	end(&s);
}

/* --- gates -------------------------------------------------------------------------------- */

static void test_waiting_for_time(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nroutes: {t: {prefer: [mac], windows: [{from: \"22:00\", to: \"06:00\"}]}}\n");
	comes_to(&s, RQ_OUTCOME_WAIT, "OUTSIDE_WINDOW");
	assert_string_equal(reason(&s, "mac", "OUTSIDE_WINDOW")->got, "opens 2026-11-21T22:00:00Z");
	assert_true(s.d.wait_until == utc("2026-11-21T22:00:00Z"));
	s.now = utc("2026-11-21T22:00:00Z");
	s.r[0].seen_at = s.now;
	placed(&s, "mac", "PREFERRED");
	s.facts.run_at = s.now + 5000;
	comes_to(&s, RQ_OUTCOME_WAIT, "DELAYED");
	assert_true(s.d.wait_until == s.now + 5000);
	assert_true(wakes_on(&s, "job:ready"));
	s.facts.retrying = true;
	comes_to(&s, RQ_OUTCOME_WAIT, "RETRY_BACKOFF");
	s.facts.run_at = 0;
	s.facts.blocked = true;
	comes_to(&s, RQ_OUTCOME_WAIT, "DEPENDENCY_PENDING");
	assert_int_equal(s.d.wait_until, 0);
	end(&s);
}

/* Decided again when the clock makes another thing of a rule, not each hour. */
static void test_rules_by_the_clock(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nrules: [{when: {hour: {ge: 22}}, route: u}, {when: {all: [{weekday: mon}, {type: t}]}, set: {privacy: lan}}]\n" ROUTE);
	s.r[0].online = s.r[1].online = false;
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_OFFLINE");
	assert_true(s.d.wait_until == utc("2026-11-21T22:00:00Z"));
	s.now = utc("2026-11-21T22:10:30Z");
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_OFFLINE");
	assert_string_equal(s.d.route, "u");
	assert_true(s.d.wait_until == utc("2026-11-22T00:00:00Z"));
	end(&s);
	begin(&s, "schema: 2\ndefaults: {timezone: Asia/Kolkata}\nrules: [{when: {weekday: mon}, set: {privacy: lan}}]\n" ROUTE);
	s.r[0].online = s.r[1].online = false;
	comes_to(&s, RQ_OUTCOME_WAIT, "RUNNER_OFFLINE");
	assert_true(s.d.wait_until == utc("2026-11-22T18:30:00Z"));
	end(&s);
}

static void results(struct scene *s, int64_t at, char out[8])
{
	struct rq_arena a = { 0 };
	struct rq_decision d;
	size_t i;

	rq_decide(&a, s->p, &s->facts, &s->fleet, at, &d);
	for (i = 0; i < d.n_steps; i++)
		out[i] = d.steps[i].result;
	out[i] = '\0';
	s->d.wait_until = d.wait_until;
	rq_arena_release(&a);
}

/* Against the clock itself, quarter by quarter, over nights with and without a switch. */
static void test_the_clock_is_foreseen(void **state)
{
	static const char *const from[] = { "2026-03-28T20:10:00Z", "2026-10-24T20:10:00Z", "2026-10-25T00:45:00Z", "2026-11-21T12:00:00Z" };
	struct scene s;
	size_t i;

	(void)state;
	begin(&s, "schema: 2\ndefaults: {timezone: Europe/Berlin}\nrules: [{when: {hour: {between: [2, 4]}}, set: {privacy: lan}}, "
		  "{when: {weekday: {in: [sun, tue]}}, set: {privacy: lan}}, {when: {hour: {gt: 21.5}, type: x}, deny: \"no\"}]\n" ROUTE);
	s.r[0].online = s.r[1].online = false;
	for (i = 0; i < 4; i++) {
		int64_t now = utc(from[i]), at = now, wait;
		char was[8], is[8];

		results(&s, now, was);
		wait = s.d.wait_until;
		do
			results(&s, at += 900000, is);
		while (strcmp(was, is) == 0);
		assert_true(wait <= at && wait > at - 900000);
	}
	end(&s);
}

static void test_fallback_hold(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\ndefaults: {fallback_after: 5m}\nroutes: {t: {prefer: [mac], fallback: [pi]}, u: {prefer: [mac], fallback: [pi], fallback_after: 0s}}\n");
	s.r[0].running = 2;
	comes_to(&s, RQ_OUTCOME_WAIT, "FALLBACK_HOLD");
	assert_true(s.d.wait_until == s.now + 300000);
	assert_true(wakes_on(&s, "runner:mac.free"));
	assert_string_equal(s.d.nearest, "pi: FALLBACK_HOLD");
	s.facts.created_at = s.now - 300000;
	placed(&s, "pi", "FALLBACK_USED");
	s.facts.created_at = s.now;
	s.facts.type = "u";
	placed(&s, "pi", "FALLBACK_USED");
	end(&s);
}

static void test_groups(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nroutes:\n  t: {prefer: [mac], concurrency: {group: G, limit: 3}}\n"
		  "  u: {prefer: [mac], concurrency: {group: g, on_full: reject}}\n"
		  "  v: {prefer: [mac], concurrency: {group: g, on_full: replace_oldest_pending}}\ngroups: {g: {limit: 2}}\n");
	counter(&s, "group:g", 1);
	placed(&s, "mac", "PREFERRED");
	assert_string_equal(s.d.group, "G");
	assert_int_equal(s.d.n_holds, 3);
	assert_string_equal(s.d.holds[0].key, "runner:mac");
	assert_true(s.d.holds[0].limit == 2 && s.d.holds[0].amount == 1);
	assert_string_equal(s.d.holds[2].key, "group:g");
	assert_true(s.d.holds[2].limit == 2 && s.d.holds[2].amount == 1 && !s.d.holds[2].spent);
	s.counters[0].n = 2;
	comes_to(&s, RQ_OUTCOME_WAIT, "GROUP_CONCURRENCY");
	assert_true(wakes_on(&s, "group:g"));
	assert_false(s.d.replace_pending);
	s.facts.type = "v";
	comes_to(&s, RQ_OUTCOME_WAIT, "GROUP_CONCURRENCY");
	assert_true(s.d.replace_pending);
	s.facts.type = "u";
	comes_to(&s, RQ_OUTCOME_REJECTED, "GROUP_CONCURRENCY");
	/* It is not its turn yet: whether the group is full is asked when it is. */
	s.facts.blocked = true;
	comes_to(&s, RQ_OUTCOME_WAIT, "DEPENDENCY_PENDING");
	end(&s);
}

static const char *budget_policy(struct rq_arena *a, const char *budget)
{
	return rq_arena_fmt(a, "schema: 2\ndefaults: {unknown_fact: assume_zero}\nroutes: {t: {prefer: [mac], fallback: [pi], budget: {%s}}}\n"
			    "runner_capabilities: {mac: {usd_per_hour: 3.60, speed: 200, github_minutes: 2}, pi: {speed: 100}}\n", budget);
}

static void test_money(void **state)
{
	struct rq_arena a = { 0 };
	struct scene s;

	(void)state;
	/* 600 s at speed 200 are 300 s: 0.30 USD. */
	begin(&s, budget_policy(&a, "usd: 1.00/month, on_exceed: fallback"));
	param(&s, "duration_s=600");
	placed(&s, "mac", "PREFERRED");
	assert_true(s.d.estimate.seconds == 300 && s.d.estimate.usd_nano == 300000000 && s.d.estimate.github_minutes == 10);
	assert_string_equal(s.d.estimate.basis, "duration_s / speed");
	assert_int_equal(s.d.n_holds, 3);
	assert_string_equal(s.d.holds[2].key, "usd:t:2026-11");
	assert_true(s.d.holds[2].limit == 1000000000 && s.d.holds[2].amount == 300000000 && s.d.holds[2].per_second == 1000000);
	assert_true(s.d.holds[2].spent);
	counter(&s, "usd:t:2026-11", 700000000);
	placed(&s, "mac", "PREFERRED");
	s.counters[0].n++;
	placed(&s, "pi", "FALLBACK_USED");
	assert_int_equal(s.d.n_holds, 2);
	/* With no duration it fits as long as anything is left. */
	s.facts.n_params = 0;
	placed(&s, "mac", "PREFERRED");
	assert_true(s.d.estimate.seconds == -1 && s.d.holds[2].amount == 0);
	s.counters[0].n = 1000000000;
	placed(&s, "pi", "FALLBACK_USED");
	end(&s);
	begin(&s, budget_policy(&a, "usd: 1.00/day, on_exceed: queue"));
	counter(&s, "usd:t:2026-11-21", 1000000000);
	comes_to(&s, RQ_OUTCOME_WAIT, "BUDGET_USD_EXHAUSTED");
	assert_true(wakes_on(&s, "budget:t"));
	assert_true(s.d.wait_until == utc("2026-11-22T00:00:00Z"));
	assert_string_equal(reason(&s, "pi", "BUDGET_USD_EXHAUSTED")->got, "preferred runners are over it");
	end(&s);
	begin(&s, budget_policy(&a, "usd: 1.00/month, on_exceed: reject"));
	counter(&s, "usd:t:2026-11", 1000000000);
	comes_to(&s, RQ_OUTCOME_REJECTED, "BUDGET_USD_EXHAUSTED");
	end(&s);
	begin(&s, budget_policy(&a, "per_job_usd: 0.29"));
	param(&s, "duration_s=600");
	placed(&s, "pi", "FALLBACK_USED");
	assert_string_equal(reason(&s, "mac", "COST_OVER_CAP")->got, "0.3000 USD");
	end(&s);
	rq_arena_release(&a);
}

static void test_minutes(void **state)
{
	struct rq_arena a = { 0 };
	struct scene s;

	(void)state;
	begin(&s, budget_policy(&a, "github_minutes: 2000/month, on_exceed: queue"));
	s.now = utc("2026-12-31T23:59:59Z");
	s.r[0].seen_at = s.r[1].seen_at = s.facts.created_at = s.now;
	param(&s, "duration_s=600");
	placed(&s, "mac", "PREFERRED");
	assert_string_equal(s.d.holds[2].key, "minutes:t:2026-12");
	/* In billionths of a minute. */
	assert_true(s.d.holds[2].limit == INT64_C(2000000000000) && s.d.holds[2].amount == INT64_C(10000000000));
	assert_true(s.d.holds[2].per_second == 33333334);
	counter(&s, "minutes:t:2026-12", INT64_C(1990000000001));
	comes_to(&s, RQ_OUTCOME_WAIT, "BUDGET_MINUTES_EXHAUSTED");
	assert_true(s.d.wait_until == utc("2027-01-01T00:00:00Z"));
	end(&s);
	rq_arena_release(&a);
}

/* --- scores ------------------------------------------------------------------------------- */

static void score(const char *scorer, const char *name, int64_t raw)
{
	struct rq_arena a = { 0 };
	struct scene s;

	begin(&s, rq_arena_fmt(&a, "schema: 2\nroutes: {t: {prefer: [mac, pi], score: [{%s}]}}\nrunner_capabilities: {mac: {speed: 400, "
			       "usd_per_hour: 4.00, memory_gb: 32, max_concurrent_jobs: 4}, pi: {watts: 1000, speed: 50, supports_sox: true}}\n",
			       scorer));
	s.r[0].slots = 4;
	s.r[0].running = 1;
	s.r[1].running = 1;
	s.r[1].host = "raspberry.example.com";
	param(&s, "url=smb://raspberry/share/x.wav");
	counter(&s, "route:t@mac", 3);
	decide(&s);
	if (candidate(&s, name)->scores[0].raw != raw)
		fail_msg("%s gave %s %lld", scorer, name, (long long)candidate(&s, name)->scores[0].raw);
	end(&s);
	rq_arena_release(&a);
}

static void test_scorers(void **state)
{
	(void)state;
	score("least_loaded: 1", "mac", 750);
	score("least_loaded: 1", "pi", 500);
	score("affinity: heavy, weight: 1", "mac", 1000);
	score("affinity: heavy, weight: 1", "pi", 0);
	score("affinity: sox, weight: 1", "pi", 1000);
	score("cheapest: 1", "mac", 500);      /* 4 USD for an hour that does four hours' work */
	score("cheapest: 1", "pi", 625);       /* 1 kW for twice the time: 0.60 USD */
	score("fastest: 1", "mac", 800);
	score("fastest: 1", "pi", 333);
	score("most_free_memory: 1", "mac", 750);
	score("most_free_memory: 1", "pi", 333);
	score("data_local: 1", "mac", 0);
	score("data_local: 1", "pi", 1000);
	score("spread: 1", "mac", 250);
	score("spread: 1", "pi", 1000);
}

static void test_ties(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "schema: 2\nroutes: {t: {prefer: [pi, mac], score: [{least_loaded: 60}, {affinity: heavy, weight: 40}]}, u: {prefer: [pi, mac]}, "
		  "v: {prefer: [both]}}\n");
	placed(&s, "mac", "PREFERRED");
	assert_string_equal(reason(&s, "mac", "TIE_BREAK_SCORE")->got, "mac 100000 before pi 60000");
	assert_int_equal(candidate(&s, "pi")->total, 60000);
	s.facts.type = "u";
	placed(&s, "pi", "PREFERRED");
	assert_string_equal(reason(&s, "pi", "TIE_BREAK_POSITION")->got, "pi at 0 before mac at 1");
	s.facts.type = "v";
	assert_int_equal(rq_labels_parse(&s.a, "both", &s.r[0].labels, NULL), RQ_OK);
	s.r[1].labels = s.r[0].labels;
	placed(&s, "mac", "PREFERRED");
	assert_string_equal(reason(&s, "mac", "TIE_BREAK_NAME")->got, "mac before pi");
	s.r[0].placed = 1;
	placed(&s, "pi", "PREFERRED");
	assert_string_equal(reason(&s, "pi", "TIE_BREAK_LOAD")->got, "pi with 0 before mac with 1");
	s.r[0].running = 1;
	placed(&s, "pi", "PREFERRED");
	assert_null(reason(&s, "pi", "TIE_BREAK_LOAD"));
	end(&s);
}

/* --- how it reads ------------------------------------------------------------------------- */

static void test_reading(void **state)
{
	struct scene s;
	struct rq_str out = { 0 };

	(void)state;
	begin(&s, "schema: 2\nrules: [{name: youtube, when: {host: youtube.com}, route: t}]\n"
		  "routes: {t: {prefer: [mac], fallback: [pi], constraints: {needs: [ffmpeg], max_concurrent: 1},\n"
		  "  score: [{least_loaded: 60}, {affinity: heavy, weight: 40}]}}\n"
		  "runner_capabilities: {mac: {supports_ffmpeg: true}, pi: {supports_ffmpeg: true}}\n");
	add_runner(&s, "old", "x");
	param(&s, "url=https://example.com/a");
	counter(&s, "route:t@mac", 1);
	s.r[0].online = false;
	s.r[0].seen_at = s.now - 252000;
	s.r[1].running = 1;
	placed(&s, "pi", "FALLBACK_USED");
	s.d.id = "01A";
	s.d.job_id = "local:7";
	s.d.policy = "p.yaml 3f2a91c";
	rq_decision_render(&s.d, &out);
	assert_string_equal(out.s,
		"local:7  PLACED -> pi (fallback)  FALLBACK_USED\n"
		"  decision 01A  2026-11-21T12:00:00Z  \n"
		"  policy p.yaml 3f2a91c  type t  wants any runner\n"
		"  rule  youtube  no       host is example.com             p.yaml:2:9\n"
		"  mac   prefer    FAIL  RUNNER_OFFLINE       last seen 4m12s ago (limit 1m30s)\n"
		"                        ROUTE_CONCURRENCY    1 running, limit 1  p.yaml:3:76\n"
		"  pi    fallback  PASS  score 30000 = least_loaded 500*60 + affinity heavy 0*40\n"
		"                        FALLBACK_USED                     p.yaml:3:40\n"
		"  old   not a candidate for this route; would also fail CAPABILITY_MISSING ffmpeg\n");
	rq_str_release(&out);
	end(&s);
}

static void test_every_code_is_explained(void **state)
{
	const struct rq_code_kind *k;
	size_t n = 0;

	(void)state;
	for (k = rq_code_kinds; k->code; k++, n++) {
		assert_non_null(strchr("PTEI", k->cls));
		assert_true(strlen(k->text) > 10);
		assert_ptr_equal(rq_code_kind(k->code), k);
	}
	assert_true(n > 45);
	assert_null(rq_code_kind("NO_SUCH_CODE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deny),
		cmocka_unit_test(test_a_regex_limit_fails_closed),
		cmocka_unit_test(test_routes_and_sets),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_the_operators_target),
		cmocka_unit_test(test_job_labels),
		cmocka_unit_test(test_constraints),
		cmocka_unit_test(test_the_state_of_runners),
		cmocka_unit_test(test_facts_that_are_missing),
		cmocka_unit_test(test_privacy),
		cmocka_unit_test(test_workflows),
		cmocka_unit_test(test_waiting_for_time),
		cmocka_unit_test(test_rules_by_the_clock),
		cmocka_unit_test(test_the_clock_is_foreseen),
		cmocka_unit_test(test_fallback_hold),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_minutes),
		cmocka_unit_test(test_scorers),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_every_code_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
