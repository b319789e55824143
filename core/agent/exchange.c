/* exchange.c - results out and jobs in, in one call, and so in one wait for the disk. */
#include <stdio.h>
#include <string.h>
#include "core/agent/daemon.h"
#include "core/agent/shim_point.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"

enum {
	RETRY_MS = 1000,
	REPORT_MS = 5,
	SPENT_MAX = 32         /* cells with results that the queue may not have on the disk */
};

/* Tokens and cells for as many jobs as there are free slots. */
static size_t prepare_claims(struct rq_daemon *d)
{
	size_t taken = rq_daemon_taken(d), want = (size_t)d->slots > taken ? (size_t)d->slots - taken : 0;
	struct rq_error e = { 0 };

	if (d->stop || d->drain != RQ_DRAIN_ACTIVE || !d->registered || rq_daemon_mono_ms() < d->paused_until)
		return 0;
	while (d->n_claims < want) {
		struct rq_waiting *c = &d->claims[d->n_claims];

		c->cell = rq_cells_take(d, &e);
		if (!c->cell) {
			rq_daemon_pause(d, e.msg);
			break;
		}
		rq_token(c->token);
		d->n_claims++;
	}
	return want < d->n_claims ? want : d->n_claims;
}

static void put_claims(struct rq_call *c, struct rq_daemon *d, size_t n)
{
	struct rq_claim *claims = rq_arena_alloc(&c->arena, (n + 1) * sizeof *claims);

	for (size_t i = 0; i < n; i++) {
		claims[i].token = rq_call_str(c, d->claims[i].token);
		claims[i].cell = rq_call_str(c, d->claims[i].cell->name);
	}
	c->u.exchange.n_claims = n;
	c->u.exchange.claims = claims;
}

static void put_results(struct rq_call *c, struct rq_daemon *d)
{
	struct rq_result *results = rq_arena_alloc(&c->arena, (d->n_works + 1) * sizeof *results);
	size_t n = 0;

	for (size_t i = 0; i < d->n_works; i++) {
		struct rq_work *w = d->works[i];

		if (w->state != RQ_WORK_ENDED)
			continue;
		w->state = RQ_WORK_REPORTED;
		results[n] = w->result;
		results[n].id = rq_call_str(c, w->id);
		results[n].token = rq_call_str(c, w->token);
		results[n].why = rq_call_str(c, w->result.why);
		n++;
	}
	c->u.exchange.n_results = n;
	c->u.exchange.results = results;
}

/* --- the answer ----------------------------------------------------------------------------- */

static void accepted(struct rq_daemon *d, const char *token, enum rq_verdict v, bool lazy)
{
	static const char *const words[] = { "done", "again", "repeat", "stale" };
	struct rq_work *w = rq_work_find(d, token);

	RQ_DLOG(d, v == RQ_VERDICT_STALE ? RQ_LOG_WARN : RQ_LOG_DEBUG, "result of %s: %s", token, words[v]);
	if (!w)
		return;
	if (w->cell)
		rq_work_order(w, RQ_WORD_CLOSED);
	rq_work_mend_log(w);
	if (w->cell)
		w->cell->spent = lazy;
	rq_work_free(w);
}

static void refused(struct rq_daemon *d)
{
	for (size_t i = 0; i < d->n_works; i++)
		if (d->works[i]->state == RQ_WORK_REPORTED)
			d->works[i]->state = RQ_WORK_ENDED;
}

static void granted(struct rq_daemon *d, const struct rq_grant *g)
{
	for (size_t i = 0; i < d->n_claims; i++) {
		if (rq_eq(d->claims[i].token, g->token)) {
			struct rq_work *w = rq_work_new(d, g->id, g->token, g->attempt, d->claims[i].cell);

			d->claims[i] = d->claims[--d->n_claims];
			rq_work_start(w, g);
			return;
		}
	}
	RQ_DLOG(d, RQ_LOG_ERROR, "job %s was granted to a token that we did not ask with", g->id);
}

