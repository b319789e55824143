/* follow.h - a job watched to its end, with or without its log; for `logs -f` and `submit
 * --wait`. */
#ifndef RQ_COMMAND_FOLLOW_H
#define RQ_COMMAND_FOLLOW_H

#include "core/command/impl.h"
#include "core/command/plainlog.h"

struct rq_follow {
	struct rq_cmd *cmd;
	const char *id;                 /* in the command's arena */
	bool print;                     /* the log goes to the sink */
	bool once;                      /* print what is there, do not wait */
	bool one_attempt;               /* ATTEMPT alone, not those that follow it */
	int attempt;                    /* 0: the latest */
	struct rq_plainlog text;
	/* The end. DETAIL: the job, borrowed. The command is ENDED's to finish. */
	void (*ended)(struct rq_follow *f, const struct rq_job_detail *detail);
	/* The user gave up: the log is closed already; ends the command. */
	void (*given_up)(struct rq_follow *f);
	/* private */
	struct rq_joblog *log;
	int64_t off;
	bool printed;                   /* there was something */
	unsigned turn;                  /* of the log, that OFF is of */
	enum rq_logged what;
	const char *job, *source;       /* told last, in the command's arena; NULL none */
};

/* F lives in the command's arena. Returns RQ_CMD_PENDING, or an exit status after saying why. */
int rq_follow_start(struct rq_follow *f);
/* Close what is open; for commands that end before the job does. */
void rq_follow_stop(struct rq_follow *f);

#endif
