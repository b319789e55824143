/* github_kept.c - submissions in the outbox as the faces see them: rows of Jobs, a job's detail, what cancel does. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/id.h"
#include "core/queue/github_send.h"

static void to_job(struct rq_github *g, struct rq_arena *a, const struct gh_out *r, struct rq_job *j)
{
	memset(j, 0, sizeof *j);
	j->id = j->run_id = rq_arena_fmt(a, "%s:%s", g->name, r->id);
	j->run_attempt = 1;
	j->queue = rq_arena_str(a, g->name);
	j->name = r->name;
	j->type = r->type;
	j->command = rq_arena_fmt(a, "%s%s%s", r->workflow, *r->ref ? " @" : "", r->ref);
	j->status = r->state == GH_OUT_FAILED ? RQ_STATUS_COMPLETED : RQ_STATUS_WAITING;
	j->conclusion = r->state == GH_OUT_FAILED ? RQ_CONCLUSION_FAILURE : RQ_CONCLUSION_NONE;
	j->reason = r->reason;
	rq_labels_parse(a, r->labels, &j->labels, NULL);
	j->target = r->target;
	j->runner_name = j->group = "";
	j->created_at = r->at;
	j->completed_at = r->state == GH_OUT_FAILED ? r->ended_at : 0;
	j->exit_code = -1;
	j->decision_id = r->decision;
	j->steps = 1;
}

size_t gh_kept_jobs(struct rq_github *g, struct rq_arena *a, struct rq_job **out)
{
	struct gh_out *v;
	size_t n = gh_outs(g, a, &v), i, shown = 0;

	*out = rq_arena_alloc(a, (n + 1) * sizeof **out);
	for (i = 0; i < n; i++)
		/* What is being sent is a run in a moment. */
		if (v[i].state != GH_OUT_SENDING || v[i].held_until < rq_now())
			to_job(g, a, &v[i], &(*out)[shown++]);
	return shown;
}

static struct rq_job_detail *detail_of(struct rq_github *g, struct rq_arena *a, const struct gh_out *r)
{
	struct rq_job_detail *d = rq_arena_alloc(a, sizeof *d);

	to_job(g, a, r, &d->job);
	d->cwd = "";
	d->submitter = r->actor;
	d->source = "cli";
	d->asked = d->job.labels;
	d->asked_target = r->target;
	d->params = gh_params(a, r->params, &d->n_params);
	d->note = r->why;
	return d;
}

bool gh_kept_detail(struct rq_github *g, struct rq_call *c)
{
	struct rq_id id;
	struct gh_out row;

	if (!c->u.job.id || !rq_id_split(c->u.job.id, &id) || !gh_out_id(id.run) || !gh_out_get(g, &c->arena, id.run, &row))
		return false;
	c->u.job.detail = detail_of(g, &c->arena, &row);
	rq_queue_answer(&g->q, c, RQ_OK);
	return true;
}

/* --- cancel ------------------------------------------------------------------------------- */

struct dropping {
	struct gh_out_write write;
	struct rq_each *each;
	void (*done)(struct gh_op *op);
	bool sent;
};

static void on_dropped(struct gh_op *op, int code, const struct rq_error *e)
{
	struct dropping *d = op->dropping;

	d->each->code = code;
	if (code)
		d->each->text = rq_arena_str(&op->call->arena, code == RQ_ECONFLICT ?
			"It is being sent just now: cancel it again when it has become a run." : e->msg);
	else
		d->each->text = d->sent ? "taken back; it was sent already, and may have become a run that nobody waits for" :
				"taken back: it will not be dispatched";
	gh_tell(op->g);
	d->done(op);
}

bool gh_kept_cancel(struct gh_op *op, const char *id, struct rq_each *each, void (*done)(struct gh_op *op))
{
	struct dropping *d;
	struct gh_out row;
	struct rq_id parts;

	if (!id || !rq_id_split(id, &parts) || !gh_out_id(parts.run) || !gh_out_get(op->g, &op->arena, parts.run, &row))
		return false;
	d = rq_arena_alloc(&op->arena, sizeof *d);
	d->write = (struct gh_out_write){ .queue = op->g->name, .api = op->g->config->api, .row = row, .holder = "-" };
	d->each = each;
	d->done = done;
	d->sent = row.state == GH_OUT_UNSURE || row.state == GH_OUT_SENDING;
	op->dropping = d;
	gh_op_write(op, gh_out_drop, d, on_dropped);
	return true;
}
