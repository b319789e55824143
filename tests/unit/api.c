/* The client of an API: its cache, its limits and its faults, against a server that says what a test tells it to. */
#include "tests/unit/peer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github_api.h"
#include "core/queue/github_api_parts.h"
#include "core/queue/github_cache.h"
#include "core/sys/db.h"

#define TOKEN "not-a-token-0123456789"

/* --- the server ----------------------------------------------------------------------------- */

/* What is said to requests that begin so ("GET /x"); the first that fits and has TIMES left. */
struct rule {
	char match[80], status[40], headers[800], etag[40], body[4000];
	int times, delay_ms;
	bool reset;
};

static struct {
	struct rule rules[12];
	int n, requests, authorized;
	char last[8192], all[8192];
} *say;
static struct peer peer;

static struct rule *rule_for(const char *request)
{
	for (int i = 0; i < say->n; i++) {
		struct rule *r = &say->rules[i];

		if (r->times && strncmp(request, r->match, strlen(r->match)) == 0) {
			r->times--;
			return r;
		}
	}
	return NULL;
}

static void serve(int fd, const char *request, int nth)
{
	struct rule *r = rule_for(request);
	char headers[1000], wanted[100];

	(void)nth;
	__atomic_add_fetch(&say->requests, 1, __ATOMIC_SEQ_CST);
	if (strstr(request, "\r\nAuthorization: "))
		__atomic_add_fetch(&say->authorized, 1, __ATOMIC_SEQ_CST);
	snprintf(say->last, sizeof say->last, "%s", request);
	snprintf(say->all + strlen(say->all), sizeof say->all - strlen(say->all), "%.*s\n", (int)strcspn(request, "\r"), request);
	if (!r) {
		peer_answers(fd, "599 Unexpected", "", "{}", 2);
		return;
	}
	usleep((useconds_t)r->delay_ms * 1000);
	if (r->reset)
		peer_reset(fd);
	snprintf(headers, sizeof headers, "%s%s%s%s", r->headers, *r->etag ? "ETag: " : "", r->etag, *r->etag ? "\r\n" : "");
	snprintf(wanted, sizeof wanted, "\r\nIf-None-Match: %s\r\n", r->etag);
	if (*r->etag && strstr(request, wanted)) {
		peer_says(fd, "HTTP/1.1 304 Not Modified\r\n");
		peer_says(fd, headers);
		peer_says(fd, "\r\n");
	} else {
		peer_answers(fd, r->status, headers, r->body, strlen(r->body));
	}
}

static struct rule *says(const char *match, const char *status, const char *body)
{
	struct rule *r = &say->rules[say->n];

	memset(r, 0, sizeof *r);
	snprintf(r->match, sizeof r->match, "%s", match);
	snprintf(r->status, sizeof r->status, "%s", status);
	snprintf(r->body, sizeof r->body, "%s", body);
	r->times = 1000;
	say->n++;
	return r;
}

static void head(struct rule *r, const char *line)
{
	size_t n = strlen(r->headers);

	snprintf(r->headers + n, sizeof r->headers - n, "%s\r\n", line);
}

static void anew(void)
{
	memset(say, 0, sizeof *say);
}

static int start_peer(void **state)
{
	(void)state;
	say = peer_shared(sizeof *say);
	return say ? peer_start(&peer, serve) : -1;
}

static int stop_peer(void **state)
{
	(void)state;
	peer_stop(&peer);
	return 0;
}

/* --- the client ------------------------------------------------------------------------------- */

static struct rq_loop *loop;
static struct rq_api *api;
static char dir[200], cache[240], base[80];
static const char *self;
static enum rq_forge forge;

struct reply {
	int calls, code, status, changed;
	bool cached, stale, storage;
	enum rq_http_reach reach;
	char body[4000], etag[100], next[200], msg[512], missing[100], id[40];
	int64_t checked_at, server_at, retry_at, at;
	struct rq_api *free_it;
	struct rq_api_call *drop;
};

static struct rq_api *open_api(void)
{
	struct rq_api_options o = { .loop = loop, .base = base, .forge = forge, .token = TOKEN, .cache = cache };
	struct rq_error e = { 0 };
	struct rq_api *a;

	if (rq_api_new(&o, &a, &e))
		fail_msg("%s", e.msg);
	return a;
}

static void reopen(void)
{
	rq_api_free(api);
	api = open_api();
}

static int begin(void **state)
{
	(void)state;
	anew();
	forge = RQ_FORGE_GITHUB;
	snprintf(base, sizeof base, "http://127.0.0.1:%d", peer.port);
	snprintf(dir, sizeof dir, "%s/rq-api.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(dir) || rq_loop_new(&loop, NULL))
		return -1;
	snprintf(cache, sizeof cache, "%s/c/cache.db", dir);
	api = open_api();
	return 0;
}

static void rm(const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "%s/c/%s", dir, name);
	unlink(path);
}

