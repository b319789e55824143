/* github_answer.c - what came back: kept, confirmed, followed, tried again, or told; and the end of each call. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/queue/github_api_parts.h"

enum {
	TRIES = 4,
	REST_MAX_MS = 3600000,
	HOPS = 4
};

/* --- ending a call -------------------------------------------------------------------------------- */

void rq_api_unlink(struct rq_api_call *c)
{
	struct rq_api_call **p = &c->a->calls;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
}

/* What it holds of others: they may go on. */
void rq_api_let_go(struct rq_api_call *c)
{
	struct rq_api *a = c->a;

	if (c->probing)
		a->probing = false;
	if (c->claimed) {
		rq_cache_unclaim(a->cache, c->key, a->me);
		rq_api_wake(a, "same", c->key);
	}
	c->probing = c->claimed = false;
}

void rq_api_free_call(struct rq_api_call *c)
{
	rq_cached_release(&c->old);
	rq_free(c->method);
	rq_free(c->path);
	rq_free(c->json);
	rq_free(c->url);
	rq_free(c);
}

static void fill(struct rq_api_answer *out)
{
	const char **texts[] = { &out->body, &out->etag, &out->missing, &out->request_id };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!*texts[i])
			*texts[i] = "";
}

/* The last of C. The callback may free everything. */
void rq_api_answer(struct rq_api_call *c, struct rq_api_answer *out)
{
	struct rq_api *a = c->a;
	bool freed = false, *outer = a->freed;

	fill(out);
	rq_api_let_go(c);
	rq_api_unlink(c);
	rq_api_look_at_waiting(a, c->key);
	c->answering = true;
	a->freed = &freed;
	c->fn(c->ud, out);
	rq_api_free_call(c);
	if (!freed)
		a->freed = outer;
	else if (outer)
		*outer = true;
}

void rq_api_show(struct rq_api_answer *out, const struct rq_cached *k)
{
	out->body = k->body;
	out->body_n = k->n;
	out->etag = *k->etag ? k->etag : k->sum;
	out->checked_at = k->checked_at;
	out->server_at = k->server_at;
	out->status = k->status;
	out->next = *k->next ? k->next : NULL;
}

/* With what was good last, where there is something. */
static void answer_failed(struct rq_api_call *c, struct rq_api_answer *out)
{
	int status = out->status;

	if (c->kind == RQ_API_GET && !c->old.body)
		rq_cache_find(c->a->cache, c->key, &c->old);
	if (c->old.body) {
		rq_api_show(out, &c->old);
		out->stale = true;
		out->status = status ? status : c->old.status;
	}
	rq_api_answer(c, out);
}

void rq_api_answer_error(struct rq_api_call *c, const struct rq_error *e, int64_t retry_at)
{
	struct rq_api_answer out = { .code = e->code, .err = *e, .retry_at = retry_at };

	/* What came was no answer of the API; it may have done what was asked. */
	if (c->tries && e->code != RQ_EBUSY)
		out.reach = RQ_HTTP_MAYBE;
	answer_failed(c, &out);
}

/* --- what came back -------------------------------------------------------------------------------- */

static void try_again(struct rq_api_call *c, int64_t in_ms)
{
	c->state = RQ_API_READY;
	c->due = rq_api_mono() + in_ms;
	rq_api_look_soon(c->a);
}

/* Reads are asked again, a little later each time, as long as there is time. */
static bool retried(struct rq_api_call *c)
{
	int64_t wait = INT64_C(1000) << (c->tries - 1);

	wait += (int64_t)rq_random_below((uint64_t)wait / 4);
	if (c->kind == RQ_API_SEND || c->tries >= TRIES || c->got || c->probing || rq_api_mono() + wait >= c->deadline)
		return false;
	rq_free(c->url);
	c->url = NULL;
	c->hops = 0;
	c->redirected = false;
	try_again(c, wait);
	return true;
}

