/* replay.c - one recorded decision under another policy. */
#include "core/policy/replay.h"

#include <string.h>
#include "core/policy/decide.h"

const char *rq_replay_verdict_name(enum rq_replay_verdict v)
{
	static const char *const names[] = { "SAME",	      "MOVED",		"NEWLY_PLACED",
					     "NEWLY_WAITING", "NEWLY_REJECTED", "UNDECIDABLE" };

	return names[v];
}

static void tighten(enum rq_privacy *p, const struct rq_num *n)
{
	if (n->set && n->v < (int64_t)*p)
		*p = (enum rq_privacy)n->v;
}

static const struct rq_rule *rule_of(const struct rq_policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (!strcmp(p->rules[i].name, name))
			return &p->rules[i];
	return NULL;
}

/* What the record says of the rules is enough: the conditions need not be evaluated again. */
static const char *privacy_of(const struct rq_policy *policy, const struct rq_decision *d)
{
	const struct rq_route *route;
	enum rq_privacy p = RQ_PRIVACY_ANY;

	if (!policy)
		return d->schema ? "" : rq_privacy_name(p);
	route = rq_policy_route(policy, d->route);
	if (route)
		tighten(&p, &route->privacy);
	for (size_t i = 0; i < d->n_steps; i++) {
		const struct rq_rule *rule = d->steps[i].fired ? rule_of(policy, d->steps[i].rule) : NULL;

		if (rule)
			tighten(&p, &rule->privacy);
	}
	return rq_privacy_name(p);
}

static const char *copy(struct rq_arena *a, const char *s)
{
	return s && *s ? rq_arena_str(a, s) : "";
}

void rq_replay_side(struct rq_arena *a, const struct rq_policy *policy, const struct rq_decision *d, struct rq_replay_side *s)
{
	bool placed = d->outcome == RQ_OUTCOME_PLACED;

	*s = (struct rq_replay_side){
		.outcome = d->outcome,
		.target = copy(a, d->target),
		.tier = copy(a, d->tier),
		.route = copy(a, d->route),
		.reason = copy(a, d->reason),
		.privacy = privacy_of(policy, d),
		.usd_nano = placed ? d->estimate.usd_nano : 0,
		.github_minutes = placed ? d->estimate.github_minutes : 0,
		.waited_ms = -1,
	};
}

static bool is_erased(const struct rq_decision *d, const char *key)
{
	struct rq_json *list = NULL;
	bool found = false;

	if (!d->erased || !*d->erased || rq_json_parse(d->erased, strlen(d->erased), &list, NULL))
		return false;
	for (const struct rq_json *j = rq_json_first(list); j && !found; j = rq_json_next(j)) {
		const char *p = rq_json_str(j), *last = p ? strrchr(p, '/') : NULL;

		found = last && rq_ieq(last + 1, key);
	}
	rq_json_free(list);
	return found;
}

/* The parameter whose value a condition asks for and the record has not. That it was there is recorded. */
static const char *erased_in(const struct rq_when *w, const struct rq_decision *d)
{
	const char *key = NULL;

	if (!w)
		return NULL;
	if (w->kind == RQ_WHEN_TEST)
		return w->fact == RQ_FACT_PARAM && w->op != RQ_OP_EXISTS && w->op != RQ_OP_MISSING && is_erased(d, w->param)
			       ? w->param
			       : NULL;
	for (size_t i = 0; i < w->n && !key; i++)
		key = erased_in(&w->v[i], d);
	return key;
}

/* A rule that asks for a value that was erased from the record could come to either result. */
static const char *not_recorded(struct rq_arena *a, const struct rq_policy *policy, const struct rq_decision *recorded)
{
	/* The policy of the record saw just what is recorded. */
	if (!policy || (*recorded->policy_oid && !strcmp(recorded->policy_oid, policy->oid)))
		return NULL;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const char *key = erased_in(policy->rules[i].when, recorded);

		if (key)
			return rq_arena_fmt(a, "param.%s", key);
	}
	return NULL;
}

const char *rq_replay_again(struct rq_arena *a, const struct rq_policy *policy, const struct rq_journal_entry *e,
			    struct rq_replay_side *s)
{
	const struct rq_decision *was = &e->decision;
	struct rq_arena own = { 0 };
	struct rq_decision d;
	const char *missing;

	*s = (struct rq_replay_side){ .target = "", .tier = "", .route = "", .reason = "", .privacy = "", .waited_ms = -1 };
	if (!was->facts)
		return "facts";
	if (!was->fleet)
		return "fleet";
	rq_decide(&own, policy, was->facts, was->fleet, was->at, &d);
	missing = not_recorded(a, policy, was);
	rq_replay_side(a, policy, &d, s);
	rq_arena_release(&own);
	return missing;
}

static bool refused(const struct rq_replay_side *s)
{
	return s->outcome == RQ_OUTCOME_REJECTED || s->outcome == RQ_OUTCOME_ERROR;
}

static enum rq_replay_verdict verdict(const struct rq_replay_side *was, const struct rq_replay_side *now)
{
	bool placed = was->outcome == RQ_OUTCOME_PLACED;

	if (now->outcome == RQ_OUTCOME_PLACED) {
		if (!placed)
			return RQ_REPLAY_NEWLY_PLACED;
		return rq_ieq(was->target, now->target) ? RQ_REPLAY_SAME : RQ_REPLAY_MOVED;
	}
	if (now->outcome == RQ_OUTCOME_WAIT)
		return was->outcome == RQ_OUTCOME_WAIT ? RQ_REPLAY_SAME : RQ_REPLAY_NEWLY_WAITING;
	return refused(was) ? RQ_REPLAY_SAME : RQ_REPLAY_NEWLY_REJECTED;
}

void rq_replay_judge(struct rq_replay_result *r)
{
	if (!r->missing)
		r->missing = "";
	if (*r->missing) {
		r->verdict = RQ_REPLAY_UNDECIDABLE;
		r->allowed = r->privacy_changed = false;
		return;
	}
	r->verdict = verdict(&r->was, &r->now);
	r->allowed = refused(&r->was) && !refused(&r->now);
	r->privacy_changed = *r->was.privacy && *r->now.privacy && strcmp(r->was.privacy, r->now.privacy) != 0;
}

bool rq_replay_changed(const struct rq_replay_result *r)
{
	return r->verdict != RQ_REPLAY_SAME || r->privacy_changed;
}
