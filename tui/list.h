/* list.h - the one table widget: rows from a source, columns that give way, a cursor that stays on
 * its item, marks, sorting and a filter. It knows items by their ids; indexes are good until the
 * next rq_list_update. */
#ifndef RQ_TUI_LIST_H
#define RQ_TUI_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/filter.h"
#include "tui/theme.h"

struct rq_draw;

struct rq_column {
	const char *name;
	int min, max;           /* columns of the screen; max 0: takes what is left */
	int drop;               /* the highest goes first when there is too little room; 0: stays */
	bool right;
};

struct rq_list_ops {
	const struct rq_column *columns;
	size_t n_columns;
	size_t (*count)(void *ud);
	const char *(*id)(void *ud, size_t item);
	/* Appends untrusted text; *role is RQ_ROLE_NORMAL on entry. */
	void (*cell)(void *ud, size_t item, size_t column, struct rq_str *out, enum rq_role *role);
	bool (*match)(void *ud, struct rq_filter *f, size_t item);
	int (*compare)(void *ud, size_t a, size_t b, size_t column);     /* NULL: no sorting */
	/* The columns shown unless something else is asked for; NULL: all, as they stand. */
	const unsigned char *order;
	size_t n_order;
	int64_t (*born)(void *ud, size_t item);         /* ms; NULL: nothing is lit */
	/* What is worth being lit when it changes, as a number; NULL: what is there stays as it is. */
	uint32_t (*state)(void *ud, size_t item);
};

enum { RQ_LIST_COLUMNS = 24, RQ_LIST_ROWS_SEEN = 256 };

/* A column in its place. */
struct rq_shown {
	unsigned char column;
	int width;                      /* 0: by what is in it */
};

struct rq_lights;

struct rq_list {
	const struct rq_list_ops *ops;
	void *ud;
	size_t *rows, n, cap;           /* items in the order shown */
	size_t cursor, top;
	int height, first_row, cols;    /* of the last drawing: rows, where on the screen they begin, how wide */
	char *cursor_id;
	char **marks;                   /* ids, sorted */
	size_t n_marks, cap_marks;
	char *anchor;                   /* the id that was marked last; NULL none */
	struct rq_shown shown[RQ_LIST_COLUMNS];
	size_t n_shown;
	bool chosen;                    /* somebody asked for these columns */
	bool moved;                     /* the operator has put the cursor where it is; until then it stays on top */
	bool stale;                     /* the source has changed, and nobody has looked yet */
	int64_t now;                    /* what ages in the filter count from; 0: the clock */
	bool relit;                     /* rows were made anew since the last light */
	struct rq_lights *lights;       /* NULL: nothing is lit here */
	int sort;                       /* column, -1: as the source has them */
	bool descending;
	struct rq_filter *filter;
	char *filter_text;              /* as it was typed; never NULL */
	int natural[RQ_LIST_COLUMNS];	/* widest cell seen; only grows, so that columns stay where
					   they are */
};

void rq_list_init(struct rq_list *l, const struct rq_list_ops *ops, void *ud);
void rq_list_release(struct rq_list *l);
/* The source has changed: rows anew, the cursor stays on its item or, when that is gone, on its
 * row. */
void rq_list_update(struct rq_list *l);
/* The same, once somebody looks: rows, cursor and marks may be read after rq_list_fresh alone. */
void rq_list_changed(struct rq_list *l);
void rq_list_fresh(struct rq_list *l);

/* The id under the cursor, NULL in an empty list; the item in *item (may be NULL). */
const char *rq_list_id(struct rq_list *l, size_t *item);
void rq_list_move(struct rq_list *l, long rows);
void rq_list_move_to(struct rq_list *l, size_t row);
bool rq_list_select(struct rq_list *l, const char *id);
/* F, taken over, is what the text stands for; NULL: everything is shown. */
void rq_list_filter(struct rq_list *l, const char *text, struct rq_filter *f);
void rq_list_sort(struct rq_list *l, int column, bool descending);
int rq_list_find_column(const struct rq_list *l, const char *name); /* -1 none */

void rq_list_mark(struct rq_list *l);           /* turns the mark of the cursor's item */
void rq_list_mark_all(struct rq_list *l);       /* all that are shown; none when all are */
void rq_list_mark_range(struct rq_list *l);     /* from the last one marked to the cursor */
void rq_list_mark_invert(struct rq_list *l);    /* of those that are shown */
/* All that are shown and match F; how many. */
size_t rq_list_mark_matching(struct rq_list *l, struct rq_filter *f);
void rq_list_unmark(struct rq_list *l);
/* How many marked ones are shown; n_marks counts all. */
size_t rq_list_n_marked(struct rq_list *l);
bool rq_list_marked(const struct rq_list *l, const char *id);
/* The marked ids that are shown, in the order shown, or the cursor's own; each preceded by a blank
 * and quoted. */
void rq_list_chosen(struct rq_list *l, struct rq_str *out);
size_t rq_list_n_chosen(struct rq_list *l);

/* Which columns, in which order. NULL: those that are usual. At most RQ_LIST_COLUMNS. */
void rq_list_show(struct rq_list *l, const struct rq_shown *shown, size_t n);
/* Whether COLUMN is among them, and where (AT may be NULL). */
bool rq_list_shows(const struct rq_list *l, size_t column, size_t *at);

/* Widths for COLS columns of the screen, by column and not by place, 0 for one that is left out. Two blanks between
 * columns. */
void rq_list_layout(const struct rq_list *l, int cols, int widths[RQ_LIST_COLUMNS]);
/* Head line and rows in the given place. SLOW: the cursor is a sign in the margin instead of a bar.
 */
void rq_list_draw(struct rq_list *l, struct rq_draw *d, int row, int col, int height, int cols,
		  bool slow);

/* New and changed rows, lit for a moment. What came before the first call is not new. */
void rq_list_light(struct rq_list *l, int64_t mono_ms);
void rq_list_lights_free(struct rq_lights *g);
/* H with TEXT (may be NULL) in it, for the ops' state. */
uint32_t rq_list_mix(uint32_t h, const char *text);
/* Of a row that is drawn: '+' new, '~' changed, 0 neither. */
char rq_list_lit(struct rq_list *l, size_t row);
/* Ms until the first light goes out; 0 none is on. After drawing. */
int64_t rq_list_light_left(struct rq_list *l);

#endif
