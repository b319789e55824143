/* db.h - SQLite, and the discipline that several processes writing one file need.
 *
 * SQLite before 3.51.3 can corrupt a WAL database when a checkpoint races with the commit that resets the log
 * (sqlite.org/wal.html, "the WAL-reset bug"). So no connection of ours ever checkpoints by itself; every write
 * transaction holds a shared flock on FILE.lock, and checkpoints run only under the exclusive one. */
#ifndef RQ_SYS_DB_H
#define RQ_SYS_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"

struct rq_db;
struct rq_stmt;

struct rq_migration {
	int version;       /* user_version after it ran; ascending from 1 */
	const char *sql;
};

enum { RQ_DB_READONLY = 1, RQ_DB_CREATE = 2 };

/* Open PATH (mode 0600 when created), WAL, and bring its schema up to the last of the N migrations. A file of a
 * later version is RQ_ECORRUPT with a sentence that says to upgrade relayq. */
int rq_db_open(const char *path, unsigned flags, const struct rq_migration *m, size_t n, struct rq_db **out,
	       struct rq_error *e);
void rq_db_close(struct rq_db *db);

/* A write transaction: shared flock, BEGIN IMMEDIATE; waits up to the busy limit (default 5 s), then RQ_EBUSY.
 * DURABLE: on the disk (synchronous=FULL) when commit returns; else it may be lost with the power, never torn. */
int rq_db_begin(struct rq_db *db, bool durable, struct rq_error *e);
int rq_db_commit(struct rq_db *db, struct rq_error *e);   /* on an error it was rolled back */
void rq_db_rollback(struct rq_db *db);                     /* harmless outside a transaction */
/* A read transaction: one consistent view. */
int rq_db_begin_read(struct rq_db *db, struct rq_error *e);
void rq_db_end_read(struct rq_db *db);
void rq_db_set_busy_ms(struct rq_db *db, int ms);

/* Prepared statements are cached by the address of SQL, which must live as long as DB. The statement comes reset and
 * unbound; do not free it; call rq_stmt_done when through with its rows. */
struct rq_stmt *rq_db_stmt(struct rq_db *db, const char *sql);
void rq_bind_int(struct rq_stmt *s, int i, int64_t v);          /* parameters count from 1 */
void rq_bind_str(struct rq_stmt *s, int i, const char *v);      /* NULL binds NULL; copied */
void rq_bind_strn(struct rq_stmt *s, int i, const char *v, size_t n);
void rq_bind_null(struct rq_stmt *s, int i);
/* true: a row is there. false: no more rows, or an error: then rq_db_error tells. */
bool rq_stmt_row(struct rq_stmt *s);
int64_t rq_col_int(struct rq_stmt *s, int i);                   /* columns count from 0; NULL gives 0 */
const char *rq_col_str(struct rq_stmt *s, int i);               /* NULL for NULL; valid until the next row */
size_t rq_col_len(struct rq_stmt *s, int i);
bool rq_col_null(struct rq_stmt *s, int i);
void rq_stmt_done(struct rq_stmt *s);
/* Run a statement that gives no rows. */
int rq_stmt_exec(struct rq_stmt *s, struct rq_error *e);
int rq_db_exec(struct rq_db *db, const char *sql, struct rq_error *e);
/* RQ_OK if no error came up on DB since the last call; else the error, once (RQ_EFULL for a full disk). */
int rq_db_error(struct rq_db *db, struct rq_error *e);
int64_t rq_db_last_id(struct rq_db *db);
int64_t rq_db_changes(struct rq_db *db);
/* Changes when another connection has committed; reads shared memory only. */
int64_t rq_db_data_version(struct rq_db *db);

/* Bring the log back into the file when it is larger than LIMIT bytes and nobody writes now. Never waits for a writer.
 * *done (may be NULL) tells whether it happened. */
int rq_db_checkpoint(struct rq_db *db, int64_t limit, bool *done, struct rq_error *e);
int64_t rq_db_wal_bytes(struct rq_db *db);
/* Make the log's file at least BYTES long, so that commits write over blocks that exist: the sync of a growing file is
 * several times slower. Takes a while; for a process that stays. Does nothing while anybody writes, or on an error. */
void rq_db_grow_log(struct rq_db *db, int64_t bytes);
/* PRAGMA quick_check or integrity_check: RQ_OK or RQ_ECORRUPT with the first finding. */
int rq_db_check(struct rq_db *db, bool full, struct rq_error *e);
const char *rq_db_version(void);         /* of the SQLite that is linked */
bool rq_db_has_wal_reset_bug(void);

#endif
