/* github_map.c - runs, jobs and runners of a server as the faces see them. */
#include <inttypes.h>
#include <string.h>
#include "core/base/str.h"
#include "core/model/github.h"
#include "core/model/github_private.h"

/* Why it waits. Only GitHub's words tell that much: Gitea waits for other jobs with the word that means approval there. */
static const char *why(enum rq_forge forge, const struct rq_gh_state *s)
{
	if (s->conclusion == RQ_CONCLUSION_ACTION_REQUIRED)
		return RQ_WHY_APPROVAL;
	if (s->conclusion == RQ_CONCLUSION_TIMED_OUT)
		return RQ_WHY_TIMEOUT;
	if (forge != RQ_FORGE_GITHUB || *s->raw)
		return "";
	if (s->status == RQ_STATUS_WAITING)
		return RQ_WHY_APPROVAL;
	return s->status == RQ_STATUS_PENDING ? RQ_WHY_GROUP_CONCURRENCY : "";
}

static bool better(const struct rq_gh_job *j, const struct rq_gh_job *best)
{
	if (!best || !*best->runner_name != !*j->runner_name)
		return !best || *j->runner_name;
	return j->completed_at > best->completed_at;
}

/* The running one, else the one that ended last on a runner; NULL none. */
static const struct rq_gh_job *shown_job(const struct rq_gh_job *v, size_t n)
{
	const struct rq_gh_job *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (v[i].state.status == RQ_STATUS_IN_PROGRESS)
			return &v[i];
		if (better(&v[i], best))
			best = &v[i];
	}
	return best;
}

/* Step 3 of 5: the one that runs, or behind the last that ended. More of them may come while it runs. */
static void set_steps(const struct rq_gh_job *j, struct rq_job *out)
{
	size_t done = 0;

	out->step = 0;
	out->steps = 1;
	if (!j || !j->n_steps)
		return;
	out->steps = (int64_t)j->n_steps;
	while (done < j->n_steps && j->steps[done].state.status == RQ_STATUS_COMPLETED)
		done++;
	out->step = (int64_t)(done < j->n_steps ? done + 1 : j->n_steps);
}

/* What all jobs of the run ask for, together. */
static void all_labels(struct rq_arena *a, const struct rq_gh_job *v, size_t n, struct rq_labels *out)
{
	const char **all;
	size_t total = 0, k = 0;

	if (n == 1) {
		*out = v->labels;
		return;
	}
	for (size_t i = 0; i < n; i++)
		total += v[i].labels.n;
	all = rq_arena_alloc(a, (total + 1) * sizeof *all);
	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < v[i].labels.n; m++)
			all[k++] = v[i].labels.v[m];
	gh_labels(a, all, k, out);
}

static void set_common(struct rq_arena *a, const char *queue, const struct rq_gh_run *r, struct rq_job *out)
{
	bool named = *r->name && strcmp(r->name, r->title) != 0;     /* not by its run-name */

	memset(out, 0, sizeof *out);
	out->run_id = rq_arena_fmt(a, "%s:%" PRId64, queue, r->id);
	out->queue = queue;
	out->type = *r->workflow ? r->workflow : "workflow";
	out->command = rq_arena_fmt(a, "%s #%" PRId64 "%s%s%s%s", named ? r->name : out->type, r->number,
				    *r->event ? ", " : "", r->event, *r->branch ? " on " : "", r->branch);
	out->branch = r->branch;
	out->event = r->event;
	out->actor = r->triggering_actor;
	out->target = out->group = out->decision_id = "";
	out->exit_code = -1;
}

static void set_state(enum rq_forge forge, const struct rq_gh_state *s, struct rq_job *out)
{
	out->status = s->status;
	out->conclusion = s->conclusion;
	out->state_raw = s->raw;
	out->reason = why(forge, s);
}

