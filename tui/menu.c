/* A menu over a view: a block of lines at the bottom of the screen. */
#include "tui/menu.h"

#include "core/base/mem.h"
#include "core/base/text.h"

enum { ABOVE_MIN = 5, ABOUT_COL_MAX = 28, GAP = 2 };

struct menu {
	struct rq_view view;
	struct rq_view *beneath;
	const struct rq_menu_ops *menu;
	size_t at, top;
};

static void scroll(struct menu *m, size_t n, size_t rows)
{
	if (m->at >= n)
		m->at = n ? n - 1 : 0;
	if (m->at < m->top)
		m->top = m->at;
	if (m->at >= m->top + rows)
		m->top = m->at - rows + 1;
	if (m->top + rows > n)
		m->top = n > rows ? n - rows : 0;
}

/* Where the second column begins: behind the longest of the first, within reason. */
static int about_col(struct menu *m, size_t n, struct rq_str *text, struct rq_str *about)
{
	int col = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		int width;

		rq_str_clear(text);
		rq_str_clear(about);
		m->menu->line(m->beneath, i, text, about);
		width = rq_text_width(rq_str_get(text));
		if (about->len && width > col)
			col = width;
	}
	return (col < ABOUT_COL_MAX ? col : ABOUT_COL_MAX) + GAP;
}

static void draw_line(struct menu *m, size_t i, int row, int cols, int second, struct rq_str *text, struct rq_str *about)
{
	struct rq_draw *d = m->view.ui->draw;
	bool here = i == m->at;
	enum rq_role role = here ? RQ_ROLE_CHOICE : RQ_ROLE_NORMAL;

	rq_str_clear(text);
	rq_str_clear(about);
	m->menu->line(m->beneath, i, text, about);
	rq_draw_fill(d, row, 0, cols, role);
	if (here)
		rq_draw_text(d, row, 0, 1, role, rq_glyph(d, RQ_GLYPH_CURSOR));
	rq_draw_text(d, row, 2, about->len ? second : cols - 3, role, rq_str_get(text));
	if (about->len && second + 2 < cols)
		rq_draw_text(d, row, second + 2, cols - second - 3, here ? role : RQ_ROLE_DIM, rq_str_get(about));
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct menu *m = (struct menu *)view;
	struct rq_draw *d = view->ui->draw;
	size_t n = m->menu->count(m->beneath), i;
	size_t rows = r.rows > ABOVE_MIN + 2 ? (size_t)r.rows - ABOVE_MIN - 2 : 1;
	struct rq_str text, about;
	int row, second;

	if (rows > n)
		rows = n;
	scroll(m, n, rows);
	row = r.row + r.rows - 1 - (int)rows - 1;
	rq_str_init(&text, 4096);
	rq_str_init(&about, 4096);
	second = about_col(m, n, &text, &about);
	rq_draw_rule(d, row, 0, r.cols, RQ_ROLE_RULE);
	rq_draw_text(d, row, 2, r.cols - 4, RQ_ROLE_TITLE, m->menu->title);
	for (i = 0; i < rows; i++)
		draw_line(m, m->top + i, row + 1 + (int)i, r.cols, second, &text, &about);
	rq_draw_fill(d, r.row + r.rows - 1, 0, r.cols, RQ_ROLE_NORMAL);
	rq_draw_text(d, r.row + r.rows - 1, 1, r.cols - 2, RQ_ROLE_HINT, m->menu->keys);
	rq_str_release(&text);
	rq_str_release(&about);
}

static void choose(struct menu *m)
{
	struct rq_view *beneath = m->beneath;
	void (*fn)(struct rq_view *, size_t) = m->menu->choose;
	size_t at = m->at, n = m->menu->count(beneath);

	rq_ui_pop(m->view.ui);
	if (fn && at < n)
		fn(beneath, at);
}

static bool key(struct rq_view *view, uint32_t key)
{
	struct menu *m = (struct menu *)view;
	size_t n = m->menu->count(m->beneath);

	view->ui->dirty = true;
	switch (key) {
	case RQ_KEY_ENTER: choose(m); return true;
	case RQ_KEY_ESC: case 'q': case 3: rq_ui_pop(view->ui); return true;
	case RQ_KEY_UP: case 'k': m->at -= m->at > 0; return true;
	case RQ_KEY_DOWN: case 'j': m->at += m->at + 1 < n; return true;
	case RQ_KEY_HOME: case 'g': m->at = 0; return true;
	case RQ_KEY_END: case 'G': m->at = n ? n - 1 : 0; return true;
	}
	if (m->menu->key)
		m->menu->key(m->beneath, &m->at, key);
	return true;
}

static void free_view(struct rq_view *view)
{
	rq_free(view);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_INPUT,
	.over = true,
	.free = free_view,
	.draw = draw,
	.key = key,
};

void rq_menu_open(struct rq_ui *ui, const struct rq_menu_ops *menu, size_t at)
{
	struct menu *m = rq_alloc(sizeof *m);

	m->view.ops = &ops;
	m->view.ui = ui;
	m->beneath = rq_ui_top(ui);
	m->menu = menu;
	m->at = at;
	rq_ui_push(ui, &m->view);
}
