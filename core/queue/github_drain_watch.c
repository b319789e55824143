/* github_drain_watch.c - drains between their verbs: shown with the runners, and carried on by whoever watches.
 *
 * How long a runner was idle is what one process has seen itself, look after look: it is not written down, so one that
 * dies over it loses nothing but the window. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_drain.h"
#include "core/queue/github_move.h"

enum { GAP_MS = 150000 };

struct row {
	struct gh_note note;
	struct rq_ghdrain d;
	size_t repo;
	bool readable;
};

/* What is kept of a drain beside its row. */
struct memory {
	char *key;
	int64_t idle_since;             /* wall clock */
	int64_t looked_at;              /* checked_at of the list that was looked at last */
	int64_t looked_boot_ms;
	int64_t not_before_ms;          /* mono */
	bool working;
};

struct gh_drains {
	struct rq_arena arena;          /* of the rows */
	size_t n;
	struct row *rows;
	int64_t version;
	bool dirty;
	size_t n_memories, cap_memories;
	struct memory *memories;
};

static struct gh_drains *drains_of(struct rq_github *g)
{
	if (!g->drains) {
		g->drains = rq_alloc(sizeof *g->drains);
		g->drains->dirty = true;
	}
	return g->drains;
}

void gh_drains_free(struct gh_drains *v)
{
	size_t i;

	if (!v)
		return;
	for (i = 0; i < v->n_memories; i++)
		rq_free(v->memories[i].key);
	rq_free(v->memories);
	rq_arena_release(&v->arena);
	rq_free(v);
}

static struct memory *memory_of(struct rq_github *g, const char *key)
{
	struct gh_drains *v = drains_of(g);
	size_t i;

	for (i = 0; i < v->n_memories; i++)
		if (rq_eq(v->memories[i].key, key))
			return &v->memories[i];
	RQ_GROW(v->memories, v->n_memories, &v->cap_memories);
	v->memories[v->n_memories] = (struct memory){ .key = rq_strdup(key) };
	return &v->memories[v->n_memories++];
}

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

void gh_drains_working(struct rq_github *g, const char *key)
{
	memory_of(g, key)->working = true;
}

void gh_drains_dirty(struct rq_github *g, const char *key, int64_t retry_ms)
{
	struct memory *m = memory_of(g, key);

	m->working = false;
	m->not_before_ms = retry_ms ? mono_ms() + retry_ms : 0;
	drains_of(g)->dirty = true;
}

bool gh_key_free(struct rq_github *g, const char *key)
{
	const struct memory *m = memory_of(g, key);

	return !m->working && m->not_before_ms <= mono_ms();
}

/* --- the rows ----------------------------------------------------------------------------- */

static struct gh_drains *rows_of(struct rq_github *g)
{
	struct gh_drains *v = drains_of(g);
	struct rq_db *db = gh_journal(g);
	int64_t version = db ? rq_db_data_version(db) : 0;
	struct gh_note *notes;
	size_t i;

	if (!v->dirty && version == v->version)
		return v;
	rq_arena_release(&v->arena);
	v->dirty = false;
	v->version = version;
	v->n = db ? gh_notes(db, &v->arena, g->name, "drain", &notes) : 0;
	v->rows = rq_arena_alloc(&v->arena, (v->n + 1) * sizeof *v->rows);
	for (i = 0; i < v->n; i++) {
		struct row *r = &v->rows[i];

		r->note = notes[i];
		r->readable = rq_ghdrain_parse(&v->arena, r->note.state, r->note.body, &r->d, NULL) == RQ_OK &&
			      gh_scope_find(g, r->d.scope, &r->repo);
	}
	return v;
}

bool gh_drains_open(struct rq_github *g)
{
	const struct gh_drains *v = rows_of(g);
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->rows[i].readable && v->rows[i].d.state != RQ_GHDRAIN_DRAINED)
			return true;
	return false;
}

static const struct row *row_of(struct rq_github *g, size_t repo, int64_t id)
{
	const struct gh_drains *v = rows_of(g);
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->rows[i].readable && v->rows[i].repo == repo && v->rows[i].d.id == id)
			return &v->rows[i];
	return NULL;
}

/* --- showing ------------------------------------------------------------------------------ */

static bool is_marked(const struct rq_gh_runner *r)
{
	size_t i;

	for (i = 0; i < r->n_labels; i++)
		if (rq_ieq(r->labels[i].name, RQ_GHDRAIN_MARKER))
			return true;
	return r->disabled;
}

