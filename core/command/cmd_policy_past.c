/* cmd_policy_past.c - recorded decisions under other policies: plan, replay. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/policy_src.h"
#include "core/command/rows.h"
#include "core/policy/diff.h"
#include "core/policy/replay.h"

/* What is simulated is held whole; what is decided one by one is not. */
enum { DECISIONS_MAX = 100000, SIMULATED_MAX = 10000 };

/* The policies that recorded decisions were made by, for their classes of privacy. */
struct known {
	struct known *next;
	const char *oid;
	bool asked;
	struct rq_source source;        /* its policy is NULL where the text is not kept */
};

struct past {
	struct rq_source a, b;          /* plan: A..B; replay: B alone */
	const char *range_b;
	bool plan, simulated, recorded; /* RECORDED: each by its own policy */
	struct rq_replay_report report;
	struct known *known;
	size_t n, cap, n_calls, calls_cap;
	const struct rq_journal_entry **v;      /* of the kept pages */
	struct rq_call **calls;
	uint64_t call;                  /* asking for a text */
	int64_t since;
};

static void release(struct rq_cmd *cmd)
{
	struct past *p = cmd->state;

	for (size_t i = 0; i < p->n_calls; i++)
		rq_call_free(p->calls[i]);
	for (struct known *k = p->known; k; k = k->next)
		rq_source_release(&k->source);
	rq_free(p->calls);
	rq_free(p->v);
	rq_replay_report_release(&p->report);
	rq_source_release(&p->a);
	rq_source_release(&p->b);
}

/* ---- pages ---- */

static struct known *find_known(struct past *p, const char *oid)
{
	for (struct known *k = p->known; k; k = k->next)
		if (!strcmp(k->oid, oid))
			return k;
	return NULL;
}

static const struct rq_policy *policy_of(void *ud, const struct rq_decision *d)
{
	struct known *k = find_known(ud, d->policy_oid);

	return k ? k->source.policy : NULL;
}

static const char *decide_again(struct past *p, struct rq_arena *a, const struct rq_journal_entry *e, struct rq_replay_side *s)
{
	const struct rq_policy *policy = p->recorded ? policy_of(p, &e->decision) : p->b.policy;
	const char *missing = rq_replay_again(a, policy, e, s);

	return p->recorded && !policy && *e->decision.policy_oid ? "policy" : missing;
}

/* First time: which texts are needed. */
static void collect(struct rq_cmd *cmd, struct rq_call *call)
{
	struct past *p = cmd->state;

	for (size_t i = 0; i < call->u.journal.n; i++) {
		const char *oid = call->u.journal.v[i].decision.policy_oid;
		struct known *k;

		if (!*oid || find_known(p, oid))
			continue;
		k = rq_arena_alloc(&cmd->arena, sizeof *k);
		k->oid = rq_arena_str(&cmd->arena, oid);
		k->next = p->known;
		p->known = k;
	}
}

static void add(struct past *p, const struct rq_journal_entry *e)
{
	struct rq_arena a = { 0 };
	struct rq_replay_result r = { .decision_id = e->decision.id, .job_id = e->decision.job_id, .type = e->decision.type,
				      .at = e->decision.at };

	if (p->plan)
		r.missing = rq_replay_again(&a, p->a.policy, e, &r.was);
	else
		rq_replay_side(&a, policy_of(p, &e->decision), &e->decision, &r.was);
	if (!r.missing)
		r.missing = decide_again(p, &a, e, &r.now);
	rq_replay_judge(&r);
	rq_replay_add(&p->report, &r);
	rq_arena_release(&a);
}

static void keep(struct past *p, struct rq_call *call)
{
	rq_call_keep(call);
	RQ_GROW(p->calls, p->n_calls, &p->calls_cap);
	p->calls[p->n_calls++] = call;
	for (size_t i = 0; i < call->u.journal.n; i++) {
		RQ_GROW(p->v, p->n, &p->cap);
		p->v[p->n++] = &call->u.journal.v[i];
	}
}

