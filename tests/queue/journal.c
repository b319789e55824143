/* The embedded queue's records under tampering, dropping, and from a database of the first version. */
#include "tests/queue/ruled.h"

#include "core/queue/local.h"
#include "tests/queue/local_facts.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static const struct kind inline_kind = { "local", "local", false, local_check, local_reboot };

static struct rq_db *db_of(struct bed *b)
{
	return ((struct rq_local *)b->q)->db;
}

static int64_t number(struct bed *b, const char *sql)
{
	struct rq_stmt *s = rq_db_stmt(db_of(b), sql);
	int64_t n = rq_stmt_row(s) ? rq_col_int(s, 0) : -1;

	rq_stmt_done(s);
	assert_int_equal(rq_db_error(db_of(b), NULL), RQ_OK);
	return n;
}

static void change(struct rq_db *db, const char *sql)
{
	struct rq_error e = { 0 };

	assert_int_equal(rq_db_begin(db, true, NULL), RQ_OK);
	if (rq_db_exec(db, sql, &e))
		fail_msg("%s: %s", sql, e.msg);
	assert_int_equal(rq_db_commit(db, NULL), RQ_OK);
}

/* --- tampering ---------------------------------------------------------------------------- */

static void verify_says(struct bed *b, int64_t bad, const char *what)
{
	struct rq_call *c = ask(b, RQ_VERB_VERIFY);

	RUN(b, c);
	assert_int_equal(c->u.verify.bad_seq, bad);
	assert_string_equal(c->u.verify.what, what);
}

static void tampering_is_noticed(void **state)
{
	static const struct {
		const char *sql;
		int64_t bad;
		const char *what;
	} tries[] = {
		{ "UPDATE decision SET body=replace(body,'PREFERRED','TIE_BREAK') WHERE seq=3", 3, "its text was changed" },
		{ "UPDATE decision SET job=1 WHERE seq=2", 2, "its text was changed" },
		{ "UPDATE decision SET hash=(SELECT hash FROM decision WHERE seq=1) WHERE seq=4", 4, "its text was changed" },
		{ "DELETE FROM decision WHERE seq=2", 2, "it is missing" },
		{ "DELETE FROM decision WHERE seq=1", 1, "it is missing" },
		{ "DELETE FROM decision WHERE seq>=4", 4, "it and those after it were cut off" },
		{ "DELETE FROM decision", 1, "it and those after it were cut off" },
		{ "UPDATE decision SET outcome='WAIT' WHERE seq=5", 5, "what lists show of it was changed" },
		{ "UPDATE decision SET target='b' WHERE seq=1", 1, "what lists show of it was changed" },
		{ "UPDATE kept SET text='5 '||(SELECT hash FROM decision WHERE seq=1) WHERE name='chain'", 5,
		  "the chain does not end with it" },
		{ "UPDATE kept SET text='schema: 1' WHERE name='" TEXT_OID "'", 1,
		  "the fleet or the policy that it names was changed" },
	};
	struct bed *b = *state;
	struct rq_decision d = placed("a");

	for (int i = 0; i < 5; i++)
		put(b, by(&d));
	verify_says(b, 0, "");
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		change(db_of(b), "CREATE TABLE d AS SELECT * FROM decision;CREATE TABLE k AS SELECT * FROM kept");
		change(db_of(b), tries[i].sql);
		verify_says(b, tries[i].bad, tries[i].what);
		change(db_of(b), "DELETE FROM decision;INSERT INTO decision SELECT * FROM d;DROP TABLE d;"
				 "DELETE FROM kept;INSERT INTO kept SELECT * FROM k;DROP TABLE k");
		verify_says(b, 0, "");
	}
}

