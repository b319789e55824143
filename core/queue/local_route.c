/* local_route.c - REROUTE, DRAIN, UNDRAIN, DRAINED. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum { REASON_BYTES = 1000 };

static void audit(struct rq_local *l, struct rq_call *c, const char *action, const char *object, const char *detail)
{
	rq_local_audit(l, rq_local_actor(l, c), action, object, detail, "ok");
	l->touched = true;
}

/* A refusal is in Activity as well: in a transaction of its own, since the request's was rolled back. */
static int refused(struct rq_local *l, struct rq_call *c, const char *action, const char *object)
{
	struct rq_call note = { .actor = c->actor };
	int code = rq_local_refuse(l, c);

	if (code != RQ_ECONFLICT && code != RQ_ENOTFOUND)
		return code;
	if (rq_db_begin(l->db, false, &note.err) == RQ_OK) {
		rq_local_audit(l, rq_local_actor(l, c), action, object, c->err.msg, rq_code_name(code));
		l->touched = rq_db_commit(l->db, &note.err) == RQ_OK;
	}
	return code;
}

static int no_runner(struct rq_local *l, struct rq_call *c, const char *name)
{
	return rq_fail(&c->err, RQ_ENOTFOUND,
		       "There is no runner '%.64s' on queue %s; `relayq runners` lists those that are known.", name, l->name);
}

/* What an operator gives as the reason is kept and shown; it has a limit. */
static int check_reason(struct rq_call *c, const char *reason)
{
	if (!reason || strlen(reason) <= REASON_BYTES)
		return RQ_OK;
	return rq_fail(&c->err, RQ_ELIMIT, "A reason may have %d bytes at most.", (int)REASON_BYTES);
}

/* --- reroute ------------------------------------------------------------------------------ */

static bool runner_labels(struct rq_local *l, struct rq_arena *a, const char *name, struct rq_labels *labels)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT labels FROM runner WHERE name=?");
	bool found;

	rq_bind_str(s, 1, name);
	found = rq_stmt_row(s);
	if (found)
		rq_labels_parse(a, rq_col_str(s, 0), labels, NULL);
	rq_stmt_done(s);
	return found;
}

/* To a runner: the job keeps those of its labels that the runner has, so that it does take it. */
static int new_set(struct rq_local *l, struct rq_call *c, const struct rq_row *r, int64_t *id)
{
	const char *target = c->u.reroute.target, *any[] = { "self-hosted" };
	struct rq_labels kept = { 0 }, has, fallback = { 1, any };
	const struct rq_set *now;

	if (!target) {
		*id = rq_local_set(l, c->u.reroute.labels.n ? &c->u.reroute.labels : &fallback, NULL);
		return RQ_OK;
	}
	if (!runner_labels(l, &c->arena, target, &has))
		return no_runner(l, c, target);
	rq_local_sets_load(l);
	now = rq_local_set_get(l, r->set_id);
	kept.v = rq_arena_alloc(&c->arena, (RQ_LABELS_MAX + 1) * sizeof *kept.v);
	for (size_t i = 0; now && i < now->labels.n; i++)
		if (rq_labels_has(&has, now->labels.v[i]))
			kept.v[kept.n++] = now->labels.v[i];
	*id = rq_local_set(l, &kept, target);
	return RQ_OK;
}

static void move_waiting(struct rq_local *l, const struct rq_row *r, int64_t set)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE job SET set_id=?1,asked=CASE WHEN governed THEN ?1 END WHERE id=?2"
					      " AND state=?3");

	rq_bind_int(s, 1, set);
	rq_bind_int(s, 2, r->id);
	rq_bind_str(s, 3, r->state);
	rq_stmt_exec(s, NULL);
	if (r->grp)
		rq_local_group_fill(l, r->grp);
}

static void move_running(struct rq_local *l, const struct rq_row *r, int64_t set)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE job SET next_set=? WHERE id=? AND state='leased' AND token=?");

	rq_bind_int(s, 1, set);
	rq_bind_int(s, 2, r->id);
	rq_bind_str(s, 3, r->token);
	rq_stmt_exec(s, NULL);
}

