/* tabs.h - the second line of the screen: the views one can go to, or where one is. */
#ifndef RQ_TUI_TABS_H
#define RQ_TUI_TABS_H

struct rq_ui;

void rq_tabs_draw(struct rq_ui *ui, int cols);

#endif
