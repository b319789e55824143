/* sink.h - what a command prints, as lines to read and as a message. */
#ifndef RQ_TUI_SINK_H
#define RQ_TUI_SINK_H

#include "core/base/mem.h"
#include "core/command/command.h"
#include "tui/rich.h"
#include "tui/summary.h"

struct rq_sink {
	struct rq_out out;              /* for the command; ud is the sink */
	struct rq_rich rich;
	struct rq_str messages, errors, warnings;      /* sentences, "; " between them */
	struct rq_summary all;          /* the same but for the warnings, one by one */
	void (*progress)(void *ud, const char *s);     /* NULL: nobody looks */
	void *progress_ud;
	/* the table that is being printed */
	struct rq_arena arena;
	const char **cells;
	size_t columns, n, cap;         /* n: cells, the head's first */
};

void rq_sink_init(struct rq_sink *s);
void rq_sink_release(struct rq_sink *s);
/* Ends a table that was begun. */
void rq_sink_finish(struct rq_sink *s);

#endif
