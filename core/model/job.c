/* job.c - a job's states in words. */
#include "core/model/job.h"

#include <string.h>

static const char *const status_names[] = {
#define X(id, name) [RQ_STATUS_##id] = name,
	RQ_STATUS_LIST(X)
#undef X
};

static const char *const conclusion_names[] = {
#define X(id, name) [RQ_CONCLUSION_##id] = name,
	RQ_CONCLUSION_LIST(X)
#undef X
};

const char *rq_status_name(enum rq_status s)
{
	return (unsigned)s < RQ_STATUS_N ? status_names[s] : "unknown";
}

const char *rq_conclusion_name(enum rq_conclusion c)
{
	return (unsigned)c < RQ_CONCLUSION_N ? conclusion_names[c] : "unknown";
}

static bool find(const char *const *names, int n, const char *name, int *out)
{
	int i;

	for (i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool rq_status_parse(const char *name, enum rq_status *out)
{
	int i;

	if (!find(status_names, RQ_STATUS_N, name, &i))
		return false;
	*out = (enum rq_status)i;
	return true;
}

bool rq_conclusion_parse(const char *name, enum rq_conclusion *out)
{
	int i;

	if (!find(conclusion_names, RQ_CONCLUSION_N, name, &i))
		return false;
	*out = (enum rq_conclusion)i;
	return true;
}

bool rq_job_active(const struct rq_job *j)
{
	return j->status != RQ_STATUS_COMPLETED;
}

/* The word of a list's STATUS column: the queue's own where it is none of ours. */
static const char *state_text(enum rq_status s, enum rq_conclusion c, const char *raw)
{
	if (raw && *raw)
		return raw;
	return s == RQ_STATUS_COMPLETED && c != RQ_CONCLUSION_NONE ? rq_conclusion_name(c) : rq_status_name(s);
}

const char *rq_job_state_text(const struct rq_job *j)
{
	return state_text(j->status, j->conclusion, j->state_raw);
}

const char *rq_run_job_state_text(const struct rq_run_job *j)
{
	return state_text(j->status, j->conclusion, j->state_raw);
}

const char *rq_run_step_state_text(const struct rq_run_step *s)
{
	return state_text(s->status, s->conclusion, s->state_raw);
}

int64_t rq_span(int64_t started_at, int64_t completed_at, int64_t now)
{
	int64_t end = completed_at ? completed_at : now;

	return started_at && end > started_at ? end - started_at : 0;
}

int64_t rq_job_elapsed(const struct rq_job *j, int64_t now)
{
	return rq_span(j->started_at, j->completed_at, now);
}

int64_t rq_job_since(const struct rq_job *j)
{
	if (!rq_job_active(j))
		return 0;
	if (j->status == RQ_STATUS_IN_PROGRESS && j->started_at)
		return j->started_at;
	return j->run_at > j->created_at ? j->run_at : j->created_at;
}
