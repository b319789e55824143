/* github_admin.c - a server's runners: a token for a new one, removal, labels. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/ghdrain.h"
#include "core/queue/github.h"
#include "core/queue/github_setup.h"

enum { PAGES_MAX = 20, PACKAGES_MS = 3600 * 1000 };

/* --- a new one ---------------------------------------------------------------------------- */

struct making {
	struct gh_op op;
	size_t repo;
	struct rq_gh_token token;
};

static const char *address_of(struct making *x, bool whole)
{
	const struct rq_github *g = x->op.g;
	struct rq_arena *a = &x->op.call->arena;
	struct rq_str s;
	const char *out;

	rq_str_init(&s, 4096);
	gh_web_address(g->config->api, &s);
	if (whole)
		rq_str_addf(&s, "/%s", x->repo == GH_NO_REPO ? g->org : g->repos[x->repo].name);
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	return out;
}

/* The token goes into the call alone, whose taker shows it and wipes it. */
static void tell_token(struct making *x, const struct gh_package *v, size_t n)
{
	struct rq_call *c = x->op.call;
	struct gh_setup setup = {
		.forge = x->op.g->forge, .url = address_of(x, x->op.g->forge == RQ_FORGE_GITHUB), .token = x->token.token,
		.name = c->u.runner_new.name, .labels = c->u.runner_new.labels, .packages = v, .n_packages = n,
	};
	struct rq_str s;

	rq_str_init(&s, 65536);
	gh_setup_text(&setup, &s);
	c->u.runner_new.token = rq_call_str(c, x->token.token);
	c->u.runner_new.expires_at = x->token.expires_at;
	c->u.runner_new.url = address_of(x, true);
	c->u.runner_new.os_commands = rq_call_str(c, rq_str_get(&s));
	rq_wipe(s.s, s.cap);
	rq_str_release(&s);
	gh_op_end(&x->op, RQ_OK);
}

static void release_making(struct gh_op *op)
{
	struct making *x = (struct making *)op;

	if (x->token.token)
		rq_wipe((char *)(uintptr_t)x->token.token, strlen(x->token.token));
}

static void on_packages(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_package *v;
	size_t n = a->code && !(a->stale && a->body_n) ? 0 : gh_packages(&op->arena, a->body, a->body_n, &v);

	tell_token((struct making *)op, n ? v : NULL, n);
}

static void on_token(struct gh_op *op, const struct rq_api_answer *a)
{
	struct making *x = (struct making *)op;

	if (gh_lost(a))
		gh_op_end(op, rq_fail(&op->call->err, RQ_EUNREACHABLE,
				      "No token came. Ask again: one that nobody has seen ends by itself."));
	else if (a->code)
		gh_op_fail(op, a);
	else if (rq_gh_token_parse(&op->arena, a->body, a->body_n, &x->token, &op->call->err))
		gh_op_end(op, op->call->err.code);
	else if (op->g->forge == RQ_FORGE_GITHUB)
		gh_op_get(op, gh_path(&op->arena, op->g, x->repo, "/actions/runners/downloads"), PACKAGES_MS, RQ_API_ARRAY,
			  on_packages);
	else
		tell_token(x, NULL, 0);
}

/* Forgejo gives a token to a GET; it is sent as a write, so that no cache keeps the answer. */
void gh_runner_new(struct rq_github *g, struct rq_call *c)
{
	const char *name = c->u.runner_new.repo;
	size_t repo = GH_NO_REPO;
	int code = RQ_OK;
	struct making *x;

	if ((name && *name) || !*g->org)
		code = gh_repo_named(g, name, &repo, &c->err);
	if (code) {
		rq_queue_answer(&g->q, c, code);
		return;
	}
	x = gh_op_new(g, c, sizeof *x);
	x->op.release = release_making;
	x->repo = repo;
	gh_op_send(&x->op, g->forge == RQ_FORGE_FORGEJO ? "GET" : "POST",
		   gh_path(&x->op.arena, g, repo, "/actions/runners/registration-token"), NULL, on_token);
}

/* --- finding one -------------------------------------------------------------------------- */

struct change {
	struct gh_op op;
	size_t scope, first, last;      /* GH_NO_REPO before the repositories; behind the last */
	int pages;
	size_t found_in, n_found;
	struct rq_gh_runner runner;
	struct rq_error problem;        /* of the first list that could not be read */
	void (*then)(struct change *x);
	struct rq_labels wanted;
};

static struct change *of(struct gh_op *op)
{
	return (struct change *)op;
}

static const char *name_of(const struct change *x)
{
	return x->op.call->u.runner.runner;
}

#define fail(x, code, ...) gh_op_end(&(x)->op, rq_fail(&(x)->op.call->err, code, __VA_ARGS__))

static void ask_scope(struct change *x);

