/* The table widget: which columns it shows, and how wide they are. */
#include <string.h>
#include "tui/list_impl.h"

enum { ELASTIC_MIN = 10 };

void rq_list_show(struct rq_list *l, const struct rq_shown *shown, size_t n)
{
	size_t i;

	l->chosen = shown != NULL;
	if (!shown)
		n = l->ops->order ? l->ops->n_order : l->ops->n_columns;
	l->n_shown = n < RQ_LIST_COLUMNS ? n : RQ_LIST_COLUMNS;
	for (i = 0; i < l->n_shown; i++) {
		if (shown)
			l->shown[i] = shown[i];
		else
			l->shown[i] = (struct rq_shown){ l->ops->order ? l->ops->order[i] : (unsigned char)i, 0 };
	}
	rq_list_changed(l);
}

bool rq_list_shows(const struct rq_list *l, size_t column, size_t *at)
{
	size_t i;

	for (i = 0; i < l->n_shown; i++) {
		if (l->shown[i].column == column) {
			if (at)
				*at = i;
			return true;
		}
	}
	return false;
}

static int wanted(const struct rq_list *l, const struct rq_shown *s)
{
	const struct rq_column *column = &l->ops->columns[s->column];
	int w = (int)strlen(column->name);

	if (s->width)
		return s->width;
	if (w < column->min)
		w = column->min;
	if (!column->max)
		return w;
	if (w < l->natural[s->column])
		w = l->natural[s->column];
	return w < column->max ? w : column->max;
}

static int total(const struct rq_list *l, const int *widths)
{
	int sum = RQ_LIST_MARGIN;
	size_t i;

	for (i = 0; i < l->n_shown; i++) {
		int w = widths[l->shown[i].column];

		if (w)
			sum += w + (sum > RQ_LIST_MARGIN ? RQ_LIST_GAP : 0);
	}
	return sum;
}

/* Leaves out the column that matters least. One of the last (1) stays, where the elastic one can
 * give the SHORT_OF columns that are missing. */
static bool drop_one(const struct rq_list *l, int *widths, int elastic, int short_of)
{
	size_t i, worst = 0;
	int drop = 0;

	for (i = 0; i < l->n_shown; i++) {
		size_t c = l->shown[i].column;

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

/* What was chosen may be more than there is room for, with columns that never give way: the last ones do then. */
static void cut(const struct rq_list *l, int cols, int *widths, int elastic)
{
	size_t i;

	for (i = l->n_shown; i > 1 && total(l, widths) - cols > elastic - ELASTIC_MIN; i--)
		widths[l->shown[i - 1].column] = 0;
	if (i == 1 && total(l, widths) > cols)
		widths[l->shown[0].column] = cols > RQ_LIST_MARGIN ? cols - RQ_LIST_MARGIN : 0;
}

/* The column that takes what is left: the one that is made for it, unless somebody gave it a width. */
static const struct rq_shown *elastic_of(const struct rq_list *l)
{
	size_t i;

	for (i = 0; i < l->n_shown; i++) {
		if (!l->ops->columns[l->shown[i].column].max && !l->shown[i].width)
			return &l->shown[i];
	}
	return NULL;
}

void rq_list_layout(const struct rq_list *l, int cols, int widths[RQ_LIST_COLUMNS])
{
	const struct rq_shown *elastic = elastic_of(l);
	int *free_to = elastic ? &widths[elastic->column] : NULL;
	size_t i;

	memset(widths, 0, RQ_LIST_COLUMNS * sizeof *widths);
	for (i = 0; i < l->n_shown; i++)
		widths[l->shown[i].column] = wanted(l, &l->shown[i]);
	while (total(l, widths) > cols && drop_one(l, widths, free_to ? *free_to : 0, total(l, widths) - cols))
		;
	if (l->chosen && total(l, widths) > cols)
		cut(l, cols, widths, free_to ? *free_to : ELASTIC_MIN);
	if (free_to && *free_to)
		*free_to += cols - total(l, widths);
	if (free_to && *free_to < 0)
		*free_to = 0;
}
