/* jobtype.c - manifests. What is done with one: jobtype_apply.c. */
#include "core/model/jobtype.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/base/str.h"
#include "core/base/yaml.h"
#include "core/model/id.h"

enum { WORDS_MAX = 1000, TIMEOUT_MAX_DAYS = 365 };

struct reader {
	struct rq_arena *a;
	const char *file;
	struct rq_job_type *t;
	struct rq_error *e;
};

static const char *const kinds[RQ_INPUT_N] = {
	"text", "int", "number", "bool", "choice", "file", "url", "size", "duration",
};

const char *rq_input_kind_name(enum rq_input_kind k)
{
	return kinds[k];
}

bool rq_job_type_works(const struct rq_job_type *t)
{
	return t->command || t->script || t->executable;
}

const struct rq_input *rq_job_type_input(const struct rq_job_type *t, const char *name)
{
	for (size_t i = 0; i < t->n_inputs; i++)
		if (!strcmp(t->inputs[i].name, name))
			return &t->inputs[i];
	return NULL;
}

static int RQ_PRINTF(3, 4) at(struct reader *r, const struct rq_yaml *y, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return rq_fail(r->e, RQ_EUSAGE, "%s:%d:%d: %s", r->file, y->line, y->col, text);
}

/* The nearest of N names, NULL none is near. */
static const char *nearest(const char *name, const char *const *v, size_t n)
{
	const char *best = NULL;
	int near = 3;

	for (size_t i = 0; i < n; i++) {
		int d = rq_distance(name, v[i], near);

		if (d < near && (size_t)d < strlen(name)) {
			near = d;
			best = v[i];
		}
	}
	return best;
}

static int unknown(struct reader *r, const struct rq_yaml *y, const char *what, const char *const *v, size_t n)
{
	const char *near = nearest(y->text, v, n);

	return at(r, y, "there is no %s '%.60s'%s%s%s", what, y->text, near ? " (did you mean '" : "", near ? near : "",
		  near ? "'?)" : "");
}

static int text(struct reader *r, const struct rq_yaml *y, const char *what, const char **out)
{
	if (y->kind != RQ_YAML_SCALAR)
		return at(r, y, "%s is a single value", what);
	*out = rq_arena_str(r->a, y->text);
	return RQ_OK;
}

/* ---- inputs ---- */

