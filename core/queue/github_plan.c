/* github_plan.c - what is asked, and how often: what is active is fresh, the rest is nearly free.
 *
 * A cycle is one list of runs a repository; the jobs of those that are active; the runners. A list that did not change costs
 * nothing (github_api.h), so it is asked often; what changes with each look is asked only while somebody looks. */
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github.h"
#include "core/queue/github_drain.h"

enum {
	LIVE_MS = GH_ACTIVE_MS,
	LIST_MS = 4500,                 /* the newest runs while some are active */
	IDLE_MS = 15000,
	WAITING_MS = 15000,             /* the jobs of a run that waits: its labels do not change */
	AGAIN_MS = 30000,               /* old runs that were run again */
	PAUSED_MS = 120000,             /* old ones that wait for approval or a group */
	RUNNERS_MS = 10000, RUNNERS_IDLE_MS = 30000, RUNNERS_DRAIN_MS = 5000,
	HISTORY_MS = 3600000, REPOS_MS = 600000,
	ENDED_MS = 600000,              /* the jobs of a run that has ended stay for so long */
	FOREVER_MS = 2000000000,        /* the jobs of a run that ended long ago do not change */
	REFUSED_MS = 900000,            /* what we may not see: it may be granted */
	PAGE = 50,
	ACTIVE_MAX = 200,               /* runs whose jobs are followed */
	FINISHED_MAX = 20,              /* and the newest that have ended: who ran them */
	PAGES_MAX = 200, JOB_PAGES_MAX = 10, RUNNER_PAGES_MAX = 20, REPOS_MAX = 50,
	LOST_MAX = 50,
	FOLLOWUPS = 5,
	CROWD_PER_MINUTE = 600,         /* the host's limit is 900 a minute, for all that this user's programs do */
	BETWEEN_PAGES_MS = 30
};

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

/* --- what is known of each run ------------------------------------------------------------- */

static bool active(const struct rq_gh_run *r)
{
	return r->state.status != RQ_STATUS_COMPLETED;
}

static bool is_runs(const struct gh_watch *w)
{
	return w->what == GH_RUNS || w->what == GH_ACTIVE || w->what == GH_RUN;
}

static bool newer(const struct rq_gh_run *a, int64_t a_at, const struct rq_gh_run *b, int64_t b_at)
{
	if (a->attempt != b->attempt)
		return a->attempt > b->attempt;
	if (a->updated_at != b->updated_at)
		return a->updated_at > b->updated_at;
	return a_at > b_at;
}

struct found {
	const struct rq_gh_run *run;
	struct rq_snapshot *of;
	size_t repo;
	int64_t at;
};

static int by_id(const void *x, const void *y)
{
	const struct found *a = x, *b = y;

	if (a->run->id != b->run->id)
		return a->run->id > b->run->id ? -1 : 1;
	return newer(a->run, a->at, b->run, b->at) ? -1 : newer(b->run, b->at, a->run, a->at);
}

static bool is_over(const struct gh_watch *w)
{
	return w && (w->code == RQ_ENOTFOUND || (w->n && !active(w->v.runs)));
}

static struct gh_watch *want_run(struct rq_github *g, const struct gh_was *l)
{
	struct gh_watch *w = gh_watch_find(g, GH_RUN, l->repo, l->run, 1);
	struct rq_arena a = { 0 };

	w = gh_watch_want(g, GH_RUN, l->repo, l->run, 1,
			  gh_path(&a, g, l->repo, "/actions/runs/%lld", (long long)l->run), is_over(w) ? HISTORY_MS : LIST_MS);
	rq_arena_release(&a);
	return w;
}

/* Those that are over go first. */
static void forget_one(struct rq_github *g)
{
	size_t k;

	for (k = 0; k < g->n_lost; k++)
		if (is_over(gh_watch_find(g, GH_RUN, g->lost[k].repo, g->lost[k].run, 1)))
			break;
	if (k == g->n_lost)
		k = 0;
	g->n_lost--;
	memmove(g->lost + k, g->lost + k + 1, (g->n_lost - k) * sizeof *g->lost);
}

