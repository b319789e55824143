/* lines.h - configuration of the console as lines of words: keymaps and themes. */
#ifndef RQ_TUI_LINES_H
#define RQ_TUI_LINES_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
