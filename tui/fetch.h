/* fetch.h - one thing asked of the queue for the screen: the whole of a job, or a decision with its
 * candidates. What was answered stays until something newer comes, so that the screen never
 * flickers to nothing. */
#ifndef RQ_TUI_FETCH_H
#define RQ_TUI_FETCH_H

#include "core/model/call.h"

struct rq_ui;
struct rq_fetch;

struct rq_fetch *rq_fetch_new(struct rq_ui *ui,
			      enum rq_verb verb); /* RQ_VERB_JOB, RQ_VERB_DECISION or RQ_VERB_WORKFLOW */
void rq_fetch_free(struct rq_fetch *f);
/* What is wanted now, "" nothing; a workflow as "QUEUE\nFILE\nREF". Asks after a moment, so that running along a list asks for
 * nothing in between. */
void rq_fetch_want(struct rq_fetch *f, const char *id);
/* It may have changed: ask again. */
void rq_fetch_stale(struct rq_fetch *f);
/* The answer about what is wanted; NULL: not yet. It lasts until the loop's next turn. */
const struct rq_job_detail *rq_fetch_job(const struct rq_fetch *f);
const struct rq_decision *rq_fetch_decision(const struct rq_fetch *f);
struct rq_workflow;
const struct rq_workflow *rq_fetch_workflow(const struct rq_fetch *f);
/* How many answers there were: whether what was made of one is of the last. */
unsigned rq_fetch_answers(const struct rq_fetch *f);
/* Why there is none; "" it is under way. */
const char *rq_fetch_error(const struct rq_fetch *f);

#endif
