/* regex.h - regular expressions (PCRE2 behind it), with limits so that a hostile subject cannot
 * hang us. */
#ifndef RQ_BASE_REGEX_H
#define RQ_BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"

struct rq_regex;

enum {
	RQ_REGEX_ICASE = 1,
	RQ_REGEX_SMARTCASE = 2, /* ICASE unless the pattern has an upper-case letter */
	RQ_REGEX_LINES = 4,     /* the subject is many lines: ^ and $ are theirs, and a CR is none of a line */
	RQ_REGEX_BYTES = 8,     /* the subject is bytes, not UTF-8; the pattern has to be ASCII */
	RQ_REGEX_VALID = 16     /* the caller has found each subject valid UTF-8: it is not looked at again */
};
enum { RQ_REGEX_NOMATCH = 0, RQ_REGEX_MATCH = 1, RQ_REGEX_LIMIT = -1 };

/* UTF mode with invalid bytes allowed to simply not match; \C is refused; JIT where there is
 * one. */
int rq_regex_new(const char *pattern, unsigned flags, struct rq_regex **out, struct rq_error *e);
/* The same, but E says what is wrong alone ("missing closing parenthesis") and *at is the byte of PATTERN where. */
int rq_regex_new_at(const char *pattern, unsigned flags, struct rq_regex **out, size_t *at, struct rq_error *e);
bool rq_regex_caseless(const struct rq_regex *r);       /* as a whole: smart case or ICASE made it so */
/* Give up a match after so many ways that were tried in vain, instead of 100,000. */
void rq_regex_limit(struct rq_regex *r, unsigned ways);
void rq_regex_free(struct rq_regex *r);
/* Search SUBJECT from START. On a match *from and *to (may be NULL) are byte offsets. */
int rq_regex_find(struct rq_regex *r, const char *subject, size_t n, size_t start, size_t *from,
		  size_t *to);
/* The same in a piece of a longer subject: what is cut off there is no beginning, or no end, to ^ and $. */
enum { RQ_REGEX_NOT_BEGIN = 1, RQ_REGEX_NOT_END = 2 };
int rq_regex_find_in(struct rq_regex *r, const char *subject, size_t n, size_t start, unsigned cut, size_t *from,
		     size_t *to);

#endif
