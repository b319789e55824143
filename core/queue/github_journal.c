/* github_journal.c - github.db: its tables, and writing it without keeping the loop waiting.
 *
 * How to change the schema: append a row to the table of migrations; never edit one that was released. */
#include "core/queue/github_journal.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/outbox.h"
#include "core/sys/paths.h"

enum { LOG_MAX_BYTES = 256 * 1024, QUEUES_MAX = 32 };

static const char schema_1[] =
"CREATE TABLE outbox(id TEXT PRIMARY KEY,queue TEXT NOT NULL,api TEXT NOT NULL,token TEXT,"
"state TEXT NOT NULL CHECK(state IN('new','sending','unsure','failed')),"
"repo TEXT NOT NULL,workflow TEXT NOT NULL,ref TEXT NOT NULL,name TEXT NOT NULL,type TEXT NOT NULL,params TEXT NOT NULL,"
"labels TEXT NOT NULL,target TEXT NOT NULL,actor TEXT NOT NULL,decision TEXT NOT NULL,"
"used_ref TEXT NOT NULL DEFAULT '',inputs TEXT NOT NULL DEFAULT '',traced INTEGER NOT NULL DEFAULT 0,"
"acted INTEGER NOT NULL DEFAULT 0,"
"carried INTEGER NOT NULL DEFAULT 0,"
"sent_at INTEGER NOT NULL DEFAULT 0,ended_at INTEGER NOT NULL DEFAULT 0,looks INTEGER NOT NULL DEFAULT 0,"
"looked_at INTEGER NOT NULL DEFAULT 0,tries INTEGER NOT NULL DEFAULT 0,next_at INTEGER NOT NULL DEFAULT 0,"
"reason TEXT NOT NULL DEFAULT '',why TEXT NOT NULL DEFAULT '',"
"holder TEXT NOT NULL DEFAULT '',held_until INTEGER NOT NULL DEFAULT 0,at INTEGER NOT NULL)STRICT,WITHOUT ROWID;"
"CREATE UNIQUE INDEX outbox_token ON outbox(queue,token)WHERE token IS NOT NULL;"
"CREATE TABLE dispatch(queue TEXT NOT NULL,api TEXT NOT NULL,run INTEGER NOT NULL,id TEXT NOT NULL,token TEXT,repo TEXT NOT NULL,"
"workflow TEXT NOT NULL,ref TEXT NOT NULL,name TEXT NOT NULL,type TEXT NOT NULL,params TEXT NOT NULL,inputs TEXT NOT NULL,"
"decision TEXT NOT NULL,actor TEXT NOT NULL,at INTEGER NOT NULL,PRIMARY KEY(queue,api,run))STRICT,WITHOUT ROWID;"
"CREATE UNIQUE INDEX dispatch_id ON dispatch(id);"
"CREATE INDEX dispatch_at ON dispatch(at);"
"CREATE UNIQUE INDEX dispatch_token ON dispatch(queue,token)WHERE token IS NOT NULL;"
"CREATE TABLE note(queue TEXT NOT NULL,kind TEXT NOT NULL,key TEXT NOT NULL,state TEXT NOT NULL,body TEXT NOT NULL,"
"holder TEXT NOT NULL,held_until INTEGER NOT NULL,at INTEGER NOT NULL,updated_at INTEGER NOT NULL,"
"PRIMARY KEY(queue,kind,key))STRICT,WITHOUT ROWID;";

static const struct rq_migration migrations[] = { { 1, schema_1 } };

/* A write that waits, is at work, or waits to be told. */
struct gh_write {
	struct gh_write *next;
	struct gh_journal *j;
	struct gh_op *op;               /* NULL: nobody wants to hear of it */
	gh_write_fn *fn;
	void *arg;
	gh_written_fn *then;
	struct rq_arena arena;          /* of an operation that has ended: ARG lies in it */
	struct rq_error err;
	int code;
};

