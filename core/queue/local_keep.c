/* local_keep.c - bounded growth: finished jobs, logs, activity, records of decisions, label sets, runners, attempts.
 *
 * A little at a time, so that no runner stands still for it, and never more than asked for: what is dropped is the
 * oldest first. A clean-up that the power takes away is made again: it is not synced. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"

enum {
	JOBS_AT_ONCE = 100, LOGS_AT_ONCE = 100,
	RECORDS_AT_ONCE = 200,
	ACTIVITY_MAX = 10000, ACTIVITY_SLACK = 500,
	SETS_MAX = 1000,
	ATTEMPTS_MAX = 100
};
#define MONTH ((int64_t)30 * 24 * 3600 * 1000)

/* Logs to unlink once the rows are gone. */
struct doomed {
	struct log {
		int64_t job;
		int attempt;
	} *v;
	size_t n, cap;
};

static void add_log(struct doomed *d, int64_t job, int attempt)
{
	RQ_GROW(d->v, d->n, &d->cap);
	d->v[d->n++] = (struct log){ job, attempt };
}

/* A log, and what its job left in GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, which lies beside it. */
static void unlink_log(const char *path)
{
	static const char *const endings[] = { ".log", ".output", ".summary" };
	size_t stem = strlen(path) - strlen(endings[0]);

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		struct rq_str file;

		rq_str_init(&file, 0);
		rq_str_addn(&file, path, stem);
		rq_str_add(&file, endings[i]);
		unlink(rq_str_get(&file));
		rq_str_release(&file);
	}
}

static void unlink_logs(struct rq_local *l, struct doomed *d)
{
	char id[24];

	for (size_t i = 0; i < d->n; i++) {
		char *path;

		snprintf(id, sizeof id, "%lld", (long long)d->v[i].job);
		path = rq_log_file(&l->paths, l->name, id, d->v[i].attempt);
		unlink_log(path);
		rq_free(path);
	}
	rq_free(d->v);
}

static int64_t tally(struct rq_local *l, const char *name)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT n FROM tally WHERE name=?");
	int64_t n = 0;

	rq_bind_str(s, 1, name);
	if (rq_stmt_row(s))
		n = rq_col_int(s, 0);
	rq_stmt_done(s);
	return n;
}

/* --- jobs --------------------------------------------------------------------------------- */

static void drop_job(struct rq_local *l, int64_t id, struct doomed *d)
{
	static const char *const sql[] = {
		"DELETE FROM job WHERE id=? AND state='done'", "DELETE FROM spec WHERE job=?",
		"DELETE FROM attempt WHERE job=?", "DELETE FROM dep WHERE parent=?", "DELETE FROM dep WHERE child=?",
	};
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT number FROM attempt WHERE job=?");

	rq_bind_int(s, 1, id);
	while (rq_stmt_row(s))
		add_log(d, id, (int)rq_col_int(s, 0));
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
		s = rq_db_stmt(l->db, sql[i]);
		rq_bind_int(s, 1, id);
		rq_stmt_exec(s, NULL);
	}
}

static void drop_jobs(struct rq_local *l, int64_t n, struct doomed *d)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT id FROM job WHERE state='done' ORDER BY ended,id LIMIT ?");
	int64_t ids[JOBS_AT_ONCE];
	size_t k = 0;

	rq_bind_int(s, 1, n < JOBS_AT_ONCE ? n : JOBS_AT_ONCE);
	while (rq_stmt_row(s))
		ids[k++] = rq_col_int(s, 0);
	for (size_t i = 0; i < k; i++)
		drop_job(l, ids[i], d);
}

/* --- logs --------------------------------------------------------------------------------- */

/* The jobs stay, their oldest logs go. `log_from` is how far this has come: rows before it are not read again. */
static void drop_logs(struct rq_local *l, int64_t bytes, struct doomed *d)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"SELECT job,number,log_bytes FROM attempt WHERE job>=(SELECT n FROM tally WHERE name='log_from')"
		" AND log_bytes>0 ORDER BY job,number LIMIT ?");
	size_t first = d->n;

	rq_bind_int(s, 1, LOGS_AT_ONCE);
	while (bytes > 0 && rq_stmt_row(s)) {
		add_log(d, rq_col_int(s, 0), (int)rq_col_int(s, 1));
		bytes -= rq_col_int(s, 2);
	}
	rq_stmt_done(s);
	for (size_t i = first; i < d->n; i++) {
		s = rq_db_stmt(l->db, "UPDATE attempt SET log_bytes=0 WHERE job=? AND number=?");
		rq_bind_int(s, 1, d->v[i].job);
		rq_bind_int(s, 2, d->v[i].attempt);
		rq_stmt_exec(s, NULL);
	}
	if (d->n > first) {
		s = rq_db_stmt(l->db, "UPDATE tally SET n=? WHERE name='log_from'");
		rq_bind_int(s, 1, d->v[d->n - 1].job);
		rq_stmt_exec(s, NULL);
	}
}

/* --- the rest ----------------------------------------------------------------------------- */

static bool activity_is_long(struct rq_local *l)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT (SELECT max(seq) FROM activity)-(SELECT min(seq) FROM activity)");
	int64_t n = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;

	rq_stmt_done(s);
	return n > ACTIVITY_MAX + ACTIVITY_SLACK;
}

static void drop_activity(struct rq_local *l)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "DELETE FROM activity WHERE seq<=(SELECT max(seq) FROM activity)-?1"
					      " AND seq<(SELECT min(seq) FROM activity)+?1");

	rq_bind_int(s, 1, ACTIVITY_MAX);
	rq_stmt_exec(s, NULL);
}

/* --- records of decisions ----------------------------------------------------------------- */

