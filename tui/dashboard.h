/* dashboard.h - how it stands, in numbers, from a snapshot. Pure: no drawing, nothing is loaded for it. */
#ifndef RQ_TUI_DASHBOARD_H
#define RQ_TUI_DASHBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/model/snapshot.h"

enum { RQ_DASH_REASONS = 5, RQ_DASH_FAILURES = 5, RQ_DASH_SAMPLE = 100, RQ_DASH_ENOUGH = 10, RQ_DASH_ALARM = 20 };
#define RQ_DASH_STUCK_MS (6 * 60 * 60 * INT64_C(1000))

struct rq_dash_reason {
	const char *code;
	size_t n;
};

/* Jobs that have been in one state for longer than RQ_DASH_STUCK_MS. */
struct rq_dash_stuck {
	size_t n;
	int64_t since;                  /* the first of them; 0 none */
};

/* What it points to is the snapshot's. */
struct rq_dashboard {
	int64_t queued, waiting, running;
	size_t n_reasons, other_reasons; /* why jobs wait, most frequent first; jobs that wait for a reason not listed */
	struct rq_dash_reason reasons[RQ_DASH_REASONS];

	/* Runners. Each is counted once, but busy ones are online ones; drained: or being drained. */
	size_t online, busy, drained, hung, offline;
	int slots, slots_busy;          /* of those that are online */

	size_t n_failures;
	const struct rq_job *failures[RQ_DASH_FAILURES]; /* latest first */
	size_t sample, failed;          /* the last completed ones, at most RQ_DASH_SAMPLE; not cancelled and skipped ones */
	int percent;                    /* of them that failed, rounded */
	bool alarming;                  /* more than RQ_DASH_ALARM percent of at least RQ_DASH_ENOUGH */
	int64_t median_ms, p90_ms;      /* how long they ran; -1 none did */

	struct rq_dash_stuck queued_long, running_long;
	int64_t next_stuck;             /* when the next job will count as stuck; 0 none */
};

void rq_dashboard_of(const struct rq_snapshot *s, int64_t now, struct rq_dashboard *out);
bool rq_job_failed(const struct rq_job *j);
/* "12.3 GiB", "512 MiB", "0 KiB" */
const char *rq_bytes_text(int64_t bytes, char *buf, size_t size);
/* "4,981" */
const char *rq_grouped(int64_t n, char *buf, size_t size);

#endif
