/* types.c - finding the types of jobs. */
#include "core/agent/types.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/embed.h"
#include "core/base/str.h"
#include "core/base/yaml.h"
#include "core/model/call.h"
#include "core/model/id.h"

enum { MANIFEST_MAX = 256 * 1024, TYPES_MAX = 500 };

#define SHIPPED "types/"
#define SUFFIX ".yaml"

/* ---- one ---- */

static int parse(struct rq_arena *a, const char *file, const char *name, const char *text, size_t n,
		 struct rq_job_type *t, struct rq_error *e)
{
	struct rq_yaml_doc *doc;
	int rc = rq_yaml_parse(file, text, n, &doc, e);

	if (rc)
		return rc;
	rc = rq_job_type_parse(a, file, name, rq_yaml_root(doc), t, e);
	rq_yaml_free(doc);
	return rc;
}

static bool is_executable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* RQ_ENOTFOUND: DIR has nothing of that name. */
static int from_dir(struct rq_arena *a, const char *dir, const char *name, struct rq_job_type *t, struct rq_error *e)
{
	const char *program = rq_arena_fmt(a, "%s/types/%s", dir, name), *file = rq_arena_fmt(a, "%s" SUFFIX, program);
	char *text;
	size_t n;
	int rc = rq_file_read(file, MANIFEST_MAX, &text, &n, e);

	if (rc == RQ_ENOTFOUND && is_executable(program))
		return rq_fail(e, RQ_EUSAGE, "%s has no manifest: write %s.", program, file);
	if (rc)
		return rc;
	rc = parse(a, file, name, text, n, t, e);
	rq_free(text);
	t->origin = file;
	if (!rc && !rq_job_type_works(t) && is_executable(program))
		t->executable = program;
	return rc;
}

static int built_in(struct rq_arena *a, const char *name, struct rq_job_type *t, struct rq_error *e)
{
	const char *file = rq_arena_fmt(a, SHIPPED "%s" SUFFIX, name);
	int rc;

	for (const struct rq_embedded *f = rq_embedded_files; f->name; f++) {
		if (strcmp(f->name, file))
			continue;
		rc = parse(a, file, name, (const char *)f->bytes, f->length, t, e);
		t->origin = "built in";
		return rc;
	}
	return rq_fail(e, RQ_ENOTFOUND, "There is no job type \"%.80s\".", name);
}

static int from_config(const struct rq_types *w, struct rq_arena *a, const char *name, struct rq_job_type *t,
		       struct rq_error *e)
{
	const struct rq_yaml *types = rq_config_section(w->config, "types");
	const struct rq_yaml *y;

	if (types && types->kind != RQ_YAML_MAP)
		return rq_fail(e, RQ_EUSAGE, "config.yaml:%d:%d: types are written NAME: {command: [...]}, one below the other.",
			       types->line, types->col);
	y = types ? rq_yaml_get(types, name) : NULL;
	if (!y)
		return rq_fail(e, RQ_ENOTFOUND, "There is no job type \"%.80s\".", name);
	return rq_job_type_parse(a, "config.yaml", name, y, t, e);
}

static int find(const struct rq_types *w, struct rq_arena *a, const char *name, struct rq_job_type *t,
		struct rq_error *e)
{
	int rc = from_config(w, a, name, t, e);

	if (rc != RQ_ENOTFOUND)
		return rc;
	if (!rq_name_ok(name))
		return rc;
	rc = from_dir(a, w->paths->data, name, t, e);
	if (rc == RQ_ENOTFOUND)
		rc = built_in(a, name, t, e);
	if (rc == RQ_ENOTFOUND)
		rc = from_dir(a, RQ_PKGDATADIR, name, t, e);
	return rc;
}

/* ---- all ---- */

struct names {
	const char *v[TYPES_MAX];
	size_t n;
};

static void add_name(struct names *l, struct rq_arena *a, const char *name, size_t len)
{
	const char *copy = rq_arena_strn(a, name, len);

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], copy))
			return;
	if (l->n < TYPES_MAX && rq_name_ok(copy))
		l->v[l->n++] = copy;
}

static void add_dir(struct names *l, struct rq_arena *a, const char *dir)
{
	const char *path = rq_arena_fmt(a, "%s/types", dir);
	DIR *dp = opendir(path);
	struct dirent *entry;

	while (dp && (entry = readdir(dp))) {
		size_t n = strlen(entry->d_name), tail = strlen(SUFFIX);

		if (n > tail && !strcmp(entry->d_name + n - tail, SUFFIX))
			add_name(l, a, entry->d_name, n - tail);
		else if (*entry->d_name != '.' && is_executable(rq_arena_fmt(a, "%s/%s", path, entry->d_name)))
			add_name(l, a, entry->d_name, n);
	}
	if (dp)
		closedir(dp);
}

