/* cmd_policy_log.c - the policy's own history: diff, log, verify-chain. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/command/policy_src.h"
#include "core/command/rows.h"
#include "core/policy/diff.h"
#include "core/sys/git.h"

/* ---- diff ---- */

struct diff {
	struct rq_source a, b;
	const char *range_b;
};

static void release_diff(struct rq_cmd *cmd)
{
	struct diff *d = cmd->state;

	rq_source_release(&d->a);
	rq_source_release(&d->b);
}

static int tell_diff(struct rq_cmd *cmd)
{
	struct diff *s = cmd->state;
	struct rq_str out;
	struct rq_diff d;
	int status;

	rq_policy_diff(&cmd->arena, s->a.policy, s->b.policy, &d);
	status = d.n ? RQ_EXIT_FAILED : RQ_EXIT_OK;
	if (rq_cmd_on(cmd, "json")) {
		rq_cmd_json(cmd, rq_diff_json(&d));
	} else {
		rq_str_init(&out, 0);
		rq_diff_render(&d, s->a.name, s->b.name, &out);
		rq_cmd_print(cmd, &out);
	}
	rq_diff_release(&d);
	return status;
}

static void diff_ready(struct rq_cmd *cmd)
{
	rq_cmd_done(cmd, tell_diff(cmd));
}

static void diff_open_b(struct rq_cmd *cmd)
{
	struct diff *d = cmd->state;

	rq_source_open(cmd, d->range_b, true, &d->b, diff_ready);
}

static int run_diff(struct rq_cmd *cmd)
{
	struct diff *d = rq_arena_alloc(&cmd->arena, sizeof *d);
	const char *a;
	struct rq_error e;

	cmd->state = d;
	cmd->release = release_diff;
	if (rq_revisions(cmd, rq_cmd_arg(cmd, "A..B"), &a, &d->range_b, &e))
		return rq_cmd_error(cmd, &e);
	rq_source_open(cmd, a, true, &d->a, diff_open_b);
	return RQ_CMD_PENDING;
}

/* ---- log ---- */

enum { REVISIONS = 20, REVISIONS_MAX = 200, DECISIONS_MAX = 1000000, OUTCOMES = RQ_OUTCOME_ERROR + 1 };

struct count {
	const char *oid;
	size_t n[OUTCOMES];
	bool in_log;
};

struct revision {
	const char *commit, *oid, *subject, *author;
	int64_t at;
	struct rq_source source;
};

struct log {
	const char *dir, *path;
	struct revision *v;             /* newest first; one more than shown, for the changes of the last */
	size_t n, shown, next;
	struct count *counts;
	size_t n_counts, cap;
	struct rq_git *git;
};

static void release_log(struct rq_cmd *cmd)
{
	struct log *l = cmd->state;

	for (size_t i = 0; i < l->n; i++)
		rq_source_release(&l->v[i].source);
	rq_free(l->counts);
	rq_git_free(l->git);
}

static struct count *count_of(struct rq_cmd *cmd, const char *oid)
{
	struct log *l = cmd->state;

	for (size_t i = 0; i < l->n_counts; i++)
		if (!strcmp(l->counts[i].oid, oid))
			return &l->counts[i];
	RQ_GROW(l->counts, l->n_counts, &l->cap);
	l->counts[l->n_counts] = (struct count){ .oid = rq_arena_str(&cmd->arena, oid) };
	return &l->counts[l->n_counts++];
}

static void count_page(struct rq_cmd *cmd, struct rq_call *call)
{
	for (size_t i = 0; i < call->u.journal.n; i++) {
		const struct rq_decision *d = &call->u.journal.v[i].decision;

		count_of(cmd, d->policy_oid)->n[d->outcome]++;
	}
}

static size_t total(const struct count *c)
{
	size_t n = 0;

	for (int i = 0; i < OUTCOMES; i++)
		n += c->n[i];
	return n;
}

static void count_text(const struct count *c, struct rq_str *out)
{
	const char *between = ": ";

	rq_str_addf(out, "%zu decision%s", total(c), total(c) == 1 ? "" : "s");
	for (int i = 0; i < OUTCOMES; i++)
		if (c->n[i]) {
			rq_str_addf(out, "%s%zu %s", between, c->n[i], rq_outcome_name((enum rq_outcome)i));
			between = ", ";
		}
}

static void put(struct rq_str *out, const char *s)
{
	rq_text_clean(out, s, strlen(s), false);
}

/* The changes of revision I against the one before it; false: one of them cannot be read. */
static bool changes(struct rq_cmd *cmd, size_t i, struct rq_diff *d)
{
	struct log *l = cmd->state;
	const struct rq_policy *before = i + 1 < l->n ? l->v[i + 1].source.policy : NULL;

	*d = (struct rq_diff){ 0 };
	if (!l->v[i].source.policy || (i + 1 < l->n && !before))
		return false;
	if (i + 1 < l->n)
		rq_policy_diff(&cmd->arena, before, l->v[i].source.policy, d);
	return true;
}

