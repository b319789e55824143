/* db_log.c - the write-ahead log: how long it is, bringing it back into the file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/sys/db_private.h"

enum { FRAME_HEADER = 24, WAL_HEADER = 32 };

static int64_t wal_file_size(const struct rq_db *db)
{
	struct stat st;

	return stat(db->wal_path, &st) ? 0 : (int64_t)st.st_size;
}

int rq_db_on_commit(void *ud, sqlite3 *h, const char *name, int pages)
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
	rq_db_hold_stops(db);
	mode = limit == 0 || wal_file_size(db) > 2 * limit ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
	db->busy_ms = 0; /* readers keep their view: what they need stays in the log until next time */
	errno = 0;
	rc = sqlite3_wal_checkpoint_v2(db->h, NULL, mode, NULL, NULL);
	db->busy_ms = busy_ms;
	if (rc == SQLITE_OK)
		db->wal_pages = 0;
	rq_db_leave(db);
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
	rq_db_hold_stops(db);
	fd = open(db->wal_path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		write_zeros(fd, wal_file_size(db), bytes);
		fsync(fd);
		close(fd);
	}
	rq_db_leave(db);
}
