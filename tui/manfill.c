/* Filling: words to lines of a width. */
#include "tui/manfill.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"

void rq_man_fill_init(struct rq_man_fill *f, struct rq_rich *rich, struct rq_man_links *links, int cols)
{
	memset(f, 0, sizeof *f);
	f->rich = rich;
	f->links = links;
	f->cols = cols;
	f->blank = true;
}

static void clear_chunk(struct rq_man_fill *f)
{
	size_t i;

	for (i = 0; i < f->n_chunk; i++) {
		rq_str_release(&f->chunk[i].text);
		rq_free(f->chunk[i].link);
	}
	f->n_chunk = 0;
}

void rq_man_fill_release(struct rq_man_fill *f)
{
	clear_chunk(f);
}

static void end_line(struct rq_man_fill *f)
{
	rq_rich_end_line(f->rich);
	f->blank = !f->col;
	f->col = 0;
	f->words = false;
}

/* On a narrow screen there is little to indent with. */
static int room_left(const struct rq_man_fill *f, int col)
{
	return col > f->cols * 2 / 3 ? f->cols / 3 : col;
}

static void begin_line(struct rq_man_fill *f)
{
	int indent = room_left(f, f->indent);

	if (f->col)
		return;
	if (indent)
		rq_rich_addf(f->rich, RQ_ROLE_NORMAL, "%*s", indent, "");
	f->col = indent;
}

static int width_of(const struct rq_str *s)
{
	return rq_text_width(rq_str_get(s));
}

static int chunk_width(const struct rq_man_fill *f)
{
	int width = 0;
	size_t i;

	for (i = 0; i < f->n_chunk; i++)
		width += width_of(&f->chunk[i].text);
	return width;
}

static void note_link(struct rq_man_fill *f, struct rq_man_piece *p, int cols)
{
	struct rq_man_links *l = f->links;

	if (!p->link)
		return;
	RQ_GROW(l->v, l->n, &l->cap);
	l->v[l->n++] = (struct rq_man_link){ f->rich->n - 1, f->col, cols, p->link };
	p->link = NULL;
}

/* What is wider than a line goes on in the next. */
static void put_piece(struct rq_man_fill *f, struct rq_man_piece *p)
{
	const char *s = rq_str_get(&p->text);

	while (*s) {
		int room = f->cols - f->col, used = 0;
		size_t n = room > 0 ? rq_text_fit(s, room, &used) : 0;

		if (!n && f->words) {
			end_line(f);
			begin_line(f);
			continue;
		}
		f->words = true;
		if (!n)
			n = rq_text_fit(s, 2, &used);
		rq_rich_addn(f->rich, p->role, s, n ? n : strlen(s));
		note_link(f, p, used);
		f->col += used;
		s += n ? n : strlen(s);
	}
}

static void flush(struct rq_man_fill *f)
{
	int width = chunk_width(f);
	size_t i;

	if (!f->n_chunk)
		return;
	if (f->words && f->col + 1 + width > f->cols)
		end_line(f);
	if (f->words) {
		rq_rich_add(f->rich, RQ_ROLE_NORMAL, " ");
		f->col++;
	}
	begin_line(f);
	f->words = true;
	for (i = 0; i < f->n_chunk; i++)
		put_piece(f, &f->chunk[i]);
	clear_chunk(f);
}

void rq_man_word(struct rq_man_fill *f, enum rq_role role, const char *text, size_t n)
{
	struct rq_man_piece *p;

	if (!n)
		return;
	if (!f->glue || f->n_chunk == RQ_MAN_PIECES)
		flush(f);
	f->glue = false;
	p = &f->chunk[f->n_chunk++];
	rq_str_init(&p->text, 0);
	rq_str_addn(&p->text, text, n);
	p->role = role;
	p->link = NULL;
}

void rq_man_refer(struct rq_man_fill *f, const char *page)
{
	if (!f->n_chunk)
		return;
	rq_free(f->chunk[f->n_chunk - 1].link);
	f->chunk[f->n_chunk - 1].link = rq_strdup(page);
}

void rq_man_break(struct rq_man_fill *f)
{
	flush(f);
	f->glue = false;
	if (f->col)
		end_line(f);
}

void rq_man_space(struct rq_man_fill *f)
{
	rq_man_break(f);
	if (!f->blank)
		end_line(f);
}

void rq_man_column(struct rq_man_fill *f, int col)
{
	flush(f);
	f->glue = false;
	col = room_left(f, col);
	/* A blank at least stands between what is in two columns. */
	if (f->col && f->col + 1 > col)
		end_line(f);
	f->indent = col;
	if (!f->col)
		return;
	rq_rich_addf(f->rich, RQ_ROLE_NORMAL, "%*s", col - f->col, "");
	f->col = col;
	f->words = false;
}

void rq_man_hang(struct rq_man_fill *f, int col)
{
	flush(f);
	f->indent = col;
}

void rq_man_verbatim(struct rq_man_fill *f, enum rq_role role, const char *text, size_t n)
{
	struct rq_man_piece p = { .role = role };

	rq_man_break(f);
	rq_str_init(&p.text, 0);
	rq_str_addn(&p.text, text, n);
	if (n) {
		begin_line(f);
		put_piece(f, &p);
	}
	end_line(f);
	rq_str_release(&p.text);
}
