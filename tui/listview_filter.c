/* Filtering a view with a table: the line in which a filter is typed, saved filters, marking by a filter. */
#include <string.h>
#include "core/base/mem.h"
#include "core/model/filters.h"
#include "tui/filter_complete.h"
#include "tui/input.h"
#include "tui/history.h"
#include "tui/listview_impl.h"
#include "tui/menu.h"

enum { RECENT_MAX = 12 };

static const char hint[] = "tab completes  status: label: runner: re:  age>10m  is:failed  -not  @saved";

static const struct rq_config *config_of(const struct rq_view *v)
{
	return rq_get_config(v->ui->rq);
}

static int set_filter(struct rq_view *view, const char *text, struct rq_error *e)
{
	struct rq_filter *f = NULL;
	int rc = *text ? rq_filters_new(config_of(view), text, &f, e) : RQ_OK;

	if (!rc)
		rq_list_filter(&((struct rq_listview *)view)->list, text, f);
	return rc;
}

/* Where the term is that makes no sense; a saved filter makes sense, so it is one of those typed here. */
static void find_wrong(struct rq_ui *ui, const char *text)
{
	struct rq_filter *f = NULL;

	ui->bad_from = ui->bad_to = 0;
	if (rq_filter_new_at(text, &f, &ui->bad_from, &ui->bad_to, NULL))
		return;
	rq_filter_free(f);
	ui->bad_from = ui->bad_to = 0;
}

/* While it is typed, what makes no sense yet changes nothing and is said beside the line. */
static void filter_changed(struct rq_view *view, const char *text)
{
	struct rq_ui *ui = view->ui;
	struct rq_error e = { 0 };

	set_filter(view, text, &e);
	find_wrong(ui, text);
	rq_copy(ui->input_error, sizeof ui->input_error, e.msg);
}

void rq_listview_filter(struct rq_view *view, const char *text)
{
	struct rq_error e;

	if (!text)
		return;
	if (set_filter(view, text, &e))
		rq_ui_fail(view->ui, "%s", e.msg);
	else if (*text)
		rq_history_add(view->ui->filters, text);
}

static void filter_done(struct rq_view *view, const char *text)
{
	struct rq_listview *v = (struct rq_listview *)view;

	if (text)
		rq_listview_filter(view, text);
	else
		set_filter(view, v->filter_before, NULL);
	rq_free(v->filter_before);
	v->filter_before = NULL;
}

static void choose(struct rq_view *view, const char *text, struct rq_choices *out, size_t *from)
{
	struct rq_arena arena = { 0 };

	rq_filter_complete(view->ui->snap, config_of(view), rq_ui_types(view->ui, &arena), text, out, from);
	rq_arena_release(&arena);
}

static bool can_filter(struct rq_listview *v)
{
	if (!v->list.ops->match)
		rq_ui_say(v->view.ui, "This list has no filter.");
	return v->list.ops->match != NULL;
}

void rq_listview_ask_filter(struct rq_listview *v)
{
	struct rq_ui *ui = v->view.ui;

	if (!can_filter(v))
		return;
	rq_history_refresh(ui->filters);
	rq_free(v->filter_before);
	v->filter_before = rq_strdup(v->list.filter_text);
	rq_view_input_open(ui, "/", v->list.filter_text, filter_changed, filter_done);
	rq_view_input_helps(ui, choose, ui->filters, hint);
}

/* ---- marking by a filter ---- */

static void matching_done(struct rq_view *view, const char *text)
{
	if (text && *text)
		rq_listview_mark_matching((struct rq_listview *)view, text);
}

void rq_listview_mark_matching(struct rq_listview *v, const char *text)
{
	struct rq_ui *ui = v->view.ui;
	struct rq_filter *f = NULL;
	struct rq_error e;
	size_t n;

	if (!can_filter(v))
		return;
	if (!*text) {
		rq_view_input_open(ui, "mark ", "", NULL, matching_done);
		rq_view_input_helps(ui, choose, ui->filters, hint);
		return;
	}
	if (rq_filters_new(config_of(&v->view), text, &f, &e)) {
		rq_ui_fail(ui, "%s", e.msg);
		return;
	}
	rq_filter_at(f, ui->now);
	n = rq_list_mark_matching(&v->list, f);
	rq_ui_say(ui, "%zu marked of %zu that are shown.", n, v->list.n);
	rq_filter_free(f);
}

/* ---- the menu of filters ---- */

/* The Ith recent one, newest first. */
static const char *recent(struct rq_view *view, size_t i)
{
	return i < RECENT_MAX ? rq_history_get(view->ui->filters, i + 1, "") : NULL;
}

static size_t menu_count(struct rq_view *view)
{
	size_t n = rq_filters_n(config_of(view)), k = 0;

	while (recent(view, k))
		k++;
	return n + k;
}

static void menu_line(struct rq_view *view, size_t i, struct rq_str *text, struct rq_str *about)
{
	size_t n = rq_filters_n(config_of(view));
	const char *name, *expr;

	if (i < n) {
		rq_filters_at(config_of(view), i, &name, &expr);
		rq_str_addf(text, "@%s", name);
		rq_str_add(about, expr);
	} else if (recent(view, i - n)) {
		rq_str_add(text, recent(view, i - n));
	}
}

static void menu_choose(struct rq_view *view, size_t i)
{
	struct rq_str text, about;

	rq_str_init(&text, 0);
	rq_str_init(&about, 0);
	menu_line(view, i, &text, &about);
	rq_listview_filter(view, rq_str_get(&text));
	rq_str_release(&text);
	rq_str_release(&about);
}

static const struct rq_menu_ops menu = {
	.title = " filters ",
	.keys = "enter filters  esc back   saved ones stand below \"filters:\" in config.yaml",
	.count = menu_count,
	.line = menu_line,
	.choose = menu_choose,
};

void rq_listview_filters(struct rq_listview *v)
{
	if (!can_filter(v))
		return;
	rq_history_refresh(v->view.ui->filters);
	if (menu_count(&v->view))
		rq_menu_open(v->view.ui, &menu, 0);
	else
		rq_ui_hint(v->view.ui, "No filter is saved, and none was used yet: <filter> types one, "
				       "\"filters:\" in config.yaml keeps some by name.");
}
