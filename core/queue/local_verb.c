/* local_verb.c - what the verbs have in common: their transaction, ids, the audit. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/queue/local.h"
#include "core/sys/user.h"

enum { AUDIT_BYTES = 500 };             /* of a text in Activity */

int rq_local_begin(struct rq_local *l, struct rq_call *c, bool durable)
{
	l->touched = false;
	rq_local_chain_forget(l);
	return rq_db_begin(l->db, durable, &c->err);
}

int rq_local_commit(struct rq_local *l, struct rq_call *c)
{
	int code;

	rq_local_chain_write(l);
	code = rq_db_commit(l->db, &c->err);
	if (code) {
		l->touched = false;
		rq_local_sets_forget(l);
	}
	return code;
}

int rq_local_refuse(struct rq_local *l, struct rq_call *c)
{
	struct rq_error e;

	/* What looked like a refusal may come of a statement that failed. */
	if (rq_db_error(l->db, &e))
		c->err = e;
	rq_db_rollback(l->db);
	rq_local_sets_forget(l);
	l->touched = false;
	return c->err.code;
}

int rq_local_id(struct rq_local *l, const char *text, int64_t *id, struct rq_error *e)
{
	char queue[RQ_ID_MAX], rest[RQ_ID_MAX];

	if (text && rq_id_parse(text, queue, rest) && (!*queue || rq_eq(queue, l->name)) &&
	    rq_parse_i64(rest, id) && *id > 0)
		return RQ_OK;
	return rq_fail(e, RQ_ENOTFOUND, "There is no job '%.64s' on queue %s.", text ? text : "", l->name);
}

const char *rq_local_full_id(struct rq_local *l, struct rq_arena *a, int64_t id)
{
	size_t n = strlen(l->name), k = 0;
	char digits[24], *s;

	do
		digits[k++] = (char)('0' + id % 10);
	while (id /= 10);
	s = rq_arena_alloc(a, n + k + 2);
	memcpy(s, l->name, n);
	s[n++] = ':';
	while (k)
		s[n++] = digits[--k];
	return s;
}

const char *rq_local_actor(struct rq_local *l, const struct rq_call *c)
{
	if (c->actor && *c->actor)
		return c->actor;
	if (!l->user)
		l->user = rq_user_name();
	return l->user;
}

/* Whole characters, at most AUDIT_BYTES: what was typed may be of any length. */
static void bind_cut(struct rq_stmt *s, int i, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n > AUDIT_BYTES)
		for (n = AUDIT_BYTES; n && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	rq_bind_strn(s, i, text, n);
}

void rq_local_audit(struct rq_local *l, const char *actor, const char *action, const char *object, const char *detail,
		    const char *result)
{
	struct rq_stmt *s = rq_db_stmt(l->db, "INSERT INTO activity(at,actor,action,object,detail,result)"
					      "VALUES(?,?,?,?,?,?)");

	rq_bind_int(s, 1, rq_now());
	bind_cut(s, 2, actor);
	rq_bind_str(s, 3, action);
	bind_cut(s, 4, object);
	bind_cut(s, 5, detail);
	rq_bind_str(s, 6, result);
	rq_stmt_exec(s, NULL);
}

void *rq_local_settle(struct rq_arena *a, void *v, size_t n, size_t size)
{
	void *out = rq_arena_alloc(a, (n + 1) * size);

	if (n)
		memcpy(out, v, n * size);
	rq_free(v);
	return out;
}
