/* http.h - requests on the loop (libcurl behind it, loaded at the first request).
 *
 * One object a process is enough: connections are kept and shared, HTTP/2 where the server has it. It follows no
 * redirect, keeps no cookie, reads no .netrc, and checks certificates always. An address is https, or http of this machine
 * (127.0.0.1, ::1, localhost). Each request is answered once, on the loop, never inside the call that began it. */
#ifndef RQ_SYS_HTTP_H
#define RQ_SYS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/sys/loop.h"

struct rq_http;
struct rq_http_call;

struct rq_http_request {
	const char *method;             /* NULL: GET */
	const char *url;
	size_t n_headers;
	const char *const *headers;     /* "Name: value"; never the credentials */
	const char *token;              /* NULL: none. Sent as "Authorization: SCHEME TOKEN" to the host of URL alone */
	const char *scheme;             /* NULL: "Bearer" */
	const char *body;               /* NULL: none */
	size_t body_n;
	const char *ca;                 /* a file with further authorities; NULL: the system's alone */
	int64_t timeout_ms;             /* of the whole; 0: 30 s. With FD: of 60 s without a byte */
	size_t body_max;                /* of the answer; 0: 16 MiB. More is RQ_ELIMIT */
	int fd;                         /* with TO_FD the body of a 2xx answer is written there as it comes; stays the caller's */
	bool to_fd;
	int64_t file_max;               /* of that */
	void (*progress)(void *ud, int64_t got, int64_t total); /* NULL; total -1: unknown. At most 10 times a second */
};

/* How far a request came: whether the server may have acted on it. */
enum rq_http_reach {
	RQ_HTTP_NOT_SENT,               /* no connection, no TLS: certainly nothing was done */
	RQ_HTTP_MAYBE,                  /* it left, and no whole answer came */
	RQ_HTTP_ANSWERED
};

struct rq_http_answer {                 /* borrowed, inside of the callback */
	int code;                       /* RQ_OK for each whole answer, whatever its status; RQ_EUNREACHABLE, RQ_ELIMIT, ... */
	struct rq_error err;
	enum rq_http_reach reach;
	int status;
	const char *body;               /* NUL-terminated; "" with TO_FD and a 2xx status */
	size_t body_n;
	int64_t got;                    /* bytes of the body */
	const struct rq_http_headers *headers;
	int64_t took_ms;
	int version;                    /* 10, 11, 20 */
};
typedef void rq_http_fn(void *ud, const struct rq_http_answer *a);

/* Of the last header block; NAME without regard to case. NULL: there is none. */
const char *rq_http_header(const struct rq_http_headers *h, const char *name);

struct rq_http *rq_http_new(struct rq_loop *l, int max_concurrent);
/* What is under way is dropped without an answer. */
void rq_http_free(struct rq_http *h);
/* Strings of R are copied, but body and token: these live until the answer. Never NULL; a refusal is answered later. */
struct rq_http_call *rq_http_start(struct rq_http *h, const struct rq_http_request *r, rq_http_fn *fn, void *ud);
/* No answer comes any more. NULL is fine. */
void rq_http_drop(struct rq_http_call *c);
/* Whether URL may be asked: https, or http to this machine; no user, no control bytes. RQ_EUSAGE with a sentence. */
int rq_http_check_url(const char *url, struct rq_error *e);
/* "libcurl 8.5.0 (OpenSSL/3.0.11, nghttp2/1.52.0)" or why it cannot be loaded; for doctor. */
const char *rq_http_library(void);

#endif
