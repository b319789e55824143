/* github_outbox.c - the rows of the outbox and of what was dispatched. */
#include "core/queue/github_outbox.h"

#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/model/id.h"

/* Runs are gone from the server by then. */
static const int64_t KEEP_MS = (int64_t)400 * 24 * 3600 * 1000;

static const char *const states[] = { "new", "sending", "unsure", "failed" };

int64_t gh_server_now(const struct rq_github *g)
{
	return rq_now() + rq_api_budget(g->api)->skew_ms;
}

bool gh_out_id(const char *name)
{
	return strlen(name) == RQ_ULID_LEN - 1 && strspn(name, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == RQ_ULID_LEN - 1;
}

/* --- writing ------------------------------------------------------------------------------ */

/* The job of a token, "01J..." or "91", into A; NULL none. */
static const char *job_of_token(struct rq_db *db, struct rq_arena *a, const char *queue, const char *token)
{
	struct rq_stmt *s = rq_db_stmt(db, "SELECT run FROM dispatch WHERE queue=?1 AND token=?2"
		" UNION ALL SELECT id FROM outbox WHERE queue=?1 AND token=?2");
	const char *id = NULL;

	rq_bind_str(s, 1, queue);
	rq_bind_str(s, 2, token);
	if (rq_stmt_row(s))
		id = rq_arena_str(a, rq_col_str(s, 0));
	rq_stmt_done(s);
	return id;
}

static void bind_row(struct rq_stmt *s, int i, const struct gh_out *r)
{
	rq_bind_str(s, i++, states[r->state]);
	rq_bind_str(s, i++, r->used_ref);
	rq_bind_str(s, i++, r->inputs);
	rq_bind_int(s, i++, r->traced);
	rq_bind_int(s, i++, r->acted);
	rq_bind_int(s, i++, r->sent_at);
	rq_bind_int(s, i++, r->ended_at);
	rq_bind_int(s, i++, r->looks);
	rq_bind_int(s, i++, r->looked_at);
	rq_bind_int(s, i++, r->tries);
	rq_bind_int(s, i++, r->next_at);
	rq_bind_str(s, i++, r->reason);
	rq_bind_str(s, i++, r->why);
	rq_bind_str(s, i++, r->holder);
	rq_bind_int(s, i, *r->holder ? rq_now() + GH_HOLD_MS : 0);
}

int gh_out_add(struct rq_db *db, void *arg, struct rq_error *e)
{
	struct gh_out_write *w = arg;
	const struct gh_out *r = &w->row;
	struct rq_arena a = { 0 };
	struct rq_stmt *s;

	if (r->token && job_of_token(db, &a, w->queue, r->token)) {
		rq_arena_release(&a);
		return rq_fail(e, RQ_ECONFLICT, "There is a job with the token '%.64s' already.", r->token);
	}
	s = rq_db_stmt(db, "INSERT INTO outbox(state,used_ref,inputs,traced,acted,sent_at,ended_at,looks,looked_at,tries,next_at,"
		"reason,why,holder,held_until,id,queue,api,token,repo,workflow,ref,name,type,params,labels,target,actor,decision,"
		"at,carried)"
		"VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	bind_row(s, 1, r);
	rq_bind_str(s, 16, r->id);
	rq_bind_str(s, 17, w->queue);
	rq_bind_str(s, 18, w->api);
	rq_bind_str(s, 19, r->token);
	rq_bind_str(s, 20, r->repo);
	rq_bind_str(s, 21, r->workflow);
	rq_bind_str(s, 22, r->ref);
	rq_bind_str(s, 23, r->name);
	rq_bind_str(s, 24, r->type);
	rq_bind_str(s, 25, r->params);
	rq_bind_str(s, 26, r->labels);
	rq_bind_str(s, 27, r->target);
	rq_bind_str(s, 28, r->actor);
	rq_bind_str(s, 29, r->decision);
	rq_bind_int(s, 30, r->at);
	rq_bind_int(s, 31, r->carried);
	return rq_stmt_exec(s, e);
}

static int other_was_first(const struct gh_out_write *w, struct rq_error *e)
{
	return rq_fail(e, RQ_ECONFLICT, "Another process works on the submission %s just now, or has ended it.", w->row.id);
}

int gh_out_change(struct rq_db *db, void *arg, struct rq_error *e)
{
	struct gh_out_write *w = arg;
	struct rq_stmt *s = rq_db_stmt(db, "UPDATE outbox SET state=?5,used_ref=?6,inputs=?7,traced=?8,acted=?9,sent_at=?10,"
		"ended_at=?11,looks=?12,looked_at=?13,tries=?14,next_at=?15,reason=?16,why=?17,holder=?18,held_until=?19"
		" WHERE id=?3 AND state=?4 AND tries=?20 AND " GH_FREE);
	int code;

	rq_bind_str(s, 1, w->holder);
	rq_bind_int(s, 2, rq_now());
	rq_bind_str(s, 3, w->row.id);
	rq_bind_str(s, 4, states[w->from]);
	bind_row(s, 5, &w->row);
	rq_bind_int(s, 20, w->version);
	code = rq_stmt_exec(s, e);
	return code || rq_db_changes(db) == 1 ? code : other_was_first(w, e);
}

static int forget(struct rq_db *db, const char *id, struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(db, "DELETE FROM outbox WHERE id=?");
	int code;

	rq_bind_str(s, 1, id);
	code = rq_stmt_exec(s, e);
	if (code)
		return code;
	s = rq_db_stmt(db, "DELETE FROM dispatch WHERE at<?");
	rq_bind_int(s, 1, rq_now() - KEEP_MS);
	return rq_stmt_exec(s, e);
}

/* A run's id is proof: it counts also from one who has lost the row meanwhile. */
int gh_out_done(struct rq_db *db, void *arg, struct rq_error *e)
{
	struct gh_out_write *w = arg;
	const struct gh_out *r = &w->row;
	struct rq_stmt *s = rq_db_stmt(db, "INSERT OR IGNORE INTO dispatch(queue,run,id,token,repo,workflow,ref,name,type,params,"
		"inputs,decision,actor,at,api)VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	int code;

	rq_bind_str(s, 1, w->queue);
	rq_bind_int(s, 2, w->run);
	rq_bind_str(s, 3, r->id);
	rq_bind_str(s, 4, r->token);
	rq_bind_str(s, 5, r->repo);
	rq_bind_str(s, 6, r->workflow);
	rq_bind_str(s, 7, r->used_ref);
	rq_bind_str(s, 8, r->name);
	rq_bind_str(s, 9, r->type);
	rq_bind_str(s, 10, r->params);
	rq_bind_str(s, 11, r->inputs);
	rq_bind_str(s, 12, r->decision);
	rq_bind_str(s, 13, r->actor);
	rq_bind_int(s, 14, rq_now());
	rq_bind_str(s, 15, w->api);
	code = rq_stmt_exec(s, e);
	return code ? code : forget(db, r->id, e);
}

int gh_out_drop(struct rq_db *db, void *arg, struct rq_error *e)
{
	struct gh_out_write *w = arg;
	struct rq_stmt *s = rq_db_stmt(db, "DELETE FROM outbox WHERE id=?3 AND (state<>'sending' OR holder=?1) AND " GH_FREE);
	int code;

	rq_bind_str(s, 1, w->holder);
	rq_bind_int(s, 2, rq_now());
	rq_bind_str(s, 3, w->row.id);
	code = rq_stmt_exec(s, e);
	return code || rq_db_changes(db) == 1 ? code : other_was_first(w, e);
}

/* --- reading ------------------------------------------------------------------------------ */

#define ROW "SELECT id,token,state,repo,workflow,ref,name,type,actor,decision,params,labels,target,used_ref,inputs,traced," \
	"acted,sent_at,ended_at,looks,looked_at,tries,next_at,reason,why,holder,held_until,at,carried FROM outbox" \
	" WHERE queue=?1 AND api=?2"

static enum gh_out_state state_of(const char *word)
{
	enum gh_out_state i = GH_OUT_NEW;

	while (i < GH_OUT_FAILED && strcmp(states[i], word) != 0)
		i++;
	return i;
}

static void read_row(struct rq_stmt *s, struct rq_arena *a, struct gh_out *r)
{
	const char **const texts[] = { &r->id, &r->token, NULL, &r->repo, &r->workflow, &r->ref, &r->name, &r->type, &r->actor,
				       &r->decision, &r->params, &r->labels, &r->target, &r->used_ref, &r->inputs };
	int i;

	for (i = 0; i < 15; i++)
		if (texts[i])
			*texts[i] = rq_arena_str(a, rq_col_str(s, i));
	r->state = state_of(rq_col_str(s, 2));
	r->traced = rq_col_int(s, 15) != 0;
	r->acted = rq_col_int(s, 16) != 0;
	r->sent_at = rq_col_int(s, 17);
	r->ended_at = rq_col_int(s, 18);
	r->looks = rq_col_int(s, 19);
	r->looked_at = rq_col_int(s, 20);
	r->tries = rq_col_int(s, 21);
	r->next_at = rq_col_int(s, 22);
	r->reason = rq_arena_str(a, rq_col_str(s, 23));
	r->why = rq_arena_str(a, rq_col_str(s, 24));
	r->holder = rq_arena_str(a, rq_col_str(s, 25));
	r->held_until = rq_col_int(s, 26);
	r->at = rq_col_int(s, 27);
	r->carried = rq_col_int(s, 28) != 0;
}

size_t gh_outs(struct rq_github *g, struct rq_arena *a, struct gh_out **out)
{
	struct rq_db *db = gh_journal(g);
	struct gh_out *v = NULL;
	size_t n = 0, cap = 0;
	struct rq_stmt *s;

	*out = NULL;
	if (!db)
		return 0;
	s = rq_db_stmt(db, ROW " ORDER BY id");
	rq_bind_str(s, 1, g->name);
	rq_bind_str(s, 2, g->config->api);
	while (rq_stmt_row(s)) {
		RQ_GROW(v, n, &cap);
		memset(&v[n], 0, sizeof *v);
		read_row(s, a, &v[n++]);
	}
	rq_stmt_done(s);
	*out = rq_arena_alloc(a, (n + 1) * sizeof **out);
	if (n)
		memcpy(*out, v, n * sizeof **out);
	rq_free(v);
	return n;
}

bool gh_out_get(struct rq_github *g, struct rq_arena *a, const char *id, struct gh_out *out)
{
	struct rq_db *db = gh_journal(g);
	struct rq_stmt *s;
	bool found;

	memset(out, 0, sizeof *out);
	if (!db)
		return false;
	s = rq_db_stmt(db, ROW " AND id=?3");
	rq_bind_str(s, 1, g->name);
	rq_bind_str(s, 2, g->config->api);
	rq_bind_str(s, 3, id);
	found = rq_stmt_row(s);
	if (found)
		read_row(s, a, out);
	rq_stmt_done(s);
	return found;
}

bool gh_dispatched(struct rq_github *g, struct rq_arena *a, int64_t run, const char *id, struct gh_dispatched *out)
{
	const char **const texts[] = { &out->id, &out->repo, &out->workflow, &out->ref, &out->name, &out->type, &out->params,
				       &out->inputs, &out->decision, &out->actor };
	struct rq_db *db = gh_journal(g);
	struct rq_stmt *s;
	bool found;
	int i;

	if (!db)
		return false;
	s = rq_db_stmt(db, "SELECT id,repo,workflow,ref,name,type,params,inputs,decision,actor,run,at FROM dispatch"
		" WHERE queue=?1 AND api=?4 AND(run=?2 OR id=?3)");
	rq_bind_str(s, 1, g->name);
	rq_bind_str(s, 4, g->config->api);
	rq_bind_int(s, 2, run);
	rq_bind_str(s, 3, id);
	found = rq_stmt_row(s);
	for (i = 0; found && i < 10; i++)
		*texts[i] = rq_arena_str(a, rq_col_str(s, i));
	out->run = found ? rq_col_int(s, 10) : 0;
	out->at = found ? rq_col_int(s, 11) : 0;
	rq_stmt_done(s);
	return found;
}

const char *gh_token_job(struct rq_github *g, struct rq_arena *a, const char *token)
{
	struct rq_db *db = gh_journal(g);
	const char *id = db ? job_of_token(db, a, g->name, token) : NULL;

	return id ? rq_arena_fmt(a, "%s:%s", g->name, id) : NULL;
}