/* Who changes a record and its sum along with it has to change all that come after. */
static void a_new_sum_does_not_fit_what_follows(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("a");
	char hash[RQ_SHA256_LEN];
	struct rq_stmt *s;

	for (int i = 0; i < 4; i++)
		put(b, by(&d));
	change(db_of(b), "UPDATE decision SET body=replace(body,'PREFERRED','FALLBACK_USED'),reason='FALLBACK_USED' WHERE seq=2");
	s = rq_db_stmt(db_of(b), "SELECT b.hash,a.job,a.body FROM decision a,decision b WHERE a.seq=2 AND b.seq=1");
	assert_true(rq_stmt_row(s));
	rq_local_chain_hash(rq_col_str(s, 0), 2, rq_col_int(s, 1), rq_col_str(s, 2), rq_col_len(s, 2), hash);
	rq_stmt_done(s);
	change(db_of(b), rq_arena_fmt(&b->arena, "UPDATE decision SET hash='%s' WHERE seq=2", hash));
	verify_says(b, 3, "its text was changed");
}

/* --- other queues ------------------------------------------------------------------------- */

static struct rq_call *record(struct bed *b, const char *job, const struct rq_decision *d, const char *action)
{
	struct rq_call *c = ask(b, RQ_VERB_RECORD);

	c->u.record.job = job;
	c->u.record.decision = d;
	c->u.record.action = action;
	c->u.record.object = job;
	c->u.record.detail = "POST /repos/acme/media/dispatches 200";
	return c;
}

static struct rq_decision *decision_about(struct bed *b, const char *id)
{
	struct rq_call *c = ask(b, RQ_VERB_DECISION);

	c->u.decision.id = id;
	RUN(b, c);
	return c->u.decision.decision;
}

/* What relayq decided and did elsewhere is in the same chain, by the ids of there. */
static void records_of_other_queues(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("a"), again = placed("b");
	const struct rq_decision *found;
	struct rq_snapshot *s;
	struct rq_call *c;
	char first[64];

	put(b, by(&d));
	RUN(b, record(b, "media:9127", &d, "submit"));
	found = decision_about(b, "media:9127");
	assert_string_equal(found->job_id, "media:9127");
	assert_string_equal(found->target, "a");
	assert_string_equal(found->prev_id, "");
	rq_copy(first, sizeof first, found->id);
	RUN(b, record(b, "media:9127", &again, "reroute"));
	found = decision_about(b, "media:9127/28411");
	assert_string_equal(found->target, "b");
	assert_string_equal(found->prev_id, first);
	assert_int_equal(found->seq, 3);
	verify_says(b, 0, "");
	c = ask(b, RQ_VERB_JOURNAL);
	c->u.journal.job = "media:9127";
	RUN(b, c);
	assert_int_equal(c->u.journal.n, 2);
	assert_string_equal(c->u.journal.v[0].decision.job_id, "media:9127");
	assert_false(c->u.journal.v[0].ran);
	s = snapshot(b);
	assert_string_equal(s->decisions[0].job_id, "media:9127");
	assert_string_equal(s->decisions[2].job_id, "local:1");
	assert_string_equal(s->activity[0].action, "reroute");
	assert_string_equal(s->activity[0].object, "media:9127");
	assert_string_equal(s->activity[0].detail, "POST /repos/acme/media/dispatches 200");
	assert_string_equal(s->activity[0].result, "ok");
}

static void what_cannot_be_recorded(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("a");

	assert_int_equal(run(b, record(b, "local:1", &d, NULL)), RQ_EUSAGE);
	assert_int_equal(run(b, record(b, "17", &d, NULL)), RQ_EUSAGE);
	assert_int_equal(run(b, record(b, "media:1/2", &d, NULL)), RQ_EUSAGE);
	/* What was refused has no job. */
	d.outcome = RQ_OUTCOME_REJECTED;
	RUN(b, record(b, "", &d, NULL));
	assert_int_equal(snapshot(b)->n_decisions, 1);
	assert_string_equal(snapshot(b)->decisions[0].job_id, "");
	assert_int_equal(snapshot(b)->n_activity, 0);
}

/* --- the duty ----------------------------------------------------------------------------- */

