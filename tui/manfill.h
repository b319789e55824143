/* manfill.h - text filled into lines as it comes, piece by piece: the lower half of the renderer of manual pages. */
#ifndef RQ_TUI_MANFILL_H
#define RQ_TUI_MANFILL_H

#include "tui/rich.h"

/* Where a reference stands, for who follows it. */
struct rq_man_link {
	size_t line;
	int col, cols;
	char *page;                     /* "relayq-drain.1" */
};

struct rq_man_links {
	struct rq_man_link *v;
	size_t n, cap;
};

/* A piece of a chunk: text with one look. */
struct rq_man_piece {
	struct rq_str text;
	enum rq_role role;
	char *link;                     /* NULL none */
};

enum { RQ_MAN_PIECES = 24 };

/* Pieces without a blank between them are a chunk, which is not broken unless a line is too short for it. */
struct rq_man_fill {
	struct rq_rich *rich;
	struct rq_man_links *links;
	int cols, indent, col;          /* col: of the line that is being filled; 0: it has not begun */
	bool words;                     /* there is a word before, from which the next is set apart */
	bool glue;                      /* no blank before the next piece */
	bool blank;                     /* the last line is blank, or there is none */
	struct rq_man_piece chunk[RQ_MAN_PIECES];
	size_t n_chunk;
};

void rq_man_fill_init(struct rq_man_fill *f, struct rq_rich *rich, struct rq_man_links *links, int cols);
void rq_man_fill_release(struct rq_man_fill *f);
/* One word; a blank goes before it unless GLUE is set. */
void rq_man_word(struct rq_man_fill *f, enum rq_role role, const char *text, size_t n);
/* The word just given refers to PAGE. */
void rq_man_refer(struct rq_man_fill *f, const char *page);
/* Ends the line, if one has begun. */
void rq_man_break(struct rq_man_fill *f);
/* A blank line, if the last one is not blank. */
void rq_man_space(struct rq_man_fill *f);
/* Goes on in column COL of this line, or of the next where it is full up to there. */
void rq_man_column(struct rq_man_fill *f, int col);
/* The lines after this one begin in column COL. */
void rq_man_hang(struct rq_man_fill *f, int col);
/* A line as it stands. */
void rq_man_verbatim(struct rq_man_fill *f, enum rq_role role, const char *text, size_t n);

#endif
