/* Where a list and its details stand. */
#include "tui/layout.h"

#include <string.h>
#include "core/base/str.h"

/* AUTO is choosier than an operator who asks for a place by name. */
enum { AUTO_RIGHT_COLS = 140, AUTO_BELOW_ROWS = 29 /* of a body: a terminal of 32 */ };
enum { LIST_COLS = 60, PANE_COLS = 38, LIST_ROWS = 5, PANE_ROWS = 4, RULE = 1, GUTTER = 2, MARGIN = 1 };

static const char *const names[] = { "auto", "right", "below", "off" };

const char *rq_place_name(enum rq_place p)
{
	return names[p];
}

bool rq_place_parse(const char *name, enum rq_place *out)
{
	int i;

	for (i = 0; i < RQ_PLACE_N; i++)
		if (rq_ieq(name, names[i])) {
			*out = (enum rq_place)i;
			return true;
		}
	return false;
}

void rq_place_least(enum rq_place p, int *rows, int *cols)
{
	*rows = p == RQ_PLACE_BELOW ? LIST_ROWS + RULE + PANE_ROWS : 0;
	*cols = p == RQ_PLACE_RIGHT ? LIST_COLS + GUTTER + PANE_COLS : 0;
}

bool rq_place_fits(enum rq_place p, int rows, int cols)
{
	int least_rows, least_cols;

	rq_place_least(p, &least_rows, &least_cols);
	return rows >= least_rows && cols >= least_cols;
}

static enum rq_place shown(const struct rq_layout *l, int rows, int cols)
{
	enum rq_place p = l->place;

	if (p == RQ_PLACE_AUTO)
		p = cols >= AUTO_RIGHT_COLS ? RQ_PLACE_RIGHT : rows >= AUTO_BELOW_ROWS ? RQ_PLACE_BELOW : RQ_PLACE_OFF;
	while (p < RQ_PLACE_OFF && !rq_place_fits(p, rows, cols))
		p++;
	return p;
}

/* PERCENT of ALL, with at least LEAST for it and REST for what stands beside. */
static int share(int all, int percent, int least, int rest)
{
	int n = all * percent / 100;

	if (n > all - rest)
		n = all - rest;
	return n < least ? least : n;
}

static void split_right(const struct rq_layout *l, struct rq_rect r, struct rq_split *out)
{
	int pane = share(r.cols, l->size, PANE_COLS + GUTTER, LIST_COLS);

	out->list.cols = r.cols - pane;
	out->rule = (struct rq_rect){ r.row, r.col + r.cols - pane, r.rows, 1 };
	out->pane = (struct rq_rect){ r.row, out->rule.col + GUTTER, r.rows, pane - GUTTER - MARGIN };
}

static void split_below(const struct rq_layout *l, struct rq_rect r, struct rq_split *out)
{
	int pane = share(r.rows, l->size, PANE_ROWS + RULE, LIST_ROWS);

	out->list.rows = r.rows - pane;
	out->rule = (struct rq_rect){ r.row + out->list.rows, r.col, 1, r.cols };
	out->pane = (struct rq_rect){ out->rule.row + 1, r.col + MARGIN, pane - RULE, r.cols - 2 * MARGIN };
}

void rq_layout_split(const struct rq_layout *l, struct rq_rect r, struct rq_split *out)
{
	memset(out, 0, sizeof *out);
	out->list = r;
	out->place = shown(l, r.rows, r.cols);
	if (l->zoom == RQ_ZOOM_DETAIL) {
		out->list.rows = 0;
		out->pane = (struct rq_rect){ r.row, r.col + MARGIN, r.rows, r.cols - 2 * MARGIN };
	} else if (l->zoom == RQ_ZOOM_LIST || out->place == RQ_PLACE_OFF) {
		return;
	} else if (out->place == RQ_PLACE_RIGHT) {
		split_right(l, r, out);
	} else {
		split_below(l, r, out);
	}
}

enum rq_place rq_layout_next(const struct rq_layout *l, int rows, int cols)
{
	enum rq_place p = shown(l, rows, cols);

	do
		p = p == RQ_PLACE_OFF ? RQ_PLACE_RIGHT : p + 1;
	while (!rq_place_fits(p, rows, cols));
	return p;
}
