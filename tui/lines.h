/* lines.h - configuration of the console as lines of words: keymaps and themes. */
#ifndef RQ_TUI_LINES_H
#define RQ_TUI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"
#include "core/base/str.h"

enum { RQ_LINE_WORDS = 8, RQ_LINE_MAX = 1024 };

/* Start with text and n set and the rest zero. Empty lines and those that begin with # are passed
 * over. */
struct rq_lines {
	const char *text;
	size_t n, off;
	int number;                     /* of the line given last, from 1 */
	char line[RQ_LINE_MAX];         /* that line; longer ones are cut */
};

/* The next line's words, at most MAX: the last holds the rest of the line as it is. They live until
 * the next call. */
bool rq_lines_next(struct rq_lines *l, char **words, size_t max, size_t *count);

/* What is wrong in a file: the first as an error, all of them (RQ_MISTAKES at most) as lines. */
enum { RQ_MISTAKES = 20 };
struct rq_mistakes {
	struct rq_error first;          /* code 0: nothing is wrong */
	size_t n;                       /* also of those that were too many */
	struct rq_str *all;             /* "FILE:LINE: what\n" each; NULL: only the first is wanted */
};
void rq_mistake(struct rq_mistakes *m, const char *file, const struct rq_lines *at, const struct rq_error *what);
/* RQ_OK, or RQ_EUSAGE and *e is the first. */
int rq_mistakes_end(const struct rq_mistakes *m, struct rq_error *e);

#endif
