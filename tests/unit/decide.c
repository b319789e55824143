/* The built-in policy: what it decides, and what holds for every fleet. */
#include "tests/unit/unit.h"

#include "core/policy/decide.h"

enum { NOW = 1763748000, MOST = 8, ROUNDS = 5000 };

static const char *const label_pool[] = { "audio", "gpu", "linux", "rpi4", "self-hosted" };

struct fleet {
	struct rq_arena a;
	struct rq_runner r[MOST + 1];
	size_t n;
	struct rq_labels want;
	struct rq_facts facts;
};

static void decide_over(struct rq_arena *a, const struct rq_facts *facts, const struct rq_runner *r, size_t n,
			struct rq_decision *d)
{
	const struct rq_fleet fleet = { .n_runners = n, .runners = r, .taken_at = NOW };

	rq_decide(a, NULL, facts, &fleet, NOW, d);
}

static void some_labels(struct rq_arena *a, struct chance *c, unsigned odds, struct rq_labels *out)
{
	struct rq_str b = { 0 };
	size_t i;

	for (i = 0; i < 5; i++)
		if (chance_below(c, 100) < odds)
			rq_str_addf(&b, "%s%s", b.len ? "," : "", label_pool[i]);
	assert_int_equal(rq_labels_parse(a, rq_str_get(&b), out, NULL), RQ_OK);
	rq_str_release(&b);
}

static void some_runner(struct fleet *f, struct chance *c, size_t i)
{
	struct rq_runner *r = &f->r[i];

	memset(r, 0, sizeof *r);
	r->name = rq_arena_fmt(&f->a, "%c%zu", 'a' + (int)chance_below(c, 4), i);
	r->queue = "local";
	some_labels(&f->a, c, 80, &r->labels);
	r->online = chance_below(c, 4) > 0;
	r->hung = chance_below(c, 8) == 0;
	r->slots = (int)chance_below(c, 4);
	r->running = (int)chance_below(c, 4);
	r->drain = chance_below(c, 4) ? RQ_DRAIN_ACTIVE : chance_below(c, 2) ? RQ_DRAIN_DRAINING : RQ_DRAIN_DRAINED;
	r->drain_reason = "update";
	r->drain_by = "sky";
	r->seen_at = chance_below(c, 3) ? NOW - (int64_t)chance_below(c, 100000) : 0;
}

static int by_name(const void *x, const void *y)
{
	return strcmp(((const struct rq_runner *)x)->name, ((const struct rq_runner *)y)->name);
}

static void some_fleet(struct fleet *f, struct chance *c)
{
	size_t i;

	memset(f, 0, sizeof *f);
	f->n = chance_below(c, MOST + 1);
	for (i = 0; i < f->n; i++)
		some_runner(f, c, i);
	qsort(f->r, f->n, sizeof *f->r, by_name);
	some_labels(&f->a, c, 25, &f->want);
	f->facts = (struct rq_facts){ .type = "command", .labels = &f->want, .target = "" };
	if (chance_below(c, 4) == 0)
		f->facts.target = f->n && chance_below(c, 5) ? f->r[chance_below(c, (unsigned)f->n)].name : "nobody";
}

/* By the definition, independent of the code: could R take it now? */
static bool could(const struct fleet *f, const struct rq_runner *r)
{
	size_t i, k;

	if (*f->facts.target && strcmp(f->facts.target, r->name) != 0)
		return false;
	for (i = 0; i < f->want.n; i++) {
		for (k = 0; k < r->labels.n && strcmp(r->labels.v[k], f->want.v[i]) != 0; k++)
			;
		if (k == r->labels.n)
			return false;
	}
	return r->online && !r->hung && r->drain == RQ_DRAIN_ACTIVE && r->running < r->slots;
}

static char *json_of(const struct rq_decision *d)
{
	struct rq_json *j = rq_decision_to_json(d);
	struct rq_str b = { 0 };

	rq_json_print(j, &b, false);
	rq_json_free(j);
	return rq_str_detach(&b);
}

