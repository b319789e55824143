/* cmd_policy_test.c - a policy against its examples: policy.test.yaml beside it, and tests/ with files of them. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/regex.h"
#include "core/command/policy_src.h"
#include "core/command/rows.h"
#include "core/policy/cases.h"
#include "core/sys/paths.h"

enum { FILE_MAX = 1024 * 1024, FILES_MAX = 1000 };

struct test {
	struct rq_source source;
	struct rq_cases cases;
	struct rq_coverage coverage;
	struct rq_regex *only;
	struct rq_json *json;
	size_t passed, failed, skipped;
};

static void release(struct rq_cmd *cmd)
{
	struct test *t = cmd->state;

	rq_cases_release(&t->cases);
	rq_regex_free(t->only);
	rq_source_release(&t->source);
}

/* ---- the files ---- */

static int load_file(struct rq_cmd *cmd, const char *shown, const char *path, struct rq_error *e)
{
	struct test *t = cmd->state;
	char *text;
	size_t n;
	int rc = rq_file_read(path, FILE_MAX, &text, &n, e);

	if (rc)
		return rc;
	rc = rq_cases_load(&t->cases, t->source.policy, shown, text, n, e);
	rq_free(text);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of DIR's .yaml files, in their order; in A. */
static size_t list(struct rq_arena *a, const char *dir, char **names)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t n = 0;

	while (d && n < FILES_MAX && (entry = readdir(d))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (*entry->d_name != '.' && (rq_eq(dot, ".yaml") || rq_eq(dot, ".yml")))
			names[n++] = rq_arena_str(a, entry->d_name);
	}
	if (d)
		closedir(d);
	qsort(names, n, sizeof *names, by_name);
	return n;
}

/* "policy/policy.yaml" -> "policy/" */
static const char *beside(struct rq_cmd *cmd, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? rq_arena_strn(&cmd->arena, path, (size_t)(slash - path) + 1) : "";
}

static int load_all(struct rq_cmd *cmd, struct rq_error *e)
{
	struct test *t = cmd->state;
	struct rq_arena *a = &cmd->arena;
	const char *dir = beside(cmd, t->source.path), *shown = beside(cmd, t->source.name);
	char **names = rq_arena_alloc(a, FILES_MAX * sizeof *names);
	size_t n = list(a, rq_arena_fmt(a, "%stests", dir), names);
	int rc = load_file(cmd, rq_arena_fmt(a, "%spolicy.test.yaml", shown), rq_arena_fmt(a, "%spolicy.test.yaml", dir), e);

	if (rc == RQ_ENOTFOUND)
		rc = RQ_OK;
	for (size_t i = 0; i < n && !rc; i++)
		rc = load_file(cmd, rq_arena_fmt(a, "%stests/%s", shown, names[i]),
			       rq_arena_fmt(a, "%stests/%s", dir, names[i]), e);
	if (!rc && !t->cases.n)
		return rq_fail(e, RQ_EUSAGE, "There are no cases for %s: neither policy.test.yaml nor tests/*.yaml beside it.",
			       t->source.name);
	return rc;
}

/* ---- running them ---- */

static bool wanted(const struct test *t, const char *name)
{
	return !t->only || rq_regex_find(t->only, name, strlen(name), 0, NULL, NULL) == RQ_REGEX_MATCH;
}

static void tell_json(struct test *t, const struct rq_case *c, const char *result, const char *why)
{
	struct rq_json *j = rq_json_object();

	rq_json_set_str(j, "name", c->name);
	rq_json_set_str(j, "file", c->file);
	rq_json_set_int(j, "line", c->line);
	rq_json_set_int(j, "column", c->col);
	rq_json_set_str(j, "result", result);
	if (*why)
		rq_json_set_str(j, "why", why);
	rq_json_add(t->json, j);
}

static void tell(struct rq_cmd *cmd, const struct rq_case *c, const char *result, const char *why)
{
	size_t n;

	rq_cmd_message(cmd, "%s  %s  %s:%d:%d", result, c->name, c->file, c->line, c->col);
	for (; *why; why += n + (why[n] == '\n')) {
		n = strcspn(why, "\n");
		rq_cmd_message(cmd, "      %.*s", (int)n, why);
	}
}

static void run_case(struct rq_cmd *cmd, const struct rq_case *c)
{
	struct test *t = cmd->state;
	struct rq_arena a = { 0 };
	struct rq_decision d;
	const char *result = "SKIP", *why = "";

	if (c->todo) {
		t->skipped++;
	} else {
		why = rq_case_run(&a, t->source.policy, c, &d);
		rq_coverage_add(t->source.policy, &d, &t->coverage);
		result = *why ? "FAIL" : "PASS";
		t->passed += !*why;
		t->failed += *why != 0;
	}
	if (t->json)
		tell_json(t, c, result, why);
	else
		tell(cmd, c, result, why);
	rq_arena_release(&a);
}

static size_t covered(const bool *v, size_t n)
{
	size_t yes = 0;

	for (size_t i = 0; i < n; i++)
		yes += v[i];
	return yes;
}

