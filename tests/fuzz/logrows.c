/* Logs of any bytes: rows forwards and backwards are the same, none is too long, each can be shown, and a search finds
 * the same however it goes about it. */
#include "tests/fuzz/fuzz.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/logline.h"
#include "tui/logsearch.h"
#include "tui/logtext.h"

/* The first byte repeats the rest, so that small inputs reach the borders of segments. */
struct source {
	const uint8_t *data;
	size_t n, size;
};

static size_t read_source(void *ud, int64_t off, char *buf, size_t n)
{
	const struct source *s = ud;
	size_t i;

	for (i = 0; i < n && (size_t)off + i < s->size; i++)
		buf[i] = (char)s->data[((size_t)off + i) % s->n];
	return i;
}

static void show(const char *row, size_t n)
{
	struct rq_runs runs = { 0 };
	struct rq_logline l;
	struct rq_str out;
	const char *text;

	rq_logline_parse(&l, row, n);
	rq_logline_visible(&l, 80, &text, &n);
	PROMISE(n <= 16384 + 80 * 8);
	rq_str_init(&out, 0);
	rq_logline_show(&l, 80, true, &out, &runs);
	rq_str_release(&out);
	rq_free(runs.v);
}

static void walk(struct rq_logtext *t)
{
	int64_t off = 0, next, before = -1;
	size_t n, rows = 0;

	while (off >= 0 && rows++ < 300) {
		const char *row = rq_logtext_row(t, off, &n, &next);

		PROMISE(n <= 2 * RQ_LOGTEXT_SEGMENT);
		PROMISE(next < 0 || next > off || (n == 0 && next > off));
		show(row, n);
		PROMISE(rq_logtext_before(t, off) == before);
		if (off <= t->indexed)
			PROMISE(rq_logtext_number(t, off) == (int64_t)rows);
		rq_logtext_group(t, off);
		before = off;
		off = next;
	}
}

/* Many rows at once, forwards, backwards and counted: what each row by itself says. */
static void search(struct rq_logtext *t, const char *pattern)
{
	struct rq_logsearch f = { 0 };
	int64_t off = 0, next, hit = 0, found = 0, last = -1;
	size_t n, rows = 0;

	if (rq_logsearch_begin(&f, pattern, NULL))
		return;
	for (; off >= 0 && rows++ < 300; off = next) {
		rq_logtext_row(t, off, &n, &next);
		if (!rq_logsearch_hits(&f, t, off))
			continue;
		if (!f.match.costly && !f.gave_up) {
			PROMISE(rq_logsearch_next(&f, t, &hit, 1 << 24) == RQ_LOGFOUND_HIT || f.gave_up || f.match.costly);
			PROMISE(hit == off || f.gave_up || f.match.costly);
			hit = off;
			PROMISE(last < 0 || rq_logsearch_previous(&f, t, &hit, 1 << 24) != RQ_LOGFOUND_HIT || hit == last);
			hit = off + 1;
		}
		found++;
		last = off;
	}
	while (rq_logsearch_step(&f, t, 1 << 20))
		;
	PROMISE(rows >= 300 || f.gave_up || f.match.costly || rq_logsearch_count(&f) == found);
	rq_logsearch_release(&f);
}

static char *pattern_of(const uint8_t *data, size_t *n, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size < 60 ? size : 60);

	*n = end ? (size_t)(end - data) : 0;
	return rq_strndup((const char *)data, *n);
}

/* The two letters beyond ASCII that a caseless k and s stand for are not looked for. */
static bool has_odd_letters(const uint8_t *data, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i++)
		if ((data[i] == 0xc5 && data[i + 1] == 0xbf) || (data[i] == 0x84 && data[i + 1] == 0xaa))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = { data + 1, size - 1, 0 };
	struct rq_logtext t;
	char *pattern;
	size_t n;

	if (size < 2 || has_odd_letters(data, size))
		return 0;
	s.size = s.n * (1 + (data[0] & 15) * (300000 / (s.n * 16) + 1));
	rq_logtext_init(&t, read_source, &s);
	rq_logtext_resize(&t, (int64_t)s.size);
	while (rq_logtext_index(&t, 1 << 20))
		;
	walk(&t);
	search(&t, NULL);
	search(&t, "[a-z]+ing|o.e");
	/* The first line, if it is short, is a pattern as well. */
	pattern = pattern_of(data + 1, &n, size - 1);
	if (n)
		search(&t, pattern);
	rq_free(pattern);
	rq_logtext_release(&t);
	return 0;
}
