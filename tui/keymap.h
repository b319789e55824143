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

struct rq_binding {
	enum rq_view_id view;
	uint32_t key;
	char *command;                  /* "logs -f {job}" */
	char *label;                    /* for the hint line; NULL: not shown there */
};

struct rq_keymap {
	struct rq_binding *
		v; /* in the order of the files; a later one for the same key replaced the former */
	size_t n, cap;
};

void rq_keymap_release(struct rq_keymap *m);
/* Bindings from TEXT over those that M has. Lines that make no sense are left out; the first one is
 * the error, with FILE and its line, and the result is RQ_EUSAGE; ALL (may be NULL) gets them as lines,
 * 20 at most. */
int rq_keymap_parse(struct rq_keymap *m, const char *file, const char *text, size_t n,
		    struct rq_str *all, struct rq_error *e);
/* What KEY does in VIEW or its parents; NULL nothing. */
const struct rq_binding *rq_keymap_find(const struct rq_keymap *m, enum rq_view_id view,
					uint32_t key);
/* The first key of VIEW or its parents that runs COMMAND; NULL none. */
const struct rq_binding *rq_keymap_key_for(const struct rq_keymap *m, enum rq_view_id view,
					   const char *command);
/* Whether B counts in VIEW: its own or inherited, not taken over by a nearer binding, not `none`.
 */
bool rq_keymap_counts(const struct rq_keymap *m, enum rq_view_id view, const struct rq_binding *b);

#endif
