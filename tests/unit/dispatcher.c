/* What a dispatcher asks of its queue, and what it decides: over a queue that is a table in memory. */
#include "tests/unit/unit.h"

#include <limits.h>
#include "core/agent/dispatcher_parts.h"
#include "core/base/clock.h"
#include "core/base/str.h"

enum { JOBS_MAX = 1200, RUNNERS = 2, COUNTERS_MAX = 50, RECORDS_MAX = 100 };

#define NOW INT64_C(1795284000000)      /* 2026-11-21T18:00:00Z */
static int64_t now_ms = NOW;

static int64_t test_now(void)
{
	return now_ms;
}

static const char policy_text[] =
	"schema: 2\n"
	"defaults: {runner_stale_after: 3s}\n"
	"routes:\n"
	"  transcribe:\n    prefer: [macmini]\n    fallback: [rpi4]\n    constraints: {max_concurrent: 1}\n"
	"  window: {prefer: [macmini], windows: [{days: mon-sun, from: \"22:00\", to: \"23:00\"}]}\n"
	"  both: {prefer: [macmini, rpi4], concurrency: {group: one, limit: 1}}\n"
	"groups: {one: {limit: 1}}\n"
	"runner_capabilities:\n"
	"  macmini: {max_concurrent_jobs: 2}\n  rpi4: {max_concurrent_jobs: 2}\n";

/* --- the queue ------------------------------------------------------------------------------ */

struct fake_job {
	char id[24], decision[RQ_ULID_LEN], target[32], reason[40], type[24];
	bool due, gone;
	int priority;
	int64_t wait_until, seq;
	size_t n_wakes, n_holds;
	char wakes[8][64];
	struct rq_hold holds[8];
	char keys[8][64];
};

struct fake {
	struct rq_queue q;
	struct rq_loop *loop;
	struct rq_dispatcher *d;
	struct rq_paths paths;
	char dir[64];
	struct rq_policy *policy;       /* for its id */
	struct fake_job jobs[JOBS_MAX];
	size_t n_jobs;
	struct rq_runner runners[RUNNERS];
	struct rq_counter counters[COUNTERS_MAX];
	char keys[COUNTERS_MAX][64];
	size_t n_counters;
	bool other;                     /* another has the duty */
	int64_t fence, seq;
	int opens, decides, refuse;     /* refuse: so many DECIDEs more */
	int full_open, full_decide;     /* no room on the disk at the Nth OPEN, DECIDE from now; 0 none */
	int slow_ms;                    /* what a DECIDE takes */
	int submits, repeats, submit_code;
	char refused[24];               /* the job of the last one */
	char records[RECORDS_MAX][200];
	size_t n_records;
	struct rq_schedule_state schedule;
	char rerouted[200];
	bool released, running_job;
	struct fake_job *quick, *over;  /* it ends when the next decision has been stored */
};

static int64_t *counter(struct fake *f, const char *key)
{
	size_t at = 0;

	while (at < f->n_counters && strcmp(f->keys[at], key) < 0)
		at++;
	if (at == f->n_counters || strcmp(f->keys[at], key)) {
		assert_true(f->n_counters < COUNTERS_MAX);
		memmove(f->keys[at + 1], f->keys[at], (f->n_counters - at) * sizeof f->keys[0]);
		memmove(&f->counters[at + 1], &f->counters[at], (f->n_counters - at) * sizeof f->counters[0]);
		rq_copy(f->keys[at], sizeof f->keys[at], key);
		f->counters[at].n = 0;
		f->n_counters++;
	}
	for (size_t i = 0; i < f->n_counters; i++)
		f->counters[i].key = f->keys[i];
	return &f->counters[at].n;
}

static void give_back(struct fake *f, struct fake_job *j)
{
	for (size_t i = 0; i < j->n_holds; i++)
		*counter(f, j->keys[i]) -= j->holds[i].amount;
	j->n_holds = 0;
}

static void lower_copy(char *to, size_t n, const char *from)
{
	rq_copy(to, n, from);
	for (; *to; to++)
		if (*to >= 'A' && *to <= 'Z')
			*to += 32;
}

