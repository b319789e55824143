/* dispatcher_policies.c - the few policies that open jobs live under: an edit of the file changes new jobs only. */
#include <string.h>
#include "core/agent/dispatcher_parts.h"
#include "core/base/clock.h"
#include "core/base/str.h"

enum { RETRY_MS = 60000 };      /* one that cannot be had may be had later */

static int64_t mono_ms(void)
{
	return rq_mono_ns() / 1000000;
}

const struct rq_policy *rq_policies_find(struct rq_policies *p, const char *oid, bool *found)
{
	*found = true;
	if (!*oid)
		return NULL;
	for (size_t i = 0; i < RQ_POLICIES_MAX; i++) {
		struct rq_kept_policy *k = &p->v[i];

		if (!rq_eq(k->oid, oid) || (!k->policy && mono_ms() > k->until))
			continue;
		k->used = rq_mono_ns();
		return k->policy;
	}
	*found = false;
	return NULL;
}

static struct rq_kept_policy *room_for(struct rq_policies *p, const char *oid)
{
	struct rq_kept_policy *oldest = &p->v[0];

	for (size_t i = 0; i < RQ_POLICIES_MAX; i++) {
		if (rq_eq(p->v[i].oid, oid))
			return &p->v[i];
		if (p->v[i].used < oldest->used)
			oldest = &p->v[i];
	}
	return oldest;
}

void rq_policies_put(struct rq_policies *p, const char *oid, const char *name, const char *text, struct rq_log *log)
{
	struct rq_kept_policy *k = room_for(p, oid);
	struct rq_problems problems = { 0 };
	struct rq_error e = { 0 };

	rq_policy_free(k->policy);
	memset(k, 0, sizeof *k);
	rq_copy(k->oid, sizeof k->oid, oid);
	k->used = rq_mono_ns();
	k->until = mono_ms() + RETRY_MS;
	if (!text)
		rq_log_write(log, RQ_LOG_ERROR, "the policy %s is not kept any more: what was decided by it waits", oid);
	else if (rq_policy_load(name, text, strlen(text), &k->policy, &problems, &e))
		rq_log_write(log, RQ_LOG_ERROR, "the policy %s cannot be read any more: %s", oid, e.msg);
	rq_problems_release(&problems);
}

void rq_policies_release(struct rq_policies *p)
{
	for (size_t i = 0; i < RQ_POLICIES_MAX; i++)
		rq_policy_free(p->v[i].policy);
	memset(p, 0, sizeof *p);
}
