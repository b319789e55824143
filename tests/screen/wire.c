#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tests/screen/wire.h"

enum { GROUND, ESCAPE, CSI, STRING, STRING_ESC };

#define MAX_SEQ (4u << 20)
#define ANSI_MODE(n) (-1 - (n))

void wire_init(struct wire *w)
{
	memset(w, 0, sizeof *w);
	rq_str_init(&w->seq, MAX_SEQ);
	w->modes[0] = 7;  /* autowrap */
	w->modes[1] = 25; /* the cursor shows */
	w->n_modes = 2;
}

void wire_release(struct wire *w)
{
	for (int i = 0; i < w->n_events && i < WIRE_EVENTS; i++) {
		rq_free(w->events[i].text);
		rq_free(w->events[i].payload);
	}
	rq_str_release(&w->seq);
	memset(w, 0, sizeof *w);
}

static char *printable(const char *s, size_t n)
{
	struct rq_str out;

	rq_str_init(&out, 0);
	for (size_t i = 0; i < n && out.len < 200; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c < 0x7f)
			rq_str_addc(&out, (char)c);
		else
			rq_str_addf(&out, "\\x%02x", c);
	}
	if (out.len >= 200)
		rq_str_add(&out, "...");
	return rq_str_detach(&out);
}

static void event(struct wire *w, enum wire_kind kind, const char *s, size_t n)
{
	struct wire_event *e;

	if (w->n_events++ >= WIRE_EVENTS)
		return;
	e = &w->events[w->n_events - 1];
	e->kind = kind;
	e->at = w->bytes;
	e->text = printable(s, n);
	e->payload = kind == WIRE_OSC ? rq_strndup(s, n) : NULL;
}

void wire_forget(struct wire *w, int i)
{
	int kept = w->n_events < WIRE_EVENTS ? w->n_events : WIRE_EVENTS;

	rq_free(w->events[i].text);
	rq_free(w->events[i].payload);
	memmove(&w->events[i], &w->events[i + 1], (size_t)(kept - i - 1) * sizeof w->events[0]);
	w->n_events--;
}

int wire_last_osc(const struct wire *w, const char *number)
{
	int kept = w->n_events < WIRE_EVENTS ? w->n_events : WIRE_EVENTS;
	size_t n = strlen(number);

	for (int i = kept - 1; i >= 0; i--) {
		const struct wire_event *e = &w->events[i];

		if (e->payload && !strncmp(e->payload, number, n) && e->payload[n] == ';')
			return i;
	}
	return -1;
}

const char *wire_kind_name(enum wire_kind kind)
{
	static const char *const names[] = {
		"OSC",     "string",           "C1 control",    "bell",
		"control", "hidden character", "invalid UTF-8", "sequence",
	};

	return names[kind];
}

/* Modes. */

bool wire_mode(const struct wire *w, int mode)
{
	for (int i = 0; i < w->n_modes; i++)
		if (w->modes[i] == mode)
			return true;
	return false;
}

static void mode_on(struct wire *w, int mode)
{
	int i = w->n_modes;

	if (wire_mode(w, mode) || w->n_modes == WIRE_MODES)
		return;
	for (; i > 0 && w->modes[i - 1] > mode; i--)
		w->modes[i] = w->modes[i - 1];
	w->modes[i] = mode;
	w->n_modes++;
}

static void mode_off(struct wire *w, int mode)
{
	int to = 0;

	for (int i = 0; i < w->n_modes; i++)
		if (w->modes[i] != mode)
			w->modes[to++] = w->modes[i];
	w->n_modes = to;
}

static void set_modes(struct wire *w, const char *args, bool private, bool on)
{
	char *end;

	for (;;) {
		long mode = strtol(args, &end, 10);
		int key = private ? (int)mode : ANSI_MODE((int)mode);

		if (key == ANSI_MODE(34))
			; /* the cursor's shape, part of how screen and tmux show it */
		else if (on)
			mode_on(w, key);
		else
			mode_off(w, key);
		if (*end != ';')
			break;
		args = end + 1;
	}
}

