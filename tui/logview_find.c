/* Searching a log: forward, backward, for errors, as one types. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/str.h"
#include "tui/logview.h"

enum { JUMP_US = 10000 };

static struct rq_logsearch *used(struct rq_logview *v)
{
	return v->by_error ? &v->errors : &v->search;
}

/* ---- jumping to matches ---- */

static void end_jump(struct rq_logview *v)
{
	v->jump = 0;
	v->wrapped = false;
	v->view.ui->dirty = true;
}

/* Beyond the end, or the beginning, it goes on from the other one, once. */
static bool go_round(struct rq_logview *v)
{
	if (v->wrapped || used(v)->gave_up) {
		rq_ui_say(v->view.ui,
			  used(v)->gave_up ? "%s takes too long on this log."
			  : v->filter.pattern ? "%s: nothing found in the lines that are shown."
					    : "%s: nothing found.",
			  v->by_error ? "Errors" : used(v)->pattern);
		end_jump(v);
		return false;
	}
	v->wrapped = true;
	v->jump_from = v->jump > 0 ? 0 : v->text.size;
	return true;
}

static void land(struct rq_logview *v, int64_t hit)
{
	rq_logview_go_to(v, hit);
	v->jump_from = v->jump > 0 ? hit + 1 : hit;
	if (v->wrapped)
		rq_ui_say(v->view.ui, v->jump > 0 ? "Searched to the end and on from the beginning."
						  : "Searched to the beginning and on from the end.");
	v->wrapped = false;
	v->jump -= v->jump > 0 ? 1 : -1;
	v->view.ui->dirty = true;
}

/* As many matches on as were asked for, as far as that goes in one turn. */
static void jump_on(struct rq_logview *v)
{
	int64_t until = rq_mono_ns() + (int64_t)JUMP_US * 1000, off;
	enum rq_logfound found;

	while (v->jump && rq_mono_ns() < until) {
		off = v->jump_from;
		found = v->jump > 0 ? rq_logsearch_next(used(v), &v->text, &off, JUMP_US)
				    : rq_logsearch_previous(used(v), &v->text, &off, JUMP_US);
		if (found == RQ_LOGFOUND_HIT) {
			land(v, off);
		} else if (found == RQ_LOGFOUND_NONE) {
			if (!go_round(v))
				return;
		} else {
			v->jump_from = off;
		}
	}
}

bool rq_logview_jump_some(struct rq_logview *v)
{
	jump_on(v);
	return v->jump != 0;
}

bool rq_logview_count_some(struct rq_logview *v)
{
	return rq_logsearch_step(&v->search, &v->text, RQ_LOGVIEW_TURN_US) ||
	       rq_logsearch_step(&v->errors, &v->text, RQ_LOGVIEW_TURN_US);
}

void rq_logview_search_restart(struct rq_logview *v)
{
	rq_logsearch_restart(&v->search);
	rq_logsearch_restart(&v->errors);
	rq_logsearch_restart(&v->filter);
	rq_logsearch_restart(&v->steps.search);
	v->steps.n = 0;
	v->steps.at = 0;
	v->ahead.active = v->back.active = false;
}

void rq_logview_recount(struct rq_logview *v)
{
	rq_logsearch_restart(&v->search);
	rq_logsearch_restart(&v->errors);
	rq_logview_work(v);
}

static bool step(struct rq_logview *v, int direction)
{
	int64_t hand;

	if (!used(v)->pattern) {
		rq_ui_hint(v->view.ui, "Nothing was searched for yet; <search> searches.");
		return true;
	}
	hand = rq_logview_hand(v);
	/* Another direction than the one that is still being gone. */
	if (v->jump && (v->jump > 0) != (direction > 0))
		end_jump(v);
	if (!v->jump)
		v->jump_from = direction > 0 && v->current == hand ? hand + 1 : hand;
	v->jump += direction;
	/* What is near is there at once: the keys that follow are about it. */
	jump_on(v);
	rq_logview_work(v);
	return true;
}

static void begin_search(struct rq_logview *v, const char *pattern, int direction)
{
	struct rq_error e;

	if (rq_logsearch_begin(&v->search, pattern, &e)) {
		rq_ui_fail(v->view.ui, "%s", e.msg);
		return;
	}
	v->by_error = false;
	v->direction = direction;
	if (v->range < 0)
		v->current = -1;
	end_jump(v);
	step(v, direction);
}

static bool step_error(struct rq_logview *v, int direction)
{
	if (!v->errors.pattern)
		rq_logsearch_begin(&v->errors, NULL, NULL);
	if (!v->by_error)
		end_jump(v);
	v->by_error = true;
	return step(v, direction);
}

/* ---- as one types ---- */

void rq_logview_typed(struct rq_logview *v, const char *text)
{
	struct rq_ui *ui = v->view.ui;
	struct rq_error e;
	size_t at;

	rq_regex_free(v->typed);
	v->typed = NULL;
	ui->input_error[0] = '\0';
	if (*text && rq_regex_new_at(text, RQ_REGEX_SMARTCASE, &v->typed, &at, &e))
		rq_copy(ui->input_error, sizeof ui->input_error, e.msg);
}

static void typed(struct rq_view *view, const char *text)
{
	rq_logview_typed(rq_logview_active(view), text);
}

static void search_typed(struct rq_view *view, const char *pattern, int direction)
{
	struct rq_logview *v = rq_logview_active(view);

	rq_logview_typed(v, "");
	if (pattern && *pattern)
		begin_search(v, pattern, direction);
}

static void forward(struct rq_view *view, const char *pattern)
{
	search_typed(view, pattern, 1);
}

static void backward(struct rq_view *view, const char *pattern)
{
	search_typed(view, pattern, -1);
}

bool rq_logview_search_act(struct rq_logview *v, enum rq_do d, const char *arg)
{
	switch (d) {
	case RQ_DO_SEARCH:
		if (*arg)
			begin_search(v, arg, 1);
		else
			rq_view_input_open(v->view.ui, "/", "", typed, forward);
		return true;
	case RQ_DO_SEARCH_BACKWARD:
		if (*arg)
			begin_search(v, arg, -1);
		else
			rq_view_input_open(v->view.ui, "\\", "", typed, backward);
		return true;
	case RQ_DO_SEARCH_NEXT: return step(v, v->by_error ? 1 : v->direction);
	case RQ_DO_SEARCH_PREVIOUS: return step(v, v->by_error ? -1 : -v->direction);
	case RQ_DO_ERROR_NEXT: return step_error(v, 1);
	case RQ_DO_ERROR_PREVIOUS: return step_error(v, -1);
	default: return false;
	}
}
