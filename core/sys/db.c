/* db.c - SQLite behind db.h: opening and migrating, transactions, checkpoints. Statements: db_stmt.c. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/db_private.h"

enum { BUSY_MS = 5000, FRAME_HEADER = 24, WAL_HEADER = 32 };

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

static int on_busy(void *ud, int n)
{
	return wait_more(ud, n);
}

static int take_lock(struct rq_db *db, int how, struct rq_error *e)
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
static void hold_stops(struct rq_db *db)
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

static int exec(struct rq_db *db, const char *sql, struct rq_error *e)
{
	int rc;

	errno = 0;
	rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? RQ_OK : rq_db_fail(db, rc, e);
}

int rq_db_exec(struct rq_db *db, const char *sql, struct rq_error *e)
{
	return exec(db, sql, e);
}

/* Outside of transactions only: SQLite does not listen within. */
static int set_sync(struct rq_db *db, bool full, struct rq_error *e)
{
	int code = RQ_OK;

	if (db->full_sync != full)
		code = exec(db, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", e);
	if (!code)
		db->full_sync = full;
	return code;
}

static void leave(struct rq_db *db)
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
	code = take_lock(db, LOCK_SH, e);
	if (code)
		return code;
	hold_stops(db);
	code = set_sync(db, durable, e);
	if (!code)
		code = rq_stmt_exec(rq_db_stmt(db, "BEGIN IMMEDIATE"), e);
	if (code) {
		leave(db);
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
		leave(db);
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
	leave(db);
}

int rq_db_begin_read(struct rq_db *db, struct rq_error *e)
{
	int code;

	RQ_ASSERT(db->tx == RQ_TX_NONE);
	db->err.code = RQ_OK;
	hold_stops(db);
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

/* --- checkpoints -------------------------------------------------------------------------- */

static int64_t wal_file_size(const struct rq_db *db)
{
	struct stat st;

	return stat(db->wal_path, &st) ? 0 : (int64_t)st.st_size;
}

static int on_commit(void *ud, sqlite3 *h, const char *name, int pages)
{
	struct rq_db *db = ud;

	(void)h;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/* The file is reused from its start after a checkpoint, so its size is only the high-water mark: what counts is how
 * far the last commit was, where we know it. */
int64_t rq_db_wal_bytes(struct rq_db *db)
{
	if (db->wal_pages < 0)
		return wal_file_size(db);
	return db->wal_pages ? WAL_HEADER + (int64_t)db->wal_pages * (FRAME_HEADER + db->page_size) : 0;
}

/* RESTART leaves the file at its size, so that the next commits write over blocks that exist: their sync has no
 * metadata to write. TRUNCATE is for a file that has become too large, or on leaving. */
int rq_db_checkpoint(struct rq_db *db, int64_t limit, bool *done, struct rq_error *e)
{
	int rc, mode, busy_ms = db->busy_ms;

	RQ_ASSERT(db->tx == RQ_TX_NONE);
	if (done)
		*done = false;
	if (rq_db_wal_bytes(db) <= limit)
		return RQ_OK;
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB))
		return RQ_OK;
	hold_stops(db);
	mode = limit == 0 || wal_file_size(db) > 2 * limit ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
	db->busy_ms = 0; /* readers keep their view: what they need stays in the log until next time */
	errno = 0;
	rc = sqlite3_wal_checkpoint_v2(db->h, NULL, mode, NULL, NULL);
	db->busy_ms = busy_ms;
	if (rc == SQLITE_OK)
		db->wal_pages = 0;
	leave(db);
	if (done)
		*done = rc == SQLITE_OK;
	return rc == SQLITE_OK || rc == SQLITE_BUSY ? RQ_OK : rq_db_fail(db, rc, e);
}

/* What lies behind the last commit is never read: its checksum does not fit. */
static void write_zeros(int fd, int64_t from, int64_t to)
{
	static const char zeros[65536];

	while (from < to) {
		size_t n = to - from < (int64_t)sizeof zeros ? (size_t)(to - from) : sizeof zeros;
		ssize_t k = pwrite(fd, zeros, n, (off_t)from);

		if (k <= 0)
			return;
		from += k;
	}
}

void rq_db_grow_log(struct rq_db *db, int64_t bytes)
{
	int64_t size = wal_file_size(db);
	int fd;

	if (size >= bytes || flock(db->lock_fd, LOCK_EX | LOCK_NB))
		return;
	hold_stops(db);
	fd = open(db->wal_path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		write_zeros(fd, wal_file_size(db), bytes);
		fsync(fd);
		close(fd);
	}
	leave(db);
}

/* --- opening ------------------------------------------------------------------------------ */

static int user_version(struct rq_db *db, int *out, struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(db, "PRAGMA user_version");

	*out = rq_stmt_row(s) ? (int)rq_col_int(s, 0) : 0;
	rq_stmt_done(s);
	return rq_db_error(db, e);
}

static int check_version(struct rq_db *db, int have, int want, struct rq_error *e)
{
	if (have <= want)
		return RQ_OK;
	return rq_fail(e, RQ_ECORRUPT,
		       "%s was written by a later relayq (its schema is %d, this relayq knows %d). Upgrade relayq, or move "
		       "the file away to start afresh.", db->path, have, want);
}

static int run_migrations(struct rq_db *db, const struct rq_migration *m, size_t n, struct rq_error *e)
{
	struct rq_str set;
	int version, code;

	code = user_version(db, &version, e);
	if (!code)
		code = check_version(db, version, m[n - 1].version, e);
	for (size_t i = 0; i < n && !code; i++) {
		if (m[i].version > version)
			code = exec(db, m[i].sql, e);
	}
	if (code)
		return code;
	rq_str_init(&set, 64);
	rq_str_addf(&set, "PRAGMA user_version=%d", m[n - 1].version);
	code = exec(db, rq_str_get(&set), e);
	rq_str_release(&set);
	return code;
}

/* Alone on the file: two processes that make it at once would trip over each other in the switch to WAL. */
static int migrate(struct rq_db *db, const struct rq_migration *m, size_t n, struct rq_error *e)
{
	int code = take_lock(db, LOCK_EX, e);

	if (code)
		return code;
	hold_stops(db);
	code = exec(db, "PRAGMA journal_mode=WAL", e);
	if (!code)
		code = exec(db, "PRAGMA synchronous=FULL", e);
	db->full_sync = true;
	if (!code)
		code = exec(db, "BEGIN IMMEDIATE", e);
	if (!code) {
		code = run_migrations(db, m, n, e);
		if (!code)
			code = exec(db, "COMMIT", e);
		if (!sqlite3_get_autocommit(db->h))
			sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	}
	leave(db);
	return code;
}

/* Made before SQLite sees it, so that nobody else can ever read it. An existing file is not opened: closing that
 * descriptor would drop the locks of another connection of this process. */
static int create_file(struct rq_db *db, struct rq_error *e)
{
	struct stat st;
	int fd;

	if (!stat(db->path, &st))
		return RQ_OK;
	fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EEXIST)
		return rq_fail_errno(e, errno, "%s cannot be made", db->path);
	if (fd >= 0)
		close(fd);
	return RQ_OK;
}