static void follow(struct fake *f, struct fake_job *j, const struct rq_decision *d)
{
	give_back(f, j);
	j->due = false;
	j->seq = ++f->seq;
	rq_copy(j->decision, sizeof j->decision, d->id);
	rq_copy(j->target, sizeof j->target, d->outcome == RQ_OUTCOME_PLACED ? d->target : "");
	rq_copy(j->reason, sizeof j->reason, d->reason);
	j->wait_until = d->wait_until;
	j->n_wakes = 0;
	for (size_t i = 0; i < d->n_wake_on && i < 8; i++)
		rq_copy(j->wakes[j->n_wakes++], 64, d->wake_on[i]);
	for (size_t i = 0; i < d->n_holds && d->outcome == RQ_OUTCOME_PLACED; i++) {
		j->holds[i] = d->holds[i];
		lower_copy(j->keys[i], 64, d->holds[i].key);
		j->n_holds++;
		*counter(f, j->keys[i]) += d->holds[i].amount;
	}
}

static bool comes(const struct rq_call *c, const struct fake_job *j)
{
	if (j->gone)
		return false;
	if (c->u.open.all || (c->u.open.since && j->seq >= c->u.open.since) || j->due || *j->target || (j->wait_until && j->wait_until <= now_ms))
		return true;
	for (size_t i = 0; i < c->u.open.n_events; i++)
		for (size_t k = 0; k < j->n_wakes; k++)
			if (rq_ieq(c->u.open.events[i], j->wakes[k]))
				return true;
	return false;
}

static const char *const one[] = { "self-hosted" };
static const struct rq_labels labels = { 1, (const char **)(uintptr_t)one };

static void show(struct fake *f, struct rq_call *c, const struct fake_job *j)
{
	struct rq_open_job *o = &c->u.open.v[c->u.open.n++];

	o->id = rq_call_str(c, j->id);
	o->decision_id = rq_call_str(c, j->decision);
	o->policy_oid = f->policy->oid;
	o->target = rq_call_str(c, j->target);
	o->reason = rq_call_str(c, j->reason);
	o->due = j->due;
	o->wait_until = j->wait_until;
	o->n_wake_on = j->n_wakes;
	o->wake_on = rq_arena_alloc(&c->arena, 8 * sizeof *o->wake_on);
	for (size_t i = 0; i < j->n_wakes; i++)
		o->wake_on[i] = rq_call_str(c, j->wakes[i]);
	o->facts = (struct rq_facts){ .type = rq_call_str(c, j->type), .labels = &labels, .target = "", .submitter = "",
				      .source = "", .attempt = 1, .created_at = now_ms };
}

static void open_jobs(struct fake *f, struct rq_call *c)
{
	bool behind = !c->u.open.after;
	size_t n = 0;

	f->opens++;
	c->u.open.seq = f->seq;
	c->u.open.v = rq_arena_alloc(&c->arena, (c->u.open.max + 1) * sizeof *c->u.open.v);
	for (size_t i = 0; i < f->n_jobs; i++) {
		const struct fake_job *j = &f->jobs[i];

		if (behind && comes(c, j)) {
			c->u.open.more = n == c->u.open.max;
			if (c->u.open.more)
				break;
			show(f, c, j);
			n++;
		}
		behind |= rq_eq(j->id, c->u.open.after);
	}
	for (size_t i = 0; i < f->n_jobs; i++)
		if (f->jobs[i].wait_until > now_ms && (!c->u.open.next_at || f->jobs[i].wait_until < c->u.open.next_at))
			c->u.open.next_at = f->jobs[i].wait_until;
	c->u.open.fleet.n_runners = RUNNERS;
	c->u.open.fleet.runners = rq_arena_alloc(&c->arena, sizeof f->runners);
	memcpy((void *)(uintptr_t)c->u.open.fleet.runners, f->runners, sizeof f->runners);
	c->u.open.fleet.n_counters = f->n_counters;
	c->u.open.fleet.counters = rq_arena_alloc(&c->arena, sizeof f->counters);
	memcpy((void *)(uintptr_t)c->u.open.fleet.counters, f->counters, sizeof f->counters);
	c->u.open.fleet.taken_at = now_ms;
	rq_fleet_seal(&c->arena, &c->u.open.fleet);
	c->u.open.n_schedules = f->schedule.name ? 1 : 0;
	c->u.open.schedules = &f->schedule;
}

static struct fake_job *job_of(struct fake *f, const char *id)
{
	for (size_t i = 0; i < f->n_jobs; i++)
		if (rq_eq(f->jobs[i].id, id))
			return &f->jobs[i];
	fail_msg("there is no job %s", id);
	return NULL;
}

