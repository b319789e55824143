/* Lines of text with roles. */
#include "tui/rich.h"

#include <stdarg.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/draw.h"

enum { WRAP_MIN = 20 };

void rq_rich_init(struct rq_rich *r)
{
	memset(r, 0, sizeof *r);
	rq_str_init(&r->text, 0);
}

void rq_rich_release(struct rq_rich *r)
{
	rq_str_release(&r->text);
	rq_free(r->spans);
	rq_free(r->lines);
	memset(r, 0, sizeof *r);
}

void rq_rich_clear(struct rq_rich *r)
{
	rq_str_clear(&r->text);
	r->n_spans = r->n = 0;
	r->begun = false;
}

void rq_rich_copy(struct rq_rich *r, const struct rq_rich *from)
{
	size_t i;

	rq_rich_clear(r);
	rq_str_addn(&r->text, rq_str_get(&from->text), from->text.len);
	for (i = 0; i < from->n_spans; i++) {
		RQ_GROW(r->spans, r->n_spans, &r->cap_spans);
		r->spans[r->n_spans++] = from->spans[i];
	}
	for (i = 0; i < from->n; i++) {
		RQ_GROW(r->lines, r->n, &r->cap);
		r->lines[r->n++] = from->lines[i];
	}
	r->begun = from->begun;
}

static struct rq_rich_line *line_to_grow(struct rq_rich *r)
{
	if (!r->begun) {
		if (r->n >= RQ_RICH_LINES)
			return NULL;
		RQ_GROW(r->lines, r->n, &r->cap);
		r->lines[r->n++] = (struct rq_rich_line){ r->n_spans, 0 };
		r->begun = true;
	}
	return &r->lines[r->n - 1];
}

void rq_rich_addn(struct rq_rich *r, enum rq_role role, const char *text, size_t n)
{
	struct rq_rich_line *line = line_to_grow(r);
	size_t off = r->text.len;

	if (!line)
		return;
	rq_str_addn(&r->text, text, n);
	if (r->text.len == off)
		return;
	RQ_GROW(r->spans, r->n_spans, &r->cap_spans);
	r->spans[r->n_spans++] = (struct rq_span){ off, r->text.len - off, role };
	line->n_spans++;
}

void rq_rich_add(struct rq_rich *r, enum rq_role role, const char *text)
{
	rq_rich_addn(r, role, text, strlen(text));
}

void rq_rich_addf(struct rq_rich *r, enum rq_role role, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = rq_vfmt(fmt, ap);
	va_end(ap);
	rq_rich_add(r, role, s);
	rq_free(s);
}

void rq_rich_text(const struct rq_rich *r, size_t i, struct rq_str *out)
{
	const struct rq_rich_line *line = &r->lines[i];
	size_t k;

	for (k = 0; k < line->n_spans; k++) {
		const struct rq_span *s = &r->spans[line->span + k];

		rq_text_clean(out, r->text.s + s->off, s->len, false);
	}
}

void rq_rich_tab(struct rq_rich *r, int col)
{
	struct rq_str s;
	int used;

	if (!line_to_grow(r))
		return;
	rq_str_init(&s, 0);
	rq_rich_text(r, r->n - 1, &s);
	used = rq_text_width(rq_str_get(&s));
	rq_str_release(&s);
	do
		rq_rich_add(r, RQ_ROLE_NORMAL, " ");
	while (++used < col);
}

void rq_rich_end_line(struct rq_rich *r)
{
	line_to_grow(r);
	r->begun = false;
}

void rq_rich_block(struct rq_rich *r, enum rq_role role, const char *text, size_t n)
{
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t len = end ? (size_t)(end - text) : n;

		rq_rich_addn(r, role, text, len);
		if (!end)
			break;
		rq_rich_end_line(r);
		text += len + 1;
		n -= len + 1;
	}
}

void rq_rich_field(struct rq_rich *r, const char *label, enum rq_role role, const char *value)
{
	if (!value || !*value)
		return;
	rq_rich_add(r, RQ_ROLE_LABEL, label);
	rq_rich_tab(r, RQ_RICH_LABEL);
	rq_rich_add(r, role, value);
	rq_rich_end_line(r);
}

void rq_rich_wrap(struct rq_rich *r, enum rq_role role, const char *text, int col, int cols)
{
	int room = cols - col > WRAP_MIN ? cols - col : cols ? WRAP_MIN : 0;

	while (*text) {
		size_t n = room ? rq_text_break(text, room) : strlen(text);

		rq_rich_tab(r, col);
		rq_rich_addn(r, role, text, n);
		text += n;
		if (*text)
			rq_rich_end_line(r);
	}
}

void rq_rich_field_wrapped(struct rq_rich *r, const char *label, enum rq_role role, const char *value, int cols)
{
	if (!value || !*value)
		return;
	rq_rich_add(r, RQ_ROLE_LABEL, label);
	rq_rich_wrap(r, role, value, RQ_RICH_LABEL, cols);
	rq_rich_end_line(r);
}

void rq_rich_draw(const struct rq_rich *r, size_t i, struct rq_draw *d, int row, int col, int cols,
		  int from)
{
	const struct rq_rich_line *line = &r->lines[i];
	static const struct rq_runs plain;
	struct rq_str clean;
	int at = -from;
	size_t k;

	rq_str_init(&clean, 0);
	for (k = 0; k < line->n_spans && at < cols; k++) {
		const struct rq_span *s = &r->spans[line->span + k];
		int width, left = at < 0 ? 0 : at;

		rq_str_clear(&clean);
		rq_text_clean(&clean, r->text.s + s->off, s->len, rq_draw_ascii(d));
		width = rq_text_width(rq_str_get(&clean));
		if (at + width > 0 && rq_draw_styled(d, row, col + left, cols - left, s->role,
						     rq_str_get(&clean), &plain, at < 0 ? -at : 0))
			rq_draw_more(d, row, col, cols);
		at += width;
	}
	rq_str_release(&clean);
}
