/* Going to a line, a time, a step, a place that was remembered. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/input.h"
#include "tui/logview.h"

enum { LOOK_ROWS = 64, PLACE_BEFORE = RQ_LOGVIEW_PLACES - 1 };

/* ---- places ---- */

static int place_of(uint32_t key)
{
	if (key >= 'a' && key <= 'z')
		return (int)(key - 'a');
	if (key >= 'A' && key <= 'Z')
		return (int)(key - 'A') + 26;
	return key == '\'' || key == '`' ? PLACE_BEFORE : -1;
}

static bool set_place(struct rq_logview *v, uint32_t key)
{
	int i = place_of(key);

	if (i < 0 || i == PLACE_BEFORE) {
		rq_ui_say(v->view.ui, "Places have letters for names; this line was not remembered.");
		return true;
	}
	v->places[i] = rq_logview_hand(v);
	rq_ui_say(v->view.ui, "This line is %c now; ' and %c come back to it.", (char)key, (char)key);
	return true;
}

static bool go_place(struct rq_logview *v, uint32_t key)
{
	int i = place_of(key);

	if (i < 0 || v->places[i] < 0)
		rq_ui_say(v->view.ui, "No line was remembered so.");
	else
		rq_logview_go_to(v, v->places[i]);
	return true;
}

static bool await(struct rq_logview *v, enum rq_logview_await what, const char *said)
{
	v->await = what;
	rq_ui_say(v->view.ui, "%s", said);
	return true;
}

/* The rest of what takes two keys, and what ends a choice of rows. */
bool rq_logview_key(struct rq_view *view, uint32_t key)
{
	struct rq_logview *v = rq_logview_active(view);
	enum rq_logview_await what = v->await;

	v->await = RQ_AWAIT_NOTHING;
	if (what == RQ_AWAIT_OVERWRITE) {
		rq_logview_overwrite(v, key == 'y' || key == 'Y');
		return true;
	}
	if (what != RQ_AWAIT_NOTHING) {
		if (key == RQ_KEY_ESC || key == 3)
			return true;
		return what == RQ_AWAIT_SET_PLACE ? set_place(v, key) : go_place(v, key);
	}
	if (key == RQ_KEY_ESC && v->range >= 0) {
		v->range = -1;
		return true;
	}
	return false;
}

/* ---- times ---- */

int64_t rq_logview_stamped(struct rq_logview *v, int64_t off, int64_t *ms)
{
	struct rq_logline line;
	int64_t next;
	size_t n;
	int i;

	for (i = 0; i < LOOK_ROWS && off >= 0 && off < v->text.size; i++, off = next) {
		const char *s = rq_logtext_row(&v->text, off, &n, &next);

		rq_logline_parse(&line, s, n);
		if (line.time && rq_logtime_of(line.time, ms))
			return off;
	}
	return -1;
}

int64_t rq_logview_row_at_time(struct rq_logview *v, int64_t ms)
{
	int64_t lo = 0, hi = v->text.size, row, at, next;
	size_t n;

	while (lo < hi) {
		row = rq_logtext_at(&v->text, lo + (hi - lo) / 2);
		if (row < lo)
			row = lo;
		if (rq_logview_stamped(v, row, &at) < 0 || at >= ms) {
			hi = row;
		} else {
			rq_logtext_row(&v->text, row, &n, &next);
			lo = next < 0 ? v->text.size : next;
		}
	}
	row = rq_logview_stamped(v, lo, &at);
	return row < 0 ? lo : row;
}

static bool last_time(struct rq_logview *v, int64_t *ms)
{
	int64_t at = v->text.size;
	int i;

	for (i = 0; i < LOOK_ROWS && (at = rq_logtext_before(&v->text, at)) >= 0; i++)
		if (rq_logview_stamped(v, at, ms) >= 0)
			return true;
	return false;
}

