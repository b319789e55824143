/* keymap.h - which key runs which command in which view. The format is described at the top of
 * keymaps/default.keys. Pure: no terminal. */
#ifndef RQ_TUI_KEYMAP_H
#define RQ_TUI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"
#include "core/base/str.h"
#include "tui/key.h"

enum rq_view_id {
#define X(id, name, parent) RQ_VIEW_##id,
#include "tui/views.def"
#undef X
	RQ_VIEW_N
};
const char *rq_view_name(enum rq_view_id v);
enum rq_view_id rq_view_parent(enum rq_view_id v);
bool rq_view_find(const char *name, enum rq_view_id *v);

/* What the console itself does. */
enum rq_do {
#define X(id, words, arg, help) RQ_DO_##id,
#include "tui/doing.def"
#undef X
	RQ_DO_N
};
struct rq_doing {
	const char *words, *arg, *help;
};
const struct rq_doing *rq_doing(enum rq_do d);
/* The one that TEXT begins with; *rest is what follows, without blanks before it. false: TEXT is a
 * command. */
bool rq_do_find(const char *text, enum rq_do *d, const char **rest);

/* "{job}", ...: what is filled in before a command runs. Ends with NULL. */
extern const char *const rq_placeholders[];

struct rq_binding {
	enum rq_view_id view;
	uint32_t key, second;           /* of two keys, one after the other; 0: one key */
	char *command;                  /* "logs -f {job}" */
	char *label;                    /* for the hint line; NULL: not shown there */
	char *where;                    /* "FILE:LINE" */
	int reading;                    /* which rq_keymap_parse() it came by */
};

struct rq_keymap {
	/* In the order of the files; a later one for the same key replaced the former. */
	struct rq_binding *v;
	size_t n, cap;
	int readings;
};

void rq_keymap_release(struct rq_keymap *m);
/* Bindings from TEXT over those that M has. Lines that make no sense are left out, and a second line of TEXT for the
 * same keys is told; the first such line is the error, with FILE and its number, and the result is RQ_EUSAGE; ALL (may
 * be NULL) gets them as lines, 20 at most. */
int rq_keymap_parse(struct rq_keymap *m, const char *file, const char *text, size_t n,
		    struct rq_str *all, struct rq_error *e);
/* Bindings of FILE that no key reaches now that all files are read: "FILE:LINE: why\n" each. Returns how many. */
size_t rq_keymap_unreachable(const struct rq_keymap *m, const char *file, struct rq_str *out);

/* What KEY does in VIEW or its parents; NULL nothing, or only with another key behind it. */
const struct rq_binding *rq_keymap_find(const struct rq_keymap *m, enum rq_view_id view,
					uint32_t key);
/* What SECOND does behind KEY; SECOND 0: anything that begins with KEY. */
const struct rq_binding *rq_keymap_find_second(const struct rq_keymap *m, enum rq_view_id view, uint32_t key,
					       uint32_t second);
/* The first key of VIEW or its parents that runs COMMAND; NULL none. */
const struct rq_binding *rq_keymap_key_for(const struct rq_keymap *m, enum rq_view_id view,
					   const char *command);
/* Whether B counts in VIEW: its own or inherited, not taken over by a nearer binding, not `none`.
 */
bool rq_keymap_counts(const struct rq_keymap *m, enum rq_view_id view, const struct rq_binding *b);
/* What KEY means in a line of input: another key, itself, or 0 nothing. */
uint32_t rq_keymap_input(const struct rq_keymap *m, uint32_t key);

/* One line about what it does. */
const char *rq_binding_help(const struct rq_binding *b);
/* "q", "ctrl-x ctrl-c", "gg": as people read it. Returns buf. */
const char *rq_binding_keys(const struct rq_binding *b, char buf[RQ_KEY_NAME_LEN]);
/* The same as a keymap writes it: "g,g". Returns buf. */
const char *rq_binding_name(const struct rq_binding *b, char buf[RQ_KEY_NAME_LEN]);

#endif
