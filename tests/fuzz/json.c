/* What parses as JSON prints, and what was printed parses to the same; so does a decision's record. */
#include "tests/fuzz/fuzz.h"
#include "core/base/json.h"
#include "core/model/decision.h"

/* TEXT parsed and printed. */
static void reprint(const struct rq_str *text, bool pretty, struct rq_str *out)
{
	struct rq_json *j = NULL;

	rq_str_init(out, 0);
	PROMISE(rq_json_parse(rq_str_get(text), text->len, &j, NULL) == RQ_OK);
	rq_json_print(j, out, pretty);
	rq_json_free(j);
}

/*
 * What is printed parses, and after one round stays as it is.  The first round may still round: a
 * whole number beyond 2^53 is printed with all its digits and read as a double.
 */
static void check_print(const struct rq_json *j, bool pretty)
{
	struct rq_str first, second, third;

	rq_str_init(&first, 0);
	rq_json_print(j, &first, pretty);
	if (!first.full) {
		reprint(&first, pretty, &second);
		reprint(&second, pretty, &third);
		PROMISE(rq_eq(rq_str_get(&second), rq_str_get(&third)));
		rq_str_release(&second);
		rq_str_release(&third);
	}
	rq_str_release(&first);
}

static void check_decision(const struct rq_json *j)
{
	struct rq_arena a = { 0 };
	struct rq_decision d;
	struct rq_str shown;

	if (rq_decision_from_json(&a, j, &d, NULL) == RQ_OK) {
		struct rq_json *record = rq_decision_to_json(&d);

		rq_str_init(&shown, 0);
		rq_decision_render(&d, &shown);
		check_print(record, false);
		rq_str_release(&shown);
		rq_json_free(record);
	}
	rq_arena_release(&a);
}

/* What is read as a fleet is sealed, and reads as the same fleet. */
static void check_fleet(const struct rq_json *j)
{
	struct rq_arena a = { 0 };
	struct rq_fleet f, again;
	struct rq_json *k = NULL;

	if (rq_fleet_from_json(&a, j, &f, NULL) == RQ_OK) {
		rq_fleet_seal(&a, &f);
		PROMISE(rq_json_parse(f.json, strlen(f.json), &k, NULL) == RQ_OK);
		PROMISE(rq_fleet_from_json(&a, k, &again, NULL) == RQ_OK);
		PROMISE(again.n_runners == f.n_runners);
		rq_json_free(k);
	}
	rq_arena_release(&a);
}

static void check_facts(const struct rq_json *j)
{
	struct rq_arena a = { 0 };
	struct rq_facts f, once;

	if (rq_facts_from_json(&a, j, &f, NULL) == RQ_OK) {
		rq_facts_normalise(&a, &f, &once, NULL, NULL);
		rq_json_free(rq_facts_to_json(&once));
	}
	rq_arena_release(&a);
}

static const char *const kept[] = { "a", "id", "list", NULL };

static bool is_kept(const char *key)
{
	return rq_eq(key, kept[0]) || rq_eq(key, kept[1]) || rq_eq(key, kept[2]);
}

/* SOME is ALL without the members that are not kept. */
static void check_same(const struct rq_json *all, const struct rq_json *some)
{
	const struct rq_json *x = rq_json_first(all), *y = rq_json_first(some);
	bool object = rq_json_is_object(all);

	PROMISE(object == rq_json_is_object(some) && rq_json_is_array(all) == rq_json_is_array(some));
	PROMISE(rq_eq(rq_json_str(all), rq_json_str(some)) && rq_json_int(all, -1) == rq_json_int(some, -1));
	for (; x; x = rq_json_next(x)) {
		if (object && !is_kept(rq_json_key(x)))
			continue;
		PROMISE(y && (!object || rq_eq(rq_json_key(x), rq_json_key(y))));
		check_same(x, y);
		y = rq_json_next(y);
	}
	PROMISE(!y);
}

/* What is JSON is so with less of it. A key that is written with escapes is not found, nor one that a zero byte ends. */
static void check_only(const struct rq_json *all, const char *text, size_t n)
{
	struct rq_json *some = NULL;

	PROMISE(rq_json_parse_only(text, n, kept, &some, NULL) == RQ_OK);
	if (!memchr(text, '\\', n) && !memchr(text, 0, n))
		check_same(all, some);
	rq_json_free(some);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_json *j = NULL;
	struct rq_error e = { 0 };

	if (rq_json_parse((const char *)data, size, &j, &e) != RQ_OK) {
		PROMISE(e.msg[0]);
		if (!rq_json_parse_only((const char *)data, size, kept, &j, &e))
			rq_json_free(j);
		return 0;
	}
	check_only(j, (const char *)data, size);
	check_print(j, false);
	check_print(j, true);
	check_decision(j);
	check_fleet(j);
	check_facts(j);
	rq_json_free(j);
	return 0;
}
