/* remote.c - taking the URL of a repository apart. */
#include "core/model/remote.h"

#include <string.h>
#include "core/model/id.h"

enum { URL_MAX = 2048, PORT_MAX = 65535 };

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* --- hosts ------------------------------------------------------------------------------- */

static bool ends(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n > k && !strcmp(s + n - k, tail);
}

static bool host_char(char c, bool v6)
{
	if (v6)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
	return is_alnum(c) || c == '.' || c == '-' || c == '_';
}

/* Labels are not empty and do not begin like an option. */
static bool host_ok(const char *host)
{
	bool v6 = strchr(host, ':') != NULL;
	const char *p;

	/* name:port is neither. */
	if (!*host || (v6 ? strchr(host, ':') == strrchr(host, ':') : !is_alnum(*host)))
		return false;
	for (p = host; *p; p++)
		if (!host_char(*p, v6) || (*p == '.' && (p[1] == '.' || p[1] == '-' || !p[1])))
			return false;
	return true;
}

bool rq_host_normal(const char *host, char out[RQ_HOST_MAX])
{
	static const char tenants[] = ".ghe.com";
	size_t n = strlen(host), i;
	char *dot;

	if (n && host[n - 1] == '.')
		n--;
	if (!n || n >= RQ_HOST_MAX)
		return false;
	for (i = 0; i < n; i++)
		out[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] + ('a' - 'A') : host[i]);
	out[n] = '\0';
	if (!host_ok(out))
		return false;
	if (ends(out, ".github.com")) {
		memcpy(out, "github.com", sizeof "github.com");
	} else if (ends(out, tenants)) {
		n = strlen(out) - strlen(tenants);
		out[n] = '\0';
		dot = strrchr(out, '.');
		out[n] = '.';
		if (dot)
			memmove(out, dot + 1, strlen(dot + 1) + 1);
	}
	return true;
}

enum rq_host_kind rq_host_kind(const char *host)
{
	if (rq_eq(host, "github.com"))
		return RQ_HOST_GITHUB;
	return ends(host, ".ghe.com") ? RQ_HOST_TENANT : RQ_HOST_OTHER;
}

/* Four numbers, 127 first: a name as 127.example.org is somebody else's. */
bool rq_host_loopback(const char *host)
{
	int dots = 0, digits = 0;

	if (rq_eq(host, "localhost") || rq_eq(host, "::1"))
		return true;
	if (!rq_starts(host, "127."))
		return false;
	for (; *host; host++) {
		if (*host == '.' && digits) {
			dots++;
			digits = 0;
		} else if (*host < '0' || *host > '9' || ++digits > 3) {
			return false;
		}
	}
	return dots == 3 && digits;
}

/* --- URLs -------------------------------------------------------------------------------- */

/* A text within a URL. */
struct span {
	const char *s;
	size_t n;
};

/* [user@]host[:port], [user@][v6][:port]. PORT 0: none. */
static bool take_authority(struct span a, char host[RQ_HOST_MAX], int64_t *port)
{
	const char *end = a.s + a.n, *p, *colon = NULL;
	char text[RQ_HOST_MAX];
	size_t n;

	/* A password may have an @ of its own. */
	for (p = end; p > a.s && p[-1] != '@'; )
		p--;
	a = (struct span){ p, (size_t)(end - p) };
	*port = 0;
	if (a.n && *a.s == '[') {
		const char *close = memchr(a.s, ']', a.n);

		if (!close || (close + 1 < end && close[1] != ':') || !memchr(a.s, ':', (size_t)(close - a.s)))
			return false;
		colon = close + 1 < end ? close + 1 : NULL;
		a = (struct span){ a.s + 1, (size_t)(close - a.s - 1) };
	} else if ((colon = memchr(a.s, ':', a.n))) {
		a.n = (size_t)(colon - a.s);
	}
	n = colon ? (size_t)(end - colon - 1) : 0;
	if (n) {
		if (n > 5)
			return false;
		memcpy(text, colon + 1, n);
		text[n] = '\0';
		if (strspn(text, "0123456789") != n || !rq_parse_i64(text, port) || *port < 1 || *port > PORT_MAX)
			return false;
	}
	if (!a.n || a.n >= sizeof text)
		return false;
	memcpy(text, a.s, a.n);
	text[a.n] = '\0';
	return rq_host_normal(text, host);
}

