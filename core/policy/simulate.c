/* simulate.c - the history as another policy would have made it.
 *
 * What the records tell is taken apart: what a runner was busy with is the jobs that we know, and a rest that we do not
 * (jobs from before the period). The rest stays; the jobs are placed anew. The moments at which something happens are
 * those of the records (a job comes, the fleet is seen), the ends of jobs, and the limits of those that wait. */
#include <stdlib.h>
#include <string.h>
#include "core/policy/decide.h"
#include "core/policy/replay.h"

enum job_state { JOB_COMES, JOB_WAITS, JOB_RUNS, JOB_OVER };

struct job {
	const struct rq_journal_entry *first, *placed;  /* PLACED: its first placement; NULL never */
	const struct rq_journal_entry *seen;            /* the latest record so far: its facts hold now */
	enum job_state state;
	int64_t duration;
	int64_t ends, wait_until, started;
	const char *target, *route;
	size_t n_holds;
	struct rq_hold *holds;                          /* as placed here */
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

static int64_t duration_of(const struct rq_journal_entry *e)
{
	return e->started_at && e->ended_at > e->started_at ? e->ended_at - e->started_at : -1;
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
			j->duration = duration_of(s->v[i]);
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
			int64_t known = duration_of(s->jobs[k].first);

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

/* ---- what is in use ---- */

static struct rq_counter *counter(struct rq_arena *a, struct rq_fleet *f, const char *key, size_t *cap)
{
	struct rq_counter *v = (struct rq_counter *)f->counters;
	char *low;

	for (size_t i = 0; i < f->n_counters; i++)
		if (rq_ieq(v[i].key, key))
			return &v[i];
	if (f->n_counters == *cap) {
		*cap = *cap * 2 + 16;
		v = rq_arena_alloc(a, *cap * sizeof *v);
		if (f->n_counters)
			memcpy(v, f->counters, f->n_counters * sizeof *v);
		f->counters = v;
	}
	low = rq_arena_str(a, key);
	for (char *c = low; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	v[f->n_counters] = (struct rq_counter){ low, 0 };
	return &v[f->n_counters++];
}

static struct rq_runner *runner(struct rq_fleet *f, const char *name)
{
	struct rq_runner *v = (struct rq_runner *)f->runners;

	for (size_t i = 0; i < f->n_runners; i++)
		if (rq_ieq(v[i].name, name))
			return &v[i];
	return NULL;
}

static int64_t spent(const struct rq_hold *h, int64_t seconds)
{
	return h->per_second && seconds >= 0 ? h->per_second * seconds : h->amount;
}

static void count_holds(struct rq_arena *a, struct rq_fleet *f, size_t *cap, const struct rq_hold *h, size_t n, bool over,
			int64_t seconds, int sign)
{
	for (size_t i = 0; i < n; i++) {
		struct rq_counter *c;

		if (over && !h[i].spent)
			continue;
		c = counter(a, f, h[i].key, cap);
		c->n += sign * (over ? spent(&h[i], seconds) : h[i].amount);
		if (c->n < 0)
			c->n = 0;
	}
}

/* Take out of F what the job of placement E took when F was seen. */
static void take_out(struct rq_arena *a, struct rq_fleet *f, size_t *cap, const struct rq_journal_entry *e)
{
	struct rq_runner *r = runner(f, e->decision.target);
	bool over = e->ended_at && e->ended_at <= f->taken_at;
	int64_t ms = duration_of(e);

	count_holds(a, f, cap, e->decision.holds, e->decision.n_holds, over, ms < 0 ? -1 : ms / 1000, -1);
	if (over || !r)
		return;
	if (e->started_at && e->started_at <= f->taken_at) {
		if (r->running)
			r->running--;
	} else if (r->placed) {
		r->placed--;
	}
}

static int by_counter(const void *pa, const void *pb)
{
	const struct rq_counter *a = pa, *b = pb;

	return strcmp(a->key, b->key);
}

static void fleet_copy(struct rq_arena *a, const struct rq_fleet *from, struct rq_fleet *to, size_t *cap)
{
	struct rq_runner *r = rq_arena_alloc(a, (from->n_runners + 1) * sizeof *r);
	struct rq_counter *c;

	*cap = from->n_counters + 8;
	c = rq_arena_alloc(a, *cap * sizeof *c);
	if (from->n_runners)
		memcpy(r, from->runners, from->n_runners * sizeof *r);
	if (from->n_counters)
		memcpy(c, from->counters, from->n_counters * sizeof *c);
	*to = (struct rq_fleet){ .n_runners = from->n_runners, .n_counters = from->n_counters, .runners = r, .counters = c,
				 .taken_at = from->taken_at };
}

/* The fleet of record I, without our jobs: of each, where its latest record before that had placed it. */
static void see_fleet(struct sim *s, size_t i)
{
	const struct rq_journal_entry **latest = rq_arena_alloc(&s->step, (s->n_jobs + 1) * sizeof *latest);
	size_t cap;

	rq_arena_release(&s->rest_a);
	fleet_copy(&s->rest_a, s->v[i]->decision.fleet, &s->rest, &cap);
	s->seen_fleet = true;
	for (size_t k = 0; k < i; k++)
		if (*s->v[k]->decision.job_id)
			latest[s->job_of[k]] = s->v[k]->decision.outcome == RQ_OUTCOME_PLACED ? s->v[k] : NULL;
	for (size_t k = 0; k < s->n_jobs; k++)
		if (latest[k])
			take_out(&s->rest_a, &s->rest, &cap, latest[k]);
}

/* A runner that was there when the fleet was seen is thought to be there still. */
static void age(struct rq_fleet *f, int64_t ms)
{
	struct rq_runner *r = (struct rq_runner *)f->runners;

	for (size_t i = 0; i < f->n_runners; i++)
		if (r[i].online && r[i].seen_at)
			r[i].seen_at += ms;
}

/* The rest and our jobs where they are now. */
static void fleet_now(struct sim *s, struct rq_fleet *f)
{
	size_t cap;

	fleet_copy(&s->step, &s->rest, f, &cap);
	age(f, s->now - s->rest.taken_at);
	f->taken_at = s->now;
	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct job *j = &s->jobs[i];
		struct rq_runner *r;

		if ((j->state != JOB_RUNS && j->state != JOB_OVER) || j->started < 0)
			continue;
		count_holds(&s->step, f, &cap, j->holds, j->n_holds, j->state == JOB_OVER, j->duration / 1000, 1);
		r = j->state == JOB_RUNS ? runner(f, j->target) : NULL;
		if (r)
			r->running++;
	}
	qsort((void *)f->counters, f->n_counters, sizeof *f->counters, by_counter);
}

/* ---- what happens ---- */

static void keep_holds(struct sim *s, struct job *j, const struct rq_decision *d)
{
	j->n_holds = d->n_holds;
	j->holds = rq_arena_alloc(&s->a, (d->n_holds + 1) * sizeof *j->holds);
	for (size_t i = 0; i < d->n_holds; i++) {
		j->holds[i] = d->holds[i];
		j->holds[i].key = rq_arena_str(&s->a, d->holds[i].key);
	}
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
	if (d.outcome == RQ_OUTCOME_PLACED) {
		j->state = JOB_RUNS;
		j->target = j->now.target;
		j->started = s->now;
		j->ends = s->now + j->duration;
		j->now.waited_ms = s->now - j->first->decision.at;
		keep_holds(s, j, &d);
	}
	rq_arena_release(&own);
}

static const struct rq_facts *facts_of(const struct job *j)
{
	return j->seen->decision.facts;
}

/* Those that wait, the most urgent first, then the oldest: as a dispatcher does it. */
static void decide_waiting(struct sim *s)
{
	bool *done = rq_arena_alloc(&s->step, (s->n_jobs + 1) * sizeof *done);

	for (;;) {
		struct job *best = NULL;

		for (size_t i = 0; i < s->n_jobs; i++) {
			struct job *j = &s->jobs[i];

			if (j->state == JOB_WAITS && !done[i] &&
			    (!best || facts_of(j)->priority > facts_of(best)->priority))
				best = j;
		}
		if (!best)
			return;
		done[best - s->jobs] = true;
		decide(s, best);
	}
}

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
	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct job *j = &s->jobs[i];

		if (j->state == JOB_RUNS)
			earlier(&t, j->ends);
		if (j->state == JOB_WAITS && j->wait_until > s->now && j->wait_until <= s->horizon)
			earlier(&t, j->wait_until);
	}
	return t;
}

