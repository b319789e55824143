/* The line at the bottom in which filters and searches are typed. */
#include "tui/input.h"

#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/ui.h"

static int columns_before(const struct rq_line *l, size_t at, bool ascii, struct rq_str *tmp)
{
	rq_str_clear(tmp);
	rq_text_clean(tmp, l->s, at, ascii);
	return rq_text_width(rq_str_get(tmp));
}

void rq_line_draw(const struct rq_line *l, struct rq_draw *d, int row, int col, int width,
		  enum rq_role role, bool focus)
{
	static const struct rq_runs plain;
	struct rq_str text;
	int cursor, from;

	if (width < 2)
		return;
	rq_str_init(&text, 0);
	cursor = columns_before(l, l->at, rq_draw_ascii(d), &text);
	from = focus && cursor >= width ? cursor - width + 1 : 0;
	columns_before(l, l->n, rq_draw_ascii(d), &text);
	rq_draw_fill(d, row, col, width, role);
	rq_draw_styled(d, row, col, width, role, rq_str_get(&text), &plain, from);
	if (focus)
		rq_draw_cursor(d, row, col + cursor - from);
	rq_str_release(&text);
}

struct input {
	struct rq_view view;
	struct rq_view *beneath;
	char *label;
	struct rq_line line;
	rq_line_fn *changed, *done;
};

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct input *i = (struct input *)view;
	struct rq_draw *d = view->ui->draw;
	int row = r.row + r.rows - 1, col;
	const char *error = view->ui->input_error;

	rq_draw_fill(d, row, 0, r.cols, RQ_ROLE_NORMAL);
	col = rq_draw_text(d, row, 0, 20, RQ_ROLE_PROMPT, i->label);
	/* What is wrong with it stands behind it, as far as there is room. */
	if (*error) {
		int width = rq_text_width(error) + 1;
		int at = width < r.cols * 2 / 3 ? r.cols - width : r.cols / 3;

		rq_draw_text(d, row, at, r.cols - at, RQ_ROLE_ERROR, error);
		r.cols = at - 1;
	}
	rq_line_draw(&i->line, d, row, col, r.cols - col, RQ_ROLE_NORMAL, true);
}

static void finish(struct input *i, bool good)
{
	struct rq_view *beneath = i->beneath;
	char *text = good ? rq_strdup(i->line.s) : NULL;
	rq_line_fn *done = i->done;

	i->view.ui->input_error[0] = '\0';
	rq_ui_pop(i->view.ui);
	done(beneath, text);
	rq_free(text);
}

static bool key(struct rq_view *view, uint32_t key)
{
	struct input *i = (struct input *)view;
	bool changed;

	if (key == RQ_KEY_ENTER || key == RQ_KEY_ESC || key == 3 /* ctrl-c */) {
		finish(i, key == RQ_KEY_ENTER);
		return true;
	}
	if (key == RQ_KEY_BACKSPACE && !i->line.n) {
		finish(i, false);
		return true;
	}
	if (rq_line_key(&i->line, key, &changed) && changed && i->changed)
		i->changed(i->beneath, i->line.s);
	return true;
}

static void paste(struct rq_view *view, const char *text, size_t n)
{
	struct input *i = (struct input *)view;

	rq_line_insert(&i->line, text, n);
	if (i->changed)
		i->changed(i->beneath, i->line.s);
}

static void free_view(struct rq_view *view)
{
	struct input *i = (struct input *)view;

	rq_line_release(&i->line);
	rq_free(i->label);
	rq_free(i);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_INPUT,
	.over = true,
	.free = free_view,
	.draw = draw,
	.key = key,
	.paste = paste,
};

void rq_view_input_open(struct rq_ui *ui, const char *label, const char *text, rq_line_fn *changed,
			rq_line_fn *done)
{
	struct input *i = rq_alloc(sizeof *i);

	i->view.ops = &ops;
	i->view.ui = ui;
	i->beneath = rq_ui_top(ui);
	i->label = rq_strdup(label);
	rq_line_init(&i->line, text);
	i->changed = changed;
	i->done = done;
	rq_ui_push(ui, &i->view);
}
