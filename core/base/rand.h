/* rand.h - randomness from the system, replaceable in tests. */
#ifndef RQ_BASE_RAND_H
#define RQ_BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rq_random(void *buf, size_t n);
uint64_t rq_random_below(uint64_t n);            /* 0 .. n-1, n > 0 */
#define RQ_TOKEN_LEN 33
void rq_token(char out[RQ_TOKEN_LEN]);           /* 32 hex digits: a claim's fence, a request's id */
#define RQ_ULID_LEN 27
void rq_ulid(char out[RQ_ULID_LEN]);             /* 26 characters, sorts by time */
/* A test's own source: fills BUF; NULL restores. */
void rq_random_replace(void (*fill)(void *buf, size_t n));

#endif
