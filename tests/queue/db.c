/* The database under the queue: transactions, migrations, faults, and the guard of its log. */
#include "tests/queue/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static const struct rq_migration steps[] = {
	{ 1, "CREATE TABLE t(id INTEGER PRIMARY KEY,v TEXT);INSERT INTO t(v)VALUES('one')" },
	{ 2, "ALTER TABLE t ADD COLUMN w TEXT;UPDATE t SET w='two'" },
	{ 3, "CREATE TABLE u(x INTEGER);INSERT INTO u SELECT id FROM t" },
};

struct place {
	char dir[200], path[220], wal[230], lock[230];
};

static int place_up(void **state)
{
	struct place *p = rq_alloc(sizeof *p);
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof p->dir, "%s/rqdb.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->path, sizeof p->path, "%s/x.db", p->dir);
	snprintf(p->wal, sizeof p->wal, "%s-wal", p->path);
	snprintf(p->lock, sizeof p->lock, "%s.lock", p->path);
	*state = p;
	return 0;
}

static int place_down(void **state)
{
	struct place *p = *state;

	remove_tree(p->dir);
	rq_free(p);
	return 0;
}

static struct rq_db *open_at(const char *path, size_t n)
{
	struct rq_error e;
	struct rq_db *db;

	if (rq_db_open(path, RQ_DB_CREATE, steps, n, &db, &e))
		fail_msg("%s", e.msg);
	return db;
}

static int64_t number(struct rq_db *db, const char *sql)
{
	struct rq_stmt *s = rq_db_stmt(db, sql);
	int64_t n = rq_stmt_row(s) ? rq_col_int(s, 0) : -1;

	rq_stmt_done(s);
	assert_int_equal(rq_db_error(db, NULL), RQ_OK);
	return n;
}

static void add_row(struct rq_db *db, const char *v)
{
	struct rq_stmt *s = rq_db_stmt(db, "INSERT INTO t(v)VALUES(?)");

	rq_bind_str(s, 1, v);
	rq_stmt_exec(s, NULL);
}

static int add_durably(struct rq_db *db, const char *v, struct rq_error *e)
{
	int code = rq_db_begin(db, true, e);

	if (code)
		return code;
	add_row(db, v);
	return rq_db_commit(db, e);
}

/* --- opening ------------------------------------------------------------------------------ */

static void from_every_earlier_version(void **state)
{
	struct place *p = *state;

	for (size_t from = 0; from <= 3; from++) {
		struct rq_db *db = open_at(p->path, from);

		rq_db_close(db);
		db = open_at(p->path, 3);
		assert_int_equal(number(db, "PRAGMA user_version"), 3);
		assert_int_equal(number(db, "SELECT count(*) FROM t WHERE v='one' AND w='two'"), 1);
		assert_int_equal(number(db, "SELECT x FROM u"), 1);
		rq_db_close(db);
		unlink(p->path);
		unlink(p->wal);
	}
}

static void newer_schema_is_refused(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 3);
	struct rq_error e;

	rq_db_close(db);
	assert_int_equal(rq_db_open(p->path, RQ_DB_CREATE, steps, 2, &db, &e), RQ_ECORRUPT);
	assert_null(db);
	assert_non_null(strstr(e.msg, "Upgrade relayq"));
	db = open_at(p->path, 3);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	rq_db_close(db);
}

static void failed_migration_leaves_nothing(void **state)
{
	static const struct rq_migration bad[] = {
		{ 1, "CREATE TABLE t(id INTEGER PRIMARY KEY,v TEXT)" },
		{ 2, "CREATE TABLE half(x);INSERT INTO nowhere VALUES(1)" },
	};
	struct place *p = *state;
	struct rq_db *db;
	struct rq_error e;

	assert_int_equal(rq_db_open(p->path, RQ_DB_CREATE, bad, 2, &db, &e), RQ_EFAILED);
	db = open_at(p->path, 1);
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE name='half'"), 0);
	rq_db_close(db);
}

