/* local_operator.c - CANCEL and RETRY: bulk requests, each object with its own answer. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

static void answer(struct rq_local *l, struct rq_call *c, const char *action, struct rq_each *each, int64_t id,
		   int code, const char *text)
{
	const char *object = id ? rq_local_full_id(l, &c->arena, id) : each->id;

	each->code = code;
	each->text = text;
	rq_local_audit(l, rq_local_actor(l, c), action, object, text, code ? rq_code_name(code) : "ok");
	l->touched = true;
}

/* The row of an object, or its refusal. */
static bool find(struct rq_local *l, struct rq_call *c, const char *action, struct rq_each *each, struct rq_row *r)
{
	struct rq_error e = { 0 };
	int64_t id = 0;

	if (rq_local_id(l, each->id, &id, &e) == RQ_OK && rq_local_row(l, id, r))
		return true;
	rq_fail(&e, RQ_ENOTFOUND, "There is no job '%.64s' on queue %s.", each->id, l->name);
	answer(l, c, action, each, 0, RQ_ENOTFOUND, rq_arena_str(&c->arena, e.msg));
	return false;
}

/* --- cancel ------------------------------------------------------------------------------- */

static void ask_runner(struct rq_local *l, const struct rq_row *r, bool force)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE job SET cancel=max(cancel,?) WHERE id=? AND state='leased'"
					      " AND token=?");

	rq_bind_int(s, 1, force ? 2 : 1);
	rq_bind_int(s, 2, r->id);
	rq_bind_str(s, 3, r->token);
	rq_stmt_exec(s, NULL);
}

static void cancel_one(struct rq_local *l, struct rq_call *c, struct rq_each *each, int64_t now)
{
	bool force = c->u.cancel.force;
	struct rq_row r;

	if (!find(l, c, "cancel", each, &r))
		return;
	if (rq_eq(r.state, "done")) {
		answer(l, c, "cancel", each, r.id, RQ_ECONFLICT,
		       rq_arena_fmt(&c->arena, "already completed (%s)", r.conclusion));
	} else if (rq_eq(r.state, "leased")) {
		ask_runner(l, &r, force);
		answer(l, c, "cancel", each, r.id, RQ_OK,
		       rq_arena_fmt(&c->arena, force ? "told runner %s to kill it" : "asked runner %s to end it",
				    r.runner));
	} else {
		rq_local_end(l, &r, "cancelled", RQ_WHY_CANCEL_REQUESTED, now);
		answer(l, c, "cancel", each, r.id, RQ_OK, "cancelled");
	}
}

int rq_local_cancel(struct rq_local *l, struct rq_call *c)
{
	int code = rq_local_begin(l, c, true);

	if (code)
		return code;
	c->u.cancel.each = rq_arena_alloc(&c->arena, c->u.cancel.n * sizeof *c->u.cancel.each);
	for (size_t i = 0; i < c->u.cancel.n; i++) {
		c->u.cancel.each[i].id = c->u.cancel.ids[i];
		cancel_one(l, c, &c->u.cancel.each[i], rq_now());
	}
	return rq_local_commit(l, c);
}

/* --- retry -------------------------------------------------------------------------------- */

/* Two copies of one run at a time would be a surprise. */
static int64_t open_retry(struct rq_local *l, int64_t id)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT id FROM job WHERE first=(SELECT coalesce(first,id) FROM job"
					      " WHERE id=?) AND first IS NOT NULL AND state<>'done' LIMIT 1");
	int64_t open = 0;

	rq_bind_int(s, 1, id);
	if (rq_stmt_row(s))
		open = rq_col_int(s, 0);
	rq_stmt_done(s);
	return open;
}

static int64_t copy_job(struct rq_local *l, int64_t id, const char *submitter, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"INSERT INTO job(state,set_id,priority,grp,run_at,created,base,attempt,retries,backoff,timeout,first,steps,"
		"name,type,command,source,submitter)SELECT 'ready',set_id,priority,grp,0,?2,max(attempt,base+1),"
		"max(attempt,base+1),retries,backoff,timeout,coalesce(first,id),steps,name,type,command,source,?3 FROM job"
		" WHERE id=?1 AND state='done'");

	rq_bind_int(s, 1, id);
	rq_bind_int(s, 2, now);
	rq_bind_str(s, 3, submitter);
	rq_stmt_exec(s, NULL);
	return rq_db_last_id(l->db);
}

/* The policy's refusal is in the journal, about the job that is not retried. */
static void refuse_retry(struct rq_local *l, struct rq_call *c, struct rq_each *each, int64_t id, const struct rq_decision *d)
{
	struct rq_error e;

	rq_local_store(l, &c->arena, id, d, rq_local_last_decision(l, &c->arena, id));
	rq_local_rejected(d, &e);
	answer(l, c, "retry", each, id, RQ_EREFUSED, rq_arena_str(&c->arena, e.msg));
}

static int make_retry(struct rq_local *l, struct rq_call *c, struct rq_each *each, const struct rq_row *old,
		      const struct rq_decision *d, int64_t now)
{
	int64_t id = copy_job(l, old->id, rq_local_actor(l, c), now);
	struct rq_row r;
	int code = RQ_OK;

	rq_local_spec_copy(l, old->id, id);
	rq_local_decided(l, &c->arena, id, d, rq_local_last_decision(l, &c->arena, old->id));
	if (d && d->governed && rq_local_row(l, id, &r))
		code = rq_local_follow(l, &r, d, now, &c->err);
	each->new_id = rq_local_full_id(l, &c->arena, id);
	answer(l, c, "retry", each, old->id, RQ_OK, rq_arena_fmt(&c->arena, "retried as %s", each->new_id));
	return code;
}

/* Only a hold without a place is the whole call's failure. */
static int retry_one(struct rq_local *l, struct rq_call *c, size_t i, int64_t now)
{
	const struct rq_decision *d = c->u.retry.decisions ? c->u.retry.decisions[i] : NULL;
	struct rq_each *each = &c->u.retry.each[i];
	struct rq_row r;
	int64_t other;

	if (!find(l, c, "retry", each, &r))
		return RQ_OK;
	if (!rq_eq(r.state, "done")) {
		answer(l, c, "retry", each, r.id, RQ_ECONFLICT, "not completed yet; cancel it first, or wait for its end");
		return RQ_OK;
	}
	other = open_retry(l, r.id);
	if (other) {
		answer(l, c, "retry", each, r.id, RQ_ECONFLICT,
		       rq_arena_fmt(&c->arena, "its retry %s has not ended yet", rq_local_full_id(l, &c->arena, other)));
		return RQ_OK;
	}
	if (!rq_local_rejects(d))
		return make_retry(l, c, each, &r, d, now);
	refuse_retry(l, c, each, r.id, d);
	return RQ_OK;
}

int rq_local_retry(struct rq_local *l, struct rq_call *c)
{
	int code = rq_local_begin(l, c, true);

	if (code)
		return code;
	c->u.retry.each = rq_arena_alloc(&c->arena, c->u.retry.n * sizeof *c->u.retry.each);
	for (size_t i = 0; i < c->u.retry.n; i++) {
		c->u.retry.each[i].id = c->u.retry.ids[i];
		if (retry_one(l, c, i, rq_now()))
			return rq_local_refuse(l, c);
	}
	return rq_local_commit(l, c);
}
