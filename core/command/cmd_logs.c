#include "core/base/mem.h"
#include "core/command/follow.h"
#include "core/command/rows.h"

static void nothing_yet(struct rq_cmd *cmd, const struct rq_job *j)
{
	if (!rq_job_active(j))
		rq_cmd_warn(cmd, "%s ended without a log: %s %s", j->id, rq_job_state_text(j),
			    j->reason);
	else
		rq_cmd_warn(cmd, "%s has no log yet: it is %s %s", j->id, rq_job_state_text(j),
			    j->reason);
}

static void ended(struct rq_follow *f, const struct rq_job_detail *d)
{
	if (!f->printed)
		nothing_yet(f->cmd, &d->job);
	rq_cmd_done(f->cmd, RQ_EXIT_OK);
}

/* Looking away is no failure. */
static void given_up(struct rq_follow *f)
{
	rq_cmd_done(f->cmd, RQ_EXIT_OK);
}

static bool has_attempt(const struct rq_job_detail *d, int attempt)
{
	for (size_t i = 0; i < d->n_attempts; i++)
		if (d->attempts[i].number == attempt)
			return true;
	return false;
}

static size_t count_jobs(const struct rq_job_detail *d, bool failed, bool running)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_jobs; i++) {
		const struct rq_run_job *j = &d->jobs[i];

		n += (failed && j->status == RQ_STATUS_COMPLETED &&
		      (j->conclusion == RQ_CONCLUSION_FAILURE ||
		       j->conclusion == RQ_CONCLUSION_TIMED_OUT)) ||
		     (running && j->status == RQ_STATUS_IN_PROGRESS);
	}
	return n;
}

/* Of a run the job that failed is meant, or else the one that runs, if it is one alone. */
static bool tells_which(const struct rq_job_detail *d)
{
	size_t failed = count_jobs(d, true, false);

	return d->n_jobs < 2 || failed == 1 || (!failed && count_jobs(d, false, true) == 1);
}

static int list_jobs(struct rq_cmd *cmd, const struct rq_job_detail *d)
{
	static const char *const columns[] = { "ID", "STATUS", "NAME", NULL };
	struct rq_error e;

	cmd->out->table(cmd->out->ud, columns, 3);
	for (size_t i = 0; i < d->n_jobs; i++) {
		const char *cells[] = { d->jobs[i].id, rq_run_job_state_text(&d->jobs[i]),
					d->jobs[i].name };

		cmd->out->row(cmd->out->ud, cells);
	}
	rq_fail(&e, RQ_EUSAGE, "%s has %zu jobs: say which one's log, as in relayq logs %s.", d->job.id,
		d->n_jobs, d->jobs[0].id);
	return rq_cmd_error(cmd, &e);
}

static int start(struct rq_cmd *cmd, const struct rq_job_detail *d)
{
	int asked = (int)rq_cmd_int(cmd, "attempt", 0);
	int latest = d->n_attempts ? d->attempts[d->n_attempts - 1].number : 0;
	struct rq_follow *f = rq_arena_alloc(&cmd->arena, sizeof *f);
	struct rq_error e;

	if (asked && !has_attempt(d, asked)) {
		rq_fail(&e, RQ_ENOTFOUND, "%s has no attempt %d; it had %zu.", d->job.id, asked,
			d->n_attempts);
		return rq_cmd_error(cmd, &e);
	}
	if (!rq_cmd_on(cmd, "follow") && !tells_which(d))
		return list_jobs(cmd, d);
	if (!latest && (!rq_cmd_on(cmd, "follow") || !rq_job_active(&d->job))) {
		nothing_yet(cmd, &d->job);
		return RQ_EXIT_OK;
	}
	f->cmd = cmd;
	f->id = rq_arena_str(&cmd->arena, d->job.id);
	f->attempt = asked ? asked : latest;
	f->one_attempt = asked != 0;
	f->print = true;
	f->once = !rq_cmd_on(cmd, "follow");
	f->text.stamps = rq_cmd_on(cmd, "timestamps");
	f->ended = ended;
	f->given_up = given_up;
	return rq_follow_start(f);
}

static void known(struct rq_cmd *cmd, struct rq_call *call)
{
	int status = call->code ? rq_cmd_error(cmd, &call->err) : start(cmd, call->u.job.detail);

	if (status != RQ_CMD_PENDING)
		rq_cmd_done(cmd, status);
}

static int run(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_JOB, known);

	call->u.job.id = rq_call_str(call, rq_cmd_arg(cmd, "ID"));
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg args[] = {
	{ "ID", RQ_VALUE_JOB, 0, "a job, such as local:17 or 17" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "follow", 'f', NULL, RQ_VALUE_TEXT, 0,
	  "go on until the job ends; ctrl-C looks away, the job goes on" },
	{ "timestamps", 0, NULL, RQ_VALUE_TEXT, 0, "keep the time before each line" },
	{ "attempt", 0, "N", RQ_VALUE_INT, 0,
	  "of this attempt; else the latest, and with -f those after it" },
	{ NULL },
};

const struct rq_command rq_cmd_logs = {
	.name = "logs",
	.alias = "log",
	.summary = "Print a job's log",
	.details =
		"On a terminal the job's colours stay and every other control sequence is made "
		"harmless; into a pipe or a file its bytes are passed on as they are.\n\n"
		"GitHub gives a job's lines when the job is over. Before that they come from the "
		"runner itself where it is this machine or runner_hosts names it; else the steps "
		"are told on standard error. Of a run of several jobs it is the one that failed, "
		"or else runs; with -f each as it begins.",
	.args = args,
	.opts = opts,
	.flags = RQ_CMD_NEEDS_JOB,
	.exec = run,
};
