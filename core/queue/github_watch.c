/* github_watch.c - one page of one list: asked again when it is old, kept parsed while it does not change. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/github.h"

enum {
	REPOS_MAX = 100,
	BRIDGE_MAX = 1000,              /* runs */
	EARLY_MS = 250,                 /* what is nearly due is asked now, or two processes would take turns */
	LEAST_MS = 500,
	COMMAND_MS = 1000,              /* what a command shows is no older */
	TROUBLE_MS = 60000              /* what is asked rarely, after the network failed */
};

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

static size_t place_of(enum gh_what what, size_t repo, int64_t run, int part)
{
	uint64_t h = (uint64_t)run * 0x9e3779b97f4a7c15u + (uint64_t)repo * 131 + (uint64_t)part * 17 + (uint64_t)what;

	return (size_t)((h ^ h >> 29) % GH_INDEX);
}

struct gh_watch *gh_watch_find(const struct rq_github *g, enum gh_what what, size_t repo, int64_t run, int part)
{
	struct gh_watch *w;

	for (w = g->index[place_of(what, repo, run, part)]; w; w = w->same)
		if (w->what == what && w->repo == repo && w->run == run && w->part == part)
			return w;
	return NULL;
}

bool gh_watch_can_wait(const struct gh_watch *w)
{
	return (w->what == GH_RUNS && w->part > 1) || (w->what == GH_JOBS && w->every_ms > GH_LIVE_MAX);
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

void gh_retire(struct rq_github *g, struct rq_snapshot *data)
{
	if (!data)
		return;
	if (!g->retired)
		g->retired = rq_snapshot_new();
	rq_snapshot_hold(g->retired, data);
	rq_snapshot_unref(data);
}

/* --- pages that move on ------------------------------------------------------------------- */

static void drop_bridge(struct gh_watch *w)
{
	gh_retire(w->g, w->bridge);
	w->bridge = NULL;
	w->bridge_runs = NULL;
	w->n_bridge = 0;
}

static int64_t oldest_of(const struct rq_gh_run *v, size_t n)
{
	int64_t id = v[0].id;

	while (n-- > 1)
		if (v[n].id < id)
			id = v[n].id;
	return id;
}

/* N RUNS, which are in DATA, join what is kept of W. */
static void lengthen_bridge(struct gh_watch *w, struct rq_snapshot *data, const struct rq_gh_run *runs, size_t n)
{
	struct rq_snapshot *both = rq_snapshot_new();
	struct rq_gh_run *v = rq_arena_alloc(&both->arena, (w->n_bridge + n) * sizeof *v);

	memcpy(v, w->bridge_runs, w->n_bridge * sizeof *v);
	memcpy(v + w->n_bridge, runs, n * sizeof *v);
	rq_snapshot_hold(both, w->bridge);
	rq_snapshot_hold(both, data);
	gh_retire(w->g, w->bridge);
	w->bridge = both;
	w->bridge_runs = v;
	w->n_bridge += n;
}

/* W is about to say something else. */
static void keep_bridge(struct gh_watch *w, const struct rq_gh_run *now, size_t n)
{
	struct gh_watch *next = gh_watch_find(w->g, GH_RUNS, w->repo, 0, w->part + 1);

	if ((!next && !w->following) || !w->n)
		return;
	if (!w->bridge) {
		w->bridge = rq_snapshot_ref(w->data);
		w->bridge_runs = w->v.runs;
		w->n_bridge = w->n;
	} else if (w->n_bridge < BRIDGE_MAX) {
		/* The page has moved on again before the next one was asked. */
		lengthen_bridge(w, w->data, w->v.runs, w->n);
		if (next)
			next->stale = true;
	}
	/* The newest come first. In time, before the two do not touch any more. */
	if (next && n && oldest_of(now, n) > w->bridge_runs[w->n_bridge / 2].id)
		next->stale = true;
}

/* W was asked after the page before it became what it is: they touch. */
static void end_bridge(struct gh_watch *w)
{
	struct gh_watch *before = w->part > 1 ? gh_watch_find(w->g, GH_RUNS, w->repo, 0, w->part - 1) : NULL;

	if (!before || !before->bridge)
		return;
	/* Asked when that one had come, not only after it was asked: two requests may overtake each other. */
	if (before->taken_at >= w->checked_at) {
		w->stale = true;        /* it moved on in the meantime */
		return;
	}
	/* Pages that moved on by more than one hold nothing of what they held: the next one has it, when it is asked. */
	if (w->bridge && w->n_bridge < BRIDGE_MAX)
		lengthen_bridge(w, before->bridge, before->bridge_runs, before->n_bridge);
	drop_bridge(before);
	w->g->dirty = true;
}

/* --- answers, continued ------------------------------------------------------------------- */

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
	if (w->what == GH_RUNS)
		keep_bridge(w, now.v.runs, page.n);
	gh_retire(w->g, w->data);
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
		/* Or it would be confirmed forever. */
		rq_api_forget(w->g->api, w->path, 0);
		fail(w, e.code, &e, NULL);
		return true;
	}
	w->checked_at = w->since = checked_at;
	w->taken_at = rq_now();
	replace(&w->etag, etag);
	return true;
}

