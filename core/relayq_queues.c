/* relayq_queues.c - the queues of a context: which there are, what each is called, and opening them. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/context.h"
#include "core/model/id.h"

struct rq_queue *rq_local_queue(const struct relayq *rq)
{
	return rq->members[0].q;
}

struct rq_member *rq_member_add(struct relayq *rq, const char *name, const struct rq_queue_config *config)
{
	struct rq_member *m = &rq->members[rq->n_members++];

	RQ_ASSERT(rq->n_members <= RQ_QUEUES_MAX);
	m->rq = rq;
	m->name = name;
	m->config = config;
	return m;
}

static const struct rq_queue_ops *ops_of(const struct rq_member *m)
{
	const struct rq_queue_ops *d = m->rq->double_ops;

	if (m->q)
		return m->q->ops;
	if (!m->config)
		return rq_queue_kind("local");
	return d && rq_eq(d->kind, m->config->kind) ? d : rq_queue_kind(m->config->kind);
}

unsigned rq_member_caps(const struct rq_member *m)
{
	const struct rq_queue_ops *ops = ops_of(m);

	return ops ? ops->caps : 0;
}

static int open_now(struct rq_member *m, struct rq_error *e)
{
	struct relayq *rq = m->rq;
	struct rq_queue_options o = {
		.name = m->name, .paths = &rq->paths, .loop = rq->loop, .worker = rq->console, .config = m->config,
		.read_only = rq->read_only,
		.log = rq->log, .redact = rq->redact,
		.keep_jobs = rq_config_int(rq->config, "jobs.keep"),
		.keep_log_bytes = rq_config_int(rq->config, "logs.keep_bytes"),
		.log_cache_bytes = rq_config_int(rq->config, "logs.cache_bytes"),
		.log_max = rq_config_int(rq->config, "jobs.log_max"),
		.keep_decisions = rq_config_int(rq->config, "decisions.keep"),
		.keep_decisions_ms = rq_config_int(rq->config, "decisions.keep_age"),
	};
	const struct rq_queue_ops *ops = ops_of(m);
	int r;

	if (!ops)
		return rq_fail(e, RQ_EUNSUPPORTED, "This relayq was built without queues of the kind %.64s.", m->config->kind);
	r = rq_queue_open_ops(ops, &o, &m->q, e);
	if (r)
		return r;
	m->q->changed = rq_watch_changed;
	m->q->changed_ud = m;
	return RQ_OK;
}

/* What was wrong once is not tried again: the settings are read once. */
int rq_member_open(struct rq_member *m, struct rq_error *e)
{
	if (m->q)
		return RQ_OK;
	if (!m->problem.code && m->config && *m->config->problem)
		rq_fail(&m->problem, RQ_EUSAGE, "%s", m->config->problem);
	if (!m->problem.code)
		open_now(m, &m->problem);
	return m->problem.code ? rq_fail(e, m->problem.code, "%s", m->problem.msg) : RQ_OK;
}

int rq_members_open(struct relayq *rq, struct rq_error *e)
{
	size_t i;
	int r = rq_member_open(rq_member_add(rq, "local", NULL), e);

	if (r)
		return r;
	rq->configured = rq_queues_new(rq->config, rq->files[0]);
	for (i = 0; i < rq->configured->n; i++)
		rq_member_add(rq, rq->configured->v[i].name, &rq->configured->v[i]);
	return RQ_OK;
}

void rq_members_close(struct relayq *rq)
{
	size_t i;

	/* Each answers what it has; the local one last, since what others did is written down there. */
	for (i = rq->n_members; i-- > 0;) {
		struct rq_queue *q = rq->members[i].q;

		rq->members[i].q = NULL;
		rq_queue_close(q);
	}
}

void rq_members_free(struct relayq *rq)
{
	size_t i;

	for (i = 0; i < rq->n_members; i++)
		rq_snapshot_unref(rq->members[i].part);
	rq_queues_free(rq->configured);
	rq_arena_release(&rq->found_arena);
}

/* --- names and ids ------------------------------------------------------------------------ */

