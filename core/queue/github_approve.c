/* github_approve.c - what waits for somebody's word: deployments to guarded environments, and the runs of forks. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github.h"

enum { FRESH_MS = 2000, COMMENT_MAX = 4096 };

struct approval {
	struct gh_op op;
	int64_t run;
	size_t repo;
	struct rq_gh_environment *pending;
	size_t n;
	const char *chosen;             /* names, for the sentence */
};

static struct approval *of(struct gh_op *op)
{
	return (struct approval *)op;
}

static struct rq_arena *arena(struct approval *x)
{
	return &x->op.call->arena;
}

static bool rejects(const struct approval *x)
{
	return rq_eq(x->op.call->u.approve.state, "rejected");
}

static const char *id_of(struct approval *x)
{
	return gh_run_id(x->op.g, arena(x), x->run);
}

#define fail(x, code, ...) gh_op_end(&(x)->op, rq_fail(&(x)->op.call->err, code, __VA_ARGS__))

static void approved(struct approval *x, const char *text)
{
	x->op.call->u.approve.text = rq_arena_str(arena(x), text);
	gh_stale(x->op.g, x->run);
	gh_op_end(&x->op, RQ_OK);
}

static const char *path_of(struct approval *x, const char *format)
{
	return gh_path(&x->op.arena, x->op.g, x->repo, format, (long long)x->run);
}

static void fail_lost(struct approval *x)
{
	gh_stale(x->op.g, x->run);
	fail(x, RQ_EUNREACHABLE, "No answer came, and %s waits so far: see what becomes of it before you ask again.", id_of(x));
}

/* --- deployments -------------------------------------------------------------------------- */

static const char *joined(struct rq_arena *a, const char *const *v, size_t n, const char *none)
{
	struct rq_str s;
	const char *out;
	size_t i;

	rq_str_init(&s, 2048);
	for (i = 0; i < n; i++)
		rq_str_addf(&s, "%s%s", i ? ", " : "", v[i]);
	out = rq_arena_str(a, n ? rq_str_get(&s) : none);
	rq_str_release(&s);
	return out;
}

static void answer_list(struct approval *x)
{
	struct rq_call *c = x->op.call;
	size_t i;

	c->u.approve.v = rq_arena_alloc(&c->arena, (x->n + 1) * sizeof *c->u.approve.v);
	for (i = 0; i < x->n; i++) {
		const struct rq_gh_environment *e = &x->pending[i];

		c->u.approve.v[i] = (struct rq_pending){
			.environment = e->name, .reviewers = joined(&c->arena, e->reviewers, e->n_reviewers, ""), .url = "",
			.id = e->id, .wait_minutes = e->wait_minutes, .may_approve = e->can_approve,
		};
	}
	c->u.approve.n = x->n;
	c->u.approve.text = x->n ? "" : rq_arena_fmt(&c->arena, "Nothing of %s waits for approval.", id_of(x));
	rq_arena_adopt(&c->arena, &x->op.arena);
	gh_op_end(&x->op, RQ_OK);
}

static bool is_named(const struct rq_call *c, const char *environment)
{
	size_t i;

	for (i = 0; i < c->u.approve.n_environments; i++)
		if (rq_ieq(c->u.approve.environments[i], environment))
			return true;
	return false;
}

static const char *cannot(struct approval *x, const struct rq_gh_environment *e)
{
	return rq_arena_fmt(arena(x), "You may not approve a deployment to %s: its reviewers are %s.", e->name,
			    joined(arena(x), e->reviewers, e->n_reviewers, "not told"));
}

/* The first that was named and does not wait, as a sentence; NULL all do. */
static const char *not_waiting(struct approval *x)
{
	const struct rq_call *c = x->op.call;
	size_t i, k;

	for (i = 0; i < c->u.approve.n_environments; i++) {
		for (k = 0; k < x->n && !rq_ieq(x->pending[k].name, c->u.approve.environments[i]); k++)
			;
		if (k == x->n)
			return rq_arena_fmt(arena(x), "No deployment of %s to %s waits for approval.", id_of(x),
					    c->u.approve.environments[i]);
	}
	return NULL;
}

/* The ids of what is chosen, as JSON. */
static int choose(struct approval *x, struct rq_str *ids, struct rq_error *e)
{
	const struct rq_call *c = x->op.call;
	const char **names = rq_arena_alloc(arena(x), (x->n + 1) * sizeof *names), *problem = not_waiting(x);
	size_t i, n = 0;

	if (problem)
		return rq_fail(e, RQ_ENOTFOUND, "%s", problem);
	for (i = 0; i < x->n; i++) {
		const struct rq_gh_environment *p = &x->pending[i];

		if (c->u.approve.n_environments ? !is_named(c, p->name) : !p->can_approve)
			continue;
		if (!p->can_approve)
			return rq_fail(e, RQ_EPERM, "%s", cannot(x, p));
		rq_str_addf(ids, "%s%lld", n ? "," : "", (long long)p->id);
		names[n++] = p->name;
	}
	x->chosen = joined(arena(x), names, n, "");
	return n ? RQ_OK : rq_fail(e, RQ_EPERM, "%s", cannot(x, &x->pending[0]));
}

static void tell_reviewed(struct approval *x)
{
	approved(x, rq_arena_fmt(arena(x), "%s: %s", rejects(x) ? "rejected" : "approved", x->chosen));
}

/* Whether what was chosen still waits. */
static void on_review_lost(struct gh_op *op, const struct rq_api_answer *a)
{
	struct approval *x = of(op);
	struct rq_gh_environment *v;
	struct rq_gh_page page = { 0 };
	size_t i;

	if (a->code || rq_gh_pending_parse(&op->arena, a->body, a->body_n, &v, &page, NULL)) {
		fail_lost(x);
		return;
	}
	for (i = 0; i < page.n; i++) {
		if (op->call->u.approve.n_environments ? is_named(op->call, v[i].name) : v[i].can_approve) {
			fail_lost(x);
			return;
		}
	}
	tell_reviewed(x);
}