static bool input_name_ok(const char *s)
{
	if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') && *s != '_')
		return false;
	return strlen(s) < RQ_NAME_MAX && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

static int read_kind(struct reader *r, const struct rq_yaml *y, struct rq_input *in)
{
	const char *name = "";
	int rc = text(r, y, "type", &name);

	for (int k = 0; !rc && k < RQ_INPUT_N; k++)
		if (!strcmp(kinds[k], name)) {
			in->kind = (enum rq_input_kind)k;
			return RQ_OK;
		}
	return rc ? rc : unknown(r, y, "type of input", kinds, RQ_INPUT_N);
}

static int read_choices(struct reader *r, const struct rq_yaml *y, struct rq_input *in)
{
	struct rq_str all;

	if (y->kind != RQ_YAML_SEQ || !y->n)
		return at(r, y, "choices are a list of words");
	rq_str_init(&all, 0);
	for (size_t i = 0; i < y->n; i++) {
		const char *word = rq_yaml_str(y->items[i]);

		if (!word || !*word || strchr(word, '|')) {
			rq_str_release(&all);
			return at(r, y->items[i], "a choice is a word without '|'");
		}
		rq_str_addf(&all, "%s%s", i ? "|" : "", word);
	}
	in->choices = rq_arena_str(r->a, rq_str_get(&all));
	rq_str_release(&all);
	return RQ_OK;
}

static int read_member(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y, struct rq_input *in)
{
	static const char *const keys[] = { "type", "required", "default", "choices", "help" };

	if (!strcmp(key->text, "type"))
		return read_kind(r, y, in);
	if (!strcmp(key->text, "required"))
		return rq_yaml_bool(y, &in->required) ? RQ_OK : at(r, y, "required is true or false");
	if (!strcmp(key->text, "default"))
		return text(r, y, "default", &in->def);
	if (!strcmp(key->text, "choices"))
		return read_choices(r, y, in);
	if (!strcmp(key->text, "help"))
		return text(r, y, "help", &in->help);
	return unknown(r, key, "key", keys, sizeof keys / sizeof *keys);
}

/* What fits together, once all of it is read. */
static int check_input(struct reader *r, const struct rq_yaml *y, struct rq_input *in)
{
	struct rq_error why = { 0 };

	if (in->choices && in->kind != RQ_INPUT_CHOICE)
		return at(r, y, "choices are for inputs of the type choice; '%.60s' is %s", in->name, kinds[in->kind]);
	if (in->kind == RQ_INPUT_CHOICE && !in->choices)
		return at(r, y, "'%.60s' is a choice, and has no choices", in->name);
	if (in->required && in->def)
		return at(r, y, "'%.60s' has a default, so it is never missing: drop required", in->name);
	if (in->def && rq_input_check(in, in->def, &why))
		return at(r, y, "the default does not fit: %.300s", why.msg);
	return RQ_OK;
}

static int read_input(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y, struct rq_input *in)
{
	int rc = RQ_OK;

	if (!input_name_ok(key->text))
		return at(r, key, "'%.60s' cannot be an input: letters, digits, '_' and '-' make one", key->text);
	for (size_t i = 0; i < r->t->n_inputs; i++)
		if (rq_ieq(r->t->inputs[i].name, key->text))
			return at(r, key, "'%.60s' and '%.60s' are the same variable of the job",
				  r->t->inputs[i].name, key->text);
	*in = (struct rq_input){ .name = rq_arena_str(r->a, key->text), .help = "" };
	if (y->kind == RQ_YAML_SCALAR)
		rc = read_kind(r, y, in);
	else if (y->kind == RQ_YAML_MAP)
		for (size_t i = 0; i < y->n && !rc; i++)
			rc = read_member(r, y->keys[i], y->items[i], in);
	else if (y->kind == RQ_YAML_SEQ)
		rc = at(r, y, "an input is its type, or type, required, default, choices and help");
	if (!rc)
		rc = check_input(r, y, in);
	r->t->n_inputs++;
	return rc;
}

static int read_inputs(struct reader *r, const struct rq_yaml *y)
{
	int rc = RQ_OK;

	if (y->kind == RQ_YAML_NULL)
		return RQ_OK;
	if (y->kind != RQ_YAML_MAP)
		return at(r, y, "inputs are written NAME: {type: ...}, one below the other");
	if (y->n > RQ_INPUTS_MAX)
		return at(r, y, "a type has at most %d inputs", RQ_INPUTS_MAX);
	r->t->inputs = rq_arena_alloc(r->a, (y->n + 1) * sizeof *r->t->inputs);
	for (size_t i = 0; i < y->n && !rc; i++)
		rc = read_input(r, y->keys[i], y->items[i], &r->t->inputs[i]);
	return rc;
}

/* ---- the work ---- */

/* "{url}" is written without quotes in a list between brackets: YAML reads a map of one key there. */
static const char *word_of(struct reader *r, const struct rq_yaml *y)
{
	if (y->kind == RQ_YAML_MAP && y->n == 1 && y->items[0]->kind == RQ_YAML_NULL)
		return rq_arena_fmt(r->a, "{%s}", y->keys[0]->text);
	return y->kind == RQ_YAML_NULL ? NULL : rq_yaml_str(y);
}

static int read_command(struct reader *r, const struct rq_yaml *y)
{
	char **argv;

	if (y->kind != RQ_YAML_SEQ || !y->n || y->n > WORDS_MAX)
		return at(r, y, "a command is a list of words: [program, --option, \"{input}\"]");
	argv = rq_arena_alloc(r->a, (y->n + 1) * sizeof *argv);
	for (size_t i = 0; i < y->n; i++) {
		const char *word = word_of(r, y->items[i]);

		if (!word)
			return at(r, y->items[i], "a word of a command is text");
		argv[i] = rq_arena_str(r->a, word);
	}
	if (!*argv[0])
		return at(r, y->items[0], "the program's name is empty");
	r->t->command = argv;
	return RQ_OK;
}

/* {input} where the manifest has no such input would stay as it is in every job. */
static int check_placeholders(struct reader *r, const struct rq_yaml *y)
{
	const char *names[RQ_INPUTS_MAX];
	struct rq_yaml place;

	for (size_t i = 0; i < r->t->n_inputs; i++)
		names[i] = r->t->inputs[i].name;
	for (size_t i = 0; r->t->command[i]; i++)
		for (const char *s = strchr(r->t->command[i], '{'); s; s = strchr(s, '{')) {
			bool shell = s > r->t->command[i] && s[-1] == '$';
			const char *end = s[1] == '{' || shell ? NULL : strchr(s, '}');
			char *name = end ? rq_arena_strn(r->a, s + 1, (size_t)(end - s) - 1) : NULL;

			s += s[1] == '{' ? 2 : 1;
			if (!name || !input_name_ok(name) || rq_job_type_input(r->t, name))
				continue;
			place = *y->items[i];
			place.text = name;
			return unknown(r, &place, "input", names, r->t->n_inputs);
		}
	return RQ_OK;
}

static int read_timeout(struct reader *r, const struct rq_yaml *y)
{
	const char *value = rq_yaml_str(y);

	if (!value || !rq_parse_duration(value, &r->t->timeout_ms) || r->t->timeout_ms < 1000 ||
	    r->t->timeout_ms > TIMEOUT_MAX_DAYS * INT64_C(86400000))
		return at(r, y, "timeout is a duration such as 90s, 5m or 1h30m, from 1s to %d days", TIMEOUT_MAX_DAYS);
	return RQ_OK;
}

static int read_labels(struct reader *r, const struct rq_yaml *y)
{
	struct rq_error why = { 0 };
	struct rq_str list;
	int rc = RQ_OK;

	rq_str_init(&list, 0);
	if (y->kind == RQ_YAML_SCALAR)
		rq_str_add(&list, y->text);
	for (size_t i = 0; y->kind == RQ_YAML_SEQ && i < y->n; i++)
		rq_str_addf(&list, "%s%s", i ? "," : "", rq_yaml_str(y->items[i]) ? rq_yaml_str(y->items[i]) : "");
	if (y->kind == RQ_YAML_MAP || rq_labels_parse(r->a, rq_str_get(&list), &r->t->labels, &why))
		rc = at(r, y, "labels are a list of labels%s%.300s", *why.msg ? ": " : "", why.msg);
	rq_str_release(&list);
	return rc;
}

static int read_key(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y)
{
	static const char *const keys[] = { "help", "inputs", "timeout", "labels", "command", "run" };

	if (!strcmp(key->text, "help"))
		return text(r, y, "help", &r->t->help);
	if (!strcmp(key->text, "inputs"))
		return read_inputs(r, y);
	if (!strcmp(key->text, "timeout"))
		return read_timeout(r, y);
	if (!strcmp(key->text, "labels"))
		return read_labels(r, y);
	if (!strcmp(key->text, "command"))
		return read_command(r, y);
	if (!strcmp(key->text, "run"))
		return text(r, y, "run", &r->t->script);
	return unknown(r, key, "key", keys, sizeof keys / sizeof *keys);
}

int rq_job_type_parse(struct rq_arena *a, const char *file, const char *name, const struct rq_yaml *y,
		      struct rq_job_type *out, struct rq_error *e)
{
	struct reader r = { a, file, out, e };
	int rc = RQ_OK;

	*out = (struct rq_job_type){ .name = rq_arena_str(a, name), .help = "", .error = "" };
	out->origin = rq_arena_fmt(a, "%s:%d:%d", file, y->line, y->col);
	if (!rq_name_ok(name))
		return at(&r, y, "'%.60s' cannot be a type: letters, digits, '.', '_' and '-' make one", name);
	if (y->kind != RQ_YAML_MAP)
		return at(&r, y, "a type of job has help, inputs, timeout, labels, and command or run");
	for (size_t i = 0; i < y->n && !rc; i++)
		rc = read_key(&r, y->keys[i], y->items[i]);
	if (!rc && out->command && out->script)
		rc = at(&r, y, "'%.60s' has both command and run; one of them is its work", name);
	if (!rc && out->command)
		rc = check_placeholders(&r, rq_yaml_get(y, "command"));
	return rc;
}
