/* cmd_policy_check.c - what can be said of a policy by itself: check, lint, fmt. */
#include <string.h>
#include <unistd.h>
#include "core/base/mem.h"
#include "core/command/policy_src.h"
#include "core/command/rows.h"
#include "core/sys/git.h"
#include "core/sys/paths.h"

enum { FORMATTED_MAX = 4 * 1024 * 1024 };

static void release(struct rq_cmd *cmd)
{
	rq_source_release(cmd->state);
}

static int start(struct rq_cmd *cmd, rq_got_source *then)
{
	struct rq_source *s = rq_arena_alloc(&cmd->arena, sizeof *s);

	cmd->state = s;
	cmd->release = release;
	rq_source_get(cmd, rq_cmd_arg(cmd, "FILE"), false, s, then);
	return RQ_CMD_PENDING;
}

static const char *plural(size_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

static void say_ok(struct rq_cmd *cmd, const struct rq_source *s)
{
	const struct rq_policy *p = s->policy;

	rq_cmd_message(cmd, "%s: ok: schema %d, %zu %s, %zu %s, %zu %s, %.7s", s->name, p->schema, p->n_routes,
		       plural(p->n_routes, "route", "routes"), p->n_rules, plural(p->n_rules, "rule", "rules"), p->n_declared,
		       plural(p->n_declared, "runner", "runners"), p->oid);
}

static void tell_problems(struct rq_cmd *cmd, struct rq_source *s)
{
	if (!rq_cmd_on(cmd, "json")) {
		rq_source_problems(cmd, s);
		return;
	}
	rq_problems_sort(&s->problems);
	rq_cmd_json(cmd, rq_problems_json(&s->problems, s->name));
}

static void checked(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	struct rq_source *s = cmd->state;
	int rc;

	if (code) {
		rq_source_missing(cmd, e);
		return;
	}
	rc = rq_source_load(s);
	tell_problems(cmd, s);
	if (!rc && !rq_cmd_on(cmd, "json"))
		say_ok(cmd, s);
	rq_cmd_done(cmd, rc ? RQ_EXIT_USAGE : RQ_EXIT_OK);
}

static int run_check(struct rq_cmd *cmd)
{
	return start(cmd, checked);
}

/* ---- lint ---- */

static bool has_file(void *top, const char *path)
{
	char *full = rq_path_join(top, path);
	bool there = access(full, F_OK) == 0;

	rq_free(full);
	return there;
}

static int linted(struct rq_cmd *cmd, const struct rq_snapshot *snapshot)
{
	struct rq_source *s = cmd->state;
	char *top = s->path ? rq_git_top(s->path) : NULL;

	rq_policy_lint(s->policy, snapshot->runners, snapshot->n_runners, top ? has_file : NULL, top, &s->problems);
	rq_free(top);
	if (s->problems.n || rq_cmd_on(cmd, "json"))
		tell_problems(cmd, s);
	else
		say_ok(cmd, s);
	return s->problems.warnings && rq_cmd_on(cmd, "strict") ? RQ_EXIT_FAILED : RQ_EXIT_OK;
}

static void lint_loaded(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	struct rq_source *s = cmd->state;
	struct rq_want want = { .runners = true };

	if (code) {
		rq_source_missing(cmd, e);
		return;
	}
	if (rq_source_load(s)) {
		tell_problems(cmd, s);
		rq_cmd_done(cmd, RQ_EXIT_USAGE);
		return;
	}
	rq_cmd_load_local(cmd, &want, linted);
}

static int run_lint(struct rq_cmd *cmd)
{
	return start(cmd, lint_loaded);
}

/* ---- fmt ---- */

static int write_back(struct rq_cmd *cmd, const struct rq_source *s, const struct rq_str *text)
{
	struct rq_error e;

	if (!s->path) {
		rq_fail(&e, RQ_EUSAGE, "%s is no file: name one to write to.", s->name);
		return rq_cmd_error(cmd, &e);
	}
	if (rq_file_write(s->path, rq_str_get(text), text->len, 0644, &e))
		return rq_cmd_error(cmd, &e);
	rq_cmd_message(cmd, "%s: written in the standard form", s->name);
	return RQ_EXIT_OK;
}

static int use_formatted(struct rq_cmd *cmd, const struct rq_source *s, const struct rq_str *text)
{
	bool same = text->len == s->n && !memcmp(rq_str_get(text), s->text, s->n);

	if (rq_cmd_on(cmd, "check")) {
		if (!same)
			rq_cmd_message(cmd, "%s: not in the standard form; relayq policy fmt --write mends it", s->name);
		return same ? RQ_EXIT_OK : RQ_EXIT_FAILED;
	}
	if (rq_cmd_on(cmd, "write"))
		return same ? RQ_EXIT_OK : write_back(cmd, s, text);
	rq_cmd_text(cmd, text);
	return RQ_EXIT_OK;
}

static void formatted(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	struct rq_source *s = cmd->state;
	struct rq_str text;
	struct rq_error bad = { 0 };
	int status = RQ_EXIT_USAGE;

	if (code) {
		rq_source_missing(cmd, e);
		return;
	}
	rq_str_init(&text, FORMATTED_MAX);
	if (!rq_policy_fmt(s->name, s->text, s->n, &text, &s->problems, &bad))
		status = use_formatted(cmd, s, &text);
	else if (s->problems.n)
		rq_source_problems(cmd, s);
	else
		rq_cmd_error(cmd, &bad);
	rq_str_release(&text);
	rq_cmd_done(cmd, status);
}

static int run_fmt(struct rq_cmd *cmd)
{
	return start(cmd, formatted);
}

static const struct rq_arg file_args[] = {
	{ "FILE", RQ_VALUE_FILE, RQ_ARG_OPTIONAL, "the policy; else the one in force" },
	{ NULL },
};
static const struct rq_opt check_opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};
static const struct rq_opt lint_opts[] = {
	{ "strict", 0, NULL, RQ_VALUE_TEXT, 0, "leave with 1 when there is a warning" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};
static const struct rq_opt fmt_opts[] = {
	{ "check", 0, NULL, RQ_VALUE_TEXT, 0, "print nothing of it; leave with 1 when it differs" },
	{ "write", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_WRITES, "write the file in place" },
	{ NULL },
};

const struct rq_command rq_cmd_policy_check = {
	.name = "policy check",
	.summary = "Tell all that is wrong with a policy",
	.details = "Problems go to standard error, one a line with file, line and column, the way compilers write them. Leaves "
		   "with 2 when the policy cannot be used.",
	.args = file_args,
	.opts = check_opts,
	.exec = run_check,
};
const struct rq_command rq_cmd_policy_lint = {
	.name = "policy lint",
	.summary = "Warn of what is allowed in a policy and cannot be meant",
	.details = "Runners that are known count beside those that the policy declares.",
	.args = file_args,
	.opts = lint_opts,
	.exec = run_lint,
};
const struct rq_command rq_cmd_policy_fmt = {
	.name = "policy fmt",
	.summary = "Print a policy in the standard form",
	.details = "What it means stays the same, and so do comments.",
	.args = file_args,
	.opts = fmt_opts,
	.exec = run_fmt,
};
