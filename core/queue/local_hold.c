/* local_hold.c - what placed and running jobs take of what is counted: places of runners, routes and groups, money.
 *
 * The counts are rows of tally, "#" before the key. A place is given back when its job leaves its runner or is moved.
 * What was spent is set right by the time that the job took, and stays until the period in its key is over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/zone.h"
#include "core/queue/local.h"

enum { KEY_MAX = 400 };

/* Keys are compared without case: "#group:audio". */
static const char *row_name(const char *key, char name[KEY_MAX])
{
	size_t n = strlen(key);

	name[0] = '#';
	if (n > KEY_MAX - 2)
		n = KEY_MAX - 2;
	for (size_t i = 0; i < n; i++)
		name[i + 1] = key[i] >= 'A' && key[i] <= 'Z' ? (char)(key[i] + ('a' - 'A')) : key[i];
	name[n + 1] = '\0';
	return name;
}

/* --- counting ----------------------------------------------------------------------------- */

/* What runs on a runner by its labels alone takes a place there as well. */
#define UNHELD(key) \
	"state='leased' AND NOT EXISTS(SELECT 1 FROM hold h WHERE h.job=job.id AND h.key=" key ")"

static int64_t unheld(struct rq_local *l, const char *name)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT count(*) FROM job WHERE " UNHELD("?1")
					      " AND '#runner:'||lower(runner)=?1");
	int64_t n;

	rq_bind_str(s, 1, name);
	n = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;
	rq_stmt_done(s);
	return n;
}

static int64_t used(struct rq_local *l, const char *name)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT n FROM tally WHERE name=?");
	int64_t n;

	rq_bind_str(s, 1, name);
	n = rq_stmt_row(s) ? rq_col_int(s, 0) : 0;
	rq_stmt_done(s);
	return rq_starts(name, "#runner:") ? n + unheld(l, name) : n;
}

struct rq_counter *rq_local_counters(struct rq_local *l, struct rq_arena *a, size_t *n)
{
	struct rq_stmt *s = rq_db_stmt(l->db,
		"SELECT substr(name,2),sum(n) AS n FROM(SELECT name,n FROM tally WHERE name>='#' AND name<'$' UNION ALL"
		" SELECT '#runner:'||lower(runner),count(*) FROM job WHERE " UNHELD("'#runner:'||lower(runner)")
		" GROUP BY 1)GROUP BY name HAVING sum(n)<>0 ORDER BY name");
	struct rq_counter *v = NULL;
	size_t cap = 0;

	*n = 0;
	while (rq_stmt_row(s)) {
		RQ_GROW(v, *n, &cap);
		v[*n].key = rq_arena_str(a, rq_col_str(s, 0));
		v[(*n)++].n = rq_col_int(s, 1);
	}
	rq_stmt_done(s);
	return rq_local_settle(a, v, *n, sizeof *v);
}

static void add(struct rq_local *l, const char *name, int64_t amount)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "UPDATE tally SET n=n+? WHERE name=?");

	rq_bind_int(s, 1, amount);
	rq_bind_str(s, 2, name);
	rq_stmt_exec(s, NULL);
}

/* --- periods ------------------------------------------------------------------------------ */

/* "#usd:transcribe:2026-11" or "...:2026-11-21" -> when that is over, UTC; 0: never. */
static int64_t period_end(const char *name)
{
	const char *last = strrchr(name, ':');
	int year, month, day = 0, n = 0;

	if (!last || (!rq_starts(name, "#usd:") && !rq_starts(name, "#minutes:")))
		return 0;
	if (sscanf(last, ":%4d-%2d%n-%2d%n", &year, &month, &n, &day, &n) < 2 || last[n] || month < 1 || month > 12)
		return 0;
	if (day)
		return rq_zone_moment(NULL, year, month, day, 24 * 60, 0);
	return rq_zone_moment(NULL, month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1, 0, 0);
}

