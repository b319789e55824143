/* db_stmt.c - prepared statements: a cache keyed by the address of their text, binding, rows. */
#include <errno.h>
#include <stdint.h>
#include "core/base/mem.h"
#include "core/sys/db_private.h"

static size_t slot_of(const struct rq_stmt *const *slots, size_t n_slots, const char *sql)
{
	uint64_t h = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(h >> 32) & (n_slots - 1);

	while (slots[i] && slots[i]->sql != sql)
		i = (i + 1) & (n_slots - 1);
	return i;
}

static void grow_cache(struct rq_db *db)
{
	size_t n = db->n_slots ? db->n_slots * 2 : 64;
	struct rq_stmt **slots = rq_alloc(n * sizeof *slots);

	for (size_t i = 0; i < db->n_slots; i++) {
		if (db->stmts[i])
			slots[slot_of((const struct rq_stmt *const *)slots, n, db->stmts[i]->sql)] = db->stmts[i];
	}
	rq_free(db->stmts);
	db->stmts = slots;
	db->n_slots = n;
}

static void prepare(struct rq_stmt *s)
{
	int rc = sqlite3_prepare_v3(s->db->h, s->sql, -1, SQLITE_PREPARE_PERSISTENT, &s->s, NULL);

	if (rc != SQLITE_OK)
		rq_db_note(s->db, rc);
}

struct rq_stmt *rq_db_stmt(struct rq_db *db, const char *sql)
{
	struct rq_stmt *s;
	size_t i;

	if (db->n_stmts * 2 >= db->n_slots)
		grow_cache(db);
	i = slot_of((const struct rq_stmt *const *)db->stmts, db->n_slots, sql);
	s = db->stmts[i];
	if (!s) {
		s = rq_alloc(sizeof *s);
		s->db = db;
		s->sql = sql;
		db->stmts[i] = s;
		db->n_stmts++;
	}
	if (!s->s) {
		prepare(s);
	} else {
		sqlite3_reset(s->s);
		sqlite3_clear_bindings(s->s);
	}
	return s;
}

void rq_db_forget_stmts(struct rq_db *db)
{
	for (size_t i = 0; i < db->n_slots; i++) {
		if (db->stmts[i])
			sqlite3_finalize(db->stmts[i]->s);
		rq_free(db->stmts[i]);
	}
	rq_free(db->stmts);
	db->stmts = NULL;
	db->n_slots = db->n_stmts = 0;
}

static void bound(struct rq_stmt *s, int rc)
{
	if (rc != SQLITE_OK)
		rq_db_note(s->db, rc);
}

void rq_bind_int(struct rq_stmt *s, int i, int64_t v)
{
	if (s->s)
		bound(s, sqlite3_bind_int64(s->s, i, v));
}

void rq_bind_str(struct rq_stmt *s, int i, const char *v)
{
	if (s->s)
		bound(s, sqlite3_bind_text(s->s, i, v, -1, SQLITE_TRANSIENT));
}

void rq_bind_strn(struct rq_stmt *s, int i, const char *v, size_t n)
{
	if (s->s)
		bound(s, sqlite3_bind_text64(s->s, i, v ? v : "", n, SQLITE_TRANSIENT, SQLITE_UTF8));
}

void rq_bind_null(struct rq_stmt *s, int i)
{
	if (s->s)
		bound(s, sqlite3_bind_null(s->s, i));
}

/* After an error in a write transaction nothing more is done in it. SQLite rolls back by itself when the disk is full;
 * what came then would be a transaction of its own each, and half of a submission would stay. */
static bool may_step(const struct rq_stmt *s)
{
	struct rq_db *db = s->db;

	if (!s->s)
		return false;
	if (db->tx != RQ_TX_WRITE)
		return true;
	if (!db->err.code && sqlite3_get_autocommit(db->h))
		rq_db_note(db, SQLITE_ABORT);
	return !db->err.code;
}

bool rq_stmt_row(struct rq_stmt *s)
{
	int rc;

	if (!may_step(s))
		return false;
	errno = 0;
	rc = sqlite3_step(s->s);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		rq_db_note(s->db, rc);
	sqlite3_reset(s->s);
	return false;
}

int64_t rq_col_int(struct rq_stmt *s, int i)
{
	return sqlite3_column_int64(s->s, i);
}

const char *rq_col_str(struct rq_stmt *s, int i)
{
	return (const char *)sqlite3_column_text(s->s, i);
}

size_t rq_col_len(struct rq_stmt *s, int i)
{
	return (size_t)sqlite3_column_bytes(s->s, i);
}

bool rq_col_null(struct rq_stmt *s, int i)
{
	return sqlite3_column_type(s->s, i) == SQLITE_NULL;
}

void rq_stmt_done(struct rq_stmt *s)
{
	if (s->s)
		sqlite3_reset(s->s);
}

/* An error is told to the caller and kept as well, so that a commit that follows is refused. */
int rq_stmt_exec(struct rq_stmt *s, struct rq_error *e)
{
	if (may_step(s)) {
		int rc;

		errno = 0;
		rc = sqlite3_step(s->s);
		while (rc == SQLITE_ROW)
			rc = sqlite3_step(s->s);
		if (rc != SQLITE_DONE)
			rq_db_note(s->db, rc);
		sqlite3_reset(s->s);
		if (rc == SQLITE_DONE)
			return RQ_OK;
	}
	if (e)
		*e = s->db->err;
	return s->db->err.code;
}

int64_t rq_db_last_id(struct rq_db *db)
{
	return sqlite3_last_insert_rowid(db->h);
}

int64_t rq_db_changes(struct rq_db *db)
{
	return sqlite3_changes(db->h);
}