void wire_modes(const struct wire *w, struct rq_str *out)
{
	for (int i = 0; i < w->n_modes; i++) {
		if (w->modes[i] < 0)
			rq_str_addf(out, "ansi%d ", -1 - w->modes[i]);
		else
			rq_str_addf(out, "%d ", w->modes[i]);
	}
	if (w->keypad)
		rq_str_add(out, "keypad ");
	if (w->shifted)
		rq_str_add(out, "shift-out ");
	if (w->alt_charset)
		rq_str_add(out, "graphic-charset ");
	if (w->title_depth)
		rq_str_addf(out, "titles-pushed=%d ", w->title_depth);
}

/* Sequences. */

static void set_region(struct wire *w, const char *args)
{
	w->region_top = w->region_bottom = 0;
	if (sscanf(args, "%d;%d", &w->region_top, &w->region_bottom) != 2)
		w->region_top = w->region_bottom = 0;
}

/* ncurses saves and restores the title on entering and leaving the other screen. */
static bool title_stack(struct wire *w, const char *args)
{
	if (!strncmp(args, "22;", 3))
		w->title_depth++;
	else if (!strncmp(args, "23;", 3))
		w->title_depth -= w->title_depth > 0;
	else
		return false;
	return true;
}

/* The whole sequence after ESC [ is in w->seq, its final byte last. */
static void csi(struct wire *w)
{
	const char *s = rq_str_get(&w->seq);
	size_t n = w->seq.len;
	char final = s[n - 1];
	bool private = s[0] == '?';
	bool plain = strspn(s, "0123456789;:") == n - 1;

	if (plain && strchr("@ABCDEFGHIJKLMPSTXZ`abdefm", final))
		return;
	if ((final == 'h' || final == 'l') &&
	    strspn(s + private, "0123456789;") == n - 1 - private) {
		set_modes(w, s + private, private, final == 'h');
		return;
	}
	if (plain && final == 'r') {
		set_region(w, s);
		return;
	}
	if (plain && final == 't' && title_stack(w, s))
		return;
	event(w, WIRE_SEQUENCE, s, n);
}

/* S is what came after ESC, N bytes, and is complete. */
static void escape(struct wire *w, const char *s, size_t n)
{
	if (n == 2 && s[0] == '(') {
		w->alt_charset = s[1] != 'B';
		return;
	}
	if (n == 2 && strchr(")*+", s[0]))
		return;
	if (n == 1 && (s[0] == '=' || s[0] == '>')) {
		w->keypad = s[0] == '=';
		return;
	}
	if (n == 1 && strchr("78DEM\\", s[0]))
		return;
	event(w, WIRE_SEQUENCE, s, n);
}

static void string_end(struct wire *w)
{
	/* Its own title is no event: vt.h has it. */
	if (w->intro == ']' && (!strcmp(rq_str_get(&w->seq), "2;") || !strncmp(rq_str_get(&w->seq), "2;relayq on ", 12)))
		;
	else if (w->intro == ']')
		event(w, WIRE_OSC, rq_str_get(&w->seq), w->seq.len);
	else
		event(w, WIRE_STRING, rq_str_get(&w->seq), w->seq.len);
	w->state = GROUND;
}

static void escape_byte(struct wire *w, unsigned char c)
{
	if (c >= 0x20 && c < 0x30) { /* intermediate: more to come */
		rq_str_addc(&w->seq, (char)c);
		return;
	}
	if (!w->seq.len && c == '[') {
		w->state = CSI;
		return;
	}
	if (!w->seq.len && strchr("]P_^X", c) && c) {
		w->intro = c;
		w->state = STRING;
		return;
	}
	rq_str_addc(&w->seq, (char)c);
	w->state = GROUND;
	escape(w, rq_str_get(&w->seq), w->seq.len);
}

static void csi_byte(struct wire *w, unsigned char c)
{
	rq_str_addc(&w->seq, (char)c);
	if (c < 0x20) {
		event(w, WIRE_CONTROL, (const char *)&c, 1);
	} else if (c >= 0x40) {
		w->state = GROUND;
		csi(w);
	}
}

/* An escape ends an OSC whatever follows, as Linux's own terminal needs it for its "ESC ] R"; other
 * strings may have escapes in them. */
