/* Arguments as fields. */
#include "tui/fields.h"

#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/config.h"

const char *rq_field_name(const struct rq_field *f)
{
	return f->input ? f->input->name : f->arg ? f->arg->name : f->opt->name;
}

const char *rq_field_help(const struct rq_field *f)
{
	if (f->input)
		return *f->input->help ? f->input->help : rq_input_kind_name(f->input->kind);
	return f->arg ? f->arg->help : f->opt->help;
}

static enum rq_value_type type_of_input(const struct rq_input *in)
{
	switch (in->kind) {
	case RQ_INPUT_INT: return RQ_VALUE_INT;
	case RQ_INPUT_BOOL:
	case RQ_INPUT_CHOICE: return RQ_VALUE_CHOICE;
	case RQ_INPUT_FILE: return RQ_VALUE_FILE;
	case RQ_INPUT_SIZE: return RQ_VALUE_SIZE;
	case RQ_INPUT_DURATION: return RQ_VALUE_DURATION;
	default: return RQ_VALUE_TEXT;
	}
}

enum rq_value_type rq_field_type(const struct rq_field *f)
{
	return f->input ? type_of_input(f->input) : f->arg ? f->arg->type : f->opt->type;
}

const char *rq_field_default(const struct rq_field *f)
{
	return f->input ? f->input->def : f->opt ? f->opt->def : NULL;
}

const char *rq_field_choices(const struct rq_field *f)
{
	if (f->input)
		return f->input->kind == RQ_INPUT_BOOL ? "true|false" : f->input->choices;
	return f->arg ? f->arg->choices : NULL;
}

bool rq_field_switch(const struct rq_field *f)
{
	return f->opt && !f->opt->value;
}

/* A command line is what a form is opened for, also where an option could stand in for it. */
bool rq_field_required(const struct rq_field *f)
{
	if (f->input)
		return f->input->required;
	if (f->opt)
		return f->opt->flags & RQ_OPT_REQUIRED;
	return !(f->arg->flags & RQ_ARG_OPTIONAL);
}

bool rq_field_empty(const struct rq_field *f)
{
	return rq_field_switch(f) ? !f->on : !f->line.s[strspn(f->line.s, " ")];
}

const struct rq_setting *rq_fields_setting(const struct rq_fields *f, const struct rq_field *field)
{
	return rq_field_type(field) == RQ_VALUE_OF_SETTING && field > f->v ? rq_config_find(field[-1].line.s) : NULL;
}

static bool several(const struct rq_field *f)
{
	if (f->input)
		return false;
	return f->arg ? f->arg->flags & (RQ_ARG_REPEAT | RQ_ARG_REST)
		      : f->opt->flags & RQ_OPT_REPEAT;
}

static void fill(struct rq_field *f, const char *const *v, size_t n)
{
	struct rq_str text;
	size_t i;

	rq_str_init(&text, RQ_LINE_BYTES);
	for (i = 0; i < n; i++) {
		if (i)
			rq_str_addc(&text, ' ');
		if (several(f))
			rq_words_quote(&text, v[i]);
		else
			rq_str_add(&text, v[i]);
	}
	rq_line_set(&f->line, rq_str_get(&text));
	rq_str_release(&text);
}

static void add(struct rq_fields *f, const struct rq_arg *arg, const struct rq_opt *opt)
{
	struct rq_field *field;

	RQ_GROW(f->v, f->n, &f->cap);
	field = &f->v[f->n++];
	memset(field, 0, sizeof *field);
	field->arg = arg;
	field->opt = opt;
	field->rare = opt && (opt->flags & RQ_OPT_HIDDEN_IN_FORM);
	rq_line_init(&field->line, "");
}

static void prefill(struct rq_fields *f, char *const *words, size_t n)
{
	struct rq_cmd cmd = { .command = f->command };
	const char *missing, *const *v;
	size_t i;

	if (n && rq_cmd_parse(&cmd, words, n, &missing, NULL) == RQ_OK) {
		for (i = 0; i < f->n; i++) {
			struct rq_field *field = &f->v[i];
			size_t count = field->arg ? rq_cmd_args(&cmd, field->arg->name, &v)
						  : rq_cmd_opts(&cmd, field->opt->name, &v);

			if (rq_field_switch(field))
				field->on = count > 0;
			else
				fill(field, v, count);
		}
	}
	rq_arena_release(&cmd.arena);
}

