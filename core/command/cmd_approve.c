/* cmd_approve.c - what waits for somebody's word: say yes, say no, or only look. */
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/queue/queue.h"

static const char *yours(struct rq_cmd *cmd, const struct rq_pending *p)
{
	if (cmd->out->terminal)
		return p->may_approve ? "yours" : "not yours";
	return p->may_approve ? "true" : "false";
}

static void print(struct rq_cmd *cmd, const struct rq_call *call)
{
	static const char *const columns[] = { "ENVIRONMENT", "TO APPROVE", "REVIEWERS", "WAITS FOR" };

	if (!call->u.approve.n) {
		rq_cmd_message(cmd, "%s", call->u.approve.text);
		return;
	}
	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < call->u.approve.n; i++) {
		const struct rq_pending *p = &call->u.approve.v[i];
		const char *cells[] = { p->environment, yours(cmd, p), rq_cell(cmd, p->reviewers),
					p->wait_minutes ? rq_cell_duration(cmd, p->wait_minutes * 60000) : rq_cell(cmd, NULL) };

		cmd->out->row(cmd->out->ud, cells);
	}
}

static void answered(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	if (rq_cmd_on(cmd, "list"))
		print(cmd, call);
	else
		rq_cmd_message(cmd, "%s: %s", call->u.approve.id, call->u.approve.text);
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int run(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_APPROVE, answered);
	const char *const *names;
	size_t n = rq_cmd_opts(cmd, "environment", &names);

	call->u.approve.id = rq_call_str(call, rq_cmd_arg(cmd, "ID"));
	call->u.approve.comment = rq_call_str(call, rq_cmd_opt(cmd, "comment"));
	call->u.approve.environments = rq_arena_alloc(&call->arena, (n + 1) * sizeof *call->u.approve.environments);
	for (size_t i = 0; i < n; i++)
		call->u.approve.environments[i] = rq_call_str(call, names[i]);
	call->u.approve.n_environments = n;
	if (!rq_cmd_on(cmd, "list"))
		call->u.approve.state = rq_cmd_on(cmd, "reject") ? "rejected" : "approved";
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg args[] = {
	{ "ID", RQ_VALUE_JOB, 0, "a run that waits for approval" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "reject", 0, NULL, RQ_VALUE_TEXT, 0, "say no: the jobs that wait fail" },
	{ "environment", 0, "E", RQ_VALUE_TEXT, RQ_OPT_REPEAT, "only the deployment to this one; may be given again" },
	{ "comment", 0, "TEXT", RQ_VALUE_TEXT, 0, "why; kept with the run on the server" },
	{ "list", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_HIDDEN_IN_FORM, "only tell what waits, and for whom" },
	{ NULL },
};

const struct rq_command rq_cmd_approve = {
	.name = "approve",
	.summary = "Approve or reject what a GitHub run waits for",
	.details =
		"That is a deployment to an environment with reviewers, or the run of a fork's pull "
		"request. Without --environment it is every deployment that you may approve.",
	.args = args,
	.opts = opts,
	.flags = RQ_CMD_NEEDS_JOB | RQ_CMD_WRITES | RQ_CMD_CONFIRM,
	.caps = RQ_CAP_APPROVE,
	.exec = run,
};
