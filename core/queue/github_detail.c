/* github_detail.c - the whole of one run: its jobs and their steps; or of one of its jobs. */
#include <string.h>
#include "core/base/mem.h"
#include "core/queue/github.h"
#include "core/queue/github_outbox.h"

enum { FRESH_MS = 2000, JOBS_MAX = 1000, PAGES_MAX = 10 };

struct detail {
	struct gh_op op;
	int64_t run, job;
	size_t repo;
	struct rq_gh_run what;
	struct rq_gh_job *jobs;
	size_t n_jobs, cap_jobs;
	int pages;
};

static void release(struct gh_op *op)
{
	rq_free(((struct detail *)op)->jobs);
}

static const struct rq_gh_job *asked_job(const struct detail *d)
{
	size_t i;

	for (i = 0; i < d->n_jobs; i++)
		if (d->jobs[i].id == d->job)
			return &d->jobs[i];
	return NULL;
}

/* A run's attempts are re-runs: what is known of each but the last is its number. */
static void fill_attempt(struct rq_arena *a, struct rq_job_detail *out)
{
	const struct rq_job *j = &out->job;

	if (!j->started_at)
		return;
	out->n_attempts = 1;
	out->attempts = rq_arena_alloc(a, sizeof *out->attempts);
	out->attempts[0] = (struct rq_attempt){
		.number = j->run_attempt, .runner_name = j->runner_name, .exit_code = -1, .why = "",
		.result = j->status == RQ_STATUS_COMPLETED ? rq_conclusion_name(j->conclusion) : "running",
		.started_at = j->started_at, .completed_at = j->completed_at,
	};
}

/* For the picker: which of the two ways of github_move.h. */
static const char *reroute_note(struct detail *d, const struct rq_job *j)
{
	struct gh_dispatched ours;

	if (j->status == RQ_STATUS_COMPLETED)
		return NULL;
	if (gh_dispatched(d->op.g, &d->op.arena, d->run, "", &ours))
		return "Dispatched from here: cancelled, and dispatched again with the new runner.";
	if (d->op.g->forge != RQ_FORGE_GITHUB)
		return "Not dispatched from here: it cannot be moved.";
	return "Not ours: labels are lent to an idle runner; another job may take it first.";
}

static void answer(struct detail *d)
{
	struct rq_call *c = d->op.call;
	struct rq_job_detail *out = rq_arena_alloc(&c->arena, sizeof *out);
	size_t i;

	/* What the answer shows lies in the operation's arena: it lives on with the call. */
	if (!d->job) /* what was asked for may be of an earlier attempt */
		d->n_jobs = rq_gh_jobs_latest(d->jobs, d->n_jobs);
	if (d->job && !asked_job(d)) {
		rq_fail(&c->err, RQ_ENOTFOUND, "Run %lld of queue %s has no job %lld.", (long long)d->run, d->op.g->name,
			(long long)d->job);
		gh_op_end(&d->op, RQ_ENOTFOUND);
		return;
	}
	if (d->job)
		rq_gh_job_to_job(&c->arena, d->op.g->name, d->op.g->forge, &d->what, asked_job(d), &out->job);
	else
		rq_gh_run_to_job(&c->arena, d->op.g->name, d->op.g->forge, &d->what, d->jobs, d->n_jobs, &out->job);
	out->submitter = rq_arena_str(&c->arena, d->what.actor);
	out->source = rq_arena_str(&c->arena, d->what.event);
	out->cwd = "";
	out->asked = out->job.labels;
	out->asked_target = "";
	out->jobs = rq_arena_alloc(&c->arena, (d->n_jobs + 1) * sizeof *out->jobs);
	for (i = 0; i < d->n_jobs; i++)
		if (!d->job || d->jobs[i].id == d->job)
			rq_gh_job_to_run_job(&c->arena, d->op.g->name, d->op.g->forge, &d->jobs[i], &out->jobs[out->n_jobs++]);
	fill_attempt(&c->arena, out);
	out->reroute_note = reroute_note(d, &out->job);
	if (!d->job)
		gh_dispatch_detail(d->op.g, d->run, &c->arena, out);
	c->u.job.detail = out;
	rq_arena_adopt(&c->arena, &d->op.arena);
	gh_op_end(&d->op, RQ_OK);
}

static void on_jobs(struct gh_op *op, const struct rq_api_answer *a)
{
	struct detail *d = (struct detail *)op;
	struct rq_gh_page page = { 0 };
	struct rq_gh_job *v;
	size_t i;

	if (a->code && !(a->stale && a->body_n)) {
		/* Forgejo before 16 has no jobs to tell. */
		if (a->code == RQ_ENOTFOUND && op->g->forge == RQ_FORGE_FORGEJO)
			answer(d);
		else
			gh_op_fail(op, a);
		return;
	}
	if (rq_gh_jobs_parse(&op->arena, a->body, a->body_n, op->g->forge, &v, &page, &op->call->err)) {
		gh_op_end(op, op->call->err.code);
		return;
	}
	for (i = 0; i < page.n && d->n_jobs < JOBS_MAX; i++) {
		RQ_GROW(d->jobs, d->n_jobs, &d->cap_jobs);
		d->jobs[d->n_jobs++] = v[i];
	}
	if (a->next && ++d->pages < PAGES_MAX)
		gh_op_get(op, rq_arena_str(&op->arena, a->next), FRESH_MS, 0, on_jobs);
	else
		answer(d);
}

static void on_run(struct gh_op *op, const struct rq_api_answer *a)
{
	struct detail *d = (struct detail *)op;

	if (a->code && !(a->stale && a->body_n)) {
		gh_op_fail(op, a);
		return;
	}
	if (rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &d->what, &op->call->err)) {
		gh_op_end(op, op->call->err.code);
		return;
	}
	/* As github_plan.c asks, so that one request serves both. */
	gh_op_get(op, gh_path(&op->arena, op->g, d->repo,
			      op->g->forge != RQ_FORGE_GITHUB ? "/actions/runs/%lld/jobs?limit=50" :
			      d->what.attempt > 1 ? "/actions/runs/%lld/jobs?filter=all&per_page=100" :
			      "/actions/runs/%lld/jobs?per_page=100", (long long)d->run), FRESH_MS, 0, on_jobs);
}

static void ask_run(struct gh_op *op, size_t repo)
{
	struct detail *d = (struct detail *)op;

	d->repo = repo;
	gh_op_get(op, gh_path(&op->arena, op->g, repo, "/actions/runs/%lld", (long long)d->run), FRESH_MS, 0, on_run);
}

void gh_job_verb(struct rq_github *g, struct rq_call *c)
{
	struct detail *d;
	int64_t run, job;
	int code;

	if (gh_kept_detail(g, c))
		return;
	code = gh_parse_id(g, c->u.job.id, &run, &job, &c->err);
	if (code) {
		rq_queue_answer(&g->q, c, code);
		return;
	}
	d = gh_op_new(g, c, sizeof *d);
	d->op.release = release;
	d->run = run;
	d->job = job;
	gh_op_resolve(&d->op, run, ask_run, NULL);
}
