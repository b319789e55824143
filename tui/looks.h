/* looks.h - keymap and theme as the settings name them: the shipped one or a file, and the operator's own over it. No
 * terminal is needed. What is wrong is appended as lines, "FILE:LINE: what\n". */
#ifndef RQ_TUI_LOOKS_H
#define RQ_TUI_LOOKS_H

#include "core/command/command.h"
#include "core/relayq.h"
#include "tui/keymap.h"
#include "tui/theme.h"

/* NAME: NULL for what ui.keymap says. *m is empty before. */
void rq_looks_keymap(struct relayq *rq, const char *name, struct rq_keymap *m, struct rq_str *wrong);
/* NAME: NULL for what ui.theme says; the operator's own file counts only then. */
void rq_looks_theme(struct relayq *rq, const char *name, struct rq_theme *t, struct rq_str *wrong);

/* The same for commands: relayq keys, relayq doctor. */
extern const struct rq_out_looks rq_looks_for_commands;

#endif