/* The note is in a file, the fence in the database: the one was written, the other was not. */
static void a_fence_that_was_not_stored_is_taken_anew(void **state)
{
	struct bed *b = *state;
	struct rq_decision w = waits("RUNNER_OFFLINE", NULL);
	const char *id = put(b, by(&w));
	int64_t fence = duty(b);

	runner_up(b, "a", "self-hosted");
	change(db_of(b), "UPDATE tally SET n=n-1 WHERE name='fence'");
	assert_int_equal(decide_with(b, id, placed("a"), detail(b, id)->job.decision_id, fence), RQ_ECONFLICT);
	assert_int_equal(decide(b, id, placed("a")), RQ_OK);
}

/* --- dropping ----------------------------------------------------------------------------- */

/* A fleet of its own for each record, and a result, after which a little is dropped. */
static void decide_and_finish(struct bed *b, int i)
{
	struct rq_decision d = placed("a");
	struct rq_fleet fleet = { .taken_at = clock_now() };
	struct rq_counter counter = { .key = "group:g", .n = i };
	struct rq_grant g;

	fleet.counters = &counter;
	fleet.n_counters = 1;
	rq_fleet_seal(&b->arena, &fleet);
	d.fleet = &fleet;
	d.fleet_sha256 = fleet.sha256;
	d.at = clock_now();
	put(b, by(&d));
	g = take_one(b, "a");
	end(b, "a", &g, RQ_RESULT_FINISHED, 0);
}

static void old_records_go_and_the_chain_stays(void **state)
{
	struct bed *b = *state;
	struct rq_decision w = waits("RUNNER_OFFLINE", NULL);
	char oid[RQ_OID_LEN];

	w.policy_text = "schema: 1\n";
	w.policy_oid = rq_git_blob_id(w.policy_text, strlen(w.policy_text), oid);
	b->keep_decisions = 10;
	b->keep_jobs = 3;
	bed_reopen(b);
	runner_up(b, "a", "self-hosted");
	put(b, by(&w)); /* its policy is needed as long as it is open */
	for (int i = 0; i < 150; i++) {
		decide_and_finish(b, i);
		if (i % 10 == 0)
			verify_says(b, 0, "");
	}
	assert_int_equal(number(b, "SELECT count(*) FROM decision"), 10);
	assert_int_equal(number(b, "SELECT max(seq) FROM decision"), 151);
	/* Jobs go by a limit of their own. */
	assert_int_equal(snapshot(b)->queues[0].finished, 3);
	/* The fleets of 142 to 151, and of 99 before; both policies; both ends of the chain. */
	assert_int_equal(number(b, "SELECT count(*) FROM kept"), 109 + 2 + 2);
	bed_reopen(b);
	verify_says(b, 0, "");
	change(db_of(b), "DELETE FROM decision WHERE seq=142");
	verify_says(b, 142, "it is missing");
	change(db_of(b), "UPDATE kept SET text='141 x' WHERE name='anchor'");
	verify_says(b, 142, "it is missing");
	change(db_of(b), "DELETE FROM decision;"
			 "UPDATE kept SET text=(SELECT text FROM kept WHERE name='chain') WHERE name='anchor'");
}

static void records_go_by_age(void **state)
{
	struct bed *b = *state;
	int64_t day = (int64_t)24 * 3600 * 1000;

	b->keep_decisions_ms = 2 * day;
	bed_reopen(b);
	runner_up(b, "a", "self-hosted");
	for (int i = 0; i < 5; i++)
		decide_and_finish(b, i);
	clock_move(day);
	decide_and_finish(b, 5);
	assert_int_equal(number(b, "SELECT count(*) FROM decision"), 6);
	clock_move(day + 1);
	decide_and_finish(b, 6);
	assert_int_equal(number(b, "SELECT count(*) FROM decision"), 2);
	verify_says(b, 0, "");
	clock_move(10 * day);
	put(b, plain());
	take_one(b, "a");
	decide_and_finish(b, 7);
	assert_int_equal(number(b, "SELECT count(*) FROM decision"), 1);
	verify_says(b, 0, "");
}

