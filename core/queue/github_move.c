/* github_move.c - REROUTE. A run of ours that waits is cancelled, and when it has ended it is dispatched again with its new
 * place: the row that says so is written first, and in the step that forgets it the submission is in the outbox. So whatever
 * happens it is there once: as the old run, as a move, in the outbox, or as the new run. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github_drain.h"
#include "core/queue/github_move.h"
#include "core/queue/github_send.h"

enum { LOOK_MS = 2000, END_MS = 120000, RETRY_MS = 15000, RUN_WAIT_MS = 15000, RENEW_MS = 15000, WATCH_MS = 1000 };

struct move {
	struct gh_send s;               /* and its operation, and the submission to be */
	const char *key;
	int64_t run;
	size_t repo;
	struct rq_gh_run what;
	bool running, asked, failed;
	int64_t began_ms, renewed_ms;
	struct rq_error err;
	void (*then)(struct move *m);
};

static struct gh_op *op_of(struct move *m)
{
	return &m->s.r.op;
}

static void release(struct gh_op *op)
{
	struct move *m = (struct move *)op;

	if (m->key)
		gh_drains_dirty(op->g, rq_arena_fmt(&op->arena, "move:%s", m->key), m->failed ? RETRY_MS : 0);
	gh_send_release(op);
}

static void end(struct move *m, int code, const char *text)
{
	struct rq_github *g = op_of(m)->g;
	struct rq_call *c = op_of(m)->call;
	int64_t run = m->run;

	if (c) {
		if (code)
			c->err = m->err;
		c->u.reroute.text = rq_call_str(c, text);
	}
	gh_op_end(op_of(m), code);
	gh_stale(g, run);
	gh_tell(g);
}

/* --- the row ------------------------------------------------------------------------------ */

struct move_write {
	const char *queue;
	struct gh_note note;
	struct gh_out_write *out;       /* NULL: only the note */
};

static int write_row(struct rq_db *db, void *arg, struct rq_error *e)
{
	struct move_write *w = arg;
	int code = RQ_OK;

	if (w->note.state)
		return gh_note_put(db, w->queue, &w->note, e);
	code = gh_note_drop(db, w->queue, &w->note, e);
	if (!code && w->out)
		code = gh_out_add(db, w->out, e);
	return code;
}

static void print(const struct move *m, struct rq_str *out)
{
	const struct gh_out *r = &m->s.row;
	struct rq_json *o = rq_json_object();

	rq_json_set_str(o, "id", r->id);
	rq_json_set_str(o, "repo", r->repo);
	rq_json_set_str(o, "workflow", r->workflow);
	rq_json_set_str(o, "ref", r->ref);
	rq_json_set_str(o, "name", r->name);
	rq_json_set_str(o, "type", r->type);
	rq_json_set_str(o, "actor", r->actor);
	rq_json_set_str(o, "decision", r->decision);
	rq_json_set_str(o, "params", r->params);
	rq_json_set_str(o, "labels", r->labels);
	rq_json_set_str(o, "target", r->target);
	rq_json_set_bool(o, "carried", r->carried);
	rq_json_print(o, out, false);
	rq_json_free(o);
}

static void on_written(struct gh_op *op, int code, const struct rq_error *e)
{
	struct move *m = (struct move *)op;

	if (code) {
		m->err = *e;
		m->failed = true;
		end(m, code, "");
		return;
	}
	m->then(m);
}

/* STATE NULL: the move goes, into the outbox with OUT. */
static void write_down(struct move *m, const char *state, bool out, void (*then)(struct move *m))
{
	struct rq_arena *a = &op_of(m)->arena;
	struct move_write *w = rq_arena_alloc(a, sizeof *w);
	struct rq_str body;

	rq_str_init(&body, 0);
	print(m, &body);
	m->then = then;
	m->renewed_ms = rq_mono_ns() / 1000000;
	*w = (struct move_write){ .queue = rq_arena_str(a, op_of(m)->g->name),
				  .note = { .kind = "move", .key = m->key, .state = state, .holder = m->s.holder,
					    .body = rq_arena_str(a, rq_str_get(&body)) } };
	rq_str_release(&body);
	if (out) {
		w->out = rq_arena_alloc(a, sizeof *w->out);
		*w->out = (struct gh_out_write){ .queue = w->queue, .api = op_of(m)->g->config->api, .row = m->s.row,
						 .holder = m->s.holder };
	}
	gh_op_write(op_of(m), write_row, w, on_written);
}

