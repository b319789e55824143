/* replay_report.c - many verdicts as a matrix, sums and a list. */
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/policy/replay.h"

void rq_replay_report_init(struct rq_replay_report *r, const char *mode)
{
	*r = (struct rq_replay_report){ .mode = mode };
}

void rq_replay_report_release(struct rq_replay_report *r)
{
	rq_free(r->v);
	rq_free(r->types);
	rq_arena_release(&r->arena);
	*r = (struct rq_replay_report){ 0 };
}

static const char *copy(struct rq_replay_report *r, const char *s)
{
	return s && *s ? rq_arena_str(&r->arena, s) : "";
}

static struct rq_replay_side side_copy(struct rq_replay_report *r, const struct rq_replay_side *s)
{
	struct rq_replay_side c = *s;

	c.target = copy(r, s->target);
	c.tier = copy(r, s->tier);
	c.route = copy(r, s->route);
	c.reason = copy(r, s->reason);
	c.privacy = copy(r, s->privacy);
	return c;
}

void rq_replay_add(struct rq_replay_report *report, const struct rq_replay_result *r)
{
	struct rq_replay_result *to;

	RQ_GROW(report->v, report->n, &report->cap);
	to = &report->v[report->n++];
	*to = *r;
	to->decision_id = copy(report, r->decision_id);
	to->job_id = copy(report, r->job_id);
	to->type = copy(report, r->type);
	to->missing = copy(report, r->missing);
	to->was = side_copy(report, &r->was);
	to->now = side_copy(report, &r->now);
}

/* ---- sums ---- */

static int by_type(const void *pa, const void *pb)
{
	const struct rq_replay_result *a = pa, *b = pb;

	return strcmp(a->type, b->type);
}

/* In the order of jobs, and in each the order of time: the last one counts. */
static int by_job(const void *pa, const void *pb)
{
	const struct rq_replay_result *a = pa, *b = pb;
	int d = strcmp(a->job_id, b->job_id);

	if (!d)
		d = (a->at > b->at) - (a->at < b->at);
	return d ? d : strcmp(a->decision_id, b->decision_id);
}

static int rank(const struct rq_replay_result *r)
{
	if (r->allowed)
		return 0;
	if (r->privacy_changed)
		return 1;
	return r->verdict == RQ_REPLAY_SAME ? 3 : 2;
}

static int by_rank(const void *pa, const void *pb)
{
	const struct rq_replay_result *a = pa, *b = pb;
	int d = rank(a) - rank(b);

	if (!d)
		d = (a->at > b->at) - (a->at < b->at);
	return d ? d : strcmp(a->decision_id, b->decision_id);
}

static void sum_types(struct rq_replay_report *r)
{
	size_t cap = 0;

	qsort(r->v, r->n, sizeof *r->v, by_type);
	for (size_t i = 0; i < r->n; i++) {
		if (!r->n_types || strcmp(r->types[r->n_types - 1].type, r->v[i].type) != 0) {
			RQ_GROW(r->types, r->n_types, &cap);
			r->types[r->n_types++] = (struct rq_replay_type){ .type = r->v[i].type };
		}
		r->types[r->n_types - 1].count[r->v[i].verdict]++;
		r->count[r->v[i].verdict]++;
	}
}

static void sum_deltas(struct rq_replay_report *r)
{
	qsort(r->v, r->n, sizeof *r->v, by_job);
	for (size_t i = 0; i < r->n; i++) {
		const struct rq_replay_result *v = &r->v[i];

		if (v->verdict == RQ_REPLAY_UNDECIDABLE ||
		    (*v->job_id && i + 1 < r->n && !strcmp(v->job_id, r->v[i + 1].job_id)))
			continue;
		r->usd_nano_delta += v->now.usd_nano - v->was.usd_nano;
		r->github_minutes_delta += v->now.github_minutes - v->was.github_minutes;
		if (v->was.waited_ms >= 0 && v->now.waited_ms >= 0) {
			r->wait_delta_ms += v->now.waited_ms - v->was.waited_ms;
			r->n_waits++;
		}
	}
}

