/* The columns of a view with a table: from the settings, by a command, in a menu. */
#include <string.h>
#include "core/base/mem.h"
#include "core/model/columns.h"
#include "core/model/config.h"
#include "tui/listview_impl.h"
#include "tui/menu.h"

static const struct settings {
	enum rq_view_id view;
	const char *columns, *sort;     /* SORT NULL: it has one order at first */
} lists[] = {
	{ RQ_VIEW_JOBS, "ui.columns.jobs", "ui.sort.jobs" },
	{ RQ_VIEW_RUNNERS, "ui.columns.runners", "ui.sort.runners" },
	{ RQ_VIEW_DECISIONS, "ui.columns.decisions", NULL },
	{ RQ_VIEW_ACTIVITY, "ui.columns.activity", NULL },
};

/* NULL: this list has no settings. */
static const struct settings *settings_of(const struct rq_view *v)
{
	size_t i;

	for (i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		if (lists[i].view == v->ops->id)
			return &lists[i];
	}
	return NULL;
}

static void show(struct rq_list *l, const struct rq_column_choice *choices, size_t n)
{
	struct rq_shown shown[RQ_LIST_COLUMNS];
	size_t i;

	for (i = 0; i < n; i++) {
		int column = rq_list_find_column(l, choices[i].name);

		if (column < 0)
			RQ_BUG("the list has no column %s", choices[i].name);
		shown[i] = (struct rq_shown){ (unsigned char)column, choices[i].width };
	}
	rq_list_show(l, n ? shown : NULL, n);
}

static void sort_as_set(struct rq_list *l, const struct rq_config *c, const char *name)
{
	char column[RQ_COLUMN_NAME_LEN];
	bool descending;

	if (rq_columns_parse_sort(rq_config_str(c, name), rq_config_find(name)->choices, column, &descending, NULL) ||
	    !*column)
		return;
	l->sort = rq_list_find_column(l, column);
	l->descending = descending;
	rq_list_changed(l);
}

void rq_listview_settings(struct rq_view *view)
{
	struct rq_list *l = &((struct rq_listview *)view)->list;
	const struct settings *s = settings_of(view);
	const struct rq_config *c = rq_get_config(view->ui->rq);
	struct rq_column_choice choices[RQ_COLUMNS_MAX];
	size_t n;

	if (s && rq_columns_parse(rq_config_str(c, s->columns), rq_config_find(s->columns)->choices, choices, &n, NULL) == RQ_OK)
		show(l, choices, n);
	if (s && s->sort)
		sort_as_set(l, c, s->sort);
}

/* ---- the menu: what is shown, in its order, then what is not ---- */

/* The column in line I of the menu. */
static size_t column_at(const struct rq_list *l, size_t i)
{
	size_t c;

	if (i < l->n_shown)
		return l->shown[i].column;
	i -= l->n_shown;
	for (c = 0; c < l->ops->n_columns; c++) {
		if (!rq_list_shows(l, c, NULL) && i-- == 0)
			return c;
	}
	return 0;
}

static struct rq_list *list_of(struct rq_view *view)
{
	return &((struct rq_listview *)view)->list;
}

static size_t count(struct rq_view *view)
{
	return list_of(view)->ops->n_columns;
}

static void line(struct rq_view *view, size_t i, struct rq_str *text, struct rq_str *about)
{
	struct rq_list *l = list_of(view);
	size_t c = column_at(l, i);
	int widths[RQ_LIST_COLUMNS];

	rq_list_layout(l, l->cols, widths);
	rq_str_addf(text, "[%c] %s", i < l->n_shown ? 'x' : ' ', l->ops->columns[c].name);
	if (i < l->n_shown && !widths[c] && !rq_draw_reader(view->ui->draw))
		rq_str_add(about, "no room for it");
	else if (i < l->n_shown && l->shown[i].width)
		rq_str_addf(about, "%d wide", l->shown[i].width);
	if (l->sort == (int)c)
		rq_str_addf(about, "%ssorted%s", about->len ? ", " : "", l->descending ? ", descending" : "");
}

static void move(struct rq_shown *shown, size_t n, size_t *at, bool up)
{
	size_t other = up ? *at - 1 : *at + 1;
	struct rq_shown s;

	if ((up && !*at) || *at >= n || other >= n)
		return;
	s = shown[*at];
	shown[*at] = shown[other];
	shown[other] = s;
	*at = other;
}

/* One stays: a list of nothing says nothing. */
static size_t turn(struct rq_list *l, struct rq_shown *shown, size_t n, size_t *at)
{
	size_t c = column_at(l, *at);

	if (*at >= n && n < RQ_LIST_COLUMNS) {
		shown[n] = (struct rq_shown){ (unsigned char)c, 0 };
		*at = n;
		return n + 1;
	}
	if (*at < n && n > 1) {
		memmove(shown + *at, shown + *at + 1, (n - *at - 1) * sizeof *shown);
		return n - 1;
	}
	return n;
}

static void resize(struct rq_list *l, struct rq_shown *s, int by)
{
	const struct rq_column *column = &l->ops->columns[s->column];
	int width = s->width ? s->width : column->max && l->natural[s->column] ? l->natural[s->column] : column->min;

	width += by;
	if (width >= RQ_COLUMN_WIDTH_MIN && width <= RQ_COLUMN_WIDTH_MAX)
		s->width = width;
}

static void key(struct rq_view *view, size_t *at, uint32_t key)
{
	struct rq_list *l = list_of(view);
	struct rq_shown shown[RQ_LIST_COLUMNS + 1];
	size_t n = l->n_shown;

	memcpy(shown, l->shown, n * sizeof *shown);
	switch (key) {
	case ' ': n = turn(l, shown, n, at); break;
	case 'K': case RQ_KEY_SHIFT_UP: move(shown, n, at, true); break;
	case 'J': case RQ_KEY_SHIFT_DOWN: move(shown, n, at, false); break;
	case '+': case '-':
		if (*at < n)
			resize(l, &shown[*at], key == '+' ? 1 : -1);
		break;
	case '0':
		rq_list_show(l, NULL, 0);
		return;
	default: return;
	}
	rq_list_show(l, shown, n);
}

static void enter(struct rq_view *view, size_t i)
{
	(void)view;
	(void)i;
}

static const struct rq_menu_ops menu = {
	.title = " columns ",
	.keys = "space on/off  J K move  + - width  0 as usual  enter done",
	.count = count,
	.line = line,
	.choose = enter,
	.key = key,
};

void rq_listview_columns(struct rq_listview *v, const char *arg)
{
	struct rq_column_choice choices[RQ_COLUMNS_MAX];
	const struct settings *s = settings_of(&v->view);
	struct rq_error e;
	size_t n;

	if (!s)
		rq_ui_say(v->view.ui, "The columns of this list are fixed.");
	else if (!*arg)
		rq_menu_open(v->view.ui, &menu, 0);
	else if (rq_columns_parse(arg, rq_config_find(s->columns)->choices, choices, &n, &e))
		rq_ui_fail(v->view.ui, "%s", e.msg);
	else
		show(&v->list, choices, n);
}
