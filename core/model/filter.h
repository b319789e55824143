/* filter.h - the expression behind `/` and --filter, compiled once, tested on each row.
 *
 * Terms separated by blanks, all must hold. A term: TEXT (substring of any shown text, case-insensitive),
 * re:PATTERN (PCRE2, smart case), FIELD:V[,V] with the fields status (or conclusion), conclusion, label, type, runner,
 * queue, id, name, group, reason, branch, event, actor, is, job, command, note, policy, system, host, version; FIELD>V
 * (also < >= <=, and = for whole numbers) with age, time, wait, started, ended, seen (durations), attempt, priority, exit,
 * slots, running, cores, load, temp, memory, disk (sizes); -TERM or !TERM negates; "..." keeps blanks together. What a
 * list calls its columns are fields as well (action: who: outcome:). A row that lacks a field matches no term about it. */
#ifndef RQ_MODEL_FILTER_H
#define RQ_MODEL_FILTER_H

#include <stdbool.h>
#include "core/base/err.h"
#include "core/model/snapshot.h"

struct rq_filter;
/* "" matches everything. */
int rq_filter_new(const char *expr, struct rq_filter **out, struct rq_error *e);
/* The same; where it fails, *from and *to are the bytes of EXPR that the wrong term takes. */
int rq_filter_new_at(const char *expr, struct rq_filter **out, size_t *from, size_t *to, struct rq_error *e);
void rq_filter_free(struct rq_filter *f);
/* The time that ages count from, ms; without it, that of rq_filter_new. */
void rq_filter_at(struct rq_filter *f, int64_t now);
/* When the first of the rows that were tested since rq_filter_at may become another answer by the time alone; 0 never. */
int64_t rq_filter_next(const struct rq_filter *f);
bool rq_filter_job(struct rq_filter *f, const struct rq_job *j);
bool rq_filter_runner(struct rq_filter *f, const struct rq_runner *r);
bool rq_filter_decision(struct rq_filter *f, const struct rq_decision *d);
bool rq_filter_activity(struct rq_filter *f, const struct rq_activity *a);

/* What may be typed, for completion: "status:|...|age>|..."; and behind "is:" and "status:". */
const char *rq_filter_keys(void);
/* The field that NAME means: "label" for "labels"; NULL there is none. */
const char *rq_filter_field(const char *name);
const char *rq_filter_is(void);
const char *rq_filter_statuses(void);

#endif
