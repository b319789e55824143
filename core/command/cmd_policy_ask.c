/* cmd_policy_ask.c - what the policy says now of a job that there is, or of one that could be: explain, why-not. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/advice.h"
#include "core/command/policy_src.h"
#include "core/command/rows.h"
#include "core/policy/cases.h"
#include "core/policy/decide.h"
#include "core/sys/paths.h"

enum { FACTS_MAX = 1024 * 1024 };

struct ask {
	struct rq_source source;        /* of --policy */
	struct rq_call *record;         /* the job's latest decision, NULL: --facts */
	struct rq_facts facts;
	const struct rq_decision *was;
	int (*answer)(struct rq_cmd *cmd, struct rq_decision *d);
};

static void release(struct rq_cmd *cmd)
{
	struct ask *a = cmd->state;

	rq_call_free(a->record);
	rq_source_release(&a->source);
}

/* ---- the fleet ---- */

static bool is_open(const struct rq_snapshot *s, const char *id)
{
	const struct rq_job *j = rq_snapshot_job(s, id);

	return j && j->status != RQ_STATUS_COMPLETED;
}

/* A job must not stand in its own way: what it holds already is given back for the question. */
static void give_back(struct rq_cmd *cmd, struct rq_fleet *f, const struct rq_decision *was)
{
	struct rq_counter *c = rq_arena_alloc(&cmd->arena, (f->n_counters + 1) * sizeof *c);
	struct rq_runner *r = rq_arena_alloc(&cmd->arena, (f->n_runners + 1) * sizeof *r);

	if (f->n_counters)
		memcpy(c, f->counters, f->n_counters * sizeof *c);
	if (f->n_runners)
		memcpy(r, f->runners, f->n_runners * sizeof *r);
	for (size_t i = 0; i < was->n_holds; i++)
		for (size_t k = 0; k < f->n_counters; k++)
			if (rq_ieq(c[k].key, was->holds[i].key) && c[k].n >= was->holds[i].amount)
				c[k].n -= was->holds[i].amount;
	for (size_t i = 0; i < f->n_runners; i++)
		if (rq_ieq(r[i].name, was->target)) {
			if (r[i].placed)
				r[i].placed--;
			else if (r[i].running)
				r[i].running--;
		}
	f->counters = c;
	f->runners = r;
}

/* ---- the question ---- */

static int decide(struct rq_cmd *cmd, const struct rq_snapshot *s)
{
	struct ask *a = cmd->state;
	struct rq_fleet fleet = { .n_runners = s->n_runners, .runners = s->runners, .n_counters = s->n_counters,
				  .counters = s->counters, .taken_at = s->taken_at };
	const struct rq_policy *policy = rq_cmd_on(cmd, "policy") ? a->source.policy : rq_policy_in_force(cmd->rq);
	struct rq_facts *facts = rq_arena_alloc(&cmd->arena, sizeof *facts);
	struct rq_decision d;

	if (a->was && a->was->outcome == RQ_OUTCOME_PLACED && a->was->governed && is_open(s, a->was->job_id))
		give_back(cmd, &fleet, a->was);
	rq_fleet_seal(&cmd->arena, &fleet);
	*facts = a->facts;
	rq_decide(&cmd->arena, policy, facts, &fleet, rq_now(), &d);
	d.trigger = "explain";
	d.by = rq_user(cmd->rq);
	if (a->was)
		d.job_id = a->was->job_id;
	return a->answer(cmd, &d);
}

static void load_fleet(struct rq_cmd *cmd)
{
	struct rq_want want = { .jobs = true, .runners = true, .counters = true };

	rq_cmd_load_local(cmd, &want, decide);
}

static void on_record(struct rq_cmd *cmd, struct rq_call *call)
{
	struct ask *a = cmd->state;
	struct rq_error e;

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	rq_call_keep(call);
	a->record = call;
	a->was = call->u.decision.decision;
	if (!a->was->facts) {
		rq_fail(&e, RQ_ENOTFOUND, "What decision %s looked at was not recorded; relayq explain shows what is known.",
			a->was->id);
		rq_cmd_done(cmd, rq_cmd_error(cmd, &e));
		return;
	}
	a->facts = *a->was->facts;
	load_fleet(cmd);
}

static int read_facts(struct rq_cmd *cmd, const char *file, struct rq_error *e)
{
	struct ask *a = cmd->state;
	char *text;
	size_t n;
	int rc = rq_file_read(file, FACTS_MAX, &text, &n, e);

	if (rc)
		return rc == RQ_ENOTFOUND ? (e->code = RQ_EUSAGE) : rc;
	rc = rq_facts_read(&cmd->arena, file, text, n, rq_now(), &a->facts, e);
	rq_free(text);
	return rc;
}

