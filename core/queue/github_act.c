/* github_act.c - what an operator does to runs: cancel, run again, delete.
 *
 * Of several runs one comes after the other, and each is asked for once: where no answer came, the run itself tells what
 * became of it. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github.h"
#include "core/queue/github_outbox.h"

enum {
	FRESH_MS = 5000,                /* what was known of a run so short before counts */
	LOOKED_AT_MAX = 10,             /* runs whose end a cancel waits for */
	RERUN_DAYS = 30, RERUNS_MAX = 50
};
/* From the requests to cancel to the looks at what became of them. */
static const int64_t look_after_ms[] = { 1000, 2000, 3000 };

struct target {
	int64_t run, job;
	size_t repo;
	struct rq_gh_run before;        /* id 0: not read */
	bool asked, lost;               /* to be cancelled; and no answer came */
};

struct act;
struct deed {
	bool reads_first;               /* the run is looked at before */
	/* A reason not to ask at all: true after told(). */
	bool (*refuses)(struct act *x);
	void (*ask)(struct act *x);
	void (*answered)(struct act *x, const struct rq_api_answer *a);
};

struct act {
	struct gh_op op;                /* op.i: the target at hand */
	const struct deed *deed;
	size_t n;
	const char **ids;
	struct rq_each *each, **out;
	struct target *targets;
	bool turning;
	size_t round, look;             /* of the looks behind a cancel */
};

static struct act *of(struct gh_op *op)
{
	return (struct act *)op;
}

static struct target *target(struct act *x)
{
	return &x->targets[x->op.i];
}

static struct rq_arena *arena(struct act *x)
{
	return &x->op.call->arena;
}

static const char *forge_of(const struct rq_github *g)
{
	static const char *const names[] = { "GitHub", "Gitea", "Forgejo" };

	return names[g->forge];
}

static bool says(const struct rq_api_answer *a, const char *words)
{
	size_t n = strlen(words), i;
	const char *s;

	for (s = a->err.msg; *s; s++) {
		for (i = 0; i < n && s[i] && (s[i] | 0x20) == (words[i] | 0x20); i++)
			;
		if (i == n)
			return true;
	}
	return false;
}

/* --- one after the other ------------------------------------------------------------------ */

static void next(struct act *x);

static void told(struct act *x, int code, const char *text)
{
	x->each[x->op.i].code = code;
	x->each[x->op.i].text = rq_arena_str(arena(x), text);
	x->op.i++;
	next(x);
}

static void told_error(struct act *x, const struct rq_api_answer *a)
{
	told(x, a->code, a->err.msg);
}

static void ask(struct act *x)
{
	if (!x->deed->refuses(x))
		x->deed->ask(x);
}

static void on_before(struct gh_op *op, const struct rq_api_answer *a)
{
	struct act *x = of(op);
	struct rq_error e;

	if (a->code && !(a->stale && a->body_n))
		told_error(x, a);
	else if (rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &target(x)->before, &e))
		told(x, e.code, e.msg);
	else
		ask(x);
}

static const char *its_path(struct act *x, const struct target *t)
{
	return gh_path(&x->op.arena, x->op.g, t->repo, "/actions/runs/%lld", (long long)t->run);
}

static void found(struct gh_op *op, size_t repo)
{
	struct act *x = of(op);

	target(x)->repo = repo;
	if (x->deed->reads_first)
		gh_op_get(op, its_path(x, target(x)), FRESH_MS, 0, on_before);
	else
		ask(x);
}

static void not_found(struct gh_op *op)
{
	told(of(op), RQ_ENOTFOUND, op->call->err.msg);
}

/* It was in the outbox, and never sent. */
static void taken_back(struct gh_op *op)
{
	op->i++;
	next(of(op));
}

static void begin(struct act *x)
{
	struct target *t = target(x);
	struct rq_error e;

	if (x->op.call->verb == RQ_VERB_CANCEL && gh_kept_cancel(&x->op, x->ids[x->op.i], &x->each[x->op.i], taken_back))
		return;
	if (gh_parse_id(x->op.g, x->ids[x->op.i], &t->run, &t->job, &e))
		told(x, e.code, e.msg);
	else
		gh_op_resolve(&x->op, t->run, found, not_found);
}

