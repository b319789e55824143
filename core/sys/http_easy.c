/* http_easy.c - one request in libcurl's terms: its options, its body, and what became of it in plain words. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/sys/http_private.h"
#include "core/sys/paths.h"

enum {
	CONNECT_MS = 10000, TIMEOUT_MS = 30000, IDLE_MS = 60000,
	CA_MAX = 4 << 20
};

/* --- what comes --------------------------------------------------------------------------- */

static size_t on_head(char *data, size_t size, size_t n, void *ud)
{
	struct rq_http_call *c = ud;

	if (rq_http_headers_line(&c->headers, data, size * n))
		return size * n;
	rq_fail(&c->err, RQ_ELIMIT, "%s sent more than 64 KiB of headers.", c->to.host);
	return 0;
}

/* All of it, or an error: what is short is only half said. */
static int write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t k = write(fd, data, n);

		if (k < 0 && errno != EINTR)
			return errno;
		if (k > 0) {
			data += k;
			n -= (size_t)k;
		}
	}
	return 0;
}

static bool to_file(struct rq_http_call *c, const char *data, size_t n)
{
	int err;

	if (c->r.file_max && c->got > c->r.file_max) {
		rq_fail(&c->err, RQ_ELIMIT, "What %s sent is larger than %lld bytes, the limit for this file.", c->to.host,
			(long long)c->r.file_max);
		return false;
	}
	err = write_all(c->r.fd, data, n);
	if (err)
		rq_fail_errno(&c->err, err, "What %s sent cannot be written", c->to.host);
	return !err;
}

static size_t on_body(char *data, size_t size, size_t n, void *ud)
{
	struct rq_http_call *c = ud;
	long status = 0;
	bool fine;

	n *= size;
	c->got += (int64_t)n;
	if (c->r.to_fd)
		c->curl->easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300) {
		fine = to_file(c, data, n);
	} else {
		rq_str_addn(&c->body, data, n);
		fine = !c->body.full;
		if (!fine)
			rq_fail(&c->err, RQ_ELIMIT, "%s sent more than %zu bytes, the limit for an answer.", c->to.host,
				c->r.body_max);
	}
	return fine ? n : 0;
}

/* --- options ------------------------------------------------------------------------------ */

static bool add_line(struct rq_http_call *c, const char *line)
{
	struct curl_slist *more = c->curl->slist_append(c->lines, line);

	if (more)
		c->lines = more;
	return more;
}

static bool add_lines(struct rq_http_call *c)
{
	/* What libcurl would add by itself: a pause before a long body, and the type of a form. */
	bool ok = add_line(c, "Expect:"), typed = false;

	for (size_t i = 0; i < c->r.n_headers; i++) {
		typed = typed || strncmp(c->r.headers[i], "Content-Type:", 13) == 0;
		ok = ok && add_line(c, c->r.headers[i]);
	}
	if (!typed)
		ok = ok && add_line(c, "Content-Type:");
	if (c->r.token) {
		struct rq_str line;

		rq_str_init(&line, 0);
		/* In one piece, so that growing leaves no copy behind. */
		line.cap = strlen(c->r.token) + strlen(c->r.scheme) + 32;
		line.s = rq_alloc(line.cap);
		rq_str_addf(&line, "Authorization: %s ", c->r.scheme);
		rq_str_add(&line, c->r.token);
		ok = ok && add_line(c, rq_str_get(&line));
		rq_wipe(line.s, line.cap);
		rq_str_release(&line);
	}
	return ok;
}

#define SET(option, value) (ok = c->curl->easy_setopt(c->easy, option, value) == CURLE_OK && ok)

