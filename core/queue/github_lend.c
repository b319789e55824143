/* github_lend.c - the labels that a queued job asks for, lent to an idle runner until the job was picked up.
 *
 * The row comes first: `lending` (the server may have been told), `lent`, `returning`. What was lent is known from the row
 * alone, so whoever finds it takes the labels back; one that is not there any more is as good as returned. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/queue/github_drain.h"
#include "core/queue/github_move.h"

enum { LEND_MS = 600000, LOOK_MS = 3000, RETRY_MS = 15000, RENEW_MS = 15000 };

struct lend {
	struct gh_fleet f;
	const char *key, *state;
	char holder[RQ_TOKEN_LEN];
	size_t repo, job_repo;          /* of the runner; of the run */
	int64_t id, run, job, until;
	const char *runner;
	const struct rq_gh_job *wanted; /* of a verb */
	struct rq_ghlabels labels;      /* lent */
	size_t returned;
	int64_t renewed_ms;
	bool picked, failed, answered;
	const char *by_whom;            /* picked up by; "" */
	struct rq_error err;
	void (*then)(struct lend *l);
};

static void release(struct gh_op *op)
{
	struct lend *l = (struct lend *)op;

	if (l->key)
		gh_drains_dirty(op->g, rq_arena_fmt(&op->arena, "lend:%s", l->key), l->failed ? RETRY_MS : 0);
	gh_fleet_release(&l->f);
}

/* The call may have been answered long before the labels are back. */
static void answer(struct lend *l, int code, const char *text)
{
	struct gh_op *op = &l->f.op;
	struct rq_call *c = op->call;

	if (!c)
		return;
	if (code)
		c->err = l->err;
	c->u.reroute.text = rq_call_str(c, text);
	if (op->calls.len)
		c->calls = rq_call_str(c, rq_str_get(&op->calls));
	op->call = NULL;
	rq_queue_answer(&op->g->q, c, code);
}

static void end(struct lend *l, int code, const char *text)
{
	struct rq_github *g = l->f.op.g;

	answer(l, code, text);
	gh_op_end(&l->f.op, code);
	gh_stale_runners(g);
	gh_tell(g);
}

/* --- the row ------------------------------------------------------------------------------ */

struct lend_write {
	const char *queue;
	struct gh_note note;
	bool fresh;                     /* there must be none */
};

static int write_row(struct rq_db *db, void *arg, struct rq_error *e)
{
	struct lend_write *w = arg;
	struct rq_arena a = { 0 };
	struct gh_note n;
	bool there = gh_note_get(db, &a, w->queue, "lend", w->note.key, &n);

	rq_arena_release(&a);
	if (w->fresh && there)
		return rq_fail(e, RQ_EBUSY, "That runner has labels lent already: try again when they were taken back.");
	return w->note.state ? gh_note_put(db, w->queue, &w->note, e) : gh_note_drop(db, w->queue, &w->note, e);
}

static void print(const struct lend *l, struct rq_str *out)
{
	struct rq_json *o = rq_json_object(), *labels = rq_json_array();
	size_t i;

	rq_json_set_str(o, "scope", gh_scope(l->f.op.g, l->repo));
	rq_json_set_str(o, "runner", l->runner);
	rq_json_set_int(o, "id", l->id);
	rq_json_set_str(o, "repo", gh_scope(l->f.op.g, l->job_repo));
	rq_json_set_int(o, "run", l->run);
	rq_json_set_int(o, "job", l->job);
	rq_json_set_int(o, "until", l->until);
	for (i = 0; i < l->labels.n; i++)
		rq_json_add_str(labels, l->labels.v[i]);
	rq_json_set(o, "labels", labels);
	rq_json_print(o, out, false);
	rq_json_free(o);
}

static void on_written(struct gh_op *op, int code, const struct rq_error *e)
{
	struct lend *l = (struct lend *)op;

	if (code) {
		l->err = *e;
		l->failed = true;
		end(l, code, "");
		return;
	}
	l->then(l);
}

