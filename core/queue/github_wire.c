/* github_wire.c - what goes over the wire, and what comes back in plain words. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_api_parts.h"

enum { BODY_MAX = 16 << 20 };

#define VERSION "2022-11-28"

/* --- asking --------------------------------------------------------------------------------- */

const char *rq_api_accept(const struct rq_api *a, unsigned flags)
{
	if (a->forge != RQ_FORGE_GITHUB)
		return flags & RQ_API_RAW ? "*/*" : "application/json";
	return flags & RQ_API_RAW ? "application/vnd.github.raw+json" : "application/vnd.github+json";
}

const char *rq_api_version(const struct rq_api *a)
{
	return a->forge == RQ_FORGE_GITHUB && !a->no_version ? VERSION : "";
}

static void on_progress(void *ud, int64_t got, int64_t total)
{
	struct rq_api_call *c = ud;

	c->progress(c->ud, got, total);
}

/* A first answer that is the file itself is shown as it comes, too; only GitHub always sends elsewhere. */
static void to_file(struct rq_http_request *r, const struct rq_api_call *c)
{
	r->to_fd = true;
	r->fd = c->fd;
	r->file_max = c->max;
	r->progress = c->progress && (c->hops || c->a->forge != RQ_FORGE_GITHUB) ? on_progress : NULL;
	if (c->hops)
		r->timeout_ms = 0;
}

void rq_api_ask(struct rq_api_call *c, rq_http_fn *fn, int64_t timeout_ms)
{
	const struct rq_api *a = c->a;
	const char *headers[7];
	struct rq_http_request r = { .method = c->method, .ca = a->ca, .headers = headers, .timeout_ms = timeout_ms,
				     .body_max = BODY_MAX };
	struct rq_str url, accept, match, range;

	rq_str_init(&url, 0);
	rq_str_init(&accept, 0);
	rq_str_init(&match, 0);
	rq_str_init(&range, 64);
	if (c->url)
		rq_str_add(&url, c->url);
	else
		rq_str_addf(&url, "%s%s", a->base, c->path);
	r.url = rq_str_get(&url);
	if (c->hops == 0) {
		rq_str_addf(&accept, "Accept: %s", rq_api_accept(a, c->flags));
		headers[r.n_headers++] = rq_str_get(&accept);
		if (*rq_api_version(a))
			headers[r.n_headers++] = "X-GitHub-Api-Version: " VERSION;
		r.token = a->token;
		r.scheme = a->forge == RQ_FORGE_GITHUB ? "Bearer" : "token";
	}
	if (c->json) {
		headers[r.n_headers++] = "Content-Type: application/json";
		r.body = c->json;
		r.body_n = strlen(c->json);
	}
	if (c->kind == RQ_API_GET && c->old.body && *c->old.etag) {
		rq_str_addf(&match, "If-None-Match: %s", c->old.etag);
		headers[r.n_headers++] = rq_str_get(&match);
	}
	if (c->from > 0) {
		rq_str_addf(&range, "Range: bytes=%lld-", (long long)c->from);
		headers[r.n_headers++] = rq_str_get(&range);
		headers[r.n_headers++] = "Accept-Encoding: identity";   /* parts of what was packed make no sense */
	}
	if (c->kind == RQ_API_FILE)
		to_file(&r, c);
	c->http = rq_http_start(c->kind == RQ_API_FILE && (c->hops || a->forge != RQ_FORGE_GITHUB) ? a->files : a->http, &r, fn,
				c);
	rq_str_release(&url);
	rq_str_release(&accept);
	rq_str_release(&match);
	rq_str_release(&range);
}

struct rq_api_call *rq_api_download_from(struct rq_api *a, const char *path, int64_t from, int fd, int64_t max, rq_api_fn *fn,
					 void *ud)
{
	struct rq_api_call *c = rq_api_download(a, path, fd, max, NULL, fn, ud);

	c->from = from;
	return c;
}

/* --- where to go on --------------------------------------------------------------------------- */

/* A path alone is one of the host that was asked. */
static char *absolute(const char *asked, const char *location)
{
	const char *host = strstr(asked, "://");
	struct rq_str s;

	if (*location != '/' || location[1] == '/' || !host)
		return rq_strdup(location);
	rq_str_init(&s, 0);
	rq_str_addn(&s, asked, (size_t)(host + 3 - asked) + strcspn(host + 3, "/?#"));
	rq_str_add(&s, location);
	return rq_str_detach(&s);
}

static int may_store(const struct rq_api *a, const char *url, struct rq_error *e)
{
	/* Plain HTTP leads to this machine alone; a host elsewhere has no business there. */
	if (rq_http_check_url(url, NULL) || (rq_starts(a->base, "https:") && !rq_starts(url, "https:")))
		return rq_fail(e, RQ_EPERM, "%s sends a download to an address that is not secure; it was not followed.",
			       a->host);
	return RQ_OK;
}

