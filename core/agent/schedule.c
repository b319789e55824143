/* schedule.c - `schedules` of config.yaml. */
#include "core/agent/schedule.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/base/str.h"
#include "core/base/yaml.h"
#include "core/model/id.h"

enum { SCHEDULES_MAX = 1000, WORDS_MAX = 1000, PARAMS_MAX = 200, PRIORITY_MAX = 1000, RETRIES_MAX = 100 };
#define MINUTE_MS INT64_C(60000)
#define DAY_MS (24 * 60 * MINUTE_MS)

struct reader {
	struct rq_arena *a;
	const char *file;
	struct rq_schedule *s;
	struct rq_error *e;
};

static int RQ_PRINTF(4, 5) wrong(struct reader *r, const struct rq_yaml *y, int more, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return rq_fail(r->e, RQ_EUSAGE, "%s:%d:%d: %s.", r->file, y->line, y->col + more, text);
}

/* --- the keys ------------------------------------------------------------------------------ */

static int read_cron(struct reader *r, const struct rq_yaml *y)
{
	const char *text = rq_yaml_str(y);
	struct rq_error e = { 0 };
	int at = 0;

	if (!text)
		return wrong(r, y, 0, "cron is a line of five fields, such as \"30 3 * * mon-fri\"");
	r->s->cron_text = rq_arena_str(r->a, text);
	if (rq_cron_parse(text, &r->s->cron, &at, &e))
		return wrong(r, y, y->quoted ? at + 1 : at, "%s", e.msg);
	if (!rq_cron_next(&r->s->cron, NULL, 0))
		return wrong(r, y, 0, "no date ever fits '%.100s'", text);
	return RQ_OK;
}

static int read_timezone(struct reader *r, const struct rq_yaml *y)
{
	const char *text = rq_yaml_str(y);
	struct rq_error e = { 0 };

	if (!text)
		return wrong(r, y, 0, "timezone is a name such as Europe/Berlin");
	if (rq_zone_new(text, &r->s->zone, &e))
		return wrong(r, y, 0, "there is no time zone '%.64s' on this machine", text);
	r->s->timezone = rq_arena_str(r->a, text);
	return RQ_OK;
}

static int read_type(struct reader *r, const struct rq_yaml *y)
{
	const char *text = rq_yaml_str(y);

	if (!text || !rq_name_ok(text))
		return wrong(r, y, 0, "type is a name: letters, digits, '.', '_' and '-'");
	r->s->type = rq_arena_str(r->a, text);
	return RQ_OK;
}

static int read_command(struct reader *r, const struct rq_yaml *y)
{
	if (y->kind != RQ_YAML_SEQ || !y->n || y->n > WORDS_MAX)
		return wrong(r, y, 0, "command is a list of words, such as [backup, --all]");
	r->s->command = rq_arena_alloc(r->a, (y->n + 1) * sizeof *r->s->command);
	for (size_t i = 0; i < y->n; i++) {
		const char *word = rq_yaml_str(y->items[i]);

		if (!word || (i == 0 && !*word))
			return wrong(r, y->items[i], 0, "a command is made of words");
		r->s->command[i] = rq_arena_str(r->a, word);
	}
	return RQ_OK;
}

static int read_params(struct reader *r, const struct rq_yaml *y)
{
	if (y->kind != RQ_YAML_MAP || y->n > PARAMS_MAX)
		return wrong(r, y, 0, "params are KEY: VALUE, such as {size_mb: 10}");
	r->s->params = rq_arena_alloc(r->a, (y->n + 1) * sizeof *r->s->params);
	for (size_t i = 0; i < y->n; i++) {
		const char *key = rq_yaml_str(y->keys[i]), *value = rq_yaml_str(y->items[i]);

		if (!key || !*key || strchr(key, '='))
			return wrong(r, y->keys[i], 0, "a parameter's key is a word without '='");
		if (!value)
			return wrong(r, y->items[i], 0, "the parameter %.64s needs one value", key);
		r->s->params[r->s->n_params++] = rq_arena_fmt(r->a, "%s=%s", key, value);
	}
	return RQ_OK;
}

