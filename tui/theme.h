/* theme.h - what each role looks like. The format is described at the top of themes/default.theme.
 */
#ifndef RQ_TUI_THEME_H
#define RQ_TUI_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/text.h"
#include "tui/truecolour.h"

enum rq_role {
#define X(id, name, parent) RQ_ROLE_##id,
#include "tui/role.def"
#undef X
	RQ_ROLE_N
};
const char *rq_role_name(enum rq_role r);

struct rq_theme {
	struct rq_style style[RQ_ROLE_N];
	bool set[RQ_ROLE_N];            /* by a file; the others follow their parents */
	struct rq_true_colours colours; /* what the colours of the styles mean on a terminal that has all of them */
};

/* Every role plain. */
void rq_theme_init(struct rq_theme *t);
/* Roles from TEXT over those that T has. Lines that make no sense are left out; the first one is
 * the error, with FILE and its line, and the result is RQ_EUSAGE; ALL (may be NULL) gets them as lines,
 * 20 at most. */
int rq_theme_parse(struct rq_theme *t, const char *file, const char *text, size_t n,
		   struct rq_str *all, struct rq_error *e);

#endif
