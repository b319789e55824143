/* relayq_watch.c - keeping a view of the queues that is as new as is useful, at a bounded cost.
 *
 * Each queue is loaded on its own changes and at its own pace; what it gave last stays while a newer load is slow or
 * fails. With one queue its snapshot is the view; several are merged, which refers to theirs (core/model/merge.h). */
#include "core/agent/dispatcher.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/context.h"
#include "core/model/merge.h"

enum {
	RELOAD_MIN_MS = 50,
	LOAD_SHARE = 20,                /* a load may take one part in this many of the time */
	AGAIN_MS = 5000                 /* after a load that failed: nobody may tell when it would not */
};

static void load(void *ud);

static void schedule(struct rq_member *m)
{
	int64_t pause_ns = m->load_took_ns * LOAD_SHARE, since;

	if (!m->rq->changed || !m->watched || m->loading || (m->reload && rq_timer_active(m->reload) && !m->failure.code))
		return;
	if (!m->reload)
		m->reload = rq_timer_new(m->rq->loop, load, m);
	if (pause_ns < RELOAD_MIN_MS * INT64_C(1000000))
		pause_ns = RELOAD_MIN_MS * INT64_C(1000000);
	since = rq_mono_ns() - m->load_started_ns;
	rq_timer_start(m->reload, since >= pause_ns ? 0 : (pause_ns - since) / 1000000 + 1, 0);
}

/* --- the view ----------------------------------------------------------------------------- */

static bool is_live(const struct rq_member *m)
{
	return m->listening && !m->failure.code && !m->config;
}

static struct rq_part part_of(struct rq_member *m)
{
	const struct rq_error *e = m->q ? &m->failure : &m->problem;

	return (struct rq_part){ .name = m->name, .kind = m->config ? m->config->kind : "local", .caps = rq_member_caps(m),
				 .s = m->part, .live = is_live(m) && m->part && !m->stale, .error = e->code ? e->msg : "" };
}

struct rq_snapshot *rq_watch_view(struct relayq *rq)
{
	struct rq_part parts[RQ_QUEUES_MAX];
	size_t i, n = 0;

	for (i = 0; i < rq->n_members; i++)
		if (rq->members[i].watched)
			parts[n++] = part_of(&rq->members[i]);
	return rq_snapshot_merge(parts, n, &rq->want, rq_now());
}

static size_t watched(const struct relayq *rq)
{
	size_t i, n = 0;

	for (i = 0; i < rq->n_members; i++)
		n += rq->members[i].watched;
	return n;
}

/* The only queue's own snapshot is not copied. */
static void renew(struct relayq *rq, struct rq_member *m)
{
	struct rq_snapshot *s = watched(rq) == 1 && m->part ? rq_snapshot_ref(m->part) : rq_watch_view(rq);

	rq_snapshot_unref(rq->snapshot);
	rq->snapshot = s;
	s->generation = ++rq->generation;
}

/* --- loading ------------------------------------------------------------------------------ */

static void keep_error(struct rq_member *m, const struct rq_call *call)
{
	m->failure = call->err;
	m->failure.code = call->code;
}

static void on_loaded(struct rq_call *call, void *ud)
{
	struct rq_member *m = ud;
	struct relayq *rq = m->rq;
	bool several = watched(rq) > 1;

	m->loading = false;
	/* A server's time is none of ours. */
	m->load_took_ns = m->config ? 0 : rq_mono_ns() - m->load_started_ns;
	if (call->code == RQ_ECANCELLED)
		return;
	if (call->code == RQ_OK) {
		rq_snapshot_unref(m->part);
		m->part = call->u.snapshot.snapshot;
		m->failure.code = RQ_OK;
	} else {
		keep_error(m, call);
	}
	/* A failed load keeps what is shown, which goes on ageing; of several queues the one that failed says so. */
	if (call->code == RQ_OK || several)
		renew(rq, m);
	if (m->stale)
		schedule(m);
	else if (call->code != RQ_OK && m->config && rq->changed)
		rq_timer_start(m->reload, AGAIN_MS, 0);
	if (rq->changed && (call->code == RQ_OK || rq->console))
		rq->changed(rq->changed_ud);
}

static void load(void *ud)
{
	struct rq_member *m = ud;
	struct rq_call *c;

	if (m->loading)
		return;
	c = rq_call_new(RQ_VERB_SNAPSHOT, on_loaded, m);
	m->stale = false;
	m->loading = true;
	m->load_started_ns = rq_mono_ns();
	c->u.snapshot.want = m->rq->want;
	rq_queue_start(m->q, c);
}

void rq_watch_changed(void *ud)
{
	struct rq_member *m = ud;

	m->stale = true;
	schedule(m);
	if (m->rq->dispatcher && !m->config)
		rq_dispatcher_kick(m->rq->dispatcher);
	rq_logs_changed(m->rq, m->q);
}

/* Not on opening: a command that only asks once need not make a socket for it. */
void rq_watch_listen(struct rq_member *m)
{
	m->listening = rq_queue_listen(m->q, rq_watch_changed, m, NULL) == RQ_OK;
}

bool rq_is_live(const struct relayq *rq)
{
	size_t i;

	for (i = 0; i < rq->n_members; i++)
		if (rq->members[i].watched && !is_live(&rq->members[i]))
			return false;
	return rq->members[0].watched;
}

void rq_watch_close(struct relayq *rq)
{
	size_t i;

	rq->changed = NULL;
	for (i = 0; i < rq->n_members; i++) {
		rq_timer_free(rq->members[i].reload);
		rq->members[i].reload = NULL;
	}
}

const struct rq_snapshot *rq_now_snapshot(struct relayq *rq)
{
	return rq->snapshot;
}

/* --- the subscription --------------------------------------------------------------------- */

/* The console shows all queues; a command those that it has asked something of, or the one that it names. */
static bool is_wanted(const struct rq_member *m)
{
	const char *queue = m->rq->want.queue;

	if (queue && *queue)
		return rq_member_named(m->rq, queue, NULL) == m;
	return m->rq->console || m->q;
}

static void watch(struct rq_member *m)
{
	bool is_open = rq_member_open(m, NULL) == RQ_OK;

	m->watched = true;
	if (!is_open) {
		renew(m->rq, m);
		return;
	}
	if (!m->listening)
		rq_watch_listen(m);
	m->stale = true;
	schedule(m);
}

void rq_subscribe(struct relayq *rq, const struct rq_want *want, void (*changed)(void *ud), void *ud)
{
	size_t i;

	rq->changed = changed;
	rq->changed_ud = ud;
	if (changed) {
		rq_want_more(rq, want);
		return;
	}
	for (i = 0; i < rq->n_members; i++)
		if (rq->members[i].reload)
			rq_timer_stop(rq->members[i].reload);
}

void rq_watch_found(struct relayq *rq)
{
	struct rq_member *last = &rq->members[rq->n_members - 1];

	if (rq->changed && is_wanted(last) && !last->watched)
		watch(last);
}

void rq_want_more(struct relayq *rq, const struct rq_want *want)
{
	size_t i;

	rq->want = *want;
	for (i = 0; i < rq->n_members; i++)
		if (is_wanted(&rq->members[i]))
			watch(&rq->members[i]);
		else
			rq->members[i].watched = false;
	if (rq->console)
		rq_found_look(rq);
}
