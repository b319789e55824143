/* github_cache.c - cache.db.
 *
 * A row of http is an answer, or a claim on one that is being asked for. A claim names its process, and ends with it. The
 * texts lie apart, so that looking through the rows reads none of them. */
#include "core/queue/github_cache.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/base/str.h"
#include "core/sys/db.h"
#include "core/sys/lock.h"
#include "core/sys/paths.h"

enum {
	BUSY_MS = 20,                   /* a turn of the loop is short */
	LOOK_MS = 500,                  /* between looks whether the file is still the one */
	RETRY_MS = 5000,                /* after it could not be opened */
	LOG_MAX = 4 << 20,
	BODIES_MAX = 64 << 20, ROW = 256, /* and what a row takes besides */
	CLAIM_MAX_MS = 60000,           /* what lies further ahead is of a clock that was turned back */
	MINUTE = 60000, KEEP_MINUTES = 70
};

struct shortening;

struct rq_cache {
	struct rq_loop *loop;
	char *path;
	struct rq_db *db;               /* NULL: not open */
	dev_t dev;
	ino_t ino;
	int64_t looked_at, tried_at;    /* monotonic ms; 0 never */
	char salt[RQ_TOKEN_LEN];
	int depth;                      /* of rq_cache_begin */
	bool writing;                   /* a transaction is under way */
	struct shortening *shortening;
};

static const struct rq_migration schema[] = {
	{ 1, "CREATE TABLE meta(name TEXT PRIMARY KEY,value TEXT NOT NULL)STRICT,WITHOUT ROWID;"
	     "CREATE TABLE http(key TEXT PRIMARY KEY,status INTEGER NOT NULL DEFAULT 0,etag TEXT NOT NULL DEFAULT '',"
	     "sum TEXT NOT NULL DEFAULT '',next TEXT NOT NULL DEFAULT '',checked INTEGER NOT NULL DEFAULT 0,"
	     "server INTEGER NOT NULL DEFAULT 0,rest INTEGER NOT NULL DEFAULT 0,size INTEGER NOT NULL DEFAULT 0,"
	     "claim TEXT,claim_until INTEGER NOT NULL DEFAULT 0)STRICT,WITHOUT ROWID;"
	     "CREATE TABLE body(key TEXT PRIMARY KEY,text TEXT NOT NULL)STRICT;"
	     "CREATE TABLE points(bucket TEXT,minute INTEGER,spent INTEGER NOT NULL,wanted INTEGER NOT NULL,"
	     "PRIMARY KEY(bucket,minute))STRICT,WITHOUT ROWID;"
	     "CREATE TABLE limits(bucket TEXT PRIMARY KEY,lim INTEGER,remaining INTEGER,reset INTEGER,seen INTEGER,"
	     "blocked INTEGER,strikes INTEGER,why TEXT)STRICT,WITHOUT ROWID;" },
};

static int64_t mono(void)
{
	return rq_mono_ns() / 1000000 + 1;
}

void rq_cached_release(struct rq_cached *c)
{
	rq_free(c->body);
	rq_free(c->etag);
	rq_free(c->sum);
	rq_free(c->next);
	memset(c, 0, sizeof *c);
}

/* --- the file ------------------------------------------------------------------------------- */

static void remove_beside(const struct rq_cache *c, const char *suffix)
{
	char *s = rq_fmt("%s%s", c->path, suffix);

	unlink(s);
	rq_free(s);
}

/* The log and the locks of a file that is gone are not those of the next; others may still have them open. */
static void remove_all(const struct rq_cache *c)
{
	unlink(c->path);
	remove_beside(c, "-wal");
	remove_beside(c, "-shm");
	remove_beside(c, ".lock");
}

static void close_db(struct rq_cache *c)
{
	rq_db_close(c->db);
	c->db = NULL;
	c->writing = false;
}

static bool read_salt(struct rq_cache *c)
{
	struct rq_stmt *s = rq_db_stmt(c->db, "SELECT value FROM meta WHERE name='salt'");
	bool there = rq_stmt_row(s);

	if (there)
		rq_copy(c->salt, sizeof c->salt, rq_col_str(s, 0));
	rq_stmt_done(s);
	return there;
}

/* All processes use the one that is there first: with another, what they know would be hidden from one another. */
static bool share_salt(struct rq_cache *c)
{
	struct rq_stmt *s;
	char salt[RQ_TOKEN_LEN];

	if (read_salt(c))
		return true;
	rq_token(salt);
	s = rq_db_stmt(c->db, "INSERT OR IGNORE INTO meta VALUES('salt',?)");
	rq_bind_str(s, 1, salt);
	rq_stmt_exec(s, NULL);
	return read_salt(c);
}

