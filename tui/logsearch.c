/* Searching a log. */
#include "tui/logsearch.h"

#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/str.h"

#define ERRORS "\\b(error|errors|fatal|panic|exception|traceback|failed|failure)\\b"

/* A pattern that costs so much in one segment, or in so many rows, is none that anybody waits for. */
enum { SEGMENT = RQ_LOGTEXT_SEGMENT, GIVE_UP_NS = 250000000, COSTLY_MAX = 100 };

void rq_logsearch_release(struct rq_logsearch *s)
{
	rq_logmatch_release(&s->match);
	rq_free(s->pattern);
	rq_free(s->in_segment);
	rq_free(s->rows.v);
	memset(s, 0, sizeof *s);
}

int rq_logsearch_begin(struct rq_logsearch *s, const char *pattern, struct rq_error *e)
{
	struct rq_logmatch match;
	int rc = rq_logmatch_init(&match, pattern ? pattern : ERRORS,
				  pattern ? RQ_REGEX_SMARTCASE : RQ_REGEX_ICASE, e);

	if (rc)
		return rc;
	rq_logmatch_release(&s->match);
	rq_free(s->pattern);
	s->match = match;
	s->pattern = rq_strdup(pattern ? pattern : "errors");
	rq_logsearch_restart(s);
	return RQ_OK;
}

void rq_logsearch_restart(struct rq_logsearch *s)
{
	s->scanned = s->found = 0;
	s->n_segments = 0;
	s->tail = false;
	s->tail_size = 0;
	s->rows_of = -1;
	s->gave_up = false;
	s->match.costly = 0;
}

void rq_logsearch_rewind(struct rq_logsearch *s, struct rq_logtext *t, int64_t off)
{
	size_t k = (size_t)(off / SEGMENT);

	while (s->n_segments > k)
		s->found -= s->in_segment[--s->n_segments];
	if (s->scanned > (int64_t)k * SEGMENT)
		s->scanned = rq_logtext_first(t, (int64_t)k * SEGMENT);
	s->tail = false;
	s->tail_size = 0;
	s->rows_of = -1;
}

/* ---- the rows of a segment ---- */

/* Those that match among the rows from FROM, a row's start, to the end of its segment. false: given up. */
static bool load(struct rq_logsearch *s, struct rq_logtext *t, int64_t from)
{
	const char *text;
	size_t n;

	if (s->rows_of == from && (s->rows_size == t->size || s->rows_end < s->rows_size))
		return true;
	text = rq_logtext_rows(t, from, &n, &s->rows_end);
	s->rows_of = from;
	s->rows_size = t->size;
	s->rows.n = 0;
	if (s->gave_up)
		return false;
	s->match.no_returns = rq_logtext_no_returns(t, from, from + (int64_t)n);
	if (!rq_logmatch_rows(&s->match, text, n, GIVE_UP_NS, &s->rows) || s->match.costly > COSTLY_MAX)
		s->gave_up = true;
	else if (s->keep)
		s->keep(s->keep_ud, from, &s->rows);
	return !s->gave_up;
}

