/* preview.c - the decision that a form's submission would get, and what its type wants. */
#include "tui/preview.h"

#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "tui/detail.h"

const char *rq_ui_types(struct rq_ui *ui, struct rq_arena *a)
{
	size_t n, i;
	const struct rq_job_type **v = rq_job_types(ui->rq, a, &n);
	struct rq_str s;
	const char *names;

	rq_str_init(&s, 65536);
	for (i = 0; i < n; i++)
		rq_str_addf(&s, "%s%s", i ? "|" : "", v[i]->name);
	names = rq_arena_str(a, rq_str_get(&s));
	rq_str_release(&s);
	return names;
}

void rq_preview_init(struct rq_preview *p, struct rq_ui *ui)
{
	memset(p, 0, sizeof *p);
	p->ui = ui;
	p->types = rq_job_types(ui->rq, &p->arena, &p->n_types);
	rq_rich_init(&p->rich);
}

void rq_preview_release(struct rq_preview *p)
{
	rq_rich_release(&p->rich);
	rq_free(p->key);
	rq_arena_release(&p->arena);
}

const struct rq_job_type *rq_preview_type(const struct rq_preview *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n_types; i++) {
		if (rq_eq(p->types[i]->name, name))
			return p->types[i];
	}
	return NULL;
}

/* ---- what is decided about ---- */

static const char *text_of(const struct rq_fields *f, const char *name)
{
	const char *s = rq_fields_get(f, name);

	return s + strspn(s, " ");
}

static bool brings_work(const struct rq_fields *f)
{
	return *text_of(f, "COMMAND") || *text_of(f, "steps");
}

/* What has not been filled in yet is left out: the decision is about what there is. */
static int submission(const struct rq_preview *p, const struct rq_fields *f, struct rq_arena *a,
		      struct rq_submission *s, struct rq_error *e)
{
	const char *type = text_of(f, "type"), *target = text_of(f, "to");
	const struct rq_job_type *t = p->dispatches ? NULL : rq_preview_type(p, type);
	const char **inputs;
	int64_t priority = 0;
	size_t n;

	s->type = *type ? type : "command";
	s->target = *target ? target : NULL;
	s->queue = p->dispatches ? p->queue : NULL;
	s->params = rq_fields_params(f, a, &s->n_params);
	if (t && !brings_work(f) && !rq_job_type_inputs(t, a, s->params, s->n_params, &inputs, &n, NULL)) {
		s->params = inputs;
		s->n_params = n;
	}
	if (rq_parse_i64(text_of(f, "priority"), &priority) && priority >= -1000 && priority <= 1000)
		s->priority = (int)priority;
	if (rq_labels_parse(a, text_of(f, "runs-on"), &s->labels, e))
		return RQ_EUSAGE;
	if (!s->labels.n && t && !brings_work(f))
		s->labels = t->labels;
	return RQ_OK;
}

static void add_warnings(struct rq_ui *ui, const struct rq_submission *s, struct rq_rich *out)
{
	struct rq_str warnings;

	rq_str_init(&warnings, 65536);
	rq_submission_warnings(ui->rq, s, &warnings);
	rq_rich_block(out, RQ_ROLE_WARNING, rq_str_get(&warnings), warnings.len);
	rq_str_release(&warnings);
}

/* A decision without an input that is needed is about a job that will not be: it is said. */
static void add_missing(const struct rq_fields *f, struct rq_rich *out)
{
	size_t i, n = 0;

	for (i = 0; i < f->n && !brings_work(f); i++) {
		if (!f->v[i].input || !f->v[i].input->required || !rq_field_empty(&f->v[i]))
			continue;
		rq_rich_addf(out, RQ_ROLE_WARNING, "%s%s", n++ ? ", " : "Still missing: ", f->v[i].input->name);
	}
	if (n)
		rq_rich_end_line(out);
}

static void add_workflow(struct rq_preview *p)
{
	if (!*p->trouble && !p->workflow)
		rq_rich_add(&p->rich, RQ_ROLE_DIM, "The workflow's inputs are fields when its file is named and has been read.");
	else if (*p->trouble)
		rq_rich_add(&p->rich, RQ_ROLE_ERROR, p->trouble);
	else
		rq_rich_addf(&p->rich, RQ_ROLE_NORMAL, "%s of queue %s%s%s", p->workflow->name, p->queue,
			     *p->workflow->help ? ": " : "", p->workflow->help);
	rq_rich_end_line(&p->rich);
}

