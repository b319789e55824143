/* local_schema.c - the tables of state.db.
 *
 * How to change the schema: append a row to the table at the end, with the next number and the SQL that brings a
 * database of the number before it there (ALTER TABLE, CREATE, UPDATE; it runs inside of one transaction). Never
 * edit a row that was released. Keep the text short: SQLite reads all of it when a process opens the file. Then
 * add a database of the number before to tests/queue/db.c.
 *
 * A job's states and what they are called outside:
 *   blocked  waiting, DEPENDENCY_PENDING           ready   queued
 *   delayed  waiting, DELAYED or RETRY_BACKOFF     leased  in_progress
 *   parked   pending, GROUP_CONCURRENCY            done    completed, with a conclusion
 *   held     waiting, the decision's reason
 *
 * set_id is what the job asks for: labels, and "@name" for a target runner, which each runner has by itself. So a
 * re-route is one update that keeps the id, hence the age. `token` is the fence of the claim that holds the job.
 * `attempt` counts claims over the chain of retries; `base` is where this row began to count.
 *
 * A job that a policy governs has asked: the set that it was submitted with. Its set_id is that one, but for the time
 * that it is placed: then "=name,labels", which the runner of that name alone takes, whatever its labels. wait_until 1
 * is `due`: only a decision is missing. retry is the policy's (local_result.c), lane its concurrency group, policy the
 * id of the text.
 *
 * hold is what a placed or running job takes of what is counted; the counts are in tally, as "#KEY". wake is what held
 * jobs wait for. kept is texts: "chain" and "anchor" (the number and the hash of the last record, and of the one before
 * the first), fleets by their sum, policies by their oid, and "policy PATH" with the oid of its last good text. n is
 * about the last record that names a text (rq_local_text_keep), or < 0: it is not dropped with its records.
 *
 * Queries write the state as a literal ('ready'), or the partial indexes would not serve them; where an index has
 * state<>'done' in its condition, so has the query. */
#include "core/queue/local.h"

static const char schema_1[] =
"CREATE TABLE label_set(id INTEGER PRIMARY KEY AUTOINCREMENT,canon TEXT NOT NULL UNIQUE)STRICT;"
"CREATE TABLE grp(id INTEGER PRIMARY KEY,name TEXT NOT NULL COLLATE NOCASE UNIQUE,lim INTEGER NOT NULL)STRICT;"
"CREATE TABLE runner(name TEXT COLLATE NOCASE PRIMARY KEY,labels TEXT NOT NULL,tools TEXT NOT NULL,os TEXT,arch TEXT,"
"host TEXT,version TEXT,slots INTEGER NOT NULL,cores INTEGER,memory INTEGER,disk INTEGER,temp INTEGER,load INTEGER,"
"instance TEXT,started INTEGER,seen INTEGER,drain TEXT NOT NULL DEFAULT 'active'"
" CHECK(drain IN('active','draining','drained')),drain_reason TEXT,drain_by TEXT,drain_since INTEGER,"
"drain_deadline INTEGER)STRICT,WITHOUT ROWID;"
"CREATE TABLE process(instance TEXT PRIMARY KEY,runner TEXT NOT NULL,lock_path TEXT NOT NULL,pid INTEGER,"
"boot TEXT NOT NULL)STRICT,WITHOUT ROWID;"
"CREATE TABLE job(id INTEGER PRIMARY KEY AUTOINCREMENT,"
"state TEXT NOT NULL CHECK(state IN('blocked','delayed','ready','parked','leased','done')),conclusion TEXT,reason TEXT,"
"set_id INTEGER NOT NULL,next_set INTEGER,priority INTEGER NOT NULL,grp INTEGER,run_at INTEGER NOT NULL,"
"created INTEGER NOT NULL,started INTEGER,ended INTEGER,base INTEGER NOT NULL DEFAULT 0,"
"attempt INTEGER NOT NULL DEFAULT 0,retries INTEGER NOT NULL,failures INTEGER NOT NULL DEFAULT 0,"
"losses INTEGER NOT NULL DEFAULT 0,backoff INTEGER NOT NULL,timeout INTEGER NOT NULL,"
"cancel INTEGER NOT NULL DEFAULT 0,token TEXT,owner TEXT,lease INTEGER,runner TEXT,exit_code INTEGER,signal INTEGER,"
"first INTEGER,steps INTEGER NOT NULL,name TEXT NOT NULL,type TEXT NOT NULL,command TEXT NOT NULL,submit_token TEXT,"
"decision TEXT,"
"CHECK((state='leased')=(token IS NOT NULL)),CHECK((state='leased')=(owner IS NOT NULL)),"
"CHECK((state='leased')=(lease IS NOT NULL)),CHECK((state='done')=(ended IS NOT NULL)),"
"CHECK((state='done')=(conclusion IS NOT NULL)),CHECK(next_set IS NULL OR state='leased'))STRICT;"
"CREATE INDEX job_ready ON job(set_id,priority DESC,id)WHERE state='ready';"
"CREATE INDEX job_delayed ON job(run_at)WHERE state='delayed';"
"CREATE UNIQUE INDEX job_leased ON job(token)WHERE state='leased';"
"CREATE INDEX job_open ON job(id)WHERE state<>'done';"
"CREATE INDEX job_group ON job(grp,state,set_id,priority DESC,id)WHERE grp IS NOT NULL AND state<>'done';"
"CREATE INDEX job_done ON job(ended,id)WHERE state='done';"
"CREATE UNIQUE INDEX job_submit ON job(submit_token)WHERE submit_token IS NOT NULL;"
"CREATE INDEX job_chain ON job(first)WHERE first IS NOT NULL AND state<>'done';"
"CREATE TABLE spec(job INTEGER PRIMARY KEY,cwd TEXT,steps TEXT NOT NULL,env TEXT NOT NULL,params TEXT NOT NULL,"
"log_max INTEGER NOT NULL,memory_max INTEGER NOT NULL,nice INTEGER NOT NULL)STRICT;"
"CREATE TABLE attempt(job INTEGER,number INTEGER,token TEXT NOT NULL,runner TEXT NOT NULL,instance TEXT NOT NULL,"
"cell TEXT,started INTEGER NOT NULL,ended INTEGER,result TEXT,exit_code INTEGER,signal INTEGER,why TEXT,"
"log_bytes INTEGER,PRIMARY KEY(job,number),CHECK((ended IS NULL)=(result IS NULL)))STRICT,WITHOUT ROWID;"
"CREATE TABLE dep(parent INTEGER,child INTEGER,PRIMARY KEY(parent,child),CHECK(parent<child))STRICT,WITHOUT ROWID;"
"CREATE INDEX dep_child ON dep(child);"
"CREATE TABLE decision(seq INTEGER PRIMARY KEY,id TEXT NOT NULL UNIQUE,job INTEGER NOT NULL,prev TEXT,"
"at INTEGER NOT NULL,cause TEXT NOT NULL,by TEXT,note TEXT,outcome TEXT NOT NULL,target TEXT,reason TEXT,policy TEXT,"
"type TEXT,wanted TEXT,body TEXT NOT NULL)STRICT;"
"CREATE INDEX decision_job ON decision(job);"
"CREATE TABLE activity(seq INTEGER PRIMARY KEY,at INTEGER NOT NULL,actor TEXT NOT NULL,action TEXT NOT NULL,"
"object TEXT NOT NULL,detail TEXT NOT NULL,result TEXT NOT NULL)STRICT;"
/* How many there are, so that nobody has to count: a row a state; the bytes of all logs of finished attempts; and
 * the job before which logs have been dropped. */