static void next_scope(struct change *x)
{
	x->scope = x->scope == GH_NO_REPO ? x->first : x->scope + 1;
	x->pages = 0;
	/* What the organisation has is not looked for in each of its repositories. */
	if (x->n_found && x->found_in == GH_NO_REPO)
		x->scope = x->last;
	ask_scope(x);
}

static void on_runners(struct gh_op *op, const struct rq_api_answer *a)
{
	struct change *x = of(op);
	struct rq_gh_page page = { 0 };
	struct rq_gh_runner *v;
	struct rq_error e = a->err;
	size_t i;

	if (a->code || rq_gh_runners_parse(&op->arena, a->body, a->body_n, op->g->forge, &v, &page, &e)) {
		if (!x->problem.code)
			x->problem = e;
		next_scope(x);
		return;
	}
	for (i = 0; i < page.n; i++) {
		if (rq_ieq(v[i].name, name_of(x))) {
			x->runner = v[i];
			x->found_in = x->scope;
			x->n_found++;
		}
	}
	if (a->next && ++x->pages < PAGES_MAX)
		gh_op_get(op, rq_arena_str(&op->arena, a->next), 0, 0, on_runners);
	else
		next_scope(x);
}

static void searched(struct change *x)
{
	const struct rq_github *g = x->op.g;

	if (x->n_found == 1)
		x->then(x);
	else if (x->n_found)
		fail(x, RQ_EUSAGE, "Several repositories of queue %s have a runner %s: say which with --repo.", g->name,
		     name_of(x));
	else if (x->problem.code)
		gh_op_end(&x->op, (x->op.call->err = x->problem).code);
	else
		fail(x, RQ_ENOTFOUND, "Queue %s has no runner %s: relayq runners lists them.", g->name, name_of(x));
}

static void ask_scope(struct change *x)
{
	struct rq_github *g = x->op.g;

	if (x->scope != GH_NO_REPO && x->scope >= x->last)
		searched(x);
	else if (g->forge == RQ_FORGE_GITHUB)
		gh_op_get(&x->op, gh_path(&x->op.arena, g, x->scope, "/actions/runners?name=%s&per_page=100", name_of(x)), 0, 0,
			  on_runners);
	else
		gh_op_get(&x->op, gh_path(&x->op.arena, g, x->scope, "/actions/runners?limit=50"), 0, 0, on_runners);
}

static void find(struct rq_github *g, struct rq_call *c, void (*then)(struct change *x))
{
	const char *repo = c->u.runner.repo;
	size_t only = GH_NO_REPO;
	struct change *x;

	if (repo && *repo && gh_repo_named(g, repo, &only, &c->err)) {
		rq_queue_answer(&g->q, c, c->err.code);
		return;
	}
	x = gh_op_new(g, c, sizeof *x);
	x->then = then;
	x->first = only == GH_NO_REPO ? 0 : only;
	x->last = only == GH_NO_REPO ? g->n_repos : only + 1;
	x->scope = only == GH_NO_REPO && *g->org ? GH_NO_REPO : x->first;
	ask_scope(x);
}

static const char *runner_path(struct change *x, const char *format)
{
	return gh_path(&x->op.arena, x->op.g, x->found_in, format, (long long)x->runner.id);
}

static void changed(struct change *x, const char *text)
{
	x->op.call->u.runner.text = rq_call_str(x->op.call, text);
	gh_stale_runners(x->op.g);
	gh_op_end(&x->op, RQ_OK);
}

/* --- removing ----------------------------------------------------------------------------- */

static void removed(struct change *x)
{
	changed(x, "removed; its process there ends by itself, and ./svc.sh uninstall takes away the service");
}

static void tell_busy(struct change *x)
{
	fail(x, RQ_EBUSY, "%s runs a job now: drain it first (relayq drain), then remove it.", x->runner.name);
}

static void on_remove_lost(struct gh_op *op, const struct rq_api_answer *a)
{
	struct change *x = of(op);

	if (a->status == 404)
		removed(x);
	else
		fail(x, RQ_EUNREACHABLE, "No answer came, and it is there so far: see whether it goes before you ask again.");
}

static void on_removed(struct gh_op *op, const struct rq_api_answer *a)
{
	struct change *x = of(op);

	if (a->code == RQ_OK)
		removed(x);
	else if (a->status == 422)
		tell_busy(x);
	else if (gh_lost(a))
		gh_op_look(op, runner_path(x, "/actions/runners/%lld"), on_remove_lost);
	else
		gh_op_fail(op, a);
}

/* GitHub refuses for one that is busy; the others do not look. */
static void remove_it(struct change *x)
{
	if (x->runner.busy && x->op.g->forge != RQ_FORGE_GITHUB)
		tell_busy(x);
	else
		gh_op_send(&x->op, "DELETE", runner_path(x, "/actions/runners/%lld"), NULL, on_removed);
}

