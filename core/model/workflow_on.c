/* workflow_on.c - what starts a workflow, and the inputs of workflow_dispatch. */
#include <string.h>
#include "core/model/workflow_private.h"

static const char *const type_names[] = {
	[RQ_WF_STRING] = "string", [RQ_WF_CHOICE] = "choice", [RQ_WF_BOOLEAN] = "boolean", [RQ_WF_NUMBER] = "number",
	[RQ_WF_ENVIRONMENT] = "environment",
};

const char *rq_wf_type_name(enum rq_wf_type t)
{
	return (unsigned)t < RQ_WF_TYPE_N ? type_names[t] : "unknown";
}

/* --- one input ---------------------------------------------------------------------------- */

static bool name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && ((c >= '0' && c <= '9') || c == '-'));
}

static void check_name(struct wf_reader *r, const struct rq_yaml *key)
{
	const char *s = key->text;

	while (*s && name_char(*s, s == key->text))
		s++;
	if (!*key->text || *s)
		wf_error(r, key, "'%.80s' cannot be an input: a letter or '_' begins it, then letters, digits, '-' and '_' may "
			 "follow", key->text);
	else if (rq_workflow_input(r->w, key->text))
		wf_error(r, key, "the input '%.80s' differs from an earlier one in capital letters only", key->text);
}

