/* check.c - the limits that a submission keeps on every queue. */
#include <string.h>
#include "core/base/clock.h"
#include "core/model/id.h"
#include "core/queue/queue.h"

enum {
	NAME_BYTES = 256, STEPS = 100, ENV = 2000, PARAMS = 200, AFTER = 1000, PATH_BYTES = 4096,
	COMMAND_BYTES = 512 * 1024, ENV_BYTES = 512 * 1024, PARAM_BYTES = 64 * 1024, TOKEN_BYTES = 64
};
#define HOUR ((int64_t)3600 * 1000)
#define DAY (24 * HOUR)

static int too_many(struct rq_error *e, const char *what, size_t have, size_t max)
{
	return rq_fail(e, RQ_ELIMIT, "A job has at most %zu %s; this one has %zu.", max, what, have);
}

static int too_long(struct rq_error *e, const char *what, size_t max)
{
	return rq_fail(e, RQ_ELIMIT, "The %s of a job may have %zu bytes at most.", what, max);
}

static int check_name(const char *what, const char *s, struct rq_error *e)
{
	if (!s || rq_name_ok(s))
		return RQ_OK;
	return rq_fail(e, RQ_EUSAGE,
		       "'%.64s' cannot be a %s: letters, digits, '.', '_' and '-' make one, at most %d of them.", s, what,
		       RQ_NAME_MAX - 1);
}

static int check_range(const char *what, int64_t v, int64_t min, int64_t max, struct rq_error *e)
{
	if (v >= min && v <= max)
		return RQ_OK;
	return rq_fail(e, RQ_EUSAGE, "The %s must be between %lld and %lld; it is %lld.", what, (long long)min,
		       (long long)max, (long long)v);
}

static int check_step(const struct rq_step *step, size_t *bytes, struct rq_error *e)
{
	if (step->name && strlen(step->name) >= NAME_BYTES)
		return too_long(e, "step's name", NAME_BYTES - 1);
	if (step->script) {
		*bytes += strlen(step->script) + 1;
		return RQ_OK;
	}
	if (!step->argv || !step->argv[0] || !step->argv[0][0])
		return rq_fail(e, RQ_EUSAGE, "A step needs a command or a script.");
	for (size_t i = 0; step->argv[i]; i++)
		*bytes += strlen(step->argv[i]) + 1;
	return RQ_OK;
}

static int check_steps(const struct rq_submission *s, struct rq_error *e)
{
	size_t bytes = 0;

	if (s->n_steps == 0)
		return rq_fail(e, RQ_EUSAGE, "A job needs a command: relayq submit -- COMMAND.");
	if (s->n_steps > STEPS)
		return too_many(e, "steps", s->n_steps, STEPS);
	for (size_t i = 0; i < s->n_steps; i++) {
		int code = check_step(&s->steps[i], &bytes, e);

		if (code)
			return code;
	}
	return bytes > COMMAND_BYTES ? too_long(e, "commands", COMMAND_BYTES) : RQ_OK;
}

/* "NAME=VALUE" each, with a name. */
static int check_pairs(const char *what, const char *const *v, size_t n, size_t max, size_t max_bytes,
		       struct rq_error *e)
{
	size_t bytes = 0;

	if (n > max)
		return too_many(e, what, n, max);
	for (size_t i = 0; i < n; i++) {
		const char *eq = v[i] ? strchr(v[i], '=') : NULL;

		if (!eq || eq == v[i])
			return rq_fail(e, RQ_EUSAGE, "The %s of a job are written NAME=VALUE.", what);
		bytes += strlen(v[i]) + 1;
	}
	return bytes > max_bytes ? too_long(e, what, max_bytes) : RQ_OK;
}

static int check_labels(const struct rq_labels *l, struct rq_error *e)
{
	int code = RQ_OK;

	if (l->n > RQ_LABELS_MAX)
		return too_many(e, "labels", l->n, RQ_LABELS_MAX);
	for (size_t i = 0; i < l->n && !code; i++)
		code = check_name("label", l->v[i] ? l->v[i] : "", e);
	return code;
}

static int check_names(const struct rq_submission *s, struct rq_error *e)
{
	int code;

	if (s->name && strlen(s->name) >= NAME_BYTES)
		return too_long(e, "name", NAME_BYTES - 1);
	if (s->cwd && s->cwd[0] != '/')
		return rq_fail(e, RQ_EUSAGE, "The working directory must be an absolute path; '%.64s' is not.", s->cwd);
	if (s->cwd && strlen(s->cwd) >= PATH_BYTES)
		return too_long(e, "working directory", PATH_BYTES - 1);
	if (s->token && (!*s->token || strlen(s->token) > TOKEN_BYTES))
		return rq_fail(e, RQ_EUSAGE, "A submission's token has 1 to %d bytes.", (int)TOKEN_BYTES);
	code = check_name("type", s->type, e);
	if (!code)
		code = check_name("runner's name", s->target, e);
	if (!code)
		code = check_name("group's name", s->group, e);
	return code ? code : check_labels(&s->labels, e);
}

static int check_numbers(const struct rq_submission *s, struct rq_error *e)
{
	const struct {
		const char *what;
		int64_t v, min, max;
	} ranges[] = {
		{ "priority", s->priority, -1000, 1000 },
		{ "group's limit", s->group_limit, 0, 1000 },
		{ "number of retries", s->retries, 0, 100 },
		{ "niceness", s->nice, 0, 19 },
		{ "timeout in ms", s->timeout_ms, 0, 365 * DAY },
		{ "backoff in ms", s->backoff_ms, 0, HOUR },
		{ "memory limit in bytes", s->memory_max, 0, INT64_MAX / 4 },
		{ "log limit in bytes", s->log_max, 0, INT64_MAX / 4 },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		int code = check_range(ranges[i].what, ranges[i].v, ranges[i].min, ranges[i].max, e);

		if (code)
			return code;
	}
	if (s->run_at < 0 || s->run_at > rq_now() + 3660 * DAY)
		return rq_fail(e, RQ_EUSAGE, "A job may be delayed by ten years at most.");
	if (s->group_limit && !s->group)
		return rq_fail(e, RQ_EUSAGE, "A group's limit needs the name of the group.");
	return RQ_OK;
}

int rq_submission_check(const struct rq_submission *s, struct rq_error *e)
{
	int code = check_steps(s, e);

	if (!code)
		code = check_names(s, e);
	if (!code)
		code = check_pairs("environment variables", s->env, s->n_env, ENV, ENV_BYTES, e);
	if (!code)
		code = check_pairs("parameters", s->params, s->n_params, PARAMS, PARAM_BYTES, e);
	if (!code && s->n_after > AFTER)
		code = too_many(e, "jobs to wait for", s->n_after, AFTER);
	return code ? code : check_numbers(s, e);
}