int rq_api_location(const struct rq_api_call *c, const struct rq_http_answer *h, char **url, struct rq_error *e)
{
	const struct rq_api *a = c->a;
	const char *location = rq_http_header(h->headers, "location"), *from = c->url ? c->url : a->base;
	int code = RQ_OK;

	if (!location || !*location)
		return rq_fail(e, RQ_EPERM, "%s answered %d without saying where to go.", a->host, h->status);
	*url = absolute(from, location);
	if (c->kind == RQ_API_FILE)
		code = may_store(a, *url, e);
	else if (!rq_url_below(*url, a->base))
		code = rq_fail(e, RQ_EPERM, "%s sends %s elsewhere, outside of its API; it was not followed.", a->host,
			       c->method);
	if (code) {
		rq_free(*url);
		*url = NULL;
	}
	return code;
}

int rq_api_next(const struct rq_api_call *c, const struct rq_http_answer *h, struct rq_arena *s, const char **next,
		struct rq_error *e)
{
	const struct rq_api *a = c->a;
	const char *url, *host, *base = strstr(a->base, "://");
	int code;

	*next = NULL;
	code = rq_link_next(s, rq_http_header(h->headers, "link"), a->base, &url, e);
	if (code || !url)
		return code;
	/* The same host and a path below: what is left are two authorities, perhaps written in two ways, and the path. */
	host = strstr(url, "://");
	if (!host || !base)
		return RQ_OK;
	host += 3 + strcspn(host + 3, "/?#");
	base += 3 + strcspn(base + 3, "/?#");
	if (strncmp(host, base, strlen(base)) == 0)
		*next = rq_arena_str(s, host + strlen(base));
	if (!rq_eq(*next, c->path))
		return RQ_OK;
	*next = NULL;
	return rq_fail(e, RQ_EPERM, "%s calls the same page the next one; it was not asked again.", a->host);
}

/* --- what came ---------------------------------------------------------------------------------- */

int64_t rq_api_server_time(const struct rq_http_answer *h)
{
	const char *date = rq_http_header(h->headers, "date");
	int64_t ms;

	return date && rq_http_date(date, &ms) ? ms : 0;
}

bool rq_api_wants_other_version(const struct rq_http_answer *h)
{
	return h->status == 400 && (strstr(h->body, "X-GitHub-Api-Version") || strstr(h->body, "API version") ||
				    strstr(h->body, "api version") || strstr(h->body, VERSION));
}

/* All brackets that were opened are closed. What is cut off with the right length and ETag would be kept as good. */
static bool is_whole(const char *s, size_t n)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '{' || s[i] == '['))
			depth++;
		else if (!quoted && (s[i] == '}' || s[i] == ']') && !depth--)
			return false;
	}
	return !depth && !quoted;
}

int rq_api_check_body(const struct rq_api_call *c, const struct rq_http_answer *h, struct rq_error *e)
{
	const char *p = h->body;

	if (c->flags & RQ_API_RAW)
		return RQ_OK;
	while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
		p++;
	if (*p != '{' && *p != '[')
		return rq_fail(e, RQ_EUNREACHABLE, "%s did not answer as an API does: check `api:`, or what lies between.",
			       c->a->host);
	if (!is_whole(h->body, h->body_n))
		return rq_fail(e, RQ_EUNREACHABLE, "The answer of %s was cut off.", c->a->host);
	return RQ_OK;
}

/* PATH without its query: that may be long, and says little. */
static const char *short_path(const struct rq_api_call *c, char buf[160])
{
	snprintf(buf, 160, "%.*s", (int)strcspn(c->path, "?"), c->path);
	return buf;
}

void rq_api_trace(const struct rq_api_call *c, const struct rq_http_answer *h)
{
	const char *id = rq_http_header(h->headers, "x-github-request-id"),
		   *left = rq_http_header(h->headers, "x-ratelimit-remaining");

	if (c->hops)
		rq_log_write(c->a->log, RQ_LOG_DEBUG, "api: GET (storage) %d %lld ms%s%s", h->status, (long long)h->took_ms,
			     h->code ? " " : "", h->code ? h->err.msg : "");
	else
		rq_log_write(c->a->log, RQ_LOG_DEBUG, "api: %s %.300s %d %lld ms, left %s, id %s%s%s", c->method, c->path,
			     h->status, (long long)h->took_ms, left ? left : "-", id ? id : "-", h->code ? " " : "",
			     h->code ? h->err.msg : "");
}

/* --- refusals ------------------------------------------------------------------------------------- */

static bool has_word(const char *list, const char *word, size_t n)
{
	for (const char *p = list; p && *p; p += strcspn(p, ", "), p += strspn(p, ", "))
		if (strcspn(p, ", ") == n && strncmp(p, word, n) == 0)
			return true;
	return false;
}

/* Of a token with scopes: the first that would do, if it has none of them. */
static const char *missing_scope(const struct rq_http_answer *h, struct rq_arena *s)
{
	const char *wanted = rq_http_header(h->headers, "x-accepted-oauth-scopes"),
		   *had = rq_http_header(h->headers, "x-oauth-scopes");
	size_t first = wanted ? strcspn(wanted, ", ") : 0;

	if (!first || !had)
		return "";
	for (const char *p = wanted; *p; p += strcspn(p, ", "), p += strspn(p, ", "))
		if (has_word(had, p, strcspn(p, ", ")))
			return "";
	return rq_arena_fmt(s, "scope %.*s", (int)(first < 60 ? first : 60), wanted);
}

