/* github_drain.c - DRAIN and UNDRAIN: what is to be done, by what the server and the journal say. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_drain.h"
#include "core/queue/github_move.h"

struct verb {
	struct gh_drain d;
	bool undo;
	const struct gh_fleet_runner *runner;
	struct rq_ghdrain_seen seen;
	struct rq_ghdrain_view view;
	int64_t parked;                 /* the group for drained runners; 0 labels are taken */
};

static struct rq_call *call_of(struct verb *v)
{
	return v->d.f.op.call;
}

static void fail(struct verb *v, int code)
{
	v->d.err.code = code;
	gh_drain_end(&v->d, code);
}

/* --- words -------------------------------------------------------------------------------- */

void gh_drain_seen(struct rq_arena *a, const struct rq_github *g, size_t repo, const struct rq_gh_runner *r,
		   struct rq_ghdrain_seen *out)
{
	const struct gh_seen *run;
	const struct rq_gh_job *job = gh_job_of_runner(g, r->id, &run);

	*out = (struct rq_ghdrain_seen){
		.known = true, .there = true, .online = r->online, .busy = r->busy, .disabled = r->disabled, .group = r->group_id,
		.scanned = repo != GH_NO_REPO,
	};
	gh_custom_labels(a, r, &out->custom);
	if (job) {
		out->job = rq_arena_fmt(a, "%s:%lld/%lld", g->name, (long long)job->run_id, (long long)job->id);
		out->job_started_at = job->started_at;
	}
}

static const char *begun_text(struct verb *v)
{
	const struct rq_ghdrain_seen *s = &v->seen;
	struct rq_arena *a = &v->d.f.op.arena;
	char window[RQ_TIME_LEN];

	rq_duration_text(v->d.f.op.g->config->drain_confirm_ms, window);
	if (s->busy || s->job)
		return rq_arena_fmt(a, "draining: it finishes %s, and is drained when nothing came for %s then.%s",
				    s->job ? s->job : "what it runs", window, gh_drain_risks(a, &v->d.f, v->runner));
	return rq_arena_fmt(a, "draining: idle; it is drained when nothing came for %s.%s", window,
			    gh_drain_risks(a, &v->d.f, v->runner));
}

/* --- drain -------------------------------------------------------------------------------- */

/* The reason, the deadline and who are always those of the last that asked. */
static void take_over(struct verb *v)
{
	struct rq_call *c = call_of(v);
	struct rq_arena *a = &v->d.f.op.arena;

	v->d.row.reason = rq_arena_str(a, c->u.drain.reason);
	v->d.row.by = rq_arena_str(a, c->actor ? c->actor : "");
	v->d.row.deadline = c->u.drain.deadline;
}

static void drain_anew(struct verb *v)
{
	struct gh_drain *d = &v->d;
	struct rq_ghlabels marks;
	int code;

	d->row.how = d->f.op.g->forge == RQ_FORGE_GITEA ? RQ_GHDRAIN_DISABLED : v->parked ? RQ_GHDRAIN_GROUP : RQ_GHDRAIN_LABELS;
	d->row.labels = v->seen.custom;
	d->row.group = v->seen.group;
	d->row.parked = v->parked;
	d->row.since = rq_now();
	d->row.cordoned_at = 0;
	d->row.breach = "";
	code = d->row.how == RQ_GHDRAIN_LABELS ? rq_ghdrain_mark(&d->f.op.arena, &d->row.labels, &marks, &d->err) : RQ_OK;
	if (code) {
		rq_fail_in(&d->err, "%s cannot be drained", d->row.runner);
		gh_drain_end(d, code);
		return;
	}
	d->text = begun_text(v);
	gh_drain_cordon(d);
}

/* Drained from elsewhere: from the markers it is known what an undo has to put back. */
static void adopt(struct verb *v)
{
	struct gh_drain *d = &v->d;

	if (!v->seen.disabled && !v->parked && !rq_ghdrain_only_marks(&v->seen.custom)) {
		rq_fail(&d->err, RQ_ECONFLICT, "%s has the label '" RQ_GHDRAIN_MARKER "' and others that no drain "
				"leaves: take it away, or "
			"relayq undrain %s.", d->row.runner, d->row.runner);
		gh_drain_end(d, RQ_ECONFLICT);
		return;
	}
	d->row.how = v->seen.disabled ? RQ_GHDRAIN_DISABLED : v->seen.parked ? RQ_GHDRAIN_GROUP : RQ_GHDRAIN_LABELS;
	rq_ghdrain_unmark(&d->f.op.arena, &v->seen.custom, &d->row.labels);
	d->row.parked = v->parked;
	d->row.since = d->row.cordoned_at = rq_now();
	d->text = "it was drained from elsewhere: adopted";
	gh_drain_keep(d, RQ_GHDRAIN_DRAINING);
}

