/* local_decision.c - decisions: stored once, in a chain, and read whole.
 *
 * A record's hash is the SHA-256 of the hash before it, its number, its job's number and its text, with a line feed
 * between each two. The number and the hash of the last one are kept apart from the records ("chain"), and so are those
 * of the last one that was dropped ("anchor"): so a record that is changed, missing or cut off is noticed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum { FOREIGN_DIGITS = 15 };           /* of a sum: 60 bits */

static bool has(const char *s)
{
	return s && *s;
}

/* --- texts that are kept once ------------------------------------------------------------- */

/* One statement for what is short and what is long: the long is not read for its number alone. */
static struct rq_stmt *select_kept(struct rq_local *l, const char *name)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT n,CASE WHEN n<0 THEN text END FROM kept WHERE name=?");

	rq_bind_str(s, 1, name);
	return s;
}

static void write_number(struct rq_local *l, const char *name, int64_t n)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE kept SET n=? WHERE name=?");

	rq_bind_int(s, 1, n);
	rq_bind_str(s, 2, name);
	rq_stmt_exec(s, NULL);
}

/* A row is written whole, with its text: its number may lag a little behind, and records hold it that much longer. */
void rq_local_text_keep(struct rq_local *l, const char *name, int64_t n, const char *text)
{
	struct rq_stmt *s = select_kept(l, name);
	int64_t have = rq_stmt_row(s) ? rq_col_int(s, 0) : INT64_MIN;

	rq_stmt_done(s);
	if (have >= 0 && n - have > RQ_LOCAL_LAG)
		write_number(l, name, n);
	if (have != INT64_MIN || !text)
		return;
	s = rq_db_stmt(l->db, "INSERT INTO kept(name,n,text)VALUES(?,?,?)");
	rq_bind_str(s, 1, name);
	rq_bind_int(s, 2, n);
	rq_bind_str(s, 3, text);
	rq_stmt_exec(s, NULL);
}

const char *rq_local_text(struct rq_local *l, struct rq_arena *a, const char *name)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT text FROM kept WHERE name=?");
	const char *text = NULL;

	rq_bind_str(s, 1, name);
	if (rq_stmt_row(s))
		text = rq_arena_str(a, rq_col_str(s, 0));
	rq_stmt_done(s);
	return text;
}

/* --- the chain ---------------------------------------------------------------------------- */

static void read_link(struct rq_local *l, const char *name, struct rq_link *link)
{
	struct rq_stmt *s = select_kept(l, name);
	char *end = NULL;

	memset(link, 0, sizeof *link);
	if (rq_stmt_row(s) && !rq_col_null(s, 1)) {
		link->seq = strtoll(rq_col_str(s, 1), &end, 10);
		rq_copy(link->hash, sizeof link->hash, *end ? end + 1 : "");
	}
	rq_stmt_done(s);
}

static void write_link(struct rq_local *l, const char *name, const struct rq_link *link)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE kept SET text=? WHERE name=?");
	char text[RQ_SHA256_LEN + 24];

	snprintf(text, sizeof text, "%lld %s", (long long)link->seq, link->hash);
	rq_bind_str(s, 1, text);
	rq_bind_str(s, 2, name);
	rq_stmt_exec(s, NULL);
}

void rq_local_anchor(struct rq_local *l, struct rq_link *link)
{
	read_link(l, "anchor", link);
}

void rq_local_anchor_move(struct rq_local *l, const struct rq_link *link)
{
	write_link(l, "anchor", link);
}

const struct rq_link *rq_local_chain(struct rq_local *l)
{
	if (!l->chain_read)
		read_link(l, "chain", &l->chain);
	l->chain_read = true;
	return &l->chain;
}

void rq_local_chain_write(struct rq_local *l)
{
	if (l->chain_moved)
		write_link(l, "chain", &l->chain);
	l->chain_moved = false;
}

void rq_local_chain_forget(struct rq_local *l)
{
	l->chain_read = l->chain_moved = false;
}

void rq_local_chain_hash(const char *prev, int64_t seq, int64_t job, const char *body, size_t n, char hash[RQ_SHA256_LEN])
{
	char numbers[48];
	const char *parts[3] = { prev, numbers, body };
	size_t sizes[3] = { strlen(prev), 0, n };

	sizes[1] = (size_t)snprintf(numbers, sizeof numbers, "\n%lld\n%lld\n", (long long)seq, (long long)job);
	rq_sha256(parts, sizes, 3, hash);
}