static int decide_job(struct fake *f, struct rq_call *c)
{
	const struct rq_decision *d = c->u.decide.decision;
	struct fake_job *j = job_of(f, c->u.decide.id);

	f->decides++;
	if (f->slow_ms)
		usleep((useconds_t)f->slow_ms * 1000);
	if (f->full_decide && !--f->full_decide)
		return rq_fail(&c->err, RQ_EFULL, "There is no room on the disk.");
	if (f->refuse > 0) {
		f->refuse--;
		rq_copy(f->refused, sizeof f->refused, j->id);
		return rq_fail(&c->err, RQ_ECONFLICT, "A hold found no place.");
	}
	if (c->u.decide.fence != f->fence || !rq_eq(d->prev_id, j->decision))
		return rq_fail(&c->err, RQ_ECONFLICT, "There is a later decision.");
	assert_true(f->n_records < RECORDS_MAX);
	snprintf(f->records[f->n_records++], 200, "%s %s %s -> %s %s %s by %s", j->id, d->trigger, d->note,
		 rq_outcome_name(d->outcome), d->target, d->reason, d->by);
	follow(f, j, d);
	if (f->over) {
		give_back(f, f->over);
		f->over->gone = true;
		rq_dispatcher_kick(f->d);
	}
	f->over = f->quick == j ? j : NULL;
	return RQ_OK;
}

static int tell_decision(struct fake *f, struct rq_call *c)
{
	for (size_t i = 0; i < f->n_jobs; i++) {
		struct rq_decision *d;

		if (!rq_eq(f->jobs[i].decision, c->u.decision.id))
			continue;
		d = rq_arena_alloc(&c->arena, sizeof *d);
		rq_decision_init(d);
		d->governed = true;
		d->policy_path = "policy.yaml";
		d->policy_oid = f->policy->oid;
		d->holds = rq_arena_alloc(&c->arena, sizeof f->jobs[i].holds);
		memcpy(d->holds, f->jobs[i].holds, sizeof f->jobs[i].holds);
		d->n_holds = f->jobs[i].n_holds;
		for (size_t k = 0; k < d->n_holds; k++)
			d->holds[k].key = f->jobs[i].keys[k];
		c->u.decision.decision = d;
		return RQ_OK;
	}
	return rq_fail(&c->err, RQ_ENOTFOUND, "There is no such decision.");
}

static int submit(struct fake *f, struct rq_call *c)
{
	const struct rq_submission *s = c->u.submit.v;

	c->u.submit.each = rq_arena_alloc(&c->arena, sizeof *c->u.submit.each);
	c->u.submit.each->id = "";
	assert_string_equal(s->decision->trigger, "schedule");
	assert_string_equal(s->source, "cron");
	f->submits++;
	if (f->submit_code)
		return rq_fail(&c->err, f->submit_code, "The policy refuses this job.");
	if (f->schedule.name && f->schedule.last_due >= s->schedule_due) {
		f->repeats++;
		return RQ_OK;
	}
	f->schedule.name = "tick";
	assert_string_equal(s->schedule, "tick");
	f->schedule.last_due = s->schedule_due;
	c->u.submit.each->id = "fake:99";
	return RQ_OK;
}

static int tell_duty(struct fake *f, struct rq_call *c)
{
	c->u.duty.other = f->other ? "agent:other" : "";
	c->u.duty.held = !f->other && !c->u.duty.release;
	c->u.duty.fence = f->fence;
	f->released |= c->u.duty.release;
	return RQ_OK;
}

static void fill_job(struct fake *f, struct rq_arena *a, struct rq_job *j)
{
	*j = (struct rq_job){ .id = "fake:50", .name = "long", .type = "command", .status = RQ_STATUS_IN_PROGRESS,
			      .runner_name = "macmini", .target = "", .group = "", .run_attempt = 1, .decision_id = "D50",
			      .reason = *f->rerouted ? RQ_WHY_REROUTING : "" };
	rq_labels_parse(a, "self-hosted,audio", &j->labels, NULL);
}

static void tell_jobs(struct fake *f, struct rq_call *c)
{
	struct rq_snapshot *s = rq_snapshot_new();

	if (f->running_job) {
		s->jobs = rq_arena_alloc(&s->arena, sizeof *s->jobs);
		fill_job(f, &s->arena, s->jobs);
		s->n_jobs = 1;
	}
	c->u.snapshot.snapshot = s;
}

