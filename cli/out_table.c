/* out_table.c - a table for people: columns as wide as their cells, narrowed to the terminal. */
#include <stdbool.h>
#include <string.h>
#include "cli/out.h"
#include "core/base/mem.h"

enum { GAP = 2, NARROWEST = 6 };

void rq_text_table_release(struct rq_text_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		rq_free(t->cells[i]);
	rq_free(t->cells);
	*t = (struct rq_text_table){ 0 };
}

void rq_text_table_begin(struct rq_text_table *t, const char *const *columns, size_t n)
{
	rq_text_table_release(t);
	t->columns = n;
	rq_text_table_row(t, columns);
}

void rq_text_table_row(struct rq_text_table *t, const char *const *cells)
{
	for (size_t i = 0; i < t->columns; i++) {
		RQ_GROW(t->cells, t->n, &t->cap);
		t->cells[t->n++] = rq_strdup(cells[i] ? cells[i] : "");
	}
}

/* The cells as they may be shown, in place, and the columns' widths. */
static void clean(struct rq_text_table *t, bool ascii, int *widths)
{
	for (size_t i = 0; i < t->n; i++) {
		struct rq_str b;
		int w;

		rq_str_init(&b, 0);
		rq_text_clean(&b, t->cells[i], strlen(t->cells[i]), ascii);
		rq_free(t->cells[i]);
		t->cells[i] = rq_str_detach(&b);
		w = rq_text_width(t->cells[i]);
		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
	}
}

/* What one types or copies from a list is of use only when it is whole. */
static bool is_id(const char *head)
{
	return strcmp(head, "ID") == 0 || strcmp(head, "JOB") == 0 || strcmp(head, "DECISION") == 0;
}

/* Take what does not fit from the widest column, again and again; from those with ids when no other has anything left. */
static void narrow(const struct rq_text_table *t, int *widths, int cols)
{
	int total = GAP * ((int)t->columns - 1);
	bool ids = false;

	for (size_t i = 0; i < t->columns; i++)
		total += widths[i];
	while (total > cols) {
		int *widest = NULL;

		for (size_t i = 0; i < t->columns; i++)
			if ((ids || !is_id(t->cells[i])) && widths[i] > NARROWEST && (!widest || widths[i] > *widest))
				widest = &widths[i];
		if (!widest && ids)
			return;
		if (!widest) {
			ids = true;
			continue;
		}
		--*widest;
		total--;
	}
}

static void cell(struct rq_str *out, const char *s, int width, bool last, bool ascii)
{
	const char *more = ascii ? "~" : "\xe2\x80\xa6";
	int used = 0;
	size_t n;

	if (rq_text_width(s) <= width) {
		rq_str_add(out, s);
		used = rq_text_width(s);
	} else {
		n = rq_text_fit(s, width - 1, &used);
		rq_str_addn(out, s, n);
		rq_str_add(out, more);
		used++;
	}
	if (!last)
		rq_str_addf(out, "%*s", width - used + GAP, "");
}

void rq_text_table_print(struct rq_text_table *t, int cols, bool ascii, struct rq_str *out)
{
	int widths[32] = { 0 };

	if (!t->columns || t->columns > sizeof widths / sizeof *widths)
		return;
	clean(t, ascii, widths);
	narrow(t, widths, cols);
	for (size_t i = 0; i < t->n; i++) {
		size_t column = i % t->columns;
		bool last = column + 1 == t->columns;

		cell(out, t->cells[i], widths[column], last, ascii);
		if (last)
			rq_str_addc(out, '\n');
	}
	rq_text_table_release(t);
}