/* The letters that owners and repositories have at GitHub, Gitea and Forgejo; "." and ".." are none of them. */
static bool name_ok(const char *s, size_t n)
{
	size_t i;

	if (!n || n >= RQ_REPO_MAX || *s == '-' || (n == 1 && *s == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
		return false;
	for (i = 0; i < n; i++)
		if (!is_alnum(s[i]) && !strchr("._-", s[i]))
			return false;
	return true;
}

static bool copy_name(char *out, const char *s, size_t n)
{
	if (!name_ok(s, n))
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

/* Up to the last slash of P (N bytes); the part behind it goes to *LAST. */
static size_t cut_last(const char *p, size_t n, struct span *last)
{
	size_t at = n;

	while (at && p[at - 1] != '/')
		at--;
	*last = (struct span){ p + at, n - at };
	return at ? at - 1 : 0;
}

/* What lies between the host and the owner: a Gitea's or Forgejo's own path. GitHub has nothing there. */
static bool take_prefix(const char *p, size_t n, struct rq_remote *r)
{
	size_t from = 0, to;

	if (rq_host_kind(r->host) != RQ_HOST_OTHER || n + 1 >= RQ_PREFIX_MAX)
		return false;
	for (; from <= n; from = to + 1) {
		for (to = from; to < n && p[to] != '/'; )
			to++;
		if (!name_ok(p + from, to - from))
			return false;
	}
	r->prefix[0] = '/';
	memcpy(r->prefix + 1, p, n);
	r->prefix[n + 1] = '\0';
	return true;
}

/* [/prefix]/owner/repo[.git][/] */
static bool take_path(struct span p, struct rq_remote *r)
{
	struct span repo, owner;
	size_t n;

	while (p.n && *p.s == '/')
		p.s++, p.n--;
	while (p.n && p.s[p.n - 1] == '/')
		p.n--;
	n = cut_last(p.s, p.n, &repo);
	if (repo.n >= 4 && !memcmp(repo.s + repo.n - 4, ".git", 4))
		repo.n -= 4;
	n = cut_last(p.s, n, &owner);
	if (!copy_name(r->repo, repo.s, repo.n) || !copy_name(r->owner, owner.s, owner.n))
		return false;
	return !n || take_prefix(p.s, n, r);
}

static int not_here(struct rq_error *e, const char *why)
{
	return rq_fail(e, RQ_EUSAGE, "This URL of a repository %s.", why);
}

static int take(struct rq_remote *r, struct span authority, struct span path, struct rq_error *e)
{
	int64_t port;

	if (!take_authority(authority, r->host, &port))
		return not_here(e, "names no host that could be one");
	/* Where ssh listens says nothing about the web server. */
	if (r->transport == RQ_TRANSPORT_HTTPS && port != 443)
		r->port = (int)port;
	if (r->transport == RQ_TRANSPORT_HTTP && port != 80)
		r->port = (int)port;
	if (!take_path(path, r))
		return not_here(e, "does not end in OWNER/REPOSITORY");
	return RQ_OK;
}

static int take_url(struct rq_remote *r, const char *url, const char *sep, struct rq_error *e)
{
	static const struct { const char *scheme; enum rq_transport is; } known[] = {
		{ "https", RQ_TRANSPORT_HTTPS }, { "http", RQ_TRANSPORT_HTTP }, { "ssh", RQ_TRANSPORT_SSH },
		{ "git+ssh", RQ_TRANSPORT_SSH }, { "ssh+git", RQ_TRANSPORT_SSH }, { "git", RQ_TRANSPORT_GIT },
		{ "git+https", RQ_TRANSPORT_HTTPS },
	};
	const char *rest = sep + 3, *slash = rest + strcspn(rest, "/");
	char scheme[12];
	size_t i, n = (size_t)(sep - url);

	if (n >= sizeof scheme)
		return not_here(e, "is of a kind that no server of GitHub, Gitea or Forgejo speaks");
	memcpy(scheme, url, n);
	scheme[n] = '\0';
	if (rq_ieq(scheme, "file"))
		return not_here(e, "is a path of this machine");
	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (rq_ieq(scheme, known[i].scheme))
			break;
	if (i == sizeof known / sizeof *known)
		return not_here(e, "is of a kind that no server of GitHub, Gitea or Forgejo speaks");
	r->transport = known[i].is;
	return take(r, (struct span){ rest, (size_t)(slash - rest) }, (struct span){ slash, strlen(slash) }, e);
}

/* As git tells them apart: host:path has its colon before any slash; and one letter is a drive of Windows. */
static int take_scp(struct rq_remote *r, const char *url, struct rq_error *e)
{
	const char *host = url, *end;

	if (url[strcspn(url, "@:/")] == '@')
		host = strchr(url, '@') + 1;
	end = *host == '[' ? strchr(host, ']') : host;
	if (end)
		end += strcspn(end, ":/");
	if (!end || *end != ':' || (host == url && end == url + 1))
		return not_here(e, "is a path of this machine");
	r->transport = RQ_TRANSPORT_SSH;
	return take(r, (struct span){ host, (size_t)(end - host) }, (struct span){ end + 1, strlen(end + 1) }, e);
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f || *s == '\\')
			return false;
	return true;
}

int rq_remote_parse(const char *url, struct rq_remote *out, struct rq_error *e)
{
	const char *sep = strstr(url, "://");

	memset(out, 0, sizeof *out);
	if (!*url)
		return not_here(e, "is empty");
	if (strlen(url) > URL_MAX)
		return not_here(e, "is longer than 2,048 bytes");
	if (!is_printable(url))
		return not_here(e, "has characters that none has");
	return sep ? take_url(out, url, sep, e) : take_scp(out, url, e);
}

int rq_remote_parse_name(const char *name, const char *host, struct rq_remote *out, struct rq_error *e)
{
	const char *slash = strchr(name, '/');
	bool named = slash && strchr(slash + 1, '/');
	struct rq_str s;
	int r;

	/* user@host:owner/repo and URLs; host:3000/owner/repo is neither. */
	if (strstr(name, "://") || (strchr(name, '@') && strchr(name, ':')))
		return rq_remote_parse(name, out, e);
	rq_str_init(&s, URL_MAX + 8);
	rq_str_addf(&s, "https://%s%s%s", named ? "" : host, named ? "" : "/", name);
	r = rq_remote_parse(rq_str_get(&s), out, e);
	rq_str_release(&s);
	if (r || *out->prefix)
		return rq_fail(e, RQ_EUSAGE, "A repository is named OWNER/REPOSITORY or HOST/OWNER/REPOSITORY.");
	return RQ_OK;
}

/* --- the API ----------------------------------------------------------------------------- */

void rq_remote_api(const struct rq_remote *r, bool gitea, struct rq_str *out)
{
	bool plain = r->transport == RQ_TRANSPORT_HTTP && rq_host_loopback(r->host), v6 = strchr(r->host, ':') != NULL;
	enum rq_host_kind kind = rq_host_kind(r->host);

	if (kind != RQ_HOST_OTHER) {
		rq_str_addf(out, "https://api.%s", r->host);
		return;
	}
	rq_str_addf(out, v6 ? "%s://[%s]" : "%s://%s", plain ? "http" : "https", r->host);
	if (r->port)
		rq_str_addf(out, ":%d", r->port);
	rq_str_addf(out, "%s/api/%s", r->prefix, gitea ? "v1" : "v3");
}

static bool take_api(const char *api, char host[RQ_HOST_MAX], int64_t *port)
{
	const char *p = strstr(api, "://");
	size_t n = p ? strcspn(p + 3, "/") : 0;

	return (rq_starts(api, "https://") || rq_starts(api, "http://")) && strlen(api) <= URL_MAX && is_printable(api) &&
	       !memchr(p, '@', n + 3) && take_authority((struct span){ p + 3, n }, host, port);
}

int rq_remote_api_host(const char *api, char host[RQ_HOST_MAX], struct rq_error *e)
{
	int64_t port;

	if (!take_api(api, host, &port))
		return rq_fail(e, RQ_EUSAGE, "An API's address is https://HOST[:PORT][/PATH], without a name or password in it.");
	if (rq_starts(api, "http://") && !rq_host_loopback(host))
		return rq_fail(e, RQ_EUSAGE, "http:// would send the token in the clear to %s: write https://.", host);
	return RQ_OK;
}

int rq_remote_api_port(const char *api)
{
	char host[RQ_HOST_MAX];
	int64_t port;

	return take_api(api, host, &port) ? (int)port : 0;
}

void rq_remote_queue_name(const char *repo, char *out, size_t size)
{
	size_t n = 0;

	RQ_ASSERT(size >= sizeof "github");
	while (*repo && !is_alnum(*repo))
		repo++;
	for (; *repo && n + 1 < size && n + 1 < RQ_NAME_MAX; repo++)
		out[n++] = is_alnum(*repo) || strchr("._-", *repo) ? *repo : '-';
	out[n] = '\0';
	if (!rq_name_ok(out) || rq_eq(out, "local"))
		rq_copy(out, size, rq_eq(out, "local") ? "local-github" : "github");
}
