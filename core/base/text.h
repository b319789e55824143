/* text.h - UTF-8 and untrusted text: decoding, width, and the one filter before a screen. */
#ifndef RQ_BASE_TEXT_H
#define RQ_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/str.h"

/* Decode one code point at S (N > 0 bytes left). Returns bytes taken (>= 1); an invalid or cut sequence gives
 * U+FFFD and takes the bytes up to the next possible start (the maximal-subpart practice of Unicode). */
size_t rq_utf8_decode(const char *s, size_t n, uint32_t *cp);
bool rq_utf8_valid(const char *s, size_t n);
size_t rq_utf8_encode(uint32_t cp, char out[4]);

/* Bytes of the byte order mark at the start of a file: 3, or 0. */
size_t rq_utf8_mark(const char *s, size_t n);

/* Columns of a code point: 0 combining, 1, 2 wide; no locale is asked. */
int rq_cp_width(uint32_t cp);
/* Written from right to left. */
bool rq_cp_rtl(uint32_t cp);
/* Columns of clean text (as rq_text_clean gives it). */
int rq_text_width(const char *s);
/* The longest prefix of S of at most COLS columns; returns its bytes, *used (may be NULL) its columns. */
size_t rq_text_fit(const char *s, int cols, int *used);

/* The same up to a blank, where there is one in its second half: how much of a long text goes into one row. */
size_t rq_text_break(const char *s, int cols);

/* Make one line of untrusted text harmless: escape sequences are dropped through their terminator, other
 * controls, bidi, zero-width and tag characters become visible symbols, tabs become blanks to the next 8th column,
 * newline becomes a visible symbol, invalid UTF-8 becomes U+FFFD, at most 4 combining marks are kept on a character.
 * With ASCII, everything outside 0x20-0x7e becomes '?' or a short <U+XXXX>. Appends to OUT. */
void rq_text_clean(struct rq_str *out, const char *s, size_t n, bool ascii);

/* The same for log text with colours: SGR survives as runs. A run starts at byte OFF of OUT and has STYLE.
 * Colours: -1 default, 0-255 palette; RGB is taken to the nearest of the 256. What a CR would have covered stands
 * behind what covers it, after a sign for CR each; of several that differ in numbers and bars alone, as the steps
 * of a progress do, only the first. */
struct rq_style {
	int16_t fg, bg;
	uint8_t bold, dim, italic, underline, reverse;
};
struct rq_run {
	size_t off;
	struct rq_style style;
};
struct rq_runs {
	struct rq_run *v;
	size_t n, cap;   /* n <= 256: later changes of a line are dropped */
};
/* STYLE is the state on entry and on return, so that colours may span lines. */
void rq_text_styled(struct rq_str *out, struct rq_runs *runs, struct rq_style *style, const char *s, size_t n,
		    bool ascii);

/* The same for a job's output on its way to a terminal that nobody draws on, in pieces of any size: its colours in
 * our own words, and nothing of a look reaches over the end of a line; tabs stay, a CR ends the line. Start with ascii
 * and colours set and the rest zero; the state is the stream's own. */
struct rq_text_stream {
	bool ascii, colours;
	bool begun, filled, returned;
	int marks;
	struct rq_style style, shown;
	struct rq_str held;             /* the beginning of a sequence or of a character */
};
void rq_text_stream(struct rq_text_stream *t, const char *s, size_t n, struct rq_str *out);
/* The end: what was held back, and the terminal's own look again. Frees what the stream holds. */
void rq_text_stream_end(struct rq_text_stream *t, struct rq_str *out);

/* Clean text for a terminal that may turn what is written from right to left: a mark of the other direction behind
 * each such letter keeps all of a line in the order in which it was written. The last thing before a terminal: it
 * is not clean after that. */
#define RQ_LRM "\xe2\x80\x8e"
void rq_text_ltr(struct rq_str *out, const char *s, size_t n);

/* The nearest of the 256 colours to R, G, B of 0 to 255. */
int16_t rq_nearest_colour(int r, int g, int b);

#endif
