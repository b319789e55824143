/* What a command still lacks although its row does not say so. */
#include <string.h>
#include "core/base/mem.h"
#include "core/base/str.h"
#include "core/model/jobtype.h"
#include "tui/ui.h"
#include "tui/words.h"

static bool given(const char *const *params, size_t n, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < n; i++)
		if (rq_starts(params[i], name) && params[i][len] == '=')
			return true;
	return false;
}

/* A type brings work, or names what a command is for; its inputs are the command's or the form's. */
static const char *missing_of_type(struct rq_ui *ui, struct rq_cmd *cmd, const char *type)
{
	const char *const *params;
	const struct rq_job_type *t;
	size_t n = rq_cmd_opts(cmd, "param", &params), i;

	if (rq_job_type(ui->rq, &cmd->arena, type, &t, NULL))
		return NULL;
	if (!rq_job_type_works(t))
		return "COMMAND";
	for (i = 0; i < t->n_inputs; i++)
		if (t->inputs[i].required && !given(params, n, t->inputs[i].name))
			return "inputs";
	return NULL;
}

static const char *missing_of_submit(struct rq_ui *ui, struct rq_cmd *cmd)
{
	const char *type = rq_cmd_opt(cmd, "type"), *const *command;

	if (rq_cmd_args(cmd, "COMMAND", &command) || rq_cmd_on(cmd, "steps") || rq_cmd_on(cmd, "workflow"))
		return NULL;
	return type ? missing_of_type(ui, cmd, type) : "COMMAND";
}

/* The server gives these itself, and does not let them be set. */
static bool of_the_server(const char *label)
{
	static const char *const own[] = { "self-hosted", "linux", "windows", "macos", "x64", "x86", "arm", "arm64" };
	size_t i;

	for (i = 0; i < sizeof own / sizeof own[0]; i++)
		if (rq_ieq(label, own[i]))
			return true;
	return false;
}

/* Labels are replaced: the form begins with those that it has. */
static const char *missing_labels(struct rq_ui *ui, const struct rq_cmd *cmd, struct rq_words *words)
{
	const struct rq_runner *r = rq_snapshot_runner(ui->snap, rq_cmd_arg(cmd, "RUNNER"));
	struct rq_str labels;
	size_t i;

	if (rq_cmd_arg(cmd, "LABELS") || rq_cmd_on(cmd, "none"))
		return NULL;
	rq_str_init(&labels, 0);
	for (i = 0; r && i < r->labels.n; i++)
		if (!of_the_server(r->labels.v[i]))
			rq_str_addf(&labels, "%s%s", labels.len ? "," : "", r->labels.v[i]);
	if (labels.len)
		rq_words_add(words, labels.s);
	rq_str_release(&labels);
	return "LABELS";
}

const char *rq_run_missing(struct rq_ui *ui, struct rq_cmd *cmd, struct rq_words *words)
{
	if (rq_eq(cmd->command->name, "submit"))
		return missing_of_submit(ui, cmd);
	return rq_eq(cmd->command->name, "runner labels") ? missing_labels(ui, cmd, words) : NULL;
}
