/* local_submit.c - SUBMIT: any number of jobs in one transaction with one sync. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
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

/* --- decisions ---------------------------------------------------------------------------- */

static void bind_decision(struct rq_stmt *s, const struct rq_decision *d)
{
	rq_bind_int(s, 4, d->at);
	rq_bind_str(s, 5, d->trigger ? d->trigger : "");
	rq_bind_str(s, 6, d->by);
	rq_bind_str(s, 7, d->note);
	rq_bind_str(s, 8, rq_outcome_name(d->outcome));
	rq_bind_str(s, 9, d->target);
	rq_bind_str(s, 10, d->reason);
	rq_bind_str(s, 11, d->policy);
	rq_bind_str(s, 12, d->type);
	rq_bind_str(s, 13, d->wanted);
}

static bool is_named(const struct rq_decision *d)
{
	return d && d->id && *d->id;
}

static const char *store_decision(struct rq_local *l, struct rq_arena *a, int64_t job, const struct rq_decision *d,
				  const char *prev)
{
	struct rq_stmt *s;
	struct rq_json *j;
	struct rq_str body;
	char *id;

	if (d->id && *d->id) {
		id = rq_arena_str(a, d->id);
	} else {
		id = rq_arena_alloc(a, RQ_ULID_LEN);
		rq_ulid(id);
	}
	rq_str_init(&body, 0);
	j = rq_decision_to_json(d);
	rq_json_print(j, &body, false);
	rq_json_free(j);
	s = rq_db_stmt(l->db, "INSERT INTO decision(id,job,prev,at,cause,by,note,outcome,target,reason,policy,type,wanted,"
			      "body)VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	rq_bind_str(s, 1, id);
	rq_bind_int(s, 2, job);
	rq_bind_str(s, 3, d->prev_id && *d->prev_id ? d->prev_id : prev);
	bind_decision(s, d);
	rq_bind_strn(s, 14, rq_str_get(&body), body.len);
	rq_stmt_exec(s, NULL);
	rq_str_release(&body);
	return id;
}

void rq_local_decided(struct rq_local *l, struct rq_arena *a, int64_t job, const struct rq_decision *d, const char *prev)
{
	const char *id = d ? store_decision(l, a, job, d, prev) : NULL;
	struct rq_stmt *s;

	if (!id)
		return;
	s = rq_db_stmt(l->db, "UPDATE job SET decision=? WHERE id=?");
	rq_bind_str(s, 1, id);
	rq_bind_int(s, 2, job);
	rq_stmt_exec(s, NULL);
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

static int64_t insert_job(struct submit *u, const struct rq_submission *sub, enum after after)
{
	struct rq_local *l = u->l;
	int64_t set = wanted_set(l, sub), grp = 0, run_at = sub->run_at > u->now ? sub->run_at : 0;
	const char *state = after != AFTER_NOTHING ? "blocked" : run_at ? "delayed" : "ready";
	struct rq_stmt *s;

	if (sub->group)
		grp = rq_local_group(l, sub->group, sub->group_limit);
	s = rq_db_stmt(l->db, "INSERT INTO job(state,reason,set_id,priority,grp,run_at,created,retries,backoff,timeout,"
			      "steps,name,type,command,submit_token,decision)VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
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
	rq_bind_int(s, 10, sub->timeout_ms ? sub->timeout_ms : DEFAULT_TIMEOUT);
	rq_bind_int(s, 11, (int64_t)sub->n_steps);
	bind_texts(s, sub);
	rq_bind_str(s, 15, sub->token);
	rq_bind_str(s, 16, is_named(sub->decision) ? sub->decision->id : NULL);
	rq_stmt_exec(s, NULL);
	return rq_db_last_id(l->db);
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

static int submit_one(struct submit *u, size_t k)
{
	const struct rq_submission *sub = &u->c->u.submit.v[k];
	struct rq_each *each = &u->c->u.submit.each[k];
	int64_t id = job_of_token(u->l, sub->token);
	enum after after;
	struct rq_row row;
	int code;

	each->text = id ? "repeat" : "";
	if (!id) {
		code = look_at_parents(u, k, sub, &after);
		if (code)
			return code;
		id = insert_job(u, sub, after);
		rq_local_spec_put(u->l, id, sub);
		add_edges(u, id, sub->n_after);
		if (is_named(sub->decision))
			store_decision(u->l, &u->c->arena, id, sub->decision, NULL);
		else
			rq_local_decided(u->l, &u->c->arena, id, sub->decision, NULL);
		if (after == AFTER_DOOMED && rq_local_row(u->l, id, &row))
			rq_local_end(u->l, &row, "cancelled", RQ_WHY_DEPENDENCY_FAILED, u->now);
	}
	u->ids[k] = id;
	each->id = rq_local_full_id(u->l, &u->c->arena, id);
	return RQ_OK;
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
	for (size_t k = 0; k < n; k++) {
		code = submit_one(&u, k);
		if (code)
			return rq_local_refuse(l, c);
	}
	audit(&u);
	l->touched = true;
	return rq_local_commit(l, c);
}
