/* Logs of any bytes: rows forwards and backwards are the same, none is too long, and each can be
 * shown. */
#include "tests/fuzz/fuzz.h"
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
	struct rq_style style = { .fg = -1, .bg = -1 };
	struct rq_runs runs = { 0 };
	struct rq_logline l;
	struct rq_str out;
	const char *text;

	rq_logline_parse(&l, row, n);
	rq_logline_visible(&l, 80, &text, &n);
	PROMISE(n <= 16384 + 80 * 8);
	rq_str_init(&out, 0);
	rq_text_styled(&out, &runs, &style, text, n, true);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = { data + 1, size - 1, 0 };
	struct rq_logsearch search = { 0 };
	struct rq_logtext t;

	if (size < 2)
		return 0;
	s.size = s.n * (1 + (data[0] & 15) * (300000 / (s.n * 16) + 1));
	rq_logtext_init(&t, read_source, &s);
	rq_logtext_resize(&t, (int64_t)s.size);
	while (rq_logtext_index(&t, 1 << 20))
		;
	walk(&t);
	PROMISE(rq_logsearch_begin(&search, NULL, NULL) == RQ_OK);
	while (rq_logsearch_step(&search, &t, 1 << 20))
		;
	rq_logsearch_release(&search);
	rq_logtext_release(&t);
	return 0;
}
