/* relayq_decide.c - deciding about what a request asks for: facts, fleet, record; and saying what came out of it. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/rand.h"
#include "core/base/str.h"
#include "core/context.h"
#include "core/policy/decide.h"

enum { SENTENCE_MAX = 500, NEAR_MAX = 3 };

/* --- facts ------------------------------------------------------------------------------- */

/* What a submission that names no labels asks for; shared, since it never changes. */
const struct rq_labels *rq_wanted_labels(const struct rq_labels *l, const char *target)
{
	static const char *const one[] = { "self-hosted" };
	static const struct rq_labels standard = { 1, (const char **)(uintptr_t)one };
	static const struct rq_labels none = { 0, NULL };

	if (l->n)
		return l;
	return target && *target ? &none : &standard;
}

struct rq_facts rq_facts_of_submission(const struct rq_submission *s, const char *by)
{
	return (struct rq_facts){
		.type = s->type ? s->type : "command", .labels = rq_wanted_labels(&s->labels, s->target),
		.target = s->target ? s->target : "", .n_params = s->n_params, .params = s->params,
		.submitter = by, .source = s->source ? s->source : "cli", .priority = s->priority, .attempt = 1,
		.run_at = s->run_at, .blocked = s->n_after > 0,
	};
}

struct rq_facts rq_facts_of_job(const struct rq_job_detail *d)
{
	const struct rq_job *j = &d->job;

	return (struct rq_facts){
		.type = j->type, .labels = &d->asked, .target = d->asked_target, .n_params = d->n_params, .params = d->params,
		.submitter = d->submitter, .source = d->source, .priority = j->priority, .attempt = j->run_attempt,
		.created_at = j->created_at, .run_at = j->run_at,
		.blocked = rq_eq(j->reason, RQ_WHY_DEPENDENCY_PENDING), .retrying = rq_eq(j->reason, RQ_WHY_RETRY_BACKOFF),
	};
}

/* --- the fleet --------------------------------------------------------------------------- */

struct rq_fleet rq_fleet_of(const struct rq_snapshot *s)
{
	return (struct rq_fleet){ .n_runners = s->n_runners, .runners = s->runners, .n_counters = s->n_counters,
				  .counters = s->counters, .taken_at = s->taken_at };
}

/* As it will be when D's job has been placed: what comes next in the same request is decided about that. */
static const struct rq_fleet *after(struct rq_arena *a, const struct rq_fleet *before, const struct rq_decision *d)
{
	struct rq_fleet *f = rq_arena_alloc(a, sizeof *f);

	*f = *before;
	rq_fleet_take(a, f, d->target, d->holds, d->n_holds, 1);
	rq_fleet_seal(a, f);
	return f;
}

/* --- one decision ------------------------------------------------------------------------ */

void rq_deciding_init(struct rq_deciding *x, struct relayq *rq, struct rq_arena *a, const struct rq_policy *policy,
		      const struct rq_snapshot *runners, const char *by)
{
	struct rq_fleet *f = rq_arena_alloc(a, sizeof *f);

	*f = rq_fleet_of(runners);
	rq_fleet_seal(a, f);
	*x = (struct rq_deciding){ rq, a, policy, f, by };
}

static const char *pointers(struct rq_arena *a, struct rq_json *list)
{
	const char *out = "";
	struct rq_str s;

	if (rq_json_len(list)) {
		rq_str_init(&s, 0);
		rq_json_print(list, &s, false);
		out = rq_arena_str(a, rq_str_get(&s));
		rq_str_release(&s);
	}
	rq_json_free(list);
	return out;
}

static void fill_policy(const struct rq_deciding *x, struct rq_decision *d)
{
	const struct rq_policy_file *f = x->rq->policy_file;

	if (!x->policy)
		return;
	d->policy_text = x->policy->text;
	/* What was held may have been replaced since; its commit is known no more. */
	if (rq_policy_file_policy(f) != x->policy)
		return;
	d->commit_oid = rq_arena_str(x->a, rq_policy_file_commit(f));
	d->dirty = rq_policy_file_dirty(f);
}

