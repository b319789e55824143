/* Views with a table. */
#include "tui/listview.h"

#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/listview_impl.h"

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
	rq_listview_settings(&v->view);
	rq_list_changed(&v->list);
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
	rq_list_changed(&((struct rq_listview *)view)->list);
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

static void draw_again(struct rq_ui *ui, int64_t left)
{
	if (left > 0)
		rq_ui_ages_at(ui, ui->now + left);
}

static void draw_list(struct rq_listview *v, struct rq_rect r)
{
	struct rq_ui *ui = v->view.ui;
	struct rq_list *l = &v->list;

	if (!ui->slow && ui->snap->taken_at)
		rq_list_light(l, rq_mono_ns() / 1000000);
	rq_list_draw(l, ui->draw, r.row, r.col, r.rows, r.cols, ui->slow);
	draw_again(ui, rq_list_light_left(l));
	if (l->filter && rq_filter_next(l->filter))
		draw_again(ui, rq_filter_next(l->filter) - ui->now);
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

/* The rows are made when somebody looks, and again when the time alone makes them others. */
static void refresh(struct rq_listview *v)
{
	struct rq_list *l = &v->list;
	int64_t now = v->view.ui->now, next = l->filter ? rq_filter_next(l->filter) : 0;

	if (next && now >= next)
		rq_list_changed(l);
	l->now = now;
	rq_list_fresh(l);
}

/* Where there is nothing to tell about, the list has all the room for saying so. */
void rq_listview_draw(struct rq_view *view, struct rq_rect r)
{
	struct rq_listview *v = (struct rq_listview *)view;
	size_t item;
	const char *id;
	struct rq_split s;

	refresh(v);
	id = ops_of(view)->details ? rq_list_id(&v->list, &item) : NULL;
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
	size_t shown;

	refresh((struct rq_listview *)view);
	shown = rq_list_n_marked(l);
	if (l->n_marks > shown)
		rq_str_addf(out, "%zu of ", shown);
	if (l->n_marks)
		rq_str_addf(out, "%zu marked  ", l->n_marks);
	if (*l->filter_text)
		rq_str_addf(out, "%zu of %zu /%s", l->n, l->ops->count(l->ud), l->filter_text);
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

/* Through the columns that are shown and back to the natural order, which counts as place -1. */
static bool sort_step(struct rq_listview *v, int by)
{
	struct rq_list *l = &v->list;
	int n = (int)l->n_shown + 1, place = -1;
	size_t at;

	if (l->sort >= 0 && rq_list_shows(l, (size_t)l->sort, &at))
		place = (int)at;
	place = (place + 1 + by + n) % n - 1;
	return sort_by(v, place < 0 ? -1 : l->shown[place].column, l->descending);
}

/* "NAME", "-NAME" the other way round; the same name once more turns it as well. */
static bool sort_named(struct rq_listview *v, const char *name)
{
	bool descending = *name == '-';
	int column = rq_list_find_column(&v->list, name + descending);

	if (column < 0 && *name) {
		rq_ui_fail(v->view.ui, "There is no column \"%s\" here.", name + descending);
		return true;
	}
	if (descending)
		return sort_by(v, column, true);
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
		rq_list_filter(&v->list, "", NULL);
		return true;
	}
	return false;
}

/* Marks the row of the cursor and the next one, so that holding the key marks a range. */
static void mark_on(struct rq_list *l, long by)
{
	const char *id = rq_list_id(l, NULL);

	if (id && !rq_list_marked(l, id))
		rq_list_mark(l);
	rq_list_move(l, by);
	id = rq_list_id(l, NULL);
	if (id && !rq_list_marked(l, id))
		rq_list_mark(l);
}

bool rq_listview_act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct rq_listview *v = (struct rq_listview *)view;
	struct rq_list *l = &v->list;
	int page;

	refresh(v);
	page = l->height > 1 ? l->height - 1 : 1;

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
	case RQ_DO_MARK_RANGE: rq_list_mark_range(l); return true;
	case RQ_DO_MARK_INVERT: rq_list_mark_invert(l); return true;
	case RQ_DO_MARK_DOWN: mark_on(l, 1); return true;
	case RQ_DO_MARK_UP: mark_on(l, -1); return true;
	case RQ_DO_MARK_MATCHING: rq_listview_mark_matching(v, arg); return true;
	case RQ_DO_COLUMNS: rq_listview_columns(v, arg); return true;
	case RQ_DO_FILTERS: rq_listview_filters(v); return true;
	case RQ_DO_SORT_NEXT: return sort_step(v, 1);
	case RQ_DO_SORT_PREVIOUS: return sort_step(v, -1);
	case RQ_DO_SORT_REVERSE: return sort_by(v, l->sort, !l->descending);
	case RQ_DO_SORT: return sort_named(v, arg);
	case RQ_DO_FILTER:
		if (*arg)
			rq_listview_filter(view, arg);
		else
			rq_listview_ask_filter(v);
		return true;
	case RQ_DO_BACK: return back(v);
	default: return false;
	}
}

bool rq_listview_click(struct rq_view *view, int row)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;
	size_t before;

	refresh((struct rq_listview *)view);
	before = l->cursor;
	if (row < l->first_row || row >= l->first_row + l->height ||
	    l->top + (size_t)(row - l->first_row) >= l->n)
		return false;
	rq_list_move_to(l, l->top + (size_t)(row - l->first_row));
	return l->cursor == before;
}

void rq_listview_pick(struct rq_view *view, bool several, struct rq_str *out)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;

	refresh((struct rq_listview *)view);
	if (several)
		rq_list_chosen(l, out);
	else
		rq_words_put(out, rq_list_id(l, NULL));
}

size_t rq_listview_hidden(struct rq_view *view)
{
	struct rq_listview *v = (struct rq_listview *)view;

	if (view->ops->click != rq_listview_click)
		return 0;
	refresh(v);
	return v->list.n_marks - rq_list_n_marked(&v->list);
}
