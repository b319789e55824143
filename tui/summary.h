/* summary.h - what came of an action on several things, in one sentence: "12 cancelled, 2 already completed". */
#ifndef RQ_TUI_SUMMARY_H
#define RQ_TUI_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/mem.h"
#include "core/base/str.h"

struct rq_summary_line {
	const char *text;               /* as it was said: "local:7: cancelled", "local:9" */
	bool bad;
};

struct rq_summary {
	struct rq_arena arena;
	struct rq_summary_line *v;
	size_t n, cap;
};

void rq_summary_release(struct rq_summary *s);
void rq_summary_add(struct rq_summary *s, const char *text, bool bad);
bool rq_summary_bad(const struct rq_summary *s);
/* What was said alike is counted, with the words behind "ID: " up to a parenthesis or a semicolon; what was said once is
 * repeated, a few times at most. IDS is said of those that are ids alone: "run again". */
void rq_summary_text(const struct rq_summary *s, const char *ids, struct rq_str *out);

#endif
