/* decision_render.c - a decision's record for people: the header, the rules, a line for each reason of each candidate. */
#include <string.h>
#include "core/base/clock.h"
#include "core/model/decision.h"

enum {
	SRC_COLUMN = 58,        /* where the places in the policy stand, if what is left of them leaves room */
	OTHERS_MAX = 10,        /* runners that are no candidates */
	NEAR_MAX = 5
};

static void end_line(struct rq_str *out)
{
	while (out->len && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
	rq_str_addc(out, '\n');
}

/* SRC at its column of the line that began at START. */
static void add_src(const char *src, size_t start, struct rq_str *out)
{
	size_t used = out->len - start;

	if (*src)
		rq_str_addf(out, "%*s%s", used + 2 < SRC_COLUMN ? (int)(SRC_COLUMN - used) : 2, "", src);
	end_line(out);
}

/* What a code alone does not say. */
static void reason_text(const struct rq_reason *r, struct rq_str *out)
{
	const char *sep = *r->want ? ", got " : "";

	if (*r->want)
		rq_str_addf(out, " want %s", r->want);
	if (!*r->got)
		return;
	if (*r->want && rq_starts(r->got, "nearest: "))
		rq_str_addf(out, " (%s)", r->got);
	else
		rq_str_addf(out, "%s%s", *sep ? sep : " ", r->got);
}

static void render_reason(const struct rq_reason *r, size_t start, struct rq_str *out)
{
	rq_str_addf(out, "%-20s", r->code);
	reason_text(r, out);
	add_src(r->src, start, out);
}

static void render_score(const struct rq_candidate *c, struct rq_str *out)
{
	size_t i;

	rq_str_addf(out, "score %lld", (long long)c->total);
	for (i = 0; i < c->n_scores; i++)
		rq_str_addf(out, "%s %s %lld*%lld", i ? " +" : " =", c->scores[i].scorer, (long long)c->scores[i].raw,
			    (long long)c->scores[i].weight);
	rq_str_addc(out, '\n');
}

static void render_candidate(const struct rq_candidate *c, int width, struct rq_str *out)
{
	size_t i, start = out->len;
	bool more = false;

	rq_str_addf(out, "  %-*s  %-8s  %s  ", width, c->name, c->tier, c->pass ? "PASS" : "FAIL");
	if (!c->n_reasons && !c->n_scores)
		rq_str_add(out, "has every label and room\n");
	if (c->n_scores) {
		render_score(c, out);
		more = true;
	}
	for (i = 0; i < c->n_reasons; i++) {
		if (more) {
			start = out->len;
			rq_str_addf(out, "%*s", width + 20, "");
		}
		render_reason(&c->reasons[i], start, out);
		more = true;
	}
}

/* One that the route does not name: on one line, and only what is against it besides. */
static void render_other(const struct rq_candidate *c, int width, struct rq_str *out)
{
	const char *sep = "; would also fail ";
	size_t i;

	rq_str_addf(out, "  %-*s  not a candidate for this route", width, c->name);
	for (i = 0; i < c->n_reasons; i++) {
		const struct rq_reason *r = &c->reasons[i];

		if (r->cls == 'I' || strcmp(r->code, "NOT_IN_ROUTE") == 0)
			continue;
		rq_str_addf(out, "%s%s", sep, r->code);
		if (strcmp(r->op, "ge") == 0)
			rq_str_addf(out, " %s < %s", r->got, r->want);
		else if (*r->got || *r->want)
			rq_str_addf(out, " %s", *r->want ? r->want : r->got);
		sep = ", ";
	}
	rq_str_addc(out, '\n');
}

static void render_candidates(const struct rq_decision *d, struct rq_str *out)
{
	size_t i, others = 0;
	int width = 4;

	for (i = 0; i < d->n_candidates; i++)
		if ((int)strlen(d->candidates[i].name) > width)
			width = (int)strlen(d->candidates[i].name);
	for (i = 0; i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		if (*c->tier)
			render_candidate(c, width, out);
		else if (others++ < OTHERS_MAX)
			render_other(c, width, out);
	}
	if (others > OTHERS_MAX)
		rq_str_addf(out, "  and %zu more that are not candidates for this route\n", others - OTHERS_MAX);
	if (!d->n_candidates)
		rq_str_add(out, "  no runner is known\n");
}

static void render_rules(const struct rq_decision *d, struct rq_str *out)
{
	int width = 4;
	size_t i;

	for (i = 0; i < d->n_steps; i++)
		if ((int)strlen(d->steps[i].rule) > width)
			width = (int)strlen(d->steps[i].rule);
	for (i = 0; i < d->n_steps; i++) {
		const struct rq_rule_step *s = &d->steps[i];
		size_t start = out->len;

		rq_str_addf(out, "  rule  %-*s  %-7s  %s", width, s->rule,
			    s->fired ? "yes" : s->result == 'U' ? "unknown" : "no", s->text);
		add_src(s->src, start, out);
	}
}

static const char *param(const struct rq_facts *f, const char *key)
{
	size_t n = strlen(key), i;

	for (i = 0; i < f->n_params; i++)
		if (strncmp(f->params[i], key, n) == 0 && f->params[i][n] == '=')
			return f->params[i] + n + 1;
	return NULL;
}

static void render_header(const struct rq_decision *d, struct rq_str *out)
{
	char when[RQ_TIME_LEN];

	rq_str_addf(out, "%s  %s", *d->job_id ? d->job_id : "(not submitted)", rq_outcome_name(d->outcome));
	if (*d->target)
		rq_str_addf(out, " -> %s", d->target);
	if (*d->target && *d->route && *d->tier)
		rq_str_addf(out, " (%s)", d->tier);
	if (*d->reason)
		rq_str_addf(out, "  %s", d->reason);
	rq_str_addf(out, "\n  decision %s%s%s  %s%s%s\n", d->id, *d->id ? "  " : "",
		    rq_time_rfc3339(d->at, false, when), d->trigger, *d->by ? " by " : "", d->by);
	rq_str_addf(out, "  policy %s%s  type %s", d->policy, d->dirty ? " (changed since its commit)" : "", d->type);
	if (d->facts && param(d->facts, "size_mb"))
		rq_str_addf(out, " %s MB", param(d->facts, "size_mb"));
	if (*d->route && strcmp(d->route, d->type) != 0)
		rq_str_addf(out, "  route %s", d->route);
	rq_str_addf(out, "  wants %s\n", *d->wanted ? d->wanted : "any runner");
	if (*d->note)
		rq_str_addf(out, "  note: %s\n", d->note);
}

/* Permanent reasons weigh more than any number of temporary ones. */
static int lacks(const struct rq_candidate *c)
{
	int n = 0;
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		n += c->reasons[i].cls == 'P' || c->reasons[i].cls == 'E' ? 100 : c->reasons[i].cls == 'T' ? 1 : 0;
	return n;
}

/* The nearest miss, and the others that lack no more than it does. */
static void render_nearest(const struct rq_decision *d, struct rq_str *out)
{
	const char *colon = strstr(d->nearest, ": ");
	size_t name = colon ? (size_t)(colon - d->nearest) : 0, i, n = 0;
	const struct rq_candidate *best = NULL;

	if (!*d->nearest)
		return;
	rq_str_addf(out, "  nearest: %s", d->nearest);
	for (i = 0; i < d->n_candidates && !best; i++)
		if (strlen(d->candidates[i].name) == name && strncmp(d->candidates[i].name, d->nearest, name) == 0)
			best = &d->candidates[i];
	for (i = 0; best && i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		if (c == best || !*c->tier != !*best->tier || lacks(c) > lacks(best) || c->pass)
			continue;
		if (n++ < NEAR_MAX)
			rq_str_addf(out, "%s%s", n == 1 ? "; as near: " : ", ", c->name);
	}
	if (n > NEAR_MAX)
		rq_str_addf(out, " and %zu more", n - NEAR_MAX);
	rq_str_addc(out, '\n');
}

static void render_choice(const struct rq_decision *d, struct rq_str *out)
{
	char text[RQ_TIME_LEN];
	size_t i;

	if (*d->workflow)
		rq_str_addf(out, "  workflow: %s\n", d->workflow);
	if (d->outcome == RQ_OUTCOME_PLACED && d->estimate.seconds >= 0 && d->estimate.seconds < INT64_MAX / 1000) {
		rq_str_addf(out, "  estimate: %s (%s)", rq_duration_text(d->estimate.seconds * 1000, text), d->estimate.basis);
		if (d->estimate.usd_nano)
			rq_str_addf(out, ", %lld.%04lld USD", (long long)(d->estimate.usd_nano / 1000000000),
				    (long long)(d->estimate.usd_nano % 1000000000 / 100000));
		if (d->estimate.github_minutes)
			rq_str_addf(out, ", %lld GitHub minutes", (long long)d->estimate.github_minutes);
		rq_str_addc(out, '\n');
	}
	for (i = 0; i < d->n_wake_on; i++)
		rq_str_addf(out, "%s%s%s", i ? ", " : "  would be decided again on ", d->wake_on[i],
			    i + 1 == d->n_wake_on ? "\n" : "");
	if (d->wait_until)
		rq_str_addf(out, "  and at the latest at %s\n", rq_time_rfc3339(d->wait_until, false, text));
}

void rq_decision_render(const struct rq_decision *d, struct rq_str *out)
{
	render_header(d, out);
	render_rules(d, out);
	render_candidates(d, out);
	render_choice(d, out);
	render_nearest(d, out);
}
