/* draft_steps.c - steps and whole submissions from files: YAML steps, JSON lines. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/command/draft.h"

enum { STEPS_MAX = 100, WORDS_MAX = 4096 };

/* A command written as one line is cut as a shell would cut it. */
static int split_command(struct rq_arena *a, const char *text, struct rq_step *step,
			 struct rq_error *e)
{
	char **words, **argv;
	size_t n;
	int rc = rq_words_split(text, &words, &n, e);

	if (rc)
		return rc;
	argv = rq_arena_alloc(a, (n + 1) * sizeof *argv);
	for (size_t i = 0; i < n; i++)
		argv[i] = rq_arena_str(a, words[i]);
	rq_words_free(words);
	step->argv = argv;
	return n ? RQ_OK : rq_fail(e, RQ_EUSAGE, "A command is empty.");
}

/* ---- YAML ---- */

static int at(struct rq_error *e, const char *file, const struct rq_yaml *y, const char *why)
{
	return rq_fail(e, RQ_EUSAGE, "%s:%d:%d: %s", file, y->line, y->col, why);
}

static int yaml_command(struct rq_arena *a, const char *file, const struct rq_yaml *y,
			struct rq_step *step, struct rq_error *e)
{
	char **argv;
	int rc;

	if (y->kind == RQ_YAML_SCALAR) {
		rc = split_command(a, y->text, step, e);
		return rc ? (rq_fail_in(e, "%s:%d:%d", file, y->line, y->col), rc) : RQ_OK;
	}
	if (y->kind != RQ_YAML_SEQ || !y->n || y->n > WORDS_MAX)
		return at(e, file, y, "a command is a line, or a list of words");
	argv = rq_arena_alloc(a, (y->n + 1) * sizeof *argv);
	for (size_t i = 0; i < y->n; i++) {
		const char *word = rq_yaml_str(y->items[i]);

		if (!word)
			return at(e, file, y->items[i], "a word of a command is text");
		argv[i] = rq_arena_str(a, word);
	}
	step->argv = argv;
	return RQ_OK;
}

static int yaml_step(struct rq_arena *a, const char *file, const struct rq_yaml *y,
		     struct rq_step *step, struct rq_error *e)
{
	int rc = RQ_OK;

	if (y->kind != RQ_YAML_MAP)
		return at(e, file, y, "a step has a name and either run or command");
	for (size_t i = 0; i < y->n && !rc; i++) {
		const char *key = y->keys[i]->text, *text = rq_yaml_str(y->items[i]);

		if (!strcmp(key, "command"))
			rc = yaml_command(a, file, y->items[i], step, e);
		else if (strcmp(key, "name") && strcmp(key, "run"))
			rc = at(e, file, y->keys[i],
				"a step has name, run and command, nothing else");
		else if (!text)
			rc = at(e, file, y->items[i], "this is text");
		else if (*key == 'n')
			step->name = rq_arena_str(a, text);
		else
			step->script = rq_arena_str(a, text);
	}
	if (!rc && !step->argv == !step->script)
		rc = at(e, file, y, "a step needs either run, a script, or command");
	return rc;
}

int rq_draft_steps_yaml(struct rq_draft *d, const char *file, const char *text, size_t n,
			struct rq_error *e)
{
	const struct rq_yaml *root;
	struct rq_yaml_doc *doc;
	struct rq_step *steps;
	int rc = rq_yaml_parse(file, text, n, &doc, e);

	if (rc)
		return rc;
	root = rq_yaml_root(doc);
	if (root->kind != RQ_YAML_SEQ || !root->n || root->n > STEPS_MAX) {
		rc = at(e, file, root,
			"steps are a list of 1 to 100: \"- run: make\", one below the other");
		rq_yaml_free(doc);
		return rc;
	}
	steps = rq_arena_alloc(d->arena, root->n * sizeof *steps);
	for (size_t i = 0; i < root->n && !rc; i++)
		rc = yaml_step(d->arena, file, root->items[i], &steps[i], e);
	d->s.steps = steps;
	d->s.n_steps = root->n;
	rq_yaml_free(doc);
	return rc;
}

/* ---- JSON ---- */

static int json_command(struct rq_arena *a, const struct rq_json *j, struct rq_step *step,
			struct rq_error *e)
{
	size_t n = rq_json_is_array(j) ? rq_json_len(j) : 0, i = 0;
	const struct rq_json *item;
	char **argv;

	if (rq_json_str(j))
		return split_command(a, rq_json_str(j), step, e);
	if (!n || n > WORDS_MAX)
		return rq_fail(e, RQ_EUSAGE, "\"command\" is a line, or an array of words.");
	argv = rq_arena_alloc(a, (n + 1) * sizeof *argv);
	for (item = rq_json_first(j); item; item = rq_json_next(item)) {
		if (!rq_json_str(item))
			return rq_fail(e, RQ_EUSAGE, "\"command\" has a word that is no text.");
		argv[i++] = rq_arena_str(a, rq_json_str(item));
	}
	step->argv = argv;
	return RQ_OK;
}

/* {"name": ..., "run": ... | "command": ...}; other members belong to somebody else. */
static int json_step(struct rq_arena *a, const struct rq_json *j, struct rq_step *step,
		     struct rq_error *e)
{
	const struct rq_json *command = rq_json_get(j, "command");
	const char *run = rq_json_get_str(j, "run");

	if (!command == !run)
		return rq_fail(e, RQ_EUSAGE,
			       "A step needs either \"run\", a script, or \"command\".");
	step->script = rq_arena_str(a, run);
	return command ? json_command(a, command, step, e) : RQ_OK;
}