static void end(struct act *x)
{
	*x->out = x->each;
	gh_op_end(&x->op, RQ_OK);
}

static void look_again(struct act *x);

static void next(struct act *x)
{
	if (x->turning)
		return;
	x->turning = true;
	while (x->op.i < x->n && !x->op.asking && !x->op.writing)
		begin(x);
	x->turning = false;
	if (!x->op.asking && !x->op.writing)
		look_again(x);
}

/* The operation ended early (the queue was closed, or a repository could not be asked): what was done before counts. */
static void release(struct gh_op *op)
{
	struct act *x = of(op);
	size_t i;

	if (*x->out || op->i == 0)
		return;
	for (i = op->i; i < x->n; i++) {
		x->each[i].code = op->call->err.code;
		x->each[i].text = rq_arena_str(arena(x), op->call->err.msg);
	}
	*x->out = x->each;
	op->call->code = RQ_OK;
}

static void start(struct rq_github *g, struct rq_call *c, const struct deed *deed, size_t n, const char **ids,
		  struct rq_each **out)
{
	struct act *x = gh_op_new(g, c, sizeof *x);
	size_t i;

	x->op.release = release;
	x->deed = deed;
	x->n = n;
	x->ids = ids;
	x->out = out;
	x->each = rq_arena_alloc(&c->arena, (n + 1) * sizeof *x->each);
	x->targets = rq_arena_alloc(&x->op.arena, (n + 1) * sizeof *x->targets);
	for (i = 0; i < n; i++)
		x->each[i] = (struct rq_each){ .id = ids[i], .text = "", .new_id = "" };
	next(x);
}

static void on_sent(struct gh_op *op, const struct rq_api_answer *a)
{
	struct act *x = of(op);

	gh_stale(op->g, target(x)->run);
	x->deed->answered(x, a);
}

static void send(struct act *x, const char *method, const char *path, const char *json)
{
	gh_op_send(&x->op, method, path, json, on_sent);
}

/* FORMAT has the run's number in it. */
static const char *path_of(struct act *x, const char *format)
{
	return gh_path(&x->op.arena, x->op.g, target(x)->repo, format, (long long)target(x)->run);
}

/* --- cancel ------------------------------------------------------------------------------- */

static bool refuses_cancel(struct act *x)
{
	const struct target *t = target(x);
	bool force = x->op.call->u.cancel.force;

	if (t->job)
		told(x, RQ_EUNSUPPORTED, rq_arena_fmt(arena(x), "%s cancels whole runs, not one job of them: cancel %s.",
						      forge_of(x->op.g), gh_run_id(x->op.g, arena(x), t->run)));
	else if (force && x->op.g->forge == RQ_FORGE_FORGEJO)
		told(x, RQ_EUNSUPPORTED, "Forgejo cannot force a run to its end: cancel it without --force.");
	else
		return false;
	return true;
}

static void ask_cancel(struct act *x)
{
	bool force = x->op.call->u.cancel.force;

	send(x, "POST", path_of(x, force ? "/actions/runs/%lld/force-cancel" : "/actions/runs/%lld/cancel"), NULL);
}

static void cancel_answered(struct act *x, const struct rq_api_answer *a)
{
	if (a->code == RQ_ECONFLICT) {
		told(x, RQ_ECONFLICT, "It has finished already: there is nothing to cancel.");
	} else if (a->code && !gh_lost(a)) {
		told_error(x, a);
	} else {
		target(x)->asked = true;
		target(x)->lost = a->code != RQ_OK;
		told(x, RQ_OK, "asked to stop");
	}
}