static void add_names(const struct relayq *rq, struct rq_str *out)
{
	size_t i;

	for (i = 0; i < rq->n_members; i++)
		rq_str_addf(out, "%s'%s'", i ? ", " : "", rq->members[i].name);
}

struct rq_member *rq_member_named(struct relayq *rq, const char *name, struct rq_error *e)
{
	struct rq_str names;
	size_t i;

	if (!name || !*name)
		name = rq_config_str(rq->config, "queue.default");
	for (i = 0; i < rq->n_members; i++)
		if (rq_ieq(rq->members[i].name, name))
			return &rq->members[i];
	rq_str_init(&names, 1024);
	add_names(rq, &names);
	rq_fail(e, RQ_ENOTFOUND, "There is no queue '%.64s': this machine has %s.", name, rq_str_get(&names));
	rq_str_release(&names);
	return NULL;
}

/* Whether the local queue has had a job of this number: a look at a file that is open anyway. */
bool rq_member_is_local(struct relayq *rq, const char *id)
{
	struct rq_queue *q = rq_local_queue(rq);
	char *path;

	if (q->ops->log_path(q, id, 0, &path, NULL))
		return false;
	rq_free(path);
	return true;
}

/* The queue that shows it, if it is one alone. */
static struct rq_member *shown_on(struct relayq *rq, const char *id)
{
	const struct rq_snapshot *s = rq->snapshot;
	struct rq_member *found = NULL;
	size_t i, n = strlen(id);

	for (i = 0; i < s->n_jobs; i++) {
		const char *colon = strchr(s->jobs[i].id, ':');
		struct rq_member *m;

		if (!colon || strncmp(colon + 1, id, n) != 0 || colon[1 + n])
			continue;
		m = rq_member_named(rq, s->jobs[i].queue, NULL);
		if (found && m != found)
			return NULL;
		found = m;
	}
	return found;
}

/* Numbers of this machine are short and those of a server long: hardly ever is there a doubt. */
static struct rq_member *by_bare_id(struct relayq *rq, const char *id, struct rq_error *e)
{
	struct rq_member *m = rq_member_named(rq, NULL, e);

	if (!m || rq->n_members == 1 || rq_member_is_local(rq, id))
		return m && rq->n_members > 1 ? &rq->members[0] : m;
	if (m != &rq->members[0])
		return m;
	if ((m = shown_on(rq, id)))
		return m;
	if (rq->n_members == 2)
		return &rq->members[1];
	rq_fail(e, RQ_EUSAGE, "'%.64s' could be a job of several queues: put the queue before it, as in %s:%.64s.", id,
		rq->members[1].name, id);
	return NULL;
}

struct rq_member *rq_member_of_id(struct relayq *rq, const char *id, struct rq_error *e)
{
	char queue[RQ_ID_MAX], rest[RQ_ID_MAX];

	if (!rq_id_parse(id, queue, rest)) {
		rq_fail(e, RQ_EUSAGE, "'%.64s' is no job id: it looks like local:17, or 17.", id);
		return NULL;
	}
	return *queue ? rq_member_named(rq, queue, e) : by_bare_id(rq, rest, e);
}

const char *rq_queue_name(const struct relayq *rq, size_t i)
{
	return i < rq->n_members ? rq->members[i].name : NULL;
}

static bool any_can(const struct relayq *rq, unsigned cap)
{
	size_t i;

	for (i = 0; i < rq->n_members; i++)
		if (!(cap & ~rq_member_caps(&rq->members[i])))
			return true;
	return false;
}

bool rq_can(struct relayq *rq, const char *queue, unsigned cap, const char **why)
{
	struct rq_error e;
	struct rq_member *m = rq_member_named(rq, queue, &e);
	unsigned missing = m ? cap & ~rq_member_caps(m) : cap;

	/* Without a name it goes where it can be done. */
	if (!missing || (!queue && any_can(rq, cap)))
		return true;
	/* The request itself will tell. */
	if (rq_found_may_come(rq) && (!m || !queue))
		return true;
	if (why)
		*why = rq_cap_missing_text((enum rq_cap)(missing & -missing));
	return false;
}
