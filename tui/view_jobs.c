/* Jobs: active first, then finished. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/listview.h"

enum { NEAR_END = 100, FILTERED = 10000, LOADED_MAX = 100000 };
enum { STATUS, ID, NAME, TYPE, RUNNER, LABELS, AGE, TIME, N_COLUMNS };

static const struct rq_column columns[] = {
	[STATUS] = { "STATUS", 13, 13, 0, false },
	[ID] = { "ID", 8, 24, 0, false },
	[NAME] = { "NAME", 13, 0, 0, false },
	[TYPE] = { "TYPE", 7, 14, 3, false },
	[RUNNER] = { "RUNNER", 7, 16, 1, false },
	[LABELS] = { "LABELS", 11, 26, 4, false },
	[AGE] = { "AGE", 6, 6, 2, false },
	[TIME] = { "TIME", 7, 18, 0, false },
};

static const struct rq_job *job_at(void *ud, size_t item)
{
	return &((struct rq_listview *)ud)->view.ui->snap->jobs[item];
}

static size_t count(void *ud)
{
	return ((struct rq_listview *)ud)->view.ui->snap->n_jobs;
}

static const char *id(void *ud, size_t item)
{
	return job_at(ud, item)->id;
}

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

/* How long it runs or ran, or else what it waits for. */
static void time_cell(struct rq_ui *ui, const struct rq_job *j, struct rq_str *out,
		      enum rq_role *role)
{
	char buf[RQ_TIME_LEN], held[RQ_HOLD_TEXT_LEN];

	if (rq_held_text(ui, j->id, held)) {
		rq_str_add(out, held);
		*role = RQ_ROLE_WARNING;
	} else if (j->status == RQ_STATUS_IN_PROGRESS) {
		rq_str_add(out, rq_ui_elapsed(ui, j->started_at, buf));
		if (j->cancel_requested)
			rq_str_add(out, " ending");
	} else if (j->status == RQ_STATUS_COMPLETED && j->started_at) {
		rq_str_add(out, rq_duration_text(rq_job_elapsed(j, ui->now), buf));
	} else {
		/* That it was cancelled stands in the first column already. */
		const char *reason = rq_eq(j->reason, RQ_WHY_CANCEL_REQUESTED) ? "" : j->reason;

		rq_str_add(out, or_dash(reason));
		*role = *reason ? RQ_ROLE_WAITING : RQ_ROLE_DIM;
	}
}

static void cell(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role)
{
	struct rq_ui *ui = ((struct rq_listview *)ud)->view.ui;
	const struct rq_job *j = job_at(ud, item);
	char buf[RQ_TIME_LEN];

	switch (column) {
	case STATUS:
		rq_str_add(out, rq_status_glyph(ui, j));
		rq_str_addc(out, ' ');
		rq_str_add(out, rq_job_state_text(j));
		*role = rq_status_role(j);
		break;
	case ID: rq_str_add(out, j->id); break;
	case NAME: rq_str_add(out, j->name); break;
	case TYPE: rq_str_add(out, j->type); break;
	case RUNNER:
		if (*j->runner_name) {
			rq_str_add(out, j->runner_name);
		} else {
			rq_str_add(out, or_dash(j->target)); /* where it is meant to go */
			*role = RQ_ROLE_DIM;
		}
		break;
	case LABELS: rq_labels_text(&j->labels, out); break;
	case AGE: rq_str_add(out, rq_ui_age(ui, j->created_at, buf)); break;
	case TIME: time_cell(ui, j, out, role); break;
	}
}

static bool match(void *ud, struct rq_filter *f, size_t item)
{
	return rq_filter_job(f, job_at(ud, item));
}

static int compare_ids(const struct rq_job *a, const struct rq_job *b)
{
	size_t la = strlen(a->id), lb = strlen(b->id);

	/* Numbers without leading zeros: the longer one is the larger one. */
	return la != lb ? (la > lb) - (la < lb) : strcmp(a->id, b->id);
}

