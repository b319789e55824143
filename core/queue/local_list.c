/* local_list.c - SNAPSHOT: what the faces list, in one consistent view. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum { ACTIVE_MAX = 10000 };

/* A label set as the rows of one answer share it. */
struct shown {
	bool made;
	struct rq_labels labels;
	const char *target;
	const char *stuck;              /* why no runner takes its jobs now; "" they are only waiting for their turn */
};

struct rq_view {
	struct rq_local *l;
	struct rq_arena *a;
	struct rq_runner *runners;
	size_t n_runners;
	struct shown *sets;             /* by the set's place */
	const char *type, *runner, *actor; /* of the row before: mostly the same */
};

/* --- label sets --------------------------------------------------------------------------- */

/* The runner that is nearest to taking the set's jobs says why it does not. */
static const char *why_stuck(const struct rq_view *v, const struct rq_set *set)
{
	const char *why = "LABEL_MISSING";
	bool target_known = !*set->target, offline = false;

	for (size_t i = 0; i < v->n_runners; i++) {
		const struct rq_runner *r = &v->runners[i];

		target_known = target_known || rq_ieq(r->name, set->target);
		if (!rq_local_set_fits(set, &r->labels, r->name))
			continue;
		if (r->online && r->drain == RQ_DRAIN_ACTIVE && !r->hung)
			return "";
		if (!r->online)
			offline = true;
		else
			why = r->drain != RQ_DRAIN_ACTIVE ? "RUNNER_PAUSED" : "RUNNER_STALE";
	}
	if (!target_known)
		return "NO_CANDIDATES";
	return offline && rq_eq(why, "LABEL_MISSING") ? "RUNNER_OFFLINE" : why;
}

static void show_set(struct rq_view *v, const struct rq_set *set, struct shown *sh)
{
	sh->made = true;
	sh->target = rq_arena_str(v->a, set->target);
	for (size_t i = 0; i < v->n_runners; i++)
		if (rq_ieq(v->runners[i].name, set->target))
			sh->target = v->runners[i].name; /* as it spells itself */
	sh->labels.v = rq_arena_alloc(v->a, (set->labels.n + 1) * sizeof *sh->labels.v);
	for (; sh->labels.n < set->labels.n; sh->labels.n++)
		sh->labels.v[sh->labels.n] = rq_arena_str(v->a, set->labels.v[sh->labels.n]);
	sh->stuck = why_stuck(v, set);
}

static const struct shown *shown(struct rq_view *v, int64_t set_id)
{
	static const struct shown nothing = { .made = true, .target = "", .stuck = "" };
	const struct rq_set *set = rq_local_set_get(v->l, set_id);

	if (!set)
		return &nothing;
	if (!v->sets[set->at].made)
		show_set(v, set, &v->sets[set->at]);
	return &v->sets[set->at];
}

struct rq_view *rq_local_view(struct rq_local *l, struct rq_arena *a)
{
	struct rq_view *v = rq_arena_alloc(a, sizeof *v);

	rq_local_sets_load(l);
	v->l = l;
	v->a = a;
	v->runners = rq_local_runners(l, a, &v->n_runners);
	v->sets = rq_arena_alloc(a, l->n_sets * sizeof *v->sets);
	v->type = v->runner = v->actor = "";
	return v;
}

/* --- jobs --------------------------------------------------------------------------------- */

static const char *text(struct rq_arena *a, struct rq_stmt *s, int i)
{
	const char *t = rq_col_str(s, i);

	return t ? rq_arena_strn(a, t, rq_col_len(s, i)) : "";
}

/* The same text as in the row before is not copied again. */
static const char *repeated(struct rq_arena *a, struct rq_stmt *s, int i, const char **before)
{
	const char *t = rq_col_str(s, i);

	if (!t)
		return "";
	if (strcmp(*before, t) != 0)
		*before = rq_arena_strn(a, t, rq_col_len(s, i));
	return *before;
}

static enum rq_status status_of(const char *state)
{
	switch (state[0]) {
	case 'd':
		return state[1] == 'o' ? RQ_STATUS_COMPLETED : RQ_STATUS_WAITING;
	case 'b':
	case 'h':
		return RQ_STATUS_WAITING;
	case 'p':
		return RQ_STATUS_PENDING;
	case 'l':
		return RQ_STATUS_IN_PROGRESS;
	default:
		return RQ_STATUS_QUEUED;
	}
}

