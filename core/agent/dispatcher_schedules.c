/* dispatcher_schedules.c - jobs that are due by the clock.
 *
 * What has been made is with the queue: it makes a job for a schedule's minute once, and for an earlier one never. It
 * counts from the last that it made, or from the last change of the file, whichever is later: so a minute that nobody
 * was on duty is made up for, once, and a new line makes nothing for the time before it was written. */
#include <stdlib.h>
#include <string.h>
#include "core/agent/agent.h"
#include "core/agent/dispatcher_parts.h"
#include "core/agent/policy_find.h"
#include "core/agent/schedule.h"
#include "core/agent/types.h"
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/policy/decide.h"
#include "core/sys/user.h"

enum { CONFIG_MAX = 1 << 20, TRIES = 8, AGAIN_MS = 60000 };

struct rq_plan {
	char *path, *user, *home;
	struct rq_file_stamp stamp;     /* of the file when it was read */
	struct rq_config *config;
	struct rq_schedules *schedules;
	int64_t *tried;                 /* what this process has tried for each, whatever came of it */
	struct rq_policy_file *file;
	size_t at;                      /* the schedule at hand */
	int64_t due;                    /* its minute; 0 none */
	int tries;
	bool looking;                   /* at the policy's file */
};

static void next_schedule(struct rq_dispatcher *d);

/* --- the file ------------------------------------------------------------------------------ */

static struct rq_config *read_config(const struct rq_plan *p, struct rq_log *log)
{
	struct rq_config *c = rq_config_new();
	struct rq_error e = { 0 };
	char *text = NULL;
	size_t n;
	int code = rq_file_read(p->path, CONFIG_MAX, &text, &n, &e);

	if (code == RQ_OK)
		code = rq_config_parse(c, p->path, text, n, &e);
	rq_free(text);
	if (code == RQ_OK || code == RQ_ENOTFOUND)
		return c;
	rq_log_write(log, RQ_LOG_WARN, "%s; the schedules read before stay in force", e.msg);
	rq_config_free(c);
	return NULL;
}

static void take_config(struct rq_dispatcher *d, struct rq_config *c)
{
	struct rq_plan *p = d->plan;
	struct rq_policy_file_options o = { .loop = d->loop, .queue = d->queue, .paths = d->paths };

	if (p->file)
		rq_policy_file_stop(p->file);
	rq_policy_file_free(p->file);
	rq_schedules_free(p->schedules);
	rq_config_free(p->config);
	rq_free(p->tried);
	p->config = c;
	p->schedules = rq_schedules_new(c, p->path);
	p->tried = rq_alloc((p->schedules->n + 1) * sizeof *p->tried);
	o.spec = rq_config_str(c, "policy");
	p->file = rq_policy_file_new(&o);
	for (size_t i = 0; i < p->schedules->n_problems; i++)
		rq_log_write(d->log, RQ_LOG_WARN, "%s", p->schedules->problems[i].text);
}

/* Read it again where it has changed. A bad one leaves what was read before. */
static void refresh(struct rq_dispatcher *d)
{
	struct rq_plan *p = d->plan;
	struct rq_file_stamp stamp = rq_file_stamp(p->path);
	struct rq_config *c;

	if (p->config && rq_file_stamp_same(&stamp, &p->stamp))
		return;
	p->stamp = stamp;
	c = read_config(p, d->log);
	if (!c && !p->config)
		c = rq_config_new();
	if (c)
		take_config(d, c);
}

bool rq_plan_changed(const struct rq_dispatcher *d)
{
	struct rq_file_stamp stamp = rq_file_stamp(d->plan->path);

	return !rq_file_stamp_same(&stamp, &d->plan->stamp);
}

void rq_plan_open(struct rq_dispatcher *d)
{
	struct rq_plan *p = rq_alloc(sizeof *p);
	const char *home = getenv("HOME");

	p->path = rq_path_join(d->paths->config, "config.yaml");
	p->user = rq_user_name();
	p->home = home && *home == '/' ? rq_strdup(home) : rq_user_home();
	d->plan = p;
}

void rq_plan_stop(struct rq_dispatcher *d)
{
	d->plan->looking = false;
	if (d->plan->file)
		rq_policy_file_stop(d->plan->file);
}

