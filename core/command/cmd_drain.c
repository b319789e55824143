#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/queue/queue.h"

static const struct rq_arg runner_arg[] = {
	{ "RUNNER", RQ_VALUE_RUNNER, 0, "a runner's name" },
	{ NULL },
};

/* ---- drain --wait ---- */

static void stop_watching(struct rq_cmd *cmd)
{
	rq_subscribe(cmd->rq, NULL, NULL, NULL);
}

static void looked_away(struct rq_cmd *cmd)
{
	const char *runner = rq_cmd_arg(cmd, "RUNNER");

	stop_watching(cmd);
	rq_cmd_warn(cmd, "%s goes on draining; relayq undrain %s takes it back", runner, runner);
	rq_cmd_done(cmd, 130);
}

/* Of several of that name, the one that drains. */
static const struct rq_runner *find(const struct rq_snapshot *s, const char *name, const char *queue)
{
	const struct rq_runner *found = NULL;

	for (size_t i = 0; i < s->n_runners; i++) {
		const struct rq_runner *r = &s->runners[i];

		if (rq_ieq(r->name, name) && (!queue || !r->queue || rq_ieq(r->queue, queue)) &&
		    (!found || found->drain == RQ_DRAIN_ACTIVE))
			found = r;
	}
	return found;
}

static void changed(void *ud)
{
	struct rq_cmd *cmd = ud;
	const char *runner = rq_cmd_arg(cmd, "RUNNER");
	const struct rq_runner *r = find(rq_now_snapshot(cmd->rq), runner, rq_cmd_opt(cmd, "queue"));
	bool *seen = cmd->state;
	struct rq_error e;

	/* Queues are asked one after the other: it may not be known yet. */
	if (!r && !*seen)
		return;
	*seen = true;
	if (r && r->drain == RQ_DRAIN_DRAINING)
		return;
	stop_watching(cmd);
	if (r && r->drain == RQ_DRAIN_DRAINED) {
		rq_cmd_message(cmd, "%s is drained", runner);
		rq_cmd_done(cmd, RQ_EXIT_OK);
		return;
	}
	rq_fail(&e, RQ_ECONFLICT, "%s %s.", runner, r ? "was undrained meanwhile" : "is not there any more");
	rq_cmd_done(cmd, rq_cmd_error(cmd, &e));
}

static void drained(struct rq_cmd *cmd, struct rq_call *call)
{
	struct rq_want want = { .runners = true, .queue = rq_cmd_opt(cmd, "queue") };

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	rq_cmd_message(cmd, "%s: %s", call->u.drain.runner,
		       call->u.drain.text ? call->u.drain.text : "ok");
	if (!rq_cmd_on(cmd, "wait")) {
		rq_cmd_done(cmd, RQ_EXIT_OK);
		return;
	}
	cmd->abort = looked_away;
	cmd->state = rq_arena_alloc(&cmd->arena, sizeof(bool));
	rq_subscribe(cmd->rq, &want, changed, cmd);
}

static int run_drain(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_DRAIN, drained);

	call->u.drain.runner = rq_call_str(call, rq_cmd_arg(cmd, "RUNNER"));
	call->u.drain.reason = rq_call_str(call, rq_cmd_opt(cmd, "reason"));
	if (rq_cmd_on(cmd, "deadline"))
		call->u.drain.deadline = rq_now() + rq_cmd_int(cmd, "deadline", 0);
	return rq_cmd_start(cmd, call);
}

static const struct rq_opt drain_opts[] = {
	{ "reason", 0, "TEXT", RQ_VALUE_TEXT, RQ_OPT_REQUIRED,
	  "why; kept and shown with the runner" },
	{ "deadline", 0, "D", RQ_VALUE_DURATION, 0,
	  "from now; what still runs then starts again elsewhere; on GitHub it is told" },
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "the queue that the runner is of" },
	{ "wait", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "wait until its last job has ended" },
	{ NULL },
};

const struct rq_command rq_cmd_drain = {
	.name = "drain",
	.summary = "Let a runner finish what it has and take nothing new",
	.details =
		"A drain outlives restarts of the runner; relayq undrain ends it. What waits for "
		"this runner goes on waiting: relayq reroute moves it.",
	.args = runner_arg,
	.opts = drain_opts,
	.flags = RQ_CMD_NEEDS_RUNNER | RQ_CMD_WRITES,
	.caps = RQ_CAP_DRAIN,
	.exec = run_drain,
};

/* ---- undrain ---- */

static void undrained(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	rq_cmd_message(cmd, "%s: %s", call->u.drain.runner,
		       call->u.drain.text ? call->u.drain.text : "ok");
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int run_undrain(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_UNDRAIN, undrained);

	call->u.drain.runner = rq_call_str(call, rq_cmd_arg(cmd, "RUNNER"));
	return rq_cmd_start(cmd, call);
}

static const struct rq_opt undrain_opts[] = {
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "the queue that the runner is of" },
	{ NULL },
};

const struct rq_command rq_cmd_undrain = {
	.name = "undrain",
	.summary = "Let a drained runner take jobs again",
	.args = runner_arg,
	.opts = undrain_opts,
	.flags = RQ_CMD_NEEDS_RUNNER | RQ_CMD_WRITES,
	.caps = RQ_CAP_DRAIN,
	.exec = run_undrain,
};