static int read_labels(struct reader *r, const struct rq_yaml *y)
{
	struct rq_error e = { 0 };
	struct rq_str text;
	int code = RQ_OK;

	rq_str_init(&text, 0);
	if (y->kind == RQ_YAML_SCALAR)
		rq_str_add(&text, y->text);
	else if (y->kind != RQ_YAML_SEQ)
		code = wrong(r, y, 0, "runs-on is a list of labels, such as [self-hosted, disk]");
	for (size_t i = 0; y->kind == RQ_YAML_SEQ && i < y->n && !code; i++) {
		const char *label = rq_yaml_str(y->items[i]);

		if (!label)
			code = wrong(r, y->items[i], 0, "a label is a word");
		else
			rq_str_addf(&text, "%s%s", i ? "," : "", label);
	}
	if (!code && rq_labels_parse(r->a, rq_str_get(&text), &r->s->labels, &e))
		code = rq_fail(r->e, RQ_EUSAGE, "%s:%d:%d: %s", r->file, y->line, y->col, e.msg);
	rq_str_release(&text);
	return code;
}

static int read_number(struct reader *r, const struct rq_yaml *y, const char *what, int min, int max, int *out)
{
	int64_t v;

	if (!rq_yaml_int(y, &v) || v < min || v > max)
		return wrong(r, y, 0, "%s is a whole number from %d to %d", what, min, max);
	*out = (int)v;
	return RQ_OK;
}

static int read_priority(struct reader *r, const struct rq_yaml *y)
{
	return read_number(r, y, "priority", -PRIORITY_MAX, PRIORITY_MAX, &r->s->priority);
}

static int read_retries(struct reader *r, const struct rq_yaml *y)
{
	return read_number(r, y, "retries", 0, RETRIES_MAX, &r->s->retries);
}

static int read_timeout(struct reader *r, const struct rq_yaml *y)
{
	const char *text = rq_yaml_str(y);

	if (!text || !rq_parse_duration(text, &r->s->timeout_ms) || r->s->timeout_ms < 1000 ||
	    r->s->timeout_ms > 365 * DAY_MS)
		return wrong(r, y, 0, "timeout is a duration from 1s to 365d, such as 30m");
	return RQ_OK;
}

static int read_enabled(struct reader *r, const struct rq_yaml *y)
{
	if (!rq_yaml_bool(y, &r->s->enabled))
		return wrong(r, y, 0, "enabled is true or false");
	return RQ_OK;
}

static const struct {
	const char *key;
	int (*read)(struct reader *r, const struct rq_yaml *y);
} keys[] = {
	{ "cron", read_cron }, { "timezone", read_timezone }, { "type", read_type }, { "command", read_command },
	{ "params", read_params }, { "runs-on", read_labels }, { "priority", read_priority }, { "retries", read_retries },
	{ "timeout", read_timeout }, { "enabled", read_enabled },
};
enum { KEYS_N = sizeof keys / sizeof *keys };

static int unknown_key(struct reader *r, const struct rq_yaml *key)
{
	const char *near = NULL;
	int best = 3;

	for (size_t i = 0; i < KEYS_N; i++) {
		int d = rq_distance(key->text, keys[i].key, best);

		if (d < best) {
			best = d;
			near = keys[i].key;
		}
	}
	if (near)
		return wrong(r, key, 0, "a schedule has no key '%.64s' (did you mean '%s'?)", key->text, near);
	return wrong(r, key, 0, "a schedule has no key '%.64s'", key->text);
}

static int read_key(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y)
{
	for (size_t i = 0; i < KEYS_N; i++)
		if (rq_eq(key->text, keys[i].key))
			return y->kind == RQ_YAML_NULL ? wrong(r, key, 0, "%s needs a value", keys[i].key) : keys[i].read(r, y);
	return unknown_key(r, key);
}

/* --- a schedule, and all ------------------------------------------------------------------- */

