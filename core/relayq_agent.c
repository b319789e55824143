/* relayq_agent.c - the faces' way to the daemon. */
#include "core/agent/agent.h"
#include "core/base/mem.h"
#include "core/context.h"

static struct rq_agentd_options options(struct relayq *rq, const struct rq_agent_options *o)
{
	struct rq_agentd_options a = {
		.paths = &rq->paths, .config = rq->config, .loop = rq->loop, .queue = rq_local_queue(rq),
	};

	if (o) {
		a.name = o->name;
		a.labels = o->labels;
		a.slots = o->slots;
	}
	return a;
}

int rq_agent_run(struct relayq *rq, const struct rq_agent_options *o, struct rq_error *e)
{
	struct rq_agentd_options a = options(rq, o);
	struct rq_outbox_watch *w = rq_outbox_watch_new(rq);
	int code = rq_agentd_run(&a, e);

	rq_outbox_watch_free(w);
	return code;
}

int rq_agent_start(struct relayq *rq, const struct rq_agent_options *o, struct rq_error *e)
{
	struct rq_agentd_options a = options(rq, o);

	return rq_agentd_start(&a, e);
}

int rq_agent_signal(struct relayq *rq, const char *name, const char *how, struct rq_error *e)
{
	return rq_agentd_signal(&rq->paths, name, how, e);
}

bool rq_agent_alive(struct relayq *rq, const char *name, int64_t *pid)
{
	return rq_agentd_alive(&rq->paths, name, pid);
}

void rq_autostart(struct relayq *rq, const struct rq_snapshot *runners)
{
	struct rq_agentd_options a = options(rq, NULL);
	struct rq_error e;
	size_t i;

	if (rq->no_autostart || !rq_config_bool(rq->config, "agent.autostart"))
		return;
	for (i = 0; runners && i < runners->n_runners; i++)
		if (runners->runners[i].online)
			return;
	a.no_wait = true;
	/* The job is stored; that no agent could be started is what `doctor` and the runner list tell. */
	rq_agentd_start(&a, &e);
}
