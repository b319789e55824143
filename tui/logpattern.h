/* logpattern.h - how a pattern may be searched for in many rows at once. */
#ifndef RQ_TUI_LOGPATTERN_H
#define RQ_TUI_LOGPATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum rq_logpattern {
	RQ_LOGPATTERN_BYTES,    /* in bytes: nothing in it stands for a certain number of characters */
	RQ_LOGPATTERN_UTF,      /* in valid UTF-8 */
	RQ_LOGPATTERN_ROWS      /* not: it asks what is beside it, or cannot be told from such a one */
};

/* A row in which PATTERN matches is found by searching many rows with it, in the way told here: each path to a match that
 * there is in the row, there is among them too. So it holds nothing that denies (a look-ahead that must fail, possessive
 * and atomic parts), nor asks for the beginning of the row, before which there is a time. That more is found does not
 * matter: rows that are found are looked at again. */
enum rq_logpattern rq_logpattern_kind(const char *pattern);

/* The longest text that whatever matches holds, as far as that is plain from the pattern. */
struct rq_logliteral {
	char s[64];
	size_t n, at;           /* bytes, and where it is in the pattern */
	char rare;              /* the byte of all such texts that is rarest in logs */
};
/* false: there is none. CASELESS: as a whole; letters are none then. */
bool rq_logpattern_literal(const char *pattern, bool caseless, struct rq_logliteral *out);

#endif
