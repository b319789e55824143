/* input.h - drawing a line that is being edited. */
#ifndef RQ_TUI_INPUT_H
#define RQ_TUI_INPUT_H

#include <stdbool.h>
#include "tui/complete.h"
#include "tui/draw.h"
#include "tui/history.h"
#include "tui/line.h"

/* As much of it as fits in WIDTH columns, the cursor in sight; with FOCUS the terminal's cursor
 * stands on it. */
void rq_line_draw(const struct rq_line *l, struct rq_draw *d, int row, int col, int width,
		  enum rq_role role, bool focus);

struct rq_ui;
struct rq_view;
/* What could stand at the end of TEXT, and where the word begins that each would replace. */
typedef void rq_choose_fn(struct rq_view *beneath, const char *text, struct rq_choices *out, size_t *from);
/* The line that was opened last completes by CHOOSE, has HISTORY, and shows HINT above it while it is empty. */
void rq_view_input_helps(struct rq_ui *ui, rq_choose_fn *choose, struct rq_history *history, const char *hint);

#endif
