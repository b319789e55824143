#include "core/base/clock.h"
#include "core/model/job_json.h"

void rq_json_set_time(struct rq_json *o, const char *key, int64_t ms)
{
	char buf[RQ_TIME_LEN];

	if (ms <= 0)
		rq_json_set_null(o, key);
	else
		rq_json_set_str(o, key, rq_time_rfc3339(ms, true, buf));
}

/* -1 is "unknown" everywhere in the model. */
static void set_known(struct rq_json *o, const char *key, int64_t n)
{
	if (n < 0)
		rq_json_set_null(o, key);
	else
		rq_json_set_int(o, key, n);
}

static void set_strings(struct rq_json *o, const char *key, const char *const *v, size_t n)
{
	struct rq_json *a = rq_json_array();

	for (size_t i = 0; i < n; i++)
		rq_json_add_str(a, v[i]);
	rq_json_set(o, key, a);
}

static void set_state(struct rq_json *o, enum rq_status status, enum rq_conclusion conclusion, const char *raw)
{
	bool completed = status == RQ_STATUS_COMPLETED, known = !raw || !*raw;

	rq_json_set_str(o, "status", !known && !completed ? raw : rq_status_name(status));
	rq_json_set_text(o, "conclusion", !completed ? NULL : !known ? raw : rq_conclusion_name(conclusion));
}

static void set_outcome(struct rq_json *o, const struct rq_job *j)
{
	set_state(o, j->status, j->conclusion, j->state_raw);
	rq_json_set_text(o, "reason", j->reason);
	set_known(o, "exit_code", j->exit_code);
	set_known(o, "signal", j->signal ? j->signal : -1);
	rq_json_set_bool(o, "cancel_requested", j->cancel_requested);
}

static void set_placement(struct rq_json *o, const struct rq_job *j)
{
	set_strings(o, "labels", j->labels.v, j->labels.n);
	rq_json_set_text(o, "target", j->target);
	rq_json_set_text(o, "runner_name", j->runner_name);
	rq_json_set_text(o, "group", j->group);
	rq_json_set_int(o, "priority", j->priority);
	rq_json_set_text(o, "decision_id", j->decision_id);
}

static void set_times(struct rq_json *o, const struct rq_job *j)
{
	rq_json_set_time(o, "created_at", j->created_at);
	rq_json_set_time(o, "started_at", j->started_at);
	rq_json_set_time(o, "completed_at", j->completed_at);
	rq_json_set_time(o, "run_at", j->run_at);
	rq_json_set_int(o, "timeout_ms", j->timeout_ms);
}

struct rq_json *rq_job_to_json(const struct rq_job *j)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_str(o, "id", j->id);
	rq_json_set_text(o, "run_id", j->run_id);
	rq_json_set_int(o, "run_attempt", j->run_attempt);
	rq_json_set_text(o, "queue", j->queue);
	rq_json_set_str(o, "name", j->name);
	rq_json_set_str(o, "type", j->type);
	rq_json_set_str(o, "command", j->command);
	set_outcome(o, j);
	set_placement(o, j);
	set_times(o, j);
	rq_json_set_int(o, "retries", j->retries);
	rq_json_set_int(o, "failures", j->failures);
	rq_json_set_int(o, "losses", j->losses);
	rq_json_set_int(o, "step", j->step);
	rq_json_set_int(o, "step_count", j->steps);
	rq_json_set_text(o, "html_url", j->url);
	return o;
}

static struct rq_json *run_step_to_json(const struct rq_run_step *s)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_int(o, "number", s->number);
	rq_json_set_str(o, "name", s->name);
	set_state(o, s->status, s->conclusion, s->state_raw);
	rq_json_set_time(o, "started_at", s->started_at);
	rq_json_set_time(o, "completed_at", s->completed_at);
	return o;
}

static struct rq_json *run_job_to_json(const struct rq_run_job *j)
{
	struct rq_json *o = rq_json_object(), *steps = rq_json_array();

	rq_json_set_str(o, "id", j->id);
	rq_json_set_str(o, "name", j->name);
	set_state(o, j->status, j->conclusion, j->state_raw);
	rq_json_set_text(o, "reason", j->reason);
	set_strings(o, "labels", j->labels.v, j->labels.n);
	rq_json_set_text(o, "runner_name", j->runner_name);
	rq_json_set_time(o, "created_at", j->created_at);
	rq_json_set_time(o, "started_at", j->started_at);
	rq_json_set_time(o, "completed_at", j->completed_at);
	rq_json_set_text(o, "html_url", j->html_url);
	for (size_t i = 0; i < j->n_steps; i++)
		rq_json_add(steps, run_step_to_json(&j->steps[i]));
	rq_json_set(o, "steps", steps);
	return o;
}

/* Of a run that has jobs of its own. */
static void set_jobs(struct rq_json *o, const struct rq_job_detail *d)
{
	struct rq_json *jobs;

	if (!d->n_jobs)
		return;
	jobs = rq_json_array();
	for (size_t i = 0; i < d->n_jobs; i++)
		rq_json_add(jobs, run_job_to_json(&d->jobs[i]));
	rq_json_set(o, "jobs", jobs);
}

static struct rq_json *step_to_json(const struct rq_step *s, size_t number)
{
	struct rq_json *o = rq_json_object(), *argv;

