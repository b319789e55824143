/* A growing log as rows. */
#include "tui/logtext.h"

#include <string.h>
#include "core/base/mem.h"

enum {
	SEGMENT = RQ_LOGTEXT_SEGMENT,
	NEAR = 4 * SEGMENT,
	FAR = 10 * SEGMENT, /* eight segments in one read, and what is left over of one and of the row before it */
};

void rq_logtext_init(struct rq_logtext *t, rq_logtext_read *read, void *ud)
{
	memset(t, 0, sizeof *t);
	t->read = read;
	t->ud = ud;
}

void rq_logtext_release(struct rq_logtext *t)
{
	rq_free(t->near.s);
	rq_free(t->far.s);
	rq_free(t->row_of);
	rq_free(t->returns);
	rq_free(t->groups);
	memset(t, 0, sizeof *t);
}

bool rq_logtext_resize(struct rq_logtext *t, int64_t size)
{
	bool smaller = size < t->size;

	t->size = size;
	if (smaller) {
		t->near.n = t->far.n = t->n_segments = t->n_groups = 0;
		t->counted = t->indexed = t->rows = 0;
		t->ended_line = false;
	}
	return smaller;
}

const char *rq_logtext_look(struct rq_logtext *t, struct rq_logtext_window *w, int64_t from, size_t cap, int64_t off,
			    int64_t to, size_t *n)
{
	if (!w->s)
		w->s = rq_alloc(cap);
	if (off < w->off || to > w->off + (int64_t)w->n) {
		int64_t left = from < t->size ? t->size - from : 0;

		w->off = from;
		w->n = t->read(t->ud, from, w->s, left < (int64_t)cap ? (size_t)left : cap);
	}
	if (to > w->off + (int64_t)w->n)
		to = w->off + (int64_t)w->n;
	*n = to > off ? (size_t)(to - off) : 0;
	return w->s + (off - w->off);
}

/* The bytes from FROM to TO, at most NEAR; fewer than asked when the file became shorter meanwhile. */
static const char *bytes(struct rq_logtext *t, int64_t from, int64_t to, size_t *n)
{
	int64_t at = from / SEGMENT * SEGMENT;

	/* One segment before it as well, for going back, where there is room. */
	if (at >= SEGMENT && to - at <= NEAR - SEGMENT)
		at -= SEGMENT;
	return rq_logtext_look(t, &t->near, at, NEAR, from, to, n);
}

/* Where a row that begins at OFF ends at the latest. */
static int64_t limit_of(const struct rq_logtext *t, int64_t off)
{
	int64_t rest = off % SEGMENT, limit = off - rest + (rest ? 2 : 1) * (int64_t)SEGMENT;

	return limit < t->size ? limit : t->size;
}

const char *rq_logtext_row(struct rq_logtext *t, int64_t off, size_t *n, int64_t *next)
{
	const char *s, *end;
	size_t have;

	s = bytes(t, off, limit_of(t, off), &have);
	end = have ? memchr(s, '\n', have) : NULL;
	*n = end ? (size_t)(end - s) : have;
	*next = end ? off + (end - s) + 1 : off + (int64_t)have;
	if (*next >= t->size || !have)
		*next = -1;
	return s;
}

static const char *last_newline(const char *s, size_t n)
{
	while (n--) {
		if (s[n] == '\n')
			return s + n;
	}
	return NULL;
}

int64_t rq_logtext_before(struct rq_logtext *t, int64_t off)
{
	int64_t start, from;
	const char *s, *q;
	size_t n;

	if (off <= 0)
		return -1;
	start = (off - 1) / SEGMENT * SEGMENT;
	from = start ? start - SEGMENT : 0;
	s = bytes(t, from, off, &n);
	if ((int64_t)n < off - from)
		return 0;
	q = last_newline(s + (start - from), (size_t)(off - 1 - start));
	if (!q && start)
		q = last_newline(s, (size_t)(start - from));
	return q ? from + (q - s) + 1 : start;
}

int64_t rq_logtext_at(struct rq_logtext *t, int64_t off)
{
	int64_t row;

	if (off >= t->size)
		off = t->size - 1;
	row = off < 0 ? 0 : rq_logtext_before(t, off + 1);
	return row > 0 ? row : 0;
}

int64_t rq_logtext_first(struct rq_logtext *t, int64_t off)
{
	int64_t row, next;
	size_t n;

	if (off <= 0)
		return 0;
	if (off >= t->size)
		return t->size;
	row = rq_logtext_before(t, off);
	rq_logtext_row(t, row, &n, &next);
	return next < 0 ? t->size : next;
}

bool rq_logtext_ended(struct rq_logtext *t)
{
	size_t n;
	const char *s = t->size ? bytes(t, t->size - 1, t->size, &n) : NULL;

	return !s || !n || *s == '\n';
}

/* Going back, what lies before it is wanted next. */
static int64_t far_from(const struct rq_logtext *t, int64_t off)
{
	int64_t from = off / SEGMENT * SEGMENT - (FAR - 3 * SEGMENT);

	return off >= t->far.off ? off : from > 0 ? from : 0;
}

const char *rq_logtext_rows(struct rq_logtext *t, int64_t off, size_t *n, int64_t *next)
{
	int64_t border = (off / SEGMENT + 1) * SEGMENT, end = border < t->size ? border : t->size, limit;
	size_t have, in;
	const char *s, *q;

	s = rq_logtext_look(t, &t->far, far_from(t, off), FAR, off, end, &have);
	in = have;
	if (!have || s[have - 1] == '\n') {
		*n = have;
		*next = have ? off + (int64_t)have : t->size;
		return s;
	}
	q = last_newline(s, have);
	/* The last row goes on behind the border, mostly a little. */
	limit = limit_of(t, q ? off + (q - s) + 1 : off);
	have = t->far.n - (size_t)(s - t->far.s);
	q = memchr(s + in, '\n', have - in);
	if (!q || off + (q - s) >= limit) {
		s = rq_logtext_look(t, &t->far, off, FAR, off, limit, &have);
		q = memchr(s + in, '\n', have > in ? have - in : 0);
	}
	*n = q ? (size_t)(q - s) + 1 : have;
	*next = off + (int64_t)*n;
	if (have < in)
		*next = t->size;
	return s;
}
