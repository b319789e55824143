/* local_submit.c - SUBMIT: any number of jobs in one transaction with one sync. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum { COMMAND_SHOWN = 200, NAME_SHOWN = 80 };
#define DEFAULT_TIMEOUT ((int64_t)6 * 3600 * 1000)

/* What the other jobs that it waits for make of a new one. */
enum after { AFTER_NOTHING, AFTER_WAITS, AFTER_DOOMED };

struct submit {
	struct rq_local *l;
	struct rq_call *c;
	int64_t now;
	int64_t *ids;                   /* of this call's submissions so far */
	int64_t *parents;               /* of the one at hand */
};

static bool is_named(const struct rq_decision *d)
{
	return d && d->id && *d->id;
}

/* --- dependencies ------------------------------------------------------------------------- */

/* "^N": the Nth submission of this call, which must come before the Kth. So a cycle cannot be written down. */
static int sibling(struct submit *u, size_t k, const char *text, int64_t *id)
{
	int64_t n;

	if (!rq_parse_i64(text + 1, &n) || n < 0 || (size_t)n >= u->c->u.submit.n)
		return rq_fail(&u->c->err, RQ_EUSAGE, "'%.64s' names no job of this submission.", text);
	if ((size_t)n >= k)
		return rq_fail(&u->c->err, RQ_EUSAGE,
			       "Job %zu of this submission waits for %s%lld, which does not come before it: that would be a "
			       "cycle.", k, (size_t)n == k ? "itself, job " : "job ", (long long)n);
	*id = u->ids[n];
	return RQ_OK;
}

static int look_at_parent(struct submit *u, int64_t id, const char *text, enum after *after)
{
	struct rq_row r;

	if (!rq_local_row(u->l, id, &r))
		return rq_fail(&u->c->err, RQ_ENOTFOUND, "There is no job '%.64s' to wait for on queue %s.", text,
			       u->l->name);
	if (!rq_eq(r.state, "done")) {
		if (*after == AFTER_NOTHING)
			*after = AFTER_WAITS;
	} else if (!rq_eq(r.conclusion, "success")) {
		*after = AFTER_DOOMED;
	}
	return RQ_OK;
}

static int look_at_parents(struct submit *u, size_t k, const struct rq_submission *s, enum after *after)
{
	*after = AFTER_NOTHING;
	for (size_t i = 0; i < s->n_after; i++) {
		const char *text = s->after[i] ? s->after[i] : "";
		int code = *text == '^' ? sibling(u, k, text, &u->parents[i])
					: rq_local_id(u->l, text, &u->parents[i], &u->c->err);

		if (!code)
			code = look_at_parent(u, u->parents[i], text, after);
		if (code)
			return code;
	}
	return RQ_OK;
}

static void add_edges(struct submit *u, int64_t child, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rq_stmt *s = rq_db_stmt(u->l->db, "INSERT OR IGNORE INTO dep(parent,child)VALUES(?,?)");

		rq_bind_int(s, 1, u->parents[i]);
		rq_bind_int(s, 2, child);
		rq_stmt_exec(s, NULL);
	}
}

/* --- one job ------------------------------------------------------------------------------ */

/* Cut at a character's start. */
static void trim_utf8(struct rq_str *b, size_t max)
{
	if (b->len <= max)
		return;
	while (max && ((unsigned char)b->s[max] & 0xc0) == 0x80)
		max--;
	b->len = max;
	b->s[max] = '\0';
	rq_str_add(b, "...");
}

static void bind_texts(struct rq_stmt *s, const struct rq_submission *sub)
{
	struct rq_str line;

	rq_str_init(&line, 4096);
	rq_local_command_line(sub, &line);
	trim_utf8(&line, COMMAND_SHOWN);
	rq_bind_str(s, 14, rq_str_get(&line));
	trim_utf8(&line, NAME_SHOWN);
	rq_bind_str(s, 12, sub->name && *sub->name ? sub->name : rq_str_get(&line));
	rq_bind_str(s, 13, sub->type ? sub->type : "command");
	rq_str_release(&line);
}

static int64_t wanted_set(struct rq_local *l, const struct rq_submission *sub)
{
	const char *any[] = { "self-hosted" };
	struct rq_labels labels = { 1, any };

	return rq_local_set(l, sub->labels.n ? &sub->labels : &labels, sub->target);
}

