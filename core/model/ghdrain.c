/* ghdrain.c - how far a drain is, what is the matter with it, and what comes next. */
#include <string.h>
#include "core/base/clock.h"
#include "core/model/ghdrain.h"

/* What the server has of what the drain sets. */
enum place { BEFORE, CORDONED, OTHER };

static enum place place_of_labels(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s)
{
	struct rq_ghlabels marks;

	if (rq_ghdrain_mark(a, &d->labels, &marks, NULL) == RQ_OK && rq_ghlabels_same(&marks, &s->custom))
		return CORDONED;
	return rq_ghlabels_same(&d->labels, &s->custom) ? BEFORE : OTHER;
}

static enum place place_of(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s)
{
	switch (d->how) {
	case RQ_GHDRAIN_GROUP: return s->group == d->parked ? CORDONED : s->group == d->group ? BEFORE : OTHER;
	case RQ_GHDRAIN_DISABLED: return s->disabled ? CORDONED : BEFORE;
	default: return place_of_labels(a, d, s);
	}
}

/* Whether there is anything on the server that an undo would take away. */
static bool has_marks(const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, enum place place)
{
	size_t i;

	if (d->how != RQ_GHDRAIN_LABELS)
		return place == CORDONED;
	for (i = 0; i < d->labels.n; i++) {
		char was[8 + 4 * RQ_GHDRAIN_LABEL_UNITS];

		rq_copy(was, sizeof was, RQ_GHDRAIN_WAS);
		rq_copy(was + strlen(was), sizeof was - strlen(was), d->labels.v[i]);
		if (rq_ghlabels_has(&s->custom, was))
			return true;
	}
	return rq_ghdrain_marked(&s->custom);
}

static bool at_work(const struct rq_ghdrain_seen *s)
{
	return s->busy || s->job;
}

/* --- words -------------------------------------------------------------------------------- */

static void add(struct rq_str *out, const char *text)
{
	rq_str_addf(out, "%s%s", out->len ? ". " : "", text);
}

static void tell_conflict(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, enum place place,
			  struct rq_str *out)
{
	struct rq_ghlabels marks;

	add(out, "CONFLICT: ");
	if (place == BEFORE) {
		rq_str_addf(out, "somebody has put %s back: it takes jobs again; drain it once more, or undrain it",
			    d->how == RQ_GHDRAIN_GROUP ? "it" : d->how == RQ_GHDRAIN_LABELS ? "its labels" : "it");
	} else if (d->how == RQ_GHDRAIN_GROUP) {
		rq_str_addf(out, "somebody has moved it into the group %lld; it was put into %lld", (long long)s->group,
			    (long long)d->parked);
	} else {
		rq_str_add(out, "somebody has changed its labels: ");
		if (rq_ghdrain_mark(a, &d->labels, &marks, NULL) == RQ_OK)
			rq_ghlabels_difference(&marks, &s->custom, out);
	}
}

static void tell_work(const struct rq_ghdrain_seen *s, int64_t window, struct rq_str *out)
{
	char time[RQ_TIME_LEN];

	rq_str_addf(out, "%s%s %s; drained when that has ended and nothing came for %s", out->len ? ". " : "",
		    s->job ? "runs" : "is busy with", s->job ? s->job : "a job that is not known",
		    rq_duration_text(window, time));
}

static void tell_idle(int64_t idle, int64_t window, struct rq_str *out)
{
	char one[RQ_TIME_LEN], all[RQ_TIME_LEN];

	rq_str_addf(out, "%sidle for %s of %s", out->len ? ". " : "", rq_duration_text(idle, one), rq_duration_text(window, all));
}

static void tell_overdue(const struct rq_ghdrain *d, struct rq_str *out)
{
	char time[RQ_TIME_LEN];

	rq_str_addf(out, "%sOVERDUE since %s: give it more time (drain with another deadline), leave it, or cancel the run",
		    out->len ? ". " : "", rq_time_rfc3339(d->deadline, false, time));
}

/* --- the states ---------------------------------------------------------------------------- */

static void look_cordoning(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, struct rq_str *text,
			   struct rq_ghdrain_view *out)
{
	enum place place = place_of(a, d, s);

	if (place == CORDONED) {
		out->todo = RQ_GHDRAIN_SETTLE;
	} else if (place == OTHER) {
		out->sides |= RQ_GHDRAIN_CONFLICT;
		tell_conflict(a, d, s, place, text);
	} else if (*d->error) {
		out->sides |= RQ_GHDRAIN_FAILED;
		add(text, "FAILED: ");
		rq_str_add(text, d->error);
	} else {
		out->todo = RQ_GHDRAIN_CORDON;
		add(text, "being taken out of use");
	}
}

static void look_resuming(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, struct rq_str *text,
			  struct rq_ghdrain_view *out)
{
	enum place place = place_of(a, d, s);

