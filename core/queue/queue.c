/* queue.c - what all queues share: the table of kinds, starting calls, delivering answers. */
#include "core/queue/queue.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/queue/github.h"
#include "core/queue/local.h"

static const struct rq_queue_ops *const kinds[] = { &rq_local_ops, &rq_github_ops };

/* An answer on its way: lies in its call's arena. */
struct rq_answer {
	struct rq_answer *next;
	struct rq_queue *q;
	struct rq_call *call;
};

const struct rq_queue_ops *rq_queue_kind(const char *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (rq_eq(kinds[i]->kind, kind))
			return kinds[i];
	return NULL;
}

int rq_queue_open_ops(const struct rq_queue_ops *ops, const struct rq_queue_options *o, struct rq_queue **out,
		      struct rq_error *e)
{
	int code;

	*out = NULL;
	code = ops->open(o, out, e);
	if (code)
		return code;
	(*out)->ops = ops;
	(*out)->loop = o->loop;
	(*out)->name = rq_strdup(o->name);
	return RQ_OK;
}

int rq_queue_open(const char *kind, const struct rq_queue_options *o, struct rq_queue **out, struct rq_error *e)
{
	const struct rq_queue_ops *ops = rq_queue_kind(kind);

	*out = NULL;
	if (ops)
		return rq_queue_open_ops(ops, o, out, e);
	return rq_fail(e, RQ_EUSAGE, "There is no queue of the kind '%.64s'; this relayq knows: local, github.", kind);
}

/* --- answers ------------------------------------------------------------------------------ */

static void deliver(struct rq_call *call)
{
	call->kept = false;
	call->telling = true;
	if (call->done)
		call->done(call, call->ud);
	call->telling = false;
	if (!call->kept)
		rq_call_free(call);
}

static void unlink_answer(struct rq_answer *a)
{
	struct rq_answer **p = &a->q->answers;

	while (*p != a)
		p = &(*p)->next;
	*p = a->next;
}

/* The queue may be closed inside of DONE: it is not touched behind it. */
static void on_turn(void *ud)
{
	struct rq_answer *a = ud;

	unlink_answer(a);
	deliver(a->call);
}

void rq_queue_answer(struct rq_queue *q, struct rq_call *call, int code)
{
	struct rq_answer *a = rq_arena_alloc(&call->arena, sizeof *a), **p = &q->answers;

	call->code = code;
	a->q = q;
	a->call = call;
	while (*p)
		p = &(*p)->next;
	*p = a;
	rq_loop_defer(q->loop, on_turn, a);
}

void rq_queue_close(struct rq_queue *q)
{
	struct rq_loop *loop;
	struct rq_answer *a, *all;
	char *name;

	if (!q)
		return;
	loop = q->loop;
	name = q->name;
	q->ops->stop(q);
	all = q->answers;
	q->answers = NULL;
	q->ops->close(q);
	rq_free(name);
	while ((a = all)) {
		all = a->next;
		rq_loop_undefer(loop, on_turn, a);
		deliver(a->call);
	}
}

/* --- calls -------------------------------------------------------------------------------- */

static unsigned caps_of(enum rq_verb v)
{
	switch (v) {
	case RQ_VERB_CANCEL:
		return RQ_CAP_CANCEL;
	case RQ_VERB_RETRY:
		return RQ_CAP_RETRY;
	case RQ_VERB_REROUTE:
		return RQ_CAP_REROUTE;
	case RQ_VERB_DRAIN:
	case RQ_VERB_UNDRAIN:
		return RQ_CAP_DRAIN;
	case RQ_VERB_WORKFLOWS:
	case RQ_VERB_WORKFLOW:
	case RQ_VERB_WORKFLOW_STATE:
		return RQ_CAP_WORKFLOWS;
	case RQ_VERB_DELETE:
		return RQ_CAP_RUNS;
	case RQ_VERB_APPROVE:
		return RQ_CAP_APPROVE;
	case RQ_VERB_ARTIFACTS:
	case RQ_VERB_DOWNLOAD:
		return RQ_CAP_ARTIFACTS;
	case RQ_VERB_RUNNER_NEW:
	case RQ_VERB_RUNNER_REMOVE:
	case RQ_VERB_RUNNER_LABELS:
		return RQ_CAP_RUNNER_ADMIN;
	case RQ_VERB_RECORD:
		return RQ_CAP_JOURNAL;
	case RQ_VERB_REGISTER:
	case RQ_VERB_UNREGISTER:
	case RQ_VERB_EXCHANGE:
	case RQ_VERB_BEAT:
	case RQ_VERB_ORPHANS:
	case RQ_VERB_ADOPT:
	case RQ_VERB_DRAINED:
		return RQ_CAP_AGENTS;
	case RQ_VERB_JOURNAL:
	case RQ_VERB_VERIFY:
	case RQ_VERB_POLICY:
	case RQ_VERB_DUTY:
	case RQ_VERB_OPEN:
	case RQ_VERB_DECIDE:
		return RQ_CAP_POLICY;
	default:
		return 0;
	}
}

