#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/draft.h"
#include "core/command/follow.h"
#include "core/command/rows.h"
#include "core/model/id.h"
#include "core/model/job_json.h"
#include "core/model/workflow.h"
#include "core/queue/queue.h"
#include "core/sys/loop.h"
#include "core/sys/paths.h"

enum { STEPS_FILE_MAX = 1024 * 1024, BATCH_MAX = 256 * 1024 * 1024, BATCH_JOBS = 100000 };
/* With --wait: how a job that has no exit status of its own leaves. */
enum { EXIT_TIMED_OUT = 124, EXIT_LOOKED_AWAY = 130, EXIT_CANCELLED = 143 };

/* ---- from the command line to the request ---- */

static int apply_options(struct rq_cmd *cmd, struct rq_draft *d, struct rq_error *e)
{
	int rc = RQ_OK;

	d->s.log_max = rq_config_int(rq_get_config(cmd->rq), "jobs.log_max");
	for (const struct rq_opt *o = cmd->command->opts; o->name && !rc; o++) {
		const char *const *v;
		size_t n = o->flags & RQ_OPT_CLI_ONLY ? 0 : rq_cmd_opts(cmd, o->name, &v);

		/* --queue, --steps and --batch are not the submission's own. */
		if (o->type == RQ_VALUE_QUEUE || o->type == RQ_VALUE_FILE)
			continue;
		for (size_t i = 0; i < n && !rc; i++)
			rc = rq_draft_set(d, o->name, v[i], e);
	}
	return rc;
}

static int read_steps(struct rq_draft *d, const char *file, struct rq_error *e)
{
	char *text;
	size_t n;
	int rc = rq_file_read(file, STEPS_FILE_MAX, &text, &n, e);

	if (rc)
		return rc;
	rc = rq_draft_steps_yaml(d, file, text, n, e);
	rq_free(text);
	return rc;
}

/* Standard input or a file, whole: a batch is taken as one. */
static int read_batch(const char *file, struct rq_str *out, struct rq_error *e)
{
	FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	char piece[65536];
	size_t n;
	int rc = RQ_OK;

	if (!f)
		return rq_fail_errno(e, errno, "The batch %s cannot be read", file);
	rq_str_init(out, BATCH_MAX);
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		rq_str_addn(out, piece, n);
	if (ferror(f))
		rc = rq_fail_errno(e, errno, "The batch %s cannot be read", file);
	else if (out->full)
		rc = rq_fail(e, RQ_ELIMIT, "The batch %s is larger than %d MiB.", file,
			     BATCH_MAX >> 20);
	if (f != stdin)
		fclose(f);
	return rc;
}

/* Whether its work is a workflow of the queue's. */
static bool dispatches(struct rq_cmd *cmd, const struct rq_submission *s)
{
	return s->workflow || (!s->n_steps && rq_cmd_on(cmd, "queue") &&
			       rq_can(cmd->rq, rq_cmd_opt(cmd, "queue"), RQ_CAP_WORKFLOWS, NULL));
}

/* "transcribe" of "acme/media:transcribe.yml": the type that lists show for its runs. */
static const char *type_of_workflow(struct rq_arena *a, const char *workflow)
{
	const char *from = workflow, *dot, *type;
	size_t n;

	while ((n = strcspn(from, ":/")) < strlen(from))
		from += n + 1;
	dot = strrchr(from, '.');
	type = rq_arena_strn(a, from, dot ? (size_t)(dot - from) : strlen(from));
	return rq_name_ok(type) ? type : NULL;
}

/* What is not said is the type's, then the policy's, and then the settings'. */
static int complete(struct rq_cmd *cmd, struct rq_call *call, struct rq_draft *d, struct rq_error *e)
{
	d->s.queue = rq_call_str(call, rq_cmd_opt(cmd, "queue"));
	if (!dispatches(cmd, &d->s))
		return rq_job_type_apply(cmd->rq, &call->arena, &d->s, e);
	if (!d->s.type && d->s.workflow)
		d->s.type = type_of_workflow(&call->arena, d->s.workflow);
	return RQ_OK;
}