/* --- storing ------------------------------------------------------------------------------ */

static void insert(struct rq_local *l, int64_t job, const struct rq_decision *d, const struct rq_str *body)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"INSERT INTO decision(seq,id,job,prev,at,cause,by,note,outcome,target,reason,policy,type,wanted,body,route,hash)"
		"VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	rq_bind_int(s, 1, l->chain.seq);
	rq_bind_str(s, 2, d->id);
	rq_bind_int(s, 3, job);
	rq_bind_str(s, 4, has(d->prev_id) ? d->prev_id : NULL);
	rq_bind_int(s, 5, d->at);
	rq_bind_str(s, 6, d->trigger ? d->trigger : "");
	rq_bind_str(s, 7, d->by);
	rq_bind_str(s, 8, d->note);
	rq_bind_str(s, 9, rq_outcome_name(d->outcome));
	rq_bind_str(s, 10, d->target);
	rq_bind_str(s, 11, d->reason);
	rq_bind_str(s, 12, d->policy);
	rq_bind_str(s, 13, d->type);
	rq_bind_str(s, 14, d->wanted);
	rq_bind_strn(s, 15, rq_str_get(body), body->len);
	rq_bind_str(s, 16, has(d->route) ? d->route : NULL);
	rq_bind_str(s, 17, l->chain.hash);
	rq_stmt_exec(s, NULL);
}

/* With these another policy can be asked later what it would have decided. */
static void keep_inputs(struct rq_local *l, const struct rq_decision *d)
{
	if (has(d->policy_oid))
		rq_local_text_keep(l, d->policy_oid, l->chain.seq, d->policy_text);
	if (d->fleet && d->fleet->sha256 && d->fleet->json)
		rq_local_text_keep(l, d->fleet->sha256, l->chain.seq, d->fleet->json);
}

static const char *store(struct rq_local *l, struct rq_arena *a, int64_t job, const char *job_id, const struct rq_decision *d,
			 const char *prev)
{
	struct rq_decision own = *d;
	struct rq_json *j;
	struct rq_str body;
	char *id;

	if (!has(own.id)) {
		id = rq_arena_alloc(a, RQ_ULID_LEN);
		rq_ulid(id);
		own.id = id;
	}
	if (!has(own.prev_id))
		own.prev_id = prev ? prev : "";
	own.job_id = job_id;
	rq_str_init(&body, 0);
	j = rq_decision_to_json(&own);
	rq_json_print(j, &body, false);
	rq_json_free(j);
	rq_local_chain(l);
	l->chain.seq++;
	rq_local_chain_hash(l->chain.hash, l->chain.seq, job, rq_str_get(&body), body.len, l->chain.hash);
	l->chain_moved = true;
	insert(l, job, &own, &body);
	rq_str_release(&body);
	keep_inputs(l, &own);
	return rq_arena_str(a, own.id);
}

const char *rq_local_store(struct rq_local *l, struct rq_arena *a, int64_t job, const struct rq_decision *d,
			   const char *prev)
{
	return store(l, a, job, job ? rq_local_full_id(l, a, job) : "", d, prev);
}

const char *rq_local_foreign_id(struct rq_local *l, struct rq_arena *a, const char *text_id)
{
	struct rq_id id;

	if (!rq_id_split(text_id, &id) || !id.queue[0] || rq_eq(id.queue, l->name))
		return NULL;
	return rq_arena_fmt(a, "%s:%s", id.queue, id.run);
}

int64_t rq_local_foreign(const char *full_id)
{
	char sum[RQ_SHA256_LEN];

	rq_sha256_text(full_id, strlen(full_id), sum);
	sum[FOREIGN_DIGITS] = '\0';
	return -1 - (int64_t)strtoll(sum, NULL, 16);
}

const char *rq_local_foreign_decision(struct rq_local *l, struct rq_arena *a, const char *full_id)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT id FROM decision WHERE job=? ORDER BY seq DESC LIMIT 1");
	const char *id = NULL;

	rq_bind_int(s, 1, rq_local_foreign(full_id));
	if (rq_stmt_row(s))
		id = rq_arena_str(a, rq_col_str(s, 0));
	rq_stmt_done(s);
	return id;
}

