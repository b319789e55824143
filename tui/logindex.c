/* The index of a log: a number for each segment, and its groups. Newlines are counted, rows are not looked at. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tui/logline.h"
#include "tui/logtext.h"

enum {
	SEGMENT = RQ_LOGTEXT_SEGMENT,
	FAR = 10 * SEGMENT,
	LINE = 64,              /* bytes counted at once, as many as a compiler makes vectors of */
	MARK_MAX = 3 + RQ_LOG_TIME_LEN + 1, /* a mark stands behind a byte order mark, a time and a blank at most */
};

/* ---- counting ---- */

static size_t newlines(const char *s, size_t n, bool *returns)
{
	unsigned char cr = 0;
	size_t sum = 0, i;

	for (; n >= LINE; s += LINE, n -= LINE) {
		unsigned char some = 0;

		for (i = 0; i < LINE; i++) {
			some = (unsigned char)(some + (s[i] == '\n'));
			cr |= s[i] == '\r';
		}
		sum += some;
	}
	for (i = 0; i < n; i++) {
		sum += s[i] == '\n';
		cr |= s[i] == '\r';
	}
	*returns |= cr;
	return sum;
}

/* Behind the last newline of S; there is one. */
static size_t behind_last(const char *s, size_t n)
{
	while (s[n - 1] != '\n')
		n--;
	return n;
}

/* ---- groups ---- */

static void note_group(struct rq_logtext *t, const char *row, size_t n, int64_t off, int64_t next)
{
	struct rq_log_group *last = t->n_groups ? &t->groups[t->n_groups - 1] : NULL;
	struct rq_logline line;

	rq_logline_parse(&line, row, n);
	if (line.kind == RQ_LOG_GROUP && t->n_groups < RQ_LOGTEXT_GROUPS) {
		RQ_GROW(t->groups, t->n_groups, &t->cap_groups);
		t->groups[t->n_groups++] = (struct rq_log_group){ off, -1 };
	} else if (line.kind == RQ_LOG_ENDGROUP && last && last->to < 0) {
		last->to = next;
	}
}

/* The rows of S, which begin at OFF: those with a mark are the few that are looked at. */
static void find_groups(struct rq_logtext *t, const char *s, size_t n, int64_t off)
{
	const char *p = s, *end = s + n, *from = s;

	while ((p = memchr(p, '#', (size_t)(end - p))) != NULL) {
		const char *row = p, *stop;

		p++;
		if (end - p < 2 || p[0] != '#' || p[1] != '[')
			continue;
		while (row > from && row[-1] != '\n' && p - row <= MARK_MAX + 1)
			row--;
		if (row > from && row[-1] != '\n')
			continue;
		stop = memchr(p, '\n', (size_t)(end - p));
		if (!stop)
			stop = end;
		note_group(t, row, (size_t)(stop - row), off + (row - s), off + (stop - s) + (stop < end));
		if (stop == end)
			return;
		p = from = stop + 1;
	}
}

/* ---- the index ---- */

/* Each segment is behind as many rows as begin before it. */
static void note_segment(struct rq_logtext *t)
{
	RQ_GROW(t->row_of, t->n_segments, &t->cap_segments);
	RQ_GROW(t->returns, t->n_segments, &t->cap_returns);
	t->returns[t->n_segments] = false;
	t->row_of[t->n_segments++] = t->rows + (t->indexed < t->counted);
}

/* Rows have ended: N more, and what is looked at next is TO. */
static void rows_end(struct rq_logtext *t, int64_t n, int64_t to, const char *s, int64_t s_off)
{
	if (t->indexed >= s_off)
		find_groups(t, s + (t->indexed - s_off), (size_t)(to - t->indexed), t->indexed);
	t->rows += n;
	t->indexed = to;
}

/* Up to the end of the segment, or of the log. */
static bool index_some(struct rq_logtext *t)
{
	int64_t border = (t->counted / SEGMENT + 1) * SEGMENT, to = border < t->size ? border : t->size, from = t->counted;
	const char *s, *all;
	size_t n, count;

	/* The row that is not at its end yet is taken in as well, for its mark, unless it is long. */
	if (from - t->indexed <= SEGMENT)
		from = t->indexed;
	all = rq_logtext_look(t, &t->far, from, FAR, from, to, &n);
	if ((int64_t)n < to - from)
		return false;
	if (t->counted % SEGMENT == 0)
		note_segment(t);
	s = all + (t->counted - from);
	n = (size_t)(to - t->counted);
	count = newlines(s, n, &t->returns[t->n_segments - 1]);
	if (count) {
		rows_end(t, (int64_t)count, t->counted + (int64_t)behind_last(s, n), all, from);
		t->ended_line = true;
	}
	if (to == border) {
		if (!t->ended_line)
			rows_end(t, 1, border, all, from);
		t->ended_line = false;
	}
	t->counted = to;
	return true;
}

bool rq_logtext_index(struct rq_logtext *t, int64_t us)
{
	int64_t until = rq_mono_ns() + us * 1000;

	while (t->counted < t->size && index_some(t)) {
		if (rq_mono_ns() >= until)
			return t->counted < t->size;
	}
	return false;
}

bool rq_logtext_no_returns(const struct rq_logtext *t, int64_t off, int64_t end)
{
	int64_t k;

	if (end > t->counted)
		return false;
	for (k = off / SEGMENT; k * SEGMENT < end; k++)
		if (t->returns[k])
			return false;
	return true;
}

int rq_logtext_progress(const struct rq_logtext *t)
{
	return t->size ? (int)(t->counted * 100 / t->size) : 100;
}

int64_t rq_logtext_count(const struct rq_logtext *t)
{
	return t->rows + (t->indexed < t->counted);
}

int64_t rq_logtext_number(struct rq_logtext *t, int64_t off)
{
	size_t k = (size_t)(off / SEGMENT), n;
	int64_t first, next;
	const char *s;
	bool returns = false;

	if (off > t->indexed)
		return 0;
	if (off == t->indexed)
		return t->rows + 1;
	first = rq_logtext_first(t, (int64_t)k * SEGMENT);
	if (off <= first)
		return t->row_of[k] + 1;
	s = rq_logtext_rows(t, first, &n, &next);
	return t->row_of[k] + (int64_t)newlines(s, n < (size_t)(off - first) ? n : (size_t)(off - first), &returns) + 1;
}

int64_t rq_logtext_line(struct rq_logtext *t, int64_t number)
{
	size_t lo = 0, hi = t->n_segments;
	int64_t off, left;

	if (number < 1 || number > rq_logtext_count(t))
		return -1;
	/* The last segment that fewer rows begin before. */
	while (lo + 1 < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->row_of[mid] < number)
			lo = mid;
		else
			hi = mid;
	}
	off = rq_logtext_first(t, (int64_t)lo * SEGMENT);
	for (left = number - 1 - t->row_of[lo]; left > 0 && off >= 0; left--) {
		size_t n;

		rq_logtext_row(t, off, &n, &off);
	}
	return off;
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
