/* local.c - the embedded queue (SQLite): opening, running its verbs inline or on a thread, wake-ups. */
#include "core/queue/local.h"

#include <pthread.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sys/lock.h"
#include "core/sys/wake.h"

enum {
	LOOK_MS = 5000,                 /* between two looks at the data version, for lost datagrams */
	BUSY_MS = 5000
};

typedef int verb_fn(struct rq_local *l, struct rq_call *c);

static verb_fn *const verbs[RQ_VERB_N] = {
	[RQ_VERB_SUBMIT] = rq_local_submit, [RQ_VERB_SNAPSHOT] = rq_local_snapshot, [RQ_VERB_JOB] = rq_local_job,
	[RQ_VERB_CANCEL] = rq_local_cancel, [RQ_VERB_RETRY] = rq_local_retry, [RQ_VERB_REROUTE] = rq_local_reroute,
	[RQ_VERB_DRAIN] = rq_local_drain, [RQ_VERB_UNDRAIN] = rq_local_undrain,
	[RQ_VERB_DECISION] = rq_local_decision, [RQ_VERB_REGISTER] = rq_local_register,
	[RQ_VERB_UNREGISTER] = rq_local_unregister, [RQ_VERB_EXCHANGE] = rq_local_exchange,
	[RQ_VERB_BEAT] = rq_local_beat, [RQ_VERB_ORPHANS] = rq_local_orphans, [RQ_VERB_ADOPT] = rq_local_adopt,
	[RQ_VERB_DRAINED] = rq_local_drained, [RQ_VERB_DUTY] = rq_local_duty,
	[RQ_VERB_OPEN] = rq_local_open, [RQ_VERB_DECIDE] = rq_local_decide, [RQ_VERB_JOURNAL] = rq_local_journal,
	[RQ_VERB_VERIFY] = rq_local_verify, [RQ_VERB_POLICY] = rq_local_policy, [RQ_VERB_RECORD] = rq_local_record,
};

/* --- running ------------------------------------------------------------------------------ */

static int run_verb(struct rq_local *l, struct rq_call *c)
{
	bool cut = false;
	int code;

	l->touched = false;
	rq_db_set_busy_ms(l->db, c->deadline_ms > 0 && c->deadline_ms < BUSY_MS ? (int)c->deadline_ms : BUSY_MS);
	code = verbs[c->verb](l, c);
	/* The agent brings the log back, so that nobody's submit has to wait for that. Before its first commit a process
	 * knows only the file's size, the log's high-water mark: by that, one long log made every later submit wait. */
	if (l->agent || l->touched)
		rq_db_checkpoint(l->db, l->agent ? RQ_LOCAL_LOG : 4 * RQ_LOCAL_LOG, &cut, NULL);
	/* Also before the first job: else it grows with each submission until it is brought back for the first time. */
	if (l->agent && (cut || c->verb == RQ_VERB_REGISTER))
		rq_db_grow_log(l->db, RQ_LOCAL_LOG + RQ_LOCAL_LOG / 8);
	return code;
}

static void tell(void *ud)
{
	struct rq_local *l = ud;

	l->telling = false;
	if (l->q.changed)
		l->q.changed(l->q.changed_ud);
	l->q.others = false;
}

static void tell_soon(struct rq_local *l)
{
	if (l->telling)
		return;
	l->telling = true;
	rq_loop_defer(l->q.loop, tell, l);
}

/* On the loop's thread, once a call has ended. */
static void ended(struct rq_local *l, struct rq_call *c, int code, bool touched)
{
	if (touched)
		rq_wake_send(l->paths.runtime, "queue", "queue", l->wake);
	rq_queue_answer(&l->q, c, code);
	if (touched)
		tell_soon(l);
}

/* --- on a thread -------------------------------------------------------------------------- */

/* A call that has not begun: lies in the call's arena. CALL NULL: a look at the data version. */
struct rq_local_wait {
	struct rq_local_wait *next;
	struct rq_call *call;
};

/* One call at work. It outlives the queue when that is closed meanwhile. */
struct rq_local_work {
	struct rq_local *l;             /* NULL: the queue was closed */
	struct rq_call *call;
	int code;
	bool touched;
	bool over;                      /* under the mutex: the thread is through with L and CALL */
	pthread_mutex_t mutex;
	pthread_cond_t cond;
};

static void do_work(void *ud)
{
	struct rq_local_work *w = ud;

	w->code = run_verb(w->l, w->call);
	w->touched = w->l->touched;
	pthread_mutex_lock(&w->mutex);
	w->over = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->mutex);
}

