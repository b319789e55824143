/* output.h - what goes to the terminal, without ever waiting for it.
 *
 * curses writes to a descriptor and does not return before all is taken. So while a frame is made,
 * that descriptor leads into a file; what is found there is sent in one write that does not block,
 * and what the terminal does not take is kept until it does. */
#ifndef RQ_TUI_OUTPUT_H
#define RQ_TUI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct rq_output;

/* FD is the terminal and what curses writes to; it stays the caller's. */
struct rq_output *rq_output_new(int fd);
void rq_output_free(struct rq_output *o);       /* what is left is lost; NULL is fine */

/* What is written to FD from now on is caught. Nothing may ask the terminal for its modes then. */
void rq_output_catch(struct rq_output *o);
/* The end of that: what was caught goes behind what is left, or is forgotten with DROP. Returns its
 * number of bytes. */
size_t rq_output_release(struct rq_output *o, bool drop);
/* From now on colours are sent as what T says that they mean; NULL: as they are. Borrowed. */
struct rq_true_colours;
void rq_output_colours(struct rq_output *o, const struct rq_true_colours *t);
void rq_output_add(struct rq_output *o, const char *s, size_t n);
/* Sends what is left as far as it is taken; true: nothing is left. */
bool rq_output_flush(struct rq_output *o);
/* Waits for that, MS at most; then what is left is lost. */
void rq_output_drain(struct rq_output *o, int ms);
/* To be watched for being writable while something is left. */
int rq_output_fd(const struct rq_output *o);

#endif
