/* The table widget: where its columns stand, and how it is drawn. */
#include "tui/list.h"

#include <string.h>
#include "core/base/text.h"
#include "tui/draw.h"
#include "tui/list_impl.h"

enum { BAR_WHOLE = 110 };

static void draw_head(struct rq_list *l, struct rq_draw *d, int row, int col, int cols,
		      const int *widths)
{
	int at = col + RQ_LIST_MARGIN;
	size_t i, c;

	rq_draw_fill(d, row, col, cols, RQ_ROLE_COLUMN);
	for (i = 0; i < l->n_shown; i++) {
		const struct rq_column *column = &l->ops->columns[c = l->shown[i].column];
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
		at += widths[c] + RQ_LIST_GAP;
	}
}

/* A bar is as many bytes as the row has text, twice. In a wide list it ends behind what names the
 * item: to the right of that the row is read along its own text. */
static int bar_cols(const struct rq_list *l, int cols, const int *widths)
{
	int end = RQ_LIST_MARGIN - RQ_LIST_GAP;
	size_t i;

	for (i = 0; cols > BAR_WHOLE && i < l->n_shown; i++) {
		size_t c = l->shown[i].column;

		if (!widths[c])
			continue;
		end += RQ_LIST_GAP + widths[c];
		if (!l->ops->columns[c].max)
			return end + 1 < cols ? end + 1 : cols;
	}
	return cols;
}

static void draw_row(struct rq_list *l, struct rq_draw *d, size_t row, int y, int col, int cols,
		     const int *widths, bool slow, struct rq_str *text)
{
	bool under = row == l->cursor, bar = under && !slow;
	int bar_end = col + bar_cols(l, cols, widths);
	bool marked = rq_list_marked(l, l->ops->id(l->ud, l->rows[row]));
	enum rq_role margin = bar ? RQ_ROLE_CURSOR : marked ? RQ_ROLE_MARK : RQ_ROLE_NORMAL;
	char lit = slow ? 0 : rq_list_lit(l, row);
	enum rq_role normal = lit == '+' ? RQ_ROLE_ROW_NEW : lit ? RQ_ROLE_ROW_CHANGED : RQ_ROLE_NORMAL;
	char sign[2] = { lit, '\0' };
	int at = col + RQ_LIST_MARGIN;
	size_t c, i;

	if (bar)
		rq_draw_fill(d, y, col, bar_end - col, RQ_ROLE_CURSOR);
	/* One column for both signs: where there is no bar, a marked row under the cursor has its
	 * own. */
	if (marked && under && slow)
		rq_draw_text(d, y, col, 1, margin, "#");
	else if (marked || (under && slow))
		rq_draw_text(d, y, col, 1, margin,
			     rq_glyph(d, marked ? RQ_GLYPH_MARK : RQ_GLYPH_CURSOR));
	else if (lit)
		rq_draw_text(d, y, col, 1, bar ? RQ_ROLE_CURSOR : normal, sign);
	for (i = 0; i < l->n_shown; i++) {
		enum rq_role role = normal;

		c = l->shown[i].column;

		if (!widths[c])
			continue;
		rq_str_clear(text);
		l->ops->cell(l->ud, l->rows[row], c, text, &role);
		rq_draw_cell(d, y, at, widths[c], bar && at < bar_end ? RQ_ROLE_CURSOR : role, rq_str_get(text),
			     l->ops->columns[c].right);
		at += widths[c] + RQ_LIST_GAP;
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

static void draw_linear(struct rq_list *l, struct rq_draw *d, int row, int col, int height, int cols)
{
	int i;

	rq_list_linear_head(l, d, row, col, cols);
	for (i = 0; i < height - 1 && l->top + (size_t)i < l->n; i++)
		rq_list_linear_row(l, d, l->top + (size_t)i, row + 1 + i, col, cols);
}

void rq_list_draw(struct rq_list *l, struct rq_draw *d, int row, int col, int height, int cols,
		  bool slow)
{
	int widths[RQ_LIST_COLUMNS];
	struct rq_str text;
	int i;

	rq_list_fresh(l);
	scroll(l, height - 1);
	l->first_row = row + 1;
	l->cols = cols;
	if (rq_draw_reader(d)) {
		draw_linear(l, d, row, col, height, cols);
		return;
	}
	rq_list_layout(l, cols, widths);
	draw_head(l, d, row, col, cols, widths);
	rq_str_init(&text, 65536);
	for (i = 0; i < height - 1 && l->top + (size_t)i < l->n; i++)
		draw_row(l, d, l->top + (size_t)i, row + 1 + i, col, cols, widths, slow, &text);
	rq_str_release(&text);
}
