/* text_seq.h - the parts of the filter for untrusted text, for core/base/text_*.c only. */
#ifndef RQ_BASE_TEXT_SEQ_H
#define RQ_BASE_TEXT_SEQ_H

#include "core/base/text.h"

/* ---- sequences ---- */

#define RQ_SEQ_OPEN ((size_t)-1) /* the text ends inside of it */

/* Whether S begins with a C1 control, as one byte or as UTF-8. */
bool rq_seq_is_c1(const char *s, size_t n);
/* The sequence at S, which begins with ESC or a C1 control: its bytes; 0 there is none; RQ_SEQ_OPEN. *intro are the
 * bytes of its introducer, *kind the character that says the same behind ESC. */
size_t rq_seq_length(const char *s, size_t n, size_t *intro, int *kind);
/* What the N bytes between "ESC [" and "m" do to a style. */
void rq_seq_sgr(struct rq_style *s, const char *text, size_t n);
/* All that the colours in S do to it. */
void rq_seq_skim(struct rq_style *style, const char *s, size_t n);

/* ---- where text goes ---- */

struct rq_sink {
	struct rq_str *out;
	struct rq_runs *runs;           /* colours become runs; NULL: not */
	struct rq_style *shown;         /* colours become sequences in OUT, for a terminal that looks so now; NULL: not */
	struct rq_style *style;         /* what the next character has; NULL: there are no colours */
	size_t n_runs;                  /* in runs before this text */
	int col;
	int marks;                      /* on the character before; -1: there is none to sit on */
	uint32_t base;                  /* that character, where it may have a picture */
	bool ascii;
	bool covered;                   /* what comes was covered by what is there already */
	bool breaks;                    /* what comes begins a line */
};

extern const struct rq_style rq_style_plain;
bool rq_style_same(const struct rq_style *a, const struct rq_style *b);
/* From the look that the terminal has to another: in our own words, whatever those of the text were. */
void rq_sink_show(struct rq_sink *k, struct rq_style want);
/* Text without line ends. */
void rq_sink_filter(struct rq_sink *k, const char *s, size_t n);

#endif