static void tell_coverage(struct rq_cmd *cmd)
{
	const struct test *t = cmd->state;
	const struct rq_policy *p = t->source.policy;
	const struct rq_coverage *c = &t->coverage;
	size_t all = c->n_rules + c->n_routes;
	size_t yes = covered(c->rules, c->n_rules) + covered(c->routes, c->n_routes);

	rq_cmd_message(cmd, "coverage: %zu of %zu routes and rules (%zu %%)", yes, all, all ? yes * 100 / all : 100);
	for (size_t i = 0; i < c->n_routes; i++)
		if (!c->routes[i])
			rq_cmd_message(cmd, "  no case is decided by route %s  %s:%d:%d", p->routes[i].name, t->source.name,
				       p->routes[i].at.line, p->routes[i].at.col);
	for (size_t i = 0; i < c->n_rules; i++)
		if (!c->rules[i])
			rq_cmd_message(cmd, "  in no case fires rule %s  %s:%d:%d", p->rules[i].name, t->source.name,
				       p->rules[i].at.line, p->rules[i].at.col);
}

static struct rq_json *missing_json(const struct test *t)
{
	const struct rq_policy *p = t->source.policy;
	struct rq_json *j = rq_json_object(), *routes = rq_json_array(), *rules = rq_json_array();

	for (size_t i = 0; i < t->coverage.n_routes; i++)
		if (!t->coverage.routes[i])
			rq_json_add_str(routes, p->routes[i].name);
	for (size_t i = 0; i < t->coverage.n_rules; i++)
		if (!t->coverage.rules[i])
			rq_json_add_str(rules, p->rules[i].name);
	rq_json_set(j, "routes", routes);
	rq_json_set(j, "rules", rules);
	return j;
}

static void print_json(struct rq_cmd *cmd)
{
	struct test *t = cmd->state;
	struct rq_json *j = rq_json_object();

	rq_json_set_int(j, "passed", (int64_t)t->passed);
	rq_json_set_int(j, "failed", (int64_t)t->failed);
	rq_json_set_int(j, "skipped", (int64_t)t->skipped);
	rq_json_set(j, "cases", t->json);
	if (rq_cmd_on(cmd, "coverage"))
		rq_json_set(j, "not_covered", missing_json(t));
	rq_cmd_json(cmd, j);
}

static bool any_wanted(const struct test *t)
{
	for (size_t i = 0; i < t->cases.n; i++)
		if (wanted(t, t->cases.v[i].name))
			return true;
	return false;
}

static int run_cases(struct rq_cmd *cmd)
{
	struct test *t = cmd->state;
	struct rq_error e;

	rq_coverage_init(&cmd->arena, t->source.policy, &t->coverage);
	if (!any_wanted(t)) {
		rq_fail(&e, RQ_EUSAGE, "No case has a name that matches %s.", rq_cmd_opt(cmd, "run"));
		return rq_cmd_error(cmd, &e);
	}
	t->json = rq_eq(rq_cmd_opt(cmd, "format"), "json") ? rq_json_array() : NULL;
	for (size_t i = 0; i < t->cases.n; i++)
		if (wanted(t, t->cases.v[i].name))
			run_case(cmd, &t->cases.v[i]);
	if (t->json)
		print_json(cmd);
	else
		rq_cmd_message(cmd, "%zu passed, %zu failed, %zu skipped", t->passed, t->failed, t->skipped);
	if (!t->json && rq_cmd_on(cmd, "coverage"))
		tell_coverage(cmd);
	return t->failed ? RQ_EXIT_FAILED : RQ_EXIT_OK;
}

static void opened(struct rq_cmd *cmd)
{
	struct test *t = cmd->state;
	struct rq_error e;

	if (!t->source.path) {
		rq_fail(&e, RQ_EUSAGE, "%s is no file: cases are looked for beside one; name it.", t->source.name);
		rq_source_missing(cmd, &e);
	} else if (load_all(cmd, &e)) {
		rq_source_missing(cmd, &e);
	} else {
		rq_cmd_done(cmd, run_cases(cmd));
	}
}

static int run(struct rq_cmd *cmd)
{
	const char *format = rq_cmd_opt(cmd, "format"), *only = rq_cmd_opt(cmd, "run");
	struct test *t = rq_arena_alloc(&cmd->arena, sizeof *t);
	struct rq_error e;

	cmd->state = t;
	cmd->release = release;
	if (format && !rq_eq(format, "json") && !rq_eq(format, "text")) {
		rq_fail(&e, RQ_EUSAGE, "--format is text or json, not \"%.40s\".", format);
		return rq_cmd_error(cmd, &e);
	}
	if (only && rq_regex_new(only, 0, &t->only, &e))
		return rq_cmd_error(cmd, &e);
	rq_source_open(cmd, rq_cmd_arg(cmd, "FILE"), false, &t->source, opened);
	return RQ_CMD_PENDING;
}

static const struct rq_arg args[] = {
	{ "FILE", RQ_VALUE_FILE, RQ_ARG_OPTIONAL, "the policy; else the one in force" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "run", 0, "RE", RQ_VALUE_TEXT, 0, "only cases whose name matches the regular expression" },
	{ "coverage", 0, NULL, RQ_VALUE_TEXT, 0, "tell which routes and rules no case reaches" },
	{ "format", 0, "F", RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "text or json", "text" },
	{ NULL },
};

const struct rq_command rq_cmd_policy_test = {
	.name = "policy test",
	.summary = "Try a policy on its examples",
	.details = "The cases are read from policy.test.yaml and tests/*.yaml beside the policy; relayq-policy(1) tells how one "
		   "looks.",
	.args = args,
	.opts = opts,
	.exec = run,
};
