/* local_facts.c - the invariants of the embedded queue, each as a query that must find nothing. */
#include "tests/queue/local_facts.h"

#include "tests/queue/suite.h"

static const struct {
	const char *what, *sql;
} facts[] = {
	{ "the tally of states is the count", "SELECT name||' '||n FROM tally WHERE name NOT IN('log','log_from','fence')"
	  " AND name>='A' AND n<>(SELECT count(*) FROM job WHERE state=tally.name)" },
	{ "the tally of logs is their sum", "SELECT n FROM tally WHERE name='log' AND n<>(SELECT coalesce(sum(log_bytes),0)"
	  " FROM attempt)" },
	{ "a blocked job waits for something", "SELECT id FROM job WHERE state='blocked' AND NOT EXISTS(SELECT 1 FROM dep JOIN"
	  " job p ON p.id=parent WHERE child=job.id AND p.state<>'done')" },
	{ "no blocked job waits for what failed", "SELECT j.id FROM job j JOIN dep ON child=j.id JOIN job p ON p.id=parent"
	  " WHERE j.state='blocked' AND p.state='done' AND p.conclusion<>'success'" },
	{ "no job ran before those that it waits for", "SELECT j.id FROM job j JOIN dep ON child=j.id JOIN job p ON"
	  " p.id=parent WHERE j.attempt>j.base AND p.conclusion IS NOT 'success'" },
	{ "a group has no more than its limit", "SELECT name FROM grp g WHERE (SELECT count(*) FROM job WHERE grp=g.id"
	  " AND state='leased')>lim" },
	{ "nothing is parked where there is room", "SELECT j.id FROM job j JOIN grp g ON g.id=j.grp WHERE j.state='parked' AND"
	  " (SELECT count(*) FROM job WHERE grp=g.id AND (state='leased' OR (state='ready' AND set_id=j.set_id)))<lim" },
	{ "a leased job has its attempt", "SELECT id FROM job j WHERE state='leased' AND NOT EXISTS(SELECT 1 FROM attempt a"
	  " WHERE a.job=j.id AND a.number=j.attempt AND a.token=j.token AND a.ended IS NULL)" },
	{ "an open attempt has its lease", "SELECT job FROM attempt a WHERE ended IS NULL AND NOT EXISTS(SELECT 1 FROM job j"
	  " WHERE j.id=a.job AND j.state='leased' AND j.attempt=a.number)" },
	{ "a lease's process is known", "SELECT id FROM job WHERE state='leased' AND owner NOT IN(SELECT instance FROM process)" },
	{ "a job has its specification and its labels", "SELECT id FROM job WHERE id NOT IN(SELECT job FROM spec) OR set_id NOT IN"
	  "(SELECT id FROM label_set)" },
	{ "nothing is left of jobs that are gone", "SELECT job FROM spec WHERE job NOT IN(SELECT id FROM job) UNION ALL SELECT job"
	  " FROM attempt WHERE job NOT IN(SELECT id FROM job) UNION ALL SELECT child FROM dep WHERE child NOT IN(SELECT id FROM job)" },
	{ "the count of places is the sum of what is held", "SELECT name FROM tally WHERE name>='#' AND name<'$' AND NOT EXISTS("
	  "SELECT 1 FROM hold WHERE key=name AND spent) AND name NOT GLOB '*:2[0-9][0-9][0-9]-*' AND n<>(SELECT"
	  " coalesce(sum(amount),0) FROM hold WHERE key=name)" },
	{ "what is held is counted", "SELECT key FROM hold WHERE NOT spent AND key NOT IN(SELECT name FROM tally)" },
	{ "only placed and running jobs hold", "SELECT job FROM hold WHERE job NOT IN(SELECT id FROM job WHERE governed AND state"
	  " IN('ready','parked','leased'))" },
	{ "only held jobs are woken", "SELECT job FROM wake WHERE job NOT IN(SELECT id FROM job WHERE state='held')" },
	{ "a job waits for a time only when it is held", "SELECT id FROM job WHERE wait_until IS NOT NULL AND state<>'held'" },
	{ "a governed job that is ready is placed, others are not", "SELECT j.id FROM job j JOIN label_set s ON s.id=set_id WHERE"
	  " state<>'leased' AND (canon LIKE '=%')<>(governed AND state IN('ready','parked'))" },
	{ "a held job can be woken", "SELECT id FROM job WHERE state='held' AND wait_until IS NULL AND id NOT IN(SELECT job FROM"
	  " wake)" },
	{ "the chain's end is its last record", "SELECT seq FROM decision WHERE seq=(SELECT max(seq) FROM decision) AND hash IS NOT"
	  " NULL AND seq||' '||hash<>(SELECT text FROM kept WHERE name='chain')" },
	{ "records follow each other", "SELECT seq FROM decision d WHERE seq>(SELECT min(seq) FROM decision) AND NOT EXISTS("
	  "SELECT 1 FROM decision p WHERE p.seq=d.seq-1)" },
	{ "a job's label set as submitted is known", "SELECT id FROM job WHERE asked NOT IN(SELECT id FROM label_set)" },
	{ "a drained runner runs nothing", "SELECT name FROM runner r WHERE drain='drained' AND EXISTS(SELECT 1 FROM job WHERE"
	  " state='leased' AND job.runner=r.name COLLATE NOCASE)" },
};

static struct rq_db *open_state(const char *dir, const char *file)
{
	struct rq_error e;
	struct rq_db *db;
	char path[300];

	snprintf(path, sizeof path, "%s/%s", dir, file);
	if (rq_db_open(path, 0, NULL, 0, &db, &e))
		fail_msg("%s", e.msg);
	return db;
}

void local_check(const char *dir)
{
	struct rq_db *db = open_state(dir, "state/state.db");
	struct rq_error e;

	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		struct rq_stmt *s = rq_db_stmt(db, facts[i].sql);

		if (rq_stmt_row(s))
			fail_msg("breach: %s: %s", facts[i].what, rq_col_str(s, 0));
		rq_stmt_done(s);
		if (rq_db_error(db, &e))
			fail_msg("%s: %s", facts[i].what, e.msg);
	}
	if (rq_db_check(db, true, &e))
		fail_msg("%s", e.msg);
	rq_db_close(db);
}

void local_reboot(const char *dir)
{
	struct rq_db *db = open_state(dir, "state.db");

	assert_int_equal(rq_db_begin(db, true, NULL), RQ_OK);
	assert_int_equal(rq_db_exec(db, "UPDATE process SET boot='the boot before'", NULL), RQ_OK);
	assert_int_equal(rq_db_commit(db, NULL), RQ_OK);
	rq_db_close(db);
}