"CREATE TABLE tally(name TEXT PRIMARY KEY,n INTEGER NOT NULL)STRICT,WITHOUT ROWID;"
"INSERT INTO tally VALUES('blocked',0),('delayed',0),('ready',0),('parked',0),('leased',0),('done',0),('log',0),('log_from',0);"
"CREATE TRIGGER job_in AFTER INSERT ON job BEGIN UPDATE tally SET n=n+1 WHERE name=new.state;END;"
"CREATE TRIGGER job_move AFTER UPDATE OF state ON job WHEN old.state<>new.state BEGIN"
" UPDATE tally SET n=n-1 WHERE name=old.state;UPDATE tally SET n=n+1 WHERE name=new.state;END;"
"CREATE TRIGGER job_out AFTER DELETE ON job BEGIN UPDATE tally SET n=n-1 WHERE name=old.state;END;"
"CREATE TRIGGER job_final BEFORE UPDATE OF state,conclusion,ended ON job WHEN old.state='done' BEGIN"
" SELECT RAISE(ABORT,'a completed job does not change');END;"
"CREATE TRIGGER attempt_log AFTER UPDATE OF log_bytes ON attempt BEGIN"
" UPDATE tally SET n=n+coalesce(new.log_bytes,0)-coalesce(old.log_bytes,0) WHERE name='log';END;"
"CREATE TRIGGER attempt_out AFTER DELETE ON attempt WHEN old.log_bytes>0 BEGIN"
" UPDATE tally SET n=n-old.log_bytes WHERE name='log';END;";

