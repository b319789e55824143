/* relayq_route.c - which queue a request is for: the one that it names, that its ids name, or that alone can do it. */
#include <string.h>
#include "core/base/str.h"
#include "core/context.h"
#include "core/model/id.h"

size_t rq_route_ids(const struct rq_call *c, const char ***ids)
{
	switch (c->verb) {
	case RQ_VERB_CANCEL: *ids = c->u.cancel.ids; return c->u.cancel.n;
	case RQ_VERB_RETRY: *ids = c->u.retry.ids; return c->u.retry.n;
	case RQ_VERB_DELETE: *ids = c->u.remove.ids; return c->u.remove.n;
	default: *ids = NULL; return 0;
	}
}

static const char *only_id(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_JOB: return c->u.job.id;
	case RQ_VERB_REROUTE: return c->u.reroute.id;
	case RQ_VERB_APPROVE: return c->u.approve.id;
	case RQ_VERB_ARTIFACTS: return c->u.artifacts.id;
	case RQ_VERB_DOWNLOAD: return c->u.download.id;
	default: return NULL;
	}
}

const char *rq_route_runner(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_DRAIN: case RQ_VERB_UNDRAIN: return c->u.drain.runner;
	case RQ_VERB_RUNNER_REMOVE: case RQ_VERB_RUNNER_LABELS: return c->u.runner.runner;
	default: return NULL;
	}
}

/* What it needs that the local queue has not. */
static unsigned needs(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_SUBMIT: return c->u.submit.n && c->u.submit.v[0].workflow ? RQ_CAP_WORKFLOWS : 0;
	case RQ_VERB_WORKFLOWS: case RQ_VERB_WORKFLOW: case RQ_VERB_WORKFLOW_STATE: return RQ_CAP_WORKFLOWS;
	case RQ_VERB_RUNNER_NEW: case RQ_VERB_RUNNER_REMOVE: case RQ_VERB_RUNNER_LABELS: return RQ_CAP_RUNNER_ADMIN;
	default: return 0;
	}
}

/* The journal is the local queue's, whatever queue it is about. */
static bool is_of_journal(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_DECISION: case RQ_VERB_JOURNAL: case RQ_VERB_VERIFY: case RQ_VERB_POLICY: case RQ_VERB_DUTY:
	case RQ_VERB_OPEN: case RQ_VERB_DECIDE: case RQ_VERB_RECORD:
		return true;
	case RQ_VERB_SNAPSHOT:
		return !c->queue && !c->u.snapshot.want.jobs && !c->u.snapshot.want.runners;
	default:
		return false;
	}
}

static enum rq_where to(struct rq_member **out, struct rq_member *m)
{
	*out = m;
	return m ? RQ_TO_ONE : RQ_TO_NOBODY;
}

static bool knows_repo(const struct rq_member *m, const char *repo)
{
	size_t i;

	if (!repo || !*repo || !m->config)
		return !repo || !*repo;
	for (i = 0; i < m->config->n_repos; i++)
		if (rq_ieq(m->config->repos[i], repo))
			return true;
	return false;
}

static const char *repo_of(const struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_WORKFLOW: case RQ_VERB_WORKFLOW_STATE: return c->u.workflow.repo;
	case RQ_VERB_RUNNER_NEW: return c->u.runner_new.repo;
	default: return NULL;
	}
}

/* The only queue that can; the one that has the repository, of several. */
static enum rq_where by_cap(struct relayq *rq, unsigned cap, const char *repo, struct rq_member **out, struct rq_error *e)
{
	struct rq_member *by_default = rq_member_named(rq, NULL, NULL), *found = NULL, *has = NULL;
	size_t i, n = 0, n_has = 0;

	if (by_default && !(cap & ~rq_member_caps(by_default)) && knows_repo(by_default, repo))
		return to(out, by_default);
	for (i = 0; i < rq->n_members; i++) {
		struct rq_member *m = &rq->members[i];

		if (cap & ~rq_member_caps(m))
			continue;
		found = m;
		n++;
		if (knows_repo(m, repo)) {
			has = m;
			n_has++;
		}
	}
	if (n <= 1)
		return to(out, found ? found : by_default ? by_default : &rq->members[0]);
	if (n_has == 1)
		return to(out, has);
	rq_fail(e, RQ_EUSAGE, "Several queues can do that: name one with --queue.");
	return RQ_TO_NOBODY;
}

