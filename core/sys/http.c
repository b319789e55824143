/* http.c - requests on the loop: those that wait for a place, those that libcurl carries, and their answers.
 *
 * libcurl tells which descriptors and which time it waits for, and is called when they come. It is never entered from within
 * itself: what the callers are told, they are told behind it, and may then drop or free anything. */
#include "core/sys/http.h"

#include <string.h>
#include "core/base/clock.h"
#include "core/sys/http_private.h"

enum { TIMEOUT_MS = 30000, BODY_MAX = 16 << 20, PROGRESS_MS = 100, CALLS_MAX = 1000 };

/* A descriptor of libcurl's. */
struct sock {
	struct sock *next;
	struct rq_http *h;
	struct rq_watch *watch;
	curl_socket_t fd;
	int events;
};

struct rq_http {
	struct rq_loop *loop;
	struct rq_curl curl;
	CURLM *multi;                           /* NULL: nothing was asked yet */
	struct rq_timer *timer;                 /* libcurl's */
	struct rq_timer *late;                  /* the end of the patience of those that wait */
	struct rq_http_call *waiting, *active;
	int n_waiting, n_active, max;
	unsigned changes;                       /* of the lists */
	int64_t failed_at;                      /* monotonic: the last failure of the network; 0 none */
	struct sock *socks;
	char *ca_path;                          /* what CA was made of; NULL nothing */
	struct rq_str ca;
	bool *freed;                            /* of the innermost callback */
};

static int64_t mono(void)
{
	return rq_mono_ns() / 1000000;
}

/* --- the calls ---------------------------------------------------------------------------- */

static void append(struct rq_http_call **list, struct rq_http_call *c)
{
	while (*list)
		list = &(*list)->next;
	*list = c;
}

/* Out of its list, and out of libcurl. */
static void take_out(struct rq_http_call *c)
{
	struct rq_http *h = c->h;
	struct rq_http_call **at = c->active ? &h->active : &h->waiting;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->next = NULL;
	h->changes++;
	if (c->active) {
		h->curl.multi_remove_handle(h->multi, c->easy);
		rq_http_unprepare(c);
		h->n_active--;
	} else {
		h->n_waiting--;
	}
	c->active = false;
}

static void release(struct rq_http_call *c)
{
	rq_str_release(&c->headers.text);
	rq_str_release(&c->body);
	rq_arena_release(&c->arena);
	rq_free(c);
}

static void pump(void *ud);

static void pump_later(struct rq_http *h)
{
	rq_loop_undefer(h->loop, pump, h);
	if (h->waiting)
		rq_loop_defer(h->loop, pump, h);
}

/* Tell the answer to C, which is in no list any more. false: the callback freed everything. */
static bool answer(struct rq_http_call *c, struct rq_http_answer *a)
{
	struct rq_http *h = c->h;
	bool freed = false, *outer = h->freed;

	a->got = c->got;
	a->took_ms = mono() - c->since;
	if (!a->body)
		a->body = "";
	c->answering = true;
	h->freed = &freed;
	c->fn(c->ud, a);
	release(c);
	if (!freed) {
		h->freed = outer;
		pump_later(h);
	} else if (outer) {
		*outer = true;
	}
	return !freed;
}

static bool refuse(struct rq_http_call *c, const struct rq_error *e)
{
	struct rq_http_answer a;

	memset(&a, 0, sizeof a);
	a.code = e->code;
	a.err = *e;
	take_out(c);
	return answer(c, &a);
}

/* --- libcurl's side ----------------------------------------------------------------------- */

/* All that came to its end. false: a callback freed everything. */
static bool collect(struct rq_http *h)
{
	CURLMsg *m;
	int left;

	while ((m = h->curl.multi_info_read(h->multi, &left))) {
		struct rq_http_call *c = NULL;
		struct rq_http_answer a;

		if (m->msg != CURLMSG_DONE)
			continue;
		memset(&a, 0, sizeof a);
		h->curl.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
		rq_http_judge(c, m->data.result, &a);
		if (a.code == RQ_EUNREACHABLE)
			h->failed_at = mono();
		take_out(c);
		if (!answer(c, &a))
			return false;
	}
	return true;
}

/* false: the callback freed everything. */
static bool tell(struct rq_http_call *c)
{
	struct rq_http *h = c->h;
	bool freed = false, *outer = h->freed;
	curl_off_t total = -1;

	h->curl.easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
	c->told = c->got;
	c->told_at = mono();
	h->freed = &freed;
	c->r.progress(c->ud, c->got, (int64_t)total);
	if (!freed)
		h->freed = outer;
	else if (outer)
		*outer = true;
	return !freed;
}