/* false: TEXT is no time. */
static bool go_time(struct rq_logview *v, const char *text)
{
	int64_t here, first, last, ms, row;

	if (!v->text.size || rq_logview_stamped(v, 0, &first) < 0 || !last_time(v, &last)) {
		rq_ui_say(v->view.ui, "The lines of this log have no times.");
		return true;
	}
	if (rq_logview_stamped(v, rq_logview_hand(v), &here) < 0)
		here = last;
	if (!rq_logtime_parse(text, here, first, last, &ms))
		return false;
	row = rq_logview_row_at_time(v, ms);
	if (row >= v->text.size || ms > last) {
		row = rq_logtext_before(&v->text, v->text.size);
		rq_ui_say(v->view.ui, "The log ends before that.");
	} else if (ms < first) {
		rq_ui_say(v->view.ui, "The log begins after that.");
	}
	rq_logview_go_to(v, row);
	return true;
}

static void ask_time(struct rq_ui *ui, const char *text);

/* What is wrong stays in its line, to be mended. */
static void time_typed(struct rq_view *view, const char *text)
{
	if (!text || !*text || go_time(rq_logview_active(view), text + strspn(text, " ")))
		return;
	ask_time(view->ui, text);
	rq_copy(view->ui->input_error, sizeof view->ui->input_error, "no time: 18:02, +5m, -90s or 2026-11-21 18:02");
}

static void time_changed(struct rq_view *view, const char *text)
{
	(void)text;
	view->ui->input_error[0] = '\0';
}

static void ask_time(struct rq_ui *ui, const char *text)
{
	rq_view_input_open(ui, "time ", text, time_changed, time_typed);
	rq_view_input_helps(ui, NULL, NULL, "18:02, 18:02:21, +5m, -90s or 2026-11-21 18:02 (UTC)");
}

/* ---- lines and steps: what may have to be found first ---- */

static bool aim(struct rq_logview *v, int kind, int64_t n, const char *name)
{
	rq_free(v->goal.name);
	v->goal.name = rq_strdup(name);
	v->goal.kind = kind;
	v->goal.n = n;
	v->goal.from = rq_logview_hand(v);
	rq_logview_find_steps(v);
	rq_logview_try_goal(v);
	if (v->goal.kind != RQ_GOAL_NONE)
		rq_logview_work(v);
	return true;
}

static void reach(struct rq_logview *v, int64_t off)
{
	v->goal.kind = RQ_GOAL_NONE;
	rq_logview_go_to(v, off);
	v->view.ui->dirty = true;
}

static void give_up(struct rq_logview *v, const char *why)
{
	v->goal.kind = RQ_GOAL_NONE;
	rq_ui_say(v->view.ui, "%s", why);
}

static void try_line(struct rq_logview *v)
{
	int64_t off = rq_logtext_line(&v->text, v->goal.n);

	if (off >= 0)
		reach(v, off);
	else if (v->text.indexed + 2 * RQ_LOGTEXT_SEGMENT >= v->text.size && v->goal.n > rq_logtext_count(&v->text))
		give_up(v, "The log has no such line.");
}

static bool name_matches(struct rq_logview *v, int64_t off)
{
	struct rq_logview_row s;
	bool found;

	rq_logview_see(v, off, &s);
	found = rq_icontains(rq_str_get(&s.text), v->goal.name);
	rq_logview_unsee(&s);
	return found;
}

static void try_step(struct rq_logview *v)
{
	const struct rq_logview_steps *s = &v->steps;
	size_t at = rq_logview_step_at(v, v->goal.from), i;
	bool on_head = at && s->v[at - 1] == v->goal.from;

	if (v->goal.kind == RQ_GOAL_STEP_BY && v->goal.n < 0) {
		/* The beginning of this step comes before the one before it. */
		if (s->at < v->goal.from && s->at < rq_logtext_before(&v->text, v->text.size))
			return;
		at -= on_head;
		if (at)
			reach(v, s->v[at - 1]);
	} else if (v->goal.kind == RQ_GOAL_STEP_BY && at < s->n) {
		reach(v, s->v[at]);
	} else if (v->goal.kind == RQ_GOAL_STEP_NUMBER && v->goal.n > 0 && (size_t)v->goal.n <= s->n) {
		reach(v, s->v[v->goal.n - 1]);
	} else if (v->goal.kind == RQ_GOAL_STEP_NAME) {
		for (i = 0; i < s->n && !name_matches(v, s->v[i]); i++)
			;
		if (i < s->n)
			reach(v, s->v[i]);
	}
}

