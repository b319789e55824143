/* The log of a job: opened at its end, followed as it grows. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "tui/listview.h"
#include "tui/logline.h"
#include "tui/logsearch.h"
#include "tui/logtext.h"
#include "tui/ui.h"

enum { INDEX_BYTES = 1 << 20, SEARCH_BYTES = 1 << 18, SHIFT = 10, TIME_COLS = 13, MARKS_MAX = 64 };

struct log_view {
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
	int jump;                       /* 1, -1: to the next match as soon as one is found */
	int64_t jump_from;
	bool follow, wrap, times, fold, at_end, ended;
};

static void work(void *ud);

/* ---- the source ---- */

static size_t read_log(void *ud, int64_t off, char *buf, size_t n)
{
	struct log_view *v = ud;
	size_t got = 0;

	rq_joblog_read(v->log, off, buf, n, &got, NULL);
	return got;
}

static void refresh(struct log_view *v)
{
	if (rq_logtext_resize(&v->text, rq_joblog_size(v->log))) {
		v->top = 0;
		rq_logsearch_restart(&v->search);
	}
	v->ended = rq_joblog_ended(v->log);
	v->view.ui->dirty = true;
	if (!rq_timer_active(v->work))
		rq_timer_start(v->work, 0, 0);
}

static void log_changed(void *ud)
{
	refresh(ud);
}

/* ---- rows: folded groups are one, the ends of groups are none ---- */

static enum rq_log_kind kind_at(struct log_view *v, int64_t off)
{
	struct rq_logline line;
	int64_t next;
	size_t n;
	const char *s = rq_logtext_row(&v->text, off, &n, &next);

	rq_logline_parse(&line, s, n);
	return line.kind;
}

static int64_t row_after(struct log_view *v, int64_t off)
{
	const struct rq_log_group *g = v->fold ? rq_logtext_group(&v->text, off) : NULL;
	int64_t next;
	size_t n;

	if (g) {
		next = g->to < v->text.size ? g->to : -1;
	} else {
		rq_logtext_row(&v->text, off, &n, &next);
	}
	while (next >= 0 && kind_at(v, next) == RQ_LOG_ENDGROUP)
		rq_logtext_row(&v->text, next, &n, &next);
	return next;
}

static int64_t row_before(struct log_view *v, int64_t off)
{
	int64_t at = rq_logtext_before(&v->text, off);
	const struct rq_log_group *g;

	while (at > 0 && kind_at(v, at) == RQ_LOG_ENDGROUP)
		at = rq_logtext_before(&v->text, at);
	g = v->fold && at >= 0 ? rq_logtext_group(&v->text, at) : NULL;
	return g ? g->from : at;
}

/* ---- one row as it is seen ---- */

struct seen {
	struct rq_logline line;
	struct rq_str text;
	struct rq_runs runs;
	enum rq_role role;
};

static void see(struct log_view *v, int64_t off, struct seen *s)
{
	struct rq_style style = { .fg = -1, .bg = -1 };
	const char *row, *text;
	int64_t next;
	size_t n;

	memset(s, 0, sizeof *s);
	rq_str_init(&s->text, 0);
	row = rq_logtext_row(&v->text, off, &n, &next);
	rq_logline_parse(&s->line, row, n);
	rq_logline_visible(&s->line, v->left + v->cols * (v->wrap ? v->rows : 1), &text, &n);
	s->role = rq_logline_role(s->line.kind);
	if (s->line.kind == RQ_LOG_GROUP) {
		const struct rq_log_group *g = v->fold ? rq_logtext_group(&v->text, off) : NULL;

		rq_str_add(&s->text,
			   rq_glyph(v->view.ui->draw, g ? RQ_GLYPH_CURSOR : RQ_GLYPH_DOWN));
		rq_str_addc(&s->text, ' ');
	}
	rq_text_styled(&s->text, &s->runs, &style, text, n, rq_draw_ascii(v->view.ui->draw));
}

static void unsee(struct seen *s)
{
	rq_str_release(&s->text);
	rq_free(s->runs.v);
}

static int text_cols(const struct log_view *v)
{
	int cols = v->cols - (v->times ? TIME_COLS : 0);

	return cols > 1 ? cols : 1;
}

static int height_of(struct log_view *v, int64_t off)
{
	struct seen s;
	int width;

	if (!v->wrap)
		return 1;
	see(v, off, &s);
	width = rq_text_width(rq_str_get(&s.text));
	unsee(&s);
	return width > 0 ? (width + text_cols(v) - 1) / text_cols(v) : 1;
}

/* ---- moving ---- */