static void on_reviewed(struct gh_op *op, const struct rq_api_answer *a)
{
	if (a->code == RQ_OK)
		tell_reviewed(of(op));
	else if (gh_lost(a))
		gh_op_look(op, path_of(of(op), "/actions/runs/%lld/pending_deployments"), on_review_lost);
	else
		gh_op_fail(op, a);
}

static void review(struct approval *x)
{
	struct rq_call *c = x->op.call;
	struct rq_str body;
	int code;

	rq_str_init(&body, 65536);
	rq_str_add(&body, "{\"environment_ids\":[");
	code = choose(x, &body, &c->err);
	if (code) {
		rq_str_release(&body);
		gh_op_end(&x->op, code);
		return;
	}
	rq_str_add(&body, "],\"state\":");
	rq_json_print_str(rejects(x) ? "rejected" : "approved", &body);
	rq_str_add(&body, ",\"comment\":");
	rq_json_print_str(c->u.approve.comment ? c->u.approve.comment : "", &body);
	rq_str_add(&body, "}");
	gh_op_send(&x->op, "POST", path_of(x, "/actions/runs/%lld/pending_deployments"), rq_str_get(&body), on_reviewed);
	rq_str_release(&body);
}

static void on_pending(struct gh_op *op, const struct rq_api_answer *a)
{
	struct approval *x = of(op);
	struct rq_gh_page page = { 0 };

	if (a->code) {
		gh_op_fail(op, a);
		return;
	}
	if (rq_gh_pending_parse(&op->arena, a->body, a->body_n, &x->pending, &page, &op->call->err)) {
		gh_op_end(op, op->call->err.code);
		return;
	}
	x->n = page.n;
	if (!op->call->u.approve.state)
		answer_list(x);
	else if (!x->n)
		fail(x, RQ_ECONFLICT, "Nothing of %s waits for approval.", id_of(x));
	else
		review(x);
}

/* --- a fork's run ------------------------------------------------------------------------- */

static void on_fork_lost(struct gh_op *op, const struct rq_api_answer *a)
{
	struct approval *x = of(op);
	struct rq_gh_run r;

	if (a->code || rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &r, NULL) || r.need_approval)
		fail_lost(x);
	else
		approved(x, "approved: it may run");
}

static void on_fork(struct gh_op *op, const struct rq_api_answer *a)
{
	struct approval *x = of(op);

	if (a->code == RQ_OK)
		approved(x, "approved: it may run");
	else if (gh_lost(a))
		gh_op_look(op, path_of(x, "/actions/runs/%lld"), on_fork_lost);
	else if (a->code == RQ_ENOTFOUND)
		fail(x, RQ_EUNSUPPORTED, "This server cannot approve a fork's run by its API: use its web page.");
	else
		gh_op_fail(op, a);
}

static void let_fork_run(struct approval *x)
{
	struct rq_call *c = x->op.call;

	if (!c->u.approve.state) {
		c->u.approve.text = rq_arena_fmt(&c->arena, "%s is a fork's run: it waits as a whole for approval.", id_of(x));
		gh_op_end(&x->op, RQ_OK);
	} else if (rejects(x)) {
		fail(x, RQ_EUNSUPPORTED, "A fork's run cannot be rejected: it waits until somebody approves or deletes it.");
	} else if (x->op.g->forge == RQ_FORGE_FORGEJO) {
		fail(x, RQ_EUNSUPPORTED, "Forgejo cannot approve a run by its API: use its web page.");
	} else {
		gh_op_send(&x->op, "POST", path_of(x, "/actions/runs/%lld/approve"), NULL, on_fork);
	}
}

/* --- which of the two --------------------------------------------------------------------- */

static void on_run(struct gh_op *op, const struct rq_api_answer *a)
{
	struct approval *x = of(op);
	struct rq_gh_run r;

	if (a->code) {
		gh_op_fail(op, a);
		return;
	}
	if (rq_gh_run_parse(&op->arena, a->body, a->body_n, op->g->forge, &r, &op->call->err)) {
		gh_op_end(op, op->call->err.code);
		return;
	}
	if (r.need_approval)
		let_fork_run(x);
	else if (op->g->forge == RQ_FORGE_GITHUB)
		gh_op_get(op, path_of(x, "/actions/runs/%lld/pending_deployments"), 0, RQ_API_ARRAY, on_pending);
	else if (!op->call->u.approve.state)
		answer_list(x);
	else
		fail(x, RQ_ECONFLICT, "%s does not wait for approval.", id_of(x));
}

static void found(struct gh_op *op, size_t repo)
{
	struct approval *x = of(op);

	x->repo = repo;
	gh_op_get(op, path_of(x, "/actions/runs/%lld"), FRESH_MS, 0, on_run);
}

void gh_approve(struct rq_github *g, struct rq_call *c)
{
	int64_t run, job;
	int code = gh_parse_id(g, c->u.approve.id, &run, &job, &c->err);
	struct approval *x;

	if (!code && c->u.approve.comment && strlen(c->u.approve.comment) > COMMENT_MAX)
		code = rq_fail(&c->err, RQ_ELIMIT, "A comment has at most %d bytes.", COMMENT_MAX);
	if (code) {
		rq_queue_answer(&g->q, c, code);
		return;
	}
	x = gh_op_new(g, c, sizeof *x);
	x->run = run;
	gh_op_resolve(&x->op, run, found, NULL);
}