void rq_logview_try_goal(struct rq_logview *v)
{
	bool all;

	if (v->goal.kind == RQ_GOAL_NONE)
		return;
	if (v->goal.kind == RQ_GOAL_LINE) {
		try_line(v);
		return;
	}
	all = !rq_logview_find_steps(v);
	try_step(v);
	if (v->goal.kind == RQ_GOAL_NONE || !all)
		return;
	if (v->goal.kind == RQ_GOAL_STEP_NAME && rq_logview_ask_steps(v))
		return;
	if (!v->steps.n)
		give_up(v, "This log has no steps.");
	else if (v->goal.kind == RQ_GOAL_STEP_BY)
		give_up(v, v->goal.n > 0 ? "This is the last step." : "This is the first step.");
	else
		give_up(v, "The log has no such step.");
}

static bool go_line(struct rq_logview *v, const char *arg)
{
	int64_t n;

	if (!rq_parse_i64(arg, &n) || n < 1) {
		rq_ui_fail(v->view.ui, "line wants a number, from 1.");
		return true;
	}
	return aim(v, RQ_GOAL_LINE, n, NULL);
}

static bool go_step(struct rq_logview *v, const char *arg)
{
	int64_t n;

	if (!*arg) {
		rq_ui_fail(v->view.ui, "step wants the number of a step, or a part of its name.");
		return true;
	}
	return rq_parse_i64(arg, &n) ? aim(v, RQ_GOAL_STEP_NUMBER, n, NULL) : aim(v, RQ_GOAL_STEP_NAME, 0, arg);
}

static bool choose_range(struct rq_logview *v)
{
	if (!v->text.size)
		return true;
	if (v->range >= 0) {
		v->range = -1;
		return true;
	}
	/* Where one follows, it is the last line that one looks at. */
	if (v->follow && v->n_seen)
		v->current = v->seen[v->n_seen - 1];
	v->current = v->range = rq_logview_hand(v);
	v->follow = false;
	rq_ui_hint(v->view.ui, "Move to choose lines; <copy> copies them, <range> or esc ends this.");
	return true;
}

bool rq_logview_go_act(struct rq_logview *v, enum rq_do d, const char *arg)
{
	switch (d) {
	case RQ_DO_BOOKMARK:
		return *arg ? set_place(v, (uint32_t)(unsigned char)*arg)
			    : await(v, RQ_AWAIT_SET_PLACE, "Remember this line as: a letter, esc for none");
	case RQ_DO_GO_TO:
		return *arg ? go_place(v, (uint32_t)(unsigned char)*arg)
			    : await(v, RQ_AWAIT_GO_PLACE, "Go to the line: a letter, or ' for where you were before");
	case RQ_DO_TIME:
		if (!*arg)
			ask_time(v->view.ui, "");
		else if (!go_time(v, arg))
			rq_ui_fail(v->view.ui, "\"%.40s\" is no time; these are: 18:02, 18:02:21, +5m, -90s, 2026-11-21 18:02.",
				   arg);
		return true;
	case RQ_DO_LINE: return go_line(v, arg);
	case RQ_DO_STEP: return go_step(v, arg);
	case RQ_DO_STEP_NEXT: return aim(v, RQ_GOAL_STEP_BY, 1, NULL);
	case RQ_DO_STEP_PREVIOUS: return aim(v, RQ_GOAL_STEP_BY, -1, NULL);
	case RQ_DO_LINE_DOWN: rq_logview_move_hand(v, 1); return true;
	case RQ_DO_LINE_UP: rq_logview_move_hand(v, -1); return true;
	case RQ_DO_RANGE: return choose_range(v);
	default: return false;
	}
}
