/* What is special to the embedded queue: its plans, its limits, its faults, and several processes at once. */
#include "tests/queue/suite.h"

#include "core/queue/local.h"
#include "core/sys/db_private.h"
#include "tests/queue/local_facts.h"
#include "tests/queue/ruled.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static const struct kind inline_kind = { "local", "local", false, local_check, local_reboot };
static const struct kind thread_kind = { "local on a thread", "local", true, local_check, local_reboot };

static struct rq_db *db_of(struct bed *b)
{
	return ((struct rq_local *)b->q)->db;
}

static struct rq_grant finish_one(struct bed *b, int exit_code)
{
	struct rq_grant g = take_one(b, "a");

	end(b, "a", &g, RQ_RESULT_FINISHED, exit_code);
	return g;
}

/* --- plans -------------------------------------------------------------------------------- */

/* Every verb once, so that every statement is in the cache. */
static void exercise(struct bed *b)
{
	struct rq_decision d = decision("submit");
	struct rq_submission s = plain();
	struct rq_grant g, h;
	struct rq_call *c;

	runner_up(b, "a", "self-hosted");
	runner_up(b, "b", "self-hosted");
	s.group = "g";
	s.decision = &d;
	s.token = "once";
	put(b, s);
	put(b, s);
	s.token = NULL;
	s.group_limit = 2;
	put(b, s);
	s.retries = 1;
	put(b, s);
	put_after(b, "1", "2");
	s.run_at = clock_now() + 10;
	put(b, s);
	g = take_one(b, "a");
	h = take_one(b, "a");
	beat(b, "a-1", &g);
	reroute(b, "1", "b", NULL, true);
	reroute(b, "3", "b", NULL, false);
	end(b, "a", &g, RQ_RESULT_CANCELLED, -1);
	end(b, "a", &g, RQ_RESULT_CANCELLED, -1);
	cancel(b, h.id, true);
	end(b, "a", &h, RQ_RESULT_FINISHED, 1);
	retry(b, h.id);
	cancel(b, "4", false);
	clock_move(20);
	take(b, "a", 3);
	runner_dies(b, 0);
	c = ask(b, RQ_VERB_ORPHANS);
	c->u.orphans.instance = "b-1";
	RUN(b, c);
	for (size_t i = 0; i < c->u.orphans.n; i++) {
		struct rq_call *adopt = ask(b, RQ_VERB_ADOPT);

		adopt->u.adopt.id = c->u.orphans.leases[i].id;
		adopt->u.adopt.token = c->u.orphans.leases[i].token;
		adopt->u.adopt.from = "a-1";
		adopt->u.adopt.to = "b-1";
		RUN(b, adopt);
	}
	drain(b, RQ_VERB_DRAIN, "b", "x");
	drain(b, RQ_VERB_DRAINED, "b", NULL);
	drain(b, RQ_VERB_UNDRAIN, "b", NULL);
	snapshot(b);
	detail(b, "1");
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = "1";
	RUN(b, c);
	c = ask(b, RQ_VERB_UNREGISTER);
	c->u.registration.instance = "a-1";
	RUN(b, c);
}

