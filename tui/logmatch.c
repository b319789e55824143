/* Matching rows, many at once. */
#include "tui/logmatch.h"

#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/base/text.h"
#include "tui/logline.h"
#include "tui/logpattern.h"

enum { ESC = 0x1b, CLOCK_ROWS = 64, PIECE_FIRST = 4096, PIECE_MOST = 1 << 20, LITERAL_LEAST = 3, VAIN_MAX = 256,
       SLOW_NS = 10000000, HOPELESS_NS = 150000000, SLOW_MAX = 3, WAYS = 20000 };

/* A text in the middle is found many times as fast as a pattern that begins with something else. */
static void find_literal(struct rq_logmatch *m, const char *pattern)
{
	struct rq_logliteral l;
	struct rq_str quoted;
	size_t i;

	if (!rq_logpattern_literal(pattern, rq_regex_caseless(m->line) || strstr(pattern, "(?i") || strstr(pattern, "(?-i"), &l))
		return;
	m->must = l.rare;
	if (l.n < LITERAL_LEAST || (!l.at && !m->anchored))
		return;
	rq_str_init(&quoted, 0);
	for (i = 0; i < l.n; i++)
		rq_str_addf(&quoted, "\\x%02x", (unsigned)(unsigned char)l.s[i]);
	rq_regex_new(rq_str_get(&quoted), RQ_REGEX_BYTES, &m->literal, NULL);
	rq_str_release(&quoted);
}

int rq_logmatch_init(struct rq_logmatch *m, const char *pattern, unsigned flags, struct rq_error *e)
{
	enum rq_logpattern kind = rq_logpattern_kind(pattern);
	unsigned more = kind == RQ_LOGPATTERN_BYTES ? RQ_REGEX_BYTES : RQ_REGEX_VALID;
	int rc;

	memset(m, 0, sizeof *m);
	rc = rq_regex_new(pattern, flags, &m->line, e);
	if (rc)
		return rc;
	m->anchored = kind == RQ_LOGPATTERN_ROWS;
	m->utf = kind == RQ_LOGPATTERN_UTF;
	find_literal(m, pattern);
	/* Each way may lead through all of a long line. */
	rq_regex_limit(m->line, WAYS);
	m->piece = PIECE_FIRST;
	/* What PCRE2 takes for one line, it takes for many. If not, each row is looked at. */
	if (kind != RQ_LOGPATTERN_ROWS)
		rq_regex_new(pattern, flags | RQ_REGEX_LINES | more, &m->block, NULL);
	if (m->block)
		rq_regex_limit(m->block, WAYS);
	return RQ_OK;
}

void rq_logmatch_release(struct rq_logmatch *m)
{
	rq_regex_free(m->line);
	rq_regex_free(m->block);
	rq_regex_free(m->literal);
	rq_str_release(&m->clean);
	rq_str_release(&m->joined);
	rq_free(m->rows);
	memset(m, 0, sizeof *m);
}

/* ---- one row ---- */

/* Appends the text without colours; false: there is more in it than colours. */
static bool without_colours(struct rq_str *out, const char *s, size_t n)
{
	const char *end = s + n, *p;

	while ((p = memchr(s, ESC, (size_t)(end - s))) != NULL) {
		rq_str_addn(out, s, (size_t)(p - s));
		if (end - p < 3 || p[1] != '[')
			return false;
		for (p += 2; p < end && ((*p >= '0' && *p <= '9') || *p == ';' || *p == ':'); p++)
			;
		if (p == end || *p != 'm')
			return false;
		s = p + 1;
	}
	rq_str_addn(out, s, (size_t)(end - s));
	return true;
}

/* What is seen of L, where its bytes are not that. */
static void add_seen(struct rq_str *out, const struct rq_logline *l)
{
	struct rq_style style = { .fg = -1, .bg = -1 };
	struct rq_runs runs = { 0 };
	size_t was = out->len, n = l->n;
	const char *text = l->text;

	while (n && text[n - 1] == '\r')
		n--;
	if (!memchr(text, '\r', n) && without_colours(out, text, n))
		return;
	out->len = was;
	rq_logline_visible(l, RQ_LOGLINE_WHOLE, &text, &n);
	rq_text_styled(out, &runs, &style, text, n, false);
	rq_free(runs.v);
}