static bool set_safety(struct rq_http_call *c, const struct rq_str *ca)
{
	bool ok = true;

	/* Earlier ones have a mask in the place of names; theirs says as much. */
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, c->to.secure ? "https" : "http");
#else
	SET(CURLOPT_PROTOCOLS, (long)(c->to.secure ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
#endif
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	if (c->to.local)
		SET(CURLOPT_NOPROXY, "*");
	if (ca) {
#if LIBCURL_VERSION_NUM >= 0x074d00
		struct curl_blob blob = { .data = ca->s, .len = ca->len, .flags = CURL_BLOB_COPY };

		if (c->curl->easy_setopt(c->easy, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK)
			return ok;
#endif
		/* In the place of the system's file; a directory of the system's authorities stays. */
		SET(CURLOPT_CAINFO, c->r.ca);
	}
	return ok;
}

static bool set_times(struct rq_http_call *c)
{
	int64_t left = c->until ? c->until - rq_mono_ns() / 1000000 : 0, idle = c->r.timeout_ms ? c->r.timeout_ms : IDLE_MS;
	bool ok = true;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	/* A resolver that hangs is left to its thread. */
#if LIBCURL_VERSION_NUM >= 0x075700
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	if (c->r.to_fd) {
		SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
		SET(CURLOPT_LOW_SPEED_TIME, (long)(idle < 1000 ? 1 : idle / 1000));
	} else {
		SET(CURLOPT_TIMEOUT_MS, (long)(left < 1 ? 1 : left));
	}
	if (c->r.to_fd || left > CONNECT_MS)
		SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	return ok;
}

static bool set_method(struct rq_http_call *c)
{
	bool ok = true, get = rq_eq(c->r.method, "GET");

	if (get)
		SET(CURLOPT_HTTPGET, 1L);
	if (c->r.body || rq_eq(c->r.method, "POST") || rq_eq(c->r.method, "PUT")) {
		SET(CURLOPT_POSTFIELDS, c->r.body ? c->r.body : "");
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(c->r.body ? c->r.body_n : 0));
	}
	if (!get) {
		SET(CURLOPT_CUSTOMREQUEST, c->r.method);
		/* On a connection that was kept and turns out to be dead, libcurl sends a request again; the server may have
		 * done what the first one said. */
		SET(CURLOPT_FRESH_CONNECT, 1L);
	}
	return ok;
}

static bool set_rest(struct rq_http_call *c)
{
	bool ok = true;

	SET(CURLOPT_PRIVATE, c);
	SET(CURLOPT_URL, c->r.url);
	SET(CURLOPT_HTTPHEADER, c->lines);
	SET(CURLOPT_USERAGENT, "relayq/" PACKAGE_VERSION);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Wait for the connection that is being made: with HTTP/2 it carries all. */
	SET(CURLOPT_PIPEWAIT, (long)c->to.secure);
#if LIBCURL_VERSION_NUM >= 0x075000
	if (c->lifetime)
		SET(CURLOPT_MAXLIFETIME_CONN, c->lifetime);
#endif
	SET(CURLOPT_ERRORBUFFER, c->why);
	SET(CURLOPT_HEADERFUNCTION, on_head);
	SET(CURLOPT_HEADERDATA, c);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, c);
	/* Of a file the length is told by what is sent. */
	if (!c->r.to_fd)
		SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	return ok;
}

int rq_http_prepare(struct rq_http_call *c, const struct rq_str *ca, struct rq_error *e)
{
	c->easy = c->curl->easy_init();
	if (c->easy && add_lines(c) && set_safety(c, ca) && set_times(c) && set_method(c) &&
	    set_rest(c))
		return RQ_OK;
	return rq_fail(e, RQ_EUNSUPPORTED, "%s is too old, or was built without HTTPS; nothing was asked.", LIBCURL_SONAME);
}

void rq_http_unprepare(struct rq_http_call *c)
{
	if (c->easy)
		c->curl->easy_cleanup(c->easy);
	c->easy = NULL;
	for (struct curl_slist *s = c->lines; s; s = s->next)
		rq_wipe(s->data, strlen(s->data));
	if (c->lines)
		c->curl->slist_free_all(c->lines);
	c->lines = NULL;
}

/* libcurl takes a file in the place of its own, where the operator means one more. */
int rq_http_authorities(const struct rq_curl *curl, const char *path, struct rq_str *out, struct rq_error *e)
{
	const char *own = NULL;
	char *text;
	size_t n;
	int code = rq_file_read(path, CA_MAX, &text, &n, e);

	if (code)
		return rq_fail_in(e, "The authorities of `ca:`");
	if (!strstr(text, "-----BEGIN ")) {
		rq_free(text);
		return rq_fail(e, RQ_EUSAGE, "%s holds no certificate: `ca:` names a file in PEM form.", path);
	}
	rq_str_init(out, 2 * CA_MAX);
	rq_str_addn(out, text, n);
	rq_str_addc(out, '\n');
	rq_free(text);
#if LIBCURL_VERSION_NUM >= 0x074600
	own = curl->version_info(CURLVERSION_NOW)->cainfo;
#endif
	if (own && !rq_file_read(own, CA_MAX, &text, &n, NULL)) {
		rq_str_addn(out, text, n);
		rq_free(text);
	}
	return RQ_OK;
}