struct rq_decision *rq_decide_one(struct rq_deciding *x, const struct rq_facts *raw, const char *trigger, const char *note,
				  const char *prev)
{
	struct rq_decision *d = rq_arena_alloc(x->a, sizeof *d);
	struct rq_facts *f = rq_arena_alloc(x->a, sizeof *f);
	char *id = rq_arena_alloc(x->a, RQ_ULID_LEN);
	struct rq_json *masked, *erased;

	rq_facts_normalise(x->a, raw, f, &masked, &erased);
	rq_decide(x->a, x->policy, f, x->fleet, rq_now(), d);
	rq_ulid(id);
	d->id = id;
	d->trigger = trigger;
	d->by = x->by;
	d->note = note ? note : "";
	d->prev_id = prev ? prev : "";
	d->masked = pointers(x->a, masked);
	d->erased = pointers(x->a, erased);
	fill_policy(x, d);
	if (d->governed && d->outcome == RQ_OUTCOME_PLACED)
		x->fleet = after(x->a, x->fleet, d);
	return d;
}

/* The route's limit is the default, and no submission gets more. */
int64_t rq_timeout_of(const struct relayq *rq, const struct rq_submission *s, const struct rq_decision *d)
{
	int64_t most = d->governed ? d->timeout_ms : 0;

	if (s->timeout_ms && most)
		return s->timeout_ms < most ? s->timeout_ms : most;
	if (s->timeout_ms || most)
		return s->timeout_ms ? s->timeout_ms : most;
	return rq_config_int(rq->config, "jobs.timeout");
}

/* --- saying it --------------------------------------------------------------------------- */

static const char *code_text(const char *code)
{
	const struct rq_code_kind *k = rq_code_kind(code);

	return k ? k->text : "";
}

/* What a candidate failed for: the reason that the whole decision names, else the weightiest. NULL none. */
static const struct rq_reason *main_reason(const struct rq_decision *d, const struct rq_candidate *c)
{
	const struct rq_reason *r = NULL;
	size_t i;

	for (i = 0; i < c->n_reasons; i++) {
		if (rq_eq(c->reasons[i].code, d->reason))
			return &c->reasons[i];
		if (c->reasons[i].cls != 'I' && (!r || (r->cls != 'P' && c->reasons[i].cls == 'P')))
			r = &c->reasons[i];
	}
	return r;
}

/* "macmini 5000 MB, wanted 1000 MB", with the code where it is not the decision's. */
static void add_candidate(struct rq_str *s, const struct rq_decision *d, const struct rq_candidate *c)
{
	const struct rq_reason *r = main_reason(d, c);

	rq_str_addf(s, "%s%s%s", s->len ? "; " : "", c->name, *c->name ? ": " : "");
	if (r && !rq_eq(r->code, d->reason))
		rq_str_addf(s, "%s%s", r->code, *r->got || *r->want ? ", " : "");
	if (r && *r->got)
		rq_str_addf(s, "%s%s", r->got, *r->want ? ", " : "");
	if (r && *r->want)
		rq_str_addf(s, "wanted %s", r->want);
}

/* What holds for all candidates alike is said once. */
static bool all_alike(const struct rq_decision *d)
{
	const struct rq_reason *first = d->n_candidates ? main_reason(d, &d->candidates[0]) : NULL, *r;
	size_t i;

	for (i = 1; first && i < d->n_candidates; i++) {
		r = main_reason(d, &d->candidates[i]);
		if (!r || !rq_eq(r->code, first->code) || !rq_eq(r->got, first->got) || !rq_eq(r->want, first->want))
			return false;
	}
	return first != NULL;
}

static void add_why(struct rq_str *s, const struct rq_decision *d)
{
	struct rq_candidate all;
	size_t i;

	if (all_alike(d)) {
		all = d->candidates[0];
		all.name = d->n_candidates == 1 ? all.name : "";
		add_candidate(s, d, &all);
		return;
	}
	for (i = 0; i < d->n_candidates && i < NEAR_MAX; i++)
		add_candidate(s, d, &d->candidates[i]);
	if (i < d->n_candidates)
		rq_str_addf(s, "; and %zu more", d->n_candidates - i);
}