	rq_json_set_int(o, "number", (int64_t)number);
	rq_json_set_text(o, "name", s->name);
	if (!s->argv) {
		rq_json_set_str(o, "run", s->script);
		return o;
	}
	argv = rq_json_array();
	for (size_t i = 0; s->argv[i]; i++)
		rq_json_add_str(argv, s->argv[i]);
	rq_json_set(o, "command", argv);
	return o;
}

static struct rq_json *attempt_to_json(const struct rq_attempt *a)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_int(o, "run_attempt", a->number);
	rq_json_set_text(o, "runner_name", a->runner_name);
	rq_json_set_text(o, "result", a->result);
	rq_json_set_time(o, "started_at", a->started_at);
	rq_json_set_time(o, "completed_at", a->completed_at);
	set_known(o, "exit_code", a->exit_code);
	set_known(o, "signal", a->signal ? a->signal : -1);
	return o;
}

struct rq_json *rq_job_detail_to_json(const struct rq_job_detail *d)
{
	struct rq_json *o = rq_job_to_json(&d->job), *steps = rq_json_array(),
		       *attempts = rq_json_array();

	for (size_t i = 0; i < d->n_steps; i++)
		rq_json_add(steps, step_to_json(&d->steps[i], i + 1));
	for (size_t i = 0; i < d->n_attempts; i++)
		rq_json_add(attempts, attempt_to_json(&d->attempts[i]));
	rq_json_set(o, "steps", steps);
	rq_json_set_text(o, "cwd", d->cwd);
	set_strings(o, "env", d->env_names, d->n_env);
	set_strings(o, "params", d->params, d->n_params);
	set_strings(o, "after", d->after, d->n_after);
	set_strings(o, "dependents", d->dependents, d->n_dependents);
	rq_json_set(o, "attempts", attempts);
	set_jobs(o, d);
	rq_json_set_int(o, "log_max", d->log_max);
	rq_json_set_int(o, "memory_max", d->memory_max);
	rq_json_set_int(o, "nice", d->nice);
	if (d->note && *d->note)
		rq_json_set_str(o, "note", d->note);
	return o;
}

/* GitHub has labels of runners as objects. */
static struct rq_json *runner_labels(const struct rq_labels *l)
{
	struct rq_json *a = rq_json_array();

	for (size_t i = 0; i < l->n; i++) {
		struct rq_json *label = rq_json_object();

		rq_json_set_str(label, "name", l->v[i]);
		rq_json_add(a, label);
	}
	return a;
}

static void set_drain(struct rq_json *o, const struct rq_runner *r)
{
	rq_json_set_str(o, "drain", rq_drain_name(r->drain));
	rq_json_set_text(o, "drain_reason", r->drain_reason);
	rq_json_set_text(o, "drain_by", r->drain_by);
	rq_json_set_text(o, "drain_note", r->drain_note);
	rq_json_set_text(o, "note", r->note);
	rq_json_set_time(o, "drain_since", r->drain_since);
	rq_json_set_time(o, "drain_deadline", r->drain_deadline);
}

struct rq_json *rq_runner_to_json(const struct rq_runner *r)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_str(o, "name", r->name);
	rq_json_set_text(o, "queue", r->queue);
	rq_json_set_text(o, "os", r->os);
	rq_json_set_text(o, "arch", r->arch);
	rq_json_set_text(o, "host", r->host);
	rq_json_set_str(o, "status", r->online ? "online" : "offline");
	rq_json_set_bool(o, "busy", r->running > 0);
	rq_json_set_bool(o, "hung", r->hung);
	rq_json_set(o, "labels", runner_labels(&r->labels));
	rq_json_set_int(o, "slots", r->slots);
	rq_json_set_int(o, "running", r->running);
	set_drain(o, r);
	rq_json_set_text(o, "version", r->version);
	rq_json_set_time(o, "started_at", r->started_at);
	rq_json_set_time(o, "seen_at", r->seen_at);
	set_known(o, "cpu_cores", r->cpu_cores);
	set_known(o, "memory_bytes", r->memory_bytes);
	set_known(o, "disk_free_bytes", r->disk_free_bytes);
	set_known(o, "temp_milli_c", r->temp_milli_c);
	set_known(o, "load_milli", r->load_milli);
	set_strings(o, "tools", r->tools.v, r->tools.n);
	set_known(o, "id", r->id ? r->id : -1);
	rq_json_set_text(o, "job", r->job);
	rq_json_set_text(o, "job_name", r->job_name);
	return o;
}

struct rq_json *rq_queue_state_to_json(const struct rq_queue_state *q)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_str(o, "name", q->name);
	rq_json_set_str(o, "kind", q->kind);
	rq_json_set_int(o, "queued", q->queued);
	rq_json_set_int(o, "in_progress", q->running);
	rq_json_set_int(o, "waiting", q->waiting);
	rq_json_set_int(o, "completed", q->finished);
	rq_json_set_text(o, "error", q->error);
	rq_json_set_time(o, "fetched_at", q->fetched_at);
	set_known(o, "points", q->points);
	set_known(o, "points_limit", q->points_limit);
	rq_json_set_time(o, "points_reset_at", q->points_reset_at);
	return o;
}
