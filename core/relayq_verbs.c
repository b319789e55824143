/* relayq_verbs.c - starting requests: which queue, and what the policy says first.
 *
 * SUBMIT, RETRY and REROUTE carry decisions. For these a call passes through stages: the jobs it is about are read (RETRY,
 * REROUTE), the policy's file is looked at, the runners and what is in use are read; then the decided call goes to the
 * queue. When somebody else took a place meanwhile, all of it begins again. */
#include <string.h>
#include "core/base/mem.h"
#include "core/pending.h"
#include "core/policy/decide.h"

enum { TRIES = 8, WARNED_MAX = 8 };

static void go_on(struct pending *p);

/* What was read goes; the next try reads it again. */
static void forget_read(struct pending *p)
{
	rq_snapshot_unref(p->runners);
	p->runners = NULL;
	if (p->policy)
		rq_policy_file_unhold(p->rq->policy_file, p->policy);
	p->policy = NULL;
	p->looked = false;
	p->next_job = 0;
}

static void forget(struct pending *p)
{
	struct pending **at;

	for (at = &p->rq->pending; *at && *at != p; at = &(*at)->next)
		;
	if (*at)
		*at = p->next;
	if (p->asking)
		p->asking->ud = NULL;
	forget_read(p);
	rq_free(p);
}

/* --- what the queue answers --------------------------------------------------------------- */

/* Whether the queue holds and places jobs as decided. Another one is told what was decided, and does what it can. */
static bool follows(const struct pending *p)
{
	return p->caps & RQ_CAP_POLICY;
}

static const struct rq_decision *nth_decision(const struct rq_call *c, size_t i)
{
	switch (c->verb) {
	case RQ_VERB_SUBMIT: return i < c->u.submit.n ? c->u.submit.v[i].decision : NULL;
	case RQ_VERB_RETRY: return i < c->u.retry.n ? c->u.retry.decisions[i] : NULL;
	default: return i == 0 ? c->u.reroute.decision : NULL;
	}
}

static size_t count_of(const struct rq_call *c)
{
	return c->verb == RQ_VERB_SUBMIT ? c->u.submit.n : c->verb == RQ_VERB_RETRY ? c->u.retry.n : 1;
}

/* Somebody else took the place that we gave away: the queue has checked that in the same transaction. */
static bool place_was_lost(const struct pending *p)
{
	size_t i;

	if (p->call->code != RQ_ECONFLICT || !p->decided || !follows(p))
		return false;
	/* A job that runs or has ended conflicts for that reason. */
	if (p->call->verb == RQ_VERB_REROUTE && (!p->jobs[0] || p->jobs[0]->job.status == RQ_STATUS_IN_PROGRESS ||
						 p->jobs[0]->job.status == RQ_STATUS_COMPLETED))
		return false;
	for (i = 0; i < count_of(p->call); i++) {
		const struct rq_decision *d = nth_decision(p->call, i);

		if (d && d->governed && d->outcome == RQ_OUTCOME_PLACED && d->n_holds)
			return true;
	}
	return false;
}

static void explain_refusal(const struct pending *p)
{
	size_t i;

	for (i = 0; p->decided && i < count_of(p->call); i++) {
		const struct rq_decision *d = nth_decision(p->call, i);

		if (d && (d->outcome == RQ_OUTCOME_REJECTED || d->outcome == RQ_OUTCOME_ERROR)) {
			rq_refusal(d, &p->call->err);
			return;
		}
	}
}

static bool made_jobs(const struct rq_call *c)
{
	size_t i;

	if (c->code != RQ_OK || c->verb != RQ_VERB_RETRY)
		return c->code == RQ_OK && c->verb == RQ_VERB_SUBMIT;
	for (i = 0; i < c->u.retry.n; i++)
		if (c->u.retry.each[i].code == RQ_OK)
			return true;
	return false;
}

/* Something has to send it later. */
static bool kept_jobs(const struct rq_call *c)
{
	size_t i;

	for (i = 0; c->verb == RQ_VERB_SUBMIT && c->code == RQ_OK && i < c->u.submit.n; i++)
		if (c->u.submit.each[i].code == RQ_EUNREACHABLE)
			return true;
	return false;
}

