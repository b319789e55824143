/* relayq_verbs.c - starting requests: which queue, and what the policy says first.
 *
 * SUBMIT, RETRY and REROUTE carry decisions. For these a call passes through three stages: the jobs it is about are read
 * (RETRY, REROUTE), then the runners, then the decided call goes to the queue. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/context.h"
#include "core/policy/decide.h"

struct pending {
	struct pending *next;
	struct relayq *rq;
	struct rq_queue *queue;
	struct rq_call *call;           /* the caller's */
	uint64_t id;                    /* what rq_start gave; the queue numbers its calls by itself */
	void (*done)(struct rq_call *, void *);
	void *ud;
	struct rq_call *asking;         /* our own question that is under way, NULL none */
	struct rq_snapshot *runners;
	struct rq_job_detail **jobs;    /* what is known of the call's ids, NULL unknown; in the call's arena */
	size_t n_jobs, next_job;
	bool started;                   /* the caller's call is with the queue */
};

static void go_on(struct pending *p);

static void forget(struct pending *p)
{
	struct pending **at;

	for (at = &p->rq->pending; *at && *at != p; at = &(*at)->next)
		;
	if (*at)
		*at = p->next;
	if (p->asking)
		p->asking->ud = NULL;
	rq_snapshot_unref(p->runners);
	rq_free(p);
}

/* The queue's answer, or our refusal: back to the caller. */
static void on_done(struct rq_call *call, void *ud)
{
	struct pending *p = ud;
	struct relayq *rq = p->rq;

	call->done = p->done;
	call->ud = p->ud;
	if (call->verb == RQ_VERB_SUBMIT && call->code == RQ_OK)
		rq_autostart(rq, p->runners);
	forget(p);
	if (call->done)
		call->done(call, call->ud);
}

/* --- deciding ---------------------------------------------------------------------------- */

static struct rq_fleet fleet_of(const struct rq_snapshot *s)
{
	return (struct rq_fleet){ .n_runners = s->n_runners, .runners = s->runners, .taken_at = s->taken_at };
}

static struct rq_decision *decide(struct pending *p, const struct rq_facts *f, const char *trigger, const char *note,
				  const char *prev)
{
	struct rq_arena *a = &p->call->arena;
	struct rq_decision *d = rq_arena_alloc(a, sizeof *d);
	struct rq_fleet fleet = fleet_of(p->runners);
	char *id = rq_arena_alloc(a, RQ_ULID_LEN);

	rq_decide(a, NULL, f, &fleet, rq_now(), d);
	rq_ulid(id);
	d->id = id;
	d->trigger = trigger;
	d->by = rq_arena_str(a, p->call->actor ? p->call->actor : p->rq->user);
	d->note = note ? note : "";
	d->prev_id = prev ? prev : "";
	return d;
}

/* What a submission that names no labels asks for; shared, since it never changes. */
static const struct rq_labels *wanted(const struct rq_labels *l, const char *target)
{
	static const char *const one[] = { "self-hosted" };
	static const struct rq_labels standard = { 1, (const char **)(uintptr_t)one };
	static const struct rq_labels none = { 0, NULL };

	if (l->n)
		return l;
	return target && *target ? &none : &standard;
}

static struct rq_facts facts_of(const struct rq_submission *s)
{
	return (struct rq_facts){ .type = s->type ? s->type : "command", .labels = wanted(&s->labels, s->target),
				  .target = s->target ? s->target : "" };
}

static void decide_submit(struct pending *p)
{
	struct rq_str warnings;
	size_t i;

	rq_str_init(&warnings, 8192);
	for (i = 0; i < p->call->u.submit.n; i++) {
		struct rq_submission *s = &p->call->u.submit.v[i];
		struct rq_facts f = facts_of(s);

		s->decision = decide(p, &f, "submit", NULL, NULL);
		/* A batch repeats itself; one job's warnings are read, a thousand are not. */
		if (i < 8)
			rq_submission_warnings(p->rq, s, &warnings);
	}
	p->call->u.submit.warnings = rq_arena_str(&p->call->arena, rq_str_get(&warnings));
	rq_str_release(&warnings);
}

