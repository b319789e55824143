/* db.c - SQLite behind db.h: opening, migrating, closing. Transactions: db_tx.c; the log: db_log.c; statements: db_stmt.c. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/sys/db_private.h"

enum { BUSY_MS = 5000 };

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
			code = rq_db_exec(db, m[i].sql, e);
	}
	if (code)
		return code;
	rq_str_init(&set, 64);
	rq_str_addf(&set, "PRAGMA user_version=%d", m[n - 1].version);
	code = rq_db_exec(db, rq_str_get(&set), e);
	rq_str_release(&set);
	return code;
}

/* Alone on the file: two processes that make it at once would trip over each other in the switch to WAL. */
static int migrate(struct rq_db *db, const struct rq_migration *m, size_t n, struct rq_error *e)
{
	int code = rq_db_lock(db, LOCK_EX, e);

	if (code)
		return code;
	rq_db_hold_stops(db);
	code = rq_db_exec(db, "PRAGMA journal_mode=WAL", e);
	if (!code)
		code = rq_db_exec(db, "PRAGMA synchronous=FULL", e);
	db->full_sync = true;
	if (!code)
		code = rq_db_exec(db, "BEGIN IMMEDIATE", e);
	if (!code) {
		code = run_migrations(db, m, n, e);
		if (!code)
			code = rq_db_exec(db, "COMMIT", e);
		if (!sqlite3_get_autocommit(db->h))
			sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	}
	rq_db_leave(db);
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
	sqlite3_busy_handler(db->h, rq_db_on_busy, db);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &off);
	sqlite3_wal_hook(db->h, rq_db_on_commit, db); /* in the place of the automatic checkpoint */
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
