#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/command/draft.h"

extern char **environ;

enum { CWD_MAX = 4096 };

static void append(struct rq_draft *d, const char ***v, size_t *n, size_t *cap, const char *item)
{
	if (*n == *cap) {
		const char **more;

		*cap = *cap ? 2 * *cap : 16;
		more = rq_arena_alloc(d->arena, *cap * sizeof *more);
		if (*n)
			memcpy(more, *v, *n * sizeof *more);
		*v = more;
	}
	(*v)[(*n)++] = item;
}

/* ---- the environment ---- */

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strcspn(b, "=") == n && !memcmp(a, b, n);
}

/* The last one of a name counts. */
static void put_env(struct rq_draft *d, const char *pair)
{
	for (size_t i = 0; i < d->s.n_env; i++)
		if (same_name(d->s.env[i], pair)) {
			d->s.env[i] = pair;
			return;
		}
	append(d, &d->s.env, &d->s.n_env, &d->cap_env, pair);
}

static bool always_taken(const char *pair)
{
	static const char *const names[] = { "PATH=", "HOME=", "LANG=", "LC_", "TZ=" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (rq_starts(pair, names[i]))
			return true;
	return false;
}

static int set_env(struct rq_draft *d, const char *value, struct rq_error *e)
{
	const char *now;

	if (*value == '=' || !*value)
		return rq_fail(e, RQ_EUSAGE, "--env is written NAME or NAME=VALUE.");
	if (strchr(value, '=')) {
		put_env(d, rq_arena_str(d->arena, value));
		return RQ_OK;
	}
	now = getenv(value);
	if (!now)
		return rq_fail(
			e, RQ_EUSAGE,
			"--env %.80s: there is no such variable here; give it a value: %.80s=...",
			value, value);
	put_env(d, rq_arena_fmt(d->arena, "%s=%s", value, now));
	return RQ_OK;
}

static void take_all_env(struct rq_draft *d)
{
	for (char **v = environ; *v; v++)
		if (**v != '=' && strchr(*v, '='))
			put_env(d, rq_arena_str(d->arena, *v));
}

/* ---- where and when ---- */

static int set_cwd(struct rq_draft *d, const char *dir, struct rq_error *e)
{
	char here[CWD_MAX];

	if (dir && *dir == '/') {
		d->s.cwd = rq_arena_str(d->arena, dir);
		return RQ_OK;
	}
	if (!getcwd(here, sizeof here))
		return rq_fail_errno(e, errno, "The current directory cannot be told");
	d->s.cwd = dir && *dir ? rq_arena_fmt(d->arena, "%s/%s", here, dir)
			       : rq_arena_str(d->arena, here);
	return RQ_OK;
}

static int set_at(struct rq_draft *d, const char *value, struct rq_error *e)
{
	if (rq_time_parse(value, &d->s.run_at))
		return RQ_OK;
	return rq_fail(e, RQ_EUSAGE,
		       "--at cannot be \"%.80s\": it is a time such as 2026-11-21T18:00:00Z.",
		       value);
}

/* NAME or NAME:LIMIT. */
static int set_group(struct rq_draft *d, const char *value, struct rq_error *e)
{
	const char *colon = strchr(value, ':');
	int64_t limit = 0;

	if (colon && (!rq_parse_i64(colon + 1, &limit) || limit < 1 || limit > 1000))
		return rq_fail(
			e, RQ_EUSAGE,
			"--group is written NAME or NAME:LIMIT, with a limit from 1 to 1000.");
	d->s.group = colon ? rq_arena_strn(d->arena, value, (size_t)(colon - value))
			   : rq_arena_str(d->arena, value);
	d->s.group_limit = (int)limit;
	return RQ_OK;
}

static void set_after(struct rq_draft *d, const char *value)
{
	size_t n;

	for (;; value += n + 1) {
		n = strcspn(value, ",");
		append(d, &d->s.after, &d->s.n_after, &d->cap_after,
		       rq_arena_strn(d->arena, value, n));
		if (!value[n])
			return;
	}
}

/* A number that fits an int; its own range is checked with the whole submission. */
static int set_int(const char *name, const char *value, int *out, struct rq_error *e)
{
	int64_t n;

	if (!rq_parse_i64(value, &n) || n < -1000000 || n > 1000000)
		return rq_fail(e, RQ_EUSAGE, "--%s cannot be %.40s.", name, value);
	*out = (int)n;
	return RQ_OK;
}

static int set_numbers(struct rq_draft *d, const char *name, const char *value, struct rq_error *e)
{
	int64_t ms;

	if (!strcmp(name, "priority"))
		return set_int(name, value, &d->s.priority, e);
	if (!strcmp(name, "retries"))
		return set_int(name, value, &d->s.retries, e);
	if (!strcmp(name, "nice"))
		return set_int(name, value, &d->s.nice, e);
	if (!strcmp(name, "timeout"))
		return rq_parse_duration(value, &d->s.timeout_ms) ? RQ_OK : RQ_EUSAGE;
	if (!strcmp(name, "backoff"))
		return rq_parse_duration(value, &d->s.backoff_ms) ? RQ_OK : RQ_EUSAGE;
	if (!strcmp(name, "memory"))
		return rq_parse_size(value, &d->s.memory_max) ? RQ_OK : RQ_EUSAGE;
	if (!strcmp(name, "log-max"))
		return rq_parse_size(value, &d->s.log_max) ? RQ_OK : RQ_EUSAGE;
	if (strcmp(name, "delay"))
		RQ_BUG("no submission has %s", name);
	rq_parse_duration(value, &ms);
	d->s.run_at = rq_now() + ms;
	return RQ_OK;
}

int rq_draft_set(struct rq_draft *d, const char *name, const char *value, struct rq_error *e)
{
	struct rq_submission *s = &d->s;
	const struct {
		const char *name, **at;
	} texts[] = { { "name", &s->name },
		      { "type", &s->type },
		      { "to", &s->target },
		      { "workflow", &s->workflow },
		      { "ref", &s->ref },
		      { "token", &s->token } };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(name, texts[i].name)) {
			*texts[i].at = rq_arena_str(d->arena, value);
			return RQ_OK;
		}
	if (!strcmp(name, "runs-on"))
		return rq_labels_parse(d->arena, value, &s->labels, e);
	if (!strcmp(name, "param"))
		append(d, &s->params, &s->n_params, &d->cap_params, rq_arena_str(d->arena, value));
	else if (!strcmp(name, "after"))
		set_after(d, value);
	else if (!strcmp(name, "env"))
		return set_env(d, value, e);
	else if (!strcmp(name, "env-all"))
		take_all_env(d);
	else if (!strcmp(name, "cwd"))
		return set_cwd(d, value, e);
	else if (!strcmp(name, "at"))
		return set_at(d, value, e);
	else if (!strcmp(name, "group"))
		return set_group(d, value, e);
	else
		return set_numbers(d, name, value, e);
	return RQ_OK;
}

