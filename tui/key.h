/* key.h - keys as numbers and as the names that keymaps use.
 *
 * A key is a Unicode code point, a control code (ctrl-a is 1), or one of the names below. */
#ifndef RQ_TUI_KEY_H
#define RQ_TUI_KEY_H

#include <stdbool.h>
#include <stdint.h>

#define RQ_KEY_LIST(X) \
	X(UP, "up") X(DOWN, "down") X(LEFT, "left") X(RIGHT, "right") \
	X(HOME, "home") X(END, "end") X(PAGE_UP, "pgup") X(PAGE_DOWN, "pgdn") \
	X(INSERT, "ins") X(DELETE, "del") X(BACKSPACE, "backspace") X(ENTER, "enter") \
	X(ESC, "esc") X(TAB, "tab") X(SHIFT_TAB, "shift-tab") \
	X(SHIFT_UP, "shift-up") X(SHIFT_DOWN, "shift-down") \
	X(SHIFT_LEFT, "shift-left") X(SHIFT_RIGHT, "shift-right") \
	X(CTRL_UP, "ctrl-up") X(CTRL_DOWN, "ctrl-down") \
	X(CTRL_LEFT, "ctrl-left") X(CTRL_RIGHT, "ctrl-right") \
	X(F1, "f1") X(F2, "f2") X(F3, "f3") X(F4, "f4") X(F5, "f5") X(F6, "f6") \
	X(F7, "f7") X(F8, "f8") X(F9, "f9") X(F10, "f10") X(F11, "f11") X(F12, "f12")

enum {
	RQ_KEY_FIRST_NAMED = 0x110000, /* behind the last code point */
#define X(id, name) RQ_KEY_##id,
	RQ_KEY_LIST(X)
#undef X
		RQ_KEY_PASTE_BEGIN,
	RQ_KEY_PASTE_END, /* the terminal's brackets around pasted text */
	RQ_KEY_WHEEL_UP,
	RQ_KEY_WHEEL_DOWN,
	RQ_KEY_CLICK, /* of the mouse, where it is taken */
	RQ_KEY_LAST,
	RQ_KEY_ALT = 0x1000000 /* or'ed to a letter, a digit or a sign */
};

#define RQ_KEY_NAME_LEN 48 /* also of two keys */
/* "q" "space" "ctrl-r" "alt-x" "f5" -> the key. false: no such name, or a key that terminals cannot
 * send apart from another (ctrl-i is tab); *instead (may be NULL) is then what they send, as a keymap names it or in
 * words, or NULL. */
bool rq_key_parse(const char *name, uint32_t *key, const char **instead);
/* The name in BUF, as rq_key_parse reads it. Returns buf. */
const char *rq_key_name(uint32_t key, char buf[RQ_KEY_NAME_LEN]);

#endif
