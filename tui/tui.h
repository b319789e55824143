/* tui.h - the console. */
#ifndef RQ_TUI_TUI_H
#define RQ_TUI_TUI_H

#include <stdbool.h>
#include "core/base/err.h"

struct relayq;
struct rq_loop;

struct rq_tui_options {
	bool ascii; /* draw with ASCII alone, whatever ui.ascii and the locale say */
	bool screen_reader; /* draw for listening, whatever ui.screen_reader says */
	bool slow_link; /* send little, whatever ui.slow_link says */
	const char *file; /* a log to begin with; the console ends with its view, unless one goes on to a tab. NULL: the tabs */
};

/* Runs the console on the terminal of stdin and stdout until the operator leaves or the terminal is
 * lost (both RQ_OK). O may be NULL. RQ was opened with `console`. Nothing of RQ's work is harmed by
 * its end. */
int rq_tui_run(struct relayq *rq, struct rq_loop *loop, const struct rq_tui_options *o,
	       struct rq_error *e);

#endif
