/* relayq_several.c - a request that is for several queues: a list of all of them, or ids of more than one. Each queue gets
 * its part; the caller hears one answer when all have been given. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/merge.h"
#include "core/pending.h"

static struct child *add_child(struct pending *p, struct rq_member *m)
{
	struct child *k = &p->children[p->n_children++];

	k->p = p;
	k->m = m;
	return k;
}

static void make_children(struct pending *p)
{
	p->children = rq_arena_alloc(&p->call->arena, RQ_QUEUES_MAX * sizeof *p->children);
}

/* --- lists -------------------------------------------------------------------------------- */

static void merge_lists(struct pending *p)
{
	struct rq_part parts[RQ_QUEUES_MAX];
	struct rq_error *first = NULL;
	size_t i, good = 0;

	for (i = 0; i < p->n_children; i++) {
		struct child *k = &p->children[i];

		parts[i] = (struct rq_part){ .name = k->m->name, .kind = k->m->config ? k->m->config->kind : "local",
					     .caps = rq_member_caps(k->m), .s = k->snapshot, .live = k->snapshot && !k->m->config,
					     .error = k->err.code ? k->err.msg : "" };
		good += k->snapshot != NULL;
		first = !first && k->err.code ? &k->err : first;
	}
	if (good || !first)
		p->call->u.snapshot.snapshot =
			rq_snapshot_merge(parts, p->n_children, &p->call->u.snapshot.want, rq_now());
	for (i = 0; i < p->n_children; i++)
		rq_snapshot_unref(p->children[i].snapshot);
	if (good || !first)
		rq_pending_answer(p, RQ_OK);
	else
		rq_pending_refuse(p, first->code, first);
}

static void note_error(struct child *k, const struct rq_error *e, int code)
{
	k->err = *e;
	k->err.code = code;
}

static void on_list(struct rq_call *call, void *ud)
{
	struct child *k = ud;

	if (!k) {
		if (call->code == RQ_OK)
			rq_snapshot_unref(call->u.snapshot.snapshot);
		return;
	}
	k->call = NULL;
	if (call->code == RQ_OK)
		k->snapshot = call->u.snapshot.snapshot;
	else
		note_error(k, &call->err, call->code);
	if (++k->p->answered == k->p->n_children)
		merge_lists(k->p);
}

/* What cannot be opened is shown with the reason. */
void rq_several_all(struct pending *p)
{
	struct relayq *rq = p->rq;
	size_t i;

	make_children(p);
	for (i = 0; i < rq->n_members; i++) {
		struct child *k = add_child(p, &rq->members[i]);

		if (rq_member_open(k->m, &k->err)) {
			p->answered++;
			continue;
		}
		k->call = rq_call_new(RQ_VERB_SNAPSHOT, on_list, k);
		k->call->deadline_ms = p->call->deadline_ms;
		k->call->u.snapshot.want = p->call->u.snapshot.want;
	}
	/* The local queue is always open: there is one to answer. */
	for (i = 0; i < p->n_children; i++)
		if (p->children[i].call)
			rq_queue_start(p->children[i].m->q, p->children[i].call);
}

/* --- ids ---------------------------------------------------------------------------------- */

static struct rq_each **each_of(struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_CANCEL: return &c->u.cancel.each;
	case RQ_VERB_RETRY: return &c->u.retry.each;
	default: return &c->u.remove.each;
	}
}

static void fail_id(struct pending *p, size_t place, int code, const char *text)
{
	struct rq_each *e = &(*each_of(p->call))[place];

	e->code = code;
	e->text = rq_arena_str(&p->call->arena, text);
}

/* A queue that refused its part refused each of the ids. */
static void take_each(struct child *k, struct rq_call *call)
{
	struct rq_each *all = *each_of(k->p->call), *v = *each_of(call);
	const char **ids;
	size_t n = rq_route_ids(call, &ids), i;

	for (i = 0; i < n; i++) {
		if (call->code) {
			fail_id(k->p, k->places[i], call->code, call->err.msg);
			continue;
		}
		v[i].id = all[k->places[i]].id;
		all[k->places[i]] = v[i];
	}
	rq_arena_adopt(&k->p->call->arena, &call->arena);
}

static void on_ids(struct rq_call *call, void *ud)
{
	struct child *k = ud;

	if (!k)
		return;
	k->call = NULL;
	take_each(k, call);
	if (++k->p->answered == k->p->n_children)
		rq_pending_answer(k->p, RQ_OK);
}

static void copy_way(struct rq_call *to, const struct rq_call *from)
{
	to->deadline_ms = from->deadline_ms;
	to->actor = rq_call_str(to, from->actor);
	if (from->verb == RQ_VERB_CANCEL)
		to->u.cancel.force = from->u.cancel.force;
	if (from->verb == RQ_VERB_RETRY) {
		to->u.retry.what = from->u.retry.what;
		to->u.retry.debug = from->u.retry.debug;
	}
}

static struct child *child_of(struct pending *p, struct rq_member *m, size_t n)
{
	struct child *k;
	size_t i;

	for (i = 0; i < p->n_children; i++)
		if (p->children[i].m == m)
			return &p->children[i];
	k = add_child(p, m);
	k->call = rq_call_new(p->call->verb, on_ids, k);
	k->call->queue = rq_call_str(k->call, m->name);
	k->places = rq_arena_alloc(&p->call->arena, n * sizeof *k->places);
	copy_way(k->call, p->call);
	return k;
}

static void add_id(struct child *k, const char *id, size_t place)
{
	const char **ids;
	size_t n;

	rq_call_add_id(k->call, id);
	n = rq_route_ids(k->call, &ids);
	k->places[n - 1] = place;
}

void rq_several_each(struct pending *p)
{
	const char **ids;
	size_t n = rq_route_ids(p->call, &ids), i;
	struct rq_each *each = rq_arena_alloc(&p->call->arena, n * sizeof *each);

	make_children(p);
	*each_of(p->call) = each;
	for (i = 0; i < n; i++) {
		struct rq_error e = { 0 };
		struct rq_member *m = rq_member_of_id(p->rq, ids[i], &e);

		each[i].id = ids[i];
		if (m)
			add_id(child_of(p, m, n), ids[i], i);
		else
			fail_id(p, i, e.code, e.msg);
	}
	if (!p->n_children)
		rq_pending_answer(p, RQ_OK);
	for (i = 0; i < p->n_children; i++)
		p->children[i].id = rq_start(p->rq, p->children[i].call);
}

/* --- taking back -------------------------------------------------------------------------- */

/* Lists are let go; what may have happened to a job is told. */
void rq_several_abort(struct pending *p)
{
	static const struct rq_error e = { RQ_ECANCELLED, "The request was taken back." };
	bool lists = p->call->verb == RQ_VERB_SNAPSHOT;
	size_t i;

	for (i = 0; i < p->n_children; i++) {
		struct child *k = &p->children[i];

		if (!k->call)
			continue;
		if (!lists) {
			rq_abort(p->rq, k->id);
			continue;
		}
		k->call->ud = NULL;
		rq_queue_abort(k->m->q, k->call);
	}
	if (!lists)
		return;
	for (i = 0; i < p->n_children; i++)
		rq_snapshot_unref(p->children[i].snapshot);
	rq_pending_refuse(p, RQ_ECANCELLED, &e);
}
