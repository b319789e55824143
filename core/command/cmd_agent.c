#include "core/agent/agent.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/sys/loop.h"

static const struct rq_opt status_opts[] = {
	{ "name", 0, "N", RQ_VALUE_NAME, 0, "only this one" },
	{ NULL },
};
static const struct rq_opt run_opts[] = {
	{ "name", 0, "N", RQ_VALUE_NAME, 0,
	  "the agent's name; else agent.name, else the host's name" },
	{ "labels", 0, "L,L", RQ_VALUE_LABELS, 0,
	  "labels besides those it has by itself; else agent.labels" },
	{ "slots", 0, "N", RQ_VALUE_INT, 0, "jobs at the same time; else agent.slots" },
	{ NULL },
};

static int read_options(struct rq_cmd *cmd, struct rq_agent_options *o, struct rq_error *e)
{
	int64_t slots = rq_cmd_int(cmd, "slots", 0);

	if (rq_cmd_on(cmd, "slots") && (slots < 1 || slots > 256))
		return rq_fail(e, RQ_EUSAGE, "--slots goes from 1 to 256.");
	o->name = rq_cmd_opt(cmd, "name");
	o->labels = rq_cmd_opt(cmd, "labels");
	o->slots = (int)slots;
	return RQ_OK;
}

static const char *agent_name(struct rq_cmd *cmd)
{
	const char *name = rq_cmd_opt(cmd, "name");
	char *made;

	if (name)
		return name;
	made = rq_agentd_default_name(rq_get_config(cmd->rq));
	name = rq_arena_str(&cmd->arena, made);
	rq_free(made);
	return name;
}

/* ---- run, start ---- */

static int run_run(struct rq_cmd *cmd)
{
	struct rq_agent_options o = { 0 };
	struct rq_error e = { 0 };
	int status;

	if (read_options(cmd, &o, &e))
		return rq_cmd_error(cmd, &e);
	status = rq_agent_run(cmd->rq, &o, &e);
	return e.code ? rq_cmd_error(cmd, &e) : status;
}

const struct rq_command rq_cmd_agent_run = {
	.name = "agent run",
	.alias = "agent",
	.summary = "Be an agent: take jobs and run them, until SIGTERM",
	.details =
		"The agent has the labels self-hosted, its system, its architecture and its "
		"host's name, and those it is given. On SIGTERM it takes nothing new and hands "
		"back what does not end within agent.grace; on SIGHUP it ends at once. Jobs that it "
		"leaves running, then or when it is killed, are adopted by the next agent of this "
		"machine.",
	.opts = run_opts,
	.flags = RQ_CMD_CLI_ONLY | RQ_CMD_WRITES,
	.exec = run_run,
};

static int run_start(struct rq_cmd *cmd)
{
	struct rq_agent_options o = { 0 };
	struct rq_error e = { 0 };
	int64_t pid = 0;

	if (read_options(cmd, &o, &e) || rq_agent_start(cmd->rq, &o, &e))
		return rq_cmd_error(cmd, &e);
	rq_agent_alive(cmd->rq, agent_name(cmd), &pid);
	rq_cmd_message(cmd, "%s: started, process %lld", agent_name(cmd), (long long)pid);
	return RQ_EXIT_OK;
}

const struct rq_command rq_cmd_agent_start = {
	.name = "agent start",
	.summary = "Start an agent in the background",
	.details =
		"It is detached from the terminal and goes on when you log out. With "
		"agent.autostart, relayq submit does this by itself when no agent runs.",
	.opts = run_opts,
	.flags = RQ_CMD_WRITES,
	.exec = run_start,
};

/* ---- stop ---- */

enum { LOOK_MS = 50, SAY_MS = 3000 };

struct stop {
	struct rq_cmd *cmd;
	struct rq_timer *timer;
	const char *name;
	int64_t began_ns, said_ns;
};

static void end_stop(struct stop *s, int status)
{
	struct rq_cmd *cmd = s->cmd;

	rq_timer_free(s->timer);
	rq_cmd_done(cmd, status);
}

