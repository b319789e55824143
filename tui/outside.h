/* outside.h - another program on our terminal for a while: a pager, an editor. */
#ifndef RQ_TUI_OUTSIDE_H
#define RQ_TUI_OUTSIDE_H

struct rq_ui;

/* COMMAND, cut at its blanks and at nothing else, gets the terminal, with PATH as its last argument; when it ends the
 * console goes on. Everything but the screen goes on meanwhile. */
void rq_outside_open(struct rq_ui *ui, const char *command, const char *path);
/* The console is to end while such a program runs. */
void rq_outside_end(struct rq_ui *ui);

#endif
