/* workflow.c - reading a workflow file: the file as a whole, and what is wrong with it. */
#include "core/model/workflow.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/text.h"
#include "core/model/workflow_private.h"

/* --- problems ----------------------------------------------------------------------------- */

static const char *clean_line(struct rq_arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static const char *clean_line(struct rq_arena *a, const char *fmt, va_list ap)
{
	struct rq_str raw, clean;
	const char *s;

	rq_str_init(&raw, 4096);
	rq_str_init(&clean, 16384);
	rq_str_vaddf(&raw, fmt, ap);
	rq_text_clean(&clean, rq_str_get(&raw), raw.len, false);
	s = rq_arena_str(a, rq_str_get(&clean));
	rq_str_release(&raw);
	rq_str_release(&clean);
	return s;
}

/* When all places are taken an error still displaces a warning. */
static struct rq_wf_problem *place_for(struct rq_wf_problems *p, bool warning)
{
	if (p->n < RQ_WF_PROBLEMS_MAX)
		return &p->v[p->n++];
	for (size_t i = p->n; !warning && i-- > 0;)
		if (p->v[i].warning)
			return &p->v[i];
	return NULL;
}

static void vsay(struct rq_arena *a, struct rq_wf_problems *p, int line, int col, bool warning, const char *fmt, va_list ap)
	__attribute__((format(printf, 6, 0)));
static void vsay(struct rq_arena *a, struct rq_wf_problems *p, int line, int col, bool warning, const char *fmt, va_list ap)
{
	struct rq_wf_problem *v = place_for(p, warning);

	if (warning)
		p->warnings++;
	else
		p->errors++;
	if (v)
		*v = (struct rq_wf_problem){ line, col, warning, clean_line(a, fmt, ap) };
}

void wf_say(struct rq_arena *a, struct rq_wf_problems *p, int line, int col, bool warning, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(a, p, line, col, warning, fmt, ap);
	va_end(ap);
}

void wf_error(struct wf_reader *r, const struct rq_yaml *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(r->a, r->p, at->line, at->col, false, fmt, ap);
	va_end(ap);
}

void wf_warn(struct wf_reader *r, const struct rq_yaml *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(r->a, r->p, at->line, at->col, true, fmt, ap);
	va_end(ap);
}

static int by_place(const void *a, const void *b)
{
	const struct rq_wf_problem *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->col != y->col)
		return x->col < y->col ? -1 : 1;
	return x->warning != y->warning ? (x->warning ? 1 : -1) : strcmp(x->text, y->text);
}

void wf_sort(struct rq_wf_problems *p)
{
	if (p->n)
		qsort(p->v, p->n, sizeof *p->v, by_place);
}

void rq_wf_problems_render(const struct rq_wf_problems *p, const char *file, struct rq_str *out)
{
	struct rq_str name = { 0 };

	rq_text_clean(&name, file, strlen(file), false);
	for (size_t i = 0; i < p->n; i++) {
		const struct rq_wf_problem *v = &p->v[i];

		rq_str_add(out, rq_str_get(&name));
		if (v->line)
			rq_str_addf(out, ":%d:%d", v->line, v->col);
		rq_str_addf(out, ": %s: %s\n", v->warning ? "warning" : "error", v->text);
	}
	if (p->errors + p->warnings > p->n)
		rq_str_addf(out, "%s: and %zu more\n", rq_str_get(&name), p->errors + p->warnings - p->n);
	rq_str_release(&name);
}

/* --- keys and texts ----------------------------------------------------------------------- */

const char *wf_nearest(struct rq_arena *a, const char *choices, const char *s)
{
	char near[RQ_CHOICE_LEN];

	rq_choice_nearest(choices, s, strlen(s) < 5 ? 2 : 3, near);
	return *near ? rq_arena_str(a, near) : NULL;
}

void wf_check_keys(struct wf_reader *r, const struct rq_yaml *map, const char *what, const char *known)
{
	for (size_t i = 0; map->kind == RQ_YAML_MAP && i < map->n; i++) {
		const struct rq_yaml *key = map->keys[i];
		const char *near;

		if (key->kind != RQ_YAML_SCALAR || rq_choice_has(known, key->text))
			continue;
		near = wf_nearest(r->a, known, key->text);
		if (!strcmp(key->text, "<<"))
			wf_error(r, key, "merge keys (<<) are not understood in workflow files; write the keys out");
		else if (near)
			wf_error(r, key, "%s has no key '%.80s' (did you mean '%s'?)", what, key->text, near);
		else
			wf_warn(r, key, "%s has no key '%.80s' that is known here", what, key->text);
	}
}

const struct rq_yaml *wf_key(const struct rq_yaml *map, const char *key)
{
	for (size_t i = 0; map && map->kind == RQ_YAML_MAP && i < map->n; i++)
		if (map->keys[i]->kind == RQ_YAML_SCALAR && !strcmp(map->keys[i]->text, key))
			return map->keys[i];
	return NULL;
}