void rq_plan_close(struct rq_dispatcher *d)
{
	struct rq_plan *p = d->plan;

	rq_plan_stop(d);
	rq_policy_file_free(p->file);
	rq_schedules_free(p->schedules);
	rq_config_free(p->config);
	rq_free(p->tried);
	rq_free(p->path);
	rq_free(p->user);
	rq_free(p->home);
	rq_free(p);
}

/* --- one job -------------------------------------------------------------------------------- */

static const struct rq_schedule *schedule(const struct rq_plan *p)
{
	return &p->schedules->v[p->at];
}

static void step_over(struct rq_dispatcher *d)
{
	d->plan->tried[d->plan->at] = d->plan->due;
	d->plan->at++;
	next_schedule(d);
}

static void not_now(struct rq_dispatcher *d, const char *why)
{
	rq_log_write(d->log, RQ_LOG_ERROR, "the schedule %s: %s", schedule(d->plan)->name, why);
	rq_dispatcher_wake_at(d, rq_now() + AGAIN_MS);
	d->plan->at++;
	next_schedule(d);
}

/* What a submission by hand brings along; PATH is the agent's. */
static void add_environment(const struct rq_plan *p, struct rq_call *c, struct rq_submission *s)
{
	const char *lang = getenv("LANG");

	s->env = rq_arena_alloc(&c->arena, 2 * sizeof *s->env);
	if (p->home)
		s->env[s->n_env++] = rq_arena_fmt(&c->arena, "HOME=%s", p->home);
	if (lang)
		s->env[s->n_env++] = rq_arena_fmt(&c->arena, "LANG=%s", lang);
}

static int fill_in(struct rq_dispatcher *d, struct rq_call *c, struct rq_submission *s, struct rq_error *e)
{
	const struct rq_plan *p = d->plan;
	const struct rq_schedule *sch = schedule(p);
	const struct rq_types types = { p->config, d->paths };
	struct rq_step *step;

	s->name = rq_call_str(c, sch->name);
	s->type = rq_call_str(c, sch->type);
	s->cwd = rq_call_str(c, p->home ? p->home : "/");
	add_environment(p, c, s);
	s->n_params = sch->n_params;
	s->params = sch->params;
	s->labels = sch->labels;
	s->priority = sch->priority;
	s->retries = sch->retries;
	s->timeout_ms = sch->timeout_ms;
	s->source = "cron";
	s->schedule = rq_call_str(c, sch->name);
	s->schedule_due = p->due;
	if (!sch->command)
		return rq_types_apply(&types, &c->arena, s, e);
	step = rq_arena_alloc(&c->arena, sizeof *step);
	step->argv = sch->command;
	s->steps = step;
	s->n_steps = 1;
	return RQ_OK;
}

static struct rq_decision *decide(struct rq_dispatcher *d, struct rq_call *c, const struct rq_submission *s)
{
	static const char *const one[] = { "self-hosted" };
	static const struct rq_labels standard = { 1, (const char **)(uintptr_t)one };
	const struct rq_plan *p = d->plan;
	struct rq_arena *a = &c->arena;
	struct rq_decision *new = rq_arena_alloc(a, sizeof *new);
	struct rq_facts *facts = rq_arena_alloc(a, sizeof *facts);
	struct rq_facts raw = {
		.type = s->type ? s->type : "command", .labels = s->labels.n ? &s->labels : &standard, .target = "",
		.n_params = s->n_params, .params = (const char *const *)s->params, .submitter = p->user, .source = s->source,
		.priority = s->priority, .attempt = 1,
	};
	char *id = rq_arena_alloc(a, RQ_ULID_LEN), due[RQ_TIME_LEN];
	const struct rq_policy *policy = rq_policy_file_policy(p->file);

	rq_facts_normalise(a, &raw, facts, NULL, NULL);
	if (!d->fleet.json)
		rq_fleet_seal(&d->page->arena, &d->fleet);
	rq_decide(a, policy, facts, &d->fleet, rq_now(), new);
	rq_ulid(id);
	new->id = id;
	new->trigger = "schedule";
	new->by = d->by;
	new->note = rq_arena_fmt(a, "%s, due %s", s->schedule, rq_time_rfc3339(p->due, false, due));
	new->commit_oid = rq_arena_str(a, rq_policy_file_commit(p->file));
	new->dirty = rq_policy_file_dirty(p->file);
	new->policy_text = policy ? policy->text : NULL;
	return new;
}

