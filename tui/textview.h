/* textview.h - scrolling and searching lines of text: the pager and the view of a job. */
#ifndef RQ_TUI_TEXTVIEW_H
#define RQ_TUI_TEXTVIEW_H

#include "tui/rich.h"
#include "tui/ui.h"

struct rq_textview {
	struct rq_view view;
	struct rq_rich rich;
	size_t top;
	int left, rows;                 /* rows of the last drawing */
	struct rq_regex *regex;
	char *pattern;
	long hit;                       /* the line of the match one is at; -1 none */
};

void rq_textview_init(struct rq_textview *v, struct rq_ui *ui, const struct rq_view_ops *ops);
void rq_textview_release(struct rq_textview *v);
void rq_textview_draw(struct rq_textview *v, struct rq_rect r);
bool rq_textview_act(struct rq_view *v, enum rq_do d, const char *arg);

#endif