static int batch_line(struct rq_cmd *cmd, struct rq_call *call, const struct rq_draft *base,
		      const char *line, size_t n, struct rq_error *e)
{
	struct rq_draft d;
	struct rq_json *j;
	int rc = rq_json_parse(line, n, &j, e);

	if (rc)
		return rc;
	rq_draft_copy(&d, base);
	rc = rq_draft_json(&d, cmd->command->opts, j, e);
	rq_json_free(j);
	if (!rc && call->u.submit.n == BATCH_JOBS)
		rc = rq_fail(e, RQ_ELIMIT, "A batch has at most %d jobs.", BATCH_JOBS);
	if (!rc)
		rc = complete(cmd, call, &d, e);
	if (!rc)
		*rq_call_add_submission(call) = d.s;
	return rc;
}

static int add_batch(struct rq_cmd *cmd, struct rq_call *call, const struct rq_draft *base,
		     struct rq_error *e)
{
	const char *file = rq_cmd_opt(cmd, "batch"), *line, *end;
	struct rq_str text = { 0 };
	int number = 1, rc = read_batch(file, &text, e);

	for (line = rq_str_get(&text); !rc && *line; line = end + 1, number++) {
		size_t n = strcspn(line, "\n");

		end = line + n;
		if (strspn(line, " \t\r") < n)
			rc = batch_line(cmd, call, base, line, n, e);
		if (rc)
			rq_fail_in(e, "%s:%d", strcmp(file, "-") ? file : "standard input", number);
		if (!*end)
			break;
	}
	rq_str_release(&text);
	if (!rc && !call->u.submit.n)
		rc = rq_fail(e, RQ_EUSAGE, "The batch %s holds no submission.", file);
	return rc;
}

static int fill(struct rq_cmd *cmd, struct rq_call *call, struct rq_error *e)
{
	const char *steps = rq_cmd_opt(cmd, "steps");
	const char *const *words;
	size_t n = rq_cmd_args(cmd, "COMMAND", &words);
	struct rq_draft d;
	int rc = rq_draft_init(&d, &call->arena, e);

	if (!rc)
		rc = apply_options(cmd, &d, e);
	if (!rc && steps)
		rc = read_steps(&d, steps, e);
	if (rc)
		return rc;
	if (n)
		rq_draft_command(&d, words, n);
	if (rq_cmd_on(cmd, "batch"))
		return add_batch(cmd, call, &d, e);
	rc = complete(cmd, call, &d, e);
	if (rc)
		return rc;
	*rq_call_add_submission(call) = d.s;
	return RQ_OK;
}

static int check(struct rq_cmd *cmd, struct rq_error *e)
{
	const char *const *words;
	int sources = (rq_cmd_args(cmd, "COMMAND", &words) > 0) + rq_cmd_on(cmd, "steps") +
		      rq_cmd_on(cmd, "batch");

	const struct rq_submission none = { 0 };

	if (!sources && !rq_cmd_on(cmd, "type") && !rq_cmd_on(cmd, "workflow") && !dispatches(cmd, &none))
		return rq_fail(
			e, RQ_EUSAGE,
			"What shall run? relayq submit -- COMMAND, or --type T, or --workflow FILE, or "
			"--steps FILE, or --batch FILE.");
	if (sources > 1)
		return rq_fail(e, RQ_EUSAGE, "A command, --steps and --batch exclude each other.");
	if (rq_cmd_on(cmd, "delay") && rq_cmd_on(cmd, "at"))
		return rq_fail(e, RQ_EUSAGE, "--delay and --at exclude each other.");
	if (rq_cmd_on(cmd, "batch") &&
	    (rq_cmd_on(cmd, "wait") || rq_cmd_on(cmd, "follow") || rq_cmd_on(cmd, "dry-run")))
		return rq_fail(e, RQ_EUSAGE,
			       "--wait, --follow and --dry-run are for one job, not for a batch.");
	return RQ_OK;
}

/* ---- waiting ---- */

static int job_status(const struct rq_job *j)
{
	switch (j->conclusion) {
	case RQ_CONCLUSION_SUCCESS:
		return RQ_EXIT_OK;
	case RQ_CONCLUSION_TIMED_OUT:
		return EXIT_TIMED_OUT;
	case RQ_CONCLUSION_CANCELLED:
		return EXIT_CANCELLED;
	default:
		if (j->signal > 0)
			return 128 + j->signal;
		return j->exit_code > 0 ? j->exit_code : RQ_EXIT_FAILED;
	}
}

