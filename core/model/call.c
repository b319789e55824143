/* call.c - requests as values. */
#include "core/model/call.h"

#include <string.h>

const char *rq_verb_name(enum rq_verb v)
{
	static const char *const names[] = {
		[RQ_VERB_JOURNAL] = "journal", [RQ_VERB_VERIFY] = "verify", [RQ_VERB_POLICY] = "policy",
		[RQ_VERB_DUTY] = "duty", [RQ_VERB_OPEN] = "open", [RQ_VERB_DECIDE] = "decide",
		[RQ_VERB_SUBMIT] = "submit", [RQ_VERB_SNAPSHOT] = "snapshot", [RQ_VERB_JOB] = "job",
		[RQ_VERB_CANCEL] = "cancel", [RQ_VERB_RETRY] = "retry", [RQ_VERB_REROUTE] = "reroute",
		[RQ_VERB_DRAIN] = "drain", [RQ_VERB_UNDRAIN] = "undrain", [RQ_VERB_DECISION] = "decision",
		[RQ_VERB_REGISTER] = "register", [RQ_VERB_UNREGISTER] = "unregister",
		[RQ_VERB_WORKFLOWS] = "workflows", [RQ_VERB_WORKFLOW] = "workflow", [RQ_VERB_WORKFLOW_STATE] = "workflow-state",
		[RQ_VERB_DELETE] = "delete", [RQ_VERB_APPROVE] = "approve", [RQ_VERB_ARTIFACTS] = "artifacts",
		[RQ_VERB_DOWNLOAD] = "download", [RQ_VERB_RUNNER_NEW] = "runner-new",
		[RQ_VERB_RUNNER_REMOVE] = "runner-remove", [RQ_VERB_RUNNER_LABELS] = "runner-labels",
		[RQ_VERB_RECORD] = "record",
		[RQ_VERB_EXCHANGE] = "exchange", [RQ_VERB_BEAT] = "beat", [RQ_VERB_ORPHANS] = "orphans",
		[RQ_VERB_ADOPT] = "adopt", [RQ_VERB_DRAINED] = "drained",
	};

	return (unsigned)v < RQ_VERB_N ? names[v] : "unknown";
}

bool rq_verb_changes(enum rq_verb v)
{
	switch (v) {
	case RQ_VERB_SNAPSHOT: case RQ_VERB_JOB: case RQ_VERB_DECISION: case RQ_VERB_WORKFLOWS: case RQ_VERB_WORKFLOW:
	case RQ_VERB_ARTIFACTS: case RQ_VERB_DOWNLOAD: case RQ_VERB_JOURNAL: case RQ_VERB_VERIFY: case RQ_VERB_POLICY:
	case RQ_VERB_OPEN: case RQ_VERB_ORPHANS:
		return false;
	default:
		return true;
	}
}

struct rq_call *rq_call_new(enum rq_verb verb, void (*done)(struct rq_call *, void *), void *ud)
{
	struct rq_call *c = rq_alloc(sizeof *c);

	c->verb = verb;
	c->done = done;
	c->ud = ud;
	return c;
}

void rq_call_keep(struct rq_call *c)
{
	c->kept = true;
}

void rq_call_free(struct rq_call *c)
{
	if (!c)
		return;
	if (c->telling) {
		c->kept = false;
		return;
	}
	rq_arena_release(&c->arena);
	rq_free(c);
}

const char *rq_call_str(struct rq_call *c, const char *s)
{
	return rq_arena_str(&c->arena, s);
}

/* Arrays in an arena double: the one left behind costs at most as much again. */
static void *grown(struct rq_arena *a, void *v, size_t n, size_t size)
{
	void *bigger;

	if (n & (n - 1))
		return v;
	bigger = rq_arena_alloc(a, (n ? 2 * n : 1) * size);
	if (n)
		memcpy(bigger, v, n * size);
	return bigger;
}

void rq_call_add_id(struct rq_call *c, const char *id)
{
	bool retry = c->verb == RQ_VERB_RETRY, delete = c->verb == RQ_VERB_DELETE;
	const char ***ids = retry ? &c->u.retry.ids : delete ? &c->u.remove.ids : &c->u.cancel.ids;
	size_t *n = retry ? &c->u.retry.n : delete ? &c->u.remove.n : &c->u.cancel.n;

	*ids = grown(&c->arena, *ids, *n, sizeof **ids);
	(*ids)[(*n)++] = rq_call_str(c, id);
}

struct rq_submission *rq_call_add_submission(struct rq_call *c)
{
	c->u.submit.v = grown(&c->arena, c->u.submit.v, c->u.submit.n, sizeof *c->u.submit.v);
	memset(&c->u.submit.v[c->u.submit.n], 0, sizeof *c->u.submit.v);
	return &c->u.submit.v[c->u.submit.n++];
}