void gh_runner_remove(struct rq_github *g, struct rq_call *c)
{
	find(g, c, remove_it);
}

/* --- labels ------------------------------------------------------------------------------- */

static bool is_own(const struct rq_gh_label *v, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].read_only && rq_ieq(v[i].name, name))
			return true;
	return false;
}

/* Whether the custom ones among these are exactly what was asked for. */
static bool are_wanted(const struct change *x, const struct rq_gh_label *v, size_t n)
{
	size_t i, k, custom = 0, asked = 0;

	for (i = 0; i < x->wanted.n; i++) {
		for (k = 0; k < n && !rq_ieq(v[k].name, x->wanted.v[i]); k++)
			;
		if (k == n)
			return false;
		asked += !v[k].read_only;
	}
	for (i = 0; i < n; i++)
		custom += !v[i].read_only;
	return custom == asked;
}

/* "audio, macmini", or the server's own. */
static const char *listed(struct change *x, const struct rq_gh_label *v, size_t n, bool own)
{
	struct rq_str s;
	const char *out;
	size_t i;

	rq_str_init(&s, 16384);
	for (i = 0; i < n; i++)
		if (v[i].read_only == own)
			rq_str_addf(&s, "%s%s", s.len ? ", " : "", v[i].name);
	out = rq_arena_str(&x->op.arena, s.len ? rq_str_get(&s) : "none");
	rq_str_release(&s);
	return out;
}

static void verify(struct change *x, const struct rq_api_answer *a)
{
	struct rq_gh_page page = { 0 };
	struct rq_gh_label *v;

	if (rq_gh_labels_parse(&x->op.arena, a->body, a->body_n, &v, &page, &x->op.call->err))
		gh_op_end(&x->op, x->op.call->err.code);
	else if (!are_wanted(x, v, page.n))
		fail(x, RQ_ECONFLICT, "The labels of %s are %s: not what was asked for.", x->runner.name,
		     listed(x, v, page.n, false));
	else
		changed(x, rq_arena_fmt(&x->op.arena, "labels: %s; GitHub's own stay: %s", listed(x, v, page.n, false),
					listed(x, v, page.n, true)));
}

static void on_labels_lost(struct gh_op *op, const struct rq_api_answer *a)
{
	if (a->code)
		fail(of(op), RQ_EUNREACHABLE, "No answer came: see which labels it has before you ask again.");
	else
		verify(of(op), a);
}

static void on_labels(struct gh_op *op, const struct rq_api_answer *a)
{
	struct change *x = of(op);

	if (a->code == RQ_OK)
		verify(x, a);
	else if (gh_lost(a))
		gh_op_look(op, runner_path(x, "/actions/runners/%lld/labels"), on_labels_lost);
	else
		gh_op_fail(op, a);
}

static bool is_drained(struct change *x)
{
	struct rq_ghlabels custom = { 0, rq_arena_alloc(&x->op.arena, (x->runner.n_labels + 1) * sizeof(char *)) };
	size_t i;

	for (i = 0; i < x->runner.n_labels; i++)
		if (!x->runner.labels[i].read_only)
			custom.v[custom.n++] = x->runner.labels[i].name;
	return rq_ghdrain_marked(&custom);
}

static void set_labels(struct change *x)
{
	struct rq_str body;
	size_t i, n = 0;

	if (is_drained(x)) {
		fail(x, RQ_ECONFLICT, "%s is drained, and its labels tell how to undo that: undrain it first.", x->runner.name);
		return;
	}
	rq_str_init(&body, 65536);
	rq_str_add(&body, "{\"labels\":[");
	for (i = 0; i < x->wanted.n; i++) {
		if (is_own(x->runner.labels, x->runner.n_labels, x->wanted.v[i]))
			continue;
		rq_str_add(&body, n++ ? "," : "");
		rq_json_print_str(x->wanted.v[i], &body);
	}
	rq_str_add(&body, "]}");
	gh_op_send(&x->op, "PUT", runner_path(x, "/actions/runners/%lld/labels"), rq_str_get(&body), on_labels);
	rq_str_release(&body);
}

static void begin_labels(struct change *x)
{
	x->wanted = x->op.call->u.runner.labels;
	set_labels(x);
}

void gh_runner_labels(struct rq_github *g, struct rq_call *c)
{
	if (g->forge == RQ_FORGE_GITHUB) {
		find(g, c, begin_labels);
		return;
	}
	rq_fail(&c->err, RQ_EUNSUPPORTED, "On %s the labels of a runner come from its own settings: change them there.",
		g->forge == RQ_FORGE_GITEA ? "Gitea" : "Forgejo");
	rq_queue_answer(&g->q, c, RQ_EUNSUPPORTED);
}
