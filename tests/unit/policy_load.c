/* Policies from their text: what each key becomes, finding by name, and what the two schemas differ in. */
#include "tests/unit/unit.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/policy/policy.h"

static char *read_file(const char *name, size_t *n)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *text = rq_alloc(1 << 16);
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/policy/%s", top ? top : ".", name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	*n = fread(text, 1, (1 << 16) - 1, f);
	fclose(f);
	return text;
}

static struct rq_policy *load_text(const char *name, const char *text, size_t n, size_t warnings)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	struct rq_policy *p;
	struct rq_str shown;

	rq_str_init(&shown, 0);
	if (rq_policy_load(name, text, n, &p, &problems, &e) || problems.warnings != warnings) {
		rq_problems_render(&problems, name, text, n, &shown);
		fail_msg("%s\n%s", e.msg, rq_str_get(&shown));
	}
	rq_problems_release(&problems);
	return p;
}

static struct rq_policy *load_file(const char *name)
{
	size_t n;
	char *text = read_file(name, &n);
	struct rq_policy *p = load_text(name, text, n, 0);

	rq_free(text);
	return p;
}

static struct rq_policy *load(const char *text)
{
	return load_text("p.yaml", text, strlen(text), 0);
}

static void names(const struct rq_names *n, const char *wanted)
{
	struct rq_str s;

	rq_str_init(&s, 0);
	for (size_t i = 0; i < n->n; i++)
		rq_str_addf(&s, "%s%s", i ? "," : "", n->v[i].s);
	assert_string_equal(rq_str_get(&s), wanted);
	rq_str_release(&s);
}

static void num(struct rq_num n, int64_t wanted, int line, int col)
{
	assert_true(n.set);
	assert_int_equal(n.v, wanted);
	assert_int_equal(n.at.line, line);
	assert_int_equal(n.at.col, col);
}

static void test_prototype(void **state)
{
	struct rq_policy *p = load_file("prototype.yaml");
	const struct rq_route *r = rq_policy_route(p, "Transcribe");
	const struct rq_declared *d = rq_policy_declared(p, "RPI3");

	(void)state;
	assert_int_equal(p->schema, 1);
	assert_int_equal(p->n_routes, 5);
	assert_int_equal(p->unknown_fact, RQ_UNKNOWN_ASSUME_ZERO);
	assert_string_equal(p->version, "1.0");
	assert_non_null(r);
	names(&r->prefer, "macmini");
	names(&r->fallback, "rpi4");
	names(&r->c.needs, "ffmpeg");
	num(r->c.max_size, 1000000000, 11, 7);
	num(r->c.min_memory, 2000000000, 12, 7);
	num(r->c.max_concurrent, 1, 13, 7);
	num(r->timeout_ms, 240 * 60000, 52, 5);
	assert_false(rq_policy_route(p, "summarize")->c.needs.set);
	assert_true(rq_policy_route(p, "batch_process")->fallback.set);
	assert_int_equal(rq_policy_route(p, "batch_process")->fallback.n, 0);
	assert_null(rq_policy_route(p, "transcrib"));
	names(&d->lacks, "ffmpeg");
	num(d->memory, 1000000000, 73, 5);
	num(d->max_jobs, 1, 76, 5);
	rq_policy_free(p);
}

