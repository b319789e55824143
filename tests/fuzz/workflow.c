/* A workflow file: text of people. What is read is checked with inputs made of the same bytes. */
#include "tests/fuzz/fuzz.h"

#include "core/base/str.h"
#include "core/model/workflow.h"

static const struct rq_labels no_labels;

static void check_file(const struct rq_workflow *w)
{
	PROMISE(w->n_inputs <= RQ_WF_INPUTS_MAX && w->n_jobs <= RQ_WF_JOBS_MAX);
	for (size_t i = 0; i < w->n_inputs; i++) {
		const struct rq_wf_input *in = &w->inputs[i];

		PROMISE(in->name && in->description && in->deprecation && in->def && in->line > 0);
		PROMISE(in->n_options <= RQ_WF_OPTIONS_MAX);
	}
	for (size_t i = 0; i < w->n_jobs; i++)
		PROMISE(w->jobs[i].id && w->jobs[i].name && w->jobs[i].expression && w->jobs[i].group && w->jobs[i].uses);
}

static void dispatch(struct rq_arena *a, const struct rq_workflow *w, const char *text)
{
	const char **params = rq_arena_alloc(a, (w->n_inputs + 1) * sizeof *params);
	struct rq_wf_value *v;
	struct rq_error e = { 0 };
	size_t n;
	int rc;

	for (size_t i = 0; i < w->n_inputs; i++)
		params[i] = rq_arena_fmt(a, "%s=%s", w->inputs[i].name, w->inputs[i].n_options ? w->inputs[i].options[0] : text);
	rc = rq_workflow_check_inputs(a, w, params, w->n_inputs, rq_wf_limits(RQ_FORGE_GITHUB, false), &v, &n, &e);
	PROMISE(rc == RQ_OK || e.msg[0]);
	PROMISE(rc || n <= w->n_inputs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_wf_problems p = { 0 };
	struct rq_arena a = { 0 };
	struct rq_error e = { 0 };
	struct rq_workflow w;
	struct rq_str shown = { 0 };
	char *text = text_of(data, size);
	int rc = rq_workflow_parse(&a, "x.yml", (const char *)data, size, &w, &p, &e);

	PROMISE(rc == RQ_OK || (rc == RQ_EUSAGE && p.errors && rq_starts(e.msg, "x.yml:")));
	check_file(&w);
	if (!rc)
		dispatch(&a, &w, text);
	rq_workflow_lint(&a, &w, rq_wf_limits(RQ_FORGE_GITHUB, true), &no_labels, 1, true, &p);
	PROMISE(p.n <= RQ_WF_PROBLEMS_MAX && p.errors + p.warnings >= p.n);
	rq_wf_problems_render(&p, "x.yml", &shown);
	PROMISE(!strpbrk(rq_str_get(&shown), "\r\t\033"));
	rq_str_release(&shown);
	rq_free(text);
	rq_arena_release(&a);
	return 0;
}
