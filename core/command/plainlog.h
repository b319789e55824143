/* plainlog.h - a job's log file as its reader wants it: without time stamps, or the job's own
 * output alone.
 *
 * Byte order marks at the beginnings of lines are dropped: GitHub's logs are joined from parts that begin with one.
 * Works on pieces of any size; what has no line end yet is passed on as soon as it is clear what
 * it is. */
#ifndef RQ_COMMAND_PLAINLOG_H
#define RQ_COMMAND_PLAINLOG_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/str.h"

struct rq_plainlog {
	bool stamps;            /* keep the time stamps: nothing is changed at all */
	bool own;               /* the job's own output: without what relayq says around it */
	int preambles;          /* with OWN: relayq's opening groups still to come, one a step */
	/* private */
	int state;
	bool in_preamble;
	size_t n;
	char head[48];          /* the beginning of a line that is not understood yet */
	struct rq_str errors;   /* with OWN: "##[error]" lines that may be relayq's last words */
};

/* Append what S brings to OUT. */
void rq_plainlog_feed(struct rq_plainlog *t, const char *s, size_t n, struct rq_str *out);
/* The log is complete. ERRORS gets relayq's closing lines, without "##[error]" (with OWN; else
 * nothing). */
void rq_plainlog_end(struct rq_plainlog *t, struct rq_str *out, struct rq_str *errors);

#endif