static int64_t last_of_age(struct rq_local *l, int64_t before)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT max(seq) FROM(SELECT seq,at FROM decision ORDER BY seq LIMIT ?)WHERE at<?");
	int64_t seq;

	rq_bind_int(s, 1, RECORDS_AT_ONCE);
	rq_bind_int(s, 2, before);
	seq = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;
	rq_stmt_done(s);
	return seq;
}

/* The number of the last record that goes now, by count or by age; 0 none. */
static int64_t last_record_to_go(struct rq_local *l, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT seq,at,(SELECT max(seq) FROM decision) FROM decision ORDER BY seq LIMIT 1");
	int64_t first = 0, at = now, last = 0, slack = l->keep_decisions < 100 * RECORDS_AT_ONCE ? 0 : RECORDS_AT_ONCE / 2, go;

	if (rq_stmt_row(s)) {
		first = rq_col_int(s, 0);
		at = rq_col_int(s, 1);
		last = rq_col_int(s, 2);
	}
	rq_stmt_done(s);
	go = last - l->keep_decisions > first - 1 + slack ? last - l->keep_decisions : 0;
	if (at < now - l->keep_decisions_ms && go < first)
		go = last_of_age(l, now - l->keep_decisions_ms);
	return go < first + RECORDS_AT_ONCE ? go : first + RECORDS_AT_ONCE - 1;
}

/* The chain begins behind what goes. */
static void move_anchor(struct rq_local *l, int64_t seq)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT hash FROM decision WHERE seq=?");
	struct rq_link anchor;

	rq_bind_int(s, 1, seq);
	rq_local_anchor(l, &anchor);
	if (rq_stmt_row(s) && seq > anchor.seq) {
		anchor.seq = seq;
		rq_copy(anchor.hash, sizeof anchor.hash, rq_col_null(s, 0) ? "" : rq_col_str(s, 0));
		rq_local_anchor_move(l, &anchor);
	}
	rq_stmt_done(s);
}

/* Fleets and policies that no record names any more go as well, but for those that open jobs live under, and the last
 * good ones. */
static void drop_records(struct rq_local *l, int64_t seq)
{
	static const char *const sql[] = {
		"DELETE FROM decision WHERE seq<=?",
		"DELETE FROM kept WHERE n>=0 AND n<=? AND name NOT IN(SELECT text FROM kept WHERE name>='policy '"
		" AND name<'policy!')AND name NOT IN(SELECT policy FROM job WHERE governed AND state<>'done'"
		" AND policy IS NOT NULL)",
	};

	move_anchor(l, seq);
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
		struct rq_stmt *s = rq_db_stmt(l->db, sql[i]);

		rq_bind_int(s, 1, i ? seq - RQ_LOCAL_LAG : seq);
		rq_stmt_exec(s, NULL);
	}
}

/* --- all of it ---------------------------------------------------------------------------- */

/* Rarely: it looks at every job. */
static void drop_sets(struct rq_local *l)
{
	rq_stmt_exec(rq_db_stmt(l->db, "DELETE FROM label_set WHERE id NOT IN(SELECT set_id FROM job UNION"
				       " SELECT next_set FROM job WHERE state='leased' AND next_set IS NOT NULL UNION"
				       " SELECT asked FROM job WHERE asked IS NOT NULL)"), NULL);
	rq_stmt_exec(rq_db_stmt(l->db, "DELETE FROM grp WHERE id NOT IN(SELECT grp FROM job WHERE grp IS NOT NULL)"),
		     NULL);
	rq_local_sets_forget(l);
	rq_local_sets_load(l);
	l->sets_max = SETS_MAX + l->n_sets;
}

void rq_local_keep(struct rq_local *l)
{
	int64_t jobs = tally(l, "done") - l->keep_jobs, logs = tally(l, "log") - l->keep_log_bytes;
	int64_t slack = l->keep_jobs < 100 * JOBS_AT_ONCE ? 0 : JOBS_AT_ONCE / 2;
	int64_t record = last_record_to_go(l, rq_now());
	bool activity = activity_is_long(l);
	/* Not while jobs are still to go: what they refer to would stay. */
	bool sets = jobs <= slack && l->n_sets > (l->sets_max ? l->sets_max : SETS_MAX);
	struct doomed d = { 0 };

	if (jobs <= slack && logs <= 0 && !activity && !sets && !record)
		return;
	if (rq_db_begin(l->db, false, NULL))
		return;
	if (jobs > slack)
		drop_jobs(l, jobs, &d);
	if (logs > 0)
		drop_logs(l, logs, &d);
	if (activity)
		drop_activity(l);
	if (record)
		drop_records(l, record);
	if (sets)
		drop_sets(l);
	if (rq_db_commit(l->db, NULL))
		d.n = 0;
	unlink_logs(l, &d);
}

void rq_local_keep_runners(struct rq_local *l, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "DELETE FROM runner WHERE seen<? AND NOT EXISTS(SELECT 1 FROM job"
					      " WHERE state='leased' AND job.runner=runner.name COLLATE NOCASE)");

	rq_bind_int(s, 1, now - MONTH);
	rq_stmt_exec(s, NULL);
}

void rq_local_keep_attempts(struct rq_local *l, int64_t job, int attempt)
{
	struct doomed d = { 0 };
	struct rq_stmt *s;

	if (attempt <= ATTEMPTS_MAX)
		return;
	s = rq_db_stmt(l->db, "DELETE FROM attempt WHERE job=? AND number<=? RETURNING number");
	rq_bind_int(s, 1, job);
	rq_bind_int(s, 2, attempt - ATTEMPTS_MAX);
	while (rq_stmt_row(s))
		add_log(&d, job, (int)rq_col_int(s, 0));
	unlink_logs(l, &d);
}
