/* dispatcher.h - the duty of deciding again: jobs that wait, jobs whose runner went away, schedules, drains past
 * their deadline.
 *
 * Any number of processes may have one; the queue gives the duty to one at a time (RQ_VERB_DUTY), another takes it
 * over when its lease lapses. Nothing here is remembered that must survive. */
#ifndef RQ_AGENT_DISPATCHER_H
#define RQ_AGENT_DISPATCHER_H

#include <stdbool.h>
#include "core/base/log.h"
#include "core/queue/queue.h"

struct rq_dispatcher;

/* All borrowed until rq_dispatcher_free. The queue must have RQ_CAP_POLICY. */
struct rq_dispatcher_options {
	struct rq_loop *loop;
	struct rq_queue *queue;
	const struct rq_paths *paths;
	struct rq_log *log;             /* NULL none */
	const char *name;               /* who it is, for people: "agent:mac", "console:anna" */
	bool autostart;                 /* starts an agent for a scheduled job where none runs, if the settings allow it */
	bool shy;                       /* leaves the duty to others for a while: a console, where agents may run */
};

struct rq_dispatcher *rq_dispatcher_new(const struct rq_dispatcher_options *o);
/* The queue has changed: look soon. Changes are merged. */
void rq_dispatcher_kick(struct rq_dispatcher *d);
/* Whether it has changed something in the queue since it was asked this last. */
bool rq_dispatcher_acted(struct rq_dispatcher *d);
bool rq_dispatcher_on_duty(const struct rq_dispatcher *d);
/* Give the duty back, then DONE on the loop. After it only rq_dispatcher_free. DONE NULL: the queue is closed right after
 * this; then the duty may be left to lapse. */
void rq_dispatcher_stop(struct rq_dispatcher *d, rq_fn *done, void *ud);
/* Also without stop: then its lease lapses by itself. Every question of its own must have been answered (the queue
 * was closed). */
void rq_dispatcher_free(struct rq_dispatcher *d);

#endif