const char *wf_text(struct wf_reader *r, const struct rq_yaml *y)
{
	const char *s = rq_yaml_str(y);

	return s ? rq_arena_str(r->a, s) : "";
}

bool wf_is_expression(const char *s)
{
	return strstr(s, "${{") != NULL;
}

/* --- the file ----------------------------------------------------------------------------- */

enum { FILE_MAX = 500 * 1024 };

/* A long script does not matter here; it is the server's to judge. */
static void say_fault(void *ud, const struct rq_yaml_fault *f)
{
	struct wf_reader *r = ud;

	if (f->kind == RQ_YAML_SCALAR_SIZE)
		return;
	if (f->kind == RQ_YAML_DUPLICATE)
		wf_say(r->a, r->p, f->line, f->col, false, "the key '%.80s' stands here again; first in line %d", f->key,
		       f->first_line);
	else if (f->context)
		wf_say(r->a, r->p, f->line, f->col, false, "%s, %s that began at %d:%d", f->text, f->context, f->first_line,
		       f->first_col);
	else
		wf_say(r->a, r->p, f->line, f->col, false, "%s", f->text);
}

#define TOP_KEYS "name|run-name|on|permissions|env|defaults|concurrency|jobs"

/* What belongs further in gets more than a "did you mean". */
static void check_top(struct wf_reader *r)
{
	for (size_t i = 0; i < r->root->n; i++) {
		const struct rq_yaml *key = r->root->keys[i];

		if (key->kind != RQ_YAML_SCALAR || rq_choice_has(TOP_KEYS, key->text))
			continue;
		if (!strcmp(key->text, "runs-on"))
			wf_error(r, key, "'runs-on' stands at the top of the file; it belongs into each job, below 'jobs'");
		else if (!strcmp(key->text, "steps"))
			wf_error(r, key, "'steps' stands at the top of the file; it belongs into a job, below 'jobs'");
		else if (!strcmp(key->text, "true"))
			wf_error(r, key, "the key is 'true' where 'on' is meant: a program that rewrote the file has changed it");
		else if (!strcmp(key->text, "workflow_dispatch"))
			wf_error(r, key, "'workflow_dispatch' stands at the top of the file; it belongs below 'on'");
		else if (wf_nearest(r->a, TOP_KEYS, key->text))
			wf_error(r, key, "a workflow has no key '%.80s' (did you mean '%s'?)", key->text,
				 wf_nearest(r->a, TOP_KEYS, key->text));
		else
			wf_warn(r, key, "a workflow has no key '%.80s' that is known here", key->text);
	}
}

static void read_root(struct wf_reader *r)
{
	check_top(r);
	r->w->name = wf_text(r, rq_yaml_get(r->root, "name"));
	wf_read_on(r);
	wf_read_jobs(r);
}

/* The first error as a sentence. */
static int refuse(const struct rq_wf_problems *p, const char *file, struct rq_error *e)
{
	const struct rq_wf_problem *v = p->v;

	while (v < p->v + p->n && v->warning)
		v++;
	if (v == p->v + p->n)
		return rq_fail(e, RQ_EUSAGE, "%.100s is no workflow.", file);
	if (v->line)
		return rq_fail(e, RQ_EUSAGE, "%.100s:%d:%d: %s.", file, v->line, v->col, v->text);
	return rq_fail(e, RQ_EUSAGE, "%.100s: %s.", file, v->text);
}

int rq_workflow_parse(struct rq_arena *a, const char *file, const char *text, size_t n, struct rq_workflow *out,
		      struct rq_wf_problems *problems, struct rq_error *e)
{
	struct rq_wf_problems own = { 0 };
	struct wf_reader r = { .a = a, .w = out, .p = problems ? problems : &own };
	struct rq_yaml_doc *doc = NULL;
	int rc = RQ_OK;

	*out = (struct rq_workflow){ .file = rq_arena_str(a, file), .name = "" };
	rq_yaml_read_shared(text, n, say_fault, &r, &doc);
	r.root = doc ? rq_yaml_root(doc) : NULL;
	if (r.root && n > FILE_MAX)
		wf_say(a, r.p, 0, 0, true, "the file has more than 500 KiB, and GitHub takes no larger ones");
	if (r.root && r.root->kind == RQ_YAML_MAP)
		read_root(&r);
	else if (r.root && r.root->kind != RQ_YAML_BAD)
		wf_error(&r, r.root, "a workflow is a map with the keys 'on' and 'jobs'");
	wf_sort(r.p);
	if (!r.root || r.root->kind != RQ_YAML_MAP)
		rc = refuse(r.p, file, e);
	rq_yaml_free(doc);
	return rc;
}
