/* github_api.h - one API host as one operator sees it: authentication, the cache that this user's processes share, rate
 * limits and the budget. Nothing above this file knows of headers, pages or ETags.
 *
 * A GET has an age: how old the answer may be. What is young enough in cache.db, whichever process asked, costs no request;
 * else one process asks (a claim with an end keeps the others waiting for its answer) with If-None-Match. An answer that did
 * not change costs no points where the host says so. Reads are retried; writes never. */
#ifndef RQ_QUEUE_GITHUB_API_H
#define RQ_QUEUE_GITHUB_API_H

#include <stdarg.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/str.h"
#include "core/model/github.h"          /* enum rq_forge */
#include "core/sys/http.h"

struct rq_api;
struct rq_api_call;

struct rq_api_options {                 /* borrowed until rq_api_new returns */
	struct rq_loop *loop;
	const char *base;               /* "https://api.github.com", no slash at the end */
	enum rq_forge forge;
	const char *token;              /* copied into memory that is wiped; NULL none */
	const char *cache;              /* path of cache.db; NULL: no cache (tests) */
	const char *wake;               /* a directory for wake-ups between processes; NULL: the cache's */
	const char *ca;                 /* NULL */
	struct rq_log *log;             /* NULL; at level debug each request is a line */
	int max_concurrent;             /* 0: 6 */
};

struct rq_api_answer {                  /* borrowed, inside of the callback */
	int code;                       /* RQ_OK for 2xx. RQ_EUNREACHABLE: network, 5xx, timeouts. RQ_EPERM 401 403 (not of
	                                 * limits) 451, RQ_ENOTFOUND 404 410, RQ_ECONFLICT 409, RQ_EUSAGE 400 422,
	                                 * RQ_EBUSY: limits; nothing was sent or it was refused: try again at `retry_at`.
	                                 * RQ_OK with a sentence in err: all is well but the next page, which is not asked */
	struct rq_error err;            /* one sentence: what was asked, what the host said, which permission is missing */
	enum rq_http_reach reach;
	int status;                     /* 0: none. A cached answer has the one it was stored with */
	const char *body;               /* whole; NUL-terminated */
	size_t body_n;
	const char *etag;               /* changes exactly when the body does, also where the host gives none: then a hash */
	int64_t checked_at;             /* wall clock: when the host was asked for what it said */
	int64_t server_at;              /* the host's Date, 0 unknown: for windows that the host's clock decides */
	bool cached;                    /* no request was made now */
	bool stale;                     /* with code != RQ_OK: body is the last good one, from checked_at; "" there is none */
	const char *next;               /* the next page's path (checked: same host, below base), NULL the last */
	int64_t retry_at;               /* wall clock; 0 */
	const char *missing;            /* 403, 404: the permission that the host names ("actions=write"); "" */
	const char *request_id;         /* of the host, for support; "" */
	bool storage;                   /* of a download: it is the storage host that answered, not the API */
};
typedef void rq_api_fn(void *ud, const struct rq_api_answer *a);

enum {
	RQ_API_RAW = 1,                 /* Accept: application/vnd.github.raw+json (file contents) */
	RQ_API_ARRAY = 2                /* only for the reader: the answer is an array */
};

int rq_api_new(const struct rq_api_options *o, struct rq_api **out, struct rq_error *e);
void rq_api_free(struct rq_api *a);     /* drops what is under way */

/* PATH: below the base, with its query: "/repos/acme/media/actions/runs?per_page=100". Names in it are percent-encoded by
 * rq_api_path. MAX_AGE_MS 0: ask now (conditionally); -1: whatever is cached, without a request (RQ_ENOTFOUND none). */
struct rq_api_call *rq_api_get(struct rq_api *a, const char *path, int64_t max_age_ms, unsigned flags, rq_api_fn *fn, void *ud);
/* POST, PUT, PATCH, DELETE. JSON "" or NULL: no body. Writes are at least a second apart; one at a time. Never repeated. */
struct rq_api_call *rq_api_send(struct rq_api *a, const char *method, const char *path, const char *json, rq_api_fn *fn,
				void *ud);
/* GET that answers with a redirect to a storage host (or the file itself): into FD, at most MAX bytes. The redirect's
 * target is https (or this machine, where the API is) and is asked without credentials and without the API's headers.
 * `storage` tells who answered: RQ_ENOTFOUND of the API is an unknown job, of the storage a log that is not there yet.
 * The etag is "". FD stays the caller's, and is written from where it stands. */
struct rq_api_call *rq_api_download(struct rq_api *a, const char *path, int fd, int64_t max,
				    void (*progress)(void *ud, int64_t got, int64_t total), rq_api_fn *fn, void *ud);
/* The same, but of a file that grows, and that this host itself has: its bytes from FROM on. Status 206: they were written;
 * 416: there are none yet (RQ_EUSAGE); 200: the host gave the whole file instead. */
struct rq_api_call *rq_api_download_from(struct rq_api *a, const char *path, int64_t from, int fd, int64_t max, rq_api_fn *fn,
					 void *ud);
void rq_api_drop(struct rq_api_call *c);        /* NULL is fine */
/* What the cache has for PATH now, without waiting: for the first screen. *body, *etag and *next (the next page's path,
 * "" none) are the caller's (rq_free); RQ_ENOTFOUND. */
int rq_api_cached(struct rq_api *a, const char *path, char **body, size_t *n, char **etag, char **next, int64_t *checked_at);
/* "%s" of a format, each argument percent-encoded as one path segment or query value. Into S. Formats know %s and %lld. */
void rq_api_path(struct rq_str *s, const char *format, ...) RQ_PRINTF(2, 3);
void rq_api_vpath(struct rq_str *s, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
/* Drop what the cache has for PATH: it made no sense to its reader, and would be confirmed forever. */
void rq_api_forget(struct rq_api *a, const char *path, unsigned flags);

struct rq_api_budget {
	int64_t limit, remaining;       /* points of the host's bucket "core"; -1 unknown or none */
	int64_t reset_at;               /* wall clock ms; 0 */
	int64_t blocked_until;          /* a limit was met: nothing is sent before; 0 */
	const char *blocked_why;        /* "secondary rate limit", "" */
	int64_t requests, not_modified, points; /* of this process */
	int64_t skew_ms;                /* the host's clock minus ours */
	/* How much slower than wanted to poll so that the points last until the reset, in 1/1000: 1000 as wanted. From what was
	 * spent lately by all processes, a tenth kept for what the operator does. */
	int pace;
	bool online;                    /* the last request was answered */
	const char *error;              /* why not; "" */
};
/* Borrowed until the next turn. */
const struct rq_api_budget *rq_api_budget(struct rq_api *a);
/* CHANGED runs on the loop when another process refreshed something in the cache (a wake-up), or the budget changed. */
void rq_api_listen(struct rq_api *a, void (*changed)(void *ud), void *ud);

#endif
