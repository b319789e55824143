/* github_drain_step.c - the steps of a drain and of its end: the row, one request, a look, the row again.
 *
 * A request that was refused has changed nothing; one without an answer may have: then the look decides, and where that
 * cannot be had, the row stays for whoever comes next. Each request says what shall be, so asking twice does no harm. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_drain.h"

enum { RETRY_MS = 30000, LOOK_MS = 1500, LOOKS = 4 };

const char *gh_drain_key(struct rq_arena *a, const struct rq_github *g, size_t repo, int64_t id)
{
	return rq_arena_fmt(a, "%s/%lld", gh_scope(g, repo), (long long)id);
}

/* --- the end ------------------------------------------------------------------------------ */

void gh_drain_release(struct gh_op *op)
{
	struct gh_drain *d = (struct gh_drain *)op;

	if (d->key)
		gh_drains_dirty(op->g, d->key, d->told ? RETRY_MS : 0);
	gh_fleet_release(&d->f);
}

void gh_drain_end(struct gh_drain *d, int code)
{
	struct rq_github *g = d->f.op.g;
	struct rq_call *c = d->f.op.call;

	if (c && code)
		c->err = d->err;
	if (c)
		c->u.drain.text = rq_call_str(c, d->text ? d->text : "");
	gh_op_end(&d->f.op, code);
	gh_stale_runners(g);
	gh_tell(g);
}

/* --- the row ------------------------------------------------------------------------------ */

struct row_write {
	const char *queue, *key, *state, *body, *holder;        /* state NULL: the row goes */
	int64_t at;
	bool release;
};

static int write_row(struct rq_db *db, void *arg, struct rq_error *e)
{
	struct row_write *w = arg;
	struct gh_note n = { .kind = "drain", .key = w->key, .state = w->state, .body = w->body, .holder = w->holder,
			.at = w->at };
	int code = w->state ? gh_note_put(db, w->queue, &n, e) : gh_note_drop(db, w->queue, &n, e);

	if (!code && w->state && w->release)
		code = gh_note_release(db, w->queue, &n, e);
	return code;
}

/* STATE RQ_GHDRAIN_ACTIVE: the row goes. */
static void write_down(struct gh_drain *d, enum rq_ghdrain_state s, bool release, gh_written_fn *then)
{
	struct rq_arena *a = &d->f.op.arena;
	struct row_write *w = rq_arena_alloc(a, sizeof *w);
	struct rq_str body;

	rq_str_init(&body, 0);
	d->row.state = s;
	rq_ghdrain_print(&d->row, &body);
	*w = (struct row_write){
		.queue = rq_arena_str(a, d->f.op.g->name), .key = d->key, .body = rq_arena_str(a, rq_str_get(&body)),
		.state = s == RQ_GHDRAIN_ACTIVE ? NULL : rq_ghdrain_state_name(s), .holder = rq_arena_str(a, d->holder),
		.at = d->row.since, .release = release,
	};
	rq_str_release(&body);
	gh_op_write(&d->f.op, write_row, w, then);
}

static void on_page(struct gh_op *op, const struct rq_api_answer *a)
{
	(void)a;
	gh_drain_end((struct gh_drain *)op, RQ_OK);
}

/* What the processes of this user share of the list is older than the change: who looks next shall see it. */
static void on_kept(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_drain *d = (struct gh_drain *)op;

	if (code)
		d->err = *e;
	if (code || !d->page)
		gh_drain_end(d, code);
	else
		gh_op_get(op, d->page, 0, 0, on_page);
}

void gh_drain_keep(struct gh_drain *d, enum rq_ghdrain_state s)
{
	write_down(d, s, true, on_kept);
}

void gh_drain_forget(struct gh_drain *d)
{
	write_down(d, RQ_GHDRAIN_ACTIVE, false, on_kept);
}

/* The row is as it shall be; the answer is the error that led there. */
static void on_failed(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_drain *d = (struct gh_drain *)op;

	(void)code;
	(void)e;
	gh_drain_end(d, d->err.code);
}

static void fail_and_keep(struct gh_drain *d, enum rq_ghdrain_state s)
{
	write_down(d, s, true, on_failed);
}

/* --- telling the server --------------------------------------------------------------------- */

