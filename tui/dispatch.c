/* dispatch.c - a workflow's inputs for a form: asked for once its file, queue and ref are told, and made into a job's type. */
#include "tui/dispatch.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/workflow.h"
#include "core/model/cap.h"
#include "tui/fetch.h"
#include "tui/ui.h"

struct rq_dispatch {
	struct rq_ui *ui;
	struct rq_fetch *fetch;
	struct rq_arena arena;          /* of all types so far: fields may show them still */
	struct rq_job_type *type;
	unsigned answers;               /* that TYPE was made of */
	char *key;                      /* queue, file and ref that were asked about */
	char queue[64];
};

struct rq_dispatch *rq_dispatch_new(struct rq_ui *ui)
{
	struct rq_dispatch *d = rq_alloc(sizeof *d);

	d->ui = ui;
	d->fetch = rq_fetch_new(ui, RQ_VERB_WORKFLOW);
	d->key = rq_strdup("");
	return d;
}

void rq_dispatch_free(struct rq_dispatch *d)
{
	if (!d)
		return;
	rq_fetch_free(d->fetch);
	rq_arena_release(&d->arena);
	rq_free(d->key);
	rq_free(d);
}

/* ---- inputs ---- */

static const char *choices_of(struct rq_arena *a, const struct rq_wf_input *in)
{
	struct rq_str s;
	const char *out;
	size_t i;

	rq_str_init(&s, 65536);
	for (i = 0; i < in->n_options; i++)
		rq_str_addf(&s, "%s%s", i ? "|" : "", in->options[i]);
	out = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	return out;
}

/* An environment is a name that only the server knows to be one. */
static void take_input(struct rq_arena *a, const struct rq_wf_input *in, struct rq_input *out)
{
	static const enum rq_input_kind kinds[RQ_WF_TYPE_N] = {
		[RQ_WF_CHOICE] = RQ_INPUT_CHOICE, [RQ_WF_BOOLEAN] = RQ_INPUT_BOOL, [RQ_WF_NUMBER] = RQ_INPUT_NUMBER,
	};

	out->name = rq_arena_str(a, in->name);
	out->help = rq_arena_str(a, *in->deprecation ? in->deprecation : in->description);
	out->kind = kinds[in->type];
	out->required = in->required && !in->has_default;
	out->def = in->has_default && *in->def ? rq_arena_str(a, in->def) : NULL;
	out->choices = in->type == RQ_WF_CHOICE ? choices_of(a, in) : NULL;
}

static void take_workflow(struct rq_dispatch *d, const struct rq_workflow *w)
{
	struct rq_job_type *t = rq_arena_alloc(&d->arena, sizeof *t);
	size_t i;

	t->name = rq_arena_str(&d->arena, w->file);
	t->help = rq_arena_str(&d->arena, w->name);
	t->origin = t->error = "";
	t->n_inputs = w->n_inputs < RQ_INPUTS_MAX ? w->n_inputs : RQ_INPUTS_MAX;
	t->inputs = rq_arena_alloc(&d->arena, (t->n_inputs + 1) * sizeof *t->inputs);
	for (i = 0; i < t->n_inputs; i++)
		take_input(&d->arena, &w->inputs[i], &t->inputs[i]);
	d->type = t;
}

/* ---- which workflow ---- */

static const char *value(const struct rq_fields *f, const char *name)
{
	const char *s = rq_fields_get(f, name);

	return s + strspn(s, " ");
}

static bool runs_workflows(const struct rq_queue_state *q)
{
	return q->caps & RQ_CAP_WORKFLOWS;
}

static const char *queue_for(struct rq_dispatch *d, const char *named)
{
	const struct rq_snapshot *s = d->ui->snap;
	size_t i;

	for (i = 0; i < s->n_queues; i++)
		if (runs_workflows(&s->queues[i]) && (!*named || rq_ieq(s->queues[i].name, named)))
			return s->queues[i].name;
	return "";
}

/* Not while its name is being typed: each look costs a request. */
static bool is_file(const char *name)
{
	size_t n = strlen(name);

	return (n > 4 && !strcmp(name + n - 4, ".yml")) || (n > 5 && !strcmp(name + n - 5, ".yaml"));
}

bool rq_dispatch_look(struct rq_dispatch *d, const struct rq_fields *fields)
{
	const char *file = value(fields, "workflow"), *named = value(fields, "queue"), *ref = value(fields, "ref");
	bool dispatches = *file || (*named && *queue_for(d, named) && !*value(fields, "COMMAND"));
	struct rq_str key;

	rq_copy(d->queue, sizeof d->queue, dispatches ? queue_for(d, named) : "");
	rq_str_init(&key, RQ_LINE_BYTES);
	if (dispatches && (!*file || is_file(file)))
		rq_str_addf(&key, "%s\n%s\n%s", d->queue, file, ref);
	if (!rq_eq(rq_str_get(&key), d->key)) {
		rq_free(d->key);
		d->key = rq_strdup(rq_str_get(&key));
		d->type = NULL;
		d->answers = rq_fetch_answers(d->fetch);
		rq_fetch_want(d->fetch, d->key);
	}
	rq_str_release(&key);
	if (rq_fetch_answers(d->fetch) != d->answers && rq_fetch_workflow(d->fetch)) {
		d->answers = rq_fetch_answers(d->fetch);
		take_workflow(d, rq_fetch_workflow(d->fetch));
	}
	return dispatches;
}

const struct rq_job_type *rq_dispatch_type(const struct rq_dispatch *d)
{
	return d->type;
}

const char *rq_dispatch_error(const struct rq_dispatch *d)
{
	return *d->key ? rq_fetch_error(d->fetch) : "";
}

const char *rq_dispatch_queue(const struct rq_dispatch *d)
{
	return d->queue;
}
