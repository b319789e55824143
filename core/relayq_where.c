/* relayq_where.c - which queue has a runner that was named without its queue.
 *
 * A runner of this machine is meant before one of the same name elsewhere, and is found without asking a server. Then comes
 * the only other queue that there is; several are all asked. */
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/pending.h"

/* The question under way; it outlives the request when that is taken back. */
struct where {
	struct pending *p;              /* NULL: nobody waits for it */
	bool local;                     /* the local queue alone is asked */
};

static void ask(struct pending *p, bool local);

static bool is_drain(const struct pending *p)
{
	return p->call->verb == RQ_VERB_DRAIN || p->call->verb == RQ_VERB_UNDRAIN;
}

static struct rq_member *find(struct pending *p, const struct rq_snapshot *s, const char *name, unsigned cap, size_t *n)
{
	struct rq_member *found = NULL;
	size_t i;

	for (i = 0, *n = 0; i < s->n_runners; i++) {
		const struct rq_runner *r = &s->runners[i];
		struct rq_member *m;

		if (!rq_ieq(r->name, name))
			continue;
		m = rq_member_named(p->rq, r->queue, NULL);
		if (!m || cap & ~rq_member_caps(m))
			continue;
		found = m;
		++*n;
	}
	return found;
}

/* What a queue could not tell is a reason to say so rather than that nobody has it. */
static const struct rq_queue_state *silent(const struct rq_snapshot *s)
{
	size_t i;

	for (i = 0; i < s->n_queues; i++)
		if (*s->queues[i].error)
			return &s->queues[i];
	return NULL;
}

static void go_there(struct pending *p, const struct rq_snapshot *s)
{
	const char *name = rq_route_runner(p->call);
	const struct rq_queue_state *q = silent(s);
	struct rq_error e = { 0 };
	size_t n;
	struct rq_member *m = find(p, s, name, is_drain(p) ? RQ_CAP_DRAIN : RQ_CAP_RUNNER_ADMIN, &n);

	if (n == 1) {
		rq_pending_start(p, m);
		return;
	}
	if (n > 1)
		rq_fail(&e, RQ_EUSAGE, "Several queues have a runner %.64s: name the queue with --queue.", name);
	else if (q)
		rq_fail(&e, RQ_EUNREACHABLE, "No runner '%.64s' was found, but queue %.64s cannot tell: %.300s", name, q->name,
			q->error);
	else
		rq_fail(&e, RQ_ENOTFOUND, "No queue has a runner '%.64s'; `relayq runners` lists them.", name);
	rq_pending_refuse(p, e.code, &e);
}

/* Not of this machine, or there is none of that name: then the local queue says so. */
static void go_local(struct pending *p, const struct rq_snapshot *s)
{
	struct relayq *rq = p->rq;
	struct rq_member *only;
	size_t n, others;

	find(p, s, rq_route_runner(p->call), RQ_CAP_DRAIN, &n);
	if (!n && rq_found_may_come(rq)) {
		p->finding = true;
		rq_found_look(rq);
		return;
	}
	others = rq_route_drain(rq, &only);
	if (n || !others)
		rq_pending_start(p, &rq->members[0]);
	else if (others == 1)
		rq_pending_start(p, only);
	else
		ask(p, false);
}

static void on_runners(struct rq_call *call, void *ud)
{
	static const struct rq_error closing = { RQ_ECANCELLED, "relayq is closing." };
	struct where *w = ud;
	struct pending *p = w->p;
	bool local = w->local;

	rq_free(w);
	if (p)
		p->where = NULL;
	if (p && p->rq->closing)
		rq_pending_refuse(p, RQ_ECANCELLED, &closing);
	else if (p && call->code)
		rq_pending_refuse(p, call->code, &call->err);
	else if (p && local)
		go_local(p, call->u.snapshot.snapshot);
	else if (p)
		go_there(p, call->u.snapshot.snapshot);
	if (call->code == RQ_OK)
		rq_snapshot_unref(call->u.snapshot.snapshot);
}

static void ask(struct pending *p, bool local)
{
	struct where *w = rq_alloc(sizeof *w);
	struct rq_call *c = rq_call_new(RQ_VERB_SNAPSHOT, on_runners, w);

	w->p = p;
	w->local = local;
	p->where = w;
	c->u.snapshot.want.runners = true;
	c->queue = local ? p->rq->members[0].name : NULL;
	rq_start(p->rq, c);
}

void rq_where(struct pending *p)
{
	ask(p, is_drain(p));
}

void rq_where_forget(struct pending *p)
{
	if (p->where)
		p->where->p = NULL;
	p->where = NULL;
}
