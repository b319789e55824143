/* local_detail.c - JOB and DECISION: one object whole. */
#include <ctype.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/queue/local.h"

static const char *text(struct rq_arena *a, struct rq_stmt *s, int i)
{
	const char *t = rq_col_str(s, i);

	return t ? rq_arena_str(a, t) : "";
}

/* --- job ---------------------------------------------------------------------------------- */

static const char **ids(struct rq_local *l, struct rq_arena *a, const char *sql, int64_t id, size_t *n)
{
	struct rq_stmt *s = rq_db_stmt(l->db, sql);
	const char **v = NULL;
	size_t cap = 0;

	*n = 0;
	rq_bind_int(s, 1, id);
	while (rq_stmt_row(s)) {
		RQ_GROW(v, *n, &cap);
		v[(*n)++] = rq_local_full_id(l, a, rq_col_int(s, 0));
	}
	rq_stmt_done(s);
	return rq_local_settle(a, v, *n, sizeof *v);
}

static void load_attempts(struct rq_local *l, struct rq_arena *a, int64_t id, struct rq_job_detail *d)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT number,runner,result,started,ended,coalesce(exit_code,-1),signal,why"
					      " FROM attempt WHERE job=? ORDER BY number");
	struct rq_attempt *v = NULL;
	size_t n = 0, cap = 0;

	rq_bind_int(s, 1, id);
	while (rq_stmt_row(s)) {
		RQ_GROW(v, n, &cap);
		v[n].number = (int)rq_col_int(s, 0);
		v[n].runner_name = text(a, s, 1);
		v[n].result = rq_col_null(s, 2) ? "running" : text(a, s, 2);
		v[n].started_at = rq_col_int(s, 3);
		v[n].completed_at = rq_col_int(s, 4);
		v[n].exit_code = (int)rq_col_int(s, 5);
		v[n].signal = (int)rq_col_int(s, 6);
		v[n++].why = text(a, s, 7);
	}
	rq_stmt_done(s);
	d->attempts = rq_local_settle(a, v, n, sizeof *v);
	d->n_attempts = n;
}

/* Names alone: values may be secret. */
static void env_names(struct rq_arena *a, const struct rq_submission *sub, struct rq_job_detail *d)
{
	d->env_names = rq_arena_alloc(a, (sub->n_env + 1) * sizeof *d->env_names);
	for (; d->n_env < sub->n_env; d->n_env++)
		d->env_names[d->n_env] = rq_arena_strn(a, sub->env[d->n_env], strcspn(sub->env[d->n_env], "="));
}

static void load_spec(struct rq_local *l, struct rq_call *c, int64_t id, struct rq_job_detail *d)
{
	struct rq_submission sub;
	size_t n;

	if (!rq_local_spec_get(l, id, &c->arena, &sub, &c->err))
		return;
	d->cwd = sub.cwd ? sub.cwd : "";
	n = sub.n_steps;
	d->steps = rq_arena_alloc(&c->arena, (n + 1) * sizeof *d->steps);
	memcpy(d->steps, sub.steps, n * sizeof *d->steps);
	d->n_steps = n;
	env_names(&c->arena, &sub, d);
	d->params = sub.params;
	d->n_params = sub.n_params;
	d->log_max = sub.log_max;
	d->memory_max = sub.memory_max;
	d->nice = sub.nice;
}

static void load_asked(struct rq_local *l, struct rq_arena *a, int64_t id, struct rq_job_detail *d)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT coalesce(asked,set_id),submitter,source FROM job WHERE id=?");
	const struct rq_set *set = NULL;

	rq_bind_int(s, 1, id);
	if (rq_stmt_row(s)) {
		set = rq_local_set_get(l, rq_col_int(s, 0));
		d->submitter = text(a, s, 1);
		d->source = text(a, s, 2);
	}
	rq_stmt_done(s);
	d->asked.v = rq_arena_alloc(a, (RQ_LABELS_MAX + 1) * sizeof *d->asked.v);
	for (; set && d->asked.n < set->labels.n && d->asked.n < RQ_LABELS_MAX; d->asked.n++)
		d->asked.v[d->asked.n] = rq_arena_str(a, set->labels.v[d->asked.n]);
	d->asked_target = rq_arena_str(a, set ? set->target : "");
}

