/* shim_mask.h - finding secrets in a stream of bytes, also when they come in pieces. */
#ifndef RQ_AGENT_SHIM_MASK_H
#define RQ_AGENT_SHIM_MASK_H

#include <stdbool.h>
#include <stddef.h>

enum { RQ_MASK_MAX = 256, RQ_MASK_LEN = 4096 };

struct rq_mask {
	size_t n;
	struct { const char *s; size_t len; } v[RQ_MASK_MAX];   /* longest first */
	unsigned char starts[256];      /* whether a secret begins with that byte */
};

/* Hide SECRET from now on: as a whole if it is one line, else each of its lines of 4 bytes or more. Kept, not copied. */
void rq_mask_add(struct rq_mask *m, const char *secret);
/* Look at N bytes. Returns how many at the front hold no secret and no beginning of one. *found: length of the secret
 * behind them, 0 if what follows (up to the end) may be the beginning of one, when more is still to come (MORE). */
size_t rq_mask_scan(const struct rq_mask *m, const char *p, size_t n, bool more, size_t *found);

#endif
