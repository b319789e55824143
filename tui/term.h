/* term.h - the terminal: taken over, given back, resized, suspended; and the keys from it. */
#ifndef RQ_TUI_TERM_H
#define RQ_TUI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"

struct rq_term;

/* Takes over the terminal on stdin and stdout, and its mouse with MOUSE. COLOUR false: attributes
 * alone. TITLE: what it shows for one meanwhile, clean text; NULL: what it has. RQ_EUNSUPPORTED where the
 * terminal cannot place its cursor. *note (may be NULL) is a sentence for the operator, "" none; it lives
 * as long as the terminal. */
int rq_term_start(bool colour, bool mouse, const char *title, struct rq_term **out, const char **note,
		  struct rq_error *e);
/* Gives it back as it was; NULL is fine. */
void rq_term_stop(struct rq_term *t);

/* The next key that is already there, RQ_KEY_NONE (0) when none is. Call it until it gives none:
 * curses reads ahead. */
uint32_t rq_term_key(struct rq_term *t);
/* Where the last RQ_KEY_CLICK was. */
void rq_term_clicked(const struct rq_term *t, int *row, int *col);
/* Nobody is there any more: the line was closed. Ask after an event that brought no key. */
bool rq_term_lost(struct rq_term *t);
/* Takes the new size over after SIGWINCH. */
void rq_term_resized(struct rq_term *t);
/* Back to the shell; returns when the process is continued. */
void rq_term_suspend(struct rq_term *t);
/* Lent to another program, and taken back. */
void rq_term_lend(struct rq_term *t);
void rq_term_take_back(struct rq_term *t);
/* After SIGCONT. */
void rq_term_continued(struct rq_term *t);
/* Send everything again at the next update. */
void rq_term_redraw(struct rq_term *t);
int rq_term_rows(const struct rq_term *t);
int rq_term_cols(const struct rq_term *t);
int rq_term_colours(const struct rq_term *t);   /* 0: none are to be used */

/* What curses is told to send between the two is one frame: it is sent at once as far as the
 * terminal takes it. SLOW: with a question at its end, which is answered once it is shown. */
void rq_term_frame_begin(struct rq_term *t);
void rq_term_frame_end(struct rq_term *t, bool slow);
/* Sends what is left of it; true: nothing is. Else the descriptor is to be watched. */
bool rq_term_flush(struct rq_term *t);
int rq_term_fd(const struct rq_term *t);
/* Milliseconds to wait for the answer; 0: it is there, or will not come. */
int rq_term_behind(struct rq_term *t);
/* Bytes to the terminal, between two frames (OSC 52). */
void rq_term_write(struct rq_term *t, const char *s, size_t n);

/* What a theme's colours mean, for a terminal that has more than 256; FORCE: also where it does not say so. Borrowed;
 * NULL: they mean themselves. */
struct rq_true_colours;
void rq_term_true_colours(struct rq_term *t, const struct rq_true_colours *colours, bool force);

#endif
