/* simulate.c - the history as another policy would have made it.
 *
 * What the records tell is taken apart: what a runner was busy with is the jobs that we know, and a rest that we do not
 * (jobs from before the period). The rest stays; the jobs are placed anew. The moments at which something happens are
 * those of the records (a job comes, the fleet is seen), the ends of jobs, and the limits of those that wait. */
#include <stdlib.h>
#include <string.h>
#include "core/policy/decide.h"
#include "core/policy/replay.h"
#include "core/policy/sim_fleet.h"

enum job_state { JOB_COMES, JOB_WAITS, JOB_RUNS, JOB_OVER };

struct job {
	const struct rq_journal_entry *first, *placed;  /* PLACED: its first placement; NULL never */
	const struct rq_journal_entry *seen;            /* the latest record so far: its facts hold now */
	enum job_state state;
	int64_t duration;
	int64_t ends, wait_until, started;
	const char *target, *route;
	size_t n_holds, n_events;
	struct rq_hold *holds;                          /* as placed here */
	const char **events;                            /* what it waits for */
	struct rq_replay_side now;
	const char *missing;
};

struct sim {
	struct rq_arena a, step;                        /* STEP: what one moment needs */
	const struct rq_policy *policy;
	const struct rq_journal_entry *const *v;
	size_t n, at;                                   /* the next record */
	struct job *jobs;
	size_t n_jobs;
	size_t *job_of;                                 /* of each record */
	const struct rq_journal_entry **latest;         /* of each job, its record so far if that placed it */
	struct job **live;                              /* those that run, or have spent something */
	size_t n_live, n_freed, cap_freed;
	const char **freed;                             /* what was given back at this moment */
	struct rq_fleet rest;                           /* the latest fleet without the jobs that we know */
	struct rq_arena rest_a;
	bool seen_fleet;
	int64_t now, horizon;                           /* what waits beyond the records' end, waits */
};

/* ---- the jobs of the records ---- */

struct key {
	const char *job;
	size_t i;
};

static int by_key(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int d = strcmp(a->job, b->job);

	return d ? d : (a->i > b->i) - (a->i < b->i);
}

static int by_first(const void *pa, const void *pb)
{
	const size_t a = *(const size_t *)pa, b = *(const size_t *)pb;

	return (a > b) - (a < b);
}

static void new_job(struct sim *s, size_t i)
{
	struct job *j = &s->jobs[s->n_jobs++];

	*j = (struct job){ .first = s->v[i], .duration = -1, .started = -1 };
}

/* Records are given to their jobs, and jobs stand in the order of their first records. */
static void find_jobs(struct sim *s)
{
	struct key *keys = rq_arena_alloc(&s->a, (s->n + 1) * sizeof *keys);
	size_t *first = rq_arena_alloc(&s->a, (s->n + 1) * sizeof *first);
	size_t *order = rq_arena_alloc(&s->a, (s->n + 1) * sizeof *order);
	size_t n = 0;

	s->jobs = rq_arena_alloc(&s->a, (s->n + 1) * sizeof *s->jobs);
	s->latest = rq_arena_alloc(&s->a, (s->n + 1) * sizeof *s->latest);
	s->live = rq_arena_alloc(&s->a, (s->n + 1) * sizeof *s->live);
	s->job_of = rq_arena_alloc(&s->a, (s->n + 1) * sizeof *s->job_of);
	for (size_t i = 0; i < s->n; i++)
		keys[i] = (struct key){ s->v[i]->decision.job_id, i };
	qsort(keys, s->n, sizeof *keys, by_key);
	for (size_t k = 0; k < s->n; k++) {
		/* What was rejected has no job: each such record is one of its own. */
		bool same = k && *keys[k].job && !strcmp(keys[k].job, keys[k - 1].job);

		first[keys[k].i] = same ? first[keys[k - 1].i] : keys[k].i;
		if (!same)
			order[n++] = keys[k].i;
	}
	qsort(order, n, sizeof *order, by_first);
	for (size_t k = 0; k < n; k++) {
		s->job_of[order[k]] = s->n_jobs;
		new_job(s, order[k]);
	}
	for (size_t i = 0; i < s->n; i++) {
		struct job *j = &s->jobs[s->job_of[i] = s->job_of[first[i]]];

		if (!j->placed && s->v[i]->decision.outcome == RQ_OUTCOME_PLACED)
			j->placed = s->v[i];
		if (j->duration < 0)
			j->duration = sim_duration(s->v[i]);
	}
}