void gh_drain_show(struct rq_github *g, const struct gh_watch *w, const struct rq_gh_runner *r, struct rq_arena *a,
		   struct rq_runner *out)
{
	const struct row *row = row_of(g, w->repo, r->id);
	struct rq_ghdrain_seen s;
	struct rq_ghdrain_view v;

	if (!row && !is_marked(r))
		return;
	gh_drain_seen(a, g, w->repo, r, &s);
	if (row && w->checked_at < row->note.updated_at)
		s.known = false;
	if (row)
		s.idle_since = memory_of(g, row->note.key)->idle_since;
	rq_ghdrain_look(a, row ? &row->d : NULL, &s, rq_now(), g->config->drain_confirm_ms, &v);
	out->drain = v.state == RQ_GHDRAIN_ACTIVE ? RQ_DRAIN_ACTIVE :
		     v.state == RQ_GHDRAIN_DRAINED ? RQ_DRAIN_DRAINED : RQ_DRAIN_DRAINING;
	out->drain_note = !row && s.disabled ? "" : *v.text ? rq_arena_fmt(a, "%s: %s", rq_ghdrain_state_name(v.state), v.text) :
			  rq_ghdrain_state_name(v.state);
	if (!row)
		return;
	out->drain_reason = rq_arena_str(a, row->d.reason);
	out->drain_by = rq_arena_str(a, row->d.by);
	out->drain_since = row->d.since;
	out->drain_deadline = row->d.deadline;
}

/* --- carrying on -------------------------------------------------------------------------- */

static void on_held(struct gh_op *op, int code, const struct rq_error *e);

struct hold_write {
	const char *queue, *key, *state, *holder;
};

static int hold_row(struct rq_db *db, void *arg, struct rq_error *e)
{
	const struct hold_write *w = arg;
	struct gh_note n = { .kind = "drain", .key = w->key, .state = w->state, .holder = w->holder };

	return gh_note_hold(db, w->queue, &n, e);
}

struct carry {
	struct gh_drain d;
	enum rq_ghdrain_do todo;
};

/* Looked at once more before the server is told anything: what a list said may be half a minute old. */
static void on_fresh(struct gh_op *op, const struct rq_api_answer *a)
{
	struct carry *c = (struct carry *)op;
	struct gh_drain *d = &c->d;
	struct rq_ghdrain_seen s = { .known = true };
	struct rq_ghdrain_view v;
	struct rq_gh_runner r;

	if (a->code && a->code != RQ_ENOTFOUND) {
		d->err = a->err;
		d->told = a->code;
		gh_drain_end(d, a->code);
		return;
	}
	if (!a->code) {
		if (rq_gh_runner_parse(&op->arena, a->body, a->body_n, op->g->forge, &r, &d->err)) {
			d->told = d->err.code;
			gh_drain_end(d, d->err.code);
			return;
		}
		gh_drain_seen(&op->arena, op->g, d->repo, &r, &s);
		d->now = s.custom;
	}
	rq_ghdrain_look(&op->arena, &d->row, &s, rq_now(), op->g->config->drain_confirm_ms, &v);
	if (v.todo == RQ_GHDRAIN_CORDON) {
		gh_drain_cordon(d);
	} else if (v.todo == RQ_GHDRAIN_UNDO) {
		gh_drain_undo(d);
	} else if (v.todo == RQ_GHDRAIN_FORGET) {
		gh_drain_forget(d);
	} else if (v.todo == RQ_GHDRAIN_SETTLE) {
		d->row.cordoned_at = a->server_at ? a->server_at : rq_now();
		gh_drain_keep(d, RQ_GHDRAIN_DRAINING);
	} else {
		d->told = RQ_ECONFLICT;         /* not at once again */
		gh_drain_keep(d, d->row.state);
	}
}

static void on_held(struct gh_op *op, int code, const struct rq_error *e)
{
	struct carry *c = (struct carry *)op;

	if (code) {
		c->d.err = *e;
		gh_drain_end(&c->d, code);
	} else if (c->todo == RQ_GHDRAIN_CONFIRM) {
		gh_drain_keep(&c->d, RQ_GHDRAIN_DRAINED);
	} else if (c->todo == RQ_GHDRAIN_REOPEN || c->todo == RQ_GHDRAIN_BREACH) {
		gh_drain_keep(&c->d, RQ_GHDRAIN_DRAINING);
	} else {
		gh_op_get(op, gh_runner_path(&op->arena, op->g, c->d.repo, c->d.row.id, ""), 0, 0, on_fresh);
	}
}

