/* listview.h - what the views with a table share: moving, marking, sorting, filtering, the detail
 * pane. */
#ifndef RQ_TUI_LISTVIEW_H
#define RQ_TUI_LISTVIEW_H

#include "tui/list.h"
#include "tui/pane.h"
#include "tui/rich.h"
#include "tui/ui.h"

struct rq_listview;

struct rq_listview_ops {
	struct rq_view_ops view;        /* free, draw, act, title as below, or the view's own */
	const struct rq_list_ops *list;
	/* What the detail pane says about the item; NULL: there is no such pane. */
	void (*details)(struct rq_listview *v, size_t item, struct rq_rich *out);
	/* Shown in an empty list: lines, with \n between them and keys as "<COMMAND>". */
	const char *empty;
};

struct rq_listview {
	struct rq_view view; /* its ops are the first member of a struct rq_listview_ops */
	struct rq_list list;
	struct rq_pane pane;            /* the details: details() writes lines for pane.cols columns */
	char *filter_before;            /* while a filter is typed */
	void *own;                      /* the view's */
};

/* OWN is the view's; free takes care of it. */
struct rq_view *rq_listview_new(struct rq_ui *ui, const struct rq_listview_ops *ops, void *own);
void rq_listview_free(struct rq_view *v);
void rq_listview_changed(struct rq_view *v);
void rq_listview_draw(struct rq_view *v, struct rq_rect r);
bool rq_listview_act(struct rq_view *v, enum rq_do d, const char *arg);
bool rq_listview_click(struct rq_view *v, int row);
void rq_listview_title(struct rq_view *v, struct rq_str *out);
/* Takes columns and order over from the settings. */
void rq_listview_settings(struct rq_view *v);
/* For `jobs --filter TEXT`: NULL leaves the filter as it is. */
void rq_listview_filter(struct rq_view *v, const char *text);
/* How many marked ones the filter hides; 0 in a view without a table. */
size_t rq_listview_hidden(struct rq_view *v);
/* " ID" of the cursor's item, or of the chosen ones. */
void rq_listview_pick(struct rq_view *v, bool several, struct rq_str *out);

/* Cells that several views have. */
const char *rq_status_glyph(const struct rq_ui *ui, const struct rq_job *j);
enum rq_role rq_status_role(const struct rq_job *j);
enum rq_role rq_outcome_role(enum rq_outcome o);
/* -1, 0, 1 */
int rq_compare_i64(int64_t a, int64_t b);

#endif
