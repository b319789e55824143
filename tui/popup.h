/* popup.h - choices above a line that is being typed. */
#ifndef RQ_TUI_POPUP_H
#define RQ_TUI_POPUP_H

#include "tui/complete.h"
#include "tui/ui.h"

/* At the lower end of R, each with its help; the one that is in, from 1 (0 none), in sight and marked. */
void rq_popup_draw(struct rq_draw *d, const struct rq_choices *c, size_t at, struct rq_rect r);

#endif
