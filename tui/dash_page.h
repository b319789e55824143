/* dash_page.h - the dashboard as boxes of lines; a line that can be opened has a command. */
#ifndef RQ_TUI_DASH_PAGE_H
#define RQ_TUI_DASH_PAGE_H

#include "tui/dashboard.h"
#include "tui/rich.h"
#include "tui/ui.h"

enum rq_dash_box_id {
	RQ_DASH_QUEUE, RQ_DASH_FAILED, RQ_DASH_STUCK, RQ_DASH_RUNNERS, RQ_DASH_SERVERS, RQ_DASH_MACHINE, RQ_DASH_BOXES
};
enum { RQ_DASH_ROWS = 16, RQ_DASH_NOTE_LEN = 96 };

struct rq_dash_box {
	const char *title;
	char note[RQ_DASH_NOTE_LEN];    /* beside the title; "" none */
	enum rq_role note_role;
	struct rq_rich text;            /* at most RQ_DASH_ROWS lines; none: the box is not shown */
	char *commands[RQ_DASH_ROWS];   /* what opens line i; NULL nothing */
	char *jobs[RQ_DASH_ROWS];       /* the job that line i is about; NULL none */
};

struct rq_dash_page {
	struct rq_dash_box box[RQ_DASH_BOXES];
};

void rq_dash_page_release(struct rq_dash_page *p);
/* What D and the snapshot of UI say, anew. */
void rq_dash_page_fill(struct rq_dash_page *p, struct rq_ui *ui, const struct rq_dashboard *d);

#endif
