/* Drawing a log. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/text.h"
#include "tui/listview.h"
#include "tui/logview.h"

static int width_of(const char *text, size_t n)
{
	int width = 0;
	uint32_t cp;
	size_t i;

	for (i = 0; i < n; width += rq_cp_width(cp))
		i += rq_utf8_decode(text + i, n - i, &cp);
	return width;
}

/* What is being typed is shown before it is searched for. */
static struct rq_regex *shown_regex(const struct rq_logview *v)
{
	return v->typed ? v->typed : v->by_error ? NULL : v->search.match.line;
}

/* Lights what is searched for in the columns FROM on. */
static void draw_marks(struct rq_logview *v, const struct rq_logview_row *s, int64_t off, int row, int col, int from)
{
	const char *text = rq_str_get(&s->text) + s->lead;
	int cols = rq_logview_cols(v), x = width_of(rq_str_get(&s->text), s->lead) - from;
	enum rq_role role = off == v->current && !v->typed ? RQ_ROLE_MATCH_CURRENT : RQ_ROLE_MATCH;
	size_t n = s->text.len - s->lead, at = 0, behind = 0, a, b;
	struct rq_regex *regex = shown_regex(v);

	while (regex && x < cols && at <= n && rq_regex_find(regex, text, n, at, &a, &b) == RQ_REGEX_MATCH) {
		int end;

		x += width_of(text + behind, a - behind);
		end = x + width_of(text + a, b - a);
		if (end > 0 && x < cols)
			rq_draw_over(v->view.ui->draw, row, col + (x > 0 ? x : 0),
				     (end < cols ? end : cols) - (x > 0 ? x : 0), role);
		x = end;
		behind = b;
		at = b + (b == a);
	}
}

static void draw_time(struct rq_logview *v, const char *stamp, int row, int col)
{
	char text[RQ_LOGTIME_COLS];
	int64_t ms;

	if (!stamp)
		return;
	if (v->times == RQ_TIMES_CLOCK)
		rq_logtime_clock(stamp, text);
	else if (v->begun_ms >= 0 && rq_logtime_of(stamp, &ms))
		rq_logtime_since(ms - v->begun_ms, text);
	else
		return;
	rq_draw_text(v->view.ui->draw, row, col, RQ_LOGTIME_COLS, RQ_ROLE_LOG_TIME, text);
}

/* In front of a row: whether it is the one at hand, chosen, remembered. */
static void draw_signs(struct rq_logview *v, int64_t off, int row, int col)
{
	struct rq_draw *d = v->view.ui->draw;
	char letter[2] = "";
	int i;

	if (off == v->current) {
		rq_draw_text(d, row, col, 1, RQ_ROLE_KEY, rq_glyph(d, RQ_GLYPH_HAND));
		if (rq_draw_reader(d))
			rq_draw_cursor(d, row, col);
		return;
	}
	if (rq_logview_in_range(v, off)) {
		rq_draw_text(d, row, col, 1, RQ_ROLE_MARK, rq_glyph(d, RQ_GLYPH_MARK));
		return;
	}
	for (i = 0; i + 1 < RQ_LOGVIEW_PLACES; i++)
		if (v->places[i] == off)
			letter[0] = (char)(i < 26 ? 'a' + i : 'A' + i - 26);
	rq_draw_text(d, row, col, 1, RQ_ROLE_MARK, letter);
}

static void note_seen(struct rq_logview *v, int64_t off)
{
	RQ_GROW(v->seen, v->n_seen, &v->cap_seen);
	v->seen[v->n_seen++] = off;
}

static void draw_line(struct rq_logview *v, const struct rq_logview_row *s, int64_t off, int row, int col, int from)
{
	int cols = rq_logview_cols(v);
	struct rq_draw *d = v->view.ui->draw;

	if (rq_draw_styled(d, row, col, cols, s->role, rq_str_get(&s->text), &s->runs, from) && !v->wrap)
		rq_draw_more(d, row, col, cols);
	if (rq_logview_in_range(v, off))
		rq_draw_over(d, row, col, cols, RQ_ROLE_MARK);
	draw_marks(v, s, off, row, col, from);
	note_seen(v, off);
}

