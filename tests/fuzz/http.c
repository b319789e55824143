/* What strangers say in HTTP: an address that is taken is one that we would write, and heads are read within their bounds. */
#include "tests/fuzz/fuzz.h"
#include "core/sys/http_private.h"

static void check_url(const char *text)
{
	struct rq_http_url u = { .secure = false };
	const char *at;

	if (rq_http_url_read(text, &u, NULL) != RQ_OK)
		return;
	PROMISE(u.secure || u.local);
	PROMISE(*u.host && !strpbrk(u.host, "@/?# \\"));
	at = strstr(text, "://");
	PROMISE(at && strncmp(at + 3, u.host, strlen(u.host)) == 0);
	at += 3 + strlen(u.host);
	PROMISE(!*at || strchr("/?#", *at));
}

static void check_head(const char *data, size_t size)
{
	static const char *const names[] = { "etag", "LINK", "x-ratelimit-remaining", "", "a" };
	struct rq_http_headers h = { .text = { .s = NULL } };
	const char *end = data + size;

	rq_http_headers_line(&h, "HTTP/1.1 200 OK\r\n", 17);
	while (data < end) {
		const char *eol = memchr(data, '\n', (size_t)(end - data));
		size_t n = eol ? (size_t)(eol + 1 - data) : (size_t)(end - data);

		if (!rq_http_headers_line(&h, data, n))
			break;
		data += n;
	}
	for (size_t i = 0; !h.text.full && i < sizeof names / sizeof *names; i++) {
		const char *value = rq_http_header(&h, names[i]);

		PROMISE(!value || (value > h.text.s && value + strlen(value) < h.text.s + h.text.len));
	}
	rq_str_release(&h.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	check_url(text);
	rq_free(text);
	check_head((const char *)data, size);
	return 0;
}