static bool excused(const struct rq_candidate *c)
{
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		if (c->reasons[i].cls == 'P' || c->reasons[i].cls == 'T')
			return true;
	return false;
}

static void check_placed(const struct rq_decision *d)
{
	const struct rq_candidate *won = NULL;
	size_t i;

	for (i = 0; i < d->n_candidates; i++)
		if (strcmp(d->candidates[i].name, d->target) == 0)
			won = &d->candidates[i];
	assert_non_null(won);
	assert_true(won->pass);
	assert_false(excused(won));
	assert_int_equal(d->n_wake_on, 0);
	assert_string_equal(d->nearest, "");
	for (i = 0; i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		assert_int_equal(c->pass, !excused(c));
		if (c != won && c->pass)
			assert_true(c->total < won->total || (c->total == won->total && strcmp(c->name, won->name) > 0));
	}
}

static void check_waiting(const struct fleet *f, const struct rq_decision *d)
{
	assert_int_equal(d->outcome, RQ_OUTCOME_WAIT);
	assert_string_equal(d->target, "");
	assert_true(*d->reason != '\0');
	assert_true(d->n_wake_on > 0);
	if (f->n)
		assert_non_null(strstr(d->nearest, d->reason));
	else
		assert_string_equal(d->reason, "NO_CANDIDATES");
}

static void test_it_places_exactly_where_it_can(void **state)
{
	struct chance c = { 31 };
	struct rq_decision d;
	struct fleet f;
	int round, placed = 0;
	size_t i;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		bool any = false;

		some_fleet(&f, &c);
		decide_over(&f.a, &f.facts, f.r, f.n, &d);
		assert_int_equal(d.n_candidates, f.n);
		for (i = 0; i < f.n; i++) {
			assert_string_equal(d.candidates[i].name, f.r[i].name);
			assert_int_equal(d.candidates[i].pass, could(&f, &f.r[i]));
			any = any || could(&f, &f.r[i]);
		}
		assert_int_equal(d.outcome == RQ_OUTCOME_PLACED, any);
		if (any)
			check_placed(&d);
		else
			check_waiting(&f, &d);
		placed += any;
		rq_arena_release(&f.a);
	}
	/* Both happen often enough to have been tested. */
	assert_in_range(placed, ROUNDS / 5, ROUNDS * 4 / 5);
}

static void test_same_inputs_same_bytes(void **state)
{
	struct chance c = { 32 };
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct rq_arena other = { 0 };
		struct rq_decision d, e;
		struct fleet f;
		char *one, *two;

		some_fleet(&f, &c);
		decide_over(&f.a, &f.facts, f.r, f.n, &d);
		decide_over(&other, &f.facts, f.r, f.n, &e);
		one = json_of(&d);
		/* Facts and fleet are borrowed; the rest of the record is its own, and the runners may go. */
		d.facts = e.facts = NULL;
		rq_free(one);
		one = json_of(&d);
		rq_arena_release(&f.a);
		two = json_of(&e);
		assert_string_equal(one, two);
		rq_free(one);
		rq_free(two);
		rq_arena_release(&other);
	}
}

static bool has_event(const struct rq_decision *d, const char *event)
{
	size_t i;

	for (i = 0; i < d->n_wake_on; i++)
		if (strcmp(d->wake_on[i], event) == 0)
			return true;
	return false;
}

static void test_order_does_not_matter(void **state)
{
	struct chance c = { 33 };
	struct rq_decision d, e;
	struct fleet f;
	int round;
	size_t i;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		some_fleet(&f, &c);
		decide_over(&f.a, &f.facts, f.r, f.n, &d);
		for (i = f.n; i > 1; i--) {
			size_t k = chance_below(&c, (unsigned)i);
			struct rq_runner t = f.r[i - 1];

			f.r[i - 1] = f.r[k];
			f.r[k] = t;
		}
		decide_over(&f.a, &f.facts, f.r, f.n, &e);
		assert_int_equal(d.outcome, e.outcome);
		assert_string_equal(d.target, e.target);
		assert_string_equal(d.reason, e.reason);
		assert_string_equal(d.nearest, e.nearest);
		assert_int_equal(d.n_wake_on, e.n_wake_on);
		for (i = 0; i < d.n_wake_on; i++)
			assert_true(has_event(&e, d.wake_on[i]));
		rq_arena_release(&f.a);
	}
}

