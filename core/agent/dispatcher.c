/* dispatcher.c - the life of a dispatcher: it holds the duty or waits for it, and looks when something has changed. */
#include "core/agent/dispatcher.h"

#include <string.h>
#include "core/agent/dispatcher_parts.h"
#include "core/base/clock.h"
#include "core/base/str.h"

enum {
	LEASE_MS = 10000,               /* for a holder that hangs; one that is killed lets go at once */
	TRY_MS = 1000,                  /* asking whether it was killed costs two system calls */
	LOOK_MS = 10, IDLE_LOOK_MS = 50,        /* between looks, with and without open jobs */
	LOOK_SHARE = 10,                /* a look may take one part in this many of the time, */
	REST_MS = 1000,                 /* but what many changes cost must not keep the fleet from working */
	WAKE_MS = 100,                  /* no sooner by the clock */
	PLACED_MS = 1000,               /* nobody tells that a runner was killed */
	FAILED_MS = 2000
};

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

/* --- when to look ------------------------------------------------------------------------- */

static void arrange(struct rq_dispatcher *d)
{
	int64_t wait = -1, now = mono_ms();

	if (!d->held || d->looking || d->stopping || d->closed)
		return;
	if (d->wake_at)
		wait = d->wake_at - rq_now() > WAKE_MS ? d->wake_at - rq_now() : WAKE_MS;
	if (d->wanted)
		wait = d->look_at > now ? d->look_at - now : 0;
	if (wait >= 0)
		rq_timer_start(d->next, wait, 0);
	else
		rq_timer_stop(d->next);
}

static void on_next(void *ud)
{
	struct rq_dispatcher *d = ud;

	if (!d->held || d->stopping || d->closed)
		return;
	if (d->looking) {
		rq_look_go_on(d);
		return;
	}
	d->looking = true;
	d->wanted = d->failed = d->missed = false;
	d->wake_at = 0;
	d->look_began = rq_mono_ns();
	rq_look(d);
}

void rq_dispatcher_later(struct rq_dispatcher *d)
{
	rq_timer_start(d->next, 1, 0);
}

void rq_dispatcher_wake_at(struct rq_dispatcher *d, int64_t at)
{
	if (at && (!d->wake_at || at < d->wake_at))
		d->wake_at = at;
}

/* Until the next look. */
static int64_t rest(const struct rq_dispatcher *d)
{
	int64_t took = (rq_mono_ns() - d->look_began) / 1000000, least = d->found ? LOOK_MS : IDLE_LOOK_MS;

	if (d->failed)
		return FAILED_MS;
	if (took * LOOK_SHARE < least)
		return least;
	return took * LOOK_SHARE < REST_MS ? took * LOOK_SHARE : REST_MS;
}

void rq_dispatcher_look_done(struct rq_dispatcher *d)
{
	rq_look_forget(d);
	/* What the events of this look have not come to would wait for ever. */
	d->all = d->failed || d->missed;
	if (!d->failed)
		d->since = d->seq + 1;
	d->looking = false;
	if (d->coming.n)
		d->wanted = true;
	if (d->placed)
		rq_dispatcher_wake_at(d, rq_now() + PLACED_MS);
	d->wanted |= d->failed;
	d->look_at = mono_ms() + rest(d);
	arrange(d);
}

void rq_dispatcher_kick(struct rq_dispatcher *d)
{
	if (d->wanted)
		return;
	d->wanted = true;
	arrange(d);
}

/* --- the end ------------------------------------------------------------------------------ */

static void give_up_look(struct rq_dispatcher *d)
{
	rq_timer_stop(d->next);
	rq_look_forget(d);
	rq_events_clear(&d->coming);
	d->looking = false;
}

static void on_released(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;

	(void)c;
	d->asking--;
	d->held = false;
	if (d->stopped)
		d->stopped(d->stopped_ud);
}

/* Once nothing is under way any more. */
static void try_stop(struct rq_dispatcher *d)
{
	struct rq_call *c;

	if (!d->stopping || d->asking || d->releasing)
		return;
	give_up_look(d);
	d->releasing = true;
	if (d->closed) {
		if (d->stopped)
			rq_loop_defer(d->loop, d->stopped, d->stopped_ud);
		return;
	}
	c = rq_call_new(RQ_VERB_DUTY, on_released, d);
	c->u.duty.holder = rq_call_str(c, d->holder);
	c->u.duty.name = rq_call_str(c, d->name);
	c->u.duty.release = true;
	d->asking++;
	rq_queue_start(d->queue, c);
}

/* --- asking ------------------------------------------------------------------------------- */

bool rq_dispatcher_ask(struct rq_dispatcher *d, struct rq_call *c)
{
	if (d->closed || d->stopping || !d->held) {
		rq_call_free(c);
		give_up_look(d);
		return false;
	}
	d->acted |= c->verb == RQ_VERB_DECIDE || c->verb == RQ_VERB_REROUTE || c->verb == RQ_VERB_SUBMIT;
	d->asking++;
	rq_queue_start(d->queue, c);
	return true;
}

struct rq_call *rq_dispatcher_take(struct rq_call *c)
{
	struct rq_call *mine = rq_call_new(c->verb, NULL, NULL);