/* Draws the row from its line SKIP on; returns the lines used. */
static int draw_row(struct rq_logview *v, int64_t off, int skip, struct rq_rect r)
{
	int gutter = rq_logview_gutter(v), col = r.col + gutter + (v->times ? RQ_LOGTIME_COLS : 0), used = 0, width, from;
	bool gap = rq_logview_gap(v, off), first = skip <= (int)gap;
	struct rq_logview_row s;

	if (gap && !skip) {
		rq_draw_text(v->view.ui->draw, r.row, r.col, r.cols, RQ_ROLE_DIM, "--");
		note_seen(v, off);
		used++;
	}
	skip -= gap && skip;
	if (used >= r.rows)
		return used;
	rq_logview_see(v, off, &s);
	width = rq_text_width(rq_str_get(&s.text));
	from = v->wrap ? skip * rq_logview_cols(v) : v->left;
	if (gutter)
		draw_signs(v, off, r.row + used, r.col);
	if (v->times && first)
		draw_time(v, s.line.time, r.row + used, r.col + gutter);
	do {
		draw_line(v, &s, off, r.row + used, col, from);
		used++;
		from += rq_logview_cols(v);
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
	else if (v->file)
		snprintf(text, sizeof text, "The file is empty.");
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

/* While a filter looks for its lines. */
static void draw_searching(struct rq_logview *v, int row, int col, int cols)
{
	char text[64];
	int64_t size = v->text.size ? v->text.size : 1;
	int64_t reached = v->ahead.active ? v->ahead.at : v->back.active ? size - v->back.at : size;

	snprintf(text, sizeof text, "searching, %d%%", (int)(reached * 100 / size));
	rq_draw_text(v->view.ui->draw, row, col, cols, RQ_ROLE_DIM, text);
	rq_logview_work(v);
}

/* The first row to draw; a filter may have to look for it. */
static int64_t find_top(struct rq_logview *v, struct rq_rect r)
{
	int64_t shown;

	if (v->follow) {
		/* room for the result */
		v->rows -= v->ended || *rq_joblog_source(v->log);
		rq_logview_to_end(v);
		v->rows = r.rows;
	}
	if (!v->filter.pattern)
		return v->top;
	shown = rq_logview_shown(v, v->top);
	if (shown >= 0 && shown != v->top) {
		v->top = shown;
		v->skip = 0;
	}
	return shown;
}

static void draw_rows(struct rq_logview *v, struct rq_rect r)
{
	int64_t at = find_top(v, r);
	int used = 0, skip = v->skip;

	if (at == -1)
		rq_draw_text(v->view.ui->draw, r.row + 1, r.col + 2, r.cols - 2, RQ_ROLE_DIM, "No line matches the filter.");
	while (at >= 0 && used < r.rows) {
		used += draw_row(v, at, skip,
				 (struct rq_rect){ r.row + used, r.col, r.rows - used, r.cols });
		at = rq_logview_after(v, at);
		skip = 0;
	}
	if (at == RQ_LOGVIEW_LATER) {
		if (used < r.rows)
			draw_searching(v, r.row + used, r.col, r.cols);
		v->at_end = false;
		return;
	}
	v->at_end = at < 0 && used < r.rows + 1;
	if (at < 0 && used < r.rows)
		draw_result(v, r.row + used, r.col, r.cols);
	if (v->at_end || v->follow)
		v->seen_size = v->text.size;
	if (v->at_end && used == r.rows && v->ended)
		v->at_end = v->follow;
}

void rq_logview_draw(struct rq_logview *v, struct rq_rect r)
{
	v->rows = r.rows;
	v->cols = r.cols;
	v->first_row = r.row;
	v->n_seen = 0;
	v->jumped = false;
	rq_logview_give_time(v);
	if (v->times == RQ_TIMES_SINCE && rq_logview_stamped(v, 0, &v->begun_ms) < 0)
		v->begun_ms = -1;
	if (v->text.size) {
		draw_rows(v, r);
		return;
	}
	v->at_end = true;
	draw_nothing(v, r);
	draw_result(v, r.row + 3, r.col + 2, r.cols - 2);
}
