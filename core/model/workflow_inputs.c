/* workflow_inputs.c - what is sent with a dispatch, checked against the workflow's inputs. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/str.h"
#include "core/model/workflow_private.h"

const struct rq_wf_input *rq_workflow_input(const struct rq_workflow *w, const char *name)
{
	for (size_t i = 0; i < w->n_inputs; i++)
		if (rq_ieq(w->inputs[i].name, name))
			return &w->inputs[i];
	return NULL;
}

/* --- one value ---------------------------------------------------------------------------- */

static const char *some_digits(const char *s)
{
	while (*s >= '0' && *s <= '9')
		s++;
	return s;
}

/* "-1.5e3": JSON's numbers, of any length. */
static bool is_number(const char *s)
{
	const char *from = s += *s == '-';

	s = some_digits(s);
	if (s == from)
		return false;
	if (*s == '.') {
		from = ++s;
		s = some_digits(s);
		if (s == from)
			return false;
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		from = s += *s == '-' || *s == '+';
		s = some_digits(s);
		if (s == from)
			return false;
	}
	return !*s;
}

/* "a, b, c", and how many more. */
static const char *list_of(struct rq_str *b, const char *const *v, size_t n)
{
	enum { SHOWN = 12 };

	for (size_t i = 0; i < n && i < SHOWN; i++)
		rq_str_addf(b, "%s%.60s", i ? ", " : "", *v[i] ? v[i] : "(empty)");
	if (n > SHOWN)
		rq_str_addf(b, " and %zu more", n - SHOWN);
	return rq_str_get(b);
}

static int no_option(const struct rq_wf_input *in, const char *value, struct rq_error *e)
{
	struct rq_str b;
	int rc;

	rq_str_init(&b, 1024);
	rc = rq_fail(e, RQ_EUSAGE, "The input \"%.60s\" cannot be \"%.60s\"; it is one of: %.300s.", in->name, value,
		     list_of(&b, in->options, in->n_options));
	rq_str_release(&b);
	return rc;
}

static int check_choice(const struct rq_wf_input *in, const char *value, struct rq_error *e)
{
	for (size_t i = 0; i < in->n_options; i++)
		if (!strcmp(in->options[i], value))
			return RQ_OK;
	return no_option(in, value, e);
}

int rq_wf_input_check(const struct rq_wf_input *in, const char *value, const char **normal, struct rq_error *e)
{
	if (normal)
		*normal = value;
	switch (in->type) {
	case RQ_WF_CHOICE:
		return check_choice(in, value, e);
	case RQ_WF_BOOLEAN:
		if (!rq_ieq(value, "true") && !rq_ieq(value, "false"))
			return rq_fail(e, RQ_EUSAGE, "The input \"%.60s\" is true or false, not \"%.60s\".", in->name, value);
		if (normal)
			*normal = rq_ieq(value, "true") ? "true" : "false";
		return RQ_OK;
	case RQ_WF_NUMBER:
		if (!is_number(value))
			return rq_fail(e, RQ_EUSAGE, "The input \"%.60s\" is a number, not \"%.60s\".", in->name, value);
		return RQ_OK;
	case RQ_WF_ENVIRONMENT:
		if (!*value)
			return rq_fail(e, RQ_EUSAGE, "The input \"%.60s\" is the name of an environment, not empty.", in->name);
		return RQ_OK;
	default:
		return RQ_OK;
	}
}

/* --- all of them -------------------------------------------------------------------------- */

static int unknown_input(struct rq_arena *a, const struct rq_workflow *w, const char *name, struct rq_error *e)
{
	const char **names = rq_arena_alloc(a, (w->n_inputs + 1) * sizeof *names), *near = NULL;
	int best = strlen(name) < 5 ? 2 : 3, d, rc;
	struct rq_str b;

	if (w->n_inputs == 0)
		return rq_fail(e, RQ_EUSAGE, "The workflow %.100s has no inputs, so \"%.60s\" cannot be set.", w->file, name);
	for (size_t i = 0; i < w->n_inputs; i++) {
		names[i] = w->inputs[i].name;
		d = rq_distance(names[i], name, best);
		if (d < best) {
			best = d;
			near = names[i];
		}
	}
	if (near)
		return rq_fail(e, RQ_EUSAGE, "The workflow %.100s has no input \"%.60s\"; did you mean %.60s?", w->file, name,
			       near);
	rq_str_init(&b, 1024);
	rc = rq_fail(e, RQ_EUSAGE, "The workflow %.100s has no input \"%.60s\"; it has: %.250s.", w->file, name,
		     list_of(&b, names, w->n_inputs));
	rq_str_release(&b);
	return rc;
}