	mine->u = c->u;
	mine->code = c->code;
	rq_arena_adopt(&mine->arena, &c->arena);
	return mine;
}

bool rq_dispatcher_answered(struct rq_dispatcher *d, const struct rq_call *c)
{
	d->asking--;
	if (c->code == RQ_ECANCELLED)
		d->closed = true;
	if (!d->closed && !d->stopping && d->held)
		return true;
	give_up_look(d);
	try_stop(d);
	return false;
}

/* --- the duty ----------------------------------------------------------------------------- */

static void take_up(struct rq_dispatcher *d, int64_t fence)
{
	rq_log_write(d->log, RQ_LOG_INFO, "%s decides about waiting jobs from now on (%lld)", d->name, (long long)fence);
	d->held = true;
	d->fence = fence;
	rq_seen_free(d->seen);
	d->seen = rq_seen_new();
	d->since = 0;
	d->all = d->wanted = true;
	d->look_at = 0;
}

static void lose(struct rq_dispatcher *d, const char *other)
{
	rq_log_write(d->log, RQ_LOG_WARN, "%s does not decide about waiting jobs any more; %s does", d->name, other);
	d->held = false;
	/* The answer of a question that is under way ends the look. */
	if (!d->asking)
		give_up_look(d);
}

static void on_duty(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;
	bool held = c->code == RQ_OK && c->u.duty.held;

	d->asking_duty = false;
	d->asking--;
	if (c->code == RQ_ECANCELLED)
		d->closed = true;
	if (d->closed || d->stopping) {
		d->held |= held;
		try_stop(d);
		return;
	}
	if (c->code)
		rq_log_write(d->log, RQ_LOG_ERROR, "%s", c->err.msg);
	if (d->held && (!held || c->u.duty.fence != d->fence))
		lose(d, c->code ? "perhaps another" : c->u.duty.other);
	if (held && !d->held && !d->looking)
		take_up(d, c->u.duty.fence);
	rq_timer_start(d->duty, d->held ? LEASE_MS / 3 : d->shy ? LEASE_MS : TRY_MS, 0);
	arrange(d);
}

static void ask_duty(void *ud)
{
	struct rq_dispatcher *d = ud;
	struct rq_call *c;

	if (d->asking_duty || d->stopping || d->closed)
		return;
	/* The clock may have been set, or config.yaml edited. */
	if (d->held && ((d->wake_at && rq_now() >= d->wake_at) || rq_plan_changed(d)))
		rq_dispatcher_kick(d);
	c = rq_call_new(RQ_VERB_DUTY, on_duty, d);
	c->u.duty.holder = rq_call_str(c, d->holder);
	c->u.duty.name = rq_call_str(c, d->name);
	c->u.duty.lease_ms = LEASE_MS;
	d->asking_duty = true;
	d->asking++;
	rq_queue_start(d->queue, c);
}

bool rq_dispatcher_acted(struct rq_dispatcher *d)
{
	bool acted = d->acted;

	d->acted = false;
	return acted;
}

bool rq_dispatcher_on_duty(const struct rq_dispatcher *d)
{
	return d->held;
}

/* --- the object --------------------------------------------------------------------------- */

static char *by_of(const char *name)
{
	return rq_fmt("dispatcher:%s", rq_starts(name, "agent:") ? name + 6 : name);
}

struct rq_dispatcher *rq_dispatcher_new(const struct rq_dispatcher_options *o)
{
	struct rq_dispatcher *d = rq_alloc(sizeof *d);

	d->loop = o->loop;
	d->queue = o->queue;
	d->paths = o->paths;
	d->log = o->log;
	d->shy = o->shy;
	d->autostart = o->autostart;
	d->name = rq_strdup(o->name);
	d->by = by_of(o->name);
	rq_token(d->holder);
	d->seen = rq_seen_new();
	d->next = rq_timer_new(d->loop, on_next, d);
	d->duty = rq_timer_new(d->loop, ask_duty, d);
	rq_plan_open(d);
	rq_timer_start(d->duty, d->shy ? LEASE_MS : 0, 0);
	return d;
}

void rq_dispatcher_stop(struct rq_dispatcher *d, rq_fn *done, void *ud)
{
	d->stopping = true;
	d->stopped = done;
	d->stopped_ud = ud;
	rq_timer_stop(d->duty);
	rq_plan_stop(d);
	/* Nobody waits: the queue is about to be closed, and takes no question after the one that is under way. */
	d->closed |= !done && d->asking;
	if (!d->asking)
		give_up_look(d);
	try_stop(d);
}

void rq_dispatcher_free(struct rq_dispatcher *d)
{
	if (!d)
		return;
	RQ_ASSERT(!d->asking);
	if (d->stopped)
		rq_loop_undefer(d->loop, d->stopped, d->stopped_ud);
	rq_look_forget(d);
	rq_events_clear(&d->coming);
	rq_seen_free(d->seen);
	rq_policies_release(&d->policies);
	rq_plan_close(d);
	rq_timer_free(d->next);
	rq_timer_free(d->duty);
	rq_free(d->name);
	rq_free(d->by);
	rq_free(d);
}
