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
	struct rq_log_group g;
	int64_t next;
	size_t n;

	if (v->filter.pattern)
		return rq_logview_filter_after(v, off);
	if (rq_logview_folded(v, off, &g))
		next = g.to < v->text.size ? g.to : -1;
	else
		rq_logtext_row(&v->text, off, &n, &next);
	while (next >= 0 && kind_at(v, next) == RQ_LOG_ENDGROUP)
		rq_logtext_row(&v->text, next, &n, &next);
	return next;
}

int64_t rq_logview_before(struct rq_logview *v, int64_t off)
{
	struct rq_log_group g;
	int64_t at;

	if (v->filter.pattern)
		return rq_logview_filter_before(v, off);
	at = rq_logtext_before(&v->text, off);
	while (at > 0 && kind_at(v, at) == RQ_LOG_ENDGROUP)
		at = rq_logtext_before(&v->text, at);
	return at >= 0 && rq_logview_folded(v, at, &g) ? g.from : at;
}

int64_t rq_logview_shown(struct rq_logview *v, int64_t off)
{
	struct rq_log_group g;
	int64_t at, before = off > 0 ? rq_logtext_before(&v->text, off) : -1;

	if (!v->filter.pattern)
		return rq_logview_folded(v, off, &g) ? g.from : off;
	/* The filter goes on from a row to those behind it: from the one before this. */
	at = rq_logview_after(v, before);
	return at == -1 ? rq_logview_before(v, v->text.size) : at;
}

/* ---- one row as it is seen ---- */

void rq_logview_see(struct rq_logview *v, int64_t off, struct rq_logview_row *s)
{
	struct rq_draw *d = v->view.ui->draw;
	struct rq_log_group g;
	const char *row;
	int64_t next;
	size_t n;

	memset(s, 0, sizeof *s);
	rq_str_init(&s->text, 0);
	row = rq_logtext_row(&v->text, off, &n, &next);
	rq_logline_parse(&s->line, row, n);
	s->role = rq_logline_role(s->line.kind);
	if (s->line.kind == RQ_LOG_GROUP) {
		bool folded = !v->filter.pattern && rq_logview_folded(v, off, &g);

		rq_str_add(&s->text, rq_glyph(d, folded ? RQ_GLYPH_FOLDED : RQ_GLYPH_OPEN));
		rq_str_addc(&s->text, ' ');
	}
	s->lead = s->text.len + strlen(rq_logline_word(s->line.kind));
	rq_logline_show(&s->line, v->wrap ? RQ_LOGLINE_WHOLE : v->left + v->cols, rq_draw_ascii(d), &s->text, &s->runs);
}

void rq_logview_unsee(struct rq_logview_row *s)
{
	rq_str_release(&s->text);
	rq_free(s->runs.v);
}

int rq_logview_gutter(const struct rq_logview *v)
{
	int i;

	if (v->current >= 0 || v->range >= 0)
		return 2;
	for (i = 0; i + 1 < RQ_LOGVIEW_PLACES; i++)
		if (v->places[i] >= 0)
			return 2;
	return 0;
}

int rq_logview_cols(const struct rq_logview *v)
{
	int cols = v->cols - (v->times ? RQ_LOGTIME_COLS : 0) - rq_logview_gutter(v);

	return cols > 1 ? cols : 1;
}

/* Lines of the screen. */
static int height_of(struct rq_logview *v, int64_t off)
{
	int gap = rq_logview_gap(v, off), width;
	struct rq_logview_row s;

	if (!v->wrap)
		return 1 + gap;
	rq_logview_see(v, off, &s);
	width = rq_text_width(rq_str_get(&s.text));
	rq_logview_unsee(&s);
	return gap + (width > 0 ? (width + rq_logview_cols(v) - 1) / rq_logview_cols(v) : 1);
}

/* ---- moving ---- */

static void down(struct rq_logview *v, int lines)
{
	while (lines > 0) {
		int below = height_of(v, v->top) - 1 - v->skip, step = lines < below ? lines : below;
		int64_t next;

		if (step > 0)
			v->skip += step;
		if (lines <= below || (next = rq_logview_after(v, v->top)) < 0)
			return;
		lines -= (below > 0 ? below : 0) + 1;
		v->top = next;
		v->skip = 0;
	}
}

static void up(struct rq_logview *v, int lines)
{
	while (lines > v->skip) {
		int64_t before = rq_logview_before(v, v->top);

		lines -= v->skip + 1;
		v->skip = 0;
		if (before < 0)
			return;
		v->top = before;
		v->skip = height_of(v, before) - 1;
	}
	if (lines > 0)
		v->skip -= lines;
}

/* The last screenful. */
void rq_logview_to_end(struct rq_logview *v)
{
	int lines = v->rows;
	int64_t last = rq_logview_before(v, v->text.size);

	if (last == RQ_LOGVIEW_LATER)
		return;
	v->top = last > 0 ? last : 0;
	v->skip = 0;
	if (last < 0)
		return;
	lines -= height_of(v, v->top);
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
	if (lines > 1 || lines < -1)
		v->jumped = false;
	if (lines > 0)
		down(v, lines);
	else
		up(v, -lines);
}

void rq_logview_go_to(struct rq_logview *v, int64_t off)
{
	if (off < 0 || !v->text.size)
		return;
	v->places[RQ_LOGVIEW_PLACES - 1] = rq_logview_hand(v);
	rq_logview_unfold(v, off);
	if (v->filter.pattern) {
		int64_t shown = rq_logview_shown(v, off);

		off = shown >= 0 ? shown : off;
	}
	v->follow = false;
	v->current = off;
	v->jumped = true;
	v->top = off;
	v->skip = 0;
	up(v, v->rows / 3);
}

/* ---- the row at hand ---- */

static bool is_seen(const struct rq_logview *v, int64_t off)
{
	size_t i;

	for (i = 0; i < v->n_seen; i++)
		if (v->seen[i] == off)
			return true;
	return false;
}

int64_t rq_logview_hand(struct rq_logview *v)
{
	if (v->current >= 0 && (v->range >= 0 || v->jumped || is_seen(v, v->current)))
		return v->current;
	return v->top;
}

/* Brings the row at hand onto the screen, at the edge that it left it by. */
static void keep_in_sight(struct rq_logview *v, int lines)
{
	if (is_seen(v, v->current))
		return;
	v->top = v->current;
	v->skip = 0;
	if (lines > 0)
		up(v, v->rows - height_of(v, v->top));
}

void rq_logview_move_hand(struct rq_logview *v, int lines)
{
	int64_t at = rq_logview_hand(v), next = at;
	int i, n = lines > 0 ? lines : -lines;

	if (!v->text.size)
		return;
	/* Where none was shown so far, the first step shows it. */
	for (i = v->current == at ? 0 : 1; i < n; i++) {
		next = lines > 0 ? rq_logview_after(v, at) : rq_logview_before(v, at);
		if (next < 0)
			break;
		at = next;
	}
	v->follow = false;
	v->current = at;
	keep_in_sight(v, lines);
}

bool rq_logview_in_range(const struct rq_logview *v, int64_t off)
{
	int64_t a = v->range < v->current ? v->range : v->current, b = v->range < v->current ? v->current : v->range;

	return v->range >= 0 && off >= a && off <= b;
}