static void exercise_policy(struct bed *b)
{
	const char *event = "job:ready", *id;
	struct rq_hold holds[] = { place_in("group:g", 9), place_in("runner:b", 9), { .key = "usd:r:2020-01", .limit = 9,
				   .amount = 1, .per_second = 1, .spent = true } };
	struct rq_decision d = placed("b"), w = waits("RUNNER_FULL", &event), no = ruled("submit"), t = waits("COOLDOWN", NULL);
	struct rq_fleet fleet = { .taken_at = 1 };
	struct rq_submission s;
	struct rq_call *c;
	struct rq_grant g;

	rq_fleet_seal(&b->arena, &fleet);
	d.fleet = &fleet;
	d.holds = holds;
	d.n_holds = 3;
	no.outcome = RQ_OUTCOME_REJECTED;
	put_fails(b, by(&no));
	s = by(&d);
	s.schedule = "nightly";
	put(b, s);
	id = put(b, by(&d));
	w.replace_pending = true;
	w.group = "g";
	put(b, by(&w));
	put(b, by(&w));
	put(b, by(&t));
	look(b, NULL, true);
	look(b, "runner:b.free", false);
	g = take_one(b, "b");
	end(b, "b", &g, RQ_RESULT_FINISHED, 0);
	decide(b, id, t);
	decide(b, id, decision("wake"));
	c = ask(b, RQ_VERB_OPEN);
	c->u.open.after = id;
	c->u.open.max = 1;
	RUN(b, c);
	for (int of_job = 0; of_job < 2; of_job++) {
		c = ask(b, RQ_VERB_JOURNAL);
		c->u.journal.job = of_job ? id : NULL;
		RUN(b, c);
	}
	RUN(b, ask(b, RQ_VERB_VERIFY));
	c = ask(b, RQ_VERB_POLICY);
	c->u.policy.oid = TEXT_OID;
	c->u.policy.path = "/p";
	c->u.policy.text = TEXT;
	RUN(b, c);
	((struct rq_local *)b->q)->keep_decisions = 1;
	clock_move(401 * (int64_t)24 * 3600 * 1000);
	put(b, plain());
	g = take_one(b, "b");
	end(b, "b", &g, RQ_RESULT_FINISHED, 0);
}

/* What may be walked from end to end: what is short by nature, or walked in order up to a limit. */
static bool may_scan(const char *plan, const char *sql)
{
	static const char *const fine[] = { "job_leased", "job_open", "job_done", "job_delayed", "runner",
					    "process", "tally", "grp", "doomed", "CONSTANT ROW", "json", "label_set",
					    "job_policy", "(subquery", "kept_n" };

	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (strstr(plan, fine[i]))
			return true;
	if (rq_eq(plan, "SCAN r") && strstr(sql, "FROM runner r"))
		return true;
	/* The newest of a table, by its primary key. */
	if ((strstr(plan, "SCAN activity") || strstr(plan, "SCAN decision")) &&
	    (strstr(sql, "ORDER BY seq DESC LIMIT") || strstr(sql, "max(seq)")))
		return true;
	/* Rarely: when there are very many label sets. */
	return strstr(sql, "NOT IN(SELECT set_id") || strstr(sql, "NOT IN(SELECT grp");
}

/* The text must live as long as the database is open: in the bed's arena it does. */
static size_t explain(struct bed *b, const char *sql)
{
	struct rq_stmt *s = rq_db_stmt(db_of(b), rq_arena_fmt(&b->arena, "EXPLAIN QUERY PLAN %s", sql));
	size_t n = 0;

	while (rq_stmt_row(s)) {
		const char *plan = rq_col_str(s, 3);

		n++;
		if (strncmp(plan, "SCAN", 4) == 0 && !may_scan(plan, sql))
			fail_msg("%s\n  in: %s", plan, sql);
		if (strstr(plan, "TEMP B-TREE") && strstr(sql, "WHERE state<>'done'"))
			fail_msg("%s\n  in: %s", plan, sql);
	}
	return n;
}

static void nothing_scans_the_jobs(void **state)
{
	struct bed *b = *state;
	struct rq_db *db = db_of(b);
	const char *all[300];
	size_t n = 0, seen = 0;

	exercise(b);
	exercise_policy(b);
	rq_local_keep((struct rq_local *)b->q);
	for (size_t i = 0; i < db->n_slots; i++)
		if (db->stmts[i] && strncmp(db->stmts[i]->sql, "PRAGMA", 6) != 0 && n < 300)
			all[n++] = db->stmts[i]->sql;
	assert_true(n > 60);
	for (size_t i = 0; i < n; i++)
		seen += explain(b, all[i]);
	assert_true(seen > 60);
}

