/* The table widget. */
#include "tui/list.h"

#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"

enum { MEASURE_ROWS = 100 };

void rq_list_init(struct rq_list *l, const struct rq_list_ops *ops, void *ud)
{
	memset(l, 0, sizeof *l);
	l->ops = ops;
	l->ud = ud;
	l->sort = -1;
	l->filter_text = rq_strdup("");
}

void rq_list_release(struct rq_list *l)
{
	rq_list_unmark(l);
	rq_free(l->marks);
	rq_free(l->rows);
	rq_free(l->cursor_id);
	rq_free(l->filter_text);
	rq_filter_free(l->filter);
	memset(l, 0, sizeof *l);
}

/* ---- rows ---- */

static const char *row_id(const struct rq_list *l, size_t row)
{
	return l->ops->id(l->ud, l->rows[row]);
}

/* Merge sort: stable, so that equal cells keep the source's order, and n log n whatever the order
 * is. */
static void sort_rows(struct rq_list *l, size_t *v, size_t *spare, size_t n)
{
	size_t half = n / 2, i = 0, j = half, k;

	if (n < 2)
		return;
	sort_rows(l, v, spare, half);
	sort_rows(l, v + half, spare, n - half);
	for (k = 0; k < n; k++) {
		int c = 0;

		if (i < half && j < n)
			c = l->ops->compare(l->ud, v[i], v[j], (size_t)l->sort);
		if (l->descending)
			c = -c;
		spare[k] = j >= n || (i < half && c <= 0) ? v[i++] : v[j++];
	}
	memcpy(v, spare, n * sizeof *v);
}

static void collect(struct rq_list *l)
{
	size_t i, count = l->ops->count(l->ud);

	l->n = 0;
	for (i = 0; i < count; i++) {
		if (l->filter && !l->ops->match(l->ud, l->filter, i))
			continue;
		RQ_GROW(l->rows, l->n, &l->cap);
		l->rows[l->n++] = i;
	}
	if (l->sort >= 0 && l->ops->compare && l->n > 1) {
		size_t *spare = rq_realloc_array(NULL, l->n, sizeof *spare);

		sort_rows(l, l->rows, spare, l->n);
		rq_free(spare);
	}
}

static void measure(struct rq_list *l)
{
	struct rq_str text;
	size_t row, c;

	rq_str_init(&text, 4096);
	for (c = 0; c < l->ops->n_columns; c++) {
		const struct rq_column *column = &l->ops->columns[c];

		for (row = 0; column->max && row < l->n && row < MEASURE_ROWS; row++) {
			enum rq_role role = RQ_ROLE_NORMAL;
			int width;

			if (l->natural[c] >= column->max)
				break;
			rq_str_clear(&text);
			l->ops->cell(l->ud, l->rows[row], c, &text, &role);
			width = rq_text_width(rq_str_get(&text));
			if (width > l->natural[c])
				l->natural[c] = width;
		}
	}
	rq_str_release(&text);
}

static void remember(struct rq_list *l)
{
	const char *id = l->cursor < l->n ? row_id(l, l->cursor) : NULL;

	if (id && l->cursor_id && rq_eq(id, l->cursor_id))
		return;
	rq_free(l->cursor_id);
	l->cursor_id = rq_strdup(id);
}

static void follow(struct rq_list *l)
{
	size_t row;

	for (row = 0; l->cursor_id && row < l->n; row++) {
		if (rq_eq(row_id(l, row), l->cursor_id)) {
			/* The row on the screen stays where it is, except at the beginning of the
			 * list, where what is new shall be seen. */
			if (l->top && l->cursor >= l->top)
				l->top = row > l->cursor - l->top ? row - (l->cursor - l->top) : 0;
			l->cursor = row;
			return;
		}
	}
	if (l->cursor >= l->n)
		l->cursor = l->n ? l->n - 1 : 0;
	remember(l);
}

/* ---- marks ---- */

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **find_mark(const struct rq_list *l, const char *id)
{
	return l->n_marks ? bsearch(&id, l->marks, l->n_marks, sizeof *l->marks, compare_ids)
			  : NULL;
}

bool rq_list_marked(const struct rq_list *l, const char *id)
{
	return find_mark(l, id) != NULL;
}

static void remove_mark(struct rq_list *l, size_t at)
{
	rq_free(l->marks[at]);
	memmove(l->marks + at, l->marks + at + 1, (l->n_marks - at - 1) * sizeof *l->marks);
	l->n_marks--;
}

static void add_mark(struct rq_list *l, const char *id)
{
	RQ_GROW(l->marks, l->n_marks, &l->cap_marks);
	l->marks[l->n_marks++] = rq_strdup(id);
}

