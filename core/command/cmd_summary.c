#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/model/job_json.h"

/* What fits on one screen of 24 lines. */
enum { RUNNERS = 5, JOBS = 10 };

static void queue_line(const struct rq_queue_state *q, struct rq_str *out)
{
	rq_str_addf(out, "%s  %lld queued, %lld running, %lld waiting, %lld finished%s", q->name,
		    (long long)q->queued, (long long)q->running, (long long)q->waiting,
		    (long long)q->finished, *q->error ? "; " : "");
	rq_text_clean(out, q->error, strlen(q->error), false);
	if (q->points >= 0)
		rq_str_addf(out, ", %lld requests left of %lld", (long long)q->points, (long long)q->points_limit);
	rq_str_addc(out, '\n');
}

static void runner_lines(const struct rq_snapshot *s, struct rq_str *out)
{
	if (!s->n_runners)
		rq_str_add(out, "no runner has been here yet\n");
	for (size_t i = 0; i < s->n_runners && i < RUNNERS; i++) {
		const struct rq_runner *r = &s->runners[i];

		rq_str_addf(out, "runner %s  %s%s%s  %d of %d busy\n", r->name,
			    r->online ? (r->hung ? "hung" : "online") : "offline",
			    r->drain == RQ_DRAIN_ACTIVE ? "" : ", ",
			    r->drain == RQ_DRAIN_ACTIVE ? "" : rq_drain_name(r->drain), r->running,
			    r->slots);
	}
	if (s->n_runners > RUNNERS)
		rq_str_addf(out, "and %zu more runners\n", s->n_runners - RUNNERS);
}

static void job_row(struct rq_cmd *cmd, const struct rq_job *j)
{
	int64_t elapsed = j->started_at ? rq_job_elapsed(j, rq_now()) : -1;
	const char *cells[] = {
		rq_job_state_text(j),
		j->id,
		j->name,
		rq_cell(cmd, j->runner_name),
		rq_cell_age(cmd, j->created_at),
		rq_cell_duration(cmd, elapsed),
	};

	cmd->out->row(cmd->out->ud, cells);
}

static int print_json(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	struct rq_json *o = rq_json_object(), *queues = rq_json_array(), *runners = rq_json_array(),
		       *jobs = rq_json_array();

	for (size_t i = 0; i < s->n_queues; i++)
		rq_json_add(queues, rq_queue_state_to_json(&s->queues[i]));
	for (size_t i = 0; i < s->n_runners; i++)
		rq_json_add(runners, rq_runner_to_json(&s->runners[i]));
	for (size_t i = 0; i < s->n_jobs && i < JOBS; i++)
		rq_json_add(jobs, rq_job_to_json(&s->jobs[i]));
	rq_json_set(o, "queues", queues);
	rq_json_set(o, "runners", runners);
	rq_json_set(o, "jobs", jobs);
	return rq_cmd_json(cmd, o);
}

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	static const char *const columns[] = { "STATUS", "ID", "NAME", "RUNNER", "AGE", "TIME" };
	struct rq_str out;

	if (rq_cmd_on(cmd, "json"))
		return print_json(cmd, s);
	rq_str_init(&out, 0);
	for (size_t i = 0; i < s->n_queues; i++)
		queue_line(&s->queues[i], &out);
	runner_lines(s, &out);
	rq_cmd_text(cmd, &out);
	rq_str_release(&out);
	if (!s->n_jobs)
		return RQ_EXIT_OK;
	cmd->out->text(cmd->out->ud, "\n", 1);
	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < s->n_jobs && i < JOBS; i++)
		job_row(cmd, &s->jobs[i]);
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	struct rq_want want = { .jobs = true, .runners = true, .finished_max = JOBS };

	return rq_cmd_load(cmd, &want, print);
}

static const struct rq_opt opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_summary = {
	.name = "summary",
	.summary = "Print queues, runners and the latest jobs on one screen",
	.details = "relayq alone does this where there is no terminal for the console.",
	.opts = opts,
	.flags = RQ_CMD_CLI_ONLY,
	.exec = run,
};
