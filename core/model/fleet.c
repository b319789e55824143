/* fleet.c - the fleet at one moment: counters, and the text that decisions are kept with. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/hash.h"
#include "core/base/str.h"
#include "core/model/decision.h"

int64_t rq_fleet_count(const struct rq_fleet *f, const char *key)
{
	size_t lo = 0, hi = f->n_counters;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = rq_icmp(f->counters[mid].key, key);

		if (c == 0)
			return f->counters[mid].n;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

/* --- taking ------------------------------------------------------------------------------- */

static void count(struct rq_arena *a, struct rq_counter *v, size_t *n, const char *key, int64_t amount)
{
	size_t at = 0;
	char *low;

	while (at < *n && rq_icmp(v[at].key, key) < 0)
		at++;
	if (at == *n || !rq_ieq(v[at].key, key)) {
		low = rq_arena_str(a, key);
		for (char *c = low; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + ('a' - 'A'));
		memmove(v + at + 1, v + at, (*n - at) * sizeof *v);
		v[at] = (struct rq_counter){ low, 0 };
		++*n;
	}
	v[at].n = v[at].n + amount > 0 ? v[at].n + amount : 0;
}

void rq_fleet_take(struct rq_arena *a, struct rq_fleet *f, const char *target, const struct rq_hold *holds, size_t n, int sign)
{
	struct rq_runner *v = rq_arena_alloc(a, (f->n_runners + 1) * sizeof *v);
	struct rq_counter *c = rq_arena_alloc(a, (f->n_counters + n + 1) * sizeof *c);

	if (f->n_runners)
		memcpy(v, f->runners, f->n_runners * sizeof *v);
	if (f->n_counters)
		memcpy(c, f->counters, f->n_counters * sizeof *c);
	for (size_t i = 0; i < f->n_runners; i++)
		if (rq_ieq(v[i].name, target) && v[i].placed + sign >= 0)
			v[i].placed += sign;
	for (size_t i = 0; i < n; i++)
		count(a, c, &f->n_counters, holds[i].key, sign * holds[i].amount);
	f->runners = v;
	f->counters = c;
	f->json = f->sha256 = NULL;
}

/* --- as text ------------------------------------------------------------------------------ */

static void text(struct rq_str *b, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	rq_str_addf(b, ",\"%s\":", key);
	rq_json_print_str(value, b);
}

static void number(struct rq_str *b, const char *key, int64_t value, int64_t unless)
{
	if (value != unless)
		rq_str_addf(b, ",\"%s\":%lld", key, (long long)value);
}

static void names(struct rq_str *b, const char *key, const struct rq_labels *l)
{
	size_t i;

	if (!l->n)
		return;
	rq_str_addf(b, ",\"%s\":", key);
	for (i = 0; i < l->n; i++) {
		rq_str_addc(b, i ? ',' : '[');
		rq_json_print_str(l->v[i], b);
	}
	rq_str_addc(b, ']');
}

/* What decisions look at, and what their texts quote; nothing else, so that fleets that decide alike are alike. */
static void runner(struct rq_str *b, const struct rq_runner *r)
{
	rq_str_add(b, "{\"name\":");
	rq_json_print_str(r->name, b);
	names(b, "labels", &r->labels);
	names(b, "tools", &r->tools);
	number(b, "online", r->online, 0);
	number(b, "hung", r->hung, 0);
	number(b, "slots", r->slots, 0);
	number(b, "running", r->running, 0);
	number(b, "placed", r->placed, 0);
	if (r->drain != RQ_DRAIN_ACTIVE) {
		text(b, "drain", rq_drain_name(r->drain));
		text(b, "drain_reason", r->drain_reason);
		text(b, "drain_by", r->drain_by);
	}
	text(b, "os", r->os);
	text(b, "arch", r->arch);
	text(b, "host", r->host);
	text(b, "version", r->version);
	number(b, "seen_at", r->seen_at, 0);
	number(b, "cpu_cores", r->cpu_cores, -1);
	number(b, "memory_bytes", r->memory_bytes, -1);
	number(b, "disk_free_bytes", r->disk_free_bytes, -1);
	number(b, "temp_milli_c", r->temp_milli_c, -1);
	number(b, "load_milli", r->load_milli, -1);
	rq_str_addc(b, '}');
}

static int by_name(const void *x, const void *y)
{
	return strcmp((*(const struct rq_runner *const *)x)->name, (*(const struct rq_runner *const *)y)->name);
}

static bool sorted(const struct rq_fleet *f)
{
	size_t i;

	for (i = 1; i < f->n_runners; i++)
		if (strcmp(f->runners[i - 1].name, f->runners[i].name) > 0)
			return false;
	return true;
}

static void runners(struct rq_str *b, const struct rq_fleet *f)
{
	const struct rq_runner **v = NULL;
	size_t i;

	if (!sorted(f)) {
		v = rq_alloc(f->n_runners * sizeof *v);
		for (i = 0; i < f->n_runners; i++)
			v[i] = &f->runners[i];
		qsort(v, f->n_runners, sizeof *v, by_name);
	}
	for (i = 0; i < f->n_runners; i++) {
		if (i)
			rq_str_addc(b, ',');
		runner(b, v ? v[i] : &f->runners[i]);
	}
	rq_free(v);
}

