/* relayq_outbox.c - an agent sends what commands left in the outbox: it opens a queue only when that has something there. */
#include "core/base/mem.h"
#include "core/context.h"
#include "core/queue/outbox.h"

enum { LOOK_MS = 5000 };

struct rq_outbox_watch {
	struct relayq *rq;
	struct rq_timer *timer;
	int64_t stamp;
};

static void look(void *ud)
{
	struct rq_outbox_watch *w = ud;
	int64_t stamp = rq_outbox_stamp(w->rq->paths.state);
	struct rq_arena a = { 0 };
	const char **names;
	size_t n, i;

	if (stamp == w->stamp)
		return;
	n = rq_outbox_queues(w->rq->paths.state, &a, &names);
	w->stamp = rq_outbox_stamp(w->rq->paths.state);
	for (i = 0; i < n; i++) {
		struct rq_member *m = rq_member_named(w->rq, names[i], NULL);

		/* A queue that is not in the settings any more: its rows stay until it is again. */
		if (m && !rq_member_open(m, NULL) && m->q->ops->flush)
			m->q->ops->flush(m->q);
	}
	rq_arena_release(&a);
}

struct rq_outbox_watch *rq_outbox_watch_new(struct relayq *rq)
{
	struct rq_outbox_watch *w = rq_alloc(sizeof *w);

	w->rq = rq;
	w->timer = rq_timer_new(rq->loop, look, w);
	rq_timer_start(w->timer, 1, LOOK_MS);
	return w;
}

void rq_outbox_watch_free(struct rq_outbox_watch *w)
{
	if (!w)
		return;
	rq_timer_free(w->timer);
	rq_free(w);
}
