/* decision.c - decision records as JSON and as a table for people. */
#include "core/model/decision.h"

#include <string.h>
#include "core/base/clock.h"

static const char *const outcomes[] = { "PLACED", "WAIT", "REJECTED", "ERROR" };

const char *rq_outcome_name(enum rq_outcome o)
{
	return (unsigned)o < 4 ? outcomes[o] : "ERROR";
}

void rq_decision_init(struct rq_decision *d)
{
	*d = (struct rq_decision){
		.id = "", .job_id = "", .prev_id = "", .trigger = "", .by = "", .note = "", .policy = "", .policy_path = "",
		.policy_oid = "", .commit_oid = "", .policy_version = "", .type = "", .wanted = "", .facts_sha256 = "",
		.masked = "", .erased = "", .fleet_sha256 = "", .target = "", .route = "", .tier = "", .workflow = "",
		.group = "", .reason = "", .estimate = { .seconds = -1, .basis = "" }, .nearest = "", .prev_hash = "", .hash = "",
	};
}

static struct rq_json *reason_json(const struct rq_reason *r)
{
	struct rq_json *o = rq_json_object();
	char cls[2] = { r->cls, '\0' };

	rq_json_set_str(o, "code", r->code);
	rq_json_set_str(o, "class", cls);
	if (r->want && *r->want)
		rq_json_set_str(o, "want", r->want);
	if (r->got && *r->got)
		rq_json_set_str(o, "got", r->got);
	if (r->src && *r->src)
		rq_json_set_str(o, "src", r->src);
	return o;
}

static struct rq_json *candidate_json(const struct rq_candidate *c)
{
	struct rq_json *o = rq_json_object(), *reasons = rq_json_array();
	size_t i;

	rq_json_set_str(o, "name", c->name);
	rq_json_set_str(o, "tier", c->tier);
	rq_json_set_str(o, "verdict", c->pass ? "PASS" : "FAIL");
	for (i = 0; i < c->n_reasons; i++)
		rq_json_add(reasons, reason_json(&c->reasons[i]));
	rq_json_set(o, "reasons", reasons);
	rq_json_set_int(o, "total", c->total);
	return o;
}

static void set_text(struct rq_json *o, const char *key, const char *value)
{
	if (value && *value)
		rq_json_set_str(o, key, value);
	else
		rq_json_set_null(o, key);
}

struct rq_json *rq_decision_to_json(const struct rq_decision *d)
{
	struct rq_json *o = rq_json_object(), *list;
	char when[RQ_TIME_LEN];
	size_t i;

	rq_json_set_str(o, "decision_id", d->id);
	set_text(o, "ts", rq_time_rfc3339(d->at, true, when));
	set_text(o, "job_id", d->job_id);
	rq_json_set_str(o, "type", d->type);
	rq_json_set_str(o, "wanted", d->wanted);
	rq_json_set_str(o, "policy", d->policy);
	rq_json_set_str(o, "trigger", d->trigger);
	set_text(o, "by", d->by);
	set_text(o, "note", d->note);
	rq_json_set_str(o, "outcome", rq_outcome_name(d->outcome));
	set_text(o, "target", d->target);
	set_text(o, "reason", d->reason);
	list = rq_json_array();
	for (i = 0; i < d->n_candidates; i++)
		rq_json_add(list, candidate_json(&d->candidates[i]));
	rq_json_set(o, "candidates", list);
	list = rq_json_array();
	for (i = 0; i < d->n_wake_on; i++)
		rq_json_add_str(list, d->wake_on[i]);
	rq_json_set(o, "wake_on", list);
	set_text(o, "nearest_miss", d->nearest);
	set_text(o, "prev_decision_id", d->prev_id);
	return o;
}

/* A member's text in A; "" where it is missing. */
static const char *text(struct rq_arena *a, const struct rq_json *j, const char *key)
{
	const char *s = rq_json_get_str(j, key);

	return rq_arena_str(a, s ? s : "");
}

static void read_candidate(struct rq_arena *a, const struct rq_json *j, struct rq_candidate *c)
{
	const struct rq_json *reasons = rq_json_get(j, "reasons"), *r;
	const char *verdict = rq_json_get_str(j, "verdict");
	size_t i = 0;

	c->name = text(a, j, "name");
	c->tier = text(a, j, "tier");
	c->pass = verdict && strcmp(verdict, "PASS") == 0;
	c->total = rq_json_get_int(j, "total", 0);
	c->n_reasons = rq_json_is_array(reasons) ? rq_json_len(reasons) : 0;
	c->reasons = rq_arena_alloc(a, c->n_reasons * sizeof *c->reasons);
	for (r = rq_json_first(reasons); r && i < c->n_reasons; r = rq_json_next(r), i++) {
		c->reasons[i].fact = c->reasons[i].op = "";
		c->reasons[i].code = text(a, r, "code");
		c->reasons[i].cls = *text(a, r, "class");
		c->reasons[i].want = text(a, r, "want");
		c->reasons[i].got = text(a, r, "got");
		c->reasons[i].src = text(a, r, "src");
	}
}

