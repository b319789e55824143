/* adopt.c - jobs of agents that are dead or hang.
 *
 * Each is adopted first: the queue gives it to exactly one of those who ask, and from then on its old agent can renew
 * nothing. Only then its cell is looked at. The order in it is made void before the lock is tried: so a shim that is
 * still on its way either holds the lock now, or will find that it may not start. What is there decides:
 *   lock held         the shim lives: the job goes on under us
 *   a result          it is reported
 *   a record, no more the shim was lost: what is left is ended, then that is told
 *   nothing           it was never started and goes back */
#include <string.h>
#include "core/agent/daemon.h"
#include "core/agent/shim_point.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

static void goes_on(struct rq_work *w)
{
	struct rq_daemon *d = w->d;

	RQ_DLOG(d, RQ_LOG_INFO, "job %s goes on under us", w->id);
	w->state = RQ_WORK_RUNS;
	w->overdue_at = w->timeout_ms > 0 ? rq_boot_ms() + w->timeout_ms + d->grace_ms + 5000 : 0;
	rq_beat_keep(d);
	/* It may have been asked to end: the answer tells. */
	rq_beat(d);
}

/* Without a cell nothing can be started any more, and what was can only be found by its token. */
static void without_cell(struct rq_work *w)
{
	rq_copy(w->run.boot_id, sizeof w->run.boot_id, rq_boot_id());
	w->state = RQ_WORK_SWEPT;
	rq_timer_start(w->d->sweep, 0, 20);
}

static void settle(struct rq_work *w)
{
	int64_t lease = w->lease_boot_ms;
	bool held, wrote;

	if (!w->cell) {
		without_cell(w);
		return;
	}
	w->lease_boot_ms = 0;
	wrote = rq_work_order(w, RQ_WORD_NONE) == 0;
	w->lease_boot_ms = lease;
	RQ_POINT("agent", "order-void");
	held = rq_cell_held(w->cell->path);
	if (held) {
		rq_work_tell(w, RQ_WORD_NONE);
		goes_on(w);
	} else if (wrote) {
		RQ_DLOG(w->d, RQ_LOG_INFO, "job %s: its shim is gone", w->id);
		w->state = RQ_WORK_RUNS;
		rq_work_ended(w);
	}
	/* Else it stays as it is, and the next look tries again. */
}

static void on_adopted(struct rq_call *c, void *ud)
{
	struct rq_daemon *d = ud;
	struct rq_work *w = rq_work_find(d, c->u.adopt.token);

	rq_daemon_answered(d);
	if (!w || w->state != RQ_WORK_ADOPTING)
		return;
	if (c->code) {
		/* Another agent was first, or the old one came back. */
		if (c->code != RQ_ECONFLICT)
			RQ_DLOG(d, RQ_LOG_ERROR, "job %s cannot be adopted: %s", w->id, c->err.msg);
		rq_work_free(w);
		return;
	}
	RQ_POINT("agent", "after-adopt");
	w->adopted = true;
	w->lease_boot_ms = c->u.adopt.lease_boot_ms;
	settle(w);
}

static void adopt(struct rq_daemon *d, const struct rq_lease *l)
{
	struct rq_call *c = rq_call_new(RQ_VERB_ADOPT, on_adopted, d);
	struct rq_work *w = rq_work_new(d, l->id, l->token, l->attempt, rq_cells_foreign(d, l->cell));

	w->state = RQ_WORK_ADOPTING;
	w->timeout_ms = l->timeout_ms;
	if (l->cancel)
		w->told = RQ_BEAT_CANCEL;
	c->u.adopt.id = rq_call_str(c, l->id);
	c->u.adopt.token = rq_call_str(c, l->token);
	c->u.adopt.from = rq_call_str(c, l->owner);
	c->u.adopt.to = rq_call_str(c, d->instance);
	c->u.adopt.lease_ms = d->lease_ms;
	RQ_POINT("agent", "before-adopt");
	rq_daemon_ask(d, c);
}

static void look_at(struct rq_daemon *d, const struct rq_lease *l)
{
	if (rq_work_find(d, l->token))
		return;
	RQ_POINT("agent", "orphan-seen");
#ifdef RQ_WITHOUT_SELF_FENCE
	/* The clock is believed, whatever the cell says. */
	if (l->lapsed) {
		rq_work_result(rq_work_new(d, l->id, l->token, l->attempt, NULL), RQ_RESULT_LOST, "its lease lapsed");
		return;
	}
#endif
	adopt(d, l);
}

static void on_orphans(struct rq_call *c, void *ud)
{
	struct rq_daemon *d = ud;

	d->looking = NULL;
	rq_daemon_answered(d);
	if (c->code) {
		RQ_DLOG(d, RQ_LOG_ERROR, "%s", c->err.msg);
		return;
	}
	for (size_t i = 0; i < c->u.orphans.n && d->stop == RQ_GOES_ON; i++)
		look_at(d, &c->u.orphans.leases[i]);
	if (!d->cleaned)
		rq_cells_clean(d, c->u.orphans.leases, c->u.orphans.n);
	d->cleaned = true;
	rq_daemon_check_stop(d);
}

/* An adopted job's shim is not our child: its lock tells that it is gone. */
static void look_at_adopted(struct rq_daemon *d)
{
	for (size_t i = 0; i < d->n_works; i++) {
		struct rq_work *w = d->works[i];

		if (w->state == RQ_WORK_RUNS && !w->child && !rq_cell_held(w->cell->path))
			rq_work_ended(w);
		else if (w->state == RQ_WORK_ADOPTING && w->adopted)
			settle(w);
	}
}

void rq_adopt_look(struct rq_daemon *d)
{
	struct rq_call *c;

	rq_beat_late(d);
	look_at_adopted(d);
	rq_work_check_overdue(d);
	if (d->looking || !d->registered || d->stop)
		return;
	c = rq_call_new(RQ_VERB_ORPHANS, on_orphans, d);
	c->u.orphans.instance = rq_call_str(c, d->instance);
	d->looking = c;
	rq_daemon_ask(d, c);
}
