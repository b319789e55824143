/* Steps by the names that the queue has for them: it tells when each began, to the second, and so do the lines. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/fetch.h"
#include "tui/logview.h"

enum { POLL_MS = 50, PATIENCE_MS = 10000 };

/* The job that the log is of, among those of its run. */
static const struct rq_run_job *job_of(const struct rq_logview *v, const struct rq_job_detail *d)
{
	const char *id = rq_joblog_job(v->log);
	size_t i;

	for (i = 0; i < d->n_jobs; i++)
		if (rq_eq(d->jobs[i].id, *id ? id : v->id))
			return &d->jobs[i];
	return d->n_jobs == 1 ? &d->jobs[0] : NULL;
}

static bool go_to_named(struct rq_logview *v, const struct rq_job_detail *d)
{
	const struct rq_run_job *j = job_of(v, d);
	size_t i;

	for (i = 0; j && i < j->n_steps; i++) {
		if (!j->steps[i].started_at || !rq_icontains(j->steps[i].name, v->goal.name))
			continue;
		v->goal.kind = RQ_GOAL_NONE;
		rq_logview_go_to(v, rq_logview_row_at_time(v, j->steps[i].started_at));
		rq_ui_say(v->view.ui, "%s: %s", j->steps[i].name, rq_run_step_state_text(&j->steps[i]));
		return true;
	}
	return false;
}

bool rq_logview_ask_steps(struct rq_logview *v)
{
	const struct rq_queue_state *q = rq_snapshot_queue_of(v->view.ui->snap, v->id);
	const struct rq_job_detail *d;

	if (v->file || !q || rq_eq(q->kind, "local"))
		return false;
	if (!v->fetch) {
		v->fetch = rq_fetch_new(v->view.ui, RQ_VERB_JOB);
		rq_fetch_want(v->fetch, v->id);
		v->asked_ns = rq_mono_ns();
	}
	d = rq_fetch_job(v->fetch);
	if (d)
		return go_to_named(v, d);
	if (*rq_fetch_error(v->fetch) || (rq_mono_ns() - v->asked_ns) / 1000000 > PATIENCE_MS)
		return false;
	rq_timer_start(v->work, POLL_MS, 0);
	return true;
}
