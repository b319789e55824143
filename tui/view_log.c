/* The log of a job: opened at its end, followed as it grows. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/str.h"
#include "tui/fetch.h"
#include "tui/logview.h"
#include "tui/words.h"

enum { INDEX_US = 2000, SHIFT = 10 };

struct rq_logview *rq_logview_active(struct rq_view *view)
{
	struct rq_logview *v = (struct rq_logview *)view;

	return v->beside && v->second ? v->beside : v;
}

/* ---- the source ---- */

static size_t read_log(void *ud, int64_t off, char *buf, size_t n)
{
	struct rq_logview *v = ud;
	size_t got = 0;

	rq_joblog_read(v->log, off, buf, n, &got, NULL);
	return got;
}

static void forget_places(struct rq_logview *v)
{
	int i;

	for (i = 0; i < RQ_LOGVIEW_PLACES; i++)
		v->places[i] = -1;
}

/* Another text: what is known of rows is not of it. */
static void restart(struct rq_logview *v)
{
	rq_logtext_resize(&v->text, 0);
	rq_logtext_resize(&v->text, rq_joblog_size(v->log));
	rq_logview_search_restart(v);
	rq_logview_copy_free(v);
	rq_logview_save_abandon(v);
	v->top = 0;
	v->n_seen = 0;
	v->skip = v->jump = 0;
	v->current = v->range = -1;
	v->n_other = 0;
	v->seen_size = v->text.size;
	v->goal.kind = RQ_GOAL_NONE;
}

/* Another text has taken the place of the one that is read: what is on the screen stays, where it
 * has it too. */
static void take_turn(struct rq_logview *v)
{
	int64_t place = v->text.size ? rq_joblog_place(v->log, v->top) : 0;
	int i;

	v->turn = rq_joblog_turn(v->log);
	restart(v);
	v->top = rq_logtext_at(&v->text, place);
	for (i = 0; i < RQ_LOGVIEW_PLACES; i++)
		if (v->places[i] >= 0)
			v->places[i] = rq_logtext_at(&v->text, rq_joblog_place(v->log, v->places[i]));
}

static void refresh(struct rq_logview *v)
{
	int64_t size = v->text.size;

	if (v->turn != rq_joblog_turn(v->log)) {
		take_turn(v);
	} else if (rq_logtext_resize(&v->text, rq_joblog_size(v->log))) {
		restart(v);
		forget_places(v);
	} else if (v->text.size > size) {
		rq_logview_filter_grown(v, size);
	}
	v->ended = rq_joblog_ended(v->log);
	v->view.ui->dirty = true;
	rq_logview_work(v);
}

static void log_changed(void *ud)
{
	refresh(ud);
}

/* ---- what goes on in turns of the loop ---- */

/* One thing a turn, so that keys never wait long; what was asked for comes first, then what is only told in the title. */
static bool work_some(struct rq_logview *v)
{
	return rq_logview_jump_some(v) || rq_logview_filter_some(v) || rq_logview_count_some(v) || rq_logview_copy_some(v) ||
	       rq_logview_save_some(v) || rq_logtext_index(&v->text, INDEX_US) || rq_logview_find_steps(v);
}

static void work(void *ud)
{
	struct rq_logview *v = ud;
	bool more = work_some(v);

	rq_logview_try_goal(v);
	/* A timer of no time would come again before keys are read. */
	if (more)
		rq_timer_start(v->work, 1, 0);
	else
		v->view.ui->dirty = true; /* the numbers in the title are known now */
}

void rq_logview_work(struct rq_logview *v)
{
	if (!rq_timer_active(v->work))
		rq_timer_start(v->work, 0, 0);
}

/* ---- what keys do ---- */

static void set_follow(struct rq_logview *v, bool on)
{
	v->follow = on;
	if (on) {
		v->current = -1;
		v->jump = 0;
	}
}

