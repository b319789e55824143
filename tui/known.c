/* Names for completion. */
#include "tui/known.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/call.h"
#include "core/model/cap.h"
#include "tui/listview.h"
#include "tui/ui.h"

enum { FRESH_MS = 60000 };

struct request {
	struct rq_ui *ui;
	struct rq_known *known;         /* NULL: nobody waits any more */
};

struct rq_known {
	struct rq_ui *ui;
	struct rq_call *workflows;      /* the last answer; NULL none */
	struct request *request;
	char *queue;                    /* that it was asked of */
	int64_t asked_at;
	unsigned answers;
};

struct rq_known *rq_known_new(struct rq_ui *ui)
{
	struct rq_known *k = rq_alloc(sizeof *k);

	k->ui = ui;
	k->queue = rq_strdup("");
	return k;
}

void rq_known_free(struct rq_known *k)
{
	if (!k)
		return;
	if (k->request)
		k->request->known = NULL;
	rq_call_free(k->workflows);
	rq_free(k->queue);
	rq_free(k);
}

/* ---- workflows ---- */

static void answered(struct rq_call *call, void *ud)
{
	struct request *r = ud;
	struct rq_known *k = r->known;

	rq_ui_answered(r->ui);
	rq_free(r);
	if (!k)
		return;
	k->request = NULL;
	k->answers++;
	k->ui->dirty = true;
	if (call->code)
		return; /* the head of the screen tells that a queue does not answer */
	rq_call_keep(call);
	rq_call_free(k->workflows);
	k->workflows = call;
}

static const char *queue_of(const struct rq_ui *ui, const char *named)
{
	const struct rq_snapshot *s = ui->snap;
	size_t i;

	for (i = 0; i < s->n_queues; i++)
		if ((s->queues[i].caps & RQ_CAP_WORKFLOWS) && (!*named || rq_ieq(s->queues[i].name, named)))
			return s->queues[i].name;
	return NULL;
}

bool rq_known_ask_workflows(struct rq_known *k, const char *queue)
{
	const char *name = queue_of(k->ui, queue);
	struct rq_call *call;

	if (!name || k->request || k->ui->quit)
		return k->request != NULL;
	if (rq_eq(k->queue, name) && rq_now() - k->asked_at < FRESH_MS)
		return false;
	if (!rq_eq(k->queue, name)) {
		rq_call_free(k->workflows);
		k->workflows = NULL;
		rq_free(k->queue);
		k->queue = rq_strdup(name);
	}
	k->asked_at = rq_now();
	k->request = rq_alloc(sizeof *k->request);
	k->request->ui = k->ui;
	k->request->known = k;
	call = rq_call_new(RQ_VERB_WORKFLOWS, answered, k->request);
	call->queue = rq_call_str(call, name);
	k->ui->pending++;
	rq_start(k->ui->rq, call);
	return true;
}

unsigned rq_known_answers(const struct rq_known *k)
{
	return k->answers;
}

/* ---- all of it ---- */

/* NULL: what is in sight is no table that can be sorted. */
static const struct rq_list_ops *table_of(struct rq_ui *ui)
{
	const struct rq_view *v = rq_ui_base(ui);

	switch (v->ops->id) {
	case RQ_VIEW_JOBS: case RQ_VIEW_RUNNERS: case RQ_VIEW_DECISIONS: case RQ_VIEW_ACTIVITY:
		return ((const struct rq_listview_ops *)(const void *)v->ops)->list;
	default: return NULL;
	}
}

static const char *columns_of(struct rq_ui *ui, struct rq_arena *a)
{
	const struct rq_list_ops *list = table_of(ui);
	const char *out = "";
	size_t i;

	for (i = 0; list && list->compare && i < list->n_columns; i++)
		if (*list->columns[i].name)
			out = rq_arena_fmt(a, "%s%s%s", out, *out ? "|" : "", list->columns[i].name);
	return out;
}

static const char *views_of(struct rq_ui *ui, struct rq_arena *a)
{
	const char *out = "";
	size_t i;

	for (i = 0; i < RQ_TABS; i++)
		out = rq_arena_fmt(a, "%s%s%s", out, i ? "|" : "", rq_view_name(ui->tabs[i]->ops->id));
	return out;
}

void rq_known_sources(struct rq_known *k, struct rq_arena *a, struct rq_sources *out)
{
	memset(out, 0, sizeof *out);
	out->snap = k->ui->snap;
	out->types = rq_job_types(k->ui->rq, a, &out->n_types);
	out->columns = columns_of(k->ui, a);
	out->views = views_of(k->ui, a);
	if (k->workflows) {
		out->workflows = k->workflows->u.workflows.v;
		out->n_workflows = k->workflows->u.workflows.n;
	}
}
