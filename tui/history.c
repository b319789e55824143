/* The history of what is typed, in memory and in a file. */
#include "tui/history.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/redact.h"
#include "core/base/str.h"

/* The file may grow by so many lines before it is cut back. */
enum { SLACK = 100, FILE_BYTES = (RQ_HISTORY_MAX + SLACK) * 2 * RQ_HISTORY_BYTES };

struct entry {
	char *text;
	bool written;           /* stands in the file, or came from it */
	bool secret;            /* or too long: never goes there */
};

struct rq_history {
	struct entry v[RQ_HISTORY_MAX];
	size_t n;
	char *path;             /* NULL: none */
	struct stat seen;       /* the file as it was read or written last */
	size_t lines;           /* in it, as far as known */
};

struct rq_history *rq_history_new(const char *path)
{
	struct rq_history *h = rq_alloc(sizeof *h);

	h->path = path ? rq_strdup(path) : NULL;
	return h;
}

static void drop(struct rq_history *h, size_t i)
{
	rq_free(h->v[i].text);
	memmove(h->v + i, h->v + i + 1, (h->n - i - 1) * sizeof *h->v);
	h->n--;
}

/* On one line, of a length that a person may have typed. */
static bool fit(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return n > 0 && n <= RQ_HISTORY_BYTES;
}

static void remember(struct rq_history *h, const char *text, size_t n, bool written)
{
	if (h->n == RQ_HISTORY_MAX)
		drop(h, 0);
	h->v[h->n].text = rq_strndup(text, n);
	h->v[h->n].written = written;
	h->v[h->n].secret = !written && (!fit(text, n) || rq_history_secret(h->v[h->n].text));
	h->n++;
}

/* ---- secrets ---- */

static bool names_secret(const char *word, size_t n)
{
	static const char *const names[] = { "token", "secret", "passw", "api-key", "api_key", "apikey", "credential" };
	char lower[64];
	size_t i;

	if (n >= sizeof lower)
		n = sizeof lower - 1;
	for (i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)word[i]);
	lower[n] = '\0';
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strstr(lower, names[i]))
			return true;
	return false;
}

/* A word such as --password, TOKEN=x, --env with a value behind it. */
static bool word_secret(const char *word, const char *next)
{
	size_t n = strcspn(word, "=");

	if (rq_eq(word, "--env"))
		return next && strchr(next, '=');
	if (rq_starts(word, "--env="))
		return strchr(word + 6, '=') != NULL;
	return (word[n] || (word[0] == '-' && next)) && names_secret(word, n);
}

bool rq_history_secret(const char *text)
{
	char *copy = rq_strdup(text), **words = NULL;
	size_t n = 0, i;
	bool secret;

	rq_redact_line(NULL, copy);
	secret = !rq_eq(copy, text);
	rq_free(copy);
	/* What cannot be read is not looked through. */
	if (rq_words_split(text, &words, &n, NULL))
		return true;
	for (i = 0; i < n && !secret; i++)
		secret = word_secret(words[i], i + 1 < n ? words[i + 1] : NULL);
	rq_words_free(words);
	return secret;
}

/* ---- the file ---- */

/* The owner's alone, and a file: nobody's pipe keeps the console waiting. */
static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || ((st.st_mode & 077) && fchmod(fd, 0600))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Locked, and still the file of that name: another console may have put a shorter one there. */
static int open_locked(const char *path, struct stat *st)
{
	struct stat now;
	int fd, i;

	for (i = 0; i < 3; i++) {
		fd = open_file(path, O_RDWR | O_APPEND | O_CREAT);
		if (fd < 0)
			return -1;
		if (!flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, st) && !stat(path, &now) && now.st_ino == st->st_ino &&
		    now.st_dev == st->st_dev)
			return fd;
		close(fd);
	}
	return -1;
}

static bool write_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t k = write(fd, s, n);

		if (k < 0 && errno != EINTR)
			return false;
		if (k > 0) {
			s += k;
			n -= (size_t)k;
		}
	}
	return true;
}

static void read_all(int fd, struct rq_str *out)
{
	char buf[8192];
	off_t at = 0;
	ssize_t n;

	while (!out->full && (n = pread(fd, buf, sizeof buf, at)) > 0) {
		rq_str_addn(out, buf, (size_t)n);
		at += n;
	}
}

static size_t count_lines(const char *s)
{
	size_t n = 0;

	while ((s = strchr(s, '\n'))) {
		s++;
		n++;
	}
	return n;
}

/* Where the last N of so many lines begin. */
static const char *last_lines(const char *s, size_t lines, size_t n)
{
	for (; lines > n; lines--)
		s = strchr(s, '\n') + 1;
	return s;
}

