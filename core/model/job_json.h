/* job_json.h - jobs, runners and their like as JSON, with GitHub's field names; every face
 * prints these.
 *
 * Times are RFC 3339 in UTC, null where they are not yet; what is empty is null. The caller
 * frees. */
#ifndef RQ_MODEL_JOB_JSON_H
#define RQ_MODEL_JOB_JSON_H

#include "core/base/json.h"
#include "core/model/job.h"
#include "core/model/runner.h"
#include "core/model/snapshot.h"

struct rq_json *rq_job_to_json(const struct rq_job *j);
/* The same object with steps, cwd, env (names alone), params, attempts, dependencies. */
struct rq_json *rq_job_detail_to_json(const struct rq_job_detail *d);
struct rq_json *rq_runner_to_json(const struct rq_runner *r);
struct rq_json *rq_queue_state_to_json(const struct rq_queue_state *q);

/* For others that print times: member KEY of O; null for 0. */
void rq_json_set_time(struct rq_json *o, const char *key, int64_t ms);

#endif