static void test_full_routes(void **state)
{
	struct rq_policy *p = load_file("full.yaml");
	const struct rq_route *r = rq_policy_route(p, "transcribe");
	const struct rq_declared *d = rq_policy_declared(p, "macmini");

	(void)state;
	assert_string_equal(p->on_no_match, "transcribe");
	assert_int_equal(p->fallback_after_ms, 300000);
	assert_int_equal(p->runner_stale_ms, 120000);
	assert_int_equal(p->unknown_fact, RQ_UNKNOWN_WAIT);
	assert_int_equal(r->c.max_size.v, 1000500000);
	assert_int_equal(r->c.max_load_milli.v, 900);
	assert_int_equal(r->c.max_temp_milli.v, 80000);
	assert_int_equal(r->c.runner_version.op, RQ_VERSION_GE);
	assert_string_equal(r->c.runner_version.version, "2.329.0");
	names(&r->c.needs, "audio,ffmpeg");
	assert_int_equal(r->n_workflows, 3);
	assert_string_equal(r->workflows[2].target.s, "*");
	assert_int_equal(r->n_scores, 7);
	assert_int_equal(r->scores[1].scorer, RQ_SCORER_AFFINITY);
	assert_string_equal(r->scores[1].label, "heavy");
	assert_int_equal(r->scores[1].weight, 40);
	assert_string_equal(r->concurrency.group, "audio-processing");
	assert_int_equal(r->concurrency.on_full, RQ_ON_FULL_REJECT);
	assert_int_equal(r->budget.minutes.v, 2000);
	assert_int_equal(r->budget.usd.v, INT64_C(5000000000));
	assert_int_equal(r->budget.usd_period, RQ_PERIOD_MONTH);
	assert_int_equal(r->budget.per_job_usd.v, 500000000);
	assert_int_equal(r->budget.on_exceed, RQ_ON_EXCEED_FALLBACK);
	assert_int_equal(r->privacy.v, RQ_PRIVACY_LOCAL_ONLY);
	assert_int_equal(r->windows[0].days, 0x1f);
	assert_int_equal(r->windows[0].from, 22 * 60);
	assert_int_equal(r->windows[0].to, 6 * 60);
	assert_int_equal(r->windows[1].days, 0x60);
	assert_int_equal(r->windows[1].to, 1440);
	assert_int_equal(r->timeout_ms.v, 240 * 60000);
	assert_int_equal(r->fallback_after_ms.v, 30000);
	assert_int_equal(r->retry.max, 3);
	assert_int_equal(r->retry.on, RQ_RETRY_TEMPORARY | RQ_RETRY_TIMEOUT);
	assert_int_equal(r->retry.factor_milli, 2500);
	assert_int_equal(r->provider.max_usd_per_hour.v, 400000000);
	assert_int_equal(rq_policy_route(p, "summarize")->timeout_ms.v, 30 * 60000);
	assert_int_equal(rq_policy_group(p, "Overflow")->limit, 1);
	names(&d->has, "ffmpeg");
	names(&d->lacks, "gpu");
	assert_int_equal(d->usd_per_hour.v, 12000000);
	rq_policy_free(p);
}

static void test_full_rules(void **state)
{
	struct rq_policy *p = load_file("full.yaml");
	const struct rq_when *w;

	(void)state;
	assert_int_equal(p->n_rules, 5);
	assert_int_equal(p->rules[0].at.line, 14);
	assert_int_equal(p->rules[0].at.col, 5);
	w = p->rules[0].when;
	assert_int_equal(w->kind, RQ_WHEN_ALL);
	assert_int_equal(w->v[0].fact, RQ_FACT_LABELS);
	assert_int_equal(w->v[0].op, RQ_OP_HAS);
	assert_int_equal(w->v[1].n_args, 2);
	assert_int_equal(p->rules[0].privacy.v, RQ_PRIVACY_LOCAL_ONLY);
	w = p->rules[1].when;
	assert_int_equal(w->kind, RQ_WHEN_TEST);
	assert_int_equal(w->op, RQ_OP_GT);
	assert_int_equal(w->args->micro, INT64_C(4000500000));
	w = p->rules[2].when;
	assert_int_equal(w->n, 2);
	assert_int_equal(rq_regex_find(w->v[1].regex, "HTTPS://WWW.youtube.com/x", 25, 0, NULL, NULL), RQ_REGEX_MATCH);
	w = p->rules[3].when;
	assert_int_equal(w->kind, RQ_WHEN_NOT);
	assert_int_equal(w->v->kind, RQ_WHEN_ANY);
	assert_int_equal(w->v->v[2].args[1].micro, 6000000);
	assert_true(p->rules[3].skip_unknown);
	assert_string_equal(p->rules[3].name, "rule 4");
	w = p->rules[4].when;
	assert_int_equal(w->n, 10);
	assert_int_equal(w->v[0].kind, RQ_WHEN_ALL);
	assert_int_equal(w->v[0].n, 2);
	assert_int_equal(w->v[6].op, RQ_OP_MISSING);
	assert_string_equal(w->v[8].param, "language");
	assert_int_equal(p->rules[4].timeout_ms.v, 90 * 60000);
	names(&p->rules[4].forbid, "battery");
	rq_policy_free(p);
}

