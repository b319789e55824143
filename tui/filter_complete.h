/* filter_complete.h - what could stand at the end of a filter: fields, and the values that there are. */
#ifndef RQ_TUI_FILTER_COMPLETE_H
#define RQ_TUI_FILTER_COMPLETE_H

#include "core/model/config.h"
#include "tui/complete.h"

/* Completions of the last word of TEXT, or of the value at its end; *from is where that begins. TYPES: "a|b". C NULL: without
 * those that are saved. */
void rq_filter_complete(const struct rq_snapshot *s, const struct rq_config *c, const char *types, const char *text,
			struct rq_choices *out, size_t *from);

#endif