/* Second time: a page is decided as it comes, and forgotten; a history must be whole. */
static void use(struct rq_cmd *cmd, struct rq_call *call)
{
	struct past *p = cmd->state;

	if (p->simulated)
		keep(p, call);
	else
		for (size_t i = 0; i < call->u.journal.n; i++)
			add(p, &call->u.journal.v[i]);
}

/* ---- the answer ---- */

static int no_history(struct rq_cmd *cmd)
{
	struct past *p = cmd->state;
	struct rq_arena *a = &cmd->arena;
	struct rq_diff d;
	struct rq_str out;
	int status;

	rq_policy_diff(a, p->a.policy, p->b.policy, &d);
	rq_str_init(&out, 0);
	rq_str_add(&out, "No decision is recorded in this time; the policies differ in this:\n");
	rq_diff_render(&d, p->a.name, p->b.name, &out);
	if (!d.n) {
		rq_str_clear(&out);
		rq_str_add(&out, "No decision is recorded in this time, and the policies say the same.\n");
	}
	status = d.n ? RQ_EXIT_FAILED : RQ_EXIT_OK;
	rq_diff_release(&d);
	rq_cmd_print(cmd, &out);
	return status;
}

static int tell(struct rq_cmd *cmd)
{
	struct past *p = cmd->state;
	bool only = rq_cmd_on(cmd, "only-changed");
	struct rq_str out;

	rq_replay_end(&p->report);
	if (rq_cmd_on(cmd, "json")) {
		rq_cmd_json(cmd, rq_replay_json(&p->report, only));
		return rq_replay_same(&p->report) ? RQ_EXIT_OK : RQ_EXIT_FAILED;
	}
	if (p->plan && !p->report.n)
		return no_history(cmd);
	rq_str_init(&out, 64 << 20);
	if (p->plan)
		rq_str_addf(&out, "%s -> %s\n", p->a.name, p->b.name);
	rq_replay_render(&p->report, only || p->plan, &out);
	rq_cmd_print(cmd, &out);
	return rq_replay_same(&p->report) ? RQ_EXIT_OK : RQ_EXIT_FAILED;
}

static bool failed(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	struct past *p = cmd->state;

	/* A queue that keeps no decisions: the policies alone are compared. */
	if (!code || (p->plan && code == RQ_EUNSUPPORTED))
		return false;
	rq_cmd_done(cmd, rq_cmd_error(cmd, e));
	return true;
}

static void finish(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	struct past *p = cmd->state;

	if (failed(cmd, code, e))
		return;
	if (p->simulated)
		rq_replay_simulate(p->b.policy, p->v, p->n, policy_of, p, &p->report);
	rq_cmd_done(cmd, tell(cmd));
}

static void decide_all(struct rq_cmd *cmd)
{
	struct past *p = cmd->state;

	rq_journal_read(cmd, p->since, p->simulated ? SIMULATED_MAX : DECISIONS_MAX, use, finish);
}

/* ---- the policies of the records ---- */

static void next_text(struct rq_cmd *cmd);

static void take_text(struct known *k, const char *text)
{
	k->source.name = k->oid;
	k->source.n = strlen(text);
	k->source.text = rq_strndup(text, k->source.n);
	(void)rq_source_load(&k->source);
}

static void on_text(struct rq_call *call, void *ud)
{
	struct rq_cmd *cmd = ud;
	struct past *p = cmd->state;
	struct known *k = find_known(p, call->u.policy.oid);

	p->call = 0;
	if (call->code == RQ_ECANCELLED) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	/* What cannot be had is a class of privacy that nobody knows, and no reason to stop. */
	if (call->code == RQ_OK && call->u.policy.found_text)
		take_text(k, call->u.policy.found_text);
	next_text(cmd);
}

static void give_up(struct rq_cmd *cmd)
{
	rq_abort(cmd->rq, ((struct past *)cmd->state)->call);
}

static void next_text(struct rq_cmd *cmd)
{
	struct past *p = cmd->state;
	struct known *k = p->known;
	struct rq_call *call;

	while (k && k->asked)
		k = k->next;
	if (!k) {
		decide_all(cmd);
		return;
	}
	k->asked = true;
	call = rq_call_new(RQ_VERB_POLICY, on_text, cmd);
	call->u.policy.oid = rq_call_str(call, k->oid);
	cmd->abort = give_up;
	p->call = rq_start(cmd->rq, call);
}

