/* A growing log as rows. */
#include "tui/logtext.h"

#include <string.h>
#include "core/base/mem.h"
#include "tui/logline.h"

enum { WINDOW = 4 * RQ_LOGTEXT_SEGMENT };

void rq_logtext_init(struct rq_logtext *t, rq_logtext_read *read, void *ud)
{
	memset(t, 0, sizeof *t);
	t->read = read;
	t->ud = ud;
}

void rq_logtext_release(struct rq_logtext *t)
{
	rq_free(t->window);
	rq_free(t->row_of);
	rq_free(t->groups);
	memset(t, 0, sizeof *t);
}

bool rq_logtext_resize(struct rq_logtext *t, int64_t size)
{
	bool smaller = size < t->size;

	t->size = size;
	if (smaller) {
		t->window_n = t->n_segments = t->n_groups = 0;
		t->indexed = t->rows = 0;
	}
	return smaller;
}

/* The bytes from FROM to TO, at most WINDOW; fewer than asked when the file became shorter
 * meanwhile. */
static const char *bytes(struct rq_logtext *t, int64_t from, int64_t to, size_t *n)
{
	if (!t->window)
		t->window = rq_alloc(WINDOW);
	if (from < t->window_off || to > t->window_off + (int64_t)t->window_n) {
		int64_t at = from / RQ_LOGTEXT_SEGMENT * RQ_LOGTEXT_SEGMENT;

		/* One segment before it as well, for going back, where there is room. */
		if (at >= RQ_LOGTEXT_SEGMENT && to - at <= WINDOW - RQ_LOGTEXT_SEGMENT)
			at -= RQ_LOGTEXT_SEGMENT;
		t->window_off = at;
		t->window_n = t->read(t->ud, at, t->window,
				      t->size - at < WINDOW ? (size_t)(t->size - at) : WINDOW);
	}
	if (to > t->window_off + (int64_t)t->window_n)
		to = t->window_off + (int64_t)t->window_n;
	*n = to > from ? (size_t)(to - from) : 0;
	return t->window + (from - t->window_off);
}

const char *rq_logtext_row(struct rq_logtext *t, int64_t off, size_t *n, int64_t *next)
{
	int64_t rest = off % RQ_LOGTEXT_SEGMENT;
	int64_t limit = off - rest + (rest ? 2 : 1) * (int64_t)RQ_LOGTEXT_SEGMENT;
	const char *s, *end;
	size_t have;

	s = bytes(t, off, limit < t->size ? limit : t->size, &have);
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
	start = (off - 1) / RQ_LOGTEXT_SEGMENT * RQ_LOGTEXT_SEGMENT;
	from = start ? start - RQ_LOGTEXT_SEGMENT : 0;
	s = bytes(t, from, off, &n);
	if ((int64_t)n < off - from)
		return 0;
	q = last_newline(s + (start - from), (size_t)(off - 1 - start));
	if (!q && start)
		q = last_newline(s, (size_t)(start - from));
	return q ? from + (q - s) + 1 : start;
}

/* ---- the index ---- */

static void note_group(struct rq_logtext *t, const char *s, size_t n, int64_t off, int64_t next)
{
	struct rq_log_group *last = t->n_groups ? &t->groups[t->n_groups - 1] : NULL;
	struct rq_logline line;

	rq_logline_parse(&line, s, n);
	if (line.kind == RQ_LOG_GROUP && t->n_groups < RQ_LOGTEXT_GROUPS) {
		RQ_GROW(t->groups, t->n_groups, &t->cap_groups);
		t->groups[t->n_groups++] = (struct rq_log_group){ off, -1 };
	} else if (line.kind == RQ_LOG_ENDGROUP && last && last->to < 0) {
		last->to = next;
	}
}

/* Segment I begins behind as many rows as begin before it. */
static void count_row(struct rq_logtext *t, int64_t off)
{
	while ((int64_t)t->n_segments * RQ_LOGTEXT_SEGMENT <= off) {
		RQ_GROW(t->row_of, t->n_segments, &t->cap_segments);
		t->row_of[t->n_segments++] = t->rows;
	}
	t->rows++;
}

bool rq_logtext_index(struct rq_logtext *t, int64_t want)
{
	int64_t stop = t->indexed + want;

	while (t->indexed < t->size) {
		int64_t next;
		size_t n;
		const char *s;

		if (t->indexed >= stop)
			return true;
		s = rq_logtext_row(t, t->indexed, &n, &next);
		/* The last row may still grow: it is looked at again when it has ended. */
		if (next < 0 && (!n || t->indexed + (int64_t)n >= t->size))
			return false;
		if (next < 0)
			next = t->size;
		note_group(t, s, n, t->indexed, next);
		count_row(t, t->indexed);
		t->indexed = next;
	}
	return false;
}

int64_t rq_logtext_number(struct rq_logtext *t, int64_t off)
{
	int64_t at, rows;
	size_t segment = (size_t)(off / RQ_LOGTEXT_SEGMENT);

	if (off > t->indexed)
		return 0;
	if (off == t->indexed)
		return t->rows + 1;
	/* The first row that begins in this segment, and on from there. */
	rows = segment < t->n_segments ? t->row_of[segment] : t->rows;
	at = (int64_t)segment * RQ_LOGTEXT_SEGMENT;
	if (at) {
		int64_t before = rq_logtext_before(t, at), next;
		size_t n;

		rq_logtext_row(t, before, &n, &next);
		at = next;
	}
	while (at >= 0 && at < off) {
		size_t n;

		rq_logtext_row(t, at, &n, &at);
		rows++;
	}
	return rows + 1;
}

const struct rq_log_group *rq_logtext_group(const struct rq_logtext *t, int64_t off)
{
	size_t lo = 0, hi = t->n_groups;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->groups[mid].from <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || t->groups[lo - 1].to < 0 || off >= t->groups[lo - 1].to)
		return NULL;
	return &t->groups[lo - 1];
}