	out->todo = has_marks(d, s, place) ? RQ_GHDRAIN_UNDO : RQ_GHDRAIN_FORGET;
	if (*d->error && out->todo == RQ_GHDRAIN_UNDO) {
		out->sides |= RQ_GHDRAIN_FAILED;
		out->todo = RQ_GHDRAIN_NOTHING;
		add(text, "FAILED: ");
		rq_str_add(text, d->error);
	} else {
		add(text, "being taken into use again");
	}
}

static void look_work(const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, int64_t window, struct rq_str *text,
		      struct rq_ghdrain_view *out)
{
	out->state = RQ_GHDRAIN_DRAINING;
	if (d->state == RQ_GHDRAIN_DRAINED)
		out->todo = RQ_GHDRAIN_REOPEN;
	if (s->job && d->cordoned_at && s->job_started_at > d->cordoned_at + RQ_GHDRAIN_GRACE_MS && !rq_eq(d->breach, s->job)) {
		out->todo = RQ_GHDRAIN_BREACH;
		out->sides |= RQ_GHDRAIN_BREACHED;
		rq_str_addf(text, "%sBREACHED: %s began after the drain", text->len ? ". " : "", s->job);
	}
	if (!s->online) {
		out->sides |= RQ_GHDRAIN_LOST;
		add(text, "LOST: it is offline while it runs something");
	}
	tell_work(s, window, text);
}

static void look_idle(const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, int64_t now, int64_t window,
		      struct rq_str *text, struct rq_ghdrain_view *out)
{
	int64_t idle = s->idle_since && now > s->idle_since ? now - s->idle_since : 0;

	if (d->state == RQ_GHDRAIN_DRAINED) {
		if (!s->scanned)
			add(text, "drained by its flag alone: not all jobs that it may run can be seen");
		return;
	}
	out->state = s->idle_since ? RQ_GHDRAIN_QUIESCING : RQ_GHDRAIN_DRAINING;
	if (s->idle_since && idle >= window && !(out->sides & RQ_GHDRAIN_CONFLICT))
		out->todo = RQ_GHDRAIN_CONFIRM;
	tell_idle(idle < window ? idle : window, window, text);
}

static void look_drain(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, int64_t now,
		       int64_t window, struct rq_str *text, struct rq_ghdrain_view *out)
{
	enum place place = place_of(a, d, s);

	if (place != CORDONED) {
		out->sides |= RQ_GHDRAIN_CONFLICT;
		out->state = RQ_GHDRAIN_DRAINING;
		tell_conflict(a, d, s, place, text);
	}
	if (*d->breach) {
		out->sides |= RQ_GHDRAIN_BREACHED;
		rq_str_addf(text, "%sBREACHED: %s began after the drain", text->len ? ". " : "", d->breach);
	}
	if (d->deadline && now > d->deadline && (d->state != RQ_GHDRAIN_DRAINED || at_work(s))) {
		out->sides |= RQ_GHDRAIN_OVERDUE;
		tell_overdue(d, text);
	}
	if (at_work(s))
		look_work(d, s, window, text, out);
	else
		look_idle(d, s, now, window, text, out);
	if (place != CORDONED && out->state == RQ_GHDRAIN_DRAINED)
		out->state = RQ_GHDRAIN_DRAINING;
}

/* A marker without a row: whose it is, and for how long it was idle, is not known here. */
static void look_orphan(const struct rq_ghdrain_seen *s, struct rq_str *text, struct rq_ghdrain_view *out)
{
	if (s->disabled) {
		out->state = at_work(s) ? RQ_GHDRAIN_DRAINING : RQ_GHDRAIN_DRAINED;
		return;
	}
	if (!rq_ghdrain_marked(&s->custom) && !s->parked)
		return;
	out->state = RQ_GHDRAIN_DRAINING;
	out->sides = RQ_GHDRAIN_ORPHAN;
	add(text, "ORPHAN: drained from elsewhere, for a reason that is not known here; drain adopts it, undrain ends it");
	if (at_work(s))
		rq_str_addf(text, ". It runs %s", s->job ? s->job : "something");
}

void rq_ghdrain_look(struct rq_arena *a, const struct rq_ghdrain *d, const struct rq_ghdrain_seen *s, int64_t now,
		     int64_t window_ms, struct rq_ghdrain_view *out)
{
	struct rq_str text;

	*out = (struct rq_ghdrain_view){ .state = d ? d->state : RQ_GHDRAIN_ACTIVE, .text = "" };
	if (!s->known)
		return;
	rq_str_init(&text, 4096);
	if (!d) {
		look_orphan(s, &text, out);
	} else if (!s->there) {
		out->todo = RQ_GHDRAIN_FORGET;
		add(&text, "the runner is not registered any more");
	} else if (d->state == RQ_GHDRAIN_CORDONING) {
		look_cordoning(a, d, s, &text, out);
	} else if (d->state == RQ_GHDRAIN_RESUMING) {
		look_resuming(a, d, s, &text, out);
	} else {
		look_drain(a, d, s, now, window_ms, &text, out);
	}
	out->text = rq_arena_str(a, rq_str_get(&text));
	rq_str_release(&text);
}