/* Reasons that are stored are constants of ours; they need no copy, but there is no table of them. */
static void set_status(struct rq_view *v, struct rq_stmt *s, struct rq_job *j, const struct shown *sh)
{
	j->status = status_of(rq_col_str(s, 1));
	j->cancel_requested = rq_col_int(s, 17) != 0;
	j->reason = text(v->a, s, 3);
	if (j->status == RQ_STATUS_COMPLETED)
		rq_conclusion_parse(rq_col_str(s, 2), &j->conclusion);
	else if (j->status == RQ_STATUS_QUEUED)
		j->reason = sh->stuck;
	else if (j->status == RQ_STATUS_IN_PROGRESS && j->cancel_requested)
		j->reason = RQ_WHY_CANCEL_REQUESTED;
	else if (j->status == RQ_STATUS_IN_PROGRESS && !rq_col_null(s, 5))
		j->reason = RQ_WHY_REROUTING;
}

/* The attempt that runs or ran last; the coming one for a job that waits. */
static int attempt_shown(struct rq_stmt *s, enum rq_status status)
{
	int base = (int)rq_col_int(s, 12), attempt = (int)rq_col_int(s, 13);

	if (status != RQ_STATUS_COMPLETED && status != RQ_STATUS_IN_PROGRESS)
		return attempt + 1;
	return attempt > base ? attempt : base + 1;
}

void rq_local_view_row(struct rq_view *v, struct rq_stmt *s, struct rq_job *j)
{
	int64_t id = rq_col_int(s, 0), first = rq_col_int(s, 21);
	const struct shown *sh = shown(v, rq_col_int(s, 4));

	memset(j, 0, sizeof *j);
	j->id = rq_local_full_id(v->l, v->a, id);
	j->run_id = first ? rq_local_full_id(v->l, v->a, first) : j->id;
	j->queue = v->l->name;
	set_status(v, s, j, sh);
	j->run_attempt = attempt_shown(s, j->status);
	j->labels = sh->labels;
	j->target = sh->target;
	j->priority = (int)rq_col_int(s, 6);
	j->group = text(v->a, s, 7);
	j->run_at = rq_col_int(s, 8);
	j->created_at = rq_col_int(s, 9);
	j->started_at = rq_col_int(s, 10);
	j->completed_at = rq_col_int(s, 11);
	j->retries = (int)rq_col_int(s, 14);
	j->failures = (int)rq_col_int(s, 15);
	j->losses = (int)rq_col_int(s, 16);
	j->runner_name = repeated(v->a, s, 18, &v->runner);
	j->exit_code = (int)rq_col_int(s, 19);
	j->signal = (int)rq_col_int(s, 20);
	j->steps = rq_col_int(s, 22);
	j->name = text(v->a, s, 23);
	j->type = repeated(v->a, s, 24, &v->type);
	j->command = text(v->a, s, 25);
	j->timeout_ms = rq_col_int(s, 26);
	j->decision_id = text(v->a, s, 27);
	j->actor = repeated(v->a, s, 28, &v->actor);
}

struct rows {
	struct rq_job *v;
	size_t n, cap;
};

static void load_rows(struct rq_view *view, const char *sql, size_t max, struct rows *rows)
{
	struct rq_stmt *s = rq_db_stmt(view->l->db, sql);

	rq_bind_int(s, 1, max > INT32_MAX ? INT32_MAX : (int64_t)max);
	while (rq_stmt_row(s)) {
		RQ_GROW(rows->v, rows->n, &rows->cap);
		rq_local_view_row(view, s, &rows->v[rows->n++]);
	}
	rq_stmt_done(s);
}

/* In progress, queued, pending, waiting, each newest first; then what is finished, latest end first. */
static void load_jobs(struct rq_view *view, const struct rq_want *want, struct rq_snapshot *snap)
{
	static const enum rq_status order[] = { RQ_STATUS_IN_PROGRESS, RQ_STATUS_QUEUED, RQ_STATUS_PENDING,
						RQ_STATUS_WAITING };
	struct rows rows = { 0 };
	size_t open, k = 0;

	load_rows(view, RQ_LOCAL_JOB_BY("INDEXED BY job_leased") "WHERE state='leased' ORDER BY j.id DESC LIMIT ?",
		  ACTIVE_MAX, &rows);
	load_rows(view, RQ_LOCAL_JOB_BY("INDEXED BY job_open") "WHERE state<>'done' AND state<>'leased'"
		  " ORDER BY j.id DESC LIMIT ?", ACTIVE_MAX - rows.n, &rows);
	open = rows.n;
	if (want->finished_max)
		load_rows(view, RQ_LOCAL_JOB "WHERE state='done' ORDER BY ended DESC,j.id DESC LIMIT ?",
			  want->finished_max, &rows);
	snap->jobs = rq_arena_alloc(&snap->arena, (rows.n + 1) * sizeof *snap->jobs);
	snap->n_jobs = rows.n;
	for (size_t o = 0; o < sizeof order / sizeof *order; o++)
		for (size_t i = 0; i < open; i++)
			if (rows.v[i].status == order[o])
				snap->jobs[k++] = rows.v[i];
	if (rows.n > open)
		memcpy(snap->jobs + open, rows.v + open, (rows.n - open) * sizeof *rows.v);
	rq_free(rows.v);
	snap->more_finished = rows.n - open < (size_t)snap->queues[0].finished;
}

