/* logline.h - one line of a log in GitHub's format: the time before it and the marks in it. Hostile
 * text. */
#ifndef RQ_TUI_LOGLINE_H
#define RQ_TUI_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/text.h"
#include "tui/theme.h"

struct rq_rich;

enum rq_log_kind {
	RQ_LOG_PLAIN,
	RQ_LOG_GROUP,
	RQ_LOG_ENDGROUP,
	RQ_LOG_ERROR_LINE,
	RQ_LOG_WARNING,
	RQ_LOG_NOTICE,
	RQ_LOG_DEBUG_LINE,
	RQ_LOG_COMMAND
};

struct rq_logline {
	const char *time;               /* "2026-11-21T18:02:21.1234567Z"; NULL: none */
	const char *text;               /* behind time and mark; borrowed from the line */
	size_t n;
	enum rq_log_kind kind;
};

enum {
	RQ_LOG_TIME_LEN = 28,
	RQ_LOGLINE_WHOLE = 100000       /* columns of which nothing is cut off a row of logtext.h */
};

void rq_logline_parse(struct rq_logline *l, const char *line, size_t n);
enum rq_role rq_logline_role(enum rq_log_kind kind);
/* "Error: ", "Warning: ", as GitHub has it before such lines, for colour is not the only sign; "" none. */
const char *rq_logline_word(enum rq_log_kind kind);
/* What of a line of N bytes can matter for its first COLS columns: a long one is cut, after the last
 * carriage return or, where there are many, before the last of them. */
void rq_logline_visible(const struct rq_logline *l, int cols, const char **text, size_t *n);
/* What is seen of it in its first COLS columns: that word and its text, harmless, appended to OUT. */
void rq_logline_show(const struct rq_logline *l, int cols, bool ascii, struct rq_str *out, struct rq_runs *runs);
/* As a line of RICH, without its time. */
void rq_logline_rich(struct rq_rich *rich, const char *line, size_t n);

#endif