static void failed(struct move *m)
{
	end(m, m->err.code, "");
}

/* Nothing was done: the move is forgotten. */
static void give_up(struct move *m)
{
	write_down(m, NULL, false, failed);
}

/* --- the second half ---------------------------------------------------------------------- */

static void on_sent(struct gh_send *s, enum gh_sent how)
{
	struct move *m = (struct move *)s;
	struct rq_arena *a = &op_of(m)->arena;
	const char *where = *s->row.target ? s->row.target : s->row.labels;

	if (how == GH_SENT_RUN) {
		end(m, RQ_OK, rq_arena_fmt(a, "cancelled, and dispatched again to %s as %s:%lld", where, op_of(m)->g->name,
					   (long long)s->run));
		return;
	}
	gh_flush_soon(op_of(m)->g);
	if (how == GH_SENT_REFUSED) {
		rq_fail(&m->err, RQ_EFAILED, "It was cancelled, and the server does not take it again: %.300s It is kept "
				"as %s:%s.",
			s->err.msg, op_of(m)->g->name, s->row.id);
		end(m, RQ_EFAILED, "");
		return;
	}
	rq_fail(&m->err, RQ_EUNREACHABLE, "It was cancelled; it is dispatched again as soon as that can be done, as "
			"%s:%s. %.200s",
		op_of(m)->g->name, s->row.id, s->row.why);
	end(m, RQ_EUNREACHABLE, "");
}

static void dispatch(struct move *m)
{
	m->s.stored = m->s.keeps = true;
	m->s.until = rq_mono_ns() / 1000000 + RUN_WAIT_MS;
	gh_drains_dirty(op_of(m)->g, rq_arena_fmt(&op_of(m)->arena, "move:%s", m->key), 0);
	m->key = NULL;
	gh_send_row(&m->s, on_sent);
}

/* --- the first half ----------------------------------------------------------------------- */

static void look(struct gh_op *op);
static void cancel(struct move *m);

static void wait_on(struct move *m)
{
	gh_op_later(op_of(m), LOOK_MS, look);
}

static void ended(struct move *m)
{
	if (m->what.state.conclusion == RQ_CONCLUSION_CANCELLED) {
		write_down(m, NULL, true, dispatch);
		return;
	}
	rq_fail(&m->err, RQ_ECONFLICT, "It has ended meanwhile (%s): there is nothing to move.",
		rq_conclusion_name(m->what.state.conclusion));
	give_up(m);
}

static void on_look(struct gh_op *op, const struct rq_api_answer *a)
{
	struct move *m = (struct move *)op;
	int64_t now = rq_mono_ns() / 1000000;

	if (!a->code && !rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &m->what, NULL) &&
	    m->what.state.status == RQ_STATUS_COMPLETED) {
		ended(m);
	} else if (a->code == RQ_ENOTFOUND) {
		m->err = a->err;
		give_up(m);
	} else if (now - m->began_ms > END_MS) {
		rq_fail(&m->err, RQ_EUNREACHABLE, "It was asked to end, and has not yet: it is dispatched again when it "
				"has, by a "
			"console or an agent.");
		m->failed = true;
		end(m, RQ_EUNREACHABLE, "");
	} else if (!m->asked && !a->code) {
		cancel(m);
	} else if (now - m->renewed_ms > RENEW_MS) {
		write_down(m, "cancelling", false, wait_on);
	} else {
		wait_on(m);
	}
}

static void look(struct gh_op *op)
{
	struct move *m = (struct move *)op;

	gh_op_get(op, gh_path(&op->arena, op->g, m->repo, "/actions/runs/%lld", (long long)m->run), 0, 0, on_look);
}

