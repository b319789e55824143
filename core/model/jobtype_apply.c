/* jobtype_apply.c - one job of a type: its inputs checked, and the work made of them. */
#include <string.h>
#include "core/base/str.h"
#include "core/base/text.h"
#include "core/model/jobtype.h"

enum { VALUE_MAX = 32768, TITLE_COLS = 80 };

/* ---- one value ---- */

static int wrong(struct rq_error *e, const struct rq_input *in, const char *value, const char *wanted)
{
	return rq_fail(e, RQ_EUSAGE, "Input %s cannot be \"%.80s\": it is %s.", in->name, value, wanted);
}

static bool is_number(const char *s)
{
	size_t digits, more = 0;

	s += *s == '-' || *s == '+';
	digits = strspn(s, "0123456789");
	s += digits;
	if (*s == '.') {
		more = strspn(s + 1, "0123456789");
		s += 1 + more;
	}
	return digits + more > 0 && digits + more < 32 && !*s;
}

/* SCHEME://HOST...: enough to keep an option or a path from passing for one. */
static bool is_url(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

	if (!n || s[0] < 'A' || strncmp(s + n, "://", 3) || !s[n + 3] || s[n + 3] == '/')
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

static bool is_path(const char *s)
{
	return *s && strlen(s) < 4096 && !strchr(s, '\n');
}

int rq_input_check(const struct rq_input *in, const char *value, struct rq_error *e)
{
	int64_t n;

	if (strlen(value) > VALUE_MAX)
		return rq_fail(e, RQ_ELIMIT, "Input %s may have %d bytes at most.", in->name, VALUE_MAX);
	switch (in->kind) {
	case RQ_INPUT_INT:
		return rq_parse_i64(value, &n) ? RQ_OK : wrong(e, in, value, "a whole number");
	case RQ_INPUT_NUMBER:
		return is_number(value) ? RQ_OK : wrong(e, in, value, "a number such as 2 or 0.5");
	case RQ_INPUT_BOOL:
		return !strcmp(value, "true") || !strcmp(value, "false") ? RQ_OK : wrong(e, in, value, "true or false");
	case RQ_INPUT_CHOICE:
		return rq_choice_has(in->choices, value) ? RQ_OK : wrong(e, in, value, in->choices);
	case RQ_INPUT_FILE:
		return is_path(value) ? RQ_OK : wrong(e, in, value, "the path of a file");
	case RQ_INPUT_URL:
		return is_url(value) ? RQ_OK : wrong(e, in, value, "a URL such as https://example.org/a.mp3");
	case RQ_INPUT_SIZE:
		return rq_parse_size(value, &n) ? RQ_OK : wrong(e, in, value, "a size such as 64M or 1.5G");
	case RQ_INPUT_DURATION:
		return rq_parse_duration(value, &n) ? RQ_OK : wrong(e, in, value, "a duration such as 90s, 5m or 1h30m");
	default:
		return RQ_OK;
	}
}

static const char *as_pair(struct rq_arena *a, const struct rq_input *in, const char *value)
{
	int64_t n;

	if (in->kind == RQ_INPUT_SIZE && rq_parse_size(value, &n))
		return rq_arena_fmt(a, "%s=%lld", in->name, (long long)n);
	if (in->kind == RQ_INPUT_DURATION && rq_parse_duration(value, &n))
		return rq_arena_fmt(a, "%s=%lld", in->name, (long long)(n / 1000 + (n % 1000 > 0)));
	return rq_arena_fmt(a, "%s=%s", in->name, value);
}

/* ---- all of them ---- */

/* The value of NAME among pairs, NULL none. */
static const char *value_of(const char *const *pairs, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!strncmp(pairs[i], name, len) && pairs[i][len] == '=')
			return pairs[i] + len + 1;
	return NULL;
}

static int no_such_input(const struct rq_job_type *t, const char *name, struct rq_error *e)
{
	const char *best = NULL;
	struct rq_str all;
	int near = 4;

	if (!t->n_inputs)
		return rq_fail(e, RQ_EUSAGE, "Type %s has no input \"%.60s\"; it takes none.", t->name, name);
	rq_str_init(&all, 256);
	for (size_t i = 0; i < t->n_inputs; i++) {
		int d = rq_distance(name, t->inputs[i].name, near);

		rq_str_addf(&all, "%s%s", i ? ", " : "", t->inputs[i].name);
		if (d < near && (size_t)d < strlen(name)) {
			near = d;
			best = t->inputs[i].name;
		}
	}
	if (best)
		rq_fail(e, RQ_EUSAGE, "Type %s has no input \"%.60s\"; did you mean %s?", t->name, name, best);
	else
		rq_fail(e, RQ_EUSAGE, "Type %s has no input \"%.60s\"; it has %s.", t->name, name, rq_str_get(&all));
	rq_str_release(&all);
	return RQ_EUSAGE;
}

static int check_params(const struct rq_job_type *t, struct rq_arena *a, const char *const *params, size_t n,
			struct rq_error *e)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(params[i], "=");
		const char *name = rq_arena_strn(a, params[i], len);

		if (!params[i][len])
			return rq_fail(e, RQ_EUSAGE, "An input is written KEY=VALUE; \"%.60s\" is not.", params[i]);
		if (!rq_job_type_input(t, name))
			return no_such_input(t, name, e);
		if (value_of(params, i, name))
			return rq_fail(e, RQ_EUSAGE, "Input %s is given twice.", name);
	}
	return RQ_OK;
}

