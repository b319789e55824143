/* The conditions of rules, three-valued, over the facts of one job; and windows, with both switches of the clock. */
#include "tests/unit/unit.h"

#include "core/base/clock.h"
#include "core/policy/decide.h"
#include "core/policy/when.h"
#include "core/policy/window.h"

static int64_t utc(const char *text)
{
	int64_t ms;

	assert_true(rq_time_parse(text, &ms));
	return ms;
}

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

/* --- conditions --------------------------------------------------------------------------- */

/* A Saturday, 22:30 in UTC. */
#define NOW "2026-11-21T22:30:00Z"

static void job(struct rq_arena *a, struct rq_facts *out)
{
	static const char *names[] = { "Audio", "customer" };
	static const struct rq_labels labels = { 2, names };
	static const char *params[] = { "url=https://Media.Example.com:8443/a.b/Episode.MP3", "size_mb=512.5", "language=De", "rate=1.25",
					"token=abc", "word=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" };
	const struct rq_facts raw = { .type = "Transcribe", .labels = &labels, .target = "", .n_params = 6, .params = params,
				      .submitter = "sky", .source = "cron", .priority = -3, .attempt = 2 };

	rq_facts_normalise(a, &raw, out, NULL, NULL);
}

static char *eval(const char *when, char *why, size_t size, bool *limit)
{
	static char result[2];
	struct rq_arena a = { 0 };
	struct rq_values v;
	struct rq_facts f;
	struct rq_when_result r;
	struct rq_policy *p;

	p = load(rq_arena_fmt(&a, "schema: 2\nrules: [{name: r, deny: \"x\", when: %s}]\nroutes: {t: {prefer: [a]}}\n", when));
	job(&a, &f);
	rq_values_init(&a, &f, p->zone, utc(NOW), &v);
	r = rq_when_eval(&v, p->rules[0].when);
	result[0] = r.result;
	if (limit)
		*limit = r.limit;
	if (why)
		rq_copy(why, size, rq_when_text(&a, &v, &r));
	rq_policy_free(p);
	rq_arena_release(&a);
	return result;
}