/* Runs that were active and stand in no list any more: ended since, most likely. They are asked for by themselves, and shown
 * as they were until then. */
static void keep_lost(struct rq_github *g, const struct gh_seen *was, size_t n_was)
{
	size_t i, k;

	for (i = 0; i < n_was; i++) {
		struct gh_watch *w;

		if (gh_run(g, was[i].id))
			continue;
		for (k = 0; k < g->n_lost && g->lost[k].run != was[i].id; k++)
			;
		if (k < g->n_lost)
			continue;
		if (g->n_lost == LOST_MAX)
			forget_one(g);
		RQ_GROW(g->lost, g->n_lost, &g->cap_lost);
		g->lost[g->n_lost++] = (struct gh_was){ was[i].id, was[i].repo };
		w = want_run(g, &g->lost[g->n_lost - 1]);
		if (w->data)
			continue;
		w->data = rq_snapshot_ref(was[i].of);
		w->v.runs = (struct rq_gh_run *)was[i].run;
		w->n = 1;
		w->checked_at = w->since = was[i].at;
		g->dirty = true;
	}
}

/* What stands in all lists, by id; *n of them. */
static struct found *find_all(const struct rq_github *g, size_t *n)
{
	const struct gh_watch *w;
	struct found *v;
	size_t most = 0, k;

	for (w = g->watches; w; w = w->next)
		if (is_runs(w))
			most += w->n + w->n_bridge;
	v = rq_alloc((most + 1) * sizeof *v);
	*n = 0;
	for (w = g->watches; w; w = w->next) {
		for (k = 0; is_runs(w) && k < w->n; k++)
			v[(*n)++] = (struct found){ &w->v.runs[k], w->data, w->repo, w->checked_at };
		for (k = 0; k < w->n_bridge; k++)
			v[(*n)++] = (struct found){ &w->bridge_runs[k], w->bridge, w->repo, 0 };
	}
	qsort(v, *n, sizeof *v, by_id);
	return v;
}

static void merge(struct rq_github *g)
{
	struct gh_seen *was = rq_alloc((g->n_seen + 1) * sizeof *was);
	struct found *v;
	size_t n, n_was = 0, i;
	struct gh_watch *w;

	g->dirty = false;
	for (i = 0; i < g->n_seen; i++)
		if (g->seen[i].active)
			was[n_was++] = g->seen[i];
	v = find_all(g, &n);
	g->n_seen = 0;
	for (i = 0; i < n; i++) {
		if (i && v[i].run->id == v[i - 1].run->id)
			continue;
		RQ_GROW(g->seen, g->n_seen, &g->cap_seen);
		g->seen[g->n_seen++] = (struct gh_seen){ .run = v[i].run, .of = v[i].of, .at = v[i].at, .id = v[i].run->id,
							 .repo = v[i].repo, .active = active(v[i].run) };
	}
	for (w = g->watches; w; w = w->next) {
		struct gh_seen *s = w->what == GH_JOBS && w->part == 1 ? (struct gh_seen *)gh_run(g, w->run) : NULL;

		if (s)
			s->jobs = w;
	}
	keep_lost(g, was, n_was);
	rq_snapshot_unref(g->retired);
	g->retired = NULL;
	rq_free(v);
	rq_free(was);
}

/* --- which lists ------------------------------------------------------------------------------ */

static int64_t refused(const struct gh_watch *w, int64_t every)
{
	return w && (w->code == RQ_EPERM || w->code == RQ_ENOTFOUND) && every < REFUSED_MS ? REFUSED_MS : every;
}

static struct gh_watch *want(struct rq_github *g, enum gh_what what, size_t repo, int64_t run, int part, const char *path,
			     int64_t every)
{
	return gh_watch_want(g, what, repo, run, part, path, refused(gh_watch_find(g, what, repo, run, part), every));
}

