/* Text to read: what a command printed, the messages so far. */
#include "core/base/mem.h"
#include "tui/textview.h"

enum { TEXT_COLUMN = 22 };  /* behind the time of a message */

struct pager {
	struct rq_textview text;
	char *title;
};

static void draw(struct rq_view *view, struct rq_rect r)
{
	rq_textview_draw((struct rq_textview *)view,
			 (struct rq_rect){ r.row, r.col + 1, r.rows, r.cols - 1 });
}

static void title(struct rq_view *view, struct rq_str *out)
{
	rq_str_add(out, ((struct pager *)view)->title);
}

static void free_view(struct rq_view *view)
{
	struct pager *p = (struct pager *)view;

	rq_textview_release(&p->text);
	rq_free(p->title);
	rq_free(p);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_PAGER,
	.free = free_view,
	.draw = draw,
	.act = rq_textview_act,
	.title = title,
};

void rq_view_pager_open(struct rq_ui *ui, const char *name, struct rq_rich *rich)
{
	struct pager *p = rq_alloc(sizeof *p);

	rq_textview_init(&p->text, ui, &ops);
	rq_rich_release(&p->text.rich);
	p->text.rich = *rich;
	p->title = rq_strdup(name);
	rq_ui_push(ui, &p->text.view);
}

void rq_view_messages_open(struct rq_ui *ui)
{
	static const enum rq_role roles[] = { RQ_ROLE_MESSAGE, RQ_ROLE_WARNING, RQ_ROLE_ERROR };
	struct rq_rich rich;
	size_t i, n = rq_messages_count(&ui->status);
	char when[RQ_TIME_LEN];

	rq_rich_init(&rich);
	for (i = 0; i < n; i++) {
		const struct rq_message *m = rq_messages_at(&ui->status, n - 1 - i);

		rq_rich_add(&rich, RQ_ROLE_DIM, rq_time_rfc3339(m->at, false, when));
		rq_rich_wrap(&rich, roles[m->level], m->text, TEXT_COLUMN,
			     rq_term_cols(ui->term) - 2);
		rq_rich_end_line(&rich);
	}
	if (!n)
		rq_rich_add(&rich, RQ_ROLE_DIM, "Nothing has been said yet.");
	rq_view_pager_open(ui, "messages", &rich);
}
