/* case_runner.c - a runner in a few words, for examples and questions. */
#include <string.h>
#include "core/base/str.h"
#include "core/policy/cases.h"

enum { WORD_MAX = 256 };

/* "85.5" in UNITs (1, 1000, ...), what is smaller is cut; -1 for what is no number. */
static int64_t scaled(const char *s, int64_t unit)
{
	char head[WORD_MAX];
	const char *dot = strchr(s, '.');
	int64_t n, part = 0, step = unit;

	rq_copy(head, sizeof head, s);
	if (dot)
		head[dot - s] = 0;
	if (!rq_parse_i64(head, &n) || n < 0 || n > 1000000000)
		return -1;
	for (const char *d = dot ? dot + 1 : ""; *d; d++) {
		if (*d < '0' || *d > '9')
			return -1;
		step /= 10;
		part += (*d - '0') * step;
	}
	return n * unit + part;
}

static int set_labels(struct rq_arena *a, const char *more, struct rq_labels *l, const char *first, struct rq_error *e)
{
	char *text = rq_arena_fmt(a, "%s%s%s", first, *first && *more ? "," : "", more);

	for (char *p = text; *p; p++)
		if (*p == '+')
			*p = ',';
	return rq_labels_parse(a, text, l, e);
}

/* Numbers of a runner, by name. */
static bool set_number(struct rq_runner *r, const char *key, const char *value, int64_t *bad)
{
	int64_t n = scaled(value, !strcmp(key, "temp") || !strcmp(key, "load") ? 1000 :
				  !strcmp(key, "memory_gb") || !strcmp(key, "disk_gb") ? 1000000000 : 1);

	*bad = n;
	if (!strcmp(key, "running"))
		r->running = (int)n;
	else if (!strcmp(key, "placed"))
		r->placed = (int)n;
	else if (!strcmp(key, "slots"))
		r->slots = (int)n;
	else if (!strcmp(key, "cpu_cores"))
		r->cpu_cores = n;
	else if (!strcmp(key, "memory_gb"))
		r->memory_bytes = n;
	else if (!strcmp(key, "disk_gb"))
		r->disk_free_bytes = n;
	else if (!strcmp(key, "temp"))
		r->temp_milli_c = (int)n;
	else if (!strcmp(key, "load"))
		r->load_milli = (int)n;
	else
		return false;
	return true;
}

static int set(struct rq_arena *a, struct rq_runner *r, int64_t now, const char *key, const char *value, struct rq_error *e)
{
	int64_t n = 0;

	if (!strcmp(key, "labels"))
		return set_labels(a, value, &r->labels, rq_arena_fmt(a, "self-hosted,%s", r->name), e);
	if (!strcmp(key, "tools"))
		return set_labels(a, value, &r->tools, "", e);
	if (!strcmp(key, "os") || !strcmp(key, "arch") || !strcmp(key, "version")) {
		*(*key == 'o' ? &r->os : *key == 'a' ? &r->arch : &r->version) = rq_arena_str(a, value);
		return RQ_OK;
	}
	if (!strcmp(key, "seen")) {
		if (!rq_parse_duration(value, &n))
			return rq_fail(e, RQ_EUSAGE, "'%.60s' is no duration such as 5m", value);
		r->seen_at = now - n;
		return RQ_OK;
	}
	if (!set_number(r, key, value, &n))
		return rq_fail(e, RQ_EUSAGE, "a runner has no '%.60s'", key);
	return n < 0 ? rq_fail(e, RQ_EUSAGE, "'%.60s' is no number", value) : RQ_OK;
}

static int word(struct rq_arena *a, struct rq_runner *r, int64_t now, char *w, struct rq_error *e)
{
	char *equals = strchr(w, '=');

	if (equals) {
		*equals = 0;
		return set(a, r, now, w, equals + 1, e);
	}
	if (!strcmp(w, "offline"))
		r->online = false;
	else if (!strcmp(w, "hung"))
		r->hung = true;
	else if (!strcmp(w, "draining"))
		r->drain = RQ_DRAIN_DRAINING;
	else if (!strcmp(w, "drained"))
		r->drain = RQ_DRAIN_DRAINED;
	else if (strcmp(w, "online") != 0)
		return rq_fail(e, RQ_EUSAGE, "'%.60s' says nothing about a runner", w);
	return RQ_OK;
}

static int begin(struct rq_arena *a, const struct rq_policy *policy, int64_t now, const char *name, struct rq_runner *r,
		 struct rq_error *e)
{
	const struct rq_declared *d = policy ? rq_policy_declared(policy, name) : NULL;

	*r = (struct rq_runner){ .name = rq_arena_str(a, name), .queue = "local", .online = true,
				 .slots = d && d->max_jobs.set ? (int)d->max_jobs.v : 1,
				 .drain_reason = "", .drain_by = "", .os = "", .arch = "", .host = "", .version = "",
				 .started_at = now, .seen_at = now, .cpu_cores = -1, .memory_bytes = -1,
				 .disk_free_bytes = -1, .temp_milli_c = -1, .load_milli = -1 };
	return set_labels(a, r->name, &r->labels, "self-hosted", e);
}

int rq_runner_short(struct rq_arena *a, const struct rq_policy *policy, int64_t now, const char *text, struct rq_runner *r,
		    struct rq_error *e)
{
	char w[WORD_MAX];
	size_t n = strcspn(text, " ");
	int rc;

	if (!n || n >= sizeof w)
		return rq_fail(e, RQ_EUSAGE, "a runner begins with its name");
	rq_copy(w, n + 1, text);
	rc = begin(a, policy, now, w, r, e);
	for (text += n; !rc && *text; text += n) {
		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n >= sizeof w)
			return rq_fail(e, RQ_EUSAGE, "a word about runner %s is too long", r->name);
		rq_copy(w, n + 1, text);
		if (n)
			rc = word(a, r, now, w, e);
	}
	return rc;
}