static void test_one_more_that_is_offline_changes_nothing(void **state)
{
	struct chance c = { 34 };
	struct rq_decision d, e;
	struct fleet f;
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		some_fleet(&f, &c);
		decide_over(&f.a, &f.facts, f.r, f.n, &d);
		some_runner(&f, &c, f.n);
		f.r[f.n].online = false;
		decide_over(&f.a, &f.facts, f.r, f.n + 1, &e);
		assert_int_equal(d.outcome, e.outcome);
		assert_string_equal(d.target, e.target);
		rq_arena_release(&f.a);
	}
}

/* What a waiting job names would indeed wake it: with these things mended, it is placed. */
static void test_what_it_waits_for_helps(void **state)
{
	struct chance c = { 35 };
	struct rq_decision d, e;
	struct fleet f;
	int round, mended = 0;
	size_t i, k;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		some_fleet(&f, &c);
		decide_over(&f.a, &f.facts, f.r, f.n, &d);
		for (i = 0; d.outcome == RQ_OUTCOME_WAIT && i < d.n_wake_on; i++) {
			struct rq_runner before;

			for (k = 0; k < f.n && strncmp(d.wake_on[i] + 7, f.r[k].name, strlen(f.r[k].name)) != 0; k++)
				;
			if (k == f.n) {
				assert_string_equal(d.wake_on[i], "runner:*.registered");
				continue;
			}
			before = f.r[k];
			f.r[k].online = true;
			f.r[k].hung = false;
			f.r[k].drain = RQ_DRAIN_ACTIVE;
			f.r[k].running = 0;
			f.r[k].slots = 1;
			decide_over(&f.a, &f.facts, f.r, f.n, &e);
			assert_int_equal(e.outcome, RQ_OUTCOME_PLACED);
			assert_string_equal(e.target, f.r[k].name);
			f.r[k] = before;
			mended++;
		}
		rq_arena_release(&f.a);
	}
	assert_true(mended > 100);
}

/* --- single cases ------------------------------------------------------------------------ */

static struct rq_runner runner(struct rq_arena *a, const char *name, const char *labels, int running, int slots)
{
	struct rq_runner r = { .name = name, .queue = "local", .online = true, .slots = slots, .running = running,
			       .drain_reason = "", .drain_by = "" };

	assert_int_equal(rq_labels_parse(a, labels, &r.labels, NULL), RQ_OK);
	return r;
}

static struct rq_decision decide(struct rq_arena *a, const char *labels, const char *target, const struct rq_runner *r, size_t n)
{
	struct rq_labels *want = rq_arena_alloc(a, sizeof *want);
	struct rq_facts facts = { .type = "command", .labels = want, .target = target };
	struct rq_decision d;

	assert_int_equal(rq_labels_parse(a, labels, want, NULL), RQ_OK);
	decide_over(a, &facts, r, n, &d);
	return d;
}

static void test_the_least_loaded_then_the_first_by_name(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_runner r[] = { runner(&a, "b", "x", 1, 2), runner(&a, "c", "x", 1, 4), runner(&a, "a", "x", 1, 2) };
	struct rq_decision d = decide(&a, "x", "", r, 3);

	(void)state;
	assert_string_equal(d.target, "c");
	r[1].running = 2;
	d = decide(&a, "x", "", r, 3);
	assert_string_equal(d.target, "a");
	assert_string_equal(d.reason, "PREFERRED");
	d = decide(&a, "x", "B", r, 3);
	assert_string_equal(d.target, "b");
	rq_arena_release(&a);
}

