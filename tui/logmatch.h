/* logmatch.h - which of many rows match a pattern.
 *
 * What is searched is what is seen of a row: its text without the time in front and without colours; of a row that has
 * other control characters, what the filter of untrusted text makes of it. GitHub's marks (##[error]) count as text, so
 * that one can search for them; ^ also means the place behind one.
 *
 * Rows are not looked at one by one. Where the pattern allows, it is run over many at once, and only rows in which it
 * finds something there are looked at in this exact way. A line longer than RQ_LOGMATCH_LONG is searched in pieces that
 * overlap, for some patterns take time that grows with the square of the length. */
#ifndef RQ_TUI_LOGMATCH_H
#define RQ_TUI_LOGMATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/str.h"

enum { RQ_LOGMATCH_LONG = 8192, RQ_LOGMATCH_OVERLAP = 2048 };

struct rq_regex;

struct rq_logmatch {
	struct rq_regex *line;  /* of a row's text */
	struct rq_regex *block; /* finds rows that may match, among many; NULL: each has to be looked at */
	struct rq_regex *literal; /* a text that each match holds, where that is faster; NULL none */
	unsigned vain;          /* rows that were found by it alone, less those it found well */
	bool utf;               /* that one needs valid UTF-8 */
	char must;              /* what matches holds it; 0 none is known */
	bool anchored;          /* the pattern asks for the beginning */
	struct rq_str clean;    /* one row's text */
	struct rq_str joined;   /* the texts of rows whose bytes are not what is seen */
	uint32_t *rows;         /* which they are: places in `joined` and in the rows, by turns */
	size_t n_rows, cap_rows;
	size_t piece;           /* bytes for `block` at once: more and more, while that is quick */
	bool long_row;          /* it met one that has to be searched in pieces */
	int slow;               /* how often in a row it was not */
	bool no_returns;        /* the rows are known to have no carriage return; set by the caller */
	unsigned costly;        /* rows that were given up, for they took too long */
};

/* Places of rows, from the beginning of what was searched, in order. */
struct rq_logrows {
	uint32_t *v;
	size_t n, cap;
};

/* FLAGS: RQ_REGEX_ICASE, RQ_REGEX_SMARTCASE. */
int rq_logmatch_init(struct rq_logmatch *m, const char *pattern, unsigned flags, struct rq_error *e);
void rq_logmatch_release(struct rq_logmatch *m);
/* Whether one row does. */
bool rq_logmatch_row(struct rq_logmatch *m, const char *row, size_t n);
/* Appends those of the rows in S (N bytes, less than 1 GiB, newlines between the rows) that match. false: the pattern takes
 * so long here that it was given up: more than MOST_NS of computing. */
bool rq_logmatch_rows(struct rq_logmatch *m, const char *s, size_t n, int64_t most_ns, struct rq_logrows *out);

#endif
