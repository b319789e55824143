/* Testing rows with a filter. */
#include <stdio.h>
#include <string.h>
#include "core/base/str.h"
#include "core/model/filter_impl.h"
#include "core/model/id.h"

/* A number of a row: what it is now, and since when it grows by itself; SINCE 0: it does not. */
struct number {
	int64_t value, since;
};

/* One row as the terms see it: the texts that are shown, and what each field holds. Numbers and states are asked for when
 * a term is about them. */
struct row {
	const struct rq_filter *f;
	const char *text[20];
	size_t n;
	const char *fields[RQ_FIELD_N];
	const char *state2; /* a second word for STATUS */
	const char *own_id; /* of a decision, whose ID may be its job's as well */
	const struct rq_labels *labels;
	const struct rq_job *job;
	const struct rq_runner *runner;
	int64_t at;         /* of a decision, of a line of activity */
};

/* ---- texts ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* The whole of TEXT, where * stands for any bytes. Linear but for one step back: the last *. */
static bool glob(const char *pattern, const char *text)
{
	const char *star = NULL, *back = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			back = text;
		} else if (lower(*pattern) == lower(*text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool label_matches(const struct rq_labels *l, const char *v)
{
	for (size_t i = 0; i < l->n; i++)
		if (glob(v, l->v[i]))
			return true;
	return false;
}

/* One of the words of "audio,self-hosted,@macmini". */
static bool item_matches(const char *list, const char *v)
{
	char item[RQ_NAME_MAX + 1];
	size_t n;

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n >= sizeof item)
			continue;
		memcpy(item, list, n);
		item[n] = 0;
		if (glob(v, item))
			return true;
	}
	return false;
}

/* "17" means the job of that number on any queue. */
static bool id_matches(const char *id, const char *v)
{
	const char *colon = strchr(id, ':');

	return glob(v, id) || (colon && glob(v, colon + 1));
}

/* The field that TEXT has, or a word of the state. */
static bool state_matches(const struct row *r, const char *v)
{
	const char *have = r->fields[RQ_FIELD_STATUS];

	return (have && glob(v, have)) || (r->state2 && glob(v, r->state2));
}

/* A part of the text, or with * the whole. */
static bool part_matches(const char *text, const char *v)
{
	return text && *text && (strchr(v, '*') ? glob(v, text) : rq_icontains(text, v));
}

static bool system_matches(const struct rq_runner *n, const char *v)
{
	char system[2 * RQ_NAME_MAX];

	if (!n)
		return false;
	snprintf(system, sizeof system, "%s/%s", n->os ? n->os : "", n->arch ? n->arch : "");
	return part_matches(system, v);
}

static bool text_field_matches(const struct row *r, enum rq_field field, const char *v)
{
	const char *have = r->fields[field];

	switch (field) {
	case RQ_FIELD_LABEL:
		return r->labels ? label_matches(r->labels, v) : have && item_matches(have, v);
	case RQ_FIELD_STATUS:
		return state_matches(r, v);
	case RQ_FIELD_ID:
		return (have && id_matches(have, v)) || (r->own_id && glob(v, r->own_id));
	case RQ_FIELD_JOB:
		return (have && id_matches(have, v)) || (r->runner && part_matches(r->runner->job_name, v));
	case RQ_FIELD_SYSTEM:
		return system_matches(r->runner, v);
	case RQ_FIELD_NAME: case RQ_FIELD_COMMAND: case RQ_FIELD_NOTE: case RQ_FIELD_POLICY:
		return part_matches(have, v);
	default:
		return have && *have && glob(v, have);
	}
}

static bool shows(const struct rq_term *t, const char *s)
{
	if (!s || !*s)
		return false;
	if (t->regex)
		return rq_regex_find(t->regex, s, strlen(s), 0, NULL, NULL) == RQ_REGEX_MATCH;
	return rq_icontains(s, t->values[0]);
}

