#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/model/filters.h"
#include "core/model/job_json.h"

/* Finished jobs to show, and to look at for a filter. */
enum { FINISHED = 20, SEARCHED = 10000 };

static void row(struct rq_cmd *cmd, const struct rq_job *j)
{
	int64_t elapsed = j->started_at ? rq_job_elapsed(j, rq_now()) : -1;
	bool waits = rq_job_active(j) && !j->started_at && *j->reason;
	const char *cells[] = {
		rq_job_state_text(j),
		j->id,
		j->name,
		j->type,
		rq_cell(cmd, *j->runner_name ? j->runner_name : j->target),
		rq_cell_labels(cmd, &j->labels),
		rq_cell_age(cmd, j->created_at),
		waits ? j->reason : rq_cell_duration(cmd, elapsed),
	};

	cmd->out->row(cmd->out->ud, cells);
}

static void head(struct rq_cmd *cmd)
{
	static const char *const columns[] = { "STATUS", "ID",	   "NAME", "TYPE",
					       "RUNNER", "LABELS", "AGE",  "TIME" };

	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
}

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	struct rq_json *all = rq_cmd_on(cmd, "json") ? rq_json_array() : NULL;
	int64_t limit = rq_cmd_int(cmd, "limit", INT64_MAX), n = 0, finished = 0;
	const char *expr = rq_cmd_opt(cmd, "filter");
	struct rq_filter *f = NULL;
	struct rq_error e;

	if (rq_filters_new(rq_get_config(cmd->rq), expr ? expr : "", &f, &e))
		return rq_cmd_error(cmd, &e);
	if (!all)
		head(cmd);
	for (size_t i = 0; i < s->n_jobs && n < limit; i++) {
		const struct rq_job *j = &s->jobs[i];

		if (!rq_filter_job(f, j))
			continue;
		if (!rq_job_active(j) && limit == INT64_MAX && ++finished > FINISHED)
			break;
		n++;
		if (all)
			rq_json_add(all, rq_job_to_json(j));
		else
			row(cmd, j);
	}
	rq_filter_free(f);
	return all ? rq_cmd_json(cmd, all) : RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	int64_t limit = rq_cmd_int(cmd, "limit", FINISHED);
	struct rq_want want = { .jobs = true, .finished_max = (size_t)limit };
	struct rq_error e;

	if (limit < 0 || limit > 1000000) {
		rq_fail(&e, RQ_EUSAGE, "--limit goes from 0 to 1000000.");
		return rq_cmd_error(cmd, &e);
	}
	if (rq_cmd_on(cmd, "filter") && limit < SEARCHED)
		want.finished_max = SEARCHED;
	return rq_cmd_load(cmd, &want, print);
}

static const struct rq_opt opts[] = {
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "the jobs of this queue" },
	{ "filter", 0, "EXPR", RQ_VALUE_FILTER, 0,
	  "only jobs that match, as \"status:queued label:gpu -name:test\"" },
	{ "limit", 0, "N", RQ_VALUE_INT, 0,
	  "at most N jobs; else all active and 20 finished ones" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_jobs = {
	.name = "jobs",
	.alias = "ls",
	.summary = "List jobs, active ones first",
	.details =
		"Terms of a filter are separated by blanks and must all hold: plain text, "
		"re:PATTERN, and status: conclusion: label: type: runner: queue: id: name: group: "
		"reason: branch: event: actor: is: with one or more values apart by commas; age>10m, "
		"and so < >= <=, with age, time, wait, started, ended, and attempt, priority, exit; - or ! "
		"before a term negates it, * in a value stands for any text; @NAME is a filter saved in "
		"config.yaml.\n\n"
		"Into a pipe or a file, rows are separated by tabs and have no header: status, "
		"id, name, type, runner, labels, created at, and seconds of run time or the "
		"reason of a wait.",
	.opts = opts,
	.exec = run,
};
