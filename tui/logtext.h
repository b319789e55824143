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

enum { RQ_LOGTEXT_SEGMENT = 65536, RQ_LOGTEXT_GROUPS = 200000 };

/* Up to N bytes at OFF into BUF; returns how many. */
typedef size_t rq_logtext_read(void *ud, int64_t off, char *buf, size_t n);

struct rq_log_group {
	int64_t from, to;               /* offsets of the group's row, and behind its endgroup; to -1: still open */
};

/* Bytes of the log that lie in memory. */
struct rq_logtext_window {
	char *s;
	int64_t off;
	size_t n;
};

struct rq_logtext {
	rq_logtext_read *read;
	void *ud;
	int64_t size;
	struct rq_logtext_window near, far; /* for what is seen, and for what goes through all of it */
	/* the index: what lies before `indexed`, a number for each segment */
	int64_t counted;                /* bytes that were looked at */
	int64_t indexed;                /* the last row that begins before or at it */
	int64_t rows;                   /* that begin before `indexed` */
	bool ended_line;                /* there is a newline in what was counted of the segment */
	int64_t *row_of;                /* how many rows begin before each segment */
	size_t n_segments, cap_segments;
	bool *returns;                  /* whether there are carriage returns in it */
	size_t cap_returns;
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
/* Where the row begins that the byte at OFF lies in; OFF is brought into the log. */
int64_t rq_logtext_at(struct rq_logtext *t, int64_t off);
/* The first row that begins at or behind OFF; the size: there is none. */
int64_t rq_logtext_first(struct rq_logtext *t, int64_t off);
/* Whether the last row has its newline. */
bool rq_logtext_ended(struct rq_logtext *t);
/* All rows that begin at OFF, which is a row's start, or behind it in the same segment: their bytes, with the newlines
 * between them, borrowed until the next such call or rq_logtext_index. *next: where the row behind them begins, or the
 * size. */
const char *rq_logtext_rows(struct rq_logtext *t, int64_t off, size_t *n, int64_t *next);

/* logindex.c. Index for US microseconds; true: there is more to do. Nothing above needs it. */
bool rq_logtext_index(struct rq_logtext *t, int64_t us);
/* Whether it is known that none of the bytes from OFF to END is a carriage return. */
bool rq_logtext_no_returns(const struct rq_logtext *t, int64_t off, int64_t end);
int rq_logtext_progress(const struct rq_logtext *t);    /* percent of the log */
/* How many rows are known, the last one included, that may still grow. */
int64_t rq_logtext_count(const struct rq_logtext *t);
/* The number of the row at OFF, from 1; 0: not indexed yet. */
int64_t rq_logtext_number(struct rq_logtext *t, int64_t off);
/* Where row NUMBER, from 1, begins; -1: it is not indexed yet, or there is none. */
int64_t rq_logtext_line(struct rq_logtext *t, int64_t number);
/* The finished group that OFF lies in, its own row included; NULL none. */
const struct rq_log_group *rq_logtext_group(const struct rq_logtext *t, int64_t off);

/* The bytes from OFF to TO, as many as there are, in W; if they are not in it, it takes up to CAP in from FROM on. For these
 * files. */
const char *rq_logtext_look(struct rq_logtext *t, struct rq_logtext_window *w, int64_t from, size_t cap, int64_t off,
			    int64_t to, size_t *n);

#endif
