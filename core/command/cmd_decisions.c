#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/impl.h"
#include "core/command/rows.h"

enum { SHOWN = 20, SEARCHED = 10000 };

/* "17" means "local:17" too. */
static bool same_job(const char *asked, const char *id)
{
	const char *colon = strchr(id, ':');

	return !strcmp(asked, id) || (colon && !strchr(asked, ':') && !strcmp(asked, colon + 1));
}

static void row(struct rq_cmd *cmd, const struct rq_decision *d)
{
	const char *cells[] = {
		d->id,
		rq_cell_age(cmd, d->at),
		rq_cell(cmd, d->job_id),
		rq_outcome_name(d->outcome),
		rq_cell(cmd, d->target),
		rq_cell(cmd, d->reason),
		d->wanted,
		d->trigger,
		rq_cell(cmd, d->by),
	};

	cmd->out->row(cmd->out->ud, cells);
}

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	static const char *const columns[] = { "DECISION", "AGE",    "JOB",	"OUTCOME", "RUNNER",
					       "REASON",   "WANTED", "TRIGGER", "BY" };
	struct rq_json *all = rq_cmd_on(cmd, "json") ? rq_json_array() : NULL;
	int64_t limit = rq_cmd_int(cmd, "limit", SHOWN), n = 0;
	const char *job = rq_cmd_opt(cmd, "job");

	if (!all)
		cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < s->n_decisions && n < limit; i++) {
		if (job && !same_job(job, s->decisions[i].job_id))
			continue;
		n++;
		if (all)
			rq_json_add(all, rq_decision_to_json(&s->decisions[i]));
		else
			row(cmd, &s->decisions[i]);
	}
	return all ? rq_cmd_json(cmd, all) : RQ_EXIT_OK;
}

static int run_list(struct rq_cmd *cmd)
{
	int64_t limit = rq_cmd_int(cmd, "limit", SHOWN);
	struct rq_want want = { .decisions = true, .decisions_max = (size_t)limit };
	struct rq_error e;

	if (limit < 0 || limit > 1000000) {
		rq_fail(&e, RQ_EUSAGE, "--limit goes from 0 to 1000000.");
		return rq_cmd_error(cmd, &e);
	}
	if (rq_cmd_on(cmd, "job") && limit < SEARCHED)
		want.decisions_max = SEARCHED;
	return rq_cmd_load(cmd, &want, print);
}

static const struct rq_opt list_opts[] = {
	{ "job", 0, "ID", RQ_VALUE_JOB, 0, "the decisions about this job" },
	{ "limit", 0, "N", RQ_VALUE_INT, 0, "at most N decisions", "20" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_decisions = {
	.name = "decisions",
	.summary = "List which runner each job was given to, and why",
	.details =
		"The newest comes first. relayq explain tells all about one.\n\n"
		"Into a pipe or a file, rows are separated by tabs and have no header: decision, "
		"time, job, outcome, runner, reason, labels wanted, trigger, who asked.",
	.opts = list_opts,
	.exec = run_list,
};

/* The record's texts came from people; its layout is ours. */
static void harmless_lines(const char *s, struct rq_str *out)
{
	while (*s) {
		size_t n = strcspn(s, "\n");

		rq_text_clean(out, s, n, false);
		rq_str_addc(out, '\n');
		s += n + (s[n] == '\n');
	}
}

void rq_cmd_show_decision(struct rq_cmd *cmd, const struct rq_decision *d)
{
	struct rq_str text, clean;

	if (rq_cmd_on(cmd, "json")) {
		rq_cmd_json(cmd, rq_decision_to_json(d));
		return;
	}
	rq_str_init(&text, 0);
	rq_str_init(&clean, 0);
	rq_decision_render(d, &text);
	harmless_lines(rq_str_get(&text), &clean);
	rq_cmd_text(cmd, &clean);
	rq_str_release(&text);
	rq_str_release(&clean);
}

static void tell_since(struct rq_cmd *cmd, struct rq_call *call)
{
	const struct rq_job *j = call->code ? NULL : &call->u.job.detail->job;
	const int64_t *decided = cmd->state;
	struct rq_str line;

	if (j && *j->runner_name && j->started_at >= *decided) {
		rq_str_init(&line, 0);
		rq_str_addf(&line, "  since then %s took it: %s\n", j->runner_name, rq_job_state_text(j));
		rq_cmd_text(cmd, &line);
		rq_str_release(&line);
	}
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

static void explained(struct rq_cmd *cmd, struct rq_call *call)
{
	const struct rq_decision *d = call->u.decision.decision;
	struct rq_call *since;
	int64_t *at;

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	rq_cmd_show_decision(cmd, d);
	/* A job that no policy governs goes to whoever asks first and has its labels, and needs no decision for that. */
	if (d->governed || !*d->job_id || rq_cmd_on(cmd, "json")) {
		rq_cmd_done(cmd, RQ_EXIT_OK);
		return;
	}
	cmd->state = at = rq_arena_alloc(&cmd->arena, sizeof *at);
	*at = d->at;
	since = rq_cmd_call(cmd, RQ_VERB_JOB, tell_since);
	since->u.job.id = rq_call_str(since, d->job_id);
	rq_cmd_start(cmd, since);
}

static int run_explain(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_DECISION, explained);

	call->u.decision.id = rq_call_str(call, rq_cmd_arg(cmd, "ID"));
	return rq_cmd_start(cmd, call);
}

static const struct rq_arg explain_args[] = {
	{ "ID", RQ_VALUE_DECISION, 0, "a decision, or a job: its latest one" },
	{ NULL },
};
static const struct rq_opt explain_opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_explain = {
	.name = "explain",
	.summary = "Tell why a job went where it went, or why it waits",
	.details = "Every runner is listed with all its reasons.",
	.args = explain_args,
	.opts = explain_opts,
	.flags = RQ_CMD_NEEDS_JOB,
	.exec = run_explain,
};
