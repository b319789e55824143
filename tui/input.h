/* input.h - drawing a line that is being edited. */
#ifndef RQ_TUI_INPUT_H
#define RQ_TUI_INPUT_H

#include <stdbool.h>
#include "tui/draw.h"
#include "tui/line.h"

/* As much of it as fits in WIDTH columns, the cursor in sight; with FOCUS the terminal's cursor
 * stands on it. */
void rq_line_draw(const struct rq_line *l, struct rq_draw *d, int row, int col, int width,
		  enum rq_role role, bool focus);

#endif