static void claim_seeks(void **state)
{
	struct bed *b = *state;
	struct rq_db *db = db_of(b);
	struct rq_stmt *s = rq_db_stmt(db, "EXPLAIN QUERY PLAN SELECT set_id,priority,id,grp FROM job WHERE state='ready'"
					   " AND set_id>? ORDER BY set_id,priority DESC,id LIMIT 1");

	assert_true(rq_stmt_row(s));
	assert_string_equal(rq_col_str(s, 3), "SEARCH job USING INDEX job_ready (set_id>?)");
	assert_false(rq_stmt_row(s));
}

/* --- bounded growth ----------------------------------------------------------------------- */

/* What a job may leave: its log, and beside it what it wrote to GITHUB_OUTPUT and GITHUB_STEP_SUMMARY. */
static const char *const endings[] = { "log", "output", "summary" };

static char *beside_log(struct bed *b, const char *id, size_t i)
{
	char *path = rq_log_file(&b->paths, "local", id, 1), *other;
	struct rq_str s;

	rq_str_init(&s, 0);
	rq_str_addn(&s, path, strlen(path) - strlen(endings[0]));
	rq_str_add(&s, endings[i]);
	other = rq_str_detach(&s);
	rq_free(path);
	return other;
}

/* All of it or nothing of it. */
static bool log_exists(struct bed *b, int id)
{
	int there = 0;
	char name[20];

	snprintf(name, sizeof name, "%d", id);
	for (size_t i = 0; i < 3; i++) {
		char *path = beside_log(b, name, i);

		there += access(path, F_OK) == 0;
		rq_free(path);
	}
	assert_true(there == 0 || there == 3);
	return there;
}

static void write_log(struct bed *b, const char *id, size_t n)
{
	for (size_t i = 0; i < 3; i++) {
		char *path = beside_log(b, id, i);
		int fd = open(path, O_WRONLY | O_CREAT, 0600);

		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		close(fd);
		rq_free(path);
	}
}

static void run_with_logs(struct bed *b, int n, size_t bytes)
{
	runner_up(b, "a", "self-hosted");
	for (int i = 1; i <= n; i++) {
		struct rq_grant g;

		clock_move(10);
		put(b, plain());
		g = take_one(b, "a");
		write_log(b, g.id, bytes);
		end(b, "a", &g, RQ_RESULT_FINISHED, 0);
	}
}

static void old_jobs_go(void **state)
{
	struct bed *b = *state;
	struct rq_snapshot *s;
	struct rq_call *c = ask(b, RQ_VERB_JOB);

	b->keep_jobs = 10;
	bed_reopen(b);
	run_with_logs(b, 30, 100);
	s = snapshot(b);
	assert_int_equal(s->n_jobs, 10);
	assert_int_equal(s->queues[0].finished, 10);
	assert_string_equal(s->jobs[0].id, "local:30");
	assert_true(log_exists(b, 21));
	assert_false(log_exists(b, 20));
	c->u.job.id = "20";
	assert_int_equal(run(b, c), RQ_ENOTFOUND);
	assert_string_equal(put(b, plain()), "local:31"); /* ids are never used again */
}

static void open_jobs_never_go(void **state)
{
	struct bed *b = *state;
	const char *first;

	b->keep_jobs = 1;
	bed_reopen(b);
	first = put(b, plain());
	cancel(b, put(b, plain()), false);
	for (int i = 0; i < 20; i++) {
		struct rq_submission s = plain();

		s.labels = labels(b, "nobody");
		put(b, s);
	}
	runner_up(b, "a", "self-hosted");
	clock_move(10);
	finish_one(b, 0);
	clock_move(10);
	put_after(b, first, NULL);
	finish_one(b, 0);
	assert_int_equal(snapshot(b)->queues[0].queued, 20);
	assert_int_equal(snapshot(b)->queues[0].finished, 1);
}