int rq_draft_init(struct rq_draft *d, struct rq_arena *a, struct rq_error *e)
{
	*d = (struct rq_draft){ .arena = a };
	for (char **v = environ; *v; v++)
		if (always_taken(*v))
			put_env(d, rq_arena_str(a, *v));
	return set_cwd(d, NULL, e);
}

static const char **copy_list(struct rq_arena *a, const char **v, size_t n)
{
	const char **copy = rq_arena_alloc(a, (n + 1) * sizeof *copy);

	if (n)
		memcpy(copy, v, n * sizeof *copy);
	return copy;
}

void rq_draft_copy(struct rq_draft *d, const struct rq_draft *from)
{
	*d = *from;
	d->s.env = copy_list(d->arena, from->s.env, from->s.n_env);
	d->s.params = copy_list(d->arena, from->s.params, from->s.n_params);
	d->s.after = copy_list(d->arena, from->s.after, from->s.n_after);
	d->cap_env = from->s.n_env;
	d->cap_params = from->s.n_params;
	d->cap_after = from->s.n_after;
}

void rq_draft_command(struct rq_draft *d, const char *const *words, size_t n)
{
	struct rq_step *step = rq_arena_alloc(d->arena, sizeof *step);
	char **argv = rq_arena_alloc(d->arena, (n + 1) * sizeof *argv);

	for (size_t i = 0; i < n; i++)
		argv[i] = rq_arena_str(d->arena, words[i]);
	step->argv = argv;
	d->s.steps = step;
	d->s.n_steps = 1;
}
