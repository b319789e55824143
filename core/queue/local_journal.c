/* local_journal.c - JOURNAL, VERIFY, POLICY: the records of what was decided, whether they are whole, and the texts
 * that they were made by. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum { JOURNAL_MAX = 1000 };

static const char *text(struct rq_arena *a, struct rq_stmt *s, int i)
{
	const char *t = rq_col_str(s, i);

	return t ? rq_arena_str(a, t) : "";
}

/* --- JOURNAL ------------------------------------------------------------------------------ */

/* What became of its job; that one may be gone. */
static void read_job(struct rq_local *l, int64_t id, struct rq_journal_entry *entry)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT coalesce(started,(SELECT min(started) FROM attempt WHERE job=id)),ended"
					      " FROM job WHERE id=?");

	rq_bind_int(s, 1, id);
	if (rq_stmt_row(s)) {
		entry->started_at = rq_col_int(s, 0);
		entry->ended_at = rq_col_int(s, 1);
		entry->ran = entry->started_at != 0;
	}
	rq_stmt_done(s);
}

#define SINCE "WHERE d.seq>?1 AND d.at>=?2 AND d.at<?3 "
#define ORDER "ORDER BY d.seq LIMIT ?4"

/* A job of another queue that there are records about. */
static bool known_elsewhere(struct rq_local *l, struct rq_call *c, int64_t *job)
{
	const char *foreign = rq_local_foreign_id(l, &c->arena, c->u.journal.job);

	if (!foreign || !rq_local_foreign_decision(l, &c->arena, foreign))
		return false;
	*job = rq_local_foreign(foreign);
	return true;
}

static struct rq_stmt *begin_journal(struct rq_local *l, struct rq_call *c, size_t max)
{
	struct rq_stmt *s;
	int64_t job = 0;

	if (!c->u.journal.job)
		s = rq_db_stmt(l->db, RQ_LOCAL_WHOLE SINCE ORDER);
	else if (!known_elsewhere(l, c, &job) && rq_local_id(l, c->u.journal.job, &job, &c->err))
		return NULL;
	else
		s = rq_db_stmt(l->db, RQ_LOCAL_WHOLE SINCE "AND d.job=?5 " ORDER);
	rq_bind_int(s, 1, c->u.journal.after_seq);
	rq_bind_int(s, 2, c->u.journal.since);
	rq_bind_int(s, 3, c->u.journal.until ? c->u.journal.until : INT64_MAX);
	rq_bind_int(s, 4, (int64_t)max + 1);
	if (job)
		rq_bind_int(s, 5, job);
	return s;
}

static int load_journal(struct rq_local *l, struct rq_call *c)
{
	size_t max = c->u.journal.max && c->u.journal.max < JOURNAL_MAX ? c->u.journal.max : JOURNAL_MAX, n = 0;
	struct rq_stmt *s = begin_journal(l, c, max);
	const struct rq_fleet *fleet = NULL;
	int code = s ? RQ_OK : c->err.code;

	c->u.journal.v = rq_arena_alloc(&c->arena, (max + 1) * sizeof *c->u.journal.v);
	while (s && !code && rq_stmt_row(s)) {
		struct rq_journal_entry *entry = &c->u.journal.v[n];

		c->u.journal.more = n == max;
		if (c->u.journal.more)
			break;
		code = rq_local_decision_whole(l, &c->arena, s, &entry->decision, &fleet, &c->err);
		read_job(l, rq_col_int(s, 2), entry);
		n++;
	}
	if (s)
		rq_stmt_done(s);
	c->u.journal.n = n;
	return code;
}

int rq_local_journal(struct rq_local *l, struct rq_call *c)
{
	int code = rq_db_begin_read(l->db, &c->err), error;

	c->u.journal.more = false;
	if (code)
		return code;
	code = load_journal(l, c);
	rq_db_end_read(l->db);
	error = rq_db_error(l->db, &c->err);
	return error ? error : code;
}

/* --- VERIFY ------------------------------------------------------------------------------- */

struct check {
	struct rq_local *l;
	struct rq_call *c;
	struct rq_arena arena;          /* of one record */
	struct rq_link at;              /* the last record that fits */
};

static bool bad(struct check *k, int64_t seq, const char *what)
{
	k->c->u.verify.bad_seq = seq;
	k->c->u.verify.what = what;
	return false;
}

/* Lists are made of columns beside the text: they must say the same. */
static bool columns_agree(struct check *k, struct rq_stmt *s)
{
	struct rq_decision d;
	struct rq_json *j = NULL;
	bool same = rq_json_parse(rq_col_str(s, 2), rq_col_len(s, 2), &j, NULL) == RQ_OK &&
		    rq_decision_from_json(&k->arena, j, &d, NULL) == RQ_OK;

	rq_json_free(j);
	return same && rq_eq(d.id, rq_col_str(s, 4)) && rq_eq(rq_outcome_name(d.outcome), rq_col_str(s, 5)) &&
	       rq_eq(d.target, text(&k->arena, s, 6)) && rq_eq(d.reason, text(&k->arena, s, 7)) &&
	       d.at == rq_col_int(s, 8) && rq_eq(d.prev_id, text(&k->arena, s, 9));
}

static bool check_record(struct check *k, struct rq_stmt *s)
{
	int64_t seq = rq_col_int(s, 0);
	char hash[RQ_SHA256_LEN];

	if (seq != k->at.seq + 1)
		return bad(k, k->at.seq + 1, "it is missing");
	rq_local_chain_hash(k->at.hash, seq, rq_col_int(s, 1), rq_col_str(s, 2), rq_col_len(s, 2), hash);
	if (!rq_eq(hash, rq_col_str(s, 3)))
		return bad(k, seq, "its text was changed");
	if (!columns_agree(k, s))
		return bad(k, seq, "what lists show of it was changed");
	k->at.seq = seq;
	rq_copy(k->at.hash, sizeof k->at.hash, hash);
	return true;
}

