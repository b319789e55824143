/* bench/policy - what a decision costs: 10 to 10,000 runners under a policy of 100 routes and 100 rules, with the whole trace.
 *
 * Every runner is a candidate, and is asked everything that a route can ask. Each round measures each size once, so that what
 * else the machine does hits all of them; the table has the medians. */
#ifdef __linux__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/policy/decide.h"

enum { SIZES = 4, ROUNDS = 9, MOST = 10000, ROUTES = 100, RULES = 100, LIMIT_NS = 10000 };
static const size_t sizes[SIZES] = { 10, 100, 1000, 10000 };

/* --- the policy --------------------------------------------------------------------------- */

static void rules(struct rq_str *b)
{
	int i;

	rq_str_add(b, "rules:\n");
	for (i = 0; i < RULES; i++) {
		rq_str_addf(b, "  - name: rule-%d\n    when: ", i);
		switch (i % 5) {
		case 0: rq_str_addf(b, "{type: t%d, size_mb: {gt: %d}}\n    deny: too large\n", i, i * 10); break;
		case 1: rq_str_addf(b, "{url: {regex: '^https?://([a-z0-9-]+\\.)*host%d\\.example/', flags: i}}\n    route: t%d\n", i, i); break;
		case 2: rq_str_addf(b, "{any: [{label: {has: l%d}}, {host: {suffix: .org%d}}]}\n    set: {privacy: lan}\n", i, i); break;
		case 3: rq_str_addf(b, "{all: [{submitter: u%d}, {hour: {between: [1, 5]}}]}\n    set: {max_concurrent: 1}\n", i); break;
		default: rq_str_addf(b, "{not: {duration_s: {ge: %d}}}\n    set: {per_job_usd: 5.5}\n", i); break;
		}
	}
}

static void routes(struct rq_str *b)
{
	int i;

	rq_str_add(b, "routes:\n");
	for (i = 0; i < ROUTES; i++)
		rq_str_addf(b, "  t%d:\n    prefer: [audio]\n    fallback: [self-hosted]\n"
			    "    constraints: {max_size_mb: 1000, max_duration_minutes: 600, needs_ffmpeg: true, needs: [git], forbid: [battery], "
			    "labels: [self-hosted], arch: [arm64, x64], os: [linux], min_memory_gb: 2, min_cpu_cores: 2, min_storage_gb: 10, "
			    "max_temp_c: 80, max_load: 0.9, max_concurrent: 2, runner_version: \">=0.1\"}\n"
			    "    score: [{least_loaded: 60}, {affinity: heavy, weight: 40}, {fastest: 10}]\n"
			    "    concurrency: {group: g, limit: 1000}\n    budget: {usd: 500/month, on_exceed: fallback}\n"
			    "    privacy: lan\n    windows: [{from: \"00:00\", to: \"24:00\"}]\n", i);
	rq_str_add(b, "groups: {g: {limit: 1000}}\nrunner_capabilities:\n");
	for (i = 0; i < 100; i++)
		rq_str_addf(b, "  runner%05d: {memory_gb: %d, supports_ffmpeg: true, max_concurrent_jobs: %d, speed: %d, usd_per_hour: 0.0%d}\n",
			    i * 97, 1 + i % 16, 1 + i % 3, 100 + i, i % 10);
}

static struct rq_policy *policy(void)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	struct rq_policy *p;
	struct rq_str text;

	rq_str_init(&text, 0);
	rq_str_add(&text, "schema: 2\ndefaults: {timezone: Europe/Berlin}\n");
	rules(&text);
	routes(&text);
	if (rq_policy_load("policy.yaml", rq_str_get(&text), text.len, &p, &problems, &e) != RQ_OK) {
		fprintf(stderr, "bench/policy: %s\n", e.msg);
		exit(1);
	}
	rq_problems_release(&problems);
	rq_str_release(&text);
	return p;
}

/* --- the fleet ---------------------------------------------------------------------------- */

static void fleet(struct rq_arena *a, struct rq_runner *r, int64_t now)
{
	static const char *labels[] = { "arm64", "linux", "self-hosted", "audio", "heavy" };
	static const char *tools[] = { "ffmpeg", "git", "python3" };
	size_t k;

	/* By name, as queues give them. */
	for (k = 0; k < MOST; k++) {
		r[k] = (struct rq_runner){ .name = rq_arena_fmt(a, "runner%05zu", k), .queue = "local", .labels = { 3 + k % 3, labels },
					   .online = k % 7 != 0, .slots = 2, .running = (int)(k % 3), .drain_reason = "disk",
					   .drain_by = "sky", .drain = k % 11 ? RQ_DRAIN_ACTIVE : RQ_DRAIN_DRAINING, .os = "linux",
					   .arch = "arm64", .host = "h", .version = "0.1.0", .seen_at = now - 1000 * (int64_t)(k % 100),
					   .cpu_cores = 4, .memory_bytes = (int64_t)(k % 8) * 1000000000, .tools = { 2 + k % 2, tools },
					   .disk_free_bytes = (int64_t)(k % 50) * 1000000000, .temp_milli_c = (int)(k % 90) * 1000,
					   .load_milli = (int)(k % 100) * 10 };
		if (k % 8 != 4)
			continue;
		/* One in eight can take the job. */
		r[k].online = true;
		r[k].drain = RQ_DRAIN_ACTIVE;
		r[k].running = r[k].load_milli = r[k].temp_milli_c = 0;
		r[k].seen_at = now;
		r[k].memory_bytes = r[k].disk_free_bytes = INT64_C(64000000000);
	}
}

