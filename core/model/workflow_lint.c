/* workflow_lint.c - what keeps a workflow from being dispatched to the runners that there are. */
#include <string.h>
#include "core/model/workflow_private.h"

struct rq_wf_limits rq_wf_limits(enum rq_forge forge, bool enterprise_server)
{
	if (forge != RQ_FORGE_GITHUB)
		return (struct rq_wf_limits){ 0, 0 };
	return (struct rq_wf_limits){ enterprise_server ? 10 : 25, 65535 };
}

static void check_dispatch(struct rq_arena *a, const struct rq_workflow *w, struct rq_wf_problems *p)
{
	/* A missing `on` has been told. The sentence is the server's own, so that it can be looked for. */
	if (!w->has_dispatch && w->on_line)
		wf_say(a, p, w->on_line, w->on_col, false,
		       "Workflow does not have 'workflow_dispatch' trigger: add workflow_dispatch to 'on' here");
}

static void check_count(struct rq_arena *a, const struct rq_workflow *w, size_t max, struct rq_wf_problems *p)
{
	if (max && w->n_inputs > max)
		wf_say(a, p, w->inputs[max].line, w->inputs[max].col, false,
		       "there are %zu inputs, and this server takes %zu at most", w->n_inputs, max);
}

/* --- labels ------------------------------------------------------------------------------- */

struct fleet {
	const struct rq_labels *v;
	size_t n;
	bool hosted;
};

static bool somebody_has(const struct fleet *f, const char *label)
{
	for (size_t i = 0; i < f->n; i++)
		if (rq_labels_has(&f->v[i], label))
			return true;
	return false;
}

static const char *nearest_label(const struct fleet *f, const char *label)
{
	int best = strlen(label) < 5 ? 2 : 3, d;
	const char *found = NULL;

	for (size_t i = 0; i < f->n; i++) {
		for (size_t k = 0; k < f->v[i].n; k++) {
			d = rq_distance(f->v[i].v[k], label, best);
			if (d < best) {
				best = d;
				found = f->v[i].v[k];
			}
		}
	}
	return found;
}

/* GitHub's own machines: "ubuntu-latest", "windows-2025", "macos-15". */
static bool is_hosted(const struct rq_labels *l)
{
	return l->n == 1 && (rq_starts(l->v[0], "ubuntu-") || rq_starts(l->v[0], "windows-") || rq_starts(l->v[0], "macos-"));
}

static bool anybody_fits(const struct fleet *f, const struct rq_labels *want)
{
	for (size_t i = 0; i < f->n; i++)
		if (rq_labels_subset(want, &f->v[i], NULL))
			return true;
	return false;
}

static void check_labels(struct rq_arena *a, const struct rq_wf_job *job, const struct fleet *f, struct rq_wf_problems *p)
{
	size_t unknown = 0;

	if (job->labels.n == 0 || (f->hosted && is_hosted(&job->labels)))
		return;
	for (size_t i = 0; i < job->labels.n; i++) {
		const char *label = job->labels.v[i], *near = nearest_label(f, label);

		if (somebody_has(f, label))
			continue;
		unknown++;
		wf_say(a, p, job->line, job->col, true, "no runner has the label '%.80s'%s%.80s%s; the job '%.80s' would wait",
		       label, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", job->id);
	}
	if (!unknown && !anybody_fits(f, &job->labels))
		wf_say(a, p, job->line, job->col, true,
		       "each label is known, but no runner has all of them; the job '%.80s' would wait", job->id);
}

void rq_workflow_lint(struct rq_arena *a, const struct rq_workflow *w, struct rq_wf_limits limits,
		      const struct rq_labels *runners, size_t n_runners, bool hosted, struct rq_wf_problems *problems)
{
	struct fleet f = { runners, n_runners, hosted };

	check_dispatch(a, w, problems);
	check_count(a, w, limits.inputs, problems);
	for (size_t i = 0; n_runners && i < w->n_jobs; i++)
		check_labels(a, &w->jobs[i], &f, problems);
	wf_sort(problems);
}