static bool check_chain(struct check *k)
{
	struct rq_stmt *s = rq_db_stmt(k->l->db, "SELECT seq,job,body,hash,id,outcome,target,reason,at,prev FROM decision"
						 " WHERE seq>? ORDER BY seq");
	const struct rq_link *end;
	bool good = true;

	rq_local_anchor(k->l, &k->at);
	rq_bind_int(s, 1, k->at.seq);
	while (good && rq_stmt_row(s)) {
		good = check_record(k, s);
		rq_arena_release(&k->arena);
		if (!k->c->u.verify.first_seq)
			k->c->u.verify.first_seq = rq_col_int(s, 0);
		k->c->u.verify.checked += good;
	}
	rq_stmt_done(s);
	k->c->u.verify.last_seq = k->at.seq;
	end = rq_local_chain(k->l);
	if (good && end->seq > k->at.seq)
		return bad(k, k->at.seq + 1, "it and those after it were cut off");
	if (good && (end->seq != k->at.seq || !rq_eq(end->hash, k->at.hash)))
		return bad(k, k->at.seq, "the chain does not end with it");
	return good;
}

/* Fleets and policies are named by their sums. */
static bool check_texts(struct check *k)
{
	struct rq_stmt *s = rq_db_stmt(k->l->db, "SELECT name,text,n FROM kept WHERE n>=0");
	bool good = true;

	while (good && rq_stmt_row(s)) {
		const char *name = rq_col_str(s, 0);
		char sum[RQ_SHA256_LEN];

		if (strlen(name) == RQ_OID_LEN - 1)
			rq_git_blob_id(rq_col_str(s, 1), rq_col_len(s, 1), sum);
		else
			rq_sha256_text(rq_col_str(s, 1), rq_col_len(s, 1), sum);
		if (!rq_eq(name, sum))
			good = bad(k, rq_col_int(s, 2), "the fleet or the policy that it names was changed");
	}
	rq_stmt_done(s);
	return good;
}

int rq_local_verify(struct rq_local *l, struct rq_call *c)
{
	struct check k = { .l = l, .c = c };
	int code = rq_db_begin_read(l->db, &c->err);

	memset(&c->u.verify, 0, sizeof c->u.verify);
	c->u.verify.what = "";
	if (code)
		return code;
	rq_local_chain_forget(l);
	if (check_chain(&k))
		check_texts(&k);
	rq_db_end_read(l->db);
	return rq_db_error(l->db, &c->err);
}

/* --- POLICY ------------------------------------------------------------------------------- */

enum { PATHS_MAX = 1000 };

static char *path_name(struct rq_arena *a, const char *path)
{
	return rq_arena_fmt(a, "policy %s", path);
}

static void write_path(struct rq_local *l, struct rq_arena *a, const char *path, const char *oid)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "INSERT INTO kept(name,n,text)VALUES(?,-1,?)ON CONFLICT(name)DO UPDATE SET"
					      " text=excluded.text");

	rq_bind_str(s, 1, path_name(a, path));
	rq_bind_str(s, 2, oid);
	rq_stmt_exec(s, NULL);
	s = rq_db_stmt(l->db, "DELETE FROM kept WHERE name IN(SELECT name FROM kept WHERE name>='policy ' AND name<'policy!'"
			      " ORDER BY rowid DESC LIMIT -1 OFFSET ?)");
	rq_bind_int(s, 1, PATHS_MAX);
	rq_stmt_exec(s, NULL);
}

static int keep_policy(struct rq_local *l, struct rq_call *c)
{
	const char *oid = c->u.policy.oid, *body = c->u.policy.text, *path = c->u.policy.path;
	char sum[RQ_OID_LEN];
	int code;

	if (!rq_eq(oid, rq_git_blob_id(body, strlen(body), sum)))
		return rq_fail(&c->err, RQ_EUSAGE, "The policy's text has the id %s, not %.40s.", sum, oid ? oid : "");
	code = rq_local_begin(l, c, true);
	if (code)
		return code;
	rq_local_text_keep(l, oid, rq_local_chain(l)->seq, body);
	if (path && *path)
		write_path(l, &c->arena, path, oid);
	return rq_local_commit(l, c);
}

static int fetch_policy(struct rq_local *l, struct rq_call *c)
{
	const char *oid = c->u.policy.oid, *path = c->u.policy.path;
	int code = rq_db_begin_read(l->db, &c->err);

	if (code)
		return code;
	if ((!oid || !*oid) && path)
		oid = rq_local_text(l, &c->arena, path_name(&c->arena, path));
	c->u.policy.found_text = oid && strlen(oid) == RQ_OID_LEN - 1 ? rq_local_text(l, &c->arena, oid) : NULL;
	c->u.policy.found_oid = c->u.policy.found_text ? rq_arena_str(&c->arena, oid) : NULL;
	rq_db_end_read(l->db);
	code = rq_db_error(l->db, &c->err);
	if (code || c->u.policy.found_text)
		return code;
	return rq_fail(&c->err, RQ_ENOTFOUND, "Queue %s keeps no such policy (%.200s).", l->name,
		       oid && *oid ? oid : path ? path : "");
}

int rq_local_policy(struct rq_local *l, struct rq_call *c)
{
	return c->u.policy.text ? keep_policy(l, c) : fetch_policy(l, c);
}