static void down(struct log_view *v, int lines)
{
	while (lines-- > 0) {
		int64_t next;

		if (v->skip + 1 < height_of(v, v->top)) {
			v->skip++;
			continue;
		}
		next = row_after(v, v->top);
		if (next < 0)
			return;
		v->top = next;
		v->skip = 0;
	}
}

static void up(struct log_view *v, int lines)
{
	while (lines-- > 0) {
		int64_t before;

		if (v->skip > 0) {
			v->skip--;
			continue;
		}
		before = row_before(v, v->top);
		if (before < 0)
			return;
		v->top = before;
		v->skip = height_of(v, before) - 1;
	}
}

/* The last screenful. */
static void to_end(struct log_view *v)
{
	int lines = v->rows;
	int64_t last = row_before(v, v->text.size);

	v->top = last > 0 ? last : 0;
	v->skip = 0;
	if (last < 0)
		return;
	lines -= height_of(v, v->top);
	if (lines < 0)
		v->skip = -lines;
	else
		up(v, lines);
}

static void move(struct log_view *v, int lines)
{
	if (lines > 0 && v->at_end)
		return;
	if (!v->text.size)
		return;
	if (lines < 0)
		v->follow = false;
	if (lines > 0)
		down(v, lines);
	else
		up(v, -lines);
}

static void go_to_row(struct log_view *v, int64_t off)
{
	const struct rq_log_group *g = rq_logtext_group(&v->text, off);

	if (g && g->from != off)
		v->fold = false;
	v->follow = false;
	v->current = off;
	v->top = off;
	v->skip = 0;
	up(v, v->rows / 3);
}

/* ---- searching ---- */

/* To the match that is looked for, if it is known by now. */
static void try_jump(struct log_view *v, bool complete)
{
	size_t index;
	int64_t hit;

	if (!v->jump)
		return;
	/* Backwards, and behind what was scanned, it is not yet certain which one is next. */
	if (v->jump < 0 && !complete && v->search.scanned < v->jump_from)
		return;
	hit = v->jump > 0 ? rq_logsearch_from(&v->search, v->jump_from, &index)
			  : rq_logsearch_until(&v->search, v->jump_from, &index);
	if (hit < 0 && !complete)
		return;
	if (hit < 0 && v->search.n) {
		hit = v->search.hits[v->jump > 0 ? 0 : v->search.n - 1];
		rq_ui_say(v->view.ui, v->jump > 0
					      ? "Searched to the end and on from the beginning."
					      : "Searched to the beginning and on from the end.");
	}
	v->jump = 0;
	if (hit >= 0)
		go_to_row(v, hit);
	else
		rq_ui_say(v->view.ui, "%s: nothing found.", v->search.pattern);
	v->view.ui->dirty = true;
}

static void search_step(struct log_view *v, int direction)
{
	if (!v->search.regex) {
		rq_ui_hint(v->view.ui, "Nothing was searched for yet; <search> searches.");
		return;
	}
	v->jump = direction;
	if (v->current >= 0)
		v->jump_from = direction > 0 ? v->current + 1 : v->current;
	else
		v->jump_from = v->top;
	if (!rq_timer_active(v->work))
		rq_timer_start(v->work, 0, 0);
}

static void begin_search(struct log_view *v, const char *pattern)
{
	struct rq_error e;

	if (rq_logsearch_begin(&v->search, pattern, &e)) {
		rq_ui_fail(v->view.ui, "%s", e.msg);
		return;
	}
	v->current = -1;
	search_step(v, 1);
}

static void search_done(struct rq_view *view, const char *pattern)
{
	if (pattern && *pattern)
		begin_search((struct log_view *)view, pattern);
}

static void work(void *ud)
{
	struct log_view *v = ud;
	bool more = rq_logtext_index(&v->text, INDEX_BYTES);
	bool searching = rq_logsearch_step(&v->search, &v->text, SEARCH_BYTES);

	try_jump(v, !searching);
	if (more || searching)
		rq_timer_start(v->work, 0, 0);
	else
		v->view.ui->dirty = true; /* the numbers in the title are known now */
}

static void draw_marks(struct log_view *v, const struct seen *s, int64_t off, int row, int col,
		       int cols, int from)
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

/* ---- drawing ---- */

static void draw_time(struct log_view *v, const struct rq_logline *line, int row, int col)
{
	char text[TIME_COLS];

	if (!line->time)
		return;
	memcpy(text, line->time + 11, TIME_COLS - 1); /* 18:02:21.123 */
	text[TIME_COLS - 1] = '\0';
	rq_draw_text(v->view.ui->draw, row, col, TIME_COLS, RQ_ROLE_LOG_TIME, text);
}