static bool end_jobs(struct sim *s)
{
	bool any = false;

	for (size_t i = 0; i < s->n_jobs; i++)
		if (s->jobs[i].state == JOB_RUNS && s->jobs[i].ends <= s->now) {
			s->jobs[i].state = JOB_OVER;
			any = true;
		}
	return any;
}

static bool is_due(const struct sim *s)
{
	for (size_t i = 0; i < s->n_jobs; i++)
		if (s->jobs[i].state == JOB_WAITS && s->jobs[i].wait_until && s->jobs[i].wait_until <= s->now)
			return true;
	return false;
}

/* One record: the fleet as it was seen, and the job as it was then. */
static void step(struct sim *s)
{
	size_t i = s->at++;
	struct job *j = &s->jobs[s->job_of[i]];

	j->seen = s->v[i];
	if (s->v[i]->decision.fleet)
		see_fleet(s, i);
	if (j->state == JOB_COMES)
		decide(s, j);
}

static void run(struct sim *s)
{
	int64_t t;

	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i]->decision.at > s->horizon)
			s->horizon = s->v[i]->decision.at;
		if (s->v[i]->ended_at > s->horizon)
			s->horizon = s->v[i]->ended_at;
	}
	while ((t = next_moment(s)) >= 0) {
		bool again;

		s->now = t > s->now ? t : s->now;
		again = end_jobs(s) || is_due(s);
		if (again)
			decide_waiting(s);
		while (s->at < s->n && s->v[s->at]->decision.at <= s->now) {
			bool news = s->jobs[s->job_of[s->at]].state == JOB_WAITS;

			step(s);
			if (news || s->v[s->at - 1]->decision.fleet)
				decide_waiting(s);
		}
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
	rq_arena_release(&s.rest_a);
	rq_arena_release(&s.step);
	rq_arena_release(&s.a);
}