static void refuse_conflict(struct verb *v)
{
	rq_fail(&v->d.err, RQ_ECONFLICT, "%s: %.300s. Nothing was overwritten; relayq undrain %s takes the markers away "
			"and leaves what "
		"is new.", v->d.row.runner, v->view.text, v->d.row.runner);
	gh_drain_end(&v->d, RQ_ECONFLICT);
}

static void drain_again(struct verb *v)
{
	struct gh_drain *d = &v->d;
	bool before = d->row.how == RQ_GHDRAIN_LABELS ? rq_ghlabels_same(&d->row.labels, &v->seen.custom) :
		      d->row.how == RQ_GHDRAIN_GROUP ? v->seen.group == d->row.group : !v->seen.disabled;

	if (before) {
		drain_anew(v);
	} else if (v->view.sides & RQ_GHDRAIN_CONFLICT) {
		refuse_conflict(v);
	} else if (d->row.state == RQ_GHDRAIN_CORDONING || d->row.state == RQ_GHDRAIN_RESUMING) {
		d->text = begun_text(v);
		gh_drain_cordon(d);
	} else {
		d->text = "it is drained or draining already: the reason and the deadline are changed";
		gh_drain_keep(d, d->row.state);
	}
}

static void choose_drain(struct verb *v)
{
	take_over(v);
	if (v->d.kept)
		drain_again(v);
	else if (rq_ghdrain_marked(&v->seen.custom) || v->seen.disabled || v->seen.parked)
		adopt(v);
	else
		drain_anew(v);
}

/* --- undrain ------------------------------------------------------------------------------ */

static bool is_marked(const struct verb *v)
{
	return rq_ghdrain_marked(&v->seen.custom) || v->seen.disabled || v->seen.parked;
}

/* By markers alone; the row only says how, and for a group, from where. */
static void choose_undrain(struct verb *v)
{
	struct gh_drain *d = &v->d;

	if (!d->kept && !is_marked(v)) {
		d->text = "it was not draining";
		gh_drain_end(d, RQ_OK);
		return;
	}
	if (!d->kept) {
		d->row.how = v->seen.disabled ? RQ_GHDRAIN_DISABLED : v->seen.parked ? RQ_GHDRAIN_GROUP : RQ_GHDRAIN_LABELS;
		rq_ghdrain_unmark(&d->f.op.arena, &v->seen.custom, &d->row.labels);
		d->row.parked = v->parked;
		d->row.since = rq_now();
		d->was = RQ_GHDRAIN_ACTIVE;
	}
	d->row.state = RQ_GHDRAIN_RESUMING;
	d->row.error = "";
	rq_ghdrain_look(&d->f.op.arena, &d->row, &v->seen, rq_now(), d->f.op.g->config->drain_confirm_ms, &v->view);
	d->text = v->view.todo == RQ_GHDRAIN_FORGET ? "somebody has put it back already" :
		  !d->kept && v->seen.parked ? "in use again, in the organisation's default group" : "in use again";
	if (v->view.todo == RQ_GHDRAIN_FORGET)
		gh_drain_forget(d);
	else
		gh_drain_undo(d);
}

/* --- both --------------------------------------------------------------------------------- */

static int read_row(struct verb *v)
{
	struct gh_drain *d = &v->d;
	struct rq_github *g = d->f.op.g;
	struct rq_db *db = gh_journal(g);
	struct gh_note n;
	int code;

	if (db && !v->undo && gh_note_get(db, &d->f.op.arena, g->name, "lend", d->key, &n))
		return rq_fail(&d->err, RQ_EBUSY, "%s has labels lent for a re-route: drain it when they were taken "
				"back, in ten minutes at "
			       "most.", d->row.runner);
	if (!db || !gh_note_get(db, &d->f.op.arena, g->name, "drain", d->key, &n))
		return RQ_OK;
	code = rq_ghdrain_parse(&d->f.op.arena, n.state, n.body, &d->row, &d->err);
	if (code)
		return code;
	d->kept = true;
	d->was = d->row.state == RQ_GHDRAIN_DRAINED ? RQ_GHDRAIN_DRAINED : RQ_GHDRAIN_DRAINING;
	if (gh_note_held(&n))
		return rq_fail(&d->err, RQ_EBUSY, "Another process works on the drain of %s: try again in a minute.",
				d->row.runner);
	return RQ_OK;
}