/* One at a time makes it, or two would each take away what the other made. */
static int open_or_make(struct rq_cache *c)
{
	char *guard = rq_fmt("%s.new", c->path);
	struct stat st;
	int fd = -1, code;

	code = rq_lock_take(guard, 200, &fd, NULL);
	rq_free(guard);
	if (code)
		return code;
	if (stat(c->path, &st))
		remove_all(c);
	code = rq_db_open(c->path, RQ_DB_CREATE, schema, 1, &c->db, NULL);
	if (code == RQ_ECORRUPT) {
		remove_all(c);
		code = rq_db_open(c->path, RQ_DB_CREATE, schema, 1, &c->db, NULL);
	}
	close(fd);
	return code;
}

static void open_db(struct rq_cache *c)
{
	const char *slash = strrchr(c->path, '/');
	struct stat st;

	c->tried_at = mono();
	if (slash && slash != c->path) {
		char *dir = rq_strndup(c->path, (size_t)(slash - c->path));

		rq_mkdirs(dir, NULL);
		rq_free(dir);
	}
	if (open_or_make(c))
		return;
	rq_db_set_busy_ms(c->db, BUSY_MS);
	if (stat(c->path, &st) || !share_salt(c)) {
		close_db(c);
		return;
	}
	c->dev = st.st_dev;
	c->ino = st.st_ino;
}

/* Whether there is a file to work with now. */
static bool usable(struct rq_cache *c)
{
	struct stat st;

	if (!c)
		return false;
	if (c->db && mono() - c->looked_at >= LOOK_MS && !c->depth) {
		c->looked_at = mono();
		if (stat(c->path, &st) || st.st_dev != c->dev || st.st_ino != c->ino) {
			close_db(c);
			c->tried_at = 0;
		}
	}
	if (!c->db && (!c->tried_at || mono() - c->tried_at >= RETRY_MS))
		open_db(c);
	return c->db;
}

/* After each use: a damaged file goes, with all that is in it. */
static bool fine(struct rq_cache *c)
{
	int code = rq_db_error(c->db, NULL);

	if (code == RQ_ECORRUPT) {
		close_db(c);
		remove_all(c);
		c->tried_at = 0;
	}
	return !code;
}

struct rq_cache *rq_cache_new(struct rq_loop *l, const char *path)
{
	struct rq_cache *c = rq_alloc(sizeof *c);

	c->loop = l;
	c->path = rq_strdup(path);
	return c;
}

/* --- its log -------------------------------------------------------------------------------- */

/* Bringing the log back into the file waits for the disk: on a thread, with a connection of its own. */
struct shortening {
	struct rq_cache *c;             /* NULL: freed meanwhile */
	char *path;
};

static void shorten(void *ud)
{
	struct shortening *s = ud;
	struct rq_db *db;

	if (rq_db_open(s->path, 0, NULL, 0, &db, NULL))
		return;
	rq_db_checkpoint(db, LOG_MAX / 2, NULL, NULL);
	rq_db_close(db);
}

static void shortened(void *ud)
{
	struct shortening *s = ud;

	if (s->c)
		s->c->shortening = NULL;
	rq_free(s->path);
	rq_free(s);
}

static void keep_short(struct rq_cache *c)
{
	struct shortening *s;

	if (!c->loop || c->shortening || rq_db_wal_bytes(c->db) < LOG_MAX)
		return;
	s = rq_alloc(sizeof *s);
	s->c = c;
	s->path = rq_strdup(c->path);
	c->shortening = s;
	rq_loop_work(c->loop, shorten, shortened, s);
}

void rq_cache_free(struct rq_cache *c)
{
	if (!c)
		return;
	if (c->shortening)
		c->shortening->c = NULL;
	close_db(c);
	rq_free(c->path);
	rq_free(c);
}

/* --- keys ----------------------------------------------------------------------------------- */