/* Outlives the queue while a thread works with it. */
struct gh_journal {
	struct rq_loop *loop;
	char *path;
	bool worker;
	struct rq_db *db;               /* of writes; NULL not open. Of the thread, while BUSY */
	struct rq_db *side;             /* of reads; the same one without threads */
	struct gh_write *first;         /* in order; the first may be at work */
	int64_t version;
	bool busy;                      /* a thread has DB and FIRST */
	bool told;                      /* FIRST is written, and its callback is on its way */
	bool closed;
	bool over;                      /* under the mutex: the thread is through */
	pthread_mutex_t mutex;
	pthread_cond_t cond;
};

/* --- opening ------------------------------------------------------------------------------ */

static int open_db(const struct gh_journal *j, unsigned flags, struct rq_db **db, struct rq_error *e)
{
	return rq_db_open(j->path, flags, migrations, sizeof migrations / sizeof *migrations, db, e);
}

static struct gh_journal *journal_of(struct rq_github *g)
{
	struct gh_journal *j = g->journal;

	if (j)
		return j;
	j = g->journal = rq_alloc(sizeof *j);
	j->loop = g->loop;
	j->worker = g->worker;
	j->path = rq_path_join(g->state_dir, "github.db");
	pthread_mutex_init(&j->mutex, NULL);
	pthread_cond_init(&j->cond, NULL);
	rq_now();                       /* reads the environment once: here, not on a thread */
	return j;
}

struct rq_db *gh_journal(struct rq_github *g)
{
	struct gh_journal *j = journal_of(g);
	struct stat st;

	if (!j->side && !j->worker && j->db)
		return j->db;
	if (!j->side && stat(j->path, &st) == 0)
		open_db(j, RQ_DB_CREATE, &j->side, NULL);
	return j->side;
}

bool gh_journal_changed(struct rq_github *g)
{
	struct rq_db *db = gh_journal(g);
	int64_t version = db ? rq_db_data_version(db) : 0, last = g->journal->version;

	g->journal->version = version;
	return version != last;
}

static void free_journal(struct gh_journal *j)
{
	rq_db_close(j->db);
	rq_db_close(j->side);
	pthread_mutex_destroy(&j->mutex);
	pthread_cond_destroy(&j->cond);
	rq_free(j->path);
	rq_free(j);
}

static int64_t stamp_of(const char *path, const char *suffix)
{
	char *name = rq_fmt("%s%s", path, suffix);
	struct stat st;
	bool there;

	there = stat(name, &st) == 0;
	rq_free(name);
	return there ? (int64_t)st.st_mtim.tv_sec * 1000000007 + st.st_mtim.tv_nsec + st.st_size + 1 : 0;
}

int64_t rq_outbox_stamp(const char *state)
{
	char *path = rq_path_join(state, "github.db");
	int64_t file = stamp_of(path, ""), log = file ? stamp_of(path, "-wal") : 0;

	rq_free(path);
	return file ^ (log << 1);
}

size_t rq_outbox_queues(const char *state, struct rq_arena *a, const char ***names)
{
	struct gh_journal j = { .path = rq_path_join(state, "github.db") };
	struct rq_db *db = NULL;
	struct rq_stmt *s;
	size_t n = 0;

	*names = rq_arena_alloc(a, QUEUES_MAX * sizeof **names);
	if (rq_outbox_stamp(state))
		open_db(&j, RQ_DB_CREATE, &db, NULL);
	rq_free(j.path);
	if (!db)
		return 0;
	s = rq_db_stmt(db, "SELECT queue FROM outbox WHERE state<>'failed' UNION SELECT queue FROM note"
		" WHERE NOT(kind='drain' AND state IN('DRAINING','DRAINED')) ORDER BY queue");
	while (n < QUEUES_MAX && rq_stmt_row(s))
		(*names)[n++] = rq_arena_str(a, rq_col_str(s, 0));
	rq_stmt_done(s);
	rq_db_close(db);
	return n;
}

/* --- writing ------------------------------------------------------------------------------ */