/* STATE NULL: the row goes. */
static void write_down(struct lend *l, const char *state, bool fresh, void (*then)(struct lend *l))
{
	struct rq_arena *a = &l->f.op.arena;
	struct lend_write *w = rq_arena_alloc(a, sizeof *w);
	struct rq_str body;

	rq_str_init(&body, 0);
	print(l, &body);
	l->state = state;
	l->then = then;
	l->renewed_ms = rq_mono_ns() / 1000000;
	*w = (struct lend_write){ .queue = rq_arena_str(a, l->f.op.g->name), .fresh = fresh,
				  .note = { .kind = "lend", .key = l->key, .state = state, .body = rq_arena_str(a,
						rq_str_get(&body)),
					    .holder = l->holder } };
	rq_str_release(&body);
	gh_op_write(&l->f.op, write_row, w, on_written);
}

/* --- taking back -------------------------------------------------------------------------- */

static void gone(struct lend *l)
{
	struct rq_arena *a = &l->f.op.arena;

	if (l->picked)
		end(l, RQ_OK, rq_arena_fmt(a, "%s took it; the labels lent to %s are back", *l->by_whom ? l->by_whom : "a runner",
					   l->runner));
	else if (l->err.code)
		end(l, l->err.code, "");
	else
		end(l, rq_fail(&l->err, RQ_EFAILED, "%s did not take it in time: the labels lent to it are back, and the "
				"job is queued "
			       "as before.", l->runner), "");
}

static void take_next(struct lend *l);

static void on_returned(struct gh_op *op, const struct rq_api_answer *a)
{
	struct lend *l = (struct lend *)op;

	/* 404: the label, or the runner, is gone. */
	if (a->code && a->status != 404) {
		l->err = a->err;
		l->failed = true;
		end(l, a->code, "");
		return;
	}
	l->returned++;
	take_next(l);
}

static void take_next(struct lend *l)
{
	struct rq_arena *a = &l->f.op.arena;
	struct rq_str below;

	if (l->returned >= l->labels.n) {
		write_down(l, NULL, false, gone);
		return;
	}
	rq_str_init(&below, 0);
	rq_api_path(&below, "/labels/%s", l->labels.v[l->returned]);
	gh_op_send(&l->f.op, "DELETE", gh_runner_path(a, l->f.op.g, l->repo, l->id, rq_str_get(&below)), NULL, on_returned);
	rq_str_release(&below);
}

static void take_back(struct lend *l)
{
	write_down(l, "returning", false, take_next);
}

/* --- waiting ------------------------------------------------------------------------------ */

static void look(struct gh_op *op);

static void wait_on(struct lend *l)
{
	gh_op_later(&l->f.op, LOOK_MS, look);
}

static void on_look(struct gh_op *op, const struct rq_api_answer *a)
{
	struct lend *l = (struct lend *)op;
	struct rq_gh_job j;
	bool known = !a->code && !rq_gh_job_parse(&op->arena, a->body, a->body_n, op->g->forge, &j, NULL);

	if (known && j.state.status == RQ_STATUS_IN_PROGRESS) {
		l->picked = true;
		l->by_whom = j.runner_name;
	}
	if (known && j.state.status == RQ_STATUS_COMPLETED) {
		l->picked = j.runner_id != 0;
		l->by_whom = j.runner_name;
	}
	if (l->picked || (known && j.state.status == RQ_STATUS_COMPLETED) || a->code == RQ_ENOTFOUND || rq_now() >= l->until)
		take_back(l);
	else if (rq_mono_ns() / 1000000 - l->renewed_ms > RENEW_MS)
		write_down(l, "lent", false, wait_on);
	else
		wait_on(l);
}

static void look(struct gh_op *op)
{
	struct lend *l = (struct lend *)op;

	gh_op_get(op, gh_path(&op->arena, op->g, l->job_repo, "/actions/jobs/%lld", (long long)l->job), 1000, 0, on_look);
}

