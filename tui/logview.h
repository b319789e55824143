/* logview.h - the view of a log: its state, its rows on the screen, its drawing. For the files of
 * that view only. */
#ifndef RQ_TUI_LOGVIEW_H
#define RQ_TUI_LOGVIEW_H

#include "tui/logline.h"
#include "tui/logsearch.h"
#include "tui/logtext.h"
#include "tui/ui.h"

enum { RQ_LOGVIEW_TIME_COLS = 13 }; /* "18:02:21.123 " */

struct rq_logview {
	struct rq_view view;
	char *id;
	struct rq_joblog *log;
	struct rq_logtext text;
	struct rq_logsearch search;
	struct rq_timer *work;          /* indexing and searching, a piece a turn */
	int64_t top;                    /* the row at the top of the screen */
	int skip; /* lines of it that lie above the screen, when it is wrapped */
	int left, rows, cols;           /* of the last drawing */
	int64_t current;                /* the row of the match one is at; -1 none */
	int jump;                       /* so many matches on, or back, as soon as they are found */
	int64_t jump_from;
	bool turned;                    /* it goes on from the other end */
	bool follow, wrap, times, fold, at_end, ended;
	unsigned turn;                  /* of the log, that TEXT is of */
};

/* logview_rows.c. Rows as they are shown: a folded group is one, the end of a group is none. */
int64_t rq_logview_after(struct rq_logview *v, int64_t off);    /* -1: there is none */
int64_t rq_logview_before(struct rq_logview *v, int64_t off);   /* -1: there is none */
int rq_logview_cols(const struct rq_logview *v);                /* columns for text */
int rq_logview_height(struct rq_logview *v, int64_t off);       /* lines of the screen */
void rq_logview_move(struct rq_logview *v, int lines);
void rq_logview_to_end(struct rq_logview *v);                   /* the last screenful */
void rq_logview_go_to(struct rq_logview *v, int64_t off);       /* to a match */

/* One row's text with its colours, as far as it can be seen. */
struct rq_logview_row {
	struct rq_logline line;
	struct rq_str text;
	struct rq_runs runs;
	enum rq_role role;
};
void rq_logview_see(struct rq_logview *v, int64_t off, struct rq_logview_row *s);
void rq_logview_unsee(struct rq_logview_row *s);

/* logview_draw.c */
void rq_logview_draw(struct rq_view *view, struct rq_rect r);

#endif