static void ended(struct rq_follow *f, const struct rq_job_detail *d)
{
	struct rq_cmd *cmd = f->cmd;

	if (rq_cmd_on(cmd, "json"))
		rq_cmd_json(cmd, rq_job_detail_to_json(d));
	else if (!f->printed && *d->job.reason)
		rq_cmd_warn(cmd, "%s: %s %s", d->job.id, rq_job_state_text(&d->job), d->job.reason);
	rq_cmd_done(cmd, job_status(&d->job));
}

static void looked_away(struct rq_follow *f)
{
	rq_cmd_warn(f->cmd, "%s goes on; relayq logs -f %s shows it, relayq cancel %s ends it",
		    f->id, f->id, f->id);
	rq_cmd_done(f->cmd, EXIT_LOOKED_AWAY);
}

static int watch(struct rq_cmd *cmd, const char *id, size_t n_steps)
{
	struct rq_follow *f = rq_arena_alloc(&cmd->arena, sizeof *f);

	f->cmd = cmd;
	f->id = rq_arena_str(&cmd->arena, id);
	f->print = rq_cmd_on(cmd, "follow") && !rq_cmd_on(cmd, "json");
	f->text.own = true;
	f->text.preambles = (int)n_steps;
	f->ended = ended;
	f->given_up = looked_away;
	return rq_follow_start(f);
}

/* ---- the answer ---- */

static void warn_lines(struct rq_cmd *cmd, const char *s)
{
	while (s && *s) {
		size_t n = strcspn(s, "\n");

		rq_cmd_warn(cmd, "%.*s", (int)n, s);
		s += n + (s[n] == '\n');
	}
}

static bool offline(const struct rq_candidate *c)
{
	for (size_t i = 0; i < c->n_reasons; i++)
		if (!strcmp(c->reasons[i].code, "RUNNER_OFFLINE"))
			return true;
	return false;
}

static void warn_no_agent(struct rq_cmd *cmd, const struct rq_decision *d)
{
	if (!d || rq_config_bool(rq_get_config(cmd->rq), "agent.autostart"))
		return;
	for (size_t i = 0; i < d->n_candidates; i++)
		if (!offline(&d->candidates[i]))
			return;
	rq_cmd_warn(cmd, "no agent runs and agent.autostart is off: relayq agent start starts one");
}

static int print_ids(struct rq_cmd *cmd, const struct rq_call *call)
{
	size_t n = call->u.submit.n;
	struct rq_json *all = rq_cmd_on(cmd, "json") ? rq_json_array() : NULL, *o;

	for (size_t i = 0; i < n; i++) {
		const char *id = call->u.submit.each[i].id;

		if (!*id)
			continue;
		if (!all) {
			rq_cmd_message(cmd, "%s", id);
			continue;
		}
		o = rq_json_object();
		rq_json_set_str(o, "id", id);
		rq_json_add(all, o);
	}
	return all ? rq_cmd_json(cmd, all) : RQ_EXIT_OK;
}

static void described(struct rq_cmd *cmd, struct rq_call *call)
{
	int status = *(const int *)cmd->state;

	if (call->code)
		status = rq_cmd_error(cmd, &call->err);
	else
		rq_cmd_json(cmd, rq_job_detail_to_json(call->u.job.detail));
	rq_cmd_done(cmd, status);
}

/* --json of one job: all about it. STATUS is that of the submission. */
static int describe(struct rq_cmd *cmd, const char *id, int status)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_JOB, described);
	int *kept = rq_arena_alloc(&cmd->arena, sizeof *kept);

	*kept = status;
	cmd->state = kept;
	call->u.job.id = rq_call_str(call, id);
	return rq_cmd_start(cmd, call);
}

/* Each that is no job, or is one only later. The exit status: of the worst kind first. */
static int tell_each(struct rq_cmd *cmd, const struct rq_call *call)
{
	int status = RQ_EXIT_OK;

	for (size_t i = 0; i < call->u.submit.n; i++) {
		const struct rq_each *each = &call->u.submit.each[i];
		struct rq_error e;

		if (each->code == RQ_EUNREACHABLE) {
			rq_cmd_warn(cmd, "%s is kept, and sent later: %s", each->id, each->text);
			status = status ? status : RQ_EXIT_KEPT;
		} else if (each->code) {
			rq_fail(&e, each->code, "%s", each->text);
			status = rq_cmd_error(cmd, &e);
		} else if (*each->text && strcmp(each->text, "repeat")) {
			rq_cmd_warn(cmd, "%s: %s", each->id, each->text);
		}
	}
	return status;
}

