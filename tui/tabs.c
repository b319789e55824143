/* The second line of the screen. */
#include "tui/tabs.h"

#include <stdio.h>
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/ui.h"

enum { ROW = 1, GAP = 2, TITLE_GAP = 3, HELP_KEYS = 2, TAB_LEN = 64 };
enum { WAY_COLS = 30 /* of each view on the way to where one is */ };
/* How much of the tabs is shown, as the room shrinks. */
enum detail { COUNTS, NAMES, ACTIVE, DETAILS };

static const char *const names[RQ_TABS] = { "Jobs", "Runners", "Decisions", "Activity", "Dashboard" };

static size_t count_of(const struct rq_ui *ui, size_t tab)
{
	const struct rq_snapshot *s = ui->snap;
	size_t i;
	int64_t n = 0;

	switch (tab) {
	case 0:
		for (i = 0; i < s->n_queues; i++)
			n += s->queues[i].queued + s->queues[i].waiting + s->queues[i].running +
			     s->queues[i].finished;
		return (size_t)n > s->n_jobs ? (size_t)n : s->n_jobs;
	case 1: return s->n_runners;
	default: return 0;
	}
}

/* "" where the tab is not shown. */
static void text_of(const struct rq_ui *ui, size_t tab, enum detail d, char out[TAB_LEN])
{
	size_t count = d == COUNTS || tab == ui->tab ? count_of(ui, tab) : 0;

	if (d == ACTIVE && tab != ui->tab)
		*out = '\0';
	else if (count)
		snprintf(out, TAB_LEN, "%s %zu", names[tab], count);
	else
		snprintf(out, TAB_LEN, "%s", names[tab]);
}

/* ---- the keys for help and prompt ---- */

/* "? help", and the key in it; COLS 0: there is no such key, or it has no label. */
struct help {
	char text[TAB_LEN + RQ_KEY_NAME_LEN], name[RQ_KEY_NAME_LEN];
	int cols;
};

static void find_help(struct rq_ui *ui, struct help v[HELP_KEYS])
{
	static const char *const commands[HELP_KEYS] = { "keys", "prompt" };
	int i;

	for (i = 0; i < HELP_KEYS; i++) {
		const struct rq_binding *b = rq_keymap_key_for(&ui->keymap, rq_ui_base(ui)->ops->id, commands[i]);

		v[i].cols = 0;
		if (!b || !b->label)
			continue;
		rq_binding_keys(b, v[i].name);
		snprintf(v[i].text, sizeof v[i].text, "%s %.*s", v[i].name, TAB_LEN - 2, b->label);
		v[i].cols = rq_text_width(v[i].text) + GAP;
	}
}

/* The columns that the first N of them take at the right end. */
static int help_cols(const struct help *v, int n)
{
	int cols = 0;

	while (n > 0)
		cols += v[--n].cols;
	return cols;
}

/* As many as there is room for behind TAKEN columns; where they begin. */
static int draw_help(struct rq_ui *ui, const struct help *v, int taken, int cols)
{
	int n = HELP_KEYS, col, begin, i;

	while (n > 0 && taken + help_cols(v, n) > cols)
		n--;
	begin = col = cols - help_cols(v, n) + 1;
	for (i = 0; i < n; col += v[i++].cols) {
		if (!v[i].cols)
			continue;
		rq_draw_text(ui->draw, ROW, col, cols - col, RQ_ROLE_HINT, v[i].text);
		rq_draw_text(ui->draw, ROW, col, cols - col, RQ_ROLE_KEY, v[i].name);
	}
	return n ? begin - GAP : cols;
}

/* ---- the tabs ---- */

static int tabs_cols(const struct rq_ui *ui, enum detail d)
{
	char text[TAB_LEN];
	int cols = 1;
	size_t i;

	for (i = 0; i < RQ_TABS; i++) {
		text_of(ui, i, d, text);
		cols += *text ? rq_text_width(text) + GAP : 0;
	}
	return cols;
}

/* What narrows the view matters more than what the other views are called; one key for help has room as well, as long
 * as there are others to tell about. */
static enum detail choose(const struct rq_ui *ui, const struct help *help, int title, int cols)
{
	enum detail d = COUNTS;

	while (d < ACTIVE && tabs_cols(ui, d) + title + help_cols(help, 1) > cols)
		d++;
	return d;
}

static void draw_tabs(struct rq_ui *ui, const struct help *help, int cols)
{
	struct rq_view *v = ui->tabs[ui->tab];
	struct rq_str title;
	char text[TAB_LEN];
	enum detail d;
	int col = 1;
	size_t i;

	rq_str_init(&title, 4096);
	if (v->ops->title)
		v->ops->title(v, &title);
	d = choose(ui, help, title.len ? rq_text_width(rq_str_get(&title)) + TITLE_GAP : 0, cols);
	for (i = 0; i < RQ_TABS; i++) {
		text_of(ui, i, d, text);
		if (*text)
			col += GAP + rq_draw_text(ui->draw, ROW, col, cols - col,
						  i == ui->tab ? RQ_ROLE_TAB_ACTIVE : RQ_ROLE_TAB, text);
		ui->tab_ends[i] = col - 1;
	}
	if (title.len)
		col += TITLE_GAP + rq_draw_text(ui->draw, ROW, col + 1, cols - col - 2, RQ_ROLE_TITLE, rq_str_get(&title));
	draw_help(ui, help, col, cols);
	rq_str_release(&title);
}

/* ---- where one is ---- */

/* The tab, and what was opened on it. */
static void draw_path(struct rq_ui *ui, const struct help *help, int cols)
{
	int end = draw_help(ui, help, 0, cols), col;
	struct rq_str title;
	size_t i;

	rq_str_init(&title, 4096);
	col = rq_draw_piece(ui->draw, ROW, 1, end, RQ_ROLE_TAB, names[ui->tab]);
	for (i = 0; i < ui->depth; i++) {
		struct rq_view *v = ui->stack[i];
		bool last = v == rq_ui_base(ui);

		if (v->ops->over || !v->ops->title)
			continue;
		/* The way there is short, and where one is has the room. */
		if (!last && ui->depth > 2)
			continue;
		col = rq_draw_piece(ui->draw, ROW, col, end, RQ_ROLE_DIM, " ");
		col = rq_draw_piece(ui->draw, ROW, col, end, RQ_ROLE_DIM, rq_glyph(ui->draw, RQ_GLYPH_MORE));
		col = rq_draw_piece(ui->draw, ROW, col, end, RQ_ROLE_DIM, " ");
		rq_str_clear(&title);
		v->ops->title(v, &title);
		if (end > col)
			col += rq_draw_text(ui->draw, ROW, col, last ? end - col : WAY_COLS,
					    last ? RQ_ROLE_TITLE : RQ_ROLE_TAB, rq_str_get(&title));
	}
	rq_str_release(&title);
}

void rq_tabs_draw(struct rq_ui *ui, int cols)
{
	struct help help[HELP_KEYS];

	find_help(ui, help);
	if (rq_ui_base(ui) == ui->tabs[ui->tab])
		draw_tabs(ui, help, cols);
	else
		draw_path(ui, help, cols);
}