static void indent(const char *text, struct rq_str *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		rq_str_addf(out, "    %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void revision_text(struct rq_cmd *cmd, size_t i, struct rq_str *out)
{
	struct log *l = cmd->state;
	const struct revision *r = &l->v[i];
	struct count *c = count_of(cmd, r->oid);
	struct rq_str lines;
	struct rq_diff d;

	c->in_log = true;
	rq_str_addf(out, "%.7s  %.7s  %s  ", r->commit, r->oid, rq_cell_age(cmd, r->at));
	put(out, r->author);
	rq_str_add(out, ": ");
	put(out, r->subject);
	rq_str_add(out, "\n    ");
	count_text(c, out);
	rq_str_addc(out, '\n');
	rq_str_init(&lines, 0);
	if (!changes(cmd, i, &d))
		rq_str_add(&lines, "this version, or the one before it, is no policy that loads\n");
	else if (i + 1 == l->n)
		rq_str_add(&lines, "the first version\n");
	else
		rq_diff_render(&d, "", "", &lines);
	indent(rq_str_get(&lines), out);
	rq_diff_release(&d);
	rq_str_release(&lines);
}

static void log_text(struct rq_cmd *cmd)
{
	struct log *l = cmd->state;
	struct rq_str out;

	rq_str_init(&out, 0);
	for (size_t i = 0; i < l->shown; i++)
		revision_text(cmd, i, &out);
	for (size_t i = 0; i < l->n_counts; i++) {
		if (l->counts[i].in_log || !total(&l->counts[i]))
			continue;
		rq_str_addf(&out, "%s%.7s: ", *l->counts[i].oid ? "not among these: " : "no policy file", l->counts[i].oid);
		count_text(&l->counts[i], &out);
		rq_str_addc(&out, '\n');
	}
	rq_cmd_print(cmd, &out);
}

static struct rq_json *revision_json(struct rq_cmd *cmd, size_t i)
{
	struct log *l = cmd->state;
	const struct revision *r = &l->v[i];
	const struct count *c = count_of(cmd, r->oid);
	struct rq_json *j = rq_json_object(), *n = rq_json_object();
	char at[RQ_TIME_LEN];
	struct rq_diff d;

	rq_json_set_str(j, "commit", r->commit);
	rq_json_set_str(j, "oid", r->oid);
	rq_json_set_str(j, "subject", r->subject);
	rq_json_set_str(j, "author", r->author);
	rq_json_set_str(j, "committed_at", rq_time_rfc3339(r->at, false, at));
	for (int k = 0; k < OUTCOMES; k++)
		rq_json_set_int(n, rq_outcome_name((enum rq_outcome)k), (int64_t)c->n[k]);
	rq_json_set(j, "decisions", n);
	if (changes(cmd, i, &d))
		rq_json_set(j, "changes", rq_diff_json(&d));
	else
		rq_json_set_null(j, "changes");
	rq_diff_release(&d);
	return j;
}

static void counted(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	struct log *l = cmd->state;
	struct rq_json *all;

	/* A queue that keeps no decisions has none to count. */
	if (code && code != RQ_EUNSUPPORTED) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, e));
		return;
	}
	if (!rq_cmd_on(cmd, "json")) {
		log_text(cmd);
	} else {
		all = rq_json_array();
		for (size_t i = 0; i < l->shown; i++)
			rq_json_add(all, revision_json(cmd, i));
		rq_cmd_json(cmd, all);
	}
	rq_cmd_done(cmd, RQ_EXIT_OK);
}

/* Texts one by one, then the journal. */
static void next_text(struct rq_cmd *cmd);

static void got_text(struct rq_cmd *cmd, int code, const struct rq_error *e)
{
	struct log *l = cmd->state;
	struct rq_source *s = &l->v[l->next++].source;

	if (code == RQ_ECANCELLED) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, e));
		return;
	}
	if (!code)
		(void)rq_source_load(s);
	next_text(cmd);
}

static void next_text(struct rq_cmd *cmd)
{
	struct log *l = cmd->state;

	if (l->next < l->n)
		rq_source_get(cmd, l->v[l->next].commit, true, &l->v[l->next].source, got_text);
	else
		rq_journal_read(cmd, 0, DECISIONS_MAX, count_page, counted);
}

static void on_log(void *ud, const struct rq_git_answer *a)
{
	struct rq_cmd *cmd = ud;
	struct log *l = cmd->state;
	struct rq_error e = a->err;

	cmd->abort = NULL;
	if (a->code) {
		e.code = a->code;
		rq_source_missing(cmd, &e);
		return;
	}
	l->v = rq_arena_alloc(&cmd->arena, (a->n + 1) * sizeof *l->v);
	l->n = a->n;
	l->shown = a->n < l->shown ? a->n : l->shown;
	for (size_t i = 0; i < a->n; i++) {
		const struct rq_git_commit *c = &a->commits[i];

		l->v[i] = (struct revision){ .commit = rq_arena_str(&cmd->arena, c->commit),
					     .oid = rq_arena_str(&cmd->arena, c->oid),
					     .subject = rq_arena_str(&cmd->arena, c->subject),
					     .author = rq_arena_str(&cmd->arena, c->author), .at = c->at };
	}
	rq_git_free(l->git);
	l->git = NULL;
	next_text(cmd);
}

