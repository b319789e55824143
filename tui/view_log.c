/* The log of a job: opened at its end, followed as it grows. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/logview.h"
#include "tui/words.h"

enum { WORK_US = 4000, SHIFT = 10 };

static void work(void *ud);

/* ---- the source ---- */

static size_t read_log(void *ud, int64_t off, char *buf, size_t n)
{
	struct rq_logview *v = ud;
	size_t got = 0;

	rq_joblog_read(v->log, off, buf, n, &got, NULL);
	return got;
}

/* The row that the byte at OFF lies in. */
static int64_t row_of(struct rq_logview *v, int64_t off)
{
	int64_t row = rq_logtext_before(&v->text, off < v->text.size ? off + 1 : v->text.size);

	return row > 0 ? row : 0;
}

/* Another text has taken the place of the one that is read: what is on the screen stays, where it
 * has it too. */
static void take_turn(struct rq_logview *v)
{
	int64_t place = v->text.size ? rq_joblog_place(v->log, v->top) : 0;

	v->turn = rq_joblog_turn(v->log);
	rq_logtext_resize(&v->text, 0);
	rq_logtext_resize(&v->text, rq_joblog_size(v->log));
	rq_logsearch_restart(&v->search);
	v->top = row_of(v, place);
	v->skip = v->jump = 0;
	v->current = -1;
}

