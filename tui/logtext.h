/* logtext.h - a log that may be larger than memory and still grows, as rows found by their offsets.
 *
 * A row begins at 0, behind a newline, or, in a line without end, at each multiple of
 * RQ_LOGTEXT_SEGMENT that has no newline in the segment before it. So every row is at most two
 * segments long and can be found from any place by looking at two segments: nothing depends on what
 * lies further away. */
#ifndef RQ_TUI_LOGTEXT_H
#define RQ_TUI_LOGTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RQ_LOGTEXT_SEGMENT = 65536, RQ_LOGTEXT_GROUPS = 20000 };

/* Up to N bytes at OFF into BUF; returns how many. */
typedef size_t rq_logtext_read(void *ud, int64_t off, char *buf, size_t n);

struct rq_log_group {
	int64_t from,
		to; /* offsets of the group's row, and behind its endgroup; to -1: still open */
};

struct rq_logtext {
	rq_logtext_read *read;
	void *ud;
	int64_t size;
	char *window;
	int64_t window_off;
	size_t window_n;
	/* the index: what lies before `indexed` */
	int64_t indexed;                /* always the start of a row */
	int64_t rows;                   /* that begin before it */
	int64_t *row_of;                /* how many rows begin before each segment */
	size_t n_segments, cap_segments;
	struct rq_log_group *groups;    /* in order */
	size_t n_groups, cap_groups;
};

void rq_logtext_init(struct rq_logtext *t, rq_logtext_read *read, void *ud);
void rq_logtext_release(struct rq_logtext *t);
/* The log has SIZE bytes now. true: it became smaller, is another one, and everything known is
 * forgotten. */
bool rq_logtext_resize(struct rq_logtext *t, int64_t size);

/* The row that begins at OFF < size: its bytes, borrowed until the next call, and where the next
 * row begins, -1: this is the last one. */
const char *rq_logtext_row(struct rq_logtext *t, int64_t off, size_t *n, int64_t *next);
/* Where the row before OFF begins; -1 at the beginning. OFF is a row's start or the size. */
int64_t rq_logtext_before(struct rq_logtext *t, int64_t off);

/* Index at least BYTES more, if there are as many; true: there is more to do. */
bool rq_logtext_index(struct rq_logtext *t, int64_t bytes);
/* The number of the row at OFF, from 1; 0: not indexed yet. */
int64_t rq_logtext_number(struct rq_logtext *t, int64_t off);
/* The finished group that OFF lies in, its own row included; NULL none. */
const struct rq_log_group *rq_logtext_group(const struct rq_logtext *t, int64_t off);

#endif
