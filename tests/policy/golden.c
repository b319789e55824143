/* The prototype's policy over the fleet that it was made for: five types, four states of the fleet, jobs of a size that
 * fits and of one that does not. What each comes to is written down here, not computed. */
#include "tests/unit/unit.h"

#include "core/policy/decide.h"

enum { NOW = 1795298000 };
#define NOW_MS (NOW * INT64_C(1000))

/* All idle; the Mac offline; one job of the same route on the Mac; both offline. */
enum state { IDLE, MAC_OFFLINE, MAC_BUSY, BOTH_OFFLINE, STATES };

static const struct {
	const char *type;
	int max_mb;
	const char *target[STATES];     /* NULL: WAIT */
} golden[] = {
	{ "transcribe", 1000, { "macmini", "rpi4", "rpi4", NULL } },
	{ "summarize", 100, { "rpi4", "rpi4", "rpi4", NULL } },
	{ "thumbnail", 200, { "macmini", "rpi4", "macmini", NULL } },
	{ "audio_process", 500, { "rpi4", "rpi4", "rpi4", NULL } },
	{ "batch_process", 2000, { "macmini", NULL, NULL, NULL } },
};
enum { TYPES = sizeof golden / sizeof *golden };

static struct rq_policy *policy;

static int load(void **state)
{
	const char *top = getenv("top_srcdir");
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	char path[4096], text[16384];
	FILE *f;
	size_t n;

	(void)state;
	snprintf(path, sizeof path, "%s/tests/policy/prototype.yaml", top ? top : ".");
	f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	if (rq_policy_load("policy/policy.yaml", text, n, &policy, &problems, &e) != RQ_OK)
		fail_msg("%s", e.msg);
	assert_int_equal(problems.n, 0);
	rq_problems_release(&problems);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	rq_policy_free(policy);
	return 0;
}

static struct rq_runner runner(const char *name, bool online, int running)
{
	static const char *labels[] = { "self-hosted" };

	return (struct rq_runner){ .name = name, .queue = "local", .labels = { 1, labels }, .online = online, .slots = 2,
				   .running = running, .drain_reason = "", .drain_by = "", .os = "linux", .arch = "arm64", .host = "",
				   .version = "0.1.0", .seen_at = online ? NOW_MS - 1000 : NOW_MS - 252000, .cpu_cores = -1,
				   .memory_bytes = -1, .disk_free_bytes = -1, .temp_milli_c = -1, .load_milli = -1 };
}

static void decide(struct rq_arena *a, const char *type, const char *size, enum state s, struct rq_decision *d)
{
	static const char *labels[] = { "self-hosted" };
	static const struct rq_labels asked = { 1, labels };
	struct rq_runner r[] = {
		runner("macmini", s == IDLE || s == MAC_BUSY, s == MAC_BUSY), runner("rpi3", false, 0), runner("rpi4",
													       s != BOTH_OFFLINE, 0),
	};
	struct rq_counter *counters = rq_arena_alloc(a, 2 * sizeof *counters);
	const char **params = rq_arena_alloc(a, sizeof *params);
	struct rq_facts facts = { .type = type, .labels = &asked, .target = "", .submitter = "sky", .source = "cli", .attempt = 1,
				  .created_at = NOW_MS, .n_params = 1 };
	struct rq_fleet fleet = { .n_runners = 3, .taken_at = NOW_MS };
	struct rq_runner *runners = rq_arena_alloc(a, sizeof r);

	memcpy(runners, r, sizeof r);
	params[0] = size;
	facts.params = params;
	fleet.runners = runners;
	if (s == MAC_BUSY) {
		counters[0] = (struct rq_counter){ rq_arena_fmt(a, "route:%s@macmini", type), 1 };
		counters[1] = (struct rq_counter){ "runner:macmini", 1 };
		fleet.counters = counters;
		fleet.n_counters = 2;
	}
	rq_decide(a, policy, &facts, &fleet, NOW_MS, d);
}

static const char *size_text(struct rq_arena *a, int mb, const char *rest)
{
	return rq_arena_fmt(a, "size_mb=%d%s", mb, rest);
}

static const struct rq_reason *find(const struct rq_decision *d, const char *name, const char *code)
{
	size_t i, k;

	for (i = 0; i < d->n_candidates; i++)
		for (k = 0; strcmp(d->candidates[i].name, name) == 0 && k < d->candidates[i].n_reasons; k++)
			if (strcmp(d->candidates[i].reasons[k].code, code) == 0)
				return &d->candidates[i].reasons[k];
	return NULL;
}

