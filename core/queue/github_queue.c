/* github_queue.c - the queue kind `github`: opening, the token, what waits for it; verbs go to github_*.c. */
#include "core/queue/github.h"

#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/redact.h"
#include "core/queue/github_drain.h"
#include "core/queue/github_journal.h"
#include "core/queue/github_outbox.h"

enum { TELL_MS = 4000 };                /* a check that changed nothing is told no more often */

static gh_verb *const verbs[RQ_VERB_N] = {
	[RQ_VERB_JOB] = gh_job_verb, [RQ_VERB_SUBMIT] = gh_submit, [RQ_VERB_WORKFLOW] = gh_workflow,
	[RQ_VERB_CANCEL] = gh_cancel, [RQ_VERB_RETRY] = gh_retry, [RQ_VERB_DELETE] = gh_delete,
	[RQ_VERB_APPROVE] = gh_approve,
	[RQ_VERB_WORKFLOWS] = gh_workflows, [RQ_VERB_WORKFLOW_STATE] = gh_workflow_state,
	[RQ_VERB_ARTIFACTS] = gh_artifacts, [RQ_VERB_DOWNLOAD] = gh_download,
	[RQ_VERB_DRAIN] = gh_drain, [RQ_VERB_UNDRAIN] = gh_undrain, [RQ_VERB_REROUTE] = gh_reroute,
	[RQ_VERB_RUNNER_NEW] = gh_runner_new, [RQ_VERB_RUNNER_REMOVE] = gh_runner_remove,
	[RQ_VERB_RUNNER_LABELS] = gh_runner_labels,
};

/* --- snapshots ------------------------------------------------------------------------------ */

static void answer_snapshot(struct rq_github *g, struct rq_call *c)
{
	c->u.snapshot.snapshot = gh_snapshot(g, &c->u.snapshot.want);
	rq_queue_answer(&g->q, c, RQ_OK);
}

void gh_answer_waits(struct rq_github *g)
{
	struct gh_wait **p = &g->waits, *w;

	if (gh_busy(g))
		return;
	while ((w = *p)) {
		if (!w->begun) {
			p = &w->next;
			continue;
		}
		*p = w->next;
		answer_snapshot(g, w->call);
	}
}

/* Lists, and what is asked once for a command, are made from the same watches. A face that stays gets what is known at
 * once; a command waits until each list was asked. */
static void begin_snapshot(struct rq_github *g, struct gh_wait *w)
{
	const struct rq_want *want = &w->call->u.snapshot.want;
	const struct gh_wait *other = g->waits;

	g->want.jobs |= want->jobs;
	g->want.runners |= want->runners;
	if (want->finished_max > g->want.finished_max)
		g->want.finished_max = want->finished_max;
	while (other && !other->begun)
		other = other->next;
	if (!other)
		g->round_at = rq_mono_ns() / 1000000;
	w->begun = true;
	if (!g->api) {
		gh_answer_waits(g);
		return;
	}
	gh_plan(g);
	if (g->listening) {
		struct gh_wait **p = &g->waits;

		while (*p && *p != w)
			p = &(*p)->next;
		if (*p) {
			*p = w->next;
			answer_snapshot(g, w->call);
		}
	}
}

/* --- calls ---------------------------------------------------------------------------------- */

static void run(struct rq_github *g, struct gh_wait *w)
{
	struct rq_call *c = w->call;
	struct gh_wait **p = &g->waits;

	if (c->verb == RQ_VERB_SNAPSHOT) {
		begin_snapshot(g, w);
		return;
	}
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	if (g->unusable) {
		rq_fail(&c->err, RQ_EPERM, "%s", g->unusable);
		rq_queue_answer(&g->q, c, RQ_EPERM);
	} else if (!verbs[c->verb]) {
		rq_fail(&c->err, RQ_EUNSUPPORTED, "Queue %s cannot do '%s'.", g->name, rq_verb_name(c->verb));
		rq_queue_answer(&g->q, c, RQ_EUNSUPPORTED);
	} else {
		verbs[c->verb](g, c);
	}
}

/* Each may answer others, or begin more: look from the front until all have begun. */
static void run_waiting(struct rq_github *g)
{
	struct gh_wait *w;

	do {
		for (w = g->waits; w && w->begun; w = w->next)
			;
		if (w)
			run(g, w);
	} while (w);
}