/* How many rows of those lie before OFF. */
static size_t before(const struct rq_logsearch *s, int64_t off)
{
	size_t lo = 0, hi = s->rows.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->rows_of + s->rows.v[mid] < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- counting ---- */

static uint32_t *counter(struct rq_logsearch *s, int64_t off)
{
	size_t k = (size_t)(off / SEGMENT);

	while (s->n_segments <= k) {
		RQ_GROW(s->in_segment, s->n_segments, &s->cap_segments);
		s->in_segment[s->n_segments++] = 0;
	}
	return &s->in_segment[k];
}

/* The last row may still grow: it is counted when it has ended, and until then apart. */
static size_t set_tail_apart(struct rq_logsearch *s, struct rq_logtext *t, int64_t *next)
{
	int64_t last;

	s->tail = false;
	if (*next < t->size || rq_logtext_ended(t))
		return s->rows.n;
	last = rq_logtext_before(t, t->size);
	s->tail_size = t->size;
	*next = last;
	s->tail = s->rows.n && s->rows_of + s->rows.v[s->rows.n - 1] == last;
	return s->rows.n - s->tail;
}

static bool count_some(struct rq_logsearch *s, struct rq_logtext *t)
{
	int64_t from = s->scanned, next;
	size_t n;

	if (!load(s, t, from))
		return false;
	next = s->rows_end;
	n = set_tail_apart(s, t, &next);
	*counter(s, from) += (uint32_t)n;
	s->found += (int64_t)n;
	s->scanned = next;
	return true;
}

static bool is_counted(const struct rq_logsearch *s, const struct rq_logtext *t)
{
	return s->scanned >= t->size || (s->tail_size == t->size && s->tail_size > 0) || s->gave_up;
}

bool rq_logsearch_step(struct rq_logsearch *s, struct rq_logtext *t, int64_t us)
{
	int64_t until = rq_mono_ns() + us * 1000;

	if (!s->pattern)
		return false;
	while (!is_counted(s, t)) {
		if (!count_some(s, t))
			return false;
		if (rq_mono_ns() >= until)
			return !is_counted(s, t);
	}
	return false;
}

int rq_logsearch_progress(const struct rq_logsearch *s, const struct rq_logtext *t)
{
	return !t->size || is_counted(s, t) ? 100 : (int)(s->scanned * 100 / t->size);
}

int64_t rq_logsearch_count(const struct rq_logsearch *s)
{
	return s->found + s->tail;
}

int64_t rq_logsearch_number(struct rq_logsearch *s, struct rq_logtext *t, int64_t off)
{
	int64_t k = off / SEGMENT, number = 0;
	size_t i, at;

	if (!s->pattern || off > s->scanned || (off == s->scanned && !s->tail) || off >= t->size)
		return 0;
	if (off == s->scanned)
		return s->found + 1;
	if (!load(s, t, rq_logtext_first(t, k * SEGMENT)))
		return 0;
	at = before(s, off);
	if (at == s->rows.n || s->rows_of + s->rows.v[at] != off)
		return 0;
	for (i = 0; i < (size_t)k && i < s->n_segments; i++)
		number += s->in_segment[i];
	return number + (int64_t)at + 1;
}

/* ---- the next one ---- */

/* Whether all rows that begin in segment K were counted, and none matches. */
static bool is_empty(const struct rq_logsearch *s, int64_t k)
{
	return s->scanned >= (k + 1) * SEGMENT && ((size_t)k >= s->n_segments || !s->in_segment[k]);
}

/* Counting on is as good as looking, and need not be done again. */
static bool counts_on(struct rq_logsearch *s, struct rq_logtext *t, int64_t off)
{
	return off >= s->scanned && off / SEGMENT == s->scanned / SEGMENT && !is_counted(s, t);
}

enum rq_logfound rq_logsearch_next(struct rq_logsearch *s, struct rq_logtext *t, int64_t *off, int64_t us)
{
	int64_t until = rq_mono_ns() + us * 1000;

	if (!s->pattern)
		return RQ_LOGFOUND_NONE;
	*off = rq_logtext_first(t, *off);
	while (*off < t->size) {
		int64_t k = *off / SEGMENT, first;
		size_t at;

		if (is_empty(s, k)) {
			*off = (k + 1) * SEGMENT;
			while (*off < t->size && is_empty(s, *off / SEGMENT))
				*off += SEGMENT;
			*off = rq_logtext_first(t, *off);
			continue;
		}
		/* Behind rows that were looked at comes the first one of its segment. */
		first = *off == s->rows_end ? *off : rq_logtext_first(t, k * SEGMENT);
		if (counts_on(s, t, *off) ? !count_some(s, t) : !load(s, t, first))
			return RQ_LOGFOUND_NONE;
		at = before(s, *off);
		if (at < s->rows.n) {
			*off = s->rows_of + s->rows.v[at];
			return RQ_LOGFOUND_HIT;
		}
		*off = s->rows_end;
		if (rq_mono_ns() >= until && *off < t->size)
			return RQ_LOGFOUND_MORE;
	}
	return RQ_LOGFOUND_NONE;
}

enum rq_logfound rq_logsearch_previous(struct rq_logsearch *s, struct rq_logtext *t, int64_t *off, int64_t us)
{
	int64_t until = rq_mono_ns() + us * 1000, k;

	if (!s->pattern || *off <= 0 || !t->size)
		return RQ_LOGFOUND_NONE;
	if (*off > t->size)
		*off = t->size;
	for (k = (*off - 1) / SEGMENT; k >= 0; k--) {
		int64_t first;
		size_t at;

		if (is_empty(s, k))
			continue;
		first = rq_logtext_first(t, k * SEGMENT);
		if (first < *off && first < (k + 1) * SEGMENT) {
			if (!load(s, t, first))
				return RQ_LOGFOUND_NONE;
			at = before(s, *off);
			if (at > 0) {
				*off = s->rows_of + s->rows.v[at - 1];
				return RQ_LOGFOUND_HIT;
			}
		}
		if (k && rq_mono_ns() >= until) {
			*off = k * SEGMENT;
			return RQ_LOGFOUND_MORE;
		}
	}
	return RQ_LOGFOUND_NONE;
}

bool rq_logsearch_hits(struct rq_logsearch *s, struct rq_logtext *t, int64_t off)
{
	const char *row;
	int64_t next;
	bool found;
	size_t n;

	if (!s->pattern)
		return false;
	row = rq_logtext_row(t, off, &n, &next);
	found = rq_logmatch_row(&s->match, row, n);
	s->gave_up = s->gave_up || s->match.costly > COSTLY_MAX;
	return found;
}
