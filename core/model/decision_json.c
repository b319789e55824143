/* decision_json.c - decision records as JSON, and back. */
#include <limits.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/model/decision.h"
#include "core/model/job_json.h"

/* --- writing ------------------------------------------------------------------------------ */

/* What is empty is left out of parts, and null in the record itself. */
static void add_text(struct rq_json *o, const char *key, const char *value)
{
	if (value && *value)
		rq_json_set_str(o, key, value);
}

static struct rq_json *reason_json(const struct rq_reason *r)
{
	struct rq_json *o = rq_json_object();
	char cls[2] = { r->cls, '\0' };

	rq_json_set_str(o, "code", r->code);
	rq_json_set_str(o, "class", cls);
	add_text(o, "fact", r->fact);
	add_text(o, "op", r->op);
	add_text(o, "want", r->want);
	add_text(o, "got", r->got);
	add_text(o, "src", r->src);
	return o;
}

static struct rq_json *score_json(const struct rq_score *s)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_str(o, "scorer", s->scorer);
	rq_json_set_int(o, "raw", s->raw);
	rq_json_set_int(o, "weight", s->weight);
	return o;
}

static struct rq_json *candidate_json(const struct rq_candidate *c)
{
	struct rq_json *o = rq_json_object(), *list = rq_json_array();
	size_t i;

	rq_json_set_str(o, "name", c->name);
	rq_json_set_str(o, "tier", c->tier);
	rq_json_set_int(o, "pos", c->pos);
	rq_json_set_str(o, "verdict", c->pass ? "PASS" : "FAIL");
	for (i = 0; i < c->n_reasons; i++)
		rq_json_add(list, reason_json(&c->reasons[i]));
	rq_json_set(o, "reasons", list);
	if (c->n_scores) {
		list = rq_json_array();
		for (i = 0; i < c->n_scores; i++)
			rq_json_add(list, score_json(&c->scores[i]));
		rq_json_set(o, "scores", list);
	}
	rq_json_set_int(o, "total", c->total);
	return o;
}

static struct rq_json *policy_json(const struct rq_decision *d)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_str(o, "name", d->policy);
	add_text(o, "path", d->policy_path);
	add_text(o, "blob_oid", d->policy_oid);
	add_text(o, "commit_oid", d->commit_oid);
	if (d->dirty)
		rq_json_set_bool(o, "dirty", true);
	rq_json_set_int(o, "schema", d->schema);
	add_text(o, "policy_version", d->policy_version);
	return o;
}

/* A list that is kept as its text. */
static void add_list(struct rq_json *o, const char *key, const char *text)
{
	struct rq_json *list = NULL;

	if (!text || !*text || rq_json_parse(text, strlen(text), &list, NULL) != RQ_OK)
		return;
	rq_json_set(o, key, list);
}

static struct rq_json *job_json(const struct rq_decision *d)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_text(o, "id", d->job_id);
	rq_json_set_str(o, "type", d->type);
	rq_json_set_str(o, "wanted", d->wanted);
	if (d->facts)
		rq_json_set(o, "facts", rq_facts_to_json(d->facts));
	add_text(o, "facts_sha256", d->facts_sha256);
	add_list(o, "masked", d->masked);
	add_list(o, "erased", d->erased);
	return o;
}

static struct rq_json *steps_json(const struct rq_decision *d)
{
	struct rq_json *list = rq_json_array(), *o;
	size_t i;

	for (i = 0; i < d->n_steps; i++) {
		const struct rq_rule_step *s = &d->steps[i];

		o = rq_json_object();
		rq_json_set_str(o, "rule", s->rule);
		add_text(o, "src", s->src);
		rq_json_set_str(o, "result", s->result == 'T' ? "TRUE" : s->result == 'F' ? "FALSE" : "UNKNOWN");
		rq_json_set_bool(o, "matched", s->fired);
		add_text(o, "text", s->text);
		rq_json_add(list, o);
	}
	return list;
}

