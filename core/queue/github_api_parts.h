/* github_api_parts.h - what the files of the API client share; nobody else includes it.
 *
 * github_api.c has the calls and their order, github_answer.c what comes of them, github_wire.c what goes over the wire and
 * what it means, github_limit.c what the host lets us do and whether it is there at all, github_cache.c what all processes
 * know. */
#ifndef RQ_QUEUE_GITHUB_API_PARTS_H
#define RQ_QUEUE_GITHUB_API_PARTS_H

#include "core/model/link.h"
#include "core/queue/github_api.h"
#include "core/queue/github_cache.h"
#include "core/sys/wake.h"

enum rq_api_kind { RQ_API_GET, RQ_API_SEND, RQ_API_FILE };
enum rq_api_state {
	RQ_API_READY,           /* at DUE it is looked at */
	RQ_API_WAITING,         /* for the answer to somebody else's request; looked at when that may be there */
	RQ_API_ASKING
};

struct rq_api_call {
	struct rq_api_call *next;
	struct rq_api *a;
	enum rq_api_kind kind;
	enum rq_api_state state;
	rq_api_fn *fn;
	void *ud;
	char *method, *path, *json;
	char *url;                      /* the one that is asked; NULL: the base and PATH */
	unsigned flags;
	int64_t max_age, since, asked_at;       /* wall clock of the call, and of the last request */
	int64_t due, deadline;          /* monotonic */
	int tries, hops;
	bool claimed, probing, redirected, answering;
	char key[RQ_CACHE_KEY_LEN];
	struct rq_cached old;           /* what the cache had when it was asked for */
	struct rq_http_call *http;
	int fd;                         /* of a file */
	int64_t max, got, from;
	void (*progress)(void *ud, int64_t got, int64_t total);
};

struct rq_api {
	struct rq_loop *loop;
	struct rq_http *http, *files;   /* a long download keeps nobody else waiting */
	struct rq_cache *cache;         /* NULL: none */
	struct rq_log *log;
	char *base, *host, *ca, *token, *wake_dir;
	size_t token_n;
	enum rq_forge forge;
	bool no_version;                /* the host does not know ours */
	bool was_blocked;               /* when the timer was set: its end is to be told */
	char me[RQ_CLAIMANT_LEN], bucket[RQ_CACHE_KEY_LEN];
	struct rq_api_call *calls;      /* in the order in which they came */
	struct rq_timer *timer;
	int64_t wrote_at;               /* monotonic: the end of the last write; 0 none */
	bool *freed;                    /* of the innermost callback */
	struct rq_wake *wake;
	void (*changed)(void *ud);
	void *changed_ud;

	struct rq_limits limits;
	struct rq_api_budget budget;
	int64_t paced_at;               /* monotonic: when the pace was worked out; 0 never */
	bool probing;                   /* a request finds out whether the host is back */
	int fails;                      /* since it went away */
	int64_t failed_at, try_at;      /* monotonic */
	struct rq_error why;            /* it cannot be reached */
};

enum { RQ_API_ATTEMPT_MS = 15000 };     /* of one request for a read */

int64_t rq_api_mono(void);

/* --- github_wire.c ------------------------------------------------------------------------- */

const char *rq_api_accept(const struct rq_api *a, unsigned flags);
const char *rq_api_version(const struct rq_api *a);     /* "" none is sent */
/* Send C's request as it stands; FN with C as UD. */
void rq_api_ask(struct rq_api_call *c, rq_http_fn *fn, int64_t timeout_ms);
/* What a status that is no success means, as code and sentence of OUT. Texts of OUT lie in S. */
void rq_api_explain(const struct rq_api_call *c, const struct rq_http_answer *h, struct rq_arena *s, struct rq_api_answer *out);
/* A body that is cut off, or none of the API's: a sentence in E. */
int rq_api_check_body(const struct rq_api_call *c, const struct rq_http_answer *h, struct rq_error *e);
/* Where an answer's Location leads; RQ_EPERM where it may not be followed. The caller frees *url. */
int rq_api_location(const struct rq_api_call *c, const struct rq_http_answer *h, char **url, struct rq_error *e);
/* The path of the next page; *next NULL the last. RQ_EPERM: on another host, or this one again. */
int rq_api_next(const struct rq_api_call *c, const struct rq_http_answer *h, struct rq_arena *s, const char **next,
		struct rq_error *e);
bool rq_api_wants_other_version(const struct rq_http_answer *h);
void rq_api_trace(const struct rq_api_call *c, const struct rq_http_answer *h);
int64_t rq_api_server_time(const struct rq_http_answer *h);     /* 0 not told */

/* --- github_limit.c ------------------------------------------------------------------------ */

/* Whether C may be sent now: RQ_OK, RQ_EBUSY or RQ_EUNREACHABLE with a sentence and when to try again. */
int rq_api_gate(struct rq_api_call *c, struct rq_error *e, int64_t *retry_at);
/* Count an answer of the API's host and take in its limits. true: C was refused because of one; *retry_at when to come
 * again, *e the sentence. */
bool rq_api_meter(struct rq_api_call *c, const struct rq_http_answer *h, struct rq_error *e, int64_t *retry_at);
/* The host answered, or did not. */
void rq_api_is_there(struct rq_api *a);
void rq_api_is_away(struct rq_api_call *c, const struct rq_error *why);
/* Read again what other processes wrote. */
void rq_api_read_limits(struct rq_api *a);
int rq_api_pace(const struct rq_limits *l, int64_t now, int64_t wanted, int64_t minutes);

/* --- github_answer.c ----------------------------------------------------------------------- */

/* The last of C. The callback may free everything. */
void rq_api_answer(struct rq_api_call *c, struct rq_api_answer *out);
/* With what was good last, where there is something. */
void rq_api_answer_error(struct rq_api_call *c, const struct rq_error *e, int64_t retry_at);
void rq_api_show(struct rq_api_answer *out, const struct rq_cached *k);
void rq_api_on_http(void *ud, const struct rq_http_answer *h);
/* What it holds of others: they may go on. */
void rq_api_let_go(struct rq_api_call *c);
void rq_api_unlink(struct rq_api_call *c);
void rq_api_free_call(struct rq_api_call *c);

/* --- github_api.c -------------------------------------------------------------------------- */

void rq_api_look_soon(struct rq_api *a);
/* At those that wait for an answer to KEY; NULL all. */
void rq_api_look_at_waiting(struct rq_api *a, const char *key);
/* Call the listener, soon. */
void rq_api_tell(struct rq_api *a);
/* Say "WHAT KEY" to the other processes. */
void rq_api_wake(struct rq_api *a, const char *what, const char *key);

#endif
