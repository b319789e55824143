/* line.h - a line of text being edited: UTF-8, with the keys that shells have. Pure: no terminal.
 */
#ifndef RQ_TUI_LINE_H
#define RQ_TUI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RQ_LINE_BYTES = 65536 };

struct rq_line {
	char *s;                        /* always terminated */
	size_t n, cap, at;              /* at: the cursor, in bytes, between characters */
	char *killed; /* by ctrl-k, ctrl-u, ctrl-w; back by ctrl-y; NULL nothing */
};

void rq_line_init(struct rq_line *l, const char *text);
void rq_line_release(struct rq_line *l);
void rq_line_set(struct rq_line *l, const char *text);  /* the cursor at its end */
/* Text at the cursor; control characters are dropped, newlines become blanks. */
void rq_line_insert(struct rq_line *l, const char *text, size_t n);
/* true: the key belongs to editing. *changed: the text is another one. */
bool rq_line_key(struct rq_line *l, uint32_t key, bool *changed);

#endif