static struct rq_json *chosen_json(const struct rq_decision *d)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_text(o, "target", d->target);
	add_text(o, "route", d->route);
	add_text(o, "tier", d->tier);
	add_text(o, "workflow", d->workflow);
	if (d->timeout_ms)
		rq_json_set_int(o, "timeout_ms", d->timeout_ms);
	add_text(o, "group", d->group);
	return o;
}

static struct rq_json *holds_json(const struct rq_decision *d)
{
	struct rq_json *list = rq_json_array(), *o;
	size_t i;

	for (i = 0; i < d->n_holds; i++) {
		const struct rq_hold *h = &d->holds[i];

		o = rq_json_object();
		rq_json_set_str(o, "key", h->key);
		rq_json_set_int(o, "limit", h->limit);
		rq_json_set_int(o, "amount", h->amount);
		if (h->per_second)
			rq_json_set_int(o, "per_second", h->per_second);
		if (h->spent)
			rq_json_set_bool(o, "spent", true);
		rq_json_add(list, o);
	}
	return list;
}

static const char *const retry_on[] = { "FAILURE", "TEMPORARY", "TIMEOUT" };

static struct rq_json *retry_json(const struct rq_retry *r)
{
	struct rq_json *o = rq_json_object(), *on = rq_json_array();
	unsigned i;

	rq_json_set_int(o, "max", r->max);
	for (i = 0; i < 3; i++)
		if (r->on & (1u << i))
			rq_json_add_str(on, retry_on[i]);
	rq_json_set(o, "on", on);
	rq_json_set_int(o, "backoff_ms", r->backoff_ms);
	rq_json_set_int(o, "factor_milli", r->factor_milli);
	rq_json_set_int(o, "cap_ms", r->cap_ms);
	return o;
}

static struct rq_json *estimate_json(const struct rq_estimate *e)
{
	struct rq_json *o = rq_json_object();

	rq_json_set_int(o, "seconds", e->seconds);
	rq_json_set_int(o, "github_minutes", e->github_minutes);
	rq_json_set_int(o, "usd_nano", e->usd_nano);
	add_text(o, "basis", e->basis);
	return o;
}

/* "macmini: RUNNER_OFFLINE" with what that candidate lacks. */
static void set_nearest(struct rq_json *o, const struct rq_decision *d)
{
	const char *colon = strstr(d->nearest, ": ");
	struct rq_json *n;
	struct rq_str name;
	size_t i, k;

	if (!*d->nearest || !colon) {
		rq_json_set_null(o, "nearest_miss");
		return;
	}
	n = rq_json_object();
	rq_str_init(&name, 0);
	rq_str_addn(&name, d->nearest, (size_t)(colon - d->nearest));
	rq_json_set_str(n, "candidate", rq_str_get(&name));
	rq_json_set_str(n, "code", colon + 2);
	for (i = 0; i < d->n_candidates && strcmp(d->candidates[i].name, rq_str_get(&name)) != 0; i++)
		;
	for (k = 0; i < d->n_candidates && k < d->candidates[i].n_reasons; k++) {
		const struct rq_reason *r = &d->candidates[i].reasons[k];

		if (strcmp(r->code, colon + 2) != 0)
			continue;
		add_text(n, "want", r->want);
		add_text(n, "got", r->got);
		break;
	}
	rq_json_set(o, "nearest_miss", n);
	rq_str_release(&name);
}

static void set_result(struct rq_json *o, const struct rq_decision *d)
{
	struct rq_json *list = rq_json_array();
	size_t i;

	rq_json_set_str(o, "outcome", rq_outcome_name(d->outcome));
	rq_json_set_text(o, "reason", d->reason);
	if (d->governed)
		rq_json_set_bool(o, "governed", true);
	rq_json_set_time(o, "wait_until", d->wait_until);
	for (i = 0; i < d->n_wake_on; i++)
		rq_json_add_str(list, d->wake_on[i]);
	rq_json_set(o, "wake_on", list);
	if (d->n_holds)
		rq_json_set(o, "holds", holds_json(d));
	if (d->retry.max || d->retry.on)
		rq_json_set(o, "retry", retry_json(&d->retry));
	if (d->replace_pending)
		rq_json_set_bool(o, "replace_pending", true);
	if (d->estimate.seconds >= 0 || d->estimate.github_minutes || d->estimate.usd_nano)
		rq_json_set(o, "estimate", estimate_json(&d->estimate));
	set_nearest(o, d);
}

