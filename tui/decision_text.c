/* decision_text.c - a decision as lines: a few under a list, or the whole record. */
#include <stdio.h>
#include <string.h>
#include "core/base/text.h"
#include "tui/detail.h"
#include "tui/listview.h"
#include "tui/rich.h"
#include "tui/ui.h"

enum { REASON_COLUMN = 4, WANT_COLUMN = 27, SRC_COLUMN = 54, SCORE_MAX = 16, NO_LIMIT = 1000000000 };

static bool has(const char *s)
{
	return s && *s;
}

/* ---- short ---- */

static enum rq_role reason_role(const struct rq_candidate *c, const struct rq_reason *r)
{
	return r->cls == 'I' ? RQ_ROLE_DIM : c->pass ? RQ_ROLE_NORMAL : RQ_ROLE_WAITING;
}

/* What was found stands for itself: "never seen", "1 running, limit 1". */
static void compared(const struct rq_reason *r, struct rq_str *out)
{
	rq_str_clear(out);
	if (has(r->want))
		rq_str_addf(out, "wants %s%s", r->want, has(r->got) ? ", got " : "");
	if (has(r->got))
		rq_str_add(out, r->got);
}

static void reasons(const struct rq_candidate *c, struct rq_rich *out)
{
	struct rq_str text;
	size_t i;

	rq_str_init(&text, 4096);
	for (i = 0; i < c->n_reasons; i++) {
		compared(&c->reasons[i], &text);
		rq_rich_addf(out, reason_role(c, &c->reasons[i]), "%s%s", i ? "  " : "", c->reasons[i].code);
		rq_rich_addf(out, RQ_ROLE_DIM, "%s%s", text.len ? " " : "", rq_str_get(&text));
	}
	rq_str_release(&text);
}

/* What was decided, and who took the job since although it was not decided so. */
static void outcome(struct rq_ui *ui, const struct rq_decision *d, const struct rq_job *j, struct rq_rich *out)
{
	const char *since = rq_decision_taken_by(d, j);

	rq_rich_add(out, rq_outcome_role(d->outcome), rq_outcome_name(d->outcome));
	if (has(d->target))
		rq_rich_addf(out, RQ_ROLE_NORMAL, " %s %s", rq_glyph(ui->draw, RQ_GLYPH_ARROW), d->target);
	if (*since)
		rq_rich_addf(out, RQ_ROLE_TITLE, ", then %s", since);
	if (has(d->reason))
		rq_rich_addf(out, RQ_ROLE_NORMAL, "  %s", d->reason);
}

static void name_of(const struct rq_decision *d, const struct rq_candidate *c, int width, bool tiers, struct rq_rich *out)
{
	rq_rich_addf(out, rq_eq(c->name, d->target) ? RQ_ROLE_TITLE : RQ_ROLE_NORMAL, "  %-*s", width, c->name);
	if (tiers)
		rq_rich_addf(out, RQ_ROLE_DIM, "  %-8s", has(c->tier) ? c->tier : "-");
	rq_rich_addf(out, c->pass ? RQ_ROLE_PASS : RQ_ROLE_REFUSED, "  %s  ", c->pass ? "pass" : "fail");
}

/* The built-in policy knows one tier: it needs no column. */
static bool has_tiers(const struct rq_decision *d)
{
	size_t i;

	for (i = 0; i < d->n_candidates; i++) {
		if (!rq_eq(d->candidates[i].tier, "any"))
			return d->governed || d->schema;
	}
	return false;
}

static int name_width(const struct rq_decision *d)
{
	int width = 6;
	size_t i;

	for (i = 0; i < d->n_candidates; i++) {
		int n = rq_text_width(d->candidates[i].name);

		width = n > width ? n : width;
	}
	return width;
}

static void candidates(const struct rq_decision *d, struct rq_rich *out)
{
	int width = name_width(d);
	bool tiers = has_tiers(d);
	size_t i;

	for (i = 0; i < d->n_candidates; i++) {
		name_of(d, &d->candidates[i], width, tiers, out);
		reasons(&d->candidates[i], out);
		rq_rich_end_line(out);
	}
}

static void until(struct rq_ui *ui, const struct rq_decision *d, struct rq_rich *out)
{
	char when[RQ_TIME_LEN], left[RQ_TIME_LEN], text[96];

	if (!d->wait_until)
		return;
	if (d->wait_until > ui->now)
		snprintf(text, sizeof text, "%s, in %s", rq_time_rfc3339(d->wait_until, false, when),
			 rq_duration_text(d->wait_until - ui->now, left));
	else
		snprintf(text, sizeof text, "%s", rq_time_rfc3339(d->wait_until, false, when));
	rq_rich_field(out, "waits until", RQ_ROLE_WAITING, text);
}

static void wakes(struct rq_ui *ui, const struct rq_decision *d, struct rq_rich *out)
{
	size_t i;

	for (i = 0; i < d->n_wake_on; i++)
		rq_rich_field(out, i ? "" : "waits for", RQ_ROLE_WAITING, d->wake_on[i]);
	until(ui, d, out);
	rq_rich_field(out, "nearest", RQ_ROLE_NORMAL, d->nearest);
}

