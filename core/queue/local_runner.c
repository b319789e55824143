/* local_runner.c - runners as they are known: what they said last, and whether their process lives. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"
#include "core/sys/lock.h"

enum rq_drain rq_local_drain_of(const char *name)
{
	if (rq_eq(name, "draining"))
		return RQ_DRAIN_DRAINING;
	return rq_eq(name, "drained") ? RQ_DRAIN_DRAINED : RQ_DRAIN_ACTIVE;
}

/* The lock alone does not tell: a successor of the same name holds the same file. */
bool rq_local_alive(struct rq_local *l, const char *instance)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT lock_path FROM process p JOIN runner r ON r.name=p.runner"
					      " WHERE p.instance=?1 AND r.instance=?1");
	bool alive;

	rq_bind_str(s, 1, instance);
	alive = rq_stmt_row(s) && rq_lock_held(rq_col_str(s, 0));
	rq_stmt_done(s);
	return alive;
}

static const char *text(struct rq_arena *a, struct rq_stmt *s, int i)
{
	const char *t = rq_col_str(s, i);

	return t ? rq_arena_str(a, t) : "";
}

static int64_t number(struct rq_stmt *s, int i)
{
	return rq_col_null(s, i) ? -1 : rq_col_int(s, i);
}

static void read_runner(struct rq_local *l, struct rq_arena *a, struct rq_stmt *s, struct rq_runner *r)
{
	memset(r, 0, sizeof *r);
	r->name = text(a, s, 0);
	r->queue = rq_arena_str(a, l->name);
	rq_labels_parse(a, text(a, s, 1), &r->labels, NULL);
	rq_labels_parse(a, text(a, s, 2), &r->tools, NULL);
	r->os = text(a, s, 3);
	r->arch = text(a, s, 4);
	r->host = text(a, s, 5);
	r->version = text(a, s, 6);
	r->slots = (int)rq_col_int(s, 7);
	r->cpu_cores = number(s, 8);
	r->memory_bytes = number(s, 9);
	r->disk_free_bytes = number(s, 10);
	r->temp_milli_c = (int)number(s, 11);
	r->load_milli = (int)number(s, 12);
	r->started_at = rq_col_int(s, 13);
	r->seen_at = rq_col_int(s, 14);
	r->drain = rq_local_drain_of(rq_col_str(s, 15));
	r->drain_reason = text(a, s, 16);
	r->drain_by = text(a, s, 17);
	r->drain_since = rq_col_int(s, 18);
	r->drain_deadline = rq_col_int(s, 19);
}

/* What is known of the process behind a runner. */
struct process {
	const char *instance;
	bool other_boot;                /* it registered before the machine was started again */
	int64_t overdue;                /* jobs whose lease it let run out */
};

static void read_processes(struct rq_local *l, struct rq_runner *v, struct process *p, size_t n)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT instance,lock_path,boot FROM process");

	while (rq_stmt_row(s)) {
		for (size_t i = 0; i < n; i++) {
			if (!rq_eq(p[i].instance, rq_col_str(s, 0)))
				continue;
			v[i].online = rq_lock_held(rq_col_str(s, 1));
			p[i].other_boot = !rq_eq(rq_col_str(s, 2), rq_boot_id());
		}
	}
	rq_stmt_done(s);
}

static void count_jobs(struct rq_local *l, struct rq_runner *v, struct process *p, size_t n)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT runner,owner,lease FROM job WHERE state='leased'");
	int64_t now = rq_boot_ms();

	while (rq_stmt_row(s)) {
		for (size_t i = 0; i < n; i++) {
			v[i].running += rq_ieq(v[i].name, rq_col_str(s, 0));
			p[i].overdue += rq_eq(p[i].instance, rq_col_str(s, 1)) &&
					(rq_col_int(s, 2) < now || p[i].other_boot);
		}
	}
	rq_stmt_done(s);
	for (size_t i = 0; i < n; i++)
		v[i].hung = v[i].online && p[i].overdue > 0;
}

/* Three plain statements: one that joins and counts takes SQLite three times as long to prepare, at each submission. */
struct rq_runner *rq_local_runners(struct rq_local *l, struct rq_arena *a, size_t *n)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"SELECT name,labels,tools,os,arch,host,version,slots,cores,memory,disk,temp,load,started,seen,drain,"
		"drain_reason,drain_by,drain_since,drain_deadline,instance FROM runner ORDER BY name");
	struct rq_runner *v = NULL;
	struct process *p = NULL;
	size_t cap = 0, cap_p = 0;

	*n = 0;
	while (rq_stmt_row(s)) {
		RQ_GROW(v, *n, &cap);
		RQ_GROW(p, *n, &cap_p);
		read_runner(l, a, s, &v[*n]);
		p[(*n)++] = (struct process){ .instance = rq_arena_str(a, rq_col_str(s, 20)) };
	}
	rq_stmt_done(s);
	if (*n) {
		read_processes(l, v, p, *n);
		count_jobs(l, v, p, *n);
	}
	rq_free(p);
	return rq_local_settle(a, v, *n, sizeof *v);
}

void rq_local_placed(struct rq_local *l, struct rq_runner *v, size_t n)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT canon,count(*) FROM job JOIN label_set s ON s.id=set_id WHERE governed"
					      " AND state IN('ready','parked') AND state<>'done' GROUP BY set_id");

	while (rq_stmt_row(s)) {
		const char *canon = rq_col_str(s, 0);
		char name[RQ_NAME_MAX] = "";

		if (*canon == '=')
			rq_copy(name, sizeof name, canon + 1);
		name[strcspn(name, ",")] = '\0';
		for (size_t i = 0; i < n && *name; i++)
			if (rq_ieq(v[i].name, name))
				v[i].placed += (int)rq_col_int(s, 1);
	}
	rq_stmt_done(s);
}