static void refresh(struct rq_logview *v)
{
	if (v->turn != rq_joblog_turn(v->log))
		take_turn(v);
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

/* ---- searching ---- */

/* Nothing more in this direction: on from the other end, once. */
static void turn_round(struct rq_logview *v)
{
	bool forward = v->jump > 0;

	if (v->turned || v->search.gave_up) {
		rq_ui_say(v->view.ui, v->search.gave_up ? "%s takes too long on this log." : "%s: nothing found.", v->search.pattern);
		v->jump = 0;
		return;
	}
	v->turned = true;
	v->jump_from = forward ? 0 : v->text.size;
}

/* As many matches on as were asked for, as far as they are found in a moment. */
static void try_jump(struct rq_logview *v)
{
	int64_t until = rq_mono_ns() + WORK_US * 1000;
	enum rq_logfound found = RQ_LOGFOUND_NONE;

	while (v->jump && found != RQ_LOGFOUND_MORE && rq_mono_ns() < until) {
		found = v->jump > 0 ? rq_logsearch_next(&v->search, &v->text, &v->jump_from, WORK_US)
				    : rq_logsearch_previous(&v->search, &v->text, &v->jump_from, WORK_US);
		if (found == RQ_LOGFOUND_NONE)
			turn_round(v);
		if (found != RQ_LOGFOUND_HIT)
			continue;
		rq_logview_go_to(v, v->jump_from);
		if (v->turned)
			rq_ui_say(v->view.ui, v->jump > 0 ? "Searched to the end and on from the beginning."
							  : "Searched to the beginning and on from the end.");
		v->jump_from += v->jump > 0;
		v->jump -= v->jump > 0 ? 1 : -1;
		v->turned = false;
	}
	v->view.ui->dirty = true;
}

static void search_step(struct rq_logview *v, int direction)
{
	if (!v->search.regex) {
		rq_ui_hint(v->view.ui, "Nothing was searched for yet; <search> searches.");
		return;
	}
	if (!v->jump && v->current >= 0)
		v->jump_from = direction > 0 ? v->current + 1 : v->current;
	else if (!v->jump)
		v->jump_from = v->top;
	v->turned = false;
	v->jump += direction;
	if (!rq_timer_active(v->work))
		rq_timer_start(v->work, 0, 0);
}

static void begin_search(struct rq_logview *v, const char *pattern)
{
	struct rq_error e;

	if (rq_logsearch_begin(&v->search, pattern, &e)) {
		rq_ui_fail(v->view.ui, "%s", e.msg);
		return;
	}
	v->current = -1;
	v->jump = 0;
	search_step(v, 1);
}

static void search_done(struct rq_view *view, const char *pattern)
{
	if (pattern && *pattern)
		begin_search((struct rq_logview *)view, pattern);
}

/* What was asked for comes first; then what is seen of it in the title. */
static void work(void *ud)
{
	struct rq_logview *v = ud;

	if (v->jump)
		try_jump(v);
	else if (!rq_logsearch_step(&v->search, &v->text, WORK_US) && !rq_logtext_index(&v->text, WORK_US)) {
		v->view.ui->dirty = true; /* the numbers in the title are known now */
		return;
	}
	rq_timer_start(v->work, 0, 0);
}

static void title(struct rq_view *view, struct rq_str *out)
{
	struct rq_logview *v = (struct rq_logview *)view;
	const struct rq_job *j = rq_snapshot_job(view->ui->snap, v->id);
	int64_t row = rq_logtext_number(&v->text, v->top);
	bool whole = v->text.size && v->text.counted >= v->text.size;
	int64_t hit = v->current >= 0 ? rq_logsearch_number(&v->search, &v->text, v->current) : 0;

	rq_str_add(out, v->id);
	if (*rq_joblog_job_name(v->log))
		rq_str_addf(out, "  %s", rq_joblog_job_name(v->log));
	if (rq_joblog_attempt(v->log) > 1)
		rq_str_addf(out, "  attempt %d", rq_joblog_attempt(v->log));
	if (v->text.size && row && whole && !v->follow)
		rq_str_addf(out, "  line %lld of %lld", (long long)row, (long long)rq_logtext_count(&v->text));
	else if (v->text.size && whole)
		rq_str_addf(out, "  %lld lines", (long long)rq_logtext_count(&v->text));
	if (hit)
		rq_str_addf(out, "  /%.20s %lld of %lld", v->search.pattern, (long long)hit,
			    (long long)rq_logsearch_count(&v->search));
	else if (v->search.regex)
		rq_str_addf(out, "  /%.20s %lld", v->search.pattern, (long long)rq_logsearch_count(&v->search));
	if (v->follow && !v->ended)
		rq_str_add(out, "  follow");
	if (v->wrap)
		rq_str_add(out, "  wrap");
	if (j)
		rq_str_addf(out, "  %s", j->name);
}

/* ---- what keys do ---- */

static bool toggle(struct rq_logview *v, bool *what, const char *on, const char *off)
{
	*what = !*what;
	v->skip = 0;
	rq_ui_say(v->view.ui, "%s", *what ? on : off);
	return true;
}

static bool toggle_fold(struct rq_logview *v)
{
	const struct rq_log_group *g;

	toggle(v, &v->fold, "Groups are folded.", "Groups are open.");
	g = v->fold ? rq_logtext_group(&v->text, v->top) : NULL;
	if (g)
		v->top = g->from;
	return true;
}

static bool go_end(struct rq_logview *v)
{
	v->follow = true;
	v->current = -1;
	return true;
}

static bool go_home(struct rq_logview *v)
{
	v->follow = false;
	v->top = 0;
	v->skip = v->left = 0;
	return true;
}

static bool shift(struct rq_logview *v, int by)
{
	if (v->wrap) {
		rq_ui_hint(v->view.ui, "Lines are wrapped; <toggle wrap> cuts them.");
		return true;
	}
	v->left = v->left + by > 0 ? v->left + by : 0;
	return true;
}

static bool search_keys(struct rq_logview *v, enum rq_do d, const char *arg)
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
	struct rq_logview *v = (struct rq_logview *)view;
	int page = v->rows > 1 ? v->rows - 1 : 1;

	switch (d) {
	case RQ_DO_DOWN: rq_logview_move(v, 1); return true;
	case RQ_DO_UP: rq_logview_move(v, -1); return true;
	case RQ_DO_PAGE_DOWN: rq_logview_move(v, page); return true;
	case RQ_DO_PAGE_UP: rq_logview_move(v, -page); return true;
	case RQ_DO_HALF_DOWN: rq_logview_move(v, page / 2 + 1); return true;
	case RQ_DO_HALF_UP: rq_logview_move(v, -(page / 2 + 1)); return true;
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
	rq_pick_of_job(view->ui, ((struct rq_logview *)view)->id, what, out);
}

static void free_view(struct rq_view *view)
{
	struct rq_logview *v = (struct rq_logview *)view;

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
	struct rq_logview *v = (struct rq_logview *)view;
	const struct rq_job *j = rq_snapshot_job(view->ui->snap, v->id);
	struct rq_joblog *next;

	if (!j || !v->follow || !rq_joblog_ended(v->log) ||
	    j->run_attempt <= rq_joblog_attempt(v->log) || !j->started_at ||
	    rq_joblog_open(view->ui->rq, v->id, 0, log_changed, v, &next, NULL))
		return;
	rq_joblog_close(v->log);
	v->log = next;
	v->turn = rq_joblog_turn(next);
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
	.draw = rq_logview_draw,
	.act = act,
	.pick = pick,
	.title = title,
};

void rq_view_log_open(struct rq_ui *ui, const char *id)
{
	struct rq_logview *v = rq_alloc(sizeof *v);
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
	v->turn = rq_joblog_turn(v->log);
	v->work = rq_timer_new(ui->loop, work, v);
	refresh(v);
	rq_ui_push(ui, &v->view);
}