/* As after a submission by hand. That no agent could be started is what the list of runners tells. */
static void autostart(struct rq_dispatcher *d)
{
	const struct rq_plan *p = d->plan;
	struct rq_agentd_options o = { .paths = d->paths, .config = p->config, .no_wait = true };

	for (size_t i = 0; i < d->fleet.n_runners; i++)
		if (d->fleet.runners[i].online)
			return;
	if (d->autostart && rq_config_bool(p->config, "agent.autostart"))
		rq_agentd_start(&o, NULL);
}

static void read_fleet(struct rq_dispatcher *d);

static void on_submitted(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;
	const struct rq_each *each = c->u.submit.each;

	if (!rq_dispatcher_answered(d, c))
		return;
	if (c->code == RQ_ECONFLICT && ++d->plan->tries < TRIES) {
		read_fleet(d);
		return;
	}
	if (c->code == RQ_OK && each && each->id && *each->id) {
		rq_log_write(d->log, RQ_LOG_INFO, "the schedule %s made job %s", schedule(d->plan)->name, each->id);
		autostart(d);
	}
	if (c->code && c->code != RQ_EREFUSED && c->code != RQ_EUSAGE && c->code != RQ_ELIMIT) {
		not_now(d, c->err.msg);
		return;
	}
	if (c->code)
		rq_log_write(d->log, RQ_LOG_WARN, "the schedule %s: %s", schedule(d->plan)->name, c->err.msg);
	step_over(d);
}

static void submit(struct rq_dispatcher *d)
{
	struct rq_call *c = rq_call_new(RQ_VERB_SUBMIT, on_submitted, d);
	struct rq_submission *s = rq_call_add_submission(c);
	struct rq_error e = { 0 };

	c->actor = d->by;
	if (fill_in(d, c, s, &e)) {
		rq_call_free(c);
		rq_log_write(d->log, RQ_LOG_WARN, "the schedule %s: %s", schedule(d->plan)->name, e.msg);
		step_over(d);
		return;
	}
	s->decision = decide(d, c, s);
	rq_dispatcher_ask(d, c);
}

static void on_fleet(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;

	if (!rq_dispatcher_answered(d, c))
		return;
	if (c->code) {
		not_now(d, c->err.msg);
		return;
	}
	rq_call_free(d->page);
	d->page = rq_dispatcher_take(c);
	d->fleet = d->page->u.open.fleet;
	submit(d);
}

static void read_fleet(struct rq_dispatcher *d)
{
	struct rq_call *c = rq_call_new(RQ_VERB_OPEN, on_fleet, d);

	c->u.open.max = 1;
	rq_dispatcher_ask(d, c);
}

static void on_policy(void *ud)
{
	struct rq_dispatcher *d = ud;
	const char *sentence, *problems;

	if (!d->plan->looking)
		return;
	d->plan->looking = false;
	if (rq_policy_file_error(d->plan->file, &sentence, &problems))
		not_now(d, sentence);
	else
		read_fleet(d);
}

/* --- all of them ---------------------------------------------------------------------------- */

static int64_t last_due(const struct rq_dispatcher *d, const char *name)
{
	const struct rq_call *c = d->page;

	for (size_t i = 0; i < c->u.open.n_schedules; i++)
		if (rq_eq(c->u.open.schedules[i].name, name))
			return c->u.open.schedules[i].last_due;
	return 0;
}

static int64_t is_due(const struct rq_dispatcher *d, int64_t now)
{
	const struct rq_plan *p = d->plan;
	int64_t written = p->stamp.mtime_s * 1000 + p->stamp.mtime_ns / 1000000, since = last_due(d, schedule(p)->name);

	if (since < written)
		since = written;
	if (since < p->tried[p->at])
		since = p->tried[p->at];
	return rq_schedule_missed(schedule(p), since, now);
}

static void next_schedule(struct rq_dispatcher *d)
{
	struct rq_plan *p = d->plan;
	int64_t now = rq_now();

	for (; p->at < p->schedules->n; p->at++) {
		p->due = is_due(d, now);
		rq_dispatcher_wake_at(d, rq_schedule_next(schedule(p), now));
		if (!p->due)
			continue;
		p->tries = 0;
		p->looking = true;
		rq_policy_file_look(p->file, on_policy, d);
		return;
	}
	rq_dispatcher_look_done(d);
}

void rq_schedules_step(struct rq_dispatcher *d)
{
	refresh(d);
	d->plan->at = 0;
	next_schedule(d);
}

void rq_schedules_forget(struct rq_dispatcher *d)
{
	d->plan->looking = false;
}
