/* complete.h - what could stand at the cursor of a command line: from the command table, the snapshot, and the directory one
 * is in. Each with a few words about it. */
#ifndef RQ_TUI_COMPLETE_H
#define RQ_TUI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>
#include "core/base/mem.h"
#include "tui/cmdline.h"

enum { RQ_CHOICES_MAX = 200 };

struct rq_choices {
	struct rq_arena arena;
	const char *v[RQ_CHOICES_MAX];
	const char *help[RQ_CHOICES_MAX];       /* "" none; untrusted, like the values */
	size_t n;
	const char *kind;               /* "runners"; "" nothing could */
	const char *before;             /* stays in front of each: "--to=" */
	bool names;                     /* of commands: their blanks are not quoted */
	bool more;                      /* there are more than fit */
};
void rq_choices_release(struct rq_choices *c);
/* How many bytes all of them begin with in common. */
size_t rq_choices_common(const struct rq_choices *c);

/* Completions of the last word of the N bytes of TEXT up to the cursor; *from is where that word begins. */
void rq_complete(const struct rq_sources *s, const char *text, size_t n, struct rq_choices *out, size_t *from);
/* Values of one type that begin with PREFIX (of a list "a,b": its last item is completed). CHOICES of a CHOICE; of OF_SETTING
 * the setting's name. */
void rq_complete_value(const struct rq_sources *s, enum rq_value_type type, const char *choices, const char *prefix,
		       struct rq_choices *out);

#endif
