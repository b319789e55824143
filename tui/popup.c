/* A list of choices above a line. */
#include "tui/popup.h"

#include <stdio.h>
#include <string.h>
#include "core/base/text.h"

enum { ROWS_MAX = 10, GAP = 2 };

/* Made harmless first: so wide it is drawn. */
static int width_of(struct rq_draw *d, const char *s)
{
	struct rq_str clean;
	int n;

	rq_str_init(&clean, 4096);
	rq_text_clean(&clean, s, strlen(s), rq_draw_ascii(d));
	n = rq_text_width(rq_str_get(&clean));
	rq_str_release(&clean);
	return n;
}

static int widest(struct rq_draw *d, const struct rq_choices *c, int most)
{
	int width = 0;
	size_t i;

	for (i = 0; i < c->n; i++) {
		int n = width_of(d, c->v[i]);

		width = n > width ? n : width;
	}
	return width < most ? width : most;
}

static void draw_row(struct rq_draw *d, const struct rq_choices *c, size_t i, bool at, int row, int word, int cols)
{
	rq_draw_fill(d, row, 0, cols, RQ_ROLE_NORMAL);
	if (at)
		rq_draw_text(d, row, 0, 1, RQ_ROLE_KEY, rq_glyph(d, RQ_GLYPH_CURSOR));
	rq_draw_text(d, row, 2, word, at ? RQ_ROLE_CHOICE : RQ_ROLE_NORMAL, c->v[i]);
	rq_draw_text(d, row, 2 + word + GAP, cols - word - GAP - 3, RQ_ROLE_HINT, c->help[i]);
}

void rq_popup_draw(struct rq_draw *d, const struct rq_choices *c, size_t at, struct rq_rect r)
{
	size_t rows = (size_t)(r.rows / 2 < ROWS_MAX ? r.rows / 2 : ROWS_MAX), first, i;
	int word = widest(d, c, r.cols / 2), row;
	char title[96];

	if (rows > c->n)
		rows = c->n;
	first = at > rows ? at - rows : 0;
	row = r.row + r.rows - (int)rows;
	if (at)
		snprintf(title, sizeof title, " %.40s %zu of %zu%s ", c->kind, at, c->n, c->more ? " and more" : "");
	else
		snprintf(title, sizeof title, " %zu%s %.40s ", c->n, c->more ? " and more" : "", c->kind);
	rq_draw_rule(d, row - 1, 0, r.cols, RQ_ROLE_RULE);
	rq_draw_text(d, row - 1, 1, r.cols - 2, RQ_ROLE_DIM, title);
	for (i = 0; i < rows; i++)
		draw_row(d, c, first + i, first + i + 1 == at, row + (int)i, word, r.cols);
}