/* It is not there any more. */
static bool forget(struct gh_watch *w)
{
	bool had = w->n > 0;

	gh_retire(w->g, w->data);
	w->data = NULL;
	w->n = 0;
	replace(&w->etag, NULL);
	return had;
}

static int64_t paced(const struct gh_watch *w)
{
	int64_t every = w->every_ms;

	if (w->code && w->code != RQ_EPERM && w->code != RQ_ENOTFOUND && every > TROUBLE_MS)
		every = TROUBLE_MS;
	return every * gh_pace(w->g) / 1000;
}

/* What another process asked a while ago is due that much sooner, so that all ask together and one asks for all. */
static int64_t asked_then(const struct gh_watch *w, const struct rq_api_answer *a)
{
	int64_t age = a->cached ? rq_now() - a->checked_at : 0, most = paced(w);

	if (age < 0)
		age = 0;
	return mono_ms() - (age < most ? age : most / 2);
}

static void on_answer(void *ud, const struct rq_api_answer *a)
{
	struct gh_watch *w = ud;
	struct rq_github *g = w->g;
	bool changed;

	w->call = NULL;
	if (a->code == RQ_OK) {
		w->fresh_at = asked_then(w, a);
		replace(&w->following, a->next);
		changed = take(w, a->body, a->body_n, a->etag, a->checked_at);
		if (w->what == GH_RUNS)
			end_bridge(w);
		changed |= g->dirty;
	} else {
		changed = w->code != a->code || !rq_eq(w->error, a->err.msg);
		/* What was true once is better than nothing, and says its age. */
		if (a->stale && !w->data)
			changed |= take(w, a->body, a->body_n, a->etag, a->checked_at);
		fail(w, a->code, &a->err, a->missing);
		if (a->code == RQ_ENOTFOUND && w->what == GH_RUN)
			changed |= forget(w);
	}
	if (changed)
		gh_changed(g);
	else
		gh_checked(g);
}

/* --- asking ------------------------------------------------------------------------------- */

int64_t gh_watch_due(const struct gh_watch *w, int64_t now)
{
	int64_t at = w->fresh_at + paced(w);

	return w->stale || !w->asked_at || at <= now ? 0 : at - now;
}

/* Younger than this is new enough: another process of ours has just asked. */
static int64_t age_of(const struct gh_watch *w)
{
	int64_t age = paced(w) - EARLY_MS;

	if (w->stale)
		return 0;
	if (!w->g->listening && !gh_watch_can_wait(w))
		return COMMAND_MS;
	return age > LEAST_MS ? age : LEAST_MS;
}

void gh_watch_ask(struct gh_watch *w)
{
	int64_t age = age_of(w);

	if (w->call)
		return;
	w->asked_at = w->fresh_at = mono_ms();
	w->stale = false;
	w->call = rq_api_get(w->g->api, w->path, age, 0, on_answer, w);
}

/* The first screen is what was known last. */
static void recall(struct gh_watch *w)
{
	char *body, *etag, *next;
	int64_t checked_at;
	size_t n;

	if (rq_api_cached(w->g->api, w->path, &body, &n, &etag, &next, &checked_at))
		return;
	if (take(w, body, n, etag, checked_at))
		w->g->dirty = true;
	replace(&w->following, next);
	rq_free(body);
	rq_free(etag);
	rq_free(next);
}

struct gh_watch *gh_watch_want(struct rq_github *g, enum gh_what what, size_t repo, int64_t run, int part, const char *path,
			       int64_t every_ms)
{
	struct gh_watch *w = gh_watch_find(g, what, repo, run, part), **same;

	if (!w) {
		w = rq_alloc(sizeof *w);
		w->g = g;
		w->what = what;
		w->repo = repo;
		w->run = run;
		w->part = part;
		w->path = rq_strdup(path);
		w->every_ms = every_ms;
		same = &g->index[place_of(what, repo, run, part)];
		w->same = *same;
		*same = w;
		if (!g->watches)
			g->end = &g->watches;
		*g->end = w;
		g->end = &w->next;
		/* Old pages come one after the other, from the cache as well: each takes a few ms. */
		if (!gh_watch_can_wait(w) || what == GH_JOBS)
			recall(w);
	} else if (strcmp(w->path, path)) {
		replace(&w->path, path);
		w->stale = true;
	}
	w->wanted = true;
	w->every_ms = every_ms;
	return w;
}

void gh_watch_free(struct gh_watch *w)
{
	struct gh_watch **p = &w->g->watches, **same = &w->g->index[place_of(w->what, w->repo, w->run, w->part)];

	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	if (w->g->end == &w->next)
		w->g->end = p;
	while (*same != w)
		same = &(*same)->same;
	*same = w->same;
	rq_api_drop(w->call);
	drop_bridge(w);
	gh_retire(w->g, w->data);
	rq_free(w->path);
	rq_free(w->etag);
	rq_free(w->following);
	rq_free(w->error);
	rq_free(w->missing);
	rq_free(w);
}