void rq_pending_end(struct pending *p)
{
	struct rq_call *call = p->call;
	bool ours = p->recording;       /* while it was written down nobody else held it */

	call->done = p->done;
	call->ud = p->ud;
	call->kept = false;
	if (made_jobs(call) && p->caps & RQ_CAP_AGENTS)
		rq_autostart(p->rq, p->runners);
	else if (kept_jobs(call))
		rq_autostart(p->rq, NULL);
	forget(p);
	call->telling = call->telling || ours;
	if (call->done)
		call->done(call, call->ud);
	else if (call->verb == RQ_VERB_SNAPSHOT && call->code == RQ_OK)
		rq_snapshot_unref(call->u.snapshot.snapshot);
	if (!ours)
		return;
	call->telling = false;
	if (!call->kept)
		rq_call_free(call);
}

/* The queue's answer, or our refusal: back to the caller. */
static void on_done(struct rq_call *call, void *ud)
{
	struct pending *p = ud;
	struct relayq *rq = p->rq;

	if (place_was_lost(p) && !rq->closing) {
		rq_call_keep(call);
		if (++p->tries < TRIES) {
			p->started = false;
			forget_read(p);
			go_on(p);
			return;
		}
		call->kept = false;
		call->code = rq_fail(&call->err, RQ_EBUSY,
				     "Others took each place that the policy gave, %d times in a row: try again.", TRIES);
	}
	if (call->code == RQ_EREFUSED)
		explain_refusal(p);
	rq_call_keep(call);
	if (rq_record(p))
		return;
	rq_pending_end(p);
}

/* --- deciding ---------------------------------------------------------------------------- */

static const char *asker(const struct pending *p)
{
	return rq_arena_str(&p->call->arena, p->call->actor ? p->call->actor : p->rq->user);
}

static const char *warnings_of(struct pending *p)
{
	struct rq_call *c = p->call;
	const char *bad, *out;
	struct rq_str s;
	size_t i;

	rq_str_init(&s, 8192);
	rq_policy_file_error(p->rq->policy_file, &bad, NULL);
	if (*bad)
		rq_str_addf(&s, "%s\n", bad);
	/* A batch repeats itself; one job's warnings are read, a thousand are not. */
	for (i = 0; i < c->u.submit.n && i < WARNED_MAX; i++)
		rq_warn_of(p->policy, p->runners, &c->u.submit.v[i], &s);
	out = rq_arena_str(&c->arena, rq_str_get(&s));
	rq_str_release(&s);
	return out;
}

/* A workflow says itself what it runs on. */
static bool names_no_runner(const struct pending *p, const struct rq_submission *s)
{
	return p->caps & RQ_CAP_WORKFLOWS && !s->labels.n && !(s->target && *s->target);
}

static void decide_submit(struct pending *p, struct rq_deciding *x)
{
	static const struct rq_labels none = { 0, NULL };
	struct rq_call *c = p->call;
	size_t i;

	for (i = 0; i < c->u.submit.n; i++) {
		struct rq_submission *s = &c->u.submit.v[i];
		struct rq_facts f = rq_facts_of_submission(s, x->by);

		if (names_no_runner(p, s))
			f.labels = &none;
		s->decision = rq_decide_one(x, &f, s->schedule ? "schedule" : "submit", s->schedule, NULL);
		s->timeout_ms = rq_timeout_of(p->rq, s, s->decision);
	}
	c->u.submit.warnings = warnings_of(p);
}

static void decide_retry(struct pending *p, struct rq_deciding *x)
{
	struct rq_call *c = p->call;
	const struct rq_decision **v = rq_arena_alloc(&c->arena, c->u.retry.n * sizeof *v);
	size_t i;

	for (i = 0; i < c->u.retry.n; i++) {
		struct rq_facts f;

		if (!p->jobs[i])
			continue;
		f = rq_facts_of_job(p->jobs[i]);
		f.attempt++;
		f.created_at = 0;
		f.run_at = 0;
		f.blocked = f.retrying = false;
		v[i] = rq_decide_one(x, &f, "retry", NULL, p->jobs[i]->job.decision_id);
	}
	c->u.retry.decisions = v;
}

