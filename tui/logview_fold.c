/* Groups and steps of a log, and which of them are folded to one row. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/logview.h"

/* The first row of a step, as runners write it. */
#define STEP "^##\\[group\\]Run "

enum { STEPS_MAX = 100000 };

/* ---- open or folded ---- */

static size_t find_other(const struct rq_logview *v, int64_t head)
{
	size_t i;

	for (i = 0; i < v->n_other && v->other[i] != head; i++)
		;
	return i;
}

static bool is_other(const struct rq_logview *v, int64_t head)
{
	return find_other(v, head) < v->n_other;
}

static void turn_other(struct rq_logview *v, int64_t head)
{
	size_t i = find_other(v, head);

	if (i < v->n_other) {
		v->other[i] = v->other[--v->n_other];
		return;
	}
	RQ_GROW(v->other, v->n_other, &v->cap_other);
	v->other[v->n_other++] = head;
}

/* The step around OFF, if its end is known. */
static bool step_around(const struct rq_logview *v, int64_t off, struct rq_log_group *out)
{
	size_t i = rq_logview_step_at(v, off);

	if (!i || (i == v->steps.n && !v->steps.all))
		return false;
	*out = (struct rq_log_group){ v->steps.v[i - 1], i < v->steps.n ? v->steps.v[i] : v->text.size };
	return true;
}

/* The first row of a step is that of a group as well. */
static bool in_folded_step(const struct rq_logview *v, int64_t off, struct rq_log_group *out)
{
	return v->fold_steps && step_around(v, off, out) && !is_other(v, out->from);
}

bool rq_logview_folded(struct rq_logview *v, int64_t off, struct rq_log_group *out)
{
	const struct rq_log_group *g;

	if (in_folded_step(v, off, out))
		return true;
	g = rq_logtext_group(&v->text, off);
	if (!g)
		return false;
	*out = *g;
	/* Of a step that was opened, its own group is folded as others are. */
	if (v->fold_steps && is_other(v, g->from))
		return v->fold;
	return v->fold != is_other(v, g->from);
}

void rq_logview_unfold(struct rq_logview *v, int64_t off)
{
	struct rq_log_group g;
	int tries;

	for (tries = 0; tries < 2 && rq_logview_folded(v, off, &g) && g.from != off; tries++) {
		bool step = in_folded_step(v, off, &g);

		if (v->fold_steps && !step)
			v->fold = false;
		else
			turn_other(v, g.from);
	}
}

/* What is at hand stays on the screen: its head, when it is folded away. */
static void keep_place(struct rq_logview *v)
{
	struct rq_log_group g;

	if (v->text.size && rq_logview_folded(v, v->top, &g))
		v->top = g.from;
	if (v->current >= 0 && rq_logview_folded(v, v->current, &g))
		v->current = g.from;
	v->skip = 0;
}

bool rq_logview_toggle_fold(struct rq_logview *v)
{
	v->fold = !v->fold;
	v->n_other = 0;
	rq_ui_say(v->view.ui, "%s", v->fold ? "Groups are folded." : "Groups are open.");
	keep_place(v);
	return true;
}

bool rq_logview_toggle_steps(struct rq_logview *v)
{
	v->fold_steps = !v->fold_steps;
	v->n_other = 0;
	if (v->fold_steps)
		rq_logview_find_steps(v);
	rq_ui_hint(v->view.ui, v->fold_steps ? "Steps are folded; <fold> opens one." : "Steps are open.");
	keep_place(v);
	rq_logview_work(v);
	return true;
}

bool rq_logview_fold_one(struct rq_logview *v)
{
	int64_t hand = rq_logview_hand(v);
	const struct rq_log_group *group;
	struct rq_log_group step;

	if (v->filter.pattern) {
		rq_ui_hint(v->view.ui, "Nothing is folded where a filter is set.");
		return true;
	}
	group = v->fold_steps && step_around(v, hand, &step) ? &step : rq_logtext_group(&v->text, hand);
	if (!group) {
		rq_logview_move(v, 1);
		return true;
	}
	turn_other(v, group->from);
	v->current = group->from;
	v->follow = false;
	keep_place(v);
	return true;
}

/* ---- steps ---- */

bool rq_logview_find_steps(struct rq_logview *v)
{
	int64_t until = rq_mono_ns() + (int64_t)RQ_LOGVIEW_TURN_US * 1000;
	struct rq_logview_steps *s = &v->steps;

	/* They are looked for once somebody asks for one. */
	if (!v->fold_steps && v->goal.kind < RQ_GOAL_STEP_BY && !s->search.pattern)
		return false;
	if (!s->search.pattern)
		rq_logsearch_begin(&s->search, STEP, NULL);
	s->all = false;
	while (s->n < STEPS_MAX && s->at < v->text.size) {
		enum rq_logfound found = rq_logsearch_next(&s->search, &v->text, &s->at, RQ_LOGVIEW_TURN_US);

		if (found == RQ_LOGFOUND_NONE)
			break;
		if (found == RQ_LOGFOUND_HIT) {
			RQ_GROW(s->v, s->n, &s->cap);
			s->v[s->n++] = s->at++;
		}
		if (rq_mono_ns() > until)
			return true;
	}
	/* The last row may still become one. */
	s->at = rq_logtext_before(&v->text, v->text.size);
	if (s->n && s->at <= s->v[s->n - 1])
		s->at = s->v[s->n - 1] + 1;
	s->all = true;
	return false;
}

size_t rq_logview_step_at(const struct rq_logview *v, int64_t off)
{
	size_t lo = 0, hi = v->steps.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->steps.v[mid] <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