static void private_and_in_wal(void **state)
{
	struct place *p = *state;
	struct stat st;
	struct rq_db *db;
	struct rq_stmt *s;
	mode_t mask = umask(0);

	db = open_at(p->path, 1);
	assert_int_equal(add_durably(db, "x", NULL), RQ_OK);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(p->wal, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(p->lock, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	s = rq_db_stmt(db, "PRAGMA journal_mode");
	assert_true(rq_stmt_row(s));
	assert_string_equal(rq_col_str(s, 0), "wal");
	rq_stmt_done(s);
	rq_db_close(db);
	umask(mask);
}

static void missing_file(void **state)
{
	struct place *p = *state;
	struct rq_db *db;
	struct rq_error e;

	assert_int_equal(rq_db_open(p->path, 0, steps, 1, &db, &e), RQ_ENOTFOUND);
	assert_int_equal(rq_db_open(p->path, RQ_DB_READONLY, NULL, 0, &db, &e), RQ_ENOTFOUND);
	assert_int_equal(access(p->path, F_OK), -1);
	assert_int_equal(rq_db_open("/nowhere/at/all.db", RQ_DB_CREATE, steps, 1, &db, &e), RQ_ENOTFOUND);
}

static void read_only(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1), *reader;
	struct rq_error e;

	assert_int_equal(rq_db_open(p->path, RQ_DB_READONLY, steps, 2, &reader, &e), RQ_ECORRUPT);
	assert_int_equal(rq_db_open(p->path, RQ_DB_READONLY, steps, 1, &reader, &e), RQ_OK);
	assert_int_equal(number(reader, "SELECT count(*) FROM t"), 1);
	add_row(reader, "x");
	assert_int_equal(rq_db_error(reader, &e), RQ_EPERM);
	rq_db_close(reader);
	rq_db_close(db);
}

/* In a child, as somebody whom the permissions bind. */
static int opens_as_nobody(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct rq_db *db;

		if (geteuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
			_exit(99);
		_exit(rq_db_open(path, RQ_DB_CREATE, steps, 1, &db, NULL));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void directory_without_permission(void **state)
{
	struct place *p = *state;
	struct rq_db *db;

	chmod(p->dir, 0555);
	assert_int_equal(opens_as_nobody(p->path), RQ_EPERM);
	chmod(p->dir, 0700);
	db = open_at(p->path, 1);
	rq_db_close(db);
	chmod(p->dir, 0555);
	chmod(p->path, 0444);
	assert_int_equal(opens_as_nobody(p->path), RQ_EPERM);
	chmod(p->dir, 0700);
}

static void spoil(const char *path, long at, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, at), n);
	close(fd);
}

static void damaged_file(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 3);
	static char junk[4096];
	struct rq_error e;

	for (int i = 0; i < 200; i++)
		assert_int_equal(add_durably(db, "a row that takes some room, so that there are pages to damage", &e), RQ_OK);
	assert_int_equal(rq_db_checkpoint(db, 0, NULL, &e), RQ_OK);
	assert_int_equal(rq_db_check(db, true, &e), RQ_OK);
	rq_db_close(db);
	unlink(p->wal);
	memset(junk, 0x5a, sizeof junk);
	spoil(p->path, 4096, junk, sizeof junk);
	db = open_at(p->path, 3); /* opening looks at the first page alone */
	add_row(db, "x");
	assert_int_equal(rq_db_error(db, &e), RQ_ECORRUPT);
	assert_non_null(strstr(e.msg, ".recover"));
	assert_int_equal(rq_db_check(db, false, &e), RQ_ECORRUPT);
	rq_db_close(db);
	spoil(p->path, 0, junk, 100);
	assert_int_equal(rq_db_open(p->path, RQ_DB_CREATE, steps, 3, &db, &e), RQ_ECORRUPT);
}

/* --- transactions ------------------------------------------------------------------------- */

static void commit_refuses_after_an_error(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1);
	struct rq_error e;

	assert_int_equal(rq_db_begin(db, true, &e), RQ_OK);
	add_row(db, "lost");
	assert_int_not_equal(rq_stmt_exec(rq_db_stmt(db, "INSERT INTO nowhere VALUES(1)"), NULL), RQ_OK);
	add_row(db, "lost as well");
	assert_int_equal(rq_db_commit(db, &e), RQ_EFAILED);
	assert_non_null(strstr(e.msg, "nowhere"));
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	assert_int_equal(add_durably(db, "kept", &e), RQ_OK);
	assert_int_equal(rq_db_begin(db, false, &e), RQ_OK);
	add_row(db, "taken back");
	rq_db_rollback(db);
	rq_db_rollback(db);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
	rq_db_close(db);
}

static void one_view_while_reading(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1), *other = open_at(p->path, 1);
	int64_t version = rq_db_data_version(other);

	assert_int_equal(rq_db_data_version(other), version);
	assert_int_equal(rq_db_begin_read(other, NULL), RQ_OK);
	assert_int_equal(number(other, "SELECT count(*) FROM t"), 1);
	assert_int_equal(add_durably(db, "x", NULL), RQ_OK);
	assert_int_equal(number(other, "SELECT count(*) FROM t"), 1);
	rq_db_end_read(other);
	rq_db_end_read(other);
	assert_int_equal(number(other, "SELECT count(*) FROM t"), 2);
	assert_int_not_equal(rq_db_data_version(other), version);
	rq_db_close(other);
	rq_db_close(db);
}