static void decide(struct rq_preview *p, const struct rq_fields *f)
{
	struct rq_ui *ui = p->ui;
	struct rq_submission s = { 0 };
	struct rq_decision *d;
	struct rq_arena arena = { 0 };
	struct rq_error e = { 0 };

	if (!ui->snap->n_runners && rq_config_bool(rq_get_config(ui->rq), "agent.autostart")) {
		rq_rich_add(&p->rich, RQ_ROLE_NORMAL,
			    "There is no runner yet: with the first job an agent starts on this machine.");
		rq_rich_end_line(&p->rich);
		return;
	}
	if (p->dispatches)
		add_workflow(p);
	d = rq_arena_alloc(&arena, sizeof *d);
	if (submission(p, f, &arena, &s, &e) || rq_preview(ui->rq, &arena, &s, d, &e)) {
		rq_rich_add(&p->rich, RQ_ROLE_ERROR, e.msg);
		rq_rich_end_line(&p->rich);
	} else {
		add_missing(f, &p->rich);
		add_warnings(ui, &s, &p->rich);
		rq_decision_text(ui, d, NULL, RQ_TELL_PREVIEW, &p->rich);
	}
	rq_arena_release(&arena);
}

/* All that the decision looks at, as one text. */
static char *key_of(const struct rq_preview *p, const struct rq_fields *f)
{
	const struct rq_policy_info *policy = rq_policy_info(p->ui->rq);
	struct rq_str s;
	size_t i;

	rq_str_init(&s, RQ_LINE_BYTES);
	for (i = 0; i < f->n; i++) {
		if (f->v[i].input || f->v[i].opt || f->v[i].arg)
			rq_str_addf(&s, "%s=%s\n", rq_field_name(&f->v[i]), f->v[i].line.s);
	}
	rq_str_addf(&s, "%s %s %d %s %p", policy->oid, policy->error, p->dispatches, p->trouble, (const void *)p->workflow);
	return rq_str_detach(&s);
}

const struct rq_rich *rq_preview_lines(struct rq_preview *p, const struct rq_fields *f)
{
	char *key = key_of(p, f);

	if (rq_eq(key, p->key) && p->generation == p->ui->snap->generation) {
		rq_free(key);
		return &p->rich;
	}
	rq_free(p->key);
	p->key = key;
	p->generation = p->ui->snap->generation;
	rq_rich_clear(&p->rich);
	decide(p, f);
	return &p->rich;
}

/* ---- what is missing ---- */

/* What only shows when the command is put together; the field that begins with a dash is at fault then. */
static const char *command_problem(struct rq_preview *p, const struct rq_fields *f, const struct rq_job_type *t, size_t *bad)
{
	struct rq_arena arena = { 0 };
	struct rq_error e = { 0 };
	const char **params, **inputs;
	size_t n, i;
	char **argv;

	params = rq_fields_params(f, &arena, &n);
	if (!rq_job_type_inputs(t, &arena, params, n, &inputs, &n, &e) && t->command)
		rq_job_type_argv(t, &arena, inputs, n, &argv, &e);
	for (i = 0; i < f->n && e.code; i++) {
		if (f->v[i].input && f->v[i].line.s[0] == '-')
			*bad = i;
	}
	rq_copy(p->problem, sizeof p->problem, e.msg);
	rq_arena_release(&arena);
	return p->problem;
}

static const char *missing_input(const struct rq_fields *f, size_t *bad)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (!f->v[i].input || !f->v[i].input->required || !rq_field_empty(&f->v[i]))
			continue;
		*bad = i;
		return "This input is needed.";
	}
	return "";
}

/* What is not known of its inputs is no reason: without a network the submission is kept. */
static const char *workflow_problem(const struct rq_fields *f, size_t *bad)
{
	*bad = rq_fields_index(f, "COMMAND");
	if (*text_of(f, "COMMAND") && *text_of(f, "workflow"))
		return "A workflow has its own steps: leave out the command.";
	return missing_input(f, bad);
}

const char *rq_preview_problem(struct rq_preview *p, const struct rq_fields *f, size_t *bad)
{
	const char *type = text_of(f, "type");
	const struct rq_job_type *t = *type ? rq_preview_type(p, type) : NULL;
	const char *missing;

	if (p->dispatches)
		return workflow_problem(f, bad);
	if (brings_work(f))
		return "";
	*bad = rq_fields_index(f, *type && (!t || *t->error) ? "type" : "COMMAND");
	if (*type && !t)
		return "There is no such type of job: choose one with the arrow keys, or give a command.";
	if (t && *t->error)
		return t->error;
	if (!t || !rq_job_type_works(t))
		return "What shall run? A command is needed here, or a type that brings its own.";
	missing = missing_input(f, bad);
	return *missing ? missing : command_problem(p, f, t, bad);
}
