/* The table widget: where its columns stand, and how it is drawn. */
#include "tui/list.h"

#include <string.h>
#include "core/base/text.h"
#include "tui/draw.h"

enum { MARGIN = 1, GAP = 2, ELASTIC_MIN = 10 };

static int wanted(const struct rq_list *l, size_t c)
{
	const struct rq_column *column = &l->ops->columns[c];
	int w = (int)strlen(column->name);

	if (w < column->min)
		w = column->min;
	if (!column->max)
		return w;
	if (w < l->natural[c])
		w = l->natural[c];
	return w < column->max ? w : column->max;
}

static int total(const struct rq_list *l, const int *widths)
{
	int sum = MARGIN;
	size_t c;

	for (c = 0; c < l->ops->n_columns; c++) {
		if (widths[c])
			sum += widths[c] + (sum > MARGIN ? GAP : 0);
	}
	return sum;
}

/* Leaves out the column that matters least. One of the last (1) stays, where the elastic one can
 * give the SHORT_OF columns that are missing. */
static bool drop_one(const struct rq_list *l, int *widths, int elastic, int short_of)
{
	size_t c, worst = 0;
	int drop = 0;

	for (c = 0; c < l->ops->n_columns; c++) {
		if (widths[c] && l->ops->columns[c].drop > drop) {
			drop = l->ops->columns[c].drop;
			worst = c;
		}
	}
	if (!drop || (drop == 1 && elastic - short_of >= ELASTIC_MIN))
		return false;
	widths[worst] = 0;
	return true;
}

void rq_list_layout(const struct rq_list *l, int cols, int widths[RQ_LIST_COLUMNS])
{
	size_t c, elastic = l->ops->n_columns;
	int left;

	for (c = 0; c < l->ops->n_columns; c++) {
		widths[c] = wanted(l, c);
		if (!l->ops->columns[c].max)
			elastic = c;
	}
	while (total(l, widths) > cols &&
	       drop_one(l, widths, elastic < l->ops->n_columns ? widths[elastic] : 0,
			total(l, widths) - cols))
		;
	left = cols - total(l, widths);
	if (elastic < l->ops->n_columns && widths[elastic])
		widths[elastic] += left;
	for (c = 0; c < l->ops->n_columns; c++) {
		if (widths[c] < 0)
			widths[c] = 0;
	}
}

static void draw_head(struct rq_list *l, struct rq_draw *d, int row, int col, int cols,
		      const int *widths)
{
	int at = col + MARGIN;
	size_t c;

	rq_draw_fill(d, row, col, cols, RQ_ROLE_COLUMN);
	for (c = 0; c < l->ops->n_columns; c++) {
		const struct rq_column *column = &l->ops->columns[c];
		bool sorted = l->sort == (int)c;
		enum rq_role role = sorted ? RQ_ROLE_COLUMN_SORT : RQ_ROLE_COLUMN;

		if (!widths[c])
			continue;
		rq_draw_cell(d, row, at, widths[c], role, column->name, column->right);
		if (sorted)
			rq_draw_text(d, row,
				     column->right ? at - 1 : at + (int)strlen(column->name), 1,
				     role,
				     rq_glyph(d, l->descending ? RQ_GLYPH_DOWN : RQ_GLYPH_UP));
		at += widths[c] + GAP;
	}
}

static void draw_row(struct rq_list *l, struct rq_draw *d, size_t row, int y, int col, int cols,
		     const int *widths, bool slow, struct rq_str *text)
{
	bool under = row == l->cursor, bar = under && !slow;
	bool marked = rq_list_marked(l, l->ops->id(l->ud, l->rows[row]));
	enum rq_role margin = bar ? RQ_ROLE_CURSOR : marked ? RQ_ROLE_MARK : RQ_ROLE_NORMAL;
	int at = col + MARGIN;
	size_t c;

	if (bar)
		rq_draw_fill(d, y, col, cols, RQ_ROLE_CURSOR);
	/* One column for both signs: where there is no bar, a marked row under the cursor has its
	 * own. */
	if (marked && under && slow)
		rq_draw_text(d, y, col, 1, margin, "#");
	else if (marked || (under && slow))
		rq_draw_text(d, y, col, 1, margin,
			     rq_glyph(d, marked ? RQ_GLYPH_MARK : RQ_GLYPH_CURSOR));
	for (c = 0; c < l->ops->n_columns; c++) {
		enum rq_role role = RQ_ROLE_NORMAL;

		if (!widths[c])
			continue;
		rq_str_clear(text);
		l->ops->cell(l->ud, l->rows[row], c, text, &role);
		rq_draw_cell(d, y, at, widths[c], bar ? RQ_ROLE_CURSOR : role, rq_str_get(text),
			     l->ops->columns[c].right);
		at += widths[c] + GAP;
	}
}

/* The cursor is on the screen, and the screen is full while there are rows for it. */
static void scroll(struct rq_list *l, int height)
{
	size_t rows = height > 0 ? (size_t)height : 1;

	l->height = (int)rows;
	if (l->cursor < l->top)
		l->top = l->cursor;
	if (l->cursor >= l->top + rows)
		l->top = l->cursor - rows + 1;
	if (l->n <= rows)
		l->top = 0;
	else if (l->top > l->n - rows)
		l->top = l->n - rows;
}

void rq_list_draw(struct rq_list *l, struct rq_draw *d, int row, int col, int height, int cols,
		  bool slow)
{
	int widths[RQ_LIST_COLUMNS];
	struct rq_str text;
	int i;

	scroll(l, height - 1);
	l->first_row = row + 1;
	rq_list_layout(l, cols, widths);
	draw_head(l, d, row, col, cols, widths);
	rq_str_init(&text, 65536);
	for (i = 0; i < height - 1 && l->top + (size_t)i < l->n; i++)
		draw_row(l, d, l->top + (size_t)i, row + 1 + i, col, cols, widths, slow, &text);
	rq_str_release(&text);
}