void rq_fields_init(struct rq_fields *f, const struct rq_command *command, char *const *words,
		    size_t n)
{
	const struct rq_arg *a;
	const struct rq_opt *o;

	memset(f, 0, sizeof *f);
	f->command = command;
	for (a = command->args; a && a->name; a++)
		add(f, a, NULL);
	for (o = command->opts; o && o->name; o++) {
		if (!(o->flags & RQ_OPT_CLI_ONLY))
			add(f, NULL, o);
	}
	prefill(f, words, n);
}

void rq_fields_release(struct rq_fields *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		rq_line_release(&f->v[i].line);
	rq_free(f->v);
	memset(f, 0, sizeof *f);
}

/* ---- words ---- */

struct words {
	char **v;
	size_t n, cap;
};

static void push(struct words *w, char *word)
{
	RQ_GROW(w->v, w->n + 1, &w->cap); /* and the NULL */
	w->v[w->n++] = word;
	w->v[w->n] = NULL;
}

static void push_option(struct words *w, const struct rq_opt *o)
{
	push(w, rq_fmt("--%s", o->name));
}

static int add_words(struct words *w, const struct rq_field *f, struct rq_error *e)
{
	char **values = NULL;
	size_t n = 0, i;
	int rc;

	if (rq_field_empty(f))
		return RQ_OK;
	if (f->input) {
		push(w, rq_strdup("--param"));
		push(w, rq_fmt("%s=%s", f->input->name, f->line.s));
		return RQ_OK;
	}
	if (rq_field_switch(f)) {
		push_option(w, f->opt);
		return RQ_OK;
	}
	if (!several(f)) {
		if (f->opt)
			push_option(w, f->opt);
		push(w, rq_strdup(f->line.s));
		return RQ_OK;
	}
	rc = rq_words_split(f->line.s, &values, &n, e);
	for (i = 0; !rc && i < n; i++) {
		if (f->opt)
			push_option(w, f->opt);
		push(w, rq_strdup(values[i]));
	}
	rq_words_free(values);
	return rc;
}

static void free_words(struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		rq_free(w->v[i]);
	rq_free(w->v);
	memset(w, 0, sizeof *w);
}

static int check_words(const struct rq_command *c, const struct words *w, const char **missing,
		       struct rq_error *e)
{
	struct rq_cmd cmd = { .command = c };
	int rc = rq_cmd_parse(&cmd, w->v, w->n, missing, e);

	rq_arena_release(&cmd.arena);
	return rc;
}

static void check_setting(const struct rq_setting *setting, const char *value, struct rq_error *e)
{
	struct rq_config *c = rq_config_new();

	rq_config_set(c, setting->name, value, e);
	rq_config_free(c);
}

void rq_field_check(struct rq_fields *f, struct rq_field *field)
{
	const struct rq_setting *setting = rq_fields_setting(f, field);
	struct rq_command alone = *f->command;
	struct rq_arg args[2] = { { .name = NULL } };
	struct words w = { 0 };
	struct rq_error e = { 0 };
	const char *missing;

	if (field->input) {
		if (!rq_field_empty(field))
			rq_input_check(field->input, field->line.s, &e);
		rq_copy(field->error, sizeof field->error, e.msg);
		return;
	}
	/* By itself: the words before it are other fields' business. */
	if (field->arg) {
		args[0] = *field->arg;
		alone.args = args;
		push(&w, rq_strdup("--"));
	}
	if (add_words(&w, field, &e) == RQ_OK && w.n)
		check_words(&alone, &w, &missing, &e);
	if (setting && !rq_field_empty(field))
		check_setting(setting, field->line.s, &e);
	rq_copy(field->error, sizeof field->error, e.msg);
	free_words(&w);
}

size_t rq_fields_index(const struct rq_fields *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (!f->v[i].input && rq_eq(rq_field_name(&f->v[i]), name))
			return i;
	}
	return 0;
}

static void name_words(struct words *w, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, " ");

		push(w, rq_strndup(name, n));
		name += n + (name[n] == ' ');
	}
}