static size_t how_many_can(const struct relayq *rq, unsigned cap)
{
	size_t i, n = 0;

	for (i = 0; i < rq->n_members; i++)
		n += !(cap & ~rq_member_caps(&rq->members[i]));
	return n;
}

static struct rq_member *shown_runner(struct relayq *rq, const char *name, size_t *n)
{
	struct rq_member *found = NULL;
	size_t i;

	for (i = 0, *n = 0; i < rq->snapshot->n_runners; i++) {
		const struct rq_runner *r = &rq->snapshot->runners[i];
		struct rq_member *m = rq_ieq(r->name, name) ? rq_member_named(rq, r->queue ? r->queue : "local", NULL) : NULL;

		if (m) {
			found = m;
			++*n;
		}
	}
	return found;
}

size_t rq_route_drain(struct relayq *rq, struct rq_member **only)
{
	size_t i, n = 0;

	*only = NULL;
	for (i = 1; i < rq->n_members; i++)
		if (rq_member_caps(&rq->members[i]) & RQ_CAP_DRAIN) {
			*only = &rq->members[i];
			n++;
		}
	return n;
}

/* What is shown is known; else it is asked for (relayq_where.c). */
static enum rq_where by_runner(struct relayq *rq, const struct rq_call *c, const char *name, struct rq_member **out,
			       struct rq_error *e)
{
	struct rq_member *m;
	unsigned cap = needs(c);
	size_t n;

	if ((rq->n_members == 1 && !rq_found_may_come(rq)) || !name)
		return to(out, rq_member_named(rq, NULL, e));
	m = shown_runner(rq, name, &n);
	if (n == 1)
		return to(out, m);
	if (n > 1) {
		rq_fail(e, RQ_EUSAGE, "Several queues have a runner %.64s: name the queue with --queue.", name);
		return RQ_TO_NOBODY;
	}
	return !cap || how_many_can(rq, cap) > 1 ? RQ_TO_RUNNER : by_cap(rq, cap, NULL, out, e);
}

static enum rq_where by_ids(struct relayq *rq, const struct rq_call *c, struct rq_member **out, struct rq_error *e)
{
	const char **ids;
	size_t n = rq_route_ids(c, &ids), i;
	struct rq_member *first;

	if (!n)
		return to(out, rq_member_named(rq, NULL, e));
	first = rq_member_of_id(rq, ids[0], e);
	for (i = 1; i < n; i++)
		if (rq_member_of_id(rq, ids[i], NULL) != first)
			return RQ_TO_EACH;
	return to(out, first);
}

static bool id_may_be_found(struct relayq *rq, const char *id)
{
	struct rq_id parts;

	if (!rq_id_split(id, &parts))
		return false;
	return parts.queue[0] ? !rq_member_named(rq, parts.queue, NULL) : !rq_member_is_local(rq, id);
}

/* Whether C could be for a queue that is still to be found. */
static bool may_be_found(struct relayq *rq, const struct rq_call *c)
{
	const char **ids;
	size_t n = rq_route_ids(c, &ids), i;

	if (!rq_found_may_come(rq))
		return false;
	if (c->queue && *c->queue)
		return !rq_member_named(rq, c->queue, NULL);
	if (only_id(c))
		return id_may_be_found(rq, only_id(c));
	for (i = 0; i < n; i++)
		if (id_may_be_found(rq, ids[i]))
			return true;
	return c->verb == RQ_VERB_SNAPSHOT || (needs(c) && !how_many_can(rq, needs(c)));
}

enum rq_where rq_route(struct relayq *rq, const struct rq_call *c, struct rq_member **m, struct rq_error *e)
{
	if (is_of_journal(c))
		return to(m, &rq->members[0]);
	if (may_be_found(rq, c))
		return RQ_TO_FIND;
	if (c->queue && *c->queue)
		return to(m, rq_member_named(rq, c->queue, e));
	if (only_id(c))
		return to(m, rq_member_of_id(rq, only_id(c), e));
	if (c->verb == RQ_VERB_CANCEL || c->verb == RQ_VERB_RETRY || c->verb == RQ_VERB_DELETE)
		return by_ids(rq, c, m, e);
	if (c->verb == RQ_VERB_SNAPSHOT && rq->n_members > 1)
		return RQ_TO_ALL;
	if (rq_route_runner(c))
		return by_runner(rq, c, rq_route_runner(c), m, e);
	if (needs(c))
		return by_cap(rq, needs(c), repo_of(c), m, e);
	return to(m, rq_member_named(rq, NULL, e));
}
