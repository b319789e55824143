/* local_claim.c - EXCHANGE: a runner hands in results and takes jobs, in one transaction with one sync.
 *
 * The best job is the best head over the label sets that the runner has. Sets with ready jobs are walked by seeks in
 * the index of ready jobs, so the cost is by the number of such sets, not of jobs. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum {
	PROMOTE_MAX = 1000,             /* delayed jobs that come due in one exchange; the rest in the next */
	PARK_MAX = 1000                 /* jobs found to be of a full group in one exchange */
};

struct head {
	int64_t set_id, id, grp, priority;
};

struct exchange {
	struct rq_local *l;
	struct rq_call *c;
	int64_t now, lease;
	struct rq_labels labels;        /* the runner's */
	const char *name;               /* as it was registered */
	enum rq_drain drain;
	bool known, current;            /* the runner is registered; by this instance */
	int64_t running;
	struct head *heads;
	size_t n_heads, cap_heads;
	int parked;
};

/* --- the runner --------------------------------------------------------------------------- */

static void read_runner(struct exchange *x)
{
	struct rq_stmt *s = rq_db_stmt(x->l->db,
		"SELECT name,labels,drain,instance,(SELECT count(*) FROM job WHERE state='leased'"
		" AND job.runner=runner.name COLLATE NOCASE) FROM runner WHERE name=?");

	x->known = x->current = false;
	rq_bind_str(s, 1, x->c->u.exchange.runner);
	if (!rq_stmt_row(s))
		return;
	x->known = true;
	x->name = rq_arena_str(&x->c->arena, rq_col_str(s, 0));
	rq_labels_parse(&x->c->arena, rq_col_str(s, 1), &x->labels, NULL);
	x->drain = rq_local_drain_of(rq_col_str(s, 2));
	x->current = rq_eq(rq_col_str(s, 3), x->c->u.exchange.instance);
	x->running = rq_col_int(s, 4);
	rq_stmt_done(s);
}

/* --- heads -------------------------------------------------------------------------------- */

static bool may_take(struct exchange *x, int64_t set_id)
{
	const struct rq_set *set = rq_local_set_get(x->l, set_id);

	return set && rq_local_set_fits(set, &x->labels, x->name);
}

static bool seek_head(struct exchange *x, const char *sql, int64_t set_id, struct head *h)
{
	struct rq_stmt *s = rq_db_stmt(x->l->db, sql);
	bool found;

	rq_bind_int(s, 1, set_id);
	found = rq_stmt_row(s);
	if (found) {
		h->set_id = rq_col_int(s, 0);
		h->priority = rq_col_int(s, 1);
		h->id = rq_col_int(s, 2);
		h->grp = rq_col_int(s, 3);
	}
	rq_stmt_done(s);
	return found;
}

static void load_heads(struct exchange *x)
{
	static const char sql[] = "SELECT set_id,priority,id,grp FROM job WHERE state='ready' AND set_id>?"
				  " ORDER BY set_id,priority DESC,id LIMIT 1";
	struct head h = { 0 };

	rq_local_sets_load(x->l);
	x->n_heads = 0;
	while (seek_head(x, sql, h.set_id, &h)) {
		if (!may_take(x, h.set_id))
			continue;
		RQ_GROW(x->heads, x->n_heads, &x->cap_heads);
		x->heads[x->n_heads++] = h;
	}
}

static struct head *best_head(struct exchange *x)
{
	struct head *best = NULL;

	for (size_t i = 0; i < x->n_heads; i++) {
		struct head *h = &x->heads[i];

		if (!best || h->priority > best->priority || (h->priority == best->priority && h->id < best->id))
			best = h;
	}
	return best;
}

/* The head is not ready any more: the next of its set takes its place. */
static void next_head(struct exchange *x, struct head *h)
{
	static const char sql[] = "SELECT set_id,priority,id,grp FROM job WHERE state='ready' AND set_id=?"
				  " ORDER BY priority DESC,id LIMIT 1";

	if (!seek_head(x, sql, h->set_id, h))
		*h = x->heads[--x->n_heads];
}

/* --- granting ----------------------------------------------------------------------------- */