static void values_come_back(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1);
	struct rq_stmt *s = rq_db_stmt(db, "SELECT ?1,?2,?3,?4,?5");

	rq_bind_int(s, 1, INT64_MIN);
	rq_bind_strn(s, 2, "a\0b", 3);
	rq_bind_str(s, 3, NULL);
	rq_bind_strn(s, 4, NULL, 0);
	rq_bind_int(s, 5, 1);
	rq_bind_null(s, 5);
	assert_true(rq_stmt_row(s));
	assert_true(rq_col_int(s, 0) == INT64_MIN);
	assert_int_equal(rq_col_len(s, 1), 3);
	assert_memory_equal(rq_col_str(s, 1), "a\0b", 4);
	assert_true(rq_col_null(s, 2));
	assert_null(rq_col_str(s, 2));
	assert_false(rq_col_null(s, 3));
	assert_string_equal(rq_col_str(s, 3), "");
	assert_true(rq_col_null(s, 4));
	assert_false(rq_stmt_row(s));
	s = rq_db_stmt(db, "SELECT ?1,?2,?3,?4,?5"); /* the same text elsewhere is another statement; both are unbound */
	assert_true(rq_stmt_row(s));
	assert_true(rq_col_null(s, 0));
	rq_stmt_done(s);
	rq_db_close(db);
}

static void busy_is_told_in_time(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1), *other = open_at(p->path, 1);
	struct rq_error e;
	int64_t began;

	assert_int_equal(rq_db_begin(db, true, &e), RQ_OK);
	rq_db_set_busy_ms(other, 150);
	began = rq_mono_ns();
	assert_int_equal(rq_db_begin(other, true, &e), RQ_EBUSY);
	assert_in_range((rq_mono_ns() - began) / 1000000, 140, 2000);
	assert_non_null(strstr(e.msg, "try again"));
	add_row(db, "x");
	assert_int_equal(rq_db_commit(db, &e), RQ_OK);
	assert_int_equal(add_durably(other, "y", &e), RQ_OK);
	rq_db_close(other);
	rq_db_close(db);
}

static void writer_killed_inside(void **state)
{
	struct place *p = *state;
	struct rq_db *db;
	struct rq_error e;
	int go[2], status;
	char c;
	pid_t pid;

	rq_db_close(open_at(p->path, 1));
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		db = open_at(p->path, 1);
		if (rq_db_begin(db, true, NULL))
			_exit(1);
		for (int i = 0; i < 5000; i++)
			add_row(db, "never committed, and more than the page cache holds back");
		if (write(go[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(go[0], &c, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	db = open_at(p->path, 1);
	assert_int_equal(add_durably(db, "after", &e), RQ_OK);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
	assert_int_equal(rq_db_check(db, true, &e), RQ_OK);
	rq_db_close(db);
	close(go[0]);
	close(go[1]);
}

static bool is_held(int signum)
{
	sigset_t mask;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	return sigismember(&mask, signum);
}

/* ctrl-z between begin and commit would stop everybody who writes. */
static void stops_wait_for_the_commit(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1);

	assert_false(is_held(SIGTSTP));
	rq_db_begin(db, true, NULL);
	assert_true(is_held(SIGTSTP) && is_held(SIGTTIN) && is_held(SIGTTOU));
	rq_db_commit(db, NULL);
	assert_false(is_held(SIGTSTP));
	rq_db_begin(db, true, NULL);
	rq_db_rollback(db);
	assert_false(is_held(SIGTSTP));
	rq_db_begin_read(db, NULL);
	assert_true(is_held(SIGTSTP));
	rq_db_end_read(db);
	assert_false(is_held(SIGTSTP));
	rq_db_close(db);
}

/* --- the log ------------------------------------------------------------------------------ */

static void log_is_bounded(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1);
	int64_t limit = 200000, most = 0;
	struct stat st;
	bool did;

	for (int i = 0; i < 600; i++) {
		assert_int_equal(add_durably(db, "row", NULL), RQ_OK);
		if (rq_db_wal_bytes(db) > most)
			most = rq_db_wal_bytes(db);
		assert_int_equal(rq_db_checkpoint(db, limit, &did, NULL), RQ_OK);
		if (did)
			assert_int_equal(rq_db_wal_bytes(db), 0);
	}
	assert_in_range(most, limit, limit + 50000);
	assert_int_equal(stat(p->wal, &st), 0);
	assert_in_range(st.st_size, 1, limit + 50000);
	assert_int_equal(rq_db_checkpoint(db, 0, &did, NULL), RQ_OK);
	assert_true(did);
	assert_int_equal(stat(p->wal, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 601);
	rq_db_close(db);
	/* Closing is no checkpoint: nobody holds the lock for it. */
	db = open_at(p->path, 1);
	assert_int_equal(add_durably(db, "row", NULL), RQ_OK);
	rq_db_close(db);
	assert_int_equal(stat(p->wal, &st), 0);
	assert_true(st.st_size > 0);
}

static void grown_log_is_written_over(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1), *other;
	struct rq_error e;
	struct stat st;

	rq_db_grow_log(db, 300000);
	assert_int_equal(stat(p->wal, &st), 0);
	assert_int_equal(st.st_size, 300000);
	for (int i = 0; i < 20; i++)
		assert_int_equal(add_durably(db, "row", &e), RQ_OK);
	rq_db_grow_log(db, 400000); /* also behind commits that are only in the log */
	assert_int_equal(stat(p->wal, &st), 0);
	assert_int_equal(st.st_size, 400000);
	rq_db_close(db);
	db = open_at(p->path, 1); /* the log is read anew */
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 21);
	assert_int_equal(rq_db_checkpoint(db, 0, NULL, &e), RQ_OK);
	rq_db_grow_log(db, 400000); /* a log of zeros alone */
	rq_db_close(db);
	db = open_at(p->path, 1);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 21);
	assert_int_equal(add_durably(db, "row", &e), RQ_OK);
	rq_db_close(db);
	db = open_at(p->path, 1);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 22);
	assert_int_equal(rq_db_check(db, true, &e), RQ_OK);
	other = open_at(p->path, 1);
	assert_int_equal(rq_db_begin(other, true, &e), RQ_OK);
	rq_db_grow_log(db, 500000);
	assert_int_equal(rq_db_commit(other, &e), RQ_OK);
	assert_int_equal(stat(p->wal, &st), 0);
	assert_int_equal(st.st_size, 400000);
	rq_db_close(other);
	rq_db_close(db);
}

