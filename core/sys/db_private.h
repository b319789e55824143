/* db_private.h - what the files of the database share; nobody else includes it. */
#ifndef RQ_SYS_DB_PRIVATE_H
#define RQ_SYS_DB_PRIVATE_H

#include <signal.h>
#include <sqlite3.h>
#include "core/sys/db.h"

enum rq_tx { RQ_TX_NONE, RQ_TX_READ, RQ_TX_WRITE };

struct rq_stmt {
	struct rq_db *db;
	sqlite3_stmt *s;        /* NULL: it could not be prepared, and db->err tells why */
	const char *sql;        /* the key of the cache: its address */
};

struct rq_db {
	sqlite3_vfs vfs;        /* the system's, but for how the log is opened */
	char vfs_name[40];
	sqlite3 *h;
	char *path, *wal_path;
	int lock_fd;            /* PATH.lock; one descriptor a connection, or flock would not tell them apart */
	int busy_ms;
	int64_t wait_since;
	enum rq_tx tx;
	sigset_t old_mask;      /* of the thread that began the transaction */
	bool full_sync;         /* what PRAGMA synchronous is now */
	int wal_pages;          /* in the log at our last commit; -1 not known yet */
	int page_size;
	struct rq_error err;    /* the first since rq_db_error */
	struct rq_stmt **stmts; /* open addressing by the address of the text; n_slots is a power of two */
	size_t n_stmts, n_slots;
};

/* Fill E from an SQLite result code; gives the rq_code. */
int rq_db_fail(struct rq_db *db, int rc, struct rq_error *e);
/* Remember the first error for rq_db_error and the next commit. */
void rq_db_note(struct rq_db *db, int rc);
void rq_db_forget_stmts(struct rq_db *db);
/* flock HOW on the lock file, waiting up to the busy limit. */
int rq_db_lock(struct rq_db *db, int how, struct rq_error *e);
/* From here to rq_db_leave, job-control stops are held back. */
void rq_db_hold_stops(struct rq_db *db);
/* Let go of stops and of the lock file. */
void rq_db_leave(struct rq_db *db);
/* SQLite's busy handler and its hook behind each commit. */
int rq_db_on_busy(void *ud, int n);
int rq_db_on_commit(void *ud, sqlite3 *h, const char *name, int pages);

#endif
