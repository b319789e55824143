/* menu.h - a few lines to choose from, over the view that they are about. */
#ifndef RQ_TUI_MENU_H
#define RQ_TUI_MENU_H

#include "core/base/str.h"
#include "tui/ui.h"

struct rq_menu_ops {
	const char *title, *keys;       /* keys: said at the bottom, "<enter> takes it" */
	size_t (*count)(struct rq_view *beneath);
	/* The line's own text, and what is said about it in a second column. */
	void (*line)(struct rq_view *beneath, size_t i, struct rq_str *text, struct rq_str *about);
	/* Enter; the menu is closed then. NULL: enter closes it. */
	void (*choose)(struct rq_view *beneath, size_t i);
	/* Other keys; *AT may be moved. May be NULL. */
	void (*key)(struct rq_view *beneath, size_t *at, uint32_t key);
};

/* Over the uppermost view. */
void rq_menu_open(struct rq_ui *ui, const struct rq_menu_ops *ops, size_t at);

#endif