/* To a runner or to labels, for what it is; without either where the policy says now. */
static void decide_reroute(struct pending *p, struct rq_deciding *x)
{
	struct rq_call *c = p->call;
	const struct rq_job_detail *j = p->jobs[0];
	static const struct rq_labels none = { 0, NULL };
	const char *target = c->u.reroute.target ? c->u.reroute.target : "";
	struct rq_facts f = { .type = "command", .labels = &none, .target = "" };

	if (j)
		f = rq_facts_of_job(j);
	if (*target || c->u.reroute.labels.n) {
		f.labels = rq_wanted_labels(&c->u.reroute.labels, target);
		f.target = target;
	} else if (j) {
		c->u.reroute.labels = j->asked;
		c->u.reroute.target = *j->asked_target ? j->asked_target : NULL;
	}
	c->u.reroute.decision = rq_decide_one(x, &f, "reroute", c->u.reroute.reason, j ? j->job.decision_id : NULL);
}

/* What the queue itself would refuse where it follows decisions. */
static const struct rq_decision *refused(const struct pending *p)
{
	size_t i;

	for (i = 0; !follows(p) && i < count_of(p->call); i++) {
		const struct rq_decision *d = nth_decision(p->call, i);

		if (d && (d->governed || *d->policy_oid) &&
		    (d->outcome == RQ_OUTCOME_REJECTED || d->outcome == RQ_OUTCOME_ERROR))
			return d;
	}
	return NULL;
}

static void hand_over(struct pending *p)
{
	struct rq_error e = { 0 };
	struct rq_deciding x;

	rq_deciding_init(&x, p->rq, &p->call->arena, p->policy, p->runners, asker(p));
	switch (p->call->verb) {
	case RQ_VERB_SUBMIT: decide_submit(p, &x); break;
	case RQ_VERB_RETRY: decide_retry(p, &x); break;
	case RQ_VERB_REROUTE: decide_reroute(p, &x); break;
	default: break;
	}
	p->decided = true;
	if (refused(p)) {
		rq_pending_refuse(p, rq_refusal(refused(p), &e), &e);
		return;
	}
	p->started = true;
	rq_queue_start(p->queue, p->call);
}

/* --- the stages before ------------------------------------------------------------------- */

void rq_pending_answer(struct pending *p, int code)
{
	struct rq_call *call = p->call;

	p->started = true;
	if (!p->rq->closing) {
		rq_queue_answer(p->queue, call, code);
		return;
	}
	/* The queue that would deliver it is gone: we are inside of rq_close. */
	call->code = code;
	call->kept = false;
	on_done(call, p);
	if (!call->kept)
		rq_call_free(call);
}

void rq_pending_refuse(struct pending *p, int code, const struct rq_error *e)
{
	p->call->err = *e;
	rq_pending_answer(p, code);
}

static void on_runners(struct rq_call *call, void *ud)
{
	struct pending *p = ud;

	if (!p) {
		if (call->code == RQ_OK)
			rq_snapshot_unref(call->u.snapshot.snapshot);
		return;
	}
	p->asking = NULL;
	/* A server that cannot be reached has nobody who could be chosen: its queue keeps the job for later. */
	if (call->code && call->code != RQ_ECANCELLED && !follows(p) && !p->rq->closing) {
		p->started = true;
		rq_queue_start(p->queue, p->call);
		return;
	}
	if (call->code) {
		rq_pending_refuse(p, call->code, &call->err);
		return;
	}
	p->runners = call->u.snapshot.snapshot;
	go_on(p);
}

static void on_job(struct rq_call *call, void *ud)
{
	struct pending *p = ud;

	if (!p)
		return;
	p->asking = NULL;
	if (call->code == RQ_ECANCELLED) {
		rq_pending_refuse(p, call->code, &call->err);
		return;
	}
	/* A job that cannot be read is the queue's to report, for each id as it goes. */
	if (call->code == RQ_OK) {
		p->jobs[p->next_job] = call->u.job.detail;
		/* The detail lies in CALL's arena: keep that alive as long as the caller's call. */
		rq_arena_adopt(&p->call->arena, &call->arena);
	}
	p->next_job++;
	go_on(p);
}

