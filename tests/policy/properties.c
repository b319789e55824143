/* What holds for every policy, fleet and job: `properties [ROUNDS]` tries as many by chance. */
#include "tests/policy/chance.h"

#include "core/base/clock.h"
#include "core/policy/decide.h"

enum { DEFAULT_ROUNDS = 2000 };
static unsigned long rounds = DEFAULT_ROUNDS, first;

/* One of them. */
struct world {
	struct rq_arena a;
	struct some_policy plan;
	struct rq_policy *policy;
	struct rq_runner runners[RUNNERS_MOST + 1];
	struct rq_fleet fleet;
	struct rq_facts facts;
	int64_t now;
	struct rq_decision d;
	char *json;
	unsigned long round;
};

/* What came out, so that nobody believes in a test of nothing. */
static struct {
	unsigned long placed, waiting, rejected, errors, governed, moved, tightened;
} seen;

static struct rq_policy *load(const struct some_policy *plan)
{
	struct rq_problems problems = { .n = 0 };
	struct rq_error e = { 0 };
	struct rq_policy *p;
	struct rq_str text = { 0 };

	policy_yaml(plan, &text);
	if (rq_policy_load("p.yaml", text.s, text.len, &p, &problems, &e) != RQ_OK)
		fail_msg("%s\n%s", e.msg, text.s);
	rq_problems_release(&problems);
	rq_str_release(&text);
	return p;
}

static char *json_of(const struct rq_decision *d)
{
	struct rq_json *j = rq_decision_to_json(d);
	struct rq_str b = { 0 };

	rq_json_print(j, &b, false);
	rq_json_free(j);
	return rq_str_detach(&b);
}

static void decide(struct world *w, const struct rq_policy *p, struct rq_decision *d)
{
	rq_fleet_seal(&w->a, &w->fleet);
	rq_decide(&w->a, p, &w->facts, &w->fleet, w->now, d);
}

static void begin(struct world *w, struct chance *c, unsigned long round)
{
	memset(w, 0, sizeof *w);
	c->s = (round + 1) * UINT64_C(0x9e3779b97f4a7c15);
	w->round = round;
	w->now = INT64_C(1795298000000) + (int64_t)chance_below(c, 600000) * 1000;
	some_policy(c, &w->plan);
	w->policy = load(&w->plan);
	some_fleet(c, &w->a, w->now, w->runners, &w->fleet);
	some_facts(c, &w->a, w->now, &w->facts);
	decide(w, w->policy, &w->d);
	w->json = json_of(&w->d);
}

static void end(struct world *w)
{
	rq_free(w->json);
	rq_policy_free(w->policy);
	rq_arena_release(&w->a);
}

/* Says how to come back to it. */
static void wrong(struct world *w, const char *what, const struct rq_decision *other)
{
	struct rq_str out = { 0 };

	policy_yaml(&w->plan, &out);
	rq_str_add(&out, w->fleet.json);
	rq_str_addc(&out, '\n');
	rq_decision_render(&w->d, &out);
	if (other)
		rq_decision_render(other, &out);
	fprintf(stderr, "%s", out.s);
	fail_msg("round %lu: %s; see above", w->round, what);
}

/* --- the six ------------------------------------------------------------------------------ */

static void twice_the_same(struct world *w)
{
	struct rq_decision d;
	char *json;

	decide(w, w->policy, &d);
	json = json_of(&d);
	if (strcmp(json, w->json) != 0)
		wrong(w, "decided twice, it is not the same", &d);
	rq_free(json);
}

static void shuffle(struct world *w, struct chance *c)
{
	size_t i;

	for (i = w->fleet.n_runners; i > 1; i--) {
		size_t k = chance_below(c, (unsigned)i);
		struct rq_runner t = w->runners[i - 1];

		w->runners[i - 1] = w->runners[k];
		w->runners[k] = t;
	}
}

static void order_never_matters(struct world *w, struct chance *c)
{
	struct rq_decision d;
	char *json;

	shuffle(w, c);
	decide(w, w->policy, &d);
	json = json_of(&d);
	if (strcmp(json, w->json) != 0)
		wrong(w, "the order of the runners matters", &d);
	rq_free(json);
}

