/* dispatcher_look.c - one look: what has happened, and which open jobs that concerns, page by page.
 *
 * The first page tells the fleet; when something has happened, the pages are asked for again with those events, so that
 * all that it concerns comes in one order: by priority, then age. Pages and jobs go by a bounded time each turn.
 *
 * Events are what differs between two looks, so two things are seen to: a job that was decided since the last look comes
 * in any case (what it waits for may have happened before its decision was stored), and what is remembered of the fleet
 * is what it was after our own decisions (what they took may be free again before we look). */
#include <string.h>
#include "core/agent/dispatcher_parts.h"
#include "core/base/clock.h"
#include "core/base/str.h"

static void ask_page(struct rq_dispatcher *d, const char *after);

static void drop_before(struct rq_dispatcher *d)
{
	rq_call_free(d->before);
	d->before = NULL;
}

static void drop_page(struct rq_dispatcher *d)
{
	drop_before(d);
	rq_call_free(d->page);
	d->page = NULL;
	d->at = 0;
}

void rq_look_forget(struct rq_dispatcher *d)
{
	drop_page(d);
	rq_events_clear(&d->events);
	rq_drains_forget(d);
	rq_schedules_forget(d);
}

/* --- is there something to decide ----------------------------------------------------------- */

static const struct rq_runner *runner_of(const struct rq_fleet *f, const char *name)
{
	for (size_t i = 0; i < f->n_runners; i++)
		if (rq_ieq(f->runners[i].name, name))
			return &f->runners[i];
	return NULL;
}

/* A placed job stays while its runner is there. STALE_MS < 0: the policy that names the limit is not known yet. */
static bool is_stranded(struct rq_dispatcher *d, const struct rq_open_job *j, int64_t stale_ms, struct rq_again *why)
{
	const struct rq_runner *r = runner_of(&d->fleet, j->target);
	struct rq_arena *a = &d->page->arena;
	int64_t since;

	d->placed++;
	why->trigger = "failover";
	if (r && r->drain != RQ_DRAIN_ACTIVE) {
		why->note = rq_arena_fmt(a, "runner:%s.%s", r->name, rq_drain_name(r->drain));
		return true;
	}
	since = rq_seen_away_since(d->seen, j->target);
	if (!since)
		return false;
	why->note = rq_arena_fmt(a, "runner:%s.%s", j->target, r && r->hung ? "hung" : "offline");
	if (stale_ms >= 0 && rq_now() - since < stale_ms) {
		rq_dispatcher_wake_at(d, since + stale_ms);
		return false;
	}
	return true;
}

static bool is_concerned(struct rq_dispatcher *d, const struct rq_open_job *j, int64_t stale_ms, struct rq_again *why)
{
	const char *event;

	if (j->due) {
		why->trigger = "wake";
		why->note = "job:ready";
		return true;
	}
	if (*j->target)
		return is_stranded(d, j, stale_ms, why);
	event = rq_events_match(&d->events, j->wake_on, j->n_wake_on);
	if (!event && j->wait_until && j->wait_until <= rq_now()) {
		why->trigger = "time";
		why->note = "wait_until";
	} else {
		why->trigger = "wake";
		why->note = event ? event : d->all ? "a new dispatcher looked" : "it had happened by the first look";
	}
	return true;
}

/* --- what a decision needs to know ------------------------------------------------------------ */

/* Another time the queue may answer: a full disk, a lock. What is wrong with one job must not stop all others. */
static bool is_passing(int code)
{
	return code == RQ_EFULL || code == RQ_EBUSY || code == RQ_EFAILED || code == RQ_EUNREACHABLE;
}

static void fail_look(struct rq_dispatcher *d, const struct rq_call *c)
{
	rq_log_write(d->log, RQ_LOG_ERROR, "%s", c->err.msg);
	d->failed = true;
	rq_dispatcher_look_done(d);
}

static void on_before(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;

	if (!rq_dispatcher_answered(d, c))
		return;
	if (is_passing(c->code)) {
		fail_look(d, c);
		return;
	}
	/* Also the answer that there is none: then nothing is known of it. */
	d->before = rq_dispatcher_take(c);
	if (c->code)
		d->before->u.decision.decision = NULL;
	rq_look_go_on(d);
}

static bool ask_before(struct rq_dispatcher *d, const struct rq_open_job *j)
{
	struct rq_call *c = rq_call_new(RQ_VERB_DECISION, on_before, d);

	c->u.decision.id = rq_call_str(c, j->decision_id);
	return rq_dispatcher_ask(d, c);
}

static void on_policy(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;
	const struct rq_decision *before;

	if (!rq_dispatcher_answered(d, c))
		return;
	if (is_passing(c->code)) {
		fail_look(d, c);
		return;
	}
	before = d->before->u.decision.decision;
	rq_policies_put(&d->policies, c->u.policy.oid, before && *before->policy_path ? before->policy_path : "policy.yaml",
			c->code ? NULL : c->u.policy.found_text, d->log);
	rq_look_go_on(d);
}