/* A job that never ran takes as long as the others of its type. */
static void guess_durations(struct sim *s)
{
	for (size_t i = 0; i < s->n_jobs; i++) {
		int64_t sum = 0, n = 0;

		if (s->jobs[i].duration >= 0)
			continue;
		for (size_t k = 0; k < s->n_jobs; k++) {
			int64_t known = sim_duration(s->jobs[k].first);

			if (known >= 0 && rq_ieq(s->jobs[k].first->decision.type, s->jobs[i].first->decision.type)) {
				sum += known;
				n++;
			}
		}
		if (n)
			s->jobs[i].duration = sum / n;
		else if (s->jobs[i].first->decision.estimate.seconds > 0)
			s->jobs[i].duration = s->jobs[i].first->decision.estimate.seconds * 1000;
		else
			s->jobs[i].duration = 0;
	}
}

/* ---- the fleet ---- */

/* The fleet of record I, without our jobs: of each, where its latest record before that had placed it. Whether it
 * differs from the one before. */
static bool see_fleet(struct sim *s, size_t i)
{
	struct rq_arena own = { 0 };
	struct rq_fleet rest;
	size_t cap;
	bool same;

	sim_fleet_copy(&own, s->v[i]->decision.fleet, &rest, &cap);
	for (size_t k = 0; k < s->n_jobs; k++)
		if (s->latest[k])
			sim_take_out(&own, &rest, &cap, s->latest[k]);
	sim_sort(&rest);
	same = s->seen_fleet && sim_fleet_same(&rest, &s->rest);
	rq_arena_release(&s->rest_a);
	s->rest_a = own;
	s->rest = rest;
	s->seen_fleet = true;
	return !same;
}

/* The rest and our jobs where they are now. */
static void fleet_now(struct sim *s, struct rq_fleet *f)
{
	size_t cap;

	sim_fleet_copy(&s->step, &s->rest, f, &cap);
	sim_age(f, s->now - s->rest.taken_at);
	f->taken_at = s->now;
	for (size_t i = 0; i < s->n_live; i++) {
		const struct job *j = s->live[i];
		struct rq_runner *r = j->state == JOB_RUNS ? sim_runner(f, j->target) : NULL;

		sim_count_holds(&s->step, f, &cap, j->holds, j->n_holds, j->state == JOB_OVER, j->duration / 1000, 1);
		if (r)
			r->running++;
	}
	sim_sort(f);
}

/* ---- deciding ---- */

static void keep_holds(struct sim *s, struct job *j, const struct rq_decision *d)
{
	j->n_holds = d->n_holds;
	j->holds = rq_arena_alloc(&s->a, (d->n_holds + 1) * sizeof *j->holds);
	for (size_t i = 0; i < d->n_holds; i++) {
		j->holds[i] = d->holds[i];
		j->holds[i].key = rq_arena_str(&s->a, d->holds[i].key);
	}
}

static void keep_events(struct sim *s, struct job *j, const struct rq_decision *d)
{
	j->n_events = d->n_wake_on;
	j->events = rq_arena_alloc(&s->a, (d->n_wake_on + 1) * sizeof *j->events);
	for (size_t i = 0; i < d->n_wake_on; i++)
		j->events[i] = rq_arena_str(&s->a, d->wake_on[i]);
}

static void start(struct sim *s, struct job *j, const struct rq_decision *d)
{
	j->state = JOB_RUNS;
	j->target = j->now.target;
	j->started = s->now;
	j->ends = s->now + j->duration;
	j->now.waited_ms = s->now - j->first->decision.at;
	keep_holds(s, j, d);
	s->live[s->n_live++] = j;
}

