/* github_runs.c - runs, jobs and steps. */
#include <stdlib.h>
#include <string.h>
#include "core/base/str.h"
#include "core/model/github.h"
#include "core/model/github_private.h"

/* --- states ------------------------------------------------------------------------------- */

static struct rq_gh_state unknown(struct rq_arena *a, enum rq_status status, const char *word)
{
	return (struct rq_gh_state){ status, RQ_CONCLUSION_NONE, *word ? gh_copy(a, word) : "unknown" };
}

static struct rq_gh_state known(enum rq_status status, enum rq_conclusion conclusion)
{
	return (struct rq_gh_state){ status, conclusion, "" };
}

/* The runner's own spelling reaches some fields. */
static bool conclusion_of(const char *word, enum rq_conclusion *out)
{
	return rq_conclusion_parse(rq_eq(word, "canceled") ? "cancelled" : word, out);
}

/* Words of Forgejo, and of Gitea inside, that GitHub has not or means otherwise. */
static bool forge_status(enum rq_forge forge, const char *word, enum rq_status *out)
{
	static const struct {
		const char *word;
		enum rq_status status;
	} words[] = {
		{ "waiting", RQ_STATUS_QUEUED },
		{ "blocked", RQ_STATUS_PENDING },
		{ "running", RQ_STATUS_IN_PROGRESS },
		{ "cancelling", RQ_STATUS_IN_PROGRESS },
	};

	for (size_t i = forge == RQ_FORGE_FORGEJO ? 0 : 1; forge != RQ_FORGE_GITHUB && i < sizeof words / sizeof *words; i++) {
		if (rq_eq(words[i].word, word)) {
			*out = words[i].status;
			return true;
		}
	}
	return false;
}

struct rq_gh_state rq_gh_state_of(struct rq_arena *a, enum rq_forge forge, const char *status, const char *conclusion)
{
	enum rq_conclusion c;
	enum rq_status s;

	status = status ? status : "";
	conclusion = conclusion ? conclusion : "";
	if (!forge_status(forge, status, &s) && !rq_status_parse(status, &s)) {
		if (*status && conclusion_of(status, &c))
			return known(RQ_STATUS_COMPLETED, c);
		return unknown(a, RQ_STATUS_PENDING, status);
	}
	if (s != RQ_STATUS_COMPLETED)
		return known(s, RQ_CONCLUSION_NONE);
	return conclusion_of(conclusion, &c) ? known(s, c) : unknown(a, s, conclusion);
}

static struct rq_gh_state state_in(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j)
{
	return rq_gh_state_of(a, forge, rq_json_get_str(j, "status"), rq_json_get_str(j, "conclusion"));
}

/* What has not begun has no start, whatever is sent (GitHub sends the time of creation); an end is not before the
 * start (skipped jobs end a second early). */
static void settle_times(const struct rq_gh_state *s, int64_t *started_at, int64_t *completed_at)
{
	if (s->status != RQ_STATUS_COMPLETED)
		*completed_at = 0;
	if (s->status != RQ_STATUS_COMPLETED && s->status != RQ_STATUS_IN_PROGRESS)
		*started_at = 0;
	if (*completed_at && *completed_at < *started_at)
		*completed_at = *started_at;
}

/* --- runs --------------------------------------------------------------------------------- */

/* "x.yml@refs/heads/main": a file's name may have an '@' itself. */
static void split_path(struct rq_arena *a, const char *path, struct rq_gh_run *r)
{
	const char *dot = strstr(path, ".yml@"), *at = dot ? dot + 4 : NULL;

	if (!at) {
		dot = strstr(path, ".yaml@");
		at = dot ? dot + 5 : strchr(path, '@');
	}
	r->path = at ? rq_arena_strn(a, path, (size_t)(at - path)) : path;
	r->path_ref = at ? at + 1 : "";
	r->workflow = gh_file_of(a, r->path, true);
}

static const char *login(struct rq_arena *a, const struct rq_json *j, const char *const *keys)
{
	const char *s = "";

	for (; *keys && !*s; keys++)
		s = gh_text_in(a, j, *keys, "login");
	return s;
}

static void read_run_times(const struct rq_json *j, struct rq_gh_run *r)
{
	static const char *const created[] = { "created_at", "created", "started_at", NULL };
	static const char *const updated[] = { "updated_at", "updated", "completed_at", "stopped", NULL };
	static const char *const started[] = { "run_started_at", "started_at", "started", NULL };
	static const char *const completed[] = { "completed_at", "stopped", "updated_at", "updated", NULL };

	r->created_at = gh_first_time(j, created);
	r->updated_at = gh_first_time(j, updated);
	r->started_at = gh_first_time(j, started);
	r->completed_at = gh_first_time(j, completed);
	settle_times(&r->state, &r->started_at, &r->completed_at);
}

