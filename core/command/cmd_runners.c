#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/model/job_json.h"

static const char *state(struct rq_cmd *cmd, const struct rq_runner *r)
{
	const char *s = !r->online ? "offline" : r->hung ? "hung" : r->running ? "busy" : "idle";

	if (r->drain == RQ_DRAIN_ACTIVE)
		return s;
	return r->online ? rq_drain_name(r->drain)
			 : rq_arena_fmt(&cmd->arena, "%s,offline", rq_drain_name(r->drain));
}

static void row(struct rq_cmd *cmd, const struct rq_runner *r)
{
	const char *cells[] = {
		r->name,
		state(cmd, r),
		rq_arena_fmt(&cmd->arena, "%d/%d", r->running, r->slots),
		rq_cell_labels(cmd, &r->labels),
		rq_cell(cmd, r->host),
		rq_cell_age(cmd, r->seen_at),
		rq_cell(cmd, r->drain == RQ_DRAIN_ACTIVE ? NULL : r->drain_reason),
	};

	cmd->out->row(cmd->out->ud, cells);
}

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	static const char *const columns[] = { "RUNNER", "STATE", "JOBS",	"LABELS",
					       "HOST",	 "SEEN",  "DRAINED FOR" };
	struct rq_json *all;

	if (rq_cmd_on(cmd, "json")) {
		all = rq_json_array();
		for (size_t i = 0; i < s->n_runners; i++)
			rq_json_add(all, rq_runner_to_json(&s->runners[i]));
		return rq_cmd_json(cmd, all);
	}
	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < s->n_runners; i++)
		row(cmd, &s->runners[i]);
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	struct rq_want want = { .runners = true };

	return rq_cmd_load(cmd, &want, print);
}

static const struct rq_opt opts[] = {
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "the runners of this queue" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_runners = {
	.name = "runners",
	.summary = "List runners: their state, jobs, labels",
	.details =
		"Into a pipe or a file, rows are separated by tabs and have no header: name, "
		"state, jobs running of slots, labels, host, last seen at, and why it is drained.",
	.opts = opts,
	.exec = run,
};
