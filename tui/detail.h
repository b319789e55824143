/* detail.h - one job in full: for the pane under the list, and for the view of a job. */
#ifndef RQ_TUI_DETAIL_H
#define RQ_TUI_DETAIL_H

#include <stdbool.h>
#include "core/model/decision.h"

struct rq_ui;
struct rq_rich;
struct rq_detail;

struct rq_detail *rq_detail_new(struct rq_ui *ui);
void rq_detail_free(struct rq_detail *d);
void rq_detail_want(struct rq_detail *d, const char *job_id);
/* There is a new snapshot. */
void rq_detail_changed(struct rq_detail *d);
/* What is known now. COLS: long texts are broken there; 0: they are not. FULL: everything; else what a pane has room for. */
void rq_detail_text(struct rq_detail *d, int cols, struct rq_rich *out, bool full);
/* decision_text.c: a decision as lines: outcome, every runner with its verdict and reasons, what would change it; and who
 * took its job J since, which may be NULL. */
enum rq_telling {
	RQ_TELL_PREVIEW,                /* of something that is not submitted yet */
	RQ_TELL_PANE,                   /* a line for each runner */
	RQ_TELL_ALL                     /* the whole record, a line for each reason */
};
void rq_decision_text(struct rq_ui *ui, const struct rq_decision *d, const struct rq_job *j, enum rq_telling how,
		      struct rq_rich *out);
/* The decisions about one job that are known, newest first, HERE marked. */
void rq_decision_chain(struct rq_ui *ui, const char *job_id, const struct rq_job *j, const char *here, struct rq_rich *out);

#endif