/* Draws the row from its line SKIP on; returns the lines used. */
static int draw_row(struct log_view *v, int64_t off, int skip, struct rq_rect r)
{
	int col = r.col + (v->times ? TIME_COLS : 0), cols = text_cols(v), used = 0, width, from;
	struct seen s;

	see(v, off, &s);
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
	unsee(&s);
	return used;
}

/* Why there is nothing to see. */
static void draw_nothing(struct log_view *v, struct rq_rect r)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, v->id);
	char text[256];

	if (!j)
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

static void draw_result(struct log_view *v, int row, int col, int cols)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, v->id);
	char text[160], time[RQ_TIME_LEN], how[32] = "";

	if (!v->ended || !j || rq_job_active(j))
		return;
	if (j->signal)
		snprintf(how, sizeof how, "  signal %d", j->signal);
	else if (j->exit_code >= 0)
		snprintf(how, sizeof how, "  exit %d", j->exit_code);
	snprintf(text, sizeof text, "%s %s%s%s%s  %s", rq_status_glyph(ui, j), rq_job_state_text(j),
		 how, *j->reason ? "  " : "", j->reason,
		 rq_duration_text(rq_job_elapsed(j, ui->now), time));
	rq_draw_text(ui->draw, row, col, cols, rq_status_role(j), text);
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct log_view *v = (struct log_view *)view;
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
		v->rows -= v->ended; /* room for the result */
		to_end(v);
		v->rows = r.rows;
	}
	at = v->top;
	skip = v->skip;
	while (at >= 0 && used < r.rows) {
		used += draw_row(v, at, skip,
				 (struct rq_rect){ r.row + used, r.col, r.rows - used, r.cols });
		at = row_after(v, at);
		skip = 0;
	}
	v->at_end = at < 0 && used < r.rows + 1;
	if (at < 0 && used < r.rows)
		draw_result(v, r.row + used, r.col, r.cols);
	if (v->at_end && used == r.rows && v->ended)
		v->at_end = v->follow;
}

static void title(struct rq_view *view, struct rq_str *out)
{
	struct log_view *v = (struct log_view *)view;
	const struct rq_job *j = rq_snapshot_job(view->ui->snap, v->id);
	int64_t row = rq_logtext_number(&v->text, v->top);
	bool whole = v->text.size && v->text.indexed + RQ_LOGTEXT_SEGMENT >= v->text.size;
	size_t index;

	rq_str_add(out, v->id);
	if (rq_joblog_attempt(v->log) > 1)
		rq_str_addf(out, "  attempt %d", rq_joblog_attempt(v->log));
	if (v->text.size && row && whole && !v->follow)
		rq_str_addf(out, "  line %lld of %lld", (long long)row, (long long)v->text.rows);
	else if (v->text.size && whole)
		rq_str_addf(out, "  %lld lines", (long long)v->text.rows);
	if (v->search.regex && v->current >= 0 &&
	    rq_logsearch_from(&v->search, v->current, &index) >= 0)
		rq_str_addf(out, "  /%.20s %zu of %zu", v->search.pattern, index + 1, v->search.n);
	else if (v->search.regex)
		rq_str_addf(out, "  /%.20s %zu", v->search.pattern, v->search.n);
	if (v->follow && !v->ended)
		rq_str_add(out, "  follow");
	if (v->wrap)
		rq_str_add(out, "  wrap");
	if (j)
		rq_str_addf(out, "  %s", j->name);
}

/* ---- what keys do ---- */

static bool toggle(struct log_view *v, bool *what, const char *on, const char *off)
{
	*what = !*what;
	v->skip = 0;
	rq_ui_say(v->view.ui, "%s", *what ? on : off);
	return true;
}

static bool toggle_fold(struct log_view *v)
{
	const struct rq_log_group *g;

	toggle(v, &v->fold, "Groups are folded.", "Groups are open.");
	g = v->fold ? rq_logtext_group(&v->text, v->top) : NULL;
	if (g)
		v->top = g->from;
	return true;
}

static bool go_end(struct log_view *v)
{
	v->follow = true;
	v->current = -1;
	return true;
}

static bool go_home(struct log_view *v)
{
	v->follow = false;
	v->top = 0;
	v->skip = v->left = 0;
	return true;
}

static bool shift(struct log_view *v, int by)
{
	if (v->wrap) {
		rq_ui_hint(v->view.ui, "Lines are wrapped; <toggle wrap> cuts them.");
		return true;
	}
	v->left = v->left + by > 0 ? v->left + by : 0;
	return true;
}