void rq_cache_key(struct rq_cache *c, const char *const *parts, size_t n, const char *token, char key[RQ_CACHE_KEY_LEN])
{
	const char *all[12];
	size_t sizes[12], k = 0;
	char mark[RQ_SHA256_LEN], hex[RQ_SHA256_LEN];

	RQ_ASSERT(n + 2 <= sizeof all / sizeof *all);
	usable(c);
	/* The token by itself, cut short: even who has the salt learns little. */
	all[0] = c ? c->salt : "";
	all[1] = token ? token : "";
	sizes[0] = strlen(all[0]) + 1;
	sizes[1] = strlen(all[1]);
	rq_sha256(all, sizes, 2, mark);
	mark[16] = '\0';
	all[k] = mark;
	sizes[k++] = sizeof "" + 16;
	for (size_t i = 0; i < n; i++) {
		all[k] = parts[i];
		sizes[k++] = strlen(parts[i]) + 1;
	}
	rq_sha256(all, sizes, k, hex);
	rq_copy(key, RQ_CACHE_KEY_LEN, hex);
}

/* --- transactions --------------------------------------------------------------------------- */

void rq_cache_begin(struct rq_cache *c)
{
	if (!usable(c))
		return;
	if (c->depth++ == 0)
		c->writing = rq_db_begin(c->db, false, NULL) == RQ_OK;
}

void rq_cache_end(struct rq_cache *c)
{
	if (!c || !c->depth || --c->depth)
		return;
	if (c->writing && c->db) {
		int code = rq_db_commit(c->db, NULL);

		c->writing = false;
		if (code == RQ_ECORRUPT) {
			close_db(c);
			remove_all(c);
			c->tried_at = 0;
		} else {
			keep_short(c);
		}
	}
}

/* A statement of its own or of the transaction; NULL when nothing can be written. */
static struct rq_stmt *writing(struct rq_cache *c, const char *sql)
{
	return c && c->db && c->writing ? rq_db_stmt(c->db, sql) : NULL;
}

/* --- answers -------------------------------------------------------------------------------- */

bool rq_cache_age(struct rq_cache *c, const char *key, int64_t *checked_at, int64_t *rest_until)
{
	struct rq_stmt *s;
	bool there;

	if (!usable(c))
		return false;
	s = rq_db_stmt(c->db, "SELECT checked,rest FROM http WHERE key=? AND status>0");
	rq_bind_str(s, 1, key);
	there = rq_stmt_row(s);
	if (there) {
		*checked_at = rq_col_int(s, 0);
		*rest_until = rq_col_int(s, 1);
	}
	rq_stmt_done(s);
	return fine(c) && there;
}

bool rq_cache_find(struct rq_cache *c, const char *key, struct rq_cached *out)
{
	struct rq_stmt *s;
	bool there;

	memset(out, 0, sizeof *out);
	if (!usable(c))
		return false;
	s = rq_db_stmt(c->db, "SELECT status,etag,sum,next,checked,server,rest,text FROM http JOIN body USING(key)"
			      " WHERE key=? AND status>0");
	rq_bind_str(s, 1, key);
	there = rq_stmt_row(s);
	if (there) {
		out->status = (int)rq_col_int(s, 0);
		out->etag = rq_strdup(rq_col_str(s, 1));
		out->sum = rq_strdup(rq_col_str(s, 2));
		out->next = rq_strdup(rq_col_str(s, 3));
		out->checked_at = rq_col_int(s, 4);
		out->server_at = rq_col_int(s, 5);
		out->rest_until = rq_col_int(s, 6);
		out->body = rq_alloc(rq_col_len(s, 7) + 1);
		out->n = rq_col_len(s, 7);
		if (out->n)
			memcpy(out->body, rq_col_str(s, 7), out->n);
	}
	rq_stmt_done(s);
	if (!fine(c) && there) {
		rq_cached_release(out);
		there = false;
	}
	return there;
}

/* Room for N more bytes; the oldest go. */
static void make_room(struct rq_cache *c, int64_t n)
{
	struct rq_stmt *s = rq_db_stmt(c->db, "SELECT coalesce(sum(size),0) FROM http");
	int64_t over = rq_stmt_row(s) ? rq_col_int(s, 0) + n - BODIES_MAX : 0;

	rq_stmt_done(s);
	while (over > 0) {
		char key[RQ_CACHE_KEY_LEN];
		bool found;

		s = rq_db_stmt(c->db, "SELECT key,size FROM http WHERE size>0 ORDER BY checked LIMIT 1");
		found = rq_stmt_row(s);
		if (found) {
			rq_copy(key, sizeof key, rq_col_str(s, 0));
			over -= rq_col_int(s, 1);
		}
		rq_stmt_done(s);
		if (!found)
			return;
		rq_cache_forget(c, key);
	}
}