struct rq_json *rq_decision_to_json(const struct rq_decision *d)
{
	struct rq_json *o = rq_json_object(), *list;
	size_t i;

	rq_json_set_str(o, "decision_id", d->id);
	rq_json_set_time(o, "ts", d->at);
	if (d->engine && *d->engine) {
		list = rq_json_object();
		rq_json_set_str(list, "name", "relayq");
		rq_json_set_str(list, "version", d->engine);
		rq_json_set(o, "engine", list);
	}
	rq_json_set_text(o, "job_id", d->job_id);
	rq_json_set_str(o, "trigger", d->trigger);
	rq_json_set_text(o, "by", d->by);
	rq_json_set_text(o, "note", d->note);
	rq_json_set(o, "policy", policy_json(d));
	rq_json_set(o, "job", job_json(d));
	if (*d->fleet_sha256) {
		list = rq_json_object();
		rq_json_set_str(list, "sha256", d->fleet_sha256);
		rq_json_set(o, "snapshot", list);
	}
	if (d->n_steps)
		rq_json_set(o, "rule_trace", steps_json(d));
	list = rq_json_array();
	for (i = 0; i < d->n_candidates; i++)
		rq_json_add(list, candidate_json(&d->candidates[i]));
	rq_json_set(o, "candidates", list);
	rq_json_set(o, "chosen", chosen_json(d));
	set_result(o, d);
	rq_json_set_text(o, "prev_decision_id", d->prev_id);
	if (d->seq) {
		rq_json_set_int(o, "seq", d->seq);
		rq_json_set_str(o, "prev_hash", d->prev_hash);
		rq_json_set_str(o, "hash", d->hash);
	}
	return o;
}

/* --- reading: whatever is wrong leaves an empty place, never a NULL ------------------------- */

static const char *text(struct rq_arena *a, const struct rq_json *j, const char *key)
{
	const char *s = rq_json_get_str(j, key);

	return s && *s ? rq_arena_str(a, s) : "";
}

static int64_t moment(const struct rq_json *j, const char *key)
{
	int64_t at;

	return rq_time_parse(rq_json_get_str(j, key), &at) ? at : 0;
}

static int small(const struct rq_json *j, const char *key)
{
	int64_t n = rq_json_get_int(j, key, 0);

	return n < INT_MIN || n > INT_MAX ? 0 : (int)n;
}

/* The elements of a list: their number, and the first. */
static const struct rq_json *elements(const struct rq_json *j, const char *key, size_t *n)
{
	const struct rq_json *list = rq_json_get(j, key);

	*n = rq_json_is_array(list) ? rq_json_len(list) : 0;
	return *n ? rq_json_first(list) : NULL;
}

static void read_reason(struct rq_arena *a, const struct rq_json *j, struct rq_reason *r)
{
	r->code = text(a, j, "code");
	r->cls = *text(a, j, "class");
	r->fact = text(a, j, "fact");
	r->op = text(a, j, "op");
	r->want = text(a, j, "want");
	r->got = text(a, j, "got");
	r->src = text(a, j, "src");
}