static void old_logs_go(void **state)
{
	struct bed *b = *state;

	b->keep_log_bytes = 5000;
	bed_reopen(b);
	run_with_logs(b, 20, 1000);
	assert_int_equal(snapshot(b)->n_jobs, 20);
	assert_true(log_exists(b, 20));
	assert_true(log_exists(b, 16));
	assert_false(log_exists(b, 15));
	assert_false(log_exists(b, 1));
}

static void activity_is_bounded(void **state)
{
	struct bed *b = *state;
	struct rq_db *db = db_of(b);

	assert_int_equal(rq_db_begin(db, false, NULL), RQ_OK);
	assert_int_equal(rq_db_exec(db, "WITH RECURSIVE n(i) AS(SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<12000)"
				    "INSERT INTO activity SELECT NULL,0,'','','','','' FROM n", NULL), RQ_OK);
	assert_int_equal(rq_db_commit(db, NULL), RQ_OK);
	rq_local_keep((struct rq_local *)b->q);
	{
		struct rq_stmt *s = rq_db_stmt(db, "SELECT count(*),max(seq) FROM activity");

		assert_true(rq_stmt_row(s));
		assert_int_equal(rq_col_int(s, 0), 10000);
		assert_int_equal(rq_col_int(s, 1), 12000);
		rq_stmt_done(s);
	}
}

static void label_sets_are_bounded(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT), *kill = ask(b, RQ_VERB_CANCEL);
	struct rq_stmt *s;

	b->keep_jobs = 5;
	bed_reopen(b);
	for (int i = 0; i < 1200; i++) {
		struct rq_submission *sub = rq_call_add_submission(c);
		char text[20];

		snprintf(text, sizeof text, "l%d", i);
		*sub = plain();
		sub->labels = labels(b, text);
	}
	RUN(b, c);
	for (int i = 0; i < 1199; i++)
		rq_call_add_id(kill, c->u.submit.each[i].id);
	RUN(b, kill);
	runner_up(b, "a", "l1199");
	for (int i = 0; i < 20; i++) {
		struct rq_grant g = take_one(b, "a");

		end(b, "a", &g, RQ_RESULT_RELEASED, 0);
	}
	finish_one(b, 0);
	s = rq_db_stmt(db_of(b), "SELECT count(*) FROM label_set");
	assert_true(rq_stmt_row(s));
	assert_true(rq_col_int(s, 0) < 50);
	rq_stmt_done(s);
	put(b, plain());
	is(b, "1201", "queued", "LABEL_MISSING");
}

/* --- faults ------------------------------------------------------------------------------- */

static void completed_is_guarded_below(void **state)
{
	struct bed *b = *state;
	static const char *const bad[] = {
		"UPDATE job SET state='ready',conclusion=NULL,ended=NULL WHERE id=1", "UPDATE job SET conclusion='failure' WHERE id=1",
		"UPDATE job SET state='leased' WHERE id=2", "UPDATE job SET token='x' WHERE id=2",
		"UPDATE job SET ended=5 WHERE id=2", "UPDATE job SET state='lost' WHERE id=2",
		"INSERT INTO dep(parent,child)VALUES(2,1)", "INSERT INTO dep(parent,child)VALUES(2,2)",
	};
	struct rq_error e;

	put(b, plain());
	put(b, plain());
	cancel(b, "1", false);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(rq_db_begin(db_of(b), false, NULL), RQ_OK);
		if (!rq_db_exec(db_of(b), bad[i], &e))
			fail_msg("was possible: %s", bad[i]);
		rq_db_rollback(db_of(b));
	}
}

static void limit_files(rlim_t bytes)
{
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &r);
}

