/* relayq_record.c - what was done and decided on queues that keep no journal, written down in the local one: a row of Activity
 * for each object, with what was asked of the server for it, and the decision about each submission. */
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/id.h"
#include "core/pending.h"

enum { ROWS_MAX = 1000 };

struct row {
	const char *job, *object, *detail;
	const struct rq_decision *decision;
	int code;
};

static bool is_refusal(const struct rq_decision *d)
{
	return d && (d->outcome == RQ_OUTCOME_REJECTED || d->outcome == RQ_OUTCOME_ERROR);
}

static const char *action_of(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_WORKFLOW_STATE: return c->u.workflow.enable ? "enable" : "disable";
	case RQ_VERB_APPROVE: return rq_eq(c->u.approve.state, "rejected") ? "reject" : "approve";
	case RQ_VERB_RETRY: return c->u.retry.what == RQ_RERUN_FAILED ? "retry failed" : "retry";
	case RQ_VERB_CANCEL: return c->u.cancel.force ? "force-cancel" : "cancel";
	default: return rq_verb_name(c->verb);
	}
}

static struct row of_each(const struct rq_each *e, const struct rq_decision *d)
{
	return (struct row){ .job = d && e->id ? e->id : "", .object = e->id ? e->id : "", .detail = e->text, .decision = d,
			     .code = e->code };
}

static struct row of_submission(const struct pending *p, size_t i)
{
	const struct rq_call *c = p->call;
	const struct rq_submission *s = &c->u.submit.v[i];
	const struct rq_decision *d = p->decided ? s->decision : NULL;
	struct row r = { .job = "", .object = s->workflow ? s->workflow : "", .detail = c->err.msg, .decision = d,
			 .code = c->code };

	/* What was not made leaves a decision only where that was the reason. */
	if (c->u.submit.each && c->u.submit.each[i].id && *c->u.submit.each[i].id)
		r = of_each(&c->u.submit.each[i], d);
	else if (!is_refusal(d))
		r.decision = NULL;
	if (c->u.submit.each && c->u.submit.each[i].id && s->name && *s->name)
		r.detail = s->name;
	return r;
}

static struct row simple(const struct rq_call *c, const char *object, const char *text)
{
	return (struct row){ .job = "", .object = object, .detail = c->code ? c->err.msg : text, .code = c->code };
}

static struct row of_reroute(const struct pending *p)
{
	const struct rq_call *c = p->call;
	struct row r = simple(c, c->u.reroute.id, c->u.reroute.text);

	if (p->decided && (c->code == RQ_OK || is_refusal(c->u.reroute.decision))) {
		r.decision = c->u.reroute.decision;
		r.job = c->u.reroute.id;
	}
	return r;
}

static size_t n_rows(const struct rq_call *c)
{
	const char **ids;
	size_t n = c->verb == RQ_VERB_SUBMIT ? c->u.submit.n : rq_route_ids(c, &ids);

	if (c->verb == RQ_VERB_CANCEL || c->verb == RQ_VERB_RETRY || c->verb == RQ_VERB_DELETE)
		return n < ROWS_MAX ? n : ROWS_MAX;
	return c->verb == RQ_VERB_SUBMIT ? n : 1;
}

static struct row of_ids(const struct rq_call *c, const struct rq_each *each, size_t i)
{
	const char **ids;

	if (each && c->code == RQ_OK)
		return of_each(&each[i], NULL);
	rq_route_ids(c, &ids);
	return simple(c, ids[i], "");
}

static struct row nth_row(const struct pending *p, size_t i)
{
	const struct rq_call *c = p->call;

	switch (c->verb) {
	case RQ_VERB_SUBMIT: return of_submission(p, i);
	case RQ_VERB_CANCEL: return of_ids(c, c->u.cancel.each, i);
	case RQ_VERB_RETRY: return of_ids(c, c->u.retry.each, i);
	case RQ_VERB_DELETE: return of_ids(c, c->u.remove.each, i);
	case RQ_VERB_REROUTE: return of_reroute(p);
	case RQ_VERB_APPROVE: return simple(c, c->u.approve.id, c->u.approve.text);
	case RQ_VERB_WORKFLOW_STATE: return simple(c, c->u.workflow.file, c->u.workflow.text);
	/* A registration token is nobody's to read again. */
	case RQ_VERB_RUNNER_NEW: return simple(c, c->u.runner_new.name ? c->u.runner_new.name : "", "");
	case RQ_VERB_RUNNER_REMOVE: case RQ_VERB_RUNNER_LABELS: return simple(c, c->u.runner.runner, c->u.runner.text);
	default: return simple(c, c->u.drain.runner, c->u.drain.text);
	}
}

/* Verbs that change something there. APPROVE without a state only asks. */
static bool writes(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_SUBMIT: case RQ_VERB_CANCEL: case RQ_VERB_RETRY: case RQ_VERB_REROUTE: case RQ_VERB_DRAIN:
	case RQ_VERB_UNDRAIN: case RQ_VERB_DELETE: case RQ_VERB_WORKFLOW_STATE: case RQ_VERB_RUNNER_NEW:
	case RQ_VERB_RUNNER_REMOVE: case RQ_VERB_RUNNER_LABELS:
		return true;
	case RQ_VERB_APPROVE:
		return c->u.approve.state != NULL;
	default:
		return false;
	}
}

static const char *text(struct rq_call *to, const char *detail, const char *calls)
{
	bool both = detail && *detail && calls && *calls;

	return rq_arena_fmt(&to->arena, "%s%s%s", detail ? detail : "", both ? "; " : "", calls ? calls : "");
}

/* A decision is about the run, whichever of its jobs was named. */
static const char *run_of(struct rq_call *to, const struct pending *p, const char *job)
{
	struct rq_id id;

	if (!*job || !rq_id_split(job, &id))
		return "";
	return rq_arena_fmt(&to->arena, "%s:%s", *id.queue ? id.queue : p->member->name, id.run);
}

static void next_row(struct pending *p);

static void on_recorded(struct rq_call *call, void *ud)
{
	struct pending *p = ud;

	/* What was done is done: that it could not be written down is no failure of it, and the disk tells of itself. */
	(void)call;
	p->recorded++;
	if (p->rq->closing)
		rq_pending_end(p);
	else
		next_row(p);
}

static void next_row(struct pending *p)
{
	struct rq_call *to;
	struct row r;

	if (p->recorded >= n_rows(p->call)) {
		rq_pending_end(p);
		return;
	}
	r = nth_row(p, p->recorded);
	to = rq_call_new(RQ_VERB_RECORD, on_recorded, p);
	to->actor = rq_call_str(to, p->call->actor);
	to->u.record.job = run_of(to, p, r.job);
	to->u.record.decision = r.decision;
	to->u.record.action = action_of(p->call);
	to->u.record.object = rq_call_str(to, r.object);
	to->u.record.detail = text(to, r.detail, p->call->calls);
	to->u.record.result = rq_code_name(r.code);
	rq_queue_start(rq_local_queue(p->rq), to);
}

bool rq_record(struct pending *p)
{
	if (p->caps & RQ_CAP_JOURNAL || p->call->code == RQ_ECANCELLED || !writes(p->call) ||
	    !n_rows(p->call))
		return false;
	p->recording = true;
	next_row(p);
	return true;
}