/* The further pages of W that the server offers, up to MAX in all. */
static void want_pages(struct rq_github *g, const struct gh_watch *w, int max, int64_t every)
{
	while (w->following && w->part < max && w->code == RQ_OK)
		w = want(g, w->what, w->repo, w->run, w->part + 1, w->following, every);
}

static const char *page_query(const struct rq_github *g, int n)
{
	if (g->forge == RQ_FORGE_GITHUB)
		return n == PAGE ? "per_page=50" : "per_page=100";
	return "limit=50";
}

/* How far back is for all repositories together. */
static void want_runs(struct rq_github *g, size_t repo, bool lively)
{
	static const char *const statuses[] = { "in_progress", "queued", "waiting", "pending" };
	size_t finished = g->want.finished_max < 10000 ? g->want.finished_max : 10000;
	int pages = 1 + (int)(finished / PAGE / (g->n_repos ? g->n_repos : 1));
	struct gh_watch *first;
	struct rq_arena a = { 0 };
	size_t i;

	first = want(g, GH_RUNS, repo, 0, 1, gh_path(&a, g, repo, g->forge == RQ_FORGE_GITHUB ?
		     "/actions/runs?per_page=50&exclude_pull_requests=true" : "/actions/runs?limit=50"),
		     lively ? LIST_MS : IDLE_MS);
	want_pages(g, first, pages < PAGES_MAX ? pages : PAGES_MAX, HISTORY_MS);
	/* Worth asking only where there is more than the newest page. */
	for (i = 0; g->forge == RQ_FORGE_GITHUB && first->following && i < sizeof statuses / sizeof *statuses; i++)
		want(g, GH_ACTIVE, repo, 0, 1 + (int)i,
		     gh_path(&a, g, repo, "/actions/runs?status=%s&per_page=50&exclude_pull_requests=true", statuses[i]),
		     i < 2 ? AGAIN_MS : PAUSED_MS);
	rq_arena_release(&a);
}

/* The jobs of a run that was run again: of all attempts, since the last one may have left some out. */
static const char *jobs_path(struct rq_github *g, const struct gh_seen *s, struct rq_arena *a)
{
	return gh_path(a, g, s->repo, g->forge != RQ_FORGE_GITHUB ? "/actions/runs/%lld/jobs?limit=50" :
		       s->run->attempt > 1 ? "/actions/runs/%lld/jobs?filter=all&per_page=100" :
		       "/actions/runs/%lld/jobs?per_page=100", (long long)s->id);
}

static void want_jobs(struct rq_github *g, const struct gh_seen *s, int64_t every)
{
	struct gh_watch *w = gh_watch_find(g, GH_JOBS, s->repo, s->id, 1);
	struct rq_arena a = { 0 };

	w = want(g, GH_JOBS, s->repo, s->id, 1, w && w->attempt == s->run->attempt ? w->path : jobs_path(g, s, &a), every);
	if (w->attempt && w->attempt != s->run->attempt)
		w->stale = true;
	w->attempt = s->run->attempt;
	if (s->active)
		w->followups = 0;
	want_pages(g, w, JOB_PAGES_MAX, every);
	rq_arena_release(&a);
}

/* Those that run come first: what waits changes rarely. */
static void want_active(struct rq_github *g)
{
	size_t i, followed = 0;

	for (i = 0; i < g->n_seen && followed < ACTIVE_MAX; i++)
		if (g->seen[i].run->state.status == RQ_STATUS_IN_PROGRESS && ++followed)
			want_jobs(g, &g->seen[i], LIVE_MS);
	for (i = 0; i < g->n_seen && followed < ACTIVE_MAX; i++)
		if (g->seen[i].active && g->seen[i].run->state.status != RQ_STATUS_IN_PROGRESS && ++followed)
			want_jobs(g, &g->seen[i], WAITING_MS);
}

