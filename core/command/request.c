/* request.c - how exec functions ask the queue: one request at a time, and its answer. */
#include "core/base/mem.h"
#include "core/command/impl.h"

/* The request under way; ID is 0 before and after it. */
struct request {
	struct rq_cmd *cmd;
	rq_answered *answered;
	rq_loaded *then; /* of rq_cmd_load */
	uint64_t id;
};

static void give_up(struct rq_cmd *cmd)
{
	struct request *r = cmd->request;

	if (r && r->id)
		rq_abort(cmd->rq, r->id);
}

static void answer(struct rq_call *call, void *ud)
{
	struct request *r = ud;

	r->id = 0;
	r->answered(r->cmd, call);
}

struct rq_call *rq_cmd_call(struct rq_cmd *cmd, enum rq_verb verb, rq_answered *answered)
{
	struct request *r = rq_arena_alloc(&cmd->arena, sizeof *r);
	struct rq_call *call = rq_call_new(verb, answer, r);

	r->cmd = cmd;
	r->answered = answered;
	cmd->request = r;
	call->queue = rq_call_str(call, rq_cmd_opt(cmd, "queue"));
	return call;
}

int rq_cmd_start(struct rq_cmd *cmd, struct rq_call *call)
{
	struct request *r = cmd->request;

	/* Read-only consoles, help and the tests believe the row. */
	if (rq_verb_changes(call->verb) && !(cmd->command->flags & RQ_CMD_WRITES))
		RQ_BUG("relayq %s changes something, and its row does not say so", cmd->command->name);
	if (!cmd->abort)
		cmd->abort = give_up;
	r->id = rq_start(cmd->rq, call);
	return RQ_CMD_PENDING;
}

/* What a queue cannot tell now: what is known, and the others, are shown all the same. false: there is nothing to show. */
static bool warn_of_queues(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	for (size_t i = 0; i < s->n_queues; i++)
		if (*s->queues[i].error)
			rq_cmd_warn(cmd, "queue %s: %s", s->queues[i].name, s->queues[i].error);
	return s->n_queues != 1 || !*s->queues[0].error || s->queues[0].fetched_at || s->n_jobs || s->n_runners;
}

static void loaded(struct rq_cmd *cmd, struct rq_call *call)
{
	struct request *r = cmd->request;
	int status;

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	status = warn_of_queues(cmd, call->u.snapshot.snapshot) ? r->then(cmd, call->u.snapshot.snapshot) : RQ_EXIT_FAILED;
	rq_snapshot_unref(call->u.snapshot.snapshot);
	if (status != RQ_CMD_PENDING)
		rq_cmd_done(cmd, status);
}

int rq_cmd_load(struct rq_cmd *cmd, const struct rq_want *want, rq_loaded *then)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_SNAPSHOT, loaded);
	struct request *r = cmd->request;

	r->then = then;
	call->u.snapshot.want = *want;
	return rq_cmd_start(cmd, call);
}

int rq_cmd_load_local(struct rq_cmd *cmd, const struct rq_want *want, rq_loaded *then)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_SNAPSHOT, loaded);
	struct request *r = cmd->request;

	r->then = then;
	if (!call->queue)
		call->queue = "local";
	call->u.snapshot.want = *want;
	return rq_cmd_start(cmd, call);
}

int rq_cmd_each(struct rq_cmd *cmd, size_t n, const struct rq_each *each)
{
	int status = RQ_EXIT_OK;

	for (size_t i = 0; i < n; i++) {
		struct rq_error e = { 0 };

		if (each[i].code == RQ_OK) {
			rq_cmd_message(cmd, "%s: %s", each[i].id, each[i].text);
			continue;
		}
		rq_fail(&e, each[i].code, "%s: %s", each[i].id, each[i].text);
		if (status == RQ_EXIT_OK)
			status = rq_exit_status(each[i].code);
		rq_cmd_error(cmd, &e);
	}
	return status;
}
