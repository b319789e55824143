/* github_list.c - snapshots of what the watches know. */
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/github.h"
#include "core/queue/github_drain.h"
#include "core/queue/github_outbox.h"
#include "core/queue/github_setup.h"

enum { SLOW = 1500 };                   /* in 1/1000 of what is wanted: from here on it is told */

const struct gh_seen *gh_run(const struct rq_github *g, int64_t run)
{
	size_t lo = 0, hi = g->n_seen;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (g->seen[mid].id == run)
			return &g->seen[mid];
		if (g->seen[mid].id > run)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static const struct gh_watch *more_jobs(const struct rq_github *g, const struct gh_watch *w)
{
	return gh_watch_find(g, GH_JOBS, w->repo, w->run, w->part + 1);
}

size_t gh_jobs(const struct rq_github *g, const struct gh_seen *s, struct rq_arena *a, struct rq_gh_job **out)
{
	const struct gh_watch *w;
	size_t n = 0, k = 0;

	*out = NULL;
	if (!s->jobs)
		return 0;
	for (w = s->jobs; w; w = more_jobs(g, w))
		n += w->n;
	if (!n)
		return 0;
	*out = rq_arena_alloc(a, n * sizeof **out);
	for (w = s->jobs; w; w = more_jobs(g, w))
		if (w->n) {
			memcpy(*out + k, w->v.jobs, w->n * sizeof **out);
			k += w->n;
		}
	return rq_gh_jobs_latest(*out, k);
}

const struct rq_gh_runner *gh_runner(const struct rq_github *g, const char *name, size_t *repo)
{
	const struct gh_watch *w;
	size_t i;

	for (w = g->watches; w; w = w->next)
		for (i = 0; w->what == GH_RUNNERS && i < w->n; i++)
			if (rq_ieq(w->v.runners[i].name, name)) {
				if (repo)
					*repo = w->repo;
				return &w->v.runners[i];
			}
	return NULL;
}

const struct rq_gh_job *gh_job_of_runner(const struct rq_github *g, int64_t runner_id, const struct gh_seen **run)
{
	const struct gh_watch *w;
	size_t i;

	for (w = g->watches; w; w = w->next) {
		for (i = 0; w->what == GH_JOBS && i < w->n; i++) {
			const struct rq_gh_job *j = &w->v.jobs[i];

			if (j->runner_id != runner_id || j->state.status != RQ_STATUS_IN_PROGRESS)
				continue;
			*run = gh_run(g, w->run);
			if (*run && (*run)->active)
				return j;
		}
	}
	return NULL;
}

/* --- jobs --------------------------------------------------------------------------------- */

/* active first: in_progress, queued, pending, waiting; each newest first; then finished, latest end first */
static int by_state(const void *x, const void *y)
{
	static const int rank[RQ_STATUS_N] = { [RQ_STATUS_IN_PROGRESS] = 0, [RQ_STATUS_QUEUED] = 1, [RQ_STATUS_REQUESTED] = 1,
					       [RQ_STATUS_PENDING] = 2, [RQ_STATUS_WAITING] = 3, [RQ_STATUS_COMPLETED] = 4 };
	const struct rq_job *a = x, *b = y;
	int64_t ka, kb;

	if (rank[a->status] != rank[b->status])
		return rank[a->status] - rank[b->status];
	ka = a->status == RQ_STATUS_COMPLETED ? a->completed_at : a->created_at;
	kb = b->status == RQ_STATUS_COMPLETED ? b->completed_at : b->created_at;
	return ka == kb ? 0 : ka > kb ? -1 : 1;
}

static void count(struct rq_queue_state *q, const struct rq_job *j)
{
	switch (j->status) {
	case RQ_STATUS_IN_PROGRESS: q->running++; break;
	case RQ_STATUS_QUEUED: case RQ_STATUS_REQUESTED: q->queued++; break;
	case RQ_STATUS_COMPLETED: q->finished++; break;
	default: q->waiting++; break;
	}
}

/* The host has older ones than those of the last page that was asked. */
static bool more_pages(const struct rq_github *g)
{
	const struct gh_watch *w;

	for (w = g->watches; w; w = w->next)
		if (w->what == GH_RUNS && w->following && !gh_watch_find(g, GH_RUNS, w->repo, 0, w->part + 1))
			return true;
	return false;
}

static void list_jobs(struct rq_github *g, struct rq_snapshot *s, const struct rq_want *want)
{
	struct rq_arena work = { 0 };
	struct rq_job *kept;
	size_t i, finished = 0, shown, n_kept = gh_kept_jobs(g, &s->arena, &kept), all = g->n_seen + n_kept;

	s->jobs = rq_arena_alloc(&s->arena, (all + 1) * sizeof *s->jobs);
	for (i = 0; i < g->n_seen; i++) {
		struct rq_gh_job *jobs = NULL;
		size_t n = gh_jobs(g, &g->seen[i], &work, &jobs);

		rq_gh_run_to_job(&s->arena, g->name, g->forge, g->seen[i].run, jobs, n,
				 &s->jobs[i]);
		count(&s->queues[0], &s->jobs[i]);
	}
	rq_arena_release(&work);
	for (i = 0; i < n_kept; i++) {
		s->jobs[g->n_seen + i] = kept[i];
		count(&s->queues[0], &kept[i]);
	}
	if (all)
		qsort(s->jobs, all, sizeof *s->jobs, by_state);
	for (shown = 0; shown < all; shown++)
		if (s->jobs[shown].status == RQ_STATUS_COMPLETED && ++finished > want->finished_max)
			break;
	s->n_jobs = shown;
	s->more_finished = shown < all || more_pages(g);
}

/* --- runners ------------------------------------------------------------------------------ */

static int by_name(const void *x, const void *y)
{
	return rq_icmp(((const struct rq_runner *)x)->name, ((const struct rq_runner *)y)->name);
}

/* The jobs in progress, by their runner: looked at once for all runners. */
struct busy {
	int64_t runner;
	const struct rq_gh_job *job;
};

static int by_runner(const void *x, const void *y)
{
	const struct busy *a = x, *b = y;

	return a->runner < b->runner ? -1 : a->runner > b->runner;
}

static size_t find_busy(const struct rq_github *g, struct rq_arena *a, struct busy **out)
{
	const struct gh_watch *w;
	size_t n = 0, i;

	for (w = g->watches; w; w = w->next)
		n += w->what == GH_JOBS ? w->n : 0;
	*out = rq_arena_alloc(a, (n + 1) * sizeof **out);
	n = 0;
	for (w = g->watches; w; w = w->next) {
		const struct gh_seen *s = w->what == GH_JOBS ? gh_run(g, w->run) : NULL;

		for (i = 0; s && s->active && i < w->n; i++)
			if (w->v.jobs[i].state.status == RQ_STATUS_IN_PROGRESS && w->v.jobs[i].runner_id)
				(*out)[n++] = (struct busy){ w->v.jobs[i].runner_id, &w->v.jobs[i] };
	}
	qsort(*out, n, sizeof **out, by_runner);
	return n;
}

static void name_job(const struct rq_github *g, struct rq_arena *a, const struct busy *v, size_t n, struct rq_runner *r)
{
	struct busy key = { r->id, NULL };
	const struct busy *b = n ? bsearch(&key, v, n, sizeof *v, by_runner) : NULL;

	if (!b)
		return;
	r->job = rq_arena_fmt(a, "%s:%lld/%lld", g->name, (long long)b->job->run_id, (long long)b->job->id);
	r->job_name = b->job->name;
	r->running = 1;
}

static void list_runners(struct rq_github *g, struct rq_snapshot *s)
{
	const struct gh_watch *w;
	struct rq_arena work = { 0 };
	struct busy *busy;
	size_t n = 0, n_busy, i;

	for (w = g->watches; w; w = w->next)
		n += w->what == GH_RUNNERS ? w->n : 0;
	s->runners = rq_arena_alloc(&s->arena, (n + 1) * sizeof *s->runners);
	n_busy = find_busy(g, &work, &busy);
	for (w = g->watches; w; w = w->next) {
		for (i = 0; w->what == GH_RUNNERS && i < w->n; i++) {
			struct rq_runner *r = &s->runners[s->n_runners++];

			rq_gh_runner_to_runner(&s->arena, g->name, &w->v.runners[i], r);
			r->seen_at = r->online ? w->checked_at : 0;
			r->note = gh_version_note(g->forge, g->config->api, r->version);
			name_job(g, &s->arena, busy, n_busy, r);
			gh_drain_show(g, w, &w->v.runners[i], &s->arena, r);
		}
	}
	rq_arena_release(&work);
	qsort(s->runners, s->n_runners, sizeof *s->runners, by_name);
}

/* --- the whole ---------------------------------------------------------------------------- */

/* Few points are left, or too much is watched. */
static const char *slow(const struct rq_github *g, struct rq_arena *a)
{
	const struct rq_api_budget *b = g->api ? rq_api_budget(g->api) : NULL;
	char left[RQ_TIME_LEN], age[RQ_TIME_LEN];

	if (!b || gh_pace(g) < SLOW)
		return "";
	rq_duration_text(GH_ACTIVE_MS * gh_pace(g) / 1000, age);
	if (b->pace < SLOW)
		return rq_arena_fmt(a, "much is watched: asked every %s", age);
	return rq_arena_fmt(a, "%lld API calls left for %s: asked every %s", (long long)b->remaining,
			    rq_duration_text(b->reset_at - rq_now(), left), age);
}

/* The worst thing that is the matter, in one sentence. Old data that is still shown is told by its age. */
static const char *trouble(const struct rq_github *g, struct rq_arena *a)
{
	const struct gh_watch *w, *refused = NULL;

	if (g->unusable)
		return rq_arena_str(a, g->unusable);
	for (w = g->watches; w; w = w->next) {
		if (w->code == RQ_OK || !w->error)
			continue;
		if (w->what == GH_RUNS || w->code == RQ_EUNREACHABLE || w->code == RQ_EBUSY)
			return rq_arena_str(a, w->error);
		refused = refused ? refused : w;
	}
	return refused ? rq_arena_str(a, refused->error) : slow(g, a);
}

static int64_t oldest(const struct rq_github *g)
{
	const struct gh_watch *w;
	int64_t at = 0;

	for (w = g->watches; w; w = w->next)
		if (w->what == GH_RUNS && w->part == 1 && w->checked_at && (!at || w->checked_at < at))
			at = w->checked_at;
	return at;
}

static void describe(struct rq_github *g, struct rq_snapshot *s)
{
	struct rq_queue_state *q = rq_arena_alloc(&s->arena, sizeof *q);

	q->name = rq_arena_str(&s->arena, g->name);
	q->kind = "github";
	q->caps = rq_github_ops.caps;
	q->error = trouble(g, &s->arena);
	q->fetched_at = oldest(g);
	q->points = q->points_limit = q->points_reset_at = -1;
	if (g->api) {
		const struct rq_api_budget *b = rq_api_budget(g->api);

		q->points = b->remaining;
		q->points_limit = b->limit;
		q->points_reset_at = b->reset_at ? b->reset_at : -1;
	}
	s->queues = q;
	s->n_queues = 1;
}

struct rq_snapshot *gh_snapshot(struct rq_github *g, const struct rq_want *want)
{
	struct rq_snapshot *s = rq_snapshot_new();
	struct gh_watch *w;

	for (w = g->watches; w; w = w->next)
		if (w->data)
			rq_snapshot_hold(s, w->data);
	s->taken_at = rq_now();
	describe(g, s);
	if (want->jobs)
		list_jobs(g, s, want);
	if (want->runners)
		list_runners(g, s);
	return s;
}
