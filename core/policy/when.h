/* when.h - the conditions of rules over the facts of one job, three-valued. */
#ifndef RQ_POLICY_WHEN_H
#define RQ_POLICY_WHEN_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/mem.h"
#include "core/base/zone.h"
#include "core/model/facts.h"
#include "core/policy/policy.h"

struct rq_value {
	bool known, number;
	const char *text;           /* also of numbers, as given */
	int64_t micro;
};

/* The facts as rules see them, derived once. A parameter with an empty value counts as not given: so does one whose
 * value was erased from the record, and evaluating the record comes to the same. */
struct rq_values {
	struct rq_value v[RQ_FACT_N];
	const struct rq_facts *facts;
};

/* HOUR and WEEKDAY are those of NOW in ZONE. */
void rq_values_init(struct rq_arena *a, const struct rq_facts *f, const struct rq_zone *zone, int64_t now, struct rq_values *v);
/* Another hour and weekday, for looking ahead; the hour without its text. */
void rq_values_clock(struct rq_values *v, const struct rq_local_time *l);
/* "12.5", "-3" in millionths; digits beyond are cut off. false: S is no number, or too large. */
bool rq_micro_parse(const char *s, int64_t *micro);
const char *rq_param(const struct rq_facts *f, const char *key);     /* NULL: not given */

struct rq_when_result {
	char result;                /* T F U */
	bool limit;                 /* U because a regular expression took too long */
	const struct rq_when *leaf; /* the test that made it so; NULL none */
};
/* W NULL is TRUE. */
struct rq_when_result rq_when_eval(const struct rq_values *v, const struct rq_when *w);
/* "host is example.com", for the trace. */
const char *rq_when_text(struct rq_arena *a, const struct rq_values *v, const struct rq_when_result *r);

#endif
