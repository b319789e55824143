/* github_workflows.c - the workflows of a queue's repositories: which there are, and whether they run. */
#include <string.h>
#include "core/base/mem.h"
#include "core/queue/github.h"

enum { NAMES_MS = 60000, ROWS_MAX = 2000, PAGES_MAX = 10 };

struct found {
	size_t repo;
	const struct rq_gh_workflow *w; /* NULL: the repository could not be asked; WHY tells */
	const char *why;
};
struct listing {
	struct gh_op op;
	size_t repo, last;              /* the one that is asked, and behind the last */
	int pages;
	int64_t age_ms;                 /* what is asked for may be so old: states not at all, names of files a while */
	struct found *v;
	size_t n, cap;
	struct rq_error first;          /* what went wrong first; code 0: nothing */
	void (*then)(struct listing *x);
	struct found chosen;            /* to be enabled or disabled */
};

#define fail(x, code, ...) gh_op_end(&(x)->op, rq_fail(&(x)->op.call->err, code, __VA_ARGS__))

static struct listing *of(struct gh_op *op)
{
	return (struct listing *)op;
}

static void release(struct gh_op *op)
{
	rq_free(of(op)->v);
}

static void ask_repo(struct listing *x);

static void keep(struct listing *x, const struct rq_gh_workflow *w, const char *why)
{
	if (x->n >= ROWS_MAX)
		return;
	RQ_GROW(x->v, x->n, &x->cap);
	x->v[x->n++] = (struct found){ x->repo, w, why };
}

static void next_repo(struct listing *x)
{
	x->repo++;
	x->pages = 0;
	ask_repo(x);
}

/* One that cannot be read does not hide the others. */
static void cannot_read(struct listing *x, const struct rq_error *e)
{
	if (!x->first.code)
		x->first = *e;
	keep(x, NULL, rq_arena_str(&x->op.arena, e->msg));
	next_repo(x);
}

static void on_page(struct gh_op *op, const struct rq_api_answer *a)
{
	struct listing *x = of(op);
	struct rq_gh_page page = { 0 };
	struct rq_gh_workflow *v;
	struct rq_error e;
	size_t i;

	if (a->code && !(a->stale && a->body_n)) {
		cannot_read(x, &a->err);
		return;
	}
	if (rq_gh_workflows_parse(&op->arena, a->body, a->body_n, op->g->forge, &v, &page, &e)) {
		cannot_read(x, &e);
		return;
	}
	for (i = 0; i < page.n; i++)
		keep(x, &v[i], "");
	if (a->next && ++x->pages < PAGES_MAX)
		gh_op_get(op, rq_arena_str(&op->arena, a->next), x->age_ms, 0, on_page);
	else
		next_repo(x);
}

static void ask_repo(struct listing *x)
{
	const char *form = x->op.g->forge == RQ_FORGE_GITHUB ? "/actions/workflows?per_page=100" : "/actions/workflows?limit=50";

	if (x->repo < x->last)
		gh_op_get(&x->op, gh_path(&x->op.arena, x->op.g, x->repo, form), x->age_ms, 0, on_page);
	else
		x->then(x);
}

/* REPO: GH_NO_REPO all of them. */
static void list(struct rq_github *g, struct rq_call *c, size_t repo, int64_t age_ms, void (*then)(struct listing *x))
{
	struct listing *x = gh_op_new(g, c, sizeof *x);

	x->op.release = release;
	x->repo = repo == GH_NO_REPO ? 0 : repo;
	x->last = repo == GH_NO_REPO ? g->n_repos : repo + 1;
	x->age_ms = age_ms;
	x->then = then;
	ask_repo(x);
}

static bool has_none(struct rq_github *g, struct rq_call *c)
{
	if (g->forge != RQ_FORGE_FORGEJO)
		return false;
	rq_fail(&c->err, RQ_EUNSUPPORTED, "Forgejo tells nothing of workflows: see .forgejo/workflows of the repository.");
	rq_queue_answer(&g->q, c, RQ_EUNSUPPORTED);
	return true;
}

/* --- the list ----------------------------------------------------------------------------- */