static void network_failed(struct rq_api_call *c, const struct rq_http_answer *h)
{
	struct rq_api_answer out = { .code = h->code, .err = h->err, .reach = h->reach, .storage = c->hops > 0 };

	if (h->code == RQ_EUNREACHABLE && !c->hops)
		rq_api_is_away(c, &h->err);
	/* Where nobody is, once more will do: the operator wants to know. */
	if (h->code == RQ_EUNREACHABLE && !c->old.body && (h->reach != RQ_HTTP_NOT_SENT || c->tries < 2) && retried(c))
		return;
	if (!c->a->budget.online)
		out.retry_at = rq_now() + (c->a->try_at > rq_api_mono() ? c->a->try_at - rq_api_mono() : 0);
	answer_failed(c, &out);
}

/* Until when the host wants to be left in peace about this. */
static int64_t rest_of(const struct rq_http_answer *h, int64_t from)
{
	const char *poll = rq_http_header(h->headers, "x-poll-interval");
	int64_t seconds;

	if (!poll || !rq_parse_i64(poll, &seconds) || seconds <= 0 || seconds > REST_MAX_MS / 1000)
		return 0;
	return from + seconds * 1000;
}

static void store(struct rq_api_call *c, const struct rq_http_answer *h, const struct rq_api_answer *out)
{
	const char *etag = rq_http_header(h->headers, "etag");
	bool same = c->old.body && rq_eq(*c->old.etag ? c->old.etag : c->old.sum, out->etag);
	struct rq_cached k = {
		.body = (char *)(uintptr_t)h->body, .n = h->body_n, .status = h->status, .checked_at = out->checked_at,
		.server_at = out->server_at, .etag = (char *)(uintptr_t)(etag ? etag : ""),
		.sum = (char *)(uintptr_t)(etag ? "" : out->etag), .next = (char *)(uintptr_t)out->next,
		.rest_until = rest_of(h, out->checked_at),
	};

	rq_cache_store(c->a->cache, c->key, &k);
	c->claimed = false;
	rq_api_wake(c->a, same ? "same" : "new", c->key);
}

static void got_body(struct rq_api_call *c, const struct rq_http_answer *h)
{
	struct rq_api_answer out = { .reach = h->reach, .status = h->status, .body = h->body, .body_n = h->body_n };
	const char *etag = rq_http_header(h->headers, "etag");
	char sum[RQ_SHA256_LEN];
	struct rq_arena s = { 0 };
	struct rq_error e;

	out.checked_at = c->asked_at;
	out.server_at = rq_api_server_time(h);
	out.request_id = rq_http_header(h->headers, "x-github-request-id");
	out.etag = etag && *etag ? etag : "";
	if (c->kind != RQ_API_FILE && (h->body_n || c->kind == RQ_API_GET) && rq_api_check_body(c, h, &e)) {
		if (!retried(c))
			rq_api_answer_error(c, &e, 0);
		return;
	}
	if (c->kind == RQ_API_GET && h->status == 200) {
		rq_api_next(c, h, &s, &out.next, &out.err);
		if (!*out.etag)
			out.etag = rq_sha256_text(h->body, h->body_n, sum);
		store(c, h, &out);
	}
	rq_api_answer(c, &out);
	rq_arena_release(&s);
}

static void not_modified(struct rq_api_call *c, const struct rq_http_answer *h)
{
	struct rq_api *a = c->a;
	struct rq_api_answer out = { .reach = h->reach };

	c->old.checked_at = c->asked_at;
	c->old.server_at = rq_api_server_time(h);
	c->old.rest_until = rest_of(h, c->asked_at);
	/* It may have been deleted since. */
	if (!rq_cache_confirm(a->cache, c->key, c->old.checked_at, c->old.server_at, c->old.rest_until))
		rq_cache_store(a->cache, c->key, &c->old);
	c->claimed = false;
	rq_api_wake(a, "same", c->key);
	rq_api_show(&out, &c->old);
	out.request_id = rq_http_header(h->headers, "x-github-request-id");
	rq_api_answer(c, &out);
}

