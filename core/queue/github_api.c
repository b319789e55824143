/* github_api.c - the calls of one API host: which is answered from the cache, which waits, which is asked, and in which order.
 *
 * A call is READY until it is looked at; then it is answered, waits for somebody else's answer, or is asked. All looking is
 * done from the loop (look), never from within the functions that make calls. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_api_parts.h"

enum {
	DEADLINE_MS = 30000, SEND_MS = 30000, FILE_MS = 60000,
	LOOK_AGAIN_MS = 100,
	BETWEEN_WRITES_MS = 1000,
	CLAIM_MS = RQ_API_ATTEMPT_MS + 2000,
	REST_MAX_MS = 3600000,
	CONCURRENT = 6, FILES = 3
};

int64_t rq_api_mono(void)
{
	return rq_mono_ns() / 1000000 + 1;
}

static void look(void *ud);

void rq_api_look_soon(struct rq_api *a)
{
	rq_loop_undefer(a->loop, look, a);
	rq_loop_defer(a->loop, look, a);
}

/* --- other processes, and who listens ----------------------------------------------------------- */

static void tell(void *ud)
{
	struct rq_api *a = ud;

	if (a->changed)
		a->changed(a->changed_ud);
}

void rq_api_tell(struct rq_api *a)
{
	rq_loop_undefer(a->loop, tell, a);
	if (a->changed)
		rq_loop_defer(a->loop, tell, a);
}

void rq_api_wake(struct rq_api *a, const char *what, const char *key)
{
	char text[80];

	if (!a->wake_dir)
		return;
	snprintf(text, sizeof text, "%s %s", what, key);
	rq_wake_send(a->wake_dir, "api", text, a->wake);
}

void rq_api_look_at_waiting(struct rq_api *a, const char *key)
{
	for (struct rq_api_call *c = a->calls; c; c = c->next)
		if (c->state == RQ_API_WAITING && (!key || rq_eq(c->key, key)))
			c->due = 0;
	rq_api_look_soon(a);
}

static void on_wake(void *ud, const char *text, size_t n)
{
	struct rq_api *a = ud;

	(void)n;
	rq_api_look_at_waiting(a, NULL);
	/* Somebody reached the host: perhaps we can, too. */
	if (rq_starts(text, "there ") && !a->budget.online)
		a->try_at = rq_api_mono();
	if (rq_starts(text, "limits "))
		rq_api_read_limits(a);
	if (!rq_starts(text, "same "))
		rq_api_tell(a);
}

static void hear(struct rq_api *a)
{
	if (a->wake_dir && !a->wake)
		rq_wake_listen(a->loop, a->wake_dir, "api", on_wake, a, &a->wake, NULL);
}

void rq_api_listen(struct rq_api *a, void (*changed)(void *ud), void *ud)
{
	a->changed = changed;
	a->changed_ud = ud;
	hear(a);
}

/* --- looking at a call --------------------------------------------------------------------------------- */

static void ask(struct rq_api_call *c)
{
	int64_t left = c->deadline - rq_api_mono();

	c->tries++;
	c->asked_at = rq_now();
	c->state = RQ_API_ASKING;
	if (c->kind == RQ_API_GET && !c->old.body)
		rq_cache_find(c->a->cache, c->key, &c->old);
	rq_api_ask(c, rq_api_on_http,
		   c->kind == RQ_API_SEND ? SEND_MS : left >= RQ_API_ATTEMPT_MS ? RQ_API_ATTEMPT_MS : left < 1 ? 1 : left);
}

static bool may_ask(struct rq_api_call *c)
{
	struct rq_error e;
	int64_t retry_at = 0;

	if (!rq_api_gate(c, &e, &retry_at))
		return true;
	rq_api_answer_error(c, &e, retry_at);
	return false;
}

/* Young enough, or asked for since we were. */
static bool is_fresh(const struct rq_api_call *c)
{
	int64_t checked, rest, now = rq_now();

	if (!rq_cache_age(c->a->cache, c->key, &checked, &rest) || checked > now + LOOK_AGAIN_MS)
		return false;
	return c->max_age < 0 || checked > c->since || now - checked < c->max_age ||
	       (c->max_age > 0 && rest > now && rest - now < REST_MAX_MS);
}

static bool answered_from_cache(struct rq_api_call *c)
{
	struct rq_api_answer out = { .cached = true };

	if (c->tries || !is_fresh(c) || !rq_cache_find(c->a->cache, c->key, &c->old))
		return false;
	rq_api_show(&out, &c->old);
	rq_api_answer(c, &out);
	return true;
}

static bool is_asked_here(const struct rq_api_call *c)
{
	for (const struct rq_api_call *o = c->a->calls; o; o = o->next)
		if (o != c && o->claimed && rq_eq(o->key, c->key))
			return true;
	return false;
}

