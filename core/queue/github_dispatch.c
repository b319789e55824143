/* github_dispatch.c - SUBMIT: each submission becomes a row, a request, and a run; and WORKFLOW: what a form asks for. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github_send.h"

enum { RUN_WAIT_MS = 15000 };           /* for the run of a dispatch that was answered without one */

/* --- a submission as a row ---------------------------------------------------------------- */

/* One command line, as an input of that name takes it. */
static int add_command(const struct rq_submission *s, struct rq_json *params, struct rq_error *e)
{
	struct rq_str text;
	size_t i;

	if (s->n_steps > 1)
		return rq_fail(e, RQ_EUSAGE, "A workflow has its own steps: a queue of this kind takes one command at most.");
	rq_str_init(&text, 65536);
	rq_str_add(&text, "command=");
	if (s->steps[0].script)
		rq_str_add(&text, s->steps[0].script);
	for (i = 0; s->steps[0].argv && s->steps[0].argv[i]; i++) {
		if (i)
			rq_str_addc(&text, ' ');
		rq_words_quote(&text, s->steps[0].argv[i]);
	}
	rq_json_add_str(params, rq_str_get(&text));
	rq_str_release(&text);
	return RQ_OK;
}

static int params_of(struct gh_send *x, const struct rq_submission *s, struct rq_error *e)
{
	struct rq_json *params = rq_json_array();
	struct rq_str text;
	int code = RQ_OK;
	size_t i;

	for (i = 0; i < s->n_params; i++)
		rq_json_add_str(params, s->params[i]);
	if (s->n_steps)
		code = add_command(s, params, e);
	rq_str_init(&text, 0);
	rq_json_print(params, &text, false);
	x->row.params = rq_arena_str(&x->r.op.arena, rq_str_get(&text));
	rq_str_release(&text);
	rq_json_free(params);
	return code;
}

/* What this kind of queue leaves to the workflow or cannot do. */
static int refuse_wishes(const struct gh_send *x, const struct rq_submission *s, struct rq_error *e)
{
	const char *what = s->n_after ? "wait for other jobs" : s->run_at > rq_now() ? "start a job later" :
			   s->priority ? "prefer a job" : s->group ? "limit a group" : NULL;

	if (what)
		return rq_fail(e, RQ_EUNSUPPORTED, "Queue %s cannot %s: a workflow says such things itself.",
			       x->r.op.g->name, what);
	if (s->decision && s->decision->governed && s->decision->outcome == RQ_OUTCOME_WAIT)
		return rq_fail(e, RQ_EREFUSED, "The policy would let it wait (%s%s%s), and queue %s cannot hold jobs: submit"
			       " it later, or name a runner with --to.", s->decision->reason,
			       *s->decision->nearest ? "; nearest " : "", s->decision->nearest, x->r.op.g->name);
	if (s->decision && (s->decision->outcome == RQ_OUTCOME_REJECTED || s->decision->outcome == RQ_OUTCOME_ERROR))
		return rq_fail(e, RQ_EREFUSED, "The policy rejects it: %s.", s->decision->reason);
	return RQ_OK;
}

/* A workflow that the route names for its runner carries the choice by itself. */
static void place(struct gh_send *x, const struct rq_submission *s)
{
	const struct rq_decision *d = s->decision;
	struct rq_str labels;

	if (d && d->governed && d->outcome == RQ_OUTCOME_PLACED) {
		x->row.target = d->target;
		x->row.carried = *d->workflow && !s->workflow;
		return;
	}
	x->row.target = s->target ? s->target : "";
	rq_str_init(&labels, 0);
	rq_labels_text(&s->labels, &labels);
	x->row.labels = rq_arena_str(&x->r.op.arena, rq_str_get(&labels));
	rq_str_release(&labels);
}

static const char *stem(struct rq_arena *a, const char *file)
{
	const char *dot = strrchr(file, '.');

	return dot ? rq_arena_strn(a, file, (size_t)(dot - file)) : file;
}

static int make_row(struct gh_send *x, const struct rq_submission *s, struct rq_error *e)
{
	struct rq_arena *a = &x->r.op.arena;
	struct gh_op *op = &x->r.op;
	const char *workflow = s->workflow;
	int code = refuse_wishes(x, s, e);

	if (code)
		return code;
	if (!workflow && s->decision && s->decision->governed && *s->decision->workflow)
		workflow = s->decision->workflow;
	if (!workflow && s->n_steps && !*op->g->config->workflow)
		return rq_fail(e, RQ_EUSAGE, "Queue %s runs workflows and no commands: name one with --workflow, and its inputs"
			       " with -f KEY=VALUE.", op->g->name);
	code = gh_workflow_named(op->g, a, workflow, &x->r.repo, &x->row.workflow, e);
	if (code)
		return code;
	x->row.id = rq_arena_alloc(a, RQ_ULID_LEN);
	rq_ulid((char *)x->row.id);
	x->row.repo = rq_arena_str(a, op->g->repos[x->r.repo].name);
	x->row.ref = s->ref ? s->ref : "";
	x->row.type = s->type && !rq_eq(s->type, "command") ? s->type : stem(a, x->row.workflow);
	x->row.name = s->name ? s->name : x->row.type;
	x->row.actor = op->call->actor ? op->call->actor : "";
	x->row.token = s->token;
	x->row.decision = s->decision ? s->decision->id : "";
	x->row.at = rq_now();
	place(x, s);
	return params_of(x, s, e);
}

/* --- SUBMIT ------------------------------------------------------------------------------- */

static void next(struct gh_send *x);

