/* A manifest of a job type: text of people. What is taken is used with inputs made of the same bytes. */
#include "tests/fuzz/fuzz.h"

#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/model/jobtype.h"

static size_t n_words(const struct rq_job_type *t)
{
	size_t n = 0;

	while (t->command[n])
		n++;
	return n;
}

static void use(struct rq_arena *a, const struct rq_job_type *t, const char *text)
{
	const char **params = rq_arena_alloc(a, (t->n_inputs + 1) * sizeof *params), **inputs;
	size_t i, n, words = 0;
	char **argv;

	for (i = 0; i < t->n_inputs; i++)
		params[i] = rq_arena_fmt(a, "%s=%s", t->inputs[i].name,
					 t->inputs[i].kind == RQ_INPUT_TEXT ? text
					 : t->inputs[i].def		    ? t->inputs[i].def
									    : "1");
	if (rq_job_type_inputs(t, a, params, t->n_inputs, &inputs, &n, NULL))
		return;
	PROMISE(n <= t->n_inputs);
	if (t->command && !rq_job_type_argv(t, a, inputs, n, &argv, NULL))
		for (i = 0; argv[i]; i++)
			words++;
	PROMISE(!t->command || words <= n_words(t));
	PROMISE(*rq_job_type_title(t, a, inputs, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_arena arena = { 0 };
	struct rq_job_type t;
	struct rq_error e = { 0 };
	struct rq_yaml_doc *doc;
	char *text = rq_strndup((const char *)data, size);
	int rc = rq_yaml_parse("m.yaml", (const char *)data, size, &doc, &e);

	if (!rc) {
		rc = rq_job_type_parse(&arena, "m.yaml", "fuzz", rq_yaml_root(doc), &t, &e);
		PROMISE(rc == RQ_OK || (rc == RQ_EUSAGE && rq_starts(e.msg, "m.yaml:")));
		rq_yaml_free(doc);
		if (!rc)
			use(&arena, &t, text);
	}
	rq_free(text);
	rq_arena_release(&arena);
	return 0;
}