static int answer(struct fake *f, struct rq_call *c)
{
	switch (c->verb) {
	case RQ_VERB_DUTY:
		return tell_duty(f, c);
	case RQ_VERB_OPEN:
		if (f->full_open && !--f->full_open)
			return rq_fail(&c->err, RQ_EFULL, "There is no room on the disk.");
		open_jobs(f, c);
		return RQ_OK;
	case RQ_VERB_DECIDE:
		return decide_job(f, c);
	case RQ_VERB_DECISION:
		return tell_decision(f, c);
	case RQ_VERB_POLICY:
		if (c->u.policy.text || !rq_eq(c->u.policy.oid, f->policy->oid))
			return rq_fail(&c->err, RQ_ENOTFOUND, "It is not kept.");
		c->u.policy.found_text = policy_text;
		return RQ_OK;
	case RQ_VERB_SUBMIT:
		return submit(f, c);
	case RQ_VERB_SNAPSHOT:
		tell_jobs(f, c);
		return RQ_OK;
	case RQ_VERB_JOB:
		c->u.job.detail = rq_arena_alloc(&c->arena, sizeof *c->u.job.detail);
		fill_job(f, &c->arena, &c->u.job.detail->job);
		return RQ_OK;
	case RQ_VERB_REROUTE:
		snprintf(f->rerouted, sizeof f->rerouted, "%s %s %s restart=%d labels=%zu", c->u.reroute.id,
			 c->u.reroute.decision->trigger, c->u.reroute.decision->prev_id, c->u.reroute.restart,
			 c->u.reroute.labels.n);
		return RQ_OK;
	default:
		return rq_fail(&c->err, RQ_EUNSUPPORTED, "A table cannot do that.");
	}
}

static void start(struct rq_queue *q, struct rq_call *c)
{
	rq_queue_answer(q, c, answer((struct fake *)q, c));
}

static void nothing(struct rq_queue *q)
{
	(void)q;
}

static const struct rq_queue_ops fake_ops = { .kind = "fake", .caps = UINT_MAX, .stop = nothing, .close = nothing, .start = start };

/* --- the bed ---------------------------------------------------------------------------------- */

