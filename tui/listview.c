/* Views with a table. */
#include "tui/listview.h"

#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"

static const struct rq_listview_ops *ops_of(const struct rq_view *v)
{
	return (const struct rq_listview_ops *)(const void *)v->ops;
}

struct rq_view *rq_listview_new(struct rq_ui *ui, const struct rq_listview_ops *ops, void *own)
{
	struct rq_listview *v = rq_alloc(sizeof *v);

	v->view.ops = &ops->view;
	v->view.ui = ui;
	v->own = own;
	rq_list_init(&v->list, ops->list, v);
	rq_list_update(&v->list);
	return &v->view;
}

void rq_listview_free(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;

	rq_list_release(&v->list);
	rq_pane_release(&v->pane);
	rq_free(v->filter_before);
	rq_free(v);
}

void rq_listview_changed(struct rq_view *view)
{
	rq_list_update(&((struct rq_listview *)view)->list);
}

/* ---- drawing ---- */

static void draw_empty(struct rq_listview *v, struct rq_rect r)
{
	const char *text = ops_of(&v->view)->empty;
	struct rq_rich lines;
	struct rq_str s;
	size_t i;

	if (*v->list.filter_text)
		text = "Nothing matches the filter.\n<back> drops it, <filter> changes it.";
	else if (v->view.ui->snap->taken_at == 0)
		text = "Loading.";
	rq_str_init(&s, 4096);
	rq_ui_with_keys(v->view.ui, text, &s);
	rq_rich_init(&lines);
	rq_rich_block(&lines, RQ_ROLE_DIM, rq_str_get(&s), s.len);
	rq_str_release(&s);
	for (i = 0; i < lines.n && (int)i < r.rows; i++)
		rq_rich_draw(&lines, i, v->view.ui->draw, r.row + (int)i, r.col + 2, r.cols - 2, 0);
	rq_rich_release(&lines);
}

static void draw_list(struct rq_listview *v, struct rq_rect r)
{
	struct rq_ui *ui = v->view.ui;

	rq_list_draw(&v->list, ui->draw, r.row, r.col, r.rows, r.cols, ui->slow);
	if (!v->list.n)
		draw_empty(v, (struct rq_rect){ r.row + 2, r.col, r.rows - 2, r.cols });
}

static void draw_details(struct rq_listview *v, const struct rq_split *s, const char *id, size_t item)
{
	struct rq_rich lines;

	rq_rich_init(&lines);
	rq_pane_begin(&v->pane, s, id);
	ops_of(&v->view)->details(v, item, &lines);
	rq_pane_draw(&v->pane, v->view.ui, s, &lines);
	rq_rich_release(&lines);
}

/* Where there is nothing to tell about, the list has all the room for saying so. */
void rq_listview_draw(struct rq_view *view, struct rq_rect r)
{
	struct rq_listview *v = (struct rq_listview *)view;
	size_t item;
	const char *id = ops_of(view)->details ? rq_list_id(&v->list, &item) : NULL;
	struct rq_split s;

	v->pane.rows = v->list.height = 0; /* of what is not drawn there is nothing to scroll or to click on */
	if (!id) {
		draw_list(v, r);
		return;
	}
	rq_layout_split(&view->ui->layout, r, &s);
	if (s.list.rows)
		draw_list(v, s.list);
	if (s.pane.rows)
		draw_details(v, &s, id, item);
}

void rq_listview_title(struct rq_view *view, struct rq_str *out)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;

	if (l->n_marks)
		rq_str_addf(out, "%zu marked  ", rq_list_n_chosen(l));
	if (*l->filter_text)
		rq_str_addf(out, "%zu of %zu /%s", l->n, l->ops->count(l->ud), l->filter_text);
}

/* ---- the filter ---- */

/* While it is typed, what makes no sense yet changes nothing and is said beside the line. */
static void filter_changed(struct rq_view *view, const char *text)
{
	struct rq_error e = { 0 };

	rq_list_set_filter(&((struct rq_listview *)view)->list, text, &e);
	rq_copy(view->ui->input_error, sizeof view->ui->input_error, e.msg);
}

void rq_listview_filter(struct rq_view *view, const char *text)
{
	struct rq_error e;

	if (text && rq_list_set_filter(&((struct rq_listview *)view)->list, text, &e))
		rq_ui_fail(view->ui, "%s", e.msg);
}

static void filter_done(struct rq_view *view, const char *text)
{
	struct rq_listview *v = (struct rq_listview *)view;

	rq_listview_filter(view, text ? text : v->filter_before);
	rq_free(v->filter_before);
	v->filter_before = NULL;
}

static void ask_filter(struct rq_listview *v)
{
	rq_free(v->filter_before);
	v->filter_before = rq_strdup(v->list.filter_text);
	rq_view_input_open(v->view.ui, "/", v->list.filter_text, filter_changed, filter_done);
}

/* ---- what keys do ---- */

static bool sort_by(struct rq_listview *v, int column, bool descending)
{
	struct rq_list *l = &v->list;

	if (!l->ops->compare) {
		rq_ui_say(v->view.ui, "This list has one order only.");
		return true;
	}
	rq_list_sort(l, column, descending);
	if (l->sort < 0)
		rq_ui_say(v->view.ui, "Sorted as the queue has them.");
	else
		rq_ui_say(v->view.ui, "Sorted by %s%s.", l->ops->columns[l->sort].name,
			  l->descending ? ", descending" : "");
	return true;
}

/* Through all columns and back to the natural order, which counts as column -1. */
static bool sort_step(struct rq_listview *v, int by)
{
	int n = (int)v->list.ops->n_columns + 1;

	return sort_by(v, (v->list.sort + 1 + by + n) % n - 1, v->list.descending);
}

