/* Requests: against a small server of our own, which knows a trick for each path. */
#include "tests/unit/peer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/http.h"

#define TOKEN "not-a-token-0123456789"

/* --- the server ----------------------------------------------------------------------------- */

/* What it saw, in memory that it shares with the tests. */
struct seen {
	int connections, requests, at_once, most_at_once;
	char last[8192];
};
static struct seen *seen;
static struct peer peer;

/* "hello gzip", as gzip has it. */
static const unsigned char packed[] = {
	31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 87, 72, 175,
	202, 44, 0, 0, 25, 106, 210, 223, 10, 0, 0, 0
};

static void many_bytes(int fd, size_t n)
{
	static char block[65536];

	while (n) {
		size_t k = n < sizeof block ? n : sizeof block;

		memset(block, 'x', k);
		peer_say(fd, block, k);
		n -= k;
	}
}

static void trick(int fd, const char *path, int nth)
{
	char line[200];

	if (!strcmp(path, "/hello")) {
		peer_answers(fd, "200 OK", "X-Thing: one\r\nx-THING-two:  two \r\nX-Empty:\r\n", "hello", 5);
	} else if (!strcmp(path, "/echo")) {
		peer_answers(fd, "200 OK", "", seen->last, strlen(seen->last));
	} else if (!strcmp(path, "/gzip")) {
		peer_answers(fd, "200 OK", "Content-Encoding: gzip\r\n", (const char *)packed, sizeof packed);
	} else if (!strcmp(path, "/badgzip")) {
		peer_answers(fd, "200 OK", "Content-Encoding: gzip\r\n", "no such thing", 13);
	} else if (!strncmp(path, "/big/", 5)) {
		snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n", path + 5);
		peer_says(fd, line);
		many_bytes(fd, (size_t)atol(path + 5));
	} else if (!strcmp(path, "/nothere")) {
		peer_answers(fd, "404 Not Found", "", "none", 4);
	} else if (!strcmp(path, "/304")) {
		peer_says(fd, "HTTP/1.1 304 Not Modified\r\nETag: W/\"1\"\r\n\r\n");
	} else if (!strcmp(path, "/redirect")) {
		peer_answers(fd, "302 Found", "Location: /hello\r\n", "", 0);
	} else if (!strcmp(path, "/hints")) {
		peer_says(fd, "HTTP/1.1 103 Early Hints\r\nX-Thing: early\r\n\r\n");
		peer_answers(fd, "200 OK", "X-Late: late\r\n", "hello", 5);
	} else if (!strcmp(path, "/cut")) {
		peer_says(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
		close(fd);
		_exit(0);
	} else if (!strcmp(path, "/cutchunk")) {
		peer_says(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n");
		close(fd);
		_exit(0);
	} else if (!strcmp(path, "/reset")) {
		peer_reset(fd);
	} else if (!strcmp(path, "/once")) {
		/* Only the first on each connection is answered. */
		if (nth > 1) {
			close(fd);
			_exit(0);
		}
		peer_answers(fd, "200 OK", "", "hello", 5);
	} else if (!strcmp(path, "/silent")) {
		pause();
	} else if (!strcmp(path, "/stall")) {
		peer_says(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
		pause();
	} else if (!strcmp(path, "/noise")) {
		peer_says(fd, "220 mail.example.org ESMTP\r\n");
		close(fd);
		_exit(0);
	} else if (!strcmp(path, "/heads")) {
		peer_says(fd, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < 70; i++) {
			char value[1001];

			memset(value, 'v', sizeof value - 1);
			value[sizeof value - 1] = '\0';
			peer_says(fd, "X-Many: ");
			peer_says(fd, value);
			peer_says(fd, "\r\n");
		}
		peer_says(fd, "Content-Length: 0\r\n\r\n");
	} else if (!strcmp(path, "/later")) {
		int n = __atomic_add_fetch(&seen->at_once, 1, __ATOMIC_SEQ_CST);

		if (n > seen->most_at_once)
			seen->most_at_once = n;
		usleep(100000);
		__atomic_sub_fetch(&seen->at_once, 1, __ATOMIC_SEQ_CST);
		peer_answers(fd, "200 OK", "", "later", 5);
	}
}

static void serve(int fd, const char *request, int nth)
{
	char path[100];

	if (nth == 1)
		__atomic_add_fetch(&seen->connections, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&seen->requests, 1, __ATOMIC_SEQ_CST);
	snprintf(seen->last, sizeof seen->last, "%s", request);
	if (sscanf(request, "%*s %99s", path) == 1)
		trick(fd, path, nth);
}

static int serve_all(void **state)
{
	(void)state;
	seen = peer_shared(sizeof *seen);
	return seen ? peer_start(&peer, serve) : -1;
}

static int stop_all(void **state)
{
	(void)state;
	peer_stop(&peer);
	munmap(seen, sizeof *seen);
	return 0;
}

/* --- asking --------------------------------------------------------------------------------- */

struct reply {
	int calls, code, status, version;
	enum rq_http_reach reach;
	char msg[512], body[16384], thing[100];
	size_t n;
	int64_t got, took;
	int progress;
	int64_t total;
	struct rq_http *free_it;
	struct rq_http_call *drop;
};

static struct rq_loop *loop;
static struct rq_http *http;

static int begin(void **state)
{
	(void)state;
	memset(seen, 0, sizeof *seen);
	if (rq_loop_new(&loop, NULL))
		return -1;
	http = rq_http_new(loop, 4);
	return 0;
}

static int end(void **state)
{
	(void)state;
	rq_http_free(http);
	rq_loop_free(loop);
	return 0;
}

static void on_answer(void *ud, const struct rq_http_answer *a)
{
	struct reply *r = ud;
	const char *thing = a->headers ? rq_http_header(a->headers, "x-thing") : NULL;

	r->calls++;
	r->code = a->code;
	r->status = a->status;
	r->version = a->version;
	r->reach = a->reach;
	r->got = a->got;
	r->took = a->took_ms;
	r->n = a->body_n;
	assert_int_equal(a->body[a->body_n], 0);
	snprintf(r->msg, sizeof r->msg, "%s", a->err.msg);
	snprintf(r->body, sizeof r->body, "%s", a->body);
	snprintf(r->thing, sizeof r->thing, "%s", thing ? thing : "-");
	if (r->drop)
		rq_http_drop(r->drop);
	if (r->free_it) {
		rq_http_free(r->free_it);
		http = NULL;
	}
}

static void on_progress(void *ud, int64_t got, int64_t total)
{
	struct reply *r = ud;

	assert_true(got > 0);
	r->progress++;
	r->total = total;
}

static const char *url_of(const char *path)
{
	static char url[300];

	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", peer.port, path);
	return url;
}

static void wait_for(struct reply *r, int n)
{
	int64_t give_up = rq_mono_ns() + INT64_C(20000000000);

	for (int i = 0; i < n; i++)
		while (!r[i].calls && rq_mono_ns() < give_up)
			rq_loop_turn(loop, 50);
	for (int i = 0; i < n; i++)
		assert_int_equal(r[i].calls, 1);
}

static struct rq_http_call *start(struct rq_http_request *q, const char *path, struct reply *r)
{
	memset(r, 0, sizeof *r);
	q->url = url_of(path);
	return rq_http_start(http, q, on_answer, r);
}

static void ask(struct rq_http_request *q, const char *path, struct reply *r)
{
	start(q, path, r);
	assert_int_equal(r->calls, 0);
	wait_for(r, 1);
}

static void get(const char *path, struct reply *r)
{
	struct rq_http_request q = { 0 };

	ask(&q, path, r);
}

/* The value of NAME on the wire of the last request, "-" where there is none. */
static const char *wire(const char *name)
{
	static char value[512];
	const char *p = seen->last;

	snprintf(value, sizeof value, "-");
	while ((p = strstr(p, "\r\n"))) {
		p += 2;
		if (!strncasecmp(p, name, strlen(name)) && p[strlen(name)] == ':')
			snprintf(value, sizeof value, "%.*s", (int)strcspn(p + strlen(name) + 2, "\r"), p + strlen(name) + 2);
	}
	return value;
}

/* --- tests ---------------------------------------------------------------------------------- */

static void test_get(void **state)
{
	struct reply r;

	(void)state;
	get("/hello", &r);
	assert_int_equal(r.code, RQ_OK);
	assert_int_equal(r.reach, RQ_HTTP_ANSWERED);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.version, 11);
	assert_string_equal(r.body, "hello");
	assert_string_equal(r.thing, "one");
	assert_int_equal(r.got, 5);
	assert_true(rq_starts(wire("User-Agent"), "relayq/"));
	assert_string_equal(wire("Accept-Encoding"), "gzip");
	assert_string_equal(wire("Authorization"), "-");
	assert_string_equal(wire("Content-Type"), "-");
	get("/nothere", &r);
	assert_int_equal(r.code, RQ_OK);
	assert_int_equal(r.status, 404);
	assert_string_equal(r.body, "none");
	get("/304", &r);
	assert_int_equal(r.status, 304);
	assert_string_equal(r.body, "");
	assert_int_equal(seen->connections, 1);
	assert_int_equal(seen->requests, 3);
}

static void test_headers_and_token(void **state)
{
	const char *const headers[] = { "Accept: application/json", "If-None-Match: W/\"abc\"" };
	struct rq_http_request q = { .n_headers = 2, .headers = headers, .token = TOKEN };
	struct reply r;

	(void)state;
	ask(&q, "/hello", &r);
	assert_string_equal(wire("Accept"), "application/json");
	assert_string_equal(wire("If-None-Match"), "W/\"abc\"");
	assert_string_equal(wire("Authorization"), "Bearer " TOKEN);
	q.scheme = "token";
	ask(&q, "/hello", &r);
	assert_string_equal(wire("Authorization"), "token " TOKEN);
	q.token = NULL;
	ask(&q, "/hello", &r);
	assert_string_equal(wire("Authorization"), "-");
}

static void test_methods(void **state)
{
	const char *const headers[] = { "Content-Type: application/json" };
	struct rq_http_request q = { .method = "POST", .n_headers = 1, .headers = headers, .body = "{\"a\":1}", .body_n = 7 };
	struct reply r;

	(void)state;
	ask(&q, "/echo", &r);
	assert_true(rq_starts(r.body, "POST /echo HTTP/1.1\r\n"));
	assert_string_equal(strstr(r.body, "\r\n\r\n") + 4, "{\"a\":1}");
	assert_string_equal(wire("Content-Type"), "application/json");
	assert_string_equal(wire("Expect"), "-");
	q.body = NULL;
	q.n_headers = 0;
	ask(&q, "/echo", &r);
	assert_true(rq_starts(r.body, "POST "));
	assert_string_equal(wire("Content-Length"), "0");
	assert_string_equal(wire("Content-Type"), "-");
	q.method = "DELETE";
	ask(&q, "/echo", &r);
	assert_true(rq_starts(r.body, "DELETE "));
	q.method = "PUT";
	q.body = "[]";
	q.body_n = 2;
	ask(&q, "/echo", &r);
	assert_true(rq_starts(r.body, "PUT "));
	q.method = "PATCH";
	ask(&q, "/echo", &r);
	assert_true(rq_starts(r.body, "PATCH "));
	assert_string_equal(strstr(r.body, "\r\n\r\n") + 4, "[]");
}

static void test_gzip_and_hints(void **state)
{
	struct reply r;

	(void)state;
	get("/gzip", &r);
	assert_string_equal(r.body, "hello gzip");
	get("/badgzip", &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_non_null(strstr(r.msg, "unpacked"));
	get("/hints", &r);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.thing, "-");
}

static void test_no_redirect(void **state)
{
	struct reply r;

	(void)state;
	get("/redirect", &r);
	assert_int_equal(r.code, RQ_OK);
	assert_int_equal(r.status, 302);
	assert_int_equal(seen->requests, 1);
}

static void fails(const char *path, int code, const char *what)
{
	struct rq_http_request q = { .timeout_ms = 600 };
	struct reply r;

	ask(&q, path, &r);
	assert_int_equal(r.code, code);
	if (!strstr(r.msg, what))
		fail_msg("%s: %s", path, r.msg);
	assert_non_null(strstr(r.msg, "127.0.0.1"));
	assert_null(strstr(r.msg, path));
	assert_int_equal(r.reach, RQ_HTTP_MAYBE);
	assert_int_equal(r.status, 0);
}

static void test_faults(void **state)
{
	(void)state;
	fails("/cut", RQ_EUNREACHABLE, "ended the connection");
	fails("/cutchunk", RQ_EUNREACHABLE, "ended the connection");
	fails("/reset", RQ_EUNREACHABLE, "ended the connection");
	fails("/silent", RQ_EUNREACHABLE, "did not answer within 600 ms");
	fails("/stall", RQ_EUNREACHABLE, "did not answer within 600 ms");
	fails("/noise", RQ_EUNREACHABLE, "did not answer in HTTP");
	fails("/heads", RQ_ELIMIT, "64 KiB");
}

static void test_not_sent(void **state)
{
	struct rq_http_request q = { .url = "http://127.0.0.1:1/secret?q=secret" };
	struct reply r = { 0 };

	(void)state;
	rq_http_start(http, &q, on_answer, &r);
	wait_for(&r, 1);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_int_equal(r.reach, RQ_HTTP_NOT_SENT);
	assert_non_null(strstr(r.msg, "Connection refused"));
	assert_null(strstr(r.msg, "secret"));
	memset(&r, 0, sizeof r);
	q.url = "https://no-such-host.invalid/";
	q.timeout_ms = 1000;
	rq_http_start(http, &q, on_answer, &r);
	wait_for(&r, 1);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_int_equal(r.reach, RQ_HTTP_NOT_SENT);
	assert_non_null(strstr(r.msg, "no-such-host.invalid"));
}

/* A connection that was kept may be dead. A read is sent again; what writes must not be, since it may have been done. */
static void test_writes_are_sent_once(void **state)
{
	struct rq_http_request q = { .method = "POST", .body = "{}", .body_n = 2 };
	struct reply r;

	(void)state;
	get("/once", &r);
	assert_int_equal(seen->requests, 1);
	get("/once", &r);
	assert_int_equal(r.code, RQ_OK);
	assert_int_equal(seen->requests, 3); /* the second died on the old connection */
	seen->requests = 0;
	ask(&q, "/once", &r);
	assert_int_equal(r.code, RQ_OK); /* on a connection of its own */
	assert_int_equal(seen->requests, 1);
	seen->requests = 0;
	ask(&q, "/cut", &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_int_equal(seen->requests, 1);
	seen->requests = 0;
	ask(&q, "/reset", &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_int_equal(r.reach, RQ_HTTP_MAYBE);
	assert_int_equal(seen->requests, 1);
}

static void test_limits(void **state)
{
	struct rq_http_request q = { .body_max = 1000 };
	struct reply r;

	(void)state;
	ask(&q, "/big/1000", &r);
	assert_int_equal(r.code, RQ_OK);
	assert_int_equal(r.n, 1000);
	ask(&q, "/big/1001", &r);
	assert_int_equal(r.code, RQ_ELIMIT);
	assert_non_null(strstr(r.msg, "1000 bytes"));
	assert_string_equal(r.body, "");
}

static void test_addresses(void **state)
{
	static const char *const good[] = { "https://api.example.org", "https://api.example.org/x?y=%20#z", "HTTPS://A:8443/",
		"http://127.0.0.1:80/", "http://localhost/", "http://[::1]:8080/", "https://[2001:db8::1]/", "https://a.b?c" };
	static const char *const bad[] = { "", "x", "http://api.example.org/", "http://10.0.0.1/", "ftp://127.0.0.1/",
		"file:///etc/passwd", "https://", "https:///x", "https://user@host/", "https://u:p@host/", "https://host:0/",
		"https://host:65536/", "https://host:8a/", "https://host:/", "https://ho st/", "https://host/\n", "https://host/\x7f",
		"https://h\xc3\xb6st/", "http://127.0.0.1\\@example.org/", "http://127.0.0.1.example.org/", "http://[::1/",
		"http://127.0.0.1:80@example.org/", "https://[::1]x/", "https://[]/", "http://localhost.example.org", "https://?x",
		"http://2130706433/", "http://0x7f.1/", "//host/", "https:/host" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (rq_http_check_url(good[i], NULL))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct rq_error e = { 0 };

		if (rq_http_check_url(bad[i], &e) != RQ_EUSAGE)
			fail_msg("taken: %s", bad[i]);
		assert_non_null(strstr(e.msg, "An address"));
	}
}

static void test_refusals(void **state)
{
	const char *const twice[] = { "A: b\r\nAuthorization: x" };
	struct rq_http_request q = { .url = "http://example.org/" };
	struct reply r[3];

	(void)state;
	memset(r, 0, sizeof r);
	rq_http_start(http, &q, on_answer, &r[0]);
	q.n_headers = 1;
	q.headers = twice;
	start(&q, "/hello", &r[1]);
	q.n_headers = 0;
	q.token = "a\nb";
	start(&q, "/hello", &r[2]);
	wait_for(r, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(r[i].code, RQ_EUSAGE);
		assert_int_equal(r[i].reach, RQ_HTTP_NOT_SENT);
	}
	assert_int_equal(seen->requests, 0);
}

static int scratch(char *path, size_t size)
{
	snprintf(path, size, "%s/rq-http.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	return mkstemp(path);
}

static void test_to_file(void **state)
{
	enum { BYTES = 30000000 };
	struct rq_http_request q = { .to_fd = true, .file_max = BYTES, .progress = on_progress };
	struct reply r;
	struct stat st;
	char path[200];

	(void)state;
	q.fd = scratch(path, sizeof path);
	assert_true(q.fd >= 0);
	ask(&q, "/big/30000000", &r);
	assert_int_equal(r.code, RQ_OK);
	assert_string_equal(r.body, "");
	assert_int_equal(r.got, BYTES);
	assert_int_equal(fstat(q.fd, &st), 0);
	assert_int_equal(st.st_size, BYTES);
	assert_true(r.progress <= r.took / 100 + 1);
	assert_int_equal(r.progress ? r.total : BYTES, BYTES);
	assert_string_equal(wire("Accept-Encoding"), "-");
	ask(&q, "/big/30000001", &r);
	assert_int_equal(r.code, RQ_ELIMIT);
	/* What is no success is told, not written. */
	assert_int_equal(ftruncate(q.fd, 0), 0);
	ask(&q, "/nothere", &r);
	assert_int_equal(r.status, 404);
	assert_string_equal(r.body, "none");
	assert_int_equal(fstat(q.fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	q.timeout_ms = 1000;
	ask(&q, "/stall", &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	close(q.fd);
	q.fd = open("/dev/full", O_WRONLY);
	if (q.fd >= 0) {
		ask(&q, "/hello", &r);
		assert_int_equal(r.code, RQ_EFULL);
		close(q.fd);
	}
	unlink(path);
}

static void test_a_few_at_once(void **state)
{
	struct rq_http_request q = { 0 };
	struct reply r[12];

	(void)state;
	for (int i = 0; i < 12; i++)
		start(&q, "/later", &r[i]);
	wait_for(r, 12);
	for (int i = 0; i < 12; i++)
		assert_string_equal(r[i].body, "later");
	assert_true(seen->most_at_once <= 4);
	assert_true(seen->most_at_once > 1);
	assert_true(seen->connections <= 4);
}

/* The patience counts from the start, also of those that no place became free for. */
static void test_waits_no_longer(void **state)
{
	struct rq_http_request q = { .timeout_ms = 5000 }, hurry = { .timeout_ms = 200 };
	struct reply r[4], late;

	(void)state;
	for (int i = 0; i < 4; i++)
		start(&q, "/silent", &r[i]);
	start(&hurry, "/hello", &late);
	wait_for(&late, 1);
	assert_int_equal(late.code, RQ_EUNREACHABLE);
	assert_int_equal(late.reach, RQ_HTTP_NOT_SENT);
	assert_non_null(strstr(late.msg, "behind others"));
	assert_true(late.took < 2000);
}

static void test_drop(void **state)
{
	struct rq_http_request q = { 0 };
	struct reply r[3], after;
	struct rq_http_call *c[3];

	(void)state;
	/* Waiting, under way, and by the callback of another one or of its own. */
	for (int i = 0; i < 3; i++)
		c[i] = start(&q, i == 1 ? "/silent" : "/hello", &r[i]);
	rq_http_drop(c[0]);
	while (seen->requests < 2)
		rq_loop_turn(loop, 20);
	rq_http_drop(c[1]);
	rq_http_drop(NULL);
	wait_for(&r[2], 1);
	c[0] = start(&q, "/silent", &r[0]);
	c[1] = start(&q, "/later", &r[1]);
	r[1].drop = c[0];
	wait_for(&r[1], 1);
	c[1] = start(&q, "/hello", &r[1]);
	r[1].drop = c[1];
	wait_for(&r[1], 1);
	get("/hello", &after);
	assert_int_equal(r[0].calls, 0);
}

static void test_free_in_callback(void **state)
{
	struct rq_http_request q = { 0 };
	struct reply r[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		start(&q, i ? "/silent" : "/hello", &r[i]);
	r[0].free_it = http;
	wait_for(r, 1);
	for (int i = 0; i < 20; i++)
		rq_loop_turn(loop, 10);
	for (int i = 1; i < 6; i++)
		assert_int_equal(r[i].calls, 0);
	/* And one that is refused before anything was loaded. */
	http = rq_http_new(loop, 1);
	q.token = "\n";
	start(&q, "/hello", &r[0]);
	start(&q, "/hello", &r[1]);
	r[0].free_it = http;
	wait_for(r, 1);
	assert_int_equal(r[1].calls, 0);
	assert_null(http);
}

static void test_library(void **state)
{
	(void)state;
	assert_non_null(strstr(rq_http_library(), "libcurl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_get, begin, end),
		cmocka_unit_test_setup_teardown(test_headers_and_token, begin, end),
		cmocka_unit_test_setup_teardown(test_methods, begin, end),
		cmocka_unit_test_setup_teardown(test_gzip_and_hints, begin, end),
		cmocka_unit_test_setup_teardown(test_no_redirect, begin, end),
		cmocka_unit_test_setup_teardown(test_faults, begin, end),
		cmocka_unit_test_setup_teardown(test_not_sent, begin, end),
		cmocka_unit_test_setup_teardown(test_writes_are_sent_once, begin, end),
		cmocka_unit_test_setup_teardown(test_limits, begin, end),
		cmocka_unit_test_setup_teardown(test_addresses, begin, end),
		cmocka_unit_test_setup_teardown(test_refusals, begin, end),
		cmocka_unit_test_setup_teardown(test_to_file, begin, end),
		cmocka_unit_test_setup_teardown(test_a_few_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_waits_no_longer, begin, end),
		cmocka_unit_test_setup_teardown(test_drop, begin, end),
		cmocka_unit_test_setup_teardown(test_free_in_callback, begin, end),
		cmocka_unit_test(test_library),
	};

	return cmocka_run_group_tests(tests, serve_all, stop_all);
}