/* When a period begins, those before it are over: rarely. */
static void drop_periods(struct rq_local *l, int64_t now)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT name FROM tally WHERE name>='#' AND name<'$'");
	struct rq_arena a = { 0 };
	const char **over = NULL;
	size_t n = 0, cap = 0;

	while (rq_stmt_row(s)) {
		int64_t end = period_end(rq_col_str(s, 0));

		if (!end || end > now)
			continue;
		RQ_GROW(over, n, &cap);
		over[n++] = rq_arena_str(&a, rq_col_str(s, 0));
	}
	rq_stmt_done(s);
	for (size_t i = 0; i < n; i++) {
		s = rq_db_stmt(l->db, "DELETE FROM tally WHERE name=?");
		rq_bind_str(s, 1, over[i]);
		rq_stmt_exec(s, NULL);
	}
	rq_free(over);
	rq_arena_release(&a);
}

/* --- taking ------------------------------------------------------------------------------- */

static void count(struct rq_local *l, const char *name, const struct rq_hold *h, int64_t now)
{
	struct rq_stmt *s;

	add(l, name, h->amount);
	if (rq_db_changes(l->db))
		return;
	s = rq_db_stmt(l->db, "INSERT INTO tally(name,n)VALUES(?,?)");
	rq_bind_str(s, 1, name);
	rq_bind_int(s, 2, h->amount);
	rq_stmt_exec(s, NULL);
	if (h->spent)
		drop_periods(l, now);
}

static void insert(struct rq_local *l, int64_t job, const char *name, const struct rq_hold *h)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "INSERT INTO hold(job,key,amount,per_second,spent)VALUES(?,?,?,?,?)"
					      "ON CONFLICT DO UPDATE SET amount=amount+excluded.amount");

	rq_bind_int(s, 1, job);
	rq_bind_str(s, 2, name);
	rq_bind_int(s, 3, h->amount);
	rq_bind_int(s, 4, h->per_second);
	rq_bind_int(s, 5, h->spent);
	rq_stmt_exec(s, NULL);
}

int rq_local_hold(struct rq_local *l, int64_t job, const struct rq_decision *d, int64_t now, struct rq_error *e)
{
	char name[KEY_MAX];

	for (size_t i = 0; i < d->n_holds; i++) {
		const struct rq_hold *h = &d->holds[i];
		int64_t have = used(l, row_name(h->key, name));

		if (h->amount > h->limit - have)
			return rq_fail(e, RQ_ECONFLICT,
				       "There is no place any more in %.100s: %lld of %lld are taken, %lld more would be needed.",
				       h->key, (long long)have, (long long)h->limit, (long long)h->amount);
		count(l, name, h, now);
		insert(l, job, name, h);
	}
	return RQ_OK;
}

/* --- giving back -------------------------------------------------------------------------- */

/* What its count changes by. RAN_MS < 0: the job did not run, nothing was spent. */
static int64_t change(int64_t amount, int64_t per_second, bool spent, int64_t ran_ms)
{
	if (!spent || ran_ms < 0)
		return -amount;
	if (!per_second)
		return 0;
	if (ran_ms > INT64_MAX / 2 / per_second)
		return INT64_MAX / 4 - amount;
	return (per_second * ran_ms + 999) / 1000 - amount;
}

void rq_local_unhold(struct rq_local *l, int64_t job, int64_t ran_ms)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "SELECT key,amount,per_second,spent FROM hold WHERE job=?"), *zero;

	rq_bind_int(s, 1, job);
	while (rq_stmt_row(s)) {
		bool spent = rq_col_int(s, 3) != 0;

		add(l, rq_col_str(s, 0), change(rq_col_int(s, 1), rq_col_int(s, 2), spent, ran_ms));
		if (spent)
			continue;
		zero = rq_db_stmt(l->db, "DELETE FROM tally WHERE name=? AND n=0");
		rq_bind_str(zero, 1, rq_col_str(s, 0));
		rq_stmt_exec(zero, NULL);
	}
	rq_stmt_done(s);
	s = rq_db_stmt(l->db, "DELETE FROM hold WHERE job=?");
	rq_bind_int(s, 1, job);
	rq_stmt_exec(s, NULL);
}