uint64_t rq_queue_start(struct rq_queue *q, struct rq_call *call)
{
	unsigned missing = caps_of(call->verb) & ~q->ops->caps;
	uint64_t id = ++q->last_call;

	call->id = id;
	call->code = RQ_OK;
	if ((unsigned)call->verb >= RQ_VERB_N) {
		rq_fail(&call->err, RQ_EUSAGE, "There is no request number %d.", (int)call->verb);
		rq_queue_answer(q, call, RQ_EUSAGE);
	} else if (missing) {
		rq_fail(&call->err, RQ_EUNSUPPORTED, "Queue %s: %s.", q->name, rq_cap_missing_text(missing));
		rq_queue_answer(q, call, RQ_EUNSUPPORTED);
	} else {
		q->ops->start(q, call);
	}
	return id;
}

void rq_queue_abort(struct rq_queue *q, struct rq_call *call)
{
	for (struct rq_answer *a = q->answers; a; a = a->next) {
		if (a->call == call)
			return; /* it has happened, and is told in this turn */
	}
	if (q->ops->abort)
		q->ops->abort(q, call);
}

int rq_queue_listen(struct rq_queue *q, void (*changed)(void *ud), void *ud, struct rq_error *e)
{
	q->changed = changed;
	q->changed_ud = ud;
	return changed && q->ops->listen ? q->ops->listen(q, e) : RQ_OK;
}

const char *rq_cap_missing_text(enum rq_cap cap)
{
	static const struct {
		unsigned cap;
		const char *text;
	} texts[] = {
		{ RQ_CAP_FOLLOW_LOG, "this queue shows a log only when its job has ended" },
		{ RQ_CAP_DRAIN, "this queue cannot drain a runner" },
		{ RQ_CAP_REROUTE, "this queue cannot move a job to another runner" },
		{ RQ_CAP_REROUTE_RUNNING, "this queue cannot move a job that runs" },
		{ RQ_CAP_DELAY, "this queue cannot start a job later" },
		{ RQ_CAP_PRIORITY, "this queue knows no priorities" },
		{ RQ_CAP_DEPENDENCIES, "this queue cannot let a job wait for others" },
		{ RQ_CAP_GROUPS, "this queue knows no concurrency groups" },
		{ RQ_CAP_AGENTS, "this queue is not served by relayq agents" },
		{ RQ_CAP_RETRY, "this queue cannot retry a job" },
		{ RQ_CAP_CANCEL, "this queue cannot cancel a job" },
		{ RQ_CAP_WORKFLOWS, "this queue has no workflows" },
		{ RQ_CAP_RUNS, "this is for runs on GitHub alone" },
		{ RQ_CAP_APPROVE, "this queue has nothing to approve" },
		{ RQ_CAP_ARTIFACTS, "this queue keeps no artifacts" },
		{ RQ_CAP_RUNNER_ADMIN, "this queue's runners are agents: see relayq agent" },
		{ RQ_CAP_JOURNAL, "this queue keeps no journal" },
		{ RQ_CAP_POLICY, "this queue cannot follow a policy's decisions" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (texts[i].cap & (unsigned)cap)
			return texts[i].text;
	}
	return "this queue cannot do that";
}