/* Asked once, and never again: most have been watched anyway while they ran. */
static void want_finished(struct rq_github *g)
{
	size_t i, followed = 0;

	for (i = 0; i < g->n_seen && followed < FINISHED_MAX; i++)
		if (!g->seen[i].active && ++followed)
			want_jobs(g, &g->seen[i], FOREVER_MS);
}

static void want_runners(struct rq_github *g, size_t repo, bool lively)
{
	int64_t every = gh_drains_open(g) ? RUNNERS_DRAIN_MS : lively ? RUNNERS_MS : RUNNERS_IDLE_MS;
	struct rq_arena a = { 0 };
	struct rq_str path;

	rq_str_init(&path, 0);
	rq_str_addf(&path, "%s?%s", gh_path(&a, g, repo, "/actions/runners"), page_query(g, 100));
	want_pages(g, want(g, GH_RUNNERS, repo, 0, 1, rq_str_get(&path), every), RUNNER_PAGES_MAX, every);
	rq_str_release(&path);
	rq_arena_release(&a);
}

static void know_repo(struct rq_github *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->n_repos; i++)
		if (rq_ieq(g->repos[i].name, name))
			return;
	if (g->n_repos >= REPOS_MAX)
		return;
	RQ_GROW(g->repos, g->n_repos, &g->cap_repos);
	g->repos[g->n_repos++] = (struct gh_repo){ .name = rq_strdup(name) };
}

/* An organisation has no list of runs: each of its repositories is asked. */
static void want_repos(struct rq_github *g, bool lively)
{
	struct rq_arena a = { 0 };
	struct gh_watch *w;
	size_t i;

	if (!*g->org)
		return;
	if (!g->n_listed) {
		w = want(g, GH_REPOS, GH_NO_REPO, 0, 1, gh_path(&a, g, GH_NO_REPO, "/repos?sort=pushed&per_page=50"), REPOS_MS);
		for (i = 0; i < w->n; i++)
			know_repo(g, w->v.repos[i]);
	}
	want_runners(g, GH_NO_REPO, lively);
	rq_arena_release(&a);
}

static void want_all(struct rq_github *g)
{
	bool lively = false;
	size_t i;

	for (i = 0; i < g->n_repos; i++)
		g->repos[i].lively = false;
	for (i = 0; i < g->n_seen; i++)
		if (g->seen[i].active)
			g->repos[g->seen[i].repo].lively = lively = true;
	want_repos(g, lively);
	for (i = 0; i < g->n_repos; i++) {
		want_runs(g, i, g->repos[i].lively);
		if (g->want.runners || g->listening)
			want_runners(g, i, lively);
	}
	want_active(g);
	if (g->listening)
		want_finished(g);
	for (i = 0; i < g->n_lost; i++)
		want_run(g, &g->lost[i]);
}

/* So many watches that more than is polite would be asked: each a little later. */
static void spread(struct rq_github *g)
{
	const struct gh_watch *w;
	int64_t in_an_hour = 0;

	for (w = g->watches; w; w = w->next)
		if (w->wanted)
			in_an_hour += 3600000 / (w->every_ms > 0 ? w->every_ms : 1);
	g->crowd = (int)(in_an_hour * 1000 / 60 / CROWD_PER_MINUTE);
}

int gh_pace(const struct rq_github *g)
{
	int pace = rq_api_budget(g->api)->pace;

	return pace > g->crowd ? pace : g->crowd;
}

static void drop_unwanted(struct rq_github *g)
{
	struct gh_watch *w, *next;

	for (w = g->watches; w; w = next) {
		next = w->next;
		if (w->wanted)
			continue;
		/* The jobs of a run that has just ended stay: its last steps are on the screen. */
		if (w->what == GH_JOBS && gh_run(g, w->run) && w->asked_at + ENDED_MS > mono_ms())
			continue;
		gh_watch_free(w);
		g->dirty = true;
	}
}

