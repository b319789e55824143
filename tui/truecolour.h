/* truecolour.h - colours beyond the 256 that curses knows. A theme's #rrggbb is drawn as one of the 256, the nearest that
 * is free, and on its way to a terminal that has all colours that one becomes what was meant. */
#ifndef RQ_TUI_TRUECOLOUR_H
#define RQ_TUI_TRUECOLOUR_H

#include <stdint.h>
#include "core/base/str.h"

/* What each of the 256 means: 0xrrggbb, or -1 itself. */
struct rq_true_colours {
	int32_t rgb[256];
};

void rq_true_colours_init(struct rq_true_colours *t);
/* The colour to draw RGB as; from now on it means that. */
int16_t rq_true_colours_take(struct rq_true_colours *t, int32_t rgb);
/* Whether any means something else than itself. */
bool rq_true_colours_any(const struct rq_true_colours *t);
/* Whole sequences for a terminal, S, with the colours that they mean. */
void rq_true_colours_send(const struct rq_true_colours *t, const char *s, size_t n, struct rq_str *out);

/* One of the 256, or -1, on a terminal of COLOURS: what it has that is nearest. BRIGHT: as a letter, with bold. A grey
 * between is none of eight: as a letter it is the terminal's own colour. */
int16_t rq_colour_of(int16_t c, int colours, bool *bright);

/* The red, green and blue of one of the 256, as xterm has it where the terminal may differ: 0xrrggbb. */
int32_t rq_palette_rgb(int16_t colour);

#endif