static void read_lists(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d)
{
	const struct rq_json *list = rq_json_get(j, "candidates"), *v;
	size_t i = 0;

	d->n_candidates = rq_json_is_array(list) ? rq_json_len(list) : 0;
	d->candidates = rq_arena_alloc(a, d->n_candidates * sizeof *d->candidates);
	for (v = rq_json_first(list); v && i < d->n_candidates; v = rq_json_next(v))
		read_candidate(a, v, &d->candidates[i++]);
	list = rq_json_get(j, "wake_on");
	d->n_wake_on = rq_json_is_array(list) ? rq_json_len(list) : 0;
	d->wake_on = rq_arena_alloc(a, d->n_wake_on * sizeof *d->wake_on);
	for (i = 0, v = rq_json_first(list); v && i < d->n_wake_on; v = rq_json_next(v), i++)
		d->wake_on[i] = rq_arena_str(a, rq_json_str(v) ? rq_json_str(v) : "");
}

int rq_decision_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d, struct rq_error *e)
{
	const char *outcome = rq_json_get_str(j, "outcome");
	int o;

	if (!rq_json_is_object(j) || !outcome)
		return rq_fail(e, RQ_ECORRUPT, "This is no decision record: it has no outcome.");
	rq_decision_init(d);
	for (o = 0; o < 3 && strcmp(outcomes[o], outcome) != 0; o++)
		;
	d->outcome = (enum rq_outcome)o;
	d->id = text(a, j, "decision_id");
	d->job_id = text(a, j, "job_id");
	d->prev_id = text(a, j, "prev_decision_id");
	d->trigger = text(a, j, "trigger");
	d->by = text(a, j, "by");
	d->note = text(a, j, "note");
	if (!rq_time_parse(rq_json_get_str(j, "ts"), &d->at))
		d->at = 0;
	d->policy = text(a, j, "policy");
	d->type = text(a, j, "type");
	d->wanted = text(a, j, "wanted");
	d->target = text(a, j, "target");
	d->reason = text(a, j, "reason");
	d->nearest = text(a, j, "nearest_miss");
	read_lists(a, j, d);
	return RQ_OK;
}

/* --- for people -------------------------------------------------------------------------- */

/* What a code alone does not say. */
static void render_reason(const struct rq_reason *r, struct rq_str *out)
{
	rq_str_addf(out, "%-20s", r->code);
	if (*r->want)
		rq_str_addf(out, " want %s", r->want);
	if (*r->got)
		rq_str_addf(out, "%s %s", *r->want ? ", got" : "", r->got);
	if (*r->src)
		rq_str_addf(out, "  %s", r->src);
	while (out->len && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
	rq_str_addc(out, '\n');
}

static void render_candidate(const struct rq_candidate *c, int width, struct rq_str *out)
{
	size_t i;

	rq_str_addf(out, "  %-*s  %-8s  %s  ", width, c->name, c->tier, c->pass ? "PASS" : "FAIL");
	if (!c->n_reasons)
		rq_str_add(out, "has every label and room\n");
	for (i = 0; i < c->n_reasons; i++) {
		if (i)
			rq_str_addf(out, "%*s", width + 20, "");
		render_reason(&c->reasons[i], out);
	}
}

void rq_decision_render(const struct rq_decision *d, struct rq_str *out)
{
	char when[RQ_TIME_LEN];
	int width = 4;
	size_t i;

	rq_str_addf(out, "%s  %s", *d->job_id ? d->job_id : "(not submitted)", rq_outcome_name(d->outcome));
	if (*d->target)
		rq_str_addf(out, " -> %s", d->target);
	if (*d->reason)
		rq_str_addf(out, "  %s", d->reason);
	rq_str_addf(out, "\n  decision %s  %s  %s%s%s\n", d->id, rq_time_rfc3339(d->at, false, when), d->trigger,
		    *d->by ? " by " : "", d->by);
	rq_str_addf(out, "  policy %s  type %s  wants %s\n", d->policy, d->type, *d->wanted ? d->wanted : "any runner");
	if (*d->note)
		rq_str_addf(out, "  note: %s\n", d->note);
	for (i = 0; i < d->n_candidates; i++)
		if ((int)strlen(d->candidates[i].name) > width)
			width = (int)strlen(d->candidates[i].name);
	for (i = 0; i < d->n_candidates; i++)
		render_candidate(&d->candidates[i], width, out);
	if (!d->n_candidates)
		rq_str_add(out, "  no runner is known\n");
	for (i = 0; i < d->n_wake_on; i++)
		rq_str_addf(out, "%s%s%s", i ? ", " : "  would be decided again on ", d->wake_on[i],
			    i + 1 == d->n_wake_on ? "\n" : "");
	if (*d->nearest)
		rq_str_addf(out, "  nearest: %s\n", d->nearest);
}
