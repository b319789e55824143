/* cmd_change.c - cancel, retry, delete, reroute: what an operator does to a job. */
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/queue/queue.h"

static const struct rq_arg ids[] = {
	{ "ID", RQ_VALUE_JOB, RQ_ARG_REPEAT, "a job, such as local:17 or 17" },
	{ NULL },
};

static void add_ids(struct rq_cmd *cmd, struct rq_call *call)
{
	const char *const *v;
	size_t n = rq_cmd_args(cmd, "ID", &v);

	for (size_t i = 0; i < n; i++)
		rq_call_add_id(call, v[i]);
}

/* ---- cancel ---- */

static void cancelled(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code && !call->u.cancel.each)
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
	else
		rq_cmd_done(cmd, rq_cmd_each(cmd, call->u.cancel.n, call->u.cancel.each));
}

static int run_cancel(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_CANCEL, cancelled);

	add_ids(cmd, call);
	call->u.cancel.force = rq_cmd_on(cmd, "force");
	return rq_cmd_start(cmd, call);
}

static const struct rq_opt cancel_opts[] = {
	{ "force", 0, NULL, RQ_VALUE_TEXT, 0,
	  "end it at once, without the grace time; on GitHub whatever always() says" },
	{ NULL },
};

const struct rq_command rq_cmd_cancel = {
	.name = "cancel",
	.summary = "Take a waiting job back, or end a running one",
	.details =
		"A running job and all its processes get SIGTERM, and SIGKILL after the grace "
		"time. Jobs that wait for it are cancelled with it. GitHub cancels whole runs, and "
		"takes seconds to minutes for it.",
	.args = ids,
	.opts = cancel_opts,
	.flags = RQ_CMD_NEEDS_JOB | RQ_CMD_WRITES | RQ_CMD_CONFIRM | RQ_CMD_BULK,
	.caps = RQ_CAP_CANCEL,
	.exec = run_cancel,
};

/* ---- retry ---- */

static void retried(struct rq_cmd *cmd, struct rq_call *call)
{
	const struct rq_each *each = call->u.retry.each;
	int status = RQ_EXIT_OK;

	if (call->code && !each) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	for (size_t i = 0; i < call->u.retry.n; i++) {
		if (each[i].code == RQ_OK && each[i].new_id && *each[i].new_id)
			rq_cmd_message(cmd, "%s", each[i].new_id);
		else if (rq_cmd_each(cmd, 1, &each[i]) > status)
			status = rq_exit_status(each[i].code);
	}
	rq_cmd_done(cmd, status);
}

static int run_retry(struct rq_cmd *cmd)
{
	struct rq_error e = { 0 };
	struct rq_call *call;

	if (rq_cmd_on(cmd, "failed") && rq_cmd_on(cmd, "all")) {
		rq_fail(&e, RQ_EUSAGE, "--failed and --all exclude each other.");
		return rq_cmd_error(cmd, &e);
	}
	call = rq_cmd_call(cmd, RQ_VERB_RETRY, retried);
	add_ids(cmd, call);
	call->u.retry.what = rq_cmd_on(cmd, "failed") ? RQ_RERUN_FAILED : RQ_RERUN_ALL;
	call->u.retry.debug = rq_cmd_on(cmd, "debug");
	return rq_cmd_start(cmd, call);
}

static const struct rq_opt retry_opts[] = {
	{ "failed", 0, NULL, RQ_VALUE_TEXT, 0,
	  "of a GitHub run only the jobs that failed, and what depends on them" },
	{ "all", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_HIDDEN_IN_FORM, "all jobs of the run, as it does without this" },
	{ "debug", 0, NULL, RQ_VALUE_TEXT, 0, "on GitHub, with debug logging of steps and runner" },
	{ NULL },
};

