/* zone.h - time zones by name (the C library's database behind it), as tables that answer without touching TZ. */
#ifndef RQ_BASE_ZONE_H
#define RQ_BASE_ZONE_H

#include <stdint.h>
#include "core/base/err.h"

struct rq_zone;

/* NAME is IANA's: "Europe/Berlin", "UTC". RQ_ENOTFOUND when the system has no such zone. Reads the changes of the
 * offset from 2000 to 2060, with TZ exchanged for a moment: on the main thread, while no other thread reads the
 * environment. */
int rq_zone_new(const char *name, struct rq_zone **out, struct rq_error *e);
void rq_zone_free(struct rq_zone *z);
/* Seconds to add to UTC at AT (ms). z NULL: 0. */
int64_t rq_zone_offset(const struct rq_zone *z, int64_t at);

/* The first change of the offset after AT; INT64_MAX none. */
int64_t rq_zone_next_change(const struct rq_zone *z, int64_t at);

struct rq_local_time {
	int year, month, day;       /* month 1 .. 12 */
	int weekday;                /* 0: Monday */
	int minute;                 /* of the day */
};
struct rq_local_time rq_zone_local(const struct rq_zone *z, int64_t at);
/* The moment of a local time. One that does not exist (the clocks go forward) gives the moment they go forward; of
 * one that exists twice the first, or with LATER the second. MINUTE may be 1440. */
int64_t rq_zone_moment(const struct rq_zone *z, int year, int month, int day, int minute, int later);

#endif