/* With a name of its own, or of one that is declared or named by a route and was not there. */
static void offline_one_changes_nothing(struct world *w, struct chance *c)
{
	const char *name = chance_below(c, 3) ? chance_runners[chance_below(c, NAMES + LABELS)] : "zebra";
	struct rq_decision d;
	size_t i;

	for (i = 0; i < w->fleet.n_runners; i++)
		if (strcmp(w->runners[i].name, name) == 0)
			name = "zebra";
	some_runner(c, &w->a, w->now, name, &w->runners[w->fleet.n_runners]);
	w->runners[w->fleet.n_runners++].online = false;
	decide(w, w->policy, &d);
	if ((d.outcome == RQ_OUTCOME_PLACED) != (w->d.outcome == RQ_OUTCOME_PLACED) || strcmp(d.target, w->d.target) != 0)
		wrong(w, "a runner that is offline changed the placement", &d);
	w->fleet.n_runners--;
}

static int route_of(const struct world *w, struct chance *c)
{
	return *w->d.route ? w->d.route[1] - '0' : (int)chance_below(c, ROUTES);
}

static void tightening_never_places(struct world *w, struct chance *c)
{
	const struct some_policy before = w->plan;
	unsigned n = 1 + chance_below(c, 3);
	struct rq_policy *p;
	struct rq_decision d;

	while (n--)
		tighten_policy(c, &w->plan, route_of(w, c));
	p = load(&w->plan);
	decide(w, p, &d);
	if (d.outcome == RQ_OUTCOME_PLACED && w->d.outcome != RQ_OUTCOME_PLACED)
		wrong(w, "a stricter policy places what was not placed", &d);
	seen.tightened += d.outcome != w->d.outcome;
	seen.moved += d.outcome == RQ_OUTCOME_PLACED && strcmp(d.target, w->d.target) != 0;
	rq_policy_free(p);
	w->plan = before;
}

static bool kept(const struct rq_candidate *c)
{
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		if (c->reasons[i].cls != 'I')
			return true;
	return false;
}

static int tier_rank(const char *tier)
{
	static const char *const tiers[] = { "prefer", "fallback", "any", "asked", "" };
	int i;

	for (i = 0; strcmp(tiers[i], tier) != 0; i++)
		;
	return i;
}

static int taken(const struct world *w, const char *name)
{
	size_t i;

	for (i = 0; strcmp(w->runners[i].name, name) != 0; i++)
		;
	return w->runners[i].running + w->runners[i].placed;
}

/* By the definition: does A come before B? */
static bool before(const struct world *w, const struct rq_candidate *a, const struct rq_candidate *b)
{
	int x = tier_rank(a->tier), y = tier_rank(b->tier);

	if (x != y)
		return x < y;
	if (a->total != b->total)
		return a->total > b->total;
	if (a->pos != b->pos)
		return a->pos < b->pos;
	x = taken(w, a->name);
	y = taken(w, b->name);
	if (x != y && w->d.governed)
		return x < y;
	return strcmp(a->name, b->name) < 0;
}

static void reasons_tell_it(struct world *w)
{
	const struct rq_candidate *won = NULL;
	const struct rq_decision *d = &w->d;
	size_t i, k;

	for (i = 0; i < d->n_candidates; i++) {
		for (k = 0; k < d->candidates[i].n_reasons; k++) {
			const struct rq_code_kind *kind = rq_code_kind(d->candidates[i].reasons[k].code);

			if (!kind || !(kind->cls == d->candidates[i].reasons[k].cls || strcmp(kind->code, "FACT_MISSING") == 0))
				wrong(w, "a reason has a code or class of its own", NULL);
		}
		if (d->candidates[i].pass != !kept(&d->candidates[i]))
			wrong(w, "the verdict is not what the reasons say", NULL);
		if (*d->target && strcmp(d->candidates[i].name, d->target) == 0)
			won = &d->candidates[i];
	}
	if ((d->outcome == RQ_OUTCOME_PLACED) != (won != NULL) || (won && kept(won)))
		wrong(w, "it is placed where something keeps it, or nowhere", NULL);
	for (i = 0; i < d->n_candidates; i++)
		if (&d->candidates[i] != won && !kept(&d->candidates[i]) && !(won && before(w, won, &d->candidates[i])))
			wrong(w, "another candidate has neither a reason nor a lower rank", NULL);
	if (d->outcome == RQ_OUTCOME_WAIT && !d->n_wake_on)
		wrong(w, "it waits for nothing", NULL);
	if (d->outcome == RQ_OUTCOME_WAIT && d->wait_until && d->wait_until <= w->now)
		wrong(w, "it waits for the past", NULL);
}