static void test_within_the_size(void **state)
{
	int i, s;

	(void)state;
	for (i = 0; i < TYPES; i++) {
		for (s = 0; s < STATES; s++) {
			const char *want = golden[i].target[s];
			struct rq_arena a = { 0 };
			struct rq_decision d;

			decide(&a, golden[i].type, size_text(&a, golden[i].max_mb, ""), (enum state)s, &d);
			assert_true(d.governed);
			if (want) {
				assert_int_equal(d.outcome, RQ_OUTCOME_PLACED);
				assert_string_equal(d.target, want);
				assert_string_equal(d.holds[0].key, rq_arena_fmt(&a, "runner:%s", want));
			} else {
				assert_int_equal(d.outcome, RQ_OUTCOME_WAIT);
				assert_string_equal(d.target, "");
				assert_true(d.n_wake_on > 0);
			}
			rq_arena_release(&a);
		}
	}
}

static void test_above_the_size(void **state)
{
	int i, s;

	(void)state;
	for (i = 0; i < TYPES; i++) {
		for (s = 0; s < STATES; s++) {
			struct rq_arena a = { 0 };
			struct rq_decision d;

			/* One byte too many. */
			decide(&a, golden[i].type, size_text(&a, golden[i].max_mb, ".000001"), (enum state)s, &d);
			assert_int_equal(d.outcome, RQ_OUTCOME_REJECTED);
			assert_string_equal(d.reason, "SIZE_EXCEEDED");
			assert_non_null(find(&d, "macmini", "SIZE_EXCEEDED"));
			rq_arena_release(&a);
		}
	}
}

static void test_unknown_type(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_decision d;
	int s;

	(void)state;
	for (s = 0; s < STATES; s++) {
		decide(&a, "transcribr", "size_mb=1", (enum state)s, &d);
		assert_int_equal(d.outcome, RQ_OUTCOME_REJECTED);
		assert_string_equal(d.reason, "UNKNOWN_JOB_TYPE");
		assert_string_equal(find(&d, "rpi4", "UNKNOWN_JOB_TYPE")->got, "transcribr, nearest: transcribe");
	}
	rq_arena_release(&a);
}

/* The reasons behind the table, with what was wanted and where that stands. */
static void test_reasons(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_decision d;

	(void)state;
	decide(&a, "transcribe", "size_mb=512", MAC_BUSY, &d);
	assert_string_equal(d.reason, "FALLBACK_USED");
	assert_string_equal(d.tier, "fallback");
	assert_string_equal(find(&d, "macmini", "ROUTE_CONCURRENCY")->got, "1 running, limit 1");
	assert_string_equal(find(&d, "macmini", "ROUTE_CONCURRENCY")->src, "policy/policy.yaml:13:7");
	assert_string_equal(find(&d, "rpi3", "CAPABILITY_MISSING")->want, "ffmpeg");
	assert_string_equal(find(&d, "rpi3", "MEMORY_INSUFFICIENT")->want, "2 GB");
	assert_string_equal(find(&d, "rpi3", "MEMORY_INSUFFICIENT")->got, "1 GB");
	assert_non_null(find(&d, "rpi3", "NOT_IN_ROUTE"));
	assert_true(d.timeout_ms == 240 * 60000);
	decide(&a, "transcribe", "size_mb=512", MAC_OFFLINE, &d);
	assert_string_equal(find(&d, "macmini", "RUNNER_OFFLINE")->got, "last seen 4m12s ago (limit 1m30s)");
	decide(&a, "batch_process", "size_mb=512", MAC_OFFLINE, &d);
	assert_string_equal(d.reason, "RUNNER_OFFLINE");
	assert_string_equal(d.nearest, "macmini: RUNNER_OFFLINE");
	assert_string_equal(d.wake_on[0], "runner:*.registered");
	assert_string_equal(d.wake_on[1], "runner:macmini.online");
	decide(&a, "batch_process", "size_mb=512", MAC_BUSY, &d);
	assert_string_equal(d.reason, "ROUTE_CONCURRENCY");
	assert_string_equal(d.wake_on[0], "route:batch_process@macmini");
	/* Schema 1: a size that is not given counts as nothing. */
	decide(&a, "transcribe", "other=1", IDLE, &d);
	assert_string_equal(d.target, "macmini");
	assert_int_equal(find(&d, "macmini", "FACT_ASSUMED")->cls, 'I');
	decide(&a, "transcribe", "size_mb=big", IDLE, &d);
	assert_int_equal(d.outcome, RQ_OUTCOME_ERROR);
	assert_string_equal(d.reason, "FACT_TYPE");
	rq_arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_the_size),
		cmocka_unit_test(test_above_the_size),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