static void policies_of_many_files(void **state)
{
	struct bed *b = *state;

	for (int i = 0; i < 1005; i++) {
		struct rq_call *c = rq_call_new(RQ_VERB_POLICY, NULL, NULL);

		c->u.policy.oid = TEXT_OID;
		c->u.policy.path = rq_arena_fmt(&c->arena, "/%d", i);
		c->u.policy.text = TEXT;
		rq_queue_start(b->q, c);
		rq_loop_turn(b->loop, 0);
	}
	assert_int_equal(number(b, "SELECT count(*) FROM kept WHERE name LIKE 'policy /%'"), 1000);
	assert_int_equal(number(b, "SELECT count(*) FROM kept WHERE name='policy /1004'"), 1);
}

/* --- kill -9 -------------------------------------------------------------------------------- */

static void submit_some(struct bed *b, int i)
{
	struct rq_hold holds[] = { place_in("runner:a", 4), { .key = "usd:r:2099-01", .limit = 1000000, .amount = 5,
				   .per_second = 3, .spent = true } };
	const char *event = "runner:a.free";
	struct rq_decision d = placed("a"), w = waits("RUNNER_FULL", &event);
	struct rq_call *c = ask(b, RQ_VERB_SUBMIT);

	d.holds = holds;
	d.n_holds = 2;
	*rq_call_add_submission(c) = by(i % 3 ? &d : &w);
	if (run(b, c) && c->code != RQ_ECONFLICT)
		abort();
}

static void decide_some(struct bed *b, int64_t fence)
{
	struct rq_hold h = place_in("runner:a", 4);
	struct rq_call *c = look(b, NULL, true);

	for (size_t i = 0; i < c->u.open.n; i++) {
		const struct rq_open_job *j = &c->u.open.v[i];

		if (!*j->target && decide_with(b, j->id, holding("a", &h), j->decision_id, fence))
			break;
	}
}

/* One life: what a submitter, a dispatcher and a runner do, until it is ended. */
static void live(struct bed *b, int which)
{
	struct rq_call *c;
	int64_t fence;

	b->q = bed_open(b);
	fence = duty(b);
	runner_again(b, "a", "self-hosted", "a-1");
	for (int i = which;; i++) {
		submit_some(b, i);
		decide_some(b, fence);
		c = take(b, "a", 2);
		for (size_t k = 0; k < c->u.exchange.n_grants; k++)
			end(b, "a", &c->u.exchange.grants[k], (enum rq_result_kind)((i + (int)k) % 6), i % 2);
		if (i % 5 == 0)
			cancel(b, rq_arena_fmt(&b->arena, "%d", i % 40 + 1), false);
		if (b->n_calls > 3000)
			_exit(0);
	}
}

