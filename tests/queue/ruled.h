/* ruled.h - short words for jobs that a policy governs. */
#ifndef RQ_TESTS_RULED_H
#define RQ_TESTS_RULED_H

#include "tests/queue/suite.h"

#define TEXT "schema: 2\n"
#define TEXT_OID "c693c389da8019ea791125892d52810b23038f1f"

/* Governed decisions, by the policy of TEXT. */
struct rq_decision ruled(const char *trigger);
struct rq_decision placed(const char *target);
struct rq_decision waits(const char *reason, const char **event);       /* EVENT NULL: for a minute */
struct rq_decision holding(const char *target, struct rq_hold *h);
struct rq_hold place_in(const char *key, int64_t limit);
struct rq_submission by(const struct rq_decision *d);
int64_t counted(struct bed *b, const char *key);

/* The duty's fence; OPEN for one event, or all; DECIDE. */
int64_t duty(struct bed *b);
struct rq_call *look(struct bed *b, const char *event, bool all);
const struct rq_open_job *open_job(struct rq_call *c, const char *id);
int decide_with(struct bed *b, const char *id, struct rq_decision d, const char *prev, int64_t fence);
int decide(struct bed *b, const char *id, struct rq_decision d);
/* The job waits for nothing but a decision. */
void is_due(struct bed *b, const char *id);

#endif