static void decide_retry(struct pending *p)
{
	struct rq_call *c = p->call;
	const struct rq_decision **v = rq_arena_alloc(&c->arena, c->u.retry.n * sizeof *v);
	size_t i;

	for (i = 0; i < c->u.retry.n; i++) {
		const struct rq_job *j = p->jobs[i] ? &p->jobs[i]->job : NULL;
		struct rq_facts f;

		if (!j)
			continue;
		f = (struct rq_facts){ .type = j->type, .labels = &j->labels, .target = j->target };
		v[i] = decide(p, &f, "retry", NULL, j->decision_id);
	}
	c->u.retry.decisions = v;
}

static void decide_reroute(struct pending *p)
{
	struct rq_call *c = p->call;
	const struct rq_job *j = p->jobs[0] ? &p->jobs[0]->job : NULL;
	const char *target = c->u.reroute.target ? c->u.reroute.target : "";
	struct rq_facts f = { .type = j ? j->type : "command", .labels = wanted(&c->u.reroute.labels, target), .target = target };

	c->u.reroute.decision = decide(p, &f, "reroute", c->u.reroute.reason, j ? j->decision_id : NULL);
}

static void hand_over(struct pending *p)
{
	switch (p->call->verb) {
	case RQ_VERB_SUBMIT: decide_submit(p); break;
	case RQ_VERB_RETRY: decide_retry(p); break;
	case RQ_VERB_REROUTE: decide_reroute(p); break;
	default: break;
	}
	p->started = true;
	rq_queue_start(p->queue, p->call);
}

/* --- the stages before ------------------------------------------------------------------- */

