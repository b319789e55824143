/* shim_clock.h - the shim's clocks. */
#ifndef RQ_AGENT_SHIM_CLOCK_H
#define RQ_AGENT_SHIM_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since boot, sleep included. macOS's monotonic clock counts sleep by itself. */
static inline int64_t rq_shim_boot_ms(void)
{
	struct timespec t;

#ifdef CLOCK_BOOTTIME
	clock_gettime(CLOCK_BOOTTIME, &t);
#else
	clock_gettime(CLOCK_MONOTONIC, &t);
#endif
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Milliseconds of time that the machine was awake, where the system tells them apart. */
static inline int64_t rq_shim_awake_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline int64_t rq_shim_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
