/* One job: everything that is known of it. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/textview.h"
#include "tui/words.h"

struct job_view {
	struct rq_textview text;
	char *id;
	struct rq_detail *detail;
};

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct job_view *v = (struct job_view *)view;

	rq_rich_clear(&v->text.rich);
	rq_detail_text(v->detail, 0, &v->text.rich, true);
	rq_textview_draw(&v->text, (struct rq_rect){ r.row, r.col + 1, r.rows, r.cols - 1 });
}

static void changed(struct rq_view *view)
{
	rq_detail_changed(((struct job_view *)view)->detail);
}

static void title(struct rq_view *view, struct rq_str *out)
{
	rq_str_add(out, ((struct job_view *)view)->id);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	rq_pick_of_job(view->ui, ((struct job_view *)view)->id, what, out);
}

static void free_view(struct rq_view *view)
{
	struct job_view *v = (struct job_view *)view;

	rq_detail_free(v->detail);
	rq_textview_release(&v->text);
	rq_free(v->id);
	rq_free(v);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_JOB,
	.free = free_view,
	.changed = changed,
	.draw = draw,
	.act = rq_textview_act,
	.pick = pick,
	.title = title,
};

void rq_view_job_open(struct rq_ui *ui, const char *id)
{
	struct job_view *v = rq_alloc(sizeof *v);

	rq_textview_init(&v->text, ui, &ops);
	v->id = rq_strdup(id);
	v->detail = rq_detail_new(ui);
	rq_detail_want(v->detail, id);
	rq_ui_push(ui, &v->text.view);
}
