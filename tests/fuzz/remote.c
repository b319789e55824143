/* URLs of repositories, and lines with secrets in them. */
#include "tests/fuzz/fuzz.h"
#include "core/base/redact.h"
#include "core/base/str.h"
#include "core/model/id.h"
#include "core/model/remote.h"

static void check_name(const char *s)
{
	PROMISE(*s && strlen(s) < RQ_REPO_MAX && !rq_eq(s, ".") && !rq_eq(s, ".."));
	PROMISE(!strpbrk(s, "/\\:@%?# \t\n"));
}

/* What was taken can be asked for without surprises, and is the same when it is read again. */
static void check_remote(const struct rq_remote *r)
{
	char host[RQ_HOST_MAX], queue[RQ_NAME_MAX];
	struct rq_remote again;
	struct rq_str s;

	check_name(r->owner);
	check_name(r->repo);
	PROMISE(rq_host_normal(r->host, host) && rq_eq(host, r->host));
	PROMISE(r->port >= 0 && r->port < 65536);
	PROMISE(!strstr(r->prefix, "..") || !strstr(r->prefix, "/../"));
	rq_remote_queue_name(r->repo, queue, sizeof queue);
	PROMISE(rq_name_ok(queue));
	rq_str_init(&s, 0);
	rq_remote_api(r, true, &s);
	PROMISE(rq_remote_api_host(rq_str_get(&s), host, NULL) == RQ_OK);
	PROMISE(rq_eq(host, r->host));
	PROMISE(rq_remote_api_port(rq_str_get(&s)) == r->port || rq_host_kind(r->host) != RQ_HOST_OTHER);
	rq_str_clear(&s);
	rq_str_addf(&s, strchr(r->host, ':') ? "https://[%s]%s/%s/%s.git" : "https://%s%s/%s/%s.git", r->host, r->prefix, r->owner,
		    r->repo);
	PROMISE(rq_remote_parse(rq_str_get(&s), &again, NULL) == RQ_OK);
	PROMISE(rq_eq(again.host, r->host) && rq_eq(again.prefix, r->prefix));
	PROMISE(rq_eq(again.owner, r->owner) && rq_eq(again.repo, r->repo));
	rq_str_release(&s);
}

static void check_redact(const char *text)
{
	static const char secret[] = "sEcReT-sEcReT";
	struct rq_redact *r = rq_redact_new();
	char *line = rq_alloc(strlen(text) * 2 + sizeof secret), *once;

	rq_redact_add(r, secret);
	snprintf(line, strlen(text) * 2 + sizeof secret, "%s%s%s", text, secret, text);
	rq_redact_line(r, line);
	PROMISE(!strstr(line, secret));
	PROMISE(strlen(line) <= strlen(text) * 2 + strlen(secret));
	once = rq_strdup(line);
	rq_redact_line(r, line);
	PROMISE(strlen(line) <= strlen(once));
	rq_free(once);
	rq_free(line);
	rq_redact_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), host[RQ_HOST_MAX];
	struct rq_remote r;

	if (rq_remote_parse(text, &r, NULL) == RQ_OK)
		check_remote(&r);
	if (rq_remote_parse_name(text, "github.com", &r, NULL) == RQ_OK)
		check_remote(&r);
	if (rq_remote_api_host(text, host, NULL) == RQ_OK && rq_starts(text, "http://"))
		PROMISE(rq_host_loopback(host));
	check_redact(text);
	rq_free(text);
	return 0;
}