static void on_cancelled(struct gh_op *op, const struct rq_api_answer *a)
{
	struct move *m = (struct move *)op;
	bool refused = a->reach == RQ_HTTP_NOT_SENT || a->code == RQ_EBUSY || a->code == RQ_EPERM || a->code == RQ_ENOTFOUND;

	m->asked = true;
	if (refused) {
		m->err = a->err;
		give_up(m);
		return;
	}
	/* 409: it has ended. No answer: the look tells. */
	look(op);
}

static void cancel(struct move *m)
{
	gh_op_send(op_of(m), "POST", gh_path(&op_of(m)->arena, op_of(m)->g, m->repo, "/actions/runs/%lld/cancel",
			(long long)m->run),
		   NULL, on_cancelled);
}

/* --- whether it can be moved ------------------------------------------------------------------ */

static void refuse(struct move *m)
{
	end(m, m->err.code, "");
}

/* What would not be taken again must not be cancelled. */
static void on_checked(struct gh_reading *r)
{
	struct move *m = (struct move *)r;

	m->err = r->err;
	if (r->code || gh_send_check(&m->s, &m->err)) {
		refuse(m);
		return;
	}
	m->key = rq_arena_fmt(&r->op.arena, "%lld", (long long)m->run);
	gh_drains_working(r->op.g, rq_arena_fmt(&r->op.arena, "move:%s", m->key));
	m->began_ms = rq_mono_ns() / 1000000;
	write_down(m, "cancelling", false, cancel);
}

/* All but where it shall run. */
static const char *other_params(struct move *m, const char *json)
{
	struct rq_arena *a = &op_of(m)->arena;
	const char *input = op_of(m)->g->config->runner_input, *out;
	struct rq_json *list = rq_json_array();
	struct rq_str s;
	size_t n, i, k = strlen(input);
	const char **v = gh_params(a, json, &n);

	for (i = 0; i < n; i++)
		if (!k || !rq_ieq(rq_arena_strn(a, v[i], strcspn(v[i], "=")), input))
			rq_json_add_str(list, v[i]);
	rq_str_init(&s, 0);
	rq_json_print(list, &s, false);
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	rq_json_free(list);
	return out;
}

static void place(struct move *m)
{
	struct rq_call *c = op_of(m)->call;
	const struct rq_decision *d = c->u.reroute.decision;
	struct gh_out *r = &m->s.row;
	struct rq_str labels;

	if (d && d->governed && d->outcome == RQ_OUTCOME_PLACED) {
		r->target = rq_arena_str(&op_of(m)->arena, d->target);
		r->carried = *d->workflow != '\0';
		if (r->carried)
			r->workflow = rq_arena_str(&op_of(m)->arena, d->workflow);
		return;
	}
	r->target = rq_arena_str(&op_of(m)->arena, c->u.reroute.target ? c->u.reroute.target : "");
	rq_str_init(&labels, 0);
	rq_labels_text(&c->u.reroute.labels, &labels);
	r->labels = *r->target ? "" : rq_arena_str(&op_of(m)->arena, rq_str_get(&labels));
	rq_str_release(&labels);
}

static void move_ours(struct move *m, const struct gh_dispatched *d)
{
	struct rq_call *c = op_of(m)->call;
	struct rq_arena *a = &op_of(m)->arena;
	struct gh_out *r = &m->s.row;
	char *id = rq_arena_alloc(a, RQ_ULID_LEN);

	rq_ulid(id);
	r->id = id;
	r->repo = d->repo;
	r->workflow = d->workflow;
	r->ref = d->ref;
	r->name = d->name;
	r->type = d->type;
	r->params = other_params(m, d->params);
	r->actor = rq_arena_str(a, c->actor ? c->actor : "");
	r->decision = c->u.reroute.decision ? rq_arena_str(a, c->u.reroute.decision->id) : "";
	r->at = rq_now();
	place(m);
	if (gh_workflow_named(op_of(m)->g, a, rq_arena_fmt(a, "%s:%s", r->repo, r->workflow), &m->s.r.repo, &m->s.r.file,
			&m->err)) {
		refuse(m);
		return;
	}
	m->s.r.ref = r->ref;
	gh_read(&m->s.r, on_checked);
}