void rq_fleet_seal(struct rq_arena *a, struct rq_fleet *f)
{
	char *sum = rq_arena_alloc(a, RQ_SHA256_LEN);
	struct rq_str b;
	size_t i;

	rq_str_init(&b, 0);
	rq_str_add(&b, "{\"runners\":[");
	runners(&b, f);
	rq_str_add(&b, "],\"counters\":{");
	for (i = 0; i < f->n_counters; i++) {
		if (i)
			rq_str_addc(&b, ',');
		rq_json_print_str(f->counters[i].key, &b);
		rq_str_addf(&b, ":%lld", (long long)f->counters[i].n);
	}
	rq_str_add(&b, "}}");
	f->json = rq_arena_strn(a, b.s, b.len);
	f->sha256 = rq_sha256_text(f->json, b.len, sum);
	rq_str_release(&b);
}

/* --- and back ----------------------------------------------------------------------------- */

static const char *string(struct rq_arena *a, const struct rq_json *j, const char *key)
{
	const char *s = rq_json_get_str(j, key);

	return rq_arena_str(a, s ? s : "");
}

static int small(const struct rq_json *j, const char *key, int def)
{
	int64_t n = rq_json_get_int(j, key, def);

	return n < INT_MIN / 2 ? INT_MIN / 2 : n > INT_MAX / 2 ? INT_MAX / 2 : (int)n;
}

static void read_names(struct rq_arena *a, const struct rq_json *j, const char *key, struct rq_labels *out)
{
	const struct rq_json *list = rq_json_get(j, key), *v;
	size_t n = rq_json_is_array(list) ? rq_json_len(list) : 0;

	out->v = rq_arena_alloc(a, n * sizeof *out->v);
	for (v = n ? rq_json_first(list) : NULL; v; v = rq_json_next(v))
		if (rq_json_str(v))
			out->v[out->n++] = rq_arena_str(a, rq_json_str(v));
}

static enum rq_drain drain_of(const char *name)
{
	int d;

	for (d = RQ_DRAIN_DRAINED; d > RQ_DRAIN_ACTIVE; d--)
		if (rq_eq(name, rq_drain_name((enum rq_drain)d)))
			break;
	return (enum rq_drain)d;
}

static void read_runner(struct rq_arena *a, const struct rq_json *j, struct rq_runner *r)
{
	r->name = string(a, j, "name");
	r->queue = "";
	read_names(a, j, "labels", &r->labels);
	read_names(a, j, "tools", &r->tools);
	r->online = rq_json_get_int(j, "online", 0) != 0;
	r->hung = rq_json_get_int(j, "hung", 0) != 0;
	r->slots = small(j, "slots", 0);
	r->running = small(j, "running", 0);
	r->placed = small(j, "placed", 0);
	r->drain = drain_of(rq_json_get_str(j, "drain"));
	r->drain_reason = string(a, j, "drain_reason");
	r->drain_by = string(a, j, "drain_by");
	r->os = string(a, j, "os");
	r->arch = string(a, j, "arch");
	r->host = string(a, j, "host");
	r->version = string(a, j, "version");
	r->seen_at = rq_json_get_int(j, "seen_at", 0);
	r->cpu_cores = rq_json_get_int(j, "cpu_cores", -1);
	r->memory_bytes = rq_json_get_int(j, "memory_bytes", -1);
	r->disk_free_bytes = rq_json_get_int(j, "disk_free_bytes", -1);
	r->temp_milli_c = small(j, "temp_milli_c", -1);
	r->load_milli = small(j, "load_milli", -1);
}

static int by_key(const void *x, const void *y)
{
	return rq_icmp(((const struct rq_counter *)x)->key, ((const struct rq_counter *)y)->key);
}

static void read_counters(struct rq_arena *a, const struct rq_json *o, struct rq_fleet *f)
{
	size_t n = rq_json_is_object(o) ? rq_json_len(o) : 0, i = 0;
	struct rq_counter *v = rq_arena_alloc(a, n * sizeof *v);
	const struct rq_json *m;

	for (m = n ? rq_json_first(o) : NULL; m; m = rq_json_next(m), i++)
		v[i] = (struct rq_counter){ rq_arena_str(a, rq_json_key(m)), rq_json_int(m, 0) };
	if (n > 1)
		qsort(v, n, sizeof *v, by_key);
	f->counters = v;
	f->n_counters = n;
}

int rq_fleet_from_json(struct rq_arena *a, const struct rq_json *j, struct rq_fleet *f, struct rq_error *e)
{
	const struct rq_json *list = rq_json_get(j, "runners"), *m;
	struct rq_runner *v;
	size_t i = 0;

	*f = (struct rq_fleet){ 0 };
	if (!rq_json_is_array(list))
		return rq_fail(e, RQ_ECORRUPT, "This is no record of a fleet: it has no list of runners.");
	f->n_runners = rq_json_len(list);
	f->runners = v = rq_arena_alloc(a, f->n_runners * sizeof *v);
	for (m = rq_json_first(list); m; m = rq_json_next(m))
		read_runner(a, m, &v[i++]);
	read_counters(a, rq_json_get(j, "counters"), f);
	return RQ_OK;
}
