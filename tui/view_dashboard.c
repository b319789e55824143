/* The dashboard: how it stands, and the way to what needs somebody. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/base/clock.h"
#include "tui/dash_page.h"
#include "tui/words.h"

enum { TWO_COLS = 110, COLUMN_GAP = 3, INDENT = 2, LINES_MAX = RQ_DASH_BOXES * (RQ_DASH_ROWS + 2) };
enum { LOOK_MS = 30000, LOGS_EVERY = 10 /* looks */ };

/* A line of a box, where it stands: on a sheet that the screen is a part of. */
struct place {
	int y, col, cols;
	const struct rq_dash_box *box;
	int line;                       /* -1: the title */
};

struct dashboard {
	struct rq_view view;
	struct rq_dashboard now;
	struct rq_dash_page page;
	bool stale;                     /* there is a newer snapshot */
	struct place places[LINES_MAX];
	size_t n;
	int height, top, rows, first_row; /* of the sheet; of it on the screen */
	size_t cursor;                  /* in places; n none */
	char *at;                       /* the command of the line that the cursor is on: what is there may move */
	struct rq_timer *timer;
	unsigned looks;
	bool disk_shown;
};

static struct dashboard *own(struct rq_view *view)
{
	return (struct dashboard *)view;
}

static const char *command_at(const struct dashboard *d, size_t i)
{
	return i < d->n && d->places[i].line >= 0 ? d->places[i].box->commands[d->places[i].line] : NULL;
}

/* ---- where things stand ---- */

static void place_box(struct dashboard *d, const struct rq_dash_box *box, int *y, int col, int cols)
{
	size_t i;

	if (!box->text.n)
		return;
	if (*y)
		++*y;
	d->places[d->n++] = (struct place){ (*y)++, col, cols, box, -1 };
	for (i = 0; i < box->text.n && i < RQ_DASH_ROWS; i++)
		d->places[d->n++] = (struct place){ (*y)++, col, cols, box, (int)i };
}

/* One below the other; on a wide screen what is to be done on the left, and what does it on the right. Who listens to the
 * screen hears a line as one. */
static void place_all(struct dashboard *d, int cols)
{
	bool two = cols >= TWO_COLS && !rq_draw_reader(d->view.ui->draw);
	int width = two ? (cols - COLUMN_GAP) / 2 : cols, y = 0, i;

	d->n = 0;
	d->height = 0;
	for (i = 0; i < RQ_DASH_BOXES; i++) {
		bool right = two && i >= RQ_DASH_RUNNERS;

		if (two && i == RQ_DASH_RUNNERS)
			y = 0;
		place_box(d, &d->page.box[i], &y, right ? cols - width : 0, width);
		if (y > d->height)
			d->height = y;
	}
}

static void remember(struct dashboard *d)
{
	const char *command = command_at(d, d->cursor);

	rq_free(d->at);
	d->at = rq_strdup(command);
}

/* The line it was on, or the nearest before that can be opened, or the first. */
static void find_cursor(struct dashboard *d)
{
	size_t i, before = d->cursor < d->n ? d->cursor : d->n;

	for (i = 0; i < d->n; i++)
		if (d->at && command_at(d, i) && rq_eq(command_at(d, i), d->at)) {
			d->cursor = i;
			return;
		}
	for (i = before + 1; i-- > 0;)
		if (command_at(d, i))
			break;
	if (i == (size_t)-1)
		for (i = 0; i < d->n && !command_at(d, i); i++)
			;
	d->cursor = i;
	remember(d);
}

/* The cursor is on the screen, with the title above it; what follows the last line that can be opened is reached as well. */
static void scroll(struct dashboard *d, int rows)
{
	const struct place *p = d->places + (d->cursor < d->n ? d->cursor : 0);
	size_t next = d->cursor + 1;
	int last = d->height > rows ? d->height - rows : 0, first, end;

	d->rows = rows;
	if (d->cursor >= d->n) {
		d->top = 0;
		return;
	}
	first = p->line == 0 ? p->y - 1 : p->y;
	while (next < d->n && d->places[next].col == p->col && !command_at(d, next) && d->places[next].line >= 0)
		next++;
	end = d->places[next - 1].y;
	if (end >= d->top + rows)
		d->top = end - rows + 1;
	if (first < d->top)
		d->top = first;
	if (d->top > last)
		d->top = last;
}

/* ---- drawing ---- */

