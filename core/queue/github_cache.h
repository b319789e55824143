/* github_cache.h - cache.db: what the hosts of APIs said last, shared by all processes of the user.
 *
 * It may be deleted at any time, also while it is in use; a damaged one is made anew. Nothing here fails: what cannot be read
 * is not there, and what cannot be written is asked again. All functions take NULL for "no cache". Times: wall clock. */
#ifndef RQ_QUEUE_GITHUB_CACHE_H
#define RQ_QUEUE_GITHUB_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/sys/loop.h"

struct rq_cache;

enum { RQ_CACHE_KEY_LEN = 33 };

/* A good answer. Strings are the owner's: rq_cached_release. */
struct rq_cached {
	char *body;             /* NULL: none */
	size_t n;
	char *etag;             /* of the host, sent back as it is; "" none */
	char *sum;              /* of the body, where the host gives no etag; "" */
	char *next;             /* path of the next page; "" the last */
	int status;
	int64_t checked_at, server_at;
	int64_t rest_until;     /* the host wants no question before */
};
void rq_cached_release(struct rq_cached *c);

/* What a host lets one token do. */
struct rq_limits {
	int64_t limit, remaining, reset_at, seen_at;    /* -1 unknown; seen_at: when it was told */
	int64_t blocked_until;
	int strikes;                    /* secondary limits without an end, one behind the other */
	char why[32];                   /* "", "rate limit", "secondary rate limit" */
};

/* L may be NULL: then nobody keeps the file short. Never NULL. */
struct rq_cache *rq_cache_new(struct rq_loop *l, const char *path);
void rq_cache_free(struct rq_cache *c);

/* The name under which an answer is kept: its parts and the token's fingerprint, with the salt of this cache. */
void rq_cache_key(struct rq_cache *c, const char *const *parts, size_t n, const char *token, char key[RQ_CACHE_KEY_LEN]);

bool rq_cache_find(struct rq_cache *c, const char *key, struct rq_cached *out);
/* When it was last checked and until when it rests, without the body; false: no good answer is there. */
bool rq_cache_age(struct rq_cache *c, const char *key, int64_t *checked_at, int64_t *rest_until);

/* Ask in the name of all until UNTIL. false: another process or object does. ME: rq_cache_claimant. */
bool rq_cache_claim(struct rq_cache *c, const char *key, const char *me, int64_t until);
void rq_cache_unclaim(struct rq_cache *c, const char *key, const char *me);
enum { RQ_CLAIMANT_LEN = 48 };
void rq_cache_claimant(char me[RQ_CLAIMANT_LEN]);

/* What belongs together is written together; in between rq_cache_begin and _end. */
void rq_cache_begin(struct rq_cache *c);
void rq_cache_end(struct rq_cache *c);
/* Both end the claim. Confirm: the answer that is there still holds; false: it is not there any more. */
void rq_cache_store(struct rq_cache *c, const char *key, const struct rq_cached *a);
bool rq_cache_confirm(struct rq_cache *c, const char *key, int64_t checked_at, int64_t server_at, int64_t rest_until);
void rq_cache_forget(struct rq_cache *c, const char *key);

/* Points by BUCKET, a host and a token: SPENT were, at a pace at which WANTED/1000 would have been. */
void rq_cache_spend(struct rq_cache *c, const char *bucket, int64_t now, int spent, int64_t wanted);
/* Of the last MINUTES; *minutes: of how many there is something, at least 1. WANTED in 1/1000 points. */
void rq_cache_spent(struct rq_cache *c, const char *bucket, int64_t now, int minutes, int64_t *wanted, int64_t *of_minutes);
bool rq_cache_limits(struct rq_cache *c, const char *bucket, struct rq_limits *out);
void rq_cache_set_limits(struct rq_cache *c, const char *bucket, const struct rq_limits *l);

#endif
