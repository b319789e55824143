/* logsearch.h - all rows of a log that match, found a piece at a time. */
#ifndef RQ_TUI_LOGSEARCH_H
#define RQ_TUI_LOGSEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "tui/logtext.h"

enum { RQ_LOGSEARCH_MAX = 100000 };

struct rq_logsearch {
	struct rq_regex *regex;         /* NULL: there is no search */
	char *pattern;
	bool errors; /* the search for errors: rows marked as such match as well */
	int64_t scanned;                /* rows before it have been looked at */
	int64_t *hits;                  /* rows, in order */
	size_t n, cap;
};

void rq_logsearch_release(struct rq_logsearch *s);
/* PATTERN NULL: errors. A pattern that makes no sense leaves the search as it is. */
int rq_logsearch_begin(struct rq_logsearch *s, const char *pattern, struct rq_error *e);
/* Looks at BYTES more; true: there is more to do. */
bool rq_logsearch_step(struct rq_logsearch *s, struct rq_logtext *t, int64_t bytes);
/* The log is another one. */
void rq_logsearch_restart(struct rq_logsearch *s);
/* The first hit at or behind OFF, or the last one before it; -1 none so far. *index counts from 0.
 */
int64_t rq_logsearch_from(const struct rq_logsearch *s, int64_t off, size_t *index);
int64_t rq_logsearch_until(const struct rq_logsearch *s, int64_t off, size_t *index);

#endif
