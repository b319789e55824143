/* outbox.h - which queues have submissions that were kept and wait to be sent: for processes that open no such queue else. */
#ifndef RQ_QUEUE_OUTBOX_H
#define RQ_QUEUE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/mem.h"

/* Changes when the outbox in the state directory STATE may have changed; 0 there is none. Two looks at a directory's entry. */
int64_t rq_outbox_stamp(const char *state);
/* The names of these queues, in A. Opens the outbox for the moment. */
size_t rq_outbox_queues(const char *state, struct rq_arena *a, const char ***names);

#endif
