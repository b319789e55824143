/* github_source.c - reading workflow files.
 *
 * The server's is the one that will run, so it is asked first, and costs nothing while it does not change. The clone is for the
 * time without a network: there its remote's branches count, as they were fetched last, before those of one's own. */
#include "core/queue/github_source.h"

#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/model/remote.h"

enum { REPO_AGE_MS = 3600 * 1000, FILE_AGE_MS = 10 * 1000, PATH_BYTES = 4096 };

struct rq_wf_limits gh_wf_limits(const struct rq_github *g)
{
	size_t n = strlen(g->config->api);

	return rq_wf_limits(g->forge, n >= 7 && !strcmp(g->config->api + n - 7, "/api/v3"));
}

int gh_workflow_named(struct rq_github *g, struct rq_arena *a, const char *text, size_t *repo, const char **file,
		      struct rq_error *e)
{
	const char *name = text && *text ? text : g->config->workflow, *colon = strchr(name, ':'), *slash;
	int code;

	if (!*name)
		return rq_fail(e, RQ_EUSAGE, "Which workflow? Name its file with --workflow, or as `workflow` of queue %s.",
			       g->name);
	code = gh_repo_named(g, colon ? rq_arena_strn(a, name, (size_t)(colon - name)) : NULL, repo, e);
	if (code == RQ_EUSAGE)
		return rq_fail(e, code, "Queue %s has %zu repositories: say which one, as OWNER/NAME:%.128s.", g->name,
			       g->n_repos, colon ? colon + 1 : name);
	if (code)
		return code;
	name = colon ? colon + 1 : name;
	slash = strrchr(name, '/');
	*file = rq_arena_str(a, slash ? slash + 1 : name);
	if (**file && !strpbrk(*file, "?#%\\") && strlen(*file) <= 255)
		return RQ_OK;
	return rq_fail(e, RQ_EUSAGE, "'%.128s' is no file of a workflow: it looks like transcribe.yml.", name);
}

static void finish(struct gh_reading *r, int code)
{
	r->code = code;
	r->read(r);
}

/* What is wrong by itself and what the server would not take. */
static void look_at(struct gh_reading *r, const char *text, size_t n)
{
	struct gh_op *op = &r->op;

	r->text = rq_arena_strn(&op->arena, text, n);
	r->code = rq_workflow_parse(&op->arena, r->file, r->text, n, &r->workflow, &r->problems, &r->err);
	if (!r->code)
		rq_workflow_lint(&op->arena, &r->workflow, gh_wf_limits(op->g), NULL, 0, true, &r->problems);
	finish(r, r->code);
}

/* --- the clone ---------------------------------------------------------------------------- */

static const char *const places[] = { ".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/" };

static const char *place_path(struct gh_reading *r)
{
	return rq_arena_fmt(&r->op.arena, "%s%s", places[r->place], r->file);
}

/* The next directory in which this server looks; false: there is none. */
static bool next_place(struct gh_reading *r)
{
	static const int order[3][4] = { { 0, -1 }, { 1, 0, -1 }, { 2, 1, 0, -1 } };
	const int *v = order[r->op.g->forge];

	if (r->place < 0) {
		r->place = v[0];
		return true;
	}
	while (*v != r->place)
		v++;
	r->place = v[1];
	return r->place >= 0;
}

static void ask_clone(struct gh_reading *r);

static void on_blob(void *ud, const struct rq_git_answer *a)
{
	struct gh_reading *r = ud;
	struct rq_git *git = r->git;    /* the answer lies in it */

	r->git = NULL;
	if (a->code == RQ_OK) {
		look_at(r, a->text, a->text_n);
	} else if (r->remote) {
		r->remote = NULL;       /* a tag or a commit: it has no name of the remote's */
		ask_clone(r);
	} else {
		finish(r, RQ_EUNREACHABLE);
	}
	rq_git_free(git);
}

static void ask_clone(struct gh_reading *r)
{
	struct rq_arena *a = &r->op.arena;
	const char *rev = *r->used_ref ? r->used_ref : "HEAD";
	char here[PATH_BYTES];

	if (!getcwd(here, sizeof here)) {
		finish(r, RQ_EUNREACHABLE);
		return;
	}
	if (r->remote)
		rev = rq_arena_fmt(a, "%s/%s", r->remote, rev);
	r->git = rq_git_blob(r->op.g->loop, here, place_path(r), rev, on_blob, r);
}

static bool is_ours(struct gh_reading *r, const char *url)
{
	struct rq_remote u;

	return !rq_remote_parse(url, &u, NULL) && rq_ieq(u.host, r->op.g->config->host) &&
	       rq_ieq(rq_arena_fmt(&r->op.arena, "%s/%s", u.owner, u.repo), r->op.g->repos[r->repo].name);
}

