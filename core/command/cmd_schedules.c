#include "core/agent/schedule.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/impl.h"
#include "core/command/rows.h"
#include "core/queue/queue.h"

struct state {
	struct rq_schedules *all;
	const struct rq_call *open; /* when each made a job last */
	struct rq_json *json;       /* with --json */
};

static int64_t last_of(const struct state *st, const char *name)
{
	for (size_t i = 0; i < st->open->u.open.n_schedules; i++)
		if (rq_eq(st->open->u.open.schedules[i].name, name))
			return st->open->u.open.schedules[i].last_due;
	return 0;
}

/* As a clock in its zone shows it: "2026-11-22 03:30". */
static const char *local_text(struct rq_cmd *cmd, const struct rq_schedule *s, int64_t at)
{
	struct rq_local_time t;

	if (!at)
		return "";
	t = rq_zone_local(s->zone, at);
	return rq_arena_fmt(&cmd->arena, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.minute / 60, t.minute % 60);
}

static const char *next_cell(struct rq_cmd *cmd, const struct rq_schedule *s, int64_t at)
{
	if (!s->enabled)
		return cmd->out->terminal ? "off" : "";
	return cmd->out->terminal && at ? rq_cell_duration(cmd, at - rq_now()) : rq_cell_age(cmd, at);
}

static void set_time(struct rq_json *o, const char *key, int64_t at)
{
	char buf[RQ_TIME_LEN];

	rq_json_set_str(o, key, at ? rq_time_rfc3339(at, false, buf) : NULL);
}

static void show(struct rq_cmd *cmd, struct state *st, const struct rq_schedule *s)
{
	int64_t last = last_of(st, s->name), next = rq_schedule_next(s, rq_now());
	const char *local = local_text(cmd, s, next);
	struct rq_json *o;
	const char *cells[] = {
		s->name, s->cron_text, s->timezone, rq_cell_age(cmd, last), next_cell(cmd, s, next), rq_cell(cmd, local),
	};

	if (!st->json) {
		cmd->out->row(cmd->out->ud, cells);
		return;
	}
	o = rq_json_object();
	rq_json_set_str(o, "name", s->name);
	rq_json_set_str(o, "cron", s->cron_text);
	rq_json_set_str(o, "timezone", s->timezone);
	rq_json_set_bool(o, "enabled", s->enabled);
	rq_json_set_str(o, "type", s->type ? s->type : "command");
	set_time(o, "last_due_at", last);
	set_time(o, "next_due_at", next);
	rq_json_set_str(o, "next_local", *local ? local : NULL);
	rq_json_add(st->json, o);
}

static int print(struct rq_cmd *cmd, struct state *st)
{
	static const char *const columns[] = { "SCHEDULE", "CRON", "ZONE", "LAST", "NEXT IN", "LOCAL TIME" };

	if (!st->json)
		cmd->out->table(cmd->out->ud, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < st->all->n; i++)
		show(cmd, st, &st->all->v[i]);
	if (st->json)
		rq_cmd_json(cmd, st->json);
	for (size_t i = 0; i < st->all->n_problems; i++)
		cmd->out->error(cmd->out->ud, st->all->problems[i].text);
	return st->all->n_problems ? RQ_EXIT_FAILED : RQ_EXIT_OK;
}

static void opened(struct rq_cmd *cmd, struct rq_call *call)
{
	struct state st = { .open = call };
	int status;

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	st.all = rq_schedules_new(rq_get_config(cmd->rq), rq_path(cmd->rq, "config.yaml"));
	if (rq_cmd_on(cmd, "json"))
		st.json = rq_json_array();
	status = print(cmd, &st);
	rq_schedules_free(st.all);
	rq_cmd_done(cmd, status);
}

static int run(struct rq_cmd *cmd)
{
	struct rq_call *call = rq_cmd_call(cmd, RQ_VERB_OPEN, opened);

	call->u.open.max = 1;
	return rq_cmd_start(cmd, call);
}

static const struct rq_opt opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};

const struct rq_command rq_cmd_schedules = {
	.name = "schedules",
	.summary = "List schedules: when each was due last and is due next",
	.details =
		"Schedules stand in config.yaml; relayq-schedules(1) has the keys. What is wrong with one "
		"is told after the list, and the exit status is 1 then.",
	.opts = opts,
	.caps = RQ_CAP_POLICY,
	.exec = run,
};