static void carry_on(struct rq_github *g, const struct row *row, enum rq_ghdrain_do todo, const char *breach)
{
	struct carry *c = gh_op_new(g, NULL, sizeof *c);
	struct rq_arena *a = &c->d.f.op.arena;
	struct hold_write *w = rq_arena_alloc(a, sizeof *w);

	c->todo = todo;
	c->d.f.op.release = gh_drain_release;
	c->d.repo = row->repo;
	c->d.key = rq_arena_str(a, row->note.key);
	c->d.kept = true;
	c->d.was = row->d.state;
	rq_token(c->d.holder);
	/* The row is read again into the operation: the list of rows does not live as long. */
	rq_ghdrain_parse(a, row->note.state, row->note.body, &c->d.row, NULL);
	if (breach)
		c->d.row.breach = rq_arena_str(a, breach);
	*w = (struct hold_write){ .queue = rq_arena_str(a, g->name), .key = c->d.key, .state = rq_arena_str(a, row->note.state),
				  .holder = c->d.holder };
	gh_drains_working(g, c->d.key);
	gh_op_write(&c->d.f.op, hold_row, w, on_held);
}

/* The runner by the lists; *checked_at 0: its list is not known yet, or not all of it. */
static const struct rq_gh_runner *find_runner(const struct rq_github *g, const struct row *row, int64_t *checked_at)
{
	const struct gh_watch *w;
	bool whole = true, any = false;
	size_t i;

	*checked_at = 0;
	for (w = g->watches; w; w = w->next) {
		if (w->what != GH_RUNNERS || w->repo != row->repo)
			continue;
		any = true;
		whole = whole && w->checked_at && w->code == RQ_OK;
		for (i = 0; i < w->n; i++) {
			if (w->v.runners[i].id != row->d.id)
				continue;
			*checked_at = w->code == RQ_OK ? w->checked_at : 0;
			return &w->v.runners[i];
		}
		if (any && whole)
			*checked_at = w->checked_at;
	}
	if (!whole)
		*checked_at = 0;
	return NULL;
}

/* One look more: how long it has been idle without a gap. */
static void note_idle(struct memory *m, const struct rq_ghdrain_seen *s, int64_t checked_at)
{
	int64_t boot = rq_boot_ms();

	if (checked_at == m->looked_at)
		return;
	if (s->busy || s->job)
		m->idle_since = 0;
	else if (!m->idle_since || boot - m->looked_boot_ms > GAP_MS || checked_at < m->looked_at)
		m->idle_since = checked_at;
	m->looked_at = checked_at;
	m->looked_boot_ms = boot;
}

/* Begun or ended by a process that has gone: what the server has of it is asked for when the row is held. */
static bool was_left(const struct row *row)
{
	return (row->d.state == RQ_GHDRAIN_CORDONING || row->d.state == RQ_GHDRAIN_RESUMING) && !*row->d.error;
}

static void watch_row(struct rq_github *g, const struct row *row)
{
	struct memory *m = memory_of(g, row->note.key);
	struct rq_arena a = { 0 };
	struct rq_ghdrain_seen s = { .known = true };
	struct rq_ghdrain_view v;
	const struct rq_gh_runner *r;
	int64_t checked_at;

	if (m->working || m->not_before_ms > mono_ms() || gh_note_held(&row->note))
		return;
	if (was_left(row)) {
		carry_on(g, row, RQ_GHDRAIN_NOTHING, NULL);
		return;
	}
	r = find_runner(g, row, &checked_at);
	if (checked_at < row->note.updated_at)
		return;
	if (r)
		gh_drain_seen(&a, g, row->repo, r, &s);
	note_idle(m, &s, checked_at);
	s.idle_since = m->idle_since;
	rq_ghdrain_look(&a, &row->d, &s, checked_at, g->config->drain_confirm_ms, &v);
	if (v.todo != RQ_GHDRAIN_NOTHING)
		carry_on(g, row, v.todo, v.todo == RQ_GHDRAIN_BREACH ? s.job : NULL);
	rq_arena_release(&a);
}

void gh_drain_watch(struct rq_github *g)
{
	const struct gh_drains *v = rows_of(g);
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->rows[i].readable)
			watch_row(g, &v->rows[i]);
}