/* The last lines into a new file that takes its place at once. */
static void shorten(struct rq_history *h, int fd)
{
	struct rq_str all;
	char *name;
	const char *from;
	int out;

	rq_str_init(&all, FILE_BYTES);
	name = rq_fmt("%s.new", h->path);
	read_all(fd, &all);
	h->lines = count_lines(rq_str_get(&all));
	from = last_lines(rq_str_get(&all), h->lines, RQ_HISTORY_MAX);
	out = h->lines > RQ_HISTORY_MAX ? open_file(name, O_WRONLY | O_CREAT | O_TRUNC) : -1;
	if (out >= 0 && write_all(out, from, strlen(from)) && !fstat(out, &h->seen) && !rename(name, h->path))
		h->lines = RQ_HISTORY_MAX;
	if (out >= 0)
		close(out);
	rq_str_release(&all);
	rq_free(name);
}

/* A console that was ended in the middle of a line leaves it without an end. */
static void end_line(int fd, const struct stat *st, struct rq_str *out)
{
	char last = '\n';

	if (st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) == 1 && last != '\n')
		rq_str_addc(out, '\n');
}

/* What has not been written yet. Without the lock it waits for the next time. */
static void save(struct rq_history *h)
{
	struct rq_str text;
	struct stat st;
	size_t i, n = 0;
	bool written;
	int fd;

	for (i = 0; i < h->n; i++)
		n += !h->v[i].written && !h->v[i].secret;
	fd = n && h->path ? open_locked(h->path, &st) : -1;
	if (fd < 0)
		return;
	rq_str_init(&text, 0);
	end_line(fd, &st, &text);
	for (i = 0; i < h->n; i++) {
		if (!h->v[i].written && !h->v[i].secret)
			rq_str_addf(&text, "%s\n", h->v[i].text);
	}
	written = write_all(fd, rq_str_get(&text), text.len);
	for (i = 0; written && i < h->n; i++)
		h->v[i].written = h->v[i].written || !h->v[i].secret;
	h->lines += n;
	/* What others wrote meanwhile is read when it is looked for. */
	if (st.st_size == h->seen.st_size && (!st.st_size || st.st_ino == h->seen.st_ino))
		fstat(fd, &h->seen);
	if (h->lines > RQ_HISTORY_MAX + SLACK)
		shorten(h, fd);
	rq_str_release(&text);
	close(fd);
}

/* The lines of the file, and behind them what stays in memory. */
static void take_over(struct rq_history *h, const char *text)
{
	const char *s = last_lines(text, h->lines, RQ_HISTORY_MAX), *end;
	struct entry kept[RQ_HISTORY_MAX];
	size_t n = 0, i;

	for (i = 0; i < h->n; i++) {
		if (h->v[i].written)
			rq_free(h->v[i].text);
		else
			kept[n++] = h->v[i];
	}
	h->n = 0;
	for (; (end = strchr(s, '\n')); s = end + 1)
		if (fit(s, (size_t)(end - s)))
			remember(h, s, (size_t)(end - s), true);
	for (i = 0; i < n; i++) {
		if (h->n == RQ_HISTORY_MAX)
			drop(h, 0);
		h->v[h->n++] = kept[i];
	}
}

void rq_history_refresh(struct rq_history *h)
{
	struct stat st;
	struct rq_str all;
	int fd;

	if (!h->path || stat(h->path, &st) ||
	    (st.st_ino == h->seen.st_ino && st.st_dev == h->seen.st_dev && st.st_size == h->seen.st_size))
		return;
	fd = open_file(h->path, O_RDONLY);
	if (fd < 0)
		return;
	rq_str_init(&all, FILE_BYTES);
	fstat(fd, &h->seen);
	read_all(fd, &all);
	close(fd);
	h->lines = count_lines(rq_str_get(&all));
	take_over(h, rq_str_get(&all));
	rq_str_release(&all);
}

/* ---- in memory ---- */

void rq_history_free(struct rq_history *h)
{
	if (!h)
		return;
	save(h);
	while (h->n)
		drop(h, h->n - 1);
	rq_free(h->path);
	rq_free(h);
}

void rq_history_add(struct rq_history *h, const char *text)
{
	if (!*text || *text == ' ' || (h->n && rq_eq(h->v[h->n - 1].text, text)))
		return;
	remember(h, text, strlen(text), false);
	save(h);
}

const char *rq_history_get(const struct rq_history *h, size_t step, const char *prefix)
{
	size_t i = h->n;

	while (i-- > 0) {
		if (rq_starts(h->v[i].text, prefix) && --step == 0)
			return h->v[i].text;
	}
	return NULL;
}

const char *rq_recall_go(struct rq_recall *r, const struct rq_history *h, const char *now, int direction)
{
	size_t step = direction > 0 ? r->step + 1 : r->step - 1;
	const char *text;

	if (!r->step) {
		if (direction < 0)
			return NULL;
		rq_free(r->typed);
		r->typed = rq_strdup(now);
	}
	text = step ? rq_history_get(h, step, r->all ? "" : r->typed) : r->typed;
	if (text)
		r->step = step;
	return text;
}

const char *rq_history_find(const struct rq_history *h, size_t *step, const char *text)
{
	size_t at;

	for (at = *step; at && at <= h->n; at++) {
		if (!strstr(h->v[h->n - at].text, text))
			continue;
		*step = at;
		return h->v[h->n - at].text;
	}
	return NULL;
}