/* The policy is there: now the job. */
static void find_facts(struct rq_cmd *cmd)
{
	const char *file = rq_cmd_opt(cmd, "facts");
	struct rq_call *call;
	struct rq_error e;

	if (file) {
		if (read_facts(cmd, file, &e))
			rq_cmd_done(cmd, rq_cmd_error(cmd, &e));
		else
			load_fleet(cmd);
		return;
	}
	call = rq_cmd_call(cmd, RQ_VERB_DECISION, on_record);
	call->u.decision.id = rq_call_str(call, rq_cmd_arg(cmd, "JOB"));
	rq_cmd_start(cmd, call);
}

/* The policy in force was looked at. Without one that can be used nothing is decided. */
static void looked(void *ud)
{
	struct rq_cmd *cmd = ud;
	const struct rq_policy_info *info = rq_policy_info(cmd->rq);
	struct rq_error e;

	if (*info->error && !rq_policy_in_force(cmd->rq)) {
		rq_fail(&e, RQ_EUSAGE, "%s", info->error);
		rq_cmd_done(cmd, rq_cmd_error(cmd, &e));
		return;
	}
	if (*info->error)
		rq_cmd_warn(cmd, "%s", info->error);
	find_facts(cmd);
}

static int start(struct rq_cmd *cmd, int (*answer)(struct rq_cmd *, struct rq_decision *))
{
	struct ask *a = rq_arena_alloc(&cmd->arena, sizeof *a);

	a->answer = answer;
	cmd->state = a;
	cmd->release = release;
	if (rq_cmd_on(cmd, "policy"))
		rq_source_open(cmd, rq_cmd_opt(cmd, "policy"), true, &a->source, find_facts);
	else
		rq_look_policy(cmd->rq, looked, cmd);
	return RQ_CMD_PENDING;
}

/* ---- explain ---- */

static int show(struct rq_cmd *cmd, struct rq_decision *d)
{
	rq_cmd_show_decision(cmd, d);
	return RQ_EXIT_OK;
}

static int run_explain(struct rq_cmd *cmd)
{
	struct rq_error e;

	if (!rq_cmd_arg(cmd, "JOB") == !rq_cmd_on(cmd, "facts")) {
		rq_fail(&e, RQ_EUSAGE, "relayq policy explain needs a job, or --facts FILE, and not both.");
		return rq_cmd_error(cmd, &e);
	}
	return start(cmd, show);
}

/* ---- why-not ---- */

static const struct rq_candidate *candidate(const struct rq_decision *d, const char *name)
{
	for (size_t i = 0; i < d->n_candidates; i++)
		if (rq_ieq(d->candidates[i].name, name))
			return &d->candidates[i];
	return NULL;
}

static const char *class_name(char cls)
{
	return cls == 'P' ? "permanent" : cls == 'T' ? "for now" : cls == 'E' ? "error" : "note";
}

static void put(struct rq_str *out, const char *before, const char *s)
{
	if (!*s)
		return;
	rq_str_add(out, before);
	rq_text_clean(out, s, strlen(s), false);
}

/* What would have to change for R to go away; "" nothing. */
static const char *change(const struct rq_reason *r)
{
	return r->cls == 'I' ? "" : rq_advice(r->code);
}

static void reason_lines(const struct rq_reason *r, struct rq_str *out)
{
	rq_str_addf(out, "  %-20s %-9s", r->code, class_name(r->cls));
	put(out, "  ", r->fact);
	put(out, "  want ", r->want);
	put(out, "  got ", r->got);
	put(out, "  ", r->src);
	rq_str_addc(out, '\n');
	if (*change(r))
		rq_str_addf(out, "      to change that: %s\n", change(r));
}

static const char *headline(struct rq_cmd *cmd, const struct rq_decision *d, const struct rq_candidate *c)
{
	if (d->outcome == RQ_OUTCOME_PLACED && rq_ieq(d->target, c->name))
		return "the job goes there";
	if (!*c->tier)
		return rq_arena_fmt(&cmd->arena, "not a candidate of route %s: neither prefer nor fallback names it", d->route);
	if (c->pass && d->outcome == RQ_OUTCOME_PLACED)
		return rq_arena_fmt(&cmd->arena, "passes, but %s ranks before it", d->target);
	return c->pass ? "passes" : "does not pass";
}

static void rank_lines(const struct rq_decision *d, const struct rq_candidate *c, struct rq_str *out)
{
	const struct rq_candidate *won = candidate(d, d->target);

	if (!c->pass || !won || won == c)
		return;
	rq_str_addf(out, "  %s: ", c->name);
	rq_str_addf(out, "%s, place %d, score %lld\n", c->tier, c->pos + 1, (long long)c->total);
	rq_str_addf(out, "  %s: ", won->name);
	rq_str_addf(out, "%s, place %d, score %lld\n", won->tier, won->pos + 1, (long long)won->total);
}

