/* Lines of words. */
#include "tui/lines.h"

#include <string.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

/* Copies the next line without blanks at either end. */
static char *take_line(struct rq_lines *l)
{
	const char *from = l->text + l->off, *end = memchr(from, '\n', l->n - l->off);
	size_t len = end ? (size_t)(end - from) : l->n - l->off;

	l->off += len + 1;
	l->number++;
	while (len && blank(from[len - 1]))
		len--;
	while (len && blank(*from)) {
		from++;
		len--;
	}
	if (len >= RQ_LINE_MAX)
		len = RQ_LINE_MAX - 1;
	memcpy(l->line, from, len);
	l->line[len] = '\0';
	return l->line;
}

static size_t cut(char *s, char **words, size_t max)
{
	size_t n = 0;

	while (*s) {
		words[n++] = s;
		if (n == max)
			break;
		while (!blank(*s))
			s++;
		while (*s && blank(*s))
			*s++ = '\0';
	}
	return n;
}

bool rq_lines_next(struct rq_lines *l, char **words, size_t max, size_t *count)
{
	while (l->off < l->n) {
		char *s = take_line(l);

		if (*s && *s != '#') {
			*count = cut(s, words, max);
			return true;
		}
	}
	return false;
}