static bool ask_policy(struct rq_dispatcher *d, const struct rq_open_job *j)
{
	struct rq_call *c = rq_call_new(RQ_VERB_POLICY, on_policy, d);

	c->u.policy.oid = rq_call_str(c, j->policy_oid);
	return rq_dispatcher_ask(d, c);
}

static void on_decided(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;
	bool again;

	if (!rq_dispatcher_answered(d, c))
		return;
	if (c->code == RQ_OK) {
		rq_decide_apply(d, c);
	} else if (is_passing(c->code)) {
		fail_look(d, c);
		return;
	} else if (c->code != RQ_ECONFLICT) {
		rq_log_write(d->log, RQ_LOG_ERROR, "job %s: %s", c->u.decide.id, c->err.msg);
	} else {
		/* Look again; the same job a second time is left to the next look, so that it holds up no other. */
		again = !rq_eq(d->conflict, c->u.decide.id);
		rq_copy(d->conflict, sizeof d->conflict, c->u.decide.id);
		rq_log_write(d->log, RQ_LOG_INFO, "job %s: %s", c->u.decide.id, c->err.msg);
		rq_dispatcher_wake_at(d, rq_now() + 1000);
		if (again && ++d->conflicts <= 8) {
			drop_page(d);
			ask_page(d, NULL);
			return;
		}
		d->missed = true;
	}
	drop_before(d);
	d->at++;
	rq_look_go_on(d);
}

/* --- job by job ------------------------------------------------------------------------------- */

/* The job at hand: true when a question is on its way, after which it goes on. */
static bool look_at_job(struct rq_dispatcher *d)
{
	const struct rq_open_job *j = &d->page->u.open.v[d->at];
	struct rq_again why = { "", "", NULL };
	bool known;

	why.policy = rq_policies_find(&d->policies, j->policy_oid, &known);
	if (!is_concerned(d, j, known && why.policy ? why.policy->runner_stale_ms : -1, &why))
		return false;
	if ((!known || *j->target) && !d->before)
		return ask_before(d, j);
	if (!known)
		return ask_policy(d, j);
	/* Without its policy nothing can be said; the log has it. */
	if (*j->policy_oid && !why.policy)
		return false;
	return rq_decide_again(d, j, &why, on_decided);
}

static void page_done(struct rq_dispatcher *d)
{
	size_t n = d->page->u.open.n;
	const char *last;

	rq_seen_update(d->seen, &d->fleet, rq_now(), NULL);
	if (d->page->u.open.more && n) {
		last = d->page->u.open.v[n - 1].id;
		ask_page(d, last);
		return;
	}
	rq_drains_step(d);
}

void rq_look_go_on(struct rq_dispatcher *d)
{
	int64_t began = rq_mono_ns();

	while (d->at < d->page->u.open.n) {
		if (look_at_job(d))
			return;
		/* It went away while we asked: the look ends. */
		if (!d->looking)
			return;
		drop_before(d);
		d->at++;
		if (rq_mono_ns() - began > RQ_TURN_NS) {
			rq_dispatcher_later(d);
			return;
		}
	}
	page_done(d);
}

/* --- pages -------------------------------------------------------------------------------------- */

static void take_page(struct rq_dispatcher *d, struct rq_call *c)
{
	drop_page(d);
	d->page = rq_dispatcher_take(c);
	d->fleet = d->page->u.open.fleet;
	d->found |= d->page->u.open.n > 0;
	rq_dispatcher_wake_at(d, d->page->u.open.next_at);
	rq_seen_update(d->seen, &d->fleet, rq_now(), &d->coming);
}

static void on_page(struct rq_call *c, void *ud)
{
	struct rq_dispatcher *d = ud;
	bool first = d->first;

	if (!rq_dispatcher_answered(d, c))
		return;
	if (c->code) {
		fail_look(d, c);
		return;
	}
	take_page(d, c);
	if (first)
		d->seq = d->page->u.open.seq;
	d->first = false;
	if (first && d->coming.n && !d->all) {
		for (size_t i = 0; i < d->coming.n; i++)
			rq_events_add(&d->events, d->coming.v[i]);
		rq_events_clear(&d->coming);
		ask_page(d, NULL);
		return;
	}
	rq_look_go_on(d);
}

static void ask_page(struct rq_dispatcher *d, const char *after)
{
	struct rq_call *c = rq_call_new(RQ_VERB_OPEN, on_page, d);
	const char **events = rq_arena_alloc(&c->arena, (d->events.n + 1) * sizeof *events);

	for (size_t i = 0; i < d->events.n; i++)
		events[i] = rq_call_str(c, d->events.v[i]);
	c->u.open.events = events;
	c->u.open.n_events = d->events.n;
	c->u.open.all = d->all;
	c->u.open.since = d->since;
	c->u.open.after = rq_call_str(c, after);
	c->u.open.max = RQ_PAGE;
	rq_dispatcher_ask(d, c);
}

void rq_look(struct rq_dispatcher *d)
{
	d->first = true;
	d->placed = d->conflicts = 0;
	d->conflict[0] = '\0';
	d->found = false;
	ask_page(d, NULL);
}
