/* db_tx.c - errors, waiting for others, transactions. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include "core/base/clock.h"
#include "core/sys/db_private.h"

/* --- errors ------------------------------------------------------------------------------- */

static int fail_full(struct rq_db *db, struct rq_error *e)
{
	return rq_fail(e, RQ_EFULL,
		       "No space is left on the disk for %s; nothing was changed. Free some space and try again.",
		       db->path);
}

/* What an I/O error was about is in errno alone: a full disk shows itself in many ways. SQLite keeps it, but not of
 * a commit; then it is still where the system call left it, since callers clear it before. */
static int fail_io(struct rq_db *db, int rc, struct rq_error *e)
{
	int err = sqlite3_system_errno(db->h) ? sqlite3_system_errno(db->h) : errno;

	if (err == ENOSPC || err == EDQUOT || err == EFBIG)
		return fail_full(db, e);
	if (err == EACCES || err == EPERM || err == EROFS)
		return rq_fail(e, RQ_EPERM, "%s cannot be used: %s. It and its directory must be yours to write.",
			       db->path, strerror(err));
	if (err == ENOENT)
		return rq_fail(e, RQ_ENOTFOUND, "%s cannot be opened: its directory or the file is missing.",
			       db->path);
	return rq_fail(e, RQ_EFAILED, "%s cannot be read or written: %s%s%s. Check the disk with `relayq doctor`.",
		       db->path, sqlite3_errstr(rc), err ? ": " : "", err ? strerror(err) : "");
}

int rq_db_fail(struct rq_db *db, int rc, struct rq_error *e)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return fail_full(db, e);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return fail_io(db, rc, e);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return rq_fail(e, RQ_EBUSY,
			       "%s has been in use by another process for %d ms; try again. If it lasts, some relayq "
			       "process is stopped: continue or end it.", db->path, db->busy_ms);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return rq_fail(e, RQ_ECORRUPT,
			       "%s is damaged (%s). Stop all agents, move it away and start afresh, or save what can be "
			       "saved with `sqlite3 %s .recover`.", db->path, sqlite3_errstr(rc), db->path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return rq_fail(e, RQ_EPERM, "%s cannot be written; it and its directory must be yours to write.",
			       db->path);
	default:
		return rq_fail(e, RQ_EFAILED, "%s: %s.", db->path, sqlite3_errmsg(db->h));
	}
}

void rq_db_note(struct rq_db *db, int rc)
{
	if (!db->err.code)
		rq_db_fail(db, rc, &db->err);
}

int rq_db_error(struct rq_db *db, struct rq_error *e)
{
	int code = db->err.code;

	if (code && e)
		*e = db->err;
	db->err.code = RQ_OK;
	return code;
}

/* --- waiting ------------------------------------------------------------------------------ */

/* Sleep a little, longer each time, never the same as the others that wait. False when the limit is over. */
static bool wait_more(struct rq_db *db, int n)
{
	int64_t now = rq_mono_ns();
	int64_t us = 100 << (n < 4 ? n : 4);
	struct timespec ts;

	if (n == 0)
		db->wait_since = now;
	if (now - db->wait_since >= (int64_t)db->busy_ms * 1000000)
		return false;
	us = us / 2 + now / 64 % us;
	ts.tv_sec = 0;
	ts.tv_nsec = (long)(us * 1000);
	nanosleep(&ts, NULL);
	return true;
}

int rq_db_on_busy(void *ud, int n)
{
	return wait_more(ud, n);
}

int rq_db_lock(struct rq_db *db, int how, struct rq_error *e)
{
	for (int n = 0; flock(db->lock_fd, how | LOCK_NB); n++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return rq_fail_errno(e, errno, "%s.lock cannot be locked", db->path);
		if (!wait_more(db, n))
			return rq_db_fail(db, SQLITE_BUSY, e);
	}
	return RQ_OK;
}

static void drop_lock(struct rq_db *db)
{
	flock(db->lock_fd, LOCK_UN);
}

/* A stopped process inside a transaction would hold up everybody: ctrl-z takes effect after it. */
void rq_db_hold_stops(struct rq_db *db)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &stops, &db->old_mask);
}

static void let_stops(struct rq_db *db)
{
	pthread_sigmask(SIG_SETMASK, &db->old_mask, NULL);
}

/* --- transactions ------------------------------------------------------------------------- */

int rq_db_exec(struct rq_db *db, const char *sql, struct rq_error *e)
{
	int rc;

	errno = 0;
	rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? RQ_OK : rq_db_fail(db, rc, e);
}

/* Outside of transactions only: SQLite does not listen within. */
static int set_sync(struct rq_db *db, bool full, struct rq_error *e)
{
	int code = RQ_OK;

	if (db->full_sync != full)
		code = rq_db_exec(db, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", e);
	if (!code)
		db->full_sync = full;
	return code;
}

void rq_db_leave(struct rq_db *db)
{
	let_stops(db);
	drop_lock(db);
	db->tx = RQ_TX_NONE;
}

int rq_db_begin(struct rq_db *db, bool durable, struct rq_error *e)
{
	int code;

	RQ_ASSERT(db->tx == RQ_TX_NONE);
	db->err.code = RQ_OK;
	code = rq_db_lock(db, LOCK_SH, e);
	if (code)
		return code;
	rq_db_hold_stops(db);
	code = set_sync(db, durable, e);
	if (!code)
		code = rq_stmt_exec(rq_db_stmt(db, "BEGIN IMMEDIATE"), e);
	if (code) {
		rq_db_leave(db);
		return code;
	}
	db->tx = RQ_TX_WRITE;
	return RQ_OK;
}

int rq_db_commit(struct rq_db *db, struct rq_error *e)
{
	int code;

	RQ_ASSERT(db->tx == RQ_TX_WRITE);
	/* A statement that failed unnoticed must not be committed around. */
	code = rq_db_error(db, e);
	if (!code)
		code = rq_stmt_exec(rq_db_stmt(db, "COMMIT"), e);
	if (code)
		rq_db_rollback(db);
	else
		rq_db_leave(db);
	return code;
}

void rq_db_rollback(struct rq_db *db)
{
	if (db->tx != RQ_TX_WRITE)
		return;
	/* A full disk or a damaged page may have ended it already. */
	if (!sqlite3_get_autocommit(db->h))
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	db->err.code = RQ_OK;
	rq_db_leave(db);
}

int rq_db_begin_read(struct rq_db *db, struct rq_error *e)
{
	int code;

	RQ_ASSERT(db->tx == RQ_TX_NONE);
	db->err.code = RQ_OK;
	rq_db_hold_stops(db);
	code = rq_stmt_exec(rq_db_stmt(db, "BEGIN"), e);
	if (code)
		let_stops(db);
	else
		db->tx = RQ_TX_READ;
	return code;
}

void rq_db_end_read(struct rq_db *db)
{
	if (db->tx != RQ_TX_READ)
		return;
	rq_stmt_exec(rq_db_stmt(db, "COMMIT"), NULL);
	if (!sqlite3_get_autocommit(db->h))
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	let_stops(db);
	db->tx = RQ_TX_NONE;
}

void rq_db_set_busy_ms(struct rq_db *db, int ms)
{
	db->busy_ms = ms;
}
