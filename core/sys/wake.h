/* wake.h - "something changed": a datagram to every listener of a directory. Losing one costs latency, never a job. */
#ifndef RQ_SYS_WAKE_H
#define RQ_SYS_WAKE_H

#include <stddef.h>
#include "core/sys/loop.h"

struct rq_wake;
typedef void rq_wake_fn(void *ud, const char *text, size_t n); /* the datagram, at most 255 bytes, untrusted */

/* Listen at DIR/NAME.PID-RANDOM.sock. */
int rq_wake_listen(struct rq_loop *l, const char *dir, const char *name, rq_wake_fn *fn, void *ud,
		   struct rq_wake **out, struct rq_error *e);
void rq_wake_free(struct rq_wake *w);
/* Send TEXT to every socket of DIR whose file name starts with PREFIX ("" all). Never waits; sockets that nobody
 * listens to any more are removed. EXCEPT (may be NULL) is left out. */
void rq_wake_send(const char *dir, const char *prefix, const char *text, const struct rq_wake *except);

#endif