static void test_each_operator(void **state)
{
	static const struct {
		const char *when, *result;
	} cases[] = {
		{ "{type: transcribe}", "T" }, { "{type: TRANSCRIBE}", "T" }, { "{type: {ne: transcribe}}", "F" },
		{ "{type: {in: [a, transcribe]}}", "T" }, { "{type: {not_in: [a, b]}}", "T" }, { "{type: {not_in: [a, transcribe]}}", "F" },
		{ "{size_mb: 512.5}", "T" }, { "{size_mb: {lt: 512.5}}", "F" }, { "{size_mb: {le: 512.5}}", "T" },
		{ "{size_mb: {gt: 512.499999}}", "T" }, { "{size_mb: {ge: 512.6}}", "F" }, { "{size_mb: {between: [512, 513]}}", "T" },
		{ "{size_mb: {between: [513, 600]}}", "F" }, { "{duration_s: {lt: 5}}", "U" }, { "{duration_s: {exists: true}}", "F" },
		{ "{duration_s: {missing: true}}", "T" }, { "{duration_s: {exists: false}}", "T" }, { "{priority: -3}", "T" },
		{ "{attempt: {ge: 2}}", "T" }, { "{hour: 22}", "T" }, { "{weekday: sat}", "T" }, { "{weekday: {in: [mon, sun]}}", "F" },
		{ "{host: media.example.com}", "T" }, { "{host: {suffix: .EXAMPLE.com}}", "T" }, { "{host: {prefix: media}}", "T" },
		{ "{host: {prefix: edia}}", "F" }, { "{host: {glob: '*.ex?mple.c?m'}}", "T" }, { "{host: {glob: '*.example.?m'}}", "F" },
		{ "{path_ext: mp3}", "T" }, { "{url: {regex: '^https://media'}}", "F" }, { "{url: {regex: '^https://media', flags: i}}", "T" },
		{ "{url: {prefix: 'https://Media'}}", "T" }, { "{url: {prefix: 'https://media'}}", "F" }, { "{label: audio}", "T" },
		{ "{label: {has: gpu}}", "F" }, { "{label: {has_any: [gpu, AUDIO]}}", "T" }, { "{label: {has_all: [audio, customer]}}", "T" },
		{ "{label: {has_all: [audio, gpu]}}", "F" }, { "{labels: {exists: true}}", "T" }, { "{submitter: sky}", "T" },
		{ "{submitter: Sky}", "F" }, { "{source: cron}", "T" }, { "{sha256: {exists: true}}", "F" }, { "{sha256: abc}", "U" },
		{ "{param.language: De}", "T" }, { "{param.language: de}", "F" }, { "{param.rate: {ge: 1.25}}", "T" },
		{ "{param.language: {gt: 1}}", "U" }, { "{param.nothing: x}", "U" }, { "{param.nothing: {missing: true}}", "T" },
		/* Erased from the facts: it was given, and nobody knows what it was. */
		{ "{param.token: abc}", "U" }, { "{param.token: {exists: true}}", "T" },
		/* AND, OR, NOT over three values. */
		{ "{all: []}", "T" }, { "{any: []}", "F" }, { "{all: [{type: transcribe}, {duration_s: 1}]}", "U" },
		{ "{all: [{type: x}, {duration_s: 1}]}", "F" }, { "{any: [{type: x}, {duration_s: 1}]}", "U" },
		{ "{any: [{duration_s: 1}, {type: transcribe}]}", "T" }, { "{not: {duration_s: 1}}", "U" }, { "{not: {type: x}}", "T" },
		{ "{type: transcribe, size_mb: {gt: 1, lt: 2}}", "F" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *got = eval(cases[i].when, NULL, 0, NULL);

		if (strcmp(got, cases[i].result) != 0)
			fail_msg("%s gave %s", cases[i].when, got);
	}
}

static void says(const char *when, const char *text)
{
	char why[256];

	eval(when, why, sizeof why, NULL);
	assert_string_equal(why, text);
}

static void test_what_made_it_so(void **state)
{
	(void)state;
	says("{type: x}", "type is transcribe");
	says("{all: [{type: transcribe}, {size_mb: {gt: 4000}}]}", "size_mb is 512.5");
	says("{any: [{duration_s: 1}, {type: x}]}", "duration_s is missing");
	says("{label: gpu}", "labels are audio,customer");
	says("{param.language: x}", "param.language is De");
	says("{url: {regex: '^http://'}}", "url is https://Media.Example.com:8443/a.b/Episode.MP3");
	says("{param.word: {regex: '^(a+)+$'}}", "param.word made the regex reach its limit");
}

/* Whoever writes such an expression does not keep everybody else waiting, and is told. */
static void test_a_regex_that_takes_too_long(void **state)
{
	bool limit;

	(void)state;
	assert_string_equal(eval("{param.word: {regex: '^(a+)+$'}}", NULL, 0, &limit), "U");
	assert_true(limit);
	assert_string_equal(eval("{not: {param.word: {regex: '^(a+)+$'}}}", NULL, 0, &limit), "U");
	assert_true(limit);
	assert_string_equal(eval("{all: [{duration_s: 1}, {param.word: {regex: '^(a+)+$'}}]}", NULL, 0, &limit), "U");
	assert_true(limit);
	assert_string_equal(eval("{all: [{type: x}, {param.word: {regex: '^(a+)+$'}}]}", NULL, 0, &limit), "F");
	assert_false(limit);
}

static void test_numbers(void **state)
{
	static const char *const bad[] = { "", "-", ".", "1e3", "1.5x", " 1", "0x10", "99999999999999999999", "--1" };
	int64_t v;
	size_t i;

	(void)state;
	assert_true(rq_micro_parse("12.5", &v) && v == 12500000);
	assert_true(rq_micro_parse("-0.000001", &v) && v == -1);
	assert_true(rq_micro_parse("+3", &v) && v == 3000000);
	assert_true(rq_micro_parse(".5", &v) && v == 500000);
	assert_true(rq_micro_parse("1.0000019", &v) && v == 1000001);
	assert_true(rq_micro_parse("100000000000", &v));
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(rq_micro_parse(bad[i], &v));
}

/* --- windows ------------------------------------------------------------------------------ */

struct windows {
	struct rq_policy *p;
	const struct rq_route *r;
};

static struct windows windows(const char *list)
{
	struct rq_arena a = { 0 };
	struct windows w;

	w.p = load(rq_arena_fmt(&a, "schema: 2\ndefaults: {timezone: Europe/Berlin}\nroutes: {t: {prefer: [a], windows: %s}}\n", list));
	w.r = rq_policy_route(w.p, "t");
	rq_arena_release(&a);
	return w;
}

static bool open_at(const struct windows *w, const char *at)
{
	return rq_window_open(w->r->windows, w->r->n_windows, w->p->zone, utc(at));
}

static void opens(const struct windows *w, const char *after, const char *at)
{
	int64_t next = rq_window_next(w->r->windows, w->r->n_windows, w->p->zone, utc(after));
	char text[RQ_TIME_LEN];

	assert_string_equal(rq_time_rfc3339(next, true, text), at);
}

static bool has_berlin(void)
{
	struct rq_zone *z;
	bool has = rq_zone_new("Europe/Berlin", &z, NULL) == RQ_OK;

	rq_zone_free(has ? z : NULL);
	return has;
}

/* Of the day that it begins, over midnight, its end outside. Berlin is at +1 h in November. */
static void test_windows_over_midnight(void **state)
{
	struct windows w;

	(void)state;
	if (!has_berlin())
		skip();
	w = windows("[{days: mon-fri, from: \"22:00\", to: \"06:00\"}]");
	/* Friday the 20th */
	assert_false(open_at(&w, "2026-11-20T20:59:59Z"));
	assert_true(open_at(&w, "2026-11-20T21:00:00Z"));
	assert_true(open_at(&w, "2026-11-21T04:59:59Z"));
	assert_false(open_at(&w, "2026-11-21T05:00:00Z"));
	/* No window begins on Saturday or Sunday: also not the small hours of Monday. */
	assert_false(open_at(&w, "2026-11-21T22:00:00Z"));
	assert_false(open_at(&w, "2026-11-23T01:00:00Z"));
	opens(&w, "2026-11-21T05:00:00Z", "2026-11-23T21:00:00Z");
	rq_policy_free(w.p);
	w = windows("[{days: sat, from: \"00:00\", to: \"24:00\"}]");
	assert_true(open_at(&w, "2026-11-20T23:00:00Z"));
	assert_true(open_at(&w, "2026-11-21T22:59:59Z"));
	assert_false(open_at(&w, "2026-11-21T23:00:00Z"));
	opens(&w, "2026-11-21T23:00:00Z", "2026-11-27T23:00:00Z");
	rq_policy_free(w.p);
	w = windows("[{from: \"09:00\", to: \"10:00\"}, {from: \"08:00\", to: \"08:30\"}]");
	opens(&w, "2026-11-21T05:00:00Z", "2026-11-21T07:00:00Z");
	opens(&w, "2026-11-21T07:00:00Z", "2026-11-21T08:00:00Z");
	rq_policy_free(w.p);
}

/* 29 March 2026, 02:00 becomes 03:00 at 01:00 UTC. */
static void test_windows_in_spring(void **state)
{
	struct windows w;

	(void)state;
	if (!has_berlin())
		skip();
	/* It would begin in the hour that is left out: where the clock goes on. */
	w = windows("[{days: sun, from: \"02:30\", to: \"04:00\"}]");
	assert_false(open_at(&w, "2026-03-29T00:59:59Z"));
	assert_true(open_at(&w, "2026-03-29T01:00:00Z"));
	assert_false(open_at(&w, "2026-03-29T02:00:00Z"));
	opens(&w, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z");
	rq_policy_free(w.p);
	/* Wholly inside: not that day, but a week later. */
	w = windows("[{days: sun, from: \"02:15\", to: \"02:45\"}]");
	assert_false(open_at(&w, "2026-03-29T01:00:00Z"));
	opens(&w, "2026-03-28T12:00:00Z", "2026-04-05T00:15:00Z");
	rq_policy_free(w.p);
	/* Its end is left out: it ends where the clock goes on. */
	w = windows("[{days: sun, from: \"01:30\", to: \"02:30\"}]");
	assert_true(open_at(&w, "2026-03-29T00:59:59Z"));
	assert_false(open_at(&w, "2026-03-29T01:00:00Z"));
	rq_policy_free(w.p);
}

/* 25 October 2026, 03:00 becomes 02:00 at 01:00 UTC. */
static void test_windows_in_autumn(void **state)
{
	struct windows w;

	(void)state;
	if (!has_berlin())
		skip();
	/* Both times. */
	w = windows("[{days: sun, from: \"02:15\", to: \"02:45\"}]");
	opens(&w, "2026-10-24T12:00:00Z", "2026-10-25T00:15:00Z");
	assert_true(open_at(&w, "2026-10-25T00:30:00Z"));
	assert_false(open_at(&w, "2026-10-25T00:45:00Z"));
	opens(&w, "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z");
	assert_true(open_at(&w, "2026-10-25T01:30:00Z"));
	opens(&w, "2026-10-25T01:45:00Z", "2026-11-01T01:15:00Z");
	rq_policy_free(w.p);
	/* The clock goes back into it: it opens at the switch itself. */
	w = windows("[{days: sun, from: \"01:00\", to: \"02:30\"}]");
	assert_false(open_at(&w, "2026-10-25T00:30:00Z"));
	opens(&w, "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z");
	rq_policy_free(w.p);
}

/* Every minute of the two weeks around each switch: the next opening is the first minute that is open. */
static void test_the_next_is_the_first(void **state)
{
	static const char *const lists[] = { "[{days: sun, from: \"02:15\", to: \"02:45\"}, {days: sat, from: \"23:00\", to: \"02:20\"}]",
					     "[{from: \"01:30\", to: \"03:30\"}]", "[{days: [mon, sat], from: \"02:59\", to: \"02:01\"}]" };
	static const char *const around[] = { "2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z" };
	size_t i, k;

	(void)state;
	if (!has_berlin())
		skip();
	for (i = 0; i < 3; i++) {
		struct windows w = windows(lists[i]);

		for (k = 0; k < 2; k++) {
			int64_t at = utc(around[k]), end = at + INT64_C(4) * 86400000, next = 0, t;

			for (t = at; t < end; t += 60000) {
				bool now = rq_window_open(w.r->windows, w.r->n_windows, w.p->zone, t);
				bool was = rq_window_open(w.r->windows, w.r->n_windows, w.p->zone, t - 60000);

				if (now && !was && t > at)
					assert_true(next == t);
				if (!now)
					next = rq_window_next(w.r->windows, w.r->n_windows, w.p->zone, t);
			}
		}
		rq_policy_free(w.p);
	}
}

static void test_window_text(void **state)
{
	struct windows w = windows("[{days: [mon, tue, wed, sat], from: \"22:00\", to: \"06:00\"}, {from: \"00:00\", to: \"24:00\"}]");
	struct rq_arena a = { 0 };

	(void)state;
	assert_string_equal(rq_window_text(&a, w.r->windows, w.r->n_windows), "mon-wed,sat 22:00-06:00, 00:00-24:00");
	rq_arena_release(&a);
	rq_policy_free(w.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_operator),
		cmocka_unit_test(test_what_made_it_so),
		cmocka_unit_test(test_a_regex_that_takes_too_long),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_windows_over_midnight),
		cmocka_unit_test(test_windows_in_spring),
		cmocka_unit_test(test_windows_in_autumn),
		cmocka_unit_test(test_the_next_is_the_first),
		cmocka_unit_test(test_window_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
