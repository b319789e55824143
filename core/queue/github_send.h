/* github_send.h - one submission on its way: from a command, or from the outbox. For github_dispatch.c, _flush.c, _look.c. */
#ifndef RQ_QUEUE_GITHUB_SEND_H
#define RQ_QUEUE_GITHUB_SEND_H

#include "core/base/rand.h"
#include "core/queue/github_outbox.h"
#include "core/queue/github_source.h"

struct gh_send;
/* What came of it. The row says the rest. */
enum gh_sent {
	GH_SENT_RUN,                    /* its run is known: s->run */
	GH_SENT_KEPT,                   /* it stands in the outbox, and goes on there */
	GH_SENT_REFUSED,                /* s->err; no row, or a failed one */
	GH_SENT_OTHER                   /* another process has it */
};
typedef void gh_sent_fn(struct gh_send *s, enum gh_sent how);

struct gh_send {
	struct gh_reading r;            /* and its operation */
	struct gh_out row;
	struct gh_out_write write;
	bool stored;                    /* the row stands in the table */
	bool keeps;                     /* a refusal for good leaves a failed row: nobody is there to be told */
	int64_t run;
	struct rq_error err;
	int64_t until;                  /* mono ms: so long it is worth to wait for the run of an unsure row */
	const char *login;              /* of the token's owner, "" none; NULL not asked */
	gh_sent_fn *sent;
	const struct rq_submission *sub;        /* of a command; NULL */
	size_t i;
	char holder[RQ_TOKEN_LEN];
};

/* After gh_read: whether the row could be sent as the workflow is now. */
int gh_send_check(struct gh_send *s, struct rq_error *e);
/* Read the workflow, check and send the row, which is new. */
void gh_send_row(struct gh_send *s, gh_sent_fn *sent);
/* The row is unsure: look for its run until s->until, once at least. github_look.c */
void gh_look(struct gh_send *s, gh_sent_fn *sent);
/* Write the row as it is now, if it still is in state FROM and of the version that was read. */
void gh_send_store(struct gh_send *s, enum gh_out_state from, gh_written_fn *then);
/* The run is known: written down, then GH_SENT_RUN. */
void gh_send_found(struct gh_send *s, int64_t run);
void gh_send_init(struct gh_send *s);
void gh_send_release(struct gh_op *op);

#endif