void rq_cache_forget(struct rq_cache *c, const char *key)
{
	struct rq_stmt *s;

	rq_cache_begin(c);
	if ((s = writing(c, "DELETE FROM body WHERE key=?"))) {
		rq_bind_str(s, 1, key);
		rq_stmt_exec(s, NULL);
	}
	if ((s = writing(c, "DELETE FROM http WHERE key=?"))) {
		rq_bind_str(s, 1, key);
		rq_stmt_exec(s, NULL);
	}
	rq_cache_end(c);
}

static void store_head(struct rq_stmt *s, const char *key, const struct rq_cached *a)
{
	rq_bind_str(s, 1, key);
	rq_bind_int(s, 2, a->status);
	rq_bind_str(s, 3, a->etag ? a->etag : "");
	rq_bind_str(s, 4, a->sum ? a->sum : "");
	rq_bind_str(s, 5, a->next ? a->next : "");
	rq_bind_int(s, 6, a->checked_at);
	rq_bind_int(s, 7, a->server_at);
	rq_bind_int(s, 8, a->rest_until);
	rq_bind_int(s, 9, (int64_t)a->n + ROW);
	rq_stmt_exec(s, NULL);
}

void rq_cache_store(struct rq_cache *c, const char *key, const struct rq_cached *a)
{
	struct rq_stmt *s;

	rq_cache_begin(c);
	if (c && c->writing)
		make_room(c, (int64_t)a->n);
	if ((s = writing(c, "INSERT OR REPLACE INTO http(key,status,etag,sum,next,checked,server,rest,size)"
			    "VALUES(?,?,?,?,?,?,?,?,?)")))
		store_head(s, key, a);
	if ((s = writing(c, "INSERT OR REPLACE INTO body VALUES(?,?)"))) {
		rq_bind_str(s, 1, key);
		rq_bind_strn(s, 2, a->body, a->n);
		rq_stmt_exec(s, NULL);
	}
	rq_cache_end(c);
}

bool rq_cache_confirm(struct rq_cache *c, const char *key, int64_t checked_at, int64_t server_at, int64_t rest_until)
{
	struct rq_stmt *s;
	bool there = false;

	rq_cache_begin(c);
	if ((s = writing(c, "UPDATE http SET checked=?,server=?,rest=?,claim=NULL,claim_until=0 WHERE key=? AND status>0"))) {
		rq_bind_int(s, 1, checked_at);
		rq_bind_int(s, 2, server_at);
		rq_bind_int(s, 3, rest_until);
		rq_bind_str(s, 4, key);
		there = rq_stmt_exec(s, NULL) == RQ_OK && rq_db_changes(c->db) > 0;
	}
	rq_cache_end(c);
	return there;
}

/* --- claims --------------------------------------------------------------------------------- */

void rq_cache_claimant(char me[RQ_CLAIMANT_LEN])
{
	char token[RQ_TOKEN_LEN];

	rq_token(token);
	snprintf(me, RQ_CLAIMANT_LEN, "%ld-%.16s", (long)getpid(), token);
}

