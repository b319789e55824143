/* local_follow.c - what a decision does to its job: placed on one runner, held, or free to go by its labels again.
 *
 * A placed job is ready in a label set that its runner alone takes. A held one waits for RQ_VERB_DECIDE, with the
 * events that would wake it in a table. One that is blocked or delayed stays so: when that is over it is held, and due. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

static bool waits_first(const struct rq_row *r)
{
	return rq_eq(r->state, "blocked") || rq_eq(r->state, "delayed");
}

/* --- leaving ------------------------------------------------------------------------------ */

static void drop_wakes(struct rq_local *l, int64_t job)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "DELETE FROM wake WHERE job=?");

	rq_bind_int(s, 1, job);
	rq_stmt_exec(s, NULL);
}

void rq_local_leave(struct rq_local *l, const struct rq_row *r, int64_t ran_ms)
{
	if (!r->governed)
		return;
	if (rq_eq(r->state, "held"))
		drop_wakes(l, r->id);
	else if (!waits_first(r))
		rq_local_unhold(l, r->id, ran_ms);
}

/* --- going by labels ---------------------------------------------------------------------- */

static void let_go(struct rq_local *l, const struct rq_row *r)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE job SET governed=0,set_id=asked,asked=NULL,wait_until=NULL,lane=NULL,policy=NULL,retry=NULL,"
		"reason=CASE state WHEN 'held' THEN NULL ELSE reason END,"
		"state=CASE state WHEN 'held' THEN 'ready' ELSE state END WHERE id=? AND state=?");

	rq_bind_int(s, 1, r->id);
	rq_bind_str(s, 2, r->state);
	rq_stmt_exec(s, NULL);
}

/* --- placed and held ---------------------------------------------------------------------- */

/* What the queue needs of the decision's retry, in one column; NULL: the submission's own. */
static const char *retry_text(const struct rq_decision *d, char *buf, size_t n)
{
	if (d->retry.max <= 0)
		return NULL;
	snprintf(buf, n, "%d %u %lld %d %lld", d->retry.max, d->retry.on, (long long)d->retry.backoff_ms,
		 d->retry.factor_milli, (long long)d->retry.cap_ms);
	return buf;
}

static void govern(struct rq_local *l, const struct rq_row *r, const struct rq_decision *d, const char *state, int64_t set,
		   const char *reason, int64_t wait_until)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE job SET governed=1,asked=coalesce(asked,set_id),state=?3,set_id=?4,reason=?5,wait_until=?6,lane=?7,"
		"policy=?8,retry=?9 WHERE id=?1 AND state=?2");
	char retry[80];

	rq_bind_int(s, 1, r->id);
	rq_bind_str(s, 2, r->state);
	rq_bind_str(s, 3, state);
	rq_bind_int(s, 4, set);
	rq_bind_str(s, 5, reason);
	if (wait_until)
		rq_bind_int(s, 6, wait_until);
	rq_bind_str(s, 7, d->group && *d->group ? d->group : NULL);
	rq_bind_str(s, 8, d->policy_oid && *d->policy_oid ? d->policy_oid : NULL);
	rq_bind_str(s, 9, retry_text(d, retry, sizeof retry));
	rq_stmt_exec(s, NULL);
}

static int place(struct rq_local *l, const struct rq_row *r, const struct rq_decision *d, int64_t asked, int64_t now,
		 struct rq_error *e)
{
	const struct rq_set *set;

	rq_local_sets_load(l);
	set = rq_local_set_get(l, asked);
	if (!set || !d->target || !*d->target)
		return rq_fail(e, RQ_EUSAGE, "A decision that places a job must name its runner.");
	govern(l, r, d, "ready", rq_local_set_placed(l, &set->labels, d->target), NULL, 0);
	return rq_local_hold(l, r->id, d, now, e);
}

static void add_wakes(struct rq_local *l, int64_t job, const struct rq_decision *d)
{
	for (size_t i = 0; i < d->n_wake_on; i++) {
		struct rq_stmt *s = rq_db_stmt(l->db, "INSERT INTO wake(job,n,event)VALUES(?,?,?)");

		rq_bind_int(s, 1, job);
		rq_bind_int(s, 2, (int64_t)i);
		rq_bind_str(s, 3, d->wake_on[i]);
		rq_stmt_exec(s, NULL);
	}
}

/* What it was believed to wait for is over: nobody would tell. */
static bool is_ready_already(const struct rq_decision *d)
{
	for (size_t i = 0; i < d->n_wake_on; i++)
		if (rq_eq(d->wake_on[i], "job:ready"))
			return true;
	return false;
}

/* The older ones: a later decision about one of them must not end what came after it. */
static void end_pending(struct rq_local *l, int64_t job, const char *lane, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT id FROM job WHERE governed AND state='held' AND state<>'done'"
					      " AND lane=? COLLATE NOCASE AND id<?");
	int64_t *ids = NULL;
	size_t n = 0, cap = 0;
	struct rq_row r;

	rq_bind_str(s, 1, lane);
	rq_bind_int(s, 2, job);
	while (rq_stmt_row(s)) {
		RQ_GROW(ids, n, &cap);
		ids[n++] = rq_col_int(s, 0);
	}
	rq_stmt_done(s);
	for (size_t i = 0; i < n; i++)
		if (rq_local_row(l, ids[i], &r) && rq_eq(r.state, "held"))
			rq_local_end(l, &r, "cancelled", RQ_WHY_REPLACED, now);
	rq_free(ids);
}