static int missing_input(const struct rq_wf_input *in, struct rq_error *e)
{
	return rq_fail(e, RQ_EUSAGE, "The input \"%.60s\" (%s) is missing: give it with -f %.60s=VALUE%s%.200s.", in->name,
		       rq_wf_type_name(in->type), in->name, *in->description ? ": " : "", in->description);
}

/* One "KEY=VALUE" into its place in GIVEN, which has one for each input. */
static int take_param(struct rq_arena *a, const struct rq_workflow *w, const char *param, struct rq_wf_value *given,
		      struct rq_error *e)
{
	const char *eq = strchr(param, '='), *name;
	const struct rq_wf_input *in;
	struct rq_wf_value *v;

	if (!eq || eq == param)
		return rq_fail(e, RQ_EUSAGE, "\"%.80s\" is no input: KEY=VALUE is one.", param);
	name = rq_arena_strn(a, param, (size_t)(eq - param));
	in = rq_workflow_input(w, name);
	if (!in)
		return unknown_input(a, w, name, e);
	v = &given[in - w->inputs];
	if (v->input)
		return rq_fail(e, RQ_EUSAGE, "The input \"%.60s\" is given twice.", in->name);
	*v = (struct rq_wf_value){ .name = in->name, .input = in };
	return rq_wf_input_check(in, rq_arena_str(a, eq + 1), &v->value, e);
}

/* Characters of the inputs as the JSON object that is sent. */
static size_t payload(const struct rq_wf_value *v, size_t n)
{
	size_t chars = 2 + (n ? n - 1 : 0);
	struct rq_str b;

	rq_str_init(&b, 0);
	for (size_t i = 0; i < n; i++) {
		rq_str_clear(&b);
		rq_json_print_str(v[i].name, &b);
		rq_str_addc(&b, ':');
		rq_json_print_str(v[i].value, &b);
		for (size_t k = 0; k < b.len; k++)
			chars += ((unsigned char)b.s[k] & 0xc0) != 0x80;
	}
	rq_str_release(&b);
	return chars;
}

static int check_limits(const struct rq_wf_value *v, size_t n, struct rq_wf_limits limits, struct rq_error *e)
{
	size_t size;

	if (limits.inputs && n > limits.inputs)
		return rq_fail(e, RQ_ELIMIT, "There are %zu inputs, and this server takes %zu at most.", n, limits.inputs);
	size = limits.payload ? payload(v, n) : 0;
	if (size > limits.payload)
		return rq_fail(e, RQ_ELIMIT,
			       "The inputs have %zu characters together, and this server takes %zu at most: put the large one "
			       "into a file of the repository, or somewhere else, and give its name.",
			       size, limits.payload);
	return RQ_OK;
}

int rq_workflow_check_inputs(struct rq_arena *a, const struct rq_workflow *w, const char *const *params, size_t n,
			     struct rq_wf_limits limits, struct rq_wf_value **out, size_t *n_out, struct rq_error *e)
{
	struct rq_wf_value *v = rq_arena_alloc(a, (w->n_inputs + 1) * sizeof *v);
	size_t k = 0;
	int rc = RQ_OK;

	if (!w->has_dispatch)
		return rq_fail(e, RQ_EUSAGE,
			       "Workflow does not have 'workflow_dispatch' trigger: add workflow_dispatch to 'on' in %.100s, "
			       "and let the default branch have it.",
			       w->file);
	for (size_t i = 0; i < n && !rc; i++)
		rc = take_param(a, w, params[i], v, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < w->n_inputs; i++) {
		if (v[i].input)
			v[k++] = v[i];
		else if (w->inputs[i].required && !w->inputs[i].has_default)
			return missing_input(&w->inputs[i], e);
	}
	*out = v;
	*n_out = k;
	return check_limits(v, k, limits, e);
}