static void begin_work(struct rq_local *l);

static void work_done(void *ud)
{
	struct rq_local_work *w = ud;
	struct rq_local *l = w->l;

	if (l) {
		l->work = NULL;
		ended(l, w->call, w->code, w->touched);
		begin_work(l);
	}
	pthread_mutex_destroy(&w->mutex);
	pthread_cond_destroy(&w->cond);
	rq_free(w);
}

static void begin_work(struct rq_local *l)
{
	struct rq_local_wait *first = l->waiting;
	struct rq_local_work *w;

	if (l->work || !first)
		return;
	l->waiting = first->next;
	w = rq_alloc(sizeof *w);
	w->l = l;
	w->call = first->call;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->cond, NULL);
	l->work = w;
	rq_loop_work(l->q.loop, do_work, work_done, w);
}

/* The thread uses the queue's connection: wait for its end, a commit at most. */
static void join_work(struct rq_local *l)
{
	struct rq_local_work *w = l->work;

	if (!w)
		return;
	pthread_mutex_lock(&w->mutex);
	while (!w->over)
		pthread_cond_wait(&w->cond, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
	w->l = NULL;
	l->work = NULL;
	ended(l, w->call, w->code, w->touched);
}

/* --- the contract ------------------------------------------------------------------------- */

static void start(struct rq_queue *q, struct rq_call *c)
{
	struct rq_local *l = (struct rq_local *)q;
	struct rq_local_wait *wait, **p = &l->waiting;

	if (!l->worker) {
		int code = run_verb(l, c);

		ended(l, c, code, l->touched);
		return;
	}
	wait = rq_arena_alloc(&c->arena, sizeof *wait);
	wait->call = c;
	while (*p)
		p = &(*p)->next;
	*p = wait;
	begin_work(l);
}

static void cancelled(struct rq_local *l, struct rq_call *c, const char *why)
{
	rq_fail(&c->err, RQ_ECANCELLED, "The request '%s' was not begun: %s.", rq_verb_name(c->verb), why);
	rq_queue_answer(&l->q, c, RQ_ECANCELLED);
}

static void abort_call(struct rq_queue *q, struct rq_call *c)
{
	struct rq_local *l = (struct rq_local *)q;

	for (struct rq_local_wait **p = &l->waiting; *p; p = &(*p)->next) {
		if ((*p)->call == c) {
			*p = (*p)->next;
			cancelled(l, c, "it was taken back");
			return;
		}
	}
}

static void stop(struct rq_queue *q)
{
	struct rq_local *l = (struct rq_local *)q;
	struct rq_local_wait *w;

	join_work(l);
	while ((w = l->waiting)) {
		l->waiting = w->next;
		cancelled(l, w->call, "the queue was closed");
	}
}

static void free_local(struct rq_local *l)
{
	rq_local_sets_forget(l);
	rq_local_duty_release(l);
	rq_free(l->sets);
	rq_db_close(l->db);
	rq_db_close(l->side);
	rq_free(l->paths.state);
	rq_free(l->paths.runtime);
	rq_free(l->paths.logs);
	rq_free(l->name);
	rq_free(l->user);
	rq_free(l);
}

static void close_local(struct rq_queue *q)
{
	struct rq_local *l = (struct rq_local *)q;

	rq_wake_free(l->wake);
	rq_timer_free(l->look);
	rq_loop_undefer(q->loop, tell, l);
	free_local(l);
}

static int open_db(struct rq_local *l, struct rq_db **db, struct rq_error *e)
{
	char *path = rq_path_join(l->paths.state, "state.db");
	int code = rq_db_open(path, RQ_DB_CREATE, rq_local_migrations, rq_local_migrations_n, db, e);

	rq_free(path);
	return code;
}

static int open_local(const struct rq_queue_options *o, struct rq_queue **out, struct rq_error *e)
{
	struct rq_local *l = rq_alloc(sizeof *l);
	int code;

	l->q.loop = o->loop;
	l->duty_fd = -1;
	l->name = rq_strdup(o->name);
	l->paths.state = rq_strdup(o->paths->state);
	l->paths.runtime = rq_strdup(o->paths->runtime);
	l->paths.logs = rq_strdup(o->paths->logs);
	l->worker = o->worker;
	l->keep_jobs = o->keep_jobs > 0 ? o->keep_jobs : 200000;
	l->keep_log_bytes = o->keep_log_bytes > 0 ? o->keep_log_bytes : (int64_t)10 << 30;
	l->keep_decisions = o->keep_decisions > 0 ? o->keep_decisions : 100000;
	l->keep_decisions_ms = o->keep_decisions_ms > 0 ? o->keep_decisions_ms : (int64_t)400 * 24 * 3600 * 1000;
	/* Read once and kept: here, before a thread might be the first to ask. */
	rq_now();
	rq_boot_id();
	code = rq_paths_make(o->paths, e);
	if (!code)
		code = open_db(l, &l->db, e);
	if (code) {
		free_local(l);
		return code;
	}
	*out = &l->q;
	return RQ_OK;
}

/* --- hearing of changes ------------------------------------------------------------------- */

static void on_wake(void *ud, const char *text, size_t n)
{
	struct rq_local *l = ud;

	(void)text;
	(void)n;
	l->q.others = true;
	tell_soon(l);
}

/* A process that is killed commits nothing and tells nobody; its lock is free then. Never 0. */
static uint32_t who_lives(struct rq_db *db)
{
	struct rq_stmt *s = rq_db_stmt(db, "SELECT p.lock_path FROM runner r JOIN process p ON p.instance=r.instance"
		" ORDER BY r.name");
	uint32_t living = 1;

	while (rq_stmt_row(s))
		living = living * 31 + (rq_lock_held(rq_col_str(s, 0)) ? 2 : 1);
	rq_stmt_done(s);
	return living ? living : 1;
}

/* A datagram may get lost: has anybody committed since? Shared memory tells, the disk is left alone. */
static void on_look(void *ud)
{
	struct rq_local *l = ud;
	struct rq_db *db = l->worker ? l->side : l->db;
	int64_t version = rq_db_data_version(db);
	uint32_t living = who_lives(db);

	if ((version != l->data_version && l->data_version) || (living != l->living && l->living)) {
		l->q.others = true;
		tell_soon(l);
	}
	l->data_version = version;
	l->living = living;
}

static int listen_local(struct rq_queue *q, struct rq_error *e)
{
	struct rq_local *l = (struct rq_local *)q;
	int code = RQ_OK;

	if (l->worker && !l->side)
		code = open_db(l, &l->side, e);
	if (code)
		return code;
	if (!l->look) {
		on_look(l);
		l->look = rq_timer_new(q->loop, on_look, l);
		rq_timer_start(l->look, LOOK_MS, LOOK_MS);
	}
	if (!l->wake)
		code = rq_wake_listen(q->loop, l->paths.runtime, "queue", on_wake, l, &l->wake, e);
	return code;
}

/* --- logs --------------------------------------------------------------------------------- */

/* The latest attempt, or the one to come. */
static int latest_attempt(struct rq_db *db, int64_t id)
{
	struct rq_stmt *s = rq_db_stmt(db, "SELECT max(attempt,base+1) FROM job WHERE id=?");
	int attempt = 0;

	rq_bind_int(s, 1, id);
	if (rq_stmt_row(s))
		attempt = (int)rq_col_int(s, 0);
	rq_stmt_done(s);
	return attempt;
}

static int log_path(struct rq_queue *q, const char *id, int attempt, char **path, struct rq_error *e)
{
	struct rq_local *l = (struct rq_local *)q;
	int64_t job;
	char digits[24];
	int code = rq_local_id(l, id, &job, e);

	*path = NULL;
	if (code)
		return code;
	if (attempt == 0 && l->worker && !l->side)
		code = open_db(l, &l->side, e);
	if (code)
		return code;
	if (attempt == 0)
		attempt = latest_attempt(l->worker ? l->side : l->db, job);
	if (attempt <= 0)
		return rq_fail(e, RQ_ENOTFOUND, "There is no job %s on queue %s.", id, l->name);
	rq_copy(digits, sizeof digits, strchr(id, ':') ? strchr(id, ':') + 1 : id);
	*path = rq_log_file(&l->paths, l->name, digits, attempt);
	return RQ_OK;
}

const struct rq_queue_ops rq_local_ops = {
	.kind = "local",
	.caps = RQ_CAP_FOLLOW_LOG | RQ_CAP_DRAIN | RQ_CAP_REROUTE | RQ_CAP_REROUTE_RUNNING | RQ_CAP_DELAY |
		RQ_CAP_PRIORITY | RQ_CAP_DEPENDENCIES | RQ_CAP_GROUPS | RQ_CAP_AGENTS | RQ_CAP_RETRY | RQ_CAP_CANCEL |
		RQ_CAP_POLICY | RQ_CAP_JOURNAL,
	.open = open_local,
	.stop = stop,
	.close = close_local,
	.start = start,
	.abort = abort_call,
	.log_path = log_path,
	.listen = listen_local,
};
