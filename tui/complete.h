/* complete.h - what could stand at the end of a command line: from the command table and the
 * snapshot. */
#ifndef RQ_TUI_COMPLETE_H
#define RQ_TUI_COMPLETE_H

#include <stddef.h>
#include "core/base/mem.h"
#include "core/command/command.h"
#include "core/model/snapshot.h"

enum { RQ_CHOICES_MAX = 200 };

struct rq_choices {
	struct rq_arena arena;
	const char *v[RQ_CHOICES_MAX];
	size_t n;
};
void rq_choices_release(struct rq_choices *c);

/* Completions of the last word of TEXT; *from is where that word begins. TYPES: names of job types,
 * "a|b". */
void rq_complete(const struct rq_snapshot *s, const char *types, const char *text,
		 struct rq_choices *out, size_t *from);
/* Values of one type that begin with PREFIX (of a list "a,b": its last item is completed). CHOICES
 * of a CHOICE or TYPE. */
void rq_complete_value(const struct rq_snapshot *s, enum rq_value_type type, const char *choices,
		       const char *prefix, struct rq_choices *out);
/* How many bytes all of them begin with in common. */
size_t rq_choices_common(const struct rq_choices *c);

#endif
