/* local_result.c - what ends a job or gives it back, and what that does to the jobs that wait for it.
 *
 * Every transition compares the state, and the token where the job is leased, in the statement that makes it. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum { LOSSES_MAX = 3, WHY_BYTES = 500 };
#define BACKOFF_MAX ((int64_t)3600 * 1000)

bool rq_local_row(struct rq_local *l, int64_t id, struct rq_row *r)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"SELECT state,conclusion,set_id,next_set,grp,attempt,retries,failures,losses,backoff,cancel,runner,token,"
		"governed,asked,started,retry FROM job WHERE id=?");

	memset(r, 0, sizeof *r);
	rq_bind_int(s, 1, id);
	if (!rq_stmt_row(s))
		return false;
	r->id = id;
	rq_copy(r->state, sizeof r->state, rq_col_str(s, 0));
	rq_copy(r->conclusion, sizeof r->conclusion, rq_col_null(s, 1) ? "" : rq_col_str(s, 1));
	r->set_id = rq_col_int(s, 2);
	r->next_set = rq_col_int(s, 3);
	r->grp = rq_col_int(s, 4);
	r->attempt = rq_col_int(s, 5);
	r->retries = rq_col_int(s, 6);
	r->failures = rq_col_int(s, 7);
	r->losses = rq_col_int(s, 8);
	r->backoff = rq_col_int(s, 9);
	r->cancel = (int)rq_col_int(s, 10);
	rq_copy(r->runner, sizeof r->runner, rq_col_null(s, 11) ? "" : rq_col_str(s, 11));
	rq_copy(r->token, sizeof r->token, rq_col_null(s, 12) ? "" : rq_col_str(s, 12));
	r->governed = rq_col_int(s, 13) != 0;
	r->asked = rq_col_int(s, 14);
	r->started = rq_col_int(s, 15);
	rq_copy(r->retry, sizeof r->retry, rq_col_null(s, 16) ? "" : rq_col_str(s, 16));
	rq_stmt_done(s);
	return true;
}

/* --- dependents --------------------------------------------------------------------------- */

static void release_dependents(struct rq_local *l, int64_t parent, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE job SET state=CASE WHEN run_at>?2 THEN 'delayed' WHEN governed THEN 'held' ELSE 'ready' END,"
		"reason=CASE WHEN run_at>?2 THEN '" RQ_WHY_DELAYED "' WHEN governed THEN '" RQ_WHY_DECISION_PENDING "' END,"
		"wait_until=CASE WHEN governed AND run_at<=?2 THEN " RQ_LOCAL_DUE_SQL " END"
		" WHERE id IN(SELECT child FROM dep WHERE parent=?1) AND state='blocked' AND NOT EXISTS("
		"SELECT 1 FROM dep d CROSS JOIN job p ON p.id=d.parent WHERE d.child=job.id"
		" AND p.conclusion IS NOT 'success')");

	rq_bind_int(s, 1, parent);
	rq_bind_int(s, 2, now);
	rq_stmt_exec(s, NULL);
}

/* All that descends from a job that did not succeed is blocked still, or has ended: it never came to run. */
static void doom_dependents(struct rq_local *l, int64_t parent, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"WITH RECURSIVE doomed(id) AS(SELECT child FROM dep WHERE parent=?1"
		" UNION SELECT d.child FROM doomed JOIN dep d ON d.parent=doomed.id)"
		"UPDATE job SET state='done',conclusion='cancelled',reason='" RQ_WHY_DEPENDENCY_FAILED "',ended=?2"
		" WHERE state='blocked' AND id IN doomed");

	rq_bind_int(s, 1, parent);
	rq_bind_int(s, 2, now);
	rq_stmt_exec(s, NULL);
}

static void after_end(struct rq_local *l, const struct rq_row *r, const char *conclusion, int64_t now)
{
	if (rq_eq(conclusion, "success"))
		release_dependents(l, r->id, now);
	else
		doom_dependents(l, r->id, now);
	if (r->grp)
		rq_local_group_fill(l, r->grp);
	l->touched = true;
}

