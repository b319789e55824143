/* draw.h - the screen: text in a role at a row and a column. Everything drawn is made harmless
 * first; nothing is drawn outside the screen. A frame is begun, drawn whole, and ended; curses
 * sends only what differs. */
#ifndef RQ_TUI_DRAW_H
#define RQ_TUI_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/text.h"
#include "tui/theme.h"

struct rq_draw;

/* THEME is borrowed and may change; COLOURS as rq_term_colours says. */
struct rq_draw *rq_draw_new(const struct rq_theme *theme, int colours, bool ascii);
void rq_draw_free(struct rq_draw *d);
bool rq_draw_ascii(const struct rq_draw *d);
void rq_draw_set_ascii(struct rq_draw *d, bool ascii);

/* For those who listen to the screen: no lines and no signs are drawn, words alone. */
bool rq_draw_reader(const struct rq_draw *d);
void rq_draw_set_reader(struct rq_draw *d, bool reader);

void rq_draw_begin(struct rq_draw *d);
/* Puts the frame on the terminal. */
void rq_draw_end(struct rq_draw *d);

/* TEXT in at most WIDTH columns, with an ellipsis where it is cut. Returns the columns used. */
int rq_draw_text(struct rq_draw *d, int row, int col, int width, enum rq_role role,
		 const char *text);
/* TEXT where all of it fits before column END. Returns the column behind it, COL where it does not fit. */
int rq_draw_piece(struct rq_draw *d, int row, int col, int end, enum rq_role role, const char *text);
/* As rq_draw_text, filled with blanks to WIDTH; RIGHT aligns the text to the right. */
void rq_draw_cell(struct rq_draw *d, int row, int col, int width, enum rq_role role,
		  const char *text, bool right);
void rq_draw_fill(struct rq_draw *d, int row, int col, int width, enum rq_role role);
void rq_draw_rule(struct rq_draw *d, int row, int col, int width, enum rq_role role);
void rq_draw_vertical(struct rq_draw *d, int row, int col, int height, enum rq_role role);
/* Clean text with colours of its own, as rq_text_styled gives it, from its column FROM on; ROLE
 * where it has none. true: there is more of it than fits. */
bool rq_draw_styled(struct rq_draw *d, int row, int col, int width, enum rq_role role,
		    const char *text, const struct rq_runs *runs, int from);
/* The sign for that, in the last of WIDTH columns. */
void rq_draw_more(struct rq_draw *d, int row, int col, int width);
/* Gives the WIDTH columns at (row, col) another look, over the text that stands there. */
void rq_draw_over(struct rq_draw *d, int row, int col, int width, enum rq_role role);
/* Where the cursor blinks after this frame; without it there is none. */
void rq_draw_cursor(struct rq_draw *d, int row, int col);

/* X(NAME, UTF-8, ASCII) */
#define RQ_GLYPH_LIST(X) \
	X(ELLIPSIS, "\xe2\x80\xa6", "~") X(RULE, "\xe2\x94\x80", "-") \
	X(VERTICAL, "\xe2\x94\x82", "|") X(CURSOR, "\xe2\x96\xb8", ">") \
	X(MARK, "\xe2\x80\xa2", "*") X(DOWN, "\xe2\x96\xbe", "v") X(UP, "\xe2\x96\xb4", "^") \
	X(IN_PROGRESS, "\xe2\x97\x8f", "*") X(QUEUED, "\xe2\x97\x8b", "o") \
	X(WAITING, "\xe2\x97\x8c", ".") X(SUCCESS, "\xe2\x9c\x93", "+") \
	X(FAILURE, "\xe2\x9c\x97", "x") X(CANCELLED, "\xe2\x8a\x98", "/") \
	X(SKIPPED, "\xe2\x86\xb7", ">") X(TIMED_OUT, "\xe2\x97\xb7", "T") \
	X(ARROW, "\xe2\x86\x92", "->") \
	X(HAND, "\xc2\xbb", ">") X(FOLDED, "\xe2\x96\xb8", "[+]") X(OPEN, "\xe2\x96\xbe", "[-]") \
	X(MORE, "\xe2\x80\xba", ">") X(WATCHED, "\xe2\x97\x89", "@")
enum rq_glyph {
#define X(id, wide, ascii) RQ_GLYPH_##id,
	RQ_GLYPH_LIST(X)
#undef X
	RQ_GLYPH_N
};
const char *rq_glyph(const struct rq_draw *d, enum rq_glyph g);

#endif
