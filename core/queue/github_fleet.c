/* github_fleet.c - all runners of a queue, asked now; and what it means for the others when one of them goes. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github_fleet.h"

enum { FRESH_MS = 0, RUNNERS_MAX = 5000, TOLD_LABELS_MAX = 8 };

/* --- asking ------------------------------------------------------------------------------- */

static void ask_scope(struct gh_fleet *f);

static size_t repo_of_scope(const struct gh_fleet *f, size_t scope)
{
	return scope < f->op.g->n_repos ? scope : GH_NO_REPO;
}

static void next_scope(struct gh_fleet *f)
{
	if (++f->scope < f->n_scopes)
		ask_scope(f);
	else
		f->told(f);
}

static void on_list(struct gh_op *op, const struct rq_api_answer *a);

static void ask_page(struct gh_fleet *f, const char *path)
{
	f->page = path;
	gh_op_get(&f->op, path, FRESH_MS, 0, on_list);
}

static void on_list(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_fleet *f = (struct gh_fleet *)op;
	struct rq_gh_page page = { 0 };
	struct rq_gh_runner *v = NULL;
	struct rq_error e = a->err;
	int code = a->code;
	size_t i;

	if (!code)
		code = rq_gh_runners_parse(&op->arena, a->body, a->body_n, op->g->forge, &v, &page, &e);
	if (code) {
		f->code = code;
		f->err = e;
		next_scope(f);
		return;
	}
	for (i = 0; i < page.n && f->n < RUNNERS_MAX; i++) {
		RQ_GROW(f->v, f->n, &f->cap);
		f->v[f->n++] = (struct gh_fleet_runner){ v[i], repo_of_scope(f, f->scope), f->page };
	}
	if (a->next && f->n < RUNNERS_MAX)
		ask_page(f, rq_arena_str(&op->arena, a->next));
	else
		next_scope(f);
}

static void ask_scope(struct gh_fleet *f)
{
	struct rq_github *g = f->op.g;
	const char *path = gh_path(&f->op.arena, g, repo_of_scope(f, f->scope), "/actions/runners");

	/* As github_plan.c asks, so that what one has fetched serves the other. */
	ask_page(f, rq_arena_fmt(&f->op.arena, "%s?%s", path, g->forge == RQ_FORGE_GITHUB ? "per_page=100" : "limit=50"));
}

static void nobody(struct gh_op *op)
{
	struct gh_fleet *f = (struct gh_fleet *)op;

	f->told(f);
}

void gh_fleet_ask(struct gh_fleet *f, void (*told)(struct gh_fleet *f))
{
	struct rq_github *g = f->op.g;

	f->told = told;
	f->n = f->scope = 0;
	f->code = RQ_OK;
	f->n_scopes = g->n_repos + (*g->org ? 1 : 0);
	if (f->n_scopes)
		ask_scope(f);
	else
		gh_op_later(&f->op, 0, nobody);
}

void gh_fleet_release(struct gh_fleet *f)
{
	rq_free(f->v);
}

int gh_fleet_find(const struct gh_fleet *f, const char *name, const struct gh_fleet_runner **out, struct rq_error *e)
{
	const struct gh_fleet_runner *found = NULL;
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (!rq_ieq(f->v[i].r.name, name))
			continue;
		if (found)
			return rq_fail(e, RQ_EUSAGE, "Queue %s has two runners %.64s, of %s and of %s: rename one of them.",
					f->op.g->name,
				       name, gh_scope(f->op.g, found->repo), gh_scope(f->op.g, f->v[i].repo));
		found = &f->v[i];
	}
	*out = found;
	if (found)
		return RQ_OK;
	if (f->code) {
		if (e)
			*e = f->err;
		return f->code;
	}
	return rq_fail(e, RQ_ENOTFOUND, "Queue %s has no runner \"%.64s\"; relayq runners lists them.", f->op.g->name, name);
}

/* --- scopes, paths, labels ------------------------------------------------------------------ */

const char *gh_scope(const struct rq_github *g, size_t repo)
{
	return repo == GH_NO_REPO ? g->org : g->repos[repo].name;
}

