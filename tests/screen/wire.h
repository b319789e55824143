/* wire.h - what a program says to its terminal besides text, read from the bytes alone.
 *
 * A terminal library shows what a screen looks like; it hides what else was asked of the terminal.
 * This scanner follows the same bytes and knows only two kinds of request: those that draw, set a
 * mode that can be taken back, or are plain text (it keeps track of the modes), and everything
 * else. The latter become events: a log viewer that lets a job's output through shows up here,
 * whatever the terminal library makes of it. */
#ifndef TEST_SCREEN_WIRE_H
#define TEST_SCREEN_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/str.h"

enum wire_kind {
	WIRE_OSC,    /* title, palette, clipboard, hyperlinks... */
	WIRE_STRING, /* DCS, APC, PM, SOS */
	WIRE_C1,     /* an 8-bit control, raw or as UTF-8 */
	WIRE_BELL,
	WIRE_CONTROL, /* a control character that no drawing needs */
	WIRE_HIDDEN,  /* bidi, zero-width and tag characters */
	WIRE_INVALID, /* bytes that are no UTF-8 */
	WIRE_SEQUENCE /* resets, queries, window operations, key and cursor settings, unknown
			 sequences */
};

struct wire_event {
	enum wire_kind kind;
	long at;       /* offset of its last byte in the stream */
	char *text;    /* the sequence without its introducer, printable, cut at 200 characters */
	char *payload; /* OSC: the whole string as it came; else NULL */
};

#define WIRE_MODES 64
#define WIRE_EVENTS 256

struct wire {
	int state;
	struct rq_str seq;   /* the sequence under way, up to 4 MiB */
	unsigned char intro; /* of a string: ] P _ ^ X */
	int utf8_need;       /* continuation bytes still to come */
	uint32_t utf8_cp, utf8_min;
	bool turns;             /* the letter before is written from right to left */
	bool ascii_only; /* any byte >= 0x80 is an event */

	int modes[WIRE_MODES]; /* private modes that are on, sorted; ANSI modes as -1 - mode */
	int n_modes;
	bool keypad, shifted, alt_charset;
	int title_depth;               /* titles pushed (CSI 22 t) and not popped */
	int region_top, region_bottom; /* 0, 0 when never set or reset */
	long bytes;

	struct wire_event events[WIRE_EVENTS];
	int n_events; /* may be more than are kept */
};

void wire_init(struct wire *w);
void wire_release(struct wire *w);
void wire_feed(struct wire *w, const char *s, size_t n);

/* Within a DCS, APC, PM or SOS string. */
bool wire_in_string(const struct wire *w);
/* After the last byte of a sequence or a character. */
bool wire_at_rest(const struct wire *w);
/* The modes that are on, as text ("7 25 1049 keypad"); equal states give equal text. */
void wire_modes(const struct wire *w, struct rq_str *out);
bool wire_mode(const struct wire *w, int mode);
/* Forget the event I (one that the script expected). */
void wire_forget(struct wire *w, int i);
/* The index of the last OSC whose number is NUMBER, or -1. */
int wire_last_osc(const struct wire *w, const char *number);
const char *wire_kind_name(enum wire_kind kind);

#endif
