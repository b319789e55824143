/* Asking for details. */
#include "tui/fetch.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/ui.h"

enum { FIRST_MS = 40, AGAIN_MS = 150 };

/* A request under way; it outlives its fetch when that is freed before the answer. */
struct request {
	struct rq_ui *ui;
	struct rq_fetch *fetch;         /* NULL: nobody waits any more */
};

struct rq_fetch {
	struct rq_ui *ui;
	enum rq_verb verb;
	char *id;
	struct rq_call *answer;         /* about id */
	struct request *request;
	unsigned answers;
	bool again;                     /* it changed while a request was under way */
	struct rq_timer *timer;
	char error[512];
};

static void ask(void *ud);

struct rq_fetch *rq_fetch_new(struct rq_ui *ui, enum rq_verb verb)
{
	struct rq_fetch *f = rq_alloc(sizeof *f);

	f->ui = ui;
	f->verb = verb;
	f->id = rq_strdup("");
	f->timer = rq_timer_new(ui->loop, ask, f);
	return f;
}

static void forget(struct rq_fetch *f)
{
	if (f->request)
		f->request->fetch = NULL;
	f->request = NULL;
	rq_call_free(f->answer);
	f->answer = NULL;
	f->error[0] = '\0';
	f->again = false;
}

void rq_fetch_free(struct rq_fetch *f)
{
	if (!f)
		return;
	forget(f);
	rq_timer_free(f->timer);
	rq_free(f->id);
	rq_free(f);
}

static void answered(struct rq_call *call, void *ud)
{
	struct request *r = ud;
	struct rq_fetch *f = r->fetch;

	rq_ui_answered(r->ui);
	rq_free(r);
	if (!f)
		return;
	f->request = NULL;
	rq_copy(f->error, sizeof f->error, call->code ? call->err.msg : "");
	if (!call->code) {
		rq_call_keep(call);
		rq_call_free(f->answer);
		f->answer = call;
		f->answers++;
	}
	if (f->again)
		rq_fetch_stale(f);
	f->ui->dirty = true;
}

static void about_workflow(struct rq_call *call, const char *id)
{
	size_t queue = strcspn(id, "\n"), file = strcspn(id + queue + 1, "\n");

	call->queue = queue ? rq_arena_strn(&call->arena, id, queue) : NULL;
	call->u.workflow.file = rq_arena_strn(&call->arena, id + queue + 1, file);
	call->u.workflow.ref = rq_call_str(call, id + queue + 1 + file + 1);
}

static void ask(void *ud)
{
	struct rq_fetch *f = ud;
	struct request *r;
	struct rq_call *call;

	if (f->request || !*f->id || f->ui->quit)
		return;
	r = rq_alloc(sizeof *r);
	r->ui = f->ui;
	r->fetch = f;
	f->request = r;
	f->again = false;
	call = rq_call_new(f->verb, answered, r);
	if (f->verb == RQ_VERB_JOB)
		call->u.job.id = rq_call_str(call, f->id);
	else if (f->verb == RQ_VERB_WORKFLOW)
		about_workflow(call, f->id);
	else
		call->u.decision.id = rq_call_str(call, f->id);
	f->ui->pending++;
	rq_start(f->ui->rq, call);
}

void rq_fetch_want(struct rq_fetch *f, const char *id)
{
	if (rq_eq(f->id, id))
		return;
	forget(f);
	rq_free(f->id);
	f->id = rq_strdup(id);
	rq_timer_start(f->timer, FIRST_MS, 0);
}

void rq_fetch_stale(struct rq_fetch *f)
{
	if (f->request)
		f->again = true;
	else if (*f->id && !rq_timer_active(f->timer))
		rq_timer_start(f->timer, AGAIN_MS, 0);
}

const struct rq_job_detail *rq_fetch_job(const struct rq_fetch *f)
{
	return f->answer ? f->answer->u.job.detail : NULL;
}

const struct rq_decision *rq_fetch_decision(const struct rq_fetch *f)
{
	return f->answer ? f->answer->u.decision.decision : NULL;
}

const struct rq_workflow *rq_fetch_workflow(const struct rq_fetch *f)
{
	return f->answer ? f->answer->u.workflow.workflow : NULL;
}

unsigned rq_fetch_answers(const struct rq_fetch *f)
{
	return f->answers;
}

const char *rq_fetch_error(const struct rq_fetch *f)
{
	return f->error;
}