static int move(struct rq_local *l, struct rq_call *c, const struct rq_row *r, int64_t set)
{
	bool running = rq_eq(r->state, "leased");

	if (rq_eq(r->state, "done"))
		return rq_fail(&c->err, RQ_ECONFLICT, "It is already completed (%s): relayq retry runs it again.",
			       r->conclusion);
	if (running && r->cancel)
		return rq_fail(&c->err, RQ_ECONFLICT, "It is being cancelled.");
	if (running && !c->u.reroute.restart)
		return rq_fail(&c->err, RQ_ECONFLICT, "It runs on %s: --restart ends it there and starts it again.", r->runner);
	if (running)
		move_running(l, r, set);
	else
		move_waiting(l, r, set);
	c->u.reroute.restarting = running;
	c->u.reroute.text = running ? rq_arena_fmt(&c->arena, "asked runner %s to end it; it starts again elsewhere",
						   r->runner) : "moved";
	return RQ_OK;
}

static const char *describe(struct rq_local *l, struct rq_call *c, int64_t id)
{
	const struct rq_set *set;
	struct rq_str text;
	const char *out;

	rq_local_sets_load(l);
	set = rq_local_set_get(l, id);
	rq_str_init(&text, 1024);
	if (set && *set->target)
		rq_str_addf(&text, "to %s", set->target);
	else if (set) {
		rq_str_add(&text, "to labels ");
		rq_labels_text(&set->labels, &text);
	}
	if (c->u.reroute.reason && *c->u.reroute.reason)
		rq_str_addf(&text, ": %s", c->u.reroute.reason);
	out = rq_arena_str(&c->arena, rq_str_get(&text));
	rq_str_release(&text);
	return out;
}

/* The row is read again: it was moved. */
static int follow(struct rq_local *l, struct rq_call *c, int64_t id)
{
	const struct rq_decision *d = c->u.reroute.decision;
	int64_t now = rq_now();
	struct rq_row r;

	if (!rq_local_row(l, id, &r) || (!r.governed && (!d || !d->governed)))
		return RQ_OK;
	if (!d)
		return rq_fail(&c->err, RQ_EUSAGE, "Job %.64s is governed by a policy: it is moved by a decision.",
			       c->u.reroute.id);
	if (!rq_eq(r.state, "leased"))
		return rq_local_follow(l, &r, d, now, &c->err);
	rq_local_follow_running(l, &r, d, now);
	return RQ_OK;
}

/* The refusal goes to the journal; the job stays where it is. */
static int refuse_move(struct rq_local *l, struct rq_call *c, int64_t id)
{
	const struct rq_decision *d = c->u.reroute.decision;
	struct rq_error e;

	rq_local_store(l, &c->arena, id, d, rq_local_last_decision(l, &c->arena, id));
	rq_local_audit(l, rq_local_actor(l, c), "reroute", rq_local_full_id(l, &c->arena, id), d->reason,
		       rq_code_name(RQ_EREFUSED));
	rq_local_rejected(d, &e);
	l->touched = true;
	if (rq_local_commit(l, c))
		return c->err.code;
	c->err = e;
	return RQ_EREFUSED;
}

static int reroute(struct rq_local *l, struct rq_call *c, int64_t *id_out)
{
	int64_t id, set = 0;
	struct rq_row r;
	int code = rq_local_id(l, c->u.reroute.id, &id, &c->err);

	if (code)
		return code;
	if (!rq_local_row(l, id, &r))
		return rq_fail(&c->err, RQ_ENOTFOUND, "There is no job '%.64s' on queue %s.", c->u.reroute.id, l->name);
	*id_out = id;
	code = new_set(l, c, &r, &set);
	if (!code)
		code = move(l, c, &r, set);
	if (!code && rq_local_rejects(c->u.reroute.decision))
		return rq_local_rejected(c->u.reroute.decision, &c->err);
	if (!code)
		code = follow(l, c, id);
	if (code)
		return code;
	rq_local_decided(l, &c->arena, id, c->u.reroute.decision, rq_local_last_decision(l, &c->arena, id));
	audit(l, c, "reroute", rq_local_full_id(l, &c->arena, id), describe(l, c, set));
	return RQ_OK;
}

