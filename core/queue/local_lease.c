/* local_lease.c - runners' processes and their leases: REGISTER, UNREGISTER, BEAT, ORPHANS, ADOPT. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"
#include "core/sys/lock.h"

enum { SEEN_EVERY_MS = 60000 };         /* an idle runner is not written down more often */

/* --- register ----------------------------------------------------------------------------- */

static void bind_labels(struct rq_stmt *s, int i, const struct rq_labels *labels)
{
	struct rq_str text;

	rq_str_init(&text, 0);
	rq_labels_text(labels, &text);
	rq_bind_str(s, i, rq_str_get(&text));
	rq_str_release(&text);
}

/* -1 is unknown, and NULL in the table. */
static void bind_number(struct rq_stmt *s, int i, int64_t v)
{
	if (v >= 0)
		rq_bind_int(s, i, v);
}

static void put_runner(struct rq_local *l, const struct rq_runner *r, const char *instance, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"INSERT INTO runner(name,labels,tools,os,arch,host,version,slots,cores,memory,disk,temp,load,instance,started,"
		"seen)VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)"
		"ON CONFLICT(name)DO UPDATE SET name=?1,labels=?2,tools=?3,os=?4,arch=?5,host=?6,version=?7,slots=?8,cores=?9,"
		"memory=?10,disk=?11,temp=?12,load=?13,instance=?14,started=?15,seen=?16");

	rq_bind_str(s, 1, r->name);
	bind_labels(s, 2, &r->labels);
	bind_labels(s, 3, &r->tools);
	rq_bind_str(s, 4, r->os);
	rq_bind_str(s, 5, r->arch);
	rq_bind_str(s, 6, r->host);
	rq_bind_str(s, 7, r->version);
	rq_bind_int(s, 8, r->slots);
	bind_number(s, 9, r->cpu_cores);
	bind_number(s, 10, r->memory_bytes);
	bind_number(s, 11, r->disk_free_bytes);
	bind_number(s, 12, r->temp_milli_c);
	bind_number(s, 13, r->load_milli);
	rq_bind_str(s, 14, instance);
	rq_bind_int(s, 15, r->started_at ? r->started_at : now);
	rq_bind_int(s, 16, now);
	rq_stmt_exec(s, NULL);
}

static void put_process(struct rq_local *l, const struct rq_call *c)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "INSERT OR REPLACE INTO process(instance,runner,lock_path,pid,boot)"
					      "VALUES(?,?,?,?,?)");

	rq_bind_str(s, 1, c->u.registration.instance);
	rq_bind_str(s, 2, c->u.registration.runner->name);
	rq_bind_str(s, 3, c->u.registration.lock_path);
	rq_bind_int(s, 4, c->u.registration.pid);
	rq_bind_str(s, 5, rq_boot_id());
	rq_stmt_exec(s, NULL);
}

/* Processes that were replaced and hold no job any more. */
static void drop_processes(struct rq_local *l)
{
	rq_stmt_exec(rq_db_stmt(l->db, "DELETE FROM process WHERE instance NOT IN(SELECT instance FROM runner"
				       " WHERE instance IS NOT NULL) AND instance NOT IN(SELECT owner FROM job"
				       " WHERE state='leased')"), NULL);
}

/* The process that has the name now, if it lives and is another one. */
static int check_name_free(struct rq_local *l, struct rq_call *c, bool *same)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT p.instance,p.lock_path,p.pid FROM runner r JOIN process p"
					      " ON p.instance=r.instance WHERE r.name=?");
	int code = RQ_OK;

	*same = false;
	rq_bind_str(s, 1, c->u.registration.runner->name);
	if (rq_stmt_row(s)) {
		const char *path = rq_col_str(s, 1);

		*same = rq_eq(rq_col_str(s, 0), c->u.registration.instance);
		if (!*same && !rq_eq(path, c->u.registration.lock_path) && rq_lock_held(path))
			code = rq_fail(&c->err, RQ_ECONFLICT,
				       "An agent named %s runs already (process %lld); give this one another name with --name.",
				       c->u.registration.runner->name, (long long)rq_col_int(s, 2));
	}
	rq_stmt_done(s);
	return code;
}