static int end(void **state)
{
	char path[300];

	(void)state;
	rq_api_free(api);
	rq_loop_free(loop);
	rm("cache.db");
	rm("cache.db-wal");
	rm("cache.db-shm");
	rm("cache.db.lock");
	rm("cache.db.new");
	snprintf(path, sizeof path, "%s/c", dir);
	rmdir(path);
	/* Nothing else may be left. */
	return rmdir(dir);
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "(null)");
}

static void on_answer(void *ud, const struct rq_api_answer *a)
{
	struct reply *r = ud;

	r->calls++;
	r->code = a->code;
	r->status = a->status;
	r->cached = a->cached;
	r->stale = a->stale;
	r->storage = a->storage;
	r->reach = a->reach;
	r->checked_at = a->checked_at;
	r->server_at = a->server_at;
	r->retry_at = a->retry_at;
	r->at = rq_mono_ns() / 1000000;
	assert_int_equal(a->body[a->body_n], 0);
	copy(r->body, sizeof r->body, a->body);
	copy(r->etag, sizeof r->etag, a->etag);
	copy(r->next, sizeof r->next, a->next);
	copy(r->msg, sizeof r->msg, a->err.msg);
	copy(r->missing, sizeof r->missing, a->missing);
	copy(r->id, sizeof r->id, a->request_id);
	rq_api_drop(r->drop);
	if (r->free_it) {
		rq_api_free(r->free_it);
		api = NULL;
	}
}

static void wait_for(struct reply *r)
{
	int64_t give_up = rq_mono_ns() + INT64_C(20000000000);

	while (!r->calls && rq_mono_ns() < give_up)
		rq_loop_turn(loop, 20);
	assert_int_equal(r->calls, 1);
}

static struct rq_api_call *start(const char *path, int64_t age, struct reply *r)
{
	memset(r, 0, sizeof *r);
	return rq_api_get(api, path, age, 0, on_answer, r);
}

static void get(const char *path, int64_t age, struct reply *r)
{
	start(path, age, r);
	assert_int_equal(r->calls, 0);
	wait_for(r);
}

static void post(const char *path, const char *json, struct reply *r)
{
	memset(r, 0, sizeof *r);
	rq_api_send(api, "POST", path, json, on_answer, r);
	wait_for(r);
}

static void pass(int ms)
{
	int64_t until = rq_mono_ns() + INT64_C(1000000) * ms;

	while (rq_mono_ns() < until)
		rq_loop_turn(loop, 10);
}

static const char *wire(const char *name)
{
	static char value[512];
	const char *p = say->last;

	snprintf(value, sizeof value, "-");
	while ((p = strstr(p, "\r\n"))) {
		p += 2;
		if (!strncasecmp(p, name, strlen(name)) && p[strlen(name)] == ':')
			snprintf(value, sizeof value, "%.*s", (int)strcspn(p + strlen(name) + 2, "\r"), p + strlen(name) + 2);
	}
	return value;
}

static void on_changed(void *ud)
{
	++*(int *)ud;
}

/* --- the cache ---------------------------------------------------------------------------------- */