static void decide(struct sim *s, struct job *j)
{
	struct rq_arena own = { 0 };
	struct rq_fleet fleet;
	struct rq_decision d;
	struct rq_facts facts;

	if (!j->seen->decision.facts || !s->seen_fleet) {
		j->missing = s->seen_fleet ? "facts" : "fleet";
		j->state = JOB_OVER;
		return;
	}
	fleet_now(s, &fleet);
	rq_fleet_seal(&own, &fleet);
	facts = *j->seen->decision.facts;
	if (!facts.created_at)
		facts.created_at = j->first->decision.at;
	rq_decide(&own, s->policy, &facts, &fleet, s->now, &d);
	rq_replay_side(&s->a, s->policy, &d, &j->now);
	j->wait_until = d.wait_until;
	j->state = d.outcome == RQ_OUTCOME_WAIT ? JOB_WAITS : JOB_OVER;
	if (d.outcome == RQ_OUTCOME_PLACED)
		start(s, j, &d);
	else if (d.outcome == RQ_OUTCOME_WAIT)
		keep_events(s, j, &d);
	rq_arena_release(&own);
}

/* ---- who is woken ---- */

/* The most urgent first, then the oldest: as a dispatcher does it. */
static int by_urgency(const void *pa, const void *pb)
{
	const struct job *a = *(struct job *const *)pa, *b = *(struct job *const *)pb;
	int x = a->seen->decision.facts->priority, y = b->seen->decision.facts->priority;

	return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

static size_t waiting(struct sim *s, struct job ***out)
{
	struct job **v = rq_arena_alloc(&s->step, (s->n_jobs + 1) * sizeof *v);
	size_t n = 0;

	for (size_t i = 0; i < s->n_jobs; i++)
		if (s->jobs[i].state == JOB_WAITS)
			v[n++] = &s->jobs[i];
	if (n > 1)
		qsort(v, n, sizeof *v, by_urgency);
	*out = v;
	return n;
}

/* What was measured (warmth, load, disk) differs in every record. */
static bool measured(const struct job *j)
{
	for (size_t i = 0; i < j->n_events; i++) {
		const char *dot = strrchr(j->events[i], '.');

		if (rq_eq(dot, ".cool") || rq_eq(dot, ".idle") || rq_eq(dot, ".disk"))
			return true;
	}
	return false;
}

/* The fleet was seen: those that wait look at it, all if it has changed. */
static void look(struct sim *s, bool changed)
{
	struct job **v;
	size_t n = waiting(s, &v);

	for (size_t i = 0; i < n; i++)
		if (changed || measured(v[i]))
			decide(s, v[i]);
}

static void on_time(struct sim *s)
{
	struct job **v;
	size_t n = waiting(s, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i]->wait_until && v[i]->wait_until <= s->now)
			decide(s, v[i]);
}

/* ---- what was given back ---- */

static void give_back(struct sim *s, const char *key)
{
	RQ_GROW(s->freed, s->n_freed, &s->cap_freed);
	s->freed[s->n_freed++] = key;
}

static void take(struct sim *s, const char *key)
{
	for (size_t i = 0; i < s->n_freed; i++)
		if (rq_ieq(s->freed[i], key)) {
			s->freed[i] = s->freed[--s->n_freed];
			return;
		}
}

/* "runner:mac" is what "runner:mac.free" waits for, "usd:t:2026-11" what "budget:t" does. */
static bool is_for(const char *event, const char *key)
{
	size_t n = strlen(key);

	if (rq_starts(event, "budget:"))
		return (rq_starts(key, "usd:") || rq_starts(key, "minutes:")) && strstr(key, event + strlen("budget")) != NULL;
	return !strncmp(event, key, n) && (!event[n] || !strcmp(event + n, ".free"));
}

static bool hopes(const struct sim *s, const struct job *j)
{
	for (size_t i = 0; i < j->n_events; i++)
		for (size_t k = 0; k < s->n_freed; k++)
			if (is_for(j->events[i], s->freed[k]))
				return true;
	return false;
}

