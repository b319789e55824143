/* workflow_jobs.c - the jobs of a workflow and what they ask for by runs-on. */
#include <string.h>
#include "core/model/github_private.h"
#include "core/model/workflow_private.h"

#define JOB_KEYS \
	"name|permissions|needs|if|runs-on|snapshot|environment|concurrency|outputs|env|defaults|steps|timeout-minutes|" \
	"strategy|continue-on-error|container|services|uses|with|secrets"

/* --- runs-on ------------------------------------------------------------------------------ */

struct asked {
	const char *v[RQ_GH_LABELS_MAX];
	size_t n;
};

/* One text of runs-on: a label, or an expression. */
static void add_label(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_job *job, struct asked *out)
{
	const char *s = rq_yaml_str(y);

	if (!s) {
		wf_error(r, y, "a label of the job '%.80s' is a text", job->id);
		return;
	}
	if (wf_is_expression(s)) {
		if (!*job->expression)
			job->expression = wf_text(r, y);
		return;
	}
	if (strchr(s, ','))
		wf_warn(r, y, "'%.80s' is one label with a comma in it; several are written as a list: [a, b]", s);
	if (!*s)
		wf_error(r, y, "a label of the job '%.80s' is empty", job->id);
	else if (out->n < RQ_GH_LABELS_MAX)
		out->v[out->n++] = wf_text(r, y);
}

static void add_labels(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_job *job, struct asked *out)
{
	if (!y || y->kind == RQ_YAML_NULL)
		return;
	for (size_t i = 0; y->kind == RQ_YAML_SEQ && i < y->n && i < RQ_GH_LABELS_MAX; i++)
		add_label(r, y->items[i], job, out);
	if (y->kind != RQ_YAML_SEQ)
		add_label(r, y, job, out);
}

static void read_group(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_job *job, struct asked *out)
{
	const struct rq_yaml *group = rq_yaml_get(y, "group");

	wf_check_keys(r, y, "'runs-on'", "group|labels");
	if (group && group->kind != RQ_YAML_SCALAR)
		wf_error(r, group, "'group' of the job '%.80s' is the name of a runner group", job->id);
	job->group = wf_text(r, group);
	if (wf_is_expression(job->group)) {
		job->expression = job->group;
		job->group = "";
	}
	add_labels(r, rq_yaml_get(y, "labels"), job, out);
}

static bool is_empty(const struct rq_yaml *y)
{
	return y->kind == RQ_YAML_NULL || (y->kind == RQ_YAML_SCALAR && !*y->text) ||
	       ((y->kind == RQ_YAML_SEQ || y->kind == RQ_YAML_MAP) && y->n == 0);
}

static void read_runs_on(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_job *job)
{
	struct asked asked = { .n = 0 };

	job->line = y->line;
	job->col = y->col;
	if (is_empty(y))
		wf_error(r, y, "'runs-on' of the job '%.80s' is empty", job->id);
	else if (y->kind == RQ_YAML_MAP)
		read_group(r, y, job, &asked);
	else
		add_labels(r, y, job, &asked);
	gh_labels(r->a, asked.v, asked.n, &job->labels);
}

/* --- where it stands instead -------------------------------------------------------------- */

static bool looks_like_runs_on(const char *key)
{
	return strcmp(key, "runs-on") != 0 && rq_distance(key, "runs-on", 2) <= 2;
}

/* A key of a step that is meant for its job. */
static const struct rq_yaml *runs_on_in_steps(const struct rq_yaml *steps)
{
	const struct rq_yaml *key = wf_key(steps, "runs-on");

	for (size_t i = 0; !key && steps && steps->kind == RQ_YAML_SEQ && i < steps->n; i++)
		key = wf_key(steps->items[i], "runs-on");
	return key;
}

/* A job without runs-on: one sentence, at the place where the mistake is. What stands at the top of the file, or is
 * misspelt, has been told already. */
static void say_missing(struct wf_reader *r, const struct rq_yaml *key, const struct rq_yaml *map, const char *id)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->keys[i]->kind == RQ_YAML_SCALAR && looks_like_runs_on(map->keys[i]->text))
			return;
	if (runs_on_in_steps(rq_yaml_get(map, "steps")))
		return;
	wf_error(r, key, "the job '%.80s' has no 'runs-on': it says which runner takes it, as in 'runs-on: self-hosted'%s", id,
		 wf_key(r->root, "runs-on") ? "; what stands at the top of the file belongs here" : "");
}

/* --- jobs --------------------------------------------------------------------------------- */

static void read_steps(struct wf_reader *r, const struct rq_yaml *y, const char *id)
{
	const struct rq_yaml *misplaced;

	if (!y || y->kind == RQ_YAML_NULL)
		return;
	misplaced = runs_on_in_steps(y);
	if (misplaced)
		wf_error(r, misplaced, "'runs-on' stands under 'steps'; it belongs to the job '%.80s', beside 'steps'", id);
	else if (y->kind != RQ_YAML_SEQ)
		wf_error(r, y, "'steps' of the job '%.80s' is a list: each step begins with '- '", id);
}

static void read_job(struct wf_reader *r, const struct rq_yaml *key, const struct rq_yaml *y, struct rq_wf_job *job)
{
	const struct rq_yaml *runs_on = rq_yaml_get(y, "runs-on");

	*job = (struct rq_wf_job){ .id = rq_arena_str(r->a, key->text), .name = "", .expression = "", .group = "", .uses = "",
				   .line = key->line, .col = key->col };
	if (y->kind != RQ_YAML_MAP) {
		wf_error(r, key, "the job '%.80s' is a map with 'runs-on' and 'steps'", key->text);
		return;
	}
	wf_check_keys(r, y, "a job", JOB_KEYS);
	job->name = wf_text(r, rq_yaml_get(y, "name"));
	job->uses = wf_text(r, rq_yaml_get(y, "uses"));
	if (runs_on)
		read_runs_on(r, runs_on, job);
	else if (!*job->uses)
		say_missing(r, key, y, job->id);
	read_steps(r, rq_yaml_get(y, "steps"), job->id);
}

void wf_read_jobs(struct wf_reader *r)
{
	const struct rq_yaml *key = wf_key(r->root, "jobs"), *y = key ? rq_yaml_get(r->root, "jobs") : NULL;
	size_t n;

	if (!y || y->kind != RQ_YAML_MAP || y->n == 0) {
		wf_error(r, key ? key : r->root, "%s", !key ? "'jobs' is missing" : "'jobs' is a map with a key for each job");
		return;
	}
	n = y->n < RQ_WF_JOBS_MAX ? y->n : RQ_WF_JOBS_MAX;
	if (n < y->n)
		wf_error(r, key, "there are more than %d jobs", RQ_WF_JOBS_MAX);
	r->w->jobs = rq_arena_alloc(r->a, n * sizeof *r->w->jobs);
	for (size_t i = 0; i < n; i++)
		if (y->keys[i]->kind == RQ_YAML_SCALAR)
			read_job(r, y->keys[i], y->items[i], &r->w->jobs[r->w->n_jobs++]);
}