static void grant(struct exchange *x, int64_t id, int attempt, int64_t lease, const char *token)
{
	struct rq_grant *g = &x->c->u.exchange.grants[x->c->u.exchange.n_grants];
	struct rq_error e;

	g->id = rq_arena_fmt(&x->c->arena, "%lld", (long long)id);
	g->token = token;
	g->attempt = attempt;
	g->lease_boot_ms = lease;
	if (rq_local_spec_get(x->l, id, &x->c->arena, &g->job, &e)) {
		x->c->u.exchange.n_grants++;
	} else {
		struct rq_result damaged = { .id = g->id, .token = token, .kind = RQ_RESULT_START_FAILED,
					     .exit_code = -1, .why = e.msg };

		rq_local_result(x->l, &damaged, x->now);
	}
}

/* A claim whose answer got lost is repeated with the same token. */
static bool granted_before(struct exchange *x, const char *token)
{
	struct rq_stmt *s = rq_db_stmt(x->l->db, "SELECT id,attempt,lease FROM job WHERE state='leased' AND token=?");
	int64_t id = 0, lease = 0;
	int attempt = 0;

	rq_bind_str(s, 1, token);
	if (rq_stmt_row(s)) {
		id = rq_col_int(s, 0);
		attempt = (int)rq_col_int(s, 1);
		lease = rq_col_int(s, 2);
	}
	rq_stmt_done(s);
	if (id)
		grant(x, id, attempt, lease, token);
	return id != 0;
}

static void park(struct exchange *x, struct head *h)
{
	struct rq_stmt *s = rq_db_stmt(x->l->db, "UPDATE job SET state='parked',reason='" RQ_WHY_GROUP_CONCURRENCY
						 "' WHERE id=? AND state='ready'");

	rq_bind_int(s, 1, h->id);
	rq_stmt_exec(s, NULL);
	x->parked++;
	x->l->touched = true;
	next_head(x, h);
}

static int lease_job(struct exchange *x, int64_t id, const struct rq_claim *claim)
{
	struct rq_stmt *s = rq_db_stmt(x->l->db,
		"UPDATE job SET state='leased',token=?2,owner=?3,runner=?4,lease=?5,attempt=attempt+1,started=?6,reason=NULL,"
		"exit_code=NULL,signal=NULL WHERE id=?1 AND state='ready' RETURNING attempt");
	int attempt = 0;

	rq_bind_int(s, 1, id);
	rq_bind_str(s, 2, claim->token);
	rq_bind_str(s, 3, x->c->u.exchange.instance);
	rq_bind_str(s, 4, x->name);
	rq_bind_int(s, 5, x->lease);
	rq_bind_int(s, 6, x->now);
	while (rq_stmt_row(s))
		attempt = (int)rq_col_int(s, 0);
	rq_stmt_done(s);
	return attempt;
}

static void begin_attempt(struct exchange *x, int64_t id, int attempt, const struct rq_claim *claim)
{
	struct rq_stmt *s = rq_db_stmt(x->l->db,
		"INSERT INTO attempt(job,number,token,runner,instance,cell,started)VALUES(?,?,?,?,?,?,?)");

	rq_bind_int(s, 1, id);
	rq_bind_int(s, 2, attempt);
	rq_bind_str(s, 3, claim->token);
	rq_bind_str(s, 4, x->name);
	rq_bind_str(s, 5, x->c->u.exchange.instance);
	rq_bind_str(s, 6, claim->cell);
	rq_bind_int(s, 7, x->now);
	rq_stmt_exec(s, NULL);
}

static void claim_head(struct exchange *x, struct head *h, const struct rq_claim *claim)
{
	int64_t id = h->id;
	int attempt = lease_job(x, id, claim);

	begin_attempt(x, id, attempt, claim);
	rq_local_keep_attempts(x->l, id, attempt);
	grant(x, id, attempt, x->lease, claim->token);
	next_head(x, h);
	x->l->touched = true;
}

static void claim_one(struct exchange *x, const struct rq_claim *claim)
{
	struct head *h;

	while ((h = best_head(x)) && h->grp && rq_local_group_room(x->l, h->grp) <= 0) {
		if (x->parked >= PARK_MAX)
			return;
		park(x, h);
	}
	if (h)
		claim_head(x, h, claim);
}

static void claim_all(struct exchange *x)
{
	size_t n = x->c->u.exchange.n_claims;
	bool heads = false;

	for (size_t i = 0; i < n; i++) {
		const struct rq_claim *claim = &x->c->u.exchange.claims[i];

		if (granted_before(x, claim->token) || x->drain != RQ_DRAIN_ACTIVE || !x->current)
			continue;
		if (!heads)
			load_heads(x);
		heads = true;
		claim_one(x, claim);
	}
}

