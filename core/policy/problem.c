/* problem.c - what is wrong with a policy. */
#include "core/policy/problem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/base/yaml.h"

const struct rq_problem_kind rq_problem_kinds[] = {
#define PROBLEM(code, severity, text) { code, text },
#include "core/policy/problems.def"
#undef PROBLEM
	{ NULL, NULL },
};

static bool is_warning(const char *code)
{
	static const struct {
		const char *code;
		enum { ERROR, WARNING } severity;
	} kinds[] = {
#define PROBLEM(c, severity, text) { c, severity },
#include "core/policy/problems.def"
#undef PROBLEM
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].code, code))
			return kinds[i].severity == WARNING;
	RQ_BUG("no problem has the code %s", code);
}

/* Where to put another: behind the last; when all places are taken an error still displaces a warning. */
static struct rq_problem *place_for(struct rq_problems *p, bool warning)
{
	if (p->n < RQ_PROBLEMS_MAX)
		return &p->v[p->n++];
	for (size_t i = p->n; !warning && i-- > 0;)
		if (p->v[i].warning)
			return &p->v[i];
	return NULL;
}

void rq_problem_add(struct rq_problems *p, int line, int col, int len, const char *code, const char *fmt, ...)
{
	bool warning = is_warning(code);
	struct rq_str raw, clean;
	struct rq_problem *v;
	va_list ap;

	if (warning)
		p->warnings++;
	else
		p->errors++;
	v = place_for(p, warning);
	if (!v)
		return;
	rq_str_init(&raw, 4096);
	rq_str_init(&clean, 4096);
	va_start(ap, fmt);
	rq_str_vaddf(&raw, fmt, ap);
	va_end(ap);
	rq_text_clean(&clean, rq_str_get(&raw), raw.len, false);
	*v = (struct rq_problem){ line, col, len, warning, code, rq_arena_str(&p->arena, rq_str_get(&clean)) };
	rq_str_release(&raw);
	rq_str_release(&clean);
}

static int by_place(const void *a, const void *b)
{
	const struct rq_problem *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->col != y->col)
		return x->col < y->col ? -1 : 1;
	if (x->warning != y->warning)
		return x->warning ? 1 : -1;
	if (strcmp(x->code, y->code) != 0)
		return strcmp(x->code, y->code);
	return strcmp(x->text, y->text);
}

void rq_problems_sort(struct rq_problems *p)
{
	qsort(p->v, p->n, sizeof *p->v, by_place);
}

void rq_problems_release(struct rq_problems *p)
{
	rq_arena_release(&p->arena);
	memset(p, 0, sizeof *p);
}

/* --- as text ------------------------------------------------------------------------------ */

/* Lines are looked for in the order of the problems, so the text is walked once. */
struct lines {
	const char *s;          /* the rest */
	size_t n;
	int number;             /* of the line at S */
};

static size_t line_length(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && !rq_yaml_break(s + i, n - i))
		i++;
	return i;
}

static bool seek(struct lines *x, int line)
{
	while (x->number < line) {
		size_t k = line_length(x->s, x->n), b = rq_yaml_break(x->s + k, x->n - k);

		if (!b)
			return false;
		x->s += k + b;
		x->n -= k + b;
		x->number++;
	}
	return x->number == line;
}

/* The width of the first CHARS characters of S as they are shown. */
static int shown_width(const char *s, size_t n, int chars)
{
	struct rq_str clean;
	size_t i = 0;
	uint32_t cp;
	int width;

	while (chars-- > 0 && i < n)
		i += rq_utf8_decode(s + i, n - i, &cp);
	rq_str_init(&clean, 0);
	rq_text_clean(&clean, s, i, false);
	width = rq_text_width(rq_str_get(&clean));
	rq_str_release(&clean);
	return width;
}

/* Columns that are shown, and bytes that are looked at for them. */
enum { SHOWN = 160, LOOKED_AT = 4096 };

static void add_source(const struct rq_problem *v, const char *line, size_t n, struct rq_str *out)
{
	struct rq_str clean;
	int before, width;
	size_t fit;

	if (n > LOOKED_AT)
		n = LOOKED_AT;
	before = shown_width(line, n, v->col - 1);
	width = v->len > 1 ? shown_width(line, n, v->col - 1 + v->len) - before : 1;
	if (before >= SHOWN)
		return;
	rq_str_init(&clean, 0);
	rq_text_clean(&clean, line, n, false);
	fit = rq_text_fit(rq_str_get(&clean), SHOWN, NULL);
	rq_str_addf(out, "%5d | %.*s\n      | %*s^", v->line, (int)fit, rq_str_get(&clean), before, "");
	for (int i = 1; i < width && before + i < SHOWN; i++)
		rq_str_addc(out, '~');
	rq_str_addc(out, '\n');
	rq_str_release(&clean);
}

void rq_problems_render(const struct rq_problems *p, const char *name, const char *text, size_t n, struct rq_str *out)
{
	size_t mark = text ? rq_utf8_mark(text, n) : 0;
	struct lines x = { NULL, 0, 1 };

	if (text)
		x = (struct lines){ text + mark, n - mark, 1 };
	for (size_t i = 0; i < p->n; i++) {
		const struct rq_problem *v = &p->v[i];

		if (v->line)
			rq_str_addf(out, "%s:%d:%d: ", name, v->line, v->col);
		else
			rq_str_addf(out, "%s: ", name);
		rq_str_addf(out, "%s[%s]: %s\n", v->warning ? "warning" : "error", v->code, v->text);
		if (!v->line)
			continue;
		if (text && v->line < x.number)
			x = (struct lines){ text + mark, n - mark, 1 };
		if (text && seek(&x, v->line))
			add_source(v, x.s, line_length(x.s, x.n), out);
	}
	if (p->errors + p->warnings > p->n)
		rq_str_addf(out, "%s: and %zu more\n", name, p->errors + p->warnings - p->n);
}

struct rq_json *rq_problems_json(const struct rq_problems *p, const char *name)
{
	struct rq_json *a = rq_json_array(), *o;

	for (size_t i = 0; i < p->n; i++) {
		o = rq_json_object();
		rq_json_set_str(o, "file", name);
		rq_json_set_int(o, "line", p->v[i].line);
		rq_json_set_int(o, "column", p->v[i].col);
		rq_json_set_str(o, "severity", p->v[i].warning ? "warning" : "error");
		rq_json_set_str(o, "code", p->v[i].code);
		rq_json_set_str(o, "message", p->v[i].text);
		rq_json_add(a, o);
	}
	return a;
}
