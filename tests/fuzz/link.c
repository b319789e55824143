/* Headers of whoever answered. The input's lines: a base URL, a Link header, a Retry-After, a limit's value. */
#include "tests/fuzz/fuzz.h"

#include "core/base/str.h"
#include "core/model/link.h"

static char *line_of(char **rest)
{
	char *line = *rest, *end = line + strcspn(line, "\n");

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

static void check_next(const char *base, const char *header)
{
	struct rq_arena a = { 0 };
	struct rq_error e = { 0 };
	const char *next;
	int rc = rq_link_next(&a, header, base, &next, &e);

	PROMISE(rc == RQ_OK || e.msg[0]);
	PROMISE(rc == RQ_OK || !next);
	PROMISE(!next || (rq_url_below(next, base) && !strpbrk(next, " \r\n\t#")));
	rq_arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *rest = text, *base = line_of(&rest), *header = line_of(&rest),
	     *retry = line_of(&rest), *limit = line_of(&rest);
	struct rq_rate r;
	int64_t wait, at;

	check_next(base, header);
	check_next("https://api.github.com", header);
	check_next("https://git.example.com/api/v3", header);
	wait = rq_retry_after(retry, INT64_C(1795307551000));
	PROMISE(wait >= -1 && wait <= 86400000);
	PROMISE(!rq_http_date(retry, &at) || wait >= 0);
	rq_rate_init(&r);
	rq_rate_header(&r, "X-RateLimit-Remaining", limit);
	rq_rate_header(&r, "x-ratelimit-resource", limit);
	rq_rate_header(&r, limit, "7");
	PROMISE(r.remaining >= -1 && strlen(r.resource) < sizeof r.resource);
	rq_free(text);
	return 0;
}
