/* local_open.c - OPEN: the jobs that a dispatcher has to look at, and the fleet that it decides over.
 *
 * An event may pass between the moment at which a decision saw the fleet and the moment at which it was stored: nobody
 * would wake that job. So the jobs that have been decided to be held since the caller looked last come as well. */
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

struct found {
	int64_t id, priority;
};

struct open {
	struct rq_local *l;
	struct rq_call *c;
	int64_t now;
	struct found *v;
	size_t n, cap;
};

/* --- which jobs --------------------------------------------------------------------------- */

#define HELD "governed AND state='held' AND state<>'done'"
#define PLACED "governed AND state IN('ready','parked') AND state<>'done'"

static void collect(struct open *o, struct rq_stmt *s)
{
	while (rq_stmt_row(s)) {
		RQ_GROW(o->v, o->n, &o->cap);
		o->v[o->n].id = rq_col_int(s, 0);
		o->v[o->n++].priority = rq_col_int(s, 1);
	}
	rq_stmt_done(s);
}

static void find_waking(struct open *o)
{
	for (size_t i = 0; i < o->c->u.open.n_events; i++) {
		struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT id,priority FROM wake JOIN job ON job.id=wake.job"
							 " WHERE event=? AND state='held'");

		rq_bind_str(s, 1, o->c->u.open.events[i]);
		collect(o, s);
	}
}

static void find_new(struct open *o)
{
	struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT job.id,priority FROM decision d JOIN job ON job.id=d.job WHERE seq>=?"
						 " AND state='held' AND job.decision=d.id");

	rq_bind_int(s, 1, o->c->u.open.since);
	collect(o, s);
}

static void find_all(struct open *o)
{
	struct rq_stmt *s;

	collect(o, rq_db_stmt(o->l->db, "SELECT id,priority FROM job WHERE " PLACED));
	if (o->c->u.open.all) {
		collect(o, rq_db_stmt(o->l->db, "SELECT id,priority FROM job WHERE " HELD));
		return;
	}
	s = rq_db_stmt(o->l->db, "SELECT id,priority FROM job WHERE " HELD " AND wait_until<=?");
	rq_bind_int(s, 1, o->now);
	collect(o, s);
	find_waking(o);
	if (o->c->u.open.since)
		find_new(o);
}

static int by_turn(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* The place of the job that the caller knows already. */
static bool read_after(struct open *o, struct found *after)
{
	struct rq_stmt *s;
	bool found;

	if (!o->c->u.open.after || rq_local_id(o->l, o->c->u.open.after, &after->id, NULL))
		return false;
	s = rq_db_stmt(o->l->db, "SELECT priority FROM job WHERE id=?");
	rq_bind_int(s, 1, after->id);
	found = rq_stmt_row(s);
	if (found)
		after->priority = rq_col_int(s, 0);
	rq_stmt_done(s);
	return found;
}

/* Each once, in their turn, from behind AFTER. */
static void arrange(struct open *o)
{
	struct found after;
	bool behind = read_after(o, &after);
	size_t k = 0;

	if (o->n)
		qsort(o->v, o->n, sizeof *o->v, by_turn);
	for (size_t i = 0; i < o->n; i++) {
		if ((k && o->v[k - 1].id == o->v[i].id) || (behind && by_turn(&o->v[i], &after) <= 0))
			continue;
		o->v[k++] = o->v[i];
	}
	o->n = k;
}

/* --- one job ------------------------------------------------------------------------------ */

static const char *text(struct rq_arena *a, struct rq_stmt *s, int i)
{
	const char *t = rq_col_str(s, i);

	return t ? rq_arena_str(a, t) : "";
}

/* What woke it up last, in the decision's order. */
static void load_wakes(struct open *o, int64_t id, struct rq_open_job *j)
{
	struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT event FROM wake WHERE job=? ORDER BY n");
	struct rq_arena *a = &o->c->arena;
	const char **v = NULL;
	size_t cap = 0;

	rq_bind_int(s, 1, id);
	while (rq_stmt_row(s)) {
		RQ_GROW(v, j->n_wake_on, &cap);
		v[j->n_wake_on++] = text(a, s, 0);
	}
	rq_stmt_done(s);
	j->wake_on = rq_local_settle(a, v, j->n_wake_on, sizeof *v);
}

static const char *reason_of(struct open *o, const char *decision)
{
	struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT reason FROM decision WHERE id=?");
	const char *reason;

	rq_bind_str(s, 1, decision);
	reason = rq_stmt_row(s) ? text(&o->c->arena, s, 0) : "";
	rq_stmt_done(s);
	return reason;
}

static void set_labels(struct rq_arena *a, const struct rq_set *set, struct rq_facts *f)
{
	struct rq_labels *labels = rq_arena_alloc(a, sizeof *labels);

	f->labels = labels;
	f->target = set ? rq_arena_str(a, set->target) : "";
	labels->v = rq_arena_alloc(a, ((set ? set->labels.n : 0) + 1) * sizeof *labels->v);
	for (; set && labels->n < set->labels.n; labels->n++)
		labels->v[labels->n] = rq_arena_str(a, set->labels.v[labels->n]);
}

/* As the runner spells itself. */
static const char *target_of(struct open *o, const struct rq_set *set)
{
	const struct rq_fleet *f = &o->c->u.open.fleet;

	for (size_t i = 0; set && i < f->n_runners; i++)
		if (rq_ieq(f->runners[i].name, set->target))
			return f->runners[i].name;
	return set ? rq_arena_str(&o->c->arena, set->target) : "";
}

static bool load_row(struct open *o, int64_t id, struct rq_open_job *j)
{
	struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT decision,policy,set_id,asked,state,wait_until,type,submitter,source,"
						 "priority,attempt,created,run_at FROM job WHERE id=?");
	struct rq_arena *a = &o->c->arena;
	bool placed;

	rq_bind_int(s, 1, id);
	if (!rq_stmt_row(s))
		return false;
	j->id = rq_local_full_id(o->l, a, id);
	j->decision_id = text(a, s, 0);
	j->policy_oid = text(a, s, 1);
	placed = !rq_eq(rq_col_str(s, 4), "held");
	j->target = placed ? target_of(o, rq_local_set_get(o->l, rq_col_int(s, 2))) : "";
	set_labels(a, rq_local_set_get(o->l, rq_col_int(s, 3)), &j->facts);
	j->due = rq_col_int(s, 5) == RQ_LOCAL_DUE;
	j->wait_until = j->due ? 0 : rq_col_int(s, 5);
	j->facts.type = text(a, s, 6);
	j->facts.submitter = text(a, s, 7);
	j->facts.source = rq_col_null(s, 8) ? "cli" : text(a, s, 8);
	j->facts.priority = (int)rq_col_int(s, 9);
	j->facts.attempt = (int)rq_col_int(s, 10) + 1;
	j->facts.created_at = rq_col_int(s, 11);
	j->facts.run_at = rq_col_int(s, 12);
	rq_stmt_done(s);
	return true;
}