static int write_now(struct gh_journal *j, struct gh_write *w, struct rq_error *e)
{
	int code = j->db ? RQ_OK : open_db(j, RQ_DB_CREATE, &j->db, e);

	if (!code)
		code = rq_db_begin(j->db, true, e);
	if (code)
		return code;
	code = w->fn(j->db, w->arg, e);
	if (code)
		rq_db_rollback(j->db);
	else
		code = rq_db_commit(j->db, e);
	rq_db_checkpoint(j->db, LOG_MAX_BYTES, NULL, NULL);
	return code;
}

static void free_write(struct gh_write *w)
{
	rq_arena_release(&w->arena);
	rq_free(w);
}

static void next_write(struct gh_journal *j);

/* FIRST is written: tell, and go on. */
static void tell(struct gh_journal *j)
{
	struct gh_write *w = j->first;
	struct gh_op *op = w->op;

	j->first = w->next;
	j->told = false;
	if (op) {
		op->writing = NULL;
		w->op = NULL;
		w->then(op, w->code, &w->err);
	}
	free_write(w);
}

static void on_thread(void *ud)
{
	struct gh_journal *j = ud;

	j->first->code = write_now(j, j->first, &j->first->err);
	pthread_mutex_lock(&j->mutex);
	j->over = true;
	pthread_cond_signal(&j->cond);
	pthread_mutex_unlock(&j->mutex);
}

static void after_thread(void *ud)
{
	struct gh_journal *j = ud;

	if (j->closed) {
		free_journal(j);
		return;
	}
	j->busy = false;
	tell(j);
	next_write(j);
}

static void on_turn(void *ud)
{
	struct gh_journal *j = ud;

	j->first->code = write_now(j, j->first, &j->first->err);
	tell(j);
	next_write(j);
}

static void next_write(struct gh_journal *j)
{
	if (!j->first || j->busy || j->told)
		return;
	if (!j->worker) {
		j->told = true;
		rq_loop_defer(j->loop, on_turn, j);
		return;
	}
	j->busy = true;
	j->over = false;
	rq_loop_work(j->loop, on_thread, after_thread, j);
}

void gh_op_write(struct gh_op *op, gh_write_fn *fn, void *arg, gh_written_fn *then)
{
	struct gh_journal *j = journal_of(op->g);
	struct gh_write *w = rq_alloc(sizeof *w), **p = &j->first;

	RQ_ASSERT(!op->writing);
	w->op = op;
	w->fn = fn;
	w->arg = arg;
	w->then = then;
	op->writing = w;
	while (*p)
		p = &(*p)->next;
	*p = w;
	next_write(j);
}

void gh_op_unwrite(struct gh_op *op)
{
	struct gh_write *w = op->writing;

	if (!w)
		return;
	op->writing = NULL;
	w->op = NULL;
	rq_arena_adopt(&w->arena, &op->arena);
}

void gh_journal_close(struct rq_github *g)
{
	struct gh_journal *j = g->journal;
	struct gh_write *w;
	bool busy;

	g->journal = NULL;
	if (!j)
		return;
	rq_loop_undefer(j->loop, on_turn, j);
	pthread_mutex_lock(&j->mutex);
	while (j->busy && !j->over)
		pthread_cond_wait(&j->cond, &j->mutex);
	pthread_mutex_unlock(&j->mutex);
	busy = j->busy;
	if (busy) {
		w = j->first;
		j->first = w->next;
		free_write(w);
	}
	/* An answer of the server that is not written down yet: nobody else knows it. */
	while ((w = j->first)) {
		j->first = w->next;
		write_now(j, w, &w->err);
		free_write(w);
	}
	j->closed = true;
	if (!busy)
		free_journal(j);
}

/* --- notes -------------------------------------------------------------------------------- */

static void bind_note(struct rq_stmt *s, const char *queue, const struct gh_note *n)
{
	rq_bind_str(s, 1, n->holder ? n->holder : "");
	rq_bind_int(s, 2, rq_now());
	rq_bind_str(s, 3, queue);
	rq_bind_str(s, 4, n->kind);
	rq_bind_str(s, 5, n->key);
}

static int changed_one(struct rq_db *db, struct rq_stmt *s, const struct gh_note *n, struct rq_error *e)
{
	int code = rq_stmt_exec(s, e);

	if (code || rq_db_changes(db) == 1)
		return code;
	return rq_fail(e, RQ_ECONFLICT, "Another process works on the %s of %s.", n->kind, n->key);
}