static void wait_for_others(struct rq_api_call *c)
{
	struct rq_error e;

	hear(c->a);
	c->state = RQ_API_WAITING;
	c->due = rq_api_mono() + LOOK_AGAIN_MS;
	if (rq_api_mono() < c->deadline)
		return;
	rq_fail(&e, RQ_EUNREACHABLE, "%s did not answer in time.", c->a->host);
	rq_api_answer_error(c, &e, 0);
}

static void look_at_get(struct rq_api_call *c)
{
	struct rq_api *a = c->a;
	struct rq_error e;

	if (answered_from_cache(c))
		return;
	if (c->max_age < 0) {
		rq_fail(&e, RQ_ENOTFOUND, "Nothing is known of %.200s yet.", c->path);
		rq_api_answer_error(c, &e, 0);
		return;
	}
	/* First of all whether anybody does: who waits asks nothing. */
	if (a->cache && !c->claimed && is_asked_here(c)) {
		wait_for_others(c);
		return;
	}
	if (!may_ask(c))
		return;
	if (a->cache && !rq_cache_claim(a->cache, c->key, a->me, rq_now() + CLAIM_MS)) {
		if (c->probing)
			a->probing = c->probing = false;
		wait_for_others(c);
		return;
	}
	c->claimed = a->cache;
	/* Who asked may have been answered between the first look and the claim. */
	if (!answered_from_cache(c))
		ask(c);
}

/* One write at a time, in their order, and a second between them. */
static bool is_its_turn(struct rq_api_call *c)
{
	struct rq_api *a = c->a;
	int64_t at = a->wrote_at && a->forge == RQ_FORGE_GITHUB ? a->wrote_at + BETWEEN_WRITES_MS : 0;

	for (const struct rq_api_call *o = a->calls; o != c; o = o->next)
		if (o->kind == RQ_API_SEND)
			return false;
	if (at <= rq_api_mono())
		return true;
	c->due = at;
	return false;
}

static void look_at(struct rq_api_call *c)
{
	if (c->kind == RQ_API_GET) {
		look_at_get(c);
	} else if (c->kind == RQ_API_SEND && !is_its_turn(c)) {
		if (c->due <= rq_api_mono())
			c->due = rq_api_mono() + LOOK_AGAIN_MS; /* the end of the one before looks at it sooner */
	} else if (may_ask(c)) {
		ask(c);
	}
}

static void wait_on(struct rq_api *a)
{
	int64_t first = 0, now = rq_api_mono(), blocked = a->limits.blocked_until - rq_now();

	for (struct rq_api_call *c = a->calls; c; c = c->next)
		if (c->state != RQ_API_ASKING && (!first || c->due < first))
			first = c->due > 0 ? c->due : 1;
	/* Its end is worth a word to who listens. */
	a->was_blocked = blocked > 0;
	if (blocked > 0 && (!first || now + blocked < first))
		first = now + blocked + 1;
	if (first)
		rq_timer_start(a->timer, first > now ? first - now : 0, 0);
	else
		rq_timer_stop(a->timer);
}

static struct rq_api_call *next_due(struct rq_api *a)
{
	struct rq_api_call *c = a->calls;

	while (c && (c->state == RQ_API_ASKING || c->due > rq_api_mono()))
		c = c->next;
	return c;
}

static void look(void *ud)
{
	struct rq_api *a = ud;
	struct rq_api_call *c;
	bool freed = false, *outer = a->freed;

	a->freed = &freed;
	while (!freed && (c = next_due(a)))
		look_at(c);
	if (freed) {
		if (outer)
			*outer = true;
		return;
	}
	a->freed = outer;
	wait_on(a);
}

static void on_timer(void *ud)
{
	struct rq_api *a = ud;

	if (a->was_blocked && a->limits.blocked_until <= rq_now())
		rq_api_tell(a);
	look(a);
}

/* --- making calls --------------------------------------------------------------------------------------- */

static struct rq_api_call *new_call(struct rq_api *a, enum rq_api_kind kind, const char *method, const char *path,
				    rq_api_fn *fn, void *ud)
{
	struct rq_api_call *c = rq_alloc(sizeof *c), **p = &a->calls;

	c->a = a;
	c->kind = kind;
	c->fn = fn;
	c->ud = ud;
	c->method = rq_strdup(method);
	c->path = rq_strdup(path);
	c->since = rq_now();
	c->deadline = rq_api_mono() + (kind == RQ_API_FILE ? FILE_MS : DEADLINE_MS);
	while (*p)
		p = &(*p)->next;
	*p = c;
	rq_api_look_soon(a);
	return c;
}

