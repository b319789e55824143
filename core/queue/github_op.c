/* github_op.c - operations: a few requests one after the other for one call, each named for Activity. */
#include <stdarg.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/id.h"
#include "core/queue/github.h"
#include "core/queue/github_outbox.h"

enum {
	CALLS_MAX = 2000,               /* bytes of the names of a call's requests */
	LOOKS_MAX = 4, LOOK_MIN_MS = 1000, LOOK_MAX_MS = 5000
};

void *gh_op_new(struct rq_github *g, struct rq_call *call, size_t size)
{
	struct gh_op *op = rq_alloc(size);

	op->g = g;
	op->call = call;
	rq_str_init(&op->calls, CALLS_MAX);
	op->next = g->ops;
	g->ops = op;
	return op;
}

static void unlink_op(struct gh_op *op)
{
	struct gh_op **p = &op->g->ops;

	while (*p != op)
		p = &(*p)->next;
	*p = op->next;
}

void gh_op_end(struct gh_op *op, int code)
{
	struct rq_call *call = op->call;

	unlink_op(op);
	rq_api_drop(op->asking);
	gh_op_unwrite(op);
	rq_timer_free(op->timer);
	if (call && op->calls.len)
		call->calls = rq_call_str(call, rq_str_get(&op->calls));
	if (call)
		rq_queue_answer(&op->g->q, call, code);
	if (op->release)
		op->release(op);
	rq_str_release(&op->calls);
	rq_arena_release(&op->arena);
	rq_free(op);
}

void gh_op_fail(struct gh_op *op, const struct rq_api_answer *a)
{
	if (op->call)
		op->call->err = a->err;
	gh_op_end(op, a->code);
}

void gh_ops_stop(struct rq_github *g)
{
	while (g->ops) {
		if (g->ops->call)
			rq_fail(&g->ops->call->err, RQ_ECANCELLED,
				"The request '%s' was not seen to its end: the queue was closed.",
				rq_verb_name(g->ops->call->verb));
		gh_op_end(g->ops, RQ_ECANCELLED);
	}
}

static void on_answer(void *ud, const struct rq_api_answer *a)
{
	struct gh_op *op = ud;

	op->asking = NULL;
	if (op->calls.len && op->calls.s[op->calls.len - 1] == ' ') {
		if (a->status)
			rq_str_addf(&op->calls, "%d", a->status);
		else
			rq_str_add(&op->calls, a->reach == RQ_HTTP_NOT_SENT ? "not sent" : "no answer");
	}
	op->then(op, a);
}

void gh_op_send(struct gh_op *op, const char *method, const char *path, const char *json, gh_op_fn *then)
{
	rq_str_addf(&op->calls, "%s%s %s ", op->calls.len ? ", " : "", method, path);
	op->then = then;
	op->asking = rq_api_send(op->g->api, method, path, json ? rq_arena_str(&op->arena, json) : NULL, on_answer, op);
}

void gh_op_get(struct gh_op *op, const char *path, int64_t max_age_ms, unsigned flags, gh_op_fn *then)
{
	op->then = then;
	op->asking = rq_api_get(op->g->api, path, max_age_ms, flags, on_answer, op);
}

void gh_op_download(struct gh_op *op, const char *path, int fd, int64_t max, void (*progress)(void *, int64_t, int64_t),
		    gh_op_fn *then)
{
	op->then = then;
	op->asking = rq_api_download(op->g->api, path, fd, max, progress, on_answer, op);
}

bool gh_lost(const struct rq_api_answer *a)
{
	return a->code == RQ_EUNREACHABLE && a->reach != RQ_HTTP_NOT_SENT;
}

static void on_look(struct gh_op *op, const struct rq_api_answer *a);

static void look(struct gh_op *op)
{
	gh_op_get(op, op->looking, 0, 0, on_look);
}

static void on_look(struct gh_op *op, const struct rq_api_answer *a)
{
	int64_t wait = a->retry_at - rq_now();

	if ((a->code != RQ_EUNREACHABLE && a->code != RQ_EBUSY) || ++op->looks >= LOOKS_MAX)
		op->looked(op, a);
	else
		gh_op_later(op, wait < LOOK_MIN_MS ? LOOK_MIN_MS : wait > LOOK_MAX_MS ? LOOK_MAX_MS : wait, look);
}

void gh_op_look(struct gh_op *op, const char *path, gh_op_fn *then)
{
	op->looking = path;
	op->looked = then;
	op->looks = 0;
	look(op);
}

static void on_time(void *ud)
{
	struct gh_op *op = ud;

	op->later(op);
}