static void draw_title(struct rq_draw *w, const struct place *p, int row)
{
	int note = rq_text_width(p->box->note), col = p->col + 1, end = p->col + p->cols - 1;

	col += rq_draw_text(w, row, col, p->cols - 1, RQ_ROLE_TITLE, p->box->title) + 1;
	if (note && end - col > note + 1) {
		end -= note + 1;
		rq_draw_text(w, row, end + 1, note, p->box->note_role, p->box->note);
	}
	if (end > col)
		rq_draw_rule(w, row, col, end - col, RQ_ROLE_RULE);
}

static void draw_line(struct dashboard *d, size_t i, int row)
{
	const struct place *p = &d->places[i];
	struct rq_ui *ui = d->view.ui;
	bool under = i == d->cursor;

	if (p->line < 0) {
		draw_title(ui->draw, p, row);
		return;
	}
	rq_rich_draw(&p->box->text, (size_t)p->line, ui->draw, row, p->col + INDENT, p->cols - INDENT - 1, 0);
	if (under && rq_draw_reader(ui->draw))
		rq_draw_cursor(ui->draw, row, p->col + INDENT);
	else if (under && ui->slow)
		rq_draw_text(ui->draw, row, p->col + 1, 1, RQ_ROLE_NORMAL, rq_glyph(ui->draw, RQ_GLYPH_CURSOR));
	else if (under)
		rq_draw_over(ui->draw, row, p->col + 1, p->cols - 2, RQ_ROLE_CURSOR);
}

/* That there is more, at the right edge. */
static void draw_signs(struct dashboard *d, struct rq_rect r)
{
	struct rq_draw *w = d->view.ui->draw;

	if (d->top > 0)
		rq_draw_text(w, r.row, r.col + r.cols - 1, 1, RQ_ROLE_DIM, rq_glyph(w, RQ_GLYPH_UP));
	if (d->top + r.rows < d->height)
		rq_draw_text(w, r.row + r.rows - 1, r.col + r.cols - 1, 1, RQ_ROLE_DIM, rq_glyph(w, RQ_GLYPH_DOWN));
}

static void look_anew(struct dashboard *d)
{
	struct rq_ui *ui = d->view.ui;

	if (d->stale || (d->now.next_stuck && ui->now >= d->now.next_stuck))
		rq_dashboard_of(ui->snap, ui->now, &d->now);
	d->stale = false;
	if (d->now.next_stuck)
		rq_ui_ages_at(ui, d->now.next_stuck);
	rq_dash_page_fill(&d->page, ui, &d->now);
}

/* ---- the disk ---- */

/* On a slow link the first look counts, and later ones are seen when something else is drawn. */
static void disk_seen(void *ud)
{
	struct dashboard *d = ud;

	d->view.ui->dirty |= !d->view.ui->slow || !d->disk_shown;
	d->disk_shown = true;
}

static void look_at_disk(void *ud)
{
	struct dashboard *d = ud;
	struct rq_ui *ui = d->view.ui;

	if (rq_ui_base(ui) != &d->view)
		rq_timer_stop(d->timer); /* nobody looks; drawing starts it again */
	else
		rq_look_disk(ui->rq, d->looks++ % LOGS_EVERY == 0, disk_seen, d);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct dashboard *d = own(view);
	size_t i;

	if (!rq_timer_active(d->timer)) {
		rq_timer_start(d->timer, LOOK_MS, LOOK_MS);
		rq_look_disk(view->ui->rq, d->looks++ % LOGS_EVERY == 0, disk_seen, d);
	}
	d->first_row = r.row;
	if (!view->ui->snap->taken_at) {
		rq_draw_text(view->ui->draw, r.row + 1, r.col + INDENT, r.cols - INDENT, RQ_ROLE_DIM, "Loading.");
		return;
	}
	look_anew(d);
	place_all(d, r.cols);
	find_cursor(d);
	scroll(d, r.rows);
	for (i = 0; i < d->n; i++)
		if (d->places[i].y >= d->top && d->places[i].y < d->top + r.rows)
			draw_line(d, i, r.row + d->places[i].y - d->top);
	draw_signs(d, r);
}

/* ---- what keys do ---- */

static void go_to(struct dashboard *d, size_t i)
{
	if (i >= d->n)
		return;
	d->cursor = i;
	remember(d);
}

/* To the next line that can be opened, or the one before. */
static void step(struct dashboard *d, int by)
{
	size_t i = d->cursor;

	do
		i = by > 0 ? i + 1 : i - 1;
	while (i < d->n && !command_at(d, i));
	go_to(d, i);
}

