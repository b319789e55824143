/* The details beside a list. */
#include "tui/pane.h"

#include <stdio.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/rich.h"

enum { AROUND_BODY = 3 /* rows: head, tabs, keys */, POSITION_LEN = 96, POSITION_COL = 2 };

void rq_pane_release(struct rq_pane *p)
{
	rq_free(p->id);
	p->id = NULL;
}

void rq_pane_begin(struct rq_pane *p, const struct rq_split *s, const char *id)
{
	p->rows = s->pane.rows;
	p->cols = s->pane.cols;
	if (p->id && rq_eq(p->id, id))
		return;
	rq_free(p->id);
	p->id = rq_strdup(id);
	p->top = 0;
}

/* ---- drawing ---- */

/* Which lines these are, of how many, and the keys for the others. */
static void position(const struct rq_pane *p, struct rq_ui *ui, int rows, char out[POSITION_LEN])
{
	char down[RQ_KEY_NAME_LEN + 32], up[RQ_KEY_NAME_LEN + 32];

	snprintf(out, POSITION_LEN, "%zu-%zu of %zu  %s %s", p->top + 1, p->top + (size_t)rows, p->lines,
		 rq_ui_key_for(ui, "detail down", down), rq_ui_key_for(ui, "detail up", up));
}

/* The pane is full as long as there are lines for it. */
static void clamp(struct rq_pane *p, int rows)
{
	size_t room = rows > 0 ? (size_t)rows : 1;

	if (p->lines <= room)
		p->top = 0;
	else if (p->top > p->lines - room)
		p->top = p->lines - room;
}

static void draw_rule(struct rq_ui *ui, const struct rq_split *s)
{
	if (s->rule.cols == 1)
		rq_draw_vertical(ui->draw, s->rule.row, s->rule.col, s->rule.rows, RQ_ROLE_RULE);
	else if (s->rule.rows)
		rq_draw_rule(ui->draw, s->rule.row, s->rule.col, s->rule.cols, RQ_ROLE_RULE);
}

/* On the rule, where there is one above; else it takes the last row. */
static void draw_position(struct rq_pane *p, struct rq_ui *ui, const struct rq_split *s, int rows)
{
	char text[POSITION_LEN], padded[POSITION_LEN + 2];

	position(p, ui, rows, text);
	if (s->rule.rows == 1) {
		snprintf(padded, sizeof padded, " %s ", text);
		rq_draw_text(ui->draw, s->rule.row, s->rule.col + POSITION_COL, s->rule.cols - POSITION_COL, RQ_ROLE_DIM,
			     padded);
	} else {
		rq_draw_text(ui->draw, s->pane.row + rows, s->pane.col, s->pane.cols, RQ_ROLE_DIM, text);
	}
}

void rq_pane_draw(struct rq_pane *p, struct rq_ui *ui, const struct rq_split *s, const struct rq_rich *lines)
{
	bool more = lines->n > (size_t)s->pane.rows;
	int rows = more && s->rule.rows != 1 ? s->pane.rows - 1 : s->pane.rows, i;

	draw_rule(ui, s);
	p->lines = lines->n;
	p->rows = rows;
	clamp(p, rows);
	for (i = 0; i < rows && p->top + (size_t)i < lines->n; i++)
		rq_rich_draw(lines, p->top + (size_t)i, ui->draw, s->pane.row + i, s->pane.col, s->pane.cols, 0);
	if (more)
		draw_position(p, ui, s, rows);
}

/* ---- what keys do ---- */

static void scroll(struct rq_pane *p, struct rq_ui *ui, int by)
{
	if (!p->rows) {
		rq_ui_hint(ui, "The details are not shown; <detail next> shows them.");
		return;
	}
	if (by < 0)
		p->top = p->top > (size_t)-by ? p->top - (size_t)-by : 0;
	else
		p->top += (size_t)by;
	clamp(p, p->rows);
}

static void body_size(struct rq_ui *ui, int *rows, int *cols)
{
	*rows = rq_term_rows(ui->term) - AROUND_BODY;
	*cols = rq_term_cols(ui->term);
}

/* Said where it stays wanted and is not there: a larger terminal shows it. */
static void say_place(struct rq_ui *ui, enum rq_place p)
{
	int rows, cols, least_rows, least_cols;

	body_size(ui, &rows, &cols);
	if (rq_place_fits(p, rows, cols))
		return;
	rq_place_least(p, &least_rows, &least_cols);
	if (least_cols)
		rq_ui_say(ui, "Details on the right need %d columns, there are %d.", least_cols, cols);
	else
		rq_ui_say(ui, "Details below need %d rows, there are %d.", least_rows + AROUND_BODY, rows + AROUND_BODY);
}

