/* Drawing a log. */
#include <stdio.h>
#include <string.h>
#include "core/base/regex.h"
#include "core/base/text.h"
#include "tui/listview.h"
#include "tui/logview.h"

enum { MARKS_MAX = 64 };

static void draw_marks(struct rq_logview *v, const struct rq_logview_row *s, int64_t off, int row,
		       int col, int cols, int from)
{
	const char *text = rq_str_get(&s->text);
	size_t at = 0, a, b, n = s->text.len;
	int tries = 0;

	if (!v->search.regex)
		return;
	while (tries++ < MARKS_MAX && at <= n &&
	       rq_regex_find(v->search.regex, text, n, at, &a, &b) == RQ_REGEX_MATCH) {
		struct rq_str head;
		int x, width;

		if (b == a) {
			at = b + 1;
			continue;
		}
		rq_str_init(&head, 0);
		rq_str_addn(&head, text, a);
		x = rq_text_width(rq_str_get(&head)) - from;
		rq_str_clear(&head);
		rq_str_addn(&head, text + a, b - a);
		width = rq_text_width(rq_str_get(&head));
		rq_str_release(&head);
		if (x < 0) {
			width += x;
			x = 0;
		}
		if (x + width > cols)
			width = cols - x;
		rq_draw_over(v->view.ui->draw, row, col + x, width,
			     off == v->current ? RQ_ROLE_MATCH_CURRENT : RQ_ROLE_MATCH);
		at = b;
	}
}

static void draw_time(struct rq_logview *v, const struct rq_logline *line, int row, int col)
{
	char text[RQ_LOGVIEW_TIME_COLS];

	if (!line->time)
		return;
	memcpy(text, line->time + 11, RQ_LOGVIEW_TIME_COLS - 1); /* 18:02:21.123 */
	text[RQ_LOGVIEW_TIME_COLS - 1] = '\0';
	rq_draw_text(v->view.ui->draw, row, col, RQ_LOGVIEW_TIME_COLS, RQ_ROLE_LOG_TIME, text);
}

/* Draws the row from its line SKIP on; returns the lines used. */
static int draw_row(struct rq_logview *v, int64_t off, int skip, struct rq_rect r)
{
	int col = r.col + (v->times ? RQ_LOGVIEW_TIME_COLS : 0), cols = rq_logview_cols(v),
	    used = 0, width, from;
	struct rq_logview_row s;

	rq_logview_see(v, off, &s);
	width = rq_text_width(rq_str_get(&s.text));
	from = v->wrap ? skip * cols : v->left;
	if (v->times && !skip)
		draw_time(v, &s.line, r.row, r.col);
	do {
		if (rq_draw_styled(v->view.ui->draw, r.row + used, col, cols, s.role,
				   rq_str_get(&s.text), &s.runs, from) &&
		    !v->wrap)
			rq_draw_more(v->view.ui->draw, r.row + used, col, cols);
		draw_marks(v, &s, off, r.row + used, col, cols, from);
		used++;
		from += cols;
	} while (v->wrap && from < width && used < r.rows);
	rq_logview_unsee(&s);
	return used;
}

/* Why there is nothing to see. */
static void draw_nothing(struct rq_logview *v, struct rq_rect r)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, v->id);
	char text[256];

	if (*rq_joblog_source(v->log))
		snprintf(text, sizeof text, "%s", rq_joblog_source(v->log));
	else if (!j)
		snprintf(text, sizeof text, "%s", v->ended ? "There is no log." : "Loading.");
	else if (j->status == RQ_STATUS_IN_PROGRESS)
		snprintf(text, sizeof text, "%s runs on %s and has printed nothing yet.", j->id,
			 j->runner_name);
	else if (rq_job_active(j))
		snprintf(text, sizeof text, "%s is %s%s%s; its log begins when a runner takes it.",
			 j->id, rq_job_state_text(j), *j->reason ? ", " : "", j->reason);
	else
		snprintf(text, sizeof text, "%s ended without printing anything: %s.", j->id,
			 rq_job_state_text(j));
	rq_draw_text(ui->draw, r.row + 1, r.col + 2, r.cols - 2, RQ_ROLE_DIM, text);
}

/* Where the lines are from, and why there are no others. */
static void draw_source(struct rq_logview *v, int row, int col, int cols)
{
	struct rq_str text;
	const char *source = rq_joblog_source(v->log);
	bool failed = rq_joblog_error(v->log, NULL) != RQ_OK;

	rq_str_init(&text, 0);
	rq_text_clean(&text, source, strlen(source), rq_draw_ascii(v->view.ui->draw));
	rq_draw_text(v->view.ui->draw, row, col, cols, failed ? RQ_ROLE_WARNING : RQ_ROLE_DIM,
		     rq_str_get(&text));
	rq_str_release(&text);
}

/* Below the last line: how the job has ended, or where its lines come from. */
static void draw_result(struct rq_logview *v, int row, int col, int cols)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, v->id);
	char text[160], time[RQ_TIME_LEN], how[32] = "";

	if (!v->ended || !j || rq_job_active(j)) {
		if (v->text.size)
			draw_source(v, row, col, cols);
		return;
	}
	if (j->signal)
		snprintf(how, sizeof how, "  signal %d", j->signal);
	else if (j->exit_code >= 0)
		snprintf(how, sizeof how, "  exit %d", j->exit_code);
	snprintf(text, sizeof text, "%s %s%s%s%s  %s", rq_status_glyph(ui, j), rq_job_state_text(j),
		 how, *j->reason ? "  " : "", j->reason,
		 rq_duration_text(rq_job_elapsed(j, ui->now), time));
	rq_draw_text(ui->draw, row, col, cols, rq_status_role(j), text);
}

void rq_logview_draw(struct rq_view *view, struct rq_rect r)
{
	struct rq_logview *v = (struct rq_logview *)view;
	int used = 0, skip;
	int64_t at;

	v->rows = r.rows;
	v->cols = r.cols;
	if (!v->text.size) {
		v->at_end = true;
		draw_nothing(v, r);
		draw_result(v, r.row + 3, r.col + 2, r.cols - 2);
		return;
	}
	if (v->follow) {
		/* room for the result */
		v->rows -= v->ended || *rq_joblog_source(v->log);
		rq_logview_to_end(v);
		v->rows = r.rows;
	}
	at = v->top;
	skip = v->skip;
	while (at >= 0 && used < r.rows) {
		used += draw_row(v, at, skip,
				 (struct rq_rect){ r.row + used, r.col, r.rows - used, r.cols });
		at = rq_logview_after(v, at);
		skip = 0;
	}
	v->at_end = at < 0 && used < r.rows + 1;
	if (at < 0 && used < r.rows)
		draw_result(v, r.row + used, r.col, r.cols);
	if (v->at_end && used == r.rows && v->ended)
		v->at_end = v->follow;
}