/* --- the rest ----------------------------------------------------------------------------- */

static void load_state(struct rq_local *l, struct rq_snapshot *snap)
{
	struct rq_queue_state *q = rq_arena_alloc(&snap->arena, sizeof *q);
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT name,n FROM tally");

	q->name = rq_arena_str(&snap->arena, l->name);
	q->kind = rq_local_ops.kind;
	q->caps = rq_local_ops.caps;
	q->fetched_at = snap->taken_at;
	q->error = "";
	q->points = q->points_limit = q->points_reset_at = -1;
	while (rq_stmt_row(s)) {
		const char *name = rq_col_str(s, 0);
		int64_t n = rq_col_int(s, 1);

		if (rq_eq(name, "ready"))
			q->queued = n;
		else if (rq_eq(name, "leased"))
			q->running = n;
		else if (rq_eq(name, "done"))
			q->finished = n;
		else if (rq_eq(name, "blocked") || rq_eq(name, "delayed") || rq_eq(name, "parked") ||
			 rq_eq(name, "held"))
			q->waiting += n;
	}
	rq_stmt_done(s);
	snap->queues = q;
	snap->n_queues = 1;
}

static void load_decisions(struct rq_local *l, size_t max, struct rq_snapshot *snap)
{
	struct rq_stmt *s = rq_db_stmt(l->db, RQ_LOCAL_DECISION "ORDER BY seq DESC LIMIT ?");
	struct rq_decision *v = NULL;
	size_t n = 0, cap = 0;

	rq_bind_int(s, 1, (int64_t)max);
	while (rq_stmt_row(s)) {
		RQ_GROW(v, n, &cap);
		rq_local_decision_row(l, &snap->arena, s, &v[n++]);
	}
	rq_stmt_done(s);
	snap->decisions = rq_local_settle(&snap->arena, v, n, sizeof *v);
	snap->n_decisions = n;
}

static void load_activity(struct rq_local *l, size_t max, struct rq_snapshot *snap)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT seq,at,actor,action,object,detail,result FROM activity"
					      " ORDER BY seq DESC LIMIT ?");
	struct rq_activity *v = NULL;
	size_t n = 0, cap = 0;

	rq_bind_int(s, 1, (int64_t)max);
	while (rq_stmt_row(s)) {
		RQ_GROW(v, n, &cap);
		v[n].seq = rq_col_int(s, 0);
		v[n].at = rq_col_int(s, 1);
		v[n].actor = text(&snap->arena, s, 2);
		v[n].action = text(&snap->arena, s, 3);
		v[n].object = text(&snap->arena, s, 4);
		v[n].detail = text(&snap->arena, s, 5);
		v[n++].result = text(&snap->arena, s, 6);
	}
	rq_stmt_done(s);
	snap->activity = rq_local_settle(&snap->arena, v, n, sizeof *v);
	snap->n_activity = n;
}

static void load(struct rq_local *l, const struct rq_want *want, struct rq_snapshot *snap)
{
	struct rq_view *view = want->jobs ? rq_local_view(l, &snap->arena) : NULL;

	load_state(l, snap);
	if (want->counters)
		snap->counters = rq_local_counters(l, &snap->arena, &snap->n_counters);
	/* A submission asks for the runners alone, each time. */
	if (want->runners && view) {
		snap->runners = view->runners;
		snap->n_runners = view->n_runners;
	} else if (want->runners) {
		snap->runners = rq_local_runners(l, &snap->arena, &snap->n_runners);
	}
	if (want->runners && (view || want->counters))
		rq_local_placed(l, snap->runners, snap->n_runners);
	if (view)
		load_jobs(view, want, snap);
	if (want->decisions)
		load_decisions(l, want->decisions_max, snap);
	if (want->activity)
		load_activity(l, want->activity_max, snap);
}

int rq_local_snapshot(struct rq_local *l, struct rq_call *c)
{
	struct rq_snapshot *snap;
	int code = rq_db_begin_read(l->db, &c->err);

	if (code)
		return code;
	snap = rq_snapshot_new();
	snap->taken_at = rq_now();
	load(l, &c->u.snapshot.want, snap);
	rq_db_end_read(l->db);
	code = rq_db_error(l->db, &c->err);
	if (code)
		rq_snapshot_unref(snap);
	else
		c->u.snapshot.snapshot = snap;
	return code;
}