bool gh_scope_find(const struct rq_github *g, const char *scope, size_t *repo)
{
	size_t i;

	*repo = GH_NO_REPO;
	if (*g->org && rq_ieq(g->org, scope))
		return true;
	for (i = 0; i < g->n_repos; i++) {
		if (rq_ieq(g->repos[i].name, scope)) {
			*repo = i;
			return true;
		}
	}
	return false;
}

const char *gh_runner_path(struct rq_arena *a, const struct rq_github *g, size_t repo, int64_t id, const char *below)
{
	return rq_arena_fmt(a, "%s%s", gh_path(a, g, repo, "/actions/runners/%lld", (long long)id), below);
}

void gh_custom_labels(struct rq_arena *a, const struct rq_gh_runner *r, struct rq_ghlabels *out)
{
	size_t i;

	*out = (struct rq_ghlabels){ 0, rq_arena_alloc(a, (r->n_labels + 1) * sizeof *out->v) };
	for (i = 0; i < r->n_labels; i++)
		if (!r->labels[i].read_only)
			out->v[out->n++] = rq_arena_str(a, r->labels[i].name);
}

const char *gh_labels_body(struct rq_arena *a, const struct rq_ghlabels *l)
{
	struct rq_json *o = rq_json_object(), *list = rq_json_array();
	struct rq_str s;
	const char *out;
	size_t i;

	for (i = 0; i < l->n; i++)
		rq_json_add_str(list, l->v[i]);
	rq_json_set(o, "labels", list);
	rq_str_init(&s, 0);
	rq_json_print(o, &s, false);
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	rq_json_free(o);
	return out;
}

/* --- what a drain means for others ---------------------------------------------------------- */

static bool is_drained(const struct rq_gh_runner *r)
{
	size_t i;

	for (i = 0; i < r->n_labels; i++)
		if (!r->labels[i].read_only && rq_ieq(r->labels[i].name, RQ_GHDRAIN_MARKER))
			return true;
	return r->disabled;
}

/* Whether another runner that is online could do what asks for LABEL. */
static bool others_have(const struct gh_fleet *f, const struct gh_fleet_runner *but, const char *label)
{
	size_t i, k;

	for (i = 0; i < f->n; i++) {
		const struct rq_gh_runner *r = &f->v[i].r;

		if (&f->v[i] == but || !r->online || is_drained(r))
			continue;
		for (k = 0; k < r->n_labels; k++)
			if (rq_ieq(r->labels[k].name, label))
				return true;
	}
	return false;
}

static void tell_last(const struct gh_fleet *f, const struct gh_fleet_runner *r, struct rq_str *s)
{
	size_t i, n = 0;

	for (i = 0; i < r->r.n_labels && n < TOLD_LABELS_MAX; i++) {
		if (r->r.labels[i].read_only || others_have(f, r, r->r.labels[i].name))
			continue;
		rq_str_addf(s, "%s%s", n++ ? ", " : " No other runner that is online has ", r->r.labels[i].name);
	}
	if (n)
		rq_str_add(s, ": jobs that ask for that wait, and fail after 24 hours.");
}

static void tell_exposed(const struct gh_fleet_runner *r, struct rq_str *s)
{
	size_t i, n = 0;

	for (i = 0; i < r->r.n_labels; i++)
		if (r->r.labels[i].read_only)
			rq_str_addf(s, "%s%s", n++ ? ", " : " Jobs that ask for nothing but ", r->r.labels[i].name);
	if (n)
		rq_str_add(s, " still come here: GitHub lets nobody take these labels away.");
}

const char *gh_drain_risks(struct rq_arena *a, const struct gh_fleet *f, const struct gh_fleet_runner *r)
{
	bool parks = r->repo == GH_NO_REPO && *f->op.g->config->drain_group;
	struct rq_str s;
	const char *out;

	rq_str_init(&s, 2000);
	tell_last(f, r, &s);
	if (f->op.g->forge == RQ_FORGE_GITHUB && !parks)
		tell_exposed(r, &s);
	if (r->r.ephemeral)
		rq_str_add(&s, " It is ephemeral: it takes one job at most, and goes with that.");
	if (!r->r.online)
		rq_str_add(&s, " It is offline.");
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	return out;
}