/* Arguments stand first, as one types them, unless one could be taken for an option or is a command line. */
static bool args_first(const struct rq_fields *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct rq_field *field = &f->v[i];

		if (field->arg && !rq_field_empty(field) && ((field->arg->flags & RQ_ARG_REST) || field->line.s[0] == '-'))
			return false;
	}
	return true;
}

/* A name for what is still missing, where MISSING asks for one. */
static void add_field(struct words *w, const struct rq_field *field, bool missing)
{
	if (!rq_field_empty(field)) {
		add_words(w, field, NULL);
	} else if (missing && field->arg && rq_field_required(field)) {
		push(w, rq_strdup(field->arg->name));
	} else if (missing && field->opt && rq_field_required(field)) {
		push_option(w, field->opt);
		push(w, rq_strdup(field->opt->value));
	}
}

static void add_fields(struct words *w, const struct rq_fields *f, bool args, bool missing)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (!f->v[i].arg == !args)
			add_field(w, &f->v[i], missing);
}

static void all_words(struct words *w, const struct rq_fields *f, bool missing)
{
	bool first = args_first(f);

	if (first)
		add_fields(w, f, true, missing);
	add_fields(w, f, false, missing);
	if (!first) {
		push(w, rq_strdup("--"));
		add_fields(w, f, true, missing);
	}
}

/* An argument that is left out before one that is given: the words would move up. */
static int check_order(const struct rq_fields *f, size_t *bad, struct rq_error *e)
{
	size_t i, empty = f->n;

	for (i = 0; i < f->n; i++) {
		if (!f->v[i].arg)
			continue;
		if (rq_field_empty(&f->v[i])) {
			empty = empty < f->n ? empty : i;
		} else if (empty < f->n) {
			*bad = empty;
			return rq_fail(e, RQ_EUSAGE, "%s is needed before %s: %s.", rq_field_name(&f->v[empty]),
				       rq_field_name(&f->v[i]), rq_field_help(&f->v[empty]));
		}
	}
	return RQ_OK;
}

int rq_fields_words(struct rq_fields *f, char ***words, size_t *n, size_t *bad, struct rq_error *e)
{
	struct words w = { 0 }, all = { 0 };
	const char *missing = NULL;
	size_t i;
	int rc;

	for (i = 0; i < f->n; i++) {
		rq_field_check(f, &f->v[i]);
		if (!f->v[i].error[0])
			continue;
		*bad = i;
		return rq_fail(e, RQ_EUSAGE, "%s", f->v[i].error);
	}
	if (check_order(f, bad, e))
		return RQ_EUSAGE;
	all_words(&w, f, false);
	*bad = 0;
	rc = check_words(f->command, &w, &missing, e);
	if (!rc && missing) {
		*bad = rq_fields_index(f, missing);
		rc = rq_fail(e, RQ_EUSAGE, "%s is needed: %s.", missing,
			     rq_field_help(&f->v[*bad]));
	}
	if (!rc) {
		name_words(&all, f->command->name);
		for (i = 0; i < w.n; i++)
			push(&all, rq_strdup(w.v[i]));
		*words = all.v;
		*n = all.n;
	}
	free_words(&w);
	return rc;
}

char **rq_fields_draft(const struct rq_fields *f, bool missing, size_t *n)
{
	struct words w = { 0 };

	name_words(&w, f->command->name);
	all_words(&w, f, missing);
	*n = w.n;
	return w.v;
}

/* ---- secrets ---- */

bool rq_field_secret(const struct rq_field *f)
{
	return f->opt && f->opt->type == RQ_VALUE_ENV;
}

/* One sign a character: the bytes that go on a character add none. */
static void add_shown(struct rq_str *out, char c, bool hidden)
{
	if (!hidden)
		rq_str_addc(out, c);
	else if (((unsigned char)c & 0xc0) != 0x80)
		rq_str_addc(out, '*');
}

