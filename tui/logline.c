/* One line of a log. */
#include "tui/logline.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/rich.h"

enum { CUT_BASE = 16384, CUT_PER_COLUMN = 8, RICH_COLS = 1000 };

static bool is_time(const char *s, size_t n)
{
	static const char shape[] = "0000-00-00T00:00:00.0000000Z ";
	size_t i;

	if (n < sizeof shape - 2)
		return false;
	for (i = 0; i < RQ_LOG_TIME_LEN; i++) {
		bool digit = s[i] >= '0' && s[i] <= '9';

		if (shape[i] == '0' ? !digit : s[i] != shape[i])
			return false;
	}
	return n == RQ_LOG_TIME_LEN || s[RQ_LOG_TIME_LEN] == ' ';
}

static const struct {
	const char *mark;
	enum rq_log_kind kind;
	enum rq_role role;
	const char *word;
} marks[] = {
	{ "##[group]", RQ_LOG_GROUP, RQ_ROLE_LOG_GROUP, "" },
	{ "##[endgroup]", RQ_LOG_ENDGROUP, RQ_ROLE_DIM, "" },
	{ "##[error]", RQ_LOG_ERROR_LINE, RQ_ROLE_LOG_ERROR, "Error: " },
	{ "##[warning]", RQ_LOG_WARNING, RQ_ROLE_LOG_WARNING, "Warning: " },
	{ "##[notice]", RQ_LOG_NOTICE, RQ_ROLE_LOG_GROUP, "" },
	{ "##[debug]", RQ_LOG_DEBUG_LINE, RQ_ROLE_LOG_DEBUG, "" },
	{ "##[command]", RQ_LOG_COMMAND, RQ_ROLE_LOG_COMMAND, "" },
	{ "[command]", RQ_LOG_COMMAND, RQ_ROLE_LOG_COMMAND, "" },
};

enum { N_MARKS = sizeof marks / sizeof marks[0] };

void rq_logline_parse(struct rq_logline *l, const char *line, size_t n)
{
	size_t i;

	memset(l, 0, sizeof *l);
	/* GitHub's logs are joined from parts that begin with a byte order mark each. */
	i = rq_utf8_mark(line, n);
	line += i;
	n -= i;
	if (is_time(line, n)) {
		size_t skip = n == RQ_LOG_TIME_LEN ? RQ_LOG_TIME_LEN : RQ_LOG_TIME_LEN + 1;

		l->time = line;
		line += skip;
		n -= skip;
	}
	for (i = 0; i < N_MARKS; i++) {
		size_t len = strlen(marks[i].mark);

		if (n >= len && !memcmp(line, marks[i].mark, len)) {
			l->kind = marks[i].kind;
			line += len;
			n -= len;
			break;
		}
	}
	l->text = line;
	l->n = n;
}

enum rq_role rq_logline_role(enum rq_log_kind kind)
{
	size_t i;

	for (i = 0; i < N_MARKS; i++)
		if (marks[i].kind == kind)
			return marks[i].role;
	return RQ_ROLE_LOG;
}

const char *rq_logline_word(enum rq_log_kind kind)
{
	size_t i;

	for (i = 0; i < N_MARKS; i++)
		if (marks[i].kind == kind)
			return marks[i].word;
	return "";
}

void rq_logline_visible(const struct rq_logline *l, int cols, const char **text, size_t *n)
{
	size_t most = CUT_BASE + (size_t)cols * CUT_PER_COLUMN, from, end = l->n;

	while (end && l->text[end - 1] == '\r')
		end--;
	*text = l->text;
	*n = end;
	if (end <= most)
		return;
	/* The end of a long progress is what counts; of a long text it is the beginning. */
	for (from = end - most; from < end && l->text[from] != '\r'; from++)
		;
	if (from < end) {
		*text = l->text + from;
		*n = end - from;
		return;
	}
	for (from = end - most; from > 0 && l->text[from - 1] != '\r'; from--)
		;
	*text = l->text + from;
	*n = most < end - from ? most : end - from;
}

void rq_logline_show(const struct rq_logline *l, int cols, bool ascii, struct rq_str *out, struct rq_runs *runs)
{
	struct rq_style style = { .fg = -1, .bg = -1 };
	const char *text;
	size_t n;

	rq_logline_visible(l, cols, &text, &n);
	rq_str_add(out, rq_logline_word(l->kind));
	rq_text_styled(out, runs, &style, text, n, ascii);
}

void rq_logline_rich(struct rq_rich *rich, const char *line, size_t n)
{
	struct rq_runs runs = { 0 };
	struct rq_logline l;
	struct rq_str out;

	rq_logline_parse(&l, line, n);
	if (l.kind == RQ_LOG_ENDGROUP)
		return;
	rq_str_init(&out, 0);
	rq_logline_show(&l, RICH_COLS, false, &out, &runs);
	rq_rich_add(rich, rq_logline_role(l.kind), rq_str_get(&out));
	rq_rich_end_line(rich);
	rq_str_release(&out);
	rq_free(runs.v);
}
