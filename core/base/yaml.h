/* yaml.h - a YAML document as a tree of nodes that know their line and column (libyaml behind
 * it). */
#ifndef RQ_BASE_YAML_H
#define RQ_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/err.h"

enum rq_yaml_kind { RQ_YAML_NULL, RQ_YAML_SCALAR, RQ_YAML_SEQ, RQ_YAML_MAP };

struct rq_yaml {
	enum rq_yaml_kind kind;
	const char *text;            /* scalars; NUL-terminated */
	bool quoted;                 /* a quoted scalar is always a string */
	int line, col;               /* 1-based */
	size_t n;                    /* items of a sequence, pairs of a map */
	struct rq_yaml **keys;       /* maps; scalars */
	struct rq_yaml **items;      /* sequences: items; maps: values */
};

struct rq_yaml_doc;  /* owns the nodes */

/* One document. Refused, with line and column in the message: syntax errors, duplicate keys,
 * anchors, aliases, tags,
 * more than 100,000 nodes, depth over 32, a scalar over 64 KiB, more than 1 MiB. NAME is the
 * file's name for messages.
 * An empty document gives a root of kind NULL. */
int rq_yaml_parse(const char *name, const char *text, size_t n, struct rq_yaml_doc **out,
		  struct rq_error *e);
const struct rq_yaml *rq_yaml_root(const struct rq_yaml_doc *d);
void rq_yaml_free(struct rq_yaml_doc *d);

/* NULL if it is missing, or MAP is none. */
const struct rq_yaml *rq_yaml_get(const struct rq_yaml *map, const char *key);
/* Typed reads of a scalar; false where it does not read as that type. */
bool rq_yaml_bool(const struct rq_yaml *y, bool *out);   /* true false; plain only */
bool rq_yaml_int(const struct rq_yaml *y, int64_t *out); /* plain only */
const char *rq_yaml_str(const struct rq_yaml *y);        /* NULL if not a scalar */

#endif