static const char *runner_key(struct sim *s, const struct job *j)
{
	char *key = rq_arena_fmt(&s->step, "runner:%s", j->target);

	for (char *c = key; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	return key;
}

/* FN for everything that J holds or held. */
static void each_key(struct sim *s, const struct job *j, void (*fn)(struct sim *, const char *))
{
	bool runner = false;

	for (size_t i = 0; i < j->n_holds; i++) {
		fn(s, j->holds[i].key);
		runner = runner || rq_starts(j->holds[i].key, "runner:");
	}
	if (!runner)
		fn(s, runner_key(s, j));
}

static void end_jobs(struct sim *s)
{
	size_t left = 0;

	for (size_t i = 0; i < s->n_live; i++) {
		struct job *j = s->live[i];
		bool spends = false;

		if (j->state == JOB_RUNS && j->ends <= s->now) {
			j->state = JOB_OVER;
			each_key(s, j, give_back);
		}
		for (size_t k = 0; k < j->n_holds; k++)
			spends = spends || j->holds[k].spent;
		if (j->state == JOB_RUNS || spends)
			s->live[left++] = j;
	}
	s->n_live = left;
}

/* Who waits for what was given back gets it, until it is taken again: for the others nothing is new. */
static void hand_on(struct sim *s)
{
	struct job **v;
	size_t n = s->n_freed ? waiting(s, &v) : 0;

	for (size_t i = 0; i < n && s->n_freed; i++) {
		if (!hopes(s, v[i]))
			continue;
		decide(s, v[i]);
		if (v[i]->state == JOB_RUNS)
			each_key(s, v[i], take);
	}
	s->n_freed = 0;
}

/* ---- time ---- */

static void earlier(int64_t *t, int64_t at)
{
	if (at > 0 && (*t < 0 || at < *t))
		*t = at;
}

/* -1: nothing happens any more. */
static int64_t next_moment(const struct sim *s)
{
	int64_t t = -1;

	if (s->at < s->n)
		earlier(&t, s->v[s->at]->decision.at);
	for (size_t i = 0; i < s->n_live; i++)
		if (s->live[i]->state == JOB_RUNS)
			earlier(&t, s->live[i]->ends);
	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct job *j = &s->jobs[i];

		if (j->state == JOB_WAITS && j->wait_until > s->now && j->wait_until <= s->horizon)
			earlier(&t, j->wait_until);
	}
	return t;
}

/* One record: the fleet as it was seen, and the job as it was then. */
static void step(struct sim *s)
{
	size_t i = s->at++;
	struct job *j = &s->jobs[s->job_of[i]];
	bool seen = s->v[i]->decision.fleet != NULL, changed = seen && see_fleet(s, i);

	if (*s->v[i]->decision.job_id)
		s->latest[s->job_of[i]] = s->v[i]->decision.outcome == RQ_OUTCOME_PLACED ? s->v[i] : NULL;
	j->seen = s->v[i];
	if (seen)
		look(s, changed);
	if (j->state == JOB_COMES || j->state == JOB_WAITS)
		decide(s, j);
}

static void find_horizon(struct sim *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i]->decision.at > s->horizon)
			s->horizon = s->v[i]->decision.at;
		if (s->v[i]->ended_at > s->horizon)
			s->horizon = s->v[i]->ended_at;
	}
}

static void run(struct sim *s)
{
	int64_t t;

	find_horizon(s);
	while ((t = next_moment(s)) >= 0) {
		s->now = t > s->now ? t : s->now;
		end_jobs(s);
		hand_on(s);
		on_time(s);
		while (s->at < s->n && s->v[s->at]->decision.at <= s->now)
			step(s);
		rq_arena_release(&s->step);
	}
}

static void report_job(struct sim *s, const struct job *j, const struct rq_policy *was, struct rq_replay_report *report)
{
	const struct rq_journal_entry *recorded = j->placed ? j->placed : j->seen ? j->seen : j->first;
	struct rq_replay_result r = { .decision_id = recorded->decision.id,
				      .job_id = recorded->decision.job_id,
				      .type = recorded->decision.type,
				      .at = j->first->decision.at,
				      .now = j->now,
				      .missing = j->missing };

	rq_replay_side(&s->a, was, &recorded->decision, &r.was);
	if (recorded->started_at)
		r.was.waited_ms = recorded->started_at - j->first->decision.at;
	rq_replay_judge(&r);
	rq_replay_add(report, &r);
}

void rq_replay_simulate(const struct rq_policy *policy, const struct rq_journal_entry *const *v, size_t n,
			const struct rq_policy *(*policy_of)(void *ud, const struct rq_decision *d), void *ud,
			struct rq_replay_report *report)
{
	struct sim s = { .policy = policy, .v = v, .n = n };

	find_jobs(&s);
	guess_durations(&s);
	run(&s);
	for (size_t i = 0; i < s.n_jobs; i++) {
		const struct job *j = &s.jobs[i];

		report_job(&s, j, policy_of(ud, j->placed ? &j->placed->decision : &j->first->decision), report);
	}
	rq_free(s.freed);
	rq_arena_release(&s.rest_a);
	rq_arena_release(&s.step);
	rq_arena_release(&s.a);
}