/* A run of somebody else: its first job that waits. The call goes on with another operation. */
static void move_theirs(struct move *m, struct rq_gh_job *v, size_t n)
{
	struct rq_github *g = op_of(m)->g;
	struct rq_call *c = op_of(m)->call;
	size_t i, repo = m->repo;
	int64_t run = m->run;

	if (g->forge != RQ_FORGE_GITHUB) {
		rq_fail(&m->err, RQ_EUNSUPPORTED, "relayq did not dispatch this run, and on this server the labels of "
				"runners are the "
			"runners' own: it cannot be moved.");
		refuse(m);
		return;
	}
	for (i = 0; i < n && v[i].state.status != RQ_STATUS_QUEUED; i++)
		;
	if (i == n) {
		rq_fail(&m->err, RQ_ECONFLICT, m->running ? "It runs already, and relayq did not dispatch it: it cannot "
				"be begun again "
			"elsewhere." : "None of its jobs waits for a runner yet.");
		refuse(m);
		return;
	}
	op_of(m)->call = NULL;
	rq_arena_adopt(&c->arena, &op_of(m)->arena);
	gh_op_end(op_of(m), RQ_OK);
	gh_lend(g, c, repo, run, &v[i]);
}

static void on_jobs(struct gh_op *op, const struct rq_api_answer *a)
{
	struct move *m = (struct move *)op;
	struct rq_gh_page page = { 0 };
	struct gh_dispatched d;
	struct rq_gh_job *v = NULL;
	size_t i, n;

	m->err = a->err;
	if (a->code || rq_gh_jobs_parse(&op->arena, a->body, a->body_n, op->g->forge, &v, &page, &m->err)) {
		refuse(m);
		return;
	}
	n = rq_gh_jobs_latest(v, page.n);
	for (i = 0; i < n; i++)
		m->running = m->running || v[i].state.status == RQ_STATUS_IN_PROGRESS ||
			     (v[i].state.status == RQ_STATUS_COMPLETED && v[i].state.conclusion != RQ_CONCLUSION_SKIPPED);
	if (!gh_dispatched(op->g, &op->arena, m->run, "", &d)) {
		move_theirs(m, v, n);
	} else if (m->running && !op->call->u.reroute.restart) {
		rq_fail(&m->err, RQ_ECONFLICT, "It runs already: --restart ends it and dispatches it again.");
		refuse(m);
	} else {
		op->call->u.reroute.restarting = m->running;
		move_ours(m, &d);
	}
}

static void on_run(struct gh_op *op, const struct rq_api_answer *a)
{
	struct move *m = (struct move *)op;

	m->err = a->err;
	if (a->code || rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &m->what, &m->err)) {
		refuse(m);
	} else if (m->what.state.status == RQ_STATUS_COMPLETED) {
		rq_fail(&m->err, RQ_ECONFLICT, "It has ended (%s): relayq retry runs it again.",
			rq_conclusion_name(m->what.state.conclusion));
		refuse(m);
	} else {
		gh_op_get(op, gh_path(&op->arena, op->g, m->repo, op->g->forge == RQ_FORGE_GITHUB ?
			  "/actions/runs/%lld/jobs?per_page=100" : "/actions/runs/%lld/jobs?limit=50", (long long)m->run),
					0, 0, on_jobs);
	}
}

static void resolved(struct gh_op *op, size_t repo)
{
	struct move *m = (struct move *)op;

	m->repo = repo;
	gh_op_get(op, gh_path(&op->arena, op->g, repo, "/actions/runs/%lld", (long long)m->run), 0, 0, on_run);
}

