/* cmdtext.h - what the console is about to do, as the command line that does it: shown, and copied for a shell. */
#ifndef RQ_TUI_CMDTEXT_H
#define RQ_TUI_CMDTEXT_H

#include "tui/ui.h"

/* "relayq reroute local:18 --to mac" from WORDS, the command's name first: quoted for any POSIX shell. Values of variables
 * stay out of it: --env NAME="$NAME". */
void rq_cmdtext(char *const *words, size_t n, struct rq_str *out);
/* The rows that TEXT takes in COLS columns. It is cut between words, each row but the last with a backslash, so that what is
 * copied from the screen is the same to a shell. */
int rq_cmdtext_rows(const char *text, int cols);
/* Draws it in at most R.ROWS rows. */
void rq_cmdtext_draw(struct rq_draw *d, const char *text, struct rq_rect r);
/* Into the terminal's clipboard, and tells so. */
void rq_cmdtext_copy(struct rq_ui *ui, const char *text);

#endif