static int open_lock(struct rq_db *db, struct rq_error *e)
{
	char *path = NULL;
	size_t n = strlen(db->path) + sizeof ".lock";
	int code = RQ_OK;

	path = rq_alloc(n);
	rq_copy(path, n, db->path);
	rq_copy(path + n - sizeof ".lock", sizeof ".lock", ".lock");
	db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock_fd < 0)
		code = rq_fail_errno(e, errno, "%s cannot be opened", path);
	rq_free(path);
	return code;
}

/* SQLite opens the log as if to make it, and so syncs the directory too at each process's first commit: twice the
 * wait for a `submit`. Where the log is there already, that is said. */
static int open_quietly(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	sqlite3_vfs *system = sqlite3_vfs_find(NULL);

	(void)vfs;
	if ((flags & SQLITE_OPEN_WAL) && access(name, F_OK) == 0)
		flags &= ~SQLITE_OPEN_CREATE;
	return system->xOpen(system, name, f, flags, out);
}

/* Known to SQLite by a name of its own only while the connection is made. */
static int open_handle(struct rq_db *db, int flags)
{
	int rc;

	/* Before the first connection of the process; later they change nothing. A cache of 20 pages for each small table
	 * that a statement makes for itself costs more than the table, and nobody reads the memory's statistics. */
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	db->vfs = *sqlite3_vfs_find(NULL);
	snprintf(db->vfs_name, sizeof db->vfs_name, "relayq-%p", (void *)db);
	db->vfs.zName = db->vfs_name;
	db->vfs.xOpen = open_quietly;
	db->vfs.pNext = NULL;
	rc = sqlite3_vfs_register(&db->vfs, 0);
	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_open_v2(db->path, &db->h, flags, db->vfs_name);
	sqlite3_vfs_unregister(&db->vfs);
	return rc;
}

