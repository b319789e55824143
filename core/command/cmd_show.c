#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/model/job_json.h"

static void time_field(struct rq_str *out, const char *key, int64_t at)
{
	char when[RQ_TIME_LEN], ago[RQ_TIME_LEN], text[2 * RQ_TIME_LEN + 8];
	int64_t now = rq_now();

	if (at <= 0)
		return;
	rq_time_rfc3339(at, false, when);
	rq_duration_text(at > now ? at - now : now - at, ago);
	snprintf(text, sizeof text, at > now ? "%s  in %s" : "%s  %s ago", when, ago);
	rq_field(out, key, text);
}

static void list_field(struct rq_str *out, const char *key, const char *const *v, size_t n)
{
	struct rq_str b;

	rq_str_init(&b, 0);
	for (size_t i = 0; i < n; i++)
		rq_str_addf(&b, "%s%s", i ? ", " : "", v[i]);
	rq_field(out, key, rq_str_get(&b));
	rq_str_release(&b);
}

static void number_field(struct rq_str *out, const char *key, int64_t n, const char *unit)
{
	char text[48];

	snprintf(text, sizeof text, "%lld%s", (long long)n, unit);
	rq_field(out, key, text);
}

static void status_fields(struct rq_cmd *cmd, const struct rq_job *j, struct rq_str *out)
{
	char took[RQ_TIME_LEN];

	rq_field(out, "status",
		 rq_arena_fmt(&cmd->arena, "%s%s%s", rq_job_state_text(j), *j->reason ? "  " : "",
			      j->reason));
	if (j->exit_code >= 0)
		number_field(out, "exit status", j->exit_code, "");
	if (j->signal)
		number_field(out, "signal", j->signal, "");
	if (j->cancel_requested && rq_job_active(j))
		rq_field(out, "cancel", "asked for");
	time_field(out, "created", j->created_at);
	if (rq_job_active(j))
		time_field(out, "not before", j->run_at);
	time_field(out, "started", j->started_at);
	time_field(out, "completed", j->completed_at);
	if (j->started_at)
		rq_field(out, "run time", rq_duration_text(rq_job_elapsed(j, rq_now()), took));
}

static void place_fields(struct rq_cmd *cmd, const struct rq_job_detail *d, struct rq_str *out)
{
	const struct rq_job *j = &d->job;

	list_field(out, "labels", j->labels.v, j->labels.n);
	rq_field(out, "asked for", d->asked_target);
	if (!rq_ieq(j->target, d->asked_target))
		rq_field(out, "placed at", j->target);
	rq_field(out, "runner", j->runner_name);
	rq_field(out, "group", j->group);
	if (j->priority)
		number_field(out, "priority", j->priority, "");
	rq_field(out, "decision", j->decision_id);
	if (j->retries || j->losses)
		rq_field(out, "retries",
			 rq_arena_fmt(&cmd->arena, "%d of %d used, lost %d times",
				      j->failures < j->retries ? j->failures : j->retries, j->retries, j->losses));
}

static void limit_fields(const struct rq_job_detail *d, struct rq_str *out)
{
	char text[RQ_TIME_LEN];

	if (d->job.timeout_ms)
		rq_field(out, "timeout", rq_duration_text(d->job.timeout_ms, text));
	if (d->memory_max)
		number_field(out, "memory", d->memory_max >> 20, " MiB");
	if (d->log_max)
		number_field(out, "log limit", d->log_max >> 10, " KiB");
	if (d->nice)
		number_field(out, "nice", d->nice, "");
}

/* FIRST and what SCRIPT has behind it; each further line of the script below. */
static void field_lines(struct rq_str *out, const char *key, struct rq_str *first, const char *script)
{
	size_t n;

	do {
		n = strcspn(script, "\n");
		rq_str_addn(first, script, n);
		rq_field(out, key, first->len ? rq_str_get(first) : " ");
		rq_str_clear(first);
		script += n + (script[n] == '\n');
		key = "";
	} while (*script);
}

static void steps(const struct rq_job_detail *d, struct rq_str *out)
{
	struct rq_str b;

	rq_str_init(&b, 0);
	for (size_t i = 0; i < d->n_steps; i++) {
		const struct rq_step *s = &d->steps[i];

		rq_str_clear(&b);
		if (s->name && *s->name)
			rq_str_addf(&b, "%s: ", s->name);
		for (size_t k = 0; s->argv && s->argv[k]; k++) {
			if (k)
				rq_str_addc(&b, ' ');
			rq_words_quote(&b, s->argv[k]);
		}
		field_lines(out, d->n_steps > 1 ? "step" : "command", &b, s->argv ? "" : s->script);
	}
	rq_str_release(&b);
}

