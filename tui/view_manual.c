/* A page of the manual: filled anew to each width, with references that can be followed. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/manpage.h"
#include "tui/manual.h"
#include "tui/textview.h"

enum { READABLE = 100 };        /* columns: longer lines are hard to read */

struct manual {
	struct rq_textview text;        /* its lines are the page's */
	const struct rq_embedded *file; /* NULL: the index */
	struct rq_str index, anchor;
	struct rq_manpage page;         /* but for its lines */
	size_t link;                    /* the one that enter follows, from 1; 0 none yet */
	int cols;                       /* that it was filled to; 0 not yet */
};

/* The line of the source that is at the top. */
static size_t source_at_top(const struct manual *m)
{
	size_t i = 0;

	while (i + 1 < m->page.n_at && m->page.at[i] < m->text.top)
		i++;
	return i;
}

/* Where one was stays at the top. */
static void fill(struct manual *m, int cols)
{
	const char *text = m->file ? (const char *)m->file->bytes : rq_str_get(&m->index);
	size_t n = m->file ? m->file->length : m->index.len, source = source_at_top(m);

	rq_manpage_release(&m->page);
	rq_rich_release(&m->text.rich);
	rq_manpage_render(text, n, cols, m->cols ? NULL : rq_str_get(&m->anchor), &m->page);
	m->text.rich = m->page.rich;
	rq_rich_init(&m->page.rich);
	m->text.top = !m->cols ? m->page.anchor : source ? m->page.at[source] : 0;
	m->text.hit = -1;
	m->cols = cols;
}

static void draw(struct rq_view *view, struct rq_rect r)
{
	struct manual *m = (struct manual *)view;
	int cols = r.cols - 2 < READABLE ? r.cols - 2 : READABLE;
	const struct rq_man_link *l;

	if (cols != m->cols)
		fill(m, cols);
	rq_textview_draw(&m->text, (struct rq_rect){ r.row, r.col + 1, r.rows, cols });
	l = m->link && m->link <= m->page.links.n ? &m->page.links.v[m->link - 1] : NULL;
	if (l && l->line >= m->text.top && l->line < m->text.top + (size_t)r.rows && l->col >= m->text.left)
		rq_draw_over(view->ui->draw, r.row + (int)(l->line - m->text.top), r.col + 1 + l->col - m->text.left, l->cols,
			     RQ_ROLE_CURSOR);
}

static bool in_sight(const struct manual *m, const struct rq_man_link *l)
{
	return l->line >= m->text.top && l->line < m->text.top + (size_t)m->text.rows;
}

/* The next one behind the one that is chosen, or else the first in sight. */
static void choose(struct manual *m, int direction)
{
	size_t n = m->page.links.n, i;

	if (!n) {
		rq_ui_say(m->text.view.ui, "This page refers to no other.");
		return;
	}
	if (m->link && in_sight(m, &m->page.links.v[m->link - 1])) {
		m->link = (m->link - 1 + n + (direction > 0 ? 1 : n - 1)) % n + 1;
	} else {
		for (i = 0; i < n && m->page.links.v[i].line < m->text.top; i++)
			;
		m->link = i < n ? i + 1 : 1;
	}
	if (!in_sight(m, &m->page.links.v[m->link - 1]))
		m->text.top = m->page.links.v[m->link - 1].line > 2 ? m->page.links.v[m->link - 1].line - 2 : 0;
}

static void open_page(struct rq_ui *ui, const struct rq_embedded *file, const char *anchor);

static void follow(struct manual *m)
{
	struct rq_ui *ui = m->text.view.ui;
	const struct rq_embedded *page = rq_manual_page(m->page.links.v[m->link - 1].page);

	if (page)
		open_page(ui, page, "");
	else
		rq_ui_say(ui, "%s is no page of relayq's.", m->page.links.v[m->link - 1].page);
}

static bool act(struct rq_view *view, enum rq_do d, const char *arg)
{
	struct manual *m = (struct manual *)view;

	switch (d) {
	case RQ_DO_REFERENCE_NEXT: choose(m, 1); return true;
	case RQ_DO_REFERENCE_PREVIOUS: choose(m, -1); return true;
	case RQ_DO_OPEN:
		if (m->link && m->link <= m->page.links.n && in_sight(m, &m->page.links.v[m->link - 1]))
			follow(m);
		else
			rq_ui_hint(view->ui, "<reference next> goes to a reference, and <open> follows it.");
		return true;
	default: return rq_textview_act(view, d, arg);
	}
}

static void title(struct rq_view *view, struct rq_str *out)
{
	const struct manual *m = (struct manual *)view;
	const char *name = m->file ? rq_manual_name(m->file) : NULL, *dot = name ? strrchr(name, '.') : NULL;

	if (!name)
		rq_str_add(out, "manual");
	else
		rq_str_addf(out, "%.*s(%s)", (int)(dot - name), name, dot + 1);
}

static void free_view(struct rq_view *view)
{
	struct manual *m = (struct manual *)view;

	rq_manpage_release(&m->page);
	rq_str_release(&m->index);
	rq_str_release(&m->anchor);
	rq_textview_release(&m->text);
	rq_free(m);
}

static const struct rq_view_ops ops = {
	.id = RQ_VIEW_MANUAL,
	.free = free_view,
	.draw = draw,
	.act = act,
	.title = title,
};

static void open_page(struct rq_ui *ui, const struct rq_embedded *file, const char *anchor)
{
	struct manual *m = rq_alloc(sizeof *m);

	rq_textview_init(&m->text, ui, &ops);
	m->file = file;
	rq_str_init(&m->index, 0);
	rq_str_init(&m->anchor, 0);
	rq_str_add(&m->anchor, anchor);
	if (!file)
		rq_manual_index(&m->index);
	rq_ui_push(ui, &m->text.view);
}

void rq_view_manual_open(struct rq_ui *ui, const char *topic)
{
	const struct rq_embedded *page;
	struct rq_str anchor, nearest;

	rq_str_init(&anchor, 4096);
	rq_str_init(&nearest, 4096);
	page = rq_eq(topic, "index") ? NULL : rq_manual_find(topic, &anchor, &nearest);
	if (page || rq_eq(topic, "index"))
		open_page(ui, page, rq_str_get(&anchor));
	else if (nearest.len)
		rq_ui_say(ui, "There is no topic \"%.60s\"; did you mean %s?", topic, nearest.s);
	else
		rq_ui_say(ui, "There is no topic \"%.60s\"; :help index lists what there is.", topic);
	rq_str_release(&anchor);
	rq_str_release(&nearest);
}