static void answer_each(struct gh_send *x, int code, const char *id, const char *text)
{
	struct rq_call *c = x->r.op.call;
	struct rq_each *each = &c->u.submit.each[x->i];

	each->code = code;
	each->id = *id ? rq_arena_fmt(&c->arena, "%s:%s", x->r.op.g->name, id) : "";
	each->text = rq_arena_str(&c->arena, text);
	x->i++;
	next(x);
}

static void on_sent(struct gh_send *x, enum gh_sent how)
{
	struct rq_github *g = x->r.op.g;

	switch (how) {
	case GH_SENT_RUN:
		gh_stale(g, 0);
		answer_each(x, RQ_OK, rq_arena_fmt(&x->r.op.arena, "%lld", (long long)x->run), "");
		return;
	case GH_SENT_REFUSED:
		answer_each(x, x->err.code, "", x->err.msg);
		return;
	case GH_SENT_KEPT:
	case GH_SENT_OTHER:
		gh_flush_soon(g);
		answer_each(x, x->row.acted ? RQ_OK : RQ_EUNREACHABLE, x->row.id,
			    x->row.acted || *x->row.why ? x->row.why : "Another relayq looks after it by now.");
		return;
	}
}

static bool repeats(struct gh_send *x, const struct rq_submission *s)
{
	const char *id = s->token ? gh_token_job(x->r.op.g, &x->r.op.arena, s->token) : NULL;

	if (id)
		answer_each(x, RQ_OK, strchr(id, ':') + 1, "repeat");
	return id != NULL;
}

/* One alone that went wrong is the call's own error. */
static void end(struct gh_send *x)
{
	struct rq_call *c = x->r.op.call;
	const struct rq_each *each = c->u.submit.each;

	if (c->u.submit.n == 1 && each->code && !*each->id) {
		gh_op_end(&x->r.op, rq_fail(&c->err, each->code, "%s", each->text));
		return;
	}
	gh_op_end(&x->r.op, RQ_OK);
}

static void next(struct gh_send *x)
{
	struct rq_call *c = x->r.op.call;
	const struct rq_submission *s = &c->u.submit.v[x->i];

	if (x->i >= c->u.submit.n) {
		end(x);
		return;
	}
	gh_send_init(x);
	x->stored = false;
	memset(&x->err, 0, sizeof x->err);
	if (repeats(x, s))
		return;
	if (make_row(x, s, &x->err)) {
		answer_each(x, x->err.code, "", x->err.msg);
		return;
	}
	x->until = rq_mono_ns() / 1000000 + RUN_WAIT_MS;
	gh_send_row(x, on_sent);
}

static void begin(struct gh_op *op)
{
	next((struct gh_send *)op);
}

void gh_submit(struct rq_github *g, struct rq_call *c)
{
	struct gh_send *x = gh_op_new(g, c, sizeof *x);

	x->r.op.release = gh_send_release;
	c->u.submit.each = rq_arena_alloc(&c->arena, (c->u.submit.n + 1) * sizeof *c->u.submit.each);
	gh_op_later(&x->r.op, 0, begin);
}

/* --- what was dispatched ------------------------------------------------------------------ */

const char **gh_params(struct rq_arena *a, const char *json, size_t *n)
{
	struct rq_json *list;
	const char **v;
	size_t i;

	*n = 0;
	if (rq_json_parse(json, strlen(json), &list, NULL))
		return NULL;
	v = rq_arena_alloc(a, (rq_json_len(list) + 1) * sizeof *v);
	for (i = 0; i < rq_json_len(list); i++) {
		const char *key = rq_json_key_at(list, i), *text = rq_json_str(rq_json_at(list, i));

		if (text)
			v[(*n)++] = key ? rq_arena_fmt(a, "%s=%s", key, text) : rq_arena_str(a, text);
	}
	rq_json_free(list);
	return v;
}

void gh_dispatch_detail(struct rq_github *g, int64_t run, struct rq_arena *a, struct rq_job_detail *out)
{
	struct gh_dispatched d;

	if (!gh_dispatched(g, a, run, "", &d))
		return;
	out->params = gh_params(a, d.inputs, &out->n_params);
	out->submitter = d.actor;
	out->job.type = d.type;
	if (*d.decision)
		out->job.decision_id = d.decision;
}

/* --- WORKFLOW ----------------------------------------------------------------------------- */

static void on_read(struct gh_reading *r)
{
	struct rq_call *c = r->op.call;
	struct rq_workflow *w;
	struct rq_str text;

	if (r->code) {
		c->err = r->err;
		gh_op_end(&r->op, r->code);
		return;
	}
	w = rq_arena_alloc(&c->arena, sizeof *w);
	*w = r->workflow;
	rq_str_init(&text, 65536);
	rq_wf_problems_render(&r->problems, r->file, &text);
	c->u.workflow.workflow = w;
	c->u.workflow.ref_used = r->used_ref;
	c->u.workflow.text = rq_arena_str(&c->arena, rq_str_get(&text));
	rq_str_release(&text);
	rq_arena_adopt(&c->arena, &r->op.arena);
	gh_op_end(&r->op, RQ_OK);
}

static void release(struct gh_op *op)
{
	gh_reading_release((struct gh_reading *)op);
}

void gh_workflow(struct rq_github *g, struct rq_call *c)
{
	struct gh_reading *r = gh_op_new(g, c, sizeof *r);
	const char *name = c->u.workflow.file ? c->u.workflow.file : "", *repo = c->u.workflow.repo;
	int code;

	r->op.release = release;
	r->ref = c->u.workflow.ref ? c->u.workflow.ref : "";
	if (repo && *repo)
		name = rq_arena_fmt(&r->op.arena, "%s:%s", repo, name);
	code = gh_workflow_named(g, &r->op.arena, name, &r->repo, &r->file, &c->err);
	if (code)
		gh_op_end(&r->op, code);
	else
		gh_read(r, on_read);
}