static void read_candidate(struct rq_arena *a, const struct rq_json *j, struct rq_candidate *c)
{
	const struct rq_json *v;
	size_t i = 0;

	c->name = text(a, j, "name");
	c->tier = text(a, j, "tier");
	c->pos = small(j, "pos");
	c->pass = strcmp(text(a, j, "verdict"), "PASS") == 0;
	c->total = rq_json_get_int(j, "total", 0);
	v = elements(j, "reasons", &c->n_reasons);
	c->reasons = rq_arena_alloc(a, c->n_reasons * sizeof *c->reasons);
	for (; v; v = rq_json_next(v))
		read_reason(a, v, &c->reasons[i++]);
	v = elements(j, "scores", &c->n_scores);
	c->scores = rq_arena_alloc(a, c->n_scores * sizeof *c->scores);
	for (i = 0; v; v = rq_json_next(v), i++) {
		c->scores[i].scorer = text(a, v, "scorer");
		c->scores[i].raw = rq_json_get_int(v, "raw", 0);
		c->scores[i].weight = rq_json_get_int(v, "weight", 0);
	}
}

static void read_steps(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d)
{
	const struct rq_json *v = elements(j, "rule_trace", &d->n_steps);
	struct rq_rule_step *s = d->steps = rq_arena_alloc(a, d->n_steps * sizeof *d->steps);

	for (; v; v = rq_json_next(v), s++) {
		const char *result = text(a, v, "result");

		s->rule = text(a, v, "rule");
		s->src = text(a, v, "src");
		s->result = *result == 'T' || *result == 'F' ? *result : 'U';
		s->fired = rq_json_get_bool(v, "matched", false);
		s->text = text(a, v, "text");
	}
}

static void read_holds(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d)
{
	const struct rq_json *v = elements(j, "holds", &d->n_holds);
	struct rq_hold *h = d->holds = rq_arena_alloc(a, d->n_holds * sizeof *d->holds);

	for (; v; v = rq_json_next(v), h++) {
		h->key = text(a, v, "key");
		h->limit = rq_json_get_int(v, "limit", 0);
		h->amount = rq_json_get_int(v, "amount", 0);
		h->per_second = rq_json_get_int(v, "per_second", 0);
		h->spent = rq_json_get_bool(v, "spent", false);
	}
}

static void read_lists(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d)
{
	const struct rq_json *v = elements(j, "candidates", &d->n_candidates);
	size_t i = 0;

	d->candidates = rq_arena_alloc(a, d->n_candidates * sizeof *d->candidates);
	for (; v; v = rq_json_next(v))
		read_candidate(a, v, &d->candidates[i++]);
	v = elements(j, "wake_on", &d->n_wake_on);
	d->wake_on = rq_arena_alloc(a, d->n_wake_on * sizeof *d->wake_on);
	for (i = 0; v; v = rq_json_next(v))
		d->wake_on[i++] = rq_arena_str(a, rq_json_str(v) ? rq_json_str(v) : "");
	read_steps(a, j, d);
	read_holds(a, j, d);
}

static void read_policy(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d)
{
	const struct rq_json *o = rq_json_get(j, "policy");

	/* Early records have no more than the name. */
	d->policy = rq_json_is_object(o) ? text(a, o, "name") : text(a, j, "policy");
	d->policy_path = text(a, o, "path");
	d->policy_oid = text(a, o, "blob_oid");
	d->commit_oid = text(a, o, "commit_oid");
	d->dirty = rq_json_get_bool(o, "dirty", false);
	d->schema = small(o, "schema");
	d->policy_version = text(a, o, "policy_version");
}

static const char *list_text(struct rq_arena *a, const struct rq_json *j, const char *key)
{
	const struct rq_json *list = rq_json_get(j, key);
	const char *s = "";
	struct rq_str b;

	if (!rq_json_is_array(list))
		return s;
	rq_str_init(&b, 0);
	rq_json_print(list, &b, false);
	if (!b.full)
		s = rq_arena_str(a, rq_str_get(&b));
	rq_str_release(&b);
	return s;
}