/* --- measuring ---------------------------------------------------------------------------- */

struct setup {
	const struct rq_policy *policy;
	const struct rq_runner *runners;
	struct rq_facts facts;
	int64_t now;
	size_t candidates[SIZES], reasons[SIZES];
};

/* Placed, or with WAITING held by a delay, so that all that would wake it is collected. */
static void once(struct setup *s, size_t k, bool waiting)
{
	const struct rq_fleet f = { .n_runners = sizes[k], .runners = s->runners, .taken_at = s->now, .sha256 = "0" };
	struct rq_arena a = { 0 };
	struct rq_decision d;
	size_t i;

	s->facts.run_at = waiting ? s->now + 60000 : 0;
	rq_decide(&a, s->policy, &s->facts, &f, s->now, &d);
	if (d.outcome != (waiting ? RQ_OUTCOME_WAIT : RQ_OUTCOME_PLACED)) {
		fprintf(stderr, "bench/policy: it came to %s %s\n", rq_outcome_name(d.outcome), d.reason);
		exit(1);
	}
	s->candidates[k] = d.n_candidates;
	for (i = 0, s->reasons[k] = 0; i < d.n_candidates; i++)
		s->reasons[k] += d.candidates[i].n_reasons;
	rq_arena_release(&a);
}

/* ns for one decision: enough of them to take about 50 ms. */
static int64_t measure(struct setup *s, size_t k, bool waiting)
{
	int64_t n = 0, begun = rq_mono_ns(), taken;

	do {
		once(s, k, waiting);
		n++;
		taken = rq_mono_ns() - begun;
	} while (taken < 50000000);
	return taken / n;
}

static int by_value(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

static int64_t median(int64_t *v)
{
	qsort(v, ROUNDS, sizeof *v, by_value);
	return v[ROUNDS / 2];
}

static void verdict(const char *what, int64_t milli, int64_t most, int *bad)
{
	*bad |= milli > most;
	printf("target: %s: %lld.%02lld (at most %lld.%02lld): %s\n", what, (long long)(milli / 1000), (long long)(milli % 1000 / 10),
	       (long long)(most / 1000), (long long)(most % 1000 / 10), milli > most ? "MISSED" : "met");
}

static int report(struct setup *s, int64_t t[SIZES][ROUNDS], int64_t w[SIZES][ROUNDS])
{
	int64_t ratio[SIZES - 1][ROUNDS], worst = 0;
	int bad = 0;
	size_t k, i;

	/* How much more ten times the runners cost, round by round; before the times are sorted. */
	for (k = 0; k + 1 < SIZES; k++)
		for (i = 0; i < ROUNDS; i++)
			ratio[k][i] = t[k + 1][i] * 1000 / t[k][i];
	printf("%8s  %11s  %13s  %12s  %15s  %8s\n", "runners", "decisions/s", "us a decision", "us/candidate", "of one that waits",
	       "reasons");
	for (k = 0; k < SIZES; k++) {
		int64_t ns = median(t[k]), each = ns / (int64_t)s->candidates[k], wait = median(w[k]) / (int64_t)s->candidates[k];

		worst = each > worst ? each : worst;
		worst = wait > worst ? wait : worst;
		printf("%8zu  %11lld  %13lld  %9lld.%02lld  %14lld.%02lld  %8zu\n", sizes[k], (long long)(INT64_C(1000000000) / ns),
		       (long long)(ns / 1000), (long long)(each / 1000), (long long)(each % 1000 / 10), (long long)(wait / 1000),
		       (long long)(wait % 1000 / 10), s->reasons[k]);
	}
	verdict("us a candidate, the most", worst, LIMIT_NS, &bad);
	for (k = 0; k + 1 < SIZES; k++) {
		char what[64];

		snprintf(what, sizeof what, "%zu runners / %zu runners", sizes[k + 1], sizes[k]);
		/* Linear is 10; caches that are too small for 10,000 runners may cost a tenth. */
		verdict(what, median(ratio[k]), 11000, &bad);
	}
	return bad;
}

/* Memory that was given back stays with the process: what is measured is deciding, not the system's giving and taking of
 * pages, which a small decision is spared and a large one is not. */
static void keep_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

int main(void)
{
	static const char *const params[] = { "duration_s=600", "size_mb=412", "url=https://media.example.com/episode-41.mp3" };
	static const char *names[] = { "self-hosted" };
	static const struct rq_labels labels = { 1, names };
	static int64_t t[SIZES][ROUNDS], w[SIZES][ROUNDS];
	struct rq_runner *runners = rq_alloc(MOST * sizeof *runners);
	struct rq_policy *p = policy();
	struct rq_arena a = { 0 };
	struct setup s = { .policy = p, .runners = runners, .now = 1795298000000 };
	size_t i, k;
	int bad;

	keep_memory();
	s.facts = (struct rq_facts){ .type = "t50", .labels = &labels, .target = "", .n_params = 3, .params = params, .submitter = "sky",
				     .source = "cli", .attempt = 1, .created_at = s.now };
	fleet(&a, runners, s.now);
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < SIZES; k++) {
			w[k][i] = measure(&s, k, true);
			t[k][i] = measure(&s, k, false);
		}
	}
	bad = report(&s, t, w);
	rq_arena_release(&a);
	rq_policy_free(p);
	rq_free(runners);
	return bad;
}
