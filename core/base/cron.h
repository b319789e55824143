/* cron.h - when a schedule is due: five fields, in a time zone.
 *
 *   minute 0-59  hour 0-23  day of the month 1-31  month 1-12 or jan-dec  weekday 0-7 or sun-sat (0 and 7: Sunday)
 *
 * Each is a list of N, N-M, N-M/STEP, * and * /STEP (without the blank); or the whole is @hourly @daily @midnight
 * @weekly @monthly @yearly @annually. Where both days are restricted, either will do, as in every cron; one that begins
 * with * restricts nothing by itself.
 *
 * When clocks change: a schedule with hours of its own is about local times. One that does not exist is due at the
 * moment the clocks go forward, one that exists twice at its first. A schedule for every hour (*) follows the time that
 * passes: it is due whenever the clock shows its minutes. */
#ifndef RQ_BASE_CRON_H
#define RQ_BASE_CRON_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/zone.h"

struct rq_cron {
	uint64_t minutes;           /* bits */
	uint32_t hours, days;       /* days: bit 1 .. 31 */
	uint16_t months;            /* bit 1 .. 12 */
	uint8_t weekdays;           /* bit 0: Sunday */
	bool any_day, any_weekday;  /* the field begins with * */
};

/* RQ_EUSAGE with a sentence without the full stop, naming the field; *at (may be NULL) is where in TEXT, from 0. */
int rq_cron_parse(const char *text, struct rq_cron *out, int *at, struct rq_error *e);
/* The first moment after AFTER (both ms, wall clock) at which it is due; 0: never, or not before 2060. */
int64_t rq_cron_next(const struct rq_cron *c, const struct rq_zone *z, int64_t after);

#endif
