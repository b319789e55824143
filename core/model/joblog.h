/* joblog.h - what the file of a job's log holds, and finding a place of one text in another of the same log. */
#ifndef RQ_MODEL_JOBLOG_H
#define RQ_MODEL_JOBLOG_H

#include <stddef.h>
#include <stdint.h>

enum rq_logged {
	RQ_LOGGED_NOTHING,              /* there is no file yet */
	RQ_LOGGED_STEPS,                /* not the job's lines but what is known of it, in the same format */
	RQ_LOGGED_LIVE,                 /* the job's lines as they come; some may be missing */
	RQ_LOGGED_WHOLE
};

/* A text that can be read anywhere. READ: up to N bytes at OFF; returns how many. */
struct rq_log_text {
	size_t (*read)(void *ud, int64_t off, char *buf, size_t n);
	void *ud;
	int64_t size;
};
/* Where in NOW that lies which was at OFF of OLD: two texts of one log, of which either may lack lines that the other has.
 * Lines are known by their times, which never go back, and their first bytes. Of what is not there: the first line after
 * it. Without a line with a time before OFF: 0. Reads little, however long they are. */
int64_t rq_log_place(const struct rq_log_text *old, const struct rq_log_text *now, int64_t off);

#endif
