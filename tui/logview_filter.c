/* Only the lines that match, with lines around them. What is not known yet is searched for in turns of the loop. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/str.h"
#include "tui/logview.h"

enum { CALL_US = 2000, CALL_LEAST_US = 50, FRAME_MS = 8 };

void rq_logview_give_time(struct rq_logview *v)
{
	v->until_ns = rq_mono_ns() + (int64_t)FRAME_MS * 1000000;
}

/* ---- matching rows ---- */

/* What a search that took longer than a moment has found out about OFF already: where to go on, or with `done` what came
 * of it. */
static bool knows(const struct rq_logview_quest *q, int64_t off, int direction)
{
	if (!q->active)
		return false;
	return direction > 0 ? off >= q->from && (off <= q->at || q->none_size) : off <= q->from && off > q->at;
}

static int64_t answer(struct rq_logview *v, struct rq_logview_quest *q, int direction, enum rq_logfound found, int64_t at)
{
	q->at = at;
	q->done = found != RQ_LOGFOUND_MORE;
	if (found == RQ_LOGFOUND_NONE) {
		/* Before it there never will be one; behind it, when the log has grown, from its last row on. */
		q->at = direction > 0 ? rq_logtext_before(&v->text, v->text.size) : -1;
		q->none_size = v->text.size;
		return -1;
	}
	return q->done ? at : RQ_LOGVIEW_LATER;
}

/* The first row that begins at or behind OFF and matches, or the last one that begins before it; -1: none; or
 * RQ_LOGVIEW_LATER, and the turns to come look for it. What is far is looked for once, and kept. */
static int64_t match(struct rq_logview *v, int64_t off, int direction, int us)
{
	struct rq_logview_quest *q = direction > 0 ? &v->ahead : &v->back;
	enum rq_logfound found;
	bool known;
	int64_t at;

	if (direction > 0 && q->none_size && q->none_size != v->text.size) {
		q->none_size = 0;
		q->done = false;
	}
	known = knows(q, off, direction);
	at = known ? q->at : off;
	if (known && q->done)
		return q->none_size ? -1 : q->at;
	found = direction > 0 ? rq_logsearch_next(&v->filter, &v->text, &at, us)
			      : rq_logsearch_previous(&v->filter, &v->text, &at, us);
	if (!known && found != RQ_LOGFOUND_MORE)
		return found == RQ_LOGFOUND_HIT ? at : -1;
	if (!known)
		*q = (struct rq_logview_quest){ .active = true, .from = off };
	return answer(v, q, direction, found, at);
}

/* One frame has only so much time. */
static int time_left(const struct rq_logview *v)
{
	int64_t left = (v->until_ns - rq_mono_ns()) / 1000;

	return left < CALL_LEAST_US ? CALL_LEAST_US : left < CALL_US ? (int)left : CALL_US;
}

static int64_t match_from(struct rq_logview *v, int64_t off)
{
	return match(v, off, 1, time_left(v));
}

static int64_t match_until(struct rq_logview *v, int64_t off)
{
	return match(v, off, -1, time_left(v));
}

static int64_t raw_after(struct rq_logview *v, int64_t off)
{
	int64_t next;
	size_t n;

	if (off < 0)
		return v->text.size ? 0 : -1;
	rq_logtext_row(&v->text, off, &n, &next);
	return next;
}

/* ---- with lines around them ---- */

/* Up to `context` rows on from AT, all of them before LIMIT. */
static int64_t on_from(struct rq_logview *v, int64_t at, int64_t limit)
{
	int i;

	for (i = 0; i < v->context; i++) {
		int64_t next = raw_after(v, at);

		if (next < 0 || next >= limit)
			break;
		at = next;
	}
	return at;
}

/* Up to `context` rows back from AT, none of them before LIMIT. */
static int64_t back_from(struct rq_logview *v, int64_t at, int64_t limit)
{
	int i;

	for (i = 0; i < v->context; i++) {
		int64_t before = rq_logtext_before(&v->text, at);

		if (before < limit)
			break;
		at = before;
	}
	return at;
}

int64_t rq_logview_filter_after(struct rq_logview *v, int64_t off)
{
	int64_t next = raw_after(v, off), match, last;

	if (next < 0)
		return -1;
	last = v->context ? match_until(v, next) : -1;
	if (last == RQ_LOGVIEW_LATER)
		return last;
	if (last >= 0 && on_from(v, last, next + 1) == next)
		return next;
	match = match_from(v, next);
	return match < 0 ? match : back_from(v, match, next);
}

int64_t rq_logview_filter_before(struct rq_logview *v, int64_t off)
{
	int64_t before = rq_logtext_before(&v->text, off), match, next;

	if (before < 0)
		return -1;
	next = v->context && off < v->text.size ? match_from(v, off) : -1;
	if (next >= 0 && back_from(v, next, before) == before)
		return before;
	match = match_until(v, off);
	return match < 0 ? match : on_from(v, match, off);
}