void rq_gh_run_to_job(struct rq_arena *a, const char *queue, enum rq_forge forge, const struct rq_gh_run *r,
		      const struct rq_gh_job *jobs, size_t n_jobs, struct rq_job *out)
{
	const struct rq_gh_job *shown = shown_job(jobs, n_jobs);

	set_common(a, queue, r, out);
	out->id = out->run_id;
	out->name = r->title;
	out->run_attempt = (int)(r->attempt < INT32_MAX ? r->attempt : INT32_MAX);
	set_state(forge, &r->state, out);
	if (r->need_approval)
		out->reason = RQ_WHY_APPROVAL;
	all_labels(a, jobs, n_jobs, &out->labels);
	out->runner_name = shown ? shown->runner_name : "";
	set_steps(shown, out);
	out->created_at = r->created_at;
	out->started_at = r->started_at;
	out->completed_at = r->completed_at;
	out->url = r->html_url;
}

static const char *job_id(struct rq_arena *a, const char *queue, int64_t run, int64_t job)
{
	return rq_arena_fmt(a, "%s:%" PRId64 "/%" PRId64, queue, run, job);
}

void rq_gh_job_to_job(struct rq_arena *a, const char *queue, enum rq_forge forge, const struct rq_gh_run *r,
		      const struct rq_gh_job *j, struct rq_job *out)
{
	set_common(a, queue, r, out);
	out->id = job_id(a, queue, r->id, j->id);
	out->name = j->name;
	out->run_attempt = (int)(j->attempt < INT32_MAX ? j->attempt : INT32_MAX);
	set_state(forge, &j->state, out);
	out->labels = j->labels;
	out->runner_name = j->runner_name;
	set_steps(j, out);
	out->created_at = j->created_at;
	out->started_at = j->started_at;
	out->completed_at = j->completed_at;
	out->url = *j->html_url ? j->html_url : r->html_url;
}

static struct rq_run_step *steps_of(struct rq_arena *a, const struct rq_gh_job *j)
{
	struct rq_run_step *v = rq_arena_alloc(a, (j->n_steps + 1) * sizeof *v);

	for (size_t i = 0; i < j->n_steps; i++) {
		const struct rq_gh_step *s = &j->steps[i];

		v[i] = (struct rq_run_step){ s->number, s->name, s->state.status, s->state.conclusion, s->state.raw,
					     s->started_at, s->completed_at };
	}
	return v;
}

void rq_gh_job_to_run_job(struct rq_arena *a, const char *queue, enum rq_forge forge, const struct rq_gh_job *j,
			  struct rq_run_job *out)
{
	*out = (struct rq_run_job){
		.id = job_id(a, queue, j->run_id, j->id), .name = j->name,
		.status = j->state.status, .conclusion = j->state.conclusion, .state_raw = j->state.raw,
		.reason = why(forge, &j->state), .labels = j->labels, .runner_name = j->runner_name,
		.created_at = j->created_at, .started_at = j->started_at, .completed_at = j->completed_at,
		.html_url = j->html_url, .n_steps = j->n_steps,
	};
	out->steps = steps_of(a, j);
}

/* GitHub tells the processor by a label of its own. */
static const char *arch_of(const struct rq_gh_runner *r)
{
	static const char *const names[] = { "x64", "arm64", "arm", "x86" };

	for (size_t i = 0; i < r->n_labels; i++)
		for (size_t k = 0; r->labels[i].read_only && k < sizeof names / sizeof *names; k++)
			if (rq_ieq(r->labels[i].name, names[k]))
				return names[k];
	return "";
}

void rq_gh_runner_to_runner(struct rq_arena *a, const char *queue, const struct rq_gh_runner *r, struct rq_runner *out)
{
	const char *v[RQ_GH_LABELS_MAX];
	size_t n = r->n_labels < RQ_GH_LABELS_MAX ? r->n_labels : RQ_GH_LABELS_MAX;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < n; i++)
		v[i] = r->labels[i].name;
	gh_labels(a, v, n, &out->labels);
	out->name = r->name;
	out->queue = queue;
	out->id = r->id;
	out->online = r->online;
	out->slots = 1;
	out->running = r->busy ? 1 : 0;
	if (r->disabled)
		out->drain = r->busy ? RQ_DRAIN_DRAINING : RQ_DRAIN_DRAINED;
	out->drain_reason = out->drain_by = "";
	out->os = r->os;
	out->arch = arch_of(r);
	out->host = "";
	out->version = r->version;
	out->cpu_cores = out->memory_bytes = out->disk_free_bytes = -1;
	out->temp_milli_c = out->load_milli = -1;
}