/* Within the API once: a repository that was renamed. A file to its storage, a few times. */
static bool follows(const struct rq_api_call *c, int status)
{
	switch (status) {
	case 301:
	case 302:
	case 303:
	case 308:
		return c->kind == RQ_API_FILE ? c->hops < HOPS : c->kind == RQ_API_GET && !c->redirected;
	case 307:
		return c->kind == RQ_API_FILE ? c->hops < HOPS : !c->redirected;
	default:
		return false;
	}
}

static void redirected(struct rq_api_call *c, const struct rq_http_answer *h)
{
	struct rq_api_answer out = { .reach = h->reach, .status = h->status };
	bool within;
	char *url;

	out.code = rq_api_location(c, h, &url, &out.err);
	if (out.code) {
		out.code = RQ_EUNREACHABLE;
		answer_failed(c, &out);
		return;
	}
	within = !c->hops && rq_url_below(url, c->a->base);
	rq_free(c->url);
	c->url = url;
	if (within && c->redirected) {
		rq_fail(&out.err, RQ_EUNREACHABLE, "%s leads from one place to the next without an end.", c->a->host);
		out.code = out.err.code;
		answer_failed(c, &out);
		return;
	}
	if (within) {
		c->redirected = true;
		rq_log_write(c->a->log, RQ_LOG_INFO, "api: %.200s moved to %.200s", c->path, url);
	} else {
		c->hops++;
	}
	c->state = RQ_API_ASKING;
	rq_api_ask(c, rq_api_on_http, RQ_API_ATTEMPT_MS);
}

static void refused(struct rq_api_call *c, const struct rq_http_answer *h)
{
	struct rq_api_answer out = { .reach = h->reach, .status = h->status, .body = h->body, .body_n = h->body_n };
	struct rq_arena s = { 0 };

	out.request_id = rq_http_header(h->headers, "x-github-request-id");
	out.server_at = rq_api_server_time(h);
	out.storage = c->hops > 0;
	rq_api_explain(c, h, &s, &out);
	/* What stands before the API says that it is not there. */
	if (c->kind == RQ_API_GET && h->status > 501)
		rq_api_is_away(c, &out.err);
	if (out.code == RQ_EUNREACHABLE) {
		out.body = "";
		out.body_n = 0;
		answer_failed(c, &out);
	} else {
		rq_api_answer(c, &out);
	}
	rq_arena_release(&s);
}

void rq_api_on_http(void *ud, const struct rq_http_answer *h)
{
	struct rq_api_call *c = ud;
	struct rq_api *a = c->a;
	struct rq_error e;
	int64_t retry_at;

	c->http = NULL;
	c->got = c->kind == RQ_API_FILE ? h->got : 0;
	if (c->kind == RQ_API_SEND)
		a->wrote_at = rq_api_mono();
	rq_api_trace(c, h);
	if (h->code) {
		network_failed(c, h);
		return;
	}
	if (!c->hops) {
		if (h->status < 500)
			rq_api_is_there(a);
		if (rq_api_meter(c, h, &e, &retry_at)) {
			rq_api_answer_error(c, &e, retry_at);
			return;
		}
		if (!a->no_version && rq_api_wants_other_version(h)) {
			a->no_version = true;
			try_again(c, 0);
			return;
		}
	}
	if (c->kind == RQ_API_FILE && (h->status < 200 || h->status > 299))
		c->got = 0; /* what came was an error's text */
	if (h->status >= 200 && h->status < 300)
		got_body(c, h);
	else if (h->status == 304 && c->kind == RQ_API_GET && c->old.body)
		not_modified(c, h);
	else if (follows(c, h->status))
		redirected(c, h);
	else if (h->status < 500 || !retried(c))
		refused(c, h);
}
