/* One runner: everything that is known of it, with the whole reason of a drain, and its jobs. */
#include "core/base/mem.h"
#include "tui/runner_text.h"
#include "tui/textview.h"

struct runner_view {
	struct rq_textview text;
	char *name;
};

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct runner_view *v = (struct runner_view *)view;
	const struct rq_runner *runner = rq_snapshot_runner(view->ui->snap, v->name);
	struct rq_rich *out = &v->text.rich;

	rq_rich_clear(out);
	if (runner) {
		rq_runner_text(view->ui, runner, r.cols - 2, true, out);
	} else {
		rq_rich_addf(out, RQ_ROLE_DIM, "There is no runner %s.", v->name);
		rq_rich_end_line(out);
	}
	rq_textview_draw(&v->text, (struct rq_rect){ r.row, r.col + 1, r.rows, r.cols - 1 });
}

static void title(struct rq_view *view, struct rq_str *out)
{
	rq_str_add(out, ((struct runner_view *)view)->name);
}

static void pick(struct rq_view *view, const char *what, struct rq_str *out)
{
	if (rq_starts(what, "runner"))
		rq_words_put(out, ((struct runner_view *)view)->name);
}

static void free_view(struct rq_view *view)
{
	struct runner_view *v = (struct runner_view *)view;

	rq_textview_release(&v->text);
	rq_free(v->name);
	rq_free(v);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_RUNNER,
	.free = free_view,
	.draw = draw,
	.act = rq_textview_act,
	.pick = pick,
	.title = title,
};

void rq_view_runner_open(struct rq_ui *ui, const char *name)
{
	struct runner_view *v = rq_alloc(sizeof *v);

	rq_textview_init(&v->text, ui, &ops);
	v->name = rq_strdup(name);
	rq_ui_push(ui, &v->text.view);
}
