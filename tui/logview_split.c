/* Two logs side by side. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/logview.h"
#include "tui/words.h"

static bool is_wide(const struct rq_ui *ui)
{
	return rq_term_cols(ui->term) >= RQ_LOGVIEW_TWO;
}

static void draw_head(struct rq_logview *v, struct rq_rect r, bool active)
{
	const struct rq_job *j = rq_snapshot_job(v->view.ui->snap, v->id);
	struct rq_draw *d = v->view.ui->draw;
	struct rq_str text;

	rq_str_init(&text, 4096);
	rq_str_addf(&text, "%s %s  %s", active ? rq_glyph(d, RQ_GLYPH_CURSOR) : " ", v->id, j ? j->name : "");
	if (v->follow && !v->ended)
		rq_str_add(&text, "  follow");
	rq_draw_text(d, r.row, r.col, r.cols, active ? RQ_ROLE_TITLE : RQ_ROLE_DIM, rq_str_get(&text));
	rq_str_release(&text);
}

static void draw_pane(struct rq_logview *v, struct rq_rect r, bool active)
{
	draw_head(v, r, active);
	rq_logview_draw(v, (struct rq_rect){ r.row + 1, r.col, r.rows - 1, r.cols });
}

void rq_logview_draw_panes(struct rq_view *view, struct rq_rect r)
{
	struct rq_logview *v = (struct rq_logview *)view;
	int left = (r.cols - 1) / 2;

	if (!v->beside) {
		rq_logview_draw(v, r);
	} else if (!is_wide(view->ui)) {
		draw_pane(rq_logview_active(view), r, true);
	} else {
		draw_pane(v, (struct rq_rect){ r.row, r.col, r.rows, left }, !v->second);
		rq_draw_vertical(view->ui->draw, r.row, r.col + left, r.rows, RQ_ROLE_RULE);
		draw_pane(v->beside, (struct rq_rect){ r.row, r.col + left + 1, r.rows, r.cols - left - 1 }, v->second);
	}
}

/* The one that keys go to goes; the other has the screen for itself. */
static void close_one(struct rq_logview *v)
{
	struct rq_ui *ui = v->view.ui;
	struct rq_logview *stays = v->second ? v : v->beside, *goes = v->second ? v->beside : v;
	size_t i;

	for (i = 0; i < ui->depth; i++)
		if (ui->stack[i] == &v->view)
			ui->stack[i] = &stays->view;
	v->beside = NULL;
	v->second = false;
	rq_logview_free(goes);
}

static bool say_narrow(struct rq_ui *ui)
{
	if (is_wide(ui))
		return false;
	rq_ui_say(ui, "Two logs side by side need %d columns; this terminal has %d.", RQ_LOGVIEW_TWO, rq_term_cols(ui->term));
	return true;
}

static void open_beside(struct rq_logview *v, const char *id)
{
	const struct rq_job *j = rq_snapshot_find_job(v->view.ui->snap, id);

	if (say_narrow(v->view.ui))
		return;
	v->beside = rq_logview_new(v->view.ui, j ? j->id : id);
	v->second = v->beside != NULL;
}

bool rq_logview_split_act(struct rq_logview *v, enum rq_do d, const char *arg)
{
	switch (d) {
	case RQ_DO_BESIDE:
		if (v->beside && !*arg)
			close_one(v);
		else if (v->beside)
			rq_ui_hint(v->view.ui, "There are two logs already; <beside> closes this one.");
		else if (*arg || !is_wide(v->view.ui))
			open_beside(v, arg);
		else
			rq_view_prompt_open(v->view.ui, "beside ");
		return true;
	case RQ_DO_VIEW_NEXT: case RQ_DO_VIEW_PREVIOUS: case RQ_DO_PANE_NEXT:
		if (v->beside)
			v->second = !v->second;
		else if (d == RQ_DO_PANE_NEXT)
			rq_ui_hint(v->view.ui, "There is one log; <beside> opens another beside it.");
		return v->beside || d == RQ_DO_PANE_NEXT;
	case RQ_DO_BACK: case RQ_DO_QUIT:
		if (!v->beside)
			return false;
		close_one(v);
		return true;
	default: return false;
	}
}

void rq_view_logs_open(struct rq_ui *ui)
{
	struct rq_words w = { 0 };
	struct rq_logview *v;

	rq_words_pick(ui, "jobs", 4, &w);
	if (w.n != 2) {
		rq_ui_say(ui, "Mark the two jobs whose logs are to be side by side.");
	} else if (!say_narrow(ui) && (v = rq_logview_new(ui, w.v[0]))) {
		rq_ui_push(ui, &v->view);
		open_beside(v, w.v[1]);
		v->second = false;
	}
	rq_words_release(&w);
}