/* What has been asked for takes seconds to happen, and Forgejo says yes to what had finished long before. */
static void note_end(struct act *x, struct target *t, const struct rq_gh_run *r)
{
	struct rq_each *each = &x->each[t - x->targets];
	const char *how = rq_conclusion_name(r->state.conclusion);

	if (r->state.status != RQ_STATUS_COMPLETED)
		return;
	t->asked = t->lost = false;
	gh_stale(x->op.g, t->run);
	if (r->state.conclusion == RQ_CONCLUSION_CANCELLED) {
		each->text = "cancelled";
		return;
	}
	each->code = RQ_ECONFLICT;
	each->text = rq_arena_fmt(arena(x), "It finished before it could be stopped: %s.", *how ? how : r->state.raw);
}

static void look_on(struct act *x);

static void on_look(struct gh_op *op, const struct rq_api_answer *a)
{
	struct act *x = of(op);
	struct rq_gh_run r;

	if (a->code == RQ_OK && !rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &r, NULL))
		note_end(x, &x->targets[x->look], &r);
	x->look++;
	look_on(x);
}

static void look_on(struct act *x)
{
	while (x->look < x->n && !x->targets[x->look].asked)
		x->look++;
	if (x->look < x->n)
		gh_op_get(&x->op, its_path(x, &x->targets[x->look]), 0, 0, on_look);
	else
		look_again(x);
}

static void begin_look(struct gh_op *op)
{
	of(op)->look = 0;
	look_on(of(op));
}

/* Runs that were asked to stop and have not been seen to do so. */
static size_t n_asked(const struct act *x)
{
	size_t i, n = 0;

	for (i = 0; i < x->n; i++)
		n += x->targets[i].asked;
	return n;
}

static void tell_lost(struct act *x)
{
	size_t i;

	for (i = 0; i < x->n; i++) {
		if (!x->targets[i].lost)
			continue;
		x->each[i].code = RQ_EUNREACHABLE;
		x->each[i].text = "No answer came, and it has not stopped so far: see what becomes of it before you ask again.";
	}
}

static void look_again(struct act *x)
{
	size_t n = n_asked(x);

	if (!n || n > LOOKED_AT_MAX || x->round == sizeof look_after_ms / sizeof *look_after_ms) {
		tell_lost(x);
		end(x);
		return;
	}
	gh_op_later(&x->op, look_after_ms[x->round++], begin_look);
}

static const struct deed cancel = { false, refuses_cancel, ask_cancel, cancel_answered };

void gh_cancel(struct rq_github *g, struct rq_call *c)
{
	start(g, c, &cancel, c->u.cancel.n, c->u.cancel.ids, &c->u.cancel.each);
}

/* --- run again ---------------------------------------------------------------------------- */

static bool refuses_retry(struct act *x)
{
	const struct rq_call *c = x->op.call;
	enum rq_forge forge = x->op.g->forge;

	if (forge == RQ_FORGE_FORGEJO)
		told(x, RQ_EUNSUPPORTED, "Forgejo cannot run a run again by its API: dispatch it anew, or use its web page.");
	else if (forge == RQ_FORGE_GITEA && c->u.retry.debug)
		told(x, RQ_EUNSUPPORTED, "Gitea knows no debug logging: leave out --debug.");
	else if (target(x)->job && c->u.retry.what == RQ_RERUN_FAILED)
		told(x, RQ_EUSAGE, "This is one job: --failed is for whole runs.");
	else
		return false;
	return true;
}

static void ask_retry(struct act *x)
{
	const struct rq_call *c = x->op.call;
	const struct target *t = target(x);
	const char *path;

	if (t->job && x->op.g->forge == RQ_FORGE_GITEA)
		path = gh_path(&x->op.arena, x->op.g, t->repo, "/actions/runs/%lld/jobs/%lld/rerun", (long long)t->run,
			       (long long)t->job);
	else if (t->job)
		path = gh_path(&x->op.arena, x->op.g, t->repo, "/actions/jobs/%lld/rerun", (long long)t->job);
	else if (c->u.retry.what == RQ_RERUN_FAILED)
		path = path_of(x, "/actions/runs/%lld/rerun-failed-jobs");
	else
		path = path_of(x, "/actions/runs/%lld/rerun");
	send(x, "POST", path, c->u.retry.debug ? "{\"enable_debug_logging\":true}" : NULL);
}

