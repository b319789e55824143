/* load_fleet.c - the fleet as the policy declares it, groups, and timeouts by type. */
#include "core/policy/load.h"

#include <string.h>
#include "core/base/str.h"
#include "core/model/id.h"

/* --- groups ------------------------------------------------------------------------------- */

const struct load_key load_group_keys[] = {
	{ "limit", load_int, offsetof(struct rq_group, limit), .min = 1, .max = 100000, .required = true,
	  .help = "jobs of the group at a time" },
	{ 0 },
};

LOAD_READER(load_groups)
{
	struct rq_policy *p = into;

	(void)key;
	if (!load_is_map(l, y))
		return;
	p->groups = rq_arena_alloc(&p->arena, y->n * sizeof *p->groups);
	for (size_t i = 0; i < y->n; i++) {
		struct rq_group *g = &p->groups[p->n_groups];

		g->limit = 1;
		p->n_groups += load_named(l, k->map, y, i, &g->name, &g->at, g);
	}
}

/* --- runners ------------------------------------------------------------------------------ */

#define D(field) offsetof(struct rq_declared, field)

/* supports_X: true has it, false has not, whatever was probed. */
static LOAD_READER(supports)
{
	struct rq_declared *d = into;
	const char *what = key->text + strlen("supports_");
	struct rq_names *n;
	bool has;

	(void)k;
	if (!load_bool(l, y, &has))
		return;
	if (!rq_name_ok(what)) {
		load_say(l, key, "P036", "'%.80s' cannot be a capability", what);
		return;
	}
	n = has ? &d->has : &d->lacks;
	if (!n->set)
		n->at = load_pos(key);
	n->set = true;
	load_names_add(l, n, what, key, false);
}

const struct load_key load_declared_keys[] = {
	{ "cpu_cores", load_num, D(cpu_cores), .min = 1, .max = 100000, .help = "number of cores" },
	{ "memory_gb", load_num, D(memory), .places = 9, .max = 100000, .help = "memory; a GB is 1,000,000,000 bytes" },
	{ "storage_gb", load_num, D(storage), .places = 9, .max = 1000000, .help = "size of the disk" },
	{ "supports_*", supports, .help = "supports_ffmpeg: true is a capability; false: it has not, whatever was found" },
	{ "max_concurrent_jobs", load_num, D(max_jobs), .min = 0, .max = 10000, .help = "jobs at a time, of all routes" },
	{ "labels", load_names, D(labels), .help = "labels beside its own" },
	{ "arch", load_name, D(arch), .help = "architecture: arm64, x64" },
	{ "os", load_name, D(os), .help = "system: linux, macos" },
	{ "speed", load_num, D(speed_percent), .min = 1, .max = 1000000,
	  .help = "percent of a usual machine: 400 is four times as fast" },
	{ "watts", load_num, D(watts), .max = 1000000, .help = "power while it works" },
	{ "usd_per_hour", load_num, D(usd_per_hour), .places = 9, .max = 1000000, .help = "price of an hour" },
	{ "github_minutes", load_num, D(github_minutes_milli), .places = 3, .max = 1000,
	  .help = "minutes that GitHub bills for a minute there; 0: its own machine" },
	{ "privacy", load_enum_num, D(privacy), .choices = rq_privacy_words, .help = "how far data goes that is sent there" },
	{ 0 },
};

LOAD_READER(load_capabilities)
{
	struct rq_policy *p = into;

	(void)key;
	if (!load_is_map(l, y))
		return;
	p->declared = rq_arena_alloc(&p->arena, y->n * sizeof *p->declared);
	for (size_t i = 0; i < y->n; i++) {
		struct rq_declared *d = &p->declared[p->n_declared];

		p->n_declared += load_named(l, k->map, y, i, &d->name, &d->at, d);
	}
}

/* --- timeouts by type --------------------------------------------------------------------- */

LOAD_READER(load_timeouts)
{
	static const struct load_key minutes = { "minutes", load_num, 0, .places = 3, .unit = 60, .max = 366 * 24 * 60 };
	struct rq_num ms;

	(void)k;
	(void)key;
	(void)into;
	if (!load_is_map(l, y))
		return;
	for (size_t i = 0; i < y->n; i++) {
		if (y->keys[i]->kind == RQ_YAML_BAD || !load_name_ok(l, y->keys[i]))
			continue;
		load_push(l, y->keys[i]->text);
		ms.set = false;
		load_num(l, &minutes, y->keys[i], y->items[i], &ms);
		load_refer(l, LOAD_REF_TIMEOUT, y->keys[i]->text, y->keys[i]);
		l->refs[l->n_refs - 1].ms = ms;
		load_pop(l);
	}
}
