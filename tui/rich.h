/* rich.h - lines of text with roles: what the detail pane, pagers and help are made of. */
#ifndef RQ_TUI_RICH_H
#define RQ_TUI_RICH_H

#include <stddef.h>
#include "core/base/str.h"
#include "tui/theme.h"

struct rq_draw;

struct rq_span {
	size_t off, len;                /* of the text */
	enum rq_role role;
};

struct rq_rich_line {
	size_t span, n_spans;
};

struct rq_rich {
	struct rq_str text;             /* as it came; drawing makes it harmless */
	struct rq_span *spans;
	size_t n_spans, cap_spans;
	struct rq_rich_line *lines;
	size_t n, cap;                  /* at most RQ_RICH_LINES; the rest is dropped */
	bool begun;                     /* the last line may still grow */
};

enum { RQ_RICH_LINES = 200000 };

void rq_rich_init(struct rq_rich *r);
void rq_rich_release(struct rq_rich *r);
void rq_rich_clear(struct rq_rich *r);
/* R has what FROM has, and nothing else. */
void rq_rich_copy(struct rq_rich *r, const struct rq_rich *from);

/* Text at the end of the last line. */
void rq_rich_add(struct rq_rich *r, enum rq_role role, const char *text);
void rq_rich_addn(struct rq_rich *r, enum rq_role role, const char *text, size_t n);
void rq_rich_addf(struct rq_rich *r, enum rq_role role, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Blanks up to column COL of the last line, one at least. */
void rq_rich_tab(struct rq_rich *r, int col);
void rq_rich_end_line(struct rq_rich *r);
/* Text of several lines. */
void rq_rich_block(struct rq_rich *r, enum rq_role role, const char *text, size_t n);
/* "LABEL  value" on a line of its own; nothing where VALUE is "" or NULL. */
void rq_rich_field(struct rq_rich *r, const char *label, enum rq_role role, const char *value);

/* TEXT from column COL on, broken between words where COLS columns are full (0: not broken); the last line may grow. */
void rq_rich_wrap(struct rq_rich *r, enum rq_role role, const char *text, int col, int cols);
/* A field that is broken so. */
void rq_rich_field_wrapped(struct rq_rich *r, const char *label, enum rq_role role, const char *value, int cols);

/* The text of line I appended to OUT. */
void rq_rich_text(const struct rq_rich *r, size_t i, struct rq_str *out);
/* Line I, from its column FROM on. */
void rq_rich_draw(const struct rq_rich *r, size_t i, struct rq_draw *d, int row, int col, int cols,
		  int from);

enum { RQ_RICH_LABEL = 12 };    /* columns of a field's label */

#endif