void rq_replay_end(struct rq_replay_report *r)
{
	if (!r->n)
		return;
	sum_types(r);
	sum_deltas(r);
	qsort(r->v, r->n, sizeof *r->v, by_rank);
}

bool rq_replay_same(const struct rq_replay_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (rq_replay_changed(&r->v[i]))
			return false;
	return true;
}

/* ---- for people ---- */

static void side_text(const struct rq_replay_side *s, struct rq_str *out)
{
	if (s->outcome == RQ_OUTCOME_PLACED)
		rq_text_clean(out, s->target, strlen(s->target), false);
	else
		rq_str_addf(out, "%s %s", rq_outcome_name(s->outcome), s->reason);
}

static void line(const struct rq_replay_result *r, struct rq_str *out)
{
	char at[RQ_TIME_LEN];

	rq_str_addf(out, "  %-14s ", rq_replay_verdict_name(r->verdict));
	rq_text_clean(out, *r->job_id ? r->job_id : r->decision_id, strlen(*r->job_id ? r->job_id : r->decision_id), false);
	rq_str_addc(out, ' ');
	rq_text_clean(out, r->type, strlen(r->type), false);
	rq_str_addf(out, " %s  ", rq_time_rfc3339(r->at, false, at));
	side_text(&r->was, out);
	if (r->verdict == RQ_REPLAY_UNDECIDABLE) {
		rq_str_addf(out, " -> ? (%s was not recorded)", r->missing);
	} else {
		rq_str_add(out, " -> ");
		side_text(&r->now, out);
	}
	if (r->allowed)
		rq_str_add(out, "  DENY->ALLOW");
	if (r->privacy_changed)
		rq_str_addf(out, "  privacy %s->%s", r->was.privacy, r->now.privacy);
	rq_str_addc(out, '\n');
}

/* Only the verdicts that occur have a column. */
static void matrix_row(const struct rq_replay_report *r, const char *name, int width, const size_t *count, struct rq_str *out)
{
	size_t from = out->len;

	rq_text_clean(out, name, strlen(name), false);
	rq_str_addf(out, "%*s", width - (int)(out->len - from) > 0 ? width - (int)(out->len - from) : 0, "");
	for (int v = 0; v < RQ_REPLAY_N; v++) {
		const char *head = rq_replay_verdict_name((enum rq_replay_verdict)v);

		if (!r->count[v])
			continue;
		if (count)
			rq_str_addf(out, "  %*zu", (int)strlen(head), count[v]);
		else
			rq_str_addf(out, "  %s", head);
	}
	rq_str_addc(out, '\n');
}

static void money(int64_t nano, struct rq_str *out)
{
	int64_t v = nano < 0 ? -nano : nano;

	rq_str_addf(out, "%c%lld.%06lld USD", nano < 0 ? '-' : '+', (long long)(v / 1000000000),
		    (long long)(v % 1000000000 / 1000));
}

static void deltas(const struct rq_replay_report *r, struct rq_str *out)
{
	char text[RQ_TIME_LEN];

	if (r->usd_nano_delta || r->github_minutes_delta) {
		rq_str_add(out, "cost   ");
		money(r->usd_nano_delta, out);
		rq_str_addf(out, ", %+lld GitHub minutes\n", (long long)r->github_minutes_delta);
	}
	if (r->n_waits)
		rq_str_addf(out, "waits  %c%s in all, over %zu job%s\n", r->wait_delta_ms < 0 ? '-' : '+',
			    rq_duration_text(r->wait_delta_ms < 0 ? -r->wait_delta_ms : r->wait_delta_ms, text), r->n_waits,
			    r->n_waits == 1 ? "" : "s");
}