static int by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void all_names(const struct rq_types *w, struct rq_arena *a, struct names *l)
{
	const struct rq_yaml *types = rq_config_section(w->config, "types");

	l->n = 0;
	for (size_t i = 0; types && types->kind == RQ_YAML_MAP && i < types->n; i++)
		add_name(l, a, types->keys[i]->text, strlen(types->keys[i]->text));
	add_dir(l, a, w->paths->data);
	for (const struct rq_embedded *f = rq_embedded_files; f->name; f++)
		if (rq_starts(f->name, SHIPPED))
			add_name(l, a, f->name + strlen(SHIPPED), strlen(f->name) - strlen(SHIPPED) - strlen(SUFFIX));
	add_dir(l, a, RQ_PKGDATADIR);
	qsort(l->v, l->n, sizeof *l->v, by_name);
}

const struct rq_job_type **rq_types_all(const struct rq_types *w, struct rq_arena *a, size_t *n)
{
	struct names *l = rq_arena_alloc(a, sizeof *l);
	const struct rq_job_type **v;

	all_names(w, a, l);
	v = rq_arena_alloc(a, (l->n + 1) * sizeof *v);
	for (*n = 0; *n < l->n; (*n)++) {
		struct rq_job_type *t = rq_arena_alloc(a, sizeof *t);
		struct rq_error e = { 0 };

		t->name = l->v[*n];
		t->help = t->origin = t->error = "";
		if (find(w, a, l->v[*n], t, &e))
			*t = (struct rq_job_type){ .name = l->v[*n], .help = "", .origin = "",
						   .error = rq_arena_str(a, e.msg) };
		v[*n] = t;
	}
	return v;
}

static int no_such_type(const struct rq_types *w, struct rq_arena *a, const char *name, struct rq_error *e)
{
	struct names *l = rq_arena_alloc(a, sizeof *l);
	const char *best = NULL;
	struct rq_str known;
	int near = 4;

	all_names(w, a, l);
	rq_str_init(&known, 300);
	for (size_t i = 0; i < l->n; i++) {
		int d = rq_distance(name, l->v[i], near);

		rq_str_addf(&known, "%s%s", i ? ", " : "", l->v[i]);
		if (d < near && (size_t)d < strlen(name)) {
			near = d;
			best = l->v[i];
		}
	}
	rq_fail(e, RQ_ENOTFOUND, "There is no job type \"%.64s\"%s%s%s; the types are %s.", name,
		best ? " (did you mean " : "", best ? best : "", best ? "?)" : "", rq_str_get(&known));
	rq_str_release(&known);
	return RQ_ENOTFOUND;
}

int rq_types_find(const struct rq_types *w, struct rq_arena *a, const char *name, const struct rq_job_type **out,
		  struct rq_error *e)
{
	struct rq_job_type *t = rq_arena_alloc(a, sizeof *t);
	int rc = find(w, a, name, t, e);

	if (rc == RQ_ENOTFOUND)
		return no_such_type(w, a, name, e);
	*out = t;
	return rc;
}

/* ---- a submission ---- */

static int set_steps(const struct rq_job_type *t, struct rq_arena *a, struct rq_submission *s, struct rq_error *e)
{
	struct rq_step *step = rq_arena_alloc(a, sizeof *step);
	char **argv;
	int rc;

	if (t->script) {
		step->name = t->name;
		step->script = t->script;
	} else if (t->command) {
		rc = rq_job_type_argv(t, a, s->params, s->n_params, &argv, e);
		if (rc)
			return rc;
		if (!argv[0] || !*argv[0])
			return rq_fail(e, RQ_EUSAGE, "With these inputs the command of type %s is empty.", t->name);
		step->argv = argv;
	} else {
		argv = rq_arena_alloc(a, 2 * sizeof *argv);
		argv[0] = rq_arena_str(a, t->executable);
		step->argv = argv;
	}
	s->steps = step;
	s->n_steps = 1;
	return RQ_OK;
}

int rq_types_apply(const struct rq_types *w, struct rq_arena *a, struct rq_submission *s, struct rq_error *e)
{
	const char *name = s->type ? s->type : "command";
	const struct rq_job_type *t;
	int rc;

	if (s->n_steps)
		return RQ_OK;
	rc = rq_types_find(w, a, name, &t, e);
	if (!rc && !rq_job_type_works(t))
		rc = rq_fail(e, RQ_EUSAGE, "Type %s has no work of its own: give a command behind --.", t->name);
	if (!rc)
		rc = rq_job_type_inputs(t, a, s->params, s->n_params, &s->params, &s->n_params, e);
	if (!rc)
		rc = set_steps(t, a, s, e);
	if (rc)
		return rc;
	if (!s->name)
		s->name = rq_job_type_title(t, a, s->params, s->n_params);
	if (!s->labels.n)
		s->labels = t->labels;
	if (!s->timeout_ms)
		s->timeout_ms = t->timeout_ms;
	return RQ_OK;
}