/* ROWS down or up in the same column: to the last line on the way that can be opened. */
static void jump(struct dashboard *d, int rows)
{
	int y = d->cursor < d->n ? d->places[d->cursor].y : 0, col = d->cursor < d->n ? d->places[d->cursor].col : 0;
	size_t i, to = d->cursor;

	for (i = 0; i < d->n; i++) {
		int dy = d->places[i].y - y;

		if (d->places[i].col != col || !command_at(d, i))
			continue;
		if (rows > 0 && dy > 0 && dy <= rows)
			to = i;
		else if (rows < 0 && dy < 0 && dy >= rows && to == d->cursor)
			to = i;
	}
	if (to == d->cursor)
		step(d, rows);
	else
		go_to(d, to);
}

static int apart(const struct place *a, const struct place *b)
{
	return a->y > b->y ? a->y - b->y : b->y - a->y;
}

/* To the nearest line of the other column. */
static void across(struct dashboard *d, bool right)
{
	size_t i, best = d->n;

	for (i = 0; i < d->n && d->cursor < d->n; i++) {
		const struct place *p = &d->places[i], *from = &d->places[d->cursor];

		if (!command_at(d, i) || (right ? p->col <= from->col : p->col >= from->col))
			continue;
		if (best == d->n || apart(p, from) < apart(&d->places[best], from))
			best = i;
	}
	go_to(d, best);
}

static void go_to_end(struct dashboard *d, bool last)
{
	size_t i, to = d->n;

	for (i = 0; i < d->n && (last || to == d->n); i++)
		if (command_at(d, i))
			to = i;
	go_to(d, to);
}

static void open_line(struct dashboard *d)
{
	const char *command = command_at(d, d->cursor);
	struct rq_error e;
	char **words = NULL;
	size_t n;

	if (!command)
		return;
	if (rq_words_split(command, &words, &n, &e))
		rq_ui_fail(d->view.ui, "%s", e.msg);
	else
		rq_ui_run_words(d->view.ui, words, n, false);
	rq_words_free(words);
}

static bool act(struct rq_view *view, enum rq_do what, const char *arg)
{
	struct dashboard *d = own(view);
	int page = d->rows > 1 ? d->rows - 1 : 1;

	(void)arg;
	switch (what) {
	case RQ_DO_DOWN: step(d, 1); return true;
	case RQ_DO_UP: step(d, -1); return true;
	case RQ_DO_PAGE_DOWN: jump(d, page); return true;
	case RQ_DO_PAGE_UP: jump(d, -page); return true;
	case RQ_DO_HALF_DOWN: jump(d, page / 2 + 1); return true;
	case RQ_DO_HALF_UP: jump(d, -(page / 2 + 1)); return true;
	case RQ_DO_HOME: go_to_end(d, false); return true;
	case RQ_DO_END: go_to_end(d, true); return true;
	case RQ_DO_LEFT: across(d, false); return true;
	case RQ_DO_RIGHT: across(d, true); return true;
	case RQ_DO_OPEN: open_line(d); return true;
	default: return false;
	}
}

/* The job that the line under the cursor is about. */
static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct dashboard *d = own(view);
	const struct place *p = d->places + d->cursor;

	if (command_at(d, d->cursor) && p->box->jobs[p->line])
		rq_pick_of_job(view->ui, p->box->jobs[p->line], what, out);
}

static void changed(struct rq_view *view)
{
	own(view)->stale = true;
}

static void free_view(struct rq_view *view)
{
	struct dashboard *d = own(view);

	rq_look_disk(view->ui->rq, false, NULL, NULL);
	rq_timer_free(d->timer);
	rq_dash_page_release(&d->page);
	rq_free(d->at);
	rq_free(d);
}

/* A second press on the line opens it. */
static bool click(struct rq_view *view, int row)
{
	struct dashboard *d = own(view);
	size_t i, before = d->cursor;
	int col, y;

	rq_term_clicked(view->ui->term, &y, &col);
	for (i = 0; i < d->n; i++) {
		const struct place *p = &d->places[i];

		if (p->y - d->top + d->first_row == row && col >= p->col && col < p->col + p->cols && command_at(d, i)) {
			go_to(d, i);
			return i == before;
		}
	}
	return false;
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_DASHBOARD,
	.free = free_view,
	.changed = changed,
	.draw = draw,
	.act = act,
	.click = click,
	.pick = pick,
};

struct rq_view *rq_view_dashboard_new(struct rq_ui *ui)
{
	struct dashboard *d = rq_alloc(sizeof *d);
	size_t i;

	d->view.ops = &ops;
	d->view.ui = ui;
	d->stale = true;
	for (i = 0; i < RQ_DASH_BOXES; i++)
		rq_rich_init(&d->page.box[i].text);
	d->timer = rq_timer_new(ui->loop, look_at_disk, d);
	return &d->view;
}