static void give_up(struct rq_cmd *cmd)
{
	struct rq_error e;

	rq_fail(&e, RQ_ECANCELLED, "Given up.");
	rq_cmd_done(cmd, rq_cmd_error(cmd, &e));
}

static int run_log(struct rq_cmd *cmd)
{
	struct log *l = rq_arena_alloc(&cmd->arena, sizeof *l);
	int64_t limit = rq_cmd_int(cmd, "limit", REVISIONS);
	struct rq_error e;

	cmd->state = l;
	cmd->release = release_log;
	if (limit < 1 || limit > REVISIONS_MAX) {
		rq_fail(&e, RQ_EUSAGE, "--limit goes from 1 to %d.", REVISIONS_MAX);
		return rq_cmd_error(cmd, &e);
	}
	if (!rq_policy_repo_of(cmd, &l->dir, &l->path)) {
		rq_fail(&e, RQ_EUSAGE, "The policy is in no git work tree; --file names one that is.");
		return rq_cmd_error(cmd, &e);
	}
	l->shown = (size_t)limit;
	cmd->abort = give_up;
	l->git = rq_git_log(cmd->loop, l->dir, l->path, NULL, l->shown + 1, on_log, cmd);
	return RQ_CMD_PENDING;
}

/* ---- verify-chain ---- */

static void verified(struct rq_cmd *cmd, struct rq_call *call)
{
	struct rq_json *j;
	struct rq_error e;
	bool ok = !call->u.verify.bad_seq;

	if (call->code) {
		rq_cmd_done(cmd, rq_cmd_error(cmd, &call->err));
		return;
	}
	if (rq_cmd_on(cmd, "json")) {
		j = rq_json_object();
		rq_json_set_bool(j, "ok", ok);
		rq_json_set_int(j, "checked", call->u.verify.checked);
		rq_json_set_int(j, "first_seq", call->u.verify.first_seq);
		rq_json_set_int(j, "last_seq", call->u.verify.last_seq);
		if (!ok) {
			rq_json_set_int(j, "bad_seq", call->u.verify.bad_seq);
			rq_json_set_str(j, "what", call->u.verify.what);
		}
		rq_cmd_json(cmd, j);
	} else if (ok && !call->u.verify.checked) {
		rq_cmd_message(cmd, "No decision is recorded.");
	} else if (ok) {
		rq_cmd_message(cmd, "%lld decisions, %lld to %lld: the chain holds.", (long long)call->u.verify.checked,
			       (long long)call->u.verify.first_seq, (long long)call->u.verify.last_seq);
	} else {
		rq_fail(&e, RQ_EFAILED, "The chain of decisions is broken at number %lld: %s.", (long long)call->u.verify.bad_seq,
			call->u.verify.what);
		rq_cmd_error(cmd, &e);
	}
	rq_cmd_done(cmd, ok ? RQ_EXIT_OK : RQ_EXIT_FAILED);
}

static int run_verify(struct rq_cmd *cmd)
{
	return rq_cmd_start(cmd, rq_cmd_call(cmd, RQ_VERB_VERIFY, verified));
}

static const struct rq_arg diff_args[] = {
	{ "A..B", RQ_VALUE_TEXT, 0, "two revisions of git, or files; without B the file as it stands" },
	{ NULL },
};
static const struct rq_opt diff_opts[] = {
	{ "file", 0, "PATH", RQ_VALUE_FILE, 0, "the policy's file; else that of the one in force" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};
static const struct rq_opt log_opts[] = {
	{ "limit", 0, "N", RQ_VALUE_INT, 0, "at most N revisions", "20" },
	{ "file", 0, "PATH", RQ_VALUE_FILE, 0, "the policy's file; else that of the one in force" },
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON array" },
	{ NULL },
};
static const struct rq_opt verify_opts[] = {
	{ "json", 0, NULL, RQ_VALUE_TEXT, RQ_OPT_CLI_ONLY, "print one JSON object" },
	{ NULL },
};

const struct rq_command rq_cmd_policy_diff = {
	.name = "policy diff",
	.summary = "Tell what two versions of the policy say differently",
	.details = "Routes, rules and limits are compared, not lines. Leaves with 0 when they say the same, else with 1.",
	.args = diff_args,
	.opts = diff_opts,
	.exec = run_diff,
};
const struct rq_command rq_cmd_policy_log = {
	.name = "policy log",
	.summary = "List the policy's versions, what each changed and decided",
	.opts = log_opts,
	.exec = run_log,
};
const struct rq_command rq_cmd_policy_verify = {
	.name = "policy verify-chain",
	.summary = "Check that no recorded decision was changed or taken out",
	.details = "Each record's hash covers its text and the hash before it. What was dropped by age does not break the chain.",
	.opts = verify_opts,
	.exec = run_verify,
};
