/* pane.h - the details beside a list: drawn, scrolled, moved, made larger, zoomed. */
#ifndef RQ_TUI_PANE_H
#define RQ_TUI_PANE_H

#include "tui/ui.h"

struct rq_rich;

struct rq_pane {
	char *id;                       /* of what it shows: something else is shown from its beginning */
	size_t top, lines;              /* the first line shown; how many there were when it was drawn last */
	int rows, cols;                 /* of the screen, when it was drawn last; 0: it was not */
};

void rq_pane_release(struct rq_pane *p);
/* Makes ready to show what is known of ID in the pane of S. */
void rq_pane_begin(struct rq_pane *p, const struct rq_split *s, const char *id);
/* LINES where S says, and the rule beside them; where there are more, which ones these are. */
void rq_pane_draw(struct rq_pane *p, struct rq_ui *ui, const struct rq_split *s, const struct rq_rich *lines);
/* What keys do with it; true: done. P NULL: the view has no details. */
bool rq_pane_act(struct rq_pane *p, struct rq_ui *ui, enum rq_do d, const char *arg);

#endif
