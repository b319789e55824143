/* github_things.c - workflows, artifacts, environments and what waits for them. */
#include "core/base/str.h"
#include "core/model/github.h"
#include "core/model/github_private.h"

static bool read_workflow(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	static const char *const path[] = { "path", "id", NULL };      /* Gitea's id is the file's name */
	struct rq_gh_workflow *w = out;

	w->id = forge == RQ_FORGE_GITHUB ? gh_id_of(j, "id") : 0;
	w->path = gh_first_text(a, j, path);
	w->file = gh_file_of(a, w->path, false);
	w->stem = gh_file_of(a, w->path, true);
	w->name = gh_text(a, j, "name");
	if (!*w->name)
		w->name = w->stem;
	w->state = gh_text(a, j, "state");
	w->html_url = gh_text(a, j, "html_url");
	w->active = rq_eq(w->state, "active");
	return *w->file && (w->id || forge != RQ_FORGE_GITHUB);
}

static const struct gh_noun workflow_noun = {
	"a workflow", "workflows", "workflows", sizeof(struct rq_gh_workflow), read_workflow, NULL
};

int rq_gh_workflows_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_workflow **v,
			  struct rq_gh_page *page, struct rq_error *e)
{
	void *items = NULL;
	int rc = gh_read_list(&workflow_noun, a, forge, text, n, &items, page, e);

	*v = items;
	return rc;
}

int rq_gh_workflow_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_workflow *out,
			 struct rq_error *e)
{
	return gh_read_one(&workflow_noun, a, forge, text, n, out, e);
}

static bool read_artifact(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_artifact *x = out;

	(void)forge;
	x->id = gh_id_of(j, "id");
	x->name = gh_text(a, j, "name");
	x->run_id = gh_id_of(rq_json_get(j, "workflow_run"), "id");
	x->size = rq_json_get_int(j, "size_in_bytes", 0);
	if (x->size < 0)
		x->size = 0;
	x->digest = gh_text(a, j, "digest");
	x->expired = rq_json_get_bool(j, "expired", false);
	x->created_at = gh_time(j, "created_at");
	x->expires_at = gh_time(j, "expires_at");
	return x->id && *x->name;
}

int rq_gh_artifacts_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_artifact **v,
			  struct rq_gh_page *page, struct rq_error *e)
{
	static const struct gh_noun artifact = {
		"an artifact", "artifacts", "artifacts", sizeof(struct rq_gh_artifact), read_artifact, NULL
	};
	void *items = NULL;
	int rc = gh_read_list(&artifact, a, forge, text, n, &items, page, e);

	*v = items;
	return rc;
}

static bool read_environment(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_environment *x = out;

	(void)forge;
	x->id = gh_id_of(j, "id");
	x->name = gh_text(a, j, "name");
	return x->id && *x->name;
}

int rq_gh_environments_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_environment **v,
			     struct rq_gh_page *page, struct rq_error *e)
{
	static const struct gh_noun environment = {
		"an environment", "environments", "environments", sizeof(struct rq_gh_environment), read_environment, NULL
	};
	void *items = NULL;
	int rc = gh_read_list(&environment, a, RQ_FORGE_GITHUB, text, n, &items, page, e);

	*v = items;
	return rc;
}

/* Six reviewers at most can be named for an environment. */
enum { REVIEWERS_MAX = 64 };

static void read_reviewers(struct rq_arena *a, const struct rq_json *list, struct rq_gh_environment *x)
{
	static const char *const keys[] = { "login", "slug", "name", NULL };
	size_t n = rq_json_is_array(list) ? rq_json_len(list) : 0;
	const char *name;

	n = n < REVIEWERS_MAX ? n : REVIEWERS_MAX;
	x->reviewers = rq_arena_alloc(a, (n + 1) * sizeof *x->reviewers);
	for (const struct rq_json *j = n ? rq_json_first(list) : NULL; j && n; j = rq_json_next(j), n--) {
		name = gh_first_text(a, rq_json_get(j, "reviewer"), keys);
		if (*name)
			x->reviewers[x->n_reviewers++] = name;
	}
}

static bool read_pending(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_environment *x = out;

	if (!read_environment(a, forge, rq_json_get(j, "environment"), x))
		return false;
	x->wait_minutes = rq_json_get_int(j, "wait_timer", 0);
	if (x->wait_minutes < 0)
		x->wait_minutes = 0;
	x->wait_started_at = gh_time(j, "wait_timer_started_at");
	x->can_approve = rq_json_get_bool(j, "current_user_can_approve", false);
	read_reviewers(a, rq_json_get(j, "reviewers"), x);
	return true;
}

int rq_gh_pending_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_environment **v,
			struct rq_gh_page *page, struct rq_error *e)
{
	/* No server sends it with a key around it. */
	static const struct gh_noun pending = {
		"a pending deployment", "pending deployments", "pending_deployments", sizeof(struct rq_gh_environment),
		read_pending, NULL
	};
	void *items = NULL;
	int rc = gh_read_list(&pending, a, RQ_FORGE_GITHUB, text, n, &items, page, e);

	*v = items;
	return rc;
}