static void load_params(struct open *o, int64_t id, struct rq_facts *f)
{
	struct rq_submission sub;

	if (!rq_local_spec_get(o->l, id, &o->c->arena, &sub, NULL))
		return;
	f->n_params = sub.n_params;
	f->params = (const char *const *)sub.params;
}

static void load_jobs(struct open *o)
{
	size_t max = o->c->u.open.max < o->n ? o->c->u.open.max : o->n;
	struct rq_open_job *v = rq_arena_alloc(&o->c->arena, (max + 1) * sizeof *v);

	rq_local_sets_load(o->l);
	o->c->u.open.v = v;
	o->c->u.open.more = max < o->n;
	for (size_t i = 0; i < max; i++) {
		struct rq_open_job *j = &v[o->c->u.open.n];

		if (!load_row(o, o->v[i].id, j))
			continue;
		j->reason = reason_of(o, j->decision_id);
		load_wakes(o, o->v[i].id, j);
		load_params(o, o->v[i].id, &j->facts);
		o->c->u.open.n++;
	}
}

/* --- the rest ----------------------------------------------------------------------------- */

static void load_fleet(struct open *o)
{
	struct rq_fleet *f = &o->c->u.open.fleet;
	struct rq_arena *a = &o->c->arena;
	struct rq_runner *runners = rq_local_runners(o->l, a, &f->n_runners);

	rq_local_placed(o->l, runners, f->n_runners);
	f->runners = runners;
	f->counters = rq_local_counters(o->l, a, &f->n_counters);
	f->taken_at = o->now;
	rq_fleet_seal(a, f);
}

static void load_schedules(struct open *o)
{
	struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT substr(name,2),n FROM tally WHERE name>='@' AND name<'A'");
	struct rq_schedule_state *v = NULL;
	size_t n = 0, cap = 0;

	while (rq_stmt_row(s)) {
		RQ_GROW(v, n, &cap);
		v[n].name = text(&o->c->arena, s, 0);
		v[n++].last_due = rq_col_int(s, 1);
	}
	rq_stmt_done(s);
	o->c->u.open.schedules = rq_local_settle(&o->c->arena, v, n, sizeof *v);
	o->c->u.open.n_schedules = n;
}

/* When the next job is to be looked at, or comes to be held. */
static int64_t next_at(struct open *o)
{
	struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT min(at)FROM(SELECT min(wait_until)AS at FROM job WHERE " HELD
						 " AND wait_until>?1 UNION ALL SELECT min(run_at)FROM job WHERE governed"
						 " AND state='delayed' AND state<>'done')");
	int64_t at;

	rq_bind_int(s, 1, o->now);
	at = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;
	rq_stmt_done(s);
	return at;
}

static bool any_delayed(struct open *o)
{
	struct rq_stmt *s = rq_db_stmt(o->l->db, "SELECT 1 FROM job WHERE governed AND state='delayed' AND state<>'done'"
						 " AND run_at<=?");
	bool any;

	rq_bind_int(s, 1, o->now);
	any = rq_stmt_row(s);
	rq_stmt_done(s);
	return any;
}

/* Mostly the agents have released what is due; there may be none. */
static int release_due(struct open *o)
{
	int code = rq_db_begin_read(o->l->db, &o->c->err);
	bool any;

	if (code)
		return code;
	any = any_delayed(o);
	rq_db_end_read(o->l->db);
	if (!any)
		return rq_db_error(o->l->db, &o->c->err);
	code = rq_local_begin(o->l, o->c, false);
	if (code)
		return code;
	rq_local_promote(o->l, o->now);
	return rq_local_commit(o->l, o->c);
}

int rq_local_open(struct rq_local *l, struct rq_call *c)
{
	struct open o = { .l = l, .c = c, .now = rq_now() };
	int code = release_due(&o);

	c->u.open.n = 0;
	if (!code)
		code = rq_db_begin_read(l->db, &c->err);
	if (code)
		return code;
	rq_local_chain_forget(l);
	c->u.open.seq = rq_local_chain(l)->seq;
	load_fleet(&o);
	find_all(&o);
	arrange(&o);
	load_jobs(&o);
	load_schedules(&o);
	c->u.open.next_at = next_at(&o);
	rq_db_end_read(l->db);
	rq_free(o.v);
	return rq_db_error(l->db, &c->err);
}