static int missing(const struct rq_job_type *t, const struct rq_input *in, struct rq_error *e)
{
	return rq_fail(e, RQ_EUSAGE, "Type %s needs the input %s%s%s: -f %s=%s", t->name, in->name, *in->help ? ", " : "",
		       in->help, in->name, in->kind == RQ_INPUT_CHOICE ? in->choices : "...");
}

int rq_job_type_inputs(const struct rq_job_type *t, struct rq_arena *a, const char *const *params, size_t n,
		       const char ***out, size_t *n_out, struct rq_error *e)
{
	const char **v = rq_arena_alloc(a, (t->n_inputs + 1) * sizeof *v);
	size_t used = 0;
	int rc = check_params(t, a, params, n, e);

	for (size_t i = 0; i < t->n_inputs && !rc; i++) {
		const struct rq_input *in = &t->inputs[i];
		const char *value = value_of(params, n, in->name);

		/* "-f limit=" takes a default away again. */
		if (value && !*value && !in->required)
			continue;
		if (in->required && (!value || !*value))
			rc = missing(t, in, e);
		else if (value)
			rc = rq_input_check(in, value, e);
		else
			value = in->def;
		if (!rc && value)
			v[used++] = as_pair(a, in, value);
	}
	*out = v;
	*n_out = used;
	return rc;
}

/* ---- the work ---- */

/* One word of the command, as it is put together. */
struct word {
	struct rq_str text;
	bool options;                   /* a word that begins with '-' would be taken for an option: no "--" stands before */
	bool left_out;                  /* it names an input that has no value */
};

/* At the beginning of a word, '-' from an input must not make an option of it. */
static int add_value(const struct rq_job_type *t, const struct rq_input *in, const char *value, struct word *w,
		     struct rq_error *e)
{
	if (*value == '-' && !w->text.len && w->options) {
		if (in->kind == RQ_INPUT_TEXT)
			return rq_fail(e, RQ_EUSAGE,
				       "Input %s cannot be \"%.80s\": the command of type %s would take it for an option.",
				       in->name, value, t->name);
		if (in->kind == RQ_INPUT_FILE)
			rq_str_add(&w->text, "./");
	}
	rq_str_add(&w->text, value);
	return RQ_OK;
}

static int fill_in(const struct rq_job_type *t, struct rq_arena *a, const char *s, const char *const *inputs, size_t n,
		   struct word *w, struct rq_error *e)
{
	bool shell = false;

	for (; *s; shell = s[-1] == '$') {
		const char *end = *s == '{' && !shell ? strchr(s, '}') : NULL, *value;
		const struct rq_input *in =
			end ? rq_job_type_input(t, rq_arena_strn(a, s + 1, (size_t)(end - s) - 1)) : NULL;

		if (!shell && s[0] == '{' && s[1] == '{') {
			rq_str_addc(&w->text, '{');
			s += 2;
		} else if (!in) {
			rq_str_addc(&w->text, *s++);
		} else {
			value = value_of(inputs, n, in->name);
			if (value && add_value(t, in, value, w, e))
				return RQ_EUSAGE;
			w->left_out |= !value;
			s = end + 1;
		}
	}
	return RQ_OK;
}

int rq_job_type_argv(const struct rq_job_type *t, struct rq_arena *a, const char *const *inputs, size_t n, char ***out,
		     struct rq_error *e)
{
	size_t count = 0, used = 0;
	bool options = true;
	char **argv;
	int rc = RQ_OK;

	while (t->command[count])
		count++;
	argv = rq_arena_alloc(a, (count + 1) * sizeof *argv);
	for (size_t i = 0; i < count && !rc; i++) {
		struct word w = { .options = options };

		rq_str_init(&w.text, 0);
		rc = fill_in(t, a, t->command[i], inputs, n, &w, e);
		if (!rc && !w.left_out)
			argv[used++] = rq_arena_str(a, rq_str_get(&w.text));
		rq_str_release(&w.text);
		options &= strcmp(t->command[i], "--") != 0;
	}
	*out = argv;
	return rc;
}

/* A name in a list: whole characters of what is there. */
static size_t short_enough(const char *s, size_t n)
{
	size_t fits = rq_text_fit(s, TITLE_COLS, NULL);

	return fits < n ? fits : n;
}

const char *rq_job_type_title(const struct rq_job_type *t, struct rq_arena *a, const char *const *inputs, size_t n)
{
	for (size_t i = 0; i < t->n_inputs; i++) {
		enum rq_input_kind k = t->inputs[i].kind;
		const char *value = value_of(inputs, n, t->inputs[i].name), *last;
		size_t len;

		if (!value || (k != RQ_INPUT_URL && k != RQ_INPUT_FILE))
			continue;
		/* Not the query of a URL: that is where keys are. */
		len = k == RQ_INPUT_URL ? strcspn(value, "?#") : strlen(value);
		for (last = value + len; last > value && last[-1] != '/'; last--)
			;
		len -= (size_t)(last - value);
		if (len)
			return rq_arena_strn(a, last, short_enough(last, len));
	}
	return t->name;
}