/* Mark and text, as if the mark were text; returns the mark's length. */
static size_t whole(struct rq_logline *l, const char *row, size_t n)
{
	const char *end = row + n, *behind;

	rq_logline_parse(l, row, n);
	behind = l->text;
	l->text = l->time ? l->time + RQ_LOG_TIME_LEN : row + rq_utf8_mark(row, n);
	if (l->time && l->text < end)
		l->text++;
	l->n = (size_t)(end - l->text);
	return (size_t)(behind - l->text);
}

static bool is_plain(const char *s, size_t n)
{
	return !memchr(s, ESC, n) && !memchr(s, '\r', n);
}

static bool matches(struct rq_logmatch *m, const char *s, size_t n)
{
	size_t from = 0, step = RQ_LOGMATCH_LONG - RQ_LOGMATCH_OVERLAP;
	int got;

	for (;; from += step) {
		bool last = n - from <= RQ_LOGMATCH_LONG;

		got = rq_regex_find_in(m->line, s + from, last ? n - from : RQ_LOGMATCH_LONG, 0,
				       (from ? RQ_REGEX_NOT_BEGIN : 0) | (last ? 0 : RQ_REGEX_NOT_END), NULL, NULL);
		if (got == RQ_REGEX_LIMIT)
			m->costly++;
		if (got == RQ_REGEX_MATCH || last || got == RQ_REGEX_LIMIT)
			return got == RQ_REGEX_MATCH;
	}
}

bool rq_logmatch_row(struct rq_logmatch *m, const char *row, size_t n)
{
	struct rq_logline l;
	size_t mark = whole(&l, row, n);
	const char *text = l.text;

	if (!is_plain(l.text, l.n)) {
		rq_str_clear(&m->clean);
		add_seen(&m->clean, &l);
		l.text = rq_str_get(&m->clean);
		l.n = m->clean.len;
	}
	if (matches(m, l.text, l.n))
		return true;
	return m->anchored && mark && l.n >= mark && !memcmp(l.text, text, mark) && matches(m, l.text + mark, l.n - mark);
}

/* ---- many ---- */

static void add(struct rq_logrows *out, size_t at)
{
	RQ_GROW(out->v, out->n, &out->cap);
	out->v[out->n++] = (uint32_t)at;
}

static size_t end_of(const char *s, size_t n, size_t from)
{
	const char *q = memchr(s + from, '\n', n - from);

	return q ? (size_t)(q - s) : n;
}

static size_t start_of(const char *s, size_t from, size_t at)
{
	while (at > from && s[at - 1] != '\n')
		at--;
	return at;
}

static bool each_row(struct rq_logmatch *m, const char *s, size_t n, int64_t most_ns, struct rq_logrows *out)
{
	int64_t until = rq_cpu_ns() + most_ns;
	size_t at, end;
	unsigned turns = 0;

	for (at = 0; at < n; at = end + 1) {
		end = end_of(s, n, at);
		if ((turns++ % CLOCK_ROWS == 0 || end - at > RQ_LOGMATCH_LONG) && rq_cpu_ns() > until)
			return false;
		if (rq_logmatch_row(m, s + at, end - at))
			add(out, at);
	}
	return true;
}

/* Whether a byte C stands in S other than before a newline. */
static const char *in_a_row(const char *s, const char *end, char c)
{
	while ((s = memchr(s, c, (size_t)(end - s))) != NULL) {
		if (c != '\r' || (s + 1 < end && s[1] != '\n'))
			return s;
		s++;
	}
	return NULL;
}

/* The text of a row for a first look: its time does no harm there. */
static void join(struct rq_logmatch *m, const char *row, size_t n)
{
	size_t was = m->joined.len;
	struct rq_logline l;

	if (memchr(row, '\r', n) || !without_colours(&m->joined, row, n)) {
		m->joined.len = was;
		whole(&l, row, n);
		add_seen(&m->joined, &l);
	}
	rq_str_addc(&m->joined, '\n');
}

/* Rows whose bytes are not what is seen: their texts, one a line. */
static void join_rows(struct rq_logmatch *m, const char *s, size_t n)
{
	const char *end = s + n, *esc = in_a_row(s, end, ESC), *cr = m->no_returns ? NULL : in_a_row(s, end, '\r');

	m->n_rows = 0;
	rq_str_clear(&m->joined);
	while (esc || cr) {
		const char *p = !cr || (esc && esc < cr) ? esc : cr;
		size_t from = start_of(s, 0, (size_t)(p - s));
		size_t to = end_of(s, n, (size_t)(p - s));

		if (!m->must || memchr(s + from, m->must, to - from)) {
			RQ_GROW(m->rows, m->n_rows + 1, &m->cap_rows);
			m->rows[m->n_rows++] = (uint32_t)m->joined.len;
			m->rows[m->n_rows++] = (uint32_t)from;
			join(m, s + from, to - from);
		}
		if (esc && esc < s + to)
			esc = in_a_row(s + to, end, ESC);
		if (cr && cr < s + to)
			cr = in_a_row(s + to, end, '\r');
	}
}

