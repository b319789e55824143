/* shim_log.h - a job's log, as it is written: lines with a time stamp, as GitHub's logs have them.
 *
 *   2026-11-21T18:02:21.1234567Z text
 *
 * What the job writes is on its way to the file at once, also a line without its end; only a tail that may be the
 * beginning of a secret is held back, and for a moment a line that may be a workflow command (::error::...).
 * The log never stops the job: beyond its limit bytes are cut, on a full disk they are lost, both are counted and said. */
#ifndef RQ_AGENT_SHIM_LOG_H
#define RQ_AGENT_SHIM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/agent/shim_mask.h"

enum { RQ_LOG_BUF = 65536, RQ_LOG_COMMAND_MAX = 8192, RQ_LOG_COMMAND_MS = 150 };

struct rq_shim_log {
	const char *path;
	int fd;                         /* -1: could not be opened yet */
	int64_t max, used;              /* of the job's own bytes */
	int64_t cut, lost;
	bool cutting;                   /* the limit is reached and said */
	bool gap;                       /* bytes were lost since the last that was written */
	bool in_line;                   /* the file's last line has no end yet */
	bool at_start;                  /* so has the input's: the next byte begins a line */
	struct rq_mask masks;
	char own_masks[16384];          /* what ::add-mask:: named */
	size_t n_own_masks;
	char held[RQ_MASK_LEN];         /* the possible beginning of a secret */
	size_t n_held;
	char command[RQ_LOG_COMMAND_MAX];       /* the possible beginning of a workflow command */
	size_t n_command;
	int64_t command_ms;             /* boot clock: since when */
	char stop_word[64];             /* ::stop-commands::WORD: until ::WORD:: */
	int64_t stamp_s;                /* the second that STAMP was made for */
	char stamp[32];
	char out[RQ_LOG_BUF];
	size_t n_out;
};

/* Open PATH (made with 0600, appended to). A log that cannot be opened is tried again later. */
void rq_shim_log_open(struct rq_shim_log *l, const char *path, int64_t max);
/* Bytes of the job. */
void rq_shim_log_feed(struct rq_shim_log *l, const char *p, size_t n);
/* A line of our own, after ending the job's: PREFIX, TEXT (masked) and SUFFIX. TEXT may have several lines: each
 * gets them. */
void rq_shim_log_say(struct rq_shim_log *l, const char *prefix, const char *text, const char *suffix);
/* Into the file. */
void rq_shim_log_flush(struct rq_shim_log *l);
/* When held-back text must be shown at the latest (boot ms), 0: nothing is held. */
int64_t rq_shim_log_due(const struct rq_shim_log *l);
/* Show what is overdue at NOW. */
void rq_shim_log_tick(struct rq_shim_log *l, int64_t now);
/* End the job's last line; nothing is held afterwards. */
void rq_shim_log_end_input(struct rq_shim_log *l);
/* Say what was cut; the last flush. */
void rq_shim_log_close(struct rq_shim_log *l);

#endif
