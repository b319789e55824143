/* window.h - the times at which a route is open.
 *
 * A window is a span of local time in the policy's zone, end exclusive, on the days that it begins. What counts is the clock
 * on the wall: when it goes back, an hour that comes twice is inside twice; when it goes forward, a window that would
 * begin inside the hour that is left out begins where the clock goes on, and one that lies wholly inside it does not
 * open that day. */
#ifndef RQ_POLICY_WINDOW_H
#define RQ_POLICY_WINDOW_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/mem.h"
#include "core/policy/policy.h"

bool rq_window_open(const struct rq_window *v, size_t n, const struct rq_zone *z, int64_t at);
/* With none open at AT, the next moment at which one is; 0: none within two weeks. */
int64_t rq_window_next(const struct rq_window *v, size_t n, const struct rq_zone *z, int64_t at);
/* "mon-fri 22:00-06:00, sat 10:00-12:00" */
const char *rq_window_text(struct rq_arena *a, const struct rq_window *v, size_t n);

#endif