static int go_on(struct rq_cmd *cmd, const struct rq_call *call)
{
	const char *id = call->u.submit.each[0].id;
	bool waits = rq_cmd_on(cmd, "wait") || rq_cmd_on(cmd, "follow");
	int status = tell_each(cmd, call);

	warn_lines(cmd, call->u.submit.warnings);
	warn_no_agent(cmd, call->u.submit.v[0].decision);
	if (!rq_cmd_on(cmd, "batch") && rq_cmd_on(cmd, "json"))
		return waits ? watch(cmd, id, call->u.submit.v[0].n_steps) : describe(cmd, id, status);
	/* With --follow standard output is the job's alone. */
	if (!rq_cmd_on(cmd, "follow"))
		print_ids(cmd, call);
	else if (cmd->out->terminal)
		cmd->out->error(cmd->out->ud, id);
	return waits ? watch(cmd, id, call->u.submit.v[0].n_steps) : status;
}

static void submitted(struct rq_cmd *cmd, struct rq_call *call)
{
	int status = call->code ? rq_cmd_error(cmd, &call->err) : go_on(cmd, call);

	if (status != RQ_CMD_PENDING)
		rq_cmd_done(cmd, status);
}

/* ---- --dry-run ---- */

/* The queues come one after the other. */
static bool is_loaded(const struct rq_snapshot *s, const char *queue)
{
	for (size_t i = 0; i < s->n_queues; i++)
		if (!queue || rq_ieq(s->queues[i].name, queue))
			return s->queues[i].fetched_at || *s->queues[i].error;
	return false;
}

static void previewed(void *ud)
{
	struct rq_cmd *cmd = ud;
	struct rq_call *call = cmd->state;
	struct rq_decision d = { 0 };
	struct rq_str warnings;
	struct rq_error e = { 0 };
	int status;

	if (!is_loaded(rq_now_snapshot(cmd->rq), call->u.submit.v->queue))
		return;
	rq_subscribe(cmd->rq, NULL, NULL, NULL);
	if (rq_preview(cmd->rq, &call->arena, call->u.submit.v, &d, &e)) {
		status = rq_cmd_error(cmd, &e);
	} else {
		warn_lines(cmd, rq_policy_info(cmd->rq)->error);
		rq_str_init(&warnings, 0);
		rq_submission_warnings(cmd->rq, call->u.submit.v, &warnings);
		warn_lines(cmd, rq_str_get(&warnings));
		rq_str_release(&warnings);
		rq_cmd_show_decision(cmd, &d);
		status = d.outcome == RQ_OUTCOME_REJECTED || d.outcome == RQ_OUTCOME_ERROR ? RQ_EXIT_REFUSED : RQ_EXIT_OK;
	}
	rq_call_free(call);
	rq_cmd_done(cmd, status);
}

static void load(void *ud)
{
	struct rq_cmd *cmd = ud;
	const struct rq_call *call = cmd->state;
	const struct rq_want want = { .runners = true, .counters = true, .queue = call->u.submit.v->queue };

	rq_subscribe(cmd->rq, &want, previewed, cmd);
}

/* What would be sent: the inputs as the workflow's file takes them. */
static void show_dispatch(struct rq_cmd *cmd, const struct rq_call *asked, const struct rq_wf_value *v, size_t n)
{
	struct rq_str out;

	rq_str_init(&out, 0);
	rq_field(&out, "workflow", asked->u.workflow.workflow->file);
	rq_field(&out, "ref", asked->u.workflow.ref_used);
	for (size_t i = 0; i < n; i++)
		rq_field(&out, "input", rq_arena_fmt(&cmd->arena, "%s=%s", v[i].name, v[i].value));
	rq_str_addc(&out, '\n');
	rq_cmd_text(cmd, &out);
	rq_str_release(&out);
}

static void on_runners(struct rq_cmd *cmd, struct rq_call *asked)
{
	if (asked->code == RQ_OK)
		rq_snapshot_unref(asked->u.snapshot.snapshot);
	rq_look_policy(cmd->rq, load, cmd);
}

