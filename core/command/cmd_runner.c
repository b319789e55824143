/* cmd_runner.c - a server's runners: register one, remove one, change its labels. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/queue/queue.h"

/* ---- new ---- */

static void print_new(struct rq_cmd *cmd, const struct rq_call *call)
{
	struct rq_str out;
	char when[RQ_TIME_LEN];

	rq_str_init(&out, 0);
	rq_field(&out, "for", call->u.runner_new.url);
	rq_field(&out, "token", call->u.runner_new.token);
	if (call->u.runner_new.expires_at)
		rq_field(&out, "valid until", rq_time_rfc3339(call->u.runner_new.expires_at, false, when));
	rq_str_addf(&out, "\n%s", call->u.runner_new.os_commands);
	rq_cmd_text(cmd, &out);
	rq_wipe(out.s, out.cap);
	rq_str_release(&out);
}

static void print_new_json(struct rq_cmd *cmd, const struct rq_call *call)
{
	struct rq_json *o = rq_json_object();
	char when[RQ_TIME_LEN];

	rq_json_set_str(o, "url", call->u.runner_new.url);
	rq_json_set_str(o, "token", call->u.runner_new.token);
	rq_json_set_str(o, "expires_at",
			call->u.runner_new.expires_at ? rq_time_rfc3339(call->u.runner_new.expires_at, false, when) : NULL);
	rq_json_set_str(o, "commands", call->u.runner_new.os_commands);
	rq_cmd_json(cmd, o);
}

static void wipe(const char *s)
{
	if (s)
		rq_wipe((char *)(uintptr_t)s, strlen(s));
}

/* What was shown once is not kept: it opens the repository to whoever has it. */
static void made(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	if (rq_cmd_on(cmd, "json"))
		print_new_json(cmd, call);
	else
		print_new(cmd, call);
	wipe(call->u.runner_new.token);
	wipe(call->u.runner_new.os_commands);
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int run_new(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_RUNNER_NEW, made);

	call->u.runner_new.name = rq_call_str(call, rq_cmd_opt(cmd, "name"));
	call->u.runner_new.labels = rq_call_str(call, rq_cmd_opt(cmd, "labels"));
	call->u.runner_new.repo = rq_call_str(call, rq_cmd_opt(cmd, "repo"));
	return rq_cmd_start(cmd, call);
}

static const struct rq_opt new_opts[] = {
	{ "name", 0, "N", RQ_VALUE_NAME, 0, "its name; else that of the machine" },
	{ "labels", 0, "L,L", RQ_VALUE_LABELS, 0, "labels besides those that it gets by itself" },
	{ "repo", 0, "OWNER/NAME", RQ_VALUE_TEXT, 0, "for this repository, not for the queue's only one or its organisation" },
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "for this queue" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_runner_new = {
	.name = "runner new",
	.summary = "Get a registration token, and tell how to set up a runner",
	.details =
		"The commands are for the machine that becomes the runner. Whoever has the token can "
		"register runners until it expires: it is shown once, and kept nowhere.",
	.opts = new_opts,
	.flags = RQ_CMD_WRITES,
	.caps = RQ_CAP_RUNNER_ADMIN,
	.exec = run_new,
};

/* ---- remove, labels ---- */

static void changed(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	rq_cmd_message(cmd, "%s: %s", call->u.runner.runner, call->u.runner.text);
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static struct rq_call *call_about(struct rq_cmd *cmd, enum rq_verb verb)
{
	struct rq_call *call = rq_cmd_call(cmd, verb, changed);

	call->u.runner.runner = rq_call_str(call, rq_cmd_arg(cmd, "RUNNER"));
	call->u.runner.repo = rq_call_str(call, rq_cmd_opt(cmd, "repo"));
	return call;
}

static int run_remove(struct rq_cmd *cmd)
{
	return rq_cmd_start(cmd, call_about(cmd, RQ_VERB_RUNNER_REMOVE));
}

static int run_labels(struct rq_cmd *cmd)
{
	const char *labels = rq_cmd_arg(cmd, "LABELS");
	struct rq_error e = { 0 };
	struct rq_call *call;

	if (!labels != rq_cmd_on(cmd, "none")) {
		rq_fail(&e, RQ_EUSAGE, "Say which labels it shall have, as L,L, or --none.");
		return rq_cmd_error(cmd, &e);
	}
	call = call_about(cmd, RQ_VERB_RUNNER_LABELS);
	if (labels && rq_labels_parse(&call->arena, labels, &call->u.runner.labels, &e)) {
		rq_call_free(call);
		return rq_cmd_error(cmd, &e);
	}
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg remove_args[] = {
	{ "RUNNER", RQ_VALUE_RUNNER, 0, "its name" },
	{ NULL },
};
static const struct rq_arg labels_args[] = {
	{ "RUNNER", RQ_VALUE_RUNNER, 0, "its name" },
	{ "LABELS", RQ_VALUE_LABELS, RQ_ARG_OPTIONAL, "all the labels that it shall have besides the server's own, as L,L" },
	{ NULL },
};
static const struct rq_opt remove_opts[] = {
	{ "repo", 0, "OWNER/NAME", RQ_VALUE_TEXT, 0, "of this repository, where several have one of that name" },
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "of this queue" },
	{ NULL },
};
static const struct rq_opt labels_opts[] = {
	{ "none", 0, NULL, RQ_VALUE_TEXT, 0, "take all of them away" },
	{ "repo", 0, "OWNER/NAME", RQ_VALUE_TEXT, 0, "of this repository, where several have one of that name" },
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "of this queue" },
	{ NULL },
};

const struct rq_command rq_cmd_runner_remove = {
	.name = "runner remove",
	.summary = "Take a runner off GitHub's list",
	.details =
		"Its process on the machine ends by itself, and has to be uninstalled there. A runner "
		"that runs a job is not removed: drain it first.",
	.args = remove_args,
	.opts = remove_opts,
	.flags = RQ_CMD_NEEDS_RUNNER | RQ_CMD_WRITES | RQ_CMD_CONFIRM,
	.caps = RQ_CAP_RUNNER_ADMIN,
	.exec = run_remove,
};

const struct rq_command rq_cmd_runner_labels = {
	.name = "runner labels",
	.summary = "Set the custom labels of a runner on GitHub",
	.details =
		"They replace the ones it has. Those that GitHub gives itself (self-hosted, the system, "
		"the architecture) stay. The labels of a relayq agent are its own: see agent.labels.",
	.args = labels_args,
	.opts = labels_opts,
	.flags = RQ_CMD_NEEDS_RUNNER | RQ_CMD_WRITES,
	.caps = RQ_CAP_RUNNER_ADMIN,
	.exec = run_labels,
};