void gh_op_later(struct gh_op *op, int64_t ms, void (*fn)(struct gh_op *op))
{
	op->later = fn;
	if (!op->timer)
		op->timer = rq_timer_new(op->g->loop, on_time, op);
	rq_timer_start(op->timer, ms, 0);
}

/* --- ids, repositories, paths ------------------------------------------------------------- */

/* A run of ours is also known by the id that it had before it was one. */
static bool by_first_id(struct rq_github *g, const char *id, int64_t *run)
{
	struct gh_dispatched d;
	struct rq_arena a = { 0 };
	bool found = gh_out_id(id) && gh_dispatched(g, &a, 0, id, &d);

	*run = found ? d.run : 0;
	rq_arena_release(&a);
	return found;
}

int gh_parse_id(struct rq_github *g, const char *id, int64_t *run, int64_t *job, struct rq_error *e)
{
	struct rq_id parts;

	*job = 0;
	if (id && rq_id_split(id, &parts) && (!*parts.queue || rq_ieq(parts.queue, g->name)) && by_first_id(g, parts.run, run))
		return RQ_OK;
	if (id && rq_id_split(id, &parts) && (!*parts.queue || rq_ieq(parts.queue, g->name)) && rq_parse_i64(parts.run, run) &&
	    *run > 0 && (!*parts.job || (rq_parse_i64(parts.job, job) && *job > 0)))
		return RQ_OK;
	return rq_fail(e, RQ_ENOTFOUND, "There is no run '%.64s' on queue %s.", id ? id : "", g->name);
}

const char *gh_run_id(const struct rq_github *g, struct rq_arena *a, int64_t run)
{
	return rq_arena_fmt(a, "%s:%lld", g->name, (long long)run);
}

int gh_repo_named(const struct rq_github *g, const char *name, size_t *repo, struct rq_error *e)
{
	size_t i;

	if (!name || !*name) {
		*repo = 0;
		if (g->n_repos == 1)
			return RQ_OK;
		return rq_fail(e, RQ_EUSAGE, "Queue %s has %zu repositories: say which one, as OWNER/NAME.", g->name, g->n_repos);
	}
	for (i = 0; i < g->n_repos; i++) {
		const char *slash = strchr(g->repos[i].name, '/');

		if (rq_ieq(g->repos[i].name, name) || (slash && rq_ieq(slash + 1, name))) {
			*repo = i;
			return RQ_OK;
		}
	}
	return rq_fail(e, RQ_ENOTFOUND, "Queue %s has no repository '%.128s'.", g->name, name);
}

/* The repository of a run that no list has: each is asked in turn. */
static void try_repo(struct gh_op *op);

static void on_tried(struct gh_op *op, const struct rq_api_answer *a)
{
	if (a->code == RQ_OK) {
		op->resolved(op, op->repo);
		return;
	}
	if (a->code != RQ_ENOTFOUND) {
		gh_op_fail(op, a);
		return;
	}
	op->repo++;
	try_repo(op);
}

static void try_repo(struct gh_op *op)
{
	if (op->repo >= op->g->n_repos) {
		rq_fail(op->call ? &op->call->err : NULL, RQ_ENOTFOUND, "There is no run %lld on queue %s.",
			(long long)op->resolving, op->g->name);
		op->unresolved ? op->unresolved(op) : gh_op_end(op, RQ_ENOTFOUND);
		return;
	}
	gh_op_get(op, gh_path(&op->arena, op->g, op->repo, "/actions/runs/%lld", (long long)op->resolving), 60000, 0, on_tried);
}

void gh_op_resolve(struct gh_op *op, int64_t run, void (*then)(struct gh_op *op, size_t repo), void (*none)(struct gh_op *op))
{
	const struct gh_seen *s = gh_run(op->g, run);

	if (s || op->g->n_repos == 1) {
		then(op, s ? s->repo : 0);
		return;
	}
	op->resolving = run;
	op->resolved = then;
	op->unresolved = none;
	op->repo = 0;
	try_repo(op);
}

/* Its callers choose between formats, which know %s and %lld. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
const char *gh_path(struct rq_arena *a, const struct rq_github *g, size_t repo, const char *format, ...)
{
	struct rq_str s;
	const char *out;
	va_list ap;

	rq_str_init(&s, 8192);
	if (repo == GH_NO_REPO)
		rq_api_path(&s, "/orgs/%s", g->org);
	else
		rq_str_addf(&s, "/repos/%s", g->repos[repo].name);      /* checked when it was read */
	va_start(ap, format);
	rq_api_vpath(&s, format, ap);
	va_end(ap);
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	return out;
}
#pragma GCC diagnostic pop
