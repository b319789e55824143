/* status.h - what relayq says to the operator: one line at the bottom, and the messages so far. */
#ifndef RQ_TUI_STATUS_H
#define RQ_TUI_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"

struct rq_ui;

enum rq_say { RQ_SAY_INFO, RQ_SAY_WARNING, RQ_SAY_ERROR };
enum { RQ_MESSAGES_MAX = 200, RQ_MESSAGE_LEN = 600 };

struct rq_message {
	int64_t at;
	enum rq_say level;
	char *text;
};

struct rq_messages {
	struct rq_message v[RQ_MESSAGES_MAX];   /* a ring; n counts all there ever were */
	size_t n;
	bool shown;                             /* the last one is at the bottom of the screen */
};

void rq_messages_say(struct rq_messages *s, struct rq_ui *ui, enum rq_say level, const char *fmt,
		     ...) RQ_PRINTF(4, 5);
void rq_messages_release(struct rq_messages *s);
/* The one at the bottom; NULL none. */
const struct rq_message *rq_messages_now(const struct rq_messages *s);
/* A key was pressed: what was said has been seen. */
void rq_messages_seen(struct rq_messages *s, struct rq_ui *ui);
/* How many are kept, and the Ith of them, oldest first. */
size_t rq_messages_count(const struct rq_messages *s);
const struct rq_message *rq_messages_at(const struct rq_messages *s, size_t i);

#endif