static void load_job(struct rq_local *l, struct rq_call *c, int64_t id)
{
	struct rq_view *view = rq_local_view(l, &c->arena);
	struct rq_stmt *s = rq_db_stmt(l->db, RQ_LOCAL_JOB "WHERE j.id=?");
	struct rq_job_detail *d;

	rq_bind_int(s, 1, id);
	if (!rq_stmt_row(s)) {
		rq_fail(&c->err, RQ_ENOTFOUND, "There is no job '%.64s' on queue %s.", c->u.job.id, l->name);
		return;
	}
	d = rq_arena_alloc(&c->arena, sizeof *d);
	rq_local_view_row(view, s, &d->job);
	rq_stmt_done(s);
	load_asked(l, &c->arena, id, d);
	load_spec(l, c, id, d);
	load_attempts(l, &c->arena, id, d);
	d->after = ids(l, &c->arena, "SELECT parent FROM dep WHERE child=? ORDER BY parent", id, &d->n_after);
	d->dependents = ids(l, &c->arena, "SELECT child FROM dep WHERE parent=? ORDER BY child", id, &d->n_dependents);
	c->u.job.detail = d;
}

int rq_local_job(struct rq_local *l, struct rq_call *c)
{
	int64_t id;
	int code = rq_local_id(l, c->u.job.id, &id, &c->err);

	if (!code)
		code = rq_db_begin_read(l->db, &c->err);
	if (code)
		return code;
	load_job(l, c, id);
	rq_db_end_read(l->db);
	code = rq_db_error(l->db, &c->err);
	return code ? code : c->err.code;
}

/* --- decision ----------------------------------------------------------------------------- */

const char *rq_local_last_decision(struct rq_local *l, struct rq_arena *a, int64_t job)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT decision FROM job WHERE id=?");
	const char *id = NULL;

	rq_bind_int(s, 1, job);
	if (rq_stmt_row(s))
		id = rq_arena_str(a, rq_col_str(s, 0));
	rq_stmt_done(s);
	return id;
}

static int load_decision(struct rq_local *l, struct rq_call *c, const char *id)
{
	struct rq_stmt *s = rq_db_stmt(l->db, RQ_LOCAL_WHOLE "WHERE d.id=?");
	struct rq_decision *d = rq_arena_alloc(&c->arena, sizeof *d);
	const struct rq_fleet *fleet = NULL;
	int code;

	rq_bind_str(s, 1, id);
	if (!rq_stmt_row(s))
		return rq_fail(&c->err, RQ_ENOTFOUND, "There is no decision '%.64s' on queue %s.", id, l->name);
	code = rq_local_decision_whole(l, &c->arena, s, d, &fleet, &c->err);
	rq_stmt_done(s);
	if (!code)
		c->u.decision.decision = d;
	return code;
}

static int find_decision(struct rq_local *l, struct rq_call *c)
{
	const char *text_id = c->u.decision.id ? c->u.decision.id : "", *id = text_id;
	const char *foreign = rq_local_foreign_id(l, &c->arena, text_id);
	struct rq_row r;
	int64_t job;

	if (foreign) {
		id = rq_local_foreign_decision(l, &c->arena, foreign);
		return id ? load_decision(l, c, id)
			  : rq_fail(&c->err, RQ_ENOTFOUND, "No decision was stored about job %.128s.", foreign);
	}
	if (strlen(text_id) != RQ_ULID_LEN - 1 || strchr(text_id, ':')) {
		int code = rq_local_id(l, text_id, &job, &c->err);

		if (code)
			return code;
		if (!rq_local_row(l, job, &r))
			return rq_fail(&c->err, RQ_ENOTFOUND, "There is no job '%.64s' on queue %s.", text_id, l->name);
		id = rq_local_last_decision(l, &c->arena, job);
		if (!id)
			return rq_fail(&c->err, RQ_ENOTFOUND, "No decision was stored about job %s.", text_id);
	}
	return load_decision(l, c, id);
}

int rq_local_decision(struct rq_local *l, struct rq_call *c)
{
	int code = rq_db_begin_read(l->db, &c->err), error;

	if (code)
		return code;
	code = find_decision(l, c);
	rq_db_end_read(l->db);
	error = rq_db_error(l->db, &c->err);
	return error ? error : code;
}