void rq_field_shown(const struct rq_field *f, struct rq_line *out)
{
	const struct rq_line *l = &f->line;
	bool value = false, escaped = false;
	struct rq_str text;
	size_t at = 0, i;
	char quote = 0;

	rq_str_init(&text, RQ_LINE_BYTES);
	for (i = 0; i < l->n; i++) {
		char c = l->s[i];

		if (i == l->at)
			at = text.len;
		if (!quote && !escaped && c == ' ')
			value = false;
		add_shown(&text, c, value);
		if (c == '=')
			value = true;
		if (escaped)
			escaped = false;
		else if (c == '\\' && quote != '\'')
			escaped = true;
		else if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? 0 : c;
	}
	rq_line_init(out, rq_str_get(&text));
	out->at = l->at == l->n ? out->n : at;
	rq_str_release(&text);
}

const char *rq_fields_get(const struct rq_fields *f, const char *name)
{
	size_t i = rq_fields_index(f, name);

	return f->n && rq_eq(rq_field_name(&f->v[i]), name) ? f->v[i].line.s : "";
}

/* ---- the inputs of a job's type ---- */

const char **rq_fields_params(const struct rq_fields *f, struct rq_arena *a, size_t *n)
{
	char **words = NULL;
	size_t count = 0, i;
	const char **v;

	rq_words_split(rq_fields_get(f, "param"), &words, &count, NULL);
	v = rq_arena_alloc(a, (count + f->n + 1) * sizeof *v);
	*n = 0;
	for (i = 0; words && i < count; i++) {
		if (strchr(words[i], '='))
			v[(*n)++] = rq_arena_str(a, words[i]);
	}
	rq_words_free(words);
	for (i = 0; i < f->n; i++) {
		if (f->v[i].input && !rq_field_empty(&f->v[i]))
			v[(*n)++] = rq_arena_fmt(a, "%s=%s", f->v[i].input->name, f->v[i].line.s);
	}
	return v;
}

/* What `param` says about NAME goes into the field of its own. */
static void take_param(struct rq_fields *f, const char *name, struct rq_line *into)
{
	struct rq_line *params = &f->v[rq_fields_index(f, "param")].line;
	size_t n = 0, len = strlen(name), i;
	char **words = NULL;
	struct rq_str rest;

	if (!params->n || rq_words_split(params->s, &words, &n, NULL))
		return;
	rq_str_init(&rest, RQ_LINE_BYTES);
	for (i = 0; i < n; i++) {
		if (rq_starts(words[i], name) && words[i][len] == '=') {
			rq_line_set(into, words[i] + len + 1);
			continue;
		}
		if (rest.len)
			rq_str_addc(&rest, ' ');
		rq_words_quote(&rest, words[i]);
	}
	rq_line_set(params, rq_str_get(&rest));
	rq_str_release(&rest);
	rq_words_free(words);
}

static size_t count_inputs(const struct rq_fields *f, size_t at)
{
	size_t n = 0;

	while (at + n < f->n && f->v[at + n].input)
		n++;
	return n;
}

static bool same_inputs(const struct rq_fields *f, size_t at, size_t n, const struct rq_job_type *t)
{
	size_t i;

	if (n != (t ? t->n_inputs : 0))
		return false;
	for (i = 0; i < n; i++) {
		if (f->v[at + i].input != &t->inputs[i])
			return false;
	}
	return true;
}

bool rq_fields_set_type(struct rq_fields *f, const struct rq_job_type *type)
{
	size_t at = rq_fields_index(f, "type") + 1, had = count_inputs(f, at), want = type ? type->n_inputs : 0, i, k;
	struct rq_field *fresh, *old;

	if (same_inputs(f, at, had, type))
		return false;
	fresh = rq_alloc((want + 1) * sizeof *fresh);
	old = f->v + at;
	for (i = 0; i < want; i++) {
		fresh[i].input = &type->inputs[i];
		rq_line_init(&fresh[i].line, "");
		for (k = 0; k < had; k++) {
			if (rq_eq(old[k].input->name, type->inputs[i].name))
				rq_line_set(&fresh[i].line, old[k].line.s);
		}
		take_param(f, type->inputs[i].name, &fresh[i].line);
	}
	for (k = 0; k < had; k++)
		rq_line_release(&old[k].line);
	while (f->cap < f->n - had + want)
		RQ_GROW(f->v, f->cap, &f->cap);
	memmove(f->v + at + want, f->v + at + had, (f->n - at - had) * sizeof *f->v);
	memcpy(f->v + at, fresh, want * sizeof *fresh);
	f->n += want - had;
	rq_free(fresh);
	return true;
}