static void job_line(const struct rq_decision *d, struct rq_str *out)
{
	put(out, "job ", *d->job_id ? d->job_id : "(of these facts)");
	put(out, " ", d->type);
	rq_str_addf(out, ": %s", rq_outcome_name(d->outcome));
	put(out, " -> ", d->target);
	put(out, " ", d->outcome == RQ_OUTCOME_PLACED ? "" : d->reason);
	put(out, "  policy ", d->policy);
	rq_str_addc(out, '\n');
}

static struct rq_json *why_json(struct rq_cmd *cmd, const struct rq_decision *d, const struct rq_candidate *c)
{
	struct rq_json *j = rq_json_object(), *all = rq_json_array(), *o;

	rq_json_set_str(j, "job_id", *d->job_id ? d->job_id : NULL);
	rq_json_set_str(j, "type", d->type);
	rq_json_set_str(j, "outcome", rq_outcome_name(d->outcome));
	rq_json_set_str(j, "target", *d->target ? d->target : NULL);
	rq_json_set_str(j, "runner", c->name);
	rq_json_set_str(j, "tier", *c->tier ? c->tier : NULL);
	rq_json_set_str(j, "verdict", c->pass ? "PASS" : "FAIL");
	rq_json_set_str(j, "text", headline(cmd, d, c));
	for (size_t i = 0; i < c->n_reasons; i++) {
		const struct rq_reason *r = &c->reasons[i];
		char cls[2] = { r->cls, 0 };

		o = rq_json_object();
		rq_json_set_str(o, "code", r->code);
		rq_json_set_str(o, "class", cls);
		rq_json_set_str(o, "fact", r->fact);
		rq_json_set_str(o, "op", r->op);
		rq_json_set_str(o, "want", r->want);
		rq_json_set_str(o, "got", r->got);
		rq_json_set_str(o, "src", r->src);
		rq_json_set_str(o, "change", change(r));
		rq_json_add(all, o);
	}
	rq_json_set(j, "reasons", all);
	return j;
}

static int why_not(struct rq_cmd *cmd, struct rq_decision *d)
{
	const char *name = rq_cmd_arg(cmd, "RUNNER");
	const struct rq_candidate *c = candidate(d, name);
	struct rq_error e;
	struct rq_str out;

	if (!c) {
		rq_fail(&e, RQ_ENOTFOUND, "There is no runner '%s'; relayq runners lists them.", name);
		return rq_cmd_error(cmd, &e);
	}
	if (rq_cmd_on(cmd, "json"))
		return rq_cmd_json(cmd, why_json(cmd, d, c));
	rq_str_init(&out, 0);
	job_line(d, &out);
	put(&out, "", c->name);
	put(&out, ": ", headline(cmd, d, c));
	rq_str_addc(&out, '\n');
	rank_lines(d, c, &out);
	for (size_t i = 0; i < c->n_reasons; i++)
		reason_lines(&c->reasons[i], &out);
	rq_cmd_print(cmd, &out);
	return RQ_EXIT_OK;
}

static int run_why_not(struct rq_cmd *cmd)
{
	return start(cmd, why_not);
}

static const struct rq_arg explain_args[] = {
	{ "JOB", RQ_VALUE_DECISION, RQ_ARG_OPTIONAL, "a job, or one of its decisions" },
	{ NULL },
};
static const struct rq_opt explain_opts[] = {
	{ "facts", 0, "FILE", RQ_VALUE_FILE, 0, "a job that could be: its facts, as YAML or JSON" },
	{ "policy", 0, "SPEC", RQ_VALUE_FILE, 0, "decide by this one: a file, repo:PATH@REV, or a revision" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};
static const struct rq_arg why_args[] = {
	{ "JOB", RQ_VALUE_DECISION, 0, "a job, or one of its decisions" },
	{ "RUNNER", RQ_VALUE_RUNNER, 0, "the runner in question" },
	{ NULL },
};
static const struct rq_opt why_opts[] = {
	{ "policy", 0, "SPEC", RQ_VALUE_FILE, 0, "decide by this one: a file, repo:PATH@REV, or a revision" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_policy_explain = {
	.name = "policy explain",
	.summary = "Decide about a job now, and tell why, without changing anything",
	.details = "The job's facts are those of its record; the fleet and the policy are those of now. relayq explain shows the "
		   "record itself.",
	.args = explain_args,
	.opts = explain_opts,
	.flags = RQ_CMD_NEEDS_JOB,
	.exec = run_explain,
};
const struct rq_command rq_cmd_policy_why_not = {
	.name = "policy why-not",
	.summary = "Tell what keeps a job from a runner, and what would change it",
	.args = why_args,
	.opts = why_opts,
	.flags = RQ_CMD_NEEDS_JOB,
	.exec = run_why_not,
};