void rq_replay_render(const struct rq_replay_report *r, bool only_changed, struct rq_str *out)
{
	size_t same = r->count[RQ_REPLAY_SAME];
	int width = 5;

	for (size_t i = 0; i < r->n_types; i++)
		if ((int)strlen(r->types[i].type) > width)
			width = (int)strlen(r->types[i].type);
	rq_str_addf(out, "%s: %zu decision%s, ", r->mode, r->n, r->n == 1 ? "" : "s");
	if (same == r->n)
		rq_str_add(out, "100 % SAME\n");
	else
		rq_str_addf(out, "%zu %% SAME\n", same * 100 / r->n);
	if (r->n) {
		matrix_row(r, "TYPE", width, NULL, out);
		for (size_t i = 0; i < r->n_types; i++)
			matrix_row(r, r->types[i].type, width, r->types[i].count, out);
		if (r->n_types > 1)
			matrix_row(r, "all", width, r->count, out);
	}
	deltas(r, out);
	for (size_t i = 0; i < r->n; i++)
		if (!only_changed || rq_replay_changed(&r->v[i]))
			line(&r->v[i], out);
}

/* ---- for programs ---- */

static struct rq_json *side_json(const struct rq_replay_side *s, bool simulated)
{
	struct rq_json *j = rq_json_object();

	rq_json_set_str(j, "outcome", rq_outcome_name(s->outcome));
	rq_json_set_str(j, "target", *s->target ? s->target : NULL);
	rq_json_set_str(j, "tier", *s->tier ? s->tier : NULL);
	rq_json_set_str(j, "route", *s->route ? s->route : NULL);
	rq_json_set_str(j, "reason", *s->reason ? s->reason : NULL);
	rq_json_set_str(j, "privacy", *s->privacy ? s->privacy : NULL);
	rq_json_set_int(j, "usd_nano", s->usd_nano);
	rq_json_set_int(j, "github_minutes", s->github_minutes);
	if (simulated && s->waited_ms >= 0)
		rq_json_set_int(j, "waited_ms", s->waited_ms);
	return j;
}

static struct rq_json *result_json(const struct rq_replay_result *r, bool simulated)
{
	struct rq_json *j = rq_json_object();
	char at[RQ_TIME_LEN];

	rq_json_set_str(j, "decision_id", r->decision_id);
	rq_json_set_str(j, "job_id", *r->job_id ? r->job_id : NULL);
	rq_json_set_str(j, "type", r->type);
	rq_json_set_str(j, "ts", rq_time_rfc3339(r->at, true, at));
	rq_json_set_str(j, "verdict", rq_replay_verdict_name(r->verdict));
	rq_json_set(j, "was", side_json(&r->was, simulated));
	if (*r->missing)
		rq_json_set_str(j, "missing", r->missing);
	else
		rq_json_set(j, "now", side_json(&r->now, simulated));
	rq_json_set_bool(j, "deny_to_allow", r->allowed);
	rq_json_set_bool(j, "privacy_changed", r->privacy_changed);
	return j;
}

static struct rq_json *counts_json(const size_t *count)
{
	struct rq_json *j = rq_json_object();

	for (int v = 0; v < RQ_REPLAY_N; v++)
		rq_json_set_int(j, rq_replay_verdict_name((enum rq_replay_verdict)v), (int64_t)count[v]);
	return j;
}

struct rq_json *rq_replay_json(const struct rq_replay_report *r, bool only_changed)
{
	struct rq_json *j = rq_json_object(), *types = rq_json_object(), *all = rq_json_array();
	bool simulated = !strcmp(r->mode, "simulated");

	rq_json_set_str(j, "mode", r->mode);
	rq_json_set_int(j, "decisions", (int64_t)r->n);
	rq_json_set(j, "verdicts", counts_json(r->count));
	for (size_t i = 0; i < r->n_types; i++)
		rq_json_set(types, r->types[i].type, counts_json(r->types[i].count));
	rq_json_set(j, "types", types);
	rq_json_set_int(j, "usd_nano_delta", r->usd_nano_delta);
	rq_json_set_int(j, "github_minutes_delta", r->github_minutes_delta);
	if (simulated)
		rq_json_set_int(j, "wait_delta_ms", r->wait_delta_ms);
	for (size_t i = 0; i < r->n; i++)
		if (!only_changed || rq_replay_changed(&r->v[i]))
			rq_json_add(all, result_json(&r->v[i], simulated));
	rq_json_set(j, "results", all);
	return j;
}
