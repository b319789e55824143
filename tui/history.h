/* history.h - what was typed before, newest last: kept for the next console, and shared by those that run now.
 *
 * A file of lines, readable by its owner alone. Consoles append to it one line at a time under a lock that nobody waits for,
 * and shorten it now and then. What may hold a secret is remembered while the console runs and never written. */
#ifndef RQ_TUI_HISTORY_H
#define RQ_TUI_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

enum { RQ_HISTORY_MAX = 500, RQ_HISTORY_BYTES = 4096 /* of one line that is written */ };

struct rq_history;
/* PATH: the file, which need not be there; NULL: nothing is kept. It is read at the first rq_history_refresh. */
struct rq_history *rq_history_new(const char *path);
void rq_history_free(struct rq_history *h);
/* A line that begins with a blank is not remembered, nor one like the last. */
void rq_history_add(struct rq_history *h, const char *text);
/* Takes over what other consoles have added. */
void rq_history_refresh(struct rq_history *h);
/* The STEPth newest entry, from 1, that begins with PREFIX; NULL none. */
const char *rq_history_get(const struct rq_history *h, size_t step, const char *prefix);
/* Where a line that is typed has come to in it: 0 at what was typed, else at the STEPth entry, ALL or of those that begin so. */
struct rq_recall {
	bool all;
	size_t step;
	char *typed;
};
/* To an older entry (DIRECTION 1) or back (-1) from NOW, which is in the line; NULL: there is none. */
const char *rq_recall_go(struct rq_recall *r, const struct rq_history *h, const char *now, int direction);
/* The newest entry from the *STEPth on, from 1, that has TEXT in it; *step becomes its own. NULL none. */
const char *rq_history_find(const struct rq_history *h, size_t *step, const char *text);
/* Whether a command line has in it what nobody should find in a file: values of variables, tokens, passwords. */
bool rq_history_secret(const char *text);

#endif
