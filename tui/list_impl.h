/* list_impl.h - what the files of the table widget share. */
#ifndef RQ_TUI_LIST_IMPL_H
#define RQ_TUI_LIST_IMPL_H

#include "tui/list.h"

enum { RQ_LIST_MARGIN = 1, RQ_LIST_GAP = 2 };

const char *rq_list_row_id(const struct rq_list *l, size_t row);
/* What is gone from the source is marked no more. */
void rq_list_prune_marks(struct rq_list *l);

#endif
