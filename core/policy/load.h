/* load.h - what the parts of the loader share: tables of keys, readers of values, and how they complain. */
#ifndef RQ_POLICY_LOAD_H
#define RQ_POLICY_LOAD_H

#include "core/base/yaml.h"
#include "core/policy/policy.h"
#include "core/policy/words.h"

/* A name that must exist once everything is read. */
struct load_ref {
	enum { LOAD_REF_ROUTE, LOAD_REF_GROUP, LOAD_REF_TIMEOUT } kind;
	const char *name, *where;
	const struct rq_yaml *y;
	struct rq_num ms;           /* of TIMEOUT */
};

struct load {
	struct rq_policy *p;
	struct rq_problems *out;
	struct rq_arena scratch;
	const char *path[40];       /* where we are: "routes", "transcribe", "constraints"; deeper than YAML may be */
	size_t n_path;
	size_t n_regexes;
	struct load_ref *refs;
	size_t n_refs, cap_refs;
};

struct load_key;
/* Read the value Y of KEY into the struct at INTO; the field is K->at bytes behind it. */
#define LOAD_READER(name) \
	void name(struct load *l, const struct load_key *k, const struct rq_yaml *key, const struct rq_yaml *y, void *into)

struct load_key {
	const char *name;           /* NULL ends a table; "needs_*": each key that begins so */
	LOAD_READER((*read));
	size_t at;
	int places;                 /* of a decimal number */
	int64_t unit;               /* what it is multiplied with then; 0: 1 */
	int64_t min, max;           /* as written */
	const char *const *choices;
	/* What is below: nothing with keys of ours, one map, a list of maps, a map of maps. */
	enum { LOAD_LEAF, LOAD_MAP, LOAD_ITEMS, LOAD_NAMED } shape;
	const struct load_key *map; /* the keys of each */
	bool required;              /* in schema 2 */
	const char *help;           /* what it is: told where it is missing */
};

/* For rq_yaml_read: add to the rq_problems UD. */
void load_fault(void *ud, const struct rq_yaml_fault *f);
/* RQ_EUSAGE with the first error in E. */
int load_refuse(const struct rq_problems *out, const char *name, struct rq_error *e);
struct rq_pos load_pos(const struct rq_yaml *y);
void load_say(struct load *l, const struct rq_yaml *y, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* P014: Y is not WHAT; nothing where Y was refused already. */
void load_wants(struct load *l, const struct rq_yaml *y, const char *what);
const char *load_path(struct load *l);
void load_push(struct load *l, const char *name);
void load_pop(struct load *l);
void load_refer(struct load *l, int kind, const char *name, const struct rq_yaml *y);
char *load_copy(struct load *l, const char *s);

/* Walk the map Y by the table KEYS. */
void load_map(struct load *l, const struct load_key *keys, const struct rq_yaml *y, void *into);
/* Item I of Y, a map by names: by the table KEYS into INTO. false: the name is none, which was told. */
bool load_named(struct load *l, const struct load_key *keys, const struct rq_yaml *y, size_t i, const char **name,
		struct rq_pos *at, void *into);
/* The choice nearest to S, for "did you mean"; NULL none is near. */
const char *load_nearest(const char *s, const char *const *choices);
/* " (did you mean 'x'?)", or "" */
const char *load_hint(struct load *l, const char *nearest);
/* Y is a list (true), or that was told; an empty one, where nothing stands, in schema 1. */
bool load_is_list(struct load *l, const struct rq_yaml *y);
bool load_is_map(struct load *l, const struct rq_yaml *y);
/* Y's text, where it is text and not empty; else that was told, and NULL. */
const char *load_string(struct load *l, const struct rq_yaml *y, const char *what);
bool load_name_ok(struct load *l, const struct rq_yaml *y);
bool load_bool(struct load *l, const struct rq_yaml *y, bool *out);
bool load_decimal(struct load *l, const struct rq_yaml *y, int places, int64_t *out);
bool load_whole(struct load *l, const struct rq_yaml *y, int64_t min, int64_t max, int64_t *out);
bool load_choice(struct load *l, const struct rq_yaml *y, const char *const *choices, unsigned *out);
/* false: there are too many, which was told. */
bool load_names_add(struct load *l, struct rq_names *n, const char *name, const struct rq_yaml *y, bool twice_is_fine);

/* Readers: the type of the field behind each. */
LOAD_READER(load_num);          /* struct rq_num */
LOAD_READER(load_int);          /* int64_t */
LOAD_READER(load_duration);     /* int64_t, ms */
LOAD_READER(load_duration_num); /* struct rq_num, ms */
LOAD_READER(load_enum);         /* an enum */
LOAD_READER(load_enum_num);     /* struct rq_num */
LOAD_READER(load_names);        /* struct rq_names */
LOAD_READER(load_text);         /* const char * */
LOAD_READER(load_name);         /* const char *, good for a name */
LOAD_READER(load_submap);       /* whatever K->map fills */

/* Sections. */
LOAD_READER(load_rules);
LOAD_READER(load_routes);
LOAD_READER(load_groups);
LOAD_READER(load_timeouts);
LOAD_READER(load_capabilities);
LOAD_READER(load_windows);
LOAD_READER(load_budget);
LOAD_READER(load_timezone);
struct rq_when *load_when(struct load *l, const struct rq_yaml *y);

/* The indices, and what refers to what. */
void load_index(struct load *l);
void load_check(struct load *l);
void load_free_regexes(struct rq_policy *p);

extern const struct load_key load_top_keys[], load_rule_keys[], load_route_keys[], load_window_keys[], load_budget_keys[],
	load_group_keys[], load_declared_keys[];

#endif