static bool tell_progress(struct rq_http *h)
{
	unsigned changes = h->changes;

	for (struct rq_http_call *c = h->active; c; c = c->next) {
		if (!c->r.progress || c->told == c->got || mono() - c->told_at < PROGRESS_MS)
			continue;
		if (!tell(c))
			return false;
		if (h->changes != changes)
			break; /* the others next time */
	}
	return true;
}

static void drive(struct rq_http *h, curl_socket_t fd, int what)
{
	int running;

	h->curl.multi_socket_action(h->multi, fd, what, &running);
	if (tell_progress(h))
		collect(h);
}

static void on_timer(void *ud)
{
	drive(ud, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(void *ud, int events, int status)
{
	struct sock *s = ud;
	int what = (events & RQ_READABLE ? CURL_CSELECT_IN : 0) | (events & RQ_WRITABLE ? CURL_CSELECT_OUT : 0);

	drive(s->h, s->fd, status < 0 ? CURL_CSELECT_ERR : what);
}

static int time_wanted(CURLM *m, long ms, void *ud)
{
	struct rq_http *h = ud;

	(void)m;
	if (ms < 0)
		rq_timer_stop(h->timer);
	else
		rq_timer_start(h->timer, ms, 0);
	return 0;
}

static void forget(struct rq_http *h, struct sock *s)
{
	struct sock **p = &h->socks;

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	rq_watch_free(s->watch);
	rq_free(s);
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *ud, void *socket)
{
	struct rq_http *h = ud;
	struct sock *s = socket;
	int events = (what & CURL_POLL_IN ? RQ_READABLE : 0) | (what & CURL_POLL_OUT ? RQ_WRITABLE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			forget(h, s);
		h->curl.multi_assign(h->multi, fd, NULL);
		return 0;
	}
	if (!s) {
		s = rq_alloc(sizeof *s);
		s->h = h;
		s->fd = fd;
		s->next = h->socks;
		h->socks = s;
		h->curl.multi_assign(h->multi, fd, s);
	} else if (s->events == events) {
		return 0;
	}
	rq_watch_free(s->watch);
	s->watch = NULL;
	s->events = events;
	return rq_watch_new(h->loop, (int)fd, events, on_socket, s, &s->watch, NULL) ? -1 : 0;
}

static int start_library(struct rq_http *h, struct rq_error *e)
{
	int code = rq_curl_load(&h->curl, e);

	if (code || h->multi)
		return code;
	h->multi = h->curl.multi_init();
	if (!h->multi)
		return rq_fail(e, RQ_EFAILED, "%s does not start; nothing was asked.", LIBCURL_SONAME);
	h->curl.multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	h->curl.multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	h->curl.multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, time_wanted);
	h->curl.multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	h->curl.multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	return RQ_OK;
}

/* --- from the line to the wire ------------------------------------------------------------ */

static int authorities(struct rq_http *h, const char *path, const struct rq_str **out, struct rq_error *e)
{
	int code;

	*out = NULL;
	if (!path)
		return RQ_OK;
	if (!rq_eq(path, h->ca_path)) {
		rq_str_release(&h->ca);
		rq_free(h->ca_path);
		h->ca_path = NULL;
		code = rq_http_authorities(&h->curl, path, &h->ca, e);
		if (code)
			return code;
		h->ca_path = rq_strdup(path);
	}
	*out = &h->ca;
	return RQ_OK;
}

static int begin(struct rq_http_call *c, struct rq_error *e)
{
	struct rq_http *h = c->h;
	const struct rq_str *ca;
	int code = start_library(h, e);

	if (!code)
		code = authorities(h, c->r.ca, &ca, e);
	/* A connection of HTTP/2 outlives a request that had no answer. After the network went away, or the machine slept, it is
	 * dead, and takes in one request after the other for minutes: none is used that is older than the last failure. */
	if (h->failed_at)
		c->lifetime = (long)((mono() - h->failed_at) / 1000 + 1);
	if (!code)
		code = rq_http_prepare(c, ca, e);
	if (code) {
		rq_http_unprepare(c);
		return code;
	}
	take_out(c);
	append(&h->active, c);
	c->active = true;
	h->n_active++;
	if (h->curl.multi_add_handle(h->multi, c->easy) != CURLM_OK)
		RQ_BUG("libcurl does not take a request");
	return RQ_OK;
}

static void wait_on(struct rq_http *h)
{
	int64_t first = 0;

	for (struct rq_http_call *c = h->waiting; c; c = c->next)
		if (c->until && (!first || c->until < first))
			first = c->until;
	if (first)
		rq_timer_start(h->late, first > mono() ? first - mono() : 0, 0);
	else
		rq_timer_stop(h->late);
}

static void pump(void *ud)
{
	struct rq_http *h = ud;

	while (h->waiting && (h->n_active < h->max || h->waiting->err.code)) {
		struct rq_http_call *c = h->waiting;
		struct rq_error e = c->err;

		if ((e.code || begin(c, &e)) && !refuse(c, &e))
			return;
	}
	wait_on(h);
}

static void on_late(void *ud)
{
	struct rq_http *h = ud;
	struct rq_http_call *c = h->waiting;
	struct rq_error e;

	while (c) {
		if (!c->until || c->until > mono()) {
			c = c->next;
			continue;
		}
		rq_fail(&e, RQ_EUNREACHABLE, "A request to %s waited too long behind others, and was not sent.", c->to.host);
		if (!refuse(c, &e))
			return;
		c = h->waiting; /* the list may be another one */
	}
	wait_on(h);
}

/* --- the API ------------------------------------------------------------------------------ */

struct rq_http *rq_http_new(struct rq_loop *l, int max_concurrent)
{
	struct rq_http *h = rq_alloc(sizeof *h);

	h->loop = l;
	h->max = max_concurrent > 0 ? max_concurrent : 1;
	h->timer = rq_timer_new(l, on_timer, h);
	h->late = rq_timer_new(l, on_late, h);
	return h;
}

static void drop_all(struct rq_http_call **list)
{
	while (*list)
		rq_http_drop(*list);
}

void rq_http_free(struct rq_http *h)
{
	if (!h)
		return;
	if (h->freed)
		*h->freed = true;
	drop_all(&h->active);
	drop_all(&h->waiting);
	rq_loop_undefer(h->loop, pump, h);
	if (h->multi)
		h->curl.multi_cleanup(h->multi);
	while (h->socks)
		forget(h, h->socks);
	if (h->curl.lib)
		h->curl.global_cleanup();
	rq_timer_free(h->timer);
	rq_timer_free(h->late);
	rq_str_release(&h->ca);
	rq_free(h->ca_path);
	rq_free(h);
}

/* A line break in a header would be another header. */
static bool one_line(const char *s)
{
	return !strpbrk(s, "\r\n");
}

static int check(struct rq_http_call *c)
{
	const struct rq_http_request *r = &c->r;
	bool clean = one_line(r->method) && (!r->token || (one_line(r->token) && one_line(r->scheme)));

	for (size_t i = 0; i < r->n_headers; i++)
		clean = clean && one_line(r->headers[i]);
	if (!clean)
		return rq_fail(&c->err, RQ_EUSAGE, "A header or a token has more than one line; nothing was asked.");
	if (c->h->n_waiting > CALLS_MAX)
		return rq_fail(&c->err, RQ_ELIMIT, "More than %d requests wait; nothing was asked.", CALLS_MAX);
	return rq_http_url_read(r->url, &c->to, &c->err);
}

static void copy(struct rq_http_call *c, const struct rq_http_request *r)
{
	const char **lines = rq_arena_alloc(&c->arena, r->n_headers * sizeof *lines);

	c->r = *r;
	c->r.method = rq_arena_str(&c->arena, r->method ? r->method : "GET");
	c->r.url = rq_arena_str(&c->arena, r->url);
	c->r.scheme = rq_arena_str(&c->arena, r->scheme ? r->scheme : "Bearer");
	c->r.ca = rq_arena_str(&c->arena, r->ca);
	for (size_t i = 0; i < r->n_headers; i++)
		lines[i] = rq_arena_str(&c->arena, r->headers[i]);
	c->r.headers = lines;
	if (!c->r.body_max)
		c->r.body_max = BODY_MAX;
}

struct rq_http_call *rq_http_start(struct rq_http *h, const struct rq_http_request *r, rq_http_fn *fn, void *ud)
{
	struct rq_http_call *c = rq_alloc(sizeof *c);

	c->h = h;
	c->curl = &h->curl;
	c->fn = fn;
	c->ud = ud;
	copy(c, r);
	rq_str_init(&c->body, c->r.body_max);
	c->since = mono();
	if (!r->to_fd)
		c->until = c->since + (r->timeout_ms > 0 ? r->timeout_ms : TIMEOUT_MS);
	check(c);
	append(&h->waiting, c);
	h->n_waiting++;
	pump_later(h);
	return c;
}

void rq_http_drop(struct rq_http_call *c)
{
	struct rq_http *h;

	if (!c || c->answering)
		return;
	h = c->h;
	take_out(c);
	release(c);
	pump_later(h);
}
