/* preview.h - what a submission would get, while it is typed: nothing is queued. */
#ifndef RQ_TUI_PREVIEW_H
#define RQ_TUI_PREVIEW_H

#include "tui/fields.h"
#include "tui/rich.h"
#include "tui/ui.h"

/* The type of job that the fields name, and what was decided about them last. */
struct rq_preview {
	struct rq_ui *ui;
	struct rq_arena arena;          /* the types */
	const struct rq_job_type **types;
	size_t n_types;
	const struct rq_job_type *workflow;     /* whose inputs the fields have; NULL none */
	bool dispatches;                /* they submit a workflow */
	const char *queue, *trouble;    /* of that: its queue; why its inputs are not known, "" */
	char *key;                      /* what RICH was made from */
	uint64_t generation;            /* of the snapshot that it was made with */
	struct rq_rich rich;
	char problem[300];              /* what rq_preview_problem says, where it is made */
};

void rq_preview_init(struct rq_preview *p, struct rq_ui *ui);
void rq_preview_release(struct rq_preview *p);
/* NULL: there is none of that name. */
const struct rq_job_type *rq_preview_type(const struct rq_preview *p, const char *name);
/* The lines to show; they last until the next call. Decides again only when something has changed. */
const struct rq_rich *rq_preview_lines(struct rq_preview *p, const struct rq_fields *f);
/* What keeps FIELDS from being submitted: "" nothing, else a sentence, and *bad is the field at fault. */
const char *rq_preview_problem(struct rq_preview *p, const struct rq_fields *f, size_t *bad);

#endif