static int open_file(struct rq_db *db, unsigned flags, struct rq_error *e)
{
	bool readonly = flags & RQ_DB_READONLY;
	int rc, off;

	rc = open_handle(db, SQLITE_OPEN_NOMUTEX | (readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE));
	if (rc != SQLITE_OK)
		return rq_db_fail(db, rc, e);
#ifdef __APPLE__
	/* fsync alone does not reach the medium there. */
	sqlite3_exec(db->h, "PRAGMA fullfsync=1", NULL, NULL, NULL);
#endif
	sqlite3_extended_result_codes(db->h, 1);
	sqlite3_busy_handler(db->h, on_busy, db);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &off);
	sqlite3_wal_hook(db->h, on_commit, db); /* in the place of the automatic checkpoint */
	if (!readonly && sqlite3_db_readonly(db->h, "main") == 1)
		return rq_db_fail(db, SQLITE_READONLY, e);
	return RQ_OK;
}

static int open_schema(struct rq_db *db, unsigned flags, const struct rq_migration *m, size_t n, struct rq_error *e)
{
	int version, code;

	code = user_version(db, &version, e);
	if (code || n == 0)
		return code;
	code = check_version(db, version, m[n - 1].version, e);
	if (code || version == m[n - 1].version)
		return code;
	if (flags & RQ_DB_READONLY)
		return rq_fail(e, RQ_ECORRUPT, "%s is of an earlier relayq; run relayq once as its owner.", db->path);
	return migrate(db, m, n, e);
}

int rq_db_open(const char *path, unsigned flags, const struct rq_migration *m, size_t n, struct rq_db **out,
	       struct rq_error *e)
{
	struct rq_db *db = rq_alloc(sizeof *db);
	size_t len = strlen(path) + sizeof "-wal";
	int code = RQ_OK;

	*out = NULL;
	db->path = rq_strdup(path);
	db->wal_path = rq_alloc(len);
	rq_copy(db->wal_path, len, path);
	rq_copy(db->wal_path + len - sizeof "-wal", sizeof "-wal", "-wal");
	db->lock_fd = -1;
	db->busy_ms = BUSY_MS;
	db->wal_pages = -1;
	db->page_size = 4096;
	db->full_sync = true; /* SQLite's own default */
	if (flags & RQ_DB_CREATE)
		code = create_file(db, e);
	if (!code)
		code = open_file(db, flags, e);
	if (!code && !(flags & RQ_DB_READONLY))
		code = open_lock(db, e);
	if (!code)
		code = open_schema(db, flags, m, n, e);
	if (code) {
		rq_db_close(db);
		return code;
	}
	*out = db;
	return RQ_OK;
}

void rq_db_close(struct rq_db *db)
{
	if (!db)
		return;
	rq_db_rollback(db);
	rq_db_end_read(db);
	rq_db_forget_stmts(db);
	if (db->h && sqlite3_close(db->h) != SQLITE_OK)
		RQ_BUG("%s: closed with statements in use", db->path);
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	rq_free(db->wal_path);
	rq_free(db->path);
	rq_free(db);
}

/* --- the rest ----------------------------------------------------------------------------- */

int64_t rq_db_data_version(struct rq_db *db)
{
	struct rq_stmt *s = rq_db_stmt(db, "PRAGMA data_version");
	int64_t v = rq_stmt_row(s) ? rq_col_int(s, 0) : -1;

	rq_stmt_done(s);
	return v;
}

int rq_db_check(struct rq_db *db, bool full, struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(db, full ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
	int code = RQ_OK;

	if (rq_stmt_row(s) && !rq_eq(rq_col_str(s, 0), "ok"))
		code = rq_fail(e, RQ_ECORRUPT, "%s is damaged: %s. Save what can be saved with `sqlite3 %s .recover`.",
			       db->path, rq_col_str(s, 0), db->path);
	rq_stmt_done(s);
	return code ? code : rq_db_error(db, e);
}

const char *rq_db_version(void)
{
	return sqlite3_libversion();
}

bool rq_db_has_wal_reset_bug(void)
{
	int v = sqlite3_libversion_number();
	bool backported = (v >= 3044006 && v < 3045000) || (v >= 3050007 && v < 3051000);

	return v < 3051003 && !backported;
}