static void read_drain(struct rq_local *l, struct rq_call *c)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT drain,drain_reason FROM runner WHERE name=?");

	rq_bind_str(s, 1, c->u.registration.runner->name);
	if (rq_stmt_row(s)) {
		c->u.registration.drain = rq_local_drain_of(rq_col_str(s, 0));
		c->u.registration.drain_reason = rq_arena_str(&c->arena, rq_col_null(s, 1) ? "" : rq_col_str(s, 1));
	}
	rq_stmt_done(s);
}

static void audit_agent(struct rq_local *l, const char *action, const char *name, const char *detail)
{
	struct rq_arena a = { 0 };

	rq_local_audit(l, rq_arena_fmt(&a, "agent:%s", name), action, name, detail, "ok");
	rq_arena_release(&a);
}

static int put_all(struct rq_local *l, struct rq_call *c)
{
	const struct rq_runner *r = c->u.registration.runner;
	struct rq_str detail;
	bool same;
	int code = check_name_free(l, c, &same);

	if (code)
		return code;
	put_runner(l, r, c->u.registration.instance, rq_now());
	put_process(l, c);
	drop_processes(l);
	rq_local_keep_runners(l, rq_now());
	rq_local_settle_drains(l);
	read_drain(l, c);
	if (!same) {
		rq_str_init(&detail, 1024);
		rq_str_addf(&detail, "%d slot%s, labels ", r->slots, r->slots == 1 ? "" : "s");
		rq_labels_text(&r->labels, &detail);
		audit_agent(l, "agent-start", r->name, rq_str_get(&detail));
		rq_str_release(&detail);
	}
	return RQ_OK;
}

int rq_local_register(struct rq_local *l, struct rq_call *c)
{
	const char *name = c->u.registration.runner->name;
	int code;

	if (!name || !rq_name_ok(name))
		return rq_fail(&c->err, RQ_EUSAGE, "'%.64s' cannot be a runner's name.", name ? name : "");
	code = rq_local_begin(l, c, true);
	if (code)
		return code;
	if (put_all(l, c))
		return rq_local_refuse(l, c);
	l->touched = true;
	code = rq_local_commit(l, c);
	l->agent = code == RQ_OK;
	if (!code)
		rq_db_grow_log(l->db, RQ_LOCAL_LOG + RQ_LOCAL_LOG / 8);
	return code;
}

int rq_local_unregister(struct rq_local *l, struct rq_call *c)
{
	struct rq_stmt *s;
	int code = rq_local_begin(l, c, true);

	if (code)
		return code;
	s = rq_db_stmt(l->db, "UPDATE runner SET instance=NULL,seen=?2 WHERE instance=?1 RETURNING name");
	rq_bind_str(s, 1, c->u.registration.instance);
	rq_bind_int(s, 2, rq_now());
	while (rq_stmt_row(s)) {
		audit_agent(l, "agent-stop", rq_col_str(s, 0), NULL);
		l->touched = true;
	}
	rq_stmt_done(s);
	drop_processes(l);
	rq_local_settle_drains(l);
	return rq_local_commit(l, c);
}

/* --- beat --------------------------------------------------------------------------------- */

static bool read_own(struct rq_local *l, struct rq_call *c, int64_t *seen)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT drain,seen FROM runner WHERE instance=?");
	bool found;

	rq_bind_str(s, 1, c->u.beat.instance);
	found = rq_stmt_row(s);
	if (found) {
		c->u.beat.drain = rq_local_drain_of(rq_col_str(s, 0));
		*seen = rq_col_int(s, 1);
	}
	rq_stmt_done(s);
	return found;
}

