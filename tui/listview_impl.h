/* listview_impl.h - what the files of the views with a table share. */
#ifndef RQ_TUI_LISTVIEW_IMPL_H
#define RQ_TUI_LISTVIEW_IMPL_H

#include "tui/listview.h"

/* listview_filter.c */
void rq_listview_ask_filter(struct rq_listview *v);
void rq_listview_mark_matching(struct rq_listview *v, const char *expr);
/* The menu of saved and recent filters. */
void rq_listview_filters(struct rq_listview *v);

/* listview_columns.c */
/* ARG "": the menu; else the columns, as in the settings. */
void rq_listview_columns(struct rq_listview *v, const char *arg);

#endif
