/* logsearch.h - the rows of a log that match: how many, which number one has, and the next one in either direction.
 *
 * Kept is a number for each segment; the rows of the segment that was asked about last are found again when needed. */
#ifndef RQ_TUI_LOGSEARCH_H
#define RQ_TUI_LOGSEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "tui/logmatch.h"
#include "tui/logtext.h"

/* Takes the rows out of ROWS, places from FROM on, that are not to be found. */
typedef void rq_logsearch_keep(void *ud, int64_t from, struct rq_logrows *rows);

struct rq_logsearch {
	char *pattern;                  /* NULL: there is no search */
	rq_logsearch_keep *keep;        /* NULL: all rows that match are found */
	void *keep_ud;
	bool gave_up;                   /* the pattern takes too long: what is not counted yet never will be */
	struct rq_logmatch match;
	/* counting goes from the beginning to the end */
	int64_t scanned;                /* rows before it are counted */
	int64_t found;                  /* rows among them that match */
	uint32_t *in_segment;           /* how many of them begin in each segment */
	size_t n_segments, cap_segments;
	bool tail;                      /* the last row, which has not ended, matches as it is */
	int64_t tail_size;              /* the log's size then */
	/* the rows of one segment that match */
	struct rq_logrows rows;
	int64_t rows_of, rows_size;     /* where they are counted from, a row's start, and the log's size then; of -1: none */
	int64_t rows_end;               /* where the row behind them begins */
};

/* What came of looking for a row. */
enum rq_logfound {
	RQ_LOGFOUND_NONE,
	RQ_LOGFOUND_HIT,
	RQ_LOGFOUND_MORE                /* not yet known: ask again, from where it has come to */
};

void rq_logsearch_release(struct rq_logsearch *s);
/* PATTERN NULL: errors. A pattern that makes no sense leaves the search as it is. */
int rq_logsearch_begin(struct rq_logsearch *s, const char *pattern, struct rq_error *e);
/* The log is another one, or others of its rows are to be found. */
void rq_logsearch_restart(struct rq_logsearch *s);
/* Others of the rows behind OFF are: they are counted anew. */
void rq_logsearch_rewind(struct rq_logsearch *s, struct rq_logtext *t, int64_t off);

/* Counts on, for US microseconds; true: there is more to do. */
bool rq_logsearch_step(struct rq_logsearch *s, struct rq_logtext *t, int64_t us);
int rq_logsearch_progress(const struct rq_logsearch *s, const struct rq_logtext *t);   /* percent that is counted */
int64_t rq_logsearch_count(const struct rq_logsearch *s);      /* rows that match, so far */
/* The number of the match at OFF, from 1; 0: it is not counted yet, or no match. */
int64_t rq_logsearch_number(struct rq_logsearch *s, struct rq_logtext *t, int64_t off);

/* The first row at or behind *off (any place of the log) that matches, or the last one that begins before it (the size:
 * of all). *off is then where it begins. Takes about US microseconds at most and does not wait for the counting: it looks
 * at what lies between, skipping what is counted to have none. */
enum rq_logfound rq_logsearch_next(struct rq_logsearch *s, struct rq_logtext *t, int64_t *off, int64_t us);
enum rq_logfound rq_logsearch_previous(struct rq_logsearch *s, struct rq_logtext *t, int64_t *off, int64_t us);
/* Whether the row at OFF does. */
bool rq_logsearch_hits(struct rq_logsearch *s, struct rq_logtext *t, int64_t off);

#endif
