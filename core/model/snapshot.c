/* snapshot.c - counted, immutable views. */
#include "core/model/snapshot.h"

#include <string.h>
#include "core/base/err.h"
#include "core/base/hash.h"
#include "core/base/str.h"

/* Open addressing. JOBS and N tell what it is of: snapshots are copied, and their lists cut. */
struct rq_snapshot_index {
	const struct rq_job *jobs, **places;
	size_t n, cap;                  /* cap: a power of two */
};

struct rq_snapshot *rq_snapshot_new(void)
{
	struct rq_snapshot *s = rq_alloc(sizeof *s);

	s->refs = 1;
	s->index = rq_alloc(sizeof *s->index);
	return s;
}

struct rq_snapshot *rq_snapshot_ref(struct rq_snapshot *s)
{
	s->refs++;
	return s;
}

void rq_snapshot_hold(struct rq_snapshot *s, struct rq_snapshot *part)
{
	/* Doubled when a power of two is reached. */
	if (!(s->n_parts & (s->n_parts - 1))) {
		struct rq_snapshot **more = rq_arena_alloc(&s->arena, (s->n_parts ? 2 * s->n_parts : 1) * sizeof *more);

		if (s->n_parts)
			memcpy(more, s->parts, s->n_parts * sizeof *more);
		s->parts = more;
	}
	s->parts[s->n_parts++] = rq_snapshot_ref(part);
}

void rq_snapshot_unref(struct rq_snapshot *s)
{
	size_t i;

	if (!s)
		return;
	RQ_ASSERT(s->refs > 0);
	if (--s->refs)
		return;
	for (i = 0; i < s->n_parts; i++)
		rq_snapshot_unref(s->parts[i]);
	rq_arena_release(&s->arena);
	if (s->index)
		rq_free(s->index->places);
	rq_free(s->index);
	rq_free(s);
}

/* Where the job of that id is, or would be. */
static const struct rq_job **place_of(const struct rq_snapshot_index *x, const char *id)
{
	size_t i = (size_t)rq_hash64(id) & (x->cap - 1);

	while (x->places[i] && !rq_eq(x->places[i]->id, id))
		i = (i + 1) & (x->cap - 1);
	return &x->places[i];
}

static void fill(struct rq_snapshot_index *x, const struct rq_snapshot *s)
{
	size_t i;

	for (x->cap = 16; x->cap < s->n_jobs * 2; x->cap *= 2)
		;
	x->places = rq_alloc(x->cap * sizeof *x->places);
	x->jobs = s->jobs;
	x->n = s->n_jobs;
	for (i = 0; i < s->n_jobs; i++) {
		const struct rq_job **place = place_of(x, s->jobs[i].id);

		if (!*place)
			*place = &s->jobs[i];
	}
}

const struct rq_job *rq_snapshot_job(const struct rq_snapshot *s, const char *id)
{
	struct rq_snapshot_index *x = s->index;
	size_t i;

	if (!id)
		return NULL;
	if (x && !x->places)
		fill(x, s);
	if (x && x->jobs == s->jobs && x->n == s->n_jobs)
		return *place_of(x, id);
	for (i = 0; i < s->n_jobs; i++)
		if (rq_eq(s->jobs[i].id, id))
			return &s->jobs[i];
	return NULL;
}

const struct rq_job *rq_snapshot_find_job(const struct rq_snapshot *s, const char *id)
{
	const struct rq_job *j = rq_snapshot_job(s, id);
	size_t i;

	if (!id || strchr(id, ':'))
		return j;
	for (i = 0; !j && i < s->n_jobs; i++) {
		const char *colon = strchr(s->jobs[i].id, ':');

		if (colon && rq_eq(colon + 1, id))
			j = &s->jobs[i];
	}
	return j;
}

const struct rq_queue_state *rq_snapshot_queue_of(const struct rq_snapshot *s, const char *id)
{
	size_t i, n = strcspn(id, ":");

	for (i = 0; i < s->n_queues; i++)
		if (strlen(s->queues[i].name) == n && !strncmp(s->queues[i].name, id, n))
			return &s->queues[i];
	return NULL;
}

const struct rq_runner *rq_snapshot_runner(const struct rq_snapshot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_runners; i++)
		if (rq_eq(s->runners[i].name, name))
			return &s->runners[i];
	return NULL;
}