int rq_refusal(const struct rq_decision *d, struct rq_error *e)
{
	struct rq_str s;
	int code;

	rq_str_init(&s, SENTENCE_MAX);
	add_why(&s, d);
	code = rq_fail(e, RQ_EREFUSED,
		       "The policy refuses this %.40s job: %s, %s%s%.200s%s. `relayq explain %s` tells all of it.", d->type,
		       d->reason, code_text(d->reason), s.len ? " (" : "", rq_str_get(&s), s.len ? ")" : "", d->id);
	rq_str_release(&s);
	return code;
}

/* --- previews ---------------------------------------------------------------------------- */

/* A copy in A: who shows the preview keeps it longer than the snapshot lives. */
static int copy_fleet(struct rq_arena *a, const struct rq_snapshot *s, struct rq_fleet *out, struct rq_error *e)
{
	struct rq_fleet f = rq_fleet_of(s);
	struct rq_json *j;
	int code;

	rq_fleet_seal(a, &f);
	code = rq_json_parse(f.json, strlen(f.json), &j, e);
	if (code)
		return code;
	code = rq_fleet_from_json(a, j, out, e);
	rq_json_free(j);
	out->taken_at = f.taken_at;
	out->json = f.json;
	out->sha256 = f.sha256;
	return code;
}

/* Of a view of several queues, the runners of the one that it is for. */
static struct rq_snapshot only_of(struct relayq *rq, struct rq_arena *a, const char *queue)
{
	const struct rq_member *m = rq_member_named(rq, queue, NULL);
	struct rq_snapshot s = *rq->snapshot;
	size_t i;

	if (rq->n_members == 1 || !m)
		return s;
	s.runners = rq_arena_alloc(a, (s.n_runners + 1) * sizeof *s.runners);
	for (i = s.n_runners = 0; i < rq->snapshot->n_runners; i++) {
		const char *its = rq->snapshot->runners[i].queue;

		if (rq_ieq(its && *its ? its : "local", m->name))
			s.runners[s.n_runners++] = rq->snapshot->runners[i];
	}
	return s;
}

int rq_preview(struct relayq *rq, struct rq_arena *a, const struct rq_submission *s, struct rq_decision *d, struct rq_error *e)
{
	struct rq_facts raw = rq_facts_of_submission(s, rq->user);
	struct rq_fleet *fleet = rq_arena_alloc(a, sizeof *fleet);
	struct rq_snapshot seen = only_of(rq, a, s->queue);
	struct rq_facts *f = rq_arena_alloc(a, sizeof *f);
	const char *sentence;
	int code;

	rq_policy_info(rq);
	if (rq_policy_file_error(rq->policy_file, &sentence, NULL))
		return rq_fail(e, RQ_EUSAGE, "%.480s", sentence);
	code = copy_fleet(a, &seen, fleet, e);
	if (code)
		return code;
	rq_facts_normalise(a, &raw, f, NULL, NULL);
	/* Held for good: nobody says when the preview is not shown any more, and policies change rarely. */
	rq_decide(a, rq_policy_file_hold(rq->policy_file), f, fleet, rq_now(), d);
	d->trigger = "preview";
	d->by = rq->user;
	return RQ_OK;
}

/* --- warnings ---------------------------------------------------------------------------- */

static const struct rq_runner *runner_named(const struct rq_snapshot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_runners; i++)
		if (rq_ieq(s->runners[i].name, name))
			return &s->runners[i];
	return NULL;
}

/* Nobody has it, neither really nor by what the policy declares. */
static bool is_unknown(const struct rq_policy *p, const struct rq_snapshot *s, const char *label)
{
	size_t i, k;

	for (i = 0; i < s->n_runners; i++)
		if (rq_labels_has(&s->runners[i].labels, label))
			return false;
	for (i = 0; p && i < p->n_declared; i++)
		for (k = 0; k < p->declared[i].labels.n; k++)
			if (rq_ieq(p->declared[i].labels.v[k].s, label))
				return false;
	return true;
}