void rq_local_end(struct rq_local *l, const struct rq_row *r, const char *conclusion, const char *reason, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE job SET state='done',conclusion=?2,reason=?3,ended=?4,wait_until=NULL,"
					      "set_id=coalesce(asked,set_id) WHERE id=?1 AND state=?5");

	rq_local_leave(l, r, -1);
	rq_bind_int(s, 1, r->id);
	rq_bind_str(s, 2, conclusion);
	rq_bind_str(s, 3, reason);
	rq_bind_int(s, 4, now);
	rq_bind_str(s, 5, r->state);
	rq_stmt_exec(s, NULL);
	after_end(l, r, conclusion, now);
}

/* --- attempts ----------------------------------------------------------------------------- */

static const char *attempt_result(const struct rq_result *res)
{
	switch (res->kind) {
	case RQ_RESULT_FINISHED:
		return res->exit_code == 0 && res->signal == 0 ? "success" : "failure";
	case RQ_RESULT_TIMED_OUT:
		return "timed_out";
	case RQ_RESULT_CANCELLED:
		return "cancelled";
	case RQ_RESULT_START_FAILED:
		return "start_failed";
	case RQ_RESULT_RELEASED:
		return "released";
	case RQ_RESULT_LOST:
		return "lost";
	}
	return "lost";
}

static int64_t log_size(struct rq_local *l, const struct rq_row *r)
{
	char id[24], *path;
	struct stat st;
	int64_t size = 0;

	snprintf(id, sizeof id, "%lld", (long long)r->id);
	path = rq_log_file(&l->paths, l->name, id, (int)r->attempt);
	if (!stat(path, &st))
		size = (int64_t)st.st_size;
	rq_free(path);
	return size;
}

static void end_attempt(struct rq_local *l, const struct rq_row *r, const struct rq_result *res, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE attempt SET started=CASE WHEN ?3>0 THEN ?3 ELSE started END,ended=?4,result=?5,exit_code=?6,signal=?7,"
		"why=?8,log_bytes=?9 WHERE job=?1 AND number=?2");

	rq_bind_int(s, 1, r->id);
	rq_bind_int(s, 2, r->attempt);
	rq_bind_int(s, 3, res->started_at);
	rq_bind_int(s, 4, res->ended_at ? res->ended_at : now);
	rq_bind_str(s, 5, attempt_result(res));
	rq_bind_int(s, 6, res->exit_code);
	rq_bind_int(s, 7, res->signal);
	rq_bind_strn(s, 8, res->why, res->why ? strnlen(res->why, WHY_BYTES) : 0);
	rq_bind_int(s, 9, log_size(l, r));
	rq_stmt_exec(s, NULL);
}

/* A result whose token is not the job's: was it this very one that was accepted? */
static enum rq_verdict old_result(struct rq_local *l, int64_t id, const struct rq_result *res)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT result FROM attempt WHERE job=? AND token=?");
	bool same;

	rq_bind_int(s, 1, id);
	rq_bind_str(s, 2, res->token);
	same = rq_stmt_row(s) && rq_eq(rq_col_str(s, 0), attempt_result(res));
	rq_stmt_done(s);
	return same ? RQ_VERDICT_REPEAT : RQ_VERDICT_STALE;
}

/* --- results ------------------------------------------------------------------------------ */

/* Where a leased job goes. */
struct next {
	const char *state;              /* "done", "ready", "delayed", "held" */
	const char *conclusion, *reason;
	int64_t run_at, set_id;
	int failures, losses;           /* to add */
};

/* How a job is retried: as its submission says, or the policy. */
struct retries {
	long long max, backoff, cap;
	int factor_milli;
	unsigned on;                    /* RQ_RETRY_... */
};

static struct retries retries_of(const struct rq_row *r)
{
	struct retries t;