void gh_reroute(struct rq_github *g, struct rq_call *c)
{
	const struct rq_decision *d = c->u.reroute.decision;
	int64_t run, job;
	struct move *m;
	int code = gh_parse_id(g, c->u.reroute.id, &run, &job, &c->err);

	if (!code && d && (d->outcome == RQ_OUTCOME_REJECTED || d->outcome == RQ_OUTCOME_ERROR))
		code = rq_fail(&c->err, RQ_EREFUSED, "The policy rejects it: %s.", d->reason);
	if (!code && d && d->governed && d->outcome == RQ_OUTCOME_WAIT)
		code = rq_fail(&c->err, RQ_EREFUSED, "The policy would let it wait (%s), and it waits where it is.", d->reason);
	if (code) {
		rq_queue_answer(&g->q, c, code);
		return;
	}
	m = gh_op_new(g, c, sizeof *m);
	gh_send_init(&m->s);
	op_of(m)->release = release;
	m->run = run;
	gh_op_resolve(op_of(m), run, resolved, NULL);
}

/* --- what a process left -------------------------------------------------------------------- */

static const char *text_of(struct rq_arena *a, const struct rq_json *o, const char *key)
{
	const char *s = rq_json_get_str(o, key);

	return s ? rq_arena_str(a, s) : "";
}

static bool read_row(struct move *m, const struct gh_note *n)
{
	struct rq_arena *a = &op_of(m)->arena;
	struct gh_out *r = &m->s.row;
	struct rq_json *o;

	if (rq_json_parse(n->body, strlen(n->body), &o, NULL))
		return false;
	r->id = text_of(a, o, "id");
	r->repo = text_of(a, o, "repo");
	r->workflow = text_of(a, o, "workflow");
	r->ref = text_of(a, o, "ref");
	r->name = text_of(a, o, "name");
	r->type = text_of(a, o, "type");
	r->actor = text_of(a, o, "actor");
	r->decision = text_of(a, o, "decision");
	r->params = text_of(a, o, "params");
	r->labels = text_of(a, o, "labels");
	r->target = text_of(a, o, "target");
	r->carried = rq_json_get_bool(o, "carried", false);
	r->at = rq_now();
	rq_json_free(o);
	return *r->id && *r->workflow && rq_parse_i64(n->key, &m->run) && gh_scope_find(op_of(m)->g, r->repo, &m->repo);
}

static void look_at(struct move *m)
{
	look(op_of(m));
}

void gh_move_resume(struct rq_github *g, const struct gh_note *n)
{
	struct move *m = gh_op_new(g, NULL, sizeof *m);

	gh_send_init(&m->s);
	op_of(m)->release = release;
	if (!read_row(m, n)) {
		gh_op_end(op_of(m), RQ_OK);
		return;
	}
	m->key = rq_arena_str(&op_of(m)->arena, n->key);
	gh_drains_working(g, rq_arena_fmt(&op_of(m)->arena, "move:%s", m->key));
	m->began_ms = rq_mono_ns() / 1000000;
	write_down(m, "cancelling", false, look_at);
}

bool gh_note_held(const struct gh_note *n)
{
	return *n->holder && n->held_until >= rq_now() && n->held_until <= rq_now() + GH_HOLD_MS;
}

void gh_move_watch(struct rq_github *g)
{
	int64_t now = rq_mono_ns() / 1000000;
	struct rq_arena a = { 0 };
	struct gh_note *v;
	struct rq_db *db;
	size_t n, i;

	if (now - g->moves_at < WATCH_MS || !(db = gh_journal(g)))
		return;
	g->moves_at = now;
	n = gh_notes(db, &a, g->name, "lend", &v);
	for (i = 0; i < n; i++)
		if (!gh_note_held(&v[i]) && gh_key_free(g, rq_arena_fmt(&a, "lend:%s", v[i].key)))
			gh_lend_resume(g, &v[i]);
	n = gh_notes(db, &a, g->name, "move", &v);
	for (i = 0; i < n; i++)
		if (!gh_note_held(&v[i]) && gh_key_free(g, rq_arena_fmt(&a, "move:%s", v[i].key)))
			gh_move_resume(g, &v[i]);
	rq_arena_release(&a);
}