static void tell_short(struct rq_ui *ui, const struct rq_decision *d, const struct rq_job *j, bool preview,
		       struct rq_rich *out)
{
	char age[RQ_TIME_LEN + 8];

	outcome(ui, d, j, out);
	if (!preview && has(d->by))
		rq_rich_addf(out, RQ_ROLE_DIM, "  %s by %s, %s", d->trigger ? d->trigger : "", d->by,
			     rq_ui_ago(ui, d->at, age));
	rq_rich_addf(out, RQ_ROLE_DIM, "  policy %s", d->policy ? d->policy : "");
	rq_rich_end_line(out);
	if (!preview) {
		rq_rich_field(out, "reason", RQ_ROLE_NORMAL, d->note);
		rq_rich_field(out, "wanted", RQ_ROLE_NORMAL, d->wanted);
	}
	candidates(d, out);
	wakes(ui, d, out);
}

/* ---- the whole record ---- */

static void section(struct rq_rich *out, const char *title)
{
	rq_rich_end_line(out);
	rq_rich_add(out, RQ_ROLE_TITLE, title);
	rq_rich_end_line(out);
}

/* TEXT from WANT_COLUMN on, broken between words where the screen ends, and where it stands in the policy: behind it where
 * there is room, else below. */
static void explained(struct rq_ui *ui, struct rq_rich *out, enum rq_role role, const char *text, const char *src)
{
	int cols = rq_term_cols(ui->term) - 2;
	bool below = has(src) && *text && WANT_COLUMN + rq_text_width(text) + 2 + rq_text_width(src) > cols;

	rq_rich_wrap(out, role, text, WANT_COLUMN, cols);
	if (below)
		rq_rich_end_line(out);
	if (has(src)) {
		rq_rich_tab(out, !below && SRC_COLUMN + rq_text_width(src) < cols ? SRC_COLUMN : WANT_COLUMN);
		rq_rich_add(out, RQ_ROLE_DIM, src);
	}
	rq_rich_end_line(out);
}

static void head(struct rq_ui *ui, const struct rq_decision *d, const struct rq_job *j, struct rq_rich *out)
{
	char when[RQ_TIME_LEN], age[RQ_TIME_LEN + 8], text[160];

	rq_rich_add(out, RQ_ROLE_TITLE, has(d->job_id) ? d->job_id : "(no job)");
	rq_rich_addf(out, RQ_ROLE_NORMAL, "  %s  ", has(d->type) ? d->type : "");
	outcome(ui, d, j, out);
	rq_rich_end_line(out);
	snprintf(text, sizeof text, "%s  %s", rq_time_rfc3339(d->at, false, when), rq_ui_ago(ui, d->at, age));
	rq_rich_field(out, "decided", RQ_ROLE_NORMAL, text);
	snprintf(text, sizeof text, "%.30s%s%.80s", d->trigger ? d->trigger : "", has(d->by) ? " by " : "",
		 has(d->by) ? d->by : "");
	rq_rich_field(out, "because of", RQ_ROLE_NORMAL, text);
	rq_rich_field(out, "reason", RQ_ROLE_NORMAL, d->note);
	rq_rich_field(out, "decision", RQ_ROLE_DIM, d->id);
}

