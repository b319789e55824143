/* The table widget. */
#include "tui/list.h"

#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/list_impl.h"

enum { MEASURE_ROWS = 100 };

void rq_list_init(struct rq_list *l, const struct rq_list_ops *ops, void *ud)
{
	memset(l, 0, sizeof *l);
	l->ops = ops;
	l->ud = ud;
	l->sort = -1;
	l->filter_text = rq_strdup("");
	rq_list_show(l, NULL, 0);
}

void rq_list_release(struct rq_list *l)
{
	rq_list_unmark(l);
	rq_free(l->marks);
	rq_free(l->rows);
	rq_free(l->cursor_id);
	rq_free(l->filter_text);
	rq_free(l->anchor);
	rq_filter_free(l->filter);
	rq_list_lights_free(l->lights);
	memset(l, 0, sizeof *l);
}

/* ---- rows ---- */

const char *rq_list_row_id(const struct rq_list *l, size_t row)
{
	return l->ops->id(l->ud, l->rows[row]);
}

static int compare_rows(const struct rq_list *l, size_t a, size_t b)
{
	int c = l->ops->compare(l->ud, a, b, (size_t)l->sort);

	return l->descending ? -c : c;
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
	/* Mostly little has changed since the last time, or many are alike. */
	if (compare_rows(l, v[half - 1], v[half]) <= 0)
		return;
	for (k = 0; k < n; k++) {
		int c = 0;

		if (i < half && j < n)
			c = compare_rows(l, v[i], v[j]);
		spare[k] = j >= n || (i < half && c <= 0) ? v[i++] : v[j++];
	}
	memcpy(v, spare, n * sizeof *v);
}

static void collect(struct rq_list *l)
{
	size_t i, count = l->ops->count(l->ud);

	l->n = 0;
	if (l->filter)
		rq_filter_at(l->filter, l->now ? l->now : rq_now());
	for (i = 0; i < count; i++) {
		if (l->filter && l->ops->match && !l->ops->match(l->ud, l->filter, i))
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
	size_t row, c, i;

	rq_str_init(&text, 4096);
	for (i = 0; i < l->n_shown; i++) {
		const struct rq_column *column = &l->ops->columns[c = l->shown[i].column];

		for (row = 0; !l->shown[i].width && column->max && row < l->n && row < MEASURE_ROWS; row++) {
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
	const char *id = l->cursor < l->n ? rq_list_row_id(l, l->cursor) : NULL;

	if (id && l->cursor_id && rq_eq(id, l->cursor_id))
		return;
	rq_free(l->cursor_id);
	l->cursor_id = rq_strdup(id);
}

static void follow(struct rq_list *l)
{
	size_t row;

	if (!l->moved)
		l->cursor = l->top = 0;
	for (row = 0; l->moved && l->cursor_id && row < l->n; row++) {
		if (rq_eq(rq_list_row_id(l, row), l->cursor_id)) {
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

/* ---- moving, sorting, filtering ---- */

void rq_list_update(struct rq_list *l)
{
	l->stale = false;
	l->relit = true;
	collect(l);
	measure(l);
	follow(l);
	rq_list_prune_marks(l);
}

void rq_list_changed(struct rq_list *l)
{
	l->stale = true;
}

void rq_list_fresh(struct rq_list *l)
{
	if (l->stale)
		rq_list_update(l);
}

const char *rq_list_id(struct rq_list *l, size_t *item)
{
	rq_list_fresh(l);
	if (!l->n)
		return NULL;
	if (item)
		*item = l->rows[l->cursor];
	return rq_list_row_id(l, l->cursor);
}

void rq_list_move_to(struct rq_list *l, size_t row)
{
	rq_list_fresh(l);
	l->moved = true;
	l->cursor = row < l->n ? row : l->n ? l->n - 1 : 0;
	remember(l);
}

void rq_list_move(struct rq_list *l, long rows)
{
	rq_list_fresh(l);
	if (rows < 0)
		rq_list_move_to(l, l->cursor > (size_t)-rows ? l->cursor - (size_t)-rows : 0);
	else
		rq_list_move_to(l, l->cursor + (size_t)rows);
}

bool rq_list_select(struct rq_list *l, const char *id)
{
	size_t row;

	rq_list_fresh(l);
	for (row = 0; row < l->n; row++) {
		if (rq_eq(rq_list_row_id(l, row), id)) {
			rq_list_move_to(l, row);
			return true;
		}
	}
	return false;
}

void rq_list_filter(struct rq_list *l, const char *text, struct rq_filter *f)
{
	rq_filter_free(l->filter);
	l->filter = f;
	text = rq_strdup(text);
	rq_free(l->filter_text);
	l->filter_text = (char *)text;
	rq_list_update(l);
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