static void full_disk(void **state)
{
	struct bed *b = *state;
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rq_submission s = plain();
	struct rq_call *c;
	struct rq_grant g;
	int accepted = 2;

	put(b, plain());
	put(b, plain());
	runner_up(b, "a", "self-hosted");
	g = take_one(b, "a");
	limit_files((rlim_t)rq_db_wal_bytes(db_of(b)) + 100);
	assert_int_equal(put_fails(b, s), RQ_EFULL);
	c = ask(b, RQ_VERB_EXCHANGE);
	{
		struct rq_claim claim = { "t1", "cell" };
		struct rq_result r = { .id = g.id, .token = g.token, .kind = RQ_RESULT_FINISHED };

		c->u.exchange.runner = "a";
		c->u.exchange.instance = "a-1";
		c->u.exchange.claims = &claim;
		c->u.exchange.n_claims = 1;
		c->u.exchange.results = &r;
		c->u.exchange.n_results = 1;
		assert_int_equal(run(b, c), RQ_EFULL);
	}
	is(b, g.id, "in_progress", ""); /* reading goes on */
	is(b, "2", "queued", "");
	limit_files(RLIM_INFINITY);
	assert_int_equal(end(b, "a", &g, RQ_RESULT_FINISHED, 0), RQ_VERDICT_DONE);
	take_one(b, "a");
	put(b, plain());
	assert_int_equal(snapshot(b)->n_jobs, accepted + 1);
	signal(SIGXFSZ, old);
}

static void busy_within_the_deadline(void **state)
{
	struct bed *b = *state;
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);
	struct rq_queue *other = bed_other(b);
	int64_t began = rq_mono_ns();

	assert_int_equal(rq_db_begin(((struct rq_local *)other)->db, false, NULL), RQ_OK);
	*rq_call_add_submission(c) = plain();
	c->deadline_ms = 100;
	assert_int_equal(run(b, c), RQ_EBUSY);
	assert_in_range((rq_mono_ns() - began) / 1000000, 90, 2000);
	rq_db_rollback(((struct rq_local *)other)->db);
	put(b, plain());
}

static void on_done(struct rq_call *c, void *ud)
{
	*(int *)ud = c->code == RQ_OK ? 1 : 2;
	if (c->code)
		print_message("# %s\n", c->err.msg);
}

/* The console's loop goes on while its commit waits. */
static void thread_keeps_the_loop_free(void **state)
{
	struct bed *b = *state;
	struct rq_call *c;
	struct rq_db *db;
	struct rq_error e;
	int64_t longest = 0, began;
	int done = 0;
	char path[300];

	/* Its times are those of a processor, not of an emulated one. */
	if (getenv("RELAYQ_TEST_VALGRIND"))
		skip();
	snprintf(path, sizeof path, "%s/state.db", b->paths.state);
	assert_int_equal(rq_db_open(path, 0, NULL, 0, &db, &e), RQ_OK);
	assert_int_equal(rq_db_begin(db, false, NULL), RQ_OK);
	c = rq_call_new(RQ_VERB_SUBMIT, on_done, &done);
	*rq_call_add_submission(c) = plain();
	began = rq_mono_ns();
	rq_queue_start(b->q, c);
	for (int i = 0; i < 20; i++) {
		int64_t t = rq_mono_ns();

		if (t - began > longest)
			longest = t - began;
		rq_loop_turn(b->loop, 5);
		began = rq_mono_ns();
	}
	assert_int_equal(done, 0);
	assert_true(longest < 16000000);
	rq_db_rollback(db);
	rq_db_close(db);
	for (int i = 0; i < 1000 && !done; i++)
		rq_loop_turn(b->loop, 100);
	assert_int_equal(done, 1);
}

/* --- several processes -------------------------------------------------------------------- */