static void policy(const struct rq_decision *d, struct rq_rich *out)
{
	struct rq_str s;

	rq_str_init(&s, 4096);
	rq_str_addf(&s, "%s%s", d->policy ? d->policy : "", d->dirty ? ", changed since its commit" : "");
	if (d->schema)
		rq_str_addf(&s, "  schema %d", d->schema);
	if (has(d->policy_version))
		rq_str_addf(&s, "  version %s", d->policy_version);
	rq_rich_field(out, "policy", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_rich_field(out, "commit", RQ_ROLE_DIM, d->commit_oid);
	rq_str_release(&s);
}

static void facts(const struct rq_decision *d, struct rq_rich *out)
{
	size_t i;

	rq_rich_field(out, "wanted", RQ_ROLE_NORMAL, d->wanted);
	for (i = 0; d->facts && i < d->facts->n_params; i++)
		rq_rich_field(out, i ? "" : "inputs", RQ_ROLE_NORMAL, d->facts->params[i]);
}

static void place(const struct rq_decision *d, struct rq_rich *out)
{
	char text[RQ_TIME_LEN];
	struct rq_str s;
	size_t i;

	rq_str_init(&s, 4096);
	rq_str_add(&s, has(d->route) ? d->route : "");
	if (s.len && has(d->tier))
		rq_str_addf(&s, " (%s)", d->tier);
	rq_rich_field(out, "route", RQ_ROLE_NORMAL, rq_str_get(&s));
	rq_rich_field(out, "workflow", RQ_ROLE_NORMAL, d->workflow);
	rq_rich_field(out, "group", RQ_ROLE_NORMAL, d->group);
	if (d->timeout_ms)
		rq_rich_field(out, "time limit", RQ_ROLE_NORMAL, rq_duration_text(d->timeout_ms, text));
	for (i = 0; i < d->n_holds; i++) {
		rq_str_clear(&s);
		rq_str_addf(&s, "%s  %lld", d->holds[i].key, (long long)d->holds[i].amount);
		if (d->holds[i].limit < NO_LIMIT)
			rq_str_addf(&s, " of %lld", (long long)d->holds[i].limit);
		rq_rich_field(out, i ? "" : "holds", RQ_ROLE_NORMAL, rq_str_get(&s));
	}
	rq_str_release(&s);
}

static void rules(struct rq_ui *ui, const struct rq_decision *d, struct rq_rich *out)
{
	struct rq_str text;
	size_t i;

	rq_str_init(&text, 4096);

	if (d->n_steps)
		section(out, "Rules");
	for (i = 0; i < d->n_steps; i++) {
		const struct rq_rule_step *s = &d->steps[i];

		rq_rich_addf(out, s->fired ? RQ_ROLE_TITLE : RQ_ROLE_NORMAL, "  %s", s->rule);
		rq_str_clear(&text);
		rq_str_addf(&text, "%-3s  %s", s->fired ? "yes" : s->result == 'U' ? "unknown" : "no",
			    s->text ? s->text : "");
		explained(ui, out, s->fired ? RQ_ROLE_PASS : RQ_ROLE_DIM, rq_str_get(&text), s->src);
	}
	rq_str_release(&text);
}

static void scores(const struct rq_candidate *c, struct rq_rich *out)
{
	size_t i;

	if (!c->n_scores)
		return;
	rq_rich_addf(out, RQ_ROLE_NORMAL, "score %lld =", (long long)c->total);
	for (i = 0; i < c->n_scores && i < SCORE_MAX; i++)
		rq_rich_addf(out, RQ_ROLE_DIM, "%s %s %lld*%lld", i ? " +" : "", c->scores[i].scorer,
			     (long long)c->scores[i].raw, (long long)c->scores[i].weight);
}

static void every_reason(struct rq_ui *ui, const struct rq_candidate *c, struct rq_rich *out)
{
	struct rq_str text;
	size_t i;

	rq_str_init(&text, 4096);

	for (i = 0; i < c->n_reasons; i++) {
		const struct rq_reason *r = &c->reasons[i];

		rq_rich_tab(out, REASON_COLUMN);
		rq_rich_add(out, reason_role(c, r), r->code);
		compared(r, &text);
		explained(ui, out, RQ_ROLE_DIM, rq_str_get(&text), r->src);
	}
	rq_str_release(&text);
}

static void every_candidate(struct rq_ui *ui, const struct rq_decision *d, struct rq_rich *out)
{
	int width = name_width(d);
	size_t i;

	section(out, "Runners");
	for (i = 0; i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		name_of(d, c, width, true, out);
		scores(c, out);
		rq_rich_end_line(out);
		every_reason(ui, c, out);
	}
	if (d->n_candidates)
		return;
	rq_rich_add(out, RQ_ROLE_DIM, "  no runner was known");
	rq_rich_end_line(out);
}

static void what_next(struct rq_ui *ui, const struct rq_decision *d, struct rq_rich *out)
{
	if (!d->n_wake_on && !d->wait_until && !has(d->nearest))
		return;
	section(out, "What would change it");
	wakes(ui, d, out);
}

static void tell_all(struct rq_ui *ui, const struct rq_decision *d, const struct rq_job *j, struct rq_rich *out)
{
	head(ui, d, j, out);
	policy(d, out);
	facts(d, out);
	place(d, out);
	rules(ui, d, out);
	every_candidate(ui, d, out);
	what_next(ui, d, out);
}

void rq_decision_text(struct rq_ui *ui, const struct rq_decision *d, const struct rq_job *j, enum rq_telling how,
		      struct rq_rich *out)
{
	if (how == RQ_TELL_ALL)
		tell_all(ui, d, j, out);
	else
		tell_short(ui, d, j, how == RQ_TELL_PREVIEW, out);
}

/* ---- the chain ---- */

void rq_decision_chain(struct rq_ui *ui, const char *job_id, const struct rq_job *j, const char *here, struct rq_rich *out)
{
	size_t i, n = 0;

	if (!has(job_id))
		return;
	for (i = 0; i < ui->snap->n_decisions; i++) {
		const struct rq_decision *d = &ui->snap->decisions[i];
		char age[RQ_TIME_LEN + 8];

		if (!rq_eq(d->job_id, job_id))
			continue;
		if (!n++)
			section(out, "Decisions about this job");
		rq_rich_addf(out, rq_eq(d->id, here) ? RQ_ROLE_TITLE : RQ_ROLE_DIM, "  %-8s  %-9s  ",
			     rq_ui_age(ui, d->at, age), d->trigger ? d->trigger : "");
		outcome(ui, d, j, out);
		if (has(d->note))
			rq_rich_addf(out, RQ_ROLE_DIM, "  %s", d->note);
		rq_rich_end_line(out);
	}
}