static enum rq_beat beat_one(struct rq_local *l, struct rq_call *c, const struct rq_lease *lease)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE job SET lease=?5 WHERE id=?1 AND state='leased' AND token=?2"
					      " AND owner=?3 RETURNING cancel,next_set IS NOT NULL");
	enum rq_beat beat = RQ_BEAT_LOST;
	int64_t id;

	if (rq_local_id(l, lease->id, &id, NULL))
		return beat;
	rq_bind_int(s, 1, id);
	rq_bind_str(s, 2, lease->token);
	rq_bind_str(s, 3, c->u.beat.instance);
	rq_bind_int(s, 5, c->u.beat.lease_boot_ms);
	while (rq_stmt_row(s)) {
		int64_t cancel = rq_col_int(s, 0);

		beat = cancel > 1 ? RQ_BEAT_KILL : cancel || rq_col_int(s, 1) ? RQ_BEAT_CANCEL : RQ_BEAT_OK;
	}
	return beat;
}

static void write_seen(struct rq_local *l, const char *instance, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE runner SET seen=? WHERE instance=?");

	rq_bind_int(s, 1, now);
	rq_bind_str(s, 2, instance);
	rq_stmt_exec(s, NULL);
}

static int not_registered(struct rq_local *l, struct rq_call *c)
{
	return rq_fail(&c->err, RQ_ENOTFOUND, "This agent is not registered on queue %s any more.", l->name);
}

int rq_local_beat(struct rq_local *l, struct rq_call *c)
{
	int64_t seen = 0, now = rq_now();
	bool known;
	int code = rq_db_begin_read(l->db, &c->err);

	if (code)
		return code;
	known = read_own(l, c, &seen);
	rq_db_end_read(l->db);
	c->u.beat.beats = rq_arena_alloc(&c->arena, c->u.beat.n * sizeof *c->u.beat.beats);
	c->u.beat.lease_boot_ms = rq_boot_ms() + c->u.beat.lease_ms;
	if (!known && c->u.beat.n == 0)
		return not_registered(l, c);
	if (c->u.beat.n == 0 && now - seen < SEEN_EVERY_MS && now >= seen)
		return RQ_OK;
	code = rq_local_begin(l, c, c->u.beat.durable);
	if (code)
		return code;
	for (size_t i = 0; i < c->u.beat.n; i++)
		c->u.beat.beats[i] = beat_one(l, c, &c->u.beat.leases[i]);
	write_seen(l, c->u.beat.instance, now);
	code = rq_local_commit(l, c);
	rq_local_keep(l);
	l->touched = false;
	return code;
}

/* --- orphans ------------------------------------------------------------------------------ */

static void read_lease(struct rq_local *l, struct rq_arena *a, struct rq_stmt *s, struct rq_lease *lease)
{
	memset(lease, 0, sizeof *lease);
	lease->id = rq_arena_fmt(a, "%lld", (long long)rq_col_int(s, 0));
	lease->token = rq_arena_str(a, rq_col_str(s, 1));
	lease->owner = rq_arena_str(a, rq_col_str(s, 2));
	lease->runner_name = rq_arena_str(a, rq_col_str(s, 3));
	lease->cell = rq_arena_str(a, rq_col_null(s, 4) ? "" : rq_col_str(s, 4));
	lease->attempt = (int)rq_col_int(s, 5);
	lease->lease_boot_ms = rq_col_int(s, 6);
	lease->lapsed = rq_col_int(s, 6) < rq_boot_ms() || !rq_eq(rq_col_str(s, 7), rq_boot_id());
	lease->cancel = rq_col_int(s, 8) != 0;
	lease->timeout_ms = rq_col_int(s, 9);
	lease->owner_alive = rq_local_alive(l, lease->owner);
}

#define LEASES(by) \
	"SELECT j.id,j.token,j.owner,j.runner,a.cell,j.attempt,j.lease,p.boot,j.cancel+(j.next_set IS NOT NULL),j.timeout" \
	" FROM job j" by " LEFT JOIN attempt a ON a.job=j.id AND a.number=j.attempt LEFT JOIN process p ON p.instance=j.owner" \
	" WHERE j.state='leased' AND "