static void read_run_people(struct rq_arena *a, const struct rq_json *j, struct rq_gh_run *r)
{
	static const char *const first[] = { "actor", "trigger_user", NULL };
	static const char *const again[] = { "triggering_actor", "trigger_actor", "trigger_user", NULL };

	r->actor = login(a, j, first);
	r->triggering_actor = login(a, j, again);
	if (!*r->triggering_actor)
		r->triggering_actor = r->actor;
}

static const char *title_of(struct rq_arena *a, const struct rq_json *j, const struct rq_gh_run *r)
{
	static const char *const keys[] = { "display_title", "title", "name", NULL };
	const char *s = gh_first_text(a, j, keys);

	if (*s)
		return s;
	return *r->workflow ? r->workflow : rq_arena_fmt(a, "run %lld", (long long)r->id);
}

static void read_run_source(struct rq_arena *a, const struct rq_json *j, struct rq_gh_run *r)
{
	static const char *const path[] = { "path", "workflow_id", NULL };     /* Forgejo's id is the file */
	static const char *const branch[] = { "head_branch", "prettyref", NULL };
	static const char *const sha[] = { "head_sha", "commit_sha", NULL };

	split_path(a, gh_first_text(a, j, path), r);
	r->branch = gh_first_text(a, j, branch);
	r->sha = gh_first_text(a, j, sha);
	r->repo = gh_text_in(a, j, "repository", "full_name");
	r->head_repo = gh_text_in(a, j, "head_repository", "full_name");
	r->event = gh_text(a, j, "event");
}

static bool read_run(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_run *r = out;

	r->id = gh_id_of(j, "id");
	if (!r->id)
		return false;
	r->number = gh_id_of(j, rq_json_get(j, "index_in_repo") ? "index_in_repo" : "run_number");
	r->attempt = gh_id_of(j, "run_attempt");
	if (!r->attempt)
		r->attempt = 1;
	r->workflow_id = gh_id_of(j, "workflow_id");
	r->check_suite_id = gh_id_of(j, "check_suite_id");
	r->name = gh_text(a, j, "name");
	r->html_url = gh_text(a, j, "html_url");
	r->state = state_in(a, forge, j);
	r->need_approval = rq_json_get_bool(j, "need_approval", false) ||
			   r->state.conclusion == RQ_CONCLUSION_ACTION_REQUIRED;
	if (r->need_approval && r->state.status == RQ_STATUS_PENDING)
		r->state.status = RQ_STATUS_WAITING;
	read_run_source(a, j, r);
	read_run_people(a, j, r);
	read_run_times(j, r);
	r->title = title_of(a, j, r);
	return true;
}

/* All that is read above. */
static const char *const run_keys[] = {
	"workflow_runs", "total_count", "id", "index_in_repo", "run_number", "run_attempt", "workflow_id", "check_suite_id",
	"name", "html_url", "status", "conclusion", "need_approval", "path", "head_branch", "prettyref", "head_sha",
	"commit_sha", "repository", "head_repository", "full_name", "event", "actor", "trigger_user", "triggering_actor",
	"trigger_actor", "login", "created_at", "created", "started_at", "started", "run_started_at", "updated_at", "updated",
	"completed_at", "stopped", "display_title", "title", NULL
};

static const struct gh_noun run_noun = {
	"a run", "runs", "workflow_runs", sizeof(struct rq_gh_run), read_run, run_keys
};

int rq_gh_runs_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_run **v,
		     struct rq_gh_page *page, struct rq_error *e)
{
	void *items = NULL;
	int rc = gh_read_list(&run_noun, a, forge, text, n, &items, page, e);

	*v = items;
	return rc;
}

int rq_gh_run_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_run *out,
		    struct rq_error *e)
{
	return gh_read_one(&run_noun, a, forge, text, n, out, e);
}

/* --- jobs and steps ----------------------------------------------------------------------- */

static bool read_step(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, struct rq_gh_step *s)
{
	if (!rq_json_is_object(j))
		return false;
	s->number = rq_json_get_int(j, "number", 0);
	s->name = gh_text(a, j, "name");
	s->state = state_in(a, forge, j);
	s->started_at = gh_time(j, "started_at");
	s->completed_at = gh_time(j, "completed_at");
	settle_times(&s->state, &s->started_at, &s->completed_at);
	return true;
}

static void read_steps(struct rq_arena *a, enum rq_forge forge, const struct rq_json *list, struct rq_gh_job *job)
{
	size_t n = rq_json_is_array(list) ? rq_json_len(list) : 0;

	n = n < RQ_GH_STEPS_MAX ? n : RQ_GH_STEPS_MAX;
	if (!n)
		return;
	job->steps = rq_arena_alloc(a, n * sizeof *job->steps);
	for (const struct rq_json *j = rq_json_first(list); j && n; j = rq_json_next(j), n--)
		if (read_step(a, forge, j, &job->steps[job->n_steps]))
			job->n_steps++;
}