static void hold_back(struct rq_local *l, const struct rq_row *r, const struct rq_decision *d, int64_t asked, int64_t now)
{
	govern(l, r, d, "held", asked, d->reason, is_ready_already(d) ? RQ_LOCAL_DUE : d->wait_until);
	add_wakes(l, r->id, d);
	if (d->replace_pending && d->group && *d->group)
		end_pending(l, r->id, d->group, now);
}

int rq_local_follow(struct rq_local *l, const struct rq_row *r, const struct rq_decision *d, int64_t now, struct rq_error *e)
{
	int64_t asked = r->asked ? r->asked : r->set_id;
	int code = RQ_OK;

	if (!d->governed && !r->governed)
		return RQ_OK;
	rq_local_leave(l, r, -1);
	if (!d->governed)
		let_go(l, r);
	else if (waits_first(r))
		govern(l, r, d, r->state, asked,
		       rq_eq(r->state, "blocked") ? RQ_WHY_DEPENDENCY_PENDING : RQ_WHY_DELAYED, 0);
	else if (d->outcome == RQ_OUTCOME_PLACED)
		code = place(l, r, d, asked, now, e);
	else
		hold_back(l, r, d, asked, now);
	if (r->grp)
		rq_local_group_fill(l, r->grp);
	return code;
}

/* It ends where it runs, and is decided about when that has happened. */
void rq_local_follow_running(struct rq_local *l, const struct rq_row *r, const struct rq_decision *d, int64_t now)
{
	struct rq_stmt *s;

	if (d->governed) {
		govern(l, r, d, "leased", r->set_id, NULL, 0);
	} else if (r->governed) {
		rq_local_unhold(l, r->id, now - r->started);
		s = rq_db_stmt(l->db, "UPDATE job SET governed=0,lane=NULL,policy=NULL,retry=NULL WHERE id=? AND state='leased'");
		rq_bind_int(s, 1, r->id);
		rq_stmt_exec(s, NULL);
	}
}

bool rq_local_rejects(const struct rq_decision *d)
{
	return d && (d->governed || (d->policy_oid && *d->policy_oid)) &&
	       (d->outcome == RQ_OUTCOME_REJECTED || d->outcome == RQ_OUTCOME_ERROR);
}

int rq_local_rejected(const struct rq_decision *d, struct rq_error *e)
{
	bool near = d->nearest && *d->nearest;

	return rq_fail(e, RQ_EREFUSED, "The policy refuses this job: %.60s%s%.200s.", d->reason ? d->reason : "",
		       near ? "; nearest to passing is " : "", near ? d->nearest : "");
}

/* --- DECIDE ------------------------------------------------------------------------------- */

static int not_open(struct rq_call *c, const char *why)
{
	return rq_fail(&c->err, RQ_ECONFLICT, "Job %.64s is not to be decided about: %s.", c->u.decide.id, why);
}

static int check_open(struct rq_local *l, struct rq_call *c, const struct rq_row *r)
{
	const char *last = rq_local_last_decision(l, &c->arena, r->id), *prev = c->u.decide.decision->prev_id;

	if (!rq_local_fence_ok(l, c->u.decide.fence))
		return not_open(c, "another dispatcher has the duty now");
	if (!r->governed || (!rq_eq(r->state, "held") && !rq_eq(r->state, "ready") && !rq_eq(r->state, "parked")))
		return not_open(c, rq_eq(r->state, "done") ? "it is completed" : rq_eq(r->state, "leased") ? "it runs" :
				   !r->governed ? "no policy governs it" : "it does not wait for that");
	if (!rq_eq(last ? last : "", prev ? prev : ""))
		return not_open(c, "there is a later decision");
	return RQ_OK;
}

static int decide(struct rq_local *l, struct rq_call *c)
{
	const struct rq_decision *d = c->u.decide.decision;
	int64_t id, now = rq_now();
	struct rq_row r;
	int code = rq_local_id(l, c->u.decide.id, &id, &c->err);

	if (code)
		return code;
	if (!rq_local_row(l, id, &r))
		return rq_fail(&c->err, RQ_ENOTFOUND, "There is no job '%.64s' on queue %s.", c->u.decide.id, l->name);
	code = check_open(l, c, &r);
	if (!code && rq_local_rejects(d))
		rq_local_end(l, &r, "failure", d->reason, now);
	else if (!code)
		code = rq_local_follow(l, &r, d, now, &c->err);
	if (!code)
		rq_local_decided(l, &c->arena, id, d, NULL);
	return code;
}

/* Not synced: what is lost is decided again, and whoever claims the job takes its decision to the disk. */
int rq_local_decide(struct rq_local *l, struct rq_call *c)
{
	int code = rq_local_begin(l, c, false);

	if (code)
		return code;
	if (decide(l, c))
		return rq_local_refuse(l, c);
	l->touched = true;
	return rq_local_commit(l, c);
}
