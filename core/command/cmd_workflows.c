/* cmd_workflows.c - the workflows of a queue's repositories, and whether they run. */
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/queue/queue.h"

/* ---- the list ---- */

static struct rq_json *to_json(const struct rq_workflow_row *w)
{
	struct rq_json *o = rq_json_object();

	if (w->id)
		rq_json_set_int(o, "id", w->id);
	rq_json_set_str(o, "repository", w->repo);
	rq_json_set_str(o, "file", *w->file ? w->file : NULL);
	rq_json_set_str(o, "name", *w->name ? w->name : NULL);
	rq_json_set_str(o, "state", w->state);
	return o;
}

static void print(struct rq_cmd *cmd, const struct rq_call *call)
{
	static const char *const columns[] = { "WORKFLOW", "NAME", "STATE", "REPOSITORY" };

	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < call->u.workflows.n; i++) {
		const struct rq_workflow_row *w = &call->u.workflows.v[i];
		const char *cells[] = { rq_cell(cmd, w->file), rq_cell(cmd, w->name), w->state, w->repo };

		cmd->out->row(cmd->out->ud, cells);
	}
}

static void listed(struct rq_cmd *cmd, struct rq_call *call)
{
	struct rq_json *all;

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	if (rq_cmd_on(cmd, "json")) {
		all = rq_json_array();
		for (size_t i = 0; i < call->u.workflows.n; i++)
			rq_json_add(all, to_json(&call->u.workflows.v[i]));
		rq_cmd_json(cmd, all);
	} else {
		print(cmd, call);
	}
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int run_list(struct rq_cmd *cmd)
{
	return rq_cmd_start(cmd, rq_cmd_call(cmd, RQ_VERB_WORKFLOWS, listed));
}

static const struct rq_opt list_opts[] = {
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "the workflows of this queue" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_workflows = {
	.name = "workflows",
	.summary = "List the workflows of a GitHub queue's repositories",
	.details =
		"Into a pipe or a file, rows are separated by tabs and have no header: file, name, "
		"state, repository. Of a repository that cannot be read the state is the reason.",
	.opts = list_opts,
	.caps = RQ_CAP_WORKFLOWS,
	.exec = run_list,
};

/* ---- enable, disable ---- */

static void switched(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	rq_cmd_message(cmd, "%s", call->u.workflow.text);
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int run_switch(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_WORKFLOW_STATE, switched);

	call->u.workflow.file = rq_call_str(call, rq_cmd_arg(cmd, "WORKFLOW"));
	call->u.workflow.repo = rq_call_str(call, rq_cmd_opt(cmd, "repo"));
	call->u.workflow.enable = cmd->command == &rq_cmd_workflows_enable;
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg switch_args[] = {
	{ "WORKFLOW", RQ_VALUE_WORKFLOW, 0, "its file, such as nightly.yml, or its name" },
	{ NULL },
};
static const struct rq_opt switch_opts[] = {
	{ "repo", 0, "OWNER/NAME", RQ_VALUE_TEXT, 0, "of this repository, where the queue has several" },
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "of this queue" },
	{ NULL },
};

const struct rq_command rq_cmd_workflows_enable = {
	.name = "workflows enable",
	.summary = "Let a disabled workflow run again",
	.args = switch_args,
	.opts = switch_opts,
	.flags = RQ_CMD_WRITES,
	.caps = RQ_CAP_WORKFLOWS,
	.exec = run_switch,
};

const struct rq_command rq_cmd_workflows_disable = {
	.name = "workflows disable",
	.summary = "Keep a workflow from running, until it is enabled",
	.details = "What runs already goes on.",
	.args = switch_args,
	.opts = switch_opts,
	.flags = RQ_CMD_WRITES,
	.caps = RQ_CAP_WORKFLOWS,
	.exec = run_switch,
};