static int load_orphans(struct rq_local *l, struct rq_call *c)
{
	struct rq_stmt *s = rq_db_stmt(l->db, LEASES(" INDEXED BY job_leased") "j.owner<>? ORDER BY j.id");
	struct rq_lease *v = NULL, lease;
	size_t n = 0, cap = 0;

	rq_bind_str(s, 1, c->u.orphans.instance);
	while (rq_stmt_row(s)) {
		read_lease(l, &c->arena, s, &lease);
		if (lease.owner_alive && !lease.lapsed)
			continue;
		RQ_GROW(v, n, &cap);
		v[n++] = lease;
	}
	rq_stmt_done(s);
	c->u.orphans.leases = rq_local_settle(&c->arena, v, n, sizeof *v);
	c->u.orphans.n = n;
	return RQ_OK;
}

int rq_local_orphans(struct rq_local *l, struct rq_call *c)
{
	int code = rq_db_begin_read(l->db, &c->err);

	if (code)
		return code;
	load_orphans(l, c);
	rq_db_end_read(l->db);
	return rq_db_error(l->db, &c->err);
}

/* --- adopt -------------------------------------------------------------------------------- */

static int check_adoptable(struct rq_local *l, struct rq_call *c, int64_t id)
{
	struct rq_stmt *s = rq_db_stmt(l->db, LEASES("") "j.id=?");
	struct rq_lease lease = { 0 };
	bool found;

	rq_bind_int(s, 1, id);
	found = rq_stmt_row(s);
	if (found)
		read_lease(l, &c->arena, s, &lease);
	rq_stmt_done(s);
	if (!found || !rq_eq(lease.token, c->u.adopt.token) || !rq_eq(lease.owner, c->u.adopt.from))
		return rq_fail(&c->err, RQ_ECONFLICT, "Job %s is not held by that agent any more.", c->u.adopt.id);
	if (lease.owner_alive && !lease.lapsed)
		return rq_fail(&c->err, RQ_ECONFLICT, "Job %s is held by runner %s, which lives.", c->u.adopt.id,
			       lease.runner_name);
	return RQ_OK;
}

static int take_over(struct rq_local *l, struct rq_call *c, int64_t id)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"UPDATE job SET owner=?4,lease=?5,runner=(SELECT runner FROM process WHERE instance=?4)"
		" WHERE id=?1 AND state='leased' AND token=?2 AND owner=?3 AND EXISTS(SELECT 1 FROM process"
		" WHERE instance=?4)");

	rq_bind_int(s, 1, id);
	rq_bind_str(s, 2, c->u.adopt.token);
	rq_bind_str(s, 3, c->u.adopt.from);
	rq_bind_str(s, 4, c->u.adopt.to);
	rq_bind_int(s, 5, c->u.adopt.lease_boot_ms);
	rq_stmt_exec(s, NULL);
	if (!rq_db_changes(l->db))
		return not_registered(l, c);
	s = rq_db_stmt(l->db, "UPDATE attempt SET instance=? WHERE job=? AND token=?");
	rq_bind_str(s, 1, c->u.adopt.to);
	rq_bind_int(s, 2, id);
	rq_bind_str(s, 3, c->u.adopt.token);
	rq_stmt_exec(s, NULL);
	rq_local_settle_drains(l);
	return RQ_OK;
}

int rq_local_adopt(struct rq_local *l, struct rq_call *c)
{
	int64_t id;
	int code = rq_local_id(l, c->u.adopt.id, &id, &c->err);

	if (!code)
		code = rq_local_begin(l, c, true);
	if (code)
		return code;
	c->u.adopt.lease_boot_ms = rq_boot_ms() + c->u.adopt.lease_ms;
	code = check_adoptable(l, c, id);
	if (!code)
		code = take_over(l, c, id);
	if (code)
		return rq_local_refuse(l, c);
	l->touched = true;
	return rq_local_commit(l, c);
}
