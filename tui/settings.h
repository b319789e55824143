/* settings.h - the console's files: keymap and theme, shipped ones and the operator's own. */
#ifndef RQ_TUI_SETTINGS_H
#define RQ_TUI_SETTINGS_H

#include <stdbool.h>

struct rq_ui;

/* What is wrong in a file is said, and the rest of it counts. */
void rq_settings_load_keymap(struct rq_ui *ui);
void rq_settings_load_theme(struct rq_ui *ui, bool colour);

#endif