static int read_schedule(struct reader *r, const struct rq_yaml *key, const struct rq_yaml *y)
{
	int code = RQ_OK;

	if (!key->text || !rq_name_ok(key->text))
		return wrong(r, key, 0, "'%.64s' cannot be the name of a schedule: letters, digits, '.', '_' and '-' make one",
			     key->text ? key->text : "");
	r->s->name = rq_arena_str(r->a, key->text);
	r->s->timezone = "UTC";
	r->s->enabled = true;
	if (y->kind != RQ_YAML_MAP)
		return wrong(r, y, 0, "the schedule %s needs at least cron and command", r->s->name);
	for (size_t i = 0; i < y->n && !code; i++)
		code = read_key(r, y->keys[i], y->items[i]);
	if (!code && !r->s->cron_text)
		code = wrong(r, key, 0, "the schedule %s has no cron", r->s->name);
	if (!code && !r->s->command && (!r->s->type || rq_eq(r->s->type, "command")))
		code = wrong(r, key, 0, "the schedule %s has no command", r->s->name);
	return code;
}

static void add_problem(struct rq_schedules *s, const char *name, const struct rq_error *e)
{
	struct rq_schedule_problem *p = &s->problems[s->n_problems++];

	p->name = rq_arena_str(&s->arena, name ? name : "");
	p->text = rq_arena_str(&s->arena, e->msg);
}

static void read_all(struct rq_schedules *s, const char *file, const struct rq_yaml *y)
{
	for (size_t i = 0; i < y->n; i++) {
		struct rq_error e = { 0 };
		struct rq_schedule one = { 0 };
		struct reader r = { &s->arena, file, &one, &e };

		if (read_schedule(&r, y->keys[i], y->items[i]) == RQ_OK) {
			s->v[s->n++] = one;
			continue;
		}
		rq_zone_free(one.zone);
		add_problem(s, y->keys[i]->text, &e);
	}
}

struct rq_schedules *rq_schedules_new(const struct rq_config *c, const char *file)
{
	struct rq_schedules *s = rq_alloc(sizeof *s);
	const struct rq_yaml *y = rq_config_section(c, "schedules");
	const char *slash = strrchr(file, '/');
	struct rq_error e = { 0 };

	file = slash ? slash + 1 : file;
	if (!y || y->kind == RQ_YAML_NULL)
		return s;
	s->v = rq_arena_alloc(&s->arena, (y->n + 1) * sizeof *s->v);
	s->problems = rq_arena_alloc(&s->arena, (y->n + 1) * sizeof *s->problems);
	if (y->kind == RQ_YAML_MAP && y->n <= SCHEDULES_MAX) {
		read_all(s, file, y);
		return s;
	}
	rq_fail(&e, RQ_EUSAGE, "%s:%d:%d: schedules are NAME: {cron: ..., command: [...]}, %d at most.", file, y->line, y->col,
		(int)SCHEDULES_MAX);
	add_problem(s, "", &e);
	return s;
}

void rq_schedules_free(struct rq_schedules *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		rq_zone_free(s->v[i].zone);
	rq_arena_release(&s->arena);
	rq_free(s);
}

/* --- when ---------------------------------------------------------------------------------- */

int64_t rq_schedule_next(const struct rq_schedule *s, int64_t now)
{
	return s->enabled ? rq_cron_next(&s->cron, s->zone, now) : 0;
}

/* Looked for in the last hour, then in longer times: so years of missed minutes are never walked through. */
int64_t rq_schedule_missed(const struct rq_schedule *s, int64_t since, int64_t now)
{
	const int64_t spans[] = { DAY_MS / 24, DAY_MS, 32 * DAY_MS, 400 * DAY_MS, INT64_MAX };

	for (size_t i = 0; s->enabled && i < sizeof spans / sizeof *spans; i++) {
		int64_t from = now - since > spans[i] ? now - spans[i] : since, found = 0;

		for (int64_t at = from; (at = rq_cron_next(&s->cron, s->zone, at)) && at <= now;)
			found = at;
		if (found || from == since)
			return found;
	}
	return 0;
}