static const char *nth_id(const struct rq_call *c, size_t i)
{
	return c->verb == RQ_VERB_RETRY ? c->u.retry.ids[i] : c->u.reroute.id;
}

static void ask_job(struct pending *p)
{
	p->asking = rq_call_new(RQ_VERB_JOB, on_job, p);
	p->asking->u.job.id = rq_call_str(p->asking, nth_id(p->call, p->next_job));
	rq_queue_start(p->queue, p->asking);
}

static void ask_runners(struct pending *p)
{
	p->asking = rq_call_new(RQ_VERB_SNAPSHOT, on_runners, p);
	p->asking->u.snapshot.want.runners = true;
	p->asking->u.snapshot.want.counters = p->policy != NULL && follows(p);
	rq_queue_start(p->queue, p->asking);
}

/* The look was for all that wait for one. */
static void on_looked(void *ud)
{
	struct relayq *rq = ud;
	struct pending *p, *next;
	struct rq_error e = { 0 };
	const char *sentence;

	for (p = rq->pending; p; p = next) {
		next = p->next;
		if (!p->looking)
			continue;
		p->looking = false;
		p->looked = true;
		if (rq_policy_file_error(rq->policy_file, &sentence, NULL)) {
			rq_pending_refuse(p, rq_fail(&e, RQ_EUSAGE, "%.480s", sentence), &e);
			continue;
		}
		p->policy = rq_policy_file_hold(rq->policy_file);
		go_on(p);
	}
}

static void look(struct pending *p)
{
	p->looking = true;
	rq_look_policy(p->rq, on_looked, p->rq);
}

/* A re-route that names no place, and no policy that knows one. */
static bool goes_nowhere(const struct pending *p)
{
	const struct rq_call *c = p->call;

	return c->verb == RQ_VERB_REROUTE && !p->policy && !c->u.reroute.labels.n &&
	       !(c->u.reroute.target && *c->u.reroute.target);
}

static void go_on(struct pending *p)
{
	static const struct rq_error nowhere = {
		RQ_EUSAGE, "Where to? No policy is in force that could decide: name a runner (--to) or labels (--runs-on)." };
	static const struct rq_error closing = { RQ_ECANCELLED, "relayq is closing." };

	if (p->rq->closing)
		rq_pending_refuse(p, RQ_ECANCELLED, &closing);
	else if (p->next_job < p->n_jobs)
		ask_job(p);
	else if (!p->looked)
		look(p);
	else if (goes_nowhere(p))
		rq_pending_refuse(p, nowhere.code, &nowhere);
	else if (!p->runners)
		ask_runners(p);
	else
		hand_over(p);
}

/* In rq_close: what waits for a look would wait for ever. */
void rq_verbs_stop(struct relayq *rq)
{
	struct pending *p;

	/* Their callers may take back others. */
	do {
		for (p = rq->pending; p && !p->looking && !p->finding; p = p->next)
			;
		if (p) {
			p->looking = p->finding = false;
			go_on(p);
		}
	} while (p);
}

/* --- starting ---------------------------------------------------------------------------- */

/* A queue that follows no decisions runs a job again where it was. */
static bool needs_decision(const struct pending *p)
{
	const struct rq_call *c = p->call;

	return (c->verb == RQ_VERB_SUBMIT && c->u.submit.n && !c->u.submit.v[0].decision) ||
	       (c->verb == RQ_VERB_RETRY && !c->u.retry.decisions && follows(p)) ||
	       (c->verb == RQ_VERB_REROUTE && !c->u.reroute.decision);
}

/* A request made by an answer's callback while the context closes: there is no queue any more to answer it. */
static void answer_alone(struct rq_call *call)
{
	call->kept = false;
	if (call->done)
		call->done(call, call->ud);
	if (!call->kept)
		rq_call_free(call);
}

static void on_too_late(void *ud)
{
	struct rq_call *call = ud;

	call->code = rq_fail(&call->err, RQ_ECANCELLED, "relayq is closing.");
	answer_alone(call);
}