/* Record, fleet and all as text, and decided from that. */
static void replay_is_the_same(struct world *w)
{
	struct rq_arena a = { 0 };
	struct rq_json *j = NULL, *k = NULL;
	struct rq_decision was, d;
	struct rq_fleet fleet;
	struct rq_facts facts;
	struct rq_error e;
	char *json;

	assert_int_equal(rq_json_parse(w->json, strlen(w->json), &j, &e), RQ_OK);
	assert_int_equal(rq_decision_from_json(&a, j, &was, &e), RQ_OK);
	assert_int_equal(rq_json_parse(w->fleet.json, strlen(w->fleet.json), &k, &e), RQ_OK);
	assert_int_equal(rq_fleet_from_json(&a, k, &fleet, &e), RQ_OK);
	rq_json_free(j);
	rq_json_free(k);
	rq_fleet_seal(&a, &fleet);
	rq_facts_normalise(&a, was.facts, &facts, NULL, NULL);
	rq_decide(&a, w->policy, &facts, &fleet, was.at, &d);
	json = json_of(&d);
	if (strcmp(json, w->json) != 0)
		wrong(w, "replayed from its record, it is not the same", &d);
	rq_free(json);
	json = json_of(&was);
	if (strcmp(json, w->json) != 0)
		wrong(w, "the record does not come back as it was", &was);
	rq_free(json);
	rq_arena_release(&a);
}

static void count(const struct rq_decision *d)
{
	seen.placed += d->outcome == RQ_OUTCOME_PLACED;
	seen.waiting += d->outcome == RQ_OUTCOME_WAIT;
	seen.rejected += d->outcome == RQ_OUTCOME_REJECTED;
	seen.errors += d->outcome == RQ_OUTCOME_ERROR;
	seen.governed += d->governed;
}

static void test_what_always_holds(void **state)
{
	struct chance c;
	struct world w;
	unsigned long i;
	int k;

	(void)state;
	for (i = first; i < first + rounds; i++) {
		begin(&w, &c, i);
		count(&w.d);
		reasons_tell_it(&w);
		twice_the_same(&w);
		replay_is_the_same(&w);
		order_never_matters(&w, &c);
		offline_one_changes_nothing(&w, &c);
		for (k = 0; k < 2; k++)
			tightening_never_places(&w, &c);
		end(&w);
	}
}

/* Each outcome comes often enough to have been tried. */
static void test_it_was_tried(void **state)
{
	(void)state;
	print_message("# %lu rounds: %lu placed, %lu waiting, %lu rejected, %lu errors, %lu governed; tightened: %lu outcomes, %lu "
		      "targets changed\n", rounds, seen.placed, seen.waiting, seen.rejected, seen.errors, seen.governed,
		      seen.tightened, seen.moved);
	if (rounds < 500)
		skip();
	assert_true(seen.placed > rounds / 20 && seen.waiting > rounds / 20 && seen.rejected > rounds / 20);
	assert_true(seen.errors > rounds / 100 && seen.tightened > rounds / 50 && seen.moved > rounds / 1000);
	assert_true(seen.governed > rounds / 2 && seen.governed < rounds);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_always_holds),
		cmocka_unit_test(test_it_was_tried),
	};

	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		first = strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