static void answer_list(struct listing *x)
{
	struct rq_call *c = x->op.call;
	struct rq_workflow_row *v = rq_arena_alloc(&c->arena, (x->n + 1) * sizeof *v);
	bool any = false;
	size_t i;

	for (i = 0; i < x->n; i++) {
		const struct rq_gh_workflow *w = x->v[i].w;
		const char *repo = rq_arena_str(&c->arena, x->op.g->repos[x->v[i].repo].name);

		any |= w != NULL;
		v[i] = (struct rq_workflow_row){ .repo = repo, .file = "", .name = "", .state = x->v[i].why };
		if (w)
			v[i] = (struct rq_workflow_row){ repo, w->file, w->name, w->state, w->id };
	}
	c->u.workflows.n = x->n;
	c->u.workflows.v = v;
	rq_arena_adopt(&c->arena, &x->op.arena);
	if (!any && x->first.code)
		c->err = x->first;
	gh_op_end(&x->op, any ? RQ_OK : x->first.code);
}

void gh_workflows(struct rq_github *g, struct rq_call *c)
{
	if (!has_none(g, c))
		list(g, c, GH_NO_REPO, 0, answer_list);
}

/* --- enable and disable ------------------------------------------------------------------- */

/* "nightly.yml", ".github/workflows/nightly.yml", "nightly", "Nightly" or its number. */
static bool is_meant(const struct rq_gh_workflow *w, const char *text)
{
	const char *slash = strrchr(text, '/'), *file = slash ? slash + 1 : text;
	int64_t id;

	return rq_eq(w->file, file) || rq_eq(w->stem, file) || rq_ieq(w->name, text) ||
	       (w->id && rq_parse_i64(text, &id) && id == w->id);
}

static const char *name_of(const struct found *f)
{
	return *f->w->file ? f->w->file : f->w->name;
}

static void switched(struct listing *x)
{
	struct rq_call *c = x->op.call;

	c->u.workflow.text = rq_arena_fmt(&c->arena, "%s is %s", name_of(&x->chosen),
					  c->u.workflow.enable ? "enabled" : "disabled");
	gh_op_end(&x->op, RQ_OK);
}

static const char *path_of(struct listing *x, const char *form)
{
	return gh_path(&x->op.arena, x->op.g, x->chosen.repo, form, x->chosen.w->file);
}

static void on_switch_lost(struct gh_op *op, const struct rq_api_answer *a)
{
	struct listing *x = of(op);
	struct rq_gh_workflow w;

	if (a->code == RQ_OK && !rq_gh_workflow_parse(&op->arena, a->body, a->body_n, op->g->forge, &w, NULL) &&
	    w.active == op->call->u.workflow.enable)
		switched(x);
	else
		fail(x, RQ_EUNREACHABLE, "No answer came, and %s is as it was: look again before you ask again.",
		     name_of(&x->chosen));
}

static void on_switched(struct gh_op *op, const struct rq_api_answer *a)
{
	struct listing *x = of(op);

	if (a->code == RQ_OK)
		switched(x);
	else if (gh_lost(a))
		gh_op_look(op, path_of(x, "/actions/workflows/%s"), on_switch_lost);
	else
		gh_op_fail(op, a);
}

static void switch_it(struct listing *x)
{
	struct rq_call *c = x->op.call;
	size_t i, n = 0;

	for (i = 0; i < x->n; i++) {
		if (x->v[i].w && is_meant(x->v[i].w, c->u.workflow.file)) {
			x->chosen = x->v[i];
			n++;
		}
	}
	if (n == 1)
		gh_op_send(&x->op, "PUT", path_of(x, c->u.workflow.enable ? "/actions/workflows/%s/enable"
									   : "/actions/workflows/%s/disable"), NULL, on_switched);
	else if (n > 1)
		fail(x, RQ_EUSAGE, "Several workflows are called '%.100s': give the file's name, and its repository with --repo.",
		     c->u.workflow.file);
	else if (x->first.code)
		gh_op_end(&x->op, (c->err = x->first).code);
	else
		fail(x, RQ_ENOTFOUND, "There is no workflow '%.100s' on queue %s: see relayq workflows.", c->u.workflow.file,
		     x->op.g->name);
}

void gh_workflow_state(struct rq_github *g, struct rq_call *c)
{
	size_t repo = GH_NO_REPO;
	int code = RQ_OK;

	if (has_none(g, c))
		return;
	if (c->u.workflow.repo && *c->u.workflow.repo)
		code = gh_repo_named(g, c->u.workflow.repo, &repo, &c->err);
	if (code)
		rq_queue_answer(&g->q, c, code);
	else
		list(g, c, repo, NAMES_MS, switch_it);
}