static bool text_matches(const struct row *r, const struct rq_term *t)
{
	for (size_t i = 0; i < r->n; i++)
		if (shows(t, r->text[i]))
			return true;
	for (size_t i = 0; r->labels && i < r->labels->n; i++)
		if (shows(t, r->labels->v[i]))
			return true;
	return false;
}

/* ---- numbers and times ---- */

static bool grown(const struct row *r, int64_t since, struct number *out)
{
	out->since = since;
	out->value = r->f->now > since ? r->f->now - since : 0;
	return since > 0;
}

static bool fixed(int64_t value, bool known, struct number *out)
{
	out->since = 0;
	out->value = value;
	return known;
}

static bool job_number(const struct row *r, enum rq_field field, struct number *out)
{
	const struct rq_job *j = r->job;

	switch (field) {
	case RQ_FIELD_AGE: return grown(r, j->created_at, out);
	case RQ_FIELD_STARTED: return grown(r, j->started_at, out);
	case RQ_FIELD_ENDED: return grown(r, j->completed_at, out);
	case RQ_FIELD_TIME:
		return j->completed_at ? fixed(rq_job_elapsed(j, r->f->now), j->started_at > 0, out)
				       : grown(r, j->started_at, out);
	case RQ_FIELD_WAIT:
		if (!j->started_at && rq_job_active(j))
			return grown(r, j->created_at, out);
		return fixed(j->started_at - j->created_at, j->started_at > 0, out);
	case RQ_FIELD_ATTEMPT: return fixed(j->run_attempt, true, out);
	case RQ_FIELD_PRIORITY: return fixed(j->priority, true, out);
	case RQ_FIELD_EXIT: return fixed(j->exit_code, j->exit_code >= 0, out);
	default: return false;
	}
}

static bool runner_number(const struct row *r, enum rq_field field, struct number *out)
{
	const struct rq_runner *n = r->runner;

	switch (field) {
	case RQ_FIELD_AGE: return grown(r, n->started_at, out);
	case RQ_FIELD_STARTED: return n->online && grown(r, n->started_at, out);
	case RQ_FIELD_SEEN: return n->online ? fixed(0, true, out) : grown(r, n->seen_at, out);
	case RQ_FIELD_SLOTS: return fixed(n->slots, true, out);
	case RQ_FIELD_RUNNING: return fixed(n->running, true, out);
	case RQ_FIELD_LOAD: return fixed(n->load_milli, n->load_milli >= 0, out);
	case RQ_FIELD_TEMP: return fixed(n->temp_milli_c, n->temp_milli_c >= 0, out);
	case RQ_FIELD_CORES: return fixed(n->cpu_cores, n->cpu_cores > 0, out);
	case RQ_FIELD_MEMORY: return fixed(n->memory_bytes, n->memory_bytes > 0, out);
	case RQ_FIELD_DISK: return fixed(n->disk_free_bytes, n->disk_free_bytes >= 0, out);
	default: return false;
	}
}

static bool number_of(const struct row *r, enum rq_field field, struct number *out)
{
	if (r->job)
		return job_number(r, field, out);
	if (r->runner)
		return runner_number(r, field, out);
	return field == RQ_FIELD_AGE && grown(r, r->at, out);
}

/* What began at SINCE crosses LIMIT, and then exceeds it. */
static void will_change(struct rq_filter *f, int64_t since, int64_t limit)
{
	int64_t at = since > INT64_MAX - limit - 1 ? 0 : since + limit;

	if (!at)
		return;
	if (at <= f->now)
		at++;
	if (at > f->now && (!f->next || at < f->next))
		f->next = at;
}

static bool number_matches(struct rq_filter *f, const struct row *r, const struct rq_term *t)
{
	struct number have;

	if (!number_of(r, t->field, &have))
		return false;
	if (have.since)
		will_change(f, have.since, t->number);
	switch (t->compare) {
	case RQ_CMP_LT: return have.value < t->number;
	case RQ_CMP_LE: return have.value <= t->number;
	case RQ_CMP_GT: return have.value > t->number;
	case RQ_CMP_GE: return have.value >= t->number;
	default: return have.value == t->number;
	}
}