/* Certainly nothing was done; LATER: because it could not be asked, not because it may not be. */
static bool refused(const struct rq_api_answer *a, bool *later)
{
	*later = a->reach == RQ_HTTP_NOT_SENT || a->code == RQ_EBUSY;
	return a->code && (*later || (a->status >= 400 && a->status < 500));
}

static void look_again(struct gh_drain *d, gh_op_fn *then)
{
	d->looked = then;
	gh_op_get(&d->f.op, gh_runner_path(&d->f.op.arena, d->f.op.g, d->repo, d->row.id, ""), 0, 0, then);
}

static void look_now(struct gh_op *op)
{
	struct gh_drain *d = (struct gh_drain *)op;

	look_again(d, d->looked);
}

/* What broke the answer of a request may be over in a moment. */
static bool look_later(struct gh_drain *d)
{
	if (++d->looks > LOOKS)
		return false;
	gh_op_later(&d->f.op, LOOK_MS, look_now);
	return true;
}

static const char *group_path(struct gh_drain *d, int64_t group)
{
	return gh_path(&d->f.op.arena, d->f.op.g, GH_NO_REPO, "/actions/runner-groups/%lld/runners/%lld", (long long)group,
		       (long long)d->row.id);
}

static void send_labels(struct gh_drain *d, const struct rq_ghlabels *l, gh_op_fn *then)
{
	struct rq_arena *a = &d->f.op.arena;

	gh_op_send(&d->f.op, "PUT", gh_runner_path(a, d->f.op.g, d->repo, d->row.id, "/labels"), gh_labels_body(a, l), then);
}

static void send_switch(struct gh_drain *d, bool disabled, gh_op_fn *then)
{
	gh_op_send(&d->f.op, "PATCH", gh_runner_path(&d->f.op.arena, d->f.op.g, d->repo, d->row.id, ""),
		   disabled ? "{\"disabled\":true}" : "{\"disabled\":false}", then);
}

/* What is there now, by the answer of a look. */
static int see(struct gh_drain *d, const struct rq_api_answer *a, struct rq_ghdrain_seen *s)
{
	struct rq_gh_runner r;
	int code;

	if (a->code) {
		d->err = a->err;
		return a->code;
	}
	code = rq_gh_runner_parse(&d->f.op.arena, a->body, a->body_n, d->f.op.g->forge, &r, &d->err);
	if (code)
		return code;
	gh_drain_seen(&d->f.op.arena, d->f.op.g, d->repo, &r, s);
	d->now = s->custom;
	return RQ_OK;
}

/* --- cordoning ------------------------------------------------------------------------------ */

static void refuse_cordon(struct gh_drain *d, const struct rq_api_answer *a, bool later)
{
	d->err = a->err;
	d->told = a->code;
	if (d->row.how == RQ_GHDRAIN_DISABLED && (a->status == 404 || a->status == 405))
		rq_fail(&d->err, a->code, "This server has no switch for runners, or the token may not use it: Gitea has "
				"one since 1.25, "
			"Forgejo has none.");
	if (!d->kept)
		write_down(d, RQ_GHDRAIN_ACTIVE, false, on_failed);
	else {
		d->row.error = later ? "" : rq_arena_str(&d->f.op.arena, a->err.msg);
		fail_and_keep(d, RQ_GHDRAIN_CORDONING);
	}
}

static void not_certain(struct gh_drain *d, const char *what, enum rq_ghdrain_state s)
{
	struct rq_error why = d->err;

	rq_fail(&d->err, RQ_EUNREACHABLE, "%s, and it is not certain whether that was done: relayq drain --wait, or a console, "
		"looks again. %.200s", what, why.msg);
	d->told = RQ_EUNREACHABLE;
	fail_and_keep(d, s);
}

