/* A list to listen to: a row is what its columns say, one after the other, and the cursor stands on the row. */
#include <string.h>
#include "core/base/str.h"
#include "tui/draw.h"
#include "tui/list.h"
#include "tui/list_impl.h"

static void add_part(struct rq_str *line, const char *text)
{
	size_t n;

	text += strspn(text, " ");
	n = strlen(text);
	while (n && text[n - 1] == ' ')
		n--;
	if (!n || (n == 1 && *text == '-'))
		return;
	if (line->len)
		rq_str_add(line, ", ");
	rq_str_addn(line, text, n);
}

void rq_list_linear_head(const struct rq_list *l, struct rq_draw *d, int row, int col, int cols)
{
	struct rq_str line;
	size_t i;

	rq_str_init(&line, 4096);
	for (i = 0; i < l->n_shown; i++)
		add_part(&line, l->ops->columns[l->shown[i].column].name);
	rq_draw_text(d, row, col, cols, RQ_ROLE_COLUMN, rq_str_get(&line));
	rq_str_release(&line);
}

void rq_list_linear_row(struct rq_list *l, struct rq_draw *d, size_t row, int y, int col, int cols)
{
	struct rq_str line, cell;
	size_t i;

	rq_str_init(&line, 65536);
	rq_str_init(&cell, 65536);
	if (rq_list_marked(l, l->ops->id(l->ud, l->rows[row])))
		add_part(&line, "marked");
	for (i = 0; i < l->n_shown; i++) {
		enum rq_role role = RQ_ROLE_NORMAL;

		rq_str_clear(&cell);
		l->ops->cell(l->ud, l->rows[row], l->shown[i].column, &cell, &role);
		add_part(&line, rq_str_get(&cell));
	}
	rq_draw_text(d, y, col, cols, RQ_ROLE_NORMAL, rq_str_get(&line));
	if (row == l->cursor)
		rq_draw_cursor(d, y, col);
	rq_str_release(&line);
	rq_str_release(&cell);
}