static int json_steps(struct rq_draft *d, const struct rq_json *list, struct rq_error *e)
{
	size_t n = rq_json_is_array(list) ? rq_json_len(list) : 0, i = 0;
	const struct rq_json *item;
	struct rq_step *steps;
	int rc = RQ_OK;

	if (!n || n > STEPS_MAX)
		return rq_fail(e, RQ_EUSAGE, "\"steps\" is an array of 1 to 100 steps.");
	steps = rq_arena_alloc(d->arena, n * sizeof *steps);
	for (item = rq_json_first(list); item && !rc; item = rq_json_next(item), i++) {
		steps[i].name = rq_arena_str(d->arena, rq_json_get_str(item, "name"));
		rc = json_step(d->arena, item, &steps[i], e);
	}
	d->s.steps = steps;
	d->s.n_steps = n;
	return rc;
}

static int what_to_run(struct rq_draft *d, const struct rq_json *j, struct rq_error *e)
{
	const struct rq_json *steps = rq_json_get(j, "steps");
	struct rq_step *step;

	if (steps)
		return json_steps(d, steps, e);
	/* The command line's, or its type's. */
	if (!rq_json_get(j, "command") && !rq_json_get(j, "run") && (d->s.n_steps || d->s.type))
		return RQ_OK;
	step = rq_arena_alloc(d->arena, sizeof *step);
	d->s.steps = step;
	d->s.n_steps = 1;
	return json_step(d->arena, j, step, e);
}

static const struct rq_opt *option_named(const struct rq_opt *opts, const char *key)
{
	char name[32];

	if (rq_copy(name, sizeof name, key) >= sizeof name)
		return NULL;
	for (char *c = name; *c; c++)
		if (*c == '_')
			*c = '-';
	if (!strcmp(name, "params"))
		name[5] = 0;
	for (; opts->name; opts++)
		if (!strcmp(opts->name, name) && !(opts->flags & RQ_OPT_CLI_ONLY))
			return opts;
	return NULL;
}

static int set_text(struct rq_draft *d, const struct rq_opt *o, const char *value,
		    struct rq_error *e)
{
	bool list = o->value && strchr(o->value, ',');
	int rc = list ? RQ_OK : rq_value_check(o->type, NULL, o->name, value, e);

	return rc ? rc : rq_draft_set(d, o->name, value, e);
}

static int set_value(struct rq_draft *d, const struct rq_opt *o, const char *key,
		     const struct rq_json *v, struct rq_error *e)
{
	const char *text = rq_json_str(v);
	struct rq_str b;
	int rc;

	rq_str_init(&b, 0);
	if (key)
		rq_str_addf(&b, "%s=", key);
	if (text)
		rq_str_add(&b, text);
	else
		rq_json_print(v, &b, false);
	rc = set_text(d, o, rq_str_get(&b), e);
	rq_str_release(&b);
	return rc;
}

/* A switch: true. A repeated option: an array, or an object of names and values. Labels: an
 * array too. */
static int set_member(struct rq_draft *d, const struct rq_opt *o, const struct rq_json *v,
		      struct rq_error *e)
{
	const struct rq_json *item;
	struct rq_str joined;
	size_t i = 0;
	int rc = RQ_OK;

	if (!o->value) {
		rq_str_init(&joined, 0);
		rq_json_print(v, &joined, false);
		rc = strcmp(rq_str_get(&joined), "true") ? RQ_OK : rq_draft_set(d, o->name, "", e);
		rq_str_release(&joined);
		return rc;
	}
	if (rq_json_is_object(v)) {
		for (item = rq_json_first(v); item && !rc; item = rq_json_next(item))
			rc = set_value(d, o, rq_json_key_at(v, i++), item, e);
		return rc;
	}
	if (!rq_json_is_array(v))
		return set_value(d, o, NULL, v, e);
	if (o->type != RQ_VALUE_LABELS) {
		for (item = rq_json_first(v); item && !rc; item = rq_json_next(item))
			rc = set_value(d, o, NULL, item, e);
		return rc;
	}
	rq_str_init(&joined, 0);
	for (item = rq_json_first(v); item; item = rq_json_next(item))
		rq_str_addf(&joined, "%s%s", i++ ? "," : "",
			    rq_json_str(item) ? rq_json_str(item) : "");
	rc = set_text(d, o, rq_str_get(&joined), e);
	rq_str_release(&joined);
	return rc;
}

static bool says_what_to_run(const char *key)
{
	return !strcmp(key, "command") || !strcmp(key, "run") || !strcmp(key, "steps");
}

int rq_draft_json(struct rq_draft *d, const struct rq_opt *opts, const struct rq_json *j,
		  struct rq_error *e)
{
	const struct rq_json *v;
	size_t i = 0;
	int rc = RQ_OK;

	if (!rq_json_is_object(j))
		return rq_fail(e, RQ_EUSAGE, "A line of a batch is one JSON object.");
	for (v = rq_json_first(j); v && !rc; v = rq_json_next(v)) {
		const char *key = rq_json_key_at(j, i++);
		const struct rq_opt *o = option_named(opts, key);

		if (says_what_to_run(key))
			continue;
		if (!o)
			return rq_fail(
				e, RQ_EUSAGE,
				"A submission has no member \"%.60s\"; they are named as the "
				"options of relayq submit.",
				key);
		rc = set_member(d, o, v, e);
	}
	return rc ? rc : what_to_run(d, j, e);
}