/* ---- states ---- */

static bool job_failed(const struct rq_job *j)
{
	return j->conclusion == RQ_CONCLUSION_FAILURE || j->conclusion == RQ_CONCLUSION_TIMED_OUT ||
	       j->conclusion == RQ_CONCLUSION_STARTUP_FAILURE;
}

static bool job_stuck(struct rq_filter *f, const struct rq_job *j)
{
	int64_t since = rq_job_since(j);

	if (!since)
		return false;
	will_change(f, since, RQ_STUCK_MS);
	return f->now - since > RQ_STUCK_MS;
}

static bool is_so(struct rq_filter *f, const struct row *r, enum rq_is is, const char *v)
{
	const struct rq_job *j = r->job;

	if (!j)
		return state_matches(r, v);
	switch (is) {
	case RQ_IS_ACTIVE: return rq_job_active(j);
	case RQ_IS_FINISHED: return !rq_job_active(j);
	case RQ_IS_RUNNING: return j->status == RQ_STATUS_IN_PROGRESS;
	case RQ_IS_FAILED: return !rq_job_active(j) && job_failed(j);
	case RQ_IS_RETRIED: return j->run_attempt > 1;
	case RQ_IS_STUCK: return job_stuck(f, j);
	default: return state_matches(r, v);
	}
}

/* ---- terms ---- */

static bool term_matches(struct rq_filter *f, const struct row *r, const struct rq_term *t)
{
	if (t->field == RQ_FIELD_ANY || t->field == RQ_FIELD_REGEX)
		return text_matches(r, t);
	if (!t->n)
		return number_matches(f, r, t);
	for (size_t i = 0; i < t->n; i++)
		if (t->field == RQ_FIELD_IS ? is_so(f, r, t->is[i], t->values[i])
					    : text_field_matches(r, t->field, t->values[i]))
			return true;
	return false;
}

static bool matches(struct rq_filter *f, struct row *r)
{
	r->f = f;
	for (size_t i = 0; i < f->n; i++)
		if (term_matches(f, r, &f->terms[i]) == f->terms[i].negated)
			return false;
	return true;
}

void rq_filter_at(struct rq_filter *f, int64_t now)
{
	f->now = now;
	f->next = 0;
}

int64_t rq_filter_next(const struct rq_filter *f)
{
	return f->next;
}

/* ---- rows ---- */

static void show(struct row *r, const char *text)
{
	r->text[r->n++] = text;
}

bool rq_filter_job(struct rq_filter *f, const struct rq_job *j)
{
	struct row r = { .labels = &j->labels, .job = j };

	if (!f->n)
		return true;
	show(&r, j->id);
	show(&r, j->name);
	show(&r, j->type);
	show(&r, j->command);
	show(&r, rq_job_state_text(j));
	show(&r, j->runner_name);
	show(&r, j->target);
	show(&r, j->group);
	show(&r, j->reason);
	show(&r, j->branch);
	show(&r, j->event);
	show(&r, j->actor);
	r.fields[RQ_FIELD_STATUS] = rq_status_name(j->status);
	r.state2 = j->status == RQ_STATUS_COMPLETED ? rq_conclusion_name(j->conclusion) : NULL;
	r.fields[RQ_FIELD_TYPE] = j->type;
	r.fields[RQ_FIELD_RUNNER] = j->runner_name && *j->runner_name ? j->runner_name : j->target;
	r.fields[RQ_FIELD_QUEUE] = j->queue;
	r.fields[RQ_FIELD_ID] = r.fields[RQ_FIELD_JOB] = j->id;
	r.fields[RQ_FIELD_NAME] = j->name;
	r.fields[RQ_FIELD_COMMAND] = j->command;
	r.fields[RQ_FIELD_GROUP] = j->group;
	r.fields[RQ_FIELD_REASON] = j->reason;
	r.fields[RQ_FIELD_CONCLUSION] = r.state2;
	r.fields[RQ_FIELD_BRANCH] = j->branch;
	r.fields[RQ_FIELD_EVENT] = j->event;
	r.fields[RQ_FIELD_ACTOR] = j->actor;
	return matches(f, &r);
}