static int up(void **state)
{
	struct fake *f = rq_alloc(sizeof *f);

	now_ms = NOW;	struct rq_problems p = { 0 };
	struct rq_error e = { 0 };

	rq_clock_replace(test_now, NULL);
	assert_int_equal(rq_loop_new(&f->loop, NULL), RQ_OK);
	f->q.ops = &fake_ops;
	f->q.loop = f->loop;
	f->q.name = rq_strdup("fake");
	f->fence = 7;
	rq_copy(f->dir, sizeof f->dir, "/tmp/relayq-dispatcher-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->paths.config = f->paths.state = f->paths.data = f->paths.runtime = f->paths.logs = f->paths.cache = f->dir;
	if (rq_policy_load("policy.yaml", policy_text, strlen(policy_text), &f->policy, &p, &e))
		fail_msg("%s", e.msg);
	rq_problems_release(&p);
	for (int i = 0; i < RUNNERS; i++) {
		f->runners[i] = (struct rq_runner){ .name = i ? "rpi4" : "macmini", .queue = "fake", .online = true, .slots = 2,
						    .os = "linux", .arch = "arm64", .host = "", .version = "1", .drain_reason = "",
						    .drain_by = "", .seen_at = now_ms, .memory_bytes = INT64_C(8000000000),
						    .cpu_cores = 4, .disk_free_bytes = INT64_C(100000000000) };
		f->runners[i].labels = labels;
	}
	*state = f;
	return 0;
}

static void say(void *ud)
{
	*(bool *)ud = true;
}

static void turn(struct fake *f, int ms)
{
	int64_t until = rq_mono_ns() + ms * INT64_C(1000000);

	while (rq_mono_ns() < until)
		rq_loop_turn(f->loop, 5);
}

#define UNTIL(f, cond) \
	do { \
		for (int waited_ = 0; !(cond) && waited_ < 400 * rq_clock_speed(); waited_++) \
			rq_loop_turn((f)->loop, 10); \
		assert_true(cond); \
	} while (0)

static void begin(struct fake *f)
{
	struct rq_dispatcher_options o = { .loop = f->loop, .queue = &f->q, .paths = &f->paths, .name = "agent:rpi4" };

	f->d = rq_dispatcher_new(&o);
}

static void kick(struct fake *f)
{
	rq_dispatcher_kick(f->d);
}

static int down(void **state)
{
	struct fake *f = *state;
	bool stopped = !f->d;
	char path[100];

	if (f->d)
		rq_dispatcher_stop(f->d, say, &stopped);
	UNTIL(f, stopped);
	rq_dispatcher_free(f->d);
	rq_policy_free(f->policy);
	rq_queue_close(&f->q);
	rq_loop_free(f->loop);
	snprintf(path, sizeof path, "%s/config.yaml", f->dir);
	unlink(path);
	rmdir(f->dir);
	rq_clock_replace(NULL, NULL);
	rq_free(f);
	return 0;
}

/* A job without a decision of its own yet: it is due. */
static struct fake_job *add(struct fake *f, const char *type)
{
	struct fake_job *j = &f->jobs[f->n_jobs++];

	snprintf(j->id, sizeof j->id, "fake:%zu", f->n_jobs);
	snprintf(j->decision, sizeof j->decision, "D%zu", f->n_jobs);
	rq_copy(j->type, sizeof j->type, type);
	j->due = true;
	return j;
}

static void last_record_is(struct fake *f, const char *text)
{
	assert_true(f->n_records > 0);
	assert_string_equal(f->records[f->n_records - 1], text);
}

static void ends(struct fake *f, struct fake_job *j)
{
	give_back(f, j);
	j->gone = true;
	kick(f);
}

/* --- the tests -------------------------------------------------------------------------------- */

static void who_is_due_is_decided(void **state)
{
	struct fake *f = *state;
	struct fake_job *j = add(f, "transcribe");

	begin(f);
	UNTIL(f, f->n_records == 1);
	last_record_is(f, "fake:1 wake job:ready -> PLACED macmini PREFERRED by dispatcher:rpi4");
	assert_string_equal(j->target, "macmini");
	assert_true(rq_dispatcher_on_duty(f->d));
	turn(f, 100);
	assert_int_equal(f->n_records, 1);
}

/* max_concurrent: 1 on each of two runners: the third waits, and moves when a place is free, with the event. */
static void a_freed_place_wakes_one(void **state)
{
	struct fake *f = *state;
	struct fake_job *a = add(f, "transcribe");

	for (int i = 0; i < 5; i++)
		add(f, "transcribe");
	begin(f);
	UNTIL(f, f->n_records == 6);
	assert_string_equal(f->jobs[1].target, "rpi4");
	assert_string_equal(f->jobs[2].target, "");
	assert_string_equal(f->jobs[2].reason, "ROUTE_CONCURRENCY");
	turn(f, 50);
	f->decides = 0;
	ends(f, a);
	UNTIL(f, f->n_records == 7);
	last_record_is(f, "fake:3 wake route:transcribe@macmini -> PLACED macmini PREFERRED by dispatcher:rpi4");
	turn(f, 100);
	/* The others were looked at, and nothing new was there to say. */
	assert_int_equal(f->decides, 1);
	assert_int_equal(f->n_records, 7);
}

/* What a job waits for may be over before anybody has looked: it is decided again all the same. */
static void a_place_free_again_at_once(void **state)
{
	struct fake *f = *state;
	struct fake_job *a, *b;

	begin(f);
	UNTIL(f, f->opens > 0);
	turn(f, 30);
	/* One submitter saw the other's job in the one place; that job is over. */
	b = add(f, "transcribe");
	b->due = false;
	b->seq = ++f->seq;
	rq_copy(b->reason, sizeof b->reason, "ROUTE_CONCURRENCY");
	rq_copy(b->wakes[b->n_wakes++], 64, "route:transcribe@macmini");
	kick(f);
	UNTIL(f, f->n_records == 1);
	assert_string_equal(b->target, "macmini");
	ends(f, b);
	turn(f, 30);
	/* One that we place ourselves, and that is over at once. */
	a = add(f, "both");
	b = add(f, "both");
	f->quick = a;
	kick(f);
	UNTIL(f, *b->target);
}

static void a_thousand_wait_for_one_place(void **state)
{
	struct fake *f = *state;
	struct fake_job *a = add(f, "both");
	int64_t worst = 0;

	begin(f);
	UNTIL(f, f->n_records == 1);
	for (int i = 0; i < 1000; i++) {
		struct fake_job *j = add(f, "both");

		j->due = false;
		rq_copy(j->reason, sizeof j->reason, "GROUP_CONCURRENCY");
		rq_copy(j->wakes[0], sizeof j->wakes[0], "group:one");
		rq_copy(j->wakes[1], sizeof j->wakes[1], "runner:*.registered");
		j->n_wakes = 2;
	}
	turn(f, 50);
	f->opens = f->decides = 0;
	ends(f, a);
	for (int i = 0; i < 1000 && f->opens < 12; i++) {
		int64_t began = rq_mono_ns(), took;

		rq_loop_turn(f->loop, 5);
		took = rq_mono_ns() - began;
		worst = took > worst ? took : worst;
	}
	turn(f, 200);
	assert_int_equal(f->decides, 1);
	assert_string_equal(f->jobs[1].target, "macmini");
	/* One page and a half at most in a turn: in a loaded machine's time, under sanitizers and valgrind. */
	assert_true(f->opens >= 11);
	assert_true(worst < INT64_C(2000000000) * rq_clock_speed());
}

static void a_stranded_job_moves(void **state)
{
	struct fake *f = *state;

	add(f, "transcribe");
	begin(f);
	UNTIL(f, f->n_records == 1);
	turn(f, 30);
	f->runners[0].online = false;
	kick(f);
	turn(f, 100);
	now_ms += 2900;
	kick(f);
	turn(f, 100);
	assert_int_equal(f->n_records, 1);
	now_ms += 200;
	kick(f);
	UNTIL(f, f->n_records == 2);
	last_record_is(f, "fake:1 failover runner:macmini.offline -> PLACED rpi4 FALLBACK_USED by dispatcher:rpi4");
	/* It does not go back by itself. */
	f->runners[0].online = true;
	kick(f);
	turn(f, 100);
	assert_int_equal(f->n_records, 2);
}

/* Without anybody else it waits, and is placed when its runner is back. */
static void it_waits_for_its_runner(void **state)
{
	struct fake *f = *state;

	f->runners[1].online = false;
	add(f, "transcribe");
	begin(f);
	UNTIL(f, f->n_records == 1);
	turn(f, 30);
	f->runners[0].drain = RQ_DRAIN_DRAINING;
	kick(f);
	UNTIL(f, f->n_records == 2);
	assert_non_null(strstr(f->records[1], "fake:1 failover runner:macmini.draining -> WAIT"));
	turn(f, 30);
	f->runners[0].drain = RQ_DRAIN_ACTIVE;
	kick(f);
	UNTIL(f, f->n_records == 3);
	last_record_is(f, "fake:1 wake runner:macmini.undrained -> PLACED macmini PREFERRED by dispatcher:rpi4");
}

/* Its own place in the group is not in its way. */
static void a_stranded_job_takes_its_place_along(void **state)
{
	struct fake *f = *state;

	add(f, "both");
	begin(f);
	UNTIL(f, f->n_records == 1);
	turn(f, 30);
	f->runners[0].drain = RQ_DRAIN_DRAINING;
	kick(f);
	UNTIL(f, f->n_records == 2);
	assert_string_equal(f->jobs[0].target, "rpi4");
	assert_int_equal(*counter(f, "group:one"), 1);
}

static void time_wakes(void **state)
{
	struct fake *f = *state;

	add(f, "window");
	begin(f);
	UNTIL(f, f->n_records == 1);
	assert_true(f->jobs[0].wait_until > now_ms);
	turn(f, 30);
	now_ms = f->jobs[0].wait_until;
	kick(f);
	UNTIL(f, f->n_records == 2);
	last_record_is(f, "fake:1 time wait_until -> PLACED macmini PREFERRED by dispatcher:rpi4");
}

/* A refusal makes it look again, and holds up nobody else. */
static void conflicts_are_bounded(void **state)
{
	struct fake *f = *state;

	add(f, "transcribe");
	add(f, "transcribe");
	f->refuse = 2;
	begin(f);
	UNTIL(f, f->n_records == 2);
	assert_string_equal(f->refused, "fake:1");
	f->refuse = INT_MAX;
	add(f, "both");
	f->decides = 0;
	kick(f);
	turn(f, 300);
	assert_in_range(f->decides, 1, 10);
}

/* macmini comes; what goes wrong while that is looked at costs time, and loses nothing. */
static void comes_and(struct fake *f, int full_open, int full_decide, int refuse)
{
	f->runners[0].online = f->runners[1].online = false;
	add(f, "transcribe");
	begin(f);
	UNTIL(f, f->n_records == 1);
	turn(f, 100);
	f->runners[0].online = true;
	f->full_open = full_open;
	f->full_decide = full_decide;
	f->refuse = refuse;
	kick(f);
	UNTIL(f, f->n_records == 2);
	assert_string_equal(f->jobs[0].target, "macmini");
	assert_int_equal(f->full_open + f->full_decide + f->refuse, 0);
}

static void a_look_that_fails_loses_no_event(void **state)
{
	comes_and(*state, 2, 0, 0);
}

static void a_decision_without_room_is_made_later(void **state)
{
	comes_and(*state, 0, 1, 0);
}

static void refused_twice_is_not_forgotten(void **state)
{
	comes_and(*state, 0, 0, 2);
}

/* However long a look took: what comes then waits no longer than a second and a bit. */
static void a_long_look_is_no_pause(void **state)
{
	struct fake *f = *state;
	int64_t began;

	add(f, "transcribe");
	f->slow_ms = 400;
	begin(f);
	UNTIL(f, f->n_records == 1);
	f->slow_ms = 0;
	add(f, "transcribe");
	began = rq_mono_ns();
	kick(f);
	UNTIL(f, f->n_records == 2);
	assert_true(rq_mono_ns() - began < INT64_C(3000000000));
}

static void who_loses_the_duty_stops(void **state)
{
	struct fake *f = *state;

	f->other = true;
	begin(f);
	add(f, "both");
	turn(f, 100);
	assert_int_equal(f->opens, 0);
	assert_false(rq_dispatcher_on_duty(f->d));
	f->other = false;
	UNTIL(f, f->n_records == 1);
	/* Another took over: what we still decide is refused by the fence. */
	f->fence++;
	add(f, "transcribe");
	kick(f);
	turn(f, 100);
	assert_int_equal(f->n_records, 1);
	UNTIL(f, f->n_records == 2);
}

static void the_duty_is_given_back(void **state)
{
	struct fake *f = *state;
	bool stopped = false;

	begin(f);
	UNTIL(f, f->opens > 0);
	rq_dispatcher_stop(f->d, say, &stopped);
	assert_false(stopped);
	UNTIL(f, stopped);
	assert_true(f->released);
	rq_dispatcher_free(f->d);
	f->d = NULL;
}

static void write_config(struct fake *f, const char *text)
{
	char path[100];

	snprintf(path, sizeof path, "%s/config.yaml", f->dir);
	assert_int_equal(rq_file_write(path, text, strlen(text), 0600, NULL), RQ_OK);
}

#define TICK "schedules: {tick: {cron: \"* * * * *\", command: [\"true\"]}, bad: {cron: x}}\n"

static int64_t real_now;
static int64_t moving_now(void)
{
	return real_now;
}

static void schedules_are_made_once(void **state)
{
	struct fake *f = *state;

	rq_clock_replace(NULL, NULL);
	real_now = rq_now() + 600000;
	rq_clock_replace(moving_now, NULL);
	write_config(f, TICK);
	begin(f);
	/* Ten minutes nobody was there: one job. */
	UNTIL(f, f->submits == 1);
	turn(f, 200);
	assert_int_equal(f->submits, 1);
	assert_true(f->schedule.last_due <= real_now && f->schedule.last_due > real_now - 60000);
	real_now += 60000;
	UNTIL(f, f->submits == 2);
	/* What a predecessor made is not made again. */
	real_now += 60000;
	f->schedule.last_due = real_now;
	kick(f);
	turn(f, 100);
	assert_int_equal(f->submits, 2);
	assert_int_equal(f->repeats, 0);
	/* A refusal is not tried again before the next minute. */
	f->submit_code = RQ_EREFUSED;
	real_now += 60000;
	kick(f);
	UNTIL(f, f->submits == 3);
	kick(f);
	turn(f, 100);
	assert_int_equal(f->submits, 3);
}

static void a_conflict_is_decided_again(void **state)
{
	struct fake *f = *state;

	rq_clock_replace(NULL, NULL);
	real_now = rq_now() + 600000;
	rq_clock_replace(moving_now, NULL);
	write_config(f, TICK);
	f->submit_code = RQ_ECONFLICT;
	begin(f);
	UNTIL(f, f->submits == 8);
	turn(f, 200);
	assert_int_equal(f->submits, 8);
}

static void a_drain_past_its_deadline(void **state)
{
	struct fake *f = *state;

	f->running_job = true;
	f->runners[0].running = 1;
	f->runners[0].drain = RQ_DRAIN_DRAINING;
	f->runners[0].drain_deadline = now_ms + 60000;
	begin(f);
	UNTIL(f, f->opens > 0);
	turn(f, 50);
	assert_string_equal(f->rerouted, "");
	now_ms += 60000;
	kick(f);
	UNTIL(f, *f->rerouted);
	assert_string_equal(f->rerouted, "fake:50 drain D50 restart=1 labels=2");
	/* It was asked for once. */
	f->rerouted[0] = '*';
	kick(f);
	turn(f, 50);
	assert_int_equal(f->rerouted[0], '*');
}

/* --- events ------------------------------------------------------------------------------------- */

static void events_are(struct rq_seen *s, const struct rq_fleet *fleet, const char *want)
{
	struct rq_events e = { 0 };
	struct rq_str got;

	rq_str_init(&got, 0);
	rq_seen_update(s, fleet, now_ms, &e);
	for (size_t i = 0; i < e.n; i++)
		rq_str_addf(&got, "%s%s", i ? " " : "", e.v[i]);
	assert_string_equal(rq_str_get(&got), want);
	rq_str_release(&got);
	rq_events_clear(&e);
}

static void what_has_happened(void **state)
{
	struct rq_runner r[2] = {
		{ .name = "mac", .online = true, .slots = 2, .running = 2, .temp_milli_c = 70000, .load_milli = 900,
		  .disk_free_bytes = 10, .drain = RQ_DRAIN_DRAINED },
		{ .name = "pi", .online = true, .slots = 1 },
	};
	struct rq_counter before[] = { { "group:audio", 2 }, { "minutes:batch:2026-11", 9 }, { "route:t@mac", 1 },
				       { "runner:mac", 2 }, { "usd:batch:2026-11", 50 } };
	struct rq_counter after[] = { { "group:audio", 1 }, { "route:t@mac", 1 }, { "runner:mac", 1 }, { "usd:batch:2026-11", 49 } };
	struct rq_fleet f = { .n_runners = 1, .runners = r, .n_counters = 5, .counters = before };
	struct rq_seen *s = rq_seen_new();

	(void)state;
	events_are(s, &f, "");
	events_are(s, &f, "");
	f.counters = after;
	f.n_counters = 4;
	events_are(s, &f, "group:audio budget:batch runner:mac.free");
	r[0].running = 1;
	r[0].temp_milli_c = 60000;
	events_are(s, &f, "runner:mac.free runner:mac.cool");
	r[0].load_milli = 10;
	r[0].disk_free_bytes = 20;
	r[0].drain = RQ_DRAIN_ACTIVE;
	events_are(s, &f, "runner:mac.undrained runner:mac.idle runner:mac.disk");
	r[0].online = false;
	events_are(s, &f, "");
	assert_int_equal(rq_seen_away_since(s, "MAC"), now_ms);
	now_ms += 5000;
	f.n_runners = 2;
	events_are(s, &f, "runner:*.registered runner:pi.online");
	assert_int_equal(rq_seen_away_since(s, "mac"), now_ms - 5000);
	assert_int_equal(rq_seen_away_since(s, "pi"), 0);
	r[0].online = true;
	r[0].hung = true;
	events_are(s, &f, "");
	r[0].hung = false;
	r[1].arch = "arm64";
	events_are(s, &f, "runner:mac.online runner:*.registered");
	rq_seen_free(s);
}

/* One that was away before we looked first may have lived for a minute after it was seen last. */
static void away_since_when(void **state)
{
	struct rq_runner r = { .name = "mac", .seen_at = now_ms - 300000 };
	struct rq_fleet f = { .n_runners = 1, .runners = &r };
	struct rq_seen *s = rq_seen_new();

	(void)state;
	events_are(s, &f, "");
	assert_int_equal(rq_seen_away_since(s, "mac"), now_ms - 240000);
	rq_seen_free(s);
	r.seen_at = now_ms - 10000;
	s = rq_seen_new();
	events_are(s, &f, "");
	assert_int_equal(rq_seen_away_since(s, "mac"), now_ms);
	rq_seen_free(s);
}

#define BED(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED(who_is_due_is_decided),
		BED(a_freed_place_wakes_one),
		BED(a_place_free_again_at_once),
		BED(a_thousand_wait_for_one_place),
		BED(a_stranded_job_moves),
		BED(it_waits_for_its_runner),
		BED(a_stranded_job_takes_its_place_along),
		BED(time_wakes),
		BED(conflicts_are_bounded), BED(a_look_that_fails_loses_no_event), BED(a_decision_without_room_is_made_later),
		BED(refused_twice_is_not_forgotten), BED(a_long_look_is_no_pause),
		BED(who_loses_the_duty_stops),
		BED(the_duty_is_given_back),
		BED(schedules_are_made_once),
		BED(a_conflict_is_decided_again),
		BED(a_drain_past_its_deadline),
		cmocka_unit_test(what_has_happened),
		cmocka_unit_test(away_since_when),
	};

	/* Its waits last seconds, and valgrind is slow enough as it is. */
	setenv("RELAYQ_TEST_SPEED", getenv("RELAYQ_TEST_VALGRIND") ? "1" : "4", 1);
	return cmocka_run_group_tests_name("dispatcher", tests, NULL, NULL);
}