/* How far R is from having all of WANT: what it lacks, where the label that was meant is half of one. -1: it has nothing
 * of it. */
static int miss(const struct rq_snapshot *s, const struct rq_labels *want, const struct rq_runner *r)
{
	int n = 0, lacks = 0;
	size_t i;

	for (i = 0; i < want->n; i++) {
		const char *meant;

		if (rq_labels_has(&r->labels, want->v[i]))
			continue;
		meant = rq_nearest_label(want->v[i], s->runners, s->n_runners);
		n += meant && rq_labels_has(&r->labels, meant) ? 1 : 2;
		lacks++;
	}
	return n == 2 * (int)want->n && lacks ? -1 : n;
}

static void add_lacks(const struct rq_labels *want, const struct rq_runner *r, struct rq_str *out)
{
	size_t i, n = 0;

	rq_str_addf(out, "%s (lacks ", r->name);
	for (i = 0; i < want->n; i++)
		if (!rq_labels_has(&r->labels, want->v[i]))
			rq_str_addf(out, "%s%s", n++ ? ", " : "", want->v[i]);
	rq_str_add(out, ")");
}

/* The runners that nearly fit, nearest first. */
static void warn_near(const struct rq_snapshot *s, const struct rq_labels *want, struct rq_str *out)
{
	size_t shown = 0, i;
	int n;

	for (n = 1; n < 2 * (int)want->n && shown < NEAR_MAX; n++)
		for (i = 0; i < s->n_runners && shown < NEAR_MAX; i++) {
			if (miss(s, want, &s->runners[i]) != n)
				continue;
			rq_str_add(out, shown++ ? ", " : "runners that nearly fit: ");
			add_lacks(want, &s->runners[i], out);
		}
	rq_str_add(out, shown ? "\n" : "");
}

/* A runner's name is no label, but is often taken for one. */
static const char *nearest_runner(const struct rq_snapshot *s, const char *label)
{
	int near = (int)strlen(label) / 3 + 1;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < s->n_runners; i++) {
		int d = rq_distance(label, s->runners[i].name, near);

		if (d < near) {
			near = d;
			found = s->runners[i].name;
		}
	}
	return found;
}

static void warn_label(const struct rq_snapshot *s, const char *label, struct rq_str *out)
{
	const char *near = rq_nearest_label(label, s->runners, s->n_runners);
	const char *runner = near ? NULL : nearest_runner(s, label);

	rq_str_addf(out, "no known runner has the label '%s'", label);
	if (near)
		rq_str_addf(out, "; did you mean '%s'?", near);
	else if (runner)
		rq_str_addf(out, "; did you mean the runner %s? --to names one", runner);
	rq_str_add(out, "\n");
}

static void warn_labels(const struct rq_policy *p, const struct rq_snapshot *s, const struct rq_labels *l, struct rq_str *out)
{
	bool warned = false;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!is_unknown(p, s, l->v[i]))
			continue;
		warn_label(s, l->v[i], out);
		warned = true;
	}
	if (warned)
		warn_near(s, l, out);
}

void rq_warn_of(const struct rq_policy *p, const struct rq_snapshot *known, const struct rq_submission *s, struct rq_str *out)
{
	const struct rq_runner *r;

	/* With no runner known at all, the first agent is about to start: there is nothing to compare with. */
	if (known->n_runners)
		warn_labels(p, known, &s->labels, out);
	if (!s->target || !*s->target)
		return;
	r = runner_named(known, s->target);
	if (!r)
		rq_str_addf(out, "there is no runner '%s' yet: the job waits for it\n", s->target);
	else if (r->drain != RQ_DRAIN_ACTIVE)
		rq_str_addf(out, "runner %s is %s: the job waits until it is undrained\n", r->name, rq_drain_name(r->drain));
	else if (!r->online)
		rq_str_addf(out, "runner %s is offline: the job waits for it\n", r->name);
}
