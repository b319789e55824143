/* merge.c - one view of several queues: their lists, each in its order, zipped into one. */
#include "core/model/merge.h"

#include <string.h>
#include "core/base/str.h"

enum { LISTS_MAX = 32 };

struct list {
	const char *at, *end;
};

typedef bool before_fn(const void *a, const void *b);

/* The lists of all parts, those that have something. */
struct lists {
	struct list v[LISTS_MAX];
	size_t n, total, size;
};

static void add_list(struct lists *l, const void *items, size_t n)
{
	if (!n || l->n == LISTS_MAX)
		return;
	l->v[l->n].at = items;
	l->v[l->n++].end = (const char *)items + n * l->size;
	l->total += n;
}

/* The list whose next item comes first; of equal ones the earlier queue's. */
static struct list *next_of(struct lists *l, before_fn *before)
{
	struct list *first = NULL;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].at < l->v[i].end && (!first || before(l->v[i].at, first->at)))
			first = &l->v[i];
	return first;
}

static void *zip(struct rq_arena *a, struct lists *l, before_fn *before)
{
	struct list *from;
	char *out, *to;

	/* One queue's alone is shown as it is: snapshots do not change. */
	if (l->n == 1)
		return (void *)(uintptr_t)l->v[0].at;
	out = to = rq_arena_alloc(a, (l->total + 1) * l->size);
	while ((from = next_of(l, before))) {
		memcpy(to, from->at, l->size);
		from->at += l->size;
		to += l->size;
	}
	return out;
}

/* --- orders ------------------------------------------------------------------------------- */

static int rank(const struct rq_job *j)
{
	switch (j->status) {
	case RQ_STATUS_IN_PROGRESS: return 0;
	case RQ_STATUS_QUEUED: return 1;
	case RQ_STATUS_WAITING: return 3;
	case RQ_STATUS_COMPLETED: return 4;
	default: return 2;
	}
}

static bool job_before(const void *x, const void *y)
{
	const struct rq_job *a = x, *b = y;
	int ra = rank(a), rb = rank(b);

	if (ra != rb)
		return ra < rb;
	return ra == 4 ? a->completed_at > b->completed_at : a->created_at > b->created_at;
}

static bool runner_before(const void *x, const void *y)
{
	return rq_icmp(((const struct rq_runner *)x)->name, ((const struct rq_runner *)y)->name) < 0;
}

static bool decision_before(const void *x, const void *y)
{
	return ((const struct rq_decision *)x)->at > ((const struct rq_decision *)y)->at;
}

static bool activity_before(const void *x, const void *y)
{
	return ((const struct rq_activity *)x)->at > ((const struct rq_activity *)y)->at;
}

static bool counter_before(const void *x, const void *y)
{
	return rq_icmp(((const struct rq_counter *)x)->key, ((const struct rq_counter *)y)->key) < 0;
}

/* --- the view ----------------------------------------------------------------------------- */

#define ZIP(out, v, n, field, before) \
	do { \
		struct lists lists_ = { .size = sizeof *(out)->field }; \
		for (size_t i_ = 0; i_ < (n); i_++) \
			if ((v)[i_].s) \
				add_list(&lists_, (v)[i_].s->field, (v)[i_].s->n_##field); \
		(out)->n_##field = lists_.total; \
		(out)->field = lists_.total ? zip(&(out)->arena, &lists_, before) : NULL; \
	} while (0)

static void add_state(struct rq_snapshot *out, const struct rq_part *p, int64_t now)
{
	struct rq_queue_state *q = &out->queues[out->n_queues++];

	if (p->s && p->s->n_queues) {
		*q = p->s->queues[0];
	} else {
		*q = (struct rq_queue_state){ .name = rq_arena_str(&out->arena, p->name), .kind = p->kind, .caps = p->caps,
					      .error = "", .points = -1, .points_limit = -1, .points_reset_at = -1 };
	}
	if (p->live)
		q->fetched_at = now;
	if (*p->error)
		q->error = rq_arena_str(&out->arena, p->error);
}

/* What is finished stands at the end. */
static void cut_finished(struct rq_snapshot *out, size_t max)
{
	size_t active = 0;

	while (active < out->n_jobs && rq_job_active(&out->jobs[active]))
		active++;
	if (out->n_jobs - active <= max)
		return;
	out->n_jobs = active + max;
	out->more_finished = true;
}

struct rq_snapshot *rq_snapshot_merge(const struct rq_part *v, size_t n, const struct rq_want *want, int64_t now)
{
	struct rq_snapshot *out = rq_snapshot_new();
	size_t i;

	out->queues = rq_arena_alloc(&out->arena, (n + 1) * sizeof *out->queues);
	for (i = 0; i < n; i++) {
		add_state(out, &v[i], now);
		if (!v[i].s)
			continue;
		out->taken_at = now;
		rq_snapshot_hold(out, v[i].s);
		out->more_finished = out->more_finished || v[i].s->more_finished;
	}
	ZIP(out, v, n, jobs, job_before);
	ZIP(out, v, n, runners, runner_before);
	ZIP(out, v, n, decisions, decision_before);
	ZIP(out, v, n, activity, activity_before);
	ZIP(out, v, n, counters, counter_before);
	cut_finished(out, want->finished_max);
	if (out->n_decisions > want->decisions_max)
		out->n_decisions = want->decisions_max;
	if (out->n_activity > want->activity_max)
		out->n_activity = want->activity_max;
	return out;
}
