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

const char *rq_job_state_text(const struct rq_job *j)
{
	if (j->status == RQ_STATUS_COMPLETED && j->conclusion != RQ_CONCLUSION_NONE)
		return rq_conclusion_name(j->conclusion);
	return rq_status_name(j->status);
}

int64_t rq_job_elapsed(const struct rq_job *j, int64_t now)
{
	int64_t end = j->completed_at ? j->completed_at : now;

	return j->started_at && end > j->started_at ? end - j->started_at : 0;
}