/* Rows in which BLOCK finds something, if they do match. BASE: where S lies in all. false: it takes too long. */
static bool piece(struct rq_logmatch *m, const char *s, size_t n, size_t base, struct rq_logrows *out)
{
	size_t at = 0, from, to;
	int got;

	while (at < n && (got = rq_regex_find(m->literal ? m->literal : m->block, s, n, at, &from, &to)) != RQ_REGEX_NOMATCH) {
		if (got == RQ_REGEX_LIMIT)
			return false;
		from = start_of(s, at, from);
		if (from >= n)
			break;
		at = end_of(s, n, from);
		if (rq_logmatch_row(m, s + from, at - from)) {
			add(out, base + from);
			m->vain -= m->vain > 0;
		} else {
			m->vain++;
		}
		at++;
	}
	return true;
}

/* Over several rows some patterns take time that grows with the square of the length: a little is tried first. */
static bool candidates(struct rq_logmatch *m, const char *s, size_t n, struct rq_logrows *out)
{
	int64_t begun = rq_mono_ns(), now;
	size_t at = 0, end;

	for (; at < n; at = end) {
		end = n - at > m->piece ? end_of(s, n, at + m->piece) : n;
		m->long_row = end - at > m->piece + RQ_LOGMATCH_LONG;
		if (m->long_row)
			return false;
		end += end < n;
		if (!piece(m, s + at, end - at, at, out))
			return false;
		now = rq_mono_ns();
		/* Once may be because others had the machine. */
		m->slow = now - begun > SLOW_NS ? m->slow + 1 : 0;
		if (m->slow >= SLOW_MAX || now - begun > HOPELESS_NS)
			return false;
		if (m->slow)
			m->piece = PIECE_FIRST;
		else if (m->piece < PIECE_MOST)
			m->piece *= 2;
		begun = now;
	}
	return true;
}

/* HITS are places in `joined`: into OUT, which is in order, at their places there. */
static void merge(struct rq_logmatch *m, const struct rq_logrows *hits, size_t base, struct rq_logrows *out)
{
	struct rq_logrows all = { 0 };
	size_t i, k = base, row = 0;

	for (i = 0; i < base; i++)
		add(&all, out->v[i]);
	for (i = 0; i < hits->n; i++) {
		while (m->rows[row] != hits->v[i])
			row += 2;
		while (k < out->n && out->v[k] < m->rows[row + 1])
			add(&all, out->v[k++]);
		if (k == out->n || out->v[k] != m->rows[row + 1])
			add(&all, m->rows[row + 1]);
	}
	while (k < out->n)
		add(&all, out->v[k++]);
	rq_free(out->v);
	*out = all;
}

static bool many(struct rq_logmatch *m, const char *s, size_t n, struct rq_logrows *out)
{
	struct rq_logrows hits = { 0 };
	size_t base = out->n;
	bool ok = candidates(m, s, n, out);

	if (ok) {
		join_rows(m, s, n);
		ok = candidates(m, rq_str_get(&m->joined), m->joined.len, &hits);
		if (ok && hits.n)
			merge(m, &hits, base, out);
	}
	rq_free(hits.v);
	if (!ok)
		out->n = base;
	return ok;
}

static void drop(struct rq_regex **r)
{
	rq_regex_free(*r);
	*r = NULL;
}

bool rq_logmatch_rows(struct rq_logmatch *m, const char *s, size_t n, int64_t most_ns, struct rq_logrows *out)
{
	if (m->literal || (m->block && (!m->utf || rq_utf8_valid(s, n)))) {
		bool ok = many(m, s, n, out);

		/* It stands in too many rows to be of use. */
		if (m->literal && ((!ok && !m->long_row) || m->vain > VAIN_MAX))
			drop(&m->literal);
		else if (!ok && !m->long_row)
			drop(&m->block);
		if (ok)
			return true;
	}
	return each_row(m, s, n, most_ns, out);
}