/* --- delayed jobs ------------------------------------------------------------------------- */

void rq_local_promote(struct rq_local *l, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE job SET " RQ_LOCAL_RELEASED ",run_at=0 WHERE id IN("
		"SELECT id FROM job WHERE state='delayed' AND run_at<=? ORDER BY run_at LIMIT ?)");

	rq_bind_int(s, 1, now);
	rq_bind_int(s, 2, PROMOTE_MAX);
	rq_stmt_exec(s, NULL);
	if (rq_db_changes(l->db))
		l->touched = true;
}

static int64_t next_due(struct exchange *x)
{
	struct rq_stmt *s = rq_db_stmt(x->l->db, "SELECT min(run_at) FROM job WHERE state='delayed'");
	int64_t at = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;

	rq_stmt_done(s);
	return at;
}

/* --- the verb ----------------------------------------------------------------------------- */

/* Most exchanges of an idle runner change nothing: they find that out without the write lock or a sync. */
static bool nothing_to_do(struct exchange *x)
{
	int64_t due;

	if (x->c->u.exchange.n_results || (x->drain == RQ_DRAIN_DRAINING && !x->running))
		return false;
	due = next_due(x);
	if (due && due <= x->now)
		return false;
	if (x->c->u.exchange.n_claims == 0)
		return true;
	for (size_t i = 0; i < x->c->u.exchange.n_claims; i++) {
		if (granted_before(x, x->c->u.exchange.claims[i].token)) {
			x->c->u.exchange.n_grants = 0;
			return false;
		}
	}
	if (x->drain != RQ_DRAIN_ACTIVE)
		return true;
	load_heads(x);
	return x->n_heads == 0;
}

static int peek(struct exchange *x, bool *enough)
{
	int code = rq_db_begin_read(x->l->db, &x->c->err);

	if (code)
		return code;
	read_runner(x);
	*enough = nothing_to_do(x);
	if (*enough)
		x->c->u.exchange.next_at = next_due(x);
	rq_db_end_read(x->l->db);
	return rq_db_error(x->l->db, &x->c->err);
}

static int refuse(struct exchange *x)
{
	if (!x->known)
		return rq_fail(&x->c->err, RQ_ENOTFOUND, "Runner '%.64s' is not registered on queue %s.",
			       x->c->u.exchange.runner, x->l->name);
	return rq_fail(&x->c->err, RQ_ECONFLICT, "Another agent has taken the name '%.64s'; this one gets no jobs.",
		       x->c->u.exchange.runner);
}

static int write_all(struct exchange *x)
{
	struct rq_call *c = x->c;
	int code = rq_local_begin(x->l, c, !c->u.exchange.lazy);

	if (code)
		return code;
	x->now = rq_now();
	for (size_t i = 0; i < c->u.exchange.n_results; i++)
		c->u.exchange.verdicts[i] = rq_local_result(x->l, &c->u.exchange.results[i], x->now);
	rq_local_promote(x->l, x->now);
	rq_local_settle_drains(x->l);
	read_runner(x);
	claim_all(x);
	c->u.exchange.next_at = x->parked >= PARK_MAX ? x->now : next_due(x);
	c->u.exchange.drain = x->drain;
	return rq_local_commit(x->l, c);
}

int rq_local_exchange(struct rq_local *l, struct rq_call *c)
{
	struct exchange x = { .l = l, .c = c, .now = rq_now() };
	bool enough = false;
	int code;

	x.lease = rq_boot_ms() + c->u.exchange.lease_ms;
	c->u.exchange.n_grants = 0;
	c->u.exchange.verdicts = rq_arena_alloc(&c->arena, c->u.exchange.n_results * sizeof *c->u.exchange.verdicts);
	c->u.exchange.grants = rq_arena_alloc(&c->arena, c->u.exchange.n_claims * sizeof *c->u.exchange.grants);
	code = c->u.exchange.n_results ? RQ_OK : peek(&x, &enough);
	c->u.exchange.drain = x.drain;
	if (!code && !c->u.exchange.n_results && !x.current)
		code = refuse(&x);
	if (!code && !enough)
		code = write_all(&x);
	rq_free(x.heads);
	if (!code && c->u.exchange.n_results) {
		bool touched = l->touched;

		rq_local_keep(l);
		l->touched = touched;
	}
	return code;
}