/* --- what became of it -------------------------------------------------------------------- */

static int unreachable(struct rq_error *e, const struct rq_http_call *c, const char *what)
{
	return rq_fail(e, RQ_EUNREACHABLE, "%s %s.", c->to.host, what);
}

static int timed_out(struct rq_http_call *c, bool sent, struct rq_error *e)
{
	int64_t limit = c->r.timeout_ms ? c->r.timeout_ms : c->r.to_fd ? IDLE_MS : TIMEOUT_MS;
	double named = 0;

	c->curl->easy_getinfo(c->easy, CURLINFO_NAMELOOKUP_TIME, &named);
	if (named <= 0)
		return rq_fail(e, RQ_EUNREACHABLE, "The name %s is not resolved: check the network.", c->to.host);
	if (!sent)
		return rq_fail(e, RQ_EUNREACHABLE, "%s takes no connection in time: check the network, or whether the host is "
			       "up.", c->to.host);
	return rq_fail(e, RQ_EUNREACHABLE, "%s %s within %lld ms.", c->to.host,
		       c->r.to_fd ? "sent nothing more" : "did not answer", (long long)limit);
}

static int refused(struct rq_http_call *c, struct rq_error *e)
{
	long err = 0;

	c->curl->easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &err);
	return rq_fail(e, RQ_EUNREACHABLE, "%s cannot be connected to (%s): check the network, or whether the host is up.",
		       c->to.host, err ? strerror((int)err) : "no connection");
}

static int explain(struct rq_http_call *c, CURLcode result, bool sent, struct rq_error *e)
{
	switch (result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return rq_fail(e, RQ_EUNREACHABLE, "The name %s cannot be resolved: check the network or `api:`.",
			       c->to.host);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return rq_fail(e, RQ_EUNREACHABLE, "The name of the proxy to %s cannot be resolved: check https_proxy.",
			       c->to.host);
	case CURLE_COULDNT_CONNECT:
		return refused(c, e);
	case CURLE_OPERATION_TIMEDOUT:
		return timed_out(c, sent, e);
	case CURLE_PEER_FAILED_VERIFICATION:
		return rq_fail(e, RQ_EUNREACHABLE, "The certificate of %s is not to be trusted (%s). Where the host has an "
			       "authority of its own, name its file with `ca:`.", c->to.host,
			       *c->why ? c->why : c->curl->easy_strerror(result));
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
		return rq_fail(e, RQ_EUNREACHABLE, "No secure connection to %s comes about (%s).", c->to.host,
			       *c->why ? c->why : c->curl->easy_strerror(result));
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return unreachable(e, c, "ended the connection before its answer was whole");
	case CURLE_BAD_CONTENT_ENCODING:
		return unreachable(e, c, "sent an answer that cannot be unpacked");
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return unreachable(e, c, "did not answer in HTTP");
	default:
		return rq_fail(e, RQ_EUNREACHABLE, "A request to %s failed: %s.", c->to.host, c->curl->easy_strerror(result));
	}
}

static int version_of(struct rq_http_call *c)
{
	long v = 0;

	c->curl->easy_getinfo(c->easy, CURLINFO_HTTP_VERSION, &v);
	switch (v) {
	case CURL_HTTP_VERSION_1_0:
		return 10;
	case CURL_HTTP_VERSION_1_1:
		return 11;
	default:
		return v == CURL_HTTP_VERSION_2_0 ? 20 : v > CURL_HTTP_VERSION_2_0 ? 30 : 0;
	}
}

void rq_http_judge(struct rq_http_call *c, CURLcode result, struct rq_http_answer *a)
{
	long status = 0, sent = 0;

	c->curl->easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	c->curl->easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent);
	a->version = version_of(c);
	a->reach = result == CURLE_OK ? RQ_HTTP_ANSWERED : sent ? RQ_HTTP_MAYBE : RQ_HTTP_NOT_SENT;
	if (result == CURLE_OK) {
		a->status = (int)status;
		a->headers = &c->headers;
		a->body = rq_str_get(&c->body);
		a->body_n = c->body.len;
	} else if (c->err.code) {
		a->code = c->err.code;
		a->err = c->err;
	} else {
		a->code = explain(c, result, sent != 0, &a->err);
	}
}