bool rq_filter_runner(struct rq_filter *f, const struct rq_runner *n)
{
	struct row r = { .labels = &n->labels, .runner = n };

	if (!f->n)
		return true;
	r.fields[RQ_FIELD_STATUS] = !n->online ? "offline" : n->hung ? "hung" : n->running ? "busy" : "idle";
	r.state2 = n->drain != RQ_DRAIN_ACTIVE ? rq_drain_name(n->drain)
		   : n->online		       ? "online"
					       : NULL;
	show(&r, n->name);
	show(&r, n->queue);
	show(&r, r.fields[RQ_FIELD_STATUS]);
	show(&r, r.state2);
	show(&r, n->os);
	show(&r, n->arch);
	show(&r, n->host);
	show(&r, n->drain_reason);
	show(&r, n->note);
	show(&r, n->job);
	show(&r, n->job_name);
	r.fields[RQ_FIELD_RUNNER] = r.fields[RQ_FIELD_NAME] = r.fields[RQ_FIELD_ID] = n->name;
	r.fields[RQ_FIELD_QUEUE] = n->queue;
	r.fields[RQ_FIELD_REASON] = n->drain_reason;
	r.fields[RQ_FIELD_NOTE] = n->drain == RQ_DRAIN_ACTIVE ? n->note : n->drain_reason;
	r.fields[RQ_FIELD_JOB] = n->job;
	r.fields[RQ_FIELD_HOST] = n->host;
	r.fields[RQ_FIELD_VERSION] = n->version;
	return matches(f, &r);
}

bool rq_filter_decision(struct rq_filter *f, const struct rq_decision *d)
{
	struct row r = { .at = d->at, .own_id = d->id };

	if (!f->n)
		return true;
	show(&r, d->id);
	show(&r, d->job_id);
	show(&r, d->trigger);
	show(&r, d->by);
	show(&r, d->note);
	show(&r, d->type);
	show(&r, d->wanted);
	show(&r, rq_outcome_name(d->outcome));
	show(&r, d->target);
	show(&r, d->reason);
	show(&r, d->policy);
	r.fields[RQ_FIELD_STATUS] = rq_outcome_name(d->outcome);
	r.fields[RQ_FIELD_TYPE] = d->type;
	r.fields[RQ_FIELD_RUNNER] = d->target;
	r.fields[RQ_FIELD_ID] = r.fields[RQ_FIELD_JOB] = d->job_id;
	r.fields[RQ_FIELD_POLICY] = d->policy;
	r.fields[RQ_FIELD_NOTE] = d->note;
	r.fields[RQ_FIELD_ACTOR] = d->by;
	r.fields[RQ_FIELD_EVENT] = d->trigger;
	r.fields[RQ_FIELD_REASON] = d->reason;
	r.fields[RQ_FIELD_LABEL] = d->wanted;
	return matches(f, &r);
}

bool rq_filter_activity(struct rq_filter *f, const struct rq_activity *a)
{
	struct row r = { .at = a->at };

	if (!f->n)
		return true;
	show(&r, a->actor);
	show(&r, a->action);
	show(&r, a->object);
	show(&r, a->detail);
	show(&r, a->result);
	r.fields[RQ_FIELD_STATUS] = a->result;
	r.fields[RQ_FIELD_ACTOR] = a->actor;
	r.fields[RQ_FIELD_TYPE] = a->action;
	r.fields[RQ_FIELD_ID] = r.fields[RQ_FIELD_JOB] = r.fields[RQ_FIELD_NAME] = r.fields[RQ_FIELD_RUNNER] = a->object;
	r.fields[RQ_FIELD_NOTE] = a->detail;
	return matches(f, &r);
}
