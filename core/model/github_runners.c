/* github_runners.c - runners, their labels and groups. */
#include <string.h>
#include "core/base/str.h"
#include "core/model/github.h"
#include "core/model/github_private.h"

/* Objects; on Forgejo plain texts. */
static bool read_label(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_label *l = out;

	(void)forge;
	l->name = rq_json_str(j) ? gh_copy(a, rq_json_str(j)) : gh_text(a, j, "name");
	l->read_only = rq_ieq(rq_json_get_str(j, "type"), "read-only");
	return *l->name != '\0';
}

static void read_labels(struct rq_arena *a, enum rq_forge forge, const struct rq_json *list, struct rq_gh_runner *r)
{
	size_t n = rq_json_is_array(list) ? rq_json_len(list) : 0;

	n = n < RQ_GH_LABELS_MAX ? n : RQ_GH_LABELS_MAX;
	if (!n)
		return;
	r->labels = rq_arena_alloc(a, n * sizeof *r->labels);
	for (const struct rq_json *j = rq_json_first(list); j && n; j = rq_json_next(j), n--)
		if (read_label(a, forge, j, &r->labels[r->n_labels]))
			r->n_labels++;
}

/* GitHub and Gitea say online or offline, and busy apart; Forgejo offline, idle or active. */
static void read_runner_state(struct rq_arena *a, const struct rq_json *j, struct rq_gh_runner *r)
{
	bool active;

	r->status = gh_text(a, j, "status");
	active = rq_ieq(r->status, "active");
	r->online = active || rq_ieq(r->status, "idle") || rq_ieq(r->status, "online");
	r->busy = active || rq_json_get_bool(j, "busy", false);
	r->disabled = rq_json_get_bool(j, "disabled", false);
	r->ephemeral = rq_json_get_bool(j, "ephemeral", false);
}

static bool read_runner(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_runner *r = out;

	r->id = gh_id_of(j, "id");
	r->name = gh_text(a, j, "name");
	if (!r->id || !*r->name)
		return false;
	r->group_id = gh_id_of(j, "runner_group_id");
	r->os = gh_text(a, j, "os");
	if (rq_ieq(r->os, "unknown"))
		r->os = "";
	r->version = gh_text(a, j, "version");
	r->uuid = gh_text(a, j, "uuid");
	read_runner_state(a, j, r);
	read_labels(a, forge, rq_json_get(j, "labels"), r);
	return true;
}

static const struct gh_noun runner_noun = {
	"a runner", "runners", "runners", sizeof(struct rq_gh_runner), read_runner, NULL
};

int rq_gh_runners_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_runner **v,
			struct rq_gh_page *page, struct rq_error *e)
{
	void *items = NULL;
	int rc = gh_read_list(&runner_noun, a, forge, text, n, &items, page, e);

	*v = items;
	return rc;
}

int rq_gh_runner_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_runner *out,
		       struct rq_error *e)
{
	return gh_read_one(&runner_noun, a, forge, text, n, out, e);
}

int rq_gh_labels_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_label **v, struct rq_gh_page *page,
		       struct rq_error *e)
{
	static const struct gh_noun label = {
		"a label", "a runner's labels", "labels", sizeof(struct rq_gh_label), read_label, NULL
	};
	void *items = NULL;
	int rc = gh_read_list(&label, a, RQ_FORGE_GITHUB, text, n, &items, page, e);

	*v = items;
	return rc;
}

static bool read_group(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_group *g = out;

	(void)forge;
	g->id = gh_id_of(j, "id");
	g->name = gh_text(a, j, "name");
	g->visibility = gh_text(a, j, "visibility");
	g->is_default = rq_json_get_bool(j, "default", false);
	g->inherited = rq_json_get_bool(j, "inherited", false);
	g->public_repos = rq_json_get_bool(j, "allows_public_repositories", false);
	g->restricted = rq_json_get_bool(j, "restricted_to_workflows", false);
	return g->id && *g->name;
}

int rq_gh_groups_parse(struct rq_arena *a, const char *text, size_t n, struct rq_gh_group **v, struct rq_gh_page *page,
		       struct rq_error *e)
{
	static const struct gh_noun group = {
		"a runner group", "runner groups", "runner_groups", sizeof(struct rq_gh_group), read_group, NULL
	};
	void *items = NULL;
	int rc = gh_read_list(&group, a, RQ_FORGE_GITHUB, text, n, &items, page, e);

	*v = items;
	return rc;
}
