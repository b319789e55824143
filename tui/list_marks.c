/* The table widget: marks. They are ids, sorted, so that each row finds its own at once. */
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "tui/list_impl.h"

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

/* Where the next range begins. */
static void set_anchor(struct rq_list *l, const char *id)
{
	id = rq_strdup(id);
	rq_free(l->anchor);
	l->anchor = (char *)id;
}

static void keep_marks(struct rq_list *l, const bool *keep)
{
	size_t i, kept = 0;

	for (i = 0; i < l->n_marks; i++) {
		if (keep[i])
			l->marks[kept++] = l->marks[i];
		else
			rq_free(l->marks[i]);
	}
	l->n_marks = kept;
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
	set_anchor(l, id);
}

/* Marks the shown ones that are WANTED besides those that are marked already. */
static size_t mark_rows(struct rq_list *l, const bool *wanted)
{
	size_t row, before = l->n_marks, n = 0;
	bool *add = rq_alloc(l->n + 1);

	for (row = 0; row < l->n; row++) {
		n += wanted[row];
		add[row] = wanted[row] && !rq_list_marked(l, rq_list_row_id(l, row));
	}
	for (row = 0; row < l->n; row++)
		if (add[row])
			add_mark(l, rq_list_row_id(l, row));
	if (l->n_marks > before)
		sort_marks(l);
	rq_free(add);
	return n;
}

/* Where the anchor is shown; the cursor's row when it is not. */
static size_t anchor_row(const struct rq_list *l)
{
	size_t row;

	for (row = 0; l->anchor && row < l->n; row++)
		if (rq_eq(rq_list_row_id(l, row), l->anchor))
			return row;
	return l->cursor;
}

void rq_list_mark_range(struct rq_list *l)
{
	const char *id = rq_list_id(l, NULL);
	size_t row, from, to;
	bool *wanted;

	if (!id)
		return;
	from = anchor_row(l);
	to = l->cursor;
	wanted = rq_alloc(l->n);
	for (row = from < to ? from : to; row <= (from < to ? to : from); row++)
		wanted[row] = true;
	mark_rows(l, wanted);
	set_anchor(l, id);
	rq_free(wanted);
}

void rq_list_mark_invert(struct rq_list *l)
{
	bool *wanted, *keep;
	size_t row;

	rq_list_fresh(l);
	wanted = rq_alloc(l->n + 1);
	keep = rq_alloc(l->n_marks + 1);
	memset(keep, true, l->n_marks);
	for (row = 0; row < l->n; row++) {
		char **mark = find_mark(l, rq_list_row_id(l, row));

		wanted[row] = !mark;
		if (mark)
			keep[mark - l->marks] = false;
	}
	keep_marks(l, keep);
	mark_rows(l, wanted);
	rq_free(wanted);
	rq_free(keep);
}

size_t rq_list_mark_matching(struct rq_list *l, struct rq_filter *f)
{
	bool *wanted;
	size_t row, n;

	rq_list_fresh(l);
	wanted = rq_alloc(l->n + 1);
	for (row = 0; l->ops->match && row < l->n; row++)
		wanted[row] = l->ops->match(l->ud, f, l->rows[row]);
	n = mark_rows(l, wanted);
	rq_free(wanted);
	return n;
}

void rq_list_mark_all(struct rq_list *l)
{
	bool all;
	size_t row;

	rq_list_fresh(l);
	all = l->n > 0 && rq_list_n_chosen(l) == l->n && l->n_marks >= l->n;
	rq_list_unmark(l);
	for (row = 0; !all && row < l->n; row++)
		add_mark(l, rq_list_row_id(l, row));
	if (l->n_marks)
		sort_marks(l);
}

void rq_list_unmark(struct rq_list *l)
{
	while (l->n_marks)
		rq_free(l->marks[--l->n_marks]);
}

/* What is gone from the source is marked no more: an action must not reach what nobody sees. */
void rq_list_prune_marks(struct rq_list *l)
{
	size_t i, count = l->ops->count(l->ud);
	bool *there;

	if (!l->n_marks)
		return;
	there = rq_alloc(l->n_marks + 1);
	for (i = 0; i < count; i++) {
		char **mark = find_mark(l, l->ops->id(l->ud, i));

		if (mark)
			there[mark - l->marks] = true;
	}
	keep_marks(l, there);
	rq_free(there);
}

size_t rq_list_n_marked(struct rq_list *l)
{
	size_t row, n = 0;

	rq_list_fresh(l);
	for (row = 0; l->n_marks && row < l->n; row++)
		n += rq_list_marked(l, rq_list_row_id(l, row));
	return n;
}

size_t rq_list_n_chosen(struct rq_list *l)
{
	size_t n = rq_list_n_marked(l);

	return n ? n : l->n > 0;
}

void rq_list_chosen(struct rq_list *l, struct rq_str *out)
{
	size_t row, before = out->len;

	rq_list_fresh(l);
	for (row = 0; l->n_marks && row < l->n; row++)
		if (rq_list_marked(l, rq_list_row_id(l, row)))
			rq_words_put(out, rq_list_row_id(l, row));
	if (out->len == before)
		rq_words_put(out, rq_list_id(l, NULL));
}