int rq_local_reroute(struct rq_local *l, struct rq_call *c)
{
	int code = check_reason(c, c->u.reroute.reason);
	int64_t id = 0;

	if (!code)
		code = rq_local_begin(l, c, true);
	if (code)
		return code;
	if (reroute(l, c, &id)) {
		code = refused(l, c, "reroute", id ? rq_local_full_id(l, &c->arena, id) : c->u.reroute.id);
		return code == RQ_EREFUSED && !rq_local_begin(l, c, true) ? refuse_move(l, c, id) : code;
	}
	return rq_local_commit(l, c);
}

/* --- drain -------------------------------------------------------------------------------- */

static bool drain_state(struct rq_local *l, const char *runner, enum rq_drain *out)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT drain FROM runner WHERE name=?");
	bool found;

	rq_bind_str(s, 1, runner);
	found = rq_stmt_row(s);
	if (found)
		*out = rq_local_drain_of(rq_col_str(s, 0));
	rq_stmt_done(s);
	return found;
}

static void set_draining(struct rq_local *l, struct rq_call *c)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE runner SET drain='draining',drain_reason=?2,drain_by=?3,drain_deadline=?5,"
		"drain_since=CASE WHEN drain='active' THEN ?4 ELSE drain_since END WHERE name=?1");

	rq_bind_str(s, 1, c->u.drain.runner);
	rq_bind_str(s, 2, c->u.drain.reason ? c->u.drain.reason : "");
	rq_bind_str(s, 3, rq_local_actor(l, c));
	rq_bind_int(s, 4, rq_now());
	rq_bind_int(s, 5, c->u.drain.deadline);
	rq_stmt_exec(s, NULL);
	rq_local_settle_drains(l);
}

int rq_local_drain(struct rq_local *l, struct rq_call *c)
{
	enum rq_drain d = RQ_DRAIN_ACTIVE;
	int code = check_reason(c, c->u.drain.reason);

	if (!code)
		code = rq_local_begin(l, c, true);
	if (code)
		return code;
	if (!drain_state(l, c->u.drain.runner, &d)) {
		no_runner(l, c, c->u.drain.runner);
		return refused(l, c, "drain", c->u.drain.runner);
	}
	set_draining(l, c);
	drain_state(l, c->u.drain.runner, &d);
	c->u.drain.text = d == RQ_DRAIN_DRAINED ? "drained: it runs nothing" : "draining: it finishes what it has";
	audit(l, c, "drain", c->u.drain.runner, c->u.drain.reason);
	return rq_local_commit(l, c);
}

int rq_local_undrain(struct rq_local *l, struct rq_call *c)
{
	enum rq_drain d = RQ_DRAIN_ACTIVE;
	struct rq_stmt *s;
	int code = rq_local_begin(l, c, true);

	if (code)
		return code;
	if (!drain_state(l, c->u.drain.runner, &d)) {
		no_runner(l, c, c->u.drain.runner);
		return refused(l, c, "undrain", c->u.drain.runner);
	}
	s = rq_db_stmt(l->db, "UPDATE runner SET drain='active',drain_reason=NULL,drain_by=NULL,drain_since=NULL,"
			      "drain_deadline=NULL WHERE name=?");
	rq_bind_str(s, 1, c->u.drain.runner);
	rq_stmt_exec(s, NULL);
	c->u.drain.text = d == RQ_DRAIN_ACTIVE ? "it was active already" : "active again";
	audit(l, c, "undrain", c->u.drain.runner, c->u.drain.reason);
	return rq_local_commit(l, c);
}

/* The agent says that its last job has ended; EXCHANGE mostly has found that out by itself. */
int rq_local_drained(struct rq_local *l, struct rq_call *c)
{
	enum rq_drain d = RQ_DRAIN_ACTIVE;
	int code = rq_local_begin(l, c, true);

	if (code)
		return code;
	if (!drain_state(l, c->u.drain.runner, &d)) {
		no_runner(l, c, c->u.drain.runner);
		return rq_local_refuse(l, c);
	}
	rq_local_settle_drains(l);
	drain_state(l, c->u.drain.runner, &d);
	c->u.drain.text = rq_drain_name(d);
	return rq_local_commit(l, c);
}
