/* joblog.c - a place in a log, found again when the log came from elsewhere. */
#include "core/model/joblog.h"

#include <stdbool.h>
#include <string.h>
#include "core/base/mem.h"

enum {
	STAMP = 28,                     /* "2026-11-21T18:02:21.1234567Z" */
	KEY = 256,                      /* of a line: more than that tells nothing more */
	WINDOW = 65536,
	FAR = 64 * WINDOW,
	CLOSE = WINDOW / 2              /* from here on lines are looked at one after the other */
};

static bool is_stamp(const char *s)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddddddZ";

	for (size_t i = 0; i < STAMP; i++)
		if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
			return false;
	return true;
}

struct window {
	const struct rq_log_text *text;
	int64_t off;
	size_t n;
	char s[WINDOW];
};

/* N bytes at OFF, fewer at the end; borrowed until the next call. */
static const char *look(struct window *w, int64_t off, size_t n, size_t *have)
{
	if (off < w->off || off + (int64_t)n > w->off + (int64_t)w->n) {
		w->off = off;
		w->n = w->text->read(w->text->ud, off, w->s, sizeof w->s);
	}
	*have = w->n - (size_t)(off - w->off);
	return w->s + (off - w->off);
}

/* The time of the line at OFF, behind the byte order mark that it may begin with; NULL: it has none. */
static const char *stamp_at(struct window *w, int64_t *off)
{
	size_t have;
	const char *s = look(w, *off, STAMP + 3, &have);

	if (have >= 3 && !memcmp(s, "\xef\xbb\xbf", 3)) {
		*off += 3;
		s += 3;
		have -= 3;
	}
	return have >= STAMP && is_stamp(s) ? s : NULL;
}

/* The first line behind OFF's line end; -1: there is none. */
static int64_t line_after(struct window *w, int64_t off)
{
	while (off < w->text->size) {
		size_t have;
		const char *s = look(w, off, 1, &have), *nl;

		if (!have)
			return -1;
		nl = memchr(s, '\n', have);
		if (nl)
			return off + (nl - s) + 1 < w->text->size ? off + (nl - s) + 1 : -1;
		off += (int64_t)have;
	}
	return -1;
}

/* The first line with a time at OFF, a line's start, or later; -1: there is none. */
static int64_t stamped(struct window *w, int64_t off)
{
	for (; off >= 0 && off < w->text->size; off = line_after(w, off)) {
		int64_t at = off;

		if (stamp_at(w, &at))
			return at;
	}
	return -1;
}

/* The last line with a time that begins at OFF or before; -1: there is none near. */
static int64_t stamped_before(struct window *w, int64_t off)
{
	int64_t span, from = 1, found = -1, at;

	/* Mostly it is near; a line may be long. */
	for (span = WINDOW; found < 0 && from > 0 && span <= FAR; span *= 8) {
		from = off > span ? off - span : 0;
		for (at = from ? line_after(w, from) : 0; at >= 0 && at <= off && at < w->text->size; at = line_after(w, at)) {
			int64_t line = at;

			if (stamp_at(w, &line) && line <= off)
				found = line;
		}
	}
	return found;
}

/* A line's start from where on lines are at most CLOSE away from the first one that is not older than STAMP. */
static int64_t near(struct window *w, const char *stamp)
{
	int64_t lo = 0, hi = w->text->size;

	while (hi - lo > CLOSE) {
		int64_t mid = lo + (hi - lo) / 2, line = line_after(w, mid), at;

		line = line < 0 ? -1 : stamped(w, line);
		at = line;
		if (line < 0 || line >= hi || memcmp(stamp_at(w, &at), stamp, STAMP) >= 0)
			hi = mid;
		else
			lo = line;
	}
	return lo;
}

static int64_t find(struct window *w, const char *key, size_t n)
{
	int64_t line = stamped(w, near(w, key));

	for (; line >= 0; line = stamped(w, line_after(w, line))) {
		size_t have;
		const char *s = look(w, line, n, &have);
		int order = memcmp(s, key, STAMP);

		if (order > 0 || (!order && have >= n && !memcmp(s, key, n)))
			return line;
		if (line_after(w, line) < 0)
			break;
	}
	return w->text->size;
}

int64_t rq_log_place(const struct rq_log_text *old, const struct rq_log_text *now, int64_t off)
{
	struct window *w = rq_alloc(sizeof *w);
	char key[KEY];
	int64_t line, place = 0;
	size_t n = 0, have;
	const char *s, *nl;

	w->text = old;
	line = stamped_before(w, off);
	if (line >= 0) {
		s = look(w, line, KEY, &have);
		n = have < KEY ? have : KEY;
		nl = memchr(s, '\n', n);
		n = nl ? (size_t)(nl - s) : n;
		memcpy(key, s, n);
		w->text = now;
		w->off = 0;
		w->n = 0;
		place = find(w, key, n);
		/* As far behind the line's start as it was, if it is that line. */
		s = look(w, place, n, &have);
		if (have >= n && !memcmp(s, key, n))
			place += off - line;
	}
	rq_free(w);
	return place < now->size ? place : now->size;
}
