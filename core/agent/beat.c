/* beat.c - leases are kept while jobs run, and the answer tells what operators want of them. */
#include <string.h>
#include "core/agent/daemon.h"
#include "core/agent/shim_point.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

/* A change by others may be a cancel, but with many changes one look in this time is enough. */
enum { NEAREST_MS = 100 };

static bool is_kept(const struct rq_work *w)
{
	return w->state == RQ_WORK_RUNS || w->state == RQ_WORK_SWEPT || w->state == RQ_WORK_ENDED;
}

/* Not ours any more: another agent has adopted it, or is about to. It is not for us to end anything: were nobody to come,
 * the shim would fence itself, since we renew nothing. */
static void taken_away(struct rq_work *w)
{
	RQ_DLOG(w->d, RQ_LOG_WARN, "job %s is not ours any more", w->id);
	if (w->state != RQ_WORK_RUNS)
		return; /* its result will be refused or be a repeat, and is harmless */
	if (w->child)
		w->state = RQ_WORK_DROPPED;
	else
		rq_work_free(w);
}

static void beaten(struct rq_work *w, enum rq_beat beat, int64_t lease_boot_ms)
{
	enum rq_cell_word word = RQ_WORD_NONE;

	if (beat == RQ_BEAT_LOST) {
		taken_away(w);
		return;
	}
	w->lease_boot_ms = lease_boot_ms;
	if (w->state != RQ_WORK_RUNS)
		return;
	if (beat > w->told)
		w->told = beat;
	if (w->told == RQ_BEAT_KILL)
		word = RQ_WORD_KILL;
	else if (w->told == RQ_BEAT_CANCEL)
		word = RQ_WORD_CANCEL;
	else if (w->d->stop == RQ_STOP_NOW)
		word = RQ_WORD_STOP;
	if (word == RQ_WORD_NONE || beat < w->told)
		rq_work_order(w, word);
	else
		rq_work_tell(w, word);
}

static void on_answer(struct rq_call *c, void *ud)
{
	struct rq_daemon *d = ud;

	d->beating = NULL;
	rq_daemon_answered(d);
	RQ_POINT("agent", "after-beat");
	if (c->code) {
		RQ_DLOG(d, RQ_LOG_ERROR, "%s", c->err.msg);
		return;
	}
	rq_daemon_drain_is(d, c->u.beat.drain);
	if (c->u.beat.durable) {
		d->lazy = false;
		rq_cells_synced(d);
	}
	for (size_t i = 0; i < c->u.beat.n; i++) {
		struct rq_work *w = rq_work_find(d, c->u.beat.leases[i].token);

		if (w && is_kept(w))
			beaten(w, c->u.beat.beats[i], c->u.beat.lease_boot_ms);
	}
	rq_beat_keep(d);
	rq_daemon_check_stop(d);
}

void rq_beat(struct rq_daemon *d)
{
	struct rq_call *c;
	struct rq_lease *leases;
	size_t n = 0;

	if (d->beating || !d->registered)
		return;
	c = rq_call_new(RQ_VERB_BEAT, on_answer, d);
	leases = rq_arena_alloc(&c->arena, (d->n_works + 1) * sizeof *leases);
	for (size_t i = 0; i < d->n_works; i++) {
		if (!is_kept(d->works[i]))
			continue;
		leases[n].id = rq_call_str(c, d->works[i]->id);
		leases[n++].token = rq_call_str(c, d->works[i]->token);
	}
	d->beat_at = rq_daemon_mono_ms();
	if (!n) {
		rq_call_free(c);
		return;
	}
	c->u.beat.instance = rq_call_str(c, d->instance);
	c->u.beat.lease_ms = d->lease_ms;
	c->u.beat.n = n;
	/* So a claim is on the disk soon after its job began, in case that the power fails much later. */
	c->u.beat.durable = d->lazy;
	c->u.beat.leases = leases;
	d->beating = c;
	RQ_POINT("agent", "before-beat");
	rq_daemon_ask(d, c);
}

void rq_beat_late(struct rq_daemon *d)
{
	int64_t now = rq_boot_ms();

	for (size_t i = 0; i < d->n_works; i++) {
		if (is_kept(d->works[i]) && now > d->works[i]->lease_boot_ms - d->lease_ms / 2) {
			rq_beat(d);
			return;
		}
	}
}

void rq_beat_changed(struct rq_daemon *d)
{
	int64_t since = rq_daemon_mono_ms() - d->beat_at;

	if (!rq_daemon_running(d))
		return;
	if (since >= NEAREST_MS)
		rq_beat(d);
	else
		rq_timer_start(d->beat, NEAREST_MS - since, d->lease_ms / 3);
}

void rq_beat_keep(struct rq_daemon *d)
{
	if (!rq_daemon_running(d))
		rq_timer_stop(d->beat);
	else if (!rq_timer_active(d->beat))
		rq_timer_start(d->beat, d->lease_ms / 3, d->lease_ms / 3);
}