static void test_all_reasons_are_told(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_runner r = runner(&a, "rpi4", "linux", 2, 1);
	struct rq_decision d;
	struct rq_str out = { 0 };

	(void)state;
	r.drain = RQ_DRAIN_DRAINING;
	r.drain_by = "sky";
	r.drain_reason = "new disk";
	r.hung = true;
	d = decide(&a, "gpu,audio,linux", "macmini", &r, 1);
	assert_int_equal(d.candidates[0].n_reasons, 5);
	rq_decision_render(&d, &out);
	assert_non_null(strstr(out.s, "NOT_THE_TARGET       want macmini\n"));
	assert_non_null(strstr(out.s, "LABEL_MISSING        want audio,gpu\n"));
	assert_non_null(strstr(out.s, "RUNNER_STALE         it stopped renewing its leases\n"));
	assert_non_null(strstr(out.s, "RUNNER_PAUSED        draining by sky: new disk\n"));
	assert_non_null(strstr(out.s, "RUNNER_FULL          2 running, 1 slot\n"));
	assert_string_equal(d.wanted, "audio,gpu,linux,@macmini");
	assert_int_equal(d.n_wake_on, 1);
	assert_string_equal(d.wake_on[0], "runner:*.registered");
	rq_str_release(&out);
	rq_arena_release(&a);
}

static void test_the_nearest_miss_lacks_least(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_runner r[] = { runner(&a, "a", "x", 0, 1), runner(&a, "z", "x,gpu", 1, 1), runner(&a, "m", "x,gpu", 1, 1) };
	struct rq_decision d;

	(void)state;
	r[2].drain = RQ_DRAIN_DRAINED;
	d = decide(&a, "gpu", "", r, 3);
	assert_int_equal(d.outcome, RQ_OUTCOME_WAIT);
	assert_string_equal(d.nearest, "z: RUNNER_FULL");
	assert_string_equal(d.reason, "RUNNER_FULL");
	assert_true(has_event(&d, "runner:z.free"));
	assert_true(has_event(&d, "runner:m.undrained"));
	assert_true(has_event(&d, "runner:m.free"));
	assert_false(has_event(&d, "runner:a.free"));
	d = decide(&a, "tpu", "", r, 3);
	assert_string_equal(d.reason, "LABEL_MISSING");
	d = decide(&a, "", "", NULL, 0);
	assert_string_equal(d.reason, "NO_CANDIDATES");
	assert_string_equal(d.wake_on[0], "runner:*.registered");
	rq_arena_release(&a);
}

static void test_did_you_mean(void **state)
{
	struct rq_arena a = { 0 };
	struct rq_runner r[] = { runner(&a, "a", "self-hosted,macmini,x64", 0, 1), runner(&a, "b", "rpi4,gpu", 0, 1) };

	(void)state;
	assert_string_equal(rq_nearest_label("macmni", r, 2), "macmini");
	assert_string_equal(rq_nearest_label("MacMini", r, 2), "macmini");
	assert_string_equal(rq_nearest_label("rpi5", r, 2), "rpi4");
	assert_string_equal(rq_nearest_label("selfhosted", r, 2), "self-hosted");
	assert_null(rq_nearest_label("windows", r, 2));
	assert_null(rq_nearest_label("macmini", r, 0));
	r[0] = runner(&a, "a", "x", 0, 1);
	assert_null(rq_nearest_label("q", r, 1));
	assert_string_equal(rq_nearest_label("pri4", r, 2), "rpi4");
	assert_null(rq_nearest_label("", r, 2));
	rq_arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_places_exactly_where_it_can),
		cmocka_unit_test(test_same_inputs_same_bytes),
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_one_more_that_is_offline_changes_nothing),
		cmocka_unit_test(test_what_it_waits_for_helps),
		cmocka_unit_test(test_the_least_loaded_then_the_first_by_name),
		cmocka_unit_test(test_all_reasons_are_told),
		cmocka_unit_test(test_the_nearest_miss_lacks_least),
		cmocka_unit_test(test_did_you_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
