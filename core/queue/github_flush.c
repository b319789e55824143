/* github_flush.c - sending what was kept, one row after the other, by any process that stays: a console that has the queue
 * open, an agent. Rows say by themselves who works on them (github_outbox.h), so several may try. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_drain.h"
#include "core/queue/github_move.h"
#include "core/queue/github_send.h"

enum {
	TICK_MS = 2000,
	FIRST_PAUSE_MS = 4000, LAST_PAUSE_MS = 30000,   /* between two tries while the server cannot be reached */
	LOOK_MS = 5000,
	TAKEN_MS = 60000                /* what a dead process had sent has ended so long after it */
};

struct gh_flush {
	struct rq_timer *timer;
	struct gh_send *sending;        /* one at a time */
	int64_t pause, not_before;      /* mono ms */
	bool known;                     /* whether there are rows */
	size_t n;
	char last[RQ_ULID_LEN];         /* the row that was tried last: the next one follows */
};

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

/* --- which row ---------------------------------------------------------------------------- */

static bool is_held(const struct gh_out *r, int64_t now)
{
	return *r->holder && r->held_until >= now && r->held_until <= now + GH_HOLD_MS;
}

static bool is_due(const struct gh_out *r, int64_t now)
{
	return r->state == GH_OUT_SENDING ? !is_held(r, now) : r->state != GH_OUT_FAILED && r->next_at <= now;
}

/* The first that is due behind the last one, else from the front. */
static const struct gh_out *pick(const struct gh_flush *f, const struct gh_out *v, size_t n)
{
	const struct gh_out *first = NULL;
	int64_t now = rq_now();
	size_t i;

	for (i = 0; i < n; i++) {
		if (!is_due(&v[i], now))
			continue;
		if (strcmp(v[i].id, f->last) > 0)
			return &v[i];
		first = first ? first : &v[i];
	}
	return first;
}

/* --- working on it ------------------------------------------------------------------------ */

static void pause_flush(struct gh_flush *f)
{
	f->pause = f->pause ? 2 * f->pause : FIRST_PAUSE_MS;
	if (f->pause > LAST_PAUSE_MS)
		f->pause = LAST_PAUSE_MS;
	f->not_before = mono_ms() + f->pause;
}

static void end(struct gh_send *s)
{
	s->r.op.g->flush->sending = NULL;
	s->r.op.g->flush->known = false;
	gh_op_end(&s->r.op, RQ_OK);
}

static void on_sent(struct gh_send *s, enum gh_sent how)
{
	struct rq_github *g = s->r.op.g;
	struct gh_flush *f = g->flush;

	if (how == GH_SENT_RUN || how == GH_SENT_OTHER)
		f->pause = 0;
	else if (s->row.state == GH_OUT_UNSURE)
		f->not_before = mono_ms() + LOOK_MS;
	else if (how == GH_SENT_KEPT)
		pause_flush(f);
	if (how == GH_SENT_RUN)
		gh_stale(g, 0);
	end(s);
}

static void on_taken(struct gh_op *op, int code, const struct rq_error *e)
{
	(void)code;
	(void)e;
	end((struct gh_send *)op);
}

/* Whoever sent it has died, or sleeps: nobody knows how far it came. */
static void take_over(struct gh_send *s)
{
	int64_t now = gh_server_now(s->r.op.g);

	s->row.state = GH_OUT_UNSURE;
	s->row.ended_at = s->row.sent_at + TAKEN_MS > now ? s->row.sent_at + TAKEN_MS : now;
	s->row.holder = "";
	s->row.next_at = 0;
	s->row.reason = RQ_WHY_UNSURE;
	s->row.why = "The process that sent it was interrupted: whether it arrived is not known yet.";
	gh_send_store(s, GH_OUT_SENDING, on_taken);
}

static void begin(struct rq_github *g, const char *id)
{
	struct gh_send *s = gh_op_new(g, NULL, sizeof *s);

	gh_send_init(s);
	if (!gh_out_get(g, &s->r.op.arena, id, &s->row)) {
		gh_op_end(&s->r.op, RQ_OK);
		return;
	}
	g->flush->sending = s;
	rq_copy(g->flush->last, sizeof g->flush->last, id);
	s->stored = s->keeps = true;
	if (s->row.state == GH_OUT_SENDING)
		take_over(s);
	else if (s->row.state == GH_OUT_UNSURE)
		gh_look(s, on_sent);
	else
		gh_send_row(s, on_sent);
}

/* --- when --------------------------------------------------------------------------------- */

static void tick(void *ud)
{
	struct rq_github *g = ud;
	struct gh_flush *f = g->flush;
	struct rq_arena a = { 0 };
	const struct gh_out *row;
	struct gh_out *v;

	if (gh_journal_changed(g)) {
		f->known = false;
		gh_tell(g);
	}
	if (g->read_only)
		return;
	if (g->api) {
		gh_drain_watch(g);
		gh_move_watch(g);
	}
	if (!g->api || f->sending || (f->known && !f->n) || mono_ms() < f->not_before)
		return;
	f->n = gh_outs(g, &a, &v);
	f->known = true;
	row = pick(f, v, f->n);
	if (row)
		begin(g, row->id);
	rq_arena_release(&a);
}

void gh_flush_soon(struct rq_github *g)
{
	if (g->flush)
		g->flush->known = false;
}

void gh_flush_start(struct rq_github *g)
{
	if (g->flush)
		return;
	g->flush = rq_alloc(sizeof *g->flush);
	g->flush->timer = rq_timer_new(g->loop, tick, g);
	rq_timer_start(g->flush->timer, TICK_MS / 4, TICK_MS);
}

void gh_flush_stop(struct rq_github *g)
{
	if (!g->flush)
		return;
	rq_timer_free(g->flush->timer);
	rq_free(g->flush);
	g->flush = NULL;
}