	if (r->governed && sscanf(r->retry, "%lld %u %lld %d %lld", &t.max, &t.on, &t.backoff, &t.factor_milli, &t.cap) == 5) {
		if (t.cap <= 0 || t.cap > BACKOFF_MAX)
			t.cap = BACKOFF_MAX;
		if (t.factor_milli < 1000)
			t.factor_milli = 1000;
		return t;
	}
	/* Lost ones and those that ran out of time have rules of their own. */
	return (struct retries){ r->retries, r->backoff, BACKOFF_MAX, 2000, RQ_RETRY_FAILURE };
}

/* What kind of failure RES is to a policy. */
static unsigned failure_of(const struct rq_row *r, const struct rq_result *res)
{
	bool policy = r->governed && r->retry[0];

	switch (res->kind) {
	case RQ_RESULT_FINISHED:
		return policy && res->exit_code == 75 ? RQ_RETRY_TEMPORARY : RQ_RETRY_FAILURE;
	case RQ_RESULT_LOST:
		return RQ_RETRY_TEMPORARY;
	case RQ_RESULT_TIMED_OUT:
		return RQ_RETRY_TIMEOUT;
	default:
		return 0;
	}
}

static void retry_later(const struct rq_row *r, const struct retries *t, int64_t now, struct next *n)
{
	int64_t wait = t->backoff;

	for (int64_t i = 0; i < r->failures && wait < t->cap; i++)
		wait = wait / 1000 * t->factor_milli + wait % 1000 * t->factor_milli / 1000;
	if (wait > t->cap)
		wait = t->cap;
	n->failures = 1;
	n->state = "delayed";
	n->reason = RQ_WHY_RETRY_BACKOFF;
	n->run_at = now + wait / 2 + (int64_t)rq_random_below((uint64_t)(wait - wait / 2) + 1);
}

static void done(struct next *n, const char *conclusion, const char *reason)
{
	n->state = "done";
	n->conclusion = conclusion;
	n->reason = reason;
}

/* A success that won stays one. Else what the operator asked for goes first: cancel, then re-route. */
static struct next decide(const struct rq_row *r, const struct rq_result *res, int64_t now)
{
	int64_t asked = r->asked ? r->asked : r->set_id;
	struct next n = { .state = "ready", .set_id = r->next_set ? r->next_set : asked };
	bool success = res->kind == RQ_RESULT_FINISHED && res->exit_code == 0 && res->signal == 0;
	const struct retries t = retries_of(r);
	bool again = (failure_of(r, res) & t.on) && r->failures < t.max;

	n.failures = res->kind == RQ_RESULT_FINISHED && !success && !r->next_set;
	n.losses = res->kind == RQ_RESULT_LOST;
	if (success) {
		n.set_id = asked;
		done(&n, "success", NULL);
	} else if (r->cancel || (res->kind == RQ_RESULT_CANCELLED && !r->next_set)) {
		done(&n, "cancelled", RQ_WHY_CANCEL_REQUESTED);
	} else if (n.losses && r->losses + 1 > LOSSES_MAX) {
		done(&n, "failure", RQ_WHY_RUNNER_LOST);
	} else if (!r->next_set && again) {
		retry_later(r, &t, now, &n);
	} else if (r->next_set || res->kind == RQ_RESULT_RELEASED || n.losses) {
		n.state = "ready";
	} else if (res->kind == RQ_RESULT_TIMED_OUT) {
		done(&n, "timed_out", RQ_WHY_TIMEOUT);
	} else if (res->kind == RQ_RESULT_START_FAILED) {
		done(&n, "failure", RQ_WHY_START_FAILED);
	} else {
		done(&n, "failure", NULL);
	}
	if (r->governed && rq_eq(n.state, "ready")) {
		n.state = "held";
		n.reason = RQ_WHY_DECISION_PENDING;
	}
	return n;
}