static void key_of(struct rq_api *a, const char *path, unsigned flags, char key[RQ_CACHE_KEY_LEN])
{
	const char *const parts[] = { a->base, path, rq_api_accept(a, flags), rq_api_version(a) };

	rq_cache_key(a->cache, parts, sizeof parts / sizeof *parts, a->token, key);
}

struct rq_api_call *rq_api_get(struct rq_api *a, const char *path, int64_t max_age_ms, unsigned flags, rq_api_fn *fn, void *ud)
{
	struct rq_api_call *c = new_call(a, RQ_API_GET, "GET", path, fn, ud);

	c->max_age = max_age_ms;
	c->flags = flags;
	key_of(a, path, flags, c->key);
	return c;
}

struct rq_api_call *rq_api_send(struct rq_api *a, const char *method, const char *path, const char *json, rq_api_fn *fn,
				void *ud)
{
	struct rq_api_call *c = new_call(a, RQ_API_SEND, method, path, fn, ud);

	if (json && *json)
		c->json = rq_strdup(json);
	return c;
}

struct rq_api_call *rq_api_download(struct rq_api *a, const char *path, int fd, int64_t max,
				    void (*progress)(void *ud, int64_t got, int64_t total), rq_api_fn *fn, void *ud)
{
	struct rq_api_call *c = new_call(a, RQ_API_FILE, "GET", path, fn, ud);

	c->fd = fd;
	c->max = max;
	c->progress = progress;
	return c;
}

void rq_api_drop(struct rq_api_call *c)
{
	if (!c || c->answering)
		return;
	rq_http_drop(c->http);
	rq_api_let_go(c);
	rq_api_unlink(c);
	rq_api_look_at_waiting(c->a, NULL);
	rq_api_free_call(c);
}

int rq_api_cached(struct rq_api *a, const char *path, char **body, size_t *n, char **etag, char **next, int64_t *checked_at)
{
	char key[RQ_CACHE_KEY_LEN];
	struct rq_cached k;

	key_of(a, path, 0, key);
	if (!rq_cache_find(a->cache, key, &k))
		return RQ_ENOTFOUND;
	*body = k.body;
	*n = k.n;
	*etag = rq_strdup(*k.etag ? k.etag : k.sum);
	*next = rq_strdup(k.next);
	*checked_at = k.checked_at;
	k.body = NULL;
	rq_cached_release(&k);
	return RQ_OK;
}

void rq_api_forget(struct rq_api *a, const char *path, unsigned flags)
{
	char key[RQ_CACHE_KEY_LEN];

	key_of(a, path, flags, key);
	rq_cache_forget(a->cache, key);
}

/* --- the object ------------------------------------------------------------------------------------------ */

/* Of the directory of PATH. */
static size_t dir_bytes(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

int rq_api_new(const struct rq_api_options *o, struct rq_api **out, struct rq_error *e)
{
	const char *host = strstr(o->base, "://");
	struct rq_api *a;
	int code = rq_http_check_url(o->base, e);

	*out = NULL;
	if (code)
		return code;
	a = rq_alloc(sizeof *a);
	a->loop = o->loop;
	a->forge = o->forge;
	a->log = o->log;
	a->base = rq_strdup(o->base);
	a->host = rq_strndup(host + 3, strcspn(host + 3, "/?#"));
	a->ca = rq_strdup(o->ca);
	a->wake_dir = o->wake || !o->cache ? rq_strdup(o->wake) : rq_strndup(o->cache, dir_bytes(o->cache));
	a->token = rq_strdup(o->token);
	a->token_n = o->token ? strlen(o->token) : 0;
	a->http = rq_http_new(o->loop, o->max_concurrent ? o->max_concurrent : CONCURRENT);
	a->files = rq_http_new(o->loop, FILES);
	a->cache = o->cache ? rq_cache_new(o->loop, o->cache) : NULL;
	a->timer = rq_timer_new(o->loop, on_timer, a);
	a->limits.limit = a->limits.remaining = -1;
	a->budget.online = true;
	a->budget.pace = 1000;
	rq_cache_claimant(a->me);
	rq_api_read_limits(a);
	*out = a;
	return RQ_OK;
}

void rq_api_free(struct rq_api *a)
{
	if (!a)
		return;
	if (a->freed)
		*a->freed = true;
	while (a->calls)
		rq_api_drop(a->calls);
	rq_loop_undefer(a->loop, look, a);
	rq_loop_undefer(a->loop, tell, a);
	rq_http_free(a->http);
	rq_http_free(a->files);
	rq_wake_free(a->wake);
	rq_timer_free(a->timer);
	rq_cache_free(a->cache);
	if (a->token)
		rq_wipe(a->token, a->token_n);
	rq_free(a->token);
	rq_free(a->base);
	rq_free(a->host);
	rq_free(a->ca);
	rq_free(a->wake_dir);
	rq_free(a);
}