/* Wherever it is killed: what the next one finds is whole. */
static void killed_at_any_moment(void **state)
{
	struct bed *b = *state;
	struct rq_call *c;

	rq_queue_close(b->q);
	b->q = NULL;
	rq_clock_replace(NULL, NULL);
	for (int i = 0; i < 30; i++) {
		struct timespec life = { 0, 10000000 + (long)rq_random_below(50000000) };
		pid_t pid = fork();
		int status;

		if (pid == 0 && setenv("CMOCKA_TEST_ABORT", "1", 1) == 0)
			live(b, i);
		nanosleep(&life, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_false(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		local_check(b->dir);
		b->q = bed_open(b);
		verify_says(b, 0, "");
		rq_queue_close(b->q);
		b->q = NULL;
	}
	b->q = bed_open(b);
	c = ask(b, RQ_VERB_VERIFY);
	RUN(b, c);
	assert_true(c->u.verify.checked > 0);
	clock_stop();
}

/* --- from the first version --------------------------------------------------------------- */

static const char old_rows[] =
	"INSERT INTO label_set VALUES(1,'self-hosted'),(2,'@x,gpu');"
	"INSERT INTO grp VALUES(1,'g',1);"
	"INSERT INTO job(id,state,conclusion,set_id,priority,grp,run_at,created,started,ended,attempt,retries,backoff,timeout,"
	"steps,name,type,command,decision)VALUES"
	"(2,'done','success',1,0,NULL,0,5,6,7,1,0,1000,1000,1,'old','command','true','01JDZ0000000000000000000AA'),"
	"(3,'ready',NULL,1,0,NULL,0,5,NULL,NULL,0,2,1000,1000,1,'next','command','true',NULL),"
	"(4,'delayed',NULL,2,7,NULL,9000000000000,5,NULL,NULL,0,0,1000,1000,1,'later','command','true',NULL),"
	"(5,'blocked',NULL,1,0,NULL,0,5,NULL,NULL,0,0,1000,1000,1,'after','command','true',NULL),"
	"(9,'ready',NULL,1,0,1,0,5,NULL,NULL,0,0,1000,1000,1,'gone','command','true',NULL);"
	"DELETE FROM job WHERE id=9;"
	"INSERT INTO spec SELECT id,'/','' || char(0) || '1' || char(0) || 'true' || char(0),'','',0,0,0 FROM job;"
	"INSERT INTO dep VALUES(3,5);"
	"INSERT INTO decision(seq,id,job,at,cause,outcome,policy,type,wanted,body)VALUES(1,'01JDZ0000000000000000000AA',2,5,"
	"'submit','PLACED','built-in','command','self-hosted','{\"outcome\":\"PLACED\",\"candidates\":[],\"wake_on\":[]}');";

static void from_the_first_version(void **state)
{
	struct bed *b = *state;
	struct rq_decision d = placed("a");
	struct rq_db *db;
	struct rq_call *c;

	rq_queue_close(b->q);
	remove_tree(b->paths.state);
	assert_int_equal(rq_paths_make(&b->paths, NULL), RQ_OK);
	assert_int_equal(rq_db_open(rq_arena_fmt(&b->arena, "%s/state.db", b->paths.state), RQ_DB_CREATE, rq_local_migrations, 1,
				    &db, NULL), RQ_OK);
	change(db, old_rows);
	rq_db_close(db);
	b->q = bed_open(b);
	is(b, "2", "success", "");
	assert_string_equal(detail(b, "2")->job.name, "old");
	is(b, "4", "waiting", "");
	assert_int_equal(detail(b, "4")->job.priority, 7);
	assert_string_equal(detail(b, "4")->job.target, "x");
	assert_int_equal(snapshot(b)->queues[0].waiting, 2);
	/* Numbers are never given out again. */
	assert_string_equal(put(b, by(&d)), "local:10");
	runner_up(b, "a", "self-hosted");
	takes(b, "a", "local:3");
	c = ask(b, RQ_VERB_DECISION);
	c->u.decision.id = "2";
	RUN(b, c);
	assert_string_equal(c->u.decision.decision->hash, "");
	/* Records from before the chain stand outside of it. */
	c = ask(b, RQ_VERB_VERIFY);
	RUN(b, c);
	assert_int_equal(c->u.verify.bad_seq, 0);
	assert_int_equal(c->u.verify.checked, 1);
	assert_int_equal(c->u.verify.first_seq, 2);
	c = ask(b, RQ_VERB_JOURNAL);
	c->u.journal.max = 10;
	RUN(b, c);
	assert_int_equal(c->u.journal.n, 2);
}

#define INLINE(f) { #f, f, bed_up, bed_down, (void *)(uintptr_t)&inline_kind }

int main(void)
{
	const struct CMUnitTest tests[] = {
		INLINE(records_of_other_queues), INLINE(what_cannot_be_recorded), INLINE(tampering_is_noticed), INLINE(a_new_sum_does_not_fit_what_follows),
		INLINE(a_fence_that_was_not_stored_is_taken_anew), INLINE(old_records_go_and_the_chain_stays), INLINE(records_go_by_age),
		INLINE(policies_of_many_files), INLINE(killed_at_any_moment), INLINE(from_the_first_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
