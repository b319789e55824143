/* github_limit.c - what the host lets us do, how fast to ask so that it lasts, and whether the host is there at all. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_api_parts.h"

enum {
	MINUTE = 60000,
	SECONDARY_MS = MINUTE, SECONDARY_MAX_MS = 15 * MINUTE,
	BLOCK_MAX_MS = 2 * 60 * MINUTE, /* what is further away is of a clock gone wrong */
	PACE_MINUTES = 10, PACE_EVERY_MS = 5000, PACE_MAX = 1000000,
	WRITE_AGAIN_MS = 2000,
	SKEW_MS = 2000                  /* Date has whole seconds */
};

/* --- away ------------------------------------------------------------------------------------- */

void rq_api_is_there(struct rq_api *a)
{
	if (a->budget.online)
		return;
	a->budget.online = true;
	a->fails = 0;
	a->why.code = RQ_OK;
	rq_api_wake(a, "there", "");
	rq_api_tell(a);
}

void rq_api_is_away(struct rq_api_call *c, const struct rq_error *why)
{
	static const int64_t again[] = { 2000, 5000, 10000, 30000, 60000 };
	struct rq_api *a = c->a;
	bool known = !a->budget.online && rq_api_mono() < a->try_at;

	a->failed_at = rq_api_mono();
	a->why = *why;
	/* Several that were under way at once are one failure. */
	if (!known) {
		a->try_at = a->failed_at + again[a->fails < 4 ? a->fails : 4];
		a->fails++;
	}
	if (a->budget.online) {
		a->budget.online = false;
		rq_api_tell(a);
	}
}

static int away(struct rq_api_call *c, struct rq_error *e, int64_t *retry_at)
{
	struct rq_api *a = c->a;
	int64_t now = rq_api_mono(), at = a->try_at;

	/* What an operator does is worth an attempt of its own. */
	if (c->kind == RQ_API_SEND && a->failed_at + WRITE_AGAIN_MS < at)
		at = a->failed_at + WRITE_AGAIN_MS;
	if (a->budget.online || c->tries)
		return RQ_OK;
	if (!a->probing && now >= at) {
		a->probing = c->probing = true;
		return RQ_OK;
	}
	*e = a->why;
	*retry_at = rq_now() + (at > now ? at - now : 1000);
	return e->code;
}

/* --- limits ------------------------------------------------------------------------------------- */

static int blocked(const struct rq_api *a, struct rq_error *e)
{
	char when[RQ_TIME_LEN];

	return rq_fail(e, RQ_EBUSY, "%s wants no requests for %s (%s).", a->host,
		       rq_duration_text(a->limits.blocked_until - rq_now(), when), a->limits.why);
}

int rq_api_gate(struct rq_api_call *c, struct rq_error *e, int64_t *retry_at)
{
	struct rq_api *a = c->a;
	int64_t now = rq_now();

	rq_api_read_limits(a);
	if (a->limits.blocked_until > now && a->limits.blocked_until - now < BLOCK_MAX_MS) {
		*retry_at = a->limits.blocked_until;
		return blocked(a, e);
	}
	return away(c, e, retry_at);
}

static void read_rate(const struct rq_http_answer *h, struct rq_rate *r)
{
	static const char *const names[] = { "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-used",
					     "x-ratelimit-reset", "x-ratelimit-resource" };

	rq_rate_init(r);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = rq_http_header(h->headers, names[i]);

		if (value)
			rq_rate_header(r, names[i], value);
	}
}

static bool is_core(const struct rq_rate *r)
{
	return !*r->resource || rq_ieq(r->resource, "core");
}

static void block(struct rq_api *a, int64_t until, const char *why)
{
	if (until > a->limits.blocked_until || a->limits.blocked_until <= rq_now()) {
		a->limits.blocked_until = until;
		a->limits.seen_at = rq_now();
		rq_copy(a->limits.why, sizeof a->limits.why, why);
	}
	rq_api_tell(a);
}

static bool says_secondary(const struct rq_http_answer *h)
{
	struct rq_arena s = { 0 };
	struct rq_gh_refusal r;

	rq_gh_refusal_parse(&s, h->body, h->body_n, &r);
	rq_arena_release(&s);
	return r.secondary_limit;
}

/* When to come again after a refusal for a limit, in the documented order; 0: it is not for a limit. */
static int64_t limited_until(struct rq_api *a, const struct rq_http_answer *h, const struct rq_rate *r, const char **why,
			     bool *all)
{
	int64_t now = rq_now(), server = rq_api_server_time(h), wait;

	if (h->status != 403 && h->status != 429)
		return 0;
	*all = true;
	*why = "rate limit";
	wait = rq_retry_after(rq_http_header(h->headers, "retry-after"), server ? server : now);
	if (wait >= 0) {
		*why = r->remaining == 0 ? "rate limit" : "secondary rate limit";
		return now + (wait < 1000 ? 1000 : wait);
	}
	if (r->remaining == 0 && r->reset_at) {
		wait = r->reset_at - (server ? server : now);
		*all = is_core(r);
		return now + (wait < 0 ? 0 : wait) + 1000;
	}
	if (h->status != 429 && !says_secondary(h))
		return 0;
	*why = "secondary rate limit";
	wait = (int64_t)SECONDARY_MS << (a->limits.strikes < 4 ? a->limits.strikes : 4);
	a->limits.strikes++;
	return now + (wait < SECONDARY_MAX_MS ? wait : SECONDARY_MAX_MS);
}