/* Its process is there, or cannot be asked. */
static bool lives(const char *claimant)
{
	long pid = strtol(claimant, NULL, 10);

	return pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

static bool is_held(struct rq_cache *c, const char *key, const char *me, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(c->db, "SELECT claim,claim_until FROM http WHERE key=? AND claim IS NOT NULL");
	bool held = false;

	rq_bind_str(s, 1, key);
	if (rq_stmt_row(s)) {
		const char *by = rq_col_str(s, 0);
		int64_t until = rq_col_int(s, 1);

		held = !rq_eq(by, me) && until > now && until - now <= CLAIM_MAX_MS && lives(by);
	}
	rq_stmt_done(s);
	return held;
}

bool rq_cache_claim(struct rq_cache *c, const char *key, const char *me, int64_t until)
{
	struct rq_stmt *s;
	bool held;

	/* A look takes no lock: it sees the claim of one that is writing just now, and who waits keeps nobody from writing. */
	if (!usable(c))
		return true;
	held = is_held(c, key, me, rq_now());
	if (!fine(c) || held)
		return !held;
	rq_cache_begin(c);
	if (c->writing) {
		held = is_held(c, key, me, rq_now());
		s = held ? NULL : writing(c, "INSERT INTO http(key,claim,claim_until)VALUES(?1,?2,?3)"
					     " ON CONFLICT(key)DO UPDATE SET claim=?2,claim_until=?3");
		if (s) {
			rq_bind_str(s, 1, key);
			rq_bind_str(s, 2, me);
			rq_bind_int(s, 3, until);
			rq_stmt_exec(s, NULL);
		}
	}
	rq_cache_end(c);
	return !held;
}

void rq_cache_unclaim(struct rq_cache *c, const char *key, const char *me)
{
	struct rq_stmt *s;

	rq_cache_begin(c);
	if ((s = writing(c, "UPDATE http SET claim=NULL,claim_until=0 WHERE key=? AND claim=?"))) {
		rq_bind_str(s, 1, key);
		rq_bind_str(s, 2, me);
		rq_stmt_exec(s, NULL);
	}
	if ((s = writing(c, "DELETE FROM http WHERE key=? AND claim IS NULL AND status=0"))) {
		rq_bind_str(s, 1, key);
		rq_stmt_exec(s, NULL);
	}
	rq_cache_end(c);
}

/* --- points --------------------------------------------------------------------------------- */

static void drop_old_points(struct rq_cache *c, int64_t minute)
{
	struct rq_stmt *s = writing(c, "DELETE FROM points WHERE minute<? OR minute>?");

	if (!s)
		return;
	rq_bind_int(s, 1, minute - KEEP_MINUTES);
	rq_bind_int(s, 2, minute);
	rq_stmt_exec(s, NULL);
}

void rq_cache_spend(struct rq_cache *c, const char *bucket, int64_t now, int spent, int64_t wanted)
{
	struct rq_stmt *s;

	rq_cache_begin(c);
	if ((s = writing(c, "INSERT INTO points VALUES(?1,?2,?3,?4)"
			    " ON CONFLICT DO UPDATE SET spent=spent+?3,wanted=wanted+?4"))) {
		rq_bind_str(s, 1, bucket);
		rq_bind_int(s, 2, now / MINUTE);
		rq_bind_int(s, 3, spent);
		rq_bind_int(s, 4, wanted);
		rq_stmt_exec(s, NULL);
		drop_old_points(c, now / MINUTE);
	}
	rq_cache_end(c);
}

void rq_cache_spent(struct rq_cache *c, const char *bucket, int64_t now, int minutes, int64_t *wanted, int64_t *of_minutes)
{
	struct rq_stmt *s;

	*wanted = 0;
	*of_minutes = 1;
	if (!usable(c))
		return;
	s = rq_db_stmt(c->db, "SELECT coalesce(sum(wanted),0),coalesce(min(minute),0)FROM points"
			      " WHERE bucket=? AND minute>? AND minute<=?");
	rq_bind_str(s, 1, bucket);
	rq_bind_int(s, 2, now / MINUTE - minutes);
	rq_bind_int(s, 3, now / MINUTE);
	if (rq_stmt_row(s) && rq_col_int(s, 0)) {
		*wanted = rq_col_int(s, 0);
		*of_minutes = now / MINUTE - rq_col_int(s, 1) + 1;
	}
	rq_stmt_done(s);
	fine(c);
}

bool rq_cache_limits(struct rq_cache *c, const char *bucket, struct rq_limits *out)
{
	struct rq_stmt *s;
	bool there;

	if (!usable(c))
		return false;
	s = rq_db_stmt(c->db, "SELECT lim,remaining,reset,seen,blocked,strikes,why FROM limits WHERE bucket=?");
	rq_bind_str(s, 1, bucket);
	there = rq_stmt_row(s);
	if (there) {
		out->limit = rq_col_int(s, 0);
		out->remaining = rq_col_int(s, 1);
		out->reset_at = rq_col_int(s, 2);
		out->seen_at = rq_col_int(s, 3);
		out->blocked_until = rq_col_int(s, 4);
		out->strikes = (int)rq_col_int(s, 5);
		rq_copy(out->why, sizeof out->why, rq_col_str(s, 6) ? rq_col_str(s, 6) : "");
	}
	rq_stmt_done(s);
	return fine(c) && there;
}

void rq_cache_set_limits(struct rq_cache *c, const char *bucket, const struct rq_limits *l)
{
	struct rq_stmt *s;

	rq_cache_begin(c);
	if ((s = writing(c, "INSERT OR REPLACE INTO limits VALUES(?,?,?,?,?,?,?,?)"))) {
		rq_bind_str(s, 1, bucket);
		rq_bind_int(s, 2, l->limit);
		rq_bind_int(s, 3, l->remaining);
		rq_bind_int(s, 4, l->reset_at);
		rq_bind_int(s, 5, l->seen_at);
		rq_bind_int(s, 6, l->blocked_until);
		rq_bind_int(s, 7, l->strikes);
		rq_bind_str(s, 8, l->why);
		rq_stmt_exec(s, NULL);
	}
	rq_cache_end(c);
}
