/* link.h - what the headers of an answer say: the next page, how long to wait, what is left of a limit. Pure.
 *
 * Headers come from whoever answered: a next page is only taken on the host that is talked to already. */
#ifndef RQ_MODEL_LINK_H
#define RQ_MODEL_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/mem.h"

enum { RQ_LINK_MAX = 16384, RQ_URL_MAX = 4096 };    /* bytes that are looked at */

/* URL has BASE's scheme, host and port, and its path is BASE's or below it; no user, no fragment, no way up ("..", also
 * encoded), nothing but printable ASCII. BASE: "https://api.github.com", "https://host/api/v3". */
bool rq_url_below(const char *url, const char *base);

/* The page that a Link header (RFC 8288; NULL or "": none) calls next, absolute, into A; *next NULL where there is none.
 * RQ_EREFUSED when it is not below BASE, RQ_ELIMIT when it is too long. */
int rq_link_next(struct rq_arena *a, const char *header, const char *base, const char **next, struct rq_error *e);

/* The three forms of a date in HTTP. */
bool rq_http_date(const char *s, int64_t *ms);
/* Retry-After: ms from NOW (wall clock of the server, or ours) on, 0 for a date that is over, never more than a day;
 * -1 where it cannot be read, NULL too. */
int64_t rq_retry_after(const char *value, int64_t now);

/* x-ratelimit-*. */
struct rq_rate {
	int64_t limit, remaining, used;     /* -1 not told */
	int64_t reset_at;                   /* ms since the epoch; 0 not told */
	char resource[40];                  /* whose bucket: "core"; "" not told */
};
void rq_rate_init(struct rq_rate *r);
/* Take one header in; false when it is none of these, or makes no sense. NAME in any case. */
bool rq_rate_header(struct rq_rate *r, const char *name, const char *value);

#endif
