#include <string.h>
#include "core/command/plainlog.h"

/* HEAD: the line's beginning is collected; PASS and SKIP: the rest of it is; ERROR: it is held. */
enum { HEAD, PASS, SKIP, ERROR };
enum { STAMP = 29 }; /* "2026-11-21T18:02:21.1234567Z " */
enum { ERRORS_MAX = 64 * 1024 };

static const char group_mark[] = "##[group]Run ", end_mark[] = "##[endgroup]",
		  error_mark[] = "##[error]";

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether the N bytes at S could be the beginning of a time stamp, or, with N >= STAMP, are one. */
static bool stamp_like(const char *s, size_t n)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddddddZ ";

	for (size_t i = 0; i < n && i < STAMP; i++)
		if (shape[i] == 'd' ? !digit(s[i]) : s[i] != shape[i])
			return false;
	return true;
}

/* 1: S begins with MARK. 0: it does not. -1: nobody knows yet. */
static int begins(const char *s, size_t n, const char *mark)
{
	size_t len = strlen(mark);

	if (n >= len)
		return !memcmp(s, mark, len);
	return memcmp(s, mark, n) ? 0 : -1;
}

static void release_errors(struct rq_plainlog *t, struct rq_str *out)
{
	rq_str_addn(out, rq_str_get(&t->errors), t->errors.len);
	rq_str_clear(&t->errors);
}

/* The kind of line that the text behind its stamp begins, HEAD while that is open. COMPLETE: the
 * line is. */
static int kind_of(struct rq_plainlog *t, const char *s, size_t n, bool complete)
{
	int group, error;

	if (!t->own)
		return PASS;
	if (t->in_preamble) {
		if (!complete && begins(s, n, end_mark) && n <= sizeof end_mark)
			return HEAD;
		if (begins(s, n, end_mark) == 1 && n == sizeof end_mark - 1)
			t->in_preamble = false;
		return SKIP;
	}
	group = t->preambles > 0 ? begins(s, n, group_mark) : 0;
	error = begins(s, n, error_mark);
	if (!complete && (group < 0 || error < 0))
		return HEAD;
	if (group == 1) {
		t->preambles--;
		t->in_preamble = true;
		return SKIP;
	}
	return error == 1 ? ERROR : PASS;
}

static void keep_error(struct rq_plainlog *t, const char *s, size_t n)
{
	t->errors.max = ERRORS_MAX;
	rq_str_addn(&t->errors, s, n);
}

/* Find out what the line is, if its head tells by now. */
static void understand(struct rq_plainlog *t, bool complete, struct rq_str *out)
{
	size_t skip = 0;

	if (stamp_like(t->head, t->n)) {
		if (t->n < STAMP && !complete)
			return;
		skip = t->n < STAMP ? 0 : STAMP;
	}
	t->state = kind_of(t, t->head + skip, t->n - skip, complete);
	if (t->state == HEAD)
		return;
	if (t->state == ERROR)
		keep_error(t, t->head + skip, t->n - skip);
	if (t->state == PASS) {
		/* Something follows: the errors before it were not the last words. */
		release_errors(t, out);
		rq_str_addn(out, t->head + skip, t->n - skip);
	}
	t->n = 0;
}

static void line_end(struct rq_plainlog *t, struct rq_str *out)
{
	if (t->state == HEAD)
		understand(t, true, out);
	if (t->state == PASS)
		rq_str_addc(out, '\n');
	else if (t->state == ERROR)
		keep_error(t, "\n", 1);
	t->state = HEAD;
	t->n = 0;
}

/* Whether the line begins with a byte order mark, which is dropped, or may do so. */
static bool is_mark(struct rq_plainlog *t)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (t->n > 3 || memcmp(t->head, mark, t->n))
		return false;
	if (t->n == 3)
		t->n = 0;
	return true;
}

void rq_plainlog_feed(struct rq_plainlog *t, const char *s, size_t n, struct rq_str *out)
{
	if (t->stamps) {
		rq_str_addn(out, s, n);
		return;
	}
	for (size_t i = 0; i < n;) {
		const char *nl;
		size_t len;

		if (s[i] == '\n') {
			line_end(t, out);
			i++;
			continue;
		}
		if (t->state == HEAD) {
			t->head[t->n++] = s[i++];
			if (!is_mark(t))
				understand(t, false, out);
			continue;
		}
		nl = memchr(s + i, '\n', n - i);
		len = nl ? (size_t)(nl - s) - i : n - i;
		if (t->state == PASS)
			rq_str_addn(out, s + i, len);
		else if (t->state == ERROR)
			keep_error(t, s + i, len);
		i += len;
	}
}

static void without_mark(struct rq_str *held, struct rq_str *errors)
{
	const char *s = rq_str_get(held);
	size_t left = held->len;

	while (left) {
		const char *nl = memchr(s, '\n', left);
		size_t len = nl ? (size_t)(nl - s) + 1 : left, mark = sizeof error_mark - 1;

		rq_str_addn(errors, s + mark, len - mark);
		s += len;
		left -= len;
	}
}

void rq_plainlog_end(struct rq_plainlog *t, struct rq_str *out, struct rq_str *errors)
{
	if (t->n)
		understand(t, true, out);
	if (errors)
		without_mark(&t->errors, errors);
	else
		release_errors(t, out);
	rq_str_release(&t->errors);
	t->state = HEAD;
	t->n = 0;
	t->in_preamble = false;
}