static void read_asked(struct rq_arena *a, const struct rq_json *list, struct rq_labels *out)
{
	const char *v[RQ_GH_LABELS_MAX];
	size_t n = 0;

	for (const struct rq_json *j = rq_json_is_array(list) ? rq_json_first(list) : NULL; j && n < RQ_GH_LABELS_MAX;
	     j = rq_json_next(j))
		if (rq_json_str(j))
			v[n++] = gh_copy(a, rq_json_str(j));
	gh_labels(a, v, n, out);
}

static void read_job_runner(struct rq_arena *a, const struct rq_json *j, struct rq_gh_job *job)
{
	job->runner_id = gh_id_of(j, "runner_id");
	job->runner_name = gh_text(a, j, "runner_name");
	job->runner_group_id = gh_id_of(j, "runner_group_id");
	job->runner_group = gh_text(a, j, "runner_group_name");
}

static void read_job_times(const struct rq_json *j, struct rq_gh_job *job)
{
	job->started_at = gh_time(j, "started_at");
	job->completed_at = gh_time(j, "completed_at");
	job->created_at = gh_time(j, "created_at");
	if (!job->created_at)
		job->created_at = job->started_at;
	settle_times(&job->state, &job->started_at, &job->completed_at);
}

static bool read_job(struct rq_arena *a, enum rq_forge forge, const struct rq_json *j, void *out)
{
	struct rq_gh_job *job = out;

	job->id = gh_id_of(j, "id");
	if (!job->id)
		return false;
	job->run_id = gh_id_of(j, "run_id");
	job->attempt = gh_id_of(j, rq_json_get(j, "run_attempt") ? "run_attempt" : "attempt");
	if (!job->attempt)
		job->attempt = 1;
	job->name = gh_text(a, j, "name");
	if (!*job->name)
		job->name = rq_arena_fmt(a, "job %lld", (long long)job->id);
	job->html_url = gh_text(a, j, "html_url");
	job->branch = gh_text(a, j, "head_branch");
	job->sha = gh_text(a, j, "head_sha");
	job->workflow_name = gh_text(a, j, "workflow_name");
	job->state = state_in(a, forge, j);
	read_job_times(j, job);
	read_asked(a, rq_json_get(j, rq_json_get(j, "labels") ? "labels" : "runs_on"), &job->labels);
	read_job_runner(a, j, job);
	read_steps(a, forge, rq_json_get(j, "steps"), job);
	return true;
}

/* All that is read above. */
static const char *const job_keys[] = {
	"jobs", "total_count", "id", "run_id", "run_attempt", "attempt", "name", "html_url", "head_branch", "head_sha",
	"workflow_name", "status", "conclusion", "created_at", "started_at", "completed_at", "labels", "runs_on", "runner_id",
	"runner_name", "runner_group_id", "runner_group_name", "steps", "number", NULL
};

static const struct gh_noun job_noun = { "a job", "jobs", "jobs", sizeof(struct rq_gh_job), read_job, job_keys };

int rq_gh_jobs_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_job **v,
		     struct rq_gh_page *page, struct rq_error *e)
{
	void *items = NULL;
	int rc = gh_read_list(&job_noun, a, forge, text, n, &items, page, e);

	*v = items;
	return rc;
}

int rq_gh_job_parse(struct rq_arena *a, const char *text, size_t n, enum rq_forge forge, struct rq_gh_job *out,
		    struct rq_error *e)
{
	return gh_read_one(&job_noun, a, forge, text, n, out, e);
}

/* By name, and the highest attempt first. */
static int by_name_and_attempt(const void *a, const void *b)
{
	const struct rq_gh_job *x = *(const struct rq_gh_job *const *)a, *y = *(const struct rq_gh_job *const *)b;
	int c = strcmp(x->name, y->name);

	return c ? c : (y->attempt > x->attempt) - (y->attempt < x->attempt);
}

size_t rq_gh_jobs_latest(struct rq_gh_job *v, size_t n)
{
	const struct rq_gh_job **sorted = rq_realloc_array(NULL, n + 1, sizeof *sorted), *first = NULL;
	bool *old = rq_alloc(n + 1);
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		sorted[i] = &v[i];
	qsort(sorted, n, sizeof *sorted, by_name_and_attempt);
	for (i = 0; i < n; i++) {
		if (!first || strcmp(first->name, sorted[i]->name) != 0)
			first = sorted[i];
		old[sorted[i] - v] = sorted[i]->attempt < first->attempt;
	}
	for (i = 0; i < n; i++)
		if (!old[i])
			v[k++] = v[i];
	rq_free(sorted);
	rq_free(old);
	return k;
}