static void read_job(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d)
{
	const struct rq_json *o = rq_json_get(j, "job");
	struct rq_facts *f;

	if (!rq_json_is_object(o))
		o = j;
	d->type = text(a, o, "type");
	d->wanted = text(a, o, "wanted");
	d->facts_sha256 = text(a, o, "facts_sha256");
	d->masked = list_text(a, o, "masked");
	d->erased = list_text(a, o, "erased");
	if (!rq_json_is_object(rq_json_get(o, "facts")))
		return;
	f = rq_arena_alloc(a, sizeof *f);
	if (rq_facts_from_json(a, rq_json_get(o, "facts"), f, NULL) == RQ_OK)
		d->facts = f;
}

static void read_chosen(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d)
{
	const struct rq_json *o = rq_json_get(j, "chosen");

	d->target = text(a, o ? o : j, "target");
	d->route = text(a, o, "route");
	d->tier = text(a, o, "tier");
	d->workflow = text(a, o, "workflow");
	d->timeout_ms = rq_json_get_int(o, "timeout_ms", 0);
	d->group = text(a, o, "group");
}

static void read_retry(const struct rq_json *o, struct rq_retry *r)
{
	const struct rq_json *v;
	size_t n;
	unsigned i;

	r->max = small(o, "max");
	for (v = elements(o, "on", &n); v; v = rq_json_next(v))
		for (i = 0; i < 3; i++)
			if (rq_eq(rq_json_str(v), retry_on[i]))
				r->on |= 1u << i;
	r->backoff_ms = rq_json_get_int(o, "backoff_ms", 0);
	r->factor_milli = small(o, "factor_milli");
	r->cap_ms = rq_json_get_int(o, "cap_ms", 0);
}

static void read_estimate(struct rq_arena *a, const struct rq_json *o, struct rq_estimate *e)
{
	e->seconds = rq_json_get_int(o, "seconds", -1);
	e->github_minutes = rq_json_get_int(o, "github_minutes", 0);
	e->usd_nano = rq_json_get_int(o, "usd_nano", 0);
	e->basis = text(a, o, "basis");
}

static const char *read_nearest(struct rq_arena *a, const struct rq_json *j)
{
	const struct rq_json *o = rq_json_get(j, "nearest_miss");

	if (!rq_json_is_object(o))
		return text(a, j, "nearest_miss");
	return rq_arena_fmt(a, "%s: %s", text(a, o, "candidate"), text(a, o, "code"));
}

int rq_decision_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_decision *d, struct rq_error *e)
{
	const char *outcome = rq_json_get_str(j, "outcome");
	int o;

	if (!rq_json_is_object(j) || !outcome)
		return rq_fail(e, RQ_ECORRUPT, "This is no decision record: it has no outcome.");
	rq_decision_init(d);
	for (o = RQ_OUTCOME_PLACED; o < RQ_OUTCOME_ERROR && strcmp(rq_outcome_name((enum rq_outcome)o), outcome) != 0; o++)
		;
	d->outcome = (enum rq_outcome)o;
	d->id = text(a, j, "decision_id");
	d->job_id = text(a, j, "job_id");
	d->prev_id = text(a, j, "prev_decision_id");
	d->trigger = text(a, j, "trigger");
	d->by = text(a, j, "by");
	d->note = text(a, j, "note");
	d->at = moment(j, "ts");
	d->engine = text(a, rq_json_get(j, "engine"), "version");
	read_policy(a, j, d);
	read_job(a, j, d);
	d->fleet_sha256 = text(a, rq_json_get(j, "snapshot"), "sha256");
	read_lists(a, j, d);
	read_chosen(a, j, d);
	d->reason = text(a, j, "reason");
	d->governed = rq_json_get_bool(j, "governed", false);
	d->wait_until = moment(j, "wait_until");
	read_retry(rq_json_get(j, "retry"), &d->retry);
	d->replace_pending = rq_json_get_bool(j, "replace_pending", false);
	read_estimate(a, rq_json_get(j, "estimate"), &d->estimate);
	d->nearest = read_nearest(a, j);
	d->seq = rq_json_get_int(j, "seq", 0);
	d->prev_hash = text(a, j, "prev_hash");
	d->hash = text(a, j, "hash");
	return RQ_OK;
}
