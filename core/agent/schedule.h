/* schedule.h - `schedules` of config.yaml: jobs that submit themselves.
 *
 *     schedules:
 *       nightly:
 *         cron: "30 3 * * mon-fri"       # base/cron.h; also @daily
 *         timezone: Europe/Berlin        # default UTC
 *         command: [backup, --all]       # or `type` alone, where the type has work of its own
 *         type: command
 *         params: {size_mb: 10}
 *         runs-on: [self-hosted, disk]
 *         priority: 0
 *         timeout: 30m
 *         retries: 0
 *         enabled: true
 *
 * Read strictly, each by itself: a bad one is told and never stops another. */
#ifndef RQ_AGENT_SCHEDULE_H
#define RQ_AGENT_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/cron.h"
#include "core/base/mem.h"
#include "core/model/config.h"
#include "core/model/labels.h"

struct rq_schedule {
	const char *name, *timezone;
	const char *cron_text;
	struct rq_cron cron;
	struct rq_zone *zone;           /* NULL: UTC */
	bool enabled;
	const char *type;               /* NULL: command */
	char **command;                 /* NULL-terminated; NULL: what the type does */
	size_t n_params;
	const char **params;            /* "KEY=VALUE" */
	struct rq_labels labels;
	int priority, retries;
	int64_t timeout_ms;             /* 0: as a submission without one */
};

struct rq_schedule_problem {
	const char *name;               /* of the schedule; "" of all */
	const char *text;               /* "config.yaml:12:3: ...", a sentence */
};

struct rq_schedules {
	struct rq_arena arena;
	size_t n, n_problems;
	struct rq_schedule *v;          /* in the order of the file */
	struct rq_schedule_problem *problems;
};

/* Those of C, which need not live as long. FILE is its path, for messages. Never NULL. */
struct rq_schedules *rq_schedules_new(const struct rq_config *c, const char *file);
void rq_schedules_free(struct rq_schedules *s);
/* The latest minute after SINCE and not after NOW at which S was due, 0 none: however many there were, it runs once. */
int64_t rq_schedule_missed(const struct rq_schedule *s, int64_t since, int64_t now);
/* The next minute after NOW; 0 never, or switched off. */
int64_t rq_schedule_next(const struct rq_schedule *s, int64_t now);

#endif
