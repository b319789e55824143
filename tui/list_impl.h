/* list_impl.h - what the files of the table widget share. */
#ifndef RQ_TUI_LIST_IMPL_H
#define RQ_TUI_LIST_IMPL_H

#include "tui/list.h"

enum { RQ_LIST_MARGIN = 1, RQ_LIST_GAP = 2 };

const char *rq_list_row_id(const struct rq_list *l, size_t row);
/* What is gone from the source is marked no more. */
void rq_list_prune_marks(struct rq_list *l);

/* list_linear.c: the same for those who listen to it */
struct rq_draw;
void rq_list_linear_head(const struct rq_list *l, struct rq_draw *d, int row, int col, int cols);
void rq_list_linear_row(struct rq_list *l, struct rq_draw *d, size_t row, int y, int col, int cols);

#endif