static void test_cache(void **state)
{
	struct reply r, again;
	char *body, *etag, *next;
	int64_t checked;
	size_t n;

	(void)state;
	head(says("GET /x", "200 OK", "{\"a\":1}"), "Date: Sun, 22 Nov 2026 01:00:00 GMT\r\nX-GitHub-Request-Id: AB:12");
	snprintf(say->rules[0].etag, sizeof say->rules[0].etag, "W/\"one\"");
	assert_int_equal(rq_api_cached(api, "/x", &body, &n, &etag, &next, &checked), RQ_ENOTFOUND);
	get("/x", -1, &r);
	assert_int_equal(r.code, RQ_ENOTFOUND);
	assert_int_equal(say->requests, 0);
	get("/x", 1000, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_false(r.cached);
	assert_string_equal(r.body, "{\"a\":1}");
	assert_string_equal(r.etag, "W/\"one\"");
	assert_string_equal(r.next, "(null)");
	assert_string_equal(r.id, "AB:12");
	assert_int_equal(r.server_at, INT64_C(1795309200000));
	assert_string_equal(wire("Authorization"), "Bearer " TOKEN);
	assert_string_equal(wire("Accept"), "application/vnd.github+json");
	assert_string_equal(wire("X-GitHub-Api-Version"), "2022-11-28");
	assert_string_equal(wire("If-None-Match"), "-");
	/* Young enough, also for another object. */
	get("/x", 60000, &again);
	assert_true(again.cached);
	assert_int_equal(again.checked_at, r.checked_at);
	assert_string_equal(again.body, "{\"a\":1}");
	reopen();
	get("/x", 60000, &again);
	assert_true(again.cached);
	assert_int_equal(say->requests, 1);
	pass(10);
	get("/x", 0, &again);
	assert_int_equal(say->requests, 2);
	assert_int_equal(again.code, RQ_OK);
	assert_false(again.cached);
	assert_true(again.checked_at > r.checked_at);
	assert_string_equal(wire("If-None-Match"), "W/\"one\"");
	assert_string_equal(again.body, "{\"a\":1}");
	assert_int_equal(again.status, 200);
	assert_int_equal(rq_api_budget(api)->not_modified, 1);
	assert_int_equal(rq_api_budget(api)->points, 0);
	assert_int_equal(rq_api_cached(api, "/x", &body, &n, &etag, &next, &checked), RQ_OK);
	assert_string_equal(body, "{\"a\":1}");
	assert_int_equal(checked, again.checked_at);
	assert_string_equal(next, "");
	rq_free(body);
	rq_free(etag);
	rq_free(next);
	rq_api_forget(api, "/x", 0);
	get("/x", 60000, &r);
	assert_string_equal(wire("If-None-Match"), "-");
}

static void test_another_forge(void **state)
{
	struct reply a, b;

	(void)state;
	forge = RQ_FORGE_GITEA;
	reopen();
	says("GET /x", "200 OK", "[1]")->times = 2;
	says("GET /x", "200 OK", "[2]");
	get("/x", 0, &a);
	assert_string_equal(wire("Authorization"), "token " TOKEN);
	assert_string_equal(wire("X-GitHub-Api-Version"), "-");
	assert_string_equal(wire("Accept"), "application/json");
	assert_true(strlen(a.etag) > 10);
	pass(5);
	get("/x", 0, &b);
	assert_string_equal(a.etag, b.etag);
	assert_string_equal(wire("If-None-Match"), "-");
	pass(5);
	get("/x", 0, &b);
	assert_string_not_equal(a.etag, b.etag);
	assert_int_equal(rq_api_budget(api)->remaining, -1);
}

/* What belongs to one token is not shown to another; and no token is in the file. */
static void test_tokens(void **state)
{
	struct rq_api_options o = { .loop = loop, .base = base, .token = "another-token", .cache = cache };
	struct rq_api *other;
	struct reply r, s = { 0 };
	char text[200000];
	const char *names[] = { "cache.db", "cache.db-wal" };

	(void)state;
	says("GET /x", "200 OK", "[1]");
	get("/x", 0, &r);
	assert_int_equal(rq_api_new(&o, &other, NULL), RQ_OK);
	rq_api_get(other, "/x", -1, 0, on_answer, &s);
	wait_for(&s);
	assert_int_equal(s.code, RQ_ENOTFOUND);
	rq_api_free(other);
	for (int i = 0; i < 2; i++) {
		char path[300];
		int fd;
		ssize_t n;

		snprintf(path, sizeof path, "%s/c/%s", dir, names[i]);
		fd = open(path, O_RDONLY);
		n = read(fd, text, sizeof text);
		close(fd);
		assert_true(n >= 0 && n < (ssize_t)sizeof text);
		for (ssize_t k = 0; k + 11 < n; k++)
			assert_int_not_equal(memcmp(text + k, "not-a-token", 11), 0);
	}
}

static void test_deleted_and_damaged(void **state)
{
	struct reply r;
	struct stat st;
	int fd;

	(void)state;
	snprintf(says("GET /x", "200 OK", "[1]")->etag, 40, "\"1\"");
	get("/x", 0, &r);
	/* While a request for it is under way. */
	say->rules[0].delay_ms = 100;
	pass(600);
	start("/x", 0, &r);
	while (say->requests < 2)
		rq_loop_turn(loop, 5);
	rm("cache.db");
	rm("cache.db-wal");
	wait_for(&r);
	assert_int_equal(r.code, RQ_OK);
	assert_string_equal(r.body, "[1]");
	pass(600);
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_int_equal(stat(cache, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	get("/x", 60000, &r);
	assert_true(r.cached);
	/* Rubbish in its place. */
	rm("cache.db");
	fd = open(cache, O_WRONLY | O_CREAT, 0600);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(write(fd, "no database", 11), 11);
	close(fd);
	pass(600);
	get("/x", 60000, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_string_equal(r.body, "[1]");
	get("/x", 60000, &r);
	assert_true(r.cached);
}

static void test_no_cache(void **state)
{
	struct reply r;

	(void)state;
	snprintf(cache, sizeof cache, "/proc/nowhere/cache.db");
	reopen();
	says("GET /x", "200 OK", "[1]");
	get("/x", 60000, &r);
	get("/x", 60000, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_false(r.cached);
	assert_int_equal(say->requests, 2);
}

static void test_cut_off_is_not_kept(void **state)
{
	struct reply r;

	(void)state;
	snprintf(says("GET /x", "200 OK", "{\"a\":[1,{\"b\":\"]}\\\"\"}")->etag, 40, "\"1\"");
	say->rules[0].times = 1;
	snprintf(says("GET /x", "200 OK", "{\"a\":[1]}")->etag, 40, "\"1\"");
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_string_equal(r.body, "{\"a\":[1]}");
	assert_int_equal(say->requests, 2);
	assert_string_equal(wire("If-None-Match"), "-");
	anew();
	says("GET /y", "200 OK", "<html>sign in</html>");
	start("/y", 0, &r);
	pass(300);
	assert_int_equal(say->requests, 1);
}

static void test_pages(void **state)
{
	static const char *const links[][2] = {
		{ "", "(null)" },
		{ "<%s/x?page=2>; rel=\"next\", <%s/x?page=9>; rel=\"last\"", "/x?page=2" },
		{ "<%s/repositories/7/x?page=2>; rel=next", "/repositories/7/x?page=2" },
		{ "<https://elsewhere.example.org/x?page=2>; rel=\"next\"", "(null)" },
		{ "<%s/x?page=1>; rel=\"prev\"", "(null)" },
	};
	struct reply r;

	(void)state;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		char line[400] = "Link: ", *p = line + 6;

		for (const char *q = links[i][0]; *q; q++) {
			if (*q == '%')
				p += sprintf(p, "%s", base), q++;
			else
				*p++ = *q;
		}
		anew();
		head(says("GET /x", "200 OK", "[]"), line);
		pass(5);
		get("/x", 0, &r);
		assert_int_equal(r.code, RQ_OK);
		assert_string_equal(r.next, links[i][1]);
		assert_int_equal(*r.msg != 0, i == 3);
		get("/x", 60000, &r);
		assert_true(r.cached);
		assert_string_equal(r.next, links[i][1]);
	}
}

/* --- refusals ------------------------------------------------------------------------------------- */

static void test_refusals(void **state)
{
	static const struct {
		const char *status, *header, *body;
		int code;
		const char *says, *missing;
	} rows[] = {
		{ "401 No", "", "{\"message\":\"Bad credentials\"}", RQ_EPERM, "Bad credentials", "" },
		{ "403 No", "X-Accepted-GitHub-Permissions: actions=write", "{\"message\":\"Resource not accessible\"}", RQ_EPERM,
		  "actions=write", "actions=write" },
		{ "403 No", "X-GitHub-SSO: required; url=https://x/y?z=secret", "{}", RQ_EPERM, "single sign-on", "" },
		{ "403 No", "X-OAuth-Scopes: repo\r\nX-Accepted-OAuth-Scopes: admin:org", "{}", RQ_EPERM, "scope admin:org",
		  "scope admin:org" },
		{ "404 No", "X-OAuth-Scopes: repo, user\r\nX-Accepted-OAuth-Scopes: repo", "{\"message\":\"Not Found\"}",
		  RQ_ENOTFOUND, "knows no /x", "" },
		{ "410 Gone", "", "{}", RQ_ENOTFOUND, "no more", "" },
		{ "409 No", "", "{\"message\":\"Cannot cancel a workflow run that is completed.\"}", RQ_ECONFLICT, "Cannot cancel", "" },
		{ "422 No", "", "{\"message\":\"No ref found for: y\",\"errors\":[\"bad ref\"]}", RQ_EUSAGE, "No ref found", "" },
		{ "400 No", "", "{}", RQ_EUSAGE, "status 400", "" },
		{ "451 No", "", "{}", RQ_EPERM, "allow", "" },
		{ "405 No", "", "{}", RQ_EUNSUPPORTED, "cannot do", "" },
		{ "500 No", "", "<html><title>Unicorn!</title></html>", RQ_EUNREACHABLE, "status 500", "" },
	};
	struct reply r;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		anew();
		forge = RQ_FORGE_GITEA; /* where writes need no pauses */
		reopen();
		if (*rows[i].header)
			head(says("POST /x", rows[i].status, rows[i].body), rows[i].header);
		else
			says("POST /x", rows[i].status, rows[i].body);
		post("/x?secret=1", "{}", &r);
		assert_int_equal(r.code, rows[i].code);
		if (!strstr(r.msg, rows[i].says))
			fail_msg("%s: %s", rows[i].status, r.msg);
		assert_string_equal(r.missing, rows[i].missing);
		assert_null(strstr(r.msg, "secret"));
		assert_int_equal(say->requests, 1);
		assert_int_equal(r.reach, RQ_HTTP_ANSWERED);
	}
}

static void test_version(void **state)
{
	struct reply r;

	(void)state;
	says("GET /x", "400 Bad Request", "{\"message\":\"\\\"2022-11-28\\\" is not a supported version.\"}")->times = 1;
	says("GET /x", "200 OK", "[]");
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_string_equal(wire("X-GitHub-Api-Version"), "-");
	get("/x", 0, &r);
	assert_int_equal(say->requests, 3);
}

static void test_redirects(void **state)
{
	struct reply r;

	(void)state;
	head(says("GET /old", "301 Moved", "{}"), "Location: /repositories/7/new");
	says("GET /repositories/7/new", "200 OK", "[7]");
	get("/old", 60000, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_string_equal(r.body, "[7]");
	get("/old", 60000, &r);
	assert_true(r.cached);
	head(says("GET /away", "302 Found", "{}"), "Location: https://elsewhere.example.org/x");
	get("/away", 0, &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_non_null(strstr(r.msg, "outside"));
	head(says("GET /loop", "302 Found", "{}"), "Location: /loop");
	get("/loop", 0, &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	head(says("POST /p", "307 Temporary", "{}"), "Location: /q");
	says("POST /q", "201 Created", "{}");
	post("/p", "{\"a\":2}", &r);
	assert_int_equal(r.status, 201);
	assert_non_null(strstr(say->last, "{\"a\":2}"));
	head(says("POST /m", "301 Moved", "{}"), "Location: /q");
	post("/m", "{}", &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
}

/* --- limits ----------------------------------------------------------------------------------------- */

static void limited(const char *status, const char *header, const char *body, int64_t from, int64_t to, const char *why)
{
	struct reply r;
	int64_t now = rq_now();

	anew();
	head(says("GET /x", status, body), header);
	says("GET /y", "200 OK", "[]");
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_EBUSY);
	if (r.retry_at - now < from || r.retry_at - now > to)
		fail_msg("%s: %lld", header, (long long)(r.retry_at - now));
	assert_string_equal(rq_api_budget(api)->blocked_why, why);
	/* Nothing is sent, by nobody. */
	get("/y", 0, &r);
	assert_int_equal(r.code, RQ_EBUSY);
	reopen();
	get("/y", 0, &r);
	assert_int_equal(r.code, RQ_EBUSY);
	post("/y", "{}", &r);
	assert_int_equal(r.code, RQ_EBUSY);
	assert_int_equal(r.reach, RQ_HTTP_NOT_SENT);
	assert_int_equal(say->requests, 1);
	rq_api_free(api);
	rm("cache.db");
	api = open_api();
}

static void test_limits(void **state)
{
	char line[200];
	struct reply r;

	(void)state;
	snprintf(line, sizeof line, "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: %lld",
		 (long long)(rq_now() / 1000 + 600));
	limited("403 Forbidden", "Retry-After: 7\r\nX-RateLimit-Remaining: 10", "{}", 6000, 8000, "secondary rate limit");
	limited("429 Too Many", "Retry-After: 30", "{}", 29000, 31000, "secondary rate limit");
	limited("403 Forbidden", line, "{\"message\":\"API rate limit exceeded\"}", 595000, 603000, "rate limit");
	limited("403 Forbidden", "X-RateLimit-Remaining: 10", "{\"message\":\"You have exceeded a secondary rate limit\"}", 59000,
		62000, "secondary rate limit");
	limited("429 Too Many", "X-RateLimit-Remaining: 10", "{}", 59000, 62000, "secondary rate limit");
	anew();
	head(says("GET /x", "403 Forbidden", "{\"message\":\"no\"}"), "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 10");
	says("GET /y", "200 OK", "[]");
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_EPERM);
	get("/y", 0, &r);
	assert_int_equal(r.code, RQ_OK);
	/* Another bucket than ours. */
	snprintf(line, sizeof line, "X-RateLimit-Limit: 9\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: %lld\r\n"
		 "X-RateLimit-Resource: actions_runner_registration", (long long)(rq_now() / 1000 + 600));
	head(says("POST /t", "403 Forbidden", "{}"), line);
	post("/t", "{}", &r);
	assert_int_equal(r.code, RQ_EBUSY);
	assert_true(r.retry_at > rq_now() + 500000);
	pass(5);
	get("/y", 0, &r);
	assert_int_equal(r.code, RQ_OK);
}

static void test_block_ends(void **state)
{
	int changes = 0;
	struct reply r;

	(void)state;
	rq_api_listen(api, on_changed, &changes);
	head(says("GET /x", "429 Too Many", "{}"), "Retry-After: 1");
	say->rules[0].times = 1;
	says("GET /x", "200 OK", "[1]");
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_EBUSY);
	pass(50);
	assert_int_equal(changes, 1);
	pass(1200);
	assert_int_equal(rq_api_budget(api)->blocked_until, 0);
	assert_int_equal(changes, 2);
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_OK);
}

static void test_budget(void **state)
{
	char line[200];
	struct reply r;

	(void)state;
	snprintf(line, sizeof line, "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 4981\r\nX-RateLimit-Reset: %lld\r\n"
		 "X-RateLimit-Resource: core", (long long)(rq_now() / 1000 + 600));
	head(says("GET /x", "200 OK", "[]"), line);
	assert_int_equal(rq_api_budget(api)->remaining, -1);
	get("/x", 0, &r);
	assert_int_equal(rq_api_budget(api)->remaining, 4981);
	assert_int_equal(rq_api_budget(api)->limit, 5000);
	assert_int_equal(rq_api_budget(api)->points, 1);
	assert_int_equal(rq_api_budget(api)->pace, 1000);
	/* Who comes later knows it without a request. */
	reopen();
	assert_int_equal(rq_api_budget(api)->remaining, 4981);
}

static void test_pace(void **state)
{
	struct rq_limits l = { .limit = 5000, .remaining = 5000, .reset_at = 3600000 };

	(void)state;
	/* 10 points a minute for an hour: 600 of 4500. */
	assert_int_equal(rq_api_pace(&l, 0, 100000, 10), 1000);
	/* 150 a minute: 9000 of 4500. */
	assert_int_equal(rq_api_pace(&l, 0, 1500000, 10), 2000);
	/* In the last minutes there is enough for that. */
	assert_int_equal(rq_api_pace(&l, 3540000, 1500000, 10), 1000);
	/* 100 are left for half an hour: half of them for 300. */
	l.remaining = 100;
	assert_int_equal(rq_api_pace(&l, 1800000, 100000, 10), 6000);
	l.remaining = 0;
	assert_int_equal(rq_api_pace(&l, 0, INT64_C(1000000000000), 10), 1000000);
	assert_int_equal(rq_api_pace(&l, 3600000, 10000000, 10), 1000);
	l.limit = l.remaining = -1;
	assert_int_equal(rq_api_pace(&l, 0, 10000000, 10), 1000);
}

/* --- faults ------------------------------------------------------------------------------------------- */

static void test_reads_are_repeated(void **state)
{
	struct reply r;

	(void)state;
	says("GET /x", "502 Bad Gateway", "<html>no</html>")->times = 1;
	says("GET /x", "200 OK", "[1]");
	get("/x", 0, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_int_equal(say->requests, 2);
	assert_true(rq_api_budget(api)->online);
}

static void test_writes_are_not(void **state)
{
	struct reply r;

	(void)state;
	says("POST /x", "502 Bad Gateway", "{}");
	post("/x", "{}", &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_int_equal(r.reach, RQ_HTTP_ANSWERED);
	assert_int_equal(say->requests, 1);
	anew();
	says("POST /x", "200 OK", "{}")->reset = true;
	post("/x", "{}", &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_int_equal(r.reach, RQ_HTTP_MAYBE);
	pass(300);
	assert_int_equal(say->requests, 1);
}

static void test_one_write_a_second(void **state)
{
	struct reply r[3];

	(void)state;
	says("PUT /x", "200 OK", "{}");
	memset(r, 0, sizeof r);
	for (int i = 0; i < 3; i++) {
		char path[10];

		snprintf(path, sizeof path, "/x%d", i);
		rq_api_send(api, "PUT", path, "{}", on_answer, &r[i]);
	}
	for (int i = 0; i < 3; i++)
		wait_for(&r[i]);
	assert_true(r[1].at - r[0].at >= 990);
	assert_true(r[2].at - r[1].at >= 990);
	assert_true(r[2].at - r[0].at < 3500);
	assert_string_equal(say->all, "PUT /x0 HTTP/1.1\nPUT /x1 HTTP/1.1\nPUT /x2 HTTP/1.1\n");
}

static void test_away_and_back(void **state)
{
	int changes = 0, asked;
	struct reply r, s;
	int64_t t;

	(void)state;
	rq_api_listen(api, on_changed, &changes);
	snprintf(says("GET /x", "200 OK", "[1]")->etag, 40, "\"1\"");
	says("GET /y", "200 OK", "[2]");
	get("/x", 0, &r);
	assert_true(rq_api_budget(api)->online);
	say->rules[0].reset = true;
	pass(5);
	/* What is known is told at once, with its date. */
	get("/x", 0, &s);
	assert_int_equal(s.code, RQ_EUNREACHABLE);
	assert_true(s.stale);
	assert_string_equal(s.body, "[1]");
	assert_int_equal(s.checked_at, r.checked_at);
	assert_false(rq_api_budget(api)->online);
	assert_true(strlen(rq_api_budget(api)->error) > 10);
	pass(30);
	assert_int_equal(changes, 1);
	/* Nobody is kept waiting, and nothing is sent, for two seconds. */
	say->rules[0].reset = false;
	asked = say->requests;
	t = rq_mono_ns();
	get("/y", 0, &r);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_false(r.stale);
	assert_true(r.retry_at > rq_now() && r.retry_at <= rq_now() + 2000);
	assert_true(rq_mono_ns() - t < 500000000);
	assert_int_equal(say->requests, asked);
	pass(2050);
	get("/y", 0, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_true(rq_api_budget(api)->online);
	assert_string_equal(rq_api_budget(api)->error, "");
	pass(30);
	assert_true(changes >= 2);
}

/* --- two processes --------------------------------------------------------------------------------------- */

/* The same question from another process, this program again; its exit status is what it was told. */
static pid_t ask_elsewhere(const char *path)
{
	char *const args[] = { (char *)(uintptr_t)self, base, cache, (char *)(uintptr_t)path, NULL };
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execv(self, args);
		_exit(9);
	}
	return pid;
}

static int ask(char **args)
{
	struct reply r = { 0 };

	snprintf(base, sizeof base, "%s", args[1]);
	snprintf(cache, sizeof cache, "%s", args[2]);
	if (rq_loop_new(&loop, NULL))
		return 9;
	api = open_api();
	rq_api_get(api, args[3], 1000, 0, on_answer, &r);
	while (!r.calls)
		rq_loop_turn(loop, 20);
	rq_api_free(api);
	rq_loop_free(loop);
	return r.code ? 1 : strcmp(r.body, "[1]") ? 2 : 0;
}

static void test_single_flight(void **state)
{
	struct reply r, s;
	int status;
	pid_t pid;

	(void)state;
	/* The cache's file is there, however slow the disk. */
	says("GET /y", "200 OK", "[]");
	get("/y", 0, &r);
	says("GET /x", "200 OK", "[1]")->delay_ms = 300;
	pid = ask_elsewhere("/x");
	while (say->requests < 2)
		rq_loop_turn(loop, 5);
	/* Both here wait for the one there. */
	start("/x", 60000, &r);
	start("/x", 60000, &s);
	wait_for(&r);
	wait_for(&s);
	assert_int_equal(r.code, RQ_OK);
	assert_true(r.cached && s.cached);
	assert_string_equal(r.body, "[1]");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(say->requests, 2);
	/* Who needs to know what comes after now is not content with what was asked for before. */
	start("/x", 0, &r);
	pass(50);
	start("/x", 0, &s);
	wait_for(&r);
	wait_for(&s);
	assert_int_equal(say->requests, 4);
}

static void test_claim_of_the_dead(void **state)
{
	struct reply r;
	int64_t t;
	pid_t pid;

	(void)state;
	says("GET /x", "200 OK", "[1]")->delay_ms = 1000;
	pid = ask_elsewhere("/x");
	while (!say->requests)
		rq_loop_turn(loop, 5);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	say->rules[0].delay_ms = 0;
	t = rq_mono_ns();
	get("/x", 1000, &r);
	assert_int_equal(r.code, RQ_OK);
	assert_true(rq_mono_ns() - t < 900000000);
	assert_int_equal(say->requests, 2);
}

/* A claim is seen, and one's own not mistaken for it, while somebody else writes. */
static void test_claim_while_writing(void **state)
{
	struct rq_cache *c = rq_cache_new(loop, cache);
	char me[RQ_CLAIMANT_LEN], other[RQ_CLAIMANT_LEN];
	struct rq_db *db;

	(void)state;
	rq_cache_claimant(me);
	rq_cache_claimant(other);
	assert_true(rq_cache_claim(c, "k", other, rq_now() + 10000));
	assert_int_equal(rq_db_open(cache, 0, NULL, 0, &db, NULL), RQ_OK);
	assert_int_equal(rq_db_begin(db, false, NULL), RQ_OK);
	assert_false(rq_cache_claim(c, "k", me, rq_now() + 10000));
	assert_true(rq_cache_claim(c, "k", other, rq_now() + 10000));
	assert_true(rq_cache_claim(c, "another", me, rq_now() + 10000));
	rq_db_close(db);
	/* What could not be written is not held. */
	assert_true(rq_cache_claim(c, "another", other, rq_now() + 10000));
	assert_false(rq_cache_claim(c, "k", me, rq_now() + 10000));
	rq_cache_unclaim(c, "k", other);
	assert_true(rq_cache_claim(c, "k", me, rq_now() + 10000));
	rq_cache_free(c);
}

/* --- files ------------------------------------------------------------------------------------------------ */

static void download(const char *path, int64_t max, struct reply *r, char *got, size_t size)
{
	char name[300];
	ssize_t n;
	int fd;

	snprintf(name, sizeof name, "%s/file", dir);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	memset(r, 0, sizeof *r);
	rq_api_download(api, path, fd, max, NULL, on_answer, r);
	wait_for(r);
	n = pread(fd, got, size - 1, 0);
	got[n > 0 ? n : 0] = '\0';
	close(fd);
	unlink(name);
}

static void test_download(void **state)
{
	struct reply r;
	char got[100], line[200];

	(void)state;
	snprintf(line, sizeof line, "Location: http://localhost:%d/store?sig=secret", peer.port);
	head(says("GET /logs", "302 Found", ""), line);
	says("GET /store", "200 OK", "the log\n")->times = 1;
	says("GET /store", "404 Not Found", "<?xml version=\"1.0\"?><Error><Code>BlobNotFound</Code></Error>");
	download("/logs", 1000, &r, got, sizeof got);
	assert_int_equal(r.code, RQ_OK);
	assert_string_equal(got, "the log\n");
	assert_int_equal(say->requests, 2);
	assert_int_equal(say->authorized, 1);
	assert_string_equal(wire("Authorization"), "-");
	assert_string_equal(wire("X-GitHub-Api-Version"), "-");
	download("/logs", 1000, &r, got, sizeof got);
	assert_int_equal(r.code, RQ_ENOTFOUND);
	assert_true(r.storage);
	assert_string_equal(got, "");
	assert_null(strstr(r.msg, "secret"));
	says("GET /unknown", "404 Not Found", "{\"message\":\"Not Found\"}");
	download("/unknown", 1000, &r, got, sizeof got);
	assert_int_equal(r.code, RQ_ENOTFOUND);
	assert_false(r.storage);
	says("GET /direct", "200 OK", "text");
	download("/direct", 1000, &r, got, sizeof got);
	assert_string_equal(got, "text");
	download("/direct", 3, &r, got, sizeof got);
	assert_int_equal(r.code, RQ_ELIMIT);
	head(says("GET /plain", "302 Found", ""), "Location: http://example.org/x");
	download("/plain", 1000, &r, got, sizeof got);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_non_null(strstr(r.msg, "not secure"));
	head(says("GET /round", "302 Found", ""), "Location: /round");
	say->requests = 0;
	download("/round", 1000, &r, got, sizeof got);
	assert_int_equal(r.code, RQ_EUNREACHABLE);
	assert_true(say->requests < 8);
}

/* --- the rest --------------------------------------------------------------------------------------------- */

static void test_paths(void **state)
{
	struct rq_str s;

	(void)state;
	rq_str_init(&s, 0);
	rq_api_path(&s, "/repos/%s/%s/runs/%lld?branch=%s&created=%%3E", "acme", "a b/..%", 12345678901LL, "x&y=z");
	assert_string_equal(rq_str_get(&s), "/repos/acme/a%20b%2F..%25/runs/12345678901?branch=x%26y%3Dz&created=%3E");
	rq_str_clear(&s);
	rq_api_path(&s, "/%s/%s/%s", "..", ".", "\xc3\xb6\n");
	assert_string_equal(rq_str_get(&s), "/%2E%2E/%2E/%C3%B6%0A");
	rq_str_release(&s);
}

static void test_drop_and_free(void **state)
{
	struct reply r[4];
	struct rq_api_call *c;

	(void)state;
	says("GET /slow", "200 OK", "[]")->delay_ms = 5000;
	says("GET /x", "200 OK", "[1]");
	c = start("/slow", 0, &r[0]);
	start("/slow", 0, &r[1]);
	pass(50);
	rq_api_drop(c);
	rq_api_drop(NULL);
	/* The other one goes on in its place. */
	while (say->requests < 2)
		rq_loop_turn(loop, 10);
	c = start("/x", 0, &r[2]);
	r[2].drop = c;
	wait_for(&r[2]);
	start("/x", 0, &r[3]);
	r[3].free_it = api;
	wait_for(&r[3]);
	pass(20);
	assert_int_equal(r[0].calls + r[1].calls, 0);
	assert_null(api);
	/* From the cache, too: then no request has left. */
	api = open_api();
	start("/x", 60000, &r[0]);
	start("/x", 60000, &r[1]);
	r[0].free_it = api;
	wait_for(&r[0]);
	pass(20);
	assert_int_equal(r[1].calls, 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_cache), TEST(test_another_forge), TEST(test_tokens), TEST(test_deleted_and_damaged), TEST(test_no_cache),
		TEST(test_cut_off_is_not_kept), TEST(test_pages), TEST(test_refusals), TEST(test_version), TEST(test_redirects),
		TEST(test_limits), TEST(test_block_ends), TEST(test_budget), TEST(test_pace), TEST(test_reads_are_repeated),
		TEST(test_writes_are_not), TEST(test_one_write_a_second), TEST(test_away_and_back), TEST(test_single_flight),
		TEST(test_claim_of_the_dead), TEST(test_claim_while_writing), TEST(test_download), TEST(test_paths),
		TEST(test_drop_and_free),
	};

	self = argv[0];
	if (argc == 4)
		return ask(argv);
	return cmocka_run_group_tests(tests, start_peer, stop_peer);
}
