/* possible.h - what can be done now, and why not: one answer for the line of keys and for who tries
 * it all the same. */
#ifndef RQ_TUI_POSSIBLE_H
#define RQ_TUI_POSSIBLE_H

#include <stdbool.h>
#include "core/base/str.h"

struct rq_ui;

/* COMMAND as a keymap has it. WHY (may be NULL) gets a sentence. */
bool rq_ui_possible(struct rq_ui *ui, const char *command, struct rq_str *why);

#endif