static int compare(void *ud, size_t x, size_t y, size_t column)
{
	const struct rq_job *a = job_at(ud, x), *b = job_at(ud, y);
	int64_t now = ((struct rq_listview *)ud)->view.ui->now;
	struct rq_str la = { 0 }, lb = { 0 };
	int c;

	switch (column) {
	case STATUS: return strcmp(rq_job_state_text(a), rq_job_state_text(b));
	case ID: return compare_ids(a, b);
	case NAME: return rq_icmp(a->name, b->name);
	case TYPE: return rq_icmp(a->type, b->type);
	case RUNNER: return rq_icmp(*a->runner_name ? a->runner_name : a->target,
				    *b->runner_name ? b->runner_name : b->target);
	case AGE: return rq_compare_i64(b->created_at, a->created_at);
	case TIME: return rq_compare_i64(rq_job_elapsed(a, now), rq_job_elapsed(b, now));
	}
	rq_labels_text(&a->labels, &la);
	rq_labels_text(&b->labels, &lb);
	c = strcmp(rq_str_get(&la), rq_str_get(&lb));
	rq_str_release(&la);
	rq_str_release(&lb);
	return c;
}

static const struct rq_list_ops list_ops = {
	.columns = columns,
	.n_columns = N_COLUMNS,
	.count = count,
	.id = id,
	.cell = cell,
	.match = match,
	.compare = compare,
};

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct rq_listview *v = (struct rq_listview *)view;
	const struct rq_job *j;
	const char *value = "";
	size_t item;

	if (rq_starts(what, "job")) {
		rq_listview_pick(view, rq_eq(what, "jobs"), out);
		return;
	}
	if (!rq_list_id(&v->list, &item))
		return;
	j = job_at(v, item);
	if (rq_starts(what, "runner"))
		value = *j->runner_name ? j->runner_name : j->target;
	else if (rq_eq(what, "decision"))
		value = j->decision_id;
	else if (rq_eq(what, "filter"))
		value = v->list.filter_text;
	if (*value) {
		rq_str_addc(out, ' ');
		rq_words_quote(out, value);
	}
}

/* More finished jobs are loaded when the cursor comes near the end of what there is, and when a
 * filter looks for some. */
static void want_more(struct rq_listview *v)
{
	struct rq_ui *ui = v->view.ui;
	size_t want = ui->want.finished_max;

	if (!ui->snap->more_finished || want > ui->snap->n_jobs)
		return; /* there are no more, or they are on their way */
	if (*v->list.filter_text && want < FILTERED)
		want = FILTERED;
	else if (v->list.n && v->list.cursor + NEAR_END >= v->list.n && want < LOADED_MAX)
		want *= 4;
	if (want == ui->want.finished_max)
		return;
	ui->want.finished_max = want;
	rq_want_more(ui->rq, &ui->want);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	want_more((struct rq_listview *)view);
	rq_listview_draw(view, r);
}

static void changed(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;
	struct rq_ui *ui = view->ui;

	rq_listview_changed(view);
	if (ui->select_next && rq_list_select(&v->list, ui->select_next)) {
		rq_free(ui->select_next);
		ui->select_next = NULL;
	}
	rq_detail_changed(v->own);
}

static void details(struct rq_listview *v, size_t item, struct rq_rich *out)
{
	rq_detail_want(v->own, job_at(v, item)->id);
	rq_detail_text(v->own, out, false);
}

static void free_view(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;

	rq_detail_free(v->own);
	rq_listview_free(view);
}

static const struct rq_listview_ops ops = {
	.view = {
		.id = RQ_VIEW_JOBS,
		.free = free_view,
		.changed = changed,
		.draw = draw,
		.act = rq_listview_act,
		.pick = pick,
		.click = rq_listview_click,
		.title = rq_listview_title,
	},
	.list = &list_ops,
	.details = details,
	.empty = "No jobs yet.\n\n"
		 "Press <submit> to submit one: a command is enough, and this machine runs it.\n"
		 "From a shell:  relayq submit -- make test\n\n<keys> shows the keys.",
};

struct rq_view *rq_view_jobs_new(struct rq_ui *ui)
{
	return rq_listview_new(ui, &ops, rq_detail_new(ui));
}