static bool toggle_wrap(struct rq_logview *v)
{
	v->wrap = !v->wrap;
	v->skip = v->left = 0;
	rq_ui_say(v->view.ui, "%s", v->wrap ? "Lines are wrapped." : "Lines are cut.");
	return true;
}

static bool cycle_times(struct rq_logview *v)
{
	static const char *const said[] = {
		[RQ_TIMES_OFF] = "Times are hidden.",
		[RQ_TIMES_CLOCK] = "Times are shown, in UTC.",
		[RQ_TIMES_SINCE] = "Times are shown as since the log's first line.",
	};

	v->times = (v->times + 1) % RQ_TIMES_N;
	v->skip = 0;
	rq_ui_say(v->view.ui, "%s", said[v->times]);
	return true;
}

static bool go_end(struct rq_logview *v)
{
	if (v->range >= 0) {
		rq_logview_go_to(v, rq_logview_before(v, v->text.size));
		return true;
	}
	if (!v->follow)
		v->places[RQ_LOGVIEW_PLACES - 1] = v->top;
	set_follow(v, true);
	return true;
}

static bool go_home(struct rq_logview *v)
{
	v->places[RQ_LOGVIEW_PLACES - 1] = v->top;
	v->follow = false;
	v->top = v->text.size ? rq_logview_shown(v, 0) : 0;
	if (v->top < 0)
		v->top = 0;
	v->current = v->range >= 0 ? v->top : -1;
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

static bool move(struct rq_logview *v, int lines)
{
	if (v->range >= 0)
		rq_logview_move_hand(v, lines);
	else
		rq_logview_move(v, lines);
	return true;
}

static bool act_in_pane(struct rq_logview *v, enum rq_do d, const char *arg)
{
	int page = v->rows > 1 ? v->rows - 1 : 1;

	rq_logview_give_time(v);
	switch (d) {
	case RQ_DO_DOWN: return move(v, 1);
	case RQ_DO_UP: return move(v, -1);
	case RQ_DO_PAGE_DOWN: return move(v, page);
	case RQ_DO_PAGE_UP: return move(v, -page);
	case RQ_DO_HALF_DOWN: return move(v, page / 2 + 1);
	case RQ_DO_HALF_UP: return move(v, -(page / 2 + 1));
	case RQ_DO_HOME: return go_home(v);
	case RQ_DO_END: return go_end(v);
	case RQ_DO_LEFT: return shift(v, -SHIFT);
	case RQ_DO_RIGHT: return shift(v, SHIFT);
	case RQ_DO_TOGGLE_FOLLOW:
		set_follow(v, !v->follow);
		rq_ui_say(v->view.ui, "%s", v->follow ? "Following." : "Not following.");
		return true;
	case RQ_DO_TOGGLE_WRAP: return toggle_wrap(v);
	case RQ_DO_TOGGLE_TIME: return cycle_times(v);
	case RQ_DO_TOGGLE_FOLD: return rq_logview_toggle_fold(v);
	case RQ_DO_TOGGLE_STEPS: return rq_logview_toggle_steps(v);
	case RQ_DO_FOLD: return rq_logview_fold_one(v);
	default:
		return rq_logview_search_act(v, d, arg) || rq_logview_filter_act(v, d, arg) ||
		       rq_logview_go_act(v, d, arg) || rq_logview_copy_act(v, d) ||
		       rq_logview_save_act(v, d, arg);
	}
}

static bool act(struct rq_view *view, enum rq_do d, const char *arg)
{
	return rq_logview_split_act((struct rq_logview *)view, d, arg) ||
	       act_in_pane(rq_logview_active(view), d, arg);
}

static bool click(struct rq_view *view, int row)
{
	struct rq_logview *v = rq_logview_active(view);
	int64_t before = v->current;

	row -= v->first_row;
	if (row < 0 || (size_t)row >= v->n_seen)
		return false;
	v->current = v->seen[row];
	v->follow = false;
	return v->current == before;
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	struct rq_logview *v = rq_logview_active(view);

	if (!v->file)
		rq_pick_of_job(view->ui, v->id, what, out);
}

void rq_logview_free(struct rq_logview *v)
{
	if (!v)
		return;
	rq_logview_free(v->beside);
	rq_logview_save_free(v);
	rq_logview_copy_free(v);
	rq_timer_free(v->work);
	rq_joblog_close(v->log);
	rq_logtext_release(&v->text);
	rq_logsearch_release(&v->search);
	rq_logsearch_release(&v->errors);
	rq_logsearch_release(&v->filter);
	rq_logsearch_release(&v->steps.search);
	rq_regex_free(v->typed);
	rq_fetch_free(v->fetch);
	rq_free(v->goal.name);
	rq_free(v->steps.v);
	rq_free(v->other);
	rq_free(v->seen);
	rq_free(v->id);
	rq_free(v);
}

static void free_view(struct rq_view *view)
{
	rq_logview_free((struct rq_logview *)view);
}

/* The job has begun anew, by a retry, a re-route, a lost runner: on to the new attempt's log. */
static void begin_attempt(struct rq_logview *v)
{
	struct rq_ui *ui = v->view.ui;
	const struct rq_job *j = rq_snapshot_job(ui->snap, v->id);
	struct rq_joblog *next;

	if (!j || !v->follow || !rq_joblog_ended(v->log) ||
	    j->run_attempt <= rq_joblog_attempt(v->log) || !j->started_at ||
	    rq_joblog_open(ui->rq, v->id, 0, log_changed, v, &next, NULL))
		return;
	rq_joblog_close(v->log);
	v->log = next;
	v->turn = rq_joblog_turn(next);
	restart(v);
	forget_places(v);
	rq_ui_say(ui, "%s has begun its attempt %d.", v->id, j->run_attempt);
	refresh(v);
}

static void changed(struct rq_view *view)
{
	struct rq_logview *v = (struct rq_logview *)view;

	begin_attempt(v);
	if (v->beside)
		begin_attempt(v->beside);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_LOG,
	.free = free_view,
	.changed = changed,
	.draw = rq_logview_draw_panes,
	.key = rq_logview_key,
	.click = click,
	.act = act,
	.pick = pick,
	.title = rq_logview_title,
};

static struct rq_logview *new_view(struct rq_ui *ui, const char *id, bool file)
{
	struct rq_logview *v = rq_alloc(sizeof *v);
	struct rq_error e;

	v->view.ops = &ops;
	v->view.ui = ui;
	v->file = file;
	v->follow = !file;
	v->fold = true;
	v->current = v->range = -1;
	v->direction = 1;
	v->search.keep = v->errors.keep = rq_logview_filter_keep;
	v->search.keep_ud = v->errors.keep_ud = v;
	forget_places(v);
	if (file ? rq_joblog_open_file(ui->rq, id, log_changed, v, &v->log, &e)
		 : rq_joblog_open(ui->rq, id, 0, log_changed, v, &v->log, &e)) {
		rq_ui_fail(ui, "%s", e.msg);
		rq_free(v);
		return NULL;
	}
	v->id = rq_strdup(id);
	rq_logtext_init(&v->text, read_log, v);
	v->turn = rq_joblog_turn(v->log);
	v->work = rq_timer_new(ui->loop, work, v);
	refresh(v);
	return v;
}

struct rq_logview *rq_logview_new(struct rq_ui *ui, const char *id)
{
	return new_view(ui, id, false);
}

void rq_view_log_open(struct rq_ui *ui, const char *id)
{
	struct rq_logview *v = new_view(ui, id, false);

	if (v)
		rq_ui_push(ui, &v->view);
}

void rq_view_log_open_file(struct rq_ui *ui, const char *path)
{
	struct rq_logview *v = new_view(ui, path, true);

	if (v)
		rq_ui_push(ui, &v->view);
}