static void start(struct rq_queue *q, struct rq_call *c)
{
	struct rq_github *g = (struct rq_github *)q;
	struct gh_wait *w = rq_arena_alloc(&c->arena, sizeof *w), **p = &g->waits;

	w->call = c;
	while (*p)
		p = &(*p)->next;
	*p = w;
	if (g->api || g->unusable)
		run_waiting(g);
}

static void cancelled(struct rq_github *g, struct rq_call *c, const char *why)
{
	rq_fail(&c->err, RQ_ECANCELLED, "The request '%s' was not carried out: %s.", rq_verb_name(c->verb), why);
	rq_queue_answer(&g->q, c, RQ_ECANCELLED);
}

/* What has sent something goes on: only its answer tells what became of it. */
static void abort_call(struct rq_queue *q, struct rq_call *c)
{
	struct rq_github *g = (struct rq_github *)q;
	struct gh_wait **p;
	struct gh_op *op;

	for (p = &g->waits; *p; p = &(*p)->next) {
		if ((*p)->call == c) {
			*p = (*p)->next;
			cancelled(g, c, "it was taken back");
			return;
		}
	}
	for (op = g->ops; op && (op->call != c || !op->reads); op = op->next)
		;
	if (op) {
		rq_fail(&c->err, RQ_ECANCELLED, "The request '%s' was taken back.", rq_verb_name(c->verb));
		gh_op_end(op, RQ_ECANCELLED);
	}
}

/* --- changes -------------------------------------------------------------------------------- */

static void tell(void *ud)
{
	struct rq_github *g = ud;

	g->told_at = rq_mono_ns() / 1000000;
	if (g->q.changed)
		g->q.changed(g->q.changed_ud);
}

void gh_tell(struct rq_github *g)
{
	rq_loop_undefer(g->loop, tell, g);
	rq_loop_defer(g->loop, tell, g);
}

/* Once for all answers that come in a turn. */
static void plan(void *ud)
{
	gh_plan(ud);
}

static void plan_soon(struct rq_github *g)
{
	rq_loop_undefer(g->loop, plan, g);
	if (!g->stopped)
		rq_loop_defer(g->loop, plan, g);
}

void gh_changed(struct rq_github *g)
{
	g->dirty = true;
	plan_soon(g);
	gh_tell(g);
}

void gh_checked(struct rq_github *g)
{
	plan_soon(g);
	if (rq_mono_ns() / 1000000 - g->told_at >= TELL_MS)
		gh_tell(g);
}

static void on_tick(void *ud)
{
	gh_plan(ud);
}

/* Another process refreshed something, or points were spent. */
static void on_api(void *ud)
{
	gh_checked(ud);
}

static int listen_github(struct rq_queue *q, struct rq_error *e)
{
	struct rq_github *g = (struct rq_github *)q;

	(void)e;
	g->listening = true;
	gh_flush_start(g);
	gh_plan(g);
	return RQ_OK;
}

/* --- the token ------------------------------------------------------------------------------ */

static void usable(struct rq_github *g, const char *token, const char *source)
{
	char *path = g->cache_dir ? rq_path_join(g->cache_dir, "cache.db") : NULL;
	struct rq_api_options o = {
		.loop = g->loop, .base = g->config->api, .forge = g->forge, .token = token, .cache = path,
		.ca = *g->config->ca ? g->config->ca : NULL, .log = g->log,
	};
	struct rq_error e;

	if (g->redact)
		rq_redact_add(g->redact, token);
	rq_free(g->token_source);
	g->token_source = rq_strdup(source);
	if (rq_api_new(&o, &g->api, &e))
		g->unusable = rq_strdup(e.msg);
	else
		rq_api_listen(g->api, on_api, g);
	rq_free(path);
}

static void on_token(void *ud, const struct rq_token_answer *a)
{
	struct rq_github *g = ud;

	if (a->code)
		g->unusable = rq_strdup(a->err.msg);
	else
		usable(g, a->token, a->source);
	rq_token_free(g->finding);
	g->finding = NULL;
	run_waiting(g);
	gh_tell(g);
}

