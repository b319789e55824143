/* A log's rows on the screen: folding, wrapping, moving. */
#include <string.h>
#include "core/base/mem.h"
#include "tui/logview.h"

static enum rq_log_kind kind_at(struct rq_logview *v, int64_t off)
{
	struct rq_logline line;
	int64_t next;
	size_t n;
	const char *s = rq_logtext_row(&v->text, off, &n, &next);

	rq_logline_parse(&line, s, n);
	return line.kind;
}

int64_t rq_logview_after(struct rq_logview *v, int64_t off)
{
	const struct rq_log_group *g = v->fold ? rq_logtext_group(&v->text, off) : NULL;
	int64_t next;
	size_t n;

	if (g) {
		next = g->to < v->text.size ? g->to : -1;
	} else {
		rq_logtext_row(&v->text, off, &n, &next);
	}
	while (next >= 0 && kind_at(v, next) == RQ_LOG_ENDGROUP)
		rq_logtext_row(&v->text, next, &n, &next);
	return next;
}

int64_t rq_logview_before(struct rq_logview *v, int64_t off)
{
	int64_t at = rq_logtext_before(&v->text, off);
	const struct rq_log_group *g;

	while (at > 0 && kind_at(v, at) == RQ_LOG_ENDGROUP)
		at = rq_logtext_before(&v->text, at);
	g = v->fold && at >= 0 ? rq_logtext_group(&v->text, at) : NULL;
	return g ? g->from : at;
}

/* ---- one row as it is seen ---- */

void rq_logview_see(struct rq_logview *v, int64_t off, struct rq_logview_row *s)
{
	struct rq_style style = { .fg = -1, .bg = -1 };
	const char *row, *text;
	int64_t next;
	size_t n;

	memset(s, 0, sizeof *s);
	rq_str_init(&s->text, 0);
	row = rq_logtext_row(&v->text, off, &n, &next);
	rq_logline_parse(&s->line, row, n);
	rq_logline_visible(&s->line, v->left + v->cols * (v->wrap ? v->rows : 1), &text, &n);
	s->role = rq_logline_role(s->line.kind);
	if (s->line.kind == RQ_LOG_GROUP) {
		const struct rq_log_group *g = v->fold ? rq_logtext_group(&v->text, off) : NULL;

		rq_str_add(&s->text,
			   rq_glyph(v->view.ui->draw, g ? RQ_GLYPH_CURSOR : RQ_GLYPH_DOWN));
		rq_str_addc(&s->text, ' ');
	}
	rq_text_styled(&s->text, &s->runs, &style, text, n, rq_draw_ascii(v->view.ui->draw));
}

void rq_logview_unsee(struct rq_logview_row *s)
{
	rq_str_release(&s->text);
	rq_free(s->runs.v);
}

int rq_logview_cols(const struct rq_logview *v)
{
	int cols = v->cols - (v->times ? RQ_LOGVIEW_TIME_COLS : 0);

	return cols > 1 ? cols : 1;
}

int rq_logview_height(struct rq_logview *v, int64_t off)
{
	struct rq_logview_row s;
	int width;

	if (!v->wrap)
		return 1;
	rq_logview_see(v, off, &s);
	width = rq_text_width(rq_str_get(&s.text));
	rq_logview_unsee(&s);
	return width > 0 ? (width + rq_logview_cols(v) - 1) / rq_logview_cols(v) : 1;
}

/* ---- moving ---- */

static void down(struct rq_logview *v, int lines)
{
	while (lines-- > 0) {
		int64_t next;

		if (v->skip + 1 < rq_logview_height(v, v->top)) {
			v->skip++;
			continue;
		}
		next = rq_logview_after(v, v->top);
		if (next < 0)
			return;
		v->top = next;
		v->skip = 0;
	}
}

static void up(struct rq_logview *v, int lines)
{
	while (lines-- > 0) {
		int64_t before;

		if (v->skip > 0) {
			v->skip--;
			continue;
		}
		before = rq_logview_before(v, v->top);
		if (before < 0)
			return;
		v->top = before;
		v->skip = rq_logview_height(v, before) - 1;
	}
}

/* The last screenful. */
void rq_logview_to_end(struct rq_logview *v)
{
	int lines = v->rows;
	int64_t last = rq_logview_before(v, v->text.size);

	v->top = last > 0 ? last : 0;
	v->skip = 0;
	if (last < 0)
		return;
	lines -= rq_logview_height(v, v->top);
	if (lines < 0)
		v->skip = -lines;
	else
		up(v, lines);
}

void rq_logview_move(struct rq_logview *v, int lines)
{
	if (lines > 0 && v->at_end)
		return;
	if (!v->text.size)
		return;
	if (lines < 0)
		v->follow = false;
	if (lines > 0)
		down(v, lines);
	else
		up(v, -lines);
}

void rq_logview_go_to(struct rq_logview *v, int64_t off)
{
	const struct rq_log_group *g = rq_logtext_group(&v->text, off);

	if (g && g->from != off)
		v->fold = false;
	v->follow = false;
	v->current = off;
	v->top = off;
	v->skip = 0;
	up(v, v->rows / 3);
}