static void lent(struct lend *l)
{
	struct rq_str list;
	char time[RQ_TIME_LEN];
	size_t i;

	rq_str_init(&list, 2000);
	for (i = 0; i < l->labels.n; i++)
		rq_str_addf(&list, "%s%s", i ? ", " : "", l->labels.v[i]);
	/* A process that stays goes on by itself; at a command line this is the one that takes them back. */
	if (l->f.op.g->listening)
		answer(l, RQ_OK, rq_arena_fmt(&l->f.op.arena, "lent %s to %s; taken back when the job was picked up, at "
				"the latest at %s. "
			"Another queued job that asks for the same may be faster", rq_str_get(&list), l->runner,
			rq_time_rfc3339(l->until, false, time)));
	rq_str_release(&list);
	gh_stale_runners(l->f.op.g);
	wait_on(l);
}

/* --- lending ------------------------------------------------------------------------------ */

static void on_lent(struct gh_op *op, const struct rq_api_answer *a)
{
	struct lend *l = (struct lend *)op;

	if (a->code) {
		/* Refused, or nobody knows: in either case they are taken back. */
		l->err = a->err;
		take_back(l);
		return;
	}
	l->until = rq_now() + LEND_MS;
	write_down(l, "lent", false, lent);
}

static void post(struct lend *l)
{
	struct rq_arena *a = &l->f.op.arena;

	gh_op_send(&l->f.op, "POST", gh_runner_path(a, l->f.op.g, l->repo, l->id, "/labels"), gh_labels_body(a, &l->labels),
			on_lent);
}

static bool has(const struct rq_gh_runner *r, const char *label)
{
	size_t i;

	for (i = 0; i < r->n_labels; i++)
		if (rq_ieq(r->labels[i].name, label))
			return true;
	return false;
}

static bool is_free(const struct rq_gh_runner *r)
{
	return r->online && !r->busy && !r->disabled && !has(r, RQ_GHDRAIN_MARKER);
}

/* Those that the runner has not. RQ_EUSAGE: what no label can make of it. */
static int find_missing(struct lend *l, const struct rq_gh_runner *r)
{
	static const char *const facts[] = { "linux", "macos", "windows", "x64", "x86", "arm", "arm64" };
	const struct rq_labels *asked = &l->wanted->labels;
	size_t i, k;

	l->labels = (struct rq_ghlabels){ 0, rq_arena_alloc(&l->f.op.arena, (asked->n + 1) * sizeof *l->labels.v) };
	for (i = 0; i < asked->n; i++) {
		if (has(r, asked->v[i]))
			continue;
		for (k = 0; k < sizeof facts / sizeof *facts; k++)
			if (rq_ieq(facts[k], asked->v[i]))
				return rq_fail(&l->err, RQ_EUSAGE, "The job asks for %s, which %s is not.", facts[k], r->name);
		l->labels.v[l->labels.n++] = rq_arena_str(&l->f.op.arena, asked->v[i]);
	}
	if (!asked->n)
		return rq_fail(&l->err, RQ_EUNSUPPORTED, "The job asks for a group of runners and for no labels: nothing "
				"can be lent.");
	if (!l->labels.n)
		return rq_fail(&l->err, RQ_ECONFLICT, "%s has all that the job asks for: it may take it any moment, and "
				"nothing can make "
			       "it.", r->name);
	return RQ_OK;
}

/* The one that is named, or the first idle one that has the labels. */
static int find_runner(struct lend *l, const struct gh_fleet_runner **out)
{
	struct rq_call *c = l->f.op.call;
	const struct rq_decision *d = c->u.reroute.decision;
	const char *name = d && d->governed && *d->target ? d->target : c->u.reroute.target;
	size_t i, k;
	int code;

	if (name && *name) {
		code = gh_fleet_find(&l->f, name, out, &l->err);
		if (code)
			return code;
		if (!is_free(&(*out)->r))
			return rq_fail(&l->err, RQ_EBUSY, "%s is %s: labels are lent to a runner that is idle alone.", name,
				       !(*out)->r.online ? "offline" : (*out)->r.busy ? "busy" : "drained");
		return RQ_OK;
	}
	for (i = 0; i < l->f.n; i++) {
		*out = &l->f.v[i];
		for (k = 0; k < c->u.reroute.labels.n && has(&(*out)->r, c->u.reroute.labels.v[k]); k++)
			;
		if (k == c->u.reroute.labels.n && is_free(&(*out)->r))
			return RQ_OK;
	}
	return rq_fail(&l->err, RQ_EBUSY, "No runner with these labels is idle: labels are lent to an idle one alone.");
}