const struct rq_command rq_cmd_retry = {
	.name = "retry",
	.alias = "rerun",
	.summary = "Run a finished job once more",
	.details =
		"The same command, environment and labels make a new job of the same run; its id "
		"is printed. On GitHub the run itself begins another attempt: of all its jobs, of "
		"those that failed, or of one job given as QUEUE:RUN/JOB and those that depend on it.",
	.args = ids,
	.opts = retry_opts,
	.flags = RQ_CMD_NEEDS_JOB | RQ_CMD_WRITES | RQ_CMD_BULK,
	.caps = RQ_CAP_RETRY,
	.exec = run_retry,
};

/* ---- delete ---- */

static void deleted(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code && !call->u.remove.each)
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
	else
		rq_cmd_done(cmd, rq_cmd_each(cmd, call->u.remove.n, call->u.remove.each));
}

static int run_delete(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_DELETE, deleted);

	add_ids(cmd, call);
	return rq_cmd_start(cmd, call);
}

const struct rq_command rq_cmd_delete = {
	.name = "delete",
	.summary = "Delete finished runs on GitHub, with their logs and artifacts",
	.details = "This cannot be undone. The local queue drops old jobs by itself (jobs.keep).",
	.args = ids,
	.flags = RQ_CMD_NEEDS_JOB | RQ_CMD_WRITES | RQ_CMD_CONFIRM | RQ_CMD_BULK,
	.caps = RQ_CAP_RUNS,
	.exec = run_delete,
};

/* ---- reroute ---- */

static void rerouted(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code == RQ_ECONFLICT)
		rq_fail_in(&call->err, "%s", call->u.reroute.id);
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	if (call->u.reroute.text && *call->u.reroute.text)
		rq_cmd_message(cmd, "%s: %s", call->u.reroute.id, call->u.reroute.text);
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int check_where(struct rq_cmd *cmd, struct rq_error *e)
{
	if (rq_cmd_on(cmd, "to") && rq_cmd_on(cmd, "runs-on"))
		return rq_fail(e, RQ_EUSAGE, "--to and --runs-on exclude each other.");
	return RQ_OK;
}

static int run_reroute(struct rq_cmd *cmd)
{
	const char *labels = rq_cmd_opt(cmd, "runs-on");
	struct rq_call *call;
	struct rq_error e;

	if (check_where(cmd, &e))
		return rq_cmd_error(cmd, &e);
	call = rq_cmd_call(cmd, RQ_VERB_REROUTE, rerouted);
	call->u.reroute.id = rq_call_str(call, rq_cmd_arg(cmd, "ID"));
	call->u.reroute.target = rq_call_str(call, rq_cmd_opt(cmd, "to"));
	call->u.reroute.reason = rq_call_str(call, rq_cmd_opt(cmd, "reason"));
	call->u.reroute.restart = rq_cmd_on(cmd, "restart");
	if (labels && rq_labels_parse(&call->arena, labels, &call->u.reroute.labels, &e)) {
		rq_call_free(call);
		return rq_cmd_error(cmd, &e);
	}
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg reroute_args[] = {
	{ "ID", RQ_VALUE_JOB, 0, "a job that has not finished" },
	{ NULL },
};
static const struct rq_opt reroute_opts[] = {
	{ "to", 0, "RUNNER", RQ_VALUE_RUNNER, 0, "to this runner" },
	{ "runs-on", 0, "L,L", RQ_VALUE_LABELS, 0, "to any runner that has all these labels" },
	{ "reason", 0, "TEXT", RQ_VALUE_TEXT, 0, "why; kept with the decision" },
	{ "restart", 0, NULL, RQ_VALUE_TEXT, 0,
	  "end the job where it runs and start it again at the new place" },
	{ NULL },
};

const struct rq_command rq_cmd_reroute = {
	.name = "reroute",
	.summary = "Move a job that has not finished to another runner",
	.details =
		"A waiting job moves at once. A running one is only moved with --restart: it is "
		"ended and begins again as its run's next attempt. Without --to and --runs-on the "
		"policy in force decides anew.",
	.args = reroute_args,
	.opts = reroute_opts,
	.flags = RQ_CMD_NEEDS_JOB | RQ_CMD_WRITES,
	.caps = RQ_CAP_REROUTE,
	.exec = run_reroute,
};