static void attempts(struct rq_cmd *cmd, const struct rq_job_detail *d)
{
	static const char *const columns[] = { "ATTEMPT", "RUNNER",  "RESULT",
					       "EXIT",	  "STARTED", "TIME" };

	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < d->n_attempts; i++) {
		const struct rq_attempt *a = &d->attempts[i];
		int64_t end = a->completed_at ? a->completed_at : rq_now();
		const char *cells[] = {
			rq_arena_fmt(&cmd->arena, "%d", a->number),
			rq_cell(cmd, a->runner_name),
			rq_cell(cmd, a->result),
			a->signal	    ? rq_arena_fmt(&cmd->arena, "signal %d", a->signal)
			: a->exit_code >= 0 ? rq_arena_fmt(&cmd->arena, "%d", a->exit_code)
					    : rq_cell(cmd, NULL),
			rq_cell_age(cmd, a->started_at),
			rq_cell_duration(cmd, a->started_at ? end - a->started_at : -1),
		};

		cmd->out->row(cmd->out->ud, cells);
	}
}

static void step_row(struct rq_cmd *cmd, const struct rq_run_job *j, const struct rq_run_step *s)
{
	const char *cells[] = {
		rq_run_step_state_text(s),
		j->id,
		rq_arena_fmt(&cmd->arena, "  %lld %s", (long long)s->number, s->name),
		rq_cell(cmd, NULL),
		rq_cell_age(cmd, s->started_at),
		rq_cell_duration(cmd, s->started_at ? rq_span(s->started_at, s->completed_at, rq_now()) : -1),
	};

	cmd->out->row(cmd->out->ud, cells);
}

/* Each job of the run with its steps below it; those that were left out say nothing. */
static void jobs(struct rq_cmd *cmd, const struct rq_job_detail *d)
{
	static const char *const columns[] = { "STATUS", "ID", "JOB OR STEP", "RUNNER", "STARTED", "TIME" };

	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < d->n_jobs; i++) {
		const struct rq_run_job *j = &d->jobs[i];
		bool waits = !j->started_at && j->reason && *j->reason;
		const char *cells[] = {
			rq_run_job_state_text(j),
			j->id,
			j->name,
			rq_cell(cmd, j->runner_name),
			rq_cell_age(cmd, j->started_at),
			waits ? j->reason
			      : rq_cell_duration(cmd, j->started_at ? rq_span(j->started_at, j->completed_at, rq_now()) : -1),
		};

		cmd->out->row(cmd->out->ud, cells);
		for (size_t k = 0; k < j->n_steps; k++)
			step_row(cmd, j, &j->steps[k]);
	}
}

static void print(struct rq_cmd *cmd, const struct rq_job_detail *d)
{
	const struct rq_job *j = &d->job;
	struct rq_str out;

	rq_str_init(&out, 0);
	rq_field(&out, "id", j->id);
	rq_field(&out, "run", rq_eq(j->run_id, j->id) ? NULL : j->run_id);
	rq_field(&out, "name", j->name);
	rq_field(&out, "type", j->type);
	steps(d, &out);
	status_fields(cmd, j, &out);
	rq_field(&out, "note", d->note);
	place_fields(cmd, d, &out);
	limit_fields(d, &out);
	rq_field(&out, "directory", d->cwd);
	list_field(&out, "environment", d->env_names, d->n_env);
	list_field(&out, "parameters", d->params, d->n_params);
	list_field(&out, "after", d->after, d->n_after);
	list_field(&out, "awaited by", d->dependents, d->n_dependents);
	rq_field(&out, "page", j->url);
	rq_cmd_text(cmd, &out);
	rq_str_release(&out);
	if (d->n_jobs) {
		cmd->out->text(cmd->out->ud, "\n", 1);
		jobs(cmd, d);
	} else if (d->n_attempts) {
		cmd->out->text(cmd->out->ud, "\n", 1);
		attempts(cmd, d);
	}
}

static void answered(struct rq_cmd *cmd, struct rq_call *call)
{
	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	if (rq_cmd_on(cmd, "json"))
		rq_cmd_json(cmd, rq_job_detail_to_json(call->u.job.detail));
	else
		print(cmd, call->u.job.detail);
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static int run(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_JOB, answered);

	call->u.job.id = rq_call_str(call, rq_cmd_arg(cmd, "ID"));
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg args[] = {
	{ "ID", RQ_VALUE_JOB, 0, "a job, such as local:17 or 17" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_show = {
	.name = "show",
	.summary = "Tell all about one job: steps, limits, attempts, dependencies",
	.details = "Values of environment variables are never shown, only their names.",
	.args = args,
	.opts = opts,
	.flags = RQ_CMD_NEEDS_JOB,
	.exec = run,
};