void rq_logview_filter_keep(void *ud, int64_t from, struct rq_logrows *rows)
{
	struct rq_logview *v = ud;
	int64_t seen = 0, hit = -1;     /* rows before SEEN were looked at; the last of them that matches the filter */
	size_t i, n = 0;

	for (i = 0; i < rows->n && v->filter.pattern && !v->filter.gave_up; i++) {
		int64_t off = from + rows->v[i], first = back_from(v, off, 0), last = on_from(v, off, v->text.size);

		if (seen < first)
			seen = first;
		while (hit < first && seen >= 0 && seen <= last) {
			if (rq_logsearch_hits(&v->filter, &v->text, seen))
				hit = seen;
			seen = raw_after(v, seen);
		}
		if (seen < 0)
			seen = v->text.size;
		if (hit >= first)
			rows->v[n++] = rows->v[i];
	}
	if (v->filter.pattern && !v->filter.gave_up)
		rows->n = n;
}

bool rq_logview_gap(struct rq_logview *v, int64_t off)
{
	int64_t before;

	if (!v->filter.pattern || !v->context)
		return false;
	before = rq_logview_filter_before(v, off);
	return before >= 0 && before != rq_logtext_before(&v->text, off);
}

/* ---- setting it ---- */

void rq_logview_filter_grown(struct rq_logview *v, int64_t size)
{
	int64_t off = size;
	int i;

	if (!v->filter.pattern || !v->context)
		return;
	for (i = 0; i <= v->context && off > 0; i++)
		off = rq_logtext_before(&v->text, off);
	rq_logsearch_rewind(&v->search, &v->text, off);
	rq_logsearch_rewind(&v->errors, &v->text, off);
}

bool rq_logview_filter_some(struct rq_logview *v)
{
	bool more = false;

	if (!v->filter.pattern)
		return false;
	if (v->ahead.active && !v->ahead.done)
		more |= match(v, v->ahead.from, 1, RQ_LOGVIEW_TURN_US) == RQ_LOGVIEW_LATER;
	if (v->back.active && !v->back.done)
		more |= match(v, v->back.from, -1, RQ_LOGVIEW_TURN_US) == RQ_LOGVIEW_LATER;
	v->view.ui->dirty = true;
	return more || rq_logsearch_step(&v->filter, &v->text, RQ_LOGVIEW_TURN_US);
}

static void end_filter(struct rq_logview *v)
{
	if (!v->filter.pattern)
		return;
	rq_logsearch_release(&v->filter);
	v->ahead.active = v->back.active = false;
	v->skip = 0;
	rq_logview_recount(v);
	/* The line that one found it for is seen among those around it now. */
	if (!v->follow && v->current >= 0)
		rq_logview_go_to(v, v->current);
	else if (!v->follow && v->text.size)
		rq_logview_unfold(v, v->top);
	rq_ui_say(v->view.ui, "All lines are shown.");
}

static void set_filter(struct rq_logview *v, const char *pattern)
{
	struct rq_error e;

	if (rq_logsearch_begin(&v->filter, pattern, &e)) {
		rq_ui_fail(v->view.ui, "%s", e.msg);
		return;
	}
	v->ahead.active = v->back.active = false;
	v->skip = 0;
	v->range = -1;
	rq_logview_recount(v);
}

static void typed(struct rq_view *view, const char *text)
{
	rq_logview_typed(rq_logview_active(view), text);
}

static void done(struct rq_view *view, const char *text)
{
	struct rq_logview *v = rq_logview_active(view);

	rq_logview_typed(v, "");
	if (text && *text)
		set_filter(v, text);
	else if (text)
		end_filter(v);
}

static bool change_context(struct rq_logview *v, int by)
{
	int n = v->context + by;

	if (!v->filter.pattern) {
		rq_ui_hint(v->view.ui, "Lines around matches are shown where a filter is set: <filter>.");
		return true;
	}
	v->context = n < 0 ? 0 : n > RQ_LOGVIEW_CONTEXT_MAX ? RQ_LOGVIEW_CONTEXT_MAX : n;
	v->skip = 0;
	rq_logview_recount(v);
	/* What comes in above the first row is to be seen. */
	if (by > 0 && !v->follow)
		rq_logview_move(v, -by);
	rq_ui_say(v->view.ui, "%d line%s around each match.", v->context, v->context == 1 ? "" : "s");
	return true;
}

bool rq_logview_filter_act(struct rq_logview *v, enum rq_do d, const char *arg)
{
	switch (d) {
	case RQ_DO_FILTER:
		if (*arg)
			set_filter(v, arg);
		else
			rq_view_input_open(v->view.ui, "&", v->filter.pattern ? v->filter.pattern : "", typed, done);
		return true;
	case RQ_DO_CONTEXT_MORE: return change_context(v, 1);
	case RQ_DO_CONTEXT_LESS: return change_context(v, -1);
	default: return false;
	}
}