static void runs_again(struct act *x, int64_t attempt)
{
	x->each[x->op.i].new_id = gh_run_id(x->op.g, arena(x), target(x)->run);
	told(x, RQ_OK, rq_arena_fmt(arena(x), "runs again, attempt %lld", (long long)attempt));
}

static void on_retry_lost(struct gh_op *op, const struct rq_api_answer *a)
{
	struct act *x = of(op);
	struct rq_gh_run r;

	if (a->code == RQ_OK && !rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &r, NULL) &&
	    r.attempt > target(x)->before.attempt)
		runs_again(x, r.attempt);
	else
		told(x, RQ_EUNREACHABLE, "No answer came, and no new attempt is seen: see if one comes before you ask again.");
}

/* GitHub says that it will not; its words are no contract, what is known of the run may tell more. */
static void retry_refused(struct act *x, const struct rq_api_answer *a)
{
	const struct rq_gh_run *r = &target(x)->before;
	bool rights = a->status == 404 || a->status == 401 || says(a, "not accessible") || says(a, "admin rights");

	if (says(a, "already running") || says(a, "not done") || (!rights && r->state.status != RQ_STATUS_COMPLETED))
		told(x, RQ_ECONFLICT, "It has not finished: it can be run again when it has.");
	else if (says(a, "a month ago") || (!rights && rq_now() - r->created_at > RERUN_DAYS * INT64_C(86400000)))
		told(x, RQ_ELIMIT, "GitHub runs a run again within 30 days of its first start and not later: dispatch it anew.");
	else if (says(a, "50 times") || (!rights && r->attempt > RERUNS_MAX))
		told(x, RQ_ELIMIT, "It has been run again 50 times, and GitHub allows no more: dispatch it anew.");
	else
		told_error(x, a);
}

static void retry_answered(struct act *x, const struct rq_api_answer *a)
{
	if (a->code == RQ_OK)
		runs_again(x, target(x)->before.attempt + 1);
	else if (gh_lost(a))
		gh_op_look(&x->op, its_path(x, target(x)), on_retry_lost);
	else if (a->code == RQ_EPERM || a->code == RQ_ECONFLICT || a->code == RQ_EUSAGE)
		retry_refused(x, a);
	else
		told_error(x, a);
}

static const struct deed retry = { true, refuses_retry, ask_retry, retry_answered };

void gh_retry(struct rq_github *g, struct rq_call *c)
{
	start(g, c, &retry, c->u.retry.n, c->u.retry.ids, &c->u.retry.each);
}

/* --- delete ------------------------------------------------------------------------------- */

static bool refuses_delete(struct act *x)
{
	if (target(x)->job)
		told(x, RQ_EUNSUPPORTED, rq_arena_fmt(arena(x), "%s deletes whole runs, not one job of them.",
						      forge_of(x->op.g)));
	else if (target(x)->before.state.status != RQ_STATUS_COMPLETED)
		told(x, RQ_ECONFLICT, "It has not finished: cancel it first.");
	else
		return false;
	return true;
}

static void ask_delete(struct act *x)
{
	send(x, "DELETE", path_of(x, "/actions/runs/%lld"), NULL);
}

static void on_delete_lost(struct gh_op *op, const struct rq_api_answer *a)
{
	if (a->status == 404)
		told(of(op), RQ_OK, "deleted");
	else
		told(of(op), RQ_EUNREACHABLE, "No answer came, and it is still there: see whether it goes before you ask again.");
}

static void delete_answered(struct act *x, const struct rq_api_answer *a)
{
	if (a->code == RQ_OK)
		told(x, RQ_OK, "deleted");
	else if (gh_lost(a))
		gh_op_look(&x->op, its_path(x, target(x)), on_delete_lost);
	else
		told_error(x, a);
}

static const struct deed delete = { true, refuses_delete, ask_delete, delete_answered };

void gh_delete(struct rq_github *g, struct rq_call *c)
{
	start(g, c, &delete, c->u.remove.n, c->u.remove.ids, &c->u.remove.each);
}
