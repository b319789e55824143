/* One decision: the whole record, and from there to the job, the runner and the decision before it. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/fetch.h"
#include "tui/textview.h"

struct decision_view {
	struct rq_textview text;
	char *id;                       /* as asked for: a decision's, or a job's, whose latest it is */
	struct rq_fetch *fetch;
};

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct decision_view *v = (struct decision_view *)view;
	const struct rq_decision *d = rq_fetch_decision(v->fetch);
	struct rq_rich *out = &v->text.rich;
	bool failed = *rq_fetch_error(v->fetch);

	rq_rich_clear(out);
	if (d) {
		const struct rq_job *j = rq_snapshot_job(view->ui->snap, d->job_id);

		rq_decision_text(view->ui, d, j, RQ_TELL_ALL, out);
		rq_decision_chain(view->ui, d->job_id, j, d->id, out);
	} else {
		rq_rich_add(out, failed ? RQ_ROLE_ERROR : RQ_ROLE_DIM, failed ? rq_fetch_error(v->fetch) : "Loading.");
		rq_rich_end_line(out);
	}
	rq_textview_draw(&v->text, (struct rq_rect){ r.row, r.col + 1, r.rows, r.cols - 1 });
}

/* A record never changes; which one is a job's latest does. */
static void changed(struct rq_view *view)
{
	struct decision_view *v = (struct decision_view *)view;
	const struct rq_decision *d = rq_fetch_decision(v->fetch);
	const struct rq_job *j = rq_snapshot_job(view->ui->snap, v->id);

	if (j && d && !rq_eq(j->decision_id, d->id))
		rq_fetch_stale(v->fetch);
}

static void title(struct rq_view *view, struct rq_str *out)
{
	struct decision_view *v = (struct decision_view *)view;
	const struct rq_decision *d = rq_fetch_decision(v->fetch);

	rq_str_addf(out, "explain %s", d && *d->job_id ? d->job_id : v->id);
}

/* Where it went; else the runner that was nearest to taking it. */
static void runner_of(const struct rq_decision *d, struct rq_str *out)
{
	const char *colon = d->nearest ? strchr(d->nearest, ':') : NULL;

	if (*d->target)
		rq_str_add(out, d->target);
	else if (colon)
		rq_str_addn(out, d->nearest, (size_t)(colon - d->nearest));
	else if (d->n_candidates)
		rq_str_add(out, d->candidates[0].name);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	const struct rq_decision *d = rq_fetch_decision(((struct decision_view *)view)->fetch);
	struct rq_str value;

	if (!d)
		return;
	rq_str_init(&value, 4096);
	if (rq_starts(what, "job"))
		rq_str_add(&value, d->job_id);
	else if (rq_starts(what, "runner"))
		runner_of(d, &value);
	else if (rq_eq(what, "decision"))
		rq_str_add(&value, d->id);
	else if (rq_eq(what, "previous"))
		rq_str_add(&value, d->prev_id);
	rq_words_put(out, rq_str_get(&value));
	rq_str_release(&value);
}

static void free_view(struct rq_view *view)
{
	struct decision_view *v = (struct decision_view *)view;

	rq_fetch_free(v->fetch);
	rq_textview_release(&v->text);
	rq_free(v->id);
	rq_free(v);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_DECISION,
	.free = free_view,
	.changed = changed,
	.draw = draw,
	.act = rq_textview_act,
	.pick = pick,
	.title = title,
};

void rq_view_decision_open(struct rq_ui *ui, const char *id)
{
	struct decision_view *v = rq_alloc(sizeof *v);

	rq_textview_init(&v->text, ui, &ops);
	v->id = rq_strdup(id);
	v->fetch = rq_fetch_new(ui, RQ_VERB_DECISION);
	rq_fetch_want(v->fetch, id);
	rq_ui_push(ui, &v->text.view);
}
