/* Searching a log. */
#include "tui/logsearch.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/logline.h"

#define ERRORS "\\b(error|errors|fatal|panic|exception|traceback|failed|failure)\\b"

void rq_logsearch_release(struct rq_logsearch *s)
{
	rq_regex_free(s->regex);
	rq_free(s->pattern);
	rq_free(s->hits);
	memset(s, 0, sizeof *s);
}

int rq_logsearch_begin(struct rq_logsearch *s, const char *pattern, struct rq_error *e)
{
	struct rq_regex *regex;
	int rc = rq_regex_new(pattern ? pattern : ERRORS,
			      pattern ? RQ_REGEX_SMARTCASE : RQ_REGEX_ICASE, &regex, e);

	if (rc)
		return rc;
	rq_logsearch_release(s);
	s->regex = regex;
	s->pattern = rq_strdup(pattern ? pattern : "errors");
	s->errors = !pattern;
	return RQ_OK;
}

void rq_logsearch_restart(struct rq_logsearch *s)
{
	s->scanned = 0;
	s->n = 0;
}

static bool matches(struct rq_logsearch *s, const char *row, size_t n, struct rq_str *clean)
{
	struct rq_logline line;
	const char *text;

	rq_logline_parse(&line, row, n);
	if (s->errors && line.kind == RQ_LOG_ERROR_LINE)
		return true;
	text = line.text;
	n = line.n;
	/* What is searched is what is seen: not the bytes of a colour in the middle of a word. */
	if (memchr(text, 0x1b, n) || memchr(text, '\r', n)) {
		struct rq_style style = { .fg = -1, .bg = -1 };
		struct rq_runs runs = { 0 };

		rq_logline_visible(&line, 100000, &text, &n);
		rq_str_clear(clean);
		rq_text_styled(clean, &runs, &style, text, n, false);
		rq_free(runs.v);
		text = rq_str_get(clean);
		n = clean->len;
	}
	return rq_regex_find(s->regex, text, n, 0, NULL, NULL) == RQ_REGEX_MATCH;
}

bool rq_logsearch_step(struct rq_logsearch *s, struct rq_logtext *t, int64_t bytes)
{
	int64_t stop = s->scanned + bytes;
	struct rq_str clean;
	bool more = false;

	if (!s->regex)
		return false;
	rq_str_init(&clean, 0);
	while (s->scanned < t->size && s->n < RQ_LOGSEARCH_MAX) {
		int64_t next;
		size_t n;
		const char *row;

		more = s->scanned >= stop;
		if (more)
			break;
		row = rq_logtext_row(t, s->scanned, &n, &next);
		if (next < 0 && s->scanned + (int64_t)n >= t->size)
			break; /* it may still grow */
		if (matches(s, row, n, &clean)) {
			RQ_GROW(s->hits, s->n, &s->cap);
			s->hits[s->n++] = s->scanned;
		}
		s->scanned = next < 0 ? t->size : next;
	}
	rq_str_release(&clean);
	return more;
}

/* How many hits lie before OFF. */
static size_t before(const struct rq_logsearch *s, int64_t off)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->hits[mid] < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int64_t rq_logsearch_from(const struct rq_logsearch *s, int64_t off, size_t *index)
{
	*index = before(s, off);
	return *index < s->n ? s->hits[*index] : -1;
}

int64_t rq_logsearch_until(const struct rq_logsearch *s, int64_t off, size_t *index)
{
	size_t n = before(s, off);

	*index = n ? n - 1 : 0;
	return n ? s->hits[n - 1] : -1;
}
