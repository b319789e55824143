/* The line at the bottom in which filters and searches are typed. */
#include "tui/input.h"

#include <string.h>
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
	/* as rq_view_input_helps has them */
	rq_choose_fn *choose;
	struct rq_history *history;
	const char *hint;
	struct rq_recall recall;        /* in the history */
	struct rq_choices choices;
	size_t from, at;                /* of the word; the choice that is in, from 1 */
};

/* What is wrong, in place, as long as the line begins at its beginning. */
static void mark_wrong(struct input *i, int row, int col, int width)
{
	struct rq_ui *ui = i->view.ui;
	bool ascii = rq_draw_ascii(ui->draw);
	struct rq_str text;
	int from, to;

	if (ui->bad_from >= ui->bad_to || ui->bad_to > i->line.n)
		return;
	rq_str_init(&text, 0);
	from = columns_before(&i->line, ui->bad_from, ascii, &text);
	to = columns_before(&i->line, ui->bad_to, ascii, &text);
	if (columns_before(&i->line, i->line.n, ascii, &text) < width)
		rq_draw_over(ui->draw, row, col + from, to - from, RQ_ROLE_INPUT_BAD);
	rq_str_release(&text);
}

/* The choices in one row, the one that is in the line marked and in sight. */
static void draw_choices(struct input *i, int row, int cols)
{
	struct rq_draw *d = i->view.ui->draw;
	size_t k, first = 0;
	int col = 1;

	for (k = 0; k < i->at; k++) {
		col += rq_text_width(i->choices.v[k]) + 2;
		if (col > cols - 2) {
			first = k;
			col = 1 + rq_text_width(i->choices.v[k]) + 2;
		}
	}
	rq_draw_fill(d, row, 0, cols, RQ_ROLE_NORMAL);
	for (k = first, col = 1; k < i->choices.n && col < cols - 1; k++)
		col += 2 + rq_draw_text(d, row, col, cols - col, k + 1 == i->at ? RQ_ROLE_CHOICE : RQ_ROLE_HINT,
					i->choices.v[k]);
}

static void draw_help(struct input *i, int row, int cols)
{
	struct rq_draw *d = i->view.ui->draw;

	if (i->choices.n > 1) {
		draw_choices(i, row, cols);
	} else if (i->hint && !i->line.n) {
		rq_draw_fill(d, row, 0, cols, RQ_ROLE_NORMAL);
		rq_draw_text(d, row, 1, cols - 2, RQ_ROLE_HINT, i->hint);
	}
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct input *i = (struct input *)view;
	struct rq_draw *d = view->ui->draw;
	int row = r.row + r.rows - 1, col;
	const char *error = view->ui->input_error;

	draw_help(i, row - 1, r.cols);
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
	mark_wrong(i, row, col, r.cols - col);
}

static void drop_choices(struct input *i)
{
	rq_choices_release(&i->choices);
	i->at = 0;
}

static void tell_changed(struct input *i)
{
	if (i->changed)
		i->changed(i->beneath, i->line.s);
}

static void put_choice(struct input *i, const char *word, size_t n)
{
	i->line.at = i->line.n = i->from;
	i->line.s[i->from] = '\0';
	rq_line_insert(&i->line, word, n);
	tell_changed(i);
}

/* The first tab completes what all choices have in common and shows them; the next ones go through them. */
static void complete(struct input *i, int direction)
{
	struct rq_choices *c = &i->choices;
	size_t common;

	if (c->n > 1) {
		i->at = direction > 0 ? i->at % c->n + 1 : i->at > 1 ? i->at - 1 : c->n;
		put_choice(i, c->v[i->at - 1], strlen(c->v[i->at - 1]));
		return;
	}
	drop_choices(i);
	i->line.at = i->line.n;
	i->choose(i->beneath, i->line.s, c, &i->from);
	common = rq_choices_common(c);
	if (c->n && common > i->line.n - i->from)
		put_choice(i, c->v[0], common);
	if (c->n == 1)
		drop_choices(i);
}

static void history(struct input *i, int direction)
{
	const char *text = rq_recall_go(&i->recall, i->history, i->line.s, direction);

	if (!text)
		return;
	rq_line_set(&i->line, text);
	tell_changed(i);
}

/* true: the key belongs to what helps. */
static bool help_key(struct input *i, uint32_t key)
{
	if (i->choose && (key == RQ_KEY_TAB || key == RQ_KEY_SHIFT_TAB)) {
		complete(i, key == RQ_KEY_TAB ? 1 : -1);
		return true;
	}
	if (i->history && (key == RQ_KEY_UP || key == RQ_KEY_DOWN)) {
		drop_choices(i);
		history(i, key == RQ_KEY_UP ? 1 : -1);
		return true;
	}
	if (key == RQ_KEY_ESC && i->choices.n > 1) {
		drop_choices(i);
		return true;
	}
	return false;
}

static void finish(struct input *i, bool good)
{
	struct rq_view *beneath = i->beneath;
	char *text = good ? rq_strdup(i->line.s) : NULL;
	rq_line_fn *done = i->done;

	i->view.ui->input_error[0] = '\0';
	i->view.ui->bad_from = i->view.ui->bad_to = 0;
	if (good && i->history)
		rq_history_add(i->history, text);
	rq_ui_pop(i->view.ui);
	done(beneath, text);
	rq_free(text);
}

static bool key(struct rq_view *view, uint32_t key)
{
	struct input *i = (struct input *)view;
	bool changed;

	if (help_key(i, key))
		return true;
	if (key == RQ_KEY_ENTER && *view->ui->input_error)
		return true; /* what is wrong stands behind it, to be mended */
	if (key == RQ_KEY_ENTER || key == RQ_KEY_ESC || key == 3 /* ctrl-c */) {
		finish(i, key == RQ_KEY_ENTER);
		return true;
	}
	if (key == RQ_KEY_BACKSPACE && !i->line.n) {
		finish(i, false);
		return true;
	}
	if (rq_line_key(&i->line, key, &changed) && changed) {
		i->recall.step = 0;
		drop_choices(i);
		tell_changed(i);
	}
	return true;
}

static void paste(struct rq_view *view, const char *text, size_t n)
{
	struct input *i = (struct input *)view;

	rq_line_insert(&i->line, text, n);
	drop_choices(i);
	tell_changed(i);
}

static void free_view(struct rq_view *view)
{
	struct input *i = (struct input *)view;

	rq_choices_release(&i->choices);
	rq_line_release(&i->line);
	rq_free(i->recall.typed);
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
	i->recall.all = true; /* the line may begin with the filter that is in force */
	rq_ui_push(ui, &i->view);
}

void rq_view_input_helps(struct rq_ui *ui, rq_choose_fn *choose, struct rq_history *history, const char *hint)
{
	struct input *i = (struct input *)rq_ui_top(ui);

	i->choose = choose;
	i->history = history;
	i->hint = hint;
}
