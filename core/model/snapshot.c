/* snapshot.c - counted, immutable views. */
#include "core/model/snapshot.h"

#include <string.h>
#include "core/base/err.h"
#include "core/base/str.h"

struct rq_snapshot *rq_snapshot_new(void)
{
	struct rq_snapshot *s = rq_alloc(sizeof *s);

	s->refs = 1;
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
	rq_free(s);
}

const struct rq_job *rq_snapshot_job(const struct rq_snapshot *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->n_jobs; i++)
		if (rq_eq(s->jobs[i].id, id))
			return &s->jobs[i];
	return NULL;
}

const struct rq_job *rq_snapshot_find_job(const struct rq_snapshot *s, const char *id)
{
	const struct rq_job *j = rq_snapshot_job(s, id);
	size_t i;

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
