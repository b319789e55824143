/* github_watch.c - one page of one list: asked again when it is old, kept parsed while it does not change. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github.h"

enum { REPOS_MAX = 100 };

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

struct gh_watch *gh_watch_find(struct rq_github *g, enum gh_what what, size_t repo, int64_t run, int part)
{
	struct gh_watch *w;

	for (w = g->watches; w; w = w->next)
		if (w->what == what && w->repo == repo && w->run == run && w->part == part)
			return w;
	return NULL;
}

/* --- answers ------------------------------------------------------------------------------ */

/* The names of an organisation's repositories, most recently pushed first. */
static int parse_repos(struct rq_arena *a, const char *text, size_t n, const char ***v, size_t *count, struct rq_error *e)
{
	const struct rq_json *j;
	struct rq_json *root;
	int code = rq_json_parse(text, n, &root, e);

	if (code)
		return code;
	*v = rq_arena_alloc(a, REPOS_MAX * sizeof **v);
	*count = 0;
	for (j = rq_json_first(root); j && *count < REPOS_MAX; j = rq_json_next(j)) {
		const char *name = rq_json_get_str(j, "full_name");

		if (name && *name && !rq_json_get_bool(j, "archived", false))
			(*v)[(*count)++] = rq_arena_str(a, name);
	}
	rq_json_free(root);
	return RQ_OK;
}

/* The text that is parsed belongs to whoever asked: what is kept is copied by the parsers. */
static int parse(struct gh_watch *w, const char *text, size_t n, struct rq_error *e)
{
	struct rq_snapshot *data = rq_snapshot_new();
	enum rq_forge forge = w->g->forge;
	struct rq_gh_page page = { 0 };
	struct gh_watch now = *w;
	int code = RQ_OK;

	switch (w->what) {
	case GH_RUNS:
	case GH_ACTIVE:
		code = rq_gh_runs_parse(&data->arena, text, n, forge, &now.v.runs, &page, e);
		break;
	case GH_RUN:
		now.v.runs = rq_arena_alloc(&data->arena, sizeof *now.v.runs);
		code = rq_gh_run_parse(&data->arena, text, n, forge, now.v.runs, e);
		page.n = 1;
		break;
	case GH_JOBS:
		code = rq_gh_jobs_parse(&data->arena, text, n, forge, &now.v.jobs, &page, e);
		break;
	case GH_RUNNERS:
		code = rq_gh_runners_parse(&data->arena, text, n, forge, &now.v.runners, &page, e);
		break;
	case GH_REPOS:
		code = parse_repos(&data->arena, text, n, &now.v.repos, &page.n, e);
		break;
	case GH_WHAT_N:
		break;
	}
	if (code) {
		rq_snapshot_unref(data);
		return code;
	}
	rq_snapshot_unref(w->data);
	w->data = data;
	w->n = page.n;
	w->total = page.total;
	w->v = now.v;
	return RQ_OK;
}

static void replace(char **at, const char *with)
{
	rq_free(*at);
	*at = with && *with ? rq_strdup(with) : NULL;
}

static void fail(struct gh_watch *w, int code, const struct rq_error *e, const char *missing)
{
	w->code = code;
	replace(&w->error, e->msg);
	replace(&w->missing, missing);
}

/* Whether what is known changed. */
static bool take(struct gh_watch *w, const char *text, size_t n, const char *etag, int64_t checked_at)
{
	bool was_bad = w->code != RQ_OK;
	struct rq_error e;

	w->code = RQ_OK;
	replace(&w->error, NULL);
	replace(&w->missing, NULL);
	if (w->data && w->etag && etag && *etag && !strcmp(w->etag, etag)) {
		w->checked_at = checked_at;
		return was_bad;
	}
	if (parse(w, text, n, &e)) {
		fail(w, e.code, &e, NULL);
		return true;
	}
	w->checked_at = checked_at;
	replace(&w->etag, etag);
	return true;
}

static void on_answer(void *ud, const struct rq_api_answer *a)
{
	struct gh_watch *w = ud;
	struct rq_github *g = w->g;
	bool changed;

	w->call = NULL;
	if (a->code == RQ_OK) {
		changed = take(w, a->body, a->body_n, a->etag, a->checked_at);
		replace(&w->following, a->next);
	} else {
		changed = w->code != a->code || !rq_eq(w->error, a->err.msg);
		/* What was true once is better than nothing, and says its age. */
		if (a->stale && !w->data)
			changed |= take(w, a->body, a->body_n, a->etag, a->checked_at);
		fail(w, a->code, &a->err, a->missing);
	}
	if (changed)
		gh_changed(g);
	else
		gh_checked(g);
}

/* --- asking ------------------------------------------------------------------------------- */

static int64_t paced(const struct gh_watch *w)
{
	return w->every_ms * rq_api_budget(w->g->api)->pace / 1000;
}

int64_t gh_watch_due(const struct gh_watch *w, int64_t now)
{
	int64_t at = w->asked_at + paced(w);

	return !w->asked_at || at <= now ? 0 : at - now;
}

void gh_watch_ask(struct gh_watch *w)
{
	int64_t age = w->asked_at ? paced(w) - 250 : 1000;

	if (w->call)
		return;
	w->asked_at = mono_ms();
	/* Younger than this: another process of ours has just asked. */
	w->call = rq_api_get(w->g->api, w->path, age > 500 ? age : 500, 0, on_answer, w);
}

/* The first screen is what was known last. */
static void recall(struct gh_watch *w)
{
	char *body, *etag;
	int64_t checked_at;
	size_t n;

	if (rq_api_cached(w->g->api, w->path, &body, &n, &etag, &checked_at))
		return;
	if (take(w, body, n, etag, checked_at))
		w->g->dirty = true;
	rq_free(body);
	rq_free(etag);
}

struct gh_watch *gh_watch_want(struct rq_github *g, enum gh_what what, size_t repo, int64_t run, int part, const char *path,
			       int64_t every_ms)
{
	struct gh_watch *w = gh_watch_find(g, what, repo, run, part), **p = &g->watches;

	if (!w) {
		w = rq_alloc(sizeof *w);
		w->g = g;
		w->what = what;
		w->repo = repo;
		w->run = run;
		w->part = part;
		w->path = rq_strdup(path);
		while (*p)
			p = &(*p)->next;
		*p = w;
		recall(w);
	} else if (strcmp(w->path, path)) {
		replace(&w->path, path);
		w->asked_at = 0;
	}
	w->wanted = true;
	w->every_ms = every_ms;
	return w;
}

void gh_watch_free(struct gh_watch *w)
{
	struct gh_watch **p = &w->g->watches;

	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	rq_api_drop(w->call);
	rq_snapshot_unref(w->data);
	rq_free(w->path);
	rq_free(w->etag);
	rq_free(w->following);
	rq_free(w->error);
	rq_free(w->missing);
	rq_free(w);
}