static void on_fleet(struct gh_fleet *f)
{
	struct lend *l = (struct lend *)f;
	const struct gh_fleet_runner *r;
	int code = find_runner(l, &r);

	if (!code)
		code = find_missing(l, &r->r);
	if (code) {
		end(l, code, "");
		return;
	}
	l->repo = r->repo;
	l->id = r->r.id;
	l->runner = r->r.name;
	l->key = gh_drain_key(&f->op.arena, f->op.g, l->repo, l->id);
	gh_drains_working(f->op.g, rq_arena_fmt(&f->op.arena, "lend:%s", l->key));
	l->until = rq_now() + LEND_MS;
	write_down(l, "lending", true, post);
}

void gh_lend(struct rq_github *g, struct rq_call *c, size_t repo, int64_t run, const struct rq_gh_job *j)
{
	struct lend *l = gh_op_new(g, c, sizeof *l);

	l->f.op.release = release;
	l->job_repo = repo;
	l->run = run;
	l->job = j->id;
	l->wanted = j;                  /* in the call's arena */
	l->by_whom = "";
	rq_token(l->holder);
	gh_fleet_ask(&l->f, on_fleet);
}

/* --- what a process left ------------------------------------------------------------------ */

static bool read_row(struct lend *l, const struct gh_note *n)
{
	struct rq_arena *a = &l->f.op.arena;
	struct rq_json *o;
	const struct rq_json *j;
	const char *scope, *repo, *runner;
	bool ok;

	if (rq_json_parse(n->body, strlen(n->body), &o, NULL))
		return false;
	scope = rq_json_get_str(o, "scope");
	repo = rq_json_get_str(o, "repo");
	runner = rq_json_get_str(o, "runner");
	ok = scope && repo && gh_scope_find(l->f.op.g, scope, &l->repo) && gh_scope_find(l->f.op.g, repo, &l->job_repo);
	l->runner = rq_arena_str(a, runner ? runner : "");
	l->id = rq_json_get_int(o, "id", 0);
	l->run = rq_json_get_int(o, "run", 0);
	l->job = rq_json_get_int(o, "job", 0);
	l->until = rq_json_get_int(o, "until", 0);
	j = rq_json_get(o, "labels");
	l->labels = (struct rq_ghlabels){ 0, rq_arena_alloc(a, (rq_json_len(j) + 1) * sizeof *l->labels.v) };
	for (j = rq_json_first(j); j; j = rq_json_next(j))
		if (rq_json_str(j))
			l->labels.v[l->labels.n++] = rq_arena_str(a, rq_json_str(j));
	rq_json_free(o);
	return ok && l->id > 0;
}

void gh_lend_resume(struct rq_github *g, const struct gh_note *n)
{
	struct lend *l = gh_op_new(g, NULL, sizeof *l);
	struct rq_arena *a = &l->f.op.arena;

	l->f.op.release = release;
	l->by_whom = "";
	rq_token(l->holder);
	if (!read_row(l, n)) {
		gh_op_end(&l->f.op, RQ_OK);
		return;
	}
	l->key = rq_arena_str(a, n->key);
	gh_drains_working(g, rq_arena_fmt(a, "lend:%s", l->key));
	/* One that died over lending did not tell anybody that it had lent them: they are taken back. */
	if (rq_eq(n->state, "lent"))
		write_down(l, "lent", false, wait_on);
	else
		take_back(l);
}
