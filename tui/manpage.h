/* manpage.h - a manual page in mdoc as lines to read: the macros that relayq's own pages use, and no others. */
#ifndef RQ_TUI_MANPAGE_H
#define RQ_TUI_MANPAGE_H

#include "tui/manfill.h"

struct rq_manpage {
	struct rq_rich rich;
	struct rq_man_links links;
	struct rq_str problems;         /* one line each: what was not understood; "" nothing */
	size_t anchor;                  /* the line that ANCHOR of the source has become; 0 none */
	size_t *at, n_at, cap_at;       /* for each line of the source, the last line once it was filled in: grows */
};

/* TEXT (N bytes) in lines of at most COLS columns. ANCHOR: a line of it as it stands there, ".Ss relayq undrain"; NULL none. */
void rq_manpage_render(const char *text, size_t n, int cols, const char *anchor, struct rq_manpage *out);
void rq_manpage_release(struct rq_manpage *p);

/* The text behind MACRO (".Nd ") in the first line that begins with it, to its end, into OUT; false: there is none. */
bool rq_manpage_find(const char *text, const char *macro, struct rq_str *out);

#endif
