#include "core/base/clock.h"
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

/* Of several queues, or of one of a server, two columns more. */
static bool is_wide(const struct rq_snapshot *s)
{
	return s->n_queues > 1 || (s->n_queues && !rq_eq(s->queues[0].kind, "local"));
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
		rq_cell(cmd, r->drain == RQ_DRAIN_ACTIVE ? r->note : r->drain_reason),
		rq_cell(cmd, r->queue),
		rq_cell(cmd, r->job),
	};

	cmd->out->row(cmd->out->ud, cells);
}

static void drained_text(struct rq_cmd *cmd, const struct rq_runner *r, struct rq_str *out)
{
	char when[RQ_TIME_LEN];

	if (r->drain == RQ_DRAIN_ACTIVE)
		return;
	rq_field(out, "drained for", r->drain_reason);
	rq_field(out, "by", r->drain_by);
	rq_field(out, "since", rq_cell_age(cmd, r->drain_since));
	if (r->drain_note && *r->drain_note)
		rq_field(out, "drain", r->drain_note);
	if (r->drain_deadline)
		rq_field(out, "until", rq_time_rfc3339(r->drain_deadline, false, when));
}

static void text(struct rq_cmd *cmd, const struct rq_runner *r)
{
	struct rq_str out, list;

	rq_str_init(&out, 0);
	rq_str_init(&list, 0);
	rq_field(&out, "runner", r->name);
	rq_field(&out, "state", state(cmd, r));
	rq_field(&out, "queue", rq_eq(r->queue, "local") ? NULL : r->queue);
	rq_field(&out, "note", r->note);
	drained_text(cmd, r, &out);
	rq_field(&out, "job", r->job && *r->job ? rq_arena_fmt(&cmd->arena, "%s  %s", r->job, r->job_name) : NULL);
	rq_field(&out, "jobs", rq_arena_fmt(&cmd->arena, "%d of %d", r->running, r->slots));
	rq_labels_text(&r->labels, &list);
	rq_field(&out, "labels", rq_str_get(&list));
	rq_str_clear(&list);
	rq_labels_text(&r->tools, &list);
	rq_field(&out, "tools", rq_str_get(&list));
	if ((r->os && *r->os) || (r->arch && *r->arch))
		rq_field(&out, "system", rq_arena_fmt(&cmd->arena, "%s/%s", r->os ? r->os : "", r->arch ? r->arch : ""));
	rq_field(&out, "host", r->host);
	rq_field(&out, "version", r->version);
	rq_field(&out, "last seen", rq_cell_age(cmd, r->seen_at));
	rq_cmd_text(cmd, &out);
	rq_str_release(&list);
	rq_str_release(&out);
}

static int print_one(struct rq_cmd *cmd, const struct rq_snapshot *s, const char *name)
{
	const struct rq_runner *r = rq_snapshot_runner(s, name);
	struct rq_error e;

	if (!r) {
		rq_fail(&e, RQ_ENOTFOUND, "There is no runner \"%.64s\"; relayq runners lists them.", name);
		return rq_cmd_error(cmd, &e);
	}
	if (rq_cmd_on(cmd, "json"))
		return rq_cmd_json(cmd, rq_runner_to_json(r));
	text(cmd, r);
	return RQ_EXIT_OK;
}

static int print(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	static const char *const columns[] = { "RUNNER", "STATE", "JOBS",	"LABELS",
					       "HOST",	 "SEEN",  "NOTE", "QUEUE", "JOB" };
	const char *name = rq_cmd_arg(cmd, "RUNNER");
	struct rq_json *all;

	if (name)
		return print_one(cmd, s, name);
	if (rq_cmd_on(cmd, "json")) {
		all = rq_json_array();
		for (size_t i = 0; i < s->n_runners; i++)
			rq_json_add(all, rq_runner_to_json(&s->runners[i]));
		return rq_cmd_json(cmd, all);
	}
	cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns - (is_wide(s) ? 0 : 2));
	for (size_t i = 0; i < s->n_runners; i++)
		row(cmd, &s->runners[i]);
	return RQ_EXIT_OK;
}

static int run(struct rq_cmd *cmd)
{
	struct rq_want want = { .runners = true };

	return rq_cmd_load(cmd, &want, print);
}

static const struct rq_arg args[] = {
	{ "RUNNER", RQ_VALUE_RUNNER, RQ_ARG_OPTIONAL, "all about this one" },
	{ NULL },
};
static const struct rq_opt opts[] = {
	{ "queue", 0, "Q", RQ_VALUE_QUEUE, 0, "the runners of this queue" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array; of one runner an object" },
	{ NULL },
};

const struct rq_command rq_cmd_runners = {
	.name = "runners",
	.summary = "List runners: their state, jobs, labels; or tell all about one",
	.details =
		"Into a pipe or a file, rows are separated by tabs and have no header: name, "
		"state, jobs running of slots, labels, host, last seen at, and why it is drained or "
		"what else is the matter with it; of several queues, or of a server's, also the queue "
		"and the job that it runs.",
	.args = args,
	.opts = opts,
	.exec = run,
};