static void on_workflow(struct rq_cmd *cmd, struct rq_call *asked)
{
	struct rq_call *call = cmd->state, *ask;
	const struct rq_submission *s = call->u.submit.v;
	struct rq_wf_limits limits = rq_wf_limits(RQ_FORGE_GITHUB, false);
	struct rq_wf_value *v;
	struct rq_error e = asked->err;
	size_t n;

	if (asked->code || rq_workflow_check_inputs(&cmd->arena, asked->u.workflow.workflow, s->params, s->n_params, limits, &v,
						    &n, &e)) {
		rq_call_free(call);
		rq_cmd_done(cmd, rq_cmd_error(cmd, &e));
		return;
	}
	warn_lines(cmd, asked->u.workflow.text);
	if (!rq_cmd_on(cmd, "json"))
		show_dispatch(cmd, asked, v, n);
	/* Where the workflow was found. */
	call->u.submit.v->queue = rq_call_str(call, asked->queue);
	/* Its runners are known afterwards, and the preview need not wait for them. */
	ask = rq_cmd_call(cmd, RQ_VERB_SNAPSHOT, on_runners);
	ask->queue = rq_call_str(ask, call->u.submit.v->queue);
	ask->u.snapshot.want.runners = true;
	rq_cmd_start(cmd, ask);
}

static int preview(struct rq_cmd *cmd, struct rq_call *call)
{
	struct rq_call *ask;

	cmd->state = call;
	call->u.submit.v[0].queue = call->queue;
	if (!dispatches(cmd, call->u.submit.v)) {
		rq_look_policy(cmd->rq, load, cmd);
		return RQ_CMD_PENDING;
	}
	ask = rq_cmd_call(cmd, RQ_VERB_WORKFLOW, on_workflow);
	ask->u.workflow.file = rq_call_str(ask, call->u.submit.v->workflow);
	ask->u.workflow.ref = rq_call_str(ask, call->u.submit.v->ref);
	return rq_cmd_start(cmd, ask);
}

static int run(struct rq_cmd *cmd)
{
	struct rq_error e = { 0 };
	struct rq_call *call;

	if (check(cmd, &e) || (rq_cmd_on(cmd, "policy") && rq_use_policy(cmd->rq, rq_cmd_opt(cmd, "policy"), &e)))
		return rq_cmd_error(cmd, &e);
	call = rq_cmd_call(cmd, RQ_VERB_SUBMIT, submitted);
	if (fill(cmd, call, &e)) {
		rq_call_free(call);
		return rq_cmd_error(cmd, &e);
	}
	return rq_cmd_on(cmd, "dry-run") ? preview(cmd, call) : rq_cmd_start(cmd, call);
}