static int work(const char *state_dir, struct bed *b, int which)
{
	char name[10];
	int done = 0, idle = 0;

	(void)state_dir;
	b->other = NULL;
	b->q = bed_open(b);
	snprintf(name, sizeof name, "w%d", which);
	runner_up(b, name, "self-hosted");
	while (idle < 100) {
		struct rq_call *c = take(b, name, 2);

		if (c->u.exchange.n_grants == 0) {
			struct timespec ts = { 0, 2000000 };

			idle++;
			nanosleep(&ts, NULL);
		}
		for (size_t i = 0; i < c->u.exchange.n_grants; i++) {
			if (end(b, name, &c->u.exchange.grants[i], RQ_RESULT_FINISHED, 0) != RQ_VERDICT_DONE)
				return 200;
			done++;
			idle = 0;
		}
	}
	return done;
}

static void processes_share_the_work(void **state)
{
	struct bed *b = *state;
	enum { N = 240, WORKERS = 3 };
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);
	struct rq_submission s = plain();
	pid_t pids[WORKERS];
	int status, sum = 0;

	/* Emulated, three processes wait for each other longer than the database lets them. */
	if (getenv("RELAYQ_TEST_VALGRIND"))
		skip();
	s.group = "g";
	s.group_limit = 3;
	for (int i = 0; i < N; i++)
		*rq_call_add_submission(c) = i % 4 ? plain() : s;
	RUN(b, c);
	rq_queue_close(b->q);
	b->q = NULL;
	rq_clock_replace(NULL, NULL);
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0 && setenv("CMOCKA_TEST_ABORT", "1", 1) == 0)
			_exit(work(b->paths.state, b, i));
	}
	for (int i = 0; i < WORKERS; i++) {
		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 200);
		sum += WEXITSTATUS(status);
	}
	assert_int_equal(sum, N);
	b->q = bed_open(b);
	assert_int_equal(snapshot(b)->queues[0].finished, N);
}

static void on_changed(void *ud)
{
	++*(int *)ud;
}

/* Somebody commits and no datagram comes: it is seen all the same, some seconds later. */
static void lost_datagram(void **state)
{
	struct bed *b = *state;
	struct rq_queue *threaded;
	struct rq_db *db;
	int heard = 0, heard_too = 0;
	char path[300];

	b->kind = &thread_kind;
	threaded = bed_other(b);
	b->kind = &inline_kind;
	assert_int_equal(rq_queue_listen(b->q, on_changed, &heard, NULL), RQ_OK);
	assert_int_equal(rq_queue_listen(threaded, on_changed, &heard_too, NULL), RQ_OK);
	snprintf(path, sizeof path, "%s/state.db", b->paths.state);
	assert_int_equal(rq_db_open(path, 0, NULL, 0, &db, NULL), RQ_OK);
	assert_int_equal(rq_db_begin(db, false, NULL), RQ_OK);
	assert_int_equal(rq_db_exec(db, "INSERT INTO activity VALUES(NULL,0,'','','','','')", NULL), RQ_OK);
	assert_int_equal(rq_db_commit(db, NULL), RQ_OK);
	rq_db_close(db);
	for (int i = 0; i < 70 && !(heard && heard_too); i++)
		rq_loop_turn(b->loop, 100);
	assert_int_equal(heard, 1);
	assert_int_equal(heard_too, 1);
}

#define INLINE(f) { #f, f, bed_up, bed_down, (void *)(uintptr_t)&inline_kind }
#define THREAD(f) { #f " (thread)", f, bed_up, bed_down, (void *)(uintptr_t)&thread_kind }

int main(void)
{
	const struct CMUnitTest tests[] = {
		INLINE(nothing_scans_the_jobs), INLINE(claim_seeks), INLINE(old_jobs_go), INLINE(open_jobs_never_go),
		INLINE(old_logs_go), INLINE(activity_is_bounded), INLINE(label_sets_are_bounded),
		INLINE(completed_is_guarded_below), INLINE(full_disk), INLINE(busy_within_the_deadline),
		THREAD(full_disk), THREAD(thread_keeps_the_loop_free), INLINE(processes_share_the_work),
		INLINE(lost_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