static void move(struct rq_local *l, const struct rq_row *r, const struct rq_result *res, const struct next *n,
		 int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE job SET state=?3,conclusion=?4,reason=?5,set_id=?6,next_set=NULL,run_at=?7,token=NULL,owner=NULL,"
		"lease=NULL,failures=failures+?8,losses=losses+?9,exit_code=?10,signal=?11,asked=CASE WHEN governed THEN ?6 END,"
		"wait_until=CASE ?3 WHEN 'held' THEN " RQ_LOCAL_DUE_SQL " END,"
		"started=CASE WHEN ?3<>'done' THEN NULL WHEN ?12>0 THEN ?12 ELSE started END,"
		"ended=CASE WHEN ?3='done' THEN ?13 END WHERE id=?1 AND state='leased' AND token=?2");

	rq_bind_int(s, 1, r->id);
	rq_bind_str(s, 2, r->token);
	rq_bind_str(s, 3, n->state);
	rq_bind_str(s, 4, n->conclusion);
	rq_bind_str(s, 5, n->reason);
	rq_bind_int(s, 6, n->set_id);
	rq_bind_int(s, 7, n->run_at);
	rq_bind_int(s, 8, n->failures);
	rq_bind_int(s, 9, n->losses);
	/* 127 and 126 of a command that could not be started are a status like any other. */
	rq_bind_int(s, 10, res->kind == RQ_RESULT_FINISHED || res->kind == RQ_RESULT_START_FAILED ? res->exit_code : -1);
	rq_bind_int(s, 11, res->signal);
	rq_bind_int(s, 12, res->started_at);
	rq_bind_int(s, 13, res->ended_at ? res->ended_at : now);
	rq_stmt_exec(s, NULL);
}

static void tell_buried(struct rq_local *l, const struct rq_row *r)
{
	struct rq_arena a = { 0 };

	rq_local_audit(l, rq_arena_fmt(&a, "agent:%s", r->runner), "bury", rq_local_full_id(l, &a, r->id),
		       rq_arena_fmt(&a, "its process was lost %d times; retry it when the cause is found",
				    LOSSES_MAX + 1), "ok");
	rq_arena_release(&a);
}

/* The fence: the job is still held under the token that the result names. */
static bool is_current(const struct rq_row *r, const struct rq_result *res)
{
#ifdef RQ_WITHOUT_FENCE
	(void)res;
	return rq_eq(r->state, "leased");
#else
	return rq_eq(r->state, "leased") && rq_eq(r->token, res->token);
#endif
}

/* < 0: it was handed back before it began. */
static int64_t ran_ms(const struct rq_row *r, const struct rq_result *res, int64_t now)
{
	int64_t from = res->started_at ? res->started_at : r->started, to = res->ended_at ? res->ended_at : now;

	if (res->kind == RQ_RESULT_START_FAILED || (res->kind == RQ_RESULT_RELEASED && !res->started_at))
		return -1;
	return to > from ? to - from : 0;
}

enum rq_verdict rq_local_result(struct rq_local *l, const struct rq_result *res, int64_t now)
{
	struct rq_row r;
	struct next n;
	int64_t id;

	if (rq_local_id(l, res->id, &id, NULL) || !rq_local_row(l, id, &r) || !res->token)
		return RQ_VERDICT_STALE;
	if (!is_current(&r, res))
		return old_result(l, id, res);
	n = decide(&r, res, now);
	rq_local_leave(l, &r, ran_ms(&r, res, now));
	move(l, &r, res, &n, now);
	end_attempt(l, &r, res, now);
	l->touched = true;
	if (!rq_eq(n.state, "done")) {
		if (r.grp)
			rq_local_group_fill(l, r.grp);
		return RQ_VERDICT_AGAIN;
	}
	if (rq_eq(n.reason, RQ_WHY_RUNNER_LOST))
		tell_buried(l, &r);
	after_end(l, &r, n.conclusion, now);
	return RQ_VERDICT_DONE;
}

void rq_local_settle_drains(struct rq_local *l)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE runner SET drain='drained' WHERE drain='draining' AND NOT EXISTS("
		"SELECT 1 FROM job WHERE state='leased' AND job.runner=runner.name COLLATE NOCASE)");

	rq_stmt_exec(s, NULL);
	if (rq_db_changes(l->db))
		l->touched = true;
}
