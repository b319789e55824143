/* relayq_watch.c - keeping a snapshot that is as new as is useful, at a bounded cost. */
#include "core/agent/dispatcher.h"
#include "core/base/clock.h"
#include "core/context.h"

enum { RELOAD_MIN_MS = 50, LOAD_SHARE = 10 /* a load may take one part in this many of the time */ };

static void load(void *ud);

static void schedule(struct relayq *rq)
{
	int64_t pause_ns = rq->load_took_ns * LOAD_SHARE, since;

	if (!rq->changed || rq->loading || rq_timer_active(rq->reload))
		return;
	if (pause_ns < RELOAD_MIN_MS * INT64_C(1000000))
		pause_ns = RELOAD_MIN_MS * INT64_C(1000000);
	since = rq_mono_ns() - rq->load_started_ns;
	rq_timer_start(rq->reload, since >= pause_ns ? 0 : (pause_ns - since) / 1000000 + 1, 0);
}

static void on_loaded(struct rq_call *call, void *ud)
{
	struct relayq *rq = ud;

	rq->loading = false;
	rq->load_took_ns = rq_mono_ns() - rq->load_started_ns;
	if (call->code == RQ_ECANCELLED)
		return;
	rq->failed = call->code != RQ_OK;
	if (call->code == RQ_OK) {
		rq_snapshot_unref(rq->snapshot);
		rq->snapshot = call->u.snapshot.snapshot;
		rq->snapshot->generation = ++rq->generation;
	}
	/* A failed load keeps what is shown, which goes on ageing; its cause is told with the next good one. */
	if (rq->stale)
		schedule(rq);
	if (rq->changed && (call->code == RQ_OK || rq->console))
		rq->changed(rq->changed_ud);
}

static void load(void *ud)
{
	struct relayq *rq = ud;
	struct rq_call *c = rq_call_new(RQ_VERB_SNAPSHOT, on_loaded, rq);

	rq->stale = false;
	rq->loading = true;
	rq->load_started_ns = rq_mono_ns();
	c->u.snapshot.want = rq->want;
	rq_queue_start(rq->queues[0], c);
}

void rq_watch_queue_changed(void *ud)
{
	struct relayq *rq = ud;

	rq->stale = true;
	schedule(rq);
	if (rq->dispatcher)
		rq_dispatcher_kick(rq->dispatcher);
	rq_logs_changed(rq);
}

/* Not on opening: a command that only asks once need not make a socket for it. */
void rq_watch_listen(struct relayq *rq)
{
	rq->listening = rq_queue_listen(rq->queues[0], rq_watch_queue_changed, rq, NULL) == RQ_OK;
}

bool rq_is_live(const struct relayq *rq)
{
	return rq->listening && !rq->failed;
}

void rq_watch_open(struct relayq *rq)
{
	rq->reload = rq_timer_new(rq->loop, load, rq);
}

void rq_watch_close(struct relayq *rq)
{
	rq->changed = NULL;
	rq_timer_free(rq->reload);
	rq->reload = NULL;
}

const struct rq_snapshot *rq_now_snapshot(struct relayq *rq)
{
	return rq->snapshot;
}

void rq_subscribe(struct relayq *rq, const struct rq_want *want, void (*changed)(void *ud), void *ud)
{
	rq->changed = changed;
	rq->changed_ud = ud;
	if (changed) {
		rq_watch_listen(rq);
		rq_want_more(rq, want);
	} else {
		rq_timer_stop(rq->reload);
	}
}

void rq_want_more(struct relayq *rq, const struct rq_want *want)
{
	rq->want = *want;
	rq->stale = true;
	schedule(rq);
}