const char *rq_local_store_foreign(struct rq_local *l, struct rq_arena *a, const char *full_id, const struct rq_decision *d)
{
	return store(l, a, rq_local_foreign(full_id), full_id, d, rq_local_foreign_decision(l, a, full_id));
}

void rq_local_decided(struct rq_local *l, struct rq_arena *a, int64_t job, const struct rq_decision *d, const char *prev)
{
	const char *id = d ? rq_local_store(l, a, job, d, prev) : NULL;
	struct rq_stmt *s;

	if (!id)
		return;
	s = rq_db_stmt(l->db, "UPDATE job SET decision=? WHERE id=?");
	rq_bind_str(s, 1, id);
	rq_bind_int(s, 2, job);
	rq_stmt_exec(s, NULL);
}

/* --- reading ------------------------------------------------------------------------------ */

static const char *text(struct rq_arena *a, struct rq_stmt *s, int i)
{
	const char *t = rq_col_str(s, i);

	return t ? rq_arena_strn(a, t, rq_col_len(s, i)) : "";
}

/* FOREIGN: what the record itself says. */
static const char *job_id(struct rq_local *l, struct rq_arena *a, int64_t job, const char *foreign)
{
	return job > 0 ? rq_local_full_id(l, a, job) : job < 0 && foreign ? foreign : "";
}

void rq_local_decision_row(struct rq_local *l, struct rq_arena *a, struct rq_stmt *s, struct rq_decision *d)
{
	const char *outcome = rq_col_str(s, 7);

	rq_decision_init(d);
	d->id = text(a, s, 0);
	d->job_id = job_id(l, a, rq_col_int(s, 1), text(a, s, 15));
	d->prev_id = text(a, s, 2);
	d->at = rq_col_int(s, 3);
	d->trigger = text(a, s, 4);
	d->by = text(a, s, 5);
	d->note = text(a, s, 6);
	d->outcome = RQ_OUTCOME_ERROR;
	for (int o = 0; o < RQ_OUTCOME_ERROR; o++)
		if (rq_eq(outcome, rq_outcome_name((enum rq_outcome)o)))
			d->outcome = (enum rq_outcome)o;
	d->target = text(a, s, 8);
	d->reason = text(a, s, 9);
	d->policy = text(a, s, 10);
	d->type = text(a, s, 11);
	d->wanted = text(a, s, 12);
	d->route = text(a, s, 13);
	d->seq = rq_col_int(s, 14);
}

/* Decisions about one fleet stand behind each other mostly. */
static void read_fleet(struct rq_local *l, struct rq_arena *a, struct rq_decision *d, const struct rq_fleet **before)
{
	struct rq_fleet *f;
	struct rq_json *j = NULL;
	const char *json;

	if (*before && rq_eq((*before)->sha256, d->fleet_sha256))
		d->fleet = *before;
	if (d->fleet || !has(d->fleet_sha256))
		return;
	json = rq_local_text(l, a, d->fleet_sha256);
	f = rq_arena_alloc(a, sizeof *f);
	if (json && rq_json_parse(json, strlen(json), &j, NULL) == RQ_OK && rq_fleet_from_json(a, j, f, NULL) == RQ_OK) {
		f->json = json;
		f->sha256 = d->fleet_sha256;
		d->fleet = *before = f;
	}
	rq_json_free(j);
}

int rq_local_decision_whole(struct rq_local *l, struct rq_arena *a, struct rq_stmt *s, struct rq_decision *d,
			    const struct rq_fleet **fleet, struct rq_error *e)
{
	struct rq_json *j = NULL;
	int code = rq_json_parse(rq_col_str(s, 0), rq_col_len(s, 0), &j, e);

	if (!code)
		code = rq_decision_from_json(a, j, d, e);
	rq_json_free(j);
	if (code)
		return code;
	d->id = text(a, s, 1);
	d->job_id = job_id(l, a, rq_col_int(s, 2), d->job_id);
	d->prev_id = text(a, s, 3);
	d->seq = rq_col_int(s, 4);
	d->hash = text(a, s, 5);
	d->prev_hash = text(a, s, 6);
	d->fleet = NULL;
	read_fleet(l, a, d, fleet);
	return RQ_OK;
}