/* Letters, and what joins them: it is shown. */
static const char *permission(const struct rq_http_answer *h, struct rq_arena *s)
{
	const char *p = rq_http_header(h->headers, "x-accepted-github-permissions");
	size_t n = p ? strspn(p, "abcdefghijklmnopqrstuvwxyz_=;, ") : 0;

	return n && n < 200 && !p[n] && strchr(p, '=') ? rq_arena_strn(s, p, n) : missing_scope(h, s);
}

static int refused(const struct rq_api_call *c, const struct rq_http_answer *h, const char *said, const char *missing,
		   struct rq_error *e)
{
	const char *sso = rq_http_header(h->headers, "x-github-sso");
	char path[160];

	if (h->status == 401)
		return rq_fail(e, RQ_EPERM, "%s does not accept the token%s: it is wrong, expired or revoked.", c->a->host,
			       said);
	if (sso && rq_starts(sso, "required"))
		return rq_fail(e, RQ_EPERM, "The organisation wants single sign-on for this token: authorise it in your "
			       "settings at %s.", c->a->host);
	if (*missing)
		return rq_fail(e, RQ_EPERM, "%s does not allow %s %s%s: the token may lack the permission %s.", c->a->host,
			       c->method, short_path(c, path), said, missing);
	return rq_fail(e, RQ_EPERM, "%s does not allow %s %s%s.", c->a->host, c->method, short_path(c, path), said);
}

static int not_there(const struct rq_api_call *c, const struct rq_http_answer *h, const char *said, const char *missing,
		     struct rq_error *e)
{
	char path[160];

	if (h->status == 410)
		return rq_fail(e, RQ_ENOTFOUND, "%s has %s no more%s.", c->a->host, short_path(c, path), said);
	if (*missing)
		return rq_fail(e, RQ_ENOTFOUND, "%s knows no %s%s, or the token lacks the permission %s.", c->a->host,
			       short_path(c, path), said, missing);
	return rq_fail(e, RQ_ENOTFOUND, "%s knows no %s%s, or the token may not see it.", c->a->host, short_path(c, path),
		       said);
}

static int code_of_storage(const struct rq_http_answer *h, const char *said, struct rq_error *e)
{
	if (h->status == 404 || h->status == 410)
		return rq_fail(e, RQ_ENOTFOUND, "The storage host does not have the file%s%s.",
			       h->status == 404 ? " (yet)" : " any more", said);
	if (h->status == 401 || h->status == 403)
		return rq_fail(e, RQ_EPERM, "The storage host refused the download%s: its address may have expired; try "
			       "again.", said);
	return rq_fail(e, RQ_EUNREACHABLE, "The storage host answered %d%s; try again.", h->status, said);
}

static int code_of(const struct rq_api_call *c, const struct rq_http_answer *h, const char *said, const char *missing,
		   struct rq_error *e)
{
	char path[160];

	switch (h->status) {
	case 401:
	case 403:
	case 451:
		return refused(c, h, said, missing, e);
	case 404:
	case 410:
		return not_there(c, h, said, missing, e);
	case 405:
	case 501:
		return rq_fail(e, RQ_EUNSUPPORTED, "%s cannot do %s %s.", c->a->host, c->method, short_path(c, path));
	case 409:
		return rq_fail(e, RQ_ECONFLICT, "%s refused %s %s%s: something else came first.", c->a->host, c->method,
			       short_path(c, path), said);
	default:
		break;
	}
	if (h->status >= 500)
		return rq_fail(e, RQ_EUNREACHABLE, "%s is in trouble (status %d)%s; try again.", c->a->host, h->status, said);
	if (h->status >= 300 && h->status < 400)
		return rq_fail(e, RQ_EUNREACHABLE, "%s answered %s %s with status %d, which leads nowhere.", c->a->host,
			       c->method, short_path(c, path), h->status);
	return rq_fail(e, RQ_EUSAGE, "%s did not take %s %s (status %d)%s.", c->a->host, c->method, short_path(c, path),
		       h->status, said);
}

void rq_api_explain(const struct rq_api_call *c, const struct rq_http_answer *h, struct rq_arena *s, struct rq_api_answer *out)
{
	struct rq_gh_refusal r;
	const char *said = "";

	out->missing = "";
	rq_gh_refusal_parse(s, h->body, h->body_n, &r);
	if (*r.message)
		said = rq_arena_fmt(s, " (%s)", r.message);
	else if (*r.code)
		said = rq_arena_fmt(s, " (%s)", r.code);
	if (c->hops) {
		out->code = code_of_storage(h, said, &out->err);
		return;
	}
	if (h->status == 403 || h->status == 404)
		out->missing = permission(h, s);
	out->code = code_of(c, h, said, out->missing, &out->err);
}