static void no_checkpoint_while_anybody_writes(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1), *other = open_at(p->path, 1);
	struct rq_error e;
	bool did = true;
	int fd;

	assert_int_equal(add_durably(db, "x", NULL), RQ_OK);
	assert_int_equal(rq_db_begin(other, false, NULL), RQ_OK);
	add_row(other, "y");
	assert_int_equal(rq_db_checkpoint(db, 0, &did, NULL), RQ_OK);
	assert_false(did);
	assert_int_equal(rq_db_commit(other, NULL), RQ_OK);
	assert_int_equal(rq_db_checkpoint(db, 0, &did, NULL), RQ_OK);
	assert_true(did);
	/* And the other way round: nobody begins to write during one. */
	fd = open(p->lock, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	rq_db_set_busy_ms(db, 30);
	assert_int_equal(rq_db_begin(db, true, &e), RQ_EBUSY);
	close(fd);
	assert_int_equal(add_durably(db, "z", &e), RQ_OK);
	rq_db_close(other);
	rq_db_close(db);
}

static void reader_keeps_its_view_over_a_checkpoint(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1), *reader = open_at(p->path, 1);
	bool did = true;

	assert_int_equal(rq_db_begin_read(reader, NULL), RQ_OK);
	assert_int_equal(number(reader, "SELECT count(*) FROM t"), 1);
	for (int i = 0; i < 50; i++)
		assert_int_equal(add_durably(db, "x", NULL), RQ_OK);
	assert_int_equal(rq_db_checkpoint(db, 0, &did, NULL), RQ_OK);
	assert_false(did);
	assert_int_equal(number(reader, "SELECT count(*) FROM t"), 1);
	rq_db_end_read(reader);
	assert_int_equal(rq_db_checkpoint(db, 0, &did, NULL), RQ_OK);
	assert_true(did);
	rq_db_close(reader);
	rq_db_close(db);
}

/* Several processes write and bring the log back all the time; one of them is killed now and then. */
static void hammer(const char *path, int which)
{
	struct rq_db *db = open_at(path, 1);
	char v[40];

	for (int i = 0; i < 400; i++) {
		struct rq_error e;

		snprintf(v, sizeof v, "%d.%d", which, i);
		if (rq_db_begin(db, i % 8 == 0, &e))
			_exit(2);
		add_row(db, v);
		if (rq_db_commit(db, &e))
			_exit(3);
		if (i % 3 == which % 3 && rq_db_checkpoint(db, i % 2 ? 0 : 20000, NULL, &e))
			_exit(4);
	}
	rq_db_close(db);
	_exit(0);
}

