/* http_url.c - what may be asked, and the lines of an answer's head: text that comes from strangers. */
#include <string.h>
#include "core/sys/http_private.h"

enum { URL_MAX = 8192, HEADERS_MAX = 64 << 10 };

/* --- addresses ---------------------------------------------------------------------------- */

static bool is_local(const char *host, size_t n)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char name[16];

		if (n >= sizeof name)
			return false;
		memcpy(name, host, n);
		name[n] = '\0';
		if (rq_ieq(name, names[i]))
			return true;
	}
	return false;
}

/* The whole of it in letters that mean the same to everybody who reads it. */
static bool is_plain(const char *url)
{
	for (const char *p = url; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>')
			return false;
	}
	return true;
}

static bool is_port(const char *s, size_t n)
{
	long port = 0;

	if (!n || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		port = port * 10 + (s[i] - '0');
	}
	return port > 0 && port < 65536;
}

static bool is_host(const char *s, size_t n)
{
	bool address = n > 2 && *s == '[' && s[n - 1] == ']';

	if (address)
		return strspn(s + 1, "0123456789abcdefABCDEF:.") == n - 2;
	return n && strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_") == n;
}

static int refuse(struct rq_error *e, const char *why)
{
	return rq_fail(e, RQ_EUSAGE, "An address to ask %s.", why);
}

int rq_http_url_read(const char *url, struct rq_http_url *u, struct rq_error *e)
{
	const char *colon = strstr(url, "://"), *at;
	size_t scheme = colon ? (size_t)(colon - url) : 0, n, host;

	if (strlen(url) > URL_MAX)
		return refuse(e, "may be 8192 bytes long");
	if (!is_plain(url))
		return refuse(e, "has no blanks, control bytes or letters outside of ASCII: write them as %XX");
	u->secure = scheme == 5 && rq_ieq((char[6]){ url[0], url[1], url[2], url[3], url[4] }, "https");
	if (!u->secure && !(scheme == 4 && rq_ieq((char[5]){ url[0], url[1], url[2], url[3] }, "http")))
		return refuse(e, "begins with https://");
	at = colon + 3;
	n = strcspn(at, "/?#");
	if (memchr(at, '@', n))
		return refuse(e, "holds no user and no password");
	host = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/?#");
	if (n >= sizeof u->host || host > n || !is_host(at, host) ||
	    (host < n && (at[host] != ':' || !is_port(at + host + 1, n - host - 1))))
		return refuse(e, "names a host, and behind a colon a port");
	u->local = is_local(at, host);
	if (!u->secure && !u->local)
		return refuse(e, "begins with https://, unless it is of this machine (127.0.0.1, ::1, localhost)");
	memcpy(u->host, at, n);
	u->host[n] = '\0';
	return RQ_OK;
}

int rq_http_check_url(const char *url, struct rq_error *e)
{
	struct rq_http_url u;

	return rq_http_url_read(url, &u, e);
}

/* --- heads -------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool rq_http_headers_line(struct rq_http_headers *h, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n), *value;
	size_t name;

	if (n > 5 && memcmp(line, "HTTP/", 5) == 0) {
		rq_str_release(&h->text);
		rq_str_init(&h->text, HEADERS_MAX);
		return true;
	}
	if (!colon || memchr(line, '\0', n))
		return true;
	while (n && is_blank(line[n - 1]))
		n--;
	name = (size_t)(colon - line);
	value = colon + 1;
	while (value < line + n && is_blank(*value))
		value++;
	rq_str_addn(&h->text, line, name);
	rq_str_addc(&h->text, '\0');
	if (value < line + n)
		rq_str_addn(&h->text, value, (size_t)(line + n - value));
	rq_str_addc(&h->text, '\0');
	return !h->text.full;
}

const char *rq_http_header(const struct rq_http_headers *h, const char *name)
{
	const char *p = h ? rq_str_get(&h->text) : "", *end = p + (h ? h->text.len : 0);

	while (p < end) {
		const char *value = p + strlen(p) + 1;

		if (rq_ieq(p, name))
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}
