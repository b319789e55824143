/* decide_builtin.c - the built-in policy: labels, target, drain, liveness, free slots. */
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/str.h"
#include "core/policy/eval.h"

enum { REASONS_MAX = 8 };

static void reason(struct rq_candidate *c, char cls, const char *code, const char *want, const char *got)
{
	RQ_ASSERT(c->n_reasons < REASONS_MAX);
	c->reasons[c->n_reasons++] = (struct rq_reason){ .code = code, .cls = cls, .fact = "", .op = "", .want = want, .got = got,
							     .src = "" };
	if (cls != 'I')
		c->pass = false;
}

/* Every label that is missing, not only the first: "rpi4 lacks audio, gpu". */
static const char *missing_labels(struct rq_arena *a, const struct rq_labels *want, const struct rq_runner *r)
{
	struct rq_str b;
	char *s;
	size_t i;

	rq_str_init(&b, 0);
	for (i = 0; i < want->n; i++)
		if (!rq_labels_has(&r->labels, want->v[i]))
			rq_str_addf(&b, "%s%s", b.len ? "," : "", want->v[i]);
	s = b.len ? rq_arena_str(a, rq_str_get(&b)) : NULL;
	rq_str_release(&b);
	return s;
}

const char *rq_drain_text(struct rq_arena *a, const struct rq_runner *r)
{
	return rq_arena_fmt(a, "%s by %s: %s", rq_drain_name(r->drain), r->drain_by ? r->drain_by : "",
			    r->drain_reason ? r->drain_reason : "");
}

const char *rq_seen_text(struct rq_arena *a, const struct rq_runner *r, int64_t now)
{
	char ago[RQ_TIME_LEN];

	if (!r->seen_at)
		return "never seen";
	return rq_arena_fmt(a, "last seen %s ago", rq_duration_text(now - r->seen_at, ago));
}

static void judge(struct rq_arena *a, const struct rq_facts *f, const struct rq_runner *r, int64_t now,
		  struct rq_candidate *c)
{
	const char *missing = missing_labels(a, f->labels, r);

	*c = (struct rq_candidate){ .name = rq_arena_str(a, r->name), .tier = "any", .pass = true };
	c->reasons = rq_arena_alloc(a, REASONS_MAX * sizeof *c->reasons);
	if (*f->target && !rq_ieq(f->target, r->name))
		reason(c, 'P', "NOT_THE_TARGET", rq_arena_str(a, f->target), "");
	if (missing)
		reason(c, 'P', "LABEL_MISSING", missing, "");
	if (!r->online)
		reason(c, 'T', "RUNNER_OFFLINE", "", rq_seen_text(a, r, now));
	else if (r->hung)
		reason(c, 'T', "RUNNER_STALE", "", "it stopped renewing its leases");
	if (r->drain != RQ_DRAIN_ACTIVE)
		reason(c, 'T', "RUNNER_PAUSED", "", rq_drain_text(a, r));
	if (r->online && r->running >= r->slots)
		reason(c, 'T', "RUNNER_FULL", "", rq_arena_fmt(a, "%d running, %d slot%s", r->running, r->slots,
							       r->slots == 1 ? "" : "s"));
	c->total = r->slots > 0 ? (int64_t)(r->slots - r->running) * 1000 / r->slots : 0;
}

/* Permanent reasons weigh more than any number of temporary ones: the nearest miss lacks least. */
static int distance(const struct rq_candidate *c)
{
	int d = 0;
	size_t i;

	for (i = 0; i < c->n_reasons; i++)
		d += c->reasons[i].cls == 'P' ? 100 : c->reasons[i].cls == 'T' ? 1 : 0;
	return d;
}

static bool permanent(const struct rq_candidate *c)
{
	return distance(c) >= 100;
}

static const struct rq_candidate *best(const struct rq_decision *d)
{
	const struct rq_candidate *b = NULL;
	size_t i;

	for (i = 0; i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		if (c->pass && (!b || c->total > b->total || (c->total == b->total && strcmp(c->name, b->name) < 0)))
			b = c;
	}
	return b;
}

static const struct rq_candidate *nearest(const struct rq_decision *d)
{
	const struct rq_candidate *b = NULL;
	size_t i;

	for (i = 0; i < d->n_candidates; i++) {
		const struct rq_candidate *c = &d->candidates[i];

		if (!b || distance(c) < distance(b) || (distance(c) == distance(b) && strcmp(c->name, b->name) < 0))
			b = c;
	}
	return b;
}

static const char *wake_event(struct rq_arena *a, const struct rq_candidate *c, const struct rq_reason *r)
{
	if (strcmp(r->code, "RUNNER_OFFLINE") == 0 || strcmp(r->code, "RUNNER_STALE") == 0)
		return rq_arena_fmt(a, "runner:%s.online", c->name);
	if (strcmp(r->code, "RUNNER_PAUSED") == 0)
		return rq_arena_fmt(a, "runner:%s.undrained", c->name);
	if (strcmp(r->code, "RUNNER_FULL") == 0)
		return rq_arena_fmt(a, "runner:%s.free", c->name);
	return NULL;
}

/* What would change the verdict: the temporary reasons of those that nothing permanent excludes. */
static void collect_wake_on(struct rq_arena *a, struct rq_decision *d)
{
	const char *event;
	size_t i, k;

	d->wake_on = rq_arena_alloc(a, (d->n_candidates * REASONS_MAX + 1) * sizeof *d->wake_on);
	for (i = 0; i < d->n_candidates; i++) {
		if (permanent(&d->candidates[i]))
			continue;
		for (k = 0; k < d->candidates[i].n_reasons; k++)
			if ((event = wake_event(a, &d->candidates[i], &d->candidates[i].reasons[k])))
				d->wake_on[d->n_wake_on++] = event;
	}
	if (!d->n_wake_on)
		d->wake_on[d->n_wake_on++] = "runner:*.registered";
}