static void hammered_by_processes(void **state)
{
	struct place *p = *state;
	enum { WRITERS = 4 };
	pid_t pids[WRITERS], victim;
	struct rq_db *db;
	struct rq_error e;
	int status;

	rq_db_close(open_at(p->path, 1));
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0 && setenv("CMOCKA_TEST_ABORT", "1", 1) == 0)
			hammer(p->path, i);
	}
	for (int i = 0; i < 5; i++) {
		struct timespec ts = { 0, 15000000 };

		victim = fork();
		if (victim == 0)
			hammer(p->path, 10 + i);
		nanosleep(&ts, NULL);
		kill(victim, SIGKILL);
		waitpid(victim, &status, 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	db = open_at(p->path, 1);
	assert_int_equal(rq_db_check(db, true, &e), RQ_OK);
	/* Every commit that was told is there, once. */
	assert_int_equal(number(db, "SELECT count(*) FROM t WHERE v GLOB '[0-3].*'"), WRITERS * 400);
	assert_int_equal(number(db, "SELECT count(DISTINCT v) FROM t WHERE v GLOB '[0-3].*'"), WRITERS * 400);
	rq_db_close(db);
}

/* --- a full disk -------------------------------------------------------------------------- */

/* Files that may not grow any more: the same as a full disk to SQLite, and the same everywhere. */
static void limit_files(rlim_t bytes)
{
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &r);
}

static void full_disk(void **state)
{
	struct place *p = *state;
	struct rq_db *db = open_at(p->path, 1);
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	int64_t before, told = 0;
	struct rq_error e;
	struct stat st;
	int code = RQ_OK;

	assert_int_equal(add_durably(db, "fits", &e), RQ_OK);
	assert_int_equal(stat(p->wal, &st), 0);
	limit_files((rlim_t)st.st_size + 20000);
	for (int i = 0; i < 20 && !code; i++) {
		code = add_durably(db, "perhaps", &e);
		told += code == RQ_OK;
	}
	if (code != RQ_EFULL)
		fail_msg("%s", e.msg);
	assert_non_null(strstr(e.msg, "No space is left"));
	assert_int_equal(add_durably(db, "no", &e), RQ_EFULL);
	before = number(db, "SELECT count(*) FROM t");
	assert_int_equal(before, 2 + told);
	assert_int_equal(rq_db_check(db, true, &e), RQ_OK);
	limit_files(RLIM_INFINITY);
	assert_int_equal(add_durably(db, "fits again", &e), RQ_OK);
	rq_db_close(db);
	db = open_at(p->path, 1);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), before + 1);
	assert_int_equal(rq_db_check(db, true, &e), RQ_OK);
	rq_db_close(db);
	signal(SIGXFSZ, old);
}

static void full_disk_at_the_start(void **state)
{
	struct place *p = *state;
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rq_error e;
	struct rq_db *db;

	limit_files(2000);
	assert_int_equal(rq_db_open(p->path, RQ_DB_CREATE, steps, 3, &db, &e), RQ_EFULL);
	limit_files(RLIM_INFINITY);
	db = open_at(p->path, 3);
	assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
	rq_db_close(db);
	signal(SIGXFSZ, old);
}

static void knows_the_bug(void **state)
{
	(void)state;
	assert_true(strlen(rq_db_version()) >= 5);
	/* 3.40.1 and its like have it; what is linked is at least that. */
	if (strncmp(rq_db_version(), "3.40.", 5) == 0)
		assert_true(rq_db_has_wal_reset_bug());
}

#define AT_PLACE(f) cmocka_unit_test_setup_teardown(f, place_up, place_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_PLACE(from_every_earlier_version), AT_PLACE(newer_schema_is_refused),
		AT_PLACE(failed_migration_leaves_nothing), AT_PLACE(private_and_in_wal), AT_PLACE(missing_file),
		AT_PLACE(read_only), AT_PLACE(directory_without_permission), AT_PLACE(damaged_file),
		AT_PLACE(commit_refuses_after_an_error), AT_PLACE(one_view_while_reading), AT_PLACE(values_come_back),
		AT_PLACE(busy_is_told_in_time), AT_PLACE(writer_killed_inside), AT_PLACE(stops_wait_for_the_commit),
		AT_PLACE(log_is_bounded), AT_PLACE(grown_log_is_written_over),
		AT_PLACE(no_checkpoint_while_anybody_writes),
		AT_PLACE(reader_keeps_its_view_over_a_checkpoint), AT_PLACE(hammered_by_processes), AT_PLACE(full_disk),
		AT_PLACE(full_disk_at_the_start), AT_PLACE(knows_the_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