#define HELD "CASE ?1 WHEN '' THEN 0 ELSE ?2+60000 END"

int gh_note_put(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(db, "INSERT INTO note(queue,kind,key,state,body,holder,held_until,at,updated_at)"
		" VALUES(?3,?4,?5,?6,?7,?1," HELD ",CASE ?8 WHEN 0 THEN ?2 ELSE ?8 END,?2)"
		" ON CONFLICT(queue,kind,key) DO UPDATE SET state=?6,body=?7,holder=?1,held_until=" HELD ",updated_at=?2,"
		"at=CASE ?8 WHEN 0 THEN at ELSE ?8 END WHERE " GH_FREE);

	bind_note(s, queue, n);
	rq_bind_str(s, 6, n->state);
	rq_bind_str(s, 7, n->body ? n->body : "");
	rq_bind_int(s, 8, n->at);
	return changed_one(db, s, n, e);
}

int gh_note_hold(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(db, "UPDATE note SET holder=?1,held_until=" HELD
		" WHERE queue=?3 AND kind=?4 AND key=?5 AND (?6 IS NULL OR state=?6) AND " GH_FREE);

	bind_note(s, queue, n);
	rq_bind_str(s, 6, n->state);
	return changed_one(db, s, n, e);
}

int gh_note_release(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(db, "UPDATE note SET holder='',held_until=0"
		" WHERE queue=?3 AND kind=?4 AND key=?5 AND holder=?1 AND ?2 IS NOT NULL");

	bind_note(s, queue, n);
	return changed_one(db, s, n, e);
}

int gh_note_drop(struct rq_db *db, const char *queue, const struct gh_note *n, struct rq_error *e)
{
	struct rq_stmt *s = rq_db_stmt(db, "DELETE FROM note WHERE queue=?3 AND kind=?4 AND key=?5 AND " GH_FREE);

	bind_note(s, queue, n);
	return changed_one(db, s, n, e);
}

static void read_note(struct rq_stmt *s, struct rq_arena *a, struct gh_note *n)
{
	n->kind = rq_arena_str(a, rq_col_str(s, 0));
	n->key = rq_arena_str(a, rq_col_str(s, 1));
	n->state = rq_arena_str(a, rq_col_str(s, 2));
	n->body = rq_arena_str(a, rq_col_str(s, 3));
	n->holder = rq_arena_str(a, rq_col_str(s, 4));
	n->held_until = rq_col_int(s, 5);
	n->at = rq_col_int(s, 6);
	n->updated_at = rq_col_int(s, 7);
}

#define NOTE "SELECT kind,key,state,body,holder,held_until,at,updated_at FROM note WHERE queue=? AND kind=?"

size_t gh_notes(struct rq_db *db, struct rq_arena *a, const char *queue, const char *kind, struct gh_note **out)
{
	struct rq_stmt *s = rq_db_stmt(db, NOTE " ORDER BY key");
	struct gh_note *v = NULL;
	size_t n = 0, cap = 0;

	rq_bind_str(s, 1, queue);
	rq_bind_str(s, 2, kind);
	while (rq_stmt_row(s)) {
		RQ_GROW(v, n, &cap);
		read_note(s, a, &v[n++]);
	}
	rq_stmt_done(s);
	*out = rq_arena_alloc(a, (n + 1) * sizeof **out);
	if (n)
		memcpy(*out, v, n * sizeof **out);
	rq_free(v);
	return n;
}

bool gh_note_get(struct rq_db *db, struct rq_arena *a, const char *queue, const char *kind, const char *key, struct gh_note *out)
{
	struct rq_stmt *s = rq_db_stmt(db, NOTE " AND key=?");
	bool found;

	rq_bind_str(s, 1, queue);
	rq_bind_str(s, 2, kind);
	rq_bind_str(s, 3, key);
	found = rq_stmt_row(s);
	if (found)
		read_note(s, a, out);
	rq_stmt_done(s);
	return found;
}