static void collected(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	if (!failed(cmd, code, e))
		next_text(cmd);
}

static void read_journal(struct rq_cmd *cmd)
{
	struct past *p = cmd->state;

	p->since = rq_since(cmd, "7d");
	rq_replay_report_init(&p->report, p->simulated ? "simulated" : "pointwise");
	if (p->plan)
		decide_all(cmd);
	else
		rq_journal_read(cmd, p->since, DECISIONS_MAX, collect, collected);
}

/* ---- replay ---- */

static struct past *begin(struct rq_cmd *cmd)
{
	struct past *p = rq_arena_alloc(&cmd->arena, sizeof *p);

	cmd->state = p;
	cmd->release = release;
	return p;
}

static int run_replay(struct rq_cmd *cmd)
{
	struct past *p = begin(cmd);
	struct rq_error e;

	p->simulated = rq_cmd_on(cmd, "simulated");
	p->recorded = rq_eq(rq_cmd_opt(cmd, "policy"), "recorded");
	if (p->recorded && p->simulated) {
		rq_fail(&e, RQ_EUSAGE, "--simulated needs one policy for all: name one with --policy.");
		return rq_cmd_error(cmd, &e);
	}
	if (p->recorded || rq_eq(rq_cmd_opt(cmd, "policy"), "built-in"))
		read_journal(cmd);
	else
		rq_source_open(cmd, rq_cmd_opt(cmd, "policy"), true, &p->b, read_journal);
	return RQ_CMD_PENDING;
}

/* ---- plan ---- */

static void open_b(struct rq_cmd *cmd)
{
	struct past *p = cmd->state;

	rq_source_open(cmd, p->range_b, true, &p->b, read_journal);
}

static int run_plan(struct rq_cmd *cmd)
{
	struct past *p = begin(cmd);
	const char *a;
	struct rq_error e;

	p->plan = true;
	if (rq_revisions(cmd, rq_cmd_arg(cmd, "A..B"), &a, &p->range_b, &e))
		return rq_cmd_error(cmd, &e);
	rq_source_open(cmd, a, true, &p->a, open_b);
	return RQ_CMD_PENDING;
}

static const struct rq_arg plan_args[] = {
	{ "A..B", RQ_VALUE_TEXT, 0, "two revisions of git, or files; without B the file as it stands" },
	{ NULL },
};
static const struct rq_opt plan_opts[] = {
	{ "since", 0, "D", RQ_VALUE_DURATION, 0, "the decisions of this time", "7d" },
	{ "file", 0, "PATH", RQ_VALUE_FILE, 0, "the policy's file; else that of the one in force" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};
static const struct rq_opt replay_opts[] = {
	{ "since", 0, "D", RQ_VALUE_DURATION, 0, "the decisions of this time", "7d" },
	{ "policy", 0, "REV", RQ_VALUE_FILE, 0,
	  "a revision, a file, a text's id, recorded, or built-in; else the file as it stands" },
	{ "file", 0, "PATH", RQ_VALUE_FILE, 0, "the policy's file; else that of the one in force" },
	{ "only-changed", 0, NULL, RQ_VALUE_TEXT, 0, "list only what would be decided otherwise" },
	{ "simulated", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY,
	  "let jobs take their runners' time as they did, one after the other" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_policy_plan = {
	.name = "policy plan",
	.summary = "Tell what a change of the policy would have changed",
	.details = "All recorded decisions of the time are made again under both. Leaves with 0 when nothing "
		   "differs, with 1 when something does. With no decision recorded it tells how the policies differ.",
	.args = plan_args,
	.opts = plan_opts,
	.exec = run_plan,
};
const struct rq_command rq_cmd_policy_replay = {
	.name = "policy replay",
	.summary = "Compare what was decided with what a policy would have decided",
	.details = "Facts, fleet and moment are those of the records, never those of now. Leaves with 0 when "
		   "nothing differs, with 1 when something does.",
	.opts = replay_opts,
	.exec = run_replay,
};