static void sort_marks(struct rq_list *l)
{
	qsort(l->marks, l->n_marks, sizeof *l->marks, compare_ids);
}

void rq_list_mark(struct rq_list *l)
{
	const char *id = rq_list_id(l, NULL);
	char **mark;

	if (!id)
		return;
	mark = find_mark(l, id);
	if (mark) {
		remove_mark(l, (size_t)(mark - l->marks));
		return;
	}
	add_mark(l, id);
	sort_marks(l);
}

void rq_list_mark_all(struct rq_list *l)
{
	bool all = l->n > 0 && rq_list_n_chosen(l) == l->n && l->n_marks >= l->n;
	size_t row;

	rq_list_unmark(l);
	for (row = 0; !all && row < l->n; row++)
		add_mark(l, row_id(l, row));
	if (l->n_marks)
		sort_marks(l);
}

void rq_list_unmark(struct rq_list *l)
{
	while (l->n_marks)
		rq_free(l->marks[--l->n_marks]);
}

/* What is gone from the source is marked no more: an action must not reach what nobody sees. */
static void prune_marks(struct rq_list *l)
{
	size_t i, kept = 0, count = l->n_marks ? l->ops->count(l->ud) : 0;
	bool *there = rq_alloc(l->n_marks + 1);

	for (i = 0; i < count; i++) {
		char **mark = find_mark(l, l->ops->id(l->ud, i));

		if (mark)
			there[mark - l->marks] = true;
	}
	for (i = 0; i < l->n_marks; i++) {
		if (there[i])
			l->marks[kept++] = l->marks[i];
		else
			rq_free(l->marks[i]);
	}
	l->n_marks = kept;
	rq_free(there);
}

size_t rq_list_n_chosen(const struct rq_list *l)
{
	size_t row, n = 0;

	for (row = 0; l->n_marks && row < l->n; row++)
		n += rq_list_marked(l, row_id(l, row));
	return n ? n : l->n > 0;
}

void rq_list_chosen(const struct rq_list *l, struct rq_str *out)
{
	size_t row, n = 0;

	for (row = 0; l->n_marks && row < l->n; row++) {
		if (!rq_list_marked(l, row_id(l, row)))
			continue;
		rq_str_addc(out, ' ');
		rq_words_quote(out, row_id(l, row));
		n++;
	}
	if (!n && l->n) {
		rq_str_addc(out, ' ');
		rq_words_quote(out, row_id(l, l->cursor));
	}
}

/* ---- moving, sorting, filtering ---- */

void rq_list_update(struct rq_list *l)
{
	collect(l);
	measure(l);
	follow(l);
	prune_marks(l);
}

const char *rq_list_id(const struct rq_list *l, size_t *item)
{
	if (!l->n)
		return NULL;
	if (item)
		*item = l->rows[l->cursor];
	return row_id(l, l->cursor);
}

void rq_list_move_to(struct rq_list *l, size_t row)
{
	l->cursor = row < l->n ? row : l->n ? l->n - 1 : 0;
	remember(l);
}

void rq_list_move(struct rq_list *l, long rows)
{
	if (rows < 0)
		rq_list_move_to(l, l->cursor > (size_t)-rows ? l->cursor - (size_t)-rows : 0);
	else
		rq_list_move_to(l, l->cursor + (size_t)rows);
}

bool rq_list_select(struct rq_list *l, const char *id)
{
	size_t row;

	for (row = 0; row < l->n; row++) {
		if (rq_eq(row_id(l, row), id)) {
			rq_list_move_to(l, row);
			return true;
		}
	}
	return false;
}

int rq_list_set_filter(struct rq_list *l, const char *text, struct rq_error *e)
{
	struct rq_filter *f = NULL;
	int rc = *text ? rq_filter_new(text, &f, e) : RQ_OK;

	if (rc)
		return rc;
	rq_filter_free(l->filter);
	l->filter = f;
	text = rq_strdup(text);
	rq_free(l->filter_text);
	l->filter_text = (char *)text;
	rq_list_update(l);
	return RQ_OK;
}

void rq_list_sort(struct rq_list *l, int column, bool descending)
{
	l->sort = column >= 0 && column < (int)l->ops->n_columns ? column : -1;
	l->descending = descending;
	rq_list_update(l);
}

int rq_list_find_column(const struct rq_list *l, const char *name)
{
	size_t c;

	for (c = 0; c < l->ops->n_columns; c++) {
		if (rq_ieq(l->ops->columns[c].name, name))
			return (int)c;
	}
	return -1;
}