static bool search_keys(struct log_view *v, enum rq_do d, const char *arg)
{
	switch (d) {
	case RQ_DO_SEARCH: case RQ_DO_FILTER:
		if (*arg)
			begin_search(v, arg);
		else
			rq_view_input_open(v->view.ui, "/", "", NULL, search_done);
		return true;
	case RQ_DO_SEARCH_NEXT: search_step(v, 1); return true;
	case RQ_DO_SEARCH_PREVIOUS: search_step(v, -1); return true;
	case RQ_DO_ERROR_NEXT: case RQ_DO_ERROR_PREVIOUS:
		if (!v->search.errors)
			begin_search(v, NULL);
		else
			search_step(v, d == RQ_DO_ERROR_NEXT ? 1 : -1);
		return true;
	default: return false;
	}
}

static bool act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct log_view *v = (struct log_view *)view;
	int page = v->rows > 1 ? v->rows - 1 : 1;

	switch (d) {
	case RQ_DO_DOWN: move(v, 1); return true;
	case RQ_DO_UP: move(v, -1); return true;
	case RQ_DO_PAGE_DOWN: move(v, page); return true;
	case RQ_DO_PAGE_UP: move(v, -page); return true;
	case RQ_DO_HALF_DOWN: move(v, page / 2 + 1); return true;
	case RQ_DO_HALF_UP: move(v, -(page / 2 + 1)); return true;
	case RQ_DO_HOME: return go_home(v);
	case RQ_DO_END: return go_end(v);
	case RQ_DO_LEFT: return shift(v, -SHIFT);
	case RQ_DO_RIGHT: return shift(v, SHIFT);
	case RQ_DO_TOGGLE_FOLLOW: return toggle(v, &v->follow, "Following.", "Not following.");
	case RQ_DO_TOGGLE_WRAP:
		v->left = 0;
		return toggle(v, &v->wrap, "Lines are wrapped.", "Lines are cut.");
	case RQ_DO_TOGGLE_TIME:
		return toggle(v, &v->times, "Times are shown, in UTC.", "Times are hidden.");
	case RQ_DO_TOGGLE_FOLD: return toggle_fold(v);
	default: return search_keys(v, d, arg);
	}
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct log_view *v = (struct log_view *)view;
	const struct rq_job *j = rq_snapshot_job(view->ui->snap, v->id);
	const char *value = "";

	if (rq_starts(what, "job"))
		value = v->id;
	else if (rq_starts(what, "runner") && j)
		value = *j->runner_name ? j->runner_name : j->target;
	else if (rq_eq(what, "decision") && j)
		value = j->decision_id;
	if (*value) {
		rq_str_addc(out, ' ');
		rq_words_quote(out, value);
	}
}

static void free_view(struct rq_view *view)
{
	struct log_view *v = (struct log_view *)view;

	rq_timer_free(v->work);
	rq_joblog_close(v->log);
	rq_logtext_release(&v->text);
	rq_logsearch_release(&v->search);
	rq_free(v->id);
	rq_free(v);
}

/* The job has begun anew, by a retry, a re-route, a lost runner: on to the new attempt's log. */
static void changed(struct rq_view *view)
{
	struct log_view *v = (struct log_view *)view;
	const struct rq_job *j = rq_snapshot_job(view->ui->snap, v->id);
	struct rq_joblog *next;

	if (!j || !v->follow || !rq_joblog_ended(v->log) ||
	    j->run_attempt <= rq_joblog_attempt(v->log) || !j->started_at ||
	    rq_joblog_open(view->ui->rq, v->id, 0, log_changed, v, &next, NULL))
		return;
	rq_joblog_close(v->log);
	v->log = next;
	rq_logtext_resize(&v->text, 0);
	rq_logsearch_restart(&v->search);
	v->top = 0;
	v->skip = 0;
	rq_ui_say(view->ui, "%s has begun its attempt %d.", v->id, j->run_attempt);
	refresh(v);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_LOG,
	.free = free_view,
	.changed = changed,
	.draw = draw,
	.act = act,
	.pick = pick,
	.title = title,
};

void rq_view_log_open(struct rq_ui *ui, const char *id)
{
	struct log_view *v = rq_alloc(sizeof *v);
	struct rq_error e;

	v->view.ops = &ops;
	v->view.ui = ui;
	v->follow = v->fold = true;
	v->current = -1;
	if (rq_joblog_open(ui->rq, id, 0, log_changed, v, &v->log, &e)) {
		rq_ui_fail(ui, "%s", e.msg);
		rq_free(v);
		return;
	}
	v->id = rq_strdup(id);
	rq_logtext_init(&v->text, read_log, v);
	v->work = rq_timer_new(ui->loop, work, v);
	refresh(v);
	rq_ui_push(ui, &v->view);
}
