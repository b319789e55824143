/* dispatch.h - the inputs of the workflow that a form of `submit` names, as fields like those of a job's type. */
#ifndef RQ_TUI_DISPATCH_H
#define RQ_TUI_DISPATCH_H

#include "core/model/jobtype.h"
#include "tui/fields.h"

struct rq_ui;
struct rq_dispatch;

struct rq_dispatch *rq_dispatch_new(struct rq_ui *ui);
void rq_dispatch_free(struct rq_dispatch *d);
/* Look at what FIELDS say of queue, workflow and ref. true: what they submit is a workflow; its inputs may come later. */
bool rq_dispatch_look(struct rq_dispatch *d, const struct rq_fields *fields);
/* The inputs of the workflow that was looked at; NULL: not known (yet). It lives as long as D. */
const struct rq_job_type *rq_dispatch_type(const struct rq_dispatch *d);
/* Why they are not known; "" they are, or are on their way. */
const char *rq_dispatch_error(const struct rq_dispatch *d);
/* The queue that runs it, as far as the fields and the settings tell; "" none. */
const char *rq_dispatch_queue(const struct rq_dispatch *d);

#endif