const char *rq_wanted_text(struct rq_arena *a, const struct rq_facts *f)
{
	struct rq_str b;
	char *s;

	rq_str_init(&b, 0);
	rq_labels_text(f->labels, &b);
	if (*f->target)
		rq_str_addf(&b, "%s@%s", b.len ? "," : "", f->target);
	s = rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return s;
}

/* --- did you mean ------------------------------------------------------------------------- */

static bool anybody_has(const struct rq_fleet *fleet, const char *label)
{
	size_t i;

	for (i = 0; i < fleet->n_runners; i++)
		if (rq_labels_has(&fleet->runners[i].labels, label))
			return true;
	return false;
}

const char **rq_near_labels(struct rq_arena *a, const struct rq_labels *want, const struct rq_fleet *fleet)
{
	const char **near = NULL, *found;
	size_t i;

	for (i = 0; i < want->n; i++) {
		if (anybody_has(fleet, want->v[i]))
			continue;
		found = rq_nearest_label(want->v[i], fleet->runners, fleet->n_runners);
		if (found && !near)
			near = rq_arena_alloc(a, want->n * sizeof *near);
		if (found)
			near[i] = rq_arena_str(a, found);
	}
	return near;
}

/* LIST: labels separated by commas. */
static bool names(const char *list, const char *label)
{
	size_t n = strlen(label), k;

	for (; *list; list += k + (list[k] == ',')) {
		k = strcspn(list, ",");
		if (k == n && strncmp(list, label, n) == 0)
			return true;
	}
	return false;
}

const char *rq_near_text(struct rq_arena *a, const struct rq_labels *want, const char **near, const char *missing)
{
	bool one = !strchr(missing, ',');
	const char *s = "";
	size_t i;

	for (i = 0; near && i < want->n; i++) {
		if (!near[i] || !names(missing, want->v[i]))
			continue;
		s = rq_join(a, *s ? s : "nearest: ", *s ? ", " : "", near[i]);
		if (!one)
			s = rq_join(a, s, " for ", want->v[i]);
	}
	return s;
}

/* A label that nobody has is mistyped more often than not. */
static void hint_labels(struct rq_arena *a, const struct rq_facts *f, const struct rq_fleet *fleet, struct rq_decision *d)
{
	const char **near = rq_near_labels(a, f->labels, fleet);
	size_t i, k;

	for (i = 0; near && i < d->n_candidates; i++) {
		for (k = 0; k < d->candidates[i].n_reasons; k++) {
			struct rq_reason *r = &d->candidates[i].reasons[k];

			if (strcmp(r->code, "LABEL_MISSING") == 0)
				r->got = rq_near_text(a, f->labels, near, r->want);
		}
	}
}

static int by_name(const void *x, const void *y)
{
	return strcmp(((const struct rq_candidate *)x)->name, ((const struct rq_candidate *)y)->name);
}

/* Runners mostly come by name already. */
static void sort(struct rq_decision *d)
{
	size_t i;

	for (i = 1; i < d->n_candidates; i++) {
		if (by_name(&d->candidates[i - 1], &d->candidates[i]) <= 0)
			continue;
		qsort(d->candidates, d->n_candidates, sizeof *d->candidates, by_name);
		return;
	}
}

void rq_decide_builtin(struct rq_arena *a, const struct rq_facts *facts, const struct rq_fleet *fleet, int64_t now,
		       struct rq_decision *d)
{
	const struct rq_runner *runners = fleet->runners;
	size_t n = fleet->n_runners, i;
	const struct rq_candidate *c;

	d->n_candidates = n;
	d->candidates = rq_arena_alloc(a, n * sizeof *d->candidates);
	for (i = 0; i < n; i++)
		judge(a, facts, &runners[i], now, &d->candidates[i]);
	sort(d);
	if ((c = best(d))) {
		d->outcome = RQ_OUTCOME_PLACED;
		d->target = c->name;
		d->reason = "PREFERRED";
		return;
	}
	d->outcome = RQ_OUTCOME_WAIT;
	d->reason = "NO_CANDIDATES";
	hint_labels(a, facts, fleet, d);
	if ((c = nearest(d))) {
		d->reason = c->reasons[0].code;
		d->nearest = rq_arena_fmt(a, "%s: %s", c->name, c->reasons[0].code);
	}
	collect_wake_on(a, d);
}

const char *rq_nearest_label(const char *want, const struct rq_runner *runners, size_t n)
{
	int length = (int)strlen(want), limit = length / 3 + 1, best_distance;
	const char *found = NULL;
	size_t i, k;

	/* With every letter replaced it is no typing error. */
	if (limit >= length)
		limit = length - 1;
	best_distance = limit;

	for (i = 0; i < n; i++) {
		for (k = 0; k < runners[i].labels.n; k++) {
			const char *label = runners[i].labels.v[k];
			int d = rq_distance(want, label, limit);

			/* Of those that are as near, the first by name, in whatever order the runners come. */
			if (d < best_distance || (d == best_distance && d <= limit && (!found || strcmp(label, found) < 0))) {
				best_distance = d;
				found = label;
			}
		}
	}
	return found;
}