static void choose(struct verb *v)
{
	struct gh_drain *d = &v->d;
	struct rq_github *g = d->f.op.g;
	int code;

	d->repo = v->runner->repo;
	d->page = v->runner->page;
	d->key = gh_drain_key(&d->f.op.arena, g, d->repo, v->runner->r.id);
	d->row = (struct rq_ghdrain){ .scope = rq_arena_str(&d->f.op.arena, gh_scope(g, d->repo)), .runner = v->runner->r.name,
				      .id = v->runner->r.id, .reason = "", .by = "", .breach = "", .error = "" };
	code = read_row(v);
	if (code) {
		fail(v, code);
		return;
	}
	gh_drain_seen(&d->f.op.arena, g, d->repo, &v->runner->r, &v->seen);
	v->seen.parked = v->parked && v->seen.group == v->parked;
	d->now = v->seen.custom;
	rq_ghdrain_look(&d->f.op.arena, d->kept ? &d->row : NULL, &v->seen, rq_now(), g->config->drain_confirm_ms, &v->view);
	gh_drains_working(g, d->key);
	if (v->undo)
		choose_undrain(v);
	else
		choose_drain(v);
}

static void on_groups(struct gh_op *op, const struct rq_api_answer *a)
{
	struct verb *v = (struct verb *)op;
	struct rq_gh_page page = { 0 };
	struct rq_gh_group *groups = NULL;
	int code = a->code;
	size_t i;

	v->d.err = a->err;
	if (!code)
		code = rq_gh_groups_parse(&op->arena, a->body, a->body_n, &groups, &page, &v->d.err);
	if (code) {
		fail(v, code);
		return;
	}
	for (i = 0; i < page.n; i++)
		if (rq_ieq(groups[i].name, op->g->config->drain_group))
			v->parked = groups[i].id;
	if (v->parked)
		choose(v);
	else
		fail(v, rq_fail(&v->d.err, RQ_EUSAGE, "%s has no runner group '%.64s', which the settings name for "
				"drained runners.",
				op->g->org, op->g->config->drain_group));
}

/* A runner that is gone keeps no row. */
static bool forget_gone(struct verb *v, const char *name)
{
	struct gh_drain *d = &v->d;
	struct rq_github *g = d->f.op.g;
	struct rq_db *db = gh_journal(g);
	struct gh_note *notes;
	size_t n = db ? gh_notes(db, &d->f.op.arena, g->name, "drain", &notes) : 0, i;

	for (i = 0; i < n; i++) {
		if (rq_ghdrain_parse(&d->f.op.arena, notes[i].state, notes[i].body, &d->row, NULL) || !rq_ieq(d->row.runner,
				name))
			continue;
		d->key = notes[i].key;
		d->text = "it is not registered any more: its drain is forgotten";
		gh_drains_working(g, d->key);
		gh_drain_forget(d);
		return true;
	}
	return false;
}

static void on_fleet(struct gh_fleet *f)
{
	struct verb *v = (struct verb *)f;
	const char *name = f->op.call->u.drain.runner;
	int code = gh_fleet_find(f, name, &v->runner, &v->d.err);

	if (code == RQ_ENOTFOUND && v->undo && !f->code && forget_gone(v, name))
		return;
	if (code)
		gh_drain_end(&v->d, code);
	else if (v->runner->repo == GH_NO_REPO && *f->op.g->config->drain_group)
		gh_op_get(&f->op, gh_path(&f->op.arena, f->op.g, GH_NO_REPO, "/actions/runner-groups?per_page=100"), 60000,
				0, on_groups);
	else
		choose(v);
}

static void begin(struct rq_github *g, struct rq_call *c, bool undo)
{
	struct verb *v;
	int code = RQ_OK;

	if (g->forge == RQ_FORGE_FORGEJO)
		code = rq_fail(&c->err, RQ_EUNSUPPORTED, "Forgejo has no way to keep jobs from a runner: stop it when it "
				"is idle.");
	else if (!undo && (!c->u.drain.reason || !*c->u.drain.reason))
		code = rq_fail(&c->err, RQ_EUSAGE, "A drain needs a reason: whoever finds the runner drained will ask for it.");
	if (code) {
		rq_queue_answer(&g->q, c, code);
		return;
	}
	v = gh_op_new(g, c, sizeof *v);
	v->undo = undo;
	v->d.f.op.release = gh_drain_release;
	rq_token(v->d.holder);
	gh_fleet_ask(&v->d.f, on_fleet);
}

void gh_drain(struct rq_github *g, struct rq_call *c)
{
	begin(g, c, false);
}

void gh_undrain(struct rq_github *g, struct rq_call *c)
{
	begin(g, c, true);
}
