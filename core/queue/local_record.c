/* local_record.c - RECORD: what was decided and done on queues that keep no journal of their own. */
#include "core/queue/local.h"

static bool has(const char *s)
{
	return s && *s;
}

/* A job that is ours has its decisions from its own verbs. */
static int check(struct rq_local *l, struct rq_call *c)
{
	const char *job = c->u.record.job;

	if (!has(job) || rq_eq(rq_local_foreign_id(l, &c->arena, job), job))
		return RQ_OK;
	return rq_fail(&c->err, RQ_EUSAGE, "'%.64s' is no run of another queue.", job);
}

static void store(struct rq_local *l, struct rq_call *c)
{
	const struct rq_decision *d = c->u.record.decision;

	if (d && has(c->u.record.job))
		rq_local_store_foreign(l, &c->arena, c->u.record.job, d);
	else if (d)
		rq_local_store(l, &c->arena, 0, d, NULL);
	if (has(c->u.record.action))
		rq_local_audit(l, rq_local_actor(l, c), c->u.record.action, c->u.record.object, c->u.record.detail,
			       has(c->u.record.result) ? c->u.record.result : rq_code_name(RQ_OK));
	l->touched = true;
}

int rq_local_record(struct rq_local *l, struct rq_call *c)
{
	int code = check(l, c);

	if (!code)
		code = rq_local_begin(l, c, true);
	if (code)
		return code;
	store(l, c);
	code = rq_local_commit(l, c);
	if (!code)
		rq_local_keep(l);
	return code;
}