static void test_schema1_is_tolerant(void **state)
{
	static const char text[] = "routes:\n  a:\n    prefer: [x]\n    fallback:\n    colour: red\n    constraints: {needs_git: yes, needs_x: off}\n";
	struct rq_policy *p = load_text("p.yaml", text, strlen(text), 1);

	(void)state;
	names(&p->routes[0].c.needs, "git");
	assert_int_equal(p->routes[0].fallback.n, 0);
	rq_policy_free(p);
}

/* 10,000 runners and 100 routes: found by name, in any case, each. */
static void test_many(void **state)
{
	struct rq_policy *p;
	struct rq_str b;
	char name[32];

	(void)state;
	rq_str_init(&b, 0);
	rq_str_add(&b, "schema: 2\nroutes:\n");
	for (int i = 0; i < 100; i++)
		rq_str_addf(&b, "  type%d: {prefer: [r%d]}\n", i, i);
	rq_str_add(&b, "runner_capabilities:\n");
	for (int i = 0; i < 10000; i++)
		rq_str_addf(&b, "  r%d: {cpu_cores: %d}\n", i, i % 64 + 1);
	p = load(rq_str_get(&b));
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "R%d", i);
		assert_int_equal(rq_policy_declared(p, name)->cpu_cores.v, i % 64 + 1);
	}
	assert_string_equal(rq_policy_route(p, "TYPE99")->name, "type99");
	assert_null(rq_policy_declared(p, "r10000"));
	rq_policy_free(p);
	rq_str_release(&b);
}

static void test_render(void **state)
{
	static const char text[] = "schema: 2\nroutes:\n  a: {prefer: [x],\n\tmax_size: 7, \xc3\xa4: 1}\n";
	struct rq_problems problems = { .n = 0 };
	struct rq_policy *p;
	struct rq_error e;
	struct rq_str b;

	(void)state;
	rq_str_init(&b, 0);
	assert_int_equal(rq_policy_load("d/p.yaml", text, strlen(text), &p, &problems, &e), RQ_EUSAGE);
	assert_null(p);
	assert_string_equal(e.msg, "d/p.yaml:4:2: unknown key 'max_size' in routes.a [P012]");
	rq_problems_sort(&problems);
	rq_problems_render(&problems, "d/p.yaml", text, strlen(text), &b);
	assert_string_equal(rq_str_get(&b),
			    "d/p.yaml:4:2: error[P012]: unknown key 'max_size' in routes.a\n"
			    "    4 |         max_size: 7, \xc3\xa4: 1}\n"
			    "      |         ^~~~~~~~\n"
			    "d/p.yaml:4:15: error[P012]: unknown key '\xc3\xa4' in routes.a\n"
			    "    4 |         max_size: 7, \xc3\xa4: 1}\n"
			    "      |                      ^\n");
	rq_str_release(&b);
	rq_problems_release(&problems);
}

/* More than fifty: the fifty are shown, the rest is counted, and an error is never lost among warnings. */
static void test_cap(void **state)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_policy *p;
	struct rq_error e;
	struct rq_str b;

	(void)state;
	rq_str_init(&b, 0);
	for (int i = 0; i < 60; i++)
		rq_str_addf(&b, "key%d: 1\n", i);
	rq_str_add(&b, "routes: 7\n");
	assert_int_equal(rq_policy_load("p", rq_str_get(&b), b.len, &p, &problems, &e), RQ_EUSAGE);
	assert_string_equal(e.msg, "p:61:9: routes wants a map, this is a number: '7' [P014]");
	assert_int_equal(problems.n, RQ_PROBLEMS_MAX);
	assert_int_equal(problems.errors, 1);
	assert_int_equal(problems.warnings, 60);
	rq_str_clear(&b);
	rq_problems_render(&problems, "p", NULL, 0, &b);
	assert_non_null(strstr(rq_str_get(&b), "\np: and 11 more\n"));
	rq_str_release(&b);
	rq_problems_release(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prototype), cmocka_unit_test(test_full_routes), cmocka_unit_test(test_full_rules),
		cmocka_unit_test(test_schema1_is_tolerant), cmocka_unit_test(test_many), cmocka_unit_test(test_render),
		cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
