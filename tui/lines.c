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

void rq_mistake(struct rq_mistakes *m, const char *file, const struct rq_lines *at, const struct rq_error *what)
{
	if (!m->n++)
		rq_fail(&m->first, RQ_EUSAGE, "%s:%d: %s", file, at->number, what->msg);
	if (m->all && m->n <= RQ_MISTAKES)
		rq_str_addf(m->all, "%s:%d: %s\n", file, at->number, what->msg);
}

int rq_mistakes_end(const struct rq_mistakes *m, struct rq_error *e)
{
	if (m->all && m->n > RQ_MISTAKES)
		rq_str_addf(m->all, "and %zu more lines that make no sense\n", m->n - RQ_MISTAKES);
	return m->n ? rq_fail(e, RQ_EUSAGE, "%s", m->first.msg) : RQ_OK;
}