/* The check of the state cannot be changed in place. What was given ids before must not be given out again. */
static const char schema_2[] =
"CREATE TABLE job_2(id INTEGER PRIMARY KEY AUTOINCREMENT,"
"state TEXT NOT NULL CHECK(state IN('blocked','delayed','ready','held','parked','leased','done')),conclusion TEXT,reason TEXT,"
"set_id INTEGER NOT NULL,next_set INTEGER,priority INTEGER NOT NULL,grp INTEGER,run_at INTEGER NOT NULL,"
"created INTEGER NOT NULL,started INTEGER,ended INTEGER,base INTEGER NOT NULL DEFAULT 0,"
"attempt INTEGER NOT NULL DEFAULT 0,retries INTEGER NOT NULL,failures INTEGER NOT NULL DEFAULT 0,"
"losses INTEGER NOT NULL DEFAULT 0,backoff INTEGER NOT NULL,timeout INTEGER NOT NULL,"
"cancel INTEGER NOT NULL DEFAULT 0,token TEXT,owner TEXT,lease INTEGER,runner TEXT,exit_code INTEGER,signal INTEGER,"
"first INTEGER,steps INTEGER NOT NULL,name TEXT NOT NULL,type TEXT NOT NULL,command TEXT NOT NULL,submit_token TEXT,"
"decision TEXT,governed INTEGER NOT NULL DEFAULT 0,asked INTEGER,wait_until INTEGER,lane TEXT,policy TEXT,retry TEXT,"
"source TEXT,submitter TEXT,CHECK(state<>'held' OR governed),CHECK(governed=0 OR asked IS NOT NULL),"
"CHECK((state='leased')=(token IS NOT NULL)),CHECK((state='leased')=(owner IS NOT NULL)),"
"CHECK((state='leased')=(lease IS NOT NULL)),CHECK((state='done')=(ended IS NOT NULL)),"
"CHECK((state='done')=(conclusion IS NOT NULL)),CHECK(next_set IS NULL OR state='leased'))STRICT;"
"INSERT INTO sqlite_sequence(name,seq)SELECT 'job_2',seq FROM sqlite_sequence WHERE name='job';"
"INSERT INTO job_2 SELECT *,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL FROM job;"
"DROP TABLE job;ALTER TABLE job_2 RENAME TO job;"
"CREATE INDEX job_ready ON job(set_id,priority DESC,id)WHERE state='ready';"
"CREATE INDEX job_delayed ON job(run_at)WHERE state='delayed';"
"CREATE UNIQUE INDEX job_leased ON job(token)WHERE state='leased';"
"CREATE INDEX job_open ON job(id)WHERE state<>'done';"
"CREATE INDEX job_group ON job(grp,state,set_id,priority DESC,id)WHERE grp IS NOT NULL AND state<>'done';"
"CREATE INDEX job_done ON job(ended,id)WHERE state='done';"
"CREATE UNIQUE INDEX job_submit ON job(submit_token)WHERE submit_token IS NOT NULL;"
"CREATE INDEX job_chain ON job(first)WHERE first IS NOT NULL AND state<>'done';"
"CREATE INDEX job_policy ON job(state,wait_until)WHERE governed AND state<>'done';"
"CREATE TRIGGER job_in AFTER INSERT ON job BEGIN UPDATE tally SET n=n+1 WHERE name=new.state;END;"
"CREATE TRIGGER job_move AFTER UPDATE OF state ON job WHEN old.state<>new.state BEGIN"
" UPDATE tally SET n=n-1 WHERE name=old.state;UPDATE tally SET n=n+1 WHERE name=new.state;END;"
"CREATE TRIGGER job_out AFTER DELETE ON job BEGIN UPDATE tally SET n=n-1 WHERE name=old.state;END;"
"CREATE TRIGGER job_final BEFORE UPDATE OF state,conclusion,ended ON job WHEN old.state='done' BEGIN"
" SELECT RAISE(ABORT,'a completed job does not change');END;"
"INSERT INTO tally VALUES('held',0);"
"CREATE TABLE wake(job INTEGER,n INTEGER,event TEXT NOT NULL COLLATE NOCASE,PRIMARY KEY(job,n))STRICT,WITHOUT ROWID;"
"CREATE INDEX wake_event ON wake(event);"
"CREATE TABLE hold(job INTEGER,key TEXT,amount INTEGER NOT NULL,per_second INTEGER NOT NULL,spent INTEGER NOT NULL,"
"PRIMARY KEY(job,key))STRICT,WITHOUT ROWID;"
"CREATE TABLE kept(name TEXT PRIMARY KEY,n INTEGER NOT NULL,text TEXT NOT NULL)STRICT;"
"CREATE INDEX kept_n ON kept(n)WHERE n>=0;"
"ALTER TABLE decision ADD COLUMN route TEXT;ALTER TABLE decision ADD COLUMN hash TEXT;"
"INSERT INTO kept SELECT 'anchor',-1,coalesce(max(seq),0)||' ' FROM decision;"
"INSERT INTO kept SELECT 'chain',-1,text FROM kept;";

const struct rq_migration rq_local_migrations[] = {
	{ 1, schema_1 },
	{ 2, schema_2 },
};
const size_t rq_local_migrations_n = sizeof rq_local_migrations / sizeof *rq_local_migrations;
