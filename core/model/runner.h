/* runner.h - what executes jobs. */
#ifndef RQ_MODEL_RUNNER_H
#define RQ_MODEL_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/model/labels.h"

enum rq_drain { RQ_DRAIN_ACTIVE, RQ_DRAIN_DRAINING, RQ_DRAIN_DRAINED };
const char *rq_drain_name(enum rq_drain d);   /* "active" "draining" "drained" */

struct rq_runner {
	const char *name;
	const char *queue;
	struct rq_labels labels;
	bool online;                /* a living process holds its lock */
	bool hung;                  /* online, but it stopped renewing its leases */
	int slots, running;
	int placed;                 /* queued jobs that a policy has placed here and that have not started */
	enum rq_drain drain;
	const char *drain_reason, *drain_by;
	const char *drain_note;     /* how far a drain is, or what is the matter with it, in a sentence; NULL or "" nothing */
	int64_t drain_since, drain_deadline;    /* deadline 0: none */
	const char *os, *arch, *host, *version;
	const char *note;           /* what is the matter with it, such as its version; NULL or "" nothing */
	int64_t started_at;         /* of the process now or last */
	int64_t seen_at;            /* last sign of life written down */
	/* probed; -1 unknown */
	int64_t cpu_cores, memory_bytes, disk_free_bytes;
	int temp_milli_c, load_milli;           /* load average over cores, in 1/1000 */
	struct rq_labels tools;     /* names of tools found in PATH: ffmpeg, git, ... */
	int64_t id;                 /* the server's; 0 none */
	const char *job, *job_name; /* what it runs now, where that is one: a run's or a job's id; NULL or "" none or not told */
};

#endif