/* clang-format off */
static const struct rq_arg args[] = {
	{ "COMMAND", RQ_VALUE_WORDS, RQ_ARG_OPTIONAL | RQ_ARG_REST,
	  "what to run, with its arguments; no shell looks at it" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "type", 0, "T", RQ_VALUE_TYPE, 0,
	  "the job's type: its work, and what the policy goes by", "command" },
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "the queue; else queue.default" },
	{ "runs-on", 0, "L,L", RQ_VALUE_LABELS, 0,
	  "labels that the runner must have, all of them", "self-hosted" },
	{ "to", 0, "RUNNER", RQ_VALUE_RUNNER, 0, "this runner and no other" },
	{ "name", 0, "N", RQ_VALUE_TEXT, 0, "a name for lists; else made from the command" },
	{ "param", 'f', "KEY=VALUE", RQ_VALUE_PAIR, RQ_OPT_REPEAT,
	  "an input of the workflow; or of the type, which the job gets as RELAYQ_INPUT_KEY" },
	{ "workflow", 0, "FILE", RQ_VALUE_WORKFLOW, 0,
	  "dispatch this workflow of a queue of GitHub's: transcribe.yml, or OWNER/NAME:FILE" },
	{ "ref", 0, "REF", RQ_VALUE_REF, 0, "at this branch or tag; else the repository's default branch" },
	{ "after", 0, "ID,ID", RQ_VALUE_JOB, RQ_OPT_REPEAT, "only when these jobs have succeeded" },
	{ "priority", 0, "N", RQ_VALUE_INT, 0, "-1000 to 1000; larger goes first", "0" },
	{ "timeout", 0, "D", RQ_VALUE_DURATION, 0,
	  "end the job after this time; else the policy's, else jobs.timeout" },
	{ "retries", 0, "N", RQ_VALUE_INT, 0, "run it again up to N times when it fails", "0" },
	{ "backoff", 0, "D", RQ_VALUE_DURATION, RQ_OPT_HIDDEN_IN_FORM,
	  "the pause before the first retry; it doubles", "1s" },
	{ "delay", 0, "D", RQ_VALUE_DURATION, RQ_OPT_HIDDEN_IN_FORM,
	  "not before this time has passed" },
	{ "at", 0, "TIME", RQ_VALUE_TEXT, RQ_OPT_HIDDEN_IN_FORM,
	  "not before then: 2026-11-21T18:00:00Z" },
	{ "group", 0, "NAME[:LIMIT]", RQ_VALUE_TEXT, RQ_OPT_HIDDEN_IN_FORM,
	  "at most LIMIT jobs of this group run at the same time; 1 for a new group" },
	{ "env", 0, "NAME[=VALUE]", RQ_VALUE_ENV, RQ_OPT_REPEAT | RQ_OPT_HIDDEN_IN_FORM,
	  "an environment variable; without a value: as it is here" },
	{ "env-all", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_HIDDEN_IN_FORM,
	  "the whole environment, as it is here" },
	{ "cwd", 0, "DIR", RQ_VALUE_DIR, 0, "the working directory; else the current one" },
	{ "nice", 0, "N", RQ_VALUE_INT, RQ_OPT_HIDDEN_IN_FORM,
	  "0 to 19; larger gives way to others", "0" },
	{ "memory", 0, "SIZE", RQ_VALUE_SIZE, RQ_OPT_HIDDEN_IN_FORM, "memory limit, such as 512M" },
	{ "log-max", 0, "SIZE", RQ_VALUE_SIZE, RQ_OPT_HIDDEN_IN_FORM,
	  "cut the log there; else jobs.log_max" },
	{ "steps", 0, "FILE", RQ_VALUE_FILE, RQ_OPT_HIDDEN_IN_FORM,
	  "run the steps of this YAML file instead of a command" },
	{ "batch", 0, "FILE", RQ_VALUE_FILE, RQ_OPT_CLI_ONLY,
	  "submit every line, a JSON object each; - is standard input" },
	{ "token", 0, "TEXT", RQ_VALUE_TEXT, RQ_OPT_HIDDEN_IN_FORM,
	  "the same token makes no second job" },
	{ "policy", 0, "FILE", RQ_VALUE_FILE, RQ_OPT_CLI_ONLY,
	  "decide by this policy: a file, or repo:PATH@REV" },
	{ "wait", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY,
	  "wait for its end and leave with its exit status" },
	{ "follow", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY,
	  "the same, and print its output as it comes" },
	{ "dry-run", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY,
	  "tell who would get it and why, and store nothing" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};
/* clang-format on */

const struct rq_command rq_cmd_submit = {
	.name = "submit",
	.alias = "run",
	.summary = "Queue a command and print the job's id",
	.details =
		"The job runs in the current directory with PATH, HOME, LANG, LC_* and TZ as they "
		"are here, and whatever --env adds. It runs at least once: when a machine dies in "
		"the middle of it, it is run again.\n\n"
		"With --wait and --follow the exit status is the job's own: 128 and the signal's "
		"number when a signal ended it, 124 after a timeout, 143 when it was cancelled. "
		"Ctrl-C looks away, with status 130; the job goes on.\n\n"
		"A type (relayq types lists them) brings its own command, time limit and labels, "
		"and its inputs are checked here; with a command behind -- it is a name for the "
		"policy and nothing more.\n\n"
		"On a queue of GitHub's a job is a workflow's run: its inputs are checked, and the file is looked "
		"over, before it is dispatched. When the server cannot be reached the submission is kept, with "
		"status 5, and dispatched once when it can.\n\n"
		"A steps file is a list of {name, run} or {name, command}: run is a script for sh "
		"-e, command a line or a list of words. A line of a batch has members named as "
		"the options (runs_on, timeout, env ...) and command, run or steps; \"after\": "
		"[\"^0\"] means the batch's first job. All lines are stored, or none.",
	.args = args,
	.opts = opts,
	.flags = RQ_CMD_WRITES,
	.exec = run,
};