static void read_type(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_input *in)
{
	static const char choices[] = "string|choice|boolean|number|environment";
	const char *s = rq_yaml_str(y), *near;

	for (int i = 0; s && i < RQ_WF_TYPE_N; i++) {
		if (!strcmp(type_names[i], s)) {
			in->type = (enum rq_wf_type)i;
			return;
		}
	}
	if (!y || y->kind == RQ_YAML_NULL)
		return;
	near = s ? wf_nearest(r->a, choices, s) : NULL;
	wf_error(r, y, "the input '%.80s' has the type '%.40s'%s%s%s; there are string, choice, boolean, number and "
		 "environment", in->name, s ? s : "", near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static void read_required(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_input *in)
{
	if (y && y->kind != RQ_YAML_NULL && !rq_yaml_bool(y, &in->required))
		wf_error(r, y, "'required' of the input '%.80s' is true or false", in->name);
}

static void read_options(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_input *in)
{
	size_t n = y && y->kind == RQ_YAML_SEQ ? y->n : 0;

	if (y && y->kind != RQ_YAML_SEQ && y->kind != RQ_YAML_NULL)
		wf_error(r, y, "'options' of the input '%.80s' is a list", in->name);
	if (n > RQ_WF_OPTIONS_MAX) {
		wf_error(r, y, "the input '%.80s' has more than %d options", in->name, RQ_WF_OPTIONS_MAX);
		n = RQ_WF_OPTIONS_MAX;
	}
	in->options = rq_arena_alloc(r->a, (n + 1) * sizeof *in->options);
	for (size_t i = 0; i < n; i++) {
		if (rq_yaml_str(y->items[i]))
			in->options[in->n_options++] = wf_text(r, y->items[i]);
		else
			wf_error(r, y->items[i], "an option of the input '%.80s' is a text", in->name);
	}
}

static void read_default(struct wf_reader *r, const struct rq_yaml *y, struct rq_wf_input *in)
{
	if (!y || y->kind == RQ_YAML_NULL)
		return;
	if (y->kind != RQ_YAML_SCALAR) {
		wf_error(r, y, "'default' of the input '%.80s' is a text, a number, true or false", in->name);
		return;
	}
	in->has_default = true;
	in->def = wf_text(r, y);
}

static bool is_option(const struct rq_wf_input *in, const char *s)
{
	for (size_t i = 0; i < in->n_options; i++)
		if (!strcmp(in->options[i], s))
			return true;
	return false;
}

/* What only fits or not once all is read. */
static void check_input(struct wf_reader *r, const struct rq_yaml *map, const struct rq_yaml *key,
			const struct rq_wf_input *in)
{
	const struct rq_yaml *def = rq_yaml_get(map, "default"), *options = wf_key(map, "options");

	if (in->type == RQ_WF_CHOICE && in->n_options == 0)
		wf_error(r, key, "the input '%.80s' is a choice without 'options'", in->name);
	else if (in->type != RQ_WF_CHOICE && options)
		wf_warn(r, options, "the input '%.80s' has 'options', but its type is %s", in->name, type_names[in->type]);
	if (!in->has_default || wf_is_expression(in->def))
		return;
	if (in->type == RQ_WF_CHOICE && in->n_options && !is_option(in, in->def))
		wf_error(r, def, "the default '%.80s' of the input '%.80s' is none of its options", in->def, in->name);
	else if (in->type == RQ_WF_BOOLEAN && strcmp(in->def, "true") != 0 && strcmp(in->def, "false") != 0)
		wf_error(r, def, "the default '%.80s' of the boolean input '%.80s' is neither true nor false", in->def, in->name);
	else if (in->type == RQ_WF_NUMBER && rq_wf_input_check(in, in->def, NULL, NULL))
		wf_error(r, def, "the default '%.80s' of the input '%.80s' is no number", in->def, in->name);
}

static void read_input(struct wf_reader *r, const struct rq_yaml *key, const struct rq_yaml *y, struct rq_wf_input *in)
{
	check_name(r, key);
	*in = (struct rq_wf_input){ .name = rq_arena_str(r->a, key->text), .description = "", .deprecation = "", .def = "",
				    .line = key->line, .col = key->col };
	if (y->kind != RQ_YAML_MAP) {
		if (y->kind != RQ_YAML_NULL)
			wf_error(r, y, "the input '%.80s' is a map with 'description', 'type' and the like", in->name);
		return;
	}
	wf_check_keys(r, y, "an input", "description|required|default|type|options|deprecationMessage");
	in->description = wf_text(r, rq_yaml_get(y, "description"));
	in->deprecation = wf_text(r, rq_yaml_get(y, "deprecationMessage"));
	read_type(r, rq_yaml_get(y, "type"), in);
	read_required(r, rq_yaml_get(y, "required"), in);
	read_options(r, rq_yaml_get(y, "options"), in);
	read_default(r, rq_yaml_get(y, "default"), in);
	check_input(r, y, key, in);
}

/* --- on ----------------------------------------------------------------------------------- */

static void read_inputs(struct wf_reader *r, const struct rq_yaml *y)
{
	size_t n;

	if (!y || y->kind == RQ_YAML_NULL)
		return;
	if (y->kind != RQ_YAML_MAP) {
		wf_error(r, y, "'inputs' is a map of the inputs' names");
		return;
	}
	n = y->n < RQ_WF_INPUTS_MAX ? y->n : RQ_WF_INPUTS_MAX;
	if (n < y->n)
		wf_error(r, y, "there are more than %d inputs", RQ_WF_INPUTS_MAX);
	r->w->inputs = rq_arena_alloc(r->a, (n + 1) * sizeof *r->w->inputs);
	for (size_t i = 0; i < n; i++) {
		if (y->keys[i]->kind != RQ_YAML_SCALAR)
			continue;
		read_input(r, y->keys[i], y->items[i], &r->w->inputs[r->w->n_inputs]);
		r->w->n_inputs++;
	}
}

static void read_dispatch(struct wf_reader *r, const struct rq_yaml *y)
{
	r->w->has_dispatch = true;
	if (y->kind == RQ_YAML_NULL)
		return;
	if (y->kind != RQ_YAML_MAP) {
		wf_error(r, y, "'workflow_dispatch' is empty, or a map with 'inputs'");
		return;
	}
	wf_check_keys(r, y, "'workflow_dispatch'", "inputs");
	read_inputs(r, rq_yaml_get(y, "inputs"));
}

/* One event of `on`; Y is what stands behind its name. */
static void read_event(struct wf_reader *r, const struct rq_yaml *name, const struct rq_yaml *y)
{
	const char *s = rq_yaml_str(name);

	if (!s)
		return;
	if (!strcmp(s, "workflow_dispatch") && y)
		read_dispatch(r, y);
	else if (!strcmp(s, "workflow_dispatch"))
		r->w->has_dispatch = true;
	else if (wf_nearest(r->a, "workflow_dispatch", s))
		wf_error(r, name, "there is no event '%.80s' (did you mean 'workflow_dispatch'?)", s);
}

void wf_read_on(struct wf_reader *r)
{
	const struct rq_yaml *key = wf_key(r->root, "on"), *on = key ? rq_yaml_get(r->root, "on") : NULL;

	if (!on || on->kind == RQ_YAML_NULL) {
		wf_error(r, key ? key : r->root, "'on' is %s; write 'on: workflow_dispatch', so that it can be started from here",
			 key ? "empty" : "missing");
		return;
	}
	r->w->on_line = key->line;
	r->w->on_col = key->col;
	if (on->kind == RQ_YAML_SCALAR)
		read_event(r, on, NULL);
	for (size_t i = 0; on->kind == RQ_YAML_SEQ && i < on->n; i++)
		read_event(r, on->items[i], NULL);
	for (size_t i = 0; on->kind == RQ_YAML_MAP && i < on->n; i++)
		read_event(r, on->keys[i], on->items[i]);
}