static void wait_for_due(struct rq_daemon *d, int64_t next_at)
{
	int64_t in = next_at - rq_now();

	if (!next_at)
		rq_timer_stop(d->due);
	else
		rq_timer_start(d->due, in < 1 ? 1 : in > 3600000 ? 3600000 : in, 0);
}

static void on_answer(struct rq_call *c, void *ud)
{
	struct rq_daemon *d = ud;
	size_t n_results = c->u.exchange.n_results;

	d->exchanging = NULL;
	rq_daemon_answered(d);
	RQ_POINT("agent", "after-exchange");
	if (c->code) {
		RQ_DLOG(d, RQ_LOG_ERROR, "%s", c->err.msg);
		refused(d);
		/* Somebody has removed our registration; the next poll mends it. */
		if (c->code == RQ_ENOTFOUND)
			d->registered = false;
		if (c->code != RQ_ECANCELLED)
			rq_timer_start(d->again, RETRY_MS, 0);
		rq_daemon_check_stop(d);
		return;
	}
	rq_daemon_drain_is(d, c->u.exchange.drain);
	if (c->u.exchange.lazy)
		d->lazy = true;
	else if (n_results)
		rq_cells_synced(d);
	for (size_t i = 0; i < n_results; i++)
		accepted(d, c->u.exchange.results[i].token, c->u.exchange.verdicts[i], c->u.exchange.lazy);
	for (size_t i = 0; i < c->u.exchange.n_grants; i++)
		granted(d, &c->u.exchange.grants[i]);
	if (c->u.exchange.n_claims)
		d->more = c->u.exchange.n_grants == c->u.exchange.n_claims;
	if (c->u.exchange.n_claims)
		wait_for_due(d, c->u.exchange.next_at);
	rq_beat_keep(d);
	if (d->wanted)
		rq_exchange_soon(d);
	d->wanted = false;
	rq_daemon_check_stop(d);
}

void rq_exchange(struct rq_daemon *d)
{
	struct rq_call *c;
	size_t n_claims;

	if (d->exchanging) {
		d->wanted = true;
		return;
	}
	c = rq_call_new(RQ_VERB_EXCHANGE, on_answer, d);
	n_claims = prepare_claims(d);
	put_results(c, d);
	put_claims(c, d, n_claims);
	/* A draining runner asks with empty hands, to hear that it may go on. */
	if (!c->u.exchange.n_results && !n_claims && (d->drain == RQ_DRAIN_ACTIVE || d->stop)) {
		rq_call_free(c);
		return;
	}
	rq_timer_stop(d->again);
	rq_timer_stop(d->report);
	c->u.exchange.runner = rq_call_str(c, d->name);
	c->u.exchange.instance = rq_call_str(c, d->instance);
	c->u.exchange.lease_ms = d->lease_ms;
	/* A result is safe in its cell, which is on the disk: the queue's own wait for the disk can be shared by several
	 * jobs, as long as no cell is used again before it. A claim that is lost with the power is lost with its job. */
	c->u.exchange.lazy = rq_cells_spent(d) < SPENT_MAX;
	d->exchanging = c;
	RQ_POINT("agent", "before-exchange");
	rq_daemon_ask(d, c);
}

static void soon(void *ud)
{
	rq_exchange(ud);
}

void rq_exchange_soon(struct rq_daemon *d)
{
	rq_loop_undefer(d->loop, soon, d);
	rq_loop_defer(d->loop, soon, d);
}

void rq_exchange_report(struct rq_daemon *d)
{
	if (!d->more || d->stop)
		rq_exchange_soon(d);
	else if (!rq_timer_active(d->report))
		rq_timer_start(d->report, REPORT_MS, 0);
}

void rq_exchange_release(struct rq_daemon *d)
{
	rq_loop_undefer(d->loop, soon, d);
}
