/* runner_text.h - a runner as lines: for the pane under the list, and for the view of one. */
#ifndef RQ_TUI_RUNNER_TEXT_H
#define RQ_TUI_RUNNER_TEXT_H

#include "tui/draw.h"
#include "tui/rich.h"
#include "tui/ui.h"

/* "idle" "busy" "draining" ..., with its symbol and colour. */
const char *rq_runner_state(const struct rq_runner *r, enum rq_glyph *glyph, enum rq_role *role);
/* Why it takes nothing, in the words of who drained it; nothing when it is not drained. */
void rq_runner_note(const struct rq_runner *r, struct rq_str *out);
/* What is known of it. COLS: long texts are broken there. FULL: all its jobs, and how it has been used. */
void rq_runner_text(struct rq_ui *ui, const struct rq_runner *r, int cols, bool full, struct rq_rich *out);

#endif