static void refuse(struct pending *p, int code, const struct rq_error *e)
{
	struct rq_call *call = p->call;

	call->err = *e;
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

static void on_runners(struct rq_call *call, void *ud)
{
	struct pending *p = ud;

	if (!p) {
		if (call->code == RQ_OK)
			rq_snapshot_unref(call->u.snapshot.snapshot);
		return;
	}
	p->asking = NULL;
	if (call->code) {
		refuse(p, call->code, &call->err);
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
		refuse(p, call->code, &call->err);
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
	rq_queue_start(p->queue, p->asking);
}

static void go_on(struct pending *p)
{
	static const struct rq_error closing = { RQ_ECANCELLED, "relayq is closing." };

	if (p->rq->closing)
		refuse(p, RQ_ECANCELLED, &closing);
	else if (p->next_job < p->n_jobs)
		ask_job(p);
	else if (!p->runners)
		ask_runners(p);
	else
		hand_over(p);
}

/* --- starting ---------------------------------------------------------------------------- */

static const char *first_id(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_JOB: return c->u.job.id;
	case RQ_VERB_CANCEL: return c->u.cancel.n ? c->u.cancel.ids[0] : NULL;
	case RQ_VERB_RETRY: return c->u.retry.n ? c->u.retry.ids[0] : NULL;
	case RQ_VERB_REROUTE: return c->u.reroute.id;
	default: return NULL;
	}
}

static bool needs_decision(const struct rq_call *c)
{
	return (c->verb == RQ_VERB_SUBMIT && c->u.submit.n && !c->u.submit.v[0].decision) ||
	       (c->verb == RQ_VERB_RETRY && !c->u.retry.decisions) ||
	       (c->verb == RQ_VERB_REROUTE && !c->u.reroute.decision);
}

/* A request made by an answer's callback while the context closes: there is no queue any more to answer it. */
static void on_too_late(void *ud)
{
	struct rq_call *call = ud;

	call->code = rq_fail(&call->err, RQ_ECANCELLED, "relayq is closing.");
	call->kept = false;
	if (call->done)
		call->done(call, call->ud);
	if (!call->kept)
		rq_call_free(call);
}

uint64_t rq_start(struct relayq *rq, struct rq_call *call)
{
	struct pending *p = rq_alloc(sizeof *p);
	const char *id = call->queue ? NULL : first_id(call);
	struct rq_error e = { 0 };
	uint64_t id_given;

	if (rq->closing) {
		rq_free(p);
		rq_loop_defer(rq->loop, on_too_late, call);
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
	p->queue = id ? rq_queue_of_id(rq, id, &e) : rq_queue_named(rq, call->queue, &e);
	if (!p->queue) {
		p->queue = rq->queues[0];
		refuse(p, e.code, &e);
	} else if (needs_decision(call)) {
		p->n_jobs = call->verb == RQ_VERB_RETRY ? call->u.retry.n : call->verb == RQ_VERB_REROUTE;
		p->jobs = rq_arena_alloc(&call->arena, (p->n_jobs + 1) * sizeof *p->jobs);
		go_on(p);
	} else {
		p->started = true;
		rq_queue_start(p->queue, call);
	}
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
	if (p->started) {
		rq_queue_abort(p->queue, p->call);
		return;
	}
	if (p->asking)
		p->asking->ud = NULL;
	p->asking = NULL;
	refuse(p, RQ_ECANCELLED, &e);
}

/* --- previews ---------------------------------------------------------------------------- */

int rq_preview(struct relayq *rq, struct rq_arena *a, const struct rq_submission *s, struct rq_decision *d, struct rq_error *e)
{
	struct rq_fleet fleet = fleet_of(rq->snapshot);
	struct rq_facts f = facts_of(s);

	(void)e;
	rq_decide(a, NULL, &f, &fleet, rq_now(), d);
	return RQ_OK;
}

/* The runners that were seen last: of the request under way, else of the subscription. */
static const struct rq_snapshot *known_runners(const struct relayq *rq)
{
	const struct pending *p;

	for (p = rq->pending; p; p = p->next)
		if (p->runners)
			return p->runners;
	return rq->snapshot;
}

static bool anybody_has(const struct rq_snapshot *s, const char *label)
{
	size_t i;

	for (i = 0; i < s->n_runners; i++)
		if (rq_labels_has(&s->runners[i].labels, label))
			return true;
	return false;
}

static void warn_label(const struct rq_snapshot *s, const char *label, struct rq_str *out)
{
	const char *near = rq_nearest_label(label, s->runners, s->n_runners);

	rq_str_addf(out, "no known runner has the label '%s'", label);
	if (near)
		rq_str_addf(out, "; did you mean '%s'?", near);
	rq_str_add(out, "\n");
}

static const struct rq_runner *runner_named(const struct rq_snapshot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_runners; i++)
		if (rq_ieq(s->runners[i].name, name))
			return &s->runners[i];
	return NULL;
}

void rq_submission_warnings(struct relayq *rq, const struct rq_submission *s, struct rq_str *out)
{
	const struct rq_snapshot *known = known_runners(rq);
	const struct rq_runner *r;
	size_t i;

	/* With no runner known at all, the first agent is about to start: there is nothing to compare with. */
	for (i = 0; known->n_runners && i < s->labels.n; i++)
		if (!anybody_has(known, s->labels.v[i]))
			warn_label(known, s->labels.v[i], out);
	if (!s->target || !*s->target)
		return;
	r = runner_named(known, s->target);
	if (!r)
		rq_str_addf(out, "there is no runner '%s' yet: the job waits for it\n", s->target);
	else if (r->drain != RQ_DRAIN_ACTIVE)
		rq_str_addf(out, "runner %s is %s: the job waits until it is undrained\n", r->name, rq_drain_name(r->drain));
	else if (!r->online)
		rq_str_addf(out, "runner %s is offline: the job waits for it\n", r->name);
}
