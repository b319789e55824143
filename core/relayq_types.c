/* relayq_types.c - the types of jobs, for the faces. */
#include "core/agent/types.h"
#include "core/context.h"

static struct rq_types where(const struct relayq *rq)
{
	return (struct rq_types){ rq->config, &rq->paths };
}

const struct rq_job_type **rq_job_types(struct relayq *rq, struct rq_arena *a, size_t *n)
{
	struct rq_types w = where(rq);

	return rq_types_all(&w, a, n);
}

int rq_job_type(struct relayq *rq, struct rq_arena *a, const char *name, const struct rq_job_type **out,
		struct rq_error *e)
{
	struct rq_types w = where(rq);

	return rq_types_find(&w, a, name, out, e);
}

int rq_job_type_apply(struct relayq *rq, struct rq_arena *a, struct rq_submission *s, struct rq_error *e)
{
	struct rq_types w = where(rq);

	return rq_types_apply(&w, a, s, e);
}