static void on_read_only(void *ud)
{
	struct rq_call *call = ud;

	call->code = rq_fail(&call->err, RQ_EREFUSED, "%s is not possible: %s.", rq_verb_name(call->verb), rq_read_only_why);
	answer_alone(call);
}

void rq_pending_start(struct pending *p, struct rq_member *m)
{
	struct rq_call *call = p->call;
	struct rq_error e = { 0 };

	if (rq_member_open(m, &e)) {
		rq_pending_refuse(p, e.code, &e);
		return;
	}
	p->member = m;
	p->queue = m->q;
	p->caps = m->q->ops->caps;
	if (!call->queue && m->config)
		call->queue = rq_call_str(call, m->name);
	if (!needs_decision(p)) {
		p->started = true;
		rq_queue_start(p->queue, call);
		return;
	}
	p->n_jobs = call->verb == RQ_VERB_RETRY ? call->u.retry.n : call->verb == RQ_VERB_REROUTE;
	p->jobs = rq_arena_alloc(&call->arena, (p->n_jobs + 1) * sizeof *p->jobs);
	go_on(p);
}

static void route(struct pending *p)
{
	struct rq_member *m = NULL;
	struct rq_error e = { 0 };

	switch (rq_route(p->rq, p->call, &m, &e)) {
	case RQ_TO_ONE: rq_pending_start(p, m); break;
	case RQ_TO_ALL: rq_several_all(p); break;
	case RQ_TO_EACH: rq_several_each(p); break;
	case RQ_TO_RUNNER: rq_where(p); break;
	case RQ_TO_NOBODY: rq_pending_refuse(p, e.code, &e); break;
	case RQ_TO_FIND:
		p->finding = true;
		rq_found_look(p->rq);
		break;
	}
}

void rq_verbs_found(struct relayq *rq)
{
	struct pending *p;

	/* What goes on may start others. */
	do {
		for (p = rq->pending; p && !p->finding; p = p->next)
			;
		if (!p)
			return;
		p->finding = false;
		route(p);
	} while (p);
}

uint64_t rq_start(struct relayq *rq, struct rq_call *call)
{
	struct pending *p = rq_alloc(sizeof *p);
	uint64_t id_given;

	if (rq->closing) {
		rq_free(p);
		rq_loop_defer(rq->loop, on_too_late, call);
		return ++rq->last_id;
	}
	if (rq->read_only && rq_verb_changes(call->verb)) {
		rq_free(p);
		rq_loop_defer(rq->loop, on_read_only, call);
		return ++rq->last_id;
	}
	p->rq = rq;
	p->call = call;
	p->done = call->done;
	p->ud = call->ud;
	call->done = on_done;
	call->ud = p;
	p->id = id_given = ++rq->last_id;
	if (!call->actor)
		call->actor = rq_call_str(call, rq->user);
	p->next = rq->pending;
	rq->pending = p;
	p->member = &rq->members[0];
	p->queue = p->member->q;
	p->caps = p->queue->ops->caps;
	route(p);
	return id_given;
}

void rq_abort(struct relayq *rq, uint64_t id)
{
	struct rq_error e = { RQ_ECANCELLED, "The request was taken back." };
	struct pending *p;

	for (p = rq->pending; p && p->id != id; p = p->next)
		;
	if (!p)
		return;
	if (p->recording)
		return; /* it has happened */
	if (p->started) {
		rq_queue_abort(p->queue, p->call);
		return;
	}
	if (p->n_children) {
		rq_several_abort(p);
		return;
	}
	if (p->asking)
		p->asking->ud = NULL;
	p->asking = NULL;
	p->looking = p->finding = false;
	rq_where_forget(p);
	rq_pending_refuse(p, RQ_ECANCELLED, &e);
}

/* --- warnings ---------------------------------------------------------------------------- */

/* The runners that were seen last: of the request under way, else of the subscription. */
static const struct rq_snapshot *known_runners(const struct relayq *rq)
{
	const struct pending *p;

	for (p = rq->pending; p; p = p->next)
		if (p->runners)
			return p->runners;
	return rq->snapshot;
}

void rq_submission_warnings(struct relayq *rq, const struct rq_submission *s, struct rq_str *out)
{
	rq_warn_of(rq_policy_in_force(rq), known_runners(rq), s, out);
}