static void on_remotes(void *ud, const struct rq_git_answer *a)
{
	struct gh_reading *r = ud;
	struct rq_git *git = r->git;    /* the answer lies in it */
	size_t i, n = a->code == RQ_OK ? a->n : 0;

	r->git = NULL;
	for (i = 0; i < n && !is_ours(r, a->remotes[i].url); i++)
		;
	if (i < n) {
		r->remote = rq_arena_str(&r->op.arena, a->remotes[i].name);
		ask_clone(r);
	} else {
		finish(r, RQ_EUNREACHABLE);
	}
	rq_git_free(git);
}

/* The server's refusal stays in ERR: it says why the file may be old. */
static void try_clone(struct gh_reading *r)
{
	char here[PATH_BYTES];

	r->offline = true;
	if (r->place < 0)
		next_place(r);
	if (getcwd(here, sizeof here))
		r->git = rq_git_remotes(r->op.g->loop, here, on_remotes, r);
	else
		finish(r, RQ_EUNREACHABLE);
}

/* --- the server --------------------------------------------------------------------------- */

static bool not_there(const struct rq_api_answer *a)
{
	return a->code == RQ_EUNREACHABLE || a->code == RQ_EBUSY;
}

static void take_refusal(struct gh_reading *r, const struct rq_api_answer *a)
{
	r->err = a->err;
	r->busy = a->code == RQ_EBUSY;
	r->retry_at = r->busy ? a->retry_at : 0;
}

static void ask_file(struct gh_reading *r);

static void on_file(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_reading *r = (struct gh_reading *)op;

	if (a->code == RQ_OK) {
		look_at(r, a->body, a->body_n);
		return;
	}
	take_refusal(r, a);
	if (not_there(a)) {
		r->offline = true;
		if (a->stale && a->body_n)
			look_at(r, a->body, a->body_n);
		else
			try_clone(r);
		return;
	}
	if (a->code == RQ_ENOTFOUND && next_place(r)) {
		ask_file(r);
		return;
	}
	if (a->code == RQ_ENOTFOUND)
		rq_fail(&r->err, RQ_ENOTFOUND, "%s has no workflow %.128s at %.128s.", op->g->repos[r->repo].name, r->file,
			r->used_ref);
	finish(r, a->code);
}

static void ask_file(struct gh_reading *r)
{
	struct gh_op *op = &r->op;
	const char *form = op->g->forge == RQ_FORGE_GITHUB ? "/contents/%s/workflows/%s?ref=%s" : "/raw/%s/workflows/%s?ref=%s";
	const char *dir = rq_arena_strn(&op->arena, places[r->place], strcspn(places[r->place], "/"));

	gh_op_get(op, gh_path(&op->arena, op->g, r->repo, form, dir, r->file, r->used_ref), FILE_AGE_MS, RQ_API_RAW, on_file);
}

static void on_repo(struct gh_op *op, const struct rq_api_answer *a)
{
	struct gh_reading *r = (struct gh_reading *)op;
	struct rq_gh_repo repo;

	take_refusal(r, a);
	if (a->code && !(not_there(a) && a->stale && a->body_n)) {
		if (not_there(a))
			try_clone(r);
		else
			finish(r, a->code);
		return;
	}
	if (rq_gh_repo_parse(&op->arena, a->body, a->body_n, &repo, &r->err)) {
		finish(r, r->err.code);
		return;
	}
	r->used_ref = repo.default_branch;
	ask_file(r);
}

static void begin(struct gh_op *op)
{
	struct gh_reading *r = (struct gh_reading *)op;

	if (*r->used_ref)
		ask_file(r);
	else
		gh_op_get(op, gh_path(&op->arena, op->g, r->repo, "%s", ""), REPO_AGE_MS, 0, on_repo);
}

void gh_read(struct gh_reading *r, void (*read)(struct gh_reading *r))
{
	r->read = read;
	r->code = RQ_OK;
	r->busy = false;
	r->retry_at = 0;
	r->offline = false;
	r->text = "";
	r->remote = NULL;
	r->place = -1;
	next_place(r);
	memset(&r->workflow, 0, sizeof r->workflow);
	memset(&r->problems, 0, sizeof r->problems);
	memset(&r->err, 0, sizeof r->err);
	r->used_ref = *r->ref ? r->ref : r->op.g->config->ref;
	gh_op_later(&r->op, 0, begin);
}

void gh_reading_release(struct gh_reading *r)
{
	rq_git_free(r->git);
	r->git = NULL;
}
