/* ask.c - for tests: one client of an API, told what to do on standard input, a line each; answers in JSON, a line each.
 *
 *   ask BASE CACHE FORGE [CA]       the token is in GH_ENTERPRISE_TOKEN; CACHE "" none; CA: a file with authorities
 *
 *   get AGE PATH                    raw PATH, send METHOD PATH JSON, file MAX PATH (into ./file)
 *   repeat N AGE PATH               as often, one behind the other; one answer: the last, with the CPU time of all
 *   pass MS                         budget */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/queue/github_api.h"

struct run {
	struct rq_loop *loop;
	struct rq_api *api;
	bool answered;
	struct rq_json *answer;
};

static void on_answer(void *ud, const struct rq_api_answer *a)
{
	struct run *r = ud;
	struct rq_json *j = rq_json_object();

	rq_json_set_str(j, "code", rq_code_name(a->code));
	rq_json_set_str(j, "error", a->err.msg);
	rq_json_set_int(j, "reach", a->reach);
	rq_json_set_int(j, "status", a->status);
	rq_json_set_int(j, "bytes", (int64_t)a->body_n);
	rq_json_set_str(j, "body", a->body_n < 2000 ? a->body : "");
	rq_json_set_str(j, "etag", a->etag);
	rq_json_set_int(j, "checked_at", a->checked_at);
	rq_json_set_int(j, "server_at", a->server_at);
	rq_json_set_bool(j, "cached", a->cached);
	rq_json_set_bool(j, "stale", a->stale);
	rq_json_set_bool(j, "storage", a->storage);
	rq_json_set_str(j, "next", a->next);
	rq_json_set_int(j, "retry_in", a->retry_at ? a->retry_at - rq_now() : 0);
	rq_json_set_str(j, "missing", a->missing);
	rq_json_free(r->answer);
	r->answer = j;
	r->answered = true;
}

static void budget(struct run *r)
{
	const struct rq_api_budget *b = rq_api_budget(r->api);

	r->answer = rq_json_object();
	rq_json_set_int(r->answer, "limit", b->limit);
	rq_json_set_int(r->answer, "remaining", b->remaining);
	rq_json_set_int(r->answer, "requests", b->requests);
	rq_json_set_int(r->answer, "not_modified", b->not_modified);
	rq_json_set_int(r->answer, "points", b->points);
	rq_json_set_int(r->answer, "pace", b->pace);
	rq_json_set_int(r->answer, "skew", b->skew_ms);
	rq_json_set_bool(r->answer, "online", b->online);
	rq_json_set_str(r->answer, "error", b->error);
	rq_json_set_str(r->answer, "blocked", b->blocked_why);
}

static void wait_for(struct run *r)
{
	while (!r->answered)
		rq_loop_turn(r->loop, 1000);
	r->answered = false;
}

static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return ((int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void repeat(struct run *r, long n, long age, const char *path)
{
	int64_t from = cpu_us();

	for (long i = 0; i < n; i++) {
		rq_api_get(r->api, path, age, 0, on_answer, r);
		wait_for(r);
	}
	rq_json_set_int(r->answer, "cpu_us", cpu_us() - from);
}

static void pass(struct run *r, long ms)
{
	int64_t until = rq_mono_ns() + (int64_t)ms * 1000000;

	while (rq_mono_ns() < until)
		rq_loop_turn(r->loop, 20);
	r->answer = rq_json_object();
}

static void file(struct run *r, long max, const char *path)
{
	int fd = open("file", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	rq_api_download(r->api, path, fd, max, NULL, on_answer, r);
	wait_for(r);
	close(fd);
}

static void obey(struct run *r, char *line)
{
	char *save = NULL, *verb = strtok_r(line, " \n", &save), *a = strtok_r(NULL, " \n", &save),
	     *b = strtok_r(NULL, " \n", &save), *rest = strtok_r(NULL, "\n", &save);

	if (rq_eq(verb, "get") && b) {
		rq_api_get(r->api, b, strtol(a, NULL, 10), 0, on_answer, r);
		wait_for(r);
	} else if (rq_eq(verb, "raw") && a) {
		rq_api_get(r->api, a, 0, RQ_API_RAW, on_answer, r);
		wait_for(r);
	} else if (rq_eq(verb, "send") && b) {
		rq_api_send(r->api, a, b, rest, on_answer, r);
		wait_for(r);
	} else if (rq_eq(verb, "file") && b) {
		file(r, strtol(a, NULL, 10), b);
	} else if (rq_eq(verb, "repeat") && rest) {
		repeat(r, strtol(a, NULL, 10), strtol(b, NULL, 10), rest);
	} else if (rq_eq(verb, "pass") && a) {
		pass(r, strtol(a, NULL, 10));
	} else if (rq_eq(verb, "budget")) {
		budget(r);
	} else {
		fprintf(stderr, "ask: what is '%s'?\n", verb ? verb : "");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct rq_api_options o = { .token = getenv("GH_ENTERPRISE_TOKEN") };
	struct run r = { 0 };
	struct rq_error e = { 0 };
	char line[4096];

	if (argc < 4 || argc > 5 || !rq_forge_parse(argv[3], &o.forge) || rq_loop_new(&r.loop, &e))
		return 2;
	o.loop = r.loop;
	o.base = argv[1];
	o.cache = *argv[2] ? argv[2] : NULL;
	o.ca = argv[4];
	if (rq_api_new(&o, &r.api, &e)) {
		fprintf(stderr, "ask: %s\n", e.msg);
		return 1;
	}
	while (fgets(line, sizeof line, stdin)) {
		struct rq_str s;

		obey(&r, line);
		rq_str_init(&s, 0);
		rq_json_print(r.answer, &s, false);
		puts(rq_str_get(&s));
		fflush(stdout);
		rq_str_release(&s);
		rq_json_free(r.answer);
		r.answer = NULL;
	}
	rq_api_free(r.api);
	rq_loop_free(r.loop);
	return 0;
}