static void string_byte(struct wire *w, unsigned char c)
{
	if (w->state == STRING_ESC) {
		w->state = STRING;
		if (c == '\\' || w->intro == ']')
			string_end(w);
		if (c == '\\')
			return;
		if (w->intro == ']') {
			w->state = ESCAPE;
			rq_str_clear(&w->seq);
			escape_byte(w, c);
			return;
		}
		rq_str_addc(&w->seq, 0x1b);
	}
	if (c == 0x1b)
		w->state = STRING_ESC;
	else if (c == 0x07 && w->intro == ']')
		string_end(w);
	else
		rq_str_addc(&w->seq, (char)c);
}

/* Text. */

static bool hidden(uint32_t cp)
{
	return (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0x061c || cp == 0xad || cp == 0xfeff ||
	       (cp >= 0xfff9 && cp <= 0xfffb) || (cp >= 0xe0000 && cp <= 0xe007f);
}

static void code_point(struct wire *w)
{
	char name[16];
	int n = snprintf(name, sizeof name, "U+%04X", (unsigned)w->utf8_cp);

	if (w->utf8_cp < w->utf8_min || w->utf8_cp > 0x10ffff ||
	    (w->utf8_cp >= 0xd800 && w->utf8_cp <= 0xdfff))
		event(w, WIRE_INVALID, name, (size_t)n);
	else if (w->utf8_cp < 0xa0)
		event(w, WIRE_C1, name, (size_t)n);
	else if (w->utf8_cp == 0x200e && w->turns)
		w->turns = false; /* our own, behind a letter that might turn its neighbours round */
	else if (hidden(w->utf8_cp))
		event(w, WIRE_HIDDEN, name, (size_t)n);
	else if (w->ascii_only)
		event(w, WIRE_INVALID, name, (size_t)n);
	w->turns = rq_cp_rtl(w->utf8_cp) || (w->turns && !rq_cp_width(w->utf8_cp));
}

static void utf8_lead(struct wire *w, unsigned char c)
{
	static const uint32_t min[] = { 0, 0x80, 0x800, 0x10000 };

	w->utf8_need = c >= 0xf0 && c < 0xf8 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	if (c >= 0xf8 || !w->utf8_need) {
		w->utf8_need = 0;
		event(w, c < 0xa0 ? WIRE_C1 : WIRE_INVALID, (const char *)&c, 1);
		return;
	}
	w->utf8_cp = c & (0x3fu >> w->utf8_need);
	w->utf8_min = min[w->utf8_need];
}

/* Returns whether C belonged to a character begun earlier. */
static bool utf8_rest(struct wire *w, unsigned char c)
{
	if (!w->utf8_need)
		return false;
	if ((c & 0xc0) != 0x80) {
		w->utf8_need = 0;
		event(w, WIRE_INVALID, "cut short", 9);
		return false;
	}
	w->utf8_cp = w->utf8_cp << 6 | (c & 0x3f);
	if (!--w->utf8_need)
		code_point(w);
	return true;
}

static void control(struct wire *w, unsigned char c)
{
	switch (c) {
	case 0x1b:
		rq_str_clear(&w->seq);
		w->state = ESCAPE;
		break;
	case 0x0e:
	case 0x0f:
		w->shifted = c == 0x0e;
		break;
	case 0x07:
		event(w, WIRE_BELL, "", 0);
		break;
	case '\b':
	case '\t':
	case '\n':
	case '\r':
	case 0: /* padding */
		break;
	default:
		event(w, WIRE_CONTROL, (const char *)&c, 1);
	}
}

static void ground_byte(struct wire *w, unsigned char c)
{
	if (utf8_rest(w, c))
		return;
	if (c < 0x20 || c == 0x7f)
		control(w, c);
	else if (c >= 0x80)
		utf8_lead(w, c);
}

bool wire_in_string(const struct wire *w)
{
	return (w->state == STRING || w->state == STRING_ESC) && w->intro != ']';
}

bool wire_at_rest(const struct wire *w)
{
	return w->state == GROUND && !w->utf8_need;
}

void wire_feed(struct wire *w, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		w->bytes++;
		if (w->state == GROUND)
			ground_byte(w, c);
		else if (w->state == ESCAPE)
			escape_byte(w, c);
		else if (w->state == CSI)
			csi_byte(w, c);
		else
			string_byte(w, c);
	}
}