/* The route's limit is the default, and no submission gets more. */
static int64_t timeout_of(const struct rq_submission *sub)
{
	int64_t most = sub->decision && sub->decision->governed ? sub->decision->timeout_ms : 0;

	if (sub->timeout_ms > 0 && (most <= 0 || sub->timeout_ms < most))
		return sub->timeout_ms;
	return most > 0 ? most : DEFAULT_TIMEOUT;
}

/* Its state and its place, for what the decision makes of it, go to R. */
static int64_t insert_job(struct submit *u, const struct rq_submission *sub, enum after after, struct rq_row *r)
{
	struct rq_local *l = u->l;
	int64_t set = wanted_set(l, sub), grp = 0, run_at = sub->run_at > u->now ? sub->run_at : 0;
	const char *state = after != AFTER_NOTHING ? "blocked" : run_at ? "delayed" : "ready";
	struct rq_stmt *s;

	if (sub->group)
		grp = rq_local_group(l, sub->group, sub->group_limit);
	s = rq_db_stmt(l->db, "INSERT INTO job(state,reason,set_id,priority,grp,run_at,created,retries,backoff,timeout,"
			      "steps,name,type,command,submit_token,decision,source,submitter)"
			      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	rq_bind_str(s, 1, state);
	rq_bind_str(s, 2, after != AFTER_NOTHING ? RQ_WHY_DEPENDENCY_PENDING : run_at ? RQ_WHY_DELAYED : NULL);
	rq_bind_int(s, 3, set);
	rq_bind_int(s, 4, sub->priority);
	if (grp)
		rq_bind_int(s, 5, grp);
	rq_bind_int(s, 6, run_at);
	rq_bind_int(s, 7, u->now);
	rq_bind_int(s, 8, sub->retries);
	rq_bind_int(s, 9, sub->backoff_ms ? sub->backoff_ms : 1000);
	rq_bind_int(s, 10, timeout_of(sub));
	rq_bind_int(s, 11, (int64_t)sub->n_steps);
	bind_texts(s, sub);
	rq_bind_str(s, 15, sub->token);
	rq_bind_str(s, 16, is_named(sub->decision) ? sub->decision->id : NULL);
	rq_bind_str(s, 17, sub->source);
	rq_bind_str(s, 18, rq_local_actor(l, u->c));
	rq_stmt_exec(s, NULL);
	*r = (struct rq_row){ .id = rq_db_last_id(l->db), .set_id = set };
	rq_copy(r->state, sizeof r->state, state);
	return r->id;
}

static int64_t job_of_token(struct rq_local *l, const char *token)
{
	struct rq_stmt *s;
	int64_t id = 0;

	if (!token)
		return 0;
	s = rq_db_stmt(l->db, "SELECT id FROM job WHERE submit_token=?");
	rq_bind_str(s, 1, token);
	if (rq_stmt_row(s))
		id = rq_col_int(s, 0);
	rq_stmt_done(s);
	return id;
}

/* A schedule makes one job for each minute that is due, however often it is asked, and never goes back. */
static bool made_before(struct rq_local *l, const struct rq_submission *sub)
{
	struct rq_arena a = { 0 };
	struct rq_stmt *s;
	bool before = false;

	if (!sub->schedule)
		return false;
	s = rq_db_stmt(l->db, "INSERT INTO tally(name,n)VALUES(?,?)ON CONFLICT(name)DO UPDATE SET n=excluded.n"
			      " WHERE n<excluded.n");
	rq_bind_str(s, 1, rq_arena_fmt(&a, "@%s", sub->schedule));
	rq_bind_int(s, 2, sub->schedule_due);
	rq_stmt_exec(s, NULL);
	before = rq_db_changes(l->db) == 0;
	rq_arena_release(&a);
	return before;
}

static void store(struct submit *u, int64_t id, const struct rq_decision *d)
{
	if (is_named(d))
		rq_local_store(u->l, &u->c->arena, id, d, NULL);
	else
		rq_local_decided(u->l, &u->c->arena, id, d, NULL);
}

static int make_job(struct submit *u, size_t k, int64_t *id)
{
	const struct rq_submission *sub = &u->c->u.submit.v[k];
	enum after after;
	struct rq_row row;
	int code = look_at_parents(u, k, sub, &after);

	if (code)
		return code;
	*id = insert_job(u, sub, after, &row);
	rq_local_spec_put(u->l, *id, sub);
	add_edges(u, *id, sub->n_after);
	if (sub->decision)
		store(u, *id, sub->decision);
	if (sub->decision && sub->decision->governed)
		code = rq_local_follow(u->l, &row, sub->decision, u->now, &u->c->err);
	if (!code && after == AFTER_DOOMED && rq_local_row(u->l, *id, &row))
		rq_local_end(u->l, &row, "cancelled", RQ_WHY_DEPENDENCY_FAILED, u->now);
	return code;
}

static int submit_one(struct submit *u, size_t k)
{
	const struct rq_submission *sub = &u->c->u.submit.v[k];
	struct rq_each *each = &u->c->u.submit.each[k];
	int64_t id = job_of_token(u->l, sub->token);
	int code = RQ_OK;

	each->text = "repeat";
	each->id = "";
	if (!id && made_before(u->l, sub))
		return RQ_OK;
	if (!id) {
		each->text = "";
		code = make_job(u, k, &id);
	}
	u->ids[k] = id;
	each->id = rq_local_full_id(u->l, &u->c->arena, id);
	return code;
}

/* --- refused by the policy ---------------------------------------------------------------- */

static bool is_refused(struct submit *u, size_t k)
{
	const struct rq_submission *sub = &u->c->u.submit.v[k];

	return rq_local_rejects(sub->decision) && !job_of_token(u->l, sub->token);
}

static bool any_refused(struct submit *u)
{
	for (size_t k = 0; k < u->c->u.submit.n; k++)
		if (is_refused(u, k))
			return true;
	return false;
}

/* What was refused is in the journal, and nothing else of the call happened. A schedule's minute is over all the same. */
static int store_refused(struct submit *u)
{
	struct rq_call *c = u->c;
	bool first = true;
	int code;

	for (size_t k = 0; k < c->u.submit.n; k++) {
		const struct rq_decision *d = c->u.submit.v[k].decision;

		if (!is_refused(u, k) || made_before(u->l, &c->u.submit.v[k]))
			continue;
		rq_local_store(u->l, &c->arena, 0, d, NULL);
		if (first)
			rq_local_audit(u->l, rq_local_actor(u->l, c), "submit", "", d->reason, rq_code_name(RQ_EREFUSED));
		first = false;
	}
	u->l->touched = !first;
	code = rq_local_commit(u->l, c);
	for (size_t k = 0; k < c->u.submit.n && !code; k++)
		if (rq_local_rejects(c->u.submit.v[k].decision))
			code = rq_local_rejected(c->u.submit.v[k].decision, &c->err);
	return code;
}

/* --- the verb ----------------------------------------------------------------------------- */

static int check_all(struct rq_call *c, size_t *max_after)
{
	*max_after = 0;
	for (size_t i = 0; i < c->u.submit.n; i++) {
		int code = rq_submission_check(&c->u.submit.v[i], &c->err);

		if (code)
			return code;
		if (c->u.submit.v[i].n_after > *max_after)
			*max_after = c->u.submit.v[i].n_after;
	}
	return RQ_OK;
}

static void audit(struct submit *u)
{
	size_t n = u->c->u.submit.n;
	struct rq_str detail;

	rq_str_init(&detail, 512);
	rq_local_command_line(&u->c->u.submit.v[0], &detail);
	trim_utf8(&detail, COMMAND_SHOWN);
	if (n > 1)
		rq_str_addf(&detail, " (and %zu more jobs, to %s)", n - 1, u->c->u.submit.each[n - 1].id);
	rq_local_audit(u->l, rq_local_actor(u->l, u->c), "submit", u->c->u.submit.each[0].id, rq_str_get(&detail), "ok");
	rq_str_release(&detail);
}

int rq_local_submit(struct rq_local *l, struct rq_call *c)
{
	struct submit u = { .l = l, .c = c };
	size_t n = c->u.submit.n, max_after;
	int code = check_all(c, &max_after);

	c->u.submit.each = rq_arena_alloc(&c->arena, n * sizeof *c->u.submit.each);
	if (code || n == 0)
		return code;
	u.ids = rq_arena_alloc(&c->arena, n * sizeof *u.ids);
	u.parents = rq_arena_alloc(&c->arena, max_after * sizeof *u.parents);
	code = rq_local_begin(l, c, true);
	if (code)
		return code;
	u.now = rq_now();
	if (any_refused(&u))
		return store_refused(&u);
	for (size_t k = 0; k < n; k++) {
		code = submit_one(&u, k);
		if (code)
			return rq_local_refuse(l, c);
	}
	audit(&u);
	l->touched = true;
	return rq_local_commit(l, c);
}
