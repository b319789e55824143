/* clock.h - the three clocks, replaceable in tests, and times as text. */
#ifndef RQ_BASE_CLOCK_H
#define RQ_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/* Wall clock, ms since the epoch, UTC. With RELAYQ_TEST_NOW in the environment (RFC 3339 or ms) it stands still there; with
 * "TIME*20" it goes twenty times as fast from then on; with "@FILE" it is what stands in that file, in ms, at each call. */
int64_t rq_now(void);
/* Monotonic, ns. Stands still while the machine sleeps where the system allows the distinction. */
int64_t rq_mono_ns(void);
/* What this process has computed, ns: does not go on while others have the machine, or it is stopped. */
int64_t rq_cpu_ns(void);
/* How many times as fast as the machine's the monotonic clock goes, and the loop's timers with it: RELAYQ_TEST_SPEED, 1 to 100,
 * with which a test spends an hour in minutes; 1 without. */
int64_t rq_clock_speed(void);
/* Milliseconds since boot, sleep included (CLOCK_BOOTTIME; CLOCK_MONOTONIC elsewhere). Leases use it. */
int64_t rq_boot_ms(void);
/* An id of this boot: 36 characters at most; leases of another boot are void. Borrowed, never NULL. */
const char *rq_boot_id(void);

/* A test's own clock: replaces rq_now and rq_boot_ms in this process; NULL restores. */
void rq_clock_replace(int64_t (*now)(void), int64_t (*boot_ms)(void));

/* Days since 1970-01-01 of a proleptic Gregorian date (month 1 .. 12; timegm is not in POSIX), and back. A day beyond the
 * month's last counts on into the next. */
int64_t rq_days_of(int64_t y, int m, int d);
void rq_date_of(int64_t days, int64_t *y, int *m, int *d);

#define RQ_TIME_LEN 32
/* "2026-11-21T18:02:21Z", or with milliseconds when MS is not 0 mod 1000 and FRACTION. 0 gives "". Returns buf. */
const char *rq_time_rfc3339(int64_t ms, bool fraction, char buf[RQ_TIME_LEN]);
bool rq_time_parse(const char *s, int64_t *ms);
/* For people, narrow: "0.0s" "12s" "2m10s" "4m" "3h05m" "2d04h". Negative counts as 0. */
const char *rq_duration_text(int64_t ms, char buf[RQ_TIME_LEN]);

#endif
