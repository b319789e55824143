/* settings.h - the console's files: keymap and theme, shipped ones and the operator's own. */
#ifndef RQ_TUI_SETTINGS_H
#define RQ_TUI_SETTINGS_H

#include <stdbool.h>

struct rq_ui;

/* What is wrong in a file is said, and the rest of it counts. */
void rq_settings_load_keymap(struct rq_ui *ui);
void rq_settings_load_theme(struct rq_ui *ui);
/* Where the details of lists are to be. */
void rq_settings_layout(struct rq_ui *ui);
/* config.yaml was changed: read it, and what it names, again. */
void rq_settings_apply(struct rq_ui *ui);
/* Whether only ASCII may be drawn, by the settings and the locale. */
bool rq_settings_ascii(struct rq_ui *ui);
bool rq_settings_slow(const struct rq_ui *ui);

/* Draws for listening, or no longer. */
void rq_settings_reader(struct rq_ui *ui);

#endif