static void on_cordoned(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_drain *d = (struct gh_drain *)op;
	struct rq_ghdrain_seen s;
	struct rq_ghdrain_view v;

	if (see(d, a, &s)) {
		if (!look_later(d))
			not_certain(d, "The server was asked to drain it", RQ_GHDRAIN_CORDONING);
		return;
	}
	rq_ghdrain_look(&op->arena, &d->row, &s, rq_now(), op->g->config->drain_confirm_ms, &v);
	if (v.todo == RQ_GHDRAIN_CORDON && d->told) {
		not_certain(d, "The server was asked to drain it", RQ_GHDRAIN_CORDONING);
		return;
	}
	if (v.todo == RQ_GHDRAIN_CORDON) {
		rq_fail(&d->err, RQ_EFAILED, "The server said that it was done, and the runner is as before.");
		d->row.error = rq_arena_str(&op->arena, d->err.msg);
		fail_and_keep(d, RQ_GHDRAIN_CORDONING);
		return;
	}
	/* As it shall be; or somebody has changed it within this second, which is shown. */
	d->told = RQ_OK;
	d->row.cordoned_at = a->server_at ? a->server_at : rq_now();
	gh_drain_keep(d, RQ_GHDRAIN_DRAINING);
}

static void on_told(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_drain *d = (struct gh_drain *)op;
	bool later;

	if (refused(a, &later)) {
		refuse_cordon(d, a, later);
		return;
	}
	d->told = a->code;
	d->err = a->err;
	look_again(d, on_cordoned);
}

static void tell_cordon(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_drain *d = (struct gh_drain *)op;
	struct rq_ghlabels marks;

	if (code) {
		on_kept(op, code, e);
		return;
	}
	switch (d->row.how) {
	case RQ_GHDRAIN_GROUP:
		gh_op_send(op, "PUT", group_path(d, d->row.parked), NULL, on_told);
		break;
	case RQ_GHDRAIN_DISABLED:
		send_switch(d, true, on_told);
		break;
	default:
		/* Those that do not fit were refused before the row was written. */
		if (rq_ghdrain_mark(&op->arena, &d->row.labels, &marks, &d->err))
			gh_drain_end(d, d->err.code);
		else
			send_labels(d, &marks, on_told);
	}
}

void gh_drain_cordon(struct gh_drain *d)
{
	d->row.error = "";
	write_down(d, RQ_GHDRAIN_CORDONING, false, tell_cordon);
}

/* --- undoing -------------------------------------------------------------------------------- */

static void on_undone(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_drain *d = (struct gh_drain *)op;
	struct rq_ghdrain_seen s;
	struct rq_ghdrain_view v;

	if (see(d, a, &s)) {
		if (!look_later(d))
			not_certain(d, "The server was asked to take it into use again", RQ_GHDRAIN_RESUMING);
		return;
	}
	d->row.error = "";
	rq_ghdrain_look(&op->arena, &d->row, &s, rq_now(), op->g->config->drain_confirm_ms, &v);
	if (v.todo != RQ_GHDRAIN_FORGET) {
		not_certain(d, "The server was asked to take it into use again", RQ_GHDRAIN_RESUMING);
		return;
	}
	d->told = RQ_OK;
	gh_drain_forget(d);
}

static void on_told_undo(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_drain *d = (struct gh_drain *)op;
	bool later;

	d->told = a->code;
	d->err = a->err;
	if (!refused(a, &later)) {
		look_again(d, on_undone);
		return;
	}
	d->row.error = later ? "" : rq_arena_str(&op->arena, a->err.msg);
	if (d->was == RQ_GHDRAIN_ACTIVE)        /* it had no row before */
		write_down(d, RQ_GHDRAIN_ACTIVE, false, on_failed);
	else
		fail_and_keep(d, d->was);
}

static void tell_undo(struct gh_op *op, int code, const struct rq_error *e)
{
	struct gh_drain *d = (struct gh_drain *)op;
	struct rq_ghlabels back;

	if (code) {
		on_kept(op, code, e);
		return;
	}
	switch (d->row.how) {
	case RQ_GHDRAIN_GROUP:
		/* Out of the group without repositories: into the one before, or where nobody knows that, the default one. */
		if (d->row.group)
			gh_op_send(op, "PUT", group_path(d, d->row.group), NULL, on_told_undo);
		else
			gh_op_send(op, "DELETE", group_path(d, d->row.parked), NULL, on_told_undo);
		break;
	case RQ_GHDRAIN_DISABLED:
		send_switch(d, false, on_told_undo);
		break;
	default:
		rq_ghdrain_unmark(&op->arena, &d->now, &back);
		send_labels(d, &back, on_told_undo);
	}
}

void gh_drain_undo(struct gh_drain *d)
{
	d->row.error = "";
	write_down(d, RQ_GHDRAIN_RESUMING, false, tell_undo);
}