static bool sort_named(struct rq_listview *v, const char *name)
{
	int column = rq_list_find_column(&v->list, name);

	if (column < 0 && *name) {
		rq_ui_fail(v->view.ui, "There is no column \"%s\" here.", name);
		return true;
	}
	return sort_by(v, column, column >= 0 && column == v->list.sort && !v->list.descending);
}

/* At the root, esc takes back what narrows the view. */
static bool back(struct rq_listview *v)
{
	if (v->list.n_marks) {
		rq_list_unmark(&v->list);
		return true;
	}
	if (*v->list.filter_text && v->view.ui->depth == 0) {
		rq_list_set_filter(&v->list, "", NULL);
		return true;
	}
	return false;
}

bool rq_listview_act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct rq_listview *v = (struct rq_listview *)view;
	struct rq_list *l = &v->list;
	int page = l->height > 1 ? l->height - 1 : 1;

	if (rq_pane_act(ops_of(view)->details ? &v->pane : NULL, view->ui, d, arg))
		return true;
	switch (d) {
	case RQ_DO_DOWN: rq_list_move(l, 1); return true;
	case RQ_DO_UP: rq_list_move(l, -1); return true;
	case RQ_DO_PAGE_DOWN: rq_list_move(l, page); return true;
	case RQ_DO_PAGE_UP: rq_list_move(l, -page); return true;
	case RQ_DO_HALF_DOWN: rq_list_move(l, page / 2 + 1); return true;
	case RQ_DO_HALF_UP: rq_list_move(l, -(page / 2 + 1)); return true;
	case RQ_DO_HOME: rq_list_move_to(l, 0); return true;
	case RQ_DO_END: rq_list_move_to(l, l->n); return true;
	case RQ_DO_MARK:
		rq_list_mark(l);
		rq_list_move(l, 1);
		return true;
	case RQ_DO_MARK_ALL: rq_list_mark_all(l); return true;
	case RQ_DO_MARK_NONE: rq_list_unmark(l); return true;
	case RQ_DO_SORT_NEXT: return sort_step(v, 1);
	case RQ_DO_SORT_PREVIOUS: return sort_step(v, -1);
	case RQ_DO_SORT_REVERSE: return sort_by(v, l->sort, !l->descending);
	case RQ_DO_SORT: return sort_named(v, arg);
	case RQ_DO_FILTER:
		if (*arg)
			rq_listview_filter(view, arg);
		else
			ask_filter(v);
		return true;
	case RQ_DO_BACK: return back(v);
	default: return false;
	}
}

bool rq_listview_click(struct rq_view *view, int row)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;
	size_t before = l->cursor;

	if (row < l->first_row || row >= l->first_row + l->height ||
	    l->top + (size_t)(row - l->first_row) >= l->n)
		return false;
	rq_list_move_to(l, l->top + (size_t)(row - l->first_row));
	return l->cursor == before;
}

void rq_listview_pick(struct rq_view *view, bool several, struct rq_str *out)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;
	const char *id = rq_list_id(l, NULL);

	if (several) {
		rq_list_chosen(l, out);
	} else if (id) {
		rq_str_addc(out, ' ');
		rq_words_quote(out, id);
	}
}

/* ---- cells ---- */

enum rq_role rq_status_role(const struct rq_job *j)
{
	switch (j->status == RQ_STATUS_COMPLETED ? j->conclusion : RQ_CONCLUSION_NONE) {
	case RQ_CONCLUSION_SUCCESS: case RQ_CONCLUSION_NEUTRAL: return RQ_ROLE_SUCCESS;
	case RQ_CONCLUSION_CANCELLED: return RQ_ROLE_CANCELLED;
	case RQ_CONCLUSION_SKIPPED: case RQ_CONCLUSION_STALE: return RQ_ROLE_SKIPPED;
	case RQ_CONCLUSION_TIMED_OUT: return RQ_ROLE_TIMED_OUT;
	case RQ_CONCLUSION_NONE: break;
	default: return RQ_ROLE_FAILURE;
	}
	switch (j->status) {
	case RQ_STATUS_IN_PROGRESS: return RQ_ROLE_IN_PROGRESS;
	case RQ_STATUS_WAITING: return RQ_ROLE_WAITING;
	case RQ_STATUS_PENDING: case RQ_STATUS_REQUESTED: return RQ_ROLE_PENDING;
	default: return RQ_ROLE_QUEUED;
	}
}

const char *rq_status_glyph(const struct rq_ui *ui, const struct rq_job *j)
{
	enum rq_glyph g = RQ_GLYPH_QUEUED;

	switch (rq_status_role(j)) {
	case RQ_ROLE_IN_PROGRESS: g = RQ_GLYPH_IN_PROGRESS; break;
	case RQ_ROLE_WAITING: case RQ_ROLE_PENDING: g = RQ_GLYPH_WAITING; break;
	case RQ_ROLE_SUCCESS: g = RQ_GLYPH_SUCCESS; break;
	case RQ_ROLE_FAILURE: g = RQ_GLYPH_FAILURE; break;
	case RQ_ROLE_TIMED_OUT: g = RQ_GLYPH_TIMED_OUT; break;
	case RQ_ROLE_CANCELLED: g = RQ_GLYPH_CANCELLED; break;
	case RQ_ROLE_SKIPPED: g = RQ_GLYPH_SKIPPED; break;
	default: break;
	}
	return rq_glyph(ui->draw, g);
}

enum rq_role rq_outcome_role(enum rq_outcome o)
{
	if (o == RQ_OUTCOME_PLACED)
		return RQ_ROLE_PASS;
	return o == RQ_OUTCOME_WAIT ? RQ_ROLE_WAIT : RQ_ROLE_REFUSED;
}

int rq_compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}
