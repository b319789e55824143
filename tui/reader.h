/* reader.h - for those who listen to the screen: what changes is said in a line at the bottom, not more often than one can
 * listen to. The rest of that mode is in draw.c (no lines, no signs), list_linear.c and settings.c. */
#ifndef RQ_TUI_READER_H
#define RQ_TUI_READER_H

#include "core/base/str.h"
#include "core/model/snapshot.h"

struct rq_ui;
struct rq_reader;

/* What became of jobs between two snapshots, in one line: "local:5 build: failure", or how many of what where they are
 * more than three. Nothing where nothing did. */
void rq_reader_changes(const struct rq_snapshot *before, const struct rq_snapshot *now, struct rq_str *out);

struct rq_reader *rq_reader_new(struct rq_ui *ui);
void rq_reader_free(struct rq_reader *r);
/* There is a new snapshot. NULL is fine. */
void rq_reader_snapshot(struct rq_reader *r);

#endif
