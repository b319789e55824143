/* Bodies of API answers, of any forge: what is taken is whole, and is shown. The first byte says how it is read. */
#include "tests/fuzz/fuzz.h"

#include "core/base/str.h"
#include "core/base/text.h"
#include "core/model/github.h"

static void is_text(const char *s)
{
	PROMISE(s && strlen(s) <= RQ_GH_TEXT_MAX);
}

static void times(int64_t started_at, int64_t completed_at)
{
	PROMISE(started_at >= 0 && completed_at >= 0);
	PROMISE(!completed_at || completed_at >= started_at);
}

static void use_jobs(struct rq_arena *a, enum rq_forge forge, struct rq_gh_job *v, size_t n)
{
	struct rq_run_job rj;
	struct rq_job j;

	for (size_t i = 0; i < n; i++) {
		PROMISE(v[i].id > 0 && v[i].attempt > 0 && v[i].runner_id >= 0);
		is_text(v[i].name);
		is_text(v[i].runner_name);
		times(v[i].started_at, v[i].completed_at);
		for (size_t k = 0; k < v[i].n_steps; k++)
			times(v[i].steps[k].started_at, v[i].steps[k].completed_at);
		for (size_t k = 1; k < v[i].labels.n; k++)
			PROMISE(strcmp(v[i].labels.v[k - 1], v[i].labels.v[k]) < 0);
		rq_gh_job_to_run_job(a, "q", forge, &v[i], &rj);
		PROMISE(*rq_run_job_state_text(&rj));
	}
	n = rq_gh_jobs_latest(v, n);
	rq_gh_run_to_job(a, "q", forge, &(struct rq_gh_run){ .id = 1, .name = "", .title = "t", .workflow = "", .event = "",
			 .branch = "", .html_url = "", .state = { .raw = "" } }, v, n, &j);
	PROMISE(j.step >= 0 && j.step <= j.steps && j.steps >= 1);
}

static void use_runs(struct rq_arena *a, enum rq_forge forge, const struct rq_gh_run *v, size_t n)
{
	struct rq_job j;

	for (size_t i = 0; i < n; i++) {
		PROMISE(v[i].id > 0 && v[i].attempt > 0 && *v[i].title);
		is_text(v[i].path);
		is_text(v[i].branch);
		times(v[i].started_at, v[i].completed_at);
		rq_gh_run_to_job(a, "q", forge, &v[i], NULL, 0, &j);
		PROMISE(*rq_job_state_text(&j) && j.reason && rq_job_active(&j) == (j.status != RQ_STATUS_COMPLETED));
	}
}

static void use_runners(struct rq_arena *a, const struct rq_gh_runner *v, size_t n)
{
	struct rq_runner r;

	for (size_t i = 0; i < n; i++) {
		PROMISE(v[i].id > 0 && *v[i].name && v[i].n_labels <= RQ_GH_LABELS_MAX);
		rq_gh_runner_to_runner(a, "q", &v[i], &r);
		PROMISE(r.labels.n <= v[i].n_labels);
	}
}

static void lists(struct rq_arena *a, enum rq_forge forge, const char *text, size_t n)
{
	struct rq_error e = { 0 };
	struct rq_gh_page p;
	struct rq_gh_environment *env;
	struct rq_gh_workflow *w;
	struct rq_gh_artifact *f;
	struct rq_gh_runner *r;
	struct rq_gh_group *g;
	struct rq_gh_run *run;
	struct rq_gh_job *job;
	struct rq_gh_label *l;

	if (!rq_gh_runs_parse(a, text, n, forge, &run, &p, &e))
		use_runs(a, forge, run, p.n);
	else
		PROMISE(e.code == RQ_EUNREACHABLE && e.msg[0] && p.n == 0);
	if (!rq_gh_jobs_parse(a, text, n, forge, &job, &p, NULL))
		use_jobs(a, forge, job, p.n);
	if (!rq_gh_runners_parse(a, text, n, forge, &r, &p, NULL))
		use_runners(a, r, p.n);
	if (!rq_gh_workflows_parse(a, text, n, forge, &w, &p, NULL))
		for (size_t i = 0; i < p.n; i++)
			PROMISE(*w[i].file && !strchr(w[i].file, '/'));
	if (!rq_gh_artifacts_parse(a, text, n, forge, &f, &p, NULL))
		for (size_t i = 0; i < p.n; i++)
			PROMISE(f[i].size >= 0);
	rq_gh_labels_parse(a, text, n, &l, &p, NULL);
	rq_gh_groups_parse(a, text, n, &g, &p, NULL);
	rq_gh_environments_parse(a, text, n, &env, &p, NULL);
	rq_gh_pending_parse(a, text, n, &env, &p, NULL);
}

static void objects(struct rq_arena *a, enum rq_forge forge, const char *text, size_t n)
{
	struct rq_gh_dispatched d;
	struct rq_gh_workflow w;
	struct rq_gh_runner r;
	struct rq_gh_token t;
	struct rq_gh_rate rate;
	struct rq_gh_repo repo;
	struct rq_gh_run run;
	struct rq_gh_job job;
	const char *version;
	enum rq_forge f;

	if (!rq_gh_run_parse(a, text, n, forge, &run, NULL))
		use_runs(a, forge, &run, 1);
	if (!rq_gh_job_parse(a, text, n, forge, &job, NULL))
		use_jobs(a, forge, &job, 1);
	if (!rq_gh_runner_parse(a, text, n, forge, &r, NULL))
		use_runners(a, &r, 1);
	rq_gh_workflow_parse(a, text, n, forge, &w, NULL);
	rq_gh_repo_parse(a, text, n, &repo, NULL);
	rq_gh_dispatched_parse(a, text, n, &d, NULL);
	if (!rq_gh_rate_parse(text, n, &rate, NULL))
		PROMISE(rate.reset_at >= 0 && rate.used >= 0);
	rq_gh_token_parse(a, text, n, &t, NULL);
	rq_gh_version_parse(a, text, n, &f, &version, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_gh_refusal refusal;
	struct rq_arena a = { 0 };
	enum rq_forge forge;
	const char *text;

	if (size == 0)
		return 0;
	forge = (enum rq_forge)(data[0] % 3);
	text = (const char *)data + 1;
	size--;
	lists(&a, forge, text, size);
	objects(&a, forge, text, size);
	rq_gh_refusal_parse(&a, text, size, &refusal);
	is_text(refusal.message);
	is_text(refusal.documentation_url);
	PROMISE(!strpbrk(refusal.message, "\n\r\t\033"));
	rq_arena_release(&a);
	return 0;
}
