/* facts.h - what a decision looks at: the facts of the job, and the fleet at one moment. Values, no I/O. */
#ifndef RQ_MODEL_FACTS_H
#define RQ_MODEL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/labels.h"
#include "core/model/runner.h"

struct rq_facts {
	const char *type;
	const struct rq_labels *labels; /* asked for; never NULL */
	const char *target;             /* the runner asked for by name; "" any */
	size_t n_params;
	const char *const *params;      /* "KEY=VALUE": url, size_mb, duration_s, sha256, and the type's own */
	const char *submitter;          /* "" unknown */
	const char *source;             /* cli cron webhook api; "" unknown */
	int priority;
	int attempt;                    /* 1 for the first */
	int64_t created_at;             /* wall clock; 0: at the time of the decision */
	int64_t run_at;                 /* not before; 0 at once */
	bool blocked;                   /* jobs that it waits for have not succeeded yet */
	bool retrying;                  /* run_at is the end of a pause before another attempt */
};

/* How much of something is in use: what `struct rq_hold` of decision.h reserves, counted by the queue.
 *   runner:NAME            jobs placed on NAME or running there
 *   route:ROUTE@RUNNER     jobs of a route there
 *   group:GROUP            jobs of a concurrency group
 *   usd:ROUTE:2026-11      nano-dollars reserved or spent in a month, minutes:ROUTE:2026-11 likewise */
struct rq_counter {
	const char *key;
	int64_t n;
};

struct rq_fleet {
	size_t n_runners, n_counters;
	const struct rq_runner *runners;
	const struct rq_counter *counters;      /* by key, byte order; keys in lower case */
	int64_t taken_at;
	const char *json, *sha256;              /* rq_fleet_seal; NULL before */
};

/* 0 where nothing is counted. KEY in any case. */
int64_t rq_fleet_count(const struct rq_fleet *f, const char *key);
/* Fill json (canonical: runners by name, counters by key) and sha256 (hex), once; into A. Decisions about one fleet
 * share them. */
void rq_fleet_seal(struct rq_arena *a, struct rq_fleet *f);
int rq_fleet_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_fleet *f, struct rq_error *e);

/* Facts as they are recorded and evaluated: URLs lose user, query and fragment, values of parameters whose names look
 * like secrets are erased. Into A; the lists of JSON pointers of what was masked and erased may be NULL. What was
 * normalised once does not change. */
void rq_facts_normalise(struct rq_arena *a, const struct rq_facts *in, struct rq_facts *out, struct rq_json **masked,
			struct rq_json **erased);
/* Canonical: the same facts give the same bytes. */
struct rq_json *rq_facts_to_json(const struct rq_facts *f);
int rq_facts_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_facts *f, struct rq_error *e);

#endif