/* --- the contract --------------------------------------------------------------------------- */

static void stop(struct rq_queue *q)
{
	struct rq_github *g = (struct rq_github *)q;
	struct gh_wait *w;

	g->stopped = true;
	gh_ops_stop(g);
	gh_flush_stop(g);
	gh_journal_close(g);
	while ((w = g->waits)) {
		g->waits = w->next;
		cancelled(g, w->call, "the queue was closed");
	}
	rq_token_free(g->finding);
	g->finding = NULL;
	rq_loop_undefer(g->loop, plan, g);
	while (g->watches)
		gh_watch_free(g->watches);
	rq_snapshot_unref(g->retired);
	g->retired = NULL;
	g->n_seen = 0;
	rq_api_free(g->api);
	g->api = NULL;
}

static void free_github(struct rq_github *g)
{
	size_t i;

	for (i = 0; i < g->n_repos; i++)
		rq_free(g->repos[i].name);
	rq_free(g->repos);
	rq_free(g->seen);
	rq_free(g->lost);
	rq_free(g->name);
	rq_free(g->cache_dir);
	rq_free(g->state_dir);
	rq_free(g->logs_dir);
	rq_free(g->unusable);
	rq_free(g->token_source);
	rq_timer_free(g->tick);
	gh_drains_free(g->drains);
	rq_free(g);
}

static void close_github(struct rq_queue *q)
{
	struct rq_github *g = (struct rq_github *)q;

	rq_loop_undefer(g->loop, tell, g);
	free_github(g);
}

static void know_repos(struct rq_github *g)
{
	size_t i;

	for (i = 0; i < g->config->n_repos; i++) {
		RQ_GROW(g->repos, g->n_repos, &g->cap_repos);
		g->repos[g->n_repos++] = (struct gh_repo){ rq_strdup(g->config->repos[i]) };
	}
	g->n_listed = g->n_repos;
}

/* The settings are checked already (model/queues.h). Nothing is asked before the first call. */
static int open_github(const struct rq_queue_options *o, struct rq_queue **out, struct rq_error *e)
{
	struct rq_github *g;

	if (!o->config)
		return rq_fail(e, RQ_EUSAGE, "Queue %.64s names no repository.", o->name);
	if (*o->config->problem)
		return rq_fail(e, RQ_EUSAGE, "%s", o->config->problem);
	g = rq_alloc(sizeof *g);
	g->q.loop = g->loop = o->loop;
	g->config = o->config;
	g->name = rq_strdup(o->name);
	g->org = o->config->org;
	g->cache_dir = rq_strdup(o->paths->cache);
	g->state_dir = rq_strdup(o->paths->state);
	g->logs_dir = rq_strdup(o->paths->logs);
	g->read_only = o->read_only;
	g->worker = o->worker;
	g->log_cache = o->log_cache_bytes;
	g->log_max = o->log_max;
	g->log = o->log;
	g->redact = o->redact;
	g->token_source = rq_strdup("");
	rq_forge_parse(o->config->forge, &g->forge);
	know_repos(g);
	g->tick = rq_timer_new(g->loop, on_tick, g);
	g->finding = rq_token_find(g->loop, &(struct rq_token_ask){ .api = o->config->api, .forge = g->forge,
				   .variable = o->config->token_env, .git = o->config->git_credentials }, on_token, g);
	*out = &g->q;
	return RQ_OK;
}

static void flush(struct rq_queue *q)
{
	gh_flush_start((struct rq_github *)q);
}

const struct rq_queue_ops rq_github_ops = {
	.kind = "github",
	.caps = RQ_CAP_CANCEL | RQ_CAP_RETRY | RQ_CAP_RUNS | RQ_CAP_APPROVE | RQ_CAP_WORKFLOWS | RQ_CAP_ARTIFACTS |
		RQ_CAP_RUNNER_ADMIN | RQ_CAP_FOLLOW_LOG | RQ_CAP_DRAIN | RQ_CAP_REROUTE | RQ_CAP_REROUTE_RUNNING,
	.open = open_github, .stop = stop, .close = close_github, .start = start, .abort = abort_call, .listen = listen_github,
	.log_open = gh_log_open, .log_close = gh_log_close, .flush = flush,
};