static void take_rate(struct rq_api *a, const struct rq_http_answer *h, const struct rq_rate *r)
{
	int64_t now = rq_now(), server = rq_api_server_time(h), skew = server ? server - (now - h->took_ms / 2) : 0;

	if (server)
		a->budget.skew_ms = skew > -SKEW_MS && skew < SKEW_MS ? 0 : skew;
	if (r->limit < 0 || r->remaining < 0 || !is_core(r))
		return;
	a->limits.limit = r->limit;
	a->limits.remaining = r->remaining;
	a->limits.reset_at = r->reset_at ? r->reset_at - a->budget.skew_ms : 0;
	a->limits.seen_at = now;
	/* The next one would be refused, and refusals are held against us. */
	if (r->remaining == 0 && a->limits.reset_at > now)
		block(a, a->limits.reset_at + 1000, "rate limit");
}

bool rq_api_meter(struct rq_api_call *c, const struct rq_http_answer *h, struct rq_error *e, int64_t *retry_at)
{
	struct rq_api *a = c->a;
	int spent = h->status == 304 && a->token ? 0 : 1;
	const char *why = "";
	struct rq_rate r;
	bool all = true;

	read_rate(h, &r);
	a->budget.requests++;
	a->budget.not_modified += h->status == 304;
	a->budget.points += spent;
	take_rate(a, h, &r);
	*retry_at = limited_until(a, h, &r, &why, &all);
	if (*retry_at && all)
		block(a, *retry_at, why);
	else if (h->status < 400)
		a->limits.strikes = 0;
	rq_cache_begin(a->cache);
	rq_cache_set_limits(a->cache, a->bucket, &a->limits);
	if (spent)
		rq_cache_spend(a->cache, a->bucket, rq_now(), spent, (int64_t)spent * a->budget.pace);
	rq_cache_end(a->cache);
	if (!*retry_at)
		return false;
	if (all) {
		rq_api_wake(a, "limits", "");
		blocked(a, e);
	} else {
		rq_fail(e, RQ_EBUSY, "%s allows no more of these for now (%s of %s).", a->host, why, r.resource);
	}
	return true;
}

void rq_api_read_limits(struct rq_api *a)
{
	const char *const parts[] = { "limits", a->base };
	struct rq_limits l;

	/* Each time: when the cache was made anew, it has another name in it. */
	rq_cache_key(a->cache, parts, 2, a->token, a->bucket);
	if (rq_cache_limits(a->cache, a->bucket, &l) && l.seen_at >= a->limits.seen_at)
		a->limits = l;
}

/* --- the pace ----------------------------------------------------------------------------------- */

/* WANTED/1000 points in so many MINUTES are what polling as wanted takes. Half of what is left is always there, so that it
 * becomes slower and slower and never stops. */
int rq_api_pace(const struct rq_limits *l, int64_t now, int64_t wanted, int64_t minutes)
{
	int64_t left = l->remaining - l->limit / 10, pace;

	if (l->limit <= 0 || l->remaining < 0 || l->reset_at <= now)
		return 1000;
	if (left < l->remaining / 2)
		left = l->remaining / 2;
	pace = wanted * ((l->reset_at - now + MINUTE - 1) / MINUTE) / (minutes > 0 ? minutes : 1) / (left > 0 ? left : 1);
	return pace < 1000 ? 1000 : pace > PACE_MAX ? PACE_MAX : (int)pace;
}

static void work_out_pace(struct rq_api *a)
{
	int64_t now = rq_api_mono(), wanted, minutes;
	int pace;

	if (a->paced_at && now - a->paced_at < PACE_EVERY_MS)
		return;
	a->paced_at = now;
	rq_api_read_limits(a);
	rq_cache_spent(a->cache, a->bucket, rq_now(), PACE_MINUTES, &wanted, &minutes);
	pace = rq_api_pace(&a->limits, rq_now(), wanted, minutes);
	a->budget.pace = pace;
}

const struct rq_api_budget *rq_api_budget(struct rq_api *a)
{
	struct rq_api_budget *b = &a->budget;

	work_out_pace(a);
	b->limit = a->limits.limit;
	b->remaining = a->limits.remaining;
	b->reset_at = a->limits.reset_at;
	b->blocked_until = a->limits.blocked_until > rq_now() ? a->limits.blocked_until : 0;
	b->blocked_why = b->blocked_until ? a->limits.why : "";
	b->error = b->online ? "" : a->why.msg;
	/* A window that is over says nothing about the next. */
	if (b->reset_at && b->reset_at <= rq_now())
		b->remaining = b->limit;
	return b;
}
