/* sim_fleet.h - a fleet to reckon with, for simulate.c alone. */
#ifndef RQ_POLICY_SIM_FLEET_H
#define RQ_POLICY_SIM_FLEET_H

#include "core/base/mem.h"
#include "core/model/call.h"

/* How long the job of E took; -1 unknown. */
int64_t sim_duration(const struct rq_journal_entry *e);
/* A copy in A whose runners and counters may be changed; *cap: room for counters. */
void sim_fleet_copy(struct rq_arena *a, const struct rq_fleet *from, struct rq_fleet *to, size_t *cap);
struct rq_runner *sim_runner(struct rq_fleet *f, const char *name);
/* Add holds to the counters (SIGN 1), or take them off (-1). OVER: only what is spent is left, for SECONDS (-1 unknown). */
void sim_count_holds(struct rq_arena *a, struct rq_fleet *f, size_t *cap, const struct rq_hold *h, size_t n, bool over,
		     int64_t seconds, int sign);
/* Take out of F what the job of placement E took when F was seen. */
void sim_take_out(struct rq_arena *a, struct rq_fleet *f, size_t *cap, const struct rq_journal_entry *e);
/* MS later: a runner that was there when the fleet was seen is thought to be there still. */
void sim_age(struct rq_fleet *f, int64_t ms);
/* Counters by key, without those that count nothing. */
void sim_sort(struct rq_fleet *f);
/* Whether it makes no difference to anybody who waits; but for what was measured. */
bool sim_fleet_same(const struct rq_fleet *a, const struct rq_fleet *b);

#endif