static void set_place(struct rq_ui *ui, const char *name)
{
	enum rq_place p;

	if (!rq_place_parse(name, &p)) {
		rq_ui_fail(ui, "detail wants a place: right, below, off or auto%s%s.", *name ? ", not " : "", name);
		return;
	}
	ui->layout.place = p;
	ui->layout.zoom = RQ_ZOOM_NONE;
	say_place(ui, p);
}

static void next_place(struct rq_ui *ui)
{
	int rows, cols;

	body_size(ui, &rows, &cols);
	if (ui->layout.zoom == RQ_ZOOM_NONE)
		ui->layout.place = rq_layout_next(&ui->layout, rows, cols);
	ui->layout.zoom = RQ_ZOOM_NONE;
}

static void toggle(struct rq_ui *ui)
{
	ui->layout.zoom = RQ_ZOOM_NONE;
	ui->layout.place = ui->layout.place == RQ_PLACE_OFF ? RQ_PLACE_AUTO : RQ_PLACE_OFF;
}

static void resize(struct rq_ui *ui, int by)
{
	int size = ui->layout.size + by;

	ui->layout.size = size < RQ_DETAIL_SIZE_MIN ? RQ_DETAIL_SIZE_MIN : size > RQ_DETAIL_SIZE_MAX ? RQ_DETAIL_SIZE_MAX : size;
}

static void zoom(struct rq_ui *ui, const char *what)
{
	enum rq_zoom wanted = rq_ieq(what, "list") ? RQ_ZOOM_LIST : RQ_ZOOM_DETAIL;

	if (*what && !rq_ieq(what, "list") && !rq_ieq(what, "detail"))
		rq_ui_fail(ui, "It is zoom list or zoom detail.");
	else
		ui->layout.zoom = ui->layout.zoom == RQ_ZOOM_NONE ? wanted : RQ_ZOOM_NONE;
}

/* Where nothing else is shown, what moves by pages moves the details. */
static bool act_zoomed(struct rq_pane *p, struct rq_ui *ui, enum rq_do d)
{
	int page = p->rows > 1 ? p->rows - 1 : 1;

	switch (d) {
	case RQ_DO_PAGE_DOWN: scroll(p, ui, page); return true;
	case RQ_DO_PAGE_UP: scroll(p, ui, -page); return true;
	case RQ_DO_HALF_DOWN: scroll(p, ui, page / 2 + 1); return true;
	case RQ_DO_HALF_UP: scroll(p, ui, -(page / 2 + 1)); return true;
	case RQ_DO_BACK: ui->layout.zoom = RQ_ZOOM_NONE; return true;
	default: return false;
	}
}

static bool is_of_details(enum rq_do d)
{
	switch (d) {
	case RQ_DO_TOGGLE_DETAILS: case RQ_DO_DETAIL_NEXT: case RQ_DO_DETAIL: case RQ_DO_DETAIL_DOWN:
	case RQ_DO_DETAIL_UP: case RQ_DO_DETAIL_LARGER: case RQ_DO_DETAIL_SMALLER: case RQ_DO_ZOOM: return true;
	default: return false;
	}
}

bool rq_pane_act(struct rq_pane *p, struct rq_ui *ui, enum rq_do d, const char *arg)
{
	if (p && ui->layout.zoom == RQ_ZOOM_DETAIL && act_zoomed(p, ui, d))
		return true;
	if (!is_of_details(d))
		return false;
	if (!p) {
		rq_ui_say(ui, "This list has no details beside it.");
		return true;
	}
	switch (d) {
	case RQ_DO_DETAIL_NEXT: next_place(ui); break;
	case RQ_DO_DETAIL: set_place(ui, arg); break;
	case RQ_DO_DETAIL_DOWN: scroll(p, ui, 1); break;
	case RQ_DO_DETAIL_UP: scroll(p, ui, -1); break;
	case RQ_DO_DETAIL_LARGER: resize(ui, RQ_DETAIL_SIZE_STEP); break;
	case RQ_DO_DETAIL_SMALLER: resize(ui, -RQ_DETAIL_SIZE_STEP); break;
	case RQ_DO_ZOOM: zoom(ui, arg); break;
	default: toggle(ui); break;
	}
	return true;
}