/* A list of runs that came may make further lists wanted: until nothing new is known. */
static void settle(struct rq_github *g)
{
	struct gh_watch *w;
	int round;

	for (round = 0; round < 4; round++) {
		if (g->dirty)
			merge(g);
		for (w = g->watches; w; w = w->next)
			w->wanted = false;
		want_all(g);
		drop_unwanted(g);
		if (!g->dirty)
			return;
	}
	merge(g);
}

/* What a run was last known as when it ended: asked once more, or its last step would never be seen to end. */
static void ask_ended(struct rq_github *g)
{
	struct gh_watch *w;

	for (w = g->watches; w; w = w->next) {
		const struct gh_seen *s = w->what == GH_JOBS ? gh_run(g, w->run) : NULL;
		size_t i;

		if (!s || s->active || w->call || !w->n)
			continue;
		for (i = 0; i < w->n && w->v.jobs[i].state.status == RQ_STATUS_COMPLETED; i++)
			;
		if (i < w->n && w->followups < FOLLOWUPS && w->asked_at + ((int64_t)LIVE_MS << w->followups) <= mono_ms()) {
			w->followups++;
			w->stale = true;
			gh_watch_ask(w);
		}
	}
}

/* Of those that can wait one is asked at a time. */
static struct gh_watch *under_way(const struct rq_github *g)
{
	struct gh_watch *w;

	for (w = g->watches; w; w = w->next)
		if (w->call && gh_watch_can_wait(w))
			return w;
	return NULL;
}

/* Ms until W may be asked. */
static int64_t due_in(struct rq_github *g, const struct gh_watch *w, int64_t now)
{
	int64_t due;

	if (w->call || !w->wanted)
		return IDLE_MS;
	if (!g->listening)
		return w->asked_at >= g->round_at && w->asked_at ? IDLE_MS : 0;
	due = gh_watch_due(w, now);
	if (due || !gh_watch_can_wait(w))
		return due;
	due = under_way(g) ? IDLE_MS : g->paged_at + BETWEEN_PAGES_MS - now;
	return due > 0 ? due : 0;
}

/* A command asks once for each of its snapshots. */
static void ask_due(struct rq_github *g)
{
	int64_t now = mono_ms(), next = IDLE_MS;
	struct gh_watch *w;

	for (w = g->watches; w; w = w->next) {
		int64_t due = due_in(g, w, now);

		if (!due) {
			gh_watch_ask(w);
			if (gh_watch_can_wait(w))
				g->paged_at = now;
		} else if (due < next) {
			next = due;
		}
	}
	if (g->listening) {
		ask_ended(g);
		rq_timer_start(g->tick, next > 50 ? next : 50, 0);
	}
}

void gh_plan(struct rq_github *g)
{
	if (!g->api || g->stopped || g->planning)
		return;
	g->planning = true;
	if (g->listening || g->waits) {
		settle(g);
		spread(g);
		ask_due(g);
		if (g->listening && !g->read_only)
			gh_drain_watch(g);
	} else if (g->dirty) {
		merge(g);
	}
	g->planning = false;
	gh_answer_waits(g);
}

bool gh_busy(const struct rq_github *g)
{
	const struct gh_watch *w;

	for (w = g->watches; w; w = w->next)
		if (w->call && w->wanted)
			return true;
	return false;
}

void gh_stale(struct rq_github *g, int64_t run)
{
	struct gh_watch *w;

	for (w = g->watches; w; w = w->next)
		if (w->what != GH_RUNNERS && w->what != GH_REPOS && w->every_ms < HISTORY_MS &&
		    (!run || !w->run || w->run == run))
			w->stale = true;
	gh_plan(g);
}

void gh_stale_runners(struct rq_github *g)
{
	struct gh_watch *w;

	for (w = g->watches; w; w = w->next)
		if (w->what == GH_RUNNERS)
			w->stale = true;
	gh_plan(g);
}
