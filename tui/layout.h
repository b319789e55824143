/* layout.h - where a list and the details of what its cursor is on stand: side by side, one below the other,
 * one of them alone. Pure: sizes in, places out. */
#ifndef RQ_TUI_LAYOUT_H
#define RQ_TUI_LAYOUT_H

#include <stdbool.h>

struct rq_rect {
	int row, col, rows, cols;
};

enum rq_place { RQ_PLACE_AUTO, RQ_PLACE_RIGHT, RQ_PLACE_BELOW, RQ_PLACE_OFF, RQ_PLACE_N };
enum rq_zoom { RQ_ZOOM_NONE, RQ_ZOOM_DETAIL, RQ_ZOOM_LIST };

enum { RQ_DETAIL_SIZE_MIN = 20, RQ_DETAIL_SIZE_MAX = 80, RQ_DETAIL_SIZE_STEP = 5 };

/* What the operator wants. */
struct rq_layout {
	enum rq_place place;
	int size;                       /* of the details, in percent of the room */
	enum rq_zoom zoom;
};

/* What there is room for. Of a part that is not shown ROWS is 0. */
struct rq_split {
	enum rq_place place;            /* never RQ_PLACE_AUTO */
	struct rq_rect list, rule, pane;
};

/* "auto" "right" "below" "off" */
const char *rq_place_name(enum rq_place p);
bool rq_place_parse(const char *name, enum rq_place *out);
/* Whether there is room for the details there, in ROWS x COLS. */
bool rq_place_fits(enum rq_place p, int rows, int cols);
/* The least that PLACE needs, for a sentence. */
void rq_place_least(enum rq_place p, int *rows, int *cols);

/* Where things stand in R. What does not fit at the place that is wanted goes where it does: right, then below,
 * then off. */
void rq_layout_split(const struct rq_layout *l, struct rq_rect r, struct rq_split *out);
/* The place after the one that is shown now, of those that fit: right, below, off. */
enum rq_place rq_layout_next(const struct rq_layout *l, int rows, int cols);

#endif