/* An agent's end is its lock let go; nothing else tells it for sure. */
static void look(void *ud)
{
	struct stop *s = ud;
	int64_t now = rq_mono_ns();
	char waited[RQ_TIME_LEN];

	if (!rq_agent_alive(s->cmd->rq, s->name, NULL)) {
		rq_cmd_message(s->cmd, "%s: stopped", s->name);
		end_stop(s, RQ_EXIT_OK);
		return;
	}
	if (!s->cmd->out->terminal || now - s->said_ns < SAY_MS * INT64_C(1000000))
		return;
	s->said_ns = now;
	rq_cmd_message(s->cmd, "%s: finishing its jobs, %s so far; ctrl-C looks away", s->name,
		       rq_duration_text((now - s->began_ns) / 1000000, waited));
}

static void stop_aborted(struct rq_cmd *cmd)
{
	struct stop *s = cmd->state;

	rq_cmd_warn(cmd, "%s stops when its jobs have ended; relayq agent stop --now ends them",
		    s->name);
	end_stop(s, 130);
}

static int run_stop(struct rq_cmd *cmd)
{
	struct stop *s = rq_arena_alloc(&cmd->arena, sizeof *s);
	struct rq_error e = { 0 };

	s->cmd = cmd;
	s->name = agent_name(cmd);
	if (rq_agent_signal(cmd->rq, s->name, rq_cmd_on(cmd, "now") ? "now" : "drain", &e))
		return rq_cmd_error(cmd, &e);
	cmd->state = s;
	cmd->abort = stop_aborted;
	s->began_ns = s->said_ns = rq_mono_ns();
	s->timer = rq_timer_new(cmd->loop, look, s);
	rq_timer_start(s->timer, 0, LOOK_MS);
	return RQ_CMD_PENDING;
}

static const struct rq_opt stop_opts[] = {
	{ "name", 0, "N", RQ_VALUE_NAME, 0,
	  "the agent's name; else agent.name, else the host's name" },
	{ "now", 0, NULL, RQ_VALUE_TEXT, 0,
	  "do not let its jobs finish: hand them back to the queue" },
	{ NULL },
};

const struct rq_command rq_cmd_agent_stop = {
	.name = "agent stop",
	.summary = "Stop an agent when its running jobs have ended",
	.details = "Waits until it is gone.",
	.opts = stop_opts,
	.flags = RQ_CMD_WRITES | RQ_CMD_CONFIRM,
	.exec = run_stop,
};

/* ---- status ---- */

static void status_row(struct rq_cmd *cmd, const struct rq_runner *r, int64_t pid)
{
	const char *cells[] = {
		r->name,
		r->hung			      ? "hung"
		: r->drain == RQ_DRAIN_ACTIVE ? "running"
					      : rq_drain_name(r->drain),
		pid ? rq_arena_fmt(&cmd->arena, "%lld", (long long)pid) : rq_cell(cmd, NULL),
		rq_arena_fmt(&cmd->arena, "%d/%d", r->running, r->slots),
		rq_cell_age(cmd, r->started_at),
		rq_cell_labels(cmd, &r->labels),
	};

	cmd->out->row(cmd->out->ud, cells);
}

static int print_status(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	static const char *const columns[] = { "AGENT", "STATE", "PROCESS",
					       "JOBS",	"SINCE", "LABELS" };
	const char *only = rq_cmd_opt(cmd, "name");
	struct rq_error e;
	size_t n = 0;
	int64_t pid;

	for (size_t i = 0; i < s->n_runners; i++) {
		const struct rq_runner *r = &s->runners[i];

		pid = 0;
		if ((only && !rq_ieq(only, r->name)) || !rq_agent_alive(cmd->rq, r->name, &pid))
			continue;
		if (!n++)
			cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
		status_row(cmd, r, pid);
	}
	if (n)
		return RQ_EXIT_OK;
	if (only)
		rq_fail(&e, RQ_EFAILED, "The agent %s does not run.", only);
	else
		rq_fail(&e, RQ_EFAILED,
			"No agent runs on this machine; relayq agent start starts one.");
	return rq_cmd_error(cmd, &e);
}

static int run_status(struct rq_cmd *cmd)
{
	struct rq_want want = { .runners = true };

	return rq_cmd_load_local(cmd, &want, print_status);
}

const struct rq_command rq_cmd_agent_status = {
	.name = "agent status",
	.summary = "List the agents that run on this machine",
	.details = "The exit status is 1 when none does.",
	.opts = status_opts,
	.exec = run_status,
};
